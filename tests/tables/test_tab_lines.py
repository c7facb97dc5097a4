"""Lines without quoting: those of one width are parsed at once, and counted as those of several are."""

import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignscore.__main__ import main
from alignscore.tables import tab_lines
from alignscore.tables.files import Reader
from alignscore.tables.reading_report import Tally

LAYOUTS = {
    3: tab_lines.Layout(("a", "b", "c"), ("a", "c")),
    4: tab_lines.Layout(("a", "b", "c", "d"), ("a", "c", "d"), plain=("d",)),
}
LINES = [
    "x\ty\tz",
    "\t\t",
    "1\t2\t3\t4",
    "",
    "  ",
    "only",
    "1\t2\t3\t\t",
    'q\t"w"\t"e"',
    "é\tß\t" + "long" * 9,
]


def read(text, *, at_once):
    """Frames of a text as rows, and the account, parsed at once where that may be or line by line."""
    tally = Tally("lines")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tab_lines, "LONGEST_LINE", 30)
        if not at_once:
            patch.setattr(tab_lines, "_of_one_width", lambda *_: None)
        path = Path(folder, "lines.tab")
        path.write_text("a header\n" + text, encoding="utf-8")
        reader = Reader(path, tally)
        frames = [
            frame
            for source in reader.found
            for frame in tab_lines.unquoted_chunks(source, LAYOUTS, reader, headed=True)
        ]
    return [frame.astype(str).values.tolist() for frame in frames], tally.read, tally.moved, tally.notes


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=12), st.sampled_from([1, 9]))
def test_lines_of_one_width_are_read_as_those_of_several(lines, kinds):
    """Whatever stands among them: blank lines, other widths, spare cells, a line that is too long."""
    text = "\n".join(lines if kinds == 9 else lines[:1] * len(lines)) + "\n"
    assert read(text, at_once=True) == read(text, at_once=False)


def test_a_block_of_one_width_is_parsed_at_once(monkeypatch):
    monkeypatch.setattr(tab_lines, "by_width", None)  # nothing is told line by line
    frames, rows, *_ = read("x\ty\tz\n\nu\tv\tw\n", at_once=True)
    assert (frames, rows) == ([[["x", "z"], ["u", "w"]]], 2)


def test_without_pyarrow_the_extra_is_told(monkeypatch, tmp_path, asean, capsys):
    """In files of events, and in tables that are posted one after the other."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(
        ImportError, match=r"event files are parsed with pyarrow: pip install 'alignscore\[scale\]'"
    ):
        tab_lines.parse_unquoted(b"x\ty\tz\n", LAYOUTS[3])
    asean.to_frame().to_csv(tmp_path / "events.csv", index=False)
    assert main(["post", str(tmp_path / "events.csv"), "--out", str(tmp_path / "ledger.npz")]) == 2
    assert "streams are posted with pyarrow: pip install 'alignscore[scale]'" in capsys.readouterr().err
