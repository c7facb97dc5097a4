"""A ledger on disk: written beside the old file and renamed, with a checksum; nothing is believed when it is read.

The file is a NumPy archive (a zip of ``.npy`` members) with a JSON header, so that any other program can read it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from alignscore.errors import FormatError, as_path
from alignscore.tables import files
from alignscore.tables.writing import write_whole

FORMAT, VERSION = "alignscore ledger", 4
ARRAYS = ("dyads", "half_lives", "cells", "sums", "booked", "joint_cells", "joint", "lasting")
Arrays = Mapping[str, np.ndarray]
# what a damaged archive makes numpy and json raise too
DAMAGE = (*files.DAMAGE, ValueError, TypeError, AttributeError, MemoryError, RuntimeError, SyntaxError)


def write_archive(path: str | Path, header: Mapping[str, Any], arrays: Arrays) -> None:
    """Write arrays and a JSON header to one archive, with a checksum over all of both."""
    sealed = {"format": FORMAT, "version": VERSION, **header}
    sealed["checksum"] = checksum(sealed, arrays)
    text = np.frombuffer(json.dumps(sealed).encode(), dtype=np.uint8)
    named: dict[str, Any] = {"header": text, **arrays}
    write_whole(path, lambda file: np.savez_compressed(file, **named))


def read_archive(path: str | Path) -> tuple[dict[str, Any], Arrays]:
    """Header and arrays of an archive that `write_archive` wrote.

    Raises
    ------
    FileNotFoundError
        No file at `path`.
    FormatError
        The file is of another format or release, or damaged.
    """
    path = as_path(path)
    files.check_exists(path)
    foreign = f"{path} is not an {FORMAT}. Ledger.save(...) writes one."
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
            files.check_fits(
                path.name, size, "It is no ledger that was saved on a machine like this, or is damaged."
            )
            header = json.loads(_member(archive, "header").tobytes())
            if not isinstance(header, dict) or header.get("format") != FORMAT:
                raise FormatError(foreign)
            present = {name.removesuffix(".npy") for name in archive.namelist()}
            arrays = {name: _member(archive, name) for name in ARRAYS if name in present}
    except (FileNotFoundError, PermissionError, FormatError):
        raise
    except DAMAGE as problem:
        raise FormatError(f"{foreign} It may also be damaged: {problem or type(problem).__name__}.") from None
    version = header.get("version")
    if version != VERSION:
        later = isinstance(version, int) and version > VERSION
        since = "Acts that stand in several domains are told since: post the events again."
        raise FormatError(
            f"{path} is a ledger of format {version}; this release reads format {VERSION}. "
            f"{'Upgrade alignscore.' if later else since}"
        )
    for name in ARRAYS:
        if name not in arrays:
            raise damaged(path, f"{name} is missing")
    if header.get("checksum") != checksum(header, arrays):
        raise damaged(path, "its checksum does not match its content")
    return header, arrays


def _member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """One array; the zip's own check of its bytes comes before its shape is believed."""
    return np.asarray(np.lib.format.read_array(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False))


def checksum(header: Mapping[str, Any], arrays: Arrays) -> str:
    """SHA-256 of the header, but for its own entry, and of each array's name, type, shape and numbers."""
    known = {name: value for name, value in header.items() if name != "checksum"}
    digest = hashlib.sha256(json.dumps(known, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def damaged(path: str | Path, fault: object) -> FormatError:
    """The error of a file that is not as it was written."""
    return FormatError(f"{path} is damaged: {fault}. Restore the file, or post the events again.")
