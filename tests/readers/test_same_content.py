"""One table written in other ways is one table: the same events, or a refusal in words, never others."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alignscore as al
import sample_files as sample
from alignscore.errors import AlignScoreError
from alignscore.events import Events
from alignscore.readers.aiddata import read_aiddata
from alignscore.readers.desta import read_desta
from alignscore.readers.exercises import read_exercises
from alignscore.readers.gge import read_gge
from alignscore.readers.sipri import read_sipri


def cells(lines: list[str]) -> tuple[str, list[list[str]]]:
    mark = "\t" if "\t" in lines[-1] else ","
    quoting = csv.QUOTE_NONE if mark == "\t" else csv.QUOTE_MINIMAL
    return mark, [next(csv.reader([line], delimiter=mark, quoting=quoting), []) for line in lines]


def written(rows: list[list[str]], mark: str, **how: int) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\n", **how).writerows(rows)
    return out.getvalue()


def of_cells(change: Callable[[list[list[str]]], list[list[str]]], mark: str = "", **how: int):
    def made(lines: list[str]) -> bytes:
        own, rows = cells(lines)
        return written(change(rows), mark or own, **how).encode()

    return made


def plain(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


WAYS = {
    "crlf": lambda lines: plain(lines).replace("\n", "\r\n").encode(),
    "cr": lambda lines: plain(lines).replace("\n", "\r").encode(),
    "mark": lambda lines: ("\ufeff" + plain(lines)).encode(),
    "utf16": lambda lines: plain(lines).encode("utf-16"),
    "no end": lambda lines: plain(lines).rstrip("\n").encode(),
    "blank lines": lambda lines: plain([one for line in lines for one in (line, "")]).encode(),
    "blank lines above": lambda lines: ("\n\n" + plain(lines)).encode(),
    "semicolons": of_cells(lambda rows: rows, ";"),
    "tabs": of_cells(lambda rows: rows, "\t"),
    "bars": of_cells(lambda rows: rows, "|"),
    "quotes": of_cells(lambda rows: rows, quoting=csv.QUOTE_ALL),
    "padded": of_cells(lambda rows: [[f" {c} " if i else c for c in row] for i, row in enumerate(rows)]),
    "hard blanks": of_cells(
        lambda rows: [[c + "\u00a0" if i and c else c for c in row] for i, row in enumerate(rows)]
    ),
    "capitals": of_cells(lambda rows: [[c.upper() for c in rows[0]], *rows[1:]]),
    "further column": of_cells(lambda rows: [[*row, "x" if i else "note"] for i, row in enumerate(rows)]),
    "trailing marks": of_cells(lambda rows: [[*row, "", ""] for row in rows]),
}
UNQUOTED = {"gdelt", "gdelt_blocs", "phoenix"}  # files without header or quoting
TABS = {
    *UNQUOTED,
    "icews",
    "icews_actors",
    "icews_text",
    "polecat",
}  # which are separated by tabs and nothing else


def content(value: Any) -> list[tuple[Any, ...]]:
    """Rows of a table, in one order, without the texts beside them."""
    if isinstance(value, Events):
        names = (
            "day",
            "until",
            "until_given",
            "precision",
            "domain",
            "kind",
            "value",
            "weight",
            "mutual",
            "standing",
        )
        ends = [np.array(value.actors, dtype=object)[side] for side in (value.source, value.target)]
        return sorted(zip(*ends, *(getattr(value, name).tolist() for name in names), strict=True))
    return sorted(map(tuple, value.astype(str).to_numpy().tolist()))


NAMES = [name for name in sample.READERS if name not in ("sipri_orders", "imf_both", "atop_portfolio")]


def same_events(name: str, ways: list[str], folder: Path) -> None:
    (read, lines, options), path = sample.READERS[name], folder / "a.csv"
    whole, report = sample.sound(name)
    for way in ways:
        path.write_bytes(WAYS[way](lines))
        try:
            found, again = read(path, **options)
        except AlignScoreError:
            assert name in UNQUOTED or (name in TABS and way in ("semicolons", "bars")), way
        else:
            assert content(found) == content(whole) and again.kept == report.kept, way


@pytest.mark.parametrize("name", NAMES)
def test_another_way_to_write_a_table_gives_the_same_events(name, tmp_path):
    """Two ways a format, each way in several of them; all of them are slow."""
    at = 2 * NAMES.index(name)
    same_events(name, [list(WAYS)[(at + step) % len(WAYS)] for step in range(2)], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_other_way_to_write_a_table_gives_the_same_events(name, tmp_path):
    same_events(name, list(WAYS), tmp_path)


def test_a_type_with_blanks_or_decimals_is_the_same_type(tmp_path):
    """A union's treaty (type 3) joins the other side, not its members with each other."""
    path = tmp_path / "desta.csv"
    for kind in ("3", " 3 ", "3.0"):
        path.write_text(plain([sample.DESTA[0], sample.DESTA[2].replace(",3,8", f",{kind},8")]))
        events, _ = read_desta(path)
        pairs = {frozenset(pair) for pair in events.to_frame()[["source", "target"]].to_numpy().tolist()}
        assert frozenset(("DEU", "BEL")) not in pairs


