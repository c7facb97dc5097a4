"""Influence: from events by hand and by a slow twin; the published index on its own rows; error texts."""

from __future__ import annotations

from math import log, log1p

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignscore import Cumulative, Events, Ledger, OptionError, UnknownLabelError, panel
from alignscore.errors import FormatError
from alignscore.measures.dyads.exposure import exposure
from alignscore.measures.dyads.fbic import (
    FBIC_BASE,
    FBIC_PLUS,
    InfluenceConfig,
    Term,
    influence_from_components,
    ladder_points,
    trailing_mean,
)
from alignscore.measures.dyads.influence import influence, largest, over_peak, square_and_add
from strategies import events_of

PRINTED = 5e-8  # half the last of seven published digits, of scores below 1


def events() -> Events:
    rows = [
        ("a", "b", "security", 6.0), ("b", "a", "security", 3.0), ("a", "c", "security", 2.0),
        ("c", "a", "economic", 4.0), ("a", "b", "security", -9.0),
    ]  # fmt: skip
    return events_of(*((source, target, "2020-12-31", *what) for source, target, *what in rows))


def cell(found, name, source, target, domain):
    frame = found.to_frame().set_index(["source", "target", "domain"])
    return frame.loc[(source, target, domain), name].item()


def test_by_hand():
    found = influence(Ledger.post(events()).ties())
    # security: channels a-b 6 + 3, a-c 2; a relies 6/8 on b and 2/8 on c; b wholly on a; c on nobody
    assert cell(found, "bandwidth", "b", "a", "security") == 1.0
    assert cell(found, "bandwidth", "c", "a", "security") == pytest.approx(log(1 + 2) / log(1 + 9))
    assert cell(found, "dependence", "b", "a", "security") == pytest.approx(6 / 8)
    assert cell(found, "influence", "a", "b", "security") == 1.0
    assert cell(found, "influence", "b", "a", "security") == pytest.approx(6 / 8)
    assert cell(found, "influence", "c", "a", "security") == pytest.approx(log(3) / log(10) * 2 / 8)
    assert np.isnan(cell(found, "influence", "a", "c", "security"))  # c cooperates with nobody there
    # composite of c -> a: a is known in security only, so both sides are security's
    assert cell(found, "coverage", "c", "a", "composite") == pytest.approx(1.6 / 2.6 / 3)  # 8^2 / (6^2 + 2^2)
    received = influence(Ledger.post(events()).ties(), direction="in")
    assert cell(received, "dependence", "b", "a", "security") == 1.0  # only b gives to a in security
    both = influence(Ledger.post(events()).ties(), direction="both")
    assert cell(both, "dependence", "b", "a", "security") == pytest.approx(9 / 11)


def test_no_influence_is_not_known_for_certain():
    """c only strikes a: no channel and no reliance so far, and each bounded by half an unseen event."""
    rows = [("a", "b", "2020-12-31", "security", 6.0), ("c", "a", "2020-12-31", "security", -5.0)]
    found = (
        influence(Ledger.post(events_of(*rows)).ties()).of("c", "a", domain="security", columns="all").iloc[0]
    )
    assert found["influence"] == found["influence_low"] == 0
    assert found["influence_high"] == pytest.approx(found["bandwidth_high"] * found["dependence_high"])
    assert found["influence_high"] > 0


def test_intervals_of_products_and_ratios_by_hand():
    low, high = square_and_add(*(np.array(x) for x in (0.5, 0.4, 0.6, 0.8, 0.8, 0.8)))
    assert (float(low), float(high)) == pytest.approx((0.4 - 0.8 * 0.1, 0.4 + 0.8 * 0.1))
    low, high = square_and_add(*(np.array(x) for x in (0.5, 0.4, 0.6, 0.8, 0.7, 0.9)), 1.0)
    gap = np.sqrt((0.8 * 0.1 + 0.5 * 0.1) ** 2 + (0.1 * 0.1) ** 2)  # errors of one origin add up
    assert (float(low), float(high)) == pytest.approx((0.4 - gap, 0.4 + gap))
    score, low, high = (np.array(x) / 0.8 for x in ([0.8, 0.4], [0.6, 0.3], [0.9, 0.6]))
    low, high = over_peak(score, low, high, less=0.2 / 0.8, more=0.1 / 0.8)
    below, above = np.hypot(0.1, 0.5 * 0.1) / 0.8, np.hypot(0.2, 0.5 * 0.2) / 0.8
    assert low.tolist() == pytest.approx([0.6 / 0.8, 0.5 - below])
    assert high.tolist() == pytest.approx([1, 0.5 + above])


