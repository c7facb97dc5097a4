"""Roll-call votes of the UN General Assembly: Voeten's files, the unvotes tables, the UN Digital Library's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.actors import Dissolved, System, codes, resolve
from alignscore.dates import day_spans
from alignscore.errors import FormatError, OptionError, one_of, several, text
from alignscore.readers.steps.cleaning import Cleaning, dates_in_iso, iso_texts, refuse_nothing
from alignscore.readers.steps.tabular import column_named, load, needed_column, numbers, whole_numbers
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import Table
from alignscore.tables.reading_report import Action, ReadReport, Tally

VOTES = {"1": 1, "2": 2, "3": 3, "yes": 1, "abstain": 2, "no": 3, "y": 1, "a": 2, "n": 3}
ABSENT = {"8": "absent", "absent": "absent", "x": "absent", "9": "not a member"}
ITEMS = ["resid", "rcid", "undl_id"]
CAST = ["vote", "ms_vote"]
NUMBERS, TWO_LETTERS, THREE_LETTERS = ["ccode"], ["country_code"], ["ms_code", "iso3", "iso3c"]
NAMES = ["country", "countryname", "ms_name"]
# abbreviations of the Correlates of War that are no ISO codes: where they stand, SWZ is Switzerland and AUS Austria
OF_WAR = {"UKG", "FRN", "GMY", "GFR", "AUL", "DRV", "SPN", "SWD", "NTH", "BUL", "TAW", "ROK", "CAM"}
OWN = ("actor", "session", "item", "vote")  # columns of the table of votes
OUT: dict[str, Action] = {"absent": "left out", "not a member": "left out", "repeated": "merged"}


def read_un_votes(
    source: Table,
    *,
    rollcalls: Table | None = None,
    actors: Literal["iso3", "cow", "as_given"] = "iso3",
    dissolved: Dissolved = "own",
    columns: Sequence[str] = (),
    dayfirst: bool | None = None,
    date_format: str | None = None,
    progress: Progress | None = None,
    on_error: OnError = "raise",
) -> tuple[pd.DataFrame, ReadReport]:
    """UN roll-call votes as a long frame, and where every row went.

    Parameters
    ----------
    source : path or DataFrame
        A row per state and roll call. Voeten's layout: rcid or resid, ccode (or Country, in ISO alpha-3 or as a
        name), vote (1 yes, 2 abstain, 3 no, 8 absent, 9 not a member), session. The unvotes layout: rcid,
        country, country_code, vote (yes, abstain, no). The UN Digital Library's: undl_id, ms_code (ISO
        alpha-3), ms_name, ms_vote (Y, A, N; X not voting), date, session.
    rollcalls : path or DataFrame
        A row per roll call, rcid and session: needed where the votes carry no session.
    actors : {"iso3", "cow", "as_given"}
        Which codes name the actors; "as_given" keeps the first of ccode, country, country_code as it is.
    dissolved : {"own", "successor"}, default "own"
        See `iso3`: the Soviet Union's votes are SUN's until 25 December 1991 and RUS's since, by the date of
        the roll call (where none is given, the year, or the first day of the session); or RUS's throughout.
    columns : sequence of str
        Further columns to carry along, from the votes or the roll calls (date, amend, para, ...).
    dayfirst, date_format
        How dates that are text are written, as for `Events.from_frame`; where neither is given, the column tells.
    progress, on_error
        As in `read_events`.

    Returns
    -------
    votes : DataFrame
        actor, session, item, vote (1 yes, 2 abstain, 3 no), then `columns`. An absence has no row. The
        session is resid // 1000 where there is a resid: sessions run over the turn of the year, so the
        year is no key. An emergency special session (ES-10) counts with the regular one of its date.
    report : ReadReport
        Every row accounted for; ``report.refused`` lists those without a vote: row (position in the table),
        item, actor (both as given) and reason.

    Raises
    ------
    FileNotFoundError
        Nothing at `source`.
    FormatError
        A column is missing, or the sessions are; the states are named by abbreviations of the Correlates of
        War, some of which are other states in ISO; no row can be used.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignscore.readers.un_votes import read_un_votes
    >>> table = pd.DataFrame(
    ...     {"resid": [74001, 74001, 74001, 74002], "ccode": [2, 811, 710, 811], "vote": [3, 1, 8, 2]}
    ... )
    >>> votes, report = read_un_votes(table)
    >>> votes
      actor  session   item  vote
    0   USA       74  74001     3
    1   KHM       74  74001     1
    2   KHM       74  74002     2
    >>> report.refused
       row   item actor  reason
    0    2  74001   710  absent
    """
    one_of("actors", actors, ("iso3", "cow", "as_given"))
    columns = tuple(several(columns))
    for name in columns:
        text("columns", name)
    if own := [name for name in columns if name in OWN]:
        raise OptionError(f"columns names {own[0]!r}, which the table of votes has anyway; leave it out.")
    tally = Tally("un_votes")
    written = Cleaning.make({"dayfirst": dayfirst, "date_format": date_format})

    def dated(votes: pd.DataFrame) -> pd.DataFrame:
        name = column_named(votes, ["date"])
        return votes if name is None else votes.assign(**{name: dates_in_iso(votes[name], written, tally)})

    table = load(source, tally, ITEMS, each=dated, progress=progress, on_error=on_error)
    key = needed_column(table, "roll call", ITEMS)
    extra = None if rollcalls is None else _by_roll_call(load(rollcalls, Tally("roll calls")), key)
    table, undated = _dates_read(table, written, tally)
    if extra is not None:
        extra, unlisted = _dates_read(extra, written, tally)
        if unlisted.any():
            many = f"{int(unlisted.sum()):,} of {len(extra):,}"
            raise FormatError(f"{many} roll calls have an unreadable date.")
    item = whole_numbers(table, key)
    session = _sessions(table, key, extra)
    session = session.where((session % 1 == 0) & (session.abs() < 1e6))
    given, actor, no_actor = _actors(table, actors, dissolved, _days(table, extra, key, session))
    votes_cast = table[needed_column(table, "vote", CAST)].astype(object)
    cast, words = pd.factorize(votes_cast, use_na_sentinel=False)
    vote = np.array([VOTES.get(_word(word), np.nan) for word in words])[cast]
    away = np.array([ABSENT.get(_word(word), "") for word in words], dtype=object)[cast]
    reason = np.select(
        [undated, item.isna() | session.isna(), pd.isna(given), pd.isna(actor), away != "", np.isnan(vote)],
        ["unreadable date", "no roll call or session", "no state", no_actor, away, "no such vote"],
        default="",
    ).astype(object)
    reason = _repeats(reason, item.to_numpy(), actor, vote)
    good = reason == ""
    votes = pd.DataFrame({"actor": pd.Series(actor[good]).infer_objects()})
    votes["session"] = session.to_numpy()[good].astype(np.int64)
    votes["item"] = item.to_numpy()[good].astype(np.int64)
    votes["vote"] = vote[good].astype(np.int8)
    for name in columns:
        votes[name] = _carried(table, extra, key, name)[good]
    rows = np.flatnonzero(~good)
    refused = pd.DataFrame(
        {"row": rows, "item": table[key].to_numpy()[rows], "actor": given[rows], "reason": reason[rows]}
    )
    _book(refused, len(table), tally)
    refuse_nothing(len(votes), tally)
    return votes, tally.report(len(votes), refused)


def _book(refused: pd.DataFrame, rows: int, tally: Tally) -> None:
    """Enter the refused rows of so many in the account, by their reason."""
    for why, count in refused["reason"].value_counts(sort=False).items():
        first = refused[refused["reason"] == why].iloc[0]
        shown = f"roll call {first['item']}, {first['actor']!r}"
        tally.move(OUT.get(str(why), "refused"), str(why), int(count), rows, shown)
        rows -= int(count)
    for label, count in refused.loc[refused["reason"] == "unknown state", "actor"].value_counts().items():
        tally.no_actor(str(label), int(count))


def _dates_read(table: pd.DataFrame, written: Cleaning, tally: Tally) -> tuple[pd.DataFrame, np.ndarray]:
    """The table with its dates that are text in ISO form, and the rows whose date cannot be read, (rows,)."""
    name = column_named(table, ["date"])
    if name is None or (written.date_format is None and not pd.api.types.is_string_dtype(table[name].dtype)):
        return table, np.zeros(len(table), dtype=bool)
    texts, unreadable = iso_texts(table[name].astype(object), written, tally)
    return table.assign(**{name: np.where(unreadable | (texts == ""), np.array(None), texts)}), unreadable


def _word(value: Any) -> str:
    """A vote as a word in small letters; a number loses its '.0'."""
    return str(value).strip().casefold().removesuffix(".0")


def _by_roll_call(rollcalls: pd.DataFrame, key: str) -> pd.DataFrame:
    own = needed_column(rollcalls, "roll call", [key])
    indexed = rollcalls.assign(**{own: numbers(rollcalls, own)}).set_index(own)
    if indexed.index.has_duplicates:
        raise FormatError(f"roll call {indexed.index[indexed.index.duplicated()][0]:g} is listed twice.")
    return indexed


def _sessions(table: pd.DataFrame, key: str, extra: pd.DataFrame | None) -> pd.Series:
    """Session of each row: from the resid, the votes' own column, or the roll calls."""
    if key.casefold() == "resid":
        return numbers(table, key) // 1000
    own = column_named(table, ["session"])
    if own is not None:
        return _regular(table, own)
    if extra is None or column_named(extra, ["session"]) is None:
        raise FormatError("these votes carry no session; pass rollcalls= with rcid and session.")
    return numbers(table, key).map(numbers(extra, needed_column(extra, "session", ["session"])))


