"""What an event table may hold: its columns, one event as a model, and what makes a row one that cannot be posted.

A rule is a comparison of columns of codes, days and numbers, written with operators alone. NumPy arrays are judged by it
row by row (`alignscore.events.screening`), and so are the expressions of an engine (`alignscore.scale.engines`).
What a text means is looked up once a distinct text (`Lookup`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from alignscore.actors.crosswalk import BLANKS
from alignscore.actors.labels import AS_GIVEN, several_in_words, several_states
from alignscore.axes import codes_among
from alignscore.codebook import Codebook
from alignscore.dates import (
    EARLIEST,
    FIRST_YEAR,
    LAST_YEAR,
    LATEST,
    NO_DATE,
    NO_DAY,
    NO_END,
    Dates,
    date_text,
    iso_dates,
    span_ends,
)
from alignscore.errors import EventError, in_words, near, plain_number, slip_of
from alignscore.values import MAY_BE_THOUSANDS, spelled_numbers, text_of

REQUIRED = ("source", "target", "date")
OPTIONAL = (
    "until", "date_precision", "domain", "kind", "value", "weight", "mutual", "standing",
    "event_id", "label", "url", "kind_value",
)  # fmt: skip
SMALLEST, LARGEST = 1e-50, 1e50  # of weights and values: masses are squared, and the squares multiplied
TRUTHS = {"true": 1, "false": 0, "1": 1, "0": 0, "yes": 1, "no": 0, "t": 1, "f": 0, "1.0": 1, "0.0": 0}
PRECISIONS = ("day", "month", "year")
PLACEHOLDERS = (BLANKS - {"", "na"}) | {  # written where nothing was known
    "n.a.", "?", "#ref!", "#value!", "#name?", "#num!", "#div/0!", "#null!", "unknown", "unspecified", "not specified",
    "missing", "(blank)", "-9", "-99", "-999", "-9999",
}  # fmt: skip
# written by programs for a cell without a value; a dash may mean something to its writer, and is asked about
NOTHING = {word for word in BLANKS if any(map(str.isalpha, word))} | {"."}
NO_ID = PLACEHOLDERS | {"na"}  # among ids NA is nobody's code, as it is Namibia's among actors
NO_NAME = re.compile(r"(Unnamed: |#)?\d{0,3}")  # of a column without a name: pandas' own, ours, its position
YEAR = re.compile(r"1[6-9]\d\d|2[01]\d\d")
SUGGESTED = 20  # unknown names that get a suggestion, which costs milliseconds each
SYNONYMS = {  # what other tables of events call our columns
    "source": (
        "actor1", "actor_1", "actor1code", "side_a", "sidea", "sender", "initiator", "from", "ccode1", "country1",
        "state1", "source_country", "source_actor", "reporter", "a",
    ),
    "target": (
        "actor2", "actor_2", "actor2code", "side_b", "sideb", "receiver", "recipient", "to", "ccode2", "country2",
        "state2", "target_country", "target_actor", "partner", "b",
    ),
    "date": (
        "event_date", "eventdate", "day", "time", "sqldate", "start_date", "date_start", "start", "begin", "begin_date",
        "valid_from", "date_signed", "signed", "start_year", "startyear", "begyr", "year", "month",
    ),
    "until": (
        "end", "end_date", "enddate", "date_end", "ended", "expiry", "expired", "expires", "termination", "valid_to",
        "valid_until", "end_year", "endyear", "year_end", "endyr",
    ),
    "kind": ("event_type", "eventcode", "event_code", "code", "type", "cameo", "action"),
    "value": ("goldstein", "goldsteinscale", "score", "intensity"),
}  # fmt: skip


class Event(BaseModel):
    """One interaction written by hand; `Events.from_frame` takes one or a list of them.

    Its fields are the columns that `Events.from_frame` reads, by name.

    Raises
    ------
    EventError
        A field that is missing, unknown or cannot be read.

    Examples
    --------
    >>> Event(source="CHN", target="KHM", date="2026-04-22", kind="two_plus_two", mutual=True).kind
    'two_plus_two'
    """

    # its validator is built on first use: importing the library waits for none
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    if not TYPE_CHECKING:  # type checkers keep the fields as the signature

        def __init__(self, **given: Any) -> None:
            try:
                super().__init__(**given)
            except ValidationError as problem:
                raise EventError(f"event: {in_words(problem, 'an event', Event.model_fields)}") from None

        def __setattr__(self, name: str, _: Any) -> None:
            raise EventError(f"an event is a frozen value, and {name} cannot be set; make another Event.")

    @model_validator(mode="before")
    @classmethod
    def _read_cells(cls, given: Any) -> Any:
        """Cells as a table may have them: NaN for none, 2026/05/01, or 2026-05 for a month whose day is not known."""
        if not isinstance(given, Mapping):
            return given
        given = {k: cell for k, cell in given.items() if not (pd.api.types.is_scalar(cell) and pd.isna(cell))}
        for name in ("value", "weight"):
            if isinstance(given.get(name), bool | np.bool_):
                raise ValueError(f"{name} {given[name]!r} is not a number.")
        for name in ("date", "until"):
            cell = given.get(name)
            if (text := date_text(cell)) or isinstance(cell, str):
                read = iso_dates([text])
                if read.days[0] == NO_DAY:
                    raise ValueError(f"{name} {cell!r} {read.faults.get(0, NO_DATE)}")
                day = read.days if name == "date" else span_ends(read.days, read.precision)
                given[name] = day.astype("M8[D]")[0].item()
                if name == "date" and read.precision[0]:
                    given.setdefault("date_precision", PRECISIONS[read.precision[0]])
        return given

    source: str = Field(min_length=1)
    target: str = Field(min_length=1)
    date: dt.date
    until: dt.date | None = None
    date_precision: Literal["day", "month", "year"] = "day"
    domain: str | None = None
    kind: str | None = None
    value: float | None = Field(default=None, ge=-10, le=10)
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    mutual: bool = False
    standing: bool | None = None
    event_id: str | None = None
    label: str | None = None
    url: str | None = None


# ---- its columns ------------------------------------------------------------------------------------
def check_columns(have: Collection[str]) -> None:
    """Raise unless the columns are those of an event table; others may stand beside them."""
    names = list(have)
    need_required(names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EventError(f"column {twice[0]!r} stands more than once in the table; keep one.")
    refuse_slips(names, names)
    if "kind" not in names and not {"domain", "value"} <= set(names):
        raise EventError(
            "the table has neither a column 'kind' (looked up in the codebook) nor 'domain' with 'value'."
        )


def need_required(names: Collection[str]) -> None:
    """Raise unless the columns that every event needs are there: a table without them is none of events."""
    for name in REQUIRED:
        if name not in names:
            raise missing_column(name, names)


def missing_column(name: str, names: Collection[str]) -> EventError:
    """The error of a table without a column that every event needs, with what its other columns give away."""
    hint = _columns_meant(names) or _other_layout(names) or near(name, names)
    return EventError(f"column {name!r} is missing from the table.{hint}")


def _other_layout(names: Collection[str]) -> str:
    """How a table is laid out that most of the names give away: a title above them, or years side by side."""
    years = [name for name in names if YEAR.fullmatch(name)]
    if years and 2 * len(years) >= len(names):
        others = [name for name in names if name not in years]
        return f" Years stand side by side; table.melt({others}, var_name='date') puts one below the other."
    nameless = [name for name in names if NO_NAME.fullmatch(name)]
    if 2 * len(nameless) > len(names):
        return " The first row names no columns; leave out the rows above the one that does."
    return ""


def _columns_meant(names: Collection[str]) -> str:
    """How to name columns that other tables of events use for ours, if one that is required stands under such a name."""
    plain = {name.casefold().replace(" ", "_"): name for name in names}
    found = {}
    for ours in (*REQUIRED, *OPTIONAL):
        theirs = next((plain[other] for other in (ours, *SYNONYMS.get(ours, ())) if other in plain), None)
        if theirs is not None and theirs != ours:
            found[ours] = theirs
    if not set(REQUIRED) & found.keys():
        return ""
    parts = [plain[part] for part in ("year", "month", "day") if part in plain]
    if len(parts) == 3 and found.get("date") in parts:
        return f" Year, month and day stand apart: table['date'] = pd.to_datetime(table[{parts}])."
    back = {theirs: ours for ours, theirs in found.items()}
    return f" Say which is which: read_events(path, columns={found}), or table.rename(columns={back})."


def refuse_slips(have: Iterable[str], found: Collection[str], known: Collection[str] = ()) -> None:
    """Refuse a column that looks like a slip for one of ours that was not found: it would be lost in silence.

    `known` are the table's columns that are read under another name.
    """
    absent = [name for name in OPTIONAL if name not in found]
    for column in have:
        if column in REQUIRED or column in OPTIONAL or column in known:
            continue
        plain = column.casefold().replace(" ", "_")
        meant = "until" if "until" in absent and plain in SYNONYMS["until"] else slip_of(column, absent)
        if meant is not None:
            raise EventError(
                f"unknown column {column!r}. Did you mean {meant!r}? Rename it, or drop it if it is something else."
            )


# ---- the rules --------------------------------------------------------------------------------------
class Rule(NamedTuple):
    """One thing that can be wrong with a row."""

    reason: str
    detail: str
    reads: tuple[str, ...]
    bad: Callable[..., Any]


def _not_squarable(name: str) -> Rule:
    """Numbers too small or large for their mass to be squared; 0 is not."""
    return Rule(
        f"{name} too small or large to square",
        f"{name} must lie between {SMALLEST:g} and {LARGEST:g} in size: masses are squared.",
        (name,),
        no_square,
    )


def no_square(size: Any) -> Any:
    """Which numbers have a mass that cannot be squared."""
    tiny = (size < SMALLEST) & (size > -SMALLEST) & (size != 0)
    return tiny | (size > LARGEST) | (size < -LARGEST)


# The columns in the order in which a row meets them; behind each, what is wrong with it and with those before.
RULES: dict[str, tuple[Rule, ...]] = {
    "source": (Rule("empty actor", "source is empty.", ("source",), lambda source: source < 0),),
    "target": (
        Rule("empty actor", "target is empty.", ("target",), lambda target: target < 0),
        Rule(
            "source = target", "source and target are the same actor.", ("source", "target"),
            lambda source, target: source == target,
        ),
    ),
    "date": (
        Rule("missing date", "date is empty.", ("dated",), lambda dated: ~dated),
        Rule(
            "unreadable date", f"date lies outside {FIRST_YEAR}..{LAST_YEAR}.", ("day",),
            lambda day: (day < EARLIEST) | (day >= LATEST),
        ),
    ),
    "until": (
        Rule(
            "unreadable until", f"until lies outside {FIRST_YEAR}..{LAST_YEAR}.", ("until",),
            lambda until: (until != NO_DAY) & ((until < EARLIEST) | (until >= LATEST)),
        ),
        Rule(
            "until before date", "until lies before date.", ("until", "day"),
            lambda until, day: (until != NO_DAY) & (until < day),
        ),
    ),
    "date_precision": (),
    "kind": (),
    "domain": (
        Rule(
            "missing domain", "neither kind nor domain is given.", ("domain", "kind"),
            lambda domain, kind: (domain < 0) & (kind < 0),
        ),
        Rule(
            "kind without weight", "the codebook gives this kind no weight in any domain.",
            ("domain", "kind", "posts"),
            lambda domain, kind, posts: (domain < 0) & (kind >= 0) & ~posts,
        ),
    ),
    "value": (
        Rule(
            "missing value", "value is empty and no kind is given.", ("kind", "valued"),
            lambda kind, valued: (kind < 0) & ~valued,
        ),
        Rule(
            "value outside [-10, 10]", "value must be finite and lie in [-10, 10].", ("value",),
            lambda value: (value > 10) | (value < -10),
        ),
        _not_squarable("value"),
    ),
    "weight": (
        Rule(
            "weight not positive", "weight must be finite and above 0.", ("weight",),
            lambda weight: (weight <= 0) | (weight == float("inf")),
        ),
        _not_squarable("weight"),
    ),
    "mutual": (),
    "standing": (),
}  # fmt: skip
DUPLICATE = ("duplicate", "same event_id, domain, source and target as an earlier row.")
REPEATED = (
    "repeated",
    "same source, target, date, domain, kind and value as an earlier row, and no event_id tells them apart.",
)


# ---- what texts mean --------------------------------------------------------------------------------
@dataclass(frozen=True)
class Lookup:
    """What the distinct texts of a column mean.

    Attributes
    ----------
    values : ndarray, (L,)
        One value a text.
    unread : ndarray of bool, (L,)
        Texts that mean nothing.
    reason : str
    detail : callable
        What is wrong with the text at a position.
    blank : object
        What a blank cell means.
    """

    values: np.ndarray
    unread: np.ndarray
    reason: str
    detail: Callable[[int], str]
    blank: Any

    def per_row(self, codes: np.ndarray) -> np.ndarray:
        """The value of every row's text, (N,)."""
        return np.asarray(np.append(self.values, np.array(self.blank, dtype=self.values.dtype))[codes])


