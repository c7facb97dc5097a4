"""Hedging: a slow plain twin, cases worked by hand, the exact split, and laws."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.measures.states.diversification import (
    corrected,
    gini_simpson,
    spread_interval,
    square_and_add,
)
from alignscore.measures.states.postures import POSTURES, posture_codes, quadrants
from spine import ALGEBRA, DOMAINS, event_rows, same, simple, slow_alignment, slow_stock

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


def both(events, a, b, domain, end):
    """Stocks between two actors: acts of either side, a mutual act with its mass twice and its square fourfold."""
    one, two = (slow_stock(events, x, y, domain, end, 5 * 365.25) for x, y in ((a, b), (b, a)))
    mutual = events.take(events.mutual) if events.mutual.any() else None
    shared = (
        slow_stock(events.pick(events.mutual), a, b, domain, end, 5 * 365.25) if mutual is not None else None
    )
    c, k = one.cooperation + two.cooperation, one.conflict + two.conflict
    c2, k2, n = one.cooperation2 + two.cooperation2, one.conflict2 + two.conflict2, one.n + two.n
    if shared is not None:
        c2, k2, n = c2 + 2 * shared.cooperation2, k2 + 2 * shared.conflict2, n - shared.n
    return n, c, k, c2, k2


@settings(max_examples=15)
@given(event_rows(max_size=15))
def test_position_equals_the_slow_twin(frame):
    assume(has_powers(frame))
    events = al.Events.from_frame(frame)
    result = room(events)
    end = result.periods[-1].end_time.date()
    for s, state in enumerate(result.states):
        leans, variances = [], []
        for k, domain in enumerate(DOMAINS):
            (_, a, _, va, _), (_, b, _, vb, _) = (both(events, state, power, domain, end) for power in POWERS)
            if a + b == 0:
                assert np.isnan(result.domains.position[s, k, -1])
                continue
            leans.append((b - a) / (a + b))
            variances.append(4 * (a**2 * vb + b**2 * va) / (a + b) ** 4)
            assert result.domains.position[s, k, -1] == pytest.approx(leans[-1], rel=1e-9, abs=1e-9)
            assert result.domains.position_se[s, k, -1] == pytest.approx(
                math.sqrt(variances[-1]), rel=1e-9, abs=1e-9
            )
        mean = sum(leans) / len(leans) if leans else math.nan
        se = math.sqrt(sum(variances)) / len(leans) if leans else math.nan
        assert result.position[s, -1] == pytest.approx(mean, rel=1e-9, abs=1e-9, nan_ok=True)
        assert result.position_se[s, -1] == pytest.approx(se, rel=1e-9, abs=1e-9, nan_ok=True)
        for p, power in enumerate(POWERS):
            scores = []
            for domain in DOMAINS:
                n, c, k, c2, k2 = both(events, state, power, domain, end)
                if n:
                    from spine import Stock

                    scores.append(slow_alignment(Stock(n, 0, c, c2, k, k2), 10.0)[0])
            expected = sum(scores) / len(scores) if scores else math.nan
            assert result.alignment[s, p, -1] == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_by_hand_same_spread_opposite_make_up():
    """Two states at 50 overall: one even in both domains, one at 10 in the economy and 90 in security."""
    rows = [("MIX", p, TWENTY, d, 5.0) for p in POWERS for d in ("economic", "security")]
    rows += [("SPLIT", p, TWENTY, d, v) for p, d, v in [
        ("CHN", "economic", 9.0), ("USA", "economic", 1.0), ("CHN", "security", 1.0), ("USA", "security", 9.0)]]  # fmt: skip
    got = room(simple(*rows)).to_frame(columns="all").set_index("state")
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
    events = simple(("X", "CHN", "2020-06-30", "security", 4.0), ("X", "USA", "2021-06-30", "security", 4.0))
    ties = al.Ledger.post(events, decay=al.Window(1)).ties()
    got = al.hedging(ties, powers=POWERS, window=2).to_frame(columns="all").iloc[-1]
    assert (got["position"], got["diversification"]) == (0, 1)
    assert (got["mixing"], got["alternating"], got["compartmentalising"]) == (0, 1, 0)
    alone = al.hedging(ties, powers=POWERS).to_frame(columns="all").iloc[-1]
    assert (alone["position"], alone["alternating"]) == (1, 0)


def test_by_hand_everything_else():
    events = simple(
        ("X", "CHN", TWENTY, "security", 6.0), ("X", "USA", TWENTY, "security", 2.0), ("USA", "X", TWENTY, "security", -5.0),
        ("X", "OTH", TWENTY, "security", 8.0),
    )  # fmt: skip
    got = room(events).to_frame(columns="all").iloc[0]
    share = 2 / 8
    assert got["position"] == pytest.approx(2 * share - 1)
    assert got["position_se"] == pytest.approx(2 * math.sqrt(6**2 * 2**2 + 2**2 * 6**2) / 8**2)
    assert got["engagement"] == pytest.approx((6 + 2) / (6 + 2 + 8))
    assert got["diversification"] == pytest.approx(1 - 0.5**2)
    assert got["hedging"] == pytest.approx(0.5 * 0.75)
    assert got["balance"] == pytest.approx(2 * 2 / 8)
    assert got["equitability"] == pytest.approx(
        -(0.25 * math.log(0.25) + 0.75 * math.log(0.75)) / math.log(2)
    )
    assert got["evidence"] == pytest.approx(8**2 / (6**2 + 2**2))
    assert got["diversification_corrected"] == "x" or np.isnan(got["diversification_corrected"]), (
        "evidence 1.6 is too thin"
    )
    assert got["alignment_CHN"] == pytest.approx(6 / (6 + 10))
    assert got["alignment_USA"] == pytest.approx((2 - 5) / (2 + 5 + 10))
    assert (got["quadrant"], got["toward"]) == ("good with CHN only", "CHN")
    assert room(events).posture[0, 0] == "aligned"
    assert got["posture"] == "withheld", "two events make no label likely"
    assert 0 < got["posture_probability"] < 0.5


def test_net_tie_counts_only_what_conflict_leaves():
    events = simple(
        ("X", "CHN", TWENTY, "security", 6.0), ("X", "USA", TWENTY, "security", 2.0), ("USA", "X", TWENTY, "security", -5.0),
    )  # fmt: skip
    assert room(events, tie="net").position[0, 0] == -1
    assert room(events).position[0, 0] == pytest.approx(-0.5)


def test_direction():
    events = simple(("X", "CHN", TWENTY, "security", 6.0), ("USA", "X", TWENTY, "security", 6.0))
    assert room(events).position[0, 0] == 0
    assert room(events, direction="out").position[0, 0] == -1
    assert room(events, direction="in").position[0, 0] == 1


def test_relative_to_a_group_takes_out_a_power_that_is_busy_everywhere():
    rows = [(s, "CHN", TWENTY, "security", 2.0) for s in "XYZ"] + [
        (s, "USA", TWENTY, "security", 6.0) for s in "XYZ"
    ]
    result = room(simple(*rows), relative=["X", "Y", "Z"])
    assert result.position[:, 0].tolist() == pytest.approx([0.5] * 3)
    assert result.position_relative[:, 0].tolist() == pytest.approx([0] * 3, abs=ALGEBRA)
    assert np.isnan(room(simple(*rows)).position_relative).all()


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
        assert (score[known] >= -1e-12).all(), name
        assert (score[known] <= 1 + 1e-12).all(), name
    for name in ("position", "engagement", "diversification", "hedging"):
        score, low, high = (getattr(result, name + end) for end in ("", "_low", "_high"))
        inside = ~np.isnan(low)
        assert (low[inside] <= score[inside] + 1e-9).all(), name
        assert (high[inside] >= score[inside] - 1e-9).all(), name
    shares = result.share.sum(axis=1)
    same(shares[result.coverage > 0], np.ones((result.coverage > 0).sum()))


@given(event_rows())
def test_swapping_the_powers_mirrors_the_position(frame):
    assume(has_powers(frame))
    events = al.Events.from_frame(frame)
    one, two = room(events), room(events, powers=POWERS[::-1])
    same(one.position, -two.position)
    same(one.position_low, -two.position_high)
    for name in ("diversification", "diversification_se", "hedging", "engagement", "mixing", "balance"):
        same(getattr(one, name), getattr(two, name))


@given(event_rows(kinds=False), st.sampled_from([0.25, 8.0]))
def test_scaling_all_weights_changes_nothing_but_alignments(frame, factor):
    assume(has_powers(frame))
    scaled = frame.assign(weight=(frame["weight"].astype(float) * factor).astype(str))
    one, two = room(al.Events.from_frame(frame)), room(al.Events.from_frame(scaled))
    for name in ("position", "position_se", "diversification", "hedging", "evidence", "engagement_low"):
        same(getattr(one, name), getattr(two, name), 1e-9)


def test_more_with_a_power_never_lowers_its_share():
    base = [
        ("X", "CHN", TWENTY, "security", 4.0),
        ("X", "USA", TWENTY, "economic", 4.0),
        ("X", "USA", TWENTY, "security", 1.0),
    ]
    positions = [
        room(simple(*base, *[("X", "USA", TWENTY, "security", 2.0)] * n)).position[0, 0] for n in range(5)
    ]
    assert positions == sorted(positions)
    assert len(set(positions)) == 5


def test_se_of_diversification_equals_that_of_the_position_mapped():
    """For two powers V = 1 - L^2, so its SE is 2 abs(L) SE(L); the general formula must agree."""
    result = room(al.datasets.asean())
    same(result.diversification_se, 2 * np.abs(result.position) * result.position_se, 1e-9)


def test_three_powers_se_equals_a_numerical_derivative():
    events = al.datasets.asean()
    ties = al.Ledger.post(events).ties()
    result = al.hedging(ties, powers=("CHN", "USA", "JPN"), states=["PHL"])
    both_ties = ties.undirected()
    step, total = 1e-5, 0.0
    for power in ("CHN", "USA", "JPN"):
        pair = both_ties.axes.dyad(*sorted(["PHL", power]))
        for k in range(3):
            from dataclasses import replace

            change = both_ties.cooperation.copy()
            change[pair, k, -1] += step
            moved = al.hedging(
                replace(both_ties, cooperation=change), powers=("CHN", "USA", "JPN"), states=["PHL"]
            )
            slope = (moved.diversification[0, -1] - result.diversification[0, -1]) / step
            total += slope**2 * both_ties.cooperation2[pair, k, -1]
    assert result.diversification_se[0, -1] == pytest.approx(math.sqrt(total), rel=1e-3)


def test_corrected_by_hand():
    from alignscore.measures.composite import Blend

    share = np.array([[[[0.25]], [[0.75]]]])  # one state, two powers, one domain, one period
    blend = Blend.of(np.ones((1, 1, 1), dtype=bool), np.ones(1))
    plug_in = 1 - 0.5**2
    got = corrected(share, np.array([[[5.0]]]), blend, np.array([[plug_in]]), 2.0)
    assert got[0, 0] == pytest.approx(plug_in * 5 / 4)
    assert np.isnan(corrected(share, np.array([[[1.5]]]), blend, np.array([[plug_in]]), 2.0)).all()


def test_small_formulas_by_hand():
    assert gini_simpson(np.array([0.5, 0.5]), 0) == 1
    assert gini_simpson(np.array([1 / 3] * 3), 0) == pytest.approx(1)
    assert gini_simpson(np.array([1.0, 0, 0]), 0) == 0
    low, high = spread_interval(np.array([-0.2, 0.1]), np.array([0.5, 0.4]))
    assert low.tolist() == pytest.approx([1 - 0.25, 1 - 0.16])
    assert high.tolist() == pytest.approx([1, 1 - 0.01])
    low, high = square_and_add(*(np.array(x) for x in (0.5, 0.4, 0.6, 0.8, 0.8, 0.8)))
    assert (float(low), float(high)) == pytest.approx((0.4 - 0.8 * 0.1, 0.4 + 0.8 * 0.1))


def test_postures_at_their_thresholds():
    position = np.array([0.5, 0.49, 0.1, 0.11, 0.0, 0.9])
    share = np.stack([(1 - position) / 2, (1 + position) / 2], axis=0)[None]  # (1, 2, T)
    engagement = np.array([[1, 1, 1, 1, 0.05, 1.0]])
    alignment = np.where(np.arange(6) == 5, -0.1, 0.2) * np.ones((1, 2, 6))
    labels, toward = posture_codes(share, engagement, alignment, POWERS, al.Thresholds())
    assert labels[0].tolist() == ["aligned", "leaning", "hedging", "leaning", "disengaged", "contested"]
    assert toward[0].tolist() == ["USA", "USA", "USA", "USA", "", "USA"]
    assert quadrants(np.array([[[0.1, -0.1, 0.2, np.nan], [0.1, -0.1, -0.2, 0.1]]]), POWERS)[0].tolist() == [
        "good with both", "bad with both", "good with CHN only", ""]  # fmt: skip


def test_silence_is_missing_not_the_middle():
    events = simple(
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
        ({"window": 0}, al.OptionError, "whole number of periods"),
        ({"prior": -1}, al.OptionError, "prior is -1"),
    ],
)
def test_what_is_said_of_bad_options(option, error, text):
    with pytest.raises(error, match=text):
        room(al.datasets.asean(), **option)


def test_undirected_ties_have_no_direction():
    with pytest.raises(al.OptionError, match="needs directed ties"):
        al.hedging(al.Ledger.post(al.datasets.asean()).ties().undirected(), powers=POWERS, direction="out")
    with pytest.raises(al.OptionError, match="aligned is 0.05"):
        al.Thresholds(aligned=0.05)


def test_the_dialogue_moves_cambodia():
    """With and without the April 2026 2+2, the scores differ."""
    events = al.datasets.asean()
    without = events.take(events.event_id != events.event_id[-1])
    assert len(events) - len(without) == 2
    scores = [
        al.alignment(al.Ledger.post(e).ties(end=2026).between("KHM", "CHN")).alignment[0, 2, -1]
        for e in (events, without)
    ]
    assert scores[0] > scores[1]


def test_leaning_now_here_and_now_there_is_not_leaning():
    """An even split with a handful of events: seldom within the band, as often beyond it on either side."""
    rows = [
        ("X", power, f"2020-{month:02d}-01", "security", 5.0)
        for month in range(1, 6)
        for power in ("CHN", "USA")
    ]
    result = room(simple(*rows))
    got = result.to_frame(columns="all").iloc[0]
    odds = result.odds()
    pooled = dict(zip(POSTURES, odds.probability[0, 0], strict=True))
    assert result.posture[0, 0] == "hedging"
    assert pooled["leaning"] > 0.5 > pooled["hedging"]  # over both sides
    assert odds.label[0, 0] == "withheld"
    assert got["posture_probability"] == pytest.approx(pooled["hedging"])
    assert got["posture"] == "withheld"


def test_the_frame_tells_the_posture_by_the_thresholds_or_withholds_it():
    result = al.hedging(al.Ledger.post(al.datasets.asean()).ties(), powers=("CHN", "USA"))
    frame = result.to_frame(columns="all")
    own = result.posture.ravel()
    likely = (frame["posture_probability"] >= 0.5).to_numpy()
    assert (frame["posture"].to_numpy()[likely] == own[likely]).all()
    assert set(frame["posture"][~likely]) == {"withheld", ""}
