"""The distinct texts of a column, and codes of every row's text.

Letter for shapes: N rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignscore.errors import EventError

Coded = tuple[np.ndarray, list[str]]  # (N,) codes into distinct texts, -1 where missing or blank


def merged_texts(codes: np.ndarray, texts: Sequence[str]) -> Coded:
    """Codes of the distinct texts that are not blank, in the order given."""
    names: dict[str, int] = {}
    to = [names.setdefault(text, len(names)) if text else -1 for text in texts]
    if len(names) == len(to):
        return codes, list(names)
    return np.array([*to, -1], dtype=np.int32)[codes], list(names)


def text_of(level: Any) -> str:
    """A level of a column as text: '' for a missing one, a whole number without its '.0'."""
    if level is None or level is pd.NaT or level is pd.NA or level != level:
        return ""
    if isinstance(level, float) and level.is_integer():
        return str(int(level))
    return str(level).strip()


def text_codes(column: pd.Series) -> Coded:
    """Codes of a column's distinct texts, -1 where missing or blank; whole numbers lose their '.0'.

    Raises
    ------
    EventError
        A cell is a list, mapping or set.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, levels = np.asarray(column.cat.codes), column.cat.categories
    else:
        try:
            codes, levels = pd.factorize(column, use_na_sentinel=True)
        except TypeError:
            raise EventError(
                f"column {column.name!r} holds lists, mappings or sets; give one text or number a row."
            ) from None
    return merged_texts(codes, [text_of(level) for level in levels])
