"""What moved a score: impacts are rescorings, contributions add up, suppositions are what was supposed."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from functools import cache, partial
from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.attribution.change import ChangeResult, change
from alignscore.attribution.contributions import blended, contributions
from alignscore.attribution.groups import Groups
from alignscore.attribution.scores import AlignmentOf, BlocOf, DiversificationOf, HedgingOf, PositionOf
from alignscore.attribution.versions import Span, Versions
from alignscore.attribution.what_if import what_if
from strategies import point_events
from twins import copied, slow_interval, states_of

EXACT = 1e-12
RESCORED = 1e-10
impact = partial(al.impact, draws=0)  # exact; how sure it is: at the end
POWERS = ("CHN", "USA")
KINDS = ("two_plus_two", "partnership_established", "partnership_upgraded", "state_visit", "sanctions",
         "arms_embargo", "joint_exercise", "trade_agreement", "protest")  # fmt: skip


@cache
def random_events(seed: int, n: int = 40) -> al.Events:
    """Events of every sort: dated to a day, month or year, standing, of families, ended, on both sides."""
    rng = np.random.default_rng(seed)
    names = np.array(["CHN", "KHM", "USA", "VNM", "JPN"])
    book = al.Codebook.ladder()
    known = [name for name in KINDS if name in {kind.name for kind in book}]
    source = rng.integers(0, 5, n)
    day = np.datetime64("2001-01-01") + rng.integers(0, 4000, n).astype("m8[D]")
    frame = pd.DataFrame(
        {
            "source": names[source], "target": names[(source + rng.integers(1, 5, n)) % 5],
            "date": day.astype(str), "kind": rng.choice(known, n),
            "date_precision": rng.choice(["day", "month", "year"], n, p=[0.6, 0.2, 0.2]),
            "mutual": rng.random(n) < 0.5, "weight": rng.uniform(0.5, 2, n).round(3),
            "event_id": [f"e{at}" if at % 3 else None for at in range(n)],
        }
    )  # fmt: skip
    ended = rng.random(n) < 0.2
    frame["until"] = np.where(ended, (day + rng.integers(800, 2000, n)).astype(str), None)
    return al.Events.screen(frame, codebook=book)[0]


@cache
def random_ties(seed: int, n: int = 40, decay: object = None) -> al.Ties:
    """Ties of these events; values are frozen, so that many tests may read one."""
    return al.Ledger.post(random_events(seed, n), **({} if decay is None else {"decay": decay})).ties()


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


# ---- contributions: they add up ---------------------------------------------------------------------------
def masses(n: int) -> st.SearchStrategy[np.ndarray]:
    return st.lists(st.sampled_from([0.0, 0.0, 0.5, 1.0, 3.0, 7.5, 40.0]), min_size=n, max_size=n).map(
        np.array
    )


@st.composite
def ratios(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    n = draw(st.integers(1, 7))
    b0, b1 = draw(masses(n)), draw(masses(n))
    tone = st.lists(st.sampled_from([-1.0, -0.3, 0.0, 0.6, 1.0]), min_size=n, max_size=n).map(np.array)
    return draw(tone) * b0, b0, draw(tone) * b1, b1


@given(ratios(), st.sampled_from([0.0, 10.0]))
def test_contributions_add_to_the_change_and_reverse_with_time(given_, prior):
    a0, b0, a1, b1 = given_
    parts = contributions(a0, b0, a1, b1, prior=prior)
    d0, d1 = prior + b0.sum(), prior + b1.sum()
    if d0 == 0 or d1 == 0:
        assert np.isnan(parts.total).all()
        return
    assert parts.total.sum() == pytest.approx(a1.sum() / d1 - a0.sum() / d0, abs=EXACT)
    np.testing.assert_allclose(parts.volume + parts.tone, parts.total, atol=EXACT)
    back = contributions(a1, b1, a0, b0, prior=prior)
    for there, again in zip(parts, back, strict=True):
        np.testing.assert_allclose(there, -again, atol=EXACT)
    absent = (b0 == 0) & (b1 == 0)
    assert (parts.total[absent] == 0).all()
    joined = contributions(*(np.array([x[:2].sum(), *x[2:]]) for x in given_), prior=prior)
    assert joined.total[0] == pytest.approx(parts.total[:2].sum(), abs=EXACT)


def test_contributions_worked_by_hand():
    # I goes from (6 - 2)/8 = 0.5 to (6 + 3)/12 = 0.75: means 0.625 and 10
    parts = contributions(
        np.array([6.0, -2.0]), np.array([6.0, 2.0]), np.array([6.0, 3.0]), np.array([8.0, 4.0])
    )
    assert parts.total == pytest.approx([(0 - 0.625 * 2) / 10, (5 - 0.625 * 2) / 10], abs=EXACT)
    c = np.array([[1.0, -1.0], [6 / 8, 3 / 4]])
    volume = [((1 + 0.75) / 2 - 0.625) * 2 / 10, ((-1 + 0.75) / 2 - 0.625) * 2 / 10]
    assert parts.volume == pytest.approx(volume, abs=EXACT)
    assert parts.tone == pytest.approx(
        [7 * (c[1, 0] - c[0, 0]) / 10, 3 * (c[1, 1] - c[0, 1]) / 10], abs=EXACT
    )


def test_a_part_without_denominator_is_all_tone_and_shapes_must_agree():
    parts = contributions(
        np.array([0.0, 1.0]), np.array([0.0, 2.0]), np.array([1.0, 1.0]), np.array([0.0, 2.0])
    )
    assert parts.tone[0] == parts.total[0] == 0.5 and parts.volume[0] == 0
    with pytest.raises(al.OptionError, match="differ in shape"):
        contributions(np.zeros(2), np.zeros(3), np.zeros(2), np.zeros(2))
    with pytest.raises(al.OptionError, match="prior is -1"):
        contributions(*(np.zeros(2),) * 4, prior=-1)


def shapley(a0: np.ndarray, b0: np.ndarray, a1: np.ndarray, b1: np.ndarray) -> np.ndarray:
    """Mean change of the ratio as each part moves to the second date, over all orders: the plain twin."""
    n = len(a0)

    def value(moved: tuple[int, ...]) -> float:
        a, b = a0.copy(), b0.copy()
        a[list(moved)], b[list(moved)] = a1[list(moved)], b1[list(moved)]
        return float(a.sum() / b.sum())

    out = np.zeros(n)
    for part in range(n):
        rest = [k for k in range(n) if k != part]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for group in combinations(rest, size):
                out[part] += weight * (value((*group, part)) - value(group))
    return out


def test_contributions_agree_with_brute_force_shapley():
    rng = np.random.default_rng(4)
    ours, theirs = [], []
    for _ in range(12):
        b0, b1 = rng.gamma(2, 3, 8) + 1, rng.gamma(2, 3, 8) + 1
        data = rng.uniform(-1, 1, 8) * b0, b0, rng.uniform(-1, 1, 8) * b1, b1
        ours.append(contributions(*data).total)
        theirs.append(shapley(*data))
    assert np.corrcoef(np.ravel(ours), np.ravel(theirs))[0, 1] > 0.999
    np.testing.assert_allclose(np.sum(ours, axis=1), np.sum(theirs, axis=1), atol=1e-10)


# ---- change -----------------------------------------------------------------------------------------------
SCORES = (
    AlignmentOf("KHM", "CHN", prior=10.0), AlignmentOf("CHN", "KHM", directed=False, prior=0.0),
    AlignmentOf("KHM", "CHN", weights={"security": 1}, prior=10.0), PositionOf("KHM", POWERS),
    DiversificationOf("KHM", (*POWERS, "JPN"), direction="in"), HedgingOf("VNM", POWERS, window=3),
    HedgingOf("VNM", POWERS, field="engagement", weights={"security": 2, "economic": 1}),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("score", SCORES, ids=lambda score: f"{type(score).__name__}-{score.field}")
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


def test_change_worked_by_hand():
    given_ = [
        ("CHN", "KHM", "2020-05-01", 6.0),
        ("USA", "KHM", "2020-06-01", 2.0),
        ("USA", "KHM", "2021-06-01", 4.0),
    ]
    events = al.Events.from_frame(point_events(*given_).assign(event_id=["visit", "port call", "exercise"]))
    raw = HedgingOf("KHM", POWERS, field="position_raw")
    result = change(events, 2020, 2021, score=raw, by="event", decay=al.Cumulative())
    parts = dict(zip(result.about["group"], result.contribution, strict=True))
    middle, whole = ((2 - 6) / 8 + (6 - 6) / 12) / 2, (8 + 12) / 2
    assert parts == pytest.approx(
        {"exercise": (4 - middle * 4) / whole, "visit": 0.0, "port call": 0.0}, abs=EXACT
    )
    assert (result.start, result.end) == pytest.approx((-0.5, 0.0))
    spread = change(
        events, 2020, 2021, score=DiversificationOf("KHM", POWERS), by="event", decay=al.Cumulative()
    )
    assert spread.contribution[0] == pytest.approx((1 - 0.0) - (1 - 0.25), abs=EXACT)


def test_change_of_a_posterior_mean_worked_by_hand():
    """L = (b - a) / (a + b + u) with u = sum m^2 / sum m: the mass of the middle group moves by u too."""
    given_ = [
        ("CHN", "KHM", "2020-05-01", 6.0),
        ("USA", "KHM", "2020-06-01", 2.0),
        ("USA", "KHM", "2021-06-01", 4.0),
    ]
    events = al.Events.from_frame(point_events(*given_).assign(event_id=["visit", "port call", "exercise"]))
    result = change(events, 2020, 2021, score=PositionOf("KHM", POWERS), by="event", decay=al.Cumulative())
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
    found, held = (impact(events, score=AlignmentOf("KHM", "CHN", prior=p), **asked) for p in (None, kappa))
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
    parts, level = blended(a, a, 10.0, np.array([0.5, 0.5]), known)
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


# ---- what if ------------------------------------------------------------------------------------------
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


def test_events_of_a_kind_are_less_certain_than_these_events(asean):
    told = {
        "score": AlignmentOf("KHM", "CHN", directed=False, prior=10.0),
        "remove": {"domain": "economic", "source": ["CHN", "KHM"], "target": ["CHN", "KHM"]}, "since": "2020-01-01",
    }  # fmt: skip
    known, drawn = (what_if(asean, **told, named=named) for named in ("known", "drawn"))
    np.testing.assert_array_equal(known.difference, drawn.difference)
    assert drawn.low[-1, 0] < drawn.difference[-1, 0] < drawn.high[-1, 0] < 0
    assert (drawn.high - drawn.low)[-1, 0] > (known.high - known.low)[-1, 0]
    assert drawn.se[-1, 0] > known.se[-1, 0]
    with pytest.raises(al.OptionError, match="named is 'sure'; it must be one of 'known', 'drawn'"):
        what_if(asean, **told, named="sure")


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
    with pytest.raises(al.OptionError, match="remove names no event"):
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


def test_the_benchmark_runs_small_and_is_faster_than_posting_anew():
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "attribution.py"
    spec = importlib.util.spec_from_file_location("bench_attribution", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ratios = module.run(1_500, sample=5, parts=8)
    assert ratios["impact on alignment"] > 2 and ratios["split of a change"] > 20
    assert ratios["agreement"] > 0.999


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
