"""One way to open a table: the records of any text against the csv module, and the same sentence at every door."""

import csv
import gzip
import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignscore as al
from alignscore.errors import FormatError
from alignscore.tables.files import LONGEST_LINE, blocks, sources
from alignscore.tables.opening import open_tables, text_file, text_table
from alignscore.tables.parquet_files import parquet_table
from alignscore.tables.reading_report import Tally
from alignscore.tables.records import OpenQuoteError, records


def opened(text, **options):
    tally = Tally("t", files=["x.csv"])
    raw = text.encode() if isinstance(text, str) else text
    return text_table(raw, "x.csv", tally, **options), tally


# ---- records ----------------------------------------------------------------------------------------
@given(st.text(alphabet='a",\n ', max_size=30))
def test_records_are_those_of_the_csv_module(text):
    text += "\n"
    try:
        found = records(text.encode(), ",")
    except OpenQuoteError:  # csv takes the rest of the file, or text behind a quote, for the cell
        return
    told = [row for row in csv.reader(io.StringIO(text)) if row]
    blank = [line for line in text.split("\n") if line.isspace()]
    plain = [row for row in told if not (len(row) == 1 and row[0].isspace())]
    assert len(plain) <= len(found.widths) <= len(told)
    assert found.widths[found.widths > 1].tolist() == [len(row) for row in told if len(row) > 1]
    if not blank and '"' not in text:
        assert found.lines == len(found.widths) == len(told)


@pytest.mark.parametrize(
    ("text", "line"),
    [('a,b\n1,"x\n2,3\n', 2), ('a,b\n1,2\n\n3,"x\n4,y"z\n', 4), ('a,b\n"1,2\n3,4\n5,6\n', 2)],
)
def test_a_quote_that_never_closes_is_refused_with_its_line(text, line):
    with pytest.raises(FormatError, match=rf"x.csv: the quote opened on line {line} is never closed"):
        opened(text)


# ---- rows -------------------------------------------------------------------------------------------
def test_every_row_is_counted_and_none_shifts():
    frame, tally = opened('a,b,c\n1,2,3\n4,5,6,\n7,8\n,,\n\n9,"x,y","z\nz"\n1,2,3,4\n')
    assert frame.to_numpy().tolist() == [["1", "2", "3"], ["4", "5", "6"], ["9", "x,y", "z\nz"]]
    assert tally.read == 7  # lines that are not blank
    assert tally.report(3).adds_up
    assert tally.moved["refused", "2 columns, not 3"] == (1, 6, "x.csv: '7,8'")
    assert tally.moved["refused", "4 columns, not 3"][0] == 1
    assert tally.moved["left out", "row without a cell filled"][0] == 1
    assert tally.moved["merged", "line that continues a quoted cell"][0] == 1


@pytest.mark.parametrize(
    "text", ["sep=;\na;b\n1;2\n", "a\tb\n1\t2\n", "a|b\n1|2\n", "\ufeffa,b\n1,2\n", "a,b,,\n1,2\n"]
)
def test_separators_and_marks(text, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    frame = open_tables(path, Tally("t"), needed=("a", "b"))
    assert frame[["a", "b"]].to_numpy().tolist() == [["1", "2"]]


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(code, ends, tmp_path):
    path = tmp_path / "x.csv"
    raw = ends.join(["a,b", "Côte,2", "x,3", ""]).encode(code)
    path.write_bytes(raw)
    if code == "utf-16-le":  # no mark: half of it is zero bytes
        with pytest.raises(FormatError, match=r"x.csv is no UTF-8 text table: it is full of zero bytes"):
            open_tables(path, Tally("t"))
        return
    assert open_tables(path, Tally("t"))["a"].tolist() == ["Côte", "x"]


def test_a_column_twice_is_refused_unless_it_says_the_same():
    frame, _ = opened("a,a,b\n1,1,2\n")
    assert frame.columns.tolist() == ["a", "b"]
    with pytest.raises(FormatError, match=r"x.csv: column 'a' stands more than once in the table; keep one"):
        opened("a,a,b\n1,3,2\n")


def test_quotes_inside_cells_and_long_cells():
    long = "x" * 300_000
    frame, _ = opened(f'a,b\n1,5" gun\n2,"{long}"\n3,"say ""no"""\n')
    assert frame["b"].tolist() == ['5" gun', long, 'say "no"']


@given(
    st.lists(
        st.lists(st.text(alphabet='a",\nß ', max_size=4), min_size=3, max_size=3), min_size=1, max_size=6
    )
)
def test_what_csv_writes_is_read_back(cells):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *cells])
    frame, tally = opened(text.getvalue())
    assert frame.to_numpy().tolist() == cells
    assert tally.report(len(cells)).adds_up


def test_a_file_knows_the_line_of_each_row(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b'a,b\r\n1,"two\r\nlines"\r\n\r\n  \r\n,\r\n3,4')
    rows = text_file(path)
    for table in (rows.frame(), rows.table()):
        cells = [np.asarray(table[name], dtype=object).tolist() for name in ("a", "b")]
        assert cells == [["1", "3"], ["two\nlines", "4"]]
    assert rows.lines.tolist() == [2, 7]


