"""Codes of an Arrow column: of short strings by their bytes, eight at a time, which is faster than a table and as exact.

Letters for shapes: N rows, W words of eight bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignscore.errors import EventError
from alignscore.events.texts import Coded, merged_texts, text_of

LONGEST = 64  # bytes: longer strings are left to Arrow
MASKS = np.array([(1 << (8 * kept)) - 1 for kept in range(9)], dtype=np.uint64)  # the first bytes of a word
MIX = np.uint64(0x9E3779B97F4A7C15)


def words_of(array: Any) -> tuple[list[np.ndarray], np.ndarray] | None:
    """Bytes of each string as W columns of eight, (N,) each, zeros behind its end, and its length.

    `array` is an Arrow array of large strings, null as good as blank. None for strings too long to gain by it.
    """
    import pyarrow as pa

    array = array.cast(pa.large_string())
    if array.null_count:
        array = array.fill_null("")
    n = len(array)
    _, ends, data = array.buffers()
    at = np.frombuffer(ends, dtype=np.int64)[array.offset : array.offset + n + 1]
    start, length = at[:-1], np.diff(at)
    longest = int(length.max(initial=0))
    if longest > LONGEST:
        return None
    first, size = (int(at[0]), int(at[-1] - at[0])) if n else (0, 0)
    text = np.zeros(size + LONGEST + 8, dtype=np.uint8)  # room to read whole words past the last string
    if size:
        text[:size] = np.frombuffer(data, dtype=np.uint8, count=size, offset=first)
    every = np.ndarray(
        (size + LONGEST,), dtype="<u8", buffer=text, strides=(1,)
    )  # the word that begins at each byte
    start = start - first
    words = []
    for begin in range(0, max(longest, 1), 8):
        word = every[start + begin if begin else start]
        word &= MASKS.take(length if longest <= 8 else np.clip(length - begin, 0, 8))
        words.append(word)
    return words, length


def _keys(words: list[np.ndarray], length: np.ndarray) -> np.ndarray:
    """One number a string, equal for equal strings, (N,)."""
    if len(words) == 1:
        return words[0]
    key = length.astype(np.uint64)
    for word in words:
        key = (key ^ word) * MIX
        key ^= key >> np.uint64(32)
    return key


def _alike(words: list[np.ndarray], length: np.ndarray, one: np.ndarray, other: np.ndarray) -> bool:
    """Whether strings at two lists of rows are the same."""
    return all(np.array_equal(column[one], column[other]) for column in (*words, length))


def string_codes(array: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Codes of the distinct strings and the row in which each stands first; None where Arrow must tell."""
    found = words_of(array)
    if found is None or not len(array):
        return None
    keys = _keys(*found)
    codes, distinct = pd.factorize(keys)
    first = np.empty(len(distinct), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    same = all(np.array_equal(column, column[first].take(codes)) for column in (*found[0], found[1]))
    return (codes, first) if same else None


def repeated_strings(array: Any) -> tuple[np.ndarray, bool] | None:
    """Codes that are equal where strings are, -1 where blank, and whether any two are, or None where Arrow must tell."""
    found = words_of(array)
    if found is None:
        return None
    blank = found[1] == 0
    keys = _keys(*found)
    codes = np.where(blank, -1, np.arange(len(keys)))
    ordered = np.sort(keys if not blank.any() else keys[~blank])
    if not (ordered[1:] == ordered[:-1]).any():
        return codes, False
    order = np.argsort(keys)
    twin = keys[order[1:]] == keys[order[:-1]]
    again = np.sort(order[np.append(twin, False) | np.append(False, twin)])
    again = again[~blank[again]]
    which, distinct = pd.factorize(keys[again])
    first = np.empty(len(distinct), dtype=np.int64)
    first[which[::-1]] = again[::-1]
    codes[again] = first[which]
    return (codes, True) if _alike(*found, again, first[which]) else None


def whole(column: Any) -> Any:
    """A chunked column as one array, its dictionary joined."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        if column.num_chunks == 1:
            return column.chunk(0)
        if pa.types.is_dictionary(column.type):
            column = column.unify_dictionaries()
        joined = column.combine_chunks()
        return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
    return column


def filled(array: Any, blank: Any) -> np.ndarray:
    """Values as numpy, `blank` where null."""
    if array.null_count:
        array = array.fill_null(blank)
    return np.asarray(array.to_numpy(zero_copy_only=False))


def coded(column: Any, name: str = "") -> Coded:
    """Codes of a column's distinct texts, -1 where null or blank.

    Raises
    ------
    EventError
        A cell is a list or a structure.
    """
    import pyarrow as pa

    array = whole(column)
    if pa.types.is_null(array.type):
        return np.full(len(array), -1, dtype=np.int32), []
    if pa.types.is_nested(array.type):
        raise EventError(f"column {name!r} holds {array.type} values; give one text or number a row.")
    texts = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
    if texts and (found := string_codes(array)) is not None:
        return merged_texts(found[0], _texts(array.take(found[1]), name))
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    indices, levels = array.indices, array.dictionary
    if not pa.types.is_signed_integer(indices.type):
        indices = indices.cast(pa.int64())
    if pa.types.is_temporal(levels.type):  # Python's dates end in 9999, Arrow's do not
        levels = levels.cast(pa.string())
    return merged_texts(filled(indices, -1), _texts(levels, name))


def _texts(levels: Any, name: str) -> list[str]:
    try:
        return [text_of(level) for level in levels.to_pylist()]
    except UnicodeDecodeError:
        raise EventError(f"column {name!r} holds text that is not UTF-8.") from None


def string_ids(array: Any) -> np.ndarray | None:
    """`Columns.ids` of an Arrow array of texts."""
    import pyarrow.compute as pc

    array = pc.utf8_trim_whitespace(whole(array))
    found = repeated_strings(array)
    if found is not None:
        codes, again = found
        return codes if again or codes.min(initial=0) < 0 else None
    encoded = array.dictionary_encode()
    if len(encoded.dictionary) == len(array) - array.null_count and not array.null_count:
        blank = pc.index(encoded.dictionary, "").as_py()
        if blank < 0:
            return None
    else:
        blank = pc.index(encoded.dictionary, "").as_py()
    codes = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False))
    return codes if blank < 0 else np.where(codes == blank, -1, codes)
