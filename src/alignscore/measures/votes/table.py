"""Roll-call votes as codes: checks of the long frame, bridges between roll calls, links between sessions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import scipy  # its parts load on first use

from alignscore.actors.labels import each_by_one_label
from alignscore.axes import place_of
from alignscore.errors import EventError, FormatError, OptionError, several, unknown
from alignscore.values import Frozen, as_pandas, plain_labels, sorted_codes

Bridges: TypeAlias = pd.DataFrame | Iterable[tuple[Any, Any]]
COLUMNS = ("actor", "session", "item", "vote")


@dataclass(frozen=True, eq=False, repr=False)
class Votes(Frozen):
    """V votes as codes into sorted labels; bridged roll calls share a `group`."""

    actors: np.ndarray  # (S,) labels
    sessions: np.ndarray  # (T,) labels
    items: np.ndarray  # (J,) labels
    actor: np.ndarray  # (V,) codes
    session: np.ndarray  # (V,) codes
    item: np.ndarray  # (V,) codes
    vote: np.ndarray  # (V,) 1 yes, 2 abstain, 3 no
    group: np.ndarray  # (J,) roll calls with one number share their parameters
    divided: np.ndarray  # (J,) False where every vote of the group is the same
    shared: np.ndarray  # (J,) the group again, counted over divided ones only; -1 for others

    @property
    def used(self) -> np.ndarray:
        """True for votes on roll calls that divided the voters, (V,)."""
        return self.divided.take(self.item)


def read_votes(votes: pd.DataFrame, bridges: Bridges | None) -> Votes:
    """Checked codes of a long frame of votes; EventError names what cannot be used."""
    votes = as_pandas("votes", votes)
    for name in COLUMNS:
        if name not in votes.columns:
            what = "column of votes: it needs actor, session, item, vote; missing"
            raise unknown(what, name, votes.columns)
    votes = plain_labels(votes, *COLUMNS)
    if votes.empty:
        raise EventError("votes has no rows: nothing to estimate.")
    cast = pd.to_numeric(votes["vote"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    _refuse(votes, cast)
    (actor, actors), (session, sessions), (item, items) = (_codes(votes, name) for name in COLUMNS[:3])
    each_by_one_label(actors)
    if all(isinstance(label, str) and label.isdecimal() for label in sessions):  # "9" comes before "10"
        order = np.argsort(sessions.astype(int), kind="stable")
        session, sessions = np.argsort(order)[session], sessions[order]
    first = np.full(len(items), -1)
    first[item[::-1]] = session[::-1]
    if (moved := first[item] != session).any():
        at = int(np.argmax(moved))
        raise EventError(
            f"item {items[item[at]]} occurs in sessions {sessions[first[item[at]]]} and "
            f"{sessions[session[at]]}. Give every roll call its own label, and say with bridges= which "
            "of them put the same question."
        )
    group = _groups(items, bridges)
    low, high = np.full(len(items), 4.0), np.zeros(len(items))
    np.minimum.at(low, group[item], cast)
    np.maximum.at(high, group[item], cast)
    divided = (low < high)[group]
    if not divided.any():
        raise EventError("every roll call in votes is unanimous: nothing tells the actors apart.")
    shared = np.full(len(items), -1)
    shared[divided] = np.unique(group[divided], return_inverse=True)[1]
    return Votes(actors, sessions, items, actor, session, item, cast.astype(np.int8), group, divided, shared)


def _refuse(votes: pd.DataFrame, cast: np.ndarray) -> None:
    """Raise for rows that cannot be used, with the count of each reason and the rows in `.refused`."""
    reason = np.full(len(votes), "", dtype=object)
    repeated = votes.duplicated(["actor", "item"]).to_numpy()
    reason[repeated] = "second vote of an actor on an item"
    reason[~np.isin(cast, (1, 2, 3))] = "vote is not 1 (yes), 2 (abstain) or 3 (no)"
    for name in COLUMNS[:3]:
        reason[votes[name].isna().to_numpy()] = f"no {name}"
    bad = np.flatnonzero(reason != "")
    if len(bad):
        counts = pd.Series(reason[bad]).value_counts()
        reasons = ", ".join(f"{why} ({n})" for why, n in counts.items())
        rows = ", ".join(map(str, bad[:5])) + (", ..." if len(bad) > 5 else "")
        refused = votes.iloc[bad].assign(row=bad, reason=reason[bad])
        raise EventError(
            f"{len(bad)} of {len(votes)} rows of votes refused: {reasons}; rows {rows}. "
            "They are in this error's .refused; an absence is no row.",
            refused,
        )


def _codes(votes: pd.DataFrame, name: str) -> tuple[np.ndarray, np.ndarray]:
    inferred = pd.api.types.infer_dtype(votes[name], skipna=False)
    if inferred.startswith("mixed") and inferred != "mixed-integer-float":
        kinds = ", ".join(sorted({type(x).__name__ for x in votes[name]}))
        raise EventError(f"column {name!r} of votes mixes {kinds} and cannot be sorted; use one type.")
    codes, labels = sorted_codes(votes[name])
    return codes.astype(np.int64), np.asarray(labels)


def _groups(items: np.ndarray, bridges: Bridges | None) -> np.ndarray:
    """Number of the group of each roll call, (J,); unbridged ones are alone in theirs."""
    pairs: list[tuple[Any, Any]] = [] if bridges is None else _pairs(bridges)
    index = pd.Index(items)
    ends = [index.get_indexer(pd.Index(side)) for side in zip(*pairs, strict=True)] or [np.zeros(0, int)] * 2
    for at, pair in zip(ends, zip(*pairs, strict=True), strict=False):
        if (missing := at < 0).any():
            label = pair[int(np.argmax(missing))]
            what = f"item in bridges ({int(missing.sum())} on this side have no vote; drop their pairs):"
            raise unknown(what, label, items)
    graph = scipy.sparse.coo_matrix((np.ones(len(pairs)), tuple(ends)), shape=(len(items), len(items)))
    return np.asarray(scipy.sparse.csgraph.connected_components(graph, directed=False)[1], dtype=np.int64)


def _pairs(bridges: Bridges) -> list[tuple[Any, Any]]:
    """Pairs of item labels from a frame of two columns or an iterable of pairs."""
    if isinstance(bridges, pd.DataFrame) or hasattr(bridges, "__arrow_c_stream__"):
        bridges = as_pandas("bridges", bridges)
        if bridges.shape[1] != 2:
            raise FormatError(f"bridges has {bridges.shape[1]} columns; it needs two, each naming an item.")
        return list(bridges.itertuples(index=False, name=None))
    pairs = [tuple(several(pair)) for pair in several(bridges)]
    for at, pair in enumerate(pairs):
        if len(pair) != 2:
            raise FormatError(f"bridges holds {pair!r} at position {at}; each entry must be a pair of items.")
        if not all(isinstance(item, Hashable) for item in pair):
            raise FormatError(
                f"bridges holds {pair!r} at position {at}; an item is named by a text or number."
            )
    return pairs


def session_years(sessions: pd.Series) -> pd.Series:
    """Years in which sessions of the UN General Assembly opened; numbers from 1000 on are years themselves."""
    return sessions + 1945 if (sessions < 1000).all() else sessions


def segments(votes: Votes, *, by_actors: bool) -> np.ndarray:
    """Number of the body of sessions that shared roll calls (or lasting actors) tie a session to, (T,)."""
    used = votes.used
    T, J = len(votes.sessions), len(votes.items)
    near = votes.session[used]
    far = T + votes.group[votes.item[used]]
    if by_actors:
        near, far = np.r_[near, near], np.r_[far, T + J + votes.actor[used]]
    size = T + J + len(votes.actors)
    graph = scipy.sparse.coo_matrix((np.ones(len(near)), (near, far)), shape=(size, size))
    body = scipy.sparse.csgraph.connected_components(graph, directed=False)[1][:T]
    return np.asarray(pd.factorize(body)[0])  # numbered in the order of the sessions


def row_of(actors: np.ndarray, label: Hashable) -> int:
    """Row of an actor; an unknown one is refused with the nearest name."""
    return place_of("actor", label, actors.tolist())


def direction(given: Votes, theta: np.ndarray, anchors: tuple[Hashable, Hashable] | None) -> float:
    """1 to leave the line, -1 to turn it."""
    if anchors is None:
        used = given.used
        vote = given.vote[used] - given.vote[used].mean()
        lean = float(vote @ theta[given.actor[used], given.session[used]])
        if abs(lean) > 1e-9 * len(vote):
            return float(np.sign(lean))
        return float(np.sign(np.nansum(theta[0]))) or 1.0
    low, high = theta[row_of(given.actors, anchors[0])], theta[row_of(given.actors, anchors[1])]
    both = ~np.isnan(low) & ~np.isnan(high)
    gap = (high - low)[both].mean() if both.any() else np.nanmean(high) - np.nanmean(low)
    return -1.0 if gap < 0 else 1.0


def ends(anchors: tuple[Hashable, Hashable], given: Votes) -> tuple[Hashable, Hashable]:
    """The two anchors, checked."""
    pair = isinstance(anchors, Sequence) and not isinstance(anchors, str) and len(anchors) == 2
    if not pair or anchors[0] == anchors[1]:
        raise OptionError(f"anchors is {anchors!r}; it must be a pair (low, high) of two different actors.")
    for label in anchors:
        if not (given.actor[given.used] == row_of(given.actors, label)).any():
            raise OptionError(f"anchor {label!r} cast no vote on a roll call that divided the voters.")
    return anchors[0], anchors[1]
