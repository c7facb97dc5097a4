"""Reliability: published values, cases worked by hand, a slow twin, coverage of the intervals, error texts."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore import OptionError, UnknownLabelError, reliability
from alignscore.datasets import asean_codings
from alignscore.intervals import quantiles
from alignscore.uncertainty.panel import read_under
from alignscore.uncertainty.reliability import cohen_kappa, krippendorff_alpha

# Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C: four observers, twelve units
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, np.nan, np.nan, np.nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, np.nan, 3],
        [np.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, np.nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, np.nan],
    ]
)


def tables(codes, column="x"):
    return {
        f"c{at}": pd.DataFrame({"event_id": range(len(row)), column: row}) for at, row in enumerate(codes)
    }


def test_the_published_alphas():
    numbers = reliability(tables(OBSERVERS), draws=10)
    labels = [[None if np.isnan(x) else f"{x:.0f}" for x in row] for row in OBSERVERS]
    assert numbers.of("x", "alpha_interval")[0] == pytest.approx(0.849, abs=5e-4)
    assert numbers.of("x", "alpha_ordinal")[0] == pytest.approx(0.815, abs=5e-4)
    assert reliability(tables(labels), draws=10).of("x", "alpha_nominal")[0] == pytest.approx(0.743, abs=5e-4)
    assert numbers.table["n"].tolist()[-1] == 11  # the twelfth unit has one code


def test_kappa_by_hand():
    # 20 and 15 alike, 5 and 10 apart: p_o = 35/50, p_e = 25/50 * 30/50 + 25/50 * 20/50
    one = ["yes"] * 25 + ["no"] * 25
    two = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    found = reliability(tables([one, two]), draws=10)
    expected = (35 / 50 - (0.5 * 0.6 + 0.5 * 0.4)) / (1 - (0.5 * 0.6 + 0.5 * 0.4))
    assert found.of("x", "kappa")[0] == pytest.approx(expected, rel=1e-12)
    assert found.of("x", "agreement")[0] == 35 / 50


def slow_alpha(codes, distance):
    """The definition, pair by pair."""
    units = [[x for x in unit if x is not None] for unit in zip(*codes, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    every = [x for unit in units for x in unit]
    observed = sum(
        sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units
    ) / len(every)
    expected = sum(distance(a, b) for a, b in permutations(every, 2)) / len(every) / (len(every) - 1)
    return 1 - observed / expected if expected else np.nan


@settings(max_examples=8)
@given(
    st.lists(st.tuples(*[st.none() | st.integers(0, 4)] * 3), min_size=3, max_size=9).filter(
        lambda units: any(sum(x is not None for x in unit) > 1 for unit in units)
    )
)
def test_alpha_is_its_definition(units):
    codes = list(zip(*units, strict=True))
    shown = [x for unit in units if sum(y is not None for y in unit) > 1 for x in unit if x is not None]
    count = {x: shown.count(x) for x in range(5)}

    def between(a, b):
        low, high = min(a, b), max(a, b)
        return (sum(count[g] for g in range(low, high + 1)) - (count[a] + count[b]) / 2) ** 2

    given_as = tables([[np.nan if x is None else float(x) for x in row] for row in codes])
    found = reliability(given_as, draws=2)
    for level, distance in (("interval", lambda a, b: (a - b) ** 2), ("ordinal", between)):
        np.testing.assert_allclose(
            found.of("x", f"alpha_{level}")[0], slow_alpha(codes, distance), rtol=1e-9, atol=1e-9
        )
    named = tables([[None if x is None else f"k{x}" for x in row] for row in codes])
    np.testing.assert_allclose(
        reliability(named, draws=2).of("x", "alpha_nominal")[0],
        slow_alpha(codes, lambda a, b: a != b),
        rtol=1e-9, atol=1e-9,
    )  # fmt: skip


def test_kappa_is_scikit_learns():
    metrics = pytest.importorskip("sklearn.metrics", reason="compared with scikit-learn where it is there")
    codings = asean_codings()
    found = reliability(codings, columns=["kind", "domain", "mutual"], draws=10)
    for column in ("kind", "domain", "mutual"):
        for pair in (("first", "second"), ("second", "third")):
            want = metrics.cohen_kappa_score(*(codings[name][column] for name in pair))
            assert found.of(column, "kappa", pair)[0] == pytest.approx(want, abs=1e-9)


def test_the_shipped_codings():
    """The figures of the table's documentation."""
    found = reliability(asean_codings(), columns=["kind", "domain", "mutual", "value"],
                        codebook=al.Codebook.ladder())  # fmt: skip
    pair = ("first", "second")
    assert found.of("domain", "kappa", pair)[0] == pytest.approx(0.97, abs=5e-3)
    assert found.of("mutual", "kappa", pair)[0] == pytest.approx(0.90, abs=5e-3)
    assert found.of("mutual", "kappa", ("first", "third"))[0] == pytest.approx(0.97, abs=5e-3)
    assert found.of("kind", "kappa", pair)[0] == pytest.approx(0.53, abs=5e-3)
    assert found.of("kind", "kappa", ("second", "third"))[0] == pytest.approx(0.95, abs=5e-3)
    assert found.of("value", "r", pair)[0] == pytest.approx(0.97, abs=5e-3)
    assert found.of("value", "mean_difference", pair)[0] == pytest.approx(0.58, abs=5e-3)
    table = found.to_frame()
    assert ((table["low"] <= table["estimate"]) & (table["estimate"] <= table["high"])).all()


