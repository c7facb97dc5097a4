"""The layouts in which sources hand out their files today, and columns that prove a whole file wrong."""

import bz2
import json
import lzma

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.data import shipped
from alignscore.errors import FormatError, OptionError


def put(path, *lines, code="utf-8"):
    path.write_bytes(("\n".join(lines) + "\n").encode(code))
    return path


def rows(events, *columns):
    frame = events.to_frame()
    frame["date"] = frame["date"].dt.strftime("%Y-%m-%d")
    return sorted(map(tuple, frame[list(columns)].to_numpy().tolist()))


# ---- SIPRI --------------------------------------------------------------------------------------------
BY_DEAL = (
    "Transfers of major conventional arms from All countries to All countries.",
    "Source: SIPRI Arms Transfers Database",
    "SIPRI AT Database ID,Supplier,Recipient,Designation,Description,Armament category,Order date,"
    "Order date is estimate,Numbers delivered,Numbers delivered is estimate,Delivery year,"
    "Delivery year is estimate,Status,SIPRI estimate,TIV deal unit,TIV delivery values,Local production",
    "1,China,Cambodia,Z-9,helicopter,Aircraft,2011,No,12,No,2013,No,New,3,3,36,No",
    "1,China,Cambodia,Z-9,helicopter,Aircraft,2011,No,2,No,2014,No,New,3,3,6,No",
    "2,China,Cambodia,KS-1,SAM,Air defence,2020,Yes,4,Yes,2022,Yes,New,1.5,1.5,0.24,No",
    "3,Soviet Union,unknown recipient(s),T-54,tank,Armour,1960,No,1,No,1961,No,New,1,1,1,No",
)
HEADED = 3  # lines down to the header


def test_a_state_that_was_renamed_between_two_downloads_of_arms(tmp_path):
    head = "SIPRI AT Database ID,Supplier,Recipient,Order date,Delivery year,TIV delivery values"
    old = put(tmp_path / "a.csv", head, "1,Turkey,Pakistan,2012,2013,7.5")
    new = put(tmp_path / "b.csv", head, "1,Turkiye,Pakistan,2012,2013,7.5", "1,Turkiye,Pakistan,2012,2014,1")
    assert al.read_sipri([old, new])[0].weight.tolist() == [7.5, 1.0]
    assert al.read_sipri([old, new], date="order")[0].weight.tolist() == [7.5 + 1.0]
    (tmp_path / "later").mkdir()
    pairs = [
        put(tmp_path / name, "supplier,recipient,year,value", *told)
        for name, told in (
            ("c.csv", ["Turkey,Pakistan,2013,7.5"]),
            ("d.csv", ["Turkiye,Pakistan,2013,7.5", "Turkiye,Pakistan,2014,2"]),
            ("later/c.csv", ["Turkey,Pakistan,2013,8.5", "Turkey,Pakistan,2014,2"]),
        )
    ]
    assert al.read_sipri(pairs[:2])[0].weight.tolist() == [7.5, 2.0]
    events, report = al.read_sipri([pairs[0], pairs[2]])
    assert events.weight.tolist() == [2.0]
    assert report.rows("two files tell two volumes of one pair and year") == 2 and report.adds_up
    with pytest.raises(
        FormatError, match=r"'Pakistan'\)\. Of two figures for one thing neither is taken: keep one"
    ):
        al.read_sipri(
            [pairs[0], put(tmp_path / "e.csv", "supplier,recipient,year,value", "Turkey,Pakistan,2013,9")]
        )


def test_one_delivery_in_two_layouts_of_arms_does_not_count_twice(tmp_path):
    by_deal = put(
        tmp_path / "a.csv",
        "SIPRI AT Database ID,Supplier,Recipient,Order date,Delivery year,TIV delivery values",
        "1,Turkey,Pakistan,2012,2013,7.5",
    )
    head = "supplier,recipient,year,value"
    volumes = put(tmp_path / "b.csv", head, "Turkiye,Pakistan,2013,8", "Turkiye,Pakistan,2014,1")
    told = r"two layouts \(a row a deal and year and a table of volumes\) tell of deliveries of Turkey to Pakistan in 2013"
    with pytest.raises(FormatError, match=told):
        al.read_sipri([by_deal, volumes])
    later = put(tmp_path / "c.csv", head, "Turkey,Pakistan,2014,1", "Turkey,Pakistan,2013,")
    assert al.read_sipri([by_deal, later])[0].weight.tolist() == [7.5, 1.0]


def test_a_record_of_finance_that_two_files_tell_apart(tmp_path):
    head = "AidData Record ID,Recipient,Commitment Year,Flow Type,Flow Class,Amount (Constant USD 2021)"
    old = put(
        tmp_path / "a.csv", head, "7,Turkey,2015,Loan,OOF-like,3000000", "8,Laos,2015,Loan,OOF-like,1000000"
    )
    new = put(
        tmp_path / "b.csv", head, "7,Turkiye,2015,Loan,OOF-like,3000000", "8,Laos,2015,Loan,OOF-like,1000001"
    )
    events, report = al.read_aiddata([old, new], weight="value")
    assert rows(events, "target", "weight") == [("TUR", 3.0)]
    assert report.rows("two rows tell two figures of one record") == 2 and report.adds_up
    assert any(note.startswith("of two figures for one thing neither is taken") for note in report.notes)


@pytest.mark.parametrize("end", ["", ";;;;"])
def test_sipri_with_a_row_a_deal_and_year(tmp_path, end):
    path = put(tmp_path / "a.csv", *(line + end for line in BY_DEAL), code="utf-8-sig")
    events, report = al.read_sipri(path)
    assert rows(events, "source", "target", "date", "weight") == [
        ("CHN", "KHM", "2013-01-01", 36.0), ("CHN", "KHM", "2014-01-01", 6.0), ("CHN", "KHM", "2022-01-01", 0.24),
    ]  # fmt: skip
    assert (report.read, report.kept, report.rows("unknown party"), report.adds_up) == (4, 3, 1, True)
    assert report.facts["order year uncertain"] == (1, 4)
    both, twice = al.read_sipri([path, put(tmp_path / "b.csv", *BY_DEAL)])
    assert (both.weight.sum(), twice.rows("row that stands twice"), twice.adds_up) == (
        events.weight.sum(),
        3,
        True,
    )
    revised = put(tmp_path / "c.csv", *BY_DEAL[:HEADED], BY_DEAL[HEADED].replace(",36,", ",37,"))
    rest, account = al.read_sipri([path, revised])
    assert rest.weight.tolist() == events.weight.tolist()[1:]
    assert account.rows("two files tell two volumes of one deal and year") == 2 and account.adds_up
    ordered, account = al.read_sipri(path, date="order")
    assert rows(ordered, "date", "weight") == [("2011-01-01", 36.0 + 6.0), ("2020-01-01", 0.24)]
    assert (account.rows("further delivery of one deal"), account.adds_up) == (1, True)
    # deliveries of one deal in downloads of 2013 to 2014 and of 2014 to 2022
    later = put(tmp_path / "later.csv", *BY_DEAL[:HEADED], *BY_DEAL[HEADED + 1 :])
    assert not any("of two figures" in note for note in al.read_sipri([path, later])[1].notes)
    parts, account = al.read_sipri([path, later], date="order")
    assert rows(parts, "date", "weight") == rows(ordered, "date", "weight")
    assert account.adds_up


