"""The beta-binomial law of a share given its number of events: log score, interval, place of what happened.

A count c of n is Binomial(n, theta), theta is Beta(a, b). Letters for shapes: M cells.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

EXACT = 500  # events in a cell up to which its whole distribution is summed


class IntervalAndRank(NamedTuple):
    """Interval of the share, (M,) each, and the mid-distribution value of what happened."""

    low: np.ndarray
    high: np.ndarray
    mid: np.ndarray

    def holding(self, mean: np.ndarray) -> IntervalAndRank:
        """The same with what is expected inside: of few events one share alone may be likely enough."""
        return self._replace(low=np.minimum(self.low, mean), high=np.maximum(self.high, mean))


def log_mass(c: np.ndarray, k: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Log probability of c cooperative events among c + k; fractional counts are allowed."""
    return np.asarray(log_ways(c, k) + log_beta_ratio(c, k, a, b))


def log_ways(c: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Log binomial coefficient of c among c + k."""
    from scipy.special import gammaln

    return np.asarray(gammaln(c + k + 1) - gammaln(c + 1) - gammaln(k + 1))


def log_beta_ratio(c: np.ndarray, k: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Logarithm of B(a + c, b + k) / B(a, b)."""
    from scipy.special import gammaln

    s = a + b
    after = gammaln(a + c) + gammaln(b + k) - gammaln(s + c + k)
    return np.asarray(after - gammaln(a) - gammaln(b) + gammaln(s))


def interval_and_rank(
    c: np.ndarray, n: np.ndarray, a: np.ndarray, b: np.ndarray, level: float
) -> IntervalAndRank:
    """Central interval of c/n at `level`, ends included, and P(less) + P(equal)/2 of the c that happened.

    Exact up to `EXACT` events: the masses from 0 upwards by their ratio
    ``p(x+1)/p(x) = (n-x)(a+x) / ((x+1)(b+n-x-1))``. Beyond, the Beta law of the same mean and variance, with
    half an event of continuity. Cells are counts, so fractional ones are rounded here.
    """
    whole = np.maximum(np.rint(n), 1.0)
    with np.errstate(invalid="ignore"):
        hit = np.rint(np.where(n > 0, c / np.where(n > 0, n, 1.0), 0.0) * whole)
    found = np.empty((3, len(n)))
    few, endless = whole <= EXACT, np.isinf(whole)
    for part, law in ((few, _exact), (~few & ~endless, _smooth), (endless, _beta)):
        rows = np.flatnonzero(part)
        if len(rows):
            found[:, rows] = law(hit[rows], whole[rows], a[rows], b[rows], level)
    return IntervalAndRank(*found)


def _exact(c: np.ndarray, n: np.ndarray, a: np.ndarray, b: np.ndarray, level: float) -> IntervalAndRank:
    from scipy.special import betaln

    tail = (1 - level) / 2
    order = np.argsort(-n, kind="stable")  # cells that are through drop off the end
    c, n, a, b = c[order], n[order], a[order], b[order]
    mass = betaln(a, b + n) - betaln(a, b)  # log P(0)
    below, mid = np.zeros(len(n)), np.zeros(len(n))
    low, high = np.full(len(n), -1.0), np.full(len(n), -1.0)
    left = len(n)
    for x in range(int(n[0]) + 1):
        left = int(np.searchsorted(-n[:left], -x, side="right"))  # cells with n >= x
        here = slice(0, left)
        p = np.exp(mass[here])
        mid[here] += np.where(c[here] == x, below[here] + p / 2, 0.0)
        below[here] += p
        reach = below[here] * (1 + 1e-12)
        low[here] = np.where((low[here] < 0) & (reach >= tail), x, low[here])
        high[here] = np.where((high[here] < 0) & (reach >= 1 - tail), x, high[here])
        with np.errstate(divide="ignore"):
            mass[here] += np.log((n[here] - x) * (a[here] + x)) - np.log(
                (x + 1) * np.maximum(b[here] + n[here] - x - 1, 1e-300)
            )
    high = np.where(high < 0, n, high)
    back = np.argsort(order)
    return IntervalAndRank((low / n)[back], (high / n)[back], mid[back])


def _smooth(c: np.ndarray, n: np.ndarray, a: np.ndarray, b: np.ndarray, level: float) -> IntervalAndRank:
    from scipy.special import betainc, betaincinv

    tail, s = (1 - level) / 2, a + b
    size = n * (s + 1) / (s + n) - 1  # a + b of the Beta law with the variance of c/n
    up, down = size * a / s, size * b / s
    low, high = betaincinv(up, down, tail), betaincinv(up, down, 1 - tail)
    ends = (betainc(up, down, np.clip((c + side) / n, 0.0, 1.0)) for side in (-0.5, 0.5))
    return IntervalAndRank(np.floor(low * n) / n, np.ceil(high * n) / n, sum(ends) / 2)


def _beta(_: np.ndarray, n: np.ndarray, a: np.ndarray, b: np.ndarray, level: float) -> IntervalAndRank:
    """Interval of theta itself; no event shows it, so nothing has a place in it."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    return IntervalAndRank(betaincinv(a, b, tail), betaincinv(a, b, 1 - tail), np.full(len(n), np.nan))


def surprise_of(mid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normal quantile z (below 0: more hostile than expected) and two-sided p of mid-distribution values."""
    from scipy.special import ndtri

    mid = np.clip(mid, 1e-15, 1 - 1e-15)
    return ndtri(mid), 2 * np.minimum(mid, 1 - mid)
