"""Contributions add up to what they are parts of: by hand, by brute force, under any numbers."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignscore as al
from alignscore.attribution.contributions import contributions

EXACT = 1e-12


def masses(n: int) -> st.SearchStrategy[np.ndarray]:
    return st.lists(st.sampled_from([0.0, 0.0, 0.5, 1.0, 3.0, 7.5, 40.0]), min_size=n, max_size=n).map(
        np.array
    )


@st.composite
def ratios(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    n = draw(st.integers(1, 7))
    b0, b1 = draw(masses(n)), draw(masses(n))
    tone = st.lists(st.sampled_from([-1.0, -0.3, 0.0, 0.6, 1.0]), min_size=n, max_size=n).map(np.array)
    return draw(tone) * b0, b0, draw(tone) * b1, b1


@given(ratios(), st.sampled_from([0.0, 10.0]))
def test_contributions_add_to_the_change_and_reverse_with_time(given_, prior):
    a0, b0, a1, b1 = given_
    parts = contributions(a0, b0, a1, b1, prior=prior)
    d0, d1 = prior + b0.sum(), prior + b1.sum()
    if d0 == 0 or d1 == 0:
        assert np.isnan(parts.total).all()
        return
    assert parts.total.sum() == pytest.approx(a1.sum() / d1 - a0.sum() / d0, abs=EXACT)
    np.testing.assert_allclose(parts.volume + parts.tone, parts.total, atol=EXACT)
    back = contributions(a1, b1, a0, b0, prior=prior)
    for there, again in zip(parts, back, strict=True):
        np.testing.assert_allclose(there, -again, atol=EXACT)
    absent = (b0 == 0) & (b1 == 0)
    assert (parts.total[absent] == 0).all()
    joined = contributions(*(np.array([x[:2].sum(), *x[2:]]) for x in given_), prior=prior)
    assert joined.total[0] == pytest.approx(parts.total[:2].sum(), abs=EXACT)


def test_contributions_worked_by_hand():
    # I goes from (6 - 2)/8 = 0.5 to (6 + 3)/12 = 0.75: means 0.625 and 10
    parts = contributions(
        np.array([6.0, -2.0]), np.array([6.0, 2.0]), np.array([6.0, 3.0]), np.array([8.0, 4.0])
    )
    assert parts.total == pytest.approx([(0 - 0.625 * 2) / 10, (5 - 0.625 * 2) / 10], abs=EXACT)
    c = np.array([[1.0, -1.0], [6 / 8, 3 / 4]])
    volume = [((1 + 0.75) / 2 - 0.625) * 2 / 10, ((-1 + 0.75) / 2 - 0.625) * 2 / 10]
    assert parts.volume == pytest.approx(volume, abs=EXACT)
    assert parts.tone == pytest.approx(
        [7 * (c[1, 0] - c[0, 0]) / 10, 3 * (c[1, 1] - c[0, 1]) / 10], abs=EXACT
    )


def test_a_part_without_denominator_is_all_tone_and_shapes_must_agree():
    parts = contributions(
        np.array([0.0, 1.0]), np.array([0.0, 2.0]), np.array([1.0, 1.0]), np.array([0.0, 2.0])
    )
    assert parts.tone[0] == parts.total[0] == 0.5 and parts.volume[0] == 0
    with pytest.raises(al.OptionError, match="differ in shape"):
        contributions(np.zeros(2), np.zeros(3), np.zeros(2), np.zeros(2))
    with pytest.raises(al.OptionError, match="prior is -1"):
        contributions(*(np.zeros(2),) * 4, prior=-1)


def shapley(a0: np.ndarray, b0: np.ndarray, a1: np.ndarray, b1: np.ndarray) -> np.ndarray:
    """Mean change of the ratio as each part moves to the second date, over all orders: the plain twin."""
    n = len(a0)

    def value(moved: tuple[int, ...]) -> float:
        a, b = a0.copy(), b0.copy()
        a[list(moved)], b[list(moved)] = a1[list(moved)], b1[list(moved)]
        return float(a.sum() / b.sum())

    out = np.zeros(n)
    for part in range(n):
        rest = [k for k in range(n) if k != part]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for group in combinations(rest, size):
                out[part] += weight * (value((*group, part)) - value(group))
    return out


def test_contributions_agree_with_brute_force_shapley():
    rng = np.random.default_rng(4)
    ours, theirs = [], []
    for _ in range(12):
        b0, b1 = rng.gamma(2, 3, 8) + 1, rng.gamma(2, 3, 8) + 1
        data = rng.uniform(-1, 1, 8) * b0, b0, rng.uniform(-1, 1, 8) * b1, b1
        ours.append(contributions(*data).total)
        theirs.append(shapley(*data))
    assert np.corrcoef(np.ravel(ours), np.ravel(theirs))[0, 1] > 0.999
    np.testing.assert_allclose(np.sum(ours, axis=1), np.sum(theirs, axis=1), atol=1e-10)
