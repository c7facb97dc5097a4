"""Ledgers: every event lands once, ledgers add in any split, and balances equal the slow plain twin."""

import copy
import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.ledger.cells import SUMS, Rates
from alignscore.ledger.sums import merge
from alignscore.ledger.ties import balances
from strategies import ACTORS, DOMAINS, event_rows, events_of, random_events
from tolerances import ALGEBRA, same
from twins import slow_cells, slow_stock

STOCKS = ("n", "weight", "cooperation", "cooperation2", "conflict", "conflict2")
DAYS = 365.25


def stocks_of(ties):
    return {name: getattr(ties, name) for name in STOCKS}


@settings(max_examples=8)
@given(event_rows(max_size=15), st.sampled_from("YQMW"), st.sampled_from([1.0, 5.0]))
def test_balances_equal_the_slow_twin(frame, freq, years):
    events = al.Events.from_frame(frame)
    ties = al.Ledger.post(events, freq=freq, decay=al.HalfLife(years)).ties()
    T = len(ties.axes.periods)
    for t in {0, T // 2, T - 1}:
        end = ties.axes.periods[t].end_time.date()
        for source in ACTORS:
            for target in ACTORS:
                known = {source, target} <= set(ties.axes.actors) and source != target
                d = ties.axes.dyad(source, target) if known else None
                if d is None:
                    continue
                for k, domain in enumerate(DOMAINS):
                    slow = slow_stock(events, source, target, domain, end, years * DAYS)
                    for name in STOCKS:
                        assert getattr(ties, name)[d, k, t] == pytest.approx(
                            getattr(slow, name), rel=1e-9, abs=1e-9
                        ), name


@settings(max_examples=8)
@given(event_rows(max_size=40), st.sampled_from("YM"), st.data())
def test_any_split_in_any_order_gives_the_same_ledger(frame, freq, data):
    events = al.Events.from_frame(frame)
    whole = al.Ledger.post(events, freq=freq)
    split = np.array(data.draw(st.lists(st.integers(0, 1), min_size=len(events), max_size=len(events))))
    order = data.draw(st.permutations([0, 1]))
    # families stay as settled on the whole table, as a stream must settle them
    chunks = [events.pick(split == part) for part in order if (split == part).any()]
    joined = al.Ledger.total(al.Ledger.post(chunk, freq=freq) for chunk in chunks)
    _same_ledgers(whole, joined)


def _same_ledgers(a, b):
    """Equal balances; a cell that cancels to nothing may stand in one ledger and not in the other."""
    assert a.last == b.last
    same(a.booked, b.booked)
    ties_a, ties_b = a.ties(), b.ties(end=a.last)
    actors = [label for label in ties_a.axes.actors if label in ties_b.axes.actors]
    f = ties_a.to_frame().query("n > 0").set_index(["source", "target", "domain", "period"])
    g = ties_b.to_frame().query("n > 0").set_index(["source", "target", "domain", "period"])
    assert actors
    pd.testing.assert_frame_equal(
        f.sort_index(), g.sort_index(), rtol=ALGEBRA, atol=ALGEBRA, check_freq=False
    )


@settings(max_examples=8)
@given(event_rows(mutual=False))
def test_every_event_lands_once(frame):
    events = al.Events.from_frame(frame)
    ledger = al.Ledger.post(events, freq="M")
    assert ledger.n_events == pytest.approx(len(events))
    assert ledger.volume()["n"].sum() == pytest.approx(len(events))


@settings(max_examples=8)
@given(event_rows(kinds=False, precise=True))
def test_years_are_the_sum_of_their_months_when_nothing_fades(frame):
    events = al.Events.from_frame(frame)
    year = al.Ledger.post(events, freq="Y", decay=al.Cumulative()).ties()
    month = al.Ledger.post(events, freq="M", decay=al.Cumulative()).ties(end=f"{year.axes.periods[-1]}-12")
    decembers = np.flatnonzero(month.axes.periods.month == 12)
    for name in STOCKS:
        same(getattr(year, name), getattr(month, name)[:, :, decembers][:, :, -year.n.shape[2] :])


def test_by_hand_one_event_one_half_life_later():
    events = events_of(("CHN", "KHM", "2020-12-31", "security", 8.0))
    ties = al.Ledger.post(events, decay=al.HalfLife(1.0)).ties(end=2021)
    k = ties.axes.domain("security")
    assert ties.cooperation[0, k].tolist() == [8.0, 8.0 * 2 ** (-365 / 365.25)]
    assert ties.cooperation2[0, k].tolist() == [64.0, pytest.approx(64.0 * 2 ** (-365 / 365.25), rel=ALGEBRA)]
    assert ties.evidence[0, k].tolist() == [1.0, pytest.approx(2 ** (-365 / 365.25), rel=ALGEBRA)]
    assert ties.n[0, k].tolist() == [1, 1]


def test_by_hand_squares_fade_once_where_much_happening_fades_what_was():
    events = events_of(
        ("CHN", "KHM", "2020-06-30", "security", 4.0), ("CHN", "KHM", "2021-06-30", "security", 5.0),
        ("CHN", "KHM", "2022-06-30", "security", 10.0), ("CHN", "KHM", "2022-07-01", "security", 10.0),
    )  # fmt: skip
    ties = al.Ledger.post(events, decay=al.Saturating(limit=10.0)).ties()
    k = ties.axes.domain("security")
    assert ties.cooperation[0, k].tolist() == [4.0, 4 * 0.5 + 5, 20 / 2]  # a year's 20 counts as the limit
    assert ties.cooperation2[0, k].tolist() == [16.0, 16 * 0.5 + 25, 200 / 4]


def test_by_hand_a_mutual_act_is_twice_the_mass_of_a_pair():
    events = events_of(("CHN", "KHM", "2020-12-31", "security", 3.0, True))
    pair = al.Ledger.post(events, decay=al.HalfLife(1.0)).ties().undirected()
    k = pair.axes.domain("security")
    assert (pair.cooperation[0, k, 0], pair.cooperation2[0, k, 0], pair.n[0, k, 0]) == (6.0, 36.0, 1.0)


@pytest.mark.parametrize("outside", [2019, 2022, "2019-12-31", "2022-01-01"])
def test_a_period_beside_those_of_the_ties_is_refused(outside):
    ties = al.Ledger.post(events_of(("CHN", "KHM", "2020-12-31", "security", 3.0))).ties(end=2021)
    assert [ties.axes.period(label) for label in (2020, "2021-01-01", "2021-12-31")] == [0, 1, 1]
    with pytest.raises(al.OptionError, match=rf"period {outside} lies outside 2020\.\.2021"):
        ties.axes.period(outside)


def test_by_hand_fading_goes_on_past_what_a_float_can_grow_back():
    events = events_of(
        ("CHN", "KHM", "2000-12-31", "security", 8.0), ("CHN", "KHM", "2005-12-31", "security", 3.0)
    )
    ties = al.Ledger.post(events, decay=al.HalfLife(0.01)).ties(end=2006)  # 600 half-lives
    days = np.array([0, 365, 730, 1095, 1461, 1826, 2191])
    left = 8 * np.exp2(-days / 3.6525) + 3 * np.array([0] * 5 + [1.0, 2 ** (-365 / 3.6525)])
    np.testing.assert_allclose(ties.cooperation[0, ties.axes.domain("security")], left, rtol=1e-9)


def test_by_hand_the_mass_of_one_event_does_not_fade():
    events = events_of(
        ("CHN", "KHM", "2000-01-01", "security", 8.0), ("KHM", "CHN", "2020-12-31", "security", -2.0),
        ("CHN", "KHM", "2020-12-31", "security", 0.0), ("CHN", "KHM", "2010-06-30", "security", 4.0, True),
    )  # fmt: skip
    ties = al.Ledger.post(events, decay=al.HalfLife(1.0)).ties()
    k, nothing = ties.axes.domain("security"), ties.axes.domain("economic")
    assert ties.event_mass[k] == (8 + 2 + 4 + 4) / 4  # an event of value 0 has no mass to speak of
    assert ties.undirected().event_mass[k] == (8 + 2 + 8) / 3  # a mutual act: one event, both sides' mass
    assert ties.event_mass[nothing] == 1.0
    assert ties.select(domains=["security"], periods=2010).event_mass.tolist() == [4.5]


def test_evidence_is_the_events_that_have_not_faded_whatever_the_unit():
    rows = [("CHN", "KHM", day, "security", value) for day, value in (("2018-12-31", 5), ("2020-12-31", -5))]
    old, new = al.Events.from_frame, al.HalfLife(2.0)
    frame = pd.DataFrame(rows, columns=["source", "target", "date", "domain", "value"])
    ties = [al.Ledger.post(old(frame.assign(weight=w)), decay=new).ties(end=2060) for w in (1.0, 1000.0)]
    k = ties[0].axes.domain("security")
    left = 2 ** (-731 / (2 * DAYS))
    same(ties[0].evidence[0, k, 2], 1 + left)
    same(ties[1].evidence, ties[0].evidence)
    later = ties[0].evidence[0, k, 2:]
    assert (np.diff(later) < 0).all()  # silence takes evidence away, ever


def test_by_hand_a_mechanism_stands_and_a_visit_fades():
    table = pd.DataFrame(
        {
            "source": "CHN", "target": "KHM", "date": ["2020-06-30", "2020-06-30"],
            "kind": ["base_access", "state_visit"], "until": ["2022-12-31", ""], "event_id": ["a", "b"],
        }
    )  # fmt: skip
    book = al.Codebook.ladder()
    ties = al.Ledger.post(al.Events.from_frame(table), decay=al.HalfLife(5)).ties(end=2024)
    base = book["base_access"].value
    lag = 184  # 30 June to 31 December
    visit = [
        book["state_visit"].value * 2 ** (-(lag + days) / (5 * DAYS)) for days in (0, 365, 730, 1095, 1461)
    ]
    ended = [base, base, base, base * 2 ** (-365 / (5 * DAYS)), base * 2 ** (-731 / (5 * DAYS))]
    same(ties.cooperation[0, ties.axes.domain("security")], np.array(ended))
    same(ties.cooperation[0, ties.axes.domain("diplomatic")], np.array(visit))


def test_by_hand_a_month_is_spread_over_its_days():
    table = pd.DataFrame(
        {"source": ["A"], "target": ["B"], "date": ["2020-02"], "domain": ["economic"], "value": [4.0]}
    )
    week = al.Ledger.post(al.Events.from_frame(table), freq="W", decay=al.Cumulative())
    n = week.volume().query("domain == 'economic'")["n"].to_numpy()
    same(n, np.array([2 / 29, 7 / 29, 7 / 29, 7 / 29, 6 / 29]))  # 1 February 2020 is a Saturday


def test_by_hand_an_upgrade_leaves_no_remains_of_what_it_replaced():
    table = pd.DataFrame(
        {"source": "CHN", "target": "KHM", "date": ["2006-04-01", "2010-12-13"], "mutual": True,
         "kind": ["strategic_partnership", "comprehensive_strategic_partnership"]}
    )  # fmt: skip
    ties = al.Ledger.post(al.Events.from_frame(table)).ties(end=2012)
    book = al.Codebook.ladder()
    lower, upper = book["strategic_partnership"].value, book["comprehensive_strategic_partnership"].value
    same(ties.cooperation[0, ties.axes.domain("diplomatic")], np.array([lower] * 4 + [upper] * 3))


@pytest.mark.parametrize("periods", [1, 3])
def test_window_holds_its_periods_and_no_more(periods):
    events = events_of(("A", "B", "2020-05-01", "security", 2.0), ("A", "B", "2022-05-01", "security", 4.0))
    ties = al.Ledger.post(events, decay=al.Window(periods)).ties(end=2025)
    expected = {1: [2, 0, 4, 0, 0, 0], 3: [2, 2, 2 + 4, 4, 4, 0]}[periods]
    assert ties.cooperation[0, 2].tolist() == expected


@settings(max_examples=8)
@given(event_rows(kinds=False), st.sampled_from([3.0, 9.0]))
def test_saturating_is_the_tsinghua_update(frame, limit):
    events = al.Events.from_frame(frame)
    if events.standing.any():
        return  # counted once here, standing there
    ties = al.Ledger.post(events, decay=al.Saturating(limit=limit)).ties()
    flow = al.Ledger.post(events, decay=al.Window(1)).ties()
    P = np.zeros(ties.n.shape[:2])
    for t in range(ties.n.shape[2]):
        impact = np.clip(flow.cooperation[..., t] - flow.conflict[..., t], -limit, limit)
        P = np.where(impact >= 0, P + impact * (limit - P) / limit, P + impact * (limit + P) / limit)
        same(ties.cooperation[..., t] - ties.conflict[..., t], P, 1e-9)
        assert (np.abs(P) <= limit + 1e-9).all()


def test_half_lives_differ_by_kind_and_domain():
    table = pd.DataFrame(
        {"source": "A", "target": "B", "date": "2020-12-31", "kind": ["state_visit", "port_call"]}
    )
    decay = al.HalfLife(5, domains={"security": 2}, kinds={"state_visit": 1})
    ties = al.Ledger.post(al.Events.from_frame(table), decay=decay).ties(end=2021)
    book = al.Codebook.ladder()
    assert ties.cooperation[0, 1, 1] == pytest.approx(book["state_visit"].value * 2 ** (-365 / DAYS))
    assert ties.cooperation[0, 2, 1] == pytest.approx(book["port_call"].value * 2 ** (-365 / (2 * DAYS)))
    with pytest.raises(al.UnknownLabelError, match="Did you mean 'state_visit'"):
        al.Ledger.post(al.Events.from_frame(table), decay=al.HalfLife(kinds={"state_vist": 1}))


@settings(max_examples=8)
@given(event_rows())
def test_undirected_adds_both_sides_and_counts_a_mutual_act_once(frame):
    events = al.Events.from_frame(frame)
    ties = al.Ledger.post(events).ties()
    both = ties.undirected()
    for d, (i, j) in enumerate(both.axes.dyads):
        forth, back = ties.axes.table[i, j], ties.axes.table[j, i]
        for name in ("cooperation", "conflict", "weight"):
            total = sum(getattr(ties, name)[at] for at in (forth, back) if at >= 0)
            same(getattr(both, name)[d], total)
    rows = events.last_day.max()
    assert rows is not None
    assert both.n[..., -1].sum() == pytest.approx(len(events))


# ---- files, views, refusals ---------------------------------------------------------------------------
@settings(max_examples=8)
@given(event_rows())
def test_saved_and_loaded_is_the_same(tmp_path_factory, frame):
    path = tmp_path_factory.mktemp("ledger") / "l.npz"
    ledger = al.Ledger.post(
        al.Events.from_frame(frame), freq="Q", decay=al.HalfLife(2, domains={"security": 3})
    )
    ledger.save(path)
    again = al.Ledger.load(path)
    assert repr(again) == repr(ledger)
    np.testing.assert_array_equal(again.sums, ledger.sums)
    np.testing.assert_array_equal(again.lasting, ledger.lasting)
    _same_ledgers(again, ledger)


@pytest.mark.parametrize("content", [b"", b"not a ledger", b"PK\x03\x04 broken zip"])
def test_a_file_that_is_no_ledger_is_refused(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(al.FormatError, match="not an alignscore ledger"):
        al.Ledger.load(path)


def test_another_archive_and_a_later_version_are_refused(asean_ledger, tmp_path):
    np.savez(tmp_path / "other.npz", header=np.frombuffer(b'{"format": "other"}', dtype=np.uint8), a=[1])
    with pytest.raises(al.FormatError, match="not an alignscore ledger"):
        al.Ledger.load(tmp_path / "other.npz")
    path = tmp_path / "later"
    asean_ledger.save(path)
    import json

    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(arrays["header"].tobytes())
    for version, wayout in ((99, "Upgrade alignscore"), (2, "post the events again")):
        arrays["header"] = np.frombuffer(json.dumps(header | {"version": version}).encode(), dtype=np.uint8)
        with path.open("wb") as file:
            np.savez(file, **arrays)
        with pytest.raises(
            al.FormatError, match=f"format {version}; this release reads format 4. .*{wayout}"
        ):
            al.Ledger.load(path)
    with pytest.raises(FileNotFoundError, match="no file or folder at"):
        al.Ledger.load(tmp_path / "absent")


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ({"freq": "M"}, "frequency"),
        ({"decay": al.HalfLife(2)}, "decay"),
        ({"book": {"visit": 3.0}}, "codebook"),
    ],
)
def test_unlike_ledgers_do_not_add(other, name):
    frame = pd.DataFrame({"source": ["A"], "target": ["B"], "date": ["2020-01-01"], "kind": ["visit"]})
    book = al.Codebook.ladder().with_values(other.pop("book", {}))
    one = al.Ledger.post(al.Events.from_frame(frame))
    two = al.Ledger.post(al.Events.from_frame(frame, codebook=book), **other)
    with pytest.raises(al.LedgerError, match=f"ledgers of different {name} do not add"):
        one + two


