"""How files are written: whole or not at all; tables by the ending of their name, their cells never run as formulas."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from alignscore.errors import FormatError, as_path
from alignscore.values import as_pandas

LINE_END = re.compile("\r\n?")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a text cell that begins so is run by a spreadsheet


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose text cells no spreadsheet runs as formulas.

    Labels come from data that others wrote; a cell such as ``=HYPERLINK(...)`` would be run when a CSV is
    opened in a spreadsheet. Such cells get an apostrophe in front, which spreadsheets read as "this is text".

    Parameters
    ----------
    frame : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        Numbers and dates as they are, and other texts, whose line ends are those of Unix; labels of the index too are
        such cells.

    Examples
    --------
    >>> without_formulas(pd.DataFrame({"source": ["KHM", "=1+1"], "score": [-0.5, 0.5]}))["source"].tolist()
    ['KHM', "'=1+1"]
    """
    return _each_cell(as_pandas("frame", frame), _as_text)


def csv_cells(frame: pd.DataFrame, *, formulas: bool) -> pd.DataFrame:
    """The cells of a frame as they go to a CSV or workbook, with or without those that a spreadsheet would run."""
    return _each_cell(frame, _in_lines) if formulas else without_formulas(frame)


def _each_cell(frame: pd.DataFrame, change: Callable[[object], object]) -> pd.DataFrame:
    changed = frame.copy(deep=False)
    for at, dtype in enumerate(frame.dtypes):
        column = frame.iloc[:, at]
        if pd.api.types.is_object_dtype(dtype):
            # `map` would make floats of whole numbers beside gaps
            column = pd.Series([change(cell) for cell in column], index=column.index, dtype=object)
        elif not pd.api.types.is_numeric_dtype(dtype):
            column = column.map(change)
        changed.isetitem(at, column)
    return changed.rename(index=change, columns=change)


def _in_lines(cell: object) -> object:
    """A text whose lines end in LF: a lone CR goes unquoted, and what stands behind it would begin a row."""
    return LINE_END.sub("\n", cell) if isinstance(cell, str) else cell


def _as_text(cell: object) -> object:
    begins = isinstance(cell, str) and cell.startswith(FORMULA)
    return f"'{_in_lines(cell)}" if begins else _in_lines(cell)


def write_whole(path: str | Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file beside `path`, bring it to the disk, then give it its name.

    Whoever reads `path` finds the old file or the new one, never a part; a write that fails leaves the old one.
    Of two that write at once, one whole file stays. Where there is no such folder FileNotFoundError is raised.
    What is no file, as /dev/stdout or a named pipe, is written to as it stands.
    """
    place = as_path(path).resolve()  # the file that a link names, not the link
    if not place.parent.is_dir():
        raise FileNotFoundError(f"there is no such folder as {place.parent}; make it first.")
    if place.exists() and not place.is_file():  # a device or a pipe keeps its name, a folder is refused
        with place.open("wb") as file:
            write(file)
        return
    beside = place.with_name(f".{place.name[:40]}.{secrets.token_hex(8)}.part")  # names end at 255 bytes
    try:
        with beside.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; not every system opens folders."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_table(frame: pd.DataFrame, path: str | Path, *, formulas: bool = False) -> None:
    """Write a table as the ending of its name says, by `write_whole`.

    With `formulas` text cells of a CSV or workbook that a spreadsheet would run are kept.
    """
    path = as_path(path)
    ending = path.suffix.lower()
    how: dict[str, Callable[[BinaryIO], object]] = {
        ".csv": lambda file: cells.to_csv(file, mode="wb", index=False, lineterminator="\n"),
        ".parquet": lambda file: cells.to_parquet(file, index=False),
        ".xlsx": lambda file: cells.to_excel(file, index=False, engine="openpyxl"),
    }
    if ending not in how:
        raise FormatError(f"{path.name} ends in none of {', '.join(how)}; name the file by its format.")
    cells = frame if ending == ".parquet" else csv_cells(frame, formulas=formulas)
    try:
        write_whole(path, how[ending])
    except ImportError as lacking:
        raise FormatError(f"{path.name} needs a package that is not installed: {lacking}") from None
    except (OSError, MemoryError):
        raise
    except Exception as problem:
        # a column of two types, a sheet too long, a control character: each writer has errors of its own
        why = repr(str(problem))[1:-1].rstrip(".")  # no control character reaches a terminal
        raise FormatError(f"{path.name} cannot hold this table: {why}. A .csv holds any.") from None
