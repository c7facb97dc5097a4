"""Screening an event table column by column, beside a pydantic model per row, in one run.

python benchmarks/screening.py [--small]
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np
import pandas as pd

import alignscore as al


def table(n: int) -> pd.DataFrame:
    """Rows as a user has them: texts for actors, dates and kinds."""
    rng = np.random.default_rng(0)
    labels = np.array([f"A{at:03d}" for at in range(200)])
    return pd.DataFrame(
        {
            "source": labels[rng.integers(0, 100, n)],
            "target": labels[rng.integers(100, 200, n)],
            "date": (np.datetime64("2000-01-01") + rng.integers(0, 9000, n).astype("m8[D]")).astype(str),
            "kind": np.array(["visit", "state_visit", "sanctions"])[rng.integers(0, 3, n)],
            "weight": 1.0,
        }
    )


def by_row(frame: pd.DataFrame, kinds: set[str]) -> int:
    """Check each row with a model and the two rules a model alone cannot hold."""
    kept = 0
    for record in frame.to_dict("records"):
        event = al.Event(**record)
        kept += event.source != event.target and event.kind in kinds
    return kept


def main(argv: list[str] | None = None) -> None:
    """Print nanoseconds a row and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a few seconds")
    small = parser.parse_args(argv).small
    n = 50_000 if small else 1_000_000
    frame, few = table(n), table(min(n, 20_000))
    kinds = set(al.Codebook.ladder().names)
    rounds = []
    for _ in range(3 if small else 15):
        start = time.process_time()
        events, refused = al.Events.screen(frame)
        columns = (time.process_time() - start) / n
        start = time.process_time()
        kept = by_row(few, kinds)
        rows = (time.process_time() - start) / len(few)
        assert (len(events), len(refused), kept) == (n, 0, len(few))
        rounds.append((rows / columns, columns, rows))
    times, columns, rows = (median(column) for column in zip(*rounds, strict=True))
    print(
        f"{n:,} rows: {columns * 1e9:.0f} ns a row by column, {rows * 1e9:.0f} ns by model: {times:.1f} times"
    )


if __name__ == "__main__":
    main()
