"""One table of rules: every door refuses the same rows for the same reason in the same words."""

import decimal
import gzip
import re
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.scale import post_dask, post_lazy, post_parquet

ROW = {"source": "CHN", "target": "KHM", "date": "2024-03-01", "domain": "security", "value": 5.0}
LADDER = al.Codebook.ladder()


def refusals(steps):
    return {step.reason: (step.rows, step.example) for step in steps}


def test_refused_rows_come_back_as_given():
    rows = pd.DataFrame([ROW, ROW | {"value": 99.0}]).assign(note=["a", "b"], reason="of the table itself")
    refused = al.Events.screen(rows)[1]
    given = [name for name in rows if name != "reason"]
    assert list(refused) == ["row", "reason", "detail", *given]
    pd.testing.assert_frame_equal(refused[given], rows.loc[[1], given].reset_index(drop=True))
    assert (refused["row"].item(), refused["reason"].item()) == (1, "value outside [-10, 10]")
    none = al.Events.screen(rows[:1])[1]
    assert len(none) == 0 and list(none) == list(refused)


CHANGES = [
    {"source": ""}, {"target": None}, {"target": "CHN"}, {"domain": "securty"}, {"value": None}, {"value": 11.0},
    {"value": np.inf}, {"value": 1e-60}, {"weight": 0.0}, {"weight": np.inf}, {"weight": 1e60}, {"domain": ""},
    {"mutual": "perhaps"}, {"kind": "vist"}, {"date": None}, {"date": "2300-01-01"}, {"source": "None"},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_all_doors_refuse_alike(change, tmp_path):
    rows = pd.DataFrame([ROW, ROW | {"target": "VNM"} | change])
    if "weight" in rows:
        rows["weight"] = rows["weight"].fillna(1.0)
    if "mutual" in rows:
        rows["mutual"] = ["false", "perhaps"]
    rows["date"] = np.array([None if pd.isna(day) else day for day in rows["date"]], dtype="M8[s]")
    events, refused = al.Events.screen(rows)
    want = {refused["reason"].item(): (1, refused["detail"].item())}
    assert len(events) == 1
    rows.to_parquet(tmp_path / "e.parquet")
    ledgers = [post_parquet(tmp_path / "e.parquet"), post_lazy(rows)]
    if CHANGES.index(change) % 4 == 0:  # a cluster's frames go through what screens those of memory above
        ledgers.append(post_dask([rows]))
    for ledger in ledgers:
        assert refusals(ledger.report.steps) == want


@pytest.mark.parametrize("n", [127, 128, 300, 33_000])
def test_codes_take_the_width_they_need(n):
    # the widths of kinds and of domains apart
    domains = tuple(f"d{at}" for at in range(n if n <= 300 else 2))
    kind = al.Kind(name="k0", domains={domains[-1]: 1}, value=1)
    # checked once, not 33,000 times
    kinds = tuple(kind.model_copy(update={"name": f"k{at}"}) for at in range(n))
    book = al.Codebook("wide", kinds, domains)
    rows = [
        {"source": "CHN", "target": "KHM", "date": "2024-01-01", "kind": f"k{n - 1}"},
        ROW | {"domain": domains[n // 2 % len(domains)], "source": "USA"},
    ]
    events = al.Events.from_frame(rows, codebook=book)
    frame = events.to_frame()
    assert frame["domain"].tolist() == [domains[-1], domains[n // 2 % len(domains)]]
    assert frame["kind"].tolist()[0] == f"k{n - 1}"
    ledger = al.Ledger.post(events).to_frame()
    assert set(zip(ledger["source"], ledger["domain"], strict=True)) == {
        ("CHN", domains[-1]), ("USA", domains[n // 2 % len(domains)])
    }  # fmt: skip


@pytest.mark.parametrize(
    "column", ["date", "until", "date_precision", "domain", "kind", "value", "weight", "mutual", "standing"]
)
def test_a_text_in_a_wrong_column_is_told_by_its_beginning(column):
    """A report of news that had slipped into the dates stood in the error in full, and the way out behind it."""
    rows = pd.DataFrame({"source": ["CHN"], "target": ["KHM"], "date": ["2024-05-16"], "kind": ["visit"]})
    rows[column] = ["Officials of both sides met. " * 1000]
    with pytest.raises(al.EventError) as problem:
        al.Events.from_frame(rows)
    assert "Officials of both sides met." in str(problem.value) and len(str(problem.value)) < 600


# ---- rows that say the same ----------------------------------------------------------------------
def test_rows_that_repeat_others_are_counted_refused_or_merged():
    rows = pd.DataFrame([ROW, ROW, ROW | {"value": 4.0}, ROW])
    kept = al.Events.from_frame(rows)
    assert (len(kept), kept.repeats) == (4, 2)
    assert repr(kept).endswith("4 read, 0 refused; 2 repeat an earlier row>")
    events, refused = al.Events.screen(rows, duplicates="refuse")
    assert refused["row"].tolist() == [1, 3] and set(refused["reason"]) == {"repeated"}
    assert events.report == {"read": 4, "kept": 2, "repeated": 2} and events.repeats == 0
    merged = al.Events.from_frame(rows, duplicates="merge")
    assert merged.report == {"read": 4, "kept": 2, "merged": 2}
    assert repr(merged).endswith("4 read, 0 refused, 2 merged>")
    assert merged.row.tolist() == [0, 2]


def test_a_mutual_row_told_from_the_other_side_repeats_it():
    there = ROW | {"mutual": True}
    back = there | {"source": "KHM", "target": "CHN"}
    assert al.Events.from_frame([there, back]).repeats == 1
    assert al.Events.from_frame([ROW, ROW | {"source": "KHM", "target": "CHN"}]).repeats == 0


def test_an_id_tells_rows_apart_and_one_id_makes_them_one():
    rows = pd.DataFrame([ROW | {"event_id": one} for one in ("a", "b", "", None, "a")])
    events, refused = al.Events.screen(rows)
    assert events.repeats == 1
    assert refused["row"].tolist() == [4] and refused["reason"].tolist() == ["duplicate"]
    merged = al.Events.from_frame(rows, duplicates="merge")
    assert merged.report == {"read": 5, "kept": 3, "merged": 2}


@pytest.mark.parametrize(
    "ids",
    [
        [1, 2, 1], [1.0, np.nan, 1.0], ["1", "2", " 1 "], [2**53, 2**53 + 1, 2**53], ["a", None, "a"],
        pd.array([1, None, 1], dtype="Int64"), pd.array(["a", None, "a"], dtype="string"), [1, "x", 1],
        pd.Categorical(["a", "b", "a"]),
    ],
    ids=repr,
)  # fmt: skip
def test_ids_of_any_type(ids):
    rows = pd.DataFrame([ROW | {"value": float(at)} for at in range(3)]).assign(event_id=ids)
    _, refused = al.Events.screen(rows)
    assert refused["row"].tolist() == [2]
    assert al.Events.screen(rows.iloc[:2])[1].empty


def test_long_numbers_beside_a_gap_are_ids_of_their_own():
    """Floats, which pandas makes of them, cannot tell them apart."""
    ids = [2**60, 2**60 + 1, None, 2**60 + 2]
    rows = [ROW | {"value": float(at), "event_id": one} for at, one in enumerate(ids)]
    columns = {name: [row[name] for row in rows] for name in ROW | {"event_id": None}}
    arrow = pa.table(columns)
    for table in (rows, columns, arrow):
        assert al.Events.from_frame(table).event_id.tolist() == ids
    texts = [None if one is None else str(one) for one in ids]
    assert al.read_events(arrow)[0].event_id.tolist() == texts
    refused = al.Events.screen(arrow.set_column(4, "value", [[11.0, 12.0, 13.0, 0.0]]))[1]
    assert refused["event_id"].tolist() == ids[:3]


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "", " a", "c"]), st.sampled_from(["CHN", "USA"]), st.booleans()),
                max_size=9))  # fmt: skip
def test_ids_against_a_slow_twin(rows):
    table = pd.DataFrame(
        [ROW | {"event_id": one, "source": source if forth else "KHM", "target": "KHM" if forth else source,
                "mutual": True} for one, source, forth in rows],
        columns=[*ROW, "event_id", "mutual"],
    )  # fmt: skip
    seen, again = set(), []
    for at, (one, source, _) in enumerate(rows):
        key = (one.strip(), source)  # mutual: no order
        if one.strip() and key in seen:
            again.append(at)
        seen.add(key)
    _, refused = al.Events.screen(table)
    assert refused["row"].tolist() == again


# ---- dates ----------------------------------------------------------------------------------------
def test_the_order_of_dates_at_the_doors(tmp_path):
    rows = pd.DataFrame([ROW | {"date": one} for one in ("03/02/2019", "14/02/2019")])
    rows.to_csv(tmp_path / "e.csv", index=False)
    for events in (al.Events.from_frame(rows), al.Events.read_csv(tmp_path / "e.csv")):
        assert [str(day) for day in events.day.astype("M8[D]")] == ["2019-02-03", "2019-02-14"]
    first = rows[:1]
    with pytest.raises(
        al.EventError, match=r"'03/02/2019' may have the day or the month first. Say dayfirst"
    ):
        al.Events.from_frame(first)
    assert str(al.Events.from_frame(first, dayfirst=True).day.astype("M8[D]")[0]) == "2019-02-03"
    first.to_csv(tmp_path / "e.csv", index=False)
    assert str(al.Events.read_csv(tmp_path / "e.csv", dayfirst=False).day.astype("M8[D]")[0]) == "2019-03-02"
    named = rows.assign(date="3 Feb 2019")
    assert str(al.Events.from_frame(named, date_format="%d %b %Y").day.astype("M8[D]")[0]) == "2019-02-03"


@pytest.mark.parametrize("date", ["10000-01-01", "9999-12-31"])
def test_far_days_of_arrow_are_refused_not_fatal(date, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    days = [np.datetime64("2024-03-01", "D").astype(int), np.datetime64(date, "D").astype(int)]
    days = pa.array(np.array(days, dtype=np.int32)).view(pa.date32())
    rows = pa.table({name: pa.array([ROW[name]] * 2) for name in ROW if name != "date"} | {"date": days})
    _, refused = al.Events.screen(rows)
    assert refused["reason"].tolist() == ["unreadable date"]
    pq.write_table(rows, tmp_path / "e.parquet")
    assert post_parquet(tmp_path / "e.parquet").report.rows("unreadable date") == 1
    with pytest.raises(al.EventError, match="date lies outside"):
        al.Events.read_parquet(tmp_path / "e.parquet")


# ---- files ----------------------------------------------------------------------------------------
def test_a_file_of_another_kind_is_named(tmp_path):
    rows = pd.DataFrame([ROW])
    rows.to_parquet(tmp_path / "p.csv")
    rows.to_excel(tmp_path / "x.csv.xlsx", index=False)
    (tmp_path / "z.csv").write_bytes(gzip.compress(b"source,target\n"))
    (tmp_path / "broken.csv.gz").write_bytes(gzip.compress(b"source,target\n" * 99)[:-9])
    for name, told in (
        ("p.csv", "is a Parquet file, not a text table; .* Events.read_parquet"),
        (
            "x.csv.xlsx",
            "a zip archive, an Excel workbook or a ledger, not a text table; .* save the workbook",
        ),
        ("z.csv", "compressed by gzip"),
        ("broken.csv.gz", "is damaged"),
    ):
        with pytest.raises(al.FormatError, match=told):
            al.Events.read_csv(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        al.Events.read_csv(tmp_path / "none.csv")
    with pytest.raises(al.FormatError, match="is a folder"):
        al.Events.read_csv(tmp_path)
    (tmp_path / "two.csv").write_text("source,target,date,domain,value,value\nCHN,KHM,2020,economic,1,-5\n")
    with pytest.raises(al.FormatError, match="'value' stands more than once"):
        al.Events.read_csv(tmp_path / "two.csv")


def test_a_workbook_comes_in(tmp_path):
    pytest.importorskip("openpyxl")
    rows = pd.DataFrame([ROW, ROW | {"target": "VNM", "date": pd.Timestamp("2024-05-06")}])
    with pd.ExcelWriter(tmp_path / "e.xlsx") as book:
        rows.to_excel(book, index=False, sheet_name="events")
    events = al.Events.read_excel(tmp_path / "e.xlsx", sheet="events")
    assert [str(day) for day in events.day.astype("M8[D]")] == ["2024-03-01", "2024-05-06"]
    with pytest.raises(al.FormatError, match="sheet 'other'"):
        al.Events.read_excel(tmp_path / "e.xlsx", sheet="other")
    with pytest.raises(FileNotFoundError):
        al.Events.read_excel(tmp_path / "none.xlsx")


def test_a_row_of_a_sheet_without_a_cell_filled_is_no_row(tmp_path):
    """As in the same sheet saved as CSV: blank rows set groups of events apart."""
    pytest.importorskip("openpyxl")
    rows = pd.DataFrame([ROW, dict.fromkeys(ROW), ROW | {"target": "VNM"}], dtype=object)
    rows.to_excel(tmp_path / "e.xlsx", index=False)
    rows.to_csv(tmp_path / "e.csv", index=False)
    for events in (al.Events.read_excel(tmp_path / "e.xlsx"), al.Events.read_csv(tmp_path / "e.csv")):
        assert (events.report, events.row.tolist()) == ({"read": 2, "kept": 2}, [0, 1])
    with pytest.raises(al.EventError, match="1 of 3 rows refused: empty actor"):
        al.Events.from_frame(rows)


def test_columns_by_other_names_are_told_where_to_be_named():
    with pytest.raises(al.EventError, match=r"read_events\(path, columns=\{'source': 'actor1'"):
        al.Events.from_frame(
            pd.DataFrame({"actor1": ["CHN"], "actor2": ["KHM"], "date": ["2024"], "kind": ["visit"]})
        )


# ---- fuzz -----------------------------------------------------------------------------------------
CELLS = st.one_of(
    st.none(), st.text(max_size=6), st.integers(), st.floats(), st.booleans(), st.binary(max_size=3),
    st.complex_numbers(), st.decimals(), st.datetimes(), st.dates(), st.times(), st.timedeltas(),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.sampled_from(["CHN", "KHM", "China", "2024-03-01", "2024", "03/02/2019", "security", "visit", "5", "nan", "é\u0301",
                     "\ud800", "\x00", "1e400", "-", "9" * 400, np.nan, np.inf, pd.NaT, pd.NA, 2**80,
                     np.datetime64("9999-01-01"), pd.Timestamp("2024-01-01", tz="Asia/Tokyo"),
                     pd.Period("2024Q1"), pd.Timedelta(1), object()]),
)  # fmt: skip
COLUMNS = ("source", "target", "date", "until", "date_precision", "domain", "kind", "value", "weight", "mutual", "standing",
           "event_id", "label", "kind_value")  # fmt: skip


@st.composite
def wild_tables(draw):
    """Tables of which some cells are good and others anything, as a frame, a mapping of columns or rows."""
    names = [name for name in COLUMNS if name in ("source", "target", "date", "kind") or draw(st.booleans())]
    n = draw(st.integers(0, 4))
    good = {
        "source": "CHN",
        "target": "KHM",
        "date": "2024-03-01",
        "kind": "visit",
        "domain": "security",
        "value": 5.0,
    }
    columns = {
        name: [draw(CELLS) if draw(st.integers(0, 3)) == 0 else good.get(name) for _ in range(n)]
        for name in names
    }
    form = draw(st.sampled_from(["frame", "mapping", "rows", "category"]))
    if form == "mapping":
        return columns, n
    if form == "rows":
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)], n
    table = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in columns.items()})
    if form == "category":
        try:
            return table.astype(dict.fromkeys(draw(st.sets(st.sampled_from(names))), "category")), n
        except (TypeError, ValueError):
            pass
    return table, n