def test_a_row_longer_than_a_block_of_the_parser_is_read(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n1," + b"x" * (12 << 20) + b"\n2,y\n")
    table = text_file(path).table()
    assert [len(cell) for cell in np.asarray(table["b"], dtype=object)] == [12 << 20, 1]


def test_explanation_above_the_header_is_no_row():
    frame, tally = opened("About this table\n\nb;a\n1;2\n", needed=("a", "b"))
    assert frame.to_dict("records") == [{"b": "1", "a": "2"}]
    assert tally.read == 1
    with pytest.raises(FormatError, match=r"x.csv is no thing: it has no column 'c'. Did you mean"):
        opened("a,b,cc\n1,2,3\n", needed=("a", "c"), what="thing")


# ---- the same sentence at every door ------------------------------------------------------------------
DOORS = {
    "read_un_votes": al.read_un_votes, "read_atop": al.read_atop, "read_atop_events": al.read_atop_events,
    "read_states": al.read_states, "read_sipri": al.read_sipri, "read_imf_trade": al.read_imf_trade,
    "read_desta": al.read_desta, "read_disputes": al.read_disputes, "read_exercises": al.read_exercises,
    "read_events": al.read_events, "read_gdelt": al.read_gdelt, "read_icews": al.read_icews,
    "read_polecat": al.read_polecat, "read_phoenix": al.read_phoenix,
    "read_keds": lambda path: al.read_keds(path, codes="cameo"), "read_gge": al.read_gge,
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_doors_say_the_same(door, tmp_path):
    read = DOORS[door]
    with pytest.raises(FileNotFoundError, match="no file or folder at"):
        read(tmp_path / "none.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="holds no data file"):
        read(tmp_path / "empty")
    for name, raw, told in (
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\n\n \n", "empty|no .*: its first line lacks"),
        ("a.csv", b"PK\x03\x04 and more", "is a zip archive or an Excel workbook, not a text table"),
        ("b.csv", b"%PDF-1.7", "is a PDF, not a text table"),
        ("c.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99)[:-9], "is damaged"),
        ("d.zip", b"PK\x03\x04", "is damaged"),
        ("e.csv", b"some,other,table\n1,2,3\n", "is no |no column|none of|holds no"),
    ):
        path = tmp_path / name
        path.write_bytes(raw)
        with pytest.raises(FormatError, match=told):
            read(path)


@pytest.mark.parametrize(
    "door",
    [d for d in DOORS if d not in ("read_gdelt", "read_icews", "read_polecat", "read_phoenix", "read_sipri")],
)
def test_damaged_parquet_is_told_by_its_name(door, tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    path.write_bytes(b"hello")
    with pytest.raises(FormatError, match=r"a.parquet is not a Parquet table, or a damaged one"):
        DOORS[door](path)


def test_parquet_with_text_that_is_not_utf8(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    bad = pa.array([b"K\xf6ln"], pa.binary()).cast(pa.binary()).view(pa.string())
    parquet.write_table(pa.table({"name": bad}), tmp_path / "a.parquet")
    with pytest.raises(FormatError, match=r"a.parquet: column 'name' holds text that is not UTF-8"):
        parquet_table(tmp_path / "a.parquet")


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
        sources(pack(tmp_path / "b.zip", [("README.md", "x")]))


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
        sources(twice)


def test_an_archive_of_quoted_members_is_read_once_a_member(tmp_path):
    path = pack(tmp_path / "a.zip", [("one.csv", '"a","b"\n"1","2"\n'), ("two.csv", '"a","b"\n"3","4"\n')])
    tally = Tally("t")
    assert open_tables(path, tally)["a"].tolist() == ["1", "3"]
    assert (tally.read, tally.files) == (2, ["a.zip/one.csv", "a.zip/two.csv"])


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
    with pytest.raises(al.OptionError, match="on_error is 'ignore'"):
        open_tables(tmp_path, Tally("t"), on_error="ignore")


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
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(3):
            file.write(b"\n" * (1 << 25))
    (source,) = sources(path)
    assert sum(map(len, blocks(source))) <= 2
    with pytest.raises(FormatError, match="is empty"):
        open_tables(path, Tally("t"))
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(3):
            file.write(b"x" * (1 << 25))
    with pytest.raises(FormatError, match="has a line longer than"):
        open_tables(path, Tally("t"))
    assert LONGEST_LINE < 1 << 25


def test_a_frame_is_a_table_too():
    table = pd.DataFrame({"A": [1.0, np.nan], "B": ["x", None], "D": pd.to_datetime(["2020-01-02", None])})
    tally = Tally("t")
    frame = open_tables(table, tally, needed=("a",))
    assert frame.to_dict("list") == {"a": ["1", ""], "b": ["x", ""], "d": ["2020-01-02", ""]}
    assert tally.read == 2