def test_sipri_tables_of_volumes(tmp_path):
    path = put(
        tmp_path / "tiv.csv", '"TIV of arms exports from China, 2013-2014"', "Figures are TIVs in millions.", "",
        ",2013,2014,Total", "Cambodia,36,6,42", "Viet Nam,,0,0", "Total,36,6,42",
    )  # fmt: skip
    events, report = al.read_sipri(path)
    assert rows(events, "source", "target", "date", "weight") == [
        ("CHN", "KHM", "2013-01-01", 36.0), ("CHN", "KHM", "2014-01-01", 6.0),
        ("CHN", "VNM", "2014-01-01", 0.25),  # a printed 0 is some volume
    ]  # fmt: skip
    assert (report.read, report.adds_up) == (3, True)
    bought = put(
        tmp_path / "imports.csv", '"TIV of arms imports to Cambodia, 2013-2014"', "", ",2013,2014,Total",
        "China,36,6,42", "Ukraine,5,,5",
    )  # fmt: skip
    both, account = al.read_sipri([path, bought])  # one volume in the tables of seller and buyer
    assert rows(both, "source", "date", "weight")[:2] == [
        ("CHN", "2013-01-01", 36.0),
        ("CHN", "2014-01-01", 0.25),
    ]
    assert (both.weight.sum(), account.rows("row that stands twice")) == (events.weight.sum() + 5, 2)
    long = put(tmp_path / "long.csv", "supplier,recipient,year,value", "China,Cambodia,2013,36")
    assert rows(al.read_sipri(long)[0], "source", "target", "weight") == [("CHN", "KHM", 36.0)]
    with pytest.raises(FormatError, match="is a table of volumes delivered, which tells no orders"):
        al.read_sipri(long, date="order")


# ---- votes --------------------------------------------------------------------------------------------
def test_votes_of_the_un_digital_library(tmp_path):
    path = put(
        tmp_path / "votes.csv", "undl_id,ms_code,ms_name,ms_vote,date,session,resolution",
        "5,USA,UNITED STATES,N,2023-11-01,78,A/RES/78/1", "5,KHM,CAMBODIA,A,2023-11-01,78,A/RES/78/1",
        "5,VNM,VIET NAM,X,2023-11-01,78,A/RES/78/1", "6,USA,UNITED STATES,Y,2023-06-01,ES-11,A/RES/ES-11/6",
        "7,USA,UNITED STATES,Y,2023-10-27,ES-10,A/RES/ES-10/21",
    )  # fmt: skip
    votes, report = al.read_un_votes(path, columns=["resolution"])
    assert votes.iloc[:, :4].to_numpy().tolist() == [
        ["USA", 78, 5, 3], ["KHM", 78, 5, 2], ["USA", 77, 6, 1], ["USA", 78, 7, 1],
    ]  # fmt: skip
    assert (report.read, report.kept, report.rows("absent"), report.adds_up) == (5, 4, 1, True)
    assert report.refused["actor"].tolist() == ["VIET NAM"]
    assert al.read_un_votes(path, actors="cow")[0]["actor"].tolist() == [
        2,
        811,
        2,
        2,
    ]  # by number, from their names


def test_votes_with_alpha_3_in_country_and_those_of_the_correlates_of_war(tmp_path):
    head = "rcid,Country,vote,session"
    votes, _ = al.read_un_votes(put(tmp_path / "a.csv", head, "1,USA,1,70", "1,CHE,3,70"))
    assert votes["actor"].tolist() == ["USA", "CHE"]
    names, _ = al.read_un_votes(put(tmp_path / "b.csv", head, "1,United States,1,70", "1,Viet Nam,3,70"))
    assert names["actor"].tolist() == ["USA", "VNM"]
    with pytest.raises(
        FormatError, match=r"column 'Country' holds abbreviations of the Correlates of War \(UKG\)"
    ):
        al.read_un_votes(put(tmp_path / "c.csv", head, "1,UKG,1,70", "1,SWZ,3,70"))
    with pytest.raises(FormatError, match=r"none of 2 rows can be used: unknown state \(2.*'Atlantis' \(2\)"):
        al.read_un_votes(put(tmp_path / "d.csv", head, "1,Atlantis,1,70", "2,Atlantis,3,70"))


# ---- trade --------------------------------------------------------------------------------------------
def bulk(tmp_path, *lines):
    head = "Country Name,Country Code,Indicator Name,Counterpart Country Name,Attribute,"
    return put(tmp_path / "bulk.csv", head + lines[0], *lines[1:])


def test_a_year_is_not_added_to_its_own_months(tmp_path):
    flow = '"United States",111,"Goods, Value of Exports, FOB, US Dollars",Cambodia,'
    some = bulk(tmp_path, "2019,2019Q1,2019M1,2019M2", flow + "Value,500,85,40,45", flow + "Status,,,,E")
    events, report = al.read_imf_trade(some, weight="value")
    assert rows(events, "date", "date_precision", "weight") == [("2019-01-01", "year", 500.0)]
    assert report.rows("figure of a flow and year kept at another frequency") == 3
    assert report.rows("attribute of a figure, no figure") == 1
    assert (report.read, report.kept, report.adds_up) == (2, 1, True)
    months = ",".join(f"2019M{month}" for month in range(1, 13))
    whole = bulk(tmp_path, f"2019,2018Q4,{months}", flow + "Value,78,7," + ",".join(map(str, range(1, 13))))
    events, report = al.read_imf_trade(whole, weight="value")
    assert events.weight.sum() == sum(range(1, 13))
    assert report.rows("quarter without its year or months") == 1
    yearly, _ = al.read_imf_trade(whole, weight="value", frequency="year")
    assert yearly.weight.tolist() == [78.0]
    long = put(
        tmp_path / "l.csv", "reporter,partner,flow,period,value", "USA,KHM,Exports,2019,500", "USA,KHM,Exports,2019M01,40",
        "USA,KHM,Exports,2020M01,7",
    )  # fmt: skip
    events, _ = al.read_imf_trade(long, weight="value")
    assert rows(events, "date", "weight") == [("2019-01-01", 500.0), ("2020-01-01", 7.0)]


def test_other_asia_of_comtrade_is_taiwan(tmp_path):
    """By code, name and number alike; also beside codes of areas that are no states."""
    head = "reporterISO,partnerISO,flowDesc,period,primaryValue"
    for more in ([], ["USA,E19,Export,2019,7"]):
        path = put(tmp_path / "c.csv", head, "USA,S19,Export,2019,3", "USA,CHN,Export,2019,5", *more)
        events, _ = al.read_imf_trade(path, weight="value")
        assert rows(events, "target", "weight") == [("CHN", 5.0), ("TWN", 3.0)]
    assert al.iso3(["490"], system="iso_numeric")["actor"].tolist() == ["TWN"]


