"""The book of an events table: in which cell each event posts, and how much of it.

Letters for shapes: N events, A actors, D dyads, K domains, L layers, T periods.
A layer is a rate of fading (0: standing, never fades) in one of two books: 2 * rate + mutual.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from alignscore.dates import NO_DAY, some, span_ends, span_starts
from alignscore.decay import Decay, HalfLife, Saturating
from alignscore.events import Events

BLOCK = 1 << 14  # events a pass: its scratch and the cells it meets stay in the cache
FLAGS = 1 << 28  # up to this many possible cells, a flag each finds those that occur
DENSE = 1 << 23  # up to this many possible cells (0.4 GB), every one gets its sums

Shape = tuple[int, int, int, int]  # (D, K, L, T)


@dataclass(frozen=True)
class Pieces:
    """Postings and what each adds to the sums of its cell; scalars stand for all."""

    cell: np.ndarray  # (N,) flat in (D, K, L, T)
    n: np.ndarray | float
    weight: np.ndarray
    mass: np.ndarray
    mass2: np.ndarray
    negative: np.ndarray  # bool: books conflict


def rates_of(decay: Decay, domains: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Half-lives in days, the standing rate first, (L/2,), and the rate of each (kind, domain)."""
    if isinstance(decay, HalfLife):
        days, codes = decay.rates(domains, kinds)
    else:  # other choices fade between periods, not within one
        days, codes = np.array([np.inf]), np.zeros((len(kinds) + 1, len(domains)), dtype=np.int64)
    return np.append(np.inf, days), np.asarray(codes, dtype=np.int64) + 1


def day_range(events: Events) -> tuple[int, int, int]:
    """First day, last day on which an event may begin, and last day that any column names."""
    loose = np.flatnonzero(events.precision) if some(events.precision) else slice(0, 0)
    first = min(
        int(events.day.min()), *span_starts(events.day[loose], events.precision[loose]).tolist(), 1 << 31
    )
    last = max(
        int(events.day.max()), *span_ends(events.day[loose], events.precision[loose]).tolist(), -(1 << 31)
    )
    return (
        first,
        last,
        max(last, int(events.until[:1].max() if events.until.strides == (0,) else events.until.max())),
    )


def pairs(source: np.ndarray, target: np.ndarray, A: int) -> np.ndarray:
    """Key source * A + target of each pair, in the narrowest integer that holds all."""
    key: np.ndarray = source.astype(code_type(A * A)) * A
    key += target
    return key


def code_type(size: int) -> type[np.int32 | np.int64]:
    """The narrower integer that counts to `size`: half as wide is twice as fast to work with."""
    return np.int32 if size < 1 << 31 else np.int64


