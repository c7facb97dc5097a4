"""What a bloc's spread is made of: the law of total variance over members, and how sure its parts are.

Letters for shapes: S members, P powers, K domains, T periods; ... any trailing cells.
"""

from __future__ import annotations

import numpy as np

from alignscore.intervals import ratio
from alignscore.measures.blocs.polarisation import esteban_ray, van_der_eijk
from alignscore.measures.composite import DomainShares, left_to_prior
from alignscore.measures.states.diversification import (
    Posterior,
    dirichlet_covariance,
    gini_simpson,
    plain_shares,
)

CAMPS = 5  # bands of the position in which members count as one camp


def divided(share: np.ndarray, weight: np.ndarray) -> dict[str, np.ndarray]:
    """Law of total variance over members: bloc V = own + division.

    `share` (S, P, ...) with NaN for a member without data, `weight` (S, ...) adding to 1 over those with.
    `contribution` (S, ...) is each member's part of the division, k/(k - 1) mu_i sum_p (s_ip - s_p)^2.
    """
    k = share.shape[1]
    known = weight.sum(axis=0) > 0
    s = np.where((weight > 0)[:, None], share, 0.0)
    mean = (weight[:, None] * s).sum(axis=0)  # (P, ...)
    contribution = k / (k - 1) * weight * ((s - mean) ** 2).sum(axis=1)
    own = (weight * gini_simpson(s, axis=1)).sum(axis=0)
    parts = {"diversification": gini_simpson(mean, axis=0), "own": own, "division": contribution.sum(axis=0)}
    return {
        "share": np.where(known, mean, np.nan),
        "contribution": np.where(weight > 0, contribution, np.nan),
        **{name: np.where(known, part, np.nan) for name, part in parts.items()},
    }


def most_divided(weight: np.ndarray, k: int) -> np.ndarray:
    """Most that members of these weights (S, ...) could be divided among k powers, (...).

    Each stands with one power only, and the powers' camps are as even as the largest weights allow
    (smaller members taken as divisible).
    """
    order = -np.sort(-weight, axis=0)
    left, even = weight.sum(axis=0), np.zeros(weight.shape[1:])
    for camp in range(min(k, len(order))):
        share = left / (k - camp)
        alone = order[camp] > share
        size = np.where(alone, order[camp], share)
        even, left = even + size**2, left - size
    return np.maximum((1 - even) * k / (k - 1), 0.0)


