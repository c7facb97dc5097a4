"""What one kind of event means, and kinds as they are written down: rows of a table, or a JSON file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from alignscore import errors
from alignscore.decay import Decay, HalfLife, decay_from_dict, jsonable
from alignscore.errors import CodebookError, FormatError, near, several
from alignscore.tables.writing import write_whole
from alignscore.values import FrozenDict, as_pandas

# what decides how an event is posted; the other fields are for the reader
FORMAT = "alignscore codebook"
VERSION = 1
POSTING = ("name", "domains", "value", "standing", "half_life", "family")


def _shares_from_text(given: Any) -> Any:
    """{'economic': .6, 'security': .4} from 'economic:0.6;security:0.4'; a bare name, or one of a list, has share 1."""
    if isinstance(given, list | tuple | set | frozenset) and all(isinstance(name, str) for name in given):
        return dict.fromkeys(given, 1.0)
    if not isinstance(given, str):
        return given
    shares: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in given.split(";"))):
        name, colon, share = part.partition(":")
        if name.strip() in shares:
            raise ValueError(f"domain {name.strip()!r} is given twice")
        shares[name.strip()] = share.strip() if colon else "1"
    return shares


def shares_to_text(shares: Mapping[str, float]) -> str:
    """The text that a table holds for a kind's domains; a share of 1 goes without saying."""
    return ";".join(name if share == 1 else f"{name}:{share!r}" for name, share in shares.items())


def _no_truth(given: Any) -> Any:
    if isinstance(given, bool | np.bool_):
        raise ValueError(f"{given!r} is not a number")
    return given


NoTruth = BeforeValidator(_no_truth)


def _checked_shares(shares: Mapping[str, float]) -> FrozenDict[float]:
    for name, share in shares.items():
        if name != name.strip() or not name or set(name) & set(":;"):
            raise ValueError(f"a domain is called {name!r}; names hold no : or ;, and no blank at their ends")
        if not 0 < share <= 1:
            raise ValueError(f"share of {name!r} is {share!r}; it must lie in (0, 1]")
    return FrozenDict(shares)


Shares = Annotated[
    dict[str, Annotated[float, NoTruth]], BeforeValidator(_shares_from_text), AfterValidator(_checked_shares)
]


