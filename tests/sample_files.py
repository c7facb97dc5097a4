"""Sound lines of every format a reader takes, and the options they are read with."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from alignscore.codebook import Codebook
from alignscore.readers.aiddata import read_aiddata
from alignscore.readers.any_table import read_events
from alignscore.readers.atop_events import read_atop_events
from alignscore.readers.atop_portfolio import read_atop
from alignscore.readers.desta import read_desta
from alignscore.readers.disputes import read_disputes
from alignscore.readers.exercises import read_exercises
from alignscore.readers.gdelt import read_gdelt
from alignscore.readers.gge import read_gge
from alignscore.readers.icews import read_icews
from alignscore.readers.imf_trade import read_imf_trade
from alignscore.readers.keds import read_keds, read_phoenix
from alignscore.readers.polecat import read_polecat
from alignscore.readers.sipri import read_sipri
from alignscore.readers.un_votes import read_un_votes

GDELT = "\t".join(
    ["1", "20191024", "201910", "2019", "2019.8", "USAGOV", "US", "USA", *[""] * 6, "GOV", "CHN",
    "CHINA", "CHN"]
    + [""] * 7 + ["1", "040", "040", "04", "1", "1.0", "3", "1", "3", "2.0", *[""] * 24]
    + ["20191024143000", "https://a.org/1"]
)  # fmt: skip
ICEWS = [
    "Event ID\tEvent Date\tSource Name\tSource Country\tEvent Text\tCAMEO Code\tIntensity\tTarget Name\t"
    "Target Country\tStory ID\tSentence Number",
    "1\t2018-06-01\tForeign Ministry\tJapan\tConsult\t040\t1\tCabinet\tVietnam\t7\t2",
    "2\t2018-06-01\tCabinet\tVietnam\tConsult\t040\t1\tForeign Ministry\tJapan\t7\t2",
]
POLECAT = [
    "Event ID\tEvent Date\tEvent Type\tEvent Mode\tContexts\tActor Name\tActor Country\tRecipient Name\t"
    "Recipient Country",
    "a\t2023-01-03\tCONSULT\tvisit\tdiplomatic; economic\tX\tVNM\tY\tCHN",
    "b\t2023-01-04\tCOOPERATE\tNone\tmilitary\tX\tUSA; PHL; JPN\tNone\tNone",
]
DISPUTES = [
    "ccode1,ccode2,year,hostlev1,stmon,midonset,dispnum",
    "2,365,1962,3,10,1,61",
    "365,2,1962,4,10,1,61",
]
EXERCISES = [
    "MMEID,Ex_Name,s.year,s.month,s.day,e.year,e.month,e.day,StateA,StateB,StateC",
    "m1,One,1980,1,14,1980,1,21,Netherlands,United States,Japan",
    'm2,"Two, again",1981,2,xx,1981,2,xx,Egypt,United States,',
]
DESTA = [
    "number,base_treaty,name,entry_type,year,entryforceyear,typememb,member_iso_numeric",
    "1,1,Albania Bulgaria,base_treaty,2003,2003,1,8 100",
    "2,2,Albania EC,base_treaty,2006,2009,3,8 56 276",
]
ATOP = [
    "atopid,member,yrent,moent,dayent,yrexit,moexit,dayexit,defense,offense,neutral,nonagg,consul",
    "1,2,1949,8,24,0,0,0,1,0,0,0,1",
    "1,200,1949,8,24,1990,0,0,0,0,0,1,1",
]
SIPRI = [
    "Transfers of arms",
    "Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,"
    "Number delivered, ,Year(s) of delivery,status,Comments,SIPRI TIV per unit,SIPRI TIV for total order,"
    "SIPRI TIV of delivered weapons",
    "Viet Nam,Russia,2009,?,6,,Kilo,submarine,6,,2013; 2014,New,,200,1200,1200",
]
IMF = ["reporter,partner,flow,month,usd_million", "USA,CHN,export,2014-01,89.7", "USA,CHN,import,2014M02,1e3"]
KEDS = ["date,source,target,code", "790415,USA,RUSGOV,040", "1979-04-16,USA,CHN,0311"]
PHOENIX_START = ["e1", "20150101", "2015", "01", "01", "USAGOV", "USA", "GOV", "", "CHN", "CHN", "", ""]
PHOENIX = "\t".join([*PHOENIX_START, "040", "04", "1", "1.0", *[""] * 6, "ids", "url", "s"])
ANY = ["source,target,date,kind,weight", "USA,CHN,2020-01-02,040,1", "CHN,USA,20200103,163,2.5"]

SIPRI_BY_DEAL = [
    "SIPRI AT Database ID,Supplier,Recipient,Order date,Order date is estimate,Delivery year,TIV delivery values",
    "1,China,Cambodia,2011,No,2013,36", "1,China,Cambodia,2011,Yes,2014,6",
]  # fmt: skip
SIPRI_TIV = [
    '"TIV of arms exports from China, 2013-2014"',
    ",2013,2014,Total",
    "Cambodia,36,6,42",
    "Total,36,6,42",
]
IMF_BULK = [
    "Country Name,Indicator Name,Counterpart Country Name,Attribute,2019,2019Q1,2019M1",
    '"Egypt, Arab Rep. of","Goods, Value of Exports, FOB, US Dollars",Cambodia,Value,500,85,40',
    "Japan,Imports,China,Value,,,7",
]
IMTS = [
    "COUNTRY,INDICATOR,COUNTERPART_COUNTRY,TIME_PERIOD,OBS_VALUE,SCALE",
    "USA,XG_FOB_USD,CHN,2024-M01,12,6", "USA,XG_FOB_USD,G001,2024-M01,120,6",
]  # fmt: skip
DESTA_LIST = [
    "number,base_treaty,name,entry_type,year,entryforceyear,typememb,c1,c2,c3",
    "9,9,Cambodia China Lao,base_treaty,2020,2022,2,116.0,156,418", "10,10,x,base_treaty,2020,2022,1,8,100,",
]  # fmt: skip
DESTA_DYADS = [
    "country1,country2,iso1,iso2,number,base_treaty,name,entry_type,year,entryforceyear",
    "Cambodia,China,116,156,9,9,x,base_treaty,2020,2022", "Cambodia,Lao,116,418,9,9,x,base_treaty,2020,2022",
]  # fmt: skip
MID = [
    "disno,statea,stateb,strtmnth,strtyr,year,hihosta,hihostb", "61,2,365,10,1962,1962,3,4", "62,2,710,1,1962,1962,1,4",
]  # fmt: skip
ATOP_PAIRS = [
    "statea,stateb,year,defense,offense,neutral,nonagg,consul", "2,20,2000,1,0,0,0,0", "20,2,2000,1,0,0,0,0",
]  # fmt: skip
PHOENIX_TABLE = ["eid,story_date,source_root,target_root,code,root_code", "1,1/31/1995,USA,CHN,042,04",
                 "2,2/1/1995,JPN,USA,020,02"]  # fmt: skip
UNDL = [
    "undl_id,ms_code,ms_name,ms_vote,date,session", "5,USA,UNITED STATES,N,2023-11-01,78",
    "6,KHM,CAMBODIA,A,2023-06-01,ES-11",
]  # fmt: skip
VOETEN = ["rcid,ccode,vote,session", "3,2,1,45", "3,365,3,45"]
GGE = [
    "dyad,country1_code,country2_code,year,geo_score,number_of_events", "KHM-THA,KHM,THA,2000,0.5,2",
    "KHM-THA,KHM,THA,2001,,0",
]  # fmt: skip
AIDDATA = [
    "Recommended For Aggregates,Recipient,Recipient ISO-3,Commitment Year,Flow Type,Flow Class,Amount (Constant USD 2021)",
    "Yes,Cambodia,KHM,2015,Loan,OOF-like,3000000", "Yes,Viet Nam,,2015,Grant,ODA-like,1000000",
]  # fmt: skip

READERS = {
    "gdelt": (read_gdelt, [GDELT, GDELT.replace("20191024", "20191025")], {}),
    "gdelt_blocs": (read_gdelt, [GDELT, GDELT], {"blocs": ("EU",), "date": "added", "min_sources": 2}),
    "icews": (read_icews, ICEWS, {}),
    "icews_actors": (read_icews, ICEWS, {"ends": "actor", "cross_border": False, "one_a_day": "actor"}),
    "polecat": (read_polecat, POLECAT, {}),
    "keds": (read_keds, KEDS, {"codes": "cameo"}),
    "phoenix": (read_phoenix, [PHOENIX, PHOENIX], {}),
    "sipri": (read_sipri, SIPRI, {}),
    "sipri_orders": (read_sipri, SIPRI, {"date": "order"}),
    "atop": (read_atop_events, ATOP, {}),
    "imf": (read_imf_trade, IMF, {}),
    "imf_both": (read_imf_trade, IMF, {"flow": "both", "weight": "value"}),
    "desta": (read_desta, DESTA, {}),
    "exercises": (read_exercises, EXERCISES, {}),
    "disputes": (read_disputes, DISPUTES, {}),
    "events": (read_events, ANY, {"codebook": Codebook.cameo(), "system": "iso3", "one_a_day": "state"}),
    "events_plain": (read_events, ANY, {"codebook": Codebook.cameo()}),
    "sipri_by_deal": (read_sipri, SIPRI_BY_DEAL, {}),
    "sipri_by_order": (read_sipri, SIPRI_BY_DEAL, {"date": "order"}),
    "sipri_tiv": (read_sipri, SIPRI_TIV, {}),
    "imf_bulk": (read_imf_trade, IMF_BULK, {}),
    "imf_sdmx": (read_imf_trade, IMTS, {"weight": "value"}),
    "desta_list": (read_desta, DESTA_LIST, {}),
    "desta_dyads": (read_desta, DESTA_DYADS, {}),
    "disputes_mid": (read_disputes, MID, {}),
    "atop_pairs": (read_atop_events, ATOP_PAIRS, {"direction": "either"}),
    "atop_portfolio": (read_atop, ATOP_PAIRS, {"direction": "listed"}),
    "phoenix_table": (read_phoenix, PHOENIX_TABLE, {}),
    "icews_text": (read_icews, ICEWS, {"codes": "text", "on_error": "skip"}),
    "votes_undl": (read_un_votes, UNDL, {}),
    "votes_voeten": (read_un_votes, VOETEN, {"actors": "cow"}),
    "gge": (read_gge, GGE, {}),
    "aiddata": (read_aiddata, AIDDATA, {}),
}


@cache
def sound(name: str) -> tuple[Any, Any]:
    """What a reader makes of its sound lines, which nobody writes to."""
    read, lines, options = READERS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whole.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read(path, **options)
