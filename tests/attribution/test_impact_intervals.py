"""Intervals of impacts: those of the same removals by `what_if`, whatever the group."""

import numpy as np
import pytest

import alignscore as al
from alignscore.attribution.scores import AlignmentOf, BlocOf, HedgingOf, PositionOf

POWERS = ("CHN", "USA")
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
def test_they_are_those_of_what_if(asean, score, named):
    groups = np.where(asean.event_id == named, named, "any other")
    found = al.impact(asean, score=score, by=groups, draws=2000)
    at = found.about["group"].tolist().index(named)
    other = al.what_if(asean, score=score, remove={"event_id": named}, draws=2000, rng=1)
    np.testing.assert_allclose(found.impact[at], -other.difference, atol=1e-12)
    size = np.abs(found.high[at] - found.low[at]) + 1e-9
    assert (np.abs(found.se[at] - other.se) < 0.12 * other.se + 1e-9).all()
    assert (np.abs(found.low[at] + other.high) < 0.15 * size).all()
    assert (np.abs(found.high[at] + other.low) < 0.15 * size).all()


def test_they_are_those_of_what_if_where_chances_are_taken_together():
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


def test_laws(asean):
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
def test_what_is_refused(asean, options, error, text):
    with pytest.raises(error, match=text):
        al.impact(asean, score=PositionOf("KHM", POWERS), **options)
