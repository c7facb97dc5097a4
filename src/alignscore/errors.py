"""Every exception of the library, and how each is worded.

An error says what is wrong with its name and value, what is allowed or near, and what to do.
All derive from `AlignScoreError`, a `ValueError`; a wrong type raises `TypeError`.
"""

from __future__ import annotations

import difflib
import re
import sys
import warnings
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Set
from fractions import Fraction
from functools import wraps
from importlib import import_module
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    import pandas as pd

NEAREST = 5  # names that hold a word, as an error lists them
P = ParamSpec("P")
R = TypeVar("R")
PARTED = re.compile(r"[+-]?\d*([.,'’\s]\d+)+")  # with a decimal comma, or something between thousands


class AlignScoreError(ValueError):
    """Something the caller gave cannot be used; the message says what, and what to do."""


class UnknownLabelError(AlignScoreError):
    """A label (actor, domain, kind, period, column, option) that is not among those known."""


class EventError(AlignScoreError):
    """Rows of an event table that cannot be posted.

    Attributes
    ----------
    refused : pandas.DataFrame
        The refused rows as given, with ``row`` (position in the table, from 0), ``reason`` and ``detail``;
        those of a CSV file also with ``line``, as an editor counts.
    """

    def __init__(self, message: str, refused: pd.DataFrame | None = None) -> None:
        super().__init__(message)
        self.refused = refused


class CodebookError(AlignScoreError):
    """A codebook that contradicts itself or cannot be read."""


class LedgerError(AlignScoreError):
    """Ledgers that cannot be added, or a period that cannot be reached."""


def nothing_to_post() -> LedgerError:
    """The error of every door to a ledger for a table without an event."""
    return LedgerError("there is no event to post; every row was refused, or none was given or picked.")


class FormatError(AlignScoreError):
    """A file that is not what its reader expects; says what was found and how to mend it."""


class OptionError(AlignScoreError):
    """An option outside its range or its list of choices."""


class SilentActorWarning(UserWarning):
    """A state was asked for that no event names: nothing is known of it, and its scores are NaN."""


def note(message: str, kind: type[Warning]) -> None:
    """Warn of what a caller should know, at the caller's own line."""
    frame, depth = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("alignscore"):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, kind, stacklevel=depth)


def near(value: object, known: Iterable[object]) -> str:
    """' Did you mean 'x'?' for the nearest known name, else a short list of what is known.

    A slip of the pen comes first, then the names that contain the word or the words, which may say opposite things
    (aid_pledge, aid_cut), then a distant likeness. A number is shown as one: the text '2' may have been meant for it.
    """
    plain = [int(k) if isinstance(k, Integral) else str(k) for k in known]
    names = [str(k) for k in plain]
    folded = {name.casefold(): k for name, k in zip(names, plain, strict=True)}
    given = str(value).casefold()
    close = (
        difflib.get_close_matches(given, folded, n=1, cutoff=0.8)
        or _containing(given, folded)[:NEAREST]
        or difflib.get_close_matches(given, folded, n=1, cutoff=0.5)
    )
    if close:
        *others, last = [repr(folded[name]) for name in close]
        return f" Did you mean {', '.join(others)} or {last}?" if others else f" Did you mean {last}?"
    shown = ", ".join(names[:8]) + (f", ... ({len(names)} in all)" if len(names) > 8 else "")
    return f" Known: {shown}." if names else " None is known."


def plain_number(cell: object) -> str:
    """' Write ...' for the text of a number with a decimal comma or something between its thousands, '' for any other."""
    if not isinstance(cell, str) or not PARTED.fullmatch(cell):
        return ""
    return " Write a point for a decimal comma, and nothing between thousands."


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def _containing(given: str, names: Iterable[str]) -> list[str]:
    """Names that hold all words of the given text, the shortest first; else names that hold the text itself."""
    words = set(_words(given))
    whole = [name for name in names if words and words <= set(_words(name))]
    part = [name for name in names if len(given) > 2 and given in name]
    return sorted(whole or part, key=len)


def slip_of(value: str, names: Iterable[str]) -> str | None:
    """The name that `value` is most likely a slip for, or None: other case or separators, or one or two letters."""
    given = "".join(_words(value.casefold()))
    for name in names:
        meant = "".join(_words(name.casefold()))
        if given == meant:
            return name
        if given[:1] == meant[:1] and (_one_slip(given, meant) or _mostly_same_letters(given, meant)):
            return name
    return None


