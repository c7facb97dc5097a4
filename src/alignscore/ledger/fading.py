"""How sums over events fade from period to period: the one recurrence that every stock follows.

Letters for shapes: F stocks (n, weight, cooperation and its squares, conflict and its squares), L lines, T periods.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignscore.decay import Decay, HalfLife, Saturating, Window

POWERS = (0, 1, 1, 2, 1, 2)  # how each stock scales with mass
FADES = (0, 1, 1, 1, 1, 1)  # squares fade once, as masses do: an old event is less evidence
REACH = 400  # half-lives: a flow grows by 2^400, and a float ends at 2^1023


def fading_sum(lag: np.ndarray, days: np.ndarray, half_life: np.ndarray) -> np.ndarray:
    """Sum of 2^(-(lag + d) / h) over d = 0 .. days - 1; `days` itself where nothing fades."""
    step = -np.log(2) / half_life
    with np.errstate(invalid="ignore"):
        fading = np.exp2(-lag / half_life) * np.expm1(days * step) / np.expm1(step)
    return np.where(np.isinf(half_life), days, fading)


def accumulate(flows: np.ndarray, decay: Decay, half_life: float, ends: np.ndarray) -> None:
    """Turn flows (F, L, T) into stocks in place, by the choice of decay."""
    if isinstance(decay, Window):
        own = flows.copy()
        for back in range(1, min(decay.periods, flows.shape[2])):
            flows[..., back:] += own[..., :-back]
    elif isinstance(decay, Saturating):
        saturate(flows.swapaxes(1, 2), decay.limit)
    else:
        fade(flows, (ends - ends[0]) / (half_life if isinstance(decay, HalfLife) else np.inf))


def fade(flows: np.ndarray | Sequence[np.ndarray], age: np.ndarray, fades: tuple[int, ...] = FADES) -> None:
    """S_t = S_(t-1) 2^(age_(t-1) - age_t) + s_t in place; `age` of each period in half-lives, (T,).

    Of flows (F, L, T) those of which `fades` is 0 run up.

    Flows grown back to a common date add up by one running sum, over as many half-lives as a float can hold.
    """
    span = (age // REACH).astype(np.int64)
    starts = np.flatnonzero(np.append(True, span[1:] != span[:-1]))
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
    low, high = start.astype(np.int64), np.minimum(until, periods)
    size = 1 << max(0, periods - 1).bit_length()
    levels = []
    width = size
    while True:
        level = np.zeros((columns, lines * width))
        first = np.flatnonzero((low < high) & (low % 2 == 1))
        last = np.flatnonzero((low + (low % 2) < high) & (high % 2 == 1))
        if width == 1:
            first, last = np.flatnonzero(low < high), np.empty(0, dtype=np.int64)
        for rows, at in ((first, low), (last, high - 1)):
            if len(rows):
                place = line[rows] * width + at[rows]
                for column in range(columns):
                    np.add.at(level[column], place, sums[rows, column])
        levels.append(level)
        if width == 1:
            break
        low, high, width = (low + 1) // 2, high // 2, width // 2
    total = levels.pop()
    while levels:
        total = np.repeat(total, 2, axis=1)
        total += levels.pop()
    out: np.ndarray = total.reshape(columns, lines, size)[:, :, :periods]
    return out
