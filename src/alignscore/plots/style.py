"""How every figure looks: one palette, quiet axes, labels beside what they name and never on each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignscore.axes import freq_letter, period_position
from alignscore.errors import OptionError

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Canvas

Names = Mapping[str, str]
Box = tuple[float, float, float, float]  # left, bottom, right, top, in pixels

INK, SOFT, RULE, PAPER = "#333333", "#767676", "#dddddd", "#ffffff"
# Okabe & Ito 2008, told apart by every kind of colour vision; without yellow, with darker sky and orange,
# since the colours also write text on white
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#B3558B", "#3A87B7", "#B07A00", "#000000")
FONT = 9.0  # points
BAND = 0.12  # opacity of an interval


# ---- axes ---------------------------------------------------------------------------------------------
def canvas(ax: Canvas | None, *, width: float = 7.0, height: float = 4.2) -> Canvas:
    """Return the axes given, or new ones on a figure of their own."""
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError:
        raise ModuleNotFoundError("plots need matplotlib: pip install 'alignscore[plot]'") from None
    made: Canvas = plt.subplots(figsize=(width, height), layout="constrained")[1]
    return made


def dress(ax: Canvas, *, grid: str | None = "y") -> None:
    """Quiet axes: two spines, thin lines behind the data."""
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


def bare_rows(ax: Canvas, labels: Sequence[str]) -> None:
    """One named row per label from top to bottom, no ticks, a little air at both ends."""
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def naming(label: object, names: Names | None) -> str:
    """A label as the reader shall see it."""
    return str((names or {}).get(str(label), label))


def colours(n: int) -> list[str]:
    """N colours; after seven they return."""
    return [PALETTE[at % len(PALETTE)] for at in range(n)]


# ---- time ---------------------------------------------------------------------------------------------
def moments(periods: pd.PeriodIndex) -> np.ndarray:
    """Places on the time axis, (T,): whole years for years, else the last day of each period."""
    if freq_letter(periods) == "Y":
        return np.asarray(periods.year, dtype=float)
    return np.asarray(periods.asfreq("D", how="E").to_timestamp().to_numpy(), dtype="M8[D]")


def time_axis(ax: Canvas, periods: pd.PeriodIndex) -> None:
    """Whole years as whole numbers; finer periods as dates."""
    from matplotlib.ticker import MaxNLocator

    if freq_letter(periods) == "Y":
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    at = moments(periods)
    ax.set_xlim(at[0], at[-1])


def span_of(periods: pd.PeriodIndex, known: np.ndarray, start: object | None) -> slice:
    """Periods to show: from `start`, or from the first in which anything is known, (T,)."""
    if not known.any():
        raise OptionError("nothing to draw: no event is known for what was asked.")
    first = known.argmax() if start is None else period_position(periods, start)
    return slice(int(first), len(periods))


def carried(how: str, periods: pd.PeriodIndex, label: object) -> str:
    """Words for what a projection shows after the last period with events."""
    return f"{how}: {periods[period_position(periods, label)]} carried forward, no new events"


# ---- labels --------------------------------------------------------------------------------------------
def spread(wanted: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Places at least `gap` apart inside [low, high], nearest to those wanted in squared distance.

    Pool-adjacent-violators on wanted - rank * gap, then clipped: the exact optimum. Where the labels
    cannot all fit the gap gives way, evenly.
    """
    n = len(wanted)
    if n > 1:
        gap = min(gap, (high - low) / (n - 1))
    order = np.argsort(wanted, kind="stable")
    blocks: list[tuple[float, int]] = []  # mean and size of each run that moves together
    for rank, at in enumerate(order):
        mean, size = float(wanted[at]) - rank * gap, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, size = (before * many + mean * size) / (many + size), many + size
        blocks.append((mean, size))
    level = np.repeat([mean for mean, _ in blocks], [size for _, size in blocks])
    placed = np.empty(n)
    placed[order] = np.clip(level, low, high - (n - 1) * gap) + np.arange(n) * gap
    return placed


def line_height(ax: Canvas, size: float = FONT) -> float:
    """Height of one line of text in units of the y axis, with room to breathe."""
    points = ax.get_window_extent().height * 72 / ax.figure.dpi
    low, high = ax.get_ylim()
    return abs(high - low) * size * 1.45 / max(points, 1.0)


_LEADER = {"arrowstyle": "-", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 2}


