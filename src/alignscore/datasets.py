"""Data to begin with: a real, sourced table of ASEAN states and the powers, and simulated events."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook, ladder_or
from alignscore.data import shipped
from alignscore.dates import day_of
from alignscore.errors import OptionError, one_of, whole_number, within
from alignscore.events import Events
from alignscore.intervals import generator_of

ASEAN_MEMBERS = ("BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM")
LONG = 200.0  # years, longer than any series of meetings


Coding = Literal["first", "second", "third"]
CODINGS: tuple[Coding, ...] = get_args(Coding)


def asean_frame(*, coding: Coding = "first") -> pd.DataFrame:
    """Return the table behind `asean` as text, one row an event and domain, with its sources.

    Parameters
    ----------
    coding : {"first", "second", "third"}
        Whose kinds, domains and directions; as in `asean`.

    Raises
    ------
    OptionError
        An unknown coding.
    """
    one_of("coding", coding, CODINGS)
    table = shipped("asean_powers.csv")
    if coding == "first":
        return table
    columns = list(table.columns)
    coded = asean_codings()[coding].set_index("event_id")
    again = table["event_id"].isin(coded.index)
    events = table[again].drop_duplicates("event_id").drop(columns=["domain", "kind", "mutual"])
    events = events.merge(coded.drop(columns="confidence"), left_on="event_id", right_index=True)
    events = events.assign(domain=events["domain"].str.split(";")).explode("domain")
    recoded = pd.concat([events, table[~again]])[columns]
    return recoded.sort_values(["date", "event_id"], kind="stable", ignore_index=True)


def asean_codings() -> dict[str, pd.DataFrame]:
    """Return what three coders made of the same 287 events of the table, for `reliability`.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``first``, ``second`` and ``third``, each with event_id, kind, domain (those of a 2+2 as
        ``diplomatic;security``), mutual (``true`` or ``false``) and confidence (empty for the first).

    Notes
    -----
    The second and the third coder are language models, instructed apart and blind to the first coding and to
    values. They saw label, date and actors, not the source. They agree with each other on nearly everything,
    so they are worth one coder, not two.

    Examples
    --------
    >>> {name: len(coding) for name, coding in asean_codings().items()}
    {'first': 287, 'second': 287, 'third': 287}
    """
    table = shipped("asean_codings.csv").assign(confidence_1="")
    fields = ("kind", "domain", "mutual", "confidence")
    own = {
        name: ["event_id", *(f"{field}_{at}" for field in fields)] for at, name in enumerate(CODINGS, start=1)
    }
    return {name: table[columns].set_axis(["event_id", *fields], axis=1) for name, columns in own.items()}


def kind_judgements() -> pd.DataFrame:
    """Return which of two kinds is the friendlier, as four judges see it, for `values_from_pairs`.

    Returns
    -------
    pandas.DataFrame
        first, second, judge (``A`` to ``D``) and more_cooperative (``first``, ``second`` or ``tie``): 3,106
        judgements of 1,446 pairs of the ladder's kinds. A and B judged the same pairs, C and D others, 107
        pairs all four.

    Notes
    -----
    The judges are language models, instructed apart and blind to values. A and B, and C and D, agree on 94 to 95 % of
    their pairs, one of the first and one of the others on 79 to 88 % of those that all saw: count them as one or two
    judges, not as four.

    Examples
    --------
    >>> len(kind_judgements()), kind_judgements()["judge"].nunique()
    (3106, 4)
    """
    return shipped("kind_judgements.csv")


def asean(*, coding: Coding = "first", codebook: Codebook | None = None) -> Events:
    """Load 474 real, dated, sourced rows of 462 events between ASEAN states and outside powers, 1951-2026.

    Parameters
    ----------
    coding : {"first", "second", "third"}
        Whose reading of the events. The second and the third coder read 287 of them again, from label, date
        and actors; the other 175 keep the first coding. See `asean_codings`, `reliability`, `CodingChoice`.
    codebook : Codebook, optional
        Values of the kinds; `Codebook.ladder` where not given.

    Returns
    -------
    Events
        Each with its ``label`` and the ``url`` of the page it was coded from.

    Notes
    -----
    Read its limits before its numbers. It is not a census: a part was taken from whole lists (China's
    finance records, central-bank swaps), the rest was chosen for its salience, more of it after 2010 and for
    the Philippines, Vietnam and Cambodia. Counts are no measure of intensity. Thin cells: Brunei and Thailand
    with the United States in the economy, Myanmar and Laos with them in security, everything before 2000.
    Nothing after April 2026. Multilateral deals (RCEP, IPEF) are not split into dyads. ``EUU`` is the
    European Union.

    Coding: visits, treaties, dialogues, exercises and contracts are mutual, acts of one side on another are
    not. Month and year dates carry the first day and are spread over their period. A 2+2 is two rows under
    one event id; the one 3+3 (China and Vietnam, 2026) is coded as a 2+2 too, though the ladder has a kind
    for it. Blocking a bloc's statement counts as favourable to the state it shields.

    Examples
    --------
    >>> asean()
    <Events: 474 rows of 21 actors, 1951-01-01..2026-04-22; 474 read, 0 refused>
    """
    one_of("coding", coding, CODINGS)
    if codebook is None:
        return _asean(coding)
    return Events.from_frame(asean_frame(coding=coding), codebook=codebook)


@lru_cache
def _asean(coding: Coding) -> Events:
    """Read once: events cannot be changed."""
    return Events.from_frame(asean_frame(coding=coding))


def formats(*, lapse: float | None = 5.0, codebook: Codebook | None = None) -> Events:
    """Load the world's 2+2 meetings of ministers and partnerships of powers: 1985 to April 2026.

    Parameters
    ----------
    lapse : float, optional
        A 2+2 without a meeting for so many years has ended, above 0; None: none ends, as no page says so.
    codebook : Codebook, optional
        `Codebook.ladder` where not given.

    Returns
    -------
    Events
        531 rows of their own and, so that each format is in one table, the rows of `asean` whose kind is of
        the families ``joint_ministerial`` and ``partnership``, as the second coder read them: that coder
        names the level of a partnership, the first does not.

    Notes
    -----
    Every ministerial 2+2 that a search of public pages found, 176 meetings of 40 pairs; the ones of 34 pairs
    and 164 meetings beyond ASEAN's are as complete as their series could be found. Partnerships are near
    complete for China (MERICS counted about 110 in 2023, 101 are here), two thirds for India, thin for the
    United States, Russia and Japan: compare powers by 2+2, not by partnerships. China and the United States
    met in 2017 and 2018 with a state councillor and a general on the Chinese side.

    Examples
    --------
    >>> formats()
    <Events: 588 rows of 108 actors, 1985-07-15..2026-04-22; 588 read, 0 refused>
    """
    book = ladder_or(codebook)
    families = {kind.name: kind.family for kind in book}
    near = asean_frame(coding="second")
    near = near[near["kind"].map(families).isin(["joint_ministerial", "partnership"])]
    table = pd.concat([shipped("formats.csv"), near])
    table = table.sort_values(["date", "event_id"], kind="stable", ignore_index=True)
    if lapse is not None:
        within("lapse", lapse, 0.0, open_low=True, open_high=True)
        day = pd.to_datetime(table["date"])
        over = day + pd.to_timedelta(np.round(min(lapse, LONG) * 365.25), unit="D")
        meets = table["kind"].map(families) == "joint_ministerial"
        ended = (meets & (table["until"] == "") & (over <= day.max())).to_numpy()
        table.loc[ended, "until"] = over[ended].dt.strftime("%Y-%m-%d")
    return Events.from_frame(table, codebook=book)


def simulate(
    n: int,
    *,
    actors: int = 50,
    seed: int = 0,
    first: str = "1995-01-01",
    last: str = "2024-12-31",
    mutual: float = 0.0,
    skew: float = 1.0,
) -> Events:
    """Draw events at random, the same for the same seed: for tests and benchmarks.

    Parameters
    ----------
    n : int
    actors : int
        Named A000, A001, ... at least 2.
    seed : int
    first, last : str
        Range of the dates, drawn evenly; of a year or a month `first` is the first day, `last` the last.
    mutual : float
        Share of mutual events.
    skew : float
        Activity of the r-th actor falls as 1 / r^skew; 0 makes all alike.

    Returns
    -------
    Events
        Values on the scale's whole and half points, domains as news has them (mostly diplomatic).

    Examples
    --------
    >>> simulate(1000, actors=5)
    <Events: 1,000 rows of 5 actors, 1995-...; 1,000 read, 0 refused>
    """
    whole_number("n", n, 1)
    whole_number("actors", actors, 2)
    within("mutual", mutual, 0.0, 1.0)
    within("skew", skew, 0.0, open_high=True)
    start, stop = day_of("first", first), day_of("last", last, last=True)
    if stop < start:
        raise OptionError(f"first is {first!r} and last is {last!r}, which comes before it.")
    rng = generator_of(seed, "seed")
    with np.errstate(over="ignore"):
        activity = 1 / np.arange(1, actors + 1) ** float(skew)
    source = rng.choice(actors, size=n, p=activity / activity.sum()).astype(np.int32)
    target = ((source + 1 + rng.integers(0, actors - 1, n)) % actors).astype(np.int32)
    day = rng.integers(start, stop + 1, n).astype(np.int32)
    value = np.round(np.clip(rng.normal(1.5, 4, n), -10, 10) * 2) / 2
    domain = rng.choice(3, size=n, p=[0.15, 0.65, 0.20]).astype(np.int8)
    both = rng.random(n) < mutual if mutual else np.zeros(n, dtype=bool)
    digits = max(3, len(str(actors - 1)))  # labels stay in order
    return Events.from_columns(
        tuple(f"A{at:0{digits}d}" for at in range(actors)),
        source=source, target=target, day=day, domain=domain, value=value, mutual=both,
    )  # fmt: skip
