"""Frozen values that own their arrays."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields
from functools import cache
from inspect import get_annotations
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Self, TypeVar, cast

import numpy as np
import pandas as pd

from alignscore.errors import AlignScoreError, FormatError, LedgerError, OptionError, plain_number

V = TypeVar("V")

# a number whose comma is a decimal point, or whose points stand between thousands; and one of which it may be so
POINTS_PART = re.compile(
    r"[+-]?(?:\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:\.\d{3})+,\d+|0?,\d+|\d+,(?:\d\d?|\d{4,}))", re.ASCII
)
MAY_BE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)

EXACT = 2**53  # whole numbers up to which floats tell them apart

# what people look for in a value of ours that is a frame's to answer
FRAME_METHODS = {
    name: f"to_frame().{name}"
    for name in (
        "columns", "describe", "groupby", "iloc", "loc", "merge", "query", "sort_values", "tail", "to_csv", "to_excel",
        "to_latex", "to_parquet", "to_stata",
    )
} | dict.fromkeys(("df", "to_dataframe", "to_df", "to_pandas"), "to_frame()")  # fmt: skip


def read_only(array: np.ndarray) -> np.ndarray:
    """A view of `array` nobody can write through; itself where it is one already."""
    if not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def run_starts(values: np.ndarray) -> np.ndarray:
    """Positions at which a run of equal entries begins, ascending; of no entries none."""
    return np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])


def once(*parts: np.ndarray) -> np.ndarray:
    """Numbers of one type in order, each once; of millions `numpy.unique` takes far longer from NumPy 2.3 on."""
    numbers = np.sort(np.concatenate(parts))
    return np.asarray(numbers[run_starts(numbers)])


def counted_off(lengths: np.ndarray) -> np.ndarray:
    """Runs of these lengths one after another, each counted from 0: of [2, 3], 0 1 0 1 2."""
    begins = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.asarray(np.arange(len(begins)) - begins)


def as_one(column: np.ndarray) -> np.ndarray:
    """A column that repeats one value as that value alone, others as they are."""
    return column[:1] if column.strides == (0,) else column


def any_set(column: np.ndarray) -> bool:
    """Whether any entry is set."""
    return bool(as_one(column).any())


def add_rows(total: np.ndarray, place: np.ndarray, rows: np.ndarray) -> None:
    """Add rows (M, ...) to those of a total at their places (M,)."""
    if (place[1:] < place[:-1]).any():
        order = np.argsort(place, kind="stable")
        place, rows = place[order], rows[order]
    first = run_starts(place)
    total[place[first]] += np.add.reduceat(rows, first, axis=0)


def rows_or_zeros(table: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Rows of a table (M, ...) at some places (...), zeros where a place is -1."""
    found = np.zeros((*at.shape, *table.shape[1:]))
    there = at >= 0
    found[there] = table[at[there]]
    return found


class ArrayPart:
    """A column of a result that is worked out with others, in one array, when one of them is asked for."""

    def __init__(self, whole: str, at: int, doc: str) -> None:
        self.whole, self.at, self.__doc__ = whole, at, doc

    def __get__(self, result: Any, _: type | None = None) -> np.ndarray:
        """Read-only, as all arrays of a value are."""
        return cast(np.ndarray, self) if result is None else read_only(getattr(result, self.whole)[self.at])


class HeldFrame:
    """A frame of a value, of which every look hands out a copy: pandas has none that nobody can write to."""

    def __init__(self, name: str, default: Any) -> None:
        self.name, self.default = name, default

    def __get__(self, value: Any, _: type | None = None) -> Any:
        """A copy of the frame; of the class, the default of the field."""
        if value is not None:
            return _copied(vars(value)[self.name])
        if self.default is MISSING:
            raise AttributeError(self.name)
        return self.default

    def __set__(self, value: Any, frame: Any) -> None:
        vars(value)[self.name] = _copied(frame)


