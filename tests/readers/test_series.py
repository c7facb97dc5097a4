"""Files read one after another: the same events whatever way rows are cut into files, and what a window compares."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.__main__ import main
from alignscore.errors import FormatError, OptionError
from alignscore.readers.gdelt import read_gdelt
from alignscore.readers.icews import read_icews
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.cleaning import Cleaning
from alignscore.readers.steps.draft import Draft, draft_of
from alignscore.readers.steps.series import Series, session_starts
from alignscore.scale.file_by_file import post_tables
from alignscore.scale.stream import Settings, Stream
from alignscore.tables.reading_report import Tally

BOOK = al.Codebook.cameo()
row = st.tuples(
    st.sampled_from(["CHN", "USA", "JPN"]), st.sampled_from(["CHN", "USA", "JPN"]), st.sampled_from(["040", "163"]),
    st.integers(-1, 2),  # story
    st.integers(0, 2),  # day of the act
    st.integers(0, 6),  # days that pass before it is told
    st.sampled_from(["1", "2", "3", ""]),  # id
).filter(lambda r: r[0] != r[1])  # fmt: skip
# few tables, and long ones: a file costs the same whatever it holds, and rows meet more rows in a longer table
rows = st.lists(row, min_size=6, max_size=60)
cuts = st.lists(st.integers(0, 60), min_size=2, max_size=5)


def working(listed, start="2020-01-01"):
    frame = pd.DataFrame(listed, columns=["source", "target", "kind", "story", "day", "pause", "event_id"])
    start = np.datetime64(start, "s")
    frame["date"] = start + frame["day"].to_numpy() * np.timedelta64(86400, "s")
    frame["reported"] = start + frame["pause"].cumsum().to_numpy() * np.timedelta64(86400, "s")
    for name in ("source", "target", "kind"):
        frame[name] = frame[name].astype("category")
    frame = frame.astype({"event_id": object})
    return frame.assign(end_a=frame["source"], end_b=frame["target"]).drop(columns=["day", "pause"])


def drafts(frames, options=()):
    """A reader of frames under the numbers of their files."""
    made = [
        # codes of levels differ from file to file
        frame.assign(**{n: frame[n].cat.remove_unused_categories() for n in ("source", "target", "kind", "end_a", "end_b")})
        for frame in frames
    ]  # fmt: skip

    def draft(path):
        frame = made[int(path.name)].reset_index(drop=True)
        return Draft(frame, Cleaning.make(dict(options)), BOOK, Tally("t", ["t"], read=len(frame)))

    return draft


def same_ledger(got, want):
    """Every cell and sum, and what domains share."""
    np.testing.assert_array_equal(got.cells, want.cells)
    np.testing.assert_array_equal(got.joint_cells, want.joint_cells)
    np.testing.assert_allclose(got.sums, want.sums, rtol=1e-12)
    np.testing.assert_allclose(got.booked, want.booked, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(got.joint, want.joint, rtol=1e-9, atol=1e-12)


def cut(frame, at):
    ends = sorted({0, len(frame), *(place % len(frame) for place in at)})
    return [frame.iloc[a:b] for a, b in pairwise(ends)]


def told(events):
    """Events as rows that can be compared, in their order."""
    kinds = [*events.codebook.names, None]
    columns = [
        [events.actors[code] for code in events.source], [events.actors[code] for code in events.target],
        events.day.tolist(), [kinds[code] for code in events.kind], [events.domains[code] for code in events.domain],
        events.mutual.tolist(), map(str, [None] * len(events) if events.event_id is None else events.event_id),
        # pandas 2 reads the last bits of a text otherwise
        map("{:.12g}".format, events.weight),
    ]  # fmt: skip
    return list(zip(*columns, strict=True))


def counts(tally):
    """Rows that left the table, by their reason; those that came to it below 0."""
    return {
        reason: -n if action == "added" else n for (action, reason), (n, _, _) in tally.moved.items() if n
    }


def read(frames, window, batch=1, options=(), *, again=False):
    """Events of all files together in their order, how many rows left by each reason, and the ledger."""
    series = Series(drafts(frames, options), window, batch)
    stream, found = Stream(Settings.make(codebook=BOOK), "t"), []
    for at in range(len(frames) + 1):
        if again:  # what is saved is enough to go on
            saved = series.state()
            series = Series(drafts(frames, options), window, batch)
            series.restore(saved)
        if at < len(frames):
            table, tally = series.read(Path(str(at)))
        else:
            tally = Tally("t")
            table = series.close(tally, Path("0"))
        if table is not None:
            found.append(table.astype(dict.fromkeys(table, object)))
            stream.feed_frame(table)
            stream.tally.read -= len(table)
        stream.tally.read += tally.read
        stream.tally.add(tally)
    assert not any(series.waiting.values())
    events, refused = al.Events.screen(pd.concat(found), codebook=BOOK)
    posted = stream.posted()
    assert len(refused) == posted.report.total("refused") and posted.report.adds_up
    return told(events), counts(stream.tally), posted


ENDS = st.sampled_from(["ASEAN", "EU", "VNM", "LAO", "FRA", "CHN"])
with_blocs = st.lists(
    st.tuples(ENDS, ENDS, st.sampled_from(["040", "163"]), st.integers(-1, 2), st.integers(0, 2), st.integers(0, 6),
              st.sampled_from(["1", "2", "3", ""])).filter(lambda r: r[0] != r[1]),
    min_size=6, max_size=40,
)  # fmt: skip
OPTIONS = st.fixed_dictionaries(
    {
        "one_a_day": st.sampled_from(["state", "actor", None]),
        "mirrored": st.sampled_from(["collapse", "keep"]),
    }
)


CONTRADICTING = [
    ("CHN", "JPN", "040", 1, 2, 3, "2"), ("JPN", "USA", "163", 2, 0, 6, "2"), ("JPN", "USA", "163", 1, 1, 6, "1"),
    ("USA", "JPN", "163", 2, 1, 2, "1"), ("CHN", "USA", "040", 0, 1, 2, "1"), ("USA", "JPN", "163", 1, 0, 3, "1"),
    ("JPN", "CHN", "040", 0, 2, 2, "3"),
]  # fmt: skip


ON_THE_LAST_DAY = [  # the third row is the first again, told of on the last day of its window, in another file
    ("CHN", "USA", "040", -1, 0, 0, "1"), ("CHN", "JPN", "040", -1, 0, 7, "2"), ("CHN", "USA", "040", -1, 0, 0, "1"),
]  # fmt: skip


def same_whatever_the_cut(frame, at, window, batch, options, again):
    """Cut into files, and with `again` saved and taken up before each of them."""
    events, left, ledger = read([frame], window, options=options)
    found, lost, posted = read(cut(frame, at), window, batch, options, again=again)
    assert (found, lost) == (events, left)
    same_ledger(posted, ledger)
    assert len(frame) == ledger.report.kept + sum(left.values())


@settings(max_examples=5)
@given(rows, cuts, st.integers(0, 8), st.sampled_from([1, 1, 4, 1000]), OPTIONS, st.booleans())
@example(CONTRADICTING, [1, 6, 4], 3, 1, {"mirrored": "collapse", "one_a_day": None}, False)
@example(CONTRADICTING, [1, 6, 4], 3, 1, {"mirrored": "collapse", "one_a_day": None}, True)
@example(ON_THE_LAST_DAY, [1, 2], 7, 1, {"mirrored": "keep", "one_a_day": None}, False)
def test_no_cut_into_files_changes_the_events(listed, at, window, batch, options, again):
    same_whatever_the_cut(working(listed), at, window, batch, options, again)


@settings(max_examples=3)
@given(
    with_blocs, cuts, st.integers(0, 8), st.sampled_from([1, 1, 4, 1000]), OPTIONS,
    st.sampled_from([["ASEAN"], ["EU", "ASEAN"]]), st.sampled_from(["1994-06-01", "1995-07-27", "2020-01-01"]),
    st.booleans(),
)  # fmt: skip
def test_no_cut_into_files_changes_what_blocs_do(listed, at, window, batch, options, blocs, start, again):
    """A bloc's acts become those of its members of that day, and stay one piece of evidence each, whatever the cut."""
    same_whatever_the_cut(working(listed, start), at, window, batch, options | {"blocs": blocs}, again)


