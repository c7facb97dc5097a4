"""Names as offices, files and people write them: one state however spelled, nothing of what is no name."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignscore.actors import crosswalk, iso3, matching, state_codes

WRITTEN = {
    # the International Monetary Fund, now and before
    "IMF": """HKG: Hong Kong Special Administrative Region, People's Republic of China; China, P.R.: Hong Kong
        TUR: Türkiye, Republic of; Turkey
        EGY: Egypt, Arab Republic of; Egypt, Arab Rep. of
        NLD: Netherlands, The
        XKX: Kosovo, Republic of
        ETH: Ethiopia, The Federal Democratic Republic of
        TZA: Tanzania, United Republic of
        IRN: Iran, Islamic Rep. of; Iran, I.R. of
        COD: Congo, Dem. Rep. of the
        LAO: Lao People's Dem. Rep.
        CHN: China, P.R.: Mainland
        AUT: Austria, Republic of
        ABW: Aruba, Kingdom of the Netherlands
        COM: Comoros, Union of the
        TLS: Timor-Leste, Dem. Rep. of
        VEN: Venezuela, República Bolivariana de
        FSM: Micronesia, Federated States of
        MAC: Macao Special Administrative Region, People's Republic of China""",
    "World Bank": """KOR: Korea, Rep.
        PRK: Korea, Dem. People's Rep.
        YEM: Yemen, Rep.
        COG: Congo, Rep.
        VEN: Venezuela, RB
        FSM: Micronesia, Fed. Sts.
        MAC: Macao SAR, China
        KNA: St. Kitts and Nevis
        VIR: Virgin Islands (U.S.)
        MAF: St. Martin (French part)
        PSE: West Bank and Gaza
        BHS: Bahamas, The
        CIV: Cote d'Ivoire""",
    "United Nations": """IRN: IRAN (ISLAMIC REPUBLIC OF)
        BOL: Bolivia (Plurinational State of)
        BLR: BYELORUSSIAN SSR
        UKR: Ukrainian SSR
        LBY: LIBYAN ARAB JAMAHIRIYA
        YMD: DEMOCRATIC YEMEN
        GBR: United Kingdom of Great Britain and Northern Ireland
        NLD: Netherlands (Kingdom of the)
        PRK: Democratic People's Republic of Korea
        KHM: Democratic Kampuchea
        MKD: The former Yugoslav Republic of Macedonia
        COD: Zaire
        EGY: United Arab Republic""",
    "Comtrade": """USA: USA; USA (before 1981)
        BIH: Bosnia Herzegovina
        VGB: Br. Virgin Isds
        CAF: Central African Rep.
        FSM: FS Micronesia
        MDA: Rep. of Moldova
        DEU: Fmr Fed. Rep. of Germany
        DDR: Fmr Dem. Rep. of Germany
        SUN: Fmr USSR
        SDN: Sudan (...2011)
        SCG: Serbia and Montenegro (...2005)
        TWN: Other Asia, nes
        REU: Réunion (Overseas France)
        FLK: Falkland Isds (Malvinas)
        VNM: Fmr Dem. Rep. of Vietnam""",
    "ISO 3166": """BHS: Bahamas (the)
        COD: Congo (the Democratic Republic of the)
        KOR: Korea (the Republic of)
        FLK: Falkland Islands (the) [Malvinas]
        TWN: Taiwan (Province of China)
        SXM: Sint Maarten (Dutch part)
        MDA: Moldova (the Republic of)
        GBR: United Kingdom of Great Britain and Northern Ireland (the)""",
    "state lists": """USA: United States of America
        DEU: German Federal Republic; Germany (Prussia)
        YEM: Yemen (Arab Republic of Yemen)
        YMD: Yemen People's Republic
        COW273: Hesse Electoral; Hesse-Kassel (Electoral)
        COW271: Wuerttemburg; Württemberg
        PRK: Korea, People's Republic of
        MDG: Madagascar (Malagasy)
        TUR: Turkey (Ottoman Empire)
        RUS: Russia (Soviet Union)
        SWZ: Kingdom of eSwatini (Swaziland)
        RVN: Vietnam, Republic of
        GW89: United Provinces of Central America""",
    "short forms": """USA: US; U.S.; U.S.A.; usa; the United States
        GBR: UK; U.K.; Great Britain
        CHN: PRC; P.R. China; PR China; China (mainland); People’s Republic of China
        KOR: ROK; R.O.K.; S. Korea; South Korea
        PRK: DPRK; D.P.R.K.; DPR Korea; N. Korea
        COD: DRC; DR Congo; D.R. Congo; Congo-Kinshasa
        ARE: UAE
        CIV: Côte d’Ivoire; Cote d`Ivoire; COTE D'IVOIRE
        MMR: Myanmar (Burma); Burma/Myanmar
        VNM: Viet Nam; Viet-Nam; VNM; Viet Nam (VNM)
        TTO: Trinidad & Tobago
        GNB: Guinea‑Bissau; Guinea\u2013Bissau
        BHR: Kingdom of Bahrain; Bahrain, Kingdom of
        LKA: Democratic Socialist Republic of Sri Lanka""",
}
CASES = [
    pytest.param(name.strip(), line.split(":", 1)[0].strip(), id=f"{who}: {name.strip()}")
    for who, text in WRITTEN.items()
    for line in text.splitlines()
    for name in line.split(":", 1)[1].split(";")
]


