"""Indicator tables as arrays: cells, shares, weights and the two-level weighted mean.

Letters for shapes: S states, I indicators, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alignscore.actors.labels import each_by_one_label
from alignscore.axes import codes_among, weights_among
from alignscore.errors import FormatError, OptionError, check_known, mapping_or_empty
from alignscore.intervals import JEFFREYS, ratio, wilson
from alignscore.values import (
    as_pandas,
    label_codes,
    need_columns,
    numbers_of,
    plain_labels,
    refuse_rows,
    text_of,
)

KEYS = ("state", "period", "domain", "indicator", "power")
EXACT = 1e8  # shape of a Gamma that is as good as its mean


def weighted_shares(
    share: np.ndarray, place: np.ndarray, inner: np.ndarray, omega: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Domain and composite shares from shares of indicators (..., I, T), and the weight seen.

    `place` (I,) is each indicator's domain, `inner` (..., I) its weight within it, `omega` (..., K) the
    domains' weights. Weights are renormalised over what is known, level by level.
    """
    K = omega.shape[-1]
    known = ~np.isnan(share)
    w = known * inner[..., None]
    domain = np.stack([np.where(place[:, None] == k, w, 0.0).sum(axis=-2) for k in range(K)], axis=-2)
    value = np.where(known, share, 0.0) * w
    total = np.stack([np.where(place[:, None] == k, value, 0.0).sum(axis=-2) for k in range(K)], axis=-2)
    by_domain = ratio(total, domain)  # (..., K, T)
    seen = (domain > 0) * omega[..., None]
    whole = seen.sum(axis=-2)
    mean = ratio((seen * np.nan_to_num(by_domain)).sum(axis=-2), whole)
    return by_domain, mean, (domain * omega[..., None]).sum(axis=-2)


class IndicatorCells(NamedTuple):
    """What a table says of each (state, indicator, period, power), (S, I, T, 2), NaN where nothing, and its labels."""

    states: tuple[str, ...]
    indicators: tuple[tuple[str, str], ...]
    periods: np.ndarray
    value: np.ndarray
    n: np.ndarray
    se: np.ndarray


def indicator_cells(table: pd.DataFrame, powers: tuple[str, ...]) -> IndicatorCells:
    """Read a long table of indicators; powers and cells that it cannot hold are refused."""
    table = as_pandas("table", table)
    need_columns("the table", table, (*KEYS, "value"))
    table = plain_labels(table, *KEYS)
    table = table.assign(**{name: _of_one_sort(table[name], name) for name in KEYS})
    coded = {name: label_codes(table[name].astype(object), name) for name in KEYS}
    named = {text_of(label): label for label in coded["power"][1]}
    for power in powers:
        check_known("power", power, sorted(named))
    powers = tuple(named[power] for power in powers)  # as the table writes them, 710 or 710.0
    mine = table["power"].isin(powers).to_numpy()
    rows = table[mine]
    order = list(dict.fromkeys(table["domain"]))
    numbers = [_numbers(table, name, mine) for name in ("value", "n", "se")]
    again = table.duplicated(list(KEYS)).to_numpy() & mine
    refuse_rows(again, "rows give a cell twice", table[list(KEYS)], error=FormatError, way_out=" Keep one.")

    def used(name: str) -> tuple[list[Any], np.ndarray]:
        codes, labels = coded[name]
        met, at = np.unique(codes[mine], return_inverse=True)
        return labels[met].tolist(), at

    pairs = list(zip(rows["domain"], rows["indicator"], strict=True))
    indicators = sorted(set(pairs), key=lambda pair: (order.index(pair[0]), str(pair[1])))
    (states, s), (periods, t) = used("state"), used("period")
    each_by_one_label(states)
    cells = np.full((3, len(states), len(indicators), len(periods), len(powers)), np.nan)
    cells[:, s, codes_among(pairs, indicators), t, codes_among(rows["power"], powers)] = numbers
    names = tuple((str(domain), str(name)) for domain, name in indicators)
    return IndicatorCells(tuple(map(str, states)), names, np.array(periods, dtype=object), *cells)