def code_type(size: int) -> type[np.signedinteger]:
    """The narrowest integer that holds the codes of `size` names."""
    return next(width for width in (np.int8, np.int16, np.int32) if size <= np.iinfo(width).max)


def without_nothing(codes: np.ndarray, texts: Sequence[str], book: Codebook) -> np.ndarray:
    """Codes of a column that may be blank, -1 also where a text is what programs write for nothing, as NA and NULL."""
    names = {*book.names, *book.domains}
    blank = np.array([*(text.lower() in NOTHING and text not in names for text in texts), False])
    return np.where(blank[codes], -1, codes) if blank.any() else codes


def look_up_names(name: str, texts: Sequence[str], known: Sequence[str], least: type = np.int16) -> Lookup:
    """Positions among the known names."""
    values = codes_among(texts, known).astype(np.promote_types(least, code_type(len(known))))
    unread = values < 0
    suggested = set(np.flatnonzero(unread)[:SUGGESTED].tolist())

    def fault(at: int) -> str:
        return f"unknown {name} {texts[at]!r:.60}." + (near(texts[at], known) if at in suggested else "")

    return Lookup(values, unread, f"unknown {name}", fault, -1)


def look_up_kinds(texts: Sequence[str], book: Codebook) -> Lookup:
    """Codes of kinds.

    Raises
    ------
    EventError
        Codes of the column have lost their zeros, so that those still known may mean another kind.
    """
    found = look_up_names("kind", texts, book.names)
    if found.unread.any():
        _refuse_lost_zeros([texts[at] for at in np.flatnonzero(found.unread).tolist()], texts, book)
    return found


