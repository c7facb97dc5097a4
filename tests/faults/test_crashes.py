"""Runs that are killed, stopped or out of disk: a good file stays good, and the next run gives the same ledger.

Each run is a process of its own, which ends itself at the moment asked for. The whole list is marked slow.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import alignscore as al
from alignscore.__main__ import main
from alignscore.scale.checkpoint import Checkpoint
from alignscore.scale.parquet import post_parquet
from alignscore.scale.stream import Settings

pytest.importorskip("pyarrow")

CHILD = """
import os, pathlib, resource, shutil, signal, sys
from alignscore.__main__ import main
from alignscore.readers.steps.series import Series
from alignscore.scale import parquet
from alignscore.scale.stream import Stream

owner, name, turn, how = sys.argv[1:5]
if how == "FULL":  # no file may grow beyond so many bytes
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(turn), int(turn)))
else:
    held = {"os": os, "Path": pathlib.Path, "shutil": shutil, "Stream": Stream, "Series": Series}[owner]
    whole, calls = getattr(held, name), [0]

    def last(*args, **options):
        calls[0] += 1
        if calls[0] == int(turn):
            os.kill(os.getpid(), getattr(signal, how))
        return whole(*args, **options)

    setattr(held, name, last)
parquet.post_parquet.__kwdefaults__["save_every"] = 60
sys.exit(main(sys.argv[5:]))
"""
# where a run ends itself: what is called, which time, and what it posts
KILLS = {
    "in the stream": ("Stream", "feed", 5, "parquet"),
    "before the first checkpoint is on the disk": ("os", "fsync", 1, "parquet"),
    "between two parts of a checkpoint": ("Path", "replace", 6, "parquet"),
    "before a checkpoint has its name": ("Path", "replace", 8, "parquet"),
    "before the checkpoint before it is gone": ("shutil", "rmtree", 1, "parquet"),
    "before the ledger has its name": ("Path", "replace", 33, "parquet"),
    "between two files": ("Series", "read", 4, "gdelt"),
    "before what waits for later files is saved": ("Path", "replace", 11, "gdelt"),
}


def day_of_gdelt(day):
    """Two acts of one day, behind one that the file of the day before tells of too."""
    lines = []
    for told, number in ((day - 1, 1), (day, 1), (day, 2)):
        cells = [""] * 58
        cells[0], cells[1] = f"{told}{number}", f"202401{told:02d}"
        cells[56], cells[57] = f"202401{told:02d}", f"https://example.org/{told}/{number}"
        cells[5], cells[7], cells[15], cells[17] = "USAGOV", "USA", "CHN", "CHN"
        cells[25], cells[26], cells[28], cells[32] = (
            "1",
            ("", "190", "042")[number],
            ("", "19", "04")[number],
            "1",
        )
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """What is posted: a Parquet file of eight row groups, and a folder of days."""
    place = tmp_path_factory.mktemp("sources")
    frame = al.datasets.asean_frame().drop(columns=["url", "label"])
    frame.to_parquet(place / "events.parquet", row_group_size=60)
    (place / "days").mkdir()
    for day in range(2, 8):
        (place / "days" / f"202401{day:02d}.export.CSV").write_text(day_of_gdelt(day))
    return {"parquet": [str(place / "events.parquet")], "gdelt": [str(place / "days"), "--format", "gdelt"]}


@pytest.fixture(scope="module")
def untouched(sources, tmp_path_factory):
    """The ledger of each, from a run that nothing ended."""
    place = tmp_path_factory.mktemp("untouched")
    made = {}
    for what, given in sources.items():
        assert main(["post", *given, "--out", str(place / f"{what}.npz")]) == 0
        made[what] = al.Ledger.load(place / f"{what}.npz")
    return made


def run(folder, given, owner="", name="", turn=0, how="SIGKILL"):
    """Post in a process of its own, which ends itself at the call asked for."""
    words = ["post", *given, "--out", str(folder / "out.npz"), "--checkpoint", str(folder / "saved")]
    asked = [sys.executable, "-c", CHILD, owner or "os", name or "fsync", str(turn), how, *words]
    return subprocess.run(asked, capture_output=True, text=True, timeout=300, check=False)


def same(a, b):
    assert a.axes.actors == b.axes.actors
    np.testing.assert_array_equal(a.cells, b.cells)
    np.testing.assert_allclose(a.sums, b.sums, rtol=1e-12, atol=1e-300)


def parts(folder):
    """Names of files that a run has not finished."""
    return [
        path.name for path in folder.rglob("*") if path.name.endswith(".part") or "being-written" in path.name
    ]


def ends_and_goes_on(folder, sources, untouched, point, monkeypatch):
    owner, name, turn, what = KILLS[point]
    (folder / "out.npz").write_bytes(b"the good file of an earlier run")
    ended = run(folder, sources[what], owner, name, turn)
    assert ended.returncode == -signal.SIGKILL, (point, ended.stderr)
    assert (folder / "out.npz").read_bytes() == b"the good file of an earlier run"
    monkeypatch.setitem(post_parquet.__kwdefaults__, "save_every", 60)
    words = ["--out", str(folder / "out.npz"), "--checkpoint", str(folder / "saved")]
    assert main(["post", *sources[what], *words]) == 0, point
    same(al.Ledger.load(folder / "out.npz"), untouched[what])
    saved = [path for path in (folder / "saved").iterdir() if path.name != ".in-use"]
    assert len(saved) == 1, saved
    assert parts(folder / "saved") == []
    # beside the ledger at most the part of the run that was killed, by its name
    assert all(
        path.name == "saved" or path.name.startswith((".out.npz.", "out.npz")) for path in folder.iterdir()
    )


@pytest.mark.parametrize("point", ["before a checkpoint has its name"])
def test_a_killed_run_goes_on_to_the_same_ledger(tmp_path, sources, untouched, point, monkeypatch):
    ends_and_goes_on(tmp_path, sources, untouched, point, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("point", KILLS)
def test_a_run_killed_anywhere_goes_on_to_the_same_ledger(tmp_path, sources, untouched, point, monkeypatch):
    ends_and_goes_on(tmp_path, sources, untouched, point, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owner", "name", "turn"), [("Stream", "feed", 5), ("os", "fsync", 3), ("Path", "replace", 8)]
)
def test_a_run_that_is_stopped_says_so_and_leaves_no_part(tmp_path, sources, untouched, owner, name, turn):
    stopped = run(tmp_path, sources["parquet"], owner, name, turn, "SIGINT")
    assert stopped.returncode == 130
    assert stopped.stderr.endswith("alignscore: stopped\n")
    assert "Traceback" not in stopped.stderr
    assert not (tmp_path / "out.npz").exists()
    assert [name for name in parts(tmp_path) if name.endswith(".part")] == []
    assert run(tmp_path, sources["parquet"]).returncode == 0
    same(al.Ledger.load(tmp_path / "out.npz"), untouched["parquet"])
    assert parts(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 512, 2048])
def test_a_full_disk_is_told_in_one_line_and_leaves_the_good_file(tmp_path, sources, untouched, room):
    (tmp_path / "out.npz").write_bytes(b"good")
    full = run(tmp_path, sources["parquet"], turn=room, how="FULL")
    assert full.returncode == 2
    assert "File too large" in full.stderr
    assert "Traceback" not in full.stderr
    assert (tmp_path / "out.npz").read_bytes() == b"good"
    assert [name for name in parts(tmp_path) if name.endswith(".part")] == []
    assert run(tmp_path, sources["parquet"]).returncode == 0
    same(al.Ledger.load(tmp_path / "out.npz"), untouched["parquet"])


def test_a_folder_that_cannot_be_written_is_told(tmp_path, sources, monkeypatch, capsys):
    table = tmp_path / "events.csv"
    al.datasets.asean_frame().to_csv(table, index=False)
    (tmp_path / "out.csv").write_text("good")
    whole = Path.open

    def read_only(self, mode="r", *args, **options):
        if "x" in mode or "w" in mode:
            raise PermissionError(13, "Permission denied", str(self))
        return whole(self, mode, *args, **options)

    monkeypatch.setattr(Path, "open", read_only)
    asked = ["score", str(table), "--measure", "alignment"]
    assert main([*asked, "--out", str(tmp_path / "out.csv")]) == 2
    assert "Permission denied" in capsys.readouterr().err
    assert main(["post", *sources["parquet"], "--out", str(tmp_path / "out.npz")]) == 2
    assert "Permission denied" in capsys.readouterr().err
    monkeypatch.undo()
    assert (tmp_path / "out.csv").read_text() == "good"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.csv", "out.csv"]


def kills_itself_once(frame, flag):
    """A partition whose worker dies before it is made, the first time."""
    if not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return frame


@pytest.mark.slow
def test_a_killed_worker_is_told_and_the_next_run_is_whole(tmp_path):
    dask = pytest.importorskip("dask")
    frame = al.datasets.asean_frame()
    sick = dask.delayed(kills_itself_once)
    partitions = [dask.delayed(frame[:200]), sick(frame[200:], str(tmp_path / "died"))]
    with dask.config.set(scheduler="processes", num_workers=2):
        with pytest.raises(al.LedgerError, match="a worker was killed"):
            al.post_dask(partitions, duplicates="trust")
        same(al.post_dask(partitions, duplicates="trust"), al.Ledger.post(al.datasets.asean()))


def flipped_checkpoints(tmp_path, sources, untouched, times):
    words = [
        "post",
        *sources["parquet"],
        "--out",
        str(tmp_path / "out.npz"),
        "--checkpoint",
        str(tmp_path / "saved"),
    ]
    assert main(words) == 0
    files = [
        path for path in sorted((tmp_path / "saved").rglob("*")) if path.is_file() and path.name != ".in-use"
    ]
    rng, found = np.random.default_rng(0), 0
    for _ in range(times):
        path = files[rng.integers(len(files))]
        good = path.read_bytes()
        bad = bytearray(good)
        bad[rng.integers(len(good))] ^= 1 << rng.integers(8)
        path.write_bytes(bytes(bad))
        (tmp_path / "out.npz").unlink(missing_ok=True)
        if main(words) == 0:
            same(al.Ledger.load(tmp_path / "out.npz"), untouched["parquet"])
        else:
            found += 1
        path.write_bytes(good)
    return found


def test_a_flipped_byte_of_a_checkpoint_is_found_or_changes_nothing(tmp_path, sources, untouched, capsys):
    assert flipped_checkpoints(tmp_path, sources, untouched, 20) > 10
    assert "Delete it and run again" in capsys.readouterr().err


@pytest.mark.slow
def test_two_hundred_flipped_bytes_of_a_checkpoint(tmp_path, sources, untouched):
    assert flipped_checkpoints(tmp_path, sources, untouched, 200) > 100


def test_a_ledger_cut_at_any_length_is_refused(tmp_path, asean_ledger):
    path = tmp_path / "cut.npz"
    asean_ledger.save(path)
    good = path.read_bytes()
    for kept in np.linspace(0, len(good) - 1, 60).astype(int).tolist():
        path.write_bytes(good[:kept])
        with pytest.raises(al.FormatError, match=r"cut\.npz"):
            al.Ledger.load(path)


def test_of_two_runs_one_checkpoint_belongs_to_the_first(tmp_path, sources, capsys):
    with Checkpoint.at(tmp_path / "saved", Settings.make(), []):
        words = ["post", *sources["parquet"], "--out", str(tmp_path / "out.npz")]
        assert main([*words, "--checkpoint", str(tmp_path / "saved")]) == 2
    assert "is in use by another run" in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()


def test_two_writers_of_one_ledger_leave_one_of_the_two(tmp_path, asean_ledger):
    path, other = tmp_path / "one.npz", al.Ledger.post(al.datasets.simulate(100))
    seen = []

    def write(ledger):
        for _ in range(10):
            ledger.save(path)

    def read():
        for _ in range(20):
            if path.exists():
                seen.append(len(al.Ledger.load(path).cells))

    threads = [threading.Thread(target=write, args=[ledger]) for ledger in (asean_ledger, other)]
    threads.append(threading.Thread(target=read))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen.append(len(al.Ledger.load(path).cells))
    assert set(seen) <= {len(asean_ledger.cells), len(other.cells)}
    assert [file.name for file in tmp_path.iterdir()] == ["one.npz"]