def blocks(n: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices that cover range(n)."""
    for at in range(0, n, size):
        yield slice(at, min(at + size, n))


@dataclass(frozen=True)
class Book:
    """Where each event posts and how much of it; layers that cannot occur are left out."""

    events: Events
    width: int  # A: a pair's key is source * A + target
    dyad_of: (
        np.ndarray | None
    )  # (A * A,) position of a pair among the dyads, or their sorted keys; None: the key
    half_lives: np.ndarray  # (L/2,)
    rate_of: np.ndarray  # (kinds + 1, K)
    ends: np.ndarray  # (T,)
    first: int  # day the tables start with
    period: np.ndarray  # (days,)
    left: np.ndarray  # (L/2, days): share of a mass left at its period's end
    books: int  # 1, or 2 where some event is mutual
    skip: int  # 1 where nothing stands: rate 0 is left out
    special: np.ndarray  # rows with an imprecise date or of a standing kind
    once: bool  # a standing event counts once, when it begins
    D: int

    @classmethod
    def of(cls, events: Events, decay: Decay, dyads: np.ndarray | None, ends: np.ndarray) -> Book:
        """Set up the tables over every day from the first event's to the last period's end.

        `dyads` are the keys of the pairs that have a place; None gives every pair one.
        """
        kinds = tuple(kind.name for kind in events.codebook)
        half_lives, rate_of = rates_of(decay, events.domains, kinds)
        first = day_range(events)[0]
        days = np.arange(first, ends[-1] + 1)
        period = np.searchsorted(ends, days)
        left = np.exp2(-(ends[period] - days) / half_lives[:, None])
        once = isinstance(decay, Saturating)
        stands = np.broadcast_to(False, len(events)) if once else events.standing
        loose = some(events.precision) or some(stands)
        special = np.flatnonzero((events.precision > 0) | stands) if loose else np.empty(0, dtype=np.int64)
        A, dyad_of = len(events.actors), dyads
        if dyads is not None and A * A <= FLAGS:
            dyad_of = np.full(A * A, -1, dtype=np.int32)
            dyad_of[dyads] = np.arange(len(dyads))
        return cls(
            events, A, dyad_of, half_lives, rate_of, ends, first, period, left, 1 + some(events.mutual),
            1 - some(stands), special, once, A * A if dyads is None else len(dyads),
        )  # fmt: skip

    @property
    def shape(self) -> Shape:
        """(D, K, L, T) with the layers that can occur."""
        layers = (len(self.half_lives) - self.skip) * self.books
        return self.D, len(self.events.domains), layers, len(self.ends)

    @property
    def size(self) -> int:
        """Number of possible cells."""
        D, K, L, T = self.shape
        return D * K * L * T

    @property
    def dense(self) -> bool:
        """Whether the possible cells are few enough, for the events there are, to give each its sums."""
        return self.size <= min(DENSE, 2 * len(self.events))

    def canonical(self, cells: np.ndarray) -> np.ndarray:
        """Cells in the full (D, K, 2 * rates, T), whatever layers were left out."""
        _, _, L, T = self.shape
        layers = np.arange(L)
        moved = (2 * (layers // self.books + self.skip) + layers % self.books - layers) * T  # of each layer
        line = cells // (L * T)
        shift = moved[0] if L == 1 else moved[(cells - line * (L * T)) // T]
        full: np.ndarray = cells + line * ((2 * len(self.half_lives) - L) * T) + shift
        return full

    def directory(self) -> np.ndarray:
        """Cells that occur, ascending, (M,)."""
        if self.size <= FLAGS:
            flags = np.zeros(self.size, dtype=bool)
            for cell in self.cells():
                flags[cell] = True
            return np.flatnonzero(flags)
        return np.unique(np.concatenate([np.unique(cell) for cell in self.cells(1 << 20)]))

    # ---- the postings -------------------------------------------------------------------------
    def postings(self, size: int = BLOCK) -> Iterator[Pieces]:
        """Every posting of every event, block by block."""
        for rows in self._plain(size):
            yield from self._points(rows)
        yield from self.spans(size)

    def spans(self, size: int = BLOCK) -> Iterator[Pieces]:
        """The postings of events that last, or of which the day is not known."""
        for block in blocks(len(self.special), size):
            yield from self._spans(self.special[block])

    def cells(self, size: int = BLOCK) -> Iterator[np.ndarray]:
        """The cell of every posting, block by block."""
        for rows in self._plain(size):
            yield from self._places(rows, self._days(rows), self._rate(rows))
        for piece in self.spans(size):
            yield piece.cell

    def _plain(self, size: int) -> Iterator[np.ndarray | slice]:
        """Rows of the events at one known day."""
        n = len(self.events)
        if not len(self.special):
            yield from blocks(n, size)
            return
        plain = np.setdiff1d(np.arange(n), self.special, assume_unique=True)
        yield from (plain[block] for block in blocks(len(plain), size))

    @cached_property
    def code(self) -> type[np.int32 | np.int64]:
        """Integer type of the cells."""
        return code_type(self.size)

    @cached_property
    def period_of(self) -> np.ndarray:
        """Period of each day, in the type of the cells, (days,)."""
        return self.period.astype(self.code)

    def _line(self, rows: np.ndarray | slice, *, back: bool) -> np.ndarray:
        """First cell of the (dyad, domain) of each row, or of its opposite direction."""
        e = self.events
        a, b = (e.target, e.source) if back else (e.source, e.target)
        dyad = pairs(a[rows], b[rows], self.width)
        if self.dyad_of is not None:
            table = len(self.dyad_of) > self.D
            dyad = self.dyad_of.take(dyad) if table else np.searchsorted(self.dyad_of, dyad)
        _, K, L, T = self.shape
        line: np.ndarray = dyad.astype(self.code, copy=False) * (K * L * T)
        line += e.domain[rows] * self.code(L * T)
        return line

    def _days(self, rows: np.ndarray | slice) -> np.ndarray:
        """Day of each row within the tables."""
        return (self.events.day[rows] - self.first).astype(np.intp)

    def _rate(self, rows: np.ndarray | slice) -> np.ndarray | int:
        if len(self.half_lives) == 2:
            return 1
        rate: np.ndarray = self.rate_of[self.events.kind[rows], self.events.domain[rows]]
        return rate

    def _layer(self, rate: np.ndarray | int, mutual: np.ndarray) -> np.ndarray | int:
        """First cell of a layer within its line."""
        within = (rate - self.skip) * (self.books * len(self.ends))
        return within if self.books == 1 else within + mutual * self.code(len(self.ends))

    def _places(
        self, rows: np.ndarray | slice, day: np.ndarray, rate: np.ndarray | int
    ) -> Iterator[np.ndarray]:
        """Cells of events at one known day: their own, then those of the mutual ones' other side."""
        mutual = self.events.mutual[rows]
        within = self.period_of.take(day)
        within = within + self._layer(rate, mutual)
        yield self._line(rows, back=False) + within
        if self.books == 2 and mutual.any():
            yield (self._line(rows, back=True) + within)[mutual]

    def _points(self, rows: np.ndarray | slice) -> Iterator[Pieces]:
        """Events at one known day."""
        e, day, rate = self.events, self._days(rows), self._rate(rows)
        forth, *back = self._places(rows, day, rate)
        weight = self.left.take(day + rate * self.left.shape[1])
        weight *= e.weight[rows]
        value = e.value[rows]
        whole, negative = np.abs(value), value < 0
        mass = whole * weight
        whole *= e.weight[rows]  # before fading: squares fade once
        whole *= mass
        yield Pieces(forth, 1.0, weight, mass, whole, negative)
        for cell in back:
            mutual = e.mutual[rows]
            yield Pieces(cell, 1.0, weight[mutual], mass[mutual], whole[mutual], negative[mutual])

    def _spans(self, rows: np.ndarray) -> Iterator[Pieces]:
        """Events spread over the days they may have happened on, and those that stand."""
        e = self.events
        stands = e.standing[rows] & (not self.once)
        ended = stands & (e.until[rows] != NO_DAY)
        start = span_starts(e.day[rows], e.precision[rows])
        end = span_ends(e.day[rows], e.precision[rows])
        end = np.where(ended, np.minimum(end, e.until[rows]), end)
        p0, p1 = self.period[start - self.first], self.period[end - self.first]
        which = np.repeat(np.arange(len(rows)), p1 - p0 + 1)  # one piece a period touched
        period = (
            np.arange(len(which)) - np.repeat(np.cumsum(p1 - p0 + 1) - (p1 - p0 + 1), p1 - p0 + 1) + p0[which]
        )
        opens = np.append(self.first, self.ends[:-1] + 1)  # the first day of each period
        low = np.maximum(start[which], opens[period])
        high = np.minimum(end[which], self.ends[period])
        length = (end - start + 1)[which]
        rate = np.where(stands, 0, self._rate(rows))[which]
        h, lag, days = self.half_lives[rate], self.ends[period] - high, high - low + 1
        share = days / length
        yield from self._piece(rows[which], rate, period, share, fading_sum(lag, days, h) / length)
        gone = np.flatnonzero(ended)
        if len(gone):
            last = e.until[rows[gone]]
            at = self.period[last - self.first]
            one = np.ones(len(gone))
            yield from self._piece(rows[gone], np.zeros(len(gone), dtype=np.int64), at, -one, -one)
            rate = np.broadcast_to(self._rate(rows[gone]), len(gone))
            left = np.where(
                e.settled[rows[gone]], 0.0, self.left[rate, last - self.first]
            )  # replaced: carried on
            yield from self._piece(rows[gone], rate, at, one, left)

    def _piece(
        self, rows: np.ndarray, rate: np.ndarray, period: np.ndarray, n: np.ndarray, left: np.ndarray
    ) -> Iterator[Pieces]:
        """Post n of an event, `left` of its mass and of its squared mass, both ways if mutual."""
        e = self.events
        value, weight, mutual = e.value[rows], e.weight[rows], e.mutual[rows]
        mass = np.abs(value) * weight
        within = self._layer(rate, mutual) + period
        forth = Pieces(
            self._line(rows, back=False) + within, n, weight * left, mass * left, mass**2 * left, value < 0
        )
        yield forth
        if mutual.any():
            cell = (self._line(rows, back=True) + within)[mutual]
            yield Pieces(
                cell,
                n[mutual],
                forth.weight[mutual],
                forth.mass[mutual],
                forth.mass2[mutual],
                forth.negative[mutual],
            )


def fading_sum(lag: np.ndarray, days: np.ndarray, half_life: np.ndarray) -> np.ndarray:
    """Sum of 2^(-(lag + d) / h) over d = 0 .. days - 1; `days` itself where nothing fades."""
    step = -np.log(2) / half_life
    with np.errstate(invalid="ignore"):
        fading = np.exp2(-lag / half_life) * np.expm1(days * step) / np.expm1(step)
    return np.where(np.isinf(half_life), days, fading)
