"""Figures: each draws the numbers it was given, on the axes it was given, with labels that do not collide."""

from __future__ import annotations

from itertools import combinations, pairwise

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore import plots
from alignscore.measures.dyads.domain_mix import domain_mix
from alignscore.plots.style import point_labels, spaced_apart, wrapped
from figures import assert_nothing_is_cut

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

TIES = al.Ledger.post(al.datasets.asean()).ties()
AHEAD = TIES.project(to=2030)
ALIGNED = al.alignment(TIES, directed=False)
ROOM = al.hedging(TIES, powers=("CHN", "USA"), states=al.datasets.ASEAN_MEMBERS)
WAYS = al.hedging(TIES, powers=("CHN", "USA"), states=al.datasets.ASEAN_MEMBERS, window=5)
# states with one of two powers each, in one year
ACTS = [("KHM", "CHN", 5.0), ("VNM", "USA", 5.0)]
SPARSE = al.Events.from_frame(
    pd.DataFrame(ACTS, columns=["source", "target", "value"]).assign(date="2020-03-01", domain="security")
)
ONE_POWER = al.hedging(SPARSE, powers=("CHN", "USA"), states=["KHM"])
THREE = al.hedging(TIES, powers=("CHN", "USA", "JPN"), states=["KHM", "VNM"])
PAIRS = [("KHM", "CHN"), ("USA", "KHM"), ("VNM", "CHN"), ("PHL", "USA")]

DRAWN = {
    "trajectory": lambda ax: plots.trajectory(ALIGNED, pairs=PAIRS, ax=ax),
    "dyads": lambda ax: plots.dyads(ALIGNED, period=2020, pairs=PAIRS, ax=ax),
    "domain_mix": lambda ax: plots.domain_mix(domain_mix(TIES, "KHM", "CHN"), ax=ax),
    "domain_mix ahead": lambda ax: plots.domain_mix(
        domain_mix(AHEAD, "KHM", "CHN"), projected_from=2026, ax=ax
    ),
    "positions": lambda ax: plots.positions(ROOM, states=["KHM", "VNM"], ax=ax),
    "positions at one date": lambda ax: plots.positions(ROOM, period=2024, ax=ax),
    "postures": lambda ax: plots.postures(ROOM, start=2000, ax=ax),
    "three_ways": lambda ax: plots.three_ways(WAYS, ax=ax),
    "quadrant": lambda ax: plots.quadrant(ROOM, ax=ax),
}


def texts(ax):
    return [text.get_text() for text in ax.texts]


def place(result, source, target, domain=-1):
    at = result.axes.dyad(source, target)
    return (result.axes.dyad(target, source) if at is None else at), domain


# ---- every figure ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", DRAWN)
def test_draws_on_the_axes_given_leaves_pyplot_alone_and_cuts_nothing(ax, name):
    before = dict(matplotlib.rcParams)
    assert DRAWN[name](ax) is ax
    assert plt.get_fignums() == []
    assert dict(matplotlib.rcParams) == before
    assert ax.get_title() == ""  # the message is the user's
    assert_nothing_is_cut(ax)  # nor do labels overlap


@pytest.mark.parametrize("name", DRAWN)
def test_makes_one_figure_where_no_axes_are_given(name):
    made = DRAWN[name](None)
    assert len(plt.get_fignums()) == 1
    plt.close(made.figure)


@pytest.mark.parametrize("name", DRAWN)
def test_at_the_width_of_a_column_nothing_is_cut_and_nothing_warns(name):
    figure = Figure(figsize=(3.5, 3.0), layout="constrained")
    ax = DRAWN[name](figure.subplots())
    figure.draw_without_rendering()  # a collapsed layout would warn
    inner = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
    assert inner.x0 >= -1 and inner.x1 <= figure.bbox.x1 + 1
    assert ax.get_window_extent().width > 0.3 * figure.bbox.width


