"""Posting events to a ledger, beside pandas, polars and DuckDB making the same sums in the same run.

Every engine gets the same columns in memory, in its own layout and with its own best types (integer codes),
and returns n, weight, cooperation, conflict and their squares per source, target, domain and year, each
faded to the year's end. Times are process times, ratios are medians of interleaved pairs.

    python benchmarks/posting.py            # 1 M to 50 M events
    python benchmarks/posting.py --small    # a few seconds
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

HALF_LIFE_DAYS = 5 * 365.25
# how many times our process time each engine takes at least, by actors; a machine with nothing else to do gives more
FLOORS = {
    60: {"pandas": 7, "polars": 5, "duckdb": 3},
    200: {"pandas": 5, "polars": 3.5, "duckdb": 3},
    2_000: {"pandas": 3.5, "polars": 2, "duckdb": 2.5},
}
KEYS = ["source", "target", "domain", "year"]


def columns(events: al.Events) -> dict[str, np.ndarray]:
    """Plain columns every engine starts from: codes, the date, value and weight."""
    return {
        "source": events.source, "target": events.target, "domain": events.domain,
        "date": events.day.astype("M8[D]"), "value": events.value, "weight": np.ones(len(events)),
    }  # fmt: skip


def with_pandas(frame: pd.DataFrame) -> np.ndarray:
    year = frame["date"].dt.year
    end = (year.to_numpy() - 1969).astype("M8[Y]").astype("M8[D]")
    lag = (end - np.timedelta64(1, "D") - frame["date"].to_numpy().astype("M8[D]")).astype(np.int64)
    left = np.exp2(-lag / HALF_LIFE_DAYS)
    weight = frame["weight"] * left
    whole = frame["value"].abs() * frame["weight"]  # squares fade once
    mass = whole * left
    good, bad = mass.where(frame["value"] > 0, 0.0), mass.where(frame["value"] < 0, 0.0)
    work = pd.DataFrame(
        {
            "source": frame["source"], "target": frame["target"], "domain": frame["domain"], "year": year,
            "w": weight, "c": good, "k": bad, "c2": good * whole, "k2": bad * whole,
        }
    )  # fmt: skip
    grouped = work.groupby(KEYS, sort=False)
    sums = grouped[["w", "c", "c2", "k", "k2"]].sum()
    return np.append(grouped.size().sum(), sums.sum().to_numpy())


def with_polars(frame) -> np.ndarray:
    import polars as pl

    date = pl.col("date")
    lag = (pl.date(date.dt.year(), 12, 31) - date).dt.total_days()
    left = (-lag * (np.log(2) / HALF_LIFE_DAYS)).exp()
    weight = pl.col("weight") * left
    mass = pl.col("value").abs() * weight
    good = pl.when(pl.col("value") > 0).then(mass).otherwise(0.0)
    bad = pl.when(pl.col("value") < 0).then(mass).otherwise(0.0)
    work = frame.lazy().select(
        "source", "target", "domain", date.dt.year().alias("year"),
        w=weight, c=good, k=bad, whole=pl.col("value").abs() * pl.col("weight"),
    )  # fmt: skip
    sums = work.group_by(KEYS).agg(
        pl.len().alias("n"), pl.col("w").sum(), pl.col("c").sum(), pl.col("k").sum(),
        (pl.col("c") * pl.col("whole")).sum().alias("c2"), (pl.col("k") * pl.col("whole")).sum().alias("k2"),
    )  # fmt: skip
    return sums.collect().select("n", "w", "c", "c2", "k", "k2").sum().to_numpy()[0]


SQL = f"""
with work as (
  select source, target, domain, year(date) as year, value, abs(value) * weight as whole, weight * exp2(
    -(make_date(year(date), 12, 31) - date) / {HALF_LIFE_DAYS}) as w from frame),
mass as (select source, target, domain, year, w, whole, case when value > 0 then value * w else 0 end as c,
  case when value < 0 then -value * w else 0 end as k from work)
