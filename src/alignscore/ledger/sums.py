"""From columns of events to sums per cell: events of one known day by the kernel, those that last cut at periods' ends.

Letters for shapes: N events, M cells, A actors, D dyads, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from alignscore.dates import some
from alignscore.events import Events
from alignscore.ledger.cells import SUMS, Grid
from alignscore.ledger.kernel import Packing, blocks, bucket_sums, weigh_one
from alignscore.ledger.postings import Rates, portions

ALONE = 1 << 13  # numbers of a product: one of more than 10,000 would wake the threads of BLAS
FEW = 8  # domains
MERGED = 1 << 14  # cells merged at a time: their sums stay in the cache
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
    pieces = [(events, _others(len(events), rows)) for events, rows in zip(tables, special, strict=True)]
    if sum(map(len, tables)) > sum(map(len, special)):
        keys, cells, table = bucket_sums(Packing.make(tables, rates, ends, A), pieces)
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


def _others(n: int, rows: np.ndarray) -> slice | np.ndarray:
    """The other rows of n."""
    if not len(rows):
        return slice(0, n)
    other = np.ones(n, dtype=bool)
    other[rows] = False
    return np.flatnonzero(other)


# ---- events that last, or of which the day is not known ----------------------------------------------------
def _spread(
    events: Events, rates: Rates, ends: np.ndarray, A: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys of dyads, cells and sums of events cut at the ends of periods."""
    source, target = events.source.astype(np.int64), events.target.astype(np.int64)
    dyads = np.unique(np.append(source * A + target, (target * A + source)[events.mutual]))
    _, cells, table = each_posting(events, rates, dyads, ends)
    return dyads, *merge([(cells, table)])


def each_posting(
    events: Events, rates: Rates, dyads: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Event, cell and sums of every posting by itself, (P,), (P,), (P, 6): ledgers add, so any table is a sum of these.

    `dyads` are keys source * A + target, ascending, A the number of actors.
    """
    A = len(events.actors)
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
    dyad = np.searchsorted(dyads, np.append(source * A + target, (target * A + source)[back]))
    grid = Grid(len(dyads), len(events.domains), len(rates.half_lives), len(ends))
    layer = grid.layer(parts.rate, mutual, parts.until)
    domain = events.domain[e]
    cells = grid.key(
        dyad, np.append(domain, domain[back]), np.append(layer, layer[back]),
        np.append(parts.period, parts.period[back]),
    )  # fmt: skip
    return np.append(e, e[back]), cells, np.concatenate([table, table[back]])


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
    flat, width = sums.reshape(-1).view(pairs), given.shape[1]
    for rows in blocks(len(given)):
        slot = place[rows] * width
        for column in range(width):
            np.add.at(flat[column:], slot, given[rows, column])
