"""Batches of a table, screened by the rules of a table in memory, into an accumulator; every row is accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.actors.labels import ActorLabels, note_silent, refuse_two_names
from alignscore.axes import FREQS, Freq
from alignscore.codebook import Codebook, decay_under, ladder_or
from alignscore.dates import as_written, reading_of_rows
from alignscore.decay import Decay
from alignscore.errors import EventError, LedgerError, check_known, mapping_or_empty, near, one_of, several
from alignscore.events import Events
from alignscore.events.columns import ArrowColumns, text_codes
from alignscore.events.rules import (
    DUPLICATE,
    OPTIONAL,
    REPEATED,
    REQUIRED,
    missing_column,
    refuse_numbers,
    refuse_slips,
)
from alignscore.events.screening import Screen
from alignscore.ledger import Ledger
from alignscore.scale.stream_state import (
    Accumulator,
    Labels,
    Seen,
    acts_of_ids,
    from_columns,
    hashed_ids,
    in_columns,
    mixed,
)
from alignscore.tables.opening import pyarrow
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.values import any_set, holds_numbers, once, text_of, truths_as_text

Duplicates = Literal["keep", "refuse", "merge", "trust"]
DUPLICATES: tuple[Duplicates, ...] = ("keep", "refuse", "merge", "trust")
AS_GIVEN = "as_given"
BATCH = 1 << 18  # rows of a frame screened at a time
MEND = (
    "Mend the labels, or say actors='as_given' to keep them apart; Events.from_frame(..., actors='iso3') brings names "
    "and codes to ISO 3166."
)
NUMBERS = ("value", "weight")
CANONICAL = tuple(name for name in (*REQUIRED, *OPTIONAL) if name not in ("label", "url"))


@dataclass(frozen=True)
class Settings:
    """Everything that decides what a stream's ledger holds."""

    freq: Freq
    decay: Decay
    codebook: Codebook
    columns: Mapping[str, str | None]  # ours to the table's; None: not to be read
    actors: frozenset[str] | Literal["as_given"] | None
    duplicates: Duplicates
    dayfirst: bool | None = None
    date_format: str | None = None

    @classmethod
    def make(
        cls,
        freq: Freq = "Y",
        decay: Decay | None = None,
        codebook: Codebook | None = None,
        columns: Mapping[str, str | None] | None = None,
        actors: Iterable[str] | Literal["as_given"] | None = None,
        duplicates: Duplicates = "keep",
        dayfirst: bool | None = None,
        date_format: str | None = None,
    ) -> Settings:
        """Check the options of a door."""
        reading_of_rows(dayfirst, date_format)
        one_of("freq", freq, FREQS)
        one_of("duplicates", duplicates, DUPLICATES)
        named = mapping_or_empty("columns", columns, "{'source': 'src'}")
        for name in named:
            # labels and addresses are posted nowhere, and may be named as at other doors
            check_known("column", name, (*REQUIRED, *OPTIONAL))
        if isinstance(actors, str) and actors != AS_GIVEN:
            raise TypeError(f"actors must be a collection of labels or {AS_GIVEN!r}, not the text {actors!r}")
        book = ladder_or(codebook)
        only: frozenset[str] | Literal["as_given"] | None = None
        if actors is not None:
            only = "as_given" if isinstance(actors, str) else frozenset(map(str, several(actors)))
        rates = decay_under(decay, book)
        return cls(freq, rates, book, named, only, duplicates, dayfirst, date_format)

    def named(self, have: Iterable[str]) -> dict[str, str]:
        """Our name of each column that is there, to the table's name; refuses a table that lacks one."""
        found, there = {}, list(have)
        for name in CANONICAL:
            given = self.columns.get(name, name)
            if given is not None and given in there:
                found[name] = given
            elif name in self.columns and given is not None:
                raise EventError(f"column {given!r} is missing from the table.{near(given, there)}")
            elif given is not None and name in REQUIRED:
                raise missing_column(name, there)
        if twice := sorted(name for name in found.values() if there.count(name) > 1):
            raise EventError(f"column {twice[0]!r} stands more than once in the table; keep one.")
        refuse_slips(there, {*found, *self.columns}, {*found.values()})
        if self.duplicates == "trust":
            found.pop("event_id", None)
        return found

    def description(self) -> dict[str, Any]:
        """Plain form, to recognise a checkpoint of the same settings."""
        return {
            "freq": self.freq, "decay": self.decay.to_dict(), "codebook": self.codebook.fingerprint,
            "columns": dict(sorted(self.columns.items())), "duplicates": self.duplicates,
            "dates": [self.dayfirst, self.date_format],
            "actors": self.actors if self.actors is None or isinstance(self.actors, str) else sorted(self.actors),
        }  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Posted(Ledger):
    """A ledger made from a stream, with the account of the rows it read.

    It is a `Ledger` in every other respect: it makes ties, saves, and adds to others (the sum is a plain
    `Ledger`).

    Attributes
    ----------
    report : ReadReport
        Rows read, kept, and refused or left out by reason; they add up.
    """

    report: ReadReport = field(default_factory=lambda: Tally("ledger").report(0))

    @classmethod
    def from_ledger(cls, ledger: Ledger, report: ReadReport) -> Posted:
        """A ledger with its account, without actors that only refused rows name."""
        axes = ledger.axes
        met, dyads = np.unique(axes.dyads, return_inverse=True)
        actors = tuple(axes.actors[at] for at in met)
        axes = replace(axes, actors=actors, dyads=dyads.reshape(axes.dyads.shape))
        held = {one.name: getattr(ledger, one.name) for one in fields(ledger)}
        return cls(**held | {"axes": axes, "lasting": ledger.lasting_in(axes), "report": report})


