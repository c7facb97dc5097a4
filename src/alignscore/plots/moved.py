"""Figures of what moved a score: impacts of single events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alignscore.axes import COMPOSITE, period_position
from alignscore.errors import OptionError, unknown
from alignscore.plots.style import FONT, INK, PALETTE, SOFT, Names, canvas, dress, naming, point_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Canvas

    from alignscore.attribution.impact import ImpactResult

UP, DOWN = PALETTE[0], PALETTE[1]


def impacts(
    result: ImpactResult,
    *,
    domain: str = COMPOSITE,
    period: object | None = None,
    start: object | None = None,
    label: int = 6,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw what each event adds to a score, at the event's date; the strongest are named.

    Parameters
    ----------
    result : ImpactResult
        Of `alignscore.impact` by event.
    domain : str
    period : period, date or year, optional
        When the score is read; the last period of the result where not given.
    start : date or year, optional
        First date shown.
    label : int
        How many events are named, by their kind and year.
    names : mapping of str to str, optional
        How kinds are written.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Above 0: the event raised the score. Hollow: the score rests on that event alone.

    Raises
    ------
    UnknownLabelError
        A domain the result does not have.
    OptionError
        Groups without dates (impacts by kind or by source), or nothing known.
    """
    from matplotlib.ticker import MaxNLocator

    if "date" not in result.about:
        raise OptionError("impacts are drawn at dates; make the result with by='event'.")
    if domain not in result.domains:
        raise unknown("domain", domain, result.domains)
    t = len(result.periods) - 1 if period is None else period_position(result.periods, period)
    m = result.domains.index(domain)
    date = pd.DatetimeIndex(result.about["date"])
    sole = result.sole[:, m, t]
    effect = np.where(sole, result.score[:, m, t], result.impact[:, m, t])
    keep = ~np.isnan(effect) & (effect != 0)
    if start is not None:
        keep &= np.asarray(date >= pd.Period(str(start)).start_time)
    if not keep.any():
        raise OptionError("nothing to draw: no event moves this score.")
    rows = np.flatnonzero(keep)
    years = np.asarray(date.year + (date.day_of_year - 1) / 365.25, dtype=float)[rows]
    ax = canvas(ax)
    tones = np.where(effect[rows] > 0, UP, DOWN)
    ax.vlines(years, 0, effect[rows], colors=tones.tolist(), linewidth=1.4)
    for alone in (False, True):
        some = sole[rows] == alone
        face = "none" if alone else tones[some].tolist()
        ax.scatter(
            years[some], effect[rows][some], s=24, facecolors=face, edgecolors=tones[some].tolist(), zorder=3
        )
    ax.axhline(0, color=SOFT, linewidth=0.8)
    reach = 1.25 * float(np.abs(effect[rows]).max())
    ax.set_ylim(
        min(-0.06 * reach, 1.25 * float(effect[rows].min())),
        max(0.06 * reach, 1.25 * float(effect[rows].max())),
    )
    ax.set_xlim(np.floor(years.min()) - 0.5, np.ceil(years.max()) + 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    ax.set_ylabel(f"effect on the score of {result.periods[t]}", fontsize=FONT)
    dress(ax)
    top = np.argsort(-np.abs(effect[rows]), kind="stable")[:label]
    kinds = [naming(str(kind).replace("_", " "), names) for kind in np.asarray(result.about["kind"])[rows]]
    point_labels(ax, [(years[at], effect[rows][at], f"{kinds[at]} {int(years[at])}", INK) for at in top])
    return ax
