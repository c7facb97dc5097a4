"""Figures of what moved a score: impacts of single events, and the parts of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alignscore.axes import COMPOSITE, period_position
from alignscore.errors import OptionError, unknown, within
from alignscore.plots.style import FONT, INK, PALETTE, SOFT, Names, canvas, dress, naming, point_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Canvas

    from alignscore.attribution.change import ChangeResult
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
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, steps=[1, 2, 5, 10]))
    ax.set_ylabel(f"effect on the score of {result.periods[t]}", fontsize=FONT)
    dress(ax)
    top = np.argsort(-np.abs(effect[rows]), kind="stable")[:label]
    kinds = [naming(str(kind).replace("_", " "), names) for kind in np.asarray(result.about["kind"])[rows]]
    places = [(years[at], effect[rows][at], f"{kinds[at]} {int(years[at])}", INK) for at in top]
    point_labels(
        ax, places, lines=[((year, 0), (year, tip)) for year, tip in zip(years, effect[rows], strict=True)]
    )
    return ax


def waterfall(
    result: ChangeResult, *, most: int = 8, names: Names | None = None, ax: Canvas | None = None
) -> Canvas:
    """Draw a change as steps from the score at its start to the score at its end.

    Parameters
    ----------
    result : ChangeResult
        Of `alignscore.change`.
    most : int
        Steps drawn, the largest first; the others are added up in one.
    names : mapping of str to str, optional
        How groups are written.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Top to bottom: start, a step a group with its signed size, end.

    Raises
    ------
    OptionError
        `most` below 1.
    """
    within("most", most, 1)
    steps = [
        (naming(str(group).replace("_", " "), names), float(part))
        for group, part in zip(result.about["group"], result.contribution, strict=True)
    ]
    if len(steps) > most:
        rest = steps[most - 1 :]
        steps = [*steps[: most - 1], (f"{len(rest)} others", sum(part for _, part in rest))]
    ends = result.start + np.cumsum([part for _, part in steps])
    starts = np.append(result.start, ends[:-1])
    ax = canvas(ax)
    rows = np.arange(1, len(steps) + 1)
    tones = [UP if part >= 0 else DOWN for _, part in steps]
    ax.barh(rows, ends - starts, left=starts, color=tones, height=0.6)
    for at, level in ((0, result.start), (len(steps) + 1, result.end)):
        ax.plot([level, level], [at - 0.3, at + 0.3], color=INK, linewidth=2)
        ax.annotate(
            f"{level:+.2f}", (level, at), (6, 0), textcoords="offset points", va="center", fontsize=FONT
        )
    for at, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        text = f"{end - start:+.3f}"
        ax.annotate(
            text, (max(start, end), at), (6, 0), textcoords="offset points", va="center", fontsize=FONT
        )
        ax.plot([end, end], [at + 0.3, at + 0.7], color=SOFT, linewidth=0.8)
    ax.set_yticks(range(len(steps) + 2), ["start", *(name for name, _ in steps), "end"], fontsize=FONT)
    ax.invert_yaxis()
    ax.use_sticky_edges = False
    ax.margins(x=0.18)
    ax.set_xlabel(getattr(result.recipe.get("score"), "field", "score"), fontsize=FONT)
    dress(ax, grid="x")
    return ax
