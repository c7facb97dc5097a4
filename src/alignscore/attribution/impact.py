"""What a score owes to each event: the score with it less the score without it, exactly, for all at once, and how sure.

Letters for shapes: N events that touch the score, G groups of them, M domains and composite, T periods asked for; C columns
(events of one group that happen by one chance), B draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alignscore.attribution.functions import PostedAnew
from alignscore.attribution.groups import By, GroupLabels, Groups, about
from alignscore.attribution.redrawn import (
    Draws,
    Redrawn,
    Unseen,
    chance_blocks,
    chances_of,
    error_and_ends,
)
from alignscore.attribution.scores import Reading, ScoreOf, Shipped, check_score
from alignscore.attribution.versions import Span, Versions, settled_without
from alignscore.axes import Freq
from alignscore.decay import Decay, decay_of
from alignscore.errors import check_level, need, whole_number
from alignscore.events import Events
from alignscore.intervals import LEVEL, Rng, generator_of
from alignscore.results import Result
from alignscore.values import ArrayPart, once, read_only

DRAWS = 400  # of an interval, where no number is asked for
MANY = 1 << 24  # groups times events times periods up to which they are drawn unasked


@dataclass(frozen=True, eq=False, repr=False)
class ImpactResult(Result):
    """Impact of groups of events on one score, the largest first: arrays (G, M, T).

    The groups are put in order when all of them are asked for; `top` orders none but the largest.

    Attributes
    ----------
    about : mapping of str to ndarray, (G,)
        Columns naming each group: ``group``, ``rows`` (of it that touch the score) and, for single events,
        ``date``, ``source``, ``target``, ``kind``, ``label``.
    domains : tuple of str
        The last may be the composite.
    periods : pandas.PeriodIndex
    impact : ndarray
        Score with all events less the score without the group; NaN where there is no score with all,
        or none without it (see `sole`).
    se, low, high : ndarray
        Standard error of the impact and its interval; NaN where none were drawn (`intervals`, `draws`).
    without : ndarray
        Score without the group.
    sole : ndarray of bool
        True where nothing is known without the group: the score rests on it alone.
    score, n : ndarray, (G, M, T)
        Score with all events and the number behind it, the same for every group.
    every, rest, whole, drawn
        What these are made of: names of the groups and the score without each as they stand in the table, the score with
        all, and of the first groups in order standard error, low and high end, (3, ..., M, T).
    """

    FIGURE: ClassVar[str | None] = "impacts"
    COLUMNS: ClassVar[tuple[str, ...]] = ("impact", "se", "low", "high", "without", "sole", "score", "n")
    SHORT: ClassVar[tuple[str, ...]] = ("impact", "low", "high", "without", "sole", "n")

    domains: tuple[str, ...]
    periods: pd.PeriodIndex
    every: GroupLabels
    rest: np.ndarray
    whole: Reading
    drawn: np.ndarray

    @cached_property
    def _order(self) -> np.ndarray:
        return read_only(_largest_first(self.whole, self.rest))

    @cached_property
    def about(self) -> GroupLabels:
        """Columns naming each group."""
        return self.every.take(self._order)

    @cached_property
    def without(self) -> np.ndarray:
        """Score without the group."""
        return read_only(self.rest.take(self._order, axis=0))

    @cached_property
    def impact(self) -> np.ndarray:
        """Score with all events less the score without the group."""
        return read_only(self.whole.score - self.without)

    @cached_property
    def sole(self) -> np.ndarray:
        """Where nothing is known without the group."""
        return read_only(np.isnan(self.without) & ~np.isnan(self.whole.score))

    @property
    def score(self) -> np.ndarray:
        """Score with all events."""
        return np.broadcast_to(self.whole.score, self.rest.shape)

    @property
    def n(self) -> np.ndarray:
        """Number of events behind the score."""
        return np.broadcast_to(self.whole.n, self.rest.shape)

    @cached_property
    def _intervals(self) -> np.ndarray:
        out = np.full((3, *self.rest.shape), np.nan)
        out[:, : self.drawn.shape[1]] = self.drawn
        return out

    se = ArrayPart("_intervals", 0, "Standard error of the impact.")
    low = ArrayPart("_intervals", 1, "Lower end of its interval.")
    high = ArrayPart("_intervals", 2, "Upper end of its interval.")

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return self.about, {"domain": np.array(self.domains, dtype=object)}, {"period": self.periods}

    def top(self, groups: int) -> ImpactResult:
        """The first `groups` of them: those of the largest impact.

        Parameters
        ----------
        groups : int

        Returns
        -------
        ImpactResult

        Raises
        ------
        OptionError
            `groups` below 0; TypeError where it is no whole number.
        """
        whole_number("groups", groups, 0)
        some = _largest_first(self.whole, self.rest, groups)
        return replace(
            self, every=self.every.take(some), rest=self.rest[some], drawn=self.drawn[:, : len(some)]
        )


def impact(
    events: Events,
    *,
    score: ScoreOf,
    by: By | Sequence[object] | np.ndarray = "event",
    at: Any = None,
    freq: Freq = "Y",
    decay: Decay | None = None,
    intervals: int = 50,
    draws: int | None = None,
    rng: Rng = 0,
    level: float = LEVEL,
) -> ImpactResult:
    """Which events made this score what it is, and by how much each?

    ``impact = score(all events) - score(all events but these)``, exact: equal to posting the rest anew. An alignment is
    shrunk by one event's worth of mass, which stays that of all events unless `prior` gives it.

    Parameters
    ----------
    events : Events
    score : AlignmentOf, HedgingOf, PositionOf, DiversificationOf, BlocOf, or a function
        These are computed for all groups at once. A function takes `Ties` and returns a number or
        one number a period; it is called once a group, on ledgers posted anew (slow, any score).
    by : {'event', 'row', 'kind', 'domain', 'source', 'target', 'pair', 'year'} or sequence of labels
        What is left out together. An event is all rows of one event id (both tracks of a 2+2); source and target are
        the table's columns, also where both acted; labels of one's own, one an event, make any other groups: coder,
        news source, episode.
    at : period, list of periods, or slice, optional
        When the score is read; the last period where not given, ``slice(None)`` for all. A later
        period than the last is read with no new events.
    freq : {'Y', 'Q', 'M', 'W', 'D'}
    decay : HalfLife, Window, Cumulative or Saturating, optional
        The default of the codebook where not given (`Ledger.post`).
    intervals : int
        How many groups, the largest first, get an interval; the others' is NaN, as are all of a function.
    draws : int, optional
        Draws of each interval: 0, for none, or at least 50. Where not given 400, and none where these groups times the
        events that touch the score times the periods are more than 16,777,216.
    rng : int or numpy.random.Generator, optional
        Seed of the draws.
    level : float
        Level of the intervals.

    Returns
    -------
    ImpactResult
        In units of the score; above 0: the group raised it. NaN: no score with or without the group;
        `sole` tells where the score rests on the group alone. Groups that cannot touch the score
        (events among others) are left out: their impact is 0. Impacts do not add up to the score:
        two events that say the same are each dispensable; `change` makes a split that adds.

    Raises
    ------
    OptionError
        The two never meet in the events, `by` holds another number of labels than there are events,
        a function returns another shape, or a period lies before the first event.
    UnknownLabelError
        An actor, a power or a weighted domain that the events do not have.
    TypeError
        `score` is none of these.

    Notes
    -----
    Leaving out a standing event of a family (a partnership upgraded, a second 2+2) lets the one it
    replaced stand on, as `Events.take` does; the impact is that of the upgrade, not of the tie.

    The impact is exact for these events. Its interval says how far it may be from that in the expected stocks, were
    all events but those of the group drawn again, as in ``what_if(remove=...)`` with ``named="known"``; all groups
    see the same draws. It is as wide as what else is known of the score is little.

    References
    ----------
    Deletion diagnostics: Belsley, Kuh & Welsch 1980, *Regression Diagnostics*, ch. 2. Draws: see `what_if`.

    Examples
    --------
    What did the first China-Cambodia 2+2 of April 2026 do?

    >>> from alignscore.datasets import asean
    >>> from alignscore.attribution.scores import AlignmentOf, PositionOf
    >>> table = asean()
    >>> frame = impact(table, score=AlignmentOf("KHM", "CHN")).to_frame()
    >>> frame.query("group == 'chn-khm-2plus2-2026'").set_index("domain")["impact"].round(3).to_dict()
    {'economic': 0.0, 'diplomatic': ..., 'security': ..., 'composite': ...}
    >>> leaned = impact(table, score=PositionOf("KHM", ("CHN", "USA"))).to_frame()
    >>> moved = leaned.query("group == 'chn-khm-2plus2-2026' and domain == 'composite'")["impact"]
    >>> bool(moved.item() < 0)  # toward China
    True
    """
    need(events, Events)
    check_score(score)
    whole_number("intervals", intervals, 0)
    if draws is not None:
        whole_number("draws", draws, 0)
        if draws:
            whole_number("draws", draws, 50)
    check_level(level)
    decay = decay_of(decay, events.codebook.decay)
    groups = Groups.make(events, by)
    span = Span.make([events], freq, at)
    errors: tuple[np.ndarray, ...] = ()
    if isinstance(score, Shipped):
        versions = Versions.make(events, score, span, decay)
        touching = versions.rows
        codes, present = groups.some(touching)
        pooled = versions.pooled()
        whole = pooled.whole()
        without = pooled.without(codes, len(present))
        chosen = _largest_first(whole, without, intervals)
        if draws is None:
            draws = DRAWS if len(chosen) * len(codes) * without.shape[2] <= MANY else 0
        how = Draws(draws, generator_of(rng), level)
        if draws and len(chosen):
            errors = _error_and_interval(versions, codes, chosen, whole.score - without[chosen], how)
    else:
        touching, present, draws = np.arange(len(events)), np.arange(len(groups)), 0
        posted = PostedAnew(score, [events], span, decay)
        rest = [posted(events.take(groups.codes != group)) for group in range(len(groups))]
        whole, without = posted.reading(events), np.array(rest)[:, None]
    recipe = {
        "measure": "impact", "score": score, "by": by if isinstance(by, str) else "labels given",
        "freq": freq, "decay": decay, "intervals": intervals if errors else 0, "draws": draws, "level": level,
    }  # fmt: skip
    return ImpactResult(
        recipe=recipe,
        domains=whole.domains,
        periods=span.asked,
        every=about(groups, present, touching),
        rest=without,
        whole=whole,
        drawn=np.stack(errors) if errors else np.empty((3, 0, *without.shape[1:])),
    )


def _largest_first(whole: Reading, without: np.ndarray, most: int | None = None) -> np.ndarray:
    """Order of the groups by the size of their impact in the last period; those on which all rests before them.

    The first `most` of it are found without ordering the others.
    """

    def size(m: int, t: int, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        gap: np.ndarray = np.abs(whole.score[0, m, t] - without[rows, m, t])
        gap[np.isnan(gap)] = 0.0 if np.isnan(whole.score[0, m, t]) else np.inf
        return gap

    def largest(rows: np.ndarray) -> np.ndarray:
        """Of all domains and periods."""
        return np.asarray(reduce(np.maximum, (size(m, t, rows) for m, t in np.ndindex(*without.shape[1:]))))

    last = size(-1, -1)
    if most is None or most >= len(last):
        return _descending(last, largest)
    if not most:
        return np.empty(0, dtype=np.intp)
    some = np.flatnonzero(last >= np.partition(last, -most)[-most])
    return some.take(_descending(last[some], lambda rows: largest(some[rows]))[:most])


def _descending(size: np.ndarray, then: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Order from the largest size down; among equals by a second size of these rows, then as they stand."""
    order = np.argsort(-size)
    ranked = size[order]
    again = ranked[1:] == ranked[:-1]
    if again.any():
        tied = np.flatnonzero(np.append(again, False) | np.append(False, again))
        run = np.cumsum(~np.append(False, again))[tied]
        rows = np.sort(run * len(size) + order[tied]) % len(size)  # as they stand
        second = then(rows)
        if ((second[1:] > second[:-1]) & again[tied[1:] - 1]).any():
            rows = rows[np.lexsort((-second, run))]
        order[tied] = rows
    return order


