"""The Global Geopolitical Events panel: yearly scores of pairs of states from events coded by a language model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from alignscore.readers.steps.cleaning import refuse_nothing
from alignscore.readers.steps.state_tables import numbers, with_numbers
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import Table, open_tables
from alignscore.tables.reading_report import ReadReport, Tally

NEEDED = ("country1_code", "country2_code", "year", "geo_score", "number_of_events")
NUMBERS = {
    "year": "year",
    "tone": "geo_score",
    "events": "number_of_events",
    "score": "geo_score_dyn",
    "evidence": "cum_events",
}
# which rows are sound, why others are refused, and the column that shows it
CHECKS: tuple[tuple[Callable[[pd.DataFrame], pd.Series], str, str], ...] = (
    (lambda rows: (rows["source"] != "") & (rows["target"] != ""), "no state at one end", ""),
    (lambda rows: rows["source"] != rows["target"], "same state at both ends", "source"),
    (lambda rows: (rows["year"] % 1 == 0) & (rows["year"] > 0) & (rows["year"] < 9999), "no year", "year"),
    (lambda rows: (rows["events"] >= 0) & (rows["events"] % 1 == 0), "no number of events", "events"),
    (lambda rows: (rows["events"] == 0) | np.isfinite(rows["tone"]), "events without a score", "tone"),
)


def read_gge(
    path: Table, *, progress: Progress | None = None, on_error: OnError = "raise"
) -> tuple[pd.DataFrame, ReadReport]:
    """The panel of pairs and years of Global Geopolitical Events (Fan 2025), scores and not events.

    Parameters
    ----------
    path : path, or sequence of paths
        The panel of 32 major states as a CSV file (also compressed), or the zip of all pairs; both have the
        columns dyad, country1_code, country2_code (ISO alpha-3), year, geo_score, number_of_events,
        geo_score_dyn, cum_events, weight, geo_score_ma.
    progress, on_error
        As in `read_events`.

    Returns
    -------
    panel : DataFrame
        source, target, year, ``tone`` (mean Goldstein value of the year's events over 10, in [-1, 1]; missing
        in a year without events), ``events`` (their number), and where the file has them ``score`` (the
        published dynamic score) and ``evidence`` (its decayed number of events). A pair is undirected and
        stands once, in alphabetical order; where two rows tell two figures of one year, neither is taken. Codes stay
        the panel's own: RUS is one series from 1950 on.
    report : ReadReport
        Every row accounted for.

    Raises
    ------
    FileNotFoundError
        Nothing at `path`.
    FormatError
        No such table.

    See Also
    --------
    alignscore.gge_score : the published score from these columns, and with another rule for silent years.

    References
    ----------
    Fan 2025, arXiv 2507.04833; Fan, Wo & Xiang 2025, arXiv 2509.12084 (MIT licence).

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''dyad,country1_code,country2_code,year,geo_score,number_of_events,geo_score_dyn,cum_events
    ... KHM-THA,KHM,THA,2000,0.5,2,0.5,2.0
    ... KHM-THA,KHM,THA,2001,,0,0.35,1.4
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "panel.csv")
    ...     _ = path.write_text(text)
    ...     panel, report = read_gge(path)
    >>> panel
      source target  year  tone  events  score  evidence
    0    KHM    THA  2000   0.5       2   0.50       2.0
    1    KHM    THA  2001   NaN       0   0.35       1.4
    >>> report.kept
    2
    """
    tally = Tally("gge")
    what = "table of the Global Geopolitical Events panel"
    raw = open_tables(path, tally, needed=NEEDED, what=what, progress=progress, on_error=on_error)
    raw = with_numbers(raw, ["geo_score", "geo_score_dyn", "cum_events"], tally)
    columns = {ours: numbers(raw[theirs]) for ours, theirs in NUMBERS.items() if theirs in raw}
    one, two = raw["country1_code"], raw["country2_code"]
    ends = {"source": one.where(one <= two, two), "target": two.where(one <= two, one)}
    frame = pd.DataFrame(ends | columns)
    for sound, reason, shown in CHECKS:
        frame = tally.keep(frame, sound(frame), "refused", reason, shown)
    frame = tally.keep(frame, ~frame.duplicated(), "merged", "row that stands twice", "year")
    clash = frame.duplicated(["source", "target", "year"], keep=False)
    frame = tally.refuse_two_figures(frame, clash, "two rows tell two figures of one pair and year", "year")
    frame = frame.astype({"source": object, "target": object, "year": np.int64, "events": np.int64})
    refuse_nothing(len(frame), tally)
    return frame, tally.report(len(frame))
