"""Alignment and exposure: the twin, cases by hand, laws, and what is said when something is wrong."""

import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.intervals import bounded, evidence_of, ratio, wilson
from alignscore.measures import composite
from alignscore.measures.dyads.exposure import independence
from strategies import DOMAINS, event_rows, events_of
from tolerances import ALGEBRA, printed, same
from twins import slow_alignment, slow_stock

COMPOSITE = -1


@settings(max_examples=8)
@given(event_rows(max_size=15), st.sampled_from([None, 0.0, 1.0, 10.0]))
def test_equal_to_the_slow_twin(frame, prior):
    events = al.Events.from_frame(frame)
    result = al.alignment(al.Ledger.post(events).ties(), prior=prior)
    end = result.axes.periods[-1].end_time.date()
    for d in range(len(result.axes.dyads)):
        scores = []
        for k, domain in enumerate(DOMAINS):
            stock = slow_stock(
                events, result.axes.sources[d], result.axes.targets[d], domain, end, 5 * 365.25
            )
            kappa = float(result.ties.event_mass[k]) if prior is None else prior
            a, *sure = slow_alignment(stock, kappa)
            assert result.alignment[d, k, -1] == pytest.approx(a, rel=1e-9, abs=1e-9, nan_ok=True)
            for name, value in zip(("se", "low", "high"), sure, strict=True):
                assert getattr(result, name)[d, k, -1] == pytest.approx(
                    value, rel=1e-7, abs=1e-7, nan_ok=True
                )
            scores.append(a)
        known = [a for a in scores if not math.isnan(a)]
        mean = sum(known) / 3 if known else math.nan  # a domain without events stands at 0
        assert result.alignment[d, COMPOSITE, -1] == pytest.approx(mean, rel=1e-9, abs=1e-9, nan_ok=True)


def test_the_prior_of_a_recipe_scores_a_part_of_the_events_as_the_whole(asean):
    whole = al.alignment(asean, directed=False)
    part = asean.between("KHM", "CHN")
    want = whole.of("KHM", "CHN").reset_index(drop=True)
    got = al.alignment(part, directed=False, prior=whole.recipe["prior"]).to_frame()
    last = [
        frame[frame["year"] == 2026].drop(columns="period").reset_index(drop=True) for frame in (got, want)
    ]
    pd.testing.assert_frame_equal(*last)
    alone = al.alignment(part, directed=False)
    assert alone.recipe["prior"] != whole.recipe["prior"]


def test_a_prior_of_each_domain_is_that_of_all_in_it(asean):
    ties = al.Ledger.post(asean).ties()
    mixed = al.alignment(ties, prior={"security": 0.0, "economic": 4.0})
    for k, prior in ((DOMAINS.index("security"), 0.0), (DOMAINS.index("economic"), 4.0),
                     (DOMAINS.index("diplomatic"), None)):  # fmt: skip
        alike = al.alignment(ties, prior=prior)
        for name in ("alignment", "se", "low", "high"):
            np.testing.assert_array_equal(getattr(mixed, name)[:, k], getattr(alike, name)[:, k])
    with pytest.raises(al.UnknownLabelError, match="unknown domain 'securty'. Did you mean 'security'"):
        al.alignment(ties, prior={"securty": 1.0})
    with pytest.raises(al.OptionError, match="prior is -1"):
        al.hedging(ties, ("CHN", "USA"), prior={"security": -1.0})


