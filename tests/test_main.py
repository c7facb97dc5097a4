"""The command line: the scores that Python gives, one clear line for a mistake, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.__main__ import main
from alignscore.datasets import asean_frame

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "events.csv"
    asean_frame().to_csv(path, index=False)
    return str(path)


def score(capsys, *words):
    assert main(["score", *words]) == 0
    return capsys.readouterr()


def agree(path, frame):
    got = pd.read_csv(path)
    assert list(got.columns) == list(frame.columns) and len(got) == len(frame)
    for name in frame.select_dtypes("number"):
        np.testing.assert_allclose(got[name], frame[name], rtol=1e-12, atol=1e-12)


def test_scores_are_those_of_python(asean, table, tmp_path, capsys):
    out = tmp_path / "scores.csv"
    score(
        capsys,
        table,
        "--powers",
        "CHN",
        "USA",
        "--states",
        "KHM",
        "VNM",
        "--half-life",
        "3",
        "--out",
        str(out),
    )
    ties = al.Ledger.post(asean, decay=al.HalfLife(3)).ties()
    agree(out, al.hedging(ties, powers=("CHN", "USA"), states=["KHM", "VNM"]).to_frame())
    score(capsys, table, "--measure", "alignment", "--freq", "Q", "--powers", "CHN", "--out", str(out))
    frame = al.alignment(al.Ledger.post(asean, freq="Q").ties()).to_frame()
    agree(out, frame[frame["target"] == "CHN"])


def test_a_power_that_no_event_names_is_told_and_stops_nothing(tmp_path, capsys):
    path = tmp_path / "events.csv"
    asean_frame().query("target != 'JPN' and source != 'JPN'").to_csv(path, index=False)
    told = "no event names JPN: nothing is known of it, and its scores are NaN."
    shown = score(capsys, str(path), "--powers", "CHN", "JPN", "--states", "KHM")
    assert told in shown.err and len(shown.out.splitlines()) > 1
    for powers, rows in (("JPN", False), ("CHN", True)):
        shown = score(capsys, str(path), "--measure", "exposure", "--powers", powers)
        assert (told in shown.err) is not rows and (len(shown.out.splitlines()) > 1) is rows


@pytest.mark.parametrize("command", ["score", "report", "fit", "surprise", "post", "show"])
def test_the_usage_of_a_command_names_what_is_read_first(command, capsys):
    """Behind --powers a file would be taken for one of them."""
    with pytest.raises(SystemExit):
        main([command])
    usage = capsys.readouterr().err.splitlines()[0].split()
    assert usage[:3] == ["usage:", "alignscore", command] and usage[3] in ("EVENTS", "FILE", "LEDGER")


def test_csv_goes_to_the_screen_and_nothing_else_does(table, capsys):
    shown = score(capsys, table, "--powers", "CHN", "USA", "--states", "KHM")
    assert shown.out.splitlines()[0].startswith("state,period,year,position,")
    assert {line.split(",")[0] for line in shown.out.splitlines()[1:]} == {"KHM"}
    assert shown.err == ""


def test_parquet_and_a_saved_ledger_score_alike(table, tmp_path, capsys):
    asean_frame().to_parquet(tmp_path / "events.parquet")
    want = score(capsys, table, "--powers", "CHN", "USA").out
    assert score(capsys, str(tmp_path / "events.parquet"), "--powers", "CHN", "USA").out == want
    for source in (table, str(tmp_path / "events.parquet")):
        out = str(tmp_path / "ledger.npz")
        assert main(["post", source, "--out", out]) == 0
        told = capsys.readouterr()
        assert "474 rows read, 474 kept" in told.err and told.out == ""
        got = pd.read_csv(_text(score(capsys, out, "--powers", "CHN", "USA").out))
        np.testing.assert_allclose(
            got["hedging"], pd.read_csv(_text(want))["hedging"], rtol=1e-12, atol=1e-12
        )
    assert main(["show", out]) == 0
    assert "474 events" in capsys.readouterr().out


def _text(text):
    import io

    return io.StringIO(text)


def test_refused_rows_are_written_or_stop_the_run(table, tmp_path, capsys):
    frame = asean_frame()
    frame.loc[[3, 9], "value"], frame.loc[5, "date"] = "64", "2021-13-05"
    frame.to_csv(table, index=False)
    assert main(["score", table, "--powers", "CHN", "USA"]) == 2
    told = capsys.readouterr().err
    assert "3 of 474 rows refused: value outside [-10, 10] (2), unreadable date (1)" in told
    assert told.count("\n") == 1 and "--refused FILE.csv" in told
    refused = tmp_path / "refused.csv"
    assert (
        "3 of 474 rows refused"
        in score(capsys, table, "--powers", "CHN", "USA", "--refused", str(refused)).err
    )
    assert sorted(pd.read_csv(refused)["row"]) == [3, 5, 9]


def test_post_continues_from_what_was_saved(asean, tmp_path, capsys):
    frame = asean_frame()
    for at, part in enumerate(np.array_split(np.arange(len(frame)), 4)):
        frame.iloc[part].to_csv(tmp_path / f"{at}.csv", index=False)
    words = [
        "post",
        str(tmp_path),
        "--out",
        str(tmp_path / "l.npz"),
        "--checkpoint",
        str(tmp_path / "saved"),
        "--freq",
        "Q",
    ]
    good = (tmp_path / "3.csv").read_bytes()
    (tmp_path / "3.csv").write_bytes(b'"' + b"x" * (len(good) - 1))  # damaged; the size is the same
    assert main(words) == 2
    assert "3.csv is no CSV table" in capsys.readouterr().err
    (tmp_path / "3.csv").write_bytes(good)
    assert main(words) == 0
    assert "continued from a checkpoint after 3 of 4 files" in capsys.readouterr().err
    got, want = al.Ledger.load(tmp_path / "l.npz"), al.Ledger.post(asean, freq="Q")
    np.testing.assert_array_equal(got.cells, want.cells)
    np.testing.assert_allclose(got.sums, want.sums, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["score", "nowhere.csv", "--powers", "CHN", "USA"], "no file or folder at nowhere.csv"),
        (["score", "", "--powers", "CHN", "USA"], "path is '', which names no file."),
        (["score", "TABLE"], "--powers is missing"),
        (["score", "TABLE", "--powers", "CHN", "US"], "unknown actor 'US'. Did you mean 'USA'?"),
        (
            ["score", "TABLE", "--powers", "CHN", "USA", "--states", "KHN"],
            "unknown actor 'KHN'. Did you mean 'KHM'?",
        ),
        (
            ["score", "TABLE", "--powers", "CHN", "USA", "--codebook", "lader"],
            "unknown codebook 'lader'. Did you mean 'ladder'?",
        ),
        (["score", "TABLE", "--powers", "CHN", "USA", "--half-life", "-1"], "--half-life is -1.0; it must"),
        (
            ["score", "TABLE", "--format", "gdelt", "--codebook", "cameo", "--powers", "A", "B"],
            "brings its own codebook",
        ),
        (["post", "TABLE", "--out", "no/such/folder/l.npz"], "there is no folder"),
        (["post", "TABLE", "--out", "l.csv"], "--out l.csv is no ledger; name it .npz."),
        (["post", "TABLE", "--out", "TABLE"], "would write over a file that is read"),
        (["fit", "TABLE", "--out", "TABLE"], "would write over a file that is read"),
        (["fit", "TABLE", "--refused", "TABLE"], "would write over a file that is read"),
        (["fit", "TABLE", "--codebook", "b.csv", "--out", "./b.csv"], "--out ./b.csv would write over"),
        (["fit", "TABLE", "--refused", "r.csv", "--out", "./r.csv"], "--out ./r.csv would write over"),
        (["post", "nowhere", "--out", "l.npz"], "no file"),
        (["show", "TABLE"], "is not an alignscore ledger. alignscore post writes one"),
        (["fit", "saved.npz", "--actors", "iso3"], "--actors was settled when saved.npz was posted"),
        (["fit", "TABLE", "--format", "gdelt", "--actors", "iso3"], "brings its own codes of actors"),
        (
            ["score", "TABLE", "--powers", "CHN", "USA", "--codebook", "b/no.csv"],
            "no file or folder at b/no.csv",
        ),
        (["fit", "TABLE", "--skip-damaged"], "--skip-damaged is for files of --format"),
        (["report", "TABLE", "--out", "page.html"], "--powers is missing: name two powers"),
        (
            ["score", "TABLE", "--measure", "hedging", "--powers", "CHN", "USA", "--directed"],
            "--directed does not go with --measure hedging",
        ),
        (["fit", "saved.npz", "--skip-damaged"], "--skip-damaged was settled when saved.npz was posted"),
        (["fit", "TABLE", "--format", "gdelt", "--refused", "r.csv"], "--refused is for a table"),
        (["post", "one.parquet", "--out", "l.npz", "--window", "3"], "--window is for files of --format"),
    ],
)
def test_a_mistake_is_one_line_and_code_2(words, told, table, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([table if word == "TABLE" else word for word in words]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith("alignscore: ") and shown.err.count("\n") == 1
    assert told in shown.err


@pytest.mark.parametrize("command", ["fit", "surprise"])
def test_domains_may_be_taken_together(command, capsys, tmp_path):
    path = tmp_path / "thin.csv"
    lines = ["source,target,date,domain,value", "KHM,CHN,2000,security,3", "KHM,CHN,2001,economic,3"]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert main([command, str(path)]) == 2
    assert "nothing can be predicted. --by all takes the domains together." in capsys.readouterr().err
    assert main([command, str(path), "--by", "all"]) == 0
    assert ",all," in capsys.readouterr().out.replace("\nall,", "\n,all,")
    path.write_text("\n".join(lines[:2]), encoding="utf-8")
    assert main([command, str(path), "--by", "all"]) == 2
    assert capsys.readouterr().err.endswith("nothing can be predicted.\n")  # and no way out that is none


def test_it_runs_as_a_module_and_survives_a_reader_that_leaves(table):
    words = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "alignscore",
        "score",
        table,
        "--measure",
        "alignment",
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as run:
        run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == b"" and run.wait() == 0


@pytest.mark.parametrize("command", ["score", "show"])
def test_a_screen_without_the_letters_is_told(command, table, tmp_path):
    """It had ended in a traceback, on a terminal in ASCII as in a file that Windows writes in its own code page."""
    frame = asean_frame()
    frame = frame[frame["source"].isin({"KHM", "CHN", "USA"})].replace({"KHM": "កម្ពុជា"})
    frame.to_csv(table, index=False)
    ledger = str(tmp_path / "l.npz")
    al.Ledger.post(al.Events.from_frame(frame)).save(ledger)
    words = [command, *((table, "--powers", "CHN", "USA") if command == "score" else (ledger,))]
    run = subprocess.run(
        [sys.executable, "-m", "alignscore", *words], capture_output=True, text=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert run.returncode == 2 and run.stderr.count("\n") == 1
    assert "set PYTHONIOENCODING=utf-8, or name a file by --out." in run.stderr


def test_a_page_is_by_years(table, capsys):
    with pytest.raises(SystemExit):
        main(["report", table, "--powers", "CHN", "USA", "--out", "page.html", "--freq", "M"])
    assert "unrecognized arguments: --freq M" in capsys.readouterr().err


def test_help_holds_a_year_of_gdelt(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    assert "--format gdelt --freq M" in capsys.readouterr().out


def test_published_files_are_scored_and_reported_with_their_account(tmp_path, capsys):
    path, out, page = (tmp_path / name for name in ("icews.tab", "scores.csv", "page.html"))
    head = ("Event ID", "Event Date", "Source Name", "Source Country", "Event Text", "CAMEO Code", "Target Name",
            "Target Country", "Story ID", "Sentence Number")  # fmt: skip
    rows = [
        (f"2015-{month:02}-{day}", "Cambodia", "Cambodia", text, code, country, country)
        for month in range(1, 13)
        for day, country, text, code in (
            (13, "China", "Make a visit", "042"), (14, "United States", "Accuse", "112"), (15, "Laos", "x", "04?2"),
        )
    ]  # fmt: skip
    lines = [(str(at), *row, str(at), "1") for at, row in enumerate(rows)]
    path.write_text("\n".join("\t".join(line) for line in (head, *lines)) + "\n")
    words = [str(path), "--format", "icews", "--powers", "CHN", "USA"]
    assert main(["score", *words, "--out", str(out)]) == 0
    assert "36 rows read, 24 kept" in capsys.readouterr().err
    events, report = al.read_icews(path)
    agree(out, al.hedging(events, powers=("CHN", "USA")).to_frame())
    assert main(["report", *words, "--draws", "64", "--out", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "damaged or missing event code" in text and report.rows("damaged or missing event code") == 12


@needs_shared
def test_published_files_post_and_add_up(tmp_path, capsys):
    files = [
        str(SHARED / "gdelt" / name)
        for name in ("v2_20191024143000.export.CSV", "v1_mixed_57_58_columns.tsv")
    ]
    assert main(["post", *files, "--format", "gdelt", "--freq", "M", "--out", str(tmp_path / "l.npz")]) == 0
    told = capsys.readouterr().err
    assert "2 files, 2,821 rows read" in told and "merged: mirrored row" in told
    ledger = al.Ledger.load(tmp_path / "l.npz")
    from alignscore.readers.gdelt import read_gdelt

    apart = [al.Ledger.post(read_gdelt(file)[0], freq="M") for file in files]
    np.testing.assert_allclose(ledger.sums.sum(axis=0), (apart[0] + apart[1]).sums.sum(axis=0), rtol=1e-12)
    broken = str(SHARED / "gdelt" / "BROKEN_v2_20190121220000_excel_semicolon.csv")
    assert main(["post", broken, "--format", "gdelt", "--out", str(tmp_path / "x.npz")]) == 2
    assert "saved again" in capsys.readouterr().err


# ---- more than scores ------------------------------------------------------------------------------
def test_one_period_of_another_measure_both_directions_added(asean, table, tmp_path):
    out = tmp_path / "scores.parquet"
    words = [
        "--measure",
        "alignment",
        "--no-directed",
        "--period",
        "2024",
        "--powers",
        "CHN",
        "--out",
        str(out),
    ]
    assert main(["score", table, *words]) == 0
    frame = al.alignment(asean, directed=False).at(2024)
    frame = frame[(frame["source"] == "CHN") | (frame["target"] == "CHN")].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_parquet(out), frame, check_dtype=False)


@pytest.mark.parametrize(
    ("header", "day", "told"),
    [
        (
            "Source,Target,Date,kind",
            "2024-03-01",
            "Rename columns of the table: 'Source': 'source', 'Target': 't",
        ),
        ("source,target,date,kind", "03/02/2024", "Say --dayfirst or --no-dayfirst, or write YYYY-MM-DD"),
        ("source,target,date,kind", "3 March 2024", "say how all are written, as --date-format '%d %B %Y'"),
    ],
)
def test_ways_out_are_options_of_the_command(header, day, told, tmp_path, capsys):
    path = tmp_path / "events.csv"
    path.write_text(f"{header}\nCHN,KHM,{day},state_visit\n")
    assert main(["score", str(path), "--measure", "alignment"]) == 2
    assert told in capsys.readouterr().err


def test_what_a_command_does_not_take_has_its_way_out_on_the_command_line(asean, tmp_path, capsys):
    assert main(["score", str(tmp_path), "--powers", "CHN", "USA"]) == 2
    assert "is a folder; alignscore post takes the files in it" in capsys.readouterr().err
    al.Ledger.post(asean).save(tmp_path / "l.npz")
    report = ["report", str(tmp_path / "l.npz"), "--powers", "CHN", "USA", "--out", str(tmp_path / "r.html")]
    assert main(report) == 2
    assert "or give the events that the ledger was posted from" in capsys.readouterr().err


def test_labels_of_posted_files_are_taken_as_they_are_where_that_is_said(tmp_path, capsys):
    path, out = tmp_path / "events.csv", tmp_path / "l.npz"
    text = "source,target,date,kind\nCHN,KHM,2024-03-01,state_visit\nChina,KHM,2024-03-02,state_visit\n"
    path.write_text(text)
    words = ["post", str(path), "--out", str(out)]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert "say --actors as_given to keep them apart; alignscore score --actors iso3 brings names" in told
    assert main([*words, "--actors", "as_given"]) == 0
    assert al.Ledger.load(out).axes.actors == ("CHN", "China", "KHM")
    pd.read_csv(path).to_parquet(tmp_path / "events.parquet")
    assert main(["post", str(tmp_path / "events.parquet"), "--out", str(out), "--actors", "as_given"]) == 0
    assert al.Ledger.load(out).axes.actors == ("CHN", "China", "KHM")


def test_names_and_codes_of_one_state(table, tmp_path, capsys):
    want = tmp_path / "want.csv"
    assert main(["score", str(table), "--powers", "CHN", "USA", "--out", str(want)]) == 0
    frame = pd.read_csv(table)
    frame.loc[frame.index[::2], "source"] = frame["source"][::2].replace(
        {"CHN": "China", "USA": "United States"}
    )
    named, got = tmp_path / "named.csv", tmp_path / "got.csv"
    frame.to_csv(named, index=False)
    words = ["score", str(named), "--powers", "CHN", "USA", "--out", str(got)]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert "by more than one label" in told and "Say --actors iso3 to bring names and codes" in told
    assert main([*words, "--actors", "iso3"]) == 0
    pd.testing.assert_frame_equal(pd.read_csv(got), pd.read_csv(want))


def test_workbooks_in_and_out(tmp_path, capsys):
    pytest.importorskip("openpyxl")
    rows = asean_frame().tail(60)
    rows.to_excel(tmp_path / "events.xlsx", index=False)
    words = ["--powers", "CHN", "USA", "--out", str(tmp_path / "scores.xlsx")]
    assert main(["score", str(tmp_path / "events.xlsx"), *words]) == 0
    want = al.hedging(al.Events.from_frame(rows), powers=("CHN", "USA")).to_frame()
    got = pd.read_excel(tmp_path / "scores.xlsx")
    np.testing.assert_allclose(got["position"], want["position"])
    (tmp_path / "events.xlsx").write_bytes(b"no workbook")
    assert main(["score", str(tmp_path / "events.xlsx"), *words]) == 2
    assert "events.xlsx, sheet 0, cannot be read as an Excel table" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_cell_is_handed_on_as_a_formula(ending, tmp_path):
    pytest.importorskip("openpyxl")
    rows = {
        "source": ["=1+1", "@SUM(A1)"],
        "target": "B",
        "date": "2020-05-01",
        "domain": "security",
        "value": 3.0,
    }
    pd.DataFrame(rows).to_csv(tmp_path / "events.csv", index=False)
    out, read = tmp_path / f"scores.{ending}", pd.read_csv if ending == "csv" else pd.read_excel
    words = ["score", str(tmp_path / "events.csv"), "--measure", "alignment", "--out", str(out)]
    assert main(words) == 0
    assert set(read(out)["source"]) == {"'=1+1", "'@SUM(A1)"}
    assert (read(out)["low"] < 0).any()  # a negative number stays a number
    if ending == "csv":
        assert main([*words, "--raw"]) == 0
        assert set(read(out)["source"]) == {"=1+1", "@SUM(A1)"}


def test_a_report(table, tmp_path, capsys):
    pytest.importorskip("jinja2")
    out = tmp_path / "report.html"
    assert main(["report", table, "--powers", "CHN", "USA", "--draws", "16", "--out", str(out)]) == 0
    assert "Cambodia" in out.read_text(encoding="utf-8")
    assert main(["report", table, "--powers", "CHN", "USA", "--out", str(tmp_path / "report.pdf")]) == 2
    assert "name it .html" in capsys.readouterr().err


def test_what_was_not_to_be_expected(asean_ledger, table, capsys):
    assert main(["surprise", table, "--period", "2026"]) == 0
    got = pd.read_csv(_text(capsys.readouterr().out))
    want = al.surprise(asean_ledger).at(2026)
    np.testing.assert_allclose(got["z"], want["z"].dropna())


def test_a_table_is_written_by_its_ending_or_not_at_all(table, tmp_path, capsys):
    for name, told in (("scores.pdf", "ends in none of"), ("no/scores.csv", "no such folder as")):
        assert main(["score", table, "--powers", "CHN", "USA", "--out", str(tmp_path / name)]) == 2
        assert told in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


def test_the_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0 and al.__version__ in capsys.readouterr().out
