"""Columns of any table as codes, numbers and days: what the screen asks of pandas, Arrow, mappings and rows.

Texts become codes of the distinct ones, so that each is read once. Short texts of an Arrow column are told apart by
their bytes, eight at a time, which is faster than a table and as exact.

Letters for shapes: N rows, W words of eight bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
import pandas as pd

from alignscore.dates import NO_DAY, as_written, spans_kept, stamped_days
from alignscore.errors import EventError
from alignscore.events.rules import REQUIRED, Event
from alignscore.values import (
    EXACT,
    arrow_frame,
    check_row_order,
    holds_numbers,
    pyarrow_for,
    text_of,
    truths_as_text,
    unhashable,
)

Coded = tuple[np.ndarray, list[str]]  # (N,) codes into distinct texts, -1 where missing or blank
MANY = 1 << 16  # rows from which columns of texts are read side by side
LONGEST = 64  # bytes: longer strings are left to Arrow
MASKS = np.array([(1 << (8 * kept)) - 1 for kept in range(9)], dtype=np.uint64)  # the first bytes of a word
MIX = np.uint64(0x9E3779B97F4A7C15)


# ---- texts ------------------------------------------------------------------------------------------
def merged_texts(codes: np.ndarray, texts: Sequence[str]) -> Coded:
    """Codes of the distinct texts that are not blank, in the order given."""
    names: dict[str, int] = {}
    to = [names.setdefault(text, len(names)) if text else -1 for text in texts]
    if len(names) == len(to):
        return codes, list(names)
    return np.array([*to, -1], dtype=np.int32)[codes], list(names)


def text_codes(column: pd.Series) -> Coded:
    """Codes of a column's distinct texts, -1 where missing or blank; whole numbers lose their '.0'.

    Raises
    ------
    EventError
        A cell is a list, a tuple or another of several values, a number that signals, or no text of UTF-8.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = np.asarray(column.cat.codes)
        levels = column.cat.categories
    else:
        try:
            codes, levels = pd.factorize(column, use_na_sentinel=True)
        except TypeError:
            raise EventError(
                f"column {column.name!r} holds {unhashable(column)!r:.60}; give one text or number a row."
            ) from None
    return merged_texts(codes, _texts(levels, str(column.name)))


def _texts(levels: Any, name: str) -> list[str]:
    try:
        every = levels.to_pylist() if hasattr(levels, "to_pylist") else levels
        several = next((level for level in every if isinstance(level, tuple | frozenset)), None)
        if several is not None:
            raise EventError(f"column {name!r} holds {several!r:.60}; give one text or number a row.")
        return [text_of(level) for level in every]
    except UnicodeDecodeError:
        raise EventError(f"column {name!r} holds text that is not UTF-8.") from None


# ---- columns of Arrow tables ------------------------------------------------------------------------
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
    # the word that begins at each byte
    every = np.ndarray((size + LONGEST,), dtype="<u8", buffer=text, strides=(1,))
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


def repeated_strings(array: Any) -> tuple[np.ndarray, bool] | None:
    """Codes that are equal where strings are, -1 where blank, and whether any two are, or None where Arrow must tell."""
    found = words_of(array)
    if found is None:
        return None
    words, length = found
    blank = length == 0
    keys = _keys(words, length)
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
    same = all(np.array_equal(column[again], column[codes[again]]) for column in (*words, length))
    return (codes, True) if same else None


