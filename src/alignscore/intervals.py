"""Closed-form intervals and the evidence in force behind a score, as functions of arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alignscore.errors import within

LEVEL = 0.95
JEFFREYS = 0.5  # events added to every class of a share: intervals then keep their cover at 0 and 1
BLOCK = 1 << 15  # scores worked on at a time: their scratch stays in the cache
EXACT = 1 << 15  # up to so many intervals each Beta quantile is solved for; beyond, read off one surface
PATCHES = 128, 64  # of that surface, a cubic each
GRID = 1536, 768  # points on it, near enough to be read between by straight lines
LEAST = 0.01  # events of a class below which a quantile is solved for again
QUARTER = np.pi / 4


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
    n = ratio(mass, mass2) * mass  # in this order: a mass that faded through 500 half-lives has no square
    np.copyto(n, 0.0, where=np.equal(mass2, 0))
    return n


# ---- Beta: what is known of a share after N events --------------------------------------------------
def share_posterior(
    share: np.ndarray, evidence: np.ndarray, *, axis: int = -1
) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean (N s + 1/2) / (N + k/2) of the shares of k classes, and its events N + k/2.

    The posterior is Dirichlet(N s + 1/2), one class against the rest Beta of that mean and those events
    (`beta_interval`, `beta_sd`). Nothing known (a NaN share, or N = 0) is the prior: 1/k and k/2 events.

    Parameters
    ----------
    share : ndarray
        Adds to 1 along `axis`.
    evidence : ndarray
        Events in force, N, of the same shape without `axis`.
    axis : int
        Where the classes lie.

    Returns
    -------
    mean : ndarray
        Of the shape of `share`; adds to 1 along `axis`, never NaN.
    events : ndarray
        N + k/2, with an `axis` of length 1.
    """
    k = share.shape[axis]
    n = np.expand_dims(np.asarray(evidence, dtype=float), axis)
    known = ~np.isnan(share).any(axis=axis, keepdims=True) & (n > 0)
    n = np.where(known, n, 0.0)
    mean: np.ndarray = (np.where(known, share, 0.0) * n + JEFFREYS) / (n + k * JEFFREYS)
    return mean, n + k * JEFFREYS


