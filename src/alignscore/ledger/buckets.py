"""The posting kernel: sums of packed events by cell, bucket by bucket, so that they stay in the cache while they are made.

Events are dealt into buckets by the leading bits of their line (one counting sort, by way of a sparse matrix). A
bucket's sums are made over every cell that it could have where these are few for its events, and else over those that
occur, found by a sort; a bucket too large for either is dealt again. What an event costs does not depend on the
number of possible cells.

Letters for shapes: N events, M cells, D dyads.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy  # its parts load on first use

from alignscore.ledger.cells import SUMS
from alignscore.ledger.packing import BLOCK, NARROW, Packed, Packing, Piece, blocks
from alignscore.ledger.threads import side_by_side, threads

BUCKET = 1 << 14  # events a bucket, were all alike
BUCKETS = 1 << 10  # at a time: each is written to at a place of its own in memory
EVERY = 1 << 12  # cells of a bucket: their sums stay in the cache
DENSE = 4  # cells an event up to which every cell of a bucket gets its sums
LARGEST = 1 << 16  # events of a bucket that is sorted as it is

Part = tuple[np.ndarray, np.ndarray]  # events' numbers within their bucket and their loads, (N,) each


class Dealt(NamedTuple):
    """Events in the order of their buckets."""

    bounds: np.ndarray  # where each bucket begins, and the last ends
    within: np.ndarray
    load: np.ndarray

    def part(self, bucket: int) -> Part:
        """Events of one bucket."""
        rows = slice(int(self.bounds[bucket]), int(self.bounds[bucket + 1]))
        return self.within[rows], self.load[rows]


def bucket_sums(packing: Packing, pieces: Sequence[Piece]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys of the dyads that occur, (D,), cells in the grid of these, (M,), and their sums, (M, 6)."""
    n = sum(len(events.day[rows]) for events, rows in pieces)
    weighted = not all(events.weight.strides == (0,) and events.weight[:1].all() == 1 for events, _ in pieces)
    hands = threads(n)
    cut = cut_of(packing.lines, packing.per_line, n)
    many = ((packing.lines - 1) >> cut) + 1

    def packed_and_dealt(share: Sequence[Piece]) -> Dealt:
        return dealt(packing.packed(share, cut, weighted=weighted), many, cut + packing.bits)

    full = side_by_side(packed_and_dealt, shares(pieces, n, hands), hands)
    before = np.array([share.bounds for share in full], dtype=np.int64).sum(axis=0)
    n = int(before[-1])
    # memory that is not written to is not taken
    cells, table = np.empty(n, dtype=np.int64), np.empty((n, len(SUMS)))
    marks = np.searchsorted(before, np.arange(1, hands) * (n / hands)).tolist()
    spans = [(a, b) for a, b in pairwise([0, *marks, many]) if before[a] < before[b]]

    def summed(span: tuple[int, int]) -> Stretch:
        stretch = Stretch(packing, cells[before[span[0]] :], table[before[span[0]] :])
        for bucket in range(*span):
            stretch.add(bucket << cut, [share.part(bucket) for share in full], cut)
        return stretch

    first, *others = side_by_side(summed, spans, hands)
    m, keys = first.m, first.keys
    for stretch in others:  # close the gaps
        again = int(stretch.keys[0] == keys[-1])  # a dyad may lie on both sides
        stretch.cells[: stretch.m] += (len(keys) - again) * packing.grid.per_dyad
        for rows in blocks(stretch.m):
            to = slice(m + rows.start, m + rows.stop)
            cells[to], table[to] = stretch.cells[rows], stretch.table[rows]
        m += stretch.m
        keys = np.append(keys, stretch.keys[again:])
    cells.resize(m, refcheck=False)
    table.resize((m, len(SUMS)), refcheck=False)
    return keys, cells, table