def _copied(frame: Any) -> Any:
    """A copy of a frame; a table of another maker, which its value is yet to read, and None as they are."""
    return frame.copy() if isinstance(frame, pd.DataFrame) else frame


CONTAINERS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


ALWAYS = 1 << 20  # bytes that any process has, so that nothing need be asked about them


def memory() -> float:
    """Bytes of memory there are for this process, infinite where nothing tells.

    Those of the machine, or fewer where a container or a limit of the process (``ulimit -v``) allows fewer.
    """
    known = [float("inf")]
    with suppress(AttributeError, OSError, ValueError):
        known.append(float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")))
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            known.append(float(soft))
    for place in CONTAINERS:
        with suppress(OSError, ValueError):
            known.append(float(int(place.read_text(encoding="ascii"))))  # "max" where there is no limit
    return min(size for size in known if size > 0)


def need_memory(what: str, size: float, way_out: str) -> None:
    """Raise for arrays of `size` bytes that this machine could not hold, before they are asked for."""
    if size > ALWAYS and size > memory():
        raise LedgerError(
            f"{what} would take {size / 1e9:,.1f} GB, and this process may take {memory() / 1e9:,.1f} GB. {way_out}"
        )


class FrozenDict(dict[str, V]):
    """A mapping nobody can change, nor its arrays and mappings, also after copy and pickle; hashable as its values are."""

    def __init__(self, *held: Mapping[str, V], **named: V) -> None:
        super().__init__({name: _frozen(value) for name, value in dict(*held, **named).items()})

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this mapping is part of a frozen value; make a new value instead")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict[V]], tuple[dict[str, V]]]:
        return type(self), (dict(self),)


@cache
def _needed(kind: Any) -> int:
    """Fields of a dataclass that have no default."""
    return sum(field.default is MISSING and field.default_factory is MISSING for field in fields(kind))


def _frozen(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return read_only(value)
    return FrozenDict(value) if isinstance(value, dict) and not isinstance(value, FrozenDict) else value


@dataclass(frozen=True, eq=False, repr=False)
class Frozen:
    """Base of values: fields are set once; arrays, alone or in a mapping, are read-only, also after copy and pickle.

    Frames are handed out as copies.

    `MADE_BY` of a class that people do not fill field by field says how one is made, `GUESSES` what to write in place
    of attributes that people look for.
    """

    MADE_BY: ClassVar[str] = ""
    GUESSES: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        """Hold the fields that are frames so that nobody can write to them."""
        for name, kind in get_annotations(cls).items():
            if kind in ("pd.DataFrame", "pd.DataFrame | None"):
                setattr(cls, name, HeldFrame(name, vars(cls).get(name, MISSING)))

    def __new__(cls, *args: object, **named: object) -> Self:
        """Say how one is made to someone who guesses that a table of events is enough."""
        # copy and pickle make one of nothing and fill it
        if cls.MADE_BY and 0 < len(args) + len(named) < _needed(cls):  # type: ignore[arg-type]  # classes have a hash
            raise TypeError(f"{cls.__name__}(...) holds its own arrays; make one by {cls.MADE_BY}.")
        return super().__new__(cls)

    def __getattr__(self, name: str) -> NoReturn:
        """Say the way to what is looked for in the wrong place."""
        way = type(self).GUESSES.get(name)
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r}{f'; write {way}' if way else ''}.",
            name=name,
            obj=self,
        )

    def __post_init__(self) -> None:
        self._freeze()

    def _freeze(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, (np.ndarray, dict)):  # what could be written in place
                object.__setattr__(self, name, _frozen(value))

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._freeze()


def pyarrow_for(table: Any) -> Any:
    """The package that reads a table with the Arrow interface, or an error that says which extra brings it."""
    try:
        import pyarrow as pa
    except ImportError:
        raise TypeError(
            f"a {type(table).__name__} is read through pyarrow: pip install 'alignscore[scale]'"
        ) from None
    return pa


