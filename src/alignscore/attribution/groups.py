"""Groups of events: by episode, kind, domain, actor, pair, year, or labels of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from alignscore.errors import OptionError, one_of
from alignscore.events import Events
from alignscore.events.columns import one_a_row
from alignscore.values import Frozen, read_only

By: TypeAlias = Literal["event", "row", "kind", "domain", "source", "target", "pair", "year"]
BYS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True, eq=False, repr=False)
class Groups(Frozen):
    """Which group each of N events is in, and what each of G groups is called.

    Attributes
    ----------
    codes : ndarray of int, (N,)
    labels : ndarray of object, (G,), or RowNames
    single : bool
        Each group is one event, with a date, a label and a kind of its own.
    """

    codes: np.ndarray
    labels: np.ndarray | RowNames
    single: bool

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
            return cls(*_coded(_labels_given(by, len(events))), single=False)
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
        return cls(codes.astype(np.int64), labels, single=False)

    def some(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Codes of some rows among the groups they fall in, and these groups."""
        present, codes = np.unique(self.codes[rows], return_inverse=True)
        return codes, present


@dataclass(frozen=True, eq=False, repr=False)
class RowNames(Frozen):
    """Names of events that have no id, written when they are read: a million texts cost more than their scores."""

    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, which: np.ndarray) -> np.ndarray:
        named: np.ndarray = "row " + self.rows[which].astype(str).astype(object)
        return named


@dataclass(frozen=True, eq=False, repr=False)
class GroupLabels(Frozen, Mapping[str, np.ndarray]):
    """Label columns of some groups, each written when it is read: what single events are, and of all the name and `rows`.

    Attributes
    ----------
    labels : ndarray of object or RowNames
        Of all groups.
    which : ndarray, (G,)
        The groups told of, in their order.
    rows : ndarray
        Rows of each of all groups that touch the score.
    events, first : Events and ndarray, optional
        Where each group is a single event, and the first row of each of all groups.
    """

    labels: np.ndarray | RowNames
    which: np.ndarray
    rows: np.ndarray
    events: Events | None = None
    first: np.ndarray | None = None

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in tuple(self):
            raise KeyError(name)
        if name == "group":
            return read_only(self.labels[self.which])
        if name == "rows" or self.events is None or self.first is None:
            return read_only(self.rows[self.which])
        events, at = self.events, self.first[self.which]
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

    def __iter__(self) -> Iterator[str]:
        single = () if self.events is None else ("date", "source", "target", "kind", "label")
        return iter(("group", *single, "rows"))

    def __len__(self) -> int:
        return 2 if self.events is None else 7

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(self)} of {len(self.which):,} groups>"

    def take(self, at: np.ndarray | slice) -> GroupLabels:
        """Of some of the groups, in another order."""
        return replace(self, which=self.which[at])


def about(events: Events, groups: Groups, which: np.ndarray, touching: np.ndarray) -> GroupLabels:
    """Label columns of some groups; `rows` counts those among `touching` (positions)."""
    rows = np.bincount(groups.codes[touching], minlength=len(groups))
    if not groups.single:
        return GroupLabels(groups.labels, which, rows)
    first = np.full(len(groups), -1, dtype=np.int64)
    first[groups.codes[::-1]] = np.arange(len(events))[::-1]
    return GroupLabels(groups.labels, which, rows, events, first)


def _episodes(events: Events, *, apart: bool) -> Groups:
    """One group an event id, or a row of the table where there is none; `apart` keeps its domains apart."""
    if events.event_id is None and not apart and (np.diff(events.row) > 0).all():
        return Groups(np.arange(len(events)), RowNames(events.row), single=True)
    ids = events.event_id if events.event_id is not None else np.full(len(events), None, dtype=object)
    named = np.array([isinstance(name, str) and name != "" for name in ids], dtype=bool)
    labels = np.where(named, ids, "row " + events.row.astype(str).astype(object))
    if apart:
        labels = labels + " / " + np.array(events.domains, dtype=object)[events.domain]
        again = pd.Series(labels).groupby(labels).cumcount().to_numpy()  # rows alike in both
        labels = np.where(again > 0, labels + " #" + (again + 1).astype(str).astype(object), labels)
    return Groups(*_coded(labels), single=True)


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