def _numbers(table: pd.DataFrame, name: str, mine: np.ndarray) -> np.ndarray:
    """A column of numbers from 0, of the rows that are `mine`; NaN where missing."""
    if name not in table.columns:
        return np.full(int(mine.sum()), np.nan)
    given = numbers_of(table[name], name)
    bad = mine & ((given < 0) | np.isinf(given))
    cells = table[["state", "indicator", name]]
    way_out = " Give a number, 0 or more, or none."
    refuse_rows(bad, f"rows have {name!r} below 0 or infinite", cells, error=FormatError, way_out=way_out)
    return np.asarray(given[mine])


def _of_one_sort(column: pd.Series, name: str) -> pd.Series:
    """A column of labels, numbers and periods as texts where others are: 2024 and "2024", as two tables write one year."""
    if column.dtype != object:
        return column
    texts = column.map(lambda label: isinstance(label, str)).to_numpy(dtype=bool)
    others = column[~texts & column.notna().to_numpy()]
    if not texts.any() or others.empty:
        return column
    odd = others[~others.map(lambda label: isinstance(label, Real | pd.Period)).to_numpy(dtype=bool)]
    if len(odd):
        raise OptionError(
            f"{name} holds texts, as {column[texts].iloc[0]!r}, and {type(odd.iloc[0]).__name__}, as {odd.iloc[0]}; write "
            "all alike."
        )
    return column.where(texts | column.isna(), column.map(text_of))


def two_power_shares(cells: IndicatorCells) -> tuple[np.ndarray, np.ndarray]:
    """Share of the second power and observations behind it, (S, I, T)."""
    return ratio(cells.value[..., 1], cells.value.sum(axis=-1)), cells.n.sum(axis=-1)


def gamma_of(value: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shape and mean of the Gamma that a value of some error is drawn from; the shape is infinite of an exact one.

    A value below .7 of its error is as good as none seen: half an event, of the size that gives it its error.
    """
    shape = np.where(error > 0, np.square(value / np.where(error > 0, error, 1.0)), np.inf)
    few = shape < JEFFREYS
    return np.where(few, JEFFREYS, shape), np.where(few, np.sqrt(JEFFREYS) * error, value)


def share_intervals(
    share: np.ndarray, n: np.ndarray, value: np.ndarray, error: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson interval where observations were counted, else that of the values' Gammas; NaN with neither.

    Of two Gammas of one scale the share is a Beta; that of others has its odds times the ratio of their scales.
    """
    from scipy.special import betaincinv

    counted = wilson(share, np.nan_to_num(n), level)
    tail = (1 - level) / 2
    shape, mean = gamma_of(value, error)
    shape = np.minimum(shape, EXACT)
    scale = mean / shape
    unsure = (error > 0).any(axis=-1)
    unknown = np.isnan(error).all(axis=-1)
    ends = []
    for p, nearest, of_counts in zip((tail, 1 - tail), (np.minimum, np.maximum), counted, strict=True):
        part = betaincinv(shape[..., 1], shape[..., 0], p)
        top, rest = scale[..., 1] * part, scale[..., 0] * (1 - part)
        end = np.where(unsure, nearest(ratio(top, top + rest), share), share)
        ends.append(np.where(np.isnan(n), np.where(unknown, np.nan, end), of_counts))
    return ends[0], ends[1]


def inner_weights(
    indicators: Sequence[tuple[str, str]], given: Mapping[str, Mapping[str, float]] | None
) -> np.ndarray:
    """Weight of each indicator within its domain, (I,)."""
    domains = list(dict.fromkeys(domain for domain, _ in indicators))
    example = f"{{{domains[0]!r}: {{{indicators[0][1]!r}: 1.0}}}}"
    named = mapping_or_empty("indicator_weights", given, example)
    for domain in named:
        check_known("domain", domain, domains)
    out = np.empty(len(indicators))
    for domain in domains:
        rows = [k for k, (name, _) in enumerate(indicators) if name == domain]
        names = [indicators[k][1] for k in rows]
        out[rows] = weights_among("indicator", names, named.get(domain), f"indicator_weights[{domain!r}]")
    return out
