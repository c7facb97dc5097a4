"""Results about pairs of states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from alignscore.axes import Axes
from alignscore.errors import OptionError
from alignscore.results import Labels, Result, no_such_label


@dataclass(frozen=True, eq=False, repr=False)
class DyadResult(Result):
    """Scores per (dyad, domain, period); the last domain may be the composite.

    Attributes
    ----------
    axes : Axes
        Dyads, domains (without the composite) and periods.
    """

    FIGURE: ClassVar[str | None] = "trajectory"

    axes: Axes
    with_composite: bool

    def _labels(self) -> tuple[Mapping[str, Any], ...]:
        return self.axes.labels(composite=self.with_composite)

    def _positions(self, dimension: Labels, wanted: Mapping[str, object]) -> np.ndarray:
        """A pair may be named in either order where the result is undirected, and one actor stands on either side."""
        undirected = not self.recipe.get("directed", True)
        if undirected and "source" in dimension and "source" in wanted and "target" not in wanted:
            label = wanted["source"]
            if str(label) not in self.axes.actors:
                raise no_such_label("actor", label, self.axes.actors)
            return np.flatnonzero((self.axes.sources == str(label)) | (self.axes.targets == str(label)))
        if not {"source", "target"} <= set(dimension) & set(wanted):
            return super()._positions(dimension, wanted)
        source, target = wanted["source"], wanted["target"]
        for label in (source, target):
            if str(label) not in self.axes.actors:
                raise no_such_label("actor", label, self.axes.actors)
        at = self.axes.dyad(source, target)
        if at is None and not self.recipe.get("directed", True):
            at = self.axes.dyad(target, source)
        if at is None:
            raise OptionError(f"no event joins {source!r} and {target!r}.")
        return np.array([at])