def cut_of(lines: int, per_line: int, n: int) -> int:
    """Bits of a line within its bucket, of `lines` lines of `per_line` cells each and n events."""
    many = max(1, min(lines * per_line // EVERY, n // BUCKET, BUCKETS))
    return 0 if many >= lines else max(0, (lines // many).bit_length() - (many > 1))


def shares(pieces: Sequence[Piece], n: int, hands: int) -> list[list[Piece]]:
    """Pieces cut into consecutive shares of about as many events, in their order."""
    size = room = -(-n // hands)
    out: list[list[Piece]] = [[]]
    for events, rows in pieces:
        at, length = 0, len(events.day[rows])
        while at < length:
            if not room:
                out.append([])
                room = size
            stop = min(length, at + room)
            whole = rows if isinstance(rows, np.ndarray) else range(rows.start, rows.stop)
            taken = whole[at:stop]
            out[-1].append((events, slice(taken.start, taken.stop) if isinstance(taken, range) else taken))
            room -= stop - at
            at = stop
    return out


def dealt(packed: Packed, many: int, width: int) -> Dealt:
    """Events in the order of `many` buckets, those of one in their own; their numbers have `width` bits."""
    row, within, load = packed
    if many == 1:
        return Dealt(np.array([0, len(row)]), within, load)
    table = scipy.sparse.coo_array((load, (row, within)), shape=(many, 1 << width))
    table.has_canonical_format = True  # nothing is to be summed: events of one day are several
    table = table.tocsr()
    return Dealt(table.indptr, table.indices, table.data)


class Stretch:
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
        self.met: list[
            np.ndarray
        ] = []  # keys of dyads, each of which may begin with the last of the one before
        self.dyads, self.last = 0, -1
        self.every = np.empty((2 * EVERY, len(SUMS)))
        self.slot, self.lag = np.empty((2, BLOCK), dtype=np.intp)
        self.one, self.mass = np.empty((2, BLOCK), dtype=complex)
        self.size, self.conflict = np.empty(BLOCK), np.empty(BLOCK, dtype=bool)

    @property
    def keys(self) -> np.ndarray:
        """Keys of the dyads met so far, ascending."""
        return np.concatenate(self.met)

    def add(self, line: int, parts: Sequence[Part], cut: int) -> None:
        """Write the sums of a bucket that begins with a line; its numbers have `cut` bits of the line."""
        parts = [part for part in parts if len(part[0])]
        n = sum(len(within) for within, _ in parts)
        if not n:
            return
        size = (max(int(within.max()) for within, _ in parts) >> self.packing.low) + 1
        if size <= DENSE * n and (size <= 2 * EVERY or not cut):
            found = self._over_every_cell(parts, size)
        elif n <= LARGEST or not cut:
            found = self._over_those_that_occur(*joined(parts))
        else:
            self._dealt_again(line, *joined(parts), cut)
            return
        self._numbered(line, found)

    def _dealt_again(self, line: int, within: np.ndarray, load: np.ndarray, cut: int) -> None:
        less = min(cut - 1, cut_of(1 << cut, self.packing.per_line, len(within)))
        width = less + self.packing.bits
        row = np.empty(len(within), dtype=np.int32)
        rest = np.empty(len(within), dtype=np.int32 if width <= NARROW else np.int64)
        np.right_shift(within, width, out=row, casting="same_kind")
        np.bitwise_and(within, (1 << width) - 1, out=rest, casting="same_kind")
        again = dealt(Packed(row, rest, load), 1 << (cut - less), width)
        for bucket in range(len(again.bounds) - 1):
            self.add(line + (bucket << less), [again.part(bucket)], less)

    def _over_every_cell(self, parts: Sequence[Part], size: int) -> np.ndarray:
        """Sums over all of `size` cells; returns those that occur, (M,)."""
        every = self.every[:size] if size <= len(self.every) else np.empty((size, len(SUMS)))
        every[:] = 0
        if sum(len(within) for within, _ in parts) <= BLOCK:
            parts = [joined(parts)]
        for within, load in parts:
            for rows in blocks(len(within)):
                slot = np.right_shift(within[rows], self.packing.low, out=self.slot[: len(within[rows])])
                self._post(every, slot, within[rows], load[rows])
        found = np.flatnonzero(every[:, 0])
        every.take(found, axis=0, out=self.table[self.m : self.m + len(found)], mode="clip")
        return found

    def _over_those_that_occur(self, within: np.ndarray, load: np.ndarray) -> np.ndarray:
        """The same, told by a sort."""
        n = len(within)
        bits = n.bit_length()
        if int(within.max()).bit_length() + bits < 63:  # numbers and turns in one integer sort fastest
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
            self._post(out, slot[rows], within[rows], load[rows])
        return found

    def _post(self, table: np.ndarray, slot: np.ndarray, within: np.ndarray, load: np.ndarray) -> None:
        """Add a block of events to rows `slot`, which are written over, of a table (M, 6)."""
        n, lag, one, mass = len(slot), self.lag[: len(slot)], self.one[: len(slot)], self.mass[: len(slot)]
        pairs = table.reshape(-1).view(
            complex
        )  # two sums are added in one step, as parts of a complex number
        self.packing.left.take(
            self.packing.lag(within, lag), out=one, mode="clip"
        )  # 1, and what is left of it
        size = np.abs(load.real, out=self.size[:n])
        np.multiply(size, one.imag, out=mass.real)
        np.multiply(size, mass.real, out=mass.imag)
        if load.dtype == complex:
            one.imag *= load.imag
        slot *= len(SUMS) // 2
        np.add.at(pairs, slot, one)
        slot += np.less(load.real, 0, out=self.conflict[:n]).view(np.int8)
        np.add.at(pairs[1:], slot, mass)

    def _numbered(self, line: int, found: np.ndarray) -> None:
        """Write the numbers of a bucket's cells, of which the table has the sums."""
        domains, per_line = self.packing.domains, self.packing.per_line
        lines = found // per_line
        lines += line
        pair = lines // domains
        new = np.empty(len(pair), dtype=bool)
        new[0] = pair[0] != self.last
        np.not_equal(pair[1:], pair[:-1], out=new[1:])
        self.met.append(pair[new])
        self.last = int(pair[-1])
        before = np.cumsum(new)  # the line among those of the dyads met: less by the domains of the others
        before += self.dyads - 1
        self.dyads = int(before[-1]) + 1
        before -= pair
        before *= domains
        lines += before
        out = self.cells[self.m : self.m + len(found)]
        np.multiply(lines, self.packing.grid.per_dyad // domains, out=out)
        out += self.packing.cell.take(found & (per_line - 1))
        self.m += len(found)


def joined(parts: Sequence[Part]) -> Part:
    """Events of several parts, in their order."""
    if len(parts) == 1:
        return parts[0]
    within, load = zip(*parts, strict=True)
    return np.concatenate(within), np.concatenate(load)
