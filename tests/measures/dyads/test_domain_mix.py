"""What a relation is made of: shares that add up, and shifts held against chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

import alignscore as al
from alignscore.measures.dyads.domain_mix import domain_mix, sampling_variation, shares, total_variation
from strategies import events_of
from tolerances import ALGEBRA


def made(*rows: tuple[str, str, str, str, float]) -> al.Ties:
    return al.Ledger.post(events_of(*rows), decay=al.Cumulative()).ties()


THREE = (
    ("KHM", "CHN", "2020-03-01", "economic", 6.0),
    ("CHN", "KHM", "2020-04-01", "diplomatic", 2.0),
    ("CHN", "KHM", "2021-05-01", "security", 8.0),
    ("CHN", "KHM", "2021-06-01", "economic", -4.0),
)


def test_mix_and_shift_worked_by_hand():
    mix = domain_mix(made(*THREE), "KHM", "CHN")
    assert mix.domains == ("economic", "diplomatic", "security")
    np.testing.assert_allclose(mix.share[:, 0], [6 / 8, 2 / 8, 0], atol=ALGEBRA)
    np.testing.assert_allclose(mix.share[:, 1], [6 / 16, 2 / 16, 8 / 16], atol=ALGEBRA)
    np.testing.assert_allclose(mix.evidence[0], [8**2 / (36 + 4), 16**2 / (36 + 4 + 64)], atol=ALGEBRA)
    up = mix.share * mix.evidence + 1 / 2
    down = (1 - mix.share) * mix.evidence + 2 / 2  # two other domains, half an event each
    low, high = np.minimum(beta.ppf(0.025, up, down), mix.share), beta.ppf(0.975, up, down)
    np.testing.assert_allclose([mix.low, mix.high], [low, high], rtol=1e-9)
    shift = mix.shift(2020, 2021)
    np.testing.assert_allclose(shift.difference, [-3 / 8, -1 / 8, 1 / 2], atol=ALGEBRA)
    assert shift.distance == pytest.approx((3 / 8 + 1 / 8 + 1 / 2) / 2, abs=ALGEBRA)
    assert shift.low[2] == pytest.approx(
        max(-1, 1 / 2 - np.hypot(1 / 2 - low[2, 1], high[2, 0] - 0)), abs=1e-9
    )
    assert (shift.low <= shift.difference).all() and (shift.difference <= shift.high).all()


def test_interaction_and_direction_worked_by_hand():
    ties = made(*THREE)
    both = domain_mix(ties, "KHM", "CHN", tie="interaction")
    np.testing.assert_allclose(both.share[:, 1], [10 / 20, 2 / 20, 8 / 20], atol=ALGEBRA)
    assert domain_mix(ties, "KHM", "CHN", direction="out").share[:, 1].tolist() == [1, 0, 0]
    np.testing.assert_allclose(
        domain_mix(ties, "KHM", "CHN", direction="in").share[:, 1], [0, 0.2, 0.8], atol=ALGEBRA
    )
    turned = domain_mix(ties, "CHN", "KHM", direction="out")
    np.testing.assert_array_equal(turned.share, domain_mix(ties, "KHM", "CHN", direction="in").share)


def test_a_mutual_act_counts_once_and_silence_is_missing():
    frame = pd.DataFrame(
        {"source": ["KHM", "KHM", "KHM"], "target": ["CHN", "CHN", "USA"], "value": [4.0, 4.0, 3.0],
         "date": ["2021-01-01", "2021-01-01", "2019-01-01"], "domain": ["economic", "security", "security"],
         "mutual": [True, False, False]}
    )  # fmt: skip
    mix = domain_mix(al.Ledger.post(al.Events.from_frame(frame), decay=al.Cumulative()).ties(), "CHN", "KHM")
    assert np.isnan(mix.share[:, 0]).all() and (mix.n[:, 0] == 0).all()
    assert mix.n[:, -1].tolist() == [1, 0, 1]
    undirected = domain_mix(al.Ledger.post(al.Events.from_frame(frame)).ties().undirected(), "CHN", "KHM")
    assert undirected.share.shape == mix.share.shape
    assert np.isnan(mix.shift(2019, 2021).distance) and np.isnan(mix.shift(2019, 2021).noise)


@given(
    st.lists(st.lists(st.sampled_from([0.0, 0.5, 2.0, 30.0]), min_size=3, max_size=3), min_size=3, max_size=3)
)
def test_shares_lie_on_the_simplex_and_distance_is_a_metric(drawn):
    stock = np.array(drawn).T  # (K, 3)
    share = shares(stock)
    known = stock.sum(axis=0) > 0
    np.testing.assert_allclose(share[:, known].sum(axis=0), 1, atol=ALGEBRA)
    assert np.isnan(share[:, ~known]).all()
    if known.all():
        a, b, c = share.T
        assert 0 <= total_variation(a, b) <= 1 + ALGEBRA
        assert total_variation(a, b) == total_variation(b, a)
        assert total_variation(a, c) <= total_variation(a, b) + total_variation(b, c) + ALGEBRA


def test_noise_is_the_distance_that_chance_alone_shows():
    rng = np.random.default_rng(1)
    share, n0, n1 = np.array([0.5, 0.3, 0.2]), 40, 25
    before, after = rng.multinomial(n0, share, 20_000) / n0, rng.multinomial(n1, share, 20_000) / n1
    drawn = total_variation(before.T, after.T).mean()
    assert sampling_variation(share, share, n0, n1) == pytest.approx(drawn, rel=0.03)


def test_real_relation_and_its_frame(ties):
    mix = domain_mix(ties, "KHM", "CHN")
    frame = mix.to_frame()
    assert list(frame) == ["domain", "period", "year", "share", "low", "high", "n", "evidence"]
    assert len(frame) == 3 * len(mix.periods)
    shift = mix.shift(2015, 2026)
    assert shift.difference.sum() == pytest.approx(0, abs=ALGEBRA)
    security = shift.to_frame().set_index("domain").loc["security"]
    assert security["before"] == 0 and security["difference"] > 0.2  # no soldier before 2016, a 2+2 in 2026
    assert shift.distance > shift.noise
    assert "start" in shift.recipe and "KHM" in repr(mix)


def test_errors():
    ties = made(*THREE)
    with pytest.raises(al.UnknownLabelError, match="unknown actor 'KHN'"):
        domain_mix(ties, "KHN", "CHN")
    with pytest.raises(al.OptionError, match="tie is 'trade'; it must be one of 'cooperation'"):
        domain_mix(ties, "KHM", "CHN", tie="trade")
    with pytest.raises(al.OptionError, match="direction is 'up'"):
        domain_mix(ties, "KHM", "CHN", direction="up")
    with pytest.raises(al.OptionError, match="needs directed ties"):
        domain_mix(ties.undirected(), "KHM", "CHN", direction="out")
    with pytest.raises(al.OptionError, match="period 1990 lies outside"):
        domain_mix(ties, "KHM", "CHN").shift(1990, 2020)
    with pytest.raises(al.OptionError, match="start and end both lie in 2020"):
        domain_mix(ties, "KHM", "CHN").shift("2020-03", 2020)
    single = made(THREE[1])
    with pytest.raises(al.OptionError, match="no event of 'KHM' toward 'CHN' is known"):
        domain_mix(single, "KHM", "CHN", direction="out")
    three = made(*THREE, ("USA", "LAO", "2020-01-01", "economic", 1.0))
    with pytest.raises(al.OptionError, match="no event joins 'KHM' and 'LAO'"):
        domain_mix(three, "KHM", "LAO")
