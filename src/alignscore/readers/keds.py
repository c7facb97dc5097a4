"""KEDS and TABARI event lists (CAMEO of 2007, or WEIS), and files of the Phoenix pipeline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.codebook.kind import Kind
from alignscore.decay import CODED_BY_MACHINE
from alignscore.errors import FormatError, OptionError, mapping_or_empty, one_of
from alignscore.events import Events
from alignscore.readers.cameo_codes import goldstein_scores
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.cleaning import Cleaning, CleanOptions, by_level
from alignscore.readers.steps.state_tables import days, numbers
from alignscore.tables.files import OnError, Progress, Reader, Source
from alignscore.tables.opening import Table, open_table, open_tables
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.tables.tab_lines import Layout, join, published_columns, unquoted_chunks
from alignscore.tables.text_tables import find_header

MOVED = ("016", "017", "018", "163", "164", "165", "166")  # other acts in the numbering of 2007 than today
# roots of WEIS that are not words between governments; all others are diplomatic
WEIS_DOMAINS = {
    "18": "security", "21": "security", "22": "security", "072": "security", "173": "security",
    "174": "security", "223": "security", "071": "economic", "073": "economic", "193": "economic",
}  # fmt: skip
DEFAULTS = {"mirrored": "keep"}


def read_keds(
    path: Table,
    *,
    codes: Literal["cameo", "weis"],
    scale: Mapping[str, float] | None = None,
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **clean: Unpack[CleanOptions],
) -> tuple[Events, ReadReport]:
    """Events between states from KEDS or TABARI lists: date, source, target, code.

    Parameters
    ----------
    path : path, or sequence of paths
        Tab- or comma-separated, with or without a header; dates as 790415, 1979-04-15 or 19790415.
    codes : {"cameo", "weis"}
        Which scheme; the files do not say. Codes of roots 21 and 22 exist in WEIS only.
    scale : mapping of str to float, optional
        Value of each code. Needed for WEIS (Goldstein 1992, and the project's additions); for
        CAMEO the KEDS scores of 2007 are the default, and codes without one may be given theirs.
    progress, on_error
        As in `read_events`.
    **clean
        The steps of `Cleaning`: ends, cross_border, regions, one_a_day, drop_roots, dissolved, blocs,
        recode.

    Returns
    -------
    events : Events
        Kinds are the codes as text; actors are ISO 3166 alpha-3, read from the first three letters.
    report : ReadReport
        Every row accounted for.

    Raises
    ------
    FileNotFoundError
        Nothing at `path`.
    FormatError
        No such table, or WEIS codes in a file read as CAMEO.
    OptionError, UnknownLabelError
        An option outside its choices; WEIS without a scale.

    Notes
    -----
    KEDS used CAMEO in the numbering of 2007, in which 016 to 018 and 163 to 166 are other acts than today;
    these take their score from 2007 and their domain from their root. WEIS domains are this reader's:
    force and its demonstration are security, aid and its cutting off economic (military aid security),
    everything else diplomatic.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''790415,USA,IRQGOV,042
    ... 790416,IRQGOV,USA,111
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "gulf.csv")
    ...     _ = path.write_text(text)
    ...     events, report = read_keds(path, codes="cameo")
    >>> events.to_frame()[["source", "target", "date", "kind", "value"]]
      source target       date kind  value
    0    USA    IRQ 1979-04-15  042    1.9
    1    IRQ    USA 1979-04-16  111   -2.0
    >>> report.read, report.kept
    (2, 2)
    """
    one_of("codes", codes, ("cameo", "weis"))
    values = mapping_or_empty("scale", scale, "{'010': 1.0}")
    if codes == "weis" and not values:
        raise OptionError(
            "scale is missing; WEIS codes need a value each, {'010': 1.0, ...} (Goldstein 1992)."
        )
    options = Cleaning.make(clean, **DEFAULTS)
    if options.mirrored == "collapse":
        raise OptionError(
            "these lists name no story, in which mirrored rows would stand; mirrored must be 'keep'."
        )
    tally = Tally("keds")
    table = keds_codebook(codes, values)
    names = ("date", "source", "target", "code")  # a label may stand behind them

    def with_sound_codes(raw: pd.DataFrame) -> pd.DataFrame:
        """Rows of a file with a sound code, dates in ISO form: each file tells by itself how it writes them."""
        kind = raw["code"].str.strip().astype("category")
        _check_codes(kind, codes, tally)
        good = _valid_codes(kind, codes, tally)
        raw = tally.keep(raw, good, "refused", "damaged or missing event code", "code")
        day = raw["date"] if options.date_format else raw["date"].map(_century)
        return raw.assign(date=steps.dates_in_iso(day, options, tally, dayfirst=False))

    raw = open_tables(
        path, tally, needed=names, names=names, what="KEDS list", progress=progress, on_error=on_error,
        each=with_sound_codes,
    )  # fmt: skip
    texts = {"kind": raw["code"], "end_a": raw["source"], "end_b": raw["target"]}
    frame = pd.DataFrame({name: column.str.strip() for name, column in texts.items()}).astype("category")
    frame["when"] = raw["date"]
    frame = steps.dated(frame, options, tally, dayfirst=False).drop(columns="when")
    for end, state in (("end_a", "state_a"), ("end_b", "state_b")):
        country = by_level(frame[end], lambda c: c[:3], missing="")
        frame[state] = pd.Series(country, dtype="str").astype("category")
    frame = steps.drop_roots(frame, options.drop_roots, tally)
    frame = steps.settle_ends(frame, "keds", options, tally)
    return steps.finish(steps.cleaned(frame, options, tally), table, tally)


def _valid_codes(kind: pd.Series, codes: str, tally: Tally) -> np.ndarray:
    """Rows with a code of three digits (CAMEO: or four); WEIS has roots up to 22."""
    shaped = by_level(kind, lambda c: re.fullmatch(r"\d{3,4}", c) is not None)
    if codes == "cameo":
        return np.asarray(shaped & steps.sound_codes(kind, tally))
    short = by_level(kind, lambda c: re.fullmatch(r"\d{1,2}", c) is not None)
    zeros = by_level(kind, lambda c: c[:1] == "0")
    if short.any() and not zeros.any():
        why = "(012 is now 12). Read the original as text."
        raise steps.lost_zeros(kind, short, tally.files[-1], "WEIS codes", why)
    return shaped


def _century(text: str) -> str:
    """790415 as 1979-04-15; other writings as they are."""
    found = re.fullmatch(r"\s*(\d\d)(\d\d)(\d\d)\s*", text)
    return text if found is None else f"{steps.full_year(found[1])}-{found[2]}-{found[3]}"


def _check_codes(kind: pd.Series, codes: str, tally: Tally) -> None:
    weis = by_level(kind, lambda c: c[:2] in ("21", "22"))
    tally.fact("code of root 21 or 22 (WEIS only)", weis)
    if codes == "cameo" and weis.any():
        first = str(kind.iloc[int(weis.argmax())])
        raise FormatError(
            f"{tally.files[-1]}: {int(weis.sum()):,} of {len(kind):,} codes are of root 21 or 22 (first "
            f"{first}), which CAMEO does not have: these are WEIS codes. Read with codes='weis' and a scale."
        )


def keds_codebook(codes: Literal["cameo", "weis"], scale: Mapping[str, float]) -> Codebook:
    """The codebook `read_keds` reads with.

    Examples
    --------
    >>> keds_codebook("cameo", {})["163"].value, Codebook.cameo()["163"].value  # another act in 2007
    (-6.5, -8.0)
    """
    if codes == "weis":
        kinds = []
        for code, value in scale.items():
            domain = WEIS_DOMAINS.get(str(code)[:3]) or WEIS_DOMAINS.get(str(code)[:2]) or "diplomatic"
            kinds.append(Kind(name=str(code), domains={domain: 1.0}, value=value, source="scale"))
        return Codebook("weis", tuple(kinds), decay=CODED_BY_MACHINE)
    today = Codebook.cameo()
    for code in scale:
        today.index(code)  # refuses one that is none
    scores = goldstein_scores().set_index("code")["keds_2007"].dropna().to_dict() | dict(scale)
    kinds = []
    for code, score in scores.items():
        if code in today:
            domains = dict(today[code[:2] + "0" if code in MOVED else code].domains)
            kinds.append(Kind(name=code, domains=domains, value=score, source="KEDS 2007"))
    return Codebook("cameo-keds-2007", tuple(kinds), decay=CODED_BY_MACHINE)


# ---- Phoenix --------------------------------------------------------------------------------------
def read_phoenix(
    path: Table,
    *,
    values: Literal["icews", "gdelt"] = "icews",
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **clean: Unpack[CleanOptions],
) -> tuple[Events, ReadReport]:
    """Events between states from the Phoenix pipeline: 26 tab columns without a header, or a CSV with one.

    Parameters
    ----------
    path : path, or sequence of paths
        Files of the pipeline; or tables with the columns ``story_date``, ``source_root``, ``target_root``
        and ``code``.
    values : {"icews", "gdelt"}, default "icews"
        Whose scores the codes take; the pipeline's own column is the scale of 2007.
    progress, on_error
        As in `read_events`.
    **clean
        The steps of `Cleaning`.

    Returns
    -------
    events : Events
        Kinds are CAMEO codes as text; actors are ISO 3166 alpha-3.
    report : ReadReport
        Every row accounted for.

    Raises
    ------
    FileNotFoundError, FormatError, OptionError, UnknownLabelError
        As in `read_events`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''eid,story_date,source_root,target_root,code,root_code
    ... 1,1/31/1995,USA,CHN,042,04
    ... 2,2/1/1995,JPN,USA,020,02
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "PhoenixNYT.csv")
    ...     _ = path.write_text(text)
    ...     events, report = read_phoenix(path)
    >>> events.to_frame()[["source", "target", "date", "kind", "value"]]
      source target       date kind  value
    0    USA    CHN 1995-01-31  042    1.9
    1    JPN    USA 1995-02-01  020    3.0
    >>> report.read, report.kept
    (2, 2)
    """
    codebook = Codebook.cameo(values=values)
    options = Cleaning.make(clean, **DEFAULTS)
    tally = Tally("phoenix")
    frame = _phoenix(path, options, tally, progress, on_error)
    frame = steps.drop_roots(frame, options.drop_roots, tally)
    frame = steps.settle_ends(frame, "cameo", options, tally)
    return steps.finish(steps.cleaned(frame, options, tally), codebook, tally)


def _refuse_other_days(frame: pd.DataFrame, tally: Tally) -> None:
    """Raise where dates were read as other days than the row's own year, month and day tell."""
    own = frame["own_date"].to_numpy()
    other = ~np.isnat(own) & (own != frame["date"].to_numpy())
    if other.any():
        at = int(other.argmax())
        raise FormatError(
            f"{tally.files[-1]}: {int(other.sum()):,} of {len(frame):,} dates are not those of the row's year, month and "
            f"day (the first {frame['when'].iloc[at]!r}, and {np.datetime_as_string(own[at], unit='D')}); pass dayfirst= or "
            "date_format= for how they are written."
        )


