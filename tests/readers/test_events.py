"""News-event readers: what each format means, the account of every row, the figures known of real files."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alignscore.codebook import Codebook
from alignscore.errors import CodebookError, EventError, FormatError, OptionError, UnknownLabelError
from alignscore.readers.any_table import read_events
from alignscore.readers.cameo_codes import CLASSES, goldstein_scores, quad
from alignscore.readers.gdelt import read_gdelt
from alignscore.readers.icews import read_icews
from alignscore.readers.keds import keds_codebook, read_keds, read_phoenix
from alignscore.readers.polecat import read_polecat
from alignscore.tables.reading_report import ReadReport, Step

SHARED = Path(__file__).resolve().parents[3] / "shared"
DATA = SHARED / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)


# ---- small made-up files ------------------------------------------------------------------------
def gdelt_row(number, day="20191024", a="USA", b="CHN", code="040", root=None, **more):
    """One line of version 2; version 1 is cut from it."""
    cells = [""] * 61
    put = {0: number, 1: day, 5: a + more.get("agent", "GOV"), 7: a, 15: b + "GOV",
    17: b, 25: more.get("lead", "1"),
           26: code, 27: code[:3], 28: code[:2] if root is None else root, 29: "1", 30: "1.0", 31: "3",
           32: more.get("sources", "1"), 33: "3", 59: more.get("added", "20191024") + "143000",
           60: more.get("url", f"https://a.org/{number}"), 8: more.get("group", "")}  # fmt: skip
    for at, cell in put.items():
        cells[at] = str(cell)
    return cells


def write(path, rows, width=61):
    drop = {61: (), 58: (39, 47, 55), 57: (39, 47, 55, 60)}[width]
    lines = ["\t".join(cell for at, cell in enumerate(row) if at not in drop) for row in rows]
    if width < 61:
        lines = [line.replace("143000", "") for line in lines]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table(events):
    frame = events.to_frame()
    return sorted(
        zip(frame.source, frame.target, frame.date.astype(str), frame.kind, frame.weight, strict=True)
    )


# ---- GDELT --------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [57, 58, 61])
def test_gdelt_versions_hold_the_same_events(tmp_path, width):
    rows = [gdelt_row(1), gdelt_row(2, code="163"), gdelt_row(3, b="RUS", code="0311")]
    events, report = read_gdelt(write(tmp_path / "a.CSV", rows, width))
    assert table(events) == [
        ("USA", "CHN", "2019-10-24", "040", 1.0),
        ("USA", "CHN", "2019-10-24", "163", 1.0),
        ("USA", "RUS", "2019-10-24", "0311", 1.0),
    ]
    assert (report.read, report.kept, report.adds_up) == (3, 3, True)


def test_gdelt_counts_each_row_where_it_left(tmp_path):
    rows = [
        gdelt_row(1),
        gdelt_row(2),  # the same act on the same day
        gdelt_row(3, b=""),
        gdelt_row(4, b="USA"),
        gdelt_row(5, b="AFR"),
        gdelt_row(6, b="QQQ"),
        gdelt_row(7, day="20191399"),
        gdelt_row(8, code="40", root="4"),
        gdelt_row(9, code="2042", a="CHN", b="USA"),
        gdelt_row(10, a="CHN", b="USA", url="https://a.org/1"),  # the first row seen from the other side
        *(gdelt_row(20 + n, b="JPN", code="057", day=f"201910{n + 1:02d}") for n in range(20)),
    ]
    events, report = read_gdelt(write(tmp_path / "a.CSV", rows))
    told = {(step.action, step.reason): step.rows for step in report.steps}
    assert told == {
        ("refused", "damaged event code"): 1,
        ("refused", "unreadable date"): 1,
        ("left out", "no state at one end"): 1,
        ("left out", "region, not a state"): 1,
        ("refused", "unknown actor"): 1,
        ("left out", "same state at both ends"): 1,
        ("merged", "mirrored row"): 1,
        ("merged", "same act on the same day"): 1,
    }
    assert (report.read, report.kept, report.adds_up) == (30, 22, True)
    # of 29 rows with a sound code two lack a second country; regions and unknown codes are countries here
    assert report.facts["cross-border"] == (27, 29)
    # here the first actor is a government, as USAGOV
    assert report.facts["actor code is the bare country, of cross-border rows"] == (0, 27)
    frame = events.to_frame()
    assert frame["mutual"].sum() == 1
    assert frame.loc[frame["mutual"], ["source", "target", "kind"]].to_numpy().tolist() == [
        ["USA", "CHN", "040"]
    ]
    assert report.step("unknown actor").example == "'QQQ'"


def test_gdelt_options_are_steps_of_the_report(tmp_path):
    rows = [
        gdelt_row(1, day="20181024", sources="3"),
        gdelt_row(2, lead="0", sources="3"),
        gdelt_row(3, sources="2"),
        gdelt_row(4, code="010", sources="3"),
    ]
    path = write(tmp_path / "a.CSV", rows)
    events, report = read_gdelt(path, root_only=True, min_sources=3, drop_roots=("01", "02"), date="added")
    assert table(events) == [("USA", "CHN", "2019-10-24", "040", 1.0)]
    assert [(s.reason, s.rows) for s in report.steps] == [
        ("not a root event", 1), ("fewer than 3 sources", 1), ("root 01", 1),
    ]  # fmt: skip
    assert report.facts["event day other than the day added"] == (1, 4)
    assert table(read_gdelt(path, root_only=True, min_sources=3, drop_roots=("01",))[0])[0][2] == "2018-10-24"


def test_gdelt_values_are_taken_by_name(tmp_path):
    path = write(tmp_path / "a.CSV", [gdelt_row(1, code="164")])
    assert read_gdelt(path)[0].value.tolist() == [-7.0]
    assert read_gdelt(path, values="icews")[0].value.tolist() == [-6.5]


def test_blocs_act_as_their_members_of_the_day(tmp_path):
    eu = gdelt_row(1, a="EUR", b="RUS", code="163", group="EEC")
    inside = gdelt_row(2, a="EUR", b="FRA", code="040", group="EEC")
    path = write(tmp_path / "a.CSV", [eu, inside])
    assert read_gdelt(path)[1].rows("region, not a state") == 2
    events, report = read_gdelt(path, blocs=("EU",))
    frame = events.to_frame()
    toward = frame[frame["target"] == "RUS"]
    assert len(toward) == 28  # the United Kingdom among them in 2019
    assert toward["weight"].sum() == pytest.approx(1)
    assert (frame["target"] == "FRA").sum() == 28 - 1
    assert report.adds_up
    assert report.rows("act of EU as one of each member") == 2 * 27
    assert report.rows("act of EU toward its member") == 1


def test_each_act_of_a_bloc_is_of_its_members_of_its_own_day(tmp_path):
    """Croatia is in from 1 July 2013: one of 28, each with 1/28 of the act, and before it 27 without it."""
    days = ("20120301", "20140301")
    path = write(
        tmp_path / "a.CSV",
        [
            gdelt_row(n, day, a="EUR", b="RUS", code="163", group="EEC", added=day)
            for n, day in enumerate(days)
        ],
    )
    frame = read_gdelt(path, blocs=("EU",))[0].to_frame()
    before, after = (frame[frame["date"] == pd.Timestamp(day)] for day in days)
    assert {*after["source"]} - {*before["source"]} == {"HRV"} and {*before["source"]} <= {*after["source"]}
    assert before["source"].is_unique and before["weight"].to_numpy() == pytest.approx(np.full(27, 1 / 27))
    assert after["source"].is_unique and after["weight"].to_numpy() == pytest.approx(np.full(28, 1 / 28))


def test_a_files_archive_and_folder_hold_the_same_events(tmp_path):
    rows = [
        gdelt_row(n, b=b, code=c) for n, (b, c) in enumerate([("CHN", "040"), ("RUS", "173"), ("CHN", "043")])
    ]
    whole = write(tmp_path / "whole.export.CSV", rows)
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "a.CSV", rows[:1])
    (folder / "b.CSV.gz").write_bytes(gzip.compress(write(tmp_path / "b.CSV", rows[1:2]).read_bytes()))
    with zipfile.ZipFile(folder / "c.export.CSV.zip", "w") as archive:
        archive.write(write(tmp_path / "c.CSV", rows[2:]), "c.export.CSV")
        archive.writestr("__MACOSX/._c.CSV", "x")
    (folder / "README.md").write_text("no data")
    done = []
    one, _ = read_gdelt(whole)
    many, report = read_gdelt(folder, progress=lambda read, total: done.append((read, total)))
    assert table(one) == table(many)
    assert report.files == ("a.CSV", "b.CSV.gz", "c.export.CSV.zip/c.export.CSV")
    assert done[-1][0] == done[-1][1] > 0
    assert [read for read, _ in done] == sorted(read for read, _ in done)
    assert table(
        read_gdelt([folder / "a.CSV", folder / "b.CSV.gz", folder / "c.export.CSV.zip"])[0]
    ) == table(one)


def test_a_folder_or_archive_without_data_says_so(tmp_path):
    (tmp_path / "x.md").write_text("no data")
    with pytest.raises(FormatError, match=r"holds no data file \(\.csv, \.tsv"):
        read_gdelt(tmp_path)
    with pytest.raises(FormatError, match="an empty list of paths"):
        read_gdelt([])
    (tmp_path / "w.csv").write_bytes(b"%PDF-1.7")
    with pytest.raises(FormatError, match=r"w\.csv is a PDF, not a text table"):
        read_gdelt(tmp_path / "w.csv")


def test_codes_without_their_zeros_are_refused_with_the_reason(tmp_path):
    rows = [gdelt_row(n, code="40", root="4") for n in range(10)]
    with pytest.raises(FormatError) as told:
        read_gdelt(write(tmp_path / "a.CSV", rows))
    assert "10 of 10 rows have a damaged event code (first: EventCode '40' with EventRootCode '4')" in str(
        told.value
    )
    assert "lose their zeros when read as numbers" in str(told.value)
    # 12 is a sound root, but its root column shows that it was 012
    with pytest.raises(FormatError, match="EventCode '12' with EventRootCode '1'"):
        read_gdelt(write(tmp_path / "b.CSV", [gdelt_row(n, code="12", root="1") for n in range(10)]))
    sound, _ = read_gdelt(write(tmp_path / "c.CSV", [gdelt_row(1, code="12")]))
    assert len(sound) == 1


def test_a_file_saved_by_a_spreadsheet_is_refused_with_counts(tmp_path):
    names = "GLOBALEVENTID;SQLDATE;EventCode;EventRootCode;DATEADDED"
    (tmp_path / "x.csv").write_text(f"{names}\n1;20190121;12;1;2.02E+13\n2;20190121;190;19;2.02E+13\n")
    with pytest.raises(FormatError) as told:
        read_gdelt(tmp_path / "x.csv")
    for part in (
        "a header and 5 columns separated by ';'",
        "eventcode: 1 of 2 codes lost their zero (12 for 012)",
        "DATEADDED is rounded to 2.02E+13 in 2 rows",
        "read_events(path, columns={...})",
    ):
        assert part in str(told.value)


def test_lines_of_other_encodings_and_widths_are_counted(tmp_path):
    row = "\t".join(gdelt_row(1))
    odd = "\t".join(gdelt_row(2, b="RUS", url="https://a.org/caf\xe9"))
    path = tmp_path / "a.CSV"
    path.write_bytes(
        b"\xef\xbb\xbf" + row.encode() + b"\r\n\r\n" + odd.encode("latin-1") + b"\r\nhalf\ta\tline"
    )
    events, report = read_gdelt(path)
    assert len(events) == 2
    assert (report.read, report.rows("3 columns, not 57 or 58 or 61"), report.adds_up) == (3, 1, True)
    assert report.facts["lines not in UTF-8"] == (1, 3)


# ---- cleaning -------------------------------------------------------------------------------------
def test_options_are_checked_and_named(tmp_path):
    path = write(tmp_path / "a.CSV", [gdelt_row(1)])
    with pytest.raises(UnknownLabelError, match=r"unknown option 'one_day'\. Did you mean 'one_a_day'\?"):
        read_gdelt(path, one_day="state")
    with pytest.raises(OptionError, match="one_a_day is 'country'; it must be one of 'state', 'actor', None"):
        read_gdelt(path, one_a_day="country")
    with pytest.raises(OptionError, match="needs ends='actor'"):
        read_gdelt(path, cross_border=False)
    with pytest.raises(OptionError, match=r"drop_roots is \('1',\); it must list roots '01' to '20'"):
        read_gdelt(path, drop_roots=("1",))
    with pytest.raises(UnknownLabelError, match="unknown bloc 'OPEC'"):
        read_gdelt(path, blocs=("OPEC",))
    with pytest.raises(OptionError, match="min_sources is 0"):
        read_gdelt(path, min_sources=0)


def test_actors_of_the_file_can_be_the_ends(tmp_path):
    rows = [gdelt_row(1), gdelt_row(2, agent="MIL"), gdelt_row(3, b="USA", agent="MIL", code="043")]
    path = write(tmp_path / "a.CSV", rows)
    events, _ = read_gdelt(path, ends="actor", cross_border=False, one_a_day="actor")
    assert events.actors == ("CHNGOV", "USAGOV", "USAMIL")
    assert len(events) == 3
    across, report = read_gdelt(path, ends="actor")
    assert across.actors == ("CHNGOV", "USAGOV", "USAMIL")
    assert (len(across), report.rows("same state at both ends")) == (2, 1)


def test_regions_can_be_kept(tmp_path):
    path = write(tmp_path / "a.CSV", [gdelt_row(1, b="AFR"), gdelt_row(2, a="EUR", b="AFR")])
    assert read_gdelt(path, regions="keep")[0].actors == ("AFR", "EUR", "USA")


# ---- ICEWS ----------------------------------------------------------------------------------------
HEAD = ["Event ID", "Event Date", "Source Name", "Source Sectors", "Source Country", "Event Text",
    "CAMEO Code",
        "Intensity", "Target Name", "Target Sectors", "Target Country", "Story ID",
        "Sentence Number"]  # fmt: skip


def icews_row(number, a="Japan", b="Vietnam", code="040", text="Consult", story="7", day="2018-06-01"):
    ends = [f"Ministry ({a})", "Government", a, text, code, "1", f"Cabinet ({b})", "NA", b]
    return [str(number), day, *ends, story, "2"]


def write_icews(path, rows, drop=()):
    lines = [
        [cell for name, cell in zip(HEAD, row, strict=True) if name not in drop] for row in [HEAD, *rows]
    ]
    path.write_text("\n".join("\t".join(line) for line in lines) + "\n", encoding="utf-8")
    return path


def mirrored(number, **more):
    row = icews_row(number, **more)
    row[2:5], row[8:11] = row[8:11], row[2:5]
    return row


def test_icews_mirrored_rows_become_one_mutual_event(tmp_path):
    rows = [icews_row(1), mirrored(2), mirrored(3, story="8"), icews_row(4, code="043", text="Host a visit")]
    path = write_icews(tmp_path / "a.tab", rows)
    events, report = read_icews(path)
    frame = events.to_frame()
    assert frame[["source", "target", "kind", "mutual"]].to_numpy().tolist() == [
        ["JPN", "VNM", "040", True],  # rows 1 and 2, and row 3: the same act on the same day
        ["JPN", "VNM", "043", False],
    ]
    assert report.facts["mirrored"] == (2, 4)
    assert (report.rows("mirrored row"), report.rows("same act on the same day")) == (1, 1)
    raw, _ = read_icews(path, mirrored="keep", one_a_day=None)
    assert len(raw) == 4
    assert not raw.mutual.any()
    # one sentence of one story of one day tells both sides of an act; another sentence tells of another
    elsewhere = mirrored(2)
    elsewhere[-1] = "3"
    apart, report = read_icews(write_icews(tmp_path / "b.tab", [rows[0], elsewhere]), one_a_day=None)
    assert report.rows("mirrored row") == 0 and not apart.mutual.any()


def test_mutual_events_carry_the_mass_of_the_rows_they_stand_for(tmp_path):
    path = write_icews(
        tmp_path / "a.tab", [icews_row(1), mirrored(2), icews_row(3, a="China"), mirrored(4, a="China")]
    )
    once, _ = read_icews(path)
    raw, _ = read_icews(path, mirrored="keep")
    assert (once.value * once.weight * np.where(once.mutual, 2, 1)).sum() == (raw.value * raw.weight).sum()


def test_icews_without_codes_is_read_from_its_texts(tmp_path):
    rows = [
        icews_row(1, day="06/01/2018"),
        icews_row(2, b="China", text="fight with small arms and light weapons", day="6/1/2018"),
        icews_row(3, b="India", text="Something new", day="6/1/2018"),
    ]
    path = write_icews(tmp_path / "Events.2017.x.tab", rows, drop=("CAMEO Code",))
    events, report = read_icews(path)
    assert table(events) == [
        ("JPN", "CHN", "2018-06-01", "193", 1.0),
        ("JPN", "VNM", "2018-06-01", "040", 1.0),
    ]
    assert report.facts["code read from the event text"] == (2, 3)
    assert report.rows("damaged or missing event code") == 1


def test_icews_code_with_a_mark_is_read_from_its_text_but_a_short_one_is_refused(tmp_path):
    rows = [icews_row(1, code="13y", text="Threaten with military force"), icews_row(2, code="40")]
    rows += [icews_row(at, day=f"2018-06-{at:02}") for at in range(3, 30)]
    events, report = read_icews(write_icews(tmp_path / "a.tab", rows), ends="actor", cross_border=False)
    assert report.facts["code read from the event text"] == (1, 29)
    assert set(events.to_frame()["kind"]) == {"138", "040"}
    assert report.rows("damaged or missing event code") == 1


def test_icews_saved_with_quotes_is_read(tmp_path):
    plain = write_icews(tmp_path / "a.tab", [icews_row(1), icews_row(2, b="China")])
    pd.read_csv(plain, sep="\t", dtype=str).to_csv(tmp_path / "q.tab", sep="\t", index=False, quoting=1)
    assert table(read_icews(tmp_path / "q.tab")[0]) == table(read_icews(plain)[0])


def test_another_table_is_no_icews_file(tmp_path):
    (tmp_path / "a.tab").write_text("Event ID\tDate\n1\t2\n")
    with pytest.raises(
        FormatError, match=r"is no ICEWS file: its first line lacks 8 of the columns, first 'Event Date'"
    ):
        read_icews(tmp_path / "a.tab")


# ---- POLECAT --------------------------------------------------------------------------------------
PLOVER_HEAD = ["Event ID", "Event Date", "Event Type", "Event Mode", "Event Intensity",
    "Contexts", "Actor Name",
               "Actor Country", "Recipient Name", "Recipient Country"]  # fmt: skip


def write_polecat(path, rows, head=PLOVER_HEAD):
    path.write_text("\n".join("\t".join(row) for row in [head, *rows]) + "\n")
    return path


def polecat_row(number, kind="CONSULT", mode="visit", contexts="None", a="VNM", b="CHN"):
    return [str(number), "2023-01-03", kind, mode, "4.0", contexts, "Leader", a, "Host", b]


def test_a_file_of_blank_lines_is_empty(tmp_path):
    (tmp_path / "a.txt").write_text("\n\n")
    with pytest.raises(FormatError, match=r"a\.txt is empty"):
        read_polecat(tmp_path / "a.txt")


def test_polecat_pairs_inside_actor_are_meetings(tmp_path):
    path = write_polecat(tmp_path / "a.txt", [polecat_row(1, a="USA; PHL; JPN", b="None")])
    events, report = read_polecat(path)
    frame = events.to_frame()
    pairs = {frozenset(pair) for pair in zip(frame.source, frame.target, strict=True)}
    assert pairs == {frozenset(pair) for pair in (("USA", "PHL"), ("USA", "JPN"), ("PHL", "JPN"))}
    assert frame["mutual"].all()
    assert frame["weight"].tolist() == [1 / (3 - 1)] * 3
    assert report.rows("pairs of states named in one row") == 3 - 1
    assert read_polecat(path, pairs="full")[0].weight.tolist() == [1.0] * 3


def test_polecat_lists_on_both_sides_are_directed_pairs(tmp_path):
    events, report = read_polecat(
        write_polecat(tmp_path / "a.txt", [polecat_row(1, a="USA; JPN; USA", b="PRK; RUS")])
    )
    assert table(events) == [
        (a, b, "2023-01-03", "CONSULT.visit", 1.0) for a in ("JPN", "USA") for b in ("PRK", "RUS")
    ]
    assert not events.mutual.any()
    assert report.adds_up


def test_polecat_contexts_give_the_domain(tmp_path):
    rows = [
        polecat_row(1, contexts="military"),
        polecat_row(2, contexts="technology; military", b="USA"),  # rank 1 goes before rank 2
        polecat_row(3, contexts="diplomatic; economic", b="JPN"),  # a tie
        polecat_row(4, contexts="gender", b="RUS"),  # domestic: the kind decides
    ]
    path = write_polecat(tmp_path / "a.txt", rows)
    frame = read_polecat(path)[0].to_frame()
    told = {t: list(zip(g["domain"], g["weight"], strict=True)) for t, g in frame.groupby("target")}
    assert told["CHN"] == told["USA"] == [("security", 1.0)]
    assert sorted(told["JPN"]) == [("diplomatic", 0.5), ("economic", 0.5)]
    assert told["RUS"] == [("diplomatic", 1.0)]
    assert set(read_polecat(path, contexts="ignore")[0].to_frame()["domain"]) == {"diplomatic"}


def test_polecat_modes_without_a_score_take_their_type(tmp_path):
    events, report = read_polecat(
        write_polecat(tmp_path / "a.txt", [polecat_row(1, mode="sideAB", kind="ACCUSE")])
    )
    assert events.to_frame()["kind"].tolist() == ["ACCUSE"]
    assert events.value.tolist() == [-3.0]  # printed as 3 in the manual, a lost sign
    assert report.facts["mode without a score, read as its type"] == (1, 1)
    scored = [polecat_row(2, mode="", kind="ACCUSE"), polecat_row(3, mode="disapprove", kind="ACCUSE")]
    _, report = read_polecat(write_polecat(tmp_path / "b.txt", scored))
    assert report.facts["mode without a score, read as its type"] == (0, 2)
    assert report.notes == ()  # the columns are those that POLECAT has


def test_polecat_columns_behind_the_last_must_be_empty(tmp_path):
    rows = [[*polecat_row(1), "", ""], [*polecat_row(2, b="USA"), "", "text"], [*polecat_row(3, b="JPN")]]
    events, report = read_polecat(write_polecat(tmp_path / "a.txt", rows))
    assert len(events) == 2
    head = len(PLOVER_HEAD)
    assert report.step(f"{head + 2} columns, not {head}").rows == 1
    assert any("empty cells behind the last column" in note for note in report.notes)


# ---- KEDS, Phoenix, any table ---------------------------------------------------------------------
def test_keds_lists_with_and_without_a_header(tmp_path):
    (tmp_path / "a.txt").write_text("790415\tUSA\tIRQGOV\t040\tCONSULT\n950415\tAUS\tAUL\t163\tX\n")
    (tmp_path / "b.csv").write_text(
        "date,source,target,code\n1979-04-15,USA,IRQ,040\n1995-04-15,AUS,AUL,163\n"
    )
    first, _ = read_keds(tmp_path / "a.txt", codes="cameo")
    second, _ = read_keds(tmp_path / "b.csv", codes="cameo")
    assert table(first) == table(second) == [
        ("AUT", "AUS", "1995-04-15", "163", 1.0), ("USA", "IRQ", "1979-04-15", "040", 1.0),
    ]  # fmt: skip
    assert (
        keds_codebook("cameo", {})["163"].value
        == goldstein_scores().set_index("code").loc["163", "keds_2007"]
    )


def test_keds_names_its_scheme(tmp_path):
    (tmp_path / "a.csv").write_text(
        "date,source,target,code\n1979-04-15,USA,IRQ,223\n1979-04-15,USA,IRQ,071\n"
    )
    with pytest.raises(FormatError, match=r"1 of 2 codes are of root 21 or 22 \(first 223\).*WEIS"):
        read_keds(tmp_path / "a.csv", codes="cameo")
    with pytest.raises(OptionError, match="WEIS codes need a value each"):
        read_keds(tmp_path / "a.csv", codes="weis")
    with pytest.raises(UnknownLabelError, match="unknown kind '42'"):
        read_keds(tmp_path / "a.csv", codes="cameo", scale={"42": 1.0})
    with pytest.raises(OptionError, match="mirrored must be 'keep'"):
        read_keds(tmp_path / "a.csv", codes="cameo", mirrored="collapse")
    assert keds_codebook("cameo", {"042": 9.0})["042"].value == 9.0
    for codes in ("cameo", "weis"):
        with pytest.raises(CodebookError, match="True is not a number"):
            keds_codebook(codes, {"042": True})
    scale = {"223": -10.0, "071": 7.4}
    for given in (scale, pd.Series(scale)):
        events, _ = read_keds(tmp_path / "a.csv", codes="weis", scale=given)
        found = events.to_frame()[["domain", "value"]].to_numpy().tolist()
        assert found == [["security", -10.0], ["economic", 7.4]]


def test_phoenix_pipeline_and_table(tmp_path):
    row = [
        "e1",
        "20150101",
        "2015",
        "01",
        "01",
        "USAGOV",
        "USA",
        "GOV",
        "",
        "CHN",
        "CHN",
        "",
        "",
        "040",
        "04",
        "1",
    ]
    row += ["1.0", "", "", "", "", "", "", "ids", "url", "s"]
    (tmp_path / "a.txt").write_text("\t".join(row) + "\n")
    (tmp_path / "b.csv").write_text("story_date,source_root,target_root,code\n1/1/2015,USA,CHN,040\n")
    assert table(read_phoenix(tmp_path / "a.txt")[0]) == [("USA", "CHN", "2015-01-01", "040", 1.0)]
    assert table(read_phoenix(tmp_path / "b.csv")[0]) == [("USA", "CHN", "2015-01-01", "040", 1.0)]
    assert table(read_phoenix(pd.read_csv(tmp_path / "b.csv", dtype=str))[0]) == table(
        read_phoenix(tmp_path / "b.csv")[0]
    )
    # the same told from the other side, in the same sentences and in others
    lines = ["\t".join(row)]
    for number, sentences in (("e2", "ids"), ("e3", "others"), ("e4", "")):
        other = [number, *row[1:5], *row[9:13], *row[5:9], *row[13:23], sentences, *row[24:]]
        (tmp_path / "c.txt").write_text("\n".join([*lines, "\t".join(other)]) + "\n")
        events, report = read_phoenix(tmp_path / "c.txt", mirrored="collapse", one_a_day=None)
        assert (len(events), report.rows("mirrored row")) == ((1, 1) if sentences == "ids" else (2, 0))


def test_acts_in_two_domains_are_two_rows(tmp_path):
    """A 2+2 is one id in two domains; the second had been merged as a row that stands twice."""
    path = tmp_path / "a.csv"
    head = "source,target,date,domain,value,event_id,story"
    path.write_text(
        f"{head}\nUSA,PHL,2012-04-30,diplomatic,6,a,1\nUSA,PHL,2012-04-30,security,6,a,1\n"
        "PHL,USA,2012-04-30,security,6,b,1\nUSA,PHL,2012-04-30,security,-6,c,2\n"
    )
    assert len(read_events(path)[0]) == 4
    assert len(read_events(path, mirrored="collapse")[0]) == 3
    # without a code acts are alike where their values are
    assert read_events(path, one_a_day="state")[0].to_frame()["value"].tolist() == [6.0, 6.0, 6.0, -6.0]


def test_any_table_says_itself_what_is_mutual(tmp_path):
    """Steps that compare rows read mutual as it is written: false is no mutual act, and what is given stays."""
    path, head = tmp_path / "a.csv", "source,target,date,kind,mutual"
    path.write_text(
        f"{head}\nCHN,KHM,2020-01-01,official_visit,false\nKHM,CHN,2020-01-01,official_visit,false\n"
    )
    assert len(read_events(path, one_a_day="state")[0]) == 2
    path.write_text(path.read_text().replace("false", "true"))
    assert len(read_events(path, one_a_day="state")[0].to_frame()) == 1
    acts = (
        "CHN,KHM,2020-01-01,official_visit,true,1\nUSA,KHM,2020-01-01,official_visit,,2\nKHM,USA,2020-01-01,"
    )
    path.write_text(f"{head},story\n{acts}official_visit,false,2\nCHN,LAO,2020-01-01,official_visit,no,3\n")
    frame = read_events(path, mirrored="collapse")[0].to_frame()
    assert dict(zip(frame["target"], frame["mutual"], strict=True)) == {"KHM": True, "LAO": False}
    path.write_text(f"{head},story\nCHN,KHM,2020-01-01,official_visit,maybe,1\n{acts}official_visit,,2\n")
    assert read_events(path, mirrored="collapse")[1].rows("unreadable mutual") == 1


def test_roots_are_left_out_where_there_are_any(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("source,target,date,kind\nCHN,KHM,2020-01-01,042\nUSA,KHM,2020-01-01,010\n")
    events, report = read_events(path, codebook=Codebook.cameo(), drop_roots=["01"])
    assert (len(events), report.rows("root 01")) == (1, 1)
    with pytest.raises(OptionError, match=r"roots of CAMEO, and these files are coded by PLOVER"):
        read_polecat(path, drop_roots=["01"])


def test_any_table_by_a_map_of_columns(tmp_path):
    (tmp_path / "a.csv").write_text("Sender;Receiver;When;Act\nRussia;United States;10/24/2019;criticism\n"
                                    "Soviet Union;USA;1985;criticism\n")  # fmt: skip
    columns = {"source": "Sender", "target": "Receiver", "date": "When", "kind": "Act"}
    frame = read_events(tmp_path / "a.csv", columns=columns, system="name")[0].to_frame()
    assert frame[["source", "target", "date_precision"]].to_numpy().tolist() == [
        ["RUS", "USA", "day"], ["SUN", "USA", "year"],
    ]  # fmt: skip
    events, report = read_events(
        tmp_path / "a.csv", columns={**columns, "label": "Act"}, constants={"domain": "security", "value": -2},
        actors="as_given",
    )  # fmt: skip
    assert events.actors == ("Russia", "Soviet Union", "USA", "United States")
    assert events.value.tolist() == [-2.0, -2.0]
    assert report.adds_up
    with pytest.raises(EventError, match="'USA' .* and 'United States'"):
        read_events(tmp_path / "a.csv", columns=columns)
    with pytest.raises(UnknownLabelError, match=r"unknown column 'sender'"):
        read_events(tmp_path / "a.csv", columns={"sender": "Sender"})
    with pytest.raises(FormatError, match=r"column 'Acts' is missing\. Did you mean 'act'\?"):
        read_events(tmp_path / "a.csv", columns={**columns, "kind": "Acts"})


PLAIN = pd.DataFrame(
    {
        "source": ["CHN", "USA"], "target": "ASEAN", "date": ["2020-01-01", "2020-02-01"], "domain": "security",
        "value": [3, -2],
    },
    index=[7, 9],
)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recode": {"CHN": "TWN"}}, "recode settles actors that are codes or names; say which they are"),
        ({"dissolved": "successor"}, "dissolved settles actors"),
        ({"ends": "actor", "cross_border": False}, "ends settles actors"),
        ({"regions": "keep"}, "regions settles actors"),
        ({"mirrored": "collapse"}, "mirrored='collapse' needs a column 'story'"),
        ({"drop_roots": ("01",)}, "drop_roots needs a column 'kind'"),
        ({"drop_roots": (1,)}, r"drop_roots is \(1,\); it must list roots"),
        (
            {"columns": {"domain": "d"}, "constants": {"domain": "x"}},
            "'domain' stands in columns and in constants",
        ),
        ({"columns": {"source": None}}, "columns leaves out 'source', which every event needs"),
    ],
)
def test_any_table_passes_no_option_over(options, message):
    with pytest.raises(OptionError, match=message):
        read_events(PLAIN, **options)


def test_a_constant_is_one_value_as_a_cell_is():
    rest = PLAIN.drop(columns="source")
    for value, label in ((b"CHN", "CHN"), (2.0, "2"), ("CHN", "CHN")):
        assert read_events(rest, constants={"source": value, "weight": None})[0].actors == tuple(
            sorted(("ASEAN", label))
        )
    for several in (["CHN", "USA"], pd.Series(["CHN", "USA"])):
        with pytest.raises(TypeError, match="(?s)source of constants is .*; give one value for all rows"):
            read_events(rest, constants={"source": several})


def test_the_weight_that_a_table_gives_the_act_of_a_bloc_is_shared_among_its_members():
    """Tables hold weights as text; in 1970 the EU had six members and ASEAN five."""
    table = pd.DataFrame({"source": ["EU", "USA", "EU", "USA", "EU"], "target": ["USA", "EU", "ASEAN", "CHN", "CHN"],
                          "date": "1970-01-01", "domain": "security", "value": 3.0,
                          "weight": ["12", "", "30", "2.5", "many"]})  # fmt: skip
    events, report = read_events(table, blocs=["EU", "ASEAN"])
    frame = events.to_frame()
    weight = {pair: part["weight"].tolist() for pair, part in frame.groupby(["source", "target"])}
    assert weight["FRA", "USA"] == [12 / 6] and weight["USA", "FRA"] == [pytest.approx(1 / 6)]
    assert weight["USA", "CHN"] == [2.5] and weight["FRA", "IDN"] == [pytest.approx(30 / 30)]
    assert len(frame) == 6 + 6 + 30 + 1 and report.adds_up
    assert report.rows("unreadable weight") == 1


def test_a_column_that_is_named_is_no_slip_for_another():
    table = PLAIN.assign(target="KHM").rename(columns={"value": "Weights"})
    with pytest.raises(EventError, match="unknown column 'weights'. Did you mean 'weight'"):
        read_events(table.assign(value=1.0))
    assert read_events(table, columns={"value": "Weights"})[0].value.tolist() == [3.0, -2.0]


def test_a_list_of_blocs_or_roots_may_be_a_generator():
    once = read_events(PLAIN, blocs=(bloc for bloc in ["ASEAN"]))[0]
    assert len(once) == len(read_events(PLAIN, blocs=["ASEAN"])[0]) == 20
    coded = PLAIN.assign(kind=["010", "042"]).drop(columns=["domain", "value"])
    assert read_events(coded, codebook=Codebook.cameo(), drop_roots=iter(["01"]))[1].kept == 1


def test_any_table_in_memory_is_read_by_place():
    """Whatever its index counts, its columns are called, and its maker."""
    first = read_events(PLAIN)[0].to_frame()
    polars, arrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    for other in (
        PLAIN.assign(label=[["a"], ["b"]]), polars.from_pandas(PLAIN), arrow.Table.from_pandas(PLAIN, preserve_index=False),
    ):  # fmt: skip
        found, report = read_events(other, columns={"until": None})
        assert (report.read, report.kept) == (2, 2)
        pd.testing.assert_frame_equal(
            found.to_frame()[["source", "date", "value"]], first[["source", "date", "value"]]
        )
    numbered = PLAIN.rename(columns={"source": 3})
    assert read_events(numbered, columns={"source": 3})[0].actors == ("ASEAN", "CHN", "USA")


def test_any_table_refuses_a_code_column_without_zeros(tmp_path):
    (tmp_path / "a.csv").write_text("source,target,date,kind\nUSA,CHN,2019-01-01,36\nUSA,CHN,2019-01-01,12\n")
    with pytest.raises(
        FormatError, match=r"1 of 2 codes in column 'kind' lost their leading zero \(36 for 036\)"
    ):
        read_events(tmp_path / "a.csv", codebook=Codebook.cameo())


def test_parquet_and_csv_hold_the_same_events(tmp_path):
    frame = pd.DataFrame({"source": ["USA", "CHN"], "target": ["CHN", "USA"],
    "date": ["2020-01-01", "2020-02"],
                          "kind": ["040", "163"], "weight": [1.0, 2.5]})  # fmt: skip
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    book = Codebook.cameo()
    one, two = (read_events(tmp_path / f"a.{end}", codebook=book)[0] for end in ("csv", "parquet"))
    assert table(one) == table(two)
    assert one.precision.tolist() == [0, 1]


# ---- codes ----------------------------------------------------------------------------------------
def test_quad_rules_disagree_where_they_are_known_to():
    codes = ["010", "090", "141", "163"]
    assert {rule: quad(codes, rule=rule).tolist() for rule in CLASSES} == {
        "gdelt": [1, 2, 3, 4],
        "icews": [1, 3, 4, 4],
        "schrodt": [1, 3, 3, 4],
        "phoenix": [0, 3, 4, 3],
        "plover": [0, 3, 4, 4],
    }
    assert quad("012", rule="schrodt") == 3 and quad("012", rule="icews") == 1  # a statement of score below 0
    with pytest.raises(EventError, match="1 of 2 codes are not CAMEO codes, first '40'"):
        quad(["040", "40"], rule="gdelt")
    with pytest.raises(EventError, match="2 of 2 codes are not CAMEO codes, first 190; they are text"):
        quad([190, 20], rule="gdelt")  # 20 may be the appeal 020
    with pytest.raises(OptionError, match="rule is 'kcl'"):
        quad("040", rule="kcl")
    with pytest.raises(TypeError):
        quad("040")


def test_scores_of_the_codebook_are_those_of_the_table_with_its_sources():
    scores = goldstein_scores().set_index("code")
    for name in ("icews", "gdelt"):
        book = Codebook.cameo(values=name)
        known = scores[name].dropna()
        assert [book[code].value for code in known.index] == known.tolist()
    both = scores.dropna(subset=["icews", "gdelt"])
    assert both.index[both["icews"] != both["gdelt"]].tolist() == ["016", "022", "164"]


def test_a_report_tells_its_story():
    report = ReadReport("x", ("a",), 3, 3, (), {"fact": (0, 0)}, ("note",))
    assert np.isnan(report.share("fact"))
    met = ReadReport("x", ("a",), 8, 6, (Step("refused", "unreadable date", rows=2, before=8),), {}, ())
    assert met.share("unreadable date") == 2 / 8
    assert met.to_frame()["share_of_read"].tolist() == [8 / 8, 2 / 8, 6 / 8]
    assert repr(report).splitlines()[-1] == "  note: note>"
    with pytest.raises(UnknownLabelError, match="unknown fact or step 'facts'"):
        report.share("facts")


# ---- the real files -------------------------------------------------------------------------------
@needs_shared
def test_gdelt_real_file_has_the_measured_shares():
    path = DATA / "gdelt" / "v2_20191024143000.export.CSV"
    _, report = read_gdelt(path, mirrored="keep", regions="keep")
    assert (report.read, report.adds_up) == (2111, True)
    assert 0.17 <= report.share("cross-border") <= 0.225  # 17-22 % of rows
    assert round(report.share("root event"), 2) == 0.60
    assert round(report.share("event day other than the day added"), 3) == 0.028  # 2.8-4.9 %
    assert 0.71 <= report.share("actor code is the bare country, of cross-border rows") <= 0.73
    assert round(1 - report.share("same act on the same day"), 2) == 0.58  # one a day keeps 58-60 %
    _, report = read_gdelt(path, mirrored="keep", regions="keep", one_a_day="actor")
    assert round(1 - report.share("same act on the same day"), 2) == 0.65


@needs_shared
def test_gdelt_mixed_widths_are_both_read():
    _, report = read_gdelt(DATA / "gdelt" / "v1_mixed_57_58_columns.tsv")
    assert (report.read, report.adds_up) == (509 + 201, True)
    assert 0.17 <= report.share("cross-border") <= 0.22


@needs_shared
@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        (
            "v1_20130402_river_subset.csv",
            ["59 columns separated by ','", "eventcode: 27 of 44", "'dateEvent'"],
        ),
        ("v2_20201114_country_subset_renamed.csv", ["eventbasecode: 1,949 of 2,601", "'Day'"]),
        (
            "BROKEN_v2_20190121220000_excel_semicolon.csv",
            ["eventcode: 1,123 of 1,629", "2.02E+13 in 1,629 rows"],
        ),
    ],
)
def test_gdelt_damaged_files_are_refused_with_what_happened(name, reasons):
    with pytest.raises(FormatError) as told:
        read_gdelt(DATA / "gdelt" / name)
    for reason in reasons:
        assert reason in str(told.value)
    # the renamed file kept its event codes: only those that were lost are told
    assert ("eventcode: " in str(told.value)) == ("renamed" not in name)


@needs_shared
def test_icews_real_file_has_the_measured_shares():
    path = DATA / "icews" / "events.2018.sample.tab"
    _, report = read_icews(path, mirrored="keep")
    assert (report.read, report.adds_up) == (3705, True)
    assert round(report.share("cross-border"), 2) == 0.47
    assert round(report.share("mirrored"), 2) == 0.27
    assert report.share("intensity equals the score of its code") == 1.0
    assert round(1 - report.share("same act on the same day"), 2) == 0.51
    _, report = read_icews(path, mirrored="keep", one_a_day="actor")
    assert round(1 - report.share("same act on the same day"), 2) == 0.66


@needs_shared
def test_icews_texts_give_the_codes_of_the_real_file(tmp_path):
    raw = pd.read_csv(
        DATA / "icews" / "events.2018.sample.tab", sep="\t", quoting=3, dtype=str, keep_default_na=False
    )
    raw["Event Date"] = pd.to_datetime(raw["Event Date"]).dt.strftime("%m/%d/%Y")
    raw.drop(columns="CAMEO Code").to_csv(tmp_path / "e.tab", sep="\t", index=False, quoting=3)
    without, report = read_icews(tmp_path / "e.tab")
    assert report.share("code read from the event text") == 1.0
    assert table(without) == table(read_icews(DATA / "icews" / "events.2018.sample.tab")[0])


@needs_shared
def test_polecat_rows_made_for_parsers_are_read():
    events, report = read_polecat(DATA / "polecat" / "SYNTHETIC_polecat_rows_for_reader_tests.txt")
    assert (report.read, report.kept, report.adds_up) == (6, 6, True)
    assert report.rows("no state at one end") == 1
    meeting = events.to_frame().query("kind == 'COOPERATE'")
    assert meeting[["source", "target", "mutual", "domain"]].to_numpy().tolist() == [
        ["USA", "PHL", True, "security"]
    ]


@needs_shared
def test_keds_gulf_is_weis_and_already_one_a_day():
    scale = pd.read_csv(DATA / "keds" / "weis_goldstein_scale.csv", dtype={"weis_code": str})
    scale = dict(zip(scale["weis_code"], scale["goldstein"], strict=True))
    path = DATA / "keds" / "keds_gulf_cameo.csv"
    with pytest.raises(FormatError, match="8,044 of 54,466 codes are of root 21 or 22"):
        read_keds(path, codes="cameo")
    _, report = read_keds(path, codes="weis", scale=scale)
    assert (report.read, report.adds_up) == (54466, True)
    assert report.rows("same act on the same day") == 0  # one a day keeps 100 %


@needs_shared
def test_quad_rules_are_those_seen_in_code():
    table_ = pd.read_csv(DATA / "codes" / "cameo_goldstein.csv", dtype=str)
    for rule in ("gdelt", "icews", "schrodt", "phoenix"):
        assert quad(table_["code"], rule=rule).tolist() == table_[f"quad_{rule}"].astype(int).tolist()


def test_a_map_of_columns_the_wrong_way_round_is_turned():
    table = pd.DataFrame({"a": ["KHM"], "b": ["CHN"], "date": ["2020"], "kind": ["state_visit"]})
    with pytest.raises(OptionError) as problem:
        read_events(table, columns={"a": "source", "b": "target"})
    assert "columns={'source': 'a', 'target': 'b'}" in str(problem.value)
    events, _ = read_events(table, columns={"source": "a", "target": "b"})
    assert len(events) == 1