def test_the_largest_is_of_each_domain_over_all_periods_or_in_each():
    score = np.array(
        [[[1.0, np.nan, np.nan], [4.0, 5.0, np.nan]], [[2.0, 3.0, np.nan], [6.0, np.nan, np.nan]]]
    )
    assert largest(score, "all").tolist() == [[[3.0], [6.0]]]
    assert largest(score, "period").tolist() == [[[2.0, 3.0, 0.0], [6.0, 5.0, 0.0]]]


def world(actors, rate, masses, rng):
    """Events of actors who deal with each other more or less, and the masses to be expected, (A, A) by source."""
    size = rng.normal(0, 0.8, actors)
    mean = rate * np.exp(size[:, None] + size + rng.normal(0, 0.5, (actors, actors)))
    np.fill_diagonal(mean, 0)
    pair = np.repeat(np.arange(actors**2), rng.poisson(mean).ravel())
    events = Events.from_columns(
        tuple(f"S{at:02d}" for at in range(actors)), source=(pair // actors).astype(np.int32),
        target=(pair % actors).astype(np.int32), day=np.full(len(pair), 18_000, dtype=np.int32),
        value=np.ones(len(pair)), weight=rng.choice(masses, len(pair)), domain=np.full(len(pair), 2, dtype=np.int8),
    )  # fmt: skip
    return events, mean * np.mean(masses)


def covered(actors, rate, masses, worlds, seed=1):
    """Share of the true bandwidths and influences that intervals hold; either over the largest of the world."""
    rng, inside = np.random.default_rng(seed), []
    for _ in range(worlds):
        events, mass = world(actors, rate, masses, rng)
        found = influence(Ledger.post(events, decay=Cumulative()).ties(), weights={"security": 1.0})
        source, target = (
            np.array([int(name[1:]) for name in side]) for side in (found.axes.sources, found.axes.targets)
        )
        wide = np.log1p(mass + mass.T)
        pull = wide * (mass / mass.sum(axis=1, keepdims=True)).T
        for name, truth in (("bandwidth", wide / wide.max()), ("influence", pull / pull.max())):
            low, high = (getattr(found, f"{name}_{end}")[:, 2, -1] for end in ("low", "high"))
            inside.append(
                np.mean(((low <= truth[source, target]) & (truth[source, target] <= high))[~np.isnan(low)])
            )
    return np.reshape(inside, (-1, 2)).mean(axis=0)


UNEVEN = (1, 1, 2, 2, 3.5, 5, 7, 10)


@pytest.mark.parametrize(("actors", "rate", "masses"), [(6, 10, (5,)), (12, 3, UNEVEN)])
def test_intervals_cover(actors, rate, masses):
    bandwidth, influence = covered(actors, rate, masses, 12)
    assert min(bandwidth, influence) >= 0.92  # with the largest taken as known, .88 to .92


@pytest.mark.slow
@pytest.mark.parametrize("actors", [6, 15])
@pytest.mark.parametrize("rate", [1, 3, 10, 30])
@pytest.mark.parametrize("masses", [(5,), UNEVEN])
def test_intervals_cover_in_many_worlds(actors, rate, masses):
    assert min(covered(actors, rate, masses, 40)) >= 0.915


def test_against_exposure_and_a_slow_twin(ties):
    found, lean = influence(ties), exposure(ties)
    frame = found.to_frame()
    other = lean.to_frame().rename(columns={"source": "target", "target": "source"})
    pair = frame.merge(other, on=["source", "target", "domain", "period"], suffixes=("", "_x"))
    one = pair[pair["domain"] != "composite"]
    np.testing.assert_allclose(one["dependence"], one["dependence_x"], atol=1e-12)
    stock = (
        ties.to_frame().groupby(["source", "target", "domain", "period"], observed=True)["cooperation"].sum()
    )
    rows = frame[(frame["domain"] == "security") & frame["influence"].notna()]
    score = {}
    for row in rows.itertuples():
        forth = stock.get((row.target, row.source, "security", row.period), 0.0)
        whole = stock.xs((row.target, "security", row.period), level=("source", "domain", "period")).sum()
        channel = forth + stock.get((row.source, row.target, "security", row.period), 0.0)
        score[row.Index] = forth / whole * log1p(channel)
        if len(score) == 150:
            break
    twin = pd.Series(score)
    mine = rows.loc[twin.index, "influence"]
    factor = mine.max() / twin.max()
    # mutual acts stand in both books, once in the channel: 2m there and m + m here
    np.testing.assert_allclose(mine, twin * factor, atol=1e-10)


def test_bounds_and_scaling(ties):
    for scale in ("all", "period"):
        found = influence(ties, scale=scale)
        known = ~np.isnan(found.influence)
        assert (found.influence[known] >= 0).all() and found.influence[known].max() == 1.0
        assert (found.influence_low[known] <= found.influence[known] + 1e-12).all()
        assert (found.influence_high[known] >= found.influence[known] - 1e-12).all()
    by_period = np.nanmax(influence(ties, scale="period").influence[:, -1], axis=0)
    assert by_period[-30:] == pytest.approx(1.0)


# ---- the published index on its own rows (FBIC; see tests/published/fbic/SOURCE.md) -------------------
K_IGO, K_TA, K_TRADE, K_ALLY = 0.0010135654, 0.1948046405, 0.1279951802, 0.0366657551


def row(**given: float) -> pd.DataFrame:
    return pd.DataFrame([dict.fromkeys({*FBIC_BASE.columns, *FBIC_PLUS.columns}, 0.0) | given])


def test_denmark_over_saudi_arabia_2019():
    """Published smoothed columns go in; bandwidth, dependence and index come out as printed."""
    igo, trade = 0.3643334209918976, 0.8507629036903381  # already times k
    given_ = row(
        representation=1.0, igo=igo / K_IGO, trade=np.expm1(trade / K_TRADE),
        trade_gdp=0.1222106143832207, trade_share=0.2243439853191376,
    )  # fmt: skip
    found = influence_from_components(given_)
    bandwidth = (0.11 * 1 + 0.19 * igo + 0.35 * trade) / 3.1831572
    dependence = (0.28 * log1p(0.1222106143832207) + 0.16 * log1p(0.2243439853191376)) / 4.1227694
    assert found["bandwidth"].item() == pytest.approx(bandwidth, abs=PRINTED)
    assert found["dependence"].item() == pytest.approx(dependence, rel=1e-12)
    assert found["influence"].item() == pytest.approx(bandwidth * dependence / 0.58199161, abs=PRINTED)
    published = {"bandwidth": 0.14984819, "dependence": 0.015685808, "influence": 0.0040387008}
    for name, value in published.items():
        assert found[name].item() == pytest.approx(value, abs=PRINTED)


def test_moldova_over_austria_2020_has_every_bandwidth_block():
    found = influence_from_components(
        row(
            representation=1.0, igo=0.4519441823164622 / K_IGO, trade_agreements=8.0,
            trade=np.expm1(0.6034402449925741 / K_TRADE), alliances=5.0,
            trade_gdp=0.0297100078314543, trade_share=0.0357989358405272,
        )
    )  # fmt: skip
    bandwidth = (0.11 + 0.085869394 + 0.14 * 8 * K_TA + 0.21120408 + 0.13 * 5 * K_ALLY) / 3.1831572
    assert found["bandwidth"].item() == pytest.approx(bandwidth, abs=PRINTED)
    assert found["bandwidth"].item() == pytest.approx(0.20391309, abs=PRINTED)
    assert found["dependence"].item() == pytest.approx(0.0033534034, abs=PRINTED)
    assert found["influence"].item() == pytest.approx(0.001174936, abs=PRINTED)
    blocks = found[[f"bandwidth_{b}" for b in ("political", "economic", "security")]].sum(axis=1)
    assert blocks.item() == pytest.approx(found["bandwidth"].item(), rel=1e-12)


def test_united_states_over_somalia_2004_rests_on_aid():
    found = influence_from_components(
        row(
            representation=0.375, igo=0.210631251335144 / K_IGO, trade=np.expm1(0.2989680667718251 / K_TRADE),
            aid_gdp=1.429118712743123, aid_share=29.01614888509114,
            trade_gdp=0.3257932861646016, trade_share=1.524117271105448,
        )
    )  # fmt: skip
    parts = (0.21 * log1p(1.429118712743123), 0.12 * log1p(29.01614888509114))
    assert parts == pytest.approx((0.186381, 0.40820825), abs=5e-7)
    assert found["dependence"].item() == pytest.approx(0.19930656, abs=PRINTED)
    assert found["influence"].item() == pytest.approx(0.020000767, abs=PRINTED)


def test_plus_variant_with_investment():
    found = influence_from_components(
        row(
            representation=1.0, igo=0.2626674820979436 / (128981.8 / 176510016),
            trade=np.expm1(0.7823866208394369 / (128981.8 / 1095776.4)),
            fdi=np.expm1(1.511983195940654 / (128981.8 / 470710.25)),
            trade_gdp=0.1222106143832207, trade_share=0.2243439853191376,
            fdi_gdp=0.0335477590560913, fdi_share=0.2802240401506424,
        ),
        FBIC_PLUS,
    )  # fmt: skip
    bandwidth = (
        0.148 + 0.091 * 0.2626674820979436 + 0.181 * 0.7823866208394369 + 0.162 * 1.511983195940654
    ) / 3.3609812
    assert found["bandwidth"].item() == pytest.approx(bandwidth, abs=PRINTED)
    published = {"bandwidth": 0.16615862, "dependence": 0.018193498, "influence": 0.004884202}
    for name, value in published.items():
        assert found[name].item() == pytest.approx(value, abs=PRINTED)


def test_constants():
    for config in (FBIC_BASE, FBIC_PLUS):
        table = config.to_frame()
        assert table.groupby("side")["weight"].sum().tolist() == pytest.approx([1.0, 1.0])
    scale = FBIC_BASE.to_frame().set_index("column")["scale"]
    assert scale["igo"] == pytest.approx(K_IGO, rel=1e-7) and scale["trade"] == pytest.approx(
        K_TRADE, rel=1e-7
    )
    assert scale["arms"] == pytest.approx(1.3447999855, rel=1e-7)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda frame: pd.concat([frame, frame[["source"]]], axis=1),
            "column 'source' stands more than once",
        ),
        (lambda frame: frame.assign(source=[["A"]]), r"column 'source' holds \['A'\], which is no label"),
        (lambda frame: frame.assign(period=[[2000]]), "period is no number"),
    ],
)
def test_units_that_are_none_are_refused(change, text):
    """They met errors of pandas'."""
    frame = pd.DataFrame({"source": ["A"], "target": ["B"], "period": [2000], "x": [1.0]})
    with pytest.raises(OptionError, match=text):
        trailing_mean(change(frame), ["x"], by=["source", "target"])


