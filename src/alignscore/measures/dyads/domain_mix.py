"""What a relation is made of: shares of the domains in its cooperation, and how the mix shifts.

Letters for shapes: K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
import pandas as pd

from alignscore.axes import period_position
from alignscore.errors import OptionError, one_of, renamed
from alignscore.events import Events
from alignscore.intervals import LEVEL, beta_interval, evidence_of, ratio, share_posterior
from alignscore.ledger import Direction, Ledger, Ties, check_direction, ties_of
from alignscore.measures.composite import joint_of_all
from alignscore.results import Result

Contents = Literal["cooperation", "interaction"]


# ---- formulas on arrays -------------------------------------------------------------------------------
def shares(stock: np.ndarray) -> np.ndarray:
    """Share of each domain in the whole of its period, (K, T); NaN where there is nothing."""
    return ratio(stock, stock.sum(axis=0))


def total_variation(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Half the sum of absolute differences of two mixes along the first axis, 0 to 1."""
    return np.asarray(np.abs(after - before).sum(axis=0) / 2)


def sampling_variation(before: np.ndarray, after: np.ndarray, n0: float, n1: float) -> float:
    """Total variation that two samples of one mix would show by chance (normal approximation).

    Each share then differs by a normal deviate of variance s(1 - s)(1/n0 + 1/n1), s the pooled share;
    the mean size of a deviate is sqrt(2/pi) of its standard deviation.
    """
    if not (n0 > 0 and n1 > 0):
        return float("nan")
    pooled = (n0 * before + n1 * after) / (n0 + n1)
    deviation = np.sqrt(np.maximum(pooled * (1 - pooled), 0) * (1 / n0 + 1 / n1))
    return float(np.sqrt(2 / np.pi) * deviation.sum() / 2)


# ---- the results --------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class DomainMixResult(Result):
    """Shares of the domains in one relation: arrays (K, T), a path on the simplex.

    Attributes
    ----------
    a, b : str
    domains : tuple of str
    periods : pandas.PeriodIndex
    share, low, high : ndarray
        Shares, adding to 1 over the domains of a period, and their intervals.
    n : ndarray
        Events booked in the domain.
    evidence : ndarray
        Effective events behind the whole mix of the period, the same for each domain.
    """

    FIGURE: ClassVar[str | None] = "domain_mix"
    LABELS: ClassVar[Mapping[str, str]] = {"domain": "domains", "period": "periods"}

    a: str
    b: str
    domains: tuple[str, ...]
    periods: pd.PeriodIndex
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    evidence: np.ndarray

    def shift(self, start: object, end: object) -> MixShiftResult:
        """How did the mix move between two dates, and is that more than chance?

        Differences of shares ``s_1 - s_0``, which add to 0, and their total variation
        ``sum abs(s_1 - s_0) / 2``: the share of the relation that changed domain.

        Parameters
        ----------
        start, end : period, date or year

        Returns
        -------
        MixShiftResult
            `difference` in [-1, 1], up means a larger share; `distance` in [0, 1]. NaN: nothing is
            known at one of the dates.

        Raises
        ------
        OptionError
            What is no date, one outside the periods, or both in one.

        Notes
        -----
        Intervals of differences are put together from the two intervals by square-and-add
        (Newcombe 1998, Statistics in Medicine 17:873), as if the dates were independent. Events that have
        not faded stand in both, so that the intervals err on the wide side. `noise` is the distance that
        two samples of these sizes from one unchanged mix would show on average: a distance not well above
        it says nothing.

        Examples
        --------
        >>> from alignscore.datasets import asean
        >>> moved = domain_mix(asean(), "KHM", "CHN").shift(2015, 2026)
        >>> dict(zip(moved.domains, moved.difference.round(2).tolist()))
        {'economic': ..., 'diplomatic': ..., 'security': ...}
        """
        at0, at1 = (period_position(self.periods, label) for label in (start, end))
        if at0 == at1:
            raise OptionError(f"start and end both lie in {self.periods[at0]}; a shift needs two periods.")
        s0, s1 = self.share[:, at0], self.share[:, at1]
        low = s1 - s0 - np.hypot(s1 - self.low[:, at1], self.high[:, at0] - s0)
        high = s1 - s0 + np.hypot(self.high[:, at1] - s1, s0 - self.low[:, at0])
        when = {"measure": "domain_mix.shift", "start": self.periods[at0], "end": self.periods[at1]}
        return MixShiftResult(
            recipe={**self.recipe, **when}, domains=self.domains, before=s0, after=s1, difference=s1 - s0,
            low=np.maximum(low, -1.0), high=np.minimum(high, 1.0), distance=float(total_variation(s0, s1)),
            noise=sampling_variation(s0, s1, float(self.evidence[0, at0]), float(self.evidence[0, at1])),
        )  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class MixShiftResult(Result):
    """Move of a mix between two dates: arrays (K,).

    Attributes
    ----------
    domains : tuple of str
    before, after : ndarray
        Shares at the two dates.
    difference, low, high : ndarray
        Their difference and its interval.
    distance : float
        Total variation distance of the two mixes.
    noise : float
        Distance that sampling alone would show on average.
    """

    MAIN: ClassVar[str] = "difference"
    LABELS: ClassVar[Mapping[str, str]] = {"domain": "domains"}

    domains: tuple[str, ...]
    before: np.ndarray
    after: np.ndarray
    difference: np.ndarray
    low: np.ndarray
    high: np.ndarray
    distance: float
    noise: float


