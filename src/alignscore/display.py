"""How values show themselves: a small table in a notebook, and a table for a paper.

Every text from outside (labels, options) is escaped for the form it is written in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from alignscore.errors import one_of

Cells = Sequence[str]
Form = Literal["text", "markdown", "html", "latex"]
SHOWN = 10  # rows of a value that a notebook shows
MISSING = "–"  # a score of which nothing is known
LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "−": "$-$",
}  # fmt: skip
NEGATIVE = re.compile(r"(?<![\w-])-(?=\d)")  # the sign of a number, which LaTeX sets longer than a hyphen
MARKDOWN = {mark: f"\\{mark}" for mark in "\\|*_`<>[]$"}


def number(value: float, digits: int = 2) -> str:
    """A number as it is printed, a dash where it is missing."""
    if not np.isfinite(value):
        return MISSING
    written = f"{value:.{digits}f}"
    return written.removeprefix("-") if float(written) == 0 else written


def interval(value: float, low: float, high: float, digits: int = 2) -> str:
    """``0.79 [0.67, 0.87]``; a dash where the score is missing."""
    if not np.isfinite(value):
        return MISSING
    if not (np.isfinite(low) and np.isfinite(high)):
        return number(value, digits)
    return f"{number(value, digits)} [{number(low, digits)}, {number(high, digits)}]"


def count(value: float) -> str:
    """A count: whole where it is whole, else with one digit."""
    if not np.isfinite(value):
        return MISSING
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def option(value: object) -> str:
    """An option as one line of a recipe writes it: numbers to four digits, the rest as Python does."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {option(entry)}" for key, entry in value.items()) + "}"
    return f"{value:.4g}" if isinstance(value, float | np.floating) else repr(value)


def options(recipe: Mapping[str, object]) -> str:
    """The options of a recipe in one line, behind the measure's name."""
    return ", ".join(f"{name}={option(value)}" for name, value in recipe.items() if name != "measure")


def write_table(
    headers: Cells,
    rows: Sequence[Cells],
    *,
    form: Form = "text",
    notes: Cells = (),
    right: Sequence[bool] = (),
) -> str:
    """A table of texts in one of four forms, with notes below it and the columns of `right` set to the right.

    LaTeX uses the rules of the booktabs package.

    Examples
    --------
    >>> print(write_table(["state", "position"], [["Cambodia", "-0.9"]], notes=["95 % intervals."]))
    state     position
    Cambodia  -0.9
    <BLANKLINE>
    95 % intervals.
    """
    one_of("form", form, get_args(Form))
    right = [*right, *[False] * (len(headers) - len(right))]
    return WRITERS[form](headers, rows, notes, right)


