"""The one way to open a table: delimited text in any of its encodings, Parquet, a workbook, or a frame.

Every door here raises FileNotFoundError where nothing is at a path, and FormatError where there is no such table, or
a damaged one.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias, Unpack

import numpy as np
import pandas as pd

from alignscore.dates import date_text
from alignscore.errors import FormatError, as_path
from alignscore.tables.files import (
    PARQUET,
    SUFFIXES,
    Meter,
    OnError,
    Paths,
    Progress,
    Reader,
    Source,
    check_exists,
    check_fits,
    check_members,
    whole,
)
from alignscore.tables.reading_report import Tally
from alignscore.tables.text_tables import TableOptions, check_header, one_of_each, text_table
from alignscore.values import arrow_frame, as_pandas, holds_numbers, truths_as_text

Table: TypeAlias = Paths | pd.DataFrame  # or any table with the Arrow interface
GIVEN = "the table given"
NUMBERS = "numbers"  # attribute of a frame of texts: its columns that held numbers


def open_tables(
    table: Table,
    tally: Tally,
    *,
    progress: Progress | None = None,
    on_error: OnError = "raise",
    each: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame,
    **how: Unpack[TableOptions],
) -> pd.DataFrame:
    """One frame of text cells from files (or a table in memory), '' where a cell is missing; every row is counted.

    The header is the first line that holds all `needed` columns (case is ignored), so lines of explanation
    above it do no harm; they are not rows. Column names come back in lower case, stripped, an unnamed one
    that repeats with a number behind it. Where there is no header and `names` are given, the cells of the
    first line take the first of them.
    A quote that never closes is refused, and a column that stands twice with two contents. `each` makes of the
    frame of a file what joins those of the others, or refuses it (`OneLayout`).
    """
    if hasattr(table, "columns"):
        tally.files.append(GIVEN)
        return each(_of_frame(as_pandas("table", table), GIVEN, tally, **how))
    reader = Reader(table, tally, progress=progress, on_error=on_error, suffixes=(*SUFFIXES, *PARQUET))
    frames = reader.parts(
        lambda source: [each(open_table(source, tally, meter=reader.meter, **how))], how.get("what", "table")
    )
    return pd.concat(frames, ignore_index=True).fillna("") if len(frames) > 1 else frames[0]


class OneLayout:
    """Refuses a file of another layout than the first of one call: joined by their columns, each lacks the other's cells.

    `columns` tells the layout: the names by which a table calls the columns that matter.
    """

    def __init__(self, tally: Tally, columns: Callable[[pd.DataFrame], Sequence[str | None]]) -> None:
        self.tally, self.columns = tally, columns
        self.first: tuple[str, list[str]] | None = None

    def __call__(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame as it is."""
        found = [column for column in self.columns(frame) if column is not None]
        name = self.tally.files[-1]
        if self.first is None:
            self.first = (name, found)
        first, theirs = self.first
        if found != theirs:
            shown = " and ".join(
                ", ".join(column for column in one if column not in other) or "none of these"
                for one, other in ((theirs, found), (found, theirs))
            )
            raise FormatError(
                f"{first} and {name} are of two layouts (columns {shown}): read each alone, and add what they give."
            )
        return frame


def with_repeats_noted(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """The frame, and a note of how many of its rows say in every cell what an earlier one says."""
    if again := int(frame.duplicated().sum()):
        why = "rows repeat an earlier row in every cell, and count again where no step merges them"
        tally.note(f"{again:,} {why}")
    return frame


def open_table(
    source: Source, tally: Tally, *, meter: Meter | None = None, **how: Unpack[TableOptions]
) -> pd.DataFrame:
    """One file of `open_tables`."""
    if Path(source.member or source.path.name).suffix.lower() in PARQUET:
        if source.member is not None:
            raise FormatError(f"{source.name} is a Parquet file inside an archive; unpack it.")
        return _of_frame(parquet_table(source.path), source.name, tally, **how)
    return text_table(whole(source, tally, meter), source.name, tally, **how)


# ---- frames -------------------------------------------------------------------------------
def _of_frame(table: pd.DataFrame, name: str, tally: Tally, **how: Unpack[TableOptions]) -> pd.DataFrame:
    needed, what, lower = how.get("needed", ()), how.get("what", "table"), how.get("lower", True)
    columns = [str(column).strip().lower() if lower else str(column) for column in table.columns]
    check_header([column.lower() for column in columns], needed, name, what)
    tally.read += len(table)
    cells = {at: as_text(table.iloc[:, at]) for at in range(len(columns))}
    frame = one_of_each(pd.DataFrame(cells).set_axis(columns, axis=1), name)
    # a code that is a number may have lost its zero
    frame.attrs[NUMBERS] = [column for at, column in enumerate(columns) if holds_numbers(table.iloc[:, at])]
    return frame


def as_text(column: pd.Series) -> pd.Series:
    """Cells as text: '' for a missing one, whole numbers without '.0', dates as ISO 8601."""
    column = truths_as_text(column)
    try:
        codes, levels = pd.factorize(column, use_na_sentinel=True)
    except TypeError:  # lists and other cells without a hash
        cells = column.map(_cell, na_action="ignore").astype(object).fillna("")
        return cells.reset_index(drop=True)
    texts = np.array([*map(_cell, levels), ""], dtype=object)
    return pd.Series(texts[codes], dtype=object)


def _cell(value: Any) -> str:
    if isinstance(value, float | np.floating):
        number = float(value)
        return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else repr(number)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, pd.Timestamp):
        return value.isoformat() if value != value.normalize() else str(value.date())
    if isinstance(value, pd.Period):
        return date_text(value)
    return (value if isinstance(value, str) else str(value)).strip()


