"""Sobol indices: equal to another package's, guarded where scipy is silent."""

import numpy as np
import pytest
from scipy.stats import t

from alignscore.errors import AlignScoreError, OptionError
from alignscore.uncertainty.sobol import design, indices, sobol, split

ISHIGAMI = (7.0, 0.1)


def ishigami(x):
    a, b = ISHIGAMI
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def model(u):
    return ishigami(np.pi * (2 * np.column_stack(list(u.values())) - 1))


def runs(function, groups, n=512, seed=1):
    A, B = design(groups, n, np.random.default_rng(seed))
    mixed = np.stack([function({**A, name: B[name]})[:, None] for name in groups])
    return function(A)[:, None], function(B)[:, None], mixed


@pytest.mark.parametrize("groups", [{"x1": 1, "x2": 1, "x3": 1}, {"x1": 1, "rest": 2}])
def test_equal_to_salib_on_the_same_design(groups):
    saltelli = pytest.importorskip("SALib.analyze.sobol")
    f_A, f_B, f_AB = runs(model, groups)
    first, total = indices(f_A, f_B, f_AB)
    G = len(groups)
    rows = np.empty((len(f_A), G + 2))
    rows[:, 0], rows[:, 1:-1], rows[:, -1] = f_A[:, 0], f_AB[:, :, 0].T, f_B[:, 0]
    names = [f"{name}{i}" for name, size in groups.items() for i in range(size)]
    problem = {"num_vars": 3, "names": names, "bounds": [[0, 1]] * 3}
    if G < 3:
        problem["groups"] = [name for name, size in groups.items() for _ in range(size)]
    theirs = saltelli.analyze(problem, rows.ravel(), calc_second_order=False, num_resamples=2, seed=1)
    # SALib centres outputs on all runs, scipy on those of A and B: first-order indices move by a known bit
    both = np.concatenate([f_A, f_B])
    bit = (both.mean() - rows.mean()) * (f_AB - f_A).mean(axis=1)[:, 0] / both.var()
    np.testing.assert_allclose(first[0] + bit, theirs["S1"], atol=1e-10)
    assert np.abs(bit).max() < 1e-5
    np.testing.assert_allclose(total[0], theirs["ST"], atol=1e-10)


def test_ishigami_in_closed_form():
    a, b = ISHIGAMI
    alone = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    joint = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = alone + a**2 / 8 + joint
    found = sobol(model, {"x1": 1, "x2": 1, "x3": 1}, n=1024, replicates=8, rng=0)
    np.testing.assert_allclose(found.first[0], [alone / whole, a**2 / 8 / whole, 0], atol=0.02)
    np.testing.assert_allclose(
        found.total[0], [(alone + joint) / whole, a**2 / 8 / whole, joint / whole], atol=0.02
    )
    assert (found.first_low <= found.first).all() and (found.total <= found.total_high).all()
    assert list(found.to_frame()["judgement"]) == ["x1", "x2", "x3"]


def test_the_interval_is_as_wide_as_indices_vary_from_seed_to_seed():
    """Half of it over Student's t is the error of a mean of replicates, which repeating the whole design shows."""
    replicates = 8
    found = [sobol(model, {"x1": 1, "rest": 2}, n=32, replicates=replicates, rng=seed) for seed in range(60)]
    for name in ("first", "total"):
        index = np.array([getattr(each, name)[0] for each in found])
        half = np.array([getattr(each, f"{name}_high")[0] for each in found]) - index
        error = np.sqrt(np.mean((half / t.ppf(0.975, replicates - 1)) ** 2, axis=0))
        # of 60 the spread is known to 9 %; without the root of 8 the error would be 2.8 times as large
        np.testing.assert_allclose(error / index.std(axis=0, ddof=1), 1.0, atol=0.3)
        inside = np.abs(index - index.mean(axis=0)) <= half
        assert (np.abs(inside.mean(axis=0) - 0.95) <= 0.08).all()


def test_groups_add_up_for_a_sum():
    # variances of the uniform parts are 4 (2^2), 1 + 1 and 9 (3^2) twelfths
    found = sobol(
        lambda u: 2 * u["a"][:, 0] + u["b"].sum(axis=1) + 3 * u["c"][:, 0],
        {"a": 1, "b": 2, "c": 1}, n=512, rng=2,
    )  # fmt: skip
    np.testing.assert_allclose(found.first[0], np.array([4, 1 + 1, 9]) / (4 + 1 + 1 + 9), atol=0.01)
    np.testing.assert_allclose(found.first, found.total, atol=0.02)
    assert found.sd[0] == pytest.approx(np.sqrt((4 + 1 + 1 + 9) / 12), rel=0.02)


def test_a_constant_changes_no_index():
    f = runs(model, {"x1": 1, "rest": 2})
    for plain, moved in zip(indices(*f), indices(*(x + 1000.0 for x in f)), strict=True):
        np.testing.assert_allclose(plain, moved, atol=1e-9)


def test_scale_changes_no_index_and_outputs_do_not_mix():
    f = runs(model, {"x1": 1, "rest": 2})
    two = [np.concatenate([x, -3 * x], axis=-1) for x in f]
    first, total = indices(*two)
    np.testing.assert_allclose(first[0], first[1], atol=1e-10)
    np.testing.assert_allclose(total[0], indices(*f)[1][0], atol=1e-10)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_output_that_is_not_finite_raises(bad):
    f_A, f_B, f_AB = runs(model, {"x1": 1, "rest": 2})
    f_AB = f_AB.copy()
    f_AB[1, 7, 0] = bad
    with pytest.raises(AlignScoreError, match="1 of 1024 outputs on design AB are not finite"):
        indices(f_A, f_B, f_AB)


def test_an_output_that_does_not_vary_is_missing_not_zero():
    f = [np.concatenate([x, np.full_like(x, 3.7)], axis=-1) for x in runs(model, {"x1": 1, "rest": 2})]
    first, total = indices(*f)
    assert np.isfinite(first[0]).all() and np.isnan(first[1]).all() and np.isnan(total[1]).all()


def test_one_group_and_one_output():
    first, total = indices(*runs(lambda u: u["x"][:, 0], {"x": 1}))
    assert first.shape == (1, 1)
    np.testing.assert_allclose([first[0, 0], total[0, 0]], [1, 1], atol=0.02)


def test_same_seed_same_indices():
    one, two = (sobol(model, {"x1": 1, "rest": 2}, n=64, replicates=2, rng=9) for _ in range(2))
    np.testing.assert_array_equal(one.first, two.first)


def test_refusals():
    with pytest.raises(OptionError, match="powers of 2"):
        sobol(model, {"x1": 1, "rest": 2}, n=100)
    with pytest.raises(OptionError, match="replicates is 1"):
        sobol(model, {"x1": 1, "rest": 2}, replicates=1)
    with pytest.raises(OptionError, match="nothing varies"):
        sobol(model, {})
    with pytest.raises(OptionError, match="outputs names 2"):
        sobol(model, {"x1": 1, "rest": 2}, outputs=("a", "b"), n=16)


def test_split_keeps_the_order_of_groups():
    parts = split(np.arange(6.0).reshape(2, 3), {"a": 1, "b": 2})
    assert parts["a"].tolist() == [[0], [3]] and parts["b"].tolist() == [[1, 2], [4, 5]]
