"""Figures of states between powers: positions, postures, the three ways to hedge, the signed quadrant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

import alignscore.plots.style as style
from alignscore.actors import note_silent
from alignscore.errors import OptionError, one_of, several, within
from alignscore.intervals import bounded
from alignscore.measures.blocs.bloc import BlocResult
from alignscore.measures.states.hedging import HedgingResult
from alignscore.measures.states.postures import WITHHELD
from alignscore.plots.style import Names
from alignscore.plots.words import Canvas, keep_words, rounded, with_interval

SCORES = ("position", "diversification", "engagement", "hedging")
# a pair of tones a power, the stronger lean the darker: warm, cold, green, violet; hedging is grey
CAMPS = (("#7A3300", "#C97A2B"), ("#083A66", "#5799C6"), ("#004D38", "#3F9478"), ("#5A1F44", "#B5719A"))
OTHER = {"hedging": "#949494", "disengaged": style.PAPER, "contested": "#4D4D4D"}
LEANS = ("aligned", "leaning")
WAYS = {"mixing": "#0072B2", "alternating": "#E69F00", "compartmentalising": "#7A4A8C"}


def positions(
    result: HedgingResult,
    *,
    states: Iterable[str] | None = None,
    period: object | None = None,
    score: str | None = None,
    start: object | None = None,
    end: object | None = None,
    projected_from: object | None = None,
    bloc: BlocResult | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw where states stand between two powers, over time or at one date, with intervals.

    Parameters
    ----------
    result : HedgingResult
    states : iterable of str, optional
        All of the result where not given; over time a handful reads best.
    period : period, date or year, optional
        Draw this date only: a dot and its interval for each state, in order.
    score : {'position', 'diversification', 'engagement', 'hedging'}, optional
        The position between two powers, the diversification between more, where not given.
    bloc : BlocResult, optional
        A result of `alignscore.bloc` from the same ties: its own score is drawn in black among those of its members.
    start, end, projected_from, names, ax
        As in `trajectory`.

    Returns
    -------
    matplotlib.axes.Axes
        The band in which a state counts as hedging is shaded behind positions.

    Raises
    ------
    UnknownLabelError
        A state the result does not have.
    OptionError
        An unknown score, positions of a result with more than two powers, nothing known, a stretch of time beside `period`,
        or a bloc between other powers, at other periods or without the score.

    Examples
    --------
    >>> import alignscore as al
    >>> ties = al.Ledger.post(al.datasets.asean()).ties()
    >>> ax = positions(al.hedging(ties, powers=("CHN", "USA")), period=2025)
    >>> ax.get_xlabel()
    'position in 2025: −1 all with China, +1 all with the United States'
    """
    style.need_result(result, HedgingResult, names=names)
    if bloc is not None and not isinstance(bloc, BlocResult):
        raise TypeError(f"bloc is of type {type(bloc).__name__}; give what al.bloc makes from the same ties.")
    if score is None:
        score = "position" if len(result.powers) == 2 else "diversification"
    one_of("score", score, SCORES)
    if score == "position" and len(result.powers) != 2:
        raise OptionError(f"a position needs two powers; this result has {len(result.powers)}.")
    rows = _rows_of(result, states)
    whole = None if bloc is None else _of_bloc(result, bloc, score, names)
    if period is not None:
        if (start, end, projected_from) != (None, None, None):
            raise OptionError("period is one date to draw; leave start, end and projected_from out.")
        return _at_one_date(result, rows, style.period_at(result.periods, period), score, whole, names, ax)
    lines = [
        (style.shown_name(result.states[row], names), tone, style.score_and_ends(result, score, row))
        for row, tone in zip(rows, style.colours(len(rows)), strict=True)
    ]
    more = [] if whole is None else [(whole.name, style.INK, whole.sides)]
    span = (start, end, projected_from)
    meaning = _meaning(result, score, names)
    ax = style.lines_over_time(ax, result, lines, more=more, edges=_range(score), meaning=meaning, span=span)
    if score == "position":
        _hedging_band(ax, result, upright=False)
    return ax


