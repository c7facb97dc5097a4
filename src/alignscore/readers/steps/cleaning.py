"""The cleaning steps every event reader shares, each named, switched by an option and counted.

A working frame has one row an event and the columns ``date`` (datetime64[s]), ``kind``, ``end_a`` and
``end_b`` (actors as the file names them), ``state_a`` and ``state_b`` (their states, as the file writes
them), and where known ``story`` (int, -1 none), ``weight``, ``mutual``, ``domain``, ``event_id``, ``url``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import numpy as np
import pandas as pd

from alignscore import actors
from alignscore.actors import Resolved, System, level_codes, resolve
from alignscore.actors.crosswalk import BLANKS
from alignscore.actors.labels import ActorLabels
from alignscore.codebook import Codebook
from alignscore.dates import DAY, MONTHLY, NO_DAY, OR_SAY_HOW, YEARLY, Dates, parse_dates
from alignscore.errors import FormatError, OptionError, check_known, one_of, several
from alignscore.events import Events
from alignscore.events.rules import NO_ID, NOTHING, OPTIONAL, REQUIRED, TRUTHS
from alignscore.events.screening import Duplicates
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.tables.tab_lines import in_one_list
from alignscore.values import spelled_numbers


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
    dayfirst: bool | None
    date_format: str | None


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
    dayfirst : bool, optional
        How 03/02/2019 is read: True, 3 February; False, 2 March. Where it is not given the column decides:
        a part above 12 is a day and tells the order of all. A column that tells neither order is read as the
        source is known to write (month first in ICEWS, KEDS and Phoenix), else refused; one that tells both
        orders is refused.
    date_format : str, optional
        How every date of the files is written, in the codes of ``strptime``, such as "%d %b %Y".

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
    dayfirst: bool | None = None
    date_format: str | None = None

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
        # read once for every step, as the roots are
        blocs = tuple(several(self.blocs))
        object.__setattr__(self, "blocs", blocs)
        if blocs and self.ends == "actor":
            raise OptionError("blocs are expanded into states; with ends='actor' it must be ().")
        roots = tuple(several(self.drop_roots))
        if not all(re.fullmatch(r"0[1-9]|1\d|20", str(root)) for root in roots):
            raise OptionError(f"drop_roots is {self.drop_roots!r}; it must list roots '01' to '20'.")
        object.__setattr__(self, "drop_roots", roots)
        actors.member_spells(self.blocs)
        parse_dates((), dayfirst=self.dayfirst, date_format=self.date_format)  # raises for a wrong option

    @classmethod
    def make(cls, options: Mapping[str, Any], known: type = CleanOptions, /, **defaults: Any) -> Cleaning:
        """Check the keywords a reader was given, which are among those `known` to it."""
        for name in options:
            check_known("option", name, known.__annotations__)
        return cls(**{**defaults, **options})


# ---- columns ------------------------------------------------------------------------------------
def by_level(column: pd.Series, value: Callable[..., Any], *, missing: Any = False) -> np.ndarray:
    """What a function says of each cell's text, called once a distinct text; `missing` of a cell without one, (N,)."""
    codes, levels = level_codes(column)
    return np.asarray(np.array([*(value(level) for level in levels), missing])[codes])


SHORT_YEAR = re.compile(r"(\d\d?)([/.-])(\d\d?)\2(\d\d)", re.ASCII)
PIVOT = 40  # a year of two digits lies in 1940..2039


def full_year(digits: str) -> int:
    """The year that two digits stand for."""
    return int(digits) + (2000 if int(digits) < PIVOT else 1900)


def _with_century(text: str) -> str:
    """1/31/79 as 1/31/1979; other texts as they are."""
    found = SHORT_YEAR.fullmatch(text)
    return text if found is None else f"{text[:-2]}{full_year(found[4])}"


