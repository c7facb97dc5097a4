"""Figures of uncertainty and of what moved a score draw the numbers of their results."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest

import alignscore as al
from alignscore import plots
from alignscore.attribution.impact import impact
from alignscore.attribution.scores import AlignmentOf
from alignscore.measures.diffusion import diffusion
from alignscore.measures.states.hedging import posture_probabilities
from alignscore.measures.states.postures import POSTURES
from alignscore.uncertainty.robustness import robustness
from figures import assert_nothing_is_cut

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

EVENTS = al.datasets.asean()
STATES = al.datasets.ASEAN_MEMBERS
PANEL = robustness(EVENTS, powers=("CHN", "USA"), states=STATES, periods=(2020, 2026), draws=64)
SOBOL = PANEL.sobol(n=32, replicates=2)
ODDS = posture_probabilities(
    al.hedging(al.Ledger.post(EVENTS).ties(), powers=("CHN", "USA"), states=["KHM"]), draws=64
)
IMPACT = impact(EVENTS, score=AlignmentOf("KHM", "CHN"))

BY_KIND = impact(EVENTS, score=AlignmentOf("KHM", "CHN"), by="kind")

DRAWN = {
    "rank_intervals": lambda ax: plots.rank_intervals(PANEL, ax=ax),
    "robustness": lambda ax: plots.robustness(PANEL, score="hedging", ax=ax),
    "tornado": lambda ax: plots.tornado(SOBOL, output="KHM", ax=ax),
    "posture_probabilities": lambda ax: plots.posture_probabilities(ODDS, state="KHM", ax=ax),
    "impacts": lambda ax: plots.impacts(IMPACT, ax=ax),
    "impacts by kind": lambda ax: plots.impacts(BY_KIND, ax=ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_draws_on_the_axes_given_without_cutting_anything(ax, name):
    assert DRAWN[name](ax) is ax
    assert plt.get_fignums() == []
    assert_nothing_is_cut(ax)


def test_rank_intervals_go_from_the_first_to_the_last(ax):
    plots.rank_intervals(PANEL, period=2024, names=False, ax=ax)
    t = PANEL.periods.get_loc("2024")
    order = np.argsort(PANEL.rank.central[:, t], kind="stable")
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    np.testing.assert_array_equal(dots.get_xdata(), PANEL.rank.central[order, t])
    bars = np.array([path.vertices[:, 0] for path in ax.collections[0].get_paths()])
    wanted = np.stack([np.floor(PANEL.rank.low[order, t]), np.ceil(PANEL.rank.high[order, t])], axis=1)
    np.testing.assert_allclose(bars, wanted)
    assert [label.get_text() for label in ax.get_yticklabels()] == [STATES[at] for at in order]
    ticks = next(line for line in ax.lines if line.get_marker() == "|").get_xdata()
    assert (ticks == np.round(ticks)).all() and (np.abs(ticks - PANEL.rank.median[order, t]) <= 0.5).all()


def test_marks_and_directions_are_told(ax):
    plots.rank_intervals(PANEL, names={"USA": "the US"}, ax=ax)
    assert ax.get_xlabel() == "rank by position in 2026, 1 is the nearest to the US"
    assert ax.get_xticks().tolist() == list(range(1, 11))
    told = {text.get_text() for text in ax.findobj(Text)}
    assert {"central choices", "median of the draws", "95 % of the draws"} <= told


def test_the_highest_rank_of_another_score_is_the_highest(ax):
    by_hedging = robustness(
        EVENTS, powers=("CHN", "USA"), states=STATES, periods=(2025, 2026), score="hedging", draws=8
    )
    plots.rank_intervals(by_hedging, ax=ax)
    assert ax.get_xlabel() == "rank by hedging in 2026, 1 is the highest"


def test_robustness_of_positions_says_which_end_is_whose(ax):
    plots.robustness(PANEL, score="position", names={"CHN": "China", "USA": "the US"}, ax=ax)
    assert ax.get_xlabel() == "position in 2026: −1 all with China, +1 all with the US"


def test_tornado_says_whose_score_varies(ax):
    plots.tornado(SOBOL, output="KHM", names={"KHM": "Cambodia"}, ax=ax)
    assert ax.get_xlabel() == "share of the variance of the position of Cambodia in 2026"


def test_tornado_of_the_ranking(ax):
    plots.tornado(SOBOL, ax=ax)
    assert ax.get_xlabel() == "share of the variance of the ranking by position in 2026"


def test_tornado_has_the_largest_judgement_on_top(ax):
    plots.tornado(SOBOL, output="LAO", ax=ax)
    total = SOBOL.total[SOBOL.outputs.index("LAO")]
    order = np.argsort(-total, kind="stable")
    bars = [bar.get_width() for bar in ax.containers[0].patches]
    np.testing.assert_allclose(bars, total[order])
    assert ax.get_yticklabels()[0].get_text() == SOBOL.groups[order[0]]


@pytest.mark.parametrize(("result", "row"), [(PANEL, STATES.index("KHM")), (ODDS, 0)])
def test_posture_probabilities_name_the_last_odds(ax, result, row):
    plots.posture_probabilities(result, state="KHM", ax=ax)
    odds = getattr(result, "posture_probability", None)
    odds = (result.probability if odds is None else odds)[row, -1]
    told = {text.get_text() for text in ax.texts}
    assert {f"{POSTURES[at]} {100 * odds[at]:.0f} %" for at in np.flatnonzero(odds)} <= told


def test_impacts_stand_at_their_dates(ax):
    plots.impacts(IMPACT, domain="security", start=2020, label=1, ax=ax)
    m = IMPACT.domains.index("security")
    effect = dict(zip(IMPACT.about["group"], IMPACT.impact[:, m, 0], strict=True))
    drawn = np.concatenate([dots.get_offsets() for dots in ax.collections[1:]])
    top = drawn[drawn[:, 1].argmax()]
    assert top[1] == effect["chn-khm-2plus2-2026"]
    np.testing.assert_allclose(top[0], 2026 + (31 + 28 + 31 + 21) / 365.25)  # 22 April
    assert [text.get_text() for text in ax.texts] == ["two plus two 2026"]


def test_no_stem_crosses_a_label(ax):
    plots.impacts(IMPACT, ax=ax)
    ax.figure.draw_without_rendering()
    stems = [ax.transData.transform(path.vertices) for path in ax.collections[0].get_paths()]
    assert len(stems) > 10
    for label in ax.texts:
        box = Text.get_window_extent(label)
        assert not [
            tips
            for tips in stems
            if box.x0 < tips[0, 0] < box.x1 and box.y0 < tips[:, 1].max() and tips[:, 1].min() < box.y1
        ]


@pytest.mark.parametrize(
    ("draw", "text"),
    [
        (lambda: plots.tornado(SOBOL, output="KHN"), "unknown output 'KHN'. Did you mean 'KHM'?"),
        (
            lambda: plots.robustness(PANEL, score="positon"),
            "unknown score 'positon'. Did you mean 'position'?",
        ),
        (lambda: plots.robustness(PANEL, states=["LAOS"]), "unknown state 'LAOS'. Did you mean 'LAO'?"),
        (lambda: plots.posture_probabilities(ODDS, state="LAO"), "unknown state 'LAO'"),
        (lambda: plots.impacts(IMPACT, domain="trade"), "unknown domain 'trade'"),
        (lambda: plots.impacts(BY_KIND, start=2020), "make the result with by='event'"),
    ],
)
def test_errors_say_what_is_wrong(draw, text):
    with pytest.raises(al.AlignScoreError) as problem:
        draw()
    assert text in str(problem.value)
    assert plt.get_fignums() == []


def test_formats_put_the_first_to_open_on_top_and_draw_what_holds(ax):
    kinds = ["two_plus_two", "three_plus_three"]
    found = diffusion(EVENTS, powers=("CHN", "USA"), kinds=kinds)
    plots.formats(found, ax=ax)
    first = found.adoptions.drop_duplicates("state").sort_values("date", kind="stable")
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert shown[0] == al.actors.names(first["state"]).iloc[0] and "Cambodia" in shown
    assert len(shown) == len(first)
    held = sum(int((~np.isnan(line.get_ydata())).sum()) for line in ax.lines if line.get_marker() == "None")
    assert held == found.in_force.sum()


def test_formats_number_the_levels():
    rows = [("2010", "strategic_partnership"), ("2015", "comprehensive_strategic_partnership")]
    made = [
        al.Event(source="CHN", target="LAO", date=f"{year}-05-01", kind=kind, mutual=True)
        for year, kind in rows
    ]
    found = diffusion(al.Events.from_events(made), powers=("CHN",), family="partnership")
    ax = plots.formats(found, ax=Figure().subplots())
    assert [(text.get_position()[0], text.get_text()) for text in ax.texts] == [(2010, "4"), (2015, "5")]
    assert plots.alt_text(ax).endswith("Number: level reached.")


def test_formats_with_nobody_in_the_years_shown_are_refused():
    found = diffusion(EVENTS, powers=("CHN",), kinds=["joint_exercise"])
    with pytest.raises(
        al.AlignScoreError, match="nothing to draw: the format is in force with nobody from 2025"
    ):
        plots.formats(found, start=2025)
    assert plt.get_fignums() == []
