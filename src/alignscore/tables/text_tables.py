"""Text tables to frames: pyarrow parses, every line is counted, and none is lost in silence."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignscore.actors import categorical, level_codes
from alignscore.errors import FormatError, near
from alignscore.tables.files import (
    LONGEST_LINE,
    Meter,
    Paths,
    Progress,
    Source,
    blocks,
    check_mark,
    sources,
    whole,
)
from alignscore.tables.reading_report import Tally

TAB = "\t"


def arrow_csv() -> Any:
    """Pyarrow's CSV reader; says which extra brings it if it is missing."""
    try:
        import pyarrow.csv as arrow
    except ImportError:
        raise ImportError("readers parse with pyarrow: pip install 'alignscore[scale]'") from None
    return arrow


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


def first_line(source: Source) -> tuple[str, ...]:
    """Column names of a tab-separated file without quoting."""
    with source.open() as file:
        head = check_mark(source, file.read(1 << 16))
    top = re.split(rb"\r\n|\n|\r", head, maxsplit=1)[0].decode("utf-8", "replace")
    return tuple(name.strip() for name in top.split(TAB))


def need_names(source: Source, names: Sequence[str], needed: Sequence[str], what: str) -> None:
    """Raise unless a first line names all columns that a format cannot do without."""
    absent = [name for name in needed if name not in names]
    if absent:
        raise FormatError(
            f"{source.name} is no {what} file: its first line lacks {len(absent)} of the columns, "
            f"first {absent[0]!r}.{near(absent[0], names)}"
        )


def unquoted_chunks(
    source: Source, layouts: Mapping[int, Layout], tally: Tally, meter: Meter, *, skip_first: bool = False
) -> Iterator[pd.DataFrame]:
    """Frames of a tab-separated file without quoting, one a block and width; other lines are refused.

    Columns are categorical, those of `Layout.plain` are text. A missing cell is ''.
    """
    first = skip_first
    for block in blocks(source, meter):
        text = block[block.index(b"\n") + 1 :] if first else block
        first = False
        text = as_utf8(text, source, tally)
        for width, lines in by_width(text, set(layouts), source, tally):
            yield parse_unquoted(lines, layouts[width])


def as_utf8(text: bytes, source: Source, tally: Tally) -> bytes:
    """The same lines, those that are not UTF-8 read as Windows-1252 (or Latin-1) and counted."""
    try:
        text.decode("utf-8")
        return text
    except UnicodeDecodeError:
        pass
    lines, odd = text.split(b"\n"), 0
    for at, line in enumerate(lines):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            lines[at], odd = _legacy(line).encode("utf-8"), odd + 1
    tally.note(f"{source.name}: lines not in UTF-8 were read as Windows-1252 or Latin-1")
    tally.fact("lines not in UTF-8", odd, odd)
    return b"\n".join(lines)


def _legacy(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def by_width(text: bytes, widths: set[int], source: Source, tally: Tally) -> Iterator[tuple[int, bytes]]:
    """Lines grouped by their number of cells; blank lines are not rows, other widths are refused."""
    if not text:
        return
    letters = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))  # one a line: blocks end with a line end
    starts = np.concatenate([[0], ends[:-1] + 1])
    tabs = np.searchsorted(np.flatnonzero(letters == ord(TAB)), ends)  # tabs up to the end of each line
    cells = np.diff(tabs, prepend=0) + 1
    length = ends - starts
    rows = length > 0
    long = length > LONGEST_LINE
    tally.read += int(rows.sum())
    tally.move("refused", "line longer than 1 MB", int(long.sum()), int(rows.sum()), source.name)
    good = rows & ~long
    found = np.unique(cells[good])
    if len(found) == 1 and int(found[0]) in widths and bool(good.all()):
        yield int(found[0]), text
        return
    for width in found:
        which = np.flatnonzero(good & (cells == width))
        if int(width) in widths:
            yield int(width), b"\n".join(text[starts[i] : ends[i]] for i in which) + b"\n"
            continue
        shown = text[starts[which[0]] : ends[which[0]]][:60].decode("utf-8", "replace")
        reason = f"{width} columns, not {' or '.join(map(str, sorted(widths)))}"
        tally.move("refused", reason, len(which), int(good.sum()), f"{source.name}: {shown!r}")


def parse_unquoted(lines: bytes, layout: Layout) -> pd.DataFrame:
    """Frame of the wanted columns; every line has the layout's width."""
    import pyarrow as pa

    arrow = arrow_csv()
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
            columns[name] = _union(pieces)
        else:
            columns[name] = pd.concat(pieces, ignore_index=True)
    return pd.DataFrame(columns)


def _union(pieces: Sequence[pd.Series]) -> Any:
    """Categorical columns below one another; pandas' own union refuses levels of unlike text types."""
    place: dict[str, int] = {}
    codes = []
    for piece in pieces:
        cell, levels = level_codes(piece)
        to = np.array([*(place.setdefault(level, len(place)) for level in levels), -1], dtype=np.int32)
        codes.append(to[cell])
    return categorical(np.concatenate(codes), list(place))