def test_trade_by_sdmx(tmp_path):
    path = put(
        tmp_path / "imts.csv",
        "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE",
        "IMTS,USA,XG_FOB_USD,CHN,M,2024-M01,12,6", "IMTS,USA,XG_FOB_USD,KHM,M,2024-M01,36000000,0",
        "IMTS,USA,XG_FOB_USD,G001,M,2024-M01,120,6", "IMTS,USA,XG_FOB_USD,G110,M,2024-M01,80,6",
        "IMTS,USA,XG_FOB_USD,_X,M,2024-M01,1,6", "IMTS,USA,MG_CIF_USD,CHN,M,2024-M01,50,6",
        "IMTS,USA,MG_FOB_USD,CHN,M,2024-M01,45,6", "IMTS,USA,TBG_USD,CHN,M,2024-M01,-33,6",
    )  # fmt: skip
    events, report = al.read_imf_trade(path)
    assert rows(events, "source", "target", "weight") == [("USA", "CHN", 10.0), ("USA", "KHM", 30.0)]
    assert (report.rows("group, not a state"), report.rows("total for the world"), report.adds_up) == (
        2,
        1,
        True,
    )
    bought, account = al.read_imf_trade(path, flow="import", weight="value")
    assert rows(bought, "source", "target", "weight") == [("CHN", "USA", 50.0)]
    assert account.rows("second valuation of one flow") == 1


def test_two_figures_for_one_flow_are_refused_and_unknown_names_listed(tmp_path):
    head = "reporter,partner,flow,period,value"
    path = put(
        tmp_path / "a.csv", head, "USA,CHN,export,2019,5", "USA,CHN,export,2019,6", "USA,JPN,export,2019,6"
    )
    events, report = al.read_imf_trade(path, weight="value")
    assert len(events) == 1
    assert report.rows("two figures for one flow and period") == 2
    named = ["Freedonia,China,export,2019,5", "Sylvania,China,export,2019,6", "Japan,China,export,2019,6"]
    _, report = al.read_imf_trade(put(tmp_path / "b.csv", head, *named, named[0].replace("2019", "2018")))
    assert dict(report.unknown) == {"Freedonia": 2, "Sylvania": 1}
    assert "unknown actors: 'Freedonia' 2, 'Sylvania' 1" in repr(report)
    with pytest.raises(
        FormatError, match=r"none of 2 rows can be used: unknown actor \(2.*'Sylvania' \(1\); recode="
    ):
        al.read_imf_trade(put(tmp_path / "c.csv", head, *named[:2]))


# ---- agreements, disputes, alliances --------------------------------------------------------------------
def test_the_official_lists_of_trade_agreements(tmp_path):
    head = "number,base_treaty,name,entry_type,consolidated,year,entryforceyear,language,typememb"
    one = "9,9,Cambodia China Lao,base_treaty,0,2020,2022,English,2"
    columns = put(tmp_path / "list.csv", head + ",c1,c2,c3,c4,c5", one + ",116.0,156,418,,NA")
    ties = [("CHN", "LAO", "2022-01-01"), ("KHM", "CHN", "2022-01-01"), ("KHM", "LAO", "2022-01-01")]
    events, report = al.read_desta(columns)
    assert rows(events, "source", "target", "date") == ties
    assert (report.read, report.kept, report.total("left out"), report.adds_up) == (1, 3, 0, True)
    pairs = [("Cambodia", "China", 116, 156), ("Cambodia", "Lao", 116, 418), ("China", "Lao", 156, 418)]
    dyads = put(
        tmp_path / "dyads.csv", "country1,country2,iso1,iso2," + head,
        *(f"{a},{b},{i},{j},{one}" for a, b, i, j in pairs), f"C\xf4te,x,384,,{one}", code="latin-1",
    )  # fmt: skip
    events, report = al.read_desta(dyads)
    assert rows(events, "source", "target", "date") == ties
    assert (report.read, report.kept, report.rows("no two codes in the row"), report.adds_up) == (
        4,
        3,
        1,
        True,
    )


def test_disputes_of_the_correlates_of_war_tell_both_sides(tmp_path):
    head = "disno,dyindex,statea,namea,stateb,nameb,strtday,strtmnth,strtyr,year,hihosta,hihostb"
    path = put(
        tmp_path / "a.csv",
        head,
        "61,1,2,USA,365,RUS,14,10,1962,1962,3,4",
        "61,1,2,USA,365,RUS,14,10,1962,1963,1,2",
    )
    events, report = al.read_disputes(path)
    assert rows(events, "source", "target", "date", "kind") == [
        ("SUN", "USA", "1962-10-01", "use_of_force"), ("SUN", "USA", "1963-01-01", "military_threat"),
        ("USA", "SUN", "1962-10-01", "mobilisation"),
    ]  # fmt: skip
    assert (report.rows("second side of a pair that stands one way"), report.adds_up) == (2, True)
    directed = put(
        tmp_path / "b.csv", "ccode1,ccode2,year,hostlev1,hostlev2", "2,365,1962,3,4", "365,2,1962,4,3"
    )
    assert len(al.read_disputes(directed)[0]) == 2
    _, report = al.read_disputes(put(tmp_path / "c.csv", "ccode1,ccode2,year,hostlev1", "2,365,1962,3"))
    assert "no level of the second side" in report.notes[0]


@pytest.mark.parametrize("both", [0, 1, 2, 7])
def test_pairs_that_stand_one_way_are_refused_or_bind_both(tmp_path, both):
    others = (20, 200, 205, 210, 211, 212, 220, 740)
    pairs = [(2, x) for x in others] + [(x, 2) for x in others[:both]]
    head = "ccode1,ccode2,year,defense,offense,neutral,nonagg,consul"
    path = put(tmp_path / "a.csv", head, *(f"{a},{b},2000,1,0,0,0,0" for a, b in pairs))
    for read in (al.read_atop, al.read_atop_events):
        with pytest.raises(FormatError, match=rf"{8 - both} of {8 + both} pairs stand one way \(2 to "):
            read(path)
    portfolio, _ = al.read_atop(path, direction="either")
    at = {actor: place for place, actor in enumerate(portfolio.actors)}
    assert portfolio.blocks[0].cells[at[740], at[2]] == portfolio.blocks[0].cells[at[2], at[740]] == 3
    events, report = al.read_atop_events(path, direction="either")
    assert (len(events), events.mutual.all(), report.adds_up) == (8, True, True)
    listed, _ = al.read_atop_events(path, direction="listed")
    assert int(listed.mutual.sum()) == both


# ---- event data -----------------------------------------------------------------------------------------
ICEWS = (
    "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\tIntensity\t"
    "Target Name\tTarget Sectors\tTarget Country\tStory ID\tSentence Number"
)


