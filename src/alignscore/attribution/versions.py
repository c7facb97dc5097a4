"""Many versions of a table at once, as a score reads them: without each event, of each alone, or of any mix of them.

A score reads only the ties between its parties, and under all decays but `Saturating` each event fades by itself. So
what is left of every event is worked out once, and a version is a sum over some of them.
Letters for shapes: N events that touch the score, G groups of them, V versions of a block, S actors of the score, J
partners, K domains, L = S J K lines, T periods whose stocks are kept, 2 signs. Sums are (4, V, L, 2, T): events, weight,
mass and squared mass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alignscore.attribution.parties import Parties, PartyStocks, labels_of, omega_of
from alignscore.attribution.scores import AlignmentOf, Reading, Shipped, focus, named_partners, way_of
from alignscore.axes import Freq, make_periods, period_ends, period_of
from alignscore.decay import Decay, HalfLife, Saturating, decay_of
from alignscore.errors import OptionError
from alignscore.events import Events
from alignscore.ledger.cells import mean_event_mass
from alignscore.ledger.postings import Rates, day_range, portions
from alignscore.ledger.stocks import disperse, saturate, still_in_force
from alignscore.ledger.sums import booked

SUMS = 1 << 17  # numbers of a block of versions: what fits the cache


# ---- time ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Span:
    """Periods that hold all events, the last one scored, and the positions asked for."""

    periods: pd.PeriodIndex
    last: pd.Period
    at: np.ndarray

    @classmethod
    def make(cls, tables: Sequence[Events], freq: Freq, at: Any = None) -> Span:
        """Periods of several tables; `at` is None (the last), a period, several, or a slice of labels."""
        days = np.array([day_range(events) for events in tables if len(events)])
        if not len(days):
            raise OptionError("there is no event.")
        first, last, end = (
            np.datetime64(int(day), "D") for day in (days[:, 0].min(), *days[:, 1:].max(axis=0))
        )
        periods = make_periods(first, end, freq)
        stop = make_periods(last, last, freq)[0]
        wanted = _labels(at, periods[0], stop, freq)
        if min(wanted) < periods[0]:
            raise OptionError(f"period {min(wanted)} lies before the first event, in {periods[0]}.")
        stop = max(stop, *wanted)
        periods = pd.period_range(periods[0], max(periods[-1], stop), freq=freq)
        return cls(periods, stop, np.array([p.ordinal - periods[0].ordinal for p in wanted]))

    @property
    def asked(self) -> pd.PeriodIndex:
        """Periods asked for."""
        return self.periods[self.at]


def _labels(at: Any, first: pd.Period, last: pd.Period, freq: Freq) -> list[pd.Period]:
    if at is None:
        return [last]
    if isinstance(at, slice):
        start = first if at.start is None else period_of(at.start, freq, first=True)
        stop = last if at.stop is None else period_of(at.stop, freq)
        wanted = list(pd.period_range(start, stop, freq=freq))
    else:
        several = at if isinstance(at, list | tuple | pd.Index | np.ndarray) else [at]
        wanted = [period_of(label, freq) for label in several]
    if not wanted:
        raise OptionError(f"at is {at!r}, which holds no period.")
    return wanted


# ---- versions -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Versions:
    """Events that touch a score, ready to be read in many versions.

    Attributes
    ----------
    events : Events
        Those between the score's actors and their partners.
    rows : ndarray, (N,)
        Their positions in the whole table.
    line, other : ndarray, (N,)
        Line to which each event adds, (actor * J + partner) * K + domain, -1 for an act of the side that is not
        read; and the same of that other side, -1 where the score reads both.
    times : ndarray, (N,)
        How often its mass counts: a mutual act read without its direction has that of both its sides.
    kept, asked : ndarray
        Positions of the periods whose stocks are kept, (T,), and among these of the ones asked for.
    """

    events: Events
    rows: np.ndarray
    score: Shipped
    parties: Parties
    decay: Decay
    rates: Rates
    line: np.ndarray
    other: np.ndarray
    times: np.ndarray
    ends: np.ndarray
    kept: np.ndarray
    asked: np.ndarray

    @classmethod
    def make(
        cls, events: Events, score: Shipped, span: Span, decay: Decay | None = None,
        factual: Events | None = None,
    ) -> Versions:  # fmt: skip
        """Pick the events; one event is worth what it is in the factual table."""
        decay = decay_of(decay, events.codebook.decay)
        if isinstance(decay, HalfLife):
            decay.check(events.domains, [kind.name for kind in events.codebook])
        rows, actors = touching(events, score)
        if not len(rows):
            raise strangers(score)
        chosen = events if len(rows) == len(events) else events.pick(rows)
        own, them = focus(score, events.actors), _partners(chosen, score)
        ends, window = period_ends(span.periods), getattr(score, "window", None) or 1
        if window > 1 or isinstance(decay, Saturating):
            first = 0 if isinstance(decay, Saturating) else max(0, int(span.at.min()) - window + 1)
            kept = np.arange(first, int(span.at.max()) + 1)
        else:
            kept = np.unique(span.at)
        parties = Parties(own, them, events.domains, omega_of(events.domains, score.weights),
                          _prior(score, events if factual is None else factual), ends[kept])  # fmt: skip
        me, partner = (np.full(len(events.actors), -1, dtype=np.int64) for _ in range(2))
        me[actors] = np.arange(len(actors))
        partner[labels_of(events.actors, ()).actor_codes(them)] = np.arange(len(them))
        forth = (me[chosen.source] >= 0) & (partner[chosen.target] >= 0)
        near, far = np.where(forth, (chosen.source, chosen.target), (chosen.target, chosen.source))
        line = (me[near] * len(them) + partner[far]) * len(events.domains) + chosen.domain
        way, other, times = way_of(score), np.full(len(line), -1), np.ones(len(line))
        if way == "both":
            times[chosen.mutual] = 2.0
        else:
            read = chosen.mutual | (forth == (way == "out"))
            other = np.where(chosen.mutual | ~read, line, -1)
            line = np.where(read, line, -1)
        return cls(
            chosen, rows, score, parties, decay, Rates.make(decay, events.codebook), line, other, times, ends,
            kept, np.searchsorted(kept, span.at),
        )  # fmt: skip

    @property
    def lines(self) -> int:
        """Number of lines L."""
        return len(self.parties.actors) * len(self.parties.partners) * len(self.parties.domains)

    # ---- what is asked ----------------------------------------------------------------------
    def whole(self) -> Reading:
        """Score with every event, G = 1."""
        return self.reading(self.summed(np.zeros(len(self.events), dtype=np.int64), 1))

    def without(self, codes: np.ndarray, groups: int) -> Reading:
        """Score without each group of events (codes (N,), each in one), families settled among the rest.

        What is left without a group is what comes before it and what comes after: nothing is taken away, so that
        where nothing is left there is exactly nothing.
        """
        rest, who, until, settled = resettled(self.events, codes)
        steady = np.ones(len(codes), dtype=bool)
        steady[rest] = False
        size = max(1, SUMS // (8 * self.lines * len(self.kept)))
        blocks = self.summed(codes[steady] // size, -(-groups // size), np.flatnonzero(steady))
        before, after = _beside(blocks)
        order, changed = np.argsort(codes, kind="stable"), np.argsort(who, kind="stable")
        place, turn = codes[order], who[changed]
        found = []
        for block, first in enumerate(range(0, groups, size)):
            V = min(size, groups - first)
            gone = order[slice(*np.searchsorted(place, [first, first + V]))]
            own = gone[steady[gone]]
            earlier, later = _beside(self.summed(codes[own] - first, V, own))
            left = earlier + later + before[:, [block]] + after[:, [block]]
            if len(rest):
                some = changed[slice(*np.searchsorted(turn, [first, first + V]))]
                left += self._settled_anew(
                    np.flatnonzero(~steady), gone[~steady[gone]], codes, first, V, rest[some], who[some],
                    until[some], settled[some],
                )  # fmt: skip
            found.append(self.reading(left))
        score, n = (np.concatenate([getattr(part, name) for part in found]) for name in ("score", "n"))
        return Reading(found[0].domains, score, n)

    def _settled_anew(
        self, family: np.ndarray, gone: np.ndarray, codes: np.ndarray, first: int, V: int, rest: np.ndarray,
        who: np.ndarray, until: np.ndarray, settled: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """Sums of the rows of families that end otherwise without some group, in versions first to first + V."""
        whole = self.summed(np.zeros(len(family), dtype=np.int64), 1, family)
        away = self.summed(codes[gone] - first, V, gone) + self.summed(who - first, V, rest)
        anew = replace(
            self, events=replace(self.events.pick(rest), until=until, settled=settled), line=self.line[rest],
            other=self.other[rest], times=self.times[rest],
        )  # fmt: skip
        back = anew.summed(who - first, V)
        left = whole - away + back
        left[np.abs(left) <= 1e-12 * (whole + away + back)] = 0.0  # a residue of rounding would read as a tie
        return left

    def alone(self, codes: np.ndarray, groups: int) -> PartyStocks:
        """Stocks of each group of events alone, (G, S, J, K, T), families as settled among all."""
        return self.stocks(self.summed(codes, groups))

    # ---- how it is made ---------------------------------------------------------------------
    def summed(
        self, codes: np.ndarray, groups: int, rows: np.ndarray | None = None, *, other: bool = False
    ) -> np.ndarray:
        """Sums over groups of some rows (`codes` of these), (4, G, L, 2, T), or of their side that is not read."""
        out = np.zeros((len(self.kept), 4, groups * self.lines * 2))
        for sums, part in zip(out, self.left(rows, other=other), strict=True):
            place = codes[part.event] * (self.lines * 2) + part.place
            for column, x in zip(sums, part.columns, strict=True):
                column[:] = np.bincount(place, x, len(column))
        whole = out.reshape(len(self.kept), 4, groups, self.lines, 2)
        return np.ascontiguousarray(np.moveaxis(whole, 0, -1))

    def left(self, rows: np.ndarray | None = None, *, other: bool = False) -> Iterator[Left]:
        """What is left of some rows at the end of each period kept, on the lines that are read or the other side's."""
        events, line, times = self.events, self.other if other else self.line, self.times
        if rows is not None:
            events, line, times = events.pick(rows), line[rows], times[rows]
        at = np.flatnonzero(line >= 0)
        if len(at) < len(line):
            events, line, times = events.pick(at), line[at], times[at]
        cut = portions(events, self.rates.stands(events), self.rates.of(events), self.ends)
        own, e = cut.left(self.rates.half_lives), cut.event
        weight = events.weight if other else events.weight * times
        mass, place = np.abs(events.value) * weight, (line * 2 + (events.value < 0))[e]
        weight, mass, square = weight[e], mass[e], (mass * mass)[e]
        for t in self.kept:
            n, left = still_in_force(cut, own, int(t), self.decay, self.rates.half_lives, self.ends)
            yield Left(at[e], place, (n, weight * left, mass * left, square * left))

    def stocks(self, sums: np.ndarray, unseen: np.ndarray | None = None) -> PartyStocks:
        """Stocks (V, S, J, K, T) of versions given as sums, with what may have gone unseen beside them."""
        S, J, K = (len(names) for names in (self.parties.actors, self.parties.partners, self.parties.domains))
        _, V, L, _, T = sums.shape
        (c, k), (c2, k2) = (np.moveaxis(column, -2, 0) for column in sums[2:])
        table = np.stack([*sums[:2].sum(axis=-2), c, c2, k, k2])  # (6, V, L, T)
        if isinstance(self.decay, Saturating):
            saturate(table.reshape(6, V * L, T).swapaxes(1, 2), self.decay.limit)
        if unseen is not None:
            (c, k), (c2, k2) = (np.moveaxis(column, -2, 0) for column in unseen[2:])
            table += np.stack([*unseen[:2].sum(axis=-2), c, c2, k, k2])
        disperse(table.reshape(6, V * S * J, K, T), self.decay, self.parties.domains)
        return PartyStocks(*table.reshape(6, V, S, J, K, T))

    def reading(self, sums: np.ndarray, unseen: np.ndarray | None = None) -> Reading:
        """Score of versions given as sums, at the periods asked for."""
        found = self.score.scored(self.stocks(sums, unseen), self.parties)
        return Reading(found.domains, found.score[..., self.asked], found.n[..., self.asked])


