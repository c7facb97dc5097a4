"""Files behind a path: plain, gzip, zip or a folder of them, as byte streams with progress, and how far each may unpack."""

from __future__ import annotations

import codecs
import gzip
import lzma
import os
import re
import struct
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd

from alignscore.errors import FormatError, as_path, in_memory, one_of
from alignscore.tables.reading_report import Tally
from alignscore.values import memory

Progress = Callable[[int, int], None] | bool
Paths = str | Path | Sequence[str | Path]
OnError = Literal["raise", "skip"]
BLOCK = 1 << 25  # bytes of text handled at a time
LONGEST_LINE = 1 << 20
SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".zip", ".gz")
OTHER_TABLES = (  # endings of files that may hold data too
    ".xlsx", ".xls", ".ods", ".dta", ".sav", ".rds", ".rda", ".rdata", ".feather", ".parquet", ".bz2", ".xz", ".7z",
    ".rar", ".json",
)  # fmt: skip
PARQUET = (".parquet", ".pq")
# files that archives put beside their data; they are no tables
BESIDE_DATA = re.compile(
    r"(readme|manifest|licen[cs]e|copying|checksums?|md5sums?|sha\d*sums?)\b", re.IGNORECASE
)
NOT_UTF8 = "lines not in UTF-8"
UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BY_STATA = "read it by pandas.read_stata and give Events.from_frame the frame"
MARKS = {  # first bytes of files that are no text: what they are, and what to do
    b"PK\x03\x04": (
        "a zip archive, an Excel workbook or a ledger",
        "name the archive .zip, save the workbook as CSV, or read the ledger by Ledger.load",
    ),
    b"\x1f\x8b": ("compressed by gzip", "give its name the ending .gz"),
    b"PAR1": (
        "a Parquet file",
        "use Events.read_parquet, name it .parquet for a reader that takes Parquet, or write it as CSV",
    ),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "save it as CSV"),
    b"%PDF": ("a PDF", "save its table as CSV"),
    b"BZh": ("compressed by bzip2", "unpack it, or pack it by gzip"),
    b"\xfd7zXZ": ("compressed by xz", "unpack it, or pack it by gzip"),
    b"\x28\xb5\x2f\xfd": ("compressed by Zstandard", "unpack it, or pack it by gzip"),
    b"7z\xbc\xaf": ("a 7-Zip archive", "unpack it, or pack it as .zip"),
    b"Rar!": ("a RAR archive", "unpack it, or pack it as .zip"),
    b"<stata_dta>": ("a Stata file", BY_STATA),
    **{
        bytes([version, order, 1, 0]): ("an old Stata file", BY_STATA)
        for version in (113, 114, 115)
        for order in (1, 2)
    },
    b"$FL2": ("an SPSS file", "read it by pandas.read_spss and give Events.from_frame the frame"),
    b"ARROW1": ("an Arrow file", "read it by pandas.read_feather and give Events.from_frame the frame"),
    b"ORC": ("an ORC file", "read it by pandas.read_orc and give Events.from_frame the frame"),
    b"RDX": ("an R file", "write its table as CSV from R"),
    **dict.fromkeys(
        (b'{"', b"{\n", b"[{", b"[\n"),
        ("JSON", "read it by json.load and give Events.from_frame the list of rows"),
    ),
}
PARTS = "Cut it into smaller files and post them one by one (alignscore post), or write it as Parquet (post_parquet)."
ALWAYS = 1 << 29  # bytes that any file may unpack to
TIMES = 100  # the packed size, for larger ones
IN_MEMORY = 3  # bytes that a byte of text takes while it becomes a table
DAMAGE = (
    zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError,
    struct.error, KeyError, IndexError, OverflowError, UnicodeDecodeError, OSError,
)  # fmt: skip


