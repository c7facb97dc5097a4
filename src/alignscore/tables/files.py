"""Files behind a path: plain, gzip, zip or a folder of them, as byte streams with progress."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from alignscore.errors import FormatError

Progress = Callable[[int, int], None]
Paths = str | Path | Sequence[str | Path]
BLOCK = 1 << 25  # bytes of text handled at a time
LONGEST_LINE = 1 << 20
SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".zip", ".gz")
MARKS = {
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"PK\x03\x04": "a zip archive (or an Excel workbook)",
    b"\x1f\x8b": "a gzip file",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
}


@dataclass(frozen=True)
class Source:
    """One file, or one member of an archive."""

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """File name, and the member behind it."""
        return self.path.name if self.member is None else f"{self.path.name}/{self.member}"

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The decompressed bytes; damage of an archive becomes a `FormatError`."""
        try:
            if self.member is not None:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                    yield file
            elif self.path.suffix.lower() == ".gz":
                with gzip.open(self.path) as packed:
                    yield packed  # type: ignore[misc]  # GzipFile reads bytes as an IO[bytes] does
            else:
                with self.path.open("rb") as plain:
                    yield plain
        except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError) as problem:
            raise FormatError(f"{self.name} is damaged: {problem}. Fetch it again.") from None
        except RuntimeError as problem:  # zipfile's word for a password
            raise FormatError(f"{self.name} cannot be opened: {problem}") from None


def sources(paths: Paths, *, suffixes: Sequence[str] = SUFFIXES) -> list[Source]:
    """Files behind a path or several: itself, the members of a zip, the data files of a folder.

    Raises
    ------
    FileNotFoundError
        Nothing at a path.
    FormatError
        A folder or an archive without a data file, or a damaged archive.
    """
    listed = [paths] if isinstance(paths, str | Path) else list(paths)
    found: list[Source] = []
    for given in listed:
        path = Path(given)
        if path.is_dir():
            inside = sorted(
                p
                for p in path.rglob("*")
                if p.is_file() and p.suffix.lower() in suffixes and not p.name.startswith(".")
            )
            if not inside:
                raise FormatError(f"folder {path} holds no data file ({', '.join(suffixes)}).")
            for file in inside:
                found += _members(file, suffixes)
        elif not path.exists():
            raise FileNotFoundError(f"no file or folder at {path}")
        else:
            found += _members(path, suffixes)
    if not found:
        raise FormatError("no file to read: an empty list of paths was given.")
    return found


def _members(path: Path, suffixes: Sequence[str]) -> list[Source]:
    if path.suffix.lower() != ".zip":
        return [Source(path)]
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except zipfile.BadZipFile as problem:
        raise FormatError(f"{path.name} is damaged: {problem}. Fetch it again.") from None
    members = [
        Source(path, name)
        for name in sorted(names)
        if not name.startswith("__MACOSX") and Path(name).suffix.lower() in suffixes
    ]
    if not members:
        raise FormatError(f"{path.name} holds no data file ({', '.join(suffixes)}); it holds {names[:5]}.")
    return members


class Meter:
    """Tells a caller's progress function how many bytes are read, of how many."""

    def __init__(self, found: Sequence[Source], progress: Progress | None) -> None:
        self.progress = progress
        self.sizes = {source: _size(source) for source in found} if progress else {}
        self.total = sum(self.sizes.values())
        self.done = 0

    def tell(self, source: Source, part: float) -> None:
        """`part` (0 to 1) of a file is read."""
        if self.progress:
            self.progress(int(self.done + self.sizes[source] * min(part, 1.0)), self.total)

    def finish(self, source: Source) -> None:
        """A file is read."""
        if self.progress:
            self.done += self.sizes[source]
            self.progress(self.done, self.total)


def _size(source: Source) -> int:
    if source.member is None:
        return source.path.stat().st_size
    with zipfile.ZipFile(source.path) as archive:
        return archive.getinfo(source.member).file_size


def check_mark(source: Source, head: bytes) -> bytes:
    """The head without a UTF-8 mark; a `FormatError` where the bytes are no text table."""
    for mark, what in MARKS.items():
        if head.startswith(mark):
            raise FormatError(f"{source.name} is {what}, not a UTF-8 text table; save or unpack it as one.")
    return head.removeprefix(b"\xef\xbb\xbf")


def blocks(source: Source, meter: Meter | None = None) -> Iterator[bytes]:
    """Whole lines of a file in blocks, line ends made LF; a last line without an end is given one."""
    rest = b""
    first = True
    with source.open() as file:
        size = max(_size(source), 1)
        while True:
            block = file.read(BLOCK)
            if first and block:
                block, first = check_mark(source, block), False
            text = rest + block
            if not block:
                break
            cut = max(text.rfind(b"\n"), text.rfind(b"\r", 0, len(text) - 1)) + 1
            rest = text[cut:]
            if len(rest) > BLOCK:
                raise FormatError(f"{source.name} has a line longer than {BLOCK:,} bytes: not a text table.")
            if cut:
                yield plain_ends(text[:cut])
            if meter:
                meter.tell(source, _position(file) / size)
        if rest:
            yield plain_ends(rest) if rest.endswith((b"\n", b"\r")) else plain_ends(rest) + b"\n"
    if meter:
        meter.finish(source)


def _position(file: Any) -> float:
    """Bytes read so far: of the packed file for gzip, of the text otherwise."""
    return float((getattr(file, "fileobj", None) or file).tell())


def plain_ends(text: bytes) -> bytes:
    """Line ends of every kind made LF."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def whole(source: Source, meter: Meter | None = None) -> bytes:
    """A small file at once, line ends made LF."""
    return b"".join(blocks(source, meter))
