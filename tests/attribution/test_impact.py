"""What an event is to a score: impacts are rescorings, and as sure as the same removal."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.attribution.groups import Groups
from alignscore.attribution.redrawn import Redrawn
from alignscore.attribution.scores import AlignmentOf, BlocOf, DiversificationOf, HedgingOf, PositionOf
from alignscore.attribution.versions import Span, Versions
from alignscore.attribution.what_if import what_if
from strategies import point_events, random_events, random_ties

EXACT = 1e-12
RESCORED = 1e-10
POWERS = ("CHN", "USA")
impact = partial(al.impact, draws=0)  # exact


def posted(rest: al.Events, like: al.Ties, **post: object) -> al.Ties | None:
    """Ties of a table posted anew, to the last period of `like`; None without an event."""
    return al.Ledger.post(rest, **post).ties(like.axes.periods[-1]) if len(rest) else None  # type: ignore[arg-type]


@cache
def shape_of(score: object, like: al.Ties) -> tuple[int, ...]:
    return score.read(like).score[0].shape  # type: ignore[attr-defined, no-any-return]


def rescored(score: object, ties: al.Ties | None, like: al.Ties) -> np.ndarray:
    """Score of a table posted anew, on the periods of `like`, (M, T); NaN where it does not reach."""
    full = np.full(shape_of(score, like), np.nan)
    if ties is None:
        return full
    value = score.read(ties).score[0]  # type: ignore[attr-defined]
    full[:, full.shape[1] - value.shape[1] :] = value
    return full


# ---- impact: rescoring without -------------------------------------------------------------------------
@pytest.mark.parametrize("step", [30, pytest.param(1, marks=pytest.mark.slow)])
def test_impact_is_the_score_less_the_rescored_score_for_events_of_the_real_table(asean, step):
    scores = [
        AlignmentOf("KHM", "CHN", prior=10.0), AlignmentOf("USA", "PHL", directed=False, field="log_ratio", prior=10.0),
        PositionOf("VNM", POWERS), HedgingOf("THA", (*POWERS, "JPN"), window=5),
    ]  # fmt: skip
    results = [impact(asean, score=score, at=slice(None), draws=0) for score in scores]
    ids = np.array(asean.event_id)
    base = al.Ledger.post(asean).ties()
    found, names = 0, np.unique(ids.astype(str))[::step]
    for name in names:
        rest = asean.take(ids != name)
        ties = al.Ledger.post(rest).ties(base.axes.periods[-1])
        late = len(base.axes.periods) - len(ties.axes.periods)
        for score, result in zip(scores, results, strict=True):
            without = score.read(ties).score[0]
            at = np.flatnonzero(result.about["group"] == name)
            if len(at):
                found += 1
                expected = np.full(result.without.shape[1:], np.nan)
                expected[:, late:] = without
                np.testing.assert_allclose(result.without[at[0]], expected, rtol=0, atol=RESCORED)
                moved = result.score[at[0]] - expected
                np.testing.assert_allclose(result.impact[at[0]], moved, rtol=0, atol=RESCORED)
            else:  # what is left out of the result does nothing
                np.testing.assert_allclose(without, result.score[0][:, late:], rtol=0, atol=RESCORED)
    assert found == sum(np.isin(result.about["group"].astype(str), names).sum() for result in results) > 0
    assert all((np.nan_to_num(result.impact) != 0).any(axis=(1, 2)).mean() > 0.5 for result in results)


GROUPED = ("row", "event", "kind", "domain", "source", "pair", "year")


@pytest.mark.parametrize("seed", range(4))
def test_impact_of_any_group_is_a_rescoring_under_any_decay(seed):
    events = random_events(seed, 26)
    decay = (al.HalfLife(2, domains={"security": 4}), al.Window(3), al.Saturating(), al.Cumulative())[seed]
    freq = ("Y", "Q")[seed % 2]
    base = al.Ledger.post(events, freq=freq, decay=decay).ties()
    inward = DiversificationOf("VNM", POWERS, direction="in")
    scores = (AlignmentOf("CHN", "KHM", prior=10.0), HedgingOf("KHM", POWERS, tie="net"), inward)

    @cache  # a row is an event and now and then all of a pair or a year: each table is posted once
    def without(kept: bytes) -> al.Ties | None:
        return posted(events.take(np.frombuffer(kept, bool)), base, freq=freq, decay=decay)

    @cache
    def expected(which: int, kept: bytes) -> np.ndarray:
        return rescored(scores[which], without(kept), base)

    for by in GROUPED:
        group = Groups.make(events, by)
        member = group.labels[group.codes]
        single = by in ("row", "event")  # of the many single rows every second one is posted anew
        for which, score in enumerate(scores):
            result = impact(events, score=score, by=by, at=slice(None), freq=freq, decay=decay, draws=0)
            names = result.about["group"]
            assert len(names) > 0
            for at in range(seed % 2 if single else 0, len(names), 2 if single else 1):
                anew = expected(which, (member != names[at]).tobytes())
                np.testing.assert_allclose(result.without[at], anew, rtol=0, atol=RESCORED)


def test_many_events_in_one_cell_leave_no_residue_behind():
    events = al.datasets.simulate(400, actors=3, first="2020-01-01", last="2021-12-31", mutual=0.3)
    score = AlignmentOf("A000", "A001", prior=0.0)
    base = al.Ledger.post(events).ties()
    result = impact(events, score=score, by="domain", at=slice(None))
    for at, name in enumerate(result.about["group"]):
        rest = events.take(np.array(events.domains)[events.domain] != name)
        np.testing.assert_allclose(
            result.without[at], rescored(score, posted(rest, base), base), rtol=0, atol=RESCORED
        )
    assert np.isnan(result.without).any()  # a domain without its events is unknown, not 0


def test_impact_worked_by_hand():
    events = al.Events.from_frame(
        point_events(("KHM", "CHN", "2020-05-01", 6.0), ("KHM", "CHN", "2020-06-01", -4.0))
    )
    result = impact(events, score=AlignmentOf("KHM", "CHN", prior=10.0), decay=al.Cumulative())
    frame = result.to_frame().query("domain == 'security'").set_index("group")
    score = (6 - 4) / (6 + 4 + 10)
    assert frame.loc["row 0", "impact"] == pytest.approx(score - (-4) / (4 + 10), abs=EXACT)
    assert frame.loc["row 1", "impact"] == pytest.approx(score - 6 / (6 + 10), abs=EXACT)
    assert result.about["group"].tolist() == ["row 0", "row 1"]  # the larger first
    assert frame["n"].tolist() == [2.0, 2.0] and frame["rows"].tolist() == [1, 1]


def test_position_impact_worked_by_hand():
    given_ = [
        ("CHN", "KHM", "2020-05-01", 6.0),
        ("USA", "KHM", "2020-06-01", 2.0),
        ("USA", "KHM", "2020-07-01", 4.0),
    ]
    events = al.Events.from_frame(point_events(*given_))
    result = impact(events, score=HedgingOf("KHM", POWERS, field="position_raw"), decay=al.Cumulative())
    moved = dict(zip(result.about["group"], result.impact[:, -1, -1], strict=True))
    whole = (2 + 4 - 6) / (2 + 4 + 6)
    assert moved["row 0"] == pytest.approx(whole - 1, abs=EXACT)  # all with the second power without it
    assert moved["row 1"] == pytest.approx(whole - (4 - 6) / (4 + 6), abs=EXACT)
    assert moved["row 2"] == pytest.approx(whole - (2 - 6) / (2 + 6), abs=EXACT)
    # posterior mean over three domains: (b - a) / (a + b + u), u = sum m^2 / sum m an event's worth of mass
    best = impact(events, score=PositionOf("KHM", POWERS), decay=al.Cumulative())
    moved = dict(zip(best.about["group"], best.impact[:, -1, -1], strict=True))
    without = (4 - 6) / (4 + 6 + (4**2 + 6**2) / (4 + 6)) / 3
    assert moved["row 1"] == pytest.approx(0 - without, abs=EXACT)


def test_what_replaced_a_tie_is_only_the_difference_to_what_it_replaced():
    frame = pd.DataFrame(
        {"source": "CHN", "target": "KHM", "mutual": True, "date": ["2010-01-01", "2015-01-01"],
         "kind": "two_plus_two", "event_id": ["first", "second"]}
    )  # fmt: skip
    result = impact(al.Events.from_frame(frame), score=AlignmentOf("KHM", "CHN", prior=10.0), at=[2012, 2020])
    second = result.about["group"].tolist().index("second")
    assert result.impact[second, -1].tolist() == [0.0, 0.0]  # the first one would stand on
    assert result.sole[1 - second, -1].tolist() == [True, False]  # until 2015 it was all there was
    assert np.isnan(result.impact[1 - second, -1, 0])


def test_the_first_group_too_ends_families_otherwise(asean):
    """Groups are counted from 0: without the access of 2025 that of 2022, which it ended, would stand in its place."""
    opening = np.flatnonzero(asean.event_id == "chn-khm-ream-opening-2025")
    events = asean.take(np.append(opening, np.delete(np.arange(len(asean)), opening)))
    found = impact(events, score=AlignmentOf("CHN", "KHM", directed=False), by="event")
    np.testing.assert_array_equal(found.of("chn-khm-ream-opening-2025")["impact"], 0.0)


def test_events_are_grouped_by_the_year_of_their_day(asean):
    score = AlignmentOf("CHN", "KHM", directed=False)
    found = impact(asean, score=score, by="year").of("2026")
    without = what_if(asean, score=score, remove={"date": "2026"}, draws=50)
    np.testing.assert_allclose(found["impact"], -without.difference[:, -1], atol=1e-12)
    assert (found["impact"] != 0).any()


def test_the_two_plus_two_of_april_2026(asean):
    """The question the library was made for: China and Cambodia, foreign and defence ministers together."""
    two = "chn-khm-2plus2-2026"
    rest = asean.take(np.array(asean.event_id) != two)
    now, before = (al.Ledger.post(events).ties(2026) for events in (asean, rest))
    nearer = impact(asean, score=AlignmentOf("KHM", "CHN", prior=10.0))
    frame = nearer.to_frame().query("group == @two").set_index("domain")
    assert nearer.about["group"][0] == two  # no event of the table does more for the relation today
    pair = (now.axes.dyad("KHM", "CHN"), before.axes.dyad("KHM", "CHN"))
    a, b = (
        al.alignment(t, prior=10.0).alignment[at, :, -1] for t, at in zip((now, before), pair, strict=True)
    )
    for at, domain in enumerate((*asean.domains, "composite")):
        assert frame.loc[domain, "impact"] == pytest.approx(a[at] - b[at], abs=RESCORED)
    assert frame.loc["economic", "impact"] == 0 and (frame.drop("economic")["impact"] > 0).all()
    leaned = (
        impact(asean, score=PositionOf("KHM", POWERS)).to_frame().query("group == @two").set_index("domain")
    )
    l1, l0 = (al.hedging(ties, powers=POWERS, states=["KHM"]).position[0, -1] for ties in (now, before))
    assert leaned.loc["composite", "impact"] == pytest.approx(l1 - l0, abs=RESCORED)
    assert l1 - l0 < 0  # toward China


def test_swapping_powers_turns_every_impact_round(asean):
    there = impact(asean, score=PositionOf("PHL", POWERS), at=slice(None))
    back = impact(asean, score=PositionOf("PHL", POWERS[::-1]), at=slice(None))
    order = [back.about["group"].tolist().index(name) for name in there.about["group"]]
    np.testing.assert_allclose(there.impact, -back.impact[order], atol=EXACT)


def test_a_function_of_ties_agrees_with_the_closed_form():
    events = random_events(3, 25)

    def score(ties: al.Ties) -> np.ndarray:
        return al.alignment(ties).alignment[ties.axes.dyad("KHM", "CHN"), -1]

    slow = impact(events, score=score, at=slice(None))
    fast = impact(events, score=AlignmentOf("KHM", "CHN", prior=10.0), at=slice(None))
    places = [slow.about["group"].tolist().index(name) for name in fast.about["group"]]
    np.testing.assert_allclose(slow.impact[places, 0], fast.impact[:, -1], atol=RESCORED)
    others = np.setdiff1d(np.arange(len(slow.impact)), places)
    assert (np.nan_to_num(slow.impact[others]) == 0).all()
    last = impact(events, score=lambda ties: float(score(ties)[-1]))
    np.testing.assert_allclose(np.sort(last.impact[:, 0, 0]), np.sort(slow.impact[:, 0, -1]))


def test_the_largest_are_those_that_come_first_of_all(asean):
    # pairs of alike events: one size twice, so that a cut falls between equals
    twice = asean.pick(np.repeat(np.arange(len(asean)), 2))
    for events, score in ((asean, PositionOf("KHM", POWERS)), (twice, AlignmentOf("KHM", "CHN"))):
        result = impact(events, score=score, by="row", at=slice("2020", None), intervals=3, draws=50)
        for groups in (0, 1, 2, 3, 7, len(result.impact), len(result.impact) + 1):
            top = result.top(groups)
            assert top.about["group"].tolist() == result.about["group"][:groups].tolist()
            for name in result.COLUMNS:
                np.testing.assert_array_equal(getattr(top, name), getattr(result, name)[:groups])
            np.testing.assert_array_equal(top.top(2).impact, result.impact[: min(2, groups)])


def test_the_largest_of_many_events_have_intervals_unasked():
    """Ten thousand events of one pair: the fifty largest are told with an interval, the exact impact within it."""
    events = al.datasets.simulate(10_000, actors=2, seed=1)
    result = al.impact(events, score=AlignmentOf("A000", "A001"))
    told = ~np.isnan(result.low[:, -1, 0])
    assert result.recipe["draws"] == 400 and told.sum() == 50 and told[:50].all()
    assert ((result.low <= result.impact) & (result.impact <= result.high))[:50, -1].all()


def test_groups_of_ones_own_and_the_frame(asean):
    hosts = [str(url).split("/")[2] for url in asean.url]
    result = impact(asean, score=AlignmentOf("KHM", "CHN", prior=10.0), by=hosts, at=[2020, 2026])
    frame = result.top(2).to_frame()
    assert len(frame) == 2 * 4 * 2 and result.recipe["by"] == "labels given"
    assert list(frame) == [
        "group",
        "rows",
        "domain",
        "period",
        "year",
        "impact",
        "low",
        "high",
        "without",
        "sole",
        "n",
    ]
    assert "2 domain" not in repr(result) and "AlignmentOf" in repr(result)
    with pytest.raises(ValueError, match="read-only"):
        result.impact[0] = 0


def test_an_episode_is_told_by_its_first_row():
    given_ = [
        ("KHM", "CHN", "2020-05-01", 6.0),
        ("CHN", "KHM", "2020-06-01", 4.0),
        ("CHN", "KHM", "2020-07-01", 1.0),
    ]
    events = al.Events.from_frame(point_events(*given_).assign(event_id=["talks", "talks", None]))
    about = impact(events, score=AlignmentOf("KHM", "CHN", directed=False, prior=10.0)).about
    assert about["group"].tolist() == ["talks", "row 2"] and about["rows"].tolist() == [2, 1]
    assert about["date"].astype(str).tolist() == ["2020-05-01T00:00:00", "2020-07-01T00:00:00"]
    assert about["source"].tolist() == ["KHM", "CHN"]


@pytest.mark.parametrize("nothing", ["n/a", "NULL", "", None])
def test_ids_that_stand_for_none_make_no_episode(nothing):
    """Rows whose id says that there is none are events of their own, as they are where ties are drawn."""
    rows = [
        ("KHM", "CHN", "2020-05-01", 6.0),
        ("KHM", "CHN", "2020-06-01", 4.0),
        ("KHM", "CHN", "2020-07-01", 1.0),
    ]
    events = al.Events.from_frame(point_events(*rows).assign(event_id=[nothing, "talks", nothing]))
    score = AlignmentOf("KHM", "CHN", prior=10.0)
    assert set(impact(events, score=score).about["group"]) == {"row 0", "talks", "row 2"}
    apart = impact(events, score=score, by="row").about["group"]
    assert sorted(name.split(" / ")[0] for name in apart) == ["row 0", "row 2", "talks"]


@pytest.mark.parametrize("kind", [object, "float64", "Int64", "category"])
def test_ids_that_are_numbers_make_episodes(kind):
    rows = [
        ("KHM", "CHN", "2020-05-01", 6.0),
        ("CHN", "KHM", "2020-06-01", 4.0),
        ("KHM", "CHN", "2020-07-01", 1.0),
    ]
    events = al.Events.from_frame(point_events(*rows).assign(event_id=pd.Series([7, 7, None]).astype(kind)))
    about = impact(events, score=AlignmentOf("KHM", "CHN", directed=False, prior=10.0)).about
    assert about["group"].tolist() == ["7", "row 2"] and about["rows"].tolist() == [2, 1]


def test_rows_that_a_score_does_not_read_are_not_counted(asean):
    score = AlignmentOf("KHM", "CHN", directed=False)
    found = impact(asean, score=score, by="domain").about
    pair = asean.between("KHM", "CHN")
    rows = {name: int((pair.domain == at).sum()) for at, name in enumerate(pair.domains)}
    assert dict(zip(found["group"], found["rows"].tolist(), strict=True)) == rows


def test_rows_of_one_event_in_one_domain_are_counted_apart():
    rows = [("KHM", "CHN", "security", 3.0), ("CHN", "KHM", "security", 4.0), ("KHM", "CHN", "economic", 5.0)]
    frame = pd.DataFrame(rows, columns=["source", "target", "domain", "value"])
    events = al.Events.from_frame(frame.assign(date="2020-05-01", event_id="talks"))
    score = AlignmentOf("KHM", "CHN", directed=False)
    assert impact(events, score=score).about["group"].tolist() == ["talks"]
    named = impact(events, score=score, by="row").about
    assert dict(zip(named["group"], named["source"], strict=True)) == {
        "talks / security": "KHM", "talks / security #2": "CHN", "talks / economic": "KHM",
    }  # fmt: skip


@pytest.mark.parametrize("field", ["hedging", "engagement"])
def test_partners_that_are_not_named_count_as_one(field):
    """Where a score reads no more than the sum of their ties; net ties are cut at 0 each, windows add roots."""
    events = random_events(3, 200)
    span = Span.make([events], "Y", slice(None))
    named = {"state": "VNM", "powers": POWERS, "field": field}
    each = Versions.make(events, HedgingOf(**named), span)
    one, codes = each.pooled(), np.arange(len(each.rows))
    assert (len(each.parties.partners), len(one.parties.partners)) == (4, 3)
    np.testing.assert_allclose(one.whole().score, each.whole().score, rtol=EXACT)
    apart = each.without(codes, len(codes))
    np.testing.assert_allclose(one.without(codes, len(codes)), apart, rtol=EXACT)
    for other in ({"tie": "net"}, {"window": 2}):
        kept = Versions.make(events, HedgingOf(**named, **other), span)
        assert kept.pooled() is kept
    for decay in (al.Saturating(), al.HalfLife(dispersion=(0.4, 0.6))):
        kept = Versions.make(events, HedgingOf(**named), span, decay)
        assert kept.pooled() is kept


@pytest.mark.parametrize("direction", ["both", "out"])
def test_draws_of_a_score_know_all_partners_it_does_not_name_as_one(asean, monkeypatch, direction):
    """Of 200 actors each draw added up the sums of 197 partners, whose sum is all that is read."""
    score = al.HedgingOf("KHM", ("CHN", "USA"), direction=direction)
    versions = Versions.make(asean, score, Span.make([asean], "Y"))
    codes = np.arange(len(versions.rows))
    assert Redrawn.make(versions, codes, len(codes)).versions.parties.partners == ("CHN", "USA", "all others")

    def told() -> np.ndarray:
        what = al.what_if(asean, score=score, remove={"kind": "two_plus_two"}).to_frame()
        which = al.impact(asean, score=score).to_frame()
        return np.concatenate([frame[["low", "high"]].to_numpy() for frame in (what, which)])

    found = told()
    monkeypatch.setattr(Versions, "pooled", lambda self: self)
    np.testing.assert_allclose(found, told(), rtol=EXACT, atol=EXACT)


def test_what_is_left_without_a_group_is_never_a_difference():
    """Nothing is taken away, so a small mass beside a large one keeps all its digits, and none is exactly none."""
    given_ = [
        ("KHM", "CHN", "2020-05-01", 1e-9),
        ("KHM", "CHN", "2020-06-01", 0.3),
        ("KHM", "USA", "2020-05-01", 2e-9),
    ]
    frame = point_events(*given_).assign(weight=[1.0, 1e9, 1.0], event_id=["old", "new", "other"])
    result = impact(al.Events.from_frame(frame), score=HedgingOf("KHM", POWERS, field="position_raw"))
    without = dict(zip(result.about["group"], result.without[:, -1, -1], strict=True))
    assert without["new"] == pytest.approx((2 - 1) / (2 + 1), abs=EXACT) and without["other"] == -1.0
    events = al.datasets.simulate(300, actors=3, first="2020-01-01", last="2020-12-31", mutual=0.3)
    versions = Versions.make(events, AlignmentOf("A000", "A001", directed=False), Span.make([events], "Y"))
    domain = versions.events.domain
    result = versions.without(np.where(domain == 0, 0, 1), 2)
    assert np.isnan(result[0, 0]).all() and np.isnan(result[1, 1:-1]).all()
    assert not np.isnan(result[1, 0]).any()


@pytest.mark.parametrize("tie", ["cooperation", "net"])
@pytest.mark.parametrize("direction", ["both", "out", "in"])
@pytest.mark.parametrize("window", [None, 3])
def test_a_score_is_the_column_of_its_measure(tie, direction, window):
    """Values alone, over versions, by the formulas of the measures: no second answer."""
    ties = random_ties(5, 60)
    told = {"tie": tie, "direction": direction, "window": window, "weights": {"security": 2.0}}
    for powers in (POWERS, (*POWERS, "JPN")):
        result = al.hedging(ties, powers=powers, states=["KHM"], **told)
        for field in HedgingOf.FIELDS:
            if field.startswith("position") and len(powers) > 2:
                continue
            read = HedgingOf("KHM", powers, field=field, **told).read(ties)
            np.testing.assert_allclose(read.score[0, -1], getattr(result, field)[0], rtol=0, atol=EXACT)
            np.testing.assert_array_equal(read.n[0, -1], result.n[0])
            if field in ("position", "position_raw", "diversification"):
                each = getattr(result.domains, field)[0]
                np.testing.assert_allclose(read.score[0, :-1], each, rtol=0, atol=EXACT)
    assert read.score.shape == (1, 1, len(ties.axes.periods))


@pytest.mark.parametrize("field", ["alignment", "log_ratio", "ambivalence", "net", "tone"])
@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("domains", ["all", "seen"])
def test_an_alignment_read_is_a_row_of_the_table(field, directed, domains):
    ties = random_ties(6, 60)
    for prior in (None, 0.0):
        told = {"prior": prior, "directed": directed, "domains": domains, "weights": {"economic": 0.5}}
        result = al.alignment(ties, **told)
        read = AlignmentOf("CHN", "KHM", field=field, **told).read(ties)
        at = result.axes.dyad("CHN", "KHM")
        np.testing.assert_allclose(read.score[0], getattr(result, field)[at], rtol=0, atol=EXACT)
        np.testing.assert_array_equal(read.n[0], result.n[at])


def test_a_later_period_is_read_with_no_new_events(asean_ledger, asean):
    result = impact(asean, score=AlignmentOf("KHM", "CHN", prior=10.0), at="2030")
    assert str(result.periods[0]) == "2030"
    ties = asean_ledger.ties(2030)
    expected = AlignmentOf("KHM", "CHN", prior=10.0).read(ties).score[0, :, -1]
    np.testing.assert_allclose(result.score[0, :, 0], expected, atol=EXACT)


def test_errors_of_impact(asean):
    with pytest.raises(al.OptionError, match="no event joins 'LAO' and 'BRN'"):
        impact(asean, score=AlignmentOf("LAO", "BRN", prior=10.0))
    with pytest.raises(al.UnknownLabelError, match=r"unknown actor 'KHN'\. Did you mean 'KHM'"):
        impact(asean, score=AlignmentOf("KHN", "CHN", prior=10.0))
    with pytest.raises(al.OptionError, match="by is 'kinds'; it must be one of 'event', 'row'"):
        impact(asean, score=AlignmentOf("KHM", "CHN", prior=10.0), by="kinds")
    with pytest.raises(al.OptionError, match=r"by holds 2 labels for \d+ events"):
        impact(asean, score=AlignmentOf("KHM", "CHN", prior=10.0), by=["a", "b"])
    with pytest.raises(al.OptionError, match="period 1900 lies before the first event, in 1951"):
        impact(asean, score=AlignmentOf("KHM", "CHN", prior=10.0), at=1900)
    with pytest.raises(al.OptionError, match="'soon' is not a period"):
        impact(asean, score=AlignmentOf("KHM", "CHN", prior=10.0), at="soon")
    with pytest.raises(TypeError, match="score is 'alignment'; give AlignmentOf"):
        impact(asean, score="alignment")
    with pytest.raises(al.OptionError, match=r"score returned an array of shape \(2,\)"):
        impact(asean, score=lambda ties: np.zeros(2))
    with pytest.raises(al.OptionError, match="name two states"):
        AlignmentOf("KHM", "KHM")
    with pytest.raises(al.OptionError, match="a position lies between two powers; 3 are named"):
        PositionOf("KHM", ("CHN", "USA", "JPN"))
    with pytest.raises(al.OptionError, match="'CHN' is named both as a state and as a power"):
        PositionOf("CHN", POWERS)
    with pytest.raises(al.OptionError, match="field is 'tension'; it must be one of 'position'"):
        HedgingOf("KHM", POWERS, field="tension")


@settings(max_examples=8)
@given(st.integers(0, 2**16), st.floats(0.2, 5))
def test_weights_scaled_alike_move_no_impact_on_a_position(seed, factor):
    events = random_events(seed % 50, 20)
    score = PositionOf("KHM", POWERS)
    try:
        there = impact(events, score=score, by="domain")
    except al.OptionError:  # the three never meet
        return
    scaled = impact(replace(events, weight=events.weight * factor), score=score, by="domain")
    order = [scaled.about["group"].tolist().index(name) for name in there.about["group"]]
    np.testing.assert_allclose(there.impact, scaled.impact[order], atol=EXACT)


def test_a_score_rests_on_one_group_only_where_there_is_a_score():
    given_ = [("KHM", "USA", "2018-05-01", 5.0), ("KHM", "CHN", "2020-05-01", 6.0)]
    result = impact(
        al.Events.from_frame(point_events(*given_)), score=AlignmentOf("KHM", "CHN"), at=[2018, 2020]
    )
    assert result.about["group"].tolist() == ["row 1"]
    assert np.isnan(result.score[0, -1, 0]) and result.score[0, -1, 1] > 0
    assert result.sole[0, -1].tolist() == [False, True]  # in 2018 nothing is known, with it or without it


# ---- how sure an impact is: as sure as the same removal by `what_if` -------------------------------------
# without the second the first partnership stands on
NEW, UPGRADED = "chn-khm-2plus2-2026", "chn-khm-csp-2010"


@pytest.mark.parametrize("named", [NEW, UPGRADED])
@pytest.mark.parametrize(
    "score",
    [
        AlignmentOf("KHM", "CHN", directed=False), AlignmentOf("CHN", "KHM"), PositionOf("KHM", POWERS),
        HedgingOf("KHM", POWERS, field="engagement", window=3), BlocOf("ASEAN", POWERS),
    ],
    ids=["pair", "one side", "position", "engagement", "bloc"],
)  # fmt: skip
def test_intervals_of_impacts_are_those_of_what_if(asean, score, named):
    groups = np.where(asean.event_id == named, named, "any other")
    found = al.impact(asean, score=score, by=groups, draws=2000)
    at = found.about["group"].tolist().index(named)
    other = al.what_if(asean, score=score, remove={"event_id": named}, draws=2000, rng=1)
    np.testing.assert_allclose(found.impact[at], -other.difference, atol=1e-12)
    size = np.abs(found.high[at] - found.low[at]) + 1e-9
    assert (np.abs(found.se[at] - other.se) < 0.12 * other.se + 1e-9).all()
    assert (np.abs(found.low[at] + other.high) < 0.15 * size).all()
    assert (np.abs(found.high[at] + other.low) < 0.15 * size).all()


def test_intervals_of_impacts_are_those_of_what_if_where_chances_are_taken_together():
    rng = np.random.default_rng(0)
    n = 4000
    frame = {
        "source": np.where(rng.random(n) < 0.5, "KHM", "LAO"), "target": "CHN",
        "date": np.datetime64("2015-01-01") + rng.integers(0, 3650, n), "domain": "security",
        "value": rng.choice([-4.0, 3.0, 6.0], n), "event_id": [f"e{at}" for at in range(n)],
    }  # fmt: skip
    frame["value"][-1], frame["source"][-1], frame["date"][-1] = 10.0, "KHM", np.datetime64("2024-12-30")
    events = al.Events.from_frame(frame)
    score = AlignmentOf("KHM", "CHN")
    found = al.impact(events, score=score, intervals=1, draws=2000)
    (name,) = found.about["group"][:1]
    other = al.what_if(events, score=score, remove={"event_id": name}, draws=2000, rng=1)
    assert found.se[0, -1, -1] == pytest.approx(other.se[-1, -1], rel=0.12)
    assert np.isnan(found.se[1:]).all() and np.isnan(found.low[1:]).all() and np.isnan(found.high[1:]).all()


def test_laws_of_the_intervals_of_impacts(asean):
    score = PositionOf("KHM", POWERS)
    found, wider = (al.impact(asean, score=score, by="kind", level=level) for level in (0.8, 0.95))
    known = ~np.isnan(found.impact)
    assert (found.low[known] <= found.impact[known]).all() and (
        found.impact[known] <= found.high[known]
    ).all()
    assert (wider.low[known] <= found.low[known]).all() and (wider.high[known] >= found.high[known]).all()
    assert (found.se[known] >= 0).all() and (found.se[np.abs(found.impact) > 1e-12] > 0).all()
    again = al.impact(asean, score=score, by="kind", level=0.8)
    np.testing.assert_array_equal(again.low, found.low)  # the same seed, the same draws
    few = found.top(2)
    np.testing.assert_array_equal(few.high, found.high[:2])
    assert {"low", "high", "without"} <= set(found.to_frame().columns) and found.to_frame().shape[1] <= 16


def test_none_are_drawn_where_none_are_asked_for(asean):
    exact = al.impact(asean, score=PositionOf("KHM", POWERS), draws=0)
    few = al.impact(asean, score=PositionOf("KHM", POWERS), intervals=3)
    np.testing.assert_array_equal(exact.impact, few.impact)
    assert np.isnan(exact.se).all() and exact.recipe["intervals"] == 0
    assert (~np.isnan(few.se[:, -1, -1])).sum() == 3 and few.recipe["intervals"] == 3
    by_function = al.impact(
        asean.between("KHM", "CHN"), by="domain",
        score=lambda ties: float(al.alignment(ties, directed=False).alignment[0, -1, -1]),
    )  # fmt: skip
    assert np.isnan(by_function.low).all() and by_function.recipe["draws"] == 0


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"draws": 20}, al.OptionError, "draws is 20; it must lie in"),
        ({"draws": "many"}, TypeError, "draws is 'many'; it must be a whole number"),
        ({"intervals": -1}, al.OptionError, "intervals is -1; it must lie in"),
        ({"level": 1.0}, al.OptionError, "level is 1.0; it must lie in"),
    ],
)
def test_what_intervals_of_impacts_refuse(asean, options, error, text):
    with pytest.raises(error, match=text):
        al.impact(asean, score=PositionOf("KHM", POWERS), **options)
