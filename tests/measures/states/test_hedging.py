"""Hedging: a slow plain twin, cases worked by hand, the exact split, and laws."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import beta

import alignscore as al
from alignscore.intervals import composite_draws
from alignscore.measures.states.diversification import (
    corrected,
    diversification,
    gini_simpson,
    gini_simpson_bounds,
    plain_shares,
    posterior_shares,
)
from alignscore.measures.states.hedging import hostile_odds
from alignscore.measures.states.postures import (
    POSTURES,
    PosturePosterior,
    class_numbers,
    dominance,
    in_words,
    posture_codes,
    posture_numbers,
    quadrants,
)
from strategies import DOMAINS, event_rows, events_of
from tolerances import ALGEBRA, same
from twins import slow_alignment, slow_tie

POWERS = ("CHN", "USA")
TWENTY = "2020-12-31"


def room(events, **options):
    return al.hedging(al.Ledger.post(events).ties(), **{"powers": POWERS, **options})


def has_powers(frame, powers=POWERS):
    pairs = frame[["source", "target"]].to_numpy()
    states = {a for row in pairs for a in row} - set(powers)
    return all(p in pairs for p in powers) and any(
        (set(row) & set(powers)) and (set(row) & states) for row in pairs
    )


@settings(max_examples=8)
@given(event_rows(max_size=15))
def test_position_equals_the_slow_twin(frame):
    assume(has_powers(frame))
    events = replace(al.Events.from_frame(frame), act=None)  # what two domains share has a twin of its own
    result = room(events)
    end = result.periods[-1].end_time.date()
    for s, state in enumerate(result.states):
        leans, variances, plain = [], [], []
        for k, domain in enumerate(DOMAINS):
            first, second = (slow_tie(events, state, power, domain, end) for power in POWERS)
            (a, va), (b, vb) = ((one.cooperation, one.cooperation2) for one in (first, second))
            N = (a + b) ** 2 / (va + vb) if a + b else 0.0
            m = (N * b / (a + b) + 1 / 2) / (N + 1) if a + b else 1 / 2
            leans.append(2 * m - 1)
            variances.append(4 * m * (1 - m) / (N + 2))
            if a + b == 0:
                assert np.isnan(result.domains.position[s, k, -1])
                continue
            plain.append((b - a) / (a + b))
            for name, expected in (
                ("position", leans[-1]), ("position_se", math.sqrt(variances[-1])), ("position_raw", plain[-1]),
                ("evidence", N),
            ):  # fmt: skip
                got = getattr(result.domains, name)[s, k, -1]
                assert got == pytest.approx(expected, rel=1e-9, abs=1e-9), name
        known = bool(plain)
        for name, expected in (
            ("position", sum(leans) / 3), ("position_se", math.sqrt(sum(variances)) / 3),
            ("position_raw", sum(plain) / len(plain) if plain else math.nan),
        ):  # fmt: skip
            expected = expected if known else math.nan
            assert getattr(result, name)[s, -1] == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), (
                name
            )
        worth = result.recipe["prior"]
        for p, power in enumerate(POWERS):
            scores = []
            for domain in DOMAINS:
                tie = slow_tie(events, state, power, domain, end)
                if tie.n:
                    scores.append(slow_alignment(tie, worth[domain])[0])
            expected = sum(scores) / 3 if scores else math.nan
            assert result.alignment[s, p, -1] == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_the_alignment_with_a_power_and_its_error_are_those_that_alignment_gives():
    """Also where acts of conflict stand in several domains, which are then no independent evidence."""
    rows = [
        ("KHM", power, "2020-03-01", domain, value, f"{power}{value}")
        for power, values in (("USA", (-6.0, -4.0, 5.0, 3.0)), ("CHN", (4.0, -1.0)))
        for value in values
        for domain in ("economic", "security")
    ]
    events = al.Events.from_frame(
        pd.DataFrame(rows, columns=["source", "target", "date", "domain", "value", "event_id"])
    )
    ties = al.Ledger.post(events).ties()
    found = al.hedging(ties, powers=POWERS, states=["KHM"])
    for p, power in enumerate(POWERS):
        pair = al.alignment(ties.between("KHM", power), directed=False)
        np.testing.assert_allclose(found.alignment[0, p], pair.alignment[0, -1], rtol=1e-12)
        np.testing.assert_allclose(found.alignment_se[0, p], pair.se[0, -1], rtol=1e-12)


def test_by_hand_how_likely_all_alignments_are_hostile():
    """Each a Beta on [-1, 1], apart from the other: of mean -.5 and error .2 it is one of mean .25 and sd .1."""
    events = 0.25 * 0.75 / 0.1**2 - 1
    below = beta.cdf(0.5, 0.25 * events, 0.75 * events)
    alignment = np.array([[[-0.5, -0.5], [0.5, np.nan]]])  # (S, P, T)
    odds = hostile_odds(alignment, np.full(alignment.shape, 0.2))
    np.testing.assert_allclose(odds, [[below * (1 - below), 0.0]], rtol=1e-9)


def test_by_hand_same_spread_opposite_make_up():
    """Two states at 50 overall: one even in both domains, one at 10 in the economy and 90 in security."""
    rows = [("MIX", p, TWENTY, d, 5.0) for p in POWERS for d in ("economic", "security")]
    rows += [("SPLIT", p, TWENTY, d, v) for p, d, v in [
        ("CHN", "economic", 9.0), ("USA", "economic", 1.0), ("CHN", "security", 1.0), ("USA", "security", 9.0)]]  # fmt: skip
    got = room(events_of(*rows)).to_frame(columns="all").set_index("state")
    assert got["position"].tolist() == pytest.approx([0, 0], abs=ALGEBRA)
    assert got["position_100"].tolist() == pytest.approx([50, 50])
    assert got["diversification"].tolist() == pytest.approx([1, 1])
    one_domain = 1 - (0.9 - 0.1) ** 2
    assert got["mixing"].tolist() == pytest.approx([1, one_domain])
    assert got["alternating"].tolist() == pytest.approx([0, 0], abs=ALGEBRA)
    assert got["compartmentalising"].tolist() == pytest.approx([0, 1 - one_domain], abs=ALGEBRA)
    assert got.loc["SPLIT", "diversification_security"] == pytest.approx(one_domain)


def test_by_hand_alternating():
    """All with one power in one year and all with the other in the next: even over two years, never at once."""
    events = events_of(
        ("X", "CHN", "2020-06-30", "security", 4.0), ("X", "USA", "2021-06-30", "security", 4.0)
    )
    ties = al.Ledger.post(events, decay=al.Window(1)).ties()
    got = al.hedging(ties, powers=POWERS, window=2).to_frame(columns="all").iloc[-1]
    assert (got["position"], got["diversification"]) == (0, 1)
    assert (got["mixing"], got["alternating"], got["compartmentalising"]) == (0, 1, 0)
    alone = al.hedging(ties, powers=POWERS).to_frame(columns="all").iloc[-1]
    assert (alone["position_raw"], alone["alternating"]) == (1, 0)
    # one event in one of three domains: (2 (1 + 1/2)/(1 + 1) - 1)/3
    assert alone["position"] == pytest.approx((2 * 1.5 / 2 - 1) / 3)


def test_by_hand_everything_else():
    events = events_of(
        ("X", "CHN", TWENTY, "security", 6.0), ("X", "USA", TWENTY, "security", 2.0), ("USA", "X", TWENTY, "security", -5.0),
        ("X", "OTH", TWENTY, "security", 8.0),
    )  # fmt: skip
    got = room(events).to_frame(columns="all").iloc[0]
    share, N = 2 / 8, 8**2 / (6**2 + 2**2)
    assert got["position_raw"] == pytest.approx(2 * share - 1)
    mean = (N * share + 1 / 2) / (N + 1)
    assert got["position"] == pytest.approx((2 * mean - 1) / 3)  # the other two domains stand at 0
    at_prior = 4 * 0.5 * 0.5 / 2
    se = math.sqrt(4 * mean * (1 - mean) / (N + 2) + 2 * at_prior) / 3
    assert got["position_se"] == pytest.approx(se)
    M = 16**2 / (6**2 + 2**2 + 8**2)
    engagement = ((M * 8 / 16 + 1 / 2) / (M + 1) + 2 * 1 / 2) / 3
    assert got["engagement"] == pytest.approx(engagement)
    assert got["diversification"] == pytest.approx(1 - 0.5**2)
    assert got["hedging"] == pytest.approx(engagement * 0.75)
    assert got["coverage"] == pytest.approx(N / (N + 1) / 3)
    seen = room(events, domains="seen")
    assert seen.position[0, 0] == pytest.approx(2 * mean - 1)
    assert seen.engagement[0, 0] == pytest.approx((M * 8 / 16 + 1 / 2) / (M + 1))
    security = room(events, weights={"economic": 0, "diplomatic": 0})
    assert security.position[0, 0] == pytest.approx(security.domains.position[0, 2, 0])
    assert security.position_low[0, 0] == pytest.approx(security.domains.position_low[0, 2, 0])
    assert got["balance"] == pytest.approx(2 * 2 / 8)
    assert got["equitability"] == pytest.approx(
        -(0.25 * math.log(0.25) + 0.75 * math.log(0.75)) / math.log(2)
    )
    assert got["evidence"] == pytest.approx(8**2 / (6**2 + 2**2))
    assert np.isnan(got["diversification_corrected"]), "evidence of 1.6 events is too little"
    kappa = (6 + 2 + 5 + 8) / 4
    assert got["alignment_CHN"] == pytest.approx(6 / (6 + kappa) / 3)
    assert got["alignment_USA"] == pytest.approx((2 - 5) / (2 + 5 + kappa) / 3)
    assert (got["quadrant"], got["toward"]) == ("good with CHN only", "CHN")
    assert got["posture"] == room(events).posture[0, 0] == "leaning"  # 0.16 towards CHN
    assert got["likely_posture"] == "withheld", "two events make no label likely"
    assert 0 < got["posture_probability"] < 0.5


def test_net_tie_counts_only_what_conflict_leaves():
    events = events_of(
        ("X", "CHN", TWENTY, "security", 6.0), ("X", "USA", TWENTY, "security", 2.0), ("USA", "X", TWENTY, "security", -5.0),
    )  # fmt: skip
    assert room(events, tie="net").position_raw[0, 0] == -1
    assert room(events).position_raw[0, 0] == pytest.approx(-0.5)


def test_direction():
    events = events_of(("X", "CHN", TWENTY, "security", 6.0), ("USA", "X", TWENTY, "security", 6.0))
    assert room(events).position[0, 0] == 0
    assert room(events, direction="out").position_raw[0, 0] == -1
    assert room(events, direction="in").position_raw[0, 0] == 1


def test_relative_to_a_group_takes_out_a_power_that_is_busy_everywhere():
    rows = [(s, "CHN", TWENTY, "security", 2.0) for s in "XYZ"] + [
        (s, "USA", TWENTY, "security", 6.0) for s in "XYZ"
    ]
    result = room(events_of(*rows), relative=["X", "Y", "Z"])
    assert result.position_raw[:, 0].tolist() == pytest.approx([0.5] * 3)
    assert result.position_relative[:, 0].tolist() == pytest.approx([0] * 3, abs=ALGEBRA)
    assert np.isnan(room(events_of(*rows)).position_relative).all()


def test_the_group_is_read_in_the_direction_and_over_the_domains_of_the_position():
    rows = [(s, "CHN", TWENTY, "security", 2.0) for s in "XY"] + [
        (s, "USA", TWENTY, "security", 6.0) for s in "XY"
    ]
    sent = events_of(*rows, ("CHN", "X", TWENTY, "security", 9.0))
    result = room(sent, relative=["X", "Y"], direction="out", states=["X", "Y"])
    assert result.position_relative[:, 0].tolist() == pytest.approx([0] * 2, abs=ALGEBRA)
    unlike = events_of(*rows, ("X", "USA", TWENTY, "security", 9.0))
    every, seen = (
        room(unlike, relative=["X", "Y"], domains=domains).position_relative for domains in ("all", "seen")
    )
    np.testing.assert_allclose(seen, 3 * every, rtol=1e-12)  # one domain of three is seen


def test_where_the_group_has_nothing_with_a_power_no_relative_position_is_known():
    rows = [(s, "CHN", TWENTY, "security", 2.0) for s in "XY"]
    result = room(events_of(*rows, ("Z", "USA", TWENTY, "security", 6.0)), relative=["X", "Y"])
    assert np.isnan(result.position_relative).all()
    assert result.states == ("X", "Y", "Z")
    plain = events_of(*((s, power, TWENTY, "security", 2.0) for s in ("KHM", "LAO") for power in POWERS))
    with pytest.warns(al.SilentActorWarning, match="FJI"):  # a state with nothing adds nothing to its group
        result = room(plain, relative=["KHM", "LAO", "FJI"])
    assert result.position_relative[:, 0].tolist() == pytest.approx([0, 0], abs=ALGEBRA)


@settings(max_examples=8)
@given(
    event_rows(),
    st.sampled_from([None, 1, 3, 10]),
    st.sampled_from([("CHN", "USA"), ("CHN", "USA", "BRN")]),
    st.sampled_from(["cooperation", "net"]),
)
def test_parts_add_up_and_stay_in_range(frame, window, powers, tie):
    assume(has_powers(frame, powers))
    result = room(al.Events.from_frame(frame), window=window, powers=powers, tie=tie)
    parts = result.mixing, result.alternating, result.compartmentalising
    same(sum(parts), result.diversification)
    for name in (
        "mixing",
        "alternating",
        "compartmentalising",
        "diversification",
        "engagement",
        "hedging",
        "balance",
        "equitability",
    ):
        score = getattr(result, name)
        known = ~np.isnan(score)
        if name != "engagement":  # which is known, and 0, for a state tied to others only
            np.testing.assert_array_equal(known, result.coverage > 0)
        assert not np.signbit(score[known]).any(), name  # by rounding some had been -1e-16, or -0
        assert (score[known] <= 1 + 1e-12).all(), name
    for name in ("position", "engagement", "diversification", "hedging"):
        score, low, high = (getattr(result, name + end) for end in ("", "_low", "_high"))
        inside = ~np.isnan(low)
        assert (low[inside] <= score[inside] + 1e-9).all(), name
        assert (high[inside] >= score[inside] - 1e-9).all(), name
        assert (result_se := getattr(result, name + "_se"))[inside].min(initial=1.0) > 0, name
        assert ((high - low)[inside] > 0).all() and np.array_equal(np.isnan(result_se), np.isnan(low)), name
    for shares in (result.share, result.share_raw):
        same(shares.sum(axis=1)[result.coverage > 0], np.ones((result.coverage > 0).sum()))


@settings(max_examples=8)
@given(event_rows())
def test_swapping_the_powers_mirrors_the_position(frame):
    assume(has_powers(frame))
    events = al.Events.from_frame(frame)
    one, two = room(events), room(events, powers=POWERS[::-1])
    same(one.position, -two.position)
    same(one.position_low, -two.position_high)
    for name in ("diversification", "diversification_se", "hedging", "engagement", "mixing", "balance"):
        same(getattr(one, name), getattr(two, name))


@settings(max_examples=10)
@given(event_rows(kinds=False), st.sampled_from([0.25, 8.0]))
def test_scaling_all_weights_changes_nothing(frame, factor):
    assume(has_powers(frame))
    scaled = frame.assign(weight=(frame["weight"].astype(float) * factor).astype(str))
    one, two = room(al.Events.from_frame(frame)), room(al.Events.from_frame(scaled))
    for name in (
        "position",
        "position_se",
        "diversification",
        "hedging",
        "evidence",
        "engagement_low",
        "alignment",
    ):
        same(getattr(one, name), getattr(two, name), 1e-9)


def test_more_with_a_power_never_lowers_its_share():
    base = [
        ("X", "CHN", TWENTY, "security", 4.0),
        ("X", "USA", TWENTY, "economic", 4.0),
        ("X", "USA", TWENTY, "security", 1.0),
    ]
    positions = [
        room(events_of(*base, *[("X", "USA", TWENTY, "security", 2.0)] * n)).position[0, 0] for n in range(5)
    ]
    assert positions == sorted(positions)
    assert len(set(positions)) == 5


@pytest.mark.parametrize("P", [2, 3])
def test_moments_and_intervals_are_those_of_draws(P):
    """Slow twin: Dirichlet draws of every domain, put together by their weights."""
    rng = np.random.default_rng(P)
    share = rng.dirichlet(np.ones(P), size=(4, 3)).transpose(0, 2, 1)[..., None]  # (S, P, K, 1)
    evidence = rng.gamma(1.0, 4.0, size=(4, 3, 1))
    weight = np.broadcast_to(np.array([0.5, 0.3, 0.2])[:, None], evidence.shape)
    known = posterior_shares(share, evidence, weight)
    drawn = composite_draws(share, evidence, weight, draws=40_000, rng=0)
    same(drawn.mean(axis=0), known.mean, 0.01)
    for p in range(P):
        for q in range(P):
            cov = ((drawn - known.mean)[:, :, p] * (drawn - known.mean)[:, :, q]).mean(axis=0)
            same(cov, known.covariance[:, p, q], 2e-3)
    v = gini_simpson(drawn, axis=2)
    got = diversification(known.mean, known, None, 0.95)
    same(got.se, v.std(axis=0), 0.25)
    inside = ((got.low <= v) & (v <= got.high)).mean()
    assert inside >= 0.93
    # the odds of every class: counted over the draws, and for two powers from the Beta that has their moments
    by, even = al.Thresholds(), np.full((4, 1), 0.5)
    variance = np.einsum("sppt->spt", known.covariance)
    never = PosturePosterior(
        known.mean, variance, share, evidence, weight, even, 1e6 + 0 * even, 0 * even, even > 0
    )
    odds = never.odds(by, draws=20_000)
    code = posture_numbers(dominance(drawn), np.ones(()), np.zeros((), dtype=bool), by)
    place = class_numbers(code, drawn.argmax(axis=2), P)
    counted = np.stack([(place == at).mean(axis=0) for at in range(2 * P + 3)], axis=-1)
    assert np.abs(odds - counted).max() < (0.05 if P == 2 else 0.015)
    same(odds.sum(axis=-1), np.ones((4, 1)))


def test_no_width_shrinks_while_nothing_happens():
    """Events of 2000-2010, then silence until 2040: intervals widen to the prior's, and scores go back to it."""
    rows = [("X", p, f"{2000 + t}-06-30", d, 5.0) for t in range(11) for p, d in (
        ("CHN", "security"), ("USA", "economic"), ("CHN", "economic"), ("OTH", "security"))]  # fmt: skip
    ties = al.Ledger.post(events_of(*rows), decay=al.HalfLife(3)).ties(end=2040)
    for options in ({}, {"powers": ("CHN", "USA", "OTH")}):
        got = al.hedging(ties, **{"powers": POWERS, "states": ["X"], **options})
        for name in ("position", "engagement"):
            width = (getattr(got, f"{name}_high") - getattr(got, f"{name}_low"))[0, 11:]
            assert np.isnan(width).all() or (np.diff(width) >= -1e-12).all(), name
            se = getattr(got, f"{name}_se")[0, 11:]
            assert np.isnan(se).all() or (np.diff(se) >= -1e-12).all(), name
    got = al.hedging(ties, powers=POWERS)
    assert abs(got.position[0, -1]) < abs(got.position[0, 11]) and (got.position_se > 0).all()
    assert got.coverage[0, -1] < 0.1 < got.coverage[0, 11]


