"""Does a series rise or fall: Theil-Sen slopes on real dates."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np
import pandas as pd

from alignscore.decay import DAYS_PER_YEAR, Window
from alignscore.errors import OptionError, check_level, of_kind
from alignscore.intervals import LEVEL
from alignscore.results import Result
from alignscore.values import Frozen, numbers_of

SURE = 20  # observations of which all slopes together hold the truth for certain, to all digits


@dataclass(frozen=True)
class Trend(Frozen):
    """Theil-Sen slope a year, its interval, level at the middle, and number of observations."""

    slope: float
    low: float
    high: float
    middle: float
    n: int


def trend(series: pd.Series, *, level: float = LEVEL) -> Trend:
    """Does a series rise or fall, whatever a few odd periods do?

    The median of the slopes between all pairs of observations (Theil-Sen), on real dates: the middle of
    each period, in years of 365.25 days.

    Parameters
    ----------
    series : pandas.Series
        Indexed by periods or dates; NaN is left out. Its periods must not share events: yearly counts, or
        scores of ties posted with ``Window(1)``.
    level : float

    Returns
    -------
    Trend
        Slope in units of the series a year; up means rising. NaN with fewer than two observations. Low and high are
        NaN where the observations are too few for an interval of that level: fewer than five at .95.

    Raises
    ------
    TypeError
        An index that is not of periods or dates.
    OptionError
        `level` outside (0, 1), two observations on one date, one without a date, or one that is no number or infinite.

    Notes
    -----
    The interval lies between two of the slopes of pairs. All of them lie on one side of the truth where the errors
    rise, or fall, throughout: in 2/n! of series of n. So three observations have no interval above .67.

    References
    ----------
    Sen 1968, J. American Statistical Association 63:1379, as scipy.stats.theilslopes.

    Examples
    --------
    >>> years = pd.period_range("2015", "2026", freq="Y")
    >>> found = trend(pd.Series(0.02 * np.arange(12), index=years))
    >>> round(found.slope, 4), found.n
    (0.02, 12)
    """
    from scipy.stats import theilslopes

    check_level(level)
    if not isinstance(series, pd.Series):
        raise TypeError(f"trend takes a pandas Series over periods or dates, not {type(series).__name__}")
    if (undated := int(series.index.isna().sum())) > 0:
        raise OptionError(f"{undated} of {len(series)} observations have no date; drop them or date them.")
    when = real_dates(series.index)
    y = numbers_of(series, "the series" if series.name is None else str(series.name))
    if (endless := int(np.isinf(y).sum())) > 0:
        raise OptionError(f"{endless} of {len(y)} observations are infinite; no slope leads there.")
    known = ~np.isnan(y)
    when, y = when[known], y[known]
    if len(np.unique(when)) < len(when):
        raise OptionError("two observations fall on one date; give one series at a time.")
    if len(y) < 2:
        return Trend(*(float("nan"),) * 4, n=len(y))
    slope, _, low, high = theilslopes(y, when, level)
    if 2 / factorial(min(len(y), SURE)) > 1 - level:
        low = high = float("nan")
    return Trend(float(slope), float(low), float(high), float(np.median(y)), len(y))


def trends(result: Result, column: str, *, level: float = LEVEL) -> pd.DataFrame:
    """Trend of a column for every row of a result (state, dyad or domain) over its periods.

    Parameters
    ----------
    result : Result
        Of ties posted with ``Window(1)`` or another way of fading; a window of several periods is refused.
    column : str
    level : float

    Returns
    -------
    pandas.DataFrame
        The result's labels, ``slope`` a year, ``low``, ``high``, ``middle``, ``n``. Low and high are NaN
        where stocks fade from period to period: there each period holds most of the one before, and no
        interval is to be had from them as if they were independent; and where `trend` has none.

    Raises
    ------
    OptionError
        Periods of overlapping windows, a result without dated periods, or a column of no numbers.
    UnknownLabelError
        A column the result does not have.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> from alignscore.measures.states.hedging import hedging
    >>> flows = Ledger.post(asean(), decay=Window(1)).ties(end=2025)
    >>> trends(hedging(flows, powers=("CHN", "USA")), "position").columns.tolist()
    ['state', 'slope', 'low', 'high', 'middle', 'n']
    """
    of_kind("result", result, Result, "hedging(...)")
    decay, span = result.recipe.get("decay"), result.recipe.get("window")
    if (isinstance(decay, Window) and decay.periods > 1) or (span or 1) > 1:
        wide = decay if isinstance(decay, Window) and decay.periods > 1 else f"window={span}"
        raise OptionError(
            f"{wide} makes periods share events, and a trend of them is one of overlaps; post with Window(1)."
        )
    periods = result._periods()
    if not isinstance(periods, pd.PeriodIndex):
        raise OptionError(f"a {type(result).__name__} has no periods with dates; a trend needs them.")
    frame = result.to_frame(columns=[column])
    labels = [name for name in result._label_names if name != "period"]
    apart = isinstance(decay, Window)
    freq = periods.freqstr
    rows = []
    for key, part in frame.groupby(labels, sort=False) if labels else [((), frame)]:
        found = trend(part.set_index(pd.PeriodIndex(part["period"], freq=freq))[column], level=level)
        ends = (found.low, found.high) if apart else (np.nan, np.nan)
        rows.append((*key, found.slope, *ends, found.middle, found.n))
    return pd.DataFrame(rows, columns=[*labels, "slope", "low", "high", "middle", "n"])


def real_dates(index: pd.Index) -> np.ndarray:
    """Years since 1970 of dates, or of the middle of periods, (T,)."""
    if index.inferred_type in ("date", "datetime", "datetime64"):  # of objects and Arrow's too
        index = pd.DatetimeIndex(index)
    if index.inferred_type == "period":
        index = pd.PeriodIndex(index)
    if isinstance(index, pd.PeriodIndex):
        first, last = index.asfreq("D", how="start").asi8, index.asfreq("D", how="end").asi8
        return np.asarray((first + last + 1) / 2 / DAYS_PER_YEAR)
    if isinstance(index, pd.DatetimeIndex):
        days = index.to_numpy().astype("M8[s]").astype(np.int64) / 86_400
        return np.asarray(days / DAYS_PER_YEAR)
    raise TypeError(
        f"the index must hold periods or dates, not {type(index).__name__}; take set_index('period') of a result's frame, "
        "or pd.PeriodIndex(years, freq='Y')."
    )
