"""Counts of cooperative and hostile events, period by period: what a half-life is learned from.

Letters for shapes: D dyads, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from alignscore.axes import Axes, distinct_dyads, make_periods
from alignscore.errors import OptionError, one_of
from alignscore.events import Events
from alignscore.ledger import Ledger, Ties
from alignscore.ledger.cells import OPEN, SUMS, Cells
from alignscore.measures.dyads.affinity_counts import counts_of_table, need_room
from alignscore.values import Frozen, as_pandas

By = Literal["domain", "all"]
Data: TypeAlias = pd.DataFrame | Cells | Events
YEARS = {"Y": 1.0, "Q": 1 / 4, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}  # in a period


@dataclass(frozen=True, eq=False, repr=False)
class Counts(Frozen):
    """Events of each sort per cell.

    Attributes
    ----------
    axes : Axes
        Undirected dyads stand once, in label order.
    cooperation, conflict : ndarray, (D, K, T)
        Numbers of events of the period itself; nothing has faded. From a ledger, the events of a cell
        divided as its masses are, so they may be fractions; a cell whose events are all of value 0 has neither.
    directed : bool
    """

    axes: Axes
    cooperation: np.ndarray
    conflict: np.ndarray
    directed: bool

    @property
    def years(self) -> float:
        """Length of a period in years."""
        return YEARS[self.axes.freq]

    @classmethod
    def from_data(cls, data: Data, columns: Mapping[str, str] | None, by: By, *, directed: bool) -> Counts:
        """Counts of a table, a ledger or events; ``by="all"`` adds the domains up."""
        one_of("by", by, get_args(By))
        one_of("directed", directed, (True, False))
        if isinstance(data, Counts | Ties):  # the sums of ties hold what the periods before left
            raise TypeError(f"data is a table of counts, a ledger or events, not {type(data).__name__}.")
        data = posted(data)
        if isinstance(data, Cells):
            if columns is not None:
                raise OptionError("columns name those of a table; a ledger and events have their own.")
            axes, c, k = _with_events(*_of_ledger(data, directed=directed))
        else:
            axes, c, k = counts_of_table(as_pandas("data", data), columns, directed=directed)
        if by == "all" and len(axes.domains) > 1:
            axes = Axes(axes.actors, axes.dyads, ("all",), axes.periods)
            c, k = c.sum(axis=1, keepdims=True), k.sum(axis=1, keepdims=True)
        return cls(axes, c, k, directed)


def nothing_to_predict(domain: object, domains: Sequence[str]) -> OptionError:
    """The error of one of some domains of which no cell has a past."""
    together = " by='all' takes the domains together." if len(domains) > 1 else ""
    return OptionError(
        f"domain {domain!r} has no dyad with an event after the first period: nothing can be predicted.{together}"
    )


def _with_events(axes: Axes, c: np.ndarray, k: np.ndarray) -> tuple[Axes, np.ndarray, np.ndarray]:
    """Without the domains of the codebook of which the events tell nothing: disputes are all of security."""
    occurring = np.flatnonzero((c + k).any(axis=(0, 2)))
    if not len(occurring):
        return axes, c, k
    domains = tuple(axes.domains[at] for at in occurring)
    return Axes(axes.actors, axes.dyads, domains, axes.periods), c[:, occurring], k[:, occurring]


def posted(data: Data) -> pd.DataFrame | Cells:
    """A table or a ledger as it is; events posted by year under the default decay of their codebook."""
    return Ledger.post(data) if isinstance(data, Events) else data


def _of_ledger(ledger: Cells, *, directed: bool) -> tuple[Axes, np.ndarray, np.ndarray]:
    """Axes, and the events booked in each cell divided as their masses are.

    A mechanism counts once, when it begins: it is booked again where it begins to fade, and taken off there.
    """
    axes, at = ledger.axes, ledger.coordinates()
    again = np.flatnonzero((at.until >= 0) & (at.until < OPEN))
    dyad, domain, mutual = (np.append(x, x[again]) for x in (at.dyad, at.domain, at.mutual))
    period = np.append(at.period, at.until[again])
    sums = np.concatenate([ledger.sums, ledger.sums[again]])
    n, weight, up, down = (sums[:, SUMS.index(name)] for name in ("n", "weight", "cooperation", "conflict"))
    n = n * np.where(np.arange(len(n)) < len(at.dyad), 1.0, -1.0)
    whole = up + down
    n[(whole == 0) & (weight > 0)] = 0.0  # of value 0: neither; without weight: replaced in its first period
    share = np.divide(up, whole, out=np.ones(len(n)), where=whole > 0)
    dyads, times = axes.dyads, np.ones(len(n))
    if not directed:
        dyads, pair = distinct_dyads(dyads.min(axis=1), dyads.max(axis=1), len(axes.actors))
        dyad = pair[dyad]
        times = np.where(mutual, 0.5, 1.0)  # a mutual act is booked from both sides
    periods = make_periods(axes.periods[0], ledger.last, axes.freq)  # type: ignore[arg-type]
    axes = Axes(axes.actors, dyads, axes.domains, periods)
    need_room(axes)
    D, K, T = axes.shape
    kept = period < T
    cell = ((dyad * K + domain) * T + period)[kept]
    whole, up = (
        np.bincount(cell, (times * n * part)[kept], D * K * T).reshape(D, K, T) for part in (1.0, share)
    )
    whole = np.maximum(whole, 0.0)
    c = np.clip(up, 0.0, whole)
    return axes, c, whole - c
