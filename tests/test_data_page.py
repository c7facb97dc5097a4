"""The page of the shipped data says what the data hold."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.datasets import ASEAN_MEMBERS, asean_codings, asean_frame, formats, kind_judgements

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
    printed = re.search(r"the positions from these events (\d+) in both years", PAGE)
    assert float(printed[1]) == pytest.approx(mean, abs=0.6)


@pytest.mark.parametrize("year", [2022, 2024])
def test_positions_beside_two_judgements_as_printed(ties, year):
    page = (Path(__file__).resolve().parents[1] / "docs" / "validity.md").read_text(encoding="utf-8")
    table = page[page.index("| LAO | KHM |") :]
    states = table.splitlines()[0].strip("| ").split(" | ")
    room = al.hedging(ties, powers=("CHN", "USA"), states=states).at(year).set_index("state").loc[states]

    def printed(label):
        return re.findall(r"\d+", re.search(rf"^\| {label} \|(.*)$", table, re.MULTILINE)[1])

    known = 9 if year == 2022 else 10  # Lowy has no points of Brunei
    want = 50 * (1 + room[["position", "position_low", "position_high"]].to_numpy()[:known])
    assert [int(x) for x in printed(f"position {year}")] == want[:, 0].round().tolist()
    if year == 2022:
        assert [int(x) for x in printed("its interval")] == want[:, 1:].round().ravel().tolist()
    given = printed("Lowy's Asia Power Snapshot 2022" if year == 2022 else "ISEAS 2024[^|]*")
    error = np.sqrt(np.mean((want[:, 0] - np.array(given, dtype=float)) ** 2))
    told = r"position errs by ([\d.]+)" if year == 2022 else r"of elites, it errs by ([\d.]+)"
    assert float(re.search(told, page)[1]) == pytest.approx(error, abs=0.1)


def test_judges_agree_as_printed():
    asked = kind_judgements()
    chosen = asked["first"].where(asked["more_cooperative"] == "first", asked["second"])
    said = asked.assign(said=chosen.mask(asked["more_cooperative"] == "tie", "tie"))
    said["pair"] = ["/".join(sorted(pair)) for pair in zip(said["first"], said["second"], strict=True)]
    wide = said.pivot_table(index="pair", columns="judge", values="said", aggfunc="first")

    def agree(a, b, pairs):
        both = pairs[[a, b]].dropna()
        return round(100 * (both[a] == both[b]).mean())

    assert sorted(agree(*two, wide) for two in ("AB", "CD")) == [94, 95]
    all_saw = wide.dropna()
    across = [agree(*two, all_saw) for two in ("AC", "AD", "BC", "BD")]
    assert (len(all_saw), min(across), max(across)) == (107, 79, 88)
    assert (
        "94 to 95 % of its pairs (of the 107 that all four saw, judges of different lists on 79 to 88 %)"
        in PAGE
    )


def test_no_coder_moves_a_position_by_more_than_is_printed(ties):
    def positions(events):
        return al.hedging(events, powers=("CHN", "USA"), states=ASEAN_MEMBERS).position[:, -1]

    moved = max(
        np.abs(positions(al.datasets.asean(coding=coder)) - positions(ties)).max()
        for coder in ("second", "third")
    )
    assert float(re.search(r"the coder moves none by more than (\.\d+)", PAGE)[1]) == pytest.approx(
        moved, abs=0.01
    )
