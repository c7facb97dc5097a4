"""Composite positions: two published designs rebuilt, a slow twin, intervals, missing data, error texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import f

from alignscore import EventError, OptionError, UnknownLabelError, hedging
from alignscore.errors import FormatError
from alignscore.intervals import wilson
from alignscore.measures.states.indicator_tables import share_intervals
from alignscore.measures.states.indicators import composite_position, indicators_from_hedging

POWERS = ("CHN", "USA")
DOMAINS = ("political", "military", "economic", "culture", "signalling")


def table(rows: list[tuple], **columns: object) -> pd.DataFrame:
    """Rows (state, domain, indicator, China, United States) of one period."""
    frame = pd.DataFrame(rows, columns=["state", "domain", "indicator", *POWERS])
    long = frame.melt(["state", "domain", "indicator"], list(POWERS), "power", "value")
    return long.assign(period=2024, **columns)


def aocai(seed: int = 0, states: int = 3) -> pd.DataFrame:
    """The Anatomy of Choice design: five domains of four indicators, made-up values in unlike units."""
    rng = np.random.default_rng(seed)
    unit = 10.0 ** np.arange(4)
    return table(
        [
            (f"s{s}", domain, f"{domain}{k}", *(rng.gamma(2, unit[k], 2)))
            for s in range(states)
            for domain in DOMAINS
            for k in range(4)
        ]
    )


# ---- worked by hand -----------------------------------------------------------------------------------
def test_two_power_snapshot_by_hand():
    """The Lowy form: one level, 100 U / (U + C) per indicator, weights given."""
    rows = [("KHM", "economic", "trade", 15.0, 5.0), ("KHM", "defence", "arms", 1.0, 3.0)]
    found = composite_position(table(rows), powers=POWERS, weights={"economic": 2, "defence": 1}, rng=0)
    assert found.position_100[0, 0] == pytest.approx((2 * 100 * 5 / 20 + 1 * 100 * 3 / 4) / 3)
    assert found.domains[0, :, 0] == pytest.approx([25.0, 75.0])
    share = (2 * 0.25 + 0.75) / 3
    assert found.diversification[0, 0] == pytest.approx(1 - (2 * share - 1) ** 2)
    assert found.indicators.weight[0, :, 0] == pytest.approx([2 / 3, 1 / 3])


def test_five_domains_of_four_indicators_are_their_slow_twin():
    data = aocai()
    found = composite_position(data, powers=POWERS, rng=0)
    for at, state in enumerate(found.states):
        domains = []
        for domain in DOMAINS:
            shares = []
            for k in range(4):
                cell = data[(data["state"] == state) & (data["indicator"] == f"{domain}{k}")].set_index(
                    "power"
                )["value"]
                shares.append(100 * cell["USA"] / (cell["CHN"] + cell["USA"]))
            domains.append(sum(shares) / 4)
        assert found.position_100[at, 0] == pytest.approx(sum(domains) / 5, rel=1e-12)
        assert found.domains[at, :, 0] == pytest.approx(domains, rel=1e-12)
    assert found.n_indicators.tolist() == [[20]] * 3 and found.coverage == pytest.approx(1.0)


def test_missing_stays_missing_with_its_coverage():
    rows = [
        ("KHM", "economic", "trade", 30.0, 10.0),
        ("KHM", "economic", "aid", np.nan, 4.0),
        ("KHM", "security", "arms", 0.0, 0.0),
    ]
    found = composite_position(table(rows), powers=POWERS, rng=0)
    assert found.position_100[0, 0] == pytest.approx(25.0)  # not 25 and 50 averaged
    assert found.coverage[0, 0] == pytest.approx(0.5 * 0.5)  # half of one of two domains
    assert np.isnan(found.domains[0, 1, 0])
    assert found.indicators.weight.sum() == pytest.approx(1.0)
    nothing = composite_position(table([("KHM", "security", "arms", 0.0, 0.0)]), powers=POWERS, rng=0)
    assert (
        np.isnan(nothing.position_100[0, 0])
        and np.isnan(nothing.p_hedger[0, 0])
        and nothing.coverage[0, 0] == 0
    )


def test_probability_of_hedging():
    even = composite_position(
        table([("KHM", "security", "visits", 500.0, 500.0)]).assign(n=500.0),
        powers=POWERS,
        rng=0,
        concentration=None,
    )
    # Beta(500.5, 500.5) has sd .0158: the band .45-.55 is +-3.16 sd
    assert even.p_hedger[0, 0] > 0.99
    few = composite_position(
        table([("KHM", "security", "visits", 2.0, 2.0)]).assign(n=2.0),
        powers=POWERS,
        rng=0,
        concentration=None,
    )
    from scipy.stats import beta

    expected = np.diff(beta(2.5, 2.5).cdf([0.45, 0.55]))[0]
    assert few.p_hedger[0, 0] == pytest.approx(expected, abs=0.03)
    assert few.p_hedger + few.p_first + few.p_second == pytest.approx(1.0)
    assert few.low[0, 0] == pytest.approx(100 * beta(2.5, 2.5).ppf(0.025), abs=2.5)
    low, high = wilson(np.array(0.5), np.array(4.0))
    assert few.indicators.low[0, 0, 0] == pytest.approx(100 * low)
    assert few.indicators.high[0, 0, 0] == pytest.approx(100 * high)


def test_errors_of_values_widen_the_interval():
    data = table([("KHM", "economic", "trade", 30.0, 10.0)])
    exact = composite_position(data, powers=POWERS, rng=0)
    assert exact.low[0, 0] == exact.high[0, 0] == pytest.approx(25.0)  # one weight, no error given
    vague = composite_position(data.assign(se=[3.0, 2.0]), powers=POWERS, rng=0)
    # Gammas of shapes (30/3)^2 and (10/2)^2: the ratio of their means' factors is F of twice these degrees
    odds = 10 / 30 * f(2 * 5**2, 2 * 10**2).ppf([0.025, 0.975])
    ends = 100 * odds / (1 + odds)
    assert (vague.indicators.low[0, 0, 0], vague.indicators.high[0, 0, 0]) == pytest.approx(ends)
    assert (vague.low[0, 0], vague.high[0, 0]) == pytest.approx(ends, abs=1.5)  # one indicator, drawn
    # delta method: sqrt((30 * 2)^2 + (10 * 3)^2) / 40^2
    se = np.sqrt((30 * 2) ** 2 + (10 * 3) ** 2) / 40**2
    assert np.diff(ends)[0] == pytest.approx(100 * 2 * 1.96 * se, rel=0.1)


def test_a_value_of_0_with_an_error_is_not_certain():
    """It was drawn as 0, and all the probability was on the other power; its indicator had an interval of two thirds."""
    found = composite_position(
        table([("KHM", "economic", "trade", 0.0, 5.0)]).assign(se=[2.0, 1.0]),
        powers=POWERS,
        concentration=None,
    )
    # 0 of error 2 is half an event of mean sqrt(2): Gamma(1/2), beside Gamma(25) of mean 5
    odds = 5 / np.sqrt(2) * f(2 * 25, 1).ppf(0.025)
    assert found.indicators.low[0, 0, 0] == pytest.approx(100 * odds / (1 + odds))
    assert found.low[0, 0] == pytest.approx(found.indicators.low[0, 0, 0], abs=3)
    assert found.position_100[0, 0] == found.high[0, 0] == 100 and found.p_second[0, 0] < 1


@pytest.mark.parametrize("error", [0.1, 0.5])
def test_intervals_of_values_with_errors_cover(error):
    """The delta method's had .95 and .87."""
    rng = np.random.default_rng(4)
    true = rng.gamma(3, 10, (2000, 1, 1, 2))
    seen = true * rng.gamma(error**-2, error**2, true.shape)
    share = seen[..., 1] / seen.sum(axis=-1)
    low, high = share_intervals(share, np.full(share.shape, np.nan), seen, error * seen, 0.95)
    truth = true[..., 1] / true.sum(axis=-1)
    assert np.mean((low <= truth) & (truth <= high)) >= 0.935


