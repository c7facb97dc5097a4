"""How much of a state's world a partner makes up, and whether that is more than size alone explains.

Letters for shapes: A actors, D directed dyads, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from alignscore.axes import Axes
from alignscore.errors import check_level, one_of
from alignscore.events import Events
from alignscore.intervals import LEVEL, ratio
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.measures.composite import Composite, in_blocks, with_composite
from alignscore.measures.dyads.shares import DyadShares, RelianceResult
from alignscore.values import ArrayPart, read_only

TOL, ROUNDS = 1e-13, 2_000  # of the fit to both margins


# ---- formulas on arrays -------------------------------------------------------------------------------
def independence(rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors a, b (A, M) with a_i b_j over i != j having the given margins (A, M); NaN where none exist.

    Iterative proportional fitting to both margins with an empty diagonal. None exist where one actor's
    row and column make up the whole (a star), since its partners' ties among themselves must be 0.
    """
    whole = rows.sum(axis=0)
    feasible = (whole > 0) & ((rows + columns) < whole * (1 - 1e-6)).all(axis=0)
    a, b = np.full_like(rows, np.nan), np.full_like(columns, np.nan)
    open_ = np.flatnonzero(feasible)  # columns still moving
    x, y = np.sqrt(rows[:, open_]), np.sqrt(columns[:, open_])
    for _ in range(ROUNDS):
        if not len(open_):
            break
        before = x
        x = rows[:, open_] / (y.sum(axis=0) - y)
        y = columns[:, open_] / (x.sum(axis=0) - x)
        scale = np.sqrt(x.sum(axis=0) / y.sum(axis=0))  # how a and b split their product is free
        x, y = x / scale, y * scale
        done = np.abs(x - before).max(axis=0) <= TOL * x.max(axis=0)
        a[:, open_[done]], b[:, open_[done]] = x[:, done], y[:, done]
        open_, x, y = open_[~done], x[:, ~done], y[:, ~done]
    return a, b


def factors(c: np.ndarray, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Factors (A, K, T) of senders and receivers whose product is E_ij: `independence` in each domain and period."""
    rows, columns = (axes.by_actor(c, side).reshape(len(axes.actors), -1) for side in (0, 1))
    a, b = independence(rows, columns)
    shape = len(axes.actors), *c.shape[1:]
    return a.reshape(shape), b.reshape(shape)


# ---- the result and the door -----------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class ExposureResult(RelianceResult):
    """Shares per (directed dyad, domain and composite, period): arrays of shape (D, K + 1, T).

    Each is worked out when it is first asked for, by its name or in a frame, and kept.

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
    ties : Ties
        What they are worked out from.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "exposure", "exposure_low", "exposure_high", "dependence", "dependence_low", "dependence_high",
        "acceptance", "asymmetry", "n", "evidence", "coverage",
    )  # fmt: skip

    ties: Ties
    of_interaction: DyadShares

    @cached_property
    def exposure(self) -> np.ndarray:
        """Share of the source's whole interaction that is with the target."""
        return self.of_interaction.share()

    @cached_property
    def _exposure_interval(self) -> np.ndarray:
        return self.of_interaction.intervals(self.recipe["level"])

    exposure_low = ArrayPart("_exposure_interval", 0, "Lower end of the interval of `exposure`.")
    exposure_high = ArrayPart("_exposure_interval", 1, "Upper end of the interval of `exposure`.")

    @cached_property
    def acceptance(self) -> np.ndarray:
        """C / E - 1, E expected under independence with an empty diagonal."""
        c, dyads, omega = self.ties.cooperation, self.axes.dyads, self._omega
        a, b = factors(c, self.axes)

        def some(rows: slice) -> tuple[np.ndarray]:
            source, target = dyads[rows].T
            accept = ratio(c[rows], a[source] * b[target]) - 1
            return (with_composite(accept, Composite.of_known(accept, omega).mean(accept)),)

        return read_only(in_blocks(some, self.shape, 1)[0])

    @cached_property
    def asymmetry(self) -> np.ndarray:
        """(X_ij - X_ji) / (X_ij + X_ji)."""
        x, mine = self.exposure, self.of_interaction
        source, target = self.axes.dyads.T
        back = self.axes.dyads_between(target, source)
        theirs = replace(mine, rows=np.where(back < 0, -1, mine.rows[back]), actor=target)

        def some(rows: slice) -> tuple[np.ndarray]:
            x_back, _ = theirs.of(rows)
            return (ratio(x[rows] - x_back, x[rows] + x_back),)

        return read_only(in_blocks(some, self.shape, 1)[0])

    @cached_property
    def n(self) -> np.ndarray:
        """Events of the dyad."""
        return read_only(with_composite(self.ties.n, self.ties.n.sum(axis=1)))

    @cached_property
    def evidence(self) -> np.ndarray:
        """Evidence in force, in events, behind the source's whole."""
        return self.of_interaction.evidence()

    @cached_property
    def coverage(self) -> np.ndarray:
        """N / (N + 1) of `evidence`; of the composite its weighted mean."""
        return self.of_interaction.coverage()


