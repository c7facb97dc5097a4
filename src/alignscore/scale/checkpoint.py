"""A stream's state in a folder, so that a broken run continues from one that is proved to be whole."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alignscore.errors import FormatError, as_path
from alignscore.ledger import Ledger
from alignscore.ledger.files import DAMAGE
from alignscore.scale.stream import Settings, Stream
from alignscore.scale.stream_state import NO_ACTS, Seen, from_columns, in_columns
from alignscore.tables.reading_report import Tally
from alignscore.tables.writing import sync_folder, write_whole
from alignscore.values import once

if TYPE_CHECKING:
    from alignscore.readers.steps.series import Series

FORMAT, VERSION = "alignscore checkpoint", 6
UNFINISHED = "being-written-"


@dataclass(frozen=True)
class Checkpoint:
    """Where a run's state is saved, and what it is a run of."""

    folder: Path
    run: dict[str, Any]

    @classmethod
    @contextmanager
    def at(
        cls, folder: str | Path | None, settings: Settings, files: list[Any]
    ) -> Iterator[Checkpoint | None]:
        """A checkpoint folder for one run alone, made if it is not there; None where none is asked for."""
        if folder is None:
            yield None
            return
        place = as_path(folder, "checkpoint")
        place.mkdir(parents=True, exist_ok=True)
        with _held_alone(place):
            yield cls(place, {"format": FORMAT, "version": VERSION, **settings.description(), "files": files})

    def _saved(self) -> list[Path]:
        """States in the folder, the latest last; one that was being written has another name."""
        return sorted(self.folder.glob("after-*"))

    def save(self, stream: Stream, done: int, series: Series | None = None) -> None:
        """Write the state whole, then give it its name, then drop the one before."""
        before = [*self._saved(), *self.folder.glob(f"{UNFINISHED}*")]
        new = self.folder / f"{UNFINISHED}{secrets.token_hex(8)}"
        new.mkdir()
        if not stream.sums.empty:
            stream.sums.ledger().save(new / "ledger.npz")
        arrays: dict[str, Any] = {f"seen{at}": run for at, run in enumerate(stream.seen.runs)}
        # what is recent is known once the ledger of all so far is made
        for prefix, tables in (("held", stream.held), ("open", stream.sums.recent)):
            arrays |= {f"{prefix}_{name}": column for name, column in in_columns(tables).items()}
        write_whole(new / "held.npz", lambda file: np.savez(file, **arrays))
        if series is not None:
            rows: dict[str, Any] = series.state()
            write_whole(new / "rows.npz", lambda file: np.savez(file, **rows))
        moved = [[*key, *value] for key, value in stream.tally.moved.items()]
        state = {
            "run": self.run, "done": done, "kept": stream.kept, "labels": list(stream.asked.codes),
            "tally": {**vars(stream.tally), "moved": moved},
            "parts": {part.name: _digest(part) for part in sorted(new.iterdir())},
        }  # fmt: skip
        sealed = json.dumps({**state, "checksum": _seal(state)}).encode()
        write_whole(new / "state.json", lambda file: file.write(sealed))
        name = self.folder / f"after-{done:09d}-row-groups"
        if name.exists():  # a run that had ended and was begun again saves under the same name
            name = name.with_name(f"{name.name}-{secrets.token_hex(4)}")
        new.replace(name)
        sync_folder(self.folder)
        for old in before:
            shutil.rmtree(old)

    def load(self, stream: Stream, series: Series | None = None) -> int:
        """Fill a stream with the latest state, refused where it is damaged or of another run; the row groups done."""
        saved = self._saved()
        if not saved:
            return 0
        try:
            state = self._verified_state(saved[-1])
            held = _arrays(saved[-1] / "held.npz")
            rows = {} if series is None else _arrays(saved[-1] / "rows.npz")
            ledger = Ledger.load(saved[-1] / "ledger.npz") if "ledger.npz" in state["parts"] else None
        except FormatError:
            raise
        except DAMAGE as problem:
            raise self._damaged(str(problem) or type(problem).__name__) from None
        stream.asked.of(state["labels"])
        moved = {(action, reason): booked for action, reason, *booked in state["tally"]["moved"]}
        before = Tally(**state["tally"] | {"moved": moved})
        stream.tally.add(before)
        stream.tally.read, stream.tally.files, stream.kept = before.read, before.files, state["kept"]
        stream.seen = Seen([run for name, run in held.items() if name.startswith("seen")])
        actors = tuple(stream.asked.codes)
        book = stream.settings.codebook
        for prefix, tables in (("held_", stream.held), ("open_", stream.sums.recent)):
            columns = {name.removeprefix(prefix): held[name] for name in held if name.startswith(prefix)}
            if columns:
                tables.append(from_columns(columns, actors, book))
        stream.sums.held_acts = once(NO_ACTS, *(one.act for one in stream.held if one.act is not None))
        if ledger is not None:
            stream.asked.of(ledger.axes.actors)
            stream.sums.add_ledger(ledger)
        if series is not None:
            series.restore(rows)
        return int(state["done"])

    def _verified_state(self, saved: Path) -> dict[str, Any]:
        """The state, once its own checksum and those of the files beside it have been compared."""
        state: dict[str, Any] = json.loads((saved / "state.json").read_text(encoding="utf-8"))
        self._check(state["run"])
        if state.pop("checksum", None) != _seal(state):
            raise self._damaged("the checksum of state.json does not match its content")
        for name, digest in state["parts"].items():
            if not (saved / name).exists():
                raise self._damaged(f"{name} is missing")
            if _digest(saved / name) != digest:
                raise self._damaged(f"the checksum of {name} does not match its content")
        return state

    def _damaged(self, why: str) -> FormatError:
        return FormatError(f"checkpoint {self.folder} is damaged: {why}. Delete it and run again.")

    def _check(self, theirs: dict[str, Any]) -> None:
        ours = json.loads(json.dumps(self.run))
        for name, mine in ours.items():
            if theirs.get(name) != mine:
                both = f": {theirs.get(name)!r}, and this run has {mine!r}"
                shown = "" if name in ("files", "actors") else both  # which are long
                raise FormatError(
                    f"checkpoint {self.folder} was saved by a run with other {name}{shown}. "
                    "Give another folder, or delete it to start anew."
                )


def _seal(state: Any) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@contextmanager
def _held_alone(folder: Path) -> Iterator[None]:
    """Hold a folder for one run; the system lets go of it when the run ends, however it ends."""
    descriptor = os.open(folder / ".in-use", os.O_RDWR | os.O_CREAT)
    try:
        try:
            _lock(descriptor)
        except OSError:
            raise FormatError(
                f"checkpoint {folder} is in use by another run. Wait for its end, or give another folder."
            ) from None
        yield
    finally:
        with suppress(OSError):
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Take the lock on an open file, or raise OSError where another holds it."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
