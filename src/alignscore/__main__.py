"""The command line: ``alignscore score``, ``post``, ``show``, ``report``, ``fit`` and ``surprise``."""

from __future__ import annotations

import argparse
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import alignscore
from alignscore.actors.labels import ACTOR_LABELS
from alignscore.axes import FREQS, Freq
from alignscore.codebook import Codebook
from alignscore.decay import HalfLife
from alignscore.errors import AlignScoreError, EventError, OptionError, SilentActorWarning, as_path, unknown
from alignscore.events import Events
from alignscore.events.screening import first_place
from alignscore.ledger import Ledger
from alignscore.tables.files import PARQUET, SUFFIXES, OnError, files_in, progress_line
from alignscore.tables.opening import arrow_table, workbook_table
from alignscore.tables.writing import csv_cells, write_table

if TYPE_CHECKING:
    import pandas as pd

    from alignscore.readers.steps.series import Series
    from alignscore.scale.file_by_file import Read
    from alignscore.tables.reading_report import ReadReport

MEASURES = ("hedging", "alignment", "exposure", "influence", "affinity", "institutionalisation")
BOTH_WAYS = ("alignment", "exposure", "affinity", "institutionalisation")  # measures with directed=
BOOKS: dict[str, Callable[[], Codebook]] = {
    "ladder": Codebook.ladder,
    "cameo": Codebook.cameo,
    "plover": Codebook.plover,
}
FORMATS: dict[str, Callable[[], Codebook]] = {  # published event data, and the codebook of each
    "gdelt": partial(Codebook.cameo, values="gdelt"),
    "icews": partial(Codebook.cameo, values="icews"),
    "polecat": Codebook.plover,
}
EITHER: dict[str, Any] = {"action": argparse.BooleanOptionalAction, "default": None}
IN_WORDS = (  # ways out that errors tell in Python, and what they are here
    (re.compile(r"Events\.from_frame\(\.\.\., actors='iso3'\)"), "alignscore score --actors iso3"),
    (re.compile(r"actors='(\w+)'"), r"--actors \1"),
    (re.compile(r"by='all' takes"), "--by all takes"),
    (re.compile(r"dayfirst=True or dayfirst=False"), "--dayfirst or --no-dayfirst"),
    (re.compile(r"date_format='(.*?)'"), r"--date-format '\1'"),
    (re.compile(r"^years is"), "--half-life is"),
    (re.compile(r"Ledger\.save\(\.\.\.\) writes one"), "alignscore post writes one"),
    (re.compile(r"read_events takes the files in it"), "alignscore post takes the files in it"),
    (re.compile(r"read the ledger by Ledger\.load"), "give the events that the ledger was posted from"),
    (re.compile(r"Say which is which: .*\.rename\(columns=\{(.*?)\}\)"), r"Rename columns of the table: \1"),
)
YEAR_OF_GDELT = (
    "mkdir gdelt; for d in $(seq 0 364); do curl -sf --output-dir gdelt -O "
    'http://data.gdeltproject.org/events/$(date -d "2024-01-01 +$d day" +%Y%m%d).export.CSV.zip; done; '
    "alignscore post gdelt --format gdelt --freq M --checkpoint gdelt-saved --out gdelt2024.npz && "
    "alignscore score gdelt2024.npz --powers CHN USA "
    "--states BRN IDN KHM LAO MMR MYS PHL SGP THA VNM --out scores.csv"
)
EPILOG = f"""\
a year of GDELT, from its site to monthly scores of the ASEAN states (one line; GNU date):
  {YEAR_OF_GDELT}

posting file by file, steps that compare rows (mirrored, one a day) look across files over --window days.
"""


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    long: dict[str, Any] = {"epilog": EPILOG, "formatter_class": argparse.RawDescriptionHelpFormatter}
    about = "Alignment and hedging of states from tables of events."
    top = argparse.ArgumentParser(prog="alignscore", description=about, **long)
    top.add_argument("--version", action="version", version=f"alignscore {alignscore.__version__}")
    commands = top.add_subparsers(required=True, metavar="{score,post,show,report,fit,surprise}")

    def command(
        name: str, run: Callable[[argparse.Namespace], None], reads: str, help: str, **more: Any
    ) -> Any:
        # what is read comes first: behind --powers a file would be taken for one of them
        made = commands.add_parser(name, help=help, usage=f"%(prog)s {reads} [options]", **more)
        made.set_defaults(run=run)
        return made

    tidy = "scores from events or from a saved ledger, as tidy CSV"
    score = command("score", _score, "EVENTS --powers POWER POWER", tidy, **long)
    asked = "default hedging, which needs --powers"
    score.add_argument("--measure", choices=MEASURES, default="hedging", help=asked)
    score.add_argument("--period", metavar="PERIOD", help="only this period, such as 2024 or 2024-06")
    both = "each direction of a pair apart, or both added (scores of pairs)"
    score.add_argument("--directed", help=both, **EITHER)
    score.add_argument("--columns", choices=("short", "all"), default="short", help="default short")
    page = command(
        "report", _report, "EVENTS --powers POWER POWER --out FILE", "one page for people without Python"
    )
    page.add_argument("--title", metavar="TEXT")
    page.add_argument("--draws", type=int, default=256, help="replicates of the part on judgement")
    fit = command("fit", _fit, "EVENTS", "half-life, prior and dispersion estimated from the data")
    breaks = command("surprise", _surprise, "EVENTS", "which pairs broke from their own path, and when")
    breaks.add_argument("--period", metavar="PERIOD", help="only this period")
    for one in (fit, breaks):
        one.add_argument(
            "--by", choices=("domain", "all"), default="domain", help="all: the domains taken together"
        )
    _add_powers(score, "; of scores of pairs, only those with these")
    _add_powers(page)
    for one in (score, fit, breaks):
        _add_table(one, " ledger (.npz),", "write here (.csv, .parquet, .xlsx), not to the screen")
    _add_table(page, "", "write here: .html", required=True)
    for one in (score, fit, breaks):
        raw = "keep text cells that a spreadsheet would run as formulas"
        one.add_argument("--raw", action="store_true", help=raw)
    post = command("post", _post, "FILE [FILE ...] --out LEDGER", "a folder of any size to a ledger", **long)
    files = "files or folders: Parquet, CSV, or of --format"
    post.add_argument("files", nargs="+", metavar="FILE", help=files)
    post.add_argument("--out", required=True, metavar="LEDGER", help="ledger to write (.npz)")
    days = "with --format: days over which one act is looked for across files (default 7)"
    post.add_argument("--window", type=int, metavar="DAYS", help=days)
    saved = "save here on the way, and continue from what is saved"
    post.add_argument("--checkpoint", metavar="DIR", help=saved)
    for one in (score, post, page, fit, breaks):
        _add_reading(one, in_parts=one is post, by_years=one is page)
    command("show", _show, "LEDGER", "what a ledger holds").add_argument("ledger", metavar="LEDGER")
    return top


