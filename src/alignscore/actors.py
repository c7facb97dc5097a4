"""Who an actor is: codes and names of five systems to ISO 3166 alpha-3, with states that ended.

The tables are shipped and can be read: `crosswalk`, `dissolved_states`, `bloc_members`. ISO's own
withdrawn codes name the states that ended (SUN, YUG, DDR ...); XKX is Kosovo, RVN the Republic of Vietnam,
and a state of the Correlates of War list that ISO never had keeps its number, as COW300.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from alignscore.data import shipped
from alignscore.errors import one_of, unknown

System = Literal["iso3", "cameo", "icews", "fips", "cow", "iso_numeric", "keds", "name"]
Dissolved = Literal["own", "successor"]
SYSTEMS = ("iso3", "cameo", "icews", "fips", "cow", "iso_numeric", "keds", "name")
KINDS = ("state", "historic", "group", "region", "ended", "unknown", "blank")
DAY = np.timedelta64(1, "D")
EARLIEST, LATEST = np.datetime64("0001-01-01"), np.datetime64("9999-12-31")


class Resolved(NamedTuple):
    """Actors of N cells: `codes` into `labels` (-1 where there is no actor), and `kinds` into `KINDS`."""

    codes: np.ndarray  # int32 (N,)
    labels: list[str]
    kinds: np.ndarray  # int8 (N,)

    def of_kind(self, *kinds: str) -> np.ndarray:
        """Mask of the cells of these kinds, (N,)."""
        return np.isin(self.kinds, [KINDS.index(kind) for kind in kinds])

    def categorical(self) -> Any:
        """The labels, missing where there is no actor."""
        return categorical(self.codes, self.labels)


def categorical(codes: np.ndarray, labels: Sequence[str]) -> Any:
    """A pandas Categorical of `labels` at `codes`, -1 for missing."""
    return pd.Categorical.from_codes(codes, pd.Index(np.array(labels, dtype=object)))


class Rule(NamedTuple):
    """What a code means between two dates."""

    actor: str
    kind: str
    first: np.datetime64
    last: np.datetime64


def crosswalk() -> pd.DataFrame:
    """The shipped table of codes and names.

    Returns
    -------
    pandas.DataFrame
        ``system``, ``code`` (names in their matching form: lower case, no accents), ``actor`` ('' for
        regions and most groups), ``kind`` (state, historic, group, region), ``first`` and ``last`` date
        of the reading where it changed hands ('' for always).

    Examples
    --------
    >>> table = crosswalk()
    >>> table.loc[(table.system == "cameo") & (table.code == "ROM"), "actor"].item()
    'ROU'
    """
    return shipped("actors.csv")


def dissolved_states() -> pd.DataFrame:
    """The shipped, dated table of states that ended and codes that were replaced.

    Returns
    -------
    pandas.DataFrame
        ``actor``, ``kind`` (dissolved: an actor of its own in its time; renamed: always its successor),
        ``name``, ``first``, ``last`` day, ``successor`` ('' where none continues it), ``note``.

    Examples
    --------
    >>> dissolved_states().set_index("actor").loc["SUN", ["last", "successor"]].tolist()
    ['1991-12-25', 'RUS']
    """
    return shipped("dissolved_states.csv")


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


def members(bloc: str, date: Any) -> tuple[str, ...]:
    """Members of a bloc on a day.

    Raises
    ------
    UnknownLabelError
        A bloc that is not in `bloc_members`.

    Examples
    --------
    >>> members("ASEAN", "1990-01-01")
    ('BRN', 'IDN', 'MYS', 'PHL', 'SGP', 'THA')
    """
    table = bloc_members()
    if bloc not in set(table["bloc"]):
        raise unknown("bloc", bloc, sorted(set(table["bloc"])))
    day = np.datetime64(date, "D")
    rows = table[table["bloc"] == bloc]
    inside = (_days(rows["first"], EARLIEST) <= day) & (day <= _days(rows["last"], LATEST))
    return tuple(sorted(rows["member"][inside]))


def iso3(
    cells: Any,
    *,
    system: System = "name",
    dates: Any = None,
    dissolved: Dissolved = "own",
    recode: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """ISO 3166 alpha-3 actors of codes or names, respecting dates.

    Parameters
    ----------
    cells : sequence of str
        Codes or English names.
    system : {"iso3", "cameo", "icews", "fips", "cow", "iso_numeric", "keds", "name"}, default "name"
        What they are; ``icews`` is ``name``.
    dates : sequence of dates, optional
        When each was written about. A state that had ended by then becomes its successor, or nobody.
        Without dates a state that ended keeps its own code.
    dissolved : {"own", "successor"}, default "own"
        ``successor`` gives the continuing state at every date: SUN becomes RUS in 1980 too.
    recode : mapping of str to str, optional
        Codes or names you settle yourself, before the table; '' for nobody.

    Returns
    -------
    pandas.DataFrame
        ``actor`` (missing where there is none) and ``kind``: state, historic, group, region, ended
        (the state did not exist on the date and nobody continues it), unknown, blank.

    Raises
    ------
    OptionError
        `system` or `dissolved` not among the choices.

    Examples
    --------
    >>> iso3(["Russian Federation", "Soviet Union", "Africa", "Atlantis"])["kind"].tolist()
    ['state', 'state', 'region', 'unknown']
    >>> iso3(["SUN", "SUN", "CSK"], system="iso3", dates=["1980-01-01", "2001-01-01", "2001-01-01"])
      actor   kind
    0   SUN  state
    1   RUS  state
    2   NaN  ended
    """
    column = pd.Series(cells, dtype=object).reset_index(drop=True)
    days = None if dates is None else pd.to_datetime(pd.Series(dates)).to_numpy().astype("M8[D]")
    got = resolve(column, days, system=system, dissolved=dissolved, recode=recode)
    kinds = np.array(KINDS, dtype=object)[got.kinds]
    return pd.DataFrame({"actor": pd.Series(got.categorical()).astype(object), "kind": kinds})


def resolve(
    column: pd.Series,
    days: np.ndarray | None,
    *,
    system: System,
    dissolved: Dissolved = "own",
    recode: Mapping[str, str] | None = None,
) -> Resolved:
    """`iso3` on a column of N cells, categorical or text; `days` is datetime64[D] (N,), NaT if unknown."""
    one_of("system", system, SYSTEMS)
    one_of("dissolved", dissolved, ("own", "successor"))
    cell, levels = level_codes(column)
    own = {matching(code, system): actor for code, actor in (recode or {}).items()}
    labels: dict[str, int] = {}
    codes = np.full(len(levels) + 1, -1, dtype=np.int32)
    kinds = np.full(len(levels) + 1, KINDS.index("blank"), dtype=np.int8)
    dated: list[tuple[int, tuple[Rule, ...]]] = []
    for at, level in enumerate(levels):
        rules = _reading(str(level), system, own, dissolved)
        if len(rules) == 1 and rules[0].first == EARLIEST and rules[0].last == LATEST:
            codes[at], kinds[at] = _place(rules[0], labels), KINDS.index(rules[0].kind)
        else:
            dated.append((at, rules))
    out, kind = codes[cell], kinds[cell]
    for at, rules in dated:
        rows = np.flatnonzero(cell == at)
        out[rows], kind[rows] = -1, KINDS.index("ended")
        for rule in rules:
            hit = rows
            if days is not None:
                when = days[rows]
                hit = rows[((when >= rule.first) & (when <= rule.last)) | np.isnat(when)]
            out[hit], kind[hit] = _place(rule, labels), KINDS.index(rule.kind)
    return Resolved(out, list(labels), kind)


def lives(
    code: str, *, system: System, dissolved: Dissolved, recode: Mapping[str, str] | None
) -> list[tuple[np.datetime64, np.datetime64]]:
    """First and last days of the actors that one code or name stands for, in order."""
    own = {matching(one, system): actor for one, actor in (recode or {}).items()}
    spans: list[Rule] = []
    for rule in sorted(_reading(code, system, own, dissolved), key=lambda rule: rule.first):
        if spans and spans[-1].actor == rule.actor and spans[-1].last + DAY == rule.first:
            spans[-1] = spans[-1]._replace(last=rule.last)  # one actor throughout: no cut
        else:
            spans.append(rule)
    return [(span.first, span.last) for span in spans]


def level_codes(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Codes of the distinct cells of a column, -1 where missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.int32), [str(x) for x in column.cat.categories]
    codes, levels = pd.factorize(column, use_na_sentinel=True)
    return codes.astype(np.int32), [str(x) for x in levels]


def matching(code: str, system: str) -> str:
    """The form in which a code or name is looked up."""
    text = code.strip()
    if system in ("cow", "iso_numeric"):
        number = re.fullmatch(r"0*(\d+)(\.0+)?", text)
        return number[1] if number else text
    if system not in ("name", "icews"):
        return text.upper()
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    text = re.sub(r"\bst\b\.?", "saint", text.replace("&", " and "))
    text = re.sub(r"\s+", " ", re.sub(r"[^a-z0-9() ]", " ", text)).strip()
    return text.removeprefix("the ")


def _place(rule: Rule, labels: dict[str, int]) -> int:
    return labels.setdefault(rule.actor, len(labels)) if rule.actor else -1


def _reading(level: str, system: str, own: Mapping[str, str], dissolved: str) -> tuple[Rule, ...]:
    """What a cell means, by date."""
    code = matching(level, system)
    if not code or level in ("NULL", "NA", "None", "---"):
        return (Rule("", "blank", EARLIEST, LATEST),)
    if code in own:
        return (Rule(own[code], "state" if own[code] else "unknown", EARLIEST, LATEST),)
    rules = _rules("name" if system == "icews" else system).get(code)
    if rules is None and code.upper() in _ended():
        rules = (Rule(code.upper(), "state", EARLIEST, LATEST),)
    if rules is None:
        return (Rule("", "unknown", EARLIEST, LATEST),)
    return tuple(part for rule in rules for part in _lives(rule, dissolved))


def _lives(rule: Rule, dissolved: str) -> tuple[Rule, ...]:
    """A rule, cut where its state ended: its successor's part follows."""
    life = _ended().get(rule.actor)
    if life is None:
        return (rule,)
    kind, first, last, successor = life
    heir = rule._replace(actor=successor) if successor else None
    if heir is not None and (kind == "renamed" or dissolved == "successor"):
        return _lives(heir, dissolved)
    while_alive = rule._replace(first=max(rule.first, first), last=min(rule.last, last))
    after = () if heir is None else _lives(heir._replace(first=max(rule.first, last + DAY)), dissolved)
    return (*(part for part in after if part.first <= part.last), while_alive)


