"""What a column proves about its codes holds for the whole column, at every door."""

import re

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.__main__ import main
from alignscore.errors import EventError

CAMEO = al.Codebook.cameo()
LOST = "column 'kind' holds '42', which codebook 'cameo' knows as '042'.* and '10' may be '010'"


def table(codes):
    return pd.DataFrame({"source": "USA", "target": "CHN", "date": "2024-05-16", "kind": codes})


LOST_ZEROS = table([10, 42, 190, 20, 112])  # an appeal, 010, would be read as a demand, 10


@pytest.mark.parametrize("typed", [int, float, str])
def test_codes_that_lost_their_zeros_are_refused_whole_at_every_door(tmp_path, capsys, typed):
    pytest.importorskip("pyarrow")
    pytest.importorskip("dask")
    frame = LOST_ZEROS.astype({"kind": typed})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    doors = {
        "from_frame": lambda: al.Events.from_frame(frame, codebook=CAMEO),
        "screen": lambda: al.Events.screen(frame, codebook=CAMEO),
        "screen_csv": lambda: al.Events.screen_csv(tmp_path / "a.csv", codebook=CAMEO),
        "read_parquet": lambda: al.Events.read_parquet(tmp_path / "a.parquet", codebook=CAMEO),
        "post_parquet": lambda: al.post_parquet(tmp_path / "a.parquet", codebook=CAMEO),
        "post_dask": lambda: al.post_dask([frame], codebook=CAMEO),
        "post_lazy": lambda: al.post_lazy(frame.assign(date=pd.Timestamp("2024-05-16")), codebook=CAMEO),
    }
    for name, door in doors.items():
        with pytest.raises(EventError) as problem:
            door()
        assert "lost their zeros when they were read as numbers" in str(problem.value), name
        assert "'10' may be '010'" in str(problem.value) or typed is float, name
    words = ["post", str(tmp_path / "a.csv"), "--codebook", "cameo", "--out", str(tmp_path / "out.npz")]
    assert main(words) == 2
    assert "lost their zeros" in capsys.readouterr().err


@pytest.mark.parametrize("typed", [int, object, "category"])
def test_a_number_that_may_be_a_code_with_a_zero_is_refused_at_every_door(tmp_path, typed):
    """20 may be 020, and no other code of the column tells; a workbook and a list with gaps hold numbers as objects."""
    for package in ("pyarrow", "dask", "openpyxl"):
        pytest.importorskip(package)
    frame = table([20, 112]).astype({"kind": typed})
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    stamped = frame.assign(date=pd.Timestamp("2024-05-16")).astype({"kind": int})
    gaps = pd.DataFrame(table([20, "043", None]), dtype=object)
    doors = {
        "from_frame": lambda: al.Events.from_frame(frame, codebook=CAMEO),
        "rows": lambda: al.Events.from_frame(gaps.to_dict("records"), codebook=CAMEO),
        "read_excel": lambda: al.Events.read_excel(tmp_path / "a.xlsx", codebook=CAMEO),
        "read_parquet": lambda: al.Events.read_parquet(tmp_path / "a.parquet", codebook=CAMEO),
        "read_events": lambda: al.read_events(gaps, codebook=CAMEO),
        "read_events, a file": lambda: al.read_events(tmp_path / "a.parquet", codebook=CAMEO),
        "post_parquet": lambda: al.post_parquet(tmp_path / "a.parquet", codebook=CAMEO),
        "post_dask": lambda: al.post_dask([frame], codebook=CAMEO),
        "post_dask, gaps": lambda: al.post_dask([gaps], codebook=CAMEO),
        "post_lazy": lambda: al.post_lazy(stamped, codebook=CAMEO),
    }
    for name, door in doors.items():
        with pytest.raises(al.AlignScoreError) as problem:
            door()
        assert re.search("'20' may be '020'|20 for 020", str(problem.value)), name
    named = frame.assign(kind=["official_visit", "visit"])
    assert len(al.read_events(named)[0]) == 2


def test_one_slip_among_codes_with_zeros_is_one_row_refused():
    events, refused = al.Events.screen(table(["010", "42", "190", "020", "112"]), codebook=CAMEO)
    assert len(events) == 4
    assert refused["detail"].tolist()[0].startswith("unknown kind '42'")


def test_codes_that_need_no_zero_are_read():
    events = al.Events.from_frame(table(["10", "190", "112"]), codebook=CAMEO)
    np.testing.assert_array_equal(events.value, [CAMEO[name].value for name in ("10", "190", "112")])


@pytest.mark.parametrize("mark", ["-", "---", ".", "?", "nil", "NULL", "<NA>"])
def test_a_mark_for_nobody_is_no_actor(mark):
    rows = pd.DataFrame(
        {
            "source": ["CHN", mark, "USA"],
            "target": "KHM",
            "date": "2024-01-01",
            "domain": "security",
            "value": 1.0,
        }
    )
    events, refused = al.Events.screen(rows)
    assert events.actors == ("CHN", "KHM", "USA")
    assert refused["reason"].tolist() == ["empty actor"]


@pytest.mark.parametrize("column", ["value", "weight"])
def test_true_and_false_are_no_numbers(column):
    rows = {
        "source": ["CHN"],
        "target": ["KHM"],
        "date": ["2026-05-01"],
        "domain": ["security"],
        "value": [1.0],
    }
    _, refused = al.Events.screen(pd.DataFrame(rows | {column: [True]}))
    assert refused["detail"].tolist() == [f"{column} 'True' is not a number."]
    two = pd.DataFrame([rows, rows]).map(lambda cell: cell[0]).astype(object)
    two[column] = pd.Series([1.0, True], dtype=object)  # equal to each other
    assert al.Events.screen(two)[1]["row"].tolist() == [1]
    assert al.read_events(two)[1].refused is None and al.read_events(two)[1].kept == 1
    with pytest.raises(al.EventError, match=f"event: {column} True is not a number"):
        al.Event(source="CHN", target="KHM", date="2026-05-01", kind="visit", **{column: True})


def test_an_event_takes_dates_as_tables_do():
    def day(date):
        event = al.Event(source="CHN", target="KHM", date=date, kind="visit")
        return str(event.date), event.date_precision

    dates = (
        "2026/05/01",
        np.datetime64("2026-05-01T23"),
        pd.Timestamp("2026-05-01 23:00"),
        20260501,
        20260501.0,
    )
    assert {day(date) for date in dates} == {("2026-05-01", "day")}
    assert day(2026) == day(np.int64(2026)) == day(2026.0) == day("2026") == ("2026-01-01", "year")
    with pytest.raises(al.EventError, match=r"date '' is not a date. Write YYYY-MM-DD, YYYY-MM or YYYY\.$"):
        day("")  # an event has no date_format


def test_bytes_are_the_text_they_hold_and_tuples_are_none():
    rows = {"target": ["KHM"], "date": ["2026-05-01"], "domain": ["security"], "value": [1.0]}
    events = al.Events.from_frame(pd.DataFrame({"source": [b" CHN"]} | rows | {"date": [b"2026-05"]}))
    assert events.actors == ("CHN", "KHM") and events.precision.tolist() == [1]
    with pytest.raises(EventError, match="column 'source' holds text that is not UTF-8"):
        al.Events.from_frame(pd.DataFrame({"source": [b"\xff"]} | rows))
    with pytest.raises(
        EventError, match=r"column 'source' holds \('CHN', 'USA'\); give one text or number a row"
    ):
        al.Events.from_frame(pd.DataFrame({"source": [("CHN", "USA")]} | rows))
