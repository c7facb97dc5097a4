"""Alliance obligations (ATOP) as portfolios: what each state owes every other, year by year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.actors import Dissolved, resolve
from alignscore.dates import day_spans
from alignscore.errors import FormatError, OptionError, check_known, mapping_or_empty, one_of, within
from alignscore.measures.similarity.portfolio import Portfolio, PortfolioPeriod
from alignscore.readers.atop_events import PAIRS, refuse_one_way
from alignscore.readers.cow_states import Codes, members
from alignscore.readers.steps.cleaning import refuse_nothing
from alignscore.readers.steps.state_tables import no_numbers
from alignscore.readers.steps.tabular import column_named, load, needed_column, numbers, whole_numbers
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import Table
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.values import as_pandas, counted_off

LEVELS: Mapping[str, int] = {"defense": 3, "offense": 3, "neutral": 2, "consul": 2, "nonagg": 1}


def read_atop(
    source: Table,
    *,
    states: pd.DataFrame | None = None,
    years: Iterable[int] | None = None,
    levels: Mapping[str, int] = LEVELS,
    own: int | None = None,
    direction: Literal["given", "listed", "either", "both"] = "given",
    actors: Codes = "cow",
    dissolved: Dissolved = "own",
    progress: Progress | None = None,
    on_error: OnError = "raise",
) -> tuple[Portfolio, ReadReport]:
    """ATOP's member or (directed) dyad-year file as a panel of portfolios, a block a year.

    A row is the state that owes, a column the state it owes to; an obligation counts in every year it was
    in force on some day. The level of a pair is the highest among its obligations.

    Parameters
    ----------
    source : path or DataFrame
        Dyad-years: ccode1, ccode2 (or stateA, stateB), year and defense, offense, neutral, nonagg, consul,
        with or without the prefix ``atop_``. Members: atopid, member, yrent, yrexit (0 = in force) and
        the member's own obligations; a pair holds while both are members.
    states : DataFrame
        The first value of `read_states`: who was in the system; without it a year has only states that owe something.
    years : iterable of int
        Which years; every year of the file where None.
    levels : mapping of obligation to int
        The level of each obligation; none is 0. An obligation left out does not count.
    own : int
        What a state owes itself, the highest level where None.
    direction : {"given", "listed", "either", "both"}
        As the file has it, each pair both ways ("given") or a row that is missing no obligation ("listed"); or
        the same both ways: the higher of the two ("either", and for files that list each pair once), or the
        lower ("both").
    actors : {"cow", "iso3"}
        Numbers, or the labels of the year: 365 is SUN from 1923 to 1991 and RUS before and after.
    dissolved : {"own", "successor"}, default "own"
        See `iso3`.
    progress, on_error
        As in `read_events`.

    Returns
    -------
    portfolio : Portfolio
        Periods are years, items the same states as the actors.
    report : ReadReport
        Every obligation of a pair and year accounted for; ``report.refused`` lists those of states outside the
        system that year, or unknown: row (position in the table), year, actor, partner (as given) and reason.

    Raises
    ------
    FileNotFoundError
        Nothing at `source`.
    FormatError
        Neither layout's columns; or a pair stands one way although `direction` is "given".
    UnknownLabelError, OptionError
        An unknown obligation; levels below 1; years the file does not cover.

    Notes
    -----
    On ATOP 5.1 the member file gives the same 273,296 directed dyad-years as the dyad-year file, and the
    same obligations in all but 0.2 per cent of them.
    Obligations are those of Leeds, Ritter, Mitchell & Long 2002, International Interactions 28:237.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignscore.readers.atop_portfolio import read_atop
    >>> pairs = [(2, 840, 2000, 1, 0), (840, 2, 2000, 1, 0), (811, 816, 2000, 0, 1), (816, 811, 2000, 0, 0)]
    >>> table = pd.DataFrame(pairs, columns=["ccode1", "ccode2", "year", "defense", "nonagg"])
    >>> portfolio, report = read_atop(table, levels={"defense": 3, "nonagg": 1}, actors="iso3")
    >>> portfolio.actors
    ('KHM', 'PHL', 'USA', 'VNM')
    >>> portfolio.blocks[0].cells.astype(int)
    array([[3, 0, 0, 1],
           [0, 3, 3, 0],
           [0, 3, 3, 0],
           [0, 0, 0, 3]])
    """
    one_of("direction", direction, ("given", "listed", "either", "both"))
    one_of("actors", actors, ("cow", "iso3"))
    levels = mapping_or_empty("levels", levels, "{'defense': 3, 'offense': 2}")
    own = _checked(levels, own)
    tally = Tally("atop")
    table = load(source, tally, ["atopid"], progress=progress, on_error=on_error)
    wanted = None if years is None else _years_asked(years)
    states = None if states is None else as_pandas("states", states)
    if column_named(table, ["atopid"]) is not None and column_named(table, ["yrent"]) is not None:
        owed = _from_members(table, levels)
    else:
        owed = _from_dyads(table, levels)
        if direction == "given":
            refuse_one_way(owed, ("one", "two", "year"), "this file")
    tally.move("added", "years and partners of one row", max(len(owed) - len(table), 0), len(table))
    tally.move("left out", "no partner at the same time", max(len(table) - len(owed), 0), len(table))
    if wanted is not None:
        _check_years(owed["year"], wanted)
        asked = owed["year"].isin(wanted)
        tally.move("left out", "year not asked for", int((~asked).sum()), len(owed))
        owed = owed[asked]
    labelled = _labelled(owed, actors, dissolved)
    by_year = _systems(labelled, states, wanted, actors, dissolved)
    reason = _reasons(labelled, by_year)
    refused = labelled.assign(reason=reason)[reason != ""]
    portfolio = _panel(labelled[reason == ""], by_year, sorted({0, own, *levels.values()}), own, direction)
    shown = refused[["row", "year", "one", "two", "reason"]].rename(
        columns={"one": "actor", "two": "partner"}
    )
    for why, count in shown["reason"].value_counts(sort=False).items():
        tally.move("refused", str(why), int(count), len(owed))
    refuse_nothing(len(owed) - len(shown), tally)
    return portfolio, tally.report(len(owed) - len(shown), shown.reset_index(drop=True))


def _checked(levels: Mapping[str, int], own: int | None) -> int:
    for name, level in levels.items():
        check_known("obligation", name, LEVELS)
        if isinstance(level, bool) or not isinstance(level, Real) or not 1 <= level < np.inf:
            raise OptionError(
                f"the level of {name!r} is {level!r}; levels are 1 or more, 0 is no obligation."
            )
    if not levels:
        raise OptionError("levels name no obligation.")
    if own is not None:
        within("own", own, 0.0, open_high=True)
    return max(levels.values()) if own is None else own


def _years_asked(years: Iterable[int]) -> list[int]:
    """The years asked for, in order."""
    if isinstance(years, str) or not isinstance(years, Iterable):
        raise TypeError(f"years is {years!r}; give a list of years.")
    listed = list(years)
    found = pd.to_numeric(pd.Series(listed, dtype=object), errors="coerce").to_numpy(dtype=float)
    if (odd := found % 1 != 0).any():
        raise OptionError(f"years holds {listed[int(odd.argmax())]!r}, which is no year.")
    return sorted(set(found.astype(int).tolist()))


def _check_years(years: pd.Series, wanted: list[int]) -> None:
    """Refuse a year the file says nothing about: no obligation on file is not no obligation."""
    beyond = [year for year in wanted if not years.min() <= year <= years.max()]
    if beyond or not wanted:
        raise OptionError(f"years {beyond} lie outside the file's {years.min()}..{years.max()}.")


def _level(table: pd.DataFrame, levels: Mapping[str, int]) -> np.ndarray:
    """Highest level among the obligations of each row, (rows,)."""
    owed = np.zeros(len(table))
    for name, level in levels.items():
        column = needed_column(table, f"obligation {name!r}", [f"atop_{name}", name])
        if (strange := no_numbers(table[column].astype(object))).any():
            first = table[column].iloc[int(strange.argmax())]
            raise FormatError(
                f"{int(strange.sum()):,} of {len(table):,} cells of column {column!r} are no numbers, the first {first!r}; "
                "obligations are 1 or 0."
            )
        flag = numbers(table, column).to_numpy()
        owed = np.maximum(owed, np.where(flag > 0, level, 0))
    return owed


def _from_dyads(table: pd.DataFrame, levels: Mapping[str, int]) -> pd.DataFrame:
    one, two = next(
        (pair for pair in PAIRS if column_named(table, pair[:1]) and column_named(table, pair[1:])), PAIRS[0]
    )
    frame = pd.DataFrame({"row": np.arange(len(table))})
    for ours, what, name in (
        ("year", "year", "year"),
        ("one", "first state", one),
        ("two", "second state", two),
    ):
        frame[ours] = whole_numbers(table, needed_column(table, what, [name]))
    frame["level"] = _level(table, levels)
    if lost := int(frame[["year", "one", "two"]].isna().any(axis=1).sum()):
        raise FormatError(f"{lost} of {len(table)} rows lack a state or a year.")
    return frame.astype({"year": int, "one": int, "two": int})


def _from_members(table: pd.DataFrame, levels: Mapping[str, int]) -> pd.DataFrame:
    """Every ordered pair of fellow members, a row for each year in which both belong."""
    entered = whole_numbers(table, needed_column(table, "year of entry", ["yrent"]))
    left = whole_numbers(table, needed_column(table, "year of exit", ["yrexit"]))
    last = int(np.nanmax([entered.max(), left.max()]))  # an alliance in force holds to the file's end
    spells = table[[needed_column(table, "alliance", ["atopid"])]].set_axis(["alliance"], axis=1)
    spells["state"] = whole_numbers(table, needed_column(table, "member", ["member"]))
    spells["first"] = entered
    spells["last"] = left.where(left > 0, last)
    if lost := int(spells.isna().any(axis=1).sum()):
        raise FormatError(f"{lost} member rows lack a state, alliance or date.")
    mine = spells.assign(row=np.arange(len(table)), level=_level(table, levels))
    pairs = mine.merge(spells, on="alliance", suffixes=("", "_two"))
    first = pairs[["first", "first_two"]].max(axis=1).to_numpy(dtype=np.int64)
    length = pairs[["last", "last_two"]].min(axis=1).to_numpy(dtype=np.int64) - first + 1
    length[(length < 0) | (pairs["state"] == pairs["state_two"]).to_numpy()] = 0
    at = np.repeat(np.arange(len(pairs)), length)
    long = pairs.iloc[at]
    names = {"row": "row", "state": "one", "state_two": "two", "level": "level"}
    owed = long[list(names)].rename(columns=names).astype({"one": np.int64, "two": np.int64})
    return owed.assign(year=first[at] + counted_off(length)).reset_index(drop=True)


def _labels(number: np.ndarray, year: np.ndarray, dissolved: Dissolved) -> np.ndarray:
    """Labels of Correlates of War numbers in their years, None where there is none."""
    got = resolve(pd.Series(number), *day_spans(year, len(number)), system="cow", dissolved=dissolved)
    return np.asarray(np.array([*got.labels, None], dtype=object)[got.codes])


def _labelled(owed: pd.DataFrame, actors: Codes, dissolved: Dissolved) -> pd.DataFrame:
    """With the actors' labels: their numbers, or the labels of the year (None where there is none)."""
    if actors == "cow":
        return owed.assign(source=owed["one"], target=owed["two"])
    year = owed["year"].to_numpy()
    one, two = (_labels(owed[side].to_numpy(), year, dissolved) for side in ("one", "two"))
    return owed.assign(source=one, target=two)


