"""What a score would be had some events not happened, or had others: the supposed table, the difference, how sure it is.

Letters for shapes: N events, M domains and composite, T periods asked for, G what happens by one chance.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
import pandas as pd

from alignscore.actors import no_such_actor
from alignscore.attribution.functions import PostedAnew, PostedApart
from alignscore.attribution.redrawn import (
    Draws,
    Redrawn,
    Unseen,
    chance_blocks,
    chances_of,
    drawn_together,
    error_and_ends,
)
from alignscore.attribution.scores import Reading, ScoreOf, Shipped, check_score
from alignscore.attribution.versions import Span, Versions, no_event_error, touching_rows
from alignscore.axes import Freq, codes_among, period_ends
from alignscore.dates import NO_DAY, day_of, span_starts
from alignscore.decay import Decay, decay_of
from alignscore.errors import (
    EventError,
    OptionError,
    check_known,
    check_level,
    need,
    one_of,
    unknown,
    whole_number,
)
from alignscore.events import Events
from alignscore.events.rules import no_square
from alignscore.intervals import LEVEL, Rng, generator_of, ratio
from alignscore.ledger.ties import Ties
from alignscore.results import Result
from alignscore.values import check_row_order, once, text_of

Named: TypeAlias = Literal["known", "drawn"]
Which: TypeAlias = Mapping[str, Any] | Callable[[pd.DataFrame], Any] | np.ndarray | Sequence[bool]
Scale: TypeAlias = Mapping[Any, float] | Callable[[pd.DataFrame], Any] | np.ndarray
EITHER = "actor"  # a column of selections: the source or the target
Found: TypeAlias = tuple[Reading, Reading, np.ndarray, np.ndarray, np.ndarray]  # before, after, SE, low, high


class Difference(Result):
    """A result that tells, in its line and under its table, what a difference of 0 is due to."""

    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return super().__repr__()[:-1] + "".join(f"; {note}" for note in self.notes) + ">"

    def _notes(self) -> list[str]:
        return [*super()._notes(), *(f"{note[0].upper()}{note[1:]}." for note in self.notes)]


@dataclass(frozen=True, eq=False, repr=False)
class WhatIfResult(Difference):
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
        a removed or added one that gives way to a later, events that do not touch the score.
    events : Events
        The supposed table.
    """

    FIGURE: ClassVar[str | None] = "differences"
    MAIN: ClassVar[str] = "difference"
    LABELS: ClassVar[Mapping[str, str]] = {"domain": "domains", "period": "periods"}

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
        "actor": "MMR"}``, all must hold, a list means any of its values, ``actor`` is either side, as suits mutual
        acts, a date its day, month or year), one True or False an event, or a function from the events' frame to these.
        All of a pair, whichever stands first: ``scale={("CHN", "KHM"): 0}``.
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
        Probability level of the interval, between 0 and 1.

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
        A column, or a label in it, that the events do not have.
    EventError
        Added rows that cannot be read, or under another codebook.

    Notes
    -----
    The interval says how far the difference may be from that of the expected stocks, were the record drawn
    again: ``f(mu + a) - f(mu)``, a what is added. Each draw scores both tables with the same chances:
    every open episode (all rows of one act, so both tracks of a 2+2) of which a share l is left happens
    Gamma(l)/l times, since old events say less of today, as in every interval of the library (under a half-life with
    dispersion l is that share over 1 + r n^g, since events that come in clusters say less too), and
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
    (docs/uncertainty). With ``named="drawn"`` half an event may have gone unseen of what is named too, wherever it is
    known, since a kind that shows two acts may be one of six: of the signs shown where a mapping names kinds of the
    codebook, which have one each; else of both, since the next act of an actor may be hostile though those seen were
    friendly. Where 2 to 15 events of a pair are removed intervals cover .93 to .97 (.67 to .91 without it); of
    kinds of one sign .92 to .96.

    What is added is known, and so, with ``named="known"``, is what is removed, scaled or lifted: a removal
    has a narrow interval where little else is left to be unsure of. The interval leaves out doubts about
    values, weights and half-lives (`robustness`), dependence between events of different ids that no dispersion tells of,
    and domains of which nothing is known.

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
    check_score(score)
    one_of("named", named, ("known", "drawn"))
    whole_number("draws", draws, 50)
    check_level(level)
    decay = decay_of(decay, events.codebook.decay)
    scenario = _scenario(events, add, remove, scale, lift, since)
    span = Span.make([events, scenario.events], freq, at)
    how = Draws(draws, generator_of(rng), level)
    if isinstance(score, Shipped):
        touched = [touching_rows(table, score) for table in (scenario.real, scenario.events)]
        notes = _notes(scenario, touched, span)
        before, after, se, low, high = _of_shipped_score(scenario, score, touched, span, decay, named, how)
    else:
        notes = _notes(scenario, (), span)
        before, after, se, low, high = _function(scenario, score, span, decay, named, how)
    difference = after.score[0] - before.score[0]
    if not np.nan_to_num(difference[:, -1]).any():
        notes += scenario.outlived
    options = {"add": add, "remove": remove, "scale": scale, "lift": lift}
    recipe = {
        "measure": "what_if", "score": score, "freq": freq, "decay": decay,
        "supposed": tuple(name for name, given in options.items() if given is not None),
        "since": None if since is None else str(since), "level": level,
        "named": named, "draws": draws,
    }  # fmt: skip
    return WhatIfResult(
        recipe=recipe, domains=after.domains, periods=span.asked, actual=before.score[0],
        supposed=after.score[0], difference=difference, se=se, low=low, high=high, n=after.n[0],
        notes=tuple(notes), events=scenario.events,
    )  # fmt: skip


