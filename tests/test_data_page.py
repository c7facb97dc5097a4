"""The page of the shipped data says what the data hold."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.datasets import ASEAN_MEMBERS, asean_codings, asean_frame, formats

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "data.md").read_text(encoding="utf-8")


def rows_of(first):
    """Cells of the page's lines that begin with a label."""
    return [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith(f"| {first} |")]


def test_rows_by_state_power_and_domain():
    table = asean_frame()
    inside = table["source"].isin(ASEAN_MEMBERS)
    state = table["source"].where(inside, table["target"])
    power = table["target"].where(inside, table["source"])
    power = power.where(power.isin(["CHN", "USA"]), "others")
    count = pd.crosstab(state, [power, table["domain"]])
    cells = [(p, d) for p in ("CHN", "USA", "others") for d in ("diplomatic", "economic", "security")]
    for member in ASEAN_MEMBERS:
        want = [int(count.loc[member].get(cell, 0)) for cell in cells]
        assert [int(x) for x in rows_of(member)[0][1:]] == [*want, sum(want)]
    assert int(rows_of("all")[0][-1]) == len(table) == 474
    assert f"{len(table)} rows of {table['event_id'].nunique()} events from {table['url'].nunique()}" in PAGE
    precision = table["date_precision"].value_counts()
    assert f"{precision['day']} dates are known by the day, {precision['month']} by the month" in PAGE


def test_reliability_as_printed():
    found = al.reliability(
        asean_codings(), columns=["domain", "mutual", "kind", "value"], codebook=al.Codebook.ladder()
    )
    pairs = [("first", "second"), ("first", "third"), ("second", "third")]
    for label, column, statistic in (
        ("domain, kappa", "domain", "kappa"),
        ("mutual, kappa", "mutual", "kappa"),
        ("kind, kappa", "kind", "kappa"),
        ("value of the kind, r", "value", "r"),
        ("value, mean difference", "value", "mean_difference"),
    ):
        for cell, pair in zip(rows_of(label)[0][1:4], pairs, strict=True):
            printed = [float(x) for x in re.findall(r"\d*\.\d+", cell)]
            np.testing.assert_allclose(printed, found.of(column, statistic, pair), atol=0.011)


def test_formats_as_printed():
    pairs = al.openings(formats(), family="joint_ministerial")
    assert f"{pairs['events'].sum()} meetings of {len(pairs)} pairs" in PAGE
    assert f"{pairs['in_force'].sum()} pairs are left" in PAGE
    states = len(al.states(2025, system="un"))
    assert f"of the {states * (states - 1) // 2:,} pairs that\n{states} states form" in PAGE


@pytest.mark.parametrize("year", [2018, 2022])
def test_position_of_the_region_as_printed(ties, year):
    room = al.hedging(ties, powers=("CHN", "USA"), states=ASEAN_MEMBERS)
    mean = 50 * (1 + room.position[:, room.periods.get_loc(str(year))].mean())
    label = "US share, region" if year == 2022 else "US share, region, in 2018"
    assert float(rows_of(label)[0][2]) == pytest.approx(mean, abs=0.6)
