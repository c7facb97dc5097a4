"""Blocs: exact sums, worked cases, slow twins, membership by date, intervals that cover, error texts."""

from __future__ import annotations

import pickle
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alignscore import Cumulative, Events, HalfLife, Ledger, OptionError, UnknownLabelError
from alignscore.attribution.bloc_pull import bloc_pull
from alignscore.attribution.impact import impact
from alignscore.attribution.scores import BlocOf
from alignscore.attribution.what_if import what_if
from alignscore.datasets import simulate
from alignscore.measures.blocs.bloc import bloc
from alignscore.measures.blocs.division import (
    bloc_posterior,
    divided,
    division_interval,
    division_noise,
    likeness,
    most_divided,
    sampling_covariance,
)
from alignscore.measures.blocs.membership import Membership
from alignscore.measures.blocs.polarisation import esteban_ray, van_der_eijk
from alignscore.measures.states.diversification import composite_score, posterior_shares
from alignscore.measures.states.hedging import hedging
from alignscore.measures.votes.cohesion import vote_cohesion
from strategies import events_of, plain_events
from twins import slow_interval

POWERS = ("CHN", "USA")


def two_members(a_with_b: float = 8.0) -> Events:
    """m1 all with A, m2 with B (and with A in the economy, where m1 is silent)."""
    rows = [
        ("m1", "A", "2020-12-31", "security", 8.0),
        ("m2", "B", "2020-12-31", "security", a_with_b),
        ("m2", "A", "2020-12-31", "economic", 2.0),
        ("m2", "B", "2020-12-31", "economic", 6.0),
    ]
    return events_of(*rows)


# ---- worked by hand -----------------------------------------------------------------------------------
def test_two_members_by_hand():
    found = bloc(Ledger.post(two_members()).ties(), members=["m1", "m2"], powers=("A", "B"))
    # shares of B: m1 0 (security only); m2 (1 + 6/8)/2 = .875; the bloc .4375
    s1, s2 = 0.0, (1 + 6 / 8) / 2
    mean = (s1 + s2) / 2
    v = 2 * (1 - mean**2 - (1 - mean) ** 2)
    own = (0 + 2 * (1 - s2**2 - (1 - s2) ** 2)) / 2
    assert found.diversification[0] == pytest.approx(v, rel=1e-12)
    assert found.own[0] == pytest.approx(own, rel=1e-12)
    assert found.division[0] == pytest.approx(v - own, rel=1e-12)
    assert found.division[0] == pytest.approx(4 * 0.5 * 0.5 * (s2 - s1) ** 2, rel=1e-12)
    assert found.cohesion[0] == pytest.approx(1 - (s2 - s1) ** 2, rel=1e-12)  # two halves: most is 1
    assert found.similarity[0] == pytest.approx(1 - (s2 - s1), rel=1e-12)
    assert found.position_raw[0] == pytest.approx(2 * mean - 1, rel=1e-12)
    # posterior means over three domains: m1 one event all with A in security; m2 one all with B there, and in the
    # economy (2 + 6)^2 / (2^2 + 6^2) = 1.6 events, 6/8 with B
    m1, m2 = ((0 + 1 / 2) / 2 + 1) / 3, ((1 + 1 / 2) / 2 + (1.6 * 6 / 8 + 1 / 2) / 2.6 + 1 / 2) / 3
    assert found.position[0] == pytest.approx(m1 + m2 - 1, rel=1e-12)
    var = [p * (1 - p) / (N + 2) for p, N in (
        (1 / 4, 1), (1 / 2, 0), (1 / 2, 0), (3 / 4, 1), ((1.6 * 6 / 8 + 1 / 2) / 2.6, 1.6), (1 / 2, 0))]  # fmt: skip
    # of each domain's error the part 1 / (N^4 + 1) is common to both: economic, diplomatic, security
    both = [
        (var[1] * var[4]) ** 0.5 / (1.6**4 + 1) ** 0.5,
        (var[2] * var[5]) ** 0.5,
        (var[0] * var[3]) ** 0.5 / 2,
    ]
    se = 2 * np.sqrt((sum(var) + 2 * sum(both)) / 9 / 4)
    assert found.position_se[0] == pytest.approx(se, rel=1e-12)
    assert found.compartmentalising[0] == pytest.approx((0 + own * 2 - 0.5 * 2 * (1 - 0.75**2 - 0.25**2)) / 2)
    # in security alone the two stand at the poles; in the economy only m2 is known
    by = found.domains.to_frame(columns="all").set_index("domain")
    assert by.loc["security", ["division", "cohesion"]].tolist() == [1.0, 0.0]
    assert by.loc["economic", "coverage"] == 0.5
    assert np.isnan(by.loc["economic", "cohesion"])
    assert by.loc["economic", "diversification"] == pytest.approx(2 * (1 - 0.75**2 - 0.25**2))