@lru_cache(maxsize=1)
def _ended() -> dict[str, tuple[str, np.datetime64, np.datetime64, str]]:
    return {
        row["actor"]: (row["kind"], np.datetime64(row["first"]), np.datetime64(row["last"]), row["successor"])
        for row in records(dissolved_states())
    }


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a small table as mappings."""
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]


@lru_cache(maxsize=len(SYSTEMS))
def _rules(system: str) -> dict[str, tuple[Rule, ...]]:
    table = crosswalk()
    rules: dict[str, tuple[Rule, ...]] = {}
    for row in records(table[table["system"] == system]):
        first = np.datetime64(row["first"]) if row["first"] else EARLIEST
        last = np.datetime64(row["last"]) if row["last"] else LATEST
        rule = Rule(row["actor"], row["kind"], first, last)
        rules[row["code"]] = (*rules.get(row["code"], ()), rule)
    return rules


def _days(texts: pd.Series, blank: np.datetime64) -> np.ndarray:
    return np.array([np.datetime64(text) if text else blank for text in texts], dtype="M8[D]")


def member_spells(blocs: Sequence[str]) -> dict[str, list[tuple[str, np.datetime64, np.datetime64]]]:
    """Members of each bloc with their first and last day."""
    table = bloc_members()
    known = sorted(set(table["bloc"]))
    for bloc in blocs:
        if bloc not in known:
            raise unknown("bloc", bloc, known)
    return {
        bloc: list(
            zip(rows["member"], _days(rows["first"], EARLIEST), _days(rows["last"], LATEST), strict=True)
        )
        for bloc in blocs
        for rows in [table[table["bloc"] == bloc]]
    }
