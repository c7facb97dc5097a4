"""Streams, clusters and engines give the ledger that memory gives; nothing is lost in silence or by a broken run."""

import json
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.__main__ import main
from alignscore.errors import EventError, FormatError, LedgerError, OptionError, UnknownLabelError
from alignscore.scale import post_dask, post_lazy, post_parquet
from alignscore.scale.stream import Settings, Stream
from alignscore.scale.stream_state import Accumulator
from strategies import event_rows
from tolerances import ALGEBRA, same

ENGINES = 1e-9
FREQS = ["Y", "Q", "M", "W", "D"]


def same_ledger(got, want, rtol=ALGEBRA):
    """Every label, every cell and every sum, and what domains share."""
    assert got.axes.actors == want.axes.actors
    assert got.axes.periods.equals(want.axes.periods)
    assert got.last == want.last and got.codebook == want.codebook
    np.testing.assert_array_equal(got.axes.dyads, want.axes.dyads)
    np.testing.assert_array_equal(got.half_lives, want.half_lives)
    np.testing.assert_array_equal(got.cells, want.cells)
    same(got.sums, want.sums, rtol)
    same(got.booked, want.booked, rtol)
    np.testing.assert_array_equal(got.joint_cells, want.joint_cells)
    same(got.joint, want.joint, 1e-9)


def counts(report):
    assert report.adds_up
    return {"read": report.read, "kept": report.kept} | {step.reason: step.rows for step in report.steps}


def messy(n, seed=0, kinds=True):
    """Rows of every sort, good and bad, as text files bring them."""
    rng = np.random.default_rng(seed)
    labels = np.array(["CHN", "USA", "KHM", " PHL", "VNM", "", None], dtype=object)
    days = pd.Timestamp("2001-01-01") + pd.to_timedelta(rng.integers(0, 4000, n), unit="D")
    dates = np.array([str(day.date()) for day in days], dtype=object)
    dates[rng.random(n) < 0.05] = "2005-07"
    dates[rng.random(n) < 0.02] = "soon"
    dates[rng.random(n) < 0.02] = "2006-12-31T23:30:00-05:00"
    names = ["strategic_partnership", "comprehensive_strategic_partnership", "state_visit", "two_plus_two",
             "sanctions", "", "slip"]  # fmt: skip
    frame = pd.DataFrame(
        {
            "source": labels[rng.choice(7, n, p=[0.3, 0.2, 0.2, 0.1, 0.16, 0.02, 0.02])],
            "target": labels[rng.choice(7, n, p=[0.2, 0.3, 0.2, 0.1, 0.16, 0.02, 0.02])],
            "date": dates,
            "until": rng.choice(["2014-05-05", "2014-05", "2014", ""], n, p=[0.05, 0.03, 0.02, 0.9]),
            "domain": np.array(["security", "economic", "", None], dtype=object)[rng.integers(0, 4, n)],
            "value": np.where(rng.random(n) < 0.5, np.nan, np.round(rng.normal(0, 5, n), 1)),
            "weight": rng.choice([-1.0, np.nan, 1e200, 1.5], n, p=[0.02, 0.05, 0.01, 0.92])
            * (1 + rng.random(n)),
            "mutual": rng.random(n) < 0.3,
            "event_id": np.array([f"e{i}" if i else "" for i in rng.integers(0, 2 * n, n)], dtype=object),
        }
    )
    if kinds:
        frame["kind"] = np.array(names, dtype=object)[
            rng.choice(7, n, p=[0.1, 0.1, 0.2, 0.2, 0.1, 0.28, 0.02])
        ]
    return frame


@st.composite
def rows_of_few_acts(draw):
    """Rows of few ids in several domains, passing and standing."""
    kinds = ["state_visit", "sanctions", "strategic_partnership", "two_plus_two", "arms_transfer"]
    cell = st.tuples(
        st.sampled_from(["CHN", "USA"]), st.sampled_from(["KHM", "VNM"]), st.integers(0, 3), st.integers(0, 6),
        st.sampled_from(kinds),
    )  # fmt: skip
    rows = draw(st.lists(cell, min_size=1, max_size=60))
    frame = pd.DataFrame(rows, columns=["source", "target", "year", "event_id", "kind"])
    frame["date"] = [f"{2001 + y}-03-01" for y in frame.pop("year")]
    frame["event_id"] = [f"e{i}" if i else "" for i in frame["event_id"]]
    return frame


def parquet(frame, path, rows=37):
    frame.to_parquet(path, row_group_size=rows)
    return path


# ---- Parquet --------------------------------------------------------------------------------------
@pytest.mark.parametrize("freq", FREQS)
def test_parquet_equals_memory_with_every_sort_of_row(tmp_path, freq):
    frame = messy(600)
    for at, part in enumerate(np.array_split(np.arange(600), 3)):
        parquet(frame.iloc[part], tmp_path / f"{at}.parquet")
    events, refused = al.Events.screen(frame)
    assert len(refused) > 30
    ledger = post_parquet(tmp_path, freq=freq, batch_rows=67)
    same_ledger(ledger, al.Ledger.post(events, freq=freq))
    assert counts(ledger.report) == dict(events.report)