# ---- what is supposed --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Scenario:
    """Events as supposed, and what they owe to the real ones.

    Attributes
    ----------
    real, events : Events
        The real and the supposed table, under one list of actors.
    origin : ndarray, (N,)
        Position of each supposed row in the real table, -1 for an added one.
    given : ndarray of bool, (N0,)
        Rows of the real table that the supposition names, or ends at another day through their family.
    begins : int
        First day on which anything is supposed to be otherwise.
    remove, scale, lift : mapping, mask or function, optional
        What names them.
    """

    real: Events
    events: Events
    origin: np.ndarray
    given: np.ndarray
    begins: int
    remove: Which | None
    scale: Scale | None
    lift: Which | None

    @property
    def of_kinds(self) -> np.ndarray:
        """Rows of the real table that some mapping names by their kinds, each of which has one sign, (N0,) of bool."""
        rows = np.zeros(len(self.real), dtype=bool)
        for which in (self.remove, self.lift):
            if isinstance(which, Mapping) and "kind" in which:
                rows |= _by_columns(self.real, which)
        for labels in map(_labels_of, self.scale if isinstance(self.scale, Mapping) else ()):
            if any(str(label) in self.real.codebook.names for label in labels):
                rows |= _rows_named(self.real, labels)
        return rows

    @property
    def repeats(self) -> list[str]:
        """Sentences about supposed acts that stand already in the data, so that adding them changes nothing."""
        added = self.events.pick(np.flatnonzero(self.origin < 0))
        lasting = np.flatnonzero(added.standing & (added.kind >= 0))
        if not len(lasting):
            return []
        own = np.flatnonzero(self.origin >= 0)
        real = self.real.pick(self.origin[own])
        until = self.events.until[own]
        ended = self.events.settled[own] & (until != real.until)
        found = []
        for row in lasting:
            day = added.day[row]
            pair = {int(added.source[row]), int(added.target[row])}
            same = (
                ended & (real.kind == added.kind[row]) & (real.domain == added.domain[row]) & (until == day)
            )
            for at in np.flatnonzero(same):
                if {int(real.source[at]), int(real.target[at])} == pair:
                    one, two = (added.actors[code[row]] for code in (added.source, added.target))
                    kind = added.codebook.names[added.kind[row]]
                    since = np.datetime64(int(real.day[at]), "D")
                    found.append(
                        f"{kind} of {one} and {two} stands already, since {since}: the one added on "
                        f"{np.datetime64(int(day), 'D')} takes its place, and what stands counts once"
                    )
        return list(dict.fromkeys(found))  # once, also of an act in two domains

    @property
    def outlived(self) -> list[str]:
        """Sentences where all that is removed, or all that is added, gives way to later acts, which stand anyway."""
        gone = np.flatnonzero(np.bincount(self.origin[self.origin >= 0], minlength=len(self.real)) == 0)
        added = np.flatnonzero(self.origin < 0)
        found = []
        if day := _gave_way(self.real, gone):
            found.append(
                f"what is removed had given way by {day} to later acts of its family, which stand without it: the "
                "difference is 0 from then on, unless these go too"
            )
        if day := _gave_way(self.events, added):
            found.append(
                f"what is added gives way by {day} to later acts of its family, which stand anyway: the difference is 0 "
                "from then on"
            )
        return found