def test_uncertain_weights_by_their_known_spread():
    rows = [("KHM", "economic", "trade", 1.0, 0.0), ("KHM", "security", "arms", 0.0, 1.0)]
    found = composite_position(table(rows), powers=POWERS, concentration=10, draws=4000, rng=0)
    from scipy.stats import beta  # the position is the second domain's weight, Beta(10, 10)

    assert found.low[0, 0] == pytest.approx(100 * beta(10, 10).ppf(0.025), abs=1.5)
    fixed = composite_position(table(rows), powers=POWERS, concentration=None, rng=0)
    assert fixed.low[0, 0] == fixed.high[0, 0] == 50.0 and fixed.p_hedger[0, 0] == 1.0


# ---- laws ---------------------------------------------------------------------------------------------
@given(st.integers(0, 50), st.floats(0.01, 1000))
@settings(max_examples=8)
def test_units_do_not_matter_and_swapping_powers_mirrors(seed, unit):
    data = aocai(seed, 2)
    found = composite_position(data, powers=POWERS, draws=100, rng=0)
    other = data.assign(value=np.where(data["indicator"] == "military2", data["value"] * unit, data["value"]))
    np.testing.assert_allclose(
        composite_position(other, powers=POWERS, draws=100, rng=0).position_100,
        found.position_100,
        rtol=1e-12,
    )
    mirror = composite_position(data, powers=POWERS[::-1], draws=100, rng=0)
    np.testing.assert_allclose(mirror.position_100, 100 - found.position_100, rtol=1e-12)
    assert ((found.low <= found.position_100) & (found.position_100 <= found.high)).all()
    shuffled = data.sample(frac=1, random_state=seed)
    again = composite_position(shuffled, powers=POWERS, draws=100, rng=0, weights=dict.fromkeys(DOMAINS, 1))
    np.testing.assert_allclose(again.position_100, found.position_100, rtol=1e-12)
    np.testing.assert_allclose(again.low, found.low, rtol=1e-12)
    np.testing.assert_allclose(again.p_hedger, found.p_hedger, rtol=1e-12)


