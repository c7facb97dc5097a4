"""CSV files of events: their rows as text, and the line of the file on which each row stands."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from alignscore.errors import FormatError
from alignscore.events.table import REQUIRED

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def csv_frame(path: str | Path) -> pd.DataFrame:
    """A CSV file as text.

    Raises
    ------
    FormatError
        Not a table, separated by something else, or with more cells in its rows than in its header.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, UnicodeError) as problem:  # parser errors are ValueErrors
        raise FormatError(
            _otherwise_separated(path)
            or f"{path} is not a CSV table: {problem}. Save it as UTF-8 with a header row."
        ) from None
    if not set(REQUIRED) & set(table.columns) and (hint := _otherwise_separated(path)):
        raise FormatError(hint)
    if not isinstance(table.index, pd.RangeIndex):
        raise FormatError(
            f"{path}: the rows have more cells than the header has names; name every column, or quote cells "
            "that hold a comma."
        )
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
