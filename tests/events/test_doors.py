"""The doors: what comes out goes in again, nothing is lost in silence, and what is refused is told where it stands."""

import ast
import decimal
import pickle
import re
import uuid
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.errors import slip_of
from alignscore.events.rules import OPTIONAL
from alignscore.scale import post_dask, post_lazy, post_parquet
from strategies import event_rows
from tolerances import same

ROW = {"source": "CHN", "target": "KHM", "date": "2024-03-01", "domain": "security", "value": 5.0}


def frame(*changes, **all_rows):
    return pd.DataFrame([{**ROW, **change} for change in changes or ({},)]).assign(**all_rows)


def one(**change):
    return al.Events.from_frame(frame(change))


def day(events, at=0):
    return str(np.datetime64(int(events.day[at]), "D"))


# ---- out and in again ------------------------------------------------------------------------------
def same_scores(a, b):
    """Every sum of the two ledgers, which all scores are made of."""
    a, b = al.Ledger.post(a), al.Ledger.post(b)
    assert a.axes.actors == b.axes.actors and a.axes.periods.equals(b.axes.periods)
    np.testing.assert_array_equal(a.axes.dyads, b.axes.dyads)
    np.testing.assert_array_equal(a.cells, b.cells)
    same(a.sums, b.sums)


def acts(events):
    """Acts of the events, counted in the order in which each is told of first."""
    return pd.factorize(np.arange(len(events)) if events.act is None else events.act)[0].tolist()


def test_a_row_of_several_domains_is_one_act_when_it_comes_back(tmp_path):
    """Its rows were two acts, and twice the evidence, where the table had no ids or none for it."""
    one = {"source": "CHN", "target": "KHM", "date": "2026-04-22", "kind": "two_plus_two"}
    for rows in ([one, one], [one | {"event_id": "n/a"}, one | {"event_id": "x"}]):
        events = al.Events.from_frame(rows)
        assert acts(events) == [0, 0, 1, 1]
        for again in three_ways(events, tmp_path):
            assert acts(again) == [0, 0, 1, 1]
    alone = events.take(np.array([0, 2]))
    assert alone.to_frame()["event_id"].tolist() == ["n/a", "x"]


def three_ways(events, folder):
    table = events.to_frame()
    table.to_csv(folder / "e.csv", index=False)
    table.to_parquet(folder / "e.parquet")
    yield al.Events.from_frame(table)
    yield al.Events.read_csv(folder / "e.csv")
    yield al.Events.read_parquet(folder / "e.parquet")


def test_asean_goes_out_and_in_with_the_same_scores(asean, tmp_path):
    assert asean.settled.any()
    for again in three_ways(asean, tmp_path):
        same_scores(again, asean)
        for name in ("until", "settled", "standing", "precision", "day", "weight"):
            np.testing.assert_array_equal(getattr(again, name), getattr(asean, name))
    same_scores(post_parquet_events(asean, tmp_path), asean)


def post_parquet_events(events, folder):
    """Events again, once the streamed ledger has been compared with that in memory."""
    ledger, want = post_parquet(folder / "e.parquet"), al.Ledger.post(events)
    np.testing.assert_array_equal(ledger.cells, want.cells)
    same(ledger.sums, want.sums)
    return al.Events.read_parquet(folder / "e.parquet")


@given(event_rows())
@settings(max_examples=12)
def test_any_rows_go_out_and_in_with_the_same_scores(tmp_path_factory, rows):
    events = al.Events.from_frame(rows)
    for again in three_ways(events, tmp_path_factory.mktemp("again")):
        assert acts(again) == acts(events)
        same_scores(again, events)
        np.testing.assert_array_equal(again.settled, events.settled)


def test_a_replaced_partnership_goes_out_without_the_end_it_was_given():
    events = al.Events.from_frame(
        pd.DataFrame(
            {
                "source": "CHN",
                "target": "KHM",
                "date": ["2006-04-01", "2010-12-13"],
                "kind": ["strategic_partnership", "comprehensive_strategic_partnership"],
                "mutual": True,
            }
        )
    )
    assert events.settled.any() and events.to_frame()["until"].isna().all()
    ended = one(kind="strategic_partnership", until="2025-01-01").to_frame()["until"]
    assert ended.tolist() == [pd.Timestamp("2025-01-01")]


# ---- actors -----------------------------------------------------------------------------------------
def test_only_rows_that_are_kept_name_actors(tmp_path):
    table = frame({}, {"source": "USA", "target": "VNM", "value": 99.0}, {"source": "XXX", "target": "XXX"})
    events, refused = al.Events.screen(table)
    assert len(refused) == 2 and events.actors == ("CHN", "KHM")
    with pytest.warns(al.SilentActorWarning, match="no event names USA"):
        al.hedging(al.Ledger.post(events).ties(), powers=("CHN", "USA"))
    table.to_parquet(tmp_path / "e.parquet")
    lazy = table.assign(date=pd.to_datetime(table["date"]))
    for ledger in (post_parquet(tmp_path / "e.parquet"), post_dask([table]), post_lazy(lazy)):
        assert ledger.axes.actors == ("CHN", "KHM")
        same(ledger.sums, al.Ledger.post(events).sums)


def test_unused_categories_are_no_actors():
    levels = ["AAA", "CHN", "KHM", "USA"]
    table = frame().assign(
        **{side: pd.Categorical([ROW[side]], categories=levels) for side in ("source", "target")}
    )
    events = al.Events.from_frame(table)
    assert events.actors == ("CHN", "KHM")
    assert (events.source.tolist(), events.target.tolist()) == ([0], [1])


@settings(max_examples=8)
@given(event_rows(), st.lists(st.integers(0, 24), max_size=6))
def test_refused_rows_change_nothing_of_the_others(rows, bad):
    """Codes point to the same labels as if the bad rows had not been there."""
    damaged = rows.copy()
    bad = sorted({at for at in bad if at < len(rows)})
    damaged.loc[bad, ["source", "date"]] = ["Nowhere", "soon"]
    events, refused = al.Events.screen(damaged)
    alone = al.Events.from_frame(rows.drop(index=bad))
    assert len(refused) == len(bad)
    assert events.actors == alone.actors
    for name in ("source", "target", "until", "settled", "weight"):
        np.testing.assert_array_equal(getattr(events, name), getattr(alone, name))