# ---- small tables with a header ----------------------------------------------------------------
def header_frames(
    paths: Paths,
    tally: Tally,
    *,
    needed: Sequence[str],
    delimiter: str | None = None,
    quoted: bool = True,
    what: str = "table",
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """One frame of text cells from delimited files with a header (or Parquet files); '' is a missing cell.

    The header is the first line that holds all `needed` names (case is ignored), so lines of
    explanation above it do no harm; they are not rows. Column names come back in lower case, stripped,
    a repeated name with a number behind it. Where there is no header and `names` are given, the cells of
    the first line take the first of them.
    """
    found = sources(paths, suffixes=(*SUFFIXES_TABLES,))
    meter = Meter(found, progress)
    frames = []
    for source in found:
        tally.files.append(source.name)
        if source.name.lower().endswith(".parquet"):
            frames.append(_parquet(source, needed, tally))
        else:
            text = as_utf8(whole(source, meter), source, tally)
            frames.append(delimited(text, source, needed, tally, delimiter, quoted, what, names))
    return pd.concat(frames, ignore_index=True).fillna("") if len(frames) > 1 else frames[0]


SUFFIXES_TABLES = (".csv", ".tsv", ".tab", ".txt", ".zip", ".gz", ".parquet")


def find_header(
    lines: Sequence[str], needed: Sequence[str], delimiter: str | None, quoted: bool
) -> tuple[int, list[str], str] | None:
    """Position, names and delimiter of the header line, or None."""
    want = {name.lower() for name in needed}
    for at, line in enumerate(lines):
        for mark in (delimiter,) if delimiter else (",", TAB, ";"):
            names = cells(line, mark) if quoted else line.split(mark)
            names = [name.strip().strip('"').lower() for name in names]
            if want <= set(names):
                return at, _distinct(names), mark
    return None


def cells(line: str, delimiter: str) -> list[str]:
    """Cells of one line with CSV quoting."""
    try:
        return next(csv.reader(io.StringIO(line), delimiter=delimiter), [])
    except csv.Error:  # a cell beyond csv's limit: surely no header
        return []


def _distinct(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return out


def delimited(
    text: bytes,
    source: Source,
    needed: Sequence[str],
    tally: Tally,
    delimiter: str | None,
    quoted: bool,
    what: str,
    given: Sequence[str] | None = None,
) -> pd.DataFrame:
    """One text as a frame; see `header_frames`."""
    top = [line.decode("utf-8", "replace") for line in text[: 1 << 16].split(b"\n")[:40]]
    header = find_header(top, needed, delimiter, quoted)
    if header is None and given is not None:
        mark = TAB if TAB in top[0] else ","
        header = (-1, list(given)[: len(cells(top[0], mark))], mark)
        if len(header[1]) < len(needed):
            header = None
    if header is None:
        raise FormatError(_no_header(source, top, needed, what))
    at, names, mark = header
    body = text.split(b"\n", at + 1)[at + 1]
    rows = sum(1 for line in body.split(b"\n") if line)
    tally.read += rows
    if not rows:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in names})
    frame, odd = _parse_quoted(body, names, mark, quoted, source)
    bad = sum(odd.values())
    tally.move("merged", "line that continues a quoted cell", rows - bad - len(frame), rows)
    for width, count in odd.items():
        tally.move("refused", f"{width} columns, not {len(names)}", count, rows, source.name)
    return frame


def _parse_quoted(
    body: bytes, names: list[str], mark: str, quoted: bool, source: Source
) -> tuple[pd.DataFrame, dict[int, int]]:
    import pyarrow as pa

    arrow = arrow_csv()
    odd: dict[int, int] = {}

    def refuse(row: Any) -> str:
        odd[row.actual_columns] = odd.get(row.actual_columns, 0) + 1
        return "skip"

    try:
        table = arrow.read_csv(
            pa.BufferReader(body),
            read_options=arrow.ReadOptions(column_names=names, block_size=len(body) + 1, use_threads=False),
            parse_options=arrow.ParseOptions(
                delimiter=mark,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                invalid_row_handler=refuse,
            ),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as problem:
        raise FormatError(f"{source.name} cannot be read as a table: {problem}") from None
    return table.to_pandas().astype(object).copy(), odd


def _parquet(source: Source, needed: Sequence[str], tally: Tally) -> pd.DataFrame:
    arrow_csv()  # the error that names the extra
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        table = parquet.read_table(source.path).to_pandas()
    except (pa.ArrowException, OSError) as problem:
        raise FormatError(f"{source.name} is not a Parquet table: {problem}") from None
    table.columns = [str(name).strip().lower() for name in table.columns]
    absent = [name for name in needed if name.lower() not in table.columns]
    if absent:
        raise FormatError(f"{source.name}: column {absent[0]!r} is missing.{near(absent[0], table.columns)}")
    tally.read += len(table)
    return pd.DataFrame({name: as_text(table[name]) for name in table.columns})


def as_text(column: pd.Series) -> pd.Series:
    """Cells as text: '' for a missing one, whole numbers without '.0'."""
    missing = column.isna()
    if pd.api.types.is_float_dtype(column.dtype):
        whole_number = (column % 1 == 0).all() if not missing.all() else False
        text = column.map(lambda x: f"{x:.0f}" if whole_number or float(x).is_integer() else repr(float(x)),
                          na_action="ignore")  # fmt: skip
    else:
        text = column.astype(object).map(str, na_action="ignore")
    return text.astype(object).where(~missing, "")


def _no_header(source: Source, top: Sequence[str], needed: Sequence[str], what: str) -> str:
    first = top[0][:80] if top else ""
    return (
        f"{source.name} is no {what}: none of its first {len(top)} lines names the columns "
        f"{', '.join(map(repr, needed))}. Its first line is {first!r}."
    )