def unchunked(column: Any) -> Any:
    """A chunked column as one array, its dictionary joined; of an extension type as what it stores."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        if column.num_chunks != 1 and pa.types.is_dictionary(column.type):
            column = column.unify_dictionaries()
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    return _stored(column) if isinstance(column.type, pa.BaseExtensionType) else column


def _stored(array: Any) -> Any:
    """What an array of an extension type stores; of ids of 128 bits their texts."""
    import pyarrow as pa

    if array.type.extension_name != "arrow.uuid":
        return array.storage
    ids = [None if bits is None else str(UUID(bytes=bits)) for bits in array.storage.to_pylist()]
    return pa.array(ids, type=pa.string())


def filled(array: Any, blank: Any) -> np.ndarray:
    """Values as numpy, `blank` where null: a copy, as an Arrow table may show memory that the caller goes on writing to."""
    if array.null_count:
        array = array.fill_null(blank)
    return np.asarray(array.to_numpy(zero_copy_only=False, writable=True))


def coded(column: Any, name: str = "") -> Coded:
    """Codes of a column's distinct texts, -1 where null or blank.

    Raises
    ------
    EventError
        A cell is a list or a structure, or codes point to no text.
    """
    import pyarrow as pa

    array = unchunked(column)
    if pa.types.is_null(array.type):
        return np.full(len(array), -1, dtype=np.int32), []
    if pa.types.is_nested(array.type) or pa.types.is_interval(array.type):
        raise EventError(f"column {name!r} holds {array.type} values; give one text or number a row.")
    if pa.types.is_decimal(array.type) and array.type.bit_width < 128:  # which Arrow does not tell apart yet
        array = array.cast(pa.decimal128(array.type.precision, array.type.scale))
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    indices, levels = array.indices, array.dictionary
    if not pa.types.is_signed_integer(indices.type):
        indices = indices.cast(pa.int64())
    # Python's dates end in 9999, Arrow's do not; a duration would become a plain number
    if pa.types.is_temporal(levels.type) and not pa.types.is_duration(levels.type):
        levels = levels.cast(pa.string())
    codes = filled(indices, -1)
    if codes.max(initial=-1) >= len(levels):  # as Arrow reads a damaged file
        raise EventError(f"column {name!r} is damaged: it has codes without a text. Fetch or write it again.")
    return merged_texts(codes, _texts(levels, name))


def string_ids(array: Any) -> np.ndarray | None:
    """`Columns.ids` of an Arrow array of texts."""
    import pyarrow.compute as pc

    array = pc.utf8_trim_whitespace(unchunked(array))
    found = repeated_strings(array)
    if found is not None:
        codes, again = found
        return codes if again or codes.min(initial=0) < 0 else None
    encoded = array.dictionary_encode()
    blank = pc.index(encoded.dictionary, "").as_py()
    if blank < 0 and len(encoded.dictionary) == len(array) and not array.null_count:
        return None
    codes = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False))
    return codes if blank < 0 else np.where(codes == blank, -1, codes)


def days_of(column: Any) -> np.ndarray | None:
    """`Columns.days` of an Arrow column."""
    import pyarrow as pa

    array = unchunked(column)
    if pa.types.is_date64(array.type):
        array = array.cast(pa.date32())
    if pa.types.is_date32(array.type):
        return filled(array.view(pa.int32()), int(NO_DAY))
    if not pa.types.is_timestamp(array.type):
        return None
    if array.type.tz is not None:
        return stamped_days(array.to_pandas())
    return stamped_days(pd.Series(array.to_numpy(zero_copy_only=False)))


# ---- tables -----------------------------------------------------------------------------------------
def side_by_side(table: Columns, names: Sequence[str]) -> dict[str, Coded]:
    """Texts of several columns; of a long table in threads, as Arrow does not hold the interpreter while it reads."""
    if len(table) < MANY:
        return {name: table.texts(name) for name in names}
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(table.texts, names), strict=True))


class FrameColumns:
    """The columns of a pandas frame of N rows, to be coded."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self.names = tuple(map(str, table.columns))
        self.taken: dict[str, pd.Series] = {}  # a frame makes a column anew whenever it is asked for it

    def __len__(self) -> int:
        return len(self.table)

    def column(self, name: str) -> pd.Series:
        """A column as it stands."""
        if name not in self.taken:
            self.taken[name] = self.table[name]
        return self.taken[name]

    def texts(self, name: str) -> Coded:
        """Codes of a column's distinct texts, without blanks at their ends; a whole number has no '.0'."""
        column = self.column(name)
        of_arrow = isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow"
        if of_arrow or isinstance(column.dtype, pd.ArrowDtype):
            import pyarrow as pa

            return ArrowColumns(pa.table({name: pa.array(column, from_pandas=True)})).texts(name)
        if name in ("date", "until"):
            column = as_written(column)
        return text_codes(truths_as_text(column) if name in ("value", "weight") else column)

    def typed(self, name: str) -> bool:
        """Whether cells of a column are numbers, and not texts that spell some."""
        return holds_numbers(self.column(name))

    def numbers(self, name: str) -> np.ndarray | None:
        """A column of numbers, NaN where missing, (N,); None where it holds something else."""
        column = self.column(name)
        kinds, dtype = pd.api.types, column.dtype
        if not kinds.is_numeric_dtype(dtype) or kinds.is_complex_dtype(dtype) or kinds.is_bool_dtype(dtype):
            return None
        # a copy: the caller may go on writing
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True))

    def days(self, name: str) -> np.ndarray | None:
        """A column of dates or stamps in days since 1970-01-01, NO_DAY where missing; None where it is another."""
        column = self.column(name)
        if isinstance(column.dtype, pd.ArrowDtype):
            # pandas hands its zone, and days without one, on otherwise
            import pyarrow as pa

            return days_of(pa.array(column, from_pandas=True))
        return stamped_days(column) if pd.api.types.is_datetime64_any_dtype(column.dtype) else None

    def flags(self, name: str) -> np.ndarray | None:
        """A column of true and false, (N,); None where it holds something else or misses some."""
        column = self.column(name)
        return column.to_numpy(copy=True) if column.dtype == bool else None

    def ids(self, name: str) -> np.ndarray | None:
        """Codes that are equal where the column's texts are, -1 where blank, (N,); None where no two are equal."""
        column = self.column(name)
        if isinstance(column.dtype, pd.StringDtype) or column.dtype == object:
            try:
                import pyarrow as pa

                return string_ids(pa.array(column, from_pandas=True, type=pa.large_string()))
            except (ImportError, ValueError, TypeError):  # no Arrow, or not all are texts
                pass
        elif isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
            return number_ids(column.to_numpy())
        elif pd.api.types.is_integer_dtype(column.dtype) or pd.api.types.is_float_dtype(column.dtype):
            return np.asarray(pd.factorize(column)[0])  # -1 in gaps
        elif isinstance(column.dtype, pd.CategoricalDtype):
            of = FrameColumns(column.cat.categories.to_frame(name=name)).ids(name)
            codes: np.ndarray = column.cat.codes.to_numpy()
            return codes if of is None else np.append(of, -1)[codes]
        return text_codes(column)[0]

    def cells(self, name: str, rows: np.ndarray | slice) -> np.ndarray:
        """Cells as they stand, as objects."""
        return np.asarray(self.column(name).iloc[rows].to_numpy(dtype=object))

    def frame(self, rows: np.ndarray) -> pd.DataFrame:
        """Rows as they stand."""
        return self.table.iloc[rows if len(rows) else slice(0)].reset_index(drop=True)