def _gave_way(events: Events, rows: np.ndarray) -> np.datetime64 | None:
    """Day by which all of some rows had given way to later acts of their family, None where some still stand or fade."""
    if not len(rows) or not events.settled[rows].all():
        return None
    return np.datetime64(int(events.until[rows].max()), "D")


def _scenario(
    events: Events,
    add: Any,
    remove: Which | None,
    scale: Scale | None,
    lift: Which | None,
    since: object | None,
) -> Scenario:
    if all(option is None for option in (add, remove, scale, lift)):
        raise OptionError("nothing is supposed; give add, remove, scale or lift.")
    if lift is not None and since is None:
        raise OptionError("lift needs since: the day on which what stands is ended.")
    if since is not None and remove is scale is lift is None:
        raise OptionError("since is of remove, scale and lift; what is added begins on dates of its own.")
    day = NO_DAY if since is None else np.int32(day_of("since", since))  # it comes before all days
    factor = _factor_of_weights(events, remove, scale, day)
    ended = np.zeros(len(events), dtype=bool) if lift is None else _lifted(events, lift, day)
    named = factor != 1
    given = named | ended
    real = supposed = events
    origin = np.arange(len(events))
    if given.any():
        origin = np.flatnonzero(factor > 0)
        changed: dict[str, Any] = {}
        if scale is not None:
            changed["weight"] = events.weight * np.where(factor > 0, factor, 1.0)
        if lift is not None:
            changed["until"] = np.where(ended, day, events.until)
            changed["until_given"] = np.where(ended, day, events.until_given)
            changed["settled"] = events.settled & ~ended
        supposed = replace(events, **changed).take(origin)
    if add is not None:
        extra = add if isinstance(add, Events) else Events.from_frame(add, codebook=events.codebook)
        if not len(extra):
            raise EventError("add holds no event.")
        supposed = supposed + extra
        origin = np.append(origin, np.full(len(extra), -1))
        code = codes_among(events.actors, supposed.actors).astype(np.int32)
        real = replace(events, actors=supposed.actors, source=code[events.source], target=code[events.target])
    shared = np.flatnonzero(origin >= 0)
    given[origin[shared][supposed.until[shared] != events.until[origin[shared]]]] = True
    added = origin < 0
    starts = np.concatenate(
        [
            np.full(int(ended.sum()), day),
            span_starts(events.day[named], events.precision[named]),
            span_starts(supposed.day[added], supposed.precision[added]),
        ]
    )
    begins = int(starts.min()) if len(starts) else int(NO_DAY)
    return Scenario(real, supposed, origin, given, begins, remove, scale, lift)