def test_nothing_to_post(asean):
    with pytest.raises(al.LedgerError, match="no event to post"):
        al.Ledger.post(asean.take(np.zeros(len(asean), dtype=bool)))
    with pytest.raises(al.OptionError, match="freq is 'X'"):
        al.Ledger.post(asean, freq="X")


def test_project_fades_acts_and_keeps_mechanisms(ties):
    later = ties.project(to=2030)
    same(later.cooperation[..., : ties.n.shape[2]], ties.cooperation)
    assert (later.cooperation[..., -1] <= ties.cooperation[..., -1] + 1e-9).all()
    np.testing.assert_array_equal(later.n[..., -1], ties.n[..., -1])
    with pytest.raises(al.LedgerError, match="already reach 2026"):
        ties.project(to=2020)


def test_views_keep_what_they_show(ties):
    pair = ties.between("KHM", "CHN")
    assert pair.axes.shape == (2, 3, 76)
    part = ties.select(actors=["KHM", "CHN", "USA"], domains=["security"], periods=slice(2020, None))
    assert part.axes.shape == (4, 1, 7)
    same(part.between("KHM", "CHN").cooperation, pair.cooperation[:, 2:, -7:])
    assert pair.undirected().axes.shape == (1, 3, 76)
    same(pair.undirected().n[0], ties.undirected().between("CHN", "KHM").n[0])
    assert part.project(to=2030).axes.shape == (4, 1, 11)
    assert al.alignment(pair, directed=False).shape == (1, 4, 76)
    with pytest.raises(al.UnknownLabelError, match="unknown actor 'US'. Did you mean 'USA'"):
        ties.between("KHM", "US")
    with pytest.raises(al.OptionError, match="no event joins"):
        ties.between("KHM", "LAO")
    with pytest.raises(al.UnknownLabelError, match="Did you mean 'security'"):
        ties.select(domains=["securty"])
    with pytest.raises(al.OptionError, match="lies outside 1951..2026"):
        ties.select(periods=2031)
    with pytest.raises(al.LedgerError, match="the ledger begins in 1951; ties cannot end in 1950"):
        ties.ledger.ties(end=1950)


