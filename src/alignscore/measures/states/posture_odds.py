"""How likely each posture label is, from the sampling error of shares, engagement and alignments.

Letters for shapes: B draws, S states, P powers, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alignscore.draws import Rng, composite_draws, share_draws
from alignscore.errors import whole_number
from alignscore.measures.states.postures import POSTURES, Thresholds, directed, dominance, posture_numbers
from alignscore.results import Result

BLOCK = 1 << 20  # numbers drawn at a time


@dataclass(frozen=True, eq=False, repr=False)
class PostureOdds(Result):
    """Probability of each posture per (state, period).

    Attributes
    ----------
    probability : ndarray, (S, T, 5)
        In the order of `POSTURES`, whichever power is leant to; NaN where nothing is known. Columns
        probability_aligned ... of the frame.
    label : ndarray of str, (S, T)
        The likeliest, where aligned with or leaning to each power is a label of its own; 'withheld' where it
        is less likely than asked, '' where nothing is known.
    of_label : ndarray, (S, T)
        Probability of the likeliest label, told or withheld; NaN where nothing is known.
    """

    FIGURE: ClassVar[str | None] = "posture_probabilities"

    states: tuple[str, ...]
    periods: pd.PeriodIndex
    label: np.ndarray
    probability: np.ndarray
    of_label: np.ndarray

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return {"state": np.array(self.states, dtype=object)}, {"period": self.periods}

    def _columns(self) -> dict[str, np.ndarray]:
        odds = {f"probability_{name}": self.probability[..., at] for at, name in enumerate(POSTURES)}
        return {**super()._columns(), **odds}


def posture_counts(
    share_d: np.ndarray, evidence_d: np.ndarray, weights: np.ndarray,
    engagement: np.ndarray, engagement_n: np.ndarray,
    alignment: np.ndarray, alignment_se: np.ndarray,
    thresholds: Thresholds, *, draws: int, rng: Rng = 0,
) -> np.ndarray:  # fmt: skip
    """How often each class of `directed` is drawn, (S, T, 2 P + 3).

    Dirichlet shares go through the composite; engagement is Beta, alignments normal on Fisher's scale.
    share_d (S, P, K, T); evidence_d, weights (S, K, T); engagement, engagement_n (S, T); alignment (S, P, T).
    """
    whole_number("draws", draws, 1)
    rng = np.random.default_rng(rng)
    P = share_d.shape[1]
    counts = np.zeros((*engagement.shape, 2 * P + 3), dtype=np.int64)
    size = max(1, BLOCK // max(1, share_d.size))
    for first in range(0, draws, size):
        B = min(size, draws - first)
        share = composite_draws(share_d, evidence_d, weights, draws=B, rng=rng)  # (B, S, P, T)
        flat = share.reshape(-1, *share.shape[2:])
        lead = dominance(flat).reshape(B, *engagement.shape)
        pair = np.stack([engagement, 1 - engagement], axis=-1)
        engaged = share_draws(pair, engagement_n, draws=B, rng=rng)[..., 0]
        hostile = _hostile(alignment, alignment_se, B, rng)
        first_power = np.nan_to_num(share, nan=-1.0).argmax(axis=2)
        drawn = directed(posture_numbers(lead, engaged, hostile, thresholds), first_power, P)
        for at in range(counts.shape[-1]):
            counts[..., at] += (drawn == at).sum(axis=0)
    return counts


def _hostile(alignment: np.ndarray, se: np.ndarray, B: int, rng: np.random.Generator) -> np.ndarray:
    """Whether the alignments with all powers are drawn below 0, (B, S, T); an unknown one is not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        centre, spread = np.arctanh(alignment), se / (1 - alignment**2)
    drawn = centre + spread * rng.standard_normal((B, *alignment.shape))
    hostile: np.ndarray = (np.nan_to_num(drawn, nan=1.0) < 0).all(axis=2)
    return hostile
