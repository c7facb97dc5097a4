"""Values from judged pairs: a published table, an independent iteration, recovered worths, laws, error texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignscore as al
from alignscore import Codebook, Kind, OptionError, UnknownLabelError, values_from_pairs
from alignscore.codebook.judged import davidson, on_scale
from alignscore.data import shipped
from alignscore.datasets import kind_judgements

# Agresti 2013, Categorical Data Analysis, 3rd ed., table 11.10: American League, 1987; wins of row over column
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
WINS = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ]
)
PUBLISHED = [1.581, 1.436, 1.294, 1.248, 1.108, 0.684, 0.0]  # log worths, Baltimore at 0


def pairs_of(wins):
    i, j = np.triu_indices(len(wins), 1)
    return i, j, np.stack([wins[i, j], wins[j, i], np.zeros(len(i))], axis=1).astype(float)


def test_the_published_worths():
    worth, nu = davidson(*pairs_of(WINS), len(TEAMS))
    assert nu == -np.inf  # nobody ties
    np.testing.assert_allclose(worth - worth[-1], PUBLISHED, atol=5.1e-4)


def iterated(i, j, won, n):
    """Davidson's own fixed-point iteration (1970, section 4), in plain loops."""
    w, nu = [1.0] * n, 0.5
    points = [0.0] * n
    for a, b, (x, y, t) in zip(i, j, won, strict=True):
        points[a] += x + t / 2
        points[b] += y + t / 2
    for _ in range(20_000):
        below, ties = [0.0] * n, 0.0
        for a, b, row in zip(i, j, won, strict=True):
            r, root = sum(row), (w[a] * w[b]) ** 0.5
            whole = w[a] + w[b] + nu * root
            below[a] += r * (1 + nu / 2 * (w[b] / w[a]) ** 0.5) / whole
            below[b] += r * (1 + nu / 2 * (w[a] / w[b]) ** 0.5) / whole
            ties += r * root / whole
        new = [p / q for p, q in zip(points, below, strict=True)]
        mean = np.exp(np.mean(np.log(new)))
        new, last = [x / mean for x in new], (w, nu)
        nu = sum(row[2] for row in won) / ties
        w = new
        if max(abs(np.log(a / b)) for a, b in zip([*w, nu], [*last[0], last[1]], strict=True)) < 1e-14:
            break
    return np.log(w), np.log(nu)


def test_an_independent_iteration_agrees():
    rng = np.random.default_rng(4)
    i, j = np.triu_indices(6, 1)
    won = rng.integers(1, 8, (len(i), 3)).astype(float)
    worth, nu = davidson(i, j, won, 6)
    want, tie = iterated(i.tolist(), j.tolist(), won.tolist(), 6)
    np.testing.assert_allclose(worth, want - want.mean(), atol=1e-9)
    assert nu == pytest.approx(tie, abs=1e-9)


def test_two_kinds_by_hand():
    # one beats two 6 times, loses 2, ties 4: w1/w2 = 6/2, nu = 4 / sqrt(6 * 2)
    worth, nu = davidson(np.array([0]), np.array([1]), np.array([[6.0, 2.0, 4.0]]), 2)
    assert worth[0] - worth[1] == pytest.approx(np.log(6 / 2), abs=1e-12)
    assert nu == pytest.approx(np.log(4 / np.sqrt(6 * 2)), abs=1e-12)


def test_scales_by_hand():
    worth, values = np.array([0.0, 3.0, 1.0, 2.0]), np.array([2.0, 7.0, 6.0, 4.0])
    assert on_scale(worth, values, "quantiles").tolist() == [2, 7, 4, 6]
    assert on_scale(worth, values, "regression").tolist() == [2, 7, (6 + 4) / 2, (6 + 4) / 2]


