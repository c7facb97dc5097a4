"""Events under an edited codebook, and ends that a table states beside ends that a family sets."""

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.dates import NO_DAY
from alignscore.errors import EventError

KINDS = [
    al.Kind(name="talks", value=2, domains=["diplomatic"]),
    al.Kind(name="partner", value=4, domains=["diplomatic"], standing=True, family="level"),
    al.Kind(name="ally", value=8, domains=["diplomatic", "security"], standing=True, family="level"),
    al.Kind(name="pact", value=6, domains=["security"], standing=True),
]
BOOK = al.Codebook(name="own", domains=["diplomatic", "security"], kinds=KINDS)


def edited(name="edited", domains=("diplomatic", "security"), **changes):
    """The codebook with some kinds changed."""
    kinds = [al.Kind(**kind.model_dump() | changes.get(kind.name, {})) for kind in KINDS]
    return al.Codebook(name=name, domains=list(domains), kinds=kinds)


def table(*rows):
    return pd.DataFrame([{"source": "CHN", "target": "KHM", **row} for row in rows])


ROWS = table(
    {"date": "2010-01-01", "kind": "partner", "weight": 2.0},
    {"date": "2011-05-01", "kind": "talks"},
    {"date": "2012-01-01", "kind": "talks", "value": -3.0},  # its own value
    {"date": "2013-01-01", "kind": "pact", "until": "2015-06-30"},
    {"date": "2014-01-01", "kind": "ally"},
)


def day(text):
    return int(np.datetime64(text, "D").astype(int))


def rows_of(events):
    frame = events.to_frame()
    return frame.sort_values(["date", "domain"], ignore_index=True)


def both_ways(book, rows=ROWS):
    """Recoded, and read anew from the frame under the other codebook."""
    events = al.Events.from_frame(rows, codebook=BOOK)
    return events.recode(book), al.Events.from_frame(events.to_frame(), codebook=book)


def test_a_kinds_new_value_is_taken_and_a_rows_own_stays():
    book = edited(talks={"value": 5})
    events = al.Events.from_frame(ROWS, codebook=BOOK).recode(book)
    talks = rows_of(events).query("kind == 'talks'")
    assert talks["value"].tolist() == [5.0, -3.0]
    assert events.codebook is book
    back = events.recode(BOOK)
    pd.testing.assert_frame_equal(rows_of(back), rows_of(al.Events.from_frame(ROWS, codebook=BOOK)))


@pytest.mark.parametrize(
    "changes",
    [
        {"talks": {"value": 5}},
        {"talks": {"standing": True}},
        {"partner": {"standing": False, "family": None}},
        {"pact": {"family": "level"}},
        {"ally": {"family": None}},
    ],
)
def test_recoding_posts_as_the_same_rows_read_under_the_codebook(changes):
    book = edited(**changes)
    recoded = al.Events.from_frame(ROWS, codebook=BOOK).recode(book)
    anew = al.Events.from_frame(ROWS, codebook=book)
    pd.testing.assert_frame_equal(rows_of(recoded), rows_of(anew))
    np.testing.assert_array_equal(np.sort(recoded.until), np.sort(anew.until))
    one, two = al.Ledger.post(recoded), al.Ledger.post(anew)
    np.testing.assert_array_equal(one.cells, two.cells)
    np.testing.assert_allclose(one.sums, two.sums, rtol=1e-12)


def test_a_kind_that_moves_to_other_domains_moves_with_its_whole_weight():
    book = edited(talks={"domains": ["diplomatic", "security"]}, ally={"domains": ["security"]})
    recoded = al.Events.from_frame(ROWS, codebook=BOOK).recode(book)
    anew = al.Events.from_frame(ROWS, codebook=book)
    columns = ["date", "kind", "domain", "value", "weight", "standing"]
    pd.testing.assert_frame_equal(rows_of(recoded)[columns], rows_of(anew)[columns])
    weights = rows_of(recoded).groupby("date")["weight"].sum()
    # 2 for the partnership, 1 for each of the others, whatever they are shared over
    pd.testing.assert_series_equal(weights, rows_of(anew).groupby("date")["weight"].sum())


def test_a_kind_that_is_shared_out_among_domains_weighs_its_share_in_each():
    shares = {"diplomatic": 0.25, "security": 0.75}
    book = edited(talks={"domains": shares}, partner={"domains": shares})
    events = al.Events.from_frame(ROWS, codebook=BOOK)
    recoded, anew = events.recode(book), al.Events.from_frame(ROWS, codebook=book)
    columns = ["date", "kind", "domain", "value", "weight", "standing"]
    pd.testing.assert_frame_equal(rows_of(recoded)[columns], rows_of(anew)[columns])
    partner = rows_of(recoded).query("kind == 'partner'")
    assert dict(zip(partner["domain"], partner["weight"], strict=True)) == {
        "diplomatic": 0.5,
        "security": 1.5,
    }
    pd.testing.assert_frame_equal(rows_of(recoded.recode(BOOK))[columns], rows_of(events)[columns])