def dates_of(
    column: pd.Series, clean: Cleaning, *, dayfirst: bool | None = None
) -> tuple[Dates, np.ndarray, list[str]]:
    """Dates of the distinct texts of a column, each row's place among them (-1 where missing), (N,), and the texts.

    `dayfirst` is the order in which the source is known to write, for a column that does not tell its own.
    """
    codes, levels = level_codes(column)
    texts = [text.strip() for text in levels]
    if clean.date_format is None:
        texts = [_with_century(text) for text in texts]
    read = parse_dates(texts, dayfirst=clean.dayfirst, date_format=clean.date_format)
    unsure = any("may have" in why for why in read.faults.values())
    if dayfirst is not None and clean.dayfirst is None and unsure:
        read = parse_dates(texts, dayfirst=dayfirst)
    return read, codes, levels


def dated(
    frame: pd.DataFrame, clean: Cleaning, tally: Tally, *, dayfirst: bool | None = None
) -> pd.DataFrame:
    """The frame with ``date`` from the texts in ``when``; an unreadable one is refused, and a column of no certain order."""
    read, codes, texts = dates_of(frame["when"], clean, dayfirst=dayfirst)
    refuse_order(read, texts, tally)
    known = np.append((read.days != NO_DAY) & (read.precision == DAY), False)[codes]
    frame = frame.assign(date=np.append(read.days, NO_DAY)[codes].astype("M8[D]").astype("M8[s]"))
    return tally.keep(frame, known, "refused", "unreadable date", "when")


def refuse_order(read: Dates, texts: Sequence[str], tally: Tally) -> None:
    """Raise where the dates of a column do not tell whether the day or the month stands first, or tell both."""
    for at, why in read.faults.items():
        if "two orders" in why or "may have" in why:
            raise FormatError(f"{tally.files[-1]}: the date {texts[at]!r} {why}")


def dates_in_iso(
    column: pd.Series, clean: Cleaning, tally: Tally, *, dayfirst: bool | None = None
) -> pd.Series:
    """The dates of one of several files in ISO form, others as they stand: each file tells its own order."""
    if clean.date_format is not None:
        return column
    texts, _ = iso_texts(column, clean, tally, dayfirst=dayfirst)
    return pd.Series(texts, index=column.index, dtype=object)