def test_thirty_states_grow_the_figure_and_are_told_apart():
    rows = [(f"state {k}", power, year, "diplomatic", 3.0) for k in range(30) for power in ("P", "Q")
            for year in range(2000, 2003 + (k if power == "P" else 3))]  # fmt: skip
    table = pd.DataFrame(rows, columns=["source", "target", "date", "domain", "value"])
    many = al.hedging(al.Events.from_frame(table), powers=("P", "Q"))
    ax = plots.positions(many)
    assert ax.figure.get_figheight() > 8
    ax.figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in ax.texts if text.get_text() != "hedging"]
    assert len(boxes) == 30
    assert not any(a.shrunk(0.9, 0.7).overlaps(b.shrunk(0.9, 0.7)) for a, b in combinations(boxes, 2))
    # seven colours, then the same with other markers
    looks = {line.get_marker(): line.get_color() for line in ax.lines}
    assert set(looks) == {"None", "o", "s", "^", "D"}
    plt.close(ax.figure)


# ---- what each draws ---------------------------------------------------------------------------------------
def test_trajectory_draws_score_and_interval_of_the_pair(ax):
    plots.trajectory(ALIGNED, pairs=[("KHM", "CHN")], start=2010, ax=ax)
    at, years = place(ALIGNED, "CHN", "KHM"), ALIGNED.axes.periods.year
    x, y = ax.lines[0].get_data()
    np.testing.assert_array_equal(x, np.arange(2010, 2027))
    np.testing.assert_array_equal(y, ALIGNED.alignment[at][years >= 2010])
    edges = ax.collections[0].get_paths()[0].vertices
    top = {year: edges[edges[:, 0] == year, 1].max() for year in x}
    bottom = {year: edges[edges[:, 0] == year, 1].min() for year in x}
    np.testing.assert_allclose(list(top.values()), ALIGNED.high[at][years >= 2010])
    np.testing.assert_allclose(list(bottom.values()), ALIGNED.low[at][years >= 2010])
    assert texts(ax) == ["Cambodia–China"]


def test_trajectory_names_domains_and_dashes_what_is_projected(ax):
    ahead = al.alignment(AHEAD, directed=False)
    names = {"KHM": "Cambodia", "CHN": "China"}
    plots.trajectory(
        ahead,
        pairs=[("KHM", "CHN")],
        domain=["economic", "security"],
        projected_from=2026,
        names=names,
        ax=ax,
    )
    assert texts(ax) == ["economic", "security"]
    solid, dashed = ax.lines[0], ax.lines[1]
    assert solid.get_linestyle() == "-" and dashed.get_linestyle() == "--"
    assert solid.get_xdata()[-1] == dashed.get_xdata()[0] == 2026 and dashed.get_xdata()[-1] == 2030
    at = place(ahead, "CHN", "KHM", ahead.axes.domains.index("economic"))
    assert dashed.get_ydata()[-1] == ahead.alignment[at][-1]


def test_trajectory_of_quarters_stands_on_dates(asean, ax):
    quarters = al.alignment(al.Ledger.post(asean, freq="Q").ties(), directed=False)
    plots.trajectory(quarters, pairs=[("KHM", "CHN")], start="2024Q1", ax=ax)
    assert ax.lines[0].get_xdata()[0] == np.datetime64("2024-03-31")


def test_trajectory_of_another_score(ax):
    shares = al.exposure(TIES)
    plots.trajectory(shares, pairs=[("KHM", "CHN")], score="dependence", start=2020, ax=ax)
    at = place(shares, "KHM", "CHN")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), shares.dependence[at][-7:])
    assert texts(ax) == ["Cambodia→China"] and ax.get_ylim() == (0, 1)


def test_dyads_are_ordered_and_carry_their_counts(ax):
    plots.dyads(ALIGNED, period=2020, pairs=PAIRS, names=False, ax=ax)
    t = ALIGNED.axes.period(2020)
    wanted = sorted(((ALIGNED.alignment[(*place(ALIGNED, *pair), t)], pair) for pair in PAIRS), reverse=True)
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [score for score, _ in wanted])
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert [set(label.split("–")) for label in shown] == [set(pair) for _, pair in wanted]
    assert texts(ax) == [f"n {ALIGNED.n[(*place(ALIGNED, *pair), t)]:.0f}" for _, pair in wanted]