def beta_sd(mean: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Standard deviation of a Beta of this mean and number of events, sqrt(m (1 - m) / (n + 1))."""
    sd: np.ndarray = np.sqrt(mean * (1 - mean) / (events + 1))
    return sd


def beta_events(mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Events of the Beta with this mean and standard deviation, m (1 - m) / sd^2 - 1."""
    return ratio(mean * (1 - mean), sd * sd) - 1


def beta_interval(
    mean: np.ndarray, events: np.ndarray, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Equal-tailed interval of Beta(m n, (1 - m) n), which always holds its mean m.

    Parameters
    ----------
    mean, events : ndarray
        m in [0, 1] and n, 1 or more; they are broadcast.
    level : float

    Returns
    -------
    low, high : ndarray
        In [0, 1], exact where there are few, to 2e-6 where there are many; NaN where the mean is NaN.

    Raises
    ------
    OptionError
        `level` outside (0, 1).

    Examples
    --------
    >>> low, high = beta_interval(np.array([0.5]), np.array([2.0]))  # uniform
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.025], [0.975])
    """
    mean, events = np.broadcast_arrays(np.asarray(mean, dtype=float), np.asarray(events, dtype=float))
    return beta_intervals(level, mean.size)(mean, events)


def beta_intervals(
    level: float, size: int
) -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """`beta_interval` of one level, for `size` intervals asked for in parts of one shape."""
    within("level", level, 0.0, 1.0, open_low=True, open_high=True)
    tail = (1 - level) / 2
    surface = _beta_surface(tail) if size > EXACT else None
    step = BLOCK if surface is None else BLOCK // 8

    def interval(mean: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low, high = np.full(mean.shape, np.nan), np.full(mean.shape, np.nan)
        flat = [array.reshape(-1) for array in (mean, events, low, high)]
        for first in range(0, mean.size, step):
            m, n, lower, upper = (array[first : first + step] for array in flat)
            at = np.flatnonzero(~np.isnan(m))
            m, n = m[at], n[at]
            found = _beta_quantiles(m, n, tail) if surface is None else _beta_read(m, n, surface)
            few = np.flatnonzero(np.minimum(m, 1 - m) * n < LEAST)
            if surface is not None and len(few):
                found[0][few], found[1][few] = _beta_quantiles(m[few], n[few], tail)
            lower[at], upper[at] = np.minimum(found[0], m), np.maximum(found[1], m)
        return low, high

    return interval


def _beta_quantiles(m: np.ndarray, n: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    from scipy.special import betaincinv

    sure = (m <= 0) | (m >= 1)
    a, b = np.where(sure, 1.0, m * n), np.where(sure, 1.0, (1 - m) * n)
    low, high = betaincinv(a, b, tail), betaincinv(a, b, 1 - tail)
    return np.where(sure, m, low), np.where(sure, m, high)


def _beta_surface(tail: float) -> np.ndarray:
    """Both quantiles of every Beta of a mean up to 1/2, on a grid to read between, (U + 1, V + 1).

    The low one is the real part, the high one the imaginary: one step reads both. With phi = arcsin sqrt(m) and
    v = n^(-1/2), a quantile q has arcsin sqrt(q) = phi + v H, and H is smooth in u = phi (1 + 4 v / pi) / (phi + v) and
    v, both in [0, 1]: its limits are the Gamma's quantiles at v = 0 and the normal's there at u = 1. Read off so many
    points the error is under 2e-6.
    """
    from scipy.interpolate import CubicSpline
    from scipy.special import gammaincinv, ndtri

    U, V = PATCHES
    u, v = np.arange(U + 1.0)[:, None], np.arange(V + 1.0)
    x, w = u[:-1] / U, v[1:] / V
    phi = np.append(x * w / (1 + w / QUARTER - x), np.full((1, V), QUARTER), axis=0)  # (U + 1, V)
    low, high = _beta_quantiles(np.sin(phi) ** 2, np.broadcast_to(1 / w**2, phi.shape), tail)
    t = (x / (1 - x))[:, 0]
    height = np.zeros((2, U + 1, V + 1))
    for side, quantile, p in zip(height, (low, high), (tail, 1 - tail), strict=True):
        side[:, 1:] = (np.arcsin(np.sqrt(quantile)) - phi) / w
        side[1:-1, 0] = np.sqrt(gammaincinv(t[1:] ** 2, p)) - t[1:]
        side[-1, 0] = ndtri(p) / 2
        side[0] = 0.0
    fine = [np.arange(many + 1.0) * (coarse / many) for many, coarse in zip(GRID, PATCHES, strict=True)]
    smooth = CubicSpline(v, CubicSpline(u[:, 0], height, axis=1)(fine[0]), axis=2)(fine[1])
    return np.ascontiguousarray(smooth[0] + 1j * smooth[1])


def _beta_read(m: np.ndarray, n: np.ndarray, surface: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both quantiles off the surface; a mean above 1/2 is the mirror of one below."""
    U, V = GRID
    points = surface.reshape(-1)
    below = m <= 0.5
    phi, v = np.arcsin(np.sqrt(np.where(below, m, 1 - m))), np.minimum(1 / np.sqrt(n), 1.0)
    u, w = phi * (U + v * (U / QUARTER)) / (phi + v), v * V
    i, j = np.minimum(u.astype(np.int32), U - 1), np.minimum(w.astype(np.int32), V - 1)
    across, along, at = w - j, u - i, i * (V + 1) + j
    here = _between(points.take(at), points.take(at + 1), across)
    at += V + 1
    height = _between(here, _between(points.take(at), points.take(at + 1), across), along)
    height *= v
    low, high = (np.square(np.sin(phi + side)) for side in (height.real, height.imag))
    return np.where(below, low, 1 - high), np.where(below, high, 1 - low)


def _between(a: np.ndarray, b: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Straight line from a to b at a part of the way, in the place of b."""
    b -= a
    b *= part
    b += a
    return b


# ---- Wilson and Fisher -------------------------------------------------------------------------------
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


def bounded(score: np.ndarray, se: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Normal interval on the Fisher scale of a score in (-1, 1): it never leaves the range."""
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.tanh(
            z_of(level) * se / (1 - score * score)
        )  # tanh(artanh(a) + artanh(b)) = (a + b)/(1 + a b)
        low, high = (score - half) / (1 - score * half), (score + half) / (1 + score * half)
    certain = np.abs(score) == 1
    return np.where(certain, score, low), np.where(certain, score, high)
