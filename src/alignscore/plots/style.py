"""How every figure looks: one palette, quiet axes, labels beside what they name and never on each other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.actors import names as english_names
from alignscore.actors import own_names
from alignscore.axes import freq_letter, period_position
from alignscore.display import in_sentence
from alignscore.errors import OptionError
from alignscore.plots.words import Canvas, keep_words, path_of, with_interval
from alignscore.results import Result

Names = Mapping[str, str] | Literal[False]  # False: labels as they are
# of the key: a remark, or text and colour of a swatch, and its marker where it has one
Word = str | tuple[str, ...]
# name, colour, and score, low and high, (T,) each
Line = tuple[str, str, tuple[np.ndarray, np.ndarray, np.ndarray]]

INK, SOFT, RULE, PAPER = "#333333", "#666666", "#dddddd", "#ffffff"
# told apart by every kind of colour vision, and dark enough to write names on white: Okabe & Ito 2008 darkened,
# with an indigo and a brown in place of sky, orange and yellow
PALETTE = ("#0072B2", "#C25500", "#007D48", "#B04F88", "#43288F", "#662200", "#000000")
FONT = 9.0  # points
BAND = 0.12  # opacity of an interval
AHEAD = (0, (2.5, 1.5))  # dashes of what lies ahead of the last event
# behind names that lines may cross
PLATE = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
NAME = 0.42  # of the width of the axes, for a name beside them; what is longer takes a second line


# ---- what is asked -------------------------------------------------------------------------------------
def need_result(result: Any, *kinds: type, names: Names | None = None) -> None:
    """Raise unless a figure got a result it can draw, and names it can read."""
    if not isinstance(result, kinds):
        other = getattr(result, "FIGURE", None)
        way_out = f"; plots.{other} draws that" if other else ""
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"this figure draws a result of type {wanted}, not {type(result).__name__}{way_out}.")
    if not (names is None or names is False or isinstance(names, Mapping)):
        raise TypeError(
            f"names is {names!r}; give a dict of label to name, or False to keep the labels as they are."
        )
    if names and isinstance(result, Result):
        own_names(names, result._named())


def period_at(periods: pd.PeriodIndex, label: object | None) -> int:
    """Place of a period; the last where none is named."""
    return len(periods) - 1 if label is None else period_position(periods, label)


def empty_figure(why: str) -> OptionError:
    """The error of a figure without anything on it."""
    return OptionError(f"nothing to draw: {why}.")


def ends_of(score: str) -> tuple[str, str]:
    """What results call the ends of a score's interval."""
    return ("low", "high") if score == "alignment" else (f"{score}_low", f"{score}_high")


def score_and_ends(result: object, score: str, at: Any = ...) -> tuple[Any, Any, Any]:
    """A score of a result and both ends of its interval, at a place."""
    middle, low, high = (getattr(result, name)[at] for name in (score, *ends_of(score)))
    return middle, low, high


def known_rows(score: np.ndarray, rows: np.ndarray, what: str, *, lowest_first: bool = False) -> np.ndarray:
    """The rows with a score, (R,), the highest first; an error says that no `what` is known where none has one."""
    rows = rows[~np.isnan(score[rows])]
    if not len(rows):
        raise empty_figure(f"no {what}")
    return rows[np.argsort(score[rows] if lowest_first else -score[rows], kind="stable")]


# ---- axes ---------------------------------------------------------------------------------------------
def canvas(ax: Canvas | None, *, width: float = 7.0, height: float = 4.2) -> Canvas:
    """Return the axes given, or new ones on a figure of their own."""
    if ax is not None:
        if not hasattr(ax, "transData"):
            raise TypeError(f"ax is {ax!r}; give axes of matplotlib, as plt.subplots() makes them.")
        return ax
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError:
        raise ModuleNotFoundError("plots need matplotlib: pip install 'alignscore[plot]'") from None
    made: Canvas = plt.subplots(figsize=(width, height), layout="constrained")[1]
    return made


def rows_canvas(ax: Canvas | None, labels: Sequence[str], *, row: float, rest: float) -> Canvas:
    """Return the axes given, or new ones: a row per label, `row` inches high or as its name asks, and `rest` around."""
    made = canvas(ax, height=row * len(labels) + rest)
    if ax is None:
        lines = 1 + max(name.count("\n") for name in _row_names(made, labels))
        high = max(row, (1.25 * lines + 0.35) * FONT / 72)
        figure: Any = made.figure
        figure.set_figheight(high * len(labels) + rest)
    return made