def weights_with_data(share: np.ndarray, given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (S, ...) of members whose shares (S, P, ...) are known, adding to 1 or 0, and the sum given to these."""
    seen = ~np.isnan(share[:, 0]) * given
    whole = seen.sum(axis=0)
    return np.nan_to_num(ratio(seen, whole)), whole


def unity(tie: np.ndarray, omega: np.ndarray, weight: np.ndarray) -> dict[str, np.ndarray]:
    """Diversification, own, division and cohesion, (G, T) each, of many versions of the members' ties (G, S, P, K, T).

    `omega` (K,) weighs domains, `weight` (S, T) members: 0 for one that does not belong then.
    """
    share = np.moveaxis(plain_shares(tie, omega).total, 0, 2)  # (S, P, G, T)
    mu, _ = weights_with_data(share, weight[:, None])
    parts = divided(share, mu)
    cohesion = np.clip(1 - ratio(parts["division"], most_divided(mu, tie.shape[2])), 0.0, 1.0)
    return {**{name: parts[name] for name in ("diversification", "own", "division")}, "cohesion": cohesion}


def likeness(share: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean over pairs of members of 1 - sum_p abs(s_ip - s_jp) / 2, (...)."""
    total, pairs = np.zeros(share.shape[2:]), np.zeros(share.shape[2:])
    s = np.where((weight > 0)[:, None], share, 0.0)
    for i in range(len(s) - 1):
        both = weight[i] * weight[i + 1 :]
        total += (both * (1 - np.abs(s[i] - s[i + 1 :]).sum(axis=1) / 2)).sum(axis=0)
        pairs += both.sum(axis=0)
    return ratio(total, pairs)


def sampling_covariance(share: np.ndarray, evidence: np.ndarray) -> np.ndarray:
    """Covariance (S, P, P, K, T) of plain shares (S, P, K, T) of N events in force, (S, K, T): (diag(m) - m m') / N.

    m are the posterior means, so that 0 and 1 are not taken as certain; less than one event in force says no more of
    now than one, and is no surer than it.
    """
    P = share.shape[1]
    events = (evidence + P / 2 + 1) / np.maximum(evidence, 1.0)
    return np.asarray(dirichlet_covariance(share, evidence) * events[:, None, None])


def division_noise(
    share: np.ndarray, mean: np.ndarray, weight: np.ndarray, cov: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moments of the division seen when the members' shares carry errors `cov` (S, P, P, ...).

    Returns its bias tr(AV), the noise tr(AVAV), and the term d'AVAd that grows with true division;
    A is the quadratic form of the division, V the covariance of all shares. Its variance is
    2 tr(AVAV) + 4 d'AVAd.
    """
    k = share.shape[1]
    cov = np.where((weight > 0)[:, None, None], cov, 0.0)
    d = np.where((weight > 0)[:, None], share - mean, 0.0)
    trace = np.einsum("ipp...->i...", cov)
    square = np.einsum("ipq...,iqp...->i...", cov, cov)
    pooled = (weight[:, None, None] ** 2 * cov).sum(axis=0)
    scale = k / (k - 1)
    bias = scale * (weight * (1 - weight) * trace).sum(axis=0)
    own = (weight**2 * (1 - weight) ** 2 - weight**4) * square
    noise = scale**2 * (own.sum(axis=0) + np.einsum("pq...,qp...->...", pooled, pooled))
    line = scale**2 * (weight**2 * np.einsum("ip...,ipq...,iq...->i...", d, cov, d)).sum(axis=0)
    return bias, noise, line


def division_interval(
    division: np.ndarray, bias: np.ndarray, noise: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of the true division: noncentral chi-square with the two moments of the noise, inverted.

    The division seen is about c chi2(h, division / c), c = tr(AVAV)/tr(AV), h = tr(AV)^2/tr(AVAV): pure
    error alone makes members look divided, so the lower bound may be 0 where the plug-in is not. The upper
    one never falls below that of a spread as large as error alone gives.
    """
    from scipy.special import chndtrinc

    c, h = ratio(noise, bias), ratio(bias**2, noise)
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore", under="ignore"):
        seen = division / c
        low = np.where(seen > 0, c * chndtrinc(seen, h, 1 - tail), 0.0)
        # less spread than error alone gives is no certainty: the bound is that of spread as expected
        high = c * chndtrinc(np.maximum(seen, h), h, tail)
    certain = ~(c > 0)
    low = np.where(certain, division, np.minimum(low, division))
    return low, np.where(certain, division, np.maximum(high, division))


def member_mean(score: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Weighted mean over members (S, T), NaN where none has data."""
    return np.where(mu.sum(axis=0) > 0, (mu * np.where(mu > 0, score, 0.0)).sum(axis=0), np.nan)


def score_members(
    share: np.ndarray,
    cov: np.ndarray,
    evidence: np.ndarray,
    given: np.ndarray,
    whole: np.ndarray,
    level: float,
) -> dict[str, np.ndarray]:
    """Everything that rests on shares (S, P, ...) and given weights (S, ...)."""
    mu, seen = weights_with_data(share, given)
    parts = divided(share, mu)
    bias, noise, line = division_noise(share, parts["share"], mu, cov)
    division, several = parts["division"], (mu > 0).sum(axis=0) > 1
    low, high = division_interval(division, bias, noise, level)
    most = most_divided(mu, share.shape[1])
    low, high = (np.where(several, np.minimum(bound, most), np.nan) for bound in (low, high))
    return {
        **parts, "weight": mu, "division_low": low, "division_high": high,
        "division_se": np.where(several, np.sqrt(2 * noise + 4 * line), np.nan),
        "division_corrected": np.where(several, division - bias, np.nan),
        "cohesion": np.clip(1 - ratio(division, most), 0.0, 1.0), "cohesion_low": 1 - ratio(high, most),
        "cohesion_high": 1 - ratio(low, most), "similarity": likeness(share, mu),
        "evidence": np.where(mu > 0, evidence, 0.0).sum(axis=0),
        "coverage": ratio(seen, whole),
    }  # fmt: skip


def bloc_posterior(members: Posterior, mu: np.ndarray) -> Posterior:
    """Posterior of the bloc's shares from its members', whose weights are `mu` (S, T), adding to 1 or 0.

    A bloc is a composite of all domains of all its members, and its interval one of a composite: where all lean alike the
    pulls of their priors add up. Members err apart as far as events tell of them; what their common prior says of a domain
    they share. So of each one's error there the part 1 / (N^4 + 1) is common to all, N its events in force: one of about one
    event or less. Of nothing in force the bloc is as unsure as one of them, and not, as a mean of many unknowns would be,
    sure to stand in the middle.
    """
    known, each = mu.sum(axis=0) > 0, members.domains
    weights, N = mu[:, None] * each.weights[:, 0], each.evidence[:, 0]  # (S, K, T)
    # (S, P, K, T), for each power in one line:
    parts = each.mean, each.plain, N[:, None], weights[:, None], each.sd
    cells = DomainShares(*(x.swapaxes(0, 1).reshape(x.shape[1], -1, x.shape[3]) for x in parts))
    apart = np.where(mu[:, None, None] > 0, mu[:, None, None] ** 2 * members.covariance, 0.0).sum(axis=0)
    covariance = dirichlet_covariance(each.plain, N)  # (S, P, P, K, T)
    values, vectors = np.linalg.eigh(np.moveaxis(covariance, (1, 2), (-2, -1)))
    root = (vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]) @ vectors.swapaxes(-1, -2)
    part = weights * np.sqrt(left_to_prior(N))
    common = (part[..., None, None] * root).sum(axis=0)  # (K, T, P, P)
    own = (np.square(part)[:, None, None] * covariance).sum(axis=(0, 3))
    spread = apart + np.moveaxis((common @ common).sum(axis=0), 0, -1) - own
    share = (mu[:, None] * np.where(mu[:, None] > 0, members.mean, 0.0)).sum(axis=0)
    return Posterior(np.where(known, share, np.nan), np.where(known, spread, np.nan), cells)


def polarisation_of(position: np.ndarray, mu: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Polarisation and agreement over equal bands of the position, (T,) each."""
    lean = np.where(mu > 0, position, 0.0)
    band = np.clip(((lean + 1) / 2 * CAMPS).astype(int), 0, CAMPS - 1)
    inside = band[None] == np.arange(CAMPS)[:, None, None]  # (G, S, T)
    mass = (inside * mu).sum(axis=1)
    place = np.nan_to_num(ratio((inside * mu * lean).sum(axis=1), mass))
    several = (mu > 0).sum(axis=0) > 1
    polarisation = esteban_ray(place, mass, alpha=alpha)
    agreement = van_der_eijk(mass.T)
    return np.where(several, polarisation, np.nan), np.where(several, agreement, np.nan)
