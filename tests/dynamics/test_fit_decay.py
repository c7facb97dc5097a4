"""Half-life from the data: hand case, slow twin, laws, cover of its interval, refusals."""

from __future__ import annotations

from math import lgamma

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import alignscore as al
from alignscore.dynamics.counts import Counts
from alignscore.dynamics.discount import (
    TOGETHER,
    CountedCells,
    Parameters,
    from_free,
    predict,
    score,
    with_dispersion,
)
from alignscore.dynamics.fit_decay import _curvature, _Maximum
from alignscore.errors import OptionError, UnknownLabelError
from dynamics.worlds import ICEWS, drifting_world, own_world, pairs_of, table_of


def cells_of(table: pd.DataFrame) -> CountedCells:
    counts = Counts.from_data(table, None, "all", directed=False)
    return CountedCells.make(counts.cooperation[:, 0], counts.conflict[:, 0], counts.years)


# ---- the filter ------------------------------------------
def test_two_years_by_hand():
    # half-life 1: l = 1/2; prior 2 events, half cooperative; independent events
    table = pd.DataFrame(
        [("A", "B", 2000, 6, 2), ("A", "B", 2001, 1, 2)],
        columns=["source", "target", "period", "cooperation", "conflict"],
    )
    found = score(cells_of(table), Parameters(1.0, 2.0, 0.5, 0.0, 0.0))
    a, b = 2 * 0.5 + 6 / 2, 2 * 0.5 + 2 / 2
    assert found.log_score[0] == pytest.approx(stats.betabinom(3, a, b).logpmf(1))
    mean, _ = predict(cells_of(table), Parameters(1.0, 2.0, 0.5, 0.0, 0.0))
    a, b = 1 + (6 / 2 + 1) / 2, 1 + (2 / 2 + 2) / 2
    assert mean[2, 0] == pytest.approx(a / (a + b))
    _, precision = predict(cells_of(table), Parameters(1.0, 2.0, 0.5, 0.0, 0.0), ahead=2)
    a, b = 1 + (6 / 2 + 1) / 4, 1 + (2 / 2 + 2) / 4
    assert precision[2, 0] == pytest.approx(a + b)


def log_beta_binomial(c: float, k: float, a: float, b: float) -> float:
    """Log chance of c and k by a beta-binomial, by its factorials."""
    many = lgamma(c + k + 1) - lgamma(c + 1) - lgamma(k + 1)
    return (
        many + lgamma(c + a) + lgamma(k + b) - lgamma(c + k + a + b) - lgamma(a) - lgamma(b) + lgamma(a + b)
    )


def plain(table: pd.DataFrame, at: Parameters) -> float:
    """The formulas of the docstring, one cell after another."""
    total, fade = 0.0, 2.0 ** (-1 / at.half_life)
    first = table["period"].min()
    for _, own in table.groupby(["source", "target"]):
        C = K = 0.0
        counts = {year: (c, k) for year, c, k in own[["period", "cooperation", "conflict"]].to_numpy(float)}
        for year in range(first, table["period"].max() + 1):
            a, b = (
                at.prior * at.prior_share + fade * C,
                at.prior * (1 - at.prior_share) + fade * K,
            )
            C, K = fade * C, fade * K
            if year not in counts:
                continue
            c, k = counts[year]
            n = c + k
            rho = min(at.dispersion * n ** (at.growth - 1), 0.9)
            s = 1 / (rho + (1 - rho) / (a + b + 1)) - 1
            if year > first:
                total += log_beta_binomial(c, k, s * a / (a + b), s * b / (a + b))
            C, K = C + c / (1 + (n - 1) * rho), K + k / (1 + (n - 1) * rho)
    return total


@pytest.mark.parametrize("years", [6, 2 * TOGETHER + 3])  # stocks of some periods are one product of matrices
def test_the_score_equals_a_loop_and_its_slopes_differences(years):
    table, x = own_world(3, states=4, years=years), np.array([0.3, 0.8, 1.2, -0.7, 0.3])
    cells = cells_of(table)
    assert score(cells, from_free(x)).log_score.sum() == pytest.approx(plain(table, from_free(x)), rel=1e-9)
    for at in range(5):
        step = np.eye(5)[at] * 1e-5
        ends = [score(cells, from_free(x + side)).log_score.sum() for side in (step, -step)]
        slope = score(cells, from_free(x)).slopes[at].sum()
        assert slope == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4, abs=1e-5)


