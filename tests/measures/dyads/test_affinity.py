"""Affinity: tone net of who is in a dyad, and shared position; laws, worked cases, slow twins, errors."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignscore.datasets import simulate
from alignscore.decay import Cumulative, HalfLife
from alignscore.errors import OptionError, UnknownLabelError
from alignscore.events import Events
from alignscore.ledger import Ledger
from alignscore.measures.dyads.affinity import affinity, affinity_of_counts
from alignscore.measures.dyads.affinity_fit import (
    effects_all_pairs,
    fit_effects,
    low_rank,
    profile_cosine,
    residual_variance,
)

ALGEBRA = 1e-10


def table(
    seed: int, actors: int = 7, years: int = 2, keep: float = 0.8, directed: bool = False
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    pairs = permutations(range(actors), 2) if directed else combinations(range(actors), 2)
    rows = [(f"A{i}", f"A{j}", 2000 + t) for i, j in pairs for t in range(years) if rng.random() < keep]
    frame = pd.DataFrame(rows, columns=["source", "target", "period"])
    frame["cooperation"], frame["conflict"] = rng.poisson(9, len(frame)), rng.poisson(4, len(frame))
    return frame


def tone_residual(c, k, i, j, *, unit=1.0):
    """Tone of each dyad beyond both members' habit, from the effects alone."""
    ratio = np.log((c / unit + 1) / (k / unit + 1))
    return fit_effects(ratio, i, j, int(max(i.max(), j.max())) + 1).residual


# ---- a case worked by hand ------------------------------------------
def test_four_states_by_hand():
    # friends A-B and C-D with ratio 10/2, all other dyads 2/2: one effect a state, all alike by symmetry
    c, k = np.array([9, 1, 1, 1, 1, 9]), np.ones(6)
    i, j = np.array([0, 0, 0, 1, 1, 2]), np.array([1, 2, 3, 2, 3, 3])
    friends, others = np.log(10 / 2), np.log(2 / 2)
    mean = (2 * friends + 4 * others) / 6
    expected = [friends - mean, others - mean, others - mean, others - mean, others - mean, friends - mean]
    np.testing.assert_allclose(tone_residual(c, k, i, j), expected, atol=ALGEBRA)


@pytest.mark.parametrize("memory", ["stock", "years"])
def test_a_state_with_one_partner_has_no_tone_of_its_own(memory):
    """Its effect takes up whatever its one pair does: of four that all meet, each pair has a tone; of E none is known."""
    rows = [(a, b, 2000, 9 + 3 * at, 4) for at, (a, b) in enumerate(combinations("ABCD", 2))]
    frame = pd.DataFrame(
        [*rows, ("D", "E", 2000, 30, 1)], columns=["source", "target", "period", "cooperation", "conflict"]
    )
    found = affinity_of_counts(frame, half_life=1, memory=memory).to_frame().query("domain == 'composite'")
    alone = found["target"] == "E"
    assert found.loc[alone, ["tone", "tone_se", "tone_low", "tone_high"]].isna().all(axis=None)
    assert (found.loc[~alone, "tone_se"] > 0).all()
    three = affinity_of_counts(frame[frame["target"] < "D"], half_life=1, memory=memory)
    assert np.isnan(three.tone).all()  # three pairs and three effects: nothing is left


@pytest.mark.parametrize("silence", ["unknown", "neutral"])
@pytest.mark.parametrize("memory", ["stock", "years"])
def test_where_the_effects_leave_nothing_no_position_is_shared(memory, silence):
    """Each pair has had three friendly acts and a hostile one: residuals are rounding, whose cosine says nothing."""
    rows = [(a, b, 2000, 3, 1) for a, b in combinations("ABCDEF", 2)]
    rows += [("F", "G", 2000, 30, 1)] if silence == "unknown" else []  # all of it is the effect of G
    frame = pd.DataFrame(rows, columns=["source", "target", "period", "cooperation", "conflict"])
    found = affinity_of_counts(frame, half_life=1, memory=memory, silence=silence, min_n=0)
    assert np.isnan(found.shared).all() and np.isnan(found.shared_se).all()
    assert (np.nan_to_num(found.tone) == 0).all() and (np.nan_to_num(found.latent) == 0).all()