def _refuse_lost_zeros(unknown: Sequence[str], texts: Sequence[str], book: Codebook) -> None:
    """Raise where codes are known with a zero in front only, and no code of the column has one."""
    codes = {text: text.removesuffix(".0") for text in unknown}
    lost = [text for text, code in codes.items() if code.isdigit() and f"0{code}" in book]
    if lost and not any(text.startswith("0") for text in texts):
        code = codes[lost[0]]
        known = next((text for text in texts if text in book and f"0{text}" in book), None)
        also = f", and {known!r} may be '0{known}'" if known is not None else ""
        raise EventError(
            f"column 'kind' holds {lost[0]!r}, which codebook {book.name!r} knows as '0{code}': no code of the column "
            f"begins with 0, so they lost their zeros when they were read as numbers{also}. Read the column as text "
            "(dtype=str), or write codes with their zeros (.str.zfill(3))."
        )


def refuse_numbers(texts: Sequence[str], book: Codebook) -> None:
    """Raise where codes that came as numbers may have lost a zero: 20 may have been 020, and both are known."""
    unsure = next((text for text in texts if f"0{text}" in book), None)
    if unsure is not None:
        raise EventError(
            f"column 'kind' holds numbers, and {unsure!r} may be '0{unsure}' of codebook {book.name!r}: codes are texts. "
            "Read the column as text (dtype=str), or write codes with their zeros (.str.zfill(3))."
        )


