"""What a stream keeps between batches: labels of actors, sums so far, standing acts that a later one may replace, event ids.

Events wait until a posting of many is worth its while, and ledgers of like size are added: what a row costs then does
not depend on how many cells were met before, and no table of all of them is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from alignscore.axes import Axes, Freq, make_periods, period_ends
from alignscore.codebook import Codebook
from alignscore.decay import Decay, HalfLife
from alignscore.errors import LedgerError
from alignscore.events import Events
from alignscore.events.columns import coded
from alignscore.events.rules import PLACEHOLDERS
from alignscore.ledger import Ledger
from alignscore.ledger.clusters import joint_products
from alignscore.ledger.ledger import joined
from alignscore.ledger.postings import Rates, days_of_all
from alignscore.ledger.sums import booked, post

BATCH = 1 << 22  # events posted at a time: fewer ledgers to add, at about the memory that adding them takes
FIELDS = (
    "source", "target", "day", "until", "precision", "domain", "kind", "value", "weight", "mutual",
    "standing", "row", "act",
)  # fmt: skip


class Labels:
    """Codes of actors in the order in which a stream names them."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def of(self, texts: Iterable[str]) -> np.ndarray:
        """Code of each text, -1 for blank."""
        known = self.codes
        return np.array(
            [known.setdefault(text, len(known)) if text else -1 for text in texts], dtype=np.int32
        )

    @property
    def names(self) -> list[str]:
        """Labels in the order of their codes."""
        return list(self.codes)


class Accumulator:
    """Sums of every event added so far.

    Parameters
    ----------
    codebook, freq, decay
        As of the ledger to be made.
    batch : int
        Events that wait before they are posted together.
    """

    def __init__(self, codebook: Codebook, freq: Freq, decay: Decay, *, batch: int = BATCH) -> None:
        if isinstance(decay, HalfLife):
            decay.check(codebook.domains, codebook.names)
        self.codebook, self.freq, self.decay, self.batch = codebook, freq, decay, batch
        self.rates = Rates.make(decay, codebook)
        self.waiting: list[Events] = []
        self.posted: list[Ledger] = []  # each less than half of the one before

    @property
    def empty(self) -> bool:
        """Whether nothing was added so far."""
        return not (self.waiting or self.posted)

    def add(self, events: Events) -> None:
        """Add events; their actors are the stream's labels so far, in the order of their codes."""
        if len(events):
            self.waiting.append(events)
            if sum(map(len, self.waiting)) >= self.batch:
                self._post()

    def add_ledger(self, ledger: Ledger) -> None:
        """Add a ledger of the same settings."""
        self.posted.append(ledger)
        while len(self.posted) > 1 and len(self.posted[-2].cells) < 2 * len(self.posted[-1].cells):
            self.posted[-2:] = [joined(*self.posted[-2:])]

    def _post(self) -> None:
        """Post what waits and add it to what was posted; the events are let go of before ledgers are added."""
        if self.waiting:
            self.add_ledger(self._ledger_of_waiting())

    def _ledger_of_waiting(self) -> Ledger:
        """What waits as a ledger, the actors in the order of their labels."""
        labels = max((events.actors for events in self.waiting), key=len)
        order = np.array(sorted(range(len(labels)), key=labels.__getitem__), dtype=np.int64)
        rank = np.empty(len(labels), dtype=np.int32)
        rank[order] = np.arange(len(labels))
        actors = tuple(labels[at] for at in order)
        tables = [
            replace(events, actors=actors, source=rank.take(events.source), target=rank.take(events.target))
            for events in self.waiting
        ]
        self.waiting = []
        first, last, end = (np.datetime64(day, "D") for day in days_of_all(tables))
        periods = make_periods(first, end, self.freq)
        ends = period_ends(periods)
        keys, cells, sums = post(tables, self.rates, ends)
        acts = [events.act for events in tables]
        joint_cells, joint = joint_products(tables, acts, self.rates, keys, ends, within=False)
        axes = Axes(actors, np.stack(np.divmod(keys, len(actors)), axis=1), self.codebook.domains, periods)
        lasting = np.concatenate([events.lasting for events in tables])
        return Ledger(
            axes, pd.Period(last, freq=self.freq), self.decay, self.rates.half_lives, cells, sums,
            np.sum([booked(events) for events in tables], axis=0), self.codebook.fingerprint, lasting,
            joint_cells=joint_cells, joint=joint,
        )  # fmt: skip

    def ledger(self, labels: list[str]) -> Ledger:
        """The sums as a ledger, whose actors are the stream's labels in sorted order."""
        self._post()
        if not self.posted:
            raise LedgerError("there is no event to post; every row was refused or none was given.")
        while len(self.posted) > 1:  # the small ones first
            self.posted[-2:] = [joined(*self.posted[-2:])]
        whole = self.posted[0]
        actors = tuple(sorted(labels))
        if actors == whole.axes.actors:
            return whole
        dyads = whole.codes_in(replace(whole.axes, actors=actors))[whole.axes.dyads]
        axes = replace(whole.axes, actors=actors, dyads=dyads)
        return replace(whole, axes=axes, lasting=whole.lasting_in(axes))


