"""Days as texts and stamps tell them: the local day, how precise it is, and the days it may mean.

Letter for shapes: N events.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from alignscore.errors import OptionError, one_of

NO_DAY = np.int32(np.iinfo(np.int32).min)  # no `until`: in force, or a point in time
FIRST_YEAR, LAST_YEAR = 1600, 2200  # datetime64[ns] of pandas 2 ends in 2262
EARLIEST, LATEST = (int(np.datetime64(f"{year}-01-01", "D").astype(int)) for year in (FIRST_YEAR, LAST_YEAR))
PLAIN = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
OFFSET = re.compile(r"([T ]\d\d[\d:.,]*?) ?(?:Z|[+-]\d\d(?::?\d\d)?)$", re.IGNORECASE)
MONTH = re.compile(r"(\d{4})[-/.](\d\d?)", re.ASCII)
DECIMAL = re.compile(r"(\d{4}|\d{8})\.(\d+)", re.ASCII)
NO_MONTH = "may be a year with decimals or a month. Write YYYY-MM."
YEAR_LAST = re.compile(r"(\d\d?)([-/.])(\d\d?)\2(\d{4})(?:[T ]\d\d?:.*)?", re.ASCII)  # 14/02/2019
NO_DATE = "is not a date. Write YYYY-MM-DD, YYYY-MM or YYYY."
OR_SAY_HOW = ", or say how all are written, as date_format='%d %B %Y'."
NO_END = "Leave it empty where no end is known."
UNTOLD = "may have the day or the month first. Say dayfirst=True or dayfirst=False, or write YYYY-MM-DD."
DAY, MONTHLY, YEARLY = 0, 1, 2  # how precise a date is
CALENDAR = ("M", "Y-DEC", "A-DEC")  # units of periods whose text tells which days they are
OF_OBJECTS = ("datetime", "datetime64", "period", "mixed")  # what pandas calls columns of such objects


@dataclass(frozen=True)
class Dates:
    """What the distinct texts of a column of dates mean.

    Attributes
    ----------
    days : ndarray of int32, (N,)
        Days since 1970-01-01, `NO_DAY` where unreadable; a month or year is its first day.
    precision : ndarray of int8, (N,)
        0 day, 1 month, 2 year.
    faults : dict of int to str
        For a date that cannot be read although it looks like one, what is wrong with it, by position.
    """

    days: np.ndarray
    precision: np.ndarray
    faults: dict[int, str]

    def fault(self, at: int) -> str:
        """What is wrong with the text at a position, behind its name."""
        return self.faults.get(at, NO_DATE.removesuffix(".") + OR_SAY_HOW)


def parse_dates(
    texts: Sequence[str], *, dayfirst: bool | None = None, date_format: str | None = None
) -> Dates:
    """Read the distinct texts of one column of dates.

    ISO 8601 is read as it stands: 2024-03-01, 20240301, 2024-03, 2024-3, 2024, with or without a time of day; so is
    a year or day that passed through a column of numbers (2024.0). 2024.05 is a month, unless the column also holds
    2024.5 or 2024.37, which show years with decimals.
    A time with an offset from UTC keeps the day it is written with: 2024-03-01T23:30-05:00 is 1 March.

    Parameters
    ----------
    texts : sequence of str, (N,)
    dayfirst : bool, optional
        How 03/02/2019 is read: True, 3 February; False, 2 March. Where it is not given the column decides:
        a part above 12 is a day, and tells the order of all. A column that tells neither order, or both, has
        none of these dates read.
    date_format : str, optional
        How every text is written, in the codes of `datetime.datetime.strptime`, such as "%d %b %Y".

    Raises
    ------
    OptionError
        `date_format` names no year or holds a code that is none, or `dayfirst` is no truth value.
    """
    if date_format is not None:
        return _parsed_by_format(texts, date_format)
    one_of("dayfirst", dayfirst, (True, False, None))
    read = iso_dates(texts)
    lost = map(int, np.flatnonzero(read.days == NO_DAY))
    found = {at: match for at in lost if (match := YEAR_LAST.fullmatch(texts[at]))}
    return replace(read, faults=read.faults | _year_last(found, dayfirst, read.days)) if found else read


def dates_of_rows(texts: Sequence[str]) -> Dates:
    """`parse_dates` of a part of a column, which cannot tell an order that the whole column might: none is guessed."""
    read = iso_dates(texts)
    lost = map(int, np.flatnonzero(read.days == NO_DAY))
    unsure = {at: UNTOLD for at in lost if YEAR_LAST.fullmatch(texts[at])}
    for at, text in enumerate(texts):
        if (found := DECIMAL.fullmatch(text)) and int(found[2]):
            unsure[at], read.days[at] = NO_MONTH, NO_DAY
    return replace(read, faults=read.faults | unsure) if unsure else read


def reading_of_rows(dayfirst: bool | None, date_format: str | None) -> Callable[[Sequence[str]], Dates]:
    """What reads the dates of a table that comes in parts.

    Raises
    ------
    OptionError
        As `parse_dates`.
    """
    if dayfirst is None and date_format is None:
        return dates_of_rows
    read = partial(parse_dates, dayfirst=dayfirst, date_format=date_format)
    read([])  # refuses an option that is none before a row is read
    return read


def iso_dates(texts: Sequence[str]) -> Dates:
    """The part of `parse_dates` that needs no other row: dates of ISO 8601, and months of one digit.

    Years and days that were numbers with decimals, as 2024.0, are read. 2024.05 is a month where all that is written so
    in the column may be months, for 2024.5 and 2024.37 are years with decimals.
    """
    decimals = {at: found for at, text in enumerate(texts) if (found := DECIMAL.fullmatch(text))}
    if decimals:
        whole = {at: found[1] for at, found in decimals.items() if set(found[2]) == {"0"}}
        parts = {at: found for at, found in decimals.items() if at not in whole}
        if not all(len(found[2]) == 2 and 1 <= int(found[2]) <= 12 for found in parts.values()):
            whole |= dict.fromkeys(parts, "")
        texts = [whole.get(at, text) for at, text in enumerate(texts)]
    days = _iso_days(texts)
    length = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    precision = np.select([length == 4, length == 7], [YEARLY, MONTHLY], DAY).astype(np.int8)
    faults = {}
    for at in map(int, np.flatnonzero((days == NO_DAY) | (length < 8))):
        if month := MONTH.fullmatch(texts[at]):
            precision[at] = MONTHLY
            days[at] = _day(int(month[1]), int(month[2]), 1)
        elif days[at] == NO_DAY and re.match(r"\d{4,6}-\d\d-\d\d", texts[at]):
            faults[at] = _no_day(texts[at])
    faults |= {at: NO_MONTH for at, found in decimals.items() if not texts[at] and len(found[1]) == 4}
    return Dates(days, precision, faults)


def _no_day(text: str) -> str:
    year = int(text.split("-")[0])
    if FIRST_YEAR <= year < LAST_YEAR:
        return NO_DATE
    open_end = f" {NO_END}" if year >= LAST_YEAR else ""
    return f"lies outside {FIRST_YEAR}..{LAST_YEAR}.{open_end}"


def _day(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01, `NO_DAY` where there is no such day."""
    try:
        found = dt.date(year, month, day).toordinal() - dt.date(1970, 1, 1).toordinal()
    except ValueError:
        return int(NO_DAY)
    return found if EARLIEST <= found < LATEST else int(NO_DAY)