def _add_powers(to: argparse.ArgumentParser, of_pairs: str = "") -> None:
    between = f"the powers between which states stand{of_pairs}"
    to.add_argument("--powers", nargs="+", metavar="POWER", help=between)
    to.add_argument("--states", nargs="+", metavar="STATE", help="only these states")


def _add_table(to: argparse.ArgumentParser, ledger: str, out: str, *, required: bool = False) -> None:
    """What is read as one table, and where results go."""
    given = f"table (.csv, .parquet, .xlsx),{ledger} or files of --format"
    to.add_argument("events", metavar="EVENTS", help=given)
    to.add_argument("--refused", metavar="FILE", help="write refused rows here and use the rest")
    to.add_argument("--out", metavar="FILE", required=required, help=out)


def _add_reading(to: argparse.ArgumentParser, *, in_parts: bool, by_years: bool) -> None:
    """How events are read and faded; a part of a table tells less than the whole."""
    add = to.add_argument
    order = "where it is not said refused" if in_parts else "not needed where the column tells the order"
    to_iso3 = (
        "" if in_parts else "iso3: names and codes of states to ISO 3166 letters, as China and CHN to CHN; "
    )
    actors = to_iso3 + "as_given: each label an actor of its own; check (default): two of one refused"
    skip = "pass damaged files over, and say which"
    add("--format", choices=tuple(FORMATS), help="published event data, cleaned as its reader does")
    if not by_years:
        add("--freq", choices=FREQS, default=None, help="length of a period (default Y)")
    add("--half-life", type=float, metavar="YEARS", help="default: the codebook's; inf: no forgetting")
    add("--codebook", metavar="NAME", help="ladder (default), cameo, plover, or a CSV or JSON file")
    add("--dayfirst", help=f"how 03/02/2024 is read; {order}", **EITHER)
    add("--date-format", metavar="CODES", help="how every date is written, such as %%d.%%m.%%Y")
    add("--actors", choices=("check", "as_given") if in_parts else ACTOR_LABELS, help=actors)
    add("--skip-damaged", action="store_true", default=None, help=skip)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, of the words after ``alignscore``; 0 if it went well, 2 if what was asked cannot be done."""
    options = parser().parse_args(argv)
    try:
        _keep_what_is_read(options)
        with _notes():
            options.run(options)
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("alignscore: stopped", file=sys.stderr)
        return 130
    except UnicodeEncodeError as problem:  # a label that the screen has no letters for
        lost = problem.object[problem.start : problem.end]
        print(
            f"alignscore: output in {problem.encoding} cannot hold {lost!r:.60}: set PYTHONIOENCODING=utf-8, or name a "
            "file by --out.",
            file=sys.stderr,
        )
        return 2
    except (AlignScoreError, OSError, ImportError) as problem:
        print(f"alignscore: {_one_line(problem)}", file=sys.stderr)
        return 2
    return 0


def _keep_what_is_read(options: argparse.Namespace) -> None:
    """Refuse to write over a file that is read, or two tables to one file."""
    given = vars(options)
    read = [given.get("events"), given.get("codebook"), *given.get("files", [])]
    taken = {Path(name).resolve() for name in read if name is not None}
    for option in ("refused", "out"):
        if given.get(option) is None:
            continue
        place = Path(given[option]).resolve()
        if place in taken:
            raise OptionError(
                f"--{option} {given[option]} would write over a file that is read, or written too; name another."
            )
        taken.add(place)


@contextmanager
def _notes() -> Iterator[None]:
    """Notes of the library as lines on stderr, each once."""
    noted: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        if str(message) not in noted:
            print(f"alignscore: {message}", file=sys.stderr)
        noted.add(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", SilentActorWarning)
        warnings.showwarning = show
        yield


def _one_line(problem: Exception) -> str:
    if isinstance(problem, FileNotFoundError) and problem.filename is not None:
        return f"no file at {problem.filename}"
    line = " ".join(str(problem).split())
    for python, words in IN_WORDS:
        line = python.sub(words, line)
    return line


# ---- score ----------------------------------------------------------------------------------------
def _score(options: argparse.Namespace) -> None:
    if options.measure == "hedging" and not options.powers:
        raise OptionError(
            "--powers is missing: name the powers, as --powers CHN USA, or ask for --measure alignment."
        )
    if options.directed is not None and options.measure not in BOTH_WAYS:
        raise OptionError(f"--directed does not go with --measure {options.measure}.")
    ledger = _ledger(options)
    measure = getattr(alignscore, options.measure)
    if options.measure == "hedging":  # which names its states itself, and reads of a ledger what they need
        result = measure(ledger, powers=tuple(options.powers), states=options.states)
    else:
        ties = ledger.ties().naming([*(options.states or ()), *(options.powers or ())])
        more = {} if options.directed is None else {"directed": options.directed}
        result = measure(ties, **more)
    when = {} if options.period is None else {"period": options.period}
    frame = result.of(columns=options.columns, **when)
    if options.measure != "hedging":
        frame = _among(frame, options.states, options.powers, directed=not result._undirected)
    _write(frame, options)


def _among(
    frame: pd.DataFrame, states: list[str] | None, powers: list[str] | None, *, directed: bool
) -> pd.DataFrame:
    """Rows from the states to the powers; where directions are added, of pairs named either way."""
    forth = back = np.ones(len(frame), dtype=bool)
    for wanted, end, other in ((states, "source", "target"), (powers, "target", "source")):
        if wanted:
            forth, back = forth & frame[end].isin(wanted), back & frame[other].isin(wanted)
    return frame[forth] if directed else frame[forth | back]


# ---- report, fit, surprise ------------------------------------------------------------------------
def _report(options: argparse.Namespace) -> None:
    if not options.powers:
        raise OptionError("--powers is missing: name two powers, as --powers CHN USA.")
    if Path(options.out).suffix.lower() not in (".html", ".htm"):
        raise OptionError(f"--out {options.out} is no page; name it .html.")
    events, reading = _events(as_path(options.events), options)
    alignscore.report(
        events, powers=tuple(options.powers), states=options.states, path=options.out, title=options.title,
        decay=_decay(options), draws=options.draws, reading=reading,
    )  # fmt: skip


def _fit(options: argparse.Namespace) -> None:
    _write(alignscore.fit_decay(_ledger(options), by=options.by).to_frame(), options)


def _surprise(options: argparse.Namespace) -> None:
    found = alignscore.surprise(_ledger(options), by=options.by)
    frame = found.to_frame() if options.period is None else found.at(options.period)
    _write(frame[frame["z"].notna()], options)


def _ledger(options: argparse.Namespace) -> Ledger:
    path = as_path(options.events)
    if path.suffix.lower() == ".npz":
        settled = (
            "freq", "half_life", "codebook", "format", "refused", "dayfirst", "date_format", "actors", "skip_damaged",
        )  # fmt: skip
        given = [
            f"--{name.replace('_', '-')}" for name in settled if getattr(options, name, None) is not None
        ]
        if given:
            raise OptionError(f"{given[0]} was settled when {path.name} was posted; leave it out here.")
        return Ledger.load(path)
    return Ledger.post(_events(path, options)[0], freq=options.freq or "Y", decay=_decay(options))


def _events(path: Path, options: argparse.Namespace) -> tuple[Events, ReadReport | None]:
    """The events of a table or of published files, and the reader's account where one read them."""
    if options.format is not None:
        _refuse_settled(options)
        if options.refused is not None:
            raise OptionError(
                "--refused is for a table; what --format leaves out is counted, by reason, as it is read."
            )
        more = {"on_error": "skip"} if options.skip_damaged else {}
        read = getattr(alignscore, f"read_{options.format}")
        events, report = read(path, progress=progress_line("bytes"), **more)
        print(repr(report), file=sys.stderr)
        return events, report
    if options.skip_damaged:
        raise OptionError(
            "--skip-damaged is for files of --format, or for many to post; a damaged table has no rest."
        )
    how = {**_dates(options), "actors": options.actors or "check", "codebook": _codebook(options.codebook)}
    opened = ({".xlsx": workbook_table} | dict.fromkeys(PARQUET, arrow_table)).get(path.suffix.lower())
    if opened is None:
        events, refused = Events.screen_csv(path, **how)
    else:
        events, refused = Events.screen(opened(path), **how)
    if len(refused) and options.refused is None:
        counts = ", ".join(f"{reason} ({n})" for reason, n in refused["reason"].value_counts().items())
        raise EventError(
            f"{len(refused)} of {events.report['read']} rows refused: {counts}. First: {first_place(refused)}, "
            f"{refused['detail'].iloc[0]} --refused FILE.csv writes them there and scores the rest."
        )
    if options.refused is not None:
        write_table(refused, options.refused)
        print(f"{len(refused)} of {events.report['read']} rows refused: {options.refused}", file=sys.stderr)
    return events, None


