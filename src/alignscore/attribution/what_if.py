"""What a score would be had some events not happened, or had others: the difference, and how sure it is.

Letters for shapes: N events, M domains and composite, T periods asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
import pandas as pd

from alignscore.attribution.functions import PostedAnew, PostedApart
from alignscore.attribution.redrawn import (
    Draws,
    Redrawable,
    Redrawn,
    Unseen,
    drawn_together,
    spread_of_difference,
)
from alignscore.attribution.scenario import Scale, Scenario, Which, suppose
from alignscore.attribution.scores import Reading, ScoreOf, Shipped, known_score
from alignscore.attribution.versions import Span, Versions, strangers, touching
from alignscore.axes import COMPOSITE, Freq, period_ends
from alignscore.decay import Decay, decay_of
from alignscore.errors import OptionError, check_level, need, one_of, whole_number
from alignscore.events import Events
from alignscore.intervals import LEVEL, Rng, generator_of
from alignscore.ledger.ties import Ties
from alignscore.results import Result

Named: TypeAlias = Literal["known", "drawn"]
Found: TypeAlias = tuple[Reading, Reading, np.ndarray, np.ndarray, np.ndarray]  # before, after, SE, low, high


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
    notes : tuple of str
        What a difference of 0 is due to: a period before the supposition begins, an added act that stands already,
        events that do not touch the score.
    events : Events
        The supposed table.
    """

    FIGURE: ClassVar[str | None] = "differences"

    domains: tuple[str, ...]
    periods: pd.PeriodIndex
    actual: np.ndarray
    supposed: np.ndarray
    difference: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    notes: tuple[str, ...]
    events: Events

    def __repr__(self) -> str:
        return super().__repr__()[:-1] + "".join(f"; {note}" for note in self.notes) + ">"

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
    named: Named = "known",
    draws: int = 1000,
    rng: Rng = 0,
    level: float = LEVEL,
) -> WhatIfResult:
    """What would the score be had this happened, or had that not, and is the difference more than noise?

    ``difference = score(supposed events) - score(real events)``, both posted alike.

    Parameters
    ----------
    events : Events
    score : AlignmentOf, HedgingOf, PositionOf, DiversificationOf, BlocOf, or a function
        A function takes `Ties` and returns a number or one number a period (slow: it is called
        twice a draw).
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
    named : {'known', 'drawn'}
        Are the events that `remove`, `scale` and `lift` name certain, as for a question on one meeting;
        or a sample of their kind, drawn like the rest, as for "if there were no loans"?
    draws : int
        At least 50.
    rng : int or numpy.random.Generator, optional
        Seed of the draws.
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
        Nothing is supposed, or it begins after all periods asked for; a selection names no event, a factor is
        negative, `lift` without `since`, two states that never meet, `named` none of its choices, fewer than 50
        draws.
    UnknownLabelError
        A column, domain, kind or actor that is not known.
    EventError
        Added rows that cannot be read, or under another codebook.

    Notes
    -----
    The interval says how far the difference may be from that of the expected stocks, were the record drawn
    again: ``f(mu + a) - f(mu)``, a what is added. Each draw scores both tables with the same chances:
    every open episode (all rows of one act, so both tracks of a 2+2) of which a share l is left happens
    Gamma(l)/l times, since old events say less of today, as in every interval of the library, and
    half an event that went unseen, Gamma(1/2) times the mass-weighted mean size ``sum m^2 / sum m``, is
    added in each pair and domain known to the score, of either sign: three friendly acts do not rule out a
    hostile one. One event of the whole table counts into that size, since three acts do not show how large
    such acts are. So every draw is a difference of two scores that can be reached, as skewed as the score
    makes it; `se` is the standard deviation of the draws. Where their mean lies beside the difference (the score
    bends, or what may have gone unseen pulls one way) the interval of their quantiles reaches out on the other side
    by as much, no further than any draw. A function may read any ties: its unseen events
    fall only where there are events, so it covers less.

    In simulated records of about 3 events of a dyad over ten years, 60 % of them friendly, nominal 95 % intervals of
    what one event more adds to an alignment cover .95 or more, those of a position .95. Draws without any unseen
    event cover 73 %, as does a normal interval with the delta method's standard error: they cannot know what a thin
    record has missed. Where relations drift they hold the difference under the chances of today too
    (docs/uncertainty). Where a kind is removed and ``named="drawn"``, intervals cover about 85 %.

    What is added is known, and so, with ``named="known"``, is what is removed, scaled or lifted: a removal
    has a narrow interval where little else is left to be unsure of. The interval leaves out doubts about
    values, weights and half-lives (`robustness`), dependence between events of different ids, and
    domains of which nothing is known.

    References
    ----------
    Fay & Feuer 1997, Statistics in Medicine 16:791 (Gamma intervals of weighted Poisson sums); Fay & Kim
    2017, Biometrical J. 59:377 (their mid-p form, half an event more). Efron 1981, Canadian J. of Statistics 9:139
    (the bias of a bootstrap). Newton & Raftery 1994, J. Royal
    Statistical Society B 56:3 (Gamma weights of what was observed).

    Examples
    --------
    A 2+2 that Laos copies:

    >>> import pandas as pd
    >>> from alignscore.attribution.scores import AlignmentOf
    >>> from alignscore.datasets import asean
    >>> copied = pd.DataFrame({"source": ["CHN"], "target": ["LAO"], "date": ["2026-06-01"],
    ...                        "kind": ["two_plus_two"], "mutual": [True]})
    >>> result = what_if(asean(), score=AlignmentOf("LAO", "CHN"), add=copied)
    >>> bool(result.difference[-1, -1] > 0)
    True
    """
    need(events, Events)
    known_score(score)
    one_of("named", named, ("known", "drawn"))
    whole_number("draws", draws, 50)
    check_level(level)
    scenario = suppose(events, add=add, remove=remove, scale=scale, lift=lift, since=since)
    span = Span.make([events, scenario.events], freq, at)
    touched = (
        [touching(table, score) for table in (scenario.real, scenario.events)]
        if isinstance(score, Shipped)
        else []
    )
    notes = _notes(scenario, touched, span)
    how = Draws(draws, generator_of(rng), level)
    before, after, se, low, high = (
        _shipped(scenario, score, touched, span, decay, named, how)
        if isinstance(score, Shipped)
        else _function(scenario, score, span, decay, named, how)
    )
    options = {"add": add, "remove": remove, "scale": scale, "lift": lift}
    recipe = {
        "measure": "what_if", "score": score, "freq": freq, "decay": decay_of(decay, events.codebook.decay),
        "supposed": tuple(name for name, given in options.items() if given is not None),
        "since": None if since is None else str(since), "level": level,
        "named": named, "draws": draws,
    }  # fmt: skip
    return WhatIfResult(
        recipe=recipe, domains=after.domains, periods=span.asked, actual=before.score[0],
        supposed=after.score[0], difference=after.score[0] - before.score[0], se=se, low=low, high=high, n=after.n[0],
        notes=notes, events=scenario.events,
    )  # fmt: skip