def test_domain_mix_fills_the_whole_and_labels_the_last_shares(ax):
    mix = domain_mix(TIES, "KHM", "CHN")
    plots.domain_mix(mix, start=1990, ax=ax)
    assert ax.get_xlim() == (2000, 2026)  # nothing between the two is known before
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in ax.collections]
    np.testing.assert_allclose(tops[-1], 1)
    first = mix.domains[0]
    assert (
        texts(ax)[0]
        == f"{first} {100 * mix.share[0, -1]:.0f} % ({100 * mix.low[0, -1]:.0f}–{100 * mix.high[0, -1]:.0f})"
    )


def remarks(ax):
    """Words below the axes."""
    return [text.get_text() for text in ax.findobj(Text) if "forward" in text.get_text()]


def test_domain_mix_tells_the_shares_of_the_last_period_with_events(ax):
    mix = domain_mix(AHEAD, "KHM", "CHN")
    plots.domain_mix(mix, projected_from=2026, ax=ax)
    k, t = mix.domains.index("security"), mix.periods.get_loc("2026")
    share, low, high = (100 * side[k, t] for side in (mix.share, mix.low, mix.high))
    assert f"{100 * mix.share[k, -1]:.0f}" != f"{share:.0f}"  # else this test could not tell
    assert texts(ax)[k] == f"security {share:.0f} % ({low:.0f}–{high:.0f}) in 2026"
    assert remarks(ax) == ["pale: 2026 carried forward, no new events"]
    assert ax.lines[0].get_xdata()[0] == 2026 and ax.get_xlim()[1] == 2030


@pytest.mark.parametrize("start", [2000, 2028])
def test_what_is_carried_forward_is_said_to_be(ax, start):
    ahead = al.hedging(AHEAD, powers=("CHN", "USA"), states=["KHM"])
    plots.positions(ahead, start=start, projected_from=2026, ax=ax)
    solid, dashed = ax.lines
    assert dashed.get_linestyle() == "--"
    assert dashed.get_xdata()[0] == solid.get_xdata()[-1] == max(start, 2026)
    assert remarks(ax) == ["dashed: 2026 carried forward, no new events"]


def test_positions_at_one_date_are_ordered_with_their_intervals(ax):
    plots.positions(ROOM, period=2024, names={"KHM": "Cambodia"}, ax=ax)
    t = ROOM.periods.get_loc("2024")
    order = np.argsort(-ROOM.position[:, t], kind="stable")
    dots = ax.containers[0][0]
    np.testing.assert_array_equal(dots.get_xdata(), ROOM.position[order, t])
    ends = np.array([path.vertices[:, 0] for path in ax.containers[0][2][0].get_paths()])
    np.testing.assert_allclose(
        ends, np.stack([ROOM.position_low[order, t], ROOM.position_high[order, t]], axis=1)
    )
    assert "Cambodia" in [label.get_text() for label in ax.get_yticklabels()]


def test_positions_over_time_draw_each_state(ax):
    plots.positions(ROOM, states=["VNM", "KHM"], start=2015, score="hedging", ax=ax)
    for line, state in zip(ax.lines, ["VNM", "KHM"], strict=True):
        np.testing.assert_array_equal(line.get_ydata(), ROOM.hedging[ROOM.states.index(state), -12:])
    assert texts(ax) == ["Vietnam", "Cambodia"]


def test_postures_cover_every_known_period_and_thin_out_where_little_is_known(ax):
    plots.postures(ROOM, states=["KHM"], start=1990, ax=ax)
    row = ROOM.states.index("KHM")
    known = ROOM.posture[row, ROOM.periods.year >= 1990] != ""
    evidence = ROOM.evidence[row, ROOM.periods.year >= 1990]
    assert sum(bar.get_width() for bar in ax.patches) == known.sum()
    thin = sum(bar.get_width() for bar in ax.patches if bar.get_height() < 0.5)
    assert thin == (known & (evidence < 5)).sum() > 0


