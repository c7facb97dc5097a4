"""Files of events: CSV and Excel tables, and the line of a CSV file on which each row stands."""

from __future__ import annotations

import csv
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alignscore.errors import FormatError
from alignscore.events.table import REQUIRED
from alignscore.tables.files import missing

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
OTHERS = {  # first bytes of files that are no text
    b"PAR1": ("a Parquet file", "Events.read_parquet"),
    b"PK\x03\x04": ("an Excel workbook or another zip archive", "Events.read_excel or read_events"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "Excel to save it as .xlsx or CSV, and then the file"),
    b"\x1f\x8b": (
        "compressed by gzip under a name that does not end in .gz",
        "read_events, or rename it: it",
    ),
}


def csv_table(path: str | Path) -> Any:
    """A CSV file as a table of text: Arrow's where pyarrow is installed and can parse it, else pandas'.

    Raises
    ------
    FileNotFoundError
        No file at `path`.
    FormatError
        Not a table, separated by something else, with a column that stands twice, or with more cells in its rows than
        in its header.
    """
    _refuse_other_files(path)
    table = _arrow_csv(path)
    if table is None:
        table = _pandas_csv(path)
    names = list(table.column_names if hasattr(table, "column_names") else table.columns)
    if not set(REQUIRED) & set(names) and (hint := _otherwise_separated(path)):
        raise FormatError(hint)
    return table


def _refuse_other_files(path: str | Path) -> None:
    """Name a file that is no text, and the door that takes it."""
    if Path(path).is_dir():
        raise FormatError(f"{path} is a folder; read_events takes the files in it.")
    try:
        with Path(path).open("rb") as file:
            first = file.read(4)
    except FileNotFoundError:
        raise missing(Path(path)) from None
    zipped = Path(path).suffix.lower() in (".gz", ".zip", ".bz2", ".xz")
    for mark, (what, door) in OTHERS.items():
        if first.startswith(mark) and not zipped:
            raise FormatError(f"{path} is {what}, not a CSV table. {door} takes it.")


def _arrow_csv(path: str | Path) -> Any:
    """The file parsed by Arrow, all columns text; None where it cannot."""
    try:
        import pyarrow as pa
        from pyarrow import csv as arrow
    except ImportError:
        return None
    parse = arrow.ParseOptions(newlines_in_values=True)
    try:
        with pa.input_stream(str(path)) as file:  # undoes compression by the name's ending
            head = file.read(1 << 16)
        top = arrow.open_csv(pa.BufferReader(head[: head.rfind(b"\n") + 1] or head), parse_options=parse)
        types = dict.fromkeys(top.schema.names, pa.large_string())
        convert = arrow.ConvertOptions(column_types=types, strings_can_be_null=False)
        return arrow.read_csv(str(path), parse_options=parse, convert_options=convert)
    except (pa.ArrowException, OSError, ValueError):
        return None  # pandas is more lenient, and its refusals are worded below


def _pandas_csv(path: str | Path) -> pd.DataFrame:
    try:
        with_header = pd.read_csv(path, dtype=str, keep_default_na=False, header=None, nrows=1)
        names = [str(name) for name in with_header.iloc[0]] if len(with_header) else []
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, UnicodeError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as problem:
        raise FormatError(
            _otherwise_separated(path)
            or f"{path} is not a CSV table: {problem}. Save it as UTF-8 with a header row."
        ) from None
    if not isinstance(table.index, pd.RangeIndex):
        raise FormatError(
            _otherwise_separated(path)
            or f"{path}: the rows have more cells than the header has names; name every column, or quote cells "
            "that hold a comma."
        )
    if len(names) == len(table.columns):
        table.columns = names  # pandas renames a column that stands twice; the screen refuses it
    return table


def _otherwise_separated(path: str | Path) -> str | None:
    """What to say of a file whose header is separated by something else than commas, if it is."""
    try:
        with Path(path).open(encoding="utf-8-sig", errors="replace") as file:
            header = file.readline()
    except OSError:
        return None
    for mark, name in SEPARATORS.items():
        if len({cell.strip().strip('"') for cell in header.split(mark)} & set(REQUIRED)) > 1:
            return (
                f"{path} is separated by {name}, not by commas. read_events({str(path)!r}) takes it; or give "
                f"pandas.read_csv({str(path)!r}, sep={mark!r}, dtype=str) to Events.from_frame."
            )
    return None


def with_lines(refused: pd.DataFrame, path: str | Path, rows: int) -> pd.DataFrame:
    """Refused rows of a CSV file with their ``line``, as an editor counts: from 1, header and blanks included."""
    lines = _lines(path) if len(refused) else None
    if lines is None or len(lines) != rows:  # compressed, or not on disk: an editor shows none
        return refused
    table = refused.drop(columns="line", errors="ignore")
    table.insert(1, "line", lines[table["row"].to_numpy()])
    return table


def _lines(path: str | Path) -> np.ndarray | None:
    """Line on which each row begins, (N,); a quoted cell may run over several lines, blank ones are no rows."""
    starts, line = [], 1
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for cells in reader:
                if len(cells) > 1 or (cells and cells[0].strip()):
                    starts.append(line)
                line = reader.line_num + 1
    except (OSError, ValueError, csv.Error):
        return None
    return np.array(starts[1:], dtype=np.int64)


def excel_frame(path: str | Path, sheet: str | int) -> pd.DataFrame:
    """A sheet of a workbook as a frame, its cells as they stand.

    Raises
    ------
    FormatError
        The file is no workbook, or has no such sheet.
    """
    if not Path(path).exists():
        raise missing(Path(path))
    try:
        table = pd.read_excel(path, sheet_name=sheet, dtype=object, keep_default_na=False)
    except ImportError as problem:
        raise ImportError(f"Excel files are read through another package: {problem}") from None
    except (ValueError, KeyError, OSError, IndexError, TypeError, zipfile.BadZipFile) as problem:
        raise FormatError(f"{path}, sheet {sheet!r}, cannot be read as an Excel table: {problem}.") from None
    return table
