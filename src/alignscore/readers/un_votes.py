"""Roll-call votes of the UN General Assembly: Voeten's files and the unvotes tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.actors import Dissolved, System, codes, resolve
from alignscore.dates import day_spans
from alignscore.errors import FormatError, one_of
from alignscore.readers.steps.tabular import Source, find, load, need, numbers

VOTES = {"1": 1, "2": 2, "3": 3, "yes": 1, "abstain": 2, "no": 3, "y": 1, "a": 2, "n": 3}
ABSENT = {"8": "absent", "absent": "absent", "9": "not a member"}


def read_un_votes(
    source: Source,
    *,
    rollcalls: Source | None = None,
    actors: Literal["iso3", "cow", "as_given"] = "iso3",
    dissolved: Dissolved = "own",
    columns: Sequence[str] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """UN roll-call votes as a long frame, and the rows that were refused, each with its reason.

    Parameters
    ----------
    source : path or DataFrame
        A row per state and roll call. Voeten's layout: rcid or resid, ccode, vote (1 yes, 2 abstain, 3 no,
        8 absent, 9 not a member), session. The unvotes layout: rcid, country, country_code, vote (yes,
        abstain, no).
    rollcalls : path or DataFrame
        A row per roll call, rcid and session: needed where the votes carry no session.
    actors : {"iso3", "cow", "as_given"}
        Which codes name the actors; "as_given" keeps the first of ccode, country, country_code as it is.
    dissolved : {"own", "successor"}, default "own"
        See `iso3`: the Soviet Union's votes are SUN's until 25 December 1991 and RUS's since, by the date of
        the roll call (where none is given, the year, or the first day of the session); or RUS's throughout.
    columns : sequence of str
        Further columns to carry along, from the votes or the roll calls (date, amend, para, ...).

    Returns
    -------
    votes : DataFrame
        actor, session, item, vote (1 yes, 2 abstain, 3 no), then `columns`. An absence has no row. The
        session is resid // 1000 where there is a resid: sessions run over the turn of the year, so the
        year is no key.
    refused : DataFrame
        row (position in the table), item, actor (both as given) and reason.

    Raises
    ------
    FormatError
        A column is missing, or the sessions are.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignscore.readers.un_votes import read_un_votes
    >>> table = pd.DataFrame(
    ...     {"resid": [74001, 74001, 74001, 74002], "ccode": [2, 811, 710, 811], "vote": [3, 1, 8, 2]}
    ... )
    >>> votes, refused = read_un_votes(table)
    >>> votes
      actor  session   item  vote
    0   USA       74  74001     3
    1   KHM       74  74001     1
    2   KHM       74  74002     2
    >>> refused
       row   item actor  reason
    0    2  74001   710  absent
    """
    one_of("actors", actors, ("iso3", "cow", "as_given"))
    table = load(source)
    key = need(table, "roll call", ["resid", "rcid"])
    extra = None if rollcalls is None else _by_roll_call(load(rollcalls), key)
    item, session = numbers(table, key), _sessions(table, key, extra)
    given, actor, no_actor = _actors(table, actors, dissolved, _days(table, extra, key, session))
    cast, words = pd.factorize(table[need(table, "vote", ["vote"])].astype(object), use_na_sentinel=False)
    vote = np.array([VOTES.get(_word(word), np.nan) for word in words])[cast]
    away = np.array([ABSENT.get(_word(word), "") for word in words], dtype=object)[cast]
    reason = np.select(
        [
            item.isna() | session.isna(),
            pd.isna(given),
            pd.isna(actor),
            away != "",
            np.isnan(vote),
        ],
        ["no roll call or session", "no state", no_actor, away, "no such vote"],
        default="",
    ).astype(object)
    reason = _repeats(reason, item.to_numpy(), actor, vote)
    good = reason == ""
    votes = pd.DataFrame(
        {
            "actor": pd.Series(actor[good]).infer_objects(),
            "session": session.to_numpy()[good].astype(np.int64),
            "item": item.to_numpy()[good].astype(np.int64),
            "vote": vote[good].astype(np.int8),
        }
    )
    for name in columns:
        votes[name] = _carried(table, extra, key, name)[good]
    rows = np.flatnonzero(~good)
    refused = pd.DataFrame(
        {"row": rows, "item": table[key].to_numpy()[rows], "actor": given[rows], "reason": reason[rows]}
    )
    return votes, refused


def _word(value: Any) -> str:
    """A vote as a word in small letters; a number loses its '.0'."""
    text = str(value).strip().casefold()
    return text.removesuffix(".0")


def _by_roll_call(rollcalls: pd.DataFrame, key: str) -> pd.DataFrame:
    own = need(rollcalls, "roll call", [key])
    indexed = rollcalls.assign(**{own: numbers(rollcalls, own)}).set_index(own)
    if indexed.index.has_duplicates:
        raise FormatError(f"roll call {indexed.index[indexed.index.duplicated()][0]:g} is listed twice.")
    return indexed


def _sessions(table: pd.DataFrame, key: str, extra: pd.DataFrame | None) -> pd.Series:
    """Session of each row: from the resid, the votes' own column, or the roll calls."""
    if key.casefold() == "resid":
        return numbers(table, key) // 1000
    own = find(table, ["session"])
    if own is not None:
        return numbers(table, own)
    if extra is None or find(extra, ["session"]) is None:
        raise FormatError("these votes carry no session; pass rollcalls= with rcid and session.")
    return numbers(table, key).map(numbers(extra, need(extra, "session", ["session"])))