class Held:
    """Standing events of families, a few among many, kept until all are known."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.parts: list[dict[str, np.ndarray]] = []

    def add(self, events: Events, which: np.ndarray, offset: int) -> None:
        """Hold some of a batch's events; `offset` is the stream's position of its first row."""
        part = {name: np.ascontiguousarray(getattr(events, name)[which]) for name in FIELDS}
        part["row"] = part["row"].astype(np.int64) + offset
        self.parts.append(part)

    def columns(self) -> dict[str, Any]:
        """All that is held, in columns."""
        return {name: np.concatenate([part[name] for part in self.parts]) for name in FIELDS}

    def events(self, actors: tuple[str, ...]) -> Events:
        """All that is held, each ended where a later kind of its family begins."""
        columns = self.columns()
        n = len(columns["row"])
        loose = Events(
            actors=actors, codebook=self.codebook, settled=np.zeros(n, dtype=bool), event_id=None,
            label=None, url=None, report={"read": n, "kept": n}, **columns,
        )  # fmt: skip
        return loose.take(np.arange(n))


class Seen:
    """Keys of events already met, as sorted runs of 64-bit hashes (8 bytes an event)."""

    def __init__(self, runs: list[np.ndarray] | None = None) -> None:
        self.runs = runs or []

    def again(self, hashes: np.ndarray, blank: np.ndarray, rows: np.ndarray, where: np.ndarray) -> np.ndarray:
        """Which entries (of hashed ids and what `where` adds to each, of some rows) were met before, (N,)."""
        keys = mixed(hashes, where)
        order = np.lexsort((rows, keys))
        again = np.zeros(len(rows), dtype=bool)
        again[order[1:]] = keys[order[1:]] == keys[order[:-1]]
        for run in self.runs:
            at = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            again |= run[at] == keys
        again &= ~blank
        fresh = np.unique(keys[~again & ~blank])
        if len(fresh):
            self.runs.append(fresh)
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            self.runs[-2:] = [np.union1d(*self.runs[-2:])]
        return again


def hashed_ids(ids: Any, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hash of the id of some rows, and which have none, (N,) each.

    Texts are hashed alone and never by their code, which differs from batch to batch.
    """
    codes, texts = coded(ids, "event_id")
    hashes = pd.util.hash_array(np.array([*texts, ""], dtype=object), categorize=False)[codes[rows]]
    blank = np.array([*(text.lower() in PLACEHOLDERS for text in texts), True])[codes[rows]]
    return hashes, blank


def acts_of_ids(hashes: np.ndarray) -> np.ndarray:
    """Acts by the hashes of their ids, int64 from 0 on, (N,)."""
    acts: np.ndarray = (hashes >> np.uint64(1)).view(np.int64)
    return acts


def mixed(hashes: np.ndarray, where: np.ndarray) -> np.ndarray:
    """One 64-bit key of a hashed id, a domain and two hashed labels, by rounds of multiply and shift, (N,)."""
    key = hashes.copy()
    for column in where.T:
        key ^= column + np.uint64(0x9E3779B97F4A7C15)
        key *= np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(29)
    return key
