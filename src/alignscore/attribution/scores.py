"""One score of one relation, state or bloc, as a choice that `impact`, `change` and `what_if` can take apart.

Every score takes its ties in one form, the stocks between its actors and their partners, be they of one table or of many
versions of it.
Letters for shapes: G versions, S actors of the score, J partners, P powers, K domains, M domains and composite, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from alignscore.actors import silent_states
from alignscore.axes import COMPOSITE
from alignscore.errors import OptionError, in_order, one_of, within
from alignscore.intervals import evidence_of, ratio
from alignscore.ledger import Direction
from alignscore.ledger.ties import Ties
from alignscore.measures.blocs.bloc import given_weights
from alignscore.measures.blocs.division import unity
from alignscore.measures.blocs.membership import Membership
from alignscore.measures.composite import DOMAINS, Composite, Domains, with_composite
from alignscore.measures.dyads.alignment import ambivalence, log_ratio, prior_mass, shrunk
from alignscore.measures.states.diversification import (
    Tie,
    balance,
    corrected,
    equitability,
    expected_engagement,
    expected_shares,
    expected_total,
    gini_simpson,
    lean_of,
    over_powers,
    plain_shares,
    split_of,
    tie_over_window,
    window_of,
    within_periods,
)
from alignscore.measures.states.hedging import MIN_EVIDENCE
from alignscore.values import Frozen, rows_or_zeros

COLUMNS = ("events", "weight", "mass", "squared mass")  # of sums over events, cooperation and conflict apart
DyadField = Literal["alignment", "log_ratio", "ambivalence", "net", "tone"]
StateField = Literal[
    "position", "position_raw", "engagement", "diversification", "diversification_corrected", "hedging",
    "mixing", "alternating", "compartmentalising", "balance", "equitability",
]  # fmt: skip
BlocField = Literal["diversification", "own", "division", "cohesion"]
BLOC_FIELDS: tuple[BlocField, ...] = get_args(BlocField)
BY_DOMAIN = ("position", "position_raw", "diversification")  # state scores that exist domain by domain


# ---- what a score takes from a table ---------------------------------------------------------------------
class PartyStocks(NamedTuple):
    """What is in force between actors and partners, (..., S, J, K, T) each, in the order of a ledger's sums."""

    n: np.ndarray
    weight: np.ndarray
    cooperation: np.ndarray
    cooperation2: np.ndarray
    conflict: np.ndarray
    conflict2: np.ndarray


@dataclass(frozen=True)
class Parties:
    """Between whom a score is read, and what it takes from the table beside their stocks.

    Attributes
    ----------
    actors, partners : tuple of str
        Partners that the score names come first, in its order.
    domains : tuple of str
    omega, prior : ndarray, (K,)
        Weight of each domain in a composite, and the mass an alignment is shrunk by.
    ends : ndarray, (T,)
        Last day of each period of the stocks.
    """

    actors: tuple[str, ...]
    partners: tuple[str, ...]
    domains: tuple[str, ...]
    omega: np.ndarray
    prior: np.ndarray
    ends: np.ndarray


def stocks_between(ties: Ties, score: Shipped) -> tuple[PartyStocks, Parties]:
    """Stocks of ties between the actors of a score and their partners, and who these are.

    Raises
    ------
    OptionError
        Undirected ties, where the score reads the acts of one side.
    UnknownLabelError
        An actor, a power or a weighted domain that the ties do not have.
    """
    named, way = named_partners(score), way_of(score)
    focal = [] if isinstance(score, BlocOf) else [score.actor]
    ties = ties.naming([*focal, *named])  # of a silent state nothing is known: NaN
    own = focal_actors(score, ties.axes.actors)
    partners = named
    if score.partners is None:
        partners += tuple(name for name in ties.axes.actors if name not in (*named, *own))
    if way != "both" and not ties.directed:
        raise OptionError("the score reads one direction; these ties are undirected.")
    codes, other = ties.axes.actor_codes(own)[:, None], ties.axes.actor_codes(partners)
    view = ties._touching(codes).both_ways() if way == "both" else ties
    at = view.axes.dyads_between(other, codes) if way == "in" else view.axes.dyads_between(codes, other)
    stocks = PartyStocks(*(rows_or_zeros(getattr(view, name), at) for name in PartyStocks._fields))
    domains = ties.axes.domains
    prior = np.zeros(len(domains))
    if isinstance(score, AlignmentOf):
        prior = prior_mass(ties, score.prior, directed=score.directed)
    weights = ties.axes.domain_weights(score.weights)
    return stocks, Parties(own, partners, domains, weights, prior, ties.axes.ends)


