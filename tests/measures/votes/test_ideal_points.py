"""Ideal points: laws, worked cases, plain twins, recovery in simulation, the published series, errors."""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import norm, truncnorm

from alignscore.errors import EventError, FormatError, OptionError, UnknownLabelError
from alignscore.measures.votes import em as em
from alignscore.measures.votes import gibbs as gibbs
from alignscore.measures.votes import gibbs_blocks as blocks
from alignscore.measures.votes import normal as normal
from alignscore.measures.votes.ideal_points import IdealPointResult, ideal_points
from alignscore.measures.votes.table import direction

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared"
UNGA = SHARED / "data" / "unga"
needs_shared = pytest.mark.skipif(
    not UNGA.exists(), reason="needs the project's shared data folder, which is not distributed"
)
ALGEBRA = 1e-12
SETTLED = 1e-4  # two runs of the EM to tolerance 1e-6 that differ by rounding only


def load_benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_idealpoints", ROOT / "benchmarks" / "idealpoints.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bench = load_benchmark()


@pytest.fixture(scope="module")
def made():
    """A made-up assembly of 40 actors, 6 sessions, 40 roll calls each; votes, bridges, truth."""
    return bench.assembly(40, 6, 40, seed=3)


@pytest.fixture(scope="module")
def fitted(made):
    return ideal_points(made[0], bridges=made[1], tolerance=1e-6, max_steps=3000)


def layout_of(seed: int, prior: str, *, actors: int = 6, sessions: int = 4, items: int = 5):
    """A small layout with its votes as codes, some absent, and a state to step from."""
    rng = np.random.default_rng(seed)
    a, t, v = np.nonzero(rng.random((actors, sessions, items)) < 0.75)
    item = np.where(v == 0, 0, t * items + v)  # the first roll call comes back every session
    item = np.unique(item, return_inverse=True)[1]
    vote = rng.integers(1, 4, len(a))
    layout, position = em.incidence_of_codes(a, t, item, vote, prior, 0.5)
    n_items, n_places = layout.votes[0].shape
    g1 = rng.normal(size=n_items)
    state = em.State(
        rng.normal(size=n_places),
        rng.normal(size=n_items),
        g1,
        g1 + rng.random(n_items) + 0.2,
        rng.random(n_places),
        rng.random(n_items),
    )
    return layout, state, a, t, item, vote, position


# ------------------------------------------------------------------------------------- pieces of the model


@given(st.floats(-9, 9), st.floats(0.01, 9))
@settings(max_examples=25, deadline=None)
def test_pulls_are_the_means_of_truncated_normals(x, width):
    """E[z] - eta is -u below a cutpoint at x, and a1 - a2 between two."""
    assert -em.pull_below(np.array([x]))[0][0] == pytest.approx(
        truncnorm.mean(-np.inf, x), rel=1e-6, abs=1e-9
    )
    a1, a2, *_ = em.pull_between(np.array([x]), np.array([x + width]))
    between = truncnorm.mean(x, x + width)
    assert a1[0] - a2[0] == pytest.approx(between, rel=1e-4, abs=1e-6)


@given(st.floats(-6, 6), st.floats(0.05, 6))
@settings(max_examples=25, deadline=None)
def test_curvatures_are_second_derivatives(x, width):
    h = 1e-5
    u, k = em.pull_below(np.array([x]))
    assert k[0] == pytest.approx(
        -(em.pull_below(np.array([x + h]))[0][0] - em.pull_below(np.array([x - h]))[0][0]) / (2 * h), abs=1e-5
    )
    ends = np.array([x, x + width])

    def slopes(at):  # d log p / d(x1, x2)
        a1, a2, *_ = em.pull_between(at[:1], at[1:])
        return np.array([-a1[0], a2[0]])

    *_, k11, k22, k12 = (y[0] for y in em.pull_between(ends[:1], ends[1:]))
    for at, expected in enumerate(([k11, -k12], [-k12, k22])):
        move = np.eye(2)[at] * h
        assert -(slopes(ends + move) - slopes(ends - move)) / (2 * h) == pytest.approx(
            expected, abs=2e-4, rel=1e-3
        )
    assert u[0] > 0


def test_far_tails_stay_finite():
    far = np.array([-500.0, -40.0, 40.0, 500.0])
    for values in (*em.pull_below(far), *em.pull_between(far, far + 0.5)):
        assert np.isfinite(values).all()


def test_step_worked_by_hand():
    """Two actors, one item, static: A votes yes and B no; theta = +-1, beta = 0, cutpoints 0 and 0.5."""
    layout, _ = em.incidence_of_codes(
        np.array([0, 1]), np.array([0, 0]), np.array([0, 0]), np.array([1, 3]), "static", 0.5
    )
    start = em.State(*map(np.array, ([-1.0, 1.0], [0.0], [0.0], [0.5], [0.0, 0.0], [0.0])))
    step = em.em_step(layout, start, hold=True)
    # E[z]: A -phi(0)/Phi(0); B +phi(.5)/(1 - Phi(.5)); V_beta = 1/(1 + 1 + 1)
    below, above = -norm.pdf(0) / norm.cdf(0), norm.pdf(0.5) / norm.sf(0.5)
    assert step.beta == pytest.approx([(-1 * below + 1 * above) / 3], rel=ALGEBRA)
    assert step.v_beta == pytest.approx([1 / 3], rel=ALGEBRA)
    assert step.theta == pytest.approx([-1, 1])


def plain_pull(eta, g1, g2, vote):
    """E[z], vote by vote."""
    if vote == 1:
        return eta - norm.pdf(g1 - eta) / norm.cdf(g1 - eta)
    if vote == 3:
        return eta + norm.pdf(g2 - eta) / norm.sf(g2 - eta)
    p = norm.cdf(g2 - eta) - norm.cdf(g1 - eta)
    return eta + (norm.pdf(g1 - eta) - norm.pdf(g2 - eta)) / p


