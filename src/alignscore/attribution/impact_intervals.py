"""How far impacts may be from those of the expected stocks: each group known, all else of the record drawn again.

Letters for shapes: N events that touch the score, G groups of them, C columns (events of one group that happen by one
chance), B draws, M domains and composite, T periods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignscore.attribution.redrawn import Draws, Redrawn, Unseen, chances, drawn_together, summary
from alignscore.attribution.versions import Versions, resettled


@dataclass(frozen=True)
class LeftOut:
    """A table from which each of G groups can be left out, and in which all that is left happens by chance.

    Attributes
    ----------
    table : Redrawn
        A column for each part of a group that happens by one chance. Rows of a family that end otherwise once a group
        is gone have a column as they stand and one as they stand then.
    chance, group : ndarray of int, (C,)
    instead : ndarray of int, (C,)
        The group without which a column stands in the place of another; -1 where it stands as events are.
    displaced : ndarray of int, (2, X)
        Groups and the columns that do not stand without them.
    worth : ndarray, (T, chances)
        How many events each chance is worth at each date.
    """

    table: Redrawn
    chance: np.ndarray
    group: np.ndarray
    instead: np.ndarray
    displaced: np.ndarray
    worth: np.ndarray

    @classmethod
    def make(cls, versions: Versions, codes: np.ndarray) -> LeftOut:
        """Of events in groups by `codes` (N,), -1 for those that are in none."""
        rest, who, until, settled = resettled(versions.events, codes)
        chance, worth = drawn_together(versions.events, versions.decay, versions.ends, versions.kept)
        N = len(codes)
        rows = np.append(np.arange(N), rest)
        key = chance[rows] * (codes.max() + 2) + codes[rows] + 1
        alone = np.append(np.unique(rest), np.arange(N, len(rows)))
        key[alone] = -1 - alone
        column = pd.factorize(key)[0]
        first = np.unique(column, return_index=True)[1]
        instead = np.full(len(rows), -1)
        instead[N:] = who
        return cls(
            Redrawn.make(versions.ending(rows, until, settled), column, len(first)), chance[rows][first],
            codes[rows][first], instead[first], np.stack([who, column[rest]]), worth,
        )  # fmt: skip

    def factors(self, chance: np.ndarray, group: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How often each column happens with a group and without it, (B, T, C + 1) each, and which are drawn, (C + 1,).

        What ends otherwise without the group is as known as the group itself, as in `what_if`.
        """
        present = np.where(self.instead < 0, chance[..., self.chance], 0.0)
        own, then = (self.group == group) & (self.instead < 0), self.instead == group
        displaced = self.displaced[1, self.displaced[0] == group]
        known = own | then
        known[displaced] = True
        absent = present.copy()
        present[..., own], present[..., displaced] = 1.0, 1.0
        absent[..., own], absent[..., displaced], absent[..., then] = 0.0, 0.0, 1.0
        nothing = np.zeros((*chance.shape[:2], 1))  # no event is given in all versions
        return (
            np.append(present, nothing, axis=2),
            np.append(absent, nothing, axis=2),
            np.append(~known, False),
        )

    def unseen(self, group: int) -> tuple[Unseen, Unseen]:
        """What may have gone unseen with a group and without it, of the size of the events that are drawn."""
        present, absent, drawn = self.factors(np.ones((1, 1, self.worth.shape[1])), group)
        size = self.table.typical(present[0, 0] * drawn)
        one, two = (Unseen.make(self.table.known(x), self.table.pair, size) for x in (present, absent))
        return one, two


def impact_intervals(
    versions: Versions, codes: np.ndarray, groups: np.ndarray, impact: np.ndarray, how: Draws
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standard deviation and interval of the `impact` of some groups, (G, M, T), as `what_if` draws a known removal.

    `codes` (N,) are of all groups. Those asked for see the same draws.
    """
    place = np.full(int(codes.max()) + 1, -1)
    place[groups] = np.arange(len(groups))
    left_out = LeftOut.make(versions, place[codes])
    table = left_out.table
    unseen = [left_out.unseen(group) for group in range(len(groups))]
    drawn: list[list[np.ndarray]] = [[] for _ in groups]
    for factor, chance in chances(table.numbers, unseen[0][0].chances, left_out.worth, how):
        for group, (there, gone) in enumerate(unseen):
            present, absent, _ = left_out.factors(factor[..., :-1], group)
            drawn[group].append(table.drawn(present, there, chance) - table.drawn(absent, gone, chance))
    each = np.stack([np.concatenate(blocks) for blocks in drawn], axis=1)  # (B, G, M, T)
    return summary(each, impact, how.level)