def never_foreign(table, n, options):
    """Every row is accounted for, or the refusal is the library's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            events, refused = al.Events.screen(table, **options)
        except al.AlignScoreError:
            return
        except TypeError as problem:  # of the library's own words
            assert "event table is" in str(problem), problem
            return
    report = dict(events.report)
    assert report.pop("read") == n == sum(report.values())
    assert len(refused) == sum(v for k, v in report.items() if k not in ("kept", "merged"))
    if n and len(events):
        al.Ledger.post(events)


OPTIONS = st.fixed_dictionaries(
    {"actors": st.sampled_from(["check", "iso3", "as_given"]), "duplicates": st.sampled_from(["keep", "refuse", "merge"]),
     "dayfirst": st.sampled_from([None, True, False])}
)  # fmt: skip


@given(wild_tables(), OPTIONS)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_table_is_screened_or_refused_in_own_words(wild, options):
    never_foreign(*wild, options)


@pytest.mark.slow
@given(wild_tables(), OPTIONS)
@settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_five_thousand_tables_are_screened_or_refused_in_own_words(wild, options):
    never_foreign(*wild, options)


@pytest.mark.parametrize("column", ["source", "date", "until", "kind", "value", "weight"])
def test_a_cell_that_cannot_be_told_from_others_is_named(column):
    """A signalling NaN raises whatever it is compared with, a list has no hash."""
    good = {"source": "CHN", "target": "KHM", "date": "2024-03-01", "kind": "visit"}
    for cell in (decimal.Decimal("sNaN"), [1]):
        with pytest.raises(
            al.EventError, match=re.escape(f"column {column!r} holds {cell!r}; give one text")
        ):
            al.Events.screen([good, good | {column: cell}])


@given(st.binary(max_size=200), st.sampled_from(["e.csv", "e.csv.gz", "e.parquet", "e.xlsx"]))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_bytes_are_no_file_of_events(tmp_path_factory, given_, name):
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(given_)
    door = {"parquet": al.Events.read_parquet, "xlsx": al.Events.read_excel}.get(
        name.rsplit(".")[-1], al.Events.read_csv
    )
    with pytest.raises(al.AlignScoreError):
        door(path)


# ---- codes of strings ------------------------------------------------------------------------------
@given(st.lists(st.text(st.sampled_from("aé \x00b文"), max_size=12), max_size=12))
def test_codes_of_strings_against_a_slow_twin(texts):
    pa = pytest.importorskip("pyarrow")
    from alignscore.events.columns import coded, string_ids

    array = pa.array(texts, pa.string())
    codes, distinct = coded(array)
    assert [distinct[code] if code >= 0 else "" for code in codes] == [text.strip() for text in texts]
    assert len(set(distinct)) == len(distinct)
    ids, stripped = string_ids(array), [text.strip() for text in texts]
    if ids is None:
        assert len(set(stripped)) == len(stripped) and all(stripped)
    else:
        for i, one in enumerate(stripped):
            assert (ids[i] < 0) == (not one)
            assert all(
                (ids[i] == ids[j]) == (one == other) for j, other in enumerate(stripped) if one and other
            )


@pytest.mark.parametrize(
    ("texts", "groups"),
    [
        (["a", "b" * 65], None),
        (["b" * 65, "a", "b" * 65], [0, 1, 0]),
        (["b" * 65, "", None], [0, -1, -1]),
        (["b" * 65, None], [0, -1]),
    ],
)
def test_ids_longer_than_the_fast_way_reads_are_told_apart_too(texts, groups):
    pa = pytest.importorskip("pyarrow")
    from alignscore.events.columns import string_ids

    ids = string_ids(pa.array(texts, pa.string()))
    assert (ids if ids is None else ids.tolist()) == groups


def test_long_strings_and_slices_are_coded_too():
    pa = pytest.importorskip("pyarrow")
    from alignscore.events.columns import coded

    for texts in (["x" * 64, "x" * 65, "x" * 64], ["a" * 8, "a" * 9, None, "a" * 8]):
        array = pa.array([*texts, "end"], pa.string())
        codes, distinct = coded(array.slice(1))
        assert [distinct[code] if code >= 0 else None for code in codes] == [*texts[1:], "end"]


@pytest.mark.parametrize("twins", [0, 3, 40, 600])
def test_rows_of_one_number_are_found_however_few_they_are(twins):
    from alignscore.events.screening import repeated

    rng = np.random.default_rng(twins)
    key = rng.integers(0, 1 << 62, 1_000).astype(np.uint64)
    key[rng.choice(1_000, twins, replace=False)] = key[rng.integers(0, 1_000, twins)]
    key[7] = key[5] ^ np.uint64(1 << 40)  # their last 16 bits agree
    numbers = key.tolist()
    np.testing.assert_array_equal(
        repeated(key), [at for at, one in enumerate(numbers) if numbers.count(one) > 1]
    )


@pytest.mark.parametrize("blank", ["NULL", "NA", "nan", "None", np.nan, None])
def test_ids_that_stand_for_none_tell_no_rows_apart(blank):
    table = pd.DataFrame({"source": "CHN", "target": "KHM", "date": "2024-01-01", "domain": "security",
                          "value": [1.0, 2.0, 2.0], "event_id": [blank, blank, blank]})  # fmt: skip
    events, refused = al.Events.screen(table)
    assert (len(events), len(refused), events.repeats) == (3, 0, 1)
    assert events.act is None
    posted = al.post_dask([table[:1], table[1:]])
    assert posted.report.kept == 3
    assert al.read_events(table)[1].kept == 3


@pytest.mark.parametrize("kinds", [[10, 12, 20], [20.0, 190.0], pd.Categorical([20, 18])])
def test_codes_that_came_as_numbers_may_have_lost_a_zero(kinds):
    table = pd.DataFrame({"source": "CHN", "target": "KHM", "date": "2024-01-01", "kind": kinds})
    with pytest.raises(al.EventError, match=r"zeros|may be '0"):
        al.Events.from_frame(table, codebook=al.Codebook.cameo())
    with pytest.raises(al.EventError, match=r"zeros|may be '0"):
        al.Events.from_frame(pa.Table.from_pandas(table), codebook=al.Codebook.cameo())
    own = al.Codebook(
        "mine", [al.Kind(name=n, domains={"security": 1}, value=1) for n in ("10", "12", "20", "190", "18")]
    )
    assert len(al.Events.from_frame(table, codebook=own)) == len(table)


@pytest.mark.parametrize("form", ["frame", "arrow", "objects", "categories"])
def test_a_long_table_is_read_as_a_short_one_is(form, monkeypatch):
    rows = al.datasets.asean_frame().drop(columns=["event_id"])
    rows.loc[::7, "domain"] = "no domain"  # refused
    rows.loc[::5, "source"] = " "
    table = {
        "frame": lambda: rows, "arrow": lambda: pa.Table.from_pandas(rows), "objects": lambda: rows.astype(object),
        "categories": lambda: rows.astype("category"),
    }[form]()  # fmt: skip
    short, refused = al.Events.screen(table)
    monkeypatch.setattr("alignscore.events.columns.MANY", 0)
    events, again = al.Events.screen(table)
    assert 0 < len(refused) < len(rows)
    pd.testing.assert_frame_equal(again, refused)
    pd.testing.assert_frame_equal(events.to_frame(), short.to_frame())


def test_a_column_of_lists_in_a_long_table_is_one_clear_error(monkeypatch):
    monkeypatch.setattr("alignscore.events.columns.MANY", 0)
    rows = al.datasets.asean_frame().assign(target=[["KHM"]] * 474)
    with pytest.raises(al.EventError, match="column 'target' holds"):
        al.Events.from_frame(rows)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 400), st.integers(0, 2**31), st.booleans())
def test_repeats_are_those_that_pandas_finds(apart, seed, mutual):
    draw = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "source": draw.choice(["CHN", "USA"], 500), "target": draw.choice(["KHM", "VNM"], 500),
            "date": (np.datetime64("2020-01-01") + draw.integers(0, apart, 500)).astype(str),
            "domain": "security", "value": draw.integers(1, 3, 500), "mutual": mutual & (draw.random(500) < 0.5),
        }
    )  # fmt: skip
    turned = rows["mutual"] & (draw.random(500) < 0.5)
    rows.loc[turned, ["source", "target"]] = rows.loc[turned, ["target", "source"]].to_numpy()
    ends = np.where(rows["mutual"], rows[["source", "target"]].min(axis=1), rows["source"])
    other = np.where(rows["mutual"], rows[["source", "target"]].max(axis=1), rows["target"])
    again = rows.assign(source=ends, target=other).duplicated().to_numpy()
    assert al.Events.from_frame(rows).repeats == again.sum()
    events, refused = al.Events.screen(rows, duplicates="refuse")
    np.testing.assert_array_equal(refused["row"], np.flatnonzero(again))


def test_rows_that_differ_are_no_repeats_however_many():
    day, value = np.divmod(np.arange(400_000), 400)  # of so many, some twenty share 32 bits of their number
    rows = pd.DataFrame(ROW, index=range(len(day))).assign(
        date=np.datetime64("2020-01-01") + day, value=(value - 200) / 20
    )
    assert al.Events.from_frame(rows).repeats == 0
    assert al.Events.from_frame(pd.concat([rows, rows[7:11]])).repeats == 4
