"""What a reader did with every row: `ReadReport`, which adds up, and the tally that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from alignscore import display
from alignscore.errors import FormatError, unknown
from alignscore.values import Frozen

Action = Literal["refused", "left out", "merged", "added"]
# what a reader notes where two files tell two figures of one thing
TWO_FIGURES = "of two figures for one thing neither is taken: keep one of the rows, or read the newer of two files alone"


@dataclass(frozen=True)
class Step:
    """One reason for which rows left or joined the table.

    Refused rows cannot be read; rows left out are sound but not asked for; merged rows say what a kept row says; added
    rows come from one line that tells of several interactions.
    """

    action: Action
    reason: str
    rows: int
    before: int  # rows that reached this step
    example: str = ""  # the first such row, in short

    @property
    def change(self) -> int:
        """Rows this step adds (above 0) or takes away (below 0)."""
        return self.rows if self.action == "added" else -self.rows


@dataclass(frozen=True, eq=False, repr=False)
class ReadReport(Frozen):
    """How many rows a reader read, and where each of them went.

    ``read + added - refused - left out - merged == kept``, always; `adds_up` says so.

    Attributes
    ----------
    reader : str
        Name of the format.
    files : tuple of str
        Files read, in order; a member of an archive stands behind its archive's name.
    read : int
        Rows (lines that are not blank) found in them, without headers.
    kept : int
        Interactions handed on as `Events`. A kind that acts in several domains is one interaction
        and several entries of `Events`.
    steps : tuple of Step
        In the order in which rows met them.
    facts : mapping of str to tuple of int
        What was counted on the rows as they stand in the file, before any cleaning: name to (rows for
        which it holds, rows looked at).
    notes : tuple of str
        What a reader of the result should know.
    failed : mapping of str to str
        Files that could not be read (with ``on_error="skip"``), and why.
    unknown : mapping of str to int
        Actors the crosswalk does not know, as the files write them, with the rows that name each;
        ``recode=`` of the readers settles them.
    refused : pandas.DataFrame or None
        The refused rows with their ``reason``, of readers that keep them (votes, alliances).

    Examples
    --------
    >>> step = Step("refused", "unreadable date", rows=2, before=5)
    >>> report = ReadReport("demo", ("a.csv",), 5, 3, (step,), {}, ())
    >>> report
    <ReadReport demo: 1 file, 5 rows read, 3 kept
      refused: unreadable date 2>
    >>> report.adds_up, report.rows("unreadable date")
    (True, 2)
    """

    reader: str
    files: tuple[str, ...]
    read: int
    kept: int
    steps: tuple[Step, ...]
    facts: Mapping[str, tuple[int, int]]
    notes: tuple[str, ...]
    failed: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)
    refused: pd.DataFrame | None = None

    @property
    def adds_up(self) -> bool:
        """Whether every row read is accounted for."""
        return self.read + sum(step.change for step in self.steps) == self.kept

    @property
    def reason(self) -> tuple[str, ...]:
        """The reason of each step, in their order."""
        return tuple(step.reason for step in self.steps)

    def step(self, reason: str) -> Step | None:
        """The step of that reason, or None if no row met it."""
        return next((step for step in self.steps if step.reason == reason), None)

    def rows(self, reason: str) -> int:
        """Rows that met a reason; 0 if none did."""
        return sum(step.rows for step in self.steps if step.reason == reason)

    def total(self, action: Action) -> int:
        """Rows refused, left out, merged or added, over all reasons."""
        return sum(step.rows for step in self.steps if step.action == action)

    def share(self, name: str) -> float:
        """Share of rows for which a fact holds, or which a step took of those that reached it.

        Parameters
        ----------
        name : str
            A key of `facts` or the reason of a step.

        Returns
        -------
        float
            NaN if no row was looked at.

        Raises
        ------
        UnknownLabelError
            Neither a fact nor a step of this report.
        """
        if name in self.facts:
            held, seen = self.facts[name]
        elif (step := self.step(name)) is not None:
            held, seen = step.rows, step.before
        else:
            raise unknown("fact or step", name, [*self.facts, *(s.reason for s in self.steps)])
        return held / seen if seen else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """The account as a table.

        Returns
        -------
        pandas.DataFrame
            ``action``, ``reason``, ``rows``, ``left`` (rows after this line), ``share_of_read``,
            ``example``; first line ``read``, last line ``kept``.
        """
        lines = [("read", "", self.read, self.read, "")]
        left = self.read
        for step in self.steps:
            left += step.change
            lines.append((step.action, step.reason, step.rows, left, step.example))
        lines.append(("kept", "", self.kept, left, ""))
        frame = pd.DataFrame(lines, columns=["action", "reason", "rows", "left", "example"])
        frame.insert(4, "share_of_read", frame["rows"] / self.read)
        return frame

    def _repr_html_(self) -> str:
        return display.shown(repr(self).splitlines()[0] + ">", self.to_frame(), rows=50)

    def __repr__(self) -> str:
        files = f"{len(self.files)} file{'s' * (len(self.files) != 1)}"
        lines = [f"<ReadReport {self.reader}: {files}, {self.read:,} rows read, {self.kept:,} kept"]
        lines += [f"  {step.action}: {step.reason} {step.rows:,}" for step in self.steps]
        lines += [f"  of the rows as they stand: {name} {_percent(*n)}" for name, n in self.facts.items()]
        if self.unknown:
            most = sorted(self.unknown.items(), key=lambda pair: -pair[1])
            shown = ", ".join(f"{label!r} {rows:,}" for label, rows in most[:5])
            rest = f" and {len(most) - 5} more" if len(most) > 5 else ""
            lines.append(f"  unknown actors: {shown}{rest}")
        lines += [f"  not read: {name}: {why}" for name, why in self.failed.items()]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines) + ">"


def _percent(held: int, seen: int) -> str:
    return f"{held / seen:.1%} ({held:,} of {seen:,})" if seen else "no row looked at"


@dataclass
class Tally:
    """The account of a read in progress; it becomes a `ReadReport` at the end."""

    reader: str
    files: list[str] = field(default_factory=list)
    read: int = 0
    moved: dict[tuple[Action, str], tuple[int, int, str]] = field(default_factory=dict)
    facts: dict[str, tuple[int, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Tally:
        """The account as it stands now."""
        return Tally(**{name: copy(value) for name, value in vars(self).items()})

    def restore(self, before: Tally) -> None:
        """Take back all that was entered since a copy was made."""
        vars(self).update(vars(before))

    def add(self, other: Tally) -> None:
        """Enter what another account counted; its files and rows read are not."""
        for (action, reason), (rows, before, example) in other.moved.items():
            self.move(action, reason, rows, before, example)
        for name, (held, seen) in other.facts.items():
            self._count(name, held, seen)
        for text in other.notes:
            self.note(text)
        for label, rows in other.unknown.items():
            self.no_actor(label, rows)
        self.failed |= other.failed

    def first_failure(self) -> FormatError:
        """The error of the first file that could not be read, where none of the others gave a row."""
        return FormatError(next(iter(self.failed.values())))

    def no_actor(self, label: str, rows: int) -> None:
        """Rows whose actor is unknown, by its label."""
        self.unknown[label] = self.unknown.get(label, 0) + int(rows)

    def reasons(self) -> str:
        """What took rows away so far, the most frequent first, each with its count and an example."""
        lost = [
            (why, n, like) for (action, why), (n, _, like) in self.moved.items() if n and action != "added"
        ]
        lost.sort(key=lambda one: -one[1])
        return ", ".join(f"{why} ({n:,}{'; ' + like if like else ''})" for why, n, like in lost[:4])

    def way_out(self) -> str:
        """What may be done where two files tell two figures of one thing, as a further sentence; else ''."""
        return f" {TWO_FIGURES[0].upper()}{TWO_FIGURES[1:]}." if TWO_FIGURES in self.notes else ""

    def move(self, action: Action, reason: str, rows: int, before: int, example: str = "") -> None:
        """Book `rows` of the `before` rows that reached a step."""
        if rows or before:  # a step that took nothing keeps its denominator, for a share over several chunks
            moved, reached, shown = self.moved.get((action, reason), (0, 0, ""))
            shown = shown or (example if rows else "")
            self.moved[action, reason] = (moved + int(rows), reached + int(before), shown)

    def fact(self, name: str, holds: np.ndarray | pd.Series) -> None:
        """Count, on rows as they stand, for how many something holds, (N,)."""
        self._count(name, int(holds.sum()), len(holds))

    def _count(self, name: str, held: int, seen: int) -> None:
        old = self.facts.get(name, (0, 0))
        self.facts[name] = (old[0] + held, old[1] + seen)

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes:
            self.notes.append(text)

    def keep(
        self, frame: pd.DataFrame, mask: np.ndarray | pd.Series, action: Action, reason: str, show: str = ""
    ) -> pd.DataFrame:
        """The rows of `frame` where `mask` holds, in their order; the others are booked under `reason`.

        `show` names a column whose first lost value is the example.
        """
        kept = np.asarray(mask, dtype=bool)
        lost = ~kept
        count = int(lost.sum())
        example = repr(str(frame[show].iloc[int(lost.argmax())])) if count and show else ""
        self.move(action, reason, count, len(frame), display.shortened(example, 80))
        return frame if not count else frame[kept].reset_index(drop=True)

    def refuse_two_figures(
        self, frame: pd.DataFrame, clash: np.ndarray | pd.Series, reason: str, show: str
    ) -> pd.DataFrame:
        """The frame without rows of which two tell two figures of one thing; a note says what may be done (`way_out`)."""
        if clash.any():
            self.note(TWO_FIGURES)
        return self.keep(frame, ~clash, "refused", reason, show)

    def report(self, kept: int, refused: pd.DataFrame | None = None) -> ReadReport:
        """The finished account."""
        moved = self.moved.items()
        steps = tuple(Step(action, reason, *booked) for (action, reason), booked in moved if booked[0])
        return ReadReport(
            self.reader, tuple(self.files), self.read, kept, steps, facts=dict(self.facts), notes=tuple(self.notes),
            failed=dict(self.failed), unknown=dict(self.unknown), refused=refused,
        )  # fmt: skip
