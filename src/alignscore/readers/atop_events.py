"""ATOP alliances as standing events: who owes whom what, from when until when."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.codebook.kind import Kind
from alignscore.errors import FormatError, one_of
from alignscore.events import Events
from alignscore.readers.steps.state_tables import ActorOptions, days, no_numbers, numbers, one_way, post
from alignscore.readers.steps.tabular import column_named
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import OneLayout, Table, open_tables
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.values import run_starts

# obligation of ATOP to kind of the ladder, strongest first
OBLIGATIONS = {
    "defense": "defence_pact",
    "offense": "alliance_treaty",
    "neutral": "neutrality_pact",
    "nonagg": "non_aggression_pact",
    "consul": "consultation_pact",
}
PAIRS = (("ccode1", "ccode2"), ("statea", "stateb"), ("mem1", "mem2"))  # of dyad-years, in small letters
NEEDED = (("defense", "atop_defense"),)
# what the files of members, alliances and dyads have
LAYOUTS = ("yrent", "begyr", "ccode1", "statea", "mem1")
OPEN = 10**9  # day on which a tie that is still in force ends
NEVER = -OPEN  # an unreadable day


def read_atop_events(
    path: Table,
    *,
    overlap: Literal["strongest", "sum"] = "strongest",
    direction: Literal["given", "listed", "either"] = "given",
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Standing treaties between states from the Alliance Treaty Obligations and Provisions data.

    Parameters
    ----------
    path : path, or sequence of paths
        The alliance file (``a``: atopid, begyr, mem1 ...), the member file (``m``: atopid, member, yrent
        ...), or a dyad-year file (ccode1 and ccode2, stateA and stateB, or mem1 and mem2; year; with or
        without ``atop_`` before the obligations), as CSV or Parquet.
    overlap : {"strongest", "sum"}, default "strongest"
        Where two treaties bind a pair at once: the stronger obligation holds, or both stand side by side.
    direction : {"given", "listed", "either"}, default "given"
        Dyad-years: each pair must stand both ways (``given``); a row that is not there is no obligation
        (``listed``); or a row binds both sides (``either``), for files that list each pair once.
    progress, on_error
        As in `read_events`.
    **actors
        dissolved, blocs, recode: see `Cleaning`.

    Returns
    -------
    events : Events
        Kinds of the ladder (defence_pact, alliance_treaty for offence, neutrality_pact,
        non_aggression_pact, consultation_pact) without their family, standing, `until` where ended;
        mutual where both sides owe the same.
    report : ReadReport
        Every row accounted for: rows added by pairing members, spells merged by strength.

    Raises
    ------
    FileNotFoundError, FormatError, OptionError, UnknownLabelError
        As in `read_events`.

    Notes
    -----
    Members of one alliance are paired over the days on which both belong to it. In the member file each
    side has its own obligations, so a tie may be directed. An unknown day or month counts from the first
    (to the last) day of its month or year. A state of the list of system members that ISO never had is
    called COW and its number.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''ccode1,ccode2,year,defense,offense,neutral,nonagg,consul
    ... 2,840,1952,1,0,0,0,0
    ... 840,2,1952,1,0,0,0,0
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "dyads.csv")
    ...     _ = path.write_text(text)
    ...     events, report = read_atop_events(path)
    >>> events.to_frame()[["source", "target", "date", "kind", "mutual"]]
      source target       date          kind  mutual
    0    PHL    USA 1952-01-01  defence_pact    True
    >>> report.read, report.kept
    (2, 1)
    """
    one_of("overlap", overlap, ("strongest", "sum"))
    one_of("direction", direction, ("given", "listed", "either"))
    tally = Tally("atop")
    raw = open_tables(
        path, tally, needed=NEEDED, what="ATOP file", progress=progress, on_error=on_error,
        each=OneLayout(tally, lambda table: [column_named(table, LAYOUTS)]),
    )  # fmt: skip
    raw = raw.rename(columns={name: name.removeprefix("atop_") for name in raw.columns})
    absent = [name for name in OBLIGATIONS if name not in raw]
    if absent:
        raise FormatError(f"{tally.files[0]} is no ATOP file: column {absent[0]!r} is missing.")
    spells = _dates(_spells(raw, direction, tally))
    settled = partial(_in_force, overlap=overlap)
    return post(spells, "cow", _codebook(), actors, tally, settled=settled)


