"""Days as texts and stamps tell them: the local day, how precise it is, and the days it may mean.

Letter for shapes: N events.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

NO_DAY = np.int32(np.iinfo(np.int32).min)  # no `until`: in force, or a point in time
FIRST_YEAR, LAST_YEAR = 1600, 2200  # datetime64[ns] of pandas 2 ends in 2262
EARLIEST, LATEST = (int(np.datetime64(f"{year}-01-01", "D").astype(int)) for year in (FIRST_YEAR, LAST_YEAR))
OFFSET = re.compile(r"([T ]\d\d[\d:.,]*?) ?(?:Z|[+-]\d\d(?::?\d\d)?)$", re.IGNORECASE)


def parse_days(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970-01-01 of ISO dates, NO_DAY where unreadable, and the precision each text shows.

    A time with an offset from UTC keeps the day it is written with: 2024-03-01T23:30-05:00 is 1 March.
    """
    days = _utc_days(texts)
    local = {at: OFFSET.sub(r"\1", text) for at, text in enumerate(texts) if len(text) > 10}
    away = [at for at, text in local.items() if text != texts[at] and days[at] != NO_DAY]
    if away:
        days[away] = _utc_days([local[at] for at in away])
    length = np.array([len(text) for text in texts], dtype=np.int64)
    return days, np.select([length == 4, length == 7], [2, 1], 0).astype(np.int8)


def _utc_days(texts: list[str]) -> np.ndarray:
    series = pd.Series(texts, dtype=object)
    stamps = pd.to_datetime(series, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    ok = stamps.notna() & stamps.dt.year.between(FIRST_YEAR, LAST_YEAR - 1)
    days = np.full(len(texts), NO_DAY, dtype=np.int32)
    if ok.any():
        days[ok] = stamps[ok].to_numpy().astype("M8[D]").astype(np.int64)
    return days


def stamped_days(column: pd.Series) -> np.ndarray:
    """Days since 1970-01-01 of a datetime column as its own time zone has them, NO_DAY where missing."""
    plain = column.dt.tz_localize(None) if getattr(column.dtype, "tz", None) is not None else column
    stamps = plain.to_numpy().astype("M8[D]")
    days: np.ndarray = np.where(np.isnat(stamps), NO_DAY, stamps.astype(np.int64).astype(np.int32))
    return days.astype(np.int32)


def as_written(column: pd.Series) -> pd.Series:
    """The column, datetime objects and their categories as text.

    Two of one instant in different zones are equal and differ in day; a category may lose its zone in Arrow.
    """
    if isinstance(column.dtype, pd.CategoricalDtype) and getattr(column.cat.categories.dtype, "tz", None):
        column = column.astype(object)
    if column.dtype == object and pd.api.types.infer_dtype(column) in ("datetime", "mixed"):
        return column.map(str, na_action="ignore")
    return column


def some(column: np.ndarray) -> bool:
    """Whether any entry is set, at no cost for a column that repeats one value."""
    return bool(column[:1].any() if column.strides == (0,) else column.any())


def span_ends(day: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Last day of the day, month or year that starts at or holds `day`, (N,)."""
    last = day.astype(np.int64)
    for code, unit in ((1, "M"), (2, "Y")):
        rows = np.flatnonzero(precision == code)
        if len(rows):
            period = last[rows].astype("M8[D]").astype(f"M8[{unit}]")
            last[rows] = (period + np.array(1, f"m8[{unit}]")).astype("M8[D]").astype(np.int64) - 1
    return last


def span_starts(day: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """First day of the day, month or year that holds `day`, (N,)."""
    first = day.astype(np.int64)
    for code, unit in ((1, "M8[M]"), (2, "M8[Y]")):
        rows = np.flatnonzero(precision == code)
        if len(rows):
            first[rows] = first[rows].astype("M8[D]").astype(unit).astype("M8[D]").astype(np.int64)
    return first
