"""GDELT event files: version 1 (57 and 58 columns) and version 2 (61), as published."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.actors import level_codes
from alignscore.codebook import Codebook
from alignscore.errors import FormatError, one_of, whole_number
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.cleaning import Cleaning, CleanOptions, by_level
from alignscore.readers.steps.draft import Draft, reader_of
from alignscore.tables.files import OnError, Paths, Progress, Reader, Source
from alignscore.tables.opening import open_table
from alignscore.tables.reading_report import Tally
from alignscore.tables.tab_lines import Layout, join, published_columns, unquoted_chunks
from alignscore.tables.text_tables import cells

WANTED = (
    "GLOBALEVENTID", "SQLDATE", "Actor1Code", "Actor1CountryCode", "Actor1KnownGroupCode",
    "Actor2Code", "Actor2CountryCode", "Actor2KnownGroupCode", "IsRootEvent", "EventCode",
    "EventRootCode", "NumSources", "DATEADDED",
)  # fmt: skip
COLUMNS = {
    "EventCode": "kind", "Actor1Code": "end_a", "Actor2Code": "end_b", "IsRootEvent": "root",
    "NumSources": "sources", "GLOBALEVENTID": "event_id",
}  # fmt: skip
LAYOUTS = ("gdelt_v1_57", "gdelt_v1_58", "gdelt_v2_61")
BLOC_CODES = {"EU": "EEC", "ASEAN": "ASN", "NATO": "NAT"}
MEND = (
    "Use the file as published (tab separated, no header); if only a table is left, restore the zeros from "
    "the original and read it with read_events(path, columns={...})."
)


@reader_of
def read_gdelt(
    path: Paths,
    *,
    values: Literal["gdelt", "icews"] = "gdelt",
    date: Literal["event", "added"] = "event",
    root_only: bool = False,
    min_sources: int = 1,
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **clean: Unpack[CleanOptions],
) -> Draft:
    r"""Events between states from GDELT files.

    Parameters
    ----------
    path : path, or sequence of paths
        A file as published (``20191024143000.export.CSV``), zipped, gzipped, or a folder of them; versions
        may be mixed.
    values : {"gdelt", "icews"}, default "gdelt"
        Whose scores the codes take; they differ on 016, 022 and 164.
    date : {"event", "added"}, default "event"
        The day GDELT reads from the article, or the day it found it. One row in 20 to 35 has an event day
        exactly a week, a month or a year back, from a phrase such as "last year".
    root_only : bool, default False
        Keep only events of the article's lead (``IsRootEvent``).
    min_sources : int, default 1
        Keep only events with so many sources in the first update (``NumSources``).
    progress, on_error
        As in `read_events`.
    **clean
        The steps of `Cleaning`.

    Returns
    -------
    events : Events
        Kinds are CAMEO codes as text; actors are ISO 3166 alpha-3.
    report : ReadReport
        Every row accounted for. Facts: cross-border (two different country codes), root event, event day
        other than the day added, actor code is the bare country (of the cross-border rows).

    Raises
    ------
    FormatError
        A file that was saved again: a header, other columns, codes without their zeros.
    FileNotFoundError, OptionError, UnknownLabelError
        As in `read_events`.

    Notes
    -----
    Countries are the CAMEO codes of the actors, never the FIPS codes of the places. Mirrored rows are
    those of one article; version 1 files without the article's address keep theirs.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> lines = []
    >>> for code, number in (("010", "1"), ("042", "2"), ("190", "3")):
    ...     cells = [""] * 58  # a daily file of version 1
    ...     cells[0], cells[1], cells[56], cells[57] = number, "20191024", "20191024", "https://example.org/" + number
    ...     cells[5], cells[7], cells[15], cells[17] = "USAGOV", "USA", "CHN", "CHN"
    ...     cells[25], cells[26], cells[28], cells[32] = "1", code, code[:2], "1"
    ...     lines.append(cells)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "20191024.export.CSV")
    ...     _ = path.write_text("".join("\t".join(line) + "\n" for line in lines))
    ...     events, report = read_gdelt(path)
    >>> events.to_frame()[["source", "target", "date", "kind", "value"]]
      source target       date kind  value
    0    USA    CHN 2019-10-24  010    0.0
    1    USA    CHN 2019-10-24  042    1.9
    2    USA    CHN 2019-10-24  190  -10.0
    >>> report.read, report.kept
    (3, 3)
    """
    one_of("date", date, ("event", "added"))
    one_of("root_only", root_only, (True, False))
    whole_number("min_sources", min_sources, 1)
    codebook = Codebook.cameo(values=values)
    options = Cleaning.make(clean)
    tally = Tally("gdelt")
    reader = Reader(path, tally, progress=progress, on_error=on_error)
    rows = partial(
        _rows, date=date, root_only=root_only, min_sources=min_sources, options=options, tally=tally
    )
    parts = reader.parts(lambda source: _file(source, rows, reader), "a GDELT file")
    return Draft(join(parts), options, codebook, tally, closing=tell_gaps)


def _layouts() -> dict[int, Layout]:
    made = {}
    for names in map(published_columns, LAYOUTS):
        url = tuple(n for n in names if n == "SOURCEURL")
        made[len(names)] = Layout(names, (*WANTED, *url), plain=("GLOBALEVENTID", *url))
    return made


def _file(source: Source, rows: Callable[[pd.DataFrame], pd.DataFrame], reader: Reader) -> list[pd.DataFrame]:
    """Clean rows of each chunk of a file, which is refused where many of its codes are damaged."""
    _refuse_header(source)
    tally = reader.tally
    before, seen, damaged, parts = tally.read, 0, 0, []
    example = ""
    for raw in unquoted_chunks(source, _layouts(), reader):
        good = _codes_intact(raw)
        seen, damaged = seen + len(raw), damaged + int((~good).sum())
        if not good.all() and not example:
            bad = raw.iloc[int((~good).argmax())]
            example = f"EventCode {bad['EventCode']!r} with EventRootCode {bad['EventRootCode']!r}"
        tally.move("refused", "damaged event code", int((~good).sum()), len(raw), example)
        parts.append(rows(raw[good].reset_index(drop=True)))
    if not seen and tally.read > before:
        raise FormatError(
            f"{source.name}: none of its {tally.read - before:,} lines has 57, 58 or 61 columns."
        )
    if damaged > max(steps.MANY * seen, 1):
        raise FormatError(
            f"{source.name}: {damaged:,} of {seen:,} rows have a damaged event code (first: {example}); "
            "CAMEO codes are text of 2 to 4 digits such as 040, and lose their zeros when read as numbers. "
            f"{MEND}"
        )
    return parts


def _codes_intact(raw: pd.DataFrame) -> np.ndarray:
    """Rows whose code is written as CAMEO writes it and agrees with its root column."""
    shaped = by_level(raw["EventCode"], lambda c: steps.SHAPED.fullmatch(c) is not None)
    code = by_level(raw["EventCode"], lambda c: c[:2], missing="")
    root = by_level(raw["EventRootCode"], lambda c: c[:3], missing="")
    return np.asarray(shaped & (code == root))


def _rows(
    raw: pd.DataFrame, date: str, root_only: bool, min_sources: int, options: Cleaning, tally: Tally
) -> pd.DataFrame:
    """Clean one chunk: count the facts of its raw rows, then take the steps that need one row at a time."""
    _facts(raw, tally)
    day = raw["DATEADDED"].astype(object).str[:8] if date == "added" else raw["SQLDATE"]
    frame = raw[list(COLUMNS)].rename(columns=COLUMNS).assign(
        when=day, state_a=_state(raw, 1, options.blocs), state_b=_state(raw, 2, options.blocs),
        url=raw.get("SOURCEURL", ""), reported=_reported(raw),
    )  # fmt: skip
    frame = steps.dated(frame, options, tally)
    if root_only:
        is_root = by_level(frame["root"], lambda text: text == "1")
        frame = tally.keep(frame, is_root, "left out", "not a root event")
    if min_sources > 1:
        enough = by_level(frame["sources"], lambda n: n.isdigit() and int(n) >= min_sources)
        frame = tally.keep(frame, enough, "left out", f"fewer than {min_sources} sources")
    frame = steps.drop_roots(frame, options.drop_roots, tally)
    frame = steps.settle_ends(frame.drop(columns=["when", "root", "sources"]), "cameo", options, tally)
    return frame.assign(story=steps.story_numbers(frame["url"]))


def _reported(raw: pd.DataFrame) -> np.ndarray:
    """Day on which GDELT found each row, NaT where its stamp is damaged, (N,)."""
    codes, levels = level_codes(raw["DATEADDED"])
    stamps = pd.Series([level[:8] for level in levels], dtype=object)
    days = pd.to_datetime(stamps, format="%Y%m%d", errors="coerce")
    return np.asarray(np.append(days.to_numpy().astype("M8[s]"), np.datetime64("NaT", "s"))[codes])


def _facts(raw: pd.DataFrame, tally: Tally) -> None:
    across = steps.between_two(raw["Actor1CountryCode"], raw["Actor2CountryCode"])
    bare = np.ones(len(raw), dtype=bool)
    for end in ("1", "2"):
        code, country = steps.pair_codes(raw[f"Actor{end}Code"], raw[f"Actor{end}CountryCode"])
        bare &= code == country
    day = by_level(raw["SQLDATE"], str, missing="")
    added = by_level(raw["DATEADDED"], lambda t: t[:8], missing="")
    dated = by_level(raw["SQLDATE"], lambda t: re.fullmatch(r"\d{8}", t) is not None)
    tally.fact("cross-border", across)
    tally.fact("root event", by_level(raw["IsRootEvent"], lambda t: t == "1"))
    tally.fact("event day other than the day added", dated & (day != added))
    tally.fact("actor code is the bare country, of cross-border rows", bare[across])


def _state(raw: pd.DataFrame, end: int, blocs: object) -> pd.Series:
    """The actor's country code; where a bloc is asked for and is the actor, the bloc's code."""
    country = raw[f"Actor{end}CountryCode"]
    codes = [BLOC_CODES[bloc] for bloc in blocs]  # type: ignore[attr-defined]
    if not codes:
        return country
    group = raw[f"Actor{end}KnownGroupCode"].astype(object)
    return country.astype(object).where(~group.isin(codes), group).astype("category")


STAMPED = re.compile(r"(\d{8})(\d{6})?\.(?:translation\.)?export\.csv", re.IGNORECASE)
STEPS = {"day": np.timedelta64(1, "D"), "quarter-hour": np.timedelta64(15, "m")}  # how often a file comes


def tell_gaps(tally: Tally) -> None:
    """Note the days, and of 15-minute files the quarter-hours, that lie between the files read and have none."""
    had: dict[str, set[np.datetime64]] = {unit: set() for unit in STEPS}
    for name in tally.files:
        if (found := STAMPED.search(name)) is not None:
            day, hour = found[1], found[2] or "000000"
            text = f"{day[:4]}-{day[4:6]}-{day[6:]}T{hour[:2]}:{hour[2:4]}:{hour[4:]}"
            with suppress(ValueError):  # digits that are no date
                had["quarter-hour" if found[2] else "day"].add(np.datetime64(text, "s"))
    for unit, step in STEPS.items():
        if len(had[unit]) < 2:
            continue
        there = np.array(sorted(had[unit]))
        gone = np.setdiff1d(np.arange(there[0], there[-1], step), there)
        if len(gone):
            shown = ", ".join(str(one).replace("T", " ")[: 10 if unit == "day" else 16] for one in gone[:10])
            more = f", ... ({len(gone):,} in all)" if len(gone) > 10 else ""
            tally.note(f"no file of these {unit}s between the first and the last: {shown}{more}")


# ---- files that were saved again ------------------------------------------------------------------
def _refuse_header(source: Source) -> None:
    """A `FormatError` with the evidence where the first line names columns."""
    top = source.head(1 << 14).replace(b"\r", b"\n").split(b"\n", 1)[0].decode("utf-8", "replace")
    marks = {mark: cells(top, mark) if mark != "\t" else top.split(mark) for mark in (",", ";", "\t")}
    mark, names = max(marks.items(), key=lambda pair: len(pair[1]))
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names]
    if not {"eventcode", "eventrootcode", "globaleventid"} & set(plain):
        return
    official = [re.sub(r"[^a-z0-9]", "", n.lower()) for n in _layouts()[61].names]
    renamed = [name for name, flat in zip(names, plain, strict=True) if name and flat not in official]
    faults = [f"it has a header and {len(names)} columns separated by {mark!r}"]
    if renamed:
        faults.append(f"{len(renamed)} columns have other names ({', '.join(map(repr, renamed[:3]))})")
    faults += _lost_zeros(source, names, plain, mark)
    raise FormatError(f"{source.name} is a GDELT file that was saved again: {'; '.join(faults)}. {MEND}")


def _lost_zeros(source: Source, names: list[str], plain: list[str], mark: str) -> list[str]:
    """What happened to the codes and dates, with counts."""
    if "eventcode" not in plain:
        return ["it lacks the column 'EventCode'"]
    try:
        table = open_table(
            source, Tally("gdelt"), needed=[names[plain.index("eventcode")]], quoted=mark != "\t"
        )
    except FormatError:
        return ["its rows could not be counted"]
    table.columns = [re.sub(r"[^a-z0-9]", "", str(name)) for name in table.columns]
    known = set(Codebook.cameo().names)
    faults = []
    for name in ("eventcode", "eventbasecode", "eventrootcode"):
        if name in table:
            codes = table[name].astype(str).str.removesuffix(".0")
            digits = codes.str.fullmatch(r"\d+")
            lost = codes[digits & ~codes.isin(known)]
            if "eventrootcode" in table:  # 12 may be root 12, or 012: the root column tells
                short = table["eventrootcode"].astype(str).str.fullmatch(r"[1-9](\.0)?")
                lost = codes[digits & short & ~codes.str.startswith("0")]
            if len(lost):
                shown = f"({lost.iloc[0]} for 0{lost.iloc[0]})"
                faults.append(f"{name}: {len(lost):,} of {len(table):,} codes lost their zero {shown}")
    science = table.get("dateadded", pd.Series(dtype=object)).astype(str).str.contains(r"E\+", case=False)
    if len(science) and science.any():
        faults.append(
            f"DATEADDED is rounded to {table['dateadded'][science].iloc[0]} in {int(science.sum()):,} rows"
        )
    return faults