def test_trailing_means_as_published():
    # Croatia over Germany 1993: new state, new embassy; alliance 5 points since 1992
    frame = pd.DataFrame(
        {
            "source": "HRV",
            "target": "DEU",
            "period": [1991, 1992, 1993],
            "lor": [0.0, 0.0, 0.5],
            "ally": [0.0, 5.0, 5.0],
        }
    )
    smooth = trailing_mean(frame, ["lor", "ally"], by=["source", "target"])
    assert smooth["lor"].iloc[-1] == pytest.approx((0 + 0 + 0.5) / 3)
    assert smooth["ally"].iloc[-1] * K_ALLY == pytest.approx(0.122219185034434, rel=1e-7)
    gap = frame.drop(index=1)
    assert trailing_mean(gap, ["ally"], by=["source", "target"])["ally"].tolist() == [0.0, 2.5]
    # taken inside: logs are averaged for trade, shares before their log
    years = pd.concat([row(trade=t, trade_gdp=g) for t, g in ((0.0, 0.0), (10.0, 2.0), (99.0, 4.0))])
    years = years.assign(source="a", target="b", period=[2000, 2001, 2002])
    last = influence_from_components(years, years=3).iloc[-1]
    assert last["bandwidth"] == pytest.approx(
        0.35 * (372043.75 / 2906701.3) * (log(11) + log(100)) / 3 / 3.1831572
    )
    assert last["dependence"] == pytest.approx(0.28 * log1p((0 + 2 + 4) / 3) / 4.1227694)