@given(frame=event_rows(), rows=st.integers(1, 9), group=st.integers(1, 9))
@settings(max_examples=6)
def test_no_cut_of_the_rows_changes_the_ledger(tmp_path_factory, frame, rows, group):
    path = tmp_path_factory.mktemp("cut") / "events.parquet"
    parquet(frame, path, group)
    same_ledger(post_parquet(path, batch_rows=rows), al.Ledger.post(al.Events.from_frame(frame)))


@pytest.mark.parametrize(
    "decay", [al.Window(3), al.Cumulative(), al.Saturating(), al.HalfLife(5, domains={"security": 2})]
)
def test_parquet_equals_memory_under_every_decay(tmp_path, decay):
    frame = messy(300, seed=3)
    events, _ = al.Events.screen(frame)
    got = post_parquet(parquet(frame, tmp_path / "e.parquet"), decay=decay, batch_rows=50)
    same_ledger(got, al.Ledger.post(events, decay=decay))


def test_a_family_is_settled_over_files_even_when_an_act_comes_late(tmp_path):
    # raised in 2010, first read after the pact of 2015 that replaces it: by hand, one pact in force at a time
    late = pd.DataFrame({"source": ["A"], "target": ["B"], "date": ["2010-01-01"], "mutual": [True],
                         "kind": ["strategic_partnership"]})  # fmt: skip
    early = late.assign(date="2015-01-01", kind="comprehensive_strategic_partnership")
    parquet(early, tmp_path / "a.parquet"), parquet(late, tmp_path / "b.parquet")
    ties = post_parquet(tmp_path).ties(end=2016)
    book = al.Codebook.ladder()
    low, high = (
        book[name].value for name in ("strategic_partnership", "comprehensive_strategic_partnership")
    )
    per_period = ties.cooperation.sum(axis=(0, 1)) / 2 / len(book["strategic_partnership"].domains)
    same(per_period, np.array([low] * 5 + [high] * 2))


def test_mechanisms_that_wait_in_two_batches_are_two_pieces_of_evidence(tmp_path):
    """Rows without an id are told apart by where they stand in the whole stream, not in their batch."""
    kinds = ["strategic_partnership", "state_visit", "defence_pact", "state_visit"]
    frame = pd.DataFrame({"source": "KHM", "target": "CHN", "date": "2010-05-01", "kind": kinds})
    want = al.Ledger.post(al.Events.from_frame(frame))
    for rows in (2, 4):
        same_ledger(post_parquet(parquet(frame, tmp_path / "e.parquet"), batch_rows=rows), want)


def test_categories_codes_and_timestamps_take_the_same_road(tmp_path):
    events = al.datasets.simulate(1200, actors=12, seed=4, mutual=0.2)
    frame = events.to_frame().drop(columns=["until", "date_precision", "kind", "standing"])
    want = al.Ledger.post(events, freq="M")
    numbers = frame.assign(source=events.source.astype("i8"), target=events.target.astype("i8"))
    for at, table in enumerate([
        frame, frame.astype({"source": "category", "target": "category", "domain": "category"}),
        frame.assign(date=frame["date"].dt.date), frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d")),
        frame.assign(mutual=np.where(frame["mutual"], "yes", "no")), frame.assign(value=frame["value"].astype(str)),
    ]):  # fmt: skip
        same_ledger(
            post_parquet(parquet(table, tmp_path / f"{at}.parquet", 399), freq="M", batch_rows=300), want
        )
    coded = post_parquet(parquet(numbers, tmp_path / "n.parquet"), freq="M")
    same_ledger(coded, al.Ledger.post(al.Events.from_frame(numbers), freq="M"))


def test_volume_and_net_share_are_those_of_memory(tmp_path):
    frame = messy(400, seed=5)
    events, _ = al.Events.screen(frame)
    got, want = post_parquet(parquet(frame, tmp_path / "e.parquet"), batch_rows=41), al.Ledger.post(events)
    pd.testing.assert_frame_equal(got.volume(), want.volume(), rtol=ALGEBRA)
    same(al.alignment(got.ties()).net_share, al.alignment(want.ties()).net_share)


def test_only_the_actors_asked_for(tmp_path):
    frame = messy(300, seed=6)
    ledger = post_parquet(parquet(frame, tmp_path / "e.parquet"), actors=["CHN", "USA", "KHM"], batch_rows=31)
    inside = frame["source"].isin(["CHN", "USA", "KHM"]) & frame["target"].isin(["CHN", "USA", "KHM"])
    events, _ = al.Events.screen(frame[inside].reset_index(drop=True))
    same(al.Ledger.post(events).sums.sum(axis=0), ledger.sums.sum(axis=0))
    assert counts(ledger.report)["actor not asked for"] > 50 and ledger.report.kept == events.report["kept"]