def test_by_hand():
    events = events_of(
        ("A", "B", "2020-12-31", "security", 6.0),
        ("A", "B", "2020-12-31", "security", 2.0),
        ("A", "B", "2020-12-31", "security", -4.0),
    )
    frame = al.alignment(al.Ledger.post(events).ties()).to_frame(columns="all").set_index("domain")
    got = frame.loc["security"]
    kappa = (6 + 2 + 4) / 3  # the mass of one event
    assert got["alignment"] == pytest.approx((8 - 4) / (8 + 4 + kappa), rel=ALGEBRA)
    mean, sure = (1 + 4 / 16) / 2, 12**2 / 56 + 1
    assert got["se"] == pytest.approx(2 * math.sqrt(mean * (1 - mean) / (sure + 1)), rel=ALGEBRA)
    assert got["evidence"] == pytest.approx((6 + 2 + 4) ** 2 / (36 + 4 + 16))
    assert got["log_ratio"] == pytest.approx(math.log(8.5 / 4.5))
    assert got["log_ratio_se"] == pytest.approx(math.sqrt(40 / 8.5**2 + 16 / 4.5**2))
    assert got["volume"] == pytest.approx(math.log(4))
    assert got["net"] == pytest.approx(6 + 2 - 4)
    assert got["tone"] == pytest.approx((6 + 2 - 4) / 3)
    assert got["ambivalence"] == pytest.approx(2 * 4 / (8 + 4))
    both = frame.loc["composite"]
    assert both["alignment"] == pytest.approx(got["alignment"] / 3), "two domains stand at 0"
    unknown = 4 * 0.5 * 0.5 / 2  # the variance of a share of which nothing is known, on [-1, 1]
    assert both["se"] == pytest.approx(math.sqrt(got["se"] ** 2 + 2 * unknown) / 3)
    assert (
        both["coverage"] == pytest.approx(got["coverage"] / 3) == got["evidence"] / (got["evidence"] + 1) / 3
    )
    seen = al.alignment(al.Ledger.post(events).ties(), domains="seen").alignment[0]
    assert seen[COMPOSITE, 0] == got["alignment"], "only one domain is seen"
    assert np.isnan(frame.loc["economic", "alignment"])
    assert frame.loc["economic", "n"] == 0


def test_excess_is_less_the_weighted_mean():
    events = events_of(("A", "B", "2020-12-31", "security", 6.0), ("B", "A", "2020-12-31", "security", -2.0))
    result = al.alignment(al.Ledger.post(events).ties(), prior=0.0)
    mean = (6 * 1 + 2 * -1) / (6 + 2)
    assert result.excess[:, 2, 0].tolist() == [1 - mean, -1 - mean]
    assert result.net_share[:, 2, 0].tolist() == [6 / 8, -2 / 8]


def test_weights_are_visible_and_only_those_seen_count():
    events = events_of(
        ("A", "B", "2020-12-31", "security", 10.0), ("A", "B", "2020-12-31", "economic", -10.0)
    )
    result = al.alignment(al.Ledger.post(events).ties(), weights={"security": 3, "diplomatic": 0}, prior=10)
    assert result.alignment[0, COMPOSITE, 0] == pytest.approx(0.75 * 0.5 + 0.25 * -0.5)
    assert result.recipe["weights"] == {"economic": 0.25, "diplomatic": 0.0, "security": 0.75}
    assert result.coverage[0, COMPOSITE, 0] == 0.5  # one event in each


def test_a_domain_without_a_weight_weighs_one(ties):
    doubled = al.alignment(ties, weights={"security": 2})
    spelt = al.alignment(ties, weights={"economic": 1, "diplomatic": 1, "security": 2})
    np.testing.assert_array_equal(doubled.alignment, spelt.alignment)
    assert doubled.recipe["weights"] == {"economic": 1 / 4, "diplomatic": 1 / 4, "security": 2 / 4}


@settings(max_examples=8)
@given(event_rows(), st.sampled_from([0.5, 1000.0]))
def test_laws(frame, factor):
    ties = al.Ledger.post(al.Events.from_frame(frame)).ties()
    result = al.alignment(ties)
    known = ~np.isnan(result.alignment)
    composite = (ties.n > 0).any(axis=1, keepdims=True)
    np.testing.assert_array_equal(known, np.concatenate([ties.n > 0, composite], axis=1))
    assert (result.se[known] > 0).all() and (result.high[known] > result.low[known]).all()
    assert (np.abs(result.alignment[known]) < 1).all()
    assert (result.low[known] <= result.alignment[known] + ALGEBRA).all()
    assert (result.high[known] >= result.alignment[known] - ALGEBRA).all()
    scaled = frame.assign(weight=(frame["weight"].astype(float) * factor).astype(str))
    heavier = al.Ledger.post(al.Events.from_frame(scaled)).ties()
    same(al.alignment(heavier, prior=0.0).alignment, al.alignment(ties, prior=0.0).alignment, 1e-9)
    again = al.alignment(heavier)
    for name in ("alignment", "se", "low", "high", "evidence", "coverage"):
        same(getattr(again, name), getattr(result, name), 1e-9)
    one = al.alignment(ties, prior=1.0)
    same(one.alignment[:, :-1], np.tanh(one.log_ratio[:, :-1] / 2), 1e-9)


