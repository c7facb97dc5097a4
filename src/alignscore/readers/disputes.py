"""Militarized interstate disputes: what each side did to the other, year by year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook, ladder_or
from alignscore.codebook.kind import Kind
from alignscore.errors import OptionError, mapping_or_empty
from alignscore.events import Events
from alignscore.readers.steps.state_tables import ActorOptions, days, numbers, one_way, post, without_repeats
from alignscore.readers.steps.tabular import column_named
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import OneLayout, Table, open_tables
from alignscore.tables.reading_report import ReadReport, Tally

# level of hostility to kind of the ladder: 2 threat, 3 display, 4 use of force, 5 war
KINDS = {2: "military_threat", 3: "mobilisation", 4: "use_of_force", 5: "war"}
# names of the directed dispute-years (GML, peacesciencer) and of the Correlates of War's dyadic disputes
NAMES = {
    "ccode1": ("ccode1", "statea"),
    "ccode2": ("ccode2", "stateb"),
    "year": ("year", "strtyr"),
    "hostlev1": ("hostlev1", "hihosta"),
    "hostlev2": ("hostlev2", "hihostb"),
    "stmon": ("stmon", "strtmnth", "strtmo"),
    "midonset": ("midonset", "onset"),
    "strtyr": ("strtyr",),
    "dispnum": ("dispnum", "disno"),
}
NEEDED = tuple(NAMES[name] for name in ("ccode1", "ccode2", "year", "hostlev1"))


def read_disputes(
    path: Table,
    *,
    kinds: Mapping[int, str] | None = None,
    codebook: Codebook | None = None,
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Hostile acts from a table of dispute-years (MID or its GML version), of directed or undirected pairs.

    Parameters
    ----------
    path : path, or sequence of paths
        Directed dispute-years: ``ccode1``, ``ccode2``, ``year``, ``hostlev1`` (the highest level of hostility
        the first side reached), and where known ``hostlev2``, ``stmon``, ``midonset``, ``dispnum``. Or the
        dyadic disputes of the Correlates of War: ``statea``, ``stateb``, ``year``, ``hihosta``, ``hihostb``,
        ``strtmnth``, ``strtyr``, ``disno``.
    kinds : mapping of int to str, optional
        Kind of each level; by default 2 military_threat, 3 mobilisation, 4 use_of_force, 5 war. A level
        that is not named is left out.
    codebook : Codebook, optional
        Meaning of the kinds; `Codebook.ladder` where not given.
    progress, on_error
        As in `read_events`.
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
    FileNotFoundError, FormatError, OptionError, UnknownLabelError
        As in `read_events`.

    Notes
    -----
    A side that took no militarized action (level 1) did nothing to post, whatever the other did. Each year
    of a dispute is an event of its own and not a standing one: the data tell the level of a year, not
    how long it lasted. Where each pair of a dispute stands one way, the second side's level (``hostlev2``,
    ``hihostb``) gives its act; where it stands both ways, each row gives that of its first side.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''disno,statea,stateb,year,hihosta,hihostb
    ... 61,2,365,1962,3,4
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "dyadic_mid.csv")
    ...     _ = path.write_text(text)
    ...     events, report = read_disputes(path)
    >>> events.to_frame()[["source", "target", "date", "kind"]]
      source target       date          kind
    0    USA    SUN 1962-01-01  mobilisation
    1    SUN    USA 1962-01-01  use_of_force
    >>> report.read, report.kept
    (1, 2)
    """
    levels = mapping_or_empty("kinds", KINDS if kinds is None else kinds, "{4: 'use_of_force'}")
    book = ladder_or(codebook)
    for known in levels:
        if known not in (1, 2, 3, 4, 5):
            raise OptionError(f"kinds names the level {known!r}; levels of hostility are 1 to 5.")
    # a year of war is an event of that year: as a standing kind it would never end
    yearly = {name: Kind(**{**dict(book[name]), "standing": False}) for name in levels.values()}
    book = book.with_kinds(*yearly.values())
    tally = Tally("disputes")
    raw = open_tables(
        path, tally, needed=NEEDED, what="table of directed disputes", progress=progress, on_error=on_error,
        each=OneLayout(tally, lambda table: [column_named(table, names) for names in NEEDED]),
    )  # fmt: skip
    raw = without_repeats(raw, column_named(raw, NAMES["dispnum"]), tally)
    found = {ours: column_named(raw, theirs) for ours, theirs in NAMES.items()}
    raw = pd.DataFrame({ours: raw[name] for ours, name in found.items() if name is not None})
    raw = _both_sides(raw, tally)
    raw = raw.assign(level=numbers(raw["hostlev1"]))
    has_level = raw["level"].isin([1, 2, 3, 4, 5])
    raw = tally.keep(raw, has_level, "refused", "no level of hostility", "hostlev1")
    acted = raw["level"].isin(list(levels))
    frame = _acts(tally.keep(raw, acted, "left out", "no act of this level by this side"), levels)
    frame = tally.keep(frame, frame["date"].notna(), "refused", "unreadable date")
    return post(frame, "cow", book, actors, tally)


def _both_sides(raw: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """With a row for the second side of each pair that stands one way."""
    keys = [name for name in ("dispnum", "year") if name in raw]
    alone = one_way(raw, "ccode1", "ccode2", *keys)
    tally.fact("pair that stands one way", alone)
    if not alone.any():
        return raw
    if "hostlev2" not in raw:
        tally.note(
            "some pairs stand one way and the table has no level of the second side: its acts are missing"
        )
        return raw
    swap = {"ccode1": "ccode2", "ccode2": "ccode1", "hostlev1": "hostlev2", "hostlev2": "hostlev1"}
    second = raw[alone].rename(columns=swap)
    tally.move("added", "second side of a pair that stands one way", len(second), len(raw))
    return pd.concat([raw, second[raw.columns]], ignore_index=True)


def _acts(raw: pd.DataFrame, names: Mapping[float, str]) -> pd.DataFrame:
    """One row an act, by the name of its level, in the month where it began or in the year."""
    month = numbers(raw["stmon"]) if "stmon" in raw else np.zeros(len(raw))
    if "midonset" in raw:
        month = np.where(numbers(raw["midonset"]) == 1, month, 0)
    elif "strtyr" in raw:
        month = np.where(numbers(raw["strtyr"]) == numbers(raw["year"]), month, 0)
    date, precision = days(numbers(raw["year"]), month)
    frame = raw[["ccode1", "ccode2"]].set_axis(["state_a", "state_b"], axis=1)
    kind = pd.Series([names[one] for one in raw["level"]], dtype="str")
    frame = frame.assign(date=date, date_precision=precision, kind=kind)
    if "dispnum" in raw:
        frame["event_id"] = raw["dispnum"].str.removesuffix(".0") + " " + raw["year"].str.removesuffix(".0")
    return frame
