"""What broke under attack, kept from breaking again: cells that wrap, acts that cancel, reaches that underflow, sizes."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.ledger.ties import in_force

# first day, days in force, value, power of ten of the weight
ACTS = st.tuples(st.integers(0, 2000), st.integers(0, 2500), st.floats(-10, 10), st.integers(-40, 40))


def standing(date, value, weight=1.0, until=None):
    return {
        "source": "CHN", "target": "KHM", "date": date, "until": until, "domain": "economic", "value": value,
        "weight": weight, "standing": True,
    }  # fmt: skip


def stocks(rows, freq="Y", end=2026, decay=None):
    ledger = al.Ledger.post(
        al.Events.from_frame(pd.DataFrame(rows)), freq=freq, decay=decay or al.HalfLife(0.05)
    )
    ties = ledger.ties(end=end)
    k = ties.axes.domain("economic")
    return {
        name: getattr(ties, name)[0, k]
        for name in ("n", "weight", "cooperation", "cooperation2", "conflict2")
    }


@pytest.mark.parametrize("weight", [1.0, 1e8, 1e16, 1e50])
def test_a_repaid_loan_leaves_what_stands_beside_it_untouched(weight):
    small = standing("2002-01-01", 3.0, 0.3)
    alone = stocks([small])
    both = stocks([small, standing("2001-01-01", 3.3, weight, until="2005-06-30")])
    for name in ("weight", "cooperation", "cooperation2"):  # 400 half-lives after its end the loan is nothing
        np.testing.assert_allclose(both[name][-1], alone[name][-1], rtol=1e-12)
    assert both["cooperation2"][-1] == pytest.approx((3.0 * 0.3) ** 2, rel=1e-12)


@settings(max_examples=30)
@given(st.lists(ACTS, min_size=1, max_size=12), st.sampled_from("YM"))
def test_sums_of_what_stands_are_those_of_the_acts_in_force(acts, freq):
    day = np.datetime64("2010-01-01")
    rows = [
        standing(
            str(day + np.timedelta64(begin, "D")),
            value if abs(value) > 1e-3 else 1.0,
            10.0**power,
            until=str(day + np.timedelta64(begin + lasts, "D")),
        )
        for begin, lasts, value, power in acts
    ]
    events = al.Events.from_frame(pd.DataFrame(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        part = al.Ledger.post(events, freq=freq, decay=al.HalfLife(5)).ties().at_rate(0)
    k = part.axes.domain("economic")
    for name in ("n", "weight", "cooperation", "cooperation2", "conflict", "conflict2"):
        assert (getattr(part, name) >= 0).all() and np.isfinite(getattr(part, name)).all()
    for t, end in enumerate(part.axes.ends):
        last = part.axes.ends[t]
        alive = [row for row in rows if np.datetime64(row["date"]) <= np.datetime64(int(last), "D")
                 and np.searchsorted(part.axes.ends, np.datetime64(row["until"]).astype(int)) > t]  # fmt: skip
        for column, side, power in (("cooperation", 1, 1), ("cooperation2", 1, 2), ("conflict2", -1, 2)):
            masses = [
                (abs(row["value"]) * row["weight"]) ** power for row in alive if row["value"] * side > 0
            ]
            assert getattr(part, column)[0, k, t] == pytest.approx(sum(masses), rel=1e-12), (column, end)


@given(st.integers(1, 40), st.data())
def test_what_is_in_force_equals_a_plain_loop(periods, data):
    M, lines = data.draw(st.integers(0, 20)), 3
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    line, start = rng.integers(0, lines, M), rng.integers(0, periods, M)
    until = np.where(rng.random(M) < 0.3, 1 << 40, start + rng.integers(0, periods + 5, M))
    sums = rng.integers(1, 9, (M, 2)).astype(float)
    want = np.zeros((2, lines, periods))
    for row in range(M):
        want[:, line[row], start[row] : min(until[row], periods)] += sums[row][:, None]
    np.testing.assert_array_equal(in_force(line, start, until, sums, lines, periods), want)


def test_cells_of_many_days_and_many_months_keep_their_dyads():
    for actors, freq in ((200, "D"), (1000, "M")):
        events = al.datasets.simulate(20_000, actors=actors, seed=2)
        ledger = al.Ledger.post(events, freq=freq)
        assert (ledger.cells >= 0).all() and (np.diff(ledger.cells) > 0).all()
        frame = ledger.to_frame()
        assert frame["n"].sum() == len(events)
        labels = np.array(events.actors)
        got = frame.groupby(["source", "target"])["n"].sum()
        want = pd.Series(1.0, [labels[events.source], labels[events.target]]).groupby(level=[0, 1]).sum()
        assert got.to_dict() == want.to_dict()


@pytest.mark.parametrize("freq", ["Y", "M"])
def test_after_45_silent_years_little_is_left_and_nothing_is_lost(freq):
    rows = [
        {
            "source": "A",
            "target": "B",
            "date": "1970-12-31",
            "domain": "security",
            "value": 5.0,
            "weight": weight,
        }
        for weight in (1.0, 1e-40, 1e40)
    ]
    last = {"source": "A", "target": "C", "date": "2015-12-31", "domain": "security", "value": -1.0}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for row in rows:
            events = al.Events.from_frame(pd.DataFrame([row, last]))
            ties = al.Ledger.post(events, freq=freq, decay=al.HalfLife.months(1)).ties()
            lag = np.datetime64("2015-12-31") - np.datetime64("1970-12-31")
            left = 2.0 ** (-(lag.astype(int) / 30.4375))
            assert ties.evidence[0, 2, -1] == pytest.approx(left, rel=1e-9)
            al.alignment(ties).to_frame()
            al.hedging(ties, powers=("B", "C")).to_frame()


def test_codes_take_the_width_they_need():
    events = al.datasets.simulate(300, actors=5, seed=0)
    from dataclasses import replace

    book = al.Codebook("many", (), tuple(f"d{at:03d}" for at in range(300)))
    rng = np.random.default_rng(0)
    wide = replace(events, codebook=book, domain=rng.integers(0, 300, len(events)).astype(np.int16))
    frame = al.Ledger.post(wide, freq="M").to_frame()
    got = frame.groupby(["source", "domain"])["n"].sum().to_dict()
    labels, names = np.array(wide.actors), np.array(book.domains)
    want = pd.Series(1.0, [labels[wide.source], names[wide.domain]]).groupby(level=[0, 1]).sum().to_dict()
    assert got == want


def test_what_would_not_fit_is_refused_before_it_is_asked_for(monkeypatch):
    from alignscore import values

    n = 400
    table = pd.DataFrame({
        "source": [f"A{at}" for at in range(n)], "target": [f"B{at}" for at in range(n)], "domain": "security",
        "date": ["2132-01-01", "2190-01-01"] * (n // 2), "value": 1.0,
    })  # fmt: skip
    ledger = al.Ledger.post(al.Events.from_frame(table), freq="D")
    assert len(ledger.to_frame()) == n
    monkeypatch.setattr(values, "memory", lambda: 8e8)
    told = r"ties of 400 dyads x 3 domains x 21,\d+ periods would take 1.2 GB, and this process may take 0.8 GB. Post"
    with pytest.raises(al.LedgerError, match=told):
        ledger.ties()
    # what is asked of one state, one pair or a few members reads the pairs that they are in
    pair = ("A7", "B7")
    assert al.domain_mix(ledger, *pair).n.sum() == 1
    assert al.hedging(ledger, ("B7", "B8"), states=["A7"], draws=0).n[0, -1] == 1
    assert al.bloc(ledger, ["A7", "A8"], ("B7", "B8")).n_known[-1] == 2
    with pytest.raises(al.LedgerError, match=told):
        al.hedging(ledger, ("B7", "B8"))
    axes = al.Ledger.post(al.Events.from_frame(table)).axes
    monkeypatch.setattr(values, "memory", lambda: 1e6)
    with pytest.raises(al.LedgerError, match="a table of every pair of 800 actors would take 0.0 GB"):
        _ = axes.table


@pytest.mark.parametrize("freq", ["Y", "D"])
def test_a_frame_tells_the_year_of_a_day_that_nanoseconds_do_not_hold(freq):
    table = pd.DataFrame({"source": "A", "target": "B", "date": ["1610-05-01", "1700-01-01"], "value": 1.0})
    ledger = al.Ledger.post(al.Events.from_frame(table.assign(domain="security")), freq=freq)
    for frame in (ledger.to_frame(), al.alignment(ledger.ties()).to_frame()):
        ends = pd.to_datetime(frame["period"].iloc[[0, -1]])
        assert ends.dt.year.tolist() == frame["year"].iloc[[0, -1]].tolist() == [1610, 1700]
        assert ends.iloc[0] == pd.Timestamp("1610-12-31" if freq == "Y" else "1610-05-01")


def test_only_known_cells_are_asked_for(ties):
    every, known = ties.to_frame(), ties.to_frame(rows="known")
    pd.testing.assert_frame_equal(every[every["n"] > 0].reset_index(drop=True), known, check_dtype=False)
    with pytest.raises(al.OptionError, match="rows is 'some'"):
        ties.to_frame(rows="some")


@pytest.mark.parametrize("freq", ["Y", "Q"])
def test_what_begins_and_ends_in_one_period_is_one_event_there(freq):
    """It stands at no period's end, so that all that is left is what fades from its end on."""
    row = {"source": "A", "target": "B", "domain": "security", "value": 4.0, "standing": True}
    row |= {"date": "2010-04-02", "until": "2010-06-20"}
    ledger = al.Ledger.post(al.Events.from_frame(pd.DataFrame([row])), freq=freq)
    assert ledger.sums[:, 0].tolist() == [1.0]
    volume = ledger.volume()
    assert volume["n"].sum() == 1


