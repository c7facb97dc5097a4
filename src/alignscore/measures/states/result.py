"""Results about states between powers: what `hedging` gives back, and how sure its postures are.

Letters for shapes: S states, P powers, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alignscore.draws import Rng
from alignscore.errors import of_kind, within
from alignscore.measures.states.postures import (
    PostureOdds,
    PosturePosterior,
    Thresholds,
    likeliest,
    thresholds_of,
)
from alignscore.results import Result


@dataclass(frozen=True, eq=False, repr=False)
class StateResult(Result):
    """Scores per (state, period).

    Attributes
    ----------
    states, powers : tuple of str
    periods : pandas.PeriodIndex
    """

    states: tuple[str, ...]
    powers: tuple[str, ...]
    periods: pd.PeriodIndex

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return {"state": np.array(self.states, dtype=object)}, {"period": self.periods}

    def _by_power(self, *names: str) -> dict[str, np.ndarray]:
        """Columns name_POWER of arrays (S, P, ...)."""
        return {
            f"{name}_{power}": getattr(self, name)[:, at]
            for name in names
            for at, power in enumerate(self.powers)
        }


@dataclass(frozen=True, eq=False, repr=False)
class DomainPositions(StateResult):
    """Position and diversification within each domain, arrays (S, K, T), and shares (S, P, K, T).

    Attributes
    ----------
    position, position_se, position_low, position_high : ndarray
        Of the posterior, Beta(N s + 1/2, N (1 - s) + 1/2); NaN where no tie is in force, and for more than two powers.
    position_raw, diversification : ndarray
        Of the plain shares.
    n, evidence : ndarray
        Events with the powers, and how many of them are in force.
    weight : ndarray
        Weight in the plain composite, over the domains seen.
    share, share_raw : ndarray, (S, P, K, T)
        PosturePosterior means and plain shares; columns share_CHN, share_raw_CHN ... of the frame.
    """

    domains: tuple[str, ...]
    position: np.ndarray
    position_se: np.ndarray
    position_low: np.ndarray
    position_high: np.ndarray
    position_raw: np.ndarray
    diversification: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    weight: np.ndarray
    share: np.ndarray
    share_raw: np.ndarray

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        state, period = super()._labels()
        return state, {"domain": np.array(self.domains, dtype=object)}, period

    def _columns(self) -> dict[str, np.ndarray]:
        return {**super()._columns(), **self._by_power("share", "share_raw")}


@dataclass(frozen=True, eq=False, repr=False)
class HedgingResult(StateResult):
    """Where states stand between powers, per (state, period): arrays (S, T).

    Attributes
    ----------
    position, position_se, position_low, position_high, position_100 : ndarray
        L = s_b - s_a in [-1, 1] and on 0 (all with the first power) to 100 (all with the second), the posterior mean
        over all domains; NaN for more than two powers.
    position_raw : ndarray
        The same of plain shares over the domains seen.
    position_relative : ndarray
        Position after each tie is divided by that power's whole tie with a group; NaN unless asked for.
    engagement, diversification, hedging : ndarray, each with _se, _low, _high
        Engagement is the posterior mean over all domains, diversification the plain one.
    mixing, alternating, compartmentalising : ndarray
        The three parts; they add to `diversification`.
    diversification_corrected : ndarray
        Freed of small-sample bias; may pass 1 by chance; NaN where some domain has too little evidence.
    balance, equitability : ndarray
        k min_p s_p (for two powers 2 min / sum), and Shannon's -sum s ln s / ln k, of plain shares.
    posture, toward, quadrant : ndarray of str
        What the thresholds say of the scores as they stand, and the power leant to; '' where unknown.
    posture_probability : ndarray
        How likely that posture (towards that power) is, given how much evidence is in force.
    likely_posture : ndarray of str
        The posture, or 'withheld' where it is less likely than one half.
    n, evidence, coverage : ndarray
        Events with the powers, how many of them are in force, and sum_d w_d N_d / (N_d + 1): 0 nothing is known, 1
        everything.
    share, share_raw, alignment, alignment_se : ndarray, (S, P, T)
        Columns share_CHN, alignment_CHN ... of the frame.
    posterior : PosturePosterior
        What the odds of the postures are read from.
    domains : DomainPositions
        The same, domain by domain.
    """

    FIGURE: ClassVar[str | None] = "positions"

    SHORT: ClassVar[tuple[str, ...]] = (
        "position", "position_low", "position_high", "engagement", "diversification",
        "hedging", "hedging_low", "hedging_high", "posture", "posture_probability", "n", "evidence", "coverage",
    )  # fmt: skip

    position: np.ndarray
    position_se: np.ndarray
    position_low: np.ndarray
    position_high: np.ndarray
    position_100: np.ndarray
    position_raw: np.ndarray
    position_relative: np.ndarray
    engagement: np.ndarray
    engagement_se: np.ndarray
    engagement_low: np.ndarray
    engagement_high: np.ndarray
    diversification: np.ndarray
    diversification_se: np.ndarray
    diversification_low: np.ndarray
    diversification_high: np.ndarray
    mixing: np.ndarray
    alternating: np.ndarray
    compartmentalising: np.ndarray
    diversification_corrected: np.ndarray
    hedging: np.ndarray
    hedging_se: np.ndarray
    hedging_low: np.ndarray
    hedging_high: np.ndarray
    balance: np.ndarray
    equitability: np.ndarray
    posture: np.ndarray
    posture_probability: np.ndarray
    likely_posture: np.ndarray
    toward: np.ndarray
    quadrant: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray
    share: np.ndarray
    share_raw: np.ndarray
    alignment: np.ndarray
    alignment_se: np.ndarray
    posterior: PosturePosterior
    domains: DomainPositions

    def odds(
        self, *, thresholds: Thresholds | None = None, min_probability: float = 0.5,
        draws: int = 512, rng: Rng = 0,
    ) -> PostureOdds:  # fmt: skip
        """Probability of each posture label; see `posture_probabilities`."""
        within("min_probability", min_probability, 0.0, 1.0)
        thresholds = thresholds_of(self.recipe["thresholds"] if thresholds is None else thresholds)
        odds = self.posterior.odds(thresholds, draws=draws, rng=rng)
        probability, label, of_label = likeliest(odds, min_probability)
        recipe = {
            "measure": "posture_probabilities", "powers": self.powers, "thresholds": thresholds,
            "min_probability": min_probability, "draws": draws,
        }  # fmt: skip
        return PostureOdds(recipe, self.states, self.periods, label, probability, of_label)

    def _columns(self) -> dict[str, np.ndarray]:
        by_domain = {
            f"diversification_{name}": self.domains.diversification[:, at]
            for at, name in enumerate(self.domains.domains)
        }
        by_power = self._by_power("share", "share_raw", "alignment", "alignment_se")
        return {**super()._columns(), **by_power, **by_domain}


def posture_probabilities(
    result: HedgingResult, *, thresholds: Thresholds | None = None, min_probability: float = 0.5,
    draws: int = 512, rng: Rng = 0,
) -> PostureOdds:  # fmt: skip
    """How likely is each posture, given how few events there are?

    Between two powers shares over all domains, engagement and alignments are Betas with the mean and the variance of
    their posteriors, and each label has the probability of its stretch of them; between more the shares are drawn,
    Dirichlet(N s + 1/2) in each domain.

    Parameters
    ----------
    result : HedgingResult
    thresholds : Thresholds, optional
        Those of the result where not given.
    min_probability : float
        A label less likely than this is withheld.
    draws : int
        Between more than two powers, whose stretches have no closed form; two powers need none.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    PostureOdds
        Probabilities in [0, 1] that add to 1. `label` is the likeliest of those towards one power: a
        state that leans now to the one and now to the other is not said to lean. NaN: no tie with any of the
        powers is known, nor with others.

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
    >>> from alignscore.measures.states.hedging import hedging
    >>> odds = posture_probabilities(hedging(Ledger.post(asean()).ties(), powers=("USA", "CHN")))
    >>> frame = odds.to_frame()
    >>> frame[(frame.state == "KHM") & (frame.year == 2026)]["label"].tolist()
    ['aligned']
    """
    of_kind("result", result, HedgingResult, "hedging(...)")
    return result.odds(thresholds=thresholds, min_probability=min_probability, draws=draws, rng=rng)
