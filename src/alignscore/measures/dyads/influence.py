"""Influence of one state over another, from their ties: how wide the channel, how dependent the other.

Letters for shapes: D directed dyads, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from alignscore.errors import OptionError, check_level, one_of
from alignscore.events import Events
from alignscore.intervals import JEFFREYS, LEVEL, evidence_of, ratio, z_of
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.measures.composite import (
    BLOCK,
    Composite,
    ShareScores,
    beside,
    in_blocks,
    joint_by_actor,
    joint_of,
    overlap_of,
    shares_beside,
)
from alignscore.measures.dyads.result import DyadResult

Acts = Literal["own", "received", "both"]
Scale = Literal["all", "period"]
SHARED = 0.7  # correlation of bandwidth with the acts of one side, of two alike


# ---- formulas on arrays -------------------------------------------------------------------------------
def bandwidth_of(whole: np.ndarray, whole2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ln(1 + C_ij + C_ji) and its delta-method standard error, unscaled."""
    return np.log1p(whole), np.sqrt(np.maximum(whole2, 0.0)) / (1 + whole)


def to_top(score: np.ndarray, scale: Scale) -> np.ndarray:
    """Largest score of each domain, or of each domain and period, to divide by; NaN where none is above 0."""
    axis = (0, 2) if scale == "all" else (0,)
    top = np.nan_to_num(score).max(axis=axis, keepdims=True, initial=0.0)
    return np.where(top > 0, top, np.nan)


