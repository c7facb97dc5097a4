"""Camps found rather than named: signed communities, and the frustration of the best split into camps.

Letters for shapes: A actors, B starts or permutations worked on at once, k camps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.errors import OptionError, one_of, within
from alignscore.values import Frozen, Result

EXACT_LIMIT = 2_000_000  # splits tried one by one at most


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
    gain: np.ndarray = (ties - resolution * expected) / (whole if whole > 0 else 1.0)
    return gain


def within_sum(gain: np.ndarray, camps: np.ndarray) -> float:
    """Sum of a matrix (A, A) over pairs in one camp, the diagonal included."""
    return float(gain[camps[:, None] == camps[None, :]].sum())


def louvain(gain: np.ndarray, rng: np.random.Generator, start: np.ndarray | None = None) -> np.ndarray:
    """Camps (A,) that no move of one actor nor merger of two improves (Blondel et al. 2008, on any gain)."""
    camps = np.arange(len(gain)) if start is None else start
    while True:
        camps = _compact(_settle(gain, camps, rng))
        k = int(camps.max()) + 1
        member = np.eye(k)[camps]
        merged = _compact(_settle(member.T @ gain @ member, np.arange(k), rng))
        if merged.max() + 1 == k:
            return camps
        camps = merged[camps]


def _settle(gain: np.ndarray, camps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
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


def _compact(camps: np.ndarray) -> np.ndarray:
    """Number the camps 0, 1, ... by their first member."""
    _, first, inverse = np.unique(camps, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def best_split(
    ties: np.ndarray, camps: int, starts: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Split of each network (B, A, A) into at most k camps with the largest sum of ties within: (B, A), (B,).

    Steepest ascent by single moves from random starts, all networks and starts at once.
    """
    many, A, _ = ties.shape
    place = np.eye(camps)[rng.integers(camps, size=(starts, many, A))]  # (starts, B, A, k)
    row = np.arange(starts)[:, None], np.arange(many)[None, :]
    pull = ties @ place  # what each actor would gain in each camp
    while True:
        here = (pull * place).sum(axis=-1, keepdims=True)
        gain = (pull - here).reshape(starts, many, A * camps)
        best = gain.argmax(axis=-1)
        moves = gain[*row, best] > 1e-12
        if not moves.any():
            break
        s, b = np.nonzero(moves)
        actor, camp = np.divmod(best[s, b], camps)
        change = np.eye(camps)[camp] - place[s, b, actor]
        pull[s, b] += ties[b, :, actor][:, :, None] * change[:, None, :]
        place[s, b, actor] += change
    inside = (pull * place).sum(axis=(-1, -2)) / 2
    top = inside.argmax(axis=0)
    found = place.argmax(axis=-1)[top, np.arange(many)]
    return found, inside.max(axis=0)


