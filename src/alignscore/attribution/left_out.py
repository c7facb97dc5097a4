"""Alignment of one pair without each of many groups of events, from what is left of their masses at the periods asked.

No ledger is posted a group: a group takes away from the pair's stocks what its own events left in them.
Letters for shapes: N events, G groups, V groups of a block, K domains, T periods.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from alignscore.attribution.scores import AlignmentOf, Reading
from alignscore.attribution.versions import Span, picked, resettled
from alignscore.axes import COMPOSITE, Axes, period_ends
from alignscore.decay import Cumulative, Decay, HalfLife
from alignscore.events import Events
from alignscore.ledger.cells import mean_event_mass
from alignscore.ledger.postings import Rates, portions
from alignscore.ledger.sums import booked
from alignscore.measures.composite import Composite, beside
from alignscore.measures.dyads.alignment import shrunk

CELLS = 1 << 17  # stocks of a block of groups


def reads_faded(score: AlignmentOf, decay: Decay) -> bool:
    """Whether an alignment can be read so: under a decay by which each event fades by itself."""
    return score.field == "alignment" and isinstance(decay, HalfLife | Cumulative)


@dataclass(frozen=True)
class Pair:
    """Events of one pair, and how its alignment is scored.

    Attributes
    ----------
    events : Events
        Those between the two, (N,).
    rows : ndarray, (N,)
        Their positions in the whole table.
    counts : ndarray, (N,)
        Times each event's mass counts: 0 for acts of the side that is not read, 2 for a mutual act where both are.
    ends : ndarray, (T,)
        Last day of each period.
    asked : ndarray
        Positions of the periods asked for.
    omega, kappa : ndarray, (K,)
        Weight and prior mass of each domain.
    """

    events: Events
    rows: np.ndarray
    counts: np.ndarray
    rates: Rates
    ends: np.ndarray
    asked: np.ndarray
    score: AlignmentOf
    omega: np.ndarray
    kappa: np.ndarray

    @classmethod
    def of(cls, events: Events, score: AlignmentOf, span: Span, decay: Decay) -> Pair:
        """Pick the events of the pair; one event is worth what it is in the whole table."""
        chosen, rows, actors = picked(events, score, decay)
        if score.directed:
            counts = (chosen.mutual | (chosen.source == actors[0])).astype(float)
        else:
            counts = np.where(chosen.mutual, 2.0, 1.0)
        axes = Axes(events.actors, np.empty((0, 2), dtype=np.int64), events.domains, span.periods)
        if score.prior is not None:
            kappa = np.full(len(events.domains), float(score.prior))
        else:
            kappa = mean_event_mass(booked(events), directed=score.directed)
        return cls(
            chosen, rows, counts, Rates.make(decay, events.codebook), period_ends(span.periods), span.at, score,
            axes.domain_weights(score.weights), kappa,
        )  # fmt: skip

    def read(self, codes: np.ndarray, groups: int) -> tuple[Reading, Reading]:
        """Score with every event, G = 1, and without each group of events (codes (N,), each in one)."""
        everything = np.zeros((1, len(self.events.domains), 2, 2, len(self.ends)))
        size = max(1, CELLS // everything[0].size)
        for first in range(0, len(self.events), size):
            some = np.arange(first, min(first + size, len(self.events)))
            everything += self._left(self.events.pick(some), self.counts[some], np.zeros_like(some), 1)
        rest, who, until, settled = resettled(self.events, codes)
        moved, order = np.argsort(who, kind="stable"), np.argsort(codes, kind="stable")
        ordered, changed = codes[order], who[moved]
        blocks = []
        for first in range(0, groups, size):
            V = min(size, groups - first)
            gone = order[slice(*np.searchsorted(ordered, [first, first + V]))]
            own = self._left(self.events.pick(gone), self.counts[gone], codes[gone] - first, V)
            other = moved[slice(*np.searchsorted(changed, [first, first + V]))]
            if len(other):  # what ends otherwise without a group of its family
                place, at = rest[other], who[other] - first
                before = self.events.pick(place)
                after = replace(before, until=until[other], settled=settled[other])
                own += self._left(before, self.counts[place], at, V)
                own -= self._left(after, self.counts[place], at, V)
            left = everything - own
            left *= (
                left[:, :, :, :1] > 1e-9
            )  # without any event exactly 0: a residue of rounding would read as a tie
            blocks.append(self._scored(left))
        score, n = (np.concatenate(column) for column in zip(*blocks, strict=True))
        domains = (*self.events.domains, COMPOSITE)
        return Reading(domains, *self._scored(everything)), Reading(domains, score, n)

    def _left(self, events: Events, counts: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
        """Events booked and masses in force of each group, by sign, (V, K, 2 signs, 2, T)."""
        K, T = len(events.domains), len(self.ends)
        part = portions(events, self.rates.stands(events), self.rates.of(events), self.ends)
        line = (group * K + events.domain) * 2 + (events.value < 0)
        mass = (np.abs(events.value) * events.weight * counts)[part.event] * part.left(self.rates.half_lives)
        number, line = part.n * (counts > 0)[part.event], line[part.event]
        h = self.rates.half_lives[part.rate]
        out = np.zeros((groups * K * 2, 2, T))
        for t in self.asked:
            here = (part.period <= t) & ((part.rate > 0) | (part.until > t))
            age = self.ends[t] - self.ends[np.minimum(part.period, t)]
            faded = mass if not age.any() else mass * np.exp2(-age / h)
            out[:, 0, t] = np.bincount(line, number * here, len(out))
            out[:, 1, t] = np.bincount(line, faded * here, len(out))
        return out.reshape(groups, K, 2, 2, T)

    def _scored(self, stocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Alignment and events booked, of domains and composite, (V, K + 1, T asked for)."""
        stocks = stocks[..., self.asked]
        n, mass = stocks[:, :, :, 0].sum(axis=2), stocks[:, :, :, 1]
        score = shrunk(mass[:, :, 0], mass[:, :, 1], self.kappa[:, None])
        score = np.where(n > 0, score, np.nan)
        known = ~np.isnan(score)
        composite = Composite.of(known, np.broadcast_to(0.0, n.shape), self.omega, self.score.domains)
        return beside(score, composite.mean(score)), beside(n, n.sum(axis=1))
