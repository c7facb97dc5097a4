"""Sums of events by cell: how a posting makes them, and how those of several postings are added.

Events that last, or of which the day is not known, are cut at the ends of periods. All others go through a kernel
that works in the cache. It packs an event into integers: its line, and its place among the line's cells and days.
Events are dealt into buckets by the leading bits of their line (one counting sort, by way of a sparse matrix). A
bucket's sums are made over every cell that it could have where these are few for its events, and else over those
that occur, found by a sort; a bucket too large for either is dealt again. What an event costs does not depend on the
number of possible cells. The counting sort of a large table is one long step that needs no interpreter: a thread of its
own takes it, while the whole masses are summed. All other steps are over in microseconds, and threads that pass the
interpreter to and fro between them took twice the process time, and longer by the clock.

Letters for shapes: N events, P portions, M cells, A actors, D dyads, K domains, R rates of fading, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy  # its parts load on first use

from alignscore.errors import LedgerError
from alignscore.events import Events
from alignscore.ledger.cells import BLOCK, SUMS, Grid, Rates, blocks, portions
from alignscore.values import any_set, once, run_starts

NARROW = 30  # bits up to which a packed number is an int32
BUCKET = 1 << 14  # events a bucket, were all alike
BUCKETS = 1 << 8  # at a time: each is written to at a place of its own in memory
DEALT = 1 << 18  # events of a stream that are packed together: the memory for it is used again
ASIDE = 1 << 20  # events packed together from which on a thread of its own is worth its start
EVERY = 1 << 14  # cells of a bucket: their sums stay in the cache
DENSE = 4  # cells an event up to which every cell of a bucket gets its sums
BITS = 63  # of a whole number above 0
LARGEST = 1 << 16  # events of a bucket that is sorted as it is
ALONE = 1 << 13  # numbers of a product: one of more than 10,000 would wake the threads of BLAS
FEW = 8  # domains
MERGED = 1 << 14  # cells merged at a time: their sums stay in the cache
SPREAD = 1 << 16  # events that last or are spread over days, cut at a time

# keys of dyads (D,), cells in the grid of these (M,), and their sums (M, 6)
Summed = tuple[np.ndarray, np.ndarray, np.ndarray]
Table = tuple[np.ndarray, np.ndarray]  # cells (M,), ascending, and their sums (M, 6)
Piece = tuple[Events, slice | np.ndarray]  # a table and some of its rows
Part = tuple[np.ndarray, np.ndarray]  # events' numbers within their bucket and their loads, (N,) each


class Posting(NamedTuple):
    """What tables of events post.

    Attributes
    ----------
    dyads : ndarray of int64, (D,)
        Keys source * A + target, ascending.
    cells : ndarray of int64, (M,)
        Those that occur, ascending.
    sums : ndarray, (M, 6)
    booked : ndarray, (2, 2, K)
        As `booked` has it.
    """

    dyads: np.ndarray
    cells: np.ndarray
    sums: np.ndarray
    booked: np.ndarray


def post(
    tables: Sequence[Events], rates: Rates, ends: np.ndarray, dyads: np.ndarray | None = None
) -> Posting:
    """Sums of events by cell.

    `tables` share codes of actors; `ends` are the last days of the periods. Dyads are those given as keys, or those
    that occur.
    """
    A = max(len(events.actors) for events in tables)
    special = [_lasting_rows(events, rates) for events in tables]
    pieces = [(events, _other_rows(len(events), rows)) for events, rows in zip(tables, special, strict=True)]
    parts = []
    with ThreadPoolExecutor(1) as aside:
        sums_of_dealt = None
        if sum(map(len, tables)) > sum(map(len, special)):
            sums_of_dealt = dealt(Packing.make(tables, rates, ends, A), pieces, aside)
        counted = np.sum([booked(events) for events in tables], axis=0)
        if sums_of_dealt is not None:
            parts.append(sums_of_dealt())
    for events, rows in zip(tables, special, strict=True):
        parts += [_cut_sums(events.pick(rows[block]), rates, ends) for block in blocks(len(rows), SPREAD)]
    if dyads is None:
        dyads = once(*(keys for keys, *_ in parts))
    grid = Grid(len(dyads), len(tables[0].domains), len(rates.half_lives), len(ends))
    placed = [
        (cells if len(keys) == len(dyads) else _placed(cells, grid, np.searchsorted(dyads, keys)), table)
        for keys, cells, table in parts
    ]
    cells, table = merge(placed) if len(placed) > 1 else placed[0]
    return Posting(dyads, cells, table, counted)


def _placed(cells: np.ndarray, grid: Grid, dyads: np.ndarray) -> np.ndarray:
    """Cells with their dyads at other positions (D,) of a longer list."""
    out = np.empty_like(cells)
    for rows in blocks(len(cells), 1 << 18):
        out[rows] = grid.in_other_grid(cells[rows], grid, dyads, 0)
    return out


def _lasting_rows(events: Events, rates: Rates) -> np.ndarray:
    """Rows that stand, or of which the day is not known."""
    stands = rates.standing_rows(events)
    if not (any_set(events.precision) or any_set(stands)):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero((events.precision > 0) | stands)


def _other_rows(n: int, rows: np.ndarray) -> slice | np.ndarray:
    """The other rows of n."""
    return np.delete(np.arange(n), rows) if len(rows) else slice(0, n)


def weigh_one(events: Events) -> bool:
    """Whether all events are known to weigh 1, without a look at each."""
    return events.weight.strides == (0,) and bool((events.weight[:1] == 1).all())


def occurring_dyads(events: Events) -> np.ndarray:
    """Keys source * A + target of the directed dyads that occur, ascending, (D,)."""
    A = len(events.actors)
    ways = [(events.source, events.target)]
    if any_set(events.mutual):
        ways.append((events.target[events.mutual], events.source[events.mutual]))
    if max(1 << 22, 4 * len(events)) >= A * A:
        met = np.zeros(A * A, dtype=bool)
        for a, b in ways:
            for rows in blocks(len(a)):
                met[a[rows].astype(np.int64) * A + b[rows]] = True
        return np.flatnonzero(met)
    return once(*(a.astype(np.int64) * A + b for a, b in ways))


def booked(events: Events) -> np.ndarray:
    """Events of some mass in each domain, and their whole masses, of one side's acts and mutual ones: (2, 2, K)."""
    K, both = len(events.domains), any_set(events.mutual)
    out = np.zeros((2 * K, 2))
    for rows in blocks(len(events)):
        mass = np.abs(events.value[rows])
        of_mass = mass > 0
        if not weigh_one(events):
            mass *= events.weight[rows]
        line = events.domain[rows]
        if both:
            line = line + K * events.mutual[rows].astype(np.intp)
        if K <= FEW:  # a product a domain: additions to so few bins wait for each other
            shape = (-1, ALONE) if len(mass) % ALONE == 0 else (1, -1)
            for at in range(2 * K if both else K):
                chosen = line == at
                whole = np.vecdot(chosen.astype(float).reshape(shape), mass.reshape(shape)).sum()
                out[at] += np.count_nonzero(chosen & of_mass), whole
        else:
            out[:, 0] += np.bincount(line, of_mass, 2 * K)
            out[:, 1] += np.bincount(line, mass, 2 * K)
    return out.reshape(2, K, 2).swapaxes(1, 2).copy()


