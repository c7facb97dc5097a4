"""The composite over domains: a weighted mean over all of them, or over those in which anything is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from alignscore.errors import one_of
from alignscore.intervals import JEFFREYS, beta_events, beta_intervals, beta_sd, ratio
from alignscore.ledger import Ties
from alignscore.values import Frozen, rows_or_zeros

Domains = Literal["all", "seen"]
DOMAINS: tuple[Domains, ...] = ("all", "seen")
BLOCK = 1 << 16  # shares scored at a time: their scratch stays near the cache
PLAIN = 0.25  # events with which a domain's interval begins halfway between its posterior mean and its plain share


@dataclass(frozen=True, eq=False, repr=False)
class Composite(Frozen):
    """Weights of a composite over domains, cell by cell; the domain axis is the second to last.

    Of all domains, one of which nothing is known stands at its prior, with its prior's whole width: nothing
    jumps when a first event comes or a last one fades, and the interval owns up to what is not known. Of those
    seen, the weights are renormalised over them. A cell without any event has no composite.

    Attributes
    ----------
    weights : ndarray, (..., K, T)
        Add to 1 over the domains that count, 0 elsewhere and where no event is known at all.
    coverage : ndarray, (..., T)
        sum_d omega_d N_d / (N_d + 1), in [0, 1): how much of the composite rests on evidence.
    """

    weights: np.ndarray
    coverage: np.ndarray

    @classmethod
    def from_weights(
        cls, known: np.ndarray, evidence: np.ndarray, omega: np.ndarray, domains: Domains = "all"
    ) -> Composite:
        """Composite of given weights, (K,) or (..., K), that add to 1.

        `known` (..., K, T) says in which domains there is any event, `evidence` (..., K, T) how much is in force,
        or is a single 0 where nobody asks for the coverage.
        """
        one_of("domains", domains, DOMAINS)
        given = np.broadcast_to(omega[..., None], known.shape)
        seen = known * given
        some = over_domains(known, given)[..., None, :]
        weights = given * (some > 0) if domains == "all" else _zero_for_nan(ratio(seen, some))
        known_part = np.broadcast_to(evidence / (evidence + 1), known.shape)
        return cls(weights, over_domains(omega[..., None], known_part))

    @classmethod
    def of_known(cls, score: np.ndarray, omega: np.ndarray) -> Composite:
        """Composite over the domains in which a score (..., K, T) is known, of whose evidence nothing is said."""
        return cls.from_weights(~np.isnan(score), np.zeros(()), omega, "seen")

    @property
    def known(self) -> np.ndarray:
        """Where there is a composite, (..., T)."""
        return np.asarray(np.einsum("...kt->...t", self.weights) > 0)

    def mean(self, score: np.ndarray) -> np.ndarray:
        """Weighted mean of scores, at their prior where nothing is known of a domain; NaN without any event."""
        return np.where(self.known, over_domains(self.weights, _zero_for_nan(score)), np.nan)

    def sd(self, sd: np.ndarray, correlation: np.ndarray | None = None) -> np.ndarray:
        """Standard deviation of the mean of scores; NaN without any event.

        `correlation` (..., Q, T) is that of each pair of domains (`correlation_of`); independent where not
        given.
        """
        return np.where(self.known, weighted_sd(self.weights, _zero_for_nan(sd), correlation), np.nan)


def over_domains(weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Weighted sum of (..., K, T) over domains, (..., T); a plain sum of so few takes NumPy four times as long."""
    return np.asarray(np.einsum("...kt,...kt->...t", weights, x))


def weighted_sd(weights: np.ndarray, sd: np.ndarray, correlation: np.ndarray | None) -> np.ndarray:
    """Standard deviation of a weighted mean over domains (..., K, T), whose pairs are correlated by (..., Q, T)."""
    each = weights * sd
    total = over_domains(each, each)
    if correlation is not None:
        a, b = np.triu_indices(each.shape[-2], 1)
        total = total + 2 * over_domains(correlation * each[..., a, :], each[..., b, :])
    return np.asarray(np.sqrt(total))


def _zero_for_nan(score: np.ndarray) -> np.ndarray:
    """The same with 0 for NaN."""
    return np.where(np.isnan(score), 0.0, score)


