"""The command line: ``python -m alignscore score``, ``post`` and ``show``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignscore.axes import FREQS, Freq
from alignscore.codebook import Codebook
from alignscore.decay import HalfLife
from alignscore.errors import AlignScoreError, EventError, OptionError, unknown
from alignscore.events import Events
from alignscore.events.screening import where
from alignscore.ledger import Ledger
from alignscore.tables.files import progress_line

if TYPE_CHECKING:
    import pandas as pd

    from alignscore.scale.file_by_file import Read
    from alignscore.tables.reading_report import ReadReport

FORMATS = ("gdelt", "icews", "polecat")
BOOKS: dict[str, Callable[[], Codebook]] = {
    "ladder": Codebook.ladder, "cameo": Codebook.cameo, "plover": Codebook.plover,
}  # fmt: skip
YEAR_OF_GDELT = (
    "mkdir gdelt; for d in $(seq 0 364); do curl -sf --output-dir gdelt -O "
    'http://data.gdeltproject.org/events/$(date -d "2024-01-01 +$d day" +%Y%m%d).export.CSV.zip; done; '
    "python -m alignscore post gdelt --format gdelt --freq M --checkpoint gdelt-saved --out gdelt2024.npz && "
    "python -m alignscore score gdelt2024.npz --powers CHN USA "
    "--states BRN IDN KHM LAO MMR MYS PHL SGP THA VNM --out scores.csv"
)
EPILOG = f"""\
a year of GDELT, from its site to monthly scores of the ASEAN states (one line; GNU date):
  {YEAR_OF_GDELT}

posting file by file, steps that compare rows (mirrored, one a day) look within each file.
"""


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    shown = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        prog="python -m alignscore", description="Alignment and hedging of states from tables of events.",
        epilog=EPILOG, formatter_class=shown,
    )  # fmt: skip
    commands = top.add_subparsers(dest="command", required=True, metavar="{score,post,show}")
    score = commands.add_parser("score", help="scores from events or from a saved ledger, as tidy CSV",
                                epilog=EPILOG, formatter_class=shown)  # fmt: skip
    score.add_argument(
        "events", metavar="EVENTS", help="CSV or Parquet table, ledger (.npz), or files of --format"
    )
    score.add_argument("--powers", nargs="+", metavar="POWER", help="the powers between which states stand")
    score.add_argument("--states", nargs="+", metavar="STATE", help="only these states")
    score.add_argument("--measure", choices=("hedging", "alignment"), default="hedging")
    score.add_argument("--refused", metavar="FILE.csv", help="write refused rows here and score the rest")
    score.add_argument("--out", metavar="FILE.csv", help="write scores here and not to the screen")
    post = commands.add_parser(
        "post", help="a folder of any size to a ledger", epilog=EPILOG, formatter_class=shown
    )
    post.add_argument(
        "files", nargs="+", metavar="FILE", help="files or folders: Parquet, CSV, or of --format"
    )
    post.add_argument("--out", required=True, metavar="LEDGER", help="ledger to write (.npz)")
    post.add_argument(
        "--checkpoint", metavar="DIR", help="save here on the way, and continue from what is saved"
    )
    for command in (score, post):
        command.add_argument(
            "--format", choices=FORMATS, help="published event data, cleaned as its reader does"
        )
        command.add_argument("--freq", choices=FREQS, default=None, help="length of a period (default Y)")
        command.add_argument("--half-life", type=float, metavar="YEARS", help="default 5; inf: no forgetting")
        command.add_argument(
            "--codebook", metavar="NAME", help="ladder (default), cameo, plover, or a CSV or JSON file"
        )
    show = commands.add_parser("show", help="what a ledger holds")
    show.add_argument("ledger", metavar="LEDGER")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 0 if it went well, 2 if what was asked cannot be done.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after ``python -m alignscore``; those of the process where not given.

    Returns
    -------
    int
    """
    options = parser().parse_args(argv)
    command = {"score": _score, "post": _post, "show": _show}[options.command]
    try:
        command(options)
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("alignscore: stopped", file=sys.stderr)
        return 130
    except (AlignScoreError, OSError, ImportError) as problem:
        print(f"alignscore: {_one_line(problem)}", file=sys.stderr)
        return 2
    return 0