@pytest.mark.parametrize("prior", ["forward", "smooth", "static"])
def test_step_equals_its_plain_twin(prior):
    """Loops over votes, and the joint precision matrix of each actor's chain, against the arrays."""
    layout, s, _, _, item, vote, position = layout_of(4, prior)
    M, J = len(s.theta), len(s.beta)
    pull, size, extra = np.zeros(M), np.zeros(M), np.zeros(M)
    z = [
        plain_pull(s.beta[j] * s.theta[m], s.g1[j], s.g2[j], v)
        for j, m, v in zip(item, position, vote, strict=True)
    ]
    for j, m, at in zip(item, position, z, strict=True):
        pull[m] += s.beta[j] * at
        size[m] += s.beta[j] ** 2
        extra[m] += s.v_beta[j]
    precision, right = np.diag(size + extra), pull.copy()
    tau = 1 / layout.variance
    after = {int(b): m for m, b in enumerate(layout.previous) if b >= 0}
    for m in range(M):
        before = int(layout.previous[m])
        if prior == "forward" and before < 0:
            before = after.get(m, -1)  # the first session looks to the second
        precision[m, m] += tau[m]
        if before >= 0:
            precision[m, before] -= tau[m]
            if prior == "smooth":
                precision[before, m] -= tau[m]
                precision[before, before] += tau[m]
    theta = np.linalg.solve(precision, right)
    v_theta = np.diag(np.linalg.inv(precision)) if prior == "smooth" else 1 / np.diag(precision)
    v_beta = np.ones(J)
    score = np.zeros(J)
    for j, m, at in zip(item, position, z, strict=True):
        v_beta[j] += theta[m] ** 2 + v_theta[m]
        score[j] += theta[m] * at
    v_beta = 1 / v_beta
    weight = layout.sessions / layout.sessions.sum()
    mean = weight @ theta
    sd = np.sqrt(weight @ (theta - mean) ** 2)
    new = em.em_step(layout, s)
    assert new.theta == pytest.approx((theta - mean) / sd, rel=1e-9)
    assert new.v_theta == pytest.approx(v_theta / sd**2, rel=1e-9)
    assert new.beta == pytest.approx(v_beta * score * sd, rel=1e-9)
    assert new.v_beta == pytest.approx(v_beta * sd**2, rel=1e-9)


def test_cutpoint_step_climbs_the_likelihood():
    """The Newton step's gradient is the slope of the plain log-likelihood with its pseudo-votes."""
    layout, s, _, _, item, vote, position = layout_of(5, "forward")

    def loglik(j, g1, g2):
        p = [norm.cdf(g1), norm.cdf(g2) - norm.cdf(g1), norm.sf(g2)]
        total = 0.05 * np.log(p).sum()
        for k in np.flatnonzero(item == j):
            eta = s.beta[j] * s.theta[position[k]]
            q = [norm.cdf(g1 - eta), norm.cdf(g2 - eta) - norm.cdf(g1 - eta), norm.sf(g2 - eta)]
            total += np.log(q[vote[k] - 1])
        return total

    m, h = em.moments(layout, s), 1e-6
    for j in range(4):
        slope1 = (loglik(j, s.g1[j] + h, s.g2[j]) - loglik(j, s.g1[j] - h, s.g2[j])) / (2 * h)
        slope2 = (loglik(j, s.g1[j], s.g2[j] + h) - loglik(j, s.g1[j], s.g2[j] - h)) / (2 * h)
        assert m.gradient[:, j] == pytest.approx([slope1, slope2], abs=1e-5)
        d1, d2 = (x[j] for x in em.newton(m))
        assert loglik(j, s.g1[j] + 0.3 * d1, s.g2[j] + 0.3 * d2) > loglik(j, s.g1[j], s.g2[j])


def test_smooth_draws_have_the_joint_posterior():
    """Moments of 8,000 drawn chains against the inverse of one actor's tridiagonal precision."""
    votes = np.array([1, 2, 3, 1])
    layout, _ = em.incidence_of_codes(np.zeros(4, int), np.arange(4), np.arange(4), votes, "smooth", 0.5)
    size, pull = np.array([0.5, 2.0, 1.0, 0.2]), np.array([1.0, -1.0, 2.0, 0.0])
    tau = 1 / layout.variance
    precision = np.diag(size + tau) + np.diag(np.r_[tau[1:], 0]) - np.diag(tau[1:], 1) - np.diag(tau[1:], -1)
    cover = np.linalg.inv(precision)
    assert layout.variance == pytest.approx([em.ENTRY] + [0.5 * 1 / (1 + 1)] * 3)
    rng = np.random.default_rng(0)
    many = 8_000  # actors who vote alike are as many draws of one
    actor, session = np.repeat(np.arange(many), 4), np.tile(np.arange(4), many)
    alike, _ = em.incidence_of_codes(actor, session, session, np.tile(votes, many), "smooth", 0.5)
    assert np.array_equal(alike.variance, np.repeat(layout.variance, many))  # session by session
    noise = rng.standard_normal(4 * many)
    drawn = em.positions(alike, np.repeat(pull, many), np.repeat(size, many), noise)[0]
    draws = drawn.reshape(4, many).T
    assert draws.mean(axis=0) == pytest.approx(cover @ pull, abs=0.03)
    assert np.cov(draws.T) == pytest.approx(cover, abs=0.04)


def test_the_line_runs_from_one_anchor_to_the_other_where_both_vote():
    given = SimpleNamespace(actors=np.array(["low", "high"]))
    apart = np.array([[0.0, 5.0], [1.0, np.nan]])  # the first goes far once the other is away
    assert direction(given, apart, ("low", "high")) == 1
    assert direction(given, -apart, ("low", "high")) == -1
    never = np.array([[2.0, np.nan], [np.nan, 1.0]])  # of two that never meet the means decide
    assert direction(given, never, ("low", "high")) == -1


def test_static_draws_stand_around_their_means():
    layout, *_ = layout_of(3, "static")
    rng = np.random.default_rng(0)
    pull, size, noise = rng.normal(size=(3, len(layout.variance)))
    size = size**2
    mean, variance = em.positions(layout, pull, size)
    np.testing.assert_allclose(variance, 1 / (size + 1 / layout.variance))
    np.testing.assert_allclose(em.positions(layout, pull, size, noise)[0], mean + noise * np.sqrt(variance))


