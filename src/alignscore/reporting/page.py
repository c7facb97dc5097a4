"""`report`: score a table of events and write the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from alignscore.actors import names as names_of
from alignscore.actors import own_names
from alignscore.dates import shown_day
from alignscore.decay import Decay, HalfLife
from alignscore.display import in_sentence
from alignscore.errors import OptionError, in_order, mapping_or_empty, need, of_kind, several
from alignscore.events import Events
from alignscore.intervals import LEVEL
from alignscore.reporting.sections import Figure, sections
from alignscore.tables.reading_report import ReadReport
from alignscore.tables.writing import write_whole
from alignscore.values import as_pandas


def report(
    events: Events,
    powers: Sequence[str],
    *,
    path: str | Path | None = None,
    states: Iterable[str] | None = None,
    decay: HalfLife | None = None,
    weights: Mapping[str, float] | None = None,
    names: Mapping[str, str] | None = None,
    title: str | None = None,
    reading: ReadReport | None = None,
    refused: pd.DataFrame | None = None,
    draws: int = 256,
    level: float = LEVEL,
    rng: int = 0,
) -> str:
    """Write one page that shows where states stand between powers, how sure that is, and why.

    The page opens in any browser, on a phone and on paper, and asks for nothing from outside: figures are
    drawn into it, each with the table behind it. It holds what was read and refused; positions with
    intervals; their paths; what ties are made of; which pairs broke from their own path lately; which events
    made the scores; what depends on which judgement; method, codebook, limits and what to cite.

    Parameters
    ----------
    events : Events
    powers : sequence of str
        Two powers, in order: position runs from -1, all with the first, to 1, all with the second.
    path : str or path, optional
        Where the page is written, beside and then renamed; it is only returned where not given.
    states : iterable of str, optional
        States shown; all that have a tie with the powers where not given.
    decay : HalfLife, optional
        The default of the events' codebook where not given.
    weights : mapping of domain to weight, optional
        Equal where not given. A domain that is not named weighs 1; 0 leaves one out.
    names : mapping of str to str, optional
        How actors are written; their English names where not given.
    title : str, optional
    reading : ReadReport, optional
        The account of a reader, shown in place of the events' own.
    refused : pandas.DataFrame, optional
        Rows that `Events.screen` handed back.
    draws : int
        Replicates of the part on judgement.
    level : float
        Probability level of every interval, between 0 and 1.
    rng : int

    Returns
    -------
    str
        The page.

    Raises
    ------
    OptionError
        No event, or other than two powers.
    UnknownLabelError
        A power or state that is not in the events.
    ImportError
        jinja2 is not installed; the message says how.

    Notes
    -----
    The page computes nothing: its numbers are those of `hedging`, `alignment`, `surprise`, `impact` and
    `robustness`, called once each with the options above.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> page = report(asean(), powers=("CHN", "USA"), states=["KHM", "VNM"], draws=16)
    >>> "Cambodia" in page and "<script src" not in page
    True
    """
    need(events, Events)
    powers = in_order("powers", powers)
    if len(powers) != 2 or powers[0] == powers[1]:
        raise OptionError(f"powers are {powers!r}; a report stands between two: name them in order.")
    if not len(events):
        raise OptionError("there is no event to report on.")
    names = mapping_or_empty("names", names, "{'KHM': 'Cambodia'}")
    if reading is not None:
        of_kind("reading", reading, ReadReport, "a reader")
    if refused is not None:
        refused = as_pandas("refused", refused)
    states = None if states is None else several(states)
    actors = list(dict.fromkeys((*events.actors, *powers, *map(str, states or ()))))  # some may be silent
    called = dict(zip(actors, names_of(actors), strict=True)) | own_names(names, actors)
    parts = sections(
        events, powers=(powers[0], powers[1]), states=states, decay=decay, weights=weights, names=called,
        draws=draws, level=level, rng=rng,
    )  # fmt: skip
    sides = [in_sentence(called[power]) for power in powers]
    latest = events.day.argmax()
    page = _render(
        title=title or "Between {} and {}".format(*sides),
        events=events,
        account=_account(events, reading),
        refused=None if refused is None or refused.empty else Figure.from_frame(refused.head(200)),
        n_refused=0 if refused is None else len(refused),
        until=shown_day(events.day[latest], events.precision[latest]),
        written=dt.date.today().isoformat(),
        level=f"{100 * level:g}",
        outside=f"{100 * (1 - level):.3g}",
        fades=_fading(parts["ledger"].decay),
        called=called,
        powers=powers,
        sides=sides,
        **parts,
    )
    if path is not None:
        write_whole(path, lambda file: file.write(page.encode()))
    return page


def _fading(decay: Decay) -> str:
    """How the past fades, in words where they are short."""
    if isinstance(decay, HalfLife) and not decay.domains and not decay.kinds:
        bursts = "; bursts of events count less than as many apart" if decay.dispersion else ""
        return f"half in {decay.years:g} year{'' if decay.years == 1 else 's'}{bursts}"
    return str(decay)


def _account(events: Events, reading: ReadReport | None) -> list[tuple[str, str, int]]:
    """Lines of what was read: what happened, why, rows."""
    if reading is not None:
        frame = reading.to_frame()
        rows = zip(frame["action"], frame["reason"], frame["rows"], strict=True)
        return [(str(action), str(reason), int(count)) for action, reason, count in rows]
    return [(name, "", count) for name, count in events.report.items()]


def _render(**values: Any) -> str:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise ImportError("a report is written with jinja2: pip install 'alignscore[report]'") from None
    loader = PackageLoader("alignscore.reporting", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html").render(values)
