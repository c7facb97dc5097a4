"""Camps found: signed modularity and frustration; laws, cases by hand, every split in turn, errors."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignscore.errors import OptionError
from alignscore.measures.blocs.communities import (
    _jaccard,
    communities,
    louvain,
    modularity_matrix,
    within_sum,
)
from alignscore.measures.blocs.frustration import best_split, frustrated_triangles, frustration, packed


def random_ties(seed: int, actors: int = 7) -> np.ndarray:
    ties = np.triu(np.random.default_rng(seed).normal(size=(actors, actors)), 1)
    return ties + ties.T


def framed(ties: np.ndarray) -> pd.DataFrame:
    names = [f"A{a:02d}" for a in range(len(ties))]
    return pd.DataFrame(ties, index=names, columns=names)


def camps_world(seed: int, sizes=(8, 6, 5), noise: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    ties = np.where(truth[:, None] == truth, 1.0, -0.5) + np.triu(
        rng.normal(scale=noise, size=(len(truth),) * 2)
    )
    ties = np.triu(ties, 1)
    return ties + ties.T, truth


def every_split(ties: np.ndarray, camps: int) -> float:
    """Weight that the best split breaks, by trying every one and counting tie by tie."""
    pairs = [(i, j) for i, j in zip(*np.triu_indices(len(ties), 1), strict=True) if ties[i, j]]
    return min(
        sum(abs(ties[i, j]) for i, j in pairs if (ties[i, j] > 0) != (split[i] == split[j]))
        for rest in product(range(camps), repeat=len(ties) - 1)
        for split in [(0, *rest)]
    )


def test_two_pairs_by_hand():
    # two friendly pairs of weight 2, four hostile ties of 1: both directions, w+ = 2 * 4 and w- = 2 * 4
    ties = np.array([[0, 2, -1, -1], [2, 0, -1, -1], [-1, -1, 0, 2], [-1, -1, 2, 0]], dtype=float)
    found = communities(framed(ties), rng=0)
    assert found.camps == (("A00", "A01"), ("A02", "A03"))
    # within: w = 2 * (2 + 2); over the 8 ordered pairs, selves included, the two nulls 2 * 2 / 8 cancel
    expected = (2 * (2 + 2) - 8 * (2 * 2 / 8 - 2 * 2 / 8)) / (8 + 8)
    assert found.modularity == pytest.approx(expected)
    # own camp: 2; the other: (-1 - 1) / 2
    np.testing.assert_allclose(found.support, [2 - -1] * 4)
    np.testing.assert_allclose(found.stability, 1)
    balanced = frustration(framed(ties), permutations=0)
    assert balanced.frustration == 0
    assert np.isnan(balanced.p)


def test_companions_of_two_splits_by_hand():
    """Those that an actor has in both, itself one of them, of those that it has in either."""
    np.testing.assert_allclose(
        _jaccard(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])), [2 / 3, 2 / 3, 1 / 4, 1 / 2]
    )


def test_one_camp_has_no_rival_that_its_members_could_be_nearer_to():
    found = communities(framed(np.ones((3, 3))))
    assert len(found.camps) == 1 and np.isnan(found.support).all()


def test_modularity_equals_the_published_sum():
    ties = random_ties(3)
    camps = np.array([0, 1, 0, 2, 1, 0, 2])
    plus, minus = np.maximum(ties, 0), np.maximum(-ties, 0)
    total = 0.0
    for i, j in product(range(7), repeat=2):
        if camps[i] == camps[j]:
            null = plus[i].sum() * plus[j].sum() / plus.sum() - minus[i].sum() * minus[j].sum() / minus.sum()
            total += ties[i, j] - null
    total /= plus.sum() + minus.sum()
    assert within_sum(modularity_matrix(ties), camps) == pytest.approx(total)


def test_no_negative_ties_give_newman_modularity_and_one_camp_gives_zero():
    ties = np.abs(random_ties(1))
    strength = ties.sum(axis=1)
    newman = (ties - np.outer(strength, strength) / strength.sum()) / ties.sum()
    np.testing.assert_allclose(modularity_matrix(ties), newman)
    assert within_sum(modularity_matrix(random_ties(2)), np.zeros(7, int)) == pytest.approx(0)


PARTITIONS = [  # of six, each once: no camp has a number before all lower ones have come
    split
    for split in product(range(6), repeat=6)
    if all(camp <= max(split[:at], default=-1) + 1 for at, camp in enumerate(split))
]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_search_reaches_the_best_of_all_partitions(seed):
    ties = random_ties(seed, 6)
    gain = modularity_matrix(ties)
    best = max(within_sum(gain, np.array(split)) for split in PARTITIONS)
    assert communities(framed(ties), starts=40, rng=1).modularity == pytest.approx(best)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2, 3]), st.floats(0.3, 1.0))
def test_frustration_is_the_least_of_all_splits(seed, camps, density):
    ties = random_ties(seed)
    lost = np.triu(np.random.default_rng(seed).random(ties.shape) > density, 1)
    ties = np.where(lost | lost.T, 0.0, ties)
    if not ties.any():
        return
    least = every_split(ties, camps)
    found = frustration(framed(ties), camps=camps, permutations=0, method="exact")
    assert found.broken == pytest.approx(least, abs=1e-9)
    assert found.proven and found.bound == found.broken
    assert found.frustration == pytest.approx(least / np.abs(np.triu(ties)).sum())
    kept = ties[np.triu(ties != 0, 1)]
    assert best_split(ties[None], camps, 30, np.random.default_rng(1))[1][0] == pytest.approx(
        kept[kept > 0].sum() - least
    )
    pairs, triangles = frustrated_triangles(ties, camps)
    assert packed(np.abs(ties[pairs[:, 0], pairs[:, 1]]), triangles) <= least + 1e-9


def test_frustrated_triangles_by_hand():
    # friends A-B, A-C and rivals B-C: no split keeps all three; three rivals fit three camps and not two
    one_rival = np.array([[0, 1, 2], [1, 0, -3], [2, -3, 0]], dtype=float)
    all_rivals = -np.abs(one_rival)
    for ties, camps, broken in ((one_rival, 2, 1), (one_rival, 3, 1), (all_rivals, 2, 1), (all_rivals, 3, 0)):
        pairs, triangles = frustrated_triangles(ties, camps)
        assert packed(np.abs(ties[pairs[:, 0], pairs[:, 1]]), triangles) == broken
        for method in ("exact", "search"):
            found = frustration(framed(ties), camps=camps, permutations=3, method=method)
            assert found.broken == pytest.approx(broken) and max(found.camp) < camps
    # whichever ties the weights 1, 2 and 3 of rivals fall to, two camps break the lightest
    assert frustration(framed(all_rivals), permutations=9).null.tolist() == [1 / 6] * 9


def test_a_search_says_at_most_and_how_low_it_can_go():
    rng = np.random.default_rng(0)
    ties = np.triu(np.where(rng.random((45, 45)) < 0.5, 1.0, -1.0), 1)
    ties += ties.T
    found = frustration(framed(ties), method="search", permutations=0, starts=1)
    assert 0 < found.bound < found.broken and not found.proven
    assert "at most: no split breaks less than" in repr(found)
    assert found.table().endswith(f"{repr(found).split(': ', 1)[1].rsplit(';', 1)[0]}.")
    assert "the least of all splits" in repr(frustration(framed(ties[:9, :9]), permutations=0))
    in_no_time = frustration(framed(ties), permutations=0, starts=1, seconds=0.05)
    assert in_no_time.broken == found.broken  # the time decides the proof, not the split
    assert not in_no_time.proven and in_no_time.bound >= found.bound
    with pytest.raises(
        OptionError, match=r"of 45 actors and 990 ties no split is proven the best in 0.05 seconds"
    ):
        frustration(framed(ties), method="exact", permutations=0, seconds=0.05)


def test_frustration_bounds_and_flipping_signs_of_one_actor():
    for seed in range(10):
        ties = random_ties(seed)
        found = frustration(framed(ties), permutations=0, rng=0)
        assert 0 <= found.frustration <= 0.5
        flip = np.ones(7)
        flip[seed % 7] = -1  # switching one actor's signs changes its camp and no frustration
        turned = frustration(framed(ties * np.outer(flip, flip)), permutations=0, rng=0)
        assert turned.frustration == pytest.approx(found.frustration)


def test_planted_camps_are_found_and_are_no_chance():
    ties, truth = camps_world(1)
    found = communities(framed(ties), rng=3)
    assert [len(c) for c in found.camps] == [8, 6, 5]
    np.testing.assert_array_equal(found.camp, truth)
    assert (found.support > 0).all()
    clear = frustration(framed(ties), camps=3, permutations=99, rng=3)
    assert clear.p == pytest.approx(1 / 100)
    assert len(clear.null) == 99
    assert clear.frustration < clear.null.min()


def test_random_networks_are_not_called_camps_too_often():
    p = [frustration(framed(random_ties(seed, 10)), permutations=29, rng=seed).p for seed in range(32)]
    assert np.mean(np.array(p) <= 0.1) <= 0.26  # 10 % expected; 26 % is 3 standard errors away
    assert 0.3 < np.mean(p) < 0.7


def test_p_compares_searches_whatever_the_method_and_the_same_seed_gives_the_same():
    ties = framed(random_ties(5))
    one, two = (frustration(ties, method=m, permutations=30, rng=7) for m in ("exact", "search"))
    assert one.p == two.p
    np.testing.assert_array_equal(one.null, two.null)
    first, again = (communities(ties) for _ in range(2))
    np.testing.assert_array_equal(first.camp, again.camp)
    assert 1 / 20 <= first.reached <= 1


def test_louvain_ends_where_no_single_move_helps():
    ties, _ = camps_world(9, noise=1.5)
    gain = modularity_matrix(ties)
    camps = louvain(gain, np.random.default_rng(0))
    at = within_sum(gain, camps)
    for a in range(len(ties)):
        for c in range(camps.max() + 2):
            moved = camps.copy()
            moved[a] = c
            assert within_sum(gain, moved) <= at + 1e-12


def test_actors_without_ties_are_left_out_and_directions_are_averaged():
    ties = framed(random_ties(2, 5))
    lone = ties.reindex(index=[*ties.index, "Z"], columns=[*ties.columns, "Z"])
    assert communities(lone, rng=1).actors == tuple(ties.index)
    upper = ties.where(np.triu(np.ones(ties.shape)) > 0)
    np.testing.assert_array_equal(communities(upper, rng=1).camp, communities(ties, rng=1).camp)
    frame = communities(ties, rng=1).to_frame()
    assert list(frame.columns) == ["actor", "camp", "support", "stability"]


@pytest.mark.parametrize(
    ("network", "options", "message"),
    [
        (
            pd.DataFrame(np.ones((2, 3))),
            {},
            "square frame with the same labels on both sides; this one is 2 x 3, and 2 stands on one side alone",
        ),
        (
            pd.DataFrame(np.ones((2, 2)), index=[710, 816], columns=["710", "816"]),
            {},
            "this one is 2 x 2, and 710 stands on one side alone",
        ),
        (
            pd.DataFrame(np.ones((2, 2)), index=["CHN", None], columns=["CHN", None]),
            {},
            "the network has 1 actors without a label",
        ),
        (framed(np.zeros((3, 3))), {}, "no tie other than 0"),
        (
            pd.DataFrame(np.ones((2, 2)), index=["CHN", "CHN"], columns=["CHN", "CHN"]),
            {},
            "actor 'CHN' stands more than once in the network",
        ),
        (framed(np.full((3, 3), np.inf)), {}, "infinite ties"),
        (
            framed(np.zeros((3, 3))).astype(object).replace(0, "none"),
            {},
            "a tie is no number in 3 rows, first 'none'",
        ),
        (framed(random_ties(1)), {"starts": 0}, "starts is 0"),
    ],
)
def test_networks_that_cannot_be_used(network, options, message):
    for door in (communities, frustration):
        with pytest.raises(OptionError, match=message):
            door(network, **options)


def test_columns_may_stand_in_another_order_than_rows():
    ties = framed(random_ties(2, 5))
    for door in (communities, frustration):
        plain, turned = door(ties, rng=1), door(ties[ties.columns[::-1]], rng=1)
        pd.testing.assert_frame_equal(turned.to_frame(), plain.to_frame())


@pytest.mark.parametrize("seed", range(4))
def test_what_is_found_and_its_p_do_not_hang_on_the_order_of_actors(seed):
    ties = framed(random_ties(seed, 12))
    turned = ties.iloc[::-1, ::-1]
    one, two = (frustration(network, permutations=39) for network in (ties, turned))
    np.testing.assert_allclose(one.null, two.null, rtol=1e-12)
    assert one.p == two.p
    one, two = (communities(network, starts=3) for network in (ties, turned))
    assert set(map(frozenset, one.camps)) == set(map(frozenset, two.camps))
    np.testing.assert_allclose(one.stability, two.stability[::-1], rtol=1e-12)


def test_options_of_frustration():
    ties = framed(random_ties(1))
    with pytest.raises(OptionError, match="method is 'best'; it must be one of 'auto', 'exact', 'search'"):
        frustration(ties, method="best")
    with pytest.raises(OptionError, match="camps is 1"):
        frustration(ties, camps=1)
    with pytest.raises(OptionError, match="seconds is 0"):
        frustration(ties, seconds=0)
    with pytest.raises(OptionError, match="resolution is 0"):
        communities(ties, resolution=0)


def test_an_actor_of_a_network_has_a_label():
    """It had been one named None."""
    network = pd.DataFrame(np.ones((2, 2)), index=["A", None], columns=["A", None])
    with pytest.raises(OptionError, match="the network has 1 actors without a label; name each"):
        communities(network)