# ------------------------------------------------------------------------------------- pieces of the sampler


@given(st.floats(-8, 5))
@settings(max_examples=100, deadline=None)
def test_single_precision_normal(x):
    """Phi and its inverse beside scipy's."""
    one, work = np.array([x], dtype=np.float32), np.empty((3, 1), dtype=np.float32)
    p = normal.cdf(one, np.empty_like(one), work)
    assert p[0] == pytest.approx(norm.cdf(float(one[0])), rel=3e-6)
    back = normal.quantile(p, np.empty_like(p), work)
    assert back[0] == pytest.approx(norm.ppf(float(p[0])), rel=3e-6, abs=1e-6)


def test_single_precision_quantile_has_ends():
    p = np.array([0, 1e-38, 0.5, 1], dtype=np.float32)
    found = normal.quantile(p, np.empty_like(p), np.empty((3, 4), dtype=np.float32))
    assert found == pytest.approx([norm.ppf(1e-37), norm.ppf(1e-37), 0, -norm.ppf(1e-37)], abs=1e-5)


@pytest.fixture(params=[50, 65_536], ids=["small blocks", "one block"])
def parted(request, monkeypatch):
    """A layout in blocks of few votes or of all, and its votes vote by vote in their order."""
    monkeypatch.setattr(blocks, "BLOCK", request.param)
    layout, s, *_ = layout_of(6, "forward", actors=8)
    parts = blocks.blocks(layout)
    assert (len(parts) > 1) == (request.param == 50)
    cast = []
    for b in parts:
        kind = np.where(np.arange(len(b.row)) >= len(b.edge), 2, 0)
        kind[: len(b.edge)] = np.where(b.sign > 0, 1, 3)
        cast += [(b.items.start + r, p, k) for r, p, k in zip(b.row, b.place, kind, strict=True)]
    given = [
        (j, int(p), kind)
        for kind, m in enumerate(layout.votes, start=1)
        for j, p in zip(*(x.tolist() for x in m.nonzero()), strict=True)
    ]
    assert sorted({(int(j), int(p), int(k)) for j, p, k in cast}) == sorted(set(given))
    return layout, s, parts, cast


def test_blocks_pass_equals_its_plain_twin(parted):
    """Likelihood ratios decide the cutpoints, and scores average to the plain truncated means."""
    layout, s, parts, cast = parted
    g1, g2 = s.g1 + 0.1, s.g2 - 0.05
    ratio = np.zeros(len(s.beta))
    for j, m, vote in cast:
        eta = s.beta[j] * s.theta[m]
        then, now = (
            (norm.cdf(a - eta), norm.cdf(b - eta) - norm.cdf(a - eta), norm.sf(b - eta))[vote - 1]
            for a, b in ((g1[j], g2[j]), (s.g1[j], s.g2[j]))
        )
        ratio[j] += np.log(then / now)
    rng, work = np.random.default_rng(1), blocks.work_rows(parts)
    theta, half = s.theta.astype(np.float32), np.full(len(s.beta), 0.5)
    for margin in (-0.01, 0.01):
        total, rounds = np.zeros(len(cast)), 256  # of each draw, sd .6 at most: its mean errs by .04
        for turn, b in enumerate(rounds * parts):
            at = b.items
            now, deviation = (s.beta[at], s.g1[at], s.g2[at]), np.ones(len(half[at]))
            new, z, take = blocks.draw(
                b, theta, now, (g1[at], g2[at]), ratio[at] + margin, (half[at], deviation), rng, work
            )
            assert take.all() == (margin < 0)
            total[b.votes] += z / rounds
            if turn < 3 * len(parts):
                assert np.array_equal(new[1], g1[at] if margin < 0 else s.g1[at])
                assert np.allclose(new[0], 0.5 * b.sums(theta[b.place] * z) + 1, atol=1e-4)
        low, high = (g1, g2) if margin < 0 else (s.g1, s.g2)
        mean = [plain_pull(s.beta[j] * s.theta[m], low[j], high[j], vote) for j, m, vote in cast]
        assert total == pytest.approx(mean, abs=0.15)


def test_drawn_scores_lie_where_their_votes_say(parted):
    layout, s, parts, cast = parted
    rng, work = np.random.default_rng(2), blocks.work_rows(parts)
    for b in parts:
        at = b.items
        now, never = (s.beta[at], s.g1[at], s.g2[at]), np.full(at.stop - at.start, 99.0)
        low, high = np.array([
            ((-np.inf, s.g1[j]), (s.g1[j], s.g2[j]), (s.g2[j], np.inf))[vote - 1] for j, _, vote in cast[b.votes]
        ]).T  # fmt: skip
        for _ in range(200):
            z = blocks.draw(b, s.theta.astype(np.float32), now, now[1:], never, (never, never), rng, work)[1]
            assert ((low - 1e-5 <= z) & (z <= high + 1e-5)).all()


def test_scores_are_cut_off_at_the_limit(parted):
    layout, s, parts, _ = parted
    rng, work, b = np.random.default_rng(5), blocks.work_rows(parts), parts[0]
    now, none = (s.beta[b.items], s.g1[b.items], s.g2[b.items]), np.zeros(b.items.stop - b.items.start)
    theta = s.theta.astype(np.float32)
    free = blocks.draw(b, theta, now, now[1:], none, (none, none), rng, work)[1].copy()
    rng = np.random.default_rng(5)
    cut = blocks.draw(b, theta, now, now[1:], none, (none, none), rng, work, 0.5)[1]
    assert np.abs(free).max() > 0.5
    assert np.array_equal(cut, np.clip(free, -0.5, 0.5))


