"""What a score owes to each event: the score with it less the score without it, exactly, for all at once.

Letters for shapes: G groups of events, M domains and composite, T periods asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alignscore.attribution.groups import About, By, Groups, about
from alignscore.attribution.left_out import Pair, reads_faded
from alignscore.attribution.scores import AlignmentOf, Reading, ScoreOf, Shipped, known_score
from alignscore.attribution.versions import Span, Stage
from alignscore.axes import COMPOSITE, Axes, Freq
from alignscore.decay import Decay, decay_of
from alignscore.errors import OptionError, need, whole_number
from alignscore.events import Events
from alignscore.ledger import Ledger
from alignscore.ledger.cells import SUMS
from alignscore.ledger.postings import Rates
from alignscore.ledger.sums import Table, booked, occurring_dyads, sums
from alignscore.ledger.ties import Ties
from alignscore.results import Result


@dataclass(frozen=True, eq=False, repr=False)
class ImpactResult(Result):
    """Impact of groups of events on one score, the largest first: arrays (G, M, T).

    Attributes
    ----------
    about : mapping of str to ndarray, (G,)
        Columns naming each group: ``group``, ``rows`` (of it that touch the score) and, for single events,
        ``date``, ``source``, ``target``, ``kind``, ``label``.
    domains : tuple of str
        The last may be the composite.
    periods : pandas.PeriodIndex
    impact : ndarray
        Score with all events less the score without the group; NaN where there is no score with all,
        or none without it (see `sole`).
    without : ndarray
        Score without the group.
    sole : ndarray of bool
        True where nothing is known without the group: the score rests on it alone.
    score, n : ndarray, (G, M, T)
        Score with all events and the number behind it, the same for every group.
    """

    FIGURE: ClassVar[str | None] = "impacts"

    about: About
    domains: tuple[str, ...]
    periods: pd.PeriodIndex
    impact: np.ndarray
    without: np.ndarray
    sole: np.ndarray
    score: np.ndarray
    n: np.ndarray

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return self.about, {"domain": np.array(self.domains, dtype=object)}, {"period": self.periods}

    def top(self, groups: int) -> ImpactResult:
        """The first `groups` of them: those of the largest impact.

        Parameters
        ----------
        groups : int

        Returns
        -------
        ImpactResult

        Raises
        ------
        OptionError
            `groups` below 0; TypeError where it is no whole number.
        """
        whole_number("groups", groups, 0)
        some = slice(0, groups)
        arrays = {name: getattr(self, name)[some] for name in ("impact", "without", "sole", "score", "n")}
        return replace(self, about=self.about.take(some), **arrays)


def impact(
    events: Events,
    *,
    score: ScoreOf,
    by: By | Sequence[object] | np.ndarray = "event",
    at: Any = None,
    freq: Freq = "Y",
    decay: Decay | None = None,
) -> ImpactResult:
    """Which events made this score what it is, and by how much each?

    ``impact = score(all events) - score(all events but these)``, exact: equal to posting the rest anew.

    Parameters
    ----------
    events : Events
    score : AlignmentOf, HedgingOf, PositionOf, DiversificationOf, BlocOf, or a function
        These are computed for all groups at once. A function takes `Ties` and returns a number or
        one number a period; it is called once a group, on ledgers posted anew (slow, any score).
    by : {'event', 'row', 'kind', 'domain', 'source', 'target', 'pair', 'year'} or sequence of labels
        What is left out together. An event is all rows of one event id (both tracks of a 2+2);
        labels of one's own, one an event, make any other groups: coder, news source, episode.
    at : period, list of periods, or slice, optional
        When the score is read; the last period where not given, ``slice(None)`` for all. A later
        period than the last is read with no new events.
    freq : {'Y', 'Q', 'M', 'W', 'D'}
    decay : HalfLife, Window, Cumulative or Saturating, optional
        The default of the codebook where not given (`Ledger.post`).

    Returns
    -------
    ImpactResult
        In units of the score; above 0: the group raised it. NaN: no score with or without the group;
        `sole` tells where the score rests on the group alone. Groups that cannot touch the score
        (events among others) are left out: their impact is 0. Impacts do not add up to the score:
        two events that say the same are each dispensable; `change` makes a split that adds.

    Raises
    ------
    OptionError
        The two never meet in the events, `by` holds another number of labels than there are events,
        a function returns another shape, or a period lies before the first event.
    UnknownLabelError
        An actor, a power or a weighted domain that the events do not have.
    TypeError
        `score` is none of these.

    Notes
    -----
    Leaving out a standing event of a family (a partnership upgraded, a second 2+2) lets the one it
    replaced stand on, as `Events.take` does; the impact is that of the upgrade, not of the tie.

    References
    ----------
    Deletion diagnostics: Belsley, Kuh & Welsch 1980, *Regression Diagnostics*, ch. 2.

    Examples
    --------
    What did the first China-Cambodia 2+2 of April 2026 do?

    >>> from alignscore.datasets import asean
    >>> from alignscore.attribution.scores import AlignmentOf, PositionOf
    >>> table = asean()
    >>> frame = impact(table, score=AlignmentOf("KHM", "CHN")).to_frame()
    >>> frame.query("group == 'chn-khm-2plus2-2026'").set_index("domain")["impact"].round(3).to_dict()
    {'economic': 0.0, 'diplomatic': ..., 'security': ..., 'composite': ...}
    >>> leaned = impact(table, score=PositionOf("KHM", ("CHN", "USA"))).to_frame()
    >>> moved = leaned.query("group == 'chn-khm-2plus2-2026' and domain == 'composite'")["impact"]
    >>> bool(moved.item() < 0)  # toward China
    True
    """
    need(events, Events)
    known_score(score)
    groups = Groups.of(events, by)
    span = Span.of([events], freq, at)
    if isinstance(score, Shipped):
        span = span.late(decay, getattr(score, "window", None) or 1)
        fading = decay_of(decay, events.codebook.name)
        if isinstance(score, AlignmentOf) and reads_faded(score, fading):
            pair = Pair.of(events, score, span, fading)
            touching = pair.rows
            codes, present = groups.some(touching)
            whole, without = pair.read(codes, len(present))
        else:
            stage = Stage.of(events, score, span, decay)
            touching = stage.rows
            codes, present = groups.some(touching)
            whole, without = stage.whole(), stage.without(codes, len(present))
    else:
        touching, present = np.arange(len(events)), np.arange(len(groups))
        whole, without = _by_function(events, score, groups, span, decay)
    told = about(events, groups, present, touching)
    recipe = {
        "measure": "impact", "score": score, "by": by if isinstance(by, str) else "labels given",
        "freq": freq, "decay": decay_of(decay, events.codebook.name),
    }  # fmt: skip
    return _result(recipe, told, whole, without, span)


def _result(
    recipe: Mapping[str, Any], told: About, whole: Reading, without: Reading, span: Span
) -> ImpactResult:
    """Differences, the largest at the last period first; groups on which all rests before them."""
    effect = whole.score - without.score
    sole = np.isnan(without.score) & ~np.isnan(whole.score)
    last = np.where(sole[:, -1, -1], np.inf, np.abs(np.nan_to_num(effect[:, -1, -1])))
    largest = np.where(sole, np.inf, np.abs(np.nan_to_num(effect))).max(axis=(1, 2), initial=0.0)
    order = _descending(last, largest)
    effect, left, sole = (column.take(order, axis=0) for column in (effect, without.score, sole))
    full = effect.shape
    return ImpactResult(
        recipe=recipe, about=told.take(order), domains=whole.domains, periods=span.asked, impact=effect,
        without=left, sole=sole, score=np.broadcast_to(whole.score, full), n=np.broadcast_to(whole.n, full),
    )  # fmt: skip


def _descending(size: np.ndarray, then: np.ndarray) -> np.ndarray:
    """Order from the largest size down, among equals by a second size; one sort does where no two are equal."""
    order = np.argsort(-size)
    ranked = size[order]
    return np.lexsort((-then, -size)) if (ranked[1:] == ranked[:-1]).any() else order


# ---- any function of ties -------------------------------------------------------------------------------
class Rescorer:
    """Scores tables of events by a user's function, each posted anew on one set of axes."""

    def __init__(
        self, score: Callable[[Ties], Any], tables: Sequence[Events], span: Span, decay: Decay | None
    ) -> None:
        first = tables[0]
        decay = decay_of(decay, first.codebook.name)
        keys = reduce(np.union1d, [occurring_dyads(events) for events in tables])
        dyads = np.stack(np.divmod(keys.astype(np.int64), len(first.actors)), axis=1)
        axes = Axes(first.actors, dyads, first.domains, span.periods)
        cells, table = np.empty(0, dtype=np.int64), np.empty((0, len(SUMS)))
        mark = first.codebook.fingerprint
        self.score, self.span = score, span
        self.rates = Rates.make(decay, first.codebook)
        self.ledger = Ledger(axes, span.last, decay, self.rates.half_lives, cells, table, booked(first), mark)

    def __call__(self, events: Events) -> np.ndarray:
        """Score at the periods asked for, (T,); NaN without any event."""
        return self.of(*self.posted(events)) if len(events) else np.full(len(self.span.at), np.nan)

    def posted(self, events: Events) -> Table:
        """Cells and sums of some events."""
        axes = self.ledger.axes
        return sums(events, self.rates, axes.dyad_keys, axes.ends)

    def ties(self, cells: np.ndarray, table: np.ndarray) -> Ties:
        """Ties of what is posted in cells of the ledger, among all actors and with the factual mass of one event."""
        return replace(self.ledger, cells=cells, sums=table).ties(self.span.last)

    def of(self, cells: np.ndarray, table: np.ndarray) -> np.ndarray:
        """Score of what is posted in cells of the ledger, (T,)."""
        ties = self.ties(cells, table)
        value = np.asarray(self.score(ties), dtype=float)
        periods = len(ties.axes.periods)
        if value.shape == (periods,):
            asked: np.ndarray = value[self.span.at]
            return asked
        if value.shape == () and self.span.at.tolist() == [periods - 1]:
            return value[None]
        raise OptionError(
            f"score returned an array of shape {value.shape}; it must return one number a period, shape "
            f"({periods},), or one number where only the last period is asked for."
        )


def _by_function(
    events: Events, score: Callable[[Ties], Any], groups: Groups, span: Span, decay: Decay | None
) -> tuple[Reading, Reading]:
    rescored = Rescorer(score, [events], span, decay)
    rest = np.array([rescored(events.take(groups.codes != group)) for group in range(len(groups))])
    whole = rescored(events)[None, None]
    n = np.full(whole.shape, float(len(events)))
    return Reading((COMPOSITE,), whole, n), Reading(
        (COMPOSITE,), rest[:, None], np.broadcast_to(n, rest[:, None].shape)
    )