def _year_last(found: dict[int, re.Match[str]], dayfirst: bool | None, days: np.ndarray) -> dict[int, str]:
    """Fill in dates whose year stands last, by the order that the column shows, and say what is wrong with the others."""
    parts = {at: (int(m[1]), int(m[3]), int(m[4])) for at, m in found.items()}
    may_be = {at: m for at, m in found.items() if min(parts[at][:2]) <= 12}
    if len(may_be) < len(found):  # 31/31/2020 tells no order
        return dict.fromkeys(found.keys() - may_be.keys(), NO_DATE) | _year_last(may_be, dayfirst, days)
    first = next((m[0] for at, m in found.items() if parts[at][0] > 12), None)
    second = next((m[0] for at, m in found.items() if parts[at][1] > 12), None)
    if dayfirst is None:
        if first and second:
            both = f"{first!r} has the day first, {second!r} the month. Write dates as YYYY-MM-DD."
            return dict.fromkeys(found, f"stands in a column of two orders: {both}")
        if not (first or second):
            return dict.fromkeys(found, UNTOLD)
        dayfirst = first is not None
    faults = {}
    for at, (one, two, year) in parts.items():
        day, month = (one, two) if dayfirst else (two, one)
        days[at] = _day(year, month, day)
        if days[at] == NO_DAY:
            order = "day" if dayfirst else "month"
            faults[at] = f"is not a date with the {order} first (years {FIRST_YEAR} to {LAST_YEAR - 1})."
    return faults