PHOENIX = (
    "event_id", "year", "month", "day", "date", "source", "source_root", "target", "target_root", "code", "root_code",
    "ids",
)  # fmt: skip
ENDS = {"source": "end_a", "target": "end_b", "source_root": "state_a", "target_root": "state_b"}
NEEDED = ("story_date", "source_root", "target_root", "code")
OTHERS = {"eid": "event_id", "root": "root_code"}  # names of the historical tables and of the pipeline


def _phoenix(
    table: Table, options: Cleaning, tally: Tally, progress: Progress | None, on_error: OnError
) -> pd.DataFrame:
    if hasattr(table, "columns"):
        raw = open_tables(table, tally, needed=NEEDED, what="Phoenix table")
        return _sound_rows(_phoenix_columns(raw), options, tally)
    names = tuple(OTHERS.get(name, name) for name in published_columns("phoenix_pipeline_26"))
    wanted = tuple(name for name in PHOENIX if name in names)
    pipeline = Layout(names, wanted, plain=("event_id", "ids"))
    reader = Reader(table, tally, progress=progress, on_error=on_error)

    def of_file(source: Source) -> list[pd.DataFrame]:
        top = source.head().decode("utf-8", "replace").replace("\r", "\n").split("\n")
        if find_header(top[:40], NEEDED) is not None:
            parts = [open_table(source, tally, needed=NEEDED, what="Phoenix table", meter=reader.meter)]
        else:
            parts = list(unquoted_chunks(source, {pipeline.width: pipeline}, reader))
        return [_sound_rows(_phoenix_columns(join(parts)), options, tally)] if parts else []

    return join(reader.parts(of_file, f"the Phoenix pipeline ({pipeline.width} tab columns)"))