@dataclass(frozen=True, eq=False, repr=False)
class Reading(Frozen):
    """Values of one score: domains (the last may be the composite), score and events behind it, (G, M, T).

    `untold` (G, M, T) are those whose chance nothing tells of, as of the spread of one known member.
    """

    domains: tuple[str, ...]
    score: np.ndarray
    n: np.ndarray
    untold: np.ndarray | bool = False


# ---- scores -----------------------------------------------------------------------------------------------
class ReadableScore:
    """What every score can do: be read off ties, as it is off the stocks of many versions at once."""

    def read(self, ties: Ties) -> Reading:
        """Score in all domains and periods, G = 1."""
        score: Any = self
        stocks, parties = stocks_between(ties, score)
        found: Reading = score.scored(PartyStocks(*(stock[None] for stock in stocks)), parties)
        return found


def _powers(powers: Sequence[str]) -> tuple[str, ...]:
    named = in_order("powers", powers)
    if len(set(named)) < max(2, len(named)):
        raise OptionError(f"powers are {named}; name at least two, each once.")
    return named


@dataclass(frozen=True)
class AlignmentOf(ReadableScore):
    """Alignment of one state with another, as `alignment` gives it with the same options.

    Parameters
    ----------
    source, target : str
    field : {'alignment', 'log_ratio', 'ambivalence', 'net', 'tone'}
        Which column of `alignment`.
    weights : mapping of domain to weight, optional
        Weights of the domains in the composite; equal where not given. A domain that is not named weighs 1.
    prior : float, optional
        Prior mass; the mass of one event where not given, in every version that of the factual table.
    directed : bool
        True: acts of the source on the target, and mutual ones. False: of both sides.
    domains : {'all', 'seen'}
        Domains in the composite: all of them, or those with an event.

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
        object.__setattr__(self, "source", str(self.source))
        object.__setattr__(self, "target", str(self.target))
        one_of("field", self.field, get_args(DyadField))
        if self.prior is not None:
            within("prior", self.prior, 0.0, open_high=True)
        if self.source == self.target:
            raise OptionError(f"source and target are both {self.source!r}; name two states.")
        one_of("directed", self.directed, (True, False))
        one_of("domains", self.domains, DOMAINS)

    @property
    def actor(self) -> str:
        """State whose ties the score reads."""
        return self.source

    @property
    def partners(self) -> tuple[str, ...] | None:
        """Partners whose ties with the actor it reads; None for all."""
        return (self.target,)

    @property
    def reads(self) -> tuple[int, ...]:
        """Positions in `COLUMNS` of the sums that it takes."""
        return (0, 1, 2) if self.field == "tone" else (0, 2)

    def scored(self, stocks: PartyStocks, parties: Parties) -> Reading:
        """Score of versions of the stocks (G, 1, 1, K, T)."""
        n, weight, c, _, k, _ = (stock[:, 0, 0] for stock in stocks)
        known = n > 0
        domains = (*parties.domains, COMPOSITE)
        count = with_composite(n, n.sum(axis=-2))
        if self.field in ("net", "tone"):
            score = np.where(known, c - k if self.field == "net" else ratio(c - k, weight), np.nan)
            return Reading(domains, with_composite(score, np.full(score[:, 0].shape, np.nan)), count)
        if self.field == "alignment":
            score = shrunk(c, k, parties.prior[:, None])
            over = self.domains
        else:
            score = (log_ratio if self.field == "log_ratio" else ambivalence)(c, k)
            over = "seen"
        known = known & ~np.isnan(score)
        composite = Composite.from_weights(known, np.zeros(()), parties.omega, over)
        score = np.where(known, score, np.nan)
        return Reading(domains, with_composite(score, composite.mean(score)), count)


@dataclass(frozen=True)
class HedgingOf(ReadableScore):
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
        As in `hedging`.
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
    reads: ClassVar[tuple[int, ...]] = (0, 2, 3)  # positions in `COLUMNS` of the sums that it takes
    FIELDS: ClassVar[tuple[str, ...]] = get_args(StateField)

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", str(self.state))
        object.__setattr__(self, "powers", _powers(self.powers))
        one_of("field", self.field, self.FIELDS)
        one_of("tie", self.tie, get_args(Tie))
        one_of("direction", self.direction, get_args(Direction))
        window_of(self.window)
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

    def scored(self, stocks: PartyStocks, parties: Parties) -> Reading:
        """Score of versions of the stocks (G, 1, J, K, T), the powers the first of J."""
        n, _, c, c2, k, k2 = (stock[:, 0] for stock in stocks)
        P, span, omega = len(self.powers), window_of(self.window), parties.omega
        tie, square = tie_over_window(c, k, c2, k2, self.tie, span)
        x, count = tie[:, :P], over_powers(n[:, :P])
        plain, inside = plain_shares(x, omega), over_powers(x)
        evidence = evidence_of(inside, over_powers(square[:, :P]))
        if self.field in BY_DOMAIN:
            if self.field == "diversification":
                each, total = gini_simpson(plain.domain, axis=1), gini_simpson(plain.total, axis=1)
            elif self.field == "position_raw":
                each, total = lean_of(plain.domain, axis=1), lean_of(plain.total)
            else:
                each = 2 * expected_shares(plain.domain, evidence)[:, 1] - 1
                each = np.where(np.isnan(plain.domain[:, 0]), np.nan, each)
                total = lean_of(expected_total(plain, evidence, omega))
            domains = (*parties.domains, COMPOSITE)
            return Reading(domains, with_composite(each, total), with_composite(count, count.sum(axis=1)))
        spread = gini_simpson(plain.total, axis=1)
        if self.field in ("engagement", "hedging"):
            every = over_powers(tie)
            of_every = evidence_of(every, over_powers(square))
            score = expected_engagement(inside, every, of_every, omega)
            if self.field == "hedging":
                score = score * spread
        elif self.field == "diversification_corrected":
            score = corrected(plain, evidence, spread, MIN_EVIDENCE)
        elif self.field == "balance":
            score = balance(plain.total)
        elif self.field == "equitability":
            score = equitability(plain.total)
        else:
            same_time = within_periods(c[:, :P], span) if self.tie == "cooperation" else None
            score = getattr(split_of(plain, same_time), self.field)
        return Reading((COMPOSITE,), score[:, None], count.sum(axis=1)[:, None])


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
class BlocOf(ReadableScore):
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
        As in `hedging`.
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
    reads: ClassVar[tuple[int, ...]] = (0, 2)  # positions in `COLUMNS` of the sums that it takes

    def __post_init__(self) -> None:
        object.__setattr__(self, "powers", _powers(self.powers))
        one_of("field", self.field, BLOC_FIELDS)
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

    def scored(self, stocks: PartyStocks, parties: Parties) -> Reading:
        """Score of versions of the stocks (G, S, P, K, T)."""
        rows = [self.members.members.index(name) for name in parties.actors]
        weight = self.members.inside(parties.ends.astype("M8[D]"))[rows] * 1.0  # (S, T)
        weight *= given_weights(self.members.members, self.member_weights)[rows, None]
        scores = unity(stocks.cooperation, parties.omega, weight)
        columns = self.fields if len(self.fields) > 1 else (COMPOSITE,)
        count = np.where(weight > 0, stocks.n.sum(axis=(2, 3)), 0.0).sum(axis=1)  # (G, T)
        value = np.stack([scores[name] for name in self.fields], axis=1)
        alone = np.isnan(scores["cohesion"])
        untold = np.stack([alone & (name == "division") for name in self.fields], axis=1)
        return Reading(columns, value, np.broadcast_to(count[:, None], value.shape), untold)


# ---- what is asked of any of them -------------------------------------------------------------------------
Shipped: TypeAlias = AlignmentOf | HedgingOf | BlocOf
ScoreOf: TypeAlias = AlignmentOf | HedgingOf | BlocOf | Callable[[Ties], Any]


def focal_actors(score: Shipped, actors: Sequence[str]) -> tuple[str, ...]:
    """Actors of a table whose ties a score reads: one, or a bloc's members that occur."""
    if not isinstance(score, BlocOf):
        return (score.actor,)
    members: Membership = score.members
    if not members.dated:
        silent_states(members.members, actors)  # refuses what is no state
    members.check_slips(actors)
    return tuple(name for name in members.members if name in actors)


def named_partners(score: Shipped) -> tuple[str, ...]:
    """Partners that a score names, in its order."""
    return (score.target,) if isinstance(score, AlignmentOf) else tuple(score.powers)


def way_of(score: Shipped) -> Direction:
    """Whose acts a score reads: of either side, of its own actors ('out') or of their partners ('in')."""
    if isinstance(score, AlignmentOf):
        return "out" if score.directed else "both"
    return score.direction if isinstance(score, HedgingOf) else "both"


def check_score(score: object) -> None:
    """Raise unless `score` is one that can be taken apart."""
    if isinstance(score, Shipped):
        return
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
