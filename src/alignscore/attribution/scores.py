"""One score of one relation or one state, as a choice that `impact`, `change` and `what_if` can take apart.

Letters for shapes: G readings of one actor, M domains and composite, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from alignscore.actors import silent_states
from alignscore.attribution.parties import Parties, PartyStocks, omega_of, stocks_between
from alignscore.axes import COMPOSITE
from alignscore.errors import OptionError, in_order, one_of, within
from alignscore.intervals import evidence_of, ratio
from alignscore.ledger.ties import Ties
from alignscore.measures.blocs.bloc import given_weights
from alignscore.measures.blocs.division import unity
from alignscore.measures.blocs.membership import Membership
from alignscore.measures.composite import DOMAINS, Composite, Domains, beside
from alignscore.measures.dyads.alignment import ambivalence, log_ratio, prior_mass, shrunk
from alignscore.measures.states.diversification import (
    balance,
    corrected,
    equitability,
    expected_engagement,
    expected_shares,
    expected_total,
    gini_simpson,
    lean_of,
    plain_shares,
    split_of,
    within_periods,
)
from alignscore.measures.states.hedging import MIN_EVIDENCE, Direction, Tie, netted, window_of
from alignscore.values import Frozen

DyadField = Literal["alignment", "log_ratio", "ambivalence", "net", "tone"]
StateField = Literal[
    "position", "position_raw", "engagement", "diversification", "diversification_corrected", "hedging",
    "mixing", "alternating", "compartmentalising", "balance", "equitability",
]  # fmt: skip
BlocField = Literal["division", "cohesion", "diversification", "own"]
BLOC_FIELDS: tuple[BlocField, ...] = ("diversification", "own", "division", "cohesion")
BY_DOMAIN = ("position", "position_raw", "diversification")  # state scores that exist domain by domain


@dataclass(frozen=True, eq=False, repr=False)
class Reading(Frozen):
    """Values of one score: domains (the last may be the composite), score and events behind it, (G, M, T)."""

    domains: tuple[str, ...]
    score: np.ndarray
    n: np.ndarray


class Read:
    """What every score of some parties can do: be read off ties, as it is off the stocks of many versions at once."""

    def read(self, ties: Ties) -> Reading:
        """Score in all domains and periods, G = 1."""
        score: Any = self
        focal = [] if isinstance(score, BlocOf) else [score.actor]
        ties = ties.naming([*focal, *named_partners(score)])  # of a silent state nothing is known: NaN
        actors = ties.axes.actors
        own = focus(score, actors)
        named = named_partners(score)
        others = (
            () if score.partners is not None else tuple(name for name in actors if name not in (*named, *own))
        )
        stocks = stocks_between(ties, own, named + others, way_of(score))
        view = ties if one_way(score) else ties.undirected()
        parties = Parties(own, named + others, ties.axes.domains, omega_of(ties.axes.domains, score.weights),
                          prior_mass(view, getattr(score, "prior", None)), ties.axes.ends)  # fmt: skip
        found: Reading = score.scored(PartyStocks(*(stock[None] for stock in stocks)), parties)
        return found


@dataclass(frozen=True)
class AlignmentOf(Read):
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

    @property
    def reads(self) -> tuple[int, ...]:
        """Positions in `COLUMNS` of the sums that it takes."""
        return (0, 1, 2) if self.field == "tone" else (0, 2)

    def scored(self, stocks: PartyStocks, parties: Parties) -> Reading:
        """Score of versions of the stocks (G, 1, 1, K, T)."""
        n, weight, c, _, k, _ = (stock[:, 0, 0] for stock in stocks)
        known, domains, count = n > 0, (*parties.domains, COMPOSITE), beside(n, n.sum(axis=-2))
        if self.field in ("net", "tone"):
            score = np.where(known, c - k if self.field == "net" else ratio(c - k, weight), np.nan)
            return Reading(domains, beside(score, np.full(score[:, 0].shape, np.nan)), count)
        if self.field == "alignment":
            score, over = shrunk(c, k, parties.prior[:, None]), self.domains
            known = known & ~np.isnan(score)
        else:
            score, over = (log_ratio if self.field == "log_ratio" else ambivalence)(c, k), "seen"
        composite = Composite.from_weights(known, np.zeros(()), parties.omega, over)
        score = np.where(known, score, np.nan)
        return Reading(domains, beside(score, composite.mean(score)), count)


@dataclass(frozen=True)
class HedgingOf(Read):
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
        if len(set(self.powers)) < max(2, len(self.powers)):
            raise OptionError(f"powers are {self.powers}; name at least two, each once.")
        one_of("field", self.field, self.FIELDS)
        one_of("tie", self.tie, ("cooperation", "net"))
        one_of("direction", self.direction, ("both", "out", "in"))
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

    @property
    def reads(self) -> tuple[int, ...]:
        """Positions in `COLUMNS` of the sums that it takes."""
        return (0, 2, 3)

    def scored(self, stocks: PartyStocks, parties: Parties) -> Reading:
        """Score of versions of the stocks (G, 1, J, K, T), the powers the first of J."""
        n, _, c, c2, k, k2 = (stock[:, 0] for stock in stocks)
        P, span, omega = len(self.powers), window_of(self.window), parties.omega
        tie, square = netted(c, k, c2, k2, self.tie, span)
        x, count = tie[:, :P], n[:, :P].sum(axis=1)
        plain, inside = plain_shares(x, omega), x.sum(axis=1)
        evidence = evidence_of(inside, square[:, :P].sum(axis=1))
        if self.field in BY_DOMAIN:
            if self.field == "diversification":
                each, total = gini_simpson(plain.domain, axis=1), gini_simpson(plain.total, axis=1)
            elif self.field == "position_raw":
                each, total = lean_of(plain.domain, axis=1), lean_of(plain.total)
            else:
                each = 2 * expected_shares(plain.domain, evidence)[:, 1] - 1
                each = np.where(np.isnan(plain.domain[:, 0]), np.nan, each)
                total = lean_of(expected_total(plain, evidence, omega))
            return Reading(
                (*parties.domains, COMPOSITE), beside(each, total), beside(count, count.sum(axis=1))
            )
        spread = gini_simpson(plain.total, axis=1)
        if self.field in ("engagement", "hedging"):
            every, of_every = tie.sum(axis=1), evidence_of(tie.sum(axis=1), square.sum(axis=1))
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
class BlocOf(Read):
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
    def reads(self) -> tuple[int, ...]:
        """Positions in `COLUMNS` of the sums that it takes."""
        return (0, 2)

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
        return Reading(columns, value, np.broadcast_to(count[:, None], value.shape))


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


def named_partners(score: Shipped) -> tuple[str, ...]:
    """Partners that a score names, in its order."""
    return (score.target,) if isinstance(score, AlignmentOf) else tuple(score.powers)


def way_of(score: Shipped) -> Direction:
    """Whose acts a score reads: of either side, of its own actors ('out') or of their partners ('in')."""
    if isinstance(score, AlignmentOf):
        return "out" if score.directed else "both"
    return score.direction if isinstance(score, HedgingOf) else "both"


def one_way(score: Shipped) -> bool:
    """Whether a score reads the acts of one side, so that it needs directed ties."""
    return way_of(score) != "both"


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