@pytest.mark.parametrize("through", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_values_stay_read_only(asean, asean_ledger, through):
    ties = asean_ledger.ties()
    looked_up = [getattr(ties.axes, name) for name in ("sources", "targets", "ends", "table", "dyad_keys")]
    ledger, ties = through(asean_ledger), through(ties)
    looked_up += [getattr(ties.axes, name) for name in ("sources", "targets", "ends", "table", "dyad_keys")]
    impact = through(al.impact(asean, score=al.AlignmentOf("KHM", "CHN")))
    columns = [*impact.about.values(), *through(impact).about.values()]
    assert len(columns) > 4
    for array in (ledger.sums, ties.cooperation, ties.axes.dyads, *looked_up, *columns):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


WAYS = {  # constants of the kernel, and which way through it they open
    "as it comes": {},
    "every cell of one bucket": {"BUCKET": 1 << 30, "DENSE": 1 << 30, "EVERY": 1 << 18},
    "a sort of one bucket": {"BUCKET": 1 << 30, "DENSE": 0},
    "a sort of numbers too wide to carry their turns": {"BUCKET": 1 << 30, "DENSE": 0, "BITS": 1},
    "many buckets, every cell": {"BUCKET": 4, "DENSE": 1 << 30, "EVERY": 64},
    "many buckets, sorted": {"BUCKET": 4, "DENSE": 0, "EVERY": 1},
    "dealt again": {"BUCKET": 16, "DENSE": 0, "EVERY": 1, "LARGEST": 2},
    "wide numbers": {"BUCKET": 4, "DENSE": 0, "EVERY": 1, "NARROW": 2, "LARGEST": 8},
}


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=8)
@given(st.integers(0, 10_000), st.sampled_from("YMD"), st.sampled_from([0.0, 0.4]), st.booleans())
def test_every_way_through_the_kernel_equals_the_slow_twin(way, seed, freq, mutual, weighted):
    from dataclasses import replace

    from alignscore.ledger import sums

    rng = np.random.default_rng(seed)
    events = al.datasets.simulate(
        int(rng.integers(1, 150)), actors=int(rng.integers(2, 9)), mutual=mutual, seed=seed
    )
    kind = rng.integers(-1, 3, len(events)).astype(np.int16)
    events = replace(events, kind=kind)
    if weighted:
        events = replace(events, weight=rng.choice([0.5, 1.0, 3e20], len(events)))
    names = events.codebook.names
    decay = al.HalfLife(2, domains={"security": 5}, kinds={names[0]: 1, names[1]: 0.1})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WAYS[way].items():
            patch.setattr(sums, name, value)
        frame = al.Ledger.post(events, freq=freq, decay=decay).to_frame()
    slow = slow_cells(events, freq, 2, half_lives=decay)
    assert len(frame) == len(slow)
    keys = zip(
        *(frame[name] for name in ("source", "target", "domain", "period", "half_life_days", "mutual")),
        strict=True,
    )
    want = np.array([slow[key] for key in keys])
    np.testing.assert_allclose(frame[list(SUMS)].to_numpy(), want, rtol=ALGEBRA)


