"""Has anything become slower? Each hot path beside plain numpy work of the same kind, as a recorded ratio.

A time says more of the machine than of the code; a ratio to a reference in the same process, taken in turn,
holds to a few per cent on a busy machine. Fails where a median ratio exceeds 1.25 times the recorded one.

    python benchmarks/gate.py             # 15 pairs, compared with recorded.json
    python benchmarks/gate.py --record    # write recorded.json: after a change meant to cost or to save
    python benchmarks/gate.py --small     # 3 pairs, printed only
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

import alignscore as al

RECORDED = Path(__file__).with_name("recorded.json")
SLOWER = 1.25

Work = Callable[[], object]


def tasks(scale: int) -> dict[str, tuple[Work, Work]]:
    """Each hot path and its reference, over data made from a seed."""
    rng = np.random.default_rng(0)
    n = 20_000 * scale
    events = al.datasets.simulate(n, actors=60, seed=1)
    cell, mass = rng.integers(0, 300_000, n), rng.random(n)
    ledger = al.Ledger.post(al.datasets.simulate(n, actors=15, seed=1), freq="M")
    grid = rng.random((210 * 3, 360))
    votes = rng.integers(1, 4, (193, 91)).astype(float)
    shipped = al.datasets.asean()
    frame = shipped.to_frame().iloc[np.resize(np.arange(len(shipped)), 500 * scale)].drop(columns="event_id")
    labels = frame["source"].to_numpy(dtype=object)
    return {
        "post": (lambda: al.Ledger.post(events), lambda: [np.bincount(cell, mass) for _ in range(4)]),
        "score": (
            lambda: al.alignment(ledger.ties()),
            lambda: [np.sqrt(np.cumsum(grid, axis=1) / (1 + grid)) for _ in range(10)],
        ),
        "similarity": (
            lambda: al.similarity(votes, measure=["s", "kappa", "pi", "tau_b", "a"], levels=(1, 2, 3)),
            lambda: [(votes == 1).astype(float) @ (votes == 2).T for _ in range(20)],
        ),
        "screen": (
            lambda: al.Events.screen(frame),
            lambda: [np.unique(labels, return_inverse=True) for _ in range(4)],
        ),
        "robustness": (
            lambda: al.robustness(shipped, powers=("CHN", "USA"), periods=(2020, 2026), draws=32 * scale),
            lambda: rng.gamma(rng.random((64 * scale, 2_000)) + 0.5),
        ),
    }  # fmt: skip


def ratio(work: Work, reference: Work, pairs: int) -> tuple[float, float]:
    """Median seconds of process time of the work, and their median ratio to the reference's, taken in turn."""
    work(), reference()  # what a first call loads is not counted
    found = []
    for _ in range(pairs):
        marks = [time.process_time()]
        for call in (work, reference):
            call()
            marks.append(time.process_time())
        found.append((marks[1] - marks[0], marks[2] - marks[1]))
    return median(a for a, _ in found), median(a / max(b, 1e-9) for a, b in found)


def main(argv: list[str] | None = None) -> int:
    """Print each ratio beside the recorded one; return 1 where one is too high."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a few seconds, nothing compared")
    parser.add_argument("--record", action="store_true", help="write the ratios down as the ones to hold")
    options = parser.parse_args(argv)
    work = tasks(1 if options.small else 20)
    found = {name: ratio(*pair, 3 if options.small else 15)[1] for name, pair in work.items()}
    known = json.loads(RECORDED.read_text(encoding="utf-8"))
    late = []
    for name, now in found.items():
        print(f"{name:<12} {now:7.2f} x its reference   recorded {known.get(name, float('nan')):7.2f}")
        if now > SLOWER * known.get(name, float("inf")):
            late.append(name)
    if options.record:
        told = json.dumps({name: round(now, 3) for name, now in found.items()}, indent=2)
        RECORDED.write_text(told + "\n", encoding="utf-8")
    if options.small or options.record or not late:
        return 0
    print(f"slower than {SLOWER} x the recorded ratio: {', '.join(late)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