@settings(max_examples=8)
@given(event_rows(mutual=False), st.floats(0.5, 10), st.booleans(), st.sampled_from([None, 0.0, 7.0]))
def test_one_more_event_moves_alignment_its_own_way(frame, size, friendly, prior):
    extra = {
        "source": "KHM", "target": "CHN", "date": "2021-06-30", "domain": "security", "kind": "",
        "value": str(size if friendly else -size), "weight": "1", "mutual": "False", "event_id": "one more",
        "until": "", "date_precision": "day",
    }  # fmt: skip
    before = pd.concat([frame, pd.DataFrame([extra | {"event_id": "first", "value": "1"}])])
    after = pd.concat([before, pd.DataFrame([extra])])
    a, b = (
        al.alignment(al.Ledger.post(al.Events.from_frame(f)).ties(end=2023), prior=prior)
        for f in (before, after)
    )
    was, now = (x.alignment[x.axes.dyad("KHM", "CHN")][:, -3:] for x in (a, b))
    move = np.nan_to_num(now - was)[[2, COMPOSITE]]
    assert (move >= -ALGEBRA).all() if friendly else (move <= ALGEBRA).all()


@settings(max_examples=8)
@given(event_rows(kinds=False))
def test_silence_widens_every_interval_and_ends_at_the_prior(frame):
    ties = al.Ledger.post(al.Events.from_frame(frame)).ties(end=2120)
    result = al.alignment(ties)
    quiet = result.axes.period(2022)  # the last event is in 2019, its month or year may be all that is known
    known = ~np.isnan(result.alignment[..., -1])
    width = (result.high - result.low)[known][:, quiet:]
    of_domain = np.isin(np.nonzero(known)[1], range(known.shape[1] - 1))
    assert (np.diff(width[of_domain], axis=1) > -2e-6).all()
    # of a composite in which one domain, fading, stood against the rest, to .002 of the range
    assert (np.maximum.accumulate(width, axis=1) - width < 0.004).all()
    alone = result.low[:, :-1, -1][known[:, :-1]]
    np.testing.assert_allclose(alone, 2 * np.sin(np.pi / 2 * 0.025) ** 2 - 1, atol=0.01)  # Beta(1/2, 1/2)
    assert (result.coverage[..., -1] < 0.01).all()


@pytest.mark.parametrize(
    ("option", "error", "text"),
    [
        ({"prior": -1}, al.OptionError, "prior is -1; it must lie in"),
        ({"prior": math.nan}, al.OptionError, "prior is nan"),
        ({"weights": {"securty": 1}}, al.UnknownLabelError, "Did you mean 'security'"),
        ({"weights": {"security": -1}}, al.OptionError, "weight of domain 'security'"),
        ({"weights": dict.fromkeys(al.codebook.codebook.DOMAINS, 0)}, al.OptionError, "all 0"),
        ({"level": 1.0}, al.OptionError, "level is 1.0"),
    ],
)
def test_what_is_said_of_bad_options(ties, option, error, text):
    with pytest.raises(error, match=text):
        al.alignment(ties, **option)


# ---- intervals ------------------------------------------------------------------------------------------
def test_wilson_as_printed():
    """Brown, Cai & DasGupta 2001 and any textbook: 0 of 10 and 5 of 10 at 95 %."""
    low, high = wilson(np.array([0.0, 0.5]), np.array([10.0, 10.0]))
    assert low.tolist() == pytest.approx([0.0, 0.2366], abs=printed(4))
    assert high.tolist() == pytest.approx([0.2775, 0.7634], abs=printed(4))