def test_the_second_coding_is_a_table_of_its_own(asean):
    first, second = asean, al.datasets.asean(coding="second")
    assert (len(first), len(second)) == (474, 475)  # one communique is coded in two domains
    one, two = (
        events.to_frame().drop_duplicates("event_id").set_index("event_id") for events in (first, second)
    )
    assert set(one.index) == set(two.index)
    coded = asean_codings()["second"].set_index("event_id")["kind"]
    assert (two.loc[coded.index, "kind"] == coded).all()
    rest = one.index.difference(coded.index)
    assert (two.loc[rest, "kind"] == one.loc[rest, "kind"]).all() and len(rest) == 175
    assert (two["date"] == one.loc[two.index, "date"]).all()


def test_more_agreement_is_more_reliable_and_order_of_units_is_nothing():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 4, 120)
    kappa = []
    for noise in (0.6, 0.3, 0.1, 0.0):
        codes = [np.where(rng.random(120) < noise, rng.integers(0, 4, 120), truth) for _ in range(2)]
        named = tables([[f"k{x}" for x in row] for row in codes])
        found = reliability(named, draws=50)
        shuffled = {name: table.sample(frac=1, random_state=1) for name, table in named.items()}
        assert reliability(shuffled, draws=50).of("x", "kappa")[0] == found.of("x", "kappa")[0]
        kappa.append(found.of("x", "kappa")[0])
    assert kappa == sorted(kappa) and kappa[-1] == 1


def test_perfect_agreement_of_few_is_not_certain():
    few, many = (reliability(tables([["a", "b"] * n] * 2), draws=4000).of("x", "kappa") for n in (5, 100))
    assert few[0] == many[0] == few[2] == 1
    assert few[1] < 0.85 < 0.98 < many[1] < 1


def covered(kappa, n, runs, rng):
    """Share of intervals that hold the true kappa and alpha of two coders of four even categories."""
    hits = np.zeros(2)
    for _ in range(runs):
        truth = rng.integers(0, 4, n)
        codes = np.stack([truth, np.where(rng.random(n) < kappa, truth, rng.integers(0, 4, n))])
        weights, unseen = rng.standard_exponential((400, n)), rng.gamma(0.5, size=400)
        drawn = (
            cohen_kappa(codes, weights, unseen),
            krippendorff_alpha(codes, np.arange(4.0), weights, unseen, "nominal"),
        )
        for at, values in enumerate(drawn):
            low, _, high = quantiles(values)
            hits[at] += low <= kappa <= high
    return hits / runs


@pytest.mark.parametrize("kappa", [0.5, 0.9])
def test_intervals_cover(kappa):
    assert (covered(kappa, 60, 300, np.random.default_rng(7)) > 0.9).all()


@pytest.mark.parametrize("n", [5, 8])
@pytest.mark.parametrize("rho", [0.3, 0.95])
def test_intervals_of_correlations_of_few_units_cover(n, rho):
    """Reweighted units alone cover .71 to .84."""
    rng, hits = np.random.default_rng(8), 0
    for _ in range(200):
        one, two = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], n).T
        coded = {"one": one, "two": two}
        found = {name: pd.DataFrame({"event_id": range(n), "x": x}) for name, x in coded.items()}
        _, low, high = reliability(found, draws=100).of("x", "r")
        hits += low <= rho <= high
    assert hits / 200 > 0.91