def _codebook() -> Codebook:
    """The ladder's pacts without their family: several treaties of a pair are settled here, by date."""
    ladder = Codebook.ladder()
    kinds = [Kind(**{**dict(ladder[k]), "family": None, "rank": None}) for k in OBLIGATIONS.values()]
    return Codebook("atop", tuple(kinds))


def _spells(raw: pd.DataFrame, direction: str, tally: Tally) -> pd.DataFrame:
    """One row an obligation of state_a to state_b: rank (0 strongest), start, end (days since 1970), treaty."""
    if {"atopid", "member", "yrent", "yrexit"} <= set(raw.columns):
        rows = _dated(raw, "ent", "exit", tally).assign(member=raw["member"])
    elif {"atopid", "begyr", "endyr", "mem1"} <= set(raw.columns):
        tally.note("the alliance file tells no dates of joining: the member file does")
        rows = _alliance_members(_dated(raw, "beg", "end", tally), tally)
    elif "year" in raw and (pair := next((two for two in PAIRS if set(two) <= set(raw.columns)), None)):
        raw = raw.rename(columns=dict(zip(pair, ("ccode1", "ccode2"), strict=True)))
        return _dyad_years(_both_ways(raw, direction, tally), tally)
    else:
        raise FormatError(
            f"{tally.files[0]} is none of ATOP's files: it has neither member and yrent (m), begyr and mem1 "
            "(a), nor ccode1, ccode2 and year."
        )
    rows = _with_rank(rows, tally)
    dated = (rows[["start", "end"]] > NEVER).all(axis=1).to_numpy()
    rows = tally.keep(rows, dated, "refused", "unreadable date", "atopid")
    rows = tally.keep(rows, rows["end"] >= rows["start"], "refused", "ends before it begins")
    return _paired(rows, tally)


def _dated(raw: pd.DataFrame, begin: str, end: str, tally: Tally) -> pd.DataFrame:
    """Start and end days; the columns are yr, mo and day with the words before or behind."""
    days_of = {}
    for word, last in ((begin, False), (end, True)):
        names = [f"yr{word}", f"mo{word}", f"day{word}"]
        if names[0] not in raw:
            names = [f"{word}yr", f"{word}mo", f"{word}day"]
        parts = [numbers(raw[name]) if name in raw else np.zeros(len(raw)) for name in names]
        date, precision = days(*parts, end=last)
        day = date.astype("M8[D]").astype(np.int64)
        days_of[word] = np.where(np.isnat(date), NEVER, day)
        if last:  # year 0 or no year: in force when the data end
            open_ended = np.isnan(parts[0]) | (parts[0] == 0)
            days_of[word] = np.where(open_ended, OPEN, days_of[word])
            tally.fact("still in force", open_ended)
        else:
            tally.fact("begins on an unknown day", precision != "day")
    mine = [name for name in raw if name in ("atopid", *OBLIGATIONS) or str(name).startswith("mem")]
    return raw[mine].assign(start=days_of[begin], end=days_of[end])


