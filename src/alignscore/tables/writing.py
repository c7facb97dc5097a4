"""The one way to write a table: by the ending of its name, whole or not at all, cells never run as formulas."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pandas as pd

from alignscore.errors import FormatError
from alignscore.values import as_pandas

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a text cell that begins so is run by a spreadsheet
ENDINGS = (".csv", ".parquet", ".xlsx")


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
        Numbers, dates and other texts as they are.

    Examples
    --------
    >>> without_formulas(pd.DataFrame({"source": ["KHM", "=1+1"], "score": [-0.5, 0.5]}))["source"].tolist()
    ['KHM', "'=1+1"]
    """
    frame = as_pandas("frame", frame)
    texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name].dtype)]
    return frame.assign(**{name: frame[name].map(_as_text) for name in texts}).rename(columns=_as_text)


def _as_text(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def write_table(frame: pd.DataFrame, path: str | Path, *, formulas: bool = False) -> None:
    """Write a table as the ending of its name says, beside and then renamed.

    Parameters
    ----------
    frame : pandas.DataFrame
    path : str or path
        .csv, .parquet or .xlsx.
    formulas : bool
        True keeps text cells of a CSV or workbook that a spreadsheet would run.

    Raises
    ------
    FormatError
        Another ending; or what writes that format is not installed.
    FileNotFoundError
        There is no such folder.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise FormatError(f"{path.name} ends in none of {', '.join(ENDINGS)}; name the file by its format.")
    if not path.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(path.parent))
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}", suffix=ending)
    os.close(handle)
    try:
        if ending == ".parquet":
            frame.to_parquet(beside, index=False)
        elif ending == ".xlsx":
            (frame if formulas else without_formulas(frame)).to_excel(beside, index=False)
        else:
            (frame if formulas else without_formulas(frame)).to_csv(beside, index=False)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except ImportError as lacking:
        raise FormatError(f"{path.name} needs a package that is not installed: {lacking}") from None
    finally:
        Path(beside).unlink(missing_ok=True)
