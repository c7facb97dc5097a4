"""States that are asked for although a table names none of their acts: rows without a score, not errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from alignscore.actors.crosswalk import System, resolve
from alignscore.errors import SilentActorWarning, UnknownLabelError, note, unknown

SHOWN = 10  # silent states that a note lists


def states_named(labels: Sequence[str]) -> list[str]:
    """Code of the state that each label is a code or name of, '' for none."""
    cells = pd.Series(list(labels), dtype=object)
    found = [""] * len(labels)
    systems: tuple[System, ...] = ("name", "iso2", "iso3")  # what is a code is no name
    for system in systems:
        got = resolve(cells, None, system=system)
        for at in np.flatnonzero(got.of_kind("state", "historic") & (got.codes >= 0)).tolist():
            if system != "iso2" or len(labels[at]) == 2:
                found[at] = got.labels[got.codes[at]]
    return found


def silent_states(labels: Iterable[object], present: Sequence[str]) -> tuple[str, ...]:
    """Those of the labels that `present` lacks, each once, where they are states of which nothing is told.

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
            raise unknown("actor", label, present)
    return tuple(absent)


def no_such_actor(label: object, present: Sequence[str], *, what: str = "actor") -> UnknownLabelError:
    """The error of an actor that is not among `present`, which knows a state by its other names and codes."""
    meant = states_named([str(label)])[0]
    if meant in present:
        return UnknownLabelError(f"unknown {what} {label!r}. Did you mean {meant!r}?")
    return unknown(what, label, present)


def note_silent(labels: Sequence[str]) -> None:
    """Warn that no event names some states, whose scores are then NaN."""
    more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    one = len(labels) == 1
    note(
        f"no event names {', '.join(labels[:SHOWN])}{more}: nothing is known of {'it' if one else 'them'}, and "
        f"{'its' if one else 'their'} scores are NaN.",
        SilentActorWarning,
    )
