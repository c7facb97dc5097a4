"""Events: a checked table of interactions between actors, in columns; what was refused, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any, ClassVar, NoReturn, TypedDict, Unpack

import numpy as np
import pandas as pd

from alignscore import display
from alignscore.actors import note_silent
from alignscore.actors.labels import ActorLabels, called_apart
from alignscore.axes import codes_among, period_of, union
from alignscore.codebook import Codebook, ladder_or
from alignscore.dates import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, NO_DAY, parse_dates, span_ends
from alignscore.errors import EventError, OptionError, several
from alignscore.events.columns import as_columns
from alignscore.events.recoding import recoded
from alignscore.events.rules import PRECISIONS, RULES, Event, code_type, lacks_id, need_required, no_square
from alignscore.events.screening import Duplicates, Screen, acts_of, refusal, unrepeated_ids
from alignscore.tables.opening import arrow_table, workbook_table
from alignscore.tables.text_tables import text_file
from alignscore.values import FRAME_METHODS, Frozen, any_set, check_row_order

# what ledgers remember of families
LASTING = ("source", "target", "mutual", "domain", "family", "day", "until")


class DoorOptions(TypedDict, total=False):
    """How a table of events is taken, at every door; see `Events.from_frame`."""

    codebook: Codebook | None
    actors: ActorLabels
    duplicates: Duplicates
    dayfirst: bool | None
    date_format: str | None


@dataclass(frozen=True, eq=False, repr=False)
class Events(Frozen):
    """Columns of N checked events, one entry a directed or mutual interaction in one domain.

    Made by `from_frame`, `read_csv`, `read_parquet` (which raise on bad rows) or `screen` (which
    returns them). A kind that acts in several domains, such as a 2+2, is one row a domain under one
    event id.

    `source`, `target`, `domain` and `kind` are numbers, of which no text is one: `events.kind == "state_visit"` holds
    for no event, and `!=` for all. Labels stand in `to_frame`; events are picked by them, see the example.

    Attributes
    ----------
    actors : tuple of str
        Sorted labels; `source` and `target` are codes into it.
    codebook : Codebook
        Gives `domain` and `kind` their meaning.
    source, target : ndarray of int32, (N,)
    day, until : ndarray of int32, (N,)
        Days since 1970-01-01; `until` is `NO_DAY` where there is none.
    until_given : ndarray of int32, (N,)
        The end the table stated, which holds where no later kind of the family comes before it.
    until_precision : ndarray of int8, (N,)
        That of the later kind which ended it, as `precision`: it ends evenly over the days on which that one may
        have begun. 0 for a stated end.
    precision : ndarray of int8, (N,)
        0 day, 1 month, 2 year: the event lies somewhere in the period that starts at `day`.
    domain : ndarray of int8, (N,)
        Wider where the codebook has more than 127 domains.
    kind : ndarray of int16, (N,)
        Wider where the codebook has more than 32,767 kinds. Index into the codebook's kinds, -1 for a
        row given by domain and value.
    value : ndarray, (N,)
        Conflict to cooperation, -10 to 10.
    weight : ndarray, (N,)
    mutual, standing : ndarray of bool, (N,)
    settled : ndarray of bool, (N,)
        True where `until` was set here because a later kind of the same family replaced this one.
    row : ndarray of int64, (N,)
        Position of the event in the table it came from, counted from 0.
    event_id, label, url : ndarray of object, (N,), or None
    report : dict
        Rows read, kept, merged and refused by reason; they add up.
    repeats : int
        Rows without an id that say what an earlier row of their table says, and were kept as they were read.
    act : ndarray of int64, (N,), or None
        Equal where rows tell of one act, by their event id or because the domains of one kind made them;
        None where no two do.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> events = asean()
    >>> events[events.to_frame()["kind"] == "state_visit"]
    <Events: 33 rows of 21 actors, ...; 474 read, 441 not picked>
    """

    GUESSES: ClassVar[Mapping[str, str]] = FRAME_METHODS | {
        "append": "events + others",
        "filter": "events[events.to_frame()['kind'] == 'visit'] or events.take(rows)",
        "ledger": "Ledger.post(events)",
        "kinds": "codebook.kinds, or to_frame()['kind'].value_counts()",
        "post": "Ledger.post(events)",
        "save": "to_frame().to_parquet(path) or to_frame().to_csv(path, index=False)",
        "ties": "Ledger.post(events).ties()",
    }
    MADE_BY: ClassVar[str] = "Events.from_frame(table), Events.read_csv(path) or a reader"

    actors: tuple[str, ...]
    codebook: Codebook
    source: np.ndarray
    target: np.ndarray
    day: np.ndarray
    until: np.ndarray
    precision: np.ndarray
    domain: np.ndarray
    kind: np.ndarray
    value: np.ndarray
    weight: np.ndarray
    mutual: np.ndarray
    standing: np.ndarray
    settled: np.ndarray
    row: np.ndarray
    event_id: np.ndarray | None
    label: np.ndarray | None
    url: np.ndarray | None
    report: Mapping[str, int]
    repeats: int = 0
    until_given: np.ndarray = None  # type: ignore[assignment]  # as `until` where not given
    until_precision: np.ndarray = None  # type: ignore[assignment]  # days where not given
    act: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.until_given is None:
            object.__setattr__(self, "until_given", self.until)
        if self.until_precision is None:
            object.__setattr__(self, "until_precision", np.broadcast_to(np.int8(0), len(self.until)))
        super().__post_init__()

    # ---- doors in ---------------------------------------------------------------------------
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        codebook: Codebook | None = None,
        actors: ActorLabels = "check",
        duplicates: Duplicates = "keep",
        dayfirst: bool | None = None,
        date_format: str | None = None,
    ) -> Events:
        """Check a table and take every row, or refuse it all and say which rows and why.

        Parameters
        ----------
        frame : pandas.DataFrame, table with the Arrow interface, mapping of columns, or list of rows
            Polars, pyarrow and DuckDB have that interface; rows are dicts or `Event` values, one or several.
            Columns ``source``, ``target``, ``date``, and ``kind`` or ``domain`` with ``value``; optional
            ``until``, ``date_precision``, ``weight``, ``mutual``, ``standing``, ``event_id``, ``label``,
            ``url``. Other columns are let pass, unless one looks like a slip for one of these. A date whose precision
            is month or year is that month or year, whichever of its days is written, and shown as its first.
        codebook : Codebook, optional
            Meaning of the kinds and list of the domains; `Codebook.ladder` where not given.
        actors : {"check", "iso3", "as_given"}, default "check"
            ``check`` refuses a table in which one actor goes by two labels: they differ in letter case, blanks,
            Unicode form or marks of no width, are a name and a code of one state (China and CHN), or numbers
            beside these (710). Labels such as "nan" and "None" name no actor. ``iso3`` brings codes and names of
            states to ISO 3166 alpha-3 as of each row's date, and leaves other labels as they are. ``as_given``
            takes every label as an actor of its own.
        duplicates : {"keep", "refuse", "merge"}, default "keep"
            Rows without an ``event_id`` that agree in source, target, date, domain, kind, value and weight with an
            earlier row are kept and counted in `repeats`, refused, or merged into it. Rows of one
            ``event_id``, domain and pair are refused, or merged.
        dayfirst : bool, optional
            How 03/02/2024 is read. Where it is not given the column must tell: a part above 12 is a day.
        date_format : str, optional
            How every date is written, in the codes of `datetime.datetime.strptime`, such as "%d %b %Y".

        Returns
        -------
        Events

        Raises
        ------
        EventError
            Some rows cannot be used; names them, the reasons and their counts, and carries them
            as ``.refused``. Or a column is missing, stands twice, or is misspelt, or an actor has two labels.
        TypeError
            No table, or a `codebook` that is none.

        Notes
        -----
        A ``value`` equal to ``kind_value`` came from the kind: under another codebook the kind's new value is
        taken. A blank cell, or NA, NULL and the like, means: ``weight`` 1, ``mutual`` and ``standing`` false,
        no ``until``, ``value`` that of the kind, ``domain`` those of the kind, each with its share; a ``domain``
        that is given takes the whole mass. What is of a standing kind, or has an ``until``, stands whatever
        ``standing`` says. A ``date`` of a month or year
        ("2022-03", "2022") lies somewhere in it; an ``until`` of one is its last day. A time of day is cut
        off: the day is the local one, whatever the offset from UTC. Weights lie in [1e-50, 1e50]: masses are
        squared.

        Examples
        --------
        >>> import pandas as pd
        >>> rows = pd.DataFrame({"source": ["CHN"], "target": ["KHM"], "date": ["2026-04-22"],
        ...                      "kind": ["two_plus_two"], "mutual": [True]})
        >>> Events.from_frame(rows)
        <Events: 2 rows of 2 actors, 2026-04-22..2026-04-22; 1 read, 0 refused>
        """
        events, screen = cls._screened(frame, codebook, actors, duplicates, dayfirst, date_format)
        if screen.refusals():
            refused = screen.refused()
            raise EventError(refusal(refused, screen.N), refused)
        return events

    @classmethod
    def screen(
        cls,
        frame: Any,
        *,
        codebook: Codebook | None = None,
        actors: ActorLabels = "check",
        duplicates: Duplicates = "keep",
        dayfirst: bool | None = None,
        date_format: str | None = None,
    ) -> tuple[Events, pd.DataFrame]:
        """Check a table and split it into what can be used and what cannot, with a reason each.

        Parameters
        ----------
        frame, codebook, actors, duplicates, dayfirst, date_format
            As for `from_frame`.

        Returns
        -------
        events : Events
        refused : pandas.DataFrame
            The refused rows as given, behind ``row`` (position, from 0), ``reason`` and ``detail``.

        Raises
        ------
        EventError
            A column is missing, stands twice, or is misspelt, or an actor has two labels: no row can be judged.
        """
        events, screen = cls._screened(frame, codebook, actors, duplicates, dayfirst, date_format)
        return events, screen.refused()

    @classmethod
    def _screened(
        cls,
        frame: Any,
        codebook: Codebook | None,
        actors: ActorLabels,
        duplicates: Duplicates,
        dayfirst: bool | None,
        date_format: str | None,
    ) -> tuple[Events, Screen]:
        """The events of a table, and the screen that knows which rows it refused."""
        book = ladder_or(codebook)
        dates = partial(parse_dates, dayfirst=dayfirst, date_format=date_format)
        screen = Screen(as_columns(frame), book, actors=actors, duplicates=duplicates, dates=dates)
        columns = screen.columns()
        events = cls(codebook=book, report=screen.report(), repeats=screen.repeats, **columns)
        return events._settle(), screen

    @classmethod
    def read_csv(cls, path: str | Path, **options: Unpack[DoorOptions]) -> Events:
        """Read a CSV whose header names the columns of `from_frame`; codes stay text.

        Parameters
        ----------
        path : str or pathlib.Path
            Text in UTF-8 (or UTF-16 with its mark), plain, gzipped or alone in a zip, its cells separated by commas,
            tabs, semicolons or bars.
        **options
            Those of `from_frame`.

        Raises
        ------
        FileNotFoundError
            No file at `path`.
        FormatError
            The file is no text table, or some of its rows have more or fewer cells than its header has names.
        EventError
            As `from_frame`; tells the line of the file too.
        """
        events, refused = cls.screen_csv(path, **options)
        if len(refused):
            raise EventError(refusal(refused, events.report["read"], "screen_csv"), refused)
        return events

    @classmethod
    def screen_csv(cls, path: str | Path, **options: Unpack[DoorOptions]) -> tuple[Events, pd.DataFrame]:
        """`screen` for a CSV file; refused rows also have their ``line`` in it, the first being 1."""
        rows = text_file(path)
        need_required(rows.header.names)
        events, refused = cls.screen(rows.table(), **options)
        if len(refused):
            refused = refused.drop(columns="line", errors="ignore")
            refused.insert(1, "line", rows.lines[refused["row"].to_numpy()])
        return events, refused

    @classmethod
    def read_excel(cls, path: str | Path, *, sheet: str | int = 0, **options: Unpack[DoorOptions]) -> Events:
        """Read a sheet of an Excel workbook with the columns of `from_frame` (needs openpyxl).

        Parameters
        ----------
        path : str or pathlib.Path
        sheet : str or int, default 0
            Name or position of the sheet.
        **options
            Those of `from_frame`.

        Raises
        ------
        FileNotFoundError
            No file at `path`.
        FormatError
            No workbook, or no such sheet.
        EventError
            As `from_frame`.

        Notes
        -----
        A spreadsheet turns what looks like a number into one: format columns of codes as text, so that 010
        does not come as 10.
        """
        return cls.from_frame(workbook_table(path, sheet), **options)

    @classmethod
    def read_parquet(cls, path: str | Path, **options: Unpack[DoorOptions]) -> Events:
        """Read a Parquet file with the columns of `from_frame` (needs pyarrow, extra ``scale``).

        Raises
        ------
        FileNotFoundError
            No file at `path`.
        FormatError
            The file is not a Parquet table.
        EventError
            As `from_frame`.

        Notes
        -----
        A time is of the zone that the file tells. DuckDB writes all times with a zone in UTC, and the day is then that
        of UTC: make a date of it before it is written.
        """
        return cls.from_frame(arrow_table(path), **options)

    @classmethod
    def from_events(cls, events: Iterable[Event], **options: Unpack[DoorOptions]) -> Events:
        """Take events written one by one; options are those of `from_frame`."""
        return cls.from_frame([events] if isinstance(events, Event) else several(events), **options)

    @classmethod
    def from_columns(
        cls,
        actors: tuple[str, ...],
        *,
        source: np.ndarray,
        target: np.ndarray,
        day: np.ndarray,
        domain: np.ndarray,
        value: np.ndarray,
        weight: np.ndarray | None = None,
        mutual: np.ndarray | None = None,
        kind: np.ndarray | None = None,
        codebook: Codebook | None = None,
    ) -> Events:
        """Take coded columns of point events that are already checked, at no cost a row.

        `actors` are sorted labels, `source`, `target` and `domain` codes, `day` days since 1970-01-01.

        Raises
        ------
        EventError
            Columns of different lengths or other types, or codes, days, values or weights outside their range.
        """
        n = len(source)
        given = {
            "source": source,
            "target": target,
            "day": day,
            "domain": domain,
            "value": value,
            "weight": np.broadcast_to(1.0, n) if weight is None else weight,
            "mutual": np.broadcast_to(False, n) if mutual is None else mutual,
            "kind": np.broadcast_to(np.int16(-1), n) if kind is None else kind,
        }
        columns: dict[str, Any] = {name: np.asarray(column) for name, column in given.items()}
        actors, book = tuple(actors), ladder_or(codebook)
        check_codes(columns, actors, book)
        columns["domain"] = columns["domain"].astype(code_type(len(book.domains)), copy=False)
        for name, column in columns.items():
            if name in ("value", "weight"):
                columns[name] = column.astype(np.float64, copy=False)
            elif column.dtype.kind == "u":  # codes are subtracted from each other
                columns[name] = column.astype(np.int32)
        no = np.broadcast_to(False, n)
        return cls(
            actors=actors, codebook=book, event_id=None, label=None, url=None, report={"read": n, "kept": n},
            until=np.broadcast_to(NO_DAY, n), precision=np.broadcast_to(np.int8(0), n), standing=no, settled=no,
            row=np.arange(n), **columns,
        )  # fmt: skip

    # ---- what it holds ----------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.source)

    @property
    def domains(self) -> tuple[str, ...]:
        """Names that `domain` points to."""
        return self.codebook.domains

    @property
    def family(self) -> np.ndarray:
        """Code of the family of each event's kind, -1 where it has none, (N,)."""
        return np.asarray(np.append(self.codebook.family_codes, -1)[self.kind])

    @property
    def last_day(self) -> np.ndarray:
        """Last day on which each event may have happened or begun, given its precision, (N,)."""
        return span_ends(self.day, self.precision)

    def to_frame(self) -> pd.DataFrame:
        """Table of the canonical columns; `from_frame` takes it back, also by way of a file.

        ``until`` is the end that the table stated, not that which a later kind of the family sets: that kind
        will set it again. ``kind_value`` is what the codebook gives the kind; where ``value`` is equal to it,
        it is the kind's, and another codebook's value takes its place. A row without an id that a kind of several
        domains made several of has one in ``event_id``, so that they are one act again.
        """
        labels = np.array(self.actors, dtype=object)
        names = np.array([*self.codebook.names, None], dtype=object)
        frame = pd.DataFrame(
            {
                "source": labels[self.source],
                "target": labels[self.target],
                "date": self.day.astype("M8[D]").astype("M8[s]"),
                "until": np.where(
                    self.until_given == NO_DAY, np.datetime64("NaT", "D"), self.until_given.astype("M8[D]")
                ).astype("M8[s]"),
                "date_precision": np.array(PRECISIONS, dtype=object)[self.precision],
                "domain": np.array(self.domains, dtype=object)[self.domain],
                "kind": names[self.kind],
                "value": self.value,
                "kind_value": np.append(self.codebook.values, np.nan)[self.kind],
                "weight": self.weight,
                "mutual": self.mutual,
                "standing": self.standing,
            }
        )
        for name, column in (("event_id", self._written_ids()), ("label", self.label), ("url", self.url)):
            if column is not None:
                try:
                    frame[name] = column
                except UnicodeEncodeError:  # half a character, which pandas' own texts cannot hold
                    frame[name] = pd.Series(column, dtype=object)
        return frame

    def _written_ids(self) -> np.ndarray | None:
        """Event ids, with one for rows that have none and became several: apart they would be as many acts."""
        ids = self.event_id
        if self.act is None:
            return ids
        alike = pd.DataFrame({"act": self.act, "row": self.row}).duplicated(keep=False)
        several = np.flatnonzero(alike.to_numpy())
        if ids is not None:
            several = several[lacks_id(ids[several])]
        if not len(several):
            return ids
        made = np.full(len(self), None, dtype=object) if ids is None else ids.copy()
        actors = np.array(self.actors, dtype=object)
        days = self.day[several].astype("M8[D]").astype(str)
        ends = actors[self.source[several]], actors[self.target[several]]
        made[several] = [
            f"{source}-{target} {day} row {row}"
            for source, target, day, row in zip(*ends, days, self.row[several], strict=True)
        ]
        return made

    def pick(self, which: np.ndarray | slice) -> Events:
        """Events at a mask or at positions as they stand, each family settled as it was among all."""
        at = which if isinstance(which, slice) else positions_of(which, len(self))
        chosen: dict[str, Any] = {n: v[at] for n, v in vars(self).items() if isinstance(v, np.ndarray)}
        n = len(chosen["row"])
        report = {"read": len(self), "kept": n, "not picked": len(self) - n}
        return replace(self, **chosen, report=report, repeats=0)

    def __getitem__(self, which: Any) -> Events:
        """`take` in brackets: a mask (by labels, of `to_frame`), positions, a slice or one position."""
        if isinstance(which, str):
            raise TypeError(f"events hold no columns to pick; events.to_frame()[{which!r}] does.")
        if isinstance(which, int | np.integer) and not isinstance(which, bool):
            which = [int(which)]
        return self.take(which)

    def __iter__(self) -> NoReturn:
        raise TypeError(
            "events are columns; for one row after the other, take events.to_frame().itertuples()."
        )

    def head(self, n: int = 5) -> pd.DataFrame:
        """The first `n` entries as a table, to look at."""
        if not isinstance(n, Integral):
            raise TypeError(f"n is {n!r}; it must be a whole number.")
        return self.pick(slice(0, max(n, 0))).to_frame()

    def between(self, a: str, b: str) -> Events:
        """Events of two actors with each other, whoever is the source; families are settled anew.

        Of a state that no event names there is none, and a `SilentActorWarning` says so.

        Parameters
        ----------
        a, b : str
            Labels of the actors.

        Raises
        ------
        UnknownLabelError
            A label that is neither an actor of the events nor a state, with the nearest one.
        OptionError
            One actor twice.

        Examples
        --------
        >>> from alignscore.datasets import asean
        >>> asean().between("KHM", "CHN")
        <Events: 37 rows of ... actors, ...; 474 read, 437 not picked>
        """
        if str(a) == str(b):
            raise OptionError(f"a and b are both {a!r}; name two different actors.")
        if note_silent((a, b), self.actors):
            return self.take(np.zeros(len(self), dtype=bool))
        one, two = self.actors.index(str(a)), self.actors.index(str(b))
        there = (self.source == one) & (self.target == two)
        return self.take(there | ((self.source == two) & (self.target == one)))

    def recode(self, codebook: Codebook) -> Events:
        """The same events under another codebook: kinds take its values, domains, standing and families.

        What a row states itself stays: a value other than its kind's, and whether it stands.

        Parameters
        ----------
        codebook : Codebook
            Has every kind and domain that the events name.

        Raises
        ------
        EventError
            A kind or domain of the events that the codebook lacks, or a kind that it gives no domain.

        Examples
        --------
        >>> from alignscore.datasets import asean
        >>> events = asean()
        >>> edited = events.codebook.with_values({"two_plus_two": 8})
        >>> twos = events.to_frame()["kind"] == "two_plus_two"
        >>> sorted(set(events.recode(edited).value[twos].tolist()))
        [8.0]
        """
        book = ladder_or(codebook)
        at, columns = recoded(vars(self), self.codebook, book)
        made = replace(self.pick(at), codebook=book, report=self.report, repeats=self.repeats, **columns)
        if made.act is None:
            made = replace(made, act=acts_of(None, made.row))
        return made._settle()

    def take(self, which: np.ndarray) -> Events:
        """Events at a mask or at positions; families are settled anew among those left.

        Actors stay known, and keep their codes, though no event may name them any more.

        Raises
        ------
        OptionError
            A mask of another length, or a position that is not there.
        """
        return self.pick(which)._settle()

    def up_to(self, day: object) -> Events:
        """Events that had begun by a day: what was known then, but for ends already agreed.

        Raises
        ------
        OptionError
            `day` is no date.
        """
        last = period_of(day, "D")
        return self.take(self.day <= np.int64(last.ordinal))

    def __add__(self, other: Events) -> Events:
        """Both tables as one; families are settled anew over the whole.

        Raises
        ------
        EventError
            Other codebooks, an event id of one table that the other has for the same domain and pair, or an actor that
            goes by another label in each (`China`, `CHN`).
        """
        if not isinstance(other, Events):
            return NotImplemented
        mine, theirs = self.codebook, other.codebook
        if (mine.domains, mine.kinds) != (theirs.domains, theirs.kinds):
            raise EventError(
                f"events under codebook {mine.name!r} cannot join events under {theirs.name!r} of other content; "
                "bring one to the codebook of the other: events.recode(codebook)."
            )
        if apart := called_apart(self.actors, other.actors):
            raise EventError(apart)
        actors = union([self.actors, other.actors])
        joined: dict[str, Any] = {"actors": actors}
        for name, value in vars(self).items():
            added = getattr(other, name)
            if isinstance(value, np.ndarray) or isinstance(added, np.ndarray):
                joined[name] = np.concatenate([_column(self, value), _column(other, added)])
        for name in ("source", "target"):
            codes = [codes_among(part.actors, actors)[getattr(part, name)] for part in (self, other)]
            joined[name] = np.concatenate(codes).astype(np.int32)
        joined["row"] = np.concatenate([self.row, other.row + (self.row.max(initial=-1) + 1)])
        joined["act"] = acts_of(unrepeated_ids(joined, len(self), self.domains), joined["row"])
        joined["repeats"] = self.repeats + other.repeats
        report = {
            key: self.report.get(key, 0) + other.report.get(key, 0) for key in {**self.report, **other.report}
        }
        return replace(self, **joined, report=report)._settle()

    @property
    def lasting(self) -> np.ndarray:
        """Standing kinds of families that nothing replaced yet, in the columns of `LASTING`, (F, 7)."""
        rows = np.flatnonzero(self.standing & ~self.settled) if any_set(self.standing) else np.arange(0)
        left = self.pick(rows)
        left = left.pick(left.family >= 0)
        never = np.iinfo(np.int64).max
        ends = np.where(left.until == NO_DAY, never, left.until.astype(np.int64))
        columns = (left.source, left.target, left.mutual, left.domain, left.family, left.day, ends)
        return np.stack(columns, axis=1).astype(np.int64)

    def _repr_html_(self) -> str:
        first = self.take(np.arange(min(len(self), display.SHOWN)))
        return display.shown(repr(self), first.to_frame(), of=len(self))

    def __repr__(self) -> str:
        n = len(self)
        when = "no dates"
        if n:
            first, last = (np.datetime64(int(day), "D") for day in (self.day.min(), self.day.max()))
            when = f"{first}..{last}"
        read, kept, merged, left = (
            self.report.get(key, 0) for key in ("read", "kept", "merged", "not picked")
        )
        lost = f"{left:,} not picked" if left else f"{read - kept - merged:,} refused"
        rows = "row" if n == 1 else "rows"
        text = f"{n:,} {rows} of {len(self.actors)} actors, {when}; {read:,} read, {lost}"
        if merged:
            text += f", {merged:,} merged"
        if self.repeats:
            text += f"; {self.repeats:,} {'repeats' if self.repeats == 1 else 'repeat'} an earlier row"
        return f"<Events: {text}>"

    # ---- families ---------------------------------------------------------------------------
    def _settle(self) -> Events:
        """End each standing kind where the next of its line begins, which carries the tie on in its place."""
        family = self.family
        rows = np.flatnonzero((family >= 0) & self.standing)
        if not (len(rows) or self.settled.any()):
            return self
        columns = [of[rows] for of in (self.source, self.target, self.mutual, self.domain, family)]
        until = self.until_given.copy()
        until_precision = np.zeros(len(self), dtype=np.int8)
        settled = np.zeros(len(self), dtype=bool)
        for one, two in successions(columns, (self.row[rows], self.day[rows])):
            earlier, later = rows[one], rows[two]
            ended = (until[earlier] == NO_DAY) | (until[earlier] > self.day[later])
            until[earlier[ended]] = self.day[later[ended]]
            until_precision[earlier[ended]] = self.precision[later[ended]]
            settled[earlier[ended]] = True
        return replace(self, until=until, until_precision=until_precision, settled=settled)