@settings(max_examples=3)
@given(with_blocs, cuts, OPTIONS)
def test_blocs_over_all_days_are_those_of_memory(listed, at, options):
    frame, options = working(listed), options | {"blocs": ["EU", "ASEAN"]}
    tally = Tally("t", ["t"], read=len(frame))
    events, _ = steps.finish(steps.cleaned(frame, Cleaning.make(options), tally), BOOK, tally)
    found, left, posted = read(cut(frame, at), 60 * 6, options=options)
    assert found == told(events)
    assert left == counts(tally)
    same_ledger(posted, al.Ledger.post(events))


@settings(max_examples=3)
@given(rows, cuts, OPTIONS)
def test_a_window_over_all_days_gives_what_memory_gives(listed, at, options):
    frame = working(listed)
    tally = Tally("t", ["t"], read=len(frame))
    events, _ = steps.finish(steps.cleaned(frame, Cleaning.make(options), tally), BOOK, tally)
    found, left, _ = read(cut(frame, at), 60 * 6, options=options)
    assert found == told(events)
    assert left == counts(tally)


@settings(max_examples=8)
@given(rows, st.integers(0, 8))
def test_sessions_are_those_of_a_plain_search(listed, window):
    """One at a time: a row joins the session of its pair, code and date that began within the window, or begins one.

    Of a session each direction counts once: a mutual row would speak for both, so that both are in one.
    """
    frame = working(listed)
    day = np.cumsum([line[5] for line in listed])
    began: dict[tuple, int] = {}
    acts = set()
    for (source, target, kind, _, date, _, _), now in zip(listed, day, strict=True):
        key = (*sorted([source, target]), kind, date)
        if key not in began or now > began[key] + window:
            began[key] = now
        acts.add((*key, began[key], source))
    options = {"one_a_day": "state", "mirrored": "keep"}
    found, _, _ = read([frame.assign(event_id="")], window, options=options)
    assert len(found) == len(acts)


