"""Codes and names of nine systems to one label an actor, by date, and back.

The label of a state is its ISO 3166 alpha-3 code. ISO's own withdrawn codes name the states that ended
(SUN, YUG, DDR ...); XKX is Kosovo, RVN the Republic of Vietnam; a state of the Correlates of War list that
ISO never had keeps its number, as COW300, and one of Gleditsch and Ward's alone as GW711. The tables are
shipped and can be read: `crosswalk`, `dissolved_states`.

A state and day has one label: where Russia continues the Soviet Union, 365 and RUS in 1980 are both SUN.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from alignscore.data import shipped
from alignscore.dates import day_spans
from alignscore.errors import UnknownLabelError, keyed, one_of, unknown
from alignscore.values import check_alike, cleared, unhashable

System = Literal["iso3", "iso2", "iso_numeric", "cow", "gw", "cameo", "icews", "fips", "keds", "name"]
CodeSystem = Literal["cow", "gw", "iso2", "iso_numeric"]
Dissolved = Literal["own", "successor"]
SYSTEMS: tuple[System, ...] = get_args(System)
CODE_SYSTEMS: tuple[CodeSystem, ...] = get_args(CodeSystem)
KINDS = ("state", "historic", "group", "region", "ended", "unknown", "blank")
BLANKS = frozenset(  # what sources write where they have nothing to write; what one room takes beside is named there
    {
        "", "null", "none", "nan", "<na>", "na", "n/a", "nat", "-", "--", "---", ".", "..", "(null)", "\\n", "#na",
        "#n/a", "nil",
    }
)  # fmt: skip
LONGEST_NAME = 200  # letters; longer cells are no names, and are not searched for brackets
DAY = np.timedelta64(1, "D")
EARLIEST, LATEST = np.datetime64("0001-01-01"), np.datetime64("9999-12-31")


# ---- how names are written --------------------------------------------------------------------------
# letters that Unicode does not take apart, and the typographic marks that stand for plain ones
PLAIN = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
        "&": " and ", "’": "'", "‘": "'", "ʼ": "'", "ʻ": "'",
        "´": "'", "`": "'", "′": "'", "＇": "'", "‐": "-", "‑": "-", "–": "-", "—": "-",
    }
)  # fmt: skip
PHRASES = (
    (re.compile(r"\bpeople s\b|\bpeoples?\b|\bpopular\b"), "peoples"),
    (re.compile(r"\bspecial administrative region\b"), "sar"),
    (re.compile(r"\bviet nam\b"), "vietnam"),
    (re.compile(r"\b(cote|d) d ivoire\b"), "cote divoire"),
    (re.compile(r"\bsoviet socialist republics?\b"), "ssr"),
)
# articles and connectives tell no two states apart
SILENT = frozenset({"the", "of", "and"})
LONG = {
    "rep": "republic", "republik": "republic", "dem": "democratic", "fed": "federal", "federated": "federal",
    "federative": "federal", "federation": "federal", "st": "saint", "ste": "saint", "sts": "states",
    "is": "islands", "isl": "islands", "isls": "islands", "isd": "islands", "isds": "islands", "island": "islands",
    "terr": "territories", "territory": "territories", "soc": "socialist", "afr": "african", "equat": "equatorial",
    "brit": "british", "br": "british", "fr": "french", "neth": "netherlands", "hercegovina": "herzegovina",
    "grens": "grenadines", "gren": "grenadines", "utd": "united", "fmr": "former", "formerly": "former",
    "ex": "former", "usa": "us",
    "plur": "plurinational", "plurin": "plurinational", "n": "north", "s": "south", "e": "east", "w": "western",
}  # fmt: skip


# what stands before or behind a state's name as its form of government: "Republic of", "Kingdom of the"
GOVERNMENTS = (
    "republic", "democratic republic", "peoples republic", "peoples democratic republic", "socialist republic",
    "democratic socialist republic", "socialist federal republic", "federal republic", "federal democratic republic",
    "islamic republic", "federal islamic republic", "islamic emirate", "arab republic", "united republic",
    "bolivarian republic", "cooperative republic", "co operative republic", "republic union", "union", "ssr",
    "kingdom", "hashemite kingdom", "state", "independent state", "plurinational state", "federal", "federal states",
    "sultanate", "emirate", "principality", "grand duchy", "commonwealth", "eastern republic",
    "oriental republic", "sar", "territories", "country",
)  # fmt: skip


# several states bear these names: "Republic of Korea" is told in the table, "Kingdom of Korea" is unknown
SHARED = frozenset({"china", "congo", "germany", "korea", "vietnam", "yemen"})
_FORMS = frozenset(" ".join(sorted(government.split())) for government in GOVERNMENTS)
_GOVERNING = frozenset(word for government in GOVERNMENTS for word in government.split())
# years in brackets behind a name: "Sudan (before 2012)", "Serbia and Montenegro (...2005)"
SPAN = re.compile(
    r"[(\[](?=[^)\]]*\d)(?:[^\w)\]]|\d|\b(?:before|until|till|to|up|since|from|after|prior|through)\b)*[)\]]"
)


def matching(code: str, system: str) -> str:
    """The form in which a code or name is looked up; '' for a cell without any sign.

    Examples
    --------
    >>> matching("Korea, Rep.", "name") == matching("KOREA (THE REPUBLIC OF)", "name")
    True
    >>> matching(" 0365.0 ", "cow"), matching("usa", "iso3")
    ('365', 'USA')
    """
    text = cleared(code)
    if system in ("cow", "gw", "iso_numeric"):
        number = re.fullmatch(r"0*(\d+)(\.0+)?", text)
        return number[1] if number else text
    if system not in ("name", "icews"):
        return text.upper()
    return " ".join(sorted(words(text)))


def words(text: str) -> list[str]:
    """The telling words of a name, each in its long form; letters of other scripts stay what they are."""
    text = text.casefold().translate(PLAIN)
    if not text.isascii():
        text = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    text = " ".join(re.findall(r"[^\W_]+", text.replace("'", "")))
    text = re.sub(r"\b([^\W\d_]) (?=[^\W\d_]\b)", r"\1", text)  # U.S.A., P. R. China
    for pattern, phrase in PHRASES:
        text = pattern.sub(phrase, text)
    long = [LONG.get(word, word) for word in text.split()]
    return [word for word in long if word not in SILENT] or long


def without_former(form: str) -> str:
    """A form less "former": "Fmr USSR", "Yugoslavia (former)"."""
    return " ".join(word for word in form.split() if word != "former")


def without_government(form: str) -> str:
    """A form less the words for its government; '' where that leaves nothing, or the name of several states.

    >>> without_government(matching("Poland, Rep. of", "name"))
    'poland'
    >>> without_government(matching("Democratic Republic of Germany", "name"))
    ''
    """
    given = form.split()
    own = " ".join(word for word in given if word not in _GOVERNING)
    government = " ".join(word for word in given if word in _GOVERNING)
    return own if government in _FORMS and own not in SHARED else ""


# ---- what a cell means ------------------------------------------------------------------------------
class Resolved(NamedTuple):
    """Actors of N cells: `codes` into `labels` (-1 where there is no actor), and `kinds` into `KINDS`."""

    codes: np.ndarray  # int32 (N,)
    labels: list[str]
    kinds: np.ndarray  # int8 (N,)

    def of_kind(self, *kinds: str) -> np.ndarray:
        """Mask of the cells of these kinds, (N,)."""
        wanted = np.array([kind in kinds for kind in KINDS])
        return wanted.take(self.kinds)


def categorical(codes: np.ndarray, labels: Sequence[str]) -> Any:
    """A pandas Categorical of `labels` at `codes`, -1 for missing."""
    return pd.Categorical.from_codes(codes, pd.Index(np.array(labels, dtype=object)))


class Meaning(NamedTuple):
    """What a code means between two dates."""

    actor: str
    kind: str
    first: np.datetime64
    last: np.datetime64


# ---- the shipped tables -------------------------------------------------------------------------
def crosswalk() -> pd.DataFrame:
    """Every code and name the library knows, and the actor it stands for.

    Returns
    -------
    pandas.DataFrame
        ``system``, ``code`` (a name as it is written), ``actor`` ('' for regions and most groups), ``kind``
        (state, historic, group, region; unknown for a name of two states, such as Korea since 1910),
        ``first`` and ``last`` date of the reading ('' for always). A code that several labels share (COW 345)
        is read by date: see `dissolved_states`.

    Examples
    --------
    >>> table = crosswalk()
    >>> table.loc[(table.system == "cameo") & (table.code == "ROM"), "actor"].item()
    'ROU'
    """
    own = state_codes()
    columns = ["iso3", "iso2", "iso_numeric", "cow", "gw", "name"]
    states = own.assign(iso3=own["actor"]).melt(
        ["actor", "kind"], columns, var_name="system", value_name="code"
    )
    states = states[states["code"] != ""].drop_duplicates().assign(first="", last="")
    table = pd.concat([states, shipped("actors.csv")], ignore_index=True)
    return table[["system", "code", "actor", "kind", "first", "last"]]


def state_codes() -> pd.DataFrame:
    """One row a label: its English name and its codes, and two or more where a code changed.

    Returns
    -------
    pandas.DataFrame
        ``actor``, ``kind`` (state, historic), ``name``, ``iso2``, ``iso_numeric``, ``cow``, ``gw``,
        ``part_of`` (the state that a territory belongs to), and the ``first`` and ``last`` day of the row;
        '' where there is none.

    References
    ----------
    ISO 3166-1 and 3166-3. Correlates of War Project, State System Membership, v2016. Gleditsch & Ward 1999,
    International Interactions 25:393, with their list of microstates.

    Examples
    --------
    >>> table = state_codes()
    >>> table.loc[table["actor"] == "DEU", ["cow", "gw", "last"]].to_numpy().tolist()
    [['255', '255', '1945-05-08'], ['260', '260', '1990-10-02'], ['255', '260', '']]
    """
    return shipped("states.csv")


def dissolved_states() -> pd.DataFrame:
    """The shipped, dated table of states that ended and codes that were replaced.

    Returns
    -------
    pandas.DataFrame
        ``actor``, ``kind`` (continued: one state throughout, under its successor's label since; dissolved:
        an actor of its own, apart from its successor; renamed: always its successor), ``name``, ``first``,
        ``last`` day, ``successor`` ('' where none continues it), ``note``.

    Examples
    --------
    >>> dissolved_states().set_index("actor").loc["SUN", ["last", "successor"]].tolist()
    ['1991-12-25', 'RUS']
    """
    return shipped("dissolved_states.csv")


# ---- codes and names in -------------------------------------------------------------------------
def iso3(
    cells: Any,
    *,
    system: System = "name",
    dates: Any = None,
    dissolved: Dissolved = "own",
    recode: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Labels (ISO 3166 alpha-3) of codes or names, respecting dates.

    Parameters
    ----------
    cells : sequence of str or int
        Codes or English names, in any spelling: letter case, accents, articles, the order of the words
        ("Korea, Rep.") and short forms ("Rep.", "St.", "U.S.A.") make no difference. Among names, three
        capital letters are read as ISO alpha-3.
    system : {"iso3", "iso2", "iso_numeric", "cow", "gw", "cameo", "icews", "fips", "keds", "name"}
        What they are, by default names. ``icews`` is ``name``; ``gw`` is Gleditsch and Ward's list;
        ``iso_numeric`` holds withdrawn numbers and those of UN Comtrade alone (842 is the United States) too.
    dates : date or sequence of dates, optional
        When each was written about, or one date for all: days, months, years (2004, "2004", periods). A
        state that had ended by then becomes its successor, or nobody; a state that continues another
        becomes that one before. In a month or year, the state at its beginning counts, else the one at
        its end. Without dates a state that ended keeps its own code.
    dissolved : {"own", "successor"}, default "own"
        ``successor`` gives the continuing state at every date: SUN becomes RUS in 1980 too.
    recode : mapping of str to str, optional
        Codes or names you settle yourself, before the table; '' for nobody.

    Returns
    -------
    pandas.DataFrame
        ``actor`` (missing where there is none) and ``kind``: state, historic, group, region, ended
        (the state did not exist on the date and nobody continues it), unknown, blank. A Series keeps its
        index.

    Raises
    ------
    OptionError
        `system` or `dissolved` not among the choices; dates that are none, or not one for each cell.

    Examples
    --------
    >>> iso3(["Russian Federation", "Korea, Rep.", "Africa", "Atlantis"])["actor"].tolist()
    ['RUS', 'KOR', nan, nan]
    >>> iso3(["Russian Federation", "Korea, Rep.", "Africa", "Atlantis"])["kind"].tolist()
    ['state', 'state', 'region', 'unknown']
    >>> iso3(["SUN", "SUN", "CSK"], system="iso3", dates=[1980, 2001, 2001])
      actor   kind
    0   SUN  state
    1   RUS  state
    2   NaN  ended
    """
    column = column_of(cells)
    first, last = (None, None) if dates is None else _spans(dates, column)
    got = resolve(column, first, last, system=system, dissolved=dissolved, recode=recode)
    kinds = np.array(KINDS, dtype=object)[got.kinds]
    actor = pd.Series(np.array([*got.labels, np.nan], dtype=object)[got.codes], column.index, dtype=object)
    return pd.DataFrame({"actor": actor, "kind": kinds}, index=column.index)


