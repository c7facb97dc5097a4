"""Composite positions from tables of indicators: trade, arms, visits, votes and events in one index.

Letters for shapes: S states, I indicators, K domains, T periods, R draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alignscore.axes import weights_among
from alignscore.errors import OptionError, check_level, in_order, of_kind, text, two_of, whole_number, within
from alignscore.intervals import JEFFREYS, LEVEL, Rng, generator_of, quantiles, ratio
from alignscore.measures.states.hedging import HedgingResult
from alignscore.measures.states.indicator_tables import (
    IndicatorCells,
    gamma_of,
    indicator_cells,
    inner_weights,
    share_intervals,
    two_power_shares,
    weighted_shares,
)
from alignscore.results import Result, label_columns, one_a_label

BLOCK = 1 << 20  # cells drawn at a time
BAND = (45.0, 55.0)  # hedgers of the Anatomy of Choice Alignment Index


# ---- the results ------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class IndicatorParts(Result):
    """Position of each indicator, arrays (S, I, T), 0 all with the first power, 100 all with the second.

    Attributes
    ----------
    position_100, low, high : ndarray
        low and high from `n` (Wilson) or the values' errors (Gammas); NaN where neither is given.
    n : ndarray
        Observations behind both values; NaN where not given.
    weight : ndarray
        Weight in the whole index, over what is known.
    """

    states: tuple[str, ...]
    indicators: tuple[tuple[str, str], ...]
    periods: np.ndarray
    position_100: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    weight: np.ndarray

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        domain, name = (np.array(column, dtype=object) for column in zip(*self.indicators, strict=True))
        return (
            {"state": np.array(self.states, dtype=object)},
            {"domain": domain, "indicator": name},
            {"period": self.periods},
        )


@dataclass(frozen=True, eq=False, repr=False)
class IndicatorResult(Result):
    """Composite positions per (state, period): arrays (S, T).

    Attributes
    ----------
    position_100, low, high : ndarray
        0 all with the first power, 100 all with the second.
    p_hedger, p_first, p_second : ndarray
        Probabilities that the position lies inside the band, below and above it.
    diversification : ndarray
        1 - L^2 of the composite.
    coverage : ndarray
        Share of the index's weight that was known.
    n_indicators : ndarray
    domains : ndarray, (S, K, T)
        Positions by domain; columns position_<domain> of the frame.
    indicators : IndicatorParts
    """

    LABELS: ClassVar[Mapping[str, str]] = {"state": "states", "period": "periods"}

    states: tuple[str, ...]
    powers: tuple[str, str]
    periods: np.ndarray
    domain_names: tuple[str, ...]
    position_100: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_hedger: np.ndarray
    p_first: np.ndarray
    p_second: np.ndarray
    diversification: np.ndarray
    coverage: np.ndarray
    n_indicators: np.ndarray
    domains: np.ndarray
    indicators: IndicatorParts

    def _columns(self) -> dict[str, np.ndarray]:
        return super()._columns() | one_a_label("position", self.domains, self.domain_names)


# ---- the doors -------------------------------------------------------------------------------------------
def composite_position(
    table: pd.DataFrame,
    powers: Sequence[str],
    *,
    weights: Mapping[str, float] | None = None,
    indicator_weights: Mapping[str, Mapping[str, float]] | None = None,
    band: tuple[float, float] = BAND,
    concentration: float | None = 20.0,
    draws: int = 2000,
    rng: Rng = 0,
    level: float = LEVEL,
) -> IndicatorResult:
    """Find where states stand between two powers by any set of indicators, each as a share.

    Per indicator ``100 U / (U + C)``, with C the value for the first power and U for the second; a domain
    is the weighted mean of its indicators, the index that of its domains. Shares have no unit, so that trade,
    visits, votes and event-based ties can stand in one index.

    Parameters
    ----------
    table : pandas.DataFrame
        Long: ``state``, ``period``, ``domain``, ``indicator``, ``power``, ``value`` (0 or more), optional
        ``n`` (observations behind the value, such as visits) or ``se``. Both powers' values are needed; a
        missing one makes the indicator missing, so write 0 where it is 0.
    powers : sequence of two str
    weights : mapping of domain to weight, optional
        Equal where not given; a domain that is not named weighs 1.
    indicator_weights : mapping of domain to {indicator: weight}, optional
        Equal within a domain that is not named; an indicator that is not named weighs 1.
    band : tuple of float
        Positions called hedging; 45 to 55 as in the Anatomy of Choice index.
    concentration : float or None
        How sure the weights are: Dirichlet(concentration * weight * number of weights) at each level, so
        that 20 moves each weight by a fifth or so; None keeps them fixed.
    draws : int
        Replicates behind intervals and probabilities, at least 100.
    rng : int or numpy.random.Generator, optional
    level : float
        Probability level of the intervals, between 0 and 1.

    Returns
    -------
    IndicatorResult
        Position in [0, 100], up means toward the second power. NaN: nothing is known. Missing indicators are
        left out, the others' weights renormalised, and `coverage` says how much is left.

    Raises
    ------
    FormatError
        A column is missing, a value, n or se is negative or infinite, or a cell is given twice.
    OptionError
        A label is missing, a cell is no number, not two powers, weights that are negative or all 0, an option out of range.
    UnknownLabelError
        A power, domain or indicator that the table does not have.

    Notes
    -----
    Replicates vary the weights and, where ``n`` is given, each share by Beta(s n + 1/2, (1 - s) n + 1/2),
    or where ``se`` is, each value by a Gamma of that mean and error, one below .7 of its error (0, for one) by the Gamma of
    half an event with that error. One with neither is taken as exact; of ``n`` 0 nothing is known.

    References
    ----------
    Patton & Sato 2023, Asia Power Snapshot, Lowy Institute: 100 points shared between two powers. Khong &
    Liow, Anatomy of Choice Alignment Index, National University of Singapore: five domains of four
    indicators each, all weighted alike; 0 all with China, 100 with the United States, hedgers at 45 to 55.

    Examples
    --------
    >>> table = pd.DataFrame({"state": "KHM", "period": 2024, "domain": "economic", "indicator": "trade",
    ...                       "power": ["CHN", "USA"], "value": [30.0, 10.0]})
    >>> composite_position(table, powers=("CHN", "USA"), rng=0).position_100.tolist()
    [[25.0]]
    """
    powers = in_order("powers", powers)
    band = two_of("band", band, "(45, 55)")
    if len(powers) != 2 or powers[0] == powers[1]:
        raise OptionError(f"powers are {powers!r}; name two.")
    within("band[0]", band[0], 0.0, 100.0)
    within("band[1]", band[1], band[0], 100.0)
    if concentration is not None:
        within("concentration", concentration, 0.0, open_low=True, open_high=True)
    whole_number("draws", draws, 100)
    check_level(level)
    cells = indicator_cells(table, powers)
    states, indicators, periods = cells.states, cells.indicators, cells.periods
    share, n = two_power_shares(cells)
    names = tuple(dict.fromkeys(domain for domain, _ in indicators))
    place = np.array([names.index(domain) for domain, _ in indicators])
    omega = weights_among("domain", names, weights)
    inner = inner_weights(indicators, indicator_weights)
    by_domain, mean, coverage = weighted_shares(share, place, inner, omega)
    # drawn in the order of their names, so that the order of rows decides nothing
    order = sorted(range(len(indicators)), key=indicators.__getitem__)
    by_name = sorted(range(len(names)), key=names.__getitem__)
    domain = np.argsort(by_name)[place[order]]
    ordered = cells._replace(value=cells.value[:, order], n=cells.n[:, order], se=cells.se[:, order])
    generator = generator_of(rng)
    random = _replicates(ordered, domain, inner[order], omega[by_name], concentration, draws, generator)
    known = ~np.isnan(mean)
    low, _, high = quantiles(np.where(known, random, np.nan), level)
    # a value far smaller than its error may be drawn as 0 for both powers, and then tells nothing
    counted = np.where(known, (~np.isnan(random)).sum(axis=0), 0)
    first, last = band[0] / 100 - 1e-9, band[1] / 100 + 1e-9
    sides = (random < first, (random >= first) & (random <= last), random > last)
    below, inside, above = (ratio(side.sum(axis=0), counted) for side in sides)
    part_low, part_high = share_intervals(share, n, cells.value, cells.se, level)
    recipe = {
        "measure": "composite_position",
        "powers": powers,
        "band": band,
        "weights": dict(zip(names, omega.tolist(), strict=True)),
        "concentration": concentration,
        "draws": draws,
        "level": level,
    }
    parts = IndicatorParts(
        recipe, states, indicators, periods, position_100=100 * share, low=100 * part_low, high=100 * part_high, n=n,
        weight=_used_weights(share, place, inner, omega),
    )  # fmt: skip
    return IndicatorResult(
        recipe, states, (powers[0], powers[1]), periods, names, 100 * mean,
        low=100 * np.fmin(low, mean), high=100 * np.fmax(high, mean),
        p_hedger=inside, p_first=below, p_second=above,
        diversification=1 - (2 * mean - 1) ** 2, coverage=coverage, domains=100 * by_domain,
        n_indicators=(~np.isnan(share)).sum(axis=1), indicators=parts,
    )  # fmt: skip


def indicators_from_hedging(result: HedgingResult, *, indicator: str = "events") -> pd.DataFrame:
    """Turn shares of event-based ties into rows of an indicator table, to stand beside trade or votes.

    Parameters
    ----------
    result : HedgingResult
    indicator : str
        Name of the indicator in each domain.

    Returns
    -------
    pandas.DataFrame
        state, period, domain, indicator, power, value (the share) and n (evidence in force, shared out
        by it), without the cells that know nothing. Periods are text, as '2024', and meet years that are numbers.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> from alignscore.measures.states.hedging import hedging
    >>> room = hedging(Ledger.post(asean()).ties(), powers=("CHN", "USA"), states=["KHM"])
    >>> indicators_from_hedging(room).columns.tolist()
    ['state', 'period', 'domain', 'indicator', 'power', 'value', 'n']
    """
    of_kind("result", result, HedgingResult, "hedging(...)")
    text("indicator", indicator)
    frame = result.domains.to_frame(columns="all")
    labels = label_columns("period", result.periods)["period"]
    period = frame["period"].map(dict(zip(labels, result.periods.astype(str), strict=True)))
    cells = frame[["state", "period", "domain"]].assign(period=period, indicator=indicator)
    shares = {power: frame[f"share_raw_{power}"] for power in result.powers}
    parts = [cells.assign(power=p, value=x, n=x * frame["evidence"]) for p, x in shares.items()]
    return pd.concat(parts).dropna(subset="value", ignore_index=True)


# ---- its steps ---------------------------------------------------------------------------------------------
def _used_weights(share: np.ndarray, place: np.ndarray, inner: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """Weight of each indicator in the composite, over what is known, (S, I, T)."""
    known = ~np.isnan(share)
    used = np.zeros(share.shape)
    for k in range(len(omega)):
        mine = known & (place == k)[:, None]
        w = mine * inner[:, None]
        used += omega[k] * np.nan_to_num(ratio(w, w.sum(axis=1, keepdims=True)))
    return np.asarray(np.nan_to_num(ratio(used, used.sum(axis=1, keepdims=True))))


def _replicates(
    cells: IndicatorCells, place: np.ndarray, inner: np.ndarray, omega: np.ndarray,
    concentration: float | None, draws: int, rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """Composite shares of the second power, (R, S, T), drawn a block at a time."""
    share, n = two_power_shares(cells)
    counted = n >= 0
    # where the error of one value is known, the other is exact
    measured = np.isnan(n) & ~np.isnan(share) & (cells.se > 0).any(axis=-1)
    a = np.where(counted, share * n, 0.0) + JEFFREYS
    b = np.where(counted, (1 - share) * n, 0.0) + JEFFREYS
    shape, mean = gamma_of(cells.value, cells.se)
    finite = np.isfinite(shape)
    shape = np.where(finite, shape, 1.0)
    drawn = np.empty((draws, *share.shape[::2]))
    block = max(BLOCK // share.size, 1)
    for first in range(0, draws, block):
        R = min(block, draws - first)
        s = np.where(counted, rng.beta(a, b, (R, *share.shape)), share)
        if measured.any():
            x = np.where(finite, rng.gamma(shape, size=(R, *shape.shape)) / shape * mean, cells.value)
            s = np.where(measured, ratio(x[..., 1], x.sum(axis=-1)), s)
        w_in, w = inner, omega
        if concentration is not None:
            w = _dirichlet(omega, concentration, R, rng)[:, None]
            w_in = np.empty((R, 1, len(inner)))
            for k in range(len(omega)):
                w_in[:, 0, place == k] = _dirichlet(inner[place == k], concentration, R, rng)
        drawn[first : first + R] = weighted_shares(s, place, w_in, w)[1]
    return drawn


def _dirichlet(weight: np.ndarray, concentration: float, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Weights around the given ones, (R, ...); a weight of 0 stays 0."""
    positive = weight > 0
    draw = np.zeros((draws, *weight.shape))
    draw[:, positive] = rng.gamma(
        concentration * weight[positive] * positive.sum(), size=(draws, positive.sum())
    )
    total = draw.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, draw / np.where(total > 0, total, 1.0), weight))
