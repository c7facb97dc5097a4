"""Where each event's mass lands, for any half-life and any value of its kind.

The ledger keeps sums for one half-life and one codebook. Here the same postings are kept apart (a few for
each event), so that a thousand other choices cost a thousand columns and no second pass over the events.

Letters for shapes: N events, M pieces, L lines (a pair in a domain), R rates of fading, U cells drawn
together, T periods, B draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignscore.axes import Freq, make_periods, period_ends
from alignscore.dates import span_starts
from alignscore.decay import DAYS_PER_YEAR, Decay, HalfLife, decay_of
from alignscore.errors import LedgerError, OptionError, need
from alignscore.events import Events
from alignscore.ledger import Ledger
from alignscore.ledger.clusters import Cluster, cluster_codes
from alignscore.ledger.postings import Rates, fading_sum, portions
from alignscore.ledger.stocks import fade
from alignscore.ledger.ties import Ties
from alignscore.values import Frozen

STOCKS = ("cooperation", "conflict", "cooperation2", "conflict2")


@dataclass(frozen=True, eq=False, repr=False)
class Pieces(Frozen):
    """Postings of every event, sorted by (period, rate, line): the sums of a ledger before adding up.

    Attributes
    ----------
    pairs : ndarray, (D, 2)
        Codes of actors; undirected pairs have each once.
    K : int
        Domains; a line is pair * K + domain.
    ends : ndarray, (T,)
        Last day of each period; what happened before the first is carried into it.
    half_lives : ndarray, (R,)
        Days at the central choice; the first, infinite, is of what stands.
    event, period, until, rate, line : ndarray of int, (M,)
    n, share, lag, days : ndarray, (M,)
        As of `Portions`: what a piece holds of its event's mass, and until which period it stands.
    kind : ndarray of int, (N,)
    weight, value : ndarray, (N,)
        Weight counts a mutual act twice where pairs are undirected.
    unit : ndarray of int, (N,)
        Cell or cluster whose mass is drawn with one random factor.
    unit_shape : ndarray, (U,)
        Its evidence, in events.
    """

    pairs: np.ndarray
    K: int
    ends: np.ndarray
    half_lives: np.ndarray
    event: np.ndarray
    period: np.ndarray
    until: np.ndarray
    rate: np.ndarray
    line: np.ndarray
    n: np.ndarray
    share: np.ndarray
    lag: np.ndarray
    days: np.ndarray
    kind: np.ndarray
    weight: np.ndarray
    value: np.ndarray
    unit: np.ndarray
    unit_shape: np.ndarray

    @classmethod
    def of(
        cls, events: Events, decay: HalfLife, ends: np.ndarray, *,
        freq: Freq = "Y", directed: bool = False, cluster: Cluster | None = None,
    ) -> Pieces:  # fmt: skip
        """Cut events into pieces at the given period ends (T,), days since 1970-01-01."""
        if not len(events):
            raise LedgerError("there is no event to post; every row was refused or none was given.")
        rates = Rates.make(decay, events.codebook)
        columns = portions(events, events.standing, rates.of(events), ends)._asdict()
        pairs, pair, columns = _lines(events, columns, directed=directed)
        K = len(events.domains)
        line = pair * K + events.domain[columns["event"]]
        order = np.lexsort((line, columns["rate"], columns["period"]))
        columns = {name: column[order] for name, column in columns.items()}
        weight = events.weight * np.where(events.mutual & (not directed), 2.0, 1.0)
        unit, shape = _units(events, np.abs(events.value) * weight, decay, freq, cluster)
        return cls(
            pairs=pairs, K=K, ends=ends, half_lives=rates.half_lives, line=line[order], kind=events.kind,
            weight=weight, value=events.value, unit=unit, unit_shape=shape, **columns,
        )  # fmt: skip

    @property
    def shape(self) -> tuple[int, int]:
        """(T, L)."""
        return len(self.ends), len(self.pairs) * self.K

    def counts(self) -> np.ndarray:
        """Events booked so far in each line, (T, L); above 0 means something is known."""
        total = np.zeros(self.shape)
        np.add.at(total, (self.period, self.line), self.n)
        over = np.flatnonzero((self.until >= 0) & (self.until < len(self.ends)))  # counted where it fades
        np.subtract.at(total, (self.until[over], self.line[over]), self.n[over])
        return np.cumsum(total, axis=0)

    def left(self, stretch: np.ndarray | float = 1.0) -> np.ndarray:
        """Share of its event's mass, and of its square, that each piece books, (M, B).

        `stretch` (B,) multiplies every half-life.
        """
        stretch = np.atleast_1d(np.asarray(stretch, dtype=float))
        h = self.half_lives[self.rate]
        out = np.empty((len(self.event), len(stretch)))
        standing, point = self.rate == 0, (self.days == 1) & (self.rate > 0)
        spread = ~standing & ~point
        out[standing] = 1.0
        out[point] = np.exp2((-self.lag[point] / h[point])[:, None] / stretch)
        if spread.any():
            lag, days, at = (a[spread][:, None] for a in (self.lag, self.days, h))
            out[spread] = fading_sum(lag, days, at * stretch) / days
        out *= self.share[:, None]
        return out

    def stocks(
        self, *, stretch: np.ndarray | float = 1.0, factor: np.ndarray | None = None,
        noise: np.ndarray | None = None, squares: bool = False,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """Stocks C and K at every period's end, each (T, L, B); `squares` adds those, both free of noise.

        Parameters
        ----------
        stretch : ndarray, (B,)
            Multiple of every half-life.
        factor : ndarray, (kinds + 1, B), optional
            Multiple of each kind's value, the last row for events without kind; values stay within 10.
        noise : ndarray, (U, B), optional
            Multiple of each unit's mass.
        """
        size = np.abs(self.value)[:, None]
        if factor is not None:
            size = np.minimum(size * factor[self.kind], np.maximum(size, 10.0))
        mass = size * self.weight[:, None]  # (N, B)
        drawn = mass if noise is None else mass * noise[self.unit]
        negative = self.value[self.event] < 0
        out: dict[str, np.ndarray] = {}
        left = self.left(stretch)
        books = [("", drawn)] + ([("2", mass**2), ("_expected", mass)] if squares else [])
        for suffix, events in books:
            landed = left * events[self.event]
            for side, name in ((~negative, "cooperation"), (negative, "conflict")):
                out[name + suffix] = self._accumulate(landed, side, stretch)
        return out

    def _accumulate(self, landed: np.ndarray, side: np.ndarray, stretch: np.ndarray | float) -> np.ndarray:
        """Run pieces of one sign through time: stock = stock * fade + flow, (T, L, B)."""
        T, L = self.shape
        B = landed.shape[1]
        total = np.zeros((T, L, B))
        fade_days = np.append(0, np.diff(self.ends))
        self._add_standing(total, landed, np.flatnonzero(side & (self.rate == 0)))
        for rate in np.unique(self.rate[side & (self.rate > 0)]):
            rows = np.flatnonzero(side & (self.rate == rate))  # sorted by period, then line
            lines, local = np.unique(self.line[rows], return_inverse=True)
            at = self.period[rows] * len(lines) + local
            first = np.flatnonzero(np.append(True, at[1:] != at[:-1]))
            flow = np.add.reduceat(landed[rows], first, axis=0)
            when, where = np.divmod(at[first], len(lines))
            cut = np.searchsorted(when, np.arange(T + 1))
            fade = np.exp2(-fade_days[:, None] / (self.half_lives[rate] * np.atleast_1d(stretch)))
            stock = np.zeros((len(lines), B))
            for t in range(T):
                stock *= fade[t]
                stock[where[cut[t] : cut[t + 1]]] += flow[cut[t] : cut[t + 1]]
                total[t, lines] += stock
        return total

    def _add_standing(self, total: np.ndarray, landed: np.ndarray, rows: np.ndarray) -> None:
        """Add what stands to (T, L, B), summed anew in each period in which some of it begins or ends."""
        if not len(rows):
            return
        from scipy.sparse import csr_array

        begins, ends, line = self.period[rows], self.until[rows], self.line[rows]
        changes = np.unique(np.append(begins, ends[ends < len(total)]))
        alive, at = np.nonzero((begins <= changes[:, None]) & (ends > changes[:, None]))
        L = total.shape[1]
        inside = csr_array(
            (np.ones(len(at)), (alive * L + line[at], at)), shape=(len(changes) * L, len(rows))
        )
        sums = (inside @ landed[rows]).reshape(len(changes), L, -1)
        for part, start, stop in zip(sums, changes, np.append(changes[1:], len(total)), strict=True):
            total[start:stop] += part

    def event_stocks(self) -> np.ndarray:
        """What is left of each event's own mass at every period's end, (N, T), at the central choice."""
        left, T = self.left()[:, 0], len(self.ends)
        flows = np.zeros((len(self.half_lives), len(self.weight), T))
        np.add.at(flows, (self.rate, self.event, self.period), np.where(self.rate > 0, left, 0.0))
        for flow, half_life in zip(flows[1:], self.half_lives[1:], strict=True):
            fade([flow], (self.ends - self.ends[0]) / half_life, (1,))
        share = flows.sum(axis=0)
        standing = np.flatnonzero(self.rate == 0)
        when = np.arange(T)
        alive = (self.period[standing, None] <= when) & (when < self.until[standing, None])
        np.add.at(share, self.event[standing], alive * left[standing, None])
        stock: np.ndarray = share * (np.abs(self.value) * self.weight)[:, None]
        return stock


# ---- its steps ----------------------------------------------------------------------------------------
def _lines(
    events: Events, columns: dict[str, np.ndarray], *, directed: bool
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Pairs (D, 2), the pair of each piece, and the pieces: of directed pairs a mutual act has two sets."""
    source, target = events.source.astype(np.int64), events.target.astype(np.int64)
    event = columns["event"]
    if directed:
        back = np.flatnonzero(events.mutual[event])
        a = np.concatenate([source[event], target[event[back]]])
        b = np.concatenate([target[event], source[event[back]]])
        columns = {name: np.concatenate([column, column[back]]) for name, column in columns.items()}
    else:
        a, b = np.minimum(source, target)[event], np.maximum(source, target)[event]
    A = len(events.actors)
    keys, pair = np.unique(a * A + b, return_inverse=True)
    return np.stack(np.divmod(keys, A), axis=1), pair.reshape(-1), columns


