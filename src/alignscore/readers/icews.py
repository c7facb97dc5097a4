"""ICEWS coded event data: yearly and weekly files, with the one of 2017 that has no CAMEO code."""

from __future__ import annotations

import re
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.data import shipped
from alignscore.errors import one_of
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.cleaning import Cleaning, CleanOptions, by_level
from alignscore.readers.steps.draft import Draft, reader_of
from alignscore.readers.steps.state_tables import numbers
from alignscore.tables.files import OnError, Paths, Progress, Reader, Source
from alignscore.tables.reading_report import Tally
from alignscore.tables.tab_lines import headed_table, join, published_columns

NEEDED = (
    "Event ID", "Event Date", "Source Name", "Source Country", "Event Text", "Target Name",
    "Target Country", "Story ID", "Sentence Number",
)  # fmt: skip
OPTIONAL = ("CAMEO Code", "Intensity")
ENDS = {"Event Date": "when", "Source Name": "end_a", "Target Name": "end_b", "Source Country": "state_a",
        "Target Country": "state_b"}  # fmt: skip


@reader_of
def read_icews(
    path: Paths,
    *,
    values: Literal["icews", "gdelt"] = "icews",
    codes: Literal["file", "text"] = "file",
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **clean: Unpack[CleanOptions],
) -> Draft:
    r"""Events between states from ICEWS coded event data.

    Parameters
    ----------
    path : path, or sequence of paths
        A file as published (tab separated with a header; ``events.2018.<stamp>.tab``), zipped, gzipped,
        or a folder of them.
    values : {"icews", "gdelt"}, default "icews"
        Whose scores the codes take; they differ on 016, 022 and 164.
    codes : {"file", "text"}, default "file"
        The codes of the file, or those of its event texts: for a file whose codes lost their zeros.
    progress, on_error
        As in `read_events`.
    **clean
        The steps of `Cleaning`.

    Returns
    -------
    events : Events
        Kinds are CAMEO codes as text; actors are ISO 3166 alpha-3.
    report : ReadReport
        Every row accounted for. Facts: cross-border, mirrored (a row of the same story, sentence and code
        with swapped ends), code read from the event text, intensity equal to the table of scores.

    Raises
    ------
    FormatError
        A file without the columns of ICEWS.
    FileNotFoundError, OptionError, UnknownLabelError
        As in `read_events`.

    Notes
    -----
    ICEWS writes symmetric acts twice, once from each side (every 040 consultation): reciprocity computed
    on raw rows is mechanical, so the pair becomes one mutual event unless ``mirrored="keep"``. An event
    is told by its ID and date together; IDs alone repeat in the file of 2013. Where a file has no code
    (2017) it is read from the event text, which ICEWS takes from a closed list.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> head = "Event ID,Event Date,Source Name,Source Country,Event Text,CAMEO Code,Target Name,Target Country"
    >>> lines = [[*head.split(","), "Story ID", "Sentence Number"]]
    >>> lines += [["1", "2018-06-01", "Cabinet", "Japan", "Consult", "040", "Army", "Viet Nam", "7", "2"]]
    >>> lines += [["2", "2018-06-01", "Army", "Viet Nam", "Consult", "040", "Cabinet", "Japan", "7", "2"]]  # its mirror
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "events.2018.tab")
    ...     _ = path.write_text("".join("\t".join(line) + "\n" for line in lines))
    ...     events, report = read_icews(path)
    >>> events.to_frame()[["source", "target", "date", "kind", "mutual"]]
      source target       date kind  mutual
    0    JPN    VNM 2018-06-01  040    True
    >>> report.read, report.kept
    (2, 1)
    """
    one_of("codes", codes, ("file", "text"))
    codebook = Codebook.cameo(values=values)
    options = Cleaning.make(clean)
    tally = Tally("icews")
    reader = Reader(path, tally, progress=progress, on_error=on_error)
    known = published_columns("icews_20")

    def of_file(source: Source) -> list[pd.DataFrame]:
        raw = headed_table(source, reader, needed=NEEDED, optional=OPTIONAL, known=known, what="ICEWS")
        if raw is None:
            return []
        frame = _rows(raw, codebook, options, tally, from_text=codes == "text")
        return [steps.settle_ends(frame, "icews", options, tally)]

    return Draft(join(reader.parts(of_file, "an ICEWS file")), options, codebook, tally)


def _rows(
    raw: pd.DataFrame, codebook: Codebook, options: Cleaning, tally: Tally, *, from_text: bool
) -> pd.DataFrame:
    parts = [raw[name].astype(object) for name in ("Story ID", "Sentence Number", "Event Date")]
    story = parts[0].str.cat(parts[1:], sep="/")
    frame = raw[list(ENDS)].rename(columns=ENDS)
    frame["kind"] = _codes(raw.drop(columns="CAMEO Code", errors="ignore") if from_text else raw, tally)
    frame["story"] = np.where(steps.blank(raw["Story ID"]), -1, steps.story_numbers(story))
    frame["event_id"] = raw["Event ID"].astype(object).str.cat(parts[2], sep=" ")
    _facts(raw, frame, codebook, tally)
    good = by_level(frame["kind"], lambda code: steps.SHAPED.fullmatch(code) is not None)
    frame = tally.keep(frame, good, "refused", "damaged or missing event code", "kind")
    frame = steps.dated(frame, options, tally, dayfirst=False).drop(columns="when")
    return steps.drop_roots(frame, options.drop_roots, tally)


def _codes(raw: pd.DataFrame, tally: Tally) -> pd.Series:
    """CAMEO codes of the file; where it has none, or one that is damaged, the code of the event text."""
    table = shipped("icews_event_texts.csv")
    known = dict(zip(table["event_text"], table["cameo"], strict=True))
    text = by_level(raw["Event Text"], lambda t: known.get(t.strip().casefold(), ""), missing="")
    if "CAMEO Code" not in raw:
        tally.fact("code read from the event text", text != "")
        return pd.Series(text, dtype="str").astype("category")
    code = by_level(raw["CAMEO Code"], lambda c: c.strip(), missing="")
    way_out = "codes='text' reads the codes of the event texts; or read the original as text."
    sound = steps.sound_codes(pd.Series(code, dtype=object), tally, meant=text, way_out=way_out)
    # 13y and the like: ICEWS marks, no damage by a spreadsheet, which would shorten the number
    marked = by_level(raw["CAMEO Code"], lambda c: re.fullmatch(r"\d{2,4}[a-z]", c.strip()) is not None)
    read = ~sound & (marked | steps.blank(raw["CAMEO Code"])) & (text != "")
    tally.fact("code read from the event text", read)
    code = np.where(sound | read, code, np.char.add(code, "?"))  # a damaged code is no code
    return pd.Series(np.where(read, text, code), dtype="str").astype("category")


def _facts(raw: pd.DataFrame, frame: pd.DataFrame, codebook: Codebook, tally: Tally) -> None:
    across = steps.between_two(raw["Source Country"], raw["Target Country"])
    tally.fact("cross-border", across)
    tally.fact("mirrored", steps.mirrors(frame)[0])
    if "Intensity" in raw:
        value = {kind.name: kind.value for kind in codebook}
        scored = by_level(frame["kind"], lambda code: value.get(code, np.nan), missing=np.nan)
        given = numbers(raw["Intensity"])
        both = ~np.isnan(scored) & ~np.isnan(given)
        tally.fact("intensity equals the score of its code", (scored == given)[both])