def test_the_curvature_is_that_of_the_score():
    """By differences of the score itself, which needs no slope."""
    cells, x, h = cells_of(own_world(3, states=4, years=6)), np.array([0.3, 0.8, 1.2, -0.7, 0.3]), 1e-3
    free, steps = [1, 2, 3, 4], np.eye(5) * h

    def level(*moves):
        return score(cells, from_free(x + sum(moves))).log_score.sum()

    want = [
        [(level(steps[a], -steps[b]) - level(steps[a], steps[b]) + level(-steps[a], steps[b])
          - level(-steps[a], -steps[b])) / (4 * h * h) for b in free]
        for a in free
    ]  # fmt: skip
    found = _curvature(cells, _Maximum(x, score(cells, from_free(x))), free, dispersion=True)
    np.testing.assert_allclose(found, want, rtol=1e-3, atol=1e-3 * np.abs(want).max())


def test_months_follow_the_law_of_years():
    # 3 events a month are 36 a year: worth 1/(1 + (n - 1) rho), rho = r 36^g / 3
    at = Parameters(1.0, 2.0, 0.5, 0.1, 0.5)
    rho = 0.1 * 36**0.5 / 3
    s = with_dispersion(np.array([9.0]), np.array([3.0]), 1 / 12, at)
    assert s[0] == pytest.approx(1 / (rho + (1 - rho) / 10) - 1)
    assert with_dispersion(np.array([9.0]), np.array([np.inf]), 1.0, at)[0] == pytest.approx(9.0)


# ---- the fit ------------------------------------------
def test_it_finds_the_parameters_that_made_the_world():
    fit = al.fit_decay(own_world(1, states=30), dispersion=False, draws=0)
    assert fit.years[0] == pytest.approx(2.0, rel=0.2)
    assert fit.prior[0] == pytest.approx(3.0, rel=0.25)
    assert fit.prior_share[0] == pytest.approx(0.7, abs=0.03)
    assert fit.dispersion[0] == 0
    one = al.fit_decay(own_world(1, states=30), dispersion=False, draws=20)
    assert one.half_life() == al.HalfLife(one.years[0])
    free = al.fit_decay(own_world(1, states=30), draws=0)  # with dispersion, where nothing is said
    assert free.recipe["dispersion"] is True
    assert free.dispersion[0] < 0.05  # the events of that world are independent
    assert free.log_score[0] >= fit.log_score[0] - 1e-6


def covered(worlds: range, states: int = 15) -> float:
    fits = [al.fit_decay(own_world(seed, states=states), dispersion=False, draws=100) for seed in worlds]
    return float(np.mean([fit.low[0] <= 2.0 <= fit.high[0] for fit in fits]))


def test_its_interval_covers():
    assert covered(range(100, 110), states=9) >= 8 / 10


@pytest.mark.slow
def test_its_interval_covers_in_many_worlds():
    assert covered(range(200, 300)) >= 0.91


def test_a_faster_drift_has_a_shorter_half_life():
    fits = [al.fit_decay(drifting_world(5, drift=drift), draws=0) for drift in (0.1, 0.45)]
    assert fits[0].likeliest[0] > 2 * fits[1].likeliest[0]


def test_of_pairs_that_never_change_no_half_life_is_told():
    pairs = pairs_of(5)
    friendly = np.full((len(pairs), 10), 2.0)
    friendly[::2] = 9.0
    fit = al.fit_decay(table_of(friendly, 10 - friendly, pairs), dispersion=False, draws=0)
    assert (fit.likeliest[0], fit.identified[0]) == (np.inf, False) and np.isnan(fit.years[0])