class Kind(BaseModel):
    """One kind of event and what it means.

    Parameters
    ----------
    name : str
        How event tables call it.
    domains : dict of str to float
        Domains it belongs to, each with the share of the event's mass posted there, in (0, 1]. A dual-track
        2+2 is ``{"diplomatic": 1, "security": 1}``: in full in both. A code that does not tell its subject
        is split: ``{"economic": 0.58, "diplomatic": 0.07, "security": 0.35}``. Empty: known, but nothing
        between states, so it posts nothing. The text ``"economic:0.58;security:0.42"`` is read too, and a list
        of names, each with share 1.
    value : float
        In [-10, 10], below 0 conflict, above 0 cooperation.
    standing : bool, default False
        In force from its date until its ``until`` (a treaty, an embargo), not passing (a visit).
    half_life : float, optional
        Own half-life in years, above 0; used by `Codebook.half_life`.
    family : str, optional
        Standing kinds of one family replace each other within a dyad and a domain: levels of a partnership,
        renewals. What one side does ends nothing that the other side did alone; what both do ends either's.
    rank : int, optional
        Level within the family, for reading; the later one replaces the earlier whatever its rank.
    se : float, optional
        Standard error of the value, above 0, where it was estimated, as by `values_from_pairs`.
    label, reason, source, confidence : str
        What it is in words, why it has this value, whose value it is, and how sure the coder was.

    Raises
    ------
    CodebookError
        Names the kind, the field and the reason.

    Examples
    --------
    >>> Kind(name="hotline", domains={"security": 1}, value=3.0, standing=True, reason="a channel kept open")
    <Kind hotline: +3, security, standing>
    """

    # its validator is built on first use: importing the library waits for none
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str = Field(min_length=1)
    domains: Shares
    value: Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False), NoTruth]
    standing: bool = False
    half_life: Annotated[float, Field(gt=0), NoTruth] | None = None
    family: str | None = None
    rank: Annotated[int, NoTruth] | None = None
    se: Annotated[float, Field(gt=0, allow_inf_nan=False), NoTruth] | None = None
    label: str = ""
    reason: str = ""
    source: str = ""
    confidence: str = ""

    if not TYPE_CHECKING:  # type checkers keep the fields as the signature

        def __init__(self, **given: Any) -> None:
            try:
                super().__init__(**given)
            except ValidationError as problem:
                fault = errors.in_words(problem, "a kind", FIELDS)
                raise errors.CodebookError(f"kind {given.get('name')!r}: {fault}") from None

        def __setattr__(self, name: str, _: Any) -> None:
            raise errors.CodebookError(
                f"kind {self.name!r} is a frozen value, and {name} cannot be set; book.with_values({{{self.name!r}: 4.0}}) "
                "and book.with_kinds(Kind(...)) are new codebooks."
            )

    @field_validator("name")
    @classmethod
    def _trimmed(cls, name: str) -> str:
        if name != name.strip():
            raise ValueError("begins or ends with a space")
        return name

    @model_validator(mode="after")
    def _family_stands(self) -> Kind:
        if self.family is not None and not self.standing:
            raise ValueError(f"family {self.family!r} is for standing kinds; this one is not standing")
        if self.rank is not None and self.family is None:
            raise ValueError("rank needs a family")
        return self

    def __repr__(self) -> str:
        tracks = shares_to_text(self.domains) or "no domain"
        stands = (", standing" if self.standing else "") + (f", family {self.family}" if self.family else "")
        return f"<Kind {self.name}: {self.value:+g}, {tracks}{stands}>"


FIELDS = tuple(Kind.model_fields)


def replaced(kind: Kind, **changes: Any) -> Kind:
    """The kind with some fields changed, checked anew."""
    return Kind(**dict(kind) | changes)


def checked(kinds: Iterable[Kind], domains: Sequence[str]) -> tuple[Kind, ...]:
    """The kinds, if no two share a name and all use these domains only."""
    kinds, seen = tuple(several(kinds)), set[str]()
    for kind in kinds:
        if not isinstance(kind, Kind):
            raise TypeError(f"kinds must be Kind values, not {type(kind).__name__}; see Codebook.from_frame")
        if kind.name in seen:
            raise errors.CodebookError(f"kind {kind.name!r}, field 'name': given twice.")
        seen.add(kind.name)
        for domain in kind.domains:
            if domain not in domains:
                raise errors.CodebookError(
                    f"kind {kind.name!r}, field 'domains': unknown domain {domain!r}."
                    f"{errors.near(domain, domains)} A codebook of more domains: "
                    "Codebook.from_frame(book.to_frame(), name='mine', domains=[*book.domains, ...])."
                )
    return kinds


def digest(kinds: Iterable[Kind], domains: Iterable[str]) -> str:
    """Digest of what decides how events of these kinds are posted, whatever the order of the kinds."""
    posted = ([_canonical(getattr(kind, field)) for field in POSTING] for kind in kinds)
    rows = sorted(json.dumps(fields, ensure_ascii=True) for fields in posted)
    return hashlib.sha256("\n".join([*sorted(domains), "", *rows]).encode()).hexdigest()[:16]


def _canonical(value: Any) -> Any:
    """The value in a form whose JSON is the same whatever the order of a mapping."""
    if isinstance(value, float):
        value += 0.0  # -0.0 and 0.0 are equal and must read alike
    return sorted(value.items()) if isinstance(value, Mapping) else jsonable(value)


