"""What a stream keeps between batches: labels of actors, sums so far, standing acts that a later one may replace, event ids.

Events wait until a posting of many is worth its while, and ledgers of like size are added: what a row costs then does
not depend on how many cells were met before, and no table of all of them is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from alignscore.axes import Axes, Freq, dyads_of, period_ends
from alignscore.codebook import Codebook
from alignscore.decay import Decay
from alignscore.errors import nothing_to_post
from alignscore.events import Events
from alignscore.events.columns import coded
from alignscore.events.events import LASTING
from alignscore.events.rules import lacks_id
from alignscore.ledger import Ledger
from alignscore.ledger.cells import SUMS, Rates, periods_of
from alignscore.ledger.clusters import joint_products
from alignscore.ledger.ledger import joined
from alignscore.ledger.sums import occurring_dyads, post
from alignscore.values import once

BATCH = 12 << 20  # events posted at a time: while they wait they take less memory than ledgers that are added
NO_ACTS = np.empty(0, dtype=np.int64)
REACH = 1 << 21  # rows over which those of one act are looked for
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


class Accumulator:
    """Sums of every event added so far, for a ledger of some codebook, frequency and decay.

    So many events (`batch`) wait before they are posted together. Over `reach` rows, or over all where it is None,
    those of one act are one piece of evidence, wherever a posting falls.

    An event whose act has an id is remembered after it was posted, since a later row may tell of the same act: those
    of the last `reach` rows, and those of acts that stand and are held back elsewhere (`held_acts`). What two postings
    share is then theirs alone, and whatever cuts a stream (batches, files, a run that broke) leaves no trace.
    """

    def __init__(
        self, codebook: Codebook, freq: Freq, decay: Decay, *, batch: int = BATCH, reach: int | None = REACH
    ) -> None:
        self.codebook, self.freq, self.decay, self.batch, self.reach = codebook, freq, decay, batch, reach
        self.rates = Rates.make(decay, codebook)
        self.waiting: list[Events] = []
        self.posted: list[Ledger] = []  # each less than half of the one before
        self.recent: list[Events] = []  # posted, of acts of which a later row may tell
        self.held_acts = NO_ACTS

    @property
    def empty(self) -> bool:
        """Whether nothing was added so far."""
        return not (self.waiting or self.posted)

    def add(self, events: Events) -> None:
        """Add events; their actors are the stream's labels so far, in the order of their codes."""
        if len(events):
            if events.act is None:  # only acts are told apart by rows: one for all lets go of the rest
                events = replace(events, row=np.broadcast_to(events.row[-1], len(events)))
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
        """What waits as a ledger, with what it shares with earlier postings."""
        tables, self.waiting = self.waiting, []
        across = self._shared_with_earlier(tables)
        self._remember(tables)
        actors, tables = _in_order(tables)
        periods, last = periods_of(tables, self.freq)
        keys, cells, sums, counted = post(tables, self.rates, period_ends(periods))
        whole = self._of_cells(
            tables, actors, keys, periods, last, cells, sums, counted,
            lasting=np.concatenate([events.lasting for events in tables]),
        )  # fmt: skip
        return whole if across is None else joined(whole, across)

    def _of_cells(
        self, tables: list[Events], actors: tuple[str, ...], keys: np.ndarray, periods: pd.PeriodIndex,
        last: pd.Period, cells: np.ndarray, sums: np.ndarray, counted: np.ndarray, lasting: np.ndarray,
        paired: int = 0,
    ) -> Ledger:  # fmt: skip
        """A ledger of given sums and of what the events of some tables share."""
        joint_cells, joint = joint_products(
            tables, [events.act for events in tables], self.rates, keys, period_ends(periods), within=False,
            reach=self.reach, paired=paired,
        )  # fmt: skip
        axes = Axes(actors, dyads_of(keys, len(actors)), self.codebook.domains, periods)
        return Ledger(
            axes, last, self.decay, self.rates.half_lives, cells, sums, booked=counted,
            codebook=self.codebook.fingerprint, lasting=lasting, joint_cells=joint_cells, joint=joint,
        )  # fmt: skip

    def _shared_with_earlier(self, tables: list[Events]) -> Ledger | None:
        """What events to be posted share with those posted before, as a ledger of nothing else; None if no act is met."""
        if not self.recent:
            return None
        new, old = (
            once(NO_ACTS, *(events.act for events in side if events.act is not None))
            for side in (tables, self.recent)
        )
        again = np.intersect1d(new, old, assume_unique=True)
        if not len(again):
            return None
        earlier, later = _of_acts(self.recent, again), _of_acts(tables, again)
        actors, placed = _in_order([*earlier, *later])
        periods, last = periods_of(placed, self.freq)
        K = len(self.codebook.domains)
        return self._of_cells(
            placed, actors, once(*map(occurring_dyads, placed)),
            periods, last, cells=np.empty(0, dtype=np.int64), sums=np.empty((0, len(SUMS))),
            counted=np.zeros((2, 2, K)), lasting=np.empty((0, len(LASTING)), dtype=np.int64), paired=len(earlier),
        )  # fmt: skip

    def _remember(self, tables: list[Events]) -> None:
        """Keep what a later row may belong to, and let go of the rest."""
        last = max((int(events.row.max()) for events in tables), default=0)
        kept = []
        for events in [*self.recent, *tables]:
            if events.act is None:
                continue
            stays = events.act >= 0  # others are of one row, whose events are posted together
            if self.reach is not None and len(events) and last - int(events.row.min()) >= self.reach:
                stays &= (events.row > last - self.reach) | np.isin(events.act, self.held_acts)
            if stays.any():
                kept.append(events if stays.all() else events.pick(stays))
        self.recent = kept

    def ledger(self) -> Ledger:
        """The sums as a ledger, of the actors whose events were added."""
        self._post()
        if not self.posted:
            raise nothing_to_post()
        while len(self.posted) > 1:  # the small ones first
            self.posted[-2:] = [joined(*self.posted[-2:])]
        return self.posted[0]


