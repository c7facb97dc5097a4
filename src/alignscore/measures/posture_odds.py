"""How likely each posture label is, from the sampling error of shares, engagement and alignments.

Letters for shapes: B draws, S states, P powers, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignscore.errors import within
from alignscore.intervals import ratio, z_of
from alignscore.measures.postures import POSTURES, Thresholds, dominance, posture_numbers, told_posture
from alignscore.replicates import Rng, composite_draws, share_draws
from alignscore.values import Result

if TYPE_CHECKING:
    from alignscore.measures.states import HedgingResult

BLOCK = 1 << 20  # numbers drawn at a time


@dataclass(frozen=True, eq=False, repr=False)
class PostureOdds(Result):
    """Probability of each posture per (state, period).

    Attributes
    ----------
    probability : ndarray, (S, T, 5)
        In the order of `POSTURES`; NaN where nothing is known. Columns probability_aligned ... of the frame.
    label : ndarray of str, (S, T)
        The likeliest; 'withheld' where it is less likely than asked, '' where nothing is known.
    """

    states: tuple[str, ...]
    periods: pd.PeriodIndex
    label: np.ndarray
    probability: np.ndarray

    @property
    def of_label(self) -> np.ndarray:
        """Probability of the likeliest label, told or withheld, (S, T); NaN where nothing is known."""
        best: np.ndarray = np.nan_to_num(self.probability, nan=-1.0).max(axis=-1)
        return np.where(best < 0, np.nan, best)

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return {"state": np.array(self.states, dtype=object)}, {"period": self.periods}

    def _columns(self) -> dict[str, np.ndarray]:
        odds = {f"probability_{name}": self.probability[..., at] for at, name in enumerate(POSTURES)}
        return {**super()._columns(), **odds}


def posture_counts(
    share_d: np.ndarray, n_eff_d: np.ndarray, weights: np.ndarray,
    engagement: np.ndarray, engagement_n: np.ndarray,
    alignment: np.ndarray, alignment_se: np.ndarray,
    thresholds: Thresholds, *, draws: int, rng: Rng = 0,
) -> np.ndarray:  # fmt: skip
    """How often each label is drawn, (S, T, 5).

    Dirichlet shares go through the composite; engagement is Beta, alignments normal on Fisher's scale.
    share_d (S, P, K, T); n_eff_d, weights (S, K, T); engagement, engagement_n (S, T); alignment (S, P, T).
    """
    within("draws", draws, 1)
    rng = np.random.default_rng(rng)
    counts = np.zeros((*engagement.shape, len(POSTURES)), dtype=np.int64)
    size = max(1, BLOCK // max(1, share_d.size))
    for first in range(0, draws, size):
        B = min(size, draws - first)
        share = composite_draws(share_d, n_eff_d, weights, draws=B, rng=rng)  # (B, S, P, T)
        flat = share.reshape(-1, *share.shape[2:])
        lead = dominance(flat).reshape(B, *engagement.shape)
        pair = np.stack([engagement, 1 - engagement], axis=-1)
        engaged = share_draws(pair, engagement_n, draws=B, rng=rng)[..., 0]
        hostile = _hostile(alignment, alignment_se, B, rng)
        drawn = posture_numbers(lead, engaged, hostile, thresholds)
        for at in range(len(POSTURES)):
            counts[..., at] += (drawn == at).sum(axis=0)
    return counts


def _hostile(alignment: np.ndarray, se: np.ndarray, B: int, rng: np.random.Generator) -> np.ndarray:
    """Whether the alignments with all powers are drawn below 0, (B, S, T); an unknown one is not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        centre, spread = np.arctanh(alignment), se / (1 - alignment**2)
    drawn = centre + spread * rng.standard_normal((B, *alignment.shape))
    hostile: np.ndarray = (np.nan_to_num(drawn, nan=1.0) < 0).all(axis=2)
    return hostile


def posture_probabilities(
    result: HedgingResult, *, thresholds: Thresholds | None = None, min_probability: float = 0.5,
    draws: int = 512, rng: Rng = 0,
) -> PostureOdds:  # fmt: skip
    """How likely is each posture, given how few events there are?

    Shares of each domain are drawn as Dirichlet(s n_eff + 1/2) and blended, engagement as
    Beta(E n + 1/2, (1 - E) n + 1/2), alignments as normal on Fisher's scale; each draw gets its label.

    Parameters
    ----------
    result : HedgingResult
    thresholds : Thresholds, optional
        Those of the result where not given.
    min_probability : float
        A label less likely than this is withheld.
    draws : int
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    PostureOdds
        Probabilities in [0, 1] that add to 1. NaN: no tie with any of the powers is known.

    Raises
    ------
    OptionError
        `draws` below 1, or a probability outside [0, 1].

    Notes
    -----
    Sampling error only, at the judgements of `result`; `robustness` varies both together. Engagement and
    shares are drawn apart, as they rest on different events in part.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> from alignscore.measures.hedging import hedging
    >>> odds = posture_probabilities(hedging(Ledger.post(asean()).ties(), powers=("USA", "CHN")))
    >>> frame = odds.to_frame()
    >>> frame[(frame.state == "KHM") & (frame.period == "2026")]["label"].tolist()
    ['aligned']
    """
    within("min_probability", min_probability, 0.0, 1.0)
    thresholds = result.recipe["thresholds"] if thresholds is None else thresholds
    domains = result.domains
    n = wilson_n(result.engagement, result.engagement_low, result.engagement_high, result.recipe["level"])
    counts = posture_counts(
        domains.share, domains.n_eff, domains.weight, result.engagement, n,
        result.alignment, result.alignment_se, thresholds, draws=draws, rng=rng,
    )  # fmt: skip
    odds, label = told_posture(counts, min_probability)
    told = {
        "measure": "posture_probabilities", "powers": result.powers, "thresholds": thresholds,
        "min_probability": min_probability, "draws": draws,
    }  # fmt: skip
    return PostureOdds(told, result.states, result.periods, label, odds)


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
