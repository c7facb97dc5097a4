"""Figures of relations: alignment over time, many dyads at one date, what a tie is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

import alignscore.plots.style as style
from alignscore.actors import silent_states
from alignscore.axes import COMPOSITE, place_of
from alignscore.errors import OptionError, SilentActorWarning, note, one_of, several
from alignscore.measures.dyads.domain_mix import DomainMixResult
from alignscore.measures.dyads.result import DyadResult, no_tie
from alignscore.plots.style import Names
from alignscore.plots.words import Canvas, keep_words

Pair = tuple[str, str]
MOST = 4  # relations drawn where none are named
LONGEST = 1000  # relations in rows: 6 metres, drawn in half a minute

# scores with an interval: what the axis says, and its ends where they are fixed
SCORES: dict[str, tuple[str, tuple[float, float] | None]] = {
    "alignment": ("−1 hostile, +1 friendly", (-1.0, 1.0)),
    "exposure": ("share", (0.0, 1.0)),
    "standing": ("share of cooperation that stands", (0.0, 1.0)),
    "influence": ("1 the largest of all", (0.0, 1.0)),
    "dependence": ("share", (0.0, 1.0)),
    "bandwidth": ("1 the widest of all", (0.0, 1.0)),
    "tone": ("log ratio beyond both sides' habit", None),
    "shared": ("−1 opposed, +1 alike towards others", (-1.0, 1.0)),
}


def trajectory(
    result: DyadResult,
    *,
    pairs: Pair | Iterable[Pair] | None = None,
    domain: str | Sequence[str] | None = None,
    score: str | None = None,
    start: object | None = None,
    end: object | None = None,
    projected_from: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw scores of a few relations over time, each with its interval, named at its end.

    Parameters
    ----------
    result : DyadResult
        A result of `alignscore.alignment`, `exposure`, `influence`, `institutionalisation` or `affinity`.
    pairs : (source, target), or several of them, optional
        In either order where the result is undirected. Where not given: the relations with the most events
        in the last period shown, four at most.
    domain : str or sequence of str, optional
        Several domains give a line each. The composite where not given, or without one the domain with the
        most events.
    score : str, optional
        A score of the result that has an interval: 'alignment'; 'exposure', 'dependence'; 'influence',
        'bandwidth'; 'standing'; 'tone', 'shared'.
    start, end : period, date or year, optional
        First and last period shown; the first with data and the last where not given.
    projected_from : period, date or year, optional
        Last period with events; what is carried forward after it (`Ties.project`) is dashed, and
        words below the axes say so.
    names : mapping of str to str, or False, optional
        How actors and domains are written. States that are not named here are written by their English
        names (`alignscore.actors.names`); False keeps every label as it is.
    ax : matplotlib.axes.Axes, optional
        New ones where not given.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError
        Another kind of result, or pairs that are no pairs.
    UnknownLabelError
        An actor or domain the result does not have.
    OptionError
        A score that has no interval there, a pair that never meets, or no pair.

    Examples
    --------
    >>> import alignscore as al
    >>> result = al.alignment(al.Ledger.post(al.datasets.asean()).ties(), directed=False)
    >>> ax = trajectory(result, pairs=[("KHM", "CHN"), ("KHM", "USA")], start=2000)
    >>> [text.get_text() for text in ax.texts]
    ['Cambodia–China', 'Cambodia–United States']
    """
    style.need_result(result, DyadResult, names=names)
    what = _score(result, score)
    mid, low, high = style.score_and_ends(result, what)
    domains = [_domain(result, name) for name in several(domain)]
    chosen = _busiest(result, mid, domains, end) if pairs is None else joined(result, pairs)
    drawn = [(pair, k) for pair in chosen for k in domains]
    places = [(result._dyad(*pair), k) for pair, k in drawn]
    if not places:
        what_for = "of the result" if chosen else "(source, target)"
        raise OptionError(f"{'domain' if chosen else 'pairs'} is empty; name at least one {what_for}.")
    many = len(chosen) > 1, len(domains) > 1
    meaning, edges = SCORES[what]
    lines = [
        (_line_name(result, pair, k, many=many, names=names), tone, (mid[at], low[at], high[at]))
        for (pair, k), at, tone in zip(drawn, places, style.colours(len(places)), strict=True)
    ]
    span = start, end, projected_from
    # lines of several domains are named by theirs
    one = _domains(result)[domains[0]] if len(domains) == 1 else COMPOSITE
    of_domain = "" if one == COMPOSITE else f", {style.shown_name(one, names)}"
    axis = f"{what}{of_domain} ({meaning})"
    ax = style.lines_over_time(ax, result, lines, edges=edges, meaning=axis, span=span)
    if edges is None or edges[0] < 0:
        ax.axhline(0, color=style.SOFT, linewidth=0.8)
    return ax


