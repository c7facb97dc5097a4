"""Where a score rests on few events: the largest event's share, and scores with one kind or domain left out.

Letters for shapes: N events, S states (or D dyads), K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from alignscore.attribution.functions import PostedAnew
from alignscore.attribution.groups import Groups
from alignscore.attribution.versions import Span
from alignscore.axes import Freq
from alignscore.decay import Decay
from alignscore.errors import need, of_kind, one_of
from alignscore.events import Events
from alignscore.intervals import ratio
from alignscore.measures.composite import Composite
from alignscore.results import Result
from alignscore.values import numbers_of

if TYPE_CHECKING:
    from alignscore.ledger.ties import Ties
    from alignscore.uncertainty.panel import Panel

By = Literal["kind", "domain"]


def largest_event(panel: Panel) -> np.ndarray:
    """Share of a tie's mass that its largest event holds, (S or D, T); NaN without mass.

    In a domain that is its mass over the domain's, times the domain's weight among those seen; rows of one
    event id in several domains are each weighed in their own.
    """
    posted = panel.books[0]
    T, L = posted.shape
    own = posted.event_stocks()
    line = np.zeros((2, len(own)), dtype=np.int64)  # a mutual act of directed pairs has two
    line[0, posted.parts.event] = posted.line
    line[1, posted.parts.event[::-1]] = posted.line[::-1]
    top, total = np.zeros((L, T)), np.zeros((L, T))
    for lines, once in ((line[0], slice(None)), (line[1], line[1] != line[0])):
        np.maximum.at(top, lines[once], own[once])
        np.add.at(total, lines[once], own[once])
    lines = panel.scored[0].lines  # (S, P, K) or (D, K); a pair that meets only later has none
    largest, whole = (np.where((lines >= 0)[..., None], stock[lines], 0.0) for stock in (top, total))
    if lines.ndim == 3:
        largest, whole = largest.max(axis=1), whole.sum(axis=1)
    seen = Composite.from_weights(whole > 0, np.zeros(()), panel.problem.omega, "seen")
    share = np.nan_to_num(ratio(largest, whole))
    return np.where(seen.known, (seen.weights * share).max(axis=-2), np.nan)


def leave_one_out(
    events: Events,
    score: Callable[[Ties], Any],
    *,
    by: By = "kind",
    column: str = "position",
    at: object = None,
    freq: Freq = "Y",
    decay: Decay | None = None,
) -> pd.DataFrame:
    """What does each score become when one kind of event, or one domain, is left out?

    Parameters
    ----------
    events : Events
    score : callable
        From ties to a result, e.g. ``lambda ties: hedging(ties, powers=("USA", "CHN"))``.
    by : {'kind', 'domain'}
        What is left out, one after the other; events without a kind count as one.
    column : str
        Column of the result's frame.
    at : period, date or year, optional
        The last period where not given.
    freq, decay
        As for `Ledger.post`.

    Returns
    -------
    pandas.DataFrame
        One row a thing left out and a row of the result: ``left_out``, ``events`` (rows it had), the
        result's labels, ``score`` (with everything), ``without`` and ``change``. NaN: unknown without it.

    Raises
    ------
    OptionError
        Unknown `by`, a column that holds no numbers, or a result without periods.
    UnknownLabelError
        A column that the result does not have.
    TypeError
        A score that returns no result.

    Notes
    -----
    Each row is the exact score without these events: families of standing kinds are settled anew, and the mass of one
    event stays that of all. `impact` asks the same of one score, for every group at once.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.measures.states.hedging import hedging
    >>> table = leave_one_out(asean(), lambda ties: hedging(ties, powers=("USA", "CHN")), by="domain")
    >>> table.query("state == 'KHM'")[["left_out", "change"]].round(2).to_string(index=False)
    '...security...'
    """
    need(events, Events)
    if not callable(score) or isinstance(score, type):
        raise TypeError(
            f"score is {score!r:.60}; give a function from ties to a result, such as lambda ties: hedging(ties, "
            "powers=('USA', 'CHN')). impact(events, score=..., by='kind') asks the same of one score."
        )
    one_of("by", by, get_args(By))
    groups = Groups.make(events, by)
    span = Span.make([events], freq, at)
    posted = PostedAnew(score, [events], span, decay)
    end = span.asked[-1]

    def scored(some: Events) -> pd.Series:
        result = score(posted.ties_of(some))
        of_kind("what score returns", result, Result, "hedging(...)")
        labels = [name for name in result._label_names if name != "period"]
        found = result.at(end, columns=[column])
        values = pd.Series(numbers_of(found[column], column), name=column)
        return values.set_axis(pd.MultiIndex.from_frame(found[labels])) if labels else values

    whole, tables = scored(events), []
    # in the order of the kinds, or of the domains
    first = np.unique(getattr(events, by), return_index=True)[1]
    for code in groups.codes[first]:
        rest = groups.codes != code
        without = scored(events.take(rest)).reindex(whole.index) if rest.any() else np.nan
        tables.append(
            whole.to_frame("score")
            .assign(without=without, left_out=groups.labels[code], events=int((~rest).sum()))
            .reset_index(drop=whole.index.names == [None])
        )
    table = pd.concat(tables, ignore_index=True)
    table["change"] = table["without"] - table["score"]
    front = ["left_out", "events"]
    return table[front + [name for name in table.columns if name not in front]]