@given(st.permutations(range(7)), st.integers(0, 10))
def test_relabelling_relabels_and_mirroring_mirrors(order, seed):
    wins = np.random.default_rng(seed).integers(1, 9, (7, 7)) * (1 - np.eye(7, dtype=int))
    plain = davidson(*pairs_of(wins), 7)[0]
    order = np.array(order)
    np.testing.assert_allclose(davidson(*pairs_of(wins[np.ix_(order, order)]), 7)[0], plain[order], atol=1e-8)
    np.testing.assert_allclose(davidson(*pairs_of(wins.T), 7)[0], -plain, atol=1e-8)


def drawn(worth, rng, *, nu=0.05, about=20):
    """Pairs judged as the model has it."""
    n = len(worth)
    i, j = np.triu_indices(n, 1)
    some = rng.random(len(i)) < about / (n - 1)
    i, j = i[some], j[some]
    p = np.exp(np.stack([worth[i], worth[j], np.log(nu) + (worth[i] + worth[j]) / 2], axis=1))
    chance = (p / p.sum(axis=1, keepdims=True)).cumsum(axis=1)
    return i, j, np.eye(3)[(rng.random(len(i))[:, None] > chance).sum(axis=1).clip(0, 2)]


def test_worths_are_recovered():
    rng = np.random.default_rng(8)
    truth = rng.normal(0, 2, 30)
    truth -= truth.mean()
    sizes = []
    for rounds in (10, 300):
        i, j, won = (
            np.concatenate(part) for part in zip(*(drawn(truth, rng) for _ in range(rounds)), strict=True)
        )
        worth, nu = davidson(i, j, won, 30)
        sizes.append(np.abs(worth - truth).max())
    assert sizes[1] < 0.2 < sizes[0] * 2 and nu == pytest.approx(np.log(0.05), abs=0.15)


def book_of(values):
    return Codebook(
        "b", tuple(Kind(name=f"k{at:02d}", domains={"security": 1}, value=v) for at, v in enumerate(values))
    )


def covered(runs, rng, *, sd, n=40):
    """Share of true values inside their intervals, and root mean square error over that of the standard errors."""
    hits, error, told = [], [], []
    for _ in range(runs):
        worth, values = rng.normal(0, sd, n), np.sort(rng.uniform(1, 10, n)).round(1)
        truth = on_scale(worth, values, "quantiles")
        i, j, won = drawn(worth, rng)
        names = np.array([f"k{at:02d}" for at in range(n)])
        table = pd.DataFrame({"first": names[i], "second": names[j],
                              "more_cooperative": np.array(["first", "second", "tie"])[won.argmax(axis=1)]})  # fmt: skip
        found = values_from_pairs(table, codebook=book_of(values), draws=100, rng=rng).to_frame()
        true = truth[[int(name[1:]) for name in found["kind"]]]
        hits.append(((found["low"] <= true) & (true <= found["high"])).mean())
        error.append(np.square(found["value"] - true).mean())
        told.append(np.square(found["se"]).mean())
    return np.mean(hits), np.sqrt(np.mean(error) / np.mean(told))


def test_intervals_cover():
    share, ratio = covered(5, np.random.default_rng(1), sd=3.0)
    assert share > 0.9 and ratio < 1.35


@pytest.mark.slow
@pytest.mark.parametrize("sd", [1.5, 3.0])
def test_intervals_cover_widely(sd):
    share, ratio = covered(60, np.random.default_rng(2), sd=sd)
    assert share > 0.915 and 0.85 < ratio < 1.2


def test_the_shipped_values_are_those_of_the_shipped_judgements():
    found = values_from_pairs(kind_judgements()).to_frame().set_index("kind")
    table = shipped("judged_values.csv").set_index("kind").astype(float)
    assert list(table.index) == list(found.index)
    np.testing.assert_allclose(table, found[table.columns], atol=1e-4)
    book, ladder = Codebook.judged(), Codebook.ladder()
    for kind in ladder:
        mine = book[kind.name]
        assert (mine.domains, mine.standing, mine.half_life, mine.family) == (
            kind.domains, kind.standing, kind.half_life, kind.family
        )  # fmt: skip
        if kind.name in table.index:
            assert (mine.value, mine.se) == tuple(table.loc[kind.name, ["value", "se"]])
        else:
            assert (kind.name, mine.value, mine.se) == ("trade_remedy", kind.value, None)


