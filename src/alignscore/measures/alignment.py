"""Dyadic scores: how friendly a tie is, how sure that is, and how much of a state's world it makes up.

Letters for shapes: D dyads, K domains, T periods. C and K2 are stocks of `Ties`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from alignscore.axes import Axes
from alignscore.errors import within
from alignscore.intervals import LEVEL, bounded, ratio
from alignscore.measures.blend import Blend, beside
from alignscore.ties import Ties
from alignscore.values import Result

PRIOR = 10.0  # mass of one event of the highest value


# ---- formulas on arrays -----------------------------------------------------------------------------
def shrunk(c: np.ndarray, k: np.ndarray, prior: float) -> np.ndarray:
    """(C - K) / (C + K + prior); NaN where the denominator is 0."""
    return ratio(c - k, c + k + prior)


def shrunk_se(c: np.ndarray, k: np.ndarray, c2: np.ndarray, k2: np.ndarray, prior: float) -> np.ndarray:
    """Delta-method standard error of `shrunk`, masses compound Poisson: Var(C) = C2, Var(K) = K2."""
    return ratio(np.sqrt((2 * k + prior) ** 2 * c2 + (2 * c + prior) ** 2 * k2), (c + k + prior) ** 2)


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
    """Score less its volume-weighted mean over the dyads of each domain and period, (D, K, T)."""
    weight = np.where(np.isnan(score), 0.0, volume)
    mean = ratio((np.nan_to_num(score) * weight).sum(axis=0), weight.sum(axis=0))
    return score - mean


# ---- the result and the door -------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class DyadResult(Result):
    """Scores per (dyad, domain, period); the last domain may be the composite.

    Attributes
    ----------
    axes : Axes
        Dyads, domains (without the composite) and periods.
    """

    axes: Axes
    with_composite: bool

    def _labels(self) -> tuple[Mapping[str, Any], ...]:
        return self.axes.labels(composite=self.with_composite)


@dataclass(frozen=True, eq=False, repr=False)
class AlignmentResult(DyadResult):
    """Alignment per (dyad, domain and composite, period): arrays of shape (D, K + 1, T).

    Attributes
    ----------
    alignment, se, low, high : ndarray
        The score in (-1, 1), its standard error and its interval.
    n, n_eff, coverage : ndarray
        Events booked, their effective number, share of domain weight seen.
    log_ratio, log_ratio_se, volume : ndarray
        ln((C + 1/2)/(K + 1/2)), its standard error, and ln(1 + n).
    excess : ndarray
        Alignment less the world's volume-weighted mean in that domain and period.
    net, tone, ambivalence : ndarray
        C - K; sum w v / sum w; 2 min(C, K)/(C + K). Net and tone are masses: no composite (NaN).
    """

    alignment: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    n_eff: np.ndarray
    coverage: np.ndarray
    log_ratio: np.ndarray
    log_ratio_se: np.ndarray
    volume: np.ndarray
    excess: np.ndarray
    net: np.ndarray
    tone: np.ndarray
    ambivalence: np.ndarray


def alignment(
    ties: Ties,
    *,
    weights: Mapping[str, float] | None = None,
    prior: float = PRIOR,
    directed: bool = True,
    level: float = LEVEL,
) -> AlignmentResult:
    """How friendly is a relation, in each domain and over all, and how sure is that?

    ``A = (C - K) / (C + K + prior)``: cooperation less conflict in force over their sum, shrunk toward
    0 by a prior mass, so that one visit does not make an ally. The composite is the weighted mean over
    the domains in which anything is known.

    Parameters
    ----------
    ties : Ties
    weights : mapping of domain to weight, optional
        Weights of the composite; equal where not given.
    prior : float
        Prior mass, 10 by default: one event of the highest value. 0 gives the classic ratio.
    directed : bool
        False adds both directions of each pair first.
    level : float
        Of the interval.

    Returns
    -------
    AlignmentResult
        In (-1, 1); up means friendlier. NaN: no event is known there. Unit-free.

    Raises
    ------
    OptionError
        `prior` below 0, weights negative or all 0.
    UnknownLabelError
        A weight for a domain the ties do not have.

    Notes
    -----
    ``SE = sqrt((2K + prior)^2 C2 + (2C + prior)^2 K2) / (C + K + prior)^2`` (delta method, masses
    compound Poisson); the interval is built on Fisher's scale, so that it stays inside (-1, 1).
    The composite takes domains as independent; an event in two domains makes its SE a little small.
    Net cooperation follows news volume: it compares periods and dyads of equal coverage only.

    References
    ----------
    Goldstein 1992, J. Conflict Resolution 36:369 (the scale of values). Lowe 2012, "Measurement
    models for event data" (log ratio). Chen et al. 2019 (net cooperation). The shrunk ratio with
    prior 1 is tanh(log_ratio / 2).

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> frame = alignment(Ledger.post(asean()).ties()).to_frame()
    >>> now = frame.query("source == 'KHM' and target == 'CHN' and period == '2026'")
    >>> now[["domain", "alignment", "low", "high"]].round(2).to_string(index=False)
    '...composite...'
    """
    within("prior", prior, 0.0, open_high=True)
    ties = ties if directed else ties.undirected()
    omega = ties.axes.domain_weights(weights)
    c, k, c2, k2 = ties.cooperation, ties.conflict, ties.cooperation2, ties.conflict2
    seen = ties.n > 0
    score = np.where(seen, shrunk(c, k, prior), np.nan)
    se = np.where(seen, shrunk_se(c, k, c2, k2, prior), np.nan)
    n_eff = ties.n_eff
    logs = np.where(seen, log_ratio(c, k), np.nan)
    logs_se = np.where(seen, log_ratio_se(c, k, c2, k2), np.nan)
    mixed = np.where(seen, ambivalence(c, k), np.nan)
    blend = Blend.of(~np.isnan(score), omega)
    over = excess(score, c + k)
    all_score, all_se = beside(score, blend.mean(score)), beside(se, blend.se(se))
    low, high = bounded(all_score, all_se, level)
    n = beside(ties.n, ties.n.sum(axis=1))
    no_total = np.full(blend.coverage.shape, np.nan)
    return AlignmentResult(
        recipe={
            "measure": "alignment", "prior": prior, "directed": ties.directed, "level": level,
            "weights": dict(zip(ties.axes.domains, omega.tolist(), strict=True)), "decay": ties.ledger.decay,
        },
        axes=ties.axes, with_composite=True, alignment=all_score, se=all_se, low=low, high=high,
        n=n, n_eff=beside(n_eff, blend.n_eff(n_eff)), coverage=beside(seen.astype(float), blend.coverage),
        log_ratio=beside(logs, blend.mean(logs)), log_ratio_se=beside(logs_se, blend.se(logs_se)), volume=np.log1p(n),
        excess=beside(over, blend.mean(over)), net=beside(np.where(seen, c - k, np.nan), no_total),
        tone=beside(ratio(c - k, np.where(seen, ties.weight, 0.0)), no_total),
        ambivalence=beside(mixed, blend.mean(mixed)),
    )  # fmt: skip
