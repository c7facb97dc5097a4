"""UN votes, ATOP obligations and system membership: small made-up files, and the real ones where present."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alignscore.errors import FormatError, OptionError, UnknownLabelError
from alignscore.measures.similarity.similarity import similarity
from alignscore.readers.atop_portfolio import read_atop
from alignscore.readers.cow_states import members, read_states
from alignscore.readers.un_votes import read_un_votes

SHARED = Path(__file__).resolve().parents[3] / "shared"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)


# ---- votes ----------------------------------------------------------------------------------------------
VOETEN = """rcid,ccode,member,vote,Country,session,date
10,2,1,3,USA,1,1946-01-01
10,811,1,1,CAM,1,1946-01-01
10,710,1,8,CHN,1,1946-01-01
10,565,0,9,NAM,1,1946-01-01
11,2,1,2,USA,1,1946-01-02
11,2,1,2,USA,1,1946-01-02
11,710,1,1,CHN,1,1946-01-02
11,710,1,3,CHN,1,1946-01-02
11,999,1,1,ZAN,1,1946-01-02
11,811,1,5,CAM,1,1946-01-02
,811,1,1,CAM,1,1946-01-02
"""


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".tsv", ".parquet"])
def test_voetens_layout_and_what_is_refused(tmp_path, suffix):
    path = tmp_path / f"votes{suffix}"
    table = pd.read_csv(StringIO(VOETEN))
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")
    votes, report = read_un_votes(path, columns=["date"])
    assert votes.columns.tolist() == ["actor", "session", "item", "vote", "date"]
    assert votes.iloc[:, :4].to_numpy().tolist() == [["USA", 1, 10, 3], ["KHM", 1, 10, 1], ["USA", 1, 11, 2]]
    assert dict(zip(report.refused["row"], report.refused["reason"], strict=True)) == {
        2: "absent",
        3: "not a member",
        5: "repeated",
        6: "votes contradict",
        7: "votes contradict",
        8: "unknown state",
        9: "no such vote",
        10: "no roll call or session",
    }
    by_number, _ = read_un_votes(path, actors="cow")
    assert by_number["actor"].tolist() == [2, 811, 2, 999]
    assert len(votes) + len(report.refused) == len(table)


def test_the_session_comes_from_the_resid_not_from_the_year():
    table = pd.DataFrame(
        {"resid": [45001, 45150], "ccode": [2, 2], "year": [1990, 1991], "session": [0, 0], "vote": [1, 1]}
    )
    votes, _ = read_un_votes(table)
    assert votes["session"].tolist() == [45, 45]


def test_the_unvotes_layout_with_its_roll_calls(tmp_path):
    path = tmp_path / "un_votes.csv"
    path.write_text(
        '"rcid","country","country_code","vote"\n'
        '3,"United States","US","yes"\n3,"Namibia","NA","no"\n3,"Czechoslovakia",NA,"abstain"\n'
        '4,"Atlantis",NA,"yes"\n4,"Cambodia","KH","no"\n',
        encoding="utf-8",
    )
    calls = pd.DataFrame({"rcid": [3, 4], "session": [44, 45], "para": [0, 1]})
    votes, report = read_un_votes(path, rollcalls=calls, columns=["para"])
    assert votes.to_numpy().tolist() == [
        ["USA", 44, 3, 1, 0],
        ["NAM", 44, 3, 3, 0],
        ["CSK", 44, 3, 2, 0],
        ["KHM", 45, 4, 3, 1],
    ]
    assert report.refused.to_numpy().tolist() == [[3, 4, "Atlantis", "unknown state"]]
    with pytest.raises(FormatError, match="these votes carry no session; pass rollcalls="):
        read_un_votes(path)
    with pytest.raises(FormatError, match="roll call 3 is listed twice"):
        read_un_votes(path, rollcalls=pd.concat([calls, calls]))
    named, _ = read_un_votes(path, rollcalls=calls, actors="as_given")
    assert named["actor"].tolist() == ["United States", "Namibia", "Czechoslovakia", "Atlantis", "Cambodia"]


def test_votes_that_cannot_be_read_say_why(tmp_path):
    table = pd.DataFrame({"resid": [1001], "ccode": [2], "vote": [1]})
    with pytest.raises(FormatError, match=r"no column for the roll call: expected 'resid' or 'rcid'"):
        read_un_votes(table.rename(columns={"resid": "id"}))
    with pytest.raises(FormatError, match="no column for the state"):
        read_un_votes(table.drop(columns="ccode"))
    with pytest.raises(FormatError, match="no column for the carried column: expected 'amendment'"):
        read_un_votes(table, columns=["amendment"])
    with pytest.raises(OptionError, match="actors is 'iso2'"):
        read_un_votes(table, actors="iso2")
    with pytest.raises(FileNotFoundError, match="no file or folder at"):
        read_un_votes(tmp_path / "none.csv")
    path = tmp_path / "votes.rds"
    path.touch()
    with pytest.raises(FormatError, match=r"votes.rds is empty"):
        read_un_votes(path)


def test_votes_are_of_whole_numbers_and_keep_their_own_columns():
    table = pd.DataFrame({"resid": [1001.2, 1001.7, 1002], "ccode": [2, 811, 811], "vote": [3, 1, 2]})
    votes, report = read_un_votes(table)
    assert votes["item"].tolist() == [1002]
    assert report.rows("no roll call or session") == 2
    with pytest.raises(OptionError, match="columns names 'vote', which the table of votes has anyway"):
        read_un_votes(table, columns=["vote"])
    with pytest.raises(FormatError, match="columns 'vote' and 'Vote' both stand in the table; keep one"):
        read_un_votes(table.assign(Vote=1))
    with pytest.raises(FormatError, match="column 'vote' stands more than once in the table"):
        read_un_votes(pd.concat([table, table[["vote"]] + 1], axis=1))
    pl = pytest.importorskip("polars")
    assert read_un_votes(pl.from_pandas(table))[0].equals(votes)


@pytest.mark.slow
@needs_shared
def test_the_real_votes_in_both_layouts():
    pytest.importorskip("pyarrow")
    folder = SHARED / "data" / "unga"
    votes, report = read_un_votes(folder / "unga_votes_voeten_cow_1946_2022.parquet")
    assert len(votes) + len(report.refused) == 855_890
    assert report.refused["reason"].value_counts().to_dict() == {"repeated": 3}
    assert (votes["session"] == votes["item"] // 1000).all()
    second, _ = read_un_votes(folder / "unga_votes.parquet", actors="cow")
    assert len(second) == 870_109
    matrix = pd.read_csv(SHARED / "reference" / "similarity" / "inputs" / "votes_un_2019.csv", index_col=0)
    numbered, _ = read_un_votes(folder / "unga_votes_voeten_cow_1946_2022.parquet", actors="cow")
    wide = numbered[numbered["session"] == 74].set_index(["actor", "item"])["vote"].unstack()  # noqa: PD010
    ours = similarity(wide.loc[:, [int(c) for c in matrix.columns]], measure="kappa", levels=(1, 2, 3))
    theirs = similarity(matrix, measure="kappa", levels=(1, 2, 3))
    np.testing.assert_allclose(ours.similarity, theirs.similarity, rtol=1e-12)


# ---- states ---------------------------------------------------------------------------------------------
def state_list() -> pd.DataFrame:
    rows = [
        (2, "United States", 1816, 1, 1, 2016, 12, 31),
        (811, "Cambodia", 1953, 11, 9, 2016, 12, 31),
        (817, "South Vietnam", 1954, 6, 4, 1975, 4, 30),
        (840, "Philippines", 1946, 7, 4, 2016, 12, 31),
        (265, "East Germany", 1954, 3, 25, 1990, 10, 2),
    ]
    columns = ["ccode", "statenme", "styear", "stmonth", "stday", "endyear", "endmonth", "endday"]
    return pd.DataFrame(rows, columns=columns)


def test_membership_by_year():
    states, _ = read_states(state_list())
    assert members(states, 1953) == [2, 811, 840]
    assert members(states, 1975) == [2, 265, 811, 817, 840]
    assert members(states, 2024) == [2, 811, 840]  # still in the system when the list ends
    assert members(read_states(state_list(), actors="iso3")[0], 1975) == ["DDR", "KHM", "PHL", "RVN", "USA"]
    with pytest.raises(FormatError, match="1 of 5 rows lack a state's number or a readable date"):
        read_states(state_list().assign(stmonth=[1, 13, 1, 1, 1]))
    with pytest.raises(FormatError, match="no column for the st day: expected 'stday'"):
        read_states(state_list().drop(columns="stday"))


def test_spells_are_cut_where_the_label_changes():
    table = pd.DataFrame(
        [
            (365, "Russia", 1816, 1, 1, 2016, 12, 31),
            (345, "Yugoslavia", 1878, 7, 13, 1941, 4, 20),
            (345, "Yugoslavia", 1944, 10, 20, 2016, 12, 31),
            (999, "Atlantis", 1900, 1, 1, 1910, 1, 1),
        ],
        columns=state_list().columns,
    )
    states, report = read_states(table, actors="iso3")
    assert (report.read, report.rows("spell cut where its label changes"), report.kept) == (
        4,
        2 + 1 + 2,
        len(states),
    )
    assert report.adds_up
    spells = [
        (actor, str(start.date()), "" if pd.isna(end) else str(end.date()))
        for actor, start, end in states[["actor", "start", "end"]].itertuples(index=False)
    ]
    assert spells == [
        ("RUS", "1816-01-01", "1922-12-29"),
        ("SUN", "1922-12-30", "1991-12-25"),
        ("RUS", "1991-12-26", ""),
        ("SRB", "1878-07-13", "1918-11-30"),
        ("YUG", "1918-12-01", "1941-04-20"),
        ("YUG", "1944-10-20", "2003-02-03"),
        ("SCG", "2003-02-04", "2006-06-04"),
        ("SRB", "2006-06-05", ""),
        (None, "1900-01-01", "1910-01-01"),
    ]
    assert members(states, 1980) == ["SUN", "YUG"]


# ---- alliances ------------------------------------------------------------------------------------------
DYADS = pd.DataFrame(
    [
        # owed by, to, year, defense, offense, neutral, nonagg, consul
        (2, 840, 1960, 1, 0, 0, 0, 1),
        (840, 2, 1960, 1, 0, 0, 0, 1),
        (811, 840, 1960, 0, 0, 0, 1, 0),
        (840, 811, 1960, 0, 0, 1, 0, 0),
        (817, 2, 1960, 0, 0, 0, 0, 1),
        (2, 817, 1960, 0, 0, 0, 0, 0),
        (2, 840, 1980, 1, 0, 0, 0, 0),
        (840, 2, 1980, 1, 0, 0, 0, 0),
        (817, 2, 1980, 1, 0, 0, 0, 0),
    ],
    columns=["stateA", "stateB", "year", "defense", "offense", "neutral", "nonagg", "consul"],
)


def test_dyad_years_to_portfolios():
    states, _ = read_states(state_list())
    portfolio, report = read_atop(DYADS, states=states, years=[1960, 1980], direction="listed")
    assert portfolio.levels == (0, 1, 2, 3)
    assert portfolio.periods == (1960, 1980)
    first, second = portfolio.blocks
    assert [portfolio.actors[code] for code in first.actors] == [2, 265, 811, 817, 840]
    expected = [[3, 0, 0, 0, 3], [0, 3, 0, 0, 0], [0, 0, 3, 0, 1], [2, 0, 0, 3, 0], [3, 0, 2, 0, 3]]
    assert first.cells.tolist() == expected
    assert [portfolio.actors[code] for code in second.actors] == [2, 265, 811, 840]
    assert report.refused.to_numpy().tolist() == [[8, 1980, 817, 2, "not in the system that year"]]
    assert (report.read, report.kept, report.adds_up) == (len(DYADS), len(DYADS) - 1, True)


def test_directions_levels_and_codes():
    states, _ = read_states(state_list()[lambda frame: frame["ccode"] != 817])
    dyads = DYADS.replace({817: 999})
    either, _ = read_atop(
        dyads, states=states, years=[1960], direction="either", actors="iso3", levels={"nonagg": 1}
    )
    assert either.actors == ("DDR", "KHM", "PHL", "USA")
    assert either.levels == (0, 1)
    assert either.blocks[0].cells.tolist() == [[1, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]]
    both, report = read_atop(dyads, states=states, years=[1960], direction="both", own=4, actors="iso3")
    assert both.blocks[0].cells.tolist() == [[4, 0, 0, 0], [0, 4, 1, 0], [0, 1, 4, 3], [0, 0, 3, 4]]
    assert report.refused["reason"].tolist() == ["unknown state"] * 2
    alone, _ = read_atop(DYADS, years=[1980], direction="listed")
    assert alone.actors == (2, 817, 840)


def test_members_to_portfolios():
    spells = pd.DataFrame(
        {
            "atopid": [1, 1, 1, 2, 2],
            "member": [2, 840, 811, 2, 817],
            "yrent": [1952, 1952, 1954, 1956, 1956],
            "yrexit": [0, 0, 1955, 1957, 1957],
            "defense": [1, 1, 0, 0, 1],
            "nonagg": [0, 0, 1, 1, 0],
        }
    )
    portfolio, report = read_atop(spells, levels={"defense": 3, "nonagg": 1})
    levels = dict(zip(portfolio.periods, portfolio.blocks, strict=True))
    assert list(levels) == [1952, 1953, 1954, 1955, 1956, 1957]
    assert levels[1953].cells.tolist() == [[3, 3], [3, 3]]
    assert levels[1955].cells.tolist() == [[3, 3, 3], [1, 3, 1], [3, 3, 3]]  # 2, 811, 840
    assert levels[1957].cells.tolist() == [[3, 1, 3], [3, 3, 0], [3, 0, 3]]  # 2, 817, 840
    assert report.refused.empty


def test_alliances_that_cannot_be_read_say_why():
    with pytest.raises(
        FormatError, match=r"4 of 4 pairs stand one way \(2 to 840 in 1960, .*direction='either'"
    ):
        read_atop(DYADS[DYADS["stateA"] < DYADS["stateB"]])
    with pytest.raises(FormatError, match=r"1 of 9 pairs stand one way \(817 to 2 in 1980"):
        read_atop(DYADS)
    with pytest.raises(UnknownLabelError, match=r"unknown obligation 'defence'\. Did you mean 'defense'"):
        read_atop(DYADS, levels={"defence": 3})
    with pytest.raises(OptionError, match="the level of 'defense' is 0"):
        read_atop(DYADS, levels={"defense": 0})
    with pytest.raises(OptionError, match="levels name no obligation"):
        read_atop(DYADS, levels={})
    spells = {
        "atopid": [1, 1],
        "member": [2, None],
        "yrent": [1952, 1952],
        "yrexit": [0, 0],
        "defense": [1, 1],
    }
    with pytest.raises(FormatError, match="1 member rows lack a state, alliance or date"):
        read_atop(pd.DataFrame(spells), levels={"defense": 3})
    with pytest.raises(OptionError, match=r"years \[2020\] lie outside the file's 1960..1980"):
        read_atop(DYADS, years=[1980, 2020], direction="listed")
    with pytest.raises(FormatError, match="no column for the obligation 'nonagg'"):
        read_atop(DYADS.drop(columns="nonagg"))
    with pytest.raises(FormatError, match="no column for the first state: expected 'ccode1'"):
        read_atop(DYADS.drop(columns="stateB"))
    for change, message in (
        ({"own": -3}, "own is -3; it must lie in"), ({"levels": {"defense": True}}, "the level of 'defense' is True"),
        ({"years": [1960.5]}, "years holds 1960.5, which is no year"),
    ):  # fmt: skip
        with pytest.raises(OptionError, match=message):
            read_atop(DYADS, direction="listed", **change)
    with pytest.raises(TypeError, match="years is 1960; give a list of years"):
        read_atop(DYADS, years=1960)
    with pytest.raises(FormatError, match="no column for the number of a state"):
        read_atop(DYADS, states=DYADS, direction="listed")
    for column in ("year", "stateA", "stateB"):
        with pytest.raises(FormatError, match="9 of 9 rows lack a state or a year"):
            read_atop(DYADS.assign(**{column: DYADS[column] + 0.5}), direction="listed")
    with pytest.raises(FormatError, match="rows lack a state's number or a readable date"):
        read_states(state_list().assign(ccode=2.5))
    with pytest.raises(FormatError, match="1 of 9 rows lack a state or a year"):
        read_atop(DYADS.assign(year=[None, *DYADS["year"][1:]]), direction="listed")


@pytest.mark.slow
@needs_shared
def test_the_real_obligations_are_the_reference_portfolios():
    pytest.importorskip("pyarrow")
    folder = SHARED / "data" / "other"
    states, _ = read_states(folder / "cow_states_v2016.csv")
    years = range(1816, 2019)
    assert (
        sum(len(members(states, year)) * (len(members(states, year)) - 1) // 2 for year in years) == 994_005
    )
    directed, _ = read_atop(folder / "atop51_directed_dyadyear.parquet", states=states, years=years)
    for year in (1990, 2012, 2018):
        path = SHARED / "reference" / "similarity" / "inputs" / f"ally_atop_{year}.csv"
        matrix = pd.read_csv(path, index_col=0)
        block = directed.blocks[year - 1816]
        assert [directed.actors[code] for code in block.actors] == matrix.index.tolist()
        np.testing.assert_array_equal(block.cells, matrix)
    spelled, _ = read_atop(folder / "atop5_1m.csv", states=states, years=years)
    pairs = zip(directed.blocks, spelled.blocks, strict=True)
    differ = sum(int((a.cells != b.cells).sum()) for a, b in pairs)
    assert differ < 0.001 * sum(int((block.cells > 0).sum()) for block in directed.blocks)
    panel = similarity(directed, measure=["s", "kappa"])
    assert len(panel.n) == 994_005


@pytest.mark.parametrize(
    ("read", "header"),
    [
        (read_atop, "ccode1,ccode2,year,defense,offense,neutral,nonagg,consul"),
        (read_states, "ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday"),
        (read_un_votes, "rcid,ccode,vote,session"),
    ],
)
def test_a_file_of_which_no_row_can_be_used_is_an_error(read, header, tmp_path):
    """As R writes one with its row names: each row has a cell more than the header names."""
    path = tmp_path / "a.csv"
    width = header.count(",") + 1
    path.write_text("\n".join([header, *(",".join(["1"] * (width + 1)) for _ in range(2))]) + "\n")
    with pytest.raises(FormatError, match=f"none of 2 rows can be used: {width + 1} columns, not {width}"):
        read(path)


def test_dates_of_votes_are_read_as_at_other_doors():
    """The column tells its order, or the user does; a date that cannot be read is one row and not the table."""
    rows = {
        "undl_id": [1, 2, 2, 2], "ms_code": ["USA", "USA", "SUN", "CHN"], "ms_vote": list("YNAY"), "session": [40] * 4,
    }  # fmt: skip
    table = pd.DataFrame(rows | {"date": ["25/10/1985", "03/10/1985", "03/10/1985", "no day"]})
    votes, report = read_un_votes(table, columns=["date"])
    assert votes["date"].tolist() == ["1985-10-25", "1985-10-03", "1985-10-03"]
    assert report.refused["reason"].tolist() == ["unreadable date"] and report.adds_up
    either = table[1:3].reset_index(drop=True)
    with pytest.raises(FormatError, match="may have the day or the month first"):
        read_un_votes(either)
    assert read_un_votes(either, dayfirst=True, columns=["date"])[0]["date"].tolist() == ["1985-10-03"] * 2
    assert read_un_votes(either, date_format="%m/%d/%Y", columns=["date"])[0]["date"][0] == "1985-03-10"
    calls = pd.DataFrame({"undl_id": [1, 2], "session": [40, 40], "date": ["1985-10-25", "no day"]})
    with pytest.raises(FormatError, match="1 of 2 roll calls have an unreadable date"):
        read_un_votes(pd.DataFrame(rows), rollcalls=calls)
