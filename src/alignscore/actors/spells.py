"""Who belonged when: members of blocs, of the state system and of the United Nations, by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.actors.crosswalk import span_of
from alignscore.data import shipped
from alignscore.dates import day_spans
from alignscore.errors import check_known, one_of

Spell = tuple[str, np.datetime64, np.datetime64]


def bloc_members() -> pd.DataFrame:
    """The shipped, dated table of members of ASEAN, the European Union (from the EEC on) and NATO.

    Returns
    -------
    pandas.DataFrame
        ``bloc``, ``member``, ``first`` day, ``last`` day ('' while a member).

    Examples
    --------
    >>> table = bloc_members()
    >>> table[table["member"] == "TLS"]["first"].tolist()
    ['2025-10-26']
    """
    return shipped("bloc_members.csv")


def state_spells() -> pd.DataFrame:
    """The shipped, dated table of who was a state: the Correlates of War system, and the United Nations.

    Returns
    -------
    pandas.DataFrame
        ``system`` (cow, un), ``actor`` (the label of its days: SUN, then RUS), ``first`` day, ``last`` day ('' while a
        member).

    Notes
    -----
    The Correlates of War list ends on 31 December 2016; a state in the system on that day is taken to have
    stayed. Taiwan sat in the United Nations as China until 25 October 1971; Yugoslavia's seat was empty from
    22 September 1992 to 1 November 2000; Indonesia and Syria were away for some months and years.

    References
    ----------
    Correlates of War Project. 2017. State System Membership List, v2016. United Nations, Member States: dates of admission.

    Examples
    --------
    >>> table = state_spells()
    >>> table[(table["system"] == "un") & (table["actor"] == "KHM")]["first"].tolist()
    ['1955-12-14']
    """
    return shipped("state_system.csv")


def members(bloc: str, date: Any) -> tuple[str, ...]:
    """Members of a bloc on a day.

    Parameters
    ----------
    bloc : {"ASEAN", "EU", "NATO"}
    date : date
        A day, or a month or year: its first day.

    Raises
    ------
    UnknownLabelError
        A bloc that is not in `bloc_members`.
    OptionError
        What is no date.

    Examples
    --------
    >>> members("ASEAN", 1990)
    ('BRN', 'IDN', 'MYS', 'PHL', 'SGP', 'THA')
    """
    day = day_spans(date, 1)[0][0]
    return tuple(sorted(who for who, first, last in member_spells((bloc,))[bloc] if first <= day <= last))


def states(
    date: Any, *, system: Literal["cow", "un"] = "cow", on: Literal["any", "first", "last"] = "any"
) -> tuple[str, ...]:
    """The states of the world on a day or in a year.

    Parameters
    ----------
    date : date
        A day, month or year: 1990, "1990-06", "1990-06-30", a Timestamp or Period.
    system : {"cow", "un"}, default "cow"
        Membership of the Correlates of War state system (from 1816), or of the United Nations (from 1945).
    on : {"any", "first", "last"}, default "any"
        In the system on any day of that month or year, on its first day, or on its last.

    Returns
    -------
    tuple of str
        Labels, sorted. On any day of 1991 both SUN and RUS were there; a year's own labels, one a state,
        are those of its first day or last.

    Raises
    ------
    OptionError
        What is no date; `system` or `on` not among the choices.

    Examples
    --------
    >>> len(states(2016)), len(states(2020, system="un")), states(1817)[:4]
    (195, 193, ('CHE', 'COW245', 'COW267', 'COW269'))
    >>> [label for label in ("RUS", "SUN") if label in states(1991, on="first")]
    ['SUN']
    """
    one_of("system", system, ("cow", "un"))
    one_of("on", on, ("any", "first", "last"))
    first, last = (day[0] for day in day_spans(date, 1))
    if on == "first":
        last = first
    elif on == "last":
        first = last
    who, start, end = _columns_of(system)
    return tuple(sorted(set(who[(start <= last) & (end >= first)].tolist())))


@lru_cache(maxsize=2)
def _columns_of(system: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, first days and last days of the spells of a system: a panel asks for every year of it."""
    who, start, end = zip(*_spells("state_system.csv", "system", "actor")[system], strict=True)
    return np.array(who, dtype=object), np.array(start), np.array(end)


def member_spells(blocs: Sequence[str]) -> dict[str, tuple[Spell, ...]]:
    """Members of each bloc with their first and last day."""
    spells = _spells("bloc_members.csv", "bloc", "member")
    for bloc in blocs:
        check_known("bloc", bloc, sorted(spells))
    return {bloc: spells[bloc] for bloc in blocs}


@lru_cache(maxsize=2)
def _spells(table: str, group: str, label: str) -> Mapping[str, tuple[Spell, ...]]:
    """Members of each group of a shipped table, with their first and last day."""
    found: dict[str, tuple[Spell, ...]] = {}
    for name, who, first, last in shipped(table)[[group, label, "first", "last"]].itertuples(index=False):
        found[name] = (*found.get(name, ()), (who, *span_of(first, last)))
    return MappingProxyType(found)