def test_a_surly_state_is_no_rival_of_all():
    # D meets everyone with the ratio 1/9; the others meet at 9/1: all of it is D's effect, no residual
    c, k = np.array([8.0, 8, 8, 0, 0, 0]), np.array([0.0, 0, 0, 8, 8, 8])
    i, j = np.array([0, 0, 1, 0, 1, 2]), np.array([1, 2, 2, 3, 3, 3])
    np.testing.assert_allclose(tone_residual(c, k, i, j), np.zeros(6), atol=ALGEBRA)
    fit = fit_effects(np.log((c + 1) / (k + 1)), i, j, 4)
    # mean of the six is 0; a + a = ln 9, a + d = -ln 9 -> centred: a = ln 9 / 2, d = -3 ln 9 / 2
    np.testing.assert_allclose(fit.sender, np.log(9) * np.array([0.5, 0.5, 0.5, -1.5]), atol=ALGEBRA)


def test_cosine_over_third_parties_by_hand():
    # A and B hold (1, 2) and (2, 1) on the third parties C and D, and 5 on one another, which must not count
    r = np.array([[0, 5, 1, 2], [5, 0, 2, 1], [1, 2, 0, 0], [2, 1, 0, 0]], dtype=float)
    assert profile_cosine(r)[0, 1] == pytest.approx((1 * 2 + 2 * 1) / np.sqrt((1 + 4) * (4 + 1)))
    # C and D: 1, 2 towards A, B against 2, 1; A and C: only B and D are third, A has (5, 2), C has (2, 0)
    assert profile_cosine(r)[0, 2] == pytest.approx((5 * 2 + 2 * 0) / np.sqrt((25 + 4) * (4 + 0)))


def test_sign_a_friendly_dyad_is_above_zero_and_a_hostile_one_below():
    frame = table(1, keep=1.0)
    one = (frame["source"] == "A0") & (frame["target"] == "A1")
    two = (frame["source"] == "A2") & (frame["target"] == "A3")
    frame.loc[one, ["cooperation", "conflict"]] = 40, 0
    frame.loc[two, ["cooperation", "conflict"]] = 0, 40
    tone = affinity_of_counts(frame, min_n=1, draws=0).matrix("tone")
    assert tone.loc["A0", "A1"] > 1
    assert tone.loc["A2", "A3"] < -1
    assert tone.loc["A1", "A0"] == tone.loc["A0", "A1"]


# ---- slow twins ------------------------------------------
@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_effects_equal_least_squares_with_dummies(directed, weighted):
    rng = np.random.default_rng(3)
    A = 9
    pairs = np.array(
        [p for p in (permutations if directed else combinations)(range(A), 2) if rng.random() < 0.6]
    )
    y, w = rng.normal(size=len(pairs)), rng.uniform(0.2, 5, len(pairs)) if weighted else np.ones(len(pairs))
    dummies = np.zeros((len(pairs), 1 + 2 * A))
    for row, (i, j) in enumerate(pairs):
        dummies[row, 0] = 1
        dummies[row, 1 + i] += 1
        dummies[row, 1 + (A + j if directed else j)] += 1
    root = np.sqrt(w)[:, None]
    beta = np.linalg.lstsq(dummies * root, y * root[:, 0], rcond=None)[0]
    fit = fit_effects(y, *pairs.T, A, weight=w if weighted else None, directed=directed)
    np.testing.assert_allclose(fit.residual, y - dummies @ beta, atol=1e-9)
    i, j = pairs.T
    np.testing.assert_allclose(fit.mean + fit.sender[i] + fit.receiver[j] + fit.residual, y, atol=1e-9)


def test_shared_position_equals_a_loop():
    frame = table(5, years=1)
    found = affinity_of_counts(frame, min_n=0, draws=0, shrink=6)
    tone, n = found.matrix("tone"), {}
    for row in frame.itertuples():
        n[row.source, row.target] = n[row.target, row.source] = row.cooperation + row.conflict
    names = list(tone.index)

    def held(a, m):
        return tone.loc[a, m] * n[a, m] / (n[a, m] + 6) if (a, m) in n else 0.0

    shared = found.matrix("shared")
    for a, b in combinations(names, 2):
        third = [m for m in names if m not in (a, b)]
        x, y = (np.array([held(end, m) for m in third]) for end in (a, b))
        met = sum((a, m) in n and (b, m) in n for m in third)
        if (a, b) in n and met >= 3:
            assert shared.loc[a, b] == pytest.approx(x @ y / np.sqrt((x @ x) * (y @ y)))
        else:
            assert np.isnan(shared.loc[a, b])


def plain_low_rank(matrix, rank, most=2.0, rounds=2_000):
    """One whole decomposition a round, each imputed entry of the diagonal within `most` of the largest off it."""
    whole, most = matrix.copy(), most * np.abs(matrix).max()
    for _ in range(rounds):
        u, s, v = np.linalg.svd(whole)
        fit = (u[:, :rank] * s[:rank]) @ v[:rank]
        imputed = np.clip(fit.diagonal(), -most, most)
        if np.abs(imputed - whole.diagonal()).max() < 1e-12:
            break
        np.fill_diagonal(whole, imputed)
    return fit


