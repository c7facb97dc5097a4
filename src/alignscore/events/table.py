"""An event table as it is given: which columns it may have, one row as a model, and any table as a frame."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from alignscore.errors import EventError, near, slip_of

REQUIRED = ("source", "target", "date")
OPTIONAL = (
    "until", "date_precision", "domain", "kind", "value", "weight", "mutual", "standing",
    "event_id", "label", "url",
)  # fmt: skip


class Event(BaseModel):
    """One interaction written by hand; `Events.from_frame` takes one or a list of them.

    Examples
    --------
    >>> Event(source="CHN", target="KHM", date="2026-04-22", kind="two_plus_two", mutual=True).kind
    'two_plus_two'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(min_length=1)
    target: str = Field(min_length=1)
    date: dt.date
    until: dt.date | None = None
    date_precision: Literal["day", "month", "year"] = "day"
    domain: str | None = None
    kind: str | None = None
    value: float | None = Field(default=None, ge=-10, le=10)
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    mutual: bool = False
    standing: bool | None = None
    event_id: str | None = None
    label: str | None = None
    url: str | None = None


# ---- any table as a frame -------------------------------------------------------------------------
def as_frame(table: Any) -> pd.DataFrame:
    """A pandas frame of a table: pandas, Arrow, a mapping of columns, or rows as dicts or `Event` values."""
    if isinstance(table, pd.DataFrame):
        return table
    if isinstance(table, Event) or (isinstance(table, Mapping) and _is_row(table)):
        table = [table]
    if isinstance(table, Mapping):
        return _columns(table)
    if isinstance(table, list | tuple):
        return _rows(table)
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


def _columns(table: Mapping[Any, Any]) -> pd.DataFrame:
    try:
        return pd.DataFrame(dict(table))
    except ValueError as problem:
        raise EventError(f"the columns do not make a table: {problem}.") from None


def _rows(table: list[Any] | tuple[Any, ...]) -> pd.DataFrame:
    if not all(isinstance(row, Event | Mapping) for row in table):
        raise _no_table(table)
    if all(isinstance(row, Event) for row in table):
        return pd.DataFrame([row.model_dump() for row in table], columns=list(Event.model_fields))
    return pd.DataFrame([row.model_dump() if isinstance(row, Event) else dict(row) for row in table])


def _arrow(table: Any) -> pd.DataFrame:
    try:
        import pyarrow as pa
    except ImportError:
        raise TypeError(
            f"a {type(table).__name__} is read through pyarrow: pip install 'alignscore[scale]'"
        ) from None
    try:
        arrow = pa.table(table)
    except (pa.ArrowInvalid, TypeError):  # a single column has the interface too
        raise _no_table(table) from None
    return arrow.to_pandas(strings_to_categorical=True)


def text_codes(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Codes of a column's distinct texts, -1 where missing or blank; whole numbers lose their '.0'."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, levels = np.asarray(column.cat.codes), column.cat.categories
    else:
        codes, levels = pd.factorize(column, use_na_sentinel=True)
    if isinstance(levels, pd.Index) and pd.api.types.is_float_dtype(levels.dtype):
        texts = [str(int(x)) if float(x).is_integer() else str(x) for x in levels]
    else:
        texts = [str(x).strip() for x in levels]
    names: dict[str, int] = {}
    to = np.array(
        [names.setdefault(text, len(names)) if text else -1 for text in texts] + [-1], dtype=np.int32
    )
    return to[codes], list(names)


# ---- its columns ------------------------------------------------------------------------------------
def check_columns(have: Collection[str]) -> None:
    """Raise unless the columns are those of an event table; others may stand beside them."""
    names = list(have)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EventError(f"column {twice[0]!r} stands more than once in the table; keep one.")
    for name in REQUIRED:
        if name not in names:
            raise EventError(f"column {name!r} is missing from the table.{near(name, names)}")
    refuse_slips(names, names)
    need_meaning(names)


def refuse_slips(have: Iterable[str], found: Collection[str], known: Collection[str] = ()) -> None:
    """Refuse a column that looks like a slip for one of ours that was not found: it would be lost in silence.

    `known` are the table's columns that are read under another name.
    """
    absent = [name for name in OPTIONAL if name not in found]
    for column in have:
        if column in REQUIRED or column in OPTIONAL or column in known:
            continue
        meant = slip_of(column, absent)
        if meant is not None:
            raise EventError(
                f"unknown column {column!r}. Did you mean {meant!r}? Rename it, or drop it if it is something else."
            )


def need_meaning(columns: Collection[str]) -> None:
    """Raise unless the columns say what an event means: its kind, or its domain and value."""
    if "kind" not in columns and not {"domain", "value"} <= set(columns):
        raise EventError(
            "the table has neither a column 'kind' (looked up in the codebook) nor 'domain' with 'value'."
        )