def number_ids(numbers: np.ndarray) -> np.ndarray | None:
    """`Columns.ids` of a column of numbers: unique ones leave early, others are told by a sort."""
    ordered = np.sort(numbers)  # NaN last
    if not (ordered[1:] == ordered[:-1]).any() and not (len(ordered) and np.isnan(ordered[-1])):
        return None
    codes = np.unique(numbers, return_inverse=True)[1].reshape(-1)
    return np.where(np.isnan(numbers), -1, codes)


class ArrowColumns:
    """The columns of an Arrow table or record batch, as `FrameColumns` has those of a frame.

    `names` are the columns to be read; the table may hold others, which `frame` shows too.
    """

    def __init__(self, table: Any, names: Sequence[str] | None = None) -> None:
        # by the metadata of pandas, which may be damaged, a column would become the index
        self.table = plain_types(table).replace_schema_metadata()
        self.names = tuple(table.schema.names if names is None else names)

    def __len__(self) -> int:
        return len(self.table)

    def texts(self, name: str) -> Coded:  # noqa: D102
        return coded(self.table.column(name), name)

    def typed(self, name: str) -> bool:  # noqa: D102
        import pyarrow as pa

        kind = self.table.schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))

    def numbers(self, name: str) -> np.ndarray | None:  # noqa: D102
        import pyarrow as pa

        array = unchunked(self.table.column(name))
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            return _numbers_spelled(array)
        if not (pa.types.is_floating(array.type) or pa.types.is_integer(array.type)):
            return None
        if array.type != pa.float64():
            array = array.cast(pa.float64(), safe=False)
        return filled(array, float("nan"))

    def days(self, name: str) -> np.ndarray | None:  # noqa: D102
        return days_of(self.table.column(name))

    def flags(self, name: str) -> np.ndarray | None:  # noqa: D102
        import pyarrow as pa

        array = unchunked(self.table.column(name))
        return filled(array, False) if pa.types.is_boolean(array.type) else None

    def ids(self, name: str) -> np.ndarray | None:  # noqa: D102
        import pyarrow as pa

        array = unchunked(self.table.column(name))
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            return string_ids(array)
        if pa.types.is_integer(array.type) and not array.null_count:
            return number_ids(array.to_numpy())
        return self.texts(name)[0]

    def cells(self, name: str, rows: np.ndarray | slice) -> np.ndarray:  # noqa: D102
        column = arrow_frame(self.table.select([name]))
        return np.asarray(column.iloc[rows, 0].to_numpy(dtype=object))

    def frame(self, rows: np.ndarray) -> pd.DataFrame:  # noqa: D102
        some = self.table.take(rows) if len(rows) else self.table.slice(0, 0)
        # days that Python's dates cannot hold stay stamps
        return arrow_frame(some, date_as_object=False)


