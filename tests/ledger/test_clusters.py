"""Events of one cluster are one piece of evidence: products of their masses beside the squares, in every ledger."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.dates import NO_DAY
from strategies import point_events

DOMAINS = ("economic", "diplomatic", "security")
YEARS = 5


def table(n, seed, *, clusters, standing=0.3):
    """Rows of six actors in both directions, some mutual, some standing, some of these ended; labels of clusters."""
    rng = np.random.default_rng(seed)
    day = pd.to_datetime("2000-01-01") + pd.to_timedelta(rng.integers(0, 3000, n), unit="D")
    a, b = rng.choice(list("ABC"), n), rng.choice(list("XYZ"), n)
    swap, stands = rng.random(n) < 0.5, rng.random(n) < standing
    length = pd.to_timedelta(rng.integers(100, 2000, n), unit="D")
    frame = pd.DataFrame(
        {
            "source": np.where(swap, b, a), "target": np.where(swap, a, b), "date": day,
            "domain": rng.choice(DOMAINS, n), "value": rng.choice([4.0, -3.0, 6.0], n),
            "weight": rng.uniform(0.5, 2, n), "mutual": rng.random(n) < 0.4, "standing": stands,
            "until": (day + length).where(stands & (rng.random(n) < 0.5)),
        }
    )  # fmt: skip
    return frame, rng.integers(0, clusters, n)


def left(events, ends):
    """What is left of each event at the end of each period, (N, T): one by one, in words of one syllable."""
    out = np.zeros((len(events), len(ends)))
    for e in range(len(events)):
        for t, end in enumerate(ends):
            begun, over = events.day[e] <= end, events.until[e] != NO_DAY and events.until[e] <= end
            since = events.until[e] if events.standing[e] else events.day[e]
            fading = 2.0 ** -((end - since) / (YEARS * 365.25)) if begun else 0.0
            out[e, t] = float(begun) if events.standing[e] and not over else fading
    return out


def twin(events, labels, ties, *, directed):
    """Squares and products of two domains over every two events of a cluster, by loops: {(pair, a, b): (T,)}."""
    share, mass, found = left(events, ties.axes.ends), np.abs(events.value) * events.weight, {}
    for e in range(len(events)):
        ways = [(events.source[e], events.target[e])]
        ways += [(events.target[e], events.source[e])] if events.mutual[e] else []
        for f in range(len(events)):
            others = [(events.source[f], events.target[f])]
            others += [(events.target[f], events.source[f])] if events.mutual[f] else []
            if labels[e] != labels[f] or (events.value[e] > 0) != (events.value[f] > 0):
                continue
            for way in ways:
                for other in others:
                    same = way == other if directed else sorted(way) == sorted(other)
                    if not same:
                        continue
                    pair = way if directed else tuple(sorted(way))
                    key = (*map(int, pair), int(events.domain[e]), int(events.domain[f]))
                    x = mass[e] * mass[f] * np.minimum(share[e], share[f])
                    found[key] = found.get(key, 0.0) + x
    return found


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_squares_and_products_are_those_of_every_two_events(seed, directed):
    frame, labels = table(60, seed, clusters=5)
    events = al.Events.from_frame(frame)
    ties = al.Ledger.post(events, decay=al.HalfLife(years=YEARS), cluster=labels).ties(directed=directed)
    expected = twin(events, labels, ties, directed=directed)
    square = ties.cooperation2 + ties.conflict2
    rows, at = ties.joint.of(ties.axes.dyads, len(ties.axes.actors), directed=directed)
    product = np.zeros((len(ties.axes.dyads), 3, len(ties.axes.ends)))
    product[rows] = (ties.joint.cooperation + ties.joint.conflict)[at]
    for d, pair in enumerate(ties.axes.dyads.tolist()):
        for k in range(3):
            np.testing.assert_allclose(square[d, k], expected.get((*pair, k, k), 0.0), rtol=1e-10, atol=1e-10)
        for q, (a, b) in enumerate(((0, 1), (0, 2), (1, 2))):
            np.testing.assert_allclose(
                product[d, q], expected.get((*pair, a, b), 0.0), rtol=1e-10, atol=1e-10
            )


@pytest.mark.parametrize(
    "decay", [al.HalfLife(2), al.HalfLife(3, domains={"security": 9}), al.Cumulative()], ids=repr
)
@pytest.mark.parametrize("cluster", [None, "source", "day", "labels"])
def test_a_sum_that_fades_is_the_sum_of_its_pairs(monkeypatch, cluster, decay):
    """Of many events of a cluster, each is multiplied with all before it at once: the products are those of every two."""
    frame, labels = table(300, 5, clusters=3, standing=0.02)
    events = al.Events.from_frame(
        frame.assign(event_id=[f"{at // 4}" for at in range(300)]), duplicates="merge"
    )
    given = labels[: len(events)] if cluster == "labels" else cluster

    def posted(long):
        monkeypatch.setattr("alignscore.ledger.clusters.LONG", long)
        return al.Ledger.post(events, decay=decay, cluster=given, freq="Q")

    pairs, sums, both = posted(1000), posted(2), posted(10)
    assert len(pairs.joint)
    for found in (sums, both):
        np.testing.assert_array_equal(found.joint_cells, pairs.joint_cells)
        np.testing.assert_allclose(found.joint, pairs.joint, rtol=1e-12)


def test_a_long_cluster_costs_its_events():
    """Thirty thousand acts of a pair by two sides would be two hundred million pairs."""
    events = al.datasets.simulate(30_000, actors=2, seed=3)
    ties = al.Ledger.post(events, cluster="source").ties(directed=False)
    assert (ties.evidence[0].max(axis=1) < 4.01).all()  # two sides, two signs


def test_scores_stay_and_evidence_is_at_most_the_number_of_clusters():
    frame, labels = table(80, 3, clusters=2)
    frame["value"] = frame["value"].abs()
    events = al.Events.from_frame(frame)
    plain, tied = (al.Ledger.post(events, cluster=c).ties().undirected() for c in (None, labels))
    np.testing.assert_array_equal(plain.cooperation, tied.cooperation)
    assert (tied.evidence <= plain.evidence + 1e-9).all()
    assert tied.evidence.max() <= 2 + 1e-9 < plain.evidence.max()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_no_cluster_counts_more_than_one_event(seed, clusters):
    frame, labels = table(25, seed, clusters=clusters)
    frame["value"] = frame["value"].abs()
    tied = al.Ledger.post(al.Events.from_frame(frame), cluster=labels).ties()
    assert tied.evidence.max() <= clusters + 1e-9


def test_acts_that_have_left_a_window_share_no_evidence_with_those_in_it():
    """Ten acts of one cluster, one a year, had made the last of them the evidence of one nineteenth of an act."""
    rows = [{"source": "A", "target": "B", "date": f"{year}-06-01", "value": 5} for year in range(2001, 2011)]
    events = al.Events.from_frame(pd.DataFrame(rows).assign(domain="security"))
    security = DOMAINS.index("security")
    for periods, shared in ((1, 0), (2, 2)):
        ties = al.Ledger.post(events, decay=al.Window(periods), cluster="source").ties()
        m = 5.0
        # of the pairs the last two: of this act and the one before, and of that and the one before it
        squares = periods * m**2 + 2 * shared * m**2
        assert ties.cooperation2[0, security, -1] == pytest.approx(squares)
    assert al.Ledger.post(events, decay=al.Window(1), cluster="source").ties().evidence.max() == 1
    mechanism = events.to_frame().iloc[:1].assign(standing=True)
    both = al.Events.from_frame(pd.concat([mechanism, events.to_frame().iloc[5:6]]))
    ties = al.Ledger.post(both, decay=al.Window(1), cluster="source").ties()
    assert ties.evidence[0, security, -1] == pytest.approx(1)  # what stands is in every window


def dual(n=40, seed=0, ids=True):
    """Acts of which every other one stands in two domains, one row a domain under one id."""
    rng = np.random.default_rng(seed)
    one = pd.DataFrame(
        {
            "source": rng.choice(list("AB"), n), "target": rng.choice(list("XY"), n),
            "date": pd.to_datetime("2010-01-01") + pd.to_timedelta(rng.integers(0, 3000, n), unit="D"),
            "domain": "economic", "value": rng.choice([5.0, -4.0], n), "weight": rng.uniform(0.5, 2, n),
            "mutual": rng.random(n) < 0.5, "event_id": [f"e{i}" for i in range(n)],
        }
    )  # fmt: skip
    both = pd.concat([one, one[::2].assign(domain="security")], ignore_index=True)
    return both if ids else both.drop(columns="event_id")


def same_joint(a, b):
    return np.array_equal(a.joint_cells, b.joint_cells) and np.allclose(a.joint, b.joint, rtol=1e-12)


def test_one_row_of_each_act_is_worth_what_both_are_told_to_be():
    frame = dual()
    with_ids, without = (
        al.Ledger.post(al.Events.from_frame(f)) for f in (frame, frame.drop(columns="event_id"))
    )
    np.testing.assert_array_equal(with_ids.sums, without.sums)
    assert len(with_ids.joint_cells) > 0 == len(without.joint_cells)
    assert with_ids.cluster == without.cluster == "acts"


def test_an_act_of_one_side_in_each_domain_is_one_for_both_sides_alone():
    """Directed ties of a table in which no act stands in two domains of one side had died of it."""
    rows = point_events(("A", "B", "2020-01-01", 3.0), ("B", "A", "2020-01-01", 3.0), domain=None)
    table = al.Events.from_frame(rows.assign(domain=["economic", "security"], event_id="one"))
    ties = al.Ledger.post(table, decay=al.Cumulative()).ties()
    assert al.alignment(ties).evidence[:, -1, -1].tolist() == [1.0, 1.0]
    assert al.alignment(ties, directed=False).evidence[:, -1, -1].tolist() == [1.0]


def test_the_domains_of_one_kind_are_one_act_without_an_id():
    rows = pd.DataFrame({"source": ["A"], "target": ["B"], "date": ["2020-05-01"], "kind": ["two_plus_two"]})
    events = al.Events.from_frame(rows)
    assert len(events) == 2
    assert len(al.Ledger.post(events).joint_cells) > 0
    assert al.Events.from_frame(rows.assign(event_id="x")).act.tolist() == [0, 0]
    alone = al.Events.from_frame(rows.assign(kind="state_visit"))
    kind = al.Kind(name="state_visit", value=5, domains={"economic": 0.5, "security": 0.5})
    assert alone.act is None
    assert alone.recode(alone.codebook.with_kinds(kind)).act.tolist() == [0, 0]


def test_ledgers_of_whole_acts_add_and_are_kept(tmp_path):
    frame = dual()
    whole = al.Ledger.post(al.Events.from_frame(frame))
    first = frame["event_id"].isin(frame["event_id"].unique()[:17])
    parts = [al.Ledger.post(al.Events.from_frame(frame[rows])) for rows in (first, ~first)]
    assert same_joint(parts[0] + parts[1], whole)
    joined = al.Events.from_frame(frame[first]) + al.Events.from_frame(frame[~first])
    assert same_joint(al.Ledger.post(joined), whole)
    whole.save(tmp_path / "ledger")
    assert same_joint(al.Ledger.load(tmp_path / "ledger"), whole)
    rows = al.Events.from_frame(frame[:40]) + al.Events.from_frame(frame[40:])  # the acts' two rows apart
    assert same_joint(al.Ledger.post(rows), whole)


def test_streams_find_the_rows_of_an_act_across_batches(tmp_path):
    pytest.importorskip("pyarrow")
    frame = dual()
    frame.to_parquet(tmp_path / "events.parquet")
    whole = al.Ledger.post(al.Events.from_frame(frame))
    for rows in (7, 1000):
        assert same_joint(al.post_parquet(tmp_path, batch_rows=rows), whole)
    assert len(al.post_parquet(tmp_path, duplicates="trust").joint_cells) == 0


def test_standing_kinds_that_wait_in_a_stream_keep_their_act(tmp_path):
    pytest.importorskip("pyarrow")
    al.datasets.asean_frame().to_parquet(tmp_path / "asean.parquet")
    whole = al.Ledger.post(al.datasets.asean())
    assert len(whole.joint_cells) > 0
    assert same_joint(al.post_parquet(tmp_path, batch_rows=50), whole)


def test_engines_make_the_products_of_kinds_with_several_domains():
    pl = pytest.importorskip("polars")
    pytest.importorskip("narwhals")
    book, rng, n = al.Codebook.cameo(), np.random.default_rng(0), 300
    several = [
        kind.name for kind, share in zip(book, book.domain_shares, strict=True) if (share > 0).sum() > 1
    ]
    frame = pd.DataFrame(
        {
            "source": rng.choice(list("ABC"), n), "target": rng.choice(list("XYZ"), n),
            "date": pd.to_datetime("2000-01-01") + pd.to_timedelta(rng.integers(0, 3000, n), unit="D"),
            "kind": rng.choice([*several, "042", "043"], n), "mutual": rng.random(n) < 0.5,
        }
    )  # fmt: skip
    decay = al.HalfLife(years=3, domains={"economic": 6})
    in_memory = al.Ledger.post(al.Events.from_frame(frame, codebook=book), decay=decay)
    assert len(in_memory.joint_cells) > 0
    assert same_joint(al.post_lazy(pl.from_pandas(frame).lazy(), codebook=book, decay=decay), in_memory)


def test_what_clusters_is_said_and_ledgers_of_other_clusters_do_not_add():
    events = al.Events.from_frame(dual())
    by_day = al.Ledger.post(events, cluster="day")
    assert "clustered by day" in repr(by_day)
    assert "clustered" not in repr(al.Ledger.post(events))
    assert al.Ledger.post(events, cluster=["a"] * len(events)).cluster == "labels"
    with pytest.raises(al.LedgerError, match="different cluster do not add"):
        by_day + al.Ledger.post(events)
    with pytest.raises(
        al.OptionError, match=r"cluster holds 1 labels for 60 events; give one for each, or one of event_id"
    ):
        al.Ledger.post(events, cluster=["a"])
    with pytest.raises(al.OptionError, match="needs events with a column event_id"):
        al.Ledger.post(al.datasets.simulate(20, actors=3), cluster="event_id")


def test_labels_of_clusters_are_one_an_event_in_their_order():
    pa, n = pytest.importorskip("pyarrow"), 60
    events = al.Events.from_frame(dual())
    labels = [f"episode {at // 2}" if at % 3 else None for at in range(n)]
    want = al.Ledger.post(events, cluster=labels)
    for labelled in (pd.Series(labels, index=range(9, 9 + n)), pa.array(labels), (label for label in labels)):
        assert same_joint(al.Ledger.post(events, cluster=labelled), want)
    with pytest.raises(al.OptionError, match=r"cluster is a Series .* another order .* sort_index\(\)"):
        al.Ledger.post(events, cluster=pd.Series(labels, index=range(n)).sort_index(ascending=False))
    for labelled in (5, set(range(n)), dict.fromkeys(range(n)), pd.DataFrame({"label": labels})):
        with pytest.raises(TypeError, match=f"cluster must be .* not {type(labelled).__name__}"):
            al.Ledger.post(events, cluster=labelled)
    with pytest.raises(al.OptionError, match=r"cluster holds \[1\], which is no label"):
        al.Ledger.post(events, cluster=[[1]] * n)


@pytest.mark.parametrize("reports", [3, 8])
def test_intervals_of_clustered_episodes_cover_with_cluster_and_not_without(reports):
    """Each of five episodes is told of several times over, alike: nominal 95 %."""
    rng, S, episodes = np.random.default_rng(4), 600, 5
    theta = rng.uniform(0.05, 0.95, S)
    pair = np.repeat(np.arange(S), episodes)
    sign = np.where(rng.random(len(pair)) < theta[pair], 5.0, -5.0)
    again = np.repeat(np.arange(len(pair)), reports)
    frame = pd.DataFrame(
        {
            "source": [f"A{i:03d}" for i in pair[again]], "target": "B", "domain": "security",
            "date": pd.to_datetime("2020-12-31"), "value": sign[again],
        }
    )  # fmt: skip
    events = al.Events.from_frame(frame)
    covered = []
    for cluster in (again, None):
        found = al.alignment(al.Ledger.post(events, cluster=cluster))
        low, high = (column[:, 2, -1] for column in (found.low, found.high))
        covered.append(((low <= 2 * theta - 1) & (2 * theta - 1 <= high)).mean())
    assert covered[0] >= 0.93
    assert covered[1] < 0.85


@given(st.lists(st.integers(-6, 30), max_size=20), st.sampled_from(["as it is", "rising", "falling"]))
def test_entries_that_another_one_equals(codes, order):
    """However codes run: rows of a stream are numbered downwards, and only neighbours are compared there."""
    from alignscore.ledger.clusters import _duplicates

    if order != "as it is":
        codes = sorted(codes, reverse=order == "falling")
    expected = [codes.count(code) > 1 for code in codes]
    assert _duplicates(np.array(codes, dtype=np.int64)).tolist() == expected
