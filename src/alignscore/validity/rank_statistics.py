"""Rank statistics with weights, and the resampling of states that gives their intervals.

Letters for shapes: R rows (dyads in a period), S states, B resampled copies. A statistic is prepared once
on its rows and then asked for under many weights: sorting is done once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Statistic = Callable[[np.ndarray], float]  # of weights (R,)
RIDGE, ROUNDS = 1e-3, 50  # of a logistic regression: on its slopes, and of its steps
NEAR = 0.998  # of the way to an end of its range, beyond which a statistic of a copy is as good as there


# ---- resampling ----------------------------------------------------------------------------------------
def interval(
    statistic: Statistic,
    i: np.ndarray,
    j: np.ndarray,
    counts: np.ndarray,
    level: float,
    ends: tuple[float, float] | None = None,
) -> tuple[float, float]:
    """Interval by the pigeonhole bootstrap, in which a dyad weighs as often as both its states are drawn.

    Owen 2007, Annals of Applied Statistics 1:386. Dyads of one state are not independent; resampling
    dyads would make intervals far too short. It is Student's, of as many states as there are less one, about the estimate,
    with the copies' standard deviation; of a statistic between two `ends` on Fisher's scale, from end to end, so that it
    stays between them. Quantiles of the copies cover .91 of 95 % for precisions of 24 states, .94 for correlations.
    """
    from scipy.special import stdtrit

    values = np.array([statistic(drawn[i] * drawn[j]) for drawn in counts])
    values = values[~np.isnan(values)]
    estimate = statistic(np.ones(len(i)))
    if len(values) < max(20, len(counts) // 2) or np.isnan(estimate):
        return np.nan, np.nan
    t = stdtrit(len(np.unique([i, j])) - 1, 0.5 + level / 2)
    if ends is None:
        half = t * values.std(ddof=1)
        return float(estimate - half), float(estimate + half)
    middle, half = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2

    def fisher(x: np.ndarray | float) -> np.ndarray:
        return np.asarray(np.arctanh(np.clip((x - middle) / half, -NEAR, NEAR)))

    reach = t * fisher(values).std(ddof=1)
    low, high = middle + half * np.tanh(fisher(estimate) + np.array([-reach, reach]))
    return float(min(low, estimate)), float(max(high, estimate))


# ---- statistics --------------------------------------------------------------------------------------------
class Ranks:
    """Weighted mid-ranks of one vector under any weights."""

    def __init__(self, x: np.ndarray) -> None:
        self.order = np.argsort(x, kind="stable")
        ordered = x[self.order]
        new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        self.starts = np.flatnonzero(new)
        self.group = np.empty(len(x), dtype=np.int64)
        self.group[self.order] = np.cumsum(new) - 1

    def of(self, w: np.ndarray) -> np.ndarray:
        """Weight below each value plus half of that tied with it, (R,)."""
        tied = np.add.reduceat(w[self.order], self.starts)
        return (np.cumsum(tied) - tied / 2)[self.group]

    def above(self, w: np.ndarray) -> np.ndarray:
        """Weight at or above each distinct value, descending."""
        tied = np.add.reduceat(w[self.order], self.starts)
        return np.cumsum(tied[::-1])


def pearson(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    """Weighted correlation; NaN where one does not vary."""
    total = w.sum()
    if not total > 0:
        return np.nan
    x, y = x - (w @ x) / total, y - (w @ y) / total
    size = (w @ (x * x)) * (w @ (y * y))
    return float((w @ (x * y)) / np.sqrt(size)) if size > 0 else np.nan


def spearman(x: np.ndarray, y: np.ndarray) -> Statistic:
    """Spearman's rank correlation of two vectors (R,), ties at mid-rank."""
    rx, ry = Ranks(x), Ranks(y)
    return lambda w: pearson(rx.of(w), ry.of(w), w)


def auc(x: np.ndarray, positive: np.ndarray) -> Statistic:
    """Chance that a positive row has the higher x, ties counting half."""
    ranks = Ranks(x)

    def value(w: np.ndarray) -> float:
        up, whole = w[positive].sum(), w.sum()
        if not 0 < up < whole:
            return np.nan
        below = w[positive] @ ranks.of(w)[positive] - up * up / 2
        return float(below / (up * (whole - up)))

    return value


def average_precision(x: np.ndarray, positive: np.ndarray) -> Statistic:
    """Mean over positives of the precision at their x; tied rows enter together. Chance: the base rate."""
    ranks = Ranks(x)

    def value(w: np.ndarray) -> float:
        hits = ranks.above(np.where(positive, w, 0.0))
        if not hits[-1] > 0:
            return np.nan
        whole = ranks.above(w)
        precision = np.divide(hits, whole, out=np.zeros_like(hits), where=whole > 0)
        return float(np.diff(hits, prepend=0.0) @ precision / hits[-1])

    return value


def partial_slope(y: np.ndarray, x: np.ndarray, lag: np.ndarray, period: np.ndarray) -> Statistic:
    """Slope of y on x beyond its lag, all three standardised, periods' means taken off."""
    _, at = np.unique(period, return_inverse=True)

    def value(w: np.ndarray) -> float:
        whole = np.bincount(at, w)
        columns = []
        for v in (y, x, lag):
            v = v - (np.bincount(at, w * v) / np.where(whole > 0, whole, 1.0))[at]
            size = np.sqrt(w @ (v * v))
            if not size > 0:
                return np.nan
            columns.append(v / size)
        yx, yl, xl = (w @ (columns[a] * columns[b]) for a, b in ((0, 1), (0, 2), (1, 2)))
        left = 1 - xl * xl  # of x beyond the lag; rounding where it is the lag
        return float((yx - yl * xl) / left) if left > 1e-12 else np.nan

    return value


def logistic(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Coefficients of a logistic regression, intercept first; Newton steps, a small ridge on the slopes."""
    from scipy.special import expit

    design = np.column_stack([np.ones(len(X)), X])
    beta = np.zeros(design.shape[1])
    penalty = RIDGE * np.diag([0.0] + [1.0] * X.shape[1])
    for _ in range(ROUNDS):
        p = expit(design @ beta)
        curve = (design.T * (p * (1 - p))) @ design + penalty + 1e-9 * np.eye(len(beta))
        step = np.linalg.solve(curve, design.T @ (y - p) - penalty @ beta)
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def forecasts(X: np.ndarray, y: np.ndarray, period: np.ndarray, *, train: int) -> np.ndarray:
    """Log odds of y (R,), for each period from earlier ones only, scaling included; NaN in the first few."""
    out = np.full(len(y), np.nan)
    for now in np.unique(period)[train:]:
        past, here = period < now, period == now
        if not 0 < y[past].sum() < past.sum():
            continue
        mean, sd = X[past].mean(axis=0), X[past].std(axis=0)
        scaled = (X - mean) / np.where(sd > 0, sd, 1.0)
        beta = logistic(scaled[past], y[past].astype(float))
        out[here] = beta[0] + scaled[here] @ beta[1:]
    return out