class OpenFile:
    """An open file whose damage is a `FormatError` that names it; packed in so many bytes, where it is packed."""

    def __init__(self, name: str, file: Any, packed: int | None = None) -> None:
        self.name = name
        self.file = file
        self.packed, self.read_so_far = packed, 0

    def read(self, n: int) -> bytes:
        """The next bytes, unpacked."""
        with _damage_of(self.name):
            block: bytes = self.file.read(n)
        self.read_so_far += len(block)
        if self.packed is not None and self.read_so_far > most_unpacked(self.packed):
            raise unpacks_too_far(self.name, self.packed)
        return block

    @property
    def position(self) -> float:
        """Bytes read so far: of the packed file for gzip, of the text otherwise."""
        return float((getattr(self.file, "fileobj", None) or self.file).tell())


@contextmanager
def _damage_of(name: str) -> Iterator[None]:
    """Around the opening and reading of a file: its damage is a `FormatError` that names it."""
    try:
        yield
    except (PermissionError, FormatError):
        raise
    except DAMAGE as problem:
        raise FormatError(f"{name} is damaged: {problem}. Fetch it again.") from None
    except (RuntimeError, ValueError) as problem:  # zipfile's words for a password, and for an odd header
        raise FormatError(f"{name} cannot be opened: {problem}") from None


@dataclass(frozen=True)
class Source:
    """One file, or one member of an archive."""

    path: Path
    info: zipfile.ZipInfo | None = None  # of the member, told once: an archive may hold thousands

    @property
    def member(self) -> str | None:
        """The name that an archive gives it."""
        return None if self.info is None else self.info.filename

    @property
    def name(self) -> str:
        """File name, and the member behind it."""
        return self.path.name if self.member is None else f"{self.path.name}/{self.member}"

    @contextmanager
    def open(self) -> Iterator[OpenFile]:
        """The unpacked bytes; damage of an archive becomes a `FormatError`."""
        check_exists(self.path)
        with ExitStack() as held:
            with _damage_of(self.name):
                if self.info is not None:
                    _check_member(self.name, self.info)
                    packed: int | None = self.info.compress_size
                    archive = held.enter_context(zipfile.ZipFile(self.path))
                    file: Any = held.enter_context(archive.open(self.info))
                else:
                    gz = self.path.suffix.lower() == ".gz"
                    packed = self.path.stat().st_size if gz else None
                    unpack: Any = gzip.open if gz else open
                    file = held.enter_context(unpack(self.path, "rb"))
            yield OpenFile(self.name, file, packed)

    def head(self, n: int = 1 << 16) -> bytes:
        """The first bytes, as UTF-8 text without a mark."""
        with self.open() as file:
            start = file.read(n)
        if start.startswith(UTF16_MARKS):
            return codecs.getincrementaldecoder("utf-16")("replace").decode(start).encode("utf-8")
        return check_mark(self, start)


def check_exists(path: Path) -> None:
    """Raise, as every door does, for a path at which there is nothing."""
    if not path.exists():
        raise FileNotFoundError(f"no file or folder at {path}")


def as_paths(given: object) -> list[Path]:
    """The paths that one text or path, or several, name."""
    several = isinstance(given, Iterable) and not isinstance(given, str | bytes) and not in_memory(given)
    listed = [as_path(path) for path in (given if several else [given])]  # type: ignore[attr-defined]
    if not listed:
        raise FormatError("no file to read: an empty list of paths was given.")
    return listed


# ---- which files ------------------------------------------------------------------------------------
def sources(
    paths: Paths,
    *,
    tally: Tally,
    suffixes: Sequence[str] = SUFFIXES,
    skip: bool = False,
) -> list[Source]:
    """Files behind a path or several: itself, the members of a zip, the data files of a folder.

    What is passed over is noted in `tally`: a README or MANIFEST beside the data, a workbook or another table that is
    not read so, a file given twice, and an archive that stands beside what was unpacked from it. With `skip` a damaged
    archive is booked there, unless nothing else is found.
    """
    found: list[Source] = []
    for file in [file for path in as_paths(paths) for file in _files(path, suffixes, tally)]:
        try:
            found += _members(file, suffixes, tally)
        except FormatError as damage:
            if not skip:
                raise
            tally.failed[file.name] = str(damage)
    if not found:
        raise tally.first_failure()
    return _each_once(found, tally)