# ---- the door -----------------------------------------------------------------------------------------
@renamed(substance=("tie", {}))
def domain_mix(
    ties: Ties | Ledger | Events,
    a: str,
    b: str,
    *,
    tie: Contents = "cooperation",
    direction: Direction = "both",
    level: float = LEVEL,
) -> DomainMixResult:
    """What is a relation made of: how much of its cooperation is economic, diplomatic, security?

    ``s_d = C_d / sum_d C_d``, per period: a path on the simplex of domains.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    a, b : str
    tie : {'cooperation', 'interaction'}
        C, or C + K: what passes between the two, friendly or not.
    direction : {'both', 'out', 'in'}
        Acts of both sides (a mutual one is one event, of the mass of both), of `a` only, or of `b` only.
    level : float
        Probability level of the intervals, between 0 and 1.

    Returns
    -------
    DomainMixResult
        Shares in [0, 1], adding to 1 in each period; up means more of the relation lies in that domain.
        NaN: nothing is known in that period. `evidence` and intervals beside them.

    Raises
    ------
    UnknownLabelError
        An actor that is neither in the ties nor a state; of a state that no event names all is NaN.
    OptionError
        The two are in the ties and never meet in the events, or an option is not among its choices.

    Notes
    -----
    Sums of masses are compared across domains here, so they must share one scale, as values of one
    codebook do; with weights in dollars in one domain and counts in another the mix means nothing.
    Intervals: of K domains and N = (sum C)^2 / sum C2 events in force over all of them, the Dirichlet(N s + 1/2):
    one domain against the rest is Beta(N s + 1/2, N (1 - s) + (K - 1)/2).

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> mix = domain_mix(asean(), "KHM", "CHN")
    >>> bool(np.allclose(mix.share[:, -1].sum(), 1))
    True
    """
    ties = ties_of(ties, touching=[a])
    one_of("tie", tie, get_args(Contents))
    check_direction(ties, direction)
    pair = _one_dyad(ties, a, b, direction)
    mass, mass2 = pair.cooperation, pair.cooperation2
    if tie == "interaction":
        mass, mass2 = mass + pair.conflict, mass2 + pair.conflict2
    c, square = mass.sum(axis=0), mass2.sum(axis=(0, 1))
    shared = joint_of_all(pair, conflict=tie == "interaction")
    if shared is not None:  # an act that stands in two domains is one, of the mass of both
        square = square + 2 * shared[1].sum(axis=(0, 1))
    share = shares(c)
    evidence = np.broadcast_to(evidence_of(c.sum(axis=0), square), share.shape)
    mean, events = share_posterior(share, evidence[0], axis=0)
    low, high = beta_interval(np.where(np.isnan(share), np.nan, mean), events, level)
    low, high = np.minimum(low, share), np.maximum(high, share)
    recipe = {
        "measure": "domain_mix", "a": a, "b": b, "tie": tie, "direction": direction,
        "level": level, "decay": ties.ledger.decay,
    }  # fmt: skip
    return DomainMixResult(
        recipe=recipe, a=str(a), b=str(b), domains=pair.axes.domains, periods=pair.axes.periods,
        share=share, low=low, high=high, n=pair.n.sum(axis=0), evidence=evidence,
    )  # fmt: skip


def _one_dyad(ties: Ties, a: str, b: str, direction: Direction) -> Ties:
    """Ties of the pair as one dyad: undirected, or one direction of it."""
    pair = ties.between(a, b)
    if direction == "both":
        return pair.undirected()
    doer, other = (a, b) if direction == "out" else (b, a)
    at = pair.axes.dyad(doer, other)
    if at is None:
        raise OptionError(f"no event of {doer!r} toward {other!r} is known.")
    return pair._selected(np.array([at]), slice(None), slice(None))