def test_low_rank_finds_a_planted_rank_and_ignores_the_diagonal():
    rng = np.random.default_rng(0)
    u = rng.normal(size=(40, 2))
    planted = u @ np.diag([1.0, -0.8]) @ u.T
    seen = planted.copy()
    np.fill_diagonal(seen, 99.0)
    off = ~np.eye(40, dtype=bool)
    np.testing.assert_allclose(low_rank(seen, 2, tol=1e-9)[off], planted[off], atol=1e-6)
    noise = rng.normal(scale=0.05, size=seen.shape)
    for noisy in (seen + noise + noise.T, seen + noise):
        found = low_rank(noisy, 2, tol=1e-9)
        np.testing.assert_allclose(found[off], plain_low_rank(np.where(off, noisy, 0.0), 2)[off], atol=1e-7)


@pytest.mark.parametrize(("seed", "grows"), [(0, True), (1, True), (2, False), (3, True), (5, False)])
def test_low_rank_settles_where_a_diagonal_would_grow_for_ever(seed, grows):
    rng = np.random.default_rng(seed)
    off = ~np.eye(10, dtype=bool)
    noise = np.where(off, rng.normal(size=(10, 10)), 0.0)
    noise = noise + noise.T
    free = plain_low_rank(noise, 2, most=np.inf)
    assert (np.abs(free.diagonal()).max() > 2 * np.abs(noise).max()) == grows
    want = plain_low_rank(noise, 2)
    np.testing.assert_allclose(low_rank(noise, 2)[off], want[off], atol=1e-3 * np.abs(noise).max())


@pytest.mark.parametrize("actors", [10, 30])
def test_scores_of_a_period_hang_on_no_other_period(actors):
    """Of acts at random several diagonals fit, and the latent part had been the one nearest to the year before."""
    ties = Ledger.post(simulate(400 * actors, actors=actors, seed=1)).ties()
    whole, last = affinity(ties, min_n=0), affinity(ties.select(periods=slice(2024, 2024)), min_n=0)
    for name in ("tone", "shared", "latent"):
        np.testing.assert_allclose(getattr(whole, name)[..., -1:], getattr(last, name), atol=ALGEBRA)


def test_later_periods_change_no_memory():
    """Residuals fade over the days between two periods, and not over the mean of all, which leap years move."""
    ledger = Ledger.post(simulate(3_000, actors=8, seed=1, first="2001-01-01", last="2005-12-31"))
    now, later = (affinity(ledger.ties(end=end), memory="years", min_n=0) for end in (2005, 2007))
    for name in ("tone", "shared", "latent"):
        np.testing.assert_allclose(getattr(later, name)[..., :5], getattr(now, name), rtol=1e-12, atol=1e-12)


def test_counts_and_events_give_the_same_scores():
    events = simulate(4_000, actors=8, seed=2, first="2001-01-01", last="2003-12-31")
    ties = Ledger.post(events, decay=Cumulative()).ties()
    found = affinity(ties, draws=0, min_n=1)
    undirected = ties.undirected().to_frame().query("n > 0")
    # one mean mass of an event is the unit; of a mutual act, which both sides do, twice its mass
    booked = np.abs(events.value) * events.weight * np.where(events.mutual, 2, 1)
    unit = [booked[(events.domain == d) & (booked > 0)].mean() for d in range(len(events.domains))]
    for domain, part in undirected.groupby("domain"):
        at = found.axes.domain(domain)
        last = part[part["year"] == found.axes.periods[-1].year]
        code = {name: a for a, name in enumerate(found.axes.actors)}
        i, j = last["source"].map(code).to_numpy(), last["target"].map(code).to_numpy()
        expected = tone_residual(
            last["cooperation"].to_numpy(), last["conflict"].to_numpy(), i, j, unit=unit[at]
        )
        got = [
            found.tone[found.axes.dyad(*pair), at, -1]
            for pair in zip(last["source"], last["target"], strict=True)
        ]
        np.testing.assert_allclose(got, expected, rtol=1e-8)