def _files(path: Path, suffixes: Sequence[str], tally: Tally) -> list[Path]:
    if not path.is_dir():
        check_exists(path)
        return [path]
    data = _data_files(files_in(path), suffixes, tally)
    if not data:
        raise FormatError(f"folder {path} holds no data file ({', '.join(suffixes)}).")
    return data


def files_in(folder: Path) -> list[Path]:
    """Files of a folder and of those in it, by name; hidden ones, as Jupyter's copies of tables, are none of the data.

    A folder that may not be read is an error: its files would be missing without a word.
    """

    def refuse(problem: OSError) -> NoReturn:
        raise problem

    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in names if not name.startswith(".")]
    return sorted(file for file in found if file.is_file())


def _data_files(files: Sequence[Path], suffixes: Sequence[str], tally: Tally) -> list[Path]:
    """The files with an ending that is read, of which some are no data by their names; other tables are noted."""
    for file in files:
        ending = file.suffix.lower()
        if ending in OTHER_TABLES and ending not in suffixes:
            tally.note(f"{file.name} was passed over: of a folder or archive {', '.join(suffixes)} are read")
    found = [file for file in files if file.suffix.lower() in suffixes]
    beside = {file for file in found if BESIDE_DATA.match(file.name)}
    if len(beside) < len(found):
        for file in filter(beside.__contains__, found):
            tally.note(f"{file.name} was passed over: no data by its name")
    return [file for file in found if file not in beside]


def _members(path: Path, suffixes: Sequence[str], tally: Tally) -> list[Source]:
    if path.suffix.lower() != ".zip":
        return [Source(path)]
    with _damage_of(path.name), zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
    infos.sort(key=lambda info: info.filename)
    names = [Path(info.filename).as_posix() for info in infos]  # ./a.csv is a.csv
    if twice := sorted(name for name, times in Counter(names).items() if times > 1):
        raise FormatError(
            f"{path.name} holds two members named {twice[0]!r}; pack it anew with one of each name."
        )
    inside = {Path(name): info for name, info in zip(names, infos, strict=True)}
    seen = [file for file in inside if not any(part.startswith((".", "__MACOSX")) for part in file.parts)]
    members = [Source(path, inside[file]) for file in _data_files(seen, suffixes, tally)]
    if not members:
        raise FormatError(f"{path.name} holds no data file ({', '.join(suffixes)}); it holds {names[:5]}.")
    return members


def _each_once(found: list[Source], tally: Tally) -> list[Source]:
    """Each file once: not twice by two paths, nor packed and unpacked side by side."""
    kept: dict[tuple[Path, str | None], Source] = {}
    plain: dict[tuple[Path, str, int], str] = {}
    for source in found:
        key = (source.path.resolve(), source.member)
        if key in kept:
            tally.note(f"{source.name} was given twice and read once")
            continue
        packed = source.member is not None or source.path.suffix.lower() == ".gz"
        name = Path(source.member).name if source.member is not None else source.path.name
        name = name.removesuffix(".gz")
        size = unpacked_size(source)
        same = plain.get((key[0].parent, name, size)) if size else None
        if same is not None and (packed or Path(same).suffix.lower() in (".gz", ".zip") or "/" in same):
            tally.note(f"{source.name} was passed over: {same} has its name and size")
            continue
        plain.setdefault((key[0].parent, name, size), source.name)
        kept[key] = source
    return list(kept.values())


def unpacked_size(source: Source) -> int:
    """Bytes of the text, by the archive's own word where it is packed."""
    try:
        if source.info is not None:
            return source.info.file_size
        if source.path.suffix.lower() == ".gz":
            with source.path.open("rb") as file:
                file.seek(-4, 2)
                return int.from_bytes(file.read(4), "little")
        return source.path.stat().st_size
    except (*DAMAGE, ValueError):
        return 0


# ---- how far ----------------------------------------------------------------------------------------
def progress_line(unit: str) -> Callable[[int, int], None]:
    """Progress on stderr: a line that redraws itself on a terminal, a line every ten seconds elsewhere."""
    start = last = time.monotonic()
    live, over = sys.stderr.isatty(), False

    def show(done: int, total: int) -> None:
        nonlocal last, over
        now = time.monotonic()
        if over or (now - last < (0.2 if live else 10.0) and done < total):
            return
        last, over = now, done >= total
        share = f"{done / total:4.0%}" if total else ""
        line = f"{share} {done:,} of {total:,} {unit}, {now - start:,.0f} s"
        sys.stderr.write((f"\r{line}" if live else line) + ("" if live and done < total else "\n"))
        sys.stderr.flush()

    return show


