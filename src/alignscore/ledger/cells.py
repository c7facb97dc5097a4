"""Sums of events in the cells that occur: what a ledger keeps, and what ties are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignscore.axes import Axes
from alignscore.decay import Decay
from alignscore.values import Frozen


@dataclass(frozen=True, eq=False, repr=False)
class Cells(Frozen):
    """Sums of events per (dyad, domain, layer, period), kept for the cells that occur.

    A layer is one rate of fading, of acts of one side or of mutual acts (posted to both directions, so
    that an undirected view can count them once).

    Attributes
    ----------
    axes : Axes
        All actors, dyads, domains and periods that any cell names; mechanisms with a known end may
        reach beyond `last`.
    last : pandas.Period
        Last period in which an event happens or begins: where `ties` stops unless told otherwise.
    decay : HalfLife, Window, Cumulative or Saturating
    half_lives : ndarray, (R,)
        Days; the first, infinite, is the layer of what stands.
    cells : ndarray of int64, (M,)
        Flat positions in (D, K, 2R, T), ascending.
    sums : ndarray, (M, 6)
        n, weight, cooperation and its squares, conflict and its squares, faded to the period's end.
    booked : ndarray, (2, 2, K)
        Of acts of one side and of mutual ones (each once): events of some mass, and their whole masses, none of it
        faded, in each domain.
    """

    axes: Axes
    last: pd.Period
    decay: Decay
    half_lives: np.ndarray
    cells: np.ndarray
    sums: np.ndarray
    booked: np.ndarray

    def coordinates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Dyad, domain, layer and period of every cell, each (M,)."""
        D, K, T = self.axes.shape
        d, k, layer, t = np.unravel_index(self.cells, (D, K, 2 * len(self.half_lives), T))
        return d, k, layer, t