def _days(
    table: pd.DataFrame, extra: pd.DataFrame | None, key: str, session: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """First and last day that each vote may have been cast on: by its date, its year, or its session's start."""
    for name in ("date", "year"):
        if find(table, [name]) is not None or (extra is not None and find(extra, [name]) is not None):
            return day_spans(_carried(table, extra, key, name), len(table))
    start = (session.fillna(1) + 1945).clip(1946, 2199).astype(int).astype(str) + "-09-15"
    first, _ = day_spans(start.to_numpy(), len(table))
    return first, first + np.timedelta64(364, "D")


def _actors(
    table: pd.DataFrame, actors: str, dissolved: Dissolved, days: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels as given, as wanted (None where there is none), and why one is wanting."""
    number, two, name = find(table, ["ccode"]), find(table, ["country_code"]), find(table, ["country"])
    column = number or name or two
    if column is None:
        raise FormatError("no column for the state: expected 'ccode', 'country_code' or 'country'.")
    given = table[column].astype(object).where(table[column].notna(), None).to_numpy(dtype=object)
    if actors == "as_given":
        return given, given, np.full(len(given), "", dtype=object)
    label, ended = np.full(len(table), None, dtype=object), np.zeros(len(table), dtype=bool)
    # a name tells more than two letters: states that are no more, and whether "NA" is Namibia or R's missing value
    tried: tuple[tuple[str | None, System], ...] = ((name, "name"), (two, "iso2"))
    for source, system in ((number, "cow"),) if number else tried:
        if source is not None:
            cells = table[source]
            if system == "iso2" and name:
                cells = cells.mask(cells == "NA")
            got = resolve(cells, *days, system=system, dissolved=dissolved)
            ended |= got.of_kind("ended")
            open_ = pd.isna(label) & ~ended & (got.codes >= 0)
            label[open_] = np.array([*got.labels, None], dtype=object)[got.codes[open_]]
    why = np.where(ended, "state did not exist on that date", "unknown state").astype(object)
    if actors == "iso3":
        return given, label, why
    if number:
        cow = numbers(table, number).astype("Int64").astype(object)
    else:
        cow = codes(label, system="cow", dates=days[0]).astype(object)
    return (
        given,
        cow.where(cow.notna(), None).to_numpy(dtype=object),
        np.where(pd.isna(label), why, "no COW number"),
    )


def _repeats(reason: np.ndarray, item: np.ndarray, actor: np.ndarray, vote: np.ndarray) -> np.ndarray:
    """Refuse a vote cast twice: the second of two like ones, and all of those that contradict."""
    rows = np.flatnonzero(reason == "")
    frame = pd.DataFrame({"item": item[rows], "actor": actor[rows], "vote": vote[rows]})
    again = frame.duplicated(["item", "actor"], keep=False).to_numpy()
    if again.any():
        cast = frame[again].groupby(["item", "actor"])["vote"]
        clash = (cast.transform("nunique") > 1).to_numpy()
        second = frame[again].duplicated(["item", "actor"]).to_numpy()
        reason[rows[again]] = np.where(clash, "votes contradict", np.where(second, "repeated", ""))
    return reason


def _carried(table: pd.DataFrame, extra: pd.DataFrame | None, key: str, name: str) -> np.ndarray:
    own = find(table, [name])
    if own is not None:
        return np.asarray(table[own])
    if extra is None:
        return np.asarray(table[need(table, "carried column", [name])])
    return np.asarray(numbers(table, key).map(extra[need(extra, "carried column", [name])]))