def test_published_positions_by_hand():
    """One actor, three sessions; each conditional mean from its neighbour's of the sweep before."""
    layout, _ = em.incidence_of_codes(
        np.zeros(4, int), np.array([0, 1, 2, 2]), np.arange(4), np.array([1, 2, 3, 1]), "forward", 0.5
    )
    pull, size, before = np.array([1.0, -2.0, 3.0]), np.array([0.5, 2.0, 1.0]), np.array([0.1, 0.2, 0.3])
    tau = [1 / (0.5 * 1 / 2), 1 / (0.5 * 1 / 2), 1 / (0.5 * 2 / 3)]
    mean = [
        (1.0 + tau[0] * 0.2) / (0.5 + tau[0]),  # the first looks to the second
        (-2.0 + tau[1] * 0.1) / (2.0 + tau[1]),
        (3.0 + tau[2] * 0.2) / (1.0 + tau[2]),
    ]
    theta, means = gibbs.published_positions(layout, before, pull, size, np.array([0.0, 0.0, 99.0]))
    assert means == pytest.approx(mean, rel=ALGEBRA)
    drawn = np.array([mean[0], mean[1], 5.0])  # cut off at 5, then brought to scale
    assert theta == pytest.approx((drawn - drawn.mean()) / drawn.std(), rel=ALGEBRA)


def test_published_walk_steps_and_corrects():
    """g1' below g2, g2' above g1'; the correction as published, and the step's sd where nothing is near."""
    size = 20_000
    wide, close = ((np.full(size, a), np.full(size, b)) for a, b in ((-1.0, 1.0), (0.0, 0.02)))
    for g1, g2 in (wide, close):
        s = em.State(np.zeros(1), np.zeros(size), g1, g2, np.zeros(1), np.zeros(size))
        new1, new2, correction = gibbs.published_walk(s, np.random.default_rng(3))
        assert (new1 <= g2).all()
        assert (new2 >= new1).all()
        expected = np.log(1 - norm.cdf((new1 - g2) / 0.0667)) - np.log(1 - norm.cdf((g1 - new2) / 0.0667))
        assert correction == pytest.approx(expected, abs=1e-9)
        if g1 is wide[0]:
            assert [np.std(new1), np.std(new2)] == pytest.approx([0.0667, 0.0667], rel=0.03)
            assert [np.mean(new1), np.mean(new2)] == pytest.approx([-1, 1], abs=0.003)
        else:  # published steps lean down from close cutpoints, by more than the correction takes back
            assert (new2 < g1).mean() > 0.05


def cutpoints_of(walk, *, steps: int) -> tuple[float, float]:
    """Mean g1 of 200 copies of one roll call (9 yes, 1 abstention, 5 no), and its exact mean."""
    copies, votes = 200, np.array([9, 1, 5])
    rng = np.random.default_rng(4)
    none = np.zeros(copies)
    s = em.State(none, none, none + 0.3, none + 0.4, none, none)

    def loglik(a, b):
        return np.einsum("v,v...->...", votes, np.log(chances(a, b)))

    mean = []
    for step in range(steps):
        g1, g2, correction = walk(s, rng)
        gain = loglik(g1, g2) - loglik(s.g1, s.g2)
        take = np.log(rng.random(copies)) < gain + correction
        s = em.State(none, none, np.where(take, g1, s.g1), np.where(take, g2, s.g2), none, none)
        if step >= steps / 2:
            mean.append(s.g1.mean())
    a, b = np.meshgrid(np.linspace(-3, 3, 301), np.linspace(-3, 3, 301), indexing="ij")
    weight = np.where(a < b, np.exp(loglik(a, b)), 0.0)
    return float(np.mean(mean)), float((weight * a).sum() / weight.sum())


def chances(a, b):
    return np.array([ndtr(a), np.maximum(ndtr(b) - ndtr(a), 1e-300), ndtr(-b)])


def test_shaped_walk_has_the_posterior_and_the_published_one_leans():
    """What sets the published levels of unbridged sessions: its steps from close cutpoints end too low."""
    shape = np.outer([0.5, 0.4, 0.3], np.ones(200))
    mean, exact = cutpoints_of(lambda s, rng: gibbs.shaped_walk(s, shape, rng), steps=600)
    assert mean == pytest.approx(exact, abs=0.03)
    leaning, _ = cutpoints_of(gibbs.published_walk, steps=1500)
    assert leaning < exact - 0.02


# ---------------------------------------------------------------------------------------------------- laws


def test_scale_and_shape(fitted, made):
    frame = fitted.to_frame()
    assert list(frame.columns) == ["actor", "session", "theta", "sd", "n", "linked", "segment", "sd_kind"]
    assert len(frame) == 40 * 6
    assert np.nanmean(fitted.theta) == pytest.approx(0, abs=1e-9)
    assert np.nanstd(fitted.theta) == pytest.approx(1, rel=1e-9)
    assert fitted.n.sum() <= len(made[0])
    assert (np.isnan(fitted.theta) == (fitted.n == 0)).all()
    assert fitted.recipe["converged"]
    assert fitted.sd_kind == fitted.recipe["sd"] == "approximate"
    assert set(frame["sd_kind"]) == {"approximate"}
    assert repr(fitted).startswith("<IdealPointResult: 40 actor x 6 session; method='vem'")


def test_values_stay_read_only_through_pickle(fitted):
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.theta, fitted.theta)
    with pytest.raises(ValueError, match="read-only"):
        copy.theta[0, 0] = 1.0


def test_row_order_changes_nothing(fitted, made):
    shuffled = ideal_points(
        made[0].sample(frac=1, random_state=1), bridges=made[1][::-1], tolerance=1e-6, max_steps=3000
    )
    np.testing.assert_array_equal(shuffled.theta, fitted.theta)
    np.testing.assert_array_equal(shuffled.sd, fitted.sd)


