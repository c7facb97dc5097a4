"""The question put to `robustness`: its options, checked, and the panel they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from alignscore.axes import Axes, Freq
from alignscore.decay import HalfLife
from alignscore.draws import Law
from alignscore.events import Events
from alignscore.measures.states.hedging import Direction
from alignscore.measures.states.postures import Thresholds
from alignscore.uncertainty.judgements import CodebookChoice, Judgement, KindValues
from alignscore.uncertainty.panel import Between, Panel, read_under
from alignscore.uncertainty.stocks import Cluster, Pieces
from alignscore.values import Frozen


@dataclass(frozen=True, eq=False, repr=False)
class Problem(Frozen):
    """The question asked: what `robustness` was given, checked, and how to build its panel."""

    events: Events
    axes: Axes
    names: tuple[Any, ...]
    powers: tuple[str, ...] | None
    direction: Direction
    directed: bool
    judgements: Mapping[str, Judgement]
    law: Law | None
    cluster: Cluster | None
    decay: HalfLife
    freq: Freq
    omega: np.ndarray
    prior: float
    net: bool
    thresholds: Thresholds

    def labels(self) -> Mapping[str, Any]:
        """Label columns of the rows."""
        if self.powers is not None:
            return {"state": np.array(self.names, dtype=object)}
        source, target = (np.array(side, dtype=object) for side in zip(*self.names, strict=True))
        return {"source": source, "target": target}

    def panel(self, ends: np.ndarray) -> Panel:
        """The panel at some period ends; events are cut into pieces here, once."""
        options = self.judgements.get("codebook")
        books: list[Events] = [self.events]
        alternatives: list[int] = []
        if isinstance(options, CodebookChoice):
            for book in options.books:
                if book == self.events.codebook:
                    alternatives.append(0)
                else:
                    alternatives.append(len(books))
                    books.append(read_under(self.events, book))
        cut = [
            Pieces.of(
                one, self.decay, ends, freq=self.freq, directed=self.directed or self.direction != "both",
                cluster=self.cluster,
            )
            for one in books
        ]  # fmt: skip
        cut = [cut[0], *(replace(p, unit=cut[0].unit, unit_shape=cut[0].unit_shape) for p in cut[1:])]
        values = self.judgements.get("kind values")
        groups = [
            np.append(g := values.groups(one.codebook), g.max(initial=-1) + 1)
            if isinstance(values, KindValues)
            else np.zeros(len(one.codebook) + 1, dtype=np.int64)
            for one in books
        ]
        between = None
        if self.powers is not None:
            s, p = self.axes.actor_codes(self.names), self.axes.actor_codes(self.powers)
            between = tuple(Between.of(one, s, p, self.direction, len(self.axes.actors)) for one in cut)
        return Panel(
            tuple(cut), tuple(groups), self.judgements, self.decay, self.omega, self.prior, self.net,
            self.thresholds, self.law, between, tuple(alternatives),
        )  # fmt: skip
