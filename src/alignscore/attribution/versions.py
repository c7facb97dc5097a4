"""Many versions of an actor's ties at once: without each event, of each alone, or of any mix of them.

A score of a state reads only that state's own ties, a score of a bloc only its members'. So each version is posted
among actors of its own, side by side on one set of axes, and one call of the score reads them all.
Letters for shapes: N events that touch the score, G groups of them, V versions in a block, A actors, S the score's own,
D dyads, K domains, L layers, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from alignscore.attribution.scores import Reading, Shipped, focus, one_way
from alignscore.axes import Axes, Freq, make_periods, period_ends, period_of
from alignscore.decay import Decay, HalfLife, Saturating, Window, decay_of
from alignscore.errors import OptionError
from alignscore.events import Events
from alignscore.ledger import Ledger
from alignscore.ledger.cells import SUMS, Grid
from alignscore.ledger.postings import Rates, day_range
from alignscore.ledger.sums import Table, booked, merge, occurring_dyads, sums
from alignscore.ledger.ties import Ties

CELLS = 1 << 20  # cells of a block of versions
VERSIONS = 1 << 10  # most versions in a block

Part: TypeAlias = tuple[np.ndarray, Events, float]  # version of each row, the rows, how much of each is added


# ---- time ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Span:
    """Periods that hold all events, the last one scored, and the positions asked for."""

    periods: pd.PeriodIndex
    last: pd.Period
    at: np.ndarray

    @classmethod
    def of(cls, tables: Sequence[Events], freq: Freq, at: Any = None) -> Span:
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

    def late(self, decay: Decay | None, back: int = 1) -> Span:
        """The same without periods that no answer needs: what is older is carried into the first kept.

        `back` periods up to each one asked for are read. Where fading depends on all before, all are kept.
        """
        if isinstance(decay, Saturating):
            return self
        if isinstance(decay, Window):  # what is carried has left the window by then
            back += decay.periods
        first = max(0, int(self.at.min()) - back + 1)
        return Span(self.periods[first:], self.last, self.at - first)

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
class Stage:
    """Events that touch a score, ready to be posted in many versions.

    Attributes
    ----------
    events : Events
        Those between the score's actors and their partners.
    rows : ndarray, (N,)
        Their positions in the whole table.
    """

    events: Events
    rows: np.ndarray
    score: Shipped
    span: Span
    decay: Decay
    rates: Rates
    actors: np.ndarray  # (S,) codes of those of whom each version is given its own
    base: tuple[Table | None, Table | None]  # sums of all events, those above 0 and those below
    dyads: np.ndarray  # (D,) keys source * A + target
    booked: np.ndarray  # (2, 2, K) as of a ledger of the table that is asked about: what one event is worth

    @classmethod
    def of(
        cls, events: Events, score: Shipped, span: Span, decay: Decay | None = None,
        factual: Events | None = None,
    ) -> Stage:  # fmt: skip
        """Pick the events and post them once; one event is worth what it is in the factual table."""
        decay = decay_of(decay, events.codebook.name)
        chosen, rows, actors = picked(events, score, decay)
        dyads = occurring_dyads(chosen)
        ends = period_ends(span.periods)
        rates = Rates.make(decay, events.codebook)
        base = _by_sign(chosen, rates, dyads, ends)
        worth = booked(events if factual is None else factual)
        return cls(chosen, rows, score, span, decay, rates, actors, base, dyads, worth)

    # ---- what is asked ----------------------------------------------------------------------
    def whole(self) -> Reading:
        """Score with every event, G = 1."""
        return self._read([(np.empty(0, dtype=np.int64), self.events, 1.0)], 1)

    def without(self, codes: np.ndarray, groups: int) -> Reading:
        """Score without each group of events (codes (N,), -1 in none), families settled among the rest."""
        rest, who, until, settled = resettled(self.events, codes)

        def parts(first: int, last: int) -> list[Part]:
            gone = np.flatnonzero((codes >= first) & (codes < last))
            changed = np.flatnonzero((who >= first) & (who < last))
            before = self.events.pick(rest[changed])
            after = replace(before, until=until[changed], settled=settled[changed])
            at = who[changed] - first
            return [
                (codes[gone] - first, self.events.pick(gone), -1.0),
                (at, before, -1.0),
                (at, after, 1.0),
            ]

        return self._blocks(parts, groups)

    @property
    def blank(self) -> Ledger:
        """Ledger of the actors' own dyads, with nothing posted."""
        return self._book(self.dyads, (), np.empty(0, dtype=np.int64), np.empty((0, len(SUMS))))

    def with_partners(self, partners: Sequence[str]) -> Stage:
        """The same with room for ties with these partners that never were, in both directions."""
        A = len(self.events.actors)
        me = self.actors[:, None]
        them = np.array([self.events.actors.index(name) for name in partners], dtype=np.int64)
        ways = (me * A + them).ravel(), (them * A + me).ravel()
        return replace(self, dyads=reduce(np.union1d, [self.dyads, *ways]))

    def mixed(self, cells: np.ndarray, tables: np.ndarray) -> Reading:
        """Score of versions given as sums (V, U, 6) at cells (U,) of `blank`, G = V."""
        V = len(tables)
        labels, place = self._names(V), self._dyads_in(V)
        keys = np.sort(place.ravel())
        grid, dyads = self._grid(len(self.dyads)), np.searchsorted(keys, place)
        at = grid.moved(cells, grid, dyads, 0)  # (V, U)
        ledger = self._book(keys, labels, *merge([(at.ravel(), tables.reshape(-1, len(SUMS)))]))
        return self._scored(ledger, labels)

    def alone(self, codes: np.ndarray, groups: int) -> tuple[Ties, tuple[str, ...]]:
        """Ties of each group of events alone, families as settled among all; and the versions' labels."""
        ledger, labels = self._ledger([(codes, self.events, 1.0)], groups, with_base=False)
        return ledger.ties(self.span.last), labels

    # ---- how it is made ---------------------------------------------------------------------
    def _blocks(self, parts: Callable[[int, int], list[Part]], groups: int) -> Reading:
        K, T, R = len(self.events.domains), len(self.span.periods), len(self.rates.half_lives)
        size = int(np.clip(CELLS // (len(self.dyads) * K * 2 * R * T), 1, VERSIONS))
        done = [
            self._read(parts(first, min(first + size, groups)), min(size, groups - first))
            for first in range(0, groups, size)
        ]
        score, n = (np.concatenate([getattr(block, name) for block in done]) for name in ("score", "n"))
        return Reading(done[0].domains, score, n)

    def _read(self, parts: list[Part], versions: int) -> Reading:
        return self._scored(*self._ledger(parts, versions))

    def _scored(self, ledger: Ledger, labels: tuple[str, ...]) -> Reading:
        ties = ledger.ties(self.span.last, directed=one_way(self.score))
        reading = self.score.read(ties, labels)
        return Reading(reading.domains, reading.score[..., self.span.at], reading.n[..., self.span.at])

    def _ledger(
        self, parts: list[Part], versions: int, *, with_base: bool = True
    ) -> tuple[Ledger, tuple[str, ...]]:
        """Ledger of the base events in every version and of each part's events in its own."""
        V = versions
        labels = self._names(V)
        place = self._dyads_in(V)  # (V, D) keys
        keys = np.sort(place.ravel())
        ends = period_ends(self.span.periods)
        seat = np.searchsorted(keys, place)
        grid = self._grid(len(self.dyads))
        signed: list[list[Table]] = [[], []]
        if with_base:
            for side, known in zip(signed, self.base, strict=True):
                if known is not None:
                    side.append(_copied(known, seat, grid))
        for who, rows, amount in parts:
            posted = _by_sign(self._moved(rows, who, V), self.rates, keys, ends) if len(who) else (None, None)
            for side, new in zip(signed, posted, strict=True):
                if new is not None:
                    side.append((new[0], amount * new[1]))
        return self._book(keys, labels, *merge([_clean(side) for side in signed if side])), labels

    def _book(
        self, keys: np.ndarray, labels: tuple[str, ...], cells: np.ndarray, table: np.ndarray
    ) -> Ledger:
        """Ledger of versions of the actors (none: of their own ties) beside the others."""
        actors = labels + self.events.actors
        dyads = np.stack(np.divmod(keys, len(actors)), axis=1)
        axes = Axes(actors, dyads, self.events.domains, self.span.periods)
        mark, half_lives = self.events.codebook.fingerprint, self.rates.half_lives
        return Ledger(axes, self.span.last, self.decay, half_lives, cells, table, self.booked, mark)

    def _grid(self, dyads: int) -> Grid:
        return Grid(dyads, len(self.events.domains), len(self.rates.half_lives), len(self.span.periods))

    def _names(self, V: int) -> tuple[str, ...]:
        own = [self.events.actors[code] for code in self.actors]
        return tuple(f"{name}\x1f{version}" for version in range(V) for name in own)  # no name of an actor

    def _dyads_in(self, V: int) -> np.ndarray:
        """Key of each dyad in each version, (V, D)."""
        A = len(self.events.actors)
        source, target = np.divmod(self.dyads, A)
        version = np.arange(V)[:, None]
        keys: np.ndarray = self._codes(source, version, V) * (V * len(self.actors) + A)
        keys += self._codes(target, version, V)
        return keys

    def _codes(self, code: np.ndarray, version: np.ndarray, V: int) -> np.ndarray:
        """Codes of actors in a ledger of V versions, whose own come first; the others stand once, after them."""
        S = len(self.actors)
        place = np.full(len(self.events.actors), -1, dtype=np.int64)
        place[self.actors] = np.arange(S)
        return np.where(place[code] >= 0, version * S + place[code], V * S + code)

    def _moved(self, rows: Events, who: np.ndarray, V: int) -> Events:
        """Events of the actors, given to the version in their place."""
        labels = (*map(str, range(V * len(self.actors))), *rows.actors)  # only their number matters
        source, target = (self._codes(side, who, V) for side in (rows.source, rows.target))
        return replace(rows, actors=labels, source=source.astype(np.int32), target=target.astype(np.int32))


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
    axes = Axes(events.actors, np.empty((0, 2), dtype=np.int64), events.domains, pd.PeriodIndex([], freq="Y"))
    actors = axes.actor_codes(focus(score, events.actors))
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


def _by_sign(
    events: Events, rates: Rates, dyads: np.ndarray, ends: np.ndarray
) -> tuple[Table | None, Table | None]:
    """Sums of the events valued 0 or more, and of those below: what is taken away leaves exact zeros."""
    negative = events.value < 0
    tables = [
        sums(events.pick(np.flatnonzero(side)), rates, dyads, ends) if side.any() else None
        for side in (~negative, negative)
    ]
    return tables[0], tables[1]


def _copied(table: Table, dyads: np.ndarray, grid: Grid) -> Table:
    """Cells of one set of dyads in each version's place, `dyads` (V, D)."""
    return grid.moved(table[0], grid, dyads, 0).ravel(), np.tile(table[1], (len(dyads), 1))


def _clean(parts: list[Table]) -> Table:
    """Sum of tables in which what cancels is 0: a residue of rounding would read as a tie."""
    cells, both = merge([(cell, np.hstack([table, np.abs(table)])) for cell, table in parts])
    table, size = both[:, : len(SUMS)], both[:, len(SUMS) :]
    nothing = (np.abs(table[:, :1]) < 1e-9) & (np.abs(table) <= 1e-12 * size)
    return cells, np.where(nothing, 0.0, table)
