"""Similarity of all dyads, beside a per-dyad loop, scikit-learn's kappa and scipy's tau-b, in one run.

Votes are simulated from one dimension and a seed. A reference that would take minutes is timed on a sample
of the dyads and scaled up; the line says so. Every reference must also return the same numbers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from alignscore.measures.similarity import coefficients as tables
from alignscore.measures.similarity.portfolio import Portfolio
from alignscore.measures.similarity.similarity import similarity

LEVELS = (1, 2, 3)
MEASURES = ("s", "s_squared", "kappa", "kappa_squared", "pi", "a", "a_squared", "tau_b")


def assembly(states: int, items: int, *, absent: float = 0.1, seed: int = 0) -> np.ndarray:
    """Votes 1, 2, 3 of states on a line, NaN where absent, (states, items)."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(states, 1)) * rng.normal(size=items) + rng.normal(size=(states, items))
    votes = 1.0 + (z > -0.3) + (z > 0.6)
    votes[rng.random(votes.shape) < absent] = np.nan
    return votes


def cpu(task: Callable[[], object], repeats: int) -> float:
    """Least CPU seconds of several runs."""
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        task()
        spent.append(time.process_time() - start)
    return max(min(spent), 1e-9)  # a clock may not tick within a short task


def kernel(votes: np.ndarray) -> list[np.ndarray]:
    """All eight measures from one set of tables, without the public call around them."""
    spacing = np.array(LEVELS, dtype=float)
    (table,) = tables.pair_tables(votes, spacing)
    linear, squared, nominal = (tables.distances(spacing, d) for d in ("absolute", "squared", "nominal"))
    return [
        tables.s_score(table, linear),
        tables.s_score(table, squared),
        tables.kappa(table, linear),
        tables.kappa(table, squared),
        tables.scott_pi(table, nominal),
        tables.corrected_s(table, linear),
        tables.corrected_s(table, squared),
        tables.tau_b(table),
    ]


def loop(votes: np.ndarray, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Seven measures, a pair at a time with numpy: what a careful user writes, (7, pairs)."""
    gap = np.abs(np.subtract.outer(LEVELS, LEVELS)).astype(float)
    out = np.full((7, len(pairs)), np.nan)
    for at, (i, j) in enumerate(pairs):
        both = ~np.isnan(votes[i]) & ~np.isnan(votes[j])
        x, y = votes[i, both].astype(int) - 1, votes[j, both].astype(int) - 1
        joint = np.bincount(3 * x + y, minlength=9).reshape(3, 3) / max(1, len(x))
        row, column = joint.sum(axis=1), joint.sum(axis=0)
        by_chance, pooled = np.outer(row, column), np.outer(row + column, row + column) / 4
        differ = gap > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            out[:, at] = [
                1 - 2 * (joint * gap).sum() / 2,
                1 - 2 * (joint * gap**2).sum() / 4,
                1 - (joint * gap).sum() / (by_chance * gap).sum(),
                1 - (joint * gap**2).sum() / (by_chance * gap**2).sum(),
                1 - joint[differ].sum() / pooled[differ].sum(),
                -2 * ((joint - by_chance) * gap).sum() / 2,
                -2 * ((joint - by_chance) * gap**2).sum() / 4,
            ]
    return out


def scipys_tau(votes: np.ndarray, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """tau-b of each pair by scipy.stats.kendalltau, (pairs,)."""
    from scipy.stats import kendalltau

    return np.array([kendalltau(votes[i], votes[j], nan_policy="omit").statistic for i, j in pairs])


def sklearns_kappa(votes: np.ndarray, pairs: Sequence[tuple[int, int]]) -> np.ndarray | None:
    """Linear kappa of each pair by scikit-learn, (pairs,); None where it is not installed."""
    try:
        from sklearn.metrics import cohen_kappa_score
    except ImportError:
        return None
    out = []
    for i, j in pairs:
        both = ~np.isnan(votes[i]) & ~np.isnan(votes[j])
        out.append(cohen_kappa_score(votes[i, both], votes[j, both], labels=list(LEVELS), weights="linear"))
    return np.array(out)


def same(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Refuse to time a reference that computes something else."""
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def one_year(states: int, items: int, sample: int, repeats: int, seed: int) -> dict[str, float]:
    """CPU seconds of one year by every road, references scaled up to all dyads."""
    votes = assembly(states, items, seed=seed)
    every = list(combinations(range(states), 2))
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(len(every), min(sample, len(every)), replace=False))
    pairs = [every[k] for k in chosen]
    scale = len(every) / len(pairs)
    found = similarity(votes, measure=MEASURES, levels=LEVELS)
    same(found.scores, np.stack(kernel(votes)))
    same(found.scores[:7, chosen], loop(votes, pairs))
    same(found.scores[7, chosen], scipys_tau(votes, pairs))
    seconds = {
        "kernel": cpu(lambda: kernel(votes), repeats),
        "public call": cpu(lambda: similarity(votes, measure=MEASURES, levels=LEVELS).to_frame(), repeats),
        "one call each": cpu(
            lambda: [similarity(votes, measure=m, levels=LEVELS) for m in MEASURES], repeats
        ),
        "loop": cpu(lambda: loop(votes, pairs), 1) * scale,
        "scipy": cpu(lambda: scipys_tau(votes, pairs), 1) * scale,
        "tau_b": cpu(lambda: similarity(votes, measure="tau_b", levels=LEVELS), repeats),
        "kappa": cpu(lambda: similarity(votes, measure="kappa", levels=LEVELS), repeats),
    }
    kappas = sklearns_kappa(votes, pairs)
    if kappas is not None:
        same(found.scores[2, chosen], kappas)
        seconds["sklearn"] = cpu(lambda: sklearns_kappa(votes, pairs), 1) * scale
    return seconds


