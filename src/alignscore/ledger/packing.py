"""How an event of one known day is packed into integers: its line, and its place among the line's cells and days.

Letters for shapes: N events, A actors, K domains, R rates of fading, T periods.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from alignscore.dates import some
from alignscore.errors import LedgerError
from alignscore.events import Events
from alignscore.ledger.cells import Grid
from alignscore.ledger.postings import Rates

BLOCK = 1 << 14  # events worked on at a time: their scratch stays in the cache
NARROW = 30  # bits up to which a packed number is an int32

Piece = tuple[Events, slice | np.ndarray]  # a table and some of its rows


class Packed(NamedTuple):
    """Packed events, (N,) each."""

    row: np.ndarray  # bucket
    within: np.ndarray  # number of the event within its bucket
    load: np.ndarray  # its mass with its sign, complex with its weight where not all weigh 1


def blocks(n: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices that cover range(n)."""
    for at in range(0, n, size):
        yield slice(at, min(at + size, n))


@dataclass(frozen=True)
class Packing:
    """An event's line, (source * A + target) * K + domain, and below it its layer, period and lag in bits of their own.

    The lag is the days from the event to its period's end. A bucket is a run of 2^cut lines.

    Attributes
    ----------
    actors, domains, rates, periods : int
        A, K, R and T.
    both : bool
        Whether some event is mutual: layers are then rates twice, the second of mutual acts.
    low, middle, top : int
        Bits of the lag, of the period, and of the layer.
    first : int
        The day the tables begin with.
    place : ndarray of int32 or int64, (days,)
        Period and lag of each day, in their bits.
    left : ndarray of complex, (2^low,) or (2^(top + low),)
        An event, 1, and as imaginary part what is left of it at its period's end: by lag, or by layer and lag where
        layers fade at several rates.
    layer_of : ndarray, ((kinds + 1) * K,), or None where all events have one layer
        Layer of each kind in each domain, in its bits; the last K serve events without a kind.
    cell : ndarray of int64, (2^(top + middle),)
        The number that a ledger's grid gives each layer and period of its first line.
    """

    actors: int
    domains: int
    rates: int
    periods: int
    both: bool
    low: int
    middle: int
    top: int
    first: int
    place: np.ndarray
    left: np.ndarray
    layer_of: np.ndarray | None
    cell: np.ndarray

    @classmethod
    def make(cls, tables: Sequence[Events], rates: Rates, ends: np.ndarray, A: int) -> Packing:
        """The packing of tables over periods that end on days (T,)."""
        first = min(int(events.day.min()) for events in tables if len(events))
        days = np.arange(first, ends[-1] + 1)
        period = np.searchsorted(ends, days)
        lag = ends[period] - days
        K, R, T = len(tables[0].domains), len(rates.half_lives), len(ends)
        both = any(some(events.mutual) for events in tables)
        layers = (R - 1) * (1 + both)
        low, middle, top = (int(size - 1).bit_length() for size in (lag.max() + 1, T, layers))
        if (A * A * K - 1).bit_length() + low + middle + top > 62:
            raise LedgerError(
                f"{A:,} actors over {T:,} periods are too many to post at once; choose longer periods (freq) "
                "or fewer actors."
            )
        code = np.int32 if low + middle + top <= NARROW else np.int64
        left = np.exp2(-np.arange(1 << low) / rates.half_lives[1:, None])
        if R > 2:
            left = np.concatenate([left.repeat(1 + both, axis=0), np.zeros(((1 << top) - layers, 1 << low))])
        layer_of = (
            None if R == 2 else ((rates.of_kind - 1) * (1 + both) << (low + middle)).astype(code).ravel()
        )
        place = ((period << low) | lag).astype(code)
        layer, t = np.divmod(np.arange(1 << (middle + top)), 1 << middle)
        one = np.zeros(1, dtype=np.int64)
        cell = Grid(1, K, R, T).key(one, one, layer if both else 2 * layer, t)
        return cls(A, K, R, T, both, low, middle, top, first, place, 1 + 1j * left.ravel(), layer_of, cell)

    @property
    def bits(self) -> int:
        """Bits below an event's line."""
        return self.low + self.middle + self.top

    @property
    def grid(self) -> Grid:
        """The grid of one dyad."""
        return Grid(1, self.domains, self.rates, self.periods)

    @property
    def per_line(self) -> int:
        """Packed numbers of a line's cells, some of them never taken."""
        return len(self.cell)

    @property
    def lines(self) -> int:
        """Number of possible lines."""
        return self.actors**2 * self.domains

    def lag(self, within: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Where `left` holds what is left of each event, intp (N,)."""
        if len(self.left) == 1 << self.low:
            return np.bitwise_and(within, (1 << self.low) - 1, out=out)
        layer = (within >> self.middle) & (((1 << self.top) - 1) << self.low)
        return np.bitwise_or(layer, within & ((1 << self.low) - 1), out=out)

    def packed(self, pieces: Sequence[Piece], cut: int, *, weighted: bool) -> Packed:
        """Events of some pieces, and the other side of those that are mutual; `weighted`: not all weigh 1."""
        lengths = [len(events.day[rows]) for events, rows in pieces]
        n = sum(lengths)
        if self.both:
            n += sum(int(events.mutual[rows].sum()) for events, rows in pieces)
        code = np.int32 if cut + self.bits <= NARROW else np.int64
        row, within = np.empty(n, dtype=np.int32), np.empty(n, dtype=code)
        bare = len(pieces) == 1 and not (weighted or self.both) and isinstance(pieces[0][1], slice)
        load = pieces[0][0].value[pieces[0][1]] if bare else np.empty(n, dtype=complex if weighted else float)
        at = 0
        for (events, rows), length in zip(pieces, lengths, strict=True):
            for block in blocks(length):
                if isinstance(rows, slice):
                    some_rows: slice | np.ndarray = slice(rows.start + block.start, rows.start + block.stop)
                else:
                    some_rows = rows[block]
                for line, place, value, weight in self._sides(events, some_rows):
                    out = slice(at, at + len(line))
                    at = out.stop
                    np.right_shift(line, cut, out=row[out], casting="same_kind")
                    line &= (1 << cut) - 1
                    np.left_shift(line, self.bits, out=within[out], dtype=code, casting="same_kind")
                    np.add(within[out], place, out=within[out])
                    if weighted:
                        np.multiply(value, weight, out=load.real[out])
                        load.imag[out] = weight
                    elif not bare:
                        load[out] = value
        return Packed(row, within, load)

    def _sides(
        self, events: Events, rows: slice | np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """Lines, places, values and weights of some rows, then those of the other side of the mutual ones."""
        source, target, domain = events.source[rows], events.target[rows], events.domain[rows]
        place = self.place.take(np.subtract(events.day[rows], self.first, dtype=np.intp))
        if self.layer_of is not None:
            kind = np.multiply(events.kind[rows], self.domains, dtype=np.intp)
            kind += domain
            place += self.layer_of.take(kind, mode="wrap")
        value, weight = events.value[rows], events.weight[rows]
        mutual = np.flatnonzero(events.mutual[rows]) if self.both else np.empty(0, dtype=np.intp)
        place[mutual] += 1 << (self.low + self.middle)
        yield self._line(source, target, domain), place, value, weight
        if len(mutual):
            source, target, domain, place, value, weight = (
                column[mutual] for column in (source, target, domain, place, value, weight)
            )
            yield self._line(target, source, domain), place, value, weight

    def _line(self, a: np.ndarray, b: np.ndarray, domain: np.ndarray) -> np.ndarray:
        code = np.int32 if self.lines < 1 << 31 else np.int64
        line: np.ndarray = np.multiply(a, self.actors, dtype=code)
        line += b
        line *= self.domains
        line += domain
        return line
