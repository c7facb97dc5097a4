"""Tab-separated lines without quoting, as event data are handed out: pyarrow parses, and every line is counted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from alignscore.actors import categorical, level_codes
from alignscore.data import shipped
from alignscore.errors import FormatError, near
from alignscore.tables.files import LONGEST_LINE, Reader, Source, as_utf8, blocks
from alignscore.tables.opening import pyarrow
from alignscore.tables.reading_report import Tally
from alignscore.tables.text_tables import TAB, bare

LONG = "line longer than 1 MB"
EVENT_ID = "Event ID"  # as files with a header call it
SPARE = 8  # empty cells that may stand behind the last column


@dataclass(frozen=True)
class Layout:
    """Columns of a file without quoting: all names in order, those wanted, and those kept as plain text."""

    names: tuple[str, ...]
    wanted: tuple[str, ...]
    plain: tuple[str, ...] = ()  # nearly all different: no use in a dictionary

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)


@cache
def published_columns(layout: str) -> tuple[str, ...]:
    """Columns of a published layout of event files, in their order."""
    table = shipped("event_file_layouts.csv")
    return tuple(table.loc[table["layout"] == layout, "column"])


def headed_table(
    source: Source,
    reader: Reader,
    *,
    needed: Sequence[str],
    optional: Sequence[str] = (),
    known: Sequence[str],
    what: str,
) -> pd.DataFrame | None:
    """The rows under a header, whose columns are found by their names; None where there is no row.

    Stray names in the header are reported and not read. Where it has more names than the `known` order, and
    holds all of it, rows of the known width are read in that order: some files name columns they do not have.
    Refused where a needed column is missing, or a wanted one stands twice.
    """
    names = _first_line(source, known)
    if not any(names):
        raise FormatError(f"{source.name} is empty.")
    absent = [name for name in needed if name not in names]
    if absent:
        raise FormatError(
            f"{source.name} is no {what} file: its first line lacks {len(absent)} of the columns, "
            f"first {absent[0]!r}.{near(absent[0], [name for name in names if name])}"
        )
    wanted = tuple(name for name in (*needed, *optional) if name in names)
    twice = [name for name in wanted if names.count(name) > 1]
    if twice:
        raise FormatError(f"{source.name}: column {twice[0]!r} stands more than once in the table; keep one.")
    stray = [name for name in names if name and name not in known]
    if stray:
        reader.tally.note(
            f"{source.name}: columns that are none of {what}'s were not read: {', '.join(stray)}"
        )
    rows = [names]
    if not names[-1]:  # unnamed columns at the end, which not every row has
        rows.append(names[: max(at + 1 for at, name in enumerate(names) if name)])
    in_order = tuple(name for name in names if name in known)
    if stray and in_order == tuple(name for name in known if name in names):
        rows.append(in_order)
    layouts: dict[int, Layout] = {}
    for row in rows:
        columns = tuple(name if name in wanted else f"({at})" for at, name in enumerate(row))
        layouts.setdefault(len(row), Layout(columns, wanted, plain=(EVENT_ID,)))
    parts = list(unquoted_chunks(source, layouts, reader, headed=True))
    return join(parts) if parts else None


def _first_line(source: Source, known: Sequence[str]) -> tuple[str, ...]:
    """Column names of a tab-separated file, without the quotes an archive may have put around them.

    Blank lines above are none; a `known` name comes in its own letter case.
    """
    lines = (line.decode("utf-8", "replace") for line in re.split(rb"\r\n|\n|\r", source.head()))
    top = next((line for line in lines if line.strip()), "")
    own = {name.casefold(): name for name in known}
    return tuple(own.get(name.casefold(), name) for name in map(bare, top.split(TAB)))


def unquoted_chunks(
    source: Source, layouts: Mapping[int, Layout], reader: Reader, *, headed: bool = False
) -> Iterator[pd.DataFrame]:
    """Frames of a tab-separated file without quoting, one a block and width; other lines are refused.

    Columns are categorical, those of `Layout.plain` are text. A missing cell is ''. Of a file that is `headed` the
    first line is passed over, and cells that stand in quotes lose them: some such files quote what holds a comma.
    """
    tally = reader.tally
    for at, block in enumerate(blocks(source, reader.meter)):
        text = block
        if headed and at == 0:
            text = block.lstrip(b"\n ")
            text = text[text.index(b"\n") + 1 :]
        text = as_utf8(text, source.name, tally)
        whole = _of_one_width(text, layouts, tally)
        parts = by_width(text, set(layouts), source, tally) if whole is None else [(0, text)]
        for width, lines in parts:
            frame = parse_unquoted(lines, layouts[width]) if whole is None else whole
            yield without_quotes(frame) if headed and b'"' in lines else frame


def _of_one_width(text: bytes, layouts: Mapping[int, Layout], tally: Tally) -> pd.DataFrame | None:
    """Frame of lines that all have as many cells as the first: the parser finds one that does not. Else None."""
    width = text[: text.find(b"\n")].count(b"\t") + 1
    if width not in layouts or width == 1 or _long_line(text):
        return None
    try:
        frame = parse_unquoted(text, layouts[width])
    except ValueError:  # what pyarrow raises for a line of another width
        return None
    tally.read += len(frame)
    tally.move("refused", LONG, 0, len(frame))
    return frame


def _long_line(text: bytes) -> bool:
    """Whether a line is longer than one may be."""
    at = 0
    while len(text) - at > LONGEST_LINE:
        at = text.rfind(b"\n", at, at + LONGEST_LINE + 1) + 1
        if not at:
            return True
    return False


def by_width(text: bytes, widths: set[int], source: Source, tally: Tally) -> Iterator[tuple[int, bytes]]:
    """Lines grouped by their number of cells; blank lines are not rows, other widths are refused.

    Empty cells behind the last column are no cells.
    """
    if not text:
        return
    letters = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))  # one a line: blocks end with a line end
    starts = np.concatenate([[0], ends[:-1] + 1])
    tabs = np.searchsorted(np.flatnonzero(letters == ord(TAB)), ends)  # tabs up to the end of each line
    cells = np.diff(tabs, prepend=0) + 1
    length = ends - starts
    rows = length > 0
    for at in np.flatnonzero(rows & (cells == 1)):  # a line of blanks
        rows[at] = not text[starts[at] : ends[at]].isspace()
    long = length > LONGEST_LINE
    tally.read += int(rows.sum())
    tally.move("refused", LONG, int(long.sum()), int(rows.sum()), source.name)
    good = rows & ~long
    for width in np.unique(cells[good]).tolist():
        which = np.flatnonzero(good & (cells == width))
        lines = [text[starts[i] : ends[i]] for i in which]
        if width in widths:
            yield width, b"\n".join(lines) + b"\n"
            continue
        base = max((one for one in widths if one < width <= one + SPARE), default=None)
        if base is not None:
            cut = [(line, *line.rsplit(b"\t", width - base)) for line in lines]
            fits = [one[1] for one in cut if not b"".join(one[2:]).strip()]
            lines = [one[0] for one in cut if b"".join(one[2:]).strip()]
            if fits:
                tally.note(f"{source.name}: empty cells behind the last column were passed over")
                yield base, b"\n".join(fits) + b"\n"
        if lines:
            shown = lines[0][:60].decode("utf-8", "replace")
            reason = f"{width} columns, not {' or '.join(map(str, sorted(widths)))}"
            tally.move("refused", reason, len(lines), int(good.sum()), f"{source.name}: {shown!r}")


def without_quotes(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells that stand in quotes without them, two quotes inside as one."""
    columns = {}
    for name in frame.columns:
        codes, levels = level_codes(frame[name])
        bare = [_bare(level) for level in levels]
        columns[name] = frame[name] if bare == levels else _recoded([(codes, bare)])
    return pd.DataFrame(columns)


