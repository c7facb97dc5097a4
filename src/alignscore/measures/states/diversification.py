"""How a state's ties spread over powers, as formulas on arrays.

Letters for shapes: S states, P powers, K domains, T periods.
"""

from __future__ import annotations

import numpy as np

from alignscore.intervals import ratio
from alignscore.measures.composite import Blend


def gini_simpson(share: np.ndarray, axis: int) -> np.ndarray:
    """(1 - sum_p s_p^2) k/(k - 1): 0 all with one power, 1 even; for two powers 1 - L^2."""
    k = share.shape[axis]
    spread: np.ndarray = (1 - (share**2).sum(axis=axis)) * k / (k - 1)
    return spread


def equitability(share: np.ndarray) -> np.ndarray:
    """Shannon's -sum_p s_p ln s_p / ln k over axis 1; 0 all with one power, 1 even."""
    logs = share * np.log(np.where(share > 0, share, 1.0))
    even: np.ndarray = -logs.sum(axis=1) / np.log(share.shape[1])
    return even


def shares_of(tie: np.ndarray) -> np.ndarray:
    """Share of each power in a state's ties with the powers, (S, P, K, T); NaN where there is none."""
    return ratio(tie, tie.sum(axis=1, keepdims=True))


def lean_se(tie: np.ndarray, var: np.ndarray) -> np.ndarray:
    """Delta-method SE of L = s_b - s_a for two powers, (S, K, T)."""
    a, b, var_a, var_b = tie[:, 0], tie[:, 1], var[:, 0], var[:, 1]
    return 2 * ratio(np.sqrt(a**2 * var_b + b**2 * var_a), (a + b) ** 2)


def spread_se(tie: np.ndarray, var: np.ndarray, share: np.ndarray, blend: Blend) -> np.ndarray:
    """Delta-method SE of diversification for any number of powers, (S, T).

    dV/dx_pd = -2k/(k - 1) w_d (s_p - sum_q s_q s_qd) / X_d.
    """
    k = tie.shape[1]
    s_d = np.nan_to_num(shares_of(tie))  # (S, P, K, T)
    inner = (share[:, :, None] * s_d).sum(axis=1, keepdims=True)
    gradient = (
        np.nan_to_num(ratio(share[:, :, None] - inner, tie.sum(axis=1, keepdims=True)))
        * blend.weights[:, None]
    )
    spread: np.ndarray = 2 * k / (k - 1) * np.sqrt((gradient**2 * var).sum(axis=(1, 2)))
    return np.where(blend.coverage > 0, spread, np.nan)


def window_sum(flow: np.ndarray, periods: int) -> np.ndarray:
    """Sum of the last `periods` entries along the last axis; fewer at the start."""
    total = flow.copy()
    for back in range(1, min(periods, flow.shape[-1])):
        total[..., back:] += flow[..., :-back]
    return total


def within_periods(tie: np.ndarray, periods: int) -> np.ndarray:
    """sum_t u_dt V(s_dt): diversification inside single periods of the window, (S, K, T)."""
    inside = tie.sum(axis=1)  # (S, K, T)
    even = np.nan_to_num(gini_simpson(shares_of(tie), axis=1)) * inside
    return ratio(window_sum(even, periods), window_sum(inside, periods))


def corrected(
    share_d: np.ndarray, evidence: np.ndarray, blend: Blend, spread: np.ndarray, min_evidence: float
) -> np.ndarray:
    """Diversification with each domain's Gini-Simpson term freed of its small-sample bias, (S, T).

    The plug-in falls short by the sampling variance of the shares: add sum_d w_d^2 (1 - sum s^2) / (evidence - 1).
    With one domain this is the plug-in times evidence / (evidence - 1).
    """
    even = np.nan_to_num(gini_simpson(share_d, axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(blend.weights > 0, blend.weights**2 * even / (evidence - 1), 0.0).sum(axis=-2)
    thin = ((blend.weights > 0) & ~(evidence >= min_evidence)).any(axis=-2)
    return np.where(thin, np.nan, spread + lost)


def square_and_add(
    a: np.ndarray, a_low: np.ndarray, a_high: np.ndarray, b: np.ndarray, b_low: np.ndarray, b_high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a product a b >= 0 from those of its factors, by square-and-add on its first-order change.

    The idea is MOVER's (Donner & Zou 2012, Statistical Methods in Medical Research 21:347).
    """
    low = a * b - np.sqrt((b * (a - a_low)) ** 2 + (a * (b - b_low)) ** 2)
    high = a * b + np.sqrt((b * (a_high - a)) ** 2 + (a * (b_high - b)) ** 2)
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def spread_interval(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Interval of V = 1 - L^2 from that of the signed L, two powers."""
    far = np.maximum(np.abs(low), np.abs(high))
    close = np.where((low < 0) & (high > 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    return 1 - far**2, 1 - close**2
