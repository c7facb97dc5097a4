"""Delimited text as rows: its header, its records with and without quotes, and rows of another width.

A record is a line, or several where a quoted cell runs over a line end. Letters for shapes: R records, N rows kept.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypedDict, Unpack

import numpy as np
import pandas as pd

from alignscore.errors import FormatError, as_path, near
from alignscore.tables.files import LONGEST_LINE, NOT_UTF8, sources, whole
from alignscore.tables.reading_report import Tally

Needed: TypeAlias = Sequence[str | tuple[str, ...]]  # a column, or several of which one must stand
LF, QUOTE = ord("\n"), ord('"')
TAB = "\t"
SEPARATORS = (",", TAB, ";", "|")
PADDING = " \u00a0"
# a blank at a cell's end; the blank comes first, to which a search can skip
PADDED = re.compile(
    rb' (?:(?<=[,;\t|"\n] )|(?<=^ )|(?=[,;\t|"\n]|$))'
    rb'|\xc2\xa0(?:(?<=[,;\t|"\n]\xc2\xa0)|(?<=^\xc2\xa0)|(?=[,;\t|"\n]|$))'
)
EXPLAINED = 40  # lines of explanation that may stand above a header
BLOCK = (1 << 22) + LONGEST_LINE  # bytes that one thread parses at a time


class TableOptions(TypedDict, total=False):
    """How a table is taken from a file."""

    # columns that must stand, of each tuple one; the header is the first line that has them all
    needed: Needed
    what: str  # what is looked for, for the wording of refusals
    names: Sequence[str] | None  # of the first columns, where no line names them
    quoted: bool  # whether quotes stand around cells
    lower: bool  # whether column names come in lower case


def names_of(needed: Needed) -> list[tuple[str, ...]]:
    """The names that each needed column may have."""
    return [(one,) if isinstance(one, str) else tuple(one) for one in needed]


def lacking(names: Iterable[str], needed: Needed) -> list[tuple[str, ...]]:
    """The needed columns that are not among some names, whatever the letter case."""
    folded = {name.lower() for name in names}
    return [either for either in names_of(needed) if not folded & {each.lower() for each in either}]


def check_header(columns: Sequence[str], needed: Needed, name: str, what: str) -> None:
    """Raise unless the needed columns are among `columns`."""
    if absent := lacking(columns, needed):
        listed = " or ".join(map(repr, absent[0]))
        raise FormatError(
            f"{name} is no {what}: it has no column {listed}.{near(absent[0][0], [c for c in columns if c])}"
        )


# ---- rows -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Header:
    """The line that names the columns: its position, its names in lower case, and the separator."""

    line: int  # -1: there is none, and the names were given
    names: tuple[str, ...]
    mark: str

    @property
    def named(self) -> int:
        """Columns up to the last that has a name; separators too many may stand behind it."""
        return max((at + 1 for at, name in enumerate(self.names) if name), default=len(self.names))


@dataclass(frozen=True)
class TextRows:
    """Rows of a text that all have the header's width."""

    name: str
    header: Header
    body: bytes  # the rows, one line end behind each
    strict: bool  # quotes stand around whole cells only, so that every parser reads the rows alike
    quoted: bool
    text: bytes  # all that stands below the header
    starts: np.ndarray  # where in it each row begins, int64 (N,)
    above: int  # lines above the text

    @property
    def lines(self) -> np.ndarray:
        """Line of the file on which each row begins, (N,); the first line is 1."""
        ends = np.flatnonzero(np.frombuffer(self.text, dtype=np.uint8) == LF)
        return np.searchsorted(ends, self.starts) + self.above + 1

    def frame(self) -> pd.DataFrame:
        """A frame of text, '' where a cell is empty; a column that stands twice with one content comes once."""
        table = self._arrow()
        frame = self._by_pandas() if table is None else table.to_pandas().astype(object).copy()
        return one_of_each(frame.set_axis(list(self.header.names), axis=1), self.name)

    def table(self) -> Any:
        """As `frame`, an Arrow table where pyarrow is installed and can parse the rows."""
        names = list(self.header.names)
        table = self._arrow() if len(set(names)) == len(names) else None
        return self.frame() if table is None else table.rename_columns(names)

    def _arrow(self) -> Any:
        """An Arrow table of text whose columns are numbered, None where Arrow cannot parse the rows."""
        columns = [str(at) for at in range(len(self.header.names))]
        if not self.strict or not self.body or len(columns) == 1:
            return None
        try:
            import pyarrow as pa
            import pyarrow.csv as arrow
        except ImportError:
            return None
        try:
            table = arrow.read_csv(
                pa.BufferReader(self.body),
                read_options=arrow.ReadOptions(column_names=columns, block_size=BLOCK),
                parse_options=arrow.ParseOptions(
                    delimiter=self.header.mark,
                    quote_char='"' if self.quoted else False,
                    double_quote=self.quoted,
                    newlines_in_values=self.quoted and b'"' in self.body,
                ),
                convert_options=arrow.ConvertOptions(
                    column_types=dict.fromkeys(columns, pa.large_string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowException:  # a row longer than a block
            return None
        self._check_length(table)
        return table

    def _by_pandas(self) -> pd.DataFrame:
        columns = range(len(self.header.names))
        if not self.body:
            return pd.DataFrame(columns=columns, dtype=object)
        try:  # the C parser of pandas reads quotes inside cells as csv does
            frame = pd.read_csv(
                io.BytesIO(self.body), sep=self.header.mark, header=None, names=columns, dtype=object,
                keep_default_na=False, na_filter=False, quoting=0 if self.quoted else 3, engine="c", low_memory=False,
                index_col=False, skip_blank_lines=True,
            )  # fmt: skip
        except (ValueError, OverflowError, MemoryError) as problem:  # parser errors are ValueErrors
            raise FormatError(f"{self.name} cannot be read as a table: {problem}") from None
        self._check_length(frame)
        return frame

    def _check_length(self, table: Any) -> None:
        if len(table) != len(self.starts):
            raise FormatError(
                f"{self.name} cannot be read as a table: its quotes and line ends can be read in two ways."
            )


def text_table(text: bytes, name: str, tally: Tally, **how: Unpack[TableOptions]) -> pd.DataFrame:
    """The rows of a UTF-8 text as a frame; see `open_tables`. Rows of another width than the header's are refused.

    Blanks around a cell are none of it.
    """
    frame = text_rows(text, name, tally, **how).frame()
    if PADDED.search(text) is None:
        return frame
    return pd.DataFrame(
        {column: [cell.strip(PADDING) for cell in frame[column]] for column in frame}, dtype=object
    )


def text_file(path: str | Path) -> TextRows:
    """One text file, all of it; refused unless it is UTF-8, and every row of the header's width."""
    path, tally = as_path(path), Tally("text")
    if path.is_dir():
        raise FormatError(f"{path} is a folder; read_events takes the files in it.")
    found = sources(path, tally=tally)
    if len(found) > 1:
        raise FormatError(f"{path.name} holds {len(found)} files; read_events takes them all.")
    rows = text_rows(whole(found[0], tally), path.name, tally, lower=False)
    if tally.facts:
        raise FormatError(
            f"{path.name}: {tally.facts[NOT_UTF8][0]:,} lines are not in UTF-8; save it as UTF-8, or read_events takes "
            "them for Windows-1252 and counts them."
        )
    odd = [step for step in tally.report(0).steps if step.action == "refused"]
    if odd:
        raise FormatError(
            f"{path.name}: {sum(step.rows for step in odd):,} rows have more or fewer cells than the header has names "
            f"({odd[0].reason}, as {odd[0].example}). Name every column, and quote cells that hold "
            f"{rows.header.mark!r}; read_events leaves such rows out and counts them."
        )
    return rows


def text_rows(
    text: bytes,
    name: str,
    tally: Tally,
    *,
    needed: Needed = (),
    what: str = "table",
    names: Sequence[str] | None = None,
    quoted: bool = True,
    lower: bool = True,
) -> TextRows:
    """The rows of a UTF-8 text; those of another width than the header's are refused.

    Empty cells behind the last column are no cells: archives and spreadsheets write them.
    """
    if not text or text.isspace():
        raise FormatError(f"{name} is empty.")
    top = _top(text)
    header = find_header(top, needed, quoted=quoted, lower=lower)
    if header is None or _before_semicolons(header):
        before = find_header(_top(without_semicolons(text[: 1 << 16])), needed, quoted=quoted, lower=lower)
        if before is not None and before.mark != ";":
            text, header = without_semicolons(text), before
    header = header or _given_header(top, names, needed)
    if header is None:
        raise FormatError(_no_header(name, top, needed, what))
    start = max(header.line, 0)
    rest = text.split(b"\n", start)[start] if start else text
    try:
        found = records(rest, header.mark, quoted=quoted)
    except OpenQuoteError as problem:
        (at,) = problem.args
        line = start + 1 + rest.count(b"\n", 0, at)
        shown = rest[at : at + 40].decode("utf-8", "replace").split("\n")[0]
        raise FormatError(
            f"{name}: the quote opened on line {line} is never closed: {shown!r}. Close it; a quote inside a quoted "
            "cell is written twice."
        ) from None
    above, body = start, rest
    if header.line >= 0:
        cut = int(found.ends[0]) + 1
        above += rest.count(b"\n", 0, cut)
        behind = found.starts[1:] - cut, found.ends[1:] - cut, found.widths[1:]
        body, found = rest[cut:], Records(*behind, found.lines - rest.count(b"\n", 0, cut), found.strict)
    return _rows_of(body, found, above, header, name, tally, quoted)


def find_header(
    lines: Sequence[str], needed: Needed, *, quoted: bool = True, lower: bool = True
) -> Header | None:
    """The first line that names all needed columns, or None; the first line at all where none is needed."""
    declared = re.fullmatch(r'"?sep=(.)"?\s*', lines[0], re.IGNORECASE) if lines else None
    marks = (declared[1],) if declared else SEPARATORS
    for at, line in enumerate(lines):
        if not line.strip() or (declared and at == 0):
            continue
        split = [cells(line, mark) if quoted else line.split(mark) for mark in marks]
        for mark, names in sorted(zip(marks, split, strict=True), key=lambda pair: -len(pair[1])):
            stripped = tuple(map(bare, names))
            if not lacking(stripped, needed):
                return Header(at, tuple(name.lower() for name in stripped) if lower else stripped, mark)
    return None


def _top(text: bytes) -> list[str]:
    """The lines among which a header is looked for."""
    return [line.decode("utf-8", "replace") for line in text[: 1 << 16].split(b"\n")[:EXPLAINED]]


def _before_semicolons(header: Header) -> bool:
    """Whether a line of names between commas has semicolons behind it, as a spreadsheet of another locale puts them."""
    if header.mark == ";":
        return header.named == 1 and "," in header.names[0]
    return header.names[-1].endswith(";;")


def without_semicolons(text: bytes) -> bytes:
    """Without the semicolons that a spreadsheet put behind every line of a table separated by commas."""
    lines = [line.rstrip(b"; \t") for line in text.split(b"\n")]
    return b"\n".join(
        line[1:-1].replace(b'""', b'"') if len(line) > 1 and line[:1] == line[-1:] == b'"' else line
        for line in lines
    )


def bare(cell: str) -> str:
    """A name in a header without the blanks and quotes around it."""
    return cell.strip().strip('"').strip()


def cells(line: str, mark: str) -> list[str]:
    """Cells of one line with CSV quoting."""
    import csv

    try:
        return next(csv.reader(io.StringIO(line), delimiter=mark), [])
    except csv.Error:  # a cell beyond csv's limit: surely no header
        return []


def _given_header(top: Sequence[str], names: Sequence[str] | None, needed: Needed) -> Header | None:
    lines = [line for line in top if line.strip()] or [""]
    mark = max(SEPARATORS, key=lambda one: len(cells(lines[0], one)))
    # not every line has what may stand behind the names
    width = max(len(cells(line, mark)) for line in lines)
    if names is None or not len(needed) <= width:
        return None
    first_names = [*names][:width]
    return Header(-1, (*first_names, *[""] * (width - len(first_names))), mark)


def _rows_of(
    text: bytes, found: Records, above: int, header: Header, name: str, tally: Tally, quoted: bool
) -> TextRows:
    """Rows of the header's width, each counted; rows of another width are refused, blank ones left out."""
    width, widths = len(header.names), found.widths
    rows = len(widths)
    tally.read += found.lines
    tally.move("merged", "line that continues a quoted cell", found.lines - rows, found.lines)
    hollow = (found.ends - found.starts == widths - 1) & (widths > 1)
    tally.move("left out", "row without a cell filled", int(hollow.sum()), rows)
    solid = int((found.ends - found.starts + 1).sum()) == len(text)  # no blank line between the rows
    if solid and not hollow.any() and (widths == width).all():
        return TextRows(name, header, text, found.strict, quoted, text, found.starts, above)
    out: list[bytes] = []
    kept: list[int] = []
    odd: dict[int, tuple[int, str]] = {}
    behind = 0
    for start, end, w, empty in zip(
        found.starts.tolist(), found.ends.tolist(), widths.tolist(), hollow.tolist(), strict=True
    ):
        if empty:
            continue
        line = text[start:end]
        if w > width:
            cut = line.rsplit(header.mark.encode(), w - width)
            if not any(cell.strip(b' "\t') for cell in cut[1:]):
                line, w, behind = cut[0], width, behind + 1
        elif header.named <= w < width:
            line, w = line + header.mark.encode() * (width - w), width
        if w == width:
            out.append(line)
            kept.append(start)
        else:
            count, shown = odd.get(w, (0, line[:60].decode("utf-8", "replace")))
            odd[w] = (count + 1, shown)
    if behind:
        tally.note(f"{name}: empty cells behind the last column were passed over ({behind:,} rows)")
    for w, (count, shown) in sorted(odd.items()):
        tally.move("refused", f"{w} columns, not {width}", count, rows, f"{name}: {shown!r}")
    body = b"\n".join(out) + b"\n" if out else b""
    return TextRows(name, header, body, found.strict, quoted, text, np.array(kept, dtype=np.int64), above)


def one_of_each(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The frame with each named column once; refused where two of one name differ. Unnamed ones get numbers."""
    columns = list(map(str, frame.columns))
    firsts = {column: at for at, column in reversed([*enumerate(columns)])}
    keep = dict[str, int]()
    for at, column in enumerate(columns):
        first = firsts[column]
        if first == at or not column:
            keep[column if first == at else f"{column}#{columns[: at + 1].count(column)}"] = at
        elif len(frame) and not frame.iloc[:, first].equals(frame.iloc[:, at]):
            raise FormatError(f"{name}: column {column!r} stands more than once in the table; keep one.")
    return frame.iloc[:, list(keep.values())].set_axis(list(keep), axis=1)


def _no_header(name: str, top: Sequence[str], needed: Needed, what: str) -> str:
    """What a file lacks: the columns that its likeliest header does not name, or all of them."""
    rows = [[bare(cell) for cell in line.split(mark)] for line in top for mark in SEPARATORS]
    names = min(rows, key=lambda row: len(lacking(row, needed)), default=[])
    absent = lacking(names, needed)
    asked = absent or names_of(needed)
    shown = [" or ".join(map(repr, one[:4])) for one in asked]
    if len(absent) < len(needed):
        meant = near(asked[0][0], [n for n in names if n])
        return f"{name} is no {what}: it has no column {'; '.join(shown)}.{meant}"
    first = next((line for line in top if line.strip()), "")
    return (
        f"{name} is no {what}: none of its first {len(top)} lines names the columns {', '.join(shown)}. "
        f"Its first line is {first[:80]!r}."
    )


# ---- records ----------------------------------------------------------------------------------------
class OpenQuoteError(Exception):
    """A quote that opens a cell and is never closed; its argument is the position of the cell."""


@dataclass(frozen=True)
class Records:
    """Records of a text, blank lines left out."""

    starts: np.ndarray  # position of the first byte, int64 (R,)
    ends: np.ndarray  # and of the line end
    widths: np.ndarray  # cells of each record
    lines: int  # that are not blank; more than R where a quoted cell runs over a line end
    strict: bool  # as of `TextRows`


def records(text: bytes, mark: str, *, quoted: bool = True) -> Records:
    r"""Records of a text that ends with a line end.

    A quoted cell that does not end, or that swallows lines up to a quote which closes no cell, is an `OpenQuoteError`.

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
    if quoted and b'"' in text:
        quotes = np.flatnonzero(letters == QUOTE)
        if not _around_cells(letters, quotes, ord(mark)):
            return _scanned(text, mark, lines)
        stops = stops[np.searchsorted(quotes, stops) % 2 == 0]
        line = np.flatnonzero(letters[stops] == LF)
    ends = stops[line]
    widths = np.diff(line, prepend=-1)
    starts = np.concatenate([[0], ends[:-1] + 1])
    return _without_blank_lines(text, starts, ends, widths, lines, strict=True)


def _without_blank_lines(
    text: bytes, starts: np.ndarray, ends: np.ndarray, widths: np.ndarray, lines: int, *, strict: bool
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
    beside = (mark, LF, QUOTE)
    return bool(((open_ == 0) | np.isin(before, beside)).all() and np.isin(after, beside).all())


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
    return _without_blank_lines(text, first, last, cells, lines, strict=False)
