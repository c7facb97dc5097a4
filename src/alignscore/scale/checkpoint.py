"""A stream's state in a folder, so that a broken run continues."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alignscore.errors import FormatError
from alignscore.ledger import Ledger
from alignscore.scale.remembered import Seen
from alignscore.scale.stream import Settings, Stream

FORMAT, VERSION = "alignscore checkpoint", 2


@dataclass(frozen=True)
class Checkpoint:
    """Where a run's state is saved, and what it is a run of."""

    folder: Path
    told: dict[str, Any]

    @classmethod
    def of(cls, folder: str | Path, settings: Settings, files: list[Any]) -> Checkpoint:
        """A checkpoint folder, made if it is not there."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        return cls(place, {"format": FORMAT, "version": VERSION, **settings.told(), "files": files})

    def _saved(self) -> list[Path]:
        """States in the folder, the latest last; one that was being written has another name."""
        return sorted(self.folder.glob("after-*"))

    def save(self, stream: Stream, done: int) -> None:
        """Write the state whole, then give it its name, then drop the one before."""
        before, new = self._saved(), self.folder / "being-written"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        if not stream.sums.empty:
            stream.sums.ledger(stream.asked.names).save(new / "ledger.npz")
        arrays: dict[str, Any] = {f"seen{at}": run for at, run in enumerate(stream.seen.runs)}
        if stream.held.parts:
            arrays |= {f"held_{name}": column for name, column in stream.held.columns().items()}
        np.savez(new / "held.npz", **arrays)
        tally = stream.tally
        state = {
            "run": self.told, "done": done, "read": tally.read, "kept": stream.kept,
            "labels": stream.labels.names, "asked": stream.asked.names,
            "moved": [[*key, *value] for key, value in tally.moved.items()],
        }  # fmt: skip
        (new / "state.json").write_text(json.dumps(state), encoding="utf-8")
        new.replace(self.folder / f"after-{done:09d}-row-groups")
        for old in before:
            shutil.rmtree(old)

    def load(self, stream: Stream) -> int:
        """Fill a stream with the latest state; row groups done, 0 where none is saved.

        Raises
        ------
        FormatError
            It is damaged, or of other files or settings; the message says which.
        """
        saved = self._saved()
        if not saved:
            return 0
        try:
            state = json.loads((saved[-1] / "state.json").read_text(encoding="utf-8"))
            self._check(state["run"])
            with np.load(saved[-1] / "held.npz", allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (OSError, ValueError, KeyError, TypeError) as problem:
            if isinstance(problem, FormatError):
                raise
            raise FormatError(
                f"checkpoint {self.folder} is damaged: {problem}. Delete it and run again."
            ) from None
        stream.labels.of(state["labels"])
        stream.asked.of(state["asked"])
        stream.tally.read, stream.kept = state["read"], state["kept"]
        stream.tally.moved |= {(a, r): (rows, before, ex) for a, r, rows, before, ex in state["moved"]}
        stream.seen = Seen([arrays[name] for name in arrays if name.startswith("seen")])
        held = {
            name.removeprefix("held_"): column for name, column in arrays.items() if name.startswith("held_")
        }
        stream.held.parts += [held] if held else []
        if (saved[-1] / "ledger.npz").exists():
            ledger = Ledger.load(saved[-1] / "ledger.npz")
            stream.asked.of(ledger.axes.actors)
            stream.sums.add_ledger(ledger)
        return int(state["done"])

    def _check(self, theirs: dict[str, Any]) -> None:
        ours = json.loads(json.dumps(self.told))
        for name, mine in ours.items():
            if theirs.get(name) != mine:
                shown = (
                    ""
                    if name in ("files", "actors")
                    else f": {theirs.get(name)!r}, and this run has {mine!r}"
                )
                raise FormatError(
                    f"checkpoint {self.folder} was saved by a run with other {name}{shown}. "
                    "Give another folder, or delete it to start anew."
                )