def test_postures_less_likely_than_not_are_hatched(ax):
    plots.postures(ROOM, states=["SGP", "KHM"], start=2005, ax=ax)
    for row, state in enumerate(["SGP", "KHM"]):
        withheld = ROOM.likely_posture[ROOM.states.index(state), ROOM.periods.year >= 2005] == "withheld"
        bars = [bar for bar in ax.patches if round(bar.get_y() + bar.get_height() / 2) == row]
        assert sum(bar.get_width() for bar in bars if bar.get_hatch()) == withheld.sum()
        assert 0 < withheld.sum() < len(withheld)
    assert "hatched: withheld, less likely than not" in " ".join(t.get_text() for t in ax.findobj(Text))


def test_names_in_the_plane_stand_on_paper_so_that_no_line_crosses_them(ax):
    plots.quadrant(ROOM, ax=ax)
    assert len(ax.texts) == 10 + 4  # states and corners
    assert all(text.get_bbox_patch().get_facecolor()[:3] == (1, 1, 1) for text in ax.texts)


def assert_ticks_stand_apart(ax):
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert len(boxes) > 1 and all(left.x1 < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize(
    ("freq", "start"), [("M", "2025-06"), ("M", "2024-01"), ("M", "2010-01"), ("D", "2026-03")]
)
def test_days_and_months_on_the_axis_leave_each_other_room(asean, ax, freq, start):
    """Those of ten months had stood in each other."""
    finer = al.Ledger.post(asean.between("KHM", "CHN"), freq=freq).ties()
    plots.domain_mix(domain_mix(finer, "KHM", "CHN"), start=start, ax=ax)
    assert_ticks_stand_apart(ax)


@pytest.mark.parametrize("inches", [3, 7])
def test_years_of_postures_leave_each_other_room(inches):
    """One in five was named however narrow the figure."""
    ax = Figure(figsize=(inches, 3), layout="constrained").subplots()
    plots.postures(ROOM, ax=ax)
    assert_ticks_stand_apart(ax)


def test_domain_mix_may_end_early(ax):
    mix = domain_mix(TIES, "KHM", "CHN")
    plots.domain_mix(mix, end=2020, ax=ax)
    t = mix.periods.get_loc("2020")
    k = mix.domains.index("security")
    assert ax.get_xlim()[1] == 2020
    assert texts(ax)[k].startswith(f"security {100 * mix.share[k, t]:.0f} % ({100 * mix.low[k, t]:.0f}–")


def test_three_ways_stack_to_the_diversification(ax):
    plots.three_ways(WAYS, period=2020, ax=ax)
    t = WAYS.periods.get_loc("2020")
    known = np.flatnonzero(~np.isnan(WAYS.diversification[:, t]))
    order = known[np.argsort(-WAYS.diversification[known, t], kind="stable")]
    bars = [container for container in ax.containers if hasattr(container, "patches")]
    ends = [bar.get_x() + bar.get_width() for bar in bars[-1]]
    np.testing.assert_allclose(ends, WAYS.diversification[order, t])
    np.testing.assert_allclose([bar.get_width() for bar in bars[0]], WAYS.mixing[order, t])


def test_one_period_is_a_bar_of_its_shares(ax):
    """An area of one period had no width, so that nothing was seen."""
    found = domain_mix(SPARSE, "KHM", "CHN")
    plots.domain_mix(found, ax=ax)
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches], found.share[:, -1])


def test_a_row_is_as_high_as_its_name():
    """Names of several lines had stood in each other."""
    ax = plots.dyads(ALIGNED, names={actor: f"the Duchy of Northern {actor}" for actor in TIES.axes.actors})
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert any("\n" in label.get_text() for label in ax.get_yticklabels())
    assert all(upper.y0 > lower.y1 for upper, lower in pairwise(boxes))
    plt.close(ax.figure)