def dyads(
    result: DyadResult,
    *,
    period: object | None = None,
    pairs: Pair | Iterable[Pair] | None = None,
    domain: str | None = None,
    score: str | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw the scores of many relations at one date, from the highest to the lowest, with intervals.

    Parameters
    ----------
    result : DyadResult
    period : period, date or year, optional
        The last one where not given.
    pairs : (source, target), or several of them, optional
        Every relation with data where not given, of up to 1,000.
    domain, score, names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes
        The number of events behind each score stands at the right.

    Raises
    ------
    UnknownLabelError, OptionError
        As `trajectory`; more relations than a figure shows.
    """
    style.need_result(result, DyadResult, names=names)
    what = _score(result, score)
    mid, low, high = style.score_and_ends(result, what)
    axes = result.axes
    t = style.period_at(axes.periods, period)
    k = _domain(result, domain)
    rows = np.arange(len(axes.dyads))
    if pairs is not None:
        rows = np.array([result._dyad(*pair) for pair in joined(result, pairs)], dtype=int)
    rows = style.known_rows(mid[:, k, t], rows, f"score is known in {axes.periods[t]}")
    if len(rows) > LONGEST:
        raise OptionError(
            f"{len(rows):,} relations have a score in {axes.periods[t]}, and a figure shows {LONGEST:,} at most; name "
            "some: pairs=[('KHM', 'CHN'), ('KHM', 'USA')]."
        )
    at = (rows, k, t)
    labels = [pair_name(result, pair_at(result, int(row)), names) for row in rows]
    ax = style.rows_canvas(ax, labels, row=0.24, rest=1.2)
    style.dots_in_rows(ax, mid[at], low[at], high[at], labels, result.n[at])
    edges = SCORES[what][1]
    if edges is not None:
        ax.set_xlim(*edges)
    style.x_label(ax, f"{what}, {style.shown_name(_domains(result)[k], names)}, {axes.periods[t]}")
    if edges is None or edges[0] < 0:
        ax.axvline(0, color=style.SOFT, linewidth=0.8)
    style.key(ax, [style.interval_words("bar", result), "at the right: events known"])
    return ax


def domain_mix(
    result: DomainMixResult,
    *,
    start: object | None = None,
    end: object | None = None,
    projected_from: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw what a relation is made of: the share of each domain over time, stacked.

    The label at the right gives each domain's share and its interval in the last period shown, or in the last one
    with events where later ones are carried forward.

    Parameters
    ----------
    result : DomainMixResult
        A result of `alignscore.domain_mix`.
    start, end, names, ax
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
    >>> import alignscore as al
    >>> ahead = al.Ledger.post(al.datasets.asean()).ties().project(to=2030)
    >>> ax = domain_mix(al.domain_mix(ahead, "KHM", "CHN"), projected_from=2026)
    >>> [text.get_text() for text in ax.texts][-1]
    'security 26 % (...–...) in 2026'
    """
    style.need_result(result, DomainMixResult, names=names)
    known = ~np.isnan(result.share).all(axis=0)
    shown = style.known_span(result.periods, known, start, end)
    at = shown.stop - 1 if projected_from is None else style.period_at(result.periods, projected_from)
    if not known[at]:
        raise style.empty_figure(f"no share is known in {result.periods[at]}")
    x = style.moments(result.periods[shown])
    parts = np.nan_to_num(result.share[:, shown])
    ahead = at < shown.stop - 1
    ax = style.canvas(ax)
    tones = style.colours(len(parts))
    middle = style.stacked(ax, result.periods[shown], parts, tones, opacity=0.75)
    if ahead:
        cut = max(at - shown.start, 0)
        ax.axvspan(x[cut], x[-1], color=style.PAPER, alpha=0.5, linewidth=0)
        ax.axvline(x[cut], color=style.INK, linewidth=0.8, linestyle=(0, (4, 3)))
    remarks = [style.interval_words("in brackets", result)]
    if ahead:
        remarks.append(style.projection_words("pale", result.periods, projected_from))
    style.key(ax, remarks)
    style.y_label(ax, f"share of {result.recipe['tie']} in force")
    when = f" in {result.periods[at]}" if ahead else ""
    shares = 100 * np.stack([result.share, result.low, result.high])[:, :, at].T
    texts = [
        f"{style.shown_name(name, names)} {mid:.0f} % ({low:.0f}–{high:.0f}){when}"
        for name, (mid, low, high) in zip(result.domains, shares, strict=True)
    ]
    style.end_labels(ax, [(x[-1], *end) for end in zip(middle, texts, tones, strict=True)])
    keep_words(ax, [texts[0] if ahead else f"{result.periods[at]}: {texts[0]}", *texts[1:]])
    return ax


# ---- what to draw ------------------------------------------------------------------------------------
def pairs_of(pairs: Pair | Iterable[Pair]) -> list[Pair]:
    """Pairs as a list; one pair may come bare. What is no pair raises TypeError."""
    how = "give (source, target), or a list of such pairs: pairs=[('KHM', 'CHN'), ('KHM', 'USA')]"
    if isinstance(pairs, str | Mapping) or not isinstance(pairs, Iterable):
        raise TypeError(f"pairs is {pairs!r}; {how}.")
    listed: list[Any] = list(pairs)
    if len(listed) == 2 and all(isinstance(actor, str | Integral) for actor in listed):
        listed = [listed]
    for pair in listed:
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise TypeError(f"pairs holds {pair!r}; {how}.")
    return [(str(source), str(target)) for source, target in listed]


def _score(result: DyadResult, score: str | None) -> str:
    known = [name for name in SCORES if hasattr(result, name) and hasattr(result, style.ends_of(name)[0])]
    if not known:
        raise TypeError(
            f"no score of a {type(result).__name__} has an interval; plots.{result.FIGURE} draws it."
        )
    if score is not None:
        one_of("score", score, known)
    return score or known[0]


def _domains(result: DyadResult) -> tuple[str, ...]:
    return (*result.axes.domains, *((COMPOSITE,) if result.with_composite else ()))


def _domain(result: DyadResult, label: str | None) -> int:
    """Place of a domain: where none is named that of the composite, or of the domain with the most events."""
    known = _domains(result)
    if label is None and not result.with_composite:
        return int(result.n.sum(axis=(0, 2)).argmax())
    return place_of("domain", COMPOSITE if label is None else label, known)


def _busiest(result: DyadResult, score: np.ndarray, domains: Sequence[int], end: object | None) -> list[Pair]:
    """Pairs with a score and the most events in the last period shown, the first of equals first."""
    t = style.period_at(result.axes.periods, end)
    events = np.where(
        ~np.isnan(score[:, domains, : t + 1]).all(axis=(1, 2)), result.n[:, domains, t].sum(axis=1), -1
    )
    order = np.argsort(-events, kind="stable")[:MOST]
    found = order[events[order] >= 0]
    if not len(found):
        raise style.empty_figure("no score is known for what was asked")
    return [pair_at(result, at) for at in found]


def joined(result: DyadResult, pairs: Pair | Iterable[Pair]) -> list[Pair]:
    """The pairs asked for that some event joins; the others are warned of, and refused if no pair is left."""
    listed = pairs_of(pairs)
    silent = set(silent_states([actor for pair in listed for actor in pair], result.axes.actors))
    apart = [pair for pair in listed if silent & set(pair) or result._place(*pair) is None]
    if apart and len(apart) == len(listed):
        raise no_tie(result.axes, *apart[0])
    if apart:
        which = ", ".join(" and ".join(pair) for pair in apart)
        note(f"no event joins {which}: there is no line to draw.", SilentActorWarning)
    return [pair for pair in listed if pair not in apart]


def pair_at(result: DyadResult, dyad: int) -> Pair:
    """Both ends of a relation."""
    return result.axes.sources[dyad], result.axes.targets[dyad]


def pair_name(result: DyadResult, pair: Pair, names: Names | None) -> str:
    """Both ends of a relation, joined as it has a direction or none."""
    joint = "–" if result._undirected else "→"
    return joint.join(style.shown_name(actor, names) for actor in pair)


def _line_name(
    result: DyadResult, pair: Pair, domain: int, *, many: tuple[bool, bool], names: Names | None
) -> str:
    who = pair_name(result, pair, names)
    part = style.shown_name(_domains(result)[domain], names)
    if not many[1]:
        return who
    return f"{who}, {part}" if many[0] else part