def test_a_perfect_correlation_of_few_is_not_certain():
    few, many = (tables([[*range(n)]] * 2) for n in (4, 400))
    assert reliability(few, draws=50).of("x", "r") == pytest.approx(
        (1, np.tanh(np.arctanh(4 / 4.5) - 1.959964), 1)
    )
    assert 0.99 < reliability(many, draws=50).of("x", "r")[1] < 1
    assert reliability(tables([[1, 2, 3]] * 2), draws=50).of("x", "r")[1:] == (-1, 1)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "least"), [(30, 0.86), (60, 0.915), (287, 0.915)])
@pytest.mark.parametrize("kappa", [0.3, 0.5, 0.9, 0.97])
def test_intervals_cover_widely(kappa, n, least):
    assert (covered(kappa, n, 1500, np.random.default_rng(11)) > least).all()


def test_error_texts():
    good = tables([["a", "b"], ["a", "b"]])
    with pytest.raises(OptionError, match="reliability needs two coders or more; 1 given"):
        reliability({"one": good["c0"]})
    with pytest.raises(TypeError, match="(?s)codings is .*; give a mapping"):
        reliability(list(good.values()))
    with pytest.raises(UnknownLabelError, match="unknown column 'y'"):
        reliability(good, columns=["y"])
    with pytest.raises(UnknownLabelError, match="unknown column 'id'"):
        reliability(good, unit="id")
    twice = {**good, "c1": pd.concat([good["c1"], good["c1"][:1]])}
    with pytest.raises(OptionError, match=r"the coding 'c1' has event_id 0 twice \(1 rows too many\)"):
        reliability(twice)
    apart = {**good, "c1": good["c1"].assign(event_id=[7, 8])}
    with pytest.raises(OptionError, match="no event_id has 'x' from two coders"):
        reliability(apart)
    with pytest.raises(OptionError, match="share no column but their unit"):
        reliability({"a": good["c0"], "b": good["c1"].rename(columns={"x": "z"})})
    with pytest.raises(UnknownLabelError, match="unknown x 'b'"):
        reliability(good, orders={"x": ["a", "c"]})
    with pytest.raises(UnknownLabelError, match="unknown statistic 'x kapa'"):
        reliability(good).of("x", "kapa")
    with pytest.raises(UnknownLabelError, match="unknown kind 'a'"):
        reliability(tables([["a"], ["a"]], "kind"), codebook=al.Codebook.ladder())
    with pytest.raises(OptionError, match="coding is 'fourth'"):
        al.datasets.asean(coding="fourth")


def test_one_category_alone_tells_nothing():
    found = reliability(tables([["a"] * 6] * 2), draws=50)
    assert np.isnan(found.of("x", "kappa")[0]) and np.isnan(found.of("x", "alpha_nominal")[0])
    assert found.of("x", "agreement")[0] == 1


# ---- a score knows its coder ----------------------------------------------------------------------------
POWERS = ("CHN", "USA")


def test_a_coding_chosen_is_that_coding_s_score(asean):
    first, second = asean, al.datasets.asean(coding="second")
    given = {
        "judgements": [al.CodingChoice([second])],
        "sampling": "none",
        "draws": 2,
        "periods": (2000, 2026),
    }
    found = al.robustness(first, powers=POWERS, **given)
    plain, central = (al.hedging(al.Ledger.post(x).ties(), powers=POWERS) for x in (second, first))
    np.testing.assert_allclose(found.drawn.scores["position"][1], plain.position[:, -27:], atol=1e-10)
    np.testing.assert_allclose(found.scores["position"].central, central.position[:, -27:], atol=1e-10)
    dyads = al.robustness(first, score="alignment", prior=10.0, **given)
    want = al.alignment(al.Ledger.post(second).ties(), prior=10.0)
    for source, target in (("KHM", "CHN"), ("USA", "VNM"), ("MMR", "USA")):
        frame = want.of(source, target)
        frame = frame[frame["domain"] == "composite"]
        frame.index = frame["period"].astype(str).str[:4]
        for year in (2005, 2026):
            drawn = dyads.drawn.of("alignment", (source, target), year)[1]
            assert drawn == pytest.approx(frame.loc[str(year), "alignment"], abs=1e-10, nan_ok=True)


