"""Camps found rather than named: communities of a signed network.

Letters for shapes: A actors, k camps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from alignscore.errors import OptionError, whole_number, within
from alignscore.intervals import Rng, generator_of
from alignscore.results import Result
from alignscore.values import numbers_of


# ---- formulas on arrays -------------------------------------------------------------------------------
def modularity_matrix(ties: np.ndarray, *, resolution: float = 1.0) -> np.ndarray:
    """What each pair adds to signed modularity when together, (A, A); Gomez et al. 2009.

    ``B_ij = [w_ij - g (w+_i w+_j / 2w+ - w-_i w-_j / 2w-)] / (2w+ + 2w-)``, g the resolution.
    """
    expected = np.zeros_like(ties)
    for part, sign in ((np.maximum(ties, 0), 1.0), (np.maximum(-ties, 0), -1.0)):
        strength = part.sum(axis=1)
        if strength.sum() > 0:
            expected += sign * np.outer(strength, strength) / strength.sum()
    whole = np.abs(ties).sum()
    return (ties - resolution * expected) / (whole if whole > 0 else 1.0)


def within_sum(gain: np.ndarray, camps: np.ndarray) -> float:
    """Sum of a matrix (A, A) over pairs in one camp, the diagonal included."""
    return float(gain[camps[:, None] == camps[None, :]].sum())


def louvain(gain: np.ndarray, rng: np.random.Generator, start: np.ndarray | None = None) -> np.ndarray:
    """Camps (A,) that no move of one actor nor merger of two improves (Blondel et al. 2008, on any gain)."""
    camps = np.arange(len(gain)) if start is None else start
    while True:
        camps = renumbered(_move_until_stable(gain, camps, rng))
        k = int(camps.max()) + 1
        member = np.eye(k)[camps]
        merged = renumbered(_move_until_stable(member.T @ gain @ member, np.arange(k), rng))
        if merged.max() + 1 == k:
            return camps
        camps = merged[camps]


def _move_until_stable(gain: np.ndarray, camps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move one at a time to the best camp, or to one of its own, until nobody gains."""
    camps, size = camps.copy(), len(gain)
    together = np.zeros((size, size))  # sum of the row's gain over each camp's members
    np.add.at(together.T, camps, gain)
    moved = True
    while moved:
        moved = False
        for a in rng.permutation(size):
            own = camps[a]
            offer = together[a].copy()  # 0 for an empty camp, of which there is one whenever two share one
            offer[own] -= gain[a, a]
            best = int(np.argmax(offer))
            if offer[best] > offer[own] + 1e-13:
                together[:, own] -= gain[:, a]
                together[:, best] += gain[:, a]
                camps[a], moved = best, True
    return camps


def renumbered(camps: np.ndarray) -> np.ndarray:
    """Number the camps 0, 1, ... by their first member."""
    return np.asarray(pd.factorize(camps)[0])


# ---- results and doors ---------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class CommunitiesResult(Result):
    """Camps of actors in one network.

    Attributes
    ----------
    actors : tuple of str
        Those with a tie; the others are in no camp and left out.
    camp : ndarray of int, (A,)
        0 is the largest.
    support : ndarray, (A,)
        Mean tie with the own camp less the strongest mean tie with another; NaN where there is no other.
    stability : ndarray, (A,)
        Overlap of the actor's companions (Jaccard) with those in other splits nearly as good, their mean
        over the restarts that reach 95 % of Q. Low: the actor belongs here as well as elsewhere.
    modularity : float
        Signed modularity Q of these camps: the largest that the search found, and so at most that of the best.
    reached : float
        Share of the restarts that end at this Q. Near 1: hardly a better split is left; one of twenty: there may be.
    """

    LABELS: ClassVar[Mapping[str, str]] = {"actor": "actors"}

    actors: tuple[str, ...]
    camp: np.ndarray
    support: np.ndarray
    stability: np.ndarray
    modularity: float
    reached: float

    @property
    def camps(self) -> tuple[tuple[str, ...], ...]:
        """Members of each camp, the largest camp first."""
        return tuple(
            tuple(a for a, c in zip(self.actors, self.camp, strict=True) if c == k)
            for k in range(int(self.camp.max()) + 1)
        )


