"""How a codebook is written down and read back: a table with one row a kind, or a JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from alignscore.codebook.kind import FIELDS, Kind, jsonable, shares_to_text
from alignscore.errors import CodebookError, FormatError, near
from alignscore.tables.writing import write_whole

FORMAT = "alignscore codebook"
VERSION = 1


def frame_of(kinds: Iterable[Kind]) -> pd.DataFrame:
    """One row a kind, one column a field; domains as text."""
    rows = [
        {field: getattr(kind, field) for field in FIELDS} | {"domains": shares_to_text(kind.domains)}
        for kind in kinds
    ]
    frame = pd.DataFrame(rows, columns=list(FIELDS))
    return frame.astype({"value": float, "standing": bool, "half_life": float, "rank": "Int64", "se": float})


def kinds_of(frame: pd.DataFrame, codebook: str) -> tuple[Kind, ...]:
    """The kinds of a table, each checked; an error names the codebook."""
    columns = [str(column) for column in frame.columns]
    for needed in ("name", "domains", "value"):
        if needed not in columns:
            raise CodebookError(f"codebook {codebook!r}: column {needed!r} is missing; found {columns}.")
    for column in columns:
        if column not in FIELDS:
            raise CodebookError(f"codebook {codebook!r}: unknown column {column!r}.{near(column, FIELDS)}")
    return tuple(Kind(**_record(row)) for row in frame.set_axis(columns, axis=1).to_dict("records"))


def _record(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A table's row as fields of a kind: empty cells left out, save empty domains, which mean none."""
    name = row["name"]
    if not isinstance(name, str):
        raise CodebookError(
            f"kind {name!r}, field 'name': not text; read the table with dtype=str so that 010 stays 010."
        )
    filled = {field: cell for field, cell in row.items() if not _empty(cell)}
    return filled | {"name": name, "domains": filled.get("domains", "")}


def _empty(cell: Any) -> bool:
    return bool(pd.api.types.is_scalar(cell) and (pd.isna(cell) or cell == ""))


def ending(path: Path) -> str:
    """The file's ending, which says how it is written: ``.csv`` or ``.json``."""
    if path.suffix.lower() not in (".csv", ".json"):
        raise FormatError(f"{path.name}: a codebook is a .csv or a .json file.")
    return path.suffix.lower()


def write_json(path: Path, name: str, domains: Sequence[str], kinds: Iterable[Kind]) -> None:
    """Write kinds with the codebook's name and domains; fields at their defaults go without saying."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "domains": domains,
        "kinds": [
            {f: jsonable(v) for f, v in kind.model_dump(exclude_defaults=True).items()} for kind in kinds
        ],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_whole(path, lambda file: file.write(text.encode()))


def read_json(path: Path) -> tuple[str, tuple[str, ...], tuple[Kind, ...]]:
    """Name, domains and kinds that `write_json` wrote."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise FormatError(f"{path.name}: not readable as JSON ({problem}).") from None
    if (
        not isinstance(stored, dict)
        or stored.get("format") != FORMAT
        or not {"name", "domains", "kinds"} <= set(stored)
    ):
        raise FormatError(f"{path.name}: not an alignscore codebook.")
    if stored.get("version") != VERSION:
        raise FormatError(
            f"{path.name}: codebook version {stored.get('version')!r}; this release reads version {VERSION}."
        )
    return stored["name"], tuple(stored["domains"]), tuple(Kind(**kind) for kind in stored["kinds"])
