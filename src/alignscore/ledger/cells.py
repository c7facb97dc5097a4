"""Cells of a ledger: what an event posts to them, how they are numbered, and the sums of those that occur.

An event is cut into portions, one a period it falls in, each with a rate of fading and what is left of it at the
period's end. A portion goes to the cell of its dyad, domain, layer and period, for which a ledger has one number.

Letters for shapes: N events, P portions, M cells, A actors, D dyads (or pairs of actors), K domains, R rates of fading,
T periods.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from alignscore.axes import Axes, Freq, codes_among, dyads_of, keys_of, make_periods, union
from alignscore.codebook import Codebook
from alignscore.dates import NO_DAY, span_ends, span_starts
from alignscore.decay import Decay, HalfLife, Saturating, Window, left_of_flow
from alignscore.errors import LedgerError
from alignscore.events import Events
from alignscore.values import Frozen, any_set, as_one, counted_off, once

SUMS = ("n", "weight", "cooperation", "cooperation2", "conflict", "conflict2")  # of each cell
OPEN = 1 << 40  # until: no end is known
MOST_CELLS = 1 << 62
BLOCK = 1 << 15  # events worked on at a time: their scratch stays in the cache


def blocks(n: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices that cover range(n)."""
    for at in range(0, n, size):
        yield slice(at, min(at + size, n))


# ---- what an event posts -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Rates:
    """Rates of fading under a decay and a codebook, worked out once a posting.

    Attributes
    ----------
    half_lives : ndarray, (R,)
        Days; the first, infinite, is the rate of what stands.
    of_kind : ndarray of int, (kinds + 1, K)
        Rate of each kind in each domain, never 0; the last row is that of events without a kind.
    standing : bool
        Whether mechanisms stand; under `Saturating` each counts once, when it begins.
    window : float
        Periods for which an act counts, the one it falls in included; infinite save under `Window`.
    """

    half_lives: np.ndarray
    of_kind: np.ndarray
    standing: bool
    window: float

    @classmethod
    def make(cls, decay: Decay, codebook: Codebook) -> Rates:
        """Rates of a codebook's kinds; choices other than half-lives fade between periods, not within one."""
        within = decay if isinstance(decay, HalfLife) else HalfLife(np.inf)
        days, codes = within.rates(codebook.domains, codebook.names)
        window = decay.periods if isinstance(decay, Window) else np.inf
        of_kind = codes.astype(np.int64) + 1
        return cls(np.append(np.inf, days), of_kind, not isinstance(decay, Saturating), window)

    def standing_rows(self, events: Events) -> np.ndarray:
        """Events that hold their full mass until they end, (N,)."""
        return events.standing if self.standing else np.broadcast_to(False, len(events))

    def of(self, events: Events) -> np.ndarray:
        """Rate at which each event fades, or will once it has ended, (N,)."""
        return np.asarray(self.of_kind[events.kind, events.domain])


@dataclass(frozen=True)
class Dated:
    """When events begin and end: those columns of `Events` that say so, (N,) each."""

    day: np.ndarray
    until: np.ndarray
    precision: np.ndarray
    settled: np.ndarray
    until_precision: np.ndarray

    def __len__(self) -> int:
        return len(self.day)