def as_pandas(name: str, table: Any) -> pd.DataFrame:
    """A pandas frame of a table called `name`: one already, or any with the Arrow interface."""
    if isinstance(table, pd.DataFrame):
        return table
    if not hasattr(table, "__arrow_c_stream__"):
        raise TypeError(
            f"{name} must be a pandas DataFrame, or a table with the Arrow interface (polars, pyarrow, DuckDB), "
            f"not {type(table).__name__}{'; its to_frame() is one' if hasattr(table, 'to_frame') else ''}."
        )
    pa = pyarrow_for(table)
    try:
        return arrow_frame(pa.table(table))
    except pa.ArrowInvalid:
        raise TypeError(f"{name} must be a table with columns, not a {type(table).__name__}.") from None


def arrow_frame(table: Any, **how: Any) -> pd.DataFrame:
    """An Arrow table as a frame; whole numbers beside a gap stay whole where the floats of pandas cannot tell them apart."""
    for at, column in enumerate(table.columns):
        if _is_no_category(column):
            table = table.set_column(at, table.column_names[at], column.cast(column.type.value_type))
    whole = any(map(_lost_in_floats, table.columns))
    frame: pd.DataFrame = table.to_pandas(integer_object_nulls=whole, **how)
    return frame


def _is_no_category(column: Any) -> bool:
    """Whether an Arrow column of codes has a level twice or a missing one, which categories of pandas may not."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return False
    levels = [chunk.dictionary for chunk in column.chunks]
    return any(some.null_count or len(some.unique()) < len(some) for some in levels)


def _lost_in_floats(column: Any) -> bool:
    """Whether an Arrow column with gaps holds whole numbers that floats do not hold."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.null_count in (0, len(column)) or column.type not in (pa.int64(), pa.uint64()):
        return False
    ends = pc.min_max(column).as_py()
    return bool(max(-ends["min"], ends["max"]) > EXACT)


def check_row_order(name: str, given: Any) -> None:
    """Raise for a Series, of a value a row, that stands in another order than its index counts: whose rows are meant?"""
    index = given.index if isinstance(given, pd.Series) else pd.RangeIndex(0)
    counts = index.dtype.kind == "i" and not index.is_monotonic_increasing
    if counts and index.sort_values().equals(pd.RangeIndex(len(index))):
        raise OptionError(
            f"{name} is a Series whose index counts the rows in another order than it stands in: sort_index() puts it in "
            "that of the events, to_numpy() says that it is in theirs."
        )


def check_alike(**given: Any) -> None:
    """Raise for Series with other labels than the first's, or in another order; one that only counts its rows has none."""
    several = [(name, x.index) for name, x in given.items() if isinstance(x, pd.Series)]
    for name, index in several[1:]:
        of, first = several[0]
        counted = any(labels.equals(pd.RangeIndex(len(labels))) for labels in (first, index))
        if not index.equals(first) and (set(index) == set(first) or not counted):
            raise OptionError(
                f"{name} has other labels than {of}, or in another order; give {name}.reindex({of}.index), or to_numpy() "
                "to take it as it stands."
            )


def cleared(text: str) -> str:
    """The text in its compatible Unicode form, without marks that no one sees, blanks trimmed."""
    if text.isascii():
        return text.strip()
    plain = unicodedata.normalize("NFKC", text)
    return "".join(one for one in plain if unicodedata.category(one) != "Cf").strip()


def text_of(level: Any) -> str:
    """A level of a column as text: '' for a missing one, a whole number without its '.0'."""
    if isinstance(level, str):
        return level.strip()
    if isinstance(level, bytes):
        return level.decode().strip()
    if level is None or level is pd.NaT or level is pd.NA or level != level:
        return ""
    if isinstance(level, float | np.floating) and level.is_integer():
        return str(int(level))
    return str(level).strip()


