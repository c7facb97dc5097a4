"""More events than memory should hold: simulated rows to Parquet, Parquet to a ledger, a ledger to scores.

python examples/big_data.py                       # 200,000 rows, a moment
python examples/big_data.py --rows 20000000       # 20 million
python examples/big_data.py --keep events         # leave the files in a folder
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import alignscore as al
from alignscore.scale import post_parquet

FILE_ROWS = 2_000_000
HISTORY = 1_000_000_000  # rows: about what GDELT holds


def write(folder: Path, rows: int) -> int:
    """Simulated events, a file at a time; bytes written."""
    for at, first in enumerate(range(0, rows, FILE_ROWS)):
        events = al.datasets.simulate(min(FILE_ROWS, rows - first), actors=60, seed=at, mutual=0.1)
        frame = events.to_frame()[["source", "target", "date", "domain", "value", "mutual"]]
        frame = frame.astype({"source": "category", "target": "category", "domain": "category"})
        frame.to_parquet(folder / f"events-{at:03d}.parquet", row_group_size=1_000_000)
    return sum(path.stat().st_size for path in folder.glob("*.parquet"))


def main(argv: list[str] | None = None) -> None:
    """Write, post, score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--keep", type=Path, help="folder for the Parquet files; a temporary one otherwise")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as made:
        folder = options.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        size = write(folder, options.rows)
        print(
            f"{options.rows:,} rows in {len(list(folder.glob('*.parquet')))} files of {size / 1e6:,.1f} MB in all"
        )

        start = time.perf_counter()
        ledger = post_parquet(folder, freq="M")  # checkpoint="saved" lets a broken run continue
        spent = time.perf_counter() - start
        print(f"{spent:,.1f} s to post: {options.rows / spent:,.0f} rows a second")
        print(f"at this rate {HISTORY:,} rows take {HISTORY / options.rows * spent / 60:,.0f} minutes")
        print(repr(ledger.report))
        print(ledger)

    ties = ledger.ties()
    scores = al.hedging(ties, powers=("A000", "A001"), states=["A010", "A020", "A030"]).to_frame()
    last = scores[scores["period"] == scores["period"].max()]
    print("between A000 and A001 at the end:")
    print(
        last[["state", "position", "position_low", "position_high", "hedging", "n"]]
        .round(3)
        .to_string(index=False)
    )


if __name__ == "__main__":
    main()