Columns: TypeAlias = FrameColumns | ArrowColumns


def _numbers_spelled(texts: Any) -> np.ndarray | None:
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


def plain_types(table: Any) -> Any:
    """The table with plain texts and bytes for views, which few of Arrow's functions take yet, and texts for periods."""
    import pyarrow as pa

    plain = {
        field.name: pa.large_string() if pa.types.is_string_view(field.type) else pa.large_binary()
        for field in table.schema
        if pa.types.is_string_view(field.type) or pa.types.is_binary_view(field.type)
    }
    if plain:
        fields = [field.with_type(plain.get(field.name, field.type)) for field in table.schema]
        table = table.cast(pa.schema(fields))
    for at, field in enumerate(table.schema):
        if (unit := _period_unit(field)) is not None:
            table = table.set_column(at, field.name, _period_texts(table.column(at), unit))
    return table


def _period_unit(field: Any) -> str | None:
    """The unit of periods of pandas, which Arrow holds as numbers that look like years; None of any other column."""
    import pyarrow as pa

    told = field.metadata or {}  # where the type is not known to Arrow, as before pandas has written one
    name, how = told.get(b"ARROW:extension:name", b"").decode(), told.get(b"ARROW:extension:metadata", b"")
    if isinstance(field.type, pa.ExtensionType):
        name, how = field.type.extension_name, field.type.__arrow_ext_serialize__()
    return str(json.loads(how)["freq"]) if name == "pandas.period" else None


def _period_texts(column: Any, unit: str) -> Any:
    """Periods as they would be written, of how many units they lie behind the first of 1970."""
    import pyarrow as pa

    passed = filled(unchunked(column), np.iinfo(np.int64).min)
    periods = pd.PeriodIndex.from_ordinals(passed, freq=unit)
    return pa.array(as_written(pd.Series(periods)), type=pa.string(), from_pandas=True)