def test_take_keeps_actors_and_their_codes():
    events = al.Events.from_frame(frame({}, {"source": "USA"}))
    less = events.take([0])
    assert less.actors == events.actors == ("CHN", "KHM", "USA")
    assert al.Events.from_frame(less.to_frame()).actors == ("CHN", "KHM")


# ---- columns ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("weigth", "weight"),
        ("Weight", "weight"),
        ("untill", "until"),
        ("Mutual", "mutual"),
        ("vaule", "value"),
        ("kidn", "kind"),
        ("lable", "label"),
        ("EventID", "event_id"),
        ("event id", "event_id"),
        ("date_presicion", "date_precision"),
        ("URL", "url"),
        ("domian", "domain"),
        ("end_date", "until"),
        ("end", "until"),
        ("End year", "until"),
        ("valid_to", "until"),
        ("Expiry", "until"),
    ],
)
def test_a_slip_in_a_column_s_name_is_not_lost(slip, meant, tmp_path):
    table = frame(kind="visit").drop(columns=meant, errors="ignore").assign(**{slip: 1})
    text = re.escape(f"unknown column {slip!r}. Did you mean {meant!r}? Rename it")
    with pytest.raises(al.EventError, match=text):
        al.Events.from_frame(table)
    table.to_parquet(tmp_path / "e.parquet")
    with pytest.raises(al.EventError, match=text):
        post_parquet(tmp_path / "e.parquet")
    if slip == slip.lower() and " " not in slip:  # read_events takes names in any case
        table.to_csv(tmp_path / "e.csv", index=False)
        with pytest.raises(al.EventError, match=text):
            al.read_events(tmp_path / "e.csv")


@pytest.mark.parametrize(
    "names", [["My title", "Unnamed: 1", "Unnamed: 2"], ["My title", "", "#2"], [0, 1, 2], ["1", "2", "3"]]
)
def test_a_title_above_the_names_of_columns_is_told(names):
    with pytest.raises(
        al.EventError, match="'source' is missing .* The first row names no columns; leave out"
    ):
        al.Events.from_frame(pd.DataFrame([["source", "target", "date"]], columns=names))


def test_years_side_by_side_are_told():
    wide = (
        frame(domain="economic")
        .drop(columns=["date", "value"])
        .assign(**{"2020": 1.0, "2021": 2.0, "2022": 3.0})
    )
    told = r"'date' is missing .* Years stand side by side; table.melt\(\['source', 'target', 'domain'"
    with pytest.raises(al.EventError, match=told):
        al.Events.from_frame(wide)
    names = [name for name in wide if not name.isdigit()]
    events = al.Events.from_frame(wide.melt(names, var_name="date", value_name="value"))
    assert events.to_frame()[["date_precision", "value"]].to_numpy().tolist() == [
        ["year", 1.0], ["year", 2.0], ["year", 3.0]
    ]  # fmt: skip


def test_year_month_and_day_apart_are_told():
    apart = frame(kind="visit").drop(columns="date").assign(Year=2024, month=3, day=1)
    told = r"'date' is missing .* table\['date'\] = pd.to_datetime\(table\[\['Year', 'month', 'day'\]\]\)"
    for door in (al.Events.from_frame, post_dask):
        with pytest.raises(al.EventError, match=told):
            door(apart)
    apart["date"] = pd.to_datetime(apart[["Year", "month", "day"]])
    assert al.Events.from_frame(apart).to_frame()["date"].dt.date.astype(str).tolist() == ["2024-03-01"]


def test_all_columns_that_are_named_otherwise_are_told_at_once(tmp_path):
    """The way out that an error tells is the whole way."""
    table = frame(weight=2.0, mutual=True).rename(columns=str.title)
    table.to_parquet(tmp_path / "e.parquet")
    doors = (
        lambda: al.Events.from_frame(table),
        lambda: post_parquet(tmp_path / "e.parquet"),
        lambda: post_dask([table]),
    )
    for door in doors:
        with pytest.raises(
            al.EventError, match=r"read_events\(path, columns=.*\.rename\(columns="
        ) as problem:
            door()
        told = ast.literal_eval(re.search(r"rename\(columns=(\{.*\})\)", str(problem.value))[1])
        events = al.Events.from_frame(table.rename(columns=told))
        assert (events.weight.tolist(), events.mutual.tolist()) == ([2.0], [True])


def test_columns_in_the_index_are_told():
    table = frame(kind="visit").set_index(["source", "target"])
    with pytest.raises(
        al.EventError, match=r"'source' stands in the index of the frame; give table\.reset_index\(\)"
    ):
        al.Events.from_frame(table)
    assert len(al.Events.from_frame(table.reset_index())) == 1


def test_the_end_of_a_treaty_is_a_column_of_ours():
    table = frame(kind="visit").assign(until=["2030-01-01"], end_date=["2031-01-01"])
    assert len(al.Events.from_frame(table)) == 1  # until is there: the other is another thing
    with pytest.raises(
        al.EventError, match=r"Say which is which: .*columns=\{'date': 'begin', 'until': 'end'\}"
    ):
        al.Events.from_frame(table[["source", "target", "kind"]].assign(begin="2010", end="2012"))


