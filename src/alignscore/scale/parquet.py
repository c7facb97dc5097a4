"""Parquet files of any size to a ledger in bounded memory; a broken run continues where it was saved."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from alignscore.axes import Freq
from alignscore.codebook import Codebook
from alignscore.decay import Decay
from alignscore.errors import FormatError, one_of, whole_number
from alignscore.scale.checkpoint import Checkpoint
from alignscore.scale.stream import Duplicates, Posted, Settings, Stream, renamed
from alignscore.tables.files import PARQUET, OnError, Progress, as_paths, check_exists, files_in, progress_of
from alignscore.tables.opening import parquet_file
from alignscore.tables.reading_report import Tally

ROWS = 1 << 18  # a batch: its scratch is some tens of MB
SAVE_EVERY = 50_000_000  # rows between two saves of a checkpoint
TEXTS = ("source", "target", "domain", "kind", "date_precision", "mutual", "standing")

logger = logging.getLogger(__name__)


def post_parquet(
    path: str | Path | Sequence[str | Path],
    *,
    freq: Freq = "Y",
    decay: Decay | None = None,
    codebook: Codebook | None = None,
    columns: Mapping[str, str | None] | None = None,
    actors: Iterable[str] | None = None,
    duplicates: Duplicates = "keep",
    dayfirst: bool | None = None,
    date_format: str | None = None,
    batch_rows: int = ROWS,
    checkpoint: str | Path | None = None,
    save_every: int = SAVE_EVERY,
    progress: Progress | None = None,
    on_error: OnError = "raise",
) -> Posted:
    """Post Parquet files to a ledger without ever holding them in memory.

    The ledger is the one that reading all files at once and posting them would give, to rounding; but that rows of
    one act in several domains must lie within 2,097,152 rows of each other to count as one piece of evidence. Files, row
    groups, batches and a break that was continued change nothing.

    Parameters
    ----------
    path : path, or sequence of paths
        A file, a folder of ``.parquet`` files at any depth, or several; read in order of name.
    freq, decay, codebook
        As for `Ledger.post` and `Events.from_frame`.
    columns : mapping of str to str or None, optional
        Our name to the files', as ``{"source": "src"}``; None leaves a column out. Columns named as ours
        need no entry.
    actors : collection of str or "as_given", optional
        Post only events between these; the others are counted as left out. A state that no row names is told, and a
        slip is refused. ``as_given`` takes every label as an actor
        of its own; two labels of one are refused otherwise.
    duplicates : {"keep", "refuse", "merge", "trust"}, default "keep"
        Rows without an ``event_id`` that say what an earlier row of any file says are kept, refused or merged, as in
        `Events.from_frame`; the last two remember a 64-bit hash of each row, and only they count such rows. Of rows of
        one (event_id, domain, source, target) the first is kept over all files, and a hash of each remembered (8 bytes
        a row); but with ``trust`` ids are not read, for files known to repeat nothing: the rows of one act in several
        domains then count as several pieces of evidence.
    dayfirst, date_format
        As for `Events.from_frame`, for dates that are text. A part of a table cannot tell what the whole might: where
        neither is given, 03/02/2024 is refused, and 2024.05, which may be a month or a year with decimals.
    batch_rows : int
        Rows read at a time.
    checkpoint : path, optional
        Folder in which the ledger so far is saved; if it holds one of the same settings and files, the run
        continues from it, and the report says so.
    save_every : int
        Rows after which it is saved, at the end of a row group.
    progress : callable or True, optional
        Called with (rows read, rows in all); True draws a line on stderr.
    on_error : {"raise", "skip"}, default "raise"
        What becomes of a damaged file: an error, or it is named in the report and the others are posted. To skip one
        whole, all files are read through before any is posted.

    Returns
    -------
    Posted
        The ledger, with ``.report``: rows read, kept, and refused or left out by reason.

    Raises
    ------
    FileNotFoundError
        Nothing at a path.
    FormatError
        A folder without Parquet files, a file that is not Parquet, or a checkpoint of other files or settings.
    EventError
        A column is missing.
    LedgerError
        No row can be posted.

    Notes
    -----
    Memory: up to 12.6 million rows that wait to be posted together, 21 to 40 bytes each and some 25 more while they are
    posted, and where there are ids the last
    2 million posted, whose acts may go on; 56 bytes for each cell that occurs, and as much again while ledgers are
    added. Standing kinds of one family are held back and settled over all files. Text is best stored
    dictionary-encoded, dates as ``date32``; a time is of the zone that the file tells, which DuckDB writes as UTC.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from alignscore.datasets import asean_frame
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     asean_frame().to_parquet(Path(folder) / "asean.parquet")
    ...     ledger = post_parquet(folder)
    >>> ledger
    <Ledger: 474 events in ... cells, 21 actors, ...>
    >>> ledger.report.read, ledger.report.kept, ledger.report.adds_up
    (474, 474, True)
    """
    whole_number("batch_rows", batch_rows, 1)
    whole_number("save_every", save_every, 1)
    tell = progress_of(progress, "rows")
    settings = Settings.make(freq, decay, codebook, columns, actors, duplicates, dayfirst, date_format)
    stream = Stream(settings, "parquet")
    one_of("on_error", on_error, get_args(OnError))
    files = _opened(_each_once(parquet_files(path), stream.tally), settings, on_error, stream.tally)
    with Checkpoint.at(checkpoint, settings, [file.description() for file in files]) as store:
        done = 0 if store is None else store.load(stream)
        if done:
            logger.info("continuing from %s after %s rows", checkpoint, f"{stream.tally.read:,}")
            stream.tally.note(f"continued from a checkpoint after {stream.tally.read:,} rows")
        stream.tally.files[:] = [file.path.name for file in files]
        groups = [(file, group) for file in files for group in range(file.groups)]
        total = sum(file.rows for file in files)
        saved = stream.tally.read
        for at, table in _read_ahead(_batches(groups[done:], batch_rows)):
            if table is not None:
                stream.feed(table)
                if tell is not None:
                    tell(stream.tally.read, total)
            elif store is not None and (stream.tally.read - saved >= save_every or done + at == len(groups)):
                store.save(stream, done + at)
                saved = stream.tally.read
    return stream.posted()


@dataclass(frozen=True)
class File:
    """One Parquet file: where its columns are and how many rows it has."""

    path: Path
    names: Mapping[str, str]  # ours to the file's
    text: tuple[str, ...]  # columns of text, read as codes
    groups: int
    rows: int
    mark: str

    @classmethod
    def from_path(cls, path: Path, settings: Settings) -> File:
        """Read a file's footer."""
        import hashlib

        parquet = parquet_file(path)
        meta = parquet.metadata
        schema = parquet.schema_arrow
        names = settings.named(schema.names)
        text = tuple(
            names[name]
            for name in TEXTS
            if name in names and str(schema.field(names[name]).type) in ("string", "large_string")
        )
        groups = [meta.row_group(at) for at in range(meta.num_row_groups)]
        content = [[meta.num_rows, path.stat().st_size, schema.names]]
        content += [[group.num_rows, group.total_byte_size, *_chunk_marks(group)] for group in groups]
        mark = hashlib.sha256(repr(content).encode()).hexdigest()[:16]
        return cls(path, names, text, meta.num_row_groups, meta.num_rows, mark)

    def description(self) -> list[Any]:
        """Plain form, to recognise the same file."""
        return [self.path.name, self.rows, self.mark]

    def batches(self, group: int, rows: int) -> Iterator[Any]:
        """Batches of one row group, columns under our names, text as codes."""
        import pyarrow as pa

        wanted = list(dict.fromkeys(self.names.values()))
        try:
            file = parquet_file(self.path, codes=self.text)
            for batch in file.iter_batches(rows, row_groups=[group], columns=wanted):
                yield renamed(pa.Table.from_batches([batch]), self.names)
        except (OSError, pa.ArrowException) as problem:
            raise FormatError(f"{self.path} cannot be read: {problem}") from None

    def read_through(self) -> None:
        """Raise FormatError where a row group is damaged."""
        for group in range(self.groups):
            for _ in self.batches(group, ROWS):
                pass


