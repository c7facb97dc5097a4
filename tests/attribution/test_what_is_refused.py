"""What a question cannot mean is refused, or read as it is meant: selections, factors, groups, dates and scores."""

import numpy as np
import pandas as pd
import pytest

import alignscore as al

POWERS = ("CHN", "USA")
SCORE = al.PositionOf("KHM", POWERS)


def supposed(asean, **options):
    return al.what_if(asean, score=SCORE, draws=50, **options).supposed


def test_a_selection_that_names_nothing_is_not_one_of_everything(asean):
    with pytest.raises(al.OptionError, match="remove names no event by {}"):
        supposed(asean, remove={})
    with pytest.raises(al.OptionError, match="scale is an empty mapping"):
        supposed(asean, scale={})
    with pytest.raises(al.OptionError, match=r"scale names no event by \(\)"):
        supposed(asean, scale={(): 0.5})


def test_each_label_of_a_selection_is_one_of_the_table(asean):
    right, slip = "chn-khm-2plus2-2026", "chn-khm-2plus2-2025"
    with pytest.raises(al.UnknownLabelError, match=f"unknown event_id '{slip}'. Did you mean '{right}'"):
        supposed(asean, remove={"event_id": [right, slip]})


@pytest.mark.parametrize("make", [set, frozenset, tuple, iter, pd.Series, pd.Index, np.array], ids=str)
def test_labels_of_a_selection_come_in_any_list(asean, make):
    kinds = ["state_visit", "sanctions"]
    plain = supposed(asean, remove={"kind": kinds})
    np.testing.assert_array_equal(supposed(asean, remove={"kind": make(kinds)}), plain)


@pytest.mark.parametrize(
    ("scale", "error", "told"),
    [
        ({"CHN": "2"}, TypeError, "the factor of 'CHN' in scale is '2'; it must be a number"),
        ({"CHN": None}, TypeError, "the factor of 'CHN' in scale is None; it must be a number"),
        ({"CHN": [1, 2]}, TypeError, r"the factor of 'CHN' in scale is \[1, 2\]; it must be a number"),
        ({5: 2.0}, al.UnknownLabelError, "unknown domain, kind or actor 5"),
        (
            ({"kind": "state_visit"}, 2),
            TypeError,
            "give a mapping such as {'state_visit': 2}, or one factor an",
        ),
        ({"CHN": 1e308}, al.OptionError, "a factor of scale is above 1e50"),
    ],
)
def test_factors_are_numbers(asean, scale, error, told):
    with pytest.raises(error, match=told):
        supposed(asean, scale=scale)


