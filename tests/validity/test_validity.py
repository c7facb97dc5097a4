"""The validity battery: statistics against slow twins, a world with known truth, refusals, and real data."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignscore.errors import EventError, OptionError, UnknownLabelError
from alignscore.intervals import state_counts
from alignscore.validity import Yardstick, thin, validity
from alignscore.validity.rank_statistics import (
    auc,
    average_precision,
    forecasts,
    interval,
    logistic,
    partial_slope,
    spearman,
)
from alignscore.validity.yardsticks import DyadValues, table_of_dyads

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
seeds = st.integers(0, 10_000)


def example():
    spec = importlib.util.spec_from_file_location("validity_check", ROOT / "examples" / "validity_check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- statistics ------------------------------------------------------------------------------------
@given(seeds)
def test_whole_weights_equal_rows_written_out(seed):
    rng = np.random.default_rng(seed)
    n = 25
    x, y = rng.integers(0, 8, n).astype(float), rng.integers(0, 8, n).astype(float)
    positive, period = rng.random(n) < 0.4, rng.integers(0, 3, n)
    w = rng.integers(0, 4, n)
    rows = np.repeat(np.arange(n), w)
    ones = np.ones(len(rows))
    pairs = [
        (spearman(x, y), spearman(x[rows], y[rows])),
        (auc(x, positive), auc(x[rows], positive[rows])),
        (average_precision(x, positive), average_precision(x[rows], positive[rows])),
        (partial_slope(y, x, x * y, period), partial_slope(y[rows], x[rows], (x * y)[rows], period[rows])),
    ]
    for weighted, plain in pairs:
        assert weighted(w.astype(float)) == pytest.approx(plain(ones), nan_ok=True, abs=1e-9)


def test_what_is_its_own_lag_has_no_slope_beyond_it():
    """Rounding had told one, another in another order of the rows."""
    rng = np.random.default_rng(0)
    x, y, period = rng.random(60), rng.random(60), np.repeat(np.arange(4), 15)
    for order in (rng.permutation(60) for _ in range(20)):
        assert np.isnan(partial_slope(y[order], x[order], 2 * x[order], period[order])(np.ones(60)))


@given(seeds)
def test_ranks_equal_scipy_and_auc_equals_every_pair_in_turn(seed):
    from scipy.stats import spearmanr

    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 9, 30).astype(float), rng.normal(size=30)
    ones = np.ones(30)
    assert spearman(x, y)(ones) == pytest.approx(spearmanr(x, y)[0])
    positive = np.arange(30) % 3 == 0
    wins = [(a > b) + (a == b) / 2 for a in x[positive] for b in x[~positive]]
    assert auc(x, positive)(ones) == pytest.approx(np.mean(wins))
    assert auc(-x, positive)(ones) == pytest.approx(1 - np.mean(wins))
    # each positive's precision among all rows at or above it
    precision = [positive[x >= a].mean() for a in x[positive]]
    assert average_precision(x, positive)(ones) == pytest.approx(np.mean(precision))


def test_statistics_by_hand():
    # scores 4 > 3 > 2 > 1, positives at 4 and 2: pairs (4,3) (4,1) (2,1) won, (2,3) lost
    x, positive = np.array([4.0, 3, 2, 1]), np.array([True, False, True, False])
    assert auc(x, positive)(np.ones(4)) == (1 + 1 + 1 + 0) / 4
    assert average_precision(x, positive)(np.ones(4)) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert np.isnan(auc(x, np.ones(4, bool))(np.ones(4)))
    assert np.isnan(spearman(x, np.ones(4))(np.ones(4)))


def test_partial_slope_equals_regression_with_period_dummies():
    rng = np.random.default_rng(1)
    period = np.repeat(np.arange(4), 50)
    lag, x = rng.normal(size=200) + period, rng.normal(size=200)
    y = 0.7 * lag + 0.2 * x + period + rng.normal(size=200)

    def within(v):
        v = v - np.array([v[period == p].mean() for p in range(4)])[period]
        return v / v.std()

    expected = np.linalg.lstsq(np.column_stack([within(x), within(lag)]), within(y), rcond=None)[0][0]
    assert partial_slope(y, x, lag, period)(np.ones(200)) == pytest.approx(expected)


def test_logistic_regression_solves_its_score_equations_and_forecasts_use_the_past_only():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(600, 2))
    y = (rng.random(600) < 1 / (1 + np.exp(1 - X @ [1.0, -0.5]))).astype(float)
    beta = logistic(X, y)
    p = 1 / (1 + np.exp(-(beta[0] + X @ beta[1:])))
    np.testing.assert_allclose(
        np.column_stack([np.ones(600), X]).T @ (y - p), 1e-3 * np.array([0, *beta[1:]]), atol=1e-5
    )
    period = np.repeat(np.arange(6), 100)
    first = forecasts(X, y > 0, period, train=2)
    assert np.isnan(first[:200]).all()
    changed_X, changed_y = X.copy(), y.copy()
    changed_X[400:], changed_y[400:] = changed_X[400:] * 50, 1 - changed_y[400:]
    np.testing.assert_array_equal(
        forecasts(changed_X, changed_y > 0, period, train=2)[200:400], first[200:400]
    )


def test_resampling_states_is_wider_than_resampling_dyads_where_states_matter():
    rng = np.random.default_rng(3)
    i, j = np.array(list(itertools.combinations(range(25), 2))).T
    state = rng.normal(size=25)
    x, y = state[i] + state[j], state[i] + state[j] + rng.normal(size=len(i))
    ask = spearman(x, y)
    low, high = interval(ask, i, j, state_counts(25, 200, rng), 0.95)
    assert low < ask(np.ones(len(i))) < high
    rows = [ask(rng.multinomial(len(i), np.full(len(i), 1 / len(i))).astype(float)) for _ in range(200)]
    assert high - low > 1.3 * (np.quantile(rows, 0.975) - np.quantile(rows, 0.025))


# ---- joining ------------------------------------------------------------------------------------
def test_lookup_finds_either_order_and_later_periods_and_keeps_the_unknown_unknown():
    rows = table_of_dyads(
        pd.DataFrame({"i": ["B", "A"], "j": ["A", "C"], "period": [2000, 2001]}), (), "score"
    )
    values = pd.DataFrame({"i": ["A", "B"], "j": ["B", "A"], "period": [2000, 2001], "value": [1.0, 2.0]})
    table = table_of_dyads(values, ("value",), "x")
    lookup = DyadValues(rows)
    np.testing.assert_array_equal(lookup.of(table, "value"), [1, np.nan])
    np.testing.assert_array_equal(lookup.of(table, "value", ahead=1), [2, np.nan])
    # A-C is not in the table: absent within its years, unknown in a year it does not reach
    np.testing.assert_array_equal(lookup.of(table, "value", absent=0), [1, 0])
    np.testing.assert_array_equal(lookup.of(table, "value", absent=0, ahead=1), [2, np.nan])
    np.testing.assert_array_equal(lookup.of(table[:0], "value", absent=0), [np.nan] * 2)  # it reaches no year


def test_pandas_periods_and_years_meet():
    frame = pd.DataFrame(
        {"i": "A", "j": "B", "period": pd.period_range("2000", "2002", freq="Y"), "value": 1.0}
    )
    assert Yardstick(frame, "like").values["period"].tolist() == [2000, 2001, 2002]


def test_halves_add_up_and_share_the_events_evenly():
    table = pd.DataFrame({"a": [1000, 0, 7], "b": [5, 5, 5]})
    one, two = thin(table, ["a"], rng=1)
    assert thin(table.rename(columns={"a": "ab"}), "ab", rng=1)[0]["ab"].equals(one["a"])
    assert (one["a"] + two["a"]).tolist() == [1000, 0, 7]
    assert abs(one["a"].iloc[0] - 500) < 5 * np.sqrt(250)
    assert one["b"].tolist() == [5, 5, 5]
    with pytest.raises(OptionError, match="'a' has counts that are negative or no whole numbers"):
        thin(table.assign(a=0.5), ["a"])
    with pytest.raises(UnknownLabelError, match="unknown column 'c'"):
        thin(table, ["c"])
    with pytest.raises(OptionError, match="a is no number in 3 rows, first 'many'"):
        thin(table.assign(a="many"), ["a"])


def test_frames_of_polars_and_records_without_enough_events(made_up):
    _, world, scores = made_up
    polars = pytest.importorskip("polars")
    pd.testing.assert_frame_equal(ask(polars.from_pandas(scores), world), ask(scores, world))
    few = ask(scores, world, min_n=1e9, draws=5)  # no row is left, and no state to resample
    assert few["note"].eq("too few rows").all() and few["estimate"].isna().all()
    one = dict(next(iter(world.yardsticks.items()))[1].__dict__, made_of="votes")
    with pytest.raises(OptionError, match="every yardstick is made of what the scores contain"):
        validity(scores, yardsticks={"votes": Yardstick(**one)}, score="tone", contains="votes")


# ---- the battery on a world with known truth ----------------------------------------------------------
@pytest.fixture(scope="module")
def made_up():
    module = example()
    world = module.made_up_world(states=24, years=8)
    return module, world, module.score(world.counts)


def ask(scores, world, **options):
    found = validity(scores, yardsticks=world.yardsticks, **{"score": "tone", "draws": 0, "rng": 1} | options)
    return found.to_frame()


def test_a_known_world_is_read_rightly(made_up):
    _, world, scores = made_up
    lines = ask(scores, world, score=("ratio", "tone", "shared"), reference="ideal points", draws=40)

    def one(test, score, yardstick, statistic="auc"):
        picked = lines.query(
            "test == @test and score == @score and yardstick == @yardstick and statistic == @statistic"
        )
        assert len(picked) == 1
        return picked.iloc[0]

    tone = one("known groups", "tone", "allies over rivals")
    assert tone["estimate"] > 0.95
    assert tone["estimate"] > one("known groups", "ratio", "allies over rivals")["estimate"]
    assert tone["low"] <= tone["estimate"] <= tone["high"]
    assert tone["passes"]
    assert tone["n"] > 30
    assert 0 < tone["base_rate"] < 1
    near = one("convergent", "tone", "ideal points", "spearman")
    assert near["reference"] == pytest.approx(1)  # the truth itself is the yardstick here
    assert near["low"] > 0
    size = one("discriminant", "tone", "volume", "spearman")
    assert size["volume"] == pytest.approx(1)
    assert abs(size["estimate"]) < 0.2
    assert size["passes"]
    assert one("predictive", "tone", "onset t+1")["estimate"] > 0.6
    assert "not tested" not in set(lines["test"])


def test_a_score_turned_round_fails_what_it_passed(made_up):
    _, world, scores = made_up
    good, bad = (ask(scores.assign(tone=sign * scores["tone"]), world) for sign in (1, -1))
    both = good.merge(bad, on=["test", "yardstick", "statistic", "sample"], suffixes=("", "_bad"))
    groups = both[both["test"] == "known groups"]
    np.testing.assert_allclose(groups["estimate"] + groups["estimate_bad"], 1)
    near = both[both["test"] == "convergent"]
    np.testing.assert_allclose(near["estimate"], -near["estimate_bad"])
    rivals = groups.query("yardstick == 'allies over rivals'")
    assert rivals["passes"].all()
    assert not rivals["passes_bad"].any()


def test_noise_passes_nothing_and_halves_of_it_do_not_agree(made_up):
    _, world, scores = made_up
    rng = np.random.default_rng(5)
    noise = scores.assign(tone=rng.normal(size=len(scores)))
    halves = tuple(scores.assign(tone=rng.normal(size=len(scores))) for _ in range(2))
    lines = ask(noise, world, halves=halves, draws=40)
    judged = lines[lines["test"].isin(["convergent", "reliability"]) & lines["passes"].notna()]
    assert len(judged)
    assert not judged["passes"].astype(bool).any()
    same = ask(scores, world, halves=(scores, scores))
    reliable = same[(same["test"] == "reliability") & same["estimate"].notna()]
    np.testing.assert_allclose(reliable["estimate"], 1)


def test_what_a_score_contains_is_not_tested_against(made_up):
    _, world, scores = made_up
    lines = ask(scores, world, contains=["votes"])
    dropped = lines[lines["test"] == "not tested"]
    assert dropped["yardstick"].tolist() == ["votes"]
    assert dropped["note"].iloc[0] == "the scores contain votes"
    assert "votes" not in set(lines.loc[lines["test"] == "convergent", "yardstick"])
    votes = {"votes": world.yardsticks["votes"]}
    with pytest.raises(OptionError, match="none is left to test against"):
        validity(scores, yardsticks=votes, score="tone", contains=["votes"])
    with pytest.raises(UnknownLabelError, match=r"unknown content 'vote'\. Did you mean 'votes'"):
        validity(scores, yardsticks=votes, score="tone", contains=["vote"])


def test_a_shock_is_ranked_among_placebos(made_up):
    _, world, scores = made_up
    dyad = scores.query("n >= 10").groupby(["i", "j"]).size().idxmax()
    hit = (scores["i"] == dyad[0]) & (scores["j"] == dyad[1]) & (scores["period"] == 2005)
    struck = scores.assign(tone=scores["tone"].mask(hit, -50.0))
    shocks = pd.DataFrame(
        [(*dyad, 2005, -1, "struck"), (*dyad, 2003, 1, "wrong sign"), (*dyad, 1990, -1, "before")],
        columns=["i", "j", "period", "sign", "label"],
    )
    lines = ask(struck, world, shocks=shocks).query("test == 'responsiveness'").set_index("yardstick")
    n = lines.loc["struck", "n"]
    assert lines.loc["struck", "estimate"] > 40
    assert f"rank p = {1 / (1 + n):.3f}" in lines.loc["struck", "note"]
    assert np.isnan(lines.loc["before", "estimate"])
    assert "no score" in lines.loc["before", "note"]


def test_by_period_rows_and_the_same_seed(made_up):
    _, world, scores = made_up
    one, two = (ask(scores, world, by_period=True, draws=25) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    years = one.query("test == 'convergent' and yardstick == 'votes' and sample != 'all'")
    assert years["sample"].tolist() == [str(y) for y in range(2001, 2009)]
    whole = one.query("test == 'convergent' and yardstick == 'votes' and sample == 'all'")
    assert years["n"].sum() == whole["n"].iloc[0]


# ---- refusals ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"score": "tune"}, "unknown column of the score table 'tune'. Did you mean 'tone'"),
        ({}, {"reference": "vote"}, "unknown yardstick 'vote'. Did you mean 'votes'"),
        ({}, {"draws": -1}, "draws is -1"),
        ({}, {"level": 2}, "level is 2"),
        ({}, {"score": []}, r"score is \[\]; name each column to test once, and one at least"),
        ({}, {"score": ["tone", "tone"]}, "name each column to test once"),
        ({}, {"by_period": "false"}, "by_period is 'false'"),
        ({"period": "June"}, {}, "periods must be years"),
        ({"period": None}, {}, "rows of the score table have no period"),
        (
            {"tone": pd.Timestamp("2020-01-01")},
            {},
            "column 'tone' of the score table has values that are not",
        ),
        ({"n": "many"}, {}, "column 'n' of the score table has values that are not finite numbers"),
        ({"period": 2001}, {}, "dyad-periods twice, the first S00-S01 in 2001"),
    ],
)
def test_tables_and_options_that_cannot_be_used(made_up, change, options, message):
    _, world, scores = made_up
    with pytest.raises((OptionError, UnknownLabelError), match=message):
        ask(scores.assign(**change), world, **options)


def test_a_state_that_a_yardstick_calls_by_another_label_is_told(made_up):
    """Its pairs had been no ally, no rival and at peace."""
    _, _, scores = made_up
    scores = scores.replace({"S00": "CHN", "S01": "USA"})
    pacts = pd.DataFrame({"i": ["China", "USA"], "j": ["USA", "S03"], "period": 2001, "value": 1})
    with pytest.raises(
        EventError, match="1 actor goes by more than one label: 'CHN' and 'China'. Bring them to one"
    ):
        validity(scores, yardsticks={"pacts": Yardstick(pacts, "ally")}, score="tone", draws=0)


def test_labels_of_another_system_do_not_meet(made_up):
    """Every pair had been no ally, no rival and at peace."""
    _, _, scores = made_up
    pacts = pd.DataFrame({"i": [2], "j": [740], "period": [2001], "value": [1]})
    with pytest.raises(
        OptionError, match="ally.* names no state of the scores: '2' there, 'S00' here. Both need"
    ):
        validity(scores, yardsticks={"pacts": Yardstick(pacts, "ally")}, score="tone", draws=0)


def test_a_frame_of_scores_is_told_its_names(made_up):
    _, world, scores = made_up
    frame = scores.rename(columns={"i": "source", "j": "target"})
    with pytest.raises(
        UnknownLabelError, match=r"table 'i'.* Give rename\(columns={'source': 'i', 'target': 'j'}"
    ):
        ask(frame, world)


def test_periods_of_unlike_length_do_not_meet(made_up):
    """Month 160 is May 1983, quarter 160 the first of 2010."""
    _, world, scores = made_up
    months = scores.assign(period=pd.PeriodIndex(scores["period"].astype(str) + "-05", freq="M"))
    with pytest.raises(OptionError, match="are of length 'Y', those of the scores of 'M'; bring both to one"):
        ask(months, world)
    place = scores[["i", "j"]].assign(period=months["period"], value=scores["tone"])
    found = validity(
        months, yardsticks={"self": Yardstick(place, "like")}, score="tone", draws=0, by_period=True
    )
    assert found.to_frame()["sample"][1] == "2001-05"


def test_what_is_given_once_is_read_for_every_score(made_up):
    _, world, scores = made_up
    twice = scores.assign(other=scores["tone"])
    lists, once = (
        ask(twice, world, score=["tone", "other"], spans=spans) for spans in ([1, 2], iter([1, 2]))
    )
    pd.testing.assert_frame_equal(lists, once)
    with pytest.raises(TypeError, match="yardsticks is .*; give a mapping"):
        validity(scores, yardsticks=[], score="tone")
    with pytest.raises(TypeError, match="yardstick 'votes' is .*; it must be a Yardstick"):
        validity(scores, yardsticks={"votes": scores}, score="tone")
    with pytest.raises(TypeError, match="halves is "):
        ask(scores, world, halves=scores)


def test_a_shock_without_a_sign_or_a_label(made_up):
    _, world, scores = made_up
    i, j = scores[["i", "j"]].iloc[0]
    shocks = pd.DataFrame({"i": [i], "j": [j], "period": [2003], "sign": [1], "label": [None]})
    lines = ask(scores, world, shocks=shocks)
    assert f"{i}-{j}" in set(lines.loc[lines["test"] == "responsiveness", "yardstick"])
    for sign in (0, np.nan, 2):
        with pytest.raises(
            OptionError, match="1 of 1 shocks have a sign that is neither -1 nor 1, the first"
        ):
            ask(scores, world, shocks=shocks.assign(sign=sign))


def test_a_group_is_marked_where_any_of_its_yardsticks_reaches():
    pairs = list(itertools.combinations([f"S{k:02d}" for k in range(9)], 2))
    rows = pd.DataFrame(
        [(*two, year) for year in (2001, 2002) for two in pairs], columns=["i", "j", "period"]
    )
    rows = rows.assign(n=20, net=5.0, tone=np.arange(len(rows)) % 7)
    allies = rows.iloc[::3].assign(value=1.0)
    sticks = {
        "like": Yardstick(rows.assign(value=rows["tone"]), "like"),
        "pacts": Yardstick(allies, "ally"),
        "rivals": Yardstick(rows.iloc[1::3].assign(value=1.0), "rival"),
    }
    of_one_year = Yardstick(allies[allies["period"] == 2001], "ally")
    alone, beside = (
        validity(rows, yardsticks=given, score="tone", draws=0)
        .to_frame()
        .query("test == 'known groups'")["n"]
        .tolist()
        for given in (sticks, sticks | {"short": of_one_year})
    )
    assert alone == beside == [48, 48, 48]


def test_a_yardstick_names_what_is_wrong():
    frame = pd.DataFrame({"i": ["A"], "j": ["B"], "period": [2000], "value": [1.0]})
    with pytest.raises(OptionError, match="role is 'friend'; it must be one of 'like'"):
        Yardstick(frame, "friend")
    with pytest.raises(UnknownLabelError, match=r"unknown column of the yardstick \(ally\) table 'value'"):
        Yardstick(frame.drop(columns="value"), "ally")
    with pytest.raises(OptionError, match=r"1 of 1 rows of the yardstick \(ally\) table have no j\."):
        Yardstick(frame.assign(j=None), "ally")
    with pytest.raises(
        OptionError, match=r"column 'value' stands more than once in the yardstick \(ally\) table"
    ):
        Yardstick(pd.concat([frame, frame[["value"]]], axis=1), "ally")
    for kind in ("Int64", "int16[pyarrow]"):
        assert Yardstick(frame.astype({"period": kind}), "ally").values["period"].tolist() == [2000]
    stamps = pd.Series(pd.to_datetime(["2000-12-31"])).dt.tz_localize("Asia/Tokyo")
    assert Yardstick(frame.assign(period=stamps), "ally").values["period"].tolist() == [2000]


# ---- real data ------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)
def test_figures_of_the_docs_on_icews():
    module = example()
    world = module.real_world()
    found = validity(
        module.score(world.counts), yardsticks=world.yardsticks, score=("tone", "shared"), draws=0,
        reference="ideal points",
    ).to_frame()  # fmt: skip

    def one(test, score, yardstick, statistic):
        return found.query(
            "test == @test and score == @score and yardstick == @yardstick and statistic == @statistic"
        ).iloc[0]

    rivals = one("known groups", "tone", "allies over rivals", "auc")
    assert rivals["n"] == 8312 + 306
    assert rivals["estimate"] == pytest.approx(0.875, abs=0.002)
    assert rivals["net"] == pytest.approx(0.248, abs=0.002)
    assert one("predictive", "shared", "UN agreement t+1", "spearman")["estimate"] == pytest.approx(
        0.510, abs=0.002
    )
    assert one("discriminant", "tone", "volume", "spearman")["net"] == pytest.approx(0.910, abs=0.002)
    assert one("discriminant", "tone", "volume", "spearman")["passes"]
    assert abs(one("change", "tone", "UN agreement", "spearman")["estimate"]) < 0.05  # it is not validated
    assert not one("known groups", "shared", "neither over rivals", "auc")["passes"]  # nor is this


def test_changes_over_several_periods_and_volume_beyond_what_the_states_have():
    rng = np.random.default_rng(3)
    pairs = list(itertools.combinations(range(12), 2))
    rows = [(f"S{a:02d}", f"S{b:02d}", 2000 + t) for a, b in pairs for t in range(6)]
    table = pd.DataFrame(rows, columns=["i", "j", "period"])
    # each dyad's own way
    drift = np.repeat(rng.normal(size=len(pairs)), 6) * np.tile(np.arange(6), len(pairs))
    busy = rng.normal(size=12)
    close = np.repeat(rng.normal(size=len(pairs)), 6)
    size = np.repeat([busy[a] + busy[b] for a, b in pairs], 6)
    table["n"] = np.rint(np.exp(4 + size + 0.5 * close))
    table["score"], table["net"] = drift + rng.normal(size=len(table)), 1.0
    world = {
        "drift": Yardstick(table.assign(value=drift), "like"),
        "close": Yardstick(table.assign(value=close), "like"),
    }
    found = validity(table, yardsticks=world, score="score", spans=(1, 4), min_n=1, draws=0).to_frame()
    change = found[(found["test"] == "change") & (found["yardstick"] == "drift")].set_index("sample")[
        "estimate"
    ]
    assert change.index.tolist() == ["all", "over 4 periods"]
    assert change["all"] < change["over 4 periods"]  # the longer, the less is noise
    beside = found[(found["test"] == "convergent") & (found["yardstick"] == "close")].iloc[0]
    assert beside["volume"] < 0.5  # busy states hide it
    assert beside["excess"] > 0.8
    with pytest.raises(OptionError, match="span is 0"):
        validity(table, yardsticks=world, score="score", spans=(0,))


@pytest.mark.parametrize("huge", [np.inf, 1e30])
def test_what_no_count_and_no_year_reaches_is_refused(huge):
    with pytest.raises(OptionError, match="counts that are negative or no whole numbers"):
        thin(pd.DataFrame({"n": [1.0, huge]}), ["n"])
    with pytest.raises(OptionError, match="periods must be years"):
        Yardstick(pd.DataFrame({"i": ["A"], "j": ["B"], "period": [huge], "value": [1.0]}), "like")