# ---- a column given beside a table ---------------------------------------------------------------------
def one_a_row(name: str, given: Any) -> pd.Series:
    """What is given as `name` for each row of a table, in the order of these, as a column.

    Raises
    ------
    TypeError
        It is no list, array or column.
    OptionError
        It is a column in another order than its index counts.
    """
    table = hasattr(given, "columns") or getattr(given, "ndim", 1) != 1
    if table or isinstance(given, str | Mapping | Set) or not isinstance(given, Iterable):
        raise TypeError(
            f"{name} must be a list, array or column with one value an event, not {type(given).__name__}."
        )
    check_row_order(name, given)
    if not isinstance(given, pd.Series | np.ndarray):
        values = given.to_pylist() if hasattr(given, "to_pylist") else given  # of Arrow's, no null is missing
        given = np.array([*values, None], dtype=object)[:-1]  # of lists too one entry each
    return pd.Series(given)


# ---- any table ------------------------------------------------------------------------------------
def as_columns(table: Any) -> Columns:
    """The columns of a table: pandas, Arrow, a mapping of columns, or rows as dicts or `Event` values."""
    if isinstance(table, pd.DataFrame):
        if aside := [name for name in table.index.names if name in REQUIRED and name not in table.columns]:
            raise EventError(
                f"column {aside[0]!r} stands in the index of the frame; give table.reset_index()."
            )
        return FrameColumns(table)
    if isinstance(table, Event) or (isinstance(table, Mapping) and _is_row(table)):
        table = [table]
    if isinstance(table, Mapping):
        return FrameColumns(_framed("columns", {name: _cells(column) for name, column in table.items()}))
    if isinstance(table, list | tuple):
        return FrameColumns(_rows(table))
    if hasattr(table, "__arrow_c_stream__"):
        return _arrow(table)
    raise _no_table(table)


def _no_table(table: Any) -> TypeError:
    got, hint = type(table).__name__, ""
    if isinstance(table, list | tuple):
        got += f" of {type(next(row for row in table if not isinstance(row, Event | Mapping))).__name__}"
    elif isinstance(table, str) or hasattr(table, "__fspath__"):
        hint = " Events.read_csv and Events.read_parquet read files."
    return TypeError(
        "an event table is a pandas frame, a table with the Arrow interface (polars, pyarrow, DuckDB), a mapping "
        f"of columns, or a list of rows (dicts or Event values); got {got}.{hint}"
    )


def _is_row(table: Mapping[Any, Any]) -> bool:
    return bool(table) and all(pd.api.types.is_scalar(cell) for cell in table.values())


def _framed(what: str, cells: Any, names: list[str] | None = None) -> pd.DataFrame:
    try:
        frame = pd.DataFrame(cells, columns=names)
    except (ValueError, TypeError) as problem:
        raise EventError(f"the {what} do not make a table: {problem}.") from None
    for name in frame.columns[frame.dtypes == np.float64]:
        given = cells[name] if isinstance(cells, Mapping) else [row.get(name) for row in cells]
        # beside a gap pandas makes floats of whole numbers, which cannot tell large ones apart
        if isinstance(given, list) and any(isinstance(cell, int) and abs(cell) > EXACT for cell in given):
            frame[name] = pd.Series(given, index=frame.index, dtype=object)
    return frame


def _cells(column: Any) -> Any:
    return [spans_kept(cell) for cell in column] if isinstance(column, list | tuple) else spans_kept(column)


def _rows(table: list[Any] | tuple[Any, ...]) -> pd.DataFrame:
    if not all(isinstance(row, Event | Mapping) for row in table):
        raise _no_table(table)
    cells = [row.model_dump() if isinstance(row, Event) else row for row in table]
    rows = [{name: spans_kept(cell) for name, cell in row.items()} for row in cells]
    names = list(Event.model_fields) if all(isinstance(row, Event) for row in table) else None
    return _framed("rows", rows, names)


def _arrow(table: Any) -> ArrowColumns:
    pa = pyarrow_for(table)
    try:
        return ArrowColumns(pa.table(table))
    except (pa.ArrowInvalid, TypeError):  # a single column has the interface too
        raise _no_table(table) from None