def test_other_columns_are_let_pass(tmp_path):
    others = [
        "note", "height", "outstanding", "source_country", "event_date", "event_type", "type", "day", "year",
        "count", "coder", "region", "curl", "mind", "main", "values_usd", "kind_of_source", "annual", "id", "SOURCEURL",
    ]  # fmt: skip
    assert [name for name in others if slip_of(name, OPTIONAL)] == []
    table = frame().assign(**dict.fromkeys(others, "x"))
    assert len(al.Events.from_frame(table)) == 1
    assert len(one(weight=2.0, Weight=3.0)) == 1  # ours is there: the other is another
    frame().assign(weigth=7.0).to_parquet(tmp_path / "e.parquet")
    assert post_parquet(tmp_path / "e.parquet", columns={"weight": "weigth"}).sums[0, 1] > 1
    assert post_parquet(tmp_path / "e.parquet", columns={"weight": None}).n_events == 1


# ---- dates ------------------------------------------------------------------------------------------
LIMA = pd.Timestamp("2024-02-29 23:30", tz="America/Lima")
SAME_INSTANT = pd.Timestamp("2024-03-01 04:30", tz="UTC")


@pytest.mark.parametrize(
    "dates",
    [
        pd.Series([LIMA]),
        pd.Series([LIMA], dtype=object),
        pd.Series([LIMA], dtype="category"),
        pd.Series([LIMA], dtype="timestamp[us, tz=America/Lima][pyarrow]"),
        pd.Series([LIMA.to_pydatetime()], dtype=object),
        pd.Series(["2024-02-29T23:30:00-05:00"]),
        pd.Series(["2024-02-29 23:30:00.5-0500"]),
        pd.Series(["2024-02-29T23:30-05"]),
        pd.Series(["2024-02-29T23:30:00Z"]),
        pd.Series(["2024-02-29T00:30+09:00"]),
        pd.Series(["2024-02-29 23:30"]),
    ],
    ids=repr,
)
def test_the_day_is_the_local_one_however_it_is_told(dates, tmp_path):
    table = frame().assign(date=dates)
    assert day(al.Events.from_frame(table)) == "2024-02-29"
    want = al.Ledger.post(al.Events.from_frame(frame({"date": "2024-02-29"})), freq="D")
    ledgers = [post_dask([table], freq="D")]
    if dates.dtype not in ("category", object):  # Parquet keeps one zone a column
        table.to_parquet(tmp_path / "e.parquet")
        ledgers.append(post_parquet(tmp_path / "e.parquet", freq="D"))
    for ledger in ledgers:
        assert ledger.axes.periods.equals(want.axes.periods)


@pytest.mark.parametrize(
    "kind", ["date32[pyarrow]", "timestamp[s][pyarrow]", "timestamp[ns, tz=Asia/Tokyo][pyarrow]"]
)
def test_days_of_arrow_in_a_pandas_frame_may_be_missing(kind):
    table = frame({}, {}).assign(date=pd.Series([pd.Timestamp("2024-02-29"), None]).astype(kind))
    events, refused = al.Events.screen(table)
    assert (day(events), refused["reason"].tolist()) == ("2024-02-29", ["missing date"])


@pytest.mark.parametrize("day", ["2005-01-01", "2005-07-01", "2005-12-31", "2005"])
def test_the_day_written_of_a_year_says_nothing(day):
    """Some tables write the middle of a year that is all they know: no later act of that year goes before it."""
    rows = [
        {"date": day, "date_precision": "year", "kind": "strategic_partnership"},
        {"date": "2005-03-10", "date_precision": "day", "kind": "comprehensive_strategic_partnership"},
        {"date": day, "date_precision": "year", "kind": "sanctions", "until": "2005-06-30"},
    ]
    frame = pd.DataFrame(rows).assign(source="KHM", target="CHN")
    events = al.Events.from_frame(frame)
    assert events.to_frame()["date"].astype(str).unique().tolist() == ["2005-01-01", "2005-03-10"]
    plain = al.Events.from_frame(frame.replace(day, "2005"))
    same(al.Ledger.post(events).ties().cooperation, al.Ledger.post(plain).ties().cooperation)


def test_a_year_of_numpy_is_no_month_of_it():
    """2003, January 2003 and its first day compare equal in NumPy, and are three dates."""
    written = ["2003", "2003-01", "2003-01-01"]
    dates = pd.Series([np.datetime64(one) for one in written] + [np.datetime64("NaT", "D")], dtype=object)
    frame = pd.DataFrame(
        {"source": "KHM", "target": "CHN", "date": dates, "domain": "economic", "value": 3.0}
    )
    events, refused = al.Events.screen(frame)
    assert events.to_frame()["date_precision"].tolist() == ["year", "month", "day"]
    assert refused["reason"].tolist() == ["missing date"]


@pytest.mark.parametrize("freq", ["Y-JUN", "3M"])
def test_a_period_that_its_text_does_not_tell_is_refused_at_every_door(freq):
    """The year 2024 that ends in June began in 2023, and was read as the calendar's."""
    periods = pd.PeriodIndex(["2024-03-01"], freq=freq)
    told = re.escape(f"date '{periods[0]} ({freq})' is not a date.")
    tables = [
        frame().assign(date=periods),
        frame().assign(date=pd.Series(list(periods), dtype=object)),
        [ROW | {"date": periods[0]}],
    ]
    for table in tables:
        with pytest.raises(al.EventError, match=told):
            al.Events.from_frame(table)
    with pytest.raises(al.LedgerError, match=told):
        post_dask(tables[:1])
    with pytest.raises(al.FormatError, match=re.escape(f"unreadable date (1; '{periods[0]} ({freq})'")):
        al.read_events(tables[0])
    plain = frame().assign(
        date=pd.PeriodIndex(["2024"], freq="Y"), until=pd.PeriodIndex(["2025-02"], freq="M")
    )
    row = al.Events.from_frame(plain).to_frame().iloc[0]
    assert (row["date_precision"], str(row["until"].date())) == ("year", "2025-02-28")


