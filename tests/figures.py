"""What every figure keeps: nothing is cut at its edges, and no two of its labels overlap."""

from __future__ import annotations

from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.text import Text


def assert_nothing_is_cut(ax: Axes) -> None:
    """Fail where something drawn reaches beyond the figure, or where texts overlap; their leaders may."""
    figure = ax.figure
    figure.get_layout_engine().execute(figure)
    inner = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
    assert inner.x0 >= -1 and inner.y0 >= -1
    assert inner.x1 <= figure.bbox.x1 + 1 and inner.y1 <= figure.bbox.y1 + 1
    boxes = [Text.get_window_extent(text).shrunk(0.9, 0.7) for text in ax.texts]
    assert not [(a, b) for a, b in combinations(boxes, 2) if a.overlaps(b)]