def _units(
    events: Events, mass: np.ndarray, decay: HalfLife, freq: Freq, cluster: Cluster | None
) -> tuple[np.ndarray, np.ndarray]:
    """Unit of each event, (N,), and the evidence of each, in events, (U,).

    Without `cluster` a unit is a cell of the ledger: one pair, domain, sign and period of beginning; acts that stand
    in several domains have units of their own, one for each set of domains.
    """
    if cluster is not None:
        unit = cluster_codes(events, cluster)
        return unit, np.ones(unit.max() + 1)
    start = span_starts(events.day, events.precision)
    first, last = (np.datetime64(int(day), "D") for day in (start.min(), start.max()))
    periods = make_periods(first, last, freq)
    ends = period_ends(periods)
    period = np.searchsorted(ends, start)
    years = np.array(
        [[decay.days(domain=d, kind=k) for d in events.domains] for k in (*events.codebook.names, None)]
    )
    fade = np.where(
        events.standing, 1.0, np.exp2(-(ends[period] - start) / years[events.kind, events.domain])
    )
    low, high = np.minimum(events.source, events.target), np.maximum(events.source, events.target)
    side = np.where(events.mutual, 2, events.source < events.target)
    where = np.stack([low, high, side, events.value < 0], axis=1)
    act, domains = _acts(events, where)
    keys = np.concatenate([where, np.stack([domains, period], axis=1)], axis=1)
    unit = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    of_act = np.zeros(act.max() + 1, dtype=np.int64)
    of_act[act] = unit
    whole, m = np.bincount(act, mass), np.bincount(act, mass * fade)
    total, square = np.bincount(of_act, m), np.bincount(of_act, whole * m)
    shape = np.where(square > 0, total**2 / np.where(square > 0, square, 1.0), 0.0)
    if decay.dispersion is not None:
        r, g = decay.dispersion
        yearly = len(ends) * DAYS_PER_YEAR / (ends[-1] - ends[0] + 1) if len(ends) > 1 else 1.0
        shape /= 1 + r * (shape * yearly) ** g
    return unit, shape


