"""SIPRI's trade register of arms transfers, raw as downloaded: supplier to recipient."""

from __future__ import annotations

import re
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.errors import one_of
from alignscore.events import Events
from alignscore.readers.steps.state_tables import ActorOptions, numbers, post
from alignscore.tables.files import Meter, Paths, Progress, Source, sources, whole
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.tables.text_tables import as_utf8, delimited

NEEDED = (
    "recipient", "supplier", "year of order", "year(s) of delivery", "sipri tiv of delivered weapons",
)  # fmt: skip
TOTAL = "sipri tiv for total order"
HALF_OF_LEAST = 0.25  # a printed 0 is a volume between 0 and 0.5 million


def read_sipri(
    path: Paths,
    *,
    date: Literal["delivery", "order"] = "delivery",
    progress: Progress | None = None,
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Arms transfers from SIPRI's trade register.

    Parameters
    ----------
    path : path, or sequence of paths
        The register as downloaded (lines of explanation above the header, Latin-1), or a plain CSV of it.
    date : {"delivery", "order"}, default "delivery"
        ``delivery``: one event a year of delivery, the volume delivered spread evenly over them.
        ``order``: one event in the year of the order, with the volume of the whole order.
    progress : callable, optional
        Called with (bytes read, bytes in all).
    **actors
        dissolved, blocs, recode: see `Cleaning`.

    Returns
    -------
    events : Events
        Kind ``arms_transfer`` of the ladder, from supplier to recipient, in years; `weight` is SIPRI's
        trend-indicator value in millions, so masses are volumes: compare shares with other domains, not sums.
    report : ReadReport
        Every line accounted for. Facts: several years of delivery, order year uncertain.

    Raises
    ------
    FileNotFoundError
        Nothing at `path`.
    FormatError
        No trade register.
    OptionError, UnknownLabelError
        An option outside its choices.

    Notes
    -----
    A printed 0 is a volume between 0 and 0.5 million and counts as 0.25. Rebels, organisations and unknown
    parties are left out. A record broken over two lines is joined. The register's field separator is
    never quoted: it writes ; for a comma in text.
    """
    one_of("date", date, ("delivery", "order"))
    tally = Tally("sipri")
    found = sources(path)
    meter = Meter(found, progress)
    raw = pd.concat([_register(source, tally, meter) for source in found], ignore_index=True)
    tally.fact("several years of delivery", int(raw[NEEDED[3]].str.contains(";").sum()), len(raw))
    if "" in raw:
        tally.fact("order year uncertain", int((raw[""] == "?").sum()), len(raw))
    frame = _parties(raw, tally)
    frame = _delivered(frame, tally) if date == "delivery" else _ordered(frame, tally)
    frame = frame.assign(kind="arms_transfer", date_precision="year")
    return post(frame, "name", Codebook.ladder(), actors, tally)


def _register(source: Source, tally: Tally, meter: Meter) -> pd.DataFrame:
    tally.files.append(source.name)
    text = as_utf8(whole(source, meter), source, tally)
    lines, joined = _mended(text.split(b"\n"))
    tally.read += joined
    tally.move("merged", "second line of a broken record", joined, joined)
    return delimited(b"\n".join(lines), source, NEEDED, tally, ",", False, "SIPRI trade register")


def _mended(lines: list[bytes]) -> tuple[list[bytes], int]:
    """Lines with broken records joined, and how many were joined."""
    head = next(
        (at for at, line in enumerate(lines) if line.lower().startswith(b"recipient,supplier,")), None
    )
    if head is None:
        return lines, 0
    width, out, joined = lines[head].count(b","), lines[: head + 1], 0
    for line in lines[head + 1 :]:
        short = bool(out[head + 1 :]) and out[-1].count(b",") < width
        if line and short and out[-1] and out[-1].count(b",") + line.count(b",") == width:
            out[-1], joined = out[-1] + line, joined + 1
        else:
            out.append(line)
    return out, joined


def _parties(raw: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    frame = raw.assign(state_a=raw["supplier"].str.strip(), state_b=raw["recipient"].str.strip())
    for reason, pattern in (
        ("unknown party", r"unknown "),
        ("organisation, not a state", r".*\*\*$"),
        ("rebels, not a state", r".*\*$"),
    ):
        is_it = frame["state_a"].str.match(pattern) | frame["state_b"].str.match(pattern)
        frame = tally.keep(frame, ~is_it.to_numpy(dtype=bool), "left out", reason, "recipient")
    return frame


def _delivered(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One row a year of delivery."""
    volume = numbers(frame[NEEDED[4]])
    frame = frame.assign(weight=np.where(volume == 0, HALF_OF_LEAST, volume))
    years = [re.findall(r"(?<!\d)(?:1[89]|20|21)\d\d(?!\d)", cell) for cell in frame[NEEDED[3]]]
    n = np.array([len(one) for one in years], dtype=np.int64)
    stays = (n > 0) & ~np.isnan(volume)
    frame = tally.keep(frame.assign(n=n), stays, "left out", "no delivery told", NEEDED[3])
    kept = [one for one, stay in zip(years, stays, strict=True) if stay]
    rows = np.repeat(np.arange(len(frame)), frame["n"].to_numpy())
    out = frame.iloc[rows].reset_index(drop=True)
    out["weight"] = out["weight"] / out["n"]
    out["date"] = pd.to_datetime(pd.Series([f"{y}-01-01" for one in kept for y in one], dtype=object))
    tally.move("added", "years of delivery beyond the first", len(out) - len(frame), len(frame))
    return out


def _ordered(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    volume = numbers(frame[TOTAL]) if TOTAL in frame else np.full(len(frame), np.nan)
    frame = frame.assign(weight=np.where(volume == 0, HALF_OF_LEAST, volume))
    good = frame["year of order"].str.fullmatch(r"(1[89]|20|21)\d\d").to_numpy(dtype=bool)
    frame = tally.keep(frame, good, "refused", "unreadable date", "year of order")
    frame = tally.keep(frame, frame["weight"].notna().to_numpy(), "left out", "no volume told", "recipient")
    return frame.assign(date=pd.to_datetime(frame["year of order"] + "-01-01"))