def test_periods_that_arrow_holds_as_numbers_are_no_years(tmp_path):
    """Arrow holds days of 1974 and 1975, and weeks of 2000 to 2012, as numbers from 1600 to 2200."""
    rows = frame({}, {}).assign(
        date=pd.PeriodIndex(["1974-12-03", "1975-06-04"], freq="D"),
        until=pd.PeriodIndex(["1976-02", None], freq="M"),
    )
    rows.to_parquet(tmp_path / "a.parquet")
    arrow = pq.read_table(tmp_path / "a.parquet")
    told = {"ARROW:extension:name": "pandas.period", "ARROW:extension:metadata": '{"freq": "D"}'}
    # as Arrow reads it before pandas has told it the type
    number = pa.field("date", pa.int64(), metadata=told)
    days = pa.chunked_array([chunk.cast(pa.int64()) for chunk in arrow["date"].chunks])
    untold = arrow.set_column(arrow.schema.get_field_index("date"), number, days)
    of_arrow = pd.read_parquet(tmp_path / "a.parquet", dtype_backend="pyarrow")
    want = al.Events.from_frame(rows)
    assert [day(want, at) for at in (0, 1)] == ["1974-12-03", "1975-06-04"]
    for table in (arrow, untold, of_arrow):
        same_scores(al.Events.from_frame(table), want)
        same(post_dask([table]).sums, al.Ledger.post(want).sums)
    same_scores(al.Events.read_parquet(tmp_path / "a.parquet"), want)
    same(post_parquet(tmp_path / "a.parquet").sums, al.Ledger.post(want).sums)


def test_codes_of_arrow_with_a_text_twice_or_none_are_those_texts():
    """Categories of pandas, as which refused rows were shown, may not repeat or lack a text."""
    codes = pa.DictionaryArray.from_arrays([0, 1, 2, 3], ["CHN", "CHN", None, "USA"])
    table = pa.table(frame(*[{}] * 4)).set_column(0, "source", codes)
    events, refused = al.Events.screen(table)
    assert events.report == {"read": 4, "kept": 3, "empty actor": 1} and refused["row"].tolist() == [2]
    assert al.read_events(table)[1].kept == 3


def test_codes_of_arrow_without_a_text_are_a_damaged_column():
    """So Arrow reads a Parquet file in which a byte has changed."""
    codes = pa.DictionaryArray.from_arrays([0, 7], ["CHN"], safe=False)
    table = pa.table(frame({}, {})).set_column(0, "source", codes)
    for door in (al.Events.from_frame, lambda given: post_dask([given])):
        with pytest.raises(al.EventError, match="column 'source' is damaged: it has codes without a text"):
            door(table)


def test_spans_of_arrow_are_no_dates():
    spans = pa.array([(1, 2, 3)], type=pa.month_day_nano_interval())
    with pytest.raises(al.EventError, match="holds month_day_nano_interval values; give one text"):
        al.Events.from_frame(pa.table(frame()).set_column(2, "date", spans))


def test_a_column_whose_name_is_no_text_is_let_pass_at_every_door():
    table = frame().assign(date=pd.to_datetime(["2024-03-01"])).assign(x=1).rename(columns={"x": 7})
    same(post_lazy(table).sums, al.Ledger.post(al.Events.from_frame(table)).sums)


def test_one_instant_in_two_zones_is_two_days():
    dates = pd.Series([LIMA, SAME_INSTANT], dtype=object)
    table = frame({}, {"target": "VNM"}).assign(date=dates)
    events = al.Events.from_frame(table)
    assert [day(events, at) for at in (0, 1)] == ["2024-02-29", "2024-03-01"]
    assert len(post_dask([table], freq="D").axes.periods) == 2


@pytest.mark.parametrize("text", ["2024-02-29T25:00-05:00", "2024-02-29T23:30-99:99", "2024-02-30T10:00Z"])
def test_a_time_that_cannot_be_is_refused(text):
    with pytest.raises(al.EventError, match=re.escape(f"date {text!r} is not a date")):
        one(date=text)


@pytest.mark.parametrize(
    "table_of",
    [lambda row: [row], lambda row: row, lambda row: {name: [cell] for name, cell in row.items()}],
    ids=["list of rows", "row", "columns of lists"],
)
def test_a_month_of_numpy_in_a_row_is_all_of_it(table_of):
    row = {"source": "CHN", "target": "KHM", "domain": "security", "value": 5.0}
    told = table_of(row | {"date": np.datetime64("2022"), "until": np.datetime64("2024-02")})
    events = al.Events.from_frame(told)
    assert (int(events.precision[0]), str(np.datetime64(int(events.until[0]), "D"))) == (2, "2024-02-29")


@pytest.mark.parametrize(
    ("date", "until", "last"),
    [
        ("2022-01-05", "2022", "2022-12-31"),
        ("2022-03", "2022", "2022-12-31"),
        ("2022-01-05", "2024-02", "2024-02-29"),
        ("2022-03", "2022-03", "2022-03-31"),
        ("2022-01-05", "2022-06-01", "2022-06-01"),
    ],
)
def test_until_a_month_or_year_is_until_its_last_day(date, until, last, tmp_path):
    table = frame({"date": date, "until": until})
    events = al.Events.from_frame(table)
    assert str(np.datetime64(int(events.until[0]), "D")) == last
    table.to_parquet(tmp_path / "e.parquet")
    got, want = post_parquet(tmp_path / "e.parquet"), al.Ledger.post(one(date=date, until=last))
    np.testing.assert_array_equal(got.cells, want.cells)
    same(got.sums, want.sums)