# ---- laws ---------------------
def rank_of(dyads, directed):
    """Of the least squares of a mean and one effect an actor, or where directed one of each side."""
    effects = np.eye(dyads.max(initial=0) + 1)
    sides = [effects[dyads[:, 0]], effects[dyads[:, 1]]]
    rows = np.hstack(sides) if directed else sum(sides)
    return np.linalg.matrix_rank(np.hstack([np.ones((len(dyads), 1)), rows]))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_laws_of_residuals(seed, directed):
    frame = table(seed, directed=directed)
    found = affinity_of_counts(frame, directed=directed, min_n=0, draws=0)
    tone = np.nan_to_num(found.tone[:, 0])
    known = ~np.isnan(found.tone[:, 0])
    for a in range(len(found.axes.actors)):  # residuals of each sender and receiver sum to 0
        ends = found.axes.dyads == a
        for side in (ends[:, 0], ends[:, 1]) if directed else (ends.any(axis=1),):
            np.testing.assert_allclose(tone[side].sum(axis=0), 0, atol=1e-8)
    dyads, happened = found.axes.dyads, found.n[:, 0] > 0
    assert not (known & ~happened).any()
    for d, t in np.argwhere(happened & ~known):  # only what the effects reproduce whatever it is is withheld
        others = np.flatnonzero(happened[:, t] & (np.arange(len(dyads)) != d))
        assert rank_of(dyads[others], directed) < rank_of(dyads[[*others, d]], directed)
    shared = found.shared[~np.isnan(found.shared)]
    assert (np.abs(shared) <= 1).all()
    shuffled = frame.sample(frac=1, random_state=seed)
    again = affinity_of_counts(shuffled, directed=directed, min_n=0, draws=0)
    np.testing.assert_allclose(again.tone, found.tone, atol=1e-9)
    swapped = frame.rename(columns={"cooperation": "conflict", "conflict": "cooperation"})
    mirrored = affinity_of_counts(swapped, directed=directed, min_n=0, draws=0)
    np.testing.assert_allclose(mirrored.tone, -found.tone, atol=1e-8)
    np.testing.assert_allclose(mirrored.shared, found.shared, atol=1e-7)


def test_relabelling_actors_relabels_rows_and_weights_of_events_cancel():
    frame = table(8)
    found = affinity_of_counts(frame, min_n=0, draws=0)
    names = {f"A{a}": f"Z{9 - a}" for a in range(7)}
    other = affinity_of_counts(frame.replace(names), min_n=0, draws=0)
    for score in ("tone", "shared", "latent"):
        one = found.matrix(score).rename(index=names, columns=names).sort_index().sort_index(axis=1)
        np.testing.assert_allclose(other.matrix(score), one, atol=1e-3 if score == "latent" else 1e-9)
    events = simulate(400, actors=6, seed=4, first="2020-01-01", last="2021-12-31")
    heavy = events.to_frame().assign(weight=lambda f: f["weight"] * 7)
    scaled = type(events).from_frame(heavy, codebook=events.codebook)
    a, b = (affinity(Ledger.post(e).ties(), draws=0) for e in (events, scaled))
    np.testing.assert_allclose(a.tone, b.tone, atol=1e-8)


def test_half_life_fades_the_past_by_hand():
    frame = pd.DataFrame(
        [("A", "B", 2000, 8, 0), ("A", "B", 2002, 0, 3), ("A", "C", 2000, 1, 1), ("B", "C", 2000, 1, 1)],
        columns=["source", "target", "period", "cooperation", "conflict"],
    )
    found = affinity_of_counts(frame, half_life=1, min_n=1, draws=0)
    assert found.n[0, 0].tolist() == [8, 8, 8 + 3]
    assert found.evidence[0, 0, 2] == pytest.approx(8 / 4 + 3)  # squares fade as masses do
    plain = affinity_of_counts(frame, min_n=1, draws=0)
    assert np.isnan(plain.tone[0, 0, 1])  # nothing happened in 2001


# ---- uncertainty ------------------------------------------
def covered(actors: int, events: float, worlds: int) -> tuple[float, float]:
    """Cover of tone's and shared position's intervals: the same formulas on expected counts are the truth."""
    rng = np.random.default_rng(11)
    i, j = np.array(list(combinations(range(actors), 2))).T
    place = rng.normal(size=(actors, 2))
    p = 1 / (1 + np.exp(-(0.8 + 0.7 * (place[i] * place[j]).sum(axis=1))))
    n = events * np.exp(rng.normal(0, 0.7, len(i)))
    names = np.array([f"A{a:02d}" for a in range(actors)])
    frame = pd.DataFrame({"source": names[i], "target": names[j], "period": 2000})
    expected = frame.assign(cooperation=n * p, conflict=n * (1 - p))
    truth = affinity_of_counts(expected, min_n=0, draws=0)
    hits = []
    for _ in range(worlds):
        seen = frame.assign(cooperation=rng.poisson(n * p), conflict=rng.poisson(n * (1 - p)))
        found = affinity_of_counts(seen, min_n=0)
        pairs = [
            (getattr(found, f"{s}_low"), getattr(truth, s), getattr(found, f"{s}_high"))
            for s in ("tone", "shared")
        ]
        known = ~np.isnan(found.tone[:, 0, 0])
        hits.append([((lo <= at) & (at <= hi))[known, 0, 0].mean() for lo, at, hi in pairs])
        assert (found.shared_low <= found.shared)[known].all()
        assert ((found.shared <= found.shared_high) & (found.shared_high <= 1))[known].all()
    return tuple(np.mean(hits, axis=0))