def test_laws():
    table = own_world(7, states=8, years=8)
    fit = al.fit_decay(table, draws=0)
    swapped = al.fit_decay(
        table.rename(columns={"cooperation": "conflict", "conflict": "cooperation"}), draws=0
    )
    assert swapped.log_score[0] == pytest.approx(fit.log_score[0], abs=1e-6)
    assert swapped.likeliest[0] == pytest.approx(fit.likeliest[0], rel=0.01)
    assert swapped.prior_share[0] == pytest.approx(1 - fit.prior_share[0], abs=0.01)
    shuffled = table.sample(frac=1, random_state=1)
    back = shuffled.assign(source=shuffled["target"], target=shuffled["source"])
    for other in (shuffled, back):
        assert al.fit_decay(other, draws=0).likeliest[0] == fit.likeliest[0]
    one = al.fit_decay(table, draws=30)
    np.testing.assert_array_equal(one.high, al.fit_decay(table, draws=30).high)


@pytest.mark.parametrize("friendly", [True, False])
def test_a_record_of_one_sign_does_not_make_its_prior_certain(friendly):
    table = own_world(4, states=6, years=8)
    table["cooperation"], table["conflict"] = table["cooperation"] + table["conflict"], 0
    if not friendly:
        table = table.rename(columns={"cooperation": "conflict", "conflict": "cooperation"})
    fit = al.fit_decay(table, dispersion=False, draws=0)
    n = fit.cells[0]
    share = fit.prior_share[0] if friendly else 1 - fit.prior_share[0]
    assert share == pytest.approx((n + 1 / 2) / (n + 1), rel=1e-6)


def test_a_ledger_says_what_its_table_says():
    table = own_world(2, states=6, years=5, rate=3)
    rows = [
        (row.source, row.target, f"{row.period}-12-31", "economic", value)
        for row in table.itertuples()
        for value, times in ((1.0, int(row.cooperation)), (-1.0, int(row.conflict)))
        for _ in range(times)
    ]
    frame = pd.DataFrame(rows, columns=["source", "target", "date", "domain", "value"])
    ledger = al.Ledger.post(al.Events.from_frame(frame))
    one, two = (Counts.from_data(data, None, "all", directed=False) for data in (table, ledger))
    np.testing.assert_allclose(one.cooperation, two.cooperation, atol=1e-9)
    np.testing.assert_allclose(one.conflict, two.conflict, atol=1e-9)


@pytest.mark.parametrize("freq", ["Y", "M"])
def test_every_event_of_the_shipped_table_counts_once(asean, freq):
    ledger = al.Ledger.post(asean, freq=freq)
    once = Counts.from_data(ledger, None, "domain", directed=False)
    assert once.cooperation.sum() + once.conflict.sum() == pytest.approx(len(asean))
    assert once.conflict.sum() == pytest.approx((asean.value < 0).sum(), abs=1)  # a mixed cell splits by mass
    twice = Counts.from_data(ledger, None, "domain", directed=True)
    assert twice.cooperation.sum() + twice.conflict.sum() == pytest.approx(len(asean) + asean.mutual.sum())


def test_events_of_value_0_are_neither_cooperative_nor_hostile():
    rows = [
        ("A", "B", f"{year}-05-01", "security", value)
        for year, value in ((2000, 0.0), (2001, 2.0), (2002, -2.0))
    ]
    frame = pd.DataFrame(rows, columns=["source", "target", "date", "domain", "value"])
    found = Counts.from_data(al.Events.from_frame(frame), None, "domain", directed=False)
    at = found.axes.domain("security")
    assert found.cooperation[0, at].tolist() == [0, 1, 0]
    assert found.conflict[0, at].tolist() == [0, 0, 1]


def test_a_source_of_one_domain_is_fitted_in_that_domain():
    """Disputes are all of security: the codebook's other domains had refused the whole table."""
    rows = [{"source": s, "target": "P", "date": str(year), "domain": "security", "value": 5.0 if (year + at) % 3 else -5.0}
            for at, s in enumerate("ABCD") for year in range(2000, 2010)]  # fmt: skip
    events = al.Events.from_frame(rows)
    fit = al.fit_decay(events, draws=0)
    assert fit.to_frame()["domain"].tolist() == ["security"]
    whole = al.fit_decay(events, by="all", draws=0)
    np.testing.assert_array_equal(fit.log_score, whole.log_score)
    for found in (al.surprise(events), al.forecast(events), al.surprise(events, method="dynamic")):
        assert set(found.to_frame()["domain"]) == {"security"}


