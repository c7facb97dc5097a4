"""Figures as tables tell them: their unit, their scale, their decimal mark; none is taken for another in silence."""

from __future__ import annotations

import numpy as np
import pytest

import alignscore as al

IMTS = "COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE"
SIPRI = (
    "Recipient,Supplier,Year of order,,Number delivered,,Year(s) of delivery,SIPRI TIV of delivered weapons"
)
AIDDATA = "Recipient,Recipient ISO-3,Commitment Year,Flow Type,Flow Class,Amount (Constant USD 2021)"
ATOP = "stateA,stateB,year,defense,offense,neutral,nonagg,consul"


def written(tmp_path, *lines):
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def reasons(report):
    return {why: n for why, n in report.to_frame()[["reason", "rows"]].to_numpy() if why}


@pytest.mark.parametrize("cell", ["1.500.000,25", "1,5 million", "1,5"])
def test_an_amount_in_the_digits_of_another_country_is_refused_and_shown(tmp_path, cell):
    """Without its commas 1.500,25 would read as a dollar and a half."""
    path = written(
        tmp_path, AIDDATA.replace(",", ";"), f"Lao PDR;LAO;2010;Grant;ODA-like;{cell}",
        "Cambodia;KHM;2010;Loan;OOF-like;3,000,000",
    )  # fmt: skip
    events, report = al.read_aiddata(path, weight="value")
    assert events.to_frame()[["target", "weight"]].to_numpy().tolist() == [["KHM", 3.0]]
    assert reasons(report) == {"unreadable number in 'amount (constant usd 2021)'": 1} and cell in str(
        report.to_frame()["example"].tolist()
    )
    assert report.adds_up


@pytest.mark.parametrize("date", ["delivery", "order"])
def test_a_volume_that_is_no_number_is_refused_and_not_taken_for_none(tmp_path, date):
    head = SIPRI.replace("SIPRI TIV of", "SIPRI TIV for total order,SIPRI TIV of").replace(",", ";")
    path = written(
        tmp_path, head, "Cambodia;China;2009;;60;;2009;30,5;30,5", "Cambodia;China;2010;;6;;2011;8;8"
    )
    events, report = al.read_sipri(path, date=date)
    assert events.to_frame()["weight"].tolist() == [8.0]
    assert [why for why in reasons(report) if why.startswith("unreadable number in 'sipri tiv")]
    assert report.total("refused") == 1 and report.adds_up


@pytest.mark.parametrize("reader", [al.read_atop_events, al.read_atop])
def test_an_obligation_in_words_is_not_read_as_none(tmp_path, reader):
    path = written(
        tmp_path, ATOP, "731,710,1990,yes,0,0,0,0", "710,731,1990,1,0,0,0,0", "2,20,1990,1,.,0,,0",
        "20,2,1990,1,0,0,0,0",
    )  # fmt: skip
    if reader is al.read_atop:
        with pytest.raises(al.FormatError, match="'yes'"):
            reader(path)
        return
    events, report = reader(path)
    assert reasons(report)["unreadable obligation"] == 1 and report.adds_up
    assert sorted(events.to_frame()["source"]) == ["CAN", "CHN"]


@pytest.mark.parametrize(
    ("words", "factor"),
    [("Units", 1e-6), ("Thousands", 1e-3), ("millions", 1.0), ("Billions", 1e3), ("3", 1e-3)],
)
def test_a_scale_told_in_words_or_as_a_power_of_ten(tmp_path, words, factor):
    path = written(tmp_path, IMTS, f"KHM,XG_FOB_USD,CHN,A,2019,3000,{words}", "KHM,XG_FOB_USD,USA,A,2019,5,6")
    events, report = al.read_imf_trade(path, weight="value")
    np.testing.assert_allclose(events.to_frame()["weight"], [3000 * factor, 5])
    assert report.adds_up
    head, flow = path.read_text().split("\n")[0], "KHM,XG_FOB_USD,{},A,{},{}"
    wide = written(
        tmp_path, head.replace("TIME_PERIOD,OBS_VALUE,SCALE", "SCALE,2019"),
        flow.format("CHN", words, 3000), flow.format("USA", 6, 5),
    )  # fmt: skip
    assert sorted(al.read_imf_trade(wide, weight="value")[0].weight) == sorted(events.weight)


def test_a_scale_nobody_knows_is_refused(tmp_path):
    path = written(tmp_path, IMTS, "KHM,XG_FOB_USD,CHN,A,2019,3000,Crores", "KHM,XG_FOB_USD,USA,A,2019,5,6")
    events, report = al.read_imf_trade(path, weight="value")
    assert events.to_frame()["weight"].tolist() == [5.0]
    assert reasons(report) == {"unreadable scale": 1}


@pytest.mark.parametrize(
    "own", ["XG_FOB_XDC", '"Exports of goods, FOB, Domestic currency"', '"Exports, FOB, Euros"']
)
def test_other_currencies_are_no_dollars(tmp_path, own):
    """Beside dollars, and as values, they are left out; alone they serve for the reporter's own shares."""
    both = [f"KHM,{own},CHN,A,2019,4000,6", f"KHM,{own},USA,A,2019,12000,6"]
    dollars = ["KHM,XG_FOB_USD,CHN,A,2019,1,6", "KHM,XG_FOB_USD,USA,A,2019,4,6"]
    why = "figure in another currency than dollars"
    for weight, told, found in (("value", both + dollars, [1, 4]), ("share", both + dollars, [20, 80])):
        events, report = al.read_imf_trade(written(tmp_path, IMTS, *told), weight=weight)
        np.testing.assert_allclose(events.to_frame()["weight"], found)
        assert reasons(report) == {why: 2} and report.adds_up
    events, report = al.read_imf_trade(written(tmp_path, IMTS, *both))
    np.testing.assert_allclose(events.to_frame()["weight"], [25, 75])


def test_four_quarters_are_four_periods_and_refused_as_such(tmp_path):
    lines = [f"KHM,XG_FOB_USD,CHN,Q,2019-Q{quarter},250,6" for quarter in range(1, 5)]
    with pytest.raises(
        al.FormatError, match="none of 4 rows can be used: quarter without its year or months"
    ):
        al.read_imf_trade(written(tmp_path, IMTS, *lines))


def test_a_table_of_imports_says_so_where_exports_are_asked_for(tmp_path):
    path = written(tmp_path, IMTS, "KHM,MG_CIF_USD,CHN,A,2019,3000,6")
    with pytest.raises(al.FormatError, match="tells no exports; pass flow='import'"):
        al.read_imf_trade(path)
    assert len(al.read_imf_trade(path, flow="import")[0]) == 1