@pytest.mark.parametrize("word", ["NA", "NULL", "nan", "N/A", "."])
def test_what_programs_write_for_nothing_is_a_blank_at_every_door(word, tmp_path):
    """R writes NA into every column that may be blank, of which each row had been refused."""
    blank = dict.fromkeys(
        ("until", "weight", "value", "domain", "mutual", "standing", "date_precision"), word
    )
    row = {"source": "CHN", "target": "KHM", "date": "2020", "kind": "official_visit", "event_id": word}
    table = pd.DataFrame([row | blank, row | blank | {"weight": "2", "until": "2021"}])
    path = tmp_path / "of_r.csv"
    table.to_csv(path, index=False)
    plain = al.Events.from_frame(table.replace(word, "")).to_frame().drop(columns="event_id")
    for events in (al.Events.from_frame(table), al.Events.read_csv(path), al.read_events(path)[0]):
        pd.testing.assert_frame_equal(events.to_frame().drop(columns="event_id"), plain)
        assert events.act is None
    of_engine = (
        table[:1].drop(columns=["event_id", "weight", "value"]).assign(date=pd.Timestamp("2020-01-01"))
    )
    got, want = post_lazy(of_engine), al.Ledger.post(al.Events.from_frame(of_engine.replace(word, "")))
    np.testing.assert_array_equal(got.cells, want.cells)
    same(got.sums, want.sums)
    with pytest.raises(al.EventError, match=f"unknown kind '{word}'|missing domain"):
        al.Events.from_frame(table.assign(kind=word))


def test_until_before_date_is_still_refused():
    with pytest.raises(al.EventError, match="until lies before date"):
        one(date="2022-03", until="2021")
    for open_end in ("ongoing", "-"):
        with pytest.raises(
            al.EventError, match=f"until '{open_end}' is not a date. Leave it empty where no end"
        ):
            one(until=open_end)


# ---- adding tables ------------------------------------------------------------------------------------
def test_an_event_cannot_be_added_twice(asean):
    with pytest.raises(al.EventError, match=r"474 of 474 rows to add repeat an event that is there") as told:
        asean + asean
    assert "First: 'usa-phl-mdt-1951' (USA and PHL, security). Leave them out" in str(told.value)


def test_a_mutual_event_told_from_the_other_side_is_the_same():
    here, there = one(event_id="e", mutual=True), one(event_id="e", mutual=True, source="KHM", target="CHN")
    with pytest.raises(al.EventError, match=r"1 of 1 rows to add repeat"):
        here + there


@pytest.mark.parametrize("name", ["China", "chn", "PRC"])
def test_tables_that_call_one_actor_apart_do_not_add(name):
    ours = al.Events.from_frame(frame({}))
    theirs = al.Events.from_frame(frame({"source": name, "date": "2021-05-05"}))
    told = re.escape(f"one table calls 'CHN' what the other calls {name!r}. Bring both to one label")
    with pytest.raises(al.EventError, match=told):
        ours + theirs
    with pytest.raises(al.LedgerError, match=told):
        al.Ledger.total([al.Ledger.post(ours), al.Ledger.post(theirs)])
    two = al.Events.from_frame(frame({}, {"source": name}), actors="as_given")  # two actors, as was said
    assert (two + theirs).actors == (ours + two).actors == tuple(sorted({"CHN", "KHM", name}))


def test_what_differs_in_anything_adds():
    first = one(event_id="e")
    others = [{"event_id": "f"}, {"event_id": ""}, {"event_id": None}, {"domain": "economic"}, {"source": "VNM"},
              {"source": "KHM", "target": "CHN"}]  # fmt: skip
    for change in others:
        assert len(first + one(**{"event_id": "e", **change})) == 2
    assert len(one() + one()) == 2  # without ids nothing can be told apart
    assert len(first + one()) == 2


# ---- weights and values ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "blank", [[2.0, np.nan], ["2", ""], ["2", None], pd.array([2, None], dtype="Int64")], ids=repr
)
def test_a_blank_weight_is_1(blank, tmp_path):
    table = frame({}, {"target": "VNM"}).assign(weight=blank)
    assert al.Events.from_frame(table).weight.tolist() == [2.0, 1.0]
    table.to_parquet(tmp_path / "e.parquet")
    ledgers = [post_parquet(tmp_path / "e.parquet"), post_dask([table])]
    if table["weight"].dtype != object and table["weight"].dtype != "str":
        ledgers.append(post_lazy(table.assign(date=pd.to_datetime(table["date"]))))
    for ledger in ledgers:
        same(ledger.sums, al.Ledger.post(al.Events.from_frame(table)).sums)


def test_a_column_of_blank_weights_is_none():
    assert al.Events.from_frame(frame(weight=None)).weight.tolist() == [1.0]
    assert al.Events.from_frame(frame(weight=np.nan)).weight.tolist() == [1.0]


