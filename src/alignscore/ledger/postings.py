"""What each event posts: the periods it falls in, its rate of fading, and what is left of it at their ends.

Letters for shapes: N events, P portions, K domains, R rates of fading, T periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from alignscore.codebook import Codebook
from alignscore.dates import NO_DAY, some, span_ends, span_starts
from alignscore.decay import Decay, HalfLife, Saturating
from alignscore.events import Events
from alignscore.ledger.cells import OPEN


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
    """

    half_lives: np.ndarray
    of_kind: np.ndarray
    standing: bool

    @classmethod
    def make(cls, decay: Decay, codebook: Codebook) -> Rates:
        """Rates of a codebook's kinds; choices other than half-lives fade between periods, not within one."""
        domains, kinds = codebook.domains, codebook.names
        days, codes = np.array([np.inf]), np.zeros((len(kinds) + 1, len(domains)), dtype=np.int64)
        if isinstance(decay, HalfLife):
            days, found = decay.rates(domains, kinds)
            codes = np.asarray(found, dtype=np.int64)
        return cls(np.append(np.inf, days), codes + 1, not isinstance(decay, Saturating))

    def stands(self, events: Events) -> np.ndarray:
        """Events that hold their full mass until they end, (N,)."""
        return events.standing if self.standing else np.broadcast_to(False, len(events))

    def of(self, events: Events) -> np.ndarray:
        """Rate at which each event fades, or will once it has ended, (N,)."""
        rate: np.ndarray = self.of_kind[events.kind, events.domain]
        return rate


@dataclass(frozen=True)
class Dated:
    """When events begin and end: those columns of `Events` that say so, (N,) each."""

    day: np.ndarray
    until: np.ndarray
    precision: np.ndarray
    settled: np.ndarray

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
        left = np.exp2(-self.lag[wide] / h)  # of one day
        spread = np.flatnonzero(self.days != 1)
        lag, days = self.lag[spread][wide], self.days[spread][wide]
        left[spread] = fading_sum(lag, days, h[spread]) / days
        left *= self.share[wide]
        return left


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
    of its family replaced leaves nothing, since that one carries the tie on.
    """
    ended = stands & (events.until != NO_DAY)
    start = span_starts(events.day, events.precision)
    end = span_ends(events.day, events.precision)
    end = np.where(ended, np.minimum(end, events.until), end)
    p0, p1 = np.searchsorted(ends, start), np.searchsorted(ends, end)
    p2 = np.where(ended, np.searchsorted(ends, events.until), OPEN)  # in force before this one
    count = p1 - p0 + 1
    which = np.repeat(np.arange(len(events)), count)
    period = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + p0[which]
    # nothing begins after the last period, or stands ended
    kept = (period < len(ends)) & (period < p2[which])
    which, period = which[kept], period[kept]
    opens = np.append(np.iinfo(np.int64).min, ends[:-1] + 1)
    low, high = np.maximum(start[which], opens[period]), np.minimum(end[which], ends[period])
    days, length = high - low + 1.0, (end - start + 1.0)[which]
    gone = np.flatnonzero(ended & (p2 < len(ends)))
    one = np.ones(len(gone))
    before = Portions(
        which, period, np.where(stands, p2, -1)[which], np.where(stands, 0, rate)[which], days / length,
        days / length, ends[period] - high, days,
    )  # fmt: skip
    after = Portions(
        gone, p2[gone], np.full(len(gone), -1), rate[gone], one, np.where(events.settled[gone], 0.0, 1.0),
        ends[p2[gone]] - events.until[gone], one,
    )  # fmt: skip
    return Portions(*(np.concatenate(pair) for pair in zip(before, after, strict=True)))


def day_range(events: Events) -> tuple[int, int, int]:
    """First day, last day on which an event may begin, and last day that any column names."""
    loose = np.flatnonzero(events.precision) if some(events.precision) else slice(0, 0)
    first = min(
        int(events.day.min()), *span_starts(events.day[loose], events.precision[loose]).tolist(), 1 << 31
    )
    last = max(
        int(events.day.max()), *span_ends(events.day[loose], events.precision[loose]).tolist(), -(1 << 31)
    )
    until = events.until[:1] if events.until.strides == (0,) else events.until
    return first, last, max(last, int(until.max()))


def days_of_all(tables: Sequence[Events]) -> tuple[int, int, int]:
    """`day_range` of several tables together."""
    first, last, end = zip(*map(day_range, tables), strict=True)
    return min(first), max(last), max(end)