def test_member_weights_by_hand():
    found = bloc(
        Ledger.post(two_members()).ties(),
        members=["m1", "m2"],
        powers=("A", "B"),
        member_weights={"m1": 3, "m2": 1},
    )
    assert found.position_raw[0] == pytest.approx(2 * 0.25 * 0.875 - 1)
    assert found.division[0] == pytest.approx(4 * 0.75 * 0.25 * 0.875**2)
    assert found.cohesion[0] == pytest.approx(1 - 0.875**2)  # most: 4 * .75 * .25
    parts = found.members.contribution[:, 0]
    # m1 stands .25 * .875 from the mean, m2 .75 * .875
    assert parts == pytest.approx([4 * 0.75 * (0.25 * 0.875) ** 2, 4 * 0.25 * (0.75 * 0.875) ** 2])


def test_van_der_eijk_published_and_poles():
    assert van_der_eijk([30, 40, 210, 130, 530, 50, 10]) == pytest.approx(0.6113333, abs=5e-8)
    assert van_der_eijk([1, 0, 0, 0, 1]) == -1
    assert van_der_eijk([7, 7, 7]) == 0
    assert van_der_eijk([0, 3, 0]) == 1
    # layers of [2, 1, 0]: 110 (size 2) with A = 1 - 1/2, 100 (size 1) with A = 1
    assert van_der_eijk([2, 1, 0]) == pytest.approx((0.5 * 2 + 1 * 1) / 3)
    assert np.isnan(van_der_eijk([0, 0, 0]))


def test_what_has_no_end_is_refused():
    with pytest.raises(OptionError, match="counts has entries that are negative, infinite or missing"):
        van_der_eijk([1, np.inf, 2])
    for position, weight in (([0, 1, np.inf], [1, 1, 1]), ([0, 1, 2], [1, np.inf, 1])):
        with pytest.raises(OptionError, match="position or weight has infinite entries"):
            esteban_ray(position, weight)


def slow_eijk(row: list[float]) -> float:
    """Every triple looked at, layer by layer."""
    left, total, found = list(row), sum(row), 0.0
    while max(left) > 0:
        on = [x > 0 for x in left]
        least = min(x for x in left if x > 0)
        G, S = len(on), sum(on)
        tu = tdu = 0
        for i in range(G):
            for j in range(i + 1, G):
                for k in range(j + 1, G):
                    triple = (on[i], on[j], on[k])
                    tu += triple in ((True, True, False), (False, True, True))
                    tdu += triple == (True, False, True)
        u = 1.0 if tu + tdu == 0 else ((G - 2) * tu - (G - 1) * tdu) / ((G - 2) * (tu + tdu))
        found += u * (1 - (S - 1) / (G - 1)) * least * S / total
        left = [x - least if x > 0 else 0 for x in left]
    return found


@given(st.lists(st.integers(0, 9), min_size=3, max_size=8).filter(any))
def test_van_der_eijk_is_its_slow_twin(row):
    assert van_der_eijk(row) == pytest.approx(slow_eijk(row), abs=1e-12)
    assert van_der_eijk(row[::-1]) == pytest.approx(van_der_eijk(row), abs=1e-12)
    assert -1 - 1e-12 <= van_der_eijk(row) <= 1 + 1e-12


def test_esteban_ray_by_hand():
    # K (p1^2.3 p2 + p2^2.3 p1) 2 with shares .75 and .25, K = 2^1.3
    expected = 2**1.3 * (0.75**2.3 * 0.25 + 0.25**2.3 * 0.75) * 2
    assert esteban_ray([-1, 1], [3, 1]) == pytest.approx(expected)
    assert esteban_ray([-1, 1], [3, 1], k=1) == pytest.approx(expected / 2**1.3)
    assert esteban_ray([0.3, 0.9], [5, 0]) == 0
    # camps merged are more polarised than the same spread over more camps
    assert esteban_ray([-1, 1], [1, 1]) > esteban_ray([-1, 0, 1], [1, 1, 1])
    with pytest.raises(OptionError, match=r"position is of shape \(2,\), weight of \(3,\)"):
        esteban_ray([0.0, 1.0], [1.0, 1.0, 1.0])
    with pytest.raises(
        OptionError, match="weight has entries below 0; a camp cannot be smaller than nothing"
    ):
        esteban_ray([0.0, 1.0], [1.0, -1.0])
    with pytest.raises(TypeError, match="position and weight are arrays, an entry for each group"):
        esteban_ray(0.0, 1.0)
    with pytest.raises(OptionError, match=r"position is of shape \(2,\), weight of \(2, 2\)"):
        esteban_ray([-1, 1], [[3, 1], [1, 1]])


# ---- laws ---------------------------------------------------------------------------------------------
shares = arrays(float, (5, 3, 2), elements=st.floats(0.01, 1)).map(lambda x: x / x.sum(axis=1, keepdims=True))
weights = arrays(float, (5, 2), elements=st.floats(0.05, 1)).map(lambda x: x / x.sum(axis=0))


@given(shares, weights)
@settings(max_examples=40)
def test_law_of_total_variance_and_its_slow_twin(share, weight):
    parts = divided(share, weight)
    np.testing.assert_allclose(parts["own"] + parts["division"], parts["diversification"], atol=1e-12)
    np.testing.assert_allclose(parts["contribution"].sum(axis=0), parts["division"], atol=1e-12)
    for t in range(2):
        twin = sum(
            weight[i, t] * weight[j, t] * sum((share[i, p, t] - share[j, p, t]) ** 2 for p in range(3)) / 2
            for i in range(5)
            for j in range(5)
        )
        assert parts["division"][t] == pytest.approx(1.5 * twin, abs=1e-12)
        pairs = [(i, j) for i in range(5) for j in range(i)]
        mean = sum(
            weight[i, t] * weight[j, t] * (1 - np.abs(share[i, :, t] - share[j, :, t]).sum() / 2)
            for i, j in pairs
        ) / sum(weight[i, t] * weight[j, t] for i, j in pairs)
        assert likeness(share, weight)[t] == pytest.approx(mean, abs=1e-12)
    assert (parts["division"] <= most_divided(weight, 3) + 1e-12).all()


