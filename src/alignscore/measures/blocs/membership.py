"""Who belongs to a bloc, and when: named lists, dated spells, or the shipped table."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignscore.actors import EARLIEST, LATEST, member_spells
from alignscore.actors.labels import meant_by
from alignscore.actors.spells import Spell
from alignscore.dates import day_of
from alignscore.errors import OptionError, UnknownLabelError, several
from alignscore.values import Frozen, as_pandas, label_codes, stands_once, text_of


@dataclass(frozen=True, eq=False, repr=False)
class Membership(Frozen):
    """Members of a bloc and the days on which they belong to it.

    Attributes
    ----------
    name : str
        '' for a list given by hand.
    members : tuple of str
        Sorted, each once.
    spells : tuple of (str, datetime64, datetime64)
        Member, first and last day; a member may come back.
    dated : bool
        False for a plain list.
    """

    name: str
    members: tuple[str, ...]
    spells: tuple[Spell, ...]
    dated: bool

    def __repr__(self) -> str:
        dates = " with dates" if self.dated else ""
        return f"<Membership: {f'{self.name}, ' if self.name else ''}{len(self.members)} members{dates}>"

    @classmethod
    def make(cls, given: Any) -> Membership:
        """Read what a user may give as members.

        Parameters
        ----------
        given : str, iterable of str, mapping or pandas.DataFrame
            A bloc of the shipped table (ASEAN, EU, NATO); labels; ``{member: first day}`` or
            ``{member: (first, last)}``; or a frame with ``member``, ``start`` and ``end``. An empty
            or missing date is open.

        Returns
        -------
        Membership

        Raises
        ------
        OptionError
            No member, one without a label, a date that cannot be read, days that run backward, or a frame without the
            columns.
        UnknownLabelError
            A bloc that is not in the shipped table.

        Examples
        --------
        >>> asean = Membership.make("ASEAN")
        >>> asean.inside(np.array(["1980-12-31", "1990-12-31", "2026-12-31"], "M8[D]")).sum(axis=0).tolist()
        [5, 6, 11]
        """
        if isinstance(given, Membership):
            return given
        if isinstance(given, str):
            return cls._of(member_spells([given])[given], name=given)
        named = hasattr(given, "columns") or hasattr(given, "schema")  # which a column alone has not
        if isinstance(given, pd.DataFrame) or (named and hasattr(given, "__arrow_c_stream__")):
            return cls._of(_from_frame(as_pandas("members", given)))
        if isinstance(given, Mapping):
            return cls._of(_spell(member, *_span(dates)) for member, dates in given.items())
        labels = sorted({_label(label) for label in several(given)})
        return cls._of(((label, EARLIEST, LATEST) for label in labels), dated=False)

    @classmethod
    def _of(cls, spells: Iterable[Spell], *, name: str = "", dated: bool = True) -> Membership:
        spells = tuple(spells)
        if not spells:
            raise OptionError("members is empty; name at least two states, or a bloc such as 'ASEAN'.")
        return cls(name, tuple(sorted({member for member, _, _ in spells})), spells, dated)

    def check_slips(self, present: Iterable[str]) -> None:
        """Raise for a dated member that is a slip for one of those `present`: an absent one is missing in silence.

        Members of a plain list are known or refused elsewhere, those of a shipped bloc are its own.
        """
        if not self.dated or self.name:
            return
        there = set(present)
        others = sorted(there - set(self.members))
        for member in sorted(set(self.members) - there):
            if (meant := meant_by(member, others)) is not None:
                raise UnknownLabelError(f"unknown member {member!r}. Did you mean {meant!r}?")

    def inside(self, days: np.ndarray) -> np.ndarray:
        """Whether each member belongs on each day, (S, T)."""
        at = {member: k for k, member in enumerate(self.members)}
        mask = np.zeros((len(self.members), len(days)), dtype=bool)
        for member, first, last in self.spells:
            mask[at[member]] |= (days >= first) & (days <= last)
        return mask


def _from_frame(frame: pd.DataFrame) -> list[Spell]:
    missing = {"member", "start", "end"} - set(frame.columns)
    if missing:
        raise OptionError(f"members lacks {sorted(missing)}; it needs the columns member, start and end.")
    columns = [stands_once(frame[name], f"column {name!r}") for name in ("member", "start", "end")]
    label_codes(columns[0], "member")  # refuses a row without one
    return [_spell(*row) for row in zip(*columns, strict=True)]


def _span(dates: Any) -> tuple[Any, Any]:
    if not isinstance(dates, tuple | list):
        return dates, None
    if len(dates) != 2:
        raise OptionError(f"{dates!r} is not a first day, nor a pair of first and last day.")
    return dates[0], dates[1]


def _spell(member: object, first: Any, last: Any) -> Spell:
    start = EARLIEST if _blank(first) else np.datetime64(day_of("start", first), "D")
    end = LATEST if _blank(last) else np.datetime64(day_of("end", last, last=True), "D")
    if end < start:
        raise OptionError(f"{member!r} is a member from {start} to {end}, which runs backward.")
    return _label(member), start, end


def _blank(date: Any) -> bool:
    return date is None or date is pd.NA or date == "" or bool(pd.isna(date))


def _label(member: object) -> str:
    if not isinstance(member, Hashable):
        raise OptionError(f"members holds {member!r:.60}, which is no label; give a list of labels.")
    if not (text := text_of(member)):
        raise OptionError("members holds one without a label; name it or leave it out.")
    return text