def look_up_domains(texts: Sequence[str], book: Codebook) -> Lookup:
    """Codes of domains."""
    return look_up_names("domain", texts, book.domains, np.int8)


def look_up_days(name: str, texts: Sequence[str], read: Dates) -> Lookup:
    """Days that dates mean: a month or year is its first day as a date, and its last as an until."""
    days, ends = read.days, name == "until"
    if ends:
        days = np.where(days == NO_DAY, NO_DAY, span_ends(days, read.precision)).astype(np.int32)

    def fault(at: int) -> str:
        if ends and not any(map(str.isdigit, texts[at])):  # "ongoing"
            return f"{name} {texts[at]!r:.60} is not a date. {NO_END}"
        return f"{name} {texts[at]!r:.60} {read.fault(at)}"

    return Lookup(days, days == NO_DAY, f"unreadable {name}", fault, NO_DAY)


def look_up_precision(texts: Sequence[str]) -> Lookup:
    """Positions among day, month and year."""
    values = codes_among([text.lower() for text in texts], PRECISIONS).astype(np.int8)

    def fault(at: int) -> str:
        return f"date_precision {texts[at]!r:.60} is not day, month or year."

    return Lookup(values, values < 0, "unknown date_precision", fault, -1)


def look_up_numbers(name: str, texts: Sequence[str]) -> Lookup:
    """Numbers that texts spell."""
    values = spelled_numbers(texts)

    def fault(at: int) -> str:
        doubt = MAY_BE_THOUSANDS.fullmatch(texts[at])
        wrong = "may be one of thousands, as others of the column tell" if doubt else "is not a number"
        return f"{name} {texts[at]!r:.60} {wrong}.{plain_number(texts[at])}"

    return Lookup(values, np.isnan(values), f"unreadable {name}", fault, np.nan)


