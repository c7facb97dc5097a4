"""A state between powers: where it stands, how widely it spreads, and in which of three ways.

Letters for shapes: S states, P powers, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alignscore.errors import OptionError, in_order, of_kind, one_of, renamed, several, whole_number, within
from alignscore.events import Events
from alignscore.intervals import LEVEL, Rng, beta_events, evidence_of, generator_of, ratio
from alignscore.ledger import Direction, Ledger, Ties, check_direction, ties_of
from alignscore.measures.composite import (
    Composite,
    Domains,
    DomainShares,
    correlation_of,
    joint_by_actor,
    joint_of,
    overlap_of,
    pooled_evidence,
)
from alignscore.measures.dyads.alignment import Prior, posteriors, prior_mass
from alignscore.measures.states.diversification import (
    Score,
    Shares,
    Tie,
    balance,
    composite_score,
    corrected,
    diversification,
    equitability,
    gini_simpson,
    hedging_of,
    lean_of,
    over_powers,
    plain_shares,
    position,
    posterior_shares,
    powers_and_others,
    share_score,
    shares_of,
    split_of,
    tie_over_window,
    window_of,
    window_sum,
    within_periods,
)
from alignscore.measures.states.postures import (
    POSTURES,
    WITHHELD,
    PostureOdds,
    PosturePosterior,
    Thresholds,
    class_numbers,
    in_words,
    likeliest,
    posture_codes,
    quadrants,
    thresholds_of,
)
from alignscore.results import Columns, Result, one_a_label
from alignscore.values import Frozen, rows_or_zeros

MIN_EVIDENCE = 2.0


# ---- the results ------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class StateResult(Result):
    """Scores per (state, period).

    Attributes
    ----------
    states, powers : tuple of str
    periods : pandas.PeriodIndex
    """

    LABELS: ClassVar[Mapping[str, str]] = {"state": "states", "period": "periods"}

    states: tuple[str, ...]
    powers: tuple[str, ...]
    periods: pd.PeriodIndex

    PER_POWER: ClassVar[tuple[str, ...]] = ("share", "share_raw")  # arrays (S, P, ...)

    def _columns(self) -> dict[str, np.ndarray]:
        columns = super()._columns()
        for name in self.PER_POWER:
            columns |= one_a_label(name, getattr(self, name), self.powers)
        return columns


@dataclass(frozen=True, eq=False, repr=False)
class DomainPositions(StateResult):
    """Position and diversification within each domain, arrays (S, K, T), and shares (S, P, K, T).

    Attributes
    ----------
    position, position_se, position_low, position_high : ndarray
        Posterior, Beta(N s + 1/2, N (1 - s) + 1/2); NaN where no tie is in force, and for more than two powers.
    position_raw, diversification : ndarray
        Scores of the plain shares.
    n, evidence : ndarray
        Events with the powers, and how many of them are in force.
    weight : ndarray
        Weight in the plain composite, over the domains seen.
    share, share_raw : ndarray, (S, P, K, T)
        Posterior means and plain shares; columns share_CHN, share_raw_CHN ... of the frame.
    """

    LABELS: ClassVar[Mapping[str, str]] = {"state": "states", "domain": "domains", "period": "periods"}

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
    PER_POWER: ClassVar[tuple[str, ...]] = ("share", "share_raw", "alignment", "alignment_se")
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
        self,
        *,
        thresholds: Thresholds | None = None,
        min_probability: float = 0.5,
        draws: int = 512,
        rng: Rng = 0,
    ) -> PostureOdds:
        """Probability of each posture label; see `posture_probabilities`."""
        within("min_probability", min_probability, 0.0, 1.0)
        whole_number("draws", draws, 1)
        rng = generator_of(rng)
        thresholds = thresholds_of(self.recipe["thresholds"] if thresholds is None else thresholds)
        odds = self.posterior.odds(thresholds, draws=draws, rng=rng)
        probability, label, of_label = likeliest(odds, min_probability)
        recipe = {
            "measure": "posture_probabilities",
            "powers": self.powers,
            "thresholds": thresholds,
            "min_probability": min_probability,
            "draws": draws,
        }
        return PostureOdds(recipe, self.states, self.periods, label, probability, of_label)

    def _chosen(self, columns: Columns) -> dict[str, np.ndarray]:
        """Columns asked for; in short the power leant to as well where no sign of a position tells it."""
        if isinstance(columns, str) and columns == "short" and len(self.powers) > 2:
            after = self.SHORT.index("posture") + 1
            columns = (*self.SHORT[:after], "toward", *self.SHORT[after:])
        return super()._chosen(columns)

    def _columns(self) -> dict[str, np.ndarray]:
        within = self.domains
        return super()._columns() | one_a_label("diversification", within.diversification, within.domains)


# ---- the door --------------------------------------------------------------------------------------------
@renamed(min_n_eff=("min_evidence", {}))
def hedging(
    ties: Ties | Ledger | Events,
    powers: Sequence[str],
    *,
    states: Iterable[str] | None = None,
    weights: Mapping[str, float] | None = None,
    tie: Tie = "cooperation",
    direction: Direction = "both",
    window: int | None = None,
    domains: Domains = "all",
    relative: Iterable[str] | None = None,
    prior: Prior | None = None,
    thresholds: Thresholds | None = None,
    min_evidence: float = MIN_EVIDENCE,
    draws: int = 512,
    rng: Rng = 0,
    level: float = LEVEL,
) -> HedgingResult:
    """Where does a state stand between powers, how much room does it keep, and in which way?

    =============== ==================================================== ======= ==================================
    score           formula                                              range   up means
    =============== ==================================================== ======= ==================================
    position        L = sum_d w_d E[s_b - s_a], from the first of two    -1 .. 1 nearer to the second power
                    powers, a, to the second, b
    engagement      E = sum_d w_d E[sum_p x_p / sum_j x_j]               0 .. 1  more of its ties are with powers
    diversification V = (1 - sum_p s_p^2) k/(k - 1), s over all domains; 0 .. 1  spread more evenly over the powers
                    of two powers 1 - (s_b - s_a)^2
    hedging         H = E V                                              0 .. 1  engaged with several, tied to none
    =============== ==================================================== ======= ==================================

    In a domain d, x_p is the state's tie with power p, x_j that with any actor j, s_p = x_p / sum_p x_p the share of
    power p among the k powers, w_d the weight of the domain, and E[] a posterior mean: (N s_p + 1/2)/(N + k/2) of a
    share, N the evidence in force behind it. So a domain of which nothing is in force pulls the position to the middle
    and widens its interval. V is of plain shares over the domains seen, and splits exactly into mixing (both powers in
    one domain at one time), alternating (now one, now the other) and compartmentalising (one for security, the other
    for the economy).

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    powers : sequence of str
        Two or more; the position runs from the first to the second.
    states : iterable of str, optional
        Every actor with a tie to one of the powers where not given; each is one row, also if named twice. A state that no
        event names is a row of NaN, and a `SilentActorWarning` tells it.
    weights : mapping of domain to weight, optional
        Equal where not given. A domain that is not named weighs 1; 0 leaves one out.
    tie : {'cooperation', 'net'}
        x = C, or max(C - K, 0).
    direction : {'both', 'out', 'in'}
        Acts of either side, of the state only, or of the power only.
    window : int, optional
        Periods whose ties are added; only then can a state be seen to alternate.
    domains : {'all', 'seen'}
        The domains over which position and engagement are means. 'seen': those with a tie in force, their weights
        renormalised; a domain then enters with its whole weight at its first event and leaves when it ends.
    relative : iterable of str, optional
        The actors of a group, such as the ASEAN states or all (the powers are left out of it), by whose whole tie
        with each power that power's ties are divided for `position_relative`: 0 then means "as the group". A domain
        in which the group has no tie with one of the powers tells nothing of it.
    prior : float or mapping of domain to float, optional
        Prior of the alignments beside the position; they are of single periods, whatever the window.
    thresholds : Thresholds, optional
        Where one posture label ends and the next begins.
    min_evidence : float
        Below it, in any domain seen, the corrected diversification is NaN, as it is at one event or less.
    draws : int
        Behind the odds of the postures between more than two powers; 0 leaves those odds NaN. Two need none.
    rng : int or numpy.random.Generator, optional
    level : float
        Probability level of the intervals, between 0 and 1.

    Returns
    -------
    HedgingResult
        Position in [-1, 1], up means toward the second power (NaN for more than two); engagement,
        diversification and hedging in [0, 1], up means more. NaN: no tie with any of the powers is known (of the
        engagement, with anyone).

    Raises
    ------
    OptionError
        Fewer than two powers or one named twice; a state that is a power; an option out of range.
    UnknownLabelError
        A power or domain the ties do not have, or a label of `states` that is no state either.

    Notes
    -----
    Errors and intervals are those of the posterior, Dirichlet(N s + 1/2) in each domain. An act that stands in two
    domains (a 2+2) is one piece of evidence: their posteriors are correlated by what they share. The interval of a
    composite is the Beta with its mean and variance, widened by what the priors of its domains pull together, and holds
    what square-and-add makes of the domains' intervals; that of V is mapped from the signed L (between more than two
    powers the Beta with V's posterior mean and variance) and widened to hold the plain V; that of H is the Beta with the
    posterior mean and variance of E V, widened likewise.

    Evidence fades with its events, so silence widens the intervals of position and engagement, to the prior's at the
    end. Diversification and hedging are a square and a product of these: more may be unknown of them before a silence
    than the prior leaves, and their intervals may narrow to the prior's.

    In a window one event counts in several periods: its spread is taken as fully correlated, which is safe. With
    ``tie='net'`` N is (sum x)^2 over the squares of both signs, of the powers with x above 0, and V is split over
    domains only: alternating is 0. A share cannot show hostility; read `quadrant` and the alignments beside it.

    References
    ----------
    Position on 0-100: Patton & Sato 2023, Asia Power Snapshot: China and the United States in Southeast
    Asia, Lowy Institute; Khong & Liow, Anatomy of Choice Alignment Index, National University of
    Singapore (hedgers 45-55). Lim & Cooper 2015, Security Studies 24:696 (ambiguity lies in security).
    Li & Peng 2021, World Regional Studies 30:1127 (Shannon's equitability of states' ties). Hu, Yuan &
    Liu 2025, PLOS ONE 20:e0317308 (four quadrants). Split: the law of total variance.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> room = hedging(Ledger.post(asean()).ties(), powers=("CHN", "USA"))
    >>> parts = room.mixing + room.alternating + room.compartmentalising
    >>> bool(np.nanmax(np.abs(parts - room.diversification)) < 1e-12)
    True
    """
    powers = in_order("powers", powers)
    rng = generator_of(rng)
    if states is not None:
        # a set has another order in each run, and so would what is drawn state by state
        ordered = sorted(states) if isinstance(states, Set) else several(states)
        states = tuple(dict.fromkeys(map(str, ordered)))
    group = None if relative is None else tuple(several(relative))
    named = [*powers, *(states or ()), *(group or ())]
    ties = ties_of(ties, touching=None if group else states).naming(named)
    one_of("tie", tie, ("cooperation", "net"))
    check_direction(ties, direction)
    whole_number("draws", draws, 0)
    within("min_evidence", min_evidence, 0.0)
    span = window_of(window)
    thresholds = thresholds_of(thresholds)
    sides = _PowerTies.from_ties(ties, powers, states, direction)
    others = None if group is None else [m for m in group if str(m) not in sides.powers]
    if others is not None and not 0 < len(others) == len(set(others)):
        raise OptionError(
            f"relative is {group}; name the actors of a group, each once, and not the powers alone."
        )
    omega = ties.axes.domain_weights(weights)
    kappa = prior_mass(ties, prior, directed=direction != "both")
    recipe = {
        "measure": "hedging", "powers": sides.powers, "tie": tie, "direction": direction, "window": window,
        "weights": ties.axes.by_domain(omega), "domains": domains, "thresholds": thresholds,
        "prior": ties.axes.by_domain(kappa), "min_evidence": min_evidence, "level": level,
        "decay": ties.ledger.decay, "relative": group,
    }  # fmt: skip
    x, square = sides.tie(tie, span)
    plain = plain_shares(x, omega)
    inside = over_powers(x)
    squares = over_powers(square)
    evidence = evidence_of(inside, squares)
    composite = Composite.from_weights(inside > 0, evidence, omega, domains)
    weight = composite_weights(composite, omega)
    overlap = _overlap(sides, tie, span, squares)
    correlation = None if overlap is None else correlation_of(overlap, evidence, len(sides.powers) / 2)
    known = posterior_shares(plain.domain, evidence, weight, correlation)
    between_two = len(sides.powers) == 2
    lean = position(composite_score(known, 1, level)).where(plain.seen & between_two)
    spread = diversification(plain.total, known, lean if between_two else None, level)
    spread = spread.where(plain.seen)
    engaged, engaged_events, met = _engagement(sides, inside, tie, span, omega, domains, level)
    same_time = within_periods(sides.c, span) if tie == "cooperation" else None
    a, a_se = _alignments(sides, omega, kappa, domains)
    share = np.where(plain.seen[:, None], known.mean, np.nan)
    n = sides.n.sum(axis=(1, 2))
    posterior = PosturePosterior(
        share=known.mean, variance=np.einsum("sppt->spt", known.covariance), by_domain=plain.domain, evidence=evidence,
        weight=weight, engagement=engaged.value, engagement_events=engaged_events, hostile=hostile_odds(a, a_se),
        seen=(n > 0) | met, correlation=correlation,
    )  # fmt: skip
    engaged = engaged.where(met)
    codes, toward = posture_codes(share, engaged.value, a, thresholds)
    posture = in_words(codes, POSTURES)
    probability = _probability(posterior, codes, toward, thresholds, draws, rng)
    return HedgingResult(
        recipe, sides.states, sides.powers, ties.axes.periods,
        **lean.named("position"), position_100=50 * (1 + lean.value), position_raw=lean_of(plain.total),
        position_relative=_relative(sides, x, tie, span, others, evidence, omega, domains, direction),
        **engaged.named("engagement"), **spread.named("diversification"), **split_of(plain, same_time)._asdict(),
        diversification_corrected=corrected(plain, evidence, spread.value, min_evidence),
        **hedging_of(engaged, spread, known, level).named("hedging"),
        balance=balance(plain.total), equitability=equitability(plain.total),
        posture=posture, posture_probability=probability,
        likely_posture=np.where((codes >= 0) & (probability < 0.5), WITHHELD, posture),
        toward=in_words(toward, sides.powers), quadrant=quadrants(a, sides.powers),
        n=n, evidence=pooled_evidence(evidence * (omega[:, None] > 0), overlap), coverage=composite.coverage,
        share=share, share_raw=plain.total, alignment=a, alignment_se=a_se, posterior=posterior,
        domains=_by_domain(recipe, sides, plain, known.domains, level),
    )  # fmt: skip


def posture_probabilities(
    result: HedgingResult,
    *,
    thresholds: Thresholds | None = None,
    min_probability: float = 0.5,
    draws: int = 512,
    rng: Rng = 0,
) -> PostureOdds:
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


# ---- its steps ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class _PowerTies(Frozen):
    """Stocks between states and powers, (S, P, K, T), and the ties they were picked from."""

    states: tuple[str, ...]
    powers: tuple[str, ...]
    n: np.ndarray
    c: np.ndarray
    k: np.ndarray
    c2: np.ndarray
    k2: np.ndarray
    dyads: np.ndarray  # (S, P) places in the view, -1 where the two never meet
    view: Ties
    place: np.ndarray  # (S,) codes of the states in the view
    side: int  # 0: the state is the dyad's source, 1: its target
    ties: Ties

    @classmethod
    def from_ties(
        cls, ties: Ties, powers: Sequence[str], states: Iterable[str] | None, direction: Direction
    ) -> _PowerTies:
        axes, side = ties.axes, int(direction == "in")
        p = axes.actor_codes(powers)
        if len(set(p.tolist())) < max(2, len(p)):
            raise OptionError(f"powers are {tuple(powers)}; name at least two, each once.")
        s = None if states is None else axes.actor_codes(states)
        near = ties if s is None else ties._touching(s)
        view = near.both_ways() if direction == "both" else near
        if s is None:
            own, others = view.axes.dyads[:, side], view.axes.dyads[:, 1 - side]
            s = np.setdiff1d(own[np.isin(others, p)], p)
        if np.isin(s, p).any():
            raise OptionError(
                f"{axes.actors[int(s[np.isin(s, p)][0])]!r} is named both as a state and as a power."
            )
        state = s[:, None]
        at = view.axes.dyads_between(p, state) if side else view.axes.dyads_between(state, p)

        def pick(name: str) -> np.ndarray:
            return rows_or_zeros(getattr(view, name), at)

        labels = np.array(axes.actors, dtype=object)
        return cls(
            states=tuple(labels[s]), powers=tuple(labels[p]), n=pick("n"), c=pick("cooperation"), k=pick("conflict"),
            c2=pick("cooperation2"), k2=pick("conflict2"), dyads=at, view=view, place=s, side=side, ties=ties,
        )  # fmt: skip

    def tie(self, tie: Tie, span: int) -> tuple[np.ndarray, np.ndarray]:
        """Ties with the powers and their sums of squares (`tie_over_window`)."""
        return tie_over_window(self.c, self.k, self.c2, self.k2, tie, span)


def _in_window(product: np.ndarray, span: int) -> np.ndarray:
    """Products of shared acts over the last `span` periods; their roots add, as those of squares do."""
    return window_sum(np.sqrt(product), span) ** 2


def _overlap(sides: _PowerTies, tie: Tie, span: int, square: np.ndarray) -> np.ndarray | None:
    """What two domains share of the evidence behind a state's ties with the powers, (S, Q, T); None where nothing."""
    product = joint_of(sides.view, sides.dyads, conflict=tie == "net")
    return None if product is None else overlap_of(_in_window(product, span).sum(axis=1), square)


