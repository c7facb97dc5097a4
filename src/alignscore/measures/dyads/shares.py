"""What part of an actor's whole each of its dyads makes up, worked out a block of dyads at a time when asked for.

Letters for shapes: A actors, D dyads, R rows of the stocks, K domains, T periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial, reduce

import numpy as np

from alignscore.intervals import beta_intervals, evidence_of
from alignscore.ledger import Ties
from alignscore.measures.composite import Wholes, in_blocks, joint_by_actor, overlap_of
from alignscore.measures.dyads.result import DyadResult
from alignscore.values import ArrayPart, Frozen, read_only


@dataclass(frozen=True, eq=False, repr=False)
class DyadShares(Frozen):
    """Shares (D, K + 1, T) of stocks in the wholes of actors, the last domain their composite.

    Attributes
    ----------
    cooperation, conflict : ndarray, (R, K, T)
        Added, they are what a dyad has of its actor's whole; None where conflict is no part of it.
    rows : ndarray of int, (D,)
        Row of each dyad in the stocks; -1 where it has none, and its share is 0.
    actor : ndarray of int, (D,)
        Code of the actor whose whole each dyad is part of.
    whole : ndarray, (A, K, T)
        NaN where nothing is in force.
    wholes : Wholes
        What is known of the actors' wholes.
    """

    cooperation: np.ndarray
    conflict: np.ndarray | None
    rows: np.ndarray
    actor: np.ndarray
    whole: np.ndarray
    wholes: Wholes

    @classmethod
    def make(
        cls,
        ties: Ties,
        rows: np.ndarray,
        actor: np.ndarray,
        omega: np.ndarray,
        *,
        conflict: bool,
        side: int = 0,
    ) -> DyadShares:
        """Shares of dyads in the cooperation of their actor, or with `conflict` in all interaction.

        Wholes are of an actor's own acts, or with `side` 1 of those toward it.
        """
        columns = [(ties.cooperation, ties.cooperation2)]
        if conflict:
            columns.append((ties.conflict, ties.conflict2))
        stocks, squares = zip(*columns, strict=True)
        by_actor = partial(ties.axes.by_actor, side=side)
        whole, whole2 = (reduce(np.add, map(by_actor, each)) for each in (stocks, squares))
        product = joint_by_actor(ties, conflict=conflict, side=side)
        overlap = None if product is None else overlap_of(product, whole2)
        wholes = Wholes.make(whole > 0, evidence_of(whole, whole2), omega, overlap)
        known = np.where(whole > 0, whole, np.nan)
        return cls(ties.cooperation, ties.conflict if conflict else None, rows, actor, known, wholes)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of the shares, (D, K + 1, T)."""
        _, K, T = self.whole.shape
        return len(self.rows), K + 1, T

    def of(self, dyads: slice | np.ndarray) -> tuple[np.ndarray, Wholes]:
        """Shares of some dyads, and the wholes they are parts of."""
        rows, actor = self.rows[dyads], self.actor[dyads]
        part: np.ndarray = self.cooperation[rows]
        if self.conflict is not None:
            part += self.conflict[rows]
        part[rows < 0] = 0.0
        part /= self.whole[actor]
        wholes = self.wholes.take(actor)
        return wholes.with_composite(part), wholes

    def share(self) -> np.ndarray:
        """Shares of all dyads, (D, K + 1, T)."""
        return read_only(in_blocks(lambda dyads: self.of(dyads)[:1], self.shape, 1)[0])

    def intervals(self, level: float) -> np.ndarray:
        """Low and high ends, (2, D, K + 1, T)."""
        interval = beta_intervals(level, int(np.prod(self.shape)))
        of_none = self.wholes.quantiles_of_none(interval)

        def some(dyads: slice) -> tuple[np.ndarray, np.ndarray]:
            share, wholes = self.of(dyads)
            return wholes.intervals(share, interval, of_none.take(self.actor[dyads], axis=1))

        return read_only(in_blocks(some, self.shape, 2))

    def evidence(self) -> np.ndarray:
        """Evidence in force, in events, behind the whole of each dyad's actor."""
        return read_only(self.wholes.evidence_beside()[self.actor])

    def coverage(self) -> np.ndarray:
        """N / (N + 1) of that evidence; of the composite its weighted mean."""
        return read_only(self.wholes.coverage_beside()[self.actor])


@dataclass(frozen=True, eq=False, repr=False)
class RelianceResult(DyadResult):
    """A result of columns (D, K + 1, T) that are worked out when asked for, dependence among them.

    Attributes
    ----------
    dependence, dependence_low, dependence_high : ndarray
        Share of a state's cooperation that is with its partner.
    reliance : DyadShares
        What dependence is worked out from.
    """

    reliance: DyadShares

    @property
    def _undirected(self) -> bool:
        return False  # what passes both ways is another share of each one's whole

    @cached_property
    def dependence(self) -> np.ndarray:
        """Share of a state's cooperation that is with its partner."""
        return self.reliance.share()

    @cached_property
    def _dependence_interval(self) -> np.ndarray:
        return self.reliance.intervals(self.recipe["level"])

    dependence_low = ArrayPart("_dependence_interval", 0, "Lower end of the interval of `dependence`.")
    dependence_high = ArrayPart("_dependence_interval", 1, "Upper end of the interval of `dependence`.")