@pytest.mark.parametrize("powers", [("CHN", "USA"), ("CHN", "USA", "OTH")], ids=["two", "three"])
def test_of_one_domain_and_old_events_nothing_is_certain(powers):
    """The normal form of V errs by more than any Beta can: the interval is wide, and not a point."""
    rows = [("X", power, "2000-06-30", "security", 5.0) for power in ("CHN", "USA", "OTH")]
    ties = al.Ledger.post(events_of(*rows), decay=al.HalfLife(2)).ties(end=2020)
    alone = {"economic": 0.0, "diplomatic": 0.0, "security": 1.0}
    got = al.hedging(ties, powers=powers, states=["X"], weights=alone)
    for name in ("diversification", "hedging"):
        width = (getattr(got, f"{name}_high") - getattr(got, f"{name}_low"))[0]
        assert (width > 0.2).all() and width[-1] > 0.9, name


def test_corrected_by_hand():
    tie = np.array([[[[0.25]], [[0.75]]]])  # one state, two powers, one domain, one period
    plain, plug_in = plain_shares(tie, np.ones(1)), np.array([[1 - 0.5**2]])
    got = corrected(plain, np.array([[[5.0]]]), plug_in, 2.0)
    assert got[0, 0] == pytest.approx(plug_in[0, 0] * 5 / 4)
    assert np.isnan(corrected(plain, np.array([[[1.5]]]), plug_in, 2.0)).all()
    for one_or_less in (
        0.5,
        1.0,
        1 + 1e-15,
    ):  # times N / (N - 1), it would be below 0, infinite or beyond all bounds
        assert np.isnan(corrected(plain, np.array([[[one_or_less]]]), plug_in, 0.0)).all()