def test_intervals_of_a_single_copy_hold_what_they_are_of():
    fit = al.fit_decay(own_world(1, states=6, years=6), dispersion=False, draws=1, level=0.1)
    assert fit.low[0] <= fit.likeliest[0] <= fit.high[0]
    found = fit.compare(1.0, 9.0, draws=1)
    assert (found["low"] <= found["difference"]).all()
    assert (found["difference"] <= found["high"]).all()


def test_domains_are_fitted_apart_and_the_decay_names_them():
    table = pd.concat([own_world(1).assign(domain="fast"), own_world(2, half_life=6).assign(domain="slow")])
    fit = al.fit_decay(table, dispersion=False, draws=0)
    assert fit.to_frame()["domain"].tolist() == ["fast", "slow"]
    assert fit.years[1] > fit.years[0]
    decay = fit.half_life()
    assert decay.days(domain="slow") == pytest.approx(fit.years[1] * 365.25)
    assert al.fit_decay(table, by="all", draws=0).to_frame()["domain"].tolist() == ["all"]
    assert al.Ledger.post(al.datasets.simulate(50, seed=1), decay=al.HalfLife(decay.years)) is not None


# ---- what a record does not tell ------------------------------------------
def test_one_hostile_act_tells_no_half_life():
    """Copies of the states without it are predicted as well by any half-life; it had been 1.5 years, within [.7, 2.4]."""
    rng = np.random.default_rng(0)
    rows = [
        (f"S{at}", f"P{at % 7}", 1990 + year, 1, 0)
        for at in range(90)
        for year in rng.choice(36, 4, replace=False).tolist()
    ]
    rows += [("S0", "P9", 2009, 1, 0), ("S0", "P9", 2024, 0, 1)]
    columns = ["source", "target", "period", "cooperation", "conflict"]
    fit = al.fit_decay(pd.DataFrame(rows, columns=columns), draws=60)
    assert not fit.identified[0] and (fit.low[0], fit.high[0]) == (0, np.inf) and 1 < fit.likeliest[0] < 2


def test_the_shipped_table_does_not_tell_its_half_life(asean_ledger):
    fit = al.fit_decay(asean_ledger, by="all", dispersion=False)
    assert not fit.identified[0]
    assert np.isinf(fit.high[0])
    assert np.isnan(fit.to_frame()["half_life"][0])
    with pytest.raises(OptionError, match=r"half-life of domain 'all' is not identified.*compare\(2, 5, "):
        fit.half_life()
    without_copies = al.fit_decay(asean_ledger, draws=0)  # nothing says how slowly it may fade
    with pytest.raises(OptionError, match="too few to tell fading from none"):
        without_copies.half_life()


def test_three_states_are_too_few_to_say_how_sure():
    fit = al.fit_decay(own_world(1, states=3))
    assert np.isnan(fit.low[0])
    assert not fit.identified[0]


def test_other_half_lives_predict_worse():
    fit = al.fit_decay(own_world(4, states=20), dispersion=False, draws=0)
    found = fit.compare(0.3, 2, float("inf"), draws=100)
    assert found["half_life"].tolist() == [0.3, 2.0, np.inf]
    assert (found["difference"] <= 1e-6).all()
    assert (found["high"] < 0).tolist() == [True, False, True]
    np.testing.assert_allclose(found["log_score"] - found["difference"], fit.log_score[0])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"draws": -1}, OptionError, "draws is -1"),
        ({"level": 1}, OptionError, "level is 1"),
        ({"by": "kind"}, OptionError, "by is 'kind'; it must be one of 'domain', 'all'"),
        ({"columns": {"sauce": "x"}}, UnknownLabelError, "unknown column 'sauce'. Did you mean 'source'"),
        ({"columns": {"domain": "dom"}}, UnknownLabelError, "unknown column 'dom'"),
        ({"columns": ["source"]}, TypeError, "columns is .*; give a mapping, such as {'period': 'year'}"),
    ],
)
def test_options_out_of_range_are_refused(change, error, message):
    with pytest.raises(error, match=message):
        al.fit_decay(own_world(1, states=4), **change)


