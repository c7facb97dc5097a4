"""Frozen values that own their arrays, and `Result`, the shape every score comes back in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import pandas as pd

Labels = Mapping[str, Any]
V = TypeVar("V")


def read_only(array: np.ndarray) -> np.ndarray:
    """A view of `array` nobody can write through."""
    view = array.view()
    view.flags.writeable = False
    return view


class Fixed(Mapping[str, V]):
    """A mapping nobody can write through, which unlike `types.MappingProxyType` can be copied and pickled."""

    __slots__ = ("_held",)

    def __init__(self, held: Mapping[str, V]) -> None:
        kept: dict[str, Any] = dict(held)
        for name, value in kept.items():
            if isinstance(value, np.ndarray):
                kept[name] = read_only(value)
        self._held: dict[str, V] = kept

    def __getitem__(self, name: str) -> V:
        return self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __reduce__(self) -> tuple[type[Fixed[V]], tuple[dict[str, V]]]:
        return type(self), (self._held,)

    def __repr__(self) -> str:
        return repr(self._held)


@dataclass(frozen=True, eq=False, repr=False)
class Frozen:
    """Base of values: fields are set once; arrays, alone or in a mapping, are read-only, also after copy and pickle."""

    def __post_init__(self) -> None:
        self._freeze()

    def _freeze(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                object.__setattr__(self, name, read_only(value))
            elif isinstance(value, dict) and any(isinstance(entry, np.ndarray) for entry in value.values()):
                object.__setattr__(self, name, Fixed(value))

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._freeze()


@dataclass(frozen=True, eq=False, repr=False)
class Result(Frozen):
    """Named arrays over labelled dimensions, with the recipe that made them.

    Attributes
    ----------
    recipe : dict
        The measure's name and every option that made this result.
    """

    recipe: Mapping[str, Any]

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

    def to_frame(self) -> pd.DataFrame:
        """Tidy frame: one row a cell, label columns first, then every array as a column.

        Returns
        -------
        pandas.DataFrame
            A cell without data is kept, with NaN in its scores and 0 in ``n``.
        """
        return tidy(self._labels(), self._columns())

    def _row(self, at: int) -> pd.DataFrame:
        """The frame of one entry of the first dimension."""
        first, *rest = self._labels()
        labels = {name: pd.Index(values)[at : at + 1] for name, values in first.items()}
        return tidy([labels, *rest], {name: column[at : at + 1] for name, column in self._columns().items()})

    def __repr__(self) -> str:
        told = ", ".join(f"{key}={value!r}" for key, value in self.recipe.items() if key != "measure")
        size = " x ".join(
            f"{n} {'/'.join(labels)}" for n, labels in zip(self.shape, self._labels(), strict=True)
        )
        return f"<{type(self).__name__}: {size}; {told}>"


def as_pandas(name: str, table: Any) -> pd.DataFrame:
    """A pandas frame of a table called `name`: one already, or any with the Arrow interface."""
    if isinstance(table, pd.DataFrame):
        return table
    if not hasattr(table, "__arrow_c_stream__"):
        raise TypeError(
            f"{name} must be a pandas DataFrame, or a table with the Arrow interface (polars, pyarrow, DuckDB), "
            f"not {type(table).__name__}."
        )
    try:
        import pyarrow as pa
    except ImportError:
        raise TypeError(
            f"a {type(table).__name__} is read through pyarrow: pip install 'alignscore[scale]'"
        ) from None
    frame: pd.DataFrame = pa.table(table).to_pandas()
    return frame


def tidy(labels: Sequence[Labels], columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Flatten arrays over labelled dimensions into a frame, the last dimension varying fastest."""
    sizes = [len(next(iter(columns_.values()))) for columns_ in labels]
    frame: dict[str, Any] = {}
    for at, dimension in enumerate(labels):
        codes = np.tile(np.repeat(np.arange(sizes[at]), _product(sizes[at + 1 :])), _product(sizes[:at]))
        for name, values in dimension.items():
            frame[name] = pd.Index(values).take(codes)
    frame.update((name, np.ravel(values)) for name, values in columns.items())
    return pd.DataFrame(frame)


def _product(sizes: Sequence[int]) -> int:
    return int(np.prod(sizes, dtype=np.int64))
