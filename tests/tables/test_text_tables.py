"""Rows of delimited text: records against the csv module, every row counted, no cell shifted."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignscore as al
from alignscore.errors import FormatError
from alignscore.tables import text_tables
from alignscore.tables.opening import open_tables
from alignscore.tables.reading_report import Tally
from alignscore.tables.text_tables import OpenQuoteError, records, text_file, text_table


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
    report = tally.report(3)
    assert report.adds_up
    assert report.reason == tuple(step.reason for step in report.steps)
    assert "2 columns, not 3" in report.reason
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
def test_what_csv_writes_is_read_back_without_blanks_around_it(cells):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *cells])
    frame, tally = opened(text.getvalue())
    assert frame.to_numpy().tolist() == [[cell.strip(" ") for cell in row] for row in cells]
    assert tally.report(len(cells)).adds_up


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u00a0 "])
@pytest.mark.parametrize("text", ['a,b\n"{}1",2', "a,b\n1{},2", "a,b\n1,2{}", "a,b\n1,{}2"])
def test_a_blank_at_any_end_of_a_cell_is_none_of_it(text, blank):
    frame, _ = opened(text.format(blank) + "\n")
    assert frame.columns.tolist() == ["a", "b"] and frame.to_numpy().tolist() == [["1", "2"]]
    kept, _ = opened(f"a,b\n1{blank}1,2\n")
    assert kept.to_numpy().tolist() == [[f"1{blank}1", "2"]]


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


@pytest.mark.parametrize("cell", ["x", '"x"', '"x\ny"'])
def test_a_text_longer_than_a_block_of_its_parser_is_read_alike(cell, monkeypatch):
    """It is cut where a record ends, and with quotes a line may end within one. A block may be shorter than a row."""
    text = "a,b\n" + "".join(f"{at},{cell}\n" for at in range(9))
    whole, before = opened(text)
    for size in (4, 20, 40):
        monkeypatch.setattr(text_tables, "BLOCK", size)
        parts, tally = opened(text)
        assert parts.equals(whole) and tally.read == before.read


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_quote_inside_a_cell_is_read_whatever_stands_between_cells(mark):
    frame, _ = opened(f'a{mark}b\n1{mark}5" gun\n2{mark}7" gun\n')
    assert frame.to_numpy().tolist() == [["1", '5" gun'], ["2", '7" gun']]


def test_explanation_above_the_header_is_no_row():
    frame, tally = opened("About this table\n\nb;a\n1;2\n", needed=("a", "b"))
    assert frame.to_dict("records") == [{"b": "1", "a": "2"}]
    assert tally.read == 1
    with pytest.raises(FormatError, match=r"x.csv is no thing: it has no column 'c'. Did you mean"):
        opened("a,b,cc\n1,2,3\n", needed=("a", "c"), what="thing")


def quoted_behind(line: str) -> str:
    """A line of commas as a spreadsheet of another locale saves it: one cell, quoted where it holds a quote."""
    return ('"' + line.replace('"', '""') + '"' if '"' in line else line) + ";;;;"


SAVED_AGAIN = {
    al.read_events: [
        "source,target,date,domain,value,label",
        'KHM,CHN,2020-01-02,security,3,"a, b"',
        "LAO,CHN,2021,economic,-2.5,",
    ],
    al.Events.read_csv: ["source,target,date,domain,value", "KHM,CHN,2020-01-02,security,3"],
    al.read_desta: [
        "country1,country2,iso1,iso2,number,base_treaty,name,entry_type,year,entryforceyear",
        "Cambodia,China,116,156,1,1,ACFTA,base_treaty,2002,2005",
    ],
    al.read_imf_trade: [
        "COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE",
        "KHM,XG_FOB_USD,CHN,A,2020,10,6",
    ],
}  # fmt: skip


@pytest.mark.parametrize("read", SAVED_AGAIN, ids=lambda read: read.__name__)
def test_semicolons_that_a_spreadsheet_put_behind_lines_of_commas_are_no_cells(tmp_path, read):
    lines, found = SAVED_AGAIN[read], []
    # the last column is the scale of the values
    options = {"weight": "value"} if read is al.read_imf_trade else {}
    for name, written in (
        ("a", lines),
        ("b", [line + ";;;;;;;;" for line in lines]),
        ("c", map(quoted_behind, lines)),
    ):
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join(written) + "\n", encoding="utf-8")
        got = read(path, **options)
        found.append((got[0] if isinstance(got, tuple) else got).to_frame())
    pd.testing.assert_frame_equal(found[0], found[1])
    pd.testing.assert_frame_equal(found[0], found[2])
