"""Records of delimited text: where each one ends and how many cells it has, with and without quotes.

A record is a line, or several where a quoted cell runs over a line end. Letters for shapes: R records.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

LF, QUOTE = ord("\n"), ord('"')


class OpenQuoteError(Exception):
    """A quote that opens a cell and is never closed; `at` is the position of the cell."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


@dataclass(frozen=True)
class Records:
    """Records of a text, blank lines left out.

    Attributes
    ----------
    starts, ends : ndarray of int64, (R,)
        Positions of the first byte and of the line end.
    widths : ndarray of int64, (R,)
        Cells of each record.
    lines : int
        Lines that are not blank; more than R where a quoted cell runs over a line end.
    strict : bool
        Quotes stand around whole cells only, so that every parser reads the text alike.
    """

    starts: np.ndarray
    ends: np.ndarray
    widths: np.ndarray
    lines: int
    strict: bool

    def after(self, cut: int, lines: int) -> Records:
        """The records behind the first, which ends at `cut` and runs over so many lines."""
        return Records(
            self.starts[1:] - cut, self.ends[1:] - cut, self.widths[1:], self.lines - lines, self.strict
        )


def records(text: bytes, mark: str, *, quoted: bool = True) -> Records:
    r"""Records of a text that ends with a line end.

    Raises
    ------
    OpenQuoteError
        A quoted cell that does not end, or that swallows lines up to a quote which closes no cell.

    Examples
    --------
    >>> found = records(b'a,b\n"1,2",3\n\n4,5,6\n', ",")
    >>> found.starts.tolist(), found.widths.tolist(), found.strict
    ([0, 4, 13], [2, 2, 3], True)
    """
    letters = np.frombuffer(text, dtype=np.uint8)
    stops = np.flatnonzero((letters == LF) | (letters == ord(mark)))  # where a cell ends
    line = np.flatnonzero(letters[stops] == LF)
    lines = int((np.diff(stops[line], prepend=-1) > 1).sum())
    strict = True
    if quoted and b'"' in text:
        quotes = np.flatnonzero(letters == QUOTE)
        strict = _around_cells(letters, quotes, ord(mark))
        if not strict:
            return _scanned(text, mark, lines)
        stops = stops[np.searchsorted(quotes, stops) % 2 == 0]
        line = np.flatnonzero(letters[stops] == LF)
    ends, widths = stops[line], np.diff(line, prepend=-1)
    starts = np.concatenate([[0], ends[:-1] + 1])
    return _filled(text, starts, ends, widths, lines, strict)


def _filled(
    text: bytes, starts: np.ndarray, ends: np.ndarray, widths: np.ndarray, lines: int, strict: bool
) -> Records:
    """Without the records that are blank lines."""
    full = ends > starts
    for at in np.flatnonzero(full & (widths == 1)):  # a line of blanks
        if text[starts[at] : ends[at]].isspace():
            full[at] = False
            lines -= 1
    return Records(starts[full], ends[full], widths[full], lines, strict)


def _around_cells(letters: np.ndarray, quotes: np.ndarray, mark: int) -> bool:
    """Whether each quote that opens follows a mark, a line end or a quote, and each that closes precedes one."""
    if len(quotes) % 2:
        return False
    open_, close = quotes[::2], quotes[1::2]
    before = letters[np.maximum(open_ - 1, 0)]
    after = letters[np.minimum(close + 1, len(letters) - 1)]
    opens = (open_ == 0) | np.isin(before, (mark, LF, QUOTE))
    closes = np.isin(after, (mark, LF, QUOTE))
    return bool(opens.all() and closes.all())


def _scanned(text: bytes, mark: str, lines: int) -> Records:
    """Record by record, for texts with quotes inside cells (5" gun) or with text behind a closing quote."""
    sep = re.escape(mark.encode())
    cell = re.compile(
        rb'(?:"(?P<quoted>(?:[^"]++|"")*+)"(?P<behind>[^' + sep + rb'\n]*+)|[^"' + sep + rb'\n][^' + sep
        + rb'\n]*+|)(?P<end>[' + sep + rb'\n])'
    )  # fmt: skip
    starts, ends, widths, at = [], [], [], 0
    while at < len(text):
        end = text.find(b"\n", at)
        starts.append(at)
        if text.find(b'"', at, end) < 0:
            width = text.count(mark.encode(), at, end) + 1
        else:
            width, stop = 0, b""
            place = at
            while stop != b"\n":
                found = cell.match(text, place)
                if found is None or (found["behind"] and b"\n" in found["quoted"]):
                    raise OpenQuoteError(place)
                width, place, stop = width + 1, found.end(), found["end"]
            end = place - 1
        ends.append(end)
        widths.append(width)
        at = end + 1
    first, last, cells = (np.array(one, dtype=np.int64) for one in (starts, ends, widths))
    return _filled(text, first, last, cells, lines, False)
