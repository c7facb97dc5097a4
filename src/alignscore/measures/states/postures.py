"""Labels of a state between powers: posture and signed quadrant by stated thresholds, and how likely each posture is.

Letters for shapes: S states, P powers, T periods; C = 2 P + 3 classes: aligned with each power, leaning to each,
hedging, disengaged, contested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from alignscore.errors import within
from alignscore.intervals import Rng, beta_events, composite_draws, generator_of
from alignscore.measures.states.diversification import dirichlet_covariance, dominance
from alignscore.results import Result, one_a_label
from alignscore.values import Frozen

WITHHELD = "withheld"
POSTURES = ("aligned", "leaning", "hedging", "disengaged", "contested")
BLOCK = 1 << 20  # numbers drawn at a time
ROUNDING = 1e-12  # what is this near a threshold is at it: one event in force is a dominance of 1/2


@dataclass(frozen=True)
class Thresholds:
    """Where one posture ends and the next begins.

    In this order: **contested**, alignment with every power is negative; **disengaged**, engagement
    below `engaged`; **aligned**, dominance at least `aligned`; **hedging**, dominance at most
    `hedging`; **leaning**, between. Dominance is (max_p s_p - 1/k) / (1 - 1/k), for two powers
    the absolute position.

    Parameters
    ----------
    aligned : float
        0.5: three quarters of the tie with one of two powers.
    hedging : float
        0.1: the band 45-55 of the Anatomy of Choice index.
    engaged : float
        0.1 of the whole tie.

    Raises
    ------
    OptionError
        `hedging` or `engaged` outside [0, 1], `aligned` below `hedging` or above 1.
    """

    aligned: float = 0.5
    hedging: float = 0.1
    engaged: float = 0.1

    def __post_init__(self) -> None:
        within("hedging", self.hedging, 0.0, 1.0)
        within("aligned", self.aligned, self.hedging, 1.0)
        within("engaged", self.engaged, 0.0, 1.0)


def thresholds_of(given: Thresholds | None) -> Thresholds:
    """The thresholds given, or those in use where none are; TypeError for bare numbers, which bear no names."""
    if given is None:
        return Thresholds()
    if not isinstance(given, Thresholds):
        raise TypeError(f"thresholds is {given!r}; give Thresholds(aligned=0.5, hedging=0.1, engaged=0.1).")
    return given


def posture_codes(
    share: np.ndarray, engagement: np.ndarray, alignment: np.ndarray, by: Thresholds
) -> tuple[np.ndarray, np.ndarray]:
    """Posture as a position in `POSTURES`, and power leant to, (S, T) each, -1 where unknown.

    Shares and alignments (S, P, T), engagement (S, T). An unknown alignment is not below 0.
    """
    lead = dominance(share)
    codes = posture_numbers(lead, engagement, np.asarray((alignment < -ROUNDING).all(axis=1)), by)
    first = np.nan_to_num(share, nan=-1.0).argmax(axis=1)
    return codes, np.where(np.nan_to_num(lead) > ROUNDING, first, -1)


def in_words(codes: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Names of positions, '' for -1."""
    return np.asarray(np.array([*names, ""], dtype=object)[codes])


def quadrants(alignment: np.ndarray, powers: tuple[str, ...]) -> np.ndarray:
    """'good with both', 'good with X only', 'bad with both' (all, for more powers), (S, T); '' where one is unknown."""
    good = np.moveaxis(alignment >= -ROUNDING, 1, 2)
    every = "both" if len(powers) == 2 else "all"
    # of many powers few patterns occur
    patterns, which = np.unique(good.reshape(-1, len(powers)), axis=0, return_inverse=True)
    names = np.full(len(patterns), f"bad with {every}", dtype=object)
    for at, pattern in enumerate(patterns):
        if pattern.all():
            names[at] = f"good with {every}"
        elif pattern.any():
            names[at] = f"good with {' and '.join(np.array(powers)[pattern])} only"
    text = names[which.reshape(good.shape[:2])]
    text[np.isnan(alignment).any(axis=1)] = ""
    return text


def posture_numbers(
    lead: np.ndarray, engagement: np.ndarray, hostile: np.ndarray, by: Thresholds
) -> np.ndarray:
    """Position in `POSTURES` of each label, -1 where unknown: the rules of `Thresholds`, in their order."""
    place = {name: at for at, name in enumerate(POSTURES)}
    rules = [
        hostile,
        engagement < by.engaged - ROUNDING,
        np.isnan(lead),
        lead >= by.aligned - ROUNDING,
        lead <= by.hedging + ROUNDING,
    ]
    codes = [place["contested"], place["disengaged"], -1, place["aligned"], place["hedging"]]
    return np.select(rules, codes, place["leaning"]).astype(np.int8)


def class_numbers(codes: np.ndarray, first: np.ndarray, powers: int) -> np.ndarray:
    """Place among the C classes of postures, given as positions in `POSTURES`, and of the power leant to; -1 unknown."""
    aligned = first
    leaning = powers + first
    # hedging, disengaged and contested come behind the 2 P classes of the powers
    other = codes.astype(np.int64) + 2 * powers - 2
    return np.select([codes > 1, codes == 1, codes == 0], [other, leaning, aligned], -1)