select source, target, domain, year, count(*) as n, sum(w) as w, sum(c) as c, sum(k) as k,
  sum(c * whole) as c2, sum(k * whole) as k2 from mass group by all
"""


def with_duckdb(connection) -> np.ndarray:
    sums = connection.execute(SQL.replace("exp2(", "pow(2, ")).fetchnumpy()
    return np.array([sums[name].sum() for name in ("n", "w", "c", "c2", "k", "k2")], dtype=float)


def engines(events: al.Events) -> dict[str, Callable[[], np.ndarray]]:
    """Each engine, its data loaded, as a function of nothing that returns its grand totals."""
    import duckdb
    import polars as pl

    data = columns(events)
    frame = pd.DataFrame({**data, "date": data["date"].astype("M8[s]")})
    lazy = pl.DataFrame({**data, "date": data["date"]})
    connection = duckdb.connect()
    arrow = lazy.to_arrow()
    connection.register("arrow_frame", arrow)
    connection.execute("create table frame as select * from arrow_frame")

    def ours() -> np.ndarray:
        return al.Ledger.post(events).sums.sum(axis=0)

    return {
        "alignscore": ours,
        "pandas": lambda: with_pandas(frame),
        "polars": lambda: with_polars(lazy),
        "duckdb": lambda: with_duckdb(connection),
        "copy": lambda: np.array([column.copy().nbytes for column in data.values()]),
    }


def compare(n: int, rounds: int, actors: int = 200) -> None:
    """Interleaved rounds; prints seconds of process time and of the clock, and how many times ours."""
    events = al.datasets.simulate(n, actors=actors, seed=1)
    run = engines(events)
    totals = {name: call() for name, call in run.items() if name != "copy"}
    for name, total in totals.items():
        np.testing.assert_allclose(total, totals["alignscore"], rtol=1e-9, err_msg=name)
    cpu: dict[str, list[float]] = {name: [] for name in run}
    wall: dict[str, list[float]] = {name: [] for name in run}
    for _ in range(rounds):
        for name, call in run.items():
            start, clock = time.process_time(), time.perf_counter()
            call()
            cpu[name].append(time.process_time() - start)
            wall[name].append(time.perf_counter() - clock)
    for name in run:
        times = [b / a for a, b in zip(cpu["alignscore"], cpu[name], strict=True)]
        clocks = [b / a for a, b in zip(wall["alignscore"], wall[name], strict=True)]
        print(
            f"{n:>12,} of {actors:>5,} actors {name:<11} cpu {median(cpu[name]):7.3f} s  clock {median(wall[name]):7.3f} s"
            f"   x ours: cpu {median(times):6.2f}  clock {median(clocks):6.2f}"
            + (f"   floor {floor}" if (floor := FLOORS.get(actors, {}).get(name)) else "")
        )


def growth(sizes: list[int]) -> None:
    """Nanoseconds an event and memory beyond the input, as events grow."""
    al.Ledger.post(al.datasets.simulate(1000))  # what a first call loads is not posting
    for n in sizes:
        events = al.datasets.simulate(n, actors=200, seed=1)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        ledger = al.Ledger.post(events)
        spent = time.process_time() - start
        beyond = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(
            f"{n:>12,} events {spent:7.3f} s  {spent / n * 1e9:6.1f} ns an event  +{beyond / 1e6:.2f} GB  {ledger!r}"
        )


def main(argv: list[str] | None = None) -> None:
    """Run the comparison and the growth table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a few seconds")
    small = parser.parse_args(argv).small
    growth([20_000, 100_000] if small else [1_000_000, 5_000_000, 10_000_000, 50_000_000])
    for actors in (60,) if small else FLOORS:
        compare(100_000 if small else 10_000_000, rounds=1 if small else 5, actors=actors)


if __name__ == "__main__":
    main()
