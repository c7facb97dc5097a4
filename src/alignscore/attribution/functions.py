"""Any function of ties as a score: tables posted on one set of axes, and a call of the function for each.

Letters for shapes: N events, M postings, U cells, D dyads, Q pairs of actors, B draws, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from alignscore.attribution.redrawn import Unseen, one_event
from alignscore.attribution.scores import Reading
from alignscore.attribution.versions import Span, typical_event
from alignscore.axes import COMPOSITE, Axes, dyads_of
from alignscore.codebook import decay_under
from alignscore.decay import Decay
from alignscore.errors import OptionError
from alignscore.events import Events
from alignscore.ledger import Ledger
from alignscore.ledger.cells import SUMS, Rates
from alignscore.ledger.sums import booked, each_posting, merge, occurring_dyads, post
from alignscore.ledger.ties import Ties
from alignscore.values import once, run_starts


class PostedAnew:
    """Scores tables of events by a user's function, each posted anew on one set of axes."""

    def __init__(
        self, score: Callable[[Ties], Any], tables: Sequence[Events], span: Span, decay: Decay | None
    ) -> None:
        first = tables[0]
        decay = decay_under(decay, first.codebook)
        keys = once(*map(occurring_dyads, tables))
        dyads = dyads_of(keys.astype(np.int64), len(first.actors))
        axes = Axes(first.actors, dyads, first.domains, span.periods)
        cells, table = np.empty(0, dtype=np.int64), np.empty((0, len(SUMS)))
        mark = first.codebook.fingerprint
        self.score, self.span, self.typical = score, span, typical_event(first, directed=True)
        self.rates = Rates.make(decay, first.codebook)
        self.ledger = Ledger(axes, span.last, decay, self.rates.half_lives, cells, table, booked(first), mark)

    def __call__(self, events: Events) -> np.ndarray:
        """Score at the periods asked for, (T,); NaN without any event."""
        return self.of_ties(self.ties_of(events)) if len(events) else np.full(len(self.span.at), np.nan)

    def reading(self, events: Events) -> Reading:
        """The same, as a score of no domain."""
        score = self(events)[None, None]
        return Reading((COMPOSITE,), score, np.full(score.shape, float(len(events))))

    def ties_of(self, events: Events) -> Ties:
        """Ties of some events, among all actors and with the factual mass of one event."""
        axes = self.ledger.axes
        posting = post([events], self.rates, axes.ends, axes.dyad_keys)
        return self.ties(posting.cells, posting.sums)

    def ties(self, cells: np.ndarray, table: np.ndarray) -> Ties:
        """Ties of what is posted in cells of the ledger."""
        return replace(self.ledger, cells=cells, sums=table).ties(self.span.last)

    def of_ties(self, ties: Ties) -> np.ndarray:
        """Score of ties, (T,)."""
        found = self.score(ties)
        value = None
        if found is not None and not isinstance(found, str):
            with suppress(TypeError, ValueError):
                value = np.asarray(found, dtype=float)
        if value is None:
            shown = type(found).__name__ if pd.api.types.is_list_like(found) else repr(found)
            raise TypeError(f"score returned {shown:.60}; it must return a number, or one number a period.")
        periods = len(ties.axes.periods)
        if value.shape == (periods,):
            return np.asarray(value[self.span.at])
        if value.shape == () and self.span.at.tolist() == [periods - 1]:
            return value[None]
        raise OptionError(
            f"score returned an array of shape {value.shape}; it must return one number a period, shape "
            f"({periods},), or one number where only the last period is asked for."
        )


@dataclass(frozen=True)
class PostedApart:
    """Postings of a table by episode: any mix of the episodes, with what may have gone unseen, is a sum of these.

    Attributes
    ----------
    posted : PostedAnew
    group, cells : ndarray of int, (M,)
        Episode, the last one all that is given, and cell of the ledger, ascending.
    sums : ndarray, (M, 6)
    pair : ndarray of int, (D,)
        Both directions of a pair of actors share the chance of what went unseen.
    seen : ndarray of bool, (D, K, T)
        Where anything is known.
    """

    posted: PostedAnew
    group: np.ndarray
    cells: np.ndarray
    sums: np.ndarray
    pair: np.ndarray
    seen: np.ndarray

    @classmethod
    def make(cls, posted: PostedAnew, events: Events, codes: np.ndarray, groups: int) -> PostedApart:
        """Post each episode apart; `codes` (N,) are -1 for events that are not redrawn."""
        axes = posted.ledger.axes
        event, cells, table = each_posting(events, posted.rates, axes.dyad_keys, axes.ends)
        order = np.argsort(cells, kind="stable")
        group = np.where(codes < 0, groups, codes)[event]
        low, high = axes.dyads.min(axis=1), axes.dyads.max(axis=1)
        pair = np.unique(low * np.int64(len(axes.actors)) + high, return_inverse=True)[1].reshape(-1)
        seen = posted.ties(*merge([(cells, table)])).n > 0
        return cls(posted, group[order], cells[order], table[order], pair, seen)

    @property
    def numbers(self) -> int:
        """Numbers that one draw of it takes."""
        layers = 2 * len(self.posted.rates.half_lives)
        return len(SUMS) * (len(self.cells) + (2 + layers) * self.seen.size)

    def mixed(self, factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cells (U,) and sums (B, U, 6) with each episode happening factor (B, G + 1) times."""
        first = run_starts(self.cells)
        many = factor[:, self.group, None] * self.sums
        return self.cells[first], np.add.reduceat(many, first, axis=1)

    def ties(self, factor: np.ndarray) -> Ties:
        """Ties with each episode happening factor (G + 1) times."""
        cells, table = self.mixed(factor[None])
        return self.posted.ties(cells, table[0])

    def mass(self, factor: np.ndarray) -> np.ndarray:
        """Mass of either sign of these episodes in each place, (D, K, 2, T)."""
        ties = self.ties(factor)
        return np.stack([ties.cooperation, ties.conflict], axis=2)

    def typical(self, factor: np.ndarray) -> np.ndarray:
        """Mass and weight of one event of these episodes, weighted by mass, (2, T)."""
        ties = self.ties(factor)
        over = (0, 1)  # pairs and domains
        mass = ties.cooperation.sum(axis=over) + ties.conflict.sum(axis=over)
        square = ties.cooperation2.sum(axis=over) + ties.conflict2.sum(axis=over)
        return one_event(np.stack([mass, square, ties.weight.sum(axis=over)]), self.posted.typical)

    def drawn(self, factor: np.ndarray, unseen: Unseen, chance: np.ndarray) -> np.ndarray:
        """Score of each draw, (B, 1, T)."""
        grid, (_, K, T) = self.posted.ledger.grid, self.seen.shape
        t = np.arange(T)
        dyad, domain = np.arange(len(self.pair))[:, None, None], np.arange(K)[:, None]
        at = grid.key(dyad, domain, grid.layer(0, mutual=False, until=t + 1), t)  # it stands for one period
        extra = np.moveaxis(unseen.sums(chance), 0, -1)  # (B, D, K, 2, T, 4)
        of_signs = extra[:, :, :, 0, :, 2:], extra[:, :, :, 1, :, 2:]
        extra = np.concatenate([extra.sum(axis=3)[..., :2], *of_signs], axis=-1)
        cells, table = self.mixed(factor[:, 0])
        cells = np.concatenate([cells, at.reshape(-1)])
        table = np.concatenate([table, extra.reshape(len(table), -1, len(SUMS))], axis=1)
        return np.array([[self.posted.of_ties(self.posted.ties(*merge([(cells, one)])))] for one in table])
