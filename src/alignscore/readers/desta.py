"""Trade agreements (DESTA): every pair they bind, from their entry into force."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.errors import one_of
from alignscore.events import Events
from alignscore.readers import actors as who
from alignscore.readers.files import Paths, Progress
from alignscore.readers.flows import ActorOptions, days, numbers, post
from alignscore.readers.report import ReadReport, Tally
from alignscore.readers.tables import header_frames

NEEDED = (
    "number", "base_treaty", "name", "entry_type", "year", "entryforceyear", "typememb",
    "member_iso_numeric",
)  # fmt: skip
THIRD = ("3", "6")  # DESTA's types of membership between a bloc and a third country
BLOCS = ("4",)  # and between two blocs, of which the list does not say who is in which


def read_desta(
    path: Paths,
    *,
    start: Literal["force", "signature"] = "force",
    progress: Progress | None = None,
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Standing trade agreements between states from the Design of Trade Agreements list.

    Parameters
    ----------
    path : path, or sequence of paths
        A table with ``number``, ``base_treaty``, ``name``, ``entry_type``, ``year`` (of signature),
        ``entryforceyear``, ``typememb`` and ``member_iso_numeric`` (codes apart by blanks).
    start : {"force", "signature"}, default "force"
        Year from which a treaty stands; treaties never in force are left out with ``force``.
    progress : callable, optional
        Called with (bytes read, bytes in all).
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
    FileNotFoundError
        Nothing at `path`.
    FormatError
        No such table.
    OptionError, UnknownLabelError
        An option outside its choices.

    Notes
    -----
    The treaty of a bloc with a third country lists all members of the bloc, and binds each with the third
    only: pairs inside the bloc are not made. The third country is found by its name in the treaty's name;
    where that fails, and between two blocs, the treaty is left out. An accession adds the pairs its base
    treaty does not have. A withdrawal ends the pairs of the state named behind the word. Protocols,
    consolidated texts and negotiations are left out.
    """
    one_of("start", start, ("force", "signature"))
    tally = Tally("desta")
    raw = header_frames(path, tally, needed=NEEDED, what="list of trade agreements", progress=progress)
    entry = raw["entry_type"].str.strip().str.lower()
    for other in sorted(set(entry) - {"base_treaty", "accession", "withdrawal"}):
        stays = (entry != other).to_numpy(dtype=bool)
        raw = tally.keep(raw, stays, "left out", f"entry is {other!r}", "name")
        entry = entry[stays].reset_index(drop=True)
    told = numbers(raw["entryforceyear"] if start == "force" else raw["year"])
    # an accession or a withdrawal has a year of signature only
    told = np.where(np.isnan(told) & (entry != "base_treaty"), numbers(raw["year"]), told)
    date, _ = days(told, np.zeros(len(raw)), np.zeros(len(raw)))
    why = "not in force, or no year told" if start == "force" else "no year told"
    frame = raw.assign(when=date, entry=entry.to_numpy())
    frame = tally.keep(frame, ~np.isnat(date), "left out", why, "name")
    out = _ties(frame, tally)
    return post(out, "iso_numeric", Codebook.ladder(), actors, tally)


def _ties(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One row a pair and base treaty."""
    names = _names()
    ties: list[dict[str, Any]] = []
    sides: dict[str, set[str]] = {}  # base treaty to its third countries
    held: dict[str, dict[tuple[str, str], int]] = {}  # base treaty to the place of each pair in `ties`
    unclear = alone = used = ended = 0
    order = frame.assign(later=frame["entry"] != "base_treaty").sort_values(["later", "when"], kind="stable")
    for row in who.records(order):
        base, members = row["base_treaty"], list(dict.fromkeys(row["member_iso_numeric"].split()))
        pairs = held.setdefault(base, {})
        if row["entry"] == "withdrawal":
            gone = _named(row["name"].lower().partition("withdrawal")[2], members, names)
            for pair, at in pairs.items():
                if set(pair) & gone and ties[at]["until"] is None:
                    ties[at]["until"] = row["when"]
            ended += 1
            continue
        if row["entry"] == "base_treaty" and row["typememb"] in THIRD + BLOCS:
            sides[base] = _named(row["name"], members, names) if row["typememb"] in THIRD else set()
            if not 0 < len(sides[base]) < len(members):
                unclear += 1
                continue
        third = sides.get(base)
        new = [
            pair
            for pair in (tuple(sorted(two)) for two in combinations(members, 2))
            if pair not in pairs and (third is None or len(set(pair) & third) == 1)
        ]
        alone, used = alone + (not new), used + bool(new)
        for pair in new:
            pairs[pair] = len(ties)
            ties.append(
                {
                    "state_a": pair[0],
                    "state_b": pair[1],
                    "date": row["when"],
                    "until": None,
                    "label": row["name"],
                }
            )
    tally.move("left out", "sides of the treaty cannot be told apart", unclear, len(frame))
    tally.move("left out", "withdrawal: ends ties of the named state", ended, len(frame))
    tally.move("left out", "binds no pair that was not bound by its base treaty", alone, len(frame))
    tally.move("added", "pairs of members in one treaty", len(ties) - used, len(frame))
    out = pd.DataFrame(ties, columns=["state_a", "state_b", "date", "until", "label"])
    return out.assign(
        until=pd.to_datetime(out["until"]),
        date_precision="year",
        kind="trade_agreement",
        mutual=True,
        standing=True,
    )


def _names() -> dict[str, list[str]]:
    """ISO numeric code to the English names of the state, in their matching form."""
    table = who.crosswalk()
    name = table[(table["system"] == "name") & (table["kind"] == "state")]
    by_actor: dict[str, list[str]] = {}
    for actor, text in zip(name["actor"], name["code"], strict=True):
        by_actor.setdefault(actor, []).append(text)
    numeric = table[table["system"] == "iso_numeric"]
    return {
        code: by_actor.get(actor, []) for code, actor in zip(numeric["code"], numeric["actor"], strict=True)
    }


def _named(text: str, members: list[str], names: dict[str, list[str]]) -> set[str]:
    """Members of a treaty whose name stands in a text; the longest name wins (Guinea in Papua New Guinea)."""
    rest = who.matching(text, "name")
    told = sorted(((n, m) for m in members for n in names.get(m, [])), key=lambda pair: -len(pair[0]))
    found = set()
    for name, member in told:
        rest, hits = re.subn(rf"\b{re.escape(name)}\b", " ", rest)
        if hits:
            found.add(member)
    return found