def _acts(events: Events, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Act of each event, (N,), and a number for the set of domains it stands in: of one, that domain.

    Rows are one act where they share it and what `where` (N, 4) says.
    """
    if events.act is None:
        return np.arange(len(events)), events.domain.astype(np.int64)
    act = np.unique(np.column_stack([events.act, where]), axis=0, return_inverse=True)[1].reshape(-1)
    stands = np.zeros((act.max() + 1, len(events.domains)), dtype=bool)
    stands[act, events.domain] = True
    several = stands.sum(axis=1) > 1
    group = np.unique(stands, axis=0, return_inverse=True)[1].reshape(-1)
    return act, np.where(several[act], len(events.domains) + group[act], events.domain)


def clustered_ties(
    events: Events, *, cluster: Cluster = "event_id", decay: HalfLife | None = None, freq: Freq = "Y"
) -> Ties:
    """Ties in which the events of one episode are one piece of evidence: `Ledger.post` with `cluster`, undirected.

    Parameters
    ----------
    events : Events
    cluster : {'event_id', 'day', 'source'}
        What makes events dependent.
    decay : HalfLife, optional
        The default of the codebook where not given (`Ledger.post`).
    freq : {'Y', 'Q', 'M', 'W', 'D'}

    Returns
    -------
    Ties
        Undirected: `hedging` with ``direction='both'``, `alignment` with ``directed=False``.

    Raises
    ------
    OptionError
        An unknown cluster, a decay that is no half-life, or no event ids to cluster by.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> plain, tied = Ledger.post(asean()).ties().undirected(), clustered_ties(asean(), cluster="source")
    >>> bool((tied.evidence <= plain.evidence + 1e-9).all()), bool(np.allclose(tied.cooperation, plain.cooperation))
    (True, True)
    """
    need(events, Events)
    decay = faded_only(decay, events.codebook.name)
    return Ledger.post(events, freq=freq, decay=decay, cluster=cluster).ties().undirected()


def faded_only(decay: Decay | None, codebook: str) -> HalfLife:
    """The half-life given, the codebook's default where none is; other ways of fading have none to vary."""
    if decay is None:
        decay = decay_of(None, codebook)
    if not isinstance(decay, HalfLife):
        raise OptionError(f"decay is {decay!r}; this needs a HalfLife (infinite for no fading).")
    return decay
