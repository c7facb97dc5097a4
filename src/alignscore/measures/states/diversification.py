"""How a state's ties spread over powers: shares, position, diversification and its split, engagement.

Formulas on arrays with any leading axes: ties and shares (..., P, K, T), evidence and domain weights (..., K, T),
composites over domains (..., P, T) and (..., T). Letters for shapes: P powers, K domains, T periods.

Two forms of a share: the plain one, to which diversification and its split belong, and the posterior mean, the best
estimate, on which the position stands.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from alignscore.errors import whole_number
from alignscore.intervals import LEAST_EVENTS, beta_events, beta_interval, ratio, reaches, share_posterior
from alignscore.measures.composite import Composite, DomainShares, composite_interval, over_domains

Tie = Literal["cooperation", "net"]


# ---- shares ----------------------------------------------------------------------------------------------
class Shares(NamedTuple):
    """Plain shares of the powers in a state's ties with them; NaN where there is no tie."""

    domain: np.ndarray  # (..., P, K, T)
    total: np.ndarray  # (..., P, T) weighted mean over the domains seen
    weight: np.ndarray  # (..., K, T) weights that add to 1 over the domains seen, 0 elsewhere
    seen: np.ndarray  # (..., T) whether any domain is


def over_powers(tie: np.ndarray) -> np.ndarray:
    """Sum of ties (..., P, K, T) over powers, (..., K, T), in a fifth of the time of a plain sum of so few."""
    return np.asarray(np.einsum("...pkt->...kt", tie))


def shares_of(tie: np.ndarray) -> np.ndarray:
    """Share of each power in the ties with the powers, (..., P, K, T); NaN where there is none."""
    return ratio(tie, over_powers(tie)[..., None, :, :])


def plain_shares(tie: np.ndarray, omega: np.ndarray) -> Shares:
    """Shares of the ties in force, domain by domain and over the domains seen; `omega` (..., K)."""
    domain, tied = shares_of(tie), over_powers(tie) > 0
    seen = Composite.from_weights(tied, tied.astype(float), omega, "seen")
    total = over_domains(seen.weights[..., None, :, :], np.nan_to_num(domain))
    return Shares(domain, np.where(seen.known[..., None, :], total, np.nan), seen.weights, seen.known)


class Posterior(NamedTuple):
    """Mean and covariance of composite shares, of which Dirichlet(N s + 1/2) is known in each domain."""

    mean: np.ndarray  # (..., P, T)
    covariance: np.ndarray  # (..., P, P, T)
    domains: DomainShares  # (..., P, K, T) of which it is the mean


def expected_shares(share: np.ndarray, evidence: np.ndarray) -> np.ndarray:
    """Posterior means (N s + 1/2) / (N + P/2) of shares (..., P, K, T), N (..., K, T); 1/P where nothing is in force."""
    return share_posterior(share, evidence, axis=-3)[0]


def dirichlet_covariance(share: np.ndarray, evidence: np.ndarray) -> np.ndarray:
    """Covariance (..., P, P, K, T) of the same posteriors, (diag(m) - m m') / (N + P/2 + 1)."""
    mean, events = share_posterior(share, evidence, axis=-3)
    diagonal = np.eye(share.shape[-3])[:, :, None, None] * mean[..., None, :, :]
    spread = diagonal - mean[..., None, :, :, :] * mean[..., :, None, :, :]
    return np.asarray(spread / (events[..., None, :, :] + 1))


def covariance_of_mean(
    covariance: np.ndarray, weight: np.ndarray, mean: np.ndarray, correlation: np.ndarray | None
) -> np.ndarray:
    """Covariance (..., P, P, T) of the mean by `weight` (..., K, T) of shares of mean (..., P, K, T).

    `covariance` (..., P, P, K, T) is of each domain, (diag(m) - m m') v. Two domains a and b are correlated by
    `correlation` (..., Q, T): with u = m^(1/2) each covariance is B B', B = diag(u) (1 - u u') v^(1/2), and that of
    both is r B_a B_b' = r (diag(h) - m_a h' - h m_b' + sum(h) m_a m_b') (v_a v_b)^(1/2), h = (m_a m_b)^(1/2).
    """
    total = ((weight**2)[..., None, None, :, :] * covariance).sum(axis=-2)
    if correlation is None:
        return np.asarray(total)
    P = mean.shape[-3]
    own = np.einsum("...ppkt->...kt", covariance)
    scale = weight * np.sqrt(ratio(own, 1 - (mean**2).sum(axis=-3)))  # v^(1/2), off the trace
    for q, (a, b) in enumerate(zip(*np.triu_indices(weight.shape[-2], 1), strict=True)):
        m, n = mean[..., a, :], mean[..., b, :]  # (..., P, T)
        h = np.sqrt(m * n)
        cross = np.eye(P)[:, :, None] * h[..., None, :, :]
        cross = cross - m[..., :, None, :] * h[..., None, :, :] - h[..., :, None, :] * n[..., None, :, :]
        cross = cross + h.sum(axis=-2)[..., None, None, :] * m[..., :, None, :] * n[..., None, :, :]
        together = np.nan_to_num(correlation[..., q, :] * scale[..., a, :] * scale[..., b, :])
        cross = cross * together[..., None, None, :]
        total = total + cross + cross.swapaxes(-2, -3)
    return np.asarray(total)


