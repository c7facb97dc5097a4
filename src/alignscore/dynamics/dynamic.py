"""The dynamic model of tone: what is each state's, what is the dyad's for good, and what passes.

    c of n events ~ Binomial(n, logit^-1 z),  z = mu + a_i + a_j + p_ij + r_ij + e
    a_i a random walk, p_ij ~ N(0, permanent), r_ij = carry r_ij + noise of stationary variance passing,
    e ~ N(0, noise n^-settling)

Filtered forward only: one Laplace step a cell, an information filter for the states, 2 x 2 Kalman updates for the
dyads. Letters for shapes: D dyads, T periods, A actors. Arrays run (T, D).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from alignscore.dynamics.beta_binomial import log_mass
from alignscore.dynamics.counts import By, Counts, Data, nothing_to_predict
from alignscore.values import Frozen

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
LEAST = 1e-6  # of a variance
START = (-1.2, -3.9, -0.7, -0.7, -2.3, 0.85, -2.0)  # in the coordinates of `_from_free`; mu is the record's


class DynamicParameters(NamedTuple):
    """Variances in squared log units, per period; `carry` in (0, 1), `settling` in (0, 1)."""

    states: float
    drift: float
    permanent: float
    passing: float
    noise: float
    carry: float
    settling: float
    mu: float


def beta_of_logit_normal(mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and precision a + b of the Beta law with the moments of logit^-1 N(mean, variance)."""
    from scipy.special import expit

    theta = expit(mean[..., None] + np.sqrt(variance)[..., None] * NODES)
    m = np.clip(theta @ WEIGHTS, 1e-9, 1 - 1e-9)
    v = np.maximum((theta * theta) @ WEIGHTS - m * m, 1e-12)
    return m, np.maximum(m * (1 - m) / v - 1, 1e-3)


def noise_of(n: np.ndarray, at: DynamicParameters) -> np.ndarray:
    """Variance of z that n events leave: `noise` n^-settling."""
    return np.asarray(at.noise * np.maximum(n, 1.0) ** -at.settling)


