"""Files of any format a reader knows, one after another, to a ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from alignscore.scale.checkpoint import Checkpoint
from alignscore.scale.dask_tables import feed
from alignscore.scale.stream import Posted, Settings, Stream
from alignscore.tables.reading_report import Tally

Read = Callable[[Path], tuple[Any, Tally, int]]


def post_tables(
    paths: Sequence[Path],
    read: Read,
    settings: Settings,
    *,
    reader: str,
    checkpoint: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Posted:
    """Post files that must be read whole, one at a time.

    Parameters
    ----------
    paths : sequence of Path
    read : callable
        From a path to a table with the columns of `Events.from_frame`, the account of how it was made, and
        how many interactions the table tells of (one may have a row for each of its domains).
    settings : Settings
    reader : str
        Name for the report.
    checkpoint : path, optional
        As for `post_parquet`; saved after every file.
    progress : callable, optional
        Called with (files read, files in all).

    Returns
    -------
    Posted
        ``report`` tells both what the reader left out and what was refused over all files.
    """
    marks = [[path.name, path.stat().st_size] for path in paths]
    stream, done = Stream(settings, reader), 0
    store = None if checkpoint is None else Checkpoint.of(checkpoint, settings, [reader, *marks])
    if store is not None and (done := store.load(stream)):
        stream.tally.note(f"continued from a checkpoint after {done:,} of {len(paths):,} files")
    stream.tally.files += [path.name for path in paths]
    for at, path in enumerate(paths[done:], start=done + 1):
        table, account, kept = read(path)
        if len(table):
            before = stream.tally.read
            feed(stream, table)
            stream.tally.read = before
        stream.tally.read += account.read
        stream.tally.move("added", "further domain of one interaction", len(table) - kept, kept)
        for (action, reason), (rows, reached, example) in account.moved.items():
            stream.tally.move(action, reason, rows, reached, example)
        if store is not None:
            store.save(stream, at)
        if progress is not None:
            progress(at, len(paths))
    return stream.posted()
