"""Sheets of Excel workbooks as frames."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd

from alignscore.errors import FormatError
from alignscore.tables.files import missing
from alignscore.tables.unpacking import check_members


def workbook_table(path: str | Path, sheet: str | int = 0) -> pd.DataFrame:
    """A sheet as a frame, its cells as they stand.

    Raises
    ------
    FileNotFoundError
        Nothing at `path`.
    FormatError
        The file is no workbook, or has no such sheet.
    """
    if not Path(path).exists():
        raise missing(Path(path))
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                check_members(Path(path).name, archive)
        return pd.read_excel(path, sheet_name=sheet, dtype=object, keep_default_na=False)
    except ImportError as problem:
        raise ImportError(f"Excel files are read through another package: {problem}") from None
    except FormatError:
        raise
    except (ValueError, KeyError, OSError, IndexError, TypeError, zipfile.BadZipFile) as problem:
        raise FormatError(f"{path}, sheet {sheet!r}, cannot be read as an Excel table: {problem}.") from None