def iso_texts(
    column: pd.Series, clean: Cleaning, tally: Tally, *, dayfirst: bool | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Days, months and years in ISO form, others as they stand; and the rows that are none of these nor blank, (N,)."""
    read, codes, texts = dates_of(column, clean, dayfirst=dayfirst)
    refuse_order(read, texts, tally)
    levels = np.array([*texts, ""], dtype=object)
    known = np.append(read.days != NO_DAY, False)
    days = np.append(read.days, NO_DAY).astype("M8[D]")
    for precision, unit in ((DAY, "D"), (MONTHLY, "M"), (YEARLY, "Y")):
        rows = np.flatnonzero((read.precision == precision) & known[:-1])
        levels[rows] = days[rows].astype(f"M8[{unit}]").astype(str)
    none = np.array([not text.strip() or text.strip().lower() in NOTHING for text in levels], dtype=bool)
    levels[none] = ""
    return levels[codes], (~known & ~none)[codes]


# ---- codes that lost their zeros ----------------------------------------------------------------------
SHAPED = re.compile(r"(0[1-9]|1\d|20)\d{0,2}", re.ASCII)  # CAMEO as text
MANY = 0.05  # share of damaged codes above which the file, not the row, is at fault


def sound_codes(
    codes: pd.Series,
    tally: Tally,
    *,
    roots: pd.Series | None = None,
    meant: np.ndarray | None = None,
    way_out: str = "Read the original as text.",
) -> np.ndarray:
    """Rows whose CAMEO code is written as text, (N,); the whole column is refused where its codes lost their zeros.

    One code that is possible only with a zero before it (42), a root column that says so (20 under root 2), or
    a code known from elsewhere (`meant`) shows that the column was read as numbers: then 20 may be 020 too.
    """
    shaped = by_level(codes, lambda c: SHAPED.fullmatch(c) is not None)
    lost = by_level(codes, lambda c: not SHAPED.fullmatch(c) and bool(SHAPED.fullmatch("0" + c)))
    short = by_level(codes, lambda c: len(c) == 2 and c.isdigit() and c[0] in "12")
    text = by_level(codes, str, missing="")
    if roots is not None:
        root = by_level(roots, lambda r: r.strip().removesuffix(".0"), missing="")
        lost |= (np.char.str_len(root) == 1) & (np.char.find(text, root) == 0) & (root != "0")
        short &= root != text
    if meant is not None:
        lost |= (meant != "") & (meant == np.char.add("0", text))
        short &= meant != text
    zeros = by_level(codes, lambda c: c[:1] == "0")
    if not zeros.any():
        lost |= short
    if lost.any() and (not zeros.any() or lost.mean() > MANY):
        why = f"(20 was 020), so none can be trusted. {way_out}"
        raise lost_zeros(codes, lost, tally.files[-1], "event codes", why)
    # among codes that are sound, one that may have lost its zero is a damaged cell
    return np.asarray(shaped & ~lost & ~(short & bool(lost.any())))


def lost_zeros(codes: pd.Series, lost: np.ndarray, file: str, what: str, why: str) -> FormatError:
    """The error for a column of which some codes lost their zeros, so that others may be wrong unseen."""
    first = str(codes.iloc[int(lost.argmax())])
    return FormatError(
        f"{file}: {int(lost.sum()):,} of {len(codes):,} {what} lost their leading zero ({first} for 0{first}); others "
        f"may have become another valid code {why}"
    )


# ---- the steps ----------------------------------------------------------------------------------
def drop_roots(frame: pd.DataFrame, roots: Sequence[str], tally: Tally) -> pd.DataFrame:
    """Leave out codes of these roots."""
    for root in roots:
        stays = by_level(frame["kind"], lambda code, root=root: code[:2] != root, missing=True)
        frame = tally.keep(frame, stays, "left out", f"root {root}")
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


NO_TEXT = BLANKS - {"nat", "--", ".."}
ENDS = ("end_a", "end_b", "state_a", "state_b")
UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))  # marks of no width


def blank(column: pd.Series) -> np.ndarray:
    """Mask of cells without text, or with one of the words that programs write for a missing cell."""
    return by_level(column, lambda text: text.translate(UNSEEN).strip().casefold() in NO_TEXT, missing=True)


def _two_states(frame: pd.DataFrame, system: System, clean: Cleaning, tally: Tally) -> pd.DataFrame:
    got = [_resolved(frame, end, system, clean) for end in ("state_a", "state_b")]
    kept = [one.of_kind("state", "historic") for one in got]
    if clean.blocs:
        named = [np.array([*(label in clean.blocs for label in one.labels), False])[one.codes] for one in got]
        kept = [k | of & one.of_kind("group") for k, of, one in zip(kept, named, got, strict=True)]
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
        for end, lost in zip(("state_a", "state_b"), bad, strict=True) if kind == "unknown" else ():
            for label, rows in frame[end][lost & stays].astype(str).value_counts().items():
                tally.no_actor(str(label), int(rows))
        stays &= ~out
    if not stays.all():
        frame = frame[stays].reset_index(drop=True)
    a, b = pair_codes(frame["source"], frame["target"])
    return tally.keep(frame, a != b, "left out", "same state at both ends")


def _resolved(frame: pd.DataFrame, end: str, system: System, clean: Cleaning) -> Resolved:
    """Actors on the days of the events; within a month or year, a state that came into being in it counts."""
    days = frame["date"].to_numpy().astype("M8[D]")
    last = None
    if "date_precision" in frame:
        unit = frame["date_precision"].to_numpy(dtype=object)
        after = [(days.astype(f"M8[{one}]") + np.array(1, f"m8[{one}]")).astype("M8[D]") for one in "MY"]
        day = np.timedelta64(1, "D")
        last = np.select([unit == "month", unit == "year"], [next_one - day for next_one in after], days)
    return resolve(frame[end], days, last, system=system, dissolved=clean.dissolved, recode=clean.recode)


def _labels(column: pd.Series, got: Resolved, kept: np.ndarray) -> Any:
    """Actors where kept; a region keeps the file's own code."""
    (settled, own), names = in_one_list([(got.codes, got.labels), level_codes(column)])
    region = (settled < 0) & got.of_kind("region")
    return actors.categorical(np.where(kept, np.where(region, own, settled), -1), names)


def pair_codes(a: pd.Series, b: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Codes of two columns into one list of levels."""
    (one, two), _ = in_one_list([level_codes(a), level_codes(b)])
    return one, two


def between_two(source: pd.Series, target: pd.Series) -> np.ndarray:
    """Rows whose two codes are given and differ."""
    a, b = pair_codes(source, target)
    return np.asarray((a != b) & ~blank(source) & ~blank(target))


def story_numbers(column: pd.Series) -> np.ndarray:
    """A number of each row's story, the same in every file that tells of it, -1 where its text is blank, (N,)."""
    codes, levels = pd.factorize(column)
    texts = np.asarray(levels, dtype=object)
    numbers = (pd.util.hash_array(texts, categorize=False) >> np.uint64(1)).astype(np.int64)
    return np.asarray(np.append(np.where(texts == "", -1, numbers), -1)[codes])


def _compared_columns(
    frame: pd.DataFrame, ends: Sequence[str], **more: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray]:
    """What rows that are compared share, whatever their direction; and rows from the lower end to the higher, (N,)."""
    a, b = pair_codes(frame[ends[0]], frame[ends[1]])
    keys = {**more, "kind": level_codes(frame["kind"])[0], "low": np.minimum(a, b), "high": np.maximum(a, b)}
    if SESSION in frame:
        keys[SESSION] = frame[SESSION].to_numpy()
    if "domain" in frame:  # an act in two domains is a row in each
        keys["domain"] = level_codes(frame["domain"])[0]
    return pd.DataFrame(keys), a < b


SESSION = "session"  # day from which rows are compared, where files are read one after another


def mirror_keys(frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Story, code and pair of each row, and its direction."""
    return _compared_columns(frame, ("end_a", "end_b"), story=frame["story"].to_numpy())


def may_mirror(keys: pd.DataFrame) -> np.ndarray:
    """Rows that have a story and two different ends, (N,)."""
    return np.asarray(((keys["low"] != keys["high"]) & (keys["story"] >= 0)).to_numpy())


def act_keys(frame: pd.DataFrame, level: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Date, code and pair of each row, and its direction."""
    date = frame["date"].to_numpy().view(np.int64) if len(frame) else np.zeros(0, dtype=np.int64)
    return _compared_columns(
        frame, ("source", "target") if level == "state" else ("end_a", "end_b"), date=date
    )


def mirrors(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Mask of rows with a twin in the same story, same code, swapped ends; and of the second of each pair.

    Of a story that tells of several days the first of one direction pairs with the first of the other, so that no count
    depends on the order of rows.
    """
    keys, forward = mirror_keys(frame)
    may = np.flatnonzero(keys.duplicated(keep=False).to_numpy() & may_mirror(keys))
    if "date" in frame:  # how many rows have a twin does not depend on it
        may = may[np.argsort(frame["date"].to_numpy()[may], kind="stable")]
    twin, second = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    if len(may):
        keys = keys.iloc[may].assign(forward=forward[may])
        nth = keys.groupby(list(keys.columns), sort=False).cumcount()
        pairs = keys.drop(columns="forward").assign(nth=nth)
        twin[may] = pairs.duplicated(keep=False).to_numpy()
        second[may] = pairs.duplicated(keep="first").to_numpy()
    return twin, second


def merge_repeats(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One of the rows that a source hands out twice: of one id, date, code and ends, and of one story where told."""
    if "event_id" not in frame:
        return frame
    ids, levels = pd.factorize(frame["event_id"])
    if len(levels) == len(frame):
        return frame
    keys = pd.DataFrame({name: level_codes(frame[name])[0] for name in columns_alike(frame)})
    keys = keys.assign(id=ids, date=frame["date"].to_numpy())
    again = keys.duplicated().to_numpy() & has_id(frame)
    return tally.keep(frame, ~again, *REPEAT)


REPEAT: tuple[Literal["merged"], str] = ("merged", "row that stands twice")


def columns_alike(frame: pd.DataFrame) -> list[str]:
    """Columns of text that two rows of one id and date share where they are one row."""
    return [name for name in ("source", "target", "kind", "domain", "contexts", *ENDS) if name in frame]


def has_id(frame: pd.DataFrame) -> np.ndarray:
    """Rows that have an id, (N,)."""
    ids = frame["event_id"]
    return np.asarray((ids.notna() & ~ids.isin(AS_WRITTEN)).to_numpy(dtype=bool))


# words in place of an id in the letters that programs write, since millions of ids are not made small for them
AS_WRITTEN = {"", "NaN", "NaT"} | {form for word in NO_ID for form in (word, word.upper(), word.capitalize())}


def collapse_mirrors(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One mutual event of each mirrored pair."""
    twin, second = mirrors(frame)
    mutual = np.where(twin, True, frame["mutual"].astype(object)) if "mutual" in frame else twin
    return tally.keep(frame.assign(mutual=mutual), ~second, "merged", "mirrored row")


def one_a_day(frame: pd.DataFrame, level: str, tally: Tally) -> pd.DataFrame:
    """One event of those alike in date, source, target and code; a mutual one speaks for both directions."""
    mutual = np.zeros(len(frame), dtype=bool)
    if "mutual" in frame:  # in a table of any kind as text
        mutual = by_level(frame["mutual"], lambda text: TRUTHS.get(text.lower()) == 1)
    keys, forward = act_keys(frame, level)
    again = keys.assign(way=np.where(mutual, 2, forward)).duplicated().to_numpy()
    if mutual.any():
        spoken = pd.MultiIndex.from_frame(keys[mutual]).unique()
        again = again | (~mutual & pd.MultiIndex.from_frame(keys).isin(spoken))
    return tally.keep(frame, ~again, "merged", "same act on the same day")


def expand_blocs(frame: pd.DataFrame, blocs: Sequence[str], tally: Tally) -> pd.DataFrame:
    """A bloc's act as an act of each member of that day, at 1/n of its weight."""
    for end, other in (("source", "target"), ("target", "source")):
        for bloc, spells in actors.member_spells(blocs).items():
            mine = by_level(frame[end], lambda label, bloc=bloc: label == bloc)
            if mine.any():
                frame = _expand(frame, mine, bloc, spells, end, other, tally)
    return frame


def _expand(
    frame: pd.DataFrame, mine: np.ndarray, bloc: str, spells: Any, end: str, other: str, tally: Tally
) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    if "weight" not in frame:
        frame = frame.assign(weight=1.0)
    elif not pd.api.types.is_numeric_dtype(frame["weight"]):  # of any table, as text
        number = np.where(blank(frame["weight"]), 1.0, spelled_numbers(frame["weight"]))
        # what is no number stays as it stands, and is refused when rows are judged
        frame["weight"] = pd.Series(number).astype(object).where(~np.isnan(number), frame["weight"])
        mine &= ~np.isnan(number)
    acts = frame[mine].astype({end: object, other: object})
    when = acts["date"].to_numpy().astype("M8[D]")
    inside = np.array([(first <= when) & (when <= last) for _, first, last in spells])
    n = inside.sum(axis=0)
    whose, act = np.nonzero(inside)
    out = acts.iloc[act]
    members = np.array([member for member, _, _ in spells], dtype=object)
    out = out.assign(**{end: members[whose], "weight": out["weight"] / n[act]})
    early = int((n == 0).sum())
    more = len(out) - int(mine.sum()) + early
    tally.move("added", f"act of {bloc} as one of each member", more, len(frame))
    tally.move("left out", f"act of {bloc} before it had members", early, len(frame))
    apart = (out[end] != out[other]).to_numpy()
    place = out.index[apart]
    out = tally.keep(out, apart, "left out", f"act of {bloc} toward its member").set_axis(place)
    rest = frame[~mine].astype({end: object, other: object})
    joined = pd.concat([rest, out]).sort_index(kind="stable").reset_index(drop=True)
    return joined.assign(**{name: joined[name].astype("category") for name in (end, other)})


def cleaned(frame: pd.DataFrame, clean: Cleaning, tally: Tally) -> pd.DataFrame:
    """The steps that look across rows: rows handed out twice, mirrors, one a day, blocs."""
    frame = merge_repeats(frame, tally)
    if clean.mirrored == "collapse" and "story" in frame:
        frame = collapse_mirrors(frame, tally)
    if clean.one_a_day is not None:
        frame = one_a_day(frame, clean.one_a_day, tally)
    return expand_blocs(frame, clean.blocs, tally)


CANONICAL = tuple(name for name in (*REQUIRED, *OPTIONAL) if name != "kind_value")


def finish(
    frame: pd.DataFrame,
    codebook: Codebook,
    tally: Tally,
    *,
    states: bool = False,
    actors: ActorLabels = "as_given",
    duplicates: Duplicates = "keep",
) -> tuple[Events, ReadReport]:
    """Screen a frame of canonical columns; what `Events` refuses is booked by its reason.

    Readers of known formats settle labels themselves, so that here they are taken as given.
    In a table of `states` a row without one is a fault; in reports of events it is a matter of course.
    """
    table = postable(frame, codebook, tally)
    events, refused = Events.screen(table, codebook=codebook, actors=actors, duplicates=duplicates)
    for reason, rows in refused.groupby("reason", sort=False) if len(refused) else ():
        tally.move("refused", str(reason), len(rows), len(table), str(rows["detail"].iloc[0]))
    tally.move("merged", "row that repeats an earlier one", int(events.report.get("merged", 0)), len(table))
    kept = int(events.report["kept"])
    refuse_nothing(kept, tally, states=states)
    return events, tally.report(kept)


def postable(frame: pd.DataFrame, codebook: Codebook, tally: Tally) -> pd.DataFrame:
    """Canonical columns of the rows that post something, ready to be screened; some codes have no domain."""
    if "kind" in frame:
        some = np.asarray(codebook.domain_shares.any(axis=1))
        shares = dict(zip(codebook.names, some.tolist(), strict=True))
        posts = by_level(frame["kind"], lambda code: shares.get(code, True), missing=True)
        own = ~blank(frame["domain"]) if "domain" in frame else np.zeros(len(frame), dtype=bool)
        frame = tally.keep(
            frame, posts | own, "left out", "code without a domain (domestic or other)", "kind"
        )
    table = frame[[name for name in CANONICAL if name in frame]].copy(deep=False)
    for name in ("source", "target"):  # levels of rows that left are no actors
        if isinstance(column := table[name].array, pd.Categorical):
            table[name] = column.remove_unused_categories()
    if "event_id" in table:
        table["event_id"] = table["event_id"].astype(object).where(has_id(table), None)
    return table


NOBODY = ("no state at one end", "no actor at one end")


def refuse_nothing(kept: int, tally: Tally, *, states: bool = True) -> None:
    """Raise where most rows were refused (or, of `states`, have none at one end), and none is left.

    Rows left out on request are no fault.
    """
    why = NOBODY if states else ()
    lost = sum(n for (action, step), (n, _, _) in tally.moved.items() if action == "refused" or step in why)
    if kept or not tally.read or 2 * lost < tally.read:
        return
    unknown = ", ".join(f"{label!r} ({rows:,})" for label, rows in list(tally.unknown.items())[:10])
    more = f" Unknown actors: {unknown}; recode= settles them." if unknown else ""
    undated, *_ = tally.moved.get(("refused", "unreadable date"), (0,))
    if undated and not states:  # readers of reports take the option
        more += f" Write dates as YYYY-MM-DD{OR_SAY_HOW}"
    raise FormatError(
        f"{tally.files[0]}: none of {tally.read:,} rows can be used: {tally.reasons()}.{more}{tally.way_out()}"
    )
