"""Any table of events: a map from its columns to ours, and the same cleaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import pandas as pd

from alignscore.actors import SYSTEMS, System
from alignscore.actors.labels import ActorLabels
from alignscore.codebook import Codebook, ladder_or
from alignscore.dates import NO_DAY, span_starts
from alignscore.errors import FormatError, OptionError, check_known, mapping_or_empty, near, one_of
from alignscore.events import Events
from alignscore.events.rules import refuse_numbers, refuse_slips
from alignscore.events.screening import Duplicates
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.cleaning import CANONICAL, Cleaning, CleanOptions, by_level
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import NUMBERS, Table, as_text, open_tables
from alignscore.tables.reading_report import ReadReport, Tally

KEYS = (*CANONICAL, "story")
DEFAULTS = {"one_a_day": None, "mirrored": "keep"}


def read_events(
    path: Table,
    *,
    columns: Mapping[str, str | None] | None = None,
    constants: Mapping[str, Any] | None = None,
    codebook: Codebook | None = None,
    system: System | None = None,
    actors: ActorLabels = "check",
    progress: Progress | None = None,
    on_error: OnError = "raise",
    duplicates: Duplicates = "keep",
    **clean: Unpack[CleanOptions],
) -> tuple[Events, ReadReport]:
    """Events from any delimited or Parquet table, given which column is what.

    Parameters
    ----------
    path : path, sequence of paths, or table
        CSV, TSV or semicolon-separated text with a header (plain, zipped, gzipped), Parquet, or a folder; or a frame
        of pandas, polars or Arrow.
    columns : mapping of str to str or None, optional
        Our name to the file's: ``{"source": "ccode1", "target": "ccode2", "date": "day", "kind": "code"}``.
        Ours are source, target, date, until, date_precision, domain, kind, value, weight, mutual, standing,
        event_id, label, url, and story (for mirrored rows). Columns named as ours need no entry; None leaves one out.
    constants : mapping of str to object, optional
        Our name to one value for all rows: ``{"source": "USA", "domain": "security", "value": 4}``.
    codebook : Codebook, optional
        Meaning of the kinds; `Codebook.ladder` where not given.
    system : {"iso3", "iso2", "iso_numeric", "cow", "gw", "cameo", "icews", "fips", "keds", "name"}, optional
        What the actors are, to bring them to ISO 3166 alpha-3 by date; None leaves labels as they are.
    actors : {"check", "iso3", "as_given"}, default "check"
        Without a `system`: what becomes of an actor that goes by two labels, as for `Events.from_frame`.
    progress : callable or True, optional
        Called with (bytes read, bytes in all); True draws a line on stderr.
    on_error : {"raise", "skip"}, default "raise"
        Whether a damaged file among several is an error, or left out and named in the report.
    duplicates : {"keep", "refuse", "merge"}, default "keep"
        What becomes of rows without an id that repeat an earlier one, as for `Events.from_frame`; those that are kept
        are counted in a note of the report.
    **clean
        The steps of `Cleaning`; here ``one_a_day`` is None and ``mirrored`` "keep" unless given.

    Returns
    -------
    events : Events
    report : ReadReport
        Every row accounted for.

    Raises
    ------
    FileNotFoundError
        Nothing at `path`.
    FormatError
        No table with these columns.
    OptionError, UnknownLabelError
        An option outside its choices, or a name that is not one of ours.
    EventError
        A column that looks like a slip for one of ours: name it in `columns`, or drop it.

    Notes
    -----
    Cells are text until they are understood: a code 040 stays 040, and a column in which a code lost its
    zero is refused as a whole. Dates may be written 2019-10-24, 20191024, 2019-10 or 2019 (the last two keep
    their precision), or 10/24/2019 in the order that the column proves or ``dayfirst`` says.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''from;to;when;what
    ... CHN;KHM;22/04/2026;two_plus_two
    ... CHN;KHM;3/5/2026;official_visit
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "acts.csv")
    ...     _ = path.write_text(text)
    ...     events, report = read_events(
    ...         path, columns={"source": "from", "target": "to", "date": "when", "kind": "what"}
    ...     )
    >>> events.to_frame()[["source", "target", "date", "kind", "value"]]
      source target       date            kind  value
    0    CHN    KHM 2026-04-22    two_plus_two    6.5
    1    CHN    KHM 2026-04-22    two_plus_two    6.5
    2    CHN    KHM 2026-05-03  official_visit    2.4
    >>> report.read, report.kept
    (2, 2)
    """
    book = ladder_or(codebook)
    one_of("duplicates", duplicates, ("keep", "refuse", "merge"))
    constants = mapping_or_empty("constants", constants, "{'domain': 'security'}")
    columns = mapping_or_empty("columns", columns, "{'source': 'from'}")
    columns = {ours: theirs if theirs is None else str(theirs) for ours, theirs in columns.items()}
    if columns and not set(columns) & set(KEYS) and set(columns.values()) <= set(KEYS):
        turned = {ours: theirs for theirs, ours in columns.items()}
        raise OptionError(
            f"columns leads from our names to the file's, so the other way round: columns={turned}."
        )
    for name in (*columns, *constants):
        check_known("column", name, KEYS)
    for name, value in constants.items():
        if not pd.api.types.is_scalar(value):
            raise TypeError(f"{name} of constants is {value!r:.60}; give one value for all rows.")
    if system is not None:
        one_of("system", system, SYSTEMS)
    if twice := [name for name in columns if name in constants]:
        raise OptionError(f"{twice[0]!r} stands in columns and in constants; take it from one of them.")
    if left := [name for name in ("source", "target", "date") if columns.get(name, name) is None]:
        raise OptionError(f"columns leaves out {left[0]!r}, which every event needs.")
    options = Cleaning.make(clean, **DEFAULTS)
    if system is None:
        _refuse_unsettled(options)
    tally = Tally("events")
    needed = [str(columns.get(name, name)) for name in ("source", "target", "date") if name not in constants]
    what = "table of events with columns named as ours or by columns={'source': ...}"
    there: dict[str, None] = {}  # columns of all files

    def of_file(raw: pd.DataFrame) -> pd.DataFrame:
        there.update(dict.fromkeys(raw.columns))
        frame = _canonical(raw, columns, constants, options, tally)
        if "kind" in frame and "kind" not in constants:
            name = columns.get("kind") or "kind"
            _refuse_lost_zeros(frame["kind"], name, book, tally.files[-1])
            if name.lower() in raw.attrs.get(NUMBERS, ()):
                refuse_numbers(frame["kind"].unique().tolist(), book)
        return frame

    # each file tells by itself how its dates and codes are written
    frame = open_tables(
        path, tally, needed=needed, what=what, progress=progress, on_error=on_error, each=of_file
    )
    _check_columns(frame, columns, list(there), options, tally)
    frame = frame.astype({name: "category" for name in ("source", "target", "kind") if name in frame})
    if "kind" in frame:
        frame = steps.drop_roots(frame, options.drop_roots, tally)
    if system is not None:
        frame = steps.settle_ends(_with_ends(frame), system, options, tally)
    elif options.one_a_day is not None or options.mirrored == "collapse":
        frame = _with_ends(frame)
    frame = steps.cleaned(frame, options, tally)
    labels: ActorLabels = actors if system is None else "as_given"
    if "written" in frame:
        frame = frame.assign(date=frame["written"])
    frame = frame.drop(columns=[name for name in ("kind", "unkind") if "unkind" in frame])
    events, report = steps.finish(frame, book, tally, actors=labels, duplicates=duplicates)
    if events.repeats:
        note = f"{events.repeats:,} rows without an event_id repeat an earlier row and are kept"
        report = replace(report, notes=(*report.notes, note))
    return events, report


def _refuse_unsettled(options: Cleaning) -> None:
    """Raise for options that settle who the actors are, where nobody says in which system they are named."""
    plain = ("ends", "cross_border", "regions", "dissolved")
    changed = [name for name in plain if getattr(options, name) != getattr(Cleaning, name)]
    if changed or options.recode is not None:
        name = (changed or ["recode"])[0]
        raise OptionError(
            f"{name} settles actors that are codes or names; say which they are, such as system='name'."
        )


def _canonical(
    raw: pd.DataFrame,
    columns: Mapping[str, str | None],
    constants: Mapping[str, Any],
    options: Cleaning,
    tally: Tally,
) -> pd.DataFrame:
    """Our columns of a file, all text; dates in ISO form where they can be read."""
    frame = {}
    for name in KEYS:
        given = (columns.get(name, name) or "").lower()
        if name in constants:
            cell = as_text(pd.Series([constants[name]], dtype=object)).iloc[0]
            frame[name] = pd.Series(cell, index=raw.index, dtype=object)
        elif given and given in raw:
            frame[name] = raw[given].astype(object)
    refuse_slips(raw.columns, {*frame, *columns}, {given.lower() for given in columns.values() if given})
    out = pd.DataFrame(frame)
    for name in ("date", "until"):
        if name in out:
            texts, unreadable = steps.iso_texts(out[name], options, tally)
            out = tally.keep(out.assign(**{name: texts}), ~unreadable, "refused", f"unreadable {name}", name)
    return out


def _check_columns(
    frame: pd.DataFrame,
    columns: Mapping[str, str | None],
    there: Sequence[str],
    options: Cleaning,
    tally: Tally,
) -> None:
    """Raise for a column that is named and stands in no file, and for one that an option needs."""
    for name, given in columns.items():
        if given and name not in frame:
            raise FormatError(f"{tally.files[0]}: column {given!r} is missing.{near(given.lower(), there)}")
    for option, asked, lacks in (
        ("mirrored='collapse'", options.mirrored == "collapse", "story"),
        ("drop_roots", bool(options.drop_roots), "kind"),
    ):
        if asked and lacks not in frame:
            raise OptionError(
                f"{option} needs a column {lacks!r}; say which it is, columns={{{lacks!r}: ...}}."
            )


def _refuse_lost_zeros(kind: pd.Series, name: str, book: Codebook, file: str) -> None:
    """Refuse a column in which a code of digits is known only with a zero before it, or may have lost one.

    Codes of two digits beside longer ones, none of them with a zero, were read as numbers: 20 is 020 or 20.
    """
    known = set(book.names)
    lost = by_level(kind, lambda c: c.isdigit() and c not in known and "0" + c in known)
    either = by_level(kind, lambda c: len(c) == 2 and c.isdigit() and {c, "0" + c} <= known)
    longer = by_level(kind, lambda c: len(c) > 2 and c.isdigit())
    zeros = by_level(kind, lambda c: c[:1] == "0")
    lost |= either & (bool(longer.any()) and not bool(zeros.any()))
    if lost.any():
        why = (
            "(012 is now 12), so none can be trusted. Read the original as text: spreadsheets, and readers that guess "
            "types, drop zeros."
        )
        raise steps.lost_zeros(kind, lost, file, f"codes in column {name!r}", why)


def _with_ends(frame: pd.DataFrame) -> pd.DataFrame:
    """The working columns the steps need, from the canonical ones."""
    frame = frame.assign(end_a=frame["source"], end_b=frame["target"], written=frame["date"])
    frame = frame.assign(state_a=frame["source"], state_b=frame["target"])
    # a month or a year stands for its first day when actors are settled; the text goes on to Events
    read, codes, _ = steps.dates_of(frame["written"], Cleaning())
    first = span_starts(read.days, read.precision).astype("M8[D]").astype("M8[s]")
    first[read.days == NO_DAY] = np.datetime64("NaT", "s")
    frame["date"] = np.append(first, np.datetime64("NaT", "s"))[codes]
    if "story" in frame:
        frame["story"] = np.where(steps.blank(frame["story"]), -1, steps.story_numbers(frame["story"]))
    if "kind" not in frame:
        # acts without a code are alike where their values are
        frame["kind"] = frame.get("value", frame["source"]).astype("category")
        frame["unkind"] = True
    return frame
