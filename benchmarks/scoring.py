"""From a ledger to the alignment of every dyad in every month, beside pandas, polars and DuckDB.

All start from the same sums per dyad, domain and month, carry them forward with the same fading, and return
(C - K) / (C + K + prior) with its standard error for every month since a dyad's first event in a domain.
A window sum of sums scaled by 2^(t/h) is the same recurrence, as a data frame can say it.

    python benchmarks/scoring.py            # 50 to 200 states over 30 years of 12 months
    python benchmarks/scoring.py --small    # a few seconds
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd

import alignscore as al

HALF_LIFE, PRIOR = 5 * 365.25, 10.0
SUMS = ("c", "c2", "k", "k2")


def cells(ledger: al.Ledger) -> tuple[pd.DataFrame, np.ndarray]:
    """The ledger's cells with their line (dyad and domain), and the last day of each month less the last."""
    dyad, domain, _, _, period, _ = ledger.coordinates()
    line = dyad * len(ledger.axes.domains) + domain
    names = {"c": 2, "c2": 3, "k": 4, "k2": 5}
    columns = {name: ledger.sums[:, at] for name, at in names.items()}
    days = (ledger.axes.ends - ledger.axes.ends[-1]).astype(float)
    return pd.DataFrame({"line": line, "t": period, **columns}), days