def _of_acts(tables: list[Events], acts: np.ndarray) -> list[Events]:
    """The events of some tables that tell of some acts, in one table for each that has any."""
    told = [(events, np.isin(events.act, acts)) for events in tables if events.act is not None]
    return [events.pick(met) for events, met in told if met.any()]


def _in_order(tables: list[Events]) -> tuple[tuple[str, ...], list[Events]]:
    """Actors in the order of their labels, and the tables with their codes."""
    labels = max((events.actors for events in tables), key=len)
    order = np.array(sorted(range(len(labels)), key=labels.__getitem__), dtype=np.int64)
    rank = np.empty(len(labels), dtype=np.int32)
    rank[order] = np.arange(len(labels))
    actors = tuple(labels[at] for at in order)
    return actors, [
        replace(events, actors=actors, source=rank.take(events.source), target=rank.take(events.target))
        for events in tables
    ]


def in_columns(tables: Iterable[Events]) -> dict[str, np.ndarray]:
    """Events of a stream in columns, to be saved; none where there is no table."""
    every = list(tables)
    return {name: np.concatenate([getattr(events, name) for events in every]) for name in FIELDS if every}


def from_columns(columns: Mapping[str, Any], actors: tuple[str, ...], codebook: Codebook) -> Events:
    """Events of columns as a stream keeps them."""
    n = len(columns["row"])
    return Events(
        actors=actors, codebook=codebook, settled=np.zeros(n, dtype=bool), event_id=None,
        label=None, url=None, report={"read": n, "kept": n}, **columns,
    )  # fmt: skip


class Seen:
    """Keys of events already met, as sorted runs of 64-bit hashes (8 bytes an event)."""

    def __init__(self, runs: list[np.ndarray] | None = None) -> None:
        self.runs = runs or []

    def met_before(
        self, hashes: np.ndarray, blank: np.ndarray, rows: np.ndarray, where: np.ndarray
    ) -> np.ndarray:
        """Which entries (of hashed ids and what `where` adds to each, of some rows) were met before, (N,).

        Blank ones meet none and are met by none.
        """
        keys = mixed(hashes, where)
        given = np.flatnonzero(~blank)
        order = given[np.lexsort((rows[given], keys[given]))]
        again = np.zeros(len(rows), dtype=bool)
        again[order[1:]] = keys[order[1:]] == keys[order[:-1]]
        for run in self.runs:
            at = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            again |= run[at] == keys
        again &= ~blank
        fresh = once(keys[~again & ~blank])
        if len(fresh):
            self.runs.append(fresh)
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            self.runs[-2:] = [once(*self.runs[-2:])]
        return again


def hashed_ids(ids: Any, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hash of the id of some rows, and which have none, (N,) each.

    Texts are hashed alone and never by their code, which differs from batch to batch.
    """
    codes, texts = coded(ids, "event_id")
    hashes = pd.util.hash_array(np.array([*texts, ""], dtype=object), categorize=False)[codes[rows]]
    blank = np.append(lacks_id(texts), True)[codes[rows]]
    return hashes, blank


def acts_of_ids(hashes: np.ndarray) -> np.ndarray:
    """Acts by the hashes of their ids, int64 from 0 on, (N,)."""
    return np.asarray((hashes >> np.uint64(1)).view(np.int64))


def mixed(hashes: np.ndarray, where: np.ndarray) -> np.ndarray:
    """One 64-bit key of a hashed id, a domain and two hashed labels, by rounds of multiply and shift, (N,)."""
    key = hashes.copy()
    for column in where.T:
        key ^= column + np.uint64(0x9E3779B97F4A7C15)
        key *= np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(29)
    return key