def test_an_actor_asked_for_whose_events_all_lead_elsewhere_leaves_no_trace_of_batches(tmp_path):
    frame = pd.DataFrame({"source": ["CHN", "BRN"], "target": ["KHM", "FJI"], "date": "2020-01-01",
                          "domain": "security", "value": 3.0})  # fmt: skip
    path = parquet(frame, tmp_path / "e.parquet")
    whole, cut = (post_parquet(path, actors=["KHM", "CHN", "BRN"], batch_rows=rows) for rows in (2, 1))
    assert whole.axes.actors == ("CHN", "KHM")
    same_ledger(cut, whole)


def test_columns_of_other_names_and_columns_left_out(tmp_path):
    frame = messy(200, seed=7)
    events, _ = al.Events.screen(frame.drop(columns=["weight", "event_id"]))
    renamed = parquet(frame.rename(columns={"source": "a", "target": "b"}), tmp_path / "e.parquet")
    got = post_parquet(renamed, columns={"source": "a", "target": "b", "weight": None, "event_id": None})
    same_ledger(got, al.Ledger.post(events))
    trusted = post_parquet(
        renamed, columns={"source": "a", "target": "b", "weight": None}, duplicates="trust"
    )
    same_ledger(trusted, got)


def test_columns_are_named_to_streams_as_to_the_reader_of_any_table(tmp_path):
    """An error tells one mapping for all doors; labels and addresses are posted nowhere."""
    frame = plain(30).assign(label="x", url="y", weight=2.0)
    named = {name: name.title() for name in frame}
    path = parquet(frame.rename(columns=named), tmp_path / "e.parquet")
    want = al.Ledger.post(al.read_events(path, columns=named)[0])
    for got in (post_parquet(path, columns=named), post_dask([pd.read_parquet(path)], columns=named)):
        same_ledger(got, want)


def test_what_cannot_be_posted_is_said(tmp_path):
    frame = pd.DataFrame({"source": ["A"], "target": ["B"], "date": ["2020-01-01"], "domain": ["security"]})
    with pytest.raises(EventError, match=re.escape("neither a column 'kind'")):
        post_parquet(parquet(frame, tmp_path / "e.parquet"))
    with pytest.raises(EventError, match="column 'surce' is missing from the table. Did you mean 'source'?"):
        post_parquet(tmp_path / "e.parquet", columns={"source": "surce"})
    with pytest.raises(UnknownLabelError, match="unknown column 'origin'"):
        post_parquet(tmp_path / "e.parquet", columns={"origin": "source"})
    with pytest.raises(LedgerError, match="no event to post"):
        post_parquet(parquet(frame.assign(value=99.0), tmp_path / "f.parquet"))
    with pytest.raises(LedgerError, match="no event to post"):
        post_parquet(parquet(frame.assign(value=1.0)[:0], tmp_path / "none.parquet"))
    with pytest.raises(EventError, match="holds list<.*> values; give one text or number a row"):
        post_parquet(parquet(frame.assign(value=1.0, source=[["A"]]), tmp_path / "g.parquet"))
    (tmp_path / "text.parquet").write_text("not parquet")
    with pytest.raises(FormatError, match="is not a Parquet table"):
        post_parquet(tmp_path / "text.parquet")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="holds no .parquet file"):
        post_parquet(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match="no file or folder at"):
        post_parquet(tmp_path / "nowhere")
    with pytest.raises(TypeError, match="not the text 'CHN'"):
        post_parquet(tmp_path / "e.parquet", actors="CHN")
    with pytest.raises(TypeError, match="columns is .*; give a mapping, such as {'source': 'src'}"):
        post_parquet(tmp_path / "e.parquet", columns=["source"])
    with pytest.raises(TypeError, match="batch_rows is 2.5; it must be a whole number"):
        post_parquet(tmp_path / "e.parquet", batch_rows=2.5)
    with pytest.raises(TypeError, match="progress is 5; give True for a line on stderr"):
        post_parquet(tmp_path / "e.parquet", progress=5)


def test_progress_of_parquet_may_be_a_line(tmp_path, capsys):
    frame = pd.DataFrame(
        {"source": ["A"], "target": ["B"], "date": ["2020-01-01"], "domain": ["security"], "value": 1.0}
    )
    post_parquet(parquet(frame, tmp_path / "e.parquet"), progress=True)
    assert "1 of 1 rows" in capsys.readouterr().err
    parquet(pd.concat([frame] * 3), tmp_path / "f.parquet")
    told = []
    post_parquet(tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)  # of all files


def test_partitions_hold_what_a_frame_may_hold():
    """Periods, a number beside True, a column that stands twice."""
    frame = pd.DataFrame(
        {"source": ["A", "C"], "target": "B", "date": pd.PeriodIndex(["2020-01", "2020-02"], freq="M"), "domain": "security"}
    ).assign(value=pd.Series([1.0, True], dtype=object))  # fmt: skip
    pytest.importorskip("dask")
    events, _ = al.Events.screen(frame)
    got = post_dask([frame])
    same_ledger(got, al.Ledger.post(events))
    assert got.report.rows("unreadable value") == 1
    with pytest.raises(EventError, match="column 'value' stands more than once in the table; keep one"):
        post_dask([pd.concat([frame, frame[["value"]]], axis=1)])
    row = {"source": "A", "target": "B", "date": "2024-03-01", "domain": "security", "value": 1.0}
    other = row | {"date": b"2024-03-02", "domain": b"economic", "value": True, "target": 710.0}
    mixed = pd.DataFrame([row, other, other | {"value": b"2"}], dtype=object)
    same_ledger(post_dask([mixed]), al.Ledger.post(al.Events.screen(mixed)[0]))


