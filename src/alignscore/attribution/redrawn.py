"""Two tables of events drawn anew and alike: each episode's mass by chance, and what may have gone unseen.

Letters for shapes: M postings, G episodes, U cells, J dyads, Q pairs, B draws, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from alignscore.attribution.groups import episodes
from alignscore.attribution.scores import AlignmentOf, BlocOf, ScoreOf, Shipped, focus, one_way
from alignscore.decay import Decay
from alignscore.draws import quantiles
from alignscore.events import Events
from alignscore.intervals import JEFFREYS, ratio
from alignscore.ledger import Ledger
from alignscore.ledger.cells import SUMS
from alignscore.ledger.postings import Rates
from alignscore.ledger.sums import occurring_dyads, sums
from alignscore.ledger.ties import Ties

BOTH = ("cooperation", "conflict")
MANY = 1 << 11  # episodes up to which each is drawn apart
NUMBERS, MOST = 1 << 22, 1 << 9  # numbers drawn and draws scored at a time

Reads: TypeAlias = Callable[[np.ndarray, np.ndarray], np.ndarray]  # cells (U,), sums (B, U, 6) to (B, M, T)


@dataclass(frozen=True)
class Draws:
    """How many draws, of which generator, and the level of the interval."""

    draws: int
    rng: np.random.Generator
    level: float


def drawn_together(
    events: Events, decay: Decay, ends: np.ndarray, named: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Which episodes happen by one chance, (N,), and how many events each of these is worth, (G,).

    Each episode by its own, as one event, Gamma(1). Where there are many, those of one row and a known day that
    share a pair, domain, sign and period (and are `named` alike) become one of Gamma(N)/N, N their evidence: the sum
    of their masses keeps its mean and its variance.
    """
    codes = episodes(events)
    count = np.bincount(codes)
    if len(count) <= MANY:
        return codes, np.ones(len(count))
    alone = (count[codes] == 1) & ~events.standing & (events.precision == 0)
    period = np.minimum(np.searchsorted(ends, events.day), len(ends) - 1)
    group = np.zeros(len(events), dtype=np.int64) if named is None else named.astype(np.int64)
    A = len(events.actors)
    for column, size in ((events.source, A), (events.target, A), (events.mutual, 2),
                         (events.domain, len(events.domains)), (events.value < 0, 2), (period, len(ends))):  # fmt: skip
        group = group * size + column
    codes = pd.factorize(np.where(alone, group, group.max() + 1 + codes))[0]
    rates = Rates.make(decay, events.codebook)
    mass = np.abs(events.value) * events.weight
    mass = mass * np.exp2(-np.maximum(ends[period] - events.day, 0) / rates.half_lives[rates.of(events)])
    worth = ratio(np.bincount(codes, mass) ** 2, np.bincount(codes, mass**2))
    together = np.zeros(len(worth), dtype=bool)
    together[codes[alone]] = True
    return codes, np.where(together & (worth > 1), worth, 1.0)