def _mostly_same_letters(given: str, meant: str) -> bool:
    """Whether a long name has most of another's letters in their order."""
    return len(meant) >= 8 and difflib.SequenceMatcher(None, given, meant).ratio() >= 0.8


def _one_slip(given: str, meant: str) -> bool:
    """Whether one letter is too many, missing or wrong, or two neighbours are swapped."""
    alike = (a == b for a, b in zip(given, meant, strict=False))
    at = next((at for at, same in enumerate(alike) if not same), min(len(given), len(meant)))
    given, meant = given[at:], meant[at:]
    if given[:2] == meant[:2][::-1] and given[2:] == meant[2:]:
        return True
    return given[1:] in (meant, meant[1:]) or given == meant[1:]


def unknown(what: str, value: object, known: Iterable[object]) -> UnknownLabelError:
    """Error for a `what` named `value` that is not among `known`, with the nearest name."""
    return UnknownLabelError(f"unknown {what} {value!r:.60}.{near(value, known)}")


def check_known(what: str, value: object, known: Collection[Any]) -> None:
    """Raise unless a `what` named `value` is among those `known`."""
    if not _among(value, known):
        raise unknown(what, value, known)


def _among(value: object, known: Collection[Any]) -> bool:
    """Whether `value` is one of those `known`; an array, a frame or NA is none, and cannot be compared with one."""
    try:
        return isinstance(value, Hashable) and bool(value in known)  # a list of them is none of them
    except (ValueError, TypeError):
        return False


def in_words(problem: Any, what: str, fields: Iterable[str]) -> str:
    """Pydantic's list of errors on `what` as one sentence a field, without its own dialect."""
    parts = []
    for error in problem.errors(include_url=False):
        field = ".".join(map(str, error["loc"]))
        if error["type"] == "extra_forbidden":
            why = f"not a field of {what}.{near(field, fields)}"
        elif error["type"] == "missing":
            why = "missing."
        else:
            why = error["msg"].removeprefix("Value error, ").removesuffix(".")
            given = error["input"]
            why += f"; given {given!r:.80}.{plain_number(given)}" if field else "."
        parts.append(f"field {field!r}: {why}" if field else why)
    return " ".join(parts)


def one_of(name: str, value: object, choices: Iterable[object]) -> None:
    """Raise unless `value` is one of `choices` of the option `name`."""
    allowed = list(choices)
    if not _among(value, allowed):
        raise OptionError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, allowed))}.")


MADE_BY = {"Events": "Events.from_frame(table)", "Ties": "Ledger.post(events).ties()"}


def need(value: object, kind: type) -> None:
    """Raise unless a function got the stage of the data it reads: events or ties."""
    if not isinstance(value, kind):
        raise TypeError(
            f"{kind.__name__} are needed here, as {MADE_BY[kind.__name__]} makes them, not {type(value).__name__}."
        )


def of_kind(name: str, value: object, kind: type, maker: str) -> None:
    """Raise unless `value` of the option `name` is of a kind of value that `maker` makes."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {value!r:.60}; it must be a {kind.__name__}, as {maker} makes it.")


def in_memory(value: object) -> bool:
    """Whether `value` is an open file, a table or the text of one, given where a path is meant."""
    return hasattr(value, "read") or hasattr(value, "columns") or _lines(value)


def _lines(value: object) -> bool:
    return isinstance(value, str) and "\n" in value


def as_path(value: object, name: str = "path") -> Path:
    """The path that a text or a path names; anything else is refused."""
    if not isinstance(value, str | PathLike) or _lines(value):
        hint = " Read what is in memory to a frame: Events.from_frame takes it." if in_memory(value) else ""
        raise TypeError(f"{name} is {value!r:.60}; it must be a path, as text or pathlib.Path.{hint}")
    if not str(value):  # pathlib takes it for the current folder, and all its files would be read
        raise OptionError(f"{name} is '', which names no file.")
    return Path(value)


def text(name: str, value: object) -> None:
    """Raise unless `value` of the option `name` is a text."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is {value!r:.60}; it must be a text.")


