"""The sums of a stream: events wait until a posting of many is worth its while, and ledgers of like size are added.

What a row costs then does not depend on how many cells were met before: no table of all of them is kept.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from alignscore.axes import Axes, Freq, make_periods, period_ends
from alignscore.codebook import Codebook
from alignscore.decay import Decay, HalfLife
from alignscore.errors import LedgerError
from alignscore.events import Events
from alignscore.ledger import Ledger
from alignscore.ledger.clusters import joint_products
from alignscore.ledger.ledger import joined
from alignscore.ledger.postings import Rates, days_of_all
from alignscore.ledger.sums import booked, post

BATCH = 1 << 22  # events posted at a time: fewer ledgers to add, at about the memory that adding them takes


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
        """Post what waits, the actors in the order of their labels."""
        if not self.waiting:
            return
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
        self.add_ledger(
            Ledger(
                axes, pd.Period(last, freq=self.freq), self.decay, self.rates.half_lives, cells, sums,
                np.sum([booked(events) for events in tables], axis=0), self.codebook.fingerprint, lasting,
                joint_cells=joint_cells, joint=joint,
            )
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