def test_events_and_trade_in_one_index(ties):
    room = hedging(ties, powers=POWERS, states=["KHM", "VNM"])
    events = indicators_from_hedging(room)
    alone = composite_position(events, powers=POWERS, draws=200, rng=0)
    frame = alone.to_frame().set_index(["state", "period"])
    now = (
        room.to_frame(columns="all")
        .assign(period=lambda f: f["year"].astype(str))
        .set_index(["state", "period"])
    )
    assert frame.loc[("KHM", "2026"), "position_100"] == pytest.approx(
        50 * (1 + now.loc[("KHM", "2026"), "position_raw"]), rel=1e-12
    )
    trade = table([("KHM", "economic", "trade", 12.0, 9.0)]).assign(period="2026")
    both = composite_position(pd.concat([events, trade]), powers=POWERS, draws=200, rng=0).to_frame()
    both = both.set_index(["state", "period"]).loc[("KHM", "2026")]
    by = room.domains.to_frame(columns="all").assign(period=lambda f: f["year"].astype(str))
    by = by[(by["state"] == "KHM") & (by["period"] == "2026")].set_index("domain")["share_raw_USA"]
    expected = (by["diplomatic"] + by["security"] + (by["economic"] + 9 / 21) / 2) / 3
    assert both["position_100"] == pytest.approx(100 * expected)
    assert both["n_indicators"] == 4


@pytest.mark.parametrize("year", [2026, 2026.0, np.int64(2026), pd.Period("2026", freq="Y")])
def test_years_that_are_numbers_meet_those_of_events(ties, year):
    """They had been other periods: two rows of each state and year, each without the other's indicators."""
    events = indicators_from_hedging(hedging(ties, powers=POWERS, states=["KHM"]))
    trade = table([("KHM", "economic", "trade", 12.0, 9.0)])
    want, got = (
        composite_position(
            pd.concat([events, trade.assign(period=period)]), powers=POWERS, draws=200
        ).to_frame()
        for period in ("2026", year)
    )
    pd.testing.assert_frame_equal(got, want)
    dated = trade.assign(period=pd.Timestamp("2026-12-31"))
    with pytest.raises(
        OptionError, match="period holds texts, as '.*', and Timestamp, as 2026-12-31 .*; write all alike"
    ):
        composite_position(pd.concat([events, dated]), powers=POWERS)