def test_most_divided_by_hand():
    assert most_divided(np.array([[0.25], [0.25], [0.5]]), 2)[0] == pytest.approx(1.0)
    assert most_divided(np.array([[0.8], [0.2]]), 2)[0] == pytest.approx(4 * 0.8 * 0.2)
    assert most_divided(np.array([[1.0], [0.0]]), 2)[0] == 0
    assert most_divided(np.array([[0.5], [0.5]]), 3)[0] == pytest.approx((1 - 0.5) * 3 / 2)


@pytest.mark.parametrize("window", [None, 4])
@pytest.mark.parametrize("powers", [POWERS, ("CHN", "USA", "JPN")])
def test_parts_add_up_on_real_events(ties, powers, window):
    found = bloc(ties, members="ASEAN", powers=powers, window=window)
    known = ~np.isnan(found.division)
    assert known.sum() > 50
    parts = found.mixing + found.alternating + found.compartmentalising
    np.testing.assert_allclose((parts + found.division)[known], found.diversification[known], atol=1e-12)
    np.testing.assert_allclose(
        np.nansum(found.members.contribution, axis=0)[known], found.division[known], atol=1e-12
    )
    by = found.domains
    np.testing.assert_allclose(by.own + by.division, by.diversification, atol=1e-12)
    for name in ("division", "cohesion", "diversification"):
        low, score, high = (getattr(found, f"{name}{end}") for end in ("_low", "", "_high"))
        several = ~np.isnan(low)
        assert (low[several] <= score[several] + 1e-12).all() and (
            score[several] <= high[several] + 1e-12
        ).all()


def test_slow_twin_from_hedging(ties):
    found = bloc(ties, members="ASEAN", powers=POWERS)
    states = hedging(ties, powers=POWERS, states=[m for m in found.members.members if m != "TLS"])
    for t in (40, 60, 75):
        rows = [
            i
            for i, state in enumerate(states.states)
            if found.members.inside[found.members.members.index(state), t]
            and not np.isnan(states.position[i, t])
        ]
        assert found.position[t] == pytest.approx(np.mean([states.position[i, t] for i in rows]), abs=1e-12)
        N, raw = states.domains.evidence[rows, :, t], states.domains.share_raw[rows, 1, :, t]
        share = (N * np.nan_to_num(raw) + 1 / 2) / (N + 1)
        within = 2 / 3 * np.sqrt(share * (1 - share) / (N + 2))  # of a domain's third of the position
        alone = within / np.sqrt(N**4 + 1)  # what is common to all members in a domain
        variance = (states.position_se[rows, t] ** 2).sum() + (
            alone.sum(axis=0) ** 2 - (alone**2).sum(axis=0)
        ).sum()
        se = np.sqrt(variance) / len(rows)
        assert found.position_se[t] == pytest.approx(se, abs=1e-12)
        place = [states.position_raw[i, t] for i in rows]
        assert found.position_raw[t] == pytest.approx(np.mean(place), abs=1e-12)
        assert found.division[t] == pytest.approx(np.var(place), abs=1e-12)  # V = 1 - L^2: division is Var(L)
        assert found.own[t] == pytest.approx(np.mean([states.diversification[i, t] for i in rows]), abs=1e-12)


def test_swapping_powers_mirrors_and_relabelling_members_changes_nothing(ties):
    one, other = (bloc(ties, members="ASEAN", powers=pair) for pair in (POWERS, POWERS[::-1]))
    np.testing.assert_allclose(one.position, -other.position, atol=1e-12)
    np.testing.assert_allclose(one.position_low, -other.position_high, atol=1e-12)
    for name in ("division", "division_low", "cohesion", "similarity", "polarisation", "agreement"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-9)
    again = bloc(ties, members=Membership.make("ASEAN"), powers=POWERS)
    np.testing.assert_array_equal(one.division, again.division)
    with pytest.raises(ValueError, match="read-only"):
        pickle.loads(pickle.dumps(one)).division[0] = 0


# ---- membership ---------------------------------------------------------------------------------------
def test_membership_by_date(ties):
    found = (
        bloc(ties, members="ASEAN", powers=POWERS)
        .to_frame(columns="all")
        .set_index(ties.axes.periods.astype(str))
    )
    assert found.loc[["1966", "1970", "1990", "2000", "2024", "2026"], "n_members"].tolist() == [
        0,
        5,
        6,
        10,
        10,
        11,
    ]
    assert found.loc["2026", "coverage"] == pytest.approx(10 / 11)  # Timor-Leste has no event: missing
    assert np.isnan(found.loc["1966", "division"])
    eu = Membership.make("EU").inside(
        np.array(["1957-12-31", "1972-12-31", "2019-12-31", "2020-12-31"], "M8[D]")
    )
    assert eu.sum(axis=0).tolist() == [0, 6, 28, 27]


