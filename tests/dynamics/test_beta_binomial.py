"""The beta-binomial law: a case worked by hand, the published distribution, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from alignscore.dynamics.beta_binomial import EXACT, interval_and_rank, log_mass, surprise_of


def ones(*values: float) -> tuple[np.ndarray, ...]:
    return tuple(np.array([value], dtype=float) for value in values)


def test_two_of_three_by_hand():
    # Beta(1, 1): every count of three is as likely, 1/4
    found = interval_and_rank(*ones(2, 3, 1, 1), level=0.5)
    assert log_mass(*ones(2, 1, 1, 1))[0] == pytest.approx(np.log(1 / 4))
    assert found.mid[0] == pytest.approx(1 / 4 + 1 / 4 + (1 / 4) / 2)
    assert (found.low[0], found.high[0]) == (
        0 / 3,
        2 / 3,
    )  # P(0) = 1/4 reaches .25, P(<= 2) = 3/4 reaches .75


@pytest.mark.parametrize("n", [1, 7, 40, 300])
def test_it_is_the_published_distribution(n):
    a, b, level = 2.3, 0.8, 0.9
    law = stats.betabinom(n, a, b)
    c = np.arange(n + 1.0)
    whole = np.full(n + 1, float(n))
    found = interval_and_rank(c, whole, np.full(n + 1, a), np.full(n + 1, b), level)
    np.testing.assert_allclose(found.mid, law.cdf(c) - law.pmf(c) / 2, atol=1e-9)
    np.testing.assert_allclose(log_mass(c, n - c, a + 0 * c, b + 0 * c), law.logpmf(c), atol=1e-9)
    assert found.low[0] == law.ppf(0.05) / n
    assert found.high[0] == law.ppf(0.95) / n


def test_many_events_go_on_where_the_sum_ends():
    n, a, b = EXACT + 100, 30.0, 7.0
    law = stats.betabinom(n, a, b)
    c = np.array([380.0, 480.0, 560.0])
    found = interval_and_rank(c, np.full(3, float(n)), np.full(3, a), np.full(3, b), 0.9)
    np.testing.assert_allclose(found.mid, law.cdf(c) - law.pmf(c) / 2, atol=0.01)
    assert found.low[0] == pytest.approx(law.ppf(0.05) / n, abs=0.01)
    endless = interval_and_rank(*ones(0, np.inf, a, b), level=0.9)
    assert endless.high[0] == pytest.approx(stats.beta(a, b).ppf(0.95))
    assert np.isnan(endless.mid[0])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.05, 50), st.floats(0.05, 50))
def test_swapping_the_sorts_of_events_mirrors_the_place(c, k, a, b):
    if c + k == 0:
        return
    one, two = (
        interval_and_rank(*ones(c, c + k, a, b), level=0.9),
        interval_and_rank(*ones(k, c + k, b, a), level=0.9),
    )
    assert one.mid[0] == pytest.approx(1 - two.mid[0], abs=1e-9)
    assert log_mass(*ones(c, k, a, b))[0] == pytest.approx(log_mass(*ones(k, c, b, a))[0])
    z, p = surprise_of(one.mid)
    assert 0 < p[0] <= 1
    assert np.sign(z[0]) == np.sign(one.mid[0] - 0.5)