def composite_weights(composite: Composite, omega: np.ndarray) -> np.ndarray:
    """Weights (..., K, T) of a composite; those of all domains where nothing is known, so that it is the prior's."""
    return np.where(composite.known[..., None, :], composite.weights, omega[:, None])


def _by_domain(
    recipe: Mapping[str, Any], sides: _PowerTies, plain: Shares, known: DomainShares, level: float
) -> DomainPositions:
    axes = sides.ties.axes
    second = known.of_power(1)
    tied = ~np.isnan(plain.domain[:, 0])
    lean = position(share_score(second.mean, second.sd, level)).where(tied & (len(sides.powers) == 2))
    return DomainPositions(
        recipe, sides.states, sides.powers, axes.periods, domains=axes.domains,
        **lean.named("position"), position_raw=lean_of(plain.domain, axis=1),
        diversification=gini_simpson(plain.domain, axis=1), n=sides.n.sum(axis=1), evidence=second.evidence,
        weight=plain.weight, share=np.where(tied[:, None], known.mean, np.nan), share_raw=plain.domain,
    )  # fmt: skip


def _engagement(
    sides: _PowerTies,
    inside: np.ndarray,
    tie: Tie,
    span: int,
    omega: np.ndarray,
    domains: Domains,
    level: float,
) -> tuple[Score, np.ndarray, np.ndarray]:
    """Share of the state's whole tie that is with the powers, events of its Beta, and whether there is any tie."""
    v = sides.view
    per_partner = tie_over_window(v.cooperation, v.conflict, v.cooperation2, v.conflict2, tie, span)
    every, square = (v.axes.by_actor(stock, sides.side, of=sides.place) for stock in per_partner)
    evidence = evidence_of(every, square)
    composite = Composite.from_weights(every > 0, evidence, omega, domains)
    pair = shares_of(powers_and_others(inside, every))
    product = joint_by_actor(v, conflict=tie == "net", side=sides.side)
    correlation = None
    if product is not None:
        correlation = correlation_of(overlap_of(_in_window(product[sides.place], span), square), evidence)
    known = posterior_shares(pair, evidence, composite_weights(composite, omega), correlation)
    score = composite_score(known, 0, level)
    return score, beta_events(score.value, score.se), composite.known