def _notes(scenario: Scenario, touched: Sequence[np.ndarray], span: Span) -> tuple[str, ...]:
    """Why a difference is 0, in words; an answer that could only be 0 throughout is refused."""
    day = np.datetime64(scenario.begins, "D")
    before = span.asked.end_time.to_numpy().astype("M8[D]") < day
    if before.all():
        raise OptionError(
            f"nothing that is supposed has begun by {span.asked[-1]}: it begins on {day}. Ask for that period or a "
            "later one (at)."
        )
    notes = [f"before {day} nothing is supposed: the difference is 0"] if before.any() else []
    notes += scenario.repeats
    if touched:
        real, supposed = touched
        if not (scenario.given[real].any() or (scenario.origin[supposed] < 0).any()):
            notes.append("no event that is supposed touches this score: it cannot move")
    return tuple(notes)


def _codes(
    scenario: Scenario,
    named: Named,
    rows: np.ndarray,
    ends: np.ndarray,
    kept: np.ndarray,
    decay: Decay | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What happens by one chance: codes of each real and each supposed row, -1 for those given, and their worth (T, G)."""
    given = scenario.given[rows]
    decay = decay_of(decay, scenario.real.codebook.decay)
    own, worth = drawn_together(scenario.real.pick(rows), decay, ends, kept, given)
    codes = np.full(len(scenario.real), -1, dtype=np.int64)
    codes[rows] = np.where(given & (named == "known"), -1, own)
    return codes, np.where(scenario.origin < 0, -1, codes[scenario.origin]), worth


def _shipped(
    scenario: Scenario, score: Shipped, touched: Sequence[np.ndarray], span: Span, decay: Decay | None,
    named: Named, draws: Draws,
) -> Found:  # fmt: skip
    tables = scenario.real, scenario.events
    some = [len(rows) > 0 for rows in touched]
    if not any(some):
        raise strangers(score)
    both = [
        Versions.make(table, score, span, decay, tables[0] if len(tables[0]) else None, rows)
        for table, rows in zip(tables, touched, strict=True)
        if len(rows)
    ]
    readings = [versions.whole() for versions in both]
    if len(readings) == 1:  # nothing is known on the other side
        known = readings[0]
        void = Reading(known.domains, np.full_like(known.score, np.nan), np.zeros_like(known.n))
        return (known, void, *(void.score[0],) * 3) if some[0] else (void, known, *(void.score[0],) * 3)
    *codes, worth = _codes(scenario, named, both[0].rows, both[0].ends, both[0].kept, decay)
    codes = [code[versions.rows] for code, versions in zip(codes, both, strict=True)]
    present = np.setdiff1d(np.concatenate(codes), [-1])
    redrawn = [
        Redrawn.make(versions, np.where(code < 0, -1, np.searchsorted(present, code)), len(present))
        for versions, code in zip(both, codes, strict=True)
    ]
    before, after = readings
    return before, after, *_error_and_interval(redrawn, worth[:, present], draws, before, after)


def _function(
    scenario: Scenario,
    score: Callable[[Ties], Any],
    span: Span,
    decay: Decay | None,
    named: Named,
    draws: Draws,
) -> Found:
    """The same for any function of ties, called once a draw and table."""
    tables = scenario.real, scenario.events
    posted = PostedAnew(score, [table for table in tables if len(table)], span, decay)
    full = (1, 1, len(span.at))
    before, after = (
        Reading((COMPOSITE,), posted(table).reshape(full), np.full(full, float(len(table))))
        for table in tables
    )
    if not (len(tables[0]) and len(tables[1])):
        return before, after, *(np.full(full[1:], np.nan),) * 3
    *codes, worth = _codes(
        scenario, named, np.arange(len(tables[0])), period_ends(span.periods), span.at.max()[None], decay
    )
    apart = [
        PostedApart.make(posted, table, code, worth.shape[1])
        for table, code in zip(tables, codes, strict=True)
    ]
    return before, after, *_error_and_interval(apart, worth, draws, before, after)


def _error_and_interval(
    tables: Sequence[Redrawable], worth: np.ndarray, draws: Draws, before: Reading, after: Reading
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """SE and interval; an unseen event is of the size of those the real table leaves open."""
    size = tables[0].typical(np.append(np.ones(worth.shape[1]), 0.0))
    real, supposed = ((table, Unseen.make(table.seen, table.pair, size)) for table in tables)
    return spread_of_difference(real, supposed, worth, draws, after.score[0] - before.score[0])
