"""Posting events to a ledger, beside pandas, polars and DuckDB making the same sums in the same run.

Every engine gets the same columns in memory, in its own layout and with its own best types (integer codes, or texts
where the question is what texts cost), and returns n, weight, cooperation, conflict and their squares per source,
target, domain and period, each faded to the period's end. pandas and polars also do so by one number a cell, as who
knows that all keys are small codes might write it ("packed"). Ratios are medians of interleaved pairs, of process time
and of the clock, on which polars and DuckDB work with all cores.

    python benchmarks/posting.py                      # 10 M events of 60 to 20,000 actors, by day, with texts
    python benchmarks/posting.py --only 200 texts     # two of these
    python benchmarks/posting.py --warm               # each engine called once untimed, then the median of three calls
    python benchmarks/posting.py --small              # a few seconds
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

import alignscore as al

HALF_LIFE_DAYS = 5 * 365.25
DOMAINS, PERIODS = 3, 1 << 15  # numbers of a cell: years, or days since 1970
PAUSE = 0.5  # seconds in which threads of the engine before give back its memory, on its account
COLUMNS = ("n", "w", "c", "c2", "k", "k2")
# what is asked, and how many times our process time each engine takes at least, on a busy machine too
WORK: dict[str, tuple[dict, dict[str, float]]] = {
    "60": ({"actors": 60}, {"pandas": 7, "polars": 6.5, "duckdb": 4}),
    "200": ({"actors": 200}, {"pandas": 6, "polars": 5.5, "duckdb": 4}),
    "2000": ({"actors": 2_000}, {"pandas": 5, "polars": 3, "duckdb": 3.5}),
    "20000": ({"actors": 20_000}, {}),
    "day": ({"actors": 200, "freq": "D"}, {"pandas": 4.5, "polars": 1.9, "duckdb": 4}),
    "texts": ({"actors": 200, "texts": True}, {"pandas": 1.7, "polars": 1.8, "duckdb": 1.5}),
}


def columns(events: al.Events, *, texts: bool = False) -> dict[str, np.ndarray]:
    """Plain columns every engine starts from: actors and domain as codes or texts, the date, value and weight."""
    codes = {"source": events.source, "target": events.target, "domain": events.domain}
    if texts:
        labels = [np.array(names, dtype=object) for names in (events.actors, events.actors, events.domains)]
        codes = {name: column[code] for (name, code), column in zip(codes.items(), labels, strict=True)}
    return {
        **codes, "date": events.day.astype("M8[D]"), "value": events.value, "weight": np.ones(len(events)),
    }  # fmt: skip


def with_pandas(frame: pd.DataFrame, freq: str, actors: int = 0) -> pd.DataFrame:
    """By four columns; by one number a cell where a number of actors is given."""
    day = frame["date"].to_numpy().astype("M8[D]")
    if freq == "Y":
        period = frame["date"].dt.year
        end = (period.to_numpy() - 1969).astype("M8[Y]").astype("M8[D]") - np.timedelta64(1, "D")
    else:
        period, end = frame["date"], day
    left = np.exp2(-(end - day).astype(np.int64) / HALF_LIFE_DAYS)
    weight = frame["weight"] * left
    whole = frame["value"].abs() * frame["weight"]  # squares fade once
    mass = whole * left
    good, bad = mass.where(frame["value"] > 0, 0.0), mass.where(frame["value"] < 0, 0.0)
    work = pd.DataFrame({"w": weight, "c": good, "k": bad, "c2": good * whole, "k2": bad * whole})
    keys = {"source": frame["source"], "target": frame["target"], "domain": frame["domain"], "period": period}
    if actors:
        pair = frame["source"].astype(np.int64) * actors + frame["target"]
        number = period if freq == "Y" else day.astype(np.int64)
        keys = {"cell": (pair * DOMAINS + frame["domain"]) * PERIODS + number}
    grouped = work.assign(**keys).groupby(list(keys), sort=False)
    return grouped[list(work)].sum().assign(n=grouped.size().to_numpy())


def with_polars(frame, freq: str, actors: int = 0) -> Any:
    """By four columns; by one number a cell where a number of actors is given."""
    import polars as pl

    date, value = pl.col("date"), pl.col("value")
    lag = 365 + date.dt.is_leap_year().cast(pl.Int16) - date.dt.ordinal_day() if freq == "Y" else pl.lit(0)
    weight = pl.col("weight") * (lag * (-np.log(2) / HALF_LIFE_DAYS)).exp()
    mass = value.abs() * weight
    work = frame.lazy().select(
        "source", "target", "domain", period=date.dt.year() if freq == "Y" else date, w=weight,
        whole=value.abs() * pl.col("weight"), c=pl.when(value > 0).then(mass).otherwise(0.0),
        k=pl.when(value < 0).then(mass).otherwise(0.0),
    )  # fmt: skip
    keys = ["source", "target", "domain", "period"]
    if actors:
        pair = pl.col("source").cast(pl.Int64) * actors + pl.col("target")
        cell = (pair * DOMAINS + pl.col("domain")) * PERIODS + pl.col("period").cast(pl.Int32)
        work, keys = work.with_columns(cell=cell), ["cell"]
    sums = work.group_by(keys).agg(
        pl.len().alias("n"), pl.col("w").sum(), pl.col("c").sum(), pl.col("k").sum(),
        (pl.col("c") * pl.col("whole")).sum().alias("c2"), (pl.col("k") * pl.col("whole")).sum().alias("k2"),
    )  # fmt: skip
    return sums.collect()


SQL = """
with work as (
  select source, target, domain, {period} as period, value, abs(value) * weight as whole,
  weight * pow(2, -({end} - date) / {half_life}) as w from frame),
