"""Figure of how a format of diplomacy spreads: who opened it with whom, when, at what level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import alignscore.plots.style as style
from alignscore.axes import place_of
from alignscore.errors import several
from alignscore.measures.diffusion import DiffusionResult
from alignscore.plots.style import Names
from alignscore.plots.words import Canvas, keep_words

LANE = 0.7  # of a row's height, shared by the powers


def formats(
    result: DiffusionResult,
    *,
    start: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw who has a format with which power, and since when; the first to open it on top.

    Parameters
    ----------
    result : DiffusionResult
        A result of `alignscore.diffusion`.
    start, names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes
        A row a state, a lane a power: a dot where it was opened, a line while it holds. Where the format
        has levels, the number at a step is the level reached.

    Raises
    ------
    OptionError
        Nobody has opened the format.
    """
    style.need_result(result, DiffusionResult, names=names)
    opened: np.ndarray = np.asarray(result.adopted.any(axis=(0, 1)))
    shown = style.span_of(result.periods, opened, start)
    in_force, level = result.in_force[:, :, shown], result.level[:, :, shown]
    first = np.where(result.adopted.any(axis=2), result.adopted.argmax(axis=2), len(result.periods))
    rows = np.flatnonzero(in_force.any(axis=(1, 2)))
    if not len(rows):
        raise style.empty_figure(f"the format is in force with nobody from {start} on")
    rows = rows[np.argsort(first[rows].min(axis=1), kind="stable")]
    labels = [style.shown_name(result.states[at], names) for at in rows]
    ax = style.rows_canvas(ax, labels, row=0.34, rest=1.5)
    x = style.moments(result.periods[shown])
    P = len(result.powers)
    tones = style.colours(P)
    lanes = (np.arange(P) + 0.5) / P * LANE - LANE / 2
    graded = bool(np.nanmax(level, initial=0) > 1)
    for row, s in enumerate(rows):
        for p, tone in enumerate(tones):
            _lane(ax, x, in_force[s, p], level[s, p], row + float(lanes[p]), tone, graded=graded)
    style.time_axis(ax, result.periods[shown], grid="x")
    style.bare_rows(ax, labels)
    if len(x) > 1:
        step = (x[-1] - x[0]) / 60
        ax.set_xlim(x[0] - step, x[-1] + step)
    powers = [style.shown_name(power, names) for power in result.powers]
    marks = []
    for s, label in zip(rows, labels, strict=True):
        since = [
            f"{powers[p]} {result.periods[first[s, p]]}" for p in np.flatnonzero(in_force[s].any(axis=-1))
        ]
        marks.append(f"{label}: {', '.join(since)}")
    keep_words(ax, marks)
    used = np.flatnonzero(in_force[rows].any(axis=(0, 2)))
    remarks = ["number: level reached"] if graded else []
    style.key(ax, [*((powers[p], tones[p]) for p in used), *remarks])
    return ax


def adopters(
    result: DiffusionResult,
    *,
    powers: Sequence[str] | None = None,
    start: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw with how many states each power has a format in force, over time.

    Parameters
    ----------
    result : DiffusionResult
        A result of `alignscore.diffusion`.
    powers : sequence of str, optional
        The powers drawn; all that ever had it where not given.
    start, names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes
        A step line a power, its name at the end.

    Raises
    ------
    OptionError
        Nobody has opened the format.
    UnknownLabelError
        A power the result does not have.
    """
    style.need_result(result, DiffusionResult, names=names)
    in_force = result.in_force.sum(axis=0)  # (P, T)
    wanted = result.powers if powers is None else several(powers)
    chosen = [place_of("power", power, result.powers) for power in wanted]
    some = [p for p in chosen if in_force[p].any()]
    if not some:
        raise style.empty_figure("nobody among these powers has opened the format")
    shown = style.span_of(result.periods, in_force[some].any(axis=0), start)
    ax = style.canvas(ax)
    from matplotlib.ticker import MaxNLocator  # where it is missing the line above says how to get it

    x = style.moments(result.periods[shown])
    last = x[-1] + ((x[-1] - x[0]) / 40 if len(x) > 1 else 1)  # so that a step in the last period is seen
    ends = []
    for p, tone in zip(some, style.colours(len(some)), strict=True):
        count = in_force[p, shown]
        ax.step([*x, last], [*count, count[-1]], where="post", color=tone, linewidth=1.8)
        ends.append((last, float(count[-1]), style.shown_name(result.powers[p], names), tone))
    style.time_axis(ax, result.periods[shown])
    ax.set_xlim(x[0], last)
    ax.set_ylim(0, None)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    style.y_label(ax, "states with the format in force")
    style.end_labels(ax, ends)
    when = result.periods[shown][-1]
    keep_words(ax, [f"{name} {count:.0f} in {when}" for _, count, name, _ in ends])
    return ax


def _lane(
    ax: Canvas, x: np.ndarray, in_force: np.ndarray, level: np.ndarray, y: float, tone: str, *, graded: bool
) -> None:
    """One pair over time: lines while the format holds, a dot where it begins or rises."""
    ax.plot(x, np.where(in_force, y, np.nan), color=tone, linewidth=2.2, solid_capstyle="butt")
    state = np.where(in_force, np.nan_to_num(level), -1)
    begins = in_force & (np.diff(state, prepend=-1) != 0)
    ax.plot(x[begins], np.full(begins.sum(), y), "o", color=tone, ms=8 if graded else 5)
    if graded:
        for at in np.flatnonzero(begins & (level > 0)):
            ax.text(
                x[at], y, f"{level[at]:.0f}", color=style.PAPER, fontsize=style.FONT - 3,
                ha="center", va="center_baseline", weight="bold",
            )  # fmt: skip
