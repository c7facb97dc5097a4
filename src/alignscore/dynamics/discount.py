"""The discount filter of a share: how the past predicts the next period, and the slopes of its log score.

Letters for shapes: D dyads, T periods, M cells in which anything happened. Arrays run (T, D): a period's row
lies together in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from alignscore.dynamics.beta_binomial import log_beta_ratio, log_ways

CAP = 0.9  # of the correlation of events of one cell
TOGETHER = 32  # periods whose stocks are one product of matrices


class Parameters(NamedTuple):
    """Parameters of the filter: half-life (years), prior (events, share), dispersion (r, g)."""

    half_life: float
    prior: float
    prior_share: float
    dispersion: float
    growth: float


@dataclass(frozen=True)
class CountedCells:
    """Cells of a record with what the filter needs again and again.

    Scored are those in which something happened, but for the first period, before which nothing is known.
    """

    c: np.ndarray  # (T, D)
    k: np.ndarray  # (T, D)
    events: np.ndarray  # (T, D), at least one a cell
    more: np.ndarray  # (T, D) events beyond the first
    years: float  # length of a period
    log_rate: np.ndarray  # (T, D) log of the yearly number of events, at least one a period
    scored: tuple[np.ndarray, ...]  # period and dyad of the cells in the log score, (M,) each
    ways: np.ndarray  # (M,) log number of orders in which a cell's events may come

    @classmethod
    def make(cls, c: np.ndarray, k: np.ndarray, years: float) -> CountedCells:
        """Cells of counts (D, T)."""
        c, k = np.ascontiguousarray(c.T), np.ascontiguousarray(k.T)
        n = c + k
        happened = n > 0
        happened[0] = False
        scored = np.nonzero(happened)
        events = np.maximum(n, 1.0)
        rate = np.log(events / years)
        return cls(c, k, events, np.maximum(n - 1, 0), years, rate, scored, log_ways(c[scored], k[scored]))

    def by_dyad(self, values: np.ndarray) -> np.ndarray:
        """Sums of values of cells in the score, (..., M), over each dyad's, (..., D)."""
        D, dyad = self.c.shape[1], self.scored[1]
        rows = values.reshape(-1, len(dyad))
        return np.array([np.bincount(dyad, row, D) for row in rows]).reshape(*values.shape[:-1], D)

    def correlation(self, dispersion: float, growth: float) -> np.ndarray:
        """Correlation of two events of a cell, (T, D)."""
        return np.asarray(np.minimum(dispersion * np.exp(growth * self.log_rate) / self.events, CAP))