@given(st.permutations(range(6)), st.floats(0.1, 50))
@settings(max_examples=20)
def test_order_of_rows_is_nothing_and_more_trade_is_no_less(order, more):
    frame = pd.concat(
        [row(representation=0.5, trade=10.0 * k, trade_gdp=float(k)) for k in range(6)], ignore_index=True
    )
    found = influence_from_components(frame)
    again = influence_from_components(frame.iloc[list(order)])
    np.testing.assert_array_equal(again["influence"], found["influence"].iloc[list(order)])
    larger = influence_from_components(frame.assign(trade=frame["trade"] + more))
    assert (larger["influence"] >= found["influence"]).all()


def test_ladders():
    assert (
        ladder_points("trade_agreements", ["PSA", "EIA", "BTA", "BTA+EIA", "RTA", "RTA+EIA", "CU", "CU+EIA"])
        == 57
    )
    assert (
        ladder_points("alliances", ["defence", "non-aggression", "consultation"]) == 81
    )  # largest published
    assert ladder_points("representation", ["ambassador", "lower rank, several countries"]) == (1 + 0.375) / 2


def test_missing_components():
    frame = row(representation=1.0, trade_gdp=10.0).assign(aid_gdp=np.nan)
    found = influence_from_components(frame)
    assert np.isnan(found["influence"].item()) and found["bandwidth"].item() > 0
    assert found["coverage"].item() == pytest.approx(1 - 0.21 / 2)
    zero = influence_from_components(frame, missing="zero")
    assert zero["dependence"].item() == pytest.approx(0.28 * log1p(10) / 4.1227694)