class Stream:
    """Posts Arrow batches one after another; `reader` is a name for the report."""

    def __init__(self, settings: Settings, reader: str) -> None:
        self.settings, self.tally, self.labels, self.kept = settings, Tally(reader), Labels(), 0
        book = settings.codebook
        self.sums = Accumulator(book, settings.freq, settings.decay)
        every = settings.actors in (None, AS_GIVEN)
        self.asked = self.labels if every else Labels()  # those with a place in the ledger
        self.held: list[Events] = []  # standing events of families, a few among many, until all are known
        self.seen = Seen()
        # acts of which other partitions have rows, if this is one of several
        self.split: np.ndarray | None = None
        self.dates = reading_of_rows(settings.dayfirst, settings.date_format)
        self.checked = 0  # labels among which no two are known to be one actor

    def feed(self, table: Any) -> None:
        """Post an Arrow table or record batch with our column names."""
        n, offset = len(table), self.tally.read
        self.tally.read += n
        if not n:
            return
        # ids, labels and families are judged over all batches
        names = [name for name in table.schema.names if name not in ("event_id", "label", "url")]
        labels: ActorLabels = "as_given" if self.settings.actors == AS_GIVEN else "check"
        book = self.settings.codebook
        screen = Screen(ArrowColumns(table, names), book, actors=labels, whole=False, dates=self.dates)
        columns = screen.columns()
        for reason, rows, detail in screen.refusals():
            self.tally.move("refused", reason, rows, 0, detail)
        to = self.labels.of(columns["actors"])
        if len(self.labels.codes) > 1.5 * self.checked:
            self.check_labels()
        events = Events(
            codebook=book, report={"read": n, "kept": n},
            **columns | {"actors": tuple(self.labels.codes), "source": to.take(columns["source"]),
                         "target": to.take(columns["target"])},
        )  # fmt: skip
        if "event_id" in table.schema.names and len(events):
            ids, blank = hashed_ids(table.column("event_id"), events.row)
            act = np.where(blank, _acts_of_rows(events.row + offset), acts_of_ids(ids))
            events = self._first_only(replace(events, act=act), ids, blank)
        elif events.act is not None:
            events = replace(events, act=_acts_of_rows(events.row + offset))
        if self.settings.duplicates in ("refuse", "merge") and len(events):
            events = self._each_once(events)
        self._post(self._between_actors(events), offset)

    def feed_frame(self, frame: Any) -> None:
        """Post a frame under the names of its table, batch by batch."""
        self.feed_table(arrow(frame, self.settings))

    def feed_table(self, table: Any) -> None:
        """Post an Arrow table with our column names, batch by batch."""
        for at in range(0, len(table), BATCH):
            self.feed(table.slice(at, BATCH))

    def check_labels(self) -> None:
        """Refuse a table in which one actor goes by two labels, unless labels are to be taken as they are."""
        if self.settings.actors is None and len(self.labels.codes) > self.checked:
            self.checked = len(self.labels.codes)
            refuse_two_names(list(self.labels.codes), way_out=MEND)

    def _first_only(self, events: Events, ids: np.ndarray, blank: np.ndarray) -> Events:
        """Without rows whose event id was posted before for the same domain and pair."""
        where = np.stack([events.domain.astype(np.uint64), *self._ends(events)], axis=1)
        out = once(events.row[self.seen.met_before(ids, blank, events.row, where)])
        if not len(out):
            return events
        self._repeated(len(out), DUPLICATE)
        return events.pick(~np.isin(events.row, out))

    def _each_once(self, events: Events) -> Events:
        """Without rows that have no id and say what an earlier one says, in all the events that they tell."""
        bare = np.ones(len(events), dtype=bool) if events.act is None else events.act < 0
        columns = [
            events.day, events.domain, events.kind, events.value, events.mutual, events.precision,
            events.until_given, events.weight,
        ]  # fmt: skip
        plain = (column + 0.0 if column.dtype.kind == "f" else column.astype(np.int64) for column in columns)
        bits = [column.view(np.uint64) for column in plain]
        each = mixed(np.zeros(len(events), dtype=np.uint64), np.stack([*bits, *self._ends(events)], axis=1))
        rows, first, of = np.unique(events.row, return_index=True, return_inverse=True)
        content = np.zeros(len(rows), dtype=np.uint64)
        np.add.at(content, of, each)
        again = self.seen.met_before(content, ~bare[first], rows, np.empty((len(rows), 0), dtype=np.uint64))
        if not again.any():
            return events
        self._repeated(int(again.sum()), REPEATED)
        return events.pick(~again[of])

    def _repeated(self, rows: int, why: tuple[str, str]) -> None:
        """Book rows that repeat earlier ones: refused, or merged where that is asked."""
        if self.settings.duplicates == "merge":
            self.tally.move("merged", "merged", rows, 0)
        else:
            self.tally.move("refused", why[0], rows, 0, why[1])

    def _ends(self, events: Events) -> tuple[np.ndarray, np.ndarray]:
        """Hashes of the labels at both ends of each event, of a mutual one in one order, (N,) each."""
        names = np.array(list(self.labels.codes), dtype=object)
        label = pd.util.hash_array(names, categorize=False)
        rank = np.argsort(np.argsort(names))
        turn = events.mutual & (rank[events.source] > rank[events.target])
        ends = np.where(turn, events.target, events.source), np.where(turn, events.source, events.target)
        return label[ends[0]], label[ends[1]]

    def _between_actors(self, events: Events) -> Events:
        """Only events between the actors asked for."""
        wanted = self.settings.actors
        if wanted is None or isinstance(wanted, str):
            return events
        to = self.asked.of(name if name in wanted else "" for name in self.labels.codes)
        source, target = to[events.source], to[events.target]
        inside = (source >= 0) & (target >= 0)
        self.tally.move("left out", "actor not asked for", len(once(events.row[~inside])), 0)
        renamed = replace(events, actors=tuple(self.asked.codes), source=source, target=target)
        return renamed if inside.all() else renamed.pick(inside)

    def _post(self, events: Events, offset: int) -> None:
        """Post now, or hold back what a later row may replace."""
        if not len(events):
            return
        row = events.row
        self.kept += len(once(row)) if (row[1:] <= row[:-1]).any() else len(events)
        wait = np.zeros(len(events), dtype=bool)
        if any_set(events.standing):
            wait = events.standing & (events.family >= 0)
        if self.split is not None and events.act is not None:  # an act is posted with all its rows
            wait = wait | np.isin(events.act, np.append(self.split, events.act[wait]))
        if events.act is not None or wait.any():
            events = replace(events, row=events.row.astype(np.int64) + offset)
        if wait.any():
            held = events.pick(wait)
            if held.act is None:
                held = replace(held, act=_acts_of_rows(held.row))
            else:
                self.sums.held_acts = np.union1d(self.sums.held_acts, held.act)
            self.held.append(held)
            events = events.pick(~wait)
        self.sums.add(events)

    # ---- closing --------------------------------------------------------------------------------
    def settle(self) -> None:
        """Post what was held back, its families settled over the whole stream."""
        if self.held:
            loose = from_columns(in_columns(self.held), tuple(self.asked.codes), self.settings.codebook)
            # each ends where a later kind of its family begins
            self.sums.add(loose.take(np.arange(len(loose))))
            self.held = []

    def report(self) -> ReadReport:
        """The account of every row."""
        for key, (rows, _, example) in self.tally.moved.items():
            self.tally.moved[key] = (rows, self.tally.read, example)
        return self.tally.report(self.kept)

    def posted(self) -> Posted:
        """The ledger of all rows fed, with its account."""
        self.check_labels()
        wanted = self.settings.actors
        if isinstance(wanted, frozenset):
            note_silent(sorted(wanted), tuple(self.asked.codes))
        if not self.kept and (why := self.tally.reasons()):
            raise LedgerError(f"there is no event to post: of {self.tally.read:,} rows none is kept: {why}.")
        self.settle()
        return Posted.from_ledger(self.sums.ledger(), self.report())