def act(number, text, code, b="Cambodia", score="", day=None):
    day = day or f"2016-01-{number:02}"
    return "\t".join(
        [str(number), day, "Cabinet", "", "China", text, code, score, "Army", "", b, str(number), "1"]
    )


def test_icews_cells_in_quotes_and_separators_too_many(tmp_path):
    head = ICEWS.replace("CAMEO Code\t", "")
    bomb = '"Conduct suicide, car, or other non-military bombing"'
    lines = [act(1, bomb, "").replace("\t\t", "\t", 1), act(2, "Make statement", "")]
    lines = [
        line.replace(f"{text}\t\t", f"{text}\t")
        for line, text in zip(lines, (bomb, "Make statement"), strict=True)
    ]
    events, report = al.read_icews(
        put(tmp_path / "a.tab", head, lines[1], *[act(1, bomb, "X").replace("\tX\t", "\t")])
    )
    assert set(rows(events, "kind", "value")) == {("183", -10.0), ("010", 0.0)}
    wide, report = al.read_icews(
        put(tmp_path / "b.tab", ICEWS, act(1, "Consult", "040") + "\t", act(2, "Consult", "040"))
    )
    assert (len(wide), report.adds_up) == (2, True)
    with pytest.raises(
        FormatError, match=r"none of 1 rows is one of an ICEWS file: 14 columns, not 13 \(1; a.tab: '1"
    ):
        al.read_icews(put(tmp_path / "a.tab", ICEWS, act(1, "Consult", "040") + "\tmore"))


def test_header_names_too_many_over_rows_of_the_known_columns(tmp_path):
    head = ["Event ID", "Event Date", "Event Type", "Event Mode", "Contexts", "Actor Name", "Actor Country",
            "Recipient Name", "Recipient Country"]  # fmt: skip
    row = ["a", "2023-01-03", "CONSULT", "visit", "None", "X", "VNM", "Y", "CHN"]
    for at in (len(head), 4, 2):
        names = [*head[:at], "Headline", *head[at:]]
        for cells in (row, [*row[:at], "text", *row[at:]]):
            events, report = al.read_polecat(put(tmp_path / "a.txt", "\t".join(names), "\t".join(cells)))
            assert rows(events, "source", "target", "kind") == [("VNM", "CHN", "CONSULT.visit")]
            assert any("were not read: Headline" in note for note in report.notes)
    fifth = [*head[:4], "Event Intensity", *head[4:], "Headline"]  # the fifth column by its other name
    events, report = al.read_polecat(
        put(tmp_path / "a.txt", "\t".join(fifth), "\t".join([*row[:4], "4.0", *row[4:]]))
    )
    assert rows(events, "source", "target", "kind") == [("VNM", "CHN", "CONSULT.visit")]
    twice = ["Event ID", *head]
    with pytest.raises(FormatError, match="column 'Event ID' stands more than once"):
        al.read_polecat(put(tmp_path / "b.txt", "\t".join(twice), "\t".join(["a", *row])))


TEXTS = {
    "010": "Make statement",
    "020": "Make an appeal or request",
    "042": "Make a visit",
    "190": "Use conventional military force",
}


def phoenix(number, code, root):
    return f"{number},1/{number}/1995,USA,CHN,{code},{root}"


@pytest.mark.parametrize("codes", [("010", "020", "042", "190"), ("010", "020", "190"), ("020",)])
def test_codes_that_lost_their_zeros_are_refused_whole(tmp_path, codes):
    lost = [str(int(code)) for code in codes]
    head = "eid,story_date,source_root,target_root,code,root_code"
    sound = put(tmp_path / "a.csv", head, *(phoenix(i + 1, c, c[:2]) for i, c in enumerate(codes)))
    assert set(events_kinds(al.read_phoenix(sound))) == set(codes)
    told = "event codes lost their leading zero"
    bad = put(
        tmp_path / "b.csv",
        head,
        *(phoenix(i + 1, c, int(r[:2])) for i, (c, r) in enumerate(zip(lost, codes, strict=True))),
    )
    with pytest.raises(FormatError, match=told):
        al.read_phoenix(bad)
    short = put(
        tmp_path / "c.csv",
        head.replace(",root_code", ""),
        *(phoenix(i + 1, c, "").rstrip(",") for i, c in enumerate(lost)),
    )
    with pytest.raises(FormatError, match=told):
        al.read_phoenix(short)
    with pytest.raises(FormatError, match=told):
        al.read_keds(
            put(tmp_path / "d.csv", *(f"79041{i},USA,CHN,{c}" for i, c in enumerate(lost))), codes="cameo"
        )
    with pytest.raises(FormatError, match="WEIS codes lost their leading zero"):
        al.read_keds(
            put(tmp_path / "d.csv", *(f"79041{i},USA,CHN,{c}" for i, c in enumerate(lost))),
            codes="weis",
            scale={"010": 1},
        )
    icews = put(
        tmp_path / "e.tab",
        ICEWS,
        *(act(i + 1, TEXTS[r], c) for i, (c, r) in enumerate(zip(lost, codes, strict=True))),
    )
    with pytest.raises(
        FormatError, match=r"lost their leading zero.*codes='text' reads the codes of the event texts"
    ):
        al.read_icews(icews)
    assert set(events_kinds(al.read_icews(icews, codes="text"))) == set(codes)
    with pytest.raises(OptionError, match="codes is 'guess'"):
        al.read_icews(icews, codes="guess")


def test_codes_of_two_digits_beside_longer_ones_are_no_roots(tmp_path):
    head = "source,target,date,kind"
    cameo = al.Codebook.cameo()
    path = put(tmp_path / "a.csv", head, "CHN,KHM,2020-01-01,20", "CHN,KHM,2020-01-02,190")
    with pytest.raises(
        FormatError, match=r"1 of 2 codes in column 'kind' lost their leading zero \(20 for 020\)"
    ):
        al.read_events(path, codebook=cameo)
    roots = put(tmp_path / "b.csv", head, "CHN,KHM,2020-01-01,20", "CHN,KHM,2020-01-02,19")
    assert set(al.read_events(roots, codebook=cameo)[0].to_frame()["kind"]) == {"20", "19"}


def test_columns_named_otherwise_are_told_the_option(tmp_path):
    path = put(tmp_path / "a.csv", "country1,country2,start,type", "CHN,KHM,2020-01-01,state_visit")
    frame = pd.DataFrame({"country1": ["CHN"], "country2": ["KHM"], "start": [2010], "type": ["state_visit"]})
    for table in (path, frame):
        with pytest.raises(FormatError, match="no table of events with columns named as ours or by columns="):
            al.read_events(table)


def events_kinds(read):
    return read[0].to_frame()["kind"].tolist()


DAYS = ("03/02/2019", "14/02/2019", "25/02/2019", "07/03/2019")
WANT = ["2019-02-03", "2019-02-14", "2019-02-25", "2019-03-07"]