def test_relabelling_relabels(fitted, made):
    votes, bridges, _ = made
    rng = np.random.default_rng(5)
    actor = pd.Series(rng.permutation(40)).map("A{:02d}".format)
    items = pd.Series(rng.permutation(votes["item"].unique()), index=votes["item"].unique())
    renamed = votes.assign(actor=votes["actor"].map(actor), item=votes["item"].map(items))
    pairs = pd.DataFrame([(items[a], items[b]) for a, b in bridges])
    polars = pytest.importorskip("polars")
    again = ideal_points(
        renamed,
        bridges=polars.from_pandas(pairs.set_axis(["a", "b"], axis=1)),
        tolerance=1e-6,
        max_steps=3000,
    )
    rows = [list(again.actors).index(actor[a]) for a in fitted.actors]
    np.testing.assert_allclose(again.theta[rows], fitted.theta, atol=SETTLED)
    np.testing.assert_array_equal(again.n[rows], fitted.n)


def test_unanimous_items_change_nothing(fitted, made):
    votes, bridges, _ = made
    copies = [
        pd.DataFrame({"actor": range(40), "session": 2, "item": f"all-{k}", "vote": vote})
        for k, vote in enumerate((1, 1, 2, 3))
    ]
    more = ideal_points(
        pd.concat([votes, *copies]), bridges=[*bridges, ("all-0", "all-1")], tolerance=1e-6, max_steps=3000
    )
    np.testing.assert_array_equal(more.theta, fitted.theta)
    np.testing.assert_array_equal(more.n, fitted.n)
    unused = more.items.set_index("item").loc[["all-0", "all-2", "all-3"]]
    assert unused["beta"].isna().all()
    assert (unused["n"] == 0).all()


def test_yes_and_no_mirror_each_other(fitted, made):
    """z -> -z turns yes into no: the same positions under anchors, the opposite side by default."""
    votes, bridges, _ = made
    flipped = votes.assign(vote=4 - votes["vote"])
    again = ideal_points(flipped, bridges=bridges, tolerance=1e-6, max_steps=3000)
    np.testing.assert_allclose(again.theta, -fitted.theta, atol=SETTLED)
    ends = int(np.argmin(fitted.theta[:, 0])), int(np.argmax(fitted.theta[:, 0]))
    anchored = ideal_points(flipped, bridges=bridges, anchors=ends, tolerance=1e-6, max_steps=3000)
    np.testing.assert_allclose(anchored.theta, fitted.theta, atol=SETTLED)
    np.testing.assert_allclose(anchored.items["g1"], -fitted.items["g2"], atol=10 * SETTLED)


@given(st.integers(0, 10_000))
@example(445)  # nothing tells these actors apart: each round divided their variance by less
@settings(max_examples=6, deadline=None)
def test_random_votes_give_finite_positions(seed):
    """Votes at random, with gaps: finite where there are votes, NaN elsewhere, all rows in one order."""
    rng = np.random.default_rng(seed)
    a, t, v = np.nonzero(rng.random((7, 3, 4)) < 0.5)
    frame = pd.DataFrame(
        {"actor": a, "session": 10 * t, "item": 4 * t + v, "vote": rng.integers(1, 4, len(a))}
    )
    prior = ["forward", "smooth", "static"][seed % 3]
    if np.ptp(frame.groupby("item")["vote"].agg(["min", "max"]), axis=1).any():
        one = ideal_points(frame, prior=prior, max_steps=60)
        two = ideal_points(frame.iloc[::-1], prior=prior, max_steps=60)
        np.testing.assert_array_equal(one.theta, two.theta)
        assert (np.isfinite(one.theta) == (one.n > 0)).all()
        assert (one.sd[one.n > 0] > 0).all()


def test_direction_high_votes_no(fitted, made):
    votes, _, _ = made
    cell = votes.pivot_table(index="actor", columns="session", values="vote").to_numpy()
    known = ~np.isnan(cell) & ~np.isnan(fitted.theta)
    assert np.corrcoef(cell[known], fitted.theta[known])[0, 1] > 0


@pytest.mark.parametrize("reverse", [False, True])
def test_anchors_turn_the_line(fitted, made, reverse):
    ends = [int(np.argmin(fitted.theta[:, 0])), int(np.argmax(fitted.theta[:, 0]))]
    low, high = ends[::-1] if reverse else ends
    turned = ideal_points(made[0], bridges=made[1], anchors=(low, high), tolerance=1e-6, max_steps=3000)
    np.testing.assert_allclose(turned.theta, fitted.theta * (-1 if reverse else 1), rtol=1e-12)
    np.testing.assert_allclose(
        turned.items["beta"], fitted.items["beta"] * (-1 if reverse else 1), rtol=1e-12
    )


# ----------------------------------------------------------------------------------- recovery of the truth


@pytest.mark.parametrize(("prior", "least"), [("forward", 0.97), ("smooth", 0.975)])
def test_recovers_the_truth(made, prior, least):
    votes, bridges, truth = made
    found = ideal_points(votes, bridges=bridges, prior=prior)
    assert abs(bench.agreement(found.theta, truth)) > least
    beaten = abs(bench.agreement(bench.by_svd(votes, truth), truth))
    assert abs(bench.agreement(found.theta, truth)) > beaten


def test_items_recovered():
    votes, bridges, truth = bench.assembly(150, 2, 60, seed=8)
    found = ideal_points(votes, bridges=bridges)
    sign = np.sign(bench.agreement(found.theta, truth))
    rng = np.random.default_rng(8)  # the same draws as the assembly's
    rng.normal(scale=0.15, size=(150, 2))
    rng.normal(size=150)
    beta = rng.normal(scale=1.2, size=(2, 60))
    beta[1:, :12] = beta[:1, :12]
    items = found.items.set_index("item")["beta"]
    true = pd.Series({f"s{t:03d}-{v:04d}": beta[t, v] for t in range(2) for v in range(60)}).reindex(
        items.index
    )
    assert np.corrcoef(items[items.notna()] * sign, true[items.notna()])[0, 1] > 0.97


def test_static_prior_gives_each_actor_one_place(made):
    votes, _, truth = made
    found = ideal_points(votes, prior="static")
    assert np.nanmax(np.nanstd(found.theta, axis=1)) == pytest.approx(0, abs=1e-12)
    assert found.linked.all()
    assert len(set(found.segment)) == 1
    assert abs(np.corrcoef(found.theta[:, 0], truth.mean(axis=1))[0, 1]) > 0.95


