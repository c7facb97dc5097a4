"""A Parquet folder to a monthly ledger, beside DuckDB and polars streaming the same sums from the same files.

Every engine runs in a process of its own on the same folder and cores, in turn, and makes n, weight,
cooperation, conflict and their squares per source, target, domain and month, each faded to the month's end.
Printed: seconds by the clock and of CPU (all threads), peak memory of the process, and how many times ours.

    python benchmarks/scale.py                       # 10 M rows of 60 and of 200 actors
    python benchmarks/scale.py --rows 100_000_000    # ten times as many
    python benchmarks/scale.py --warm                # each process calls once untimed, then the median of three calls
    python benchmarks/scale.py --small               # a few seconds
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import alignscore as al
from alignscore.scale import post_parquet

FILE_ROWS = 5_000_000
RATE = np.log(2) / (5 * 365.25)
SQL = """
with work as (select source, target, domain, date_trunc('month', date) as month, value,
  exp(({RATE}) * (date - last_day(date))) as w from read_parquet('{folder}/*.parquet')),
mass as (select source, target, domain, month, w, abs(value) as whole, case when value > 0 then value * w else 0 end as c,
  case when value < 0 then -value * w else 0 end as k from work)
select count(*) as cells, sum(n) as n, sum(w) as w, sum(c) as c, sum(c2) as c2, sum(k) as k, sum(k2) as k2 from (
  select source, target, domain, month, count(*) as n, sum(w) as w, sum(c) as c, sum(k) as k,
  sum(c * whole) as c2, sum(k * whole) as k2 from mass group by all)
"""


def write(folder: Path, rows: int, actors: int) -> None:
    """Simulated events in files of at most five million rows: text labels, dates, values."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for at, first in enumerate(range(0, rows, FILE_ROWS)):
        events = al.datasets.simulate(min(FILE_ROWS, rows - first), actors=actors, seed=at)
        labels, domains = pa.array(events.actors), pa.array(events.domains)
        table = pa.table(
            {
                "source": pa.DictionaryArray.from_arrays(events.source, labels),
                "target": pa.DictionaryArray.from_arrays(events.target, labels),
                "date": pa.array(events.day, type=pa.int32()).cast(pa.date32()),
                "domain": pa.DictionaryArray.from_arrays(events.domain, domains),
                "value": events.value,
            }
        )
        pq.write_table(table, folder / f"part-{at:03d}.parquet", row_group_size=1_000_000)


# ---- the engines, each the whole work from files to sums in memory; what they return tells the totals -----
Totals = Callable[[], list[float]]


def with_alignscore(folder: Path) -> Totals:
    ledger = post_parquet(folder, freq="M", codebook=al.Codebook.ladder())
    return lambda: [len(ledger.cells), *ledger.sums.sum(axis=0)]


def with_duckdb(folder: Path) -> Totals:
    import duckdb

    connection = duckdb.connect(config={"threads": os.cpu_count()})
    row = connection.execute(SQL.format(folder=folder, RATE=RATE)).fetchone()
    return lambda: [float(x) for x in row or ()]


def with_polars(folder: Path) -> Totals:
    import polars as pl

    date, value = pl.col("date"), pl.col("value")
    lag = (date.dt.month_end() - date).dt.total_days()
    keys = ["source", "target", "domain", "month"]
    frame = (
        pl.scan_parquet(folder / "*.parquet")
        .with_columns(month=date.dt.truncate("1mo"), w=(-lag * RATE).exp())
        .with_columns(c=pl.when(value > 0).then(value).otherwise(0.0) * pl.col("w"),
                      k=pl.when(value < 0).then(-value).otherwise(0.0) * pl.col("w"))
        .group_by(keys)
        .agg(pl.len().alias("n"), pl.col("w", "c").sum(), c2=(pl.col("c") * value.abs()).sum(),
             k=pl.col("k").sum(), k2=(pl.col("k") * value.abs()).sum())
        .collect(engine="streaming")
    )  # fmt: skip
    return lambda: [frame.height, *(float(frame[name].sum()) for name in ("n", "w", "c", "c2", "k", "k2"))]


ENGINES: dict[str, Callable[[Path], Totals]] = {
    "alignscore": with_alignscore, "duckdb": with_duckdb, "polars": with_polars,
}  # fmt: skip


def cost(engine: str, folder: Path, *, warm: bool = False) -> dict[str, Any]:
    """One engine in this process: what it costs, and its totals; its peak memory is that of the first call."""
    wall, cpu, peak = [], [], 0.0
    for _ in range(4 if warm else 1):
        totals = None  # what the call before made is let go of
        clock, start = time.perf_counter(), time.process_time()
        totals = ENGINES[engine](folder)
        wall.append(time.perf_counter() - clock)
        cpu.append(time.process_time() - start)
        peak = peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    first = 1 if warm else 0
    return {"wall": median(wall[first:]), "cpu": median(cpu[first:]), "totals": totals(), "rss": peak}


def measured(engine: str, folder: Path, *, warm: bool) -> dict[str, Any]:
    """The same in a process of its own."""
    words = [sys.executable, str(Path(__file__).resolve()), "--engine", engine, "--folder", str(folder)]
    words += ["--warm"] if warm else []
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def compare(
    rows: int, actors: int, rounds: int, *, warm: bool = False, apart: Sequence[str] = tuple(ENGINES)
) -> None:
    """Engines in turn, the medians of the rounds; those `apart` in processes of their own."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write(folder, rows, actors)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        print(f"{rows:,} rows, {actors} actors, {size:,.0f} MB of Parquet, {os.cpu_count()} cores")
        runs: dict[str, list[dict]] = {engine: [] for engine in ENGINES}
        for _ in range(rounds):
            for engine, kept in runs.items():
                kept.append((measured if engine in apart else cost)(engine, folder, warm=warm))
    ours = runs["alignscore"]
    for engine, kept in runs.items():
        np.testing.assert_allclose(kept[0]["totals"], ours[0]["totals"], rtol=1e-9, err_msg=engine)
        wall, cpu, rss = (median(run[name] for run in kept) for name in ("wall", "cpu", "rss"))
        ratio = [
            median(b[name] / a[name] for a, b in zip(ours, kept, strict=True)) for name in ("wall", "cpu")
        ]
        print(
            f"  {engine:<11} clock {wall:7.2f} s  cpu {cpu:7.2f} s  {wall / rows * 1e9:6.1f} ns a row  peak {rss:5.2f} GB"
            f"   x ours: clock {ratio[0]:5.2f}  cpu {ratio[1]:5.2f}"
        )
    print(f"  {ours[0]['totals'][0]:,.0f} cells")


def main(argv: list[str] | None = None) -> None:
    """Run one engine, or compare all at growing sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a few seconds")
    parser.add_argument("--actors", type=int, nargs="+", default=[60, 200])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--warm", action="store_true", help="each process calls once before three calls are timed"
    )
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.engine:
        print(json.dumps(cost(options.engine, options.folder, warm=options.warm)))
    elif options.small:
        compare(100_000, 20, 1, apart=["alignscore"])
    else:
        for rows in options.rows:
            for actors in options.actors:
                compare(rows, actors, options.rounds, warm=options.warm)


if __name__ == "__main__":
    main()
