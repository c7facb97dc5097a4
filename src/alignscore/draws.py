"""Random replicates of sums and shares of weighted events, drawn on cells and not on events.

Letters for shapes: B draws, S states, P powers, K domains, T periods.
"""

from __future__ import annotations

from numbers import Integral

import numpy as np

from alignscore.errors import check_level, whole_number
from alignscore.intervals import LEVEL, share_posterior

LEAST_EVENTS = 0.1  # of a Dirichlet that is drawn wider than its evidence says
Rng = int | np.random.Generator | None


def generator_of(rng: Rng) -> np.random.Generator:
    """The generator that `rng` means: one already, or that of a seed; None for one that is new at every call.

    Raises
    ------
    TypeError
        Neither a whole number from 0, a Generator nor None.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is not None and (not isinstance(rng, Integral) or isinstance(rng, bool) or int(rng) < 0):
        raise TypeError(
            f"rng is {rng!r:.80}; it must be a whole number from 0, a numpy.random.Generator or None."
        )
    return np.random.default_rng(None if rng is None else int(rng))


def state_counts(states: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each state stands in each resampled copy of the states, (B, S); a dyad as often as both its states."""
    if not states:
        return np.empty((draws, 0))
    return rng.multinomial(states, np.full(states, 1 / states), size=draws).astype(float)


def _dirichlet(
    share: np.ndarray, evidence: np.ndarray, *, draws: int, rng: Rng, axis: int,
    wider: np.ndarray | float = 1.0,
) -> np.ndarray:  # fmt: skip
    """Draws of the posterior of shares, (B, *share.shape): of the prior where nothing is known.

    Their variance is `wider` times the posterior's.
    """
    whole_number("draws", draws, 1)
    mean, events = share_posterior(np.asarray(share, dtype=float), evidence, axis=axis)
    events = np.maximum((events + 1) / wider - 1, LEAST_EVENTS)
    drawn = generator_of(rng).standard_gamma(mean * events, (draws, *mean.shape))
    drawn /= drawn.sum(axis=axis if axis < 0 else axis + 1, keepdims=True)
    return drawn


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
    spread = 1.0 if wider is None else wider[:, None, None]
    drawn = _dirichlet(share, evidence, draws=draws, rng=rng, axis=1, wider=spread)  # (B, S, P, K, T)
    mean: np.ndarray = (drawn * weights[:, None]).sum(axis=-2)
    return np.where((weights.sum(axis=-2) > 0)[:, None], mean, np.nan)


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
