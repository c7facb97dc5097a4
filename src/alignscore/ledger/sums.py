"""The posting kernel: from columns of events to sums per cell, in numpy on packed integer codes.

Events of one known day are the many. Each becomes one integer, its cell and its day in the bits below, and one
number, its mass with its sign. Integers are dealt into buckets by their leading bits (one counting sort, by way
of a sparse matrix), so that all sums of a bucket stay in the cache while they are made: over every cell of the
bucket where these are few for its events, else over those that occur, found by a sort of the bucket. What an event
costs does not depend on the number of possible cells.

Letters for shapes: N events, M cells, A actors, D dyads, K domains, R rates of fading, T periods.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array

from alignscore.dates import some
from alignscore.errors import LedgerError
from alignscore.events import Events
from alignscore.ledger.cells import Grid
from alignscore.ledger.postings import Rates, portions

SUMS = ("n", "weight", "cooperation", "cooperation2", "conflict", "conflict2")
BLOCK = 1 << 14  # events packed at a time: their scratch stays in the cache
BUCKET = 1 << 14  # events of a bucket, were all alike
BUCKETS = 1 << 12
DENSE = 2  # cells an event up to which every cell of a bucket gets its sums
NARROW = 30  # bits up to which a position within a bucket is an int32
FEW = 8  # domains
SPREAD = 1 << 16  # events that last or are spread over days, cut at a time

Table = tuple[np.ndarray, np.ndarray]  # cells (M,), ascending, and their sums (M, 6)


def occurring_dyads(events: Events) -> np.ndarray:
    """Keys source * A + target of the directed dyads that occur, ascending, (D,)."""
    A = len(events.actors)
    ways = [(events.source, events.target)]
    if some(events.mutual):
        ways.append((events.target[events.mutual], events.source[events.mutual]))
    if max(1 << 22, 4 * len(events)) >= A * A:
        met = np.zeros(A * A, dtype=bool)
        for a, b in ways:
            for rows in blocks(len(a)):
                met[a[rows].astype(np.int64) * A + b[rows]] = True
        return np.flatnonzero(met)
    return np.unique(np.concatenate([np.unique(a.astype(np.int64) * A + b) for a, b in ways]))


def booked(events: Events) -> np.ndarray:
    """Events of some mass in each domain, and their whole masses, of one side's acts and mutual ones: (2, 2, K)."""
    K, both = len(events.domains), some(events.mutual)
    out = np.zeros((2 * K, 2))
    for rows in blocks(len(events)):
        mass = np.abs(events.value[rows])
        of_mass = (mass > 0).astype(float)
        mass *= events.weight[rows]
        line = events.domain[rows] + K * events.mutual[rows].astype(np.intp) if both else events.domain[rows]
        if K <= FEW:  # a product a domain: additions to so few bins wait for each other
            for at in range(2 * K if both else K):
                chosen = (line == at).astype(float)
                out[at] += chosen @ of_mass, chosen @ mass
        else:
            out[:, 0] += np.bincount(line, of_mass, 2 * K)
            out[:, 1] += np.bincount(line, mass, 2 * K)
    return out.reshape(2, K, 2).swapaxes(1, 2).copy()