def test_a_state_by_two_labels_is_refused(ties):
    events = indicators_from_hedging(hedging(ties, powers=POWERS, states=["KHM"]))
    trade = table([("Cambodia", "economic", "trade", 12.0, 9.0)]).assign(period="2026")
    with pytest.raises(EventError, match=r"'Cambodia' and 'KHM'\. Bring them to one label, as al\.iso3"):
        composite_position(pd.concat([events, trade]), powers=POWERS)


# ---- errors ---------------------------------------------------------------------------------------------
def test_error_texts():
    data = table([("KHM", "economic", "trade", 1.0, 1.0)])
    with pytest.raises(FormatError, match="the table lacks indicator"):
        composite_position(data.drop(columns="indicator"), powers=POWERS)
    with pytest.raises(UnknownLabelError, match="unknown power 'USSR'"):
        composite_position(data, powers=("CHN", "USSR"))
    with pytest.raises(
        FormatError, match="'value' below 0 or infinite, the first row 0: 'KHM', 'trade', -1.0. Give"
    ):
        composite_position(data.assign(value=-1.0), powers=POWERS)
    with pytest.raises(
        FormatError,
        match="2 of 4 rows give a cell twice, the first row 2: 'KHM', 2024, 'economic', 'trade'",
    ):
        composite_position(pd.concat([data, data]), powers=POWERS)
    with pytest.raises(UnknownLabelError, match=r"unknown domain 'economics'. Did you mean 'economic'"):
        composite_position(data, powers=POWERS, weights={"economics": 1})
    with pytest.raises(UnknownLabelError, match=r"unknown domain 'economics'. Did you mean 'economic'"):
        composite_position(data, powers=POWERS, indicator_weights={"economics": {"trade": 1}})
    with pytest.raises(UnknownLabelError, match="unknown indicator 'arms'"):
        composite_position(data, powers=POWERS, indicator_weights={"economic": {"arms": 1}})
    for powers in (("CHN",), ("CHN", "CHN")):
        with pytest.raises(OptionError, match="name two"):
            composite_position(data, powers=powers)
    with pytest.raises(OptionError, match=r"band\[0\] is -1; it must lie in \[0.0, 100.0\]"):
        composite_position(data, powers=POWERS, band=(-1, 55))
    with pytest.raises(OptionError, match=r"band\[1\] is 40; it must lie in \[45"):
        composite_position(data, powers=POWERS, band=(45, 40))
    with pytest.raises(OptionError, match="concentration"):
        composite_position(data, powers=POWERS, concentration=0)


def test_by_hand_the_interval_of_a_share_without_counts_is_of_its_level():
    share, unknown, value, error = np.array([0.5]), np.array([np.nan]), np.ones((1, 2)), np.full((1, 2), 0.2)
    for level in (0.5, 0.95):
        low, high = share_intervals(share, unknown, value, error, level)
        odds = f(2 * 25, 2 * 25).ppf([(1 - level) / 2, (1 + level) / 2])  # of two Gammas of shape (1 / .2)^2
        assert (low[0], high[0]) == pytest.approx(odds / (1 + odds))


def test_each_value_is_as_sure_as_its_own_error_says():
    """Beside one error that is known the other value is exact; without any both are."""
    rows = [(state, "economic", "trade", 10.0, 30.0) for state in ("KHM", "LAO", "VNM")]
    told = table(rows, se=np.nan)
    told.loc[(told["state"] == "LAO") & (told["power"] == "CHN"), "se"] = 2.0
    told.loc[told["state"] == "VNM", "se"] = 2.0
    found = composite_position(told, powers=POWERS, draws=4000)
    none, one, two = (found.high - found.low)[:, 0]
    assert none == 0 < one < two
    none, one, two = (found.indicators.high - found.indicators.low)[:, 0, 0]
    assert np.isnan(none) and 0 < one < two
    parts = found.indicators.to_frame()
    assert parts[["state", "domain", "indicator"]].to_numpy().tolist() == [
        [state, "economic", "trade"] for state in ("KHM", "LAO", "VNM")
    ]
    assert parts["position_100"].tolist() == [75.0] * 3