def test_pairs_of_many_actors_are_those_that_occur():
    """Of more than two thousand no table of every pair is held."""
    actors = tuple(f"a{at:04}" for at in range(2100))
    source, target, mutual = [5, 2099, 5, 7], [2099, 5, 2099, 8], [False, False, False, True]
    events = al.Events.from_columns(
        actors, source=np.array(source, dtype=np.int32), target=np.array(target, dtype=np.int32),
        day=np.zeros(4, dtype=np.int32), domain=np.zeros(4, dtype=np.int8), value=np.ones(4), weight=np.ones(4),
        mutual=np.array(mutual),
    )  # fmt: skip
    found = al.Ledger.post(events).axes
    assert [tuple(pair) for pair in found.dyads] == [(5, 2099), (7, 8), (8, 7), (2099, 5)]


def test_a_frame_tells_the_last_day_of_the_last_period_in_which_a_mechanism_stands():
    table = pd.DataFrame({"source": "KHM", "target": ["CHN", "USA", "FRA"], "date": "2019-03-01",
                          "until": ["2021-05-05", None, "2019-06-30"], "kind": "trade_agreement",
                          "domain": "economic"})  # fmt: skip
    frame = al.Ledger.post(al.Events.from_frame(table)).to_frame().query("half_life_days == inf")
    until = frame.set_index("target")["until"]
    assert list(until.index) == ["CHN", "USA"] and str(until["CHN"].date()) == "2020-12-31"
    assert pd.isna(until["USA"])