def exact_split(ties: np.ndarray, camps: int) -> tuple[np.ndarray, float]:
    """The best split of one network (A, A), by trying every one; the first actor stays in camp 0."""
    best, at = -np.inf, np.zeros(len(ties), dtype=np.int64)
    for rest in product(range(camps), repeat=len(ties) - 1):
        split = np.array((0, *rest))
        inside = within_sum(ties, split) / 2
        if inside > best + 1e-12:
            best, at = inside, split
    return at, best


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
        Signed modularity Q of these camps.
    """

    actors: tuple[str, ...]
    camp: np.ndarray
    support: np.ndarray
    stability: np.ndarray
    modularity: float

    def _labels(self) -> tuple[Mapping[str, Any], ...]:
        return ({"actor": np.array(self.actors, dtype=object)},)

    @property
    def camps(self) -> tuple[tuple[str, ...], ...]:
        """Members of each camp, the largest camp first."""
        return tuple(
            tuple(a for a, c in zip(self.actors, self.camp, strict=True) if c == k)
            for k in range(int(self.camp.max()) + 1)
        )


@dataclass(frozen=True, eq=False, repr=False)
class FrustrationResult(Frozen):
    """How far a network is from falling into camps.

    Attributes
    ----------
    actors : tuple of str
    camp : ndarray of int, (A,)
    frustration : float
        Share of the whole weight of ties that the best split breaks.
    broken : float
        That weight itself.
    null : ndarray, (permutations,)
        Frustration of the same weights dealt anew to the same ties.
    p : float
        Share of permutations as little frustrated or less, the observed one counted in; NaN without any.
    recipe : dict
    """

    actors: tuple[str, ...]
    camp: np.ndarray
    frustration: float
    broken: float
    null: np.ndarray
    p: float
    recipe: Mapping[str, Any]

    def __repr__(self) -> str:
        told = f"{self.frustration:.3f} of the weight broken, p = {self.p:.3g}"
        return f"<FrustrationResult: {told}; {len(self.actors)} actors>"


def communities(
    network: pd.DataFrame,
    *,
    resolution: float = 1.0,
    starts: int = 20,
    rng: int | np.random.Generator | None = None,
) -> CommunitiesResult:
    """Camps of states that are friendly within and hostile between, and how many there are.

    Signed modularity: ties within camps above what the actors' positive strengths lead one to expect, and
    negative ties within below it,
    ``Q = 1/(2w+ + 2w-) sum_ij [w_ij - (w+_i w+_j / 2w+ - w-_i w-_j / 2w-)] d(c_i, c_j)``,
    in [-1, 1], up means clearer camps. The number of camps is found. Q above 0 is no proof of camps: random
    networks have some; see `frustration` for a null.

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
        A frame that is not square or has other labels on its sides, no tie at all, an option out of range.

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
    within("starts", starts, 1)
    actors, ties = _network(network)
    generator = np.random.default_rng(rng)
    gain = modularity_matrix(ties, resolution=resolution)
    A = len(actors)
    begun = [generator.integers(generator.integers(1, A + 1), size=A) for _ in range(starts // 2)]
    found = [louvain(gain, generator, start) for start in [None] * (starts - len(begun)) + begun]
    scores = [within_sum(gain, camps) for camps in found]
    best = found[int(np.argmax(scores))]
    near = [camps for camps, q in zip(found, scores, strict=True) if q >= 0.95 * max(scores)]
    sizes = np.bincount(best)
    camp = _rank(-sizes)[best]
    return CommunitiesResult(
        recipe={"measure": "communities", "resolution": resolution, "starts": starts},
        actors=actors, camp=camp, support=_support(ties, camp),
        stability=np.mean([_jaccard(best, other) for other in near], axis=0), modularity=max(scores),
    )  # fmt: skip


def frustration(
    network: pd.DataFrame,
    *,
    camps: int = 2,
    method: Literal["search", "exact"] = "search",
    permutations: int = 199,
    starts: int = 20,
    rng: int | np.random.Generator | None = None,
) -> FrustrationResult:
    """Weight of the ties that the best split into camps still breaks, against chance.

    Could the world be cut into camps, friends within and rivals between? ``F = (positive weight between
    camps + negative weight within) / all weight``, at its least over all splits into at most `camps`.

    Parameters
    ----------
    network : DataFrame
        As in `communities`.
    camps : int
        2 is structural balance; more is its weak form.
    method : {"search", "exact"}
        Steepest ascent from random starts, or every split in turn (a dozen actors or so).
    permutations : int
        Times the weights are dealt anew to the same ties, each solved by the same method: how frustrated
        a network of these ties is when nobody keeps to a camp.
    starts : int
        Of the search.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    FrustrationResult
        `frustration` in [0, 1/2] for two camps, up means less clear camps; small `p`: clearer than chance.

    Raises
    ------
    OptionError
        As in `communities`, or too many splits for ``"exact"``.

    References
    ----------
    Aref & Wilson 2019, J. Complex Networks 7:163 (the frustration index). Doreian & Mrvar 2009, Social
    Networks 31:1 (more than two camps).

    Examples
    --------
    >>> import pandas as pd
    >>> triangle = pd.DataFrame([[0, 1, 1], [1, 0, -1], [1, -1, 0]], index=list("ABC"), columns=list("ABC"))
    >>> found = frustration(triangle, permutations=0)
    >>> round(found.frustration, 3), found.broken
    (0.333, 1.0)
    """
    one_of("method", method, ("search", "exact"))
    within("camps", camps, 2)
    within("permutations", permutations, 0)
    within("starts", starts, 1)
    actors, ties = _network(network)
    if method == "exact" and camps ** (len(ties) - 1) * (permutations + 1) > EXACT_LIMIT:
        raise OptionError(
            f"method is 'exact', but {len(ties)} actors in {camps} camps with {permutations} permutations "
            f"are more than {EXACT_LIMIT:,} splits; use method='search' or fewer permutations."
        )
    generator = np.random.default_rng(rng)
    at = np.nonzero(np.triu(ties, 1))
    weight = ties[at]
    dealt = np.zeros((permutations + 1, *ties.shape))
    for b in range(permutations + 1):
        dealt[b][at] = weight if b == 0 else generator.permutation(weight)
    dealt += np.swapaxes(dealt, 1, 2)
    if method == "exact":
        splits = [exact_split(one, camps) for one in dealt]
        camp, inside = splits[0][0], np.array([kept for _, kept in splits])
    else:
        camp, inside = _search(dealt, camps, starts, generator)
    whole = np.abs(weight).sum()
    share = np.maximum(weight[weight > 0].sum() - inside, 0.0) / whole
    as_low = int((share[1:] <= share[0] + 1e-9).sum())
    recipe = {"measure": "frustration", "camps": camps, "method": method, "starts": starts}
    p = (1 + as_low) / (1 + permutations) if permutations else np.nan
    return FrustrationResult(
        actors, _compact(camp), float(share[0]), float(share[0] * whole), share[1:], p, recipe
    )


def _search(
    dealt: np.ndarray, camps: int, starts: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Camps of the first network and the weight kept within in each, in batches that fit memory."""
    size = max(1, 2_000_000 // (dealt[0].size + starts * len(dealt[0]) * camps))
    parts = [best_split(dealt[b : b + size], camps, starts, rng) for b in range(0, len(dealt), size)]
    return parts[0][0][0], np.concatenate([inside for _, inside in parts])


def _network(network: pd.DataFrame) -> tuple[tuple[str, ...], np.ndarray]:
    """Labels and symmetric ties (A, A) of the actors that have any, 0 where there is none."""
    if network.shape[0] != network.shape[1] or list(network.index) != list(network.columns):
        raise OptionError(
            f"a network is a square frame with the same labels on both sides; this one is "
            f"{network.shape[0]} x {network.shape[1]}."
        )
    values = network.to_numpy(dtype=float)
    both = np.stack([values, values.T])
    if np.isinf(both).any():
        raise OptionError("the network has infinite ties.")
    known = (~np.isnan(both)).sum(axis=0)
    ties = np.nan_to_num(both).sum(axis=0) / np.maximum(known, 1)
    np.fill_diagonal(ties, 0.0)
    kept = np.flatnonzero(np.abs(ties).sum(axis=1) > 0)
    if not len(kept):
        raise OptionError("the network has no tie other than 0.")
    return tuple(str(network.index[a]) for a in kept), ties[np.ix_(kept, kept)]


def _rank(values: np.ndarray) -> np.ndarray:
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return rank


def _support(ties: np.ndarray, camp: np.ndarray) -> np.ndarray:
    """Mean tie with the own camp less the best mean tie with another, (A,)."""
    member = np.eye(camp.max() + 1)[camp]
    others = member.sum(axis=0) - member  # companions, the actor itself not counted
    mean = ties @ member / np.where(others > 0, others, np.inf)
    if member.shape[1] == 1:
        return np.full(len(camp), np.nan)
    rival = np.where(member > 0, -np.inf, mean).max(axis=1)
    support: np.ndarray = (mean * member).sum(axis=1) - rival
    return support


def _jaccard(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Overlap of each actor's companions in two splits, (A,)."""
    a, b = one[:, None] == one[None, :], other[:, None] == other[None, :]
    overlap: np.ndarray = (a & b).sum(axis=1) / (a | b).sum(axis=1)
    return overlap
