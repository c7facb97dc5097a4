"""Readers of arms, alliances, trade, agreements, exercises and disputes: conversions and accounts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alignscore.dates import NO_DAY
from alignscore.errors import FormatError, OptionError, UnknownLabelError
from alignscore.readers.atop_events import read_atop_events
from alignscore.readers.desta import read_desta
from alignscore.readers.disputes import read_disputes
from alignscore.readers.exercises import read_exercises
from alignscore.readers.imf_trade import read_imf_trade
from alignscore.readers.sipri import read_sipri

SHARED = Path(__file__).resolve().parents[3] / "shared"
OTHER = SHARED / "data" / "other"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="latin-1")
    return path


def rows(events, *columns):
    frame = events.to_frame()
    text = {name: frame[name].dt.strftime("%Y-%m-%d").fillna("NaT") for name in ("date", "until")}
    frame = frame.assign(**text)
    return sorted(map(tuple, frame[list(columns)].to_numpy().tolist()))


def test_options_of_news_are_none_of_these_readers(tmp_path):
    path = write(tmp_path / "a.csv", "ccode1,ccode2,year,hostlev1", "2,365,1962,3")
    with pytest.raises(UnknownLabelError, match="unknown option 'dayfirst'"):
        read_disputes(path, dayfirst=True)
    with pytest.raises(TypeError, match="kinds is .*; give a mapping"):
        read_disputes(path, kinds=["war"])


# ---- SIPRI ----------------------------------------------------------------------------------------
REGISTER = (
    "Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,"
    "Number delivered, ,Year(s) of delivery,status,Comments,SIPRI TIV per unit,SIPRI TIV for total order,"
    "SIPRI TIV of delivered weapons"
)


def sipri(path):
    return write(
        path,
        "Transfers of major conventional arms",
        "A '?' in a column indicates uncertain data.",
        "",
        REGISTER,
        "Viet Nam,Russia,2009,?,6,,Kilo,submarine,6,,2013; 2014; 2017,New,caf\xe9,200,1200,1200",
        "Cuba,Soviet Union,1961,,1,,MiG,fighter,1,,1962,New,,1,1,0",
        "India,Soviet Union,1990,,1,,MiG,fighter,1,,1994,New,,1,2,2",
        "Thailand,Ukraine,2008,,14,,BTR-3,APC,13,?,2010; 2012,New,first half",
        ",0.25,3.5,4",
        "PLO (Israel)*,Soviet Union,1980,,1,,T-34,tank,1,,1981,New,,1,1,1",
        "NATO**,United States,1980,,1,,E-3,AEW,1,,1982,New,,1,1,1",
        "unknown recipient(s),China,1980,,1,,x,y,1,,1982,New,,1,1,1",
        "Chad,France,2020,,1,,x,y,,,,New,,1,1,",
    )


def test_sipri_deliveries_are_spread_over_their_years(tmp_path):
    events, report = read_sipri(sipri(tmp_path / "a.csv"))
    assert rows(events, "source", "target", "date", "weight") == [
        ("RUS", "IND", "1994-01-01", 2.0),  # the Soviet Union had ended: Russia delivered
        ("RUS", "VNM", "2013-01-01", 1200 / 3),
        ("RUS", "VNM", "2014-01-01", 1200 / 3),
        ("RUS", "VNM", "2017-01-01", 1200 / 3),
        ("SUN", "CUB", "1962-01-01", 0.25),  # a printed 0 lies between 0 and 0.5
        ("UKR", "THA", "2010-01-01", 4 / 2),
        ("UKR", "THA", "2012-01-01", 4 / 2),
    ]
    assert set(events.to_frame()["kind"]) == {"arms_transfer"}
    assert set(events.precision) == {2}
    assert {step.reason: step.rows for step in report.steps} == {
        "second line of a broken record": 1,
        "unknown party": 1,
        "organisation, not a state": 1,
        "rebels, not a state": 1,
        "no delivery given": 1,
        "years of delivery beyond the first": 2 + 1,
    }
    assert (report.read, report.kept, report.adds_up) == (9, 7, True)


def test_sipri_orders_are_dated_by_their_order(tmp_path):
    events, report = read_sipri(sipri(tmp_path / "a.csv"), date="order", dissolved="successor")
    assert ("RUS", "CUB", "1961-01-01", 1.0) in rows(events, "source", "target", "date", "weight")
    assert ("FRA", "TCD", "2020-01-01", 1.0) in rows(events, "source", "target", "date", "weight")
    assert report.adds_up


def test_sipri_years_of_delivery_may_be_a_span(tmp_path):
    lines = [REGISTER, "India,France,2010,,3,,M,aircraft,3,,2012-2014,New,,1,3,3"]
    events, _ = read_sipri(write(tmp_path / "a.csv", *lines))
    assert rows(events, "date", "weight") == [(f"{year}-01-01", 3 / 3) for year in (2012, 2013, 2014)]


def test_a_sipri_register_that_another_program_saved_has_quotes_around_cells(tmp_path):
    """SIPRI's own has none, and a quote in it stands for inches."""
    plain = 'India,France,2010,,3,,M,5" gun,3,,2012,New,,1,3,3'
    quoted = 'India,France,2010,,3,,M,"gun, 5""",3,,2012,New,,1,3,3'
    for line in (plain, quoted):
        events, report = read_sipri(write(tmp_path / "a.csv", REGISTER, line, line.replace("India", "Chad")))
        assert sorted(rows(events, "source", "target", "weight")) == [
            ("FRA", "IND", 3.0),
            ("FRA", "TCD", 3.0),
        ]
        assert report.adds_up and report.read == 2


