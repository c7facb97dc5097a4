"""The panel of Global Geopolitical Events, as a CSV file and as the zip of all pairs."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.errors import FormatError

SHARED = Path(__file__).resolve().parents[3] / "shared"
HEAD = "dyad,country1_code,country2_code,year,geo_score,number_of_events,geo_score_dyn,cum_events,weight,geo_score_ma\n"
ROWS = "KHM-THA,KHM,THA,2000,0.5,2,0.5,2.0,1.0,0.5\nKHM-THA,KHM,THA,2001,,0,0.35,1.4,0.0,\n"


@pytest.mark.parametrize("form", ["csv", "zip"])
def test_both_forms_read_alike(tmp_path, form):
    path = tmp_path / f"panel.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("panel/all.csv", HEAD + ROWS)
    else:
        path.write_text(HEAD + ROWS, encoding="utf-8")
    panel, report = al.read_gge(path)
    assert panel.drop(columns="tone").to_numpy().tolist() == [
        ["KHM", "THA", 2000, 2, 0.5, 2.0],
        ["KHM", "THA", 2001, 0, 0.35, 1.4],
    ]
    assert panel["tone"].tolist()[0] == 0.5
    assert np.isnan(panel["tone"][1])
    assert (report.read, report.kept, report.adds_up) == (2, 2, True)
    assert al.gge_score(panel)["score"].tolist() == pytest.approx(panel["score"].tolist())


def test_rows_that_cannot_be_used_are_counted(tmp_path):
    path = tmp_path / "panel.csv"
    bad = [
        ",,THA,2002,0.1,1,0,0,0,0",
        "KHM-THA,KHM,THA,soon,0.1,1,0,0,0,0",
        "KHM-THA,KHM,THA,2003,0.1,many,0,0,0,0",
        "KHM-THA,KHM,THA,2004,,3,0,0,0,0",
    ]
    path.write_text(HEAD + ROWS + "\n".join(bad) + "\n", encoding="utf-8")
    panel, report = al.read_gge(path)
    assert len(panel) == 2
    assert report.adds_up
    assert {step.reason: step.rows for step in report.steps} == {
        "no state at one end": 1, "no year": 1, "no number of events": 1, "events without a score": 1,
    }  # fmt: skip


def test_a_pair_stands_once_whichever_way_it_is_written(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_text(
        HEAD
        + ROWS
        + "x,THA,KHM,2000,0.5,2,0.5,2.0,1.0,0.5\nx,THA,KHM,2002,0.1,1,0,0,0,0\nx,KHM,KHM,2002,0.1,1,0,0,0,0\n"
    )
    panel, report = al.read_gge(path)
    assert panel[["source", "target", "year"]].to_numpy().tolist() == [
        ["KHM", "THA", y] for y in (2000, 2001, 2002)
    ]
    assert (report.rows("row that stands twice"), report.rows("same state at both ends")) == (1, 1)


def test_of_two_figures_of_one_year_neither_is_taken_whichever_stands_first(tmp_path):
    path, revised = tmp_path / "panel.csv", "x,THA,KHM,2000,0.1,1,0,0,0,0\n"
    for rows in (ROWS + revised, revised + ROWS):
        path.write_text(HEAD + rows, encoding="utf-8")
        panel, report = al.read_gge(path)
        assert panel["year"].tolist() == [2001]
        assert report.rows("two rows tell two figures of one pair and year") == 2
        assert report.adds_up
        assert any("two figures" in note for note in report.notes)


def test_another_table_is_refused(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(FormatError, match="Global Geopolitical Events"):
        al.read_gge(path)
    with pytest.raises(FileNotFoundError):
        al.read_gge(tmp_path / "none.csv")


@pytest.mark.slow
@pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)
def test_the_published_panel_is_read_and_reproduced():
    panel, report = al.read_gge(SHARED / "data" / "gge" / "major32_776b918.csv.gz")
    assert (report.read, report.kept) == (37_200, 37_200)
    np.testing.assert_allclose(al.gge_score(panel)["score"], panel["score"], rtol=0, atol=1e-12)
    table = pd.read_csv(SHARED / "data" / "gge" / "major32_776b918.csv.gz")
    np.testing.assert_array_equal(panel["score"], table["geo_score_dyn"])