def test_membership_given_in_three_ways_is_one():
    days = np.array(["1994-12-31", "1996-12-31", "2001-12-31"], "M8[D]")
    frame = pd.DataFrame({"member": ["a", "b"], "start": ["", "1995-07-28"], "end": [None, "2000-01-01"]})
    mapping = {"a": None, "b": ("1995-07-28", "2000-01-01")}
    for given_ in (frame, mapping):
        assert Membership.make(given_).inside(days).tolist() == [[True, True, True], [False, True, False]]
    assert Membership.make(["b", "a", "a"]).inside(days).all()
    assert Membership.make(["b", "a", "a"]).members == ("a", "b")
    open_end = pd.DataFrame({"member": ["a"], "start": ["1999"], "end": [None]}).convert_dtypes()
    assert Membership.make(open_end).inside(days[-1:]).all()
    polars = pytest.importorskip("polars")
    assert Membership.make(polars.from_pandas(frame)).spells == Membership.make(frame).spells
    with pytest.raises(OptionError, match="1 of 2 rows have no 'member', the first row 1"):
        Membership.make(frame.assign(member=["a", None]))


# ---- intervals -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("spread", "n"), [(0.0, 12), (0.1, 12), (0.3, 12), (0.3, 40)])
def test_division_interval_covers(spread, n):
    """Members' shares from n weighted events each: the interval holds the true division 95 % of the time."""
    rng = np.random.default_rng(7)
    S, R = 10, 400
    true = 0.5 + spread * np.linspace(-1, 1, S)
    masses = rng.choice([2.0, 6.0, 8.0], size=(R, S, n), p=[0.4, 0.4, 0.2])
    to_b = rng.random((R, S, n)) < true[:, None]
    b, total = (masses * to_b).sum(axis=2), masses.sum(axis=2)
    evidence = (total**2 / (masses**2).sum(axis=2)).T  # (S, R)
    share = np.stack([1 - b / total, b / total], axis=0).transpose(2, 0, 1)  # (S, P, R)
    weight = np.full((S, R), 1 / S)
    parts = divided(share, weight)
    error = sampling_covariance(share[:, :, None], evidence[:, None])[:, :, :, 0]
    bias, noise, _ = division_noise(share, parts["share"], weight, error)
    low, high = division_interval(parts["division"], bias, noise, 0.95)
    truth = np.var(2 * true - 1)
    held = ((low <= truth + 1e-12) & (truth <= high)).mean()
    assert 0.92 <= held <= 1.0
    freed = (parts["division"] - bias).mean()
    assert abs(freed - truth) < 0.25 * (parts["division"].mean() - truth) + 0.01  # most of the bias is gone


# ---- the pull of an event -----------------------------------------------------------------------------
def test_pull_is_the_difference_of_two_bookings(asean):
    pull = bloc_pull(
        asean, "chn-khm-2plus2-2026", members="ASEAN", powers=POWERS, draws=60, rng=1, at=slice("2010", None)
    )
    mask = np.array([e == "chn-khm-2plus2-2026" for e in asean.event_id])
    scores = [
        bloc(Ledger.post(some).ties(end=2026), members="ASEAN", powers=POWERS).division[-1]
        for some in (asean, asean.take(~mask))
    ]
    assert pull.division[-1] == pytest.approx(scores[0] - scores[1], abs=1e-12)
    assert np.nan_to_num(pull.division[:-1]).tolist() == pytest.approx(
        [0.0] * (len(pull.division) - 1), abs=1e-12
    )
    assert pull.notes == ("before 2026-04-22 nothing is supposed: the difference is 0",)
    for name in ("diversification", "own", "division", "cohesion"):
        both = (getattr(each, name)[-len(pull.periods) :] for each in (pull.with_event, pull.without_event))
        np.testing.assert_allclose(getattr(pull, name), np.subtract(*both), atol=1e-12)
    assert pull.division_low[-1] <= pull.division[-1] <= pull.division_high[-1]
    assert pull.cohesion[-1] == pytest.approx(-pull.division[-1])  # ten equal members: most is 1
    same = bloc_pull(asean, mask, members="ASEAN", powers=POWERS, draws=60, rng=1, at=slice("2010", None))
    np.testing.assert_array_equal(pull.division_high, same.division_high)


@pytest.fixture(scope="module")
def late(asean):
    """The shipped events of the last years."""
    return asean.take(asean.day >= np.datetime64("2016-01-01").astype(int))


@pytest.fixture(scope="module")
def pull(late):
    return bloc_pull(late, "chn-khm-2plus2-2026", members="ASEAN", powers=POWERS, draws=50)


@pytest.mark.parametrize("field", ["diversification", "own", "division", "cohesion"])
def test_a_pull_is_what_if_turned_round(late, pull, field):
    named = {"event_id": "chn-khm-2plus2-2026"}
    score = BlocOf("ASEAN", POWERS, field=field)
    back = what_if(late, score=score, remove=named, draws=50)
    assert getattr(pull, field)[0] == -back.difference[0, 0]
    assert (getattr(pull, f"{field}_low")[0], getattr(pull, f"{field}_high")[0]) == (
        -back.high[0, 0], -back.low[0, 0],
    )  # fmt: skip
    one = impact(late, score=score, draws=0).to_frame().set_index("group")
    assert one.loc[named["event_id"], "impact"] == pytest.approx(getattr(pull, field)[0], abs=1e-10)


