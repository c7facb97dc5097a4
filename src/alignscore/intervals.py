"""What is known of a score: its evidence in force, posteriors, closed-form intervals and random draws, on arrays.

Letters for shapes of draws: B draws, S states, P powers, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from numbers import Integral

import numpy as np

from alignscore.errors import check_level, whole_number

LEVEL = 0.95
JEFFREYS = 0.5  # events added to every class of a share: intervals then keep their cover at 0 and 1
BLOCK = 1 << 15  # scores worked on at a time: their scratch stays in the cache
EXACT = 1 << 12  # up to so many intervals each Beta quantile is solved for; beyond, read off one surface
NODES = 28, 28  # exact points of that surface; its error falls like a power series'
PATCHES = 192, 112  # of that surface, a quadratic each
LEAST_EVENTS = 0.1  # of a Dirichlet that is drawn wider than its evidence says
Rng = int | np.random.Generator | None


def z_of(level: float = LEVEL) -> float:
    """Two-sided normal quantile of a confidence level."""
    from scipy.special import ndtri

    check_level(level)
    return float(ndtri(0.5 + level / 2))


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Quotient top / bottom, NaN where bottom is 0: no data is not neutral."""
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        quotient: np.ndarray = np.asarray(np.divide(top, bottom))
    np.copyto(quotient, np.nan, where=np.equal(bottom, 0))  # also x / 0, which is no number either
    return quotient


def evidence_of(mass: np.ndarray, mass2: np.ndarray) -> np.ndarray:
    """Evidence in force, in events: (sum m l)^2 / sum m^2 l, l the share of each that has not faded; 0 without mass.

    Both sums fade once, so that one event of which a share l is left is l of an event, and n like it are n l.
    For events of equal age it is l times Kish's effective number.
    """
    # in this order: a mass that faded through 500 half-lives has no square
    n: np.ndarray = ratio(mass, mass2) * mass
    np.copyto(n, 0.0, where=np.equal(mass2, 0))
    return n


