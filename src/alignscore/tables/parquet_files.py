"""Parquet files, opened in one place: pyarrow is named where it is missing, damage is told by the file's name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from alignscore.errors import FormatError
from alignscore.tables.files import missing
from alignscore.tables.unpacking import check_fits


def pyarrow() -> Any:
    """The package, or an ImportError that says which extra brings it."""
    try:
        import pyarrow as pa
    except ImportError:
        raise ImportError("Parquet files are read with pyarrow: pip install 'alignscore[scale]'") from None
    return pa


def parquet_file(path: Path, *, codes: Sequence[str] = ()) -> Any:
    """An open Parquet file, with the text columns of `codes` read as dictionaries.

    Raises
    ------
    FileNotFoundError
        Nothing at `path`.
    FormatError
        No Parquet file, or a damaged one.
    """
    if not path.exists():
        raise missing(path)
    pa = pyarrow()
    import pyarrow.parquet as parquet

    try:
        return parquet.ParquetFile(path, read_dictionary=list(codes))
    except PermissionError:
        raise
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise _not_parquet(path, problem) from None


def arrow_table(path: str | Path) -> Any:
    """A Parquet file as an Arrow table.

    Raises
    ------
    FileNotFoundError
        Nothing at `path`.
    FormatError
        No Parquet table, or a damaged one.
    """
    path = Path(path)
    file = parquet_file(path)
    meta = file.metadata
    check_fits(
        f"{path.name}, a table of {meta.num_rows:,} rows and {meta.num_columns} columns,",
        8 * meta.num_rows * meta.num_columns, "Post it without holding it: post_parquet.",
    )  # fmt: skip
    try:
        table = file.read()
    except (pyarrow().ArrowException, OSError, ValueError) as problem:
        raise _not_parquet(path, problem) from None
    for name, column in zip(table.column_names, table.columns, strict=True):
        _check_text(path, name, column)
    return table


def parquet_table(path: str | Path) -> pd.DataFrame:
    """A Parquet file as a frame, its columns typed as the file has them; raises as `arrow_table`."""
    path = Path(path)
    table = arrow_table(path)
    try:
        frame: pd.DataFrame = table.to_pandas()
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
        f"{path.name} is not a Parquet table, or a damaged one: {problem}. Fetch or write it again."
    )
