"""From a ledger's cells to the stocks at the end of each period: how sums fade, and what the stocks of two domains share.

Letters for shapes: F stocks (n, weight, cooperation and its squares, conflict and its squares), M cells, D dyads,
K domains, L lines (a dyad in a domain), T periods; J dyads of which some acts are shared, Q pairs of domains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from alignscore.axes import Axes, codes_among, distinct_dyads, dyads_of, keys_of, make_periods, period_of
from alignscore.decay import Cumulative, Decay, HalfLife, Saturating, Window, dispersed, half_life_years
from alignscore.errors import LedgerError
from alignscore.events import Events
from alignscore.intervals import evidence_of
from alignscore.ledger.cells import SUMS, Cells, Coordinates, Portions, Rates, pair_lines, portions
from alignscore.values import Frozen, need_memory, run_starts

POWERS = (0, 1, 1, 2, 1, 2)  # how each stock scales with mass
FADES = (0, 1, 1, 1, 1, 1)  # squares fade once, as masses do: an old event is less evidence
REACH = 400  # half-lives: a flow grows by 2^400, and a float ends at 2^1023
BLOCK = 1 << 15  # cells of a sum worked on at a time


@dataclass(frozen=True, eq=False, repr=False)
class Joint(Frozen):
    """Sums of m_a m_b of acts that stand in two domains a < b, faded as squares are: what makes them one piece of evidence.

    Attributes
    ----------
    keys : ndarray of int64, (J,)
        Dyads source * A + target that have any, ascending; of undirected ties low * A + high.
    cooperation, conflict : ndarray, (J, Q, T)
        Pairs of the K domains in the order of ``numpy.triu_indices(K, 1)``. Acts of one sign in one domain and of
        the other in another count in neither.
    """

    keys: np.ndarray
    cooperation: np.ndarray
    conflict: np.ndarray

    def of(self, dyads: np.ndarray, actors: int, *, directed: bool) -> tuple[np.ndarray, np.ndarray]:
        """Positions among some dyads (D, 2) that have shared acts, and their places in `keys`; pairs have no order."""
        key = keys_of(dyads if directed else np.sort(dyads, axis=1), actors)
        at = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        rows = np.flatnonzero(self.keys[at] == key)
        return rows, at[rows]

    def among_actors(self, before: tuple[str, ...], after: tuple[str, ...]) -> Joint:
        """The same where more actors are known, in the order of their labels as before."""
        codes = codes_among(before, after)
        low, high = np.divmod(self.keys, len(before))
        return replace(self, keys=codes[low] * len(after) + codes[high])

    def among(self, domains: list[int], K: int, periods: slice) -> Joint | None:
        """The same of some of K domains, in their order, and of some periods; None of one domain."""
        place = pair_lines(K, apart=True)
        a, b = np.triu_indices(len(domains), 1)
        if not len(a):
            return None
        kept = place[np.array(domains)[a], np.array(domains)[b]]
        return Joint(self.keys, *(x[:, kept, periods] for x in (self.cooperation, self.conflict)))


def balances(ledger: Cells, end: object | None, *, directed: bool) -> tuple[Axes, np.ndarray, Joint | None]:
    """Axes of ties up to `end`, the ledger's last period where None, their stocks (`SUMS`), and what domains share."""
    first, freq = ledger.axes.periods[0], ledger.axes.freq
    last = ledger.last if end is None else period_of(end, freq)
    if last < first:
        raise LedgerError(f"the ledger begins in {first}; ties cannot end in {last}.")
    periods, at = make_periods(first, last, freq), ledger.coordinates()  # type: ignore[arg-type]
    line, axes, scale = lines(at, ledger.axes, periods, directed=directed)
    out = stocks(ledger, axes, at, line, scale)
    keys, products = _products(ledger, axes, directed=directed)
    if not len(keys):
        inflate_squares(out, ledger.decay, axes.domains)
        return axes, out, None
    a, b = np.triu_indices(len(axes.domains))
    rows = np.searchsorted(axes.dyad_keys, keys)
    same, apart = a == b, a != b
    if products[:, :, same].any():  # of one cluster within a domain: (m + m')^2 = m^2 + m'^2 + 2 m m'
        for column, product in zip((out[3], out[5]), products, strict=True):
            column[rows] += 2 * product[:, same]
    more = inflate_squares(out, ledger.decay, axes.domains)
    products = products[:, :, apart]
    if more is not None:
        products = products * np.sqrt(more[rows][:, a[apart]] * more[rows][:, b[apart]])
    some = products.any(axis=(0, 2, 3))
    joint = Joint(keys[some], *products[:, some]) if some.any() else None
    return axes, out, joint


