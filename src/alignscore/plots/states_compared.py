"""Figures of states between powers at one date: the three ways to hedge, the signed quadrant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import alignscore.plots.style as style
from alignscore.errors import OptionError
from alignscore.intervals import bounded
from alignscore.measures.states.hedging import HedgingResult
from alignscore.plots.states import rows_of
from alignscore.plots.style import Names
from alignscore.plots.words import Canvas, keep_words, rounded, with_interval

WAYS = {"mixing": "#0072B2", "alternating": "#E69F00", "compartmentalising": "#7A4A8C"}


def three_ways(
    result: HedgingResult,
    *,
    period: object | None = None,
    states: Iterable[str] | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw how states spread between the powers: mixing, alternating, compartmentalising, stacked.

    The bar's length is the diversification, the whisker its interval.

    Parameters
    ----------
    result : HedgingResult
        Made with a `window`, else no state can be seen to alternate.
    period : period, date or year, optional
        The last one where not given.
    states, names, ax
        As in `positions`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownLabelError, OptionError
        As `positions`.
    """
    style.need_result(result, HedgingResult, names=names)
    t = style.period_at(result.periods, period)
    what = f"event is known in {result.periods[t]}"
    rows = style.known_rows(result.diversification[:, t], rows_of(result, states), what)
    ax = style.canvas(ax, height=0.32 * len(rows) + 1.4)
    parts = {way: np.nan_to_num(getattr(result, way)[rows, t]) for way in WAYS}
    left = np.zeros(len(rows))
    bars: dict[str, Any] = {"height": 0.62, "edgecolor": style.PAPER, "linewidth": 0.6}
    for way, part in parts.items():
        ax.barh(range(len(rows)), part, left=left, color=WAYS[way], **bars)
        left = left + part
    v, low, high = style.score_and_ends(result, "diversification", (rows, t))
    labels = [style.shown_name(result.states[at], names) for at in rows]
    marks = []
    for at, label in enumerate(labels):
        ways = ", ".join(f"{way} {rounded(part[at])}" for way, part in parts.items())
        marks.append(f"{label} {with_interval(v[at], low[at], high[at])}: {ways}")
    keep_words(ax, marks)
    style.whiskers(ax, v, low, high)
    style.quiet_axes(ax, grid="x")
    style.bare_rows(ax, labels)
    ax.set_xlim(0, 1)
    style.x_label(ax, f"diversification in {result.periods[t]}: 0 all with one power, 1 even")
    shown = [way for way, part in parts.items() if part.max() > 5e-4]
    whiskers = style.interval_words("whisker, of the whole bar", result.recipe["level"])
    style.key(ax, [*((way, WAYS[way]) for way in shown), whiskers])
    return ax


def quadrant(
    result: HedgingResult,
    *,
    period: object | None = None,
    states: Iterable[str] | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw each state's alignment with one power against that with the other, with their intervals.

    Parameters
    ----------
    result : HedgingResult
        Between two powers.
    period : period, date or year, optional
        The last one where not given.
    states, names, ax
        As in `positions`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownLabelError, OptionError
        As `positions`.
    """
    style.need_result(result, HedgingResult, names=names)
    if len(result.powers) != 2:
        raise OptionError(f"a quadrant needs two powers; this result has {len(result.powers)}.")
    t = style.period_at(result.periods, period)
    what = f"event is known in {result.periods[t]}"
    rows = style.known_rows(result.alignment[:, :, t].sum(axis=1), rows_of(result, states), what)
    score, se = result.alignment[rows, :, t], result.alignment_se[rows, :, t]  # (S, 2)
    low, high = bounded(score, se, result.recipe["level"])
    ax = style.canvas(ax, width=5.6, height=5.4)
    x, y = score.T
    ax.hlines(y, low[:, 0], high[:, 0], color=style.SOFT, linewidth=0.8, alpha=0.6)
    ax.vlines(x, low[:, 1], high[:, 1], color=style.SOFT, linewidth=0.8, alpha=0.6)
    ax.plot(x, y, "o", color=style.PALETTE[0], ms=5, zorder=5)  # above the paper behind names
    edges = max(float(low.min()), -1.0), min(float(high.max()), 1.0)
    ax.set(xlim=(min(edges[0], 0) - 0.1, max(edges[1], 0) + 0.1), aspect="equal")
    ax.set_ylim(ax.get_xlim())
    for line in (ax.axhline, ax.axvline):
        line(0, color=style.SOFT, linewidth=0.9)
    a, b = (style.in_text(power, names) for power in result.powers)
    style.x_label(ax, f"alignment with {a}, {result.periods[t]}")
    style.y_label(ax, f"alignment with {b}, {result.periods[t]}")
    corners = {
        (1, 1): "good with both",
        (0, 1): f"good with\n{b} only",
        (0, 0): "bad with both",
        (1, 0): f"good with\n{a} only",
    }
    for (right, top), text in corners.items():
        ax.annotate(
            text, (right, top), (4 - 8 * right, 4 - 8 * top), xycoords="axes fraction",
            textcoords="offset points", ha="right" if right else "left", va="top" if top else "bottom",
            fontsize=style.FONT, color=style.SOFT, style="italic", path_effects=style.white_outline(), bbox=style.PLATE,
        )  # fmt: skip
    style.quiet_axes(ax, grid=None)
    labels = [style.shown_name(result.states[at], names) for at in rows]
    across = [((left, at), (right, at)) for left, right, at in zip(low[:, 0], high[:, 0], y, strict=True)]
    along = [((at, foot), (at, top)) for foot, top, at in zip(low[:, 1], high[:, 1], x, strict=True)]
    places = [(*point, label, style.INK) for *point, label in zip(x, y, labels, strict=True)]
    style.point_labels(ax, places, lines=[*across, *along])
    marks = []
    for name, *ends in zip(labels, score, low, high, strict=True):
        one, other = (with_interval(*side) for side in zip(*ends, strict=True))
        marks.append(f"{name}: {one} with {a}, {other} with {b}")
    keep_words(ax, marks)
    style.key(ax, [style.interval_words("bars", result.recipe["level"])])
    return ax
