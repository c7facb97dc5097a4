"""Tables of events drawn anew and alike: each episode's mass by chance, and what may have gone unseen.

Letters for shapes: N events, G what happens by one chance, L lines, J places where an event may have gone unseen, Q
pairs of parties, R sorts of unseen events, B draws, M domains and composite, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alignscore.attribution.scores import AlignmentOf, BlocOf, PartyStocks, Shipped
from alignscore.attribution.versions import ALL, Versions
from alignscore.axes import distinct_dyads
from alignscore.decay import Cumulative, Decay, Saturating, dispersed, half_life_years, left_of_days
from alignscore.events import Events
from alignscore.intervals import JEFFREYS, evidence_of, quantiles, ratio
from alignscore.ledger.cells import Rates, portions

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MANY = 1 << 11  # episodes up to which each is drawn apart
NUMBERS, MOST = 1 << 22, 1 << 9  # numbers drawn and draws scored at a time
LEAST = 1e-9  # share of an event below which what is left of it is taken as it is


@dataclass(frozen=True)
class Draws:
    """How many draws, of which generator, and the level of the interval."""

    draws: int
    rng: np.random.Generator
    level: float


# ---- what happens by one chance --------------------------------------------------------------------------
def drawn_together(
    events: Events,
    decay: Decay,
    ends: np.ndarray,
    kept: np.ndarray,
    named: np.ndarray | None = None,
    *,
    line: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Which episodes happen by one chance, (N,), and how many events each of these still is at each date, (T, G).

    Each episode by its own, Gamma(l)/l where it is still l of an event: an old event is less evidence, as is one of those
    that come in clusters on its `line` (N,), as in every interval (`evidence_left`). Where there are many, those of one
    row and a known day that share a pair, domain, sign and span between the dates (and are `named` alike) become one of
    Gamma(N)/N, N their evidence in force: the sum of their masses keeps its mean and its variance. `kept` are the dates,
    places in `ends`.
    """
    codes = np.arange(len(events)) if events.act is None else pd.factorize(events.act)[0]
    count = np.bincount(codes)
    left = evidence_left(events, Rates.make(decay, events.codebook), decay, ends, kept, line)
    mass = np.abs(events.value) * events.weight
    together = np.zeros(len(count), dtype=bool)
    if len(count) > MANY:
        alone = (count[codes] == 1) & ~events.standing & (events.precision == 0)
        period = np.minimum(np.searchsorted(ends[kept], events.day), len(kept) - 1)
        group = np.zeros(len(events), dtype=np.int64) if named is None else named.astype(np.int64)
        actors = len(events.actors)
        columns = [
            (events.source, actors),
            (events.target, actors),
            (events.mutual, 2),
            (events.domain, len(events.domains)),
            (events.value < 0, 2),
            (period, len(kept)),
        ]
        for column, size in columns:
            group = group * size + column
        codes = by_content(events, codes, np.flatnonzero(~alone))
        codes = pd.factorize(np.where(alone, group, group.max() + 1 + codes), sort=True)[0]
        together = np.zeros(codes.max() + 1, dtype=bool)
        together[codes[alone]] = True
    else:
        codes = by_content(events, codes, np.arange(len(events)))
    own = mass + (mass == 0)  # of those without mass each counts alike
    worth = np.empty((len(kept), len(together)))
    for row, part in zip(worth, left, strict=True):
        row[:] = np.bincount(codes, own * part) / np.bincount(codes, own)
        if together.any():
            many = evidence_of(np.bincount(codes, mass * part), np.bincount(codes, mass * mass * part))
            row[together] = np.maximum(many, row)[together]
    return codes, worth


def evidence_left(
    events: Events,
    rates: Rates,
    decay: Decay,
    ends: np.ndarray,
    kept: np.ndarray,
    line: np.ndarray | None = None,
) -> np.ndarray:
    """How many events each is at the ends of some periods, (T, N): what is left of it, over 1 + r n^g with dispersion.

    It is 0 before it begins. Under `Saturating` all of it is left: how far it has faded depends on the others.
    n is the yearly rate of the events on its `line` (N,), as in `inflate_squares`; the directed pair and domain where
    not given.
    """
    if isinstance(decay, Saturating):
        decay = Cumulative()
    special = rates.standing_rows(events) | (events.precision > 0)
    dated, lasting = np.flatnonzero(~special), np.flatnonzero(special)
    left = np.zeros((len(kept), len(events)))
    day, half_life = events.day[dated], rates.half_lives[rates.of(events)[dated]]
    some = events.pick(lasting)
    cut = portions(some, rates.standing_rows(some), rates.of(some), ends)
    own = cut.left(rates.half_lives)
    for row, t in zip(left, kept, strict=True):
        row[dated] = left_of_days(day, half_life, int(t), decay, ends)[1]
        in_parts = cut.still_in_force(own, int(t), decay, rates.half_lives, ends)[1]
        row[lasting] = np.bincount(cut.event, in_parts, len(some))
    if not dispersed(decay):
        return left
    if line is None:
        _, pair = distinct_dyads(events.source, events.target, len(events.actors))
        line = pair * len(events.domains) + events.domain
    years = half_life_years(decay, events.domains)[events.domain]
    mass = np.abs(events.value) * events.weight
    for row in left:
        evidence = evidence_of(np.bincount(line, mass * row), np.bincount(line, mass * mass * row))
        row /= decay.inflation(evidence[line], years)
    return left