@np.errstate(under="ignore")
def predict(cells: CountedCells, at: Parameters, *, ahead: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Mean and precision (T + 1, D) of the Beta law of each period's share, given the periods before it.

    ``a = prior m0 + l^ahead C``, ``b = prior (1 - m0) + l^ahead K`` with C, K the stocks of the period before and
    l = 2^(-years/half_life). The precision is that of the underlying share; `with_dispersion` adds dispersion.
    """
    fade = 2.0 ** (-cells.years / at.half_life)
    T, D = cells.c.shape
    C, K = np.zeros(D), np.zeros(D)
    up, down = np.empty((T + 1, D)), np.empty((T + 1, D))
    worth = 1 / (1 + cells.more * cells.correlation(at.dispersion, at.growth))
    for t in range(T + 1):
        kept = fade ** (ahead if t == T else 1)
        up[t] = at.prior * at.prior_share + kept * C
        down[t] = at.prior * (1 - at.prior_share) + kept * K
        if t < T:
            C = fade * C + worth[t] * cells.c[t]
            K = fade * K + worth[t] * cells.k[t]
    whole = up + down
    return up / whole, whole


def with_dispersion(precision: np.ndarray, n: np.ndarray, years: float, at: Parameters) -> np.ndarray:
    """Precision of the law of c given n: ``1/(s + 1) = rho + (1 - rho)/(precision + 1)``.

    The correlation of two events of a cell is rho: its n count as ``n / (1 + (n - 1) rho)``, about n/(1 + r N^g), N the
    yearly rate of the cell, so that a month and a year follow one law; 0 for endlessly many events.
    """
    n = np.maximum(n, 1.0)
    with np.errstate(invalid="ignore"):
        rho = np.minimum(at.dispersion * (n / years) ** at.growth / n, CAP)
    rho = np.where(np.isinf(n), 0.0, rho)
    return np.asarray(1 / (rho + (1 - rho) / (precision + 1)) - 1)


class Scored(NamedTuple):
    """Log score of every cell in the score, (M,), and its slopes in the coordinates of `from_free`, (5, M)."""

    log_score: np.ndarray
    slopes: np.ndarray


def from_free(x: np.ndarray) -> Parameters:
    """Parameters from log half-life, log prior, logit share, log dispersion, logit growth."""
    half_life, prior, dispersion = np.exp(x[[0, 1, 3]])
    share, growth = 1 / (1 + np.exp(-x[[2, 4]]))
    return Parameters(float(half_life), float(prior), float(share), float(dispersion), float(growth))


@np.errstate(under="ignore")  # what is long past has faded to nothing
def score(cells: CountedCells, at: Parameters) -> Scored:
    """One-step-ahead log score and its slopes, by one forward pass."""
    from scipy.special import psi

    fade = 2.0 ** (-cells.years / at.half_life)
    faster = fade * np.log(2) * cells.years / at.half_life  # d fade / d log half-life
    m0 = at.prior_share
    dyad = cells.scored[1]
    rho = cells.correlation(at.dispersion, at.growth)
    free = rho * (rho < CAP)  # d rho / d log dispersion
    turn = at.growth * (1 - at.growth) * cells.log_rate  # what of it is d rho / d logit growth
    worth = 1 / (1 + cells.more * rho)
    flows = [worth * cells.c, worth * cells.k]
    if at.dispersion:
        lost = -cells.more * worth * worth * free  # d worth / d log dispersion
        steps = [lost * cells.c, lost * cells.k]
        flows += [*steps, *(step * turn for step in steps)]
    stock, later = _stocks_before(flows, fade, faster, cells.scored)
    here = np.zeros((8, len(dyad)))  # C and K, their slopes in log half-life, log dispersion and logit growth
    here[:2], here[2:4], here[4 : 2 + len(flows)] = stock[:2], later, stock[2:]
    c, k, rho, free, turn = (x[cells.scored] for x in (cells.c, cells.k, rho, free, turn))
    n = c + k
    # c of n is beta-binomial with mean m and precision s, of which u is 1 / (s + 1)
    a, b = at.prior * m0 + fade * here[0], at.prior * (1 - m0) + fade * here[1]
    whole = a + b
    u = rho + (1 - rho) / (whole + 1)
    s, m = 1 / u - 1, a / whole
    A, B = s * m, s * (1 - m)
    log_score = cells.ways + log_beta_ratio(c, k, A, B)
    both = psi(s + n) - psi(s)
    to_a, to_b = psi(A + c) - psi(A) - both, psi(B + k) - psi(B) - both
    by_s, by_m = to_a * m + to_b * (1 - m), s * (to_a - to_b)
    wide = m0 * (1 - m0) * at.prior
    moves = (  # slopes of a, b and rho in each parameter
        (fade * here[2] + faster * here[0], fade * here[3] + faster * here[1], 0.0),
        (at.prior * m0, at.prior * (1 - m0), 0.0),
        (wide, -wide, 0.0),
        (fade * here[4], fade * here[5], free),
        (fade * here[6], fade * here[7], free * turn),
    )
    slopes = np.zeros((5, len(dyad)))
    by_u, spread, narrowed = -by_s / u**2, 1 - 1 / (whole + 1), (1 - rho) / (whole + 1) ** 2
    to_m = by_m / whole
    for row, (da, db, drho) in enumerate(moves if at.dispersion else moves[:3]):
        du = drho * spread - narrowed * (da + db)
        slopes[row] = by_u * du + to_m * ((1 - m) * da - m * db)
    return Scored(log_score, slopes)


def _stocks_before(
    flows: list[np.ndarray], fade: float, faster: float, cells: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Stocks that flows (T, D) have left before each cell's period, (F, M); and the slopes of the first two, (2, M).

    ``S_t = sum over s < t of fade^(t - s - 1) x_s``: a product of matrices for some periods at once, to which what
    stood before them is added. The slopes are those in what `fade` has the slope `faster` in.
    """
    T, D = flows[0].shape
    period, dyad = cells
    stock, slope = np.empty((len(flows), len(dyad))), np.empty((2, len(dyad)))
    before, moved = np.zeros((len(flows), D)), np.zeros((2, D))
    gap = np.arange(min(T, TOGETHER) + 1)
    power = fade**gap
    turned = faster * gap * fade ** np.maximum(gap - 1, 0)  # d fade^gap
    lag = gap[:, None] - gap[:-1] - 1
    kept, changed = (np.where(lag >= 0, x[np.maximum(lag, 0)], 0.0) for x in (power, turned))
    for first in range(0, T, TOGETHER):
        n = min(TOGETHER, T - first)
        rows = slice(*np.searchsorted(period, [first, first + n]))
        at = (period[rows] - first) * D + dyad[rows]
        for f, flow in enumerate(flows):
            x = flow[first : first + n]
            if f < 2:
                slopes = changed[: n + 1, :n] @ x
                slopes += power[: n + 1, None] * moved[f]
                slopes += turned[: n + 1, None] * before[f]
                slope[f, rows], moved[f] = slopes.reshape(-1)[at], slopes[-1]
            stocks = kept[: n + 1, :n] @ x
            stocks += power[: n + 1, None] * before[f]
            stock[f, rows], before[f] = stocks.reshape(-1)[at], stocks[-1]
    return stock, slope
