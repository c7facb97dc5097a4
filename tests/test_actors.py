"""Codes and names to actors: dates, states that ended, regions, groups and blocs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alignscore.actors import (
    KINDS,
    bloc_members,
    crosswalk,
    dissolved_states,
    iso3,
    matching,
    members,
    resolve,
)
from alignscore.errors import OptionError, UnknownLabelError

SHARED = Path(__file__).resolve().parents[2] / "shared"
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


def test_every_actor_of_the_tables_is_a_label_of_one_list():
    table = crosswalk()
    known = set(table.loc[table["system"] == "iso3", "code"]) | set(dissolved_states()["actor"])
    states = table[table["kind"] == "state"]
    assert set(states["actor"]) <= known
    assert set(bloc_members()["member"]) <= known
    assert set(dissolved_states()["successor"]) - {""} <= known
    assert set(table["kind"]) <= set(KINDS)
    named = table[table["system"] == "name"]
    assert (named["code"] == named["code"].map(lambda c: matching(c, "name"))).all()
    assert not table.duplicated(["system", "code", "first"]).any()


def test_errors_name_what_is_near():
    with pytest.raises(OptionError, match="system is 'iso'; it must be one of 'iso3'"):
        iso3(["USA"], system="iso")
    with pytest.raises(UnknownLabelError, match=r"unknown bloc 'Asean'\. Did you mean 'ASEAN'\?"):
        members("Asean", "2000-01-01")


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