@pytest.mark.parametrize("mark", ["/", ".", "-"])
def test_dates_day_first_in_every_reader_of_written_dates(tmp_path, mark):
    days = [day.replace("/", mark) for day in DAYS]
    files = {
        al.read_events: put(
            tmp_path / "a.csv", "source,target,date,domain,value", *(f"CHN,KHM,{d},economic,1" for d in days)
        ),
        al.read_icews: put(tmp_path / "b.tab", ICEWS, *(act(i, "Consult", "040", day=d) for i, d in enumerate(days))),
        al.read_phoenix: put(
            tmp_path / "c.csv", "story_date,source_root,target_root,code", *(f"{d},CHN,KHM,040" for d in days)
        ),
    }  # fmt: skip
    for read, path in files.items():
        events, report = read(path)
        assert [row[0] for row in rows(events, "date")] == WANT
        assert report.kept == 4
        formatted, _ = read(path, date_format=f"%d{mark}%m{mark}%Y")
        assert [row[0] for row in rows(formatted, "date")] == WANT
        mixed, account = read(path, dayfirst=False)  # by the caller's word: two of them are no dates
        assert (account.rows("unreadable date"), len(mixed)) == (2, 2)
    keds = put(tmp_path / "d.csv", *(f"{d},CHN,RUS,040" for d in days))
    assert [row[0] for row in rows(al.read_keds(keds, codes="cameo")[0], "date")] == WANT


def test_rows_handed_out_twice_are_counted_once(tmp_path):
    pair = [
        act(1, "Consult", "040"),
        "\t".join(
            [
                "2",
                "2016-01-01",
                "Army",
                "",
                "Cambodia",
                "Consult",
                "040",
                "",
                "Cabinet",
                "",
                "China",
                "1",
                "1",
            ]
        ),
    ]
    path = put(tmp_path / "a.tab", ICEWS, *pair, *pair, pair[0])
    for one_a_day in ("state", None):
        events, report = al.read_icews(path, one_a_day=one_a_day)
        assert (len(events), bool(events.mutual[0])) == (1, True)
        assert (report.rows("row that stands twice"), report.rows("mirrored row"), report.adds_up) == (
            3,
            1,
            True,
        )


def test_missing_days_of_a_folder_are_named(tmp_path):
    cells = [""] * 58
    cells[0], cells[1], cells[56], cells[57] = "1", "20191024", "20191024", "https://example.org"
    cells[5], cells[7], cells[15], cells[17] = "USAGOV", "USA", "CHN", "CHN"
    cells[25], cells[26], cells[28], cells[32] = "1", "040", "04", "1"
    for day in ("20191024", "20191026", "20191027"):
        put(tmp_path / f"{day}.export.CSV", "\t".join(cells))
    _, report = al.read_gdelt(tmp_path)
    assert report.notes == ("no file of these days between the first and the last: 2019-10-25",)
    put(tmp_path / "20191028.export.CSV", "header,of,something,else,EventCode")
    with pytest.raises(FormatError, match="was saved again"):
        al.read_gdelt(tmp_path)
    _, report = al.read_gdelt(tmp_path, on_error="skip")
    assert list(report.failed) == ["20191028.export.CSV"]
    assert (len(report.files), report.adds_up) == (3, True)


@pytest.mark.parametrize("first", [0, 1])
def test_lines_of_keds_with_a_label_and_without_are_lines_alike(tmp_path, first):
    lines = ["790415\tUSA\tIRQ\t042\t(VISIT)", "790416\tIRQ\tUSA\t111"]
    events, report = al.read_keds(put(tmp_path / "gulf.txt", lines[first], lines[1 - first]), codes="cameo")
    assert (len(events), report.total("refused"), report.read) == (2, 0, 2)


# ---- finance ----------------------------------------------------------------------------------------------
def test_commitments_of_finance(tmp_path):
    head = (
        "AidData Record ID,Recommended For Aggregates,Recipient,Recipient ISO-3,Commitment Year,"
        "Commitment Date (MM/DD/YYYY),Flow Type,Flow Class,Amount (Constant USD 2021),Adjusted Amount (Constant USD 2021)"
    )
    path = put(
        tmp_path / "gcdf.csv", head, '1,Yes,Cambodia,KHM,2015,03/02/2015,Loan,OOF-like,"3,000,000",3000000',
        "2,Yes,Viet Nam,,2015,,Grant,ODA-like,,1000000", "3,No,Cambodia,KHM,2015,,Loan,OOF-like,9,9",
        '4,Yes,"Africa, regional",,2015,,Grant,ODA-like,5,5', "5,Yes,Laos,LAO,2016,,Debt rescheduling,Vague,,",
        "6,Yes,Laos,LAO,never,,Loan,ODA-like,5,5", "7,,Laos,LAO,2016,,Loan,ODA-like,5,5",
    )  # fmt: skip
    events, report = al.read_aiddata(path)
    assert rows(events, "source", "target", "date", "date_precision", "kind", "weight") == [
        ("CHN", "KHM", "2015-03-02", "day", "investment_or_loan", 100 * 3 / 4),
        ("CHN", "VNM", "2015-01-01", "year", "aid_grant", 100 * 1 / 4),
    ]
    assert (report.read, report.kept, report.adds_up) == (7, 2, True)
    assert report.rows("not recommended for aggregates") == 2  # one of them says nothing
    assert not any(note.startswith("of two figures") for note in report.notes)
    for reason in (
        "several recipients in one record",
        "no amount given",
        "unreadable date",
    ):
        assert report.rows(reason) == 1
    again, account = al.read_aiddata([path, put(tmp_path / "part.csv", *path.read_text().split("\n")[:3])])
    assert rows(again, "target", "weight") == rows(events, "target", "weight")
    assert account.rows("row that stands twice") == 2
    every, _ = al.read_aiddata(path, recommended=False, weight="equal")
    assert sorted(every.to_frame()["kind"]) == [
        "aid_grant",
        "concessional_loan",
        "debt_relief",
        "investment_or_loan",
        "investment_or_loan",
    ]
    valued, _ = al.read_aiddata(path, weight="value")
    assert sorted(valued.weight) == [1.0, 3.0]
    path.write_text(
        path.read_text().replace("Yes", "TRUE").replace("No", "FALSE")
    )  # as programs write the flag
    assert al.read_aiddata(path)[1].kept == report.kept
    path.write_text(path.read_text().replace("TRUE", "some").replace("FALSE", "none"))
    with pytest.raises(FormatError, match=r"recommended neither yes nor no \(6; 'some'\)"):
        al.read_aiddata(path)
    with pytest.raises(FormatError, match="it has no column 'Amount"):
        al.read_aiddata(put(tmp_path / "x.csv", "Recipient,Commitment Year", "Laos,2015"))


