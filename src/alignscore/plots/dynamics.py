"""Figures of how relations move: a path with the fan of its forecast, and who broke from their own path."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

import alignscore.plots.style as style
from alignscore.dynamics.forecast import ForecastResult
from alignscore.dynamics.surprise import SurpriseResult
from alignscore.errors import OptionError, whole_number
from alignscore.intervals import ratio
from alignscore.measures.dyads.result import DyadResult
from alignscore.plots.dyads import MOST, Pair, pair_at, pair_name, pairs_of
from alignscore.plots.style import Names
from alignscore.plots.words import Canvas, keep_words, path_of, rounded, with_interval


def forecast(
    result: ForecastResult,
    *,
    pairs: Pair | Iterable[Pair] | None = None,
    domain: str | None = None,
    start: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw each relation's share of cooperation so far, and the fan of its forecast.

    Parameters
    ----------
    result : ForecastResult
        A result of `alignscore.forecast`.
    pairs : (source, target), or several of them, optional
        The pairs with the most events so far, four at most, where not given.
    domain : str, optional
        The one with the most events where not given.
    start, names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownLabelError
        An actor or domain the result does not have.
    OptionError
        A pair that never meets, or no pair.

    Examples
    --------
    >>> import pandas as pd, alignscore as al
    >>> rows = [("A", "B", 2000 + t, 18 - t, 2 + t) for t in range(9)]
    >>> columns = ["source", "target", "period", "cooperation", "conflict"]
    >>> ax = forecast(al.forecast(pd.DataFrame(rows, columns=columns), ahead=3), pairs=[("A", "B")])
    >>> [text.get_text() for text in ax.texts]
    ['A–B']
    """
    style.need_result(result, ForecastResult, names=names)
    k = _domain(result, result.n_before.sum(axis=(0, 2)), domain)
    if pairs is None:
        busiest = np.argsort(-result.n_before[:, k].sum(axis=-1), kind="stable")[:MOST]
        chosen = [pair_at(result, at) for at in busiest]
    else:
        chosen = pairs_of(pairs)
    if not chosen:
        raise OptionError("pairs is empty; name at least one (source, target).")
    rows = [result._dyad(*pair) for pair in chosen]
    past, ahead = result.past.axes.periods, result.axes.periods
    c, n = (x[:, k] for x in (result.past.cooperation, result.past.cooperation + result.past.conflict))
    known = n[rows].sum(axis=0) > 0
    shown = style.span_of(past, known, start)
    ax = style.canvas(ax)
    x = style.moments(past[shown])
    later = style.moments(ahead)
    ends = []
    marks: list[str] = []
    for pair, row, colour in zip(chosen, rows, style.colours(len(rows)), strict=True):
        share = ratio(c[row], n[row])
        seen = np.flatnonzero(~np.isnan(share[shown]))
        ax.plot(x[seen], share[shown][seen], color=colour, linewidth=1.6, marker="o", ms=3)
        fan = [side[row, k] for side in (result.expected, result.low, result.high)]
        from_when = later
        if len(seen):  # the fan opens where the pair was seen last
            fan = [np.append(share[shown][seen[-1]], side) for side in fan]
            from_when = np.append(x[seen[-1]], later)
            name = "–".join(style.shown_name(a, names) for a in pair)
            ends.append((later[-1], float(fan[0][-1]), name, colour))
            expected = with_interval(*(side[-1] for side in fan))
            marks.append(f"{path_of(name, past[shown], share[shown])}, expected {expected} in {ahead[-1]}")
        ax.fill_between(from_when, *fan[1:], color=colour, alpha=style.BAND, linewidth=0)
        ax.plot(from_when, fan[0], color=colour, linewidth=1.6, linestyle=style.AHEAD)
    ax.set_ylim(0, 1)
    style.y_label(ax, f"share of {_drawn(result, k)}events that are cooperative")
    style.time_axis(ax, past[shown].append(ahead))
    style.end_labels(ax, ends)
    keep_words(ax, marks)
    style.key(ax, [f"dashed: expected, with the {100 * result.recipe['level']:.0f} % interval"])
    return ax