def posterior_shares(
    share: np.ndarray, evidence: np.ndarray, weight: np.ndarray, correlation: np.ndarray | None = None
) -> Posterior:
    """Posterior of the mean by `weight` (..., K, T) of shares (..., P, K, T) with N events (..., K, T) in force.

    A domain of which nothing is in force stands at its prior, with the prior's whole width. `correlation`
    (..., Q, T) is that of two domains that share acts (`composite.correlation_of`).
    """
    mean = expected_shares(share, evidence)
    covariance = dirichlet_covariance(share, evidence)
    total = covariance_of_mean(covariance, weight, mean, correlation)
    each = np.sqrt(np.einsum("...ppkt->...pkt", covariance))
    by_power = None if correlation is None else correlation[..., None, :, :]
    domains = DomainShares(mean, share, evidence[..., None, :, :], weight[..., None, :, :], each, by_power)
    return Posterior(over_domains(weight[..., None, :, :], mean), total, domains)


# ---- scores ----------------------------------------------------------------------------------------------
class Score(NamedTuple):
    """A score with its standard error and interval, (..., T) each."""

    value: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def named(self, name: str) -> dict[str, Any]:
        """The four as fields of a result."""
        return {name: self.value, f"{name}_se": self.se, f"{name}_low": self.low, f"{name}_high": self.high}

    def where(self, known: np.ndarray) -> Score:
        """The same, NaN elsewhere."""
        return Score(*(np.where(known, column, np.nan) for column in self))


def share_score(mean: np.ndarray, sd: np.ndarray, level: float) -> Score:
    """A share with the posterior's error, and the interval of the Beta that has its mean and error."""
    return Score(mean, sd, *beta_interval(mean, beta_events(mean, sd), level))


def composite_score(known: Posterior, power: int, level: float) -> Score:
    """The share of one power over all domains, with the interval that its domains allow (`composite.composite_interval`)."""
    sd = np.sqrt(known.covariance[..., power, power, :])
    mean, _, low, high = share_score(known.mean[..., power, :], sd, level)
    one = known.domains.of_power(power)
    each = beta_interval(one.mean, beta_events(one.mean, one.sd), level)
    return Score(mean, sd, *composite_interval(one, sd, each, (low, high)))


def position(share: Score) -> Score:
    """L = s_b - s_a = 2 s_b - 1 in [-1, 1] of two powers."""
    return Score(2 * share.value - 1, 2 * share.se, 2 * share.low - 1, 2 * share.high - 1)


def gini_simpson(share: np.ndarray, axis: int) -> np.ndarray:
    """(1 - sum_p s_p^2) k/(k - 1): 0 all with one power, 1 even; for two powers 1 - L^2."""
    k = share.shape[axis]
    return np.asarray((1 - (share**2).sum(axis=axis)) * k / (k - 1))


