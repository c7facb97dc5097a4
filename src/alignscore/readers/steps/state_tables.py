"""The path of state-to-state tables that are no news: actors settled, blocs expanded, rows screened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal, TypedDict

import numpy as np
import pandas as pd

from alignscore.actors import LATEST, System, level_codes, lives, resolve, undated
from alignscore.codebook import Codebook
from alignscore.errors import FormatError
from alignscore.events import Events
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.cleaning import Cleaning
from alignscore.tables.opening import with_repeats_noted
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.values import spelled_numbers


class ActorOptions(TypedDict, total=False):
    """Keywords of readers of state-to-state tables; fields of `Cleaning` of the same names."""

    dissolved: Literal["own", "successor"]
    blocs: Sequence[str]
    recode: Mapping[str, str] | None


def post(
    frame: pd.DataFrame,
    system: System,
    codebook: Codebook,
    options: Mapping[str, object],
    tally: Tally,
    *,
    settled: Callable[[pd.DataFrame, Tally], pd.DataFrame] = lambda frame, _: frame,
) -> tuple[Events, ReadReport]:
    """Events of a frame with ``state_a``, ``state_b``, ``date`` and canonical columns.

    `settled` is what a reader does once ``source`` and ``target`` tell which states its rows join.
    """
    clean = checked(options)
    frame = frame.assign(
        state_a=frame["state_a"].astype("category"), state_b=frame["state_b"].astype("category")
    )
    for end in ("state_a", "state_b"):
        frame = through_lives(frame, end, system, clean, tally)
    frame = frame.assign(end_a=frame["state_a"], end_b=frame["state_b"])
    frame = settled(steps.settle_ends(frame, system, clean, tally), tally)
    return steps.finish(steps.cleaned(frame, clean, tally), codebook, tally, states=True)


def state_named(label: str, system: System) -> str:
    """The state that a label names where no date tells, else the label: Turkey in one file is Türkiye in another."""
    return undated(label.strip(), system, ("state", "historic")) or label.strip()


def checked(options: Mapping[str, object]) -> Cleaning:
    """How actors are settled, of options that are those of `ActorOptions`."""
    return Cleaning.make(options, ActorOptions, one_a_day=None, mirrored="keep")


def through_lives(
    frame: pd.DataFrame, end: str, system: System, clean: Cleaning, tally: Tally
) -> pd.DataFrame:
    """Ties in force cut where a state at one end was succeeded: the Soviet Union's treaty, then Russia's.

    A tie also begins no earlier, and ends no later, than the states it joins.
    """
    if "until" not in frame or not len(frame):
        return frame
    code, levels = level_codes(frame[end])
    start = frame["date"].to_numpy().astype("M8[D]")
    until = frame["until"].to_numpy().astype("M8[D]")
    stop = np.where(np.isnat(until), LATEST, until)
    whole = np.ones(len(frame), dtype=bool)  # in no span of its state's
    parts = []
    for place, level in enumerate(levels):
        rows = np.flatnonzero(code == place)
        for span in lives(level, system=system, dissolved=clean.dissolved, recode=clean.recode):
            held = rows[(start[rows] <= span.last) & (stop[rows] >= span.first)]
            parts.append((held, np.maximum(start[held], span.first), np.minimum(stop[held], span.last)))
            whole[held] = False
    parts.append((np.flatnonzero(whole), start[whole], stop[whole]))
    at, first, last = map(np.concatenate, zip(*parts, strict=True))
    order = np.lexsort((first, at))
    out = frame.iloc[at[order]].reset_index(drop=True)
    out["date"] = first[order].astype("M8[s]")
    out["until"] = np.where(last == LATEST, np.datetime64("NaT", "D"), last)[order].astype("M8[s]")
    tally.move("added", "tie that a successor state carries on", len(out) - len(frame), len(frame))
    return out


def each_state_once(
    members: Sequence[Sequence[str]], date: np.ndarray, system: System, clean: Cleaning
) -> list[list[str]]:
    """Members of each row, of the names of one state the first; who is settled as nobody (``recode``) is none."""
    row = np.repeat(np.arange(len(members)), [len(one) for one in members])
    cells = pd.Series([name for one in members for name in one], dtype=object)
    got = resolve(
        cells, date.astype("M8[D]")[row], system=system, dissolved=clean.dissolved, recode=clean.recode
    )
    state = np.where(got.codes < 0, cells, np.array([*got.labels, ""], dtype=object)[got.codes])
    table = pd.DataFrame({"row": row, "cell": cells, "state": state})[~got.of_kind("blank")]
    found: list[list[str]] = [[] for _ in members]
    for at, cell in table.drop_duplicates(["row", "state"])[["row", "cell"]].itertuples(index=False):
        found[at].append(cell)
    return found


def all_pairs(
    frame: pd.DataFrame, members: Sequence[Sequence[str]], weight: str, tally: Tally, what: str
) -> pd.DataFrame:
    """Each row as the pairs of its members, ``state_a`` and ``state_b``; ``mutual`` and ``weight`` set.

    ``weight`` "shared" gives each pair 1/(n - 1), so that a member took part in one event; "full" gives 1.
    """
    pairs = [list(combinations(one, 2)) for one in members]
    alone = np.array([not one for one in pairs], dtype=bool)
    tally.move("left out", f"fewer than two members in {what}", int(alone.sum()), len(frame))
    rows = np.repeat(np.arange(len(frame)), [len(one) for one in pairs])
    out = frame.iloc[rows].reset_index(drop=True)
    flat = [pair for one in pairs for pair in one]
    out["state_a"] = pd.Series([a for a, _ in flat], dtype="str")
    out["state_b"] = pd.Series([b for _, b in flat], dtype="str")
    share = np.array([1.0 / (len(one) - 1) if len(one) > 1 else 1.0 for one in members])
    out["weight"] = share[rows] if weight == "shared" else np.ones(len(out))
    out["mutual"] = True
    tally.move("added", f"pairs of members in one {what}", len(out) - int((~alone).sum()), len(frame))
    return out


def numbers(column: pd.Series) -> np.ndarray:
    """Numbers of a text column, NaN where there is none, (N,)."""
    codes, levels = level_codes(column)
    read = spelled_numbers([level.strip() or None for level in levels])
    return np.append(np.where(np.isfinite(read), read, np.nan), np.nan).take(codes)


def with_numbers(frame: pd.DataFrame, names: Iterable[str], tally: Tally) -> pd.DataFrame:
    """Without rows in which a cell of some columns is meant as a number and is none, as 3,5 is.

    A cell without a digit tells that no number is known, and its row stays.
    """
    for name in names:
        if name in frame:
            meant = steps.by_level(frame[name], lambda cell: any(sign.isdigit() for sign in cell))
            read = ~(meant & np.isnan(numbers(frame[name])))
            frame = tally.keep(frame, read, "refused", f"unreadable number in {name!r}", name)
    return frame


def without_repeats(raw: pd.DataFrame, number: str | None, tally: Tally) -> pd.DataFrame:
    """Rows that overlapping files have in common once, where the column `number` tells one record from another.

    Without it two alike rows may be two records, and are noted.
    """
    if number is None:
        return with_repeats_noted(raw, tally)
    again = raw.duplicated().to_numpy() & ~steps.blank(raw[number])
    return tally.keep(raw, ~again, "merged", "row that stands twice", number)


def one_way(frame: pd.DataFrame, *keys: str) -> np.ndarray:
    """Rows whose pair, in the first two columns of `keys`, does not stand the other way too, (N,)."""
    one, two, *others = keys
    there = pd.MultiIndex.from_frame(frame[[one, two, *others]])
    return np.asarray(~pd.MultiIndex.from_frame(frame[[two, one, *others]]).isin(there))


def days(
    year: np.ndarray, month: np.ndarray | float = 0, day: np.ndarray | float = 0, *, end: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Dates of year, month and day columns, and the precision of each.

    A month or day that is missing, 0 or impossible is unknown: the date is then the first day of its month
    or year (the last with ``end``), and its precision "month" or "year". NaT where there is no year. Columns of
    months above 12 in which no row has a day above 12 have changed places.
    """
    swapped = (month > 12) & (month <= 31) & (day >= 1) & (day <= 12)
    if np.any(swapped) and not np.any((day > 12) & (month >= 1) & (month <= 12)):
        raise FormatError(
            f"a date has the month {np.extract(swapped, month)[0]:.0f}, and none a day above 12: the columns of the day "
            "and of the month have changed places; name each by what it holds."
        )
    ok_year = (year >= 1600) & (year < 2200) & (year % 1 == 0)
    ok_month = ok_year & (month >= 1) & (month <= 12) & (month % 1 == 0)
    y = np.where(ok_year, year, 1970).astype(np.int64) - 1970
    m = np.where(ok_month, month, 12 if end else 1).astype(np.int64) - 1
    months = y * 12 + m
    first = months.astype("M8[M]").astype("M8[D]")
    length = ((months + 1).astype("M8[M]").astype("M8[D]") - first).astype(np.int64)
    ok_day = ok_month & (day >= 1) & (day <= length) & (day % 1 == 0)
    step = np.where(ok_day, day, np.where(end, length, 1)).astype(np.int64) - 1
    date = np.where(ok_year, first + step.astype("m8[D]"), np.datetime64("NaT", "D"))
    precision = np.select([ok_day, ok_month], ["day", "month"], "year")
    return date.astype("M8[s]"), precision


def no_numbers(column: pd.Series) -> np.ndarray:
    """Cells that are neither a number nor known to stand for none, such as yes where 1 is meant, (N,)."""
    none = steps.by_level(column, lambda text: text.strip() in NO_NUMBER, missing=True)
    return np.asarray(~steps.blank(column) & ~none & np.isnan(numbers(column)))


NO_NUMBER = frozenset({".", "..", "-"})  # beside the words for a missing cell