def test_states_enter_leave_and_skip(made):
    """Actors 0-9 leave after session 2, 10-19 enter at 3, 20 skips 2 and 3; session 4 is missing."""
    votes, bridges, truth = made
    a, t = votes["actor"], votes["session"]
    gone = ((a < 10) & (t > 2)) | (a.between(10, 19) & (t < 3)) | ((a == 20) & t.isin([2, 3])) | (t == 4)
    left = votes[~gone]
    asked = set(left["item"])
    found = ideal_points(left, bridges=[p for p in bridges if set(p) <= asked])
    assert list(found.sessions) == [0, 1, 2, 3, 5]
    assert np.isnan(found.theta[:10, 3:]).all()
    assert np.isnan(found.theta[10:20, :3]).all()
    assert list(found.n[20] > 0) == [True, True, False, False, True]
    assert abs(bench.agreement(found.theta, truth[:, [0, 1, 2, 3, 5]])) > 0.96
    assert found.tilt(20, 21, 22).set_index("session")["tilt"].isna().tolist() == [
        False,
        False,
        True,
        True,
        False,
    ]


def test_bridges_carry_a_move_of_all_states():
    """Everybody moves by +1 between two sessions: seen with bridges, hidden in the items without."""
    rng = np.random.default_rng(2)
    theta = np.c_[x := rng.normal(size=120) * 0.6, x + 1.0]
    beta = rng.choice([-1, 1], 120) * rng.uniform(1, 2, 120)
    g1, g2 = np.full(120, -0.3) + 0.5 * beta, np.full(120, 0.3) + 0.5 * beta
    z = beta * theta[:, :, None] + rng.normal(size=(120, 2, 120))
    vote = 1 + (z > g1) + (z > g2)
    a, t, v = (x.ravel() for x in np.indices(vote.shape))
    frame = pd.DataFrame({"actor": a, "session": t, "item": v + 1000 * t, "vote": vote.ravel()})
    joined = ideal_points(
        frame, bridges=[(v, v + 1000) for v in range(120)], anchors=(x.argmin(), x.argmax())
    )
    moved = (joined.theta[:, 1] - joined.theta[:, 0]).mean() * theta.std()
    assert moved == pytest.approx(1.0, abs=0.15)
    alone = ideal_points(frame, anchors=(x.argmin(), x.argmax()))
    assert abs((alone.theta[:, 1] - alone.theta[:, 0]).mean()) < 0.2
    assert joined.linked.all()
    assert not alone.linked.any()
    assert list(alone.segment) == [0, 1]
    assert joined.items["n"].eq(240).all()
    assert joined.items.groupby("shared")["beta"].nunique().eq(1).all()


def test_unlinked_session_is_flagged(made):
    votes, bridges, _ = made
    cut = [pair for pair in bridges if not any(item.startswith("s003") for item in pair)]
    found = ideal_points(votes, bridges=cut)
    assert list(found.linked) == [True, True, True, False, True, True]
    assert list(found.segment) == [0, 0, 0, 1, 2, 2]
    assert not found.to_frame().query("session == 3")["linked"].any()


@pytest.fixture(scope="module")
def sampled(made):
    return ideal_points(made[0], bridges=made[1], method="gibbs", prior="smooth", draws=600, burn=200, rng=4)


def test_gibbs_recovers_and_covers(made, sampled):
    """The truth is drawn from the model, so about 95 % of it lies within 1.96 sd (after the common scale)."""
    truth = made[2]
    sign = np.sign(bench.agreement(sampled.theta, truth))
    known = ~np.isnan(sampled.theta)
    slope, level = np.polyfit(sign * sampled.theta[known], truth[known], 1)
    off = (truth - level - slope * sign * sampled.theta)[known] / (slope * sampled.sd[known])
    assert 0.90 < np.mean(np.abs(off) < 1.96) < 0.985
    assert abs(bench.agreement(sampled.theta, truth)) > 0.975
    assert sampled.sd_kind == sampled.recipe["sd"] == "posterior"
    assert 0.2 < sampled.recipe["accepted"] < 0.5