def stands_once(column: pd.Series | pd.DataFrame, name: str) -> pd.Series:
    """A column of a table, refused where the table has several of its name."""
    if isinstance(column, pd.DataFrame):
        raise OptionError(f"{name} stands more than once in the table; keep one.")
    return column


def plain_labels(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The table with labels in some columns as events have theirs: no blanks at the ends of texts, bytes as text.

    A blank names nothing: it is missing. 710 beside "710" is that text, and 710.0, as a column that had gaps holds it, 710.

    Raises
    ------
    OptionError
        A column that stands more than once, or with a cell that is no label.
    """
    given = {name: stands_once(table[name], f"column {name!r}") for name in names}
    plain = {name: _plain(column, f"column {name!r}") for name, column in given.items()}
    changed = {name: column for name, column in plain.items() if column is not given[name]}
    return table.assign(**changed) if changed else table


def _plain(column: pd.Series, name: str) -> pd.Series:
    if pd.api.types.is_float_dtype(column.dtype):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        whole = np.isfinite(numbers) & (np.abs(numbers) < EXACT) & (numbers == np.trunc(numbers))
        return pd.Series(numbers.astype(np.int64), index=column.index) if whole.all() else column
    if column.dtype != object and not isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype):
        return column
    try:
        every = column.unique()
    except TypeError:
        raise OptionError(f"{name} holds {unhashable(column)!r:.60}, which is no label.") from None
    labels = [label for label in every if isinstance(label, str | bytes)]
    texts = [label.decode(errors="replace") if isinstance(label, bytes) else label for label in labels]
    plain: dict[Any, str | None]
    plain = {label: text.strip() or None for label, text in zip(labels, texts, strict=True)}
    written = {text for text in plain.values() if text}
    if written:  # beside "710", or among texts of numbers, the number 710 is that text
        alike = all(text.isdecimal() for text in written)
        for label in every:
            whole = isinstance(label, int | float | np.integer | np.floating) and label % 1 == 0
            if whole and not isinstance(label, bool) and (alike or str(int(label)) in written):
                plain[label] = str(int(label))
    if all(label == text for label, text in plain.items()):
        return column
    return column.astype(object).map(lambda label: plain.get(label, label))


def sorted_codes(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Codes of a column into its sorted labels, -1 where one is missing.

    Categories without a declared order, as Arrow's dictionaries are in order of appearance, are sorted as well.
    """
    codes, found = pd.factorize(column, sort=True)
    labels = pd.Index(found)
    if isinstance(labels.dtype, pd.CategoricalDtype):
        labels = labels.astype(labels.dtype.categories.dtype)
        if not column.dtype.ordered:
            order = labels.argsort()
            codes, labels = np.append(np.argsort(order), -1)[codes], labels[order]
    return codes, labels


def label_codes(column: pd.Series, name: str) -> tuple[np.ndarray, pd.Index]:
    """Codes of a column of labels called `name` into its sorted labels.

    Raises
    ------
    OptionError
        A label is missing, or is a list or another thing that names nothing.
    """
    column = _plain(stands_once(column, name), name)
    try:
        codes, labels = sorted_codes(column)
    except TypeError:
        raise OptionError(f"{name} holds {unhashable(column)!r:.60}, which is no label.") from None
    refuse_rows(codes < 0, f"rows have no {name!r}")
    return codes, labels


def refuse_rows(
    bad: np.ndarray,
    what: str,
    cells: pd.DataFrame | None = None,
    *,
    error: type[AlignScoreError] = OptionError,
    way_out: str = "",
) -> None:
    """Raise where rows of a table are `bad`: how many, which is the first, and what it has in some cells."""
    if bad.any():
        row = int(bad.argmax())
        shown = ""
        if cells is not None:  # of Python's own types
            shown = ": " + ", ".join(map(repr, cells.iloc[[row]].to_dict("records")[0].values()))
        raise error(f"{int(bad.sum())} of {len(bad)} {what}, the first row {row}{shown}.{way_out}")


def need_columns(name: str, table: pd.DataFrame, needed: Iterable[str]) -> None:
    """Raise unless a table called `name` has the columns that it needs, each once."""
    every = list(needed)
    if lacking := [column for column in every if column not in table.columns]:
        raise FormatError(f"{name} lacks {', '.join(lacking)}; it needs {', '.join(every)}.")
    for column in every:
        stands_once(table[column], f"column {column!r}")


def unhashable(column: pd.Series) -> Any:
    """The first cell that cannot be told from others: a list, a mapping, a signalling NaN."""
    for cell in column:
        try:
            hash(cell)
        except TypeError:
            return cell
    return None


def holds_numbers(column: pd.Series) -> bool:
    """Whether some cell of a column is a number, and not a text that spells one, as in a workbook or a list with gaps."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.categories.to_series()
    if column.dtype != object or pd.api.types.infer_dtype(column) == "string":
        return bool(pd.api.types.is_numeric_dtype(column.dtype))
    return any(isinstance(cell, Real) and not pd.isna(cell) for cell in column)


def truths_as_text(column: pd.Series) -> pd.Series:
    """The column, True and False of an object column as text: beside numbers they would be equal to 1 and 0."""
    if column.dtype != object or not pd.api.types.infer_dtype(column, skipna=True).startswith("mixed"):
        return column
    return column.map(lambda cell: str(cell) if isinstance(cell, bool | np.bool_) else cell)


def spelled_numbers(texts: Sequence[str | None]) -> np.ndarray:
    """Numbers that the distinct texts of one column spell, NaN where one spells none.

    Where another text shows that commas are decimal points, or that points stand between thousands (0,5 or 1.200.500),
    1.200 is most likely 1200, and none.

    Examples
    --------
    >>> spelled_numbers(["1.200", "900"]).tolist(), spelled_numbers(["1.200", "900", "0,5"]).tolist()
    ([1.2, 900.0], [nan, 900.0, nan])
    """
    given = pd.Series(list(texts), dtype=object)
    read: np.ndarray = pd.to_numeric(given, errors="coerce").to_numpy(dtype=np.float64)
    lost = (texts[at] for at in np.flatnonzero(np.isnan(read)).tolist())
    if not any(text and POINTS_PART.fullmatch(text) for text in lost):
        return read
    doubtful = [bool(text and MAY_BE_THOUSANDS.fullmatch(text)) for text in texts]
    return np.where(doubtful, np.nan, read)


def numbers_of(column: pd.Series, name: str) -> np.ndarray:
    """A column of numbers called `name` as floats, NaN where a cell is missing.

    Raises
    ------
    OptionError
        A cell is no number.
    """
    plain = truths_as_text(stands_once(column, name))
    try:
        found = pd.to_numeric(plain, errors="coerce")
        dated = column.dtype.kind in "mM" or isinstance(column.dtype, pd.PeriodDtype)
        if dated or found.dtype.kind == "c":
            raise TypeError("dates would count as units since 1970, complex numbers by their real part")
        read: np.ndarray = found.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError, OverflowError):
        read = np.array([_number(cell) for cell in plain], dtype=np.float64)
    lost = np.isnan(read) & column.notna().to_numpy()
    if lost.any():
        row = int(lost.argmax())
        raise OptionError(
            f"{name} is no number in {int(lost.sum())} rows, first {column.iloc[row]!r:.60} (row {row})."
            f"{plain_number(column.iloc[row])}"
        )
    return read


def numbers_in(given: Any, name: str) -> np.ndarray:
    """Numbers called `name`, one or an array of them, as floats of their shape, NaN where one is missing."""
    cells = np.asarray(given)
    if cells.dtype.kind in "biuf":
        return cells.astype(np.float64)
    return numbers_of(pd.Series(cells.ravel()), name).reshape(cells.shape)


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        return float("nan")
