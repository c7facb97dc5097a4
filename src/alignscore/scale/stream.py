"""Batches of a table, screened on their codes, into an accumulator; every row is accounted for.

Rows that are plain (one known day, nothing that stands) and sound are judged column by column on the codes of
their distinct texts. Every other row goes through the same screen as a table in memory, so both agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.axes import FREQS, Axes, Freq
from alignscore.codebook import Codebook
from alignscore.dates import EARLIEST, LATEST
from alignscore.decay import Decay, decay_of
from alignscore.errors import EventError, near, one_of, unknown
from alignscore.events import Events
from alignscore.events.screening import NO_DAY, TRUTHS, Screen, ladder_or, no_square
from alignscore.events.table import OPTIONAL, REQUIRED, as_frame, need_meaning, refuse_slips
from alignscore.ledger import Ledger
from alignscore.scale.accumulator import Accumulator
from alignscore.scale.arrow_columns import days, flags, levels, numbers
from alignscore.scale.remembered import FIELDS, Held, Seen
from alignscore.tables.reading_report import ReadReport, Tally

Duplicates = Literal["refuse", "trust"]
CANONICAL = tuple(name for name in (*REQUIRED, *OPTIONAL) if name not in ("label", "url"))
# texts of a plain row in columns that make a row special
PLAIN: dict[str, dict[str, int]] = {
    "standing": {text: truth for text, truth in TRUTHS.items() if not truth},
    "date_precision": {"day": 0, "": 0},
    "until": {"": 0},
}


@dataclass(frozen=True)
class Settings:
    """Everything that decides what a stream's ledger holds."""

    freq: Freq
    decay: Decay
    codebook: Codebook
    columns: Mapping[str, str | None]  # ours to the table's; None: not to be read
    actors: frozenset[str] | None
    duplicates: Duplicates

    @classmethod
    def of(
        cls,
        freq: Freq = "Y",
        decay: Decay | None = None,
        codebook: Codebook | None = None,
        columns: Mapping[str, str | None] | None = None,
        actors: Iterable[str] | None = None,
        duplicates: Duplicates = "refuse",
    ) -> Settings:
        """Check the options of a door."""
        one_of("freq", freq, FREQS)
        one_of("duplicates", duplicates, ("refuse", "trust"))
        for name in columns or {}:
            if name not in CANONICAL:
                raise unknown("column", name, CANONICAL)
        if isinstance(actors, str):
            raise TypeError(f"actors must be a collection of labels, not the text {actors!r}")
        book = ladder_or(codebook)
        only = None if actors is None else frozenset(map(str, actors))
        return cls(freq, decay_of(decay), book, dict(columns or {}), only, duplicates)

    def named(self, have: Iterable[str]) -> dict[str, str]:
        """Our name of each column that is there, to the table's name; refuses a table that lacks one."""
        found, there = {}, list(have)
        for name in CANONICAL:
            given = self.columns.get(name, name)
            if given is not None and given in there:
                found[name] = given
            elif given is not None and (name in self.columns or name in REQUIRED):
                raise EventError(f"column {given!r} is missing from the table.{near(given, there)}")
        refuse_slips(there, {*found, *self.columns}, {*found.values()})
        need_meaning(found)
        if self.duplicates == "trust":
            found.pop("event_id", None)
        return found

    def told(self) -> dict[str, Any]:
        """Plain form, to recognise a checkpoint of the same settings."""
        return {
            "freq": self.freq, "decay": self.decay.to_dict(), "codebook": self.codebook.fingerprint,
            "columns": dict(sorted(self.columns.items())), "duplicates": self.duplicates,
            "actors": None if self.actors is None else sorted(self.actors),
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
    def of(cls, ledger: Ledger, report: ReadReport) -> Posted:
        """A ledger with its account, without actors that only refused rows name."""
        axes = _met(ledger.axes)
        return cls(
            axes, ledger.last, ledger.decay, ledger.half_lives, ledger.cells, ledger.sums, ledger.booked,
            ledger.codebook, ledger.lasting_in(axes), report,
        )  # fmt: skip


def _met(axes: Axes) -> Axes:
    """The axes without actors that no dyad has."""
    met, dyads = np.unique(axes.dyads, return_inverse=True)
    return replace(axes, actors=tuple(axes.actors[at] for at in met), dyads=dyads.reshape(axes.dyads.shape))


class Labels:
    """Codes of actors in the order in which a stream names them."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def of(self, texts: Iterable[str]) -> np.ndarray:
        """Code of each text, -1 for blank."""
        known = self.codes
        return np.array(
            [known.setdefault(text, len(known)) if text else -1 for text in texts], dtype=np.int32
        )

    @property
    def names(self) -> list[str]:
        """Labels in the order of their codes."""
        return list(self.codes)


class Stream:
    """Posts Arrow batches one after another.

    Parameters
    ----------
    settings : Settings
    reader : str
        Name for the report.
    """

    def __init__(self, settings: Settings, reader: str) -> None:
        self.settings, self.tally, self.labels, self.kept = settings, Tally(reader), Labels(), 0
        book = settings.codebook
        self.sums = Accumulator(book, settings.freq, settings.decay)
        self.asked = self.labels if settings.actors is None else Labels()  # those with a place in the ledger
        self.held = Held(book)
        self.seen = Seen()
        # domains of each kind one after the other, and a last row for "no kind, given domain"
        shares = np.vstack([book.domain_shares, np.ones(len(book.domains))])
        of_kind, self.where = np.nonzero(shares)
        self.share = shares[of_kind, self.where]
        self.count = np.bincount(of_kind, minlength=len(shares))
        self.first = np.cumsum(self.count) - self.count
        self.plain_kind = np.append(~book.standing & (self.count[:-1] > 0), True)
        self.value_of = np.append(book.values, np.nan)

    def feed(self, table: Any) -> None:
        """Post an Arrow table or record batch with our column names."""
        n, offset = len(table), self.tally.read
        self.tally.read += n
        if not n:
            return
        columns, sound = self._sound(table)
        parts: list[Events] = []
        if not sound.all():
            rest = np.flatnonzero(~sound)
            parts.append(self._screened(table.take(rest), rest))
        good = slice(None) if sound.all() else np.flatnonzero(sound)
        events = self._plain(columns, good, n)
        parts = [part for part in (events, *parts) if len(part)]
        if "event_id" in table.schema.names:
            ids = table.column("event_id")
            parts = [part for part in self._first_only(parts, ids) if len(part)]
        for part in parts:
            self._post(self._asked(part), offset)

    # ---- judging ------------------------------------------------------------------------------
    def _sound(self, table: Any) -> tuple[dict[str, np.ndarray | None], np.ndarray]:
        """Columns as codes and numbers, and the rows that need no second look."""
        names, n = set(table.schema.names), len(table)
        book = self.settings.codebook
        out: dict[str, np.ndarray | None] = {}
        sound = np.ones(n, dtype=bool)
        ends = []
        for name in ("source", "target"):
            codes, texts = levels(table.column(name))
            present = np.bincount(codes + 1, minlength=len(texts) + 1)[1:] > 0
            to = np.full(len(texts) + 1, -1, dtype=np.int32)
            to[:-1][present] = self.labels.of(text for text, here in zip(texts, present, strict=True) if here)
            ends.append(to[codes])
        day = days(table.column("date"))
        out["source"], out["target"], out["day"] = *ends, day
        sound &= (ends[0] >= 0) & (ends[1] >= 0) & (ends[0] != ends[1]) & (day >= EARLIEST) & (day < LATEST)
        for name, known in (("kind", book.names), ("domain", book.domains)):
            out[name] = None
            if name in names:
                place = {text: at for at, text in enumerate(known)} | {"": -1}
                codes, texts = levels(table.column(name))
                to = np.array([place.get(text, -2) for text in texts] + [-1], dtype=np.int16)
                column = to[codes]
                sound &= column > -2
                out[name] = np.maximum(column, -1)
        kind, domain = out["kind"], out["domain"]
        if kind is not None:
            sound &= self.plain_kind[kind]
        nowhere = -1 if kind is None else kind
        if domain is None:
            sound &= nowhere != -1
        else:
            sound &= (domain >= 0) | (nowhere != -1)
        sound &= self._measured(table, out)
        for name, known_ in PLAIN.items():
            if name in names and table.column(name).null_count < n:
                sound &= flags(table.column(name), known_) == 0
        return out, sound

    def _measured(self, table: Any, out: dict[str, np.ndarray | None]) -> np.ndarray:
        """Fill in value, weight and mutual; rows where they are sound."""
        names, kind = set(table.schema.names), out["kind"]
        sound = np.ones(len(table), dtype=bool)
        value, weight = numbers(table, "value"), numbers(table, "weight")
        if value is None:
            if "value" in names:  # text: the screen reads it
                sound[:] = False
            elif kind is not None:
                value = self.value_of[kind]
        elif kind is not None:
            value = np.where(np.isnan(value), self.value_of[kind], value)
        if value is not None:
            sound &= (np.abs(value) <= 10) & ~no_square(value)  # NaN fails
        if weight is not None:
            weight = np.where(np.isnan(weight), 1.0, weight)
            sound &= (weight > 0) & (weight < np.inf) & ~no_square(weight)
        elif "weight" in names:
            sound[:] = False
        mutual = None
        if "mutual" in names:
            truth = flags(table.column("mutual"), TRUTHS)
            sound &= truth >= 0
            mutual = truth > 0
        out["value"], out["weight"], out["mutual"] = value, weight, mutual
        return sound

    def _plain(self, columns: Mapping[str, np.ndarray | None], good: Any, n: int) -> Events:
        """Sound rows as events, one entry a domain; `row` is the position in the batch."""
        rows = np.arange(n)[good]
        kind, domain = columns["kind"], columns["domain"]
        chosen = {
            name: column[good]
            for name, column in columns.items()
            if column is not None and name not in ("kind", "domain")
        }
        domain = np.full(len(rows), -1, dtype=np.int16) if domain is None else domain[good]
        if kind is not None:
            kind = kind[good]
            given = domain >= 0
            times = np.where(given, 1, self.count[kind])
            at = self.first[kind]
            if (times != 1).any():
                again = np.repeat(np.arange(len(rows)), times)
                at = np.arange(len(again)) - np.repeat(np.cumsum(times) - times, times) + at[again]
                rows, kind, domain, given = rows[again], kind[again], domain[again], given[again]
                chosen = {name: column[again] for name, column in chosen.items()}
            at = np.where(given, 0, at)
            share = np.where(given, 1.0, self.share[at])
            domain = np.where(given, domain, self.where[at])
            chosen["weight"] = chosen["weight"] * share if "weight" in chosen else share
        if not len(rows):
            return self._events(source=np.empty(0, dtype=np.int32), row=rows)
        return self._events(
            **{name: value for name, value in chosen.items() if name != "row"},
            domain=domain.astype(np.int8, copy=False), row=rows,
            **({} if kind is None else {"kind": kind}),
        )  # fmt: skip

    def _events(self, **columns: np.ndarray) -> Events:
        """Point events of checked columns."""
        n = len(columns["row"])
        blank: dict[str, Any] = {
            "target": np.int32(0), "day": np.int32(0), "domain": np.int8(0), "value": 0.0, "weight": 1.0,
            "mutual": False, "kind": np.int16(-1), "until": NO_DAY, "precision": np.int8(0),
            "standing": False, "settled": False,
        }  # fmt: skip
        filled = {name: np.broadcast_to(value, n) for name, value in blank.items() if name not in columns}
        return Events(
            actors=tuple(self.labels.codes), codebook=self.settings.codebook, event_id=None, label=None,
            url=None, report={"read": n, "kept": n}, **columns, **filled,
        )  # fmt: skip

    def _screened(self, table: Any, at: np.ndarray) -> Events:
        """Rows that the plain checks did not pass, through the screen of a table in memory."""
        names = [name for name in table.schema.names if name != "event_id"]  # ids are judged over all batches
        screen = Screen(as_frame(table.select(names)), self.settings.codebook)
        columns = screen.columns()  # families are not settled yet: that takes the whole stream
        self._refuse(screen.refused())
        to = self.labels.of(columns.pop("actors"))
        for name in ("source", "target"):
            columns[name] = to[columns[name]] if len(columns["row"]) else columns[name]
        columns["row"] = at[columns["row"]]
        return self._events(**{name: columns[name] for name in (*FIELDS, "settled")})

    def _refuse(self, refused: pd.DataFrame) -> None:
        for reason, rows in refused.groupby("reason", sort=False):
            self.tally.move("refused", str(reason), len(rows), 0, str(rows["detail"].iloc[0]))

    def _first_only(self, parts: list[Events], ids: Any) -> list[Events]:
        """Without rows whose event id was posted before for the same domain and pair."""
        if not parts:
            return parts
        keys = []
        rows = np.concatenate([part.row for part in parts])
        names = np.array(self.labels.names, dtype=object)
        label, rank = pd.util.hash_array(names, categorize=False), np.argsort(np.argsort(names))
        for part in parts:
            turn = part.mutual & (rank[part.source] > rank[part.target])  # a mutual pair has no order
            low = label[np.where(turn, part.target, part.source)]
            high = label[np.where(turn, part.source, part.target)]
            keys.append(np.stack([part.domain.astype(np.uint64), low, high], axis=1))
        again = self.seen.again(ids, rows, np.concatenate(keys))
        out = np.unique(rows[again])
        if not len(out):
            return parts
        detail = "same event_id, domain, source and target as an earlier row."
        self.tally.move("refused", "duplicate", len(out), 0, detail)
        return [part.pick(~np.isin(part.row, out)) for part in parts]

    def _asked(self, events: Events) -> Events:
        """Only events between the actors asked for."""
        if self.settings.actors is None:
            return events
        wanted = self.settings.actors
        to = self.asked.of(name if name in wanted else "" for name in self.labels.codes)
        source, target = to[events.source], to[events.target]
        inside = (source >= 0) & (target >= 0)
        self.tally.move("left out", "actor not asked for", len(np.unique(events.row[~inside])), 0)
        renamed = replace(events, actors=tuple(self.asked.codes), source=source, target=target)
        return renamed if inside.all() else renamed.pick(inside)

    def _post(self, events: Events, offset: int) -> None:
        """Post now, or hold back what a later row may replace."""
        if not len(events):
            return
        self.kept += len(np.unique(events.row)) if (np.diff(events.row) <= 0).any() else len(events)
        family = np.append(self.settings.codebook.family_codes, -1)[events.kind]
        wait = events.standing & (family >= 0)
        if wait.any():
            self.held.add(events, wait, offset)
            events = events.pick(~wait)
        self.sums.add(events)

    # ---- closing --------------------------------------------------------------------------------
    def settle(self) -> None:
        """Post what was held back, its families settled over the whole stream."""
        if self.held.parts:
            self.sums.add(self.held.events(tuple(self.asked.codes)))
            self.held = Held(self.settings.codebook)

    def report(self) -> ReadReport:
        """The account of every row."""
        for key, (rows, _, example) in self.tally.moved.items():
            self.tally.moved[key] = (rows, self.tally.read, example)
        return self.tally.report(self.kept)

    def posted(self) -> Posted:
        """The ledger of all rows fed, with its account."""
        self.settle()
        return Posted.of(self.sums.ledger(self.asked.names), self.report())
