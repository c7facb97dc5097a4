"""Figures of what moved a score: impacts of single events, and the parts of a change."""

from __future__ import annotations

import numpy as np
import pandas as pd

import alignscore.plots.style as style
from alignscore.attribution.change import ChangeResult
from alignscore.attribution.impact import ImpactResult
from alignscore.attribution.what_if import WhatIfResult
from alignscore.axes import COMPOSITE, place_of
from alignscore.dates import day_of
from alignscore.errors import OptionError, whole_number
from alignscore.plots.style import Names
from alignscore.plots.words import Canvas, keep_words

UP, DOWN = style.PALETTE[0], style.PALETTE[1]
ROWS = 12  # groups without dates that are drawn
EXACT = "exact differences of two scores of the same events, drawn without an interval"
SOLE = "hollow: the score rests on it alone"


def impacts(
    result: ImpactResult,
    *,
    domain: str | None = None,
    period: object | None = None,
    start: object | None = None,
    label: int = 6,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw what each event adds to a score, at the event's date; the strongest are named.

    Groups without a date (kinds, domains, sources ...) are drawn as bars in rows, the twelve largest. A thin line is the
    interval of an impact, where it has one: how far it may be from that of the expected record.

    Parameters
    ----------
    result : ImpactResult
        A result of `alignscore.impact`.
    domain : str, optional
        The composite, or the last of the result, where not given.
    period : period, date or year, optional
        When the score is read; the last period of the result where not given.
    start : date or year, optional
        First date shown; for events alone.
    label : int
        How many events are named, by their kind and year; one without a kind by its label, or its id.
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
        `start` for groups without dates, or nothing known.
    """
    style.need_result(result, ImpactResult, names=names)
    whole_number("label", label, 0)
    dated = "date" in result.about
    if start is not None and not dated:
        raise OptionError("start is a date, and these groups have none; make the result with by='event'.")
    t = style.period_at(result.periods, period)
    m = place_of("domain", result.domains[-1] if domain is None else domain, result.domains)
    sole = result.sole[:, m, t]
    effect = np.where(sole, result.score[:, m, t], result.impact[:, m, t])
    low, high = (np.where(sole, np.nan, side[:, m, t]) for side in (result.low, result.high))
    keep = ~np.isnan(effect) & (effect != 0)
    date = pd.DatetimeIndex(result.about["date"] if dated else [])
    if start is not None:
        keep &= np.asarray(date >= np.datetime64(day_of("start", start), "D"))
    if not keep.any():
        raise style.empty_figure("no event moves this score")
    rows = np.flatnonzero(keep)
    of_domain = "" if result.domains[m] == COMPOSITE else f"{result.domains[m]} "
    meaning = f"effect on the {of_domain}score of {result.periods[t]}"
    effect, low, high, sole = (column[rows] for column in (effect, low, high, sole))
    if not dated:
        return _in_rows(result, rows, effect, low, high, sole, meaning, names, ax)
    years = np.asarray(date.year + (date.day_of_year - 1) / 365.25, dtype=float)[rows]
    ax = style.canvas(ax)
    tones = np.where(effect > 0, UP, DOWN)
    ax.vlines(years, 0, effect, colors=tones.tolist(), linewidth=1.4)
    ax.vlines(years, low, high, colors=style.SOFT, linewidth=0.7, zorder=1)
    for alone in (False, True):
        some = sole == alone
        face = "none" if alone else tones[some].tolist()
        ax.scatter(
            years[some], effect[some], s=24, facecolors=face, edgecolors=tones[some].tolist(), zorder=5
        )
    ax.axhline(0, color=style.SOFT, linewidth=0.8)
    down, up = float(np.fmin(low, effect).min()), float(np.fmax(high, effect).max())
    reach = 1.25 * max(-down, up)
    ax.set_ylim(min(-0.06 * reach, 1.25 * down), max(0.06 * reach, 1.25 * up))
    ax.set_xlim(np.floor(years.min()) - 0.5, np.ceil(years.max()) + 0.5)
    style.whole_numbers(ax)
    style.y_label(ax, meaning)
    style.quiet_axes(ax)
    top = np.argsort(-np.abs(effect), kind="stable")[:label]
    called = [result.about[column][rows[top]] for column in ("kind", "label", "group")]
    events = [
        f"{style.shown_name(_kind_or_name(*words), names)} {int(year)}"
        for *words, year in zip(*called, years[top], strict=True)
    ]
    places = [(years[at], effect[at], event, style.INK) for at, event in zip(top, events, strict=True)]
    sizes = map(_in_words, effect[top], low[top], high[top])
    keep_words(ax, [f"{event} {size}" for event, size in zip(events, sizes, strict=True)])
    stems = [
        ((year, min(0.0, tip)), (year, max(0.0, tip)))
        for tips in (effect, low, high)
        for year, tip in zip(years, tips, strict=True)
        if not np.isnan(tip)
    ]
    (left, right), (bottom, roof) = ax.get_xlim(), ax.get_ylim()
    bare = (bottom if down > 0 else 0.0, roof if up < 0 else 0.0)  # a side without stems
    style.point_labels(ax, places, lines=[*stems, ((left, bare[0]), (right, bare[1]))], crossing=6.0)
    style.key(ax, [_certainty(result, low), *([SOLE] if sole.any() else [])])
    return ax


def _kind_or_name(kind: str | None, label: str | float | None, group: str) -> str:
    """What an event is called: its kind, else its label, else its id or row."""
    if kind is not None:
        return str(kind).replace("_", " ")
    return str(group if pd.isna(label) else label)


def _in_words(effect: float, low: float, high: float) -> str:
    span = "" if np.isnan(low) else f" ({style.signed(low, 3)} to {style.signed(high, 3)})"
    return f"{style.signed(effect, 3)}{span}"


def _certainty(result: ImpactResult, low: np.ndarray) -> str:
    """What the thin lines are, or that there are none."""
    if np.isnan(low).all():
        return EXACT
    most = result.recipe["intervals"]
    which = "" if most >= len(result.impact) else f" of the largest {most}"
    return style.interval_words("thin line", result) + which


def _in_rows(
    result: ImpactResult, rows: np.ndarray, effect: np.ndarray, low: np.ndarray, high: np.ndarray,
    sole: np.ndarray, meaning: str, names: Names | None, ax: Canvas | None,
) -> Canvas:  # fmt: skip
    """Groups without dates: a bar a row, the largest on top."""
    largest = np.argsort(-np.abs(effect), kind="stable")[:ROWS]
    effect, low, high, sole = (column[largest] for column in (effect, low, high, sole))
    groups = [str(group).replace("_", " ") for group in result.about["group"][rows[largest]]]
    labels = [style.shown_name(group, names) for group in groups]
    ax = style.rows_canvas(ax, labels, row=0.3, rest=1.4)
    tones = np.where(effect > 0, UP, DOWN).tolist()
    bars = ax.barh(range(len(labels)), effect, color=tones, edgecolor=tones, height=0.6)
    tips = np.fmax(high, np.maximum(effect, 0.0))
    for bar, size, tip, alone in zip(bars, effect, tips, sole, strict=True):
        bar.set_fill(not alone)
        text, middle = style.signed(float(size), 3), bar.get_y() + 0.3
        style.number_beside_bar(ax, text, float(tip), middle, apart=4, size=style.FONT - 1)
    ax.hlines(range(len(labels)), low, high, colors=style.INK, linewidth=0.8)
    sizes = map(_in_words, effect, low, high)
    keep_words(ax, [f"{label} {size}" for label, size in zip(labels, sizes, strict=True)])
    ax.axvline(0, color=style.SOFT, linewidth=0.8)
    ax.margins(x=0.15)
    style.x_label(ax, meaning)
    style.bare_rows(ax, labels)
    remarks = [_certainty(result, low), *([SOLE] if sole.any() else [])]
    if len(rows) > len(labels):
        remarks.append(f"the {len(labels)} largest of {len(rows)}")
    style.key(ax, remarks)
    return ax


def differences(
    result: WhatIfResult,
    *,
    period: object | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw what a supposition would change in a score: the difference in each domain, with its interval.

    Parameters
    ----------
    result : WhatIfResult
        A result of `alignscore.what_if`.
    period : period, date or year, optional
        The last one where not given.
    names : mapping of str to str, optional
        How domains are written.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Right of 0: the supposition raises the score.

    Raises
    ------
    OptionError
        Nothing is known in that period.

    Examples
    --------
    >>> import alignscore as al
    >>> score = al.AlignmentOf("KHM", "CHN", directed=False)
    >>> found = al.what_if(al.datasets.asean(), score=score, remove={"kind": "two_plus_two"})
    >>> ax = differences(found)
    >>> ax.get_xlabel()
    'alignment in 2026, as supposed less as it is'
    """
    style.need_result(result, WhatIfResult, names=names)
    t = style.period_at(result.periods, period)
    rows = np.flatnonzero(~np.isnan(result.difference[:, t]))
    if not len(rows):
        raise style.empty_figure(f"no score is known in {result.periods[t]} both as it is and as supposed")
    middle, low, high = (side[rows, t] for side in (result.difference, result.low, result.high))
    labels = [style.shown_name(result.domains[at], names) for at in rows]
    ax = style.rows_canvas(ax, labels, row=0.36, rest=1.4)
    style.dots_in_rows(ax, middle, low, high, labels, result.n[rows, t])
    ax.axvline(0, color=style.SOFT, linewidth=0.8)
    ax.margins(x=0.08)
    style.x_label(ax, f"{_score_of(result)} in {result.periods[t]}, as supposed less as it is")
    style.key(ax, [style.interval_words("bar", result), "at the right: events known, as supposed"])
    return ax


def _score_of(result: ChangeResult | WhatIfResult) -> str:
    """What is scored: a field of ties, or a function of the user's."""
    return str(getattr(result.recipe.get("score"), "field", "score"))


def waterfall(
    result: ChangeResult, *, most: int = 8, names: Names | None = None, ax: Canvas | None = None
) -> Canvas:
    """Draw a change as steps from the score at its start to the score at its end.

    Parameters
    ----------
    result : ChangeResult
        A result of `alignscore.change`.
    most : int
        Steps drawn, the largest first; the others are added up in one.
    names : mapping of str to str, optional
        How groups are written.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Top to bottom: start, a step a group with its signed size, end; at the end the interval of the change,
        counted from the start, where the result has one.

    Raises
    ------
    OptionError
        `most` below 1, or a score that is not known at both dates.
    """
    style.need_result(result, ChangeResult, names=names)
    whole_number("most", most, 1)
    if np.isnan(result.change):
        dates = " and ".join(str(result.recipe[end]) for end in ("start", "end"))
        raise style.empty_figure(f"the score is not known both in {dates}")
    steps = [
        (style.shown_name(str(group).replace("_", " "), names), float(part))
        for group, part in zip(result.about["group"], result.contribution, strict=True)
    ]
    if len(steps) > most:
        rest = steps[most - 1 :]
        steps = [*steps[: most - 1], (f"{len(rest)} others", sum(part for _, part in rest))]
    ends = result.start + np.cumsum([part for _, part in steps])
    starts = np.append(result.start, ends[:-1])
    ax = style.canvas(ax)
    rows = np.arange(1, len(steps) + 1)
    tones = [UP if part >= 0 else DOWN for _, part in steps]
    ax.barh(rows, ends - starts, left=starts, color=tones, height=0.6)
    tips = (result.start, result.end if np.isnan(result.low) else result.start + result.high)
    for at, level, tip in zip((0, len(steps) + 1), (result.start, result.end), tips, strict=True):
        ax.plot([level, level], [at - 0.3, at + 0.3], color=style.INK, linewidth=2)
        style.number_beside_bar(ax, style.signed(level, 2), max(level, tip), at)
    for at, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        style.number_beside_bar(ax, style.signed(end - start, 3), max(start, end), at)
        ax.plot([end, end], [at + 0.3, at + 0.7], color=style.SOFT, linewidth=0.8)
    parts = [f"{name} {style.signed(part, 3)}" for name, part in steps]
    keep_words(ax, [f"start {style.signed(result.start, 2)}", *parts, f"end {style.signed(result.end, 2)}"])
    bounded = not np.isnan(result.low)
    if bounded:
        ends_at = [result.start + result.low, result.start + result.high]
        ax.plot(ends_at, [len(steps) + 1] * 2, color=style.INK, linewidth=1.2, marker="|", ms=7, zorder=1)
    ax.use_sticky_edges = False
    ax.margins(x=0.18)
    style.x_label(ax, _score_of(result))
    style.bare_rows(ax, ["start", *(name for name, _ in steps), "end"])
    if bounded:
        change, low, high = (style.signed(value, 2) for value in (result.change, result.low, result.high))
        span = f"{change} ({low} to {high})"
        style.key(ax, [style.interval_words(f"change {span}, whisker", result)])
    return ax
