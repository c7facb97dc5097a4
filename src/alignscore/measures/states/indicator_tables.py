"""Indicator tables as arrays: cells, shares, weights and the two-level weighted mean.

Letters for shapes: S states, I indicators, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignscore.errors import FormatError, OptionError, unknown, within
from alignscore.intervals import ratio, wilson, z_of
from alignscore.values import as_pandas

KEYS = ("state", "period", "domain", "indicator", "power")


def blended(
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


def indicator_cells(
    table: pd.DataFrame, powers: tuple[str, ...]
) -> tuple[tuple[Any, ...], tuple[np.ndarray, ...]]:
    """Labels, and value, n and se of each (state, indicator, period, power), (S, I, T, 2)."""
    table = as_pandas("table", table)
    lacking = [name for name in (*KEYS, "value") if name not in table.columns]
    if lacking:
        raise FormatError(f"the table lacks {', '.join(lacking)}; it needs {', '.join((*KEYS, 'value'))}.")
    for power in powers:
        if power not in set(table["power"]):
            raise unknown("power", power, sorted({str(p) for p in table["power"]}))
    rows = table[table["power"].isin(powers)]
    if (rows["value"].to_numpy(dtype=float) < 0).any():
        bad = rows.loc[rows["value"] < 0].iloc[0]
        place = f"value {bad['value']} of {bad['state']}, {bad['indicator']}"
        raise FormatError(f"{place} is negative; shares need ties of 0 or more.")
    if rows.duplicated(list(KEYS)).any():
        bad = rows[rows.duplicated(list(KEYS))].iloc[0]
        raise FormatError(f"{', '.join(str(bad[key]) for key in KEYS)} is given twice.")
    states, periods = (sorted(set(rows[name].tolist())) for name in ("state", "period"))
    order = list(dict.fromkeys(table["domain"]))
    pairs = list(zip(rows["domain"], rows["indicator"], strict=True))
    indicators = sorted(set(pairs), key=lambda pair: (order.index(pair[0]), str(pair[1])))
    axes: list[list[Any]] = [states, indicators, periods, list(powers)]
    labels = (rows["state"], pairs, rows["period"], rows["power"])
    places: list[dict[Any, int]] = [{label: at for at, label in enumerate(axis)} for axis in axes]
    at = tuple(np.array([place[x] for x in of]) for place, of in zip(places, labels, strict=True))
    cells = []
    for name in ("value", "n", "se"):
        grid = np.full(tuple(map(len, axes)), np.nan)
        if name in rows.columns:
            grid[at] = rows[name].to_numpy(dtype=float)
        cells.append(grid)
    named = tuple((str(domain), str(name)) for domain, name in indicators)
    return (tuple(map(str, states)), named, np.array(periods, dtype=object)), tuple(cells)


def two_power_shares(
    value: np.ndarray, n: np.ndarray, se: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share of the second power, observations behind it and its delta-method error, (S, I, T)."""
    a, b = value[..., 0], value[..., 1]
    error = ratio(np.sqrt((a * se[..., 1]) ** 2 + (b * se[..., 0]) ** 2), (a + b) ** 2)
    return ratio(b, a + b), n.sum(axis=-1), error


def share_intervals(
    share: np.ndarray, n: np.ndarray, se: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson interval where observations were counted, else normal from the error; NaN with neither."""
    low, high = wilson(share, np.nan_to_num(n), level)
    half = z_of(level) * se
    return (
        np.where(np.isnan(n), np.clip(share - half, 0, 1), low),
        np.where(np.isnan(n), np.clip(share + half, 0, 1), high),
    )


def normalised_weights(what: str, names: Sequence[str], given: Mapping[str, float] | None) -> np.ndarray:
    """Weights adding to 1, equal where not given."""
    if given is None:
        return np.full(len(names), 1 / len(names))
    for label, weight in given.items():
        if label not in names:
            raise unknown(what, label, names)
        within(f"weight of {what} {label!r}", weight, 0.0, open_high=True)
    found: np.ndarray = np.array([float(given.get(name, 0.0)) for name in names])
    if not found.sum() > 0:
        raise OptionError(f"weights of the {what}s are all 0; give at least one a positive weight.")
    return np.asarray(found / found.sum())


def inner_weights(
    indicators: Sequence[tuple[str, str]], given: Mapping[str, Mapping[str, float]] | None
) -> np.ndarray:
    """Weight of each indicator within its domain, (I,)."""
    domains = list(dict.fromkeys(domain for domain, _ in indicators))
    for domain in given or {}:
        if domain not in domains:
            raise unknown("domain", domain, domains)
    out = np.empty(len(indicators))
    for domain in domains:
        rows = [k for k, (name, _) in enumerate(indicators) if name == domain]
        out[rows] = normalised_weights(
            "indicator", [indicators[k][1] for k in rows], (given or {}).get(domain)
        )
    return out