@pytest.mark.parametrize(("actors", "events"), [(10, 30), (20, 12), (20, 100)])
def test_intervals_cover_the_scores_of_the_expected_counts(actors, events):
    tone, shared = covered(actors, events, 12)
    assert tone > 0.93
    assert shared > 0.92


@pytest.mark.parametrize(
    "options",
    [{}, {"memory": "years", "silence": "neutral"}, {"memory": "years"}],
    ids=["sums", "neutral", "years"],
)
def test_intervals_cover_where_years_fade(options):
    """Six years of counts under a half-life of three; the truth are the scores of the expected counts of every year."""
    rng, hits = np.random.default_rng(11), []
    i, j = np.array(list(combinations(range(20), 2))).T
    place = rng.normal(size=(20, 2))
    p = np.tile(1 / (1 + np.exp(-(0.8 + 0.7 * (place[i] * place[j]).sum(axis=1)))), 6)
    n = np.tile(2 * np.exp(rng.normal(0, 0.7, len(i))), 6)
    names = np.array([f"A{a:02d}" for a in range(20)])
    years = np.repeat(np.arange(2000, 2006), len(i))
    frame = pd.DataFrame({"source": np.tile(names[i], 6), "target": np.tile(names[j], 6), "period": years})
    options = options | {"half_life": 3, "min_n": 0}
    expected = frame.assign(cooperation=n * p, conflict=n * (1 - p))
    truth = affinity_of_counts(expected, draws=0, **options).to_frame(columns="all")
    for _ in range(6):
        seen = frame.assign(cooperation=rng.poisson(n * p), conflict=rng.poisson(n * (1 - p)))
        found = affinity_of_counts(seen[seen["cooperation"] + seen["conflict"] > 0], **options).to_frame(
            columns="all"
        )
        both = found.merge(truth, on=["source", "target", "domain", "period"], suffixes=("", "_true"))
        last = both[(both["period"] == both["period"].max()) & (both["domain"] != "composite")]
        hits.append([
            last.loc[last[f"{name}_low"].notna(), f"{name}_true"]
            .between(last[f"{name}_low"].dropna(), last[f"{name}_high"].dropna()).mean()
            for name in ("tone", "shared")
        ])  # fmt: skip
    assert np.mean(hits, axis=0).min() > 0.91


@pytest.mark.slow
@pytest.mark.parametrize("actors", [8, 16, 40])
@pytest.mark.parametrize("events", [5, 10, 30, 100, 300])
def test_intervals_cover_in_many_worlds(actors, events):
    tone, shared = covered(actors, events, 40)
    assert tone > 0.91
    assert shared > 0.89


def test_the_tones_error_is_that_of_least_squares():
    """Variance of (I - H) y, worked out with the whole matrix of the design."""
    rng = np.random.default_rng(4)
    i, j = np.array(list(combinations(range(7), 2))).T
    for directed in (False, True):
        w, v = rng.uniform(0.5, 2, len(i)), rng.uniform(0.1, 1, len(i))
        X = np.zeros((len(i), 14 if directed else 7))
        X[np.arange(len(i)), i] += 1
        X[np.arange(len(i)), j + 7 * directed] += 1
        root = np.sqrt(w)[:, None]
        H = X @ np.linalg.pinv(X * root) * root.T
        keep = np.eye(len(i)) - H
        fit = fit_effects(rng.normal(size=len(i)), i, j, 7, weight=w, directed=directed)
        found = residual_variance(fit, v)
        np.testing.assert_allclose(found, ((keep * v) @ keep.T).diagonal(), atol=1e-9)