# ---- kinds as rows of a table, and in a JSON file ---------------------------------------------------
def frame_of(kinds: Iterable[Kind]) -> pd.DataFrame:
    """One row a kind, one column a field; domains as text."""
    rows = [{**dict(kind), "domains": shares_to_text(kind.domains)} for kind in kinds]
    frame = pd.DataFrame(rows, columns=list(FIELDS))
    return frame.astype({"value": float, "standing": bool, "half_life": float, "rank": "Int64", "se": float})


def kinds_of(frame: pd.DataFrame, codebook: str) -> tuple[Kind, ...]:
    """The kinds of a table, each checked; an error names the codebook."""
    frame = as_pandas("frame", frame)
    columns = [str(column) for column in frame.columns]
    for needed in ("name", "domains", "value"):
        if needed not in columns:
            raise CodebookError(f"codebook {codebook!r}: column {needed!r} is missing; found {columns}.")
    for column in columns:
        if column not in FIELDS:
            raise CodebookError(f"codebook {codebook!r}: unknown column {column!r}.{near(column, FIELDS)}")
        if columns.count(column) > 1:
            raise CodebookError(f"codebook {codebook!r}: column {column!r} stands more than once; keep one.")
    return tuple(Kind(**_record(row)) for row in frame.set_axis(columns, axis=1).to_dict("records"))


def _record(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A table's row as fields of a kind: empty cells left out, save empty domains, which mean none."""
    name = row["name"]
    if not isinstance(name, str):
        raise CodebookError(
            f"kind {name!r}, field 'name': not text; read the table with dtype=str so that 010 stays 010."
        )
    empty = {f for f, cell in row.items() if pd.api.types.is_scalar(cell) and (pd.isna(cell) or cell == "")}
    filled = {field: cell for field, cell in row.items() if field not in empty}
    return filled | {"name": name, "domains": filled.get("domains", "")}


def ending(path: Path) -> str:
    """The file's ending, which says how it is written: ``.csv`` or ``.json``."""
    if path.suffix.lower() not in (".csv", ".json"):
        raise FormatError(f"{path.name}: a codebook is a .csv or a .json file.")
    return path.suffix.lower()


def write_json(path: Path, name: str, domains: Sequence[str], decay: Decay, kinds: Iterable[Kind]) -> None:
    """Write kinds with the codebook's name, domains and decay; fields at their defaults go without saying."""
    written = [kind.model_dump(exclude_defaults=True) for kind in kinds]
    content = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "domains": domains,
        "decay": decay.to_dict(),
        "kinds": [{field: jsonable(value) for field, value in kind.items()} for kind in written],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_whole(path, lambda file: file.write(text.encode()))


def read_json(path: Path) -> tuple[str, tuple[str, ...], Decay, tuple[Kind, ...]]:
    """Name, domains, decay and kinds that `write_json` wrote; before 0.2 it wrote no decay, which was 5 years."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        raise FormatError(f"{path.name}: not readable as JSON ({problem}).") from None
    whole = isinstance(stored, dict) and {"name", "domains", "kinds"} <= set(stored)
    if not whole or stored.get("format") != FORMAT:
        raise FormatError(f"{path.name}: not an alignscore codebook.")
    if stored.get("version") != VERSION:
        raise FormatError(
            f"{path.name}: codebook version {stored.get('version')!r}; this release reads version {VERSION}."
        )
    name, domains, kinds = (stored[field] for field in ("name", "domains", "kinds"))
    if not isinstance(name, str):
        raise FormatError(f"{path.name}: 'name' is {name!r:.60}; it must be a text.")
    if not isinstance(domains, list) or not all(isinstance(domain, str) for domain in domains):
        raise FormatError(f"{path.name}: 'domains' is {domains!r:.60}; it must be a list of names.")
    if not isinstance(kinds, list) or not all(isinstance(kind, dict) for kind in kinds):
        raise FormatError(
            f"{path.name}: 'kinds' is {kinds!r:.60}; it must be a list of kinds, each with its fields."
        )
    decay = decay_from_dict(stored["decay"]) if "decay" in stored else HalfLife()
    return name, tuple(domains), decay, tuple(Kind(**kind) for kind in kinds)