def test_wilson_equals_scipy():
    from scipy.stats import binomtest

    for k, n in [(0, 3), (2, 9), (7, 7), (40, 100)]:
        ci = binomtest(k, n).proportion_ci(method="wilson")
        low, high = wilson(np.array(k / n), np.array(float(n)))
        assert (float(low), float(high)) == pytest.approx((ci.low, ci.high), abs=1e-12)


def test_bounded_is_fishers_interval():
    low, high = bounded(np.array([0.3, -0.9, 1.0]), np.array([0.2, 0.5, 0.0]))
    z = 1.959963984540054
    assert low[0] == pytest.approx(math.tanh(math.atanh(0.3) - z * 0.2 / (1 - 0.09)))
    assert high[1] == pytest.approx(math.tanh(math.atanh(-0.9) + z * 0.5 / (1 - 0.81)))
    assert (low[2], high[2]) == (1, 1)


def test_a_domain_that_tells_no_ambivalence_is_no_part_of_that_of_all():
    """Acts of value 0 alone have neither cooperation nor conflict: 0/0 is missing, and was 0 in the composite."""
    events = events_of(
        ("A", "B", "2020-12-31", "security", 6.0),
        ("A", "B", "2020-12-31", "security", -3.0),
        ("A", "B", "2020-12-31", "economic", 0.0),
        ("A", "C", "2020-12-31", "economic", 0.0),
    )
    got = al.alignment(events).to_frame(columns="all").set_index(["target", "domain"])
    assert np.isnan(got.loc[("B", "economic"), ["ambivalence", "excess"]].astype(float)).all()
    assert got.loc[("B", "composite"), "ambivalence"] == pytest.approx(2 * 3 / (6 + 3))
    assert got.loc[("B", "composite"), "excess"] == got.loc[("B", "security"), "excess"]
    assert np.isnan(got.loc[("C", "composite"), ["ambivalence", "excess"]].astype(float)).all()
    score = al.AlignmentOf("A", "B", field="ambivalence")
    effect = al.impact(events, score=score, by="domain").to_frame().set_index(["group", "domain"])
    assert effect.loc[("economic", "composite"), "impact"] == 0


# ---- exposure -------------------------------------------------------------------------------------------
def test_exposure_by_hand():
    events = events_of(
        ("A", "B", "2020-12-31", "security", 6.0),
        ("A", "C", "2020-12-31", "security", 2.0),
        ("A", "C", "2020-12-31", "security", -4.0),
        ("B", "A", "2020-12-31", "security", 3.0),
        ("B", "C", "2020-12-31", "security", 9.0),
        ("C", "A", "2020-12-31", "security", 1.0),
    )
    frame = al.exposure(al.Ledger.post(events).ties()).to_frame()
    got = frame[frame["domain"] == "security"].set_index(["source", "target"])
    assert got.loc[("A", "B"), "exposure"] == pytest.approx(6 / (6 + 2 + 4))
    assert got.loc[("A", "B"), "dependence"] == pytest.approx(6 / (6 + 2))
    x, back = 6 / 12, 3 / 12
    assert got.loc[("A", "B"), "asymmetry"] == pytest.approx((x - back) / (x + back))
    assert got.loc[("C", "A"), "exposure"] == 1.0


def test_a_target_of_whose_own_acts_nothing_is_known_gives_no_asymmetry():
    act = ("A", "B", "2020-12-31", "security", 6.0)
    alone = al.exposure(events_of(act)).to_frame(columns="all").set_index(["source", "target", "domain"])
    assert np.isnan(alone.loc[("A", "B", "security"), "asymmetry"])
    assert np.isnan(alone.loc[("A", "B", "composite"), "asymmetry"])
    with_others = events_of(act, ("B", "C", "2020-12-31", "security", 3.0))
    frame = al.exposure(with_others).to_frame(columns="all").set_index(["source", "target", "domain"])
    assert frame.loc[("A", "B", "security"), "asymmetry"] == (1 - 0) / (1 + 0)