# ---- the table that grows ---------------------------------------------------------------------------
@pytest.mark.parametrize("batch", [1, 130, 1 << 21])
def test_batches_of_any_size_leave_no_trace(batch):
    """Later batches bring more actors, earlier and later days, standing and mutual acts."""
    codebook, frames = al.Codebook.ladder(), []
    table = Accumulator(codebook, "M", al.HalfLife(5), batch=batch)
    names = [f"A{at}" for at in range(40)]
    for at in range(12):
        rng = np.random.default_rng(at)
        n, few = 50, 4 + 3 * at
        source = rng.integers(0, few, n)
        frame = pd.DataFrame({
            "source": [names[i] for i in source],
            "target": [names[i] for i in (source + 1 + rng.integers(0, few - 1, n)) % few],
            "date": np.datetime64("2010-01-01") + (rng.integers(0, 300, n) + 200 * at * (-1) ** at).astype("m8[D]"),
            "domain": "security", "value": rng.normal(0, 3, n).clip(-9, 9), "mutual": at > 5 and True,
            "standing": at > 8,
        })  # fmt: skip
        frames.append(frame)
        events = al.Events.from_frame(frame)
        to = np.array([names.index(label) for label in events.actors], dtype=np.int32)
        columns = {"actors": tuple(names[:few]), "source": to[events.source], "target": to[events.target]}
        from dataclasses import replace

        table.add(replace(events, **columns))
    want = al.Ledger.post(al.Events.from_frame(pd.concat(frames, ignore_index=True)), freq="M")
    same_ledger(table.ledger(), want)


# ---- broken runs --------------------------------------------------------------------------------------
class Broken(Exception):
    pass


def broken_run(path, folder, rows, **options):
    def stop(done, total):
        if done > rows:
            raise Broken

    with pytest.raises(Broken):
        post_parquet(path, checkpoint=folder, save_every=60, batch_rows=20, progress=stop, **options)


def test_a_broken_run_continues_and_says_so(tmp_path):
    frame = messy(600, seed=8)
    path, folder = parquet(frame, tmp_path / "e.parquet"), tmp_path / "saved"
    events, _ = al.Events.screen(frame)
    for rows in (200, 400):
        broken_run(path, folder, rows)
    seen = []
    ledger = post_parquet(
        path, checkpoint=folder, batch_rows=20, progress=lambda done, total: seen.append(done)
    )
    same_ledger(ledger, al.Ledger.post(events))
    assert min(seen) > 300  # what was saved is not read again
    assert re.search(r"continued from a checkpoint after 3\d\d rows", repr(ledger.report))
    assert counts(ledger.report) == dict(events.report)
    again = post_parquet(path, checkpoint=folder)
    same_ledger(again, ledger)
    assert "after 600 rows" in repr(again.report)


def test_a_run_that_continues_knows_the_labels_met_before_the_break(tmp_path):
    frame = plain(400).drop(columns="kind").assign(domain="security", value=1.0)
    frame["source"] = ["China" if at < 100 else "CHN" if at > 350 else "KHM" for at in range(400)]
    frame["target"] = "USA"
    path, folder = parquet(frame, tmp_path / "e.parquet"), tmp_path / "saved"
    broken_run(path, folder, 200)
    with pytest.raises(EventError, match="'CHN' and 'China'|'China' and 'CHN'"):
        post_parquet(path, checkpoint=folder, batch_rows=20)


@given(
    frame=rows_of_few_acts(), group=st.integers(1, 9), batches=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    save=st.integers(1, 30), breaks=st.integers(0, 40), files=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=10)
def test_an_act_is_one_piece_of_evidence_wherever_a_run_breaks(
    tmp_path_factory, frame, group, batches, save, breaks, files
):
    """In whatever files, row groups and batches its rows lie, and whatever of them was saved before the break."""
    folder = tmp_path_factory.mktemp("cut")
    (folder / "files").mkdir()
    for at, part in enumerate(np.array_split(np.arange(len(frame)), files)):
        parquet(frame.iloc[part], folder / "files" / f"{at}.parquet", group)
    events, _ = al.Events.screen(frame)

    def stop(done, total):
        if done > breaks:
            raise Broken

    options = {"checkpoint": folder / "saved", "save_every": save}
    with suppress(Broken):
        post_parquet(folder / "files", batch_rows=batches[0], progress=stop, **options)
    got = post_parquet(folder / "files", batch_rows=batches[1], **options)
    same_ledger(got, al.Ledger.post(events))
    assert counts(got.report) == dict(events.report)


