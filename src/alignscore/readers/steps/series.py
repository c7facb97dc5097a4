"""Files of one source read one after another: rows that tell of one act are looked for across files.

Rows that `alignscore.readers.steps.cleaning` compares (handed out twice, mirrored, alike on one day) are compared
here over a window of days on which the source told of them: a row and all that are like it and come within the
window after it are one session, and each session is cleaned as a table in memory is. What a session is depends on
the order of the rows alone, so that files may be cut anywhere. Days never run back: a row that comes late
counts on the latest day met so far. Rows are handed on in the order in which they were read, so that of two which
contradict one another under one id the same one is the first, whatever the cut.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from alignscore.errors import within
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.draft import Draft
from alignscore.tables.reading_report import Tally
from alignscore.tables.tab_lines import join

WINDOW = 7  # days
BATCH = 1 << 16  # rows that wait before they are compared
UNPOSTED = ("url", "label", "reported")  # columns that no step to come reads
DAY, PLACE = "counts_on", "place"  # day on which a row counts, and its place among all rows


def session_starts(key: np.ndarray, day: np.ndarray, window: int) -> np.ndarray:
    """First day of each row's session, (N,): its key's first row, and all of that key up to `window` days later.

    The next row of that key begins the next session. Days do not fall from one row to the next.

    Examples
    --------
    >>> session_starts(np.array([1, 1, 2, 1, 1]), np.array([0, 7, 7, 8, 15]), window=7).tolist()
    [0, 0, 7, 8, 8]
    """
    order = np.argsort(key, kind="stable")
    key, day = key[order], day[order]
    start, left = day.copy(), np.arange(len(key))
    while len(left):
        new = np.append(True, key[left[1:]] != key[left[:-1]])[: len(left)]
        first = day[left[new]][np.cumsum(new) - 1]
        inside = day[left] <= first + window
        start[left[inside]] = first[inside]
        left = left[~inside]
    out = np.empty_like(start)
    out[order] = start
    return out


class Series:
    """The rows of files read so far that a later file may have to be compared with.

    `draft` leads from a path to its `Draft`. Rows are compared over `window` days (0: those told of on one day), once
    `batch` of them wait; the result does not depend on the latter.

    Memory holds rows of three windows at most (one waits for mirrors, one for acts alike, new ones half as many as
    both, and what is decided waits for rows before it), or `batch` rows more than two; and 16 bytes for each row of
    the last window that has an id. Where days never advance, as behind one row that is dated far ahead, all rows wait
    until the last file.
    """

    def __init__(self, draft: Callable[[Path], Draft], window: int = WINDOW, batch: int = BATCH) -> None:
        within("window", window, 0)
        within("batch", batch, 1)
        self.draft, self.window, self.batch = draft, window, batch
        self.made: Draft | None = None  # the latest, without its rows
        self.waiting: dict[str, list[pd.DataFrame]] = {"new": [], "stories": [], "acts": [], "decided": []}
        self.ids = np.empty(0, dtype=np.uint64)  # of rows met within the window, and the day of each
        self.id_days = np.empty(0, dtype=np.int64)
        self.day, self.rows = np.iinfo(np.int64).min, 0

    def read(self, path: Path) -> tuple[pd.DataFrame | None, Tally]:
        """Rows that no later row can change, None if there is none yet; and the account since the last call."""
        made = self.draft(path)
        self.made = replace(made, frame=made.frame[:0], tally=Tally(made.tally.reader))
        if len(made.frame):
            self.waiting["new"].append(self._placed(made.frame))
        return self._given_out(made.tally, last=False), made.tally

    def close(self, tally: Tally, like: Path) -> pd.DataFrame | None:
        """What was kept back, where no file follows; and what the reader says of all files, which `tally` names.

        `like` is one of the files, from which a run that went on from a checkpoint learns the reader's settings.
        """
        if self.made is None:
            made = self.draft(like)
            self.made = replace(made, frame=made.frame[:0])
        frame = self._given_out(tally, last=True)
        self.made.closing(tally)
        return frame

    def _given_out(self, tally: Tally, *, last: bool) -> pd.DataFrame | None:
        made = self.made
        assert made is not None
        lengths = {name: sum(map(len, parts)) for name, parts in self.waiting.items()}
        if not last and lengths["new"] < max(self.batch, (sum(lengths.values()) - lengths["new"]) // 2):
            return None
        frame = self._compared(made.clean, tally, last=last)
        if frame is None:
            return None
        frame = steps.expand_blocs(frame, made.clean.blocs, tally)
        return steps.postable(made.after(frame, tally), made.codebook, tally)

    def _placed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows with their place and the day on which they count."""
        days = frame["date"].to_numpy().astype("M8[D]")
        if "reported" in frame:
            reported = frame["reported"].to_numpy().astype("M8[D]")
            days = np.where(np.isnat(reported), days, reported)
        counts_on = np.maximum.accumulate(np.append(self.day, days.astype(np.int64)))[1:]
        place = np.arange(self.rows, self.rows + len(frame))
        self.day, self.rows = int(counts_on[-1]), self.rows + len(frame)
        return frame.drop(columns=[n for n in UNPOSTED if n in frame]).assign(
            **{DAY: counts_on, PLACE: place}
        )

    # ---- comparing ----------------------------------------------------------------------------------
    def _compared(self, clean: steps.Cleaning, tally: Tally, *, last: bool) -> pd.DataFrame | None:
        """The steps of `steps.cleaned`, each on the sessions that are over."""
        frame = self._waiting_and("new")
        if frame is not None:
            frame = self._without_repeats(frame, tally)
        settled = np.iinfo(np.int64).max if last else self.day  # no row of a day before it is still to come
        if clean.mirrored == "collapse" and (frame is None or "story" in frame):
            frame = self._waiting_and("stories", frame)
            if frame is not None:
                keys, _ = steps.mirror_keys(frame)
                frame = self._finished_sessions("stories", frame, keys, steps.may_mirror(keys), settled)
                frame = steps.collapse_mirrors(frame, tally).drop(columns=steps.SESSION)
            settled = min([settled, *(int(part[DAY].min()) for part in self.waiting["stories"])])
        if clean.one_a_day is not None:
            frame = self._waiting_and("acts", frame)
            if frame is not None:
                frame = frame.sort_values(PLACE, ignore_index=True)
                keys, _ = steps.act_keys(frame, clean.one_a_day)
                frame = self._finished_sessions("acts", frame, keys, np.ones(len(frame), dtype=bool), settled)
                frame = steps.one_a_day(frame, clean.one_a_day, tally)
        frame = self._in_order(self._waiting_and("decided", frame))
        return None if frame is None or not len(frame) else frame

    def _in_order(self, decided: pd.DataFrame | None) -> pd.DataFrame | None:
        """Decided rows up to the first that is not, as they were read; those behind it wait."""
        if decided is None:
            return None
        decided = decided.sort_values(PLACE, ignore_index=True)
        undecided = [int(part[PLACE].min()) for name in ("stories", "acts") for part in self.waiting[name]]
        behind = decided[PLACE].to_numpy() > min(undecided, default=self.rows)
        if behind.any():
            self.waiting["decided"] = [decided[behind].reset_index(drop=True)]
        return decided[~behind].reset_index(drop=True)

    def _waiting_and(self, name: str, more: pd.DataFrame | None = None) -> pd.DataFrame | None:
        """What waits, and `more` behind it; None where there is no row."""
        parts = [*self.waiting[name], *([] if more is None else [more])]
        parts = [part for part in parts if len(part)]
        self.waiting[name] = []
        return join(parts) if parts else None

    def _finished_sessions(
        self, name: str, frame: pd.DataFrame, keys: pd.DataFrame, compared: np.ndarray, settled: int
    ) -> pd.DataFrame:
        """Rows of sessions that are over, with the session of each; the others wait."""
        group = keys.groupby(list(keys.columns), sort=False).ngroup().to_numpy()
        start = session_starts(group, frame[DAY].to_numpy(), self.window)
        # past the last file every session is over; a day plus the window could leave the range of numbers
        waits = compared & (start >= settled - self.window)
        if waits.any():
            self.waiting[name] = [frame[waits].reset_index(drop=True)]
        return frame.assign(**{steps.SESSION: start})[~waits].reset_index(drop=True)

    def _without_repeats(self, frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
        """Without rows that were met within the window under the same id, date, code and ends."""
        named = [*steps.columns_alike(frame), "event_id", "date"]
        keys = pd.util.hash_pandas_object(frame[named].astype({"event_id": object}), index=False).to_numpy()
        known = len(self.ids)
        has = np.flatnonzero(steps.has_id(frame))
        ids = np.append(self.ids, keys[has])
        days = np.append(self.id_days, frame[DAY].to_numpy()[has])
        start = session_starts(ids, days, self.window)
        again = pd.DataFrame({"id": ids, "start": start}).duplicated().to_numpy()
        out = np.zeros(len(frame), dtype=bool)
        out[has] = again[known:]
        kept = ~again & (days >= self.day - self.window)
        self.ids, self.id_days = ids[kept], days[kept]
        return tally.keep(frame, ~out, *steps.REPEAT)

    # ---- saving -------------------------------------------------------------------------------------
    def state(self) -> dict[str, np.ndarray]:
        """All that is remembered, as arrays without objects."""
        at = np.array([self.day, self.rows], dtype=np.int64)
        made = {"ids": self.ids, "id_days": self.id_days, "at": at}
        for name in self.waiting:
            frame = self._waiting_and(name)
            if frame is not None:
                self.waiting[name] = [frame]
                file = io.BytesIO()
                frame.to_feather(file)
                made[name] = np.frombuffer(file.getbuffer(), dtype=np.uint8)
        return made

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from what `state` gave."""
        self.ids, self.id_days = arrays["ids"], arrays["id_days"]
        self.day, self.rows = map(int, arrays["at"])
        for name in self.waiting.keys() & arrays.keys():
            self.waiting[name] = [pd.read_feather(io.BytesIO(arrays[name].tobytes()))]
