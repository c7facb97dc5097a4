"""Worlds in which the truth is known, for tests of how relations move."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

ICEWS = (
    Path(__file__).resolve().parents[3] / "shared" / "data" / "validity" / "icews_dyad_year_2002_2014.csv.gz"
)


def table_of(c: np.ndarray, k: np.ndarray, pairs: np.ndarray, first: int = 2000) -> pd.DataFrame:
    """Counts (D, T) as a table, cells without events left out."""
    D, T = c.shape
    frame = pd.DataFrame(
        {
            "source": np.repeat([f"S{i:02d}" for i in pairs[:, 0]], T),
            "target": np.repeat([f"S{j:02d}" for j in pairs[:, 1]], T),
            "period": np.tile(np.arange(first, first + T), D),
            "cooperation": c.ravel(),
            "conflict": k.ravel(),
        }
    )
    return frame[frame["cooperation"] + frame["conflict"] > 0]


def pairs_of(states: int) -> np.ndarray:
    return np.array(list(combinations(range(states), 2)))


def own_world(
    seed: int, *, states: int = 15, years: int = 14, half_life: float = 2.0, prior: float = 3.0,
    share: float = 0.7, rate: float = 8.0,
) -> pd.DataFrame:  # fmt: skip
    """Counts drawn one period after another from the discount filter's own law."""
    rng = np.random.default_rng(seed)
    pairs = pairs_of(states)
    fade = 2.0 ** (-1 / half_life)
    C, K = np.zeros(len(pairs)), np.zeros(len(pairs))
    c, k = np.zeros((2, len(pairs), years))
    for t in range(years):
        n = rng.poisson(rate, len(pairs))
        theta = rng.beta(prior * share + fade * C, prior * (1 - share) + fade * K)
        c[:, t] = rng.binomial(n, theta)
        k[:, t] = n - c[:, t]
        C, K = fade * C + c[:, t], fade * K + k[:, t]
    return table_of(c, k, pairs)


def drifting_world(
    seed: int, *, states: int = 16, years: int = 16, drift: float = 0.4, rate: float = 12.0, warm: float = 0.4
) -> pd.DataFrame:
    """States' warmth, a permanent part and a tone that wanders and comes back; numbers of events very unequal."""
    rng = np.random.default_rng(seed)
    pairs = pairs_of(states)
    warmth = rng.normal(0, warm, states)[pairs].sum(axis=1)
    own, tone = rng.normal(1, 0.7, len(pairs)), rng.normal(0, 0.7, len(pairs))
    volume = rate * np.exp(rng.normal(0, 1.2, len(pairs)))
    c, k = np.zeros((2, len(pairs), years))
    for t in range(years):
        n = rng.poisson(volume)
        c[:, t] = rng.binomial(n, 1 / (1 + np.exp(-(warmth + own + tone))))
        k[:, t] = n - c[:, t]
        tone = np.sqrt(1 - drift**2) * tone + rng.normal(0, 0.7 * drift, len(pairs))
    return table_of(c, k, pairs)