def gini_simpson_moments(known: Posterior) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and variance of V, (..., T), by the normal form of a quadratic: V's is 4 m' S m + 2 tr(S S)."""
    m, S = known.mean, known.covariance
    scale = m.shape[-2] / (m.shape[-2] - 1)
    line = np.einsum("...pt,...pqt,...qt->...t", m, S, m)
    mean = scale * (1 - (m**2).sum(axis=-2) - np.einsum("...ppt->...t", S))
    return mean, scale**2 * (4 * line + 2 * np.einsum("...pqt,...pqt->...t", S, S))


def gini_simpson_sd_of_two(known: Posterior) -> np.ndarray:
    """Posterior standard deviation of V = 4 s (1 - s) of two powers, (..., T), s the Beta(a, b) of n = a + b events.

    E V = 4 a b / (n (n + 1)) and E V^2 = 16 a (a + 1) b (b + 1) / (n (n + 1) (n + 2) (n + 3)). The normal form, which
    knows no ends of the range, is up to a quarter wider.
    """
    share = known.mean[..., 1, :]
    n = beta_events(share, np.sqrt(known.covariance[..., 1, 1, :]))
    a, b = share * n, (1 - share) * n
    mean = 4 * a * b / (n * (n + 1))
    square = 4 * mean * (a + 1) * (b + 1) / ((n + 2) * (n + 3))
    return np.asarray(np.sqrt(np.maximum(square - mean**2, 0.0)))


def diversification(plain: np.ndarray, known: Posterior, lean: Score | None, level: float) -> Score:
    """V of plain shares (..., P, T), with the posterior's error and interval, (..., T).

    Two powers: the interval of the signed L (`lean`) mapped by V = 1 - L^2, since an interval of abs(L) taken at
    its ends would miss the top. More: the Beta with the posterior mean and variance of V. It is widened where the
    plain V lies outside, as it may where a domain is unseen.
    """
    value = gini_simpson(plain, axis=-2)
    if lean is not None:
        se, (low, high) = gini_simpson_sd_of_two(known), gini_simpson_bounds(lean.low, lean.high)
    else:
        mean, variance = gini_simpson_moments(known)
        se = np.sqrt(variance)
        low, high = _widest_beta(mean, se, level)
    return Score(value, se, np.fmin(low, value), np.fmax(high, value))


def gini_simpson_bounds(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Interval of V = 1 - L^2 from that of the signed L, two powers."""
    far = np.maximum(np.abs(low), np.abs(high))
    close = np.where((low < 0) & (high > 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    return 1 - far**2, 1 - close**2


def corrected(shares: Shares, evidence: np.ndarray, spread: np.ndarray, min_evidence: float) -> np.ndarray:
    """Diversification with each domain's Gini-Simpson term freed of its small-sample bias, (..., T).

    The plug-in falls short by the sampling variance of the shares: add sum_d w_d^2 V_d / (N_d - 1). With one domain
    this is the plug-in times N / (N - 1). NaN where a domain seen has less evidence than `min_evidence`, or no more
    than one event, of which no variance is known.
    """
    even = np.nan_to_num(gini_simpson(shares.domain, axis=-3))
    seen = shares.weight > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(seen, shares.weight**2 * even / (evidence - 1), 0.0).sum(axis=-2)
    enough = reaches(evidence, min_evidence) & (evidence - 1 > 1e-9)
    return np.where((seen & ~enough).any(axis=-2), np.nan, spread + lost)


def equitability(share: np.ndarray) -> np.ndarray:
    """Shannon's -sum_p s_p ln s_p / ln k of shares (..., P, T); 0 all with one power, 1 even."""
    logs = share * np.log(np.where(share > 0, share, 1.0))
    return np.asarray(0.0 - logs.sum(axis=-2) / np.log(share.shape[-2]))  # 0, and no -0, with one power


def dominance(share: np.ndarray) -> np.ndarray:
    """How far the largest share of (..., P, T) stands above an even split, 0 to 1; for two powers abs(L)."""
    k = share.shape[-2]
    return np.asarray((share.max(axis=-2) - 1 / k) / (1 - 1 / k))


def powers_and_others(inside: np.ndarray, every: np.ndarray) -> np.ndarray:
    """Ties with all powers and with all others, (..., 2, K, T), of which engagement is the first one's share.

    `inside`, `every` (..., K, T) are the ties with the powers and with all.
    """
    return np.stack([inside, np.maximum(every - inside, 0.0)], axis=-3)


def expected_total(plain: Shares, evidence: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """Posterior means of the composite shares, (..., P, T), `omega` (..., K); NaN where no domain is seen."""
    share = over_domains(omega[..., None, :, None], expected_shares(plain.domain, evidence))
    return np.where(plain.seen[..., None, :], share, np.nan)


def expected_engagement(
    inside: np.ndarray, every: np.ndarray, evidence: np.ndarray, omega: np.ndarray
) -> np.ndarray:
    """Posterior mean of the share of ties with the powers in those with all, (..., T); NaN without any tie."""
    pair = expected_shares(shares_of(powers_and_others(inside, every)), evidence)
    met = ((every > 0) & (omega[..., None] > 0)).any(axis=-2)
    return np.where(met, over_domains(omega[..., None, :, None], pair)[..., 0, :], np.nan)


def lean_of(share: np.ndarray, axis: int = -2) -> np.ndarray:
    """s_b - s_a of the shares of two powers a and b along an axis; NaN for other than two."""
    if share.shape[axis] == 2:
        return np.asarray(np.diff(share, axis=axis).squeeze(axis))
    return np.full(np.delete(share.shape, axis), np.nan)


def balance(share: np.ndarray) -> np.ndarray:
    """The least share of (..., P, T), 1 where all are even."""
    return np.asarray(share.shape[-2] * share.min(axis=-2))


def hedging_of(engaged: Score, spread: Score, known: Posterior, level: float) -> Score:
    """H = E V of the plain V, with the error and the interval of the posterior of E V, widened to hold it.

    E and V apart: mean mE mV, variance mE^2 vV + mV^2 vE + vE vV; the interval is that of the Beta with both. V's variance
    is here that of the normal form, the safe one: with the exact one of two powers .92 of 95 % intervals hold, not .94.
    """
    value = engaged.value * spread.value
    v, v_var = gini_simpson_moments(known)
    e, e_var = engaged.value, engaged.se**2
    mean = e * v
    sd = np.sqrt(e**2 * v_var + v**2 * e_var + e_var * v_var)
    low, high = _widest_beta(mean, sd, level)
    return Score(value, sd, np.fmin(low, value), np.fmax(high, value)).where(~np.isnan(value))


def _widest_beta(mean: np.ndarray, sd: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Interval of the Beta of this mean and error; a normal form may err more than any Beta: it is the widest then."""
    return beta_interval(mean, np.maximum(beta_events(mean, sd), LEAST_EVENTS), level)


# ---- the split over domains and periods -------------------------------------------------------------------
class Split(NamedTuple):
    """The three ways to hedge, (..., T) each; they add to the plain diversification."""

    mixing: np.ndarray
    alternating: np.ndarray
    compartmentalising: np.ndarray


def split_of(shares: Shares, same_time: np.ndarray | None = None) -> Split:
    """Law of total variance: V of the mean share = mean over domains of V inside periods, + over them, + between.

    `same_time` (..., K, T) is diversification inside single periods of a window (`within_periods`); where it is not
    given ties are not split over periods, and alternating is 0.
    """
    in_domain = np.nan_to_num(gini_simpson(shares.domain, axis=-3))
    inside = in_domain if same_time is None else np.nan_to_num(same_time)
    mean, mixing = (over_domains(shares.weight, part) for part in (in_domain, inside))
    between = gini_simpson(shares.total, axis=-2) - mean
    parts = (np.maximum(part, 0.0) for part in (mixing, mean - mixing, between))  # below 0 by rounding alone
    return Split(*(np.where(shares.seen, part, np.nan) for part in parts))


def window_of(window: int | None) -> int:
    """Periods of a window, 1 where none is given."""
    if window is None:
        return 1
    whole_number("window", window, 1)
    return int(window)


def window_sum(flow: np.ndarray, periods: int) -> np.ndarray:
    """Sum of the last `periods` entries along the last axis; fewer at the start."""
    total = flow.copy()
    for back in range(1, min(periods, flow.shape[-1])):
        total[..., back:] += flow[..., :-back]
    return total


def tie_over_window(
    c: np.ndarray, k: np.ndarray, c2: np.ndarray, k2: np.ndarray, tie: Tie, span: int
) -> tuple[np.ndarray, np.ndarray]:
    """Tie and its sum of squares over the last `span` periods.

    Roots of the squares add, not the squares: an event still in force is counted in each period.
    """
    x, root = window_sum(c, span), window_sum(np.sqrt(np.maximum(c2, 0)), span)
    if tie == "cooperation":
        return x, root**2
    against = window_sum(k, span)
    square = root**2 + window_sum(np.sqrt(np.maximum(k2, 0)), span) ** 2
    return np.maximum(x - against, 0.0), np.where(x > against, square, 0.0)


def within_periods(tie: np.ndarray, periods: int) -> np.ndarray:
    """sum_t u_dt V(s_dt), u_dt the period's part of the window's tie: V inside single periods, (..., K, T)."""
    inside = tie.sum(axis=-3)
    even = np.nan_to_num(gini_simpson(shares_of(tie), axis=-3)) * inside
    return ratio(window_sum(even, periods), window_sum(inside, periods))