mass as (select source, target, domain, period, w, whole, case when value > 0 then value * w else 0 end as c,
  case when value < 0 then -value * w else 0 end as k from work)
select source, target, domain, period, count(*) as n, sum(w) as w, sum(c) as c, sum(k) as k,
  sum(c * whole) as c2, sum(k * whole) as k2 from mass group by all
"""


def with_duckdb(connection, freq: str) -> dict[str, np.ndarray]:
    year = {"period": "year(date)", "end": "make_date(year(date), 12, 31)"}
    asked = SQL.format(
        half_life=HALF_LIFE_DAYS, **(year if freq == "Y" else {"period": "date", "end": "date"})
    )
    return connection.execute(asked).fetchnumpy()


def totals(table: Any) -> np.ndarray:
    """Number of cells, and the total of each sum."""
    return np.array([len(table["n"]), *(table[name].sum() for name in COLUMNS)], dtype=float)


def engines(events: al.Events, freq: str, *, texts: bool) -> dict[str, Callable[[], Any]]:
    """Each engine, its data loaded, as a function of nothing that returns a table of sums."""
    import duckdb
    import polars as pl

    data = columns(events, texts=texts)
    frame = pd.DataFrame({**data, "date": data["date"].astype("M8[s]")})
    lazy = pl.from_pandas(frame).with_columns(pl.col("date").cast(pl.Date)) if texts else pl.DataFrame(data)
    connection = duckdb.connect()
    connection.execute("set enable_progress_bar = false")
    arrow = lazy.to_arrow()
    connection.register("arrow_frame", arrow)
    connection.execute("create table frame as select * from arrow_frame")

    def ours() -> dict[str, np.ndarray]:
        given = al.Events.from_frame(frame) if texts else events
        return dict(zip(COLUMNS, al.Ledger.post(given, freq=freq).sums.T, strict=True))

    actors = len(events.actors)
    packed = {
        "pandas packed": lambda: with_pandas(frame, freq, actors),
        "polars packed": lambda: with_polars(lazy, freq, actors),
    }
    return {
        "alignscore": ours,
        "pandas": lambda: with_pandas(frame, freq),
        "polars": lambda: with_polars(lazy, freq),
        "duckdb": lambda: with_duckdb(connection, freq),
        **({} if texts else packed),
        "copy": lambda: [column.copy() for column in data.values()],
    }


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Process time and time by the clock of one call."""
    start, clock = time.process_time(), time.perf_counter()
    call()
    return time.process_time() - start, time.perf_counter() - clock


def compare(name: str, n: int, rounds: int, *, warm: bool = False) -> None:
    """Interleaved rounds; prints seconds of process time and of the clock, and how many times ours."""
    asked, floors = WORK[name]
    freq, texts = asked.get("freq", "Y"), asked.get("texts", False)
    run = engines(al.datasets.simulate(n, actors=asked["actors"], seed=1), freq, texts=texts)
    found = {engine: totals(call()) for engine, call in run.items() if engine != "copy"}
    for engine, total in found.items():
        np.testing.assert_allclose(total, found["alignscore"], rtol=1e-9, err_msg=engine)
    cpu: dict[str, list[float]] = {engine: [] for engine in run}
    wall: dict[str, list[float]] = {engine: [] for engine in run}
    for _ in range(rounds):
        for engine, call in run.items():
            time.sleep(PAUSE)
            if warm:
                call()  # memory that the system has backed then lies ready, and not what it may have handed on
            spent = [timed(call) for _ in range(3 if warm else 1)]
            cpu[engine].append(median(one for one, _ in spent))
            wall[engine].append(median(one for _, one in spent))
    for engine in run:
        times = [b / a for a, b in zip(cpu["alignscore"], cpu[engine], strict=True)]
        clocks = [b / a for a, b in zip(wall["alignscore"], wall[engine], strict=True)]
        print(
            f"{n:>12,} events, {name:>5}  {engine:<13} cpu {median(cpu[engine]):7.3f} s  clock {median(wall[engine]):7.3f} s"
            f"   x ours: cpu {median(times):6.2f}  clock {median(clocks):6.2f}"
            + (f"   floor {floors[engine]}" if engine in floors else "")
        )


def growth(sizes: list[tuple[int, int, str]]) -> None:
    """Nanoseconds an event and memory beyond the input, as events, actors and periods grow."""
    al.Ledger.post(al.datasets.simulate(1000))  # what a first call loads is not posting
    for n, actors, freq in sizes:
        events = al.datasets.simulate(n, actors=actors, seed=1)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        ledger = al.Ledger.post(events, freq=freq)
        spent = time.process_time() - start
        beyond = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(
            f"{n:>12,} events, {actors:>6,} actors, by {freq} {spent:7.3f} s  {spent / n * 1e9:6.1f} ns an event  "
            f"{len(ledger.cells):>10,} cells  +{beyond / 1e6:.2f} GB"
        )


def main(argv: list[str] | None = None) -> None:
    """Run the comparison and the growth table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a few seconds")
    parser.add_argument("--only", nargs="+", choices=[*WORK, "growth"], default=[*WORK, "growth"])
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--warm", action="store_true", help="call each engine once before three calls are timed"
    )
    options = parser.parse_args(argv)
    n, rounds = (20_000, 1) if options.small else (options.events, options.rounds)
    if "growth" in options.only:
        events = [(size, 200, "Y") for size in (n // 10, n, 5 * n)]
        actors = [(n // 5, size, "Y") for size in (50, 100, 200, 400)]
        growth(events + actors + [(n // 5, 200, freq) for freq in "QMWD"])
    for name in WORK:
        if name in options.only:
            compare(name, n, rounds, warm=options.warm)


if __name__ == "__main__":
    main()