def _one_line(problem: Exception) -> str:
    if isinstance(problem, FileNotFoundError) and problem.filename is not None:
        return f"no file at {problem.filename}"
    return " ".join(str(problem).split())


# ---- score ----------------------------------------------------------------------------------------
def _score(options: argparse.Namespace) -> None:
    from alignscore.measures.dyads.alignment import alignment
    from alignscore.measures.states.hedging import hedging

    if options.measure == "hedging" and not options.powers:
        raise OptionError(
            "--powers is missing: name the powers, as --powers CHN USA, or ask for --measure alignment."
        )
    ties = _ledger(options).ties()
    states = options.states
    for state in states or ():
        ties.axes.actor(state)
    if options.measure == "hedging":
        frame = hedging(ties, powers=tuple(options.powers), states=states).to_frame()
    else:
        frame = alignment(ties).to_frame()
        if states:
            frame = frame[frame["source"].isin(states)]
        if options.powers:
            for power in options.powers:
                ties.axes.actor(power)
            frame = frame[frame["target"].isin(options.powers)]
    _write(frame, options.out)


def _ledger(options: argparse.Namespace) -> Ledger:
    path = Path(options.events)
    if path.suffix.lower() == ".npz":
        given = [f"--{name.replace('_', '-')}" for name in ("freq", "half_life", "codebook", "format", "refused")
                 if getattr(options, name) is not None]  # fmt: skip
        if given:
            raise OptionError(f"{given[0]} was settled when {path.name} was posted; leave it out here.")
        return Ledger.load(path)
    return Ledger.post(_events(path, options), freq=options.freq or "Y", decay=_decay(options))


def _events(path: Path, options: argparse.Namespace) -> Events:
    if options.format is not None:
        _refuse_codebook(options)
        events, report = _reader(options.format)(path, progress=progress_line("bytes"))
        _tell(report)
        return events
    book = _codebook(options.codebook)
    if path.suffix.lower() in (".parquet", ".pq"):
        events, refused = Events.screen(_parquet(path), codebook=book)
    else:
        events, refused = Events.screen_csv(path, codebook=book)
    if len(refused) and options.refused is None:
        counts = ", ".join(f"{reason} ({n})" for reason, n in refused["reason"].value_counts().items())
        raise EventError(
            f"{len(refused)} of {events.report['read']} rows refused: {counts}. First: {where(refused)}, "
            f"{refused['detail'].iloc[0]} --refused FILE.csv writes them there and scores the rest."
        )
    if options.refused is not None:
        refused.to_csv(options.refused, index=False)
        print(f"{len(refused)} of {events.report['read']} rows refused: {options.refused}", file=sys.stderr)
    return events


def _parquet(path: Path) -> pd.DataFrame:
    from alignscore.tables.parquet_files import parquet_table

    return parquet_table(path)


# ---- post -----------------------------------------------------------------------------------------
def _post(options: argparse.Namespace) -> None:
    from alignscore.scale.file_by_file import post_tables
    from alignscore.scale.parquet import post_parquet
    from alignscore.scale.stream import Settings

    out = Path(options.out)
    if not out.parent.is_dir():
        raise OptionError(f"there is no folder {out.parent} to write {out.name} to.")
    freq: Freq = options.freq or "Y"
    decay = _decay(options)
    if options.format is None and _suffixes(options.files) <= {".parquet", ".pq"}:
        book = _codebook(options.codebook)
        ledger = post_parquet(options.files, freq=freq, decay=decay, codebook=book,
                              checkpoint=options.checkpoint, progress=progress_line("rows"))  # fmt: skip
    else:
        read, book = _per_file(options)
        settings = Settings.of(freq, decay, book)
        ledger = post_tables(_listed(options.files, options.format), read, settings, reader=options.format or "csv",
                             checkpoint=options.checkpoint, progress=progress_line("files"))  # fmt: skip
    ledger.save(out)
    _tell(ledger.report)
    print(f"{ledger!r} in {out}", file=sys.stderr)


