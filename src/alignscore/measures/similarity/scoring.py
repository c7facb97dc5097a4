"""Which measures there are, and the scores of all pairs of one period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from alignscore.errors import OptionError, one_of, unknown
from alignscore.intervals import ratio
from alignscore.measures.similarity import coefficients as kernel
from alignscore.measures.similarity.coefficients import DISTANCES, Distance
from alignscore.measures.similarity.portfolio import Block, Portfolio

Measure: TypeAlias = Literal[
    "s", "kappa", "pi", "tau_b", "a", "agreement", "correlation",
    "s_absolute", "s_squared", "s_nominal", "kappa_absolute", "kappa_squared", "kappa_nominal",
    "pi_absolute", "pi_squared", "pi_nominal", "a_absolute", "a_squared", "a_nominal",
    "agreement_absolute", "agreement_squared", "agreement_nominal",
]  # fmt: skip
Weights: TypeAlias = Mapping[Any, float] | pd.Series | Sequence[float] | np.ndarray
BY_DISTANCE = {
    "s": kernel.s_score,
    "kappa": kernel.kappa,
    "pi": kernel.scott_pi,
    "a": kernel.corrected_s,
    "agreement": kernel.agreed,
}
MEASURES = (
    *BY_DISTANCE, "tau_b", "correlation",
    *(f"{base}_{distance}" for base in BY_DISTANCE for distance in DISTANCES),
)  # fmt: skip
Plan: TypeAlias = tuple[tuple[str, str, Distance], ...]  # name as asked for, measure, distance


def plan_of(measure: Measure | Sequence[Measure], distance: Distance | None) -> Plan:
    """What is asked for, spelled out."""
    if distance is not None:
        one_of("distance", distance, DISTANCES)
    names: list[str] = [measure] if isinstance(measure, str) else list(measure)
    if not names or len(set(names)) < len(names):
        raise OptionError(f"measure is one name, or several that differ; got {names!r}.")
    plan: list[tuple[str, str, Distance]] = []
    for name in names:
        one_of("measure", name, MEASURES)
        base, _, tail = name.partition("_")
        pinned = next((d for d in DISTANCES if d == tail), None)
        usual: Distance = "nominal" if base == "pi" else "absolute"
        plan.append((name, base if base in BY_DISTANCE else name, pinned or distance or usual))
    return tuple(plan)


def refuse_unscaled(held: Portfolio, plan: Plan) -> None:
    """Refuse a measure whose levels or ranges the portfolio does not declare."""
    for name, base, distance in plan:
        if base == "correlation" or held.levels is not None:
            continue
        if base not in ("s", "agreement") or distance == "nominal":
            raise OptionError(
                f"{name!r} needs ordered levels shared by all items, such as levels=(0, 1, 2, 3); "
                "recode the items, or use 's', 'agreement' or 'correlation'."
            )
        if np.isnan(held.low).any():
            raise OptionError(
                f"{name!r} needs the range of every item: levels=(1, 2, 3) for ordered items, an ordered "
                "categorical column, or bounds=(0, 1) for shares. It is never guessed from the data."
            )


def item_weights(weights: Weights | None, held: Portfolio) -> Iterator[np.ndarray | None]:
    """Weights of each block's items, (m,)."""
    if weights is None:
        yield from [None] * len(held.blocks)
        return
    keyed = dict(weights.items()) if isinstance(weights, Mapping | pd.Series) else None
    if keyed is None:
        row = np.asarray(weights, dtype=np.float64)
        if row.shape != (len(held.items),):
            raise OptionError(f"weights have shape {row.shape}; one number per item is ({len(held.items)},).")
        keyed = dict(zip(held.items, row.tolist(), strict=True))
    known = {
        *held.items,
        *((block.period, held.items[code]) for block in held.blocks for code in block.items),
    }
    for block in held.blocks:
        labels = [held.items[code] for code in block.items]
        found = [keyed.get(item, keyed.get((block.period, item), np.nan)) for item in labels]
        row = np.array(found, dtype=np.float64)
        if not (np.isfinite(row) & (row >= 0)).all():
            stray = next((key for key in keyed if key not in known), None)
            if stray is not None:
                raise unknown("item in weights", stray, held.items)
            first = labels[int(np.argmin(np.isfinite(row) & (row >= 0)))]
            where = "" if block.period is None else f" in period {block.period!r}"
            raise OptionError(f"item {first!r} has no weight{where}, or one that is negative or not finite.")
        yield row


def score(
    block: Block, held: Portfolio, plan: Plan, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Codes of i and j, number of shared items, and scores (measures, P) of one period."""
    cells = block.cells
    low, high = held.low[block.items], held.high[block.items]
    if weights is not None:
        kept = weights > 0
        cells, weights, low, high = cells[:, kept], weights[kept], low[kept], high[kept]
    by_table = held.spacing is not None and any(_needs_tables(base, d) for _, base, d in plan)
    scores = np.full((len(plan), len(cells) * (len(cells) - 1) // 2), np.nan)
    at, to = np.triu_indices(len(cells), 1)
    n = np.zeros(len(at), dtype=np.int64)
    if by_table and held.spacing is not None:
        start = 0
        for part in kernel.pair_tables(cells, held.spacing, weights):
            stop = start + len(part.n)
            n[start:stop] = part.n
            for k, (_, base, distance) in enumerate(plan):
                if base == "tau_b":
                    scores[k, start:stop] = kernel.tau_b(part)
                elif base in BY_DISTANCE:
                    d = kernel.distances(held.spacing, distance)
                    scores[k, start:stop] = BY_DISTANCE[base](part, d)
            start = stop
    else:
        n[:] = kernel.shared(cells)
    for k, (_, base, distance) in enumerate(plan):
        if base == "correlation":
            scores[k] = kernel.correlations(cells, weights)
        elif not by_table:
            scores[k] = _from_gaps(cells, base, 1 if distance == "absolute" else 2, weights, high - low)
    return block.actors[at], block.actors[to], n, scores


def _needs_tables(base: str, distance: Distance) -> bool:
    return base in ("kappa", "pi", "a", "tau_b") or (base in BY_DISTANCE and distance == "nominal")


def _from_gaps(
    cells: np.ndarray, base: str, power: int, weights: np.ndarray | None, span: np.ndarray
) -> np.ndarray:
    """S or agreement straight from distances, each item over its own range, (P,)."""
    alike = len(span) > 0 and bool((span == span[0]).all())
    greatest = float(span[0]) ** power if alike else 1.0  # whole numbers stay whole where ranges are equal
    scaled = cells if alike else cells / span
    used = ratio(kernel.gaps(scaled, power, weights), kernel.shared(cells, weights) * greatest)
    return 1 - 2 * used if base == "s" else 1 - used