def square_and_add(
    a: np.ndarray, a_low: np.ndarray, a_high: np.ndarray, b: np.ndarray, b_low: np.ndarray, b_high: np.ndarray,
    correlation: np.ndarray | float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Interval of a product a b >= 0 from those of its factors, by square-and-add on its change.

    The idea is MOVER's (Donner & Zou 2012, Statistical Methods in Medical Research 21:347). With both factors at 0
    the change is their errors' product alone: without it nothing would be certain to stay nothing.
    """
    low, high = (
        a * b
        + sign
        * np.sqrt(
            (b * by_a) ** 2 + (a * by_b) ** 2 + (by_a * by_b) ** 2 + 2 * correlation * b * by_a * a * by_b
        )
        for sign, by_a, by_b in ((-1, a - a_low, b - b_low), (1, a_high - a, b_high - b))
    )
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def scaled(value: np.ndarray, se: np.ndarray, scale: Scale) -> tuple[np.ndarray, np.ndarray]:
    """A score over its largest, and its standard error, in which that of the largest counts but for itself."""
    top = to_top(value, scale)
    first = value == top
    axis = (0, 2) if scale == "all" else (0,)
    error = np.where(first, se, 0.0).max(axis=axis, keepdims=True, initial=0.0) / top
    value, se = value / top, se / top
    return value, np.where(first, se, np.sqrt(se**2 + (value * error) ** 2))


def over_peak(
    value: np.ndarray, low: np.ndarray, high: np.ndarray, scale: Scale
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A score over its largest with its interval, by square-and-add for a ratio; the largest is 1 at most."""
    peak = to_top(value, scale)
    first = value == peak
    axis = (0, 2) if scale == "all" else (0,)
    low, high, value = low / peak, high / peak, value / peak
    less, more = (
        np.where(first, gap, 0.0).max(axis=axis, keepdims=True, initial=0.0)
        for gap in (value - low, high - value)
    )
    below, above = (
        np.where(first, own, np.sqrt(own**2 + (value * other) ** 2))
        for own, other in ((value - low, more), (high - value, less))
    )
    return value, np.maximum(value - below, 0.0), np.minimum(value + above, 1.0)


# ---- the result and the door -----------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class InfluenceResult(DyadResult):
    """Influence of the source over the target, per (dyad, domain and composite, period): (D, K + 1, T).

    Attributes
    ----------
    influence, influence_low, influence_high : ndarray
    bandwidth, bandwidth_low, bandwidth_high : ndarray
        Width of the channel between the two, the same both ways.
    dependence, dependence_low, dependence_high : ndarray
        Share of the target's cooperation that is with the source.
    n, evidence, coverage : ndarray
        Events between the two, both ways; evidence in force behind the target's whole; share of
        domain weight seen.
    """

    SHORT: ClassVar[tuple[str, ...]] = (
        "influence", "influence_low", "influence_high", "bandwidth", "dependence", "n", "evidence", "coverage",
    )  # fmt: skip

    influence: np.ndarray
    influence_low: np.ndarray
    influence_high: np.ndarray
    bandwidth: np.ndarray
    bandwidth_low: np.ndarray
    bandwidth_high: np.ndarray
    dependence: np.ndarray
    dependence_low: np.ndarray
    dependence_high: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray


def influence(
    ties: Ties | Ledger | Events,
    *,
    weights: Mapping[str, float] | None = None,
    acts: Acts = "own",
    scale: Scale = "all",
    level: float = LEVEL,
) -> InfluenceResult:
    """Ask how much pull the source could have over the target, through the ties between them.

    With i the target and j the source: ``B_ij = ln(1 + C_ij + C_ji)`` scaled to a maximum of 1 (bandwidth),
    ``D_ij = C_ij / sum_j C_ij`` (dependence of i on j), ``influence = B_ij D_ij`` scaled to a maximum of 1.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    weights : mapping of domain to weight, optional
        Of the composite, which is the product of the two sides' weighted means; equal where not given.
    acts : {'own', 'received', 'both'}
        Whose acts make the target's dependence: its own (C_ij), the source's towards it (what it is
        given: aid, loans, arms), or both.
    scale : {'all', 'period'}
        Over which rows the largest is 1: of all periods, so that years compare, or of each period.
    level : float
        Of the intervals.

    Returns
    -------
    InfluenceResult
        In [0, 1], up means more pull; comparable within one domain and one call only. NaN: no
        cooperation of the target with anyone is known there.

    Raises
    ------
    OptionError
        `acts` other than 'both' on undirected ties; weights negative or all 0; an option out of range.
    UnknownLabelError
        A weight for a domain the ties do not have.

    Notes
    -----
    Intervals: bandwidth by the delta method with half an event unseen, dependence of a Beta with the evidence in
    force, their product by
    square-and-add; the error of the largest, over which each stands, counts in it. It measures capacity, not friendliness.

    References
    ----------
    Moyer et al. 2018, 2021 (FBIC, whose own inputs `influence_from_components` takes): bandwidth times
    dependence. Here both are of event masses.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> found = influence(Ledger.post(asean()).ties())
    >>> float(np.nanmax(found.influence))
    1.0
    """
    ties = ties_of(ties)
    one_of("acts", acts, ("own", "received", "both"))
    one_of("scale", scale, ("all", "period"))
    check_level(level)
    if acts != "both" and not ties.directed:
        raise OptionError(f"acts={acts!r} needs directed ties; these are undirected, so acts='both'.")
    omega = ties.axes.domain_weights(weights)
    view = ties.both_ways()  # row (j, i): j the source of influence, i its target
    stock, whole, whole2, overlap = _reliance(ties, view, acts)
    seen = whole > 0

    def shares(rows: slice) -> ShareScores:
        evidence = evidence_of(whole[rows], whole2[rows])
        common = None if overlap is None else overlap[rows]
        return shares_beside(ratio(stock[rows], whole[rows]), evidence, omega, level, common)

    found = in_blocks(shares, stock.shape)
    composite = Composite.from_weights(seen, found.evidence[:, :-1], omega, "seen")
    unseen = JEFFREYS * view.event_mass[:, None] ** 2  # half an event: no channel is known for certain
    b, b_se = (np.where(seen, x, np.nan) for x in bandwidth_of(view.cooperation, view.cooperation2 + unseen))
    b, b_se = scaled(b, b_se, scale)
    total, total_se = composite.mean(b)[:, None], composite.sd(b_se, _overlap(view))[:, None]
    total, total_se = scaled(total, total_se, scale)
    b, b_se = np.concatenate([b, total], axis=1), np.concatenate([b_se, total_se], axis=1)
    z, (d, d_low, d_high, evidence, coverage) = z_of(level), found
    b_low, b_high = np.clip(b - z * b_se, 0, 1), np.clip(b + z * b_se, 0, 1)
    low, high = np.empty_like(b), np.empty_like(b)
    size = max(1, BLOCK // b[:1].size) if len(b) else 1
    for rows in (slice(first, first + size) for first in range(0, len(b), size)):
        low[rows], high[rows] = square_and_add(
            b[rows],
            b_low[rows],
            b_high[rows],
            d[rows],
            d_low[rows],
            d_high[rows],
            SHARED * np.sqrt(1 - d[rows]),
        )
    score, low, high = over_peak(b * d, low, high, scale)
    return InfluenceResult(
        {
            "measure": "influence", "acts": acts, "scale": scale, "level": level,
            "weights": dict(zip(ties.axes.domains, omega.tolist(), strict=True)), "decay": ties.ledger.decay,
        },
        view.axes, True, influence=score, influence_low=low, influence_high=high,
        bandwidth=b, bandwidth_low=b_low, bandwidth_high=b_high, dependence=d, dependence_low=d_low,
        dependence_high=d_high, n=beside(view.n, view.n.sum(axis=1)), evidence=evidence,
        coverage=coverage,
    )  # fmt: skip


def _reliance(
    ties: Ties, view: Ties, acts: Acts
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """Cooperation by which each row's target relies on its source; the target's whole, its C2, and what domains share."""
    source, target = view.axes.dyads.T
    own, at, side = view, np.arange(len(source)), 0
    if acts != "both":
        own, side = ties, 0 if acts == "own" else 1
        at = ties.axes.table[target, source] if acts == "own" else ties.axes.table[source, target]
    stock = np.where((at >= 0)[:, None, None], own.cooperation[at], 0.0)
    sums = (own.cooperation, own.cooperation2)
    whole, whole2 = (own.axes.by_actor(each, side)[target] for each in sums)
    product = joint_by_actor(own, conflict=False, side=side)
    return stock, whole, whole2, None if product is None else overlap_of(product[target], whole2)


def _overlap(view: Ties) -> np.ndarray | None:
    """What two domains share of a dyad's cooperation, (D, Q, T)."""
    product = joint_of(view, np.arange(len(view.axes.dyads)), conflict=False)
    return None if product is None else overlap_of(product, view.cooperation2)
