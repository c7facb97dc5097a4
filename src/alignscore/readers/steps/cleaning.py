"""The cleaning steps every event reader shares, each named, switched by an option and counted.

A working frame has one row an event and the columns ``date`` (datetime64[s]), ``kind``, ``end_a`` and
``end_b`` (actors as the file names them), ``state_a`` and ``state_b`` (their states, as the file writes
them), and where known ``story`` (int, -1 none), ``weight``, ``mutual``, ``domain``, ``event_id``, ``url``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import numpy as np
import pandas as pd

from alignscore import actors
from alignscore.actors import Resolved, System, level_codes, resolve
from alignscore.codebook import Codebook
from alignscore.errors import OptionError, one_of, unknown
from alignscore.events import Events
from alignscore.tables.reading_report import ReadReport, Tally


class CleanOptions(TypedDict, total=False):
    """Keywords of every event reader; `Cleaning` says what each does."""

    ends: Literal["state", "actor"]
    cross_border: bool
    regions: Literal["drop", "keep"]
    one_a_day: Literal["state", "actor"] | None
    mirrored: Literal["collapse", "keep"]
    drop_roots: Sequence[str]
    dissolved: Literal["own", "successor"]
    blocs: Sequence[str]
    recode: Mapping[str, str] | None


@dataclass(frozen=True)
class Cleaning:
    """How an event reader cleans; each field is a keyword of the readers, and a line in their report.

    Parameters
    ----------
    ends : {"state", "actor"}, default "state"
        What source and target are: states (ISO 3166 alpha-3), or the file's own actors (``CHNMIL``).
    cross_border : bool, default True
        Keep only events between two different, known states. False needs ``ends="actor"``.
    regions : {"drop", "keep"}, default "drop"
        Ends such as "Africa" are left out, or kept as actors under the file's code.
    one_a_day : {"state", "actor", None}, default "state"
        Count an act once a day: rows of equal date, source, target and code are merged, ends compared
        as states or as the file's actors (with ``ends="actor"`` always these). None counts every report.
    mirrored : {"collapse", "keep"}, default "collapse"
        Two rows of one story (and sentence) with the same code and swapped ends become one mutual event.
    drop_roots : sequence of str, default ()
        Two-digit CAMEO roots to leave out, such as ``("01", "02")``: words without an act.
    dissolved : {"own", "successor"}, default "own"
        See `iso3`: is the Soviet Union SUN until 1991, or RUS throughout?
    blocs : sequence of str, default ()
        Blocs (ASEAN, EU, NATO) whose acts count as one by each member of that day, at 1/n weight.
    recode : mapping of str to str, optional
        Codes or names of states you settle yourself, before the shipped table; '' for nobody.

    Raises
    ------
    OptionError
        A value that is not among the choices.
    UnknownLabelError
        An option or a bloc that does not exist.
    """

    ends: str = "state"
    cross_border: bool = True
    regions: str = "drop"
    one_a_day: str | None = "state"
    mirrored: str = "collapse"
    drop_roots: Sequence[str] = ()
    dissolved: Literal["own", "successor"] = "own"
    blocs: Sequence[str] = ()
    recode: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        one_of("ends", self.ends, ("state", "actor"))
        one_of("regions", self.regions, ("drop", "keep"))
        one_of("one_a_day", self.one_a_day, ("state", "actor", None))
        one_of("mirrored", self.mirrored, ("collapse", "keep"))
        one_of("dissolved", self.dissolved, ("own", "successor"))
        one_of("cross_border", self.cross_border, (True, False))
        if not self.cross_border and self.ends == "state":
            raise OptionError(
                "cross_border is False; events inside one state have no two states, so it needs ends='actor'."
            )
        if self.blocs and self.ends == "actor":
            raise OptionError("blocs are expanded into states; with ends='actor' it must be ().")
        bad = [root for root in self.drop_roots if not re.fullmatch(r"0[1-9]|1\d|20", root)]
        if isinstance(self.drop_roots, str) or bad:
            raise OptionError(f"drop_roots is {self.drop_roots!r}; it must list roots '01' to '20'.")
        actors.member_spells(self.blocs)

    @classmethod
    def of(cls, options: Mapping[str, Any], **defaults: Any) -> Cleaning:
        """Check the keywords a reader was given."""
        for name in options:
            if name not in CleanOptions.__annotations__:
                raise unknown("option", name, CleanOptions.__annotations__)
        return cls(**{**defaults, **options})


# ---- columns ------------------------------------------------------------------------------------
def by_level(column: pd.Series, values: Any, missing: Any) -> np.ndarray:
    """One value a level (a function of its text) laid out over the rows, (N,)."""
    codes, levels = level_codes(column)
    laid: np.ndarray = np.array([*(values(level) for level in levels), missing])[codes]
    return laid


def parse_day(text: str) -> np.datetime64:
    """A date written 20190131, 2019-01-31, 1/31/2019 or 1/31/19; NaT where it is none."""
    text = text.strip()
    for pattern, order in _DATES:
        found = re.fullmatch(pattern, text)
        if found:
            part = dict(zip(order, map(int, found.groups()), strict=True))
            year = part["y"] if part["y"] > 99 else part["y"] + (2000 if part["y"] < 40 else 1900)
            try:
                return np.datetime64(dt.date(year, part["m"], part["d"]), "s")
            except ValueError:
                return np.datetime64("NaT", "s")
    return np.datetime64("NaT", "s")


_DATES = (
    (r"(\d{4})(\d\d)(\d\d)", "ymd"),
    (r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ].*)?", "ymd"),
    (r"(\d\d?)/(\d\d?)/(\d{4}|\d\d)", "mdy"),
)


def days_of(column: pd.Series) -> np.ndarray:
    """Dates of a text column, datetime64[s] (N,), NaT where unreadable."""
    return by_level(column, parse_day, np.datetime64("NaT", "s")).astype("M8[s]")


def dated(frame: pd.DataFrame, column: str, tally: Tally) -> pd.DataFrame:
    """The frame with ``date`` from a text column; unreadable dates are refused."""
    frame = frame.assign(date=days_of(frame[column]))
    return tally.keep(frame, frame["date"].notna().to_numpy(), "refused", "unreadable date", column)


# ---- the steps ----------------------------------------------------------------------------------
def drop_roots(frame: pd.DataFrame, roots: Sequence[str], tally: Tally) -> pd.DataFrame:
    """Leave out codes of these roots."""
    for root in roots:
        stays = by_level(frame["kind"], lambda code, root=root: code[:2] != root, True)
        frame = tally.keep(frame, stays.astype(bool), "left out", f"root {root}")
    return frame


def settle_ends(frame: pd.DataFrame, system: System, clean: Cleaning, tally: Tally) -> pd.DataFrame:
    """``source`` and ``target`` from the ends; rows that do not join two different actors are left out."""
    if clean.cross_border:
        frame = _two_states(frame, system, clean, tally)
    if clean.ends == "actor":
        for end, name in (("end_a", "source"), ("end_b", "target")):
            frame[name] = frame[end]
            frame = tally.keep(frame, ~blank(frame[end]), "left out", "no actor at one end")
        same = pair_codes(frame["source"], frame["target"])
        frame = tally.keep(frame, same[0] != same[1], "left out", "same actor at both ends")
    return frame


def blank(column: pd.Series) -> np.ndarray:
    """Mask of cells without text."""
    empty = ("", "NA", "NULL", "None", "---")
    return by_level(column, lambda text: text.strip() in empty, True).astype(bool)


def _two_states(frame: pd.DataFrame, system: System, clean: Cleaning, tally: Tally) -> pd.DataFrame:
    got = [_resolved(frame, end, system, clean) for end in ("state_a", "state_b")]
    kept = [one.of_kind("state", "historic") for one in got]
    if clean.blocs:
        kept = [k | _among(one, clean.blocs) for k, one in zip(kept, got, strict=True)]
    if clean.regions == "keep":
        kept = [k | one.of_kind("region") for k, one in zip(kept, got, strict=True)]
    frame = frame.assign(
        source=_labels(frame["state_a"], got[0], kept[0]), target=_labels(frame["state_b"], got[1], kept[1])
    )
    stays = np.ones(len(frame), dtype=bool)
    whys: tuple[tuple[Any, str, str], ...] = (
        ("left out", "no state at one end", "blank"),
        ("left out", "region, not a state", "region"),
        ("left out", "group, not a state", "group"),
        ("refused", "state did not exist on that date", "ended"),
        ("refused", "unknown actor", "unknown"),
    )
    for action, reason, kind in whys:
        bad = [one.of_kind(kind) & ~k for one, k in zip(got, kept, strict=True)]
        out = stays & (bad[0] | bad[1])
        if out.any():
            first = int(out.argmax())
            shown = frame["state_a" if bad[0][first] else "state_b"].iloc[first]
            tally.move(action, reason, int(out.sum()), int(stays.sum()), repr(str(shown)))
        stays &= ~out
    frame = frame[stays].reset_index(drop=True)
    a, b = pair_codes(frame["source"], frame["target"])
    return tally.keep(frame, a != b, "left out", "same state at both ends")


def _last_day(days: np.ndarray, unit: str) -> np.ndarray:
    """Last day of the month or year that holds each day."""
    after: np.ndarray = (days.astype(f"M8[{unit}]") + np.array(1, f"m8[{unit}]")).astype("M8[D]")
    return after - np.timedelta64(1, "D")


def _resolved(frame: pd.DataFrame, end: str, system: System, clean: Cleaning) -> Resolved:
    """Actors on the days of the events; within a month or year, a state that came into being in it counts."""
    days = frame["date"].to_numpy().astype("M8[D]")
    last = None
    if "date_precision" in frame:
        unit = frame["date_precision"].to_numpy(dtype=object)
        last = np.select(
            [unit == "month", unit == "year"], [_last_day(days, "M"), _last_day(days, "Y")], days
        )
    options: Any = {"system": system, "dissolved": clean.dissolved, "recode": clean.recode}
    return resolve(frame[end], days, last, **options)


def _among(got: Resolved, blocs: Sequence[str]) -> np.ndarray:
    wanted = np.array([*(label in blocs for label in got.labels), False])
    among: np.ndarray = wanted[got.codes] & got.of_kind("group")
    return among


def _labels(column: pd.Series, got: Resolved, kept: np.ndarray) -> Any:
    """Actors where kept; a region keeps the file's own code."""
    codes, levels = level_codes(column)
    names = [*got.labels, *(level for level in levels if level not in set(got.labels))]
    place = {name: at for at, name in enumerate(names)}
    own = np.array([*(place[level] for level in levels), -1], dtype=np.int32)[codes]
    out = np.where(got.codes >= 0, got.codes, np.where(got.of_kind("region"), own, -1))
    return actors.categorical(np.where(kept, out, -1), names)