# ---- how likely each is ------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class PosturePosterior(Frozen):
    """What is known of the scores that a posture rests on.

    Attributes
    ----------
    share : ndarray, (S, P, T)
        Mean shares of the powers over domains; the prior's where nothing is in force.
    variance : ndarray, (S, P, T)
    by_domain, evidence, weight : ndarray, (S, P, K, T), (S, K, T) and (S, K, T)
        Plain shares of each domain, the evidence in force behind them and the weights of the composite.
    engagement, engagement_events : ndarray, (S, T)
        Mean, and events of the Beta.
    hostile : ndarray, (S, T)
        Probability that the alignments with all powers are below 0.
    seen : ndarray of bool, (S, T)
        Whether any event tells of it.
    correlation : ndarray, (S, Q, T), or None
        Correlation of each pair of domains, which share acts; None where none do.
    """

    share: np.ndarray
    variance: np.ndarray
    by_domain: np.ndarray
    evidence: np.ndarray
    weight: np.ndarray
    engagement: np.ndarray
    engagement_events: np.ndarray
    hostile: np.ndarray
    seen: np.ndarray
    correlation: np.ndarray | None = None

    def odds(self, by: Thresholds, *, draws: int, rng: Rng = 0) -> np.ndarray:
        """Probability of each class, (S, T, C); NaN where nothing is known.

        Shares, engagement and alignments are taken apart, as they rest on different events in part. Between two
        powers the classes are stretches of one share, a Beta with the composite's mean and variance; between more
        they are counted over Dirichlet draws of every domain.
        """
        from scipy.special import betainc

        if self.share.shape[1] == 2:
            leads = leads_of_two(self.share[:, 1], self.variance[:, 1], by)
        else:
            leads = self._drawn_leads(by, draws, rng)
        mean, events = self.engagement, self.engagement_events
        apart = betainc(mean * events, (1 - mean) * events, by.engaged)[..., None]
        hostile = self.hostile[..., None]
        odds = np.concatenate([(1 - hostile) * (1 - apart) * leads, (1 - hostile) * apart, hostile], axis=-1)
        return np.where(self.seen[..., None], odds, np.nan)

    def _drawn_leads(self, by: Thresholds, draws: int, rng: Rng) -> np.ndarray:
        """Frequency of aligned with each, leaning to each, and hedging, over draws of the composite, (S, T, 2 P + 1)."""
        alone = dirichlet_covariance(self.by_domain, self.evidence)
        independent = (self.weight**2 * np.einsum("sppkt->skt", alone)).sum(axis=1)
        # the variance of the composite over that of independent domains
        wider = self.variance.sum(axis=1) / independent
        seed = int(generator_of(rng).integers(2**63))
        S, P, K, T = self.by_domain.shape
        counts = np.zeros((S, T, 2 * P + 1))
        size = max(1, BLOCK // (P * K * T))
        for at in range(S):
            state = slice(at, at + 1)
            # alike for each state, so that its odds do not depend on which others are scored
            generator = np.random.default_rng(seed)
            some = self.by_domain[state], self.evidence[state], self.weight[state]
            for first in range(0, draws, size):
                many = min(size, draws - first)
                drawn = composite_draws(*some, draws=many, rng=generator, wider=wider[state])
                code = posture_numbers(dominance(drawn), np.ones(()), np.zeros((), dtype=bool), by)
                place = class_numbers(code, drawn.argmax(axis=2), P)
                for sort in range(2 * P + 1):
                    counts[state, :, sort] += (place == sort).sum(axis=0)
        return counts / draws


def leads_of_two(mean: np.ndarray, variance: np.ndarray, by: Thresholds) -> np.ndarray:
    """Probability of aligned with a and b, leaning to a and b, and hedging, (S, T, 5), from that of s_b, (S, T)."""
    from scipy.special import betainc

    cuts = (1 + np.array([-by.aligned, -by.hedging, by.hedging, by.aligned])) / 2
    b, events = mean[..., None], beta_events(mean, np.sqrt(variance))[..., None]
    below = betainc(b * events, (1 - b) * events, cuts)
    full_a, lean_a, lean_b, full_b = np.moveaxis(below, -1, 0)
    return np.stack([full_a, 1 - full_b, lean_a - full_a, full_b - lean_b, lean_b - lean_a], axis=-1)


def likeliest(odds: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities of classes (..., C) as those of the five labels, the likeliest class's label, its own probability.

    A label less likely than `least` is withheld; '' and NaN where nothing is known.
    """
    P = (odds.shape[-1] - 3) // 2
    sides = [odds[..., at : at + P].sum(axis=-1, keepdims=True) for at in (0, P)]
    best = np.nan_to_num(odds, nan=-1.0).max(axis=-1)
    at = np.nan_to_num(odds, nan=-1.0).argmax(axis=-1)
    label = np.array(POSTURES, dtype=object)[np.where(at < 2 * P, at // P, at - 2 * P + 2)]
    label = np.where(best < 0, "", np.where(best >= least, label, WITHHELD))
    return np.concatenate([*sides, odds[..., 2 * P :]], axis=-1), label, np.where(best < 0, np.nan, best)


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
        Probability of the likeliest label, printed or withheld; NaN where nothing is known.
    """

    FIGURE: ClassVar[str | None] = "posture_probabilities"
    LABELS: ClassVar[Mapping[str, str]] = {"state": "states", "period": "periods"}

    states: tuple[str, ...]
    periods: pd.PeriodIndex
    label: np.ndarray
    probability: np.ndarray
    of_label: np.ndarray

    def _columns(self) -> dict[str, np.ndarray]:
        return super()._columns() | one_a_label("probability", self.probability, POSTURES, axis=-1)
