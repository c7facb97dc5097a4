"""Files behind a path: each read once, damage and packing without end told, in bounded memory."""

import gzip
import os
import zipfile
from pathlib import Path

import pytest

import alignscore as al
from alignscore.errors import FormatError
from alignscore.tables.files import LONGEST_LINE, blocks, sources
from alignscore.tables.opening import open_tables
from alignscore.tables.reading_report import Tally


# ---- files ------------------------------------------------------------------------------------------
def pack(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members:
            archive.writestr(name, text)
    return path


def test_what_stands_beside_the_data_is_passed_over_and_told(tmp_path):
    tally = Tally("t")
    path = pack(tmp_path / "a.zip", [("MANIFEST.TXT", "x"), ("README.txt", "x"), ("d/data.csv", "a\n1\n")])
    assert [source.member for source in sources(path, tally=tally)] == ["d/data.csv"]
    assert len(tally.notes) == 2
    with pytest.raises(FormatError, match=r"holds no data file .*; it holds \['README.md'\]"):
        sources(pack(tmp_path / "b.zip", [("README.md", "x")]), tally=Tally("one"))


def test_an_empty_text_is_no_folder(tmp_path, monkeypatch, asean_ledger):
    """To pathlib it is the folder one stands in, and every table there had been read."""
    monkeypatch.chdir(tmp_path)
    al.datasets.asean_frame().to_csv("events.csv", index=False)
    for read in (al.read_events, al.read_gdelt, al.post_parquet, al.Events.read_csv, asean_ledger.save):
        with pytest.raises(al.OptionError, match="path is '', which names no file"):
            read("")


def test_a_workbook_among_text_tables_is_told(tmp_path):
    """It had been passed over without a word."""
    for name in ("a.csv", "b.xlsx", "c.DTA", "figure.png"):
        (tmp_path / name).write_text("a\n1\n")
    tally = Tally("t")
    assert [source.path.name for source in sources(tmp_path, tally=tally)] == ["a.csv"]
    assert [note.split(":")[0] for note in tally.notes] == ["b.xlsx was passed over", "c.DTA was passed over"]
    packed = Tally("t")
    sources(pack(tmp_path / "a.zip", [("a.csv", "a\n1\n"), ("b.xlsx", "x")]), tally=packed)
    assert len(packed.notes) == 1


def test_nothing_is_read_twice(tmp_path):
    table = "a,b\n1,2\n"
    (tmp_path / "x.csv").write_text(table)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(table.encode()))
    pack(tmp_path / "x.zip", [("x.csv", table)])
    tally = Tally("t")
    frame = open_tables([tmp_path, tmp_path / "x.csv"], tally, needed=("a",))
    assert len(frame) == tally.read == 1
    assert len(tally.notes) == 3
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = pack(tmp_path / "twice.zip", [("y.csv", table), ("y.csv", table)])
    with pytest.raises(FormatError, match=r"twice.zip holds two members named 'y.csv'"):
        sources(twice, tally=Tally("one"))


def test_an_archive_of_quoted_members_is_read_once_a_member(tmp_path):
    path = pack(tmp_path / "a.zip", [("one.csv", '"a","b"\n"1","2"\n'), ("two.csv", '"a","b"\n"3","4"\n')])
    tally = Tally("t")
    assert open_tables(path, tally)["a"].tolist() == ["1", "3"]
    assert (tally.read, tally.files) == (2, ["a.zip/one.csv", "a.zip/two.csv"])


def test_hidden_copies_are_no_data_and_a_folder_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    """Jupyter keeps a copy of each table that it edits, and its rows had counted again."""
    table = "source,target,date,domain,value\nUSA,CHN,2020,security,5\n"
    (tmp_path / ".ipynb_checkpoints").mkdir()
    for name in ("events.csv", ".ipynb_checkpoints/events-checkpoint.csv"):
        (tmp_path / name).write_text(table)
    pack(tmp_path / "more.zip", [("other.csv", table), (".ipynb_checkpoints/other-checkpoint.csv", table)])
    _, report = al.read_events(tmp_path, codebook=al.Codebook.ladder())
    assert report.files == ("events.csv", "more.zip/other.csv")
    (tmp_path / "closed").mkdir()
    listed = os.scandir

    def scandir(place):
        if Path(place).name == "closed":
            raise PermissionError(13, "Permission denied", str(place))
        return listed(place)

    monkeypatch.setattr("os.scandir", scandir)
    with pytest.raises(PermissionError, match="closed"):
        al.read_events(tmp_path, codebook=al.Codebook.ladder())


def test_a_pipe_is_told(tmp_path):
    """A reader that looks at the head first had ended in an illegal seek."""
    os.mkfifo(tmp_path / "events.csv")
    with pytest.raises(FormatError, match="events.csv is a pipe or a device, which gives its bytes once"):
        al.read_events(tmp_path / "events.csv", codebook=al.Codebook.ladder())


