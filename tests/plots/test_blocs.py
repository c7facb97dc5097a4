"""The figure of a bloc draws its split, and positions can carry the bloc's own."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest

import alignscore as al
from alignscore import plots
from figures import assert_nothing_is_cut

matplotlib.use("agg")

import matplotlib.pyplot as plt

TIES = al.Ledger.post(al.datasets.asean()).ties()
POWERS, STATES = ("CHN", "USA"), al.datasets.ASEAN_MEMBERS
BLOC = al.bloc(TIES, members="ASEAN", powers=POWERS)
ROOM = al.hedging(TIES, powers=POWERS, states=STATES)
DRAWN = {
    "unity": lambda ax: plots.unity(BLOC, ax=ax),
    "positions": lambda ax: plots.positions(ROOM, period=2026, bloc=BLOC, ax=ax),
    "positions over time": lambda ax: plots.positions(ROOM, states=["KHM", "PHL"], bloc=BLOC, ax=ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_draws_on_the_axes_given_without_cutting_anything(ax, name):
    assert DRAWN[name](ax) is ax
    assert plt.get_fignums() == [] and ax.get_title() == ""
    assert_nothing_is_cut(ax)


def test_the_bloc_and_the_division_within_it_are_lines_in_their_bands(ax):
    plots.unity(BLOC, start=2010, ax=ax)
    for line, band, score in zip(ax.lines, ax.collections, ("diversification", "division"), strict=True):
        years = BLOC.periods.year >= 2010
        np.testing.assert_array_equal(line.get_ydata(), getattr(BLOC, score)[years])
        edges = band.get_paths()[0].vertices
        now = edges[edges[:, 0] == 2026, 1]
        np.testing.assert_allclose(now.min(), getattr(BLOC, f"{score}_low")[-1])
        np.testing.assert_allclose(now.max(), getattr(BLOC, f"{score}_high")[-1])
    division = f"{BLOC.division[-1]:.2f} ({BLOC.division_low[-1]:.2f}–{BLOC.division_high[-1]:.2f})"
    assert f"of it between members {division}" in [" ".join(text.get_text().split()) for text in ax.texts]
    told = plots.alt_text(ax)
    # what lies between the lines: whole less division
    assert f"own hedging, {BLOC.diversification[-1] - BLOC.division[-1]:.2f} in 2026" in told
    assert f"freed of sampling error: {BLOC.division_corrected[-1]:.2f}" in told


def test_unity_may_end_early(ax):
    plots.unity(BLOC, start=2010, end=2020, ax=ax)
    assert ax.lines[0].get_xdata()[-1] == 2020 == ax.get_xlim()[1]
    assert f"own hedging, {BLOC.own[BLOC.periods.get_loc('2020')]:.2f} in 2020" in plots.alt_text(ax)


def test_one_member_has_no_division_to_be_unsure_of(ax):
    """Labels had told an interval from nan to nan, and four powers were joined by as many ands."""
    powers = ("CHN", "USA", "JPN", "RUS")
    plots.unity(al.bloc(TIES, members=["KHM"], powers=powers), ax=ax)
    assert "nan" not in plots.alt_text(ax) and "of it between members 0.00" in plots.alt_text(ax)
    assert " ".join(ax.get_ylabel().split()).endswith("between China, the United States, Japan and Russia")


def test_the_bloc_stands_below_its_members(ax):
    plots.positions(ROOM, period=2024, bloc=BLOC, names={"ASEAN": "the ten"}, ax=ax)
    t = BLOC.periods.get_loc("2024")
    assert [label.get_text() for label in ax.get_yticklabels()][-1] == "the ten"
    diamond = next(line for line in ax.lines if line.get_marker() == "D")
    assert diamond.get_xydata().tolist() == [[BLOC.position[t], 10]]
    span = ax.containers[-1][2][0].get_paths()[0].vertices[:, 0]
    np.testing.assert_allclose(span, [BLOC.position_low[t], BLOC.position_high[t]])
    assert f"n {BLOC.n[t]:.0f}" in [text.get_text() for text in ax.texts if text.xy[1] == 10]


def test_the_bloc_over_time_is_drawn_with_its_interval(ax):
    plots.positions(ROOM, states=["KHM"], score="diversification", start=2015, bloc=BLOC, ax=ax)
    np.testing.assert_array_equal(ax.lines[-1].get_ydata(), BLOC.diversification[-12:])
    assert [text.get_text() for text in ax.texts] == ["Cambodia", "ASEAN"]
    edges = ax.collections[-1].get_paths()[0].vertices
    np.testing.assert_allclose(edges[edges[:, 0] == 2026, 1].min(), BLOC.diversification_low[-1])


OTHER = al.bloc(TIES, members="ASEAN", powers=("USA", "CHN"))
EARLIER = al.bloc(al.Ledger.post(al.datasets.asean()).ties(end=2020), members="ASEAN", powers=POWERS)


@pytest.mark.parametrize(
    ("draw", "text"),
    [
        (lambda: plots.unity(BLOC, start=2050), "period 2050 lies outside 1951..2026"),
        (lambda: plots.positions(ROOM, bloc=BLOC, score="hedging"), "a bloc has no hedging of its own"),
        (lambda: plots.positions(ROOM, bloc=OTHER), "the bloc stands between ('USA', 'CHN')"),
        (lambda: plots.positions(ROOM, bloc=EARLIER), "must cover the same periods"),
    ],
)
def test_errors_say_what_is_wrong(draw, text):
    with pytest.raises(al.AlignScoreError) as problem:
        draw()
    assert text in str(problem.value)
    assert plt.get_fignums() == []
