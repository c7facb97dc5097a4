"""The question put to `robustness`: its options, checked, and the panel they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from alignscore.axes import Axes, Freq
from alignscore.codebook import Codebook
from alignscore.decay import HalfLife
from alignscore.draws import Law
from alignscore.errors import OptionError
from alignscore.events import Events
from alignscore.intervals import ratio
from alignscore.measures.states.hedging import Direction
from alignscore.measures.states.postures import Thresholds
from alignscore.uncertainty.judgements import CodebookChoice, CodingChoice, Judgement, KindValues
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
    prior: np.ndarray
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
        books, alternatives = self._readings()
        cut = [
            Pieces.of(
                one, self.decay, ends, freq=self.freq, directed=self.directed or self.direction != "both",
                cluster=self.cluster,
            )
            for one, _ in books
        ]  # fmt: skip
        # one factor a unit in all readings of one coding; other codings have units of their own
        first = {coding: at for at, (_, coding) in reversed(list(enumerate(books)))}
        shapes = [cut[at].unit_shape for at in sorted(first.values())]
        offset = dict(zip(sorted(first.values()), np.cumsum([0, *map(len, shapes)]), strict=False))
        shape = np.concatenate(shapes)
        cut = [
            replace(one, unit=cut[first[coding]].unit + offset[first[coding]], unit_shape=shape)
            for one, (_, coding) in zip(cut, books, strict=True)
        ]
        values = self.judgements.get("kind values")
        groups = [
            np.append(g := values.groups(one.codebook), g.max(initial=-1) + 1)
            if isinstance(values, KindValues)
            else np.zeros(len(one.codebook) + 1, dtype=np.int64)
            for one, _ in books
        ]
        between = rows = None
        if self.powers is not None:
            s, p = self.axes.actor_codes(self.names), self.axes.actor_codes(self.powers)
            between = tuple(Between.of(one, s, p, self.direction, len(self.axes.actors)) for one in cut)
        else:
            rows = tuple(_rows_of(one, self.axes.actor_codes, self.names) for one in cut)
        return Panel(
            tuple(cut), tuple(groups), tuple(_relative(one.codebook) for one, _ in books), self.judgements,
            self.decay, self.omega, self.prior, self.net, self.thresholds, self.law, between, rows, alternatives,
        )  # fmt: skip

    def _readings(self) -> tuple[list[tuple[Events, int]], np.ndarray]:
        """Tables of events with the number of their coding, the events' own first; which one each option reads.

        The second is (codings, codebooks) of positions in the first.
        """
        coders, books = self.judgements.get("coding"), self.judgements.get("codebook")
        codings = coders.codings if isinstance(coders, CodingChoice) else (self.events,)
        readings = [(self.events, 0)]
        known: dict[tuple[int, Codebook], int] = {(0, self.events.codebook): 0}
        alternatives = []
        for at, coding in enumerate(codings, start=1):
            _same_frame(self.events, coding)
            number = 0 if coding is self.events else at
            for book in books.books if isinstance(books, CodebookChoice) else (coding.codebook,):
                if (number, book) not in known:
                    known[number, book] = len(readings)
                    readings.append((coding if book == coding.codebook else read_under(coding, book), number))
                alternatives.append(known[number, book])
        return readings, np.array(alternatives).reshape(len(codings), -1)


def _same_frame(events: Events, coding: Events) -> None:
    """Raise unless a coding has the actors, domains and codebook of the events scored."""
    for name in ("actors", "domains", "codebook"):
        if getattr(coding, name) != getattr(events, name):
            raise OptionError(
                f"a coding of {len(coding):,} rows has other {name} than the events; codings are of the same "
                "events, read under the same codebook (CodebookChoice varies that)."
            )


def _rows_of(
    pieces: Pieces, codes: Callable[[Sequence[str]], np.ndarray], names: Sequence[Any]
) -> np.ndarray:
    """Row of each named dyad among the pairs of some pieces, -1 where the two never meet, (D,)."""
    at = {(int(a), int(b)): row for row, (a, b) in enumerate(pieces.pairs)}
    source, target = (codes(side) for side in zip(*names, strict=True))
    return np.array(
        [at.get((int(a), int(b)), -1) for a, b in zip(source, target, strict=True)], dtype=np.int64
    )


def _relative(book: Codebook) -> np.ndarray:
    """Standard error of each kind's value over the value, NaN without one; one more for events of no kind."""
    return np.append(ratio(book.standard_errors, np.abs(book.values)), np.nan)
