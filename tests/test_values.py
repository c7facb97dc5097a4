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
from alignscore.values import Frozen, FrozenDict, HeldFrame, numbers_of

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