def _row_names(ax: Canvas, labels: Sequence[str]) -> list[str]:
    """Names beside rows, in as many lines as leave the rows their width."""
    room = 0.55 * ax.get_window_extent().width
    return [wrapped(ax, label, room) for label in labels]


def quiet_axes(ax: Canvas, *, grid: str | None = "y") -> None:
    """Two spines, thin lines behind the data."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(SOFT)
    ax.tick_params(colors=INK, labelsize=FONT, length=3)
    ax.set_axisbelow(True)
    if grid is not None:
        ax.grid(axis=grid, color=RULE, linewidth=0.6)  # type: ignore[arg-type]
    ax.xaxis.label.set_fontsize(FONT)
    ax.yaxis.label.set_fontsize(FONT)


def x_label(ax: Canvas, text: str) -> None:
    """What the x axis says, in as many lines as its length asks for."""
    ax.set_xlabel(wrapped(ax, text, ax.get_window_extent().width), fontsize=FONT)


def y_label(ax: Canvas, text: str) -> None:
    """What the y axis says, in as many lines as its length asks for."""
    ax.set_ylabel(wrapped(ax, text, ax.get_window_extent().height), fontsize=FONT)


def bare_rows(ax: Canvas, labels: Sequence[str], *, grid: str | None = "x") -> None:
    """Quiet axes of one named row per label from top to bottom, no ticks, a little air at both ends."""
    quiet_axes(ax, grid=grid)
    ax.set_yticks(range(len(labels)), _row_names(ax, labels))
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def shown_name(label: object, names: Names | None) -> str:
    """A label as the reader shall see it: as `names` has it, else a state by its English name."""
    given = str(label)
    if names is False:
        return plain(given)
    own = {str(key): name for key, name in (names or {}).items()}
    if given in own:
        return plain(str(own[given]))
    known = english_names([given]).iloc[0]
    return plain(known if isinstance(known, str) else given)


def in_text(label: object, names: Names | None) -> str:
    """A label within a sentence: the United States, the Philippines."""
    return in_sentence(shown_name(label, names))


def plain(text: str) -> str:
    """Text that matplotlib writes as it stands: a pair of dollars is no formula."""
    return text.replace("$", r"\$")


def wrapped(ax: Canvas, text: str, room: float) -> str:
    """A text in lines of at most `room` pixels, broken after blanks and between the two of a pair."""
    if 0.6 * FONT * len(text) * ax.figure.dpi / 72 < room:  # letters are narrower than that on average
        return text
    words = re.split(r"(?<=[ →–])(?![0-9%])", text)
    most = int(len(text) * room / max(_size(ax, text, [])[0], 1.0))  # letters a line
    lines = _wrapped_words(words, most)
    while most > 1 and len(shorter := _wrapped_words(words, most - 1)) == len(lines):  # lines of like length
        lines, most = shorter, most - 1
    return "\n".join(lines)


def _wrapped_words(words: Sequence[str], most: int) -> list[str]:
    """Words in lines of at most `most` letters; a longer word has one to itself."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word.rstrip()) > most:
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines]


def signed(value: float, digits: int) -> str:
    """A number with its sign, a minus as matplotlib writes it."""
    return f"{value:+.{digits}f}".replace("-", "−")


def interval_words(mark: str, result: Result) -> str:
    """A remark for the key: which mark is the interval, and its level."""
    return f"{mark}: {100 * result.recipe['level']:g} % interval"


def colours(n: int) -> list[str]:
    """N colours; after seven they return, told apart by `marker_of`."""
    return [PALETTE[at % len(PALETTE)] for at in range(n)]


