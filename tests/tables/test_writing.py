"""Writing a file: whole or not at all, by the ending of its name."""

import os

import pandas as pd
import pytest

import alignscore as al
from alignscore.tables.writing import without_formulas, write_table, write_whole

FRAME = pd.DataFrame({"source": ["KHM", "=1+1"], "score": [-0.5, 0.25]})


@pytest.mark.parametrize(
    ("ending", "read"),
    [(".csv", pd.read_csv), (".parquet", pd.read_parquet), (".xlsx", pd.read_excel)],
)
def test_a_table_comes_back_and_runs_no_formula(tmp_path, ending, read):
    path = tmp_path / f"t{ending}"
    write_table(FRAME, path)
    text = "=1+1" if ending == ".parquet" else "'=1+1"
    assert list(read(path)) == list(FRAME)
    assert read(path)["source"].tolist() == ["KHM", text]
    assert read(path)["score"].tolist() == [-0.5, 0.25]
    write_table(FRAME, path, formulas=True)
    if ending != ".xlsx":
        assert read(path)["source"].tolist() == ["KHM", "=1+1"]
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_no_label_of_a_frame_runs_as_a_formula():
    """Whatever its columns are called, and in its index."""
    frame = pd.DataFrame([["=1", "b"]], columns=[0, 0], index=["=2"])
    safe = without_formulas(frame)
    assert safe.to_csv() == ",0,0\n'=2,'=1,b\n"
    assert frame.to_csv() == ",0,0\n=2,=1,b\n"


def test_no_text_of_a_csv_begins_a_row(tmp_path):
    """A lone carriage return had gone unquoted, and ended the row: what stood behind it could be a formula again."""
    for formulas, first in ((False, "'=1\n2"), (True, "=1\n2")):
        write_table(pd.DataFrame({"a": ["=1\r2", "x\r=3", "y\r\nz"]}), tmp_path / "t.csv", formulas=formulas)
        assert pd.read_csv(tmp_path / "t.csv")["a"].tolist() == [first, "x\n=3", "y\nz"]
    book = al.Codebook("own", [al.Kind(name="a", domains="security", value=1.0, reason="told\rin two lines")])
    book.save(tmp_path / "own.csv")
    assert al.Codebook.load(tmp_path / "own.csv")["a"].reason == "told\nin two lines"


def test_whole_numbers_beside_gaps_stay_whole(tmp_path):
    """Of rows that a workbook's table has refused, the 710 of a column with blanks had become 710.0."""
    write_table(pd.DataFrame({"code": pd.Series([710, None], dtype=object)}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == 'code\n710\n""\n'


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("t.xlsx", ["a\0b"]),
        ("t.xlsx", pd.to_datetime(["2024-01-01"], utc=True)),
        ("t.parquet", [pd.Timestamp("2024-01-01"), "no day"]),
    ],
)
def test_what_a_kind_of_file_cannot_hold_is_said(tmp_path, name, cells):
    """It had ended in openpyxl, pandas or Arrow, as where refused rows are written."""
    frame = pd.DataFrame({"a": pd.Series(cells, dtype=None if name == "t.xlsx" else object)})
    with pytest.raises(al.FormatError, match=rf"{name} cannot hold this table: .*\. A \.csv holds any\."):
        write_table(frame, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "t.csv"
    write_table(FRAME, path)
    before = path.read_bytes()

    def breaks(file):
        file.write(b"half")
        raise RuntimeError("full")

    with pytest.raises(RuntimeError, match="full"):
        write_whole(path, breaks)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["t.csv"]


def test_what_is_no_file_keeps_its_name(tmp_path):
    """A device had been replaced by a file of its name: --out /dev/null took the device away."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, lambda file: file.write(b"whole"))
    assert os.read(reader, 9) == b"whole"
    os.close(reader)
    assert pipe.is_fifo() and [one.name for one in tmp_path.iterdir()] == ["pipe"]
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, lambda file: file.write(b"whole"))


def test_a_name_may_be_as_long_as_the_system_takes(tmp_path):
    """A title of eighty letters of Chinese is one, and the file beside it had a longer name."""
    path = tmp_path / f"{'柬' * 83}.csv"
    write_table(FRAME, path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_what_cannot_be_written_is_said(tmp_path):
    with pytest.raises(al.FormatError, match=r"t.txt ends in none of .csv, .parquet, .xlsx"):
        write_table(FRAME, tmp_path / "t.txt")
    with pytest.raises(FileNotFoundError, match="no such folder as"):
        write_table(FRAME, tmp_path / "none" / "t.csv")
    with pytest.raises(FileNotFoundError, match="no such folder as"):
        al.Codebook.ladder().save(tmp_path / "none" / "ladder.json")