def test_what_the_documentation_says_of_the_judges():
    table = kind_judgements()
    one = table.assign(pair=[frozenset(p) for p in zip(table["first"], table["second"], strict=True)])
    one["friendlier"] = one["more_cooperative"].map({"first": 1, "second": 2, "tie": 0})
    one["answer"] = np.select(
        [one["friendlier"] == 1, one["friendlier"] == 2], [one["first"], one["second"]], "tie"
    )
    wide = one.pivot_table(index="pair", columns="judge", values="answer", aggfunc="first")
    for a, b in (("A", "B"), ("C", "D")):
        both = wide[[a, b]].dropna()
        assert 0.935 < (both[a] == both[b]).mean() < 0.96
    assert len(wide) == 1446 and wide.notna().all(axis=1).sum() == 107
    found = values_from_pairs(table, draws=2)
    pd.testing.assert_frame_equal(
        values_from_pairs(table, draws=2, spread=np.int64(3)).to_frame(), found.to_frame()
    )
    frame = found.to_frame()
    for sign, rho in ((1, 0.48), (-1, 0.79)):
        some = frame[np.sign(frame["given"]) == sign]
        assert some["given"].corr(some["worth"], method="spearman") == pytest.approx(rho, abs=0.006)
    assert len(found.crossed) == 86 and (found.crossed["right"] == 1).all()
    told = table[table["more_cooperative"] != "tie"]
    right = {}
    for name, values in (
        ("ladder", frame.set_index("kind")["given"]),
        ("quantiles", frame.set_index("kind")["value"]),
        (
            "regression",
            values_from_pairs(table, draws=2, scale="regression").to_frame().set_index("kind")["value"],
        ),
    ):
        x, y = told["first"].map(values), told["second"].map(values)
        same = np.sign(x) == np.sign(y)
        hit = np.where(x == y, 0.5, (x > y) == (told["more_cooperative"] == "first"))
        right[name] = hit[same].mean()
    assert right["ladder"] == pytest.approx(0.66, abs=0.01)
    assert right["quantiles"] == pytest.approx(0.94, abs=0.01)
    assert right["regression"] == pytest.approx(0.90, abs=0.01)


def test_a_judged_codebook_survives_its_file_and_edits(tmp_path):
    book = Codebook.judged()
    for ending in ("csv", "json"):
        book.save(tmp_path / f"b.{ending}")
        assert Codebook.load(tmp_path / f"b.{ending}", name="judged") == book
    half = book.scaled(0.5)
    np.testing.assert_allclose(half.standard_errors, book.standard_errors * 0.5)
    mine = book.with_values({"visit": 3.25})
    assert mine["visit"].se is None and mine["state_visit"].se == book["state_visit"].se
    assert np.isnan(Codebook.ladder().standard_errors).all()
    assert book.fingerprint != Codebook.ladder().fingerprint


def test_more_wins_never_lower_a_value():
    asked = kind_judgements()
    plain = values_from_pairs(asked, draws=2).to_frame().set_index("kind")["value"]
    asked.loc[asked["first"] == "visit", "more_cooperative"] = "first"
    asked.loc[asked["second"] == "visit", "more_cooperative"] = "second"
    raised = values_from_pairs(asked, draws=2).to_frame().set_index("kind")["value"]
    assert raised["visit"] > plain["visit"]


def test_a_pair_judged_by_many_counts_once():
    asked = kind_judgements()
    again = pd.concat([asked, asked[asked["judge"] == "A"], asked[asked["judge"] == "B"]])
    same = values_from_pairs(asked[asked["judge"].isin(["A", "B"])], draws=2).to_frame()
    more = values_from_pairs(again[again["judge"].isin(["A", "B"])], draws=2).to_frame()
    np.testing.assert_allclose(same["worth"], more["worth"], atol=1e-9)