def test_of_two_rows_that_contradict_each_other_the_first_stands_whatever_the_cut():
    """One id for two codes: the first waits for its mirror, so that the second is decided before it."""
    listed = [
        ("CHN", "JPN", "040", 1, 0, 0, "7"),
        ("CHN", "JPN", "042", -1, 0, 0, "7"),
        ("USA", "JPN", "040", -1, 0, 9, "8"),
    ]
    for frames in (cut(working(listed), [1, 2]), [working(listed)]):
        found, left, posted = read(frames, 3, options={"one_a_day": None, "mirrored": "collapse"})
        assert [row[3] for row in found] == ["040", "040"]
        assert left == {"duplicate": 1} and posted.report.kept == 2


def test_a_session_lasts_one_window_from_its_first_row():
    day = np.array([0, 7, 8, 14, 15, 16])
    start = session_starts(np.zeros(6, dtype=int), day, window=7)
    assert start.tolist() == [0, 0, 8, 8, 8, 16]
    assert session_starts(np.empty(0, dtype=int), np.empty(0, dtype=int), 7).tolist() == []


def test_memory_holds_two_windows_and_not_the_files():
    """Forty files of one day each, all acts different, of which some twenty are held at a time."""
    frames = [working([("CHN", "USA", "040", 0, 0, 0, str(i))]).assign(
        date=np.datetime64("2020-01-01", "s") + i * np.timedelta64(86400, "s"), story=i) for i in range(40)]  # fmt: skip
    frames = [frame.assign(reported=frame["date"]) for frame in frames]
    series, most = Series(drafts(frames), 7, 1), 0
    for at in range(40):
        series.read(Path(str(at)))
        most = max(most, sum(len(part) for parts in series.waiting.values() for part in parts))
        assert len(series.ids) <= 2 * 8 + 16
    assert most <= 4 * 8


def test_options_out_of_range_are_refused():
    with pytest.raises(OptionError, match="window"):
        Series(draft_of(read_gdelt), -1)