def _parsed_by_format(texts: Sequence[str], date_format: str) -> Dates:
    if not isinstance(date_format, str):
        raise OptionError(f"date_format is {date_format!r}; it must be a text such as '%d.%m.%Y'.")
    if not re.search(r"%[YyGcxDF]", date_format):
        raise OptionError(f"date_format is {date_format!r}, which names no year; write it as in '%d.%m.%Y'.")
    try:
        read = partial(pd.to_datetime, format=date_format, errors="coerce")
        given = pd.Series(list(texts), dtype=object)
        if re.search(r"%[zZ]", date_format):  # offsets may differ from text to text: the local day of each
            stamps = pd.to_datetime(given.map(lambda text: read(text).tz_localize(None)))
        else:
            stamps = read(given)
    except (ValueError, re.error) as problem:
        raise OptionError(f"date_format is {date_format!r}, which cannot be read: {problem}.") from None
    days = _in_range(stamped_days(stamps))
    fine = DAY if re.search(r"%[djcxDFuaAwV]", date_format) else MONTHLY
    fine = YEARLY if fine == MONTHLY and not re.search(r"%[mbB]", date_format) else fine
    faults = {int(at): f"is not a date written {date_format!r}." for at in np.flatnonzero(days == NO_DAY)}
    return Dates(days, np.full(len(texts), fine, dtype=np.int8), faults)


def _iso_days(texts: Sequence[str]) -> np.ndarray:
    """Local days of ISO dates, `NO_DAY` where unreadable."""
    days = _utc_days(texts)
    timed = ((at, text) for at, text in enumerate(texts) if len(text) > 10 and days[at] != NO_DAY)
    away = [at for at, text in timed if text[-1] in "zZ" or "-" in text[10:] or "+" in text[10:]]
    if away:
        days[away] = _utc_days([OFFSET.sub(r"\1", texts[at]) for at in away])
    return days


def _utc_days(texts: Sequence[str]) -> np.ndarray:
    if all(map(PLAIN.fullmatch, texts)):
        try:
            days = np.array(texts, dtype="M8[D]").astype(np.int64)
        except ValueError:  # a month or day that no year has
            pass
        else:
            return _in_range(days)
    # "now" and "today" are the day of the run to pandas; a date begins with a digit
    given = [text if text[:1].isdigit() else "" for text in texts]
    stamps = pd.Series(given, dtype=object)
    return _in_range(stamped_days(pd.to_datetime(stamps, format="ISO8601", errors="coerce", utc=True)))


def _in_range(days: np.ndarray) -> np.ndarray:
    """Days, `NO_DAY` where they lie outside the years we keep."""
    return np.where((days >= EARLIEST) & (days < LATEST), days, NO_DAY).astype(np.int32)


