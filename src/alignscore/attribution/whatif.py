"""What a score would be had some events not happened, or had others: the difference, and how sure it is.

Letters for shapes: N events, M domains and composite, T periods asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from alignscore.attribution.grouping import Groups
from alignscore.attribution.impact import Rescorer
from alignscore.attribution.scenario import Scale, Scenario, Which, suppose
from alignscore.attribution.score_of import AlignmentOf, HedgingOf, Reading, ScoreOf, Shipped, known_score
from alignscore.attribution.variants import NUDGE, Span, Stage, strangers, touching
from alignscore.axes import COMPOSITE, Freq
from alignscore.decay import Decay, HalfLife
from alignscore.events import Events
from alignscore.intervals import LEVEL, z_of
from alignscore.ties import Ties
from alignscore.values import Result


@dataclass(frozen=True, eq=False, repr=False)
class WhatIfResult(Result):
    """A score as it is and as supposed: arrays (M, T).

    Attributes
    ----------
    domains : tuple of str
    periods : pandas.PeriodIndex
    actual, supposed : ndarray
        The score on the real and on the supposed events.
    difference, se, low, high : ndarray
        `supposed` less `actual`, its standard error and its interval.
    n : ndarray
        Events behind the score as supposed.
    events : Events
        The supposed table.
    """

    domains: tuple[str, ...]
    periods: pd.PeriodIndex
    actual: np.ndarray
    supposed: np.ndarray
    difference: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    events: Events

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return {"domain": np.array(self.domains, dtype=object)}, {"period": self.periods}


def what_if(
    events: Events,
    *,
    score: ScoreOf,
    add: Any = None,
    remove: Which | None = None,
    scale: Scale | None = None,
    lift: Which | None = None,
    since: object | None = None,
    at: Any = None,
    freq: Freq = "Y",
    decay: Decay | None = None,
    level: float = LEVEL,
) -> WhatIfResult:
    """What would the score be had this happened, or had that not, and is the difference more than noise?

    ``difference = score(supposed events) - score(real events)``, both posted alike.

    Parameters
    ----------
    events : Events
    score : AlignmentOf, HedgingOf, PositionOf, DiversificationOf, or a function
        A function takes `Ties` and returns a number or one number a period (slow: it is called
        twice an event for the standard error).
    add : pandas.DataFrame or Events, optional
        Supposed events, read as by `Events.from_frame` under the same codebook.
    remove : mapping, mask or function, optional
        Events that did not happen: a mapping of columns to values (``{"kind": "embargo",
        "actor": "MMR"}``, all must hold, a list means any of its values, ``actor`` is either side),
        one True or False an event, or a function from the events' frame to these.
    scale : mapping, array or function, optional
        Factors of weights: a mapping of a label or several to a factor, ``{("economic", "CHN"): 0.5}``
        (domains, kinds or actors on either side; all must hold), or a factor an event. 0 removes.
    lift : mapping, mask or function, optional
        Standing events (embargoes, treaties) that end on the day `since` and fade from then on.
    since : date, optional
        `remove` and `scale` touch only events from this day on: flows that dry up.
    at : period, list of periods, or slice, optional
        The last period of both tables where not given.
    freq : {'Y', 'Q', 'M', 'W', 'D'}
    decay : HalfLife, Window, Cumulative or Saturating, optional
    level : float
        Of the interval.

    Returns
    -------
    WhatIfResult
        In units of the score; `difference` above 0: the supposition raises it. NaN: no score on one
        of the two tables.

    Raises
    ------
    OptionError
        Nothing is supposed, a selection names no event, a factor is negative, `lift` without `since`,
        two states that never meet.
    UnknownLabelError
        A column, domain, kind or actor that is not known.
    EventError
        Added rows that cannot be read, or under another codebook.

    Notes
    -----
    What is supposed (rows added, removed, scaled, lifted, and those of one family that end or stand on
    for it) is taken as given at its stated value; what is uncertain is the rest of the record, drawn as
    a compound Poisson process. Its events stand in both tables and mostly cancel: with x_e the
    derivative of a score by the relative mass of episode e,
    ``SE^2 = sum_e (x_e,supposed - x_e,actual)^2`` over the episodes not named (delta method with all
    covariances; an episode is all rows of one event id; derivatives by central differences). Adding
    events and removing them again have the same SE. The interval is normal: with a handful of events
    it is too short rather than too long.

    Examples
    --------
    A 2+2 that Laos copies:

    >>> import pandas as pd
    >>> from alignscore.datasets import asean
    >>> copied = pd.DataFrame({"source": ["CHN"], "target": ["LAO"], "date": ["2026-06-01"],
    ...                        "kind": ["two_plus_two"], "mutual": [True]})
    >>> result = what_if(asean(), score=AlignmentOf("LAO", "CHN"), add=copied)
    >>> bool(result.difference[-1, -1] > 0)
    True
    """
    known_score(score)
    scenario = suppose(events, add=add, remove=remove, scale=scale, lift=lift, since=since)
    span = Span.of([events, scenario.events], freq, at)
    if isinstance(score, AlignmentOf | HedgingOf):
        before, after, se = _shipped(scenario, score, span, decay)
    else:
        before, after, se = _function(scenario, score, span, decay)
    difference = after.score[0] - before.score[0]
    half = z_of(level) * se
    options = {"add": add, "remove": remove, "scale": scale, "lift": lift}
    recipe = {
        "measure": "what_if", "score": score, "freq": freq, "decay": HalfLife() if decay is None else decay,
        "supposed": tuple(name for name, given in options.items() if given is not None),
        "since": None if since is None else str(since), "level": level,
    }  # fmt: skip
    return WhatIfResult(
        recipe=recipe, domains=after.domains, periods=span.asked, actual=before.score[0],
        supposed=after.score[0], difference=difference, se=se, low=difference - half, high=difference + half,
        n=after.n[0], events=scenario.events,
    )  # fmt: skip


def _codes(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Episode of each real and each supposed row, -1 for those that are given."""
    codes = np.where(scenario.given, -1, Groups.of(scenario.real, "event").codes)
    return codes, np.where(scenario.origin < 0, -1, codes[scenario.origin])