def _regular(table: pd.DataFrame, own: str) -> pd.Series:
    """Sessions as numbers; a special one (ES-10, S-3) is the regular one of its date: session s opens in September."""
    session = numbers(table, own)
    when = column_named(table, ["date"])
    text = table[own].astype(object).astype(str)
    special = session.isna() & text.str.match(r"\s*(?:ES|S)[- ]?\d", case=False)
    if when is None or not special.any():
        return session
    first, _ = day_spans(np.asarray(table.loc[special, when]), int(special.sum()))
    month = first.astype("M8[M]").astype(np.int64)  # months since 1970-01
    year = np.where(np.isnat(first), np.nan, np.floor((month - 8) / 12.0) + 1970)
    session[special] = year - 1945
    return session


def _days(
    table: pd.DataFrame, extra: pd.DataFrame | None, key: str, session: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """First and last day that each vote may have been cast on: by its date, its year, or its session's start."""
    tables = [table] if extra is None else [table, extra]
    for name in ("date", "year"):
        if any(column_named(one, [name]) for one in tables):
            return day_spans(_carried(table, extra, key, name), len(table))
    start = (session.fillna(1) + 1945).clip(1946, 2199).astype(int).astype(str) + "-09-15"
    first, _ = day_spans(start.to_numpy(), len(table))
    return first, first + np.timedelta64(364, "D")


def _actors(
    table: pd.DataFrame, actors: str, dissolved: Dissolved, days: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels as given, as wanted (None where there is none), and why one is wanting."""
    kinds = (NUMBERS, TWO_LETTERS, THREE_LETTERS, NAMES)
    number, two, three, name = (column_named(table, names) for names in kinds)
    if name is not None and three is None and number is None and _all_codes(table[name]):
        three, name = name, None
    column = number or name or three or two
    if column is None:
        raise FormatError(
            "no column for the state: expected 'ccode', 'country_code', 'country' or 'ms_code'."
        )
    given = table[column].astype(object).where(table[column].notna(), None).to_numpy(dtype=object)
    if actors == "as_given":
        return given, given, np.full(len(given), "", dtype=object)
    label, ended = np.full(len(table), None, dtype=object), np.zeros(len(table), dtype=bool)
    # a name tells more than two letters: states that are no more, and whether "NA" is Namibia or R's missing value
    tried: tuple[tuple[str | None, System], ...] = ((name, "name"), (three, "iso3"), (two, "iso2"))
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
        found = numbers(table, number)
        # others are no codes
        cow = found.where((found % 1 == 0) & (found.abs() < 1e6)).astype("Int64").astype(object)
    else:
        cow = codes(label, system="cow", dates=days[0]).astype(object)
    cow = cow.where(cow.notna(), None)
    return given, cow.to_numpy(dtype=object), np.where(pd.isna(label), why, "no COW number")


def _all_codes(column: pd.Series) -> bool:
    """Whether a column of states holds ISO alpha-3 codes; raises for those of the Correlates of War."""
    levels = {str(cell).strip() for cell in column.dropna().unique()} - {""}
    if not levels or not all(len(cell) == 3 and cell.isupper() for cell in levels):
        return False
    if found := sorted(levels & OF_WAR):
        raise FormatError(
            f"column {column.name!r} holds abbreviations of the Correlates of War ({', '.join(found[:4])}), some of "
            "which are other states in ISO 3166 (SWZ, AUS); give the numbers in a column 'ccode'."
        )
    return True


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
    own = column_named(table, [name])
    if own is not None:
        return np.asarray(table[own])
    if extra is None:
        return np.asarray(table[needed_column(table, "carried column", [name])])
    return np.asarray(numbers(table, key).map(extra[needed_column(extra, "carried column", [name])]))