def panel(years: int, states: int, seed: int) -> tuple[int, float]:
    """Dyad-years and CPU seconds of a panel of square portfolios with four levels, growing to `states`."""
    rng = np.random.default_rng(seed)
    cube = np.full((years, states, states), np.nan)
    for t in range(years):
        n = states // 6 + (states - states // 6) * t // max(1, years - 1)
        cube[t, :n, :n] = rng.choice(4, (n, n), p=[0.8, 0.1, 0.05, 0.05])
        np.fill_diagonal(cube[t, :n, :n], 3)
    held = Portfolio.from_array(cube, levels=range(4))
    start = time.process_time()
    found = similarity(held, measure=MEASURES)
    return len(found.n), time.process_time() - start


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true", help="a couple of seconds, for a test")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    states, items, sample, repeats = (25, 30, 20, 2) if options.small else (193, 91, 400, 9)
    seconds = one_year(states, items, sample, repeats, options.seed)
    dyads = states * (states - 1) // 2
    print(f"{states} states x {items} roll calls, {dyads:,} dyads, {len(MEASURES)} measures (CPU ms)")
    for name in ("kernel", "public call", "one call each"):
        print(f"  {name:<36}{seconds[name] * 1e3:10.1f}")
    print(f"references, timed on {min(sample, dyads)} dyads and scaled up: times as long")
    print(f"  {'numpy loop over dyads, 7 measures':<36}{seconds['loop'] / seconds['public call']:10.0f} x")
    print(f"  {'scipy.stats.kendalltau, tau-b':<36}{seconds['scipy'] / seconds['tau_b']:10.0f} x")
    if "sklearn" in seconds:
        print(f"  {'sklearn cohen_kappa_score, kappa':<36}{seconds['sklearn'] / seconds['kappa']:10.0f} x")
    rows, spent = panel(*((8, 30) if options.small else (203, 195)), options.seed)
    print(f"panel: {rows:,} dyad-years, {len(MEASURES)} measures: {spent:.2f} CPU s")


if __name__ == "__main__":
    main()