@pytest.mark.parametrize("weight", [0.2, 0.8, 1.0, 1.9])
def test_two_acts_are_enough_where_two_are_asked_for(weight):
    """Two acts of a weight of .8 are 1.9999999999999998 in force by rounding."""
    rows = [("KHM", power, "2020-12-31", "economic", 4.0) for power in ("CHN", "USA")]
    frame = pd.DataFrame(rows, columns=["source", "target", "date", "domain", "value"]).assign(weight=weight)
    ledger = al.Ledger.post(al.Events.from_frame(frame), decay=al.Cumulative())
    found = al.hedging(ledger, powers=("CHN", "USA"), states="KHM", min_evidence=2)
    assert found.diversification_corrected[0, 0] == pytest.approx(2)  # V N / (N - 1) = 1 x 2 / 1


def test_diversification_by_hand():
    """Three powers at (1/2, 1/4, 1/4) with six events: V of the plain shares and the variance of its normal form."""
    share, N = np.array([0.5, 0.25, 0.25]), 6.0
    known = posterior_shares(share[:, None, None], np.array([[N]]), np.ones((1, 1)))
    mean = (N * share + 1 / 2) / (N + 3 / 2)
    S = (np.diag(mean) - np.outer(mean, mean)) / (N + 3 / 2 + 1)
    np.testing.assert_allclose(known.mean[:, 0], mean)
    np.testing.assert_allclose(known.covariance[..., 0], S)
    got = diversification(share[:, None], known, None, 0.95)
    assert got.value[0] == pytest.approx((1 - (0.25 + 0.0625 + 0.0625)) * 3 / 2)
    assert got.se[0] == pytest.approx(3 / 2 * math.sqrt(4 * mean @ S @ mean + 2 * np.trace(S @ S)))
    even, spread = np.array([[0.5], [0.5]]), np.array([[[0.01], [-0.01]], [[-0.01], [0.01]]])
    one = known._replace(mean=even, covariance=spread)
    assert float(diversification(one.mean, one, None, 0.95).value[0]) == 1.0