def test_a_bloc_is_scored_alike_with_weights_and_a_member_that_is_not_there(ties):
    weights = {"security": 3.0, "economic": 1.0, "diplomatic": 0.0}
    group = {"KHM": "1999-04-30", "VNM": "1995-07-28", "LAO": "1997-07-23", "TLS": "2025-10-26"}
    given_ = {"KHM": 2.0, "VNM": 1.0, "LAO": 0.5, "TLS": 4.0}
    told = {"members": group, "powers": POWERS, "weights": weights, "member_weights": given_}
    whole = bloc(ties, **told)
    for field in ("diversification", "own", "division", "cohesion"):
        read = BlocOf(**told, field=field).read(ties)
        np.testing.assert_allclose(read.score[0, 0], getattr(whole, field), atol=1e-12)


def test_a_pull_takes_the_selections_of_what_if_and_says_why_it_is_0(asean):
    event, options = "chn-khm-2plus2-2026", {"members": "ASEAN", "powers": ("CHN", "USA"), "draws": 50}
    by_id = bloc_pull(asean, event, **options)
    by_column = bloc_pull(asean, {"event_id": event}, **options)
    pd.testing.assert_frame_equal(by_id.to_frame(), by_column.to_frame())
    far = bloc_pull(asean, lambda frame: (frame["source"] == "JPN") & (frame["target"] == "VNM"), **options)
    told = "o event that is supposed touches this score: it cannot move"
    assert f"; n{told}>" in repr(far) and f"N{told}." in far.table()
    assert "-0.0" not in far.to_frame().to_string()


def test_pull_by_hand():
    # without its last event m2 stands where m1 does
    rows = [("m1", "A", 8.0), ("m2", "A", 8.0), ("m2", "B", 8.0)]
    frame = pd.DataFrame(rows, columns=["source", "target", "value"]).assign(
        date="2020-12-31", domain="security"
    )
    pull = bloc_pull(Events.from_frame(frame), [2], members=["m1", "m2"], powers=("A", "B"), draws=50, rng=0)
    assert pull.division[0] == pytest.approx(4 * 0.25 * 0.5**2)
    assert pull.cohesion[0] == pytest.approx(-0.25)


def test_of_one_known_member_the_division_is_0_and_no_interval_is_told():
    rows = [("m1", "A", 8.0), ("m1", "B", 4.0), ("m2", "m3", 8.0), ("m1", "A", 2.0)]
    frame = pd.DataFrame(rows, columns=["source", "target", "value"]).assign(
        date="2020-12-31", domain="security"
    )
    events, options = Events.from_frame(frame), {"members": ["m1", "m2"], "powers": ("A", "B")}
    split = bloc(events, **options)
    assert (split.division[0], split.n_known[0], split.n_members[0]) == (0.0, 1, 2)
    assert np.isnan([split.division_low[0], split.division_high[0], split.cohesion[0]]).all()
    pull = bloc_pull(events, [3], draws=50, **options)
    assert pull.division[0] == 0.0 and np.isnan([pull.division_low[0], pull.division_high[0]]).all()
    assert pull.own_low[0] < pull.own_high[0]
    score = BlocOf(**options)
    moved = what_if(events, score=score, remove=np.arange(4) == 3, draws=50)
    one = impact(events, score=score, draws=50).to_frame().iloc[0]
    assert moved.difference[0, 0] == one["impact"] == 0.0
    assert np.isnan([moved.se[0, 0], moved.low[0, 0], moved.high[0, 0], one["low"], one["high"]]).all()


def test_pull_of_stocks_written_out():
    """Plain twin of the interval: one member, one tie with either power, one event more."""
    rows = [("m1", "A", 8.0), ("m1", "B", 4.0), ("m1", "B", 6.0)]
    frame = pd.DataFrame(rows, columns=["source", "target", "value"]).assign(
        date="2020-12-31", domain="security"
    )
    pull = bloc_pull(Events.from_frame(frame), [2], members=["m1"], powers=("A", "B"), draws=8000, rng=0)
    rng = np.random.default_rng(1)
    # one event of its own mass and half an unseen one, as large as these two and one event of the table, with each power
    size = (8**2 + 4**2 + (8**2 + 4**2 + 6**2) / 3) / (8 + 4 + (8 + 4 + 6) / 3)
    a, b = (m * rng.gamma(1.0, size=20_000) + size * rng.gamma(0.5, size=20_000) for m in (8.0, 4.0))
    before, after = (4 * a * x / (a + x) ** 2 for x in (b, b + 6.0))
    low, high = slow_interval(after - before, 4 * 8 * 10 / 18**2 - 4 * 8 * 4 / 12**2)
    assert pull.own[0] == pytest.approx(4 * 8 * 10 / 18**2 - 4 * 8 * 4 / 12**2)
    assert (pull.own_low[0], pull.own_high[0]) == pytest.approx((low, high), abs=0.02)


