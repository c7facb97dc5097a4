"""Ledgers on disk: whole or refused, whatever happens to the file or while it is written."""

import json
import threading
import zipfile

import numpy as np
import pytest

import alignscore as al
from alignscore.events.events import LASTING
from alignscore.ledger.files import ARRAYS, FORMAT, write_archive
from alignscore.tables.writing import write_whole


@pytest.fixture
def path(asean_ledger, tmp_path):
    asean_ledger.save(tmp_path / "good.ledger")
    return tmp_path / "good.ledger"


def same(a, b):
    assert a.axes.actors == b.axes.actors and a.axes.domains == b.axes.domains
    assert a.axes.periods.equals(b.axes.periods)
    assert (a.last, a.decay, a.codebook) == (b.last, b.decay, b.codebook)
    np.testing.assert_array_equal(a.axes.dyads, b.axes.dyads)
    for name in ARRAYS[1:]:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_any_flipped_byte_is_found_or_changes_nothing(asean_ledger, path):
    good = path.read_bytes()
    rng = np.random.default_rng(0)
    # all over the file, and in the directory at its end, where a name or a size is one byte
    places = np.concatenate([rng.integers(0, len(good), 100), rng.integers(len(good) - 600, len(good), 100)])
    found = 0
    for at in places:
        bad = bytearray(good)
        bad[at] ^= 1 << rng.integers(8)
        path.write_bytes(bytes(bad))
        try:
            again = al.Ledger.load(path)
        except al.FormatError as problem:
            assert str(path) in str(problem)
            found += 1
        else:
            same(again, asean_ledger)
    assert found > 100


@pytest.mark.parametrize("kept", [0, 1, 30, 0.3, 0.9, -1])
def test_a_part_of_a_file_is_no_ledger(path, kept):
    good = path.read_bytes()
    path.write_bytes(good[: int(kept * len(good)) if isinstance(kept, float) else kept])
    with pytest.raises(al.FormatError, match="good.ledger is not an alignscore ledger"):
        al.Ledger.load(path)


def rewritten(path, change):
    """The same file with other arrays or header and a checksum that fits: only the content is wrong."""
    with zipfile.ZipFile(path) as archive, np.load(path) as file:
        assert set(archive.namelist()) == {f"{name}.npy" for name in ("header", *ARRAYS)}
        arrays = dict(file)
    header = json.loads(arrays.pop("header").tobytes())
    change(header, arrays)
    write_archive(path, header, arrays)


def swapped(array, a, b):
    out = array.copy()
    out[[a, b]] = out[[b, a]]
    return out


def put(array, at, value):
    out = array.copy()
    out[at] = value
    return out


DAMAGED = {
    "cells is missing": lambda h, a: a.pop("cells"),
    "lasting is missing": lambda h, a: a.pop("lasting"),
    "cells are not in order": lambda h, a: a.update(cells=swapped(a["cells"], 0, 1)),
    "cells are not in order.": lambda h, a: a.update(cells=put(a["cells"], 1, a["cells"][0])),
    "cells lie outside": lambda h, a: a.update(cells=put(a["cells"], -1, 1 << 60)),
    "sums are not finite": lambda h, a: a.update(sums=put(a["sums"], (3, 2), np.nan)),
    "sums is an array of float64 of shape": lambda h, a: a.update(sums=a["sums"][:-1]),
    "sums is an array of float32": lambda h, a: a.update(sums=a["sums"].astype(np.float32)),
    "cells is an array of complex128": lambda h, a: a.update(cells=a["cells"].astype(complex)),
    "dyads name actors that are not there": lambda h, a: a.update(dyads=put(a["dyads"], (-1, 0), 999)),
    "dyads are not in order": lambda h, a: a.update(dyads=swapped(a["dyads"], 0, 1)),
    "a dyad joins an actor with itself": lambda h, a: a.update(dyads=put(a["dyads"], (0, 1), a["dyads"][0, 0])),
    "half-lives are not those of a ledger": lambda h, a: a.update(half_lives=-a["half_lives"]),
    "actors are not sorted": lambda h, a: h.update(actors=h["actors"][::-1]),
    "not supported between instances": lambda h, a: h.update(actors=[None, *h["actors"][1:]]),
    "unhashable type": lambda h, a: h.update(domains=[[], *h["domains"][1:]]),
    "index 0 is out of bounds": lambda h, a: h.update(periods=0),
    "len.. of unsized object": lambda h, a: a.update(cells=np.array(1)),
    "domains stand twice": lambda h, a: h.update(domains=["security"] * 3),
    "the last period lies outside": lambda h, a: h.update(last="2050-01-01"),
    "settings of decay 'half_life'": lambda h, a: h.update(decay={"decay": "half_life", "years": -1}),
    "Invalid frequency": lambda h, a: h.update(freq="fortnight"),
    "'first'": lambda h, a: h.pop("first"),
    "lasting kinds name actors": lambda h, a: a.update(lasting=put(a["lasting"], (0, 0), -3)),
}  # fmt: skip


