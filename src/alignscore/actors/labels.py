"""Labels of actors in a table: which mean one state, which state is meant, and which no event names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from alignscore.actors.crosswalk import System, names, undated
from alignscore.actors.spells import bloc_members
from alignscore.errors import EventError, SilentActorWarning, UnknownLabelError, note, slip_of, unknown
from alignscore.values import cleared

ActorLabels = Literal["check", "iso3", "as_given"]
ACTOR_LABELS = ("check", "iso3", "as_given")
SHOWN = 10  # silent states that a note lists
LIKE_LATIN = str.maketrans(  # Cyrillic and Greek letters that look like Latin ones
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABESIJKMHOPCTYXaesijopcyxABEZHIKMNOPTYXo"
)
BETWEEN_STATES = re.compile(r"[;/|&+,]|\band\b")
QUOTES = "'\"`‘’“”«»"
PAIRS_SHOWN = 5  # pairs of names that an error lists
LETTERS_OF_NUMBERS = (
    "They may be the same states: bring the numbers to letters, as read_events(..., system='cow') does, or "
    "al.iso3(numbers, system='cow')['actor'] ('gw', 'iso_numeric')"
)
ONE_LABEL = "Bring them to one label, as al.iso3(labels)['actor'] does."
AS_GIVEN = ", or say actors='as_given' to keep them apart"


def states_named(labels: Sequence[str], *, blocs: bool = False) -> list[str]:
    """Code of the state (or bloc) that each label is a code or name of, '' for none."""
    kinds = ("state", "historic", "group") if blocs else ("state", "historic")
    return [_state_named(label, kinds) for label in labels]


@lru_cache(maxsize=1 << 14)  # tables come again and again with the same actors
def _state_named(label: str, kinds: tuple[str, ...]) -> str:
    found = ""
    systems: tuple[System, ...] = ("name", "iso2", "iso3")  # what is a code is no name
    for system in systems:
        if system != "iso2" or len(label) == 2:
            found = undated(label, system, kinds) or found
    return found


def silent_states(labels: Iterable[object], present: Sequence[str]) -> tuple[str, ...]:
    """States among the labels that `present` lacks, each once: nothing is known of them.

    A state is known by its ISO 3166 alpha-3 code, or by its name in a table that names states and does not code them.

    Raises
    ------
    UnknownLabelError
        A label that is no state, or is another way to write one of `present`.
    """
    there = set(present)
    absent = list(dict.fromkeys(label for label in map(str, labels) if label not in there))
    if not absent:
        return ()
    known = dict(zip(present, states_named(present), strict=True))
    written = {state: label for label, state in known.items() if state}
    coded = any(label == state for label, state in known.items())
    for label, state in zip(absent, states_named(absent), strict=True):
        meant = written.get(state, state if coded and label != state else "")
        if meant:
            raise UnknownLabelError(f"unknown actor {label!r}. Did you mean {meant!r}?")
        if not state:
            raise _unlike_any("actor", label, present)
    return tuple(absent)


def no_such_actor(label: object, present: Sequence[str], *, what: str = "actor") -> UnknownLabelError:
    """The error of an actor that is not among `present`, which knows a state by its other names and codes."""
    meant = states_named([str(label)])[0]
    if meant in present:
        return UnknownLabelError(f"unknown {what} {label!r}. Did you mean {meant!r}?")
    return _unlike_any(what, str(label), present)


def _unlike_any(what: str, label: str, present: Sequence[str]) -> UnknownLabelError:
    """The error of a label that names no state, with those of `present` whose names begin so, and the nearest label."""
    if label in set(bloc_members()["bloc"]):
        return UnknownLabelError(f"{what} {label!r} is a bloc; name its states, which bloc_members() lists.")
    begun = {} if len(label) < 3 else {
        actor: name for actor, name in zip(present, names(present), strict=True)
        if name != actor and name.casefold().startswith(label.casefold())
    }  # fmt: skip
    nearest = unknown(what, label, present)
    if not begun:
        return nearest
    meant = [f"{actor!r} ({name})" for actor, name in list(begun.items())[:PAIRS_SHOWN]]
    _, found, close = str(nearest).partition("Did you mean ")
    if found and close.removesuffix("?").strip("'") not in begun:
        meant.append(close.removesuffix("?"))
    return UnknownLabelError(f"unknown {what} {label!r}. Did you mean {' or '.join(meant)}?")


def own_names(names: Mapping[Any, str], present: Iterable[object]) -> dict[str, str]:
    """Names of one's own by the text of their labels, which may be more than those of one result.

    Raises
    ------
    UnknownLabelError
        A slip for one of `present` that is given no name, or another way to write it.
    """
    own = {str(label): name for label, name in names.items()}
    there = set(map(str, present))
    unnamed = sorted(there - own.keys())
    for label in [label for label in own if label not in there]:
        if meant := meant_by(label, unnamed):
            raise UnknownLabelError(
                f"names has a name for {label!r}, which is not here. Did you mean {meant!r}?"
            )
    return own


def meant_by(label: str, among: Sequence[str]) -> str | None:
    """The one of some labels that `label` is a slip for or another way to write, None for none."""
    state = states_named([label], blocs=True)[0]
    if state:
        return dict(zip(states_named(among, blocs=True), among, strict=True)).get(state)
    # of m3 and m4, or 710 and 711, neither is a slip for the other
    is_word = len(label) > 2 and not any(sign.isdigit() for sign in label)
    return slip_of(label, among) if is_word else None


def note_silent(labels: Iterable[object], present: Sequence[str]) -> tuple[str, ...]:
    """`silent_states`, with a warning that nothing is known of them, so that their scores are NaN."""
    silent = silent_states(labels, present)
    if silent:
        more = f" and {len(silent) - SHOWN} more" if len(silent) > SHOWN else ""
        them, their = ("it", "its") if len(silent) == 1 else ("them", "their")
        note(
            f"no event names {', '.join(silent[:SHOWN])}{more}: nothing is known of {them}, and {their} scores are NaN.",
            SilentActorWarning,
        )
    return silent


def one_actor(labels: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of labels that differ only in how they are written, or are a name and a code of one state.

    Written alike are labels that differ in letter case, blanks, Unicode form, marks of no width, or as 710 and 710.0 do.
    """
    groups: dict[str, list[str]] = {}
    states = states_named([_in_latin(label).strip(QUOTES) for label in labels], blocs=True)
    for label, state in zip(labels, states, strict=True):
        groups.setdefault(state or _as_seen(label), []).append(label)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def called_apart(ours: Sequence[str], theirs: Sequence[str]) -> str:
    """Why two tables had better not be added, '' where they may: one calls an actor by another label than the other.

    Two labels that stand in one of the tables were meant as two actors there (``as_given``).
    """
    mine, yours = set(ours), set(theirs)
    if mine <= yours or yours <= mine:
        return ""
    for group in one_actor(sorted(mine | yours)):
        here, there = ([label for label in group if label in some] for some in (mine, yours))
        if len(here) == len(there) == 1 and here != there:
            return (
                f"one table calls {here[0]!r} what the other calls {there[0]!r}. Bring both to one label, as "
                "actors='iso3' does where they are read, or read them as one table with actors='as_given' if these "
                "are two actors."
            )
    both = numbers_beside_states(sorted(mine | yours))
    if both is None or any(numbers_beside_states(sorted(some)) for some in (mine, yours)):
        return ""
    numbers, states = map(_first_few, both)
    return f"one table calls actors {numbers}, the other {states}. {LETTERS_OF_NUMBERS}."