def test_gibbs_is_repeatable_and_keeps_draws(made, sampled):
    votes, bridges, _ = made
    short = [
        ideal_points(votes, bridges=bridges, method="gibbs", draws=20, burn=5, rng=seed).theta
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(short[0], short[1])
    assert not np.array_equal(short[0], short[2])
    assert sampled.draws.shape == (300, 40, 6)  # every second of 600: at most 500 stay
    assert sampled.draws.dtype == np.float32
    assert np.nanmean(sampled.draws, axis=0) == pytest.approx(sampled.theta, abs=0.1, nan_ok=True)


def test_em_sd_is_of_the_posteriors_size_and_order(made, sampled):
    quick = ideal_points(made[0], bridges=made[1], prior="smooth")
    known = ~np.isnan(quick.theta)
    assert 0.8 < np.median(quick.sd[known] / sampled.sd[known]) < 1.5
    assert np.corrcoef(np.log(quick.sd[known]), np.log(sampled.sd[known]))[0, 1] > 0.7


# --------------------------------------------------------------------------------------- distance and tilt


def small_result(draws=None) -> IdealPointResult:
    theta = np.array([[-1.0, 0.0], [0.5, np.nan], [2.0, 1.0]])
    sd = np.array([[0.3, 0.1], [0.4, np.nan], [0.5, 0.1]])
    method = "vem" if draws is None else "gibbs"
    names, n = np.array(["CHN", "KHM", "USA"]), np.array([[9, 8], [7, 0], [5, 6]])
    return IdealPointResult(
        {"method": method}, names, np.array([1, 2]), theta, sd, n, np.zeros(2, int), draws, {}
    )


def test_distance_by_hand():
    out = small_result().distance("CHN", "USA")
    assert list(out.columns) == ["session", "distance", "sd", "n", "sd_kind"]
    assert out["distance"].tolist() == [2.0 + 1.0, 1.0 - 0.0]
    assert out["sd"].to_numpy() == pytest.approx([np.sqrt(0.3**2 + 0.5**2), np.sqrt(0.1**2 + 0.1**2)])
    assert out["n"].tolist() == [5, 6]
    assert np.isnan(small_result().distance("KHM", "USA")["distance"][1])


def test_tilt_by_hand():
    """(0.5 + 1)/(2 + 1) = 1/2; slopes 1/3, -1/6, -1/6."""
    out = small_result().tilt("KHM", "CHN", "USA")
    assert out["tilt"][0] == pytest.approx(1.5 / 3)
    sd = np.sqrt((0.4 / 3) ** 2 + (0.3 * (0.5 - 1) / 3) ** 2 + (0.5 * 0.5 / 3) ** 2)
    assert out["sd"][0] == pytest.approx(sd)
    assert out["n"].tolist() == [5, 0]
    assert np.isnan(out["tilt"][1])
    assert small_result().tilt("CHN", "CHN", "USA")["tilt"].tolist() == [0, 0]
    assert small_result().tilt("USA", "CHN", "USA")["tilt"].tolist() == [1, 1]
    mirrored = small_result().tilt("KHM", "USA", "CHN")
    assert mirrored["tilt"][0] == pytest.approx(1 - 0.5)
    assert mirrored["sd"][0] == pytest.approx(sd)


def test_sd_of_a_difference_uses_the_draws():
    """Two actors that move together are surer apart than their sds say."""
    common = np.array([-1.0, 1.0, -1.0, 1.0])[:, None, None]
    own = np.array([-1.0, -1.0, 1.0, 1.0])[:, None, None]
    draws = np.concatenate([common, common, common + 0.1 * own], axis=1).repeat(2, axis=2).astype(np.float32)
    out = small_result(draws).distance("CHN", "USA")
    assert out["sd"].to_numpy() == pytest.approx([0.1, 0.1], rel=1e-5)
    assert out["sd_kind"].tolist() == ["posterior"] * 2


def test_contrast_errors():
    with pytest.raises(UnknownLabelError, match=r"unknown actor 'US'. Did you mean 'USA'\?"):
        small_result().distance("US", "CHN")
    with pytest.raises(OptionError, match="tilt needs two different ends; both are 'USA'"):
        small_result().tilt("CHN", "USA", "USA")


# --------------------------------------------------------------------------------- inputs and their errors


def tiny(**columns) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"actor": list("ABCD") * 2, "session": 1, "item": [1] * 4 + [2] * 4, "vote": [1, 1, 2, 3, 1, 2, 3, 3]}
    )
    return frame.assign(**columns)


@pytest.mark.parametrize("kind", ["category", "string", "object"])
def test_labels_of_any_dtype(kind):
    plain = ideal_points(tiny())
    np.testing.assert_array_equal(ideal_points(tiny().astype({"actor": kind})).theta, plain.theta)
    dated = ideal_points(tiny(session=pd.Timestamp("2001-01-01")))
    assert dated.to_frame()["session"].iloc[0] == pd.Timestamp("2001-01-01")


def test_one_session_is_linked():
    assert ideal_points(tiny()).linked.all()


def test_refused_rows_are_counted_and_returned():
    votes = tiny(vote=[1, 1, 2, 8, np.nan, 2, 3, 3], session=[1, None, 1, 1, 1, 1, 1, 1])
    votes = pd.concat([votes, votes.iloc[[2]]])
    with pytest.raises(EventError) as caught:
        ideal_points(votes)
    text = str(caught.value)
    assert text.startswith("4 of 9 rows of votes refused: vote is not 1 (yes), 2 (abstain) or 3 (no) (2)")
    assert "no session (1)" in text
    assert "second vote of an actor on an item (1)" in text
    assert "rows 1, 3, 4, 8." in text
    assert caught.value.refused["row"].tolist() == [1, 3, 4, 8]
    assert caught.value.refused["reason"].tolist()[0] == "no session"


@pytest.mark.parametrize(
    ("votes", "options", "error", "text"),
    [
        (
            tiny().rename(columns={"vote": "votes"}),
            {},
            UnknownLabelError,
            "missing 'vote'. Did you mean 'votes'",
        ),
        (tiny().iloc[:0], {}, EventError, "votes has no rows"),
        (tiny(vote=1), {}, EventError, "every roll call in votes is unanimous"),
        (
            tiny(session=[1, 1, 1, 2] * 2),
            {},
            EventError,
            "item 1 occurs in sessions 1 and 2. Give every roll call",
        ),
        (tiny(session=[1] * 4 + ["two"] * 4), {}, EventError, "column 'session' of votes mixes int, str"),
        (
            tiny(),
            {"bridges": [(1, 7)]},
            UnknownLabelError,
            r"item in bridges \(1 on this side have no vote.*7",
        ),
        (tiny(), {"bridges": [(1, 2, 3)]}, FormatError, r"bridges holds \(1, 2, 3\) at position 0"),
        (tiny(), {"bridges": ["ab"]}, FormatError, "each entry must be a pair of items"),
        (tiny(), {"bridges": pd.DataFrame({"a": [1]})}, FormatError, "bridges has 1 columns; it needs two"),
        (
            tiny(),
            {"anchors": ("A", "A")},
            OptionError,
            r"must be a pair \(low, high\) of two different actors",
        ),
        (tiny(), {"anchors": ("A", "Z")}, UnknownLabelError, "unknown actor 'Z'"),
        (tiny(), {"method": "em"}, OptionError, "method is 'em'; it must be one of 'vem', 'gibbs'"),
        (tiny(), {"prior": "flat"}, OptionError, "prior is 'flat'"),
        (tiny(), {"step": 0}, OptionError, "step is 0; it must lie in"),
        (tiny(), {"tolerance": -1}, OptionError, "tolerance is -1"),
        (tiny(), {"draws": 1.5}, TypeError, "draws is 1.5; it must be a whole number"),
        (tiny(), {"burn": -1}, OptionError, "burn is -1"),
        (tiny(), {"progress": True}, TypeError, "progress must be a callable"),
    ],
)
def test_errors(votes, options, error, text):
    with pytest.raises(error, match=text):
        ideal_points(votes, **options)