def end_labels(ax: Canvas, ends: Sequence[tuple[Any, float, str, str]]) -> None:
    """Name lines at the right edge; (x, y, text, colour) each, moved apart and led back to their line."""
    if not ends:
        return
    low, high = sorted(ax.get_ylim())
    half = line_height(ax) / 2
    places = spread(np.array([end[1] for end in ends]), 2 * half, low + half, max(high - half, low + half))
    for (x, y, text, colour), place in zip(ends, places, strict=True):
        moved = abs(place - y) > half / 2
        ax.annotate(
            text, xy=(x, y), xytext=(1.025 if moved else 1.012, place), textcoords=("axes fraction", "data"),
            color=colour, fontsize=FONT, va="center", ha="left", annotation_clip=False,
            arrowprops={**_LEADER, "color": colour} if moved else None,
        )  # fmt: skip


def halo() -> list[Any]:
    """A white outline: lines behind a label do not cross it out."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.2, foreground=PAPER)]


def point_labels(ax: Canvas, points: Sequence[tuple[float, float, str, str]]) -> None:
    """Name points in the plane, each beside its dot at the place that hides least of the others."""
    outline = halo()
    dots = ax.transData.transform([(x, y) for x, y, _, _ in points])
    unit = ax.figure.dpi / 72
    taken: list[Box] = [(x - 5 * unit, y - 5 * unit, x + 5 * unit, y + 5 * unit) for x, y in dots]
    edge = ax.get_window_extent()
    frame: Box = (edge.x0, edge.y0, edge.x1, edge.y1)
    for x, y, text, colour in points:
        best: tuple[float, Any, Box] | None = None
        for dx, dy, ha, va in _AROUND:
            label = ax.annotate(
                text, (x, y), (dx, dy), textcoords="offset points", color=colour, fontsize=FONT,
                ha=ha, va=va, annotation_clip=False, path_effects=outline,
            )  # fmt: skip
            x0, y0, x1, y1 = label.get_window_extent().extents
            box = (x0, y0, x1, y1)
            hidden = sum(_shared(box, other) for other in taken) + _area(box) - _shared(box, frame)
            hidden += 0.02 * (abs(dx) + abs(dy))  # of two free places, the nearer
            if best is not None and hidden >= best[0]:
                label.remove()
                continue
            if best is not None:
                best[1].remove()
            best = (hidden, label, box)
        assert best is not None
        taken.append(best[2])


_AROUND = tuple(
    (reach * dx, reach * dy, ("center", "left", "right")[dx], ("center", "bottom", "top")[dy])
    for reach in (7, 15, 27)
    for dx, dy in ((1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1))
)


def _area(box: Box) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def _shared(a: Box, b: Box) -> float:
    return _area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


def key(ax: Canvas, words: Sequence[tuple[str, str]]) -> None:
    """Rows of named swatches below the axes, for what has no end to be named at; titles keep their place."""
    from matplotlib.offsetbox import AnchoredOffsetbox, DrawingArea, HPacker, TextArea, VPacker
    from matplotlib.patches import Rectangle
    from matplotlib.transforms import ScaledTranslation

    room = ax.get_window_extent().width * 72 / ax.figure.dpi
    rows: list[list[Any]] = [[]]
    used = 0.0
    for text, colour in words:
        area = DrawingArea(9 if colour else 0, 9)  # no colour: a remark
        if colour:
            area.add_artist(Rectangle((0, 0), 9, 9, facecolor=colour, edgecolor=SOFT, linewidth=0.4))
        word = TextArea(text, textprops={"color": INK, "fontsize": FONT})
        width = 0.62 * FONT * len(text) + 22  # points; letters are a little narrower than this
        if rows[-1] and used + width > room:
            rows.append([])
            used = 0.0
        rows[-1].append(HPacker(children=[area, word], pad=0, sep=3, align="center"))
        used += width
    lines: list[Any] = [HPacker(children=row, pad=0, sep=9, align="baseline") for row in rows]
    drop = 2.4 * FONT + (1.7 * FONT if ax.get_xlabel() else 0)  # points: below tick labels and axis label
    ax.add_artist(
        AnchoredOffsetbox(
            "upper left", child=VPacker(children=lines, pad=0, sep=4), pad=0, borderpad=0.0, frameon=False,
            bbox_to_anchor=(0, 0),
            bbox_transform=ax.transAxes + ScaledTranslation(0, -drop / 72, ax.figure.dpi_scale_trans),
        )
    )  # fmt: skip