@pytest.mark.parametrize("aside", [1, 1 << 20])
@pytest.mark.parametrize("together", [1, 40, 1 << 18])
def test_tables_posted_together_make_the_sums_of_one(monkeypatch, together, aside):
    """Few or many are packed at a time, some of them mutual or standing; buckets join what each of them has."""
    from alignscore.ledger import sums

    monkeypatch.setattr(sums, "ASIDE", aside)
    monkeypatch.setattr(sums, "DEALT", together)
    monkeypatch.setattr(sums, "BUCKET", 16)
    events = al.datasets.simulate(300, actors=6, mutual=0.3, seed=3)
    standing = np.arange(300) % 7 == 0
    events = dataclasses.replace(events, standing=standing)
    rates = Rates.make(al.HalfLife(5), events.codebook)
    ends = al.Ledger.post(events, freq="M").axes.ends
    tables = [events.pick(rows) for rows in np.split(np.arange(300), [1, 30, 31, 170])]
    for of_one, of_several in zip(
        sums.post([events], rates, ends), sums.post(tables, rates, ends), strict=True
    ):
        np.testing.assert_allclose(of_several, of_one, rtol=ALGEBRA)


@pytest.mark.parametrize("at_once", [1, 3, 1 << 14])
@given(
    st.lists(st.lists(st.integers(0, 40), max_size=25), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from([2, 6]),
)
def test_sums_of_several_tables_are_those_of_their_cells(at_once, cells, each_once, columns):
    """Range by range where each table has its cells in order and once, else at once: rows of one cell are added."""
    from alignscore.ledger import sums

    parts = []
    for at, some in enumerate(cells):
        some = sorted(set(some)) if each_once else some
        rows = [[100.0 * at + place + column for column in range(columns)] for place in range(len(some))]
        parts.append((np.array(some, dtype=np.int64), np.array(rows).reshape(len(some), columns)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "MERGED", at_once)
        found, table = sums.merge(parts)
    every = sorted({cell for some, _ in parts for cell in some.tolist()})
    assert found.tolist() == every
    expected = [
        sum((rows[some == cell].sum(axis=0) for some, rows in parts), start=np.zeros(columns))
        for cell in every
    ]
    np.testing.assert_array_equal(table, np.array(expected).reshape(len(every), columns))


@pytest.mark.parametrize("code", [-1, 2_000])
def test_codes_that_no_actor_has_are_refused_before_they_are_sorted(code):
    """Where events are dealt into buckets by them, a place outside would be one outside the memory taken."""
    from dataclasses import replace

    events = al.datasets.simulate(50_000, actors=10)
    source = events.source.copy()
    source[7] = code * 1_000
    with pytest.raises(al.LedgerError, match="codes that their actors or domains do not have"):
        al.Ledger.post(replace(events, source=source), freq="M")


# ---- what cannot be added, carried or told apart ---------------------------------------------------------
def levels(*rows):
    """Mutual kinds between A and B, (date, kind) each."""
    table = [{"source": "A", "target": "B", "date": day, "kind": kind, "mutual": True} for day, kind in rows]
    return al.Events.from_frame(pd.DataFrame(table))


def test_levels_of_one_partnership_are_found_whatever_actors_other_ledgers_have():
    """The codes of a pair change where ledgers add that name actors before it."""
    columns = ["source", "target", "date", "kind"]
    first, others, later = (
        al.Ledger.post(al.Events.from_frame(pd.DataFrame([row], columns=columns)))
        for row in (
            ("KHM", "CHN", "2010-03-01", "strategic_partnership"), ("AUS", "BRN", "2010-03-01", "state_visit"),
            ("KHM", "CHN", "2015-03-01", "comprehensive_strategic_partnership"),
        )
    )  # fmt: skip
    for one, other in ((first + others, later), (others + first, later), (first, later + others)):
        with pytest.raises(
            al.LedgerError, match="kinds of one family stand between KHM and CHN in both ledgers"
        ):
            one + other


def test_levels_of_one_partnership_in_two_ledgers_are_refused(tmp_path):
    first = levels(("2018-01-15", "strategic_partnership"))
    second = levels(("2020-02-02", "comprehensive_strategic_partnership"))
    one, two = al.Ledger.post(first), al.Ledger.post(second)
    one.save(tmp_path / "one")
    told = "between A and B in both ledgers, and the one of 2020-02-02 would have ended the other"
    for a, b in ((one, two), (two, one), (al.Ledger.load(tmp_path / "one"), two)):
        with pytest.raises(al.LedgerError, match=told):
            a + b
    whole = first + second
    parts = [al.Ledger.post(whole.pick(whole.row == row)) for row in (0, 1)]
    _same_ledgers(sum(parts), al.Ledger.post(whole))  # settled together, then posted apart
    other = al.Ledger.post(levels(("2019-01-01", "state_visit")))
    assert len((one + other).lasting) == 1


def test_acts_of_both_sides_stand_beside_each_other_and_either_ends_a_mutual_one():
    table = pd.DataFrame({"source": list("AAB"), "target": list("BBA"), "kind": "strategic_partnership"})
    table = table.assign(date=["2015-01-01", "2015-01-02", "2015-01-03"], mutual=[True, False, False])
    whole = al.Events.from_frame(table)
    assert whole.settled.tolist() == [True, False, False]
    for rows in ([0, 1], [0, 2], [1, 2]):
        parts = [al.Ledger.post(whole.pick(np.isin(whole.row, rows) == inside)) for inside in (True, False)]
        _same_ledgers(sum(parts), al.Ledger.post(whole))
    mutual, one, other = (al.Ledger.post(al.Events.from_frame(table.iloc[[row]])) for row in range(3))
    for side in (one, other):
        with pytest.raises(al.LedgerError, match="kinds of one family stand between"):
            mutual + side
    _same_ledgers(one + other, al.Ledger.post(whole.pick(whole.row > 0)))


def test_a_level_ends_evenly_over_the_days_on_which_the_next_may_have_begun():
    """What was known by year alone had taken the tie away in January and given it back by December."""
    row = {
        "source": "A",
        "target": "B",
        "domain": "diplomatic",
        "kind": "strategic_partnership",
        "mutual": True,
    }
    rows = [row | {"date": "2010-05-01"}, row | {"date": "2013"}]
    for freq in ("M", "Q", "D"):
        whole = al.Events.from_frame(rows)
        ties = al.Ledger.post(whole, freq=freq).ties()
        since = ties.axes.periods.get_loc(pd.Period("2010-06-30", freq=ties.axes.periods.freq))
        mass = abs(whole.value[0]) * whole.weight[0]
        np.testing.assert_allclose(ties.cooperation[0, 1, since:], mass, rtol=1e-12)
        parts = [al.Ledger.post(whole.pick(whole.row == row), freq=freq) for row in (0, 1)]
        _same_ledgers(sum(parts), al.Ledger.post(whole, freq=freq))
    ends = al.Ledger.post(whole.pick([0]), freq="Y").ties(end=2014).cooperation[0, 1]
    assert ends.tolist() == pytest.approx([mass, mass, mass, 0, 0])


def test_a_level_that_had_ended_before_the_next_began_may_stand_in_another_ledger():
    row = {"source": "A", "target": "B", "date": "2010-01-01", "until": "2012-01-01", "mutual": True}
    ended = al.Events.from_frame(pd.DataFrame([row | {"kind": "strategic_partnership"}]))
    later = levels(("2015-01-01", "comprehensive_strategic_partnership"))
    _same_ledgers(al.Ledger.post(ended) + al.Ledger.post(later), al.Ledger.post(ended + later))


def test_no_ledger_has_no_total():
    with pytest.raises(al.LedgerError, match="no ledger to add"):
        al.Ledger.total([])


@pytest.mark.parametrize("decay", [5, "5y", al.HalfLife, None])
def test_a_decay_is_one_of_the_choices(asean_ledger, asean, decay):
    if decay is None:
        same(asean_ledger.sums, al.Ledger.post(asean, decay=al.HalfLife(5)).sums)
        return
    for door in (
        lambda: al.Ledger.post(asean, decay=decay),
        lambda: al.impact(asean, score=al.AlignmentOf("KHM", "CHN"), decay=decay),
    ):
        with pytest.raises(TypeError, match=r"decay is .*; give HalfLife\(years=...\), Window"):
            door()


def test_what_is_carried_forward_knows_no_later_event():
    events = events_of(("A", "B", "2018-01-15", "economic", 5), ("A", "B", "2024-02-02", "economic", -8))
    with pytest.raises(al.LedgerError, match=r"holds events up to 2024.*events.up_to\('2020-12-31'\)"):
        al.Ledger.post(events).ties(end=2020).project(2024)
    ties = al.Ledger.post(events.up_to("2020-12-31")).ties(end=2020).project(2024)
    assert ties.conflict.sum() == 0
    lag = (np.datetime64("2024-12-31") - np.datetime64("2018-01-15")).astype(int)
    assert ties.cooperation[0, 0, -1] == pytest.approx(5 * 2 ** (-lag / (5 * DAYS)), rel=1e-12)


def test_a_year_names_all_of_its_quarters(asean):
    ties = al.Ledger.post(asean, freq="Q").ties()
    assert [str(p) for p in ties.select(periods=slice(2019, 2020)).axes.periods[[0, -1]]] == [
        "2019Q1",
        "2020Q4",
    ]
    assert len(ties.select(periods=2019).axes.periods) == 4
    some = ties.axes.periods[3:6]
    assert ties.select(periods=some).axes.periods.equals(some)
    assert str(ties.project(2030).axes.periods[-1]) == "2030Q4"
    assert str(ties.ledger.ties(end="2020-03-05").axes.periods[-1]) == "2020Q1"
    assert str(ties.axes.periods[ties.axes.period(2026)]) == "2026Q2"  # the last there is


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"periods": slice(2020, 2015)}, "must run forward"),
        ({"periods": slice(2010, 2020, 2)}, "must run forward"),
        ({"periods": pd.PeriodIndex(["2010", "2020"], freq="Y")}, "without gaps"),
        ({"periods": 1900}, "lies outside 1951..2026"),
        ({"periods": float("nan")}, "nan is not a period"),
        ({"domains": ["economic", "economic", "security"]}, "one of them twice"),
    ],
)
def test_selections_that_mean_nothing_are_refused(ties, options, told):
    with pytest.raises(al.OptionError, match=told):
        ties.select(**options)


