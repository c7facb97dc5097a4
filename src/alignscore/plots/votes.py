"""Figures of votes: ideal points over the sessions, and who votes with whom."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

import alignscore.plots.style as style
from alignscore.errors import OptionError, check_level, several, unknown
from alignscore.intervals import LEVEL, z_of
from alignscore.measures.similarity.similarity import SimilarityResult
from alignscore.measures.votes.ideal_points import IdealPointResult
from alignscore.measures.votes.table import row_of
from alignscore.plots.style import Names
from alignscore.plots.words import Canvas, keep_words, path_of, rounded

LOOSE = "#ececec"  # behind sessions that nothing ties to the others


def ideal_points(
    result: IdealPointResult,
    *,
    actors: Hashable | Iterable[Hashable] | None = None,
    start: Hashable | None = None,
    level: float = LEVEL,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw where a few actors stand, session by session, each with its interval, named at its end.

    Lines join only sessions that bridges tie together. A session that no bridge ties to another stands on
    grey, its points hollow and alone: distances within it can be read, its level cannot. Between two bodies
    of sessions a dotted line says that levels on its two sides cannot be compared.

    Parameters
    ----------
    result : IdealPointResult
        A result of `alignscore.ideal_points`.
    actors : label or iterable of labels, optional
        A handful reads best. Where not given: four spread evenly from one end to the other, of those that cast
        at least half as many votes as the one that cast most.
    start : label of a session, optional
        First one shown; the first in which any of them voted where not given.
    level : float
        Probability level of the intervals, normal around the point; the words below say what kind of error they rest on.
    names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownLabelError
        An actor or session the result does not have.
    OptionError
        No actor, `level` outside (0, 1), or no vote of any of them from `start` on.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignscore as al
    >>> rows = [(a, y, f"{y}-{k}", v) for y in (1, 2, 3) for k, line in enumerate(["1123", "1133", "1223"])
    ...         for a, v in zip("ABCD", map(int, line))]
    >>> votes = pd.DataFrame(rows, columns=["actor", "session", "item", "vote"])
    >>> found = al.ideal_points(votes, bridges=[("2-0", "3-0")], anchors=("A", "D"))
    >>> ax = ideal_points(found, actors=["A", "D"])
    >>> [text.get_text() for text in ax.texts], ax.get_ylabel()
    (['A', 'D'], 'ideal point, up: toward D')
    """
    check_level(level)
    style.need_result(result, IdealPointResult, names=names)
    if actors is None:
        wanted = _far_apart(result)
    elif isinstance(actors, Iterable) and not (isinstance(actors, str) and actors in result.actors):
        wanted = list(actors)
    else:
        wanted = [actors]
    if not wanted:
        raise OptionError("actors is empty; name at least one.")
    rows = np.array([row_of(result.actors, who) for who in wanted])
    shown = _sessions(result, rows, start)
    sessions = result.sessions[shown].tolist()
    segment, linked = result.segment[shown], result.linked[shown]
    theta = result.theta[rows, shown]
    half = z_of(level) * result.sd[rows, shown]
    x = style.period_places(sessions)
    ax = style.canvas(ax)
    ends, marks = [], []
    aside = 0.4 * (np.arange(len(rows)) - (len(rows) - 1) / 2) / len(rows)  # points alone: side by side
    if len(x) > 1:
        aside = aside * float(np.diff(x).min())
    for who, y, reach, tone, off in zip(wanted, theta, half, style.colours(len(rows)), aside, strict=True):
        low, high = y - reach, y + reach
        for body in np.unique(segment[linked]):
            own = np.flatnonzero(segment == body)
            ax.fill_between(x[own], low[own], high[own], color=tone, alpha=style.BAND, linewidth=0)
            ax.plot(x[own], y[own], color=tone, linewidth=1.8)
            lone = own[style.isolated(y[own])]
            ax.errorbar(x[lone] + off, y[lone], yerr=reach[lone], fmt="o", color=tone, ms=3.5, elinewidth=1.2)
        free = np.flatnonzero(~linked & ~np.isnan(y))
        ax.errorbar(
            x[free] + off, y[free], yerr=reach[free], fmt="o", color=tone, mfc=style.PAPER, ms=4, mew=1.0, elinewidth=0.8,
            alpha=0.75,
        )  # fmt: skip
        seen = np.flatnonzero(~np.isnan(y))
        if len(seen):
            ends.append((x[seen[-1]], float(y[seen[-1]]), style.shown_name(who, names), tone))
            marks.append(path_of(style.shown_name(who, names), sessions, y, low, high))
    keep_words(ax, marks)
    remarks = _mark_ties(ax, x, segment, linked)
    ax.axhline(0, color=style.SOFT, linewidth=0.8)
    anchors = result.recipe["anchors"]
    toward = "" if anchors is None else f", up: toward {style.in_text(anchors[1], names)}"
    style.y_label(ax, f"ideal point{toward}")
    style.x_label(ax, "session")
    style.name_along(ax, sessions)
    edge = _edges(x)
    ax.set_xlim(*((x[0], x[-1]) if linked.all() and len(x) > 1 else (edge[0], edge[-1])))
    style.end_labels(ax, ends)
    style.key(ax, [*remarks, f"bands: {100 * level:g} %, {result.sd_kind} standard deviations"])
    return ax


