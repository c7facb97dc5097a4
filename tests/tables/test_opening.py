"""One way to open a table: the same sentence at every door."""

import gzip
import io

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.errors import FormatError
from alignscore.tables.opening import open_tables, parquet_table
from alignscore.tables.reading_report import Tally

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
        (
            "a.csv",
            b"PK\x03\x04 and more",
            "is a zip archive, an Excel workbook or a ledger, not a text table",
        ),
        (
            "s.dta",
            b"r\x02\x01\x00\x05\x00",
            "is an old Stata file, not a text table; read it by pandas.read_stata",
        ),
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


def test_a_frame_is_a_table_too():
    table = pd.DataFrame({"A": [1.0, np.nan], "B": ["x", None], "D": pd.to_datetime(["2020-01-02", None])})
    tally = Tally("t")
    frame = open_tables(table, tally, needed=("a",))
    assert frame.to_dict("list") == {"a": ["1", ""], "b": ["x", ""], "d": ["2020-01-02", ""]}
    assert tally.read == 2


OTHERS = {
    "Events.read_csv": al.Events.read_csv, "Events.read_parquet": al.Events.read_parquet,
    "Events.read_excel": al.Events.read_excel, "post_parquet": al.post_parquet, "Ledger.load": al.Ledger.load,
    "Codebook.load": al.Codebook.load,
}  # fmt: skip


@pytest.mark.parametrize("door", (every := DOORS | OTHERS | {"Codebook.save": al.Codebook.ladder().save}))
def test_what_is_no_path_is_refused_at_every_door(door):
    for given in (3, None, b"e.csv"):
        with pytest.raises(TypeError, match=r"^path is .*it must be a path, as text or pathlib\.Path\.$"):
            every[door](given)
    with pytest.raises(TypeError, match=r"Read what is in memory to a frame: Events\.from_frame takes it\."):
        every[door](io.StringIO("a,b\n1,2\n"))
    with pytest.raises(TypeError, match=r"^path is 'a,b.*Events\.from_frame takes it\."):
        every[door]("a,b\n1,2\n" * 100)  # what the file holds
