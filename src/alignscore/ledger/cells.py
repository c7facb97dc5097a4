"""Cells of a ledger: the one numbering of (dyad, domain, layer, period), and sums of events in the cells that occur.

Letters for shapes: M cells, D dyads (or pairs of actors), K domains, R rates of fading, T periods.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from alignscore.axes import Axes, union
from alignscore.decay import Decay
from alignscore.errors import LedgerError
from alignscore.values import Frozen

SUMS = ("n", "weight", "cooperation", "cooperation2", "conflict", "conflict2")  # of each cell
OPEN = 1 << 40  # until: no end is known
MOST_CELLS = 1 << 62


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
        layer: np.ndarray = 2 * np.where(np.equal(rate, 0), standing, np.subtract(rate, 1)) + mutual
        return layer

    def key(
        self, dyad: np.ndarray, domain: np.ndarray, layer: np.ndarray | int, period: np.ndarray | int
    ) -> np.ndarray:
        """Numbers of cells, int64."""
        line = np.asarray(dyad, dtype=np.int64) * self.domains + domain
        key: np.ndarray = (line * self.layers + layer) * self.periods + period
        return key

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

    def moved(self, cells: np.ndarray, to: Grid, dyads: np.ndarray, shift: int) -> np.ndarray:
        """The same cells in another grid: `dyads` (..., D) there, and periods `shift` later, (..., M)."""
        if self.one == to.one and not shift:  # only whole dyads move
            by = (dyads - np.arange(dyads.shape[-1])) * self.per_dyad
            moved: np.ndarray = by[..., cells // self.per_dyad]
            moved += cells
            return moved
        at = self.coordinates(cells)
        layer = to.layer(at.rate, at.mutual, at.until + shift)
        return to.key(dyads[..., at.dyad], at.domain, layer, at.period + shift)


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

    def codes_in(self, axes: Axes) -> np.ndarray:
        """Codes of the actors in other axes, (A,), -1 for one they lack."""
        place = {label: at for at, label in enumerate(axes.actors)}
        return np.array([place.get(label, -1) for label in self.axes.actors], dtype=np.int64)

    def cells_in(self, axes: Axes, *, joint: bool = False) -> np.ndarray:
        """Numbers of the cells, or of the joint ones, in axes that have the same dyads and periods or more, (M,)."""
        mine = self.codes_in(axes)[self.axes.dyads]
        dyads = np.searchsorted(axes.dyad_keys, mine[:, 0] * len(axes.actors) + mine[:, 1])
        shift = self.axes.periods[0].ordinal - axes.periods[0].ordinal
        own, to, cells = self.grid, Grid.make(axes, self.half_lives), self.cells
        if joint:
            own, to, cells = own.joint(), to.joint(), self.joint_cells
        return own.moved(cells, to, dyads, shift)


def joint_axes(a: Axes, b: Axes) -> Axes:
    """Axes that hold both."""
    actors = union([a.actors, b.actors])
    place = {label: at for at, label in enumerate(actors)}
    keys = [
        np.array([place[label] for label in axes.actors], dtype=np.int64)[axes.dyads]
        @ np.array([len(actors), 1])
        for axes in (a, b)
    ]
    dyads = np.stack(np.divmod(np.union1d(*keys), len(actors)), axis=1)
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