# ---- what remembers, and what silence says ------------------------------------------
@pytest.mark.parametrize("directed", [False, True])
def test_effects_over_all_pairs_equal_least_squares(directed):
    rng = np.random.default_rng(2)
    A = 6
    y = rng.normal(size=(A, A))
    y = y if directed else y + y.T
    i, j = np.array(list((permutations if directed else combinations)(range(A), 2))).T
    fit = fit_effects(y[i, j], i, j, A, directed=directed)
    mean, sender, receiver, residual = effects_all_pairs(y, directed=directed)
    np.testing.assert_allclose(residual[i, j], fit.residual, atol=1e-10)
    np.testing.assert_allclose([mean, *sender, *receiver], [fit.mean, *fit.sender, *fit.receiver], atol=1e-10)


def test_shared_position_of_faded_years_equals_a_loop():
    frame = table(9, actors=6, years=3, keep=0.7)
    found = affinity_of_counts(frame, half_life=2, memory="years", silence="neutral", min_n=0, draws=0)
    A, held = 6, np.zeros((6, 6))
    for year in range(2000, 2003):
        y, seen = np.zeros((A, A)), np.zeros((A, A))
        for row in frame[frame["period"] == year].itertuples():
            a, b = int(row.source[1]), int(row.target[1])
            y[a, b] = y[b, a] = np.log((row.cooperation + 1) / (row.conflict + 1))
            seen[a, b] = seen[b, a] = 1
        pairs = [(a, b) for a in range(A) for b in range(A) if a != b]
        dummies = np.array([[1.0 * (a == x) + (b == x) for x in range(A)] for a, b in pairs])
        fit = dummies @ np.linalg.lstsq(dummies, np.array([y[p] for p in pairs]), rcond=None)[0]
        held *= 2 ** (-1 / 2)
        for at, p in enumerate(pairs):
            held[p] += (y[p] - fit[at]) * seen[p]
    shared = found.matrix("shared")
    for a, b in combinations(range(A), 2):
        third = [m for m in range(A) if m not in (a, b)]
        x, z = held[a, third], held[b, third]
        got = shared.loc[f"A{a}", f"A{b}"]
        assert np.isnan(got) or got == pytest.approx(x @ z / np.sqrt((x @ x) * (z @ z)))
    assert (~np.isnan(shared)).to_numpy().any()


def test_a_ledger_remembers_years_as_a_table_does():
    table_ = table(3, actors=5, years=3)
    rows = [
        (row.source, row.target, f"{row.period}-12-31", "economic", value)
        for row in table_.itertuples()
        for value, times in ((1.0, row.cooperation), (-1.0, row.conflict))
        for _ in range(times)
    ]
    frame = pd.DataFrame(rows, columns=["source", "target", "date", "domain", "value"])
    ties = Ledger.post(Events.from_frame(frame), decay=HalfLife(2)).ties()
    options = {"memory": "years", "silence": "neutral", "min_n": 0}
    one = affinity(ties, **options).matrix("shared", domain="economic")
    two = affinity_of_counts(table_, half_life=2, **options).matrix("shared")
    np.testing.assert_allclose(one, two, atol=1e-3)  # a year is 365 or 366 days


def test_choices_that_contradict_each_other_are_refused():
    frame = table(1)
    with pytest.raises(OptionError, match="memory='years' fades residuals by a half-life; give half_life"):
        affinity_of_counts(frame, memory="years")
    with pytest.raises(OptionError, match="takes every pair alike, volume_weights='volume' the busy ones"):
        affinity_of_counts(frame, silence="neutral", volume_weights="volume")
    with pytest.raises(OptionError, match="memory is 'long'; it must be one of 'stock', 'years'"):
        affinity_of_counts(frame, memory="long")
    with pytest.raises(OptionError, match="silence is 'golden'; it must be one of 'unknown', 'neutral'"):
        affinity_of_counts(frame, silence="golden")
    ties = Ledger.post(simulate(300, actors=5, seed=1), decay=Cumulative()).ties()
    with pytest.raises(OptionError, match=r"fades by a half-life; the ledger was posted with Cumulative\(\)"):
        affinity(ties, memory="years")
    with pytest.raises(OptionError, match="silence='neutral' needs 3 or more"):
        affinity_of_counts(frame.head(1), silence="neutral", rank=1)


def test_more_events_narrow_the_interval():
    frame = table(2, keep=1.0)
    more = frame.assign(cooperation=frame["cooperation"] * 9, conflict=frame["conflict"] * 9)
    one, two = (affinity_of_counts(f, min_n=0, rng=1) for f in (frame, more))
    ratio = np.nanmedian(one.tone_se / two.tone_se)
    assert 2 < ratio < 3  # a third, less what the prior has already narrowed where events are few


