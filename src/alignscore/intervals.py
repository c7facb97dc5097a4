"""Closed-form intervals and the evidence in force behind a score, as functions of arrays."""

from __future__ import annotations

import numpy as np

from alignscore.errors import within

LEVEL = 0.95
BLOCK = 1 << 15  # scores worked on at a time: their scratch stays in the cache


def z_of(level: float = LEVEL) -> float:
    """Two-sided normal quantile of a confidence level."""
    from scipy.special import ndtri

    within("level", level, 0.0, 1.0, open_low=True, open_high=True)
    return float(ndtri(0.5 + level / 2))


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Quotient top / bottom, NaN where bottom is 0: no data is not neutral."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: np.ndarray = np.asarray(np.divide(top, bottom))
    np.copyto(quotient, np.nan, where=np.equal(bottom, 0))  # also x / 0, which is no number either
    return quotient


def evidence_of(mass: np.ndarray, mass2: np.ndarray) -> np.ndarray:
    """Evidence in force, in events: (sum m l)^2 / sum m^2 l, l the share of each that has not faded; 0 without mass.

    Both sums fade once, so that one event of which a share l is left is l of an event, and n like it are n l.
    For events of equal age it is l times Kish's effective number.
    """
    n = ratio(mass * mass, mass2)
    np.copyto(n, 0.0, where=np.equal(mass2, 0))
    return n


def wilson(share: np.ndarray, n: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Wilson score interval of a share with an (effective) number of trials n; NaN where n is 0.

    Wilson 1927, JASA 22:209. It keeps its cover with a handful of events and at shares of 0 or 1,
    where intervals of Wald and of the percentile bootstrap collapse.
    """
    z = z_of(level)
    share, n = np.broadcast_arrays(share, n)
    low, high = np.empty(share.shape), np.empty(share.shape)
    given = share.reshape(-1), n.reshape(-1)
    for first in range(0, share.size, BLOCK):
        rows = slice(first, first + BLOCK)
        bounds = _wilson(given[0][rows], given[1][rows], z)
        low.reshape(-1)[rows], high.reshape(-1)[rows] = bounds
    return low, high


def _wilson(share: np.ndarray, n: np.ndarray, z: float) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        within_n = n + z * z
        centre = (share * n + z * z / 2) / within_n
        half = z / within_n * np.sqrt(np.maximum(share * (1 - share) * n + z * z / 4, 0.0))
    missing = ~(n > 0) | np.isnan(share)
    # at 0 and 1 the bound is the share itself; rounding must not push it past
    low, high = (
        np.minimum(np.maximum(centre - half, 0.0), share),
        np.maximum(np.minimum(centre + half, 1.0), share),
    )
    return np.where(missing, np.nan, low), np.where(missing, np.nan, high)


def wilson_n(share: np.ndarray, low: np.ndarray, high: np.ndarray, level: float) -> np.ndarray:
    """Effective events behind a share, recovered from its Wilson interval; 0 where there is none.

    Width w: (w (n + z^2))^2 = 4 z^2 (S (1 - S) n + z^2 / 4), a quadratic in N = n + z^2.
    """
    z2 = z_of(level) ** 2
    var = share * (1 - share)
    w2 = (high - low) ** 2
    a, b, c = w2, -4 * z2 * var, -4 * z2 * (z2 / 4 - var * z2)
    with np.errstate(invalid="ignore"):
        big = ratio(-b + np.sqrt(np.maximum(b**2 - 4 * a * c, 0.0)), 2 * a)
    return np.nan_to_num(np.maximum(big - z2, 0.0))


def bounded(score: np.ndarray, se: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Normal interval on the Fisher scale of a score in (-1, 1): it never leaves the range."""
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.tanh(
            z_of(level) * se / (1 - score * score)
        )  # tanh(artanh(a) + artanh(b)) = (a + b)/(1 + a b)
        low, high = (score - half) / (1 - score * half), (score + half) / (1 + score * half)
    certain = np.abs(score) == 1
    return np.where(certain, score, low), np.where(certain, score, high)