def test_the_former_name_of_evidence_warns_of_what_changed(ties):
    with pytest.warns(DeprecationWarning, match="squares fade once"):
        assert ties.n_eff is not None
    with pytest.warns(DeprecationWarning):
        np.testing.assert_array_equal(ties.n_eff, ties.evidence)


def test_a_view_of_few_ties_is_made_once_and_travels_with_none_of_them(asean_ledger, monkeypatch):
    ties = asean_ledger.ties()
    before = pickle.dumps(ties)
    assert ties.undirected() is ties.undirected() and ties.both_ways() is ties.both_ways()
    assert pickle.dumps(ties) == before
    monkeypatch.setattr("alignscore.ledger.ties.SMALL", ties.undirected().n.size - 1)
    other = asean_ledger.ties()  # of many ties a second copy is no trifle
    assert other.undirected() is not other.undirected()
    for name, stock in stocks_of(ties.undirected()).items():
        np.testing.assert_array_equal(stocks_of(other.undirected())[name], stock)


def count_dyads(monkeypatch) -> list[int]:
    """A list to which each working out of stocks adds its number of dyads; no view is kept."""
    asked: list[int] = []

    def counted(some, end, *, directed):
        asked.append(len(some.axes.dyads))
        return balances(some, end, directed=directed)

    monkeypatch.setattr("alignscore.ledger.ties.SMALL", 0)
    monkeypatch.setattr("alignscore.ledger.ties.balances", counted)
    return asked


