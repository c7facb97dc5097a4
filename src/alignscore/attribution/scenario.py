"""A supposed table of events: rows added, removed, rescaled or ended; and what it shares with the real."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from alignscore.dates import NO_DAY, day_of, span_starts
from alignscore.errors import EventError, OptionError, unknown
from alignscore.events import Events

Which: TypeAlias = Mapping[str, Any] | Callable[[pd.DataFrame], Any] | np.ndarray | Sequence[bool]
Scale: TypeAlias = Mapping[Any, float] | Callable[[pd.DataFrame], Any] | np.ndarray
EITHER = "actor"  # a column of selections: the source or the target


@dataclass(frozen=True)
class Scenario:
    """Events as supposed, and what they owe to the real ones.

    Attributes
    ----------
    real, events : Events
        The real and the supposed table, under one list of actors.
    origin : ndarray, (N,)
        Position of each supposed row in the real table, -1 for an added one.
    given : ndarray of bool, (N0,)
        Rows of the real table that the supposition names, or ends at another day through their family.
    begins : int
        First day on which anything is supposed to be otherwise.
    """

    real: Events
    events: Events
    origin: np.ndarray
    given: np.ndarray
    begins: int

    @property
    def repeats(self) -> list[str]:
        """Sentences about supposed acts that stand already in the data, so that adding them changes nothing."""
        own, added = np.flatnonzero(self.origin >= 0), self.events.pick(np.flatnonzero(self.origin < 0))
        real = self.real.pick(self.origin[own])
        until = self.events.until[own]
        ended = self.events.settled[own] & (until != real.until)
        found = []
        for row in np.flatnonzero(added.standing & (added.kind >= 0)):
            day, pair = added.day[row], {int(added.source[row]), int(added.target[row])}
            same = (
                ended & (real.kind == added.kind[row]) & (real.domain == added.domain[row]) & (until == day)
            )
            for at in np.flatnonzero(same):
                if {int(real.source[at]), int(real.target[at])} == pair:
                    one, two = (added.actors[code[row]] for code in (added.source, added.target))
                    kind, since = added.codebook.names[added.kind[row]], np.datetime64(int(real.day[at]), "D")
                    found.append(
                        f"{kind} of {one} and {two} stands already, since {since}: the one added on "
                        f"{np.datetime64(int(day), 'D')} takes its place, and what stands counts once"
                    )
        return list(dict.fromkeys(found))  # once, also of an act in two domains


def suppose(
    events: Events,
    *,
    add: Any = None,
    remove: Which | None = None,
    scale: Scale | None = None,
    lift: Which | None = None,
    since: object | None = None,
) -> Scenario:
    """Apply a supposition to a table; its options are those of `what_if`."""
    if all(option is None for option in (add, remove, scale, lift)):
        raise OptionError("nothing is supposed; give add, remove, scale or lift.")
    if lift is not None and since is None:
        raise OptionError("lift needs since: the day on which what stands is ended.")
    day = None if since is None else day_of("since", since)
    n = len(events)
    later = np.ones(n, dtype=bool) if day is None else events.day >= day
    gone = np.zeros(n, dtype=bool) if remove is None else chosen(events, remove, "remove") & later
    factor = np.ones(n) if scale is None else np.where(later, factors(events, scale), 1.0)
    ended = np.zeros(n, dtype=bool)
    if lift is not None and day is not None:
        lasting = events.standing & (events.day < day) & ((events.until == NO_DAY) | (events.until > day))
        ended = chosen(events, lift, "lift") & lasting
        if not ended.any():
            raise OptionError(f"lift names no event that still stands on {np.datetime64(day, 'D')}.")
    given = gone | (factor != 1) | ended
    supposed, origin = events, np.arange(n)
    if given.any():
        ends = (np.where(ended, np.int32(0 if day is None else day), until).astype(np.int32)
                for until in (events.until, events.until_given))  # fmt: skip
        changed = replace(events, weight=events.weight * np.where(factor > 0, factor, 1.0), until=next(ends),
                          until_given=next(ends), settled=events.settled & ~ended)  # fmt: skip
        origin = np.flatnonzero(~gone & (factor > 0))
        supposed = changed.take(origin)
    if add is not None:
        extra = _added(add, events)
        supposed, origin = supposed + extra, np.concatenate([origin, np.full(len(extra), -1)])
    named = gone | (factor != 1)
    shared = np.flatnonzero(origin >= 0)
    given[origin[shared][supposed.until[shared] != events.until[origin[shared]]]] = True
    starts = [span_starts(table.day[some], table.precision[some]) for table, some in
              ((events, named), (supposed, origin < 0))]  # fmt: skip
    begins = min([int(days.min()) for days in starts if len(days)] + ([day] if ended.any() and day is not None else []),
                 default=int(events.day.min()))  # fmt: skip
    return Scenario(_under(events, supposed.actors), supposed, origin, given, begins)


def _under(events: Events, actors: tuple[str, ...]) -> Events:
    """The same events with codes into a longer list of actors."""
    if actors == events.actors:
        return events
    code = np.array([actors.index(label) for label in events.actors], dtype=np.int32)
    return replace(events, actors=actors, source=code[events.source], target=code[events.target])


def chosen(events: Events, which: Which, option: str) -> np.ndarray:
    """Rows a selection names, (N,) of bool; one that names none is refused."""
    if isinstance(which, Mapping):
        mask = _by_columns(events, which)
    else:
        mask = np.asarray(which(events.to_frame()) if callable(which) else which)
        if mask.shape != (len(events),) or mask.dtype != bool:
            raise OptionError(f"{option} must pick with one True or False an event, {len(events)} in all.")
    if not mask.any():
        told = f" by {dict(which)!r}" if isinstance(which, Mapping) else ""
        raise OptionError(f"{option} names no event{told}.")
    return mask


def _by_columns(events: Events, which: Mapping[str, Any]) -> np.ndarray:
    coded = {
        "domain": (events.domain, events.domains), "kind": (events.kind, events.codebook.names),
        "source": (events.source, events.actors), "target": (events.target, events.actors),
    }  # fmt: skip
    frame: pd.DataFrame | None = None
    mask = np.ones(len(events), dtype=bool)
    for column, wanted in which.items():
        several = isinstance(wanted, list | tuple | set | np.ndarray)
        values = list(wanted) if several else [wanted]
        if column == EITHER:
            mask &= _labelled_any(events.source, events.actors, "actor", values) | _labelled_any(
                events.target, events.actors, "actor", values
            )
        elif column in coded:
            what = "actor" if column in ("source", "target") else column
            mask &= _labelled_any(*coded[column], what, values)
        else:
            frame = events.to_frame() if frame is None else frame
            if column not in frame:
                raise unknown("column", column, [*frame.columns, EITHER])
            mask &= frame[column].isin(values).to_numpy()
    return mask


def _labelled_any(codes: np.ndarray, known: Sequence[str], what: str, labels: Sequence[object]) -> np.ndarray:
    """Rows that bear any of some labels, by their codes (-1 for none)."""
    for label in labels:
        _known(what, label, known)
    named = np.zeros(len(known) + 1, dtype=bool)
    named[[at for at, label in enumerate(known) if label in labels]] = True
    rows: np.ndarray = named[codes]
    return rows


def _known(what: str, label: object, known: Sequence[str]) -> None:
    if label not in known:
        raise unknown(what, label, known)


def factors(events: Events, scale: Scale) -> np.ndarray:
    """Factor of each event's weight, (N,)."""
    factor = np.ones(len(events))
    if isinstance(scale, Mapping):
        for key, by in scale.items():
            labels = (key,) if isinstance(key, str) else tuple(key)
            named = np.logical_and.reduce([_labelled(events, label) for label in labels])
            if not named.any():
                raise OptionError(f"scale names no event by {key!r}.")
            factor = np.where(named, factor * by, factor)
    else:
        factor = np.asarray(scale(events.to_frame()) if callable(scale) else scale, dtype=float)
        if factor.shape != (len(events),):
            raise OptionError(f"scale must give one factor an event, {len(events)} in all.")
    if not ((factor >= 0) & np.isfinite(factor)).all():
        raise OptionError("a factor of scale is negative or not finite; 0 removes, 1 leaves as it is.")
    return factor


def _labelled(events: Events, label: str) -> np.ndarray:
    """Rows of a domain, a kind or an actor, whichever bears the name."""
    kinds = tuple(kind.name for kind in events.codebook)
    if label in events.domains:
        return np.asarray(events.domain == events.domains.index(label))
    if label in kinds:
        return np.asarray(events.kind == kinds.index(label))
    if label in events.actors:
        code = events.actors.index(label)
        return np.asarray((events.source == code) | (events.target == code))
    raise unknown("domain, kind or actor", label, (*events.domains, *kinds, *events.actors))


def _added(add: Any, events: Events) -> Events:
    extra = add if isinstance(add, Events) else Events.from_frame(add, codebook=events.codebook)
    if not len(extra):
        raise EventError("add holds no event.")
    return extra
