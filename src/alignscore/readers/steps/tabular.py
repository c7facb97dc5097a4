"""A table whose numbers are numbers, from a path or a frame, and its columns by any known name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from alignscore.errors import FormatError, near
from alignscore.tables.files import PARQUET, OnError, Progress
from alignscore.tables.opening import GIVEN, OneLayout, Table, open_tables, parquet_table
from alignscore.tables.reading_report import Tally
from alignscore.tables.text_tables import one_of_each
from alignscore.values import EXACT, as_pandas


def load(
    source: Table,
    tally: Tally,
    keys: Sequence[str] = (),
    *,
    each: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame,
    progress: Progress | None = None,
    on_error: OnError = "raise",
) -> pd.DataFrame:
    """The table at a path, or in memory; columns of numbers as numbers, a missing cell as NaN or None.

    Several files are of one layout: they have the same one of the columns `keys`. `each` makes of the text cells of
    a file what joins those of the others.
    """
    if hasattr(source, "columns"):
        frame = as_pandas("table", source).reset_index(drop=True)
        tally.files.append(GIVEN)
        tally.read += len(frame)
        return one_of_each(frame, GIVEN)
    if isinstance(source, str | Path) and Path(source).suffix.lower() in PARQUET:
        table = parquet_table(source)
        tally.files.append(Path(source).name)
        tally.read += len(table)
        return table
    one = OneLayout(tally, lambda table: [column_named(table, keys)])
    text = open_tables(
        source, tally, lower=False, progress=progress, on_error=on_error, each=lambda table: each(one(table))
    )
    return pd.DataFrame({name: _typed(text[name]) for name in text.columns})


def _typed(column: pd.Series) -> pd.Series:
    """Numbers where every filled cell is one; "NA" is Namibia's two-letter code, and stays."""
    codes, levels = pd.factorize(column)
    filled = pd.Series([level if level.strip() else None for level in levels], dtype=object)
    try:
        read = pd.to_numeric(filled)
    except (ValueError, TypeError):
        read = filled
    return pd.Series(read.to_numpy()[codes])


def column_named(frame: pd.DataFrame, names: Sequence[str]) -> str | None:
    """The frame's own name of the first of several possible columns, in any case of letters."""
    for name in names:
        found = [str(column) for column in frame.columns if str(column).casefold() == name.casefold()]
        if len(found) > 1:
            raise FormatError(f"columns {' and '.join(map(repr, found))} both stand in the table; keep one.")
        if found:
            return found[0]
    return None


def needed_column(frame: pd.DataFrame, what: str, names: Sequence[str]) -> str:
    """As `column_named`, but a missing column is refused with the nearest name."""
    found = column_named(frame, names)
    if found is None:
        listed = " or ".join(map(repr, names))
        raise FormatError(f"no column for the {what}: expected {listed}.{near(names[0], frame.columns)}")
    return found


def numbers(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column as float numbers; what is not a number, or no finite one, becomes NaN."""
    found = pd.to_numeric(frame[column], errors="coerce").astype("float64")
    return found.where(np.isfinite(found))


def whole_numbers(frame: pd.DataFrame, column: str) -> pd.Series:
    """As `numbers`, where codes and years are meant: a number with decimals is none, nor one that floats do not hold."""
    found = numbers(frame, column)
    return found.where((found % 1 == 0) & (found.abs() < EXACT))