# ---- Parquet ----------------------------------------------------------------------------------------
def pyarrow(use: str = "Parquet files are read") -> Any:
    """The package, or an ImportError that says what it is used for and which extra brings it."""
    try:
        import pyarrow as pa
    except ImportError:
        raise ImportError(f"{use} with pyarrow: pip install 'alignscore[scale]'") from None
    return pa


def parquet_file(path: Path, *, codes: Sequence[str] = ()) -> Any:
    """An open Parquet file, with the text columns of `codes` read as dictionaries."""
    check_exists(path)
    pa = pyarrow()
    import pyarrow.parquet as parquet

    try:
        return parquet.ParquetFile(path, read_dictionary=list(codes))
    except PermissionError:
        raise
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise _not_parquet(path, problem) from None


def arrow_table(path: str | Path) -> Any:
    """A Parquet file as an Arrow table."""
    path = as_path(path)
    file = parquet_file(path)
    meta = file.metadata
    check_fits(
        f"{path.name}, a table of {meta.num_rows:,} rows and {meta.num_columns} columns,",
        8 * meta.num_rows * meta.num_columns,
        "Post it without holding it: post_parquet.",
    )
    try:
        table = file.read()
    except (pyarrow().ArrowException, OSError, ValueError) as problem:
        raise _not_parquet(path, problem) from None
    for name, column in zip(table.column_names, table.columns, strict=True):
        _check_text(path, name, column)
    return table


def parquet_table(path: str | Path) -> pd.DataFrame:
    """A Parquet file as a frame, its columns typed as the file has them."""
    path = as_path(path)
    table = arrow_table(path)
    try:
        frame = arrow_frame(table)
    except (pyarrow().ArrowException, ValueError, TypeError, KeyError, OverflowError) as problem:
        raise _not_parquet(path, problem) from None
    named = any(name is not None for name in frame.index.names)  # columns that pandas wrote as an index
    return frame.reset_index() if named else frame.reset_index(drop=True)


def _check_text(path: Path, name: str, column: Any) -> None:
    """Raise for a text column whose bytes are no UTF-8, of which pandas' own message names neither."""
    pa = pyarrow()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            raise FormatError(
                f"{path.name}: column {name!r} holds text that is not UTF-8; write it as UTF-8."
            ) from None


def _not_parquet(path: Path, problem: Exception) -> FormatError:
    return FormatError(
        f"{path.name} is not a Parquet table, or a damaged one: {str(problem).rstrip('.')}. Fetch or write it again."
    )


# ---- workbooks --------------------------------------------------------------------------------------
def workbook_table(path: str | Path, sheet: str | int = 0) -> pd.DataFrame:
    """A sheet as a frame, its cells as they stand; a row without a cell filled is none, as in text."""
    path = as_path(path)
    check_exists(path)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                check_members(path.name, archive)
        cells = pd.read_excel(path, sheet_name=sheet, header=None, dtype=object, keep_default_na=False)
    except ImportError as problem:
        raise ImportError(f"Excel files are read through another package: {problem}") from None
    except (FormatError, PermissionError):
        raise
    except Exception as problem:  # a damaged workbook raises whatever its unpacker, its XML or its cells meet
        raise FormatError(
            f"{path}, sheet {sheet!r}, cannot be read as an Excel table: {str(problem).rstrip('.')}."
        ) from None
    if cells.empty:
        return cells
    blank = cells.isna() | (cells == "")
    # as they stand: pandas would give a column that stands twice another name
    names = [f"Unnamed: {at}" if blank.iloc[0, at] else name for at, name in enumerate(cells.iloc[0])]
    filled = ~blank.all(axis=1)
    filled.iloc[0] = False
    return cells[filled].set_axis(names, axis=1).reset_index(drop=True)