def expected(
    c: np.ndarray, k: np.ndarray, i: np.ndarray, j: np.ndarray, actors: int, at: DynamicParameters,
    *, ahead: int = 1,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Mean and variance (T + 1, D) of each period's tone z, given the counts (T, D) of the periods before it.

    The last row looks `ahead` periods beyond the record; the variance is without the noise that depends on n. The tone of a
    dyad is the sum of both actors' states and of what is its own, one part permanent and one passing.
    """
    T, D = c.shape
    state, P = np.zeros(actors), np.eye(actors) * at.states  # and their covariance
    permanent, passing = np.zeros(D), np.zeros(D)
    V_permanent, V_passing, V_both = np.full(D, at.permanent), np.full(D, at.passing), np.zeros(D)
    mean, variance = np.empty((T + 1, D)), np.empty((T + 1, D))
    for t in range(T + 1):
        steps = ahead if t == T else min(t, 1)
        carry = at.carry**steps
        passing, V_both = carry * passing, carry * V_both
        V_passing = carry**2 * V_passing + at.passing * (1 - carry**2)
        P = P + np.eye(actors) * at.drift * steps
        own = V_permanent + 2 * V_both + V_passing
        spread = P.diagonal()
        mean[t] = at.mu + state[i] + state[j] + permanent + passing
        variance[t] = own + spread[i] + spread[j] + 2 * P[i, j]
        if t == T:
            break
        n = c[t] + k[t]
        seen = np.flatnonzero(n > 0)
        if not len(seen):
            continue
        n, io, jo = n[seen], i[seen], j[seen]
        left = noise_of(n, at)
        z, w = _mode(c[t, seen], n, mean[t, seen], variance[t, seen] + left)
        w = np.maximum(w, LEAST)
        working, error = z + (c[t, seen] - n / (1 + np.exp(-z))) / w, 1 / w + left + own[seen]
        # states first, the dyads' own parts standing as noise
        off, weight = working - at.mu - permanent[seen] - passing[seen], 1 / error
        pull = np.bincount(io, off * weight, actors) + np.bincount(jo, off * weight, actors)
        both = np.bincount(io * actors + jo, weight, actors * actors).reshape(actors, actors)
        both += both.T
        before = np.linalg.inv(P)
        P = np.linalg.inv(before + both + np.diag(both.sum(axis=1)))
        state = P @ (before @ state + pull)
        # then what is left to the dyad
        off = working - at.mu - state[io] - state[jo] - permanent[seen] - passing[seen]
        to_permanent, to_passing = V_permanent[seen] + V_both[seen], V_passing[seen] + V_both[seen]
        permanent[seen] += to_permanent / error * off
        passing[seen] += to_passing / error * off
        V_permanent[seen] -= to_permanent / error * to_permanent
        V_both[seen] -= to_permanent / error * to_passing
        V_passing[seen] -= to_passing / error * to_passing
    return mean, variance


def _mode(
    c: np.ndarray, n: np.ndarray, mean: np.ndarray, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mode of z given c of n, and the information of the events there; Newton steps of at most 2."""
    from scipy.special import expit

    seen = np.log((c + 0.5) / (n - c + 0.5))
    error = 1 / (c + 0.5) + 1 / (n - c + 0.5)
    z = (mean * error + seen * variance) / (error + variance)
    for _ in range(8):
        theta = expit(z)
        step = (c - n * theta - (z - mean) / variance) / (n * theta * (1 - theta) + 1 / variance)
        z = z + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-4:
            break
    theta = expit(z)
    return z, n * theta * (1 - theta)


@dataclass(frozen=True, eq=False, repr=False)
class DynamicFit(Frozen):
    """Parameters of the dynamic model, one set a domain.

    Attributes
    ----------
    parameters : tuple of DynamicParameters
        In the order of the counts' domains.
    log_score : tuple of float
        Mean log probability of a cell given its past.
    counts : Counts
        What was fitted.
    """

    parameters: tuple[DynamicParameters, ...]
    log_score: tuple[float, ...]
    counts: Counts

    def of(self, domain: str) -> DynamicParameters:
        """Parameters of a domain."""
        return self.parameters[self.counts.axes.domain(domain)]

    def __repr__(self) -> str:
        scores = zip(self.counts.axes.domains, self.log_score, strict=True)
        return f"<DynamicFit: log score a cell: {', '.join(f'{name} {score:.4f}' for name, score in scores)}>"


def fit_dynamic(
    data: Data, columns: Mapping[str, str] | None = None, by: By = "domain", *, directed: bool = False
) -> DynamicFit:
    """How much of a tone is the state's, how much the dyad's for good, and how long does the rest last?

    The tone z_ij of a dyad, ``c of n ~ Binomial(n, logit^-1 z)``, is split into ``mu + a_i + a_j + p_ij + r_ij + e``:
    each state's friendliness with all (a random walk), the dyad's permanent part, a passing part that carries over
    from period to period, and noise that settles as events grow many. Variances are those that predict best.

    Parameters
    ----------
    data, columns, by, directed
        As for `fit_decay`.

    Returns
    -------
    DynamicFit
        For ``method="dynamic"`` of `forecast` and `surprise`. Variances in squared log units a period.

    Raises
    ------
    OptionError, UnknownLabelError
        As for `fit_decay`.

    Notes
    -----
    The law of a share is a Beta of the same mean and variance. Fitting filters the whole record a few hundred
    times: 9,700 dyads in 7 years take about 20 seconds.

    References
    ----------
    Additive state effects: Hoff 2021, Statistical Science 36:34. Filtering binomial series: West, Harrison & Migon
    1985, Journal of the American Statistical Association 80:73.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> g, rows = np.random.default_rng(1), []
    >>> for a, b in [(a, b) for a in range(8) for b in range(a)]:
    ...     tone = g.normal(1, 1.5)
    ...     for year in range(2000, 2008):
    ...         c = g.binomial(40, 1 / (1 + np.exp(-tone)))
    ...         rows.append((f"S{a}", f"S{b}", year, c, 40 - c))
    >>> table = pd.DataFrame(rows, columns=["source", "target", "period", "cooperation", "conflict"])
    >>> whose = fit_dynamic(table).of("all")
    >>> whose.permanent > 5 * whose.passing * (1 - whose.carry)
    True
    """
    return fitted(Counts.from_data(data, columns, by, directed=directed))


def fitted(counts: Counts) -> DynamicFit:
    """Maximum predictive likelihood of each domain; the first period is not scored."""
    found = [_fit(counts, at) for at in range(len(counts.axes.domains))]
    return DynamicFit(tuple(p for p, _ in found), tuple(s for _, s in found), counts)


def _from_free(x: np.ndarray) -> DynamicParameters:
    carry, settling = (1 / (1 + np.exp(-x[5:7]))).tolist()
    states, drift, permanent, passing, noise = np.exp(x[:5]).tolist()
    return DynamicParameters(states, drift, permanent, passing, noise, carry, settling, float(x[7]))


def _fit(counts: Counts, domain: int) -> tuple[DynamicParameters, float]:
    from scipy.optimize import minimize

    c, k = (np.ascontiguousarray(x[:, domain].T) for x in (counts.cooperation, counts.conflict))
    kept = (c + k).sum(axis=0) > 0
    scored = c + k > 0
    scored[:1] = False
    scored = scored[:, kept]
    if not scored.any():
        raise nothing_to_predict(counts.axes.domains[domain], counts.axes.domains)
    c, k, dyads = c[:, kept], k[:, kept], counts.axes.dyads[kept]
    actors, codes = np.unique(dyads, return_inverse=True)
    i, j = codes.reshape(-1, 2).T

    def lost(x: np.ndarray) -> float:
        at = _from_free(x)
        mean, variance = (x[:-1][scored] for x in expected(c, k, i, j, len(actors), at))
        hit, missed = c[scored], k[scored]
        m, s = beta_of_logit_normal(mean, variance + noise_of(hit + missed, at))
        return -float(log_mass(hit, missed, s * m, s * (1 - m)).mean())

    start = np.array([*START, np.log((c.sum() + 1) / (k.sum() + 1))])
    bounds = [(-9.0, 3.0)] * 5 + [(-4.0, 5.0), (-5.0, 4.0), (-8.0, 8.0)]
    options = {"ftol": 2e-7, "eps": 1e-3, "maxiter": 25}
    best = minimize(lost, start, method="L-BFGS-B", bounds=bounds, options=options)
    return _from_free(best.x), float(-best.fun)