def test_the_bloc_without_an_event_reaches_as_far_as_the_bloc_with_it():
    """Also where it is the last there is: what is left of the others stands at the same dates."""
    events = events_of(
        ("m1", "A", "2018", "security", 8.0),
        ("m1", "B", "2018", "security", 4.0),
        ("m1", "B", "2020", "security", 6.0),
    )
    pull = bloc_pull(events, [2], members=["m1"], powers=("A", "B"), draws=50)
    assert pull.without_event.periods.equals(pull.with_event.periods) and len(pull.with_event.periods) == 3
    before, after = pull.with_event.own, pull.without_event.own
    np.testing.assert_allclose(before[:2], after[:2], rtol=1e-12)
    assert before[-1] - after[-1] == pytest.approx(pull.own[0])


RATES = {"m1": (1, 0.5), "m2": (0.7, 0.7), "m3": (0.4, 1), "m4": (1, 0.2)}  # events with A and with B


def pulled(size, rng, fine=1, draws=200):
    """Pull of one event of mass 9 in a record of about `size` events a tie; None where one of the members is silent."""
    parts = [(["m1"], ["A"], [9.0], [1.0])]
    for member, rates in RATES.items():
        for power, rate in zip("AB", rates, strict=True):
            n = rng.poisson(size * rate * fine)
            value, weight = rng.choice([2.5, 3.5, 6.0, 8.0], n), rng.gamma(2, 0.5, n) / fine
            parts.append((np.full(n, member), np.full(n, power), value, weight))
    source, target, value, weight = map(np.concatenate, zip(*parts, strict=True))
    if set(RATES) - set(source):
        return None
    events = plain_events(source, target, "2020-06-01", value, weight)
    return bloc_pull(
        events, [0], members=list(RATES), powers=("A", "B"), decay=Cumulative(), draws=draws, rng=rng
    )


@pytest.mark.parametrize(("size", "runs", "draws", "least", "own"), [
    (3, 60, 200, 0.82, 0.74), pytest.param(3, 400, 1000, 0.90, 0.86, marks=pytest.mark.slow),
    pytest.param(10, 400, 1000, 0.92, 0.92, marks=pytest.mark.slow),
])  # fmt: skip
def test_the_interval_of_a_pull_covers(size, runs, draws, least, own):
    """The world is the hardest for the members' own: one in three acts of m1 is with B, where an act with A moves it most.

    There it has .90 of 3 events a tie, over compositions drawn at random .94; the other three .93 to .95.
    """
    truth = pulled(size, np.random.default_rng(0), 2000, 50)
    every = (pulled(size, np.random.default_rng([run, size]), draws=draws) for run in range(runs))
    found = [one for one in every if one is not None]
    for name in ("diversification", "own", "division", "cohesion"):
        true = getattr(truth, name)[0]
        low, high = (np.array([getattr(one, f"{name}_{end}")[0] for one in found]) for end in ("low", "high"))
        assert ((low <= true) & (true <= high))[~np.isnan(low)].mean() >= (own if name == "own" else least)


# ---- errors ---------------------------------------------------------------------------------------------
def test_error_texts(asean, ties):
    with pytest.raises(UnknownLabelError, match=r"unknown bloc 'ASEEN'. Did you mean 'ASEAN'\?"):
        bloc(ties, members="ASEEN", powers=POWERS)
    with pytest.raises(UnknownLabelError, match="unknown actor 'KHN'"):
        bloc(ties, members=["KHN", "VNM"], powers=POWERS)
    with pytest.raises(OptionError, match="member_weights lacks VNM"):
        bloc(ties, members=["KHM", "VNM"], powers=POWERS, member_weights={"KHM": 1})
    with pytest.raises(UnknownLabelError, match="unknown member 'LAO'"):
        bloc(ties, members=["KHM", "VNM"], powers=POWERS, member_weights={"LAO": 1})
    with pytest.raises(OptionError, match=r"no member of NATO \(ALB, BEL, BGR ...\)|named both"):
        bloc(ties, members="NATO", powers=("CHN", "USA"))
    with pytest.raises(OptionError, match="no member of ASEAN .* occurs in the ties"):
        bloc(events_of(("AUS", "CHN", "2020", "security", 3.0)), members="ASEAN", powers=("AUS", "CHN"))
    with pytest.raises(OptionError, match="member_weights are all 0; give at least one a positive weight"):
        bloc(ties, members=["KHM", "VNM"], powers=POWERS, member_weights={"KHM": 0, "VNM": 0})
    with pytest.raises(OptionError, match="weight of member 'KHM' is inf; it must lie in"):
        bloc(ties, members=["KHM", "VNM"], powers=POWERS, member_weights={"KHM": np.inf, "VNM": 1})
    with pytest.raises(OptionError, match="level is 2; it must lie in"):
        bloc(ties, members="ASEAN", powers=POWERS, level=2)
    with pytest.raises(
        OptionError, match=r"\('1990',\) is not a first day, nor a pair of first and last day"
    ):
        Membership.make({"LAO": ("1990",)})
    with pytest.raises(OptionError, match="members is empty"):
        bloc(ties, members=[], powers=POWERS)
    with pytest.raises(OptionError, match=r"is 'soon', not a date"):
        Membership.make({"a": "soon"})
    with pytest.raises(OptionError, match=r"lacks \['end'\]"):
        Membership.make(pd.DataFrame({"member": ["a"], "start": [""]}))
    with pytest.raises(OptionError, match="alpha"):
        bloc(ties, members="ASEAN", powers=POWERS, alpha=2)
    with pytest.raises(UnknownLabelError, match="unknown event_id 'chn-khm'"):
        bloc_pull(asean, "chn-khm", members="ASEAN", powers=POWERS)
    with pytest.raises(OptionError, match="names 0 of 474 events"):
        bloc_pull(asean, np.zeros(474, dtype=bool), members="ASEAN", powers=POWERS)
    with pytest.raises(OptionError, match="which is a mask of 2 rows; there are 474 events"):
        bloc_pull(asean, np.ones(2, dtype=bool), members="ASEAN", powers=POWERS)
    with pytest.raises(OptionError, match=r"which names rows outside 0\.\.473"):
        bloc_pull(asean, np.array([474]), members="ASEAN", powers=POWERS)
    with pytest.raises(
        OptionError, match="nothing that is supposed has begun by 2020: it begins on 2026-04-22"
    ):
        bloc_pull(asean, "chn-khm-2plus2-2026", members="ASEAN", powers=POWERS, at=2020)
    with pytest.raises(OptionError, match="'CHN' is named both as a member and as a power"):
        BlocOf(["CHN", "KHM"], POWERS)
    with pytest.raises(OptionError, match="name at least two, each once"):
        BlocOf("ASEAN", ("CHN",))
    with pytest.raises(OptionError, match="field is 'unity'; it must be one of 'diversification'"):
        BlocOf("ASEAN", POWERS, field="unity")
    with pytest.raises(OptionError, match="at least three"):
        van_der_eijk([1, 2])


