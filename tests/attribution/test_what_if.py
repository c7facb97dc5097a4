"""Suppositions are what was supposed: worked by hand, posted anew, and what cannot be meant is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.attribution.scores import AlignmentOf, HedgingOf, PositionOf
from alignscore.attribution.what_if import what_if
from strategies import events_of, point_events, random_events
from twins import copied, slow_interval, states_of

EXACT = 1e-12
RESCORED = 1e-10
POWERS = ("CHN", "USA")


def two_plus_two(state: str, date: str = "2026-06-01") -> pd.DataFrame:
    return pd.DataFrame(
        {"source": ["CHN"], "target": [state], "date": [date], "kind": ["two_plus_two"], "mutual": [True]}
    )


def test_what_if_worked_by_hand():
    events = al.Events.from_frame(point_events(("KHM", "CHN", "2020-05-01", 8.0)))
    result = what_if(
        events,
        score=AlignmentOf("KHM", "CHN", prior=10.0),
        add=point_events(("KHM", "CHN", "2020-06-01", 6.0)),
        decay=al.Cumulative(),
        draws=10_000,
    )
    security = result.to_frame().set_index("domain").loc["security"]
    assert security["difference"] == pytest.approx(14 / 24 - 8 / 18, abs=EXACT)
    # the one open event and half an unseen one of either sign, all of mass 8: C = 8 Gamma(3/2), K = 8 Gamma(1/2)
    rng = np.random.default_rng(0)
    c, k = 8 * rng.gamma(1.5, size=10_000), 8 * rng.gamma(0.5, size=10_000)
    moves = (c + 6 - k) / (c + 6 + k + 10) - (c - k) / (c + k + 10)
    low, high = slow_interval(moves, 14 / 24 - 8 / 18)
    assert (security["low"], security["high"]) == pytest.approx((low, high), abs=0.02 * (high - low))
    assert security["se"] == pytest.approx(np.std(moves), rel=0.03)
    assert result.low[-1, 0] > 0 and high - security["difference"] > security["difference"] - low


@pytest.mark.parametrize(("option", "left"), [("remove", 0.0), ("scale", 0.5), ("scale", 3.0)])
@pytest.mark.parametrize("of_ties", [False, True])
def test_what_is_named_and_drawn_worked_by_hand(option, left, of_ties):
    """Two events of mass 8, one of them named: of that too half an event of either sign may have gone unseen."""
    events = al.Events.from_frame(
        point_events(("KHM", "CHN", "2020-05-01", 8.0), ("KHM", "CHN", "2020-06-01", 8.0))
    )
    given = [False, True] if option == "remove" else [1.0, left]
    known = AlignmentOf("KHM", "CHN", prior=10.0, weights={"economic": 0, "diplomatic": 0})
    draws = 600 if of_ties else 10_000
    result = what_if(
        events,
        score=(lambda ties: known.read(ties).score[0, -1]) if of_ties else known,
        **{option: np.array(given)},
        decay=al.Cumulative(),
        named="drawn",
        draws=draws,
    )
    rng = np.random.default_rng(0)
    kept, gone = 8 * rng.gamma(1, size=(2, 20_000))
    unseen, unseen_of_it = 8 * rng.gamma(0.5, size=(2, 2, 20_000))  # by sign

    def aligned(share):
        c, k = np.stack([kept + share * gone, np.zeros(20_000)]) + unseen + share * unseen_of_it
        return (c - k) / (c + k + 10)

    moves, difference = aligned(left) - aligned(1), (8 + 8 * left) / (18 + 8 * left) - 16 / 26
    assert result.difference[-1, -1] == pytest.approx(difference, abs=EXACT)
    low, high = slow_interval(moves, difference)
    near = 0.15 if of_ties else 0.03
    assert (result.low[-1, -1], result.high[-1, -1]) == pytest.approx((low, high), abs=near * (high - low))
    assert result.se[-1, -1] == pytest.approx(np.std(moves), rel=near)


@pytest.mark.parametrize(
    "score", [AlignmentOf("LAO", "CHN", prior=10.0), PositionOf("LAO", POWERS), HedgingOf("LAO", POWERS)]
)
def test_adding_and_removing_are_each_others_mirror(asean, score):
    there = what_if(asean, score=score, add=two_plus_two("LAO").assign(event_id="copy"))
    back = what_if(there.events, score=score, remove={"event_id": "copy"})
    np.testing.assert_allclose(there.difference, -back.difference, atol=EXACT)
    np.testing.assert_allclose(there.se, back.se, atol=0.15 * np.nanmax(there.se))
    np.testing.assert_allclose(there.low, -back.high, atol=0.15 * np.nanmax(there.high - there.low))
    direct = [score.read(al.Ledger.post(e).ties()).score[0, :, -1] for e in (asean, there.events)]
    np.testing.assert_allclose(there.difference[:, 0], direct[1] - direct[0], atol=RESCORED)
    assert there.difference[-1, 0] != 0


def test_the_interval_is_that_of_tables_written_out_and_posted_anew():
    """Plain twin: weights drawn, unseen events added as rows of their own, both tables posted and scored."""
    given_ = [
        ("CHN", "KHM", "2019-05-01", 6.0), ("KHM", "CHN", "2020-03-01", -4.0),
        ("CHN", "KHM", "2020-04-01", 3.0), ("USA", "KHM", "2018-06-01", 5.0), ("KHM", "USA", "2020-07-01", 7.0),
    ]  # fmt: skip
    events = al.Events.from_frame(point_events(*given_))
    extra = al.Events.from_frame(point_events(("CHN", "KHM", "2020-08-01", 9.0), mutual=True))
    rng, R = np.random.default_rng(5), 800
    left = np.exp2(-(np.datetime64("2020-12-31").astype(int) - events.day) / (5 * 365.25))
    mass = events.weight * np.abs(events.value)
    # of what is left of these, and one event of the table
    size = ((mass**2 * left).sum() + (mass**2).mean()) / ((mass * left).sum() + mass.mean())
    last = pd.concat([point_events((power, "KHM", "2020-12-31", 10.0), mutual=True) for power in POWERS])
    unseen = al.Events.from_frame(last)  # on the last day, so that nothing of it has faded; half of it a side
    table = pd.concat([copied(events, R, rng.standard_gamma(left, (R, len(events))) / left),
                       copied(unseen, R, size * rng.standard_gamma(0.5, (R, 2)) / 20)])  # fmt: skip
    one, two = (
        al.hedging(al.Events.from_frame(some), powers=POWERS, states=states_of(R)).position_raw[:, -1]
        for some in (table, pd.concat([table, copied(extra, R)]))
    )
    drawn = two - one
    result = what_if(events, score=HedgingOf("KHM", POWERS, field="position_raw"), add=extra, draws=4000)
    assert result.se[-1, 0] == pytest.approx(np.std(drawn), rel=0.1)
    wide = result.high[-1, 0] - result.low[-1, 0]
    ends = slow_interval(drawn, result.difference[-1, 0])
    assert (result.low[-1, 0], result.high[-1, 0]) == pytest.approx(ends, abs=0.08 * wide)


def test_conflict_and_cooperation_trade_places_in_the_interval():
    events = al.datasets.simulate(30, actors=3, first="2018-01-01", last="2020-12-31")
    extra = al.Events.from_columns(
        events.actors, source=np.array([0]), target=np.array([1]), day=events.day.max()[None],
        domain=np.array([2]), value=np.array([-10.0]),
    )  # fmt: skip
    turned = [replace(table, value=-table.value) for table in (events, extra)]
    score = AlignmentOf("A000", "A001", directed=False, prior=10.0)
    one, two = (
        what_if(table, score=score, add=more, draws=4000) for table, more in ((events, extra), turned)
    )
    np.testing.assert_allclose(one.difference, -two.difference, atol=EXACT)
    np.testing.assert_allclose(one.low, -two.high, atol=0.1 * np.nanmax(one.se))


def test_draws_are_reproducible_and_a_wider_level_holds_a_narrower(asean):
    told = {"score": AlignmentOf("KHM", "CHN", prior=10.0), "remove": {"event_id": "chn-khm-2plus2-2026"}}
    one, again, other = (what_if(asean, **told, rng=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.low, again.low)
    assert (one.low != other.low).any()
    narrow = what_if(asean, **told, rng=3, level=0.5)
    assert (one.low <= narrow.low).all() and (narrow.high <= one.high).all()
    assert (one.high[-1] < 0).all()  # it cannot have pushed them apart


LOANS = ["concessional_loan", "investment_or_loan", "infrastructure_project"]


def test_events_of_a_kind_are_less_certain_than_these_events(asean):
    pair = ["CHN", "KHM"]
    told = {
        "score": AlignmentOf("KHM", "CHN", directed=False, prior=10.0),
        "remove": {"kind": LOANS, "source": pair, "target": pair}, "since": "2020-01-01",
    }  # fmt: skip
    known, drawn = (what_if(asean, **told, named=named) for named in ("known", "drawn"))
    np.testing.assert_array_equal(known.difference, drawn.difference)
    assert drawn.low[-1, 0] < drawn.difference[-1, 0] < drawn.high[-1, 0] < 0
    assert (drawn.high - drawn.low)[-1, 0] > (known.high - known.low)[-1, 0]
    assert drawn.se[-1, 0] > known.se[-1, 0]
    with pytest.raises(al.OptionError, match="named is 'sure'; it must be one of 'known', 'drawn'"):
        what_if(asean, **told, named="sure")


@pytest.mark.parametrize(
    ("by_kind", "otherwise"),
    [
        ({"remove": {"kind": "state_visit"}}, {"remove": {"domain": "diplomatic"}}),
        ({"scale": {("state_visit", "CHN"): 0}}, {"scale": {("diplomatic", "CHN"): 0}}),
        ({"scale": {"state_visit": 0.5}}, {"scale": np.append(np.full(4, 0.5), 1)}),
    ],
)
def test_what_is_named_by_a_kind_has_its_sign_and_what_is_named_otherwise_may_have_either(by_kind, otherwise):
    """The same four friendly visits: the next one is as friendly, the next diplomatic act may be a protest."""
    days = ["2020-03-01", "2020-05-01", "2021-06-01", "2021-09-01", "2021-10-01"]
    events = al.Events.from_frame(
        pd.DataFrame(
            {"source": "CHN", "target": "KHM", "date": days, "kind": ["state_visit"] * 4 + ["joint_exercise"]}
        )
    )
    score = AlignmentOf("KHM", "CHN", directed=False, prior=10.0)
    kind, either = (
        what_if(events, score=score, named="drawn", **asked, draws=4000) for asked in (by_kind, otherwise)
    )
    assert kind.difference[-1, 0] == either.difference[-1, 0] < 0
    assert kind.low[-1, 0] == pytest.approx(either.low[-1, 0], abs=0.1)
    assert either.high[-1, 0] > kind.high[-1, 0] + 0.02


@pytest.mark.parametrize("decay", [al.HalfLife(3), al.Window(3), al.Cumulative(), al.Saturating()])
@pytest.mark.parametrize("window", [None, 3])
def test_periods_left_out_change_nothing(decay, window):
    events = random_events(2)
    score = HedgingOf("KHM", POWERS, window=window)
    told = {"score": score, "decay": decay, "scale": {"CHN": 2.0}, "draws": 700}
    whole, last = (what_if(events, at=at, **told) for at in (slice("2008", "2011"), "2011"))
    for name in ("actual", "supposed", "difference"):
        np.testing.assert_allclose(getattr(last, name)[:, 0], getattr(whole, name)[:, -1], atol=1e-9)
    for name in ("low", "high", "se"):  # of other draws, where they are of several dates
        near = 0.12 * np.nanmax(last.high - last.low)
        np.testing.assert_allclose(getattr(last, name)[:, 0], getattr(whole, name)[:, -1], atol=near)


def test_a_copy_of_what_already_stands_changes_nothing_for_certain():
    events = al.Events.from_frame(two_plus_two("KHM", "2020-01-01"))
    result = what_if(
        events, score=AlignmentOf("KHM", "CHN", prior=10.0), add=two_plus_two("KHM", "2024-01-01")
    )
    np.testing.assert_allclose(np.nan_to_num(result.difference[:, 0]), 0, atol=EXACT)
    assert np.nanmax(result.se) < EXACT  # the one it replaces is part of the supposition
    told = "two_plus_two of CHN and KHM stands already, since 2020-01-01: the one added on 2024-01-01 takes its place"
    assert [note.split(", and")[0] for note in result.notes] == [told] and told in repr(result)


def test_a_supposition_that_cannot_move_the_score_says_so(asean):
    near, far = AlignmentOf("LAO", "CHN"), AlignmentOf("KHM", "CHN")
    with pytest.raises(
        al.OptionError, match="nothing that is supposed has begun by 2020: it begins on 2026-06-01"
    ):
        what_if(asean, score=near, add=two_plus_two("LAO"), at=[2015, 2020])
    with pytest.raises(al.OptionError, match="it begins on 2026-04-22"):
        what_if(asean, score=far, remove={"event_id": "chn-khm-2plus2-2026"}, at=2025)
    later = what_if(asean, score=near, add=two_plus_two("LAO"), at=[2020, 2026])
    assert later.notes == ("before 2026-06-01 nothing is supposed: the difference is 0",)
    assert later.difference[-1, 0] == 0 and later.difference[-1, 1] > 0
    other = what_if(asean, score=far, add=two_plus_two("LAO"))
    assert other.notes == ("no event that is supposed touches this score: it cannot move",)
    assert np.nan_to_num(other.difference).tolist() == [[0.0]] * 4
    assert what_if(asean, score=near, add=two_plus_two("LAO")).notes == ()


def test_the_removal_of_what_a_later_act_replaced_says_so(asean):
    first, second = "usa-phl-edca-2014", "usa-phl-edca-sites-2023"
    score = AlignmentOf("PHL", "USA")
    one = what_if(asean, score=score, remove={"event_id": first}, draws=50)
    told = "what is removed had given way by 2023-02-02 to later acts of its family, which stand without it: "
    assert one.notes == (f"{told}the difference is 0 from then on, unless these go too",)
    assert np.nan_to_num(one.difference[:, -1]).tolist() == [0.0] * 4
    assert what_if(asean, score=score, remove={"event_id": [first, second]}, draws=50).notes == ()
    assert what_if(asean, score=score, remove={"event_id": first}, at=2020, draws=50).notes == ()


@pytest.mark.parametrize("date", ["2026", "2026-03", "2025-06-01"])
def test_an_added_act_that_gives_way_to_one_that_stands_says_so(asean, date):
    act = {"source": "VNM", "target": "CHN", "date": date, "kind": "two_plus_two"}
    moved = what_if(asean, score=AlignmentOf("VNM", "CHN"), add=[act], draws=50)
    told = "what is added gives way by 2026-03-16 to later acts of its family, which stand anyway: "
    assert moved.notes == (f"{told}the difference is 0 from then on",)
    assert np.nan_to_num(moved.difference[:, -1]).tolist() == [0.0] * 4
    both = [act, {"source": "CHN", "target": "VNM", "date": "2026-02-01", "kind": "state_visit"}]
    assert what_if(asean, score=AlignmentOf("VNM", "CHN"), add=both, draws=50).notes == ()


@pytest.mark.parametrize("ask", ["what_if", "impact"])
@pytest.mark.parametrize("score", [al.alignment, al.hedging, al.bloc])
def test_a_measure_is_no_score_of_one_relation(asean, ask, score):
    given_ = {"add": two_plus_two("LAO")} if ask == "what_if" else {}
    with pytest.raises(TypeError, match=rf"score is the function {score.__name__}, .* give AlignmentOf"):
        getattr(al, ask)(asean, score=score, **given_)
    with pytest.raises(TypeError, match="score is <class 'alignscore.*AlignmentOf'>; give AlignmentOf"):
        getattr(al, ask)(asean, score=AlignmentOf, **given_)


def test_a_tie_that_was_replaced_later_can_be_lifted_before(asean):
    frame = pd.DataFrame(
        {"source": "CHN", "target": "KHM", "mutual": True, "date": ["2005-01-01", "2015-01-01"],
         "kind": ["partnership_established", "partnership_upgraded"]}
    )  # fmt: skip
    events = al.Events.from_frame(frame)
    assert events.settled.any()
    result = what_if(
        events, score=AlignmentOf("KHM", "CHN", prior=10.0), lift={"kind": "partnership_established"}, since="2010-01-01",
        at=[2009, 2013, 2016],
    )  # fmt: skip
    assert result.difference[-1, 0] == 0 and result.difference[-1, 1] < 0
    lifted = al.Events.from_frame(frame.assign(until=["2010-01-01", None]))
    ties = al.Ledger.post(lifted).ties(2016)
    expected = (
        AlignmentOf("KHM", "CHN", prior=10.0)
        .read(ties)
        .score[0, -1, [ties.axes.period(y) for y in (2009, 2013, 2016)]]
    )
    np.testing.assert_allclose(result.supposed[-1], expected, atol=RESCORED)


def test_an_embargo_lifted_fades_from_that_day(asean):
    score = AlignmentOf("USA", "KHM", directed=False, prior=10.0)
    result = what_if(
        asean, score=score, lift={"kind": "sanctions", "source": "USA", "target": "KHM"}, since="2023-01-01",
        at=[2022, 2026],
    )  # fmt: skip
    economic = result.domains.index("economic")
    assert result.difference[economic, 0] == 0 and result.difference[economic, 1] > 0
    frame = asean.to_frame()
    lifted = (frame["kind"] == "sanctions") & (frame["source"] == "USA") & (frame["target"] == "KHM")
    open_ = lifted & frame["until"].isna()
    frame.loc[open_, "until"] = pd.Timestamp("2023-01-01")
    ties = al.Ledger.post(al.Events.from_frame(frame)).ties()
    assert result.supposed[economic, 1] == pytest.approx(
        score.read(ties).score[0, economic, -1], abs=RESCORED
    )


def test_flows_that_dry_up_touch_only_what_comes_after(asean):
    named = {"domain": "economic", "actor": ["CHN"]}
    result = what_if(
        asean, score=PositionOf("KHM", POWERS), remove=named, since="2015-01-01", at=[2014, 2026]
    )
    assert np.nan_to_num(result.difference[:, 0]).tolist() == [0.0] * 4 and result.difference[-1, 1] > 0
    dry = {("economic", "CHN"): 0.0}
    by_factor = what_if(
        asean, score=PositionOf("KHM", POWERS), scale=dry, since="2015-01-01", at=[2014, 2026]
    )
    np.testing.assert_array_equal(result.supposed, by_factor.supposed)
    mask = (np.array(asean.domains)[asean.domain] == "economic") & (
        asean.to_frame()["source"] == "CHN"
    ).to_numpy()
    assert len(what_if(asean, score=PositionOf("KHM", POWERS), remove=mask).events) == len(asean) - mask.sum()


@pytest.mark.parametrize("of_ties", [True, False])
def test_without_any_event_nothing_is_known_of_what_is_supposed(asean, of_ties):
    known = AlignmentOf("KHM", "CHN", prior=10.0)
    found = what_if(
        asean, score=(lambda ties: known.read(ties).score[0, -1]) if of_ties else known,
        remove=np.ones(len(asean), dtype=bool), draws=50,
    )  # fmt: skip
    assert not np.isnan(found.actual).any() and (found.n == 0).all()
    for missing in (found.supposed, found.difference, found.se, found.low, found.high):
        assert np.isnan(missing).all()


def test_scale_one_changes_nothing_and_a_common_factor_changes_no_share(asean):
    score = PositionOf("VNM", POWERS)
    for factor in (1.0, 3.0):
        result = what_if(asean, score=score, scale=np.full(len(asean), factor), at=slice("2018", None))
        np.testing.assert_allclose(np.nan_to_num(result.difference), 0, atol=EXACT)
    half = what_if(asean, score=score, scale=lambda frame: np.where(frame["domain"] == "security", 0.5, 1.0))
    assert half.recipe["supposed"] == ("scale",)


def test_what_if_of_a_function_agrees_with_the_closed_form():
    events = random_events(1, 16)
    extra = point_events(("KHM", "CHN", "2011-06-01", 9.0))
    slow = what_if(
        events,
        add=extra,
        draws=80,
        score=lambda ties: al.alignment(ties, prior=10.0).alignment[ties.axes.dyad("KHM", "CHN"), -1],
    )
    fast = what_if(events, add=extra, score=AlignmentOf("KHM", "CHN", prior=10.0))
    for name in ("actual", "supposed", "difference"):
        np.testing.assert_allclose(getattr(slow, name)[0], getattr(fast, name)[-1], atol=1e-8)
    for name in ("se", "low", "high"):  # other draws, and another size of what went unseen
        np.testing.assert_allclose(getattr(slow, name)[0], getattr(fast, name)[-1], atol=0.08)


def test_a_relation_that_was_not_there_before_has_no_difference(asean):
    result = what_if(asean, score=AlignmentOf("XXX", "CHN", prior=10.0), add=two_plus_two("XXX"))
    assert np.isnan(result.actual).all() and np.isnan(result.difference).all()
    assert result.supposed[-1, 0] > 0
    gone = what_if(asean, score=AlignmentOf("KHM", "CHN", prior=10.0), remove={"actor": "KHM"})
    assert np.isnan(gone.supposed).all() and gone.actual[-1, 0] > 0


def test_errors_of_what_if(asean):
    score = AlignmentOf("KHM", "CHN", prior=10.0)
    with pytest.raises(al.OptionError, match="nothing is supposed; give add, remove, scale or lift"):
        what_if(asean, score=score)
    with pytest.raises(al.OptionError, match="lift needs since"):
        what_if(asean, score=score, lift={"kind": "sanctions"})
    with pytest.raises(al.OptionError, match="lift names no event that still stands on 1960-01-01"):
        what_if(asean, score=score, lift={"kind": "sanctions"}, since="1960-01-01")
    with pytest.raises(al.UnknownLabelError, match="unknown event_id 'nothing'"):
        what_if(asean, score=score, remove={"event_id": "nothing"})
    with pytest.raises(al.UnknownLabelError, match="unknown column 'sort'"):
        what_if(asean, score=score, remove={"sort": "x"})
    with pytest.raises(al.UnknownLabelError, match=r"unknown kind 'sanction'\. Did you mean 'sanctions'"):
        what_if(asean, score=score, remove={"kind": "sanction"})
    with pytest.raises(al.UnknownLabelError, match="unknown domain, kind or actor 'CHM'"):
        what_if(asean, score=score, scale={"CHM": 2.0})
    with pytest.raises(al.OptionError, match="negative or not finite"):
        what_if(asean, score=score, scale={"CHN": -1.0})
    with pytest.raises(al.OptionError, match="one True or False an event"):
        what_if(asean, score=score, remove=np.array([True]))
    with pytest.raises(al.OptionError, match="since is 'never'"):
        what_if(asean, score=score, remove={"kind": "sanctions"}, since="never")
    with pytest.raises(al.EventError, match="unknown kind"):
        what_if(asean, score=score, add=two_plus_two("KHM").assign(kind="four_plus_four"))
    with pytest.raises(al.OptionError, match="no event joins"):
        what_if(asean, score=AlignmentOf("LAO", "BRN", prior=10.0), scale={"CHN": 2.0})
    with pytest.raises(al.OptionError, match="draws is 10"):
        what_if(asean, score=score, scale={"CHN": 2.0}, draws=10)
    with pytest.raises(al.OptionError, match="scale must give one factor an event, 474 in all"):
        what_if(asean, score=score, scale=[1.0, 2.0])
    with pytest.raises(al.EventError, match="add holds no event"):
        what_if(asean, score=score, add=asean[:0])
    with pytest.raises(al.OptionError, match=r"at is \[\], which holds no period"):
        what_if(asean, score=score, scale={"CHN": 2.0}, at=[])
    with pytest.raises(al.OptionError, match="there is no event"):
        what_if(asean[:0], score=score, scale=np.empty(0))
    bloc = al.BlocOf(["BRN", "LAO"], ("CHN", "USA"))
    with pytest.raises(al.OptionError, match="no event joins 'BRN, LAO' and 'CHN' or 'USA'"):
        what_if(asean.between("KHM", "CHN"), score=bloc, scale={"CHN": 2.0})


@pytest.mark.parametrize(
    "ids", [[7.0, 8.0, np.nan], pd.array([7, 8, None], dtype="Int64"), ["7", "8", None]], ids=repr
)
def test_an_event_is_named_as_results_call_it(ids):
    """A column of numbers with a gap holds 7.0, and an impact calls the event 7."""
    rows = [("KHM", "CHN", 6.0), ("CHN", "KHM", 4.0), ("KHM", "CHN", -1.0)]
    table = pd.DataFrame(rows, columns=["source", "target", "value"]).assign(
        date="2020-05-01", domain="security"
    )
    events = al.Events.from_frame(table.assign(event_id=ids))
    score = AlignmentOf("KHM", "CHN", directed=False, prior=10.0)
    moved = al.impact(events, score=score).at(2020).query("domain == 'security'").set_index("group")["impact"]
    for name in ("7", "8"):
        found = what_if(events, score=score, remove={"event_id": name}, draws=50)
        assert -found.to_frame()["difference"][2] == pytest.approx(moved[name])
    with pytest.raises(al.UnknownLabelError, match="unknown event_id '9'"):
        what_if(events, score=score, remove={"event_id": ["7", "9"]})


def test_beside_the_score_of_a_bloc_stands_the_number_of_events_that_bloc_counts(asean, ties):
    """A member's events count from when it joined: those of East Timor before 2025 do not."""
    powers = ("CHN", "USA")
    for field in ("division", "own"):
        found = what_if(asean, score=al.BlocOf("ASEAN", powers, field), remove={"event_id": "chn-khm-2plus2-2026"},
                        draws=50)  # fmt: skip
        counted = al.bloc(ties, members="ASEAN", powers=powers)
        rows = (asean.event_id == "chn-khm-2plus2-2026").sum()
        assert found.n.ravel().tolist() == [counted.n[..., -1].ravel()[0] - rows]


def test_states_may_be_numbers():
    """As those of the Correlates of War are read from a column of numbers."""
    frame = events_of(
        ("A", "P", "2020-02-01", "economic", 4.0), ("A", "Q", "2020-03-01", "economic", 2.0)
    ).to_frame()
    coded = al.Events.from_frame(frame.replace({"A": "816", "P": "710", "Q": "2"}))
    score = al.PositionOf(816, (710, 2))
    for by in ({"remove": {"actor": 710}}, {"remove": {"target": [710]}}, {"scale": {710: 0}}):
        found = al.what_if(coded, score=score, **by, draws=50)
        plain = al.what_if(coded, score=score, remove={"actor": "710"}, draws=50)
        np.testing.assert_array_equal(found.supposed, plain.supposed)