def surprises(
    result: SurpriseResult,
    *,
    period: object | None = None,
    domain: str | None = None,
    most: int = 12,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw the relations that broke from their own path in a period: what was expected, and what came.

    Parameters
    ----------
    result : SurpriseResult
        A result of `alignscore.surprise`.
    period : period, date or year, optional
        The last one where not given.
    domain : str, optional
        The one with the most events where not given, of those that have some in the period.
    most : int
        Relations shown, those with the smallest p.
    names, ax
        As in `forecast`.

    Returns
    -------
    matplotlib.axes.Axes
        p and the number of events stand at the right.

    Raises
    ------
    UnknownLabelError, OptionError
        As `forecast`; nothing is known of the period.

    Examples
    --------
    >>> import pandas as pd, alignscore as al
    >>> rows = [("A", "B", 2000 + t, 18, 2) for t in range(8)] + [("A", "B", 2008, 5, 15)]
    >>> columns = ["source", "target", "period", "cooperation", "conflict"]
    >>> ax = surprises(al.surprise(pd.DataFrame(rows, columns=columns)))
    >>> ax.get_xlabel()
    'share of events that are cooperative, 2008'
    """
    style.need_result(result, SurpriseResult, names=names)
    whole_number("most", most, 1)
    t = style.period_at(result.axes.periods, period)
    there = ~np.isnan(result.p[:, :, t]).all(axis=0)  # domains of which there is something to draw
    k = _domain(result, result.n.sum(axis=(0, 2)) * (there | ~there.any()), domain)
    p = result.p[:, k, t]
    drawn = _drawn(result, k)
    what = f"{drawn}event with a past is known in {result.axes.periods[t]}"
    rows = style.known_rows(p, np.arange(len(p)), what, lowest_first=True)[:most]
    rows = rows[np.argsort(result.z[rows, k, t], kind="stable")]
    labels = [pair_name(result, pair_at(result, at), names) for at in rows]
    ax = style.rows_canvas(ax, labels, row=0.26, rest=1.5)
    low, middle, high, came = (
        x[rows, k, t] for x in (result.low, result.expected, result.high, result.share)
    )
    place = np.arange(len(rows))
    ax.hlines(place, low, high, color=style.SOFT, linewidth=4, alpha=0.45)
    ax.plot(middle, place, "|", color=style.INK, ms=9, mew=1.4)
    tone = [style.PALETTE[1] if z < 0 else style.PALETTE[0] for z in result.z[rows, k, t]]
    ax.scatter(came, place, color=tone, s=26, zorder=3, clip_on=False)  # whole at 0 and 1 too
    style.bare_rows(ax, labels)
    numbers = zip(labels, came, middle, low, high, strict=True)
    keep_words(
        ax, [f"{name} {rounded(share)}, expected {with_interval(*span)}" for name, share, *span in numbers]
    )
    ax.set_xlim(0, 1)
    style.x_label(ax, f"share of {drawn}events that are cooperative, {result.axes.periods[t]}")
    style.count_rows(ax, [f"p {_p(p[row])}, n {result.n[row, k, t]:.0f}" for row in rows])
    words = [("more hostile than expected", style.PALETTE[1], "o"), ("friendlier", style.PALETTE[0], "o")]
    bars = f"bar: {100 * result.recipe['level']:.0f} % interval from the past, tick: expected"
    style.key(ax, [*words, bars])
    return ax


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.0005 else "< .001"


def _domain(result: DyadResult, events: np.ndarray, domain: str | None) -> int:
    """Place of a domain; that with the most events, (K,), where none is named."""
    return int(np.nan_to_num(events).argmax()) if domain is None else result.axes.domain(domain)


def _drawn(result: DyadResult, k: int) -> str:
    """The domain that is drawn, with a blank behind it; '' where the result has one alone."""
    domains = result.axes.domains
    return f"{domains[k]} " if len(domains) > 1 else ""