def test_small_formulas_by_hand():
    assert gini_simpson(np.array([0.5, 0.5]), 0) == 1
    assert gini_simpson(np.array([1 / 3] * 3), 0) == pytest.approx(1)
    assert gini_simpson(np.array([1.0, 0, 0]), 0) == 0
    low, high = gini_simpson_bounds(np.array([-0.2, 0.1]), np.array([0.5, 0.4]))
    assert low.tolist() == pytest.approx([1 - 0.25, 1 - 0.16])
    assert high.tolist() == pytest.approx([1, 1 - 0.01])


def test_postures_at_their_thresholds():
    position = np.array([0.5, 0.49, 0.1, 0.11, 0.0, 0.9])
    share = np.stack([(1 - position) / 2, (1 + position) / 2], axis=0)[None]  # (1, 2, T)
    engagement = np.array([[1, 1, 1, 1, 0.05, 1.0]])
    alignment = np.where(np.arange(6) == 5, -0.1, 0.2) * np.ones((1, 2, 6))
    codes, first = posture_codes(share, engagement, alignment, al.Thresholds())
    labels, toward = in_words(codes, POSTURES), in_words(first, POWERS)
    assert labels[0].tolist() == ["aligned", "leaning", "hedging", "leaning", "disengaged", "contested"]
    assert toward[0].tolist() == ["USA", "USA", "USA", "USA", "", "USA"]
    assert quadrants(np.array([[[0.1, -0.1, 0.2, np.nan], [0.1, -0.1, -0.2, 0.1]]]), POWERS)[0].tolist() == [
        "good with both", "bad with both", "good with CHN only", ""]  # fmt: skip
    three = np.array([[[0.1, -0.1, 0.1], [0.1, -0.1, 0.1], [0.1, -0.1, -0.1]]])
    assert quadrants(three, (*POWERS, "JPN"))[0].tolist() == [
        "good with all", "bad with all", "good with CHN and USA only"]  # fmt: skip