BAD = [
    ({"weight": 0.0}, "weight not positive", "weight must be finite and above 0."),
    ({"weight": -1.0}, "weight not positive", "weight must be finite and above 0."),
    ({"weight": np.inf}, "weight not positive", "weight must be finite and above 0."),
    ({"weight": 1e300}, "weight too small or large to square", "weight must lie between 1e-50 and 1e+50 in size"),
    ({"weight": 1e-300}, "weight too small or large to square", "masses are squared"),
    ({"value": -1e-200}, "value too small or large to square", "value must lie between 1e-50 and 1e+50 in size"),
    ({"value": 1e300}, "value outside [-10, 10]", "value must be finite and lie in [-10, 10]."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason", "detail"), BAD, ids=lambda x: str(x))
def test_masses_that_cannot_be_squared_are_refused_at_every_door(change, reason, detail, tmp_path):
    table = frame({}, change)
    table = table.assign(weight=table.get("weight", 1.0))
    _, refused = al.Events.screen(table)
    assert refused["reason"].tolist() == [reason] and detail in refused["detail"].iloc[0]
    table.to_parquet(tmp_path / "e.parquet")
    lazy = table.assign(date=pd.to_datetime(table["date"]))
    for ledger in (post_parquet(tmp_path / "e.parquet"), post_dask([table]), post_lazy(lazy)):
        assert [(step.reason, step.rows) for step in ledger.report.steps] == [(reason, 1)]


@pytest.mark.parametrize("weight", [1e-50, 1e50])
def test_masses_at_the_limit_are_scored_without_a_warning(weight):
    table = frame({}, {"value": -2.0}, {"source": "USA"}, weight=weight)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ties = al.Ledger.post(al.Events.from_frame(table)).ties()
        assert np.isfinite(al.hedging(ties, powers=("CHN", "USA")).position).all()
        al.alignment(ties), al.influence(ties)


@pytest.mark.parametrize("name", ["value", "weight"])
def test_a_length_of_time_is_no_number(name):
    """Three seconds of Arrow are no weight of 3, nor one of 3,000,000 where they are counted in microseconds."""
    seconds = pa.array([3, 4], pa.duration("us"))
    table = pa.Table.from_pandas(frame({}, {"target": "VNM"}).drop(columns=name, errors="ignore"))
    table = table.append_column(name, seconds)
    for form in (table, table.to_pandas(), table.to_pandas(types_mapper=pd.ArrowDtype)):
        assert al.Events.screen(form)[1]["reason"].tolist() == [f"unreadable {name}"] * 2


@pytest.mark.parametrize("name", ["value", "weight"])
def test_complex_numbers_are_refused(name):
    _, refused = al.Events.screen(frame(**{name: np.array([1 + 2j])}))
    assert refused["reason"].tolist() == [f"unreadable {name}"]
    assert refused["detail"].iloc[0] == f"{name} '(1+2j)' is not a number."
    columns = {"source": [0], "target": [1], "day": [1], "domain": [0], "value": [1.0], "weight": [1.0]}
    columns = {key: np.array(column) for key, column in columns.items()}
    with pytest.raises(al.EventError, match=f"column '{name}' holds complex numbers"):
        al.Events.from_columns(("A", "B"), **{**columns, name: np.array([1 + 2j])})
    with pytest.raises(al.EventError, match=f"column '{name}'.* 1e-50 and 1e.50|outside"):
        al.Events.from_columns(("A", "B"), **{**columns, name: np.array([1e-60])})


@pytest.mark.parametrize("bits", [32, 64, 128, 256])
def test_decimals_of_any_width_are_numbers(bits):
    made = getattr(pa, f"decimal{bits}", None)
    if made is None:
        pytest.skip(f"this pyarrow has no decimals of {bits} bits")
    table = pa.Table.from_pandas(frame())
    table = table.append_column("weight", pa.array([decimal.Decimal("2.5")], made(5, 1)))
    assert al.Events.from_frame(table).weight.tolist() == [2.5]
    assert post_dask([table]).booked.sum() == al.Ledger.post(al.Events.from_frame(table)).booked.sum()


def test_columns_of_arrow_tell_the_same_in_any_type_and_however_they_are_cut():
    """Chunks of a column may have words of their own, whose codes then mean others than in the chunk before."""
    days = np.array(["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"], dtype="M8[D]")
    plain = pa.table({"source": ["KHM", "VNM", "KHM", "LAO"], "target": ["CHN", "CHN", "USA", "CHN"], "date": days,
                      "domain": ["security"] * 4, "value": [3.0, 4.0, 5.0, 6.0]})  # fmt: skip
    want = al.Events.from_frame(plain).to_frame()
    parts = [
        pa.DictionaryArray.from_arrays(pa.array(codes, pa.uint8()), words)
        for codes, words in (([0, 1], ["KHM", "VNM"]), ([1, 0], ["LAO", "KHM"]))
    ]
    stamps = pa.array(days.astype("M8[ms]").astype(np.int64), pa.date64())
    for name, column in (
        ("source", pa.chunked_array(parts)),
        ("date", stamps),
        ("date", plain["date"].cast("string")),
    ):
        turned = plain.set_column(plain.schema.get_field_index(name), name, column)
        pd.testing.assert_frame_equal(al.Events.from_frame(turned).to_frame(), want)
        assert post_dask([turned]).booked.sum() == al.Ledger.post(al.Events.from_frame(plain)).booked.sum()
    for ids in (pa.array([1, 2, 2, 3]), pa.array([1, 2, 2, None]), pa.array([1.0, 2.0, 2.0, 3.0])):
        acts = al.Events.from_frame(plain.append_column("event_id", ids)).act
        assert acts[1] == acts[2] and len(set(acts.tolist())) == 3


def test_ids_of_128_bits_are_texts_at_every_door(tmp_path):
    """Databases keep ids so, and DuckDB writes them to Parquet as a type of their own."""
    if not hasattr(pa, "uuid"):
        pytest.skip("this pyarrow has no type of such ids")
    ids = [uuid.UUID(int=1), uuid.UUID(int=1), uuid.UUID(int=2), None]
    table = frame(*[{"target": target} for target in ("KHM", "KHM", "KHM", "VNM")]).assign(event_id=ids)
    bits = pa.array([None if one is None else one.bytes for one in ids], pa.binary(16))
    arrow = pa.Table.from_pandas(table.drop(columns="event_id"))
    arrow = arrow.append_column("event_id", pa.ExtensionArray.from_storage(pa.uuid(), bits))
    pq.write_table(arrow, tmp_path / "e.parquet")
    for form in (table, arrow, pq.read_table(tmp_path / "e.parquet")):
        events, refused = al.Events.screen(form)
        assert (len(events), refused["row"].tolist(), refused["reason"].tolist()) == (3, [1], ["duplicate"])
    for posted in (post_parquet(tmp_path / "e.parquet"), post_dask([table]), post_dask([arrow])):
        assert (posted.report.kept, posted.report.rows("duplicate")) == (3, 1)


# ---- files ----------------------------------------------------------------------------------------------
HEADER = "source,target,date,domain,value,label\n"
GOOD = "CHN,KHM,2024-03-01,security,5,x\n"


def written(folder, text, name="e.csv", **how):
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="", **how)
    return path


def test_a_column_that_stands_twice_in_a_sheet_is_refused(tmp_path):
    """pandas calls the second value.1, and the first was read."""
    pytest.importorskip("openpyxl")
    twice = pd.concat([frame(), frame(value=-5.0)[["value"]]], axis=1)
    twice.to_excel(tmp_path / "a.xlsx", index=False)
    with pytest.raises(al.EventError, match="column 'value' stands more than once in the table; keep one"):
        al.Events.read_excel(tmp_path / "a.xlsx")
    frame().iloc[:0].to_excel(tmp_path / "b.xlsx", index=False)
    assert len(al.Events.read_excel(tmp_path / "b.xlsx")) == 0
    pd.DataFrame().to_excel(tmp_path / "c.xlsx", index=False)
    with pytest.raises(al.EventError, match="column 'source' is missing"):
        al.Events.read_excel(tmp_path / "c.xlsx")


def test_a_refused_row_of_arrow_has_all_its_columns(tmp_path):
    """What pandas calls the index of a Parquet file is a column there: it had left the refused rows."""
    frame({}, {"value": 99.0}).set_index("source").to_parquet(tmp_path / "events.parquet")
    kept, refused = al.Events.screen(pq.read_table(tmp_path / "events.parquet"))
    assert len(kept) == 1 and refused["source"].tolist() == ["CHN"]


def test_ids_that_pandas_calls_the_index_of_a_parquet_file_are_ids(tmp_path):
    frame({"event_id": "a"}, {"event_id": "b"}).set_index("event_id").to_parquet(tmp_path / "events.parquet")
    assert al.Events.read_parquet(tmp_path / "events.parquet").event_id.tolist() == ["a", "b"]
    damaged = pq.read_table(tmp_path / "events.parquet").replace_schema_metadata({"pandas": "{"})
    assert al.Events.from_frame(damaged).event_id.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "row", "line"),
    [
        (HEADER + GOOD + "CHN,KHM,soon,security,5,x\n", 1, 3),
        (HEADER + "\n  \n" + GOOD + "\n" + "CHN,KHM,soon,security,5,x\n", 1, 6),
        (HEADER + 'CHN,KHM,2024-03-01,security,5,"one\ntwo\nthree"\n' + "CHN,KHM,soon,security,5,x", 1, 5),
        ("\ufeff" + (HEADER + "CHN,KHM,soon,security,5,x\n").replace("\n", "\r\n"), 0, 2),
    ],
)
def test_a_refused_row_of_a_file_is_told_by_its_line(tmp_path, text, row, line):
    path = written(tmp_path, text)
    _, refused = al.Events.screen_csv(path)
    assert refused[["row", "line"]].to_numpy().tolist() == [[row, line]]
    assert list(refused.columns[:4]) == ["row", "line", "reason", "detail"]
    with pytest.raises(al.EventError) as caught:
        al.Events.read_csv(path)
    assert f"First: row {row} (line {line} of the file), date 'soon' is not a date" in str(caught.value)
    assert str(caught.value).endswith("Events.screen_csv(...) returns them.")
    assert caught.value.refused["line"].tolist() == [line]