def test_a_long_name_in_the_plane_is_folded(ax):
    ax.set(xlim=(0, 1), ylim=(0, 1))
    point_labels(ax, [(0.5, 0.5, "the Duchy of Northern Ruritania and the Free City", "k")])
    assert "\n" in ax.texts[0].get_text()
    assert_nothing_is_cut(ax)


def test_quadrant_puts_each_state_at_its_alignments(ax):
    plots.quadrant(ROOM, states=["KHM", "PHL"], ax=ax)
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    rows = [ROOM.states.index(state) for state in ("KHM", "PHL")]
    wanted = {tuple(pair) for pair in ROOM.alignment[rows, :, -1]}
    assert {tuple(pair) for pair in dots.get_xydata()} == wanted
    assert {"Cambodia", "Philippines", "good with\nChina only"} <= set(texts(ax))


# ---- labels ----------------------------------------------------------------------------------------------
def test_a_long_text_is_folded_into_lines_of_like_length(ax):
    room = 0.5 * ax.get_window_extent().width
    assert wrapped(ax, "short", room) == "short"
    lines = wrapped(ax, "position: −1 all with China, +1 all with the United States", room).split("\n")
    assert lines == ["position: −1 all with China,", "+1 all with the United States"]
    assert wrapped(ax, "Cambodia–United States of America", 0.3 * room).split("\n")[0] == "Cambodia–"
    assert wrapped(ax, "x" * 400, room) == "x" * 400  # a word is never cut
    assert wrapped(ax, "security 26 % (9–51)", 0.3 * room).split("\n")[-1] == "(9–51)"


def test_spread_moves_a_close_pair_apart_evenly():
    # 4 and 5 want to be 3 apart: their mean stays, (4 + 5)/2 -/+ 3/2
    np.testing.assert_allclose(spaced_apart(np.array([5.0, 4.0, 20.0]), 3, 0, 30), [4.5 + 1.5, 4.5 - 1.5, 20])


def test_spread_squeezes_what_cannot_fit():
    np.testing.assert_allclose(spaced_apart(np.array([9.0, 9.0, 9.0]), 10, 0, 10), [0, 5, 10])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.001, 0.12))
def test_spread_keeps_gap_order_and_bounds(wanted, gap):
    wanted = np.array(wanted)
    placed = spaced_apart(wanted, gap, 0, 1)
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(placed[order]) >= gap - 1e-9).all()
    assert placed.min() >= -1e-9 and placed.max() <= 1 + 1e-9
    free = np.diff(wanted[order], prepend=-np.inf, append=np.inf)
    if min(free) >= gap and wanted.min() >= 0:
        np.testing.assert_allclose(placed, wanted, atol=1e-9)


def test_point_labels_of_a_cluster_do_not_overlap(ax):
    ax.set(xlim=(0, 1), ylim=(0, 1))
    point_labels(ax, [(0.5 + 0.01 * k, 0.5 + 0.02 * (k % 2), f"state {k}", "k") for k in range(6)])
    ax.figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in ax.texts]  # without their leaders
    assert not any(a.shrunk(0.95, 0.8).overlaps(b.shrunk(0.95, 0.8)) for a, b in combinations(boxes, 2))


def test_point_labels_leave_no_doubt_whose_they_are(ax):
    ax.set(xlim=(0, 1), ylim=(0, 1))
    points = [(0.5, 0.5, "left", "k"), (0.53, 0.5, "right", "k"), (0.515, 0.56, "top", "k")]
    point_labels(ax, points)
    ax.figure.draw_without_rendering()
    dots = ax.transData.transform([point[:2] for point in points])
    for own, label in enumerate(ax.texts):
        box = Text.get_window_extent(label)
        gap = np.hypot(
            *(np.maximum(0, np.maximum(box.min[k] - dots[:, k], dots[:, k] - box.max[k])) for k in (0, 1))
        )
        assert gap.argmin() == own


