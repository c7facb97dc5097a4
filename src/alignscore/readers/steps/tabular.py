"""Open a table a scholar has on disk, or take it as a frame, and find its columns by any known name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from alignscore.errors import FormatError, near

Source: TypeAlias = str | Path | pd.DataFrame


def load(source: Source) -> pd.DataFrame:
    """The table at a path (.csv, .tsv, .tab, either compressed, or .parquet), or the frame itself.

    Raises
    ------
    FormatError
        No such file, or a kind of file that is not read here.
    """
    if isinstance(source, pd.DataFrame):
        return source.reset_index(drop=True)
    path = Path(source)
    if not path.exists():
        raise FormatError(f"there is no file {str(path)!r}.")
    kinds = [suffix.lower() for suffix in path.suffixes]
    if ".parquet" in kinds:
        return pd.read_parquet(path)
    if ".csv" in kinds or ".tsv" in kinds or ".tab" in kinds:
        sep = "," if ".csv" in kinds else "\t"
        # "NA" is Namibia's two-letter code: what counts as missing is decided column by column
        return pd.read_csv(path, sep=sep, keep_default_na=False, na_values=[""], low_memory=False)
    raise FormatError(f"{path.name!r} is not a .csv, .tsv, .tab or .parquet file; export it to one of them.")


def find(frame: pd.DataFrame, names: Sequence[str]) -> str | None:
    """The frame's own name of the first of several possible columns, in any case of letters."""
    folded = {str(column).casefold(): str(column) for column in frame.columns}
    return next((folded[name.casefold()] for name in names if name.casefold() in folded), None)


def need(frame: pd.DataFrame, what: str, names: Sequence[str]) -> str:
    """As `find`, but a missing column is refused with the nearest name."""
    found = find(frame, names)
    if found is None:
        listed = " or ".join(map(repr, names))
        raise FormatError(f"no column for the {what}: expected {listed}.{near(names[0], frame.columns)}")
    return found


def numbers(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column as float numbers; what is not a number becomes NaN."""
    return pd.to_numeric(frame[column], errors="coerce").astype("float64")