def _sound_rows(raw: pd.DataFrame, options: Cleaning, tally: Tally) -> pd.DataFrame:
    """Rows of a file whose code and date are sound; each file tells by itself how it writes them."""
    own, precision = days(*(numbers(raw[name]) for name in ("year", "month", "day")))
    frame = raw[list(ENDS)].rename(columns=ENDS).astype("category").assign(
        when=raw["date"], own_date=np.where(precision == "day", own, np.datetime64("NaT", "s")),
        kind=raw["code"].astype("category"), event_id=raw["event_id"].astype(object),
        story=steps.story_numbers(raw["ids"]),
    )  # fmt: skip
    good = steps.sound_codes(frame["kind"], tally, roots=raw["root_code"])
    frame = tally.keep(frame, good, "refused", "damaged or missing event code", "kind")
    frame = steps.dated(frame, options, tally, dayfirst=False)
    _refuse_other_days(frame, tally)
    return frame.drop(columns=["when", "own_date"])


def _phoenix_columns(raw: pd.DataFrame) -> pd.DataFrame:
    raw = raw.rename(columns={"story_date": "date", **OTHERS})
    for name in PHOENIX:
        if name not in raw:
            raw[name] = raw[f"{name}_root"] if name in ("source", "target") else ""
    return raw[list(PHOENIX)]