@pytest.mark.parametrize("cluster", [None, "source"])
def test_a_view_of_one_pair_works_out_the_past_of_no_other(monkeypatch, cluster):
    """Every view of a pair is that of all, cut to the pair, and so is what is read off it."""
    ledger = al.Ledger.post(random_events(3), cluster=cluster)
    ties = ledger.ties()
    asked = count_dyads(monkeypatch)
    views = {
        "undirected": lambda found: found.undirected(),
        "within": lambda found: found.within_periods(),
        "standing": lambda found: found.at_rate(0),
        "fading": lambda found: found.at_rate(1),
        "later": lambda found: found.project(2030),
        "both": lambda found: found.both_ways(),
    }
    for view in views.values():
        whole = view(ties).between("KHM", "CHN")
        asked.clear()
        pair = view(ties.between("KHM", "CHN"))
        assert asked == [2]
        for name, stock in stocks_of(whole).items():
            np.testing.assert_array_equal(stocks_of(pair)[name], stock)
        pd.testing.assert_frame_equal(
            al.alignment(pair).to_frame(columns="all"), al.alignment(whole).to_frame(columns="all")
        )


def test_one_state_asks_for_no_ties_of_others(monkeypatch):
    """A view of all pairs took longer than all that was read off it."""
    ties = al.Ledger.post(random_events(3)).ties()
    powers, score = ("CHN", "USA"), al.PositionOf("KHM", ("CHN", "USA"))
    before = al.hedging(ties, powers, states=["KHM"]).to_frame(columns="all"), score.read(ties).score
    asked = count_dyads(monkeypatch)
    after = al.hedging(ties, powers, states=["KHM"]).to_frame(columns="all"), score.read(ties).score
    pd.testing.assert_frame_equal(after[0], before[0])
    np.testing.assert_array_equal(after[1], before[1])
    assert len(asked) == 2 and max(asked) <= 2 * (len(ties.axes.actors) - 1) < len(ties.axes.dyads)