def test_who_is_settled_as_nobody_is_not_unknown(tmp_path):
    lines = ["supplier,recipient,year,value", "France,Biafra,1967,1", "France,India,1967,2"]
    path = write(tmp_path / "a.csv", *lines)
    assert read_sipri(path)[1].unknown == {"Biafra": 1}
    events, report = read_sipri(path, recode={"Biafra": ""})
    assert (len(events), report.rows("no state at one end"), dict(report.unknown)) == (1, 1, {})


# ---- ATOP -----------------------------------------------------------------------------------------
M = "atopid,member,yrent,moent,dayent,yrexit,moexit,dayexit,defense,offense,neutral,nonagg,consul"


def test_atop_members_are_paired_while_both_belong(tmp_path):
    path = write(
        tmp_path / "m.csv",
        M,
        "1,2,1949,8,24,0,0,0,1,0,0,0,1",
        "1,200,1949,8,24,0,0,0,1,0,0,0,1",
        "1,350,1952,2,18,1974,8,14,1,0,0,0,1",
        "2,700,1950,1,1,1955,0,0,0,0,0,1,0",  # nobody with it
        "3,710,1950,2,14,1980,4,10,0,0,0,0,0",
    )
    events, report = read_atop_events(path)
    assert {
        frozenset(row[:2]): row[2:] for row in rows(events, "source", "target", "date", "until", "kind")
    } == {
        frozenset(("USA", "GBR")): ("1949-08-24", "NaT", "defence_pact"),
        frozenset(("USA", "GRC")): ("1952-02-18", "1974-08-14", "defence_pact"),
        frozenset(("GBR", "GRC")): ("1952-02-18", "1974-08-14", "defence_pact"),
    }
    assert events.standing.all()
    assert events.mutual.all()
    assert (report.rows("no obligation"), report.rows("no other member at the same time")) == (1, 1)
    assert report.adds_up


def test_records_that_two_files_have_in_common_are_looked_at_once(tmp_path):
    head = "mmeid,ex_name,s.year,s.month,s.day,e.year,e.month,e.day,statea,stateb"
    one, other = (
        "7,Cobra,1980,1,14,1980,1,21,United States,Netherlands",
        "8,Gold,1981,1,,1981,1,,USA,Thailand",
    )
    paths = [write(tmp_path / "a.csv", head, one), write(tmp_path / "b.csv", head, one, other)]
    events, report = read_exercises(paths)
    assert (len(events), report.rows("row that stands twice"), report.notes) == (2, 1, ())
    assert report.facts["unknown day of the start"] == (1, 2) and report.adds_up