def test_votes_must_be_a_frame():
    with pytest.raises(
        TypeError, match="votes must be a pandas DataFrame, or a table with the Arrow interface .*, not list"
    ):
        ideal_points([1, 2, 3])


def test_anchor_without_a_used_vote_is_refused():
    votes = pd.concat([tiny(), pd.DataFrame({"actor": ["E", "F"], "session": 1, "item": 3, "vote": 1})])
    with pytest.raises(OptionError, match="anchor 'E' cast no vote on a roll call that divided"):
        ideal_points(votes, anchors=("E", "A"))
    kept = ideal_points(votes)
    assert np.isnan(kept.theta[4]).all()
    assert kept.n[4].tolist() == [0]


@pytest.mark.parametrize(("method", "total"), [("vem", 500), ("gibbs", 30)])
def test_progress_is_told(method, total):
    told = []
    ideal_points(
        tiny(), method=method, draws=20, burn=10, rng=0, progress=lambda done, of: told.append((done, of))
    )
    assert told[0] == (1, total)
    assert told[-1] == (total, total)


def test_too_few_steps_are_told():
    assert not ideal_points(tiny(), max_steps=1).recipe["converged"]


# ------------------------------------------------------------------------------------ the published series


def published_sample() -> tuple[pd.DataFrame, list[tuple[int, int]], pd.DataFrame]:
    """The sample of the published ideal points of April 2020, its matches, and the series itself."""
    votes = pd.read_parquet(UNGA / "unga_votes.parquet")
    calls = pd.read_parquet(UNGA / "unga_rollcalls.parquet")
    parts = calls["rcid"][(calls["session"] > 44) & ((calls["para"] == 1) | (calls["amend"] == 1))]
    a, t = votes["ccode"], votes["session"]
    out = votes["rcid"].isin(parts) | (t == 19) | (a == 511) | ((a == 560) & (t == 48))
    votes = votes[~out].rename(columns={"ccode": "actor", "rcid": "item"})
    matches = pd.read_csv(UNGA / "bsv_matches.csv")
    known = matches.isin(set(votes["item"])).all(axis=1)
    series = pd.read_csv(UNGA / "bsv_idealpoints_apr2020_all.csv.gz")
    return votes, list(matches[known].itertuples(index=False, name=None)), series


def beside_published(found: IdealPointResult, series: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Both series in one frame, and their correlation within each session."""
    mine = found.to_frame().query("n > 0")
    both = series.merge(
        mine, left_on=["ccode", "session"], right_on=["actor", "session"], suffixes=("", "_own")
    )
    assert len(both) == len(series) == len(mine) == 10_469
    assert (both["n"] == both["nvotes"]).all()
    within = pd.Series({t: part["theta"].corr(part["theta_own"]) for t, part in both.groupby("session")})
    return both, within


@pytest.mark.slow
@needs_shared
def test_published_series_by_em():
    import time

    votes, bridges, series = published_sample()
    begin = time.process_time()
    found = ideal_points(votes, bridges=bridges)
    assert time.process_time() - begin < 10
    both, within = beside_published(found, series)
    assert both["theta"].corr(both["theta_own"]) == pytest.approx(0.988, abs=0.0005)  # as the page says
    late = both["session"] >= 10
    assert both["theta"][late].corr(both["theta_own"][late]) > 0.993
    assert within.min() > 0.98
    spread = (both["q95"] - both["q05"]) / (2 * norm.ppf(0.95))
    assert np.corrcoef(np.log(spread), np.log(both["sd"]))[0, 1] > 0.95
    # the matches leave most early sessions alone, and nothing joins session 52 to 53
    segment = pd.Series(found.segment, index=found.sessions)
    assert list(found.sessions[~found.linked]) == [1, 2, 3, 4, 5, 8]
    assert segment[15] == segment[52] != segment[53] == segment[74]
    assert found.theta[list(found.actors).index(2), -1] > 2  # the United States, by the default direction


@needs_shared
@pytest.mark.slow
def test_published_series_by_gibbs():
    """As published, the levels before session 10 included: they are the published walk's (see the notes)."""
    import time

    votes, bridges, series = published_sample()
    begin = time.process_time()
    found = ideal_points(votes, bridges=bridges, method="gibbs", burn=2000, draws=4000, rng=1)
    assert time.process_time() - begin < 360
    both, within = beside_published(found, series)
    assert both["theta"].corr(both["theta_own"]) > 0.997
    late = both["session"] >= 10
    assert both["theta"][late].corr(both["theta_own"][late]) > 0.999
    assert within.min() > 0.99
    assert within.loc[2:].min() > 0.998
    centred = both[["theta", "theta_own"]] - both.groupby("session")[["theta", "theta_own"]].transform("mean")
    assert centred["theta"].corr(centred["theta_own"]) > 0.999
    spread = (both["q95"] - both["q05"]) / (2 * norm.ppf(0.95))
    assert np.corrcoef(np.log(spread), np.log(both["sd"]))[0, 1] > 0.95
    assert np.median(both["sd"] / spread) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("labels", [["s1", "s2", "s3"], ["9", "10", "11"]])
def test_sessions_follow_one_another_however_they_are_written(labels):
    """Categories had been taken in the order of appearance, and 9 to come after 11."""
    line = ["1123", "1133", "1223"]
    rows = [
        (a, t, f"{t}-{k}", int(v))
        for t in (2, 0, 1)
        for k in range(3)
        for a, v in zip("ABCD", line[(k + t) % 3], strict=True)
    ]
    votes = pd.DataFrame(rows, columns=["actor", "session", "item", "vote"])
    written = votes["session"].map(dict(enumerate(labels)))
    appearing = pd.Categorical(written, categories=[labels[2], labels[0], labels[1]])
    right = ideal_points(votes, max_steps=5).theta
    for session in (written, appearing):
        found = ideal_points(votes.assign(session=session), max_steps=5)
        assert found.sessions.tolist() == labels and np.array_equal(found.theta, right)
