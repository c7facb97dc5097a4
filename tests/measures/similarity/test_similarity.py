"""Similarity of portfolios: worked cases, published figures, slow twins, laws, and the doors."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import alignscore as al
from alignscore.errors import OptionError, UnknownLabelError
from alignscore.measures.similarity import coefficients as tables
from alignscore.measures.similarity.portfolio import Portfolio, portfolio_from_ties
from alignscore.measures.similarity.similarity import agreement, similarity
from strategies import events_of
from tolerances import printed

SHARED = Path(__file__).resolve().parents[4] / "shared"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)
PUBLISHED = Path(__file__).parents[2] / "published" / "signorino_ritter_1999"
ALGEBRA = {"rtol": 1e-12, "atol": 1e-12}
ORDERED = ["s", "s_squared", "kappa", "kappa_squared", "pi", "pi_absolute", "a", "a_squared", "tau_b"]
ALL = [*ORDERED, "agreement", "s_nominal", "kappa_nominal", "correlation"]


def portfolios(levels: int = 4, rows: int = 6, items: int = 8) -> st.SearchStrategy[np.ndarray]:
    """Matrices of levels 0, 1, ... with missing values."""
    cell = st.one_of(st.just(np.nan), st.integers(0, levels - 1).map(float))
    shape = st.tuples(st.integers(2, rows), st.integers(1, items))
    return shape.flatmap(lambda size: arrays(np.float64, size, elements=cell))


# ---- a slow plain twin: one pair at a time, straight from the definitions -------------------------------
def pair_score(x: list[float], y: list[float], w: list[float], measure: str, levels: list[float]) -> float:
    """One measure of two vectors, by loops over items and over pairs of items."""
    shared = [(a, b, c) for a, b, c in zip(x, y, w, strict=True) if not np.isnan(a + b) and c > 0]
    if not shared:
        return np.nan
    base, _, kind = measure.partition("_")
    if base == "tau":
        return pair_tau(shared)
    if base == "correlation":
        return pair_correlation(shared)
    kind = kind or ("nominal" if base == "pi" else "absolute")

    def d(a: float, b: float) -> float:
        return {"absolute": abs(a - b), "squared": (a - b) ** 2, "nominal": float(a != b)}[kind]

    greatest = max(d(a, b) for a in levels for b in levels)
    total = sum(c for _, _, c in shared)
    observed = sum(c * d(a, b) for a, b, c in shared) / total
    if base == "s":
        return 1 - 2 * observed / greatest
    if base == "agreement":
        return 1 - observed / greatest
    left, right = [(a, c) for a, _, c in shared], [(b, c) for _, b, c in shared]
    if base == "pi":
        left = right = left + right
    expected = sum(c * e * d(a, b) for a, c in left for b, e in right)
    expected /= sum(c for _, c in left) * sum(e for _, e in right)
    if base == "a":
        return -2 * (observed - expected) / greatest
    return 1 - observed / expected if expected > 0 else np.nan


def pair_tau(shared: list[tuple[float, float, float]]) -> float:
    excess = free_x = free_y = 0.0
    for (a, b, c), (e, f, g) in itertools.combinations(shared, 2):
        excess += c * g * np.sign(a - e) * np.sign(b - f)
        free_x += c * g * (a != e)
        free_y += c * g * (b != f)
    return excess / np.sqrt(free_x * free_y) if free_x and free_y else np.nan


def pair_correlation(shared: list[tuple[float, float, float]]) -> float:
    x, y, w = (np.array(column) for column in zip(*shared, strict=True))
    x, y = x - np.average(x, weights=w), y - np.average(y, weights=w)
    if np.allclose(x, 0, atol=1e-12) or np.allclose(y, 0, atol=1e-12):
        return np.nan
    return float((w * x * y).sum() / np.sqrt((w * x**2).sum() * (w * y**2).sum()))


def slow(
    values: np.ndarray, measure: str, levels: list[float], weights: np.ndarray | None = None
) -> np.ndarray:
    w = (np.ones(values.shape[1]) if weights is None else weights).tolist()
    rows = values.tolist()
    pairs = itertools.combinations(rows, 2)
    return np.array([pair_score(x, y, w, measure, levels) for x, y in pairs])


@given(values=portfolios())
@settings(max_examples=40, deadline=None)
def test_every_measure_agrees_with_the_definition_pair_by_pair(values):
    found = similarity(values, measure=ALL, levels=range(4))
    for k, name in enumerate(ALL):
        np.testing.assert_allclose(found.scores[k], slow(values, name, [0, 1, 2, 3]), **ALGEBRA, err_msg=name)


@given(values=portfolios(), seed=st.integers(0, 99))
@settings(max_examples=8, deadline=None)
def test_item_weights_agree_with_the_definition(values, seed):
    weights = np.random.default_rng(seed).choice([0.0, 0.25, 1.0, 3.0], values.shape[1])
    found = similarity(values, measure=ALL, levels=range(4), weights=weights)
    for k, name in enumerate(ALL):
        expected = slow(values, name, [0, 1, 2, 3], weights)
        np.testing.assert_allclose(found.scores[k], expected, rtol=1e-9, atol=1e-9, err_msg=name)
    both = ~np.isnan(values) & (weights > 0)
    np.testing.assert_array_equal(found.n, [(a & b).sum() for a, b in itertools.combinations(both, 2)])


def test_levels_that_are_not_evenly_spaced_keep_their_distances():
    values = np.random.default_rng(1).choice([0.0, 1.0, 5.0, np.nan], (6, 12))
    found = similarity(values, measure=ALL, levels=(0, 1, 5))
    for k, name in enumerate(ALL):
        np.testing.assert_allclose(found.scores[k], slow(values, name, [0, 1, 5]), **ALGEBRA, err_msg=name)


def test_scipy_finds_the_same_tau_b():
    from scipy.stats import kendalltau

    values = np.random.default_rng(2).integers(1, 4, (8, 30)).astype(float)
    expected = [kendalltau(x, y).statistic for x, y in itertools.combinations(values, 2)]
    np.testing.assert_allclose(
        similarity(values, measure="tau_b", levels=(1, 2, 3)).similarity, expected, **ALGEBRA
    )


# ---- cases worked by hand -------------------------------------------------------------------------------
def test_a_case_worked_by_hand():
    x, y = [1, 1, 3, 2], [1, 2, 3, 1]  # yes yes no abstain; yes abstain no yes
    found = similarity(np.array([x, y], dtype=float), measure=ALL, levels=(1, 2, 3))
    score = dict(zip(ALL, found.scores[:, 0], strict=True))
    observed = 0 + 1 + 0 + 1  # both distances: differences of 0 and 1 only
    expected = 2 * (1 * 1 + 1 * 2) + 1 * (2 * 1 + 1 * 1) + 1 * (2 * 2 + 1 * 1)  # margins 2, 1, 1 twice
    expected_squared = 2 * (1 * 1 + 1 * 4) + 1 * (2 * 1 + 1 * 1) + 1 * (2 * 4 + 1 * 1)
    assert score["s"] == 1 - 2 * observed / (4 * 2)
    assert score["s_squared"] == 1 - 2 * observed / (4 * 4)
    assert score["agreement"] == (1 + 0.5 + 1 + 0.5) / 4
    assert score["kappa"] == pytest.approx(1 - (observed / 4) / (expected / 16), rel=1e-12)
    assert score["kappa_squared"] == pytest.approx(1 - (observed / 4) / (expected_squared / 16), rel=1e-12)
    assert score["a"] == pytest.approx(-2 * (observed / 4 - expected / 16) / 2, rel=1e-12)
    chance = (4 / 8) ** 2 + (2 / 8) ** 2 + (2 / 8) ** 2
    assert score["pi"] == pytest.approx((2 / 4 - chance) / (1 - chance), rel=1e-12)
    # pairs of items 12 13 14 23 24 34: signs of x 0 + + + + -, of y + + 0 + - -
    assert score["tau_b"] == pytest.approx((1 + 1 - 1 + 1) / np.sqrt(5 * 5), rel=1e-12)


def test_signorino_and_ritters_table_of_germany_and_russia():
    table = pd.read_csv(PUBLISHED / "table6.csv", index_col="state")
    frame = table[["gmy", "rus"]].T
    plain = similarity(frame, measure=["tau_b", "s"], levels=range(4))
    assert plain.scores[0, 0] == pytest.approx(0.0303, abs=printed(4))
    assert plain.scores[1, 0] == pytest.approx(1 - 2 * (5 * 3 + 1 + 2) / (20 * 3), rel=1e-12)  # 0.40
    weighted = similarity(frame, levels=range(4), weights=table["syscap"])
    assert weighted.similarity[0] == pytest.approx(-0.46, abs=printed(2))
    assert weighted.n[0] == 14  # six of the 20 have no capabilities


NAN = np.nan
EDGES = {  # levels 0..3: s, s_squared, kappa, kappa_squared, pi, a, a_squared, tau_b
    "identical": ([0, 1, 2, 3, 0], [0, 1, 2, 3, 0], [1, 1, 1, 1, 1, 64 / 75, 136 / 225, 1]),
    "opposite": ([0, 0, 3, 3], [3, 3, 0, 0], [-1, -1, -1, -1, -1, -1, -1, -1]),
    "constant and equal": ([0, 0, 0, 0], [0, 0, 0, 0], [1, 1, NAN, NAN, NAN, 0, 0, NAN]),
    "constant and far": ([0, 0, 0, 0], [3, 3, 3, 3], [-1, -1, 0, 0, -1, 0, 0, NAN]),
    "one constant": ([0, 0, 0, 0], [0, 1, 2, 3], [0, 2 / 9, 0, 0, -1 / 3, 0, 0, NAN]),
    "none shared": ([NAN, NAN, 1], [1, 2, NAN], [NAN] * 8),
    "one shared": ([NAN, 2, 1], [1, 2, NAN], [1, 1, NAN, NAN, NAN, 0, 0, NAN]),
    "one shared, far": ([NAN, 3, 1], [1, 0, NAN], [-1, -1, 0, 0, -1, 0, 0, NAN]),
    "some missing": (
        [0, 1, NAN, 3, 2, 0],
        [0, 2, 3, NAN, 2, 1],
        [2 / 3, 8 / 9, 0.5, 9 / 13, 5 / 21, 1 / 3, 0.25, 0.8],
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_edge_cases(name):
    x, y, expected = EDGES[name]
    measures = ["s", "s_squared", "kappa", "kappa_squared", "pi", "a", "a_squared", "tau_b"]
    found = similarity(np.array([x, y], dtype=float), measure=measures, levels=range(4))
    np.testing.assert_allclose(found.scores[:, 0], expected, **ALGEBRA)


# ---- reference values -----------------------------------------------------------------------------------
REFERENCE = {
    "s_abs": "s", "s_sq": "s_squared", "kappa_lin": "kappa", "kappa_sq": "kappa_squared", "pi": "pi",
    "a_abs": "a", "a_sq": "a_squared", "taub_cor": "tau_b",
}  # fmt: skip


def same(found: pd.Series, reference: pd.Series) -> None:
    np.testing.assert_array_equal(np.isnan(found), np.isnan(reference))
    np.testing.assert_allclose(found, reference, rtol=0, atol=1e-9)


@needs_shared
@pytest.mark.parametrize(
    ("name", "levels"),
    [("ally_atop_1990", range(4)), ("votes_un_1990", (1, 2, 3)), ("votes_un_2019", (1, 2, 3))],
)
def test_every_reference_value(name, levels):
    folder = SHARED / "reference" / "similarity"
    matrix = pd.read_csv(folder / "inputs" / f"{name}.csv", index_col=0)
    reference = pd.read_csv(folder / f"ref_{name}.csv.gz")
    found = similarity(matrix, measure=list(REFERENCE.values()), levels=levels).to_frame()
    np.testing.assert_array_equal(found[["i", "j", "n"]], reference[["ccode1", "ccode2", "n"]])
    for theirs, ours in REFERENCE.items():
        same(found[ours], reference[theirs])
    if name.startswith("ally"):
        power = pd.read_csv(folder / "inputs" / "cinc_1990.csv").set_index("ccode")["cinc"]
        weighted = similarity(matrix, measure=["s", "a"], levels=levels, weights=power.rename(str)).to_frame()
        same(weighted["s"], reference["s_abs_cinc"])
        same(weighted["a"], reference["a_abs_cinc"])
        recoded = similarity((matrix > 0).astype(int), measure=["kappa", "pi", "s"], levels=(0, 1)).to_frame()
        for ours, theirs in (("kappa", "kappa_bin"), ("pi", "pi_bin"), ("s", "s_bin")):
            same(recoded[ours], reference[theirs])


# ---- laws -----------------------------------------------------------------------------------------------
@given(values=portfolios(), seed=st.integers(0, 99))
@settings(max_examples=8, deadline=None)
def test_order_of_actors_and_items_and_direction_of_levels_change_nothing(values, seed):
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(values)), rng.permutation(values.shape[1])
    found = similarity(values, measure=ALL, levels=range(4))
    turned = similarity(3 - values[np.ix_(rows, columns)], measure=ALL, levels=range(4))
    for name in ALL:
        expected = found.matrix(measure=name).to_numpy()[np.ix_(rows, rows)]
        np.testing.assert_allclose(turned.matrix(measure=name), expected, **ALGEBRA, err_msg=name)


@given(values=portfolios())
@settings(max_examples=8, deadline=None)
def test_bounds_and_what_the_measures_say_of_each_other(values):
    found = similarity(values, measure=ALL, levels=range(4))
    score = dict(zip(ALL, found.scores, strict=True))
    for name in ("s", "s_squared", "s_nominal", "a", "a_squared", "tau_b", "correlation"):
        assert not (np.abs(score[name]) > 1 + 1e-12).any(), name
    for name in ("kappa", "kappa_squared", "kappa_nominal", "pi", "pi_absolute"):
        assert not (score[name] > 1 + 1e-12).any(), name
    np.testing.assert_allclose(score["agreement"], (score["s"] + 1) / 2, **ALGEBRA)
    assert (np.isnan(score["s"]) == (found.n == 0)).all()
    assert ((found.reason > 0) == np.isnan(found.scores)).all()


@given(values=portfolios(), copies=st.integers(2, 4))
@settings(max_examples=20, deadline=None)
def test_a_weight_is_a_number_of_copies_and_its_unit_does_not_matter(values, copies):
    weights = np.ones(values.shape[1])
    weights[0] = copies
    repeated = np.column_stack([values] + [values[:, :1]] * (copies - 1))
    weighted = similarity(values, measure=ALL, levels=range(4), weights=weights)
    rescaled = similarity(values, measure=ALL, levels=range(4), weights=weights * 7.5)
    copied = similarity(repeated, measure=ALL, levels=range(4))
    np.testing.assert_allclose(weighted.scores, copied.scores, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(weighted.scores, rescaled.scores, rtol=1e-9, atol=1e-9)


def test_blocks_of_rows_give_what_one_block_gives():
    values = np.random.default_rng(3).choice([0.0, 1.0, 2.0, np.nan], (23, 9))
    (whole,) = tables.pair_tables(values, np.arange(3.0))
    parts = list(tables.pair_tables(values, np.arange(3.0), cells=9 * 23 * 4))
    assert len(parts) > 3
    for field in ("i", "j", "joint", "n"):
        joined = np.concatenate([getattr(part, field) for part in parts], axis=-1)
        np.testing.assert_array_equal(joined, getattr(whole, field))


def test_more_agreement_on_an_item_never_lowers_s_or_agreement():
    values = np.random.default_rng(4).integers(0, 4, (2, 10)).astype(float)
    nearer = values.copy()
    nearer[1, 0] = nearer[0, 0]
    for name in ("s", "s_squared", "agreement"):
        before, after = (similarity(v, measure=name, levels=range(4)).similarity[0] for v in (values, nearer))
        assert after >= before


# ---- valued portfolios ----------------------------------------------------------------------------------
@given(seed=st.integers(0, 999), weighted=st.booleans())
@settings(max_examples=8, deadline=None)
def test_shares_agree_with_the_definition(seed, weighted):
    rng = np.random.default_rng(seed)
    values = rng.dirichlet(np.full(9, 0.4), 6)
    values[rng.random(values.shape) < 0.2] = np.nan
    values[0] = 0.1
    weights = rng.random(9) if weighted else None
    names = ["s", "s_squared", "agreement", "correlation"]
    found = similarity(values, measure=names, bounds=(0, 1), weights=weights)
    for k, name in enumerate(names):
        expected = slow(values, name, [0, 1], weights)
        np.testing.assert_allclose(found.scores[k], expected, rtol=1e-9, atol=1e-9, err_msg=name)
    assert set(found.reason[3][np.isnan(found.scores[3]) & (found.n > 1)]) <= {3}


def test_items_with_their_own_ranges_stand_in_one_portfolio():
    names = ["KHM", "CHN", "USA"]
    allies = Portfolio.from_wide(pd.DataFrame({"PRK": [0, 3, 0]}, index=names), levels=range(4))
    votes = Portfolio.from_wide(
        pd.DataFrame({"R1": [1, 2, 3], "R2": [1, 1, 3]}, index=names), levels=(1, 2, 3)
    )
    trade = Portfolio.from_wide(pd.DataFrame({"VNM": [0.5, 0.1, 0.2]}, index=names), bounds=(0, 1))
    stacked = Portfolio.stack(allies, votes, trade)
    found = similarity(stacked, measure=["s", "s_squared"], weights=[1, 2, 2, 4])
    first = dict(zip([("KHM", "CHN"), ("KHM", "USA"), ("CHN", "USA")], found.scores[0], strict=True))
    assert first["KHM", "CHN"] == pytest.approx(
        1 - 2 * (3 / 3 + 2 * 1 / 2 + 2 * 0 / 2 + 4 * 0.4) / 9, rel=1e-12
    )
    assert first["KHM", "USA"] == pytest.approx(
        1 - 2 * (0 / 3 + 2 * 2 / 2 + 2 * 2 / 2 + 4 * 0.3) / 9, rel=1e-12
    )
    squares = (3 / 3) ** 2 + 2 * (1 / 2) ** 2 + 0 + 4 * 0.4**2
    assert found.scores[1, 0] == pytest.approx(1 - 2 * squares / 9, rel=1e-12)
    with pytest.raises(OptionError, match="'kappa' needs ordered levels shared by all items"):
        similarity(stacked, measure="kappa")
    mixed = pd.DataFrame(
        {"PRK": [0, 3, 0], "R1": [1, 2, 3], "R2": [1, 1, 3], "VNM": [0.5, 0.1, 0.2]}, index=names
    )
    own = {"PRK": range(4), "R1": (1, 2, 3), "R2": (1, 2, 3)}
    at_once = similarity(mixed, levels=own, bounds={"VNM": (0, 1)}, weights=[1, 2, 2, 4])
    np.testing.assert_allclose(at_once.similarity, found.scores[0], **ALGEBRA)


def test_items_with_levels_of_their_own_are_read_alike_from_rows_and_from_columns():
    """Words of one item are ranked among its own levels, and a word that is none names its item."""
    wide = pd.DataFrame({"R1": ["yes", "no"], "PRK": ["entente", "defence"]}, index=["KHM", "CHN"])
    numbered = pd.DataFrame({"R1": [1, 2], "PRK": [0, 2]}, index=wide.index)
    own = {"R1": ("yes", "abstain", "no"), "PRK": ("none", "entente", "neutrality", "defence")}
    want = 1 - 2 * (2 / 2 + 2 / 3) / 2
    for make, table, numbers in (
        (Portfolio.from_long, as_long(wide), as_long(numbered)),
        (Portfolio.from_wide, wide, numbered),
    ):
        assert similarity(make(table, levels=own)).similarity[0] == pytest.approx(want, rel=1e-12)
        with pytest.raises(OptionError, match=r"1 values are not among .* of item 'R1'; the first is 'nay'"):
            make(table.replace("no", "nay"), levels=own)
        with pytest.raises(OptionError, match=r"the levels \(0, 1, 3\) of item 'PRK'; the first is 2\."):
            make(numbers, levels={"R1": (1, 2, 3), "PRK": (0, 1, 3)})


def test_an_actor_missing_from_one_of_the_stacked_is_compared_on_the_rest():
    left = Portfolio.from_wide(pd.DataFrame({"a": [1, 3]}, index=["KHM", "CHN"]), levels=(1, 2, 3))
    right = Portfolio.from_wide(pd.DataFrame({"b": [0, 1, 1]}, index=["CHN", "USA", "KHM"]), levels=(0, 1))
    found = similarity(Portfolio.stack(left, right)).between("CHN", "USA")
    assert found["n"].tolist() == [1]
    assert found["similarity"].tolist() == [-1]


# ---- doors ----------------------------------------------------------------------------------------------
@pytest.fixture
def wide():
    return pd.DataFrame(
        {"R1": [1, 1, 3], "R2": [2, 1, 3], "R3": [3, np.nan, 1]}, index=["CHN", "KHM", "USA"], dtype=float
    )


def as_long(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename_axis("actor").reset_index().melt("actor", var_name="item", value_name="vote")


def test_what_is_constant_on_the_shared_items_correlates_with_nothing():
    """Rounding leaves a spread of 9e-16 where fractions are all alike."""
    values = np.array([[0.7, 0.7, 0.7, 0.1], [1.0, 2.0, 4.0, NAN]])
    assert np.isnan(similarity(values, measure="correlation").similarity).all()


def test_every_door_gives_the_same(wide):
    expected = similarity(wide, measure=ORDERED, levels=(1, 2, 3))
    words = {1: "yes", 2: "abstain", 3: "no"}
    kind = pd.CategoricalDtype(["yes", "abstain", "no"], ordered=True)
    long = as_long(wide)
    doors = [
        similarity(long, measure=ORDERED, levels=(1, 2, 3)),
        similarity(long.dropna().sample(frac=1, random_state=0), measure=ORDERED, levels=(1, 2, 3)),
        similarity(wide.to_numpy(), measure=ORDERED, levels=(1, 2, 3)),
        similarity(wide.replace(words), measure=ORDERED, levels=("yes", "abstain", "no")),
        similarity(wide.replace(words).astype(kind), measure=ORDERED),
        similarity(long.assign(vote=long["vote"].map(words).astype(kind)), measure=ORDERED),
        similarity(Portfolio.from_wide(wide, levels=(1, 2, 3)), measure=ORDERED),
        similarity(wide.rename_axis("actor").reset_index(), measure=ORDERED, levels=(1, 2, 3)),
        similarity(wide.astype("Int64"), measure=ORDERED, levels=(1, 2, 3)),
    ]
    for found in doors:
        np.testing.assert_allclose(found.scores, expected.scores, **ALGEBRA)
        np.testing.assert_array_equal(found.n, expected.n)


def test_a_panel_is_each_of_its_periods(wide):
    later = (4 - wide).drop(index="KHM")
    both = {2018: wide, 2019: later}
    found = similarity(both, measure=ORDERED, levels=(1, 2, 3))
    assert found.to_frame().columns.tolist() == ["i", "j", "period", *ORDERED, "n"]
    for year, frame in both.items():
        alone = similarity(frame, measure=ORDERED, levels=(1, 2, 3))
        for name in ORDERED:
            pd.testing.assert_frame_equal(found.matrix(measure=name, period=year), alone.matrix(measure=name))
    long = pd.concat([as_long(frame).assign(session=year) for year, frame in both.items()])
    by_session = similarity(long.dropna(), measure=ORDERED, levels=(1, 2, 3), period="session")
    assert by_session.periods == (2018, 2019)
    np.testing.assert_allclose(by_session.scores, found.scores, **ALGEBRA)
    cube = np.stack([wide, later.reindex(wide.index)])
    by_array = similarity(cube, measure=ORDERED, levels=(1, 2, 3))
    np.testing.assert_allclose(by_array.scores, found.scores, **ALGEBRA)
    column = pd.concat([frame.assign(period=year) for year, frame in both.items()])
    by_column = similarity(column, measure=ORDERED, levels=(1, 2, 3))
    np.testing.assert_allclose(by_column.scores, found.scores, **ALGEBRA)


def test_weights_by_period(wide):
    panel = {1: wide, 2: wide}
    weights = pd.Series(
        {(1, "R1"): 1.0, (1, "R2"): 0, (1, "R3"): 0, (2, "R1"): 0, (2, "R2"): 1, (2, "R3"): 0}
    )
    found = similarity(panel, levels=(1, 2, 3), weights=weights)
    assert found.between("CHN", "KHM")["similarity"].tolist() == [1 - 2 * 0 / 2, 1 - 2 * 1 / 2]
    with pytest.raises(OptionError, match=r"item 'R3' has no weight in period 2"):
        similarity(panel, levels=(1, 2, 3), weights=weights.iloc[:-1])


def test_agreement_counts_an_abstention_as_asked():
    votes = pd.DataFrame(
        {"actor": ["A", "B"] * 4, "item": [1, 1, 2, 2, 3, 3, 4, 4], "vote": [1, 1, 1, 2, 1, 3, 2, 2]}
    )
    assert agreement(votes).similarity[0] == (1 + 0.5 + 0 + 1) / 4
    assert agreement(votes, abstention="different").similarity[0] == (1 + 0 + 0 + 1) / 4
    found = agreement(votes, abstention="missing")
    assert (found.similarity[0], found.n[0]) == ((1 + 0) / 2, 2)
    with pytest.raises(OptionError, match="abstention is 'none'"):
        agreement(votes, abstention="none")
    with pytest.raises(OptionError, match="votes have three levels"):
        agreement(votes, levels=(1, 2, 3, 4))


# ---- the result -----------------------------------------------------------------------------------------
def test_the_result_in_its_forms(wide):
    found = similarity(wide, levels=(1, 2, 3))
    frame = found.to_frame()
    assert frame.columns.tolist() == ["i", "j", "similarity", "n"]
    assert frame[["i", "j"]].to_numpy().tolist() == [["CHN", "KHM"], ["CHN", "USA"], ["KHM", "USA"]]
    assert frame["similarity"].tolist() == [1 - 2 * 1 / 4, 1 - 2 * 5 / 6, 1 - 2 * 4 / 4]
    assert frame["n"].tolist() == [2, 3, 2]
    mine = found.of("KHM")
    assert mine["i"].tolist() == ["KHM", "KHM"]
    assert mine["j"].tolist() == ["CHN", "USA"]
    assert mine["similarity"].tolist() == [0.5, -1]
    assert found.of(i="KHM").equals(mine) and found.of(j="KHM").equals(mine)
    square = found.matrix(diagonal=1)
    pd.testing.assert_frame_equal(square, square.T)
    assert square.loc["USA", "CHN"] == frame["similarity"][1]
    assert (found.recipe["measure"], found.recipe["measures"]) == ("similarity", ("s",))
    assert "3 dyads of 3 actors" in repr(found)
    again = pickle.loads(pickle.dumps(found))
    with pytest.raises(ValueError, match="read-only"):
        again.scores[0, 0] = 0
    pd.testing.assert_frame_equal(again.to_frame(), frame)


def test_why_a_score_is_missing():
    values = np.array([[1, 1, 1, np.nan], [1, 1, 1, 2], [np.nan, np.nan, np.nan, 3]])
    found = similarity(values, measure=["s", "kappa"], levels=(1, 2, 3), min_items=2)
    frame = found.to_frame(reasons=True)
    assert frame["reason_s"].tolist() == ["", "no shared item", "fewer than min_items"]
    assert frame["reason_kappa"].tolist() == ["constant", "no shared item", "fewer than min_items"]
    assert frame["n"].tolist() == [3, 0, 1]


def test_errors_say_what_to_do(wide):
    cases = [
        ({}, OptionError, "'s' needs the range of every item: levels="),
        ({"levels": (1, 2)}, OptionError, r"3 values are not among the levels \(1, 2\); the first is 3"),
        ({"levels": (1, 1, 3)}, OptionError, "levels are two or more distinct ordered values"),
        ({"levels": (3, 2, 1)}, OptionError, "numeric levels must increase"),
        (
            {"levels": (1, 2, 3), "measure": "kapa"},
            OptionError,
            "measure is 'kapa'; it must be one of 's', 'kappa'",
        ),
        ({"levels": (1, 2, 3), "measure": ["s", "s"]}, OptionError, "several that differ"),
        ({"levels": (1, 2, 3), "distance": "cubic"}, OptionError, "distance is 'cubic'"),
        ({"levels": (1, 2, 3), "min_items": 0}, OptionError, "min_items is 0"),
        ({"levels": (1, 2, 3), "weights": [1, 2]}, OptionError, r"weights have shape \(2,\)"),
        (
            {"levels": (1, 2, 3), "weights": {"R1": 1, "R2": -1, "R3": 1}},
            OptionError,
            "item 'R2' has no weight",
        ),
        (
            {"levels": (1, 2, 3), "bounds": (0, 1)},
            OptionError,
            "levels for ordered items or bounds for valued",
        ),
        (
            {"bounds": (0, 2)},
            OptionError,
            "3 values lie outside their item's bounds; the first is 3.0 of item 'R3'",
        ),
        ({"bounds": (2, 0)}, OptionError, "low < high"),
        ({"levels": {"R4": (1, 2)}}, UnknownLabelError, "unknown item 'R4'. Did you mean 'R"),
        ({"bounds": (0, 3), "measure": "tau_b"}, OptionError, "'tau_b' needs ordered levels"),
        ({"levels": (1, 2, 3), "period": "years"}, UnknownLabelError, "unknown column 'years'"),
    ]
    for options, error, text in cases:
        with pytest.raises(error, match=text):
            similarity(wide, **options)
    with pytest.raises(OptionError, match="actor 'CHN' is given twice"):
        similarity(pd.concat([wide, wide]), levels=(1, 2, 3))
    long = as_long(wide)
    with pytest.raises(OptionError, match="1 of [0-9]+ rows give a cell twice, .*: 'CHN', 'R1'. Keep"):
        similarity(pd.concat([long, long.iloc[:1]]), levels=(1, 2, 3))
    with pytest.raises(OptionError, match="1 of 9 rows have no actor"):
        similarity(long.assign(actor=long["actor"].where(long.index > 0)), levels=(1, 2, 3))
    with pytest.raises(OptionError, match="are not numbers; give levels"):
        similarity(wide.replace({1.0: "yes"}).astype(object), levels=None)
    with pytest.raises(TypeError, match="not list"):
        similarity([[1, 2]], levels=(1, 2))
    with pytest.raises(OptionError, match="already part of a Portfolio"):
        similarity(Portfolio.from_wide(wide, levels=(1, 2, 3)), levels=(1, 2, 3))
    found = similarity({1: wide, 2: wide}, measure=["s", "a"], levels=(1, 2, 3))
    with pytest.raises(OptionError, match="2 measures; name one with measure="):
        found.matrix()
    with pytest.raises(UnknownLabelError, match="unknown period 3"):
        found.matrix(measure="s", period=3)
    with pytest.raises(UnknownLabelError, match=r"unknown actor 'US'\. Did you mean 'USA'"):
        found.of("US")
    with pytest.raises(OptionError, match="2 labels for 3 positions"):
        Portfolio.from_array(wide.to_numpy(), levels=(1, 2, 3), actors=["a", "b"])
    with pytest.raises(OptionError, match="two or more portfolios"):
        Portfolio.stack(Portfolio.from_wide(wide, levels=(1, 2, 3)))
    with pytest.raises(OptionError, match="needs the columns actor, item and value"):
        Portfolio.from_long(wide, levels=(1, 2, 3))
    with pytest.raises(OptionError, match="has 2 or 3 dimensions; this one has 1"):
        Portfolio.from_array(np.ones(3), levels=(1, 2, 3))
    with pytest.raises(UnknownLabelError, match="actors holds a label twice"):
        Portfolio.from_array(wide.to_numpy(), levels=(1, 2, 3), actors=["a", "b", "a"])
    yes = {2001: pd.Categorical(["yes", "no"], ["yes", "no"], ordered=True),
           2002: pd.Categorical(["yes", "no"], ["no", "yes"], ordered=True)}  # fmt: skip
    with pytest.raises(OptionError, match="item 'R1' declares different levels in different periods"):
        similarity({year: pd.DataFrame({"R1": votes}, index=["CHN", "KHM"]) for year, votes in yes.items()})
    with pytest.raises(OptionError, match=r"measure is one name, or several that differ; got \[\]"):
        similarity(wide, levels=(1, 2, 3), measure=[])


def test_a_number_and_its_text_are_one_actor_in_every_table_of_votes():
    """Votes of two sources, one of which read its codes as texts, had been those of twice as many actors."""
    votes = pd.DataFrame(
        {"actor": [2, 710, 816] * 2, "session": 77, "item": [1, 1, 1, 2, 2, 2], "vote": [1, 3, 2, 1, 1, 3]}
    )
    later = votes.assign(actor=votes["actor"].astype(str), session="78", item=votes["item"] + 2)
    mixed, plain = (
        pd.concat([votes, later]),
        pd.concat([votes, later.assign(actor=votes["actor"], session=78)]),
    )
    for ask in (agreement, lambda table: similarity(table, measure="kappa", levels=(1, 2, 3))):
        got, want = (ask(table).to_frame() for table in (mixed, plain))
        assert got.astype(str).equals(want.astype(str))
    theta = [al.ideal_points(table).to_frame()["theta"] for table in (mixed, plain)]
    pd.testing.assert_series_equal(*theta)
    rice = [al.vote_cohesion(table, members=["2", "710"]).rice.tolist() for table in (mixed, plain)]
    assert rice[0] == rice[1]


def test_portfolios_that_never_meet_are_not_stacked():
    """States by number beside states by letters, or sessions beside years, had stood beside each other."""
    votes = pd.DataFrame({"v": [1, 3, 2]}, index=["USA", "CHN", "VNM"])
    pacts = pd.DataFrame({"USA": [1, 2, 1], "VNM": [1, 1, 2]}, index=["USA", "CHN", "VNM"])
    one = Portfolio.from_wide(votes, levels=(1, 2, 3))
    other = Portfolio.from_wide(pacts.set_axis([2, 710, 816]), levels=(1, 2))
    with pytest.raises(
        OptionError, match="portfolio 1 has no actor of those before it: 2 there, 'USA' before. Bring"
    ):
        Portfolio.stack(one, other)
    sessions, years = (
        Portfolio.from_wide({period: table}, levels=(1, 2, 3))
        for period, table in ((70, votes), (2015, pacts))
    )
    with pytest.raises(
        OptionError, match=r"portfolio 1 has no period of .*: 2015 there, 70 before.* 1945 \+ session"
    ):
        Portfolio.stack(sessions, years)


# ---- profiles from ties ---------------------------------------------------------------------------------
def ties_of(rows: list[tuple[str, str, str, str, float]]):
    return al.Ledger.post(events_of(*rows)).ties()


def test_profiles_are_shares_of_an_actors_own_ties():
    ties = ties_of(
        [
            ("KHM", "CHN", "2024-05-01", "security", 6.0),
            ("KHM", "USA", "2024-05-01", "security", 2.0),
            ("KHM", "VNM", "2024-05-01", "economic", 3.0),
            ("LAO", "CHN", "2024-05-01", "security", 5.0),
            ("LAO", "VNM", "2024-05-01", "security", 5.0),
            ("LAO", "KHM", "2024-05-01", "security", -9.0),
        ]
    )
    profiles = portfolio_from_ties(ties, domain="security", period=2024)
    block = profiles.blocks[0]
    assert [profiles.actors[code] for code in block.actors] == ["KHM", "LAO"]
    shares = pd.DataFrame(block.cells, index=["KHM", "LAO"], columns=list(profiles.items))
    expected = pd.DataFrame(
        [[6 / 8, np.nan, 0, 2 / 8, 0], [5 / 10, 0, np.nan, 0, 5 / 10]],
        index=["KHM", "LAO"],
        columns=["CHN", "KHM", "LAO", "USA", "VNM"],
    )
    pd.testing.assert_frame_equal(shares, expected)
    found = similarity(profiles, measure="s")  # over third parties: CHN, USA, VNM
    assert found.n.tolist() == [3]
    assert found.similarity[0] == pytest.approx(1 - 2 * (1 / 4 + 1 / 4 + 1 / 2) / 3, rel=1e-12)
    both = portfolio_from_ties(ties, period=2024)
    assert ("economic", "VNM") in both.items
    assert similarity(both, measure="s").n.tolist() == [3]  # LAO has no economic ties: nothing is added up
    conflict = portfolio_from_ties(ties, tie="conflict", period=2024, domain="security")
    assert [conflict.actors[code] for code in conflict.blocks[0].actors] == ["LAO"]
    with pytest.raises(OptionError, match="tie is 'peace'"):
        portfolio_from_ties(ties, tie="peace")


def test_profiles_of_a_panel_and_of_undirected_ties():
    ties = ties_of(
        [
            ("KHM", "CHN", "2023-05-01", "security", 4.0),
            ("CHN", "LAO", "2023-05-01", "security", 2.0),
            ("USA", "KHM", "2024-05-01", "security", 4.0),
        ]
    )
    panel = portfolio_from_ties(ties)
    assert [str(period) for period in panel.periods] == ["2023", "2024"]
    assert [len(block.actors) for block in panel.blocks] == [2, 3]
    pairs = portfolio_from_ties(ties.undirected(), period=2023).blocks[0]
    assert len(pairs.actors) == 3
    np.testing.assert_allclose(np.nansum(pairs.cells, axis=1), 1.0)


# ---- what is shown to users still runs --------------------------------------------------------------------
def load(path: str):
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(f"shown_{Path(path).stem}", Path(__file__).parents[3] / path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_says_that_its_votes_are_made_up(capsys, tmp_path):
    pytest.importorskip("matplotlib")
    example = load("examples/un_votes.py")
    example.HERE = tmp_path  # as for a reader without the project's data
    example.main(["--figure", str(tmp_path / "votes.png")])
    assert "MADE-UP votes of fictional states" in capsys.readouterr().out
    assert (tmp_path / "votes.png").stat().st_size > 10_000


def test_of_refuses_labels_it_does_not_know():
    """A label of no column had been passed over, a pair of one actor had given all its pairs."""
    votes = pd.DataFrame({"R1": [1, 1, 3], "R2": [3, 2, 1]}, index=["KHM", "VNM", "USA"])
    found = similarity(dict.fromkeys((2000, 2001), votes), levels=(1, 2, 3))
    with pytest.raises(UnknownLabelError, match="unknown label column 'session'. Known: i, j, period"):
        found.of("KHM", session=2000)
    with pytest.raises(OptionError, match="takes i and j and period, not 4 labels"):
        found.of("KHM", "VNM", 2000, "security")
    assert found.of("KHM", j="VNM", period=2001).equals(found.of("KHM", "VNM", 2001))
    assert found.of("KHM", "KHM").empty
    with pytest.raises(OptionError, match="takes i and j, not 3 labels"):
        similarity(votes, levels=(1, 2, 3)).of("KHM", "VNM", 1999)
    with pytest.raises(UnknownLabelError, match="unknown column 'i'"):  # codes had stood in place of labels
        found.to_frame(columns=["i", "j", "similarity"])


def test_a_portfolio_holds_its_own_memory():
    """What is written to the frame later had changed the scores."""
    frame = pd.DataFrame([[0.1, 0.9], [0.2, 0.8]], index=["KHM", "VNM"])
    held = Portfolio.from_wide(frame, bounds=(0, 1))
    before = similarity(held).similarity[0]
    frame.iloc[0, 0] = 1.0
    assert similarity(held).similarity[0] == before == pytest.approx(1 - 2 * (0.1 + 0.1) / 2)


def test_what_a_portfolio_cannot_read_is_told():
    """Dates had counted in nanoseconds, a missing actor was one named NaN, a period was passed over."""
    votes = pd.DataFrame({"R1": [1.0, 1.0, 3.0], "R2": [3.0, 2.0, 1.0]}, index=["KHM", "VNM", "USA"])
    for values in (pd.to_datetime(["2000", None, "2002"]), [1 + 1j, 2, 3]):
        with pytest.raises(OptionError, match="the values 'R1' are not numbers"):
            similarity(votes.assign(R1=values), measure="correlation")
    with pytest.raises(OptionError, match="1 of 3 actors have no label; give each one"):
        similarity(votes.set_axis(["KHM", None, "USA"]), levels=(1, 2, 3))
    with pytest.raises(OptionError, match="1 of 2 items have no label in period 2000"):
        similarity({2000: votes.set_axis(["R1", None], axis=1)}, levels=(1, 2, 3))
    with pytest.raises(OptionError, match="period is 'session', a column of one frame"):
        similarity({2000: votes}, levels=(1, 2, 3), period="session")
    with pytest.raises(OptionError, match="period is 'session', a column of a frame; periods of an array"):
        agreement(votes.to_numpy(), period="session")
    twice = pd.Series([1.0, 5.0, 2.0], index=["R1", "R2", "R2"])
    with pytest.raises(OptionError, match="weights has 'R2' twice; give each once"):
        similarity(votes, levels=(1, 2, 3), weights=twice)


def test_periods_stand_in_order_whatever_the_categories_are():
    """Those of an Arrow dictionary stand in the order in which they appear."""
    votes = pd.DataFrame({"actor": ["A", "B"] * 2, "period": [2, 2, 1, 1], "item": [1, 1, 2, 2], "vote": 1})
    for order, periods in ((False, (1, 2)), (True, (2, 1))):
        typed = votes.assign(period=pd.Categorical(votes["period"], categories=[2, 1, 7], ordered=order))
        assert agreement(typed).periods == periods


def test_what_has_no_order_names_no_levels_and_no_rows():
    """A set of texts had ranked levels, and named actors, in an order that changes from run to run."""
    votes = pd.DataFrame({"R1": ["no", "yes"], "R2": ["yes", "abstain"]}, index=["KHM", "VNM"])
    for levels in ({"yes", "abstain", "no"}, {"R1": {"yes", "no"}, "R2": ["yes", "abstain"]}):
        with pytest.raises(OptionError, match="levels are two or more distinct ordered values; got {"):
            similarity(votes, levels=levels)
    found = similarity(votes, levels=(level for level in ("yes", "abstain", "no")))
    assert found.similarity.tolist() == [1 - 2 * (2 + 1) / (2 * 2)]
    with pytest.raises(TypeError, match="actors is .*, a set, which has no order"):
        Portfolio.from_array(np.ones((2, 2)), levels=(1, 2), actors={"KHM", "VNM"})
