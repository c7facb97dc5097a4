"""How much of a state's world a partner makes up, and whether that is more than size alone explains.

Letters for shapes: A actors, D directed dyads, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from alignscore.axes import Axes
from alignscore.errors import check_level
from alignscore.events import Events
from alignscore.intervals import LEVEL, evidence_of, ratio
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.measures.composite import (
    Composite,
    ShareScores,
    beside,
    in_blocks,
    joint_by_actor,
    overlap_of,
    shares_beside,
)
from alignscore.measures.dyads.result import DyadResult


# ---- formulas on arrays -------------------------------------------------------------------------------
def independence(
    rows: np.ndarray, columns: np.ndarray, *, tol: float = 1e-13, rounds: int = 2_000
) -> tuple[np.ndarray, np.ndarray]:
    """Factors a, b (A, M) with a_i b_j over i != j having the given margins (A, M); NaN where none exist.

    Iterative proportional fitting to both margins with an empty diagonal. None exist where one actor's
    row and column make up the whole (a star), since its partners' ties among themselves must be 0.
    """
    whole = rows.sum(axis=0)
    feasible = (whole > 0) & ((rows + columns) < whole * (1 - 1e-6)).all(axis=0)
    a, b = np.full_like(rows, np.nan), np.full_like(columns, np.nan)
    open_ = np.flatnonzero(feasible)  # columns still moving
    x, y = np.sqrt(rows[:, open_]), np.sqrt(columns[:, open_])
    for _ in range(rounds):
        if not len(open_):
            break
        before = x
        x = rows[:, open_] / (y.sum(axis=0) - y)
        y = columns[:, open_] / (x.sum(axis=0) - x)
        scale = np.sqrt(x.sum(axis=0) / y.sum(axis=0))  # how a and b split their product is free
        x, y = x / scale, y * scale
        done = np.abs(x - before).max(axis=0) <= tol * x.max(axis=0)
        a[:, open_[done]], b[:, open_[done]] = x[:, done], y[:, done]
        open_, x, y = open_[~done], x[:, ~done], y[:, ~done]
    return a, b


def acceptance(c: np.ndarray, axes: Axes) -> np.ndarray:
    """C_ij / E_ij - 1 per dyad, (D, K, T); E is `independence` over the whole domain and period."""
    rows, columns = (axes.by_actor(c, side).reshape(len(axes.actors), -1) for side in (0, 1))
    a, b = independence(rows, columns)
    expected = (a[axes.dyads[:, 0]] * b[axes.dyads[:, 1]]).reshape(c.shape)
    return ratio(c, expected) - 1


# ---- the result and the door -----------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class ExposureResult(DyadResult):
    """Shares per (directed dyad, domain and composite, period): arrays of shape (D, K + 1, T).

    Attributes
    ----------
    exposure, exposure_low, exposure_high : ndarray
        Share of the source's whole interaction that is with the target, and its interval.
    dependence, dependence_low, dependence_high : ndarray
        Share of the source's cooperation that is with the target.
    acceptance : ndarray
        Relative acceptance, C / E - 1.
    asymmetry : ndarray
        (X_ij - X_ji) / (X_ij + X_ji): above 0, the source needs the target more.
    n, evidence, coverage : ndarray
        Events of the dyad; evidence in force, in events, behind the source's whole, and N / (N + 1)
        of it.
    """

    exposure: np.ndarray
    exposure_low: np.ndarray
    exposure_high: np.ndarray
    dependence: np.ndarray
    dependence_low: np.ndarray
    dependence_high: np.ndarray
    acceptance: np.ndarray
    asymmetry: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray


def exposure(
    ties: Ties | Ledger | Events,
    *,
    weights: Mapping[str, float] | None = None,
    directed: bool = True,
    level: float = LEVEL,
) -> ExposureResult:
    """How much of a state's world is this partner, and is that more than their sizes explain?

    ``X_ij = (C + K)_ij / sum_j (C + K)_ij`` (exposure), ``D_ij = C_ij / sum_j C_ij`` (dependence),
    ``R_ij = C_ij / E_ij - 1`` (relative acceptance), E expected under independence with an empty diagonal.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    weights : mapping of domain to weight, optional
        Weights of the composite; equal where not given.
    directed : bool
        True: shares of what the source itself does. False: of all that passes between the two.
    level : float
        Of the intervals.

    Returns
    -------
    ExposureResult
        Exposure and dependence in [0, 1], up means more of the source's world; acceptance in
        [-1, inf), 0 as sizes alone explain; asymmetry in [-1, 1]. NaN: the source has no interaction
        known there (dependence: no cooperation), or (acceptance) no expectation exists, one actor being
        party to everything.

    Raises
    ------
    OptionError
        Weights negative or all 0, or `level` outside (0, 1).
    UnknownLabelError
        A weight for a domain the ties do not have.

    Notes
    -----
    Intervals: Beta(N s + 1/2, N (1 - s) + 1/2), N the evidence in force behind the source's whole, so that silence
    widens them. The composite is the mean over the domains in which the source is seen.

    References
    ----------
    Savage & Deutsch 1960, Econometrica 28:551 (relative acceptance). Kin to the trade intensity index
    less 1, whose expectation takes the margins as they stand instead of fitting both.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> result = exposure(Ledger.post(asean()).ties(), directed=False)
    >>> bool(((result.exposure >= 0) | (result.n == 0)).all())
    True
    """
    ties = ties_of(ties)
    check_level(level)
    omega = ties.axes.domain_weights(weights)
    two_way = ties if directed else ties.both_ways()
    dyads = two_way.axes.dyads
    own, c, c2 = dyads[:, 0], two_way.cooperation, two_way.cooperation2

    def shares(stocks: Sequence[np.ndarray], squares: Sequence[np.ndarray], *, conflict: bool) -> ShareScores:
        whole, whole2 = (
            reduce(np.add, [two_way.axes.by_actor(stock) for stock in column]) for column in (stocks, squares)
        )
        product = joint_by_actor(two_way, conflict=conflict)
        overlap = None if product is None else overlap_of(product, whole2)

        def some(rows: slice) -> ShareScores:
            at = own[rows]
            stock = reduce(np.add, [stock[rows] for stock in stocks])
            evidence = evidence_of(whole[at], whole2[at])
            return shares_beside(
                ratio(stock, whole[at]), evidence, omega, level, None if overlap is None else overlap[at]
            )

        return in_blocks(some, c.shape)

    interaction = shares((c, two_way.conflict), (c2, two_way.conflict2), conflict=True)
    cooperation = shares((c,), (c2,), conflict=False)
    x = interaction.share
    accept = acceptance(c, two_way.axes)
    expected = Composite.from_weights(~np.isnan(accept), np.broadcast_to(0.0, accept.shape), omega, "seen")
    back = two_way.axes.table[dyads[:, 1], dyads[:, 0]]
    x_back = np.where((back >= 0)[:, None, None], x[back], 0.0)
    asymmetry = x - x_back
    x_back += x
    asymmetry = ratio(asymmetry, x_back)
    del x_back
    n = beside(two_way.n, two_way.n.sum(axis=1))
    return ExposureResult(
        recipe={
            "measure": "exposure", "directed": directed, "level": level,
            "weights": dict(zip(ties.axes.domains, omega.tolist(), strict=True)), "decay": ties.ledger.decay,
        },
        axes=two_way.axes, with_composite=True,
        exposure=x, exposure_low=interaction.low, exposure_high=interaction.high,
        dependence=cooperation.share, dependence_low=cooperation.low, dependence_high=cooperation.high,
        acceptance=beside(accept, expected.mean(accept)), asymmetry=asymmetry, n=n,
        evidence=interaction.evidence, coverage=interaction.coverage,
    )  # fmt: skip
