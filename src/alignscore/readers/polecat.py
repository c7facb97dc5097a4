"""POLECAT event data (PLOVER): types with modes, contexts, and several actors in one cell."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.actors import level_codes
from alignscore.codebook import Codebook
from alignscore.codebook.codebook import plover_contexts
from alignscore.errors import OptionError, one_of
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.cleaning import Cleaning, CleanOptions, by_level
from alignscore.readers.steps.draft import Draft, reader_of
from alignscore.tables.files import OnError, Paths, Progress, Reader, Source
from alignscore.tables.reading_report import Tally
from alignscore.tables.tab_lines import headed_table, join, published_columns

NEEDED = (
    "Event ID", "Event Date", "Event Type", "Event Mode", "Contexts", "Actor Name", "Actor Country",
    "Recipient Name", "Recipient Country",
)  # fmt: skip
COLUMNS = {
    "Event Date": "when", "Contexts": "contexts", "Actor Name": "end_a", "Recipient Name": "end_b",
    "Actor Country": "state_a", "Recipient Country": "state_b", "Event ID": "event_id",
}  # fmt: skip


@reader_of
def read_polecat(
    path: Paths,
    *,
    pairs: Literal["shared", "full"] = "shared",
    contexts: Literal["first", "ignore"] = "first",
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **clean: Unpack[CleanOptions],
) -> Draft:
    r"""Events between states from POLECAT files.

    Parameters
    ----------
    path : path, or sequence of paths
        Weekly or merged text files (``ngecEvents...txt``), zipped, gzipped, or a folder of them.
    pairs : {"shared", "full"}, default "shared"
        Where n states meet in one event (all in Actor, Recipient empty), each pair is a mutual event; its
        weight is 1/(n - 1), so that each state took part in one meeting, or 1.
    contexts : {"first", "ignore"}, default "first"
        ``first``: the context of lowest rank in `plover_contexts` gives the domain; where two domains tie,
        the event is split evenly. Without a telling context, or with ``ignore``, the kind's own domains.
    progress, on_error
        As in `read_events`.
    **clean
        The steps of `Cleaning`: ends, cross_border, regions, one_a_day, dissolved, blocs, recode.

    Returns
    -------
    events : Events
        Kinds are PLOVER types and modes, ``CONSULT.visit``; actors are ISO 3166 alpha-3.
    report : ReadReport
        Every row accounted for; rows added by expanding pairs are counted.

    Raises
    ------
    FormatError
        A file without the columns of POLECAT.
    FileNotFoundError, OptionError, UnknownLabelError
        As in `read_events`.

    Notes
    -----
    A reader that drops rows without a recipient loses most meetings: a CONSULT without host and visitor
    lists every participant as Actor. Modes of older drafts without a score take that of their type.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> head = "Event ID,Event Date,Event Type,Event Mode,Contexts,Actor Name,Actor Country,Recipient Name"
    >>> lines = [[*head.split(","), "Recipient Country"]]
    >>> lines += [["a", "2023-01-03", "CONSULT", "visit", "military", "X", "VNM", "Y", "CHN"]]
    >>> lines += [["b", "2023-01-04", "CONSULT", "meet", "None", "X", "USA; PHL; JPN", "None", "None"]]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "ngecEvents.txt")
    ...     _ = path.write_text("".join("\t".join(line) + "\n" for line in lines))
    ...     events, report = read_polecat(path)
    >>> events.to_frame()[["source", "target", "domain", "kind", "weight", "mutual"]]
      source target      domain           kind  weight  mutual
    0    VNM    CHN    security  CONSULT.visit     1.0   False
    1    USA    PHL  diplomatic        CONSULT     0.5    True
    2    USA    JPN  diplomatic        CONSULT     0.5    True
    3    PHL    JPN  diplomatic        CONSULT     0.5    True
    >>> report.read, report.kept
    (2, 4)
    """
    one_of("pairs", pairs, ("shared", "full"))
    one_of("contexts", contexts, ("first", "ignore"))
    options = Cleaning.make(clean)
    if options.drop_roots:
        raise OptionError(
            "drop_roots are roots of CAMEO, and these files are coded by PLOVER; it must be ()."
        )
    tally, codebook = Tally("polecat"), Codebook.plover()
    reader = Reader(path, tally, progress=progress, on_error=on_error)
    published = published_columns("polecat_40")
    fifth = published.index("Intensity")  # which some files call Event Intensity
    known = (*published[:fifth], "Event Intensity", *published[fifth:])

    def of_file(source: Source) -> list[pd.DataFrame]:
        raw = headed_table(source, reader, needed=NEEDED, known=known, what="POLECAT")
        if raw is None:
            return []
        frame = expand_pairs(_rows(raw, codebook, options, tally), pairs, tally)
        return [steps.settle_ends(frame, "iso3", options, tally)]

    draft = Draft(join(reader.parts(of_file, "a POLECAT file")), options, codebook, tally)
    return replace(draft, after=partial(split_contexts, codebook)) if contexts == "first" else draft


def _rows(raw: pd.DataFrame, codebook: Codebook, options: Cleaning, tally: Tally) -> pd.DataFrame:
    kind = by_level(raw["Event Type"], str.strip, missing="")
    mode = by_level(raw["Event Mode"], str.strip, missing="")
    both = np.char.add(np.char.add(kind, "."), mode)
    known = np.isin(both, codebook.names)
    none = steps.blank(raw["Event Mode"])
    tally.fact("mode without a score, read as its type", ~none & ~known)
    kinds = pd.Series(np.where(known, both, kind), dtype="str").astype("category")
    frame = raw[list(COLUMNS)].rename(columns=COLUMNS).assign(kind=kinds)
    return steps.dated(frame, options, tally).drop(columns="when")


def listed(cell: str) -> list[str]:
    """Distinct codes of a cell such as ``USA; PHL``."""
    codes = [code.strip() for code in cell.split(";")]
    return [code for code in dict.fromkeys(codes) if code not in ("", "None", "NA", "NULL")]


def expand_pairs(frame: pd.DataFrame, pairs: str, tally: Tally) -> pd.DataFrame:
    """One row a pair of states: each actor with each recipient, or all actors with one another."""
    code_a, level_a = level_codes(frame["state_a"])
    code_b, level_b = level_codes(frame["state_b"])
    both, first = np.unique(np.stack([code_a, code_b], axis=1), axis=0, return_inverse=True)
    first = np.ravel(first)
    in_a, in_b = ([*map(listed, levels), []] for levels in (level_a, level_b))  # none where missing (-1)
    made = [_pairs(in_a[a], in_b[b], pairs) for a, b in both]
    sizes = np.array([len(one) for one in made], dtype=np.int64)
    rows = np.repeat(np.arange(len(frame)), sizes[first] if len(frame) else 0)
    flat = [pair for one in first for pair in made[one]]
    out = frame.iloc[rows].reset_index(drop=True)
    columns = list(zip(*flat, strict=True)) if flat else [(), (), (), ()]
    for name, cells in zip(("state_a", "state_b"), columns[:2], strict=True):
        out[name] = pd.Series(cells, dtype="str").astype("category")
    out["mutual"] = np.array(columns[2], dtype=bool)
    out["weight"] = np.array(columns[3], dtype=np.float64)
    # inside Actor the file names the group once: the states stand for its members
    within = out["mutual"].to_numpy()
    for name, state in (("end_a", "state_a"), ("end_b", "state_b")):
        out[name] = out[name].astype(object).where(~within, out[state].astype(object)).astype("category")
    tally.move("added", "pairs of states named in one row", len(out) - len(frame), len(frame))
    return out


def _pairs(a: list[str], b: list[str], pairs: str) -> list[tuple[str, str, bool, float]]:
    if not b and len(a) > 1:
        weight = 1.0 / (len(a) - 1) if pairs == "shared" else 1.0
        return [(one, two, True, weight) for one, two in combinations(a, 2)]
    return [(one, two, False, 1.0) for one in a or [""] for two in b or [""]]


def split_contexts(codebook: Codebook, frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """The domain of each event by its contexts; an even split where two domains are equally near."""
    table = plover_contexts()
    known = {c: (rank, d) for c, rank, d in table[["context", "rank", "domain"]].itertuples(index=False)}
    codes, levels = level_codes(frame["contexts"])
    domains = [_domains(level, known, codebook.domains) for level in levels] + [[]]
    # a kind that acts in no domain (strike, curfew) gains none from a context
    weightless = {kind.name for kind in codebook if not kind.domains}
    silent = by_level(frame["kind"], lambda name: name in weightless)
    choice = [domains[code] if not quiet else [] for code, quiet in zip(codes, silent, strict=True)]
    n = np.array([max(len(one), 1) for one in choice], dtype=np.int64)
    out = frame.iloc[np.repeat(np.arange(len(frame)), n)].reset_index(drop=True)
    out["domain"] = pd.Series([domain for one in choice for domain in one or [""]], dtype="str")
    out["weight"] = out["weight"].to_numpy() / np.repeat(n, n)
    tally.fact("domain told by a context", np.array([bool(one) for one in choice], dtype=bool))
    tally.move("added", "event split over the domains of its contexts", len(out) - len(frame), len(frame))
    return out


def _domains(cell: str, known: dict[str, tuple[int, str]], domains: tuple[str, ...]) -> list[str]:
    ranked = [known[c] for c in listed(cell) if c in known and known[c][1] in domains]
    best = min((rank for rank, _ in ranked), default=0)
    return list(dict.fromkeys(domain for rank, domain in ranked if rank == best))