@given(frame=rows_of_few_acts(), cut=st.integers(1, 40), batch=st.integers(1, 20), reach=st.integers(1, 40))
@settings(max_examples=10)
def test_how_far_rows_of_an_act_may_lie_apart_depends_on_no_posting(frame, cut, batch, reach):
    """Within the reach all is as in memory; beyond it, nothing depends on the cut either."""

    def posted(cut, batch, reach):
        stream = Stream(Settings.make(), "t")
        stream.sums.batch, stream.sums.reach = batch, reach
        for at in range(0, len(frame), cut):
            stream.feed_frame(frame.iloc[at : at + cut])
        return stream.posted()

    same_ledger(posted(cut, batch, len(frame)), al.Ledger.post(al.Events.screen(frame)[0]))
    same_ledger(posted(cut, batch, reach), posted(len(frame), 1 << 22, reach))


def test_only_rows_within_the_reach_are_kept_in_memory():
    frame = pd.DataFrame({"source": "A", "target": "B", "date": "2020-01-01", "kind": "state_visit",
                          "event_id": [f"e{i}" for i in range(400)]})  # fmt: skip
    stream = Stream(Settings.make(), "t")
    stream.sums.batch, stream.sums.reach = 10, 25
    for at in range(0, 400, 10):
        stream.feed_frame(frame.iloc[at : at + 10])
        assert sum(map(len, stream.sums.recent)) <= 25
    assert not Stream(Settings.make(), "t").sums.recent


@pytest.mark.parametrize("how", ["keep", "refuse", "merge"])
@given(
    rows=st.lists(st.tuples(st.sampled_from(["CHN", "USA"]), st.sampled_from(["KHM", "VNM"]), st.integers(0, 1),
                            st.sampled_from(["state_visit", "sanctions", "two_plus_two", "strategic_partnership"]),
                            st.sampled_from([1.0, 2.0]), st.booleans(), st.sampled_from(["", "", "e1", "e2"])),
                  min_size=1, max_size=50),
    turn=st.booleans(), cut=st.integers(1, 9), ids=st.booleans(),
)  # fmt: skip
@settings(max_examples=6)
def test_repeated_rows_fare_at_every_door_as_in_memory(tmp_path_factory, how, rows, turn, cut, ids):
    names = ["source", "target", "year", "kind", "weight", "mutual", "event_id"]
    frame = pd.DataFrame(rows, columns=names).assign(date=lambda f: 2001 + f.pop("year"))
    if turn:  # the other half of the mutual rows is told from the other side
        frame[["source", "target"]] = np.where(
            (frame["mutual"] & (frame.index % 2 == 1)).to_numpy()[:, None],
            frame[["target", "source"]], frame[["source", "target"]],
        )  # fmt: skip
    if not ids:
        frame = frame.drop(columns="event_id")
    events, _ = al.Events.screen(frame, duplicates=how)
    want, folder = al.Ledger.post(events), tmp_path_factory.mktemp("twice")
    parquet(frame, folder / "e.parquet", cut)
    for got in (
        post_parquet(folder, duplicates=how, batch_rows=cut),
        post_dask([frame.iloc[at : at + cut] for at in range(0, len(frame), cut)], duplicates=how),
    ):
        same_ledger(got, want)
        assert counts(got.report) == dict(events.report)


@pytest.mark.parametrize("ids", [["a", "", ""], ["", "a", ""], ["", "", "a"]])
def test_a_row_without_an_id_repeats_none_that_has_one(ids):
    """Rows of one batch had been compared with those that have an id; whether they met hung on the cut and the order."""
    frame = pd.DataFrame({"source": "A", "target": "B", "date": "2020-01-01", "domain": "security",
                          "value": [5.0, 5.0, 5.0], "event_id": ids})  # fmt: skip
    want = al.Ledger.post(al.Events.from_frame(frame, duplicates="merge", actors="as_given"))
    assert want.n_events == 2
    for cut in (1, 2, 3):
        parts = [frame.iloc[at : at + cut] for at in range(0, 3, cut)]
        same_ledger(post_dask(parts, duplicates="merge"), want)


def test_an_engine_compares_no_rows():
    for how in ("refuse", "merge"):
        with pytest.raises(OptionError, match=f"cannot compare rows, as duplicates='{how}' asks"):
            post_lazy(plain(20).drop(columns="kind"), duplicates=how)


def test_a_decay_of_an_engine_names_domains_that_are_there():
    """A name that was mistyped had been let pass, and its half-life with it."""
    with pytest.raises(al.UnknownLabelError, match="unknown domain 'securty'. Did you mean 'security'"):
        post_lazy(plain(20).drop(columns="kind"), decay=al.HalfLife(5, domains={"securty": 2}))


