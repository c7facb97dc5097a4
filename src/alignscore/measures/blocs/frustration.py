"""Frustration: the least weight of ties that any split of a signed network into camps breaks.

Letters for shapes: A actors, E ties, k camps, B networks worked on at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from alignscore.errors import OptionError, one_of, whole_number, within
from alignscore.intervals import Rng, generator_of
from alignscore.measures.blocs.communities import by_label, renumbered, square_ties, within_sum
from alignscore.results import Result

Method = Literal["auto", "exact", "search"]
MOST_TIES = 3000  # above it 'auto' does not start the programme
MOST_TRIANGLES = 50_000  # inequalities added to the programme at most


# ---- the search ------------------------------------------------------------------------------------------
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


def _search(
    networks: np.ndarray, camps: int, starts: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Camps of the first network and the weight kept within in each, in batches that fit memory."""
    size = max(1, 2_000_000 // (networks[0].size + starts * len(networks[0]) * camps))
    parts = [best_split(networks[b : b + size], camps, starts, rng) for b in range(0, len(networks), size)]
    return parts[0][0][0], np.concatenate([inside for _, inside in parts])


# ---- the proof -------------------------------------------------------------------------------------------
def frustrated_triangles(ties: np.ndarray, camps: int) -> tuple[np.ndarray, np.ndarray]:
    """Ties (E, 2) of a network, and the triangles (n, 3), as places in them, that every split breaks.

    One negative tie makes a triangle of which no split keeps all three; so do three where there are two camps.
    """
    pairs = np.argwhere(np.triu(ties, 1))
    place = np.full(ties.shape, -1)
    place[pairs[:, 0], pairs[:, 1]] = np.arange(len(pairs))
    found = [np.empty((0, 3), dtype=np.int64)]
    for a in range(len(ties)):
        near = np.flatnonzero(place[a] >= 0)
        b, c = near[np.stack(np.triu_indices(len(near), 1))]
        closed = place[b, c] >= 0
        b, c = b[closed], c[closed]
        found.append(np.stack([place[a, b], place[a, c], place[b, c]], axis=1))
    triangles = np.concatenate(found)
    negative = (ties[pairs[:, 0], pairs[:, 1]][triangles] < 0).sum(axis=1)
    return pairs, triangles[(negative == 1) | ((negative == 3) & (camps == 2))]


def packed(weight: np.ndarray, triangles: np.ndarray) -> float:
    """Weight that every split breaks: of triangles that share no weight, each loses its lightest tie.

    `weight` (E,) of the ties, `triangles` (n, 3) as places in it, taken one by one from what is left of their ties.
    """
    left, total = weight.tolist(), 0.0
    for a, b, c in triangles.tolist():
        least = min(left[a], left[b], left[c])
        if least > 0:
            total += least
            left[a] -= least
            left[b] -= least
            left[c] -= least
    return total


def least_broken(ties: np.ndarray, camps: int, seconds: float) -> tuple[np.ndarray | None, float]:
    """The split (A,) of a network (A, A) that breaks least, None if not proven in time; a weight none goes below.

    Integer programme: x_ic, actor i is in camp c; f_e, tie e is broken; least sum of weight x f. A positive tie
    has ``f >= abs(x_ic - x_jc)`` and a negative one ``f >= x_ic + x_jc - 1``, for every c; a triangle that every
    split breaks has ``f_1 + f_2 + f_3 >= 1``. For two camps it is the AND model of Aref, Mason & Wilson with
    ``f = x_i + x_j - 2 x_ij`` put in for the products x_ij, and one x an actor, since the other is 1 - x.
    """
    from scipy.optimize import Bounds, milp

    A = len(ties)
    pairs, triangles = frustrated_triangles(ties, camps)
    weight = ties[pairs[:, 0], pairs[:, 1]]
    columns = 1 if camps == 2 else camps
    x = np.arange(A * columns).reshape(A, columns)
    f = A * columns + np.arange(len(pairs))
    rules = [_Rules(f[triangles[:MOST_TRIANGLES]], [1.0, 1.0, 1.0], 1.0)]
    rules += _rules_of_ties(x, f, pairs, friends=weight > 0)
    if camps > 2:  # one camp each
        rules += [_Rules(x, [1.0] * camps, 1.0), _Rules(x, [-1.0] * camps, -1.0)]
    high = np.ones(x.size + f.size)
    for camp, actor in enumerate(np.argsort(-(ties != 0).sum(axis=0), kind="stable")[: camps - 1]):
        # camps have no names: spare their permutations
        high[x[actor, (camp if camps == 2 else camp + 1) :]] = 0.0
    solved = milp(
        np.concatenate([np.zeros(x.size), np.abs(weight)]),
        constraints=[some.of_variables(high.size) for some in rules],
        bounds=Bounds(0.0, high),
        integrality=np.concatenate([np.ones(x.size), np.zeros(len(pairs))]),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    bound = max(packed(np.abs(weight), triangles), solved.mip_dual_bound or 0.0)
    if solved.status != 0:
        return None, bound
    place = np.round(solved.x[: x.size]).reshape(A, columns)
    split = place[:, 0].astype(np.int64) if camps == 2 else place.argmax(axis=1)
    return split, float(solved.fun)


class _Rules(NamedTuple):
    """Inequalities of the programme: each row of variables (n, m), times their factors (m,), sums to so much at least."""

    terms: np.ndarray
    factors: list[float]
    least: float

    def of_variables(self, many: int) -> Any:
        """These as a constraint on so many variables."""
        from scipy.optimize import LinearConstraint
        from scipy.sparse import coo_array

        n, m = self.terms.shape
        at = np.repeat(np.arange(n), m).astype(np.int32), self.terms.ravel().astype(np.int32)
        matrix = coo_array((np.tile(self.factors, n), at), shape=(n, many))
        return LinearConstraint(matrix.tocsr(), np.full(n, self.least), np.inf)


def _rules_of_ties(x: np.ndarray, f: np.ndarray, pairs: np.ndarray, *, friends: np.ndarray) -> list[_Rules]:
    """When each tie is broken (`least_broken`)."""
    rules = []
    for of_camp in x.T:
        terms = np.stack([f, of_camp[pairs[:, 0]], of_camp[pairs[:, 1]]], axis=1)
        rules += [_Rules(terms[friends], [1.0, sign, -sign], 0.0) for sign in (1.0, -1.0)]
        rules.append(_Rules(terms[~friends], [1.0, -1.0, -1.0], -1.0))
        if x.shape[1] == 1:  # two camps: a negative tie is also broken where both are in the other
            rules.append(_Rules(terms[~friends], [1.0, 1.0, 1.0], 1.0))
    return rules


# ---- the result and the door --------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class FrustrationResult(Result):
    """How far a network is from falling into camps.

    Attributes
    ----------
    actors : tuple of str
    camp : ndarray of int, (A,)
        The split that breaks least of those found.
    frustration : float
        Share of the whole weight of ties that this split breaks: the least of all where `proven`, else at most.
    broken : float
        Weight of the ties that this split breaks.
    bound : float
        Weight that every split breaks; `broken` where `proven`.
    null : ndarray, (permutations,)
        Frustration of the same weights dealt anew to the same ties, as the search finds it.
    p : float
        Share of permutations as little frustrated or less, the observed one counted in; NaN without any. The
        observed one too enters as the search finds it, so that like is compared with like.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("camp",)
    LABELS: ClassVar[Mapping[str, str]] = {"actor": "actors"}

    actors: tuple[str, ...]
    camp: np.ndarray
    frustration: float
    broken: float
    bound: float
    null: np.ndarray
    p: float

    @property
    def proven(self) -> bool:
        """Whether no split breaks less."""
        return self.broken - self.bound <= 1e-6 * max(1.0, self.broken)

    def __repr__(self) -> str:
        return f"<FrustrationResult: {self._found}; {len(self.actors)} actors>"

    @property
    def _found(self) -> str:
        share = self.frustration * (self.bound / self.broken if self.broken else 1.0)
        least = (
            "the least of all splits" if self.proven else f"at most: no split breaks less than {share:.3f}"
        )
        return f"{self.frustration:.3f} of the weight broken, {least}; p = {self.p:.3g}"

    def _notes(self) -> list[str]:
        return [*super()._notes(), f"{self._found}."]


def frustration(
    network: pd.DataFrame,
    *,
    camps: int = 2,
    method: Method = "auto",
    permutations: int = 199,
    starts: int = 20,
    seconds: float = 30.0,
    rng: Rng = 0,
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
    method : {"auto", "exact", "search"}
        ``"exact"``: an integer programme that proves its split the best; for networks of states a matter of a
        second, for dense networks of more than 30 actors with no camps at all more than an hour. ``"search"``:
        steepest ascent from random starts, which gives a weight that the least is at most. ``"auto"``: the
        programme, and where it does not end in time the search.
    permutations : int
        Times the weights are dealt anew to the same ties, each searched like the network itself: how frustrated
        a network of these ties is when nobody keeps to a camp.
    starts : int
        Random starts of the search.
    seconds : float
        After which the programme gives up. It decides whether a split is proven the best, never which split a
        search finds.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    FrustrationResult
        `frustration` in [0, 1/2] for two camps, up means less clear camps; `bound` and `proven` tell whether it
        is the least or at most that; small `p`: clearer than chance.

    Raises
    ------
    OptionError
        As in `communities`, or ``"exact"`` and no proof in time.

    References
    ----------
    Aref & Wilson 2019, J. Complex Networks 7:163 (the frustration index). Aref, Mason & Wilson 2020, Networks
    75:95 (the AND model). Doreian & Mrvar 2009, Social Networks 31:1 (more than two camps).

    Examples
    --------
    >>> import pandas as pd
    >>> triangle = pd.DataFrame([[0, 1, 1], [1, 0, -1], [1, -1, 0]], index=list("ABC"), columns=list("ABC"))
    >>> found = frustration(triangle, permutations=0)
    >>> round(found.frustration, 3), found.broken, found.proven
    (0.333, 1.0, True)
    """
    one_of("method", method, get_args(Method))
    whole_number("camps", camps, 2)
    whole_number("permutations", permutations, 0)
    whole_number("starts", starts, 1)
    within("seconds", seconds, 0.0, open_low=True, open_high=True)
    actors, ties = square_ties(network)
    order = by_label(actors)
    ties = ties[np.ix_(order, order)]
    generator = generator_of(rng)
    at = np.nonzero(np.triu(ties, 1))
    weight = ties[at]
    networks = np.zeros((permutations + 1, *ties.shape))
    for b in range(permutations + 1):
        networks[b][at] = weight if b == 0 else generator.permutation(weight)
    networks += np.swapaxes(networks, 1, 2)
    camp, inside = _search(networks, camps, starts, generator)
    whole = float(np.abs(weight).sum())
    positive = weight[weight > 0].sum()
    searched = np.maximum(positive - inside, 0.0)
    broken, bound = float(searched[0]), 0.0
    if method == "search" or (method == "auto" and len(weight) > MOST_TIES):
        pairs, triangles = frustrated_triangles(ties, camps)
        bound = packed(np.abs(ties[pairs[:, 0], pairs[:, 1]]), triangles)
    else:
        split, bound = least_broken(ties, camps, seconds)
        if split is not None:
            camp = split
            broken = max(float(positive - within_sum(ties, split) / 2), 0.0)
            bound = broken
        elif method == "exact":
            raise OptionError(
                f"method is 'exact', but of {len(actors)} actors and {len(weight)} ties no split is proven the best "
                f"in {seconds:g} seconds; give more seconds, or method='auto' for a split and its bound."
            )
    recipe = {
        "measure": "frustration",
        "camps": camps,
        "method": method,
        "permutations": permutations,
        "starts": starts,
        "seconds": seconds,
    }
    as_low = int((searched[1:] <= searched[0] + 1e-9 * whole).sum())
    p = (1 + as_low) / (1 + permutations) if permutations else np.nan
    camp = renumbered(camp[np.argsort(order)])
    return FrustrationResult(
        recipe, actors, camp, broken / whole, broken, min(bound, broken), searched[1:] / whole, p
    )