def test_many_actors_of_few_events_take_no_table_of_all_their_pairs():
    import tracemalloc

    actors = 5000
    ties = al.Ledger.post(
        al.datasets.simulate(2000, actors=actors, first="2023-01-01", last="2024-12-31")
    ).ties()
    tracemalloc.start()
    al.hedging(ties, ties.axes.actors[:2])
    al.AlignmentOf(*ties.axes.actors[:2]).read(ties)
    found = al.exposure(ties).asymmetry, al.influence(ties).influence
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert all(np.isfinite(score).any() for score in found) and peak < 4 * actors**2


def test_many_ledgers_are_added_two_by_two(monkeypatch):
    """One after the other, 240 months were copied 120 times each."""
    months = [
        al.datasets.simulate(200, first=f"2020-{m:02d}", last=f"2020-{m:02d}", seed=m) for m in range(1, 9)
    ]
    ledgers, copied = [al.Ledger.post(events, freq="M") for events in months], []

    def counted(parts):
        copied.append(sum(len(cells) for cells, _ in parts))
        return merge(parts)

    one_by_one = ledgers[0]
    for ledger in ledgers[1:]:
        one_by_one = one_by_one + ledger
    monkeypatch.setattr("alignscore.ledger.ledger.merge", counted)
    whole = al.Ledger.total(ledgers)
    assert sum(copied) == 3 * sum(len(ledger.cells) for ledger in ledgers)
    assert whole.cells.tolist() == one_by_one.cells.tolist() and whole.last == one_by_one.last
    same(whole.sums, one_by_one.sums)


def test_ties_both_ways_are_those_of_each_pair_once():
    """What is made of a view is what is made of the ties: no act counts twice because its pair stands twice."""
    once = al.Ledger.post(random_events(3)).ties().undirected()
    twice = once.both_ways()
    assert twice.both_ways() is twice
    assert twice.undirected().axes.dyads.tolist() == once.axes.dyads.tolist()
    for name, stock in stocks_of(once).items():
        np.testing.assert_array_equal(stocks_of(twice.undirected())[name], stock)
    for ask in (
        lambda ties: al.hedging(ties, powers=("CHN", "USA")),
        lambda ties: al.exposure(ties),
        lambda ties: al.domain_mix(ties, "KHM", "CHN"),
    ):
        pd.testing.assert_frame_equal(ask(twice).to_frame(columns="all"), ask(once).to_frame(columns="all"))


def test_a_dispersion_of_0_is_none():
    """As fit_decay estimates it of events that come one by one."""
    plain, none = (al.HalfLife(3, dispersion=one) for one in (None, (0.0, 0.5)))
    ask = [al.alignment(al.Ledger.post(random_events(3), decay=decay)) for decay in (plain, none)]
    pd.testing.assert_frame_equal(*(found.to_frame(columns="all") for found in ask))
