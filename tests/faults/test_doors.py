"""Spoilt input at every door that is not a reader: refused in the library's own words, or every row accounted for."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import alignscore as al
from alignscore.__main__ import main
from alignscore.errors import AlignScoreError
from alignscore.scale import post_dask, post_parquet
from damage import ODD, damaged

LINES = [
    "source,target,date,until,kind,domain,value,weight,mutual,standing,event_id,date_precision,label",
    "CHN,KHM,2020-01-02,,state_visit,,,1,false,,a,day,one",
    "USA,KHM,2021-03,,,security,-4.5,2.5,true,,b,month,two",
    "CHN,VNM,2021-05-06,2023-05-06,strategic_partnership,,,,true,true,c,,three",
    "VNM,USA,2022,,,economic,3,1,0,false,,year,four",
    "CHN,KHM,2020-01-02,,,diplomatic,2,1,false,,,day,five",
]
OBJECTS: list[Any] = [
    None, float("nan"), pd.NA, pd.NaT, 0, -1, 1 << 70, 2.5, float("inf"), -0.0, True, 1j, "", " ", "nan", "NULL",
    np.float32(1e30), np.int8(3), np.datetime64("2020-01-02"), pd.Timestamp("2020-01-02", tz="Asia/Tokyo"),
    pd.Timestamp.max, pd.Period("2020-02"), b"CHN", "\x00", "\ud800", "CHN", "KHM", "x" * 3000, (1, 2), [1], {"a": 1},
    object(), "0001-01-01", "99999-01-01", "2020-02-30", "1e400", "=1+1",
]  # fmt: skip


def spoilt_columns(seed: int) -> dict[str, list[Any]]:
    """Columns of the sound table with some cells, names or lengths spoilt."""
    dice = random.Random(seed)
    cells = [line.split(",") for line in LINES]
    table: dict[Any, list[Any]] = {
        name: [row[at] or None for row in cells[1:]] for at, name in enumerate(cells[0])
    }
    for name in ("value", "weight"):
        table[name] = [None if cell is None else float(cell) for cell in table[name]]
    for _ in range(dice.randint(1, 4)):
        what, name = dice.randrange(8), dice.choice(list(table))
        if what < 5:
            table[name][dice.randrange(len(table[name]))] = dice.choice(OBJECTS) if what else dice.choice(ODD)
        elif what == 5:
            table[name] = [dice.choice(OBJECTS)] * len(table[name])
        elif what == 6:
            table[dice.choice([f"{name} ", name.upper(), "sourc", "", "Actor1"])] = table.pop(name)
        else:
            del table[name]
            if not table:
                return {"source": []}
    return table


def frame_of(seed: int) -> pd.DataFrame:
    """The spoilt columns as they come, or typed as pandas types them."""
    table = spoilt_columns(seed)
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in table.items()})
    try:
        return frame if seed % 2 else frame.infer_objects()
    except (UnicodeEncodeError, OverflowError):  # pandas cannot type half a character
        return frame


def records_of(seed: int) -> list[dict[Any, Any]]:
    return frame_of(seed | 1).to_dict("records")


def screened(table: Any, seed: int, **options: Any) -> None:
    """Every row of a table is kept, refused or merged."""
    way = random.Random(seed)
    options = {
        "actors": way.choice(["check", "iso3", "as_given"]), "duplicates": way.choice(["keep", "refuse", "merge"]),
        **options,
    }  # fmt: skip
    events, refused = al.Events.screen(table, **options)
    report = events.report
    lost = {name: n for name, n in report.items() if name not in ("read", "kept", "merged")}
    assert report["read"] == report["kept"] + report.get("merged", 0) + sum(lost.values())
    assert sum(lost.values()) == len(refused)
    assert len(set(events.row.tolist())) == report["kept"]
    finite = np.isfinite(events.value).all() and np.isfinite(events.weight).all()
    assert finite and (np.abs(events.value) <= 10).all() and (events.weight > 0).all()
    if len(events):
        again = al.Events.from_frame(events.to_frame(), codebook=events.codebook, actors="as_given")
        assert len(again) == len(events)


def of_frame(seed: int, _: Path) -> None:
    screened(frame_of(seed), seed)


def of_mapping(seed: int, _: Path) -> None:
    table = spoilt_columns(seed)
    if seed % 3 == 0:
        table[next(iter(table))] = table[next(iter(table))][1:]
    screened(table, seed)


def of_records(seed: int, _: Path) -> None:
    screened(records_of(seed), seed)


def of_events(seed: int, _: Path) -> None:
    made = [al.Event(**{str(k): v for k, v in row.items() if v is not None}) for row in records_of(seed)]
    al.Events.from_events(made)


def of_arrow(seed: int, _: Path) -> None:
    table = spoilt_columns(seed)
    columns = {}
    for name, cells in table.items():
        try:
            columns[str(name)] = pa.array(cells, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            columns[str(name)] = pa.array([None if c is None else ascii(c) for c in cells])
    made = pa.table(columns)
    if seed % 2:
        made = pa.concat_tables([made, made.slice(0, 2)])
    screened(made, seed)


def text(seed: int, folder: Path, ending: str = ".csv") -> Path:
    path = folder / f"spoilt{ending}"
    raw = damaged(LINES, seed)
    dice = random.Random(seed)
    if ending == ".csv.gz":
        raw = gzip.compress(raw)
        raw = raw[: len(raw) - dice.choice([0, 0, 0, 1, 9])]
    elif ending == ".zip":
        inside = io.BytesIO()
        with zipfile.ZipFile(inside, "w") as archive:
            archive.writestr("a.csv", raw)
        raw = inside.getvalue()
        if dice.random() < 0.3:
            at = dice.randrange(len(raw))
            raw = raw[:at] + dice.randbytes(3) + raw[at + 3 :]
    path.write_bytes(raw)
    return path


def of_csv(seed: int, folder: Path) -> None:
    path = text(seed, folder, random.Random(seed).choice([".csv", ".csv", ".tsv", ".csv.gz", ".zip"]))
    events, refused = al.Events.screen_csv(path)
    lost = events.report["read"] - events.report["kept"] - events.report.get("merged", 0)
    assert lost == len(refused)


def of_parquet(seed: int, folder: Path) -> None:
    path = folder / "spoilt.parquet"
    frame = frame_of(seed)
    frame = frame.map(lambda c: c if c is None or isinstance(c, float | bool) else ascii(c).strip("'"))
    frame.columns = frame.columns.astype(str)
    try:
        frame.to_parquet(path)
    except (pa.ArrowException, TypeError, ValueError):
        frame.astype(str).to_parquet(path)
    dice, raw = random.Random(seed), path.read_bytes()
    if dice.random() < 0.5:
        at = dice.randrange(len(raw))
        path.write_bytes(dice.choice([raw[:at], raw[:at] + dice.randbytes(2) + raw[at + 2 :]]))
    if seed % 2:
        al.Events.read_parquet(path)
    else:
        report = post_parquet(path, batch_rows=2).report
        assert report.adds_up and report.read == len(frame)


def of_dask(seed: int, _: Path) -> None:
    frame = frame_of(seed)
    report = post_dask([frame[:2], frame[2:]]).report
    assert report.adds_up and report.read == len(frame)


def of_excel(seed: int, folder: Path) -> None:
    path = folder / "spoilt.xlsx"
    frame = frame_of(seed).map(lambda c: c if c is None else ascii(c).strip("'"))
    frame.to_excel(path, index=False)
    dice, raw = random.Random(seed), path.read_bytes()
    if dice.random() < 0.5:
        at = dice.randrange(len(raw))
        path.write_bytes(dice.choice([raw[:at], raw[:at] + dice.randbytes(4) + raw[at + 4 :]]))
    al.Events.read_excel(path)


BOOK = [
    "name,domains,value,standing,half_life,family,rank,se,label,reason,source,confidence",
    "pact,security;diplomatic,7,true,5,pacts,1,0.5,a pact,why,me,high", "raid,security:0.5;economic:0.5,-9,,,,,,,,,",
]  # fmt: skip


def of_codebook(seed: int, folder: Path) -> None:
    dice = random.Random(seed)
    if dice.random() < 0.5:
        path = folder / "book.csv"
        path.write_bytes(damaged(BOOK, seed))
    else:
        path = folder / "book.json"
        al.Codebook.ladder().without(*al.Codebook.ladder().names[3:]).save(path)
        stored = json.loads(path.read_text())
        where = dice.choice([stored, stored["kinds"][0], stored["kinds"][1]])
        name = dice.choice(list(where))
        where[name] = dice.choice([None, 3, "x", [], {}, [[]], True, -1e300, "inf", [1, 2], {"a": {}}])
        raw = json.dumps(stored).encode()
        at = dice.randrange(len(raw))
        if dice.random() < 0.3:
            raw = dice.choice([raw[:at], raw[:at] + dice.randbytes(2) + raw[at:], b"[" * 100_000, raw[:1]])
        path.write_bytes(raw)
    book = al.Codebook.load(path)
    assert al.Codebook.from_frame(book.to_frame(), name=book.name, domains=book.domains) == book


def of_ledger(seed: int, folder: Path) -> None:
    path = folder / "l.npz"
    al.Ledger.post(al.Events.from_frame(pd.DataFrame([[*line.split(",")[:3], "state_visit"] for line in LINES[1:]],
                   columns=["source", "target", "date", "kind"]))).save(path)  # fmt: skip
    dice, raw = random.Random(seed), path.read_bytes()
    at = dice.randrange(len(raw))
    path.write_bytes(dice.choice([raw[:at], raw[:at] + dice.randbytes(2) + raw[at + 2 :], raw + b"x", raw]))
    al.Ledger.load(path).ties()


def command(seed: int, folder: Path) -> None:
    """The command line: 0, or 2 with one line on stderr; when it posts, rows add up."""
    dice = random.Random(seed)
    path, out = text(seed, folder, dice.choice([".csv", ".tsv", ".csv.gz", ".zip"])), folder / "out.csv"
    what = dice.choice([
        ["score", str(path), "--measure", "alignment"],
        ["score", str(path), "--powers", "CHN", "USA", "--refused", str(folder / "refused.csv")],
        ["post", str(path), "--out", str(folder / "l.npz")],
        ["score", str(path), "--measure", "alignment", "--codebook", str(path), "--out", str(out)],
    ])  # fmt: skip
    words, shown = io.StringIO(), io.StringIO()
    with redirect_stderr(words), redirect_stdout(shown):
        status = main(what)
    assert status in (0, 2) and "Traceback" not in words.getvalue()
    assert words.getvalue() or not status


DOORS: dict[str, Callable[[int, Path], None]] = {
    "frame": of_frame, "mapping": of_mapping, "records": of_records, "events": of_events, "arrow": of_arrow,
    "csv": of_csv, "parquet": of_parquet, "dask": of_dask, "excel": of_excel, "codebook": of_codebook,
    "ledger": of_ledger, "command": command,
}  # fmt: skip


def sound(name: str, seed: int, folder: Path) -> None:
    try:
        DOORS[name](seed, folder)
    except AlignScoreError as refusal:
        assert str(refusal)
        assert "Error:" not in str(refusal) and "pydantic" not in str(refusal), refusal
    except TypeError as refusal:  # no table at all, or cells that are none
        assert "event table" in str(refusal) or "cell" in str(refusal), refusal


@pytest.mark.parametrize("name", DOORS)
def test_spoilt_input_is_refused_or_accounted_for(name, tmp_path):
    """Six seeds a door, no two doors the same; five thousand are slow."""
    first = 2**20 + 6 * list(DOORS).index(name)
    for seed in range(first, first + 6):
        (tmp_path / str(seed)).mkdir()
        sound(name, seed, tmp_path / str(seed))


def objects(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in rows[0]})


def test_a_label_that_cannot_be_printed_is_refused_and_half_a_character_breaks_no_table():
    row = {"source": "CHN", "target": "KHM", "date": "2024-01-01", "domain": "security", "value": 1.0}
    row["label"] = "\ud800"
    table = objects(row, row | {"source": "C\x00HN"}, row | {"target": "\ud800"})
    events, refused = al.Events.screen(table, actors="as_given")
    assert refused["reason"].tolist() == ["unreadable actor"] * 2
    assert "C\\x00HN" in refused["detail"].iloc[0]
    assert events.to_frame()["label"].tolist() == ["\ud800"]
    assert len(al.Events.from_frame(objects(row | {"source": "New\nGroup"}))) == 1
    if int(pd.__version__.split(".")[0]) >= 3:  # whose text is Arrow's, in UTF-8; before, it was any object
        with pytest.raises(al.EventError, match="the rows do not make a table"):
            al.Events.from_frame([row])
    with pytest.raises(al.EventError, match="text that cannot be written in UTF-8"):
        post_dask([objects(row | {"source": "\ud800"})])


def test_an_event_takes_a_missing_cell_for_none_and_a_codebook_tells_its_wrong_fields(tmp_path):
    cells = {"until": pd.NaT, "value": float("nan"), "label": pd.NA, "kind": "visit"}
    made = al.Event(source="CHN", target="KHM", date="2024-01-01", **cells)
    assert (made.until, made.value, made.label) == (None, None, None)
    path = tmp_path / "book.json"
    for field, wrong, message in [
        ("name", 3, "it must be a text"), ("domains", 2.5, "a list of names"),
        ("kinds", [1], "a list of kinds"), ("decay", 3, "decay is 3"),
        ("decay", {"decay": []}, "it must be one of"),
    ]:  # fmt: skip
        al.Codebook.ladder().save(path)
        path.write_text(json.dumps(json.loads(path.read_text()) | {field: wrong}))
        with pytest.raises(al.FormatError, match=message):
            al.Codebook.load(path)
    path.write_text("[" * 100_000)
    with pytest.raises(al.FormatError, match="not readable as JSON"):
        al.Codebook.load(path)


@pytest.mark.slow
def test_five_thousand_spoilt_inputs_are_refused_or_accounted_for(tmp_path):
    for seed in range(5004):
        sound(list(DOORS)[seed % len(DOORS)], seed, tmp_path)
