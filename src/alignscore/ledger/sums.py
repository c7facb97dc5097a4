"""The posting kernel: from columns of events to sums per cell, in numpy on flat integer codes.

Letters for shapes as in `book`: N events, M cells, A actors, D dyads, K domains, L layers, T periods.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alignscore.dates import some
from alignscore.decay import Decay
from alignscore.events import Events
from alignscore.ledger.postings import FLAGS, Book, Pieces, blocks, pairs

SUMS = ("n", "weight", "cooperation", "cooperation2", "conflict", "conflict2")


def occurring_dyads(events: Events) -> np.ndarray:
    """Keys source * A + target of the directed dyads that occur, ascending, (D,)."""
    A = len(events.actors)
    both = some(events.mutual)
    if A * A <= FLAGS:
        flags = np.zeros(A * A, dtype=bool)
        for rows in blocks(len(events)):
            source, target = events.source[rows], events.target[rows]
            flags[pairs(source, target, A)] = True
            if both:
                mutual = events.mutual[rows]
                flags[pairs(target[mutual], source[mutual], A)] = True
        return np.flatnonzero(flags)
    mutual = events.mutual
    forth = pairs(events.source, events.target, A)
    back = pairs(events.target[mutual], events.source[mutual], A)
    return np.union1d(np.unique(forth), np.unique(back))


def booked(events: Events) -> np.ndarray:
    """Events of some mass in each domain, and their whole masses, of one side's acts and mutual ones: (2, 2, K)."""
    K = len(events.domains)
    out = np.zeros((2, 2, K))
    for rows in blocks(len(events)):
        mass = np.abs(events.value[rows])
        line = events.domain[rows] + K * events.mutual[rows].astype(np.intp)
        out[:, 0] += np.bincount(line, mass > 0, 2 * K).reshape(2, K)
        mass *= events.weight[rows]
        out[:, 1] += np.bincount(line, mass, 2 * K).reshape(2, K)
    return out


def post(events: Events, decay: Decay, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys of the dyads that occur, (D,), the cells that occur, (M,), and their sums, (M, 6).

    Where events are many for the cells, every pair of actors has its place and the dyads are read off the
    cells afterwards: one pass over the events less.
    """
    A = len(events.actors)
    book = Book.of(events, decay, None, ends)
    if not book.dense:
        dyads = occurring_dyads(events)
        return dyads, *sums(events, decay, dyads, ends)
    cells, table = _dense(book)
    width = len(events.domains) * 2 * len(book.half_lives) * len(ends)  # cells of a pair
    many = np.diff(np.searchsorted(cells, np.arange(A * A + 1) * width))
    dyads = np.flatnonzero(many)
    cells -= np.repeat((dyads - np.arange(len(dyads))) * width, many[dyads])
    return dyads, cells, table


def sums(events: Events, decay: Decay, dyads: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cells that occur, ascending, (M,), and their sums in the order of `SUMS`, (M, 6).

    `dyads` are keys source * A + target, `ends` the last day of each period.
    """
    book = Book.of(events, decay, dyads, ends)
    if book.dense:
        return _dense(book)
    cells = book.directory()
    place = _places(cells, book.size)
    table = np.zeros(len(cells) * 3, dtype=complex)
    for piece in book.postings():
        add(table, place(piece.cell), piece)
    return book.canonical(cells), table.view(float).reshape(-1, len(SUMS))


def add(table: np.ndarray, slot: np.ndarray, piece: Pieces) -> None:
    """Add postings to a table of (n, weight), (C, C2), (K, K2) a slot: one step adds two sums."""
    at = slot.astype(np.intp)
    at *= 3
    pair = np.empty(len(at), dtype=complex)
    pair.real, pair.imag = piece.n, piece.weight
    np.add.at(table, at, pair)
    at += 1
    at += piece.negative
    pair.real, pair.imag = piece.mass, piece.mass2
    np.add.at(table, at, pair)


def _dense(book: Book) -> tuple[np.ndarray, np.ndarray]:
    """Cells that occur and their sums, from one pass into a table of every possible cell."""
    table = np.zeros(book.size * 3, dtype=complex)
    for piece in book.postings():
        add(table, piece.cell, piece)
    met = table[::3].real != 0
    for piece in book.spans():  # what stood and ended within a period leaves 0, and still occurs
        met[piece.cell] = True
    cells = np.flatnonzero(met)
    lines = table.reshape(-1, 3)
    for rows in blocks(len(cells)):  # close up in place: no cell moves beyond one still to be read
        lines[rows] = lines[cells[rows]]
    del lines
    table.resize(len(cells) * 3, refcheck=False)
    return book.canonical(cells), table.view(float).reshape(-1, len(SUMS))


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


def _places(cells: np.ndarray, size: int) -> Callable[[np.ndarray], np.ndarray]:
    """Function from a cell to its position among the cells that occur."""
    if size > FLAGS:
        return lambda cell: np.searchsorted(cells, cell)
    place = np.zeros(size, dtype=np.int32)
    place[cells] = np.arange(len(cells), dtype=np.int32)
    return lambda cell: place[cell].astype(np.int64)