@given(st.integers(3, 8), st.integers(0, 10**6))
def test_independence_has_the_margins_and_an_empty_diagonal(actors, seed):
    flows = np.random.default_rng(seed).random((actors, actors)) + 0.1
    np.fill_diagonal(flows, 0)
    a, b = independence(flows.sum(1)[:, None], flows.sum(0)[:, None])
    expected = a @ b.T
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(expected.sum(1), flows.sum(1), rtol=1e-9)
    np.testing.assert_allclose(expected.sum(0), flows.sum(0), rtol=1e-9)


def test_acceptance_is_none_where_one_actor_is_party_to_all():
    events = events_of(
        *[(a, b, "2020-12-31", "security", 1.0, True) for a, b in [("H", "A"), ("H", "B"), ("H", "C")]]
    )
    assert np.isnan(al.exposure(al.Ledger.post(events).ties()).acceptance).all()


def test_acceptance_is_zero_when_all_are_alike():
    pairs = [(a, b) for a in "ABCD" for b in "ABCD" if a != b]
    events = events_of(*[(a, b, "2020-12-31", "security", 2.0) for a, b in pairs])
    same(al.exposure(al.Ledger.post(events).ties()).acceptance[:, 2], np.zeros((12, 1)), 1e-9)


@settings(max_examples=8)
@given(event_rows())
def test_shares_of_a_state_add_to_one(frame):
    ties = al.Ledger.post(al.Events.from_frame(frame)).ties()
    for directed in (True, False):
        result = al.exposure(ties, directed=directed)
        rows = result.to_frame()
        rows = rows[rows["domain"] != "composite"]
        total = (
            rows.groupby(["source", "domain", "period"], observed=True)["exposure"].sum(min_count=1).dropna()
        )
        np.testing.assert_allclose(total, 1.0, rtol=1e-9)
        low, high = result.exposure_low, result.exposure_high
        inside = ~np.isnan(low)
        assert (low[inside] <= result.exposure[inside] + 1e-12).all()
        assert (high[inside] >= result.exposure[inside] - 1e-12).all()


def test_frames_are_tidy(ties):
    result = al.alignment(ties)
    frame = result.to_frame()
    assert list(frame.columns) == [
        "source",
        "target",
        "domain",
        "period",
        "year",
        "alignment",
        "se",
        "low",
        "high",
        "n",
        "evidence",
        "coverage",
    ]
    assert len(frame) == 73 * 4 * 76
    assert (frame["period"].dt.year == frame["year"]).all() and frame["period"].dt.is_year_end.all()
    assert repr(result).startswith("<AlignmentResult: 73 source/target x 4 domain x 76 period; prior={")


@pytest.mark.parametrize("score", [al.alignment, al.exposure, al.affinity, al.institutionalisation])
@pytest.mark.parametrize("directed", [True, False])
def test_one_pair_is_found_in_either_order_where_there_is_none(ties, score, directed):
    result = score(ties, directed=directed)
    frame = result.to_frame()
    for a, b in (("KHM", "CHN"), ("CHN", "KHM")):
        ours = frame[(frame["source"] == a) & (frame["target"] == b)]
        if not len(ours):
            ours = frame[(frame["source"] == b) & (frame["target"] == a)]
        pd.testing.assert_frame_equal(result.of(a, b), ours.reset_index(drop=True))
    with pytest.raises(al.UnknownLabelError, match="unknown actor 'CNH'. Did you mean 'CHN'?"):
        result.of("KHM", "CNH")
    with pytest.raises(al.OptionError, match="no event joins 'BRN' and 'KHM'"):
        result.of("BRN", "KHM")


def test_a_pair_that_acts_one_way_alone_is_told_so():
    sent = (("RUS", target, "2020", "security", 5.0) for target in ("KAZ", "CHN"))
    events = events_of(*sent)
    result = al.alignment(events)
    told = (
        "no event goes from 'KAZ' to 'RUS', but from 'RUS' to 'KAZ'; a score with directed=False adds the two"
    )
    with pytest.raises(al.OptionError, match=told):
        result.of("KAZ", "RUS")
    with pytest.raises(al.OptionError, match=told):
        al.plots.trajectory(result, pairs=[("KAZ", "RUS")])
    with pytest.raises(al.OptionError, match="no event joins 'KAZ' and 'CHN'"):
        result.of("KAZ", "CHN")
    assert len(al.alignment(events, directed=False).of("KAZ", "RUS"))