def chances_of(versions: Versions, named: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """`drawn_together` of the events that touch a score."""
    return drawn_together(
        versions.events, versions.decay, versions.ends, versions.kept, named, line=versions.own_line
    )


def by_content(events: Events, codes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Codes (N,) of episodes, those of some rows numbered by day and content: draws do not depend on the order of rows."""
    columns = ("weight", "value", "until", "kind", "mutual", "domain", "target", "source", "precision", "day")
    order = rows[np.lexsort([getattr(events, name)[rows] for name in columns])]
    numbered = codes.copy()
    numbered[order] = pd.factorize(codes[order])[0]
    return numbered


# ---- what may have gone unseen ----------------------------------------------------------------------------
def one_event(in_force: np.ndarray, typical: np.ndarray) -> np.ndarray:
    """Mass and weight of one event in each period, (2, T): the means by mass, sum m^2 / sum m; 0 without any mass.

    Of what is `in_force`, (3, T), and one event of the whole table (`typical_event`): the few events of a thin record
    do not show how large such events are.
    """
    mass, square, weight = in_force + typical[:, None]
    size, by_mass = (np.nan_to_num(ratio(top, mass)) for top in (square, weight))
    return np.stack([size, by_mass * size])


@dataclass(frozen=True)
class Unseen:
    """Half an event of each sign that may have gone unseen, in each pair and domain that a score reads.

    Also of the sign that the record has not shown: three friendly acts do not rule out a hostile one.

    Attributes
    ----------
    level : ndarray, (R, 4, J, K, T)
        Events, weight, mass and squared mass that one whole event would leave.
    pair : ndarray of int, (J,)
        Both directions of a pair share its chance.
    possible : ndarray of bool, (R Q, K, 2), or None where all are
        Which sorts of each pair there may be, by sign.
    """

    level: np.ndarray
    pair: np.ndarray
    possible: np.ndarray | None = None

    @classmethod
    def make(cls, seen: np.ndarray, pair: np.ndarray, *sizes: np.ndarray) -> Unseen:
        """Events of one size (2, T), or of several, wherever anything is seen (J, K, T)."""
        return cls(np.stack([seen * _sums_of(size)[:, None, None] for size in sizes]), pair)

    def with_named(self, share: np.ndarray, size: np.ndarray, signs: np.ndarray) -> Unseen:
        """The same and one sort more: half an event of what is named, of one size (2, T) and of some signs (J, K, 2).

        A `share` (J, K, T) of its mass is left.
        """
        left = np.stack([share > 0, share, share, share**2])  # as an event that is scaled
        level = left * _sums_of(size)[:, None, None]
        of_pair = np.zeros(self.chances, dtype=bool)
        np.logical_or.at(of_pair, self.pair, signs)
        possible = np.concatenate([np.ones(self.chances, dtype=bool), of_pair])
        return Unseen(np.concatenate([self.level, level[None]]), self.pair, possible)

    @property
    def chances(self) -> tuple[int, int, int]:
        """Shape of the chances of one draw: of each sort and pair, in each domain, of either sign."""
        return len(self.level) * (int(self.pair.max()) + 1), self.level.shape[3], 2

    def sums(self, chance: np.ndarray, columns: tuple[int, ...] = ALL) -> np.ndarray:
        """What stands for one period each in some columns, (F, B, J, K, 2, T), for chances (B, R Q, K, 2)."""
        chance = chance if self.possible is None else chance * self.possible
        each = chance.reshape(len(chance), len(self.level), -1, *chance.shape[2:])[:, :, self.pair]
        return np.asarray(np.einsum("rfjkt,brjks->fbjkst", self.level[:, columns], each))


def _sums_of(size: np.ndarray) -> np.ndarray:
    """Event, weight, mass and squared mass of one event, (4, T)."""
    return np.stack([np.ones_like(size[0]), size[1], size[0], size[0] ** 2])


# ---- a table drawn anew -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Redrawn:
    """Versions of a table in which each episode happens as often as chance has it: sums of what is left of each alone.

    Attributes
    ----------
    versions : Versions
    read, other : list of scipy.sparse.csr_array, (4 * L * 2, G + 1)
        At each period the sums of each episode, the last one all that is given; and on the side that is not read.
    numbers : int
        Numbers that one draw of it took, were no partners pooled: so many draws are made at a time.
    seen : ndarray of bool, (J, K, T)
    """

    versions: Versions
    read: list[csr_array]
    other: list[csr_array]
    numbers: int
    seen: np.ndarray

    @classmethod
    def make(cls, versions: Versions, codes: np.ndarray, groups: int) -> Redrawn:
        """`codes` (N,): what each event happens by the chance of, -1 for events that are given."""
        group = np.where(codes < 0, groups, codes)
        numbers = (2 * 4 * versions.lines + groups + 1) * len(versions.kept)
        versions = versions.pooled()
        read = _sums_by_episode(versions, group, groups + 1)
        other = (
            _sums_by_episode(versions, group, groups + 1, other=True) if (versions.other >= 0).any() else []
        )
        table = cls(versions, read, other, numbers, np.empty(0))
        return replace(table, seen=table.known(np.ones((1, 1, groups + 1))))

    @property
    def pair(self) -> np.ndarray:
        """Each place is a pair of its own."""
        return np.arange(len(self.seen))

    def typical(self, factor: np.ndarray) -> np.ndarray:
        """Mass and weight of one event of these episodes, (2, T), by the acts of either side."""
        return one_event(self.in_force(factor), self.versions.typical)

    def in_force(self, factor: np.ndarray) -> np.ndarray:
        """Mass, squared mass and weight of these episodes at each date, (3, T), by the acts of either side."""
        found = np.zeros((3, len(self.versions.kept)))
        for side in filter(None, (self.read, self.other)):
            mixed = _mixed_sums(side, factor[None, None], self.versions)
            _, weight, c, c2, k, k2 = self.versions.stocks(mixed, columns=ALL)
            found += [stock.sum(axis=(0, 1, 2, 3)) for stock in (c + k, c2 + k2, weight)]
        return found

    def mass(self, factor: np.ndarray) -> np.ndarray:
        """Mass of either sign in each place, (J, K, 2, T), if episodes happen factor (G + 1) times."""
        J, K, T = self.seen.shape
        whole = _mixed_sums(self.read, factor[None, None], self.versions)[2, 0]
        return np.asarray(whole[: J * K].reshape(J, K, 2, T))

    def known(self, factor: np.ndarray) -> np.ndarray:
        """Where anything is known to the score, (J, K, T), if episodes happen factor (1, 1, G + 1) times."""
        whole = self.versions.stocks(_mixed_sums(self.read, factor, self.versions), columns=ALL)
        return where_known(self.versions.score, whole)

    def drawn(self, factor: np.ndarray, unseen: Unseen, chance: np.ndarray) -> np.ndarray:
        """Score of each draw, (B, M, T)."""
        return self.scores(self.mixed(factor), unseen, chance)

    def mixed(self, factor: np.ndarray) -> np.ndarray:
        """Sums that the score takes, (F, B, L, 2, T), if episodes happen factor (B, T or 1, G + 1) times."""
        return _mixed_sums(self.scored, factor, self.versions)

    def scores(self, sums: np.ndarray, unseen: Unseen, chance: np.ndarray) -> np.ndarray:
        """Score of each draw, (B, M, T), of its sums (F, B, L, 2, T)."""
        extra = unseen.sums(chance, self.versions.score.reads)
        lines = extra.shape[2] * extra.shape[3]
        beside = np.zeros_like(sums)
        beside[:, :, :lines] = extra.reshape(len(sums), len(chance), lines, *extra.shape[4:])
        found = self.versions.reading(sums, beside)
        return np.where(found.untold, np.nan, found.score)

    def some(self, columns: np.ndarray) -> Redrawn:
        """The same of some episodes alone."""
        read, other = ([one[:, columns] for one in side] for side in (self.read, self.other))
        return replace(self, read=read, other=other)

    @cached_property
    def scored(self) -> list[csr_array]:
        """Rows of `read` that the score takes, (F * L * 2, G + 1) at each period."""
        column = np.arange(self.read[0].shape[0]) // (self.versions.lines * 2)
        rows = np.flatnonzero(np.isin(column, self.versions.score.reads))
        return [one[rows] for one in self.read]


def _sums_by_episode(
    versions: Versions, group: np.ndarray, groups: int, *, other: bool = False
) -> list[csr_array]:
    from scipy.sparse import coo_array, csr_array

    size, found = versions.lines * 2, []
    for parts in versions.remaining(ALL, other=other):
        if 4 * size * groups <= NUMBERS:
            whole = np.zeros((4, size * groups))
            for part in parts:
                place = part.place * groups + group[part.event]
                for column, x in zip(whole, part.columns, strict=True):
                    column += np.bincount(place, x, size * groups)
            found.append(csr_array(whole.reshape(4 * size, groups)))
            continue
        each = [
            (np.ones(len(part.place)) if x is None else x, at * size + part.place, group[part.event])
            for part in parts
            for at, x in enumerate(part.columns)
        ]
        data, rows, columns = (np.concatenate(column) for column in zip(*each, strict=True))
        found.append(coo_array((data, (rows, columns)), shape=(4 * size, groups)).tocsr())
    return found


def _mixed_sums(apart: list[csr_array], factor: np.ndarray, versions: Versions) -> np.ndarray:
    """Sums of mixes (B, T or 1, G) of episodes, (F, B, L, 2, T)."""
    factor = np.broadcast_to(factor, (len(factor), len(apart), factor.shape[2]))
    mixed = np.stack([one @ np.ascontiguousarray(factor[:, t].T) for t, one in enumerate(apart)])
    return mixed.reshape(len(apart), -1, versions.lines, 2, len(factor)).transpose(1, 4, 2, 3, 0)


def where_known(score: Shipped, whole: PartyStocks) -> np.ndarray:
    """Where a domain is known to a score, for each pair that it reads, (J, K, T).

    Of the partners that are no powers one stands for all; a domain is known of a bloc's member with any of the powers.
    """
    if isinstance(score, AlignmentOf):
        return np.asarray(whole.n[0, 0] > 0)
    c = whole.cooperation[0]  # (S, J, K, T)
    P = len(score.powers)
    inside = c[:, :P].sum(axis=1, keepdims=True) > 0
    seen = np.broadcast_to(inside, (len(c), P, *c.shape[2:])).reshape(-1, *c.shape[2:])
    if isinstance(score, BlocOf) or c.shape[1] == P:
        return seen
    return np.concatenate([seen, c.sum(axis=1) > 0])


# ---- intervals --------------------------------------------------------------------------------------------
def error_and_ends(
    drawn: np.ndarray, difference: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standard deviation of draws (B, ...) of a difference, and its interval, which holds it; NaN draws are left out.

    Where draws as a whole lie beside the difference, since the score bends or what may have gone unseen pulls one way, the
    difference itself lies beside the truth likewise. So the interval of their quantiles reaches out on the other side by
    as much (the bias of a bootstrap, Efron 1981, Canadian J. of Statistics 9:139), no further than any draw.
    """
    low, _, high = quantiles(drawn, level)
    known = ~np.isnan(drawn)
    n = known.sum(axis=0)
    mean = ratio(np.nan_to_num(drawn).sum(axis=0), n)
    square = np.where(known, (drawn - mean) ** 2, 0.0).sum(axis=0)
    pull = mean - difference
    least, most = np.where(known, drawn, np.inf).min(axis=0), np.where(known, drawn, -np.inf).max(axis=0)
    low = np.minimum(np.maximum(low - np.maximum(pull, 0.0), least), difference)
    high = np.maximum(np.minimum(high - np.minimum(pull, 0.0), most), difference)
    return np.sqrt(ratio(square, n)), low, high


def chance_blocks(
    numbers: int, unseen: tuple[int, int, int], worth: np.ndarray, how: Draws
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Factors (B, T, G + 1) and unseen events (B, *unseen), block by block, where one draw takes so many numbers.

    An episode that is `worth` (T, G) events at each date happens Gamma(worth) / worth times as it stands then. What is
    left at a later date is a part of what was left before: the smaller Gamma is within the larger.
    """
    size = int(np.clip(NUMBERS // numbers, 1, MOST))
    T, G = worth.shape
    order = np.argsort(worth, axis=0)
    steps = np.diff(np.take_along_axis(worth, order, axis=0), axis=0, prepend=0.0)
    place = np.argsort(order, axis=0)[None]
    for first in range(0, how.draws, size):
        B = min(size, how.draws - first)
        if T == 1 and (worth == 1).all():
            chance = how.rng.standard_exponential((B, 1, G))
        else:
            chance = how.rng.standard_gamma(steps, (B, T, G))
            if T > 1:
                drawn = np.cumsum(chance, axis=1)
                chance = np.take_along_axis(drawn, np.broadcast_to(place, drawn.shape), axis=1)
            with np.errstate(under="ignore"):
                chance /= np.maximum(worth, LEAST)
            chance[:, worth <= LEAST] = 1.0
        factor = np.concatenate([chance, np.ones((B, T, 1))], axis=2)
        yield factor, how.rng.standard_gamma(JEFFREYS, (B, *unseen))
