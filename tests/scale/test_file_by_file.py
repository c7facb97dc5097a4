"""Files posted one after another: damaged ones are told and passed over, and days without a file are named."""

import gzip
import zipfile

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.__main__ import main
from alignscore.readers.gdelt import read_gdelt
from alignscore.readers.steps.draft import draft_of
from alignscore.readers.steps.series import Series
from alignscore.scale.file_by_file import post_tables
from alignscore.scale.stream import Settings

DAYS = ("20240101", "20240102", "20240105", "20240106")
SETTINGS = Settings.make(codebook=al.Codebook.cameo(values="gdelt"))


def day_of_gdelt(day, number, width=58):
    cells = [""] * width
    cells[0], cells[1], cells[width - 2], cells[width - 1] = (
        str(number),
        day,
        day,
        f"https://example.org/{number}",
    )
    cells[5], cells[7], cells[15], cells[17] = "USAGOV", "USA", "CHN", "CHN"
    cells[25], cells[26], cells[28], cells[32] = "1", "040", "04", "1"
    return ("\t".join(cells) + "\n").encode()


def folder(tmp_path, damaged=()):
    """A folder of days, some of whose archives are cut short."""
    place = tmp_path / "days"
    place.mkdir()
    for number, day in enumerate(DAYS):
        packed = gzip.compress(day_of_gdelt(day, number))
        (place / f"{day}.export.CSV.gz").write_bytes(packed[:-12] if day in damaged else packed)
    return place


def post(place, on_error="skip", **options):
    # what is like another act within a week is one act; a day's window keeps all
    draft = Series(lambda path: draft_of(read_gdelt)(path, on_error=on_error, one_a_day=None), 0)
    return post_tables(place, draft, SETTINGS, reader="gdelt", on_error=on_error, **options)


@pytest.mark.parametrize("day", [DAYS[0], DAYS[1], DAYS[-1]])
def test_a_damaged_file_is_told_and_the_others_are_posted(tmp_path, day):
    place = folder(tmp_path, [day])
    name = f"{day}.export.CSV.gz"
    with pytest.raises(al.FormatError, match=f"{name} is damaged"):
        post(place, "raise")
    posted = post(place)
    assert posted.sums[:, 0].sum() == 3
    assert posted.report.adds_up
    assert posted.report.kept == 3
    assert [*posted.report.failed] == [name]
    assert name not in posted.report.files
    (place / name).unlink()
    alone = post(place)
    np.testing.assert_array_equal(alone.sums, posted.sums)


def test_where_all_are_damaged_there_is_nothing_to_post(tmp_path):
    with pytest.raises(al.FormatError, match=r"20240101.export.CSV.gz is damaged"):
        post(folder(tmp_path, DAYS))


def test_a_damaged_archive_in_a_folder_and_a_damaged_member_are_told(tmp_path):
    place = folder(tmp_path)
    (place / "20240103.export.CSV.zip").write_bytes(b"PK\x03\x04 cut short")
    with zipfile.ZipFile(place / "20240104.export.CSV.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.export.CSV", day_of_gdelt("20240104", 8))
        archive.writestr("b.export.CSV", day_of_gdelt("20240104", 9))
    text = (place / "20240104.export.CSV.zip").read_bytes()
    # its checksum fails
    (place / "20240104.export.CSV.zip").write_bytes(text.replace(b"USAGOV", b"USAGOX", 1))
    with pytest.raises(al.FormatError, match="damaged"):
        post(place, "raise")
    report = post(place).report
    assert [*report.failed] == ["20240103.export.CSV.zip", "20240104.export.CSV.zip/a.export.CSV"]
    assert report.kept == 5
    assert report.adds_up


def test_days_without_a_file_are_named_as_in_reading(tmp_path):
    place = folder(tmp_path)
    _, read = al.read_gdelt(place)
    report = post(place).report
    told = "no file of these days between the first and the last: 2024-01-03, 2024-01-04"
    assert told in report.notes
    assert told in read.notes
    (tmp_path / "again").mkdir()
    place = folder(tmp_path / "again", [DAYS[1]])  # a damaged file is none
    assert told.replace("2024-01-03", "2024-01-02, 2024-01-03") in post(place).report.notes


def test_quarter_hours_without_a_file_are_named(tmp_path):
    for number, stamp in enumerate(("20240101000000", "20240101001500", "20240101010000")):
        (tmp_path / f"{stamp}.export.CSV").write_bytes(day_of_gdelt("20240101", number, 58))
    note = "no file of these quarter-hours between the first and the last: 2024-01-01 00:30, 2024-01-01 00:45"
    assert note in al.read_gdelt(tmp_path)[1].notes
    assert note in post(tmp_path).report.notes


def test_a_broken_run_goes_on_past_damaged_files_and_remembers_them(tmp_path):
    place = folder(tmp_path, [DAYS[1], DAYS[-1]])
    whole = post(place)

    class Broken(Exception):
        pass

    def stop(done, total):
        if done == 3:
            raise Broken

    with pytest.raises(Broken):
        post(place, checkpoint=tmp_path / "saved", progress=stop)
    again = post(place, checkpoint=tmp_path / "saved")  # only the damaged last file is left
    np.testing.assert_array_equal(again.sums, whole.sums)
    assert again.report.failed == whole.report.failed
    assert len(again.report.failed) == 2
    assert set(whole.report.notes) < set(again.report.notes)
    assert again.report.files == whole.report.files


