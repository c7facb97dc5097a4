"""Beta intervals, the posterior of shares and quantiles of draws: exact values, laws, the surface and the solved."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import alignscore as al
from alignscore import intervals
from alignscore.intervals import beta_events, beta_interval, beta_sd, quantiles, share_posterior
from alignscore.measures.composite import Composite

CLOSE = 3e-6


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99, 0.999])
def test_the_surface_is_the_solved_quantile(level):
    rng = np.random.default_rng(4)
    n = 1 + np.exp(rng.uniform(np.log(1e-6), np.log(1e6), intervals.EXACT + 1))
    m = np.where(rng.random(n.size) < 0.5, rng.beta(0.3, 0.3, n.size), rng.random(n.size))
    few = slice(0, 4000)
    many, solved = beta_interval(m, n, level), beta_interval(m[few], n[few], level)
    for end, exact in zip(many, solved, strict=True):
        np.testing.assert_allclose(end[few], exact, rtol=0, atol=CLOSE if level < 0.999 else 2 * CLOSE)


def test_by_hand_and_against_scipy_stats():
    low, high = beta_interval(
        np.array([0.5, 0.5, 0.25, 1.0, np.nan]), np.array([2.0, 1.0, 40.0, 7.0, 7.0]), 0.9
    )
    arcsine = np.sin(np.pi / 2 * np.array([0.05, 0.95])) ** 2  # the quantiles of Beta(1/2, 1/2)
    np.testing.assert_allclose([low[1], high[1]], arcsine, rtol=1e-9)
    np.testing.assert_allclose([low[0], high[0]], [0.05, 0.95], rtol=1e-9)
    np.testing.assert_allclose([low[2], high[2]], stats.beta.ppf([0.05, 0.95], 10, 30), rtol=1e-9)
    assert low[3] == high[3] == 1.0 and np.isnan([low[4], high[4]]).all()
    np.testing.assert_allclose(beta_sd(np.array(0.25), np.array(40.0)), stats.beta.std(10, 30), rtol=1e-12)
    np.testing.assert_allclose(
        beta_events(np.array(0.25), beta_sd(np.array(0.25), np.array(40.0))), 40, rtol=1e-12
    )
    with pytest.raises(al.OptionError, match="level"):
        beta_interval(np.array([0.5]), np.array([2.0]), 1.0)


@given(st.floats(0, 1), st.floats(1, 1e4), st.floats(1.05, 10))
def test_an_interval_holds_its_mean_mirrors_and_narrows_with_evidence(m, n, more):
    low, high = beta_interval(np.array([m, 1 - m, 0.5, 0.5]), np.array([n, n, n, n * more]))
    assert 0 <= low[0] <= m <= high[0] <= 1
    np.testing.assert_allclose([low[1], high[1]], [1 - high[0], 1 - low[0]], atol=1e-9)
    assert (high - low)[3] < (high - low)[2]


def test_by_hand_shares_of_three_powers_after_six_events():
    share = np.array([[0.5, 0.5, 0.0], [np.nan] * 3, [1.0, 0.0, 0.0]])
    mean, events = share_posterior(share, np.array([6.0, 0.0, 0.0]))
    np.testing.assert_allclose(mean[0], [3.5 / 7.5, 3.5 / 7.5, 0.5 / 7.5])
    np.testing.assert_allclose(mean[1:], 1 / 3)  # nothing known: the prior
    assert events.ravel().tolist() == [7.5, 1.5, 1.5]


def test_by_hand_a_composite_over_all_domains_and_over_those_seen():
    known = np.array([[[True], [False]], [[False], [False]]])
    evidence = np.where(known, 3.0, 0.0)
    score, sd = np.where(known, 0.8, 0.0), np.where(known, 0.1, 0.7)
    omega = np.array([0.5, 0.5])
    every, seen = (Composite.from_weights(known, evidence, omega, domains) for domains in ("all", "seen"))
    assert every.mean(score)[0, 0] == 0.4 and seen.mean(score)[0, 0] == 0.8
    assert every.sd(sd)[0, 0] == pytest.approx(np.hypot(0.05, 0.35)) and seen.sd(sd)[0, 0] == pytest.approx(
        0.1
    )
    assert every.coverage[0, 0] == seen.coverage[0, 0] == 0.5 * 3 / 4
    for one in (every, seen):
        assert np.isnan(one.mean(score)[1, 0]) and np.isnan(one.sd(sd)[1, 0]) and not one.known[1, 0]
    with pytest.raises(al.OptionError, match="domains"):
        Composite.from_weights(known, evidence, omega, "known")


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_wilson_and_fisher_by_hand(level):
    from scipy import stats

    from alignscore.intervals import bounded, wilson, z_of

    z = stats.norm.ppf(1 - (1 - level) / 2)
    assert z_of(level) == pytest.approx(z)
    low, high = wilson(np.array([0.4, 0.4, np.nan]), np.array([10.0, 0.0, 5.0]), level)
    known = stats.binomtest(4, 10).proportion_ci(level, method="wilson")
    assert (low[0], high[0]) == pytest.approx((known.low, known.high))
    assert np.isnan(low[1:]).all()
    assert np.isnan(high[1:]).all()  # no trials, or no share
    found = bounded(np.array(0.5), np.array(0.1), level)
    expected = np.tanh(np.arctanh(0.5) + np.array([-1, 1]) * z * 0.1 / (1 - 0.5**2))
    assert found == pytest.approx(tuple(expected))


def test_the_ends_stand_symmetric_around_the_median_at_any_level():
    drawn = np.arange(101.0)[:, None]
    for level, low, high in ((0.5, 25.0, 75.0), (0.8, 10.0, 90.0), (0.9, 5.0, 95.0)):
        found = np.array(quantiles(drawn, level))[:, 0]
        np.testing.assert_allclose(found, [low, 50.0, high], rtol=1e-12)
    some = np.random.default_rng(0).normal(size=(37, 4))
    some[5, 2] = np.nan
    want = np.nanquantile(some, [0.1, 0.5, 0.9], axis=0)
    np.testing.assert_allclose(quantiles(some, 0.8), want, rtol=1e-12)