def test_weights_not_named_are_one_as_everywhere():
    rows = [("KHM", "economic", "trade", 10.0, 30.0), ("KHM", "defence", "arms", 30.0, 10.0)]
    found = composite_position(table(rows), powers=POWERS, weights={"economic": 2}, draws=100)
    assert found.position_100[0, 0] == pytest.approx((2 * 75 + 1 * 25) / 3)
    rows = [("KHM", "economic", "trade", 10.0, 30.0), ("KHM", "economic", "aid", 30.0, 10.0)]
    found = composite_position(
        table(rows), powers=POWERS, indicator_weights={"economic": {"aid": 4}}, draws=100
    )
    assert found.position_100[0, 0] == pytest.approx((1 * 75 + 4 * 25) / 5)
    with pytest.raises(TypeError, match=r"weights is \[1\]; give a mapping, such as {'economic': 1.0}"):
        composite_position(table(rows), powers=POWERS, weights=[1])
    with pytest.raises(TypeError, match=r"indicator_weights\['economic'\] is 2; give a mapping"):
        composite_position(table(rows), powers=POWERS, indicator_weights={"economic": 2})
    by_domain = pd.Series({"economic": {"aid": 4}, "diplomatic": {}})
    with pytest.raises(UnknownLabelError, match="unknown domain 'diplomatic'"):
        composite_position(table(rows), powers=POWERS, indicator_weights=by_domain)


@pytest.mark.parametrize(
    ("column", "cell", "error", "text"),
    [
        (
            "value",
            np.inf,
            FormatError,
            "'value' below 0 or infinite, the first row 1: 'KHM', 'trade', inf. Give a number",
        ),
        (
            "n",
            np.inf,
            FormatError,
            "'n' below 0 or infinite, the first row 1: 'KHM', 'trade', inf. Give a number, 0 or more, or none",
        ),
        ("n", -1.0, FormatError, "'n' below 0 or infinite, the first row 1: 'KHM', 'trade', -1.0"),
        ("se", -1.0, FormatError, "'se' below 0 or infinite, the first row 1: 'KHM', 'trade', -1.0"),
        ("value", "much", OptionError, "value is no number in 1 rows, first 'much' .row 1."),
        *(
            (name, None, OptionError, f"1 of 2 rows have no '{name}', the first row 1")
            for name in ("state", "domain")
        ),
    ],
)
def test_cells_that_are_no_numbers_or_labels_are_refused(column, cell, error, text):
    data = table([("KHM", "economic", "trade", 10.0, 30.0)])
    data[column] = pd.Series([data[column].iloc[0] if column in data else 1.0, cell], dtype=object)
    with pytest.raises(error, match=text):
        composite_position(data, powers=POWERS)


def test_draws_that_tell_nothing_are_on_neither_side():
    """Of a value far below its error a Gamma is 0 to a float now and then; 0 for both powers is no share."""
    data = table([("KHM", "economic", "trade", 0.5, 0.5)]).assign(se=20.0)
    found = composite_position(data, powers=POWERS, draws=4000, concentration=None).to_frame().iloc[0]
    assert found["p_first"] + found["p_hedger"] + found["p_second"] == pytest.approx(1)
    assert abs(found["p_first"] - found["p_second"]) < 0.05  # both powers are alike


def test_what_is_not_known_of_an_indicator_is_no_certainty():
    """Of no observations, or of one value's error, the interval had been a point."""
    table = pd.DataFrame(
        {
            "state": "KHM",
            "period": 2024,
            "domain": "economic",
            "indicator": "trade",
            "power": ["CHN", "USA"],
            "value": [30.0, 10.0],
        }
    )
    given = {"powers": ("CHN", "USA"), "concentration": None, "draws": 400}
    nothing = composite_position(table.assign(n=0), **given)
    assert nothing.low[0, 0] < 1 and nothing.high[0, 0] > 99  # Beta(1/2, 1/2)
    one = composite_position(table.assign(se=[15.0, np.nan]), **given)
    both = composite_position(table.assign(se=[15.0, 0.0]), **given)
    assert (one.low, one.high) == (both.low, both.high)
    assert one.low[0, 0] < 20 < 30 < one.high[0, 0]
    assert one.indicators.low[0, 0, 0] == both.indicators.low[0, 0, 0] < 25
    for powers in ([710, 2], [710.0, 2.0], [b"710", b"2"]):
        assert composite_position(table.assign(power=powers), powers=(710, 2)).position_100.tolist() == [
            [25.0]
        ]
