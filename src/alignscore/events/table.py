"""An event table as it is given: which columns it may have, one row as a model, and any table as a frame."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from alignscore.dates import NO_DAY, iso_dates, span_ends
from alignscore.errors import EventError, in_words, near, slip_of
from alignscore.events.columns import ArrowColumns, Columns, FrameColumns

REQUIRED = ("source", "target", "date")
OPTIONAL = (
    "until", "date_precision", "domain", "kind", "value", "weight", "mutual", "standing",
    "event_id", "label", "url", "kind_value",
)  # fmt: skip
SYNONYMS = {  # what other tables of events call our columns
    "source": (
        "actor1", "actor_1", "actor1code", "side_a", "sidea", "sender", "initiator", "from", "ccode1", "country1",
        "state1", "source_country", "source_actor", "reporter", "a",
    ),
    "target": (
        "actor2", "actor_2", "actor2code", "side_b", "sideb", "receiver", "recipient", "to", "ccode2", "country2",
        "state2", "target_country", "target_actor", "partner", "b",
    ),
    "date": ("event_date", "eventdate", "day", "time", "sqldate", "start_date", "year"),
    "kind": ("event_type", "eventcode", "event_code", "code", "type", "cameo", "action"),
    "value": ("goldstein", "goldsteinscale", "score", "intensity"),
}  # fmt: skip


class Event(BaseModel):
    """One interaction written by hand; `Events.from_frame` takes one or a list of them.

    Examples
    --------
    >>> Event(source="CHN", target="KHM", date="2026-04-22", kind="two_plus_two", mutual=True).kind
    'two_plus_two'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    if not TYPE_CHECKING:  # type checkers keep the fields as the signature

        def __init__(self, **given: Any) -> None:
            try:
                super().__init__(**given)
            except ValidationError as problem:
                raise EventError(f"event: {in_words(problem, 'an event', Event.model_fields)}") from None

    @model_validator(mode="before")
    @classmethod
    def _dates(cls, given: Any) -> Any:
        """Dates as a table may write them: 2026/05/01, or 2026-05 for a month whose day is not known."""
        if not isinstance(given, Mapping):
            return given
        given = dict(given)
        for name in ("date", "until"):
            if isinstance(text := given.get(name), int | str) and not isinstance(text, bool):
                read = iso_dates([str(text).strip()])
                if read.days[0] == NO_DAY:
                    raise ValueError(f"{name} {text!r} {read.fault(0)}")
                day = read.days if name == "date" else span_ends(read.days, read.precision)
                given[name] = day.astype("M8[D]")[0].item()
                if name == "date" and read.precision[0]:
                    given.setdefault("date_precision", ("day", "month", "year")[read.precision[0]])
        return given

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
def as_columns(table: Any) -> Columns:
    """The columns of a table: pandas, Arrow, a mapping of columns, or rows as dicts or `Event` values."""
    if isinstance(table, pd.DataFrame):
        return FrameColumns(table)
    if isinstance(table, Event) or (isinstance(table, Mapping) and _is_row(table)):
        table = [table]
    if isinstance(table, Mapping):
        return FrameColumns(_columns(table))
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


def _columns(table: Mapping[Any, Any]) -> pd.DataFrame:
    try:
        return pd.DataFrame(dict(table))
    except (ValueError, TypeError) as problem:
        raise EventError(f"the columns do not make a table: {problem}.") from None


def _rows(table: list[Any] | tuple[Any, ...]) -> pd.DataFrame:
    if not all(isinstance(row, Event | Mapping) for row in table):
        raise _no_table(table)
    if all(isinstance(row, Event) for row in table):
        return pd.DataFrame([row.model_dump() for row in table], columns=list(Event.model_fields))
    return pd.DataFrame([row.model_dump() if isinstance(row, Event) else dict(row) for row in table])


def _arrow(table: Any) -> ArrowColumns:
    try:
        import pyarrow as pa
    except ImportError:
        raise TypeError(
            f"a {type(table).__name__} is read through pyarrow: pip install 'alignscore[scale]'"
        ) from None
    try:
        return ArrowColumns(pa.table(table))
    except (pa.ArrowInvalid, TypeError):  # a single column has the interface too
        raise _no_table(table) from None


# ---- its columns ------------------------------------------------------------------------------------
def check_columns(have: Collection[str]) -> None:
    """Raise unless the columns are those of an event table; others may stand beside them."""
    names = list(have)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EventError(f"column {twice[0]!r} stands more than once in the table; keep one.")
    for name in REQUIRED:
        if name not in names:
            raise EventError(
                f"column {name!r} is missing from the table.{_meant(names) or near(name, names)}"
            )
    refuse_slips(names, names)
    need_meaning(names)


def _meant(names: Collection[str]) -> str:
    """How to name columns that other tables of events use for ours, if source and target stand under such names."""
    plain = {name.casefold().replace(" ", "_"): name for name in names}
    found = {}
    for ours, others in SYNONYMS.items():
        theirs = next((plain[other] for other in (ours, *others) if other in plain), None)
        if theirs is not None and theirs != ours:
            found[ours] = theirs
    if not {"source", "target"} & found.keys():
        return ""
    back = {theirs: ours for ours, theirs in found.items()}
    return f" Say which is which: read_events(path, columns={found}), or table.rename(columns={back})."


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