# ---- withheld, composite, doors ------------------------------------------
def test_a_state_of_which_all_is_long_past_has_no_shared_position():
    """With a month of half-life, after 25 silent years, the lengths of two profiles multiply to 0."""
    values = (3, -2, 4, 5, -6, 2, 1, -3, 7, 2)
    pairs = zip(combinations("ABCDE", 2), values, strict=True)
    rows = [(a, b, "1990-05-05", value) for (a, b), value in pairs]
    rows += [("A", "B", "2015-05-05", 5), ("A", "C", "2015-05-05", -2), ("B", "C", "2015-05-05", 4)]
    acts = pd.DataFrame(rows, columns=["source", "target", "date", "value"]).assign(domain="security")
    ledger = Ledger.post(Events.from_frame(acts), decay=HalfLife.months(1))
    found = affinity(ledger, min_n=1).of("D", "E", 2015).set_index("domain").loc["security"]
    assert np.isnan(found["shared_low"]) and np.isnan(found["shared_high"])


def test_thin_dyads_are_withheld_but_still_shape_the_effects():
    frame = table(4, keep=1.0)
    few = (frame["source"] == "A0") & (frame["target"] == "A1")
    frame.loc[few, ["cooperation", "conflict"]] = 3, 0
    free, held = (affinity_of_counts(frame, min_n=m, draws=0) for m in (0, 5))
    assert np.isnan(held.matrix("tone").loc["A0", "A1"])
    assert not np.isnan(held.matrix("shared").loc["A0", "A1"])
    seen = ~np.isnan(held.tone)
    np.testing.assert_array_equal(held.tone[seen], free.tone[seen])


def test_three_acts_are_three_however_their_months_are_added():
    """An act of a month is parts of one, which add up to a little less than 1."""
    rows = [(a, b, f"2001-{month:02}") for month in (1, 2, 3) for a, b in combinations("ABCD", 2)]
    frame = pd.DataFrame(rows, columns=["source", "target", "date"]).assign(domain="economic", value=3.0)
    ties = Ledger.post(Events.from_frame(frame), freq="W").ties().undirected()
    assert (ties.n[:, 0, -1] < 3).all()
    assert not np.isnan(affinity(ties, min_n=3).tone[:, 0, -1]).any()


def test_composite_is_the_weighted_mean_of_domains_seen():
    frame = pd.concat([table(1).assign(domain="economic"), table(2).assign(domain="security")])
    found = affinity_of_counts(frame, min_n=0, draws=5, weights={"economic": 3, "security": 1}, rng=1)
    e, s, both = (found.tone[:, d] for d in range(3))
    expected = np.where(np.isnan(e), s, np.where(np.isnan(s), e, 0.75 * e + 0.25 * s))
    np.testing.assert_allclose(both, expected, atol=1e-12)
    assert set(np.unique(found.coverage[:, 2])) <= {0.0, 0.25, 0.75, 1.0}
    assert list(found.to_frame().columns[:6]) == ["source", "target", "domain", "period", "year", "tone"]
    effects = found.effects()
    assert len(effects) == 7 * 2 * 2
    assert list(effects.columns) == ["actor", "domain", "period", "year", "sender", "receiver"]


def test_directed_scores_differ_by_direction_and_values_are_read_only():
    ties = Ledger.post(simulate(400, actors=6, seed=3, first="2020-01-01", last="2021-12-31")).ties()
    found = affinity(ties, directed=True, draws=10, rng=1)
    tone = found.matrix("tone").to_numpy()
    assert not np.allclose(tone, tone.T, equal_nan=True)
    with pytest.raises(ValueError, match="read-only"):
        found.tone[0] = 1
    assert affinity(ties.undirected(), directed=True, draws=0).recipe["directed"] is False


@pytest.mark.parametrize("draws", [0, 1])
def test_without_copies_no_error_is_told(draws):
    found = affinity(
        Ledger.post(simulate(300, actors=6, seed=3, first="2020-01-01", last="2021-12-31")).ties(),
        draws=draws,
        rng=1,
    )
    assert not np.isnan(found.tone[:, -1]).all()  # the composite is there, its error is not
    for name in ("tone_se", "tone_low", "shared_se", "shared_high"):
        assert np.isnan(getattr(found, name)).all()