def blocks(n: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices that cover range(n)."""
    for at in range(0, n, size):
        yield slice(at, min(at + size, n))


def post(
    tables: Sequence[Events], rates: Rates, ends: np.ndarray, dyads: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys of the dyads, (D,), the cells that occur, (M,), and their sums, (M, 6).

    `tables` share codes of actors; `ends` are the last days of the periods. Dyads are those given as keys
    source * A + target, ascending, or those that occur.
    """
    A, K = max(len(events.actors) for events in tables), len(tables[0].domains)
    parts: list[tuple[np.ndarray, Grid, Table]] = []
    special = [_special(events, rates) for events in tables]
    plain = [len(events) - len(rows) for events, rows in zip(tables, special, strict=True)]
    if any(plain):
        keys, cells, table = Packing.make(tables, rates, ends, A).sums(tables, special)
        parts.append((keys, Grid(len(keys), K, len(rates.half_lives), len(ends)), (cells, table)))
    for events, rows in zip(tables, special, strict=True):
        for block in blocks(len(rows), SPREAD):
            keys, cells, table = _spread(events.pick(rows[block]), rates, ends, A)
            parts.append((keys, Grid(len(keys), K, len(rates.half_lives), len(ends)), (cells, table)))
    if dyads is None:
        dyads = parts[0][0]
        for keys, *_ in parts[1:]:
            dyads = np.union1d(dyads, keys)
    Grid(len(dyads), K, len(rates.half_lives), len(ends))  # refuses what would not fit
    placed = [
        (cells if len(keys) == len(dyads) else _placed(cells, grid, np.searchsorted(dyads, keys)), table)
        for keys, grid, (cells, table) in parts
    ]
    cells, table = merge(placed) if len(placed) > 1 else placed[0]
    return dyads, cells, table


def sums(events: Events, rates: Rates, dyads: np.ndarray, ends: np.ndarray) -> Table:
    """Cells that occur, ascending, (M,), and their sums in the order of `SUMS`, (M, 6).

    `dyads` are keys source * A + target, `ends` the last day of each period.
    """
    _, cells, table = post([events], rates, ends, dyads)
    return cells, table


def _placed(cells: np.ndarray, grid: Grid, dyads: np.ndarray) -> np.ndarray:
    """Cells with their dyads at other positions (D,) of a longer list."""
    out = np.empty_like(cells)
    for rows in blocks(len(cells), 1 << 18):
        out[rows] = grid.moved(cells[rows], grid, dyads, 0)
    return out


def _special(events: Events, rates: Rates) -> np.ndarray:
    """Rows that stand, or of which the day is not known."""
    stands = rates.stands(events)
    if not (some(events.precision) or some(stands)):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero((events.precision > 0) | stands)


# ---- events of one known day ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Packing:
    """How an event is one integer: ((pair * K + domain), layer, period, day), each of the last three in bits of its own.

    Attributes
    ----------
    actors, domains, rates, periods : int
        A, K, R and T; a pair is source * A + target.
    both : bool
        Whether some event is mutual: layers are then rates twice, the second of mutual acts.
    low, middle, top : int
        Bits of the day within its period, of the period, and of the layer.
    first : int
        The day the tables begin with.
    place : ndarray of int64, (days,)
        Period and day of each day, in their bits.
    left : ndarray, (2^(low + middle + top),)
        What is left of a mass at its period's end, by layer, period and day.
    layer_of : ndarray of int64, (kinds + 1, K), or None where there is one
        Layer of each kind, in its bits.
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

    @classmethod
    def make(cls, tables: Sequence[Events], rates: Rates, ends: np.ndarray, A: int) -> Packing:
        """Tables over every day from the first event's to the last period's end."""
        first = min(int(events.day.min()) for events in tables if len(events))
        days = np.arange(first, ends[-1] + 1)
        period = np.searchsorted(ends, days)
        day = days - np.append(first, ends[:-1] + 1)[period]
        R, T, both = len(rates.half_lives), len(ends), any(some(events.mutual) for events in tables)
        layers = (R - 1) * (1 + both)
        low, middle, top = (int(size - 1).bit_length() for size in (day.max() + 1, T, layers))
        place = (period << low) | day
        left = np.zeros((1 << top, 1 << (low + middle)))
        for layer in range(layers):
            left[layer, place] = np.exp2(-(ends[period] - days) / rates.half_lives[layer // (1 + both) + 1])
        layer_of = None if layers == 1 else (rates.of_kind - 1) * (1 + both) << (low + middle)
        K = len(tables[0].domains)
        if (A * A * K - 1).bit_length() + low + middle + top > 62:
            raise LedgerError(
                f"{A:,} actors over {T:,} periods are too many to post at once; choose longer periods (freq) "
                "or fewer actors."
            )
        return cls(A, K, R, T, both, low, middle, top, first, place, left.ravel(), layer_of)

    def sums(
        self, tables: Sequence[Events], special: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Keys of dyads, cells and sums of the events that are not `special`."""
        n = sum(
            len(events) - len(rows) + (int(events.mutual.sum()) if self.both else 0)
            for events, rows in zip(tables, special, strict=True)
        )
        bits = (self.actors**2 * self.domains - 1).bit_length() + self.low + self.middle + self.top
        many = min(max(n // BUCKET, 1 << max(0, bits - NARROW)), BUCKETS) if n > BUCKET else 1
        shift = max(self.low, bits - (many - 1).bit_length())
        row, within, load = self._packed(tables, special, n, shift)
        table = np.empty((len(within), len(SUMS)))  # memory that is not written to is not taken
        cells = np.empty(len(within), dtype=np.int64)
        dyads: list[np.ndarray] = []
        m, D, last = 0, 0, -1
        for base, inside, x in self._buckets(row, within, load, shift):
            found = self._summed(base, inside, x, table[m:])
            D, last = self._numbered(found, cells[m : m + len(found)], dyads, D, last)
            m += len(found)
        cells.resize(m, refcheck=False)
        table.resize((m, len(SUMS)), refcheck=False)
        return np.concatenate(dyads), cells, table

    def _packed(
        self, tables: Sequence[Events], special: Sequence[np.ndarray], n: int, shift: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Bucket of each posting, its position there, and its signed mass, complex with the weight if not all are 1."""
        weighted = not all(
            events.weight.strides == (0,) and events.weight[:1].all() == 1 for events in tables
        )
        code = np.int32 if shift <= NARROW else np.int64
        row, within = np.empty(n, dtype=code), np.empty(n, dtype=code)
        load = np.empty(n, dtype=complex if weighted else float)
        at = 0
        for events, rows in zip(tables, special, strict=True):
            chosen = None
            if len(rows):
                chosen = np.ones(len(events), dtype=bool)
                chosen[rows] = False
                chosen = np.flatnonzero(chosen)
            for block in blocks(len(events) if chosen is None else len(chosen)):
                for key, value, weight in self._keys(events, block if chosen is None else chosen[block]):
                    out = slice(at, at + len(key))
                    at = out.stop
                    np.right_shift(key, shift, out=row[out], casting="same_kind")
                    np.bitwise_and(key, (1 << shift) - 1, out=within[out], casting="same_kind")
                    if weighted:
                        np.multiply(value, weight, out=load.real[out])
                        load.imag[out] = weight
                    else:
                        load[out] = value
        return row[:at], within[:at], load[:at]

    def _keys(
        self, events: Events, rows: slice | np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Integers, values and weights of a block of rows, then those of the other side of the mutual ones."""
        source, target, domain = events.source[rows], events.target[rows], events.domain[rows]
        place = self.place.take(np.subtract(events.day[rows], self.first, dtype=np.intp))
        if self.layer_of is not None:
            place += self.layer_of[events.kind[rows], domain]
        value, weight = events.value[rows], events.weight[rows]
        mutual = np.flatnonzero(events.mutual[rows]) if self.both else np.empty(0, dtype=np.intp)
        place[mutual] += 1 << (self.low + self.middle)
        yield self._key(source, target, domain, place), value, weight
        if len(mutual):
            source, target, domain, place, value, weight = (
                column[mutual] for column in (source, target, domain, place, value, weight)
            )
            yield self._key(target, source, domain, place), value, weight

    def _key(self, a: np.ndarray, b: np.ndarray, domain: np.ndarray, place: np.ndarray) -> np.ndarray:
        key: np.ndarray = np.multiply(a, self.actors, dtype=np.int64)
        key += b
        key *= self.domains
        key += domain
        key <<= self.low + self.middle + self.top
        key += place
        return key

    def _buckets(
        self, row: np.ndarray, within: np.ndarray, load: np.ndarray, shift: int
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """First integer, positions beyond it and loads of each bucket, ascending."""
        if not row.any():
            yield 0, within, load
            return
        dealt = coo_array((load, (row, within)), shape=(int(row.max()) + 1, 1 << shift))
        dealt.has_canonical_format = True  # nothing is to be summed: events of one day are several
        dealt = dealt.tocsr()
        for at, (start, stop) in enumerate(zip(dealt.indptr[:-1], dealt.indptr[1:], strict=True)):
            if stop > start:
                yield at << shift, dealt.indices[start:stop], dealt.data[start:stop]

    def _summed(self, base: int, within: np.ndarray, load: np.ndarray, table: np.ndarray) -> np.ndarray:
        """Cells (line, layer, period) of a bucket, (M,), ascending; their sums go to the first rows of `table`."""
        n, begin = len(within), base >> self.low
        size = (int(within.max()) >> self.low) + 1
        if size <= DENSE * n:
            count, *totals = self._binned(base, within, (within >> self.low).astype(np.intp), load, size)
            found = np.flatnonzero(count[:, 0] + count[:, 1])
            _write(table[: len(found)], count[found], *(total[found] for total in totals))
            return begin + found
        bits = n.bit_length()
        if int(within.max()).bit_length() + bits < 63:  # positions and turns in one integer sort fastest
            packed = within.astype(np.int64)
            packed <<= bits
            packed += np.arange(n)
            packed.sort()
            load = load.take(packed & ((1 << bits) - 1))
            packed >>= bits
            within = packed
        else:
            order = np.argsort(within, kind="stable")
            within, load = within[order].astype(np.int64), load[order]
        cell = within >> self.low
        new = np.empty(n, dtype=bool)
        new[0] = True
        np.not_equal(cell[1:], cell[:-1], out=new[1:])
        found = cell[new]
        rank = np.cumsum(new, dtype=np.intp)
        rank -= 1
        _write(table[: len(found)], *self._binned(base, within, rank, load, len(found)))
        return begin + found

    def _binned(
        self, base: int, within: np.ndarray, cell: np.ndarray, load: np.ndarray, size: int
    ) -> list[np.ndarray]:
        """Counts, weights, masses and their squares over events of each of `size` cells, by sign, (size, 2) each."""
        totals: list[np.ndarray] = []
        for rows in blocks(len(cell), max(1 << 16, size)):
            signed, part = cell[rows] * 2, load[rows]
            days = within[rows] + (base & (len(self.left) - 1))
            days &= len(self.left) - 1
            left = self.left.take(days)
            mass = part.real if part.dtype == complex else part
            signed += mass < 0
            square = mass * mass
            square *= left
            mass = np.abs(mass)
            mass *= left
            if part.dtype == complex:
                left *= part.imag
            new = [np.bincount(signed, x, 2 * size) for x in (None, left, mass, square)]
            totals = [a + b for a, b in zip(totals, new, strict=True)] if totals else new
        return [total.reshape(size, 2) for total in totals]

    def _numbered(
        self, found: np.ndarray, cells: np.ndarray, dyads: list[np.ndarray], D: int, last: int
    ) -> tuple[int, int]:
        """Write the numbers of cells in the grid of the dyads met so far; returns how many, and the latest pair."""
        period = found & ((1 << self.middle) - 1)
        line = found >> self.middle
        layer = line & ((1 << self.top) - 1)
        line >>= self.top
        pair, domain = np.divmod(line, self.domains)
        new = np.empty(len(pair), dtype=bool)
        new[0] = pair[0] != last
        np.not_equal(pair[1:], pair[:-1], out=new[1:])
        dyads.append(pair[new])
        dyad = np.cumsum(new)
        dyad += D - 1
        grid = Grid(1, self.domains, self.rates, self.periods)
        cells[:] = grid.key(dyad, domain, layer if self.both else 2 * layer, period)
        return int(dyad[-1]) + 1, int(pair[-1])


def _write(
    table: np.ndarray, count: np.ndarray, weight: np.ndarray, mass: np.ndarray, square: np.ndarray
) -> None:
    """Write sums by sign, (M, 2) each, in the order of `SUMS`."""
    table[:, 0] = count[:, 0] + count[:, 1]
    table[:, 1] = weight[:, 0] + weight[:, 1]
    table[:, 2::2] = mass
    table[:, 3::2] = square


# ---- events that last, or of which the day is not known ----------------------------------------------------
def _spread(
    events: Events, rates: Rates, ends: np.ndarray, A: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys of dyads, cells and sums of events cut at the ends of periods."""
    parts = portions(events, rates.stands(events), rates.of(events), ends)
    e = parts.event
    mutual, left = events.mutual[e], parts.left(rates.half_lives)
    mass = np.abs(events.value) * events.weight
    negative = events.value[e] < 0
    table = np.zeros((len(e), len(SUMS)))
    table[:, 0] = parts.n
    table[:, 1] = events.weight[e] * left
    for column, x in ((2, mass[e] * left), (3, (mass * mass)[e] * left)):
        table[~negative, column], table[negative, column + 2] = x[~negative], x[negative]
    back = np.flatnonzero(mutual)
    source, target = events.source[e].astype(np.int64), events.target[e].astype(np.int64)
    pair = np.append(source * A + target, (target * A + source)[back])
    dyads, dyad = np.unique(pair, return_inverse=True)
    grid = Grid(len(dyads), len(events.domains), len(rates.half_lives), len(ends))
    layer = grid.layer(parts.rate, mutual, parts.until)
    domain = events.domain[e]
    cells = grid.key(
        dyad.reshape(-1), np.append(domain, domain[back]), np.append(layer, layer[back]),
        np.append(parts.period, parts.period[back]),
    )  # fmt: skip
    return dyads, *merge([(cells, np.concatenate([table, table[back]]))])


def merge(parts: Sequence[Table]) -> Table:
    """Sums of several (cells, table) as one, cells ascending and each once."""
    cells = np.concatenate([cells for cells, _ in parts])
    table = np.concatenate([table for _, table in parts])
    if len(cells) < 2:
        return cells, table
    order = np.argsort(cells, kind="stable")
    cells = cells[order]
    new = np.append(True, cells[1:] != cells[:-1])
    if new.all():
        return cells, table[order]
    first = np.flatnonzero(new)
    if len(first) + len(first) < len(cells):  # many to a cell
        return cells[first], np.add.reduceat(table[order], first, axis=0)
    out = table[order[first]]
    again = np.flatnonzero(~new)
    place = np.cumsum(new)[again] - 1
    if (place[1:] != place[:-1]).all():
        out[place] += table[order[again]]
    else:
        np.add.at(out, place, table[order[again]])
    return cells[first], out
