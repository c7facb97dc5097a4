"""Events of one cluster are one piece of evidence: the rows of a 2+2 that stands in two domains, the reports of one episode.

The squares behind an interval are sums over events, sum_e m_e^2; over clusters they would be
sum_g (sum_(e in g) m_e)^2 = sum_e m_e^2 + 2 sum_(e < e' in g) m_e m_e'. The products in the last term are kept in
cells of their own, so that ledgers still add: they fade as squares do, from the day of the later event on.

Letters for shapes: N events, C those of clusters of several, in either direction, Q pairs of these, A actors,
D dyads, K domains, R rates of fading, T periods, M cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from alignscore.dates import NO_DAY
from alignscore.decay import fade
from alignscore.errors import OptionError, one_of
from alignscore.events import Events
from alignscore.events.columns import one_a_row
from alignscore.ledger.cells import Dated, Grid, Rates, pair_lines, portions
from alignscore.ledger.sums import Table, merge
from alignscore.values import counted_off, need_memory, run_starts, unhashable

Cluster = Literal["event_id", "day", "source"]
CLUSTERS: tuple[Cluster, ...] = ("event_id", "day", "source")
ACTS, LABELS = "acts", "labels"
PAIRS = 1 << 20  # pairs of events multiplied at a time
PAIR_BYTES = 400  # that a pair takes where each is held
LONG = 24  # rows of a cluster from which a sum that fades is sooner told than every pair
FOREVER = np.iinfo(np.int64).max
# joint events, and of the earlier of each the domain and the source
Joined: TypeAlias = "tuple[Clustered, np.ndarray, np.ndarray]"


def cluster_codes(events: Events, cluster: Cluster | Sequence[object] | np.ndarray) -> np.ndarray:
    """Cluster of each event, (N,): its event id (its row where it has none), its day, its source, or a label given.

    Raises
    ------
    OptionError
        An unknown choice, no event ids, or not one label an event.
    """
    n = len(events)
    if not isinstance(cluster, str):
        labels = one_a_row("cluster", cluster)
        if len(labels) != n:
            raise OptionError(
                f"cluster holds {len(labels)} labels for {n} events; give one for each, or one of "
                f"{', '.join(CLUSTERS)}."
            )
        try:
            codes, names = pd.factorize(labels)
        except TypeError:
            raise OptionError(f"cluster holds {unhashable(labels)!r:.60}, which is no label.") from None
        # without a label each is its own
        return np.asarray(np.where(codes < 0, len(names) + np.arange(n), codes))
    one_of("cluster", cluster, CLUSTERS)
    if cluster == "event_id":
        if events.event_id is None:
            raise OptionError("cluster='event_id' needs events with a column event_id; these have none.")
        given = act_numbers(events)
    else:
        given = events.day if cluster == "day" else events.source
    return np.asarray(pd.factorize(given)[0])


def act_numbers(events: Events) -> np.ndarray:
    """Number of the act that each event tells of, (N,): rows of one id, or the domains of one row, share theirs."""
    return events.row if events.act is None else events.act


def _of_one_pair(codes: np.ndarray, source: np.ndarray, target: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Codes (N,) of the events that share a code, a pair of actors in either direction, and a column's value."""
    group = pd.factorize(codes)[0]
    for part in (np.minimum(source, target), np.maximum(source, target), column.astype(np.int64)):
        group = pd.factorize(group * (int(part.max(initial=0)) + 1) + part)[0]
    return np.asarray(group)


def booked_clusters(events: Events, codes: np.ndarray, booked: np.ndarray) -> np.ndarray:
    """What events `booked`, (2, 2, K), with clusters for events: each counts once in a pair and domain."""
    K = len(events.domains)
    out = booked.copy()
    rows = np.flatnonzero(events.value != 0)
    group = _of_one_pair(codes[rows], events.source[rows], events.target[rows], events.domain[rows])
    part = 1 / np.bincount(group)[group]
    line = events.domain[rows] + K * events.mutual[rows].astype(np.intp)
    out[:, 0] = np.bincount(line, part, 2 * K).reshape(2, K)
    return out


