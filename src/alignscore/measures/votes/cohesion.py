"""How alike a bloc votes: Rice's index and the Agreement Index over its roll calls.

Letters for shapes: T periods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from alignscore.actors import silent_states
from alignscore.actors.labels import each_by_one_label
from alignscore.dates import day_spans
from alignscore.errors import FormatError, OptionError, SilentActorWarning, check_level, note
from alignscore.intervals import LEVEL, beta_interval, ratio
from alignscore.measures.blocs.membership import Membership
from alignscore.measures.votes.table import COLUMNS, session_years
from alignscore.results import Result
from alignscore.values import as_pandas, check_alike, need_columns, numbers_in, plain_labels, refuse_rows


# ---- formulas on arrays -----------------------------------------------------------------------------------
def rice(yes: ArrayLike, no: ArrayLike) -> Any:
    """Rice's index of a group's cohesion in a vote, abs(Y - N) / (Y + N).

    Parameters
    ----------
    yes, no : array_like
        Numbers of votes cast, of one shape.

    Returns
    -------
    ndarray
        In [0, 1]; 1 all alike, 0 split in half; NaN where fewer than two voted yes or no: a lone voter is of one
        mind whatever the group is.

    Raises
    ------
    OptionError
        Numbers of other shapes, below 0 or infinite, or Series with other labels.

    References
    ----------
    Rice 1928, Quantitative Methods in Politics.

    Examples
    --------
    >>> float(rice(8, 2))
    0.6
    """
    y, n = _votes_cast(yes=yes, no=no)
    return ratio(np.abs(y - n), np.where(y + n < 2, 0.0, y + n))


def agreement_index(yes: ArrayLike, no: ArrayLike, abstain: ArrayLike) -> Any:
    """Agreement Index of a group in a vote, [max(Y, N, A) - (Y + N + A - max) / 2] / (Y + N + A).

    Parameters
    ----------
    yes, no, abstain : array_like
        Numbers of votes cast, of one shape.

    Returns
    -------
    ndarray
        In [0, 1]; 1 all alike, 0 an even split in three; NaN where fewer than two voted.

    Raises
    ------
    OptionError
        Numbers of other shapes, below 0 or infinite, or Series with other labels.

    References
    ----------
    Hix, Noury & Roland 2005, British Journal of Political Science 35:209.

    Examples
    --------
    >>> float(agreement_index(6, 2, 2))
    0.4
    """
    votes = np.stack(_votes_cast(yes=yes, no=no, abstain=abstain))
    top, total = votes.max(axis=0), votes.sum(axis=0)
    return ratio(top - (total - top) / 2, np.where(total < 2, 0.0, total))


def _votes_cast(**votes: ArrayLike) -> tuple[np.ndarray, ...]:
    """Numbers of votes of each sort, none below 0, of one shape."""
    check_alike(**votes)
    each = [numbers_in(x, name) for name, x in votes.items()]
    for name, x in zip(votes, each, strict=True):
        if ((x < 0) | np.isinf(x)).any():
            raise OptionError(f"{name} has numbers of votes below 0 or without end.")
    try:
        return np.broadcast_arrays(*each)
    except ValueError:
        *names, last = votes
        shapes = ", ".join(str(x.shape) for x in each)
        raise OptionError(
            f"{', '.join(names)} and {last} are of shapes {shapes}; give as many of each."
        ) from None


# ---- the result and the door -------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class VoteCohesionResult(Result):
    """Cohesion of a bloc in its votes, per session: arrays (T,).

    Attributes
    ----------
    rice, agreement_index : ndarray, each with _se, _low, _high
        Means over the session's roll calls.
    n_items, n_rice, n_votes : ndarray
        Roll calls in which two members or more voted, those in which two or more voted yes or no, and the votes cast
        in the first.
    n_members, coverage : ndarray
        Members of the bloc then, and the share of their possible votes that was cast.
    """

    LABELS: ClassVar[Mapping[str, str]] = {"session": "sessions"}

    name: str
    sessions: np.ndarray
    rice: np.ndarray
    rice_se: np.ndarray
    rice_low: np.ndarray
    rice_high: np.ndarray
    agreement_index: np.ndarray
    agreement_index_se: np.ndarray
    agreement_index_low: np.ndarray
    agreement_index_high: np.ndarray
    n_items: np.ndarray
    n_rice: np.ndarray
    n_votes: np.ndarray
    n_members: np.ndarray
    coverage: np.ndarray

    def _columns(self) -> dict[str, np.ndarray]:
        return {name: column for name, column in super()._columns().items() if name != "sessions"}


def vote_cohesion(
    votes: pd.DataFrame,
    *,
    members: str | Iterable[str] | Mapping[str, Any] | pd.DataFrame | Membership,
    level: float = LEVEL,
) -> VoteCohesionResult:
    """Say how alike a bloc votes: means of two indices over the roll calls of each session.

    Rice ``abs(Y - N)/(Y + N)`` looks at yes and no only; the Agreement Index
    ``[max(Y, N, A) - (Y + N + A - max)/2]/(Y + N + A)`` takes abstention as a third camp.

    Parameters
    ----------
    votes : pandas.DataFrame
        Columns ``actor``, ``session``, ``item``, ``vote`` (1 yes, 2 abstain, 3 no; an absence is no row), one row a vote,
        and for a bloc whose members change ``date``; without it session s stands for the last day of the
        year 1945 + s, as in the UN General Assembly, and sessions from 1000 on are years.
    members : str, iterable of str, mapping or pandas.DataFrame
        As for `bloc`.
    level : float
        Probability level of the intervals, between 0 and 1.

    Returns
    -------
    VoteCohesionResult
        Indices in [0, 1], up means more alike. NaN: no roll call in which two members voted (Rice: voted yes or no).

    Raises
    ------
    FormatError
        A column is missing, a vote is not 1, 2 or 3, a row has no actor, session or item or repeats another's, or nothing
        tells the day of a session of a bloc whose members change.
    OptionError
        Members or dates that cannot be read, or none of the members votes.
    UnknownLabelError
        A bloc that is not in the shipped table, or a listed member that neither votes nor is a state.

    Notes
    -----
    Intervals are of the mean over roll calls: they say how much the choice of items matters, not how sure one vote
    is. Half a roll call of no cohesion and half a one of full cohesion are added, and the interval is that of the Beta
    with the mean and the standard error of all of them (for a roll call that is either split or unanimous the
    Beta(k + 1/2, n - k + 1/2) of Jeffreys), so that one roll call, or many alike, are not taken as certain. A small
    group looks cohesive by chance: two voters at random agree half the time; compare groups of like size only.

    References
    ----------
    Rice 1928. Hix, Noury & Roland 2005, British Journal of Political Science 35:209.

    Examples
    --------
    >>> import pandas as pd
    >>> votes = pd.DataFrame({"actor": list("abcabc"), "session": 1, "item": [1, 1, 1, 2, 2, 2],
    ...                       "vote": [1, 1, 1, 1, 1, 3]})
    >>> vote_cohesion(votes, members=["a", "b", "c"]).rice.round(4).tolist()
    [0.6667]
    """
    check_level(level)
    group = Membership.make(members)
    votes = _checked(votes)
    sessions = np.unique(votes["session"].to_numpy())
    # those of a plain list belong on any day
    days = _session_days(votes, sessions) if group.dated else np.zeros(len(sessions), dtype="M8[D]")
    inside = group.inside(days)  # (S, T)
    counts = _counts(_votes_of(group, votes, sessions, inside))  # a row an item
    counts = counts[counts["all"] > 1]
    at = np.searchsorted(sessions, counts["session"].to_numpy())
    T = len(sessions)
    columns: dict[str, np.ndarray] = {}
    y, a, n = (counts[vote].to_numpy(dtype=float) for vote in (1, 2, 3))
    for name, index in (("rice", rice(y, n)), ("agreement_index", agreement_index(y, n, a))):
        columns |= {f"{name}{end}": column for end, column in _means(index, at, T, level).items()}
    n_votes = np.bincount(at, counts["all"].to_numpy(), minlength=T)
    n_items = np.bincount(at, minlength=T)
    belong = inside.sum(axis=0)
    return VoteCohesionResult(
        {"measure": "vote_cohesion", "members": group.name or group.members, "level": level},
        group.name, sessions, **columns, n_items=n_items, n_rice=np.bincount(at[y + n > 1], minlength=T),
        n_votes=n_votes, n_members=belong,
        coverage=ratio(n_votes, n_items * belong),
    )  # fmt: skip


def _checked(votes: Any) -> pd.DataFrame:
    votes = as_pandas("votes", votes)
    need_columns("votes", votes, COLUMNS)
    votes = plain_labels(votes, *COLUMNS).reset_index(drop=True)  # an index may bear the name of a column
    cast = pd.to_numeric(votes["vote"], errors="coerce")
    if not (known := cast.isin([1, 2, 3]).to_numpy()).all():
        bad = votes["vote"].iloc[int(known.argmin())]
        raise FormatError(f"vote {bad} is not 1 (yes), 2 (abstain) or 3 (no); leave absences out.")
    for name in COLUMNS[:3]:
        refuse_rows(votes[name].isna().to_numpy(), f"rows of votes have no {name}", error=FormatError)
    keys = votes[list(COLUMNS[:3])]
    again = keys.duplicated().to_numpy()
    refuse_rows(
        again, "rows of votes are a second vote on an item", keys, error=FormatError, way_out=" Keep one."
    )
    return votes.assign(vote=cast)


def _session_days(votes: pd.DataFrame, sessions: np.ndarray) -> np.ndarray:
    """Day that stands for each session: its last date, or the end of its year."""
    if "date" in votes.columns:
        days = pd.Series(day_spans(votes["date"], len(votes))[0])
        last = np.asarray(days.groupby(votes["session"].to_numpy()).max().loc[sessions], dtype="M8[D]")
        if (undated := np.isnat(last)).any():
            raise FormatError(f"session {sessions[undated][0]!s} has no date: who belongs then is not told.")
        return last
    numbers = pd.to_numeric(pd.Series(sessions), errors="coerce")
    if (none := numbers % 1 != 0).any():
        raise FormatError(
            f"session {sessions[none][0]!r} is no number of the UN General Assembly's; give a column date, "
            "which tells who belongs then."
        )
    return np.array([f"{int(year)}-12-31" for year in session_years(numbers)], dtype="M8[D]")


def _votes_of(
    group: Membership, votes: pd.DataFrame, sessions: np.ndarray, inside: np.ndarray
) -> pd.DataFrame:
    """Votes of members while they are `inside` the bloc, (S, T)."""
    actor = votes["actor"].astype(str).to_numpy()
    each_by_one_label(sorted(set(actor)))
    group.check_slips(actor)
    known = np.isin(actor, group.members)
    if not known.any():
        raise OptionError(f"no member of {group.name or 'the bloc'} votes in these roll calls.")
    if not group.dated:
        lacking = silent_states(group.members, sorted(set(actor)))
        if lacking:
            note(f"{', '.join(lacking)} never voted in these roll calls.", SilentActorWarning)
    mine = votes[known]
    row = np.searchsorted(np.array(group.members), actor[known])
    return mine[inside[row, np.searchsorted(sessions, mine["session"].to_numpy())]]


def _counts(rows: pd.DataFrame) -> pd.DataFrame:
    """Yes, abstain, no and all votes of each (session, item)."""
    table = rows.groupby(["session", "item", "vote"], observed=True).size().unstack("vote", fill_value=0)  # noqa: PD010
    table = table.reindex(columns=[1, 2, 3], fill_value=0)
    return table.assign(all=table.sum(axis=1)).reset_index()


def _means(index: np.ndarray, at: np.ndarray, T: int, level: float) -> dict[str, np.ndarray]:
    """Mean over the items of each session with its standard error and interval, (T,) each by the column's ending."""
    known = ~np.isnan(index)
    x, at = index[known], at[known]
    n = np.bincount(at, minlength=T).astype(float)
    total = np.bincount(at, x, minlength=T)
    mean, centre = ratio(total, n), (total + 0.5) / (n + 1)
    square = np.bincount(at, (x - centre[at]) ** 2, minlength=T)
    variance = (square + (centre**2 + (1 - centre) ** 2) / 2) / (n + 1)
    events = centre * (1 - centre) / variance * (n + 1)  # n + 1 for roll calls of 0 and 1 only
    low, high = beta_interval(centre, np.where(n > 0, events, np.nan), level)
    se = np.sqrt(centre * (1 - centre) / (events + 1))
    return {
        "": mean,
        "_se": np.where(n > 0, se, np.nan),
        "_low": np.minimum(low, mean),
        "_high": np.maximum(high, mean),
    }