def _probability(
    posterior: PosturePosterior, codes: np.ndarray, toward: np.ndarray, by: Thresholds, draws: int, rng: Rng
) -> np.ndarray:
    """Probability of the posture that the thresholds give, (S, T)."""
    P = posterior.share.shape[1]
    if P > 2 and not draws:
        return np.full(codes.shape, np.nan)
    odds = posterior.odds(by, draws=draws, rng=rng)
    place = class_numbers(codes, np.maximum(toward, 0), P)
    own = np.take_along_axis(odds, np.maximum(place, 0)[..., None], axis=-1)[..., 0]
    return np.where(place >= 0, own, np.nan)


def _alignments(
    sides: _PowerTies, omega: np.ndarray, prior: np.ndarray, domains: Domains
) -> tuple[np.ndarray, np.ndarray]:
    """Alignment with each power over all domains, and its SE, (S, P, T), as `alignment` defines them."""
    S, P, K, T = sides.n.shape
    n, c, k, square = (x.reshape(-1, K, T) for x in (sides.n, sides.c, sides.k, sides.c2 + sides.k2))
    product = joint_of(sides.view, sides.dyads.ravel(), conflict=True)
    shared = None if product is None else (np.arange(S * P), product)
    found = posteriors(n, c, k, square, omega, prior, domains, shared, clustered=sides.view.clustered)
    return found.score[:, -1].reshape(S, P, T), 2 * found.total_sd.reshape(S, P, T)


