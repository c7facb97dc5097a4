"""An act that stands in two domains is one piece of evidence in every composite, and its intervals say so."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.intervals import composite_draws
from alignscore.measures.composite import correlation_of, overlap_of, pooled_evidence, shares_beside
from alignscore.measures.states.diversification import posterior_shares

TWO = {"economic": 1.0, "diplomatic": 0.0, "security": 1.0}
DOMAINS = ("economic", "security", "diplomatic")


def acts(domains, *, target="B", day="2020-12-31", n=1):
    """The same n acts of value 5, one row a domain under one id."""
    rows = pd.DataFrame(
        {
            "source": "A", "target": target, "date": pd.to_datetime(day), "value": 5.0, "weight": 1.0,
            "event_id": [f"{target}{day}{i}" for i in range(n)],
        }
    )  # fmt: skip
    return pd.concat([rows.assign(domain=domain) for domain in domains], ignore_index=True)


def composite(frame, **options):
    found = al.alignment(al.Events.from_frame(frame), weights=TWO, **options)
    row = found.to_frame(columns="all")
    return row[(row["source"] == "A") & (row["domain"] == "composite")].iloc[-1]


def test_one_act_in_two_domains_by_hand():
    """A = 1/2 in both: Betas of mean 3/4 and 2 events, variance 3/16 / 3, of which 1 * 3 / 2^2 is shared."""
    now = composite(acts(("economic", "security")))
    each = (3 / 4) * (1 / 4) / (2 + 1)
    together = (1 * 3) / (1 + 1) ** 2 * each
    assert now["alignment"] == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert now["se"] == pytest.approx(2 * np.sqrt((each + each + 2 * together) / 4))
    assert now["evidence"] == pytest.approx(1)
    hostile = composite(acts(("economic", "security")).assign(value=-5.0))  # as sure, of the contrary
    assert (hostile["alignment"], hostile["se"]) == pytest.approx((-now["alignment"], now["se"]))
    apart = composite(acts(("economic", "security")).drop(columns="event_id"))
    assert apart["se"] == pytest.approx(2 * np.sqrt((each + each) / 4))
    assert apart["evidence"] == pytest.approx(2)


@pytest.mark.parametrize("n", [1, 4, 20])
def test_an_act_in_two_domains_has_no_more_evidence_than_in_one(n):
    one, both = composite(acts(("economic",), n=n)), composite(acts(("economic", "security"), n=n))
    assert both["evidence"] <= one["evidence"] + 1e-12
    found = al.domain_mix(al.Events.from_frame(acts(("economic", "security"), n=n)), "A", "B")
    assert found.evidence[0, -1] == pytest.approx(n)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.booleans())
def test_the_interval_of_a_share_is_that_of_the_rest_seen_from_the_other_end(seed, together):
    """Whatever stands in each domain, and whether acts stand in several: nothing prefers one of two sides."""
    rng = np.random.default_rng(seed)
    share, evidence = rng.random((5, 3, 2)), rng.gamma(1.0, 4.0, (5, 3, 2))
    share[rng.random(share.shape) < 0.3] = 0.0
    overlap = rng.random((5, 3, 2)) if together else None
    one, other = (shares_beside(s, evidence, np.ones(3), 0.9, overlap) for s in (share, 1 - share))
    np.testing.assert_allclose(one.share, 1 - other.share, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(one.low, 1 - other.high, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.high, 1 - other.low, rtol=1e-9, atol=1e-9)
    assert (one.low[:, -1] < one.high[:, -1]).all()


def test_formulas_of_overlap():
    """Two of three and two of four events of mass 1 are shared: overlap 2 / (3 * 4)^(1/2)."""
    square = np.array([[3.0], [4.0]])
    overlap = overlap_of(np.array([[2.0]]), square)
    assert overlap[0, 0] == pytest.approx(2 / np.sqrt(12))
    evidence = np.array([[3.0], [4.0]])
    g = [np.sqrt(n * (n + 2)) / (n + 1) for n in (3, 4)]
    assert correlation_of(overlap, evidence)[0, 0] == pytest.approx(2 / np.sqrt(12) * g[0] * g[1])
    assert pooled_evidence(evidence, overlap)[0] == pytest.approx(7**2 / (3 + 4 + 2 * 2))
    assert pooled_evidence(evidence, None)[0] == 7
    assert correlation_of(overlap, np.array([[0.0], [4.0]]))[0, 0] == 0


def test_covariance_of_correlated_domains_matches_draws():
    """Shares of two domains that rest on the same acts; a Dirichlet drawn through one set of uniforms."""
    rng = np.random.default_rng(0)
    share = rng.dirichlet(np.ones(3))[None, :, None, None] * np.ones((1, 1, 2, 1))
    evidence, weight = np.full((1, 2, 1), 6.0), np.full((1, 2, 1), 0.5)
    alike = posterior_shares(share, evidence, weight, np.ones((1, 1, 1)))
    one = posterior_shares(share[:, :, :1], evidence[:, :1], np.ones((1, 1, 1)))
    np.testing.assert_allclose(alike.covariance, one.covariance, atol=1e-15)
    half = posterior_shares(share, evidence, weight, np.full((1, 1, 1), 0.5))
    np.testing.assert_allclose(half.covariance, 0.75 * one.covariance, atol=1e-15)
    apart = posterior_shares(share, evidence, weight)
    wider = np.einsum("sppt->st", half.covariance) / np.einsum("sppt->st", apart.covariance)
    drawn = composite_draws(share, evidence, weight, draws=20_000, rng=1, wider=wider)
    np.testing.assert_allclose(drawn.mean(axis=0), half.mean, atol=0.01)
    np.testing.assert_allclose(
        drawn.var(axis=0)[0, :, 0], np.diagonal(half.covariance[0, :, :, 0]), rtol=0.06
    )


def test_covariances_of_different_shares_keep_their_sum_and_sign():
    rng = np.random.default_rng(1)
    share = np.moveaxis(rng.dirichlet(np.ones(3), size=(5, 3, 2)), -1, 1)  # (S, P, K, T)
    evidence, weight = rng.uniform(0, 9, (5, 3, 2)), np.full((5, 3, 2), 1 / 3)
    covariance = posterior_shares(share, evidence, weight, np.full((5, 3, 2), 0.8)).covariance
    np.testing.assert_allclose(covariance.sum(axis=1), 0, atol=1e-15)
    assert np.linalg.eigvalsh(np.moveaxis(covariance, -1, 1)).min() > -1e-12


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_ids_never_narrow_an_interval_and_change_no_score(seed):
    rng = np.random.default_rng(seed)
    frame = pd.concat(
        [
            acts(rng.permutation(DOMAINS)[: rng.integers(1, 4)], target=target, day=f"20{year}-05-01", n=2)
            for target in ("B", "C") for year in rng.integers(10, 20, 3)
        ]
    ).drop_duplicates(["target", "date", "domain", "event_id"])  # fmt: skip
    told, untold = (
        al.hedging(al.Events.from_frame(f), powers=("B", "C"))
        for f in (frame, frame.drop(columns="event_id"))
    )
    np.testing.assert_allclose(told.position, untold.position)
    assert (np.nan_to_num(told.position_se) >= np.nan_to_num(untold.position_se) - 1e-12).all()
    assert (told.evidence <= untold.evidence + 1e-9).all()


def records(theta, n, rng, domains):
    """For each state n acts of one chance toward the second power, every one in all the domains, uneven and faded."""
    s = np.repeat(np.arange(len(theta)), n)
    one = pd.DataFrame(
        {
            "source": [f"S{i:04d}" for i in s],
            "target": np.where(rng.random(len(s)) < theta[s], "PB", "PA"),
            "date": pd.to_datetime("2010-01-01") + pd.to_timedelta(rng.integers(0, 3650, len(s)), unit="D"),
            "value": 5.0, "weight": rng.exponential(size=len(s)) + 0.05, "mutual": True,
            "event_id": [f"e{i}" for i in range(len(s))],
        }
    )  # fmt: skip
    return al.Events.from_frame(pd.concat([one.assign(domain=domain) for domain in domains]))


def fresh(events):
    """The same acts of one weight, all on the last day of 2019."""
    n = len(events)
    return replace(events, weight=np.ones(n), day=np.full(n, 18_261, dtype=np.int32))


@pytest.mark.parametrize(
    "n", [3, 10, pytest.param(30, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("even", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_positions_of_acts_booked_twice_cover(n, even):
    """Nominal 95 %, all acts in three domains: as independent domains they cover .73 to .89."""
    rng = np.random.default_rng(n)
    theta = rng.uniform(0.05, 0.95, 400)
    events = records(theta, n, rng, DOMAINS)
    if even:
        events = replace(
            events, weight=np.ones(len(events)), day=np.full(len(events), 18_261, dtype=np.int32)
        )
    ties = al.Ledger.post(events).ties().undirected()
    covered = []
    for view in (ties, replace(ties, joint=None)):
        found = al.hedging(view, powers=("PA", "PB"), draws=0)
        true = 2 * theta[[int(name[1:]) for name in found.states]] - 1
        covered.append(((found.position_low[:, -1] <= true) & (true <= found.position_high[:, -1])).mean())
    assert covered[0] >= 0.93
    assert covered[1] < 0.92


def test_draws_of_robustness_have_the_width_of_the_interval():
    rng = np.random.default_rng(2)
    events = fresh(records(np.array([0.3, 0.6, 0.8]), 6, rng, DOMAINS))
    room = al.hedging(events, powers=("PA", "PB"), draws=0)

    def spread(table):
        drawn = al.robustness(table, powers=("PA", "PB"), judgements=[], draws=2048).drawn
        return np.array([np.std(drawn.of("position", state, 2019)) for state in room.states])

    np.testing.assert_allclose(spread(events), room.position_se[:, -1], rtol=0.15)
    assert (spread(events) > 1.25 * spread(replace(events, act=None))).all()


def test_every_composite_is_wider_with_ids():
    rng = np.random.default_rng(3)
    events = records(np.array([0.3, 0.6]), 5, rng, DOMAINS)
    ties = al.Ledger.post(events).ties()
    bare = replace(ties, joint=None)
    for measure, low, high in (
        (al.exposure, "exposure_low", "exposure_high"), (al.alignment, "low", "high"),
        (al.institutionalisation, "standing_low", "standing_high"), (al.influence, "dependence_low", "dependence_high"),
    ):  # fmt: skip
        widths = [getattr(found, high) - getattr(found, low) for found in map(measure, (ties, bare))]
        last = [width[:, -1, -1] for width in widths]
        assert (last[0] >= last[1] - 1e-12).all(), measure
        assert (last[0] > last[1] + 1e-6).any(), measure


def test_channels_of_influence_are_no_surer_for_standing_in_several_domains():
    """Of the composite acts that stand in three domains tell what they tell of one, told apart thrice as much."""
    events = records(np.array([0.3, 0.8, 0.6]), 60, np.random.default_rng(3), DOMAINS)
    bare = al.Events.from_frame(events.to_frame().drop(columns="event_id"))
    told, untold = (al.influence(al.Ledger.post(rows, decay=al.Cumulative())) for rows in (events, bare))
    np.testing.assert_allclose(told.bandwidth, untold.bandwidth, rtol=1e-12)
    one, other = ((found.bandwidth_high - found.bandwidth_low)[:, :, -1] for found in (told, untold))
    np.testing.assert_allclose(one[:, :-1], other[:, :-1], rtol=1e-9)
    assert (one[:, -1] > 1.3 * other[:, -1]).all() and (one[:, -1] > one[:, 0] - 1e-9).all()


def test_more_actors_named_change_nothing():
    rng = np.random.default_rng(5)
    ties = al.Ledger.post(records(np.array([0.3, 0.6]), 5, rng, DOMAINS)).ties().undirected()
    with pytest.warns(al.SilentActorWarning):
        named = ties.naming(["AGO"])
    known = al.hedging(ties, powers=("PA", "PB"), draws=0)
    again = al.hedging(named, powers=("PA", "PB"), states=known.states, draws=0)
    np.testing.assert_array_equal(known.position_se, again.position_se)
