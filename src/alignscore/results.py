"""`Result`, the shape every score comes back in: named arrays over labelled dimensions, and their frame."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from alignscore.axes import period_ends, period_position
from alignscore.errors import OptionError, unknown
from alignscore.values import Frozen

Labels = Mapping[str, Any]
Columns = Literal["short", "all"] | Sequence[str]


@dataclass(frozen=True, eq=False, repr=False)
class Result(Frozen):
    """Named arrays over labelled dimensions, with the recipe that made them.

    Attributes
    ----------
    recipe : dict
        The measure's name and every option that made this result.
    """

    recipe: Mapping[str, Any]

    SHORT: ClassVar[tuple[str, ...]] = ()  # columns of the short frame; all of them where empty

    def _labels(self) -> Sequence[Labels]:
        """One mapping of label columns per dimension of the arrays, outermost first."""
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return tuple(len(next(iter(labels.values()))) for labels in self._labels())

    def _columns(self) -> dict[str, np.ndarray]:
        """Arrays that become columns of the frame, in order of definition."""
        shape = self.shape
        return {
            f.name: value
            for f in fields(self)
            if isinstance(value := getattr(self, f.name), np.ndarray) and value.shape == shape
        }

    def _chosen(self, columns: Columns) -> dict[str, np.ndarray]:
        """The columns asked for; what stands as an attribute is read without working out the others."""
        if isinstance(columns, str):
            if columns == "all" or (columns == "short" and not self.SHORT):
                return self._columns()
            if columns != "short":
                raise OptionError(
                    f"columns must be 'short', 'all' or a list of names, not {columns!r}; "
                    f"for one column give [{columns!r}]."
                )
            columns = self.SHORT
        shape, every = self.shape, None
        found = {}
        for name in columns:
            value = getattr(self, name, None) if isinstance(name, str) and not name.startswith("_") else None
            if not (isinstance(value, np.ndarray) and value.shape == shape):
                every = self._columns() if every is None else every
                if name not in every:
                    raise unknown("column", name, tuple(every))
                value = every[name]
            found[name] = value
        return found

    def to_frame(self, *, columns: Columns = "short") -> pd.DataFrame:
        """Tidy frame: one row a cell, label columns first, then the arrays as columns.

        Parameters
        ----------
        columns : {'short', 'all'} or list of str
            The main columns of the measure, all of them, or those named.

        Returns
        -------
        pandas.DataFrame
            Labels are text, `period` the timestamp of the period's last day and `year` an integer, scores,
            standard errors, bounds and counts floats. A cell without data is kept, with NaN in its scores
            and 0 in ``n``.

        Raises
        ------
        UnknownLabelError
            A column this result does not have.
        """
        return tidy(self._labels(), self._chosen(columns))

    def of(self, *labels: object, columns: Columns = "short", **by: object) -> pd.DataFrame:
        """Rows of some labels: ``of("KHM", "CHN")``, ``of("KHM", "CHN", 2024)``, ``of("KHM", domain="security")``.

        Parameters
        ----------
        *labels
            Labels in the order of the frame's label columns, the domain left out: source, target and period
            of a dyad's score, state and period of a state's.
        columns : {'short', 'all'} or list of str
        **by
            Labels by the name of their column. A period may be a year, a date, a label such as '2026Q2' or a
            slice of these, both ends counted.

        Returns
        -------
        pandas.DataFrame
            As `to_frame`, for the rows that carry all these labels.

        Raises
        ------
        UnknownLabelError
            A label this result does not have.
        OptionError
            More labels than label columns, or no row carries them all.
        """
        dimensions = self._labels()
        named = [name for dimension in dimensions for name in dimension]
        order = [name for name in named if name != "domain"]
        if len(labels) > len(order):
            raise OptionError(f"of(...) takes {' and '.join(order)}, not {len(labels)} labels.")
        wanted = dict(zip(order, labels, strict=False))
        for name, label in by.items():
            if name not in named:
                raise unknown("label column", name, tuple(named))
            if name in wanted:
                raise OptionError(f"{name} is given twice: {wanted[name]!r} and {label!r}.")
            wanted[name] = label
        rows = [self._positions(dimension, wanted) for dimension in dimensions]
        some = [
            {name: pd.Index(values, tupleize_cols=False)[at] for name, values in dimension.items()}
            for dimension, at in zip(dimensions, rows, strict=True)
        ]
        return tidy(some, {name: column[np.ix_(*rows)] for name, column in self._chosen(columns).items()})

    def at(self, period: object, *, columns: Columns = "short") -> pd.DataFrame:
        """Rows of one period, or of a slice of periods: ``at(2024)``."""
        return self.of(columns=columns, period=period)

    def _positions(self, dimension: Labels, wanted: Mapping[str, object]) -> np.ndarray:
        """Positions along a dimension whose entries carry the labels wanted of it."""
        length = len(next(iter(dimension.values())))
        keep = np.ones(length, dtype=bool)
        for name, values in dimension.items():
            if name not in wanted:
                continue
            carries = _carrying(name, values, wanted[name])
            if not carries.any():
                raise unknown(name, wanted[name], tuple(dict.fromkeys(str(value) for value in values)))
            keep &= carries
        if length and not keep.any():
            given = ", ".join(f"{name} {wanted[name]!r}" for name in dimension if name in wanted)
            raise OptionError(f"no row has {given}: nothing is known of them together.")
        return np.flatnonzero(keep)

    def __repr__(self) -> str:
        told = ", ".join(f"{key}={value!r}" for key, value in self.recipe.items() if key != "measure")
        size = " x ".join(
            f"{n} {'/'.join(labels)}" for n, labels in zip(self.shape, self._labels(), strict=True)
        )
        return f"<{type(self).__name__}: {size}; {told}>"


def _carrying(name: str, values: Any, label: object) -> np.ndarray:
    """Which entries of a label column carry a label, bool of its length."""
    if isinstance(values, pd.PeriodIndex):
        ends = (label.start, label.stop) if isinstance(label, slice) else (label, label)
        first = 0 if ends[0] is None else period_position(values, ends[0], first=True)
        last = len(values) - 1 if ends[1] is None else period_position(values, ends[1])
        place = np.arange(len(values))
        return (place >= first) & (place <= last)
    if isinstance(label, slice):
        raise OptionError(f"{name} takes one label, not a slice.")
    return np.fromiter((value == label or str(value) == str(label) for value in values), bool, len(values))


def tidy(labels: Sequence[Labels], columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Flatten arrays over labelled dimensions into a frame, the last dimension varying fastest.

    Periods become the timestamp of their last day, with the year beside it: what every other tool reads.
    """
    sizes = [len(next(iter(dimension.values()))) for dimension in labels]
    frame: dict[str, Any] = {}
    for at, dimension in enumerate(labels):
        inner, outer = math.prod(sizes[at + 1 :]), math.prod(sizes[:at])
        codes = np.tile(np.repeat(np.arange(sizes[at]), inner), outer)
        for name, values in dimension.items():
            for title, column in label_columns(name, values).items():
                frame[title] = column.take(codes)
    frame.update((name, np.ravel(values)) for name, values in columns.items())
    return pd.DataFrame(frame)


def label_columns(name: str, values: Any) -> dict[str, pd.Index]:
    """Label columns of a dimension: one, or for periods the timestamp of the last day and the year."""
    if not isinstance(values, pd.PeriodIndex):
        return {name: pd.Index(values, tupleize_cols=False)}
    days = period_ends(values).astype("datetime64[D]").astype("datetime64[ns]")
    return {
        name: pd.DatetimeIndex(days),
        "year": pd.Index(days.astype("datetime64[Y]").astype(np.int64) + 1970),
    }