def test_own_configuration_scales_to_its_own_largest():
    config = InfluenceConfig("two", (Term("x", 1.0, "all"),), (Term("y", 1.0, "all"),))
    assert repr(config) == "<InfluenceConfig two: 1 terms of bandwidth, 1 of dependence>"
    frame = pd.DataFrame({"x": [2.0, 4.0], "y": [1.0, 0.5]})
    assert influence_from_components(frame, config)["influence"].tolist() == pytest.approx([1.0, 1.0])


def test_error_texts():
    with pytest.raises(FormatError, match="the frame lacks lor, year; it needs "):
        trailing_mean(pd.DataFrame({"source": ["A"]}), ["lor"], by=["source"], period="year")
    with pytest.raises(FormatError, match="the frame lacks representation"):
        influence_from_components(pd.DataFrame({"trade": [1.0]}))
    with pytest.raises(FormatError, match="component 'trade' is negative"):
        influence_from_components(row(trade=-1.0))
    with pytest.raises(FormatError, match="component 'trade' is infinite in some row"):
        influence_from_components(row(trade=np.inf))
    with pytest.raises(
        UnknownLabelError, match=r"unknown rung of trade_agreements 'RTA\+EAI'. Did you mean 'RTA\+EIA'"
    ):
        ladder_points("trade_agreements", ["RTA+EAI"])
    with pytest.raises(OptionError, match="both directions; 1 given"):
        ladder_points("representation", ["ambassador"])
    with pytest.raises(OptionError, match="direction is 'mine'"):
        influence(Ledger.post(events()).ties(), direction="mine")
    with pytest.raises(OptionError, match="needs directed ties"):
        influence(Ledger.post(events()).ties().undirected())
    with pytest.raises(OptionError, match="weight of 'x'"):
        Term("x", -1.0, "all")
    for ask in (
        lambda frame: trailing_mean(frame, ["x"], by=["u"], years=2.5),
        lambda frame: influence_from_components(frame, years=1.5),
    ):
        with pytest.raises(TypeError, match=r"years is \d\.5; it must be a whole number"):
            ask(row())
    with pytest.raises(OptionError, match=r"trade is no number in 1 rows, first 'many' \(row 0\)"):
        influence_from_components(row(trade="many"))
    dated = pd.DataFrame({"u": ["a", "a"], "period": [2000, 2001], "x": [1.0, 3.0]})
    with pytest.raises(FormatError, match="'period' holds what is no whole year"):
        trailing_mean(dated.assign(period=[2000, None]), ["x"], by=["u"])
    with pytest.raises(OptionError, match="x is no number in 2 rows"):
        trailing_mean(dated.assign(x="many"), ["x"], by=["u"])
    polars = pytest.importorskip("polars")
    assert trailing_mean(polars.from_pandas(dated), ["x"], by=["u"])["x"].tolist() == [1.0, (1.0 + 3.0) / 2]
    with pytest.raises(FormatError, match="one period twice"):
        trailing_mean(pd.DataFrame({"u": ["a", "a"], "period": [1, 1], "x": [1.0, 2.0]}), ["x"], by=["u"])


