"""Codes and names to actors: dates, states that ended, regions, groups and blocs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alignscore.actors import (
    KINDS,
    bloc_members,
    codes,
    crosswalk,
    dissolved_states,
    iso3,
    matching,
    names,
    resolve,
    state_codes,
)
from alignscore.actors.crosswalk import _rules
from alignscore.errors import OptionError, UnknownLabelError

SHARED = Path(__file__).resolve().parents[3] / "shared"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)


def actors(cells, **options):
    return iso3(cells, **options)["actor"].where(lambda x: x.notna(), None).tolist()


def test_cameo_codes_that_are_not_iso_are_replaced():
    codes = ["USA", "ROM", "TMP", "MTN", "IMY", "GZS", "WSB", "BAG", "KSV"]
    assert actors(codes, system="cameo") == ["USA", "ROU", "TLS", "MNE", "IMN", "PSE", "PSE", "IRQ", "XKX"]


def test_one_code_means_different_states_in_different_systems():
    # FIPS CH is China and AS Australia; ISO numbers and COW numbers share digits only
    assert actors(["CH", "AS", "RS", "GZ"], system="fips") == ["CHN", "AUS", "RUS", "PSE"]
    assert actors(["710", "2", "002", "365.0"], system="cow", dates=["2020-01-01"] * 4) == [
        "CHN",
        "USA",
        "USA",
        "RUS",
    ]
    assert actors(["156", "8", "008"], system="iso_numeric") == ["CHN", "ALB", "ALB"]
    assert actors(["AUS", "AUL"], system="keds") == ["AUT", "AUS"]


@pytest.mark.parametrize(
    ("name", "actor"),
    [
        ("Russian Federation", "RUS"), ("Occupied Palestinian Territory", "PSE"), ("Cote d'Ivoire", "CIV"),
        ("Côte d’Ivoire", "CIV"), ("China, P.R.: Mainland", "CHN"), ("St. Lucia", "LCA"),
        ("São Tomé & Príncipe", "STP"),
        ("Viet Nam", "VNM"), ("Turkiye", "TUR"), ("Bosnia-Herzegovina", "BIH"),
        ("Moldova, Republic of", "MDA"),
        ("the former Yugoslav Republic of Macedonia", "MKD"), ("UNITED  STATES", "USA"),
        ("Timor-Leste", "TLS"),
    ],
)  # fmt: skip
def test_english_names(name, actor):
    assert actors([name]) == [actor]


def test_kinds_of_cells_that_are_no_states():
    got = iso3(["AFR", "IGO", "XYZ", "", "---", "NULL"], system="cameo")
    assert got["kind"].tolist() == ["region", "group", "unknown", "blank", "blank", "blank"]
    assert got["actor"].isna().all()


def test_a_dissolved_state_keeps_its_code_until_its_last_day():
    row = dissolved_states().set_index("actor").loc["SUN"]
    days = [row["last"], str(np.datetime64(row["last"]) + np.timedelta64(1, "D"))]
    assert actors(["SUN", "SUN"], system="iso3", dates=days) == ["SUN", "RUS"]
    assert actors(["SUN", "SUN"], system="iso3", dates=days, dissolved="successor") == ["RUS", "RUS"]
    assert actors(["SUN"], system="iso3") == ["SUN"]


def test_successors_follow_one_another():
    days = ["1990-01-01", "2003-02-03", "2003-02-04", "2006-06-04", "2006-06-05"]
    assert actors(["YUG"] * 5, system="iso3", dates=days) == ["YUG", "YUG", "SCG", "SCG", "SRB"]
    assert actors(["345"] * 5, system="cow", dates=days) == ["YUG", "YUG", "SCG", "SCG", "SRB"]
    assert actors(["345"], system="cow", dates=["1914-07-28"]) == ["SRB"]


@pytest.mark.parametrize(
    ("system", "cell"),
    [
        ("cow", "365"), ("gw", "365"), ("iso3", "RUS"), ("iso3", "SUN"), ("cameo", "RUS"), ("iso2", "RU"),
        ("name", "Russia"), ("name", "Russian Federation"), ("name", "Russia (Soviet Union)"), ("fips", "RS"),
    ],
)  # fmt: skip
def test_a_state_and_day_has_one_label_whatever_the_code(system, cell):
    assert actors([cell] * 3, system=system, dates=["1980-06-01", "1991-12-26", 2020]) == [
        "SUN",
        "RUS",
        "RUS",
    ]
    assert actors([cell], system=system, dates=1980, dissolved="successor") == ["RUS"]


def test_the_state_that_was_serbia():
    days = ["1914-01-01", "1980-01-01", "2003-02-03", "2003-02-04", "2006-06-05"]
    for system, cell in (("cow", "345"), ("iso3", "SRB"), ("name", "Serbia")):
        assert actors([cell] * 5, system=system, dates=days) == ["SRB", "YUG", "YUG", "SCG", "SRB"]
    assert actors(["SCG"] * 3, system="iso3", dates=["1999-01-01", 2005, 2010]) == ["YUG", "SCG", "SRB"]
    assert actors(["CS"] * 3, system="iso2", dates=[1980, 2005, 2010]) == ["CSK", "SCG", "SRB"]
    assert actors(["345", "340", "MNE"], system="gw", dates=[2004, 2010, 2004]) == ["SCG", "SRB", None]
    assert actors(["MNE", "UKR", "EST"], system="iso3", dates=1980) == ["MNE", "UKR", "EST"]  # not continued


def test_comtrade_and_withdrawn_numbers():
    numbers = ["842", "251", "381", "579", "699", "757", "490", "4", "004", "810", "280", "736"]
    states = ["USA", "FRA", "ITA", "NOR", "IND", "CHE", "TWN", "AFG", "AFG", "SUN", "DEU", "SDN"]
    assert actors(numbers, system="iso_numeric") == states
    assert actors([842, 251], system="iso_numeric") == ["USA", "FRA"]
    assert iso3(["0", "97", "899", "12345"], system="iso_numeric")["kind"].tolist() == [
        "region", "group", "region", "unknown",
    ]  # fmt: skip


def test_gleditsch_and_wards_numbers():
    numbers = [260, 255, 340, 678, 679, 970, 971, 972, 973, 711, 817, 955]
    labels = ["DEU", "DEU", "SRB", "YEM", "YEM", "KIR", "NRU", "TON", "TUV", "GW711", "RVN", "TON"]
    assert actors(numbers, system="gw") == labels
    assert actors([970, 946, 947, 955], system="cow") == ["NRU", "KIR", "TUV", "TON"]


def test_codes_go_there_and_back():
    table = state_codes()
    for system in ("cow", "gw", "iso2", "iso_numeric"):
        rows = table[
            (table[system] != "") & ~((system == "iso2") & (table["iso2"] == "CS"))
        ]  # two states' code
        for day in ("1930-01-01", "1980-01-01", "2020-01-01"):
            had = codes(rows["actor"], system=system, dates=day)
            back = iso3(had, system=system, dates=day)["actor"]
            label = iso3(rows["actor"], system="iso3", dates=day)["actor"]
            alive = iso3(rows["actor"], system="iso3", dates=day)["kind"].eq("state")
            wrong = (back != label) & alive
            assert rows["actor"][wrong].tolist() == [], (system, day)
    assert codes(["DEU"] * 3, system="cow", dates=[1930, 1980, 2000]).tolist() == [255, 260, 255]
    assert codes(["YEM", "DEU", "SUN", "SRB", "HKG"], system="gw").tolist() == [678, 260, 365, 340, pd.NA]


def test_codes_and_names_keep_the_index_and_what_is_missing():
    column = pd.Series(["KHM", None, "COW300"], index=[7, 8, 9])
    found = codes(column, system="cow")
    assert found.index.tolist() == [7, 8, 9]
    assert found.isna().tolist() == [False, True, False]
    assert found.dropna().tolist() == [811, 300]
    assert codes(column, system="cow").dtype == "Int64"
    assert names(column).dropna().to_dict() == {7: "Cambodia", 9: "Austria-Hungary"}
    assert iso3(column[column.notna()], system="iso3").index.tolist() == [7, 9]
    assert names(pd.Categorical(["KHM", "ASEAN"])).tolist() == ["Cambodia", "ASEAN"]
    assert codes(["ASEAN"], system="cow", unknown_labels="missing").tolist() == [pd.NA]
    assert iso3("Cambodia")["actor"].tolist() == ["KHM"]
    assert codes([], system="iso2").tolist() == []


def test_labels_that_are_none_are_listed_with_their_rows():
    with pytest.raises(UnknownLabelError, match=r"unknown actor 'Khm'\. Did you mean 'KHM'"):
        codes(["Khm"], system="cow")
    with pytest.raises(
        UnknownLabelError,
        match=r"2 unknown actors: 'China' \(2 rows\), 'EU' \(1 rows\)\. al\.iso3 makes labels",
    ):
        names(["China", "EU", "China", "KHM"], unknown_labels="raise")


@pytest.mark.parametrize(
    "dates",
    [
        [2004] * 4, np.array([2004] * 4), [2004.0] * 4, pd.Series([2004] * 4, index=[5, 6, 7, 8]), [20040701] * 4,
        pd.PeriodIndex(["2004"] * 4, freq="Y"), ["2004"] * 4, ["2004-07"] * 4, 2004, "2004-07-01",
        pd.Timestamp(2004, 7, 1), np.datetime64("2004-07-01"), pd.to_datetime(["2004-07-01"] * 4),
    ],
    ids=str,
)  # fmt: skip
def test_dates_are_days_months_and_years(dates):
    assert actors(["CSK", "SUN", "DDR", "YUG"], system="iso3", dates=dates) == [None, "RUS", "DEU", "SCG"]


def test_within_a_year_the_state_at_its_beginning_counts_else_the_one_at_its_end():
    assert actors(["365", "345", "265", "315"], system="cow", dates=[1991, 2003, 1990, 1918]) == [
        "SUN", "YUG", "DDR", "CSK",
    ]  # fmt: skip


def test_what_is_no_date_is_refused():
    with pytest.raises(
        OptionError, match="dates: 2 of 3 cannot be read as dates, the first 'foo'; write 2004"
    ):
        iso3(["SUN"] * 3, system="iso3", dates=["foo", 1990, "bar"])
    with pytest.raises(OptionError, match="dates has 1 entries for 3 cells; give one date for all"):
        iso3(["SUN"] * 3, system="iso3", dates=["1990"])
    with pytest.raises(OptionError, match="cannot be read as dates, the first True"):
        iso3(["SUN"], system="iso3", dates=[True])
    assert actors(["SUN"] * 2, system="iso3", dates=[None, np.nan]) == ["SUN", "SUN"]


def test_the_tables_are_read_once_and_stay_as_they_are():
    table = crosswalk()
    table.loc[:, "actor"] = "XXX"
    assert actors(["Cambodia", "811"], system="name") == ["KHM", None]
    with pytest.raises(TypeError):
        _rules("name")["cambodia"] = ()


def test_a_state_without_a_successor_is_nobody_after_its_end():
    got = iso3(["CSK", "Czechoslovakia"], system="iso3", dates=["1992-12-31", "1993-01-01"])
    assert got["kind"].tolist() == ["state", "unknown"]  # a name is no iso3 code
    assert iso3(["Czechoslovakia"], dates=["1993-01-01"])["kind"].tolist() == ["ended"]
    assert iso3(["Soviet Union"], dates=["1900-01-01"])["kind"].tolist() == ["ended"]


def test_renamed_states_take_their_successor_at_every_date():
    assert actors(["BUR", "ZAR", "HVO"], system="iso3", dates=["1970-01-01"] * 3) == ["MMR", "COD", "BFA"]


def test_historic_states_keep_their_number():
    got = iso3(["300", "245"], system="cow")
    assert got["actor"].tolist() == ["COW300", "COW245"]
    assert set(got["kind"]) == {"historic"}


def test_own_recodes_go_first_and_unknown_dates_keep_the_rule():
    assert actors(["USA", "XXK"], system="cameo", recode={"xxk": "XKX", "USA": ""}) == [None, "XKX"]
    got = resolve(pd.Series(["SUN"]), np.array(["NaT"], dtype="M8[D]"), system="iso3")
    assert got.labels[got.codes[0]] == "SUN"


def test_categorical_and_text_columns_resolve_alike():
    cells = pd.Series(["USA", "", "EUR", "CHN", "USA"])
    plain = resolve(cells, None, system="cameo")
    coded = resolve(cells.astype("category"), None, system="cameo")
    assert [plain.labels[c] if c >= 0 else "" for c in plain.codes] == [
        coded.labels[c] if c >= 0 else "" for c in coded.codes
    ]
    assert plain.kinds.tolist() == coded.kinds.tolist()


def test_every_actor_of_the_tables_is_a_label_of_one_list():
    table = crosswalk()
    known = set(table.loc[table["system"] == "iso3", "code"]) | set(dissolved_states()["actor"])
    states = table[table["kind"] == "state"]
    assert set(states["actor"]) <= known
    assert set(bloc_members()["member"]) <= known
    assert set(dissolved_states()["successor"]) - {""} <= known
    assert set(table["kind"]) <= set(KINDS)
    named = table[table["system"] == "name"]
    forms = named.assign(form=named["code"].map(lambda name: matching(name, "name")))
    assert (forms["form"] != "").all()
    forms = forms[forms["code"] != "Korea"]  # one state before 1910, two since
    assert forms.groupby("form")["actor"].nunique().max() == 1


def test_errors_name_what_is_near():
    with pytest.raises(OptionError, match="system is 'iso'; it must be one of 'iso3'"):
        iso3(["USA"], system="iso")


@needs_shared
def test_the_crosswalk_agrees_with_the_lists_it_was_made_from():
    codes = SHARED / "data" / "codes"
    cameo = pd.read_csv(codes / "cameo_country_to_iso3.csv", dtype=str, keep_default_na=False)
    plain = cameo[cameo["kind"].isin(["iso3", "recode"]) & (cameo["iso3"] != "")]
    assert actors(plain["cameo"].tolist(), system="cameo") == plain["iso3"].tolist()
    regions = cameo.loc[cameo["kind"] == "region", "cameo"]
    assert len(regions) == 25
    assert set(iso3(regions.tolist(), system="cameo")["kind"]) == {"region"}
    fips = pd.read_csv(codes / "gdelt_fips_to_iso3.csv", dtype=str, keep_default_na=False)
    fips = fips[(fips["fips10_4"] != "") & (fips["iso3"] != "") & ~fips["iso3"].isin(["SCG", "ANT"])]
    assert actors(fips["fips10_4"].tolist(), system="fips") == fips["iso3"].tolist()


@needs_shared
def test_every_system_member_of_the_correlates_of_war_has_an_actor_on_its_days():
    states = pd.read_csv(SHARED / "data" / "other" / "cow_states_v2016.csv")
    first = pd.to_datetime(states[["styear", "stmonth", "stday"]].set_axis(["year", "month", "day"], axis=1))
    last = pd.to_datetime(
        states[["endyear", "endmonth", "endday"]].set_axis(["year", "month", "day"], axis=1)
    )
    for days in (first, last):
        got = iso3(states["ccode"].astype(str).tolist(), system="cow", dates=days)
        missing = states["statenme"][got["actor"].isna()]
        assert missing.tolist() == []
