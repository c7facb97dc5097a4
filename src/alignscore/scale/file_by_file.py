"""Files of any format a reader knows, one after another, to a ledger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alignscore.errors import FormatError
from alignscore.readers.steps.series import Series
from alignscore.scale.checkpoint import Checkpoint
from alignscore.scale.stream import Posted, Settings, Stream
from alignscore.tables.files import OnError, Paths, sources
from alignscore.tables.reading_report import Tally

Read = Callable[[Path], tuple[Any, Tally]]


def post_tables(
    paths: Paths,
    read: Read | Series,
    settings: Settings,
    *,
    reader: str,
    on_error: OnError = "raise",
    checkpoint: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Posted:
    """Post files that must be read whole, one at a time, those of a folder in order of name.

    `read` leads from a path to a table with the columns of `Events.from_frame` and the account of how it was made. A
    `Series` also compares rows of one file with those of others. `reader` is a name for the report, which tells both
    what the reader left out and what was refused over all files; a `checkpoint` is as for `post_parquet`, saved after
    every file; `progress` is called with (files read, files in all). Where damaged files are skipped, one at least
    must be sound.
    """
    stream = Stream(settings, reader)
    series, opened = (read, read.read) if isinstance(read, Series) else (None, read)
    found = sources(paths, tally=stream.tally, skip=on_error == "skip")
    files = list(dict.fromkeys(source.path for source in found))
    marks: list[Any] = [reader, *([file.name, file.stat().st_size] for file in files)]
    if series is not None:
        marks.append({"window": series.window})
        stream.tally.note(f"rows of one act were looked for across files, over {series.window} days")
    with Checkpoint.at(checkpoint, settings, marks) as store:
        done = 0 if store is None else store.load(stream, series)
        if done:
            stream.tally.note(f"continued from a checkpoint after {done:,} of {len(files):,} files")
        for at, file in enumerate(files[done:], start=done + 1):
            try:
                table, account = opened(file)
            except FormatError as problem:
                if on_error == "raise":
                    raise
                stream.tally.failed[file.name] = str(problem)
            else:
                _take(stream, table, account)
                stream.tally.files += account.files or [file.name]
            if at == len(files) and series is not None and stream.tally.files:
                account = Tally(reader, files=list(stream.tally.files))
                like = next(file for file in files if file.name not in stream.tally.failed)
                _take(stream, series.close(account, like), account)
            if store is not None:
                store.save(stream, at, series)
            if progress is not None:
                progress(at, len(files))
    if not stream.tally.files:
        raise stream.tally.first_failure()
    return stream.posted()


def _take(stream: Stream, table: Any, account: Tally) -> None:
    """Post a table, and book the rows it was made of."""
    before = stream.tally.read
    if table is not None and len(table):
        stream.feed_frame(table)
    stream.tally.read = before + account.read
    stream.tally.add(account)