def test_an_archive_of_many_members_is_opened_once_for_each(tmp_path, monkeypatch):
    """Four times had made a thousand members, each opening of which reads all their names, take twenty seconds."""
    text = "source,target,date,domain,value\nUSA,CHN,2020,security,5\n"
    with zipfile.ZipFile(tmp_path / "days.zip", "w") as archive:
        for day in range(5):
            archive.writestr(f"./{day}.csv", text)  # as some tools name them
    opened, open_archive = [], zipfile.ZipFile.__init__
    monkeypatch.setattr(zipfile.ZipFile, "__init__", lambda *a, **k: opened.append(open_archive(*a, **k)))
    events, report = al.read_events(tmp_path / "days.zip", codebook=al.Codebook.ladder())
    assert (len(events), len(report.files), len(opened)) == (5, 5, 6)


def test_a_part_of_a_gzip_file_is_damaged_and_not_too_large(tmp_path, monkeypatch):
    """Its last four bytes stand where a whole one tells its size, and would be gigabytes."""
    monkeypatch.setattr("alignscore.tables.files.memory", lambda: 1e9)
    rows = "".join(f"USA,CHN,20{at % 100:02},security,{at % 7}\n" for at in range(3000))
    packed = gzip.compress(f"source,target,date,domain,value\n{rows}".encode())
    for kept in range(len(packed) // 2, len(packed) // 2 + 20):
        (tmp_path / "part.csv.gz").write_bytes(packed[:kept])
        with pytest.raises(FormatError, match="part.csv.gz is damaged"):
            al.Events.read_csv(tmp_path / "part.csv.gz")


def test_one_damaged_file_does_not_stop_the_others(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"a,b\n3,4\n")[:-6])
    (tmp_path / "c.zip").write_bytes(b"no zip")
    (tmp_path / "d.csv").write_text('a,b\n5,"6\n')
    with pytest.raises(FormatError, match="is damaged"):
        open_tables(tmp_path, Tally("t"))
    tally = Tally("t")
    frame = open_tables(tmp_path, tally, on_error="skip")
    assert frame.to_numpy().tolist() == [["1", "2"]]
    assert (tally.read, tally.files) == (1, ["a.csv"])
    assert sorted(tally.failed) == ["b.csv.gz", "c.zip", "d.csv"]
    assert "not read: d.csv: " in repr(tally.report(1))
    for name in ("a.csv", "d.csv"):
        (tmp_path / name).unlink()
    with pytest.raises(FormatError, match="is damaged"):
        open_tables(tmp_path, Tally("t"), on_error="skip")
    (tmp_path / "b.csv.gz").unlink()  # an archive that does not open is all there is
    with pytest.raises(FormatError, match=r"c\.zip is damaged"):
        open_tables(tmp_path, Tally("t"), on_error="skip")
    with pytest.raises(al.OptionError, match="on_error is 'ignore'"):
        open_tables(tmp_path, Tally("t"), on_error="ignore")


def test_archives_that_cannot_be_taken_as_they_are_say_so(tmp_path):
    path = pack(tmp_path / "locked.zip", [("a.csv", "a,b\n1,2\n")])
    raw = bytearray(path.read_bytes())
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(head) + flags] |= 1  # as where a password is needed
    path.write_bytes(raw)
    with pytest.raises(FormatError, match=r"locked\.zip/a\.csv cannot be opened: .* password"):
        open_tables(path, Tally("t"))
    (tmp_path / "parquet").mkdir()
    with pytest.raises(
        FormatError, match=r"pq\.zip/a\.parquet is a Parquet file inside an archive; unpack it"
    ):
        open_tables(pack(tmp_path / "parquet" / "pq.zip", [("a.parquet", "PAR1")]), Tally("t"))
    two = pack(tmp_path / "two.zip", [("a.csv", "a,b\n1,2\n"), ("b.csv", "a,b\n1,2\n")])
    with pytest.raises(FormatError, match=r"two\.zip holds 2 files; read_events takes them all"):
        al.Events.read_csv(two)
    with pytest.raises(FormatError, match="is a folder; read_events takes the files in it"):
        al.Events.read_csv(tmp_path)


def test_progress_is_a_function_or_true(tmp_path, capsys):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    seen = []
    open_tables(tmp_path, Tally("t"), progress=lambda *told: seen.append(told))
    assert seen[-1] == (8, 8)
    open_tables(tmp_path, Tally("t"), progress=True)
    assert "100% 8 of 8 bytes" in capsys.readouterr().err
    with pytest.raises(TypeError, match="progress is 3; give True for a line on stderr, or a function"):
        open_tables(tmp_path, Tally("t"), progress=3)


def test_blank_lines_and_endless_lines_stay_in_bounds(tmp_path):
    path = tmp_path / "blank.csv.gz"
    path.write_bytes(3 * gzip.compress(b"\n" * (1 << 25), 1))
    (source,) = sources(path, tally=Tally("one"))
    assert sum(map(len, blocks(source))) <= 2
    with pytest.raises(FormatError, match="is empty"):
        open_tables(path, Tally("t"))
    path.write_bytes(3 * gzip.compress(b"x" * (1 << 25), 1))
    with pytest.raises(FormatError, match="has a line longer than"):
        open_tables(path, Tally("t"))
    assert LONGEST_LINE < 1 << 25