def _alliance_members(rows: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """A row a member of each alliance."""
    columns = [name for name in rows.columns if name.startswith("mem") and name[3:].isdigit()]
    keep = ["atopid", "start", "end", *OBLIGATIONS]
    long = rows.melt(id_vars=keep, value_vars=columns, value_name="member").drop(columns="variable")
    long = long[long["member"].str.strip() != ""].reset_index(drop=True)
    tally.move("added", "members of one alliance beyond the first", len(long) - len(rows), len(rows))
    return long


def _with_rank(rows: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Strongest obligation of each row; rows without one are left out, and those that tell none readable refused."""
    strange = np.any([no_numbers(rows[name]) for name in OBLIGATIONS], axis=0)
    first = next((name for name in OBLIGATIONS if no_numbers(rows[name]).any()), "")
    rows = tally.keep(rows, ~strange, "refused", "unreadable obligation", first)
    owed = np.stack([numbers(rows[name]) == 1 for name in OBLIGATIONS], axis=1)
    rows = rows.assign(rank=owed.argmax(axis=1))
    return tally.keep(rows, np.asarray(owed.any(axis=1)), "left out", "no obligation")


def _paired(rows: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Every two members of an alliance over the days both belong to it, each with its own obligation."""
    rows = rows.assign(at=np.arange(len(rows)))[["atopid", "member", "rank", "start", "end", "at"]]
    both = rows.merge(rows, on="atopid", suffixes=("", "_b"))
    both["first"] = np.maximum(both["start"], both["start_b"])
    both["last"] = np.minimum(both["end"], both["end_b"])
    both = both[(both["member"] != both["member_b"]) & (both["first"] <= both["last"])]
    alone = len(rows) - both["at"].nunique()
    tally.move("left out", "no other member at the same time", alone, len(rows))
    tally.move("added", "partners of a member beyond the first", len(both) - both["at"].nunique(), len(rows))
    theirs = ["member", "member_b", "rank", "first", "last", "atopid"]
    ours = ["state_a", "state_b", "rank", "start", "end", "treaty"]
    return both[theirs].set_axis(ours, axis=1).reset_index(drop=True)


def _both_ways(raw: pd.DataFrame, direction: str, tally: Tally) -> pd.DataFrame:
    """The rows with each pair both ways; some pairs one way only are refused unless `direction` says how to read them."""
    for name in ("ccode1", "ccode2", "year"):
        raw = raw.assign(**{name: raw[name].str.strip().str.removesuffix(".0")})
    if direction == "given":
        refuse_one_way(raw, ("ccode1", "ccode2", "year"), tally.files[0])
    if direction != "either":
        return raw
    swap = {"ccode1": "ccode2", "ccode2": "ccode1"}
    other = raw[one_way(raw, "ccode1", "ccode2", "year")].rename(columns=swap)
    tally.move("added", "other side of a pair that stands one way", len(other), len(raw))
    return pd.concat([raw, other[raw.columns]], ignore_index=True)


def refuse_one_way(pairs: pd.DataFrame, keys: tuple[str, str, str], name: str) -> None:
    """Raise for a file of pairs and years (`keys`) in which some stand one way."""
    alone = one_way(pairs, *keys)
    if alone.any():
        a, b, year = (pairs[key].iloc[int(alone.argmax())] for key in keys)
        raise FormatError(
            f"{name}: {int(alone.sum()):,} of {len(pairs):,} pairs stand one way ({a} to {b} in {year}, and not {b} to "
            f"{a}); pass direction='either' where a row binds both sides, or direction='listed' where a row that is "
            "missing is no obligation."
        )


def _dyad_years(raw: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Years in a row with the same obligation as one spell."""
    year = numbers(raw["year"])
    readable = ~np.isnat(days(year)[0])
    ends = year[readable].max(initial=0)  # of the file, also where nobody owes anything any more
    rows = _with_rank(raw.assign(y=year, readable=readable), tally)
    rows = tally.keep(rows, rows["readable"], "refused", "unreadable date", "year")
    rows = rows.sort_values(["ccode1", "ccode2", "rank", "y"], kind="stable").reset_index(drop=True)
    keys = rows[["ccode1", "ccode2", "rank"]]
    goes_on = ((keys == keys.shift()).all(axis=1) & (rows["y"].diff() <= 1)).to_numpy(dtype=bool)
    spell = np.cumsum(~goes_on) - 1
    tally.move("merged", "year that continues a spell", int(goes_on.sum()), len(rows))
    why = "spells run from 1 January to 31 December, and on where they reach its last year"
    tally.note(f"a dyad-year file tells no days: {why}")
    by_spell = rows["y"].groupby(spell)
    low = by_spell.min().to_numpy()
    high = by_spell.max().to_numpy()
    start, end = (date.astype("M8[D]").astype(np.int64) for date in (days(low)[0], days(high, end=True)[0]))
    first = rows[~goes_on].rename(columns={"ccode1": "state_a", "ccode2": "state_b"})
    first = first[["state_a", "state_b", "rank"]].assign(treaty=first["rank"])  # they tell no treaty
    return first.assign(start=start, end=np.where(high == ends, OPEN, end)).reset_index(drop=True)


def _dates(spells: pd.DataFrame) -> pd.DataFrame:
    """The spells with their days as dates, `until` missing where they are in force."""
    start, end = (spells[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    until = np.where(end == OPEN, np.iinfo(np.int64).min, end).astype("M8[D]")  # the least int is NaT
    return spells.drop(columns=["start", "end"]).assign(
        date=start.astype("M8[D]").astype("M8[s]"), until=until.astype("M8[s]")
    )


def _in_force(frame: pd.DataFrame, tally: Tally, *, overlap: str) -> pd.DataFrame:
    """Standing ties of the states that the numbers turned out to be, for one state may have two at once.

    The alliance file keeps East Germany (265) in its treaties beside West Germany (260) after 1990: one Germany.
    """
    start, until = (frame[name].to_numpy().astype("M8[D]") for name in ("date", "until"))
    end = np.where(np.isnat(until), OPEN, until.astype(np.int64))
    spells = frame[["source", "target", "rank", "treaty"]].astype({"source": str, "target": str})
    spells = spells.assign(start=start.astype(np.int64), end=end)
    spells = _mutual(_strongest(spells, overlap, tally), tally)
    kinds = np.array(list(OBLIGATIONS.values()), dtype=object)
    return _dates(spells).assign(kind=kinds[spells["rank"].to_numpy(dtype=np.int64)], standing=True)


def _strongest(spells: pd.DataFrame, overlap: str, tally: Tally) -> pd.DataFrame:
    """Spells of the strongest obligation of a pair, or of each treaty, at a time; of one kind those that touch are one."""
    keys, one = ["source", "target"], "pair"
    if overlap == "sum":
        keys, one = [*keys, "treaty"], "treaty"
    out: list[tuple[Any, ...]] = []
    ordered = spells.sort_values([*keys, "start"], kind="stable")
    firsts = run_starts(ordered.groupby(keys, sort=False, dropna=False).ngroup().to_numpy())
    source, target, *times = (ordered[name].tolist() for name in ("source", "target", "start", "end", "rank"))
    rows = list(zip(*times, strict=True))
    for at, stop in pairwise([*firsts.tolist(), len(rows)]):
        out += [(source[at], target[at], rank, start, end) for start, end, rank in strongest(rows[at:stop])]
    change = len(out) - len(spells)
    action: Literal["added", "merged"] = "added" if change > 0 else "merged"
    tally.move(action, f"obligations of one {one} at once, strongest kept", abs(change), len(spells))
    return pd.DataFrame(out, columns=["source", "target", "rank", "start", "end"])


def strongest(rows: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Spells (first day, last day, rank) as the lowest rank at each day, touching spells of a rank joined.

    Examples
    --------
    >>> strongest([(0, 9, 4), (3, 5, 0)])
    [(0, 2, 4), (3, 5, 0), (6, 9, 4)]
    """
    if len(rows) == 1:
        return rows
    cuts = sorted({start for start, _, _ in rows} | {min(end, OPEN - 1) + 1 for _, end, _ in rows})
    out: list[tuple[int, int, int]] = []
    for low, high in pairwise(cuts):
        held = [rank for start, end, rank in rows if start <= low and end >= high - 1]
        if not held:
            continue
        last = high - 1 if high < OPEN else OPEN
        if out and out[-1][1] == low - 1 and out[-1][2] == min(held):
            out[-1] = (out[-1][0], last, min(held))
        else:
            out.append((low, last, min(held)))
    return out


def _mutual(spells: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Two directions with the same obligation and dates as one mutual tie."""
    low, high = np.sort(spells[["source", "target"]].to_numpy(dtype=str), axis=1).T
    key = spells.assign(low=low, high=high)
    key = key.assign(nth=key.groupby(["source", "target", "rank", "start", "end"]).cumcount())
    columns = ["low", "high", "rank", "start", "end", "nth"]
    twin, second = key.duplicated(columns, keep=False), key.duplicated(columns)
    return tally.keep(spells.assign(mutual=twin), ~second, "merged", "same obligation in both directions")