def test_atop_alliances_name_their_members_and_no_dates_of_joining(tmp_path):
    head = "atopid,begyr,begmo,begday,endyr,endmo,endday,defense,offense,neutral,nonagg,consul,mem1,mem2,mem3"
    lines = ("1,1967,8,8,0,0,0,0,0,0,1,1,850,840,", "2,1951,8,30,1952,2,29,1,0,0,0,1,2,840,200")
    events, report = read_atop_events(write(tmp_path / "a.csv", head, *lines))
    assert sorted(rows(events, "source", "target", "date", "until", "kind")) == [
        ("GBR", "PHL", "1951-08-30", "1952-02-29", "defence_pact"),
        ("GBR", "USA", "1951-08-30", "1952-02-29", "defence_pact"),
        ("IDN", "PHL", "1967-08-08", "NaT", "non_aggression_pact"),
        ("PHL", "USA", "1951-08-30", "1952-02-29", "defence_pact"),
    ]
    assert report.rows("members of one alliance beyond the first") == 1 + 2 and report.adds_up
    assert "the alliance file tells no dates of joining: the member file does" in report.notes


def test_atop_sides_may_owe_differently_and_the_stronger_treaty_holds(tmp_path):
    path = write(
        tmp_path / "m.csv",
        M,
        "1,365,1921,2,26,0,0,0,1,0,0,1,0",  # owes defence ...
        "1,712,1921,2,26,0,0,0,0,0,0,1,0",  # ... and is owed non-aggression
        "2,365,1930,1,1,1940,12,31,0,0,0,0,1",
        "2,712,1930,1,1,1940,12,31,1,0,0,0,1",
    )
    columns = ("source", "target", "date", "until", "kind", "mutual")
    events, report = read_atop_events(path, recode={"365": "RUS"})
    assert rows(events, *columns) == [
        ("MNG", "RUS", "1921-02-26", "1929-12-31", "non_aggression_pact", False),
        ("MNG", "RUS", "1930-01-01", "1940-12-31", "defence_pact", False),
        ("MNG", "RUS", "1941-01-01", "NaT", "non_aggression_pact", False),
        ("RUS", "MNG", "1921-02-26", "NaT", "defence_pact", False),
    ]
    assert report.adds_up
    both, _ = read_atop_events(path, recode={"365": "RUS"}, overlap="sum")
    assert len(both) == 4


def test_a_treaty_goes_on_with_the_successor_of_a_state_and_ends_without_one(tmp_path):
    path = write(
        tmp_path / "m.csv",
        M,
        "1,365,1946,3,5,0,0,0,1,0,0,0,0",
        "1,712,1946,3,5,0,0,0,1,0,0,0,0",
        "2,290,1947,3,10,0,0,0,1,0,0,0,0",
        "2,315,1947,3,10,0,0,0,1,0,0,0,0",
    )
    events, report = read_atop_events(path)
    told = {frozenset(row[:2]): row[2:] for row in rows(events, "source", "target", "date", "until")}
    assert told == {
        frozenset(("SUN", "MNG")): ("1946-03-05", "1991-12-25"),
        frozenset(("RUS", "MNG")): ("1991-12-26", "NaT"),
        frozenset(("POL", "CSK")): ("1947-03-10", "1992-12-31"),
    }
    # of each side
    assert (report.rows("tie that a successor state carries on"), report.adds_up) == (2, True)
    throughout, _ = read_atop_events(path, dissolved="successor")
    assert ("1946-03-05", "NaT") in rows(throughout, "date", "until")


@pytest.mark.parametrize(("overlap", "standing"), [("strongest", 1), ("sum", 2)])
def test_two_numbers_of_one_state_are_no_two_allies(tmp_path, overlap, standing):
    """Both Germanies signed in 1975 and the treaty has no end for either; since 3 October 1990 they are one state."""
    members = [f"1,{state},1975,8,1,0,0,0,0,0,0,1,0" for state in (260, 265, 20)]
    more = [f"2,{state},1980,1,1,0,0,0,0,0,0,0,1" for state in (260, 20)]
    events, report = read_atop_events(write(tmp_path / "m.csv", M, *members, *more), overlap=overlap)
    of_canada = [row for row in rows(events, "source", "target", "date", "until") if "CAN" in row]
    assert sum("DEU" in row and row[3] == "NaT" for row in of_canada) == standing
    assert [row[2:] for row in of_canada if "DDR" in row] == [("1975-08-01", "1990-10-02")]
    assert report.adds_up