def _factor_of_weights(
    events: Events, remove: Which | None, scale: Scale | None, day: np.int32
) -> np.ndarray:
    """Factor of each event's weight from a day on, (N,): 0 where it is removed."""
    later = events.day >= day
    gone = np.zeros(len(events), dtype=bool) if remove is None else selected_rows(events, remove, "remove")
    factor = np.ones(len(events)) if scale is None else _factors(events, scale)
    for option, touched in (("remove", gone), ("scale", factor != 1)):
        if touched.any() and not (touched & later).any():
            raise OptionError(f"{option} names no event from {np.datetime64(int(day), 'D')} (since) on.")
    return np.where(later, np.where(gone, 0.0, factor), 1.0)


def _lifted(events: Events, lift: Which, day: np.int32) -> np.ndarray:
    """Events that stand on a day and are ended on it, (N,)."""
    lasting = events.standing & (events.day < day) & ((events.until == NO_DAY) | (events.until > day))
    ended = np.asarray(selected_rows(events, lift, "lift") & lasting)
    if not ended.any():
        raise OptionError(f"lift names no event that still stands on {np.datetime64(int(day), 'D')}.")
    return ended


def selected_rows(events: Events, which: Which, option: str) -> np.ndarray:
    """Rows a selection names, (N,) of bool; one that names none is refused."""
    if isinstance(which, Mapping):
        mask = _by_columns(events, which)
    else:
        given = which(events.to_frame()) if callable(which) else which
        check_row_order(option, given)
        mask = np.asarray(given)
        if mask.shape != (len(events),) or mask.dtype != bool:
            raise OptionError(f"{option} must pick with one True or False an event, {len(events)} in all.")
    if not mask.any():
        by = f" by {dict(which)!r}" if isinstance(which, Mapping) else ""
        raise OptionError(f"{option} names no event{by}.")
    return mask


def _by_columns(events: Events, which: Mapping[str, Any]) -> np.ndarray:
    coded = {
        "domain": ("domain", events.domains, [events.domain]),
        "kind": ("kind", events.codebook.names, [events.kind]),
        "source": ("actor", events.actors, [events.source]),
        "target": ("actor", events.actors, [events.target]),
        EITHER: ("actor", events.actors, [events.source, events.target]),
    }
    mask = np.full(len(events), bool(which))  # one that names no column names no event
    for column, wanted in which.items():
        labels = list(wanted) if pd.api.types.is_list_like(wanted) else [wanted]
        if column in coded:
            what, known, sides = coded[column]
            labels = [str(label) for label in labels]  # a state by its number is the state
            for label in labels:
                if what == "actor" and label not in known:
                    raise no_such_actor(label, known)
                check_known(what, label, known)
            named = np.array([*(label in labels for label in known), False])  # the last: events without any
            mask &= np.any([named[codes] for codes in sides], axis=0)
        elif column in ("date", "until"):
            day = events.day if column == "date" else events.until
            spans = [(day_of(column, label), day_of(column, label, last=True)) for label in labels]
            mask &= np.any([(first <= day) & (day <= last) for first, last in spans], axis=0)
        else:
            cells = _cells(events, column)
            hits = cells.isin([label for label in labels if isinstance(label, Hashable)])
            met = set(cells[hits].dropna())
            missed = [label for label in labels if not isinstance(label, Hashable) or label not in met]
            if missed:
                hits |= cells.isin(_alike(column, missed, cells))
            mask &= hits.to_numpy()
    return mask


def _alike(column: str, labels: Sequence[Any], cells: pd.Series) -> list[Any]:
    """Cells with the texts of some labels, as results call an id that is a number; other labels are slips, and refused."""
    known = cells.dropna().unique().tolist()
    of_text: dict[str, list[Any]] = {}
    for cell in known:
        of_text.setdefault(text_of(cell), []).append(cell)
    found: list[Any] = []
    for label in labels:
        alike = of_text.get(text_of(label), []) if isinstance(label, str | Real) else []
        if not alike:
            check_known(column, label, known)
        found += alike
    return found