def look_up_truths(name: str, texts: Sequence[str]) -> Lookup:
    """True and false."""
    read = np.array([TRUTHS.get(text.lower(), -1) for text in texts], dtype=np.int8)

    def fault(at: int) -> str:
        return f"{name} {texts[at]!r:.60} is not true or false."

    return Lookup(read == 1, read < 0, f"unreadable {name}", fault, False)


def placeholders(labels: Collection[str]) -> set[str]:
    """Labels that stand for a missing one, or that nobody sees; among codes of two letters NA is Namibia."""
    short = sum(len(label) == 2 for label in labels)
    blank = PLACEHOLDERS | (set() if 2 * short > len(labels) else {"na"})
    return {label for label in labels if label.lower() in blank or _invisible(label)}


def _invisible(label: str) -> bool:
    """Whether a label holds nothing but blanks and marks of no width."""
    return not label.isprintable() and all(unicodedata.category(sign) in ("Cf", "Zs") for sign in label)


def look_up_readable(name: str, texts: Sequence[str]) -> Lookup:
    """Labels that can be printed and written, whoever they name: no zero byte or other sign without a letter."""
    strange = np.array([_unprintable(text) for text in texts], dtype=object)

    def fault(at: int) -> str:
        return f"{name} {texts[at]!r:.60} holds {strange[at]!r}, which is no letter."

    return Lookup(np.arange(len(texts)), strange != "", "unreadable actor", fault, -1)


def _unprintable(text: str) -> str:
    """The first sign of a text that is a control character or half a character; '' where there is none."""
    if text.isprintable():
        return ""
    return next((one for one in text if unicodedata.category(one) in ("Cc", "Cs") and not one.isspace()), "")


def look_up_labels(name: str, texts: Sequence[str], nobody: Collection[str]) -> Lookup:
    """Labels of actors, but for those of nobody."""
    unread = np.array([text in nobody for text in texts], dtype=bool)

    def fault(at: int) -> str:
        return f"{name} is {texts[at]!r}, which names no actor; actors='as_given' takes it for one."

    return Lookup(np.arange(len(texts)), unread, "empty actor", fault, -1)


def lacks_id(cells: Iterable[Any]) -> np.ndarray:
    """Which cells of a column of ids stand for none: blank ones, and texts that stand for a missing one, such as NULL."""
    return np.array([not text or text.lower() in NO_ID for text in map(text_of, cells)], dtype=bool)


def look_up_single(name: str, texts: Sequence[str]) -> Lookup:
    """Labels of actors, but for lists of several states."""
    several = np.array([several_states(text) for text in texts], dtype=bool)

    def fault(at: int) -> str:
        return f"{name} {texts[at]!r:.60} {several_in_words(name)}{AS_GIVEN}."

    return Lookup(np.arange(len(texts)), several, "several actors", fault, -1)
