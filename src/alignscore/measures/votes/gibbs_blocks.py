"""A Gibbs sweep's pass over the votes, some ten thousands at a time, in single precision and in place.

A block holds the votes of successive items, so that its rows of work stay in the processor's cache. Yes and
no votes come first: one cutpoint bounds each. Abstentions, between two, come after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignscore.measures.votes.em import Incidence
from alignscore.measures.votes.normal import TINY, cdf, quantile
from alignscore.values import Frozen, run_starts

BLOCK = 65_536  # votes, unless one item has more
HALF = np.float32(2**-25)  # what a uniform of 0 becomes: half the grid of single precision
ROWS = 8  # of work: eta, theta, two probabilities, x or z, three for the normal
Params = tuple[np.ndarray, np.ndarray, np.ndarray]  # beta, g1, g2


@dataclass(frozen=True, eq=False, repr=False)
class ItemBlock(Frozen):
    """n votes on the items of a slice; the first `outer` are yes and no, each part sorted by item."""

    items: slice
    votes: slice  # its votes, counted over all blocks
    place: np.ndarray  # (n,) position
    row: np.ndarray  # (n,) item, counted within the slice
    edge: np.ndarray  # (outer,) its cutpoint in [g1, g2] of the slice
    sign: np.ndarray  # (outer,) float32: 1 yes, -1 no

    starts: tuple[np.ndarray, np.ndarray]  # first vote of each item in either part

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum over the votes of each item, (items,)."""
        total = np.zeros(self.items.stop - self.items.start)
        outer, ends = len(self.edge), len(self.row)
        for part, starts in zip((slice(0, outer), slice(outer, ends)), self.starts, strict=True):
            if len(starts):
                total[self.row[part][starts]] += np.add.reduceat(values[part], starts)
        return total


def blocks(layout: Incidence) -> tuple[ItemBlock, ...]:
    """The votes in blocks of whole items."""
    each = np.array([np.diff(m.indptr) for m in layout.votes])
    ends = np.r_[0, np.cumsum(each.sum(axis=0))]
    out: list[ItemBlock] = []
    first, done = 0, 0
    while first < len(ends) - 1:
        last = max(int(np.searchsorted(ends, ends[first] + BLOCK, side="right")) - 1, first + 1)
        out.append(_block(layout, slice(first, last), done))
        first, done = last, out[-1].votes.stop
    return tuple(out)


def _block(layout: Incidence, items: slice, done: int) -> ItemBlock:
    size = items.stop - items.start
    place, row = [], []
    for m in layout.votes:
        counts = np.diff(m.indptr)[items]
        place.append(m.indices[m.indptr[items.start] : m.indptr[items.stop]].astype(np.intp))
        row.append(np.repeat(np.arange(size), counts))
    yes, abstain, no = row
    order = np.argsort(np.r_[yes, no], kind="stable")
    sign = np.where(order < len(yes), 1, -1).astype(np.float32)
    outer, positions = np.r_[yes, no][order], np.r_[np.r_[place[0], place[2]][order], place[1]]
    edge = outer + np.where(sign > 0, 0, size)
    starts = (run_starts(outer), run_starts(abstain))
    votes = slice(done, done + len(positions))
    return ItemBlock(items, votes, positions, np.r_[outer, abstain], edge, sign, starts)


def work_rows(parts: Sequence[ItemBlock]) -> np.ndarray:
    """Rows of work for the largest block, float32."""
    return np.empty((ROWS, max(len(b.row) for b in parts)), dtype=np.float32)


def draw(
    block: ItemBlock,
    theta: np.ndarray,
    now: Params,
    proposed: tuple[np.ndarray, np.ndarray],
    odds: np.ndarray,
    prior: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
    work: np.ndarray,
    limit: float = np.inf,
) -> tuple[Params, np.ndarray, np.ndarray]:
    """New parameters of a block's items, its latent scores (rows of `work`), and which proposals were taken.

    `odds`: a proposal is taken where its log-likelihood rises by more. `prior`: the variance of beta given
    the scores, and its draw's deviation from its mean. `limit`: where scores are cut off.
    """
    beta, g1, g2 = now
    eta, at, old, new, z = work[:5, : len(block.row)]
    np.take(theta, block.place, out=at, mode="clip")
    np.take(beta.astype(np.float32), block.row, out=eta, mode="clip")
    eta *= at
    likelihood(block, eta, g1, g2, old, work[4:])
    likelihood(block, eta, *proposed, new, work[4:])
    np.divide(new, old, out=z)
    np.log(z, out=z)
    take = block.sums(z) > odds
    np.copyto(old, new, where=take[block.row])
    g1, g2 = np.where(take, proposed[0], g1), np.where(take, proposed[1], g2)
    scores(block, eta, (g1, g2), old, rng, work)
    np.clip(z, -limit, limit, out=z)
    np.multiply(at, z, out=new)
    beta = prior[0] * block.sums(new) + prior[1]
    return (beta, g1, g2), z, take


def likelihood(
    block: ItemBlock, eta: np.ndarray, g1: np.ndarray, g2: np.ndarray, out: np.ndarray, work: np.ndarray
) -> None:
    """Probability of each vote cast into `out`, (n,), with four rows of work."""
    outer = len(block.edge)
    x = work[0, :outer]
    np.take(np.r_[g1, g2].astype(np.float32), block.edge, out=x, mode="clip")
    x -= eta[:outer]
    x *= block.sign
    cdf(x, out[:outer], work[1:])
    out[outer:] = interval_probability(block, eta, g1, g2, work[1:])[1]
    np.maximum(out, TINY, out=out)


def interval_probability(
    block: ItemBlock, eta: np.ndarray, g1: np.ndarray, g2: np.ndarray, work: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Phi at the end of each abstention's interval nearer the lower tail, its probability, and -1 where it is mirrored."""
    outer = len(block.edge)
    row, eta = block.row[outer:], eta[outer:]
    x1, x2 = (g[row].astype(np.float32) - eta for g in (g1, g2))
    turn = x1 + x2 > 0
    low = cdf(np.where(turn, -x2, x1), np.empty_like(x1), work)
    high = cdf(np.where(turn, -x1, x2), x2, work)
    return low, high - low, np.where(turn, np.float32(-1), np.float32(1))


def scores(
    block: ItemBlock,
    eta: np.ndarray,
    cuts: tuple[np.ndarray, np.ndarray],
    p: np.ndarray,
    rng: np.random.Generator,
    work: np.ndarray,
) -> None:
    """Latent scores into row 4 of `work`: truncated normals by inversion in the lower tail.

    Writes over `p`, the probabilities of the votes.
    """
    outer = len(block.edge)
    z = work[4, : len(eta)]
    rng.random(dtype=np.float32, out=z)
    np.maximum(z, HALF, out=z)
    p *= z
    low, _, turn = interval_probability(block, eta, *cuts, work[5:])
    p[outer:] += low
    quantile(p, z, work[5:])
    z[:outer] *= block.sign
    z[outer:] *= turn
    z += eta
