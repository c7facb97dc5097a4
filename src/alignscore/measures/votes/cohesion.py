"""How alike a bloc votes: Rice's index and the Agreement Index over its roll calls.

Letters for shapes: T periods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignscore.errors import FormatError, OptionError, UnknownLabelError, within
from alignscore.intervals import LEVEL, bounded, ratio
from alignscore.measures.blocs.membership import Membership
from alignscore.measures.blocs.polarisation import agreement_index, rice
from alignscore.results import Result
from alignscore.values import as_pandas

COLUMNS = ("actor", "session", "item", "vote")


@dataclass(frozen=True, eq=False, repr=False)
class VoteCohesionResult(Result):
    """Cohesion of a bloc in its votes, per session: arrays (T,).

    Attributes
    ----------
    rice, agreement_index : ndarray, each with _se, _low, _high
        Means over the session's roll calls.
    n_items, n_votes : ndarray
        Roll calls in which two members or more voted, and the votes cast in them.
    n_members, coverage : ndarray
        Members of the bloc then, and the share of their possible votes that was cast.
    """

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
    n_votes: np.ndarray
    n_members: np.ndarray
    coverage: np.ndarray

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return ({"session": self.sessions},)

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
        Columns ``actor``, ``session``, ``item``, ``vote`` (1 yes, 2 abstain, 3 no; an absence is no row), and
        for a bloc whose members change ``date``; without it session s stands for the last day of the
        year 1945 + s, as in the UN General Assembly.
    members : str, iterable of str, mapping or pandas.DataFrame
        As for `bloc`.
    level : float
        Of the intervals.

    Returns
    -------
    VoteCohesionResult
        Indices in [0, 1], up means more alike. NaN: no roll call with two members voting (Rice: yes or no).

    Raises
    ------
    FormatError
        A column is missing, or a vote is not 1, 2 or 3.
    OptionError
        Members that cannot be read, or none of them votes.
    UnknownLabelError
        A bloc that is not in the shipped table.

    Notes
    -----
    Intervals are of the mean over roll calls, normal on the logit scale: they tell how much the
    choice of items matters, not how sure one vote is. A small group looks cohesive by chance: two voters
    at random agree half the time; compare groups of like size only.

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
    within("level", level, 0.0, 1.0, open_low=True, open_high=True)
    group = Membership.of(members)
    rows = _inside(_checked(votes), group)
    counts = _counts(rows)  # a row an item
    counts = counts[counts["all"] > 1]
    sessions = np.unique(votes["session"].to_numpy())
    at = np.searchsorted(sessions, counts["session"].to_numpy())
    T = len(sessions)
    columns: dict[str, np.ndarray] = {}
    y, a, n = (counts[vote].to_numpy(dtype=float) for vote in (1, 2, 3))
    for name, index in (("rice", rice(y, n)), ("agreement_index", agreement_index(y, n, a))):
        mean, se = _means(index, at, T)
        low, high = bounded(2 * mean - 1, 2 * se, level)
        columns |= {
            name: mean,
            f"{name}_se": se,
            f"{name}_low": (low + 1) / 2,
            f"{name}_high": (high + 1) / 2,
        }
    n_votes = np.bincount(at, counts["all"].to_numpy(), minlength=T)
    belong = group.inside(_session_days(votes, sessions)).sum(axis=0)
    n_items = np.bincount(at, minlength=T)
    return VoteCohesionResult(
        {"measure": "vote_cohesion", "members": group.name or group.members, "level": level},
        group.name, sessions, **columns, n_items=n_items, n_votes=n_votes, n_members=belong,
        coverage=ratio(n_votes, n_items * belong),
    )  # fmt: skip


def _checked(votes: Any) -> pd.DataFrame:
    votes = as_pandas("votes", votes)
    missing = [name for name in COLUMNS if name not in votes.columns]
    if missing:
        raise FormatError(f"votes lacks {', '.join(missing)}; it needs actor, session, item and vote.")
    if not votes["vote"].isin([1, 2, 3]).all():
        bad = votes.loc[~votes["vote"].isin([1, 2, 3]), "vote"].iloc[0]
        raise FormatError(f"vote {bad} is not 1 (yes), 2 (abstain) or 3 (no); leave absences out.")
    return votes


def _session_days(votes: pd.DataFrame, sessions: np.ndarray) -> np.ndarray:
    """Day that stands for each session: its last date, or the end of 1945 + s."""
    if "date" in votes.columns:
        last = pd.to_datetime(votes["date"]).groupby(votes["session"].to_numpy()).max()
        return np.asarray(last.loc[sessions].to_numpy(), dtype="M8[D]")
    return np.array([np.datetime64(f"{1945 + int(s)}-12-31") for s in sessions], dtype="M8[D]")


def _inside(votes: pd.DataFrame, group: Membership) -> pd.DataFrame:
    """Votes of members while they belong."""
    actor = votes["actor"].astype(str).to_numpy()
    known = np.isin(actor, group.members)
    if not known.any():
        raise OptionError(f"no member of {group.name or 'the bloc'} votes in these roll calls.")
    if not group.dated:
        lacking = sorted(set(group.members) - set(actor[known]))
        if lacking:
            raise UnknownLabelError(f"member {lacking[0]!r} never votes in these roll calls.")
    mine = votes[known]
    sessions = np.unique(mine["session"].to_numpy())
    mask = group.inside(_session_days(mine, sessions))
    row = np.searchsorted(np.array(group.members), actor[known])
    return mine[mask[row, np.searchsorted(sessions, mine["session"].to_numpy())]]


def _counts(rows: pd.DataFrame) -> pd.DataFrame:
    """Yes, abstain, no and all votes of each (session, item)."""
    table = rows.groupby(["session", "item", "vote"], observed=True).size().unstack("vote", fill_value=0)  # noqa: PD010
    table = table.reindex(columns=[1, 2, 3], fill_value=0)
    return table.assign(all=table.sum(axis=1)).reset_index()


def _means(index: np.ndarray, at: np.ndarray, T: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the items of each session and its standard error (NaN with one item)."""
    known = ~np.isnan(index)
    x, at = index[known], at[known]
    n = np.bincount(at, minlength=T).astype(float)
    mean = ratio(np.bincount(at, x, minlength=T), n)
    square = np.bincount(at, (x - mean[at]) ** 2, minlength=T)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(n > 1, np.sqrt(square / (n - 1) / n), np.nan)
    return mean, se