# ---- placeholders -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "blank", ["", "nan", "NaN", "None", "NULL", "<NA>", "N/A", " ", "\u200b", "(null)", "\\N", "#NA"]
)
def test_placeholders_are_no_actors(tmp_path, blank):
    path = put(tmp_path / "a.csv", "story_date,source_root,target_root,code", "1995-01-01,USA,CHN,040",
               f"1995-01-02,USA,{blank},040")  # fmt: skip
    events, report = al.read_phoenix(path)
    assert (len(events), report.rows("no state at one end"), dict(report.unknown)) == (1, 1, {})
    table = pd.DataFrame(
        {"source": [blank, "USA"], "target": "CHN", "date": "1995-01-01", "kind": "state_visit"}
    )
    events, refused = al.Events.screen(table)
    assert events.report["kept"] == 1 and refused["reason"].tolist() == ["empty actor"]


def test_a_frame_goes_through_every_reader_of_tables():
    table = pd.DataFrame(
        {"statea": [2.0], "stateb": [365.0], "year": [1962.0], "hihosta": [3.0], "hihostb": [np.nan]}
    )
    events, report = al.read_disputes(table)
    assert rows(events, "source", "target", "kind") == [("USA", "SUN", "mobilisation")]
    assert (report.files, report.rows("no level of hostility"), report.adds_up) == (
        ("the table given",),
        1,
        True,
    )


def test_a_format_that_was_given_goes_before_that_of_the_list(tmp_path):
    """010203 is 3 February 2001 in a list of KEDS, and 1 February 2003 where the user says so."""
    path = tmp_path / "list.txt"
    path.write_text("010203\tUSA\tIRQ\t042\n050203\tUSA\tIRQ\t042\n")
    for form, wanted in ((None, ["2001-02-03", "2005-02-03"]), ("%d%m%y", ["2003-02-01", "2003-02-05"])):
        events, _ = al.read_keds(path, codes="cameo", date_format=form)
        assert events.to_frame()["date"].astype(str).tolist() == wanted


def test_a_date_that_its_own_year_month_and_day_contradict_is_refused(tmp_path):
    """3/5/1950 with month 5 beside it was written with the day first."""
    path = tmp_path / "phoenix.csv"
    head = "eid,story_date,year,month,day,source_root,target_root,code,root_code"
    path.write_text(f"{head}\n1,3/5/1950,1950,5,3,CHN,KOR,190,19\n2,4/5/1950,1950,5,4,CHN,KOR,190,19\n")
    with pytest.raises(al.FormatError, match=r"2 of 2 dates are not those .* '3/5/1950', and 1950-05-03"):
        al.read_phoenix(path)
    events, report = al.read_phoenix(path, dayfirst=True)
    assert events.to_frame()["date"].astype(str).tolist() == ["1950-05-03", "1950-05-04"]
    assert report.adds_up
    path.write_text(f"{head}\n1,3/5/1950,1950,,,CHN,KOR,190,19\n")  # a year alone contradicts no day
    assert al.read_phoenix(path)[0].to_frame()["date"].astype(str).tolist() == ["1950-03-05"]


def test_rows_told_twice_are_kept_refused_or_merged_by_the_reader_of_any_table():
    rows = pd.DataFrame(
        {"source": "CHN", "target": "KHM", "date": "2020-01-01", "domain": "security", "value": [5, 5, -2]}
    )
    for duplicates, kept, action in (("keep", 3, None), ("refuse", 2, "refused"), ("merge", 2, "merged")):
        events, report = al.read_events(rows, duplicates=duplicates)
        assert len(events) == report.kept == kept and report.adds_up
        assert action is None or report.total(action) == 1
    with pytest.raises(al.OptionError, match="'keep', 'refuse', 'merge'"):
        al.read_events(rows, duplicates="trust")


@pytest.mark.parametrize("proof", ["3.000.000", "0,5", "1.200,75"])
def test_points_that_the_column_shows_between_thousands_are_no_decimal_points(proof, tmp_path):
    """500.000 beside 3.000.000 are half a million dollars, and were 500."""
    head = "Recommended For Aggregates;Recipient;Recipient ISO-3;Commitment Year;Flow Type;Flow Class;"
    path = tmp_path / "aid.csv"
    amounts = ["500.000", proof, "900000", "0.125", "1250000.500"]
    lines = [f"Yes;Cambodia;KHM;{2015 + at};Loan;OOF-like;{amount}" for at, amount in enumerate(amounts)]
    path.write_text("\n".join([head + "Amount (Constant USD 2021)", *lines]) + "\n")
    events, report = al.read_aiddata(path, weight="value")
    np.testing.assert_allclose(events.weight, [0.9, 0.125e-6, 1.2500005])
    assert report.adds_up and report.rows("unreadable number in 'amount (constant usd 2021)'") == 2
    rows = pd.DataFrame(
        {"source": "CHN", "target": ["KHM", "VNM", "LAO"], "date": "2020", "domain": "economic"}
    )
    table = rows.assign(value=5, weight=["500.000", proof, "900"])
    table.to_csv(path, index=False)
    table.to_parquet(tmp_path / "aid.parquet")
    refused = [al.Events.screen(table)[1], al.Events.screen_csv(path)[1]]
    told = "weight '500.000' may be one of thousands, as others of the column tell. Write a point for a decimal comma"
    for one in refused:
        assert one["row"].tolist() == [0, 1] and set(one["reason"]) == {"unreadable weight"}
        assert one["detail"][0].startswith(told)
    assert al.read_events(path)[0].weight.tolist() == [900.0]
    assert al.post_parquet(tmp_path / "aid.parquet").n_events == 1


def test_a_number_with_a_decimal_comma_is_refused_and_never_read_as_another(tmp_path):
    """3000000,5 dollars are not 30 million, and 160,5 is a figure that cannot be read, not one that lacks."""
    head = "Recommended For Aggregates;Recipient;Recipient ISO-3;Commitment Year;Flow Type;Flow Class;"
    path = tmp_path / "aid.csv"
    amounts = ["3000000,5", "3,000,000", "1,000,000.5", ""]
    lines = [f"Yes;Cambodia;KHM;{2015 + at};Loan;OOF-like;{amount}" for at, amount in enumerate(amounts)]
    path.write_text("\n".join([head + "Amount (Constant USD 2021)", *lines]) + "\n")
    events, report = al.read_aiddata(path, weight="value")
    np.testing.assert_allclose(events.weight, [3.0, 1.0000005])
    assert report.adds_up and report.rows("no amount given") == 1
    assert report.rows("unreadable number in 'amount (constant usd 2021)'") == 1
    path = tmp_path / "arms.csv"
    head = "SIPRI AT Database ID;Supplier;Recipient;Order date;Order date is estimate;Delivery year;TIV delivery values"
    path.write_text(head + "\n1;Russia;Viet Nam;2009;No;2011;160\n1;Russia;Viet Nam;2009;No;2012;160,5\n")
    for date in ("delivery", "order"):
        events, report = al.read_sipri(path, date=date)
        assert events.weight.tolist() == [160.0] and report.adds_up
        assert report.rows("unreadable number in 'sipri tiv of delivered weapons'") == 1
    panel = {
        "dyad": "KHM-THA",
        "country1_code": "KHM",
        "country2_code": "THA",
        "year": "2000",
        "number_of_events": "2",
    }
    with pytest.raises(
        al.FormatError, match=r"none of 1 rows can be used: unreadable number in 'geo_score' \(1; '0,5'"
    ):
        al.read_gge(pd.DataFrame([panel | {"geo_score": "0,5"}]))


