"""Forecast: the share of cooperation to be expected in the periods to come.

Letters for shapes: D dyads, K domains, T periods of the record, H periods ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from alignscore.axes import Axes
from alignscore.dynamics.beta_binomial import interval_and_rank
from alignscore.dynamics.counts import By, Counts, Data
from alignscore.dynamics.fit_decay import DecayFit
from alignscore.dynamics.laws import Fit, Method, law, prepared
from alignscore.errors import check_level, whole_number, within
from alignscore.measures.dyads.result import DyadResult

MEMORY = 2.0  # years: half-life of the mean number of events where no fit has one


@dataclass(frozen=True, eq=False, repr=False)
class ForecastResult(DyadResult):
    """Forecast per (dyad, domain, period ahead): arrays of shape (D, K, H).

    Attributes
    ----------
    n : ndarray
        Events that the interval is for.
    expected, low, high : ndarray
        Share of cooperation, and its interval given n.
    n_before : ndarray
        The dyad's events so far; with 0 the forecast is the prior.
    past : Counts
        The record.
    """

    FIGURE: ClassVar[str | None] = "forecast"

    n: np.ndarray
    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n_before: np.ndarray
    past: Counts


def forecast(
    data: Data,
    fit: Fit | None = None,
    ahead: int = 1,
    level: float = 0.9,
    *,
    method: Method = "discount",
    events: float | None = None,
    columns: Mapping[str, str] | None = None,
    by: By = "domain",
    directed: bool = False,
) -> ForecastResult:
    """What share of the next periods' events will be cooperative, and how far may it stray?

    The law of `surprise`, for periods that have not come. The expected share moves from the dyad's own record to
    the prior as the periods go on, and the interval widens. The prior counts half an event at
    least, as in `surprise`.

    Parameters
    ----------
    data : DataFrame, Ledger or Events
        As for `fit_decay`.
    fit : DecayFit or DynamicFit, optional
        Made from `data` where not given.
    ahead : int
        Periods ahead, every one from 1 on.
    level : float
        Probability level of the interval, between 0 and 1.
    method : {"discount", "dynamic"}
        As for `surprise`.
    events : float, optional
        Number of events the interval is for: few events stray further. The dyad's own mean, faded by the
        half-life, where not given, at least 1. ``float("inf")``: of the share behind them, which no event shows.
    columns, by, directed
        As for `fit_decay`.

    Returns
    -------
    ForecastResult
        Shares in [0, 1], up means more cooperative. Never NaN: a dyad without a record has the prior's.

    Raises
    ------
    OptionError, UnknownLabelError, TypeError
        As for `surprise`; `ahead` below 1, `events` below 1.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("A", "B", 2000 + t, 18, 2) for t in range(9)] + [("A", "C", 2000 + t, 9, 11) for t in range(9)]
    >>> table = pd.DataFrame(rows, columns=["source", "target", "period", "cooperation", "conflict"])
    >>> found = forecast(table, ahead=3)
    >>> found.expected[:, 0].round(1).tolist()
    [[0.9, 0.9, 0.9], [0.5, 0.5, 0.5]]
    >>> bool((found.low <= found.expected).all())
    True
    """
    check_level(level)
    whole_number("ahead", ahead, 1)
    if events is not None:
        within("events", events, 1.0)
    counts, fit = prepared(data, fit, method, columns, by, directed=directed)
    D, K, T = counts.axes.shape
    n = counts.cooperation + counts.conflict
    out = {name: np.empty((D, K, ahead)) for name in ("expected", "low", "high")}
    many = np.empty((D, K))
    for at, domain in enumerate(counts.axes.domains):
        life = fit.parameters(domain).half_life if isinstance(fit, DecayFit) else MEMORY
        with np.errstate(under="ignore"):  # what is long past weighs nothing
            weight = 2.0 ** (-np.arange(T)[::-1] * counts.years / life)
            many[:, at] = np.maximum(n[:, at] @ weight / weight.sum(), 1.0) if events is None else events
        asked = np.vstack([n[:, at].T, many[:, at]])
        for step in range(ahead):
            m, s = (x[-1] for x in law(counts, domain, fit, asked, ahead=step + 1))
            spot = interval_and_rank(m * 0, many[:, at], s * m, s * (1 - m), level).holding(m)
            for name, values in (("expected", m), ("low", spot.low), ("high", spot.high)):
                out[name][:, at, step] = values
    last = counts.axes.periods[-1]
    periods = pd.period_range(last + 1, last + ahead, freq=counts.axes.periods.freq)
    return ForecastResult(
        recipe={
            "measure": "forecast", "method": method, "ahead": ahead, "level": level, "events": events,
            "directed": directed,
        },
        axes=Axes(counts.axes.actors, counts.axes.dyads, counts.axes.domains, periods),
        with_composite=False, **out, n=np.repeat(many[:, :, None], ahead, axis=2),
        n_before=np.repeat(n.sum(axis=2)[:, :, None], ahead, axis=2), past=counts,
    )  # fmt: skip
