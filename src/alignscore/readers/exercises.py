"""Multinational military exercises: every pair of participants, while the exercise lasts."""

from __future__ import annotations

from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.errors import one_of
from alignscore.events import Events
from alignscore.readers.steps.cleaning import NO_TEXT
from alignscore.readers.steps.state_tables import (
    ActorOptions,
    all_pairs,
    checked,
    days,
    each_state_once,
    numbers,
    post,
    without_repeats,
)
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import Table, open_tables
from alignscore.tables.reading_report import ReadReport, Tally

NEEDED = ("s.year", "s.month", "s.day", "e.year", "e.month", "e.day", "statea", "stateb")


def read_exercises(
    path: Table,
    *,
    pairs: Literal["shared", "full"] = "shared",
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Joint exercises from the wide table of multinational military exercises (MME).

    Parameters
    ----------
    path : path, or sequence of paths
        A table with ``s.year``, ``s.month``, ``s.day``, ``e.year``, ``e.month``, ``e.day`` and the
        participants in ``StateA``, ``StateB``, ... by English name.
    pairs : {"shared", "full"}, default "shared"
        Weight of a pair among n participants: 1/(n - 1), so that each state took part in one exercise, or 1.
    progress, on_error
        As in `read_events`.
    **actors
        dissolved, blocs, recode: see `Cleaning`.

    Returns
    -------
    events : Events
        Kind ``joint_exercise`` of the ladder, mutual, standing from its first to its last day.
    report : ReadReport
        Every row accounted for; rows added by pairing participants are counted.

    Raises
    ------
    FileNotFoundError, FormatError, OptionError, UnknownLabelError
        As in `read_events`.

    Notes
    -----
    An unknown day (``xx``, one exercise in five) leaves the month: the event starts somewhere in it and
    ends with it. Participants written as -9 are unknown.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''MMEID,s.year,s.month,s.day,e.year,e.month,e.day,StateA,StateB
    ... m1,1980,1,14,1980,1,21,Netherlands,United States
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "mme.csv")
    ...     _ = path.write_text(text)
    ...     events, report = read_exercises(path)
    >>> events.to_frame()[["source", "target", "date", "until", "kind"]]
      source target       date      until            kind
    0    NLD    USA 1980-01-14 1980-01-21  joint_exercise
    >>> report.read, report.kept
    (1, 1)
    """
    one_of("pairs", pairs, ("shared", "full"))
    tally = Tally("exercises")
    raw = open_tables(
        path, tally, needed=NEEDED, what="table of exercises", progress=progress, on_error=on_error
    )
    raw = without_repeats(raw, "mmeid" if "mmeid" in raw else None, tally)
    columns = [name for name in raw.columns if str(name).startswith("state") and str(name)[5:].isalpha()]
    start, precision = days(*(numbers(raw[f"s.{part}"]) for part in ("year", "month", "day")))
    end, _ = days(*(numbers(raw[f"e.{part}"]) for part in ("year", "month", "day")), end=True)
    tally.fact("unknown day of the start", precision != "day")
    frame = pd.DataFrame({"date": start, "until": end, "date_precision": precision})
    frame = frame.assign(kind="joint_exercise", label=raw.get("ex_name", ""))
    if "mmeid" in raw:
        frame["event_id"] = raw["mmeid"]
    good = ~np.isnat(start)
    frame = tally.keep(frame, good, "refused", "unreadable date", "label")
    cells = raw.loc[good, columns].to_numpy(dtype=object)
    none = {*NO_TEXT, "-9"}
    members = [[cell for c in row if (cell := str(c).strip()).casefold() not in none] for row in cells]
    members = each_state_once(members, frame["date"].to_numpy(), "name", checked(actors))
    frame = all_pairs(frame, members, pairs, tally, "exercise")
    return post(frame, "name", Codebook.ladder(), actors, tally)
