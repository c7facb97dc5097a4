"""Influence of one state over another, from their ties: how wide the channel, how dependent the other.

Letters for shapes: D directed dyads, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from alignscore.axes import Axes
from alignscore.errors import check_level, one_of, renamed
from alignscore.events import Events
from alignscore.intervals import JEFFREYS, LEVEL, z_of
from alignscore.ledger import Direction, Ledger, Ties, check_direction, ties_of
from alignscore.measures.composite import Composite, in_blocks, joint_of_all, overlap_of, with_composite
from alignscore.measures.dyads.shares import DyadShares, RelianceResult
from alignscore.values import ArrayPart, Frozen, read_only

Scale = Literal["all", "period"]
SHARED = 0.7  # correlation of bandwidth with the acts of one side, of two alike


# ---- formulas on arrays -------------------------------------------------------------------------------
def largest(score: np.ndarray, scale: Scale) -> np.ndarray:
    """Largest of scores (D, K, T) of each domain, (1, K, 1), or of each domain and period, (1, K, T); 0 of none."""
    axis = (0, 2) if scale == "all" else (0,)
    return np.asarray(np.fmax.reduce(score, axis=axis, keepdims=True, initial=0.0))


def above_zero(top: np.ndarray) -> np.ndarray:
    """The largest score to divide by; NaN where none is above 0."""
    return np.where(top > 0, top, np.nan)


def square_and_add(
    a: np.ndarray, a_low: np.ndarray, a_high: np.ndarray, b: np.ndarray, b_low: np.ndarray, b_high: np.ndarray,
    correlation: np.ndarray | float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Interval of a product a b >= 0 from those of its factors, by square-and-add on its change.

    The idea is MOVER's (Donner & Zou 2012, Statistical Methods in Medical Research 21:347). With both factors at 0
    the change is their errors' product alone: without it nothing would be certain to stay nothing.
    """

    def reach(by_a: np.ndarray, by_b: np.ndarray) -> np.ndarray:
        """How far the product moves when its factors move so far."""
        shared = 2 * correlation * b * by_a * a * by_b
        return np.asarray(np.sqrt((b * by_a) ** 2 + (a * by_b) ** 2 + (by_a * by_b) ** 2 + shared))

    low = a * b - reach(a - a_low, b - b_low)
    high = a * b + reach(a_high - a, b_high - b)
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def scaled_error(value: np.ndarray, se: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Standard error of a score over its largest, which is 1: that of the largest, `error`, counts but for itself."""
    return np.where(value == 1, se, np.sqrt(se**2 + (value * error) ** 2))


def over_peak(
    value: np.ndarray, low: np.ndarray, high: np.ndarray, less: np.ndarray, more: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a score over its largest, which is 1, by square-and-add for a ratio.

    `low` and `high` are over the largest as well; `less` and `more` are how far those of the largest lie from it.
    """
    below, above = scaled_error(value, value - low, more), scaled_error(value, high - value, less)
    return np.maximum(value - below, 0.0), np.minimum(value + above, 1.0)


# ---- the result and the door -----------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Channel(Frozen):
    """What passes between two, both ways: arrays of P pairs (P, K, T).

    Attributes
    ----------
    pair : ndarray of int, (D,)
        Pair of each directed dyad.
    n, cooperation, cooperation2 : ndarray
    unseen : ndarray, (K, 1)
        What half an unseen event adds to the squares: no channel is known for certain.
    sharing : ndarray of int, (J,), or None
        Pairs in which domains share acts.
    products : ndarray, (J, Q, T), or None
        Products of these acts (`joint_of_all`).
    """

    pair: np.ndarray
    n: np.ndarray
    cooperation: np.ndarray
    cooperation2: np.ndarray
    unseen: np.ndarray
    sharing: np.ndarray | None
    products: np.ndarray | None

    @classmethod
    def make(cls, ties: Ties) -> tuple[Axes, Channel]:
        """Axes of both directions of each pair, and the channels of them."""
        once = ties.undirected()
        axes, pair = once.axes.both_ways()
        n, c, c2 = once.n, once.cooperation, once.cooperation2
        if once is not ties:  # parts of one array of six, of which the others are not needed
            n, c, c2 = n.copy(), c.copy(), c2.copy()
        unseen = JEFFREYS * once.event_mass[:, None] ** 2
        sharing, products = joint_of_all(once, conflict=False) or (None, None)
        return axes, cls(pair, n, c, c2, unseen, sharing, products)

    def largest(self, scale: Scale) -> np.ndarray:
        """Widest channel of each domain, to divide by."""
        return above_zero(np.log1p(largest(self.cooperation, scale)))

    def error(self, pairs: np.ndarray) -> np.ndarray:
        """Standard errors of the widths of some channels by the delta method, unscaled."""
        square = np.maximum(self.cooperation2[pairs] + self.unseen, 0.0)
        return np.asarray(np.sqrt(square) / (1 + self.cooperation[pairs]))

    def overlap(self) -> np.ndarray | None:
        """What two domains share of a pair's cooperation, (P, Q, T)."""
        if self.sharing is None or self.products is None:
            return None
        out = np.zeros((len(self.n), *self.products.shape[1:]))
        out[self.sharing] = overlap_of(self.products, self.cooperation2[self.sharing])
        return out


@dataclass(frozen=True, eq=False, repr=False)
class InfluenceResult(RelianceResult):
    """Influence of the source over the target, per (dyad, domain and composite, period): (D, K + 1, T).

    Each array is worked out when it is first asked for, by its name or in a frame, and kept.

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
    channel : Channel
    reliance : DyadShares
        What all these are worked out from.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "influence", "influence_low", "influence_high", "bandwidth", "bandwidth_low", "bandwidth_high",
        "dependence", "dependence_low", "dependence_high", "n", "evidence", "coverage",
    )  # fmt: skip
    SHORT: ClassVar[tuple[str, ...]] = (
        "influence", "influence_low", "influence_high", "bandwidth", "dependence", "n", "evidence", "coverage",
    )  # fmt: skip

    channel: Channel

    @cached_property
    def influence(self) -> np.ndarray:
        """Bandwidth times dependence, over the largest of its domain."""
        score = in_blocks(lambda rows: (self.bandwidth[rows] * self.reliance.of(rows)[0],), self.shape, 1)[0]
        score /= above_zero(largest(score, self.recipe["scale"]))
        return read_only(score)

    @cached_property
    def _influence_interval(self) -> np.ndarray:
        score, scale = self.influence, self.recipe["scale"]
        one, other = self._bandwidth_interval, self._dependence_interval

        def product(rows: slice | np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            b, d = self.bandwidth[rows], self.dependence[rows]
            low, high = square_and_add(
                b, one[0, rows], one[1, rows], d, other[0, rows], other[1, rows], SHARED * np.sqrt(1 - d)
            )
            return b * d, low, high

        first = _at_top(score)
        value, low, high = (np.where(score[first] == 1, x, np.nan) for x in product(first))
        peak = above_zero(largest(value, scale))
        less, more = (largest(gap / peak, scale) for gap in (value - low, high - value))

        def some(rows: slice) -> tuple[np.ndarray, np.ndarray]:
            _, low, high = product(rows)
            return over_peak(score[rows], low / peak, high / peak, less, more)

        return read_only(in_blocks(some, self.shape, 2))

    influence_low = ArrayPart("_influence_interval", 0, "Lower end of the interval of `influence`.")
    influence_high = ArrayPart("_influence_interval", 1, "Upper end of the interval of `influence`.")

    @cached_property
    def bandwidth(self) -> np.ndarray:
        """ln(1 + C_ij + C_ji), over the largest of its domain; NaN where the target's dependence is."""
        channel, relied, scale = self.channel, self.reliance, self.recipe["scale"]
        top = channel.largest(scale)

        def some(rows: slice) -> tuple[np.ndarray]:
            actor = relied.actor[rows]
            width = np.log1p(channel.cooperation[channel.pair[rows]]) / top
            width[np.isnan(relied.whole[actor])] = np.nan
            return (relied.wholes.take(actor).with_composite(width),)

        out = in_blocks(some, self.shape, 1)[0]
        out[:, -1:] /= above_zero(largest(out[:, -1:], scale))
        return read_only(out)

    @cached_property
    def _bandwidth_interval(self) -> np.ndarray:
        channel = self.channel
        scale = self.recipe["scale"]
        z = z_of(self.recipe["level"])
        b, total = self.bandwidth[:, :-1], self.bandwidth[:, -1:]
        top, overlap = channel.largest(scale), channel.overlap()

        def unscaled(rows: slice | np.ndarray) -> np.ndarray:
            return np.asarray(channel.error(channel.pair[rows]) / top)

        first = _at_top(b)
        error = largest(np.where(b[first] == 1, unscaled(first), np.nan), scale)

        def errors(rows: slice | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Errors of the domains, and of their composite before it is divided by the largest."""
            se = scaled_error(b[rows], unscaled(rows), error)
            common = None if overlap is None else overlap[channel.pair[rows]]
            return se, self._composite(rows).sd(se, common)[:, None]

        first = _at_top(total)
        best = np.where(total[first] == 1, self._composite(first).mean(b[first])[:, None], np.nan)
        peak = above_zero(largest(best, scale))
        total_error = largest(np.where(total[first] == 1, errors(first)[1], np.nan) / peak, scale)

        def some(rows: slice) -> tuple[np.ndarray, np.ndarray]:
            se, total_se = errors(rows)
            width = self.bandwidth[rows]
            se = np.concatenate([se, scaled_error(total[rows], total_se / peak, total_error)], axis=1)
            return np.clip(width - z * se, 0, 1), np.clip(width + z * se, 0, 1)

        return read_only(in_blocks(some, self.shape, 2))

    def _composite(self, rows: slice | np.ndarray) -> Composite:
        return self.reliance.wholes.take(self.reliance.actor[rows]).composite

    bandwidth_low = ArrayPart("_bandwidth_interval", 0, "Lower end of the interval of `bandwidth`.")
    bandwidth_high = ArrayPart("_bandwidth_interval", 1, "Upper end of the interval of `bandwidth`.")

    @cached_property
    def n(self) -> np.ndarray:
        """Events between the two, both ways."""
        n = self.channel.n
        return read_only(with_composite(n, n.sum(axis=1))[self.channel.pair])

    @cached_property
    def evidence(self) -> np.ndarray:
        """Evidence in force, in events, behind the target's whole."""
        return self.reliance.evidence()

    @cached_property
    def coverage(self) -> np.ndarray:
        """Share of domain weight seen."""
        return self.reliance.coverage()


@renamed(acts=("direction", {"own": "out", "received": "in"}))
def influence(
    ties: Ties | Ledger | Events,
    *,
    weights: Mapping[str, float] | None = None,
    direction: Direction = "out",
    scale: Scale = "all",
    level: float = LEVEL,
) -> InfluenceResult:
    """Ask how much pull the source could have over the target, through the ties between them.

    ========== ====================================== =====================================
    score      formula                                up means
    ========== ====================================== =====================================
    bandwidth  B_ij = ln(1 + C_ij + C_ji)             a wider channel between the two
    dependence D_ij = C_ij / sum_j C_ij               more of the target's own cooperation
    influence  B_ij D_ij                              more pull of the source
    ========== ====================================== =====================================

    i is the target and j the source, C_ij the cooperation in force from i to j. Each score lies in [0, 1]; bandwidth and
    influence are divided by their largest.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    weights : mapping of domain to weight, optional
        Weights of the domains in the composite, equal where not given. A domain that is not named weighs 1; 0 leaves
        one out. Dependence and bandwidth, each over the largest of its domain, are means over the domains in which
        the target cooperates with anyone; their product is the composite influence.
    direction : {'out', 'in', 'both'}
        Which acts make the target's dependence: its own (C_ij), the source's towards it (what it is
        given: aid, loans, arms), or both.
    scale : {'all', 'period'}
        Over which rows the largest is 1: of all periods, so that years compare, or of each period.
    level : float
        Probability level of the intervals, between 0 and 1.

    Returns
    -------
    InfluenceResult
        In [0, 1], up means more pull; comparable within one domain and one call only. NaN: no
        cooperation of the target with anyone is known there.

    Raises
    ------
    OptionError
        `direction` other than 'both' on undirected ties; weights negative or all 0; an option out of range.
    UnknownLabelError
        A weight for a domain the ties do not have.

    Notes
    -----
    Influence measures capacity, not friendliness. The logarithm of bandwidth depends on the unit of the weights, as no other
    score of ties does: of trade in dollars, wide and narrow channels stand nearer together than of trade in billions.

    Intervals: that of bandwidth is by the delta method, with half an event
    unseen; that of dependence is a Beta's with the evidence in force; that of their product is made of both by
    square-and-add, and counts the error of the largest, over which each stands.

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
    check_direction(ties, direction)
    one_of("scale", scale, ("all", "period"))
    check_level(level)
    omega = ties.axes.domain_weights(weights)
    axes, channel = Channel.make(ties)  # row (j, i): j the source of influence, i its target
    source, target = axes.dyads.T
    own = ties.both_ways() if direction == "both" else ties
    inward = direction == "in"
    rows = own.axes.dyads_between(source, target) if inward else own.axes.dyads_between(target, source)
    return InfluenceResult(
        {
            "measure": "influence", "direction": direction, "scale": scale, "level": level,
            "weights": ties.axes.by_domain(omega), "decay": ties.ledger.decay,
        },
        axes, with_composite=True, channel=channel,
        reliance=DyadShares.make(own, rows, target, omega, conflict=False, side=int(inward)),
    )  # fmt: skip


def _at_top(score: np.ndarray) -> np.ndarray:
    """Rows of scores over their largest (D, K, T) in which any is the largest."""
    return np.flatnonzero((score == 1).any(axis=(1, 2)))