def reaches(events: np.ndarray, least: float) -> np.ndarray:
    """Where a number of events is as large as asked for: three events are, if their sum is 3 less what rounding took."""
    return np.asarray(events >= least * (1 - 1e-9))


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
        Shaped as `share`; adds to 1 along `axis`, never NaN.
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
    return np.asarray(np.sqrt(mean * (1 - mean) / (events + 1)))


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
        In [0, 1], exact where there are few, to 3e-6 where there are many (6e-6 at a level of 0.999); NaN where the
        mean is NaN.

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
    check_level(level)
    tail = (1 - level) / 2
    surface = _beta_surface(tail) if size > EXACT else None
    step = BLOCK if surface is None else BLOCK // 2

    def interval(mean: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low, high = np.full(mean.shape, np.nan), np.full(mean.shape, np.nan)
        flat = [array.reshape(-1) for array in (mean, events, low, high)]
        for first in range(0, mean.size, step):
            m, n, lower, upper = (array[first : first + step] for array in flat)
            at: slice | np.ndarray = slice(None)
            if (missing := np.isnan(m)).any():
                at = np.flatnonzero(~missing)
            m, n = m[at], n[at]
            if surface is None:
                one, other = _beta_quantiles(m, n, tail)
            else:
                one, other, few = _beta_read(m, n, surface)
                if len(few):
                    one[few], other[few] = _beta_quantiles(m[few], n[few], tail)
            lower[at], upper[at] = np.minimum(one, m), np.maximum(other, m)
        return low, high

    return interval


def _beta_quantiles(m: np.ndarray, n: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    from scipy.special import betaincinv

    # silent and faded cells are alike by the hundred, and each is solved for once
    pairs, whose = np.unique(m + 1j * n, return_inverse=True)
    m, n = pairs.real, pairs.imag
    certain = (m <= 0) | (m >= 1)
    a, b = np.where(certain, 1.0, m * n), np.where(certain, 1.0, (1 - m) * n)
    low, high = betaincinv(a, b, tail), betaincinv(a, b, 1 - tail)
    return np.where(certain, m, low)[whose], np.where(certain, m, high)[whose]


def _least_root(m: np.ndarray) -> np.ndarray:
    """Root of the events of the smaller class, of mean m, where the surface begins; one event lies on it from m = .075."""
    return np.asarray(np.sqrt(0.015 + 0.8 * m))


@lru_cache(maxsize=4)
def _beta_surface(tail: float) -> np.ndarray:
    """Both quantiles of every Beta of a mean up to 1/2, as quadratics over patches, (2, 6, U V).

    With a = m n the events of the
    class, a quantile q has sqrt(q) = sqrt(m) (1 + R / sqrt(a)), and R is a power series in t = sqrt(a) / (1 + sqrt(a))
    and sqrt(m): at m = 0 it is the Gamma's quantile, at t = 1 the normal's. So a polynomial through few exact points
    gives it everywhere (Trefethen 2013, Approximation Theory and Approximation Practice, ch. 8), and quadratics in
    patches of it are read in few steps. What is read is off by less than 3e-6.
    """
    from numpy.polynomial.chebyshev import chebvander
    from scipy.special import betaincinv, gammaincinv, ndtri

    along, across = (np.cos(np.pi * np.arange(N + 1) / N) for N in NODES)  # from 1 to -1
    m = ((1 + across) / 2) ** 2 / 2
    root = 1 + _least_root(m)
    root = root / ((1 - along[1:, None]) / 2) - 1  # (M, N): sqrt(a), but for its last line, infinite
    R = np.empty((2, NODES[0] + 1, NODES[1] + 1))
    for side, p in zip(R, (tail, 1 - tail), strict=True):
        a = root[:, :-1] ** 2
        quantile = betaincinv(a, a * (1 / m[:-1] - 1), p)
        side[1:, :-1] = (np.sqrt(quantile / m[:-1]) - 1) * root[:, :-1]
        side[1:, -1] = np.sqrt(gammaincinv(root[:, -1] ** 2, p)) - root[:, -1]
        side[0] = ndtri(p) / 2 * np.sqrt(1 - m)

    x = np.cos(np.pi * (np.arange(3) + 0.5) / 3)
    to_points = [
        chebvander(2 * ((np.arange(many)[:, None] + (1 + x) / 2) / many).reshape(-1) - 1, N)
        @ np.linalg.inv(chebvander(nodes, N))
        for many, N, nodes in zip(PATCHES, NODES, (along, across), strict=True)
    ]
    points = (to_points[0] @ R @ to_points[1].T).reshape(2, PATCHES[0], 3, PATCHES[1], 3)
    to_series = np.linalg.inv(chebvander(x, 2))
    c = np.einsum("ia,suavb,jb->ijsuv", to_series, points, to_series, optimize=True)
    terms = (c[0, 0] - c[2, 0] - c[0, 2], c[1, 0], c[0, 1], 2 * c[2, 0], c[1, 1], 2 * c[0, 2])
    surface = np.stack(terms, axis=1).reshape(2, 6, -1)
    surface.flags.writeable = False  # one for every call of a level
    return surface


def _beta_read(
    m: np.ndarray, n: np.ndarray, surface: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both quantiles off the surface, and the places beside it; a mean above 1/2 is the mirror of one below."""
    U, V = PATCHES
    below = m <= 0.5
    m = np.where(below, m, 1 - m)
    root = np.sqrt(m * n)
    x = (root - _least_root(m)) * (U / (1 + root))
    y = np.sqrt(m * (2 * V * V))
    beside = np.flatnonzero(~(x >= 0))
    x[beside] = 0.0
    i, j = (np.minimum(z, many - 1).astype(np.intp) for z, many in ((x, U), (y, V)))
    x = 2 * (x - i) - 1  # from the middle of the patch, -1 to 1
    y = 2 * (y - j) - 1
    patch = i * V + j
    ends = []
    for terms in surface:
        one, by_x, by_y, by_xx, by_xy, by_yy = (term.take(patch) for term in terms)
        R = one + (by_x + by_xx * x + by_xy * y) * x + (by_y + by_yy * y) * y
        ends.append(m * (1 + R / root) ** 2)
    low, high = ends
    return np.where(below, low, 1 - high), np.where(below, high, 1 - low), beside


# ---- Wilson and Fisher -------------------------------------------------------------------------------
def wilson(share: np.ndarray, n: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Wilson score interval of a share with an (effective) number of trials n; NaN where n is 0.

    Wilson 1927, JASA 22:209. It keeps its cover with a handful of events and at shares of 0 or 1,
    where intervals of Wald and of the percentile bootstrap collapse.
    """
    z = z_of(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        within_n = n + z * z
        centre = (share * n + z * z / 2) / within_n
        half = z / within_n * np.sqrt(np.maximum(share * (1 - share) * n + z * z / 4, 0.0))
    missing = ~(n > 0) | np.isnan(share)
    # at 0 and 1 the bound is the share itself; rounding must not push it past
    low = np.minimum(np.maximum(centre - half, 0.0), share)
    high = np.maximum(np.minimum(centre + half, 1.0), share)
    return np.where(missing, np.nan, low), np.where(missing, np.nan, high)


def bounded(score: np.ndarray, se: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Normal interval on the Fisher scale of a score in (-1, 1): it never leaves the range."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # tanh(artanh(a) + artanh(b)) = (a + b)/(1 + a b)
        half = np.tanh(z_of(level) * se / (1 - score * score))
        low, high = (score - half) / (1 - score * half), (score + half) / (1 + score * half)
    certain = np.abs(score) == 1
    return np.where(certain, score, low), np.where(certain, score, high)


# ---- random draws, on cells and not on events ------------------------------------------------------------
def generator_of(rng: Rng, name: str = "rng") -> np.random.Generator:
    """The generator that the option `name` means: one already, or that of a seed; None for one that is new at every call.

    Raises
    ------
    TypeError
        Neither a whole number from 0, a Generator nor None.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is not None and (not isinstance(rng, Integral) or isinstance(rng, bool) or int(rng) < 0):
        raise TypeError(
            f"{name} is {rng!r:.80}; it must be a whole number from 0, a numpy.random.Generator or None."
        )
    return np.random.default_rng(None if rng is None else int(rng))


def state_counts(states: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each state stands in each resampled copy of the states, (B, S); a dyad as often as both its states."""
    if not states:
        return np.empty((draws, 0))
    return rng.multinomial(states, np.full(states, 1 / states), size=draws).astype(float)


def composite_draws(
    share: np.ndarray,
    evidence: np.ndarray,
    weights: np.ndarray,
    *,
    draws: int,
    rng: Rng = 0,
    wider: np.ndarray | None = None,
) -> np.ndarray:
    """Draws of shares over all domains: each domain's Dirichlet draws, then their weighted mean.

    Parameters
    ----------
    share : ndarray, (S, P, K, T)
        NaN in a domain not seen: it is drawn from its prior.
    evidence, weights : ndarray, (S, K, T)
        Weights add to 1 over the domains that count, 0 elsewhere (`measures.composite.Composite`).
    draws : int
        B.
    rng : int or numpy.random.Generator, optional
    wider : ndarray, (S, T), optional
        How many times the variance of the mean over independent domains is: above 1 where acts stand in several.

    Returns
    -------
    ndarray, (B, S, P, T)
        NaN where no domain counts.

    Raises
    ------
    OptionError
        `draws` below 1.

    Examples
    --------
    >>> share = np.full((1, 2, 3, 1), 0.5)
    >>> drawn = composite_draws(share, np.full((1, 3, 1), 8.0), np.full((1, 3, 1), 1 / 3), draws=10, rng=0)
    >>> drawn.shape, bool(np.allclose(drawn.sum(axis=2), 1))
    ((10, 1, 2, 1), True)
    """
    whole_number("draws", draws, 1)
    mean, events = share_posterior(share, evidence, axis=1)
    if wider is not None:
        events = np.maximum((events + 1) / wider[:, None, None] - 1, LEAST_EVENTS)
    drawn = generator_of(rng).standard_gamma(mean * events, (draws, *mean.shape))  # (B, S, P, K, T)
    drawn /= drawn.sum(axis=2, keepdims=True)
    composite = np.einsum("...kt,...kt->...t", drawn, weights[:, None])
    return np.where((weights.sum(axis=-2) > 0)[:, None], composite, np.nan)


def quantiles(drawn: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Low end, median and high end over the first axis, NaN draws left out; NaN where all are."""
    check_level(level)
    ordered = np.sort(drawn, axis=0)  # NaN goes last
    known = (~np.isnan(drawn)).sum(axis=0)
    out = []
    for q in ((1 - level) / 2, 0.5, (1 + level) / 2):
        at = q * np.maximum(known - 1, 0)  # linear between order statistics, as np.quantile
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(known - 1, 0))
        a, b = (np.take_along_axis(ordered, i[None], axis=0)[0] for i in (low, high))
        out.append(np.where(known > 0, a + (at - low) * (b - a), np.nan))
    return out[0], out[1], out[2]