@pytest.mark.parametrize("lost", [-1e-15, 0.0, 1e-15])
def test_rounding_decides_no_posture(lost):
    """One act in force is a dominance of 1/2, of which sums over days and other weights lose their last digit."""
    position, engagement = np.array([0.5, 0.1, 0.3, 0.3]) + lost, np.array([[1, 1, 0.1, 1.0]]) + lost
    share = np.stack([(1 - position) / 2, (1 + position) / 2])[None]
    alignment = np.zeros((1, 2, 4)) + lost  # as many good as bad acts
    labels = in_words(posture_codes(share, engagement, alignment, al.Thresholds())[0], POSTURES)
    assert labels[0].tolist() == ["aligned", "hedging", "leaning", "leaning"]
    assert set(quadrants(alignment, POWERS)[0]) == {"good with both"}


def test_silence_is_missing_not_the_middle():
    events = events_of(
        ("X", "CHN", TWENTY, "security", 4.0),
        ("Y", "CHN", TWENTY, "security", -4.0),
        ("Y", "USA", TWENTY, "security", -4.0),
    )
    got = room(events).to_frame(columns="all").set_index("state")
    assert np.isnan(got.loc["Y", "position"])
    assert (got.loc["Y", "posture"], got.loc["Y", "n"], got.loc["Y", "coverage"]) == ("contested", 2, 0)
    assert got.loc["Y", "quadrant"] == "bad with both"