def _acts_of_rows(row: np.ndarray) -> np.ndarray:
    """Acts of rows that have no id: below 0, where those of ids are not."""
    return np.asarray(~row)


def renamed(table: Any, names: Mapping[str, str]) -> Any:
    """Columns of an Arrow table under our names, with what its schema tells of each."""
    return table.select([*names.values()]).rename_columns([*names])


def arrow(frame: Any, settings: Settings) -> Any:
    """A partition as an Arrow table under our column names, text where a column mixes types."""
    pa = pyarrow("streams are posted")
    if not hasattr(frame, "iloc") and not hasattr(frame, "__arrow_c_stream__"):
        raise TypeError(f"a partition is a {type(frame).__name__}; collect what is lazy to a table first.")
    names = settings.named([str(name) for name in getattr(frame, "column_names", frame.columns)])
    if not hasattr(frame, "iloc"):
        return renamed(pa.table(frame), names)
    made = {}
    for ours, theirs in names.items():
        column = as_written(frame[theirs]) if ours in ("date", "until") else frame[theirs]
        try:
            made[ours] = pa.Array.from_pandas(truths_as_text(column) if ours in NUMBERS else column)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            if ours == "kind" and holds_numbers(column):
                refuse_numbers(text_codes(column)[1], settings.codebook)
            cells = column.astype(object)
            try:
                texts = [None if pd.api.types.is_scalar(x) and pd.isna(x) else text_of(x) for x in cells]
                made[ours] = pa.array(texts, type=pa.string())
            except UnicodeError:
                raise EventError(
                    f"column {theirs!r} holds text that cannot be written in UTF-8; mend its cells."
                ) from None
    return pa.table(made)
