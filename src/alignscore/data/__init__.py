"""The tables that ship with the library, and how one is read."""

from functools import cache
from importlib import resources

import pandas as pd


def shipped(name: str) -> pd.DataFrame:
    """A table of this folder, all cells text."""
    return _table(name).copy()  # whoever asked may write to it


@cache  # nineteen small tables
def _table(name: str) -> pd.DataFrame:
    with resources.files(__name__).joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)