def test_weights_and_scale_do_not_move_ratios():
    events = simulate(400, actors=8, seed=3)
    names = list(events.actors[2:])
    found = []
    for scale in (1.0, 3.0):
        scaled = Events.from_frame(events.to_frame().assign(weight=scale))
        view = Ledger.post(scaled, decay=HalfLife(3)).ties()
        found.append(bloc(view, members=names, powers=events.actors[:2]))
    np.testing.assert_allclose(found[0].division, found[1].division, atol=1e-10)
    np.testing.assert_allclose(found[0].division_low, found[1].division_low, atol=1e-8)


def test_example_tells_its_story(tmp_path, capsys):
    example = runpy.run_path(str(Path(__file__).resolve().parents[3] / "examples" / "asean_unity.py"))
    example["main"](["--figure", str(tmp_path / "asean.png")])
    told = capsys.readouterr().out
    assert "is the members' own hedging" in told and "Who divides it:" in told
    assert (tmp_path / "asean.png").stat().st_size > 20_000


def test_of_a_bloc_of_which_nothing_is_in_force_nothing_is_known():
    """Ten members with an event each with either power, and sixty years of silence: as wide as one unknown state."""
    members = [f"M{at}" for at in range(10)]
    rows = pd.DataFrame(
        {"source": np.repeat(members, 2), "target": ["CHN", "USA"] * 10, "date": "1960-06-30", "domain": "security",
         "value": 5.0}
    )  # fmt: skip
    ties = Ledger.post(Events.from_frame(rows), decay=HalfLife(3)).ties(end=2020)
    found = bloc(ties, members=members, powers=("CHN", "USA"))
    alone = hedging(ties, powers=("CHN", "USA"), states=["M0"])
    for name in ("position", "diversification"):
        width = getattr(found, f"{name}_high") - getattr(found, f"{name}_low")
        assert (np.diff(width) >= -1e-9).all(), name  # silence only widens
        one = getattr(alone, f"{name}_high")[0, -1] - getattr(alone, f"{name}_low")[0, -1]
        assert width[-1] == pytest.approx(one, rel=0.02), name
    # while twenty events tell of them in one domain: of two others nothing is known of any member
    whole, domain = alone.position_se[0, 0] ** 2, 4 / 9 * 0.5 * 0.5 / (2 + 2)
    assert found.position_se[0] ** 2 == pytest.approx(whole - domain + domain / 10, rel=0.05)


def test_the_common_part_of_a_bloc_by_hand():
    """Two members in one domain: 3 events, a third with B, and one event with A."""
    share, N = np.array([[2 / 3, 1 / 3], [1.0, 0.0]])[..., None, None], np.array([3.0, 1.0])[:, None, None]
    members = posterior_shares(share, N, np.ones((2, 1, 1)))
    found = bloc_posterior(members, np.array([[0.25], [0.75]]))
    m = (3 / 3 + 1 / 2) / 4, (0 + 1 / 2) / 2
    sd = [(p * (1 - p) / (n + 2)) ** 0.5 for p, n in zip(m, (3, 1), strict=True)]
    both = 2 * 0.25 * sd[0] * 0.75 * sd[1] / ((3**4 + 1) * (1**4 + 1)) ** 0.5
    assert found.mean[1, 0] == pytest.approx(0.25 * m[0] + 0.75 * m[1])
    assert found.covariance[1, 1, 0] == pytest.approx((0.25 * sd[0]) ** 2 + (0.75 * sd[1]) ** 2 + both)