def test_a_compressed_file_has_lines_too(tmp_path):
    path = tmp_path / "e.csv.gz"
    frame({}, {"date": "soon"}).to_csv(path, index=False)
    _, refused = al.Events.screen_csv(path)
    assert refused[["row", "line"]].to_numpy().tolist() == [[1, 3]]
    with pytest.raises(al.EventError, match=r"First: row 1 \(line 3 of the file\), date 'soon'"):
        al.Events.read_csv(path)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_file_with_other_separators_is_read(tmp_path, mark):
    text = (HEADER + GOOD).replace(",", mark)
    assert len(al.Events.read_csv(written(tmp_path, text))) == 1
    path = written(tmp_path, text.replace(f"{mark}5{mark}", f"{mark}5,5{mark}"))
    _, refused = al.Events.screen_csv(path)
    assert refused["detail"].tolist() == [
        "value '5,5' is not a number. Write a point for a decimal comma, and nothing between thousands."
    ]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (GOOD.replace("\n", ",more\n"), "1 rows have more or fewer cells .*7 columns, not 6"),
        ("CHN,KHM,2024-03-01\n", "3 columns, not 6.*read_events leaves such rows out"),
        ('CHN,KHM,2024-03-01,security,5,"open\n', "quote opened on line 2 is never closed"),
    ],
)
def test_rows_unlike_the_header_are_refused_with_the_file(tmp_path, rows, told):
    with pytest.raises(al.FormatError, match=told):
        al.Events.read_csv(written(tmp_path, HEADER + rows))


def test_another_encoding_is_refused_and_blank_rows_are_no_rows(tmp_path):
    path = tmp_path / "e.csv"
    path.write_bytes((HEADER + GOOD.replace("KHM", "C\u00f4te")).encode("cp1252"))
    with pytest.raises(al.FormatError, match="e.csv: 1 lines are not in UTF-8; save it as UTF-8"):
        al.Events.read_csv(path)
    events, refused = al.Events.screen_csv(written(tmp_path, HEADER + ",,,,,\n  \n" + GOOD))
    assert (events.report["read"], len(refused)) == (1, 0)


# ---- what a table can be --------------------------------------------------------------------------------
EVENT = al.Event(source="CHN", target="KHM", date="2024-03-01", domain="security", value=5.0)


@pytest.mark.parametrize(
    "table",
    [
        ROW,
        [ROW],
        (ROW,),
        EVENT,
        [EVENT],
        {name: [cell] for name, cell in ROW.items()},
        pd.Series(ROW).to_frame().T,
    ],
    ids=lambda table: type(table).__name__,
)
def test_a_table_in_any_form(table):
    same_scores(al.Events.from_frame(table), one())


def test_rows_of_both_sorts_and_of_other_keys():
    events = al.Events.from_frame([EVENT, {**ROW, "target": "VNM", "weight": 2.0}, {**ROW, "mutual": True}])
    assert events.weight.tolist() == [1.0, 2.0, 1.0] and events.mutual.tolist() == [False, False, True]
    assert len(al.Events.from_frame([])) == 0 == len(al.Events.from_events([]))


