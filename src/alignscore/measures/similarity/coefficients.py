"""Cross tables of every pair of actors from one matrix product, and the coefficients read off them.

Letters for shapes: n actors, m items, K levels, P pairs. Where items are unweighted every number in the
tables is a whole number, so that 0/0 arises exactly where a coefficient is undefined.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from alignscore.intervals import ratio
from alignscore.values import Frozen

Distance = Literal["absolute", "squared", "nominal"]
DISTANCES: tuple[Distance, ...] = get_args(Distance)
CELLS = 4_000_000  # table cells held at once: 32 MB, whatever the number of actors


@dataclass(frozen=True, eq=False, repr=False)
class Tables(Frozen):
    """Joint frequencies of the levels of actor i (first axis) and actor j, for P pairs."""

    i: np.ndarray  # (P,) row of the first in the matrix
    j: np.ndarray  # (P,) row of the second
    joint: np.ndarray  # (K, K, P) number (or weight) of items on which i holds level a and j level b
    n: np.ndarray  # (P,) number of items both hold

    @cached_property
    def row(self) -> np.ndarray:
        """Margin of i on the shared items, (K, P)."""
        return np.asarray(np.einsum("abp->ap", self.joint))

    @cached_property
    def column(self) -> np.ndarray:
        """Margin of j on the shared items, (K, P)."""
        return np.asarray(np.einsum("abp->bp", self.joint))

    @cached_property
    def total(self) -> np.ndarray:
        """Number (or weight) of the shared items, (P,)."""
        return np.asarray(self.row.sum(axis=0))

    def observed(self, d: np.ndarray) -> np.ndarray:
        """Sum of the distances d (K, K) over the shared items, (P,)."""
        return np.asarray(d.ravel() @ self.joint.reshape(d.size, -1))

    def expected(self, d: np.ndarray) -> np.ndarray:
        """Sum of d over all pairings of i's items with j's, (P,); divide by total squared for its mean."""
        return np.asarray(np.einsum("bp,bp->p", d.T @ self.row, self.column))

    def pooled(self, d: np.ndarray) -> np.ndarray:
        """As `expected`, with i's and j's margins pooled; divide by 4 total squared for its mean."""
        both = self.row + self.column
        return np.asarray(np.einsum("bp,bp->p", d.T @ both, both))


def pair_tables(
    values: np.ndarray, spacing: np.ndarray, weights: np.ndarray | None = None, *, cells: int = CELLS
) -> Iterator[Tables]:
    """Tables of all pairs i < j, in order, a block of rows at a time: at most so many cells at once, or one row's.

    `values` (n, m) are the levels that actors hold, of those in `spacing` (K,), NaN where missing; `weights` (m,) of
    items are positive.
    """
    n, K = len(values), len(spacing)
    # whole numbers up to 2**24 are exact in float32
    exact = np.float64 if weights is not None else np.float32
    onehot = (values[None] == spacing[:, None, None]).astype(exact)  # (K, n, m)
    chosen = onehot.sum(axis=0)  # (n, m)
    step = max(1, cells // max(1, K * K * n))
    for low in range(0, n - 1, step):
        high = min(n - 1, low + step)
        one = onehot[:, low:high].reshape(K * (high - low), -1)
        other = onehot[:, low:].reshape(K * (n - low), -1)
        joint = (one if weights is None else one * weights) @ other.T
        upper = np.arange(low, n) > np.arange(low, high)[:, None]  # (rows of the block, n - low)
        at, to = np.nonzero(upper)
        grid = joint.reshape(K, high - low, K, n - low)
        pairs = np.empty((K, K, len(at)))
        for a in range(K):
            for b in range(K):
                pairs[a, b] = grid[a, :, b][upper]
        count = np.einsum("abp->p", pairs) if weights is None else (chosen[low:high] @ chosen[low:].T)[upper]
        yield Tables(at + low, to + low, pairs, count.astype(np.int64))


def distances(spacing: np.ndarray, distance: Distance) -> np.ndarray:
    """Distance between every two levels, (K, K)."""
    gap = np.abs(spacing[:, None] - spacing)
    if distance == "nominal":
        gap = np.sign(gap)
    return np.asarray(gap**2 if distance == "squared" else gap)


def s_score(tables: Tables, d: np.ndarray) -> np.ndarray:
    """S = 1 - 2 sum w d / (sum w d_max). Signorino & Ritter 1999."""
    return 1 - 2 * ratio(tables.observed(d), tables.total * d.max())


def kappa(tables: Tables, d: np.ndarray) -> np.ndarray:
    """Weighted kappa = 1 - sum d O / sum d E, E from the pair's own margins. Cohen 1968."""
    return 1 - ratio(tables.observed(d) * tables.total, tables.expected(d))