@pytest.mark.parametrize(("name", "actor"), CASES)
def test_a_state_is_known_by_the_names_its_sources_write(name, actor):
    assert iso3([name])["actor"].tolist() == [actor]
    assert iso3([f" \u200b{name.upper()}\u00a0"])["actor"].tolist() == [
        actor
    ]  # case, blanks, marks no one sees


UNKNOWN = [
    "China and Japan", "China/Japan", "US China", "United States Canada", "Bermuda, Canada", "Guam (Japan)",
    "China (Japan)", "Congo, Guinea", "Republic", "Kingdom of the", "Democratic Republic", "Islamic State",
    "Islamic State of Iraq", "Kingdom of Korea", "Korea", "Virgin Islands", "Northern Ireland", "China 1",
    "中国", "中国 China", "Китай", "Россия", "مصر", "China 中", "the", "?", "*", "ABC", "Former", "United",
    "State of Georgia", "Georgia (USA)", "Samoa, USA", "Paris, France", "Dominica Republic",
]  # fmt: skip


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_no_single_state_is_unknown_and_never_blank(text):
    assert iso3([text]).to_numpy().tolist()[0][1] == "unknown"


@pytest.mark.parametrize(
    "text", ["", "  ", "\u200b", "NA", "nan", "None", "NULL", "<NA>", "---", "n/a", ".."]
)
def test_placeholders_are_blank_in_every_letter_case(text):
    assert iso3([text, text.upper(), text.lower(), f" {text} "])["kind"].tolist() == ["blank"] * 4


def test_cells_of_any_length_are_read_in_no_time():
    start = time.process_time()
    cells = ["(" * 300_000, "a " * 150_000, "China " * 50_000, "[1" * 100_000, "U." * 150_000]
    assert iso3(cells)["kind"].tolist() == ["unknown"] * 5
    assert time.process_time() - start < 2


def test_codes_among_names_stand_in_capitals():
    assert iso3(["SUN", "Sun", "ANT", "ant", "CHN", "Chn"])["kind"].tolist() == ["state", "unknown"] * 3


def test_namibia_is_no_placeholder():
    assert iso3(["NA", "NR", "nan"], system="iso2").to_numpy().tolist()[0] == ["NAM", "state"]


def test_every_name_the_library_writes_is_read_back():
    table = state_codes().drop_duplicates("actor")
    read = iso3(table["name"])["actor"].where(lambda actor: actor.notna(), "")
    assert dict(zip(table["actor"][read != table["actor"]], read[read != table["actor"]], strict=True)) == {}


NAMES = sorted(set(crosswalk().query("system == 'name' and kind == 'state'")["code"]))


@given(
    st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([" ", "; ", " and ", "/", " & ", " 中 "])
)
def test_two_names_in_one_cell_are_never_one_of_them(one, other, between):
    """Laws of mixed cells: what is found is what both say, or a third name that reads so as a whole."""
    actors = (
        iso3([one, other, one + between + other])["actor"].where(lambda actor: actor.notna(), None).tolist()
    )
    known = {matching(name, "name") for name in NAMES}
    whole = matching(one + between + other, "name")
    assert actors[2] is None or actors[0] == actors[1] == actors[2] or whole in known or " of " in one + other


@given(st.text(max_size=40))
def test_any_text_has_a_kind(text):
    assert iso3([text])["kind"].isin(["state", "historic", "group", "region", "unknown", "blank"]).all()


@given(st.sampled_from(NAMES), st.randoms(use_true_random=False))
def test_case_and_order_of_words_tell_nothing(name, random):
    words = name.replace("(", " ").replace(")", " ").split()
    random.shuffle(words)
    if not any(len(word.strip(".,'")) == 1 for word in words):  # initials are read together
        assert matching(" ".join(words).swapcase(), "name") == matching(name, "name")
