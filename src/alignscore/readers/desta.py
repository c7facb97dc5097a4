"""Trade agreements (DESTA): every pair they bind, from their entry into force."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations
from types import MappingProxyType
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd

from alignscore import actors as who
from alignscore.codebook import Codebook
from alignscore.errors import one_of
from alignscore.events import Events
from alignscore.readers.steps.state_tables import ActorOptions, days, numbers, post, with_numbers
from alignscore.readers.steps.tabular import column_named
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import OneLayout, Table, open_tables
from alignscore.tables.reading_report import ReadReport, Tally

NEEDED = ("base_treaty", "name", "entry_type", "year", "entryforceyear", ("member_iso_numeric", "c1", "iso1"))
THIRD = ("3", "6")  # DESTA's types of membership between a bloc and a third country
BLOCS = ("4",)  # and between two blocs, of which the list does not say who is in which


def read_desta(
    path: Table,
    *,
    start: Literal["force", "signature"] = "force",
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Standing trade agreements between states from the Design of Trade Agreements list.

    Parameters
    ----------
    path : path, or sequence of paths
        The list of treaties: ``base_treaty``, ``name``, ``entry_type``, ``year`` (of signature),
        ``entryforceyear``, ``typememb`` and the members' ISO numbers in ``c1``, ``c2``, ... (or in one column
        ``member_iso_numeric``, apart by blanks). Or the dyadic list: the same with ``iso1`` and ``iso2``.
    start : {"force", "signature"}, default "force"
        Year from which a treaty stands; treaties never in force are left out with ``force``.
    progress, on_error
        As in `read_events`.
    **actors
        dissolved, blocs, recode: see `Cleaning`.

    Returns
    -------
    events : Events
        Kind ``trade_agreement`` of the ladder, mutual and standing, in years; weight 1 a pair. A pair under
        several treaties has several.
    report : ReadReport
        Every row accounted for.

    Raises
    ------
    FileNotFoundError, FormatError, OptionError, UnknownLabelError
        As in `read_events`.

    Notes
    -----
    The treaty of a bloc with a third country lists all members of the bloc, and binds each with the third
    only: pairs inside the bloc are not made. The third country is found by its name in the treaty's name;
    where that fails, and between two blocs, the treaty is left out. An accession adds the pairs its base
    treaty does not have. A withdrawal ends the pairs of the state named behind the word. Protocols,
    consolidated texts and negotiations are left out.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''number,base_treaty,name,entry_type,year,entryforceyear,typememb,c1,c2,c3
    ... 1,1,Cambodia China,base_treaty,2020,2022,1,116,156,
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "desta_list.csv")
    ...     _ = path.write_text(text)
    ...     events, report = read_desta(path)
    >>> events.to_frame()[["source", "target", "date", "until", "kind"]]
      source target       date until             kind
    0    KHM    CHN 2022-01-01   NaT  trade_agreement
    >>> report.read, report.kept
    (1, 1)
    """
    one_of("start", start, ("force", "signature"))
    tally = Tally("desta")
    raw = open_tables(
        path, tally, needed=NEEDED, what="list of trade agreements", progress=progress, on_error=on_error,
        each=OneLayout(tally, lambda table: [column_named(table, NEEDED[-1])]),
    )  # fmt: skip
    raw = raw.assign(entry=raw["entry_type"].str.strip().str.lower())
    for other in sorted(set(raw["entry"]) - {"base_treaty", "accession", "withdrawal"}):
        raw = tally.keep(raw, raw["entry"] != other, "left out", f"entry is {other!r}", "name")
    told = "entryforceyear" if start == "force" else "year"
    raw = with_numbers(raw, [told], tally)
    year = numbers(raw[told])
    # an accession or a withdrawal has a year of signature only
    year = np.where(np.isnan(year) & (raw["entry"] != "base_treaty"), numbers(raw["year"]), year)
    date, _ = days(year)
    why = "not in force, or no year given" if start == "force" else "no year given"
    frame = tally.keep(raw.assign(when=date), ~np.isnat(date), "left out", why, "name")
    out = _ties(_one_a_treaty(frame, tally), tally)
    return post(out, "iso_numeric", Codebook.ladder(), actors, tally)