@pytest.mark.parametrize("name", ["bzip2", "xz", "Zstandard", "Stata", "7-Zip"])
def test_files_that_are_packed_or_of_another_program_are_named(name, tmp_path):
    text = b"source,target,date,domain,value\nUSA,CHN,2020,security,1\n"
    raw = {
        "bzip2": bz2.compress(text), "xz": lzma.compress(text), "Zstandard": b"\x28\xb5\x2f\xfd\x24\x38" + text,
        "Stata": b"<stata_dta><header>" + text, "7-Zip": b"7z\xbc\xaf\x27\x1c" + text,
    }  # fmt: skip
    (tmp_path / "a.csv").write_bytes(raw[name])
    for door in (al.read_events, al.Events.read_csv, al.read_sipri, al.read_gdelt):
        with pytest.raises(al.FormatError, match=f"a.csv is .*{name}.*, not a text table"):
            door(tmp_path / "a.csv")


@pytest.mark.parametrize("indent", [None, 1])
def test_json_is_told_with_a_way_that_keeps_its_texts(indent, tmp_path):
    """By pandas.read_json a code loses its zero, and a year becomes a day."""
    rows = [{"source": "USA", "target": "CHN", "date": "2020", "kind": "020"}]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows, indent=indent))
    for door in (al.read_events, al.Events.read_csv):
        with pytest.raises(al.FormatError, match="a.json is JSON, not a text table; read it by json.load"):
            door(path)
    events = al.Events.from_frame(json.loads(path.read_text()), codebook=al.Codebook.cameo())
    assert events.to_frame()[["kind", "date_precision"]].to_numpy().tolist() == [["020", "year"]]


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_whole_file_tells_the_order_of_its_dates(tmp_path, end):
    """Also one that is read in parts: 13 in the first line is the day, so that 5 in the last is one too."""
    names = shipped("event_file_layouts.csv").query("layout == 'polecat_40'")["column"].tolist()
    told = {
        "Event Type": "CONSULT",
        "Event Mode": "visit",
        "Actor Country": "KHM",
        "Recipient Country": "CHN",
    }
    lines = [
        "\t".join((told | {"Event ID": f"e{at}", "Event Date": date}).get(name, "None") for name in names)
        for at, date in enumerate(["13/3/2023", "5/3/2023"])
    ]
    path = tmp_path / "week.txt"
    path.write_text("\n".join(["\t".join(names), *lines]) + end)
    events, report = al.read_polecat(path)
    assert events.to_frame()["date"].astype(str).tolist() == ["2023-03-13", "2023-03-05"]
    assert report.read == report.kept == 2


def test_dates_with_the_names_of_months_are_told_how_they_are_read(tmp_path):
    path = put(tmp_path / "e.csv", "source,target,date,domain,value", "CHN,KHM,1 May 2024,economic,1")
    with pytest.raises(
        FormatError, match=r"'1 May 2024'\)\. Write dates as YYYY-MM-DD, or say .* date_format='%d %B %Y'\."
    ):
        al.read_events(path)
    assert rows(al.read_events(path, date_format="%d %B %Y")[0], "date") == [("2024-05-01",)]


DYADS = "iso1,iso2,number,base_treaty,name,entry_type,year,entryforceyear,typememb"
LISTED = "number,base_treaty,name,entry_type,year,entryforceyear,typememb,c1,c2"
FINANCE = "Recipient,Recipient ISO-3,Commitment Year,Flow Type,Flow Class,Amount (Constant USD"
OBLIGED = "defense,offense,neutral,nonagg,consul"
LOAN = "Laos,LAO,2015,Loan,OOF-like,3"
TWO_LAYOUTS = {
    "desta": (
        al.read_desta,
        [DYADS, "792,156,1,1,T C,base_treaty,2020,2022,1"],
        [LISTED, "2,2,K J,base_treaty,2020,2022,2,116,392"],
        "columns iso1 and c1",
    ),
    "disputes": (
        al.read_disputes,
        ["statea,stateb,year,hihosta,hihostb", "2,365,1990,4,4"],
        ["ccode1,ccode2,year,hostlev1,hostlev2", "2,710,2001,4,4"],
        "columns statea, stateb, hihosta and ccode1",
    ),
    "atop": (
        al.read_atop_events,
        [f"atopid,member,yrent,yrexit,{OBLIGED}", "1,2,2000,0,1,0,0,0,0"],
        [f"ccode1,ccode2,year,{OBLIGED}", "2,740,2000,1,0,0,0,0"],
        "columns yrent and ccode1",
    ),
    "votes": (
        al.read_un_votes,
        ["rcid,ccode,vote,session", "3,2,1,1"],
        ["undl_id,ms_code,ms_vote,session", "11,USA,Y,74"],
        "columns rcid and undl_id",
    ),
    "finance": (
        al.read_aiddata,
        [f"{FINANCE} 2017)", LOAN],
        [f"{FINANCE} 2021)", LOAN],
        "columns amount .constant usd 2017. and amount",
    ),
}


@pytest.mark.parametrize("source", TWO_LAYOUTS)
def test_files_of_two_layouts_are_not_joined_by_their_columns(source, tmp_path):
    read, one, two, told = TWO_LAYOUTS[source]
    paths = [put(tmp_path / f"{at}.csv", *lines) for at, lines in enumerate((one, two))]
    with pytest.raises(
        FormatError, match=f"0.csv and 1.csv are of two layouts .{told}.*: read each alone, and add"
    ):
        read(paths)


def test_trade_of_the_old_tables_and_the_new_ones(tmp_path):
    old = put(
        tmp_path / "dots.csv",
        "Country Name,Indicator Name,Counterpart Country Name,Attribute,2018,2019",
        'United States,"Goods, Value of Exports, FOB, US Dollars",Cambodia,Value,400,500',
    )
    new = put(
        tmp_path / "imts.csv",
        "COUNTRY,COUNTERPART_COUNTRY,INDICATOR,TIME_PERIOD,OBS_VALUE,SCALE",
        "USA,KHM,XG_FOB_USD,2019,500000000,0",
        "USA,KHM,XG_FOB_USD,2020,600000000,0",
    )
    for files in ([old, new], [new, old]):
        events, report = al.read_imf_trade(files, weight="value")
        assert rows(events, "date", "weight") == [
            ("2018-01-01", 400.0),
            ("2019-01-01", 500.0),
            ("2020-01-01", 600.0),
        ]
        assert report.rows("row that stands twice") == 1 and report.adds_up


