"""What a figure shows, in words, for readers who do not see it: each figure tells its marks, `alt_text` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Canvas: TypeAlias = "Axes"
MOST = 12  # marks that are told one by one
TOLD = "alignscore: what this figure shows"  # the mark of the artist that holds the words; it is never drawn


def alt_text(ax: Canvas) -> str:
    """Say in words what a figure shows, for the alternative text of a page, a slide or a file.

    Title, what the axes say, every line, row or point with its number and interval, and the remarks below the axes.
    How a line runs between its ends is left out: the message of a figure is for its caption to say.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        As a function of `alignscore.plots` returns them, with a title and labels that were added since. Axes drawn
        otherwise tell title, labels, and what ``ax.set_label("...")`` says of them.

    Returns
    -------
    str
        A few sentences; of many marks the first twelve, and how many more there are.

    Raises
    ------
    TypeError
        `ax` is not axes of matplotlib.

    Examples
    --------
    >>> import alignscore as al
    >>> score = al.alignment(al.datasets.asean(), directed=False)
    >>> ax = score.plot(pairs=("KHM", "CHN"), start=2000)
    >>> said = ax.set_title("Cambodia and China")
    >>> al.plots.alt_text(ax)
    'Cambodia and China. Vertical axis: alignment (−1 hostile, +1 friendly). Cambodia–China: 0.14 (...) in 2000,
    0.84 (0.4... to 1.00) in 2026. Band: 95 % interval.'

    A file can carry it: ``ax.figure.savefig("cambodia.svg", metadata={"Description": al.plots.alt_text(ax)})``.
    """
    if not hasattr(ax, "transData"):
        raise TypeError(
            f"ax is {ax!r}; give axes of matplotlib, as a figure of alignscore.plots returns them."
        )
    axes = (("Vertical axis", ax.get_ylabel()), ("Horizontal axis", ax.get_xlabel()))
    parts = [
        *(ax.get_title(loc=side) for side in ("left", "center", "right")),
        *(f"{which}: {label}" for which, label in axes if label),
        *(artist.get_label() for artist in ax.artists if artist.get_gid() == TOLD),
        *([ax.get_label()] if not str(ax.get_label()).startswith("<") else []),  # '<colorbar>' says nothing
    ]
    return " ".join(_sentence(str(part)) for part in parts if part)


def keep_words(ax: Canvas, marks: Sequence[str]) -> None:
    """Keep words on the axes for `alt_text`; they go when the axes are cleared."""
    from matplotlib.artist import Artist

    more = [f"and {len(marks) - MOST} more"] if len(marks) > MOST else []
    words = Artist()
    words.set(gid=TOLD, visible=False, in_layout=False, label="; ".join([*marks[:MOST], *more]))
    ax.add_artist(words)


def with_interval(middle: float, low: float, high: float, digits: int = 2) -> str:
    """A number with its interval."""
    return f"{rounded(middle, digits)} ({rounded(low, digits)} to {rounded(high, digits)})"


def rounded(value: float, digits: int = 2) -> str:
    """A number as figures write it: no minus before a zero, and the minus of print."""
    return f"{round(float(value), digits) + 0.0:.{digits}f}".replace("-", "−")


def path_of(
    name: str,
    when: Sequence[Any],
    y: np.ndarray,
    low: np.ndarray | None = None,
    high: np.ndarray | None = None,
) -> str:
    """A line over time, (T,) each: where it begins and where it ends."""
    seen = np.flatnonzero(~np.isnan(y))
    ends = sorted({int(seen[0]), int(seen[-1])}) if len(seen) else []
    numbers = [
        f"{rounded(y[at]) if low is None or high is None else with_interval(y[at], low[at], high[at])} in {when[at]}"
        for at in ends
    ]
    return f"{name}: {', '.join(numbers) or 'not known'}"


def _sentence(text: str) -> str:
    """One line that begins with a capital and ends with a stop; a dollar is written as such."""
    line = " ".join(text.replace(r"\$", "$").split()).replace("– ", "–").replace("→ ", "→")
    return line[:1].upper() + line[1:] + ("" if line.endswith((".", "?", "!")) else ".")
