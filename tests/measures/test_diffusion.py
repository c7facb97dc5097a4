"""Diffusion: first dates, levels and rates worked by hand, a slow twin, laws, error texts."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from alignscore import Codebook, Events, OptionError, UnknownLabelError
from alignscore import states as al_states
from alignscore.datasets import ASEAN_MEMBERS, formats
from alignscore.measures.diffusion import diffusion, openings, rate_interval
from alignscore.plots import adopters


def made(rows: list[tuple]) -> Events:
    return Events.from_frame(pd.DataFrame(rows, columns=["source", "target", "date", "kind", "until"]))


def events() -> Events:
    return made(
        [
            ("P", "a", "2000-01-01", "partnership", None),
            ("b", "P", "2010-01-01", "strategic_partnership", "2014-06-30"),
            ("P", "a", "2012-01-01", "comprehensive_strategic_partnership", None),
            ("Q", "a", "2005-07-01", "partnership_established", None),
            ("P", "c", "2020-01-01", "state_visit", None),
        ]
    )


def test_by_hand():
    found = diffusion(events(), family="partnership", powers=("P", "Q"), states=["a", "b", "c"])
    frame = found.adoptions
    assert frame[["state", "power"]].agg("".join, axis=1).tolist() == ["aP", "aQ", "bP"]
    assert frame["date"].astype(str).tolist() == ["2000-01-01", "2005-07-01", "2010-01-01"]
    assert frame["pioneer"].tolist() == [True, False, False]
    grid = (
        found.to_frame()
        .assign(period=lambda f: f["year"].astype(str))
        .set_index(["state", "power", "period"])
    )
    assert grid.loc[("a", "P", "2011"), "level"] == 1 and grid.loc[("a", "P", "2012"), "level"] == 5
    assert grid.loc[("b", "P", "2013"), "level"] == 4 and grid.loc[("b", "P", "2014"), "level"] == 0
    assert grid.loc[("b", "P", "2014"), "reached"] == 4 and not grid.loc[("b", "P", "2014"), "in_force"]
    assert np.isnan(grid.loc[("a", "Q", "2006"), "level"])  # a partnership whose level nobody stated
    assert grid.loc[("a", "P", "2020"), "events"] == 2
    rates = found.rates.set_index("power")
    # at risk from 2000-01-01 to 2020-01-01. With P: b until 2010, c throughout; with Q: a until mid-2005,
    # b and c throughout
    years = [(3653 + 7305) / 365.25, (2008 + 7305 + 7305) / 365.25]
    assert rates["state_years"].tolist() == pytest.approx([*years, sum(years)])
    assert rates["adoptions"].tolist() == [1, 1, 2]  # the pioneer, a with P, is not counted
    assert rates["rate"].tolist() == pytest.approx([1 / years[0], 1 / years[1], 2 / sum(years)])
    assert rates["waiting"].tolist() == [1, 2, 3]
    assert rates.loc["P", "p_next"] == pytest.approx(1 - np.exp(-5 * 1 / years[0]))
    spread = found.spread.assign(period=lambda f: f["year"].astype(str)).set_index(["power", "period"])
    assert spread.loc[("P", "2010"), ["new", "adopters", "at_risk"]].tolist() == [1, 2, 2]
    assert spread.loc[("P", "2011"), ["new", "adopters", "at_risk"]].tolist() == [0, 2, 1]


def test_since_and_end_bound_the_risk():
    found = diffusion(
        events(),
        family="partnership",
        powers=["P"],
        states=["a", "b", "c"],
        since="2005-01-01",
        end="2015-01-01",
    )
    rates = found.rates.set_index("power").loc["P"]
    assert rates["adoptions"] == 1 and rates["state_years"] == pytest.approx((1826 + 3652) / 365.25)
    early = diffusion(events(), family="partnership", powers=["P"], states=["a", "b"], end="2009-12-31")
    assert len(early.adoptions) == 1 and early.adopted[1].sum() == 0


def test_rate_interval_is_garwood():
    from scipy.stats import chi2, poisson

    n, time = np.array([0, 3, 20]), np.array([10.0, 50.0, 7.0])
    rate, low, high = rate_interval(n, time, 0.95)
    assert rate.tolist() == pytest.approx([0, 3 / 50, 20 / 7])
    assert low[0] == 0 and high[0] == pytest.approx(-np.log(0.025) / 10)  # e^(-10 r) = .025
    assert high[1:].tolist() == pytest.approx((chi2.ppf(0.975, 2 * (n + 1)) / 2 / time)[1:].tolist())
    assert low[1:].tolist() == pytest.approx((chi2.ppf(0.025, 2 * n[1:]) / 2 / time[1:]).tolist())
    # exact cover at a true rate: never below the level
    count = np.arange(60)
    for mean in (0.7, 3.2, 9.9):
        _, a, b = rate_interval(count, np.ones(60), 0.95)
        assert poisson.pmf(count, mean)[(a <= mean) & (mean <= b)].sum() >= 0.95 - 1e-9
    assert np.isnan(rate_interval(np.array([0]), np.array([0.0]), 0.95)[0]).all()


def test_two_plus_two_among_asean_states(asean):
    found = diffusion(asean, family="joint_ministerial", powers=("CHN", "JPN", "USA"), states=ASEAN_MEMBERS)
    china = found.adoptions[found.adoptions["power"] == "CHN"]
    assert china["state"].tolist() == ["IDN", "VNM", "KHM"]
    assert china["date"].astype(str).tolist() == ["2025-04-21", "2026-03-16", "2026-04-22"]
    assert found.adoptions.iloc[0]["state"] == "PHL" and found.adoptions.iloc[0]["pioneer"]
    # one event in two domains is one event
    assert found.events[found.states.index("PHL"), found.powers.index("USA"), -1] == 4


def test_slow_twin_of_grids(asean):
    powers, kinds = ("CHN", "USA"), ["joint_exercise", "two_plus_two"]
    found = diffusion(asean, kinds=kinds, powers=powers, states=ASEAN_MEMBERS)
    table = asean.to_frame()
    table = table[table["kind"].isin(kinds)].assign(key=lambda f: f["event_id"])
    for s, state in enumerate(found.states):
        for p, power in enumerate(powers):
            pair = table[
                ((table["source"] == state) & (table["target"] == power))
                | ((table["source"] == power) & (table["target"] == state))
            ]
            for t in (5, 10, len(found.periods) - 1):
                until = pair[pair["date"].dt.year <= found.periods[t].year]
                assert found.events[s, p, t] == until["key"].nunique()
                assert found.adopted[s, p, t] == (len(until) > 0)
    assert (np.diff(found.events, axis=2) >= 0).all()
    table = found.spread
    assert (table.groupby("power")["new"].sum() == table.groupby("power")["adopters"].last()).all()


def test_relabelling_and_order_change_nothing():
    frame = events().to_frame()
    one = diffusion(events(), family="partnership", powers=("P", "Q"), states=["a", "b", "c"])
    shuffled = Events.from_frame(frame.drop(columns=["domain", "value"]).sample(frac=1, random_state=1))
    other = diffusion(shuffled, family="partnership", powers=("Q", "P"), states=["c", "b", "a"])
    np.testing.assert_array_equal(one.reached[:, [1, 0]], other.reached)
    assert one.rates["rate"].iloc[-1] == other.rates["rate"].iloc[-1]


def test_error_texts():
    with pytest.raises(
        OptionError, match="neither is given. Families of this codebook: base_access, .*partnership"
    ):
        diffusion(events(), powers=["P"])
    with pytest.raises(UnknownLabelError, match=r"unknown family 'partnerships'. Did you mean 'partnership'"):
        diffusion(events(), family="partnerships", powers=["P"])
    with pytest.raises(UnknownLabelError, match=r"unknown kind '2\+2'"):
        diffusion(events(), kinds=["2+2"], powers=["P"])
    with pytest.raises(UnknownLabelError, match="unknown actor 'R'"):
        diffusion(events(), family="partnership", powers=["R"])
    with pytest.raises(OptionError, match="'P' is named both"):
        diffusion(events(), family="partnership", powers=["P"], states=["P", "a"])
    nothing = events().take(np.array([], dtype=int))
    for ask in (partial(diffusion, powers=["P"]), openings):
        with pytest.raises(OptionError, match=r"there is no event\."):
            ask(nothing, family="partnership")
    with pytest.raises(OptionError, match="no two_plus_two between these"):
        diffusion(events(), kinds="two_plus_two", powers=["P"])
    with pytest.raises(OptionError, match="end 2011-01-01 lies before since 2012-01-01"):
        diffusion(events(), family="partnership", powers=["P"], since="2012-01-01", end="2011-01-01")
    with pytest.raises(OptionError, match="since is 'then', not a date"):
        diffusion(events(), family="partnership", powers=["P"], since="then")


# ---- on the day itself ------------------------------------------------------------------------------------
def test_an_adoption_on_the_day_since_counts_where_since_is_given():
    table = made(
        [
            ("P", "a", "2000-01-01", "two_plus_two", None),
            ("P", "b", "2000-01-01", "two_plus_two", None),
            ("P", "c", "2004-01-01", "two_plus_two", None),
            ("P", "d", "2005-01-01", "state_visit", None),
        ]
    )
    given = {"kinds": "two_plus_two", "powers": "P"}
    plain = diffusion(table, **given).rates.set_index("power").loc["P"]
    assert plain["adoptions"] == 1  # both pioneers are where the copying begins
    stated = diffusion(table, since="2000-01-01", **given).rates.set_index("power").loc["P"]
    assert stated["adoptions"] == 3 and stated["state_years"] == plain["state_years"]
    later = diffusion(table, since="2000-01-02", **given).rates.set_index("power").loc["P"]
    assert later["adoptions"] == 1
    last = diffusion(table, since="2004-01-01", end="2004-01-01", **given).rates.set_index("power").loc["P"]
    assert last["adoptions"] == 1 and last["state_years"] == 0 and np.isnan(last["rate"])


# ---- the world's formats ----------------------------------------------------------------------------------
def test_a_format_without_a_meeting_lapses():
    table, never = formats(), formats(lapse=None)
    assert len(table) == len(never) == 588
    pairs = openings(table, family="joint_ministerial").set_index(["one", "other"])
    ever = openings(never, family="joint_ministerial").set_index(["one", "other"])
    assert len(pairs) == 40 and pairs["events"].sum() == 176 and ever["in_force"].all()
    last = pd.Timestamp("2026-04-22")
    for pair, row in pairs.iterrows():
        span = pair in {("CHN", "USA"), ("JPN", "RUS"), ("KOR", "USA"), ("BRA", "CHL")}
        assert row["in_force"] == (last - row["last"] < pd.Timedelta(days=1826)), pair
        assert not (span and row["in_force"])
    assert pairs.index[0] == ("AUS", "USA") and pairs.loc[("AUS", "USA"), "first"] == pd.Timestamp(
        "1985-07-15"
    )
    assert openings(table, family="joint_ministerial", end="2015").shape[0] == 20
    with pytest.raises(OptionError, match="lapse is 0"):
        formats(lapse=0)


def test_openings_by_hand():
    table = Events.from_frame(
        pd.DataFrame(
            [
                ("B", "A", "2001-03-05", "two_plus_two", None, "x", "diplomatic"),
                ("B", "A", "2001-03-05", "two_plus_two", None, "x", "security"),
                ("A", "B", "2003-01-01", "two_plus_two", "2004-01-01", "y", "security"),
                ("C", "A", "2002-01-01", "state_visit", None, "z", "diplomatic"),
            ],
            columns=["source", "target", "date", "kind", "until", "event_id", "domain"],
        )
    )
    found = openings(table, kinds=["two_plus_two", "state_visit"])
    assert found[["one", "other", "events"]].to_numpy().tolist() == [["A", "B", 2], ["A", "C", 1]]
    assert found["first"].astype(str).tolist() == ["2001-03-05", "2002-01-01"]
    assert found["last"].astype(str).tolist() == ["2003-01-01", "2002-01-01"]
    assert not found["in_force"].iloc[1]  # a visit passes
    with pytest.raises(OptionError, match="no two_plus_two by 2000-12-31"):
        openings(table, kinds="two_plus_two", end="2000")
    with pytest.raises(
        OptionError, match="neither is given. Families of this codebook: base_access, .*partnership"
    ):
        openings(table)


def test_share_of_top_partners_with_a_two_plus_two():
    table, states = formats(), [state for state in al_states(2025, system="un") if state != "CHN"]
    given = {"powers": ("CHN",), "states": states}
    two = diffusion(table, family="joint_ministerial", **given)
    top = diffusion(
        table, kinds=["comprehensive_strategic_partnership", "special_strategic_partnership"], **given
    )
    row = two.among(top).set_index("power").loc["CHN"]
    held = {s for s, holds in zip(two.states, two.in_force[:, 0, -1], strict=True) if holds}
    above = {s for s, holds in zip(top.states, top.in_force[:, 0, -1], strict=True) if holds}
    assert held == {"IDN", "VNM", "KHM"} and held <= above
    assert (row["having"], row["both"], row["without"]) == (len(above), 3, 0)
    assert row["share"] == 3 / len(above) and row["low"] < row["share"] < row["high"]
    with pytest.raises(OptionError, match="differ in their states"):
        two.among(diffusion(table, family="joint_ministerial", powers=("CHN",), states=[*states[:50], "USA"]))


def test_the_figure_counts_partners_in_force(ax):
    powers = ("AUS", "JPN", "USA", "CHN")
    found = diffusion(formats(), family="joint_ministerial", powers=powers)
    adopters(found, ax=ax)
    last = {line.get_ydata()[-1] for line in ax.get_lines() if line.get_drawstyle() == "steps-post"}
    assert last == set(found.in_force[:, :, -1].sum(axis=0))
    assert {text.get_text() for text in ax.texts} == {"Australia", "Japan", "United States", "China"}
    with pytest.raises(UnknownLabelError, match="unknown power 'AUT'"):
        adopters(found, powers=["AUT"])


def test_a_rank_of_0_is_known_beside_a_kind_without_one():
    frame = Codebook.ladder().to_frame()
    book = Codebook.from_frame(frame.assign(rank=frame["rank"] - 1), name="from 0")
    kinds = ("partnership", "partnership_upgraded")
    rows = [("P", "a", f"20{10 + at}-01-01", kind) for at, kind in enumerate(kinds)]
    table = pd.DataFrame(rows, columns=["source", "target", "date", "kind"])
    both = diffusion(Events.from_frame(table, codebook=book), ["P"], kinds=kinds)
    np.testing.assert_array_equal(both.level[0, 0], [0, np.nan])  # the later one has replaced the earlier
    np.testing.assert_array_equal(both.reached[0, 0], [0, 0])