# ---- post -----------------------------------------------------------------------------------------
def _post(options: argparse.Namespace) -> None:
    from alignscore.scale.file_by_file import post_tables
    from alignscore.scale.stream import Settings

    out = Path(options.out)
    if not out.parent.is_dir():
        raise OptionError(f"there is no folder {out.parent} to write {out.name} to.")
    if out.suffix.lower() != ".npz":  # by which the other commands know a ledger
        raise OptionError(f"--out {options.out} is no ledger; name it .npz.")
    if options.format is None and options.window is not None:
        raise OptionError("--window is for files of --format: rows of other tables are not compared.")
    freq: Freq = options.freq or "Y"
    decay = _decay(options)
    labels = "as_given" if options.actors == "as_given" else None
    on_error: OnError = "skip" if options.skip_damaged else "raise"
    if options.format is None and _all_parquet(options.files):
        book = _codebook(options.codebook)
        ledger = alignscore.post_parquet(
            options.files, freq=freq, decay=decay, codebook=book, **_dates(options), actors=labels,
            on_error=on_error, checkpoint=options.checkpoint, progress=progress_line("rows"),
        )  # fmt: skip
    else:
        read, book = _per_file(options, on_error)
        settings = Settings.make(freq, decay, book, **_dates(options), actors=labels)
        ledger = post_tables(
            options.files, read, settings, reader=options.format or "csv",
            on_error=on_error, checkpoint=options.checkpoint, progress=progress_line("files"),
        )  # fmt: skip
    ledger.save(out)
    print(f"{ledger.report!r}\n{ledger!r} in {out}", file=sys.stderr)


