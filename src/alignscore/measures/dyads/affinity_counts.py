"""Numbers of cooperative and hostile events in tables of dyad-year counts.

Letters for shapes: D dyads, K domains, T years.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alignscore.actors.labels import each_by_one_label
from alignscore.axes import COMPOSITE, Axes, distinct_dyads, period_of
from alignscore.errors import OptionError, UnknownLabelError, check_known, mapping_or_empty, near
from alignscore.events.columns import text_codes
from alignscore.values import need_memory, numbers_of, plain_labels, refuse_rows, stands_once

COUNTS = ("source", "target", "period", "cooperation", "conflict")


def need_room(axes: Axes) -> None:
    """Raise where counts of each cell, and what is made of them at once, would not fit in memory."""
    D, K, T = axes.shape
    need_memory(
        f"counts of {D:,} dyads x {K} domains x {T:,} periods",
        D * K * T * 8 * 6,  # friendly, hostile and all events, each once faded
        "Give longer periods, fewer actors (events.take) or fewer periods (events.up_to).",
    )


def counts_of_table(
    counts: pd.DataFrame, columns: Mapping[str, str] | None, *, directed: bool
) -> tuple[Axes, np.ndarray, np.ndarray]:
    """Axes, and the numbers of cooperative and of hostile events (D, K, T) of a table; rows of a cell add."""
    columns = mapping_or_empty("columns", columns, "{'period': 'year'}")
    if "cooperation2" in counts.columns:
        raise OptionError(
            "counts has a column 'cooperation2': it is the frame of ties or of a ledger, sums of masses and no numbers of "
            "events. Give the events or the ledger, to fit_decay or to affinity."
        )
    for name in columns:
        check_known("column", name, (*COUNTS, "domain"))
    named = {name: columns.get(name, name) for name in (*COUNTS, *columns)}
    for role, name in named.items():
        if role not in columns and name not in counts.columns:
            free = [other for other in counts.columns if other not in named.values()]
            raise UnknownLabelError(
                f"the table of counts has no column {name!r}; say which one it is, columns={{{name!r}: ...}}."
                f"{near(name, free)}"
            )
        check_known("column", name, counts.columns)
        stands_once(counts[name], f"column {name!r}")
    c, k = (_numbers(counts[named[name]], named[name]) for name in ("cooperation", "conflict"))
    axes, cell = _cells(counts, named, columns.get("domain", "domain"), directed=directed)
    need_room(axes)
    c, k = (np.bincount(cell, x, np.prod(axes.shape)).reshape(axes.shape) for x in (c, k))
    return axes, c, k


def _numbers(column: pd.Series, name: str) -> np.ndarray:
    values = numbers_of(column, f"column {name!r}")
    bad = ~np.isfinite(values) | (values < 0)
    refuse_rows(bad, f"counts in column {name!r} are missing, negative or infinite", column.to_frame())
    return values


def _cells(
    counts: pd.DataFrame, named: Mapping[str, str], domain: str, *, directed: bool
) -> tuple[Axes, np.ndarray]:
    """Axes of the table, and the flat index of each row's cell."""
    if not len(counts):
        raise OptionError("the table of counts has no rows.")
    ends = [_labels(counts[named[end]], named[end]) for end in ("source", "target")]
    actors, codes = np.unique(np.concatenate([names for _, names in ends]), return_inverse=True)
    each_by_one_label(actors)
    i, j = codes[ends[0][0]], codes[len(ends[0][1]) :][ends[1][0]]
    if (i == j).any():
        raise OptionError(f"row {int(np.argmax(i == j))} joins an actor with itself.")
    if not directed:
        i, j = np.minimum(i, j), np.maximum(i, j)
    dyads, dyad = distinct_dyads(i, j, len(actors))
    when, found = pd.factorize(plain_labels(counts, named["period"])[named["period"]])
    refuse_rows(when < 0, f"rows have no {named['period']!r}")
    year = np.array([period_of(label, "Y").ordinal for label in found])[when]
    at = np.zeros(len(counts), dtype=np.int64)
    domains = np.array(["all"])
    if domain in counts.columns:
        at, names = _labels(counts[domain], domain)
        domains, code = np.unique(names, return_inverse=True)
        at = code[at]
        if COMPOSITE in domains:
            raise OptionError(
                f"{COMPOSITE!r} is the name of all domains together; rename that of column {domain!r}."
            )
    periods = pd.PeriodIndex.from_ordinals(np.arange(year.min(), year.max() + 1), freq="Y")
    axes = Axes(tuple(map(str, actors)), dyads, tuple(map(str, domains)), periods)
    cell = (dyad * len(domains) + at) * len(periods) + (year - year.min())
    return axes, cell


def _labels(column: pd.Series, name: str) -> tuple[np.ndarray, list[str]]:
    """Code of each row, (N,), and the labels as text, read as those of events; a row without a label is refused."""
    codes, found = text_codes(stands_once(column, f"column {name!r}"))
    refuse_rows(codes < 0, f"rows have no {name!r}")
    return codes, found
