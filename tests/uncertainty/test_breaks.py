"""Change points against brute force, false alarms with and without dispersion, trends on real dates."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

import alignscore as al
from alignscore.errors import OptionError, UnknownLabelError
from alignscore.uncertainty.breaks import (
    beta_binomial,
    breaks,
    change_point,
    count_dispersion,
    event_counts,
    poisson_gamma,
    share_dispersion,
)
from alignscore.uncertainty.trends import real_dates, trend, trends
from strategies import point_events

series = st.lists(st.integers(0, 30), min_size=4, max_size=15)


def bursts(mean, dispersion, size, rng):
    """Negative binomial counts of a given mean and variance over mean."""
    return rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion, size).astype(float)


def test_marginal_likelihood_is_the_integral():
    y = np.array([2.0, 1, 6, 7])
    b = len(y) / y.sum()

    def marginal(part):
        likelihood = lambda rate: np.prod(stats.poisson.pmf(part, rate)) * stats.expon.pdf(rate, scale=1 / b)  # noqa: E731
        return integrate.quad(likelihood, 0, 60, points=[part.mean()])[0]

    ours = poisson_gamma(y, np.ones(4))
    for t in (1, 2, 3):
        by_hand = np.log(marginal(y[:t]) * marginal(y[t:]) / marginal(y))
        assert ours[t] - ours[0] == pytest.approx(by_hand, abs=1e-6)
    m1 = np.mean([marginal(y[:2]) * marginal(y[2:])])  # only one split leaves two periods on each side
    assert breaks(y, dispersion=1).probability == pytest.approx(m1 / (m1 + marginal(y)), abs=1e-6)


def test_share_marginal_by_hand():
    k, m = np.array([1.0, 3]), np.array([4.0, 4])
    # B(2, 4) B(4, 2) / B(5, 5) with B(a, b) = (a-1)! (b-1)! / (a+b-1)!
    by_hand = (1 * 6 / 120) * (6 * 1 / 120) / (24 * 24 / 362880)
    split = beta_binomial(k, m)
    assert np.exp(split[1] - split[0]) == pytest.approx(by_hand, rel=1e-12)


def test_false_alarms_without_dispersion_and_with():
    y = bursts(20, 3, (1500, 27), np.random.default_rng(0))
    one = np.ones(27)
    raw, _ = change_point(poisson_gamma(y, one), 0.5, 2)
    phi = count_dispersion(y, one)
    freed, _ = change_point(poisson_gamma(y / phi[:, None], one), 0.5, 2)
    assert 0.18 < (raw > 0.9).mean() < 0.28
    assert (freed > 0.9).mean() < 0.025
    assert phi.mean() == pytest.approx(3, rel=0.05)


def test_a_real_break_is_found_and_dated():
    y = bursts(np.repeat([10, 25], [15, 12]), 2, (400, 27), np.random.default_rng(1))
    phi = count_dispersion(y, np.ones(27))
    chance, posterior = change_point(poisson_gamma(y / phi[:, None], np.ones(27)), 0.5, 2)
    assert (chance > 0.9).mean() > 0.95
    assert (np.abs(posterior.argmax(axis=1) - 15) <= 1).mean() > 0.85


def test_a_share_breaks_too_and_bursts_are_no_break():
    rng = np.random.default_rng(2)
    m = np.full(24, 40.0)
    moved = rng.binomial(40, np.repeat([0.3, 0.7], 12)).astype(float)
    found = breaks(moved, trials=m)
    assert found.probability > 0.99 and found.when == 12
    assert (found.before, found.after) == (moved[:12].sum() / (12 * 40), moved[12:].sum() / (12 * 40))
    clumped = rng.binomial(40, rng.beta(3, 3, (400, 24))).astype(float)
    phi = share_dispersion(clumped, np.broadcast_to(m, clumped.shape))[:, None]
    raw, _ = change_point(beta_binomial(clumped, np.broadcast_to(m, clumped.shape)), 0.5, 2)
    freed, _ = change_point(beta_binomial(clumped / phi, m / phi), 0.5, 2)
    assert (raw > 0.9).mean() > 0.5 > 0.05 > (freed > 0.9).mean()


@given(series)
def test_posterior_adds_to_one_and_time_reverses(y):
    found, back = breaks(y), breaks(y[::-1])
    assert found.posterior.sum() == pytest.approx(1)
    assert 0 <= found.probability <= 1
    assert back.probability == pytest.approx(found.probability, abs=1e-9)
    np.testing.assert_allclose(back.posterior[1:], found.posterior[1:][::-1], atol=1e-9)


@given(series, st.integers(2, 5))
def test_exposure_is_time(y, times):
    whole, part = breaks(y, dispersion=1), breaks(y, exposure=[times] * len(y), dispersion=1)
    assert part.probability == pytest.approx(whole.probability, abs=1e-9)
    assert part.before == pytest.approx(whole.before / times)


def test_a_short_last_period_is_no_fall():
    y = [12, 9, 11, 13, 10, 12, 11, 3, 4]
    assert (
        breaks(y, dispersion=1).probability
        > 2 * breaks(y, dispersion=1, exposure=[1] * 7 + [0.3, 0.3]).probability
    )


def test_states_that_are_numbers_are_counted_and_an_act_in_two_domains_once():
    """Between 816 and 710 there had been none, and a 2+2 without an id had counted twice."""
    rows = pd.DataFrame({"source": [816, 710], "target": [710, 816], "date": ["2020-05-01", "2021-05-01"],
                         "kind": "two_plus_two", "mutual": True})  # fmt: skip
    events = al.Events.from_frame(rows)
    for one, other in ((816, 710), ("816", "710")):
        found = event_counts(events, between=(one, other), among=[other])
        assert found["n"].tolist() == found["trials"].tolist() == [1, 1]
        assert len(events.between(one, other)) == len(events)
        moved = al.impact(events, score=al.AlignmentOf(one, other), at=2021)
        assert moved.to_frame()["impact"].notna().any()


def test_what_was_found_is_shown():
    found = breaks(pd.Series([1, 1, 1, 1, 9, 9, 9, 9], index=pd.period_range("2001", periods=8, freq="Y")))
    told = f"P(break) {found.probability:.2f}, likeliest in 2005, from 1 to 9; of='counts'"
    assert told in repr(found) and f"{told.split(';')[0]}." in found.table()


def test_counts_of_the_table(asean):
    table = event_counts(asean, between=("PHL", "USA"), among=("USA", "CHN"))
    assert table.index.freqstr[0] == "Y" and table["exposure"].iloc[-1] == pytest.approx(112 / 365)
    reverse = event_counts(asean, between=("USA", "PHL"))
    pd.testing.assert_series_equal(table["n"], reverse["n"])
    rows = pd.DataFrame({"source": ["CHN", "CHN", "CHN"], "target": ["KHM", "KHM", "VNM"],
                         "date": ["2025-04-22", "2026-04-22", "2026-05-01"], "event_id": ["a", "b", "c"],
                         "kind": "two_plus_two", "mutual": True})  # fmt: skip
    table = event_counts(al.Events.from_frame(rows), between=("KHM", "CHN"))
    assert table["n"].tolist() == [1, 1]  # one act in two domains is one
    assert event_counts(al.Events.from_frame(rows), between=("CHN", "KHM"), among=["VNM"])[
        "trials"
    ].tolist() == [1, 2]
    each = [event_counts(asean, between=("KHM", "CHN"), domain=name)["n"] for name in asean.domains]
    pair = al.Ledger.post(asean, decay=al.Cumulative()).ties().between("KHM", "CHN").undirected()
    assert [n.sum() for n in each] == pair.n[0, :, -1].tolist()
    with pytest.raises(UnknownLabelError, match="unknown domain 'securty'. Did you mean 'security'"):
        event_counts(asean, between=("KHM", "CHN"), domain="securty")


@pytest.mark.parametrize(
    ("date", "freq", "exposure"),
    [("2020-03", "Y", 91 / 366), ("2020", "Y", 1.0), ("2020", "M", 1.0), ("2020-03-15", "M", 15 / 31)],
)
def test_an_imprecise_last_date_fills_its_span(date, freq, exposure):
    """The last of a table of years had an exposure of one day, and a rate 366 times that of the others."""
    rows = point_events(("CHN", "KHM", "2019-02", 3.0), ("CHN", "KHM", date, 3.0))
    table = event_counts(al.Events.from_frame(rows), between=("CHN", "KHM"), freq=freq)
    assert table["exposure"].iloc[-1] == pytest.approx(exposure)
    assert (table["exposure"].iloc[:-1] == 1).all()


def test_trend_on_dates_not_positions():
    when = pd.DatetimeIndex(["2000-01-01", "2001-01-01", "2010-01-01"])
    years = (when - when[0]).days / 365.25
    found = trend(pd.Series(3 + 2 * np.asarray(years), index=when))
    assert found.slope == pytest.approx(2) and found.n == 3
    assert np.isnan(trend(pd.Series([1.0], index=when[:1])).slope)


@pytest.mark.parametrize(
    ("n", "level", "told"),
    [(2, 0.5, False), (3, 0.6, True), (3, 0.95, False), (4, 0.95, False), (5, 0.95, True)],
)
def test_a_trend_of_few_observations_has_no_interval(n, level, told):
    """All slopes together hold the truth in 1 - 2/n! of series; of two observations the interval had no width."""
    years = pd.period_range("2015", periods=n, freq="Y")
    found = trend(pd.Series(np.cos(np.arange(n)), index=years), level=level)
    assert np.isfinite(found.slope)
    assert np.isfinite([found.low, found.high]).tolist() == [told, told]


def test_overlapping_windows_are_refused(asean, ties):
    overlapping = al.Ledger.post(asean, decay=al.Window(3)).ties()
    result = al.hedging(overlapping, powers=("USA", "CHN"))
    with pytest.raises(OptionError, match=r"Window\(periods=3\) makes periods share events"):
        trends(result, "position")
    with pytest.raises(TypeError, match="overlap and cannot be tested"):
        breaks(overlapping)
    apart = al.hedging(al.Ledger.post(asean, decay=al.Window(1)).ties(), powers=("USA", "CHN"))
    table = trends(apart, "position").set_index("state")
    assert table.loc["PHL", "low"] <= table.loc["PHL", "slope"] <= table.loc["PHL", "high"]
    fading = al.hedging(ties, powers=("USA", "CHN"))
    table = trends(fading, "position")
    assert table["slope"].notna().all() and table["low"].isna().all()


def test_refusals(asean):
    with pytest.raises(OptionError, match="3 periods cannot hold two parts of 2"):
        breaks([1, 2, 3])
    with pytest.raises(OptionError, match="finite and not negative"):
        breaks([1, 2, -3, 4])
    with pytest.raises(OptionError, match="none below its count"):
        breaks([1, 2, 3, 4], trials=[1, 2, 2, 4])
    with pytest.raises(OptionError, match="a share has its trials"):
        breaks([1, 2, 3, 4], trials=[4] * 4, exposure=[1] * 4)
    with pytest.raises(OptionError, match="exposure must be above 0"):
        breaks([1, 2, 3, 4], exposure=[1, 0, 1, 1])
    with pytest.raises(UnknownLabelError, match=r"unknown actor 'US'\. Did you mean 'USA'"):
        event_counts(asean, between=("US", "PHL"))
    with pytest.raises(OptionError, match=r"there is no event\."):
        event_counts(asean.take(np.array([], dtype=int)), between=("USA", "PHL"))
    with pytest.raises(OptionError, match="1 of 2 observations have no date"):
        trend(pd.Series([1.0, 2.0], index=pd.DatetimeIndex(["2000-01-01", None])))
    with pytest.raises(OptionError, match="1 of 2 observations are infinite"):
        trend(pd.Series([1.0, np.inf], index=pd.period_range("2000", periods=2, freq="Y")))
    with pytest.raises(TypeError, match=r"periods or dates, not RangeIndex; take set_index\('period'\)"):
        trend(pd.Series([1.0, 2.0]))
    with pytest.raises(OptionError, match="one date"):
        trend(pd.Series([1.0, 2.0], index=pd.DatetimeIndex(["2000-01-01"] * 2)))


def test_dispersions_by_hand():
    # rates 0/1, 9/3 and 4/2: differences 3 and -1; variances 0, 9/9 and 4/4
    phi = count_dispersion(np.array([0.0, 9.0, 4.0]), np.array([1.0, 3.0, 2.0]))
    assert phi == pytest.approx((3**2 + 1**2) / ((0 + 1) + (1 + 1)), rel=1e-12)
    # shares 0/4, 8/8, 2/4, pooled 8/12 and 10/12; a year without trials joins no difference
    k, m = np.array([0.0, 8.0, 2.0, 0.0, 4.0]), np.array([4.0, 8.0, 4.0, 0.0, 4.0])
    variance = (8 / 12) * (4 / 12) * (1 / 4 + 1 / 8) + (10 / 12) * (2 / 12) * (1 / 8 + 1 / 4)
    assert share_dispersion(k, m) == pytest.approx((1**2 + 0.5**2) / variance, rel=1e-12)
    assert share_dispersion(np.array([2.0, 2.0]), np.array([4.0, 4.0])) == 1  # never below the binomial's


def test_a_period_stands_at_its_middle():
    quarters = real_dates(pd.period_range("1970Q1", periods=2, freq="Q"))
    assert quarters.tolist() == pytest.approx([90 / 2 / 365.25, (90 + 91 / 2) / 365.25], rel=1e-12)
    days = real_dates(pd.period_range("1970-01-01", periods=2, freq="D"))
    assert (days * 365.25).tolist() == pytest.approx([0.5, 1.5], rel=1e-12)
    # a leap year is a day longer on either side of its middle
    years = pd.period_range("2019", periods=3, freq="Y")
    assert np.diff(real_dates(years) * 365.25).tolist() == pytest.approx([365.5, 365.5], rel=1e-12)
    months = pd.period_range("2001-01", periods=3, freq="M")  # middles 31/2 + 28/2 and 28/2 + 31/2 days apart
    assert trend(pd.Series([0.0, 29.5, 59.0], index=months)).slope == pytest.approx(365.25, rel=1e-9)


def test_series_are_read_in_the_order_of_time():
    """What value_counts gives stands in the order of its counts; trials had been read by place."""
    years = pd.period_range("2000", periods=8, freq="Y")
    counts, trials = pd.Series([1, 1, 2, 1, 8, 9, 7, 8], index=years), pd.Series(range(10, 18), index=years)
    for shuffled in (
        counts.sort_values(),
        counts.set_axis(range(7, -1, -1)),
        counts.set_axis(years.year[::-1]),
    ):
        with pytest.raises(OptionError, match="counts do not stand in the order of time"):
            breaks(shuffled)
    for other in (trials[::-1], trials.set_axis(years + 1)):
        with pytest.raises(OptionError, match="trials has other labels than counts, or in another order"):
            breaks(counts, trials=other)
        with pytest.raises(OptionError, match="exposure has other labels"):
            breaks(counts, exposure=other)
    found = breaks(counts, trials=trials).probability
    assert all(
        breaks(counts, trials=m).probability == found
        for m in (trials.tolist(), trials.reset_index(drop=True))
    )
    assert breaks(counts.tolist(), trials=trials).probability == found


def test_trends_tell_what_has_none():
    """Foreign errors before: of missing dates, of text, of a result that is a series by itself."""
    ties = al.Ledger.post(al.datasets.asean(), decay=al.Window(1)).ties(end=2020)
    with pytest.raises(OptionError, match="posture is no number in"):
        trends(al.hedging(ties, ("CHN", "USA"), states=["KHM"], draws=0), "posture")
    votes = pd.DataFrame({"R1": [1, 1], "R2": [3, 2]}, index=["KHM", "VNM"])
    with pytest.raises(OptionError, match="a SimilarityResult has no periods with dates"):
        trends(al.agreement({1: votes, 2: votes}), "similarity")
    together = al.bloc(ties, ["KHM", "VNM"], ("CHN", "USA"))
    assert len(trends(together, "position")) == 1
    for result in (together, al.agreement({1: votes, 2: votes})):
        with pytest.raises(OptionError, match="has no row a year of a state or pair"):
            al.panel(result)
    with pytest.raises(OptionError, match="name two different actors"):
        event_counts(al.datasets.asean(), between=("KHM", "KHM"))


@pytest.mark.parametrize("made", [list, "timestamp[ns][pyarrow]", "datetime64[s]"])
def test_dates_of_an_index_are_dates_in_whatever_they_stand(made):
    days = pd.date_range("2001-12-31", periods=8, freq="YE")
    series = pd.Series([1.0, 3, 2, 4, 6, 5, 7, 9], index=days)
    index = pd.Index([day.date() for day in days], dtype=object) if made is list else days.astype(made)
    assert trend(series.set_axis(index)).slope == pytest.approx(trend(series).slope)
    ends = pd.Index(list(days.to_period("Y")), dtype=object)
    assert trend(series.set_axis(ends)).slope == pytest.approx(
        trend(series.set_axis(days.to_period("Y"))).slope
    )
