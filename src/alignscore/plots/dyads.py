"""Figures of relations: alignment over time, many dyads at one date, what a tie is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from alignscore.axes import COMPOSITE, period_position
from alignscore.errors import OptionError, one_of, unknown
from alignscore.measures.dyads.alignment import AlignmentResult
from alignscore.measures.dyads.domain_mix import DomainMixResult
from alignscore.measures.dyads.exposure import ExposureResult
from alignscore.plots.style import (
    BAND,
    FONT,
    INK,
    PALETTE,
    PAPER,
    SOFT,
    Names,
    bare_rows,
    canvas,
    carried,
    colours,
    dress,
    end_labels,
    key,
    known_span,
    moments,
    naming,
    span_of,
    stacked,
    time_axis,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Canvas

Scored = AlignmentResult | ExposureResult
Pair = tuple[str, str]


def trajectory(
    result: Scored,
    *,
    pairs: Sequence[Pair],
    domain: str | Sequence[str] = COMPOSITE,
    score: str | None = None,
    start: object | None = None,
    projected_from: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw scores of a few relations over time, each with its interval, named at its end.

    Parameters
    ----------
    result : AlignmentResult or ExposureResult
    pairs : sequence of (source, target)
        In either order where the result is undirected.
    domain : str or sequence of str
        Several domains give a line each.
    score : str, optional
        A score of the result that has an interval: 'alignment', 'exposure', 'dependence'.
    start : period, date or year, optional
        First period shown; the first with data where not given.
    projected_from : period, date or year, optional
        Last period with events; what is carried forward after it (`Ties.project`) is dashed, and
        words below the axes say so.
    names : mapping of str to str, optional
        How actors and domains are written.
    ax : matplotlib.axes.Axes, optional
        New ones where not given.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownLabelError
        An actor, domain or score the result does not have.
    OptionError
        A pair that never meets, or no pair.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import alignscore as al
    >>> result = al.alignment(al.Ledger.post(al.datasets.asean()).ties(), directed=False)
    >>> ax = trajectory(result, pairs=[("KHM", "CHN"), ("KHM", "USA")], start=2000)
    >>> [text.get_text() for text in ax.texts]
    ['KHM–CHN', 'KHM–USA']
    >>> import matplotlib.pyplot as plt; plt.close(ax.figure)
    """
    low, mid, high = _interval(result, score)
    domains = [domain] if isinstance(domain, str) else list(domain)
    lines = [(pair, name) for pair in pairs for name in domains]
    if not lines:
        raise OptionError("pairs is empty; name at least one (source, target).")
    places = [(_dyad(result, *pair), _domain(result, name)) for pair, name in lines]
    axes = result.axes
    known = np.any([~np.isnan(mid[at]) for at in places], axis=0)
    shown = span_of(axes.periods, known, start)
    cut = None if projected_from is None else max(axes.period(projected_from) - shown.start, 0)
    ax = canvas(ax)
    x, ends = moments(axes.periods[shown]), []
    for (pair, name), at, colour in zip(lines, places, colours(len(lines)), strict=True):
        y = mid[at][shown]
        ax.fill_between(x, low[at][shown], high[at][shown], color=colour, alpha=BAND, linewidth=0)
        _line(ax, x, y, colour, cut)
        seen = np.flatnonzero(~np.isnan(y))
        if len(seen):
            text = _line_name(result, pair, name, many=(len(pairs) > 1, len(domains) > 1), names=names)
            ends.append((x[seen[-1]], float(y[seen[-1]]), text, colour))
    what = score or _default(result)
    ax.set_ylim(*((-1.0, 1.0) if what == "alignment" else (0.0, 1.0)))
    ax.set_ylabel(f"{what} (−1 hostile, +1 friendly)" if what == "alignment" else f"{what} (share)")
    if what == "alignment":
        ax.axhline(0, color=SOFT, linewidth=0.8)
    dress(ax)
    time_axis(ax, axes.periods[shown])
    end_labels(ax, ends)
    if cut is not None and cut < len(x) - 1:
        key(ax, [(carried("dashed", axes.periods, projected_from), "")])
    return ax


