"""What moved a score: its parts add up to the change, and how sure the change is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.attribution.change import ChangeResult, change
from alignscore.attribution.contributions import mean_contributions
from alignscore.attribution.redrawn import Redrawn, Unseen, drawn_together
from alignscore.attribution.scores import AlignmentOf, DiversificationOf, HedgingOf, PositionOf
from alignscore.attribution.versions import Span, Versions
from alignscore.attribution.what_if import what_if
from strategies import events_of, plain_events, point_events, random_events, random_ties
from twins import copied, slow_interval, states_of

EXACT = 1e-12
RESCORED = 1e-10
POWERS = ("CHN", "USA")

SPLIT = (
    AlignmentOf("KHM", "CHN", prior=10.0), AlignmentOf("CHN", "KHM", directed=False, prior=0.0),
    AlignmentOf("KHM", "CHN", weights={"security": 1}, prior=10.0), PositionOf("KHM", POWERS),
    DiversificationOf("KHM", (*POWERS, "JPN"), direction="in"), HedgingOf("VNM", POWERS, window=3),
    HedgingOf("VNM", POWERS, field="engagement", weights={"security": 2, "economic": 1}),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("score", SPLIT, ids=lambda score: f"{type(score).__name__}-{score.field}")
def test_a_change_is_the_sum_of_its_parts(seed, score):
    events = random_events(seed)
    decay = (al.HalfLife(2), al.Window(4), al.Cumulative())[seed]
    ties = random_ties(seed, decay=decay)
    level = score.read(ties).score[0, -1]
    for (start, end), groups in {
        (2003, 2009): ("event", "kind", "domain"), (2010, 2005): ("year", "dyad"), (2006, 2007): ("event", "year"),
    }.items():  # fmt: skip
        ends = [level[ties.axes.period(date)] for date in (start, end)]
        for place, by in enumerate(groups):
            result = change(events, start, end, score=score, by=by, decay=decay, draws=50)
            np.testing.assert_allclose([result.start, result.end], ends, atol=EXACT)
            if np.isnan(result.change):
                assert np.isnan(result.contribution).all()
                continue
            assert result.contribution.sum() == pytest.approx(result.change, abs=EXACT)
            np.testing.assert_allclose(result.volume + result.tone, result.contribution, atol=EXACT)
            if (
                place + seed
            ) % 2:  # every other grouping of one seed is turned round, and the rest of the next
                continue
            back = change(events, end, start, score=score, by=by, decay=decay, draws=50)
            forth, again = (dict(zip(r.about["group"], r.contribution, strict=True)) for r in (result, back))
            assert all(forth[name] == pytest.approx(-again[name], abs=EXACT) for name in forth)


@pytest.mark.parametrize("by", ["domain", "dyad"])
def test_ties_and_their_events_are_split_alike(ties, asean, by):
    score = HedgingOf("PHL", POWERS)
    of_ties = change(ties, 2010, 2024, score=score, by=by)
    of_events = change(asean, 2010, 2024, score=score, by=by)

    def named(result: ChangeResult) -> dict[frozenset[str], float]:
        names = (frozenset(name.split("-")) for name in result.about["group"])
        return dict(zip(names, result.contribution, strict=True))

    mine, theirs = named(of_ties), named(of_events)
    assert of_ties.contribution.sum() == pytest.approx(of_ties.change, abs=EXACT)
    for name, part in theirs.items():
        assert mine.pop(name, 0.0) == pytest.approx(part, abs=EXACT)
    assert all(abs(part) < EXACT for part in mine.values())


@pytest.fixture
def three():
    """A visit of one power, a port call of the other, and its exercise a year later."""
    given_ = [
        ("CHN", "KHM", "2020-05-01", 6.0),
        ("USA", "KHM", "2020-06-01", 2.0),
        ("USA", "KHM", "2021-06-01", 4.0),
    ]
    return al.Events.from_frame(point_events(*given_).assign(event_id=["visit", "port call", "exercise"]))


def test_change_worked_by_hand(three):
    raw = HedgingOf("KHM", POWERS, field="position_raw")
    result = change(three, 2020, 2021, score=raw, by="event", decay=al.Cumulative())
    parts = dict(zip(result.about["group"], result.contribution, strict=True))
    middle, whole = ((2 - 6) / 8 + (6 - 6) / 12) / 2, (8 + 12) / 2
    assert parts == pytest.approx(
        {"exercise": (4 - middle * 4) / whole, "visit": 0.0, "port call": 0.0}, abs=EXACT
    )
    assert (result.start, result.end) == pytest.approx((-0.5, 0.0))
    spread = change(
        three, 2020, 2021, score=DiversificationOf("KHM", POWERS), by="event", decay=al.Cumulative()
    )
    assert spread.contribution[0] == pytest.approx((1 - 0.0) - (1 - 0.25), abs=EXACT)


def test_change_of_a_posterior_mean_worked_by_hand(three):
    """L = (b - a) / (a + b + u) with u = sum m^2 / sum m: the mass of the middle group moves by u too."""
    result = change(three, 2020, 2021, score=PositionOf("KHM", POWERS), by="event", decay=al.Cumulative())
    u0, u1 = (36 + 4) / (6 + 2), (36 + 4 + 16) / (6 + 2 + 4)
    start, end = (2 - 6) / (6 + 2 + u0), (6 - 6) / (12 + u1)
    assert (result.start, result.end) == pytest.approx((start / 3, end / 3), abs=EXACT)
    # only the exercise moved any sum: it takes the whole change
    parts = dict(zip(result.about["group"], result.contribution, strict=True))
    assert parts == pytest.approx({"exercise": (end - start) / 3, "visit": 0.0, "port call": 0.0}, abs=EXACT)


@pytest.mark.parametrize("field", ["position", "position_raw", "engagement", "hedging"])
@pytest.mark.parametrize("window", [None, 3])
def test_parts_of_a_change_add_up_to_the_score_s_own(ties, asean, field, window):
    score = HedgingOf("KHM", POWERS, field=field, window=window)
    result = change(asean, 2010, 2020, score=score, by="kind", draws=50)
    ends = [score.read(ties).score[0, -1, at] for at in (2010 - 2027, 2020 - 2027)]
    assert (result.start, result.end) == pytest.approx(ends, abs=RESCORED)
    assert result.contribution.sum() == pytest.approx(result.change, abs=RESCORED)


@pytest.mark.parametrize("by", ["domain", "kind", "event"])
@pytest.mark.parametrize("field", ["position", "engagement", "hedging"])
def test_how_far_events_come_in_clusters_does_not_hang_on_the_groups(asean, field, by):
    """It had been told from each group alone: of CAMEO events split one by one the position began and ended elsewhere."""
    score, decay = HedgingOf("KHM", POWERS, field=field), al.HalfLife(years=2, dispersion=(0.4, 0.6))
    result = change(asean, 2010, 2020, score=score, by=by, decay=decay, draws=50)
    own = score.read(al.Ledger.post(asean, decay=decay).ties(end=2020)).score[0, -1]
    assert (result.start, result.end) == pytest.approx((own[-11], own[-1]), abs=RESCORED)
    assert result.contribution.sum() == pytest.approx(result.change, abs=RESCORED)


def test_a_domain_that_comes_into_sight_moves_the_composite_by_where_it_stands():
    frame = pd.concat([
        point_events(("KHM", "CHN", "2020-05-01", 10.0)),
        point_events(("KHM", "CHN", "2021-05-01", -10.0), domain="economic"),
    ])  # fmt: skip
    result = change(
        al.Events.from_frame(frame), 2020, 2021, score=AlignmentOf("KHM", "CHN", prior=10.0, domains="seen"),
        decay=al.Cumulative(),
    )  # fmt: skip
    parts = dict(zip(result.about["group"], result.volume, strict=True))
    # 10/20 = 0.5 in 2020, (0.5 - 0.5)/2 = 0 in 2021
    assert (result.start, result.end) == (0.5, 0.0)
    assert parts == pytest.approx({"economic": -0.5, "security": 0.0}, abs=EXACT)
    assert (result.tone == 0).all()


@pytest.mark.parametrize("values", [(4.0, -6.0), (0.0, 0.0)])
@pytest.mark.parametrize("weights", [None, {"economic": 3.0, "security": 1.0, "diplomatic": 0.0}])
@pytest.mark.parametrize("back", [False, True])
def test_contributions_add_up_where_one_domain_moves_and_another_comes_into_sight(values, weights, back):
    """Or drops out of it, also with acts of value 0: the domains that are seen weigh more the fewer they are."""
    acts = [("2010-03-01", "economic", 5.0), ("2012-03-01", "economic", -3.0), ("2017-05-01", "economic", 2.0),
            ("2016-03-01", "security", values[0]), ("2017-03-01", "security", values[1])]  # fmt: skip
    events = events_of(*(("KHM", "CHN", *act) for act in acts))
    score = AlignmentOf("KHM", "CHN", domains="seen", weights=weights)
    start, end = (2018, 2013) if back else (2013, 2018)
    result = change(events, start, end, score=score, by="domain", draws=50)
    assert result.contribution.sum() == pytest.approx(result.change, abs=EXACT)
    assert abs(result.change) > 0.01


def test_over_all_domains_one_that_comes_into_sight_stood_at_0_before():
    frame = pd.concat([
        point_events(("KHM", "CHN", "2020-05-01", 10.0)),
        point_events(("KHM", "CHN", "2021-05-01", -10.0), domain="economic"),
    ])  # fmt: skip
    result = change(
        al.Events.from_frame(frame),
        2020,
        2021,
        score=AlignmentOf("KHM", "CHN", prior=10.0),
        decay=al.Cumulative(),
    )
    assert (result.start, result.end) == (pytest.approx(0.5 / 3), 0.0)
    parts = dict(zip(result.about["group"], result.contribution, strict=True))
    assert parts == pytest.approx({"economic": -0.5 / 3, "security": 0.0}, abs=EXACT)


def test_one_event_is_worth_in_every_version_what_it_is_in_the_factual_table():
    given_ = [
        ("KHM", "CHN", "2020-05-01", 6.0),
        ("KHM", "CHN", "2020-06-01", -4.0),
        ("USA", "PHL", "2020-06-01", 8.0),
    ]
    events, kappa = al.Events.from_frame(point_events(*given_)), (6 + 4 + 8) / 3
    asked = {"by": "event", "decay": al.Cumulative()}
    found, held = (
        al.impact(events, score=AlignmentOf("KHM", "CHN", prior=p), draws=0, **asked) for p in (None, kappa)
    )
    np.testing.assert_allclose(found.impact, held.impact, atol=EXACT)
    more = al.Events.from_frame(point_events(("KHM", "CHN", "2020-09-01", 10.0)))
    found, held = (
        what_if(events, add=more, score=AlignmentOf("KHM", "CHN", prior=p), decay=al.Cumulative())
        for p in (None, kappa)
    )
    np.testing.assert_allclose(found.supposed, held.supposed, atol=EXACT)


def test_blended_without_any_known_domain_is_missing():
    a = np.zeros((2, 3, 2))
    known = np.array([[True, False], [False, False]])
    parts, level = mean_contributions(a, a, 10.0, np.array([0.5, 0.5]), known)
    assert np.isnan(parts).all() and level[0] == 0 and np.isnan(level[1])


def test_errors_of_change(ties, asean):
    score = AlignmentOf("KHM", "CHN", prior=10.0)
    with pytest.raises(al.OptionError, match="by is 'kind'; it must be one of 'domain', 'dyad'"):
        change(ties, 2010, 2020, score=score, by="kind")
    with pytest.raises(al.OptionError, match="Saturating do not add over events"):
        change(asean, 2010, 2020, score=score, decay=al.Saturating())
    with pytest.raises(al.OptionError, match="field is 'tone'; it must be one of 'alignment'"):
        change(asean, 2010, 2020, score=AlignmentOf("KHM", "CHN", field="tone", prior=10.0))
    with pytest.raises(al.OptionError, match="tie is 'net'"):
        change(asean, 2010, 2020, score=PositionOf("KHM", POWERS, tie="net"))
    with pytest.raises(TypeError, match="a change is split for AlignmentOf and HedgingOf"):
        change(asean, 2010, 2020, score=lambda ties: 0.0)
    with pytest.raises(TypeError, match="data is a DataFrame; give Events or Ties"):
        change(asean.to_frame(), 2010, 2020, score=score)
    with pytest.raises(al.OptionError, match="these ties are undirected"):
        change(ties.undirected(), 2010, 2020, score=score)
    with pytest.raises(al.OptionError, match="no event joins 'LAO' and 'BRN'"):
        change(ties, 2010, 2020, score=AlignmentOf("LAO", "BRN", prior=10.0))


# ---- how sure a change is: worked by hand, against tables written out and posted anew, and in the long run ----
SCORES = (
    al.AlignmentOf("KHM", "CHN", prior=10.0), al.AlignmentOf("KHM", "CHN", directed=False, prior=2.0),
    al.PositionOf("KHM", POWERS), al.DiversificationOf("KHM", (*POWERS, "JPN")),
    al.HedgingOf("KHM", POWERS), al.HedgingOf("KHM", POWERS, field="engagement", window=2),
)  # fmt: skip


def unseen_of_either_sign(mass, size, seed=0):
    """Draws of cooperation, of an event of some mass and half an unseen one, and of conflict, of half an unseen one."""
    rng = np.random.default_rng(seed)
    seen = mass * rng.exponential(size=10_000)
    return seen + size * rng.gamma(0.5, size=10_000), size * rng.gamma(0.5, size=10_000)


def change_of_alignment(events):
    """What moved from 2020 to 2021 where nothing fades."""
    return al.change(
        events,
        2020,
        2021,
        score=al.AlignmentOf("KHM", "CHN", prior=10.0, domains="seen"),
        decay=al.Cumulative(),
        draws=10_000,
    )


def test_the_error_of_a_change_worked_by_hand():
    events = al.Events.from_frame(
        point_events(("KHM", "CHN", "2020-05-01", 8.0), ("KHM", "CHN", "2021-05-01", 6.0))
    )
    result = change_of_alignment(events)
    assert result.change == pytest.approx(14 / 24 - 8 / 18)
    # one event of 8 and half an unseen one of either sign at both dates, one of 6 and the same at the later only; an
    # unseen one is as large as these and one event of the table, of the mean mass 7 and the mean squared mass 50
    c, k = unseen_of_either_sign(8, (8**2 + 50) / (8 + 7))
    c2, k2 = unseen_of_either_sign(6, (6**2 + 50) / (6 + 7), seed=1)
    moves = (c + c2 - k - k2) / (c + c2 + k + k2 + 10) - (c - k) / (c + k + 10)
    low, high = slow_interval(moves, result.change)
    assert (result.se, result.low, result.high) == pytest.approx((np.std(moves), low, high), rel=0.06)
    assert repr(result).startswith(
        f"<ChangeResult: 1 group/rows; change=+0.139 [{result.low:+.3f}, {result.high:+.3f}], "
    )


def test_what_stands_unchanged_at_both_dates_is_unsure_only_of_what_came_unseen():
    events = al.Events.from_frame(point_events(("KHM", "CHN", "2020-05-01", 8.0)))
    result = change_of_alignment(events)
    c, k = unseen_of_either_sign(8, 8)
    c2, k2 = unseen_of_either_sign(0, 8, seed=1)
    moves = (c + c2 - k - k2) / (c + c2 + k + k2 + 10) - (c - k) / (c + k + 10)
    assert result.change == 0.0
    assert (result.low, result.high) == pytest.approx(slow_interval(moves, 0.0), rel=0.06)


def test_the_error_is_that_of_tables_written_out_and_posted_anew():
    """Plain twin: weights drawn, unseen events added as rows of their own, the table posted and scored.

    Of a score that reads no squares: those of a weight drawn are its square, and those of an event that happens as often
    as drawn are so many.
    """
    given = [
        ("CHN", "KHM", "2019-05-01", 6.0), ("KHM", "CHN", "2020-03-01", -4.0), ("USA", "KHM", "2018-06-01", 5.0),
        ("KHM", "USA", "2021-07-01", 7.0), ("CHN", "KHM", "2022-04-01", 3.0), ("CHN", "KHM", "2022-09-01", 2.0),
    ]  # fmt: skip
    events = al.Events.from_frame(point_events(*given))
    rng, R, decay = np.random.default_rng(5), 1000, al.HalfLife(years=1.5)

    def size(some, end):
        fade = np.exp2(-(np.datetime64(end).astype(int) - events.day[some]) / decay.days())
        mass = np.abs(events.value[some])
        whole = np.abs(events.value)  # of which one event stands beside
        return ((mass**2 * fade).sum() + (whole**2).mean()) / ((mass * fade).sum() + whole.mean())

    old = events.day <= np.datetime64("2020-12-31").astype(int)
    sizes = np.repeat([size(old, "2020-12-31"), size(~old, "2022-12-31")], 2)
    unseen = al.Events.from_frame(
        point_events(*((power, "KHM", day, 10.0) for day in ("2020-12-31", "2022-12-31") for power in POWERS), mutual=True)
    )  # fmt: skip
    ends = np.array([["2020-12-31"], ["2022-12-31"]], dtype="M8[D]").astype(int)
    left = (events.day <= ends) * np.exp2(-(ends - events.day) / decay.days())
    later = rng.standard_gamma(left[1], (R, len(events)))  # what is left of an event is part of what was
    earlier = later * old + rng.standard_gamma(np.maximum(left[0] - left[1], 0), (R, len(events)))
    chance = copied(unseen, R, sizes * rng.standard_gamma(0.5, (R, 4)) / 10)
    levels = []
    for drawn, share, at in ((earlier, left[0], -3), (later, left[1], -1)):
        table = pd.concat(
            [copied(events, R, np.where(share > 0, drawn / np.maximum(share, 1e-9), 1.0)), chance]
        )
        told = {"powers": POWERS, "states": states_of(R)}
        ledger = al.Ledger.post(al.Events.from_frame(table), decay=decay)
        levels.append(al.hedging(ledger, **told).position_raw[:, at])
    drawn = levels[1] - levels[0]
    score = al.HedgingOf("KHM", POWERS, field="position_raw")
    result = al.change(events, 2020, 2022, score=score, decay=decay, draws=10_000)
    wide = result.high - result.low
    assert result.se == pytest.approx(np.std(drawn), rel=0.065)  # three errors of 1,000 tables
    assert (result.low, result.high) == pytest.approx(slow_interval(drawn, result.change), abs=0.065 * wide)


@pytest.mark.parametrize("score", SCORES, ids=lambda score: f"{type(score).__name__}-{score.field}")
def test_dates_swapped_mirror_and_no_time_is_no_change(asean, score):
    forth, back = (al.change(asean, *dates, score=score, draws=100) for dates in ((2019, 2025), (2025, 2019)))
    assert (forth.se, forth.low, forth.high) == pytest.approx((back.se, -back.high, -back.low), abs=1e-12)
    assert forth.low <= forth.change <= forth.high and forth.se > 0
    same = al.change(asean, 2020, 2020, score=score, draws=100)
    assert (same.change, same.se, same.low, same.high) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("many", [1, 1 << 11])
def test_the_order_of_rows_decides_no_interval(many, monkeypatch):
    """Of one table put in another order the lower ends had moved by up to .08, under one seed."""
    monkeypatch.setattr("alignscore.attribution.redrawn.MANY", many)
    table, score = random_events(4, 60), AlignmentOf("KHM", "CHN", directed=False)
    tables = table, table.take(np.random.default_rng(1).permutation(len(table)))
    told = {"score": score, "draws": 60}
    for ask in (
        lambda events: al.change(events, 2005, 2010, **told),
        lambda events: al.what_if(events, scale={"CHN": 0.5}, named="drawn", **told),
        lambda events: al.impact(events, by="kind", **told),
        lambda events: al.what_if(events, scale={"CHN": 0.5}, **(told | {"score": score_of_ties})),
    ):
        one, again = (ask(events) for events in tables)
        for end in ("se", "low", "high"):
            np.testing.assert_allclose(getattr(one, end), getattr(again, end), rtol=1e-9, atol=EXACT)


def score_of_ties(ties):
    return al.alignment(ties).alignment[ties.axes.dyad("KHM", "CHN"), -1]


def test_draws_are_reproducible_and_the_split_does_not_touch_them(asean):
    told = {"score": al.HedgingOf("VNM", POWERS), "draws": 200}
    one, again = (al.change(asean, 2015, 2025, **told, by=by, rng=3) for by in ("domain", "kind"))
    assert (one.se, one.low, one.high) == pytest.approx((again.se, again.low, again.high), abs=1e-12)
    other = al.change(asean, 2015, 2025, **told, rng=4)
    assert other.se != one.se
    narrow = al.change(asean, 2015, 2025, **told, rng=3, level=0.5)
    assert one.low < narrow.low < narrow.high < one.high


def test_ties_do_not_tell_what_stands_at_both_dates(ties, asean):
    result = al.change(ties, 2015, 2025, score=al.AlignmentOf("KHM", "CHN", prior=10.0))
    assert np.isnan([result.se, result.low, result.high]).all() and "[" not in repr(result).split(",")[0]
    early = al.change(asean, 1951, 2025, score=al.PositionOf("KHM", POWERS))
    assert np.isnan([early.change, early.se, early.low, early.high]).all()


def test_draws_and_level_of_a_change_are_checked(asean):
    score = al.AlignmentOf("KHM", "CHN", prior=10.0)
    with pytest.raises(al.OptionError, match="draws is 10; it must lie in"):
        al.change(asean, 2015, 2025, score=score, draws=10)
    with pytest.raises(al.OptionError, match=r"level is 95; it must lie in \(0.0, 1.0\)"):
        al.change(asean, 2015, 2025, score=score, level=95)


# ---- in the long run --------------------------------------------------------------------------------------
def record(n, rng, fine=1):
    """About n[0] events with one power before 2020 and n[1] after, half and as many with another."""
    parts = []
    for count, first in ((n[0], "2015-01-01"), (n[1], "2020-01-01")):
        for power, share in (("CHN", 1.0), ("USA", 0.5 if first < "2016" else 1.0)):
            m = rng.poisson(count * share * fine)
            day = np.datetime64(first) + rng.integers(0, 1826, m)
            value, weight = rng.choice([2.5, 3.5, 6.0, 8.0], m), rng.gamma(2, 0.5, m) / fine
            parts.append((np.full(m, power), np.full(m, "KHM"), day, value, weight))
    return plain_events(*map(np.concatenate, zip(*parts, strict=True)))


def held(n, score, runs):
    """Share of records whose interval holds the change of the expected stocks."""
    ties = al.Ledger.post(record(n, np.random.default_rng(0), 5000)).ties()
    level = score.read(ties).score[0, -1]
    truth = level[ties.axes.period(2024)] - level[ties.axes.period(2019)]
    records = [record(n, np.random.default_rng([run, *n])) for run in range(runs)]
    found = [
        al.change(one, 2019, 2024, score=score, draws=150, rng=run)
        for run, one in enumerate(records)
        if one.day.min().astype("M8[D]") < np.datetime64("2019") and len(one.actors) == 3
    ]
    return np.mean([one.low <= truth <= one.high for one in found if not np.isnan(one.change)])


LONG = [al.AlignmentOf("KHM", "CHN", directed=False, prior=10.0), al.PositionOf("KHM", POWERS)]


@pytest.mark.parametrize("score", LONG, ids=["alignment", "position"])
def test_the_interval_of_a_change_covers(score):
    assert held((10, 3), score, 40) >= 0.84  # of 0.94 and more in the long run


@pytest.mark.slow
@pytest.mark.parametrize("score", LONG, ids=["alignment", "position"])
@pytest.mark.parametrize("n", [(3, 3), (10, 3), (10, 10), (30, 10), (3, 10)])
def test_the_interval_of_a_change_covers_at_every_size(n, score):
    assert held(n, score, 300) >= 0.88


@pytest.mark.parametrize(
    "score", [al.AlignmentOf("A000", "A001", directed=False), al.PositionOf("A002", ("A000", "A001"))]
)
def test_many_episodes_drawn_together_have_the_error_of_each_drawn_apart(score, monkeypatch):
    events = al.datasets.simulate(1200, actors=3, seed=2, mutual=0.2)
    named = np.zeros(len(events), dtype=bool)
    named[::2] = True
    last = int(events.day.max().astype("M8[D]").astype("M8[Y]").astype(int)) + 1970
    found = {}
    for many in (1 << 9, 1 << 20):
        monkeypatch.setattr("alignscore.attribution.redrawn.MANY", many)
        move = al.change(events, last - 4, last, score=score, draws=1500)
        taken = al.what_if(events, score=score, remove=named, named="drawn", draws=1500)
        found[many] = move.se, move.high - move.low, taken.se[-1, 0], (taken.high - taken.low)[-1, 0]
    np.testing.assert_allclose(found[1 << 9], found[1 << 20], rtol=0.1)


def test_episodes_drawn_together_by_hand():
    day = ["2020-12-31"] * 3 + ["2019-06-01"] * 2
    events = al.Events.from_frame(
        pd.DataFrame({"source": "KHM", "target": "CHN", "date": day, "domain": ["security"] * 4 + ["economic"],
                      "value": [8.0, 4.0, -2.0, 5.0, 5.0], "event_id": [None, None, None, "one", "one"]})
    )  # fmt: skip
    ends = np.array(["2019-12-31", "2020-12-31"], "M8[D]").astype(int)
    kept = np.arange(2)
    assert drawn_together(events, al.Cumulative(), ends, kept)[0].tolist() == [
        3,
        2,
        1,
        0,
        0,
    ]  # by day and content
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alignscore.attribution.redrawn.MANY", 1)
        codes, worth = drawn_together(events, al.Cumulative(), ends, kept)
        apart, _ = drawn_together(events, al.Cumulative(), ends, kept, np.arange(5) == 0)
    assert codes.tolist() == [0, 0, 1, 2, 2]  # two of one cell and sign; an episode of several rows stays one
    np.testing.assert_allclose(worth, [[0, 0, 1], [(8 + 4) ** 2 / (8**2 + 4**2), 1, 1]])
    _, worth = drawn_together(events, al.HalfLife(years=1), ends, kept)  # an old event is less evidence
    left = 2.0 ** (-np.array([213, 213 + 366]) / 365.25)
    np.testing.assert_allclose(worth, [[left[0], 0, 0, 0], [left[1], 1, 1, 1]])
    clustered = al.HalfLife(years=1, dispersion=(0.5, 0.5))
    _, worth = drawn_together(events, clustered, ends, kept)  # and so is one of a cluster
    security = (8 + 4 + 2 + 5 * left[1]) ** 2 / (8**2 + 4**2 + 2**2 + 5**2 * left[1])
    more = 1 + 0.5 * np.sqrt(np.log(2) * np.array([security, left[1]]))
    np.testing.assert_allclose(worth[1], [(left[1] / more).mean(), *np.full(3, 1 / more[0])])
    assert apart.tolist() == [2, 0, 1, 3, 3]  # the one that is named is apart


@pytest.mark.parametrize("directed", [True, False])
def test_an_unseen_event_worked_by_hand(directed):
    events = al.Events.from_frame(
        point_events(
            ("KHM", "CHN", "2020-12-31", 8.0),
            ("KHM", "CHN", "2020-12-31", 4.0),
            ("CHN", "KHM", "2020-12-31", 4.0),
        )
    )
    score = al.AlignmentOf("KHM", "CHN", directed=directed)
    versions = Versions.make(events, score, Span.make([events], "Y"))
    table = Redrawn.make(versions, np.arange(3), 3)
    one = table.typical(np.array([1.0, 1.0, 1.0, 0.0]))  # by the acts of either side, whichever is read
    size = (8**2 + 4**2 + 4**2) / (8 + 4 + 4)
    weight = size * 3 / 16  # three events of weight 1 and mass 16 in all
    np.testing.assert_allclose(one, [[size], [weight]])
    # of one of them, and one event of the table: of mass 16 / 3, squared mass 96 / 3 and weight 1
    alone = (4**2 + 96 / 3) / (4 + 16 / 3)
    small = table.typical(np.array([0.0, 1.0, 0.0, 0.0]))
    np.testing.assert_allclose(small, [[alone], [alone * 2 / (4 + 16 / 3)]])
    security = versions.parties.domains.index("security")
    assert table.seen[:, :, 0].tolist() == [[at == security for at in range(3)]]  # where anything is known
    unseen = Unseen.make(table.seen, table.pair, one)
    assert unseen.chances == (1, 3, 2)
    chance = np.full((1, 1, 3, 2), [0.5, 2.0])  # also of conflict, though none was shown
    sums = unseen.sums(chance)[:, 0, 0, security, :, 0]  # (4, 2): by sign
    np.testing.assert_allclose(sums, np.outer([1, weight, size, size**2], [0.5, 2.0]))
    assert (unseen.sums(chance)[:, 0, 0, security - 1] == 0).all()


def test_what_begins_on_the_last_day_of_the_first_date_had_begun_by_then():
    given_ = [
        al.Events.from_frame(point_events(("KHM", "CHN", "2020-05-01", 8.0), ("KHM", "CHN", day, 6.0)))
        for day in ("2020-12-30", "2020-12-31", "2021-01-01")
    ]
    score = al.AlignmentOf("KHM", "CHN")
    before, last, after = (
        al.change(events, 2020, 2021, score=score, decay=al.Cumulative(), draws=200) for events in given_
    )
    assert (last.se, last.low, last.high) == (before.se, before.low, before.high)
    assert after.se != last.se
