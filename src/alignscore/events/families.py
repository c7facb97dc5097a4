"""Families of standing kinds: a later level of a partnership ends the earlier one.

Letter for shapes: N events.
"""

from __future__ import annotations

import numpy as np

from alignscore.dates import NO_DAY

LASTING = ("source", "target", "mutual", "domain", "family", "day", "until")  # what ledgers remember of them
OPEN = np.iinfo(np.int64).max  # until: no end is known


def settle(
    line: np.ndarray, rows: np.ndarray, row: np.ndarray, day: np.ndarray, until: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """End each standing kind where the next of its line begins, which carries the tie on in its place.

    `rows` (R,) are the events that belong to a line, `line` (R,) which; `row`, `day` and `until` are all
    the events', (N,). Returns the new `until` and whether it was set here, (N,) each.
    """
    order = np.lexsort((row[rows], day[rows], line))
    rows, line = rows[order], line[order]
    same = line[1:] == line[:-1]
    earlier, later = rows[:-1][same], rows[1:][same]
    ended = (until[earlier] == NO_DAY) | (until[earlier] > day[later])
    until, settled = until.copy(), np.zeros(len(until), dtype=bool)
    until[earlier[ended]] = day[later[ended]]
    settled[earlier[ended]] = True
    return until, settled


def family_lines(
    source: np.ndarray, target: np.ndarray, mutual: np.ndarray, domain: np.ndarray, family: np.ndarray
) -> np.ndarray:
    """Line within which kinds replace each other, (N,): a pair, a domain and a family.

    Acts of both sides on each other (two embargoes) replace only those of their own side.
    """
    forth = source < target
    pairs = np.stack([np.minimum(source, target), np.maximum(source, target), family, domain], axis=1)
    group = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
    sides = [np.bincount(group, ~mutual & way) > 0 for way in (forth, ~forth)]
    apart = (sides[0] & sides[1])[group] & ~mutual
    lines: np.ndarray = group * 3 + np.where(apart, 1 + forth, 0)
    return lines


def clash(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray | None:
    """The first row that began while one of the other side's, of its pair, domain and family, still stood.

    Settled together, the earlier would have ended there. Rows have the columns of `LASTING` and codes in
    common.
    """
    both = np.concatenate([ours, theirs])
    source, target, mutual, domain, family, day, until = both.T
    line = np.stack([np.minimum(source, target), np.maximum(source, target), domain, family], axis=1)
    way = np.where(mutual == 1, 0, 1 + (source > target))
    owner = np.repeat([0, 1], [len(ours), len(theirs)])
    order = np.lexsort((day, *line.T))
    one, two = order[:-1], order[1:]
    same = (line[one] == line[two]).all(axis=1) & (owner[one] != owner[two])
    apart = (way[one] != way[two]) & (way[one] > 0) & (way[two] > 0)
    found = two[same & ~apart & (until[one] > day[two])]
    return both[found[0]] if len(found) else None