class Portions(NamedTuple):
    """Parts of events, one a period they fall in, and for each mechanism that ends one more, (P,) each.

    Of its event's mass a portion leaves ``share``, where it stands, and else
    ``share / days * sum_{d < days} 2^(-(lag + d) / h)`` at its period's end, h the half-life of its rate.
    """

    event: np.ndarray  # position among the events given
    period: np.ndarray
    # first period in which what stands has ended, OPEN where none is known; -1 where it fades
    until: np.ndarray
    rate: np.ndarray  # 0 where it stands
    n: np.ndarray  # part of an event
    share: np.ndarray
    lag: np.ndarray  # days from the last of its days to the period's end
    days: np.ndarray

    def left(self, half_lives: np.ndarray) -> np.ndarray:
        """What is left of its event's mass at the end of its period, (P,), at the half-life of its rate, (R,).

        Half-lives (R, B) of several draws give (P, B).
        """
        wide = (slice(None),) + (None,) * (half_lives.ndim - 1)
        h = half_lives[self.rate]
        left: np.ndarray = np.exp2(-self.lag[wide] / h)  # of one day
        spread = np.flatnonzero(self.days != 1)
        lag, days = self.lag[spread][wide], self.days[spread][wide]
        left[spread] = fading_sum(lag, days, h[spread]) / days
        left *= self.share[wide]
        return left

    def still_in_force(
        self, own: np.ndarray, t: int, decay: Decay, half_lives: np.ndarray, ends: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Part of its event that is booked, and of its mass that is in force, at the end of period t, (P,) each.

        `own` is what is left of it at the end of each portion's own period.
        """
        stands = self.rate == 0
        here = (self.period <= t) & (~stands | (self.until > t))
        at = np.minimum(self.period, t)
        days, periods = ends[t] - ends[at], t - at
        mass = np.where(stands, 1.0, left_of_flow(days, periods, decay, half_lives[self.rate]))
        booked = np.where(stands, 1.0, left_of_flow(days, periods, decay, np.full(len(at), np.inf)))
        return self.n * booked * here, own * mass * here


def fading_sum(lag: np.ndarray, days: np.ndarray, half_life: np.ndarray) -> np.ndarray:
    """Sum of 2^(-(lag + d) / h) over d = 0 .. days - 1; `days` itself where nothing fades."""
    step = -np.log(2) / half_life
    with np.errstate(invalid="ignore"):
        fading = np.exp2(-lag / half_life) * np.expm1(days * step) / np.expm1(step)
    return np.where(np.isinf(half_life), days, fading)


def portions(events: Events | Dated, stands: np.ndarray, rate: np.ndarray, ends: np.ndarray) -> Portions:
    """Cut events at the ends of periods (T,); what lies before the first period is carried into it.

    An event of which the month or year is known is spread evenly over its days. What stands does so from its
    beginning to the end of the period before its `until`; from then on the act fades, and one that a later kind
    of its family replaced leaves nothing, since that one carries the tie on: where only the later one's month or
    year is known, the earlier ends evenly over its days, as the later one begins.
    """
    ended = stands & (events.until != NO_DAY)
    start = span_starts(events.day, events.precision)
    end = span_ends(events.day, events.precision)
    end = np.where(ended, np.minimum(end, events.until), end)
    first, last = np.searchsorted(ends, start), np.searchsorted(ends, end)
    opens = np.append(np.iinfo(np.int64).min, ends[:-1] + 1)
    e, stops, part = _endings(events, ended, ends, opens)
    count = (last - first + 1)[e]
    which = np.repeat(np.arange(len(e)), count)
    period = first[e[which]] + counted_off(count)
    # nothing begins after the last period, or stands ended
    kept = (period < len(ends)) & (period < stops[which])
    which, period = which[kept], period[kept]
    event = e[which]
    low, high = np.maximum(start[event], opens[period]), np.minimum(end[event], ends[period])
    days = high - low + 1.0
    share = part[which] * days / (end - start + 1.0)[event]
    before = Portions(
        event=event, period=period, until=np.where(stands[event], stops[which], -1),
        rate=np.where(stands, 0, rate)[event], n=share, share=share, lag=ends[period] - high, days=days,
    )  # fmt: skip
    over = np.flatnonzero(ended[e] & (stops < len(ends)))
    gone, period = e[over], stops[over]
    after = Portions(
        event=gone, period=period, until=np.full(len(gone), -1), rate=rate[gone], n=part[over],
        share=np.where(events.settled[gone], 0.0, part[over]), lag=ends[period] - events.until[gone],
        days=np.ones(len(gone)),
    )  # fmt: skip
    return Portions(*(np.concatenate(pair) for pair in zip(before, after, strict=True)))


def _endings(
    events: Events | Dated, ended: np.ndarray, ends: np.ndarray, opens: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Events, the first period in which each has ended (OPEN: none is known), and how likely it is to end there.

    An event stands once for each period in which it may end.
    """
    every = np.arange(len(events))
    low = events.until.astype(np.int64)
    first = np.searchsorted(ends, low)
    spread = np.flatnonzero(ended & (events.until_precision > 0))
    if not len(spread):
        return every, np.where(ended, first, OPEN), np.ones(len(events))
    high = low.copy()
    high[spread] = span_ends(events.until[spread], events.until_precision[spread])
    count = np.searchsorted(ends, high) - first + 1
    e = np.repeat(every, count)
    period = first[e] + counted_off(count)
    opens, closes = np.append(opens, ends[-1] + 1), np.append(ends, np.iinfo(np.int64).max)
    days = np.minimum(high[e], closes[period]) - np.maximum(low[e], opens[period]) + 1.0
    return e, np.where(ended[e], period, OPEN), days / (high - low + 1)[e]


def periods_of(tables: Sequence[Events], freq: Freq) -> tuple[pd.PeriodIndex, pd.Period]:
    """Periods that hold every day that some tables name, and the last one in which an event may begin."""
    ranges = []
    for events in tables:
        loose = np.flatnonzero(events.precision) if any_set(events.precision) else slice(0, 0)
        day, fine = events.day[loose], events.precision[loose]
        first = min([int(events.day.min()), *span_starts(day, fine).tolist()])
        last = max([int(events.day.max()), *span_ends(day, fine).tolist()])
        over = int(span_ends(as_one(events.until), as_one(events.until_precision)).max())
        ranges.append((first, last, max(last, over)))
    firsts, lasts, ends = zip(*ranges, strict=True)
    first, last, end = (np.datetime64(day, "D") for day in (min(firsts), max(lasts), max(ends)))
    return make_periods(first, end, freq), pd.Period(last, freq=freq)


# ---- how cells are numbered -------------------------------------------------------------------------------
class Coordinates(NamedTuple):
    """Where cells lie, an array (M,) each."""

    dyad: np.ndarray
    domain: np.ndarray
    rate: np.ndarray  # position in the half-lives; 0 is what stands
    mutual: np.ndarray  # bool
    period: np.ndarray
    # first period in which what stands no longer does, OPEN if none is known; -1 if it fades
    until: np.ndarray


@dataclass(frozen=True)
class Grid:
    """Numbers of cells: ``((dyad * K + domain) * L + layer) * T + period``, of every cell there could be.

    A layer is a rate of fading, of acts of one side or of mutual ones (posted to both directions, so that an
    undirected view can count them once). What stands has a layer for each period in which it may end: the sums
    of a cell then begin and end together, a balance is a sum of those in force, and nothing is ever subtracted.

    Parameters
    ----------
    dyads, domains, rates, periods : int
        D, K, R and T. Rate 0 is what stands.
    """

    dyads: int
    domains: int
    rates: int
    periods: int

    def __post_init__(self) -> None:
        if self.dyads * self.per_dyad >= MOST_CELLS:
            raise LedgerError(
                f"{self.dyads:,} dyads over {self.periods:,} periods are too many for one ledger; choose longer "
                "periods (freq) or fewer actors."
            )

    @classmethod
    def make(cls, axes: Axes, half_lives: np.ndarray) -> Grid:
        """The grid of a ledger's axes."""
        D, K, T = axes.shape
        return cls(D, K, len(half_lives), T)

    def joint(self) -> Grid:
        """The grid of joint cells: a line for each pair of domains a <= b, then one more for acts in opposite directions.

        The latter stand under the dyad whose source has the lower code.
        """
        return Grid(self.dyads, self.domains * (self.domains + 1), self.rates, self.periods)

    @property
    def one(self) -> Grid:
        """The same of one dyad."""
        return Grid(1, self.domains, self.rates, self.periods)

    @property
    def layers(self) -> int:
        """Number of layers L: those that fade, then those that stand until each period, and for good."""
        return 2 * (self.rates - 1) + 2 * (self.periods + 1)

    @property
    def per_dyad(self) -> int:
        """Number of possible cells of one dyad."""
        return self.domains * self.layers * self.periods

    def layer(
        self, rate: np.ndarray | int, mutual: np.ndarray | bool, until: np.ndarray | int = -1
    ) -> np.ndarray:
        """Layer of a rate, of what stands (rate 0) until a period, or for good (T or later)."""
        standing = self.rates - 1 + np.minimum(until, self.periods)
        return np.asarray(2 * np.where(np.equal(rate, 0), standing, np.subtract(rate, 1)) + mutual)

    def key(
        self, dyad: np.ndarray, domain: np.ndarray, layer: np.ndarray | int, period: np.ndarray | int
    ) -> np.ndarray:
        """Numbers of cells, int64."""
        line = np.asarray(dyad, dtype=np.int64) * self.domains + domain
        return np.asarray((line * self.layers + layer) * self.periods + period)

    def coordinates(self, cells: np.ndarray) -> Coordinates:
        """Where cells lie."""
        rest, period = np.divmod(cells, self.periods)
        rest, layer = np.divmod(rest, self.layers)
        dyad, domain = np.divmod(rest, self.domains)
        half, mutual = np.divmod(layer, 2)
        stands = half >= self.rates - 1
        until = np.where(stands, half - (self.rates - 1), -1)
        until[until == self.periods] = OPEN
        return Coordinates(dyad, domain, np.where(stands, 0, half + 1), mutual == 1, period, until)

    def in_other_grid(self, cells: np.ndarray, to: Grid, dyads: np.ndarray, shift: int) -> np.ndarray:
        """The same cells in another grid: `dyads` (..., D) there, and periods `shift` later, (..., M)."""
        if self.one == to.one and not shift:  # only whole dyads move
            by = (dyads - np.arange(dyads.shape[-1])) * self.per_dyad
            moved: np.ndarray = by[..., cells // self.per_dyad]
            moved += cells
            return moved
        at = self.coordinates(cells)
        layer = to.layer(at.rate, at.mutual, at.until + shift)
        return to.key(dyads[..., at.dyad], at.domain, layer, at.period + shift)


# ---- the sums of those that occur -------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Cells(Frozen):
    """Sums of events per (dyad, domain, layer, period), kept for the cells that occur.

    Attributes
    ----------
    axes : Axes
        All actors, dyads, domains and periods that any cell names; mechanisms with a known end may
        reach beyond `last`.
    last : pandas.Period
        Last period in which an event happens or begins: where `ties` stops unless told otherwise.
    decay : HalfLife, Window, Cumulative or Saturating
    half_lives : ndarray, (R,)
        Days; the first, infinite, is the rate of what stands.
    cells : ndarray of int64, (M,)
        Numbers in `grid`, ascending.
    sums : ndarray, (M, 6)
        n, weight, cooperation and its squares, conflict and its squares, faded to the period's end.
    booked : ndarray, (2, 2, K)
        Of acts of one side and of mutual ones (each once): events of some mass, and their whole masses, none of it
        faded, in each domain.
    joint_cells : ndarray of int64, (M',)
        Numbers in `grid.joint()`, ascending.
    joint : ndarray, (M', 2)
        Products of the masses of two events of one cluster, of cooperation and of conflict, faded as squares are.
    """

    axes: Axes
    last: pd.Period
    decay: Decay
    half_lives: np.ndarray
    cells: np.ndarray
    sums: np.ndarray
    booked: np.ndarray
    joint_cells: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64), kw_only=True)
    joint: np.ndarray = field(default_factory=lambda: np.empty((0, 2)), kw_only=True)

    @property
    def grid(self) -> Grid:
        """How the cells are numbered."""
        return Grid.make(self.axes, self.half_lives)

    def coordinates(self) -> Coordinates:
        """Dyad, domain, rate, mutual, period and until of every cell, each (M,)."""
        return self.grid.coordinates(self.cells)

    def of_dyads(self, rows: np.ndarray) -> Cells:
        """The cells of some dyads, ascending, alone; actors, periods and what is booked stay those of all."""

        def some(cells: np.ndarray, per_dyad: int) -> tuple[np.ndarray, np.ndarray]:
            first, stop = np.searchsorted(cells, [rows * per_dyad, (rows + 1) * per_dyad])
            count = stop - first
            kept = np.repeat(first, count) + counted_off(count)
            moved = np.repeat(np.arange(len(rows)) - rows, count) * per_dyad
            return kept, cells[kept] + moved

        kept, cells = some(self.cells, self.grid.per_dyad)
        joint_kept, joint_cells = some(self.joint_cells, self.grid.joint().per_dyad)
        return replace(
            self, axes=replace(self.axes, dyads=self.axes.dyads[rows]), cells=cells, sums=self.sums[kept],
            joint_cells=joint_cells, joint=self.joint[joint_kept],
        )  # fmt: skip

    def codes_in(self, axes: Axes) -> np.ndarray:
        """Codes of the actors in other axes, (A,), -1 for one they lack."""
        return codes_among(self.axes.actors, axes.actors)

    def cells_in(self, axes: Axes, *, joint: bool = False) -> np.ndarray:
        """Numbers of the cells, or of the joint ones, in axes that have the same dyads and periods or more, (M,)."""
        mine = self.codes_in(axes)[self.axes.dyads]
        dyads = np.searchsorted(axes.dyad_keys, keys_of(mine, len(axes.actors)))
        shift = self.axes.periods[0].ordinal - axes.periods[0].ordinal
        own = self.grid
        to = Grid.make(axes, self.half_lives)
        cells = self.cells
        if joint:
            own, to, cells = own.joint(), to.joint(), self.joint_cells
        return own.in_other_grid(cells, to, dyads, shift)