def test_one_pair_alone_tells_no_error():
    """Drawn anew it is itself: the two values had an error of 0 and intervals of no width."""
    asked = pd.DataFrame({"first": ["visit"], "second": ["praise"], "more_cooperative": ["first"]})
    found = values_from_pairs(asked)
    frame = found.to_frame()
    assert frame["value"].notna().all() and frame[["se", "low", "high"]].isna().all(axis=None)
    assert found.codebook()["visit"].se is None


def test_error_texts():
    good = pd.DataFrame({"first": ["visit"], "second": ["praise"], "more_cooperative": ["first"]})
    with pytest.raises(UnknownLabelError, match="unknown column 'more_cooperative'"):
        values_from_pairs(good.drop(columns="more_cooperative"))
    with pytest.raises(OptionError, match="1 of 1 judgements say neither .* 'visit' in row 0"):
        values_from_pairs(good.assign(more_cooperative="visit"))
    with pytest.raises(OptionError, match="row 0 pairs 'visit' with itself"):
        values_from_pairs(good.assign(second="visit"))
    with pytest.raises(UnknownLabelError, match=r"unknown kind 'visi'\. Did you mean 'visit'"):
        values_from_pairs(good.assign(first="visi"))
    with pytest.raises(OptionError, match="there is nothing to fit"):
        values_from_pairs(good.assign(second="war"))
    with pytest.raises(OptionError, match="without a prior no worths fit: 2 groups of kinds"):
        values_from_pairs(good, spread=np.inf)
    with pytest.raises(OptionError, match="scale is 'linear'"):
        values_from_pairs(good, scale="linear")
    with pytest.raises(OptionError, match="spread is 0"):
        values_from_pairs(good, spread=0.0)
    with pytest.raises(TypeError, match="judgements must be a pandas DataFrame"):
        values_from_pairs([("visit", "praise", "first")])


# ---- a score knows how sure its values are --------------------------------------------------------------
def test_kinds_are_drawn_by_their_standard_errors():
    from scipy.stats import truncnorm

    u = np.repeat((np.arange(4000) + 0.5)[:, None] / 4000, 3, axis=1)
    relative = np.array([0.1, 0.8, np.nan])
    factor = al.KindValues(0.25).drawn(u, relative)
    for at, r in ((0, 0.1), (1, 0.8)):
        want = truncnorm(-1 / r, np.inf, loc=1, scale=r)
        np.testing.assert_allclose(factor[:, at].mean(), want.mean(), rtol=2e-3)
        np.testing.assert_allclose(factor[:, at].std(), want.std(), rtol=5e-3)
    np.testing.assert_allclose(factor[:, 2], 1 + 0.25 * (2 * u[:, 2] - 1))
    assert (factor > 0).all() and (np.diff(factor, axis=0) > 0).all()


def test_scores_under_the_judged_values_vary_by_their_errors(asean):
    events = al.datasets.asean(codebook=Codebook.judged())
    given = {"powers": ("CHN", "USA"), "periods": (2025, 2026), "sampling": "none", "draws": 256}
    sure = al.robustness(events, judgements=[al.KindValues(0.0)], **given)
    width = sure.scores["position"].high - sure.scores["position"].low
    assert (width[~np.isnan(width)] > 0).any()  # a spread of 0 leaves the standard errors
    plain = al.robustness(asean, judgements=[al.KindValues(0.0)], **given)
    flat = plain.scores["position"].high - plain.scores["position"].low
    np.testing.assert_allclose(flat[~np.isnan(flat)], 0, atol=1e-12)
    both = al.CodebookChoice([Codebook.ladder(), Codebook.judged()])
    either = al.robustness(asean, judgements=[both], **given)
    positions = np.unique(either.drawn.of("position", "KHM", 2026).round(9))
    assert len(positions) == 2