def test_one_state_is_found(ties):
    result = al.hedging(ties, powers=("CHN", "USA"))
    frame = result.to_frame()
    pd.testing.assert_frame_equal(result.of("KHM"), frame[frame["state"] == "KHM"].reset_index(drop=True))
    with pytest.raises(al.UnknownLabelError, match="unknown state 'KMH'. Did you mean 'KHM'?"):
        result.of("KMH")


def test_leverage_is_of_one_on_another(ties):
    result = al.influence(ties)
    assert set(result.of("CHN", "KHM")["source"]) == {"CHN"}
    assert set(result.of("KHM", "CHN")["source"]) == {"KHM"}


@pytest.mark.parametrize("score", [al.exposure, al.influence])
def test_shares_are_the_same_scored_some_rows_at_a_time(ties, score, monkeypatch):
    whole = score(ties).to_frame(columns="all")
    monkeypatch.setattr(composite, "BLOCK", 10_000)
    pd.testing.assert_frame_equal(score(ties).to_frame(columns="all"), whole)


def test_exposure_is_that_of_each_dyad_by_itself(ties):
    """What a state's whole says, and the intervals of partners without a share, are worked out once for all."""
    found, own, omega = al.exposure(ties, level=0.9), ties.axes.dyads[:, 0], np.full(3, 1 / 3)
    mass, square = ties.cooperation + ties.conflict, ties.cooperation2 + ties.conflict2
    whole, whole2 = (ties.axes.by_actor(stock)[own] for stock in (mass, square))
    product = composite.joint_by_actor(ties, conflict=True)
    overlap = None if product is None else composite.overlap_of(product[own], whole2)
    plain = composite.shares_beside(ratio(mass, whole), evidence_of(whole, whole2), omega, 0.9, overlap)
    same(found.exposure, plain.share, ALGEBRA)
    for name in ("low", "high"):
        np.testing.assert_allclose(getattr(found, f"exposure_{name}"), getattr(plain, name), atol=1e-12)
    same(found.evidence, plain.evidence, ALGEBRA)
    same(found.coverage, plain.coverage, ALGEBRA)


@pytest.mark.parametrize("score", [al.exposure, al.influence, al.affinity])
def test_what_is_asked_for_is_worked_out_once_in_any_order_and_cannot_be_written_to(ties, score):
    forward, backward = score(ties), score(ties)
    for name in score(ties).COLUMNS:
        assert getattr(forward, name) is not None
    for name in reversed(backward.COLUMNS):
        np.testing.assert_array_equal(getattr(backward, name), getattr(forward, name), err_msg=name)
    again = pickle.loads(pickle.dumps(forward))
    bare = pickle.loads(pickle.dumps(score(ties)))  # nothing asked for yet
    for name in forward.COLUMNS:
        assert np.shares_memory(getattr(forward, name), getattr(forward, name)), name
        for one in (forward, again, bare):
            assert getattr(one, name).shape == one.shape
            np.testing.assert_array_equal(getattr(one, name), getattr(forward, name), err_msg=name)
            with pytest.raises(ValueError, match="read-only"):
                getattr(one, name)[0, 0, 0] = 1.0
    for one in (forward, again):
        for held in (one.stocks,) if score is al.affinity else (one.reliance, one.reliance.wholes):
            arrays = [value for value in vars(held).values() if isinstance(value, np.ndarray)]
            assert arrays and not any(array.flags.writeable for array in arrays)


def test_undirected_ties_of_a_ledger_are_those_of_its_ties(ties):
    for score in (al.alignment, al.affinity, al.institutionalisation):
        one, other = (score(data, directed=False).to_frame(columns="all") for data in (ties, ties.ledger))
        pd.testing.assert_frame_equal(one, other)
