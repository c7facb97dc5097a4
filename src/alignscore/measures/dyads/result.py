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

    @property
    def _omega(self) -> np.ndarray:
        """Weights of the domains in the composite, (K,)."""
        return np.array([self.recipe["weights"][name] for name in self.axes.domains])

    def _positions(self, dimension: Labels, wanted: Mapping[str, object]) -> np.ndarray:
        """A pair may be named in either order where the result is undirected, and one actor stands on either side."""
        directed = not self._undirected
        pair = [wanted[side] for side in ("source", "target") if side in dimension and side in wanted]
        if not pair or (len(pair) == 1 and directed):
            return super()._positions(dimension, wanted)
        for label in pair:
            if str(label) not in self.axes.actors:
                raise no_such_label("actor", label, self.axes.actors)
        if len(pair) == 1:
            return np.flatnonzero((self.axes.sources == str(pair[0])) | (self.axes.targets == str(pair[0])))
        return np.array([self._dyad(*pair)])

    def _place(self, source: object, target: object) -> int | None:
        """Place of a pair, in either order where the result is undirected; None where no event joins the two."""
        at = self.axes.dyad(source, target)
        return self.axes.dyad(target, source) if at is None and self._undirected else at

    def _dyad(self, source: object, target: object) -> int:
        """Place of a pair that some event joins."""
        at = self._place(source, target)
        if at is None:
            raise no_tie(self.axes, source, target)
        return at


def no_tie(axes: Axes, source: object, target: object) -> OptionError:
    """The error of a pair that the axes do not have, which tells whether they have its other direction."""
    known = {str(source), str(target)} <= set(axes.actors)
    if not known or axes.dyad(target, source) is None:
        return OptionError(f"no event joins {source!r} and {target!r}.")
    return OptionError(
        f"no event goes from {source!r} to {target!r}, but from {target!r} to {source!r}; a score with directed=False adds "
        "the two."
    )