def stamped_days(column: pd.Series) -> np.ndarray:
    """Days since 1970-01-01 of a datetime column as its own time zone has them, NO_DAY where missing."""
    plain = column.dt.tz_localize(None) if getattr(column.dtype, "tz", None) is not None else column
    stamps = plain.to_numpy(dtype="M8[D]", na_value=np.datetime64("NaT", "D"))
    days = stamps.view(np.int64)  # the least number where missing; far years stay far
    return np.asarray(np.clip(days, int(NO_DAY), np.iinfo(np.int32).max).astype(np.int32))


def as_written(column: pd.Series) -> pd.Series:
    """The column, datetime objects, periods and the categories of stamps as text.

    Timestamps of one instant in two zones compare equal but may fall on different days, as do a year of NumPy and its
    January, so they become text before they are coded; Arrow may also drop the zone of a category.
    """
    if isinstance(column.dtype, pd.CategoricalDtype) and getattr(column.cat.categories.dtype, "tz", None):
        column = column.astype(object)
    if isinstance(column.dtype, pd.PeriodDtype):
        return column.astype(object).map(_period_as_written, na_action="ignore")
    if column.dtype == object and pd.api.types.infer_dtype(column) in OF_OBJECTS:
        return column.map(_stamp_as_written)
    return column


def _period_as_written(period: pd.Period) -> str:
    """A period as text, with its unit where that is no calendar year or month: a year that ends in June is none."""
    of_one_day = period.start_time.date() == period.end_time.date()
    return str(period) if of_one_day or period.freqstr in CALENDAR else f"{period} ({period.freqstr})"


def _stamp_as_written(cell: Any) -> Any:
    """A time, a period, or a year or month of NumPy, as text; anything else as it is."""
    dated = isinstance(cell, dt.datetime | np.datetime64 | pd.Period) and not pd.isna(cell)
    return date_text(cell) if dated else cell


def day_of(name: str, given: Any, *, last: bool = False) -> int:
    """The day that a date given to the option `name` means, in days since 1970-01-01.

    A whole number is a year; of a year or a month it is the first day, or with `last` the last.

    Raises
    ------
    OptionError
        `given` is no date, year or month.

    Examples
    --------
    >>> day_of("since", 1970), day_of("end", "1970", last=True), day_of("since", "1970-02-01")
    (0, 364, 31)
    """
    if isinstance(given, pd.Period):
        return int((given.end_time if last else given.start_time).to_datetime64().astype("M8[D]").astype(int))
    read = iso_dates([date_text(given)])
    if read.days[0] == NO_DAY:
        raise OptionError(f"{name} is {given!r}, not a date; write 2012-04-30, 2012-04 or 2012.")
    return int((span_ends if last else span_starts)(read.days, read.precision)[0])


def shown_day(day: int, precision: int) -> str:
    """A day as far as it is known: 2012-04-30, 2012-04 or 2012."""
    return str(np.datetime64(int(day), "D").astype(f"M8[{'DMY'[precision]}]"))


def date_text(given: Any) -> str:
    """A date as it would be written, '' for what is none; a whole number is a year, or a day such as 20240301."""
    if isinstance(given, Integral | float | np.floating) and not isinstance(given, bool):
        return f"{int(given):04d}" if given == given // 1 else ""
    if isinstance(given, np.datetime64):
        return str(given).removesuffix("T00")
    if isinstance(given, pd.Period):
        return _period_as_written(given)
    if isinstance(given, dt.datetime) and given.tzinfo is None and not pd.isna(given):
        return given.date().isoformat()
    return str(given).strip() if isinstance(given, str | dt.date) else ""


def spans_kept(given: Any) -> Any:
    """Years and months of NumPy as texts or periods, anything else as it is: pandas would make them first days."""
    if isinstance(given, np.datetime64) and not np.isnat(given):
        return date_text(given)
    if isinstance(given, np.ndarray) and given.dtype in ("M8[Y]", "M8[M]"):
        return pd.PeriodIndex(given, freq=np.datetime_data(given.dtype)[0])
    return given