def test_what_an_engine_needs_is_told(monkeypatch):
    """Without pyarrow it had run the whole query and ended in an ImportError of narwhals."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"with pyarrow: pip install 'alignscore\[scale\]'"):
        post_lazy(plain(20).drop(columns="kind"))


def test_a_checkpoint_of_something_else_is_refused(tmp_path):
    path, folder = parquet(messy(300), tmp_path / "e.parquet"), tmp_path / "saved"
    post_parquet(path, checkpoint=folder)
    with pytest.raises(FormatError, match="other freq: 'Y', and this run has 'M'"):
        post_parquet(path, checkpoint=folder, freq="M")
    with pytest.raises(FormatError, match="with other decay"):
        post_parquet(path, checkpoint=folder, decay=al.HalfLife(2))
    parquet(messy(300, seed=1), path)
    with pytest.raises(FormatError, match="with other files"):
        post_parquet(path, checkpoint=folder)
    next(folder.glob("after-*/state.json")).write_text("{")
    with pytest.raises(FormatError, match="is damaged"):
        post_parquet(path, checkpoint=folder)


@pytest.mark.parametrize("name", ["ledger.npz", "held.npz", "state.json"])
def test_a_checkpoint_that_is_not_whole_is_refused(tmp_path, name):
    """Whichever file is lost, cut short or has one bit turned: nothing is taken from it."""
    frame = messy(300, seed=2)
    path, folder = parquet(frame, tmp_path / "e.parquet"), tmp_path / "saved"
    broken_run(path, folder, 200)
    part = next(folder.glob(f"after-*/{name}"))
    whole = part.read_bytes()
    turned = bytearray(whole)
    turned[len(whole) // 3] ^= 4
    for damaged in (bytes(turned), whole[: len(whole) // 2], b"", None):
        part.unlink(missing_ok=True)
        if damaged is not None:
            part.write_bytes(damaged)
        lost = f"{name} is missing" if damaged is None and name != "state.json" else ""
        with pytest.raises(FormatError, match=lost or "is damaged|by a run with other"):
            post_parquet(path, checkpoint=folder)
    part.write_bytes(whole)
    same_ledger(post_parquet(path, checkpoint=folder), al.Ledger.post(al.Events.screen(frame)[0]))


def test_a_state_without_a_line_is_refused(tmp_path):
    path, folder = parquet(messy(300, seed=2), tmp_path / "e.parquet"), tmp_path / "saved"
    post_parquet(path, checkpoint=folder)
    place = next(folder.glob("after-*/state.json"))
    state = json.loads(place.read_text())
    for name in set(state) - {"run"}:
        place.write_text(json.dumps({key: value for key, value in state.items() if key != name}))
        with pytest.raises(FormatError, match="checksum of state.json"):
            post_parquet(path, checkpoint=folder)


def test_two_runs_do_not_share_a_checkpoint(tmp_path):
    """The second is refused while the first is at work, and may go on once it has stopped."""
    path, folder = parquet(messy(300), tmp_path / "e.parquet"), tmp_path / "saved"
    refused = []

    def second(done, total):
        with pytest.raises(FormatError, match="in use by another run") as problem:
            post_parquet(path, checkpoint=folder)
        refused.append(problem)

    whole = post_parquet(path, checkpoint=folder, batch_rows=100, progress=second)
    assert refused
    same_ledger(post_parquet(path, checkpoint=folder), whole)
    assert len(list(folder.glob("after-*"))) == 1 and not list(folder.glob("being-written-*"))


# ---- Dask -----------------------------------------------------------------------------------------------
def test_dask_partitions_equal_memory():
    dd = pytest.importorskip("dask.dataframe")
    frame = messy(600, seed=9)
    events, _ = al.Events.screen(frame)
    ledger = post_dask(dd.from_pandas(frame, npartitions=8), freq="Q")
    same_ledger(ledger, al.Ledger.post(events, freq="Q"))
    assert counts(ledger.report) == dict(events.report)
    assert post_dask([frame.iloc[:300], frame.iloc[300:]], freq="Q").n_events == ledger.n_events
    with pytest.raises(LedgerError, match="no partition"):
        post_dask([])
    with pytest.raises(TypeError, match="a partition is a SimpleNamespace; collect what is lazy to a table"):
        post_dask([SimpleNamespace(columns=["source"])])


@given(frame=rows_of_few_acts(), ends=st.lists(st.integers(0, 40), max_size=5))
@settings(max_examples=8)
def test_an_act_is_one_piece_of_evidence_in_whatever_partitions_its_rows_lie(frame, ends):
    events, _ = al.Events.screen(frame)
    cuts = sorted({0, len(frame), *(end for end in ends if end < len(frame))})
    got = post_dask([frame.iloc[a:b] for a, b in pairwise(cuts)])
    same_ledger(got, al.Ledger.post(events))
    assert counts(got.report) == dict(events.report)


def test_rows_of_an_act_meet_over_batches_of_one_partition(monkeypatch):
    """A visit read many batches before the standing pact of the same act, which waits for what may replace it."""
    for module in ("stream", "dask_tables"):
        monkeypatch.setattr(f"alignscore.scale.{module}.BATCH", 2)
    frame = pd.DataFrame(
        [("A", "B", f"2001-03-0{at}", "x" if at in (1, 7) else f"y{at}", domain, kind)
         for at, domain, kind in [(1, "economic", "state_visit"), *((i, None, "sanctions") for i in range(2, 7)),
                                  (7, None, "strategic_partnership"), (8, None, "aid")]],
        columns=["source", "target", "date", "event_id", "domain", "kind"],
    )  # fmt: skip
    want = al.Ledger.post(al.Events.screen(frame)[0])
    assert len(want.joint)
    same_ledger(post_dask([frame]), want)
    same_ledger(post_dask([frame[:3], frame[3:]]), want)


def test_partition_without_events_is_no_trouble():
    frame = messy(60, seed=10)
    events, _ = al.Events.screen(frame)
    same_ledger(post_dask([frame.iloc[:0], frame, frame.iloc[:0]]), al.Ledger.post(events))


def slow_part(at, folder):
    """A partition that takes a moment, and tells who made it."""
    (folder / f"{at}-{os.getpid()}").touch()
    time.sleep(0.15)
    return messy(200, seed=at).drop(columns="event_id")


def test_two_workers_and_the_death_of_one(tmp_path):
    """The ledger is that of memory, whoever dies half-way."""
    distributed = pytest.importorskip("distributed")
    import dask

    start = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    frames = [messy(200, seed=at).drop(columns="event_id") for at in range(24)]
    events, _ = al.Events.screen(pd.concat(frames, ignore_index=True))
    with (
        dask.config.set(
            {"distributed.worker.multiprocessing-method": start, "logging.distributed": "critical"}
        ),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())
        assert len(set(pids)) == 2
        for dies in (False, True):
            folder = tmp_path / str(dies)
            folder.mkdir()

            def murder(folder=folder):
                while len(list(folder.glob(f"*-{pids[0]}"))) < 4:
                    time.sleep(0.02)
                os.kill(pids[0], signal.SIGKILL)

            if dies:
                threading.Thread(target=murder, daemon=True).start()
            ledger = post_dask([dask.delayed(slow_part, pure=False)(at, folder) for at in range(24)])
            same_ledger(ledger, al.Ledger.post(events))
            assert counts(ledger.report) == dict(events.report)
            assert len({path.name.split("-")[1] for path in folder.iterdir()}) >= 2
            if dies:  # some of the dead one's partitions were made again
                assert len(list(folder.iterdir())) > 24


# ---- inside an engine ---------------------------------------------------------------------------------------
def plain(n=2000, seed=0):
    frame = messy(n, seed).drop(columns=["until", "event_id", "kind"])
    frame["kind"] = np.resize(np.array(["010", "0411", "190", "", None, "slip"], dtype=object), n)
    frame["date"] = pd.Timestamp("1899-12-25") + pd.to_timedelta(np.arange(n) * 37 % 60000, unit="D")
    return frame


def engines(frame):
    import duckdb
    import polars as pl

    return {"pandas": frame, "polars": pl.from_pandas(frame).lazy(), "duckdb": duckdb.from_df(frame)}


OWN = al.HalfLife(4, domains={"security": 2}, kinds={"010": 1})


@pytest.fixture(scope="module")
def screened():
    """The plain rows as every engine has them, and what memory keeps of them."""
    frame, book = plain(), al.Codebook.cameo()
    return engines(frame), al.Events.screen(frame, codebook=book)[0], book


@pytest.mark.parametrize(
    ("freq", "decay"),
    [
        *((freq, al.HalfLife(5)) for freq in FREQS),
        ("Q", OWN),
        ("W", OWN),
        ("Y", al.Cumulative()),
        ("D", al.Cumulative()),
    ],
)
def test_engines_make_the_sums_of_memory(screened, freq, decay):
    tables, events, book = screened
    want = al.Ledger.post(events, freq=freq, decay=decay)
    for name, table in tables.items():
        got = post_lazy(table, freq=freq, decay=decay, codebook=book)
        same_ledger(got, want, ENGINES)
        assert counts(got.report) == dict(events.report), name


def test_a_value_that_came_from_the_kind_is_that_of_the_codebook_in_engines_too():
    """A table that events were written to, posted under other values: only those of its own stay."""
    frame = plain(300).assign(date=pd.Timestamp("2020-03-01"))
    written = al.Events.screen(frame, codebook=al.Codebook.cameo())[0].to_frame()
    written = written.drop(columns=["until", "date_precision", "standing"])
    book = al.Codebook.cameo(values="gdelt")
    want = al.Ledger.post(al.Events.from_frame(written, codebook=book))
    own = (written["value"] != written["kind_value"]).sum()
    assert 0 < own < len(written)
    for table in engines(written).values():
        same_ledger(post_lazy(table, codebook=book), want, ENGINES)


def test_duckdb_and_polars_read_the_file_themselves(tmp_path):
    import duckdb
    import polars as pl

    frame = plain(500, seed=2).drop(columns="kind").assign(domain="security")
    frame.loc[3, "value"] = np.nan
    path = parquet(frame, tmp_path / "e.parquet")
    events, _ = al.Events.screen(frame)
    want = al.Ledger.post(events)
    read = (
        f"select * from read_parquet('{path}', can_have_nan=true)"
        if duckdb.__version__ >= "2"
        else f"select * from '{path}'"
    )
    same_ledger(post_lazy(duckdb.sql(read)), want, ENGINES)
    same_ledger(post_lazy(pl.scan_parquet(path)), want, ENGINES)


def test_an_engine_is_not_asked_for_what_it_cannot_do():
    import polars as pl

    good = pd.DataFrame({"source": ["A"], "target": ["B"], "date": [pd.Timestamp("2020-01-01")], "domain": ["security"],
                         "value": [3.0]})  # fmt: skip
    for extra in (
        {"until": "2021-01-01"},
        {"date_precision": "month"},
        {"standing": True},
        {"kind": "strategic_partnership"},
    ):
        with pytest.raises(EventError, match=r"1 of 1 rows stand, have an until, or an imprecise date"):
            post_lazy(good.assign(**extra))
    same_ledger(post_lazy(good.assign(until="", date_precision="day", standing=False)), post_lazy(good))
    same_ledger(post_lazy(good.convert_dtypes(dtype_backend="pyarrow")), post_lazy(good))
    blank = good.assign(weight=None)  # which has no type of numbers
    for table in (blank, pl.from_pandas(blank)):
        same_ledger(post_lazy(table), post_lazy(good))
    dates = engines(good)["polars"].cast({"date": pl.Date})
    same_ledger(post_lazy(dates), post_lazy(good))
    with pytest.raises(EventError, match="duplicates='trust'"):
        post_lazy(good.assign(event_id="e1"))
    post_lazy(good.assign(event_id="e1"), duplicates="trust")
    with pytest.raises(EventError, match="make it a date in the engine first"):
        post_lazy(good.assign(date="2020-01-01"))
    with pytest.raises(EventError, match="column 'date' is Duration"):
        post_lazy(good.assign(date=pd.Timedelta("1D")))
    with pytest.raises(EventError, match="make it a number first"):
        post_lazy(good.assign(value="3"))
    with pytest.raises(LedgerError, match="no event to post"):
        post_lazy(good.assign(value=11.0))


def test_a_parquet_file_that_cannot_be_opened_is_refused_or_passed_over_and_told(tmp_path, capsys):
    frame = al.datasets.asean_frame()
    for name, rows in (("a", frame[:200]), ("c", frame[200:])):
        rows.to_parquet(tmp_path / f"{name}.parquet")
    (tmp_path / "b.parquet").write_bytes(b"damaged")
    with pytest.raises(al.FormatError, match="b.parquet is not a Parquet table, or a damaged one"):
        al.post_parquet(tmp_path)
    found = al.post_parquet(tmp_path, on_error="skip")
    assert list(found.report.failed) == ["b.parquet"] and found.report.kept == len(frame)
    assert found.report.files == ("a.parquet", "c.parquet") and found.report.adds_up
    assert main(["post", str(tmp_path), "--out", str(tmp_path / "l.npz"), "--skip-damaged"]) == 0
    assert "not read: b.parquet" in capsys.readouterr().err
    with pytest.raises(al.FormatError, match="b.parquet is not a Parquet table"):
        al.post_parquet(tmp_path / "b.parquet", on_error="skip")
    with pytest.raises(al.OptionError, match="on_error is 'ignore'"):
        al.post_parquet(tmp_path, on_error="ignore")


def test_a_parquet_file_damaged_in_a_row_group_is_skipped_whole(tmp_path):
    """Its footer opens and its first row group is sound: no row of it may stay in the ledger."""
    frame = al.datasets.asean_frame()
    frame[:200].to_parquet(tmp_path / "a.parquet", row_group_size=50)
    sound = al.post_parquet(tmp_path)
    path = tmp_path / "b.parquet"
    frame[200:].to_parquet(path, row_group_size=100)
    groups = pytest.importorskip("pyarrow.parquet").ParquetFile(path).metadata
    at = groups.row_group(1).column(0)
    content = bytearray(path.read_bytes())
    start = at.dictionary_page_offset or at.data_page_offset
    content[start : start + at.total_compressed_size] = b"\xff" * at.total_compressed_size
    path.write_bytes(content)
    with pytest.raises(al.FormatError, match="b.parquet cannot be read"):
        al.post_parquet(tmp_path)
    found = al.post_parquet(tmp_path, on_error="skip", checkpoint=tmp_path / "saved")
    assert list(found.report.failed) == ["b.parquet"] and found.report.adds_up
    assert found.report.files == ("a.parquet",)
    pd.testing.assert_frame_equal(found.to_frame(), sound.to_frame())


@pytest.mark.parametrize("door", ["parquet", "dask"])
def test_actors_asked_for_that_no_row_names_are_told_and_slips_refused(tmp_path, door):
    frame = al.datasets.asean_frame()
    path = parquet(frame, tmp_path / "e.parquet")
    parts = [frame[:200], frame[200:]]
    post = {"parquet": partial(post_parquet, path), "dask": partial(post_dask, parts)}[door]
    for slip in ("China", "chn"):
        with pytest.raises(UnknownLabelError, match=f"unknown actor '{slip}'. Did you mean 'CHN'"):
            post(actors=[slip, "KHM", "USA"])
    with pytest.warns(al.SilentActorWarning, match="no event names PER"):
        assert post(actors=["CHN", "KHM", "USA", "PER"]).axes.actors == ("CHN", "KHM", "USA")