# ---- families of standing kinds: a later level of a partnership ends the earlier one ------------------------
def successions(
    columns: Sequence[np.ndarray], by: Sequence[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Positions of kinds that follow each other in a line, the earlier and the later, for each side of the pairs.

    A line, within which kinds replace each other, is a pair, a domain and a family; in it they are in the order of `by`,
    whose last counts first. An act of one side (an embargo) stands in the line of that side alone, so two that answer
    each other both stand; a mutual one stands in both lines. `columns` are the first five of `LASTING`.
    """
    source, target, mutual, domain, family = columns
    forth = source < target
    pairs = np.stack([np.minimum(source, target), np.maximum(source, target), family, domain], axis=1)
    group = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
    for way in (forth, ~forth):
        line = np.where(mutual | way, group, -1)
        order = np.lexsort((*by, line))
        one, two = order[:-1], order[1:]
        same = (line[one] == line[two]) & (line[one] >= 0)
        yield one[same], two[same]


def first_clash(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray | None:
    """The first row that began while one of the other side's, of its pair, domain and family, still stood.

    Settled together, the earlier would have ended there. Rows have the columns of `LASTING` and codes in
    common.
    """
    both = np.concatenate([ours, theirs])
    *columns, day, until = both.T
    owner = np.repeat([0, 1], [len(ours), len(theirs)])
    # what ends on the day it begins has ended nothing
    for one, two in successions(columns, (until, day)):
        found = two[(until[one] > day[two]) & (owner[one] != owner[two])]
        if len(found):
            return np.asarray(both[found[0]])
    return None


# ---- columns that were given ------------------------------------------------------------------------------
def _column(events: Events, value: np.ndarray | None) -> np.ndarray:
    return np.full(len(events), None, dtype=object) if value is None else value


# types of columns that hold no codes, and how these are called
HELD_AS = {"mutual": ("b", "true or false"), "value": ("iuf", "real ones"), "weight": ("iuf", "real ones")}


def check_codes(columns: Mapping[str, np.ndarray], actors: tuple[str, ...], book: Codebook) -> None:
    """Raise unless columns are of one length and of the right type, point to what is there, and can be posted."""
    if list(actors) != sorted(set(actors)):
        raise EventError("actors are not sorted, or one stands twice; give tuple(sorted(set(actors))).")
    n = len(columns["source"])
    for name, column in columns.items():
        types, words = HELD_AS.get(name, ("iu", "whole numbers"))
        if column.dtype.kind not in types or column.ndim != 1:
            shaped = f"{column.dtype} of shape {column.shape}"
            given = "complex numbers" if column.dtype.kind == "c" else shaped
            raise EventError(f"column {name!r} holds {given}; give {words}, one an event.")
        if len(column) != n:
            raise EventError(f"column {name!r} has {len(column)} entries, source has {n}.")
    if not n:
        return
    tops = {"source": len(actors), "target": len(actors), "domain": len(book.domains), "kind": len(book)}
    for name, top in tops.items():
        lowest = -1 if name == "kind" else 0  # an event given by domain and value has no kind
        if columns[name].min() < lowest or columns[name].max() >= top:
            raise EventError(f"column {name!r} holds codes outside {lowest}..{top - 1}.")
    if columns["day"].min() < EARLIEST or columns["day"].max() >= LATEST:
        raise EventError(f"column 'day' holds days since 1970-01-01 outside {FIRST_YEAR}..{LAST_YEAR}.")
    if not (columns["source"] != columns["target"]).all():
        raise EventError("source and target are the same actor in some row.")
    weight = columns["weight"]
    if not (np.abs(columns["value"]).max() <= 10 and weight.min() > 0 and np.isfinite(weight.max())):
        raise EventError("a value lies outside [-10, 10], or a weight is not positive and finite.")
    for name in ("value", "weight"):
        if no_square(columns[name]).any():
            raise EventError(f"column {name!r}: {RULES[name][-1].detail}")


def positions_of(which: Any, n: int) -> np.ndarray:
    """Positions given, or those of a mask, as an array, if they are of a table of n events."""
    given = np.asarray(which)
    if given.dtype == bool:
        check_row_order("the mask", which)
        if given.shape != (n,):
            shape = " x ".join(map(str, given.shape)) or repr(which)
            raise OptionError(f"a mask must hold one True or False an event, {n} in all; got {shape}.")
        return np.flatnonzero(given)  # found once and not in every column
    if not given.size:
        return np.empty(0, dtype=np.int64)
    if given.ndim != 1 or not np.issubdtype(given.dtype, np.integer):
        raise TypeError(f"events are picked by a mask or by whole positions in a row; got {which!r:.60}")
    if n > 2 and given.shape == (n,) and np.isin(given, (0, 1)).all():
        raise OptionError(
            "0 and 1 are the first two positions; for a mask of the events write True and False."
        )
    out = given[(given < -n) | (given >= n)]
    if len(out):
        raise OptionError(f"position {out[0]} is not among the {n} events, 0 to {n - 1}.")
    return given
