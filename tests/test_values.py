"""Frozen values: nothing of them can be written, whatever way they were copied."""

import copy
import json
import pickle
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore import values
from alignscore.errors import FormatError, OptionError
from alignscore.values import (
    Frozen,
    FrozenDict,
    HeldFrame,
    counted_off,
    need_columns,
    numbers_of,
    once,
    refuse_rows,
    run_starts,
)

COPIES = {
    "itself": lambda value: value,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}
WRITES = {
    "set": lambda held: held.__setitem__("a", 1),
    "delete": lambda held: held.__delitem__(next(iter(held))),
    "update": lambda held: held.update(a=1),
    "or": lambda held: held.__ior__({"a": 1}),
    "pop": lambda held: held.pop(next(iter(held))),
    "clear": lambda held: held.clear(),
    "default": lambda held: held.setdefault("a", 1),
}


@pytest.fixture(scope="module")
def weighted(ties):
    return al.hedging(ties, powers=("CHN", "USA"), weights={"security": 2.0})


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("write", WRITES)
def test_recipes_and_reports_cannot_be_written(how, write, asean, weighted):
    made = COPIES[how](weighted)
    events = COPIES[how](asean)
    for held in (made.recipe, made.recipe["weights"], events.report):
        before = dict(held)
        with pytest.raises(TypeError, match="part of a frozen value"):
            WRITES[write](held)
        assert held == before


@pytest.mark.parametrize("how", COPIES)
def test_arrays_of_a_mapping_cannot_be_written(how):
    held = COPIES[how](FrozenDict({"a": np.arange(3.0), "b": {"c": np.arange(2.0)}}))
    for array in (held["a"], held["b"]["c"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


@pytest.mark.parametrize("how", COPIES)
def test_frames_of_a_value_are_copies(how):
    pyarrow = pytest.importorskip("pyarrow")
    given = pd.DataFrame({"i": ["A"], "j": ["B"], "period": [2020], "value": [1.0]})
    coded = pd.DataFrame({"event_id": ["a", "b"], "value": [1.0, 2.0]})
    report = al.ReadReport("demo", ("a.csv",), 1, 1, (), {}, (), refused=given)
    for held, name in (
        (al.validity.Yardstick(given, "like"), "values"),
        (al.reliability({"one": coded, "two": coded}), "table"),
        (report, "refused"),
    ):
        made = COPIES[how](held)
        before = getattr(made, name)
        seen = getattr(made, name)
        seen.iloc[:, -1] = -1
        seen["more"] = 1
        pd.testing.assert_frame_equal(getattr(made, name), before)
    assert al.validity.Yardstick(pyarrow.table(given), "like").values.equals(
        al.validity.Yardstick(given, "like").values
    )
    given["value"] = 7.0
    assert report.refused["value"].tolist() == [1.0]
    assert al.ReadReport("demo", ("a.csv",), 1, 1, (), {}, ()).refused is None


def test_every_frame_of_a_value_is_held():
    for name in al.__all__:  # opens every room
        getattr(al, name)
    framed = {
        (kind.__name__, field.name)
        for kind in Frozen.__subclasses__() + al.results.Result.__subclasses__()
        for field in fields(kind)
        if "DataFrame" in str(field.type) and not isinstance(vars(kind).get(field.name), HeldFrame)
    }
    assert framed == set()


def test_a_frozen_mapping_is_a_mapping_like_others(asean):
    assert asean.report == {"read": len(asean), "kept": len(asean)}
    assert json.loads(json.dumps(asean.report)) == asean.report
    assert hash(FrozenDict(a=1.0)) == hash(FrozenDict({"a": 1.0}))


def test_memory_is_what_the_process_may_take(monkeypatch, tmp_path):
    """Of the machine, a limit of the process and that of its container the smallest; "max" is no limit."""
    resource = pytest.importorskip("resource")
    held, limit = tmp_path / "memory.max", {resource.RLIMIT_AS: resource.RLIM_INFINITY}
    monkeypatch.setattr(values, "CONTAINERS", (tmp_path / "none", held))
    monkeypatch.setattr(resource, "getrlimit", lambda which: (limit[which], resource.RLIM_INFINITY))
    held.write_text("max\n")
    machine = values.memory()
    assert machine > 1e8
    held.write_text("70000000\n")
    assert values.memory() == 7e7
    limit[resource.RLIMIT_AS] = 50_000_000
    assert values.memory() == 5e7
    with pytest.raises(
        al.LedgerError, match=r"would take 0.1 GB, and this process may take 0.1 GB. Ask for less"
    ):
        values.need_memory("it", 6e7, "Ask for less.")


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["2020-01-01"], "datetime64[s]"), (["2020-01-01"], "datetime64[s, UTC]"), ([86_400], "timedelta64[s]"),
        ([1 + 2j], complex), ([1j, 1], object), ([10**400], object), (["2020"], "period[Y]"),
    ],
    ids=["day", "zoned", "span", "complex", "object", "huge", "period"],
)  # fmt: skip
def test_dates_and_complex_numbers_are_no_numbers(cells, dtype):
    with pytest.raises(al.OptionError, match="x is no number in"):
        numbers_of(pd.Series(cells, dtype=dtype), "x")