@dataclass(frozen=True)
class Apart:
    """Postings of each episode of a table apart: ledgers add, so any mix of episodes is a sum of these.

    Attributes
    ----------
    ledger : Ledger
        Its axes and decay; nothing is posted in it.
    group, cells : ndarray of int, (M,)
        Episode, the last one all that is given, and cell of the ledger, ascending.
    sums : ndarray, (M, 6)
    """

    ledger: Ledger
    group: np.ndarray
    cells: np.ndarray
    sums: np.ndarray

    @classmethod
    def of(cls, events: Events, codes: np.ndarray, groups: int, ledger: Ledger) -> Apart:
        """Post each episode separately, by giving it its own copies of the actors.

        `codes` (N,): the episode of each event, -1 for events that are not redrawn.
        """
        A = len(events.actors)
        first = np.where(codes < 0, groups, codes) * A
        actors = tuple(map(str, range((groups + 1) * A)))  # only their number matters
        away = replace(events, actors=actors, source=first + events.source, target=first + events.target)
        keys = occurring_dyads(away)
        cells, table = sums(away, Rates.make(ledger.decay, events.codebook), keys, ledger.axes.ends)
        grid = replace(ledger.grid, dyads=len(keys))
        source, target = np.divmod(keys, len(actors))
        dyads = np.searchsorted(ledger.axes.dyad_keys, source % A * A + target % A)
        at, episode = grid.moved(cells, grid, dyads, 0), (source // A)[grid.coordinates(cells).dyad]
        order = np.argsort(at, kind="stable")
        return cls(ledger, episode[order], at[order], table[order])

    def mixed(self, factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cells (U,) and sums (B, U, 6) with each episode happening factor (B, G + 1) times."""
        first = np.flatnonzero(np.append(True, self.cells[1:] != self.cells[:-1]))
        many = factor[:, self.group, None] * self.sums
        return self.cells[first], np.add.reduceat(many, first, axis=1)

    def ties(self, factor: np.ndarray) -> Ties:
        """Ties of one mix (G + 1,), directed."""
        cells, table = self.mixed(factor[None])
        return replace(self.ledger, cells=cells, sums=table[0]).ties(self.ledger.last)


@dataclass(frozen=True)
class Sort:
    """What one event is like in each period: its mass and its weight, (T,) each."""

    size: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, score: ScoreOf, ties: Ties) -> Sort:
        """Mean size in these ties, weighted by mass, as the score counts an act: once or by its sides."""
        ties = ties if _by_side(score) else ties.undirected()
        names = (*BOTH, "cooperation2", "conflict2", "weight")
        c, k, c2, k2, w = (getattr(ties, name).sum(axis=(0, 1)) for name in names)
        size, weight = (np.nan_to_num(ratio(top, c + k)) for top in (c2 + k2, w))
        return cls(size, size * weight)


@dataclass(frozen=True)
class Unseen:
    """Half an event of each sign that may have gone unseen, in each pair and domain that a score reads.

    Attributes
    ----------
    cells : ndarray of int, (J * K * T,)
    pair : ndarray of int, (J,)
        Both directions of a pair share its chance.
    level : ndarray, (J, K, T, 6, 2)
        Stocks that one whole event of either sign would leave; n and weight count half of either.
    """

    cells: np.ndarray
    pair: np.ndarray
    level: np.ndarray

    @classmethod
    def of(cls, score: ScoreOf, sort: Sort, whole: Ties) -> Unseen:
        """Of one sort, where `whole` is known."""
        dyad, pair, seen = reached(score, whole)
        share = 1.0 if _by_side(score) else 0.5  # of the act, in either direction
        level = np.zeros((*seen.shape, len(SUMS), 2))
        for sign in (0, 1):  # also one that the record has not shown: three friendly acts do not rule it out
            one = (part := seen * share, part * sort.weight, part * sort.size, part * sort.size**2)
            for column, mass in zip((0, 1, 2 + 2 * sign, 3 + 2 * sign), one, strict=True):
                level[..., column, sign] = mass
        grid, (_, K, T) = whole.ledger.grid, whole.axes.shape
        t = np.arange(T)
        cells = grid.key(dyad[:, None, None], np.arange(K)[:, None], grid.layer(0, False, t + 1), t)
        return cls(cells.ravel(), pair, level)

    def mixed(self, chance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cells (U,) and sums (B, U, 6) for chances (B, Q, K, 2): what stands for one period each."""
        stock = np.einsum("bjks,jktcs->bjktc", chance[:, self.pair], self.level)
        return self.cells, stock.reshape(len(chance), -1, len(SUMS))


def _by_side(score: ScoreOf) -> bool:
    """Whether the acts of either side are read apart; a function may read them so."""
    return not isinstance(score, Shipped) or one_way(score)


def reached(score: ScoreOf, ties: Ties) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Dyads a score reads, (J,), the pair of each, and where its domains are known, (J, K, T).

    Of the partners that are no powers one stands for all. A function may read any tie there is.
    """
    if not isinstance(score, Shipped):
        low, high = ties.axes.dyads.min(axis=1), ties.axes.dyads.max(axis=1)
        pair = np.unique(low * np.int64(len(ties.axes.actors)) + high, return_inverse=True)[1]
        return np.arange(len(low)), pair.reshape(-1), ties.n > 0
    if isinstance(score, BlocOf):
        return _reached_of_bloc(score, ties)
    others = partners(score, ties.axes.actors)
    me, them = ties.axes.actor(score.actor), ties.axes.actor_codes(others)
    forth, back = ties.axes.table[me, them], ties.axes.table[them, me]
    if isinstance(score, AlignmentOf):
        way, stock, named = "out" if score.directed else "both", ties.n, 1
    else:
        way, stock, named = score.direction, ties.cooperation, len(score.powers)
    dyads = {"out": (forth,), "in": (back,), "both": (forth, back)}[way]
    heard = sum(stock[side[:named]].sum(axis=0) for side in dyads) > 0  # (K, T)
    seen = np.broadcast_to(heard, (len(others), *heard.shape)).copy()
    if len(others) > named:
        own = ties.axes.dyads[:, 1 if way == "in" else 0] == me
        every = own if way != "both" else (ties.axes.dyads == me).any(axis=1)
        seen[named:] = stock[every].sum(axis=0) > 0
    pair = np.arange(len(others))
    return np.append(forth, back), np.append(pair, pair), np.concatenate([seen, seen])


def _reached_of_bloc(score: BlocOf, ties: Ties) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same for every member with every power; a domain is known of a member with any of them."""
    me, them = (ties.axes.actor_codes(who) for who in (focus(score, ties.axes.actors), score.powers))
    forth, back = (table[np.ix_(me, them)] for table in (ties.axes.table, ties.axes.table.T))
    heard = (ties.cooperation[forth] + ties.cooperation[back]).sum(axis=1, keepdims=True) > 0  # (S, 1, K, T)
    heard = np.broadcast_to(heard, (*forth.shape, *heard.shape[2:])).reshape(-1, *heard.shape[2:])
    pair = np.arange(forth.size)
    dyads = np.append(forth, back)
    return dyads, np.append(pair, pair), np.concatenate([heard, heard])


def partners(score: Shipped, actors: Sequence[str]) -> tuple[str, ...]:
    """Partners that a score names, and one more in place of all others where it reads them too."""
    if isinstance(score, AlignmentOf):
        return (score.target,)
    if isinstance(score, BlocOf):
        return tuple(score.powers)
    named = tuple(score.powers)
    rest = [name for name in actors if name not in (*named, score.actor)]
    return named + tuple(rest[:1] if score.partners is None else ())


@dataclass(frozen=True)
class Side:
    """One of the two tables: its episodes, what may be unseen, and how a mix of cells is scored."""

    apart: Apart
    unseen: Unseen
    read: Reads

    @classmethod
    def of(cls, apart: Apart, score: ScoreOf, rest: Ties, read: Reads) -> Side:
        """`rest`: ties of the episodes that both tables leave open."""
        whole = apart.ties(np.ones(int(apart.group.max()) + 1))
        return cls(apart, Unseen.of(score, Sort.of(score, rest), whole), read)

    def drawn(self, factor: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """Score of each draw, (B, M, T)."""
        parts = [self.apart.mixed(factor), self.unseen.mixed(chance)]
        cells, tables = (np.concatenate([part[at] for part in parts], axis=at) for at in (0, 1))
        return self.read(cells, tables)

    @property
    def numbers(self) -> int:
        """Numbers that one draw of it takes."""
        ledger = self.apart.ledger
        D, K, T = ledger.axes.shape
        return len(SUMS) * (
            len(self.apart.cells) + 2 * len(self.unseen.cells) + D * K * 2 * len(ledger.half_lives) * T
        )


def spread(
    sides: tuple[Side, Side], worth: np.ndarray, how: Draws
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standard deviation and quantiles of the second score less the first, each (M, T).

    Draws that know no score are left out.
    """
    return summary(
        np.concatenate([sides[1].drawn(*one) - sides[0].drawn(*one) for one in chances(sides, worth, how)]),
        how.level,
    )


def summary(drawn: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standard deviation and quantiles over the first axis, draws that are NaN left out."""
    low, _, high = quantiles(drawn, level)
    known = ~np.isnan(drawn)
    n = known.sum(axis=0)
    mean = ratio(np.nan_to_num(drawn).sum(axis=0), n)
    square = np.where(known, (drawn - mean) ** 2, 0.0).sum(axis=0)
    return np.sqrt(ratio(square, n)), low, high


def chances(sides: Sequence[Side], worth: np.ndarray, how: Draws) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Factors (B, G + 1) and unseen events (B, Q, K, 2), block by block."""
    pairs, K = int(sides[0].unseen.pair.max()) + 1, sides[0].unseen.level.shape[1]
    size = int(np.clip(NUMBERS // max(side.numbers for side in sides), 1, MOST))
    for first in range(0, how.draws, size):
        B = min(size, how.draws - first)
        chance = (
            how.rng.standard_exponential((B, len(worth)))
            if (worth == 1).all()
            else how.rng.standard_gamma(worth, (B, len(worth))) / worth
        )
        factor = np.append(chance, np.ones((B, 1)), axis=1)
        yield factor, how.rng.standard_gamma(JEFFREYS, (B, pairs, K, 2))
