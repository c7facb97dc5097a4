"""The Correlates of War list of states: who was in the state system when."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.actors import LATEST, lives
from alignscore.errors import FormatError, one_of
from alignscore.readers.steps.cleaning import refuse_nothing
from alignscore.readers.steps.tabular import column_named, load, needed_column, numbers, whole_numbers
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import Table
from alignscore.tables.reading_report import ReadReport, Tally

Codes = Literal["iso3", "cow"]


def read_states(
    source: Table, *, actors: Codes = "cow", progress: Progress | None = None, on_error: OnError = "raise"
) -> tuple[pd.DataFrame, ReadReport]:
    """System membership: when each state was in the interstate system.

    Parameters
    ----------
    source : path or DataFrame
        The Correlates of War list of states: ccode, statenme, styear, stmonth, stday, endyear, ...
    actors : {"cow", "iso3"}
        Which codes name the actors. Under "iso3" a spell is cut where its label changes (SUN, then RUS), and
        a state that ISO never had keeps its number (COW511 is Zanzibar).
    progress, on_error
        As in `read_events`.

    Returns
    -------
    states : DataFrame
        A row a spell: actor, cow, name, start, end (the last day; NaT for a state still in the system
        on the list's last day).
    report : ReadReport
        Every row accounted for; spells that a change of label cuts in two are counted.

    Raises
    ------
    FileNotFoundError
        Nothing at a path.
    FormatError
        A column is missing, or a row has no number or a date that cannot be read: without it the system of its
        years would lack a state.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignscore.readers.cow_states import read_states
    >>> table = pd.DataFrame(
    ...     {"ccode": [811, 511], "statenme": ["Cambodia", "Zanzibar"],
    ...      "styear": [1953, 1963], "stmonth": [11, 12], "stday": [9, 19],
    ...      "endyear": [2016, 1964], "endmonth": [12, 4], "endday": [31, 26]}
    ... )
    >>> states, report = read_states(table, actors="iso3")
    >>> states[["actor", "cow", "start", "end"]]
        actor  cow      start        end
    0     KHM  811 1953-11-09        NaT
    1  COW511  511 1963-12-19 1964-04-26
    >>> report.read, report.kept
    (2, 2)
    """
    one_of("actors", actors, ("cow", "iso3"))
    tally = Tally("states")
    table = load(source, tally, progress=progress, on_error=on_error)
    cow = whole_numbers(table, needed_column(table, "state's number", ["ccode", "cow", "statenum"]))
    start, end = (_day(table, prefix) for prefix in ("st", "end"))
    if rows := int((cow.isna() | start.isna() | end.isna()).sum()):
        raise FormatError(f"{rows} of {len(table)} rows lack a state's number or a readable date.")
    number = cow.to_numpy(dtype=np.int64)
    named = column_named(table, ["statenme", "statename", "name"])
    frame = pd.DataFrame({"cow": number})
    frame["name"] = table[named].to_numpy() if named else number.astype(str)
    frame["start"] = start.to_numpy()
    frame["end"] = end.where(end < end.max()).to_numpy()
    again = frame.duplicated(["cow", "start", "end"]).to_numpy()
    frame = tally.keep(frame, ~again, "merged", "row that stands twice", "name")
    if actors == "cow":
        frame.insert(0, "actor", frame["cow"])
    else:
        frame = _labelled(frame, tally)
    refuse_nothing(len(frame), tally)
    return frame, tally.report(len(frame))


def _labelled(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """The spells with the labels of their days, cut where a label changes; None for an unknown number."""
    parts = []
    for number, rows in frame.groupby("cow", sort=False):
        for span in lives(str(number), system="cow", dissolved="own"):
            first, last = pd.Timestamp(str(span.first)), pd.Timestamp(str(span.last))
            inside = rows[(rows["start"] <= last) & (rows["end"].isna() | (rows["end"] >= first))]
            ends = inside["end"].where(inside["end"].notna() & (inside["end"] <= last), last)
            ends, starts = ends.where(ends < pd.Timestamp(str(LATEST))), inside["start"].clip(lower=first)
            parts.append(inside.assign(actor=span.actor or None, start=starts, end=ends))
    cut = pd.concat([part for part in parts if len(part)] or [frame.assign(actor=None)])
    labelled = cut.index.nunique()
    nobody = "spell of days in which its number stands for nobody"
    tally.move("left out", nobody, len(frame) - labelled, len(frame))
    tally.move("added", "spell cut where its label changes", len(cut) - labelled, labelled)
    cut = cut.sort_values("start", kind="stable").sort_index(kind="stable")
    return cut[["actor", *frame.columns]].reset_index(drop=True)


def _day(table: pd.DataFrame, prefix: str) -> pd.Series:
    parts = {}
    for part in ("year", "month", "day"):
        parts[part] = numbers(table, needed_column(table, f"{prefix} {part}", [prefix + part]))
    # seconds: nanoseconds, in which pandas 2 reads, do not reach the year 9999 of a spell without an end
    return pd.to_datetime(pd.DataFrame(parts), errors="coerce").astype("datetime64[s]")


def members(states: pd.DataFrame, year: int) -> list[Any]:
    """Actors in the system on some day of a year, sorted; without states that have no code.

    `states` is the first value of `read_states`; after the list's last day a state still in the system stays in it.
    """
    first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
    inside = (states["start"] <= last) & (states["end"].isna() | (states["end"] >= first))
    return sorted(states.loc[inside & states["actor"].notna(), "actor"].unique().tolist())
