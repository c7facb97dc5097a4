"""The posting kernel: from columns of events to sums per cell, in numpy on flat integer codes.

Letters for shapes: N events, M cells, A actors, D dyads, K domains, L layers, T periods.
A layer is a rate of fading (0: standing, never fades) in one of two books: 2 * rate + mutual.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from alignscore.decay import Decay, HalfLife, Saturating
from alignscore.events import Events, span_ends, span_starts
from alignscore.screening import NO_DAY

SUMS = ("n", "weight", "cooperation", "conflict", "cooperation2", "conflict2")
BLOCK = 1 << 14  # events a pass: its scratch and the cells it meets stay in the cache
DENSE = 1 << 22  # up to this many possible cells, every one gets its sums
FLAGS = 1 << 27  # up to this many, a flag each finds those that occur

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
    first = int(span_starts(events.day, events.precision).min())
    last = int(span_ends(events.day, events.precision).max())
    return first, last, max(last, int(events.until.max()))


def occurring_dyads(events: Events) -> np.ndarray:
    """Keys source * A + target of the directed dyads that occur, ascending, (D,)."""
    A = len(events.actors)
    if A * A <= FLAGS:
        flags = np.zeros(A * A, dtype=bool)
        for rows in blocks(len(events)):
            source, target = events.source[rows].astype(np.int64), events.target[rows]
            flags[source * A + target] = True
            mutual = events.mutual[rows]
            if mutual.any():
                flags[target[mutual] * np.int64(A) + source[mutual]] = True
        return np.flatnonzero(flags)
    forth = np.unique(events.source.astype(np.int64) * A + events.target)
    back = np.unique(events.target[events.mutual].astype(np.int64) * A + events.source[events.mutual])
    return np.union1d(forth, back)


def blocks(n: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices that cover range(n)."""
    for at in range(0, n, size):
        yield slice(at, min(at + size, n))