# ---- how sure an impact is: each group known, all else of the record drawn again ------------------------
@dataclass(frozen=True)
class LeftOut:
    """A table from which each of G groups can be left out, and in which all that is left happens by chance.

    Attributes
    ----------
    table : Redrawn
        A column for each part of a group that happens by one chance. Rows of a family that end otherwise once a group
        is gone have a column as they stand and one as they stand then.
    chance, group : ndarray of int, (C + 1,)
    instead : ndarray of int, (C + 1,)
        The group without which a column stands in the place of another; -1 where it stands as events are. The last
        column, of what is given in all versions, stands in no place: no event is.
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
        anew = settled_without(versions.events, codes)
        rest, who = anew.row, anew.group
        chance, worth = chances_of(versions)
        N = len(codes)
        rows = np.append(np.arange(N), rest)
        key = chance[rows] * (codes.max() + 2) + codes[rows] + 1
        alone = np.append(once(rest), np.arange(N, len(rows)))
        key[alone] = -1 - alone
        column = pd.factorize(key)[0]
        first = np.unique(column, return_index=True)[1]
        instead = np.append(np.full(N, -1), who)
        return cls(
            Redrawn.make(versions.with_other_ends(rows, anew), column, len(first)),
            np.append(chance[rows][first], 0),
            np.append(codes[rows][first], -1),
            np.append(instead[first], codes.max() + 1),
            np.stack([who, column[rest]]),
            worth,
        )

    def factors(self, chance: np.ndarray, group: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How often each column happens with a group and without it, (B, T, C + 1) each, and which are drawn, (C + 1,).

        What ends otherwise without the group is as known as the group itself, as in `what_if`.
        """
        present = np.where(self.instead < 0, chance[..., self.chance], 0.0)
        own = (self.group == group) & (self.instead < 0)
        then = self.instead == group
        displaced = self.displaced[1, self.displaced[0] == group]
        known = own | then
        known[displaced] = True
        absent = present.copy()
        present[..., own], present[..., displaced] = 1.0, 1.0
        absent[..., own], absent[..., displaced], absent[..., then] = 0.0, 0.0, 1.0
        return present, absent, ~known

    def parted(self) -> tuple[np.ndarray, LeftOut]:
        """Columns that happen alike whichever group is left out, which are most, and the table without them."""
        differ = (self.group >= 0) | (self.instead >= 0)
        differ[self.displaced[1]] = True
        at = np.flatnonzero(differ)
        without, columns = self.displaced
        rest = replace(
            self, table=self.table.some(at), chance=self.chance[at], group=self.group[at], instead=self.instead[at],
            displaced=np.stack([without, np.searchsorted(at, columns)]),
        )  # fmt: skip
        return np.flatnonzero(~differ), rest

    def unseen(self, group: int) -> tuple[Unseen, Unseen]:
        """What may have gone unseen with a group and without it, of the size of the events that are drawn."""
        present, absent, drawn = self.factors(np.ones((1, 1, self.worth.shape[1])), group)
        size = self.table.typical(present[0, 0] * drawn)
        one, two = (Unseen.make(self.table.known(x), self.table.pair, size) for x in (present, absent))
        return one, two


def _error_and_interval(
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
    alike, apart = left_out.parted()
    rest = table.some(alike)
    for factor, chance in chance_blocks(table.numbers, unseen[0][0].chances, left_out.worth, how):
        sums = rest.mixed(factor[..., left_out.chance[alike]])
        for group, (there, gone) in enumerate(unseen):
            present, absent, _ = apart.factors(factor[..., :-1], group)
            with_it = table.scores(sums + apart.table.mixed(present), there, chance)
            drawn[group].append(with_it - table.scores(sums + apart.table.mixed(absent), gone, chance))
    each = np.stack([np.concatenate(blocks) for blocks in drawn], axis=1)  # (B, G, M, T)
    return error_and_ends(each, impact, how.level)