def pair_codes(a: pd.Series, b: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Codes of two columns into one list of levels."""
    code_a, level_a = level_codes(a)
    code_b, level_b = level_codes(b)
    place: dict[str, int] = {}
    to = [
        np.array([*(place.setdefault(level, len(place)) for level in levels), -1], dtype=np.int64)
        for levels in (level_a, level_b)
    ]
    return to[0][code_a], to[1][code_b]


def crossing(source: pd.Series, target: pd.Series) -> np.ndarray:
    """Rows whose two codes are given and differ."""
    a, b = pair_codes(source, target)
    across: np.ndarray = (a != b) & ~blank(source) & ~blank(target)
    return across


def mirrors(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Mask of rows with a twin in the same story, same code, swapped ends; and of the second of each pair."""
    a, b = pair_codes(frame["end_a"], frame["end_b"])
    story = frame["story"].to_numpy()
    keys = pd.DataFrame(
        {
            "story": story,
            "kind": level_codes(frame["kind"])[0],
            "low": np.minimum(a, b),
            "high": np.maximum(a, b),
        }
    )
    may = np.flatnonzero(keys.duplicated(keep=False).to_numpy() & (a != b) & (story >= 0))
    twin, second = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    if len(may):
        keys = keys.iloc[may].assign(forward=(a < b)[may])
        nth = keys.groupby(list(keys.columns), sort=False).cumcount()
        pairs = keys.drop(columns="forward").assign(nth=nth)
        twin[may] = pairs.duplicated(keep=False).to_numpy()
        second[may] = pairs.duplicated(keep="first").to_numpy()
    return twin, second


def collapse_mirrors(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One mutual event of each mirrored pair."""
    twin, second = mirrors(frame)
    return tally.keep(frame.assign(mutual=twin), ~second, "merged", "mirrored row")


def one_a_day(frame: pd.DataFrame, level: str, tally: Tally) -> pd.DataFrame:
    """One event of those alike in date, source, target and code; a mutual one speaks for both directions."""
    columns = ("source", "target") if level == "state" else ("end_a", "end_b")
    a, b = pair_codes(frame[columns[0]], frame[columns[1]])
    mutual = _flag(frame, "mutual")
    keys = pd.DataFrame(
        {
            "date": frame["date"].to_numpy().view(np.int64) if len(frame) else np.zeros(0, dtype=np.int64),
            "kind": level_codes(frame["kind"])[0],
            "low": np.minimum(a, b),
            "high": np.maximum(a, b),
        }
    )
    again = keys.assign(way=np.where(mutual, 2, a < b)).duplicated().to_numpy()
    if mutual.any():
        spoken = pd.MultiIndex.from_frame(keys[mutual]).unique()
        again = again | (~mutual & pd.MultiIndex.from_frame(keys).isin(spoken))
    return tally.keep(frame, ~again, "merged", "same act on the same day")


def expand_blocs(frame: pd.DataFrame, blocs: Sequence[str], tally: Tally) -> pd.DataFrame:
    """A bloc's act as an act of each member of that day, at 1/n of its weight."""
    for end, other in (("source", "target"), ("target", "source")):
        for bloc, spells in actors.member_spells(blocs).items():
            mine = by_level(frame[end], lambda label, bloc=bloc: label == bloc, False).astype(bool)
            if mine.any():
                frame = _expand(frame, mine, bloc, spells, end, other, tally)
    return frame


def _expand(
    frame: pd.DataFrame, mine: np.ndarray, bloc: str, spells: Any, end: str, other: str, tally: Tally
) -> pd.DataFrame:
    acts = frame[mine].astype({end: object, other: object})
    when = acts["date"].to_numpy().astype("M8[D]")
    n = sum(((first <= when) & (when <= last)).astype(int) for _, first, last in spells)
    parts = []
    for member, first, last in spells:
        inside = (first <= when) & (when <= last)
        part = acts[inside].assign(**{end: member})
        weight = part.get("weight", 1.0)
        parts.append(part.assign(weight=weight / np.asarray(n)[inside]))
    out = pd.concat(parts, ignore_index=True)
    early = int((n == 0).sum())
    tally.move(
        "added", f"act of {bloc} as one of each member", len(out) - int(mine.sum()) + early, len(frame)
    )
    tally.move("left out", f"act of {bloc} before it had members", early, len(frame))
    out = tally.keep(out, (out[end] != out[other]).to_numpy(), "left out", f"act of {bloc} toward its member")
    rest = frame[~mine].astype({end: object, other: object})
    if "weight" not in rest:
        rest = rest.assign(weight=1.0)
    joined = pd.concat([rest, out], ignore_index=True)
    return joined.assign(**{name: joined[name].astype("category") for name in (end, other)})


def _flag(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].to_numpy(dtype=bool) if name in frame else np.zeros(len(frame), dtype=bool)


def cleaned(frame: pd.DataFrame, clean: Cleaning, tally: Tally) -> pd.DataFrame:
    """The steps that look across rows: mirrors, one a day, blocs."""
    if clean.mirrored == "collapse" and "story" in frame:
        frame = collapse_mirrors(frame, tally)
    if clean.one_a_day is not None:
        frame = one_a_day(frame, clean.one_a_day, tally)
    return expand_blocs(frame, clean.blocs, tally)


CANONICAL = (
    "source", "target", "date", "until", "date_precision", "domain", "kind", "value", "weight",
    "mutual", "standing", "event_id", "label", "url",
)  # fmt: skip


def finish(frame: pd.DataFrame, codebook: Codebook, tally: Tally) -> tuple[Events, ReadReport]:
    """Screen a frame of canonical columns; what `Events` refuses is booked by its reason."""
    table = frame[[name for name in CANONICAL if name in frame]].copy(deep=False)
    for name in ("source", "target"):  # levels of rows that left are no actors
        if isinstance(table[name].dtype, pd.CategoricalDtype):
            table[name] = table[name].cat.remove_unused_categories()
    events, refused = Events.screen(table, codebook=codebook)
    before = len(frame)
    for reason, rows in refused.groupby("reason", sort=False):
        detail = str(rows["detail"].iloc[0])
        if reason == "kind without weight":
            tally.move("left out", "code without a domain (domestic or other)", len(rows), before, detail)
        else:
            tally.move("refused", str(reason), len(rows), before, detail)
    return events, tally.report(int(events.report["kept"]))