def hostile_odds(alignment: np.ndarray, se: np.ndarray) -> np.ndarray:
    """Probability that the alignments (S, P, T) with all powers are below 0, (S, T); 0 where one is unknown.

    Each is a Beta on [-1, 1] with its mean and SE, apart from the others.
    """
    from scipy.special import betainc

    mean = (1 + alignment) / 2
    events = beta_events(mean, se / 2)
    below = betainc(mean * events, (1 - mean) * events, 0.5)
    return np.asarray(np.nan_to_num(below).prod(axis=1))


def _relative(
    sides: _PowerTies, x: np.ndarray, tie: Tie, span: int, group: list[str] | None, evidence: np.ndarray,
    omega: np.ndarray, domains: Domains, direction: Direction,
) -> np.ndarray:  # fmt: skip
    """Posterior mean of the position on ties divided by each power's whole tie with a group, (S, T).

    A domain in which the group has nothing with one of the powers tells no relative share.
    """
    if group is None or len(sides.powers) != 2:
        return np.full((len(sides.states), sides.n.shape[-1]), np.nan)
    members = _PowerTies.from_ties(sides.ties, sides.powers, group, direction)
    whole = members.tie(tie, span)[0].sum(axis=0)  # (P, K, T)
    share = shares_of(ratio(x, whole))
    tied = ~np.isnan(share[:, 0])
    evidence = np.where(tied, evidence, 0.0)
    composite = Composite.from_weights(tied, evidence, omega, domains)
    known = posterior_shares(share, evidence, composite_weights(composite, omega))
    return np.where(composite.known, known.mean[:, 1] - known.mean[:, 0], np.nan)
