"""Sums by episode and intervals of differences: cases worked by hand, and the same sums however they are made."""

import numpy as np
import pytest

import alignscore as al
from alignscore.attribution import redrawn
from alignscore.attribution.groups import Groups
from alignscore.attribution.impact import LeftOut
from alignscore.attribution.redrawn import Redrawn, error_and_ends
from alignscore.attribution.versions import Span, Versions

POWERS = ("CHN", "USA")


@pytest.mark.parametrize(
    ("difference", "low", "high"),
    [
        (0.2, 0.1, 0.3),  # the quartiles of the draws, whose mean it is
        (0.25, 0.1, 0.3 + 0.05),  # the draws lie .05 below it
        (0.05, 0.0, 0.3),  # .15 above it: no further than the lowest draw
        (0.39, 0.1, 0.4),
        (0.5, 0.1, 0.5),  # beyond all draws it is an end itself
        (-0.1, -0.1, 0.3),
    ],
)
def test_an_interval_reaches_out_where_the_draws_lie_beside_the_difference(difference, low, high):
    drawn = np.array([0.0, 0.1, np.nan, 0.2, 0.3, 0.4])[:, None]
    se, *ends = error_and_ends(drawn, np.array([difference]), 0.5)
    np.testing.assert_allclose([end[0] for end in ends], [low, high], rtol=1e-12, atol=1e-15)
    assert se[0] == pytest.approx(np.sqrt((2 * 0.2**2 + 2 * 0.1**2) / 5))


@pytest.mark.parametrize(
    "score", [al.AlignmentOf("KHM", "CHN"), al.HedgingOf("KHM", POWERS, window=2)], ids=str
)
def test_sums_by_episode_are_the_same_where_they_are_too_many_to_hold_the_zeros(asean, score, monkeypatch):
    versions = Versions.make(asean, score, Span.make([asean], "Y"))
    codes = np.arange(len(versions.rows)) // 2
    one = Redrawn.make(versions, codes, codes.max() + 1)
    monkeypatch.setattr(redrawn, "NUMBERS", 0)
    other = Redrawn.make(versions, codes, codes.max() + 1)
    assert len(one.read) == len(other.read) and len(one.other) == len(other.other)
    for a, b in zip([*one.read, *one.other], [*other.read, *other.other], strict=True):
        np.testing.assert_allclose(b.toarray(), a.toarray(), rtol=1e-12)


@pytest.mark.parametrize("by", ["event", "kind", "year"])
def test_what_happens_alike_whichever_group_is_left_out_is_summed_once(asean, by):
    """Sums of the columns that differ and of those that do not are those of all, with each group and without it."""
    score = al.PositionOf("KHM", POWERS)
    versions = Versions.make(asean, score, Span.make([asean], "Y", slice("2015", None)))
    codes = Groups.make(versions.events, by).codes
    left_out = LeftOut.make(versions, np.where(codes < 30, codes, -1))
    alike, apart = left_out.parted()
    chance = np.random.default_rng(0).exponential(size=(3, *left_out.worth.shape))
    sums = left_out.table.some(alike).mixed(chance[..., left_out.chance[alike]])
    assert left_out.displaced.size or by != "event"  # a level of a family that another has ended
    for group in range(min(30, codes.max() + 1)):
        for whole, part in zip(
            left_out.factors(chance, group)[:2], apart.factors(chance, group)[:2], strict=True
        ):
            expected = left_out.table.mixed(whole)
            np.testing.assert_allclose(sums + apart.table.mixed(part), expected, rtol=1e-12, atol=1e-300)


def test_the_interval_of_a_tone_knows_the_weights(asean):
    """A tone is a mean: of weights all three times as large it is the same, and so is how sure it is."""
    score = al.AlignmentOf("KHM", "CHN", directed=False, field="tone")
    one, other = (
        al.what_if(events, score=score, remove={"kind": "state_visit"}, draws=200).to_frame()
        for events in (
            asean,
            al.Events.from_frame(asean.to_frame().assign(weight=lambda rows: 3 * rows["weight"])),
        )
    )
    moved = one["domain"] == "diplomatic"
    assert (one["low"] < one["high"])[moved].all() and (one.loc[~moved, "difference"].dropna() == 0).all()
    np.testing.assert_allclose(
        other[["difference", "low", "high"]], one[["difference", "low", "high"]], rtol=1e-9
    )