@pytest.mark.parametrize(
    ("option", "error", "text"),
    [
        ({"powers": ("CHN",)}, al.OptionError, "name at least two"),
        ({"powers": ("CHN", "CHN")}, al.OptionError, "name at least two, each once"),
        ({"powers": ("CHN", "US")}, al.UnknownLabelError, "Did you mean 'USA'"),
        ({"states": ["CHN"]}, al.OptionError, "both as a state and as a power"),
        ({"tie": "nett"}, al.OptionError, "tie is 'nett'; it must be one of 'cooperation', 'net'"),
        ({"direction": "up"}, al.OptionError, "direction is 'up'"),
        ({"window": 0}, al.OptionError, r"window is 0; it must lie in \[1, inf\]"),
        ({"prior": -1}, al.OptionError, "prior is -1"),
        ({"min_evidence": -1}, al.OptionError, r"min_evidence is -1; it must lie in \[0.0, inf\]"),
    ],
)
def test_what_is_said_of_bad_options(asean, option, error, text):
    with pytest.raises(error, match=text):
        room(asean, **option)


def test_undirected_ties_have_no_direction(ties):
    with pytest.raises(al.OptionError, match="needs directed ties"):
        al.hedging(ties.undirected(), powers=POWERS, direction="out")
    with pytest.raises(al.OptionError, match="aligned is 0.05"):
        al.Thresholds(aligned=0.05)


