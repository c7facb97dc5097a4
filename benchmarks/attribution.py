"""Impact of every event and the split of a change, beside posting anew and brute-force Shapley values.

Events are simulated from a seed. A reference that would take minutes is timed on a sample of the events and
scaled up; the line says so. Every reference must also return the same numbers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np

import alignscore as al
from alignscore.attribution.contributions import contributions
from alignscore.attribution.impact import impact
from alignscore.attribution.scores import AlignmentOf, PositionOf


def cpu(task: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of one run, and what it returned."""
    start = time.process_time()
    value = task()
    return time.process_time() - start, value


def rescore(events: al.Events, score: Any, rows: np.ndarray) -> np.ndarray:
    """Impact of some rows by posting all others anew, (rows, M): what a careful user writes."""
    ties = al.Ledger.post(events).ties()
    whole, last = score.read(ties).score[0, :, -1], ties.axes.periods[-1]
    out = []
    for row in rows:
        rest = events.take(np.delete(np.arange(len(events)), row))
        out.append(whole - score.read(al.Ledger.post(rest).ties(last)).score[0, :, -1])
    return np.array(out)


def shapley(a0: np.ndarray, b0: np.ndarray, a1: np.ndarray, b1: np.ndarray) -> np.ndarray:
    """Shapley values of the change of a ratio of sums, by all subsets, (n,)."""
    n = len(a0)
    value = {}
    for size in range(n + 1):
        for group in combinations(range(n), size):
            moved = np.zeros(n, dtype=bool)
            moved[list(group)] = True
            value[group] = np.where(moved, a1, a0).sum() / np.where(moved, b1, b0).sum()
    out = np.zeros(n)
    for group, base in value.items():
        weight = (
            factorial(len(group)) * factorial(n - len(group) - 1) / factorial(n) if len(group) < n else 0.0
        )
        for part in set(range(n)) - set(group):
            out[part] += weight * (value[tuple(sorted((*group, part)))] - base)
    return out


def run(n: int = 20_000, sample: int = 20, parts: int = 12, seed: int = 0) -> dict[str, float]:
    """Ratios of CPU time, reference to library; raises where the numbers differ."""
    events = al.datasets.simulate(n, actors=20, seed=seed, mutual=0.3)
    scores = {
        "impact on alignment": AlignmentOf("A000", "A001", directed=False, prior=10.0),
        "impact on position": PositionOf("A003", ("A000", "A001")),
    }
    ratios = {}
    for name, score in scores.items():
        spent, result = cpu(lambda score=score: impact(events, score=score, by="row", draws=0))
        rows = np.array([int(label.split()[1]) for label in result.about["group"][:sample]])
        slow, expected = cpu(lambda score=score, rows=rows: rescore(events, score, rows))
        np.testing.assert_allclose(result.impact[: len(rows), :, 0], expected, atol=1e-10)
        slow *= len(result.impact) / len(rows)
        ratios[name] = slow / spent
        print(
            f"{name}: {len(result.impact):,} events in {spent:.2f} s; posted anew {slow:.0f} s "
            f"(scaled from {len(rows)}); {ratios[name]:,.0f} times"
        )
    rng = np.random.default_rng(seed)
    b0, b1 = rng.gamma(2, 3, parts) + 1, rng.gamma(2, 3, parts) + 1
    data = rng.uniform(-1, 1, parts) * b0, b0, rng.uniform(-1, 1, parts) * b1, b1
    spent, ours = cpu(lambda: [contributions(*data).total for _ in range(200)][-1])
    slow, theirs = cpu(lambda: shapley(*data))
    ratios["split of a change"] = slow / (spent / 200)
    agreement = np.corrcoef(ours, theirs)[0, 1]
    print(f"split of a change in {parts} parts: {spent / 200 * 1e6:.0f} us; Shapley {slow * 1e3:.0f} ms; "
          f"{ratios['split of a change']:,.0f} times; r = {agreement:.5f}")  # fmt: skip
    return {**ratios, "agreement": float(agreement)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--sample", type=int, default=20)
    parser.add_argument("--small", action="store_true", help="a few seconds")
    args = parser.parse_args()
    run(*(2_000, 5) if args.small else (args.events, args.sample))