def communities(
    network: pd.DataFrame, *, resolution: float = 1.0, starts: int = 20, rng: Rng = 0
) -> CommunitiesResult:
    """Camps of states that are friendly within and hostile between, and how many there are.

    Signed modularity: ties within camps above what the actors' positive strengths lead one to expect, and
    negative ties within below it,
    ``Q = 1/(2w+ + 2w-) sum_ij [w_ij - (w+_i w+_j / 2w+ - w-_i w-_j / 2w-)] d(c_i, c_j)``,
    in [-1, 1], up means clearer camps. The number of camps is found. The camps are the best of a search, not proven
    the best of all: no move of one actor and no merger of two camps improves them. Q above 0 is no proof of camps:
    random networks have some; see `frustration` for a null.

    Parameters
    ----------
    network : DataFrame
        Square, the same labels on both sides, such as ``affinity(...).matrix("tone")``. NaN is no tie;
        the two directions are averaged, the diagonal is not read. Raw cooperation will not do: where
        almost every tie is positive, camps are trivial.
    resolution : float
        Above 1 finds more and smaller camps.
    starts : int
        Restarts of the search, of which the best is kept.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    CommunitiesResult

    Raises
    ------
    OptionError
        A frame that is not square, has other labels on its sides or an actor without one, a tie that is no number, no tie
        at all, an option out of range.

    References
    ----------
    Gomez, Jensen & Arenas 2009, Physical Review E 80:016114. Search: Blondel et al. 2008, J. Statistical
    Mechanics P10008.

    Examples
    --------
    >>> import pandas as pd
    >>> names = ["USA", "JPN", "CHN", "RUS"]
    >>> ties = pd.DataFrame(-1.0, index=names, columns=names)
    >>> ties.iloc[:2, :2] = ties.iloc[2:, 2:] = 1.0
    >>> communities(ties, rng=1).camps
    (('USA', 'JPN'), ('CHN', 'RUS'))
    """
    within("resolution", resolution, 0.0, open_low=True, open_high=True)
    whole_number("starts", starts, 1)
    actors, ties = square_ties(network)
    generator = generator_of(rng)
    gain = modularity_matrix(ties, resolution=resolution)
    A, order = len(actors), by_label(actors)
    begun = [generator.integers(generator.integers(1, A + 1), size=A) for _ in range(starts // 2)]
    by_name = gain[np.ix_(order, order)]
    searched = [louvain(by_name, generator, start) for start in [None] * (starts - len(begun)) + begun]
    found = [renumbered(camps[np.argsort(order)]) for camps in searched]
    scores = [within_sum(gain, camps) for camps in found]
    best = found[int(np.argmax(scores))]
    near = [camps for camps, q in zip(found, scores, strict=True) if q >= 0.95 * max(scores)]
    largest = np.argsort(-np.bincount(best), kind="stable")
    camp = np.argsort(largest)[best]
    return CommunitiesResult(
        recipe={"measure": "communities", "resolution": resolution, "starts": starts},
        actors=actors,
        camp=camp,
        support=_margin(ties, camp),
        stability=np.mean([_jaccard(best, other) for other in near], axis=0),
        modularity=max(scores),
        reached=float(np.mean(np.array(scores) >= max(scores) - 1e-9)),
    )


def square_ties(network: pd.DataFrame) -> tuple[tuple[str, ...], np.ndarray]:
    """Labels and symmetric ties (A, A) of the actors that have any, 0 where there is none."""
    if not isinstance(network, pd.DataFrame):
        raise TypeError(
            "a square frame of ties is needed here, actors in its rows and columns, as "
            f"affinity(ties).matrix() gives it, not {type(network).__name__}."
        )
    unnamed = int(max(network.index.isna().sum(), network.columns.isna().sum()))
    if unnamed:
        raise OptionError(f"the network has {unnamed} actors without a label; name each.")
    both = set(network.index) & set(network.columns)
    alone = [label for label in (*network.index, *network.columns) if label not in both]
    if network.shape[0] != network.shape[1] or alone:
        which = f", and {alone[0]!r} stands on one side alone" if alone else ""
        raise OptionError(
            f"a network is a square frame with the same labels on both sides; this one is "
            f"{network.shape[0]} x {network.shape[1]}{which}."
        )
    if not network.index.is_unique:
        twice = network.index[network.index.duplicated()][0]
        raise OptionError(f"actor {twice!r} stands more than once in the network; keep one.")
    values = np.reshape([numbers_of(network[name], "a tie") for name in network.index], network.shape).T
    ways = np.stack([values, values.T])
    if np.isinf(ways).any():
        raise OptionError("the network has infinite ties.")
    known = (~np.isnan(ways)).sum(axis=0)
    ties = np.nan_to_num(ways).sum(axis=0) / np.maximum(known, 1)
    np.fill_diagonal(ties, 0.0)
    kept = np.flatnonzero(np.abs(ties).sum(axis=1) > 0)
    if not len(kept):
        raise OptionError("the network has no tie other than 0.")
    return tuple(str(network.index[a]) for a in kept), ties[np.ix_(kept, kept)]


def by_label(actors: tuple[str, ...]) -> np.ndarray:
    """Places of actors in the order of their labels, (A,): searches that go by it do not depend on the order given."""
    return np.argsort(np.array(actors), kind="stable")


def _margin(ties: np.ndarray, camp: np.ndarray) -> np.ndarray:
    """Mean tie with the own camp less the best mean tie with another, (A,)."""
    member = np.eye(camp.max() + 1)[camp]
    others = member.sum(axis=0) - member  # companions, the actor itself not counted
    mean = ties @ member / np.where(others > 0, others, np.inf)
    if member.shape[1] == 1:
        return np.full(len(camp), np.nan)
    rival = np.where(member > 0, -np.inf, mean).max(axis=1)
    return np.asarray((mean * member).sum(axis=1) - rival)


def _jaccard(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Overlap of each actor's companions in two splits, (A,)."""
    a, b = one[:, None] == one[None, :], other[:, None] == other[None, :]
    return np.asarray((a & b).sum(axis=1) / (a | b).sum(axis=1))