def test_what_cannot_be_fitted_is_refused(asean_ledger):
    table = own_world(1, states=4, years=3)
    lone = table[table["period"] == 2000]
    alone = pd.concat([lone, lone.assign(period=2001, cooperation=0, conflict=0)])
    with pytest.raises(OptionError, match="after the first period: nothing can be predicted.$"):
        al.fit_decay(alone)
    apart = [lone.assign(domain="a"), lone.assign(domain="b", period=2001)]
    with pytest.raises(OptionError, match="nothing can be predicted. by='all' takes the domains together.$"):
        al.fit_decay(pd.concat(apart))
    with pytest.raises(OptionError, match="no dyad with an event after the first period"):
        al.fit_decay(lone)
    with pytest.raises(OptionError, match="1 of 3 rows have no 'source', the first row 0"):
        al.fit_decay(table.head(3).assign(source=[None, "A", "B"]))
    with pytest.raises(OptionError, match="columns name those of a table"):
        al.fit_decay(asean_ledger, columns={"source": "i"})
    with pytest.raises(TypeError, match="data is a table of counts, a ledger or events, not Ties"):
        al.fit_decay(asean_ledger.ties())
    for masses in (asean_ledger, asean_ledger.ties()):
        with pytest.raises(OptionError, match="sums of masses and no numbers of events. Give the events"):
            al.fit_decay(masses.to_frame())
    with pytest.raises(TypeError, match="data must be a pandas DataFrame"):
        al.fit_decay([1, 2])
    with pytest.raises(OptionError, match="no half-life to compare"):
        al.fit_decay(table, draws=0).compare()


# ---- the world's news ------------------------------------------
@pytest.fixture(scope="module")
def icews() -> pd.DataFrame:
    if not ICEWS.exists():
        pytest.skip("the dyad-year counts are not here")
    raw = pd.read_csv(ICEWS)
    names = {"i_iso3c": "source", "j_iso3c": "target", "year": "period"}
    parts = [
        raw.rename(columns={**names, f"{sort}Coop": "cooperation", f"{sort}Conf": "conflict"}).assign(
            domain=word
        )
        for sort, word in (("verb", "verbal"), ("matl", "material"))
    ]
    columns = ["source", "target", "period", "domain", "cooperation", "conflict"]
    return pd.concat([part[columns] for part in parts])


@pytest.mark.slow
def test_half_lives_of_the_worlds_news(icews):
    whole = al.fit_decay(icews, by="all")
    assert [whole.years[0], whole.low[0], whole.high[0]] == pytest.approx([1.25, 1.06, 1.57], abs=0.02)
    assert 3.4 < whole.prior[0] < 3.8
    assert whole.prior_share[0] == pytest.approx(0.88, abs=0.01)
    parts = al.fit_decay(icews).to_frame().set_index("domain")[["half_life", "low", "high"]]
    assert parts.loc["verbal"].tolist() == pytest.approx([1.38, 1.10, 1.78], abs=0.02)
    assert parts.loc["material"].tolist() == pytest.approx([2.12, 1.48, 2.92], abs=0.02)


@pytest.mark.parametrize("ask", [al.fit_decay, al.forecast, al.surprise], ids=lambda ask: ask.__name__)
def test_counts_that_do_not_fit_in_memory_are_refused_with_their_size(monkeypatch, ask):
    monkeypatch.setattr("alignscore.values.memory", lambda: 8e9)
    pairs = pd.DataFrame({"source": [f"m{i}" for i in range(2000)], "target": "hub", "date": "1800-01-01"})
    pairs.loc[0, "date"] = "1999-12-31"
    events = al.Events.from_frame(pairs.assign(domain="security", value=3), actors="as_given")
    ledger = al.Ledger.post(events, freq="D")
    told = r"counts of 2,000 dyads x 3 domains x 73,\d+ periods would take 21.\d GB, and this process may take 8.0 GB"
    with pytest.raises(al.LedgerError, match=told):
        ask(ledger)
