"""How far a packed file may unpack: tables of events shrink five to fiftyfold, what shrinks far more is no such table."""

from __future__ import annotations

import zipfile

from alignscore.errors import FormatError
from alignscore.values import memory

ALWAYS = 1 << 29  # bytes that any file may unpack to
TIMES = 100  # the packed size, for larger ones
IN_MEMORY = 3  # bytes that a byte of text takes while it becomes a table


def most_unpacked(packed: int) -> int:
    """Bytes that a file of `packed` bytes may unpack to."""
    return max(ALWAYS, TIMES * packed)


def unpacks_too_far(name: str, packed: int, size: int | None = None) -> FormatError:
    """The error for a file that unpacks to `size`, or to more than it may where the size is not known."""
    told = f"to {_in_words(size)}" if size is not None else f"to more than {_in_words(most_unpacked(packed))}"
    return FormatError(
        f"{name} unpacks from {_in_words(packed)} {told}, more than {TIMES} times as much: no table of events shrinks so "
        "far. If you trust it, unpack it yourself and give the file that comes out, or parts of it."
    )


def check_members(path: object, archive: zipfile.ZipFile) -> None:
    """Raise for a member of an archive that unpacks too far, before any of it is unpacked."""
    for info in archive.infolist():
        if info.file_size > most_unpacked(info.compress_size):
            raise unpacks_too_far(f"{path}/{info.filename}", info.compress_size, info.file_size)


def check_fits(name: str, size: float, way_out: str) -> None:
    """Raise for `size` bytes that this machine could not hold."""
    if size > memory():
        raise FormatError(
            f"{name} would take {_in_words(size)} in memory, and this machine has {_in_words(memory())}. {way_out}"
        )


def _in_words(size: float) -> str:
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size:,.0f} bytes"
