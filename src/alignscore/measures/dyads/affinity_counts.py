"""Stocks of cooperation and conflict from tables of dyad-year counts.

Letters for shapes: D dyads, K domains, T years.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alignscore.axes import Axes
from alignscore.errors import OptionError, unknown, within

Five = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
COUNTS = ("source", "target", "period", "cooperation", "conflict")


def stocks_of_counts(
    counts: pd.DataFrame, columns: Mapping[str, str], half_life: float | None, *, directed: bool
) -> tuple[Axes, Five]:
    """Axes and n, C, K, C2, K2 (D, K, T) of a table of counts; with a half-life (years) counts fade."""
    for name in columns:
        if name not in (*COUNTS, "domain"):
            raise unknown("column", name, (*COUNTS, "domain"))
    if half_life is not None:
        within("half_life", half_life, 0.0, open_low=True)
    named = {name: columns.get(name, name) for name in COUNTS}
    for name in named.values():
        if name not in counts.columns:
            raise unknown("column", name, counts.columns)
    c, k = (_numbers(counts[named[name]], named[name]) for name in ("cooperation", "conflict"))
    axes, cell = _cells(counts, named, columns.get("domain", "domain"), directed=directed)
    n, c, k = (np.bincount(cell, x, np.prod(axes.shape)).reshape(axes.shape) for x in (c + k, c, k))
    c2, k2 = c.copy(), k.copy()  # every event has mass 1, so its square has too
    fade = 1.0 if half_life is None else 2.0 ** (-1 / half_life)
    for stock, kept in ((n, 1.0), (c, fade), (k, fade), (c2, fade), (k2, fade)):
        for t in range(1, stock.shape[2] if half_life is not None else 0):
            stock[:, :, t] += stock[:, :, t - 1] * kept
    return axes, (n, c, k, c2, k2)


def _numbers(column: pd.Series, name: str) -> np.ndarray:
    values: np.ndarray = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(values) | (values < 0)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise OptionError(
            f"column {name!r} has {int(bad.sum())} of {len(bad)} counts missing, negative or infinite; "
            f"the first is {column.iloc[at]} in row {at}."
        )
    return values


def _cells(
    counts: pd.DataFrame, named: Mapping[str, str], domain: str, *, directed: bool
) -> tuple[Axes, np.ndarray]:
    """Axes of the table, and the flat index of each row's cell."""
    if not len(counts):
        raise OptionError("the table of counts has no rows.")
    source, target = (counts[named[end]].astype(str).to_numpy(dtype=object) for end in ("source", "target"))
    if (source == target).any():
        raise OptionError(f"row {int(np.argmax(source == target))} joins an actor with itself.")
    actors, codes = np.unique(np.concatenate([source, target]).astype(str), return_inverse=True)
    i, j = codes.reshape(2, -1)
    if not directed:
        i, j = np.minimum(i, j), np.maximum(i, j)
    keys, dyad = np.unique(i.astype(np.int64) * len(actors) + j, return_inverse=True)
    year = pd.PeriodIndex(counts[named["period"]].astype(str), freq="Y").asi8
    given = counts[domain].astype(str) if domain in counts.columns else pd.Series(["all"] * len(counts))
    domains, at = np.unique(given.to_numpy(dtype=object).astype(str), return_inverse=True)
    periods = pd.period_range(
        pd.Period(ordinal=int(year.min()), freq="Y"), pd.Period(ordinal=int(year.max()), freq="Y"), freq="Y"
    )
    axes = Axes(
        tuple(map(str, actors)),
        np.stack(np.divmod(keys, len(actors)), axis=1),
        tuple(map(str, domains)),
        periods,
    )
    cell = (dyad * len(domains) + at) * len(periods) + (year - year.min())
    return axes, cell