def test_the_dialogue_moves_cambodia(asean):
    """With and without the April 2026 2+2, the scores differ."""
    without = asean.take(asean.event_id != asean.event_id[-1])
    assert len(asean) - len(without) == 2
    scores = [
        al.alignment(al.Ledger.post(e).ties(end=2026).between("KHM", "CHN")).alignment[0, 2, -1]
        for e in (asean, without)
    ]
    assert scores[0] > scores[1]


def test_leaning_now_here_and_now_there_is_not_leaning():
    """An even split with a handful of events: seldom within the band, as often beyond it on either side."""
    rows = [
        ("X", power, f"2020-{month:02d}-01", "security", 5.0)
        for month in range(1, 6)
        for power in ("CHN", "USA")
    ]
    result = room(events_of(*rows), weights={"security": 1})
    got = result.to_frame(columns="all").iloc[0]
    odds = result.odds()
    pooled = dict(zip(POSTURES, odds.probability[0, 0], strict=True))
    assert result.posture[0, 0] == "hedging"
    assert pooled["leaning"] > 0.5 > pooled["hedging"]  # over both sides
    assert odds.label[0, 0] == "withheld"
    assert got["posture_probability"] == pytest.approx(pooled["hedging"])
    assert (got["posture"], got["likely_posture"]) == ("hedging", "withheld")


@pytest.mark.parametrize("powers", [POWERS, ("CHN", "USA", "JPN")])
def test_a_posture_is_one_answer_everywhere_and_a_frame_computes_nothing(ties, powers, monkeypatch):
    result = al.hedging(ties, powers=powers)
    monkeypatch.setattr(np.random, "default_rng", None)  # a draw would fail
    frame = result.to_frame(columns="all")
    assert (frame["posture"] == result.posture.ravel()).all()
    likely = (frame["posture_probability"] >= 0.5).to_numpy()
    assert (frame["likely_posture"] == frame["posture"])[likely].all()
    assert set(frame["likely_posture"][~likely]) == {"withheld", ""}
    known = (frame["posture"] != "").to_numpy()
    np.testing.assert_array_equal(known, ~np.isnan(frame["posture_probability"]))
    # the probability of the label is that of its class among all classes, which add to one
    odds = result.posterior.odds(al.Thresholds(), draws=512) if powers == POWERS else None
    if odds is not None:
        same(odds.sum(axis=-1)[known.reshape(result.posture.shape)], np.ones(known.sum()))


def test_without_draws_there_are_no_odds_between_three_powers(ties):
    result = al.hedging(ties, powers=("CHN", "USA", "JPN"), draws=0)
    assert np.isnan(result.posture_probability).all() and set(result.likely_posture.ravel()) <= {
        "",
        *POSTURES,
    }
    with pytest.raises(al.OptionError, match="draws is -1"):
        al.hedging(ties, powers=POWERS, draws=-1)
    with pytest.raises(al.OptionError, match="domains is 'some'; it must be one of 'all', 'seen'"):
        al.hedging(ties, powers=POWERS, domains="some")


def test_by_hand_what_is_hostile_takes_away_as_much_where_ties_are_netted():
    day, domain = "2020-06-01", "security"
    rows = [("X", "CHN", day, domain, 8.0), ("X", "CHN", day, domain, -2.0), ("X", "USA", day, domain, 4.0)]
    ties = al.Ledger.post(events_of(*rows), decay=al.Cumulative()).ties()
    found = al.hedging(ties, POWERS, tie="net", weights={"economic": 0, "diplomatic": 0, "security": 1})
    assert found.position_raw[found.states.index("X"), -1] == pytest.approx((4 - 6) / (4 + 6))


def test_a_group_names_each_of_its_actors_once(ties):
    """One who is named twice would count twice in the whole that ties are divided by."""
    for group in (["KHM", "KHM", "VNM"], [], ["CHN"], ["CHN", "USA"]):
        with pytest.raises(
            al.OptionError, match=r"relative is \(.*\); name the actors of a group, each once"
        ):
            al.hedging(ties, powers=POWERS, relative=group)
    apart = al.hedging(ties, powers=POWERS, relative=["VNM", "KHM"]).position_relative
    same(
        al.hedging(ties, powers=POWERS, relative=(m for m in ("KHM", "VNM", "CHN"))).position_relative, apart
    )


