"""States: Correlates of War numbers and ISO codes, and who was in the state system when."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.errors import FormatError, one_of
from alignscore.readers.steps.tabular import Source, find, load, need, numbers

# COW number, ISO 3166 alpha-3, alpha-2. One code a state, its latest: 345 is SRB and 365 RUS
# throughout. South Vietnam, which ISO never coded, is RVN as in the codes of event data.
STATES = """
2 USA US,20 CAN CA,31 BHS BS,40 CUB CU,41 HTI HT,42 DOM DO,51 JAM JM,52 TTO TT,53 BRB BB,54 DMA DM,55 GRD GD,
56 LCA LC,57 VCT VC,58 ATG AG,60 KNA KN,70 MEX MX,80 BLZ BZ,90 GTM GT,91 HND HN,92 SLV SV,93 NIC NI,94 CRI CR,
95 PAN PA,100 COL CO,101 VEN VE,110 GUY GY,115 SUR SR,130 ECU EC,135 PER PE,140 BRA BR,145 BOL BO,150 PRY PY,
155 CHL CL,160 ARG AR,165 URY UY,200 GBR GB,205 IRL IE,210 NLD NL,211 BEL BE,212 LUX LU,220 FRA FR,221 MCO MC,
223 LIE LI,225 CHE CH,230 ESP ES,232 AND AD,235 PRT PT,255 DEU DE,260 DEU DE,265 DDR DD,290 POL PL,305 AUT AT,
310 HUN HU,315 CSK CS,316 CZE CZ,317 SVK SK,325 ITA IT,331 SMR SM,338 MLT MT,339 ALB AL,341 MNE ME,343 MKD MK,
344 HRV HR,345 SRB RS,346 BIH BA,347 XKX XK,349 SVN SI,350 GRC GR,352 CYP CY,355 BGR BG,359 MDA MD,360 ROU RO,
365 RUS RU,366 EST EE,367 LVA LV,368 LTU LT,369 UKR UA,370 BLR BY,371 ARM AM,372 GEO GE,373 AZE AZ,375 FIN FI,
380 SWE SE,385 NOR NO,390 DNK DK,395 ISL IS,402 CPV CV,403 STP ST,404 GNB GW,411 GNQ GQ,420 GMB GM,432 MLI ML,
433 SEN SN,434 BEN BJ,435 MRT MR,436 NER NE,437 CIV CI,438 GIN GN,439 BFA BF,450 LBR LR,451 SLE SL,452 GHA GH,
461 TGO TG,471 CMR CM,475 NGA NG,481 GAB GA,482 CAF CF,483 TCD TD,484 COG CG,490 COD CD,500 UGA UG,501 KEN KE,
510 TZA TZ,516 BDI BI,517 RWA RW,520 SOM SO,522 DJI DJ,530 ETH ET,531 ERI ER,540 AGO AO,541 MOZ MZ,551 ZMB ZM,
552 ZWE ZW,553 MWI MW,560 ZAF ZA,565 NAM NA,570 LSO LS,571 BWA BW,572 SWZ SZ,580 MDG MG,581 COM KM,590 MUS MU,
591 SYC SC,600 MAR MA,615 DZA DZ,616 TUN TN,620 LBY LY,625 SDN SD,626 SSD SS,630 IRN IR,640 TUR TR,645 IRQ IQ,
651 EGY EG,652 SYR SY,660 LBN LB,663 JOR JO,666 ISR IL,670 SAU SA,678 YEM YE,679 YEM YE,680 YMD YD,690 KWT KW,
692 BHR BH,694 QAT QA,696 ARE AE,698 OMN OM,700 AFG AF,701 TKM TM,702 TJK TJ,703 KGZ KG,704 UZB UZ,705 KAZ KZ,
710 CHN CN,712 MNG MN,713 TWN TW,731 PRK KP,732 KOR KR,740 JPN JP,750 IND IN,760 BTN BT,770 PAK PK,771 BGD BD,
775 MMR MM,780 LKA LK,781 MDV MV,790 NPL NP,800 THA TH,811 KHM KH,812 LAO LA,816 VNM VN,817 RVN --,
820 MYS MY,830 SGP SG,
835 BRN BN,840 PHL PH,850 IDN ID,860 TLS TL,900 AUS AU,910 PNG PG,920 NZL NZ,935 VUT VU,940 SLB SB,946 KIR KI,
947 TUV TV,950 FJI FJ,955 TON TO,970 NRU NR,983 MHL MH,986 PLW PW,987 FSM FM,990 WSM WS
"""
Codes = Literal["iso3", "cow"]


@cache
def _tables() -> tuple[dict[int, str], dict[str, int], dict[str, int]]:
    """COW number -> ISO3, ISO3 -> COW number, ISO2 -> COW number (of the state's main number)."""
    rows = [entry.split() for entry in STATES.replace("\n", "").split(",")]
    iso3 = {int(cow): three for cow, three, _ in rows}
    back: dict[str, int] = {}
    two: dict[str, int] = {}
    for cow, three, short in rows:
        if int(cow) not in (260, 678):  # West Germany and North Yemen share their successors' codes
            back[three], two[short] = int(cow), int(cow)
    return iso3, back, two


def cow_to_iso3(numbers_: Iterable[Any]) -> np.ndarray:
    """ISO 3166 alpha-3 code of each Correlates of War number; None where the state has none.

    Examples
    --------
    >>> cow_to_iso3([811, 710, 511]).tolist()
    ['KHM', 'CHN', None]
    """
    table = _tables()[0]
    return np.array([table.get(_whole(value)) for value in numbers_], dtype=object)


def iso3_to_cow(codes: Iterable[Any]) -> np.ndarray:
    """Correlates of War number of each ISO 3166 alpha-3 code; None where there is none.

    Examples
    --------
    >>> iso3_to_cow(["KHM", "DEU", "???"]).tolist()
    [811, 255, None]
    """
    table = _tables()[1]
    return np.array([table.get(str(value)) for value in codes], dtype=object)


def iso2_to_cow(codes: Iterable[Any]) -> np.ndarray:
    """Correlates of War number of each ISO 3166 alpha-2 code; None where there is none."""
    table = _tables()[2]
    return np.array([table.get(str(value)) for value in codes], dtype=object)


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1


def read_states(source: Source, *, actors: Codes = "cow") -> pd.DataFrame:
    """System membership: when each state was in the interstate system.

    Parameters
    ----------
    source : path or DataFrame
        The Correlates of War list of states: ccode, statenme, styear, stmonth, stday, endyear, ...
    actors : {"cow", "iso3"}
        Which codes name the actors. States without an ISO code (Baden, Zanzibar) keep None under "iso3".

    Returns
    -------
    DataFrame
        A row a spell: actor, cow, name, start, end (the last day; NaT for a state still in the system
        on the list's last day).

    Raises
    ------
    FormatError
        A column is missing, or a date cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignscore.readers.cow_states import read_states
    >>> table = pd.DataFrame(
    ...     {"ccode": [811, 511], "statenme": ["Cambodia", "Zanzibar"],
    ...      "styear": [1953, 1963], "stmonth": [11, 12], "stday": [9, 19],
    ...      "endyear": [2016, 1964], "endmonth": [12, 4], "endday": [31, 26]}
    ... )
    >>> read_states(table, actors="iso3")[["actor", "cow", "start", "end"]]
      actor  cow      start        end
    0   KHM  811 1953-11-09        NaT
    1  None  511 1963-12-19 1964-04-26
    """
    one_of("actors", actors, ("cow", "iso3"))
    table = load(source)
    cow = numbers(table, need(table, "state's number", ["ccode", "cow", "statenum"]))
    start, end = (_day(table, prefix) for prefix in ("st", "end"))
    if cow.isna().any() or start.isna().any() or end.isna().any():
        rows = int((cow.isna() | start.isna() | end.isna()).sum())
        raise FormatError(f"{rows} of {len(table)} rows lack a state's number or a readable date.")
    number = cow.to_numpy(dtype=np.int64)
    named = find(table, ["statenme", "statename", "name"])
    frame = pd.DataFrame(
        {
            "cow": number,
            "name": table[named].to_numpy() if named else number.astype(str),
            "start": start.to_numpy(),
            "end": end.where(end < end.max()).to_numpy(),
        }
    )
    frame.insert(
        0, "actor", frame["cow"] if actors == "cow" else pd.Series(cow_to_iso3(number), dtype=object)
    )
    return frame


def _day(table: pd.DataFrame, prefix: str) -> pd.Series:
    parts = {
        part: numbers(table, need(table, f"{prefix} {part}", [prefix + part]))
        for part in ("year", "month", "day")
    }
    return pd.to_datetime(pd.DataFrame(parts), errors="coerce")


def members(states: pd.DataFrame, year: int, *, on: Literal["any", "end"] = "any") -> list[Any]:
    """Actors in the system in a year: on any of its days, or on its last day.

    Parameters
    ----------
    states : DataFrame
        From `read_states`; after the list's last day a state still in the system stays in it.
    year : int
    on : {"any", "end"}

    Returns
    -------
    list
        Sorted, each once; without the states that have no code.
    """
    one_of("on", on, ("any", "end"))
    last = pd.Timestamp(year, 12, 31)
    first = last if on == "end" else pd.Timestamp(year, 1, 1)
    inside = (states["start"] <= last) & (states["end"].isna() | (states["end"] >= first))
    return sorted(states.loc[inside & states["actor"].notna(), "actor"].unique().tolist())
