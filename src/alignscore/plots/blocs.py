"""Figure of a bloc between powers: in the middle by its members' hedging, or by their division."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alignscore.measures.blocs.bloc import BlocResult
from alignscore.plots.style import (
    INK,
    PALETTE,
    Names,
    canvas,
    dress,
    end_labels,
    key,
    known_span,
    moments,
    naming,
    need_result,
    nothing,
    span_of,
    time_axis,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Canvas

DIVISION, OWN = PALETTE[1], PALETTE[0]
ENDS = ("", "_low", "_high")


def unity(
    result: BlocResult, *, start: object | None = None, names: Names | None = None, ax: Canvas | None = None
) -> Canvas:
    """Draw what a bloc's spread between the powers is made of: its members' own hedging, and their division.

    The two areas add to the bloc's diversification. Division lies below, so that it is read from zero: the
    dashed lines are intervals, the dotted one what is left of division without the members' sampling error.

    Parameters
    ----------
    result : BlocResult
        Of `alignscore.bloc`.
    start, names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes
        Labels give the values of the last period. Division freed of sampling error is below 0 by chance
        where members differ little; there its line leaves the axes.

    Raises
    ------
    OptionError
        Nothing is known of the bloc from `start` on.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import alignscore as al
    >>> ties = al.Ledger.post(al.datasets.asean()).ties()
    >>> ax = unity(al.bloc(ties, members="ASEAN", powers=("CHN", "USA")), start=2000)
    >>> [text.get_text() for text in ax.texts][2:]
    ['division between members 0.11 (0.00–0.18)', 'freed of sampling error 0.05']
    >>> import matplotlib.pyplot as plt; plt.close(ax.figure)
    """
    need_result(result, BlocResult, names=names)
    known = ~np.isnan(result.diversification)
    if not known[span_of(result.periods, known, start)].any():
        raise nothing(f"no event of the members is known from {start} on")
    shown = known_span(result.periods, known, start)
    x = moments(result.periods[shown])
    whole, whole_low, whole_high = (getattr(result, f"diversification{end}")[shown] for end in ENDS)
    division, low, high = (getattr(result, f"division{end}")[shown] for end in ENDS)
    own, freed = result.own[shown], result.division_corrected[shown]
    ax = canvas(ax)
    ax.fill_between(x, 0, division, color=DIVISION, alpha=0.55, linewidth=0)
    ax.fill_between(x, division, whole, color=OWN, alpha=0.3, linewidth=0)
    ax.plot(x, whole, color=INK, linewidth=1.8)
    ax.plot(x, division, color=DIVISION, linewidth=1.8)
    for side, tone in ((low, DIVISION), (high, DIVISION), (whole_low, INK), (whole_high, INK)):
        ax.plot(x, side, color=tone, linewidth=1.0, linestyle=(0, (4, 2)))
    ax.plot(x, freed, color=INK, linewidth=1.2, linestyle=":")
    ax.set_ylim(0, 1)
    among = ", ".join(naming(power, names) for power in result.powers)
    ax.set_ylabel("diversification (0 all with one, 1 even)")
    dress(ax, grid=None)
    time_axis(ax, result.periods[shown])
    at = int(np.flatnonzero(known[shown])[-1])
    ends = [
        (whole[at], f"diversification {_told(whole[at], whole_low[at], whole_high[at])}", INK),
        ((whole[at] + division[at]) / 2, f"members' own hedging {own[at]:.2f}", OWN),
        (division[at], f"division between members {_told(division[at], low[at], high[at])}", DIVISION),
        (freed[at], f"freed of sampling error {freed[at]:.2f}", INK),
    ]
    end_labels(ax, [(x[at], float(np.clip(y, 0, 1)), text, tone) for y, text, tone in ends])
    told = f"dashed: {100 * result.recipe['level']:g} % intervals, each in the colour of its line"
    key(ax, [(f"between {among}", ""), (told, "")])
    return ax


def _told(mid: float, low: float, high: float) -> str:
    """A number and its interval."""
    return f"{mid:.2f} ({low:.2f}–{high:.2f})"