def similarities(
    result: SimilarityResult,
    *,
    of: Hashable | Iterable[Hashable] | None = None,
    among: Iterable[Hashable] | None = None,
    measure: str | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw how alike a group is to one actor or several over time: each member thin, their mean thick.

    The spread of the thin lines is that of the members. There is no interval of sampling: the votes or
    obligations of a period are all there were.

    Parameters
    ----------
    result : SimilarityResult
        A result of `alignscore.agreement` or `alignscore.similarity`. Without periods: a row for each of the group.
    of : label or iterable of labels, optional
        To whom the group is compared; a colour each. Where not given: the two least alike, of the dyads with a
        score in at least half as many periods as any.
    among : iterable of labels, optional
        The group; all other actors where not given. Its mean is over those with a score in the period.
    measure : str, optional
        The first of the result where not given.
    names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownLabelError
        An actor or measure the result does not have.
    OptionError
        No score to draw.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignscore as al
    >>> rows = [(a, y, f"{y}-{k}", v) for y in (1, 2) for k, line in enumerate(["1123", "1133", "1223"])
    ...         for a, v in zip("ABCD", map(int, line))]
    >>> votes = pd.DataFrame(rows, columns=["actor", "session", "item", "vote"])
    >>> ax = similarities(al.agreement(votes, period="session"), of=["A", "D"])
    >>> [text.get_text() for text in ax.texts]
    ['with A', 'with D']
    """
    style.need_result(result, SimilarityResult, names=names)
    at = 0 if measure is None else result._position("measure", measure, result.measures)
    whom = _least_alike(result, at) if of is None else several(of)
    focal = list(dict.fromkeys(result._actor(who) for who in whom))  # each counts once in a mean
    if among is None:
        others = [code for code in range(len(result.actors)) if code not in focal]
    else:
        others = list(dict.fromkeys(result._actor(who) for who in several(among)))
    whom, group = ([result.actors[code] for code in codes] for codes in (focal, others))
    scores = [_scores_with_others(result, at, code, others) for code in focal]  # (others, T) each
    if not scores or not others or all(np.isnan(score).all() for score in scores):
        raise style.empty_figure("no score is known between those named")
    name = style.plain(result.measures[at])
    share = name.startswith("agreement")
    below = any((score < 0).any() for score in scores)
    edges = (-1.0 if below else 0.0, 1.0)  # of a score that may be negative the lower half, where it is used
    meaning = f"{name} (0 none, 1 full)" if share else f"{name} (1 most alike)"
    texts = [f"with {style.in_text(who, names)}" for who in whom]
    if result.periods is None:
        return _at_once([style.shown_name(who, names) for who in group], scores, texts, edges, meaning, ax)
    x = style.period_places(result.periods)
    ax = style.canvas(ax)
    ends, marks = [], []
    for text, score, tone in zip(texts, scores, style.colours(len(whom)), strict=True):
        known = ~np.isnan(score).all(axis=0)
        mean = np.full(len(x), np.nan)
        mean[known] = np.nanmean(score[:, known], axis=0)
        lone = len(x) == 1
        if len(others) > 1:
            ax.plot(x, score.T, "_" if lone else "-", color=tone, linewidth=0.7, alpha=0.3)
        ax.plot(x, mean, "o" if lone else "-", color=tone, linewidth=2.2)
        last = np.flatnonzero(known)
        if len(last):
            ends.append((x[last[-1]], float(mean[last[-1]]), text, tone))
            marks.append(path_of(text, result.periods, mean))
    keep_words(ax, marks)
    ax.set_ylim(*edges)
    style.y_label(ax, meaning)
    style.name_along(ax, result.periods)
    if len(x) > 1:
        ax.set_xlim(x[0], x[-1])
    style.end_labels(ax, ends)
    if len(others) > 1:
        style.key(ax, [f"thin: each of {len(others)}, thick: their mean"])
    return ax


# ---- what to draw ------------------------------------------------------------------------------------
def _sessions(result: IdealPointResult, rows: np.ndarray, start: Hashable | None) -> slice:
    """Sessions from `start`, or from the first in which any of the rows voted."""
    first = 0
    if start is not None:
        found = np.flatnonzero(result.sessions == start)
        if not len(found):
            raise unknown("session", start, result.sessions.tolist())
        first = int(found[0])
    known = ~np.isnan(result.theta[rows, first:]).all(axis=0)
    if not known.any():
        raise style.empty_figure("none of the actors cast a vote that divides")
    return slice(first + (int(known.argmax()) if start is None else 0), len(result.sessions))


def _far_apart(result: IdealPointResult) -> list[Hashable]:
    """Four actors from one end to the other, or all where there are fewer, of those that voted often."""
    votes = result.n.sum(axis=1)
    often = np.flatnonzero((votes >= votes.max(initial=0) / 2) & ~np.isnan(result.theta).all(axis=1))
    if not len(often):
        raise style.empty_figure("none of the actors cast a vote that divides")
    order = often[np.argsort(np.nanmean(result.theta[often], axis=1), kind="stable")]
    places = np.unique(np.linspace(0, len(order) - 1, 4).round().astype(int))
    chosen: list[Hashable] = result.actors[order[places]].tolist()
    return chosen


def _least_alike(result: SimilarityResult, measure: int) -> list[Hashable]:
    """The two actors with the lowest mean score, of the dyads that have one in many periods."""
    score = result.scores[measure]
    rows = np.flatnonzero(~np.isnan(score))
    if not len(rows):
        raise style.empty_figure("no score is known")
    dyad, code = np.unique(result.i[rows] * len(result.actors) + result.j[rows], return_inverse=True)
    periods = np.bincount(code)
    mean = np.where(2 * periods >= periods.max(), np.bincount(code, weights=score[rows]) / periods, np.inf)
    least = int(dyad[mean.argmin()])
    return [result.actors[at] for at in divmod(least, len(result.actors))]


def _at_once(
    group: list[str],
    scores: list[np.ndarray],
    texts: list[str],
    edges: tuple[float, float],
    meaning: str,
    ax: Canvas | None,
) -> Canvas:
    """Scores without periods: a row for each of the group, a dot for each to whom it is compared."""
    table = np.stack([score[:, 0] for score in scores])  # (of, others)
    rows = np.flatnonzero(~np.isnan(table).all(axis=0))
    rows = rows[np.argsort(-np.nan_to_num(table[0, rows], nan=-np.inf), kind="stable")]
    labels = [group[at] for at in rows]
    ax = style.rows_canvas(ax, labels, row=0.24, rest=1.4)
    tones = style.colours(len(table))
    for own, tone in zip(table, tones, strict=True):
        ax.plot(own[rows], range(len(rows)), "o", color=tone, ms=5)
    with_each = [[f"{rounded(table[k, at])} {text}" for k, text in enumerate(texts)] for at in rows]
    keep_words(ax, [f"{group[at]}: {', '.join(each)}" for at, each in zip(rows, with_each, strict=True)])
    style.bare_rows(ax, labels)
    ax.set_xlim(*edges)
    style.x_label(ax, meaning)
    style.key(ax, [(text, tone, "o") for text, tone in zip(texts, tones, strict=True)])
    return ax


def _edges(x: np.ndarray) -> np.ndarray:
    """Bounds of the cells around each place, (T + 1,)."""
    if len(x) == 1:
        return np.array([x[0] - 0.5, x[0] + 0.5])
    middle = (x[1:] + x[:-1]) / 2
    return np.concatenate([[2 * x[0] - middle[0]], middle, [2 * x[-1] - middle[-1]]])


def _mark_ties(ax: Canvas, x: np.ndarray, segment: np.ndarray, linked: np.ndarray) -> list[style.Word]:
    """Shade sessions that stand alone, part bodies of sessions; what the marks mean, for the key."""
    edge = _edges(x)
    remarks: list[style.Word] = []
    for at in np.flatnonzero(~linked):
        ax.axvspan(edge[at], edge[at + 1], color=LOOSE, linewidth=0, zorder=0)
    parted = np.flatnonzero((np.diff(segment) != 0) & linked[1:] & linked[:-1]) + 1
    for at in parted:
        ax.axvline(edge[at], color=style.SOFT, linewidth=1.0, linestyle=":")
    if not linked.all():
        remarks.append(("no bridge to another session: distances hold, the level does not", LOOSE))
    if len(parted):
        remarks.append("dotted: no bridge across, levels do not compare")
    return remarks


def _scores_with_others(result: Any, measure: int, code: int, others: list[int]) -> np.ndarray:
    """Scores of one actor with each of the others, (others, T)."""
    table = np.full((len(result.actors), len(result.periods or (None,))), np.nan)
    for mine, theirs in ((result.i, result.j), (result.j, result.i)):
        rows = np.flatnonzero(mine == code)
        table[theirs[rows], result.t[rows]] = result.scores[measure, rows]
    return table[others]