# ---- events that last, or of which the day is not known ----------------------------------------------------
def _cut_sums(events: Events, rates: Rates, ends: np.ndarray) -> Summed:
    """Those of events cut at the ends of periods."""
    dyads = occurring_dyads(events)
    _, cells, table = each_posting(events, rates, dyads, ends)
    return dyads, *merge([(cells, table)])


def each_posting(
    events: Events, rates: Rates, dyads: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Event, cell and sums of every posting by itself, (P,), (P,), (P, 6): ledgers add, so any table is a sum of these.

    `dyads` are keys source * A + target, ascending, A the number of actors.
    """
    A = len(events.actors)
    parts = portions(events, rates.standing_rows(events), rates.of(events), ends)
    e = parts.event
    mutual = events.mutual[e]
    left = parts.left(rates.half_lives)
    mass = np.abs(events.value) * events.weight
    negative = events.value[e] < 0
    table = np.zeros((len(e), len(SUMS)))
    table[:, 0] = parts.n
    table[:, 1] = events.weight[e] * left
    for column, x in ((2, mass[e] * left), (3, (mass * mass)[e] * left)):
        table[~negative, column], table[negative, column + 2] = x[~negative], x[negative]
    back = np.flatnonzero(mutual)
    source = events.source[e].astype(np.int64)
    target = events.target[e].astype(np.int64)
    dyad = np.searchsorted(dyads, np.append(source * A + target, (target * A + source)[back]))
    grid = Grid(len(dyads), len(events.domains), len(rates.half_lives), len(ends))
    layer = grid.layer(parts.rate, mutual, parts.until)
    domain = events.domain[e]
    cells = grid.key(
        dyad,
        np.append(domain, domain[back]),
        np.append(layer, layer[back]),
        np.append(parts.period, parts.period[back]),
    )
    return np.append(e, e[back]), cells, np.concatenate([table, table[back]])


# ---- events of one known day, as integers -----------------------------------------------------------------
class Packed(NamedTuple):
    """Packed events, (N,) each."""

    row: np.ndarray  # bucket
    within: np.ndarray  # number of the event within its bucket
    load: np.ndarray  # its mass with its sign, complex with its weight where not all weigh 1


@dataclass(frozen=True)
class Packing:
    """An event's line, (source * A + target) * K + domain, and below it its layer, period and lag in bits of their own.

    The lag is the days from the event to its period's end. A bucket is a run of 2^cut lines.

    Attributes
    ----------
    actors, domains : int
        A and K.
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
    grid : Grid
        Of one dyad.
    """

    actors: int
    domains: int
    both: bool
    low: int
    middle: int
    top: int
    first: int
    place: np.ndarray
    left: np.ndarray
    layer_of: np.ndarray | None
    cell: np.ndarray
    grid: Grid

    @classmethod
    def make(cls, tables: Sequence[Events], rates: Rates, ends: np.ndarray, A: int) -> Packing:
        """The packing of tables over periods that end on days (T,)."""
        first = min(int(events.day.min()) for events in tables if len(events))
        days = np.arange(first, ends[-1] + 1)
        period = np.searchsorted(ends, days)
        lag = ends[period] - days
        K, R, T = len(tables[0].domains), len(rates.half_lives), len(ends)
        both = any(any_set(events.mutual) for events in tables)
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
        grid = Grid(1, K, R, T)
        cell = grid.key(one, one, layer if both else 2 * layer, t)
        return cls(
            actors=A, domains=K, both=both, low=low, middle=middle, top=top, first=first, place=place,
            left=1 + 1j * left.ravel(), layer_of=layer_of, cell=cell, grid=grid,
        )  # fmt: skip

    @property
    def bits(self) -> int:
        """Bits below an event's line."""
        return self.low + self.middle + self.top

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
            np.bitwise_and(within, (1 << self.low) - 1, out=out)
        else:
            layer = (within >> self.middle) & (((1 << self.top) - 1) << self.low)
            np.bitwise_or(layer, within & ((1 << self.low) - 1), out=out)
        return out

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
                for line, place, value, weight in self._both_sides(events, some_rows):
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

    def _both_sides(
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
        line = np.multiply(a, self.actors, dtype=code)
        line += b
        line *= self.domains
        line += domain
        return np.asarray(line)


# ---- buckets of events --------------------------------------------------------------------------------------
class Bucketed(NamedTuple):
    """Events in the order of their buckets."""

    bounds: np.ndarray  # where each bucket begins, and the last ends
    within: np.ndarray
    load: np.ndarray

    def part(self, bucket: int) -> Part:
        """Events of one bucket."""
        rows = slice(int(self.bounds[bucket]), int(self.bounds[bucket + 1]))
        return self.within[rows], self.load[rows]


def dealt(packing: Packing, pieces: Sequence[Piece], aside: ThreadPoolExecutor) -> Callable[[], Summed]:
    """Pack events and deal them into buckets, where they are many by a thread; what comes back adds them up by cell."""
    weighted = not all(weigh_one(events) for events, _ in pieces)
    n = sum(len(events.day[rows]) for events, rows in pieces)
    cut = cut_of(packing.lines, packing.per_line, n)
    many, width = ((packing.lines - 1) >> cut) + 1, cut + packing.bits
    sorts: list[Future[Bucketed]] = []
    for share in batched(pieces):
        packed = packing.packed(share, cut, weighted=weighted)
        if len(packed.row) >= ASIDE:
            sorts.append(aside.submit(bucketed, packed, many, width))
            continue
        done: Future[Bucketed] = Future()
        done.set_result(bucketed(packed, many, width))
        sorts.append(done)

    def sums() -> Summed:
        full = [sort.result() for sort in sorts]
        n = sum(len(share.within) for share in full)
        # memory that is not written to is not taken
        writer = CellWriter(packing, np.empty(n, dtype=np.int64), np.empty((n, len(SUMS))))
        for bucket in range(many):
            writer.add(bucket << cut, *joined([share.part(bucket) for share in full]), cut)
        cells, table = writer.cells, writer.table
        del full, writer.cells, writer.table
        cells.resize(writer.m, refcheck=False)
        table.resize((writer.m, len(SUMS)), refcheck=False)
        return np.concatenate(writer.met), cells, table

    return sums


def cut_of(lines: int, per_line: int, n: int) -> int:
    """Bits of a line within its bucket, of `lines` lines of `per_line` cells each and n events."""
    many = max(1, min(lines * per_line // EVERY, n // BUCKET, BUCKETS))
    return 0 if many >= lines else max(0, (lines // many).bit_length() - (many > 1))


def batched(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces in their order, as many together as make `DEALT` events."""
    out: list[list[Piece]] = []
    room = 0
    for events, rows in pieces:
        if room <= 0:
            out.append([])
            room = DEALT
        out[-1].append((events, rows))
        room -= len(events.day[rows])
    return out


def bucketed(packed: Packed, many: int, width: int) -> Bucketed:
    """Events in the order of `many` buckets, those of one in their own; their numbers have `width` bits."""
    row, within, load = packed
    if many == 1:
        return Bucketed(np.array([0, len(row)]), within, load)
    if int(row.view(np.uint32).max(initial=0)) >= many:  # a code below 0 is the largest of all
        raise LedgerError(
            "events hold codes that their actors or domains do not have; make them by Events.from_columns."
        )
    table = scipy.sparse.coo_array((many, 1 << width), dtype=load.dtype)
    # set one by one: given together, rows and columns would each be searched twice for places outside the table
    table.coords, table.data = (row, within), load
    table.has_canonical_format = True  # nothing is to be summed: events of one day are several
    table = table.tocsr()
    return Bucketed(table.indptr, table.indices, table.data)


class CellWriter:
    """Cells of consecutive buckets and their sums, written one after another.

    Attributes
    ----------
    cells : ndarray of int64, (M, and room for more)
        In the grid of the dyads met so far.
    table : ndarray, (M and room for more, 6)
    m : int
        Cells written so far.
    """

    def __init__(self, packing: Packing, cells: np.ndarray, table: np.ndarray) -> None:
        self.packing, self.cells, self.table, self.m = packing, cells, table, 0
        # keys of dyads, each of which may begin with the last of the one before
        self.met: list[np.ndarray] = []
        self.dyads, self.last = 0, -1
        self.every = np.empty((2 * EVERY, len(SUMS)))
        self.number, self.lag = np.empty((2, BLOCK), dtype=np.intp)
        self.one, self.mass = np.empty((2, BLOCK), dtype=complex)
        self.size, self.conflict = np.empty(BLOCK), np.empty(BLOCK, dtype=bool)

    def add(self, line: int, within: np.ndarray, load: np.ndarray, cut: int) -> None:
        """Write the sums of a bucket that begins with a line; its numbers have `cut` bits of the line."""
        n = len(within)
        if not n:
            return
        size = (int(within.max()) >> self.packing.low) + 1
        if size <= DENSE * n and (size <= 2 * EVERY or not cut):
            found = self._over_every_cell(within, load, size)
        elif n <= LARGEST or not cut:
            found = self._over_those_that_occur(within, load)
        else:
            self._dealt_again(line, within, load, cut)
            return
        self._write_numbers(line, found)

    def _dealt_again(self, line: int, within: np.ndarray, load: np.ndarray, cut: int) -> None:
        less = min(cut - 1, cut_of(1 << cut, self.packing.per_line, len(within)))
        width = less + self.packing.bits
        row = np.empty(len(within), dtype=np.int32)
        rest = np.empty(len(within), dtype=np.int32 if width <= NARROW else np.int64)
        np.right_shift(within, width, out=row, casting="same_kind")
        np.bitwise_and(within, (1 << width) - 1, out=rest, casting="same_kind")
        again = bucketed(Packed(row, rest, load), 1 << (cut - less), width)
        for bucket in range(len(again.bounds) - 1):
            self.add(line + (bucket << less), *again.part(bucket), less)

    def _over_every_cell(self, within: np.ndarray, load: np.ndarray, size: int) -> np.ndarray:
        """Sums over all of `size` cells; returns those that occur, (M,)."""
        every = self.every[:size] if size <= len(self.every) else np.empty((size, len(SUMS)))
        every[:] = 0
        for rows in blocks(len(within)):
            self._post(every, within[rows], load[rows])
        found = np.flatnonzero(every[:, 0] != 0)  # of bools, which are counted far faster
        every.take(found, axis=0, out=self.table[self.m : self.m + len(found)], mode="clip")
        return found

    def _over_those_that_occur(self, within: np.ndarray, load: np.ndarray) -> np.ndarray:
        """The same, told by a sort."""
        n = len(within)
        bits = n.bit_length()
        if int(within.max()).bit_length() + bits < BITS:  # numbers and turns in one integer sort fastest
            packed = within.astype(np.int64)
            packed <<= bits
            packed += np.arange(n)
            packed.sort()
            load = load.take(packed & ((1 << bits) - 1))
            packed >>= bits
            within = packed
        else:
            order = np.argsort(within, kind="stable")
            within, load = within[order], load[order]
        cell = within >> self.packing.low
        new = np.empty(n, dtype=bool)
        new[0] = True
        np.not_equal(cell[1:], cell[:-1], out=new[1:])
        found = cell[new]
        slot = np.cumsum(new, dtype=np.intp)
        slot -= 1
        out = self.table[self.m : self.m + len(found)]
        out[:] = 0
        for rows in blocks(n):
            self._post(out, within[rows], load[rows], slot[rows])
        return found

    def _post(
        self, table: np.ndarray, within: np.ndarray, load: np.ndarray, slot: np.ndarray | None = None
    ) -> None:
        """Add a block of events to a table (M, 6), to the rows of their cells or to given ones, which are written over."""
        n, packing = len(within), self.packing
        number, lag, one, mass = (scratch[:n] for scratch in (self.number, self.lag, self.one, self.mass))
        # two sums are added in one step, as parts of a complex number
        pairs = table.reshape(-1).view(complex)
        number[:] = within
        packing.left.take(packing.lag(number, lag), out=one, mode="clip")  # 1, and what is left of it
        if slot is None:
            slot = np.right_shift(number, packing.low, out=number)
        size = np.abs(load.real, out=self.size[:n])
        np.multiply(size, one.imag, out=mass.real)
        np.multiply(size, mass.real, out=mass.imag)
        if load.dtype == complex:
            one.imag *= load.imag
        slot *= len(SUMS) // 2
        np.add.at(pairs, slot, one)
        slot += np.less(load.real, 0, out=self.conflict[:n]).view(np.int8)
        np.add.at(pairs[1:], slot, mass)

    def _write_numbers(self, line: int, found: np.ndarray) -> None:
        """Write the numbers of a bucket's cells, of which the table has the sums."""
        packing = self.packing
        out = self.cells[self.m : self.m + len(found)]
        lines = found >> (packing.middle + packing.top)
        first = run_starts(lines)
        lines = lines[first]  # each once
        pair = (lines + line) // packing.domains
        new = np.append(pair[0] != self.last, pair[1:] != pair[:-1])
        self.met.append(pair[new])
        self.last = int(pair[-1])
        before = np.cumsum(new)  # the line among those of the dyads met: less by the domains of the others
        before += self.dyads - 1
        self.dyads = int(before[-1]) + 1
        before -= pair
        before *= packing.domains
        before += lines
        before += line
        before *= packing.grid.per_dyad // packing.domains
        packing.cell.take(found & (packing.per_line - 1), out=out, mode="clip")
        out += before.repeat(np.diff(first, append=len(found)))
        self.m += len(found)


def joined(parts: Sequence[Part]) -> Part:
    """Events of several parts, in their order."""
    if len(parts) == 1:
        return parts[0]
    within, load = zip(*parts, strict=True)
    return np.concatenate(within), np.concatenate(load)


# ---- sums of several tables -------------------------------------------------------------------------------
def merge(parts: Sequence[Table]) -> Table:
    """Sums of several (cells, table) as one, cells ascending and each once.

    Where each part is that already, a range of cells is merged at a time: it stays in the cache, and no more memory
    is taken than for what comes back.
    """
    size = sum(len(cells) for cells, _ in parts)
    bounds = [np.array([0, len(cells)]) for cells, _ in parts]
    if size > MERGED and all((cells[1:] > cells[:-1]).all() for cells, _ in parts):
        marks = max((cells for cells, _ in parts), key=len)[MERGED::MERGED]
        bounds = [np.concatenate([[0], np.searchsorted(cells, marks), [len(cells)]]) for cells, _ in parts]
    # memory that is not written to is not taken
    every, sums = np.empty(size, dtype=np.int64), np.empty((size, parts[0][1].shape[1]))
    m = 0
    for stretch in pairwise(np.transpose(bounds)):
        spans = [slice(*span) for span in zip(*stretch, strict=True)]
        cells, rows = (
            np.concatenate([part[at][span] for part, span in zip(parts, spans, strict=True)]) for at in (0, 1)
        )
        order = np.argsort(cells, kind="stable")  # cells that ascend already are but merged
        cells = cells[order]
        new = np.ones(len(cells), dtype=bool)
        np.not_equal(cells[1:], cells[:-1], out=new[1:])
        out = slice(m, m := m + int(np.count_nonzero(new)))
        every[out] = cells[new]
        rows.take(order[new], axis=0, out=sums[out], mode="clip")
        again = np.flatnonzero(~new)
        _add(sums[out], (np.cumsum(new) - 1)[again], rows[order[again]])
    every.resize(m, refcheck=False)
    sums.resize((m, sums.shape[1]), refcheck=False)
    return every, sums


def _add(sums: np.ndarray, place: np.ndarray, table: np.ndarray) -> None:
    """Add the rows of a table to those rows of the sums that stand at their places."""
    pairs = np.complex128 if sums.shape[1] % 2 == 0 else np.float64  # two sums are added in one step
    given = np.ascontiguousarray(table, dtype=np.float64).view(pairs)
    flat = sums.reshape(-1).view(pairs)
    width = given.shape[1]
    for rows in blocks(len(given)):
        slot = place[rows] * width
        for column in range(width):
            np.add.at(flat[column:], slot, given[rows, column])