def test_a_frame_taken_back_under_the_codebook_says_what_recoding_says():
    recoded, taken = both_ways(edited(talks={"value": 5}, pact={"value": -1}))
    pd.testing.assert_frame_equal(rows_of(recoded), rows_of(taken))


def test_what_the_codebook_lacks_is_named():
    events = al.Events.from_frame(ROWS, codebook=BOOK)
    less = al.Codebook(name="less", domains=["diplomatic", "security"], kinds=KINDS[:-1])
    with pytest.raises(
        EventError, match="codebook 'less' lacks 1 of the kinds that events name, first 'pact'"
    ):
        events.recode(less)
    narrow = al.Codebook(name="narrow", domains=["diplomatic"], kinds=KINDS[:2])
    with pytest.raises(EventError, match="codebook 'narrow' lacks"):
        events.recode(narrow)
    nowhere = edited(pact={"domains": []})
    with pytest.raises(
        EventError, match="codebook 'edited' gives kind 'pact' no domain, so its events could not be"
    ):
        events.recode(nowhere)
    with pytest.raises(TypeError, match="codebook must be a Codebook"):
        events.recode("ladder")


# ---- ends of the table beside ends of the family ---------------------------------------------------------
def untils(*rows):
    events = al.Events.from_frame(table(*rows), codebook=edited(ally={"domains": ["diplomatic"]}))
    at = np.argsort(events.row)
    return [
        ("" if end == NO_DAY else str(np.datetime64(int(end), "D")), bool(set_here))
        for end, set_here in zip(events.until[at], events.settled[at], strict=True)
    ]


PARTNER = {"date": "2010-01-01", "kind": "partner"}
ALLY = {"date": "2014-01-01", "kind": "ally"}


@pytest.mark.parametrize(
    ("given", "end"),
    [
        ({}, ("2014-01-01", True)),  # the family alone ends it
        ({"until": "2012-06-30"}, ("2012-06-30", False)),  # the table ends it before
        ({"until": "2014-01-01"}, ("2014-01-01", False)),  # on the day itself the table's end holds
        ({"until": "2018-06-30"}, ("2014-01-01", True)),  # the later level comes before the table's end
    ],
)
def test_the_earlier_of_the_two_ends_holds(given, end):
    assert untils(PARTNER | given, ALLY) == [end, ("", False)]
    assert untils(PARTNER | given) == [(given.get("until", ""), False)]
    turned = untils(ALLY, PARTNER | given)  # whatever the order of the rows
    assert turned == [("", False), end]


def test_without_the_later_level_the_tables_own_end_is_back():
    book = edited(ally={"domains": ["diplomatic"]})
    rows = table(PARTNER | {"until": "2018-06-30"}, ALLY)
    events = al.Events.from_frame(rows, codebook=book)
    alone = events.take(events.row == 0)
    assert alone.until.tolist() == alone.until_given.tolist() == [day("2018-06-30")]
    assert not alone.settled.any()
    again = events.to_frame()  # a file keeps the table's end, not the family's
    assert str(again["until"][0].date()) == "2018-06-30"
    pd.testing.assert_frame_equal(al.Events.from_frame(again, codebook=book).to_frame(), again)
    one, two = al.Ledger.post(alone), al.Ledger.post(al.Events.from_frame(rows[:1], codebook=book))
    np.testing.assert_array_equal(one.cells, two.cells)
    np.testing.assert_array_equal(one.sums, two.sums)


def test_recoding_out_of_the_family_gives_the_tables_end_back_and_into_it_takes_it():
    rows = table(PARTNER | {"until": "2018-06-30"}, ALLY)
    book, free = edited(ally={"domains": ["diplomatic"]}), edited("free", partner={"family": None})
    events = al.Events.from_frame(rows, codebook=book)
    assert events.until[0] == day("2014-01-01")
    freed = events.recode(free)
    assert freed.until[freed.row == 0].tolist() == [day("2018-06-30")]
    assert freed.recode(book).until[0] == day("2014-01-01")


def test_three_levels_end_one_after_the_other_and_a_stated_gap_stays():
    rows = [
        {"date": "2001-01-01", "kind": "partner", "until": "2003-12-31"},
        {"date": "2006-01-01", "kind": "partner"},
        {"date": "2010-01-01", "kind": "ally", "until": "2020-12-31"},
        {"date": "2015-01-01", "kind": "partner"},
    ]
    assert untils(*rows) == [("2003-12-31", False), ("2010-01-01", True), ("2015-01-01", True), ("", False)]
    events = al.Events.from_frame(table(*rows), codebook=edited(ally={"domains": ["diplomatic"]}))
    ties = al.Ledger.post(events, decay=al.HalfLife(0.05)).ties(end=2020)  # what has ended is soon gone
    held = dict(zip(ties.axes.periods.year, ties.cooperation[0, 0], strict=True))
    found = [held[year] for year in (2002, 2004, 2007, 2012, 2016)]
    np.testing.assert_allclose(found, [4.0, 0.0, 4.0, 8.0, 4.0], atol=1e-4)