def _cells(events: Events, column: str) -> pd.Series:
    """A column of the events' table; one of texts is held as it is, and the table need not be made for it."""
    texts = {"event_id": events.event_id, "label": events.label, "url": events.url}.get(column)
    if texts is not None:
        return pd.Series(texts, dtype=object)
    frame = events.to_frame()
    check_known("column", column, [*frame.columns, EITHER])
    return frame[column]


def _factors(events: Events, scale: Scale) -> np.ndarray:
    """Factor of each event's weight, (N,)."""
    factor = np.ones(len(events))
    if isinstance(scale, Mapping):
        if not scale:
            raise OptionError("scale is an empty mapping; name a domain, a kind or an actor, and a factor.")
        for key, by in scale.items():
            labels = _labels_of(key)
            named = _rows_named(events, labels)
            if not labels or not named.any():
                raise OptionError(f"scale names no event by {key!r}.")
            if isinstance(by, bool) or not isinstance(by, Real):
                raise TypeError(f"the factor of {key!r} in scale is {by!r:.60}; it must be a number.")
            factor = np.where(named, factor * by, factor)
    else:
        given = scale(events.to_frame()) if callable(scale) else scale
        check_row_order("scale", given)
        try:
            factor = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            raise TypeError(
                f"scale is {given!r:.60}; give a mapping such as {{'state_visit': 2}}, or one factor an event."
            ) from None
        if factor.shape != (len(events),):
            raise OptionError(f"scale must give one factor an event, {len(events)} in all.")
    if not ((factor >= 0) & np.isfinite(factor)).all():
        raise OptionError("a factor of scale is negative or not finite; 0 removes, 1 leaves as it is.")
    if no_square(factor).any():
        raise OptionError("a factor of scale is above 1e50 or below 1e-50: such masses cannot be squared.")
    return factor


def _labels_of(key: object) -> Collection[object]:
    """The label or labels of a key of `scale`."""
    return key if isinstance(key, tuple | frozenset) else (key,)


def _rows_named(events: Events, labels: Collection[object]) -> np.ndarray:
    """Rows of all of some domains, kinds and actors, whichever bear the names."""
    return np.asarray(np.all([_rows_of(events, label) for label in labels], axis=0))


def _rows_of(events: Events, label: object) -> np.ndarray:
    known = {"domain": events.domains, "kind": events.codebook.names, EITHER: events.actors}
    for column, names in known.items():
        if str(label) in names:
            return _by_columns(events, {column: label})
    raise unknown("domain, kind or actor", label, [name for names in known.values() for name in names])


# ---- what differs ------------------------------------------------------------------------------------------
def _notes(scenario: Scenario, touched: Sequence[np.ndarray], span: Span) -> list[str]:
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
    return notes


