"""Figures of votes draw their results, and join nothing that the data do not."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore import plots
from figures import assert_nothing_is_cut

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.colors import same_color
from matplotlib.text import Text

PAGES = ["1123", "1133", "1223", "1132"]
ROWS = [
    (actor, session, f"{session}-{k}", vote)
    for session in (1, 2, 3, 4, 5)
    for k, page in enumerate(PAGES)
    for actor, vote in zip("ABCD", map(int, page), strict=True)
    if (actor, session) != ("B", 3)  # B keeps away from the third
]
VOTES = pd.DataFrame(ROWS, columns=["actor", "session", "item", "vote"])
BRIDGES = [("2-0", "3-0"), ("4-0", "5-0")]  # the first stands alone, then two bodies of two
POINTS = al.ideal_points(VOTES, bridges=BRIDGES, anchors=("A", "D"))
ALIKE = al.agreement(VOTES, period="session")
SEVERAL = al.similarity(VOTES, measure=["s", "agreement"], levels=(1, 2, 3), period="session")

DRAWN = {
    "ideal_points": lambda ax: plots.ideal_points(POINTS, actors="ABCD", ax=ax),
    "similarities": lambda ax: plots.similarities(ALIKE, of=["A", "D"], ax=ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_draws_on_the_axes_given_without_cutting_anything(ax, name):
    assert DRAWN[name](ax) is ax
    assert plt.get_fignums() == [] and ax.get_title() == ""
    assert_nothing_is_cut(ax)


@pytest.mark.parametrize("name", DRAWN)
def test_makes_one_figure_where_no_axes_are_given(name):
    made = DRAWN[name](None)
    assert len(plt.get_fignums()) == 1
    plt.close(made.figure)


def solid(ax):
    """Lines that join sessions."""
    return [line for line in ax.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 1]


def words(ax):
    return " ".join(text.get_text() for text in ax.findobj(Text))


# ---- ideal points ------------------------------------------------------------------------------------------
def test_a_line_joins_only_what_bridges_tie(ax):
    plots.ideal_points(POINTS, actors=["A"], ax=ax)
    assert POINTS.linked.tolist() == [False, True, True, True, True]
    body = [line.get_xdata().tolist() for line in solid(ax) if line.get_color() == plots.style.PALETTE[0]]
    assert body == [[2, 3], [4, 5]]
    row = POINTS.actors.tolist().index("A")
    hollow = next(line for line in ax.lines if same_color(line.get_markerfacecolor(), "white"))
    assert hollow.get_xydata().tolist() == [[1, POINTS.theta[row, 0]]]
    dotted = next(line for line in ax.lines if line.get_linestyle() == ":")
    assert dotted.get_xdata()[0] == 3.5
    shade = next(patch for patch in ax.patches if patch.get_width() == 1)
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == (0.5, 1.5)
    assert "no bridge to another session" in words(ax) and "levels do not compare" in words(ax)


def test_the_band_is_the_interval(ax):
    plots.ideal_points(POINTS, actors=["D"], start=4, level=0.9, ax=ax)
    row = POINTS.actors.tolist().index("D")
    edges = ax.collections[0].get_paths()[0].vertices
    half = 1.6448536269514722 * POINTS.sd[row, 3:]  # ndtri(0.95)
    np.testing.assert_allclose(edges[edges[:, 0] == 4, 1].max(), POINTS.theta[row, 3] + half[0])
    np.testing.assert_allclose(edges[edges[:, 0] == 5, 1].min(), POINTS.theta[row, 4] - half[1])
    assert "bands: 90 %, approximate standard deviations" in words(ax)
    assert "no bridge" not in words(ax)  # all that is shown hangs together


def test_a_session_between_two_absences_is_not_lost(ax):
    plots.ideal_points(POINTS, actors=["B"], ax=ax)  # of the body {2, 3} B voted in 2 alone
    lone = [line for line in ax.lines if line.get_marker() == "o" and 2 in line.get_xdata().tolist()]
    assert lone and lone[0].get_xydata()[0, 1] == POINTS.theta[POINTS.actors.tolist().index("B"), 1]


def test_sessions_may_be_words(ax):
    named = VOTES.assign(session=VOTES["session"].map(lambda at: "abcde"[at - 1]))
    plots.ideal_points(al.ideal_points(named, bridges=BRIDGES), actors=["A"], ax=ax)
    assert [label.get_text() for label in ax.get_xticklabels()] == list("abcde")
    assert ax.get_ylabel() == "ideal point"


def test_years_of_pandas_stand_as_far_apart_as_they_are(ax):
    tables = {
        pd.Period(str(year), "Y"): pd.DataFrame({"R1": [1, 1, 3], "R2": [2, 1, vote]}, index=list("ABC"))
        for year, vote in ((2000, 1), (2001, 2), (2004, 3))
    }
    found = al.similarity(tables, levels=(1, 2, 3))
    plots.similarities(found, of="A", among=["B", "C"], ax=ax)
    assert ax.lines[-1].get_xdata().tolist() == [2000, 2001, 2004]


def test_one_actor_may_be_named_alone(ax):
    plots.ideal_points(POINTS, actors="A", ax=ax)
    assert [text.get_text() for text in ax.texts] == ["A"]


def test_points_of_one_session_stand_side_by_side(ax):
    alone = al.ideal_points(VOTES[VOTES["session"] == 1])
    plots.ideal_points(alone, actors="ABCD", ax=ax)
    at = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata())]
    np.testing.assert_allclose(at, [0.85, 0.95, 1.05, 1.15])  # 1 + 0.4 (k - 1.5)/4
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1"]


# ---- similarities ------------------------------------------------------------------------------------------
def test_similarities_draw_each_thin_and_their_mean_thick(ax):
    plots.similarities(ALIKE, of=["A", "D"], among=["B", "C"], names={"A": "Alpha"}, ax=ax)
    assert [text.get_text() for text in ax.texts] == ["with Alpha", "with D"]
    thick = [line for line in ax.lines if line.get_linewidth() > 2]
    pairs = [ALIKE.between("A", who).set_index("period")["similarity"] for who in "BC"]
    np.testing.assert_allclose(thick[0].get_ydata(), pd.concat(pairs, axis=1).mean(axis=1).sort_index())
    thin = next(line.get_ydata() for line in ax.lines if line.get_linewidth() < 1)
    np.testing.assert_array_equal(thin, pairs[0].reindex(range(1, 6)))
    assert np.isnan(thin[2])  # B was away
    assert "thin: each of 2, thick: their mean" in words(ax)


def test_similarities_of_one_dyad_and_another_measure(ax):
    plots.similarities(SEVERAL, of="A", among=["D"], measure="s", ax=ax)
    assert len(ax.lines) == 1 and ax.get_ylim() == (-1, 1)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), SEVERAL.between("A", "D")["s"])


# ---- errors ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("draw", "text"),
    [
        (lambda: plots.ideal_points(POINTS, actors=[]), "actors is empty; name at least one."),
        (lambda: plots.ideal_points(POINTS, actors=["E"]), "unknown actor 'E'"),
        (lambda: plots.ideal_points(POINTS, actors=["A"], start=9), "unknown session 9"),
        (lambda: plots.ideal_points(POINTS, actors=["A"], level=1.0), "level is 1.0"),
        (lambda: plots.similarities(ALIKE, of="E"), "unknown actor 'E'"),
        (lambda: plots.similarities(ALIKE, of="A", among=["A"]), "nothing to draw: no score is known"),
        (lambda: plots.similarities(ALIKE, of=[]), "nothing to draw: no score is known"),
    ],
)
def test_errors_say_what_is_wrong(draw, text):
    with pytest.raises(al.AlignScoreError) as problem:
        draw()
    assert text in str(problem.value)
    assert plt.get_fignums() == []