def test_an_alliance_whose_end_cannot_be_read_is_told_so(tmp_path):
    lines = [f"1,{state},1949,8,24,-9,0,0,1,0,0,0,0" for state in (2, 200)]
    with pytest.raises(FormatError, match=r"none of 2 rows can be used: unreadable date \(2; '1'\)"):
        read_atop_events(write(tmp_path / "m.csv", M, *lines))


def test_an_alliance_that_ends_before_its_file_has_an_end(tmp_path):
    """The file goes on to 2005, with rows that owe nothing."""
    head = "ccode1,ccode2,year,defense,offense,neutral,nonagg,consul"
    years = [
        f"{a},{b},{y},{int(y <= 2003)},0,0,0,0" for y in range(2000, 2006) for a, b in ((2, 840), (840, 2))
    ]
    events, _ = read_atop_events(write(tmp_path / "a.csv", head, *years))
    assert rows(events, "source", "target", "until") == [("PHL", "USA", "2003-12-31")]


def test_atop_dyad_years_become_spells(tmp_path):
    head = "ccode1,ccode2,year,atop_defense,atop_offense,atop_neutral,atop_nonagg,atop_consul"
    lines = [
        f"{a},{b},{year},1,0,0,0,0" for a, b in ((2, 840), (840, 2)) for year in (1952, 1953, 1955, 1956)
    ]
    events, report = read_atop_events(write(tmp_path / "d.csv", head, *lines))
    assert rows(events, "date", "until", "kind", "mutual") == [
        ("1952-01-01", "1953-12-31", "defence_pact", True),
        ("1955-01-01", "NaT", "defence_pact", True),  # the file ends, the treaty need not
    ]
    assert (report.rows("year that continues a spell"), report.adds_up) == (4, True)


# ---- trade ----------------------------------------------------------------------------------------
TRADE = (
    "reporter,partner,flow,month,usd_million",
    "USA,CHN,export,2014-01,30",
    "USA,CHN,export,2014-01,30",
    "USA,JPN,export,2014-01,60",
    "USA,WLD,export,2014-01,120",
    "CHN,USA,import,2014-01,33",
    "CHN,USA,export,2014-01,90",
    "USA,CHN,export,2014-02,",
    "USA,CHN,export,2014-13,1",
    "USA,CHN,export,2014-03,0",
)


def test_trade_shares_are_of_the_reporters_whole(tmp_path):
    events, report = read_imf_trade(write(tmp_path / "a.csv", *TRADE))
    assert rows(events, "source", "target", "date", "weight") == [
        ("CHN", "USA", "2014-01-01", 100 * 90 / 90),  # no row for the world: of the partners named
        ("USA", "CHN", "2014-01-01", 100 * 30 / 120),
        ("USA", "JPN", "2014-01-01", 100 * 60 / 120),
    ]
    assert set(events.precision) == {1}
    assert {step.reason: step.rows for step in report.steps} == {
        "unreadable date": 1,
        "no export": 1,
        "no figure": 1,
        "row that stands twice": 1,
        "total for the world": 1,
        "no flow (0)": 1,
    }
    assert (report.read, report.adds_up) == (9, True)
    assert report.notes == (
        "where the file has no figure for the world, shares are of the partners it names",
    )


def test_trade_both_reports_prefer_the_exporter(tmp_path):
    path = write(tmp_path / "a.csv", *TRADE)
    events, report = read_imf_trade(path, flow="both", weight="value", value=2)
    assert ("USA", "CHN", 30.0) in rows(events, "source", "target", "weight")
    assert report.rows("importer's report of a flow its exporter reports") == 1
    assert set(events.value) == {2.0}
    only, _ = read_imf_trade(path, flow="import", weight="value")
    assert rows(only, "source", "target", "weight") == [("USA", "CHN", 33.0)]


