"""Scales of portfolio items: ordered levels or bounds, and how values are read against them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from alignscore.errors import OptionError, check_known, several
from alignscore.values import numbers_of

Levels: TypeAlias = Sequence[Any] | Mapping[Any, Sequence[Any]]
Bounds: TypeAlias = tuple[float, float] | Mapping[Any, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Scale:
    """How values of each item are read and bounded."""

    levels: tuple[Any, ...] | None
    spacing: np.ndarray | None
    low: np.ndarray
    high: np.ndarray
    each: Mapping[Any, tuple[tuple[Any, ...], np.ndarray]]  # item -> levels, spacing, where items differ

    @classmethod
    def make(cls, items: Sequence[Any], levels: Levels | None, bounds: Bounds | None) -> Scale:
        """The scale of `items` under the levels or bounds a caller gave."""
        low, high = np.full(len(items), np.nan), np.full(len(items), np.nan)
        each: dict[Any, tuple[tuple[Any, ...], np.ndarray]] = {}
        if isinstance(levels, Mapping):
            _known_items(levels, items)
            each = {item: _ordered(own) for item, own in levels.items()}
            alike = len({given for given, _ in each.values()}) == 1 and set(items) == set(each)
            levels, each = (next(iter(each.values()))[0], {}) if alike else (None, each)
        if levels is not None:
            if bounds is not None:
                raise OptionError(
                    "give levels for ordered items or bounds for valued ones; both only item by item."
                )
            levels, spacing = _ordered(levels)
            low[:], high[:] = spacing[0], spacing[-1]
            return cls(levels, spacing, low, high, {})
        if isinstance(bounds, Mapping):
            _known_items(bounds, items)
        for at, item in enumerate(items):
            pair = bounds.get(item) if isinstance(bounds, Mapping) else bounds
            if item in each:
                low[at], high[at] = each[item][1][[0, -1]]
            if pair is not None:
                if not (len(pair) == 2 and np.isfinite(pair).all() and pair[0] < pair[1]):
                    raise OptionError(f"bounds are (low, high) with low < high; got {pair!r}.")
                low[at], high[at] = pair
        return cls(levels=None, spacing=None, low=low, high=high, each=each)

    def numbers(self, frame: pd.DataFrame) -> np.ndarray:
        """Values of a wide frame as numbers, (n, m)."""
        if not self.each and all(
            pd.api.types.is_numeric_dtype(kind) and kind.kind != "c" for kind in frame.dtypes
        ):
            return np.array(frame.to_numpy(dtype=np.float64, na_value=np.nan))  # not the caller's memory
        columns = [self.column(frame.iloc[:, k], None, item) for k, item in enumerate(frame.columns)]
        return np.column_stack(columns) if columns else np.empty(frame.shape)

    def column(self, values: pd.Series, items: np.ndarray | None, item: Any = None) -> np.ndarray:
        """Values of one item (or of the items named row by row) as numbers, (rows,)."""
        if items is not None:
            out = np.empty(len(values))
            for one in pd.unique(items):
                rows = items == one
                out[rows] = self.column(values[rows], None, one)
            return out
        levels, spacing = self.each.get(item, (self.levels, self.spacing))
        if levels is None or spacing is None or not _is_text(levels):
            return _as_numbers(values)
        rank = pd.Index(levels).get_indexer(pd.Index(values.astype(object)))
        wrong = (rank < 0) & values.notna().to_numpy()
        if wrong.any():
            raise _no_level(values.to_numpy(dtype=object)[wrong], levels, item)
        return np.where(rank < 0, np.nan, rank.astype(np.float64))

    def check(self, values: np.ndarray, codes: np.ndarray, items: Sequence[Any]) -> None:
        """Refuse a value that is no level of its item, or lies outside its bounds."""
        here = values[~np.isnan(values)]
        if self.spacing is not None and self.levels is not None:
            wrong = ~np.isin(here, self.spacing)
            if wrong.any():
                raise _no_level(here[wrong], self.levels)
            return
        for k, item in enumerate(codes):
            if items[item] in self.each:
                levels, spacing = self.each[items[item]]
                held = values[:, k]
                wrong = ~np.isin(held, spacing) & ~np.isnan(held)
                if wrong.any():
                    raise _no_level(held[wrong], levels, items[item])
        outside = (values < self.low[codes]) | (values > self.high[codes]) | np.isinf(values)
        if outside.any():
            row, column = np.argwhere(outside)[0]
            raise OptionError(
                f"{int(outside.sum())} values lie outside their item's bounds; the first is "
                f"{values[row, column]} of item {items[codes[column]]!r}."
            )


def _ordered(levels: Sequence[Any]) -> tuple[tuple[Any, ...], np.ndarray]:
    """Levels in their order, which a text or a set has none of; and the number each stands for, of text its rank."""
    listed = () if isinstance(levels, str | bytes | Set) else tuple(several(levels))
    if not all(isinstance(level, Hashable) for level in listed):
        raise TypeError(f"levels is {levels!r:.60}; give one list of levels.")
    if len(listed) < 2 or len(set(listed)) < len(listed):
        raise OptionError(f"levels are two or more distinct ordered values; got {levels!r}.")
    if _is_text(listed):
        return listed, np.arange(len(listed), dtype=np.float64)
    spacing = np.array(listed, dtype=np.float64)
    if not (np.isfinite(spacing).all() and (np.diff(spacing) > 0).all()):
        raise OptionError(
            f"numeric levels must increase; got {listed!r}. Text levels may stand in any order."
        )
    return listed, spacing


def _is_text(levels: Sequence[Any]) -> bool:
    return any(isinstance(level, str) for level in levels)


def _known_items(named: Mapping[Any, Any], items: Sequence[Any]) -> None:
    for item in named:
        check_known("item", item, items)


def _no_level(found: np.ndarray, levels: Sequence[Any], item: Any = None) -> OptionError:
    of = "" if item is None else f" of item {item!r}"
    first = f"{found[0]:g}" if isinstance(found[0], float) else repr(found[0])
    return OptionError(
        f"{len(found)} values are not among the levels {tuple(levels)}{of}; the first is {first}. "
        "Recode them, or make them missing."
    )


def _as_numbers(values: pd.Series) -> np.ndarray:
    plain = values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values
    try:
        return numbers_of(plain, "values")
    except OptionError:
        raise OptionError(
            f"the values {values.name!r} are not numbers; give levels=(...) in their order, "
            "or an ordered categorical column."
        ) from None


def is_ordered(values: pd.Series) -> bool:
    """Whether a column declares ordered levels by its dtype."""
    return isinstance(values.dtype, pd.CategoricalDtype) and bool(values.dtype.ordered)