def _codes_of_both(
    scenario: Scenario, named: Named, rows: np.ndarray, own: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which chance each real and each supposed row happens by, -1 for those given, from that of some real rows."""
    codes = np.full(len(scenario.real), -1, dtype=np.int64)
    codes[rows] = np.where(scenario.given[rows] & (named == "known"), -1, own)
    return codes, np.where(scenario.origin < 0, -1, codes[scenario.origin])


def _of_shipped_score(
    scenario: Scenario, score: Shipped, touched: Sequence[np.ndarray], span: Span, decay: Decay,
    named: Named, draws: Draws,
) -> Found:  # fmt: skip
    tables = scenario.real, scenario.events
    some = [len(rows) > 0 for rows in touched]
    if not any(some):
        raise no_event_error(score)
    both = [
        Versions.make(table, score, span, decay, tables[0] if len(tables[0]) else None, rows)
        for table, rows in zip(tables, touched, strict=True)
        if len(rows)
    ]
    known, *other = (versions.whole() for versions in both)
    if not other:  # nothing is known on that side
        void = Reading(known.domains, np.full_like(known.score, np.nan), np.zeros_like(known.n))
        before, after = (known, void) if some[0] else (void, known)
        return before, after, *(void.score[0],) * 3
    before, after = known, other[0]
    rows = both[0].rows
    own, worth = chances_of(both[0], scenario.given[rows])
    each = _codes_of_both(scenario, named, rows, own)
    codes = [code[versions.rows] for code, versions in zip(each, both, strict=True)]
    present = once(*(code[code >= 0] for code in codes))
    codes = [np.where(code < 0, -1, np.searchsorted(present, code)) for code in codes]
    redrawn = [Redrawn.make(versions, code, len(present)) for versions, code in zip(both, codes, strict=True)]
    worth, moved = worth[:, present], after.score[0] - before.score[0]
    return before, after, *_error_and_interval(redrawn, scenario, rows, codes[0], worth, draws, moved)


def _function(
    scenario: Scenario, score: Callable[[Ties], Any], span: Span, decay: Decay, named: Named, draws: Draws
) -> Found:
    """The same for any function of ties, called once a draw and table."""
    tables = scenario.real, scenario.events
    posted = PostedAnew(score, [table for table in tables if len(table)], span, decay)
    before, after = (posted.reading(table) for table in tables)
    moved = after.score[0] - before.score[0]
    if not (len(tables[0]) and len(tables[1])):
        return before, after, *(np.full_like(moved, np.nan),) * 3
    rows, ends = np.arange(len(tables[0])), period_ends(span.periods)
    own, worth = drawn_together(tables[0], decay, ends, span.at.max()[None], scenario.given)
    codes = _codes_of_both(scenario, named, rows, own)
    apart = [PostedApart.make(posted, *each, worth.shape[1]) for each in zip(tables, codes, strict=True)]
    return before, after, *_error_and_interval(apart, scenario, rows, codes[0], worth, draws, moved)


def _error_and_interval(
    tables: Sequence[Redrawn | PostedApart], scenario: Scenario, rows: np.ndarray, codes: np.ndarray,
    worth: np.ndarray, how: Draws, moved: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """SE and interval: both tables see the same chances; an unseen event is of the size of those that the real one draws.

    `codes` are of the real `rows` that touch the score, -1 where one is given, `moved` the difference.
    Where what is named is drawn, half an event of each sign it may have may have gone unseen of that too, wherever it is
    known, of its size; the supposed table keeps the share of it that it keeps of what was seen. A kind of the codebook has
    one sign; events that are named otherwise, as all of an actor, may have been of either.
    """
    drawn = scenario.given[rows] & (codes >= 0)
    real, supposed = tables
    size = real.typical(np.append(np.ones(worth.shape[1]), 0.0))
    there, here = (Unseen.make(table.seen, table.pair, size) for table in tables)
    if drawn.any():
        of_kinds = scenario.of_kinds[rows] & (scenario.real.kind[rows] >= 0)
        # 1 for an episode that is named, and that may have been of either sign; last of what is given
        named, of_either_sign = np.zeros((2, worth.shape[1] + 1))
        named[codes[drawn]] = 1.0
        of_either_sign[codes[drawn & ~of_kinds]] = 1.0
        mass, left = (table.mass(named) for table in tables)
        either = real.mass(of_either_sign).sum(axis=2, keepdims=True)
        signs = ((mass > 0) | (either > 0)).any(axis=-1)
        whole = mass.sum(axis=2)
        size = real.typical(named)
        there = there.with_named(1.0 * (whole > 0), size, signs)
        here = here.with_named(np.nan_to_num(ratio(left.sum(axis=2), whole)), size, signs)
    differences = [
        supposed.drawn(factor, here, chance) - real.drawn(factor, there, chance)
        for factor, chance in chance_blocks(max(real.numbers, supposed.numbers), there.chances, worth, how)
    ]
    return error_and_ends(np.concatenate(differences), moved, how.level)
