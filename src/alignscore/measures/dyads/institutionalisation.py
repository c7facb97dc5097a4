"""How institutional a relation is: what stands by agreement, and what would be left if nothing new happened.

Letters for shapes: D dyads, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from alignscore.decay import DAYS_PER_YEAR, Cumulative, HalfLife
from alignscore.errors import within
from alignscore.events import Events
from alignscore.intervals import LEVEL, evidence_of, ratio
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.measures.composite import Composite, overlap_of_dyads, shares_beside, with_composite
from alignscore.measures.dyads.result import DyadResult


@dataclass(frozen=True, eq=False, repr=False)
class InstitutionResult(DyadResult):
    """Shares per (dyad, domain and composite, period): arrays of shape (D, K + 1, T).

    Attributes
    ----------
    standing, standing_low, standing_high : ndarray
        Share of the cooperation in force that stands, and its interval.
    left : ndarray
        Share that would be in force after `years` with no new events; NaN where the ties fade by no half-life.
    mechanisms : ndarray
        Standing events in force, a mutual one counted once in each direction; an imprecise date counts by parts.
    n, evidence, coverage : ndarray
        Events of the dyad; evidence in force, in events, behind its cooperation, and N / (N + 1) of it.
    """

    standing: np.ndarray
    standing_low: np.ndarray
    standing_high: np.ndarray
    left: np.ndarray
    mechanisms: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray


def institutionalisation(
    ties: Ties | Ledger | Events,
    *,
    years: float = 5.0,
    weights: Mapping[str, float] | None = None,
    directed: bool = True,
    level: float = LEVEL,
) -> InstitutionResult:
    """How institutional is a relation: a visit fades, a standing mechanism stays?

    ``standing = S / C``, S the cooperation of what stands (treaties, mechanisms, partnerships while in force), C
    all cooperation in force. ``left = sum_r C_r 2^(-years / h_r) / C`` over the rates of fading r, the
    standing one (h infinite) among them: what would remain with no new events.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    years : float
        Horizon of `left`.
    weights : mapping of domain to weight, optional
        Weights of the composite; equal where not given. A domain that is not named weighs 1; 0 leaves one out.
    directed : bool
        False adds both directions of each pair first.
    level : float
        Probability level of the intervals, between 0 and 1.

    Returns
    -------
    InstitutionResult
        In [0, 1]; up means more of the tie is carried by institutions. `left` lies between `standing` and 1.
        NaN: no cooperation is known there. Unit-free.

    Raises
    ------
    OptionError
        `years` below 0 or infinite, weights negative or all 0, or `level` outside (0, 1).
    UnknownLabelError
        A weight for a domain the ties do not have.

    Notes
    -----
    The interval is that of Beta(N s + 1/2, N (1 - s) + 1/2), N the evidence in force, with about one event or less
    drawn to the middle by N^4 / (N^4 + 1); the composite is the mean over the domains in which there is any cooperation.
    What stands is a judgement of the codebook (`Kind.standing`), and that it stays is the assumption `left`
    rests on: an end agreed for a later date counts in `Ties.project`, not here. What ends on a period's last day
    stands no more at its end. Conflict is left out: a standing embargo institutionalises another relation than a pact.

    References
    ----------
    The idea that alliances differ by their institutions: Leeds & Anac 2005, International Interactions 31:183.
    The share is this library's own.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> pair = Ledger.post(asean()).ties().between("KHM", "CHN")
    >>> frame = institutionalisation(pair, directed=False).to_frame()
    >>> now = frame[frame["domain"] == "composite"].iloc[-1]
    >>> bool(now["standing_low"] < now["standing"] < now["left"] < 1)
    True
    """
    ties = ties_of(ties, directed=directed)
    within("years", years, 0.0, open_high=True)
    omega = ties.axes.domain_weights(weights)
    c, what_stands = ties.cooperation, ties.at_rate(0)
    evidence = evidence_of(c, ties.cooperation2)
    overlap = overlap_of_dyads(ties, conflict=False)
    found = shares_beside(ratio(what_stands.cooperation, c), evidence, omega, level, overlap)
    left = ratio(_left_after(ties, years), c)
    left_of_all = Composite.of_known(left, omega).mean(left)
    count = np.maximum(what_stands.n, 0.0)
    recipe = {
        "measure": "institutionalisation",
        "years": years,
        "directed": ties.directed,
        "level": level,
        "weights": ties.axes.by_domain(omega),
        "decay": ties.ledger.decay,
    }
    return InstitutionResult(
        recipe=recipe, axes=ties.axes, with_composite=True,
        standing=found.share, standing_low=found.low, standing_high=found.high,
        left=with_composite(left, left_of_all), mechanisms=with_composite(count, count.sum(axis=1)),
        n=with_composite(ties.n, ties.n.sum(axis=1)), evidence=found.evidence, coverage=found.coverage,
    )  # fmt: skip


def _left_after(ties: Ties, years: float) -> np.ndarray:
    """Cooperation in force after some years with no new events, (D, K, T); NaN where no half-life says."""
    ledger = ties.ledger
    if not isinstance(ledger.decay, HalfLife | Cumulative):
        return np.full(ties.cooperation.shape, np.nan)
    left = np.zeros(ties.cooperation.shape)
    for rate, share in enumerate(np.exp2(-years * DAYS_PER_YEAR / ledger.half_lives)):  # 1 of what stands
        left += ties.at_rate(rate).cooperation * share
    return left