def test_one_flow_under_two_names_of_a_state_is_one_flow(tmp_path):
    """Two downloads with Turkey renamed between them; and a partner's report under its shorter name."""
    head = "reporter,partner,flow,period,usd_million"
    old = write(tmp_path / "2020.csv", head, "Turkey,Cambodia,export,2019,10", "Turkey,World,export,2019,40")
    new = write(tmp_path / "2024.csv", head, *(f'"Türkiye, Rep of",{to},export,2019.0,{usd}'
                                               for to, usd in (("Cambodia", 10), ("World", 40))))  # fmt: skip
    events, report = read_imf_trade([old, new])
    assert rows(events, "source", "target", "weight") == [("TUR", "KHM", 25.0)]
    assert (report.rows("row that stands twice"), report.adds_up) == (1, True)
    both = write(tmp_path / "both.csv", head, 'Cambodia,"China, P.R.: Mainland",export,2019,10',
                 "China,Cambodia,import,2019,11")  # fmt: skip
    events, report = read_imf_trade(both, flow="both", weight="value")
    assert rows(events, "source", "target", "weight") == [("KHM", "CHN", 10.0)]
    assert report.rows("importer's report of a flow its exporter reports") == 1


def test_shares_of_a_whole_that_two_names_tell(tmp_path):
    head = "reporter,partner,flow,period,usd_million"
    old = write(tmp_path / "a.csv", head, "Turkey,China,export,2019,100", "Turkey,Japan,export,2019,50")
    new = write(tmp_path / "b.csv", head, 'Türkiye,"China, P.R.: Mainland",export,2019,100',
                "Türkiye,Laos,export,2019,50")  # fmt: skip
    events, report = read_imf_trade([old, new])
    assert rows(events, "target", "weight") == [("CHN", 50.0), ("JPN", 25.0), ("LAO", 25.0)]
    assert report.rows("row that stands twice") == 1
    whole = write(tmp_path / "c.csv", head, "Turkey,World,export,2019,400", "Türkiye,China,export,2019,100")
    assert rows(read_imf_trade(whole)[0], "target", "weight") == [("CHN", 25.0)]
    joined = write(tmp_path / "d.csv", head, "China,Japan,export,2019,90", "Hong Kong,Japan,export,2019,90")
    events, _ = read_imf_trade(joined, weight="value", recode={"Hong Kong": "CHN"})
    assert events.weight.tolist() == [90.0, 90.0]  # two flows that were brought together


@pytest.mark.parametrize("world", ["world", "TOTAL", "All countries"])
def test_groups_of_partners_are_no_part_of_the_whole(world, tmp_path):
    """Of partners and of the groups they are in, a whole had been summed that held some twice."""
    head = "reporter,partner,flow,period,usd_million"
    told = [
        ("China", 100),
        ("Advanced Economies", 300),
        ("European Union", 200),
        ("Belgium-Luxembourg", 60),
        ('"Areas, nes"', 40),
    ]
    lines = [f"USA,{partner},export,2019,{usd}" for partner, usd in told]
    events, report = read_imf_trade(write(tmp_path / "a.csv", head, *lines))
    assert rows(events, "target", "weight") == [("CHN", 100 * 100 / (100 + 60 + 40))]
    assert report.adds_up
    stated, _ = read_imf_trade(write(tmp_path / "b.csv", head, *lines, f"USA,{world},export,2019,400"))
    assert rows(stated, "target", "weight") == [("CHN", 100 * 100 / 400)]
    numbered = write(tmp_path / "c.csv", head, "842,156,export,2019,100", "842,0,export,2019,400")
    assert read_imf_trade(numbered, system="iso_numeric")[0].weight.tolist() == [25.0]


def test_a_revised_figure_is_taken_from_neither_file_and_no_share_is_made_of_what_is_left(tmp_path):
    head = "reporter,partner,flow,period,usd_million"
    old = write(tmp_path / "a.csv", head, "USA,China,export,2019,100", "USA,Japan,export,2019,50")
    new = write(tmp_path / "b.csv", head, 'USA,"China, P.R.: Mainland",export,2019,110',
                "USA,Japan,export,2019,50", "USA,Japan,export,2020,60")  # fmt: skip
    events, report = read_imf_trade([old, new], weight="value")
    assert rows(events, "target", "date", "weight") == [
        ("JPN", "2019-01-01", 50.0),
        ("JPN", "2020-01-01", 60.0),
    ]
    assert report.rows("two figures for one flow and period") == 2
    way_out = "of two figures for one thing neither is taken: keep one of the rows, or read the newer of two files alone"
    assert way_out in report.notes
    events, report = read_imf_trade([old, new])
    assert rows(events, "target", "date", "weight") == [("JPN", "2020-01-01", 100.0)]
    assert report.rows("share of a whole of which a figure is refused") == 1 and report.adds_up
    totals = [write(tmp_path / f"{usd}.csv", head, f"USA,World,export,2019,{usd}") for usd in (300, 330)]
    with pytest.raises(
        FormatError, match="refused .2; '100'.*Of two figures for one thing neither is taken: keep"
    ):
        read_imf_trade([old, *totals])
    stated, _ = read_imf_trade([old, new, totals[0]])
    assert rows(stated, "target", "weight")[0] == ("JPN", 100 * 50 / 300)