def progress_of(progress: Progress | None, unit: str) -> Callable[[int, int], None] | None:
    """The function that is told how far a run is, of a line on stderr where True is given."""
    if progress is not None and not isinstance(progress, bool) and not callable(progress):
        raise TypeError(
            f"progress is {progress!r}; give True for a line on stderr, or a function of ({unit} read, {unit} in all)."
        )
    return progress_line(unit) if progress is True else progress or None


class Meter:
    """Tells a caller's progress function how many bytes are read, of how many; True draws a line on stderr."""

    def __init__(self, found: Sequence[Source], progress: Progress | None) -> None:
        self.progress = progress_of(progress, "bytes")
        self.sizes = {source: _packed_size(source) for source in found} if self.progress else {}
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


def _packed_size(source: Source) -> int:
    """Bytes that are read of a file: of one packed by gzip as it is, since a part of one tells any size as its own."""
    return source.path.stat().st_size if source.member is None else unpacked_size(source)


class Reader:
    """The files of one call, read one after another: with on_error="skip" a damaged one is told and left out."""

    def __init__(
        self,
        paths: Paths,
        tally: Tally,
        *,
        progress: Progress | None = None,
        on_error: OnError = "raise",
        suffixes: Sequence[str] = SUFFIXES,
    ) -> None:
        one_of("on_error", on_error, ("raise", "skip"))
        self.tally = tally
        self.skip = on_error == "skip"
        self.found = sources(paths, suffixes=suffixes, tally=tally, skip=self.skip)
        for source in self.found:
            if not source.path.is_file():  # its head is read before the whole
                raise FormatError(
                    f"{source.path} is a pipe or a device, which gives its bytes once; write them to a file first."
                )
        self.meter = Meter(self.found, progress)

    def parts(self, read: Callable[[Source], Iterable[pd.DataFrame]], what: str) -> list[pd.DataFrame]:
        """Frames that `read` makes of each file; what a damaged one had told is taken back, and its damage told."""
        made: list[pd.DataFrame] = []
        for source in self.found:
            before = self.tally.copy()
            self.tally.files.append(source.name)
            try:
                made += list(read(source))
            except FormatError as problem:
                if not self.skip:
                    raise
                self.tally.restore(before)
                self.tally.failed[source.name] = str(problem)
        if not made:
            raise self.nothing_found(what)
        return made

    def nothing_found(self, what: str) -> FormatError:
        """The error where no file gave a row of the kind looked for, with what was found in their place."""
        if self.tally.failed:
            return self.tally.first_failure()
        one, more = len(self.found) == 1, len(self.found) - 1
        name = self.found[0].name + ("" if one else f" and {more} more")
        if not self.tally.read:
            return FormatError(
                f"{name}: no row of {what}: {'the file is' if one else 'the files are'} empty."
            )
        why = self.tally.reasons()
        return FormatError(
            f"{name}: none of {self.tally.read:,} rows is one of {what}{': ' + why if why else ''}.{self.tally.way_out()}"
        )


# ---- their bytes ------------------------------------------------------------------------------------
def check_mark(source: Source, head: bytes) -> bytes:
    """The head without a UTF-8 mark; a `FormatError` where the bytes are no text table."""
    for mark, (what, way) in MARKS.items():
        if head.startswith(mark):
            raise FormatError(f"{source.name} is {what}, not a text table; {way}.")
    if head[:4096].count(b"\x00") * 4 > len(head[:4096]):
        raise FormatError(
            f"{source.name} is no UTF-8 text table: it is full of zero bytes (UTF-16 without its mark?)."
        )
    return head.removeprefix(UTF8_MARK)