def score(c: np.ndarray, c2: np.ndarray, k: np.ndarray, k2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Alignment and its standard error from stocks."""
    a = (c - k) / (c + k + PRIOR)
    evidence = np.divide((c + k) ** 2, c2 + k2, out=np.zeros(np.shape(c)), where=c2 + k2 > 0)
    return a, np.sqrt((1 - a**2) / (evidence + 2))  # of the Beta of mean (1 + a) / 2 and evidence + 1 events


def with_pandas(frame: pd.DataFrame, days: np.ndarray) -> np.ndarray:
    wide = frame.pivot_table(index="line", columns="t", values=list(SUMS), aggfunc="sum")
    stocks = {}
    grown = 2.0 ** (days / HALF_LIFE)
    for name in SUMS:
        grid = wide[name].reindex(columns=range(len(days)))
        stocks[name] = grid.fillna(0.0).mul(grown, axis=1).cumsum(axis=1).div(grown, axis=1)
    known = wide["c"].reindex(columns=range(len(days))).notna().cummax(axis=1).to_numpy()
    a, se = score(*(stocks[name].to_numpy() for name in SUMS))
    return np.array([a[known].sum(), se[known].sum(), known.sum()])


def with_polars(frame, days: np.ndarray) -> np.ndarray:
    import polars as pl

    last = len(days)
    grid = (
        frame.lazy().group_by("line").agg(pl.col("t").min().alias("first"))
        .with_columns(t=pl.int_ranges(pl.col("first"), last)).explode("t").drop("first")
    )  # fmt: skip
    calendar = pl.LazyFrame({"t": np.arange(last), "day": days})
    work = grid.join(calendar, on="t").join(frame.lazy(), on=["line", "t"], how="left").sort("line", "t")
    work = work.with_columns(pl.col(*SUMS).fill_null(0.0))
    grown = (np.log(2) / HALF_LIFE * pl.col("day")).exp()
    stocks = work.with_columns(
        **{name: (pl.col(name) * grown).cum_sum().over("line") / grown for name in SUMS}
    )
    mass, squares = pl.col("c") + pl.col("k"), pl.col("c2") + pl.col("k2")
    a = (pl.col("c") - pl.col("k")) / (mass + PRIOR)
    evidence = pl.when(squares > 0).then(mass**2 / squares).otherwise(0.0)
    out = stocks.select(a=a, se=((1 - a**2) / (evidence + 2)).sqrt()).collect()
    return np.array([out["a"].sum(), out["se"].sum(), len(out)])


SQL = f"""
with grid as (select line, unnest(range(first, (select count(*) from days))) as t
  from (select line, min(t) as first from frame group by line)),
work as (select grid.line, grid.t, exp2(day / {HALF_LIFE}) as g, coalesce(c, 0) as c, coalesce(c2, 0) as c2,
  coalesce(k, 0) as k, coalesce(k2, 0) as k2
  from grid join days using (t) left join frame on frame.line = grid.line and frame.t = grid.t),
stocks as (select
  sum(c * g) over w / g as c, sum(c2 * g) over w / g as c2,
  sum(k * g) over w / g as k, sum(k2 * g) over w / g as k2
  from work window w as (partition by line order by t rows unbounded preceding)),
scores as (select (c - k) / (c + k + {PRIOR}) as a,
  case when c2 + k2 > 0 then (c + k) ** 2 / (c2 + k2) else 0 end as evidence from stocks)
select a, sqrt((1 - a ** 2) / (evidence + 2)) as se from scores
""".replace("exp2(", "pow(2, ")


def with_duckdb(connection) -> np.ndarray:
    out = connection.execute(SQL).fetchnumpy()
    return np.array([out["a"].sum(), out["se"].sum(), len(out["a"])], dtype=float)


def ours(ledger: al.Ledger) -> np.ndarray:
    found = al.alignment(ledger.ties(), prior=PRIOR)
    a, se = found.alignment[:, :-1], found.se[:, :-1]  # it also makes intervals, evidence and the composite
    return np.array([np.nansum(a), np.nansum(se), (~np.isnan(a)).sum()])


def engines(ledger: al.Ledger) -> dict[str, Callable[[], np.ndarray]]:
    """Each engine, its data loaded, as a function of nothing that returns its totals."""
    import duckdb
    import polars as pl

    frame, days = cells(ledger)
    lazy = pl.DataFrame({name: frame[name].to_numpy() for name in frame})
    connection = duckdb.connect()
    connection.register("given", lazy.to_arrow())
    connection.execute("create table frame as select * from given")
    connection.register("given_days", pl.DataFrame({"t": np.arange(len(days)), "day": days}).to_arrow())
    connection.execute("create table days as select * from given_days")
    return {
        "alignscore": lambda: ours(ledger),
        "pandas": lambda: with_pandas(frame, days),
        "polars": lambda: with_polars(lazy, days),
        "duckdb": lambda: with_duckdb(connection),
    }


def compare(actors: int, events: int, rounds: int) -> None:
    """Interleaved rounds; prints seconds of CPU and how many times ours."""
    run = engines(al.Ledger.post(al.datasets.simulate(events, actors=actors, seed=1), freq="M"))
    totals = {name: call() for name, call in run.items()}
    for name, total in totals.items():
        np.testing.assert_allclose(total, totals["alignscore"], rtol=1e-9, err_msg=name)
    cpu: dict[str, list[float]] = {name: [] for name in run}
    for _ in range(rounds):
        for name, call in run.items():
            start = time.process_time()
            call()
            cpu[name].append(time.process_time() - start)
    for name, times in cpu.items():
        ratio = median(b / a for a, b in zip(cpu["alignscore"], times, strict=True))
        print(f"{actors:>4} states {name:<11} cpu {median(times):7.3f} s   x ours {ratio:6.2f}")


def growth(sizes: list[int], per_state: int) -> None:
    """Nanoseconds a cell and peak memory as states grow."""
    for actors in sizes:
        events = al.datasets.simulate(actors * per_state, actors=actors, seed=1)
        ledger = al.Ledger.post(events, freq="M")
        start = time.process_time()
        found = al.alignment(ledger.ties())
        spent = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        size = found.alignment.size
        print(
            f"{actors:>4} states {size:>12,} scores {spent:7.3f} s  {spent / size * 1e9:6.1f} ns a score  {peak:.1f} GB"
        )


def main(argv: list[str] | None = None) -> None:
    """Run the comparison and the growth table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a few seconds")
    small = parser.parse_args(argv).small
    compare(10 if small else 60, 20_000 if small else 1_000_000, rounds=1 if small else 3)
    growth([10, 20] if small else [50, 100, 200], per_state=1_000 if small else 25_000)


if __name__ == "__main__":
    main()
