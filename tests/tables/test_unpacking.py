"""Packed files that unpack without end are refused by their figure, in bounded memory; sound ones are read."""

import gzip
import tracemalloc
import zipfile

import pandas as pd
import pytest

import alignscore as al
from alignscore.errors import FormatError
from alignscore.tables import files

HEAD, ROW = b"source,target,date,domain,value\n", b"CHN,KHM,2020-01-01,security,1.0\n"
MANY = HEAD + ROW * (1 << 17)  # 4 MB of rows that are all in order
FAR = "unpacks from .* more than 100 times as much.* unpack it yourself"


@pytest.fixture(autouse=True)
def low(monkeypatch):
    """The bound that every file may reach, low enough for a test."""
    monkeypatch.setattr(files, "ALWAYS", 1 << 20)


def packed(path, content=MANY):
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(content, 9))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("events.csv", content)
    return path


DOORS = {
    "read_csv": al.Events.read_csv,
    "read_events": al.read_events,
    "read_gdelt": al.read_gdelt,
    "read_sipri": al.read_sipri,
}


@pytest.mark.parametrize("name", ["events.csv.gz", "events.zip"])
@pytest.mark.parametrize("door", DOORS)
def test_valid_rows_without_end_are_refused_with_the_figure(tmp_path, name, door):
    path = packed(tmp_path / name)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match=FAR) as problem:
            DOORS[door](path)
        assert str(problem.value).count(path.name) == 1  # it is said once
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()


def test_blank_lines_and_one_line_without_end_are_refused(tmp_path):
    for content in (b"\n" * (1 << 22), b"x" * (1 << 22)):
        with pytest.raises(FormatError, match=FAR):
            al.Events.read_csv(packed(tmp_path / "a.csv.gz", HEAD + content))


def test_what_shrinks_as_tables_do_is_read(tmp_path):
    frame = al.datasets.asean_frame()
    many = pd.concat([frame.assign(event_id=None)] * 20, ignore_index=True)
    many["label"] = [f"{at * 7919 % 100003:x}" for at in range(len(many))]
    many.to_csv(tmp_path / "a.csv.gz", index=False)
    assert len(gzip.decompress((tmp_path / "a.csv.gz").read_bytes())) > 1 << 20
    assert len(al.Events.read_csv(tmp_path / "a.csv.gz")) >= len(many)


def test_a_bomb_among_sound_files_is_passed_over_where_damage_is(tmp_path):
    packed(tmp_path / "a.csv.gz")
    (tmp_path / "b.csv").write_bytes(HEAD + ROW)
    events, report = al.read_events(tmp_path, on_error="skip")
    assert len(events) == 1
    assert [*report.failed] == ["a.csv.gz"]


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "a.xlsx"
    pd.DataFrame({"source": ["CHN"]}).to_excel(path, index=False)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"<row/>" * (1 << 19))
    with pytest.raises(FormatError, match=f"a.xlsx/xl/worksheets/sheet9.xml {FAR}"):
        al.Events.read_excel(path)


def test_what_the_memory_cannot_hold_is_refused_before_it_is_read(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    frame = al.datasets.asean_frame()
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_csv(tmp_path / "a.csv", index=False)
    al.Ledger.post(al.datasets.asean()).save(tmp_path / "a.npz")
    monkeypatch.setattr(files, "memory", lambda: 2e4)
    way = "would take .* in memory, and this process may take 20.0 kB"
    with pytest.raises(
        FormatError, match=f"474 rows and .* columns, {way}. Post it without holding it: post_parquet"
    ):
        al.Events.read_parquet(tmp_path / "a.parquet")
    with pytest.raises(FormatError, match=f"a.csv {way}. Cut it into smaller files"):
        al.Events.read_csv(tmp_path / "a.csv")
    with pytest.raises(FormatError, match=f"a.npz {way}"):
        al.Ledger.load(tmp_path / "a.npz")