def test_a_state_that_was_renamed_does_not_lose_its_flow_to_a_zero(tmp_path):
    path = write(tmp_path / "a.csv", "reporter,partner,flow,period,usd_million", "USA,Burma,export,2019,0",
                 "USA,Myanmar,export,2019,7")  # fmt: skip
    events, report = read_imf_trade(path, weight="value")
    assert rows(events, "target", "weight") == [("MMR", 7.0)] and report.rows("no flow (0)") == 1


def test_trade_wide_tables_read_as_long_ones(tmp_path):
    path = write(
        tmp_path / "w.csv",
        "Country Name,Counterpart Country Name,Indicator Name,2014M01,2014M02",
        'United States,"China, P.R.: Mainland","Goods, Value of Exports, Free on board (FOB)",30,31',
    )
    events, report = read_imf_trade(path, weight="value")
    assert rows(events, "source", "target", "date", "weight") == [
        ("USA", "CHN", "2014-01-01", 30.0),
        ("USA", "CHN", "2014-02-01", 31.0),
    ]
    assert (report.read, report.rows("periods of a wide table beyond the first")) == (1, 1)
    with pytest.raises(FormatError, match="is no trade table: it has no column 'partner' or"):
        read_imf_trade(write(tmp_path / "x.csv", "reporter,flow,month", "USA,export,2014-01"))
    with pytest.raises(OptionError, match=r"value is -1; it must lie in \(0"):
        read_imf_trade(path, value=-1)


# ---- agreements, exercises, disputes --------------------------------------------------------------
DESTA = "number,base_treaty,name,entry_type,year,entryforceyear,typememb,member_iso_numeric"


def test_desta_binds_a_third_country_with_a_bloc_but_not_the_bloc_with_itself(tmp_path):
    path = write(
        tmp_path / "d.csv",
        DESTA,
        "1,1,Albania EC SAA,base_treaty,2006,2009,3,8 56 276",
        "1+1,1,Albania EC Croatia accession,accession,2013,,6,8 56 276 191",
        "2,2,ASEAN,base_treaty,1992,1993,2,360 458 608",
        "2_1,2,ASEAN withdrawal Philippines,withdrawal,2000,,7,360 458 608",
        "3,3,Bloc Bloc,base_treaty,1990,1990,4,8 56 276",
        "4,4,Korea talks,negotiation,1990,,1,410 392",
        "5,5,Japan Korea,base_treaty,1990,,1,410 392",
    )
    events, report = read_desta(path)
    told = {frozenset(row[:2]): row[2:] for row in rows(events, "source", "target", "date", "until")}
    assert told == {
        frozenset(("ALB", "BEL")): ("2009-01-01", "NaT"),
        frozenset(("ALB", "DEU")): ("2009-01-01", "NaT"),
        frozenset(("ALB", "HRV")): ("2013-01-01", "NaT"),
        frozenset(("IDN", "MYS")): ("1993-01-01", "NaT"),
        frozenset(("IDN", "PHL")): ("1993-01-01", "2000-01-01"),
        frozenset(("MYS", "PHL")): ("1993-01-01", "2000-01-01"),
    }
    assert events.mutual.all()
    assert events.standing.all()
    assert report.rows("sides of the treaty cannot be told apart") == 1
    assert report.rows("not in force, or no year given") == 1
    assert report.adds_up
    assert len(read_desta(path, start="signature")[0]) == 7