def test_rows_put_in_another_order_are_not_read_as_if_they_stood_in_that_of_the_events(asean):
    frame = asean.to_frame()
    visits = frame["kind"] == "state_visit"
    mixed = visits.sample(frac=1, random_state=0)
    labels = frame["kind"].fillna("none").sample(frac=1, random_state=0)
    factors = pd.Series(1.0, index=frame.index[::-1])
    told = "is a Series whose index counts the rows in another order"
    for door in (
        lambda: supposed(asean, remove=mixed),
        lambda: supposed(asean, remove=lambda table: table.sort_values("value")["kind"] == "state_visit"),
        lambda: supposed(asean, scale=factors),
        lambda: asean.take(mixed),
        lambda: asean[mixed],
        lambda: al.bloc_pull(asean, mixed, members="ASEAN", powers=POWERS),
        lambda: al.impact(asean, score=SCORE, by=labels),
        lambda: al.change(asean, 2010, 2020, score=SCORE, by=labels),
    ):
        with pytest.raises(al.OptionError, match=told):
            door()
    plain = supposed(asean, remove=visits)
    np.testing.assert_array_equal(supposed(asean, remove=mixed.sort_index()), plain)
    for index in (frame["date"], frame["label"], [1, "a"] * (len(frame) // 2), frame.index + 5):
        np.testing.assert_array_equal(supposed(asean, remove=visits.set_axis(index)), plain)
    assert len(asean.take(visits[visits].index.to_series().sample(frac=1, random_state=1))) == visits.sum()


def test_an_event_without_a_label_is_in_no_group_called_none(asean):
    labels = asean.to_frame()["kind"].astype(object)
    labels[[3, 7]] = [None, np.nan]
    arrow = pytest.importorskip("pyarrow").array(labels.where(labels.notna(), None).tolist())
    for given in (labels, arrow):
        with pytest.raises(al.OptionError, match="by holds no label for 2 of 474 events, the first event 3"):
            al.impact(asean, score=SCORE, by=given)


@pytest.mark.parametrize(
    "by", [5, None, True, {"kind"}, np.full((474, 2), "a"), pd.DataFrame({"a": range(474)})], ids=str
)
def test_what_is_no_list_of_labels_is_told(asean, by):
    with pytest.raises(TypeError, match="by must be a list, array or column with one value an event"):
        al.impact(asean, score=SCORE, by=by)


def test_labels_may_be_pairs_and_come_from_a_generator(asean):
    pairs = [(kind, "a") for kind in asean.kind]
    one, two = (al.impact(asean, score=SCORE, by=by, draws=0) for by in (pairs, iter(pairs)))
    assert len(one.about["group"]) > 1
    np.testing.assert_array_equal(one.impact, two.impact)


@pytest.mark.parametrize(
    "at",
    [pd.Series([2019, 2020]), range(2019, 2021), iter((2019, 2020))],
    ids=["series", "range", "generator"],
)
def test_periods_come_in_any_list(asean, at):
    found = al.impact(asean, score=SCORE, at=at, draws=0, by="domain")
    assert [str(period) for period in found.periods] == ["2019", "2020"]


def test_a_slice_of_periods_runs_forward(ties):
    with pytest.raises(al.OptionError, match="period runs from 2025 to 2020, which is backward"):
        al.alignment(ties).table(period=slice(2025, 2020))


def test_a_slice_of_periods_takes_no_step(asean, ties):
    with pytest.raises(al.OptionError, match="a slice of periods takes no step"):
        al.impact(asean, score=SCORE, at=slice(2010, 2020, 5))
    with pytest.raises(al.OptionError, match="a slice of periods takes no step"):
        al.hedging(ties, powers=POWERS).at(slice(2010, 2020, 5))


@pytest.mark.parametrize("value", [None, "0.5", {}, 1j, pytest.param(object(), id="object")], ids=str)
def test_a_function_that_returns_no_number_is_told(asean, value):
    with pytest.raises(TypeError, match="it must return a number, or one number a period"):
        al.impact(asean.between("KHM", "CHN"), score=lambda ties: value, by="domain")


def test_a_function_that_returns_a_frame_is_told_so(asean):
    with pytest.raises(TypeError, match="score returned DataFrame; it must return a number"):
        al.impact(asean.between("KHM", "CHN"), score=lambda ties: al.alignment(ties).to_frame(), by="domain")


@pytest.mark.parametrize("which", [[0.0], ["chn-khm-2plus2-2026"], [[0, 1]], None, []], ids=str)
def test_what_names_no_rows_of_a_pull_is_told(asean, which):
    with pytest.raises(TypeError, match="give an event_id, a mask, or positions of rows"):
        al.bloc_pull(asean, which, members="ASEAN", powers=POWERS)


def test_options_that_would_be_passed_over_are_refused(asean, ties):
    visit = {"source": ["CHN"], "target": ["KHM"], "date": ["2020-01-01"], "kind": ["state_visit"]}
    with pytest.raises(al.OptionError, match="since is of remove, scale and lift"):
        supposed(asean, add=visit, since=2022)
    for options in ({"decay": al.HalfLife(1)}, {"freq": "M"}):
        with pytest.raises(al.OptionError, match="freq and decay are those of the ties"):
            al.change(ties, 2010, 2020, score=SCORE, **options)


def test_what_begins_after_all_events_is_no_supposition(asean):
    for option in ({"remove": {"kind": "state_visit"}}, {"scale": {"economic": 0.5}}):
        with pytest.raises(al.OptionError, match=r"names no event from 2190-01-01 \(since\) on"):
            supposed(asean, since=2190, **option)


@pytest.mark.parametrize("name", ["China", "chn", "PRC"])
def test_rows_to_add_call_actors_as_the_events_do(asean, name):
    row = {"source": name, "target": "KHM", "date": "2020-01-01", "kind": "state_visit"}
    with pytest.raises(al.EventError, match=f"one table calls 'CHN' what the other calls {name!r}"):
        supposed(asean, add=[row])
    plain = supposed(asean, add=[row | {"source": "CHN"}])
    assert not np.array_equal(plain, supposed(asean, remove={"event_id": "chn-khm-2plus2-2026"}))


@pytest.mark.parametrize(
    ("named", "first", "last"),
    [
        ("2026-04-22", "2026-04-22", "2026-04-22"), ("2026-04", "2026-04-01", "2026-04-30"),
        (2025, "2025-01-01", "2025-12-31"), (pd.Timestamp("2026-04-22"), "2026-04-22", "2026-04-22"),
        (pd.Period("2025", "Y"), "2025-01-01", "2025-12-31"),
    ],
)  # fmt: skip
def test_a_date_names_its_day_month_or_year(asean, named, first, last):
    score = al.AlignmentOf("KHM", "CHN", directed=False)
    first, last = (np.datetime64(end).astype(int) for end in (first, last))
    rows = (asean.day >= first) & (asean.day <= last)
    one, other = (al.what_if(asean, score=score, remove=which, draws=50) for which in ({"date": named}, rows))
    assert rows.any()
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())


def test_a_selection_by_what_is_no_date_says_so(asean):
    score = al.AlignmentOf("KHM", "CHN", directed=False)
    with pytest.raises(al.OptionError, match="date is 'spring', not a date; write 2012-04-30"):
        al.what_if(asean, score=score, remove={"date": ["2026-04-22", "spring"]})
    with pytest.raises(al.OptionError, match="remove names no event by {'date': '1901'}"):
        al.what_if(asean, score=score, remove={"date": "1901"})


def test_a_state_by_another_name_in_a_selection_is_told(asean):
    with pytest.raises(al.UnknownLabelError, match="unknown actor 'Cambodia'. Did you mean 'KHM'"):
        al.what_if(asean, score=al.AlignmentOf("KHM", "CHN"), remove={"actor": "Cambodia"}, draws=50)