def _systems(
    owed: pd.DataFrame,
    states: pd.DataFrame | None,
    years: list[int] | None,
    actors: Codes,
    dissolved: Dissolved,
) -> dict[int, pd.Index]:
    """The states in the system of each year, sorted."""
    if years is None:
        years = [] if owed.empty else list(range(int(owed["year"].min()), int(owed["year"].max()) + 1))
    if states is not None:
        numbered = states.assign(actor=states[needed_column(states, "number of a state", ["cow"])])
        found = {year: np.array(members(numbered, year), dtype=np.int64) for year in years}
        if actors == "iso3":
            named = {year: _labels(some, np.full(len(some), year), dissolved) for year, some in found.items()}
            return {year: pd.Index(sorted(set(some) - {None})) for year, some in named.items()}
        return {year: pd.Index(some) for year, some in found.items()}
    ends = [owed[["year", side]].set_axis(["year", "actor"], axis=1) for side in ("source", "target")]
    seen = pd.concat(ends).dropna().groupby("year")["actor"]
    present = {int(str(year)): pd.Index(sorted(set(some))) for year, some in seen}
    return {year: present.get(year, pd.Index([])) for year in years}


def _reasons(owed: pd.DataFrame, by_year: Mapping[int, pd.Index]) -> np.ndarray:
    """Why an obligation is left out; "" where it is not."""
    reason = np.full(len(owed), "", dtype=object)
    for year, rows in owed.groupby("year").indices.items():
        system = by_year[int(str(year))]
        inside = [system.get_indexer(pd.Index(owed[side].iloc[rows])) >= 0 for side in ("source", "target")]
        reason[rows[~(inside[0] & inside[1])]] = "not in the system that year"
    reason[(owed["source"].isna() | owed["target"].isna()).to_numpy()] = "unknown state"
    return reason


def _panel(
    owed: pd.DataFrame, by_year: Mapping[int, pd.Index], levels: list[int], own: int, direction: str
) -> Portfolio:
    names: list[Any] = sorted(set().union(*(set(system) for system in by_year.values())))
    everyone = pd.Index(names)
    rows_of = owed.groupby("year").indices
    blocks = []
    for year, system in by_year.items():
        rows = rows_of.get(year, np.empty(0, dtype=np.int64))
        some = owed.iloc[rows]
        i, j = (system.get_indexer(pd.Index(some[side])) for side in ("source", "target"))
        cells = np.zeros((len(system), len(system)))
        np.maximum.at(cells, (i, j), some["level"].to_numpy())
        if direction in ("either", "both"):
            cells = np.maximum(cells, cells.T) if direction == "either" else np.minimum(cells, cells.T)
        np.fill_diagonal(cells, own)
        codes = everyone.get_indexer(system)
        blocks.append(PortfolioPeriod(year, codes, codes, cells))
    spacing = np.array(levels, dtype=np.float64)
    low, high = np.full(len(names), spacing[0]), np.full(len(names), spacing[-1])
    return Portfolio(tuple(names), tuple(names), tuple(blocks), tuple(levels), spacing, low, high)