def postures(
    result: HedgingResult,
    *,
    states: Iterable[str] | None = None,
    start: object | None = None,
    end: object | None = None,
    thin: float = 5.0,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw each state's posture over time as a strip: one row a state, one colour a posture.

    Warm is toward the first power, cold toward the second, grey is hedging; what is not known stays empty.
    Hatched: the label is withheld, as it is less likely than not (`likely_posture`); the colour is that of the
    label that the thresholds give. For the odds of each, see `posture_probabilities`.

    Parameters
    ----------
    result : HedgingResult
    states, start, end, names, ax
        As in `positions`.
    thin : float
        Postures that rest on less evidence, in events in force, are drawn as a thin line.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownLabelError, OptionError
        As `positions`.
    """
    style.need_result(result, HedgingResult, names=names)
    within("thin", thin, 0.0)
    rows = _rows_of(result, states)
    label, toward = result.posture[rows], result.toward[rows]
    shown = style.span_of(result.periods, (label != "").any(axis=0), start, end)
    label, toward = label[:, shown], toward[:, shown]
    withheld = result.likely_posture[rows, shown] == WITHHELD
    weak = result.evidence[rows, shown] < thin
    labels = [style.shown_name(result.states[at], names) for at in rows]
    ax = style.rows_canvas(ax, labels, row=0.3, rest=1.5)
    used: dict[str, str] = {}
    marks = []
    for row in range(len(rows)):
        text = [_posture_name(*pair, names) for pair in zip(label[row], toward[row], strict=True)]
        for begin, stop in _stretches(
            list(zip(text, weak[row].tolist(), withheld[row].tolist(), strict=True))
        ):
            if not text[begin]:
                continue
            hatched: dict[str, Any] = {"edgecolor": style.SOFT}
            if withheld[row, begin]:
                hatched = {"hatch": 5 * "/", "edgecolor": style.PAPER}
            tone = used[text[begin]] = _posture_colour(result, label[row, begin], toward[row, begin])
            height = 0.22 if weak[row, begin] else 0.78
            ax.barh(
                row, stop - begin, left=begin - 0.5, height=height, facecolor=tone, linewidth=0.3, **hatched
            )
        if text[-1]:
            since = result.periods[shown][_stretches(text)[-1][0]]
            doubt = " (withheld)" if withheld[row, -1] else ""
            marks.append(f"{labels[row]}: {text[-1]}{doubt} since {since}")
    keep_words(ax, marks)
    style.bare_rows(ax, labels, grid=None)
    _strip_time(ax, result, shown)
    words: list[style.Word] = [(name, used[name]) for name in sorted(used, key=_key_order(result, names))]
    if withheld.any():
        words.append("hatched: withheld, less likely than not")
    if weak.any():
        words.append(f"thin: under {thin:g} events in force")
    style.key(ax, words)
    return ax


def three_ways(
    result: HedgingResult,
    *,
    period: object | None = None,
    states: Iterable[str] | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw how states spread between the powers: mixing, alternating, compartmentalising, stacked.

    The bar's length is the diversification, the whisker its interval.

    Parameters
    ----------
    result : HedgingResult
        Made with a `window`, else no state can be seen to alternate.
    period : period, date or year, optional
        The last one where not given.
    states, names, ax
        As in `positions`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownLabelError, OptionError
        As `positions`.
    """
    style.need_result(result, HedgingResult, names=names)
    t = style.period_at(result.periods, period)
    what = f"diversification is known in {result.periods[t]}"
    rows = style.known_rows(result.diversification[:, t], _rows_of(result, states), what)
    labels = [style.shown_name(result.states[at], names) for at in rows]
    ax = style.rows_canvas(ax, labels, row=0.32, rest=1.4)
    parts = {way: np.nan_to_num(getattr(result, way)[rows, t]) for way in WAYS}
    left = np.zeros(len(rows))
    bars: dict[str, Any] = {"height": 0.62, "edgecolor": style.PAPER, "linewidth": 0.6}
    for way, part in parts.items():
        ax.barh(range(len(rows)), part, left=left, color=WAYS[way], **bars)
        left = left + part
    v, low, high = style.score_and_ends(result, "diversification", (rows, t))
    marks = []
    for at, label in enumerate(labels):
        ways = ", ".join(f"{way} {rounded(part[at])}" for way, part in parts.items())
        marks.append(f"{label} {with_interval(v[at], low[at], high[at])}: {ways}")
    keep_words(ax, marks)
    style.whiskers(ax, v, low, high)
    style.bare_rows(ax, labels)
    ax.set_xlim(0, 1)
    style.x_label(ax, f"diversification in {result.periods[t]}: 0 all with one power, 1 even")
    shown = [way for way, part in parts.items() if part.max() > 5e-4]
    whiskers = style.interval_words("whisker, of the whole bar", result)
    style.key(ax, [*((way, WAYS[way]) for way in shown), whiskers])
    return ax


def quadrant(
    result: HedgingResult,
    *,
    period: object | None = None,
    states: Iterable[str] | None = None,
    names: Names | None = None,
    ax: Canvas | None = None,
) -> Canvas:
    """Draw each state's alignment with one power against that with the other, with their intervals.

    Parameters
    ----------
    result : HedgingResult
        Between two powers.
    period : period, date or year, optional
        The last one where not given.
    states, names, ax
        As in `positions`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownLabelError, OptionError
        As `positions`.
    """
    style.need_result(result, HedgingResult, names=names)
    if len(result.powers) != 2:
        raise OptionError(f"a quadrant needs two powers; this result has {len(result.powers)}.")
    t = style.period_at(result.periods, period)
    what = f"state has an alignment with both powers in {result.periods[t]}"
    rows = style.known_rows(result.alignment[:, :, t].sum(axis=1), _rows_of(result, states), what)
    score, se = result.alignment[rows, :, t], result.alignment_se[rows, :, t]  # (S, 2)
    low, high = bounded(score, se, result.recipe["level"])
    ax = style.canvas(ax, width=5.6, height=5.4)
    x, y = score.T
    ax.hlines(y, low[:, 0], high[:, 0], color=style.SOFT, linewidth=0.8, alpha=0.6)
    ax.vlines(x, low[:, 1], high[:, 1], color=style.SOFT, linewidth=0.8, alpha=0.6)
    ax.plot(x, y, "o", color=style.PALETTE[0], ms=5, zorder=5)  # above the paper behind names
    edges = max(float(low.min()), -1.0), min(float(high.max()), 1.0)
    ax.set(xlim=(min(edges[0], 0) - 0.1, max(edges[1], 0) + 0.1), aspect="equal")
    ax.set_ylim(ax.get_xlim())
    for line in (ax.axhline, ax.axvline):
        line(0, color=style.SOFT, linewidth=0.9)
    a, b = (style.in_text(power, names) for power in result.powers)
    style.x_label(ax, f"alignment with {a}, {result.periods[t]}")
    style.y_label(ax, f"alignment with {b}, {result.periods[t]}")
    corners = {
        (1, 1): "good with both",
        (0, 1): f"good with\n{b} only",
        (0, 0): "bad with both",
        (1, 0): f"good with\n{a} only",
    }
    for (right, top), text in corners.items():
        ax.annotate(
            text, (right, top), (4 - 8 * right, 4 - 8 * top), xycoords="axes fraction",
            textcoords="offset points", ha="right" if right else "left", va="top" if top else "bottom",
            fontsize=style.FONT, color=style.SOFT, style="italic", path_effects=style.white_outline(), bbox=style.PLATE,
        )  # fmt: skip
    style.quiet_axes(ax, grid=None)
    labels = [style.shown_name(result.states[at], names) for at in rows]
    across = [((left, at), (right, at)) for left, right, at in zip(low[:, 0], high[:, 0], y, strict=True)]
    along = [((at, foot), (at, top)) for foot, top, at in zip(low[:, 1], high[:, 1], x, strict=True)]
    places = [(*point, label, style.INK) for *point, label in zip(x, y, labels, strict=True)]
    style.point_labels(ax, places, lines=[*across, *along])
    marks = []
    for name, *ends in zip(labels, score, low, high, strict=True):
        one, other = (with_interval(*side) for side in zip(*ends, strict=True))
        marks.append(f"{name}: {one} with {a}, {other} with {b}")
    keep_words(ax, marks)
    style.key(ax, [style.interval_words("bars", result)])
    return ax


# ---- what to draw ------------------------------------------------------------------------------------
def _rows_of(result: HedgingResult, states: Iterable[str] | None) -> np.ndarray:
    """Places of the states wanted, refusing those the result does not have."""
    wanted = result.states if states is None else tuple(map(str, several(states)))
    silent = note_silent(wanted, result.states)
    return np.array([result.states.index(state) for state in wanted if state not in silent], dtype=int)


def _range(score: str) -> tuple[float, float]:
    return (-1.0, 1.0) if score == "position" else (0.0, 1.0)


def _meaning(result: HedgingResult, score: str, names: Names | None) -> str:
    if score != "position":
        return {"engagement": "engagement (share of all ties)"}.get(score, f"{score} (0 none, 1 most)")
    return f"position: {style.pole_words(result.powers, names)}"


def _hedging_band(ax: Canvas, result: HedgingResult, *, upright: bool) -> None:
    """Shade the positions that count as hedging, and say so inside."""
    half = result.recipe["thresholds"].hedging
    draw = ax.axvspan if upright else ax.axhspan
    draw(-half, half, color=style.SOFT, alpha=0.12, linewidth=0, zorder=0)
    place: dict[str, Any] = (
        {"xycoords": ("data", "axes fraction"), "xytext": (0, 3), "ha": "center", "va": "bottom"}
        if upright
        else {"xycoords": ("axes fraction", "data"), "xytext": (4, 0), "ha": "left", "va": "center"}
    )
    ax.annotate(
        "hedging", (0, 0), textcoords="offset points", fontsize=style.FONT - 1, color=style.SOFT,
        path_effects=style.white_outline(), **place,
    )  # fmt: skip


class _Whole(NamedTuple):
    """A bloc as a row of its own: its name, score with both ends, (T,) each, and events, (T,)."""

    name: str
    sides: tuple[np.ndarray, np.ndarray, np.ndarray]
    n: np.ndarray


def _of_bloc(result: HedgingResult, bloc: BlocResult, score: str, names: Names | None) -> _Whole:
    """The bloc's own score, if it is one of the same powers and periods."""
    if score not in ("position", "diversification"):
        raise OptionError(f"a bloc has no {score} of its own; draw its position or diversification.")
    if bloc.powers != result.powers:
        raise OptionError(f"the bloc stands between {bloc.powers}, these states between {result.powers}.")
    if not bloc.periods.equals(result.periods):
        raise OptionError("the bloc and the states must cover the same periods; make both from one Ties.")
    return _Whole(style.shown_name(bloc.name or "the bloc", names), style.score_and_ends(bloc, score), bloc.n)


def _at_one_date(
    result: HedgingResult, rows: np.ndarray, t: int, score: str, whole: _Whole | None, names: Names | None,
    ax: Canvas | None,
) -> Canvas:  # fmt: skip
    """A dot and its interval for every state, the highest score on top, and for their bloc below them."""
    rows = style.known_rows(getattr(result, score)[:, t], rows, f"{score} is known in {result.periods[t]}")
    mid, low, high = style.score_and_ends(result, score, (rows, t))
    labels = [style.shown_name(result.states[at], names) for at in rows]
    own_row = [] if whole is None else [whole.name]
    ax = style.rows_canvas(ax, [*labels, *own_row], row=0.28, rest=1.3)
    style.dots_in_rows(ax, mid, low, high, labels, result.n[rows, t])
    if whole is not None:
        own, left, right = (float(side[t]) for side in whole.sides)
        ax.axvline(own, color=style.INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        ax.errorbar(
            own, len(rows), xerr=[[own - left], [right - own]], fmt="D", color=style.INK, ms=5, elinewidth=1.3
        )
        keep_words(ax, [f"{whole.name} {with_interval(own, left, right)}"])
        labels = [*labels, *own_row]
        style.bare_rows(ax, labels)
        style.count_rows(ax, [f"n {whole.n[t]:.0f}"], first=len(rows))
    ax.set_xlim(*_range(score))
    meaning = _meaning(result, score, names)
    style.x_label(ax, meaning.replace(score, f"{score} in {result.periods[t]}", 1))
    if score == "position":
        ax.set_ylim(len(labels) + 0.1, -0.6)  # a row for the word in the band
        _hedging_band(ax, result, upright=True)
    style.key(ax, [style.interval_words("bar", result), "at the right: events known"])
    return ax


def _posture_name(posture: str, toward: str, names: Names | None) -> str:
    if posture not in LEANS:
        return posture
    return f"{posture} {'with' if posture == 'aligned' else 'to'} {style.in_text(toward, names)}"


def _posture_colour(result: HedgingResult, posture: str, toward: str) -> str:
    if posture not in LEANS:
        return OTHER[posture]
    return CAMPS[result.powers.index(toward) % len(CAMPS)][LEANS.index(posture)]


def _key_order(result: HedgingResult, names: Names | None) -> Callable[[str], int]:
    """Places of postures in the key: from the first power's camp over hedging to the second's."""
    sides = {power: [_posture_name(name, power, names) for name in LEANS] for power in result.powers}
    others = [name for power in result.powers[1:] for name in reversed(sides[power])]
    order = [*sides[result.powers[0]], "hedging", *others, "disengaged", "contested"]
    return order.index


def _stretches(labels: Sequence[object]) -> list[tuple[int, int]]:
    """Begin and end of each stretch of equal labels."""
    turns = [at for at in range(1, len(labels)) if labels[at] != labels[at - 1]]
    return list(zip([0, *turns], [*turns, len(labels)], strict=True))


def _strip_time(ax: Canvas, result: HedgingResult, shown: slice) -> None:
    """Periods as cells of equal width, a few of them named."""
    periods, room = result.periods[shown], style.tick_room(ax)
    years = np.asarray(periods.year)
    step = -(-len(periods) // room)
    if step > 1 and len(np.unique(years)) == len(years):
        round_step = next((one for one in (2, 5, 10, 20, 25, 50) if one * (room + 0.5) >= len(periods)), step)
        ticks = np.flatnonzero(years % round_step == 0)
    else:
        ticks = np.arange(0, len(periods), step)
    ax.set_xticks(ticks, [str(label) for label in periods[ticks]])
    ax.set_xlim(-0.5, len(periods) - 0.5)
