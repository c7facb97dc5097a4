"""What makes a row of an event table one that cannot be posted: one table of rules, whatever holds the rows.

A rule is a comparison of columns of codes, days and numbers, written with operators alone. NumPy arrays are judged by it
row by row (`alignscore.events.screening`), and so are the expressions of an engine (`alignscore.scale.engines`).
What a text means is looked up once a distinct text (`Lookup`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.dates import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, NO_DAY, Dates, span_ends
from alignscore.errors import EventError, near

SMALLEST, LARGEST = 1e-50, 1e50  # of weights and values: masses are squared, and the squares multiplied
TRUTHS = {"true": 1, "false": 0, "1": 1, "0": 0, "yes": 1, "no": 0, "t": 1, "f": 0, "1.0": 1, "0.0": 0}
PRECISIONS = ("day", "month", "year")
PLACEHOLDERS = frozenset(
    {"nan", "none", "null", "nil", "<na>", "nat", "n/a", "#n/a", "-", "--", "---", ".", "..", "?"}
)  # written where nothing was known
SUGGESTED = 20  # unknown names that get a suggestion, which costs milliseconds each


class Rule(NamedTuple):
    """One thing that can be wrong with a row."""

    reason: str
    detail: str
    reads: tuple[str, ...]
    bad: Callable[..., Any]


def _square(name: str) -> Rule:
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
        _square("value"),
    ),
    "weight": (
        Rule(
            "weight not positive", "weight must be finite and above 0.", ("weight",),
            lambda weight: (weight <= 0) | (weight == float("inf")),
        ),
        _square("weight"),
    ),
    "mutual": (),
    "standing": (),
}  # fmt: skip
DUPLICATE = ("duplicate", "same event_id, domain, source and target as an earlier row.")
REPEATED = (
    "repeated",
    "same source, target, date, domain, kind and value as an earlier row, and no event_id tells them apart.",
)


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

    def laid(self, codes: np.ndarray) -> np.ndarray:
        """The value of every row's text, (N,)."""
        rows: np.ndarray = np.append(self.values, np.array(self.blank, dtype=self.values.dtype))[codes]
        return rows


def code_type(size: int) -> type[np.signedinteger]:
    """The narrowest integer that holds the codes of `size` names."""
    return next(width for width in (np.int8, np.int16, np.int32) if size <= np.iinfo(width).max)


def look_up_names(name: str, texts: Sequence[str], known: Sequence[str], least: type = np.int16) -> Lookup:
    """Positions among the known names."""
    place = {label: at for at, label in enumerate(known)}
    width = np.promote_types(least, code_type(len(known)))
    values = np.array([place.get(text, -1) for text in texts], dtype=width)
    unread = np.array([text not in place for text in texts], dtype=bool)
    suggested = set(np.flatnonzero(unread)[:SUGGESTED].tolist())

    def detail(at: int) -> str:
        return f"unknown {name} {texts[at]!r}." + (near(texts[at], known) if at in suggested else "")

    return Lookup(values, unread, f"unknown {name}", detail, -1)


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


def look_up_domains(texts: Sequence[str], book: Codebook) -> Lookup:
    """Codes of domains."""
    return look_up_names("domain", texts, book.domains, np.int8)


def look_up_days(name: str, texts: Sequence[str], read: Dates) -> Lookup:
    """Days that dates mean: a month or year is its first day as a date, and its last as an until."""
    days = read.days
    if name == "until":
        days = np.where(days == NO_DAY, NO_DAY, span_ends(days, read.precision)).astype(np.int32)
    return Lookup(
        days,
        days == NO_DAY,
        f"unreadable {name}",
        lambda at: f"{name} {texts[at]!r} {read.fault(at)}",
        NO_DAY,
    )


def look_up_precision(texts: Sequence[str]) -> Lookup:
    """Positions among day, month and year."""
    place = {name: at for at, name in enumerate(PRECISIONS)}
    values = np.array([place.get(text.lower(), -1) for text in texts], dtype=np.int8)
    return Lookup(
        values, values < 0, "unknown date_precision",
        lambda at: f"date_precision {texts[at]!r} is not day, month or year.", -1,
    )  # fmt: skip


def look_up_numbers(name: str, texts: Sequence[str]) -> Lookup:
    """Numbers that texts spell."""
    values = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce").to_numpy(dtype=np.float64)
    return Lookup(
        values,
        np.isnan(values),
        f"unreadable {name}",
        lambda at: f"{name} {texts[at]!r} is not a number.",
        np.nan,
    )


def look_up_truths(name: str, texts: Sequence[str]) -> Lookup:
    """True and false."""
    found = [TRUTHS.get(text.lower()) for text in texts]
    return Lookup(
        np.array([bool(truth) for truth in found], dtype=bool), np.array([t is None for t in found], dtype=bool),
        f"unreadable {name}", lambda at: f"{name} {texts[at]!r} is not true or false.", False,
    )  # fmt: skip


def placeholders(labels: Collection[str]) -> set[str]:
    """Labels that stand for a missing one; among codes of two letters NA is Namibia."""
    short = sum(len(label) == 2 for label in labels)
    blank = PLACEHOLDERS | (set() if 2 * short > len(labels) else {"na"})
    return {label for label in labels if label.lower() in blank}


def look_up_labels(name: str, texts: Sequence[str], nobody: Collection[str]) -> Lookup:
    """Labels of actors, but for those of nobody."""
    unread = np.array([text in nobody for text in texts], dtype=bool)
    return Lookup(
        np.arange(len(texts), dtype=np.int32), unread, "empty actor",
        lambda at: f"{name} is {texts[at]!r}, which names no actor; actors='as_given' takes it for one.", -1,
    )  # fmt: skip