def blocks(source: Source, meter: Meter | None = None) -> Iterator[bytes]:
    """Whole lines of a file in blocks, line ends made LF; a last line without an end is given one.

    UTF-16 with its mark comes as UTF-8. Blocks that hold nothing but blank lines are passed over.
    """
    rest = b""
    first, decoder = True, None
    with source.open() as file:
        size = max(_packed_size(source), 1)
        while block := file.read(BLOCK):
            if first:
                if block.startswith(UTF16_MARKS):
                    decoder = codecs.getincrementaldecoder("utf-16")()
                else:
                    block = check_mark(source, block)
                first = False
            if decoder is not None:
                with _damage_of(source.name):
                    block = decoder.decode(block).encode("utf-8")
            text = rest + block
            cut = max(text.rfind(b"\n"), text.rfind(b"\r", 0, len(text) - 1)) + 1
            rest = text[cut:]
            if len(rest) > BLOCK:
                raise FormatError(f"{source.name} has a line longer than {BLOCK:,} bytes: not a text table.")
            if cut and not (len(text) > BLOCK // 2 and text[:cut].isspace()):
                yield plain_ends(text[:cut])
            if meter:
                meter.tell(source, file.position / size)
        if rest:
            yield plain_ends(rest) if rest.endswith((b"\n", b"\r")) else plain_ends(rest) + b"\n"
    if meter:
        meter.finish(source)


def plain_ends(text: bytes) -> bytes:
    """Line ends of every kind made LF."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def whole(source: Source, tally: Tally, meter: Meter | None = None) -> bytes:
    """A file at once in UTF-8, line ends made LF; refused where its table would not fit the memory."""
    check_fits(source.name, IN_MEMORY * _packed_size(source), PARTS)
    parts, size = [], 0
    for block in blocks(source, meter):
        size += len(block)
        check_fits(source.name, IN_MEMORY * size, PARTS)
        parts.append(block)
    return as_utf8(b"".join(parts), source.name, tally)


def as_utf8(text: bytes, name: str, tally: Tally) -> bytes:
    """The same lines, those that are not UTF-8 read as Windows-1252 (or Latin-1) and counted."""
    with suppress(UnicodeDecodeError):
        if not text.isascii():
            text.decode("utf-8")
        return text
    lines = text.split(b"\n")
    # nothing stands behind the last end of line
    odd = np.zeros(len(lines) - text.endswith(b"\n"), dtype=bool)
    for at, line in enumerate(lines):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            lines[at] = _legacy(line).encode("utf-8")
            odd[at] = True
    tally.note(f"{name}: lines not in UTF-8 were read as Windows-1252 or Latin-1")
    tally.fact(NOT_UTF8, odd)
    return b"\n".join(lines)


def _legacy(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


# ---- how far a packed file may unpack: tables shrink five to fiftyfold, what shrinks far more is none
def most_unpacked(packed: int) -> int:
    """Bytes that a file of `packed` bytes may unpack to."""
    return max(ALWAYS, TIMES * packed)


def unpacks_too_far(name: str, packed: int, size: int | None = None) -> FormatError:
    """The error for a file that unpacks to `size`, or to more than it may where the size is not known."""
    reached = f"more than {_in_words(most_unpacked(packed))}" if size is None else _in_words(size)
    return FormatError(
        f"{name} unpacks from {_in_words(packed)} to {reached}, more than {TIMES} times as much: no table of events "
        "shrinks so far. If you trust it, unpack it yourself and give the file that comes out, or parts of it."
    )


def check_members(path: object, archive: zipfile.ZipFile) -> None:
    """Raise for a member of an archive that unpacks too far, before any of it is unpacked."""
    for info in archive.infolist():
        _check_member(f"{path}/{info.filename}", info)


def _check_member(name: str, info: zipfile.ZipInfo) -> None:
    if info.file_size > most_unpacked(info.compress_size):
        raise unpacks_too_far(name, info.compress_size, info.file_size)


def check_fits(name: str, size: float, way_out: str) -> None:
    """Raise for `size` bytes that this machine could not hold."""
    if size > memory():
        raise FormatError(
            f"{name} would take {_in_words(size)} in memory, and this process may take {_in_words(memory())}. {way_out}"
        )


def _in_words(size: float) -> str:
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size:,.0f} bytes"
