"""Columns of an Arrow table as codes, days and numbers, by the rules of `screening`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from alignscore.dates import NO_DAY, iso_dates
from alignscore.errors import EventError


def _whole(column: Any) -> Any:
    """A chunked column as one array, its dictionary joined."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        if column.num_chunks == 1:
            return column.chunk(0)
        if pa.types.is_dictionary(column.type):
            column = column.unify_dictionaries()
        whole = column.combine_chunks()
        return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    return column


def _filled(array: Any, blank: Any) -> np.ndarray:
    """Values as numpy, `blank` where null."""
    if array.null_count:
        array = array.fill_null(blank)
    return np.asarray(array.to_numpy(zero_copy_only=False))


def _text(level: Any) -> str:
    if level is None or level != level:  # NaN is no text
        return ""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level).strip()


def levels(column: Any) -> tuple[np.ndarray, list[str]]:
    """Codes of a column's distinct values, -1 where null, and their texts ('' where blank)."""
    import pyarrow as pa

    array = _whole(column)
    if pa.types.is_null(array.type):
        return np.full(len(array), -1, dtype=np.int64), []
    if pa.types.is_nested(array.type):
        raise EventError(
            f"a column of labels, dates or flags holds {array.type} values; give one text a row."
        )
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    indices = array.indices
    if not pa.types.is_signed_integer(indices.type):
        indices = indices.cast(pa.int64())
    return _filled(indices, -1), [_text(level) for level in array.dictionary.to_pylist()]


def days(column: Any) -> np.ndarray:
    """Days since 1970-01-01, `NO_DAY` where null or not one plain day."""
    import pyarrow as pa

    array = _whole(column)
    kind = array.type
    if pa.types.is_date32(kind):
        return _filled(array.view(pa.int32()), int(NO_DAY))
    if pa.types.is_timestamp(kind) and kind.tz is None:
        stamps = np.asarray(array.to_numpy(zero_copy_only=False)).astype("M8[D]")
        far = np.isnat(stamps) | (np.abs(stamps.astype(np.int64)) > 1 << 30)
        return np.where(far, NO_DAY, stamps.astype(np.int64)).astype(np.int32)
    if pa.types.is_timestamp(kind) or pa.types.is_nested(kind) or pa.types.is_null(kind):
        return np.full(len(array), NO_DAY)
    codes, texts = levels(array)
    read = iso_dates(texts)
    found: np.ndarray = np.append(np.where(read.precision == 0, read.days, NO_DAY), NO_DAY)[codes]
    return found


def numbers(table: Any, name: str) -> np.ndarray | None:
    """Numbers of a column, NaN where null; None where there is no such column or it is not numeric."""
    import pyarrow as pa

    if name not in table.schema.names:
        return None
    array = _whole(table.column(name))
    if not (pa.types.is_floating(array.type) or pa.types.is_integer(array.type)):
        return None
    if array.type != pa.float64():
        array = array.cast(pa.float64(), safe=False)
    return _filled(array, float("nan"))


def flags(column: Any, known: Mapping[str, int]) -> np.ndarray:
    """What `known` gives for each text, in lower case; -1 for any other, the value of '' where null."""
    import pyarrow as pa

    array = _whole(column)
    if pa.types.is_nested(array.type):
        return np.full(len(array), -1, dtype=np.int8)
    codes, texts = levels(array)
    to = np.array([known.get(text.lower(), -1) for text in texts] + [known[""]], dtype=np.int8)
    found: np.ndarray = to[codes]
    return found