@pytest.mark.parametrize("where", ["limits from the data", "one length a unit", "an inset"])
def test_point_labels_know_where_axes_stand_before_they_are_drawn(where):
    places = []
    for drawn in (False, True):
        figure = Figure(figsize=(6, 3))
        ax = figure.subplots()
        if where == "an inset":
            ax = ax.inset_axes([0.1, 0.5, 0.8, 0.3])
        if where == "one length a unit":
            ax.set_aspect("equal")
        points = [(0.2 * k, 0.1 * (k % 3), f"state {k}", "k") for k in range(12)]
        ax.scatter(*np.array([point[:2] for point in points]).T)
        if drawn:
            figure.draw_without_rendering()
        point_labels(ax, points)
        places.append([(*text.xyann, text.get_ha(), text.get_va()) for text in ax.texts])
    assert places[0] == places[1]


# ---- errors ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("draw", "text"),
    [
        (lambda: plots.trajectory(ALIGNED, pairs=[]), "pairs is empty; name at least one"),
        (
            lambda: plots.trajectory(ALIGNED, pairs=[("KHM", "CNH")]),
            "unknown actor 'CNH'. Did you mean 'CHN'?",
        ),
        (lambda: plots.trajectory(ALIGNED, pairs=[("KHM", "VNM")]), "no event joins 'KHM' and 'VNM'."),
        (lambda: plots.trajectory(ALIGNED, pairs=PAIRS, domain="securty"), "Did you mean 'security'?"),
        (lambda: plots.trajectory(ALIGNED, pairs=PAIRS, score="exposure"), "score is 'exposure'; it must be"),
        (
            lambda: plots.domain_mix(domain_mix(AHEAD, "KHM", "CHN"), projected_from=1952),
            "nothing to draw: no share is known in 1952.",
        ),
        (lambda: plots.dyads(ALIGNED, period=1952, pairs=[("KHM", "CHN")]), "no score is known in 1952"),
        (lambda: plots.positions(ROOM, states=["KHN"]), "unknown actor 'KHN'. Did you mean 'KHM'?"),
        (lambda: plots.positions(ROOM, score="posture"), "score is 'posture'; it must be one of 'position'"),
        (lambda: plots.positions(THREE, score="position"), "a position needs two powers; this result has 3."),
        (lambda: plots.quadrant(THREE), "a quadrant needs two powers; this result has 3."),
        (lambda: plots.quadrant(ONE_POWER), "no state has an alignment with both powers in 2020"),
        (lambda: plots.quadrant(ROOM, period=1800), "period 1800 lies outside 1951..2026"),
        (lambda: plots.postures(ROOM, thin=-1), "thin is -1; it must lie in"),
    ],
)
def test_errors_say_what_is_wrong_before_anything_is_drawn(draw, text):
    with pytest.raises(al.AlignScoreError) as problem:
        draw()
    assert text in str(problem.value)
    assert plt.get_fignums() == []


def test_options_that_do_not_go_together_are_told():
    """A stretch of time beside one date had been passed over, -1 labels had been all but one."""
    room = al.hedging(TIES, ("CHN", "USA"), states=["KHM"], draws=0)
    for more in ("start", "end", "projected_from"):
        with pytest.raises(
            al.OptionError, match="period is one date to draw; leave start, end and projected_from out"
        ):
            plots.positions(room, period=2024, **{more: 2020})


def test_more_relations_than_a_figure_shows_are_asked_for_by_name():
    n = 33
    source, target = (ends.ravel() for ends in np.nonzero(~np.eye(n, dtype=bool)))
    columns = dict.fromkeys(("day", "domain", "value"), np.ones(len(source), dtype=np.int64))
    events = al.Events.from_columns(
        tuple(f"S{at:02}" for at in range(n)), source=source, target=target, **columns
    )
    with pytest.raises(
        al.OptionError, match=r"1,056 relations have a score in 1970, .* 1,000 at most; name some: pairs="
    ):
        plots.dyads(al.alignment(events))