def _spread(slopes: np.ndarray) -> np.ndarray:
    """Standard error from the differences of derivatives, (G, M, T) to (M, T)."""
    se: np.ndarray = np.sqrt((slopes**2).sum(axis=0))
    return se


def _shipped(
    scenario: Scenario, score: Shipped, span: Span, decay: Decay | None
) -> tuple[Reading, Reading, np.ndarray]:
    tables = scenario.real, scenario.events
    some = [len(touching(table, score)[0]) > 0 for table in tables]
    if not any(some):
        raise strangers(score)
    stages = [
        Stage.of(table, score, span, decay) if yes else None for table, yes in zip(tables, some, strict=True)
    ]
    codes = _codes(scenario)
    named = [code[stage.rows] for stage, code in zip(stages, codes, strict=True) if stage is not None]
    groups = np.setdiff1d(np.concatenate(named), [-1])
    readings, slopes = [], []
    for stage, code in zip(stages, codes, strict=True):
        if stage is None:
            continue
        mine = code[stage.rows]
        readings.append(stage.whole())
        slopes.append(stage.slopes(np.where(mine < 0, -1, np.searchsorted(groups, mine)), len(groups)))
    if len(readings) == 1:  # nothing is known on the other side
        known = readings[0]
        void = Reading(known.domains, np.full_like(known.score, np.nan), np.zeros_like(known.n))
        return (known, void, void.score[0]) if some[0] else (void, known, void.score[0])
    return readings[0], readings[1], _spread(slopes[1] - slopes[0])


def _function(
    scenario: Scenario, score: Callable[[Ties], Any], span: Span, decay: Decay | None
) -> tuple[Reading, Reading, np.ndarray]:
    """The same for any function of ties: each derivative is two rescorings."""
    tables = scenario.real, scenario.events
    rescored = Rescorer(score, [table for table in tables if len(table)], span, decay)
    codes = _codes(scenario)
    slopes = np.zeros((int(codes[0].max(initial=-1)) + 1, 1, len(span.at)))
    for sign, table, code in zip((-1, 1), tables, codes, strict=True):
        for group in np.unique(code[code >= 0]):
            up, down = (
                rescored(
                    replace(table, weight=np.where(code == group, table.weight * (1 + by), table.weight))
                )
                for by in (NUDGE, -NUDGE)
            )
            slopes[group, 0] += sign * (up - down) / (2 * NUDGE)
    readings = [
        Reading((COMPOSITE,), rescored(table)[None, None], np.full((1, 1, len(span.at)), float(len(table))))
        for table in tables
    ]
    return readings[0], readings[1], _spread(slopes)