def test_undirected_ties_give_the_exposure_of_both_sides():
    """What passes between two is another share of each one's whole, so both sides stand in every table."""
    rows = [("A", "B", 3.0), ("C", "B", 1.0)]
    table = pd.DataFrame(rows, columns=["source", "target", "value"]).assign(
        date="2020-05-01", domain="economic"
    )
    ties = Ledger.post(Events.from_frame(table)).ties()
    for found in (exposure(ties, directed=False), exposure(ties.undirected())):
        shares = found.of(period=2020, domain="composite").set_index(["source", "target"])["exposure"]
        assert shares.to_dict() == {("A", "B"): 1.0, ("B", "A"): 3 / 4, ("B", "C"): 1 / 4, ("C", "B"): 1.0}
        graph = found.to_networkx(period=2020)
        assert {
            pair: values["exposure"] for *pair, values in graph.edges(data=True) for pair in [tuple(pair)]
        } == shares.to_dict()
        wide = panel(found, members_only=False)
        assert wide.set_index(["source", "target"])["exposure"].dropna().to_dict() == shares.to_dict()
        assert found.of("B", "A", 2020, domain="composite")["exposure"].tolist() == [3 / 4]


def test_a_term_named_twice_counts_twice():
    """It had counted once in the score and twice in the coverage."""
    once, twice = (
        InfluenceConfig("own", terms, (Term("b", 1, "p"),), 1.0, 1.0, 1.0)
        for terms in ((Term("a", 2, "p"),), (Term("a", 1, "p"), Term("a", 1, "p")))
    )
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 3.0]})
    assert influence_from_components(frame, twice).equals(influence_from_components(frame, once))


def test_a_trailing_mean_is_of_named_units():
    """Rows without a unit had been one unit; a column named by a text was read letter by letter."""
    frame = pd.DataFrame({"state": ["A", "A"], "period": [2000, 2001], "trade": [0.0, 2.0]})
    assert trailing_mean(frame, "trade", by="state")["trade"].tolist() == [0.0, (0 + 2) / 2]
    with pytest.raises(FormatError, match="1 of 2 rows have no state, the first row 1"):
        trailing_mean(frame.assign(state=["A", None]), ["trade"], by=["state"])
