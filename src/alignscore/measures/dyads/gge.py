"""The dynamic score of the Global Geopolitical Events panel, and what its rule for silent years does.

Letters for shapes: N dyads, T years.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from alignscore.errors import FormatError, near, one_of, within
from alignscore.values import as_pandas, label_codes, numbers_of, refuse_rows

COLUMNS = ("source", "target", "year", "tone", "events")


def gge_score(
    frame: pd.DataFrame, *, rate: float = 0.3, gap: Literal["decay", "hold"] = "decay"
) -> pd.DataFrame:
    """Where does a relation stand, as the mean tone of its past events, faded by `rate` a year?

    With ``n_t`` events of mean tone ``x_t`` in year t, and ``d = 1 - rate``::

        c_t = d c_{t-1} + n_t                                          events in force
        s_t = (1 - n_t / c_t) s_{t-1} + (n_t / c_t) x_t                in a year with events
        s_t = d s_{t-1}  (gap "decay"),  or  s_{t-1}  (gap "hold")     in a year without

    In years with events this is the faded mean of all tones. The published rule ("decay") then moves the score
    toward 0 in every silent year and starts it at 0: no news is read as neutral. "hold" keeps the faded mean,
    whose evidence `c_t` fades instead.

    Parameters
    ----------
    frame : DataFrame
        As `read_gge` gives it: source, target, year, ``tone`` (mean of the year's events, missing in a year
        without) and ``events`` (their number). One row a dyad and year; years left out are years without events.
    rate : float, default 0.3
        Share that a year takes away, in (0, 1); 0.3 is a half-life of 1.94 years.
    gap : {"decay", "hold"}, default "decay"
        What a year without events does: see above.

    Returns
    -------
    DataFrame
        source, target, year, ``score`` on the scale of `tone` ([-1, 1] in the panel; up is friendlier) and
        ``evidence``, the events in force c_t. One row for each row given, in their order and with their index. With
        gap "hold" the score is missing until a dyad's first event; with "decay" it is 0 there, as published.

    Raises
    ------
    FormatError
        A column is missing, a dyad has two rows for a year, a year with events has no tone, or a count is no
        whole number from 0.
    OptionError
        `rate` or `gap` outside its choices; a state is missing, or a cell that should be a number is none.

    References
    ----------
    Fan 2025, arXiv 2507.04833; Fan, Wo & Xiang 2025, arXiv 2509.12084.

    Examples
    --------
    Two events of tone 0.5, a silent year, then one of -1:

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"source": "KHM", "target": "THA", "year": [2000, 2001, 2002],
    ...                       "tone": [0.5, None, -1.0], "events": [2, 0, 1]})
    >>> gge_score(frame)["score"].round(4).tolist()
    [0.5, 0.35, -0.3318]
    >>> gge_score(frame, gap="hold")["score"].round(4).tolist()
    [0.5, 0.5, -0.2576]
    """
    within("rate", rate, 0.0, 1.0, open_low=True, open_high=True)
    one_of("gap", gap, ("decay", "hold"))
    frame = as_pandas("frame", frame)
    dyad, year, tone, events = _checked(frame)
    first = int(year.min()) if len(year) else 0
    shape = (int(dyad.max(initial=-1)) + 1, int(year.max(initial=first)) - first + 1)
    counts, tones = np.zeros(shape), np.zeros(shape)
    at = dyad, year - first
    counts[at], tones[at] = events, np.where(events > 0, tone, 0.0)
    score, evidence = _recursion(counts, tones, 1.0 - rate, gap)
    return frame[["source", "target", "year"]].assign(score=score[at], evidence=evidence[at])


def _recursion(
    counts: np.ndarray, tones: np.ndarray, stays: float, gap: str
) -> tuple[np.ndarray, np.ndarray]:
    """Scores and events in force of N dyads in T years, (N, T)."""
    score, evidence = np.empty(counts.shape), np.empty(counts.shape)
    held = np.zeros(len(counts))
    last = np.full(len(counts), np.nan if gap == "hold" else 0.0)
    silent = 1.0 if gap == "hold" else stays
    for t in range(counts.shape[1]):
        n = counts[:, t]
        held = stays * held + n
        share = np.divide(n, held, out=np.zeros_like(held), where=held > 0)
        fresh = (1 - share) * np.nan_to_num(last) + share * tones[:, t]
        last = np.where(n > 0, fresh, silent * last)
        score[:, t], evidence[:, t] = last, held
    return score, evidence


def _checked(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Codes of dyads, years, tones and counts, each (rows,)."""
    for name in COLUMNS:
        if name not in frame.columns:
            raise FormatError(f"no column {name!r}; read_gge makes it.{near(name, frame.columns)}")
    year, tone, events = (numbers_of(frame[name], name) for name in ("year", "tone", "events"))
    ends = [label_codes(frame[name], name)[0] for name in ("source", "target")]
    dyad = pd.DataFrame(ends).T.groupby([0, 1], sort=False).ngroup().to_numpy() if len(frame) else ends[0]
    faults = {
        "have no year": ~(np.abs(year) < 1e4) | (year != np.floor(year)),
        "have a number of events that is no whole number from 0": ~np.isfinite(events)
        | (events < 0)
        | (events != np.floor(events)),
        "count events and have no tone": (events > 0) & ~np.isfinite(tone),
        "repeat a dyad and year": pd.DataFrame({"dyad": dyad, "year": year}).duplicated().to_numpy(),
    }
    for what, bad in faults.items():
        refuse_rows(bad, f"rows {what}", frame[[*COLUMNS]], error=FormatError)
    return dyad, year.astype(np.int64), tone, events