def test_volume_weights_let_busy_dyads_set_the_norm():
    frame = table(6, keep=1.0, years=1)
    busy = (frame["source"] == "A0") & (frame["target"] == "A1")
    frame.loc[busy, ["cooperation", "conflict"]] = 900, 10
    one, two = (
        affinity_of_counts(frame, min_n=0, draws=0, volume_weights=w).matrix("tone").loc["A0", "A1"]
        for w in ("none", "volume")
    )
    assert abs(two) < abs(one) / 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rank": 0}, r"rank is 0; it must lie in \[1, inf\]"),
        ({"prior": 0}, r"prior is 0; it must lie in \(0.0, inf\)"),
        ({"shrink": -1}, "shrink is -1"),
        ({"draws": -1}, "draws is -1"),
        ({"level": 1.0}, "level is 1.0"),
        ({"volume_weights": "n"}, "volume_weights is 'n'; it must be one of 'none', 'volume'"),
        ({"half_life": 0}, "half_life is 0"),
        ({"columns": {"sauce": "x"}}, "unknown column 'sauce'. Did you mean 'source'"),
        ({"columns": {"conflict": "conflicts"}}, "unknown column 'conflicts'. Did you mean 'conflict'"),
        ({"weights": {"econ": 1}}, "unknown domain 'econ'"),
    ],
)
def test_options_out_of_range_are_refused(change, message):
    with pytest.raises((OptionError, UnknownLabelError), match=message):
        affinity_of_counts(table(1), **change)


def test_a_column_of_counts_under_another_name_is_asked_for():
    by_year = table(1).rename(columns={"period": "year"})
    told = r"no column 'period'; say which one it is, columns=\{'period': ...\}. Known: year"
    with pytest.raises(UnknownLabelError, match=told):  # not cooperation, which is there for another end
        affinity_of_counts(by_year)
    affinity_of_counts(by_year, columns={"period": "year"})


def test_bad_counts_are_refused_with_the_first_row():
    frame = table(1).astype({"conflict": float})
    frame.loc[3, "conflict"] = np.nan
    with pytest.raises(OptionError, match=r"1 of .* counts in column 'conflict' are .* the first row 3: nan"):
        affinity_of_counts(frame)
    with pytest.raises(OptionError, match="no rows"):
        affinity_of_counts(table(1).iloc[:0])
    with pytest.raises(OptionError, match="row 0 joins an actor with itself"):
        affinity_of_counts(table(1).assign(target=lambda f: f["source"]))
    with pytest.raises(OptionError, match="score is 'toe'"):
        affinity_of_counts(table(1), draws=0).matrix("toe")


def test_many_states_at_once():
    rng = np.random.default_rng(0)
    i, j = np.array(list(combinations(range(60), 2))).T
    names = np.array([f"S{a:03d}" for a in range(60)])
    frame = pd.DataFrame({"source": np.tile(names[i], 3), "target": np.tile(names[j], 3)})
    frame["period"] = np.repeat([2000, 2001, 2002], len(i))
    frame["cooperation"], frame["conflict"] = rng.poisson(5, len(frame)), rng.poisson(2, len(frame))
    found = affinity_of_counts(frame, draws=5, rng=1)
    assert found.shape == (60 * 59 // 2, 2, 3)


def test_a_table_of_counts_is_read_as_one_of_events():
    """One state had stood as 20 and 20.0, "12:30" had been the year 1, a date as many events as nanoseconds."""
    table = pd.DataFrame(
        {
            "source": ["2", "2", "20"],
            "target": ["20", "200", "200"],
            "period": 2020,
            "cooperation": [9, 3, 6],
            "conflict": 1,
        }
    )

    def scored(counts):
        found = affinity_of_counts(counts, min_n=1, draws=0)
        return found.axes.actors, found.axes.periods.tolist(), found.n[:, 0, 0].tolist()

    right = scored(table)
    assert right[0] == ("2", "20", "200")
    for source, target in (("int64", "float64"), ("float32", "Int64"), ("object", "category")):
        assert scored(table.astype({"source": source, "target": target})) == right
    assert scored(table.assign(source=[b"2", b"2", b"20"])) == right
    for period in (
        2020.0,
        "2020",
        pd.Timestamp("2020-12-31"),
        pd.Period("2020"),
        np.datetime64("2020-06-01"),
    ):
        assert scored(table.assign(period=period)) == right
    for period in ("12:30", "May 5", 2020.5, -5):
        with pytest.raises(OptionError, match="is not a period, date or year"):
            scored(table.assign(period=period))
    for count in (pd.Timestamp("2020-01-01"), 1 + 2j):
        with pytest.raises(OptionError, match="column 'conflict' is no number in 3 rows"):
            scored(table.assign(conflict=count))
    with pytest.raises(OptionError, match="1 of 3 rows have no 'source', the first row 1"):
        scored(table.assign(source=["2", " ", "20"]))
    with pytest.raises(OptionError, match="'composite' is the name of all domains together"):
        scored(table.assign(domain="composite"))
