"""ICEWS coded event data: yearly and weekly files, with the one of 2017 that has no CAMEO code."""

from __future__ import annotations

import re
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.data import shipped
from alignscore.errors import FormatError
from alignscore.events import Events
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.cleaning import Cleaning, CleanOptions, by_level
from alignscore.tables.files import Meter, Paths, Progress, Source, sources
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.tables.text_tables import (
    Layout,
    first_line,
    header_frames,
    join,
    need_names,
    unquoted_chunks,
)

NEEDED = (
    "Event ID", "Event Date", "Source Name", "Source Country", "Event Text", "Target Name",
    "Target Country", "Story ID", "Sentence Number",
)  # fmt: skip
OPTIONAL = ("CAMEO Code", "Intensity")
CODE = re.compile(r"(0[1-9]|1\d|20)\d{0,2}")


def read_icews(
    path: Paths,
    *,
    values: Literal["icews", "gdelt"] = "icews",
    progress: Progress | None = None,
    **clean: Unpack[CleanOptions],
) -> tuple[Events, ReadReport]:
    """Events between states from ICEWS coded event data.

    Parameters
    ----------
    path : path, or sequence of paths
        A file as published (tab separated with a header; ``events.2018.<stamp>.tab``), zipped, gzipped,
        or a folder of them.
    values : {"icews", "gdelt"}, default "icews"
        Whose scores the codes take; they differ on 016, 022 and 164.
    progress : callable, optional
        Called with (bytes read, bytes in all).
    **clean
        The steps of `Cleaning`: ends, cross_border, regions, one_a_day, mirrored, drop_roots, dissolved,
        blocs, recode.

    Returns
    -------
    events : Events
        Kinds are CAMEO codes as text; actors are ISO 3166 alpha-3.
    report : ReadReport
        Every row accounted for. Facts: cross-border, mirrored (a row of the same story, sentence and code
        with swapped ends), code read from the event text, intensity equal to the table of scores.

    Raises
    ------
    FileNotFoundError
        Nothing at `path`.
    FormatError
        A file without the columns of ICEWS.
    OptionError, UnknownLabelError
        An option outside its choices.

    Notes
    -----
    ICEWS writes symmetric acts twice, once from each side (every 040 consultation): reciprocity computed
    on raw rows is mechanical, so the pair becomes one mutual event unless ``mirrored="keep"``. An event
    is told by its ID and date together; IDs alone repeat in the file of 2013. Where a file has no code
    (2017) it is read from the event text, which ICEWS takes from a closed list.
    """
    codebook = Codebook.cameo(values=values)
    options = Cleaning.of(clean)
    tally = Tally("icews")
    found = sources(path)
    meter, parts, stories = Meter(found, progress), [], 0
    for source in found:
        tally.files.append(source.name)
        raw = _raw(source, tally, meter)
        if raw is not None:
            frame = _rows(raw, codebook, options, tally, first_story=stories)
            stories += len(raw)
            parts.append(steps.settle_ends(frame, "icews", options, tally))
    if not parts:
        raise FormatError(f"{found[0].name}: no row in {len(found)} file(s).")
    return steps.finish(steps.cleaned(join(parts), options, tally), codebook, tally)


def _raw(source: Source, tally: Tally, meter: Meter) -> pd.DataFrame | None:
    """The wanted columns of a file, or None if it has no rows."""
    names = first_line(source)
    if names[0].startswith('"'):  # saved again by an archive, every cell in quotes
        tally.files.pop()
        quoted = header_frames(source.path, tally, needed=NEEDED, delimiter="\t", what="ICEWS file")
        tally.note(f"{source.name} was saved with quotes; the original file has none")
        quoted.columns = [{n.lower(): n for n in (*NEEDED, *OPTIONAL)}.get(c, c) for c in quoted.columns]
        return quoted if len(quoted) else None
    need_names(source, names, NEEDED, "ICEWS")
    wanted = (*NEEDED, *(name for name in OPTIONAL if name in names))
    layout = Layout(names, wanted, plain=("Event ID",))
    parts = list(unquoted_chunks(source, {layout.width: layout}, tally, meter, skip_first=True))
    return join(parts) if parts else None


def _rows(
    raw: pd.DataFrame, codebook: Codebook, options: Cleaning, tally: Tally, *, first_story: int
) -> pd.DataFrame:
    story = pd.factorize(
        raw["Story ID"].astype(object).str.cat(raw["Sentence Number"].astype(object), sep="/")
    )[0]
    frame = pd.DataFrame(
        {
            "when": raw["Event Date"],
            "kind": _codes(raw, tally),
            "end_a": raw["Source Name"],
            "end_b": raw["Target Name"],
            "state_a": raw["Source Country"],
            "state_b": raw["Target Country"],
            "story": np.where(steps.blank(raw["Story ID"]), -1, story + first_story),
            "event_id": raw["Event ID"].astype(object).str.cat(raw["Event Date"].astype(object), sep=" "),
        }
    )
    _facts(raw, frame, codebook, tally)
    good = by_level(frame["kind"], lambda code: CODE.fullmatch(code) is not None, False).astype(bool)
    frame = tally.keep(frame, good, "refused", "damaged or missing event code", "kind")
    frame = steps.dated(frame, "when", tally).drop(columns="when")
    return steps.drop_roots(frame, options.drop_roots, tally)


def _codes(raw: pd.DataFrame, tally: Tally) -> pd.Series:
    """CAMEO codes of the file; where it has none, or one that is damaged, the code of the event text."""
    table = shipped("icews_event_texts.csv")
    known = dict(zip(table["event_text"], table["cameo"], strict=True))
    text = by_level(raw["Event Text"], lambda t: known.get(t.strip().casefold(), ""), "")
    if "CAMEO Code" not in raw:
        tally.fact("code read from the event text", int((text != "").sum()), len(raw))
        return pd.Series(text, dtype="str").astype("category")
    code = by_level(raw["CAMEO Code"], lambda c: c.strip(), "")
    sound = by_level(raw["CAMEO Code"], lambda c: CODE.fullmatch(c.strip()) is not None, False).astype(bool)
    # 13y and the like: ICEWS marks, no damage by a spreadsheet, which would shorten the number
    marked = by_level(
        raw["CAMEO Code"], lambda c: re.fullmatch(r"\d{2,4}[a-z]", c.strip()) is not None, False
    )
    read = ~sound & (marked.astype(bool) | steps.blank(raw["CAMEO Code"])) & (text != "")
    tally.fact("code read from the event text", int(read.sum()), len(raw))
    return pd.Series(np.where(read, text, code), dtype="str").astype("category")


def _facts(raw: pd.DataFrame, frame: pd.DataFrame, codebook: Codebook, tally: Tally) -> None:
    across = steps.crossing(raw["Source Country"], raw["Target Country"])
    tally.fact("cross-border", int(across.sum()), len(raw))
    tally.fact("mirrored", int(steps.mirrors(frame)[0].sum()), len(raw))
    if "Intensity" in raw:
        value = {kind.name: kind.value for kind in codebook}
        scored = by_level(frame["kind"], lambda code: value.get(code, np.nan), np.nan)
        given = by_level(raw["Intensity"], _number, np.nan)
        both = ~np.isnan(scored) & ~np.isnan(given)
        tally.fact(
            "intensity equals the score of its code", int((scored == given)[both].sum()), int(both.sum())
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