def _bare(cell: str) -> str:
    cell = cell.strip()
    return cell[1:-1].replace('""', '"').strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def parse_unquoted(lines: bytes, layout: Layout) -> pd.DataFrame:
    """Frame of the wanted columns; every line has the layout's width."""
    pa = pyarrow("event files are parsed")
    import pyarrow.csv as arrow

    coded = pa.dictionary(pa.int32(), pa.string())
    table = arrow.read_csv(
        pa.BufferReader(lines),
        read_options=arrow.ReadOptions(column_names=list(layout.names), block_size=len(lines) + 1),
        parse_options=arrow.ParseOptions(delimiter=TAB, quote_char=False, double_quote=False),
        convert_options=arrow.ConvertOptions(
            include_columns=list(layout.wanted),
            column_types={n: pa.string() if n in layout.plain else coded for n in layout.wanted},
            strings_can_be_null=False,
        ),
    )
    frame: pd.DataFrame = table.to_pandas()
    return frame


def join(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames below one another; categorical columns stay categorical over the union of their levels."""
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Any] = {}
    for name in parts[0].columns:
        pieces = [part[name] for part in parts]
        if all(isinstance(piece.dtype, pd.CategoricalDtype) for piece in pieces):
            # pandas' own union refuses levels of unlike text types
            columns[name] = _recoded([level_codes(piece) for piece in pieces])
        else:
            columns[name] = pd.concat(pieces, ignore_index=True)
    return pd.DataFrame(columns)


def _recoded(pieces: Sequence[tuple[np.ndarray, Sequence[str]]]) -> Any:
    """Codes with their levels below one another, levels that are equal made one."""
    codes, levels = in_one_list(pieces)
    return categorical(np.concatenate(codes), levels)


def in_one_list(pieces: Sequence[tuple[np.ndarray, Sequence[str]]]) -> tuple[list[np.ndarray], list[str]]:
    """Codes of several columns, each given with its own levels, into one list of levels; -1 where missing."""
    place: dict[str, int] = {}
    to = [
        np.array([*(place.setdefault(level, len(place)) for level in levels), -1], dtype=np.int32)
        for _, levels in pieces
    ]
    return [own[codes] for own, (codes, _) in zip(to, pieces, strict=True)], list(place)
