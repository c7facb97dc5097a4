"""Figure of a bloc between powers: in the middle by its members' hedging, or by their division."""

from __future__ import annotations

import numpy as np

import alignscore.plots.style as style
from alignscore.measures.blocs.bloc import BlocResult
from alignscore.plots.style import Names
from alignscore.plots.words import Canvas, keep_words, rounded

DIVISION = style.PALETTE[1]


def unity(
    result: BlocResult,
    *,
    start: object | None = None,
    end: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw what a bloc's spread between the powers is made of: its members' own hedging, and their division.

    The upper line is the bloc's diversification taken as one actor, the lower one the part of it that is the
    division between members; what lies between the lines is the members' own hedging. Low lines far apart:
    united in the middle; lines that meet: in the middle only because members split.

    Parameters
    ----------
    result : BlocResult
        A result of `alignscore.bloc`.
    start, end, names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes
        Labels give the values of the last period, words below the axes the members' own hedging and the
        division freed of sampling error, which is below 0 by chance where members differ little.

    Raises
    ------
    OptionError
        Nothing is known of the bloc from `start` on.

    Examples
    --------
    >>> import alignscore as al
    >>> ties = al.Ledger.post(al.datasets.asean()).ties()
    >>> ax = unity(al.bloc(ties, members="ASEAN", powers=("CHN", "USA")), start=2000)
    >>> [" ".join(text.get_text().split()) for text in ax.texts]
    ['the bloc as one 0.94 (...–...)', 'of it between members 0.11 (...–...)']
    """
    style.need_result(result, BlocResult, names=names)
    known = ~np.isnan(result.diversification)
    if not known[style.span_of(result.periods, known, start, end)].any():
        raise style.empty_figure(f"no event of the members is known from {start} on")
    shown = style.known_span(result.periods, known, start, end)
    x = style.moments(result.periods[shown])
    whole = style.score_and_ends(result, "diversification", shown)
    division = style.score_and_ends(result, "division", shown)
    ax = style.canvas(ax)
    for (middle, low, high), tone in ((whole, style.INK), (division, DIVISION)):
        style.banded(ax, x, middle, low, high, tone)
    ax.set_ylim(0, 1)
    *others, last = (style.in_text(power, names) for power in result.powers)
    powers = f"{', '.join(others)} and {last}"
    style.y_label(ax, f"spread between {powers}")
    style.time_axis(ax, result.periods[shown])
    at = int(np.flatnonzero(known[shown])[-1])
    words = ("the bloc as one", whole, style.INK), ("of it between members", division, DIVISION)
    ends = [
        (x[at], float(y[at]), f"{what} {_with_span(y[at], low[at], high[at])}", tone)
        for what, (y, low, high), tone in words
    ]
    keep_words(ax, [f"{result.periods[shown][at]}: {ends[0][2]}", ends[1][2]])
    style.end_labels(ax, ends)
    own, freed = result.own[shown][at], result.division_corrected[shown][at]
    remarks = [
        "0: all with one power, 1: even",
        f"between the lines: members' own hedging, {own:.2f} in {result.periods[shown][at]}",
        style.interval_words("bands and brackets", result),
    ]
    if not np.isnan(freed):  # one member has no division
        remarks.append(f"division freed of sampling error: {rounded(freed)}")
    style.key(ax, remarks)
    return ax


def _with_span(score: float, low: float, high: float) -> str:
    """A score, and its interval where it has one."""
    return f"{score:.2f}" + ("" if np.isnan(low) else f" ({low:.2f}–{high:.2f})")