def numbers_beside_states(labels: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Labels that are numbers and those that name states by letters, None where only one of the two are there.

    Which state a number is depends on its system (710 is China to the Correlates of War, South Africa to ISO), so that the
    two are not paired; but a state may be there twice.
    """
    numbers = [label for label in labels if _as_seen(label).isdecimal()]
    if not numbers:
        return None
    states = [label for label, state in zip(labels, states_named(labels), strict=True) if state]
    return (numbers, states) if states else None


def several_states(label: str) -> bool:
    """Whether a label is a list of states, as "USA; JPN"; the name of one may look like it (Trinidad & Tobago)."""
    parts = BETWEEN_STATES.split(label)
    if len(parts) < 2 or states_named([label], blocs=True) != [""]:
        return False
    named = states_named([part.strip() for part in parts])
    return all(named) and len(set(named)) > 1


def several_in_words(column: str) -> str:
    """What is wrong with a list of states as a label of a column, and the way out."""
    return (
        "names several states in one cell, and would be an actor of its own. Give each a row, as "
        f"table.assign({column}=table['{column}'].str.split('; ')).explode('{column}') does"
    )


def _first_few(labels: Sequence[str]) -> str:
    """The first few of the labels, in quotes."""
    return ", ".join(map(repr, labels[:PAIRS_SHOWN])) + (", ..." if len(labels) > PAIRS_SHOWN else "")


def _as_seen(label: str) -> str:
    """A label without what a reader does not see: case, width of blanks, marks of no width, letters of other scripts.

    Quotes around it are none of its letters, and a number has no decimals: 710.0 is the 710 of a column with gaps.
    """
    label = cleared(_in_latin(label))
    plain = " ".join(label.casefold().split()).strip(QUOTES) or label
    whole, _, decimals = plain.partition(".")
    return whole if whole.isdecimal() and not decimals.strip("0") else plain


def _in_latin(label: str) -> str:
    """A label of Latin letters in which some of another script stand that look alike, all in Latin ones."""
    if label.isascii() or not any(letter.isascii() and letter.isalpha() for letter in label):
        return label
    return label.translate(LIKE_LATIN)


def _refuse_other_kinds(labels: Sequence[str], apart: str) -> None:
    """Refuse labels beside which others are of another kind: numbers beside letters, lists of states beside states."""
    if both := numbers_beside_states(labels):
        numbers, states = map(_first_few, both)
        raise EventError(
            f"actors are numbers ({numbers}) and letters ({states}). {LETTERS_OF_NUMBERS}{apart}."
        )
    if several := [label for label in labels if several_states(label)]:
        raise EventError(f"{_first_few(several)} {several_in_words('source')}{apart}.")


def each_by_one_label(labels: Iterable[object]) -> None:
    """Refuse labels of which some are one actor, where nothing can keep them apart.

    Raises
    ------
    EventError
        As `refuse_two_names`.
    """
    whole = (int(label) if isinstance(label, float) and label.is_integer() else label for label in labels)
    refuse_two_names(list(dict.fromkeys(map(str, whole))), way_out=ONE_LABEL, apart="")


def refuse_two_names(
    labels: Sequence[str],
    counts: Mapping[str, int] | None = None,
    way_out: str = "",
    *,
    apart: str = AS_GIVEN,
) -> None:
    """Refuse labels of which some are one actor, with the list of them and the way out.

    `apart` is the way to keep labels apart, where there is one.

    Raises
    ------
    EventError
        Some actor goes by two labels, or may, as numbers stand beside letters of states; its events would be scored as
        those of two. Or a label is a list of states.
    """
    _refuse_other_kinds(labels, apart)
    groups = one_actor(labels)
    if not groups:
        return
    rows = {} if counts is None else counts

    def shown(label: str) -> str:
        text = ascii(label) if _as_seen(label) != label.casefold() else repr(label)
        return text + (f" ({rows[label]:,})" if label in rows else "")

    listed = "; ".join(" and ".join(map(shown, group)) for group in groups[:PAIRS_SHOWN])
    more = f"; and {len(groups) - PAIRS_SHOWN} more" if len(groups) > PAIRS_SHOWN else ""
    many = len(groups) > 1
    raise EventError(
        f"{len(groups)} actor{'s go' if many else ' goes'} by more than one label: {listed}{more}. "
        + (
            way_out
            or "Say actors='iso3' to bring names and codes to ISO 3166, actors='as_given' to keep them apart, or "
            "mend the labels."
        )
    )