def test_coder_and_codebook_vary_together(asean):
    codings = [asean, al.datasets.asean(coding="second")]
    books = [al.Codebook.ladder(), al.Codebook.ladder(values="fbic")]
    given = [al.CodingChoice(codings), al.CodebookChoice(books)]
    found = al.robustness(
        codings[0], powers=POWERS, judgements=given, sampling="none", draws=24, periods=(2026, 2026)
    )
    drawn = found.drawn.of("position", "VNM", 2026)
    want = [
        al.hedging(al.Ledger.post(read_under(coding, book)).ties(), powers=POWERS).of("VNM")
        for coding in codings
        for book in books
    ]
    last = np.unique([round(frame["position"].iloc[-1], 10) for frame in want])
    assert len(last) > 2  # the codebooks agree on the kinds of one coding
    np.testing.assert_allclose(np.unique(drawn.round(10)), last, atol=1e-9)
    noisy = al.robustness(codings[0], powers=POWERS, judgements=given, draws=64, periods=(2020, 2026))
    due = noisy.sobol(n=16, replicates=2)
    assert due.groups == ("coding", "codebook", "sampling")
    assert len(np.unique(noisy.drawn.of("position", "KHM", 2026))) == 64


def test_codings_of_other_events_are_refused(asean):
    with pytest.raises(OptionError, match="codings is empty"):
        al.CodingChoice([])
    with pytest.raises(TypeError, match="Events are needed here"):
        al.CodingChoice([asean.to_frame()])
    for other, name in ((al.datasets.simulate(30, actors=3), "actors"),
                        (al.datasets.asean(codebook=al.Codebook.ladder(values="fbic")), "codebook")):  # fmt: skip
        with pytest.raises(OptionError, match=f"has other {name} than the events"):
            al.robustness(asean, powers=POWERS, judgements=[al.CodingChoice([other])], draws=2)


def test_units_that_are_numbers_of_one_coder_are_texts_of_another():
    """A unit 7 and a unit "7" had been two, each of one coder alone."""
    one = pd.DataFrame({"event_id": range(6), "domain": list("aabbab")})
    two = one.assign(domain=list("abbbab"))
    want = reliability({"one": one, "two": two}, draws=50).to_frame()
    for ids in (two["event_id"].astype(str), two["event_id"].astype(float), ["0", 1, 2, "3", 4.0, 5]):
        got = reliability({"one": one, "two": two.assign(event_id=ids)}, draws=50).to_frame()
        pd.testing.assert_frame_equal(got, want)


def test_units_without_a_name_and_mixed_types_are_told():
    """Rows without a unit had been one unit of both; "1" and 1 never agreed."""
    one = pd.DataFrame({"event_id": ["a", "b", None], "v": [1, 2, 3]})
    with pytest.raises(
        OptionError, match="the coding 'first' has 1 of 3 rows without event_id; name each unit"
    ):
        reliability({"first": one, "second": one})
    whole = one.assign(event_id=list("abc"))
    with pytest.raises(OptionError, match="column 'v' holds numbers of one coder and text of another"):
        reliability({"first": whole, "second": whole.astype({"v": str})})


def test_the_order_of_rows_decides_no_interval():
    """Units had been weighed in the order of their rows."""
    rng = np.random.default_rng(0)
    one, two = (
        pd.DataFrame({"event_id": range(30), "v": rng.integers(0, 3, 30).astype(str)}) for _ in range(2)
    )
    found = reliability({"first": one, "second": two}, draws=50)
    shuffled = reliability({"first": one[::-1], "second": two.sample(frac=1, random_state=1)}, draws=50)
    assert found.table.equals(shuffled.table)


def test_numbers_are_numbers_in_a_column_of_objects():
    """They had been labels, with other statistics."""
    one, two = (pd.DataFrame({"event_id": list("abcd"), "v": v}) for v in ([1, 2, 3, None], [1, 3, 3, 4]))
    found = reliability({"first": one, "second": two}, draws=5)
    texts = {name: table.astype({"v": str}) for name, table in (("first", two), ("second", two))}
    silent = reliability(texts | {"third": two.assign(v=np.nan)}, draws=5)
    assert set(silent.table["statistic"]) == {"agreement", "kappa", "alpha_nominal"}
    objects = reliability({"first": one.astype({"v": object}), "second": two.astype({"v": object})}, draws=5)
    assert objects.table.equals(found.table) and "r" in set(found.table["statistic"])


def test_an_infinite_number_is_told():
    one = pd.DataFrame({"event_id": [1, 2, 3], "value": [1.0, 2.0, np.inf]})
    with pytest.raises(al.OptionError, match="column 'value' holds an infinite number"):
        al.reliability({"a": one, "b": one}, draws=5)


def test_ends_are_numbers():
    codings = {
        name: pd.DataFrame({"event_id": range(6), "x": list(x)})
        for name, x in (("a", "ppqqrr"), ("b", "ppqqrp"))
    }
    table = al.reliability(codings, draws=4).to_frame()
    assert table.select_dtypes("float").columns.tolist() == ["estimate", "low", "high"]
