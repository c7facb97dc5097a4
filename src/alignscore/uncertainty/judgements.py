"""Choices an analyst makes and could have made otherwise, each with the range it is varied over.

Each is a small frozen value that says what uniform numbers stand for (`drawn`). Pass a list of them to `robustness`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias, get_args

import numpy as np

from alignscore.codebook import Codebook
from alignscore.errors import OptionError, need, one_of, several, within
from alignscore.events import Events
from alignscore.measures.states.diversification import Tie


@dataclass(frozen=True)
class _LogUniform:
    """A number above 0, as likely to be halved as doubled between two bounds."""

    low: float
    high: float

    def __post_init__(self) -> None:
        within("low", self.low, 0.0, open_low=True, open_high=True)
        within("high", self.high, self.low, open_high=True)

    def drawn(self, u: np.ndarray) -> np.ndarray:
        """Numbers for uniform numbers (B, 1)."""
        return self.low * (self.high / self.low) ** u[:, 0]


@dataclass(frozen=True)
class HalfLifeRange(_LogUniform):
    """Half-life in years, log-uniform between two bounds; half-lives of domains and kinds move in proportion.

    Parameters
    ----------
    low, high : float
        Years, 2.5 and 10 by default: a factor of two either way of 5.

    Raises
    ------
    OptionError
        `low` not above 0, or `high` below it or infinite.

    Examples
    --------
    >>> HalfLifeRange(3, 8).drawn(np.array([[0.0], [1.0]])).round(6).tolist()
    [3.0, 8.0]
    """

    low: float = 2.5
    high: float = 10.0
    name: ClassVar[str] = "half-life"


@dataclass(frozen=True)
class PriorRange(_LogUniform):
    """Prior of alignment in events, log-uniform between two bounds: 1 is the mass of one event of the domain.

    So the unit of the weights changes nothing.

    Parameters
    ----------
    low, high : float
        A half and 2 by default: a factor of two either way of one.

    Raises
    ------
    OptionError
        `low` not above 0, or `high` below it or infinite.

    Examples
    --------
    >>> PriorRange(0.5, 2).drawn(np.array([[0.0], [0.5], [1.0]])).tolist()
    [0.5, 1.0, 2.0]
    """

    low: float = 0.5
    high: float = 2.0
    name: ClassVar[str] = "prior"


@dataclass(frozen=True)
class DomainWeights:
    """Weights of the domains, Dirichlet around the weights given.

    Parameters
    ----------
    concentration : float
        Sum of the Dirichlet's parameters; 12 by default, four a domain for three equal ones (standard
        deviation .13 around 1/3). Larger means closer to the weights given.

    Raises
    ------
    OptionError
        Not above 0.

    Notes
    -----
    Gamma quantiles of independent uniform numbers, divided by their sum, are exactly Dirichlet; so a
    low-discrepancy sequence serves as well as random numbers.
    """

    concentration: float = 12.0
    name: ClassVar[str] = "domain weights"

    def __post_init__(self) -> None:
        within("concentration", self.concentration, 0.0, open_low=True, open_high=True)

    def drawn(self, u: np.ndarray, omega: np.ndarray) -> np.ndarray:
        """Weights (B, K) for uniform numbers (B, K) around omega (K,); a weight of 0 stays 0."""
        from scipy.stats import gamma

        drawn = np.zeros_like(u)
        used = omega > 0
        inside = np.clip(u[:, used], 1e-12, 1 - 1e-12)
        drawn[:, used] = gamma.ppf(inside, self.concentration * omega[used])
        return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class KindValues:
    """Values of the kinds of event: each by its standard error, or times a factor in [1 - spread, 1 + spread].

    A kind of the codebook with a standard error (`Codebook.judged`) is drawn from a normal of that deviation
    around its value, cut off at 0 so that it keeps its sign; one without, evenly in the range of `spread`.

    Parameters
    ----------
    spread : float
        .25 by default; below 1, so that no kind changes its sign. Values stay within [-10, 10].
    by : {'kind', 'family', 'all'} or mapping of kind to group
        What shares one factor: each kind has its own, the kinds of one family move together, all do, or
        groups by name; a kind the mapping leaves out has its own.

    Raises
    ------
    OptionError
        `spread` outside [0, 1), or an unknown `by`.

    Examples
    --------
    >>> book = Codebook.ladder()
    >>> KindValues(by="all").groups(book).max(), KindValues().groups(book).max() == len(book) - 1
    (np.int64(0), np.True_)
    """

    spread: float = 0.25
    by: str | Mapping[str, str] = "kind"
    name: ClassVar[str] = "kind values"

    def __post_init__(self) -> None:
        within("spread", self.spread, 0.0, 1.0, open_high=True)
        if not isinstance(self.by, Mapping):
            one_of("by", self.by, ("kind", "family", "all"))

    def groups(self, book: Codebook) -> np.ndarray:
        """Group of each kind, numbered from 0, (n_kinds,)."""
        if isinstance(self.by, Mapping):
            for kind in self.by:
                book.index(kind)
            keys = [("group", self.by[k]) if k in self.by else ("kind", k) for k in book.names]
        elif self.by == "family":
            pairs = zip(book.names, book.families, strict=True)
            keys = [("family", family) if family else ("kind", name) for name, family in pairs]
        else:
            keys = [("kind", name if self.by == "kind" else "") for name in book.names]
        place = {key: at for at, key in enumerate(dict.fromkeys(keys))}
        return np.array([place[key] for key in keys], dtype=np.int64)

    def drawn(self, u: np.ndarray, relative: np.ndarray | float = np.nan) -> np.ndarray:
        """Factors for uniform numbers (..., n), given relative standard errors (n,), NaN where there is none."""
        from scipy.special import ndtr, ndtri

        even = 1 + self.spread * (2 * u - 1)
        with np.errstate(invalid="ignore"):
            below = ndtr(-1 / np.asarray(relative))  # share of the normal beyond 0
            drawn = 1 + relative * ndtri(np.clip(below + u * (1 - below), 1e-12, 1 - 1e-12))
        return np.where(np.isnan(relative), even, drawn)


@dataclass(frozen=True)
class TieChoice:
    """What a tie is: cooperation C, or net max(C - K, 0); each equally likely.

    Parameters
    ----------
    options : sequence of {'cooperation', 'net'}

    Raises
    ------
    OptionError
        An unknown one, or none.
    """

    options: tuple[Tie, ...] = ("cooperation", "net")
    name: ClassVar[str] = "tie definition"

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(several(self.options)))
        if not self.options:
            raise OptionError("options is empty; name 'cooperation', 'net' or both.")
        for option in self.options:
            one_of("options", option, get_args(Tie))

    def drawn(self, u: np.ndarray) -> np.ndarray:
        """True where the tie is net, for uniform numbers (B, 1)."""
        net = np.array([option == "net" for option in self.options])
        return net.take(pick(u[:, 0], len(self.options)))


@dataclass(frozen=True)
class CodebookChoice:
    """Which codebook the events are read under; each equally likely.

    Parameters
    ----------
    books : sequence of Codebook
        With the domains and all the kinds of the events' own, which is not added by itself. Events move to the domains
        that a codebook gives their kinds (`Events.recode`).

    Raises
    ------
    OptionError
        No codebook.

    Examples
    --------
    >>> CodebookChoice([Codebook.ladder(), Codebook.ladder(values="fbic")])
    CodebookChoice(ladder, ladder-fbic)
    """

    books: tuple[Codebook, ...] = field(default_factory=tuple)
    name: ClassVar[str] = "codebook"

    def __post_init__(self) -> None:
        books = [self.books] if isinstance(self.books, Codebook) else several(self.books)
        object.__setattr__(self, "books", tuple(books))
        if not self.books:
            raise OptionError("books is empty; name at least one Codebook.")
        for book in self.books:
            if not isinstance(book, Codebook):
                raise TypeError(f"books must be Codebook values, not {type(book).__name__}")

    def drawn(self, u: np.ndarray) -> np.ndarray:
        """Position of the codebook, for uniform numbers (B, 1)."""
        return pick(u[:, 0], len(self.books))

    def __repr__(self) -> str:
        return f"CodebookChoice({', '.join(book.name for book in self.books)})"


@dataclass(frozen=True)
class CodingChoice:
    """Whose coding of the events is read; each equally likely.

    Parameters
    ----------
    codings : sequence of Events
        The same events as several coders saw them, with the codebook, actors and domains of the events
        scored, which are not added by themselves.

    Raises
    ------
    OptionError
        No coding.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> CodingChoice([asean(), asean(coding="second")])
    CodingChoice(474 rows, 475 rows)
    """

    codings: tuple[Events, ...] = field(default_factory=tuple)
    name: ClassVar[str] = "coding"

    def __post_init__(self) -> None:
        codings = [self.codings] if isinstance(self.codings, Events) else several(self.codings)
        object.__setattr__(self, "codings", tuple(codings))
        if not self.codings:
            raise OptionError("codings is empty; name at least one table of Events.")
        for events in self.codings:
            need(events, Events)

    def drawn(self, u: np.ndarray) -> np.ndarray:
        """Position of the coding, for uniform numbers (B, 1)."""
        return pick(u[:, 0], len(self.codings))

    def __repr__(self) -> str:
        return f"CodingChoice({', '.join(f'{len(events):,} rows' for events in self.codings)})"


Judgement: TypeAlias = (
    HalfLifeRange | PriorRange | DomainWeights | KindValues | TieChoice | CodebookChoice | CodingChoice
)
KINDS = get_args(Judgement)


def usual() -> tuple[Judgement, ...]:
    """Half-life, prior, domain weights, kind values and tie definition, each over its default range."""
    return HalfLifeRange(), PriorRange(), DomainWeights(), KindValues(), TieChoice()


def checked(given: Any) -> dict[str, Judgement]:
    """Judgements by name, each at most once; `usual` where None is given, and one is a list of one."""
    found: dict[str, Judgement] = {}
    several = (given,) if isinstance(given, KINDS) else given
    if given is None:
        several = usual()
    if not isinstance(several, Sequence) or isinstance(several, str):
        raise TypeError(f"judgements is {several!r}; give a list, such as [HalfLifeRange(2.5, 10)].")
    for one in several:
        if not isinstance(one, KINDS):
            names = ", ".join(kind.__name__ for kind in KINDS)
            raise TypeError(f"a judgement is one of {names}; got {type(one).__name__}")
        if one.name in found:
            raise OptionError(f"{one.name} is given twice among the judgements; keep one.")
        found[one.name] = one
    return found


def pick(u: np.ndarray, n: int) -> np.ndarray:
    """Position among n equally likely options."""
    return np.minimum((u * n).astype(np.int64), n - 1)
