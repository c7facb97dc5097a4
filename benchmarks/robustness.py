"""Robustness of a whole panel, beside scipy.stats.bootstrap on its events and a loop over draws, in one run.

Every reference scores the same panel (all states, every year) as often. What takes long is timed on fewer
draws and scaled up; the line says so. For orientation only, not run here: the published time of the R
package COINr for 1,000 draws of one cross-section of 51 units is 193 s.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np

import alignscore as al
from alignscore.uncertainty import judgements as choose
from alignscore.uncertainty.robustness import robustness

POWERS = ("USA", "CHN")


def seconds(task: Callable[[], object], repeats: int = 1) -> float:
    """Least wall time of several runs."""
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        spent.append(time.perf_counter() - start)
    return min(spent)


def whole(events: al.Events, draws: int) -> None:
    """All judgements and sampling error together."""
    robustness(events, powers=POWERS, periods=(2000, 2026), draws=draws)


def panel(events: al.Events, decay: al.HalfLife) -> np.ndarray:
    """Positions of all states in every year, posted and scored the ordinary way."""
    ties = al.Ledger.post(events, decay=decay).ties()
    return al.hedging(ties, powers=POWERS, states=al.datasets.ASEAN_MEMBERS).position


def loop(events: al.Events, draws: int) -> None:
    """One draw of half-life and values at a time: post, score, keep."""
    rng = np.random.default_rng(0)
    factors = choose.KindValues().drawn(rng.random((draws, len(events.codebook) + 1)))
    for factor, years in zip(factors, choose.HalfLifeRange().drawn(rng.random((draws, 1))), strict=True):
        value = np.clip(events.value * factor[events.kind], -10, 10)
        panel(replace(events, value=value), al.HalfLife(float(years)))


def bootstrap(events: al.Events, draws: int) -> None:
    """Percentile intervals by resampling events: sampling error alone."""
    from scipy.stats import bootstrap as resample

    states, periods = 10, 76

    def statistic(rows: np.ndarray) -> np.ndarray:
        # a state or a year may be missing from a resample
        kept = al.hedging(al.Ledger.post(events.take(rows)).ties(end=2026), powers=POWERS)
        out = np.full((states, periods), np.nan)
        at = [al.datasets.ASEAN_MEMBERS.index(name) for name in kept.states]
        out[at, -kept.position.shape[1] :] = kept.position
        return out

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        resample(
            (np.arange(len(events)),),
            statistic,
            n_resamples=draws,
            vectorized=False,
            method="percentile",
            rng=0,
        )


def run(draws: int = 1024, few: int = 64) -> dict[str, float]:
    """Seconds of each way for `draws` draws."""
    events = al.datasets.asean()
    whole(events, 16)
    return {
        "robustness": seconds(lambda: whole(events, draws), 3),
        "loop": seconds(lambda: loop(events, few)) * draws / few,
        "bootstrap": seconds(lambda: bootstrap(events, few)) * draws / few,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=1024)
    parser.add_argument("--few", type=int, default=64, help="draws the slow ways are timed on")
    parser.add_argument("--small", action="store_true", help="a few seconds")
    given = parser.parse_args()
    if given.small:
        given.draws, given.few = 128, 8
    spent = run(given.draws, given.few)
    print(f"ASEAN panel, 10 states x 27 years, {given.draws} draws of all judgements and sampling")
    for name, time_ in spent.items():
        scaled = "" if name == "robustness" else f"  (timed on {given.few} draws)"
        print(f"{name:<12}{time_:>9.2f} s {time_ / spent['robustness']:>8.1f} x{scaled}")


if __name__ == "__main__":
    main()