def with_composite(domains: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Domains (..., K, T) and their composite (..., T) as one array (..., K + 1, T)."""
    return np.concatenate([domains, total[..., None, :]], axis=-2)


class DomainShares(NamedTuple):
    """Posterior shares of domains, (..., K, T) each, of which a composite share is the mean."""

    mean: np.ndarray
    plain: np.ndarray  # NaN where nothing is in force
    evidence: np.ndarray
    weights: np.ndarray
    sd: np.ndarray
    correlation: np.ndarray | None = None  # (..., Q, T) of each pair

    def of_power(self, power: int) -> DomainShares:
        """The shares of one power, where they are (..., P, K, T), and the evidence and weights of all, (..., 1, K, T)."""
        mean, plain, sd = (part[..., power, :, :] for part in (self.mean, self.plain, self.sd))
        evidence, weights = self.evidence[..., 0, :, :], self.weights[..., 0, :, :]
        correlation = None if self.correlation is None else self.correlation[..., 0, :, :]
        return DomainShares(mean, plain, evidence, weights, sd, correlation)


def composite_interval(
    shares: DomainShares,
    total_sd: np.ndarray,
    each: tuple[np.ndarray, np.ndarray],
    whole: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a composite share, (..., T), from those of its domains, `each`, and of its own Beta, `whole`.

    A Beta with the mean and the variance of several knows nothing of how lopsided they are: where one domain rests on many
    events and another on one, which may have gone against the rest, it ends short of what that one allows. So the interval
    also holds the one that square-and-add (Newcombe 1998, Statistics in Medicine 17:873) makes of the domains':
    from c = m + (s - m) N / (N + 1/4), between mean and plain share, sum w c less the root of the sum of (w (c - low))^2,
    and alike above. With less than a quarter of an event there a width would shrink while a domain fades; with one event
    three domains of one event each would be covered at .72 where one in ten goes against the rest.
    """
    low, high = widened_by_priors(*whole, prior_pull(shares, total_sd))
    known = np.where(np.isnan(shares.plain), shares.mean, shares.plain)
    middle = shares.mean + (known - shares.mean) * (shares.evidence / (shares.evidence + PLAIN))
    centre = over_domains(shares.weights, middle)
    below, above = (np.maximum(gap, 0.0) for gap in (middle - each[0], each[1] - middle))
    low = np.minimum(low, centre - weighted_sd(shares.weights, below, shares.correlation))
    return low, np.maximum(high, centre + weighted_sd(shares.weights, above, shares.correlation))


def prior_pull(shares: DomainShares, total_sd: np.ndarray) -> np.ndarray:
    """How far the priors of several domains together pull a composite share from the plain one, (..., T).

    Each domain's mean is drawn to the middle a little, within what its own error allows. Where all lean
    alike these pulls add up, while the errors of independent domains cancel in part: the interval of the mean would
    miss what that of each holds. So it reaches further out by the pull times twice the part of the errors that cancelled, 1
    at most: by nothing for one domain, or for domains that rest on the same acts.
    """
    known = np.where(np.isnan(shares.plain), shares.mean, shares.plain)
    evident = shares.evidence**2 / (shares.evidence**2 + 1)  # so that silence only ever widens an interval
    pull = over_domains(shares.weights, (shares.mean - known) * evident)
    cancelled = 1 - np.nan_to_num(ratio(total_sd, over_domains(shares.weights, shares.sd)), nan=1.0)
    return np.asarray(pull * np.clip(2 * cancelled, 0.0, 1.0))


def widened_by_priors(low: np.ndarray, high: np.ndarray, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An interval in [0, 1] that reaches beyond by what its priors pull (`prior_pull`), and never to an end of the range.

    Of a bound b away from its end a pull p leaves b exp(-p / b), which is b - p where the end is far.
    """
    up, down = np.maximum(pull, 0), np.maximum(-pull, 0)
    above = 1 - high
    near, far = (np.where(x > 0, x, 1.0) for x in (low, above))
    return low * np.exp(-up / near), 1 - above * np.exp(-down / far)


BetaInterval: TypeAlias = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def left_to_prior(evidence: np.ndarray) -> np.ndarray:
    """What N events leave to the prior of where a share lies, 1 / (N^4 + 1): half at one event, 1 % at three."""
    return np.asarray(1 / (np.square(evidence * evidence) + 1))


@dataclass(frozen=True, eq=False, repr=False)
class Wholes(Frozen):
    """What is in force of the wholes that shares are parts of, (W, K, T), and what follows from that alone.

    A state's whole is that of all its shares: what is known of it is worked out once, not for every partner.
    """

    evidence: np.ndarray
    composite: Composite  # over the domains in which something of the whole is known
    pooled: np.ndarray  # (W, T) events in force over all domains
    correlation: np.ndarray | None  # (W, Q, T) of the posterior shares of two domains

    @classmethod
    def make(
        cls, known: np.ndarray, evidence: np.ndarray, omega: np.ndarray, overlap: np.ndarray | None = None
    ) -> Wholes:
        """From where domains are `known` (W, K, T), their evidence in force, and what two share (W, Q, T) (`overlap_of`)."""
        composite = Composite.from_weights(known, evidence, omega, "seen")
        correlation = None if overlap is None else correlation_of(overlap, evidence)
        pooled = pooled_evidence(evidence * (omega > 0)[:, None], overlap)
        return cls(evidence, composite, pooled, correlation)

    def take(self, at: np.ndarray) -> Wholes:
        """The wholes of some shares, one each: `at` is the place of its whole."""
        composite = Composite(self.composite.weights[at], self.composite.coverage[at])
        correlation = None if self.correlation is None else self.correlation[at]
        return Wholes(self.evidence[at], composite, self.pooled[at], correlation)

    def with_composite(self, score: np.ndarray) -> np.ndarray:
        """Scores of domains (W, K, T) and their composite, (W, K + 1, T)."""
        return with_composite(score, self.composite.mean(score))

    def intervals(
        self, share: np.ndarray, interval: BetaInterval, of_none: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Intervals (W, K + 1, T) of shares and their composite (W, K + 1, T), by `beta_intervals`.

        The share of a domain is Beta(N s + 1/2, N (1 - s) + 1/2), that of the composite the Beta with the mean and
        the variance of the domains' weighted mean. NaN where the share is.

        A share is told only of those with whom there was any event, so of thin records of the lucky ones: one event in
        force with a partner who takes one in ten would be a miss. So a record of about one event or less does not say where
        the interval of a domain lies: its Beta is that of N + 1 events about 1/2 + (s - 1/2) N / (N + 1) times
        N^4 / (N^4 + 1), which is 1 of three events and more.

        `of_none` (2, W, K + 1, T), written over, are quantiles of shares of 0 (`quantiles_of_none`), where they are
        known: most states have nothing with most others.
        """
        mean, middle, events, sd, total_sd = self._betas(share[..., :-1, :])
        if of_none is None:
            low, high = interval(middle, events)
        else:
            low, high = of_none
            some = np.flatnonzero(share)
            low.reshape(-1)[some], high.reshape(-1)[some] = interval(
                middle.reshape(-1)[some], events.reshape(-1)[some]
            )
        parts = (mean, share[..., :-1, :], self.evidence, self.composite.weights, sd)
        each = _zero_for_nan(low[..., :-1, :]), _zero_for_nan(high[..., :-1, :])
        shares = DomainShares(*map(_zero_for_nan, parts), correlation=self.correlation)  # type: ignore[misc]
        whole = low[..., -1, :], high[..., -1, :]
        low[..., -1, :], high[..., -1, :] = composite_interval(shares, total_sd, each, whole)
        return np.minimum(low, share), np.maximum(high, share)

    def quantiles_of_none(self, interval: BetaInterval) -> np.ndarray:
        """Quantiles (2, W, K + 1, T) of the Betas of shares of 0, which all partners without a share have alike."""
        return np.stack(interval(*self._betas(np.zeros_like(self.evidence))[1:3]))

    def _betas(self, share: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Means and SDs of shares (W, K, T); middle and events (W, K + 1, T) of their Betas and the composite's."""
        N = self.evidence
        mean, events = (N * share + JEFFREYS) / (N + 1), N + 1
        total = self.composite.mean(mean)
        sd = beta_sd(mean, events)
        total_sd = self.composite.sd(sd, self.correlation)
        middle = with_composite(mean + (JEFFREYS - mean) * left_to_prior(N), total)
        return mean, middle, with_composite(events, beta_events(total, total_sd)), sd, total_sd

    def evidence_beside(self) -> np.ndarray:
        """Events in force of domains and of all, (W, K + 1, T)."""
        return with_composite(self.evidence, self.pooled)

    def coverage_beside(self) -> np.ndarray:
        """N / (N + 1) of domains, and the composite's weighted mean of it, (W, K + 1, T)."""
        return with_composite(self.evidence / (self.evidence + 1), self.composite.coverage)


class ShareScores(NamedTuple):
    """A share of each domain and of their composite, its interval, evidence and coverage, (..., K + 1, T) each."""

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray


def shares_beside(
    share: np.ndarray,
    evidence: np.ndarray,
    omega: np.ndarray,
    level: float,
    overlap: np.ndarray | None = None,
) -> ShareScores:
    """A share s (..., K, T) of N events in force against the rest, and its composite over the domains seen (`Wholes`).

    The point is the plain share. NaN where the share is.
    """
    wholes = Wholes.make(~np.isnan(share), evidence, omega, overlap)
    whole = wholes.with_composite(share)
    low, high = wholes.intervals(whole, beta_intervals(level, whole.size))
    return ShareScores(whole, low, high, wholes.evidence_beside(), wholes.coverage_beside())


def in_blocks(
    score: Callable[[slice], Sequence[np.ndarray]], shape: tuple[int, ...], columns: int
) -> np.ndarray:
    """Columns of scores (columns, D, ...) worked out some rows at a time, so that their scratch stays near the cache."""
    out = np.empty((columns, *shape))
    fill_in_blocks(score, out)
    return out


def fill_in_blocks(
    score: Callable[[slice], Sequence[np.ndarray]], out: Sequence[np.ndarray] | np.ndarray
) -> None:
    """Write such columns into arrays (D, ...), which may be apart: who keeps one then keeps no other."""
    many = -(-out[0].size // BLOCK)
    stops = np.linspace(0, len(out[0]), many + 1).astype(int).tolist()
    for rows in map(slice, stops[:-1], stops[1:]):
        for column, part in zip(out, score(rows), strict=True):
            column[rows] = part


# ---- what the evidence of two domains has in common: an act that stands in both is one piece of evidence ----
def overlap_of(product: np.ndarray, square: np.ndarray) -> np.ndarray:
    """Part of the evidence that two domains share, in [0, 1], (..., Q, T): sum m_a m_b / (sum m_a^2 sum m_b^2)^(1/2).

    It is the correlation of two sums of masses. `product` (..., Q, T) are sums over shared acts (`Ties.joint`),
    `square` (..., K, T) the sums of squares of all.
    """
    a, b = np.triu_indices(square.shape[-2], 1)
    root = np.sqrt(square[..., a, :]) * np.sqrt(square[..., b, :])
    return np.asarray(np.minimum(np.nan_to_num(ratio(product, root)), 1.0))


def overlap_of_dyads(ties: Ties, *, conflict: bool) -> np.ndarray | None:
    """`overlap_of` each dyad's friendly acts, (D, Q, T), or with `conflict` of all its acts; None where none are shared."""
    product = joint_of(ties, np.arange(len(ties.axes.dyads)), conflict=conflict)
    square = ties.cooperation2 + ties.conflict2 if conflict else ties.cooperation2
    return None if product is None else overlap_of(product, square)


def correlation_of(overlap: np.ndarray, evidence: np.ndarray, prior: float = 1.0) -> np.ndarray:
    """Correlation of two domains' posterior shares, (..., Q, T), of which the priors are independent.

    With N events (..., K, T) in force beside a prior of p events, the estimate (N s + p m) / (N + p) has the part
    ``g^2 = N (N + p + 1) / (N + p)^2`` of the posterior's variance; two share ``overlap g_a g_b``. Nothing in
    force is nothing in common, so that a domain of which the last event fades becomes independent without a jump.
    """
    a, b = np.triu_indices(evidence.shape[-2], 1)
    g = np.sqrt(evidence * (evidence + prior + 1)) / (evidence + prior)
    return np.asarray(overlap * g[..., a, :] * g[..., b, :])


def pooled_evidence(evidence: np.ndarray, overlap: np.ndarray | None) -> np.ndarray:
    """Events in force over all domains, (..., T): (sum N)^2 / (sum_a,b overlap_ab (N_a N_b)^(1/2)).

    Without overlap it is the sum; of acts that all stand in two domains alike, the events of one.
    """
    total = evidence.sum(axis=-2)
    if overlap is None:
        return np.asarray(total)
    a, b = np.triu_indices(evidence.shape[-2], 1)
    shared = 2 * (overlap * np.sqrt(evidence[..., a, :] * evidence[..., b, :])).sum(axis=-2)
    return np.asarray(np.nan_to_num(ratio(total, total + shared)) * total)


def joint_of(ties: Ties, at: np.ndarray, *, conflict: bool) -> np.ndarray | None:
    """Products of shared acts of some dyads, (*at.shape, Q, T), 0 where `at` is -1; None where no acts are shared.

    `at` are positions among the ties' dyads; `conflict` adds hostile acts to the friendly.
    """
    whole = joint_of_all(ties, conflict=conflict)
    if whole is None:
        return None
    rows, products = whole
    place = np.full(len(ties.axes.dyads) + 1, -1)
    place[rows] = np.arange(len(rows))
    return rows_or_zeros(products, place[at])


def joint_of_all(ties: Ties, *, conflict: bool) -> tuple[np.ndarray, np.ndarray] | None:
    """Positions of the dyads with shared acts, (J,), and their products, (J, Q, T)."""
    joint = ties.joint
    if joint is None:
        return None
    rows, which = joint.of(ties.axes.dyads, len(ties.axes.actors), directed=ties.directed)
    products = joint.cooperation + joint.conflict if conflict else joint.cooperation
    return (rows, products[which]) if len(rows) else None


def joint_by_actor(ties: Ties, *, conflict: bool, side: int = 0) -> np.ndarray | None:
    """Products of shared acts over all ties of each actor, (A, Q, T): its own, or with `side` 1 those toward it."""
    whole = joint_of_all(ties, conflict=conflict)
    if whole is None:
        return None
    rows, products = whole
    out = np.zeros((len(ties.axes.actors), *products.shape[1:]))
    np.add.at(out, ties.axes.dyads[rows, side], products)
    return out
