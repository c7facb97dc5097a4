"""Dyadic scores: how friendly a tie is, how sure that is, and how much of a state's world it makes up.

Letters for shapes: D dyads, K domains, T periods. C and K2 are stocks of `Ties`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from alignscore.errors import check_known, one_of, within
from alignscore.events import Events
from alignscore.intervals import (
    JEFFREYS,
    LEVEL,
    beta_events,
    beta_interval,
    beta_intervals,
    beta_sd,
    evidence_of,
    ratio,
)
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.measures.composite import (
    DOMAINS,
    Composite,
    Domains,
    DomainShares,
    composite_interval,
    correlation_of,
    fill_in_blocks,
    joint_of_all,
    overlap_of,
    overlap_of_dyads,
    pooled_evidence,
    with_composite,
)
from alignscore.measures.dyads.result import DyadResult

Prior = float | Mapping[str, float]  # a mass, or one a domain
CORE = ("alignment", "se", "low", "high", "n", "evidence", "coverage")
SIDE_COLUMNS = ("log_ratio", "log_ratio_se", "volume", "excess", "net", "net_share", "tone", "ambivalence")


# ---- formulas on arrays -----------------------------------------------------------------------------
def prior_mass(ties: Ties, prior: Prior | None, *, directed: bool = True) -> np.ndarray:
    """Prior mass of each domain, (K,): the one given, or the mass of one event (`Ties.event_mass`).

    Where `directed` is False of the undirected view.
    """
    domains = ties.axes.domains
    if not isinstance(prior, Mapping):
        prior = {} if prior is None else dict.fromkeys(domains, prior)
    mass = ties.axes.by_domain(ties._mass_of_event(directed=directed and ties.directed))
    for domain, given in prior.items():
        check_known("domain", domain, domains)
        within("prior", given, 0.0, open_high=True)
        mass[domain] = given
    return np.array(list(mass.values()), dtype=float)


def shrunk(c: np.ndarray, k: np.ndarray, prior: np.ndarray | float) -> np.ndarray:
    """(C - K) / (C + K + prior); NaN where the denominator is 0."""
    return ratio(c - k, c + k + prior)


def cooperation_posterior(
    c: np.ndarray, k: np.ndarray, evidence: np.ndarray, prior: np.ndarray, *, clustered: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`shrunk`, and the mean and events of the Beta of the share of cooperation behind it.

    Its mean is (1 + A) / 2 and its events N + 1. Without a prior mass it is that of a share C / (C + K) of N
    events, Beta(N s + 1/2, N (1 - s) + 1/2); so it is where events are `clustered`, since N then counts clusters, beside
    which the mass of one event is no prior.
    """
    score = shrunk(c, k, prior)
    mean = (1 + score) / 2
    if clustered or not np.all(prior):
        share = np.nan_to_num(ratio(c, c + k), nan=0.5)
        alone = np.where(np.isnan(score), np.nan, (evidence * share + JEFFREYS) / (evidence + 1))
        mean = np.where(clustered | (np.asarray(prior) == 0), alone, mean)
    return score, mean, evidence + 1


def log_ratio(c: np.ndarray, k: np.ndarray) -> np.ndarray:
    """ln((C + 1/2) / (K + 1/2))."""
    return np.log((c + 0.5) / (k + 0.5))


def log_ratio_se(c: np.ndarray, k: np.ndarray, c2: np.ndarray, k2: np.ndarray) -> np.ndarray:
    """Delta-method standard error of `log_ratio`."""
    return np.sqrt(c2 / (c + 0.5) ** 2 + k2 / (k + 0.5) ** 2)


def ambivalence(c: np.ndarray, k: np.ndarray) -> np.ndarray:
    """2 min(C, K) / (C + K)."""
    return ratio(2 * np.minimum(c, k), c + k)