def _suffixes(files: Sequence[str]) -> set[str]:
    """Suffixes of the files, a folder's where it holds Parquet counted as Parquet."""
    found = set()
    for path in map(Path, files):
        parquet = path.is_dir() and any(path.rglob("*.parquet"))
        found.add(".parquet" if parquet else path.suffix.lower())
    return found


def _listed(files: Sequence[str], form: str | None) -> list[Path]:
    """Files one by one; a folder's in order of name."""
    from alignscore.tables.files import SUFFIXES, sources

    if form is None:
        found = sources([Path(file) for file in files], suffixes=(".csv",))
    else:
        found = sources([Path(file) for file in files], suffixes=SUFFIXES)
    return list(dict.fromkeys(source.path for source in found))


def _per_file(options: argparse.Namespace) -> tuple[Read, Codebook]:
    """Function from a file to its table and the account of it, and the codebook the table is read under."""
    from alignscore.events.table import REQUIRED
    from alignscore.tables.files import Source
    from alignscore.tables.opening import open_table
    from alignscore.tables.reading_report import Tally

    def csv(path: Path) -> tuple[Any, Tally, int]:
        tally = Tally("csv")
        table = open_table(Source(path), tally, needed=REQUIRED, what="CSV table", lower=False)
        return table, tally, len(table)

    if options.format is None:
        return csv, _codebook(options.codebook)
    _refuse_codebook(options)
    reader = _reader(options.format)

    def published(path: Path) -> tuple[Any, Tally, int]:
        events, report = reader(path)
        moved = {(step.action, step.reason): (step.rows, step.before, step.example) for step in report.steps}
        return events.to_frame(), Tally(options.format, read=report.read, moved=moved), report.kept

    return published, Codebook.plover() if options.format == "polecat" else _cameo(options.format)


def _cameo(form: str) -> Codebook:
    return Codebook.cameo(values="gdelt" if form == "gdelt" else "icews")


# ---- show -----------------------------------------------------------------------------------------
def _show(options: argparse.Namespace) -> None:
    ledger = Ledger.load(options.ledger)
    print(repr(ledger))
    axes = ledger.axes
    print(f"actors: {', '.join(axes.actors[:20])}{', ...' if len(axes.actors) > 20 else ''}")
    volume = ledger.volume()
    volume = volume[volume["n"] > 0]
    print(volume.groupby("domain", sort=False)[["n", "mass"]].sum().round(3).to_string())
    print(volume.groupby("period")[["n", "mass"]].sum().round(3).tail(12).to_string())


# ---- shared ---------------------------------------------------------------------------------------
def _codebook(name: str | None) -> Codebook:
    if name is None or name in BOOKS:
        return BOOKS[name or "ladder"]()
    if not Path(name).exists():
        raise unknown("codebook", name, BOOKS)
    return Codebook.load(name)


def _refuse_codebook(options: argparse.Namespace) -> None:
    if options.codebook is not None:
        raise OptionError(f"--format {options.format} brings its own codebook; leave --codebook out.")


def _decay(options: argparse.Namespace) -> HalfLife:
    return HalfLife() if options.half_life is None else HalfLife(options.half_life)


def _reader(name: str) -> Callable[..., tuple[Events, ReadReport]]:
    from importlib import import_module

    reader: Callable[..., tuple[Events, ReadReport]]
    reader = getattr(import_module(f"alignscore.readers.{name}"), f"read_{name}")
    return reader


def _write(frame: pd.DataFrame, out: str | None) -> None:
    frame.to_csv(sys.stdout if out is None else out, index=False)


def _tell(report: ReadReport) -> None:
    print(repr(report), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