def test_a_damaged_code_of_one_file_leaves_the_codes_of_another_alone(tmp_path):
    """42 among codes with zeros is a damaged cell, beside which 19 may be 019 in that file alone."""
    head = "story_date,source_root,target_root,code"
    many = [f"1995-01-{day:02},USA,CHN,020" for day in range(1, 29)]
    damaged = put(tmp_path / "a.csv", head, *many, "1995-01-29,USA,CHN,42", "1995-01-30,USA,CHN,19")
    sound = put(tmp_path / "b.csv", head, "1996-01-01,USA,CHN,020", "1996-01-02,USA,CHN,19")
    events, report = al.read_phoenix([damaged, sound])
    assert (report.rows("damaged or missing event code"), report.adds_up) == (2, True)
    assert events_kinds((events, report)).count("19") == 1


def test_records_of_finance_and_of_the_military_are_recommended_each_in_its_own_column(tmp_path):
    head = "Recipient,Recipient ISO-3,Commitment Year,Flow Type,Flow Class,Amount (Constant USD 2021),Recommended For "
    files = [
        put(
            tmp_path / f"{name}.csv", f"{head}{name}Aggregates", f"Laos,{code},2015,Loan,OOF-like,3000000,Yes"
        )
        for name, code in (("", "LAO"), ("Military ", "KHM"))
    ]
    events, _ = al.read_aiddata(files, weight="value")
    assert rows(events, "target") == [("KHM",), ("LAO",)]


def test_each_file_tells_by_itself_how_its_dates_and_codes_are_written(tmp_path):
    head = "source,target,date,domain,value"
    day_first = put(
        tmp_path / "a.csv", head, "CHN,KHM,14/02/2019,economic,1", "CHN,KHM,03/02/2019,economic,2"
    )
    month_first = put(
        tmp_path / "b.csv", head, "CHN,KHM,02/14/2019,economic,1", "CHN,KHM,02/04/2019,economic,3"
    )
    events, _ = al.read_events([day_first, month_first])
    assert rows(events, "date", "value") == [
        ("2019-02-03", 2.0), ("2019-02-04", 3.0), ("2019-02-14", 1.0), ("2019-02-14", 1.0)
    ]  # fmt: skip
    neither = put(tmp_path / "c.csv", head, "CHN,KHM,03/04/2019,economic,3")
    with pytest.raises(
        FormatError, match="^c.csv: the date '03/04/2019' may have the day or the month first"
    ):
        al.read_events([day_first, neither])
    coded = "source,target,date,kind"
    whole = put(tmp_path / "d.csv", coded, "CHN,KHM,2019-01-01,020", "CHN,KHM,2019-01-02,190")
    lost = put(tmp_path / "e.csv", coded, "CHN,KHM,2019-01-03,20", "CHN,KHM,2019-01-04,190")
    for files in ([whole, lost], [lost, whole]):
        with pytest.raises(
            FormatError, match="^e.csv: 1 of 2 codes in column 'kind' lost their leading zero"
        ):
            al.read_events(files, codebook=al.Codebook.cameo())
    lists = [
        put(tmp_path / f"{at}.tab", f"950101\tUSA\tCHN\t{code}", "950102\tUSA\tCHN\t190")
        for at, code in enumerate(("020", "20"))
    ]
    with pytest.raises(FormatError, match="^1.tab: 1 of 2 event codes lost their leading zero"):
        al.read_keds(lists, codes="cameo")
    phoenix = "story_date,source_root,target_root,code"
    tables = [
        put(tmp_path / name, phoenix, f"{one},USA,CHN,{code}", f"{two},USA,CHN,190")
        for name, one, two, code in (
            ("p.csv", "1/14/1995", "1/3/1995", "020"),
            ("q.csv", "14/2/1995", "3/2/1995", "042"),
            ("r.csv", "1/16/1995", "1/5/1995", "20"),
        )
    ]
    events, _ = al.read_phoenix(tables[:2])
    assert rows(events, "date") == [("1995-01-03",), ("1995-01-14",), ("1995-02-03",), ("1995-02-14",)]
    for files in (tables, tables[::-1]):
        with pytest.raises(FormatError, match="^r.csv: 1 of 2 event codes lost their leading zero"):
            al.read_phoenix(files)
    events, report = al.read_phoenix(tables, on_error="skip")
    assert (len(events), list(report.failed), report.adds_up) == (4, ["r.csv"], True)
    some = put(tmp_path / "f.csv", head + ",stop", "CHN,KHM,2019-01-01,economic,1,2020-01-01")
    events, _ = al.read_events([day_first, some], columns={"until": "stop"})  # a column of one file alone
    assert len(events) == 3
    voted = "rcid,ccode,vote,session,date"
    told = put(tmp_path / "v.csv", voted, "1,2,1,70,14/02/2019")
    untold = put(tmp_path / "w.csv", voted, "2,2,1,70,03/04/2019")
    with pytest.raises(
        FormatError, match="^w.csv: the date '03/04/2019' may have the day or the month first"
    ):
        al.read_un_votes([told, untold], columns=["date"])
    lent = FINANCE.replace("Flow Type", "Commitment Date (MM/DD/YYYY),Flow Type") + " 2021)"
    european = put(tmp_path / "x.csv", lent, "Laos,LAO,2019,14/02/2019,Loan,OOF-like,3")
    plain = put(tmp_path / "y.csv", lent, "Laos,LAO,2019,03/04/2019,Loan,OOF-like,3")
    events, _ = al.read_aiddata([european, plain])
    assert rows(events, "date") == [("2019-02-14",), ("2019-03-04",)]  # as the head of its column says


def test_a_table_of_gdelt_without_codes_is_told(tmp_path):
    """Python's own error had come through."""
    path = put(
        tmp_path / "20191024.export.CSV", "GLOBALEVENTID\tSQLDATE\tActor1CountryCode", "1\t20191024\tCHN"
    )
    told = r"it has a header and 3 columns separated by '\\t'; it lacks the column 'EventCode'\. Use the file as published"
    with pytest.raises(FormatError, match=told):
        al.read_gdelt(path)


def test_numbers_that_no_code_reaches_are_refused(tmp_path):
    """A roll call of 20 digits had been the least whole number there is, with a warning of NumPy's."""
    huge = "99999999999999999999"
    path = put(tmp_path / "v.csv", "rcid,ccode,vote,session", f"{huge},2,1,1", f"3,2,1,{huge}", "3,20,1,1")
    votes, report = al.read_un_votes(path)
    assert votes["item"].tolist() == [3] and report.rows("no roll call or session") == 2
    trade = put(tmp_path / "t.csv", "COUNTRY,COUNTERPART_COUNTRY,INDICATOR,TIME_PERIOD,OBS_VALUE,SCALE",
                f"USA,CHN,XG_FOB_USD,2024,12,{huge}", "USA,JPN,XG_FOB_USD,2024,12,6")  # fmt: skip
    assert al.read_imf_trade(trade, weight="value")[1].rows("unreadable scale") == 1
    states = put(tmp_path / "s.csv", "ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday",
                 f"{huge},X,1960,8,7,2016,12,31")  # fmt: skip
    with pytest.raises(FormatError, match="1 of 1 rows lack a state's number"):
        al.read_states(states)