def sums(events: Events, decay: Decay, dyads: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cells that occur, ascending, (M,), and their sums in the order of `SUMS`, (M, 6).

    `dyads` are keys source * A + target, `ends` the last day of each period.
    """
    book = Book.of(events, decay, dyads, ends)
    cells = book.directory()
    table = np.zeros((len(cells) if cells is not None else book.size, len(SUMS)))
    flat = table.reshape(-1)
    lookup = _finder(cells, book.size)
    for piece in book.postings():
        at = lookup(piece.cell) * len(SUMS)
        side = at + piece.negative
        np.add.at(flat, at, piece.n)
        np.add.at(flat, at + 1, piece.weight)
        np.add.at(flat, side + 2, piece.mass)
        np.add.at(flat, side + 4, piece.mass2)
    if cells is None:
        cells = np.flatnonzero(table.any(axis=1))
        table = table[cells]
    return book.canonical(cells), table


def merge(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Sums of several (cells, table) as one, cells ascending and each once."""
    cells = np.concatenate([cell for cell, _ in parts])
    table = np.concatenate([sums_ for _, sums_ in parts])
    order = np.argsort(cells, kind="stable")
    cells, table = cells[order], table[order]
    first = (
        np.flatnonzero(np.append(True, cells[1:] != cells[:-1]))
        if len(cells)
        else np.empty(0, dtype=np.int64)
    )
    return cells[first], np.add.reduceat(table, first, axis=0) if len(first) else table


@dataclass(frozen=True)
class Book:
    """Where each event posts and how much of it; layers that cannot occur are left out."""

    events: Events
    dyad_of: np.ndarray  # (A * A,) or a sorted key table: position of a pair among the dyads
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
    def of(cls, events: Events, decay: Decay, dyads: np.ndarray, ends: np.ndarray) -> Book:
        """Set up the tables over every day from the first event's to the last period's end."""
        kinds = tuple(kind.name for kind in events.codebook)
        half_lives, rate_of = rates_of(decay, events.domains, kinds)
        first = day_range(events)[0]
        days = np.arange(first, ends[-1] + 1)
        period = np.searchsorted(ends, days)
        left = np.exp2(-(ends[period] - days) / half_lives[:, None])
        once = isinstance(decay, Saturating)
        stands = np.zeros(len(events), dtype=bool) if once else events.standing
        special = np.flatnonzero((events.precision > 0) | stands)
        dyad_of = dyads
        if len(events.actors) ** 2 <= FLAGS:
            dyad_of = np.full(len(events.actors) ** 2, -1, dtype=np.int64)
            dyad_of[dyads] = np.arange(len(dyads))
        return cls(
            events, dyad_of, half_lives, rate_of, ends, first, period, left,
            1 + bool(events.mutual.any()), 1 - bool(stands.any()), special, once, len(dyads),
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

    def canonical(self, cells: np.ndarray) -> np.ndarray:
        """Cells in the full (D, K, 2 * rates, T), whatever layers were left out."""
        _, _, L, T = self.shape
        line, rest = np.divmod(cells, L * T)
        layer, period = np.divmod(rest, T)
        rate, mutual = np.divmod(layer, self.books)
        full: np.ndarray = (line * (2 * len(self.half_lives)) + 2 * (rate + self.skip) + mutual) * T + period
        return full

    def directory(self) -> np.ndarray | None:
        """Cells that occur, ascending; None where every possible cell may as well have its sums."""
        if self.size <= max(DENSE, len(self.events) // 4):
            return None
        if self.size <= FLAGS:
            flags = np.zeros(self.size, dtype=bool)
            for piece in self.postings():
                flags[piece.cell] = True
            return np.flatnonzero(flags)
        found = [np.unique(piece.cell) for piece in self.postings(1 << 20)]
        return np.unique(np.concatenate(found))

    # ---- the postings -------------------------------------------------------------------------
    def postings(self, size: int = BLOCK) -> Iterator[Pieces]:
        """Every posting of every event, block by block."""
        n = len(self.events)
        plain = (
            None if not len(self.special) else np.setdiff1d(np.arange(n), self.special, assume_unique=True)
        )
        for block in blocks(n if plain is None else len(plain), size):
            rows = block if plain is None else plain[block]
            yield from self._points(rows)
        for block in blocks(len(self.special), size):
            yield from self._spans(self.special[block])

    def _line(self, rows: np.ndarray | slice, *, back: bool) -> np.ndarray:
        """First cell of the (dyad, domain) of each row, or of its opposite direction."""
        e = self.events
        a, b = (e.target, e.source) if back else (e.source, e.target)
        pair = a[rows].astype(np.int64) * len(e.actors) + b[rows]
        dyad = self.dyad_of[pair] if len(self.dyad_of) != self.D else np.searchsorted(self.dyad_of, pair)
        _, K, L, T = self.shape
        line: np.ndarray = (dyad * K + e.domain[rows]) * (L * T)
        return line

    def _rate(self, rows: np.ndarray | slice) -> np.ndarray | int:
        if len(self.half_lives) == 2:
            return 1
        rate: np.ndarray = self.rate_of[self.events.kind[rows], self.events.domain[rows]]
        return rate

    def _layer(self, rate: np.ndarray | int, mutual: np.ndarray) -> np.ndarray:
        """First cell of a layer within its line."""
        layer: np.ndarray = ((rate - self.skip) * self.books + mutual) * len(self.ends)
        return layer

    def _points(self, rows: np.ndarray | slice) -> Iterator[Pieces]:
        """Events at one known day."""
        e = self.events
        day = e.day[rows] - self.first
        rate = self._rate(rows)
        weight = e.weight[rows] * self.left[rate, day]
        value, mutual = e.value[rows], e.mutual[rows]
        mass = np.abs(value) * weight
        within = self._layer(rate, mutual) + self.period[day]
        negative = value < 0
        yield Pieces(self._line(rows, back=False) + within, 1.0, weight, mass, mass * mass, negative)
        if self.books == 2 and mutual.any():
            m = mass[mutual]
            cell = (self._line(rows, back=True) + within)[mutual]
            yield Pieces(cell, 1.0, weight[mutual], m, m * m, negative[mutual])

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
        yield from self._piece(rows[which], rate, period, share, fading_sum(lag, days, h) / length,
                               fading_sum(lag, days, h / 2) / length)  # fmt: skip
        gone = np.flatnonzero(ended)
        if len(gone):
            last = e.until[rows[gone]]
            at = self.period[last - self.first]
            one = np.ones(len(gone))
            yield from self._piece(rows[gone], np.zeros(len(gone), dtype=np.int64), at, -one, -one, -one)
            rate = np.broadcast_to(self._rate(rows[gone]), len(gone))
            left = self.left[rate, last - self.first]
            yield from self._piece(rows[gone], rate, at, one, left, left**2)

    def _piece(
        self, rows: np.ndarray, rate: np.ndarray, period: np.ndarray,
        n: np.ndarray, left: np.ndarray, left2: np.ndarray,
    ) -> Iterator[Pieces]:  # fmt: skip
        """Post n of an event, `left` of its mass and `left2` of its squared mass, both ways if mutual."""
        e = self.events
        value, weight, mutual = e.value[rows], e.weight[rows], e.mutual[rows]
        mass = np.abs(value) * weight
        within = self._layer(rate, mutual) + period
        forth = Pieces(
            self._line(rows, back=False) + within, n, weight * left, mass * left, mass**2 * left2, value < 0
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


def _finder(cells: np.ndarray | None, size: int):  # type: ignore[no-untyped-def]
    """Function from a cell to its place among the cells that occur."""
    if cells is None:
        return lambda cell: cell
    if size <= FLAGS:
        place = np.zeros(size, dtype=np.int32)
        place[cells] = np.arange(len(cells), dtype=np.int32)
        return lambda cell: place[cell].astype(np.int64)
    return lambda cell: np.searchsorted(cells, cell)