def span_ends(day: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Last day of the day, month or year that starts at or holds `day`, (N,)."""
    return _first_days(day, precision, later=1)


def span_starts(day: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """First day of the day, month or year that holds `day`, (N,)."""
    return _first_days(day, precision, later=0)


def _first_days(day: np.ndarray, precision: np.ndarray, *, later: int) -> np.ndarray:
    """First day of the month or year that holds `day`, or last where it is that of the next that is asked, (N,)."""
    found = day.astype(np.int64)
    for code, unit in ((MONTHLY, "M"), (YEARLY, "Y")):
        rows = np.flatnonzero(precision == code)
        if len(rows):
            period = found[rows].astype("M8[D]").astype(f"M8[{unit}]") + np.array(later, f"m8[{unit}]")
            found[rows] = period.astype("M8[D]").astype(np.int64) - later
    return found


def day_spans(given: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last day that each of `n` dates means, datetime64[D] (n,), NaT where one is missing.

    `given` is one date for all, or one for each: texts, days, stamps, periods, or whole numbers, which are
    years (2004) or days (20040630). Of a month or year the first and last day.

    Raises
    ------
    OptionError
        What is no date, with the first of them; or another number of dates than `n`.

    Examples
    --------
    >>> first, last = day_spans([2004, "2004-02", "2004-02-29", None], 4)
    >>> first.astype(str).tolist(), last.astype(str).tolist()
    (['2004-01-01', '2004-02-01', '2004-02-29', 'NaT'], ['2004-12-31', '2004-02-29', '2004-02-29', 'NaT'])
    """
    if isinstance(given, Set | Mapping):
        raise OptionError(
            f"dates is a {type(given).__name__}; give one date for all, or a list or column of them."
        )
    if isinstance(given, np.ndarray) and given.ndim == 0:
        given = given[()]
    given = spans_kept(given)
    if hasattr(given, "to_pylist"):  # Arrow's own scalars are no dates
        given = given.to_pylist()
    single = isinstance(given, str | dt.date | pd.Period | np.generic) or not isinstance(given, Iterable)
    if not single and not isinstance(given, pd.Series | pd.Index | np.ndarray):
        given = [spans_kept(one) for one in given]
    nested = isinstance(given, list) and any(isinstance(one, list | tuple) for one in given)
    if nested or np.ndim(given) > 1:
        raise OptionError("dates is a table; give one date for all, or a list or column of them.")
    column = pd.Series([given]) if single else pd.Series(given)
    if column.dtype == object:
        column = as_written(column)
    if not single and len(column) != n:
        raise OptionError(
            f"dates has {len(column)} entries for {n} cells; give one date for all, or one for each."
        )
    try:
        place, levels = pd.factorize(column)
    except TypeError:
        raise OptionError("dates holds lists; give one date for all, or one for each.") from None
    if isinstance(column.dtype, pd.PeriodDtype):
        ends = [levels.start_time, levels.end_time]
    else:
        read = iso_dates([date_text(level) for level in levels])
        if (bad := np.flatnonzero(read.days == NO_DAY)).size:
            rows = int(np.isin(place, bad).sum())
            cell = levels[bad[0]]
            cell = cell.item() if isinstance(cell, np.generic) else cell
            raise OptionError(
                f"dates: {rows} of {len(column)} cannot be read as dates, the first {cell!r:.60}; "
                "write 2004, 2004-06 or 2004-06-30."
            )
        ends = [end(read.days, read.precision) for end in (span_starts, span_ends)]
    first, last = (
        np.append(np.asarray(end).astype("M8[D]"), np.datetime64("NaT", "D"))[place] for end in ends
    )
    return (np.repeat(first, n), np.repeat(last, n)) if single else (first, last)
