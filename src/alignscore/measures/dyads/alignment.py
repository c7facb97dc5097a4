"""Dyadic scores: how friendly a tie is, how sure that is, and how much of a state's world it makes up.

Letters for shapes: D dyads, K domains, T periods. C and K2 are stocks of `Ties`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alignscore.errors import within
from alignscore.events import Events
from alignscore.intervals import LEVEL, bounded, evidence_of, ratio
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.measures.composite import Blend, beside
from alignscore.measures.dyads.result import DyadResult

PRIOR = 10.0  # mass of one event of the highest value
BLOCK = 1 << 16  # cells scored at a time
CORE = ("alignment", "se", "low", "high", "n", "evidence", "coverage")
SIDE_COLUMNS = ("log_ratio", "log_ratio_se", "volume", "excess", "net", "net_share", "tone", "ambivalence")


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
class AlignmentResult(DyadResult):
    """Alignment per (dyad, domain and composite, period): arrays of shape (D, K + 1, T).

    The first seven are stored; the others are drawn from `ties` when asked for, and stand in the frame.

    Attributes
    ----------
    alignment, se, low, high : ndarray
        The score in (-1, 1), with prior 0 in [-1, 1], its standard error and its interval.
    n, evidence, coverage : ndarray
        Events booked, their evidence in force, share of domain weight seen.
    log_ratio, log_ratio_se, volume : ndarray
        ln((C + 1/2)/(K + 1/2)), C and K in mass as everywhere here, its standard error, and ln(1 + n).
    excess : ndarray
        Alignment less the volume-weighted mean of all dyads in that domain and period.
    net, net_share, tone : ndarray
        C - K, the same over the whole (C + K) of all dyads, and sum w v / sum w. Masses have no
        composite (NaN).
    ambivalence : ndarray
        2 min(C, K)/(C + K).
    """

    SHORT: ClassVar[tuple[str, ...]] = CORE

    alignment: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray
    ties: Ties

    @property
    def _blend(self) -> Blend:
        omega = np.array([self.recipe["weights"][name] for name in self.axes.domains])
        return Blend.of(~np.isnan(self.alignment[:, :-1]), omega)

    def _seen(self, score: np.ndarray) -> np.ndarray:
        return np.where(self.ties.n > 0, score, np.nan)

    def _blended(self, score: np.ndarray) -> np.ndarray:
        return beside(score, self._blend.mean(score))

    def _masses(self, mass: np.ndarray) -> np.ndarray:
        return beside(mass, np.full(mass[:, 0].shape, np.nan))

    @property
    def log_ratio(self) -> np.ndarray:
        """ln((C + 1/2) / (K + 1/2))."""
        return self._blended(self._seen(log_ratio(self.ties.cooperation, self.ties.conflict)))

    @property
    def log_ratio_se(self) -> np.ndarray:
        """Delta-method standard error of `log_ratio`."""
        t = self.ties
        se = self._seen(log_ratio_se(t.cooperation, t.conflict, t.cooperation2, t.conflict2))
        return beside(se, self._blend.se(se))

    @property
    def volume(self) -> np.ndarray:
        """ln(1 + n)."""
        return np.log1p(self.n)

    @property
    def excess(self) -> np.ndarray:
        """Alignment less the volume-weighted mean of all dyads in that domain and period."""
        over = excess(self.alignment[:, :-1], self.ties.cooperation + self.ties.conflict)
        return self._blended(over)

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

    def _columns(self) -> dict[str, np.ndarray]:
        return super()._columns() | {name: getattr(self, name) for name in SIDE_COLUMNS}


def alignment(
    ties: Ties | Ledger | Events,
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
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
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
        In (-1, 1), with prior 0 in [-1, 1]; up means friendlier. NaN: no event is known there (with
        prior 0: none of a value other than 0). Unit-free.

    Raises
    ------
    OptionError
        `prior` below 0 or infinite, weights negative or all 0, `level` outside (0, 1).
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
    ties = ties_of(ties)
    within("prior", prior, 0.0, open_high=True)
    ties = ties if directed else ties.undirected()
    omega = ties.axes.domain_weights(weights)
    D, K, T = ties.axes.shape
    out = {name: np.empty((D, K + 1, T)) for name in CORE}
    size = max(1, BLOCK // max(1, (K + 1) * T))
    for first in range(0, D, size):  # blocks that fit the cache
        rows = slice(first, first + size)
        stocks = [
            getattr(ties, name)[rows]
            for name in ("n", "cooperation", "conflict", "cooperation2", "conflict2")
        ]
        for name, (own, whole) in zip(CORE, _core(stocks, omega, prior, level), strict=True):
            out[name][rows, :-1], out[name][rows, -1] = own, whole
    recipe = {
        "measure": "alignment", "prior": prior, "directed": ties.directed, "level": level,
        "weights": dict(zip(ties.axes.domains, omega.tolist(), strict=True)), "decay": ties.ledger.decay,
    }  # fmt: skip
    return AlignmentResult(recipe=recipe, axes=ties.axes, with_composite=True, **out, ties=ties)


def _core(
    stocks: list[np.ndarray], omega: np.ndarray, prior: float, level: float
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Columns in the order of `CORE` from n, C, K, C2 and K2: domains (D, K, T) and composite (D, T) of each."""
    n, c, k, c2, k2 = stocks
    score, se = shrunk(c, k, prior), shrunk_se(c, k, c2, k2, prior)
    for column in (score, se):
        np.copyto(column, np.nan, where=n == 0)
    blend, evidence = Blend.of(~np.isnan(score), omega), evidence_of(c + k, c2 + k2)
    total, total_se = blend.mean(score), blend.se(se)
    low, high = zip(bounded(score, se, level), bounded(total, total_se, level), strict=True)
    sums = (n, n.sum(axis=1)), (evidence, blend.evidence(evidence)), (n > 0, blend.coverage)
    return (score, total), (se, total_se), low, high, *sums