def test_memory_goes_with_the_events_not_with_the_possible_cells():
    """A thousand events among 20,000 actors have 36 thousand million possible cells."""
    events = al.datasets.simulate(1_000, actors=20_000)
    tracemalloc.start()
    ledger = al.Ledger.post(events)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(ledger.cells) > 900
    assert peak < 20e6


def test_one_weight_for_all_is_a_weight():
    """A column that repeats one value in memory weighs as one that holds it in every row, also where it is not 1."""
    events = al.datasets.simulate(200, actors=4)
    n = len(events)
    columns = {name: getattr(events, name) for name in ("source", "target", "day", "domain", "value")}
    repeated, written = (
        al.Ledger.post(al.Events.from_columns(events.actors, weight=weight, **columns))
        for weight in (np.broadcast_to(2.0, n), np.full(n, 2.0))
    )
    np.testing.assert_array_equal(repeated.sums, written.sums)
    np.testing.assert_array_equal(repeated.booked, written.booked)
    assert repeated.booked[0, 1].sum() == pytest.approx(2 * np.abs(events.value).sum())


def test_what_is_no_ledger_is_not_added(asean_ledger):
    with pytest.raises(TypeError, match="ledgers is 1; it must be a Ledger"):
        al.Ledger.total([1, 2])
    assert al.Ledger.total(asean_ledger) is asean_ledger


def test_one_domain_and_a_step_of_one_are_selected(ties):
    one = ties.select(domains="security", periods=slice(2010, 2020, 1))
    assert one.axes.domains == ("security",) and len(one.axes.periods) == 11
    with pytest.raises(al.OptionError, match="one by one"):
        ties.select(periods=slice(2010, 2020, 2))


def test_the_head_is_a_whole_number_of_events(asean):
    assert len(asean.head(2)) == 2
    with pytest.raises(TypeError, match="n is 2.5; it must be a whole number"):
        asean.head(2.5)