# ---- published files ------------------------------------------------------------------------------------
def gdelt_lines(n, seed):
    rng, lines = np.random.default_rng(seed), []
    for at in range(n):
        cells = [""] * 58
        a, b = rng.permutation(["USA", "CHN", "JPN"])[:2]
        cells[0] = str(1000 + at - (at % 7 == 6))  # some rows stand twice
        cells[1] = f"201910{rng.integers(20, 23)}"
        cells[5], cells[7], cells[15], cells[17] = a + "GOV", a, b, b
        code = str(rng.choice(["010", "042", "190"]))
        cells[25], cells[26], cells[28], cells[32] = "1", code, code[:2], "1"
        cells[56], cells[57] = (
            f"201910{23 + 20 * at // n // 4}",
            f"https://example.org/{rng.integers(0, n // 4)}",
        )
        lines.append("\t".join(cells))
    return lines


def folder_of(tmp_path, name, lines, each, head=()):
    place = tmp_path / name
    place.mkdir()
    for at in range(0, len(lines), each):
        path = place / f"2019{at:010d}.export.CSV"
        path.write_text("\n".join([*head, *lines[at : at + each]]) + "\n")
    return place


@pytest.mark.parametrize("each", [7, 35])
def test_a_folder_posts_as_it_is_read(tmp_path, each, capsys):
    lines = gdelt_lines(56, seed=3)
    place = folder_of(tmp_path, "files", lines, each)
    events, report = al.read_gdelt(place)
    assert main(["post", str(place), "--format", "gdelt", "--out", str(tmp_path / "l.npz")]) == 0
    ledger, memory = al.Ledger.load(tmp_path / "l.npz"), al.Ledger.post(events)
    assert ledger.n_events == memory.n_events < 56
    np.testing.assert_array_equal(ledger.cells, memory.cells)
    np.testing.assert_allclose(ledger.sums, memory.sums, rtol=1e-12)
    shown = capsys.readouterr().err
    assert "looked for across files, over 7 days" in shown
    assert f"merged: same act on the same day {report.rows('same act on the same day')}" in shown


def test_mirrored_rows_of_two_files_are_one(tmp_path):
    head = "Event ID,Event Date,Source Name,Source Country,Event Text,CAMEO Code,Target Name,Target Country"
    head += ",Story ID,Sentence Number"
    ways = [("1", "Cabinet", "Japan", "Army", "Viet Nam"), ("2", "Army", "Viet Nam", "Cabinet", "Japan")]
    lines = [
        "\t".join([i, "2018-06-01", a, state_a, "Consult", "040", b, state_b, "7", "2"])
        for i, a, state_a, b, state_b in ways
    ]  # fmt: skip
    place = folder_of(tmp_path, "icews", lines, 1, head=[head.replace(",", "\t")])
    events, _ = al.read_icews(place)
    assert len(events) == 1 and events.mutual.all()
    posted = post_tables(
        sorted(place.iterdir()), Series(draft_of(read_icews)), Settings.make(codebook=al.Codebook.cameo(values="icews")),
        reader="icews",
    )  # fmt: skip
    np.testing.assert_array_equal(posted.sums, al.Ledger.post(events).sums)
    assert posted.report.rows("mirrored row") == 1 and posted.report.adds_up


def test_a_broken_run_remembers_what_it_compares(tmp_path):
    place = folder_of(tmp_path, "files", gdelt_lines(120, seed=5), 10)
    paths, options = sorted(place.iterdir()), Settings.make(codebook=al.Codebook.cameo(values="gdelt"))
    whole = post_tables(paths, Series(draft_of(read_gdelt), batch=20), options, reader="gdelt")

    class Broken(Exception):
        pass

    def stop(done, total):
        if done in (3, 8):
            raise Broken

    def run(window=7, progress=None):
        return post_tables(
            paths, Series(draft_of(read_gdelt), window, 20), options, reader="gdelt", progress=progress,
            checkpoint=tmp_path / "saved",
        )  # fmt: skip

    for _ in range(2):
        with pytest.raises(Broken):
            run(progress=stop)
    with pytest.raises(FormatError, match="other files"):
        run(window=3)
    again = run()
    np.testing.assert_array_equal(again.cells, whole.cells)
    np.testing.assert_allclose(again.sums, whole.sums, rtol=1e-12)
    assert again.report.adds_up and again.report.steps == whole.report.steps
    assert "after 8 of 12 files" in repr(again.report)