def _spans(dates: Any, column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """`day_spans` of the dates of a column of actors, which stand in its order."""
    check_alike(actors=column, dates=dates)
    return day_spans(dates, len(column))


def column_of(cells: Any) -> pd.Series:
    """Cells as a column: a Series as it is, one text as a single cell."""
    if isinstance(cells, pd.Series):
        return cells
    if isinstance(cells, bytes | pd.DataFrame | set | frozenset | Mapping) or not isinstance(cells, Iterable):
        raise TypeError(f"actors are a column or list of texts, not {type(cells).__name__}.")
    return pd.Series([cells] if isinstance(cells, str) else list(cells), dtype=object)


def resolve(
    column: pd.Series,
    days: np.ndarray | None,
    last_days: np.ndarray | None = None,
    *,
    system: System,
    dissolved: Dissolved = "own",
    recode: Mapping[str, str] | None = None,
) -> Resolved:
    """`iso3` on a column of N cells, categorical or text.

    `days` is datetime64[D] (N,), NaT if unknown; `last_days` the last day each cell's date may mean: a state
    that was not yet there on the first is looked for on the last.
    """
    one_of("system", system, SYSTEMS)
    one_of("dissolved", dissolved, get_args(Dissolved))
    cell, levels = level_codes(column)
    own = _own_codes(recode, system)
    labels: dict[str, int] = {}
    codes = np.full(len(levels) + 1, -1, dtype=np.int32)
    kinds = np.full(len(levels) + 1, KINDS.index("blank"), dtype=np.int8)
    dated: list[tuple[int, tuple[Meaning, ...]]] = []
    for at, level in enumerate(levels):
        rules = _reading(level, system, own, dissolved)
        if len(rules) == 1 and rules[0].first == EARLIEST and rules[0].last == LATEST:
            codes[at], kinds[at] = _label_number(rules[0], labels), KINDS.index(rules[0].kind)
        else:
            dated.append((at, rules))
    out, kind = codes[cell], kinds[cell]
    for at, rules in dated:
        rows = np.flatnonzero(cell == at)
        out[rows], kind[rows] = -1, KINDS.index("ended")
        for when in (days, last_days) if last_days is not None else (days,):
            for rule in rules:
                hit = rows
                if when is not None:
                    day = when[rows]
                    hit = rows[((day >= rule.first) & (day <= rule.last)) | np.isnat(day)]
                out[hit], kind[hit] = _label_number(rule, labels), KINDS.index(rule.kind)
            rows = rows[kind[rows] == KINDS.index("ended")]
    return Resolved(out, list(labels), kind)


def undated(code: str, system: System, kinds: Sequence[str]) -> str:
    """The actor of some kinds that a code or name stands for where no date tells, '' for none."""
    rule = _reading(code, system, {}, "own")[-1]
    return rule.actor if rule.kind in kinds else ""


def lives(
    code: str, *, system: System, dissolved: Dissolved, recode: Mapping[str, str] | None = None
) -> list[Meaning]:
    """The actors that one code or name stands for, each with its first and last day, in order."""
    return sorted(_reading(code, system, _own_codes(recode, system), dissolved), key=lambda rule: rule.first)


def _own_codes(recode: Mapping[str, str] | None, system: System) -> dict[str, str]:
    """The user's own codes, in the form in which they are looked up."""
    if recode is None:
        return {}
    keyed("recode", recode, "{'Atlantis': ''}")
    return {
        matching(str(code), system): "" if pd.api.types.is_scalar(actor) and pd.isna(actor) else str(actor)
        for code, actor in recode.items()
    }


def level_codes(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Codes of the distinct cells of a column, -1 where missing."""
    cells: Any = column.array
    if isinstance(cells, pd.Categorical):
        return np.asarray(cells.codes, dtype=np.int32), _texts(cells.categories.tolist())
    if isinstance(column.dtype, np.dtype) and column.dtype.kind not in "mM":
        cells = column.to_numpy()  # pandas 2 warns where its own wrapper of an array is factorised
    try:
        codes, levels = pd.factorize(cells, use_na_sentinel=True)
    except TypeError:
        odd = unhashable(column)
        raise TypeError(f"a cell is {odd!r:.60}; codes and names of actors are texts or numbers.") from None
    return codes.astype(np.int32), _texts(levels.tolist())


def _texts(levels: list[Any]) -> list[str]:
    if any(issubclass(kind, bytes) for kind in set(map(type, levels))):
        levels = [level.decode("utf-8", "replace") if isinstance(level, bytes) else level for level in levels]
    return list(map(str, levels))


def _label_number(rule: Meaning, labels: dict[str, int]) -> int:
    return labels.setdefault(rule.actor, len(labels)) if rule.actor else -1


def _reading(level: str, system: System, own: Mapping[str, str], dissolved: str) -> tuple[Meaning, ...]:
    """What a cell means, by date."""
    text = cleared(level)
    namibia = system == "iso2" and text == "NA"
    if text.casefold() in BLANKS and not namibia:
        return (Meaning("", "blank", EARLIEST, LATEST),)
    code = matching(text[: LONGEST_NAME + 1], system)
    if code in own:
        return (Meaning(own[code], "state" if own[code] else "blank", EARLIEST, LATEST),)
    named = system in ("name", "icews")
    rules = _rules_of_name(text) if named else _rules(system).get(code)
    withdrawn = text if named else code  # among names in capitals alone: "ANT" is a code, "Ant" is none
    if rules is None and withdrawn in _dissolved():
        rules = (Meaning(withdrawn, "state", EARLIEST, LATEST),)
    if rules is None:
        return (Meaning("", "unknown", EARLIEST, LATEST),)
    return tuple(part for rule in rules for part in _by_life(rule, dissolved))


def _rules_of_name(text: str) -> tuple[Meaning, ...] | None:
    """Rules of a name: as a whole, less years in brackets, "former" or its government, as a code, or written twice."""
    if len(text) > LONGEST_NAME:
        return None
    known = _rules("name")
    for form in _forms(text):
        if form in known:
            return known[form]
    if re.fullmatch("[A-Z]{3}", text):
        return _rules("iso3").get(text)
    parts = [part.strip() for part in re.split(r"[()\[\],:]| - ", text) if part.strip()]
    if len(parts) != 2:
        return None
    pair = [_rules_of_name(part) for part in parts]
    actors = [some[0].actor if some and len(some) == 1 else "" for some in pair]
    if not all(actors):
        return None
    for this, other, rules in zip(actors, actors[::-1], pair, strict=True):
        # "Myanmar (Burma)", "Russia (Soviet Union)", "Aruba, Kingdom of the Netherlands": one of them says it all
        if (
            this == other
            or other in _earlier_labels().get(this, ())
            or _of_each_state("part_of").get(this) == other
        ):
            return rules
    return None


def _forms(text: str) -> Iterator[str]:
    """The forms in which a name may stand in the table, the fullest first."""
    for given in (text, SPAN.sub(" ", text.casefold())):
        form = matching(given, "name")
        yield form
        yield without_former(form)
        yield without_government(without_former(form))


def _by_life(rule: Meaning, dissolved: str) -> tuple[Meaning, ...]:
    """A rule cut where its state ended or began: its successor's part follows, its predecessors' come before.

    The part of the rule's own actor stands last: a cell without a date is read by it.
    """
    life = _dissolved().get(rule.actor)
    before = () if dissolved == "successor" else _earlier_labels().get(rule.actor, ())
    if life is None and not before:
        return (rule,)
    parts: list[Meaning] = []
    if life is not None and life.successor:
        heir = rule._replace(actor=life.successor)
        if life.kind == "renamed" or dissolved == "successor":
            return _by_life(heir, dissolved)
        parts += _by_life(heir._replace(first=max(rule.first, life.last + DAY)), dissolved)
    free = [(rule.first, rule.last)]
    for other in before:
        span = _dissolved()[other]
        first, last = max(rule.first, span.first), min(rule.last, span.last)
        parts.append(rule._replace(actor=other, first=first, last=last))
        cut = span.first - DAY, span.last + DAY
        free = [piece for a, b in free for piece in ((a, min(b, cut[0])), (max(a, cut[1]), b))]
    if life is not None:
        free = [(max(first, life.first), min(last, life.last)) for first, last in free]
    parts += [rule._replace(first=first, last=last) for first, last in free]
    return tuple(part for part in parts if part.first <= part.last)


class Life(NamedTuple):
    """A state that ended, or a code that was replaced."""

    kind: str
    first: np.datetime64
    last: np.datetime64
    successor: str


@lru_cache(maxsize=1)
def _dissolved() -> Mapping[str, Life]:
    return MappingProxyType(
        {
            row["actor"]: Life(row["kind"], *span_of(row["first"], row["last"]), row["successor"])
            for row in records(dissolved_states())
        }
    )


@lru_cache(maxsize=1)
def _earlier_labels() -> Mapping[str, tuple[str, ...]]:
    """The labels that each state bore before its present one, latest first: SRB was SCG, and before YUG."""
    before: dict[str, tuple[str, ...]] = {}
    heirs = {actor: life.successor for actor, life in _dissolved().items() if life.kind == "continued"}
    for actor, heir in heirs.items():
        while heir:
            before[heir] = (actor, *before.get(heir, ()))
            heir = heirs.get(heir, "")
    return MappingProxyType(before)


def span_of(first: str, last: str) -> tuple[np.datetime64, np.datetime64]:
    """First and last day of a row of a shipped table, '' where it has none."""
    return np.datetime64(first) if first else EARLIEST, np.datetime64(last) if last else LATEST


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a shipped table as mappings."""
    names = [str(name) for name in table]
    columns = (column.to_numpy(dtype=object).tolist() for _, column in table.items())
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


@lru_cache(maxsize=1)
def _by_system() -> Mapping[str, list[dict[str, Any]]]:
    """Rows of `crosswalk` of each system."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in records(crosswalk()):
        rows.setdefault(row["system"], []).append(row)
    return MappingProxyType(rows)


@lru_cache(maxsize=len(SYSTEMS))
def _rules(system: System) -> Mapping[str, tuple[Meaning, ...]]:
    """Rules of each code of a system, by the form in which it is looked up."""
    rules: dict[str, tuple[Meaning, ...]] = {}
    for row in _by_system()[system]:
        rule = Meaning(row["actor"], row["kind"], *span_of(row["first"], row["last"]))
        form = matching(row["code"], system)
        if rule not in rules.get(form, ()):
            rules[form] = (*rules.get(form, ()), rule)
    for form, some in rules.items():  # one code of a state and of those it continues: its lives tell which
        before = {other for rule in some for other in _earlier_labels().get(rule.actor, ())}
        rules[form] = tuple(rule for rule in some if rule.actor not in before)
    return MappingProxyType(rules)


# ---- codes and names out ------------------------------------------------------------------------
def codes(
    actors: Any,
    system: CodeSystem,
    *,
    dates: Any = None,
    unknown_labels: Literal["raise", "missing"] = "raise",
) -> pd.Series:
    """Codes of labels in another system: Correlates of War, Gleditsch and Ward, ISO alpha-2, ISO numbers.

    Parameters
    ----------
    actors : sequence of str
        Labels as this library gives them (KHM, SUN, COW300); `iso3` makes them of names and codes.
    system : {"cow", "gw", "iso2", "iso_numeric"}
    dates : date or sequence of dates, optional
        When, for the labels whose number changed: Germany is COW 260 from 1955 to 1990 and 255 before and
        after. Years, months and days, or one for all; the number at the beginning of a year is given.
        Without dates the latest.
    unknown_labels : {"raise", "missing"}, default "raise"
        What becomes of a label that is no state of this library: an error, or a missing code.

    Returns
    -------
    pandas.Series
        Int64 (iso2: object), missing for a state that has no code in that system, and for missing labels.
        A Series keeps its index.

    Raises
    ------
    UnknownLabelError
        Labels that are not in the table.
    OptionError
        `system` not among the choices; dates that are none, or not one for each label.

    Examples
    --------
    >>> codes(["KHM", "DEU", "SUN", "HKG"], system="cow", dates=1980).tolist()
    [811, 260, 365, <NA>]
    >>> codes(["KHM", "KIR"], system="gw").tolist(), codes(["KHM", "NAM"], system="iso2").tolist()
    ([811, 970], ['KH', 'NA'])
    """
    one_of("system", system, CODE_SYSTEMS)
    one_of("unknown_labels", unknown_labels, ("raise", "missing"))
    column = column_of(actors)
    cell, levels = level_codes(column)
    rows = _codes_of(system)
    if unknown_labels == "raise":
        _all_known(cell, levels)
    last = [rows[level][-1][0] if level in rows else None for level in levels]
    out = np.array([*last, None], dtype=object)[cell]
    if dates is not None:
        days, _ = _spans(dates, column)
        for at, level in enumerate(levels):
            for code, first, end in rows.get(level, ()) if len(rows.get(level, ())) > 1 else ():
                out[(cell == at) & (days >= first) & (days <= end)] = code
    return pd.Series(out, index=column.index, dtype=object if system == "iso2" else "Int64")


def names(actors: Any, *, unknown_labels: Literal["as_given", "raise", "missing"] = "as_given") -> pd.Series:
    """Short English names of labels, for tables and figures.

    Parameters
    ----------
    actors : sequence of str
        Labels as this library gives them.
    unknown_labels : {"as_given", "raise", "missing"}, default "as_given"
        What becomes of a label that is no state of this library (a bloc, a party).

    Returns
    -------
    pandas.Series
        Missing for missing labels. A Series keeps its index.

    Raises
    ------
    UnknownLabelError
        Labels that are not in the table, with ``unknown_labels="raise"``.

    Examples
    --------
    >>> names(["KHM", "KOR", "SUN", "COW300", "ASEAN"]).tolist()
    ['Cambodia', 'South Korea', 'Soviet Union', 'Austria-Hungary', 'ASEAN']
    """
    one_of("unknown_labels", unknown_labels, ("as_given", "raise", "missing"))
    column = column_of(actors)
    cell, levels = level_codes(column)
    if unknown_labels == "raise":
        _all_known(cell, levels)
    known = _of_each_state("name")
    found = [known.get(level, level if unknown_labels == "as_given" else None) for level in levels]
    return pd.Series(np.array([*found, None], dtype=object)[cell], index=column.index, dtype=object)


def _all_known(cell: np.ndarray, levels: Sequence[str]) -> None:
    known = _of_each_state("name")
    strange = [at for at, level in enumerate(levels) if level not in known]
    if len(strange) == 1:
        raise unknown("actor", levels[strange[0]], known)
    if strange:
        count = np.bincount(cell[cell >= 0], minlength=len(levels))
        listed = ", ".join(f"{levels[at]!r} ({count[at]} rows)" for at in strange[:10])
        more = f" and {len(strange) - 10} more" if len(strange) > 10 else ""
        raise UnknownLabelError(
            f"{len(strange)} unknown actors: {listed}{more}. al.iso3 makes labels of names and codes."
        )


@lru_cache(maxsize=2)
def _of_each_state(column: str) -> Mapping[str, str]:
    """A column of `state_codes` by label."""
    return MappingProxyType({row["actor"]: row[column] for row in records(state_codes())})


@lru_cache(maxsize=len(CODE_SYSTEMS))
def _codes_of(system: CodeSystem) -> Mapping[str, tuple[tuple[Any, np.datetime64, np.datetime64], ...]]:
    """Codes of each label with their first and last day, in order."""
    rows: dict[str, tuple[tuple[Any, np.datetime64, np.datetime64], ...]] = {}
    for row in records(state_codes()):
        code = row[system] or None
        if code is not None and system != "iso2":
            code = int(code)
        rows[row["actor"]] = (*rows.get(row["actor"], ()), (code, *span_of(row["first"], row["last"])))
    return MappingProxyType(rows)