def test_a_year_that_cannot_be_read_is_refused_and_not_taken_for_none(tmp_path):
    lines = DESTA, '1,1,a,base_treaty,2006,"2,009",1,8 100', "2,2,b,base_treaty,2006,NA,1,8 100"
    kept = "3,3,c,base_treaty,2006,2009,1,8 100"
    events, report = read_desta(write(tmp_path / "d.csv", *lines, kept))
    assert len(events) == 1 and report.adds_up
    assert report.rows("unreadable number in 'entryforceyear'") == 1
    assert report.rows("not in force, or no year given") == 1
    with pytest.raises(FormatError, match=r"none of 2 rows can be used: unreadable number .*'2,009'"):
        read_desta(write(tmp_path / "d.csv", *lines))


def test_exercises_join_every_pair_while_they_last(tmp_path):
    path = write(
        tmp_path / "e.csv",
        "MMEID,Ex_Name,s.year,s.month,s.day,e.year,e.month,e.day,StateA,StateB,StateC",
        "m1,One,1980,1,14,1980,1,21,Netherlands,United States,German Democratic Republic",
        'm2,"Two, again",1981,2,xx,1981,2,xx,Egypt,United States,-9',
        "m3,Three,1981,2,3,1981,2,4,Egypt,-9,",
    )
    events, report = read_exercises(path)
    assert sorted(events.actors) == ["DDR", "EGY", "NLD", "USA"]
    frame = events.to_frame()
    assert frame["weight"].tolist() == [1 / (3 - 1)] * 3 + [1.0]
    assert frame["until"].astype(str).tolist() == ["1980-01-21"] * 3 + ["1981-02-28"]
    assert frame["date_precision"].tolist() == ["day"] * 3 + ["month"]
    assert report.rows("fewer than two members in exercise") == 1
    assert report.adds_up


def test_columns_of_day_and_month_that_have_changed_places_are_told(tmp_path):
    head = "s.year,s.month,s.day,e.year,e.month,e.day,StateA,StateB"
    rows_of = ["1980,14,1,1980,21,1,Egypt,Japan", "1981,2,3,1981,2,4,Egypt,Japan"]
    with pytest.raises(
        FormatError, match="a date has the month 14, and none a day above 12: the columns of the day"
    ):
        read_exercises(write(tmp_path / "a.csv", head, *rows_of))
    one_slip = write(tmp_path / "b.csv", head, *rows_of, "1981,2,23,1981,2,24,Egypt,Japan")
    assert set(read_exercises(one_slip)[0].precision.tolist()) == {0, 2}


def test_a_state_under_two_names_takes_part_in_an_exercise_once(tmp_path):
    head = "s.year,s.month,s.day,e.year,e.month,e.day,StateA,StateB,StateC,StateD"
    path = write(
        tmp_path / "e.csv", head, "1980,1,14,1980,1,21,South Korea,United States,Republic of Korea,Japan"
    )
    events, _ = read_exercises(path)
    assert rows(events, "source", "target", "weight") == [
        ("KOR", "JPN", 0.5), ("KOR", "USA", 0.5), ("USA", "JPN", 0.5)
    ]  # fmt: skip
    joined, _ = read_exercises(path, recode={"Japan": "USA"})
    assert rows(joined, "source", "target", "weight") == [("KOR", "USA", 1.0)]
    without, report = read_exercises(path, recode={"Japan": ""})
    assert rows(without, "source", "target", "weight") == [("KOR", "USA", 1.0)] and report.adds_up


@pytest.mark.parametrize("other", ["036", "36.0"])
def test_a_treaty_joins_two_states_once_however_their_numbers_are_written(other, tmp_path):
    head = "number,base_treaty,name,entry_type,year,entryforceyear,typememb"
    pairs = [write(tmp_path / f"{at}.csv", head + ",iso1,iso2", f"1,1,A and B,base_treaty,2000,2001,1,{code},156")
             for at, code in enumerate(("36", other))]  # fmt: skip
    events, _ = read_desta(pairs)
    assert [set(two) for two in rows(events, "source", "target")] == [{"AUS", "CHN"}]
    left = write(
        tmp_path / "c.csv",
        head + ",c1,c2,c3",
        f"1,1,One,base_treaty,2000,2001,2,{other},156,280",
        f"2,1,Withdrawal of Australia,withdrawal,2010,,1,{other},,",
        "3,3,Two,base_treaty,1985,1986,2,276,280,156",
    )
    events, _ = read_desta(left)
    ended = sorted(events.to_frame()["until"].dt.strftime("%Y").dropna())
    assert (
        ended == ["2010", "2010"] and len(events) == 4
    )  # with China and Germany, which stay bound to each other