def lean_of_members(chance, rate, runs, rng):
    """Intervals of the share of B in a bloc of ten in one domain, and the truth: members seen in each of many records."""
    n = rng.poisson(rate, (10, runs))
    b = rng.binomial(n, chance)
    seen = n > 0
    mu = seen / np.maximum(seen.sum(axis=0), 1)
    share = np.divide(b, n, out=np.full(n.shape, np.nan), where=seen)[:, None]
    share = np.stack([1 - share, share], axis=1)
    members = posterior_shares(share, n[:, None].astype(float), np.ones((10, 1, runs)))
    found, any_ = composite_score(bloc_posterior(members, mu), 1, 0.95), seen.any(axis=0)
    truth = (mu * chance).sum(axis=0)
    return ((found.low <= truth) & (truth <= found.high))[any_].mean()


@pytest.mark.parametrize("rate", [0.5, 1, 2, 5, 10])
def test_positions_of_blocs_cover_whichever_way_members_lean(rate):
    """Members' priors pull one way: with their errors taken apart, ten of two events each were covered .12 at .05."""
    rng = np.random.default_rng(0)
    for chance in (0.05, 0.1, 0.2, 0.3, 0.5):
        assert lean_of_members(np.full((10, 1), chance), rate, 3000, rng) >= 0.92, chance
    for shape in ((2, 2), (0.5, 1.5)):
        assert lean_of_members(rng.beta(*shape, (10, 3000)), rate, 3000, rng) >= 0.94, shape


def test_members_and_their_weights_as_people_give_them(late):
    """A Series of weights had died of itself, one member was named None, another belonged from 2005 to 1999."""
    weights = {"KHM": 1.0, "VNM": 3.0}
    ties = Ledger.post(late).ties()
    one, other = (bloc(ties, ["KHM", "VNM"], POWERS, member_weights=w) for w in (weights, pd.Series(weights)))
    assert np.array_equal(one.position, other.position, equal_nan=True)
    for nobody in (None, np.nan, pd.NA, pd.NaT):
        for members in ({"KHM": 1990, nobody: 1999}, ["KHM", nobody]):
            with pytest.raises(OptionError, match="members holds one without a label"):
                Membership.make(members)
    with pytest.raises(
        OptionError, match="'KHM' is a member from 2005-01-01 to 1999-12-31, which runs backward"
    ):
        Membership.make({"KHM": (2005, 1999)})
    with pytest.raises(OptionError, match="alpha is 99"):
        bloc(ties, ["KHM", "VNM"], (*POWERS, "JPN"), alpha=99)
    table = pd.DataFrame({"member": ["KHM", b"VNM"], "start": None, "end": None})
    pa = pytest.importorskip("pyarrow")
    columns = pd.Series(["KHM", "VNM"]), pa.array(["KHM", "VNM"]), pa.chunked_array([["KHM", "VNM"]])
    for members in (
        *columns,
        [b"KHM", b"VNM"],
        table,
        pa.table({"member": ["KHM", "VNM"], "start": [None] * 2, "end": [None] * 2}),
    ):
        assert Membership.make(members).members == ("KHM", "VNM")


@pytest.mark.parametrize(("slip", "meant"), [("LOA", "LAO"), ("Laos", "LAO"), ("khm", "KHM")])
def test_a_slip_in_a_dated_member_is_told(asean, slip, meant):
    other = "VNM" if meant == "LAO" else "LAO"
    members = {other: 1995, slip: 1997}
    cast = [(a, 1, i, 1 + (i + len(a)) % 3) for i in range(3) for a in ("KHM", "LAO", "VNM")]
    votes = pd.DataFrame(cast, columns=["actor", "session", "item", "vote"])
    doors = (
        lambda: bloc(asean, members=members, powers=POWERS),
        lambda: impact(asean, score=BlocOf(members, POWERS)),
        lambda: vote_cohesion(votes, members=members),
    )
    for door in doors:
        with pytest.raises(UnknownLabelError, match=f"unknown member '{slip}'. Did you mean '{meant}'"):
            door()
    absent = bloc(asean, members={"KHM": 1999, "m2": 1999, "FJI": 1999}, powers=POWERS)
    assert (absent.n_members[-1], absent.n_known[-1]) == (3, 1)


def test_members_of_a_supposition_show_who_they_are():
    assert "members=<Membership: ASEAN, 11 members with dates>" in repr(BlocOf("ASEAN", ("CHN", "USA")))
    assert "members=<Membership: 2 members>" in repr(BlocOf(["KHM", "VNM"], ("CHN", "USA")))


def test_weights_of_members_by_number():
    """As those of the Correlates of War are read from a column of numbers."""
    rows = [("816", "710", 4.0), ("811", "710", 3.0), ("811", "2", 5.0), ("816", "2", 1.0)]
    ledger = Ledger.post(events_of(*((s, t, "2020-02-01", "economic", v) for s, t, v in rows)))
    numbers, texts = (
        bloc(ledger, members=[811, 816], powers=(710, 2), member_weights=weights)
        for weights in ({816: 2, 811: 1}, {"816": 2, "811": 1})
    )
    np.testing.assert_array_equal(numbers.position, texts.position)