def exposure(
    ties: Ties | Ledger | Events,
    *,
    weights: Mapping[str, float] | None = None,
    directed: bool = True,
    level: float = LEVEL,
) -> ExposureResult:
    """How much of a state's world is this partner, and is that more than their sizes explain?

    ========== =========================================== ========== ========================================
    score      formula                                     range      up means
    ========== =========================================== ========== ========================================
    exposure   X_ij = (C + K)_ij / sum_j (C + K)_ij        0 .. 1     more of the source's world
    dependence D_ij = C_ij / sum_j C_ij                    0 .. 1     more of the source's cooperation
    acceptance R_ij = C_ij / E_ij - 1                      -1 .. inf  more than sizes alone explain, which is 0
    asymmetry  (X_ij - X_ji) / (X_ij + X_ji)               -1 .. 1    heavier for the source than the reverse
    ========== =========================================== ========== ========================================

    C and K are cooperation and conflict in force from source i to partner j, E the cooperation expected were partners
    chosen by their sizes alone, with nobody a partner of its own.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    weights : mapping of domain to weight, optional
        Weights of the composite; equal where not given. A domain that is not named weighs 1; 0 leaves one out.
    directed : bool
        True: shares of what the source itself does. False, and of undirected ties: of all that passes between the two.
    level : float
        Probability level of the intervals, between 0 and 1.

    Returns
    -------
    ExposureResult
        Exposure and dependence in [0, 1], up means more of the source's world; acceptance in
        [-1, inf), 0 as sizes alone explain; asymmetry in [-1, 1]. NaN: the source has no interaction
        known there (dependence: no cooperation; asymmetry: or the target has none), or (acceptance) no
        expectation exists, one actor being party to everything.

    Raises
    ------
    OptionError
        Weights negative or all 0, or `level` outside (0, 1).
    UnknownLabelError
        A weight for a domain the ties do not have.

    Notes
    -----
    Intervals: Beta(N s + 1/2, N (1 - s) + 1/2), N the evidence in force behind the source's whole, so that silence
    widens them. About one event or less says little of where a share lies: there the interval is drawn to the middle,
    by the part 1 / (N^4 + 1) of the way. The composite is the mean over the domains in which the source is seen; where
    these stand at opposite ends silence may narrow its interval on the way, by up to .08.

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
    one_of("directed", directed, (True, False))
    omega = ties.axes.domain_weights(weights)
    directed = directed and ties.directed
    two_way = ties if directed else ties.both_ways()
    rows = np.arange(len(two_way.axes.dyads))
    own = two_way.axes.dyads[:, 0]
    return ExposureResult(
        {
            "measure": "exposure", "directed": directed, "level": level,
            "weights": ties.axes.by_domain(omega), "decay": ties.ledger.decay,
        },
        two_way.axes, with_composite=True, ties=two_way,
        of_interaction=DyadShares.make(two_way, rows, own, omega, conflict=True),
        reliance=DyadShares.make(two_way, rows, own, omega, conflict=False),
    )  # fmt: skip
