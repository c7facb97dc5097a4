"""Groups of events: by episode, kind, domain, actor, pair, year, or labels of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast, get_args

import numpy as np
import pandas as pd

from alignscore.errors import OptionError, one_of
from alignscore.events import Events
from alignscore.events.columns import one_a_row
from alignscore.events.rules import lacks_id
from alignscore.values import Frozen, read_only, text_of

By: TypeAlias = Literal["event", "row", "kind", "domain", "source", "target", "pair", "year"]
BYS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True, eq=False, repr=False)
class Groups(Frozen):
    """Which group each of N events is in, and what each of G groups is called.

    Attributes
    ----------
    codes : ndarray of int, (N,)
    labels : ndarray of object, (G,), or EventNames
        The second where each group is one event, with a date, a label and a kind of its own.
    """

    codes: np.ndarray
    labels: np.ndarray | EventNames

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def make(cls, events: Events, by: By | Sequence[object] | np.ndarray) -> Groups:
        """Group events by a choice of `By`, or by a label for each of them.

        Raises
        ------
        OptionError
            Neither one of the choices nor as many labels as events.
        """
        if not isinstance(by, str):
            return cls(*_coded(_labels_given(by, len(events))))
        one_of("by", by, BYS)
        if by in ("event", "row"):
            return _episodes(events, apart=by == "row")
        actors = np.array(events.actors, dtype=object)
        if by == "pair":
            A = len(actors)
            low, high = np.minimum(events.source, events.target), np.maximum(events.source, events.target)
            codes, pairs = pd.factorize(low.astype(np.int64) * A + high)
            labels = actors[pairs // A] + "-" + actors[pairs % A]
        elif by == "year":
            codes, years = pd.factorize(events.day.astype("M8[D]").astype("M8[Y]").astype(np.int64))
            labels = (1970 + years).astype(str).astype(object)
        else:
            names: Mapping[str, np.ndarray] = {
                "kind": np.array([*(kind.name for kind in events.codebook), "(no kind)"], dtype=object),
                "domain": np.array(events.domains, dtype=object),
                "source": actors,
                "target": actors,
            }
            codes, present = pd.factorize(getattr(events, by))
            labels = names[by][present]
        return cls(codes.astype(np.int64), labels)

    def some(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Codes of some rows among the groups they fall in, and these groups."""
        found = self.codes[rows]
        if (found[1:] > found[:-1]).all():
            return np.arange(len(found)), found
        present, codes = np.unique(found, return_inverse=True)
        return codes, present


@dataclass(frozen=True, eq=False, repr=False)
class EventNames(Frozen):
    """Names of groups that are single events, written when they are read: a million texts cost more than their scores.

    Attributes
    ----------
    events : Events
    first : ndarray, (G,)
        Position of the first of each.
    apart : bool
        Each domain of an event is a group of its own.
    """

    events: Events
    first: np.ndarray
    apart: bool

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, which: np.ndarray) -> np.ndarray:
        at = self.first[which]
        named: np.ndarray = "row " + self.events.row[at].astype(str).astype(object)
        if self.events.event_id is not None:
            ids = self.events.event_id[at]
            named = np.where(lacks_id(ids), named, np.array([text_of(name) for name in ids], dtype=object))
        if self.apart:
            named = named + " / " + np.array(self.events.domains, dtype=object)[self.events.domain[at]]
            again = self._before()[at]  # rows alike in both
            named = np.where(again > 0, named + " #" + (again + 1).astype(str).astype(object), named)
        return named

    def _before(self) -> np.ndarray:
        """How many events before each are of its act and domain, (N,)."""
        if self.events.act is None:
            return np.zeros(len(self.events), dtype=np.int64)
        line = pd.Series(pd.factorize(self.events.act)[0] * len(self.events.domains) + self.events.domain)
        return np.asarray(line.groupby(line).cumcount())


@dataclass(frozen=True, eq=False, repr=False)
class GroupLabels(Frozen, Mapping[str, np.ndarray]):
    """Label columns of some groups, each written when it is read: what single events are, and of all the name and `rows`.

    Attributes
    ----------
    labels : ndarray of object or EventNames
        Of all groups.
    which : ndarray, (G,)
        The groups told of, in their order.
    rows : ndarray
        Rows of each of all groups that touch the score.
    """

    labels: np.ndarray | EventNames
    which: np.ndarray
    rows: np.ndarray

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in tuple(self):
            raise KeyError(name)
        if name == "group":
            return read_only(self.labels[self.which])
        if name == "rows" or not isinstance(self.labels, EventNames):
            return read_only(self.rows[self.which])
        events, at = self.labels.events, self.first
        if name == "date":
            column: np.ndarray = events.day[at].astype("M8[D]").astype("M8[s]")
        elif name in ("source", "target"):
            column = np.array(events.actors, dtype=object)[getattr(events, name)[at]]
        elif name == "kind":
            kinds = np.array([*(kind.name for kind in events.codebook), None], dtype=object)
            column = kinds[events.kind[at]]
        else:
            column = np.full(len(at), None, dtype=object) if events.label is None else events.label[at]
        return read_only(column)

    @property
    def first(self) -> np.ndarray:
        """Position of the first row of each group, where each is a single event, (G,)."""
        return np.asarray(cast(EventNames, self.labels).first[self.which])

    def __iter__(self) -> Iterator[str]:
        of_events = (
            ("date", "source", "target", "kind", "label") if isinstance(self.labels, EventNames) else ()
        )
        return iter(("group", *of_events, "rows"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(self)} of {len(self.which):,} groups>"

    def take(self, at: np.ndarray | slice) -> GroupLabels:
        """Of some of the groups, in another order."""
        return replace(self, which=self.which[at])


def about(groups: Groups, which: np.ndarray, touching: np.ndarray) -> GroupLabels:
    """Label columns of some groups; `rows` counts those among `touching` (positions)."""
    return GroupLabels(groups.labels, which, np.bincount(groups.codes[touching], minlength=len(groups)))


def _episodes(events: Events, *, apart: bool) -> Groups:
    """One group an act (`Events.act`), or a row of the table where there is none; `apart` keeps its domains apart."""
    if apart or events.act is None:
        codes = first = np.arange(len(events))
    else:
        codes, acts = pd.factorize(events.act)
        first = np.empty(len(acts), dtype=np.int64)
        first[codes[::-1]] = np.arange(len(events))[::-1]
    return Groups(codes, EventNames(events, first, apart))


def _coded(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    codes, names = pd.factorize(np.asarray(labels, dtype=object))
    return codes.astype(np.int64), np.asarray(names, dtype=object)


def _labels_given(labels: Sequence[object] | np.ndarray, n: int) -> np.ndarray:
    given = one_a_row("by", labels)
    if len(given) != n:
        raise OptionError(
            f"by holds {len(given)} labels for {n} events; give one for each, or one of {', '.join(BYS)}."
        )
    if (missing := given.isna()).any():
        raise OptionError(
            f"by holds no label for {int(missing.sum())} of {n} events, the first event {int(missing.argmax())}; give what "
            "is not known a name of its own."
        )
    return np.array([str(label) for label in given], dtype=object)
