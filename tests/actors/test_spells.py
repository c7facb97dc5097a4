"""Who was a state when: the Correlates of War system and the United Nations."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alignscore.actors import bloc_members, iso3, members, state_codes, state_spells, states
from alignscore.errors import OptionError, UnknownLabelError

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.mark.parametrize(
    ("bloc", "day", "n"),
    [
        ("ASEAN", "1967-08-08", 5), ("ASEAN", "1999-04-30", 10), ("ASEAN", "2025-10-26", 11),
        ("EU", "1957-12-31", 0), ("EU", "1958-01-01", 6), ("EU", "1995-01-01", 15), ("EU", "2004-05-01", 25),
        ("EU", "2013-07-01", 28), ("EU", "2020-02-01", 27), ("NATO", "1982-05-30", 16), ("NATO",
        "2024-03-07", 32),
    ],
)  # fmt: skip
def test_blocs_have_their_members_of_the_day(bloc, day, n):
    assert len(members(bloc, day)) == n


def test_a_number_is_a_year():
    for year in (1990, np.int64(1990), 1990.0, "1990", pd.Period("1990", freq="Y"), pd.Timestamp(1990, 1, 1)):
        assert members("ASEAN", year) == ("BRN", "IDN", "MYS", "PHL", "SGP", "THA")
        assert "NAM" not in states(1989)
    with pytest.raises(OptionError, match="cannot be read as dates, the first 'soon'; write 2004"):
        members("ASEAN", "soon")
    with pytest.raises(UnknownLabelError, match=r"unknown bloc 'Asean'\. Did you mean 'ASEAN'\?"):
        members("Asean", "2000-01-01")


def test_the_states_of_a_year():
    assert {"SUN", "RUS"} <= set(states(1991))
    assert "SUN" in states(1991, on="first")
    assert "RUS" not in states(1991, on="first")
    assert "SUN" not in states(1991, on="last")
    assert states("1991-12-25") == states("1991-12-25", on="last")
    assert {"DEU", "DDR", "YUG", "CSK", "YMD", "RVN"} <= set(states(1970))
    assert states(1700) == ()
    with pytest.raises(OptionError, match="system is 'gw'; it must be one of 'cow', 'un'"):
        states(1990, system="gw")


@pytest.mark.parametrize(
    ("day", "n"),
    # members at each year's end, as the United Nations count them in "Growth in United Nations membership";
    # the seats that Indonesia (1965), Syria (1958-1960) and Yugoslavia (1992-1999) left empty are not counted
    [
        (1945, 51), (1946, 55), (1947, 57), (1948, 58), (1949, 59), (1950, 60), (1955, 76), (1956, 80),
        (1957, 82), (1958, 83 - 1), (1960, 99), (1961, 104), (1962, 110), (1963, 112 + 1), (1964, 115),
        (1965, 118 - 1), (1966, 122), (1967, 123), (1968, 126), (1970, 127), (1971, 132), (1973, 135),
        (1974, 138), (1975, 144), (1976, 147), (1977, 149), (1978, 151), (1979, 152), (1980, 154), (1981, 157),
        (1983, 158), (1984, 159), (1990, 159), (1991, 166), (1992, 179 - 1), (1993, 184 - 1), (1994, 185 - 1),
        (1999, 188 - 1), (2000, 189), (2002, 191), (2006, 192), (2011, 193), (2026, 193),
    ],
)  # fmt: skip
def test_the_united_nations_grew_as_they_say(day, n):
    assert len(states(day, system="un", on="last")) == n


def test_spells_are_whole():
    table = state_spells()
    assert set(table["actor"]) <= set(state_codes()["actor"])
    assert set(bloc_members()["member"]) <= set(state_codes()["actor"])
    assert (table["last"].eq("") | (table["first"] <= table["last"])).all()
    for _, spells in table.groupby(["system", "actor"]):
        ends = spells.sort_values("first")
        assert (ends["last"].iloc[:-1].to_numpy() < ends["first"].iloc[1:].to_numpy()).all()
    # a spell's label is the one its state bears on its days
    for end in ("first", "last"):
        days = table[table[end] != ""]
        assert iso3(days["actor"], system="iso3", dates=days[end])["actor"].tolist() == days["actor"].tolist()


def test_the_table_is_read_once_and_stays_as_it_is():
    table = state_spells()
    table.loc[:, "first"] = ""
    assert state_spells()["first"].ne("").all()
    assert len(states(2016)) == 195


@pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)
def test_spells_are_those_of_the_correlates_of_war():
    listed = pd.read_csv(SHARED / "data" / "other" / "cow_states_v2016.csv")
    parts = {"st": ["styear", "stmonth", "stday"], "end": ["endyear", "endmonth", "endday"]}
    start, end = (
        pd.to_datetime(listed[names].set_axis(["year", "month", "day"], axis=1)).to_numpy()
        for names in parts.values()
    )
    years = np.arange(1816, 2017)
    first, last = (
        np.array([f"{year}-{day}" for year in years], "M8[ns]")[:, None] for day in ("01-01", "12-31")
    )
    at, row = np.nonzero((start <= last) & (end >= first))
    code = listed["ccode"].to_numpy()[row]
    labels = [  # of all years in one question each
        iso3(pd.Series(code), system="cow", dates=days[at, row])["actor"].to_numpy()
        for days in (np.maximum(start, first), np.minimum(end, last))
    ]
    for turn, year in enumerate(years.tolist()):
        assert set(states(year)) == {*labels[0][at == turn], *labels[1][at == turn]}


@pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)
def test_every_state_of_the_correlates_of_war_is_known_by_its_name():
    listed = pd.read_csv(SHARED / "data" / "other" / "cow_states_v2016.csv")
    by_name = iso3(listed["statenme"], dates=listed["styear"])
    by_number = iso3(listed["ccode"], system="cow", dates=listed["styear"])
    differ = by_name["actor"] != by_number["actor"]
    # the list calls Serbia before 1918 Yugoslavia, and by that name it was nobody then
    assert listed.loc[differ, ["statenme", "styear"]].to_numpy().tolist() == [["Yugoslavia", 1878]]
    assert set(by_name["kind"][~differ]) == {"state", "historic"}