def _products(ledger: Cells, axes: Axes, *, directed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Dyads with joint cells, (J,) keys, and products of either sign in force, (2, J, pairs with a <= b, T)."""
    K, T, A = len(axes.domains), len(axes.periods), len(axes.actors)
    pairs = K * (K + 1) // 2
    at = ledger.grid.joint().coordinates(ledger.joint_cells)
    keep = np.flatnonzero(at.domain < (pairs if directed else 2 * pairs))
    if not len(keep):  # of acts by both sides only both together share any
        return np.empty(0, dtype=np.int64), np.zeros((2, 0, pairs, T))
    ends = ledger.axes.dyads[at.dyad[keep]]
    if not directed:
        ends = np.sort(ends, axis=1)
    keys, dyad = np.unique(keys_of(ends, A), return_inverse=True)
    sums = np.zeros((len(ledger.joint), len(SUMS)))
    sums[:, [3, 5]] = ledger.joint
    names = tuple(map(str, range(pairs)))
    own = Axes(axes.actors, dyads_of(keys, A), names, axes.periods)
    line = np.full(len(at.dyad), -1)
    line[keep] = dyad.reshape(-1) * pairs + at.domain[keep] % pairs
    found = stocks(replace(ledger, cells=ledger.joint_cells, sums=sums), own, at, line, np.ones(len(line)))
    return keys, found[[3, 5]]


def lines(
    at: Coordinates, axes: Axes, periods: pd.PeriodIndex, *, directed: bool
) -> tuple[np.ndarray, Axes, np.ndarray]:
    """Line (dyad, domain) of every cell, -1 for a cell left out; axes; multiple a cell counts for."""
    K = len(axes.domains)
    if directed:
        axes = Axes(axes.actors, axes.dyads, axes.domains, periods)
        return at.dyad * K + at.domain, axes, np.ones(len(at.dyad))
    low, high = axes.dyads.min(axis=1), axes.dyads.max(axis=1)
    pairs, pair = distinct_dyads(low, high, len(axes.actors))
    second = at.mutual & (axes.dyads[at.dyad, 0] > axes.dyads[at.dyad, 1])  # the same act from the other side
    line = np.where(second, -1, pair[at.dyad] * K + at.domain)
    return line, Axes(axes.actors, pairs, axes.domains, periods), np.where(at.mutual, 2.0, 1.0)


def inflate_squares(stocks: np.ndarray, decay: Decay, domains: tuple[str, ...]) -> np.ndarray | None:
    """Multiply squares (6, D, K, T) by 1 + r n^g in place: events that come in clusters are less evidence.

    The yearly rate n of a cell is that of a steady stream with its evidence N in force, N ln 2 / h. Returns the
    factors (D, K, T), None where there is no dispersion.
    """
    if not dispersed(decay):
        return None
    _, _, c, c2, k, k2 = stocks
    more = decay.inflation(evidence_of(c + k, c2 + k2), half_life_years(decay, domains)[:, None])
    c2 *= more
    k2 *= more
    return more


def stocks(ledger: Cells, axes: Axes, at: Coordinates, line: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """n, weight, C, C2, K, K2 at every period's end, (6, D, K, T); lines in blocks that fit the cache."""
    D, K, T = axes.shape
    need_memory(
        f"ties of {D:,} dyads x {K} domains x {T:,} periods",
        D * K * T * 8 * len(SUMS),
        "Post longer periods (freq='M'), fewer actors (events.take) or days (events.up_to), or read the cells "
        "that occur: ledger.to_frame().",
    )
    keep = np.flatnonzero((line >= 0) & (at.period < T))
    keep = keep[np.argsort(line[keep], kind="stable")]
    out = np.zeros((len(SUMS), D * K, T))
    size = max(1, BLOCK // T)
    firsts = range(0, D * K, size)
    stops = np.searchsorted(line[keep], [*firsts, D * K])
    for first, inside in zip(firsts, pairwise(stops), strict=True):
        block, cells = out[:, first : first + size], keep[slice(*inside)]
        for turn, r in enumerate(np.unique(at.rate[cells])):
            rows = cells[at.rate[cells] == r]
            part = ledger.sums[rows] * scale[rows, None] ** np.array(POWERS)
            if not r:
                block += in_force(
                    line[rows] - first, at.period[rows], at.until[rows], part, block.shape[1], T
                )
                continue
            flows = np.zeros_like(block) if turn else block
            place = (line[rows] - first) * T + at.period[rows]
            for flow, column in zip(flows, part.T, strict=True):
                np.add.at(flow.reshape(-1), place, column)
            accumulate(flows, ledger.decay, ledger.half_lives[r], axes.ends)
            if turn:
                block += flows
    return out.reshape(len(SUMS), D, K, T)


# ---- the recurrence that every stock follows -------------------------------------------------------------------
def left_of_flow(
    days: np.ndarray, periods: np.ndarray, decay: Decay, half_life: np.ndarray | float
) -> np.ndarray:
    """What is left of a flow so many days and periods after its own period's end: one term of `accumulate`.

    Under `Saturating`, where what is left depends on all that has happened since, only a flow of the period itself is
    (`saturate` adds them).
    """
    if isinstance(decay, Window):
        return np.asarray(periods < decay.periods)
    if isinstance(decay, Saturating):
        return np.asarray(periods == 0)
    return np.exp2(-days / half_life)  # which is infinite where nothing fades


def still_in_force(
    parts: Portions, own: np.ndarray, t: int, decay: Decay, half_lives: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Part of its event that is booked, and of its mass that is in force, at the end of period t, (P,) each.

    `own` is what is left of it at the end of each portion's own period.
    """
    stands = parts.rate == 0
    here = (parts.period <= t) & (~stands | (parts.until > t))
    at = np.minimum(parts.period, t)
    days, periods = ends[t] - ends[at], t - at
    mass = np.where(stands, 1.0, left_of_flow(days, periods, decay, half_lives[parts.rate]))
    booked = np.where(stands, 1.0, left_of_flow(days, periods, decay, np.full(len(at), np.inf)))
    return parts.n * booked * here, own * mass * here


def left_of_days(
    day: np.ndarray, half_life: np.ndarray, t: int, decay: Decay, ends: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray]:
    """`still_in_force` of events of one known day that do not stand, (N,); None where every one is booked in full."""
    if isinstance(decay, HalfLife):
        age = (ends[t] - day).astype(float)
        booked = None if not len(day) or age.min() >= 0 else (age >= 0).astype(float)
        left = np.exp2(np.minimum(-age, 0.0) / half_life)
        return booked, left if booked is None else left * booked
    ago = t - np.searchsorted(ends, day)
    part = left_of_flow(ago, ago, decay, np.inf) * (ago >= 0).astype(float)
    return part, part


def evidence_left(
    events: Events,
    rates: Rates,
    decay: Decay,
    ends: np.ndarray,
    kept: np.ndarray,
    line: np.ndarray | None = None,
) -> np.ndarray:
    """How many events each is at the ends of some periods, (T, N): what is left of it, over 1 + r n^g with dispersion.

    It is 0 before it begins. Under `Saturating` all of it is left: how far it has faded depends on the others.
    n is the yearly rate of the events on its `line` (N,), as in `inflate_squares`; the directed pair and domain where
    not given.
    """
    if isinstance(decay, Saturating):
        decay = Cumulative()
    special = rates.standing_rows(events) | (events.precision > 0)
    dated, lasting = np.flatnonzero(~special), np.flatnonzero(special)
    left = np.zeros((len(kept), len(events)))
    day, half_life = events.day[dated], rates.half_lives[rates.of(events)[dated]]
    some = events.pick(lasting)
    cut = portions(some, rates.standing_rows(some), rates.of(some), ends)
    own = cut.left(rates.half_lives)
    for row, t in zip(left, kept, strict=True):
        row[dated] = left_of_days(day, half_life, int(t), decay, ends)[1]
        in_parts = still_in_force(cut, own, int(t), decay, rates.half_lives, ends)[1]
        row[lasting] = np.bincount(cut.event, in_parts, len(some))
    if not dispersed(decay):
        return left
    if line is None:
        _, pair = distinct_dyads(events.source, events.target, len(events.actors))
        line = pair * len(events.domains) + events.domain
    years = half_life_years(decay, events.domains)[events.domain]
    mass = np.abs(events.value) * events.weight
    for row in left:
        evidence = evidence_of(np.bincount(line, mass * row), np.bincount(line, mass * mass * row))
        row /= decay.inflation(evidence[line], years)
    return left


def accumulate(flows: np.ndarray, decay: Decay, half_life: float, ends: np.ndarray) -> None:
    """Turn flows (F, L, T) into stocks in place, by the choice of decay."""
    if isinstance(decay, Window):
        own = flows.copy()
        for back in range(1, min(decay.periods, flows.shape[2])):
            flows[..., back:] += own[..., :-back]
    elif isinstance(decay, Saturating):
        saturate(flows.swapaxes(1, 2), decay.limit)
    else:
        fade(flows, (ends - ends[0]) / half_life)


def fade(flows: np.ndarray | Sequence[np.ndarray], age: np.ndarray, fades: tuple[int, ...] = FADES) -> None:
    """S_t = S_(t-1) 2^(age_(t-1) - age_t) + s_t in place; `age` of each period in half-lives, (T,).

    Of flows (F, L, T) those of which `fades` is 0 run up.

    Flows grown back to a common date add up by one running sum, over as many half-lives as a float can hold.
    """
    span = age // REACH
    starts = run_starts(span)
    for start, stop in zip(starts, np.append(starts[1:], len(age)), strict=True):
        grown = np.exp2(age[start:stop] - age[start])
        for flow, fading in zip(flows, fades, strict=False):
            if start:
                flow[:, start] += flow[:, start - 1] * np.exp2(fading * (age[start - 1] - age[start]))
            part = flow[:, start:stop]
            if fading:
                part *= grown
            np.cumsum(part, axis=1, out=part)
            if fading:
                part /= grown


def fade_each(flows: np.ndarray, age: np.ndarray) -> None:
    """`fade` of flows (T, L, B) that fade each draw at a rate of its own: `age` in half-lives is (T, B)."""
    for t in range(1, len(flows)):
        flows[t] += flows[t - 1] * np.exp2(age[t - 1] - age[t])


def saturate(flows: np.ndarray, limit: float) -> None:
    """Apply the Tsinghua update to both layers (F, T, L): each fades by how much happens, not by time.

    P_t = P_{t-1} (1 - abs(I)/N) + I with I = c - k, in [-N, N]; C and K share the same fading, so C - K = P.
    """
    powers, fades = np.array(POWERS)[:, None], np.array(FADES)[:, None]
    for t in range(flows.shape[1]):
        size = np.abs(flows[2, t] - flows[4, t])
        cut = np.where(size > limit, limit / np.where(size > 0, size, 1.0), 1.0)
        flows[2:, t] *= cut ** powers[2:]
        if t:
            flows[:, t] += flows[:, t - 1] * (1 - np.minimum(size, limit) / limit) ** fades


def in_force(
    line: np.ndarray, start: np.ndarray, until: np.ndarray, sums: np.ndarray, lines: int, periods: int
) -> np.ndarray:
    """Sum of what stands at each period's end, (F, lines, periods), of sums (M, F) in force from `start` to before `until`.

    Each stretch of periods is cut into blocks whose lengths are powers of two, at most two of a length, and a
    period adds the blocks that hold it: only what is in force is ever added, so that the end of one act takes
    away exactly what its start gave, whatever stands beside it.
    """
    columns = sums.shape[1]
    low = start.astype(np.int64)
    high = np.minimum(until, periods)
    size = 1 << max(0, periods - 1).bit_length()
    levels = []
    width = size
    while width:
        level = np.zeros((columns, lines * width))
        first = np.flatnonzero((low < high) & (low % 2 == 1))
        last = np.flatnonzero((low + (low % 2) < high) & (high % 2 == 1))
        for rows, at in ((first, low), (last, high - 1)):
            if len(rows):
                place = line[rows] * width + at[rows]
                for column in range(columns):
                    np.add.at(level[column], place, sums[rows, column])
        levels.append(level)
        low, high, width = (low + 1) // 2, high // 2, width // 2
    total = levels.pop()
    while levels:
        total = np.repeat(total, 2, axis=1)
        total += levels.pop()
    return np.asarray(total.reshape(columns, lines, size)[:, :, :periods])