@pytest.mark.parametrize("form", ["gdelt", None])
def test_the_command_line_skips_damaged_files(tmp_path, capsys, form):
    out = tmp_path / "out.npz"
    if form is None:
        place = tmp_path / "tables"
        place.mkdir()
        frame = al.datasets.asean_frame()
        for at, part in enumerate(np.array_split(np.arange(len(frame)), 3)):
            packed = gzip.compress(frame.iloc[part].to_csv(index=False).encode())
            (place / f"{at}.csv.gz").write_bytes(packed[: len(packed) // 2] if at == 1 else packed)
        name, kept = "1.csv.gz", 316
    else:
        place, name, kept = folder(tmp_path, [DAYS[1]]), f"{DAYS[1]}.export.CSV.gz", 3
    words = ["post", str(place), "--out", str(out), *(["--format", form] if form else [])]
    assert main(words) == 2
    assert f"{name} is damaged" in capsys.readouterr().err
    assert not out.exists()
    assert main([*words, "--skip-damaged"]) == 0
    told = capsys.readouterr().err
    assert f"not read: {name}" in told
    assert f"{kept} kept" in told
    assert al.Ledger.load(out).sums[:, 0].sum() > 0


def test_no_file_of_a_folder_is_passed_over_in_silence(tmp_path, capsys):
    frame = al.datasets.asean_frame()
    frame[:200].to_csv(tmp_path / "a.csv", index=False)
    frame[200:].to_csv(tmp_path / "b.csv.gz", index=False)
    words = ["post", str(tmp_path), "--out", str(tmp_path / "out.npz")]
    assert main(words) == 0
    assert "474 rows read, 474 kept" in capsys.readouterr().err
    frame[:200].to_parquet(tmp_path / "c.parquet")
    assert main(words) == 2
    assert "there are Parquet files and others (c.parquet, " in capsys.readouterr().err


def test_dates_with_the_day_first_are_read_at_every_door(tmp_path, capsys):
    frame = (
        al.datasets.asean()
        .to_frame()
        .tail(150)
        .reset_index(drop=True)
        .assign(until=lambda f: f["until"].dt.strftime("%Y-%m-%d"))
    )
    frame["date"] = frame["date"].dt.strftime("%d/%m/%Y")
    want = al.Ledger.post(al.Events.from_frame(frame, dayfirst=True))
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")

    def same(got):
        np.testing.assert_array_equal(got.cells, want.cells)
        np.testing.assert_allclose(got.sums, want.sums, rtol=1e-12, atol=1e-12)

    same(al.post_parquet(tmp_path / "a.parquet", dayfirst=True, batch_rows=50))
    same(al.post_dask([frame[:100], frame[100:]], dayfirst=True))
    for name in ("a.csv", "a.parquet"):
        out = tmp_path / "out.npz"
        assert main(["post", str(tmp_path / name), "--out", str(out), "--dayfirst"]) == 0
        same(al.Ledger.load(out))
        assert main(["score", str(tmp_path / name), "--dayfirst", "--measure", "alignment"]) == 0
    capsys.readouterr()
    with pytest.raises(al.LedgerError, match="may have the day or the month first. Say dayfirst=True"):
        al.post_parquet(tmp_path / "a.parquet")
    with pytest.raises(al.OptionError, match="dayfirst is 3"):
        al.post_dask([frame], dayfirst=3)
    assert main(["post", str(tmp_path / "a.csv"), "--out", "x.npz", "--format", "gdelt", "--dayfirst"]) == 2
    assert "writes dates in its own way" in capsys.readouterr().err


def test_a_part_of_a_table_decides_no_order(tmp_path):
    """In memory the column's 14/02 tells the order of 03/02; a batch that lacks it must not read 2 March."""
    rows = pd.DataFrame(
        {
            "source": "CHN",
            "target": "KHM",
            "domain": "security",
            "value": 1.0,
            "date": ["03/02/2024", "14/02/2024"],
        }
    )
    rows.to_parquet(tmp_path / "a.parquet")
    assert len(al.Events.from_frame(rows)) == 2
    with pytest.raises(al.LedgerError, match="of 2 rows none is kept"):
        al.post_parquet(tmp_path / "a.parquet", batch_rows=1)
    assert al.post_parquet(tmp_path / "a.parquet", batch_rows=1, dayfirst=True).report.kept == 2


def test_an_engine_reads_dates_that_are_text():
    rows = pd.DataFrame(
        {"source": ["CHN", "USA"], "target": ["KHM", "PHL"], "domain": "security", "value": [6.0, 6.5],
         "date": ["16/05/2024", "22/04/2024"]}
    )  # fmt: skip
    want = al.Ledger.post(al.Events.from_frame(rows, dayfirst=True))
    polars = pytest.importorskip("polars")
    for table in (rows, polars.from_pandas(rows).lazy()):
        np.testing.assert_allclose(al.post_lazy(table, date_format="%d/%m/%Y").sums, want.sums, rtol=1e-9)
        with pytest.raises(al.EventError, match="cannot read every date as '%m/%d/%Y'"):
            al.post_lazy(table, date_format="%m/%d/%Y")
        with pytest.raises(al.EventError, match="is text; say how it is written"):
            al.post_lazy(table)


def test_a_file_given_twice_is_posted_once(tmp_path):
    pytest.importorskip("pyarrow")
    al.datasets.asean_frame().drop(columns="event_id").to_parquet(tmp_path / "a.parquet")
    (tmp_path / "link.parquet").symlink_to(tmp_path / "a.parquet")
    report = al.post_parquet([tmp_path / "a.parquet", tmp_path]).report
    assert (report.read, report.kept, len(report.files)) == (474, 474, 1)
    assert "link.parquet was given twice and read once" in report.notes
