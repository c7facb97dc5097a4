"""How sure a change between two dates is: both dates scored under the same chances of the same events.

Letters for shapes: G episodes, J dyads, Q pairs, K domains, T periods, B draws.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from alignscore.attribution.redrawn import (
    Apart,
    Draws,
    Side,
    Sort,
    Unseen,
    chances,
    drawn_together,
    partners,
    summary,
)
from alignscore.attribution.versions import Stage
from alignscore.axes import period_ends
from alignscore.dates import span_starts


def moved(stage: Stage, how: Draws) -> tuple[float, float, float]:
    """Standard error, low and high end of the change from the first to the second period of a stage's span."""
    codes, worth = drawn_together(stage.events, stage.decay, period_ends(stage.span.periods))
    wide = stage.with_partners(partners(stage.score, stage.events.actors))
    apart = Apart.of(stage.events, codes, len(worth), wide.blank)
    unseen = _unseen(stage, apart, codes, int(stage.span.at.min()))
    side = Side(apart, unseen, lambda *mix: wide.mixed(*mix).score)
    drawn = np.concatenate([side.drawn(*one)[:, -1] for one in chances((side,), worth, how)])
    se, low, high = summary(drawn[:, 1] - drawn[:, 0], how.level)
    return float(se), float(low), float(high)


def _unseen(stage: Stage, apart: Apart, codes: np.ndarray, first: int) -> Unseen:
    """Unseen events: half of one already begun at the first date, fading since, and half of one begun between the dates."""
    groups = int(codes.max()) + 1
    begun = np.full(groups, np.iinfo(np.int64).max)
    np.minimum.at(begun, codes, span_starts(stage.events.day, stage.events.precision))
    early = begun <= apart.ledger.axes.ends[first]
    whole = apart.ties(np.ones(groups + 1))
    old, new = (Sort.of(stage.score, apart.ties(np.append(some, 0.0))) for some in (early, ~early))
    some = new.size > 0
    then = (
        old.size[first],
        old.weight[first],
    )  # where nothing is new, one like those before, when they stood
    size, weight = (np.where(some, a, b) for a, b in zip((new.size, new.weight), then, strict=True))
    since = Sort(size, weight, new.signs | old.signs[:, [first]])
    one, two = (Unseen.of(stage.score, sort, whole) for sort in (old, since))
    known = np.any(one.level[:, :, [first]], axis=(3, 4), keepdims=True)  # what came into sight later is new
    later = (np.arange(one.level.shape[2]) > first)[:, None, None]
    kept = np.where(later & ~known, 0.0, one.level), np.where(later, two.level, 0.0)
    Q = int(one.pair.max()) + 1
    return replace(
        one, cells=np.concatenate([one.cells, two.cells]), pair=np.concatenate([one.pair, Q + two.pair]),
        level=np.concatenate(kept),
    )  # fmt: skip
