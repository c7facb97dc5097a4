"""What the heavier questions cost, each beside the work it stands on, as ratios of CPU time in one run.

Impacts of single events, suppositions and changes beside posting the events; exposure, influence, frames, and what is
asked of one state and one pair beside scoring alignment of all; affinity beside one whole decomposition of each domain
and period; a fit of how events fade beside the same without intervals; reading a CSV file beside pandas' bare read.
Data are simulated from a seed. A line above what is asked of it is marked, and the run fails.

    python benchmarks/measures.py            # a million events; 100 states, 5 years of 12 months
    python benchmarks/measures.py --small    # a few seconds, nothing held
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from gate import Work, ratio  # the script beside this one

import alignscore as al

ASKED = {  # most that each may cost of its reference
    "impact of every event of a pair": 16.0,
    "impact of every event on a hedging": 12.0,  # half of it the intervals of the fifty largest
    "what_if of a position": 3.0,
    "change of a position": 3.0,
    "to_frame": 1.0,
    "exposure": 1.5,
    "exposure, with intervals": 4.0,
    "influence": 1.5,
    "influence, with intervals": 4.0,
    "of one state and one pair": 0.2,
    "affinity": 30.0,
    "fit_decay": 8.0,
    "read_csv": 5.0,
}


def tasks(events: int, actors: int, folder: Path) -> dict[str, tuple[Work, Work]]:
    """Each question and what it stands on."""
    pair = al.datasets.simulate(events, actors=2, seed=0, mutual=0.3)
    a, b = pair.actors
    crowd = al.datasets.simulate(events, actors=60, seed=2, mutual=0.1)
    first, last = crowd.day.min().astype("M8[D]"), crowd.day.max().astype("M8[D]")
    place = al.PositionOf(crowd.actors[0], crowd.actors[1:3])
    act = al.Events.from_columns(
        crowd.actors, source=np.array([0]), target=np.array([1]), day=crowd.day.max()[None],
        domain=np.array([0]), value=np.array([8.0]),
    )  # fmt: skip
    world = al.datasets.simulate(
        events // 4, actors=actors, seed=1, first="2016-01-01", last="2020-12-31", mutual=0.1
    )
    ties = al.Ledger.post(world, freq="M").ties()
    by_year = al.Ledger.post(world)
    slices = np.random.default_rng(0).random((by_year.axes.shape[1] * by_year.axes.shape[2], actors, actors))
    fewer = al.Ledger.post(
        al.datasets.simulate(
            events // 10, actors=actors * 3 // 5, seed=1, first="2016-01-01", last="2020-12-31"
        )
    )
    scored = al.alignment(ties)
    file = folder / "events.csv"
    world.to_frame().drop(columns="event_id", errors="ignore").to_csv(file, index=False)

    def post() -> object:
        return al.Ledger.post(pair)

    def score() -> object:
        return al.alignment(ties)

    return {
        "impact of every event of a pair": (
            lambda: al.impact(pair, score=al.AlignmentOf(a, b, directed=False)).top(50).to_frame(),
            post,
        ),
        "impact of every event on a hedging": (
            lambda: al.impact(crowd, score=al.HedgingOf(place.state, place.powers)),
            lambda: al.Ledger.post(crowd),
        ),
        "what_if of a position": (
            lambda: al.what_if(crowd, score=place, add=act),
            lambda: al.Ledger.post(crowd),
        ),
        "change of a position": (
            lambda: al.change(crowd, first, last, score=place),
            lambda: al.Ledger.post(crowd),
        ),
        "to_frame": (scored.to_frame, score),
        "exposure": (lambda: shares(ties), score),
        "exposure, with intervals": (lambda: every(al.exposure(ties)), score),
        "influence": (lambda: pulls(ties), score),
        "influence, with intervals": (lambda: every(al.influence(ties)), score),
        "of one state and one pair": (lambda: of_few(ties), score),
        "affinity": (lambda: al.affinity(by_year), lambda: np.linalg.svd(slices)),
        "fit_decay": (lambda: al.fit_decay(fewer), lambda: al.fit_decay(fewer, draws=0)),
        "read_csv": (lambda: al.Events.read_csv(file), lambda: pd.read_csv(file)),
    }


def of_few(ties: al.Ties) -> tuple[object, ...]:
    """What is asked of one state and of one pair of many, which is to cost what their own ties do."""
    one, *powers = ties.axes.actors[:3]
    pair = ties.between(one, powers[0])
    return (
        al.hedging(ties, powers, states=[one]),
        al.domain_mix(ties, one, powers[0]),
        al.institutionalisation(pair, directed=False),
        al.PositionOf(one, powers).read(ties),
    )


def shares(ties: al.Ties) -> tuple[np.ndarray, ...]:
    """All scores of exposure, which are worked out when they are asked for, without intervals."""
    found = al.exposure(ties)
    return found.exposure, found.dependence, found.acceptance, found.asymmetry


def pulls(ties: al.Ties) -> tuple[np.ndarray, ...]:
    """All scores of influence without intervals."""
    found = al.influence(ties)
    return found.influence, found.bandwidth, found.dependence


def every(found: al.ExposureResult | al.InfluenceResult) -> list[np.ndarray]:
    """Every column of a result."""
    return [getattr(found, name) for name in found.COLUMNS]


def growth(sizes: list[int], per_state: int) -> None:
    """What a cell of exposure and a domain and period of affinity cost, and peak memory, as states grow."""
    for actors in sizes:
        events = al.datasets.simulate(
            actors * per_state, actors=actors, seed=1, first="2016-01-01", last="2020-12-31"
        )
        ties = al.Ledger.post(events, freq="M").ties()
        years = al.Ledger.post(events).ties()
        start = time.process_time()
        size = shares(ties)[0].size
        spent = time.process_time() - start
        start = time.process_time()
        al.affinity(years)
        each = (time.process_time() - start) / (years.n.shape[1] * years.n.shape[2])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"{actors:>3} states: exposure {size:>11,} cells {spent / size * 1e9:6.0f} ns a cell, "
            f"affinity {each * 1e3:6.1f} ms a domain and period, {peak:.1f} GB"
        )


def main(argv: list[str] | None = None) -> int:
    """Print each cost; return 1 where one is more than asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a few seconds, nothing held")
    small = parser.parse_args(argv).small
    late = []
    with tempfile.TemporaryDirectory() as folder:
        work = tasks(20_000 if small else 1_000_000, 12 if small else 100, Path(folder))
        for name, pair in work.items():
            spent, times = ratio(*pair, 1 if small else 5)
            over = not small and times > ASKED[name]
            late += [name] * over
            print(
                f"{name:<33}{spent:8.3f} s {times:7.1f} x its reference, at most {ASKED[name]:g}{'  TOO MUCH' * over}"
            )
    growth([8, 16] if small else [50, 100, 200], 500 if small else 2_000)
    return int(bool(late))


if __name__ == "__main__":
    sys.exit(main())
