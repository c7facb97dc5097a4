"""Damaged input never breaks a reader: a plain refusal of the file, or an account that adds up."""

import gzip
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignscore.errors import AlignScoreError
from alignscore.readers.gdelt import read_gdelt
from damage import damaged
from sample_files import GDELT, READERS, sound

TABLES = ("atop_portfolio", "votes_undl", "votes_voeten", "gge")  # readers of something else than events


def accounted(name: str, path: Path) -> None:
    """The reader refuses the file in its own words, or tells where every row went."""
    read, _, options = READERS[name]
    try:
        value, report = read(path, **options)
    except AlignScoreError as refusal:
        assert str(refusal)
        return
    assert report.adds_up, report
    if name not in TABLES:
        assert report.kept == value.report["kept"]
    if name != "atop_portfolio":
        assert len(value) >= report.kept
    assert all(step.rows > 0 for step in report.steps)
    assert len(report.to_frame()) == len(report.steps) + 2


@pytest.mark.parametrize("name", READERS)
def test_the_undamaged_lines_are_read(name):
    value, report = sound(name)
    assert report.adds_up
    assert (
        name == "atop_portfolio" or len(value) > 0 or name == "gdelt_blocs"
    )  # one source only, and two asked for


@pytest.mark.parametrize("name", READERS)
def test_spoilt_lines_are_accounted_for(name, tmp_path):
    """Four seeds a reader, no two readers the same, so that 132 ways to spoil a file are tried; 5,000 are slow."""
    first = 2**20 + 4 * list(READERS).index(name)
    for seed in range(first, first + 4):
        path = tmp_path / f"{seed}.csv"
        path.write_bytes(damaged(READERS[name][1], seed))
        accounted(name, path)


@pytest.mark.slow
def test_five_thousand_spoilt_files_are_accounted_for(tmp_path):
    for seed in range(5000):
        name = list(READERS)[seed % len(READERS)]
        path = tmp_path / "spoilt.csv"
        path.write_bytes(damaged(READERS[name][1], seed))
        accounted(name, path)


@pytest.mark.parametrize("name", ["gdelt", "icews", "polecat", "sipri", "events", "keds", "phoenix"])
@settings(max_examples=9)
@given(raw=st.binary(max_size=200), keep=st.booleans())
def test_random_bytes_are_refused_or_accounted_for(name, raw, keep):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.csv"
        path.write_bytes(READERS[name][1][0].encode() + b"\n" + raw if keep else raw)
        accounted(name, path)


@given(raw=st.binary(min_size=1, max_size=60), cut=st.integers(0, 60))
def test_damaged_archives_are_refused_in_words(raw, cut):
    with tempfile.TemporaryDirectory() as folder:
        packed, archive = Path(folder) / "a.csv.gz", Path(folder) / "b.zip"
        body = gzip.compress(GDELT.encode() + b"\n")
        packed.write_bytes(body[: len(body) - cut % len(body)] + (raw if cut else b""))
        accounted("gdelt", packed)
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("x.CSV", GDELT + "\n")
        whole = archive.read_bytes()
        archive.write_bytes(whole[: len(whole) // 3] + raw + whole[len(whole) // 3 + len(raw) :])
        accounted("gdelt", archive)


def test_a_very_long_line_and_a_very_long_cell_are_counted(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(GDELT + "\n" + "x" * 3_000_000 + "\n" + GDELT.replace("a.org", "a" * 100_000) + "\n")
    _, report = read_gdelt(path)
    assert report.rows("line longer than 1 MB") == 1
    assert (report.read, report.adds_up) == (3, True)


def test_a_missing_path_is_a_missing_file(tmp_path):
    for read, _, options in READERS.values():
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "nowhere.csv", **options)