def _one_a_treaty(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """A row a treaty, with ``members`` (pairs of codes, of a dyadic list) as ``member_iso_numeric``."""
    frame = frame.assign(typememb=frame["typememb"].str.removesuffix(".0") if "typememb" in frame else "")
    if "iso1" in frame and "iso2" in frame:
        return _of_pairs(frame, tally)
    if "member_iso_numeric" in frame:
        cells = frame["member_iso_numeric"].str.split()
    else:
        cells = frame.filter(regex=r"^c\d+$").to_numpy(dtype=object)
    members = [" ".join(code for code in map(_code, row) if code not in ("", "NA")) for row in cells]
    return frame.assign(member_iso_numeric=members, pairs=None)


def _code(cell: object) -> str:
    """An ISO number as text, one of each state: without zeros in front, and the '.0' of a column read as decimals."""
    code = str(cell).strip().removesuffix(".0")
    code = code.lstrip("0") if code.isdigit() else code
    return _numbers().get(code, code)


def _of_pairs(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """The rows of a dyadic list by treaty: it tells who is bound with whom."""
    pair = [tuple(sorted(map(_code, two))) for two in zip(frame["iso1"], frame["iso2"], strict=True)]
    alone = np.array([a == b or "" in (a, b) or "NA" in (a, b) for a, b in pair], dtype=bool)
    frame = frame.assign(pair=pd.Series(pair, dtype=object))
    frame = tally.keep(frame, ~alone, "left out", "no two codes in the row", "name")
    keys = [name for name in ("number", "base_treaty", "entry", "when", "name", "typememb") if name in frame]
    held = frame.groupby(keys, sort=False, dropna=False)["pair"].agg(lambda some: tuple(dict.fromkeys(some)))
    out = held.rename("pairs").reset_index()
    listed = [" ".join(dict.fromkeys(code for two in some for code in two)) for some in out["pairs"]]
    tally.move("merged", "further pair of one treaty", len(frame) - len(out), len(frame))
    return out.assign(member_iso_numeric=listed)


def _ties(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One row a pair and base treaty."""
    treaties = _Treaties()
    order = frame.assign(later=frame["entry"] != "base_treaty").sort_values(["later", "when"], kind="stable")
    for row in who.records(order):
        treaties.enter(row)
    n = len(frame)
    further = len(treaties.ties) - treaties.used
    tally.move("left out", "sides of the treaty cannot be told apart", treaties.unclear, n)
    tally.move("left out", "withdrawal: ends ties of the named state", treaties.ended, n)
    tally.move("left out", "binds no pair that was not bound by its base treaty", treaties.alone, n)
    tally.move("added", "pairs of members in one treaty", further, n)
    out = pd.DataFrame(treaties.ties, columns=["state_a", "state_b", "date", "until", "label"])
    out = out.assign(until=pd.to_datetime(out["until"]), date_precision="year", kind="trade_agreement")
    return out.assign(mutual=True, standing=True)


class _Treaties:
    """Pairs that treaties bind, entered row by row: base treaties first, then what changes them."""

    def __init__(self) -> None:
        self.names = _names()
        self.ties: list[dict[str, Any]] = []
        self.sides: dict[str, set[str]] = {}  # base treaty to its third countries
        self.held: dict[str, dict[tuple[str, ...], int]] = {}  # base treaty to each pair's place in `ties`
        self.unclear = self.alone = self.used = self.ended = 0  # rows

    def enter(self, row: Mapping[str, Any]) -> None:
        members = list(dict.fromkeys(row["member_iso_numeric"].split()))
        if row["entry"] == "withdrawal":
            self._withdraw(row, members)
        elif row["pairs"] is not None or row["entry"] == "accession" or self._sides_known(row, members):
            self._bind(row, members)
        else:
            self.unclear += 1

    def _withdraw(self, row: Mapping[str, Any], members: list[str]) -> None:
        gone = _named(row["name"].lower().partition("withdrawal")[2], members, self.names)
        for pair, at in self.held.get(row["base_treaty"], {}).items():
            if set(pair) & gone and self.ties[at]["until"] is None:
                self.ties[at]["until"] = row["when"]
        self.ended += 1

    def _sides_known(self, row: Mapping[str, Any], members: list[str]) -> bool:
        """Whether it is known who binds whom: all do, or a third country that is named binds with a bloc."""
        if row["typememb"] not in THIRD + BLOCS:
            return True
        third = _named(row["name"], members, self.names) if row["typememb"] in THIRD else set()
        self.sides[row["base_treaty"]] = third
        return 0 < len(third) < len(members)

    def _bind(self, row: Mapping[str, Any], members: list[str]) -> None:
        held = self.held.setdefault(row["base_treaty"], {})
        third = self.sides.get(row["base_treaty"])
        before = len(self.ties)
        listed = row["pairs"]
        pairs = [tuple(sorted(two)) for two in combinations(members, 2)] if listed is None else listed
        for pair in pairs:
            if pair in held or (listed is None and third is not None and len(set(pair) & third) != 1):
                continue
            held[pair] = len(self.ties)
            tie = {"state_a": pair[0], "state_b": pair[1], "date": row["when"], "until": None}
            self.ties.append(tie | {"label": row["name"]})
        if len(self.ties) > before:
            self.used += 1
        else:
            self.alone += 1


@lru_cache(maxsize=1)
def _numbers() -> Mapping[str, str]:
    """ISO numbers to the first one of their state: 280 was Germany's before 276."""
    table = who.crosswalk()
    numeric = table[(table["system"] == "iso_numeric") & table["kind"].isin(["state", "historic"])]
    firsts = numeric.groupby("actor", sort=False)["code"].transform("first")
    return MappingProxyType(dict(zip(numeric["code"], firsts, strict=True)))


@lru_cache(maxsize=1)
def _names() -> Mapping[str, list[str]]:
    """ISO numeric code to the English names of the state, each as its telling words."""
    table = who.crosswalk()
    name = table[(table["system"] == "name") & (table["kind"] == "state")]
    spelled = name["code"].map(lambda text: " ".join(who.words(text)))
    by_actor = spelled.groupby(name["actor"]).agg(list).to_dict()
    numeric = table[table["system"] == "iso_numeric"]
    pairs = zip(numeric["code"], numeric["actor"], strict=True)
    return MappingProxyType({code: by_actor.get(actor, []) for code, actor in pairs})


def _named(text: str, members: list[str], names: Mapping[str, list[str]]) -> set[str]:
    """Members of a treaty whose name stands in a text; the longest name wins (Guinea in Papua New Guinea)."""
    rest = " ".join(who.words(text))
    named = sorted(((n, m) for m in members for n in names.get(m, [])), key=lambda pair: -len(pair[0]))
    found = set()
    for name, member in named:
        rest, hits = re.subn(rf"\b{re.escape(name)}\b", " ", rest)
        if hits:
            found.add(member)
    return found