@pytest.mark.parametrize("fault", DAMAGED)
def test_content_that_no_ledger_has_is_refused(path, fault):
    rewritten(path, DAMAGED[fault])
    with pytest.raises(al.FormatError, match=f"good.ledger is damaged: .*{fault.rstrip('.')}"):
        al.Ledger.load(path)


def test_content_that_was_changed_by_hand_is_refused(path):
    with np.load(path) as file:
        arrays = dict(file)
    arrays["sums"] = arrays["sums"] * 2
    with path.open("wb") as file:
        np.savez(file, **arrays)
    with pytest.raises(al.FormatError, match="its checksum does not match its content"):
        al.Ledger.load(path)


def test_a_ledger_that_may_not_be_read_is_not_told_as_damaged(path, monkeypatch):
    def closed(*_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("zipfile.ZipFile", closed)
    with pytest.raises(PermissionError, match="Permission denied"):
        al.Ledger.load(path)


class Touches:
    """What a pickle may hold: a call, made as it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return type(self.path).touch, (self.path,)


def test_nothing_in_a_file_is_run(path, tmp_path):
    with np.load(path) as file:
        arrays = dict(file)
    arrays["sums"] = np.array([Touches(tmp_path / "touched")], dtype=object)
    with path.open("wb") as file:
        np.savez(file, **arrays)
    with pytest.raises(al.FormatError, match="good.ledger is not an alignscore ledger"):
        al.Ledger.load(path)
    assert not (tmp_path / "touched").exists()


def test_an_earlier_format_says_what_to_do(path):
    rewritten(path, lambda h, a: h.update(version=2))
    with pytest.raises(
        al.FormatError, match="of format 2; this release reads format 4.*post the events again"
    ):
        al.Ledger.load(path)
    assert FORMAT == "alignscore ledger"


def test_a_write_that_fails_leaves_the_old_file_and_no_other(asean_ledger, path, monkeypatch):
    def full(file, **arrays):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space left"):
        al.Ledger.post(al.datasets.simulate(100)).save(path)
    monkeypatch.undo()
    same(al.Ledger.load(path), asean_ledger)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_of_two_writers_one_whole_file_stays(tmp_path):
    path, gate = tmp_path / "one", threading.Barrier(2)
    contents = [bytes([at]) * 100_000 for at in range(2)]

    def write(content):
        def slowly(file):
            for first in range(0, len(content), 10_000):
                file.write(content[first : first + 10_000])
                gate.wait(10)

        write_whole(path, slowly)

    threads = [threading.Thread(target=write, args=[content]) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert [file.name for file in tmp_path.iterdir()] == ["one"]


def test_a_link_still_names_the_file_it_named(asean_ledger, tmp_path):
    (tmp_path / "store").mkdir()
    link = tmp_path / "latest"
    try:
        link.symlink_to(tmp_path / "store" / "l")
    except OSError:
        pytest.skip("no links here")
    asean_ledger.save(link)
    assert link.is_symlink()
    same(al.Ledger.load(tmp_path / "store" / "l"), asean_ledger)
    assert len(LASTING) == asean_ledger.lasting.shape[1]


def test_a_ledger_of_more_than_a_thousand_simulated_actors_is_read_back(tmp_path):
    ledger = al.Ledger.post(al.datasets.simulate(3000, actors=1200))
    ledger.save(tmp_path / "many.ledger")
    assert al.Ledger.load(tmp_path / "many.ledger").axes.actors == ledger.axes.actors