class Left(NamedTuple):
    """What is left of events at the end of one period, in parts (M,): of which event, on which line and side of 0."""

    event: np.ndarray
    place: np.ndarray  # line * 2, and 1 more for an event below 0
    columns: tuple[np.ndarray, ...]  # events, weight, mass, squared mass


def _beside(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of sums of groups (4, G, ...) those of all groups before each, and of all after it."""
    before, after = np.zeros_like(sums), np.zeros_like(sums)
    np.cumsum(sums[:, :-1], axis=1, out=before[:, 1:])
    np.cumsum(sums[:, :0:-1], axis=1, out=after[:, -2::-1])
    return before, after


def _prior(score: Shipped, factual: Events) -> np.ndarray:
    """Mass by which an alignment is shrunk in each domain, (K,)."""
    if not isinstance(score, AlignmentOf):
        return np.zeros(len(factual.domains))
    if score.prior is not None:
        return np.full(len(factual.domains), float(score.prior))
    return mean_event_mass(booked(factual), directed=score.directed)


def _partners(events: Events, score: Shipped) -> tuple[str, ...]:
    """Partners whose ties are read: those named, then all others that occur, and at least one that could."""
    named = named_partners(score)
    if score.partners is not None:
        return named
    occurs = np.zeros(len(events.actors), dtype=bool)
    occurs[events.source], occurs[events.target] = True, True
    others = [at for at, name in enumerate(events.actors) if name not in (*named, score.actor)]
    return named + tuple(events.actors[at] for at in others if occurs[at] or at == others[0])


def strangers(score: Shipped) -> OptionError:
    """Error for a score whose actor has no event with any partner it reads."""
    partners = " or ".join(repr(name) for name in score.partners) if score.partners else "anyone"
    return OptionError(f"no event joins {score.actor!r} and {partners}.")


def picked(events: Events, score: Shipped, decay: Decay) -> tuple[Events, np.ndarray, np.ndarray]:
    """Events that touch a score under a decay that knows their kinds, their positions, and codes of the score's actors."""
    if isinstance(decay, HalfLife):
        decay.check(events.domains, [kind.name for kind in events.codebook])
    rows, actors = touching(events, score)
    if not len(rows):
        raise strangers(score)
    return events if len(rows) == len(events) else events.take(rows), rows, actors


def touching(events: Events, score: Shipped) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the events between a score's actors and its partners, and the actors' codes."""
    axes = labels_of(events.actors, events.domains)
    actors = axes.actor_codes(focus(score, events.actors))
    axes.actor_codes(named_partners(score))  # refuses what is unknown
    own = np.zeros(len(events.actors), dtype=bool)
    own[actors] = True
    partners = np.ones(len(events.actors), dtype=bool)
    if score.partners is not None:
        codes = axes.actor_codes(score.partners)
        partners[:] = False
        partners[codes] = True
    forth, back = own[events.source], own[events.target]
    return np.flatnonzero((forth & partners[events.target]) | (back & partners[events.source])), actors


def resettled(events: Events, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows that end otherwise once a group is gone: their positions, the group, new until and settled."""
    family = np.append(events.codebook.family_codes, -1)[events.kind]
    standing = np.flatnonzero((family >= 0) & events.standing)
    low, high = np.minimum(events.source, events.target), np.maximum(events.source, events.target)
    lines = np.stack([low, high, events.domain, family])[:, standing]
    line = np.unique(lines, axis=1, return_inverse=True)[1].reshape(-1)
    found: list[tuple[np.ndarray, ...]] = [(np.empty(0, dtype=np.int64),) * 4]
    for group in np.unique(codes[standing]):
        gone = codes[standing] == group
        rest = standing[np.isin(line, line[gone]) & ~gone]
        if group < 0 or not len(rest):
            continue
        anew = events.take(rest)
        other = np.flatnonzero((anew.until != events.until[rest]) | (anew.settled != events.settled[rest]))
        found.append((rest[other], np.full(len(other), group), anew.until[other], anew.settled[other]))
    rows, who, until, settled = (np.concatenate(column) for column in zip(*found, strict=True))
    return rows, who, until.astype(np.int32), settled.astype(bool)
