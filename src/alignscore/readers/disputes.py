"""Militarized interstate disputes: what each side did to the other, year by year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.codebook.kind import Kind
from alignscore.errors import OptionError
from alignscore.events import Events
from alignscore.events.screening import ladder_or
from alignscore.readers.steps.state_tables import ActorOptions, days, numbers, post
from alignscore.tables.files import Paths, Progress
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.tables.text_tables import header_frames

# level of hostility to kind of the ladder: 2 threat, 3 display, 4 use of force, 5 war
KINDS = {2: "military_threat", 3: "mobilisation", 4: "use_of_force", 5: "war"}
NEEDED = ("ccode1", "ccode2", "year", "hostlev1")


def read_disputes(
    path: Paths,
    *,
    kinds: Mapping[int, str] | None = None,
    codebook: Codebook | None = None,
    progress: Progress | None = None,
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Hostile acts from a table of directed dispute-years (MID or its GML version).

    Parameters
    ----------
    path : path, or sequence of paths
        A table with ``ccode1``, ``ccode2``, ``year``, ``hostlev1`` (the highest level of hostility the
        first side reached), and where known ``stmon``, ``midonset``, ``dispnum``.
    kinds : mapping of int to str, optional
        Kind of each level; by default 2 military_threat, 3 mobilisation, 4 use_of_force, 5 war. A level
        that is not named is left out.
    codebook : Codebook, optional
        Meaning of the kinds; `Codebook.ladder` where not given.
    progress : callable, optional
        Called with (bytes read, bytes in all).
    **actors
        dissolved, blocs, recode: see `Cleaning`.

    Returns
    -------
    events : Events
        One event a side, dispute and year, from the side that acted, in the month of the start where the
        dispute began that year, else in the year.
    report : ReadReport
        Every row accounted for.

    Raises
    ------
    FileNotFoundError
        Nothing at `path`.
    FormatError
        No such table.
    OptionError, UnknownLabelError
        An option outside its choices.

    Notes
    -----
    A side that took no militarized action (level 1) did nothing to post, whatever the other did. Each year
    of a dispute is an event of its own and not a standing one: the data tell the level of a year, not
    how long it lasted.
    """
    levels = dict(KINDS if kinds is None else kinds)
    book = ladder_or(codebook)
    for known in levels:
        if known not in (1, 2, 3, 4, 5):
            raise OptionError(f"kinds names the level {known!r}; levels of hostility are 1 to 5.")
    # a year of war is an event of that year: as a standing kind it would never end
    yearly = {name: Kind(**{**dict(book[name]), "standing": False}) for name in levels.values()}
    book = book.with_kinds(*yearly.values())
    tally = Tally("disputes")
    raw = header_frames(path, tally, needed=NEEDED, what="table of directed disputes", progress=progress)
    level = numbers(raw["hostlev1"])
    raw = tally.keep(
        raw.assign(level=level),
        np.isin(level, [1, 2, 3, 4, 5]),
        "refused",
        "no level of hostility",
        "hostlev1",
    )
    acted = np.isin(raw["level"], list(levels))
    raw = tally.keep(raw, acted, "left out", "no act of this level by this side")
    frame = _acts(raw, {float(step): kind for step, kind in levels.items()})
    frame = tally.keep(frame, frame["date"].notna().to_numpy(), "refused", "unreadable date")
    return post(frame, "cow", book, actors, tally)


def _acts(raw: pd.DataFrame, names: Mapping[float, str]) -> pd.DataFrame:
    """One row an act, by the name of its level, in the month where it began or in the year."""
    month = numbers(raw["stmon"]) if "stmon" in raw else np.zeros(len(raw))
    if "midonset" in raw:
        month = np.where(numbers(raw["midonset"]) == 1, month, 0)
    date, precision = days(numbers(raw["year"]), month, np.zeros(len(raw)))
    frame = pd.DataFrame(
        {
            "state_a": raw["ccode1"],
            "state_b": raw["ccode2"],
            "date": date,
            "date_precision": precision,
            "kind": pd.Series([names[one] for one in raw["level"]], dtype="str"),
        }
    )
    if "dispnum" in raw:
        frame["event_id"] = raw["dispnum"].str.removesuffix(".0") + " " + raw["year"].str.removesuffix(".0")
    return frame