def joint_products(
    tables: Sequence[Events],
    clusters: Sequence[np.ndarray | None],
    rates: Rates,
    dyads: np.ndarray,
    ends: np.ndarray,
    *,
    within: bool,
    reach: int | None = None,
    paired: int = 0,
) -> Table:
    """Joint cells, ascending, (M,), and their products of either sign, (M, 2).

    Parameters
    ----------
    tables : sequence of Events
        They share codes of actors.
    clusters : sequence of ndarray of int64, (N,), or None
        Of each table's events; None: each is its own. Equal codes of two tables are one cluster.
    dyads : ndarray of int64, (D,)
        Keys source * A + target of the ledger's dyads, ascending.
    ends : ndarray, (T,)
        Last days of the periods.
    within : bool
        Whether events of one domain share too; else only those of different ones do.
    reach : int, optional
        Rows of a stream over which events are paired, by their `row`; None: all are.
    paired : int
        So many tables are over and done with, each event of theirs is only paired with those of later tables, and
        these only with events of theirs. 0: every two events are paired.
    """
    members = Clustered.make(tables, clusters, rates, as_read=reach is not None)
    if members is None:
        return np.empty(0, dtype=np.int64), np.empty((0, 2))
    A = max(len(events.actors) for events in tables)
    K = len(tables[0].domains)
    grid = Grid(len(dyads), K, len(rates.half_lives), len(ends)).joint()
    line, opposite = pair_lines(K), K * (K + 1) // 2
    parts = []
    one_by_one, at_once = members.parted(
        all_apart=bool(paired or reach is not None or np.isfinite(rates.window))
    )
    blocks = chain(
        one_by_one.with_each_before(
            rates, ends, within=within, reach=reach, paired=sum(map(len, tables[:paired]))
        ),
        at_once.with_all_before(rates.half_lives, within=within),
    )
    for both, domain, source in blocks:
        same = both.source == source
        a = np.where(same, both.source, np.minimum(both.source, both.target))
        b = np.where(same, both.target, np.maximum(both.source, both.target))
        lines = line[both.domain, domain] + np.where(same, 0, opposite)
        cut = portions(both, both.stands, both.rate, ends)
        product = both.mass[cut.event] * cut.left(rates.half_lives)
        table = np.zeros((len(product), 2))
        negative = both.negative[cut.event]
        table[~negative, 0], table[negative, 1] = product[~negative], product[negative]
        dyad = np.searchsorted(dyads, a * A + b)[cut.event]
        layer = grid.layer(cut.rate, mutual=False, until=cut.until)
        cells = grid.key(dyad, lines[cut.event], layer, cut.period)
        parts.append(merge([(cells, table)]))
    return merge(parts)