def test_options_are_checked_whether_they_are_used_or_not(ties):
    same(al.hedging(ties, powers=(p for p in POWERS)).position, al.hedging(ties, powers=POWERS).position)
    for powers in (None, 5):
        with pytest.raises(TypeError, match=f"powers is {powers}; give a list or tuple"):
            al.hedging(ties, powers=powers)
        with pytest.raises(TypeError, match=f"powers is {powers}; give a list or tuple"):
            al.PositionOf("KHM", powers)
    with pytest.raises(TypeError, match="window is True; it must be a whole number"):
        al.hedging(ties, powers=POWERS, window=True)
    with pytest.raises(TypeError, match="rng is 'x'"):
        al.hedging(ties, powers=POWERS, rng="x")
    with pytest.raises(al.OptionError, match=r"draws is 0; it must lie in \[1, inf\]"):
        al.hedging(ties, powers=POWERS).odds(draws=0)


def test_a_state_named_twice_is_one(asean):
    """It had stood beside itself, and shared a rank with itself."""
    given = {"powers": ("CHN", "USA"), "states": ["KHM", "KHM", "VNM"]}
    assert al.hedging(asean, **given).states == ("KHM", "VNM")
    found = al.robustness(asean, **given, draws=2, judgements=[], sampling="none", periods=(2024, 2024))
    assert sorted(found.rank.central[:, 0]) == [1.0, 2.0]


def test_there_may_be_many_powers():
    """Every pattern of good and bad with 70 powers had been gone through, and their classes counted in eight bits."""
    powers = tuple(f"P{at:02d}" for at in range(70))
    rows = pd.DataFrame({"source": "S", "target": powers, "date": "2020-01-01", "domain": "security"})
    worth = np.where(np.arange(70) < 2, 5.0, -5.0)
    weight = np.where(np.arange(70) == 1, 1000.0, 1.0)
    events = al.Events.from_frame(rows.assign(value=worth, weight=weight), actors="as_given")
    found = al.hedging(events, powers, states=["S"]).to_frame(columns="all").iloc[0]
    assert found["quadrant"] == "good with P00 and P01 only"
    assert (found["posture"], found["toward"], found["likely_posture"]) == ("hedging", "P01", "hedging")


def test_between_three_powers_the_short_frame_and_table_say_to_whom(asean):
    found = al.hedging(asean, ("CHN", "USA", "JPN"))
    row = found.of("BRN", 2026).iloc[0]
    assert (row["posture"], row["toward"]) == ("leaning", "CHN")
    table = found.table(2026, state="BRN", columns=["posture", "toward"])
    assert table.splitlines()[1].split() == ["Brunei", "2026", "leaning", "China"]
    assert "toward" not in al.hedging(asean, ("CHN", "USA")).to_frame()


def test_a_set_of_states_has_one_order(asean):
    states = {"VNM", "KHM", "THA", "PHL", "LAO"}
    assert al.hedging(asean, ("CHN", "USA"), states=states).states == tuple(sorted(states))


def test_odds_of_a_state_are_those_it_has_alone(asean):
    """Between three powers they had hung on which other states were asked for."""
    powers = ("CHN", "USA", "JPN")
    every = al.hedging(asean, powers)
    for state in ("KHM", "VNM"):
        alone = al.hedging(asean, powers, states=[state]).posture_probability[0]
        assert np.array_equal(alone, every.posture_probability[every.states.index(state)], equal_nan=True)


@pytest.mark.parametrize("cluster", [None, "event_id"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"direction": "in"},
        {"tie": "net", "window": 3},
        {"powers": ("CHN", "USA", "JPN")},
        {"relative": ("KHM", "LAO", "VNM")},
    ],
    ids=str,
)
def test_some_states_of_a_ledger_are_those_of_all_its_ties(asean, options, cluster):
    ledger = al.Ledger.post(asean, cluster=cluster)
    asked = {
        "powers": ("CHN", "USA"),
        "states": ["KHM", "JPN", "LAO"][:: 2 if "powers" in options else 1],
    } | options
    of_some, of_all = (
        al.hedging(source, **asked).to_frame(columns="all") for source in (ledger, ledger.ties())
    )
    pd.testing.assert_frame_equal(of_some, of_all, check_exact=True)


def test_of_no_states_nothing_is_told(ties):
    """Also where acts stand in several domains."""
    assert ties.joint is not None
    assert al.hedging(ties, ("CHN", "USA"), states=[]).alignment.shape == (0, 2, len(ties.axes.periods))