def test_disputes_post_what_a_side_did(tmp_path):
    path = write(
        tmp_path / "d.csv",
        "ccode1,ccode2,year,hostlev1,stmon,midonset,dispnum",
        "2.0,365.0,1962.0,3.0,10.0,1.0,61.0",
        "365.0,2.0,1962.0,4.0,10.0,1.0,61.0",
        "365.0,2.0,1963.0,5.0,10.0,0.0,61.0",
        "2.0,365.0,1963.0,1.0,10.0,0.0,61.0",
    )
    events, report = read_disputes(path)
    assert rows(events, "source", "target", "date", "date_precision", "kind") == [
        ("SUN", "USA", "1962-10-01", "month", "use_of_force"),
        ("SUN", "USA", "1963-01-01", "year", "war"),
        ("USA", "SUN", "1962-10-01", "month", "mobilisation"),
    ]
    assert not events.standing.any()  # a year of war ends with its year
    assert (events.value < 0).all()
    assert report.rows("no act of this level by this side") == 1
    with pytest.raises(OptionError, match="kinds names the level 7"):
        read_disputes(path, kinds={7: "war"})
    with pytest.raises(UnknownLabelError, match=r"unknown kind 'wars'"):
        read_disputes(path, kinds={5: "wars"})


# ---- the real files -------------------------------------------------------------------------------
@pytest.mark.slow
@needs_shared
def test_sipri_real_register_has_the_measured_shares():
    events, report = read_sipri(OTHER / "sipri_trade_register_raw_preamble_latin1.csv")
    assert (report.read, report.adds_up) == (29058, True)
    assert report.rows("second line of a broken record") == 2
    assert round(report.share("several years of delivery"), 2) == 0.45
    assert round(report.share("order year uncertain"), 2) == 0.53
    volume = pd.Series(events.weight).groupby(np.array(events.actors)[events.source]).sum()
    assert volume.nlargest(3).index.tolist() == ["USA", "SUN", "RUS"]


@pytest.mark.slow
@needs_shared
def test_atop_member_and_dyad_year_files_tell_the_same_ties():
    m, report = read_atop_events(OTHER / "atop5_1m.csv")
    d, other = read_atop_events(OTHER / "atop51_directed_dyadyear.parquet")
    _, third = read_atop_events(OTHER / "atop5_1a.csv")
    assert (report.read, other.read, third.read) == (2510, 273296, 789)
    assert report.adds_up
    assert other.adds_up
    assert third.adds_up

    def in_force(events, day):
        when = np.datetime64(day).astype(int)
        on = (events.day <= when) & ((events.until == NO_DAY) | (events.until >= when))
        names = np.array(events.actors)
        pairs = zip(names[events.source[on]], names[events.target[on]], events.mutual[on], strict=True)
        return {pair for x, y, both in pairs for pair in ((x, y), (y, x))[: 1 + both]}

    for day in ("1955-07-01", "1970-07-01", "2010-07-01"):
        one, two = in_force(m, day), in_force(d, day)
        # the year file counts a tie in every year it held for a day, so it has a few more and none less
        assert one - two == set(), day
        assert len(two - one) / len(two) < 0.04, day


@needs_shared
@pytest.mark.parametrize(
    ("read", "name", "count"),
    [
        (read_imf_trade, "imf_dots_asean_us_china_monthly.csv", 56259),
        (read_desta, "desta_trade_agreements.csv", 1217),
        (read_exercises, "mme_v7_exercises_wide.csv", 3707),
        (read_disputes, "gml_mid_directed_dispute_year.csv", 10276),
    ],
)
def test_other_real_files_are_accounted_for(read, name, count):
    events, report = read(OTHER / name)
    assert (report.read, report.adds_up) == (count, True)
    assert report.rows("unknown actor") == 0
    assert len(events) > 8000
    if read is read_exercises:
        assert round(report.share("unknown day of the start"), 2) == 0.22
    if read is read_imf_trade:  # no reporter's shares exceed the whole
        sums = pd.Series(events.weight).groupby([events.source, events.day]).sum()
        assert sums.max() < 100.5
