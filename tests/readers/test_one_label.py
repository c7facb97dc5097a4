"""A state and year has one label, whichever reader names it: votes, alliances, disputes and news join."""

import pandas as pd
import pytest

import alignscore as al

LABELS = {1985: {"SUN", "YUG"}, 2000: {"RUS", "YUG"}, 2004: {"RUS", "SCG"}, 2010: {"RUS", "SRB"}}
YEARS = sorted(LABELS)


def actors_of(events):
    frame = events.to_frame()
    year = pd.to_datetime(frame["date"]).dt.year
    return {now: {*frame["source"][year == now], *frame["target"][year == now]} for now in YEARS}


def voters(table):
    """Actors of each year of a table of votes, a session a year."""
    frame = al.read_un_votes(table)[0]
    return {year: set(frame["actor"][frame["session"] == year - 1945]) for year in YEARS}


def votes(tmp_path):
    resid = [(year - 1945) * 1000 for year in YEARS for _ in range(2)]
    return voters(
        pd.DataFrame({"resid": resid, "ccode": [365, 345] * len(YEARS), "vote": [1, 3] * len(YEARS)})
    )


def dated_votes(tmp_path):
    return voters(
        pd.concat(
            pd.DataFrame(
                {
                    "rcid": year,
                    "session": year - 1945,
                    "date": f"{year}-06-01",
                    "ccode": [365, 345],
                    "vote": [1, 3],
                }
            )
            for year in YEARS
        )
    )


def named_votes(tmp_path):
    return voters(
        pd.concat(
            pd.DataFrame(
                {"rcid": year, "session": year - 1945, "country": ["Russia", "Yugoslavia"],
                 "country_code": ["RU", None], "vote": ["yes", "no"]}
            )
            for year in YEARS
        )
    )  # fmt: skip


def obligations(year):
    return pd.DataFrame(
        {
            "ccode1": [365, 345], "ccode2": [345, 365], "year": year, "defense": 1, "offense": 0, "neutral": 0,
            "nonagg": 0, "consul": 0,
        }
    )  # fmt: skip


def alliances(tmp_path):
    return {year: set(al.read_atop(obligations(year), actors="iso3")[0].actors) for year in YEARS}


def alliances_with_states(tmp_path):
    parts = {"styear": 1800, "stmonth": 1, "stday": 1, "endyear": 2016, "endmonth": 12, "endday": 31}
    states, _ = al.read_states(pd.DataFrame({"ccode": [365, 345], "statenme": ["Russia", "Serbia"], **parts}))
    return {
        year: set(al.read_atop(obligations(year), states=states, actors="iso3")[0].actors) for year in YEARS
    }


def pacts(tmp_path):
    path = tmp_path / "atop.csv"
    pd.concat(map(obligations, YEARS)).to_csv(path, index=False)
    return actors_of(al.read_atop_events(path)[0])


def disputes(tmp_path):
    path = tmp_path / "mid.csv"
    pd.DataFrame({"ccode1": 365, "ccode2": 345, "year": YEARS, "hostlev1": 4}).to_csv(path, index=False)
    return actors_of(al.read_disputes(path)[0])


def table_of(system, first, second):
    def read(tmp_path):
        path = tmp_path / "events.csv"
        days = [f"{year}-03-01" for year in YEARS]
        pd.DataFrame({"from": first, "to": second, "day": days, "kind": "visit"}).to_csv(path, index=False)
        columns = {"source": "from", "target": "to", "date": "day", "kind": "kind"}
        events, _ = al.read_events(path, columns=columns, system=system, codebook=al.Codebook.ladder())
        return actors_of(events)

    return read


READERS = {
    "votes by session": votes, "votes by date": dated_votes, "votes by name": named_votes,
    "alliances": alliances, "alliances in the system": alliances_with_states, "pacts": pacts,
    "disputes": disputes, "names": table_of("name", "Russian Federation", "Serbia"),
    "cameo": table_of("cameo", "RUS", "SRB"), "iso2": table_of("iso2", "RU", "RS"),
    "numbers": table_of("iso_numeric", "643", "688"), "gw": table_of("gw", "365", "345"),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_state_and_year_has_one_label(reader, tmp_path):
    assert reader(tmp_path) == LABELS
