"""Robustness: central draws are the scores, draws have the stated moments, stages are not repeated."""

import copy
import pickle
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.errors import EventError, OptionError, UnknownLabelError
from alignscore.intervals import quantiles
from alignscore.measures.states.hedging import hedging, posture_probabilities
from alignscore.measures.states.postures import POSTURES
from alignscore.uncertainty import judgements as choose
from alignscore.uncertainty.claims import ranks
from alignscore.uncertainty.event_postings import EventPostings, clustered_ties, lines_posted, units_of
from alignscore.uncertainty.leave_one_out import leave_one_out
from alignscore.uncertainty.robustness import _odds, robustness
from alignscore.uncertainty.sampling import factors, paths
from strategies import point_events

POWERS, THREE = ("USA", "CHN"), ("USA", "CHN", "JPN")
SPAN, YEARS = (2013, 2026), 14


@pytest.fixture(scope="module")
def varied(asean):
    claims = {
        "Cambodia closer to China than Vietnam": lambda p: (
            p.of("position", "KHM", 2026) > p.of("position", "VNM", 2026)
        ),
        "both ways": lambda p: p.of("position", "KHM", 2026) <= p.of("position", "VNM", 2026),
        "the Philippines moved": lambda p: p.of("position", "PHL", 2026) < p.of("position", "PHL", 2021),
        "the Philippines hedge": lambda p: p.posture("PHL", 2026) == "hedging",
    }
    return robustness(asean, powers=POWERS, periods=SPAN, draws=512, claims=claims)


def small(**columns):
    rows = {"source": "A", "target": "B", "date": "2020-06-30", "domain": "security", "value": 5.0} | columns
    return al.Events.from_frame(
        pd.DataFrame(rows if any(isinstance(v, list) for v in rows.values()) else [rows])
    )


# ---- central choices -----------------------------------------------------------------------------------
@pytest.fixture(scope="module", params=[False, True], ids=["one half-life", "half-lives of kinds"])
def fading(asean, request):
    decay = asean.codebook.half_life(5) if request.param else al.HalfLife(5)
    return decay, al.Ledger.post(asean, decay=decay).ties()


@pytest.mark.parametrize(
    ("tie", "direction", "powers"),
    [
        ("cooperation", "both", THREE),
        ("cooperation", "out", POWERS),
        ("net", "both", POWERS),
        ("net", "in", THREE),
    ],
)
def test_central_draw_is_hedging(asean, fading, tie, direction, powers):
    decay, ties = fading
    asked = {"powers": powers, "states": ["KHM", "PHL", "VNM"], "tie": tie, "direction": direction}
    plain = hedging(ties, **asked)
    found = robustness(asean, **asked, decay=decay, judgements=[], sampling="none", draws=2, periods=SPAN)
    last = slice(-len(found.periods), None)
    for name, one in found.scores.items():
        np.testing.assert_allclose(one.central, getattr(plain, name)[:, last], atol=1e-10, equal_nan=True)
        np.testing.assert_array_equal(one.low, one.high)
    assert (found.posture == plain.posture[:, last]).all()
    np.testing.assert_allclose(found.n, plain.n[:, last])


@pytest.mark.parametrize("prior", [10, 0])
def test_central_draw_is_alignment(ties, asean, prior):
    plain = al.alignment(ties, prior=prior, weights={"security": 2, "economic": 1})
    found = robustness(
        asean, score="alignment", prior=prior, weights={"security": 2, "economic": 1}, judgements=[],
        sampling="none", draws=2,
    )  # fmt: skip
    np.testing.assert_allclose(found.scores["alignment"].central, plain.alignment[:, -1], atol=1e-10)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("freq", ["Y", "Q"])
@pytest.mark.parametrize("cluster", [None, "event_id", "day", "source"])
def test_stocks_are_the_ledgers(asean, directed, freq, cluster):
    check_stocks(asean, asean.codebook.half_life(3), directed=directed, freq=freq, cluster=cluster)


@pytest.mark.parametrize("cluster", [None, "day", "source"])
def test_stocks_of_another_half_life_are_those_of_its_ledger(asean, cluster):
    check_stocks(asean, al.HalfLife(8), stretch=8 / 3, cluster=cluster)


