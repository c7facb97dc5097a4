"""Figures of how sure a score is: intervals of ranks, what the spread is due to, odds of postures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import alignscore.plots.style as style
from alignscore.axes import place_of
from alignscore.errors import OptionError, check_known, several
from alignscore.measures.states.postures import POSTURES, PostureOdds
from alignscore.plots.style import Names
from alignscore.plots.words import Canvas, keep_words, rounded, with_interval
from alignscore.uncertainty.robustness import RobustnessResult
from alignscore.uncertainty.sobol import SobolResult

if TYPE_CHECKING:
    from alignscore.uncertainty.claims import Summary

PALE = "#5799C6"  # of the first colour of the palette
ODDS = dict(zip(POSTURES, ("#0B4F8A", "#8DBBE0", "#D5D5D5", "#F3DDB3", "#4D4D4D"), strict=True))


def rank_intervals(
    result: RobustnessResult,
    *,
    period: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw the rank of every state with its interval: what of a ranking survives other choices.

    Parameters
    ----------
    result : RobustnessResult
        A result of `alignscore.robustness`.
    period : period, date or year, optional
        The last one where not given.
    names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes
        The dot is the rank at the central choices, the tick the median of the draws, the bar their interval,
        all in whole ranks: the interval's ends are moved out, a median between two ranks is the better one.

    Raises
    ------
    OptionError
        Nothing is known in that period.
    """
    style.need_result(result, RobustnessResult, names=names)
    t = style.period_at(result.periods, period)
    one = result.rank
    # between two middle draws the better rank is as good a median
    rank = replace(one, median=np.floor(one.median), low=np.floor(one.low), high=np.ceil(one.high))
    what = f"{result.score} is known in {result.periods[t]}"
    rows = style.known_rows(rank.central[:, t], np.arange(len(rank.central)), what, lowest_first=True)
    first = "the highest"
    if result.score == "position":
        first = f"the nearest to {style.in_text(result.recipe['powers'][1], names)}"
    meaning = f"rank by {result.score} in {result.periods[t]}, 1 is {first}"
    ax = _spans(result, rank, rows, t, names, ax, (0.5, len(rows) + 0.5), meaning, digits=0)
    step = 1 if len(rows) <= 12 else 5 * -(-len(rows) // 60)
    ax.set_xticks([1, *range(max(step, 2), len(rows) + 1, step)])
    return ax


def tornado(
    result: SobolResult, *, output: str | None = None, names: Names | None = None, ax: Canvas | None = None
) -> Canvas:
    """Draw how much of a score's spread each judgement, and chance, is responsible for.

    Parameters
    ----------
    result : SobolResult
        A result of `RobustnessResult.sobol` or `alignscore.uncertainty.sobol`.
    output : str, optional
        A state, or 'ranking'; the last output that varies where not given.
    names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes
        The dark bar is the judgement alone, the light one with its interactions, with its interval.

    Raises
    ------
    UnknownLabelError
        An output the result does not have.
    OptionError
        An output that does not vary, as the ranking of a single state: it has no variance to share.
    """
    style.need_result(result, SobolResult, names=names)
    varies = ~np.isnan(result.total).all(axis=1)
    if output is None and varies.any():
        output = result.outputs[int(np.flatnonzero(varies)[-1])]
    chosen = result.outputs[-1] if output is None else output
    o = place_of("output", chosen, result.outputs)
    if not varies[o]:
        raise style.empty_figure(f"{chosen!r} does not vary, so no judgement has a share of its variance")
    order = np.argsort(-result.total[o], kind="stable")
    total, low, high = style.score_and_ends(result, "total", (o, order))
    labels = [style.shown_name(result.groups[at], names) for at in order]
    ax = style.rows_canvas(ax, labels, row=0.36, rest=1.5)
    y = np.arange(len(order))
    ax.barh(y, total, height=0.6, color=PALE)
    ax.barh(y, np.maximum(result.first[o, order], 0), height=0.6, color=style.PALETTE[0])
    shares = zip(labels, result.first[o, order], total, low, high, strict=True)
    alone = [
        f"{name} {rounded(one)} alone, {with_interval(*rest)} with interactions"
        for name, one, *rest in shares
    ]
    keep_words(ax, alone)
    style.whiskers(ax, total, low, high)
    style.bare_rows(ax, labels)
    ax.set_xlim(0, max(1.0, float(np.nan_to_num(high).max()) * 1.02))
    style.x_label(ax, f"share of the variance of {_output(result, chosen, names)}")
    words = [("alone", style.PALETTE[0]), ("with interactions", PALE)]
    style.key(ax, [*words, style.interval_words("whisker", result)])
    return ax


def posture_probabilities(
    result: RobustnessResult | PostureOdds,
    *,
    state: str | None = None,
    start: object | None = None,
    end: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw how likely each posture of a state is, over time, stacked to one.

    Parameters
    ----------
    result : RobustnessResult or PostureOdds
        A result of `alignscore.robustness` with `powers`, or `alignscore.posture_probabilities`.
    state : str, optional
        May be left out where the result has one state.
    start, end, names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownLabelError
        A state the result does not have.
    OptionError
        A result without postures, or a state of which nothing is known.
    """
    style.need_result(result, RobustnessResult, PostureOdds, names=names)
    table: Any = result
    panel = hasattr(result, "posture_probability")  # of robustness, whose rows may be pairs
    whose, odds = (table.names, table.posture_probability) if panel else (table.states, table.probability)
    if not odds.size:
        raise OptionError("this result holds no postures; make it with powers=(...).")
    if state is None and len(whose) == 1:
        state = whose[0]
    if state is None:
        raise OptionError(
            f"state: choose one of {', '.join(map(str, whose[:8]))}{' ...' * (len(whose) > 8)}."
        )
    own = odds[place_of("state", state, whose)]  # (T, 5)
    known = ~np.isnan(own).any(axis=1)
    shown = style.known_span(result.periods, known, start, end)
    periods, parts = result.periods[shown], own[shown].T
    keep = np.flatnonzero(parts.max(axis=1) > 0)
    ax = style.canvas(ax)
    middle = style.stacked(ax, periods, parts[keep], [ODDS[POSTURES[at]] for at in keep])
    style.y_label(ax, f"probability of each posture, {style.shown_name(state, names)}")
    texts = [f"{POSTURES[at]} {100 * parts[at, -1]:.0f} %" for at in keep]
    keep_words(ax, [f"{periods[-1]}: {texts[0]}", *texts[1:]])
    last = style.moments(periods)[-1]
    tones = [style.INK if size > 0.005 else style.SOFT for size in parts[keep, -1]]
    style.end_labels(ax, [(last, *end) for end in zip(middle, texts, tones, strict=True)])
    return ax


def robustness(
    result: RobustnessResult,
    *,
    score: str | None = None,
    states: Iterable[str] | None = None,
    period: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw a score at the central choices beside what all draws of judgements and sampling give.

    Parameters
    ----------
    result : RobustnessResult
    score : str, optional
        A score of the result; the ranked one where not given.
    states : iterable of str, optional
        All where not given; for alignment, pairs.
    period, names, ax
        As in `rank_intervals`.

    Returns
    -------
    matplotlib.axes.Axes
        The dot is the score at the central choices, the tick the median, the bar the interval.

    Raises
    ------
    UnknownLabelError
        A score or state the result does not have.
    OptionError
        Nothing is known in that period.
    """
    style.need_result(result, RobustnessResult, names=names)
    chosen = result.score if score is None else score
    check_known("score", chosen, result.scores)
    wanted = result.names if states is None else several(states)
    places = np.array([place_of("state", who, result.names) for who in wanted], dtype=int)
    t = style.period_at(result.periods, period)
    one = result.scores[chosen]
    rows = style.known_rows(one.central[:, t], places, f"{chosen} is known in {result.periods[t]}")
    edges = (-1.0, 1.0) if chosen in ("position", "alignment") else (0.0, 1.0)
    ends = f": {style.pole_words(result.recipe['powers'], names)}" if chosen == "position" else ""
    return _spans(result, one, rows, t, names, ax, edges, f"{chosen} in {result.periods[t]}{ends}")


def _output(result: SobolResult, chosen: str, names: Names | None) -> str:
    """What varies, as far as the result can tell: whose score, when."""
    score, period = (result.recipe.get(part) for part in ("score", "period"))
    if score is None:
        return style.shown_name(chosen, names)
    if chosen == "ranking":
        return f"the ranking by {score} in {period}"
    return f"the {score} of {style.in_text(chosen, names)} in {period}"


def _spans(
    result: RobustnessResult, one: Summary, rows: np.ndarray, t: int, names: Names | None, ax: Canvas | None,
    edges: tuple[float, float], meaning: str, *, digits: int = 2,
) -> Canvas:  # fmt: skip
    """Central value, median and interval of the draws, a row each, and words for what they are."""
    labels = [_name(result.names[at], names) for at in rows]
    ax = style.rows_canvas(ax, labels, row=0.28, rest=1.4)
    y = np.arange(len(rows))
    ax.hlines(y, one.low[rows, t], one.high[rows, t], color=PALE, linewidth=5)
    ax.plot(one.median[rows, t], y, "|", color=style.INK, ms=9, mew=1.5)
    ax.plot(one.central[rows, t], y, "o", color=style.INK, ms=5)
    style.bare_rows(ax, labels)
    numbers = zip(labels, *(side[rows, t] for side in (one.central, one.low, one.high)), strict=True)
    keep_words(
        ax, [f"{name} {with_interval(middle, low, high, digits)}" for name, middle, low, high in numbers]
    )
    ax.set_xlim(*edges)
    style.x_label(ax, meaning)
    of_draws = f"{100 * result.recipe['level']:g} % of the draws"
    keep_words(ax, [f"values at the central choices, in brackets {of_draws}"])
    words = (("central choices", style.INK, "o"), ("median of the draws", style.INK, "|"))
    style.key(ax, [*words, (of_draws, PALE)])
    return ax


def _name(who: object, names: Names | None) -> str:
    return "→".join(style.shown_name(one, names) for one in (who if isinstance(who, tuple) else (who,)))