def excess(score: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """Score less its mean over the dyads of each domain and period, weighted by C + K, (D, K, T)."""
    weight = np.where(np.isnan(score), 0.0, volume)
    mean = ratio((np.nan_to_num(score) * weight).sum(axis=0), weight.sum(axis=0))
    return np.asarray(score - mean)


# ---- the result and the door -------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class AlignmentResult(DyadResult):
    """Alignment per (dyad, domain and composite, period): arrays of shape (D, K + 1, T).

    The first seven are stored; the others are drawn from `ties` when asked for, and stand in the frame.

    Attributes
    ----------
    alignment, se, low, high : ndarray
        The score in (-1, 1), with prior 0 in [-1, 1], its standard error and its interval, both of a Beta.
    n, evidence : ndarray
        Events booked, and evidence in force: how many events that is still worth. Of the composite, of all domains,
        where an act that stands in two counts once as evidence.
    coverage : ndarray
        N / (N + 1), N the evidence; of the composite its weighted mean: 0 where nothing is in force.
    log_ratio, log_ratio_se, volume : ndarray
        ln((C + 1/2)/(K + 1/2)), C and K in mass as everywhere here, its standard error, and ln(1 + n).
    excess : ndarray
        Alignment less the mean of all dyads in that domain and period, weighted by C + K.
    net, net_share, tone : ndarray
        C - K, the same over the whole (C + K) of all dyads, and sum w v / sum w. Masses have no
        composite (NaN).
    ambivalence : ndarray
        2 min(C, K)/(C + K).
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (*CORE, *SIDE_COLUMNS)
    SHORT: ClassVar[tuple[str, ...]] = CORE

    alignment: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray
    ties: Ties

    def _seen(self, score: np.ndarray) -> np.ndarray:
        return np.where(self.ties.n > 0, score, np.nan)

    def _blended(self, score: np.ndarray) -> np.ndarray:
        return with_composite(score, Composite.of_known(score, self._omega).mean(score))

    def _masses(self, mass: np.ndarray) -> np.ndarray:
        return with_composite(mass, np.full(mass[:, 0].shape, np.nan))

    @property
    def log_ratio(self) -> np.ndarray:
        """ln((C + 1/2) / (K + 1/2))."""
        return self._blended(self._seen(log_ratio(self.ties.cooperation, self.ties.conflict)))

    @property
    def log_ratio_se(self) -> np.ndarray:
        """Delta-method standard error of `log_ratio`."""
        t = self.ties
        se = self._seen(log_ratio_se(t.cooperation, t.conflict, t.cooperation2, t.conflict2))
        seen = Composite.of_known(se, self._omega)
        return with_composite(se, seen.sd(se, overlap_of_dyads(t, conflict=True)))

    @property
    def volume(self) -> np.ndarray:
        """ln(1 + n)."""
        return np.asarray(np.log1p(self.n))

    @property
    def excess(self) -> np.ndarray:
        """Alignment less the mean of all dyads in that domain and period, weighted by C + K."""
        return self._blended(excess(self.alignment[:, :-1], self.ties.cooperation + self.ties.conflict))

    @property
    def net(self) -> np.ndarray:
        """C - K, in event mass."""
        return self._masses(self._seen(self.ties.cooperation - self.ties.conflict))

    @property
    def net_share(self) -> np.ndarray:
        """C - K over the whole C + K of all dyads in that domain and period: net of news volume."""
        world = (self.ties.cooperation + self.ties.conflict).sum(axis=0)
        return self._masses(self._seen(ratio(self.ties.cooperation - self.ties.conflict, world)))

    @property
    def tone(self) -> np.ndarray:
        """Mean value of the events in force, on [-10, 10]."""
        weight = np.where(self.ties.n > 0, self.ties.weight, 0.0)
        return self._masses(ratio(self.ties.cooperation - self.ties.conflict, weight))

    @property
    def ambivalence(self) -> np.ndarray:
        """2 min(C, K) / (C + K)."""
        return self._blended(self._seen(ambivalence(self.ties.cooperation, self.ties.conflict)))


def alignment(
    ties: Ties | Ledger | Events,
    *,
    weights: Mapping[str, float] | None = None,
    prior: Prior | None = None,
    domains: Domains = "all",
    directed: bool = True,
    level: float = LEVEL,
) -> AlignmentResult:
    """How friendly is a relation, in each domain and over all, and how sure is that?

    ``A = (C - K) / (C + K + prior)``: cooperation less conflict in force over their sum, shrunk toward
    0 by the mass of one event, so that one visit does not make an ally. The composite is the weighted mean over
    all domains; one of which nothing is in force stands at 0.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    weights : mapping of domain to weight, optional
        Weights of the composite; equal where not given. A domain that is not named weighs 1; 0 leaves one out.
    prior : float or mapping of domain to float, optional
        Prior mass; where not given, that of one event of the domain in the whole ledger (`Ties.event_mass`), so
        that the unit of the weights changes nothing. 0 gives the classic ratio. The `recipe` of a result has that of
        each domain, with which a part of its events is scored alike.
    domains : {'all', 'seen'}
        Domains in the composite. 'seen' renormalises the weights over the domains in which some event is known.
    directed : bool
        False adds both directions of each pair first.
    level : float
        Probability level of the interval, between 0 and 1.

    Returns
    -------
    AlignmentResult
        In (-1, 1), with prior 0 in [-1, 1]; up means friendlier. NaN: no event is known there, of a composite
        in any domain (with prior 0: none of a value other than 0). Unit-free.

    Raises
    ------
    OptionError
        `prior` below 0 or infinite, weights negative or all 0, `level` outside (0, 1).
    UnknownLabelError
        A weight for a domain the ties do not have.

    Notes
    -----
    A relation drifts, and its past says ever less: with N = (C + K)^2 / (C2 + K2) events still in force the share
    of cooperation has the Beta of mean (1 + A)/2 and N + 1 events (with prior 0: of N events and half an event
    on either side; so too where events come in clusters, which N then counts). SE and interval are this Beta's, mapped to
    [-1, 1]: silence widens them, to the prior's at the end, where all fade alike (once an opposing act has faded, what
    stands is surer than both were). A composite's SE is that of the mean of its domains, which are
    independent but for acts that stand in several (a 2+2): these are one piece of evidence. Its interval is the Beta of that
    mean and SE, and holds what square-and-add makes of the domains' intervals.
    Net cooperation follows news volume: it compares periods and dyads of equal coverage only.
    The prior is one event of typical size. Where sizes differ greatly between pairs, as amounts of money do, a pair of small
    events is drawn to 0 and its interval with it; `prior=0` takes each pair's own size, and its interval holds there too.

    References
    ----------
    Harvey & Fernandes 1989, J. Business & Economic Statistics 7:407 (discounted counts and a prior as the exact
    filter of a share that drifts).
    Goldstein 1992, J. Conflict Resolution 36:369 (the scale of values). Lowe, Benoit, Mikhaylov & Laver
    2011, Legislative Studies Quarterly 36:123 (the log ratio with 1/2 added to both sides, there of coded
    sentences). Chen et al. 2019, Acta Geographica Sinica 74:1534 (net cooperation as a sum of values).
    The shrunk ratio with prior 1 is tanh(log_ratio / 2).

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> frame = alignment(Ledger.post(asean()).ties()).to_frame()
    >>> now = frame.query("source == 'KHM' and target == 'CHN' and domain == 'composite'").iloc[-1]
    >>> bool(-1 < now["low"] < now["alignment"] < now["high"] < 1)
    True
    """
    ties = ties_of(ties, directed=directed)
    kappa = prior_mass(ties, prior)
    omega = ties.axes.domain_weights(weights)
    one_of("domains", domains, DOMAINS)
    D, K, T = ties.axes.shape
    interval = beta_intervals(level, D * (K + 1) * T)
    of_prior = beta_interval(np.array(0.5), np.array(1.0), level)
    none = np.empty(0, dtype=np.int64)
    sharing, products = joint_of_all(ties, conflict=True) or (none, none)

    def some(rows: slice) -> tuple[np.ndarray, ...]:
        stocks = (ties.cooperation, ties.conflict, ties.cooperation2, ties.conflict2)
        c, k, c2, k2 = (stock[rows] for stock in stocks)
        inside = slice(*np.searchsorted(sharing, [rows.start, rows.stop]))
        of_block = sharing[inside] - rows.start, products[inside]
        found = posteriors(
            ties.n[rows], c, k, c2 + k2, omega, kappa, domains, of_block, clustered=ties.clustered
        )
        low, high = interval(found.mean, found.events)
        least = np.where(np.isnan(low[:, :-1]), of_prior[0], low[:, :-1])
        most = np.where(np.isnan(high[:, :-1]), of_prior[1], high[:, :-1])
        whole = low[:, -1], high[:, -1]
        low[:, -1], high[:, -1] = composite_interval(found.shares, found.total_sd, (least, most), whole)
        unknown = np.isnan(found.score)
        # with prior 0 the score is not the middle of this Beta, and may lie outside its interval
        low = np.where(unknown, np.nan, np.fmin(2 * low - 1, found.score))
        high = np.where(unknown, np.nan, np.fmax(2 * high - 1, found.score))
        se = 2 * beta_sd(found.mean, found.events)
        return found.score, se, low, high, found.n, found.evidence, found.coverage

    columns = {name: np.empty((D, K + 1, T)) for name in CORE}
    fill_in_blocks(some, list(columns.values()))
    recipe = {
        "measure": "alignment",
        "prior": ties.axes.by_domain(kappa),
        "directed": ties.directed,
        "level": level,
        "domains": domains,
        "weights": ties.axes.by_domain(omega),
        "decay": ties.ledger.decay,
    }
    return AlignmentResult(recipe=recipe, axes=ties.axes, with_composite=True, **columns, ties=ties)


class Posteriors(NamedTuple):
    """What is known of the alignment of some dyads, in each domain and in the composite, (D, K + 1, T) each."""

    score: np.ndarray
    mean: np.ndarray  # of the Beta of the share of cooperation
    events: np.ndarray  # of the same Beta
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray
    shares: DomainShares  # of cooperation in each domain
    total_sd: np.ndarray  # standard deviation of the mean of these, (D, T)


def posteriors(
    n: np.ndarray, c: np.ndarray, k: np.ndarray, square: np.ndarray, omega: np.ndarray, kappa: np.ndarray,
    domains: Domains, shared: tuple[np.ndarray, np.ndarray] | None, *, clustered: bool,
) -> Posteriors:  # fmt: skip
    """Scores of some dyads, and the posteriors on which their errors and intervals stand.

    `square` is C2 + K2; `shared` are the rows of which two domains share acts, (J,), and their products (J, Q, T).
    """
    evidence = evidence_of(c + k, square)
    score, mean, events = cooperation_posterior(c, k, evidence, kappa[:, None], clustered=clustered)
    known = ~np.isnan(score) & (n > 0)
    composite = Composite.from_weights(known, evidence, omega, domains)
    at_prior = np.where(known, mean, 0.5)
    sd = beta_sd(at_prior, np.where(known, events, 1.0))
    total = composite.mean(at_prior)
    correlation = None
    inside = evidence * (omega > 0)[:, None]
    pooled = inside.sum(axis=1)
    if shared is not None and len(shared[0]):
        rows, product = shared
        overlap = overlap_of(product, square[rows])
        correlation = np.zeros((len(n), *overlap.shape[1:]))
        correlation[rows] = correlation_of(overlap, evidence[rows])
        pooled[rows] = pooled_evidence(inside[rows], overlap)
    total_sd = composite.sd(sd, correlation)
    # what half an event of either sign left of it
    plain = np.clip(ratio(mean * events - JEFFREYS, evidence), 0.0, 1.0)
    plain = np.where(known, plain, np.nan)
    shares = DomainShares(at_prior, plain, evidence, composite.weights, sd, correlation)
    for column in (score, mean):
        np.copyto(column, np.nan, where=~known)
    return Posteriors(
        score=with_composite(score, composite.mean(score)),
        mean=with_composite(mean, total),
        events=with_composite(events, beta_events(total, total_sd)),
        n=with_composite(n, n.sum(axis=1)),
        evidence=with_composite(evidence, pooled),
        coverage=with_composite(evidence / (evidence + 1), composite.coverage),
        shares=shares,
        total_sd=total_sd,
    )