def scott_pi(tables: Tables, d: np.ndarray) -> np.ndarray:
    """Scott's pi = 1 - sum d O / sum d E, E from the pooled margins; nominal d gives (Po - Pe)/(1 - Pe)."""
    return 1 - ratio(4 * tables.observed(d) * tables.total, tables.pooled(d))


def corrected_s(tables: Tables, d: np.ndarray) -> np.ndarray:
    """A = -2 (sum d O / N - sum d E / N^2) / d_max, d_max over all levels. Benati & Capurri 2026."""
    excess = tables.expected(d) - tables.observed(d) * tables.total
    return 2 * ratio(excess, tables.total**2 * d.max())


def tau_b(tables: Tables) -> np.ndarray:
    """tau-b = (concordant - discordant) / sqrt(u1 u2), u the pairs of items not tied for one actor."""
    K, _, P = tables.joint.shape
    sign = np.sign(np.subtract.outer(np.arange(K), np.arange(K))).astype(np.float64)
    # for each cell, its concordant less its discordant partners; every pair of items is counted twice
    partners = np.kron(sign, sign) @ tables.joint.reshape(K * K, P)
    excess = np.einsum("cp,cp->p", tables.joint.reshape(K * K, P), partners)
    free = [tables.total**2 - np.einsum("kp,kp->p", side, side) for side in (tables.row, tables.column)]
    return np.asarray(ratio(excess, np.sqrt(free[0]) * np.sqrt(free[1])))


def agreement_of_distances(tables: Tables, d: np.ndarray) -> np.ndarray:
    """Agreement = 1 - sum w d / (sum w d_max), the share of the greatest possible distance not used."""
    return 1 - ratio(tables.observed(d), tables.total * d.max())


# ---- values that need no levels -----------------------------------------------------------------------
def shared(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Number (or weight) of the items both hold, pairs i < j in order, (P,)."""
    here = (~np.isnan(values)).astype(np.float64)
    joint = (here if weights is None else here * weights) @ here.T
    return np.asarray(joint[np.triu_indices(len(values), 1)])


def gaps(values: np.ndarray, power: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Sum of w abs(x - y)^power over the items both hold, pairs i < j in order, (P,)."""
    from scipy.spatial.distance import pdist

    missing = np.isnan(values)
    filled = np.where(missing, 0.0, values)
    scaled = filled if weights is None else filled * weights ** (1 / power)
    total = np.asarray(pdist(scaled, "cityblock" if power == 1 else "sqeuclidean"))
    if not missing.any():
        return total
    # an item that only one holds was compared with 0: take that off again
    mass = np.abs(filled) ** power * (1.0 if weights is None else weights)
    lone = mass @ missing.T.astype(np.float64)
    upper = np.triu_indices(len(values), 1)
    return np.asarray(np.maximum(total - (lone + lone.T)[upper], 0.0))


def correlations(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Pearson's r over the items both hold, NaN where one of the two is constant there, (P,)."""
    here = ~np.isnan(values)
    low = np.where(here, values, np.inf).min(axis=1, initial=np.inf, keepdims=True)
    x = np.where(here, values - low, 0.0)  # shifted for precision; whole numbers stay whole
    held = here.astype(np.float64)
    w = 1.0 if weights is None else weights
    N, cross = (held * w) @ held.T, (x * w) @ x.T  # (n, n)
    first, second = (x * w) @ held.T, (x**2 * w) @ held.T  # sums of i over what it shares with j
    spread = N * second - first**2
    # a row constant on the shared items leaves rounding, not 0, where values are fractions
    spread[spread <= 8 * values.shape[1] * np.finfo(float).eps * N * second] = 0.0
    upper = np.triu_indices(len(values), 1)
    top = (N * cross - first * first.T)[upper]
    r = ratio(top, (np.sqrt(spread) * np.sqrt(spread.T))[upper])
    return np.asarray(np.clip(r, -1.0, 1.0))
