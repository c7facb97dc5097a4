"""Partitions of a Dask table posted where they lie, their ledgers added two by two up a tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from importlib import import_module
from typing import Any

import numpy as np

from alignscore.axes import Freq, union
from alignscore.codebook import Codebook
from alignscore.decay import Decay
from alignscore.errors import LedgerError
from alignscore.ledger import Ledger
from alignscore.ledger.ledger import joined
from alignscore.scale.stream import BATCH, Duplicates, Posted, Settings, Stream, arrow
from alignscore.scale.stream_state import NO_ACTS, acts_of_ids, from_columns, hashed_ids, in_columns
from alignscore.tables.reading_report import Tally
from alignscore.values import once

LOST_WORKER = ("BrokenProcessPool", "KilledWorker")  # of concurrent.futures, and of distributed
FAN_IN = 8  # ledgers added by one task
PARTITION = 1 << 40  # rows' places of one partition; families compare places on a day they share


@dataclass(frozen=True)
class Part:
    """What is left of one partition or of several: small, whatever their size."""

    ledger: Ledger | None
    held: tuple[tuple[tuple[str, ...], dict[str, np.ndarray]], ...]  # actors and columns of standing families
    tally: Tally
    kept: int
    labels: tuple[str, ...]


def post_dask(
    table: Any,
    *,
    freq: Freq = "Y",
    decay: Decay | None = None,
    codebook: Codebook | None = None,
    columns: Mapping[str, str | None] | None = None,
    actors: Iterable[str] | None = None,
    duplicates: Duplicates = "keep",
    dayfirst: bool | None = None,
    date_format: str | None = None,
) -> Posted:
    """Post a Dask dataframe to a ledger on whatever cluster is in use.

    Each partition is posted where it lies, by the same kernel as a table in memory; only ledgers travel. A
    partition lost with its worker is posted again by another.

    Parameters
    ----------
    table : dask.dataframe.DataFrame, plain table, or sequence of delayed or plain tables
        Partitions with the columns of `Events.from_frame`, in order.
    freq, decay, codebook
        As for `Ledger.post` and `Events.from_frame`.
    columns, actors
        As for `post_parquet`.
    duplicates : {"keep", "refuse", "merge", "trust"}, default "keep"
        As for `post_parquet`. Each partition is read twice if there is a column ``event_id``, or where repeated rows
        are refused or merged: first for its ids or rows (8 bytes a row travel), then to post what no earlier
        partition posted. ``trust`` does not read ids. Rows of one act in
        several domains are one piece of evidence where ids are read, in whatever partitions they lie: rows of an
        id that stands in several travel too and are posted together.
    dayfirst, date_format
        As for `post_parquet`.

    Returns
    -------
    Posted
        The ledger, with ``.report``.

    Raises
    ------
    EventError
        A column is missing.
    LedgerError
        No row can be posted, or a worker was killed.

    Examples
    --------
    >>> from alignscore.datasets import asean_frame
    >>> table = asean_frame()
    >>> post_dask([table[:100], table[100:]])  # a dask dataframe, or any sequence of its partitions
    <Ledger: 474 events in ... cells, 21 actors, ...>
    """
    try:
        dask: Any = import_module("dask")  # ships no types
    except ImportError:
        raise ImportError("post_dask runs on dask: pip install 'alignscore[scale]'") from None
    settings = Settings.make(freq, decay, codebook, columns, actors, duplicates, dayfirst, date_format)
    parts = _partitions(table)
    if not parts:
        raise LedgerError("there is no partition to post.")
    post, ids, join = (dask.delayed(task, pure=False) for task in (_post, _ids, _join))
    names = getattr(table, "columns", None)  # known without computing anything, or not
    known = None if names is None else settings.named([str(name) for name in names])
    banned: list[np.ndarray | None] = [None] * len(parts)
    split: list[np.ndarray | None] = [None] * len(parts)
    if duplicates in ("refuse", "merge") or (duplicates == "keep" and (known is None or "event_id" in known)):
        keys, acts = zip(*_computed(dask, [ids(part, settings) for part in parts]), strict=True)
        banned, split = _banned(keys), _split(acts)
    level = [post(*given, settings, at) for at, given in enumerate(zip(parts, banned, split, strict=True))]
    while len(level) > 1:
        level = [join(level[at : at + FAN_IN]) for at in range(0, len(level), FAN_IN)]
    (whole,) = _computed(dask, level)
    return _posted(whole, settings, len(parts))


def _computed(dask: Any, tasks: list[Any]) -> tuple[Any, ...]:
    """What the tasks give; a worker that was killed is told in our words."""
    try:
        found: tuple[Any, ...] = dask.compute(*tasks)
    except Exception as problem:  # each scheduler has an error of its own
        if type(problem).__name__ in LOST_WORKER:
            raise LedgerError(
                "a worker was killed, often by a system short of memory; nothing is posted. Post again, in smaller "
                f"partitions or with fewer workers. ({problem!s:.120})"
            ) from None
        raise
    return found


def _partitions(table: Any) -> list[Any]:
    """The partitions of a Dask table, or those of a sequence."""
    if hasattr(table, "to_delayed"):
        return list(table.to_delayed())
    if _has_columns(table):  # one partition
        return [table]
    if isinstance(table, str | bytes | Mapping) or not isinstance(table, Iterable):
        raise TypeError(
            f"table is {type(table).__name__}; give a Dask dataframe, or a list of its partitions."
        )
    parts = list(table)
    for at, part in enumerate(parts):
        if not _has_columns(part):  # a delayed part has any attribute
            raise TypeError(
                f"partition {at} is {type(part).__name__}; give tables, or what Dask makes of them later."
            )
    return parts


def _has_columns(table: Any) -> bool:
    return hasattr(table, "columns") or hasattr(table, "column_names")


def _banned(keys: Iterable[np.ndarray]) -> list[np.ndarray | None]:
    """Keys of each partition that an earlier one holds, None where there is none."""
    seen = np.empty(0, dtype=np.uint64)
    banned = []
    for own in keys:
        again = np.intersect1d(seen, own, assume_unique=True)
        banned.append(again if len(again) else None)
        seen = once(seen, own)
    return banned


def _split(acts: Sequence[np.ndarray]) -> list[np.ndarray | None]:
    """Acts of each partition of which another, or another batch of its own, has rows too."""
    ordered = np.sort(np.concatenate(acts))
    several = ordered[1:][ordered[1:] == ordered[:-1]]
    return [np.intersect1d(several, own) for own in acts]


def _ids(frame: Any, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Keys of a partition's events, sorted, each once, and its acts that have an id, once for each batch."""
    table, stream = arrow(frame, settings), Stream(settings, "dask")
    stream.feed_table(table)
    runs = stream.seen.runs
    acts = NO_ACTS
    if "event_id" in table.column_names:
        hashes, blank = hashed_ids(table.column("event_id"), np.arange(len(table)))
        named = acts_of_ids(hashes[~blank])
        batch = np.flatnonzero(~blank) // BATCH
        acts = np.concatenate([acts, *(once(named[batch == at]) for at in np.unique(batch))])
    return once(np.empty(0, dtype=np.uint64), *runs), acts