@pytest.mark.parametrize("blank", ["", "nan", "NULL", "NA", "None", "-9"])
def test_a_placeholder_takes_no_part_in_an_exercise(blank, tmp_path):
    path = tmp_path / "exercises.csv"
    path.write_text(plain([sample.EXERCISES[0], sample.EXERCISES[2] + blank]))
    events, _ = read_exercises(path)
    assert events.weight.tolist() == [1.0]


def test_labels_of_a_panel_have_no_blanks_around_them(tmp_path):
    path = tmp_path / "gge.csv"
    path.write_text(plain(sample.GGE).replace("KHM,THA", " KHM ,THA\u00a0"))
    frame, _ = read_gge(path)
    assert {"KHM", "THA"} == set(frame.iloc[:, 0]) | set(frame.iloc[:, 1])


@pytest.mark.parametrize(("read", "lines"), [(read_aiddata, sample.AIDDATA), (read_sipri, sample.SIPRI)])
def test_rows_that_stand_twice_are_noted(read, lines, tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text(plain([*lines, *lines[-1:]]))
    _, report = read(path)
    assert any("1 rows repeat an earlier row in every cell" in note for note in report.notes)


MME = ["MMEID,s.year,s.month,s.day,e.year,e.month,e.day,StateA,StateB",
       "m1,1980,1,14,1980,1,21,Netherlands,United States", "m2,1981,1,14,1981,1,21,Japan,United States"]  # fmt: skip
MID = ["dispnum,ccode1,ccode2,year,hostlev1,hostlev2", "61,2,365,1962,3,4", "61,365,2,1962,4,3"]


@pytest.mark.parametrize(("read", "lines"), [(read_exercises, MME), (al.read_disputes, MID)])
def test_records_that_two_files_have_in_common_count_once_by_their_number(read, lines, tmp_path):
    """Without it they may be two alike, and are noted."""
    for name, some in (("a.csv", lines), ("b.csv", lines[:2])):
        (tmp_path / name).write_text(plain(some))
    events, report = read(tmp_path)
    assert (len(events), report.rows("row that stands twice"), report.adds_up) == (2, 1, True)
    for name, some in (("a.csv", lines), ("b.csv", lines[:2])):
        (tmp_path / name).write_text(plain([line.partition(",")[2] for line in some]))
    events, report = read(tmp_path)
    assert len(events) == 3 and any("1 rows repeat an earlier row" in note for note in report.notes)


def test_states_that_two_lists_have_in_common_count_once(tmp_path):
    head = "ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday"
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(plain([head, "811,Cambodia,1953,11,9,2016,12,31"]))
    states, report = al.read_states(tmp_path)
    assert (len(states), report.rows("row that stands twice"), report.adds_up) == (1, 1, True)


def test_deals_that_two_registers_have_in_common_count_once(tmp_path):
    """Alike rows of one file may be two deals; a second file that has them tells of the same ones."""
    lines = [*sample.SIPRI, *sample.SIPRI[-1:]]
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text(plain(lines))
    one, _ = read_sipri(paths[0])
    both, report = read_sipri(paths)
    assert content(both) == content(one)
    assert report.rows("row that stands twice") == 2 and report.adds_up


def test_a_register_without_a_delivery_is_refused(tmp_path):
    path = tmp_path / "sipri.csv"
    path.write_text(plain(sample.SIPRI).replace("2013; 2014", ""))
    with pytest.raises(AlignScoreError, match="no delivery given"):
        read_sipri(path)
