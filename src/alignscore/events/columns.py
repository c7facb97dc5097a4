"""Columns of an event table as codes, numbers and days: what the screen asks of any table, and pandas' answers.

Letter for shapes: N rows.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from alignscore.dates import as_written, stamped_days
from alignscore.events.string_codes import coded, string_ids
from alignscore.events.texts import Coded, text_codes


class Columns(Protocol):
    """A table of N rows whose columns can be coded; pandas and Arrow tables differ in this alone."""

    names: tuple[str, ...]

    def __len__(self) -> int: ...

    def texts(self, name: str) -> Coded:
        """Codes of a column's distinct texts, without blanks at their ends; a whole number has no '.0'."""

    def numbers(self, name: str) -> np.ndarray | None:
        """A column of numbers, NaN where missing, (N,); None where it holds something else."""

    def days(self, name: str) -> np.ndarray | None:
        """A column of dates or stamps in days since 1970-01-01, NO_DAY where missing; None where it is another."""

    def flags(self, name: str) -> np.ndarray | None:
        """A column of true and false, (N,); None where it holds something else or misses some."""

    def ids(self, name: str) -> np.ndarray | None:
        """Codes that are equal where the column's texts are, -1 where blank, (N,); None where no two are equal."""

    def cells(self, name: str, rows: np.ndarray | slice) -> np.ndarray:
        """Cells as they stand, as objects."""

    def frame(self, rows: np.ndarray) -> pd.DataFrame:
        """Rows as they stand."""


class FrameColumns:
    """The columns of a pandas frame."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self.names = tuple(map(str, table.columns))

    def __len__(self) -> int:
        return len(self.table)

    def texts(self, name: str) -> Coded:  # noqa: D102
        column = self.table[name]
        if isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow":
            import pyarrow as pa

            return coded(pa.array(column, from_pandas=True), name)
        return text_codes(as_written(column) if name in ("date", "until") else column)

    def numbers(self, name: str) -> np.ndarray | None:  # noqa: D102
        column = self.table[name]
        kinds = pd.api.types
        if not kinds.is_numeric_dtype(column.dtype) or kinds.is_complex_dtype(column.dtype):
            return None
        return column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)  # the caller may go on writing

    def days(self, name: str) -> np.ndarray | None:  # noqa: D102
        column = self.table[name]
        return stamped_days(column) if pd.api.types.is_datetime64_any_dtype(column.dtype) else None

    def flags(self, name: str) -> np.ndarray | None:  # noqa: D102
        column = self.table[name]
        return column.to_numpy(copy=True) if column.dtype == bool else None

    def ids(self, name: str) -> np.ndarray | None:  # noqa: D102
        column = self.table[name]
        if isinstance(column.dtype, pd.StringDtype) or column.dtype == object:
            try:
                import pyarrow as pa

                return string_ids(pa.array(column, from_pandas=True, type=pa.large_string()))
            except (ImportError, ValueError, TypeError):  # no Arrow, or not all are texts
                pass
        elif isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
            return number_ids(column.to_numpy())
        return text_codes(column)[0]

    def cells(self, name: str, rows: np.ndarray | slice) -> np.ndarray:  # noqa: D102
        return self.table[name].to_numpy(dtype=object)[rows]

    def frame(self, rows: np.ndarray) -> pd.DataFrame:  # noqa: D102
        return self.table.iloc[rows].reset_index(drop=True)


def number_ids(numbers: np.ndarray) -> np.ndarray | None:
    """`Columns.ids` of a column of numbers: unique ones leave early, others are told by a sort."""
    ordered = np.sort(numbers)  # NaN last
    if not (ordered[1:] == ordered[:-1]).any():
        return None
    codes = np.unique(numbers, return_inverse=True)[1].reshape(-1)
    return np.where(np.isnan(numbers), -1, codes)