def _all_parquet(files: Sequence[str]) -> bool:
    """Whether the files, and those in the folders, are Parquet; some of them are not to be passed over."""
    kinds = {True: "", False: ""}
    for path in map(as_path, files):
        for file in files_in(path) if path.is_dir() else [path]:
            suffix = file.suffix.lower()
            if not path.is_dir() or suffix in (*PARQUET, *SUFFIXES):
                kinds[suffix in PARQUET] = kinds[suffix in PARQUET] or file.name
    if all(kinds.values()):
        raise OptionError(
            f"there are Parquet files and others ({kinds[True]}, {kinds[False]}); post each kind to a ledger, and "
            "add the two."
        )
    return bool(kinds[True])


def _per_file(options: argparse.Namespace, on_error: OnError) -> tuple[Read | Series, Codebook]:
    """What reads the files one by one, and the codebook their tables are read under."""
    from alignscore.events.rules import REQUIRED
    from alignscore.readers.steps.draft import draft_of
    from alignscore.readers.steps.series import WINDOW, Series
    from alignscore.tables.opening import open_tables
    from alignscore.tables.reading_report import Tally

    def csv(path: Path) -> tuple[Any, Tally]:
        tally = Tally("csv")
        table = open_tables(path, tally, needed=REQUIRED, what="CSV table", lower=False, on_error=on_error)
        return table, tally

    if options.format is None:
        return csv, _codebook(options.codebook)
    _refuse_settled(options)
    draft = partial(draft_of(getattr(alignscore, f"read_{options.format}")), on_error=on_error)
    series = Series(draft, WINDOW if options.window is None else options.window)
    return series, FORMATS[options.format]()


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
    if not (Path(name).suffix or Path(name).exists()):  # a name, and not that of a file that is missing
        raise unknown("codebook", name, BOOKS)
    return Codebook.load(name)


def _refuse_settled(options: argparse.Namespace) -> None:
    """Refuse options that a format settles itself."""
    for name, why in (
        ("codebook", "brings its own codebook; leave --codebook out."),
        ("dayfirst", "writes dates in its own way; say nothing of them."),
        ("date_format", "writes dates in its own way; say nothing of them."),
        ("actors", "brings its own codes of actors; leave --actors out."),
    ):
        if getattr(options, name) is not None:
            raise OptionError(f"--format {options.format} {why}")


def _dates(options: argparse.Namespace) -> dict[str, Any]:
    """How the dates of a table are written."""
    return {"dayfirst": options.dayfirst, "date_format": options.date_format}


def _decay(options: argparse.Namespace) -> HalfLife | None:
    return None if options.half_life is None else HalfLife(options.half_life)


def _write(frame: pd.DataFrame, options: argparse.Namespace) -> None:
    if options.out is not None:
        write_table(frame, options.out, formulas=options.raw)
        return
    csv_cells(frame, formulas=options.raw).to_csv(sys.stdout, index=False)


if __name__ == "__main__":
    sys.exit(main())