def _text(headers: Cells, rows: Sequence[Cells], notes: Cells, right: Sequence[bool]) -> str:
    lines = [[_one_line(cell) for cell in row] for row in [headers, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    sides = [str.rjust if to_right else str.ljust for to_right in right]
    padded = [[side(c, width) for side, c, width in zip(sides, line, widths, strict=True)] for line in lines]
    set_out = ["  ".join(line).rstrip() for line in padded]
    return "\n".join([*set_out, *(["", *notes] if notes else [])])


def _markdown(headers: Cells, rows: Sequence[Cells], notes: Cells, right: Sequence[bool]) -> str:
    lines = ["| " + " | ".join(_marked(cell, MARKDOWN) for cell in line) + " |" for line in [headers, *rows]]
    rule = "|" + "|".join("---:" if to_right else "---" for to_right in right) + "|"
    below = ["", *(_marked(note, MARKDOWN) for note in notes)] if notes else []
    return "\n".join([lines[0], rule, *lines[1:], *below])


def _html(headers: Cells, rows: Sequence[Cells], notes: Cells, right: Sequence[bool]) -> str:
    styles = [' style="text-align:right"' if to_right else "" for to_right in right]

    def line(cells: Cells, tag: str = "td", scope: str = "") -> str:
        inside = (f"<{tag}{scope}{style}>{escape(c)}</{tag}>" for c, style in zip(cells, styles, strict=True))
        return f"<tr>{''.join(inside)}</tr>"

    below = f"<p>{'<br>'.join(escape(note) for note in notes)}</p>" if notes else ""
    top = line(headers, "th", ' scope="col"')
    return f"<table><thead>{top}</thead><tbody>{''.join(map(line, rows))}</tbody></table>{below}"


def _latex(headers: Cells, rows: Sequence[Cells], notes: Cells, right: Sequence[bool]) -> str:
    def written(cell: str) -> str:
        return _marked(NEGATIVE.sub("−", str(cell)), LATEX)

    def line(cells: Cells) -> str:
        return " & ".join(map(written, cells)) + r" \\"

    columns = "".join("r" if to_right else "l" for to_right in right)
    below = [r"\par\smallskip\footnotesize " + " ".join(map(written, notes))] if notes else []
    return "\n".join(
        [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", line(headers), r"\midrule", *map(line, rows),
         r"\bottomrule", r"\end{tabular}", *below]
    )  # fmt: skip


WRITERS: Mapping[Form, Callable[..., str]] = {
    "text": _text,
    "markdown": _markdown,
    "html": _html,
    "latex": _latex,
}


def _one_line(cell: str) -> str:
    return " ".join(str(cell).split())


def _marked(cell: str, marks: Mapping[str, str]) -> str:
    return "".join(marks.get(letter, letter) for letter in _one_line(cell))


def shown(
    title: str,
    frame: pd.DataFrame,
    *,
    folded: Mapping[str, Any] | None = None,
    rows: int = SHOWN,
    of: int | None = None,
) -> str:
    """What a notebook shows of a value: its one line, the first rows of a frame, and options folded away.

    HTML without any script, every text escaped. `of` is how many rows the value has, where the frame has not all.
    """
    whole = len(frame) if of is None else of
    more = f"<p>{rows} of {whole:,} rows</p>" if whole > rows else ""
    recipe = ""
    if folded:
        lines = "".join(
            f"<tr><th style='text-align:left'>{escape(str(name))}</th><td>{escape(shortened(repr(value), 300))}</td></tr>"
            for name, value in folded.items()
        )
        recipe = f"<details><summary>how it was made</summary><table>{lines}</table></details>"
    # labels are text: no notebook may read $...$ in them as mathematics
    return f"{_opened(title)}{_table(frame.head(rows))}{more}{recipe}</div>"


def searchable(title: str, frame: pd.DataFrame) -> str:
    """Every row of a frame in a box that scrolls, with a field that leaves only the rows holding a text."""
    search = (
        "const t=this.value.toLowerCase();"
        "for(const r of this.parentNode.querySelectorAll('tbody tr'))"
        "r.style.display=r.textContent.toLowerCase().includes(t)?'':'none'"
    )
    field = (
        f'<input type="search" placeholder="search" aria-label="search the rows" oninput="{escape(search)}">'
    )
    return f"{_opened(title)}{field}<div style='max-height:20em;overflow:auto'>{_table(frame)}</div></div>"


def _opened(title: str) -> str:
    return f"<div class='tex2jax_ignore mathjax_ignore'><p><code>{escape(title)}</code></p>"


def _table(frame: pd.DataFrame) -> str:
    return str(frame.to_html(index=False, border=0, na_rep=MISSING, float_format=lambda x: number(x, 3)))


def shortened(text: str, most: int) -> str:
    """A text of at most so many letters."""
    return text if len(text) <= most else text[: most - 3] + "..."


ARTICLE = re.compile(
    r"(?:United|Dominican|Central African|Czech|Marshall|Solomon) .*|Bahamas|Comoros|Gambia|Maldives|Netherlands|Philippines"
)


def in_sentence(name: str) -> str:
    """The name of a state as a sentence has it: the United States, the Philippines, China."""
    return f"the {name}" if ARTICLE.fullmatch(name) else name