def joint_axes(a: Axes, b: Axes) -> Axes:
    """Axes that hold both."""
    actors = union([a.actors, b.actors])
    keys = [keys_of(codes_among(axes.actors, actors)[axes.dyads], len(actors)) for axes in (a, b)]
    dyads = dyads_of(once(*keys), len(actors))
    first = min(a.periods[0], b.periods[0])
    last = max(a.periods[-1], b.periods[-1])
    return Axes(actors, dyads, a.domains, pd.period_range(first, last, freq=a.freq))


def pair_lines(K: int, *, apart: bool = False) -> np.ndarray:
    """Line of each pair of domains in the joint grid, (K, K): those with a <= b, row by row.

    With `apart` those with a < b alone, and 0 for a domain with itself.
    """
    line = np.zeros((K, K), dtype=np.int64)
    upper = np.triu_indices(K, int(apart))
    line[upper] = np.arange(len(upper[0]))
    return np.maximum(line, line.T)


def mean_event_mass(booked: np.ndarray, *, directed: bool) -> np.ndarray:
    """Mean mass of one event of each domain, (K,), of what is `booked` (2, 2, K); 1 where no event has any.

    Where acts are read without their direction a mutual act has the mass of both its sides.
    """
    (n, mass), (mutual, shared) = booked
    events = n + (2 if directed else 1) * mutual
    return np.where(events > 0, (mass + 2 * shared) / np.where(events > 0, events, 1.0), 1.0)
