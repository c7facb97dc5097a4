"""Slow plain twins: what the library computes, event by event and day by day, as the definitions are written.

They use none of the library's arithmetic.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

import alignscore as al
from alignscore.ledger.cells import SUMS


@dataclass
class Stock:
    n: float = 0.0
    weight: float = 0.0
    cooperation: float = 0.0
    cooperation2: float = 0.0
    conflict: float = 0.0
    conflict2: float = 0.0


def slow_stock(
    events: al.Events, source: str, target: str, domain: str, end: dt.date, half_life: float
) -> Stock:
    """Stocks of one directed dyad and domain on the day `end`, half-life in days, from the definitions."""
    total = Stock()
    day0 = dt.date(1970, 1, 1)
    for e in range(len(events)):
        a, b = events.actors[events.source[e]], events.actors[events.target[e]]
        ways = [(a, b), (b, a)] if events.mutual[e] else [(a, b)]
        if (source, target) not in ways or events.domains[events.domain[e]] != domain:
            continue
        first = day0 + dt.timedelta(days=int(events.day[e]))
        last = first
        if events.precision[e] == 1:
            first = first.replace(day=1)
            last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        elif events.precision[e] == 2:
            first, last = first.replace(month=1, day=1), first.replace(month=12, day=31)
        until = None if events.until[e] < -(10**6) else day0 + dt.timedelta(days=int(events.until[e]))
        if events.standing[e] and until is not None:
            last = min(last, until)
        days = [first + dt.timedelta(days=d) for d in range((last - first).days + 1)]
        for day in days:
            if day > end:
                continue
            p = 1 / len(days)
            left = 2 ** (-(end - day).days / half_life)
            if events.standing[e]:
                left = 1.0
                if until is not None and end >= until:
                    left = 0.0 if events.settled[e] else 2 ** (-(end - until).days / half_life)
            mass = events.weight[e] * abs(events.value[e])
            total.n += p
            total.weight += p * events.weight[e] * left
            if events.value[e] > 0:
                total.cooperation += p * mass * left
                total.cooperation2 += p * mass**2 * left
            else:
                total.conflict += p * mass * left
                total.conflict2 += p * mass**2 * left
    return total


def slow_tie(
    events: al.Events, a: str, b: str, domain: str, end: dt.date, half_life: float = 5 * 365.25
) -> Stock:
    """Stocks between two actors: acts of either side, a mutual act once, with its mass twice and its square fourfold."""
    one, two = (slow_stock(events, x, y, domain, end, half_life) for x, y in ((a, b), (b, a)))
    shared = (
        slow_stock(events.pick(events.mutual), a, b, domain, end, half_life)
        if events.mutual.any()
        else Stock()
    )
    return Stock(
        n=one.n + two.n - shared.n,
        weight=one.weight + two.weight,
        cooperation=one.cooperation + two.cooperation,
        cooperation2=one.cooperation2 + two.cooperation2 + 2 * shared.cooperation2,
        conflict=one.conflict + two.conflict,
        conflict2=one.conflict2 + two.conflict2 + 2 * shared.conflict2,
    )


def slow_alignment(s: Stock, prior: float, level: float = 0.95) -> tuple[float, float, float, float]:
    """A, its SE and its interval, as printed in the docstring; Beta quantiles by scipy.stats."""
    from scipy import stats

    whole = s.cooperation + s.conflict
    if s.n == 0 or whole + prior == 0:
        return (math.nan,) * 4
    a = (s.cooperation - s.conflict) / (whole + prior)
    squares = s.cooperation2 + s.conflict2
    events = whole**2 / squares if squares else 0.0
    if prior:
        up, down = (1 + a) / 2 * (events + 1), (1 - a) / 2 * (events + 1)
    else:
        up, down = events * s.cooperation / whole + 1 / 2, events * s.conflict / whole + 1 / 2
    share = stats.beta(up, down)
    low, high = (2 * share.ppf(q) - 1 for q in ((1 - level) / 2, (1 + level) / 2))
    return a, 2 * share.std(), min(low, a), max(high, a)


def states_of(copies: int) -> list[str]:
    return [f"state {at:04d}" for at in range(copies)]


def copied(
    events: al.Events, copies: int, factor: np.ndarray | float = 1.0, state: str = "KHM"
) -> pd.DataFrame:
    """Rows of events written out once for each of so many copies of a state, with weights times `factor` (R, N).

    What copies of a state do with the same powers is scored apart, so that one posting scores every redrawn table.
    """
    plain = events.to_frame().drop(columns="event_id", errors="ignore")
    rows = pd.concat([plain] * copies, ignore_index=True)
    names = np.repeat(states_of(copies), len(plain))
    for side in ("source", "target"):
        rows[side] = np.where(rows[side] == state, names, rows[side])
    return rows.assign(weight=rows["weight"] * np.broadcast_to(factor, (copies, len(plain))).ravel())


def slow_cells(
    events: al.Events, freq: str, years: float, *, half_lives: al.HalfLife | None = None
) -> dict[tuple, np.ndarray]:
    """Cells of a ledger for events of one known day: a dictionary, one event after the other."""
    decay = half_lives or al.HalfLife(years)
    cells: dict[tuple, np.ndarray] = {}
    for e in range(len(events)):
        day = np.datetime64(int(events.day[e]), "D")
        period = pd.Period(day, freq=freq)
        lag = (np.datetime64(period.end_time.date(), "D") - day).astype(int)
        domain = events.domains[events.domain[e]]
        kind = events.codebook.names[events.kind[e]] if events.kind[e] >= 0 else None
        left = 2 ** (-lag / decay.days(domain=domain, kind=kind))
        mass, side = abs(events.value[e]) * events.weight[e], 2 if events.value[e] >= 0 else 4
        row = np.zeros(len(SUMS))
        row[[0, 1, side, side + 1]] = 1, events.weight[e] * left, mass * left, mass * mass * left
        pair = (events.actors[events.source[e]], events.actors[events.target[e]])
        for way in (pair, pair[::-1]) if events.mutual[e] else (pair,):
            last = pd.Timestamp(period.end_time.date())
            key = (*way, domain, last, decay.days(domain=domain, kind=kind), bool(events.mutual[e]))
            cells[key] = cells.get(key, 0.0) + row
    return cells


def slow_interval(drawn: np.ndarray, difference: float, level: float = 0.95) -> tuple[float, float]:
    """Interval of a difference from its draws (B,): out by as much as they lie beside it, to the last of them."""
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    pull = drawn.mean() - difference
    if pull > 0:
        low = max(low - pull, drawn.min())
    else:
        high = min(high - pull, drawn.max())
    return min(low, difference), max(high, difference)