def parquet_files(path: str | Path | Sequence[str | Path]) -> list[Path]:
    """Parquet files at a path or several, those of a folder by name."""
    found: list[Path] = []
    for place in as_paths(path):
        if place.is_dir():
            inside = [
                file
                for file in files_in(place)
                if file.suffix.lower() in PARQUET
                and not any(part.startswith("_") for part in file.relative_to(place).parts)
            ]
            if not inside:
                raise FormatError(f"folder {place} holds no .parquet file.")
            found += inside
        else:
            check_exists(place)
            found.append(place)
    return found


def _each_once(files: list[Path], tally: Tally) -> list[Path]:
    """The files without those given twice, by two paths or a link, which the account names."""
    first: dict[Path, Path] = {}
    for file in files:
        if first.setdefault(file.resolve(), file) is not file:
            tally.note(f"{file.name} was given twice and read once")
    return list(first.values())


def _opened(paths: list[Path], settings: Settings, on_error: OnError, tally: Tally) -> list[File]:
    """The files that can be read; damaged ones are an error, or named in the account where that is asked."""
    files = []
    for path in paths:
        try:
            file = File.from_path(path, settings)
            if on_error == "skip":  # before any of its rows is posted, which could not be taken back
                file.read_through()
        except FormatError as problem:
            if on_error == "raise":
                raise
            tally.failed[path.name] = str(problem)
        else:
            files.append(file)
    if not files:
        raise tally.first_failure()
    return files


def _chunk_marks(group: Any) -> Iterator[str]:
    for at in range(group.num_columns):
        chunk = group.column(at)
        yield f"{at} {chunk.total_compressed_size} {_ends(chunk.statistics)!r}"


def _ends(stats: Any) -> tuple[Any, ...]:
    """Least and greatest value by the footer's statistics, if it tells them and Python can hold them."""
    try:
        return (stats.min, stats.max) if stats is not None and stats.has_min_max else ()
    except (OverflowError, ValueError):  # days past the year 9999
        return ()


def _batches(groups: list[tuple[File, int]], rows: int) -> Iterator[tuple[int, Any]]:
    """(row groups begun, batch) of every batch, and (row groups done, None) at the end of each group."""
    for at, (file, group) in enumerate(groups, start=1):
        for table in file.batches(group, rows):
            yield at, table
        yield at, None


def _read_ahead(batches: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """The same, the next one being read while this one is posted."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        import_module("scipy.sparse")  # which posts: loaded while the first batch is read
        while (item := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield item
