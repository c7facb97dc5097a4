"""Dates: what a text, a stamp, a year or a period says, and what is no date."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignscore as al
from alignscore.axes import period_of
from alignscore.dates import NO_DAY, dates_of_rows, day_of, day_spans, iso_dates, parse_dates


def read(texts, **options):
    """Each date as text, cut at its precision; what is wrong with it where it is none."""
    got = parse_dates(texts, **options)
    return [
        got.fault(at) if day == NO_DAY else str(day.astype("M8[D]"))[: (10, 7, 4)[fine]]
        for at, (day, fine) in enumerate(zip(got.days, got.precision, strict=True))
    ]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2024-03-01", "2024-03-01"),
        ("20240301", "2024-03-01"),
        ("2024/03/01", "2024-03-01"),
        ("2024-3-1", "2024-03-01"),
        ("2024-3", "2024-03"),
        ("2024/3", "2024-03"),
        ("2024.12", "2024-12"),
        ("2024-03", "2024-03"),
        ("2024", "2024"),
        ("2024-03-01T23:30-05:00", "2024-03-01"),
        ("1600-01-01", "1600-01-01"),
        ("2199-12-31", "2199-12-31"),
    ],
)
def test_iso_dates(text, want):
    assert read([text]) == [want]


@pytest.mark.parametrize(
    "text",
    [
        "now",
        "today",
        "Today",
        "NaT",
        "nan",
        "2024-13",
        "2024-0",
        "2024-02-30",
        "soon",
        "1",
        "202403",
        "2024-W05",
    ],
)
def test_what_is_no_date(text):
    assert read([text])[0].startswith("is not a date. Write YYYY-MM-DD, YYYY-MM or YYYY")


@pytest.mark.parametrize("text", ["1599-12-31", "2200-01-01", "9999-12-31", "10000-01-01"])
def test_years_that_are_not_kept(text):
    assert "lies outside 1600..2200" in read([text])[0]


def test_a_column_that_proves_its_order_is_read_by_it():
    days_first = ["03/02/2019", "14/02/2019", "25/02/2019", "07/03/2019"]
    assert read(days_first) == ["2019-02-03", "2019-02-14", "2019-02-25", "2019-03-07"]
    assert read(["03/02/2019", "02/14/2019", "2019-05-06"]) == ["2019-03-02", "2019-02-14", "2019-05-06"]
    assert read(["3.2.2019", "14.2.2019 23:59"]) == ["2019-02-03", "2019-02-14"]


def test_a_column_that_proves_two_orders_or_none_is_refused():
    both = read(["14/02/2019", "02/14/2019", "03/02/2019", "2019-01-01"])
    assert all("'14/02/2019' has the day first, '02/14/2019' the month" in told for told in both[:3])
    assert both[3] == "2019-01-01"
    assert read(["03/02/2019"])[0].startswith("may have the day or the month first. Say dayfirst=True")


def test_an_order_that_is_given_decides():
    assert read(["03/02/2019"], dayfirst=True) == ["2019-02-03"]
    assert read(["03/02/2019"], dayfirst=False) == ["2019-03-02"]
    assert read(["14/02/2019"], dayfirst=False) == [
        "is not a date with the month first (years 1600 to 2199)."
    ]
    with pytest.raises(al.OptionError, match="dayfirst is 'yes'"):
        parse_dates(["2019"], dayfirst="yes")


@pytest.mark.parametrize("dayfirst", [None, True, False])
def test_a_date_with_neither_day_nor_month_first_tells_no_order(dayfirst):
    """One damaged cell had made a column of two orders, of which no row could be read."""
    texts = ["31/31/2020", "14/02/2019" if dayfirst in (None, True) else "02/14/2019", "01/02/2020"]
    none, *others = read(texts, dayfirst=dayfirst)
    assert none.startswith("is not a date.")
    assert others == ["2019-02-14", "2020-01-02" if dayfirst is False else "2020-02-01"]
    assert read(["31/31/2020"]) == [none]


def test_the_years_that_are_kept_end_alike_for_every_way_to_write_a_date():
    begins = "1678-01-01" if pd.__version__ < "3" else "1600-01-01"  # pandas 2 parses nanoseconds
    for write, told, first in (
        ("{2}/{1}/{0}", {"dayfirst": True}, "1600-01-01"),
        ("{0}-{1}-{2}", {}, "1600-01-01"),
        ("{2} {1} {0}", {"date_format": "%d %m %Y"}, begins),
    ):
        kept, lost = [first, "2199-12-31"], ["1599-12-31", "2200-01-01"]
        assert read([write.format(*date.split("-")) for date in kept], **told) == kept
        assert not set(read([write.format(*date.split("-")) for date in lost], **told)) & set(lost)


def test_a_format_that_is_given_decides():
    assert read(["3 Feb 2019", "2019-01-01"], date_format="%d %b %Y") == [
        "2019-02-03",
        "is not a date written '%d %b %Y'.",
    ]
    assert read(["02.2019"], date_format="%m.%Y") == ["2019-02"]
    assert read(["19"], date_format="%y") == ["2019"]
    zones = ["03.02.2019 23:00 -0500", "03.02.2019 01:00 +0900", "03.02.2019 12:00 Z", "03.02.2019"]
    assert read(zones, date_format="%d.%m.%Y %H:%M %z") == [  # offsets that differ: the local day of each
        *["2019-02-03"] * 3,
        "is not a date written '%d.%m.%Y %H:%M %z'.",
    ]
    with pytest.raises(al.OptionError, match="names no year"):
        parse_dates(["3 Feb"], date_format="%d %b")
    with pytest.raises(al.OptionError, match="cannot be read"):
        parse_dates(["3 Feb"], date_format="%Y %Q")


@given(st.lists(st.dates(dt.date(1600, 1, 1), dt.date(2199, 12, 31)), min_size=1), st.booleans())
def test_both_orders_read_what_was_written(days, dayfirst):
    texts = [f"{d:%d/%m}/{d.year}" if dayfirst else f"{d:%m/%d}/{d.year}" for d in days]
    assert read(texts, dayfirst=dayfirst) == [d.isoformat() for d in days]


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_text_is_read_or_not(texts):
    got = parse_dates(texts)
    assert len(got.days) == len(got.precision) == len(texts)
    assert iso_dates(texts).days.dtype == np.int32


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        (1990, "1990-01-01", "1990-12-31"),
        (np.int64(1990), "1990-01-01", "1990-12-31"),
        (1990.0, "1990-01-01", "1990-12-31"),
        ("1990-2", "1990-02-01", "1990-02-28"),
        (dt.date(1990, 2, 3), "1990-02-03", "1990-02-03"),
        (pd.Timestamp("1990-02-03 23:00"), "1990-02-03", "1990-02-03"),
        (np.datetime64("1990-02-03"), "1990-02-03", "1990-02-03"),
        (pd.Period("1990Q1"), "1990-01-01", "1990-03-31"),
    ],
    ids=repr,
)
def test_a_day_of_anything_that_dates(given, first, last):
    days = [np.datetime64(day_of("x", given, last=side), "D") for side in (False, True)]
    assert list(map(str, days)) == [first, last]


@pytest.mark.parametrize("given", ["now", "today", True, None, 1.5, {}, [], 99999, pd.NaT, np.nan, np.inf])
def test_what_dates_nothing(given):
    with pytest.raises(al.OptionError, match="^since is .*not a date; write 2012-04-30"):
        day_of("since", given)


@pytest.mark.parametrize("label", ["now", "today", "soon", "", "03/02/2024", "13.02.2024", "2024.5", 2024.5])
def test_no_period_is_that_of_the_run(label):
    with pytest.raises(al.OptionError, match="not a period, date or year"):
        period_of(label, "Y")


@pytest.mark.parametrize(
    "label", [2024, 2024.0, np.float32(2024), np.int16(2024), "2024", "2024Q4", "2024-12-31"]
)
def test_a_year_that_was_a_number_is_a_year(label):
    assert period_of(label, "Y") == pd.Period("2024", "Y")


def test_thirteen_is_a_day_and_tells_the_order():
    from alignscore.dates import parse_dates

    for texts, second in (
        (["13/02/2019", "03/04/2019"], "2019-04-03"),
        (["02/13/2019", "03/04/2019"], "2019-03-04"),
    ):
        days = parse_dates(texts).days.astype("M8[D]").astype(str)
        assert days.tolist() == ["2019-02-13", second]


def test_years_and_days_that_passed_through_numbers_are_read_and_decimals_are_no_months():
    assert read(["2024.0", "20240301.0", "1999.00"]) == ["2024", "2024-03-01", "1999"]
    assert read(["2024.05", "2023.12"]) == ["2024-05", "2023-12"]
    for texts in (["2024.5"], ["2024.05", "2024.1"], ["2024.05", "2024.37"], ["2019.8132"]):
        assert all("may be a year with decimals" in fault for fault in read(texts))
    assert "decimals" in dates_of_rows(["2024.05"]).fault(0)  # other rows may show that it is none
    assert dates_of_rows(["2024.0"]).days[0] == iso_dates(["2024"]).days[0]
    with pytest.raises(al.OptionError, match=r"2004.5, not a date"):
        day_of("since", 2004.5)


def test_dates_are_a_list_in_order():
    with pytest.raises(al.OptionError, match="dates is a set; give one date for all, or a list"):
        al.iso3(["CHN", "USA"], dates={2004, 2005})
    pa = pytest.importorskip("pyarrow")
    first, last = day_spans(pa.array([2004, None]), 2)
    assert first.astype(str).tolist() == ["2004-01-01", "NaT"] and str(last[0]) == "2004-12-31"


@pytest.mark.parametrize("label", ["12:30", "12h", "May 5", "20-1-1", "20Q1", "now", "today", "", "NaT"])
def test_a_period_names_its_year(label):
    with pytest.raises(al.OptionError, match="is not a period, date or year"):
        period_of(label, "M")


def test_labels_of_every_length_of_period_are_read_back():
    for freq in "YQMWD":
        day = pd.Period("2019-12-30", freq=freq)
        assert period_of(str(day), freq) == day == period_of(day, freq)


def test_years_and_months_of_numpy_are_no_first_days():
    year, month = np.datetime64("2011"), np.datetime64("2011-02")
    for dates in (year, np.array([year])):
        first, last = day_spans(dates, 1)
        assert [first[0], last[0]] == [np.datetime64("2011-01-01"), np.datetime64("2011-12-31")]
    assert np.isnat(day_spans(np.datetime64("NaT", "D"), 1)[0]).all()
    assert str(period_of(year, "D")) == "2011-12-31"
    assert str(period_of(month, "D")) == "2011-02-28"
    columns = {"source": ["CHN"], "target": ["KHM"], "domain": ["security"], "value": [1.0]}
    events = al.Events.from_frame(columns | {"date": np.array([year]), "until": np.array([month])})
    told = events.to_frame().iloc[0]
    assert told["date_precision"] == "year" and told["until"] == pd.Timestamp("2011-02-28")


YEAR_OF_NUMPY, JANUARY_OF_NUMPY = np.datetime64("2004"), np.datetime64("2004-01")


@pytest.mark.parametrize(
    "made",
    [
        [YEAR_OF_NUMPY, JANUARY_OF_NUMPY],
        pd.Series([YEAR_OF_NUMPY, JANUARY_OF_NUMPY], dtype=object),
        [pd.Period("2004", "Y"), pd.Period("2004-01", "M")],
        pd.Series([pd.Period("2004", "Y"), pd.Period("2004-01", "M")], dtype=object),
    ],
)
def test_a_year_and_its_month_in_one_list_are_two_spans(made):
    """To pandas a year of NumPy in a list is its first day, and one beside its January is the same."""
    first, last = day_spans(made, 2)
    assert first.astype(str).tolist() == ["2004-01-01", "2004-01-01"]
    assert last.astype(str).tolist() == ["2004-12-31", "2004-01-31"]


def test_a_quarter_is_a_span():
    quarter = pd.Period("2004Q2", "Q")
    for made in ([quarter], pd.Series([quarter]), pd.PeriodIndex([quarter])):
        assert [end.astype(str).tolist() for end in day_spans(made, 1)] == [["2004-04-01"], ["2004-06-30"]]
