"""What a stream must remember of earlier batches: standing acts that a later one may replace, and event ids."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.events import Events
from alignscore.events.columns import coded

FIELDS = (
    "source", "target", "day", "until", "precision", "domain", "kind", "value", "weight", "mutual",
    "standing", "row", "act",
)  # fmt: skip


class Held:
    """Standing events of families, a few among many, kept until all are known."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.parts: list[dict[str, np.ndarray]] = []

    def add(self, events: Events, which: np.ndarray, offset: int) -> None:
        """Hold some of a batch's events; `offset` is the stream's position of its first row."""
        part = {name: np.ascontiguousarray(getattr(events, name)[which]) for name in FIELDS}
        part["row"] = part["row"].astype(np.int64) + offset
        self.parts.append(part)

    def columns(self) -> dict[str, Any]:
        """All that is held, in columns."""
        return {name: np.concatenate([part[name] for part in self.parts]) for name in FIELDS}

    def events(self, actors: tuple[str, ...]) -> Events:
        """All that is held, each ended where a later kind of its family begins."""
        columns = self.columns()
        n = len(columns["row"])
        loose = Events(
            actors=actors, codebook=self.codebook, settled=np.zeros(n, dtype=bool), event_id=None,
            label=None, url=None, report={"read": n, "kept": n}, **columns,
        )  # fmt: skip
        return loose.take(np.arange(n))


class Seen:
    """Keys of events already met, as sorted runs of 64-bit hashes (8 bytes an event)."""

    def __init__(self, runs: list[np.ndarray] | None = None) -> None:
        self.runs = runs or []

    def again(self, hashes: np.ndarray, blank: np.ndarray, rows: np.ndarray, where: np.ndarray) -> np.ndarray:
        """Which entries (of hashed ids and what `where` adds to each, of some rows) were met before, (N,)."""
        keys = mixed(hashes, where)
        order = np.lexsort((rows, keys))
        again = np.zeros(len(rows), dtype=bool)
        again[order[1:]] = keys[order[1:]] == keys[order[:-1]]
        for run in self.runs:
            at = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            again |= run[at] == keys
        again &= ~blank
        fresh = np.unique(keys[~again & ~blank])
        if len(fresh):
            self.runs.append(fresh)
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            self.runs[-2:] = [np.union1d(*self.runs[-2:])]
        return again


def hashed_ids(ids: Any, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hash of the id of some rows, and which have none, (N,) each.

    Texts are hashed alone and never by their code, which differs from batch to batch.
    """
    codes, texts = coded(ids, "event_id")
    hashes = pd.util.hash_array(np.array([*texts, ""], dtype=object), categorize=False)[codes[rows]]
    return hashes, codes[rows] < 0


def mixed(hashes: np.ndarray, where: np.ndarray) -> np.ndarray:
    """One 64-bit key of a hashed id, a domain and two hashed labels, by rounds of multiply and shift, (N,)."""
    key = hashes.copy()
    for column in where.T:
        key ^= column + np.uint64(0x9E3779B97F4A7C15)
        key *= np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(29)
    return key