def dyads(
    result: Scored,
    *,
    period: object | None = None,
    pairs: Iterable[Pair] | None = None,
    domain: str = COMPOSITE,
    score: str | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw the scores of many relations at one date, from the highest to the lowest, with intervals.

    Parameters
    ----------
    result : AlignmentResult or ExposureResult
    period : period, date or year, optional
        The last one where not given.
    pairs : iterable of (source, target), optional
        Every relation with data where not given.
    domain, score, names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes
        The number of events behind each score stands at the right.

    Raises
    ------
    UnknownLabelError, OptionError
        As `trajectory`.
    """
    low, mid, high = _interval(result, score)
    axes = result.axes
    t = len(axes.periods) - 1 if period is None else axes.period(period)
    k = _domain(result, domain)
    rows = np.arange(len(axes.dyads)) if pairs is None else np.array([_dyad(result, *pair) for pair in pairs])
    rows = rows[~np.isnan(mid[rows, k, t])]
    if not len(rows):
        raise OptionError(f"nothing to draw: no event is known in {axes.periods[t]}.")
    rows = rows[np.argsort(-mid[rows, k, t], kind="stable")]
    ax = canvas(ax, height=0.24 * len(rows) + 1.2)
    centre = mid[rows, k, t]
    away = [centre - low[rows, k, t], high[rows, k, t] - centre]
    ax.errorbar(centre, range(len(rows)), xerr=away, fmt="o", color=PALETTE[0], ms=4.5, elinewidth=1.2)
    shown = [(axes.sources[at], axes.targets[at]) for at in rows]
    dress(ax, grid="x")
    bare_rows(ax, [_joint(result).join(naming(actor, names) for actor in pair) for pair in shown])
    what = score or _default(result)
    ax.set_xlim(*((-1.0, 1.0) if what == "alignment" else (0.0, 1.0)))
    ax.set_xlabel(f"{what}, {naming(domain, names)}, {axes.periods[t]}")
    for at, row in enumerate(rows):
        ax.annotate(
            f"n {result.n[row, k, t]:.0f}", (1.015, at), xycoords=("axes fraction", "data"),
            fontsize=FONT - 1, color=SOFT, va="center",
        )  # fmt: skip
    if what == "alignment":
        ax.axvline(0, color=SOFT, linewidth=0.8)
    return ax


def domain_mix(
    result: DomainMixResult,
    *,
    start: object | None = None,
    projected_from: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw what a relation is made of: the share of each domain over time, stacked.

    The label at the right gives each domain's share and its interval in the last period with events.

    Parameters
    ----------
    result : DomainMixResult
        Of `alignscore.domain_mix`.
    start, names, ax
        As in `trajectory`.
    projected_from : period, date or year, optional
        Last period with events. What is carried forward after it is drawn pale; the labels give the shares
        of this period, and name it.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    OptionError
        Nothing is known of the relation from `start` on, or at `projected_from`.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import alignscore as al
    >>> ahead = al.Ledger.post(al.datasets.asean()).ties().project(to=2030)
    >>> ax = domain_mix(al.domain_mix(ahead, "KHM", "CHN"), projected_from=2026)
    >>> [text.get_text() for text in ax.texts][-1]
    'security 26 % (12–49) in 2026'
    >>> import matplotlib.pyplot as plt; plt.close(ax.figure)
    """
    known = ~np.isnan(result.share).all(axis=0)
    shown = known_span(result.periods, known, start)
    told = (
        len(result.periods) - 1 if projected_from is None else period_position(result.periods, projected_from)
    )
    if not known[told]:
        raise OptionError(f"nothing to draw: no event is known in {result.periods[told]}.")
    x, parts = moments(result.periods[shown]), np.nan_to_num(result.share[:, shown])
    ahead = told < len(result.periods) - 1
    ax = canvas(ax)
    tones = colours(len(parts))
    middle = stacked(ax, result.periods[shown], parts, tones, opacity=0.75)
    if ahead:
        cut = max(told - shown.start, 0)
        ax.axvspan(x[cut], x[-1], color=PAPER, alpha=0.5, linewidth=0)
        ax.axvline(x[cut], color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        key(ax, [(carried("pale", result.periods, projected_from), "")])
    ax.set_ylabel(f"share of {result.recipe['substance']} in force")
    when = f" in {result.periods[told]}" if ahead else ""
    ends = zip(
        result.domains,
        *(100 * side[:, told] for side in (result.share, result.low, result.high)),
        strict=True,
    )
    texts = [
        f"{naming(name, names)} {mid:.0f} % ({low:.0f}–{high:.0f}){when}" for name, mid, low, high in ends
    ]
    end_labels(ax, [(x[-1], *end) for end in zip(middle, texts, tones, strict=True)])
    return ax


# ---- what to draw ------------------------------------------------------------------------------------
def _default(result: Scored) -> str:
    return "alignment" if isinstance(result, AlignmentResult) else "exposure"


def _interval(result: Scored, score: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Low, middle and high of a score, (D, K + 1, T) each."""
    what = _default(result) if score is None else score
    known = ("alignment",) if isinstance(result, AlignmentResult) else ("exposure", "dependence")
    one_of("score", what, known)
    bounds = ("low", "high") if what == "alignment" else (f"{what}_low", f"{what}_high")
    return getattr(result, bounds[0]), getattr(result, what), getattr(result, bounds[1])


def _domain(result: Scored, label: str) -> int:
    known = (*result.axes.domains, *((COMPOSITE,) if result.with_composite else ()))
    if label not in known:
        raise unknown("domain", label, known)
    return known.index(label)


def _dyad(result: Scored, source: str, target: str) -> int:
    at = result.axes.dyad(source, target)
    if at is None and not result.recipe["directed"]:
        at = result.axes.dyad(target, source)
    if at is None:
        raise OptionError(f"no event joins {source!r} and {target!r}.")
    return at


def _joint(result: Scored) -> str:
    return "→" if result.recipe["directed"] else "–"


def _line_name(
    result: Scored, pair: Pair, domain: str, *, many: tuple[bool, bool], names: Names | None
) -> str:
    who = _joint(result).join(naming(actor, names) for actor in pair)
    if not many[1]:
        return who
    return f"{who}, {naming(domain, names)}" if many[0] else naming(domain, names)


def _line(ax: Canvas, x: np.ndarray, y: np.ndarray, colour: str, cut: int | None) -> None:
    stop = len(x) if cut is None else cut + 1
    ax.plot(x[:stop], y[:stop], color=colour, linewidth=1.8)
    if stop < len(x):
        ax.plot(x[stop - 1 :], y[stop - 1 :], color=colour, linewidth=1.8, linestyle=(0, (2.5, 1.5)))