def _post(
    frame: Any, banned: np.ndarray | None, split: np.ndarray | None, settings: Settings, at: int
) -> Part:
    stream = Stream(settings, "dask")
    stream.split = split
    if banned is not None:
        stream.seen.runs.append(banned)
    stream.feed_frame(frame)
    held: tuple[tuple[tuple[str, ...], dict[str, np.ndarray]], ...] = ()
    if stream.held:
        columns = in_columns(stream.held)
        columns["row"] = columns["row"] + at * PARTITION
        columns["act"] = np.where(columns["act"] < 0, columns["act"] - at * PARTITION, columns["act"])
        held = ((tuple(stream.asked.codes), columns),)
    ledger = stream.sums.ledger() if not stream.sums.empty else None
    return Part(ledger, held, stream.tally, stream.kept, tuple(stream.asked.codes))


def _join(parts: list[Part]) -> Part:
    ledgers = [part.ledger for part in parts if part.ledger is not None]
    held = tuple(held for part in parts for held in part.held)
    tally = Tally("dask", read=sum(part.tally.read for part in parts))
    for part in parts:
        tally.add(part.tally)
    # of partitions of one table the labels are judged over the whole, as those of any other stream
    labels = union([part.labels for part in parts])
    whole = reduce(joined, ledgers) if ledgers else None
    return Part(whole, held, tally, sum(part.kept for part in parts), labels)


def _posted(whole: Part, settings: Settings, partitions: int) -> Posted:
    """The joined partitions and what they held back, as one ledger with one account."""
    stream = Stream(settings, "dask")
    stream.sums.reach = None  # what was held back meets whole, from whatever partition it is
    stream.asked.of(whole.labels)
    stream.tally, stream.kept = replace(whole.tally, files=[f"{partitions} partitions"]), whole.kept
    if whole.ledger is not None:
        stream.asked.of(whole.ledger.axes.actors)
        stream.sums.add_ledger(whole.ledger)
    for names, columns in whole.held:
        to = stream.asked.of(names)
        ends = {side: to[columns[side]] for side in ("source", "target")}
        stream.held.append(from_columns(columns | ends, tuple(stream.asked.codes), settings.codebook))
    return stream.posted()