def marker_of(line: int) -> str:
    """The marker of a line where its colour was used before: none the first time."""
    return ("", "o", "s", "^", "D", "v", "P", "X")[line // len(PALETTE) % 8]


# ---- time ---------------------------------------------------------------------------------------------
def moments(periods: pd.PeriodIndex) -> np.ndarray:
    """Places on the time axis, (T,): whole years for years, else the last day of each period."""
    if freq_letter(periods) == "Y":
        return np.asarray(periods.year, dtype=float)
    return np.asarray(periods.asfreq("D", how="E").to_timestamp().to_numpy(), dtype="M8[D]")


def tick_room(ax: Canvas, *, inches: float = 0.7) -> int:
    """How many ticks of so many inches have room side by side, two to eight."""
    return int(np.clip(ax.get_window_extent().width / ax.figure.dpi / inches, 2, 8))


def whole_numbers(ax: Canvas) -> None:
    """Ticks of years or sessions: whole, and as many as the width has room for."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=tick_room(ax), steps=[1, 2, 5, 10]))


def time_axis(ax: Canvas, periods: pd.PeriodIndex, *, grid: str | None = "y") -> None:
    """Quiet axes over time: whole years as whole numbers; finer periods as dates."""
    quiet_axes(ax, grid=grid)
    if freq_letter(periods) == "Y":
        whole_numbers(ax)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    else:
        from matplotlib.dates import AutoDateLocator

        # a month or day is longer than a year; with fewer than five matplotlib finds no interval and warns
        room = max(5, tick_room(ax, inches=0.9))
        ax.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=room))  # type: ignore[no-untyped-call]
    at = moments(periods)
    if len(at) > 1:
        ax.set_xlim(at[0], at[-1])
    else:  # one period stands in the middle, and alone
        ax.set_xticks(at, [str(periods[0])])


def period_places(labels: Sequence[Any]) -> np.ndarray:
    """Places of sessions or periods of any kind, (T,): numbers and dates as they are, words in their order."""
    if all(isinstance(label, pd.Period) for label in labels):
        return moments(pd.PeriodIndex(labels))
    if all(isinstance(label, int | float | np.number) for label in labels):
        return np.asarray(labels, dtype=float)
    return np.arange(len(labels), dtype=float)


def name_along(ax: Canvas, labels: Sequence[Any]) -> None:
    """Quiet axes with ticks for `period_places`: whole numbers or dates, or a few of the words."""
    quiet_axes(ax)
    if all(isinstance(label, pd.Period) for label in labels):
        time_axis(ax, pd.PeriodIndex(labels))
    elif all(isinstance(label, int | float | np.number) for label in labels):
        whole_numbers(ax)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    else:
        some = range(0, len(labels), max(1, -(-len(labels) // 8)))
        ax.set_xticks(list(some), [plain(str(labels[at])) for at in some])
    if len(labels) == 1:  # which stands alone
        ax.set_xticks(period_places(labels), [plain(str(labels[0]))])


def span_of(
    periods: pd.PeriodIndex, known: np.ndarray, start: object | None, end: object | None = None
) -> slice:
    """Periods to show: from `start`, or from the first in which anything is known, (T,), to `end` or the last."""
    first = int(known.argmax()) if start is None else period_position(periods, start, first=True)
    last = period_at(periods, end)
    if start is not None and last < first:
        raise OptionError(
            f"end is {end!r} and start is {start!r}; a figure needs a start no later than its end."
        )
    if not known[: last + 1].any():
        raise empty_figure("no score is known for what was asked")
    return slice(first, last + 1)


def known_span(
    periods: pd.PeriodIndex, known: np.ndarray, start: object | None, end: object | None = None
) -> slice:
    """`span_of`, but begun no earlier than the first period in which anything is known, (T,)."""
    shown = span_of(periods, known, start, end)
    return slice(max(shown.start, int(known.argmax())), shown.stop)


def isolated(y: np.ndarray) -> np.ndarray:
    """Places of known values with no known neighbour, which a line would not show."""
    known = np.pad(~np.isnan(y), 1)
    return np.flatnonzero(known[1:-1] & ~known[:-2] & ~known[2:])


def bar_lengths(middle: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Lengths of the bars of an interval on both sides of a score, (2, R); none is below 0."""
    return np.maximum([middle - low, high - middle], 0.0)


def banded(
    ax: Canvas,
    x: np.ndarray,
    y: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    tone: str,
    cut: int | None = None,
    *,
    many: int = 1,
    mark: str = "",
) -> int | None:
    """A line over time in its interval, (T,) each, dashed from `cut` on; returns the last place known.

    Bands of `many` lines are the paler, the more there are; `mark` is set on the line now and then.
    """
    ax.fill_between(x, low, high, color=tone, alpha=BAND * min(1.0, 4 / many), linewidth=0)
    stop = len(x) if cut is None else cut + 1
    ax.plot(x[:stop], y[:stop], color=tone, linewidth=1.8)
    if cut is not None:
        ax.plot(x[cut:], y[cut:], color=tone, linewidth=1.8, linestyle=AHEAD)
    lone = isolated(y)
    if len(lone):
        away = bar_lengths(y[lone], low[lone], high[lone])
        ax.errorbar(x[lone], y[lone], yerr=away, fmt="o", color=tone, ms=3.5, elinewidth=1.2, clip_on=False)
    seen = np.flatnonzero(~np.isnan(y))
    if not len(seen):
        return None
    if mark:  # at the end, where the name stands, and back from there
        places = seen[:: -max(1, len(seen) // 7)]
        ax.plot(x[places], y[places], mark, color=tone, ms=4.5, clip_on=False)
    return int(seen[-1])


def lines_over_time(
    ax: Canvas | None,
    result: Result,
    lines: Sequence[Line],
    *,
    edges: tuple[float, float] | None,
    meaning: str,
    span: tuple[object | None, object | None, object | None],
    more: Sequence[Line] = (),
) -> Canvas:
    """Scores over time in their intervals, each named at its end and dashed after the last period with events.

    The periods shown are those in which one of the lines is known. `span` is start, end and the last period with
    events, where they are given. `more` lines are drawn over the same periods.
    """
    periods, (start, end, projected_from) = result._periods(), span
    known = np.zeros(len(periods), dtype=bool)
    for _, _, (score, _, _) in lines:
        known |= ~np.isnan(score)
    shown = span_of(periods, known, start, end)
    cut = None if projected_from is None else max(period_position(periods, projected_from) - shown.start, 0)
    if cut is not None and cut >= shown.stop - shown.start - 1:
        cut = None
    ax = canvas(ax, height=max(4.2, 0.24 * len(lines) + 1.4))
    x, ends, marks = moments(periods[shown]), [], []
    for at, (name, tone, sides) in enumerate([*lines, *more]):
        score, low, high = (side[shown] for side in sides)
        mark = marker_of(at) if at < len(lines) else ""
        last = banded(ax, x, score, low, high, tone, cut, many=len(lines), mark=mark)
        if last is not None:
            ends.append((x[last], float(score[last]), name, tone))
            marks.append(path_of(name, periods[shown], score, low, high))
    keep_words(ax, marks)
    if edges is not None:
        ax.set_ylim(*edges)
    y_label(ax, meaning)
    time_axis(ax, periods[shown])
    end_labels(ax, ends)
    remarks = [interval_words("band", result)]
    if cut is not None:
        remarks.append(projection_words("dashed", periods, projected_from))
    key(ax, remarks)
    return ax


def dots_in_rows(
    ax: Canvas, x: np.ndarray, low: np.ndarray, high: np.ndarray, labels: Sequence[str], n: np.ndarray
) -> None:
    """A dot and its interval a row, from top to bottom, and the events behind it at the right, (R,) each."""
    ax.errorbar(
        x, range(len(x)), xerr=bar_lengths(x, low, high), fmt="o", color=PALETTE[0], ms=5, elinewidth=1.3
    )
    keep_words(ax, [f"{name} {with_interval(*row)}" for name, *row in zip(labels, x, low, high, strict=True)])
    bare_rows(ax, labels)
    count_rows(ax, [f"n {events:.0f}" for events in n])


def whiskers(ax: Canvas, x: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Intervals at the ends of bars in rows, (R,) each."""
    rows = np.arange(len(x))
    ax.errorbar(x, rows, xerr=bar_lengths(x, low, high), fmt="none", ecolor=INK, elinewidth=1, capsize=2)


def number_beside_bar(
    ax: Canvas, text: str, x: float, y: float, *, apart: int = 6, size: float = FONT
) -> None:
    """A number at the right of a bar's end."""
    ax.annotate(text, (x, y), (apart, 0), textcoords="offset points", va="center", fontsize=size, color=INK)


def pole_words(powers: Sequence[object], names: Names | None) -> str:
    """What the ends of a position mean."""
    a, b = (in_text(power, names) for power in powers)
    return f"−1 all with {a}, +1 all with {b}"


def count_rows(ax: Canvas, words: Sequence[str], *, first: int = 0) -> None:
    """Words at the right of each row, from row `first` on."""
    for at, text in enumerate(words, start=first):
        ax.annotate(
            text, (1, at), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            fontsize=FONT - 1, color=SOFT, va="center", annotation_clip=False,
        )  # fmt: skip


def stacked(
    ax: Canvas, periods: pd.PeriodIndex, parts: np.ndarray, tones: Sequence[str], *, opacity: float = 1.0
) -> list[float]:
    """Shares (parts, T) laid on each other over time; returns the middle of each at the right edge."""
    x = moments(periods)
    look: dict[str, Any] = {"alpha": opacity, "edgecolor": PAPER, "linewidth": 0.8}
    if len(x) > 1:
        ax.stackplot(x, parts, colors=tones, **look)
    else:  # one period is a bar: an area has no width there
        for part, top, tone in zip(parts[:, 0], np.cumsum(parts[:, 0]), tones, strict=True):
            ax.bar(x, part, bottom=top - part, color=tone, **look)
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    time_axis(ax, periods, grid=None)
    middle: list[float] = (np.cumsum(parts[:, -1]) - parts[:, -1] / 2).tolist()
    return middle


def projection_words(how: str, periods: pd.PeriodIndex, label: object) -> str:
    """Words for what a projection shows after the last period with events."""
    return f"{how}: {periods[period_position(periods, label)]} carried forward, no new events"


# ---- labels --------------------------------------------------------------------------------------------
def spaced_apart(wanted: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Places at least `gap` apart inside [low, high], nearest to those wanted in squared distance.

    Isotonic regression of wanted - rank * gap, then clipped: the exact optimum. Where the labels
    cannot all fit the gap gives way, evenly.
    """
    from scipy.optimize import isotonic_regression

    n = len(wanted)
    if n > 1:
        gap = min(gap, (high - low) / (n - 1))
    order = np.argsort(wanted, kind="stable")
    apart = np.arange(n) * gap
    placed = np.empty(n)
    level = isotonic_regression(wanted[order] - apart).x
    placed[order] = np.clip(level, low, high - (n - 1) * gap) + apart
    return placed


_LEADER = {"arrowstyle": "-", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 2, "patchA": None}


def end_labels(ax: Canvas, ends: Sequence[tuple[Any, float, str, str]]) -> None:
    """Name lines at the right edge; (x, y, text, colour) each, moved apart and led back to their line."""
    if not ends:
        return
    low, high = sorted(ax.get_ylim())
    room = NAME * ax.get_window_extent().width
    ends = [(x, y, wrapped(ax, text, room), colour) for x, y, text, colour in ends]
    points = ax.get_window_extent().height * 72 / ax.figure.dpi
    line = (high - low) * FONT * 1.45 / max(points, 1.0)  # one of text, with room to breathe
    half = line / 2 * max(text.count("\n") + 1 for _, _, text, _ in ends)
    places = spaced_apart(
        np.array([end[1] for end in ends]), 2 * half, low + half, max(high - half, low + half)
    )
    for (x, y, text, colour), place in zip(ends, places, strict=True):
        moved = abs(place - y) > half / 2
        ax.annotate(
            text, xy=(x, y), xytext=(1.025 if moved else 1.012, place), textcoords=("axes fraction", "data"),
            color=colour, fontsize=FONT, va="center", ha="left", annotation_clip=False,
            arrowprops={**_LEADER, "relpos": (0, 0.5), "color": colour} if moved else None,
        )  # fmt: skip


def white_outline() -> list[Any]:
    """A white outline: lines behind a label do not cross it out."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.2, foreground=PAPER)]


def point_labels(
    ax: Canvas,
    points: Sequence[tuple[float, float, str, str]],
    *,
    lines: Sequence[Any] = (),
    crossing: float = 0.2,
) -> None:
    """Name points in the plane, each where it hides least and no other dot could claim it.

    `lines` holds segments ((x, y), (x, y)) along an axis, such as intervals, or corners of an area, that labels
    had better not cross;
    `crossing` is how bad it is to hide a pixel of them, where hiding one of a dot is 1.
    A label that finds no place at its dot is led back to it.
    """
    if not points:
        return
    _run_layout(ax)
    outline = white_outline()
    room = NAME * ax.get_window_extent().width
    points = [(x, y, wrapped(ax, text, room), colour) for x, y, text, colour in points]
    unit = ax.figure.dpi / 72
    dots = np.array([ax.transData.transform((x, y)) for x, y, _, _ in points])
    reach = 5 * unit
    taken = np.concatenate([dots - reach, dots + reach], axis=1)
    ends = ax.transData.transform(np.reshape(lines, (-1, 2))).reshape(-1, 2, 2)
    rules = np.concatenate([ends.min(axis=1) - unit, ends.max(axis=1) + unit], axis=1)
    frame = np.array(ax.get_window_extent().extents)
    sizes = [_size(ax, text, outline) for _, _, text, _ in points]
    around = np.array(_AROUND, dtype=float)  # (C, 2), C places for a label
    shift, side = unit * around, (1 - np.sign(around)) / 2
    led = np.abs(around).max(axis=1) > _NEAR  # so far from its dot that a line must lead back
    away = unit * np.hypot(*shift.T) + 30 * unit**2 * led  # how far a place leaves the dot behind
    box = np.empty((len(points), len(_AROUND), 4))
    for at, (dot, size) in enumerate(zip(dots, sizes, strict=True)):
        box[at, :, :2] = dot + shift - side * size
        box[at, :, 2:] = box[at, :, :2] + size
    leader = dots[:, None, None] + np.linspace(0, 1, 16)[:, None] * shift[:, None]  # (points, C, 16, 2)
    # areas in pixels that a label would hide or be hidden on, whatever the others do
    hidden = (
        _overlap_area(box[:, :, None], taken).sum(axis=-1)
        + _overlap_area(box, box)
        - _overlap_area(box, frame)
    )
    hidden += crossing * _overlap_area(box[:, :, None], rules).sum(axis=-1)
    doubt = np.array([_ambiguity(own, at, dots, unit) for at, own in enumerate(box)])
    alone = hidden + np.where(led, 0.3, 1.0) * doubt + away
    chosen = _least_hidden(alone, box, leader, led, 25 * unit**2)
    for (x, y, text, colour), place in zip(points, chosen, strict=True):
        ha, va = (sides[at] for sides, at in zip((_BESIDE, _UPON), np.sign(around[place]), strict=True))
        ax.annotate(
            text, (x, y), _AROUND[place], textcoords="offset points", color=colour, fontsize=FONT, ha=ha, va=va,
            annotation_clip=False, path_effects=outline,
            bbox=PLATE if len(lines) else None,
            arrowprops={**_LEADER, "relpos": tuple(side[place]), "color": colour} if led[place] else None,
        )  # fmt: skip


def _least_hidden(
    alone: np.ndarray, box: np.ndarray, leader: np.ndarray, led: np.ndarray, crossed: float
) -> np.ndarray:
    """The place of each label that hides least, (points,), each in turn given the others until none would move.

    `alone` (points, C) is what a place hides whatever the others do, `crossed` how bad it is that a leader strikes
    through words.
    """
    chosen = np.full(len(box), -1)
    for _ in range(3):
        before = chosen.copy()
        for at in range(len(box)):
            others = np.flatnonzero((chosen >= 0) & (np.arange(len(box)) != at))
            words = box[others, chosen[others]]
            ways = leader[others, chosen[others]][led[chosen[others]]].reshape(-1, 2)
            # labels on lines, and lines on labels
            struck = led * _inside(leader[at], words).sum(axis=(-2, -1))
            struck += _inside(ways, box[at]).sum(axis=0)
            beside = _overlap_area(box[at][:, None], words).sum(axis=-1)  # words on words read worst
            chosen[at] = (alone[at] + 4 * beside + crossed * struck).argmin()
        if (chosen == before).all():
            break
    return chosen


_BESIDE = {-1: "right", 0: "center", 1: "left"}  # a label to the left of its dot ends there
_UPON = {-1: "top", 0: "center", 1: "bottom"}
_NEAR = 7  # points from a dot to a label that needs no leader
_AROUND: tuple[tuple[int, int], ...] = (  # offsets in points
    *(
        (far * dx, far * dy)
        for reach, across in ((_NEAR, 4), (15, 13), (27, 24))  # straight away, and along each axis if aslant
        for dx, dy in ((1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1))
        for far in [across if dx and dy else reach]
    ),
    *(  # high above or far below, over what stands beside the dot
        (4 * dx, rise * dy) for rise in (20, 34, 48, 62, 76) for dx in (-1, 1) for dy in (1, -1)
    ),
)


def _run_layout(ax: Canvas) -> None:
    """Have the layout of the figure run, so that lengths in pixels are what they will be."""
    root: Any = ax.figure
    while root is not root.figure:
        root = root.figure
    layout = root.get_layout_engine()
    if layout is not None:
        layout.execute(root)
        return
    ax.autoscale_view()  # a figure without a layout leaves axes where they are, but for what they set themselves
    locator = ax.get_axes_locator()
    ax.apply_aspect(None if locator is None else locator(ax, None))  # type: ignore[arg-type]


def _size(ax: Canvas, text: str, outline: list[Any]) -> tuple[float, float]:
    label = ax.annotate(text, (0, 0), xycoords="axes fraction", fontsize=FONT, path_effects=outline)
    box = label.get_window_extent()
    label.remove()
    return box.width, box.height


def _ambiguity(box: np.ndarray, own: int, dots: np.ndarray, unit: float) -> np.ndarray:
    """How far other dots lie nearer to labels (..., 4) than their own, or hardly further, as areas."""
    low, high = box[..., None, :2], box[..., None, 2:]
    gap = np.hypot(*np.moveaxis(np.maximum(np.maximum(low - dots, dots - high), 0), -1, 0))
    rivals = np.maximum(gap[..., [own]] + 3 * unit - np.delete(gap, own, axis=-1), 0)
    return np.asarray(12 * unit * rivals.sum(axis=-1))


def _inside(places: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Whether places (..., 2) lie in boxes (K, 4), (..., K)."""
    x, y = places[..., :1], places[..., 1:]
    return np.asarray((x > boxes[:, 0]) & (x < boxes[:, 2]) & (y > boxes[:, 1]) & (y < boxes[:, 3]))


def _overlap_area(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Area that boxes (..., 4), left, bottom, right and top, have in common."""
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    return np.asarray(np.maximum(high - low, 0).prod(axis=-1))


def key(ax: Canvas, words: Sequence[Word]) -> None:
    """Rows of named swatches and of remarks below the axes, for what has no end to be named at; titles keep their place."""
    from matplotlib.lines import Line2D
    from matplotlib.offsetbox import AnchoredOffsetbox, DrawingArea, HPacker, TextArea, VPacker
    from matplotlib.patches import Rectangle
    from matplotlib.transforms import ScaledTranslation

    unit = ax.figure.dpi / 72
    room = ax.get_window_extent().width / unit
    rows: list[list[Any]] = [[]]
    used = 0.0
    for word in words:
        if isinstance(word, str):
            keep_words(ax, [word])
        given, colour, *marker = (word, "") if isinstance(word, str) else word
        text = wrapped(ax, given, (room - 16) * unit)
        area = DrawingArea(9 if colour else 0, 9)
        if marker:
            area.add_artist(Line2D([4.5], [4.5], marker=marker[0], color=colour, ms=6, mew=1.5))
        elif colour:
            area.add_artist(Rectangle((0, 0), 9, 9, facecolor=colour, edgecolor=SOFT, linewidth=0.4))
        beside = TextArea(text, textprops={"color": INK, "fontsize": FONT})
        longest = max(len(line) for line in text.split("\n"))
        width = 0.62 * FONT * longest + 22  # points; letters are a little narrower than this
        if rows[-1] and used + width > room:
            rows.append([])
            used = 0.0
        rows[-1].append(HPacker(children=[area, beside], pad=0, sep=3, align="center"))
        used += width
    lines: list[Any] = [HPacker(children=row, pad=0, sep=9, align="baseline") for row in rows]
    label = ax.get_xlabel()
    below = 1.7 * FONT + 1.2 * FONT * label.count("\n") if label else 0.0
    drop = 2.4 * FONT + below  # points: below tick labels and axis label
    child = VPacker(children=lines, pad=0, sep=4)
    place = ax.transAxes + ScaledTranslation(0, -drop / 72, ax.figure.dpi_scale_trans)
    frame: dict[str, Any] = {"pad": 0, "borderpad": 0.0, "frameon": False}
    ax.add_artist(
        AnchoredOffsetbox("upper left", child=child, bbox_to_anchor=(0, 0), bbox_transform=place, **frame)
    )
