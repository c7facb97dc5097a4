"""One score of one relation or one state, as a choice that `impact`, `change` and `what_if` can take apart.

Letters for shapes: G readings of one actor, M domains and composite, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from alignscore.axes import COMPOSITE
from alignscore.errors import OptionError, in_order, one_of, within
from alignscore.ledger.ties import Ties
from alignscore.measures.composite import DOMAINS, Domains, beside
from alignscore.measures.dyads.alignment import alignment
from alignscore.measures.states.hedging import Direction, Tie, hedging

DyadField = Literal["alignment", "log_ratio", "ambivalence", "net", "tone"]
StateField = Literal[
    "position", "position_raw", "engagement", "diversification", "diversification_corrected", "hedging",
    "mixing", "alternating", "compartmentalising", "balance", "equitability",
]  # fmt: skip
BY_DOMAIN = ("position", "position_raw", "diversification")  # state scores that exist domain by domain


@dataclass(frozen=True)
class Reading:
    """Values of one score: domains (the last may be the composite), score and events behind it, (G, M, T)."""

    domains: tuple[str, ...]
    score: np.ndarray
    n: np.ndarray


@dataclass(frozen=True)
class AlignmentOf:
    """Alignment of one state with another, as `alignment` gives it with the same options.

    Parameters
    ----------
    source, target : str
    field : {'alignment', 'log_ratio', 'ambivalence', 'net', 'tone'}
        Which column of `alignment`.
    weights : mapping of domain to weight, optional
        Of the composite; equal where not given.
    prior : float, optional
        Prior mass; the mass of one event where not given, in every version that of the factual table.
    directed : bool
        True: acts of the source on the target, and mutual ones. False: of both sides.
    domains : {'all', 'seen'}
        Of the composite.

    Raises
    ------
    OptionError
        `field` is not one of these, `prior` is below 0, or both names are the same.

    Examples
    --------
    >>> AlignmentOf("KHM", "CHN").partners
    ('CHN',)
    """

    source: str
    target: str
    field: DyadField = "alignment"
    weights: Mapping[str, float] | None = None
    prior: float | None = None
    directed: bool = True
    domains: Domains = "all"

    def __post_init__(self) -> None:
        one_of("field", self.field, ("alignment", "log_ratio", "ambivalence", "net", "tone"))
        if self.prior is not None:
            within("prior", self.prior, 0.0, open_high=True)
        if self.source == self.target:
            raise OptionError(f"source and target are both {self.source!r}; name two states.")
        one_of("domains", self.domains, DOMAINS)

    @property
    def actor(self) -> str:
        """State whose ties the score reads."""
        return self.source

    @property
    def partners(self) -> tuple[str, ...] | None:
        """Partners whose ties with the actor it reads; None for all."""
        return (self.target,)

    def read(self, ties: Ties, actors: Sequence[str] | None = None) -> Reading:
        """Score in all domains and periods, for the actor or for several in its place."""
        result = alignment(
            ties, weights=self.weights, prior=self.prior, directed=self.directed, domains=self.domains
        )
        axes = result.axes
        focus, (target,) = axes.actor_codes(actors or (self.source,)), axes.actor_codes((self.target,))
        at = axes.table[focus, target]
        if not self.directed:
            at = np.maximum(at, axes.table[target, focus])
        known = (at >= 0)[:, None, None]
        score = np.where(known, getattr(result, self.field)[at], np.nan)
        n = np.where(known, result.n[at], 0.0)
        return Reading((*axes.domains, COMPOSITE), score, n)


@dataclass(frozen=True)
class HedgingOf:
    """Any score of one state between powers, as `hedging` gives it with the same options.

    Parameters
    ----------
    state : str
    powers : sequence of str
        Two or more; two for a position, which runs from the first to the second.
    field : str
        A column of `hedging`: 'hedging', 'position', 'position_raw', 'engagement', 'diversification',
        'diversification_corrected', 'mixing', 'alternating', 'compartmentalising', 'balance',
        'equitability'.
    weights : mapping of domain to weight, optional
    tie : {'cooperation', 'net'}
    direction : {'both', 'out', 'in'}
    window : int, optional

    Raises
    ------
    OptionError
        `field` is not one of these, a power is the state itself, or a position is asked between other
        than two powers.

    Examples
    --------
    >>> HedgingOf("KHM", ("CHN", "USA"), field="mixing").partners
    ('CHN', 'USA')
    """

    state: str
    powers: Sequence[str]
    field: StateField = "hedging"
    weights: Mapping[str, float] | None = None
    tie: Tie = "cooperation"
    direction: Direction = "both"
    window: int | None = None
    FIELDS: ClassVar[tuple[str, ...]] = StateField.__args__  # type: ignore[attr-defined]

    def __post_init__(self) -> None:
        in_order("powers", self.powers)
        object.__setattr__(self, "powers", tuple(self.powers))
        one_of("field", self.field, self.FIELDS)
        if self.state in self.powers:
            raise OptionError(f"{self.state!r} is named both as a state and as a power.")
        if self.field.startswith("position") and len(self.powers) != 2:
            raise OptionError(f"a position lies between two powers; {len(self.powers)} are named.")

    @property
    def actor(self) -> str:
        """State whose ties the score reads."""
        return self.state

    @property
    def partners(self) -> tuple[str, ...] | None:
        """Partners whose ties with the actor it reads; None for all."""
        return None if self.field in ("engagement", "hedging") else tuple(self.powers)

    def read(self, ties: Ties, actors: Sequence[str] | None = None) -> Reading:
        """Score in all domains and periods, for the state or for several in its place."""
        result = hedging(
            ties, powers=self.powers, states=actors or (self.state,), weights=self.weights, tie=self.tie,
            direction=self.direction, window=self.window, draws=0,
        )  # fmt: skip
        score = getattr(result, self.field)
        if self.field not in BY_DOMAIN:
            return Reading((COMPOSITE,), score[:, None], result.n[:, None])
        by = result.domains
        return Reading(
            (*by.domains, COMPOSITE), beside(getattr(by, self.field), score), beside(by.n, result.n)
        )


@dataclass(frozen=True)
class PositionOf(HedgingOf):
    """Position of one state between two powers: `HedgingOf` with that field.

    Examples
    --------
    >>> PositionOf("KHM", ("CHN", "USA")).field
    'position'
    """

    field: StateField = "position"


@dataclass(frozen=True)
class DiversificationOf(HedgingOf):
    """How widely one state spreads its ties over powers: `HedgingOf` with that field.

    Examples
    --------
    >>> DiversificationOf("KHM", ("CHN", "USA")).field
    'diversification'
    """

    field: StateField = "diversification"


Shipped: TypeAlias = AlignmentOf | HedgingOf
ScoreOf: TypeAlias = AlignmentOf | HedgingOf | Callable[[Ties], Any]


def known_score(score: object) -> ScoreOf:
    """Return `score` if it is one that can be taken apart, else raise TypeError."""
    if isinstance(score, AlignmentOf | HedgingOf) or callable(score):
        return score
    raise TypeError(
        f"score is {score!r}; give AlignmentOf(source, target), PositionOf(state, powers), "
        "DiversificationOf(...), HedgingOf(...), or a function from Ties to a number."
    )
