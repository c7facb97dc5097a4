"""Between whom a score is read, and the stocks between them: the one form in which every score takes its ties.

Letters for shapes: S actors of the score, J partners, K domains, T periods; ... any leading axes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from alignscore.axes import Axes
from alignscore.errors import OptionError
from alignscore.ledger.ties import Ties

COLUMNS = ("events", "weight", "mass", "squared mass")  # of sums over events, cooperation and conflict apart


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


def labels_of(actors: tuple[str, ...], domains: tuple[str, ...]) -> Axes:
    """Axes of labels alone: how a table's actors and domains are looked up."""
    return Axes(actors, np.empty((0, 2), dtype=np.int64), domains, pd.PeriodIndex([], freq="Y"))


def omega_of(domains: tuple[str, ...], weights: Mapping[str, float] | None) -> np.ndarray:
    """Weights of domains, adding to 1."""
    return labels_of((), domains).domain_weights(weights)


def stocks_between(ties: Ties, actors: Sequence[str], partners: Sequence[str], way: str) -> PartyStocks:
    """Stocks of ties between actors and partners: by acts of either side, of the actors ('out') or the partners ('in').

    Raises
    ------
    OptionError
        Undirected ties, which do not tell the acts of one side.
    """
    if way != "both" and not ties.directed:
        raise OptionError("the score reads one direction; these ties are undirected.")
    view = ties.both_ways() if way == "both" else ties
    table = view.axes.table.T if way == "in" else view.axes.table
    at = table[view.axes.actor_codes(actors)[:, None], view.axes.actor_codes(partners)]
    met = (at >= 0)[..., None, None]
    return PartyStocks(*(np.where(met, getattr(view, name)[at], 0.0) for name in PartyStocks._fields))