def in_order(name: str, labels: object) -> tuple[str, ...]:
    """The labels in their order; a set, which has none, a single text or what is no list at all is refused."""
    if isinstance(labels, str | Set) or not isinstance(labels, Iterable):
        unordered = ", a set, which has no order" if isinstance(labels, Set) else ""
        why = ", one text" if isinstance(labels, str) else unordered
        raise TypeError(f"{name} is {labels!r}{why}; give a list or tuple: the order tells which is which.")
    return tuple(str(label) for label in labels)


def several(names: Any) -> list[Any]:
    """What may be one name or several, as a list: one alone, a text or a number, is a list of one."""
    return [names] if isinstance(names, str) or not isinstance(names, Iterable) else list(names)


def within(
    name: str,
    value: float,
    low: float,
    high: float = float("inf"),
    *,
    open_low: bool = False,
    open_high: bool = False,
) -> None:
    """Raise unless the number `value` of the option `name` lies between `low` and `high`."""
    if isinstance(value, bool | Fraction) or not isinstance(value, Real):  # arrays hold no fractions
        hint = f": write {float(value)!r}" if isinstance(value, Fraction) else ""
        raise TypeError(f"{name} is {value!r}; it must be a number{hint}.")
    good_low = value > low if open_low else value >= low
    good_high = value < high if open_high else value <= high
    if not (good_low and good_high):  # NaN fails both
        left, right = "(" if open_low else "[", ")" if open_high else "]"
        raise OptionError(f"{name} is {value!r}; it must lie in {left}{low}, {high}{right}.")


def check_level(level: float) -> None:
    """Raise unless `level`, the probability that an interval shall hold, lies between 0 and 1."""
    within("level", level, 0.0, 1.0, open_low=True, open_high=True)


def whole_number(name: str, value: object, low: int) -> None:
    """Raise unless `value` of the option `name` is a whole number, `low` or more."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        hint = f": write {value:.0f}" if isinstance(value, float) and value.is_integer() else ""
        raise TypeError(f"{name} is {value!r}; it must be a whole number{hint}.")
    within(name, int(value), low)


def keyed(name: str, value: Any, example: str) -> None:
    """Raise unless `value` of the option `name` gives one value to each of some names, as a mapping does."""
    if not callable(getattr(value, "items", None)):
        raise TypeError(f"{name} is {value!r}; give a mapping, such as {example}.")
    index: Any = getattr(value, "index", None)
    if getattr(index, "has_duplicates", False):  # of a Series
        raise OptionError(f"{name} has {index[index.duplicated()][0]!r} twice; give each once.")


def mapping_or_empty(name: str, value: Any, example: str) -> dict[Any, Any]:
    """The option `name` as a mapping, an empty one where it is not given; what is no mapping is refused."""
    if value is None:
        return {}
    keyed(name, value, example)
    return dict(value.items())


def two_of(name: str, value: Any, example: str) -> tuple[Any, Any]:
    """The two values of the option `name`, in their order; what is no list, array or column of two is refused."""
    unordered = isinstance(value, str | bytes | Set | Mapping) or hasattr(value, "columns")
    values = () if unordered or not isinstance(value, Iterable) else tuple(value)
    if len(values) != 2:
        raise TypeError(f"{name} is {value!r}; give two, such as {example}.")
    return values


def renamed(**former: tuple[str, Mapping[Any, Any]]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function whose options go by their `former` names too, with a warning.

    Of each former name: the name now, and what its values are called now where they have other words.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def called(*args: P.args, **named: P.kwargs) -> R:
            for old in former.keys() & named.keys():
                new, words = former[old]
                value = named.pop(old)
                if new in named:
                    raise TypeError(f"{old} of {function.__name__} is now {new}; give one of the two.")
                value = words.get(value, value) if isinstance(value, str) else value
                named[new] = value
                warnings.warn(
                    f"{old} of {function.__name__} is now {new}: say {new}={value!r}; the old name goes in 0.3.",
                    DeprecationWarning,
                    stacklevel=2,
                )
            return function(*args, **named)

        return called

    return decorate


def moved(path: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a module at an old `path`: hands out each name from the module it moved to, and warns."""

    def look_up(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {path!r} has no attribute {name!r}")
        warnings.warn(
            f"{path}.{name} is now {places[name]}.{name}; the old path goes in 0.3.",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(import_module(places[name]), name)

    return look_up