def test_true_among_numbers_is_no_number():
    with pytest.raises(al.OptionError, match=r"x is no number in 1 rows, first True \(row 0\)"):
        numbers_of(pd.Series([True, 3], dtype=object), "x")
    assert numbers_of(pd.Series([True, False]), "x").tolist() == [1.0, 0.0]  # yes and no


def test_a_date_that_is_missing_is_missing():
    assert np.isnan(numbers_of(pd.Series([pd.NaT], dtype="datetime64[ns]"), "x")).all()


# ---- labels of tables -------------------------------------------------------------------------------------
VOTES = pd.DataFrame(
    [(1, item, actor, 1 + 2 * (at == item)) for item in range(3) for at, actor in enumerate(["USA", "CHN", "KHM"])],
    columns=["session", "item", "actor", "vote"],
)  # fmt: skip
WEIGHTS = pd.DataFrame({"source": "KHM", "target": ["USA", "CHN"], "weight": [1.0, 2.0]})
POINTS = pd.DataFrame({"actor": ["USA", "CHN", "KHM"], "theta": [1.0, 2.0, 0.0]})
SHARES = pd.DataFrame(
    {"state": "KHM", "period": 2024, "domain": "economic", "indicator": "trade", "power": ["USA", "CHN"], "value": 1.0}
)  # fmt: skip
COUNTS = pd.DataFrame(
    {
        "source": "USA",
        "target": "CHN",
        "domain": "all",
        "period": [2000, 2001],
        "cooperation": 3,
        "conflict": 1,
    }
)
CODED = pd.DataFrame({"event_id": ["USA", "CHN"], "kind": ["USA", "CHN"]})
SIZES = pd.DataFrame({"i": ["USA", "KHM"], "j": "CHN", "period": 2000, "value": 1.0})
SPELLS = pd.DataFrame({"member": ["KHM", "VNM"], "start": "1999", "end": ""})
DOORS = {  # a table with labels, and what reads it
    "ideal_points": (VOTES, lambda votes: al.ideal_points(votes).to_frame()),
    "agreement": (VOTES, lambda votes: al.agreement(votes).to_frame()),
    "vote_cohesion": (VOTES, lambda votes: al.vote_cohesion(votes, members=["USA", "CHN"]).to_frame()),
    "weights": (WEIGHTS, lambda weights: al.weighted_distance(weights, POINTS).to_frame()),
    "positions": (POINTS, lambda points: al.weighted_distance(WEIGHTS, points).to_frame()),
    "indicators": (SHARES, lambda table: al.composite_position(table, ("CHN", "USA")).to_frame()),
    "counts": (COUNTS, lambda counts: al.surprise(counts).to_frame()),
    "reliability": (CODED, lambda coded: al.reliability({"a": coded, "b": CODED}, draws=5).to_frame()),
    "Yardstick": (SIZES, lambda sizes: al.validity.Yardstick(sizes, "like").values),
    "members": (
        SPELLS,
        lambda spells: pd.DataFrame(al.bloc(al.datasets.asean(), spells, ("CHN", "USA")).recipe["members"]),
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_blanks_and_bytes_are_no_part_of_a_label(door):
    table, read = DOORS[door]
    want = read(table)
    for name in table.columns.difference(["start", "end", *table.select_dtypes("number")]):
        for change in (lambda x: f" {x}\u00a0", lambda x: x.encode()):
            other = table.assign(**{name: [change(x) if at == 0 else x for at, x in enumerate(table[name])]})
            pd.testing.assert_frame_equal(read(other), want)


@pytest.mark.parametrize("door", DOORS)
def test_an_index_is_no_column(door):
    table, read = DOORS[door]
    for name in table:
        index = pd.Index(np.zeros(len(table)), name=name)
        pd.testing.assert_frame_equal(read(table.set_axis(index)), read(table))


@pytest.mark.parametrize("door", DOORS)
def test_a_list_is_no_label(door):
    table, read = DOORS[door]
    for name in table.columns.difference(["start", "end", *table.select_dtypes("number")]):
        cells = [["USA", "CHN"], *table[name].iloc[1:]]
        with pytest.raises((al.AlignScoreError, TypeError), match=r"\['USA', 'CHN'\]"):
            read(table.assign(**{name: cells}))


@pytest.mark.parametrize("door", DOORS)
def test_a_column_that_stands_twice_is_told(door):
    table, read = DOORS[door]
    for name in table:
        if door == "agreement" and name == "session":  # which it does not read
            continue
        with pytest.raises(al.AlignScoreError, match=f"{name}'? stands more than once in the"):
            read(pd.concat([table, table[[name]]], axis=1))


@pytest.mark.parametrize(("entries", "starts"), [([], []), ([4], [0]), ([1, 1, 3, 3, 3, 2], [0, 2, 5])])
def test_runs_of_equal_entries_begin_where_they_change(entries, starts):
    assert run_starts(np.array(entries, dtype=np.int64)).tolist() == starts


def test_numbers_stand_once_and_in_order():
    found = once(np.array([3, 1, 3], dtype=np.uint64), np.array([2, 1], dtype=np.uint64))
    assert found.tolist() == [1, 2, 3] and found.dtype == np.uint64
    assert not len(once(np.empty(0, dtype=np.int64)))


@pytest.mark.parametrize(("lengths", "places"), [([2, 3], [0, 1, 0, 1, 2]), ([0, 1, 0], [0]), ([], [])])
def test_runs_of_some_lengths_are_counted_from_zero_each(lengths, places):
    assert counted_off(np.array(lengths, dtype=np.int64)).tolist() == places


def test_rows_that_cannot_be_used_are_counted_and_the_first_is_shown():
    table = pd.DataFrame({"who": ["KHM", "VNM", "LAO"], "year": [2020, 2021, 2022]})
    bad = np.array([False, True, True])
    refuse_rows(bad & False, "rows are odd")
    with pytest.raises(
        FormatError, match=r"^2 of 3 rows are odd, the first row 1: 'VNM', 2021\. Drop them\.$"
    ):
        refuse_rows(bad, "rows are odd", table, error=FormatError, way_out=" Drop them.")
    with pytest.raises(OptionError, match=r"^2 of 3 rows are odd, the first row 1\.$"):
        refuse_rows(bad, "rows are odd")


def test_columns_that_a_table_lacks_are_named_with_those_it_needs():
    table = pd.DataFrame({"actor": ["KHM"]})
    need_columns("votes", table, ["actor"])
    with pytest.raises(FormatError, match=r"^votes lacks item, vote; it needs actor, item, vote\.$"):
        need_columns("votes", table, ["actor", "item", "vote"])