def pairs_in_domain(
    events: Events, codes: np.ndarray, rates: Rates, *, directed: bool
) -> tuple[Clustered, np.ndarray] | None:
    """The pairs whose products `joint_products` adds within domains, and the row of the earlier event of each, (Q,).

    Those of opposite directions too, unless `directed`. None where no two events share a cluster.
    """
    members = Clustered.make([events], [codes], rates)
    if members is None:
        return None
    size = np.diff(run_starts(members.cluster), append=len(members))
    many = int((size * (size - 1) // 2).sum())
    need_memory(
        f"the {many:,} pairs of events that share a cluster",
        PAIR_BYTES * many,
        "Name clusters of fewer events; Ledger.post(..., cluster=...) takes them of any size.",
    )
    later, earlier = (np.concatenate(side) for side in zip(*members.pairs(within=True), strict=True))
    kept = members.domain[later] == members.domain[earlier]
    if directed:
        kept &= members.source[later] == members.source[earlier]
    later, earlier = later[kept], earlier[kept]
    return members.joint(later, earlier, rates.half_lives), members.row[earlier]


@dataclass(frozen=True)
class Clustered(Dated):
    """Events of clusters of several, a mutual one in both directions, in the order of cluster, pair, sign and day, (C,)."""

    row: np.ndarray
    place: np.ndarray  # row of the stream it is from; decides between events of one day
    cluster: np.ndarray  # with pair and sign
    source: np.ndarray
    target: np.ndarray
    domain: np.ndarray
    stands: np.ndarray
    rate: np.ndarray
    mass: np.ndarray
    negative: np.ndarray

    @classmethod
    def make(
        cls,
        tables: Sequence[Events],
        clusters: Sequence[np.ndarray | None],
        rates: Rates,
        *,
        as_read: bool = False,
    ) -> Clustered | None:
        """Those of some tables; None where no two events share a cluster."""
        given = [(events, codes) for events, codes in zip(tables, clusters, strict=True) if codes is not None]
        if not given:
            return None
        again = _duplicates(np.concatenate([codes for _, codes in given]))
        parts: list[dict[str, np.ndarray]] = []
        first = 0
        for events, codes in given:
            rows = np.flatnonzero(again[first : first + len(events)])
            rows = rows[events.value[rows] != 0]
            some, row = events.pick(rows), first + rows
            columns = {
                "row": row, "place": some.row if as_read else row, "cluster": codes[rows], "source": some.source,
                "target": some.target, "domain": some.domain, "day": some.day, "until": some.until,
                "precision": some.precision, "settled": some.settled, "until_precision": some.until_precision,
                "stands": rates.standing_rows(some), "rate": rates.of(some), "mass": np.abs(some.value) * some.weight,
                "negative": some.value < 0, "mutual": some.mutual,
            }  # fmt: skip
            wide = {name: columns[name].astype(np.int64) for name in ("source", "target", "domain", "day")}
            parts.append(columns | wide)
            first += len(events)
        whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        whole["cluster"] = _of_one_pair(whole["cluster"], whole["source"], whole["target"], whole["negative"])
        several = np.flatnonzero(_duplicates(whole["cluster"]))
        if not len(several):
            return None
        back = several[whole.pop("mutual")[several]]
        both = {name: column[np.append(several, back)] for name, column in whole.items()}
        both["source"][len(several) :] = whole["target"][back]
        both["target"][len(several) :] = whole["source"][back]
        order = np.lexsort((both["place"], both["day"], both["cluster"]))
        return cls(**{name: column[order] for name, column in both.items()})

    def rows(self, at: np.ndarray) -> Clustered:
        """The members at some places."""
        return Clustered(**{name: column[at] for name, column in vars(self).items()})

    def last_days(self, day: np.ndarray) -> np.ndarray:
        """Last day up to `day` on which each was new, or still stood, (C,)."""
        stood = np.where(self.until == NO_DAY, day, np.minimum(self.until, day))
        return np.where(self.stands, stood, self.day)

    def pairs(
        self, *, within: bool, reach: int | None = None, paired: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Positions of every two rows of one cluster, the later first, in blocks.

        With `paired`, one of the two is among so many first rows, and the other is not.
        """
        size = np.diff(np.append(run_starts(self.cluster), len(self.cluster)))
        before = counted_off(size)  # of its cluster, how many come before
        total = np.cumsum(before)
        first = 0
        while first < len(before):
            done = total[first - 1] if first else 0
            last = max(first + 1, int(np.searchsorted(total, done + PAIRS, side="right")))
            count = before[first:last]
            later = np.repeat(np.arange(first, last), count)
            earlier = later - 1 - counted_off(count)
            kept = self.row[later] != self.row[earlier]
            if not within:
                kept &= self.domain[later] != self.domain[earlier]
            if paired:
                kept &= (self.row[later] < paired) != (self.row[earlier] < paired)
            if reach is not None:
                kept &= np.abs(self.place[later] - self.place[earlier]) <= reach
            yield later[kept], earlier[kept]
            first = last

    def with_each_before(
        self, rates: Rates, ends: np.ndarray, *, within: bool, reach: int | None, paired: int
    ) -> Iterator[Joined]:
        """Each row with each that came before it in its cluster (`joint`)."""
        for later, earlier in self.pairs(within=within, reach=reach, paired=paired):
            both, v = self.joint(later, earlier, rates.half_lives), self.rows(earlier)
            # of two acts of which the first has left a window when the second comes, none is in force with the other
            apart = np.searchsorted(ends, both.day) - np.searchsorted(ends, v.last_days(both.day))
            yield replace(both, mass=np.where(apart < rates.window, both.mass, 0.0)), v.domain, v.source

    def parted(self, *, all_apart: bool) -> tuple[Clustered, Clustered]:
        """Rows of small clusters or with some that stands or of an unknown day, and of all others: none if `all_apart`."""
        starts = run_starts(self.cluster)
        size = np.diff(starts, append=len(self.cluster))
        fades = np.logical_and.reduceat(~self.stands & (self.precision == 0), starts)
        at_once = np.repeat(fades & (size >= LONG) & (not all_apart), size)
        return self.rows(np.flatnonzero(~at_once)), self.rows(np.flatnonzero(at_once))

    def with_all_before(self, half_lives: np.ndarray, *, within: bool) -> Iterator[Joined]:
        """Each row with all at once that came before it in its cluster from one side, in one domain, at one rate.

        For rows that fade from a known day on: what is left of all before is one sum that fades from row to row, so that a
        cluster of n rows takes n steps for the n (n - 1) / 2 of its pairs. The product of its mass with that sum is
        the sum of the products of `joint`.
        """
        found: list[tuple[np.ndarray, ...]] = []
        for start, stop in pairwise([*run_starts(self.cluster), len(self)]):
            some = self.rows(np.arange(start, stop))
            sort = np.column_stack([some.source, some.domain, some.rate])
            sorts, which = np.unique(sort, axis=0, return_inverse=True)
            # both sides of a mutual act are one step, and not paired
            step = np.cumsum(np.diff(some.row, prepend=-1) != 0) - 1
            left = np.zeros((len(sorts), step[-1] + 1))
            np.add.at(left, (which.reshape(-1), step), some.mass)
            day = some.day[run_starts(step)]
            for stock, rate in zip(left, sorts[:, 2], strict=True):
                age = (day - day[0]) / half_lives[rate]
                fade(stock[None, None], age, (1,))
                stock[1:] = stock[:-1] * np.exp2(age[:-1] - age[1:])
                stock[0] = 0.0
            before = left[:, step]
            kept = before > 0
            if not within:
                kept &= sorts[:, 1, None] != some.domain
            of, at = np.nonzero(kept)
            found.append((start + at, before[of, at], *sorts[of].T))
            if stop == len(self) or sum(len(one[0]) for one in found) > PAIRS:
                later, mass, source, domain, rate = (
                    np.concatenate(column) for column in zip(*found, strict=True)
                )
                both = self.rows(later)
                faster = half_lives[both.rate] <= half_lives[rate]
                both = replace(both, mass=both.mass * mass, rate=np.where(faster, both.rate, rate))
                yield both, domain, source
                found = []

    def joint(self, later: np.ndarray, earlier: np.ndarray, half_lives: np.ndarray) -> Clustered:
        """Each pair as one event, (Q,): the later one, but that its square is the product of both masses.

        Of it is left what is left of the one that has faded more: two reports of one episode are then no more
        than one event, however long they lie apart. It stands while both do; of two half-lives the shorter holds.
        """
        u, v = self.rows(later), self.rows(earlier)
        # it fades already when the later one begins
        over = v.stands & (v.until != NO_DAY) & (v.until < u.day)
        began = np.where(over, v.until, v.day)
        earlier_stands = v.stands & ~over
        stands = u.stands & earlier_stands
        later_life, earlier_life = half_lives[u.rate], half_lives[v.rate]
        later_now = np.where(u.stands, np.inf, later_life)  # what stands does not fade yet
        earlier_now = np.where(earlier_stands, np.inf, earlier_life)
        faster = np.where(stands, later_life <= earlier_life, later_now <= earlier_now)
        rate = np.where(faster, u.rate, v.rate)
        lag = np.where(earlier_stands, 0, u.day - began)
        end, other = (np.where(x.until == NO_DAY, FOREVER, x.until.astype(np.int64)) for x in (u, v))
        until = np.minimum(end, other)
        until = np.where(stands & (until < FOREVER), until, NO_DAY)
        mass = u.mass * v.mass * np.exp2(-lag / earlier_life)
        # one that is replaced leaves nothing; of a pair in which the other fades it counts to the end of that
        return replace(
            u,
            until=until,
            precision=np.maximum(u.precision, v.precision * (u.day == v.day)),
            settled=np.where(end <= other, u.settled, v.settled),
            until_precision=np.where(end <= other, u.until_precision, v.until_precision),
            stands=stands,
            rate=rate,
            mass=np.where(over & v.settled, 0.0, mass),
        )


def _duplicates(codes: np.ndarray) -> np.ndarray:
    """Mask of entries that another one equals, (N,)."""
    if not len(codes):
        return np.zeros(0, dtype=bool)
    later, earlier = codes[1:], codes[:-1]
    # as rows are numbered: equal ones stand together
    if (later <= earlier).all() or (later >= earlier).all():
        same = later == earlier
        return np.asarray(np.append(False, same) | np.append(same, False))
    if codes.min() < 0 or codes.max() > 8 * len(codes):
        codes = pd.factorize(codes)[0]
    return np.asarray(np.bincount(codes)[codes] > 1)