@pytest.mark.parametrize(
    ("table", "got"),
    [
        (pd.Series(ROW), "Series"),
        (pd.Series([1, 2]), "Series"),
        (3, "int"),
        (None, "NoneType"),
        ([1, 2], "list of int"),
        ([ROW, "x"], "list of str"),
        ("events.csv", "str. Events.read_csv and Events.read_parquet read files."),
        (np.zeros((2, 3)), "ndarray"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_nonsense_is_one_clear_type_error(table, got):
    text = (
        "an event table is a pandas frame, a table with the Arrow interface (polars, pyarrow, DuckDB), a mapping of "
        f"columns, or a list of rows (dicts or Event values); got {got}"
    )
    with pytest.raises(TypeError, match=re.escape(text)):
        al.Events.from_frame(table)


def test_columns_of_other_lengths_are_no_table():
    with pytest.raises(
        al.EventError, match="the columns do not make a table: All arrays must be of the same length"
    ):
        al.Events.from_frame({"source": ["A", "B"], "target": ["C"]})


@pytest.mark.parametrize("added", [EVENT, [EVENT], ROW, [ROW]], ids=lambda table: type(table).__name__)
def test_what_if_takes_rows_written_by_hand(asean, added):
    score = al.AlignmentOf("KHM", "CHN")
    got = al.what_if(asean, score=score, add=added)
    want = al.what_if(asean, score=score, add=frame())
    np.testing.assert_array_equal(got.supposed, want.supposed)


def test_what_if_adds_what_it_removes(asean):
    """An event under its own id, once it is taken away, adds nothing to the record."""
    gone = {"event_id": "chn-khm-2plus2-2026"}
    again = asean.to_frame().query("event_id == 'chn-khm-2plus2-2026'")
    result = al.what_if(asean, score=al.AlignmentOf("KHM", "CHN"), remove=gone, add=again)
    same(result.difference, np.zeros_like(result.difference))


# ---- codebooks and rows asked for ---------------------------------------------------------------------------
@pytest.mark.parametrize("given", ["ladder", {"visit": 2}, al.Codebook], ids=lambda x: type(x).__name__)
def test_a_codebook_is_a_codebook(given, tmp_path):
    frame().to_parquet(tmp_path / "e.parquet")
    frame().to_csv(tmp_path / "e.csv", index=False)
    doors = [
        lambda: al.Events.from_frame(frame(), codebook=given),
        lambda: al.Events.read_csv(tmp_path / "e.csv", codebook=given),
        lambda: post_parquet(tmp_path / "e.parquet", codebook=given),
        lambda: al.read_events(tmp_path / "e.csv", codebook=given),
    ]
    for door in doors:
        with pytest.raises(TypeError, match=r"codebook must be a Codebook, such as Codebook.ladder\(\); got"):
            door()


@pytest.mark.parametrize(
    ("which", "error", "text"),
    [
        ([99], al.OptionError, "position 99 is not among the 2 events, 0 to 1."),
        ([0, -3], al.OptionError, "position -3 is not among the 2 events"),
        ([True], al.OptionError, "a mask must hold one True or False an event, 2 in all; got 1."),
        (np.ones((2, 2), dtype=bool), al.OptionError, "2 in all; got 2 x 2."),
        ([0.0], TypeError, "events are picked by a mask or by whole positions"),
        (["CHN"], TypeError, "events are picked by a mask or by whole positions"),
        (0, TypeError, "events are picked by a mask or by whole positions"),
    ],
)
def test_take_says_what_is_not_there(which, error, text):
    events = al.Events.from_frame(frame({}, {"target": "VNM"}))
    for choose in (events.take, events.pick):
        with pytest.raises(error, match=re.escape(text)):
            choose(which)


def test_flags_are_no_positions():
    events = al.Events.from_frame(frame({}, {"target": "VNM"}, {"target": "LAO"}))
    with pytest.raises(al.OptionError, match="for a mask of the events write True and False"):
        events.take(np.array([1, 0, 1]))
    assert events.take([1, 0]).target.tolist() == [3, 1]


def test_events_of_an_actor_with_itself_are_none():
    with pytest.raises(al.OptionError, match="a and b are both 'CHN'; name two different actors."):
        al.Events.from_frame(frame({})).between("CHN", "CHN")
    with pytest.warns(al.SilentActorWarning, match="no event names FJI"):
        assert len(al.Events.from_frame(frame({})).between("CHN", "FJI")) == 0


def test_take_takes_every_sort_of_choice():
    events = al.Events.from_frame(frame({}, {"target": "VNM"}))
    for which in ([1], [-1], np.array([False, True]), pd.Series([False, True]), slice(1, None)):
        assert events.take(which).target.tolist() == [2]
    assert len(events.take([])) == 0


@pytest.mark.parametrize("arrow", [False, True])
def test_what_the_caller_writes_later_changes_no_events(arrow):
    value, weight = np.array([1.0, 2.0]), np.array([1.0, 3.0])
    mutual, date = np.array([True, False]), np.array(["2020-01-01", "2021-05-06"], dtype="M8[s]")
    until = np.array([18800, 18900], dtype=np.int32)
    table = {
        "source": ["A", "B"], "target": ["B", "A"], "domain": ["security", "economic"], "mutual": mutual,
        "value": value, "weight": weight, "date": date,
    }  # fmt: skip
    if arrow:
        pa = pytest.importorskip("pyarrow")
        events = al.Events.from_frame(pa.table(table | {"until": pa.array(until).view(pa.date32())}))
    else:
        events = al.Events.from_frame(pd.DataFrame(table, copy=False))
    before = pickle.dumps(events)
    for column in (value, weight, mutual, date, until):
        column[:] = column[::-1].copy()
    assert pickle.dumps(events) == before


def test_a_file_of_no_events_is_told_by_what_it_lacks_before_what_stands_twice(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("1,AUS,AUS,,\n2,CHN,KHM,,\n", encoding="utf-8")
    with pytest.raises(al.EventError, match="column 'source' is missing"):
        al.Events.read_csv(path)
    table = pd.DataFrame([[1, 2, 3]], columns=["a", "a", "date"])
    with pytest.raises(al.EventError, match="column 'source' is missing"):
        al.Events.from_frame(table)
