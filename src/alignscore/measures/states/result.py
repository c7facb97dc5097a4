"""Results about states between powers: what `hedging` gives back, and how sure its postures are.

Letters for shapes: S states, P powers, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alignscore.draws import Rng
from alignscore.errors import within
from alignscore.intervals import wilson_n
from alignscore.measures.states.posture_odds import PostureOdds, posture_counts
from alignscore.measures.states.postures import (
    POSTURES,
    WITHHELD,
    Thresholds,
    directed,
    thresholds_of,
    told_posture,
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


@dataclass(frozen=True, eq=False, repr=False)
class DomainPositions(StateResult):
    """Position and diversification within each domain, arrays (S, K, T), and shares (S, P, K, T)."""

    domains: tuple[str, ...]
    position: np.ndarray
    position_se: np.ndarray
    position_low: np.ndarray
    position_high: np.ndarray
    diversification: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    weight: np.ndarray
    share: np.ndarray = field(default_factory=lambda: np.empty(0))

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        state, period = super()._labels()
        return state, {"domain": np.array(self.domains, dtype=object)}, period

    def _columns(self) -> dict[str, np.ndarray]:
        shares = {f"share_{power}": self.share[:, at] for at, power in enumerate(self.powers)}
        return {**super()._columns(), **shares}


@dataclass(frozen=True, eq=False, repr=False)
class HedgingResult(StateResult):
    """Where states stand between powers, per (state, period): arrays (S, T).

    Attributes
    ----------
    position, position_se, position_low, position_high, position_100 : ndarray
        L = s_b - s_a in [-1, 1] and on 0 (all with the first power) to 100 (all with the second);
        NaN for more than two powers.
    position_relative : ndarray
        Position after each tie is divided by that power's whole tie with a group; NaN unless asked for.
    engagement, diversification, hedging : ndarray, each with _se, _low, _high
    mixing, alternating, compartmentalising : ndarray
        The three parts; they add to `diversification`.
    diversification_corrected : ndarray
        Freed of small-sample bias; may pass 1 by chance; NaN where some domain is too thin.
    balance, equitability : ndarray
        k min_p s_p (for two powers 2 min / sum), and Shannon's -sum s ln s / ln k.
    posture, toward, quadrant : ndarray of str
        By the thresholds. The frame adds `posture_probability`, how likely that label (towards that power) is
        under resampling, and writes 'withheld' for one less likely than one half.
    n, evidence, coverage : ndarray
        Events with the powers, evidence in force behind the shares, share of domain weight seen.
    share, alignment, alignment_se : ndarray, (S, P, T)
        Columns share_CHN, alignment_CHN ... of the frame.
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
    toward: np.ndarray
    quadrant: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray
    share: np.ndarray
    alignment: np.ndarray
    alignment_se: np.ndarray
    domains: DomainPositions

    def odds(
        self, *, thresholds: Thresholds | None = None, min_probability: float = 0.5,
        draws: int = 512, rng: Rng = 0,
    ) -> PostureOdds:  # fmt: skip
        """Probability of each posture label under resampling; see `posture_probabilities`."""
        within("min_probability", min_probability, 0.0, 1.0)
        thresholds = thresholds_of(self.recipe["thresholds"] if thresholds is None else thresholds)
        odds, label, of_label = told_posture(self._drawn(thresholds, draws, rng), min_probability)
        told = {
            "measure": "posture_probabilities", "powers": self.powers, "thresholds": thresholds,
            "min_probability": min_probability, "draws": draws,
        }  # fmt: skip
        return PostureOdds(told, self.states, self.periods, label, odds, of_label)

    def _drawn(self, thresholds: Thresholds, draws: int, rng: Rng) -> np.ndarray:
        """How often each class of `directed` is drawn, (S, T, 2 P + 3)."""
        domains = self.domains
        n = wilson_n(self.engagement, self.engagement_low, self.engagement_high, self.recipe["level"])
        return posture_counts(
            domains.share, domains.evidence, domains.weight, self.engagement, n,
            self.alignment, self.alignment_se, thresholds, draws=draws, rng=rng,
        )  # fmt: skip

    def _columns(self) -> dict[str, np.ndarray]:
        columns = super()._columns()
        counts = self._drawn(self.recipe["thresholds"], 512, 0)
        number = {name: at for at, name in enumerate((*POSTURES, ""))}
        codes = np.vectorize(number.__getitem__, otypes=[np.int64])(self.posture)
        first = np.nan_to_num(self.share, nan=-1.0).argmax(axis=1)
        own = directed(np.where(codes == number[""], -1, codes), first, len(self.powers))
        known = (own >= 0) & (counts.sum(axis=-1) > 0)
        drawn = np.take_along_axis(counts, np.maximum(own, 0)[..., None], axis=-1)[..., 0]
        odds = np.where(known, drawn / np.maximum(counts.sum(axis=-1), 1), np.nan)
        columns["posture"] = np.where(known & (odds < 0.5), WITHHELD, self.posture)
        columns["posture_probability"] = odds
        for name in ("share", "alignment", "alignment_se"):
            columns.update(
                (f"{name}_{power}", getattr(self, name)[:, at]) for at, power in enumerate(self.powers)
            )
        for at, domain in enumerate(self.domains.domains):
            columns[f"diversification_{domain}"] = self.domains.diversification[:, at]
        return columns


def posture_probabilities(
    result: HedgingResult, *, thresholds: Thresholds | None = None, min_probability: float = 0.5,
    draws: int = 512, rng: Rng = 0,
) -> PostureOdds:  # fmt: skip
    """How likely is each posture, given how few events there are?

    Shares of each domain are drawn as Dirichlet(s evidence + 1/2) and blended, engagement as
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
        Probabilities in [0, 1] that add to 1. The label told is the likeliest of those towards one power: a
        state that leans now to the one and now to the other is not told to lean. NaN: no tie with any of the
        powers is known.

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
    >>> frame[(frame.state == "KHM") & (frame.period == "2026")]["label"].tolist()
    ['aligned']
    """
    return result.odds(thresholds=thresholds, min_probability=min_probability, draws=draws, rng=rng)
