"""One score of one relation or one state, as a choice that `impact`, `change` and `what_if` can take apart.

Letters for shapes: G readings of one actor, M domains and composite, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from alignscore.actors import silent_states
from alignscore.axes import COMPOSITE
from alignscore.errors import OptionError, in_order, one_of, within
from alignscore.ledger.ties import Ties
from alignscore.measures.blocs.bloc import given_weights
from alignscore.measures.blocs.division import unity
from alignscore.measures.blocs.membership import Membership
from alignscore.measures.composite import DOMAINS, Domains, beside
from alignscore.measures.dyads.alignment import alignment, posterior_columns, prior_mass
from alignscore.measures.dyads.exposure import both_ways
from alignscore.measures.states.hedging import Direction, Tie, hedging

STOCKS = ("cooperation", "conflict", "cooperation2", "conflict2")
DyadField = Literal["alignment", "log_ratio", "ambivalence", "net", "tone"]
StateField = Literal[
    "position", "position_raw", "engagement", "diversification", "diversification_corrected", "hedging",
    "mixing", "alternating", "compartmentalising", "balance", "equitability",
]  # fmt: skip
BlocField = Literal["division", "cohesion", "diversification", "own"]
BLOC_FIELDS: tuple[BlocField, ...] = ("diversification", "own", "division", "cohesion")
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
        view = ties if self.directed else ties.undirected()
        axes = view.axes
        focus, (target,) = axes.actor_codes(actors or (self.source,)), axes.actor_codes((self.target,))
        at = axes.table[focus, target]
        if not self.directed:
            at = np.maximum(at, axes.table[target, focus])
        known = (at >= 0)[:, None, None]
        domains = (*axes.domains, COMPOSITE)
        if self.field == "alignment":  # of these dyads alone, and without their intervals
            n, c, k, c2, k2 = (getattr(view, name)[at] for name in ("n", *STOCKS))
            columns, _ = posterior_columns(
                n, c, k, c2 + k2, axes.domain_weights(self.weights),
                prior_mass(view, self.prior), self.domains,
            )  # fmt: skip
            score, events = (beside(*columns[at]) for at in (0, 3))
            return Reading(domains, np.where(known, score, np.nan), np.where(known, events, 0.0))
        result = alignment(
            view, weights=self.weights, prior=self.prior, directed=self.directed, domains=self.domains
        )
        score = np.where(known, getattr(result, self.field)[at], np.nan)
        n = np.where(known, result.n[at], 0.0)
        return Reading(domains, score, n)


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


@dataclass(frozen=True)
class BlocOf:
    """Unity of a bloc between powers, as `bloc` gives it with the same options.

    Parameters
    ----------
    members : str, iterable of str, mapping, pandas.DataFrame or Membership
        As for `bloc`.
    powers : sequence of str
        Two or more.
    field : {'division', 'cohesion', 'diversification', 'own'}
        Which column of `bloc`.
    weights : mapping of domain to weight, optional
    member_weights : mapping of member to weight, optional

    Raises
    ------
    OptionError
        `field` is not one of these, members or powers that cannot be read, or a power that is a member.

    Examples
    --------
    >>> BlocOf(["KHM", "VNM"], ("CHN", "USA")).members.members
    ('KHM', 'VNM')
    """

    members: Any
    powers: Sequence[str]
    field: BlocField = "division"
    weights: Mapping[str, float] | None = None
    member_weights: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        in_order("powers", self.powers)
        object.__setattr__(self, "powers", tuple(self.powers))
        one_of("field", self.field, BLOC_FIELDS)
        if len(set(self.powers)) < max(2, len(self.powers)):
            raise OptionError(f"powers are {self.powers}; name at least two, each once.")
        object.__setattr__(self, "members", Membership.make(self.members))
        given_weights(self.members.members, self.member_weights)
        for power in self.powers:
            if power in self.members.members:
                raise OptionError(f"{power!r} is named both as a member and as a power.")

    @property
    def actor(self) -> str:
        """The bloc, by its name or its members'."""
        return self.members.name or ", ".join(self.members.members)

    @property
    def partners(self) -> tuple[str, ...] | None:
        """Partners whose ties with the members it reads."""
        return tuple(self.powers)

    @property
    def fields(self) -> tuple[BlocField, ...]:
        """Columns of `bloc` that it reads."""
        return (self.field,)

    def read(self, ties: Ties, actors: Sequence[str] | None = None) -> Reading:
        """Score in all periods, of the members or of several sets of actors in their place, one after the other."""
        view = both_ways(ties.undirected())
        axes, own = view.axes, focus(self, ties.axes.actors)
        members = axes.actor_codes(actors or own).reshape(-1, len(own))
        at = axes.table[members[:, :, None], axes.actor_codes(self.powers)]  # (G, S, P)
        x, n = (
            np.where((at >= 0)[..., None, None], stock[at], 0.0) for stock in (view.cooperation, view.n)
        )  # (G, S, P, K, T)
        rows = [self.members.members.index(name) for name in own]
        weight = self.members.inside(axes.ends.astype("M8[D]"))[rows] * 1.0  # (S, T)
        weight *= given_weights(self.members.members, self.member_weights)[rows, None]
        scores = unity(x, axes.domain_weights(self.weights), weight)
        told = self.fields if len(self.fields) > 1 else (COMPOSITE,)
        events = np.where(weight > 0, n.sum(axis=(2, 3)), 0.0).sum(axis=1)  # (G, T)
        value = np.stack([scores[name] for name in self.fields], axis=1)
        return Reading(told, value, np.broadcast_to(events[:, None], value.shape))


Shipped: TypeAlias = AlignmentOf | HedgingOf | BlocOf
ScoreOf: TypeAlias = AlignmentOf | HedgingOf | BlocOf | Callable[[Ties], Any]


def focus(score: Shipped, actors: Sequence[str]) -> tuple[str, ...]:
    """Those of a table's actors whose ties a score reads: one, or a bloc's members that occur."""
    if not isinstance(score, BlocOf):
        return (score.actor,)
    members: Membership = score.members
    if not members.dated:
        silent_states(members.members, actors)  # refuses what is no state
    return tuple(name for name in members.members if name in actors)


def one_way(score: Shipped) -> bool:
    """Whether a score reads the acts of one side, so that it needs directed ties."""
    if isinstance(score, AlignmentOf):
        return score.directed
    return isinstance(score, HedgingOf) and score.direction != "both"


def known_score(score: object) -> ScoreOf:
    """Return `score` if it is one that can be taken apart, else raise TypeError."""
    if isinstance(score, Shipped):
        return score
    choices = (
        "give AlignmentOf(source, target), PositionOf(state, powers), DiversificationOf(...), HedgingOf(...), "
        "BlocOf(members, powers), or a function from Ties to a number."
    )
    if not callable(score) or isinstance(score, type):
        raise TypeError(f"score is {score!r}; {choices}")
    if getattr(score, "__module__", "").startswith("alignscore.measures."):
        raise TypeError(
            f"score is the function {score.__name__}, which gives scores of every row of a table at once; "  # type: ignore[attr-defined]
            f"name the one that is asked about: {choices}"
        )
    return score
