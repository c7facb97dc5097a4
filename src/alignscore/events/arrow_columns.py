"""Columns of an Arrow table as codes, numbers and days: Arrow's answers to what the screen asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignscore.dates import NO_DAY, stamped_days
from alignscore.events.columns import number_ids
from alignscore.events.string_codes import coded, filled, string_ids, whole
from alignscore.events.texts import Coded


class ArrowColumns:
    """The columns of an Arrow table or record batch.

    `names` are the columns to be read; the table may hold others, which `frame` shows too.
    """

    def __init__(self, table: Any, names: Sequence[str] | None = None) -> None:
        self.table = without_views(table)
        self.names = tuple(table.schema.names if names is None else names)

    def __len__(self) -> int:
        return len(self.table)

    def texts(self, name: str) -> Coded:  # noqa: D102
        return coded(self.table.column(name), name)

    def numbers(self, name: str) -> np.ndarray | None:  # noqa: D102
        import pyarrow as pa

        array = whole(self.table.column(name))
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            return _spelt(array)
        if not (pa.types.is_floating(array.type) or pa.types.is_integer(array.type)):
            return None
        if array.type != pa.float64():
            array = array.cast(pa.float64(), safe=False)
        return filled(array, float("nan"))

    def days(self, name: str) -> np.ndarray | None:  # noqa: D102
        import pyarrow as pa

        array = whole(self.table.column(name))
        if pa.types.is_date64(array.type):
            array = array.cast(pa.date32())
        if pa.types.is_date32(array.type):
            return filled(array.view(pa.int32()), int(NO_DAY))
        if not pa.types.is_timestamp(array.type):
            return None
        if array.type.tz is not None:
            return stamped_days(array.to_pandas())
        return stamped_days(pd.Series(array.to_numpy(zero_copy_only=False)))

    def flags(self, name: str) -> np.ndarray | None:  # noqa: D102
        import pyarrow as pa

        array = whole(self.table.column(name))
        return filled(array, False) if pa.types.is_boolean(array.type) else None

    def ids(self, name: str) -> np.ndarray | None:  # noqa: D102
        import pyarrow as pa

        array = whole(self.table.column(name))
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            return string_ids(array)
        if pa.types.is_integer(array.type) and not array.null_count:
            return number_ids(array.to_numpy())
        return self.texts(name)[0]

    def cells(self, name: str, rows: np.ndarray | slice) -> np.ndarray:  # noqa: D102
        return self.table.column(name).to_pandas().to_numpy(dtype=object)[rows]

    def frame(self, rows: np.ndarray) -> pd.DataFrame:  # noqa: D102
        return frame_of(self.table.take(rows) if len(rows) else self.table.slice(0, 0))


def _spelt(texts: Any) -> np.ndarray | None:
    """Numbers that a column of texts spells, NaN where blank; None where some text spells none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        texts = pc.utf8_trim_whitespace(texts)
        blank = pc.equal(texts, "")
        numbers = pc.if_else(blank, None, texts).cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    found = filled(numbers, float("nan"))
    return found if np.isnan(found).sum() == numbers.null_count else None  # "nan" is no number


def without_views(table: Any) -> Any:
    """The table with plain texts and bytes for views, which few of Arrow's functions take yet."""
    import pyarrow as pa

    plain = {
        field.name: pa.large_string() if pa.types.is_string_view(field.type) else pa.large_binary()
        for field in table.schema
        if pa.types.is_string_view(field.type) or pa.types.is_binary_view(field.type)
    }
    if not plain:
        return table
    fields = [field.with_type(plain.get(field.name, field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def frame_of(table: Any) -> pd.DataFrame:
    """A pandas frame of an Arrow table; days that Python's dates cannot hold stay stamps."""
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame
