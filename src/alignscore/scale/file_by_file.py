"""Files of any format a reader knows, one after another, to a ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from alignscore.readers.steps.series import Series
from alignscore.scale.checkpoint import Checkpoint
from alignscore.scale.dask_tables import feed
from alignscore.scale.stream import Posted, Settings, Stream
from alignscore.tables.reading_report import Tally

Read = Callable[[Path], tuple[Any, Tally, int]]


def post_tables(
    paths: Sequence[Path],
    read: Read | Series,
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
    read : callable or Series
        From a path to a table with the columns of `Events.from_frame`, the account of how it was made, and
        how many interactions the table tells of (one may have a row for each of its domains). A `Series` also
        compares rows of one file with those of others.
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
    marks: list[Any] = [reader, *([path.name, path.stat().st_size] for path in paths)]
    stream, series = Stream(settings, reader), read if isinstance(read, Series) else None
    if series is not None:
        marks.append({"window": series.window})
        stream.tally.note(f"rows of one act were looked for across files, over {series.window} days")
    with Checkpoint.at(checkpoint, settings, marks) as store:
        done = 0 if store is None else store.load(stream, series)
        if done:
            stream.tally.note(f"continued from a checkpoint after {done:,} of {len(paths):,} files")
        stream.tally.files += [path.name for path in paths]
        for at, path in enumerate(paths[done:], start=done + 1):
            if isinstance(read, Series):
                events, account = read.read(path, last=at == len(paths))
                table, kept = (None, 0) if events is None else (events.to_frame(), events.report["kept"])
            else:
                table, account, kept = read(path)
            _take(stream, table, account, kept)
            if store is not None:
                store.save(stream, at, series)
            if progress is not None:
                progress(at, len(paths))
    return stream.posted()


def _take(stream: Stream, table: Any, account: Tally, kept: int) -> None:
    """Post a table, and book the rows it was made of."""
    rows = 0 if table is None else len(table)
    if rows:
        before = stream.tally.read
        feed(stream, table)
        stream.tally.read = before
    stream.tally.read += account.read
    stream.tally.move("added", "further domain of one interaction", rows - kept, kept)
    for (action, reason), (moved, reached, example) in account.moved.items():
        stream.tally.move(action, reason, moved, reached, example)
    for label, named in account.unknown.items():
        stream.tally.no_actor(label, named)
    for name, (held, seen) in account.facts.items():
        stream.tally.fact(name, held, seen)
