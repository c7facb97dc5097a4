"""Forecast and surprise: hand cases, laws, cover of every class of dyads, refusals, and the world's news."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import alignscore as al
from alignscore.dynamics.counts import Counts
from alignscore.dynamics.dynamic import DynamicParameters, beta_of_logit_normal, expected, noise_of
from alignscore.errors import OptionError, UnknownLabelError
from alignscore.validity.rank_statistics import auc
from dynamics.worlds import ICEWS, drifting_world, own_world

COLUMNS = ["source", "target", "period", "cooperation", "conflict"]


def held(years: float = 1.0, prior: float = 2.0) -> al.DecayFit:
    """A fit with round parameters: half-life 1 year, prior of 2 events, half of them cooperative."""
    table = pd.DataFrame([("A", "B", 2000, 1, 1), ("A", "B", 2001, 1, 1)], columns=COLUMNS)
    fit = al.fit_decay(table, draws=0)
    for name, value in (
        ("likeliest", years), ("prior", prior), ("prior_share", 0.5), ("dispersion", 0.0), ("growth", 0.0),
    ):  # fmt: skip
        object.__setattr__(fit, name, np.array([value]))
    return fit


# ---- by hand ------------------------------------------
def test_a_year_by_hand():
    table = pd.DataFrame([("A", "B", 2000, 6, 2), ("A", "B", 2001, 1, 2)], columns=COLUMNS)
    found = al.surprise(table, held())
    a, b = 2 * 0.5 + 6 / 2, 2 * 0.5 + 2 / 2
    law = stats.betabinom(3, a, b)
    assert found.expected[0, 0, 1] == pytest.approx(a / (a + b))
    assert found.log_score[0, 0, 1] == pytest.approx(law.logpmf(1))
    mid = law.cdf(1) - law.pmf(1) / 2
    assert found.z[0, 0, 1] == pytest.approx(stats.norm.ppf(mid))
    assert found.p[0, 0, 1] == pytest.approx(2 * min(mid, 1 - mid))
    assert (found.low[0, 0, 1], found.high[0, 0, 1]) == (law.ppf(0.05) / 3, law.ppf(0.95) / 3)
    assert np.isnan(found.z[0, 0, 0])  # nothing is known before the first year
    assert found.n_before[0, 0].tolist() == [0, 8]
    assert list(found.to_frame())[:13] == [
        "source", "target", "domain", "period", "year", "n", "share", "expected", "low", "high", "z", "p",
        "log_score",
    ]  # fmt: skip


def test_the_years_ahead_by_hand():
    table = pd.DataFrame([("A", "B", 2000, 6, 2), ("A", "B", 2001, 1, 2)], columns=COLUMNS)
    found = al.forecast(table, held(), ahead=2, events=4)
    for step, fade in ((0, 1 / 2), (1, 1 / 4)):
        a, b = 1 + (6 / 2 + 1) * fade, 1 + (2 / 2 + 2) * fade
        assert found.expected[0, 0, step] == pytest.approx(a / (a + b))
        assert found.high[0, 0, step] == stats.betabinom(4, a, b).ppf(0.95) / 4
    assert [str(p) for p in found.axes.periods] == ["2002", "2003"]
    endless = al.forecast(table, held(), events=float("inf"))
    assert endless.low[0, 0, 0] == pytest.approx(stats.beta(1 + 4 / 2, 1 + 3 / 2).ppf(0.05))
    assert al.forecast(table, held()).n[0, 0, 0] == pytest.approx((8 / 2 + 3) / (1 / 2 + 1))  # faded mean


def test_shares_of_a_normal_tone():
    rng = np.random.default_rng(1)
    theta = 1 / (1 + np.exp(-rng.normal(0.8, 0.9, 400_000)))
    m, s = beta_of_logit_normal(np.array([0.8]), np.array([0.81]))
    assert m[0] == pytest.approx(theta.mean(), abs=0.002)
    assert m[0] * (1 - m[0]) / (s[0] + 1) == pytest.approx(theta.var(), abs=0.002)


# ---- the dynamic filter's slow twin ------------------------------------------
def test_the_filter_equals_a_kalman_filter_of_everything_at_once():
    """One joint Gaussian of states and dyads, updated cell after cell, where events are so many that all is linear."""
    table = drifting_world(2, states=4, years=4, rate=4e6, drift=0.2, warm=0.2)
    counts = Counts.from_data(table, None, "all", directed=False)
    c, k = (x[:, 0].T for x in (counts.cooperation, counts.conflict))
    i, j = counts.axes.dyads.T
    # states all but fixed: dyads stand alone
    at = DynamicParameters(1e-9, 0.0, 0.8, 0.3, 0.05, 0.7, 0.0, 1.0)
    tone, spread = expected(c, k, i, j, 4, at)
    for d in range(len(i)):
        mean, cover = np.zeros(2), np.diag([at.permanent, at.passing])
        for t in range(len(c)):
            if t:
                step = np.diag([1.0, at.carry])
                mean = step @ mean
                cover = step @ cover @ step + np.diag([0.0, at.passing * (1 - at.carry**2)])
            assert tone[t, d] == pytest.approx(1 + mean.sum(), abs=2e-3)
            assert spread[t, d] == pytest.approx(cover.sum(), abs=2e-3)
            seen = np.log(c[t, d] / k[t, d])
            gain = cover.sum(axis=1) / (cover.sum() + at.noise)
            mean, cover = (
                mean + gain * (seen - 1 - mean.sum()),
                cover - np.outer(gain, cover.sum(axis=0)),
            )
    assert noise_of(np.array([100.0]), at._replace(settling=0.5))[0] == pytest.approx(0.05 / 10)


def test_a_warm_states_new_partner_is_expected_to_be_warm():
    rows = [("A", x, 2000 + t, 19, 1) for x in "CDEF" for t in range(6)]
    rows += [("B", x, 2000 + t, 6, 14) for x in "CDEF" for t in range(6)]
    rows += [("A", "Z", 2005, 1, 1), ("B", "Y", 2005, 1, 1)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    found = al.surprise(table, method="dynamic")
    at = [found.axes.dyad(*pair) for pair in (("A", "Z"), ("B", "Y"))]
    assert found.expected[at[0], 0, -1] > found.expected[at[1], 0, -1] + 0.1
    plain = al.surprise(table)
    assert plain.expected[at[0], 0, -1] == pytest.approx(plain.expected[at[1], 0, -1])


# ---- laws ------------------------------------------
@pytest.mark.parametrize("method", ["discount", "dynamic"])
def test_laws(method):
    table = own_world(3, states=6, years=6)
    fit = al.fit_decay(table, draws=0) if method == "discount" else al.fit_dynamic(table)
    found = al.surprise(table, fit, method=method)
    known = ~np.isnan(found.z)
    assert (known == (found.n > 0) & (np.arange(6) > 0)).all()
    assert ((found.low[known] <= found.high[known]) & (found.p[known] > 0) & (found.p[known] <= 1)).all()
    cut = al.surprise(table[table["period"] < 2005], fit, method=method)
    np.testing.assert_allclose(cut.z, found.z[..., :-1], atol=1e-9)  # the future does not matter
    ahead = al.forecast(table, fit, ahead=4, method=method, events=1000)
    many = (
        table.set_index(["source", "target"])[["cooperation", "conflict"]]
        .sum(axis=1)
        .groupby(level=[0, 1])
        .sum()
    )
    told = ahead.to_frame().query("year == 2006").set_index(["source", "target"])["n_before"]
    assert told.to_dict() == many.to_dict()
    width = ahead.high - ahead.low
    assert (np.diff(width, axis=2) > -0.02).all()  # the further, the wider
    shuffled = table.sample(frac=1, random_state=2)
    np.testing.assert_allclose(al.surprise(shuffled, fit, method=method).z, found.z, atol=1e-9)
    with pytest.raises(ValueError, match="read-only"):
        found.z[0] = 1


def by_class(table: pd.DataFrame, since: int, method: str) -> dict[int, tuple[float, int]]:
    """Cover of the 90 % interval by number of events, fitted on the years before `since`."""
    past = table[table["period"] < since]
    fit = al.fit_decay(past, by="all", draws=0) if method == "discount" else al.fit_dynamic(past, by="all")
    frame = al.surprise(table, fit, method=method).to_frame()
    frame = frame[(frame["year"] >= since) & frame["z"].notna()]
    inside = (frame["low"] <= frame["share"] + 1e-12) & (frame["share"] <= frame["high"] + 1e-12)
    sort = np.searchsorted([1, 10, 50, 200], frame["n"], side="right")
    return {int(at): (float(inside[sort == at].mean()), int((sort == at).sum())) for at in np.unique(sort)}


@pytest.mark.parametrize("method", ["discount", "dynamic"])
def test_intervals_of_forecasts_cover_where_relations_drift(method):
    found = by_class(drifting_world(11, states=14, years=14, rate=15), 2008, method)
    assert all(cover >= 0.85 for cover, many in found.values() if many > 150), found


# ---- refusals ------------------------------------------
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"ahead": 0}, OptionError, "ahead is 0"),
        ({"events": 0.5}, OptionError, "events is 0.5"),
        ({"level": 0}, OptionError, "level is 0"),
        ({"method": "magic"}, OptionError, "method is 'magic'; it must be one of 'discount', 'dynamic'"),
        ({"method": "dynamic"}, TypeError, r"needs a fit as fit_dynamic\(...\) makes it, not DecayFit"),
        ({"directed": True}, OptionError, "fit has directed=False, here directed is True"),
    ],
)
def test_options_out_of_range_are_refused(change, error, message):
    with pytest.raises(error, match=message):
        al.forecast(own_world(1, states=4, years=3), held(), **change)


def test_a_fit_of_other_events_is_refused(asean_ledger, asean):
    table = own_world(1, states=4, years=3)
    fit = al.fit_decay(table.assign(domain="security"), draws=0)
    with pytest.raises(UnknownLabelError, match="unknown domain 'economic'"):
        al.surprise(table.assign(domain="economic"), fit)
    yearly = al.fit_decay(asean_ledger, draws=0)
    with pytest.raises(OptionError, match="fit was made on periods of 'Y', the data have 'M'"):
        al.surprise(al.Ledger.post(asean, freq="M"), yearly)


# ---- the world's news ------------------------------------------
@pytest.fixture(scope="module")
def icews() -> pd.DataFrame:
    if not ICEWS.exists():
        pytest.skip("the dyad-year counts are not here")
    raw = pd.read_csv(ICEWS)
    return pd.DataFrame(
        {
            "source": raw["i_iso3c"],
            "target": raw["j_iso3c"],
            "period": raw["year"],
            "cooperation": raw["verbCoop"] + raw["matlCoop"],
            "conflict": raw["verbConf"] + raw["matlConf"],
        }
    )


@pytest.mark.parametrize(
    ("method", "score"), [("discount", -1.67), pytest.param("dynamic", -1.645, marks=pytest.mark.slow)]
)
def test_forecasts_of_the_worlds_news(icews, method, score):
    past = icews[icews["period"] < 2009]
    fit = al.fit_decay(past, draws=0) if method == "discount" else al.fit_dynamic(past)
    frame = al.surprise(icews, fit, method=method).to_frame()
    frame = frame[(frame["year"] >= 2009) & frame["z"].notna()]
    assert frame["log_score"].mean() >= score
    assert (frame["p"] < 0.05).mean() < 0.08
    inside = (frame["low"] <= frame["share"] + 1e-12) & (frame["share"] <= frame["high"] + 1e-12)
    sort = np.searchsorted([10, 50, 200], frame["n"], side="right")
    assert all(inside[sort == at].mean() >= 0.86 for at in range(4))
    assert inside[sort == 3].mean() <= 0.96
    assert onset_auc(frame) >= (0.64 if method == "discount" else 0.68)


def onset_auc(frame: pd.DataFrame) -> float:
    """How well hostile surprise tells the dyad-years in which a militarised dispute began."""
    disputes = pd.read_parquet(ICEWS.with_name("cow_mid5_dyadyear_1946_2014.parquet"))
    disputes = disputes[disputes["onset"] > 0]
    ends = [
        al.iso3(disputes[f"ccode{at}"], system="cow", dates=disputes["year"])["actor"].astype(str)
        for at in (1, 2)
    ]
    began = {(*sorted(pair), year) for *pair, year in zip(*ends, disputes["year"], strict=True)}
    keys = zip(frame["source"], frame["target"], frame["year"], strict=True)
    positive = np.array([key in began for key in keys])
    return auc(-frame["z"].to_numpy(), positive)(np.ones(len(frame)))


def test_events_are_posted_by_year(asean_ledger, asean):
    ledger = asean_ledger
    pd.testing.assert_frame_equal(
        al.fit_decay(asean, by="all", draws=0).to_frame(), al.fit_decay(ledger, by="all", draws=0).to_frame()
    )
    fit = al.fit_decay(ledger, draws=0)
    for measure in (al.forecast, al.surprise):
        pd.testing.assert_frame_equal(measure(asean, fit).to_frame(), measure(ledger, fit).to_frame())
    with pytest.raises(OptionError, match="a ledger and events have their own"):
        al.surprise(asean, columns={"source": "from"})


def test_two_friendly_acts_do_not_rule_out_a_hostile_one():
    pairs = [("KEN", "CHN"), ("KEN", "USA"), ("ETH", "CHN")]
    rows = [(a, b, year, 1, 0) for a, b in pairs for year in (2010, 2012)]
    table = pd.DataFrame(rows, columns=["source", "target", "period", "cooperation", "conflict"])
    next_year = al.forecast(table)
    # half an event's worth of a prior of (3 + 1/2)/(3 + 1), three cells; the two friendly acts have not faded
    np.testing.assert_allclose(next_year.expected, (0.5 * 3.5 / 4 + 2) / (0.5 + 2), rtol=1e-6)
    assert (al.forecast(table, events=float("inf")).low < 0.9).all()


def test_thin_records_are_forecast_better_than_by_a_prior_worth_nothing(monkeypatch):
    def loss(seed: int) -> float:
        rng = np.random.default_rng(seed)
        true = rng.beta(3 * 0.9, 3 * 0.1, 6)
        rows = [
            (f"A{pair:02}", f"B{pair:02}", year, friendly := rng.binomial(n, true[pair]), n - friendly)
            for pair in range(6) for year in range(2010, 2015) if (n := rng.poisson(1.0))
        ]  # fmt: skip
        table = pd.DataFrame(rows, columns=["source", "target", "period", "cooperation", "conflict"])
        found = al.forecast(table, al.fit_decay(table, dispersion=False, draws=0), events=1).to_frame()
        p, e = true[found["source"].str[1:].astype(int)], found["expected"].to_numpy()
        return float(-(p * np.log(e) + (1 - p) * np.log(1 - e)).mean())

    floored = np.mean([loss(seed) for seed in range(20)])
    monkeypatch.setattr("alignscore.dynamics.laws.LEAST_PRIOR", 0.0)
    assert floored < 0.95 * np.mean([loss(seed) for seed in range(20)])


@pytest.mark.parametrize("method", ["discount", "dynamic"])
def test_what_is_expected_after_a_silent_year_is_what_was_forecast_two_years_ahead(method):
    table = own_world(3, states=6, years=8)
    fit = al.fit_decay(table, draws=0) if method == "discount" else al.fit_dynamic(table)
    before, after = table[table["period"] <= 2003], table[table["period"] == 2005]
    met = al.surprise(pd.concat([before, after]), fit, method=method).to_frame().query("year == 2005")
    ahead = al.forecast(before, fit, 2, method=method).to_frame().query("year == 2005")
    both = met.merge(ahead, on=["source", "target"], suffixes=("", "_ahead"))
    assert len(both) > 10
    np.testing.assert_allclose(both["expected"], both["expected_ahead"], rtol=1e-6)