def check_stocks(asean, decay, *, stretch=None, directed=False, freq="Y", cluster=None):
    ties = al.Ledger.post(asean, freq=freq, decay=decay, cluster=cluster).ties()
    ties = ties if directed else ties.undirected()
    late = slice(len(ties.axes.periods) // 2, None)  # what is older is carried in
    units = units_of(asean, cluster, directed=directed)
    posted = EventPostings.from_events(
        asean, decay if stretch is None else al.HalfLife(3), ties.axes.ends[late], units,
        directed=directed, cluster=cluster,
    )  # fmt: skip
    drawn = posted.stocks(stretch=1.0 if stretch is None else stretch)
    for name in ("cooperation", "conflict", "cooperation2", "conflict2"):
        ours = drawn[name][..., 0].T.reshape(getattr(ties, name)[..., late].shape)
        np.testing.assert_allclose(ours, getattr(ties, name)[..., late], atol=1e-9)


@pytest.mark.parametrize("direction", ["both", "in", "out"])
def test_of_some_states_only_their_own_events_are_drawn(asean, monkeypatch, direction):
    """The events of all others took most of the time, and none of them is in any score of these states."""
    given = {
        "powers": POWERS,
        "states": ["KHM", "LAO"],
        "draws": 64,
        "direction": direction,
        "periods": (2005, 2010),
    }
    found = robustness(asean, **given)
    codes = [asean.actors.index(state) for state in given["states"]]
    pairs = found.problem.panel(np.array([asean.day.max()])).books[0].pairs
    assert np.isin(pairs, codes).any(axis=1).all() and len(pairs) > 2 * len(POWERS)
    monkeypatch.setattr(type(found.problem), "_read", lambda self, events, end: slice(None))
    same_frame = pd.testing.assert_frame_equal
    same_frame(
        found.to_frame(columns="all"), robustness(asean, **given).to_frame(columns="all"), check_exact=True
    )


def test_every_draw_is_a_panel_posted_anew(asean):
    """The slow plain twin: a handful of draws, each posted and scored by the ordinary way."""
    given = [choose.HalfLifeRange(2, 9), choose.KindValues(0.3), choose.DomainWeights(), choose.TieChoice()]
    found = robustness(asean, powers=POWERS, judgements=given, sampling="none", draws=4, rng=5, periods=SPAN)
    from alignscore.uncertainty.sobol import split, uniform

    panel = found.problem.panel(np.array([0]))
    u = split(uniform(sum(panel.columns().values()), 4, np.random.default_rng(5)), panel.columns())
    factor = given[1].drawn(u["kind values"])[:, given[1].groups(asean.codebook)]
    for b in range(4):
        values = np.clip(asean.codebook.values * factor[b], -10, 10)
        moved = replace(asean, value=np.where(asean.kind >= 0, values[asean.kind], asean.value))
        # rows with a value of their own take the factor of their kind
        own = asean.value * factor[b][asean.kind]
        moved = replace(moved, value=np.clip(own, -10, 10))
        ties = al.Ledger.post(moved, decay=al.HalfLife(float(given[0].drawn(u["half-life"])[b]))).ties()
        omega = given[2].drawn(u["domain weights"], np.full(3, 1 / 3))[b]
        net = bool(given[3].drawn(u["tie definition"])[b])
        plain = hedging(
            ties, powers=POWERS, tie="net" if net else "cooperation",
            weights=dict(zip(ties.axes.domains, omega.tolist(), strict=True)),
        )  # fmt: skip
        for name, drawn in found.drawn.scores.items():
            if name != "posture":
                np.testing.assert_allclose(
                    drawn[b], getattr(plain, name)[:, -YEARS:], atol=1e-9, equal_nan=True
                )


def read_by_either(events, book):
    """Positions under the events' own codebook and under another, without sampling."""
    judgements = [choose.CodebookChoice([book])]
    return robustness(events, powers=POWERS, judgements=judgements, sampling="none", draws=2, periods=SPAN)


def test_other_codebook_is_read_anew(ties, asean):
    fbic = al.Codebook.ladder(values="fbic")
    found = read_by_either(asean, fbic)
    plain = hedging(al.Ledger.post(al.datasets.asean(codebook=fbic)).ties(), powers=POWERS)
    np.testing.assert_allclose(found.drawn.scores["position"][1], plain.position[:, -YEARS:], atol=1e-10)
    central = hedging(ties, powers=POWERS)
    np.testing.assert_allclose(found.scores["position"].central, central.position[:, -YEARS:], atol=1e-10)


def test_events_move_to_the_domains_that_another_codebook_gives_their_kinds(asean):
    book = asean.codebook
    both, loan = book["two_plus_two"], book["concessional_loan"]
    moved = book.with_kinds(
        al.Kind(**dict(both) | {"domains": {"economic": 1.0}}),
        al.Kind(**dict(loan) | {"domains": {"diplomatic": 0.5, "security": 0.5}}),
    )
    plain = hedging(asean.recode(moved), powers=POWERS)
    found = read_by_either(asean, moved)
    drawn = found.drawn.scores
    for name in ("position", "engagement", "diversification"):
        wanted = getattr(plain, name)[:, -YEARS:]
        np.testing.assert_allclose(drawn[name][1], wanted, atol=1e-10, equal_nan=True)
    either = [choose.CodebookChoice([book, moved])]
    chance = robustness(asean, powers=POWERS, judgements=either, draws=64, periods=SPAN)
    assert (chance.scores["position"].known[~np.isnan(plain.position[:, -YEARS:])] == 1).all()


# ---- sampling ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("law", ["gamma", "poisson"])
def test_a_sum_is_drawn_with_the_variance_of_its_evidence(law):
    evidence = np.array([0.3, 1.0, 3.0, 40.0])[:, None]
    drawn = factors(np.random.default_rng(1).standard_normal((4, 100_000)), evidence, law)
    np.testing.assert_allclose(drawn.mean(axis=1), 1, rtol=0.02)
    np.testing.assert_allclose(drawn.var(axis=1), 1 / evidence[:, 0], rtol=0.04)
    assert factors(np.ones((1, 3)), np.zeros((1, 1)), law).tolist() == [
        [1, 1, 1]
    ]  # nothing in force is no sum


@pytest.mark.parametrize("evidence", [0.5, 1.0, 4.0, 30.0])
def test_factors_are_gammas(evidence):
    """The slow plain twin: the Gamma's own quantiles."""
    from scipy.special import gammaincinv, ndtri

    u = np.array([0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
    ours = factors(ndtri(u)[None], np.array([[evidence]]))[0]
    np.testing.assert_allclose(ours, gammaincinv(evidence, u) / evidence, atol=0.04, rtol=0.02)


def test_a_poisson_draw_is_a_count():
    drawn = factors(np.random.default_rng(0).standard_normal((1, 1000)), np.array([[2.5]]), "poisson") * 2.5
    np.testing.assert_allclose(drawn, np.round(drawn), atol=1e-9)
    assert (drawn == 0).mean() == pytest.approx(np.exp(-2.5), abs=0.03)


def test_chances_keep_the_part_of_them_that_is_not_new():
    kept = np.array([[0.0, 0.0], [0.9, 0.0], [0.5, 1.0]])
    z = paths(kept, 40_000, np.random.default_rng(0))
    np.testing.assert_allclose(z.std(axis=2), 1, rtol=0.02)
    for u in (0, 1):
        by_hand = [kept[1, u], kept[2, u], kept[1, u] * kept[2, u]]
        found = np.corrcoef(z[:, u])
        np.testing.assert_allclose([found[0, 1], found[1, 2], found[0, 2]], by_hand, atol=0.02)


def test_persistence_by_hand():
    rows = small(date=["2020-12-31", "2021-12-31"], value=[6.0, 2.0])
    ends = pd.PeriodIndex(["2020", "2021", "2022"], freq="Y").to_timestamp(how="end").normalize()
    posted = EventPostings.from_events(
        rows, al.HalfLife(1), ends.to_numpy().astype("datetime64[D]").astype(int), np.zeros(2, dtype=int)
    )
    left = 2 ** (-365 / 365.25)
    v = [6**2, 6**2 * left + 2**2, (6**2 * left + 2**2) * left]
    np.testing.assert_allclose(
        posted.persistence()[:, 0], [0, 6**2 * left / np.sqrt(v[0] * v[1]), v[2] / np.sqrt(v[1] * v[2])]
    )


def test_one_domain_of_equal_events_is_drawn_as_beta():
    rows = pd.DataFrame({"source": "S", "target": ["P"] * 6 + ["Q"] * 2, "date": "2020-12-31",
                         "domain": "security", "value": 5.0})  # fmt: skip
    alone = {"weights": {"economic": 0.0, "diplomatic": 0.0}, "judgements": [], "draws": 8192, "rng": 1}
    found = robustness(al.Events.from_frame(rows), powers=("P", "Q"), **alone)
    share = (found.drawn.scores["position"][:, 0, 0] + 1) / 2
    a, b = 2 + 0.5, 6 + 0.5
    assert share.mean() == pytest.approx(a / (a + b), abs=0.006)
    assert share.var() == pytest.approx(a * b / ((a + b) ** 2 * (a + b + 1)), rel=0.06)


@pytest.fixture(scope="module")
def sampled(asean):
    """Scores over draws of what happened alone; each question is drawn once."""

    @cache
    def of(powers=POWERS, cluster=None, score=None):
        asked = {"powers": powers} if score is None else {"score": score}
        return robustness(asean, **asked, cluster=cluster, judgements=[], periods=(2004, 2026), draws=1024)

    return of


@pytest.mark.parametrize("cluster", ["event_id", "day", "source"])
def test_clusters_are_one_piece_of_evidence_as_in_a_ledger(asean, sampled, cluster):
    ledger = al.Ledger.post(asean, cluster=cluster)
    plain, found = hedging(ledger, powers=POWERS), sampled(cluster=cluster)
    last = slice(-len(found.periods), None)
    for name, one in found.scores.items():
        np.testing.assert_allclose(one.central, getattr(plain, name)[:, last], atol=1e-10, equal_nan=True)
    np.testing.assert_allclose(found.evidence, plain.evidence[:, last], atol=1e-10)
    known = np.isfinite(se := plain.position_se[:, last])
    ratio = found.drawn.scores["position"].std(axis=0)[known] / se[known]
    # one episode a pair ("source") leaves about two pieces of evidence, of unlike mass: a Beta of them is the wider
    assert (0.87 if cluster == "source" else 0.97) < np.median(ratio) < 1.05


@pytest.mark.parametrize("powers", [POWERS, THREE])
@pytest.mark.parametrize("cluster", [None, "day"])
def test_an_interval_is_as_wide_as_the_scores_own(asean, sampled, powers, cluster):
    plain = hedging(al.Ledger.post(asean, cluster=cluster), powers=powers)
    found = sampled(powers, cluster)
    for name in ("position", "engagement", "diversification", "hedging")[len(powers) - 2 :]:
        low, high = (getattr(plain, f"{name}_{end}")[:, -len(found.periods) :] for end in ("low", "high"))
        one, known = found.scores[name], np.isfinite(low)
        assert (one.low <= low)[known].all() and (one.high >= high)[known].all(), name
        ratio = ((one.high - one.low) / (high - low))[known]
        assert np.quantile(ratio, [0.5, 0.95]) == pytest.approx([1, 1], abs=0.07), name


def test_an_interval_of_a_dyad_is_as_wide_as_its_alignments(ties, sampled):
    found = sampled(score="alignment")
    plain, one = al.alignment(ties), found.scores["alignment"]
    low, high = (getattr(plain, end)[:, -1, -len(found.periods) :] for end in ("low", "high"))
    known = np.isfinite(low)
    assert (one.low <= low)[known].all() and (one.high >= high)[known].all()
    ratio = ((one.high - one.low) / (high - low))[known]
    assert np.quantile(ratio, [0.5, 0.95]) == pytest.approx([1, 1], abs=0.07)


@pytest.mark.parametrize("score", ["position", "engagement", "diversification", "hedging"])
def test_draws_of_a_state_spread_as_its_scores_err(ties, sampled, score):
    found = sampled()
    se = getattr(hedging(ties, powers=POWERS), f"{score}_se")[:, -len(found.periods) :]
    known = np.isfinite(se)
    ratio = found.drawn.scores[score].std(axis=0)[known] / se[known]
    assert 0.93 < np.median(ratio) < 1.05  # hedging has the safer error of a normal form
    least = 0.1 if score in ("position", "engagement") else 0.15  # no Beta is V of the mean of several
    assert np.quantile(ratio, [0.1, 0.9]) == pytest.approx([1, 1], abs=least)


def test_intervals_cover_as_the_scores_own_do():
    """200 states with five uneven events each in ten years, three in ten of them with Q, and ten years of silence."""
    rng, S = np.random.default_rng(4), 200
    state = np.repeat(np.arange(S), rng.poisson(5, S))
    rows = pd.DataFrame({
        "source": np.array([f"S{at:03d}" for at in state], dtype=object), "domain": "security",
        "target": np.where(rng.random(len(state)) < 0.3, "Q", "P"), "value": 5.0,
        "date": pd.Timestamp("2000-01-01") + pd.to_timedelta(rng.integers(0, 3650, len(state)), unit="D"),
        "weight": rng.choice([0.4, 0.7, 1.0, 1.6], len(state)),
    })  # fmt: skip
    rows.loc[len(rows)] = ["X", "security", "Y", 5.0, pd.Timestamp("2019-12-31"), 1.0]
    events, alone = al.Events.from_frame(rows), {"weights": {"economic": 0.0, "diplomatic": 0.0}}
    plain = hedging(al.Ledger.post(events).ties(), powers=("P", "Q"), **alone)
    asked = alone | {"powers": ("P", "Q"), "judgements": [], "draws": 256, "periods": (2009, 2019)}
    found = robustness(events, **asked).scores["position"]
    known = ~np.isnan(plain.position[:, [-11, -1]])
    ours, own = (
        ((low <= -0.4) & (high >= -0.4))[:, [-11, -1]][known].mean()
        for low, high in ((found.low, found.high), (plain.position_low, plain.position_high))
    )
    assert own >= 0.95 and ours >= own - 0.02, (ours, own)


def test_draws_of_a_dyad_spread_as_its_alignment_errs(ties, sampled):
    found = sampled(score="alignment")
    se = al.alignment(ties).se[:, -1, -len(found.periods) :]
    known = np.isfinite(se)
    ratio = found.drawn.scores["alignment"].std(axis=0)[known] / se[known]
    assert np.quantile(ratio, [0.05, 0.5, 0.95]) == pytest.approx([1, 1, 1], abs=0.1)


@pytest.mark.parametrize("dispersion", [None, (0.4, 0.6)], ids=["apart", "in clusters"])
def test_silence_widens_the_draws_as_it_does_the_scores(dispersion):
    """Three events in 2000, one hostile, and nothing since."""
    events = small(
        source=["S"] * 5 + ["X"], target=["P", "P", "Q", "P", "X", "Y"], value=[5.0, 5.0, 5.0, -5.0, 5.0, 5.0],
        date=["2000-12-31"] * 5 + ["2030-12-31"],  # the last one so that there are periods up to then
    )  # fmt: skip
    decay = al.HalfLife(3, dispersion=dispersion)
    ledger = al.Ledger.post(events, decay=decay)
    weights = {"weights": {"economic": 0.0, "diplomatic": 0.0}}
    asked = weights | {"decay": decay, "judgements": [], "draws": 2048, "periods": (2000, 2030)}
    state = robustness(events, powers=("P", "Q"), states=["S"], **asked)
    plain = hedging(ledger.ties(), powers=("P", "Q"), states=["S"], **weights)
    pairs = {"position": (state, plain.position_se[0]), "engagement": (state, plain.engagement_se[0])}
    dyads = robustness(events, score="alignment", **asked)
    at = dyads.names.index(("S", "P"))
    score = al.alignment(ledger.ties(), **weights)
    pairs["alignment"] = dyads, score.se[score.axes.dyad("S", "P"), -1]
    for name, (found, se) in pairs.items():
        row = at if name == "alignment" else 0
        sd = found.drawn.scores[name][:, row].std(axis=0)
        np.testing.assert_allclose(sd, se, rtol=0.1, err_msg=name)
        assert (np.diff(sd) > -0.01).all() and sd[-1] > sd[0]  # the rest is chance of the draws


@pytest.mark.parametrize("judgements", [None, [choose.PriorRange(1, 8)]], ids=["usual", "prior"])
def test_the_unit_of_the_weights_changes_no_draw(asean, judgements):
    heavy = replace(asean, weight=asean.weight * 1000)
    asked = {"score": "alignment", "judgements": judgements, "draws": 16, "periods": (2024, 2026)}
    one, other = (robustness(events, **asked).drawn.scores["alignment"] for events in (asean, heavy))
    np.testing.assert_allclose(one, other, rtol=1e-9)


def test_a_prior_is_varied_in_events(asean):
    asked = {"score": "alignment", "sampling": "none", "draws": 4, "rng": 3, "periods": (2026, 2026)}
    found = robustness(asean, judgements=[choose.PriorRange(2, 2)], **asked).drawn.scores["alignment"]
    ties = al.Ledger.post(asean).ties()
    c, k = ties.cooperation[..., -1], ties.conflict[..., -1]
    by_hand = np.where(ties.n[..., -1] > 0, (c - k) / (c + k + 2 * ties.event_mass), 0.0).mean(axis=1)
    np.testing.assert_allclose(found[0, :, 0], by_hand, atol=1e-12)


def test_a_change_through_silence_is_not_certain():
    """What is known of an old record is known ever less, and not of one draw for ever."""
    events = small(source=["S"] * 4 + ["X"], target=["P", "P", "P", "Q", "Y"],
                   date=["2000-12-31"] * 4 + ["2030-12-31"])  # fmt: skip
    nearer = {"nearer to Q": lambda p: p.of("position", "S", 2010) > p.of("position", "S", 2001)}
    found = robustness(
        events, powers=("P", "Q"), states=["S"], judgements=[], draws=512, decay=al.HalfLife(3), claims=nearer
    )
    assert 0.3 < found.claims["nearer to Q"].probability < 0.8


def test_clusters_of_too_many_pairs_are_refused_before_they_are_made(monkeypatch):
    events = al.datasets.simulate(4000, actors=2, seed=0)
    monkeypatch.setattr("alignscore.values.memory", lambda: 1e8)
    monkeypatch.setattr("alignscore.values.ALWAYS", 1)
    with pytest.raises(
        al.LedgerError, match=r"pairs of events that share a cluster would take .* of fewer events"
    ):
        al.robustness(events, score="alignment", cluster="source", draws=64)


def test_clusters_widen_and_are_drawn_as_one(asean):
    same = small(source="A", target=["B", "B", "B", "C"], date="2020-12-31", event_id=["x", "x", "x", "y"],
                 domain=["security", "economic", "diplomatic", "security"])  # fmt: skip
    ties = clustered_ties(same)
    at = ties.axes.dyad("A", "B")
    np.testing.assert_allclose(ties.cooperation2[at, :, 0], [25, 25, 25])  # apart: a cluster a domain
    ledger = al.Ledger.post(asean).ties().undirected()
    by_day = clustered_ties(asean, cluster="day")
    assert (by_day.cooperation2 >= ledger.cooperation2 - 1e-9).all()
    np.testing.assert_allclose(by_day.cooperation, ledger.cooperation)
    found = robustness(asean, powers=POWERS, cluster="source", judgements=[], draws=128, periods=(2026, 2026))
    assert found.recipe["cluster"] == "source"


def test_the_recipe_is_asked_again(asean):
    asked = {"powers": POWERS, "periods": (2026, 2026), "draws": 32, "judgements": []}
    found = robustness(asean, **asked, weights={"security": 2}, direction="out", prior=3.0)
    kept = ("weights", "direction", "prior", "thresholds", "tie", "decay", "sampling", "cluster")
    again = robustness(asean, **asked, **{name: found.recipe[name] for name in kept})
    pd.testing.assert_frame_equal(again.to_frame(), found.to_frame())


def test_cluster_squares_by_hand():
    rows = small(date=["2020-12-31", "2020-12-31", "2019-12-31"], value=[5.0, 3.0, 4.0])
    h = al.HalfLife(1)
    ties = clustered_ties(rows, cluster="day", decay=h)
    left = 2 ** (-366 / 365.25)
    np.testing.assert_allclose(ties.cooperation2.ravel()[ties.cooperation2.ravel() > 0],
                               [4**2, (5 + 3) ** 2 + 4**2 * left])  # fmt: skip


# ---- results ------------------------------------------------------------------------------------------
def test_summaries_are_numpys(varied, ties):
    own = hedging(ties, powers=POWERS)
    for name in ("position", "compartmentalising"):  # the second has no interval of its own to hold
        drawn, one = varied.drawn.scores[name], varied.scores[name]
        known = ~np.isnan(drawn).any(axis=0)
        low, high = np.quantile(drawn[:, known], [0.025, 0.975], axis=0)
        least = (one.central, one.central)
        if name == "position":
            least = tuple(column[:, -YEARS:] for column in (own.position_low, own.position_high))
        np.testing.assert_allclose(one.low[known], np.minimum(low, least[0][known]))
        np.testing.assert_allclose(one.high[known], np.maximum(high, least[1][known]))
        np.testing.assert_allclose(one.median[known], np.median(drawn[:, known], axis=0))
    some = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    assert quantiles(some)[1][0] == 2.0 and np.isnan(quantiles(some)[1][1])


def test_ranks_and_postures(varied):
    assert (varied.rank.low <= varied.rank.central).mean() > 0.95
    now = varied.drawn.scores["position"][:, :, -1]
    by_hand = 1 + (now[:, None, :] > now[:, :, None]).sum(axis=2)
    np.testing.assert_array_equal(np.median(by_hand, axis=0), varied.rank.median[:, -1])
    np.testing.assert_allclose(np.nansum(varied.posture_probability[:, -1], axis=-1), 1)
    label, side = varied.drawn.scores["posture"][:, :, -1], now > 0
    for s, told in enumerate(varied.posture[:, -1]):  # aligned and leaning once a side
        sides = {
            (at, two): ((label[:, s] == at) & (side[:, s] == two)).mean() for at in (0, 1) for two in (0, 1)
        }
        others = {(at, 0): (label[:, s] == at).mean() for at in (2, 3, 4)}
        (likeliest, _), odds = max({**sides, **others}.items(), key=lambda item: item[1])
        assert told == (POSTURES[likeliest] if odds >= 0.5 else "withheld")
        assert varied.likeliest[s, -1] == pytest.approx(odds)
    assert varied.posture[varied.names.index("KHM"), -1] == "aligned"


def test_clusters_of_one_event_each_change_nothing():
    frame = point_events(
        ("S", "P", "2020-01-01", 3.0), ("S", "Q", "2020-02-03", 4.0), ("S", "Q", "2020-05-05", 5.0)
    )
    one, other = (
        robustness(al.Events.from_frame(frame), powers=("P", "Q"), draws=64, cluster=cluster).to_frame()
        for cluster in (None, "day")
    )
    pd.testing.assert_frame_equal(one, other)


def test_a_lean_to_either_of_two_powers_is_a_label_of_its_own():
    posture = np.array([1, 1, 1, 2])[:, None, None]
    for position, own in ((np.array([0.3, 0.3, -0.3, 0.0]), 2 / 4), (np.full(4, np.nan), 3 / 4)):
        odds, label, likeliest = _odds(posture, position[:, None, None], 0.5)
        assert odds[0, 0].tolist() == [0, 3 / 4, 1 / 4, 0, 0]
        assert (label[0, 0], likeliest[0, 0]) == ("leaning", own)


def test_claims(varied):
    table = varied.claims.to_frame().set_index("claim")
    assert table.loc["Cambodia closer to China than Vietnam", "probability"] > 0.9
    pair = table.loc[["Cambodia closer to China than Vietnam", "both ways"], "probability"]
    assert pair.sum() == pytest.approx(1)
    at = varied.names.index("PHL"), -1, POSTURES.index("hedging")
    assert table.loc["the Philippines hedge", "probability"] == pytest.approx(varied.posture_probability[at])
    p = table["probability"].to_numpy()
    np.testing.assert_allclose(table["se"], np.sqrt(p * (1 - p) / 512))  # of 512 draws that all can tell
    assert (table["known"] == 1).all()


def test_a_claim_about_the_unknown_has_no_probability(asean):
    found = robustness(asean, powers=POWERS, periods=(1990, 2026), draws=16, claims={
        "before there was anything": lambda p: p.of("position", "LAO", 1990) > 0})  # fmt: skip
    one = found.claims["before there was anything"]
    assert np.isnan(one.probability) and one.known == 0


def test_frame_and_seed(varied, asean):
    short = varied.to_frame()
    assert len(short) == 10 * YEARS
    assert short.columns.tolist() == [
        "state", "period", "year", "position", "position_median", "position_low", "position_high", "rank",
        "rank_low", "rank_high", "posture", "likeliest", "n", "evidence", "largest_event", "rests_on_one",
    ]  # fmt: skip
    frame = varied.to_frame(columns="all")
    assert {
        "state",
        "period",
        "position_low",
        "rank_high",
        "probability_aligned",
        "evidence",
        "rests_on_one",
    } <= set(frame)
    again = robustness(asean, powers=POWERS, periods=SPAN, draws=512)
    np.testing.assert_array_equal(again.drawn.scores["position"], varied.drawn.scores["position"])


def test_one_event_is_flagged():
    lone = small(source="S", target=["P", "Q", "Q"], date="2020-12-31", value=[9.0, 1.0, 1.0])
    found = robustness(lone, powers=("P", "Q"), draws=4)
    assert found.largest_event[0, 0] == pytest.approx(9 / (9 + 1 + 1)) and found.rests_on_one[0, 0]


def test_sobol_of_a_panel(varied):
    found = varied.sobol(n=64, replicates=4)
    assert found.outputs[-1] == "ranking" and found.groups[-1] == "sampling"
    at = found.groups.index("prior")
    np.testing.assert_array_equal(found.total[:, at], 0)  # a position has no prior
    due = np.array(found.groups)[found.total.argmax(axis=1)]
    assert (due == "sampling").all()
    weights = found.total[:-1, found.groups.index("domain weights")]
    assert found.outputs[int(weights.argmax())] == "BRN"  # it splits by domain


def test_weights_alone_do_not_post_again(asean, monkeypatch):
    calls = []
    stocks = EventPostings.stocks
    monkeypatch.setattr(EventPostings, "stocks", lambda self, **kw: calls.append(1) or stocks(self, **kw))
    given = [choose.DomainWeights(), choose.PriorRange(), choose.TieChoice()]
    found = robustness(asean, powers=POWERS, judgements=given, sampling="none", draws=1024, periods=SPAN)
    assert len(calls) == 1
    calls.clear()
    found.sobol(n=16, replicates=2)
    assert len(calls) == 1 + 2 * 2  # central, then A and B of each replicate, none for a swapped group


def test_posture_probabilities(ties):
    result = hedging(ties, powers=POWERS)
    odds = posture_probabilities(result, draws=256)
    known = odds.label != ""
    assert (known | (result.posture == "")).all()  # odds stand at the prior where the scores are missing
    np.testing.assert_allclose(odds.probability[known].sum(axis=-1), 1)
    assert np.isnan(odds.probability[~known]).all()
    assert (posture_probabilities(result, min_probability=1.0, draws=64).label == "withheld").any()


def test_leave_one_out_is_the_score_without(asean):
    asean = asean.take(asean.day >= np.datetime64("2022-01-01").astype(int))
    score = lambda ties: hedging(ties, powers=POWERS)  # noqa: E731
    table = leave_one_out(asean, score, by="domain")
    rest = asean.take(asean.domain != asean.domains.index("security"))
    by_hand = hedging(al.Ledger.post(rest).ties(end=2026), powers=POWERS).position[:, -1]
    ours = table.query("left_out == 'security'")["without"]
    np.testing.assert_allclose(ours, by_hand)
    kinds = leave_one_out(asean, lambda ties: hedging(ties, powers=POWERS, states=["KHM"]))
    assert kinds["left_out"].nunique() == len(np.unique(asean.kind))
    assert kinds.groupby("left_out")["events"].first().sum() == len(asean)


# ---- judgements and refusals -----------------------------------------------------------------------
def test_judgements_by_hand():
    assert choose.HalfLifeRange(2, 8).drawn(np.array([[0.5]]))[0] == pytest.approx(4)
    assert choose.PriorRange(0.5, 2).drawn(np.array([[0.25]]))[0] == pytest.approx(0.5 * 4**0.25)
    assert choose.KindValues(0.25).drawn(np.array([0.0, 0.5, 1.0])).tolist() == [0.75, 1.0, 1.25]
    assert choose.TieChoice().drawn(np.array([[0.49], [0.5]])).tolist() == [False, True]
    omega = np.array([0.5, 0.5, 0.0])
    u = np.random.default_rng(0).random((20_000, 3))
    drawn = choose.DomainWeights(9).drawn(u, omega)
    np.testing.assert_allclose(drawn.mean(axis=0), omega, atol=0.005)
    assert drawn[:, 0].var() == pytest.approx(0.5 * 0.5 / (9 + 1), rel=0.03)  # Dirichlet
    book = al.Codebook.ladder()
    family = choose.KindValues(by="family").groups(book)
    same = [k for k, f in enumerate(book.families) if f == book["two_plus_two"].family]
    assert len(set(family[same])) == 1 and len(set(family)) > 10
    groups = choose.KindValues(
        by={"phone_call": "talk", "visit": "talk"} if "visit" in book else {"phone_call": "talk"}
    )
    assert groups.groups(book).max() <= len(book) - 1


def test_refusals(asean):
    with pytest.raises(OptionError, match="name them with powers"):
        robustness(asean)
    with pytest.raises(OptionError, match="there is no state to score: name one in states"):
        robustness(asean, powers=POWERS, states=[])
    with pytest.raises(OptionError, match="score is 'lean'"):
        robustness(asean, score="lean")
    with pytest.raises(OptionError, match="HalfLife"):
        robustness(asean, powers=POWERS, decay=al.Window(3))
    with pytest.raises(OptionError, match="infinite"):
        robustness(asean, powers=POWERS, decay=al.HalfLife(float("inf")))
    with pytest.raises(OptionError, match="half-life is given twice"):
        robustness(asean, powers=POWERS, judgements=[choose.HalfLifeRange(), choose.HalfLifeRange(1, 2)])
    with pytest.raises(TypeError, match="a judgement is one of"):
        robustness(asean, powers=POWERS, judgements=["half-life"])
    with pytest.raises(UnknownLabelError, match=r"unknown state 'KHN'\. Did you mean"):
        robustness(asean, powers=POWERS, draws=2, claims={"x": lambda p: p.of("position", "KHN", 2026) > 0})
    with pytest.raises(UnknownLabelError, match="unknown score 'positon'. Did you mean 'position'"):
        robustness(asean, powers=POWERS, draws=2, claims={"x": lambda p: p.of("positon", "KHM", 2026) > 0})
    with pytest.raises(OptionError, match="one true or false a draw"):
        robustness(asean, powers=POWERS, draws=2, claims={"x": lambda p: 1.0})
    with pytest.raises(
        OptionError, match=r"must return one true or false a draw, \(2,\) bool; got bool \(3,\)"
    ):
        robustness(asean, powers=POWERS, draws=2, claims={"x": lambda p: np.ones(3, dtype=bool)})
    with pytest.raises(OptionError, match="spread"):
        choose.KindValues(1.0)
    with pytest.raises(OptionError, match="cluster is 'week'"):
        clustered_ties(asean, cluster="week")
    with pytest.raises(OptionError, match="needs events with a column event_id"):
        clustered_ties(al.datasets.simulate(20, actors=3))
    with pytest.raises(EventError, match="lacks 64 of the kinds that events name"):
        robustness(asean, powers=POWERS, judgements=[choose.CodebookChoice([al.Codebook.plover()])])
    with pytest.raises(UnknownLabelError, match="unknown column 'lean'"):
        leave_one_out(asean, lambda ties: hedging(ties, powers=POWERS), by="domain", column="lean")


# ---- what comes back can be kept ----------------------------------------------------------------------------
@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.copy, copy.deepcopy])
def test_a_result_survives_copy_and_pickle_and_stays_read_only(varied, again):
    kept = again(varied)
    pd.testing.assert_frame_equal(kept.to_frame(), varied.to_frame())
    assert dict(kept.claims) == dict(varied.claims) and list(kept.scores) == list(varied.scores)
    np.testing.assert_array_equal(
        kept.drawn.of("position", "KHM", 2026), varied.drawn.of("position", "KHM", 2026)
    )
    with pytest.raises(TypeError, match="part of a frozen value|does not support item assignment"):
        kept.scores["position"] = None
    for array in (kept.drawn.scores["position"], kept.scores["position"].low, kept.n):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0


def test_the_drawn_panel_tells_itself_in_one_line(varied, asean):
    told = repr(varied.drawn)
    assert told.startswith("<Drawn: 512 draws of position, ") and told.endswith(" states, 2013..2026>")
    assert "\n" not in told
    dyads = robustness(asean, score="alignment", periods=(2025, 2026), draws=16)
    assert repr(dyads.drawn) == f"<Drawn: 16 draws of alignment for {len(dyads.names)} pairs, 2025..2026>"


def test_ranks_by_hand():
    score = np.array([1.0, 3.0, np.nan, 3.0, 0.0])[:, None]
    # ties share the mean of their ranks
    np.testing.assert_array_equal(ranks(score)[:, 0], [3, 1.5, np.nan, 1.5, 4])


def test_ranks_have_the_level_asked_for(asean):
    found = robustness(asean, powers=POWERS, periods=(2026, 2026), draws=64, level=0.5)
    drawn = ranks(found.drawn.scores["position"])
    known = ~np.isnan(drawn).any(axis=0)
    low, high = np.quantile(drawn[:, known], [0.25, 0.75], axis=0)
    central = found.rank.central[known]  # the interval is stretched to hold it
    np.testing.assert_allclose(found.rank.low[known], np.minimum(low, central))
    np.testing.assert_allclose(found.rank.high[known], np.maximum(high, central))


def test_leaving_out_asks_for_a_result_and_a_column_of_numbers(asean):
    """Foreign errors before; a bloc, whose rows have no label but the period, had died of that."""
    late = asean.take(asean.day >= np.datetime64("2022-01-01").astype(int))
    with pytest.raises(TypeError, match="what score returns is 3.0; it must be a Result"):
        al.leave_one_out(late, lambda ties: 3.0)
    with pytest.raises(OptionError, match="posture is no number in"):
        al.leave_one_out(late, lambda ties: al.hedging(ties, ("CHN", "USA"), draws=0), column="posture")
    table = al.leave_one_out(late, lambda ties: al.bloc(ties, ["KHM", "VNM"], ("CHN", "USA")), by="domain")
    assert table.columns.tolist() == ["left_out", "events", "score", "without", "change"] and len(table) == 3


def test_pairs_that_meet_only_later_are_rows_too(asean):
    """The share of the largest event had other rows than the scores, and no frame could be made."""
    found = al.robustness(
        asean, score="alignment", periods=(1999, 2000), draws=2, judgements=[], sampling="none"
    )
    frame = found.to_frame()
    assert (
        len(frame) == len(found.names) * 2
        and (frame["largest_event"].notna() == frame["alignment"].notna()).all()
    )


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("periods", [1, 5, 30, None])
def test_lines_are_counted_without_posting(asean, periods, directed):
    """By their number draws come in blocks, and so it must not depend on the states scored."""
    ends = al.Ledger.post(asean).axes.ends[:periods]
    posted = EventPostings.from_events(asean, al.HalfLife(5), ends, np.arange(len(asean)), directed=directed)
    assert lines_posted(asean, ends[-1], directed=directed) == posted.shape[1]
