"""The ordinal ideal-point model on arrays: layout of the votes, prior over sessions, variational EM.

Letters: V votes cast, I items (roll calls, bridged ones merged), M positions (one per actor and session
in which it voted; one per actor where the prior is static), S actors, T sessions.
A vote's latent score is z = beta theta + e, e ~ N(0, 1): yes below g1, no above g2, abstention between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import scipy  # its parts load on first use

from alignscore.values import Frozen, counted_off

Prior = Literal["forward", "smooth", "static"]
Progress = Callable[[int, int], object]

CUT_LIMIT = 6.0  # |g| <= 6: beyond it a cutpoint has no votes on one side
CUT_GAP = 1e-3  # g2 - g1 at least this, so that p(abstain) keeps its digits
# prior variance of a position with nothing before it: twice the scale's sd, to hold no newcomer back
ENTRY = 4.0
PSEUDO = 0.05  # votes added to each category of each item, at eta = 0
MEMORY = 6  # past steps that Anderson mixing combines
PLAIN = 3  # steps before mixing starts
CHUNK = 2048  # items per block of the agreement matrix
FAR = 35.0  # Phi(-35) is still a normal float; farther changes nothing
ROOT = 1 / np.sqrt(2 * np.pi)
TINY = 1e-100  # of positions that hold nothing apart: divided by the square of less, a variance has no end


@dataclass(frozen=True, eq=False, repr=False)
class Incidence(Frozen):
    """Votes cast as three incidence matrices, and the chain of each actor's positions.

    Under the forward prior an actor's first position looks to its second, as in the published sampler.
    Positions are sorted by rank (first session of an actor, second, ...), then actor, so that a pass
    over ranks meets every position after its predecessor. An absence is no entry.
    """

    votes: tuple[scipy.sparse.csr_matrix, ...]  # yes, abstain, no; each (I, M) with a 1 per vote
    ranks: tuple[slice, ...]  # positions of each rank
    previous: np.ndarray  # (M,) predecessor of a position; -1 at an actor's first
    variance: np.ndarray  # (M,) prior variance around the predecessor
    owner: np.ndarray  # (M,) actor of a position
    sessions: np.ndarray  # (M,) sessions a position stands for: 1 unless the prior is static
    prior: Prior

    @property
    def neighbour(self) -> np.ndarray:
        """Position a forward prior looks to, (M,): the predecessor, at an actor's first the successor; or -1."""
        neighbour = self.previous.copy()
        for second in self.ranks[1:2]:
            neighbour[self.previous[second]] = np.arange(second.start, second.stop)
        return neighbour

    def over_items(self, values: np.ndarray) -> np.ndarray:
        """Sum over the votes of each item of a number of the voter's position, (I,)."""
        return sum((m @ values for m in self.votes), np.zeros(self.votes[0].shape[0]))

    def over_positions(self, values: np.ndarray) -> np.ndarray:
        """Sum over the votes of each position of a number of the item, (M,)."""
        return sum((m.T @ values for m in self.votes), np.zeros(self.votes[0].shape[1]))


@dataclass(frozen=True, eq=False, repr=False)
class State(Frozen):
    """Parameters, and the variances the EM holds for them."""

    theta: np.ndarray  # (M,)
    beta: np.ndarray  # (I,)
    g1: np.ndarray  # (I,)
    g2: np.ndarray  # (I,)
    v_theta: np.ndarray  # (M,)
    v_beta: np.ndarray  # (I,)


@dataclass(frozen=True, eq=False, repr=False)
class Moments(Frozen):
    """What a pass over the votes leaves: E[z] = eta - u, and the cutpoints' gradient and curvature."""

    pulls: tuple[scipy.sparse.csr_matrix, ...]  # u of each vote, laid out as the votes
    gradient: np.ndarray  # (2, I)
    curvature: np.ndarray  # (3, I): g1 g1, g2 g2, minus g1 g2
    # minus the second derivative of each vote's log-likelihood in eta
    weights: tuple[scipy.sparse.csr_matrix, ...]


def incidence_of_codes(
    actor: np.ndarray, session: np.ndarray, item: np.ndarray, vote: np.ndarray, prior: Prior, step: float
) -> tuple[Incidence, np.ndarray]:
    """Incidence of V votes given as codes, and the position of each vote, (V,)."""
    T = int(session.max()) + 1
    held = actor * T + session  # country-session of each vote
    keys, at, n = np.unique(actor if prior == "static" else held, return_inverse=True, return_counts=True)
    owner = keys if prior == "static" else keys // T  # by actor, then session
    first = np.r_[True, owner[1:] != owner[:-1]]
    rank = counted_off(np.diff(np.r_[np.flatnonzero(first), len(keys)]))
    order = np.lexsort((owner, rank))
    place = np.argsort(order)
    previous = np.where(first, -1, place[np.arange(len(keys)) - 1])
    alone = np.r_[first[1:], True]  # nothing after it
    variance = step * n / (n + np.where(first, np.roll(n, -1), np.roll(n, 1)))  # n_t / (n_t + n_prev)
    variance[first & (alone | (prior != "forward"))] = ENTRY
    position = place[at]
    sessions = np.bincount(np.unique(held) // T) if prior == "static" else np.ones(len(keys), dtype=np.int64)
    edges = np.r_[0, np.cumsum(np.bincount(rank))]
    shape = (int(item.max()) + 1, len(keys))
    votes = tuple(_incidence(item[vote == c], position[vote == c], shape) for c in (1, 2, 3))
    ranks = tuple(slice(int(a), int(b)) for a, b in pairwise(edges))
    asked = sessions[sessions > 0][order]
    return Incidence(votes, ranks, previous[order], variance[order], owner[order], asked, prior), position


def _incidence(item: np.ndarray, position: np.ndarray, shape: tuple[int, int]) -> scipy.sparse.csr_matrix:
    """CSR matrix with one entry a vote, also where bridged items give a position two votes on an item."""
    order = np.lexsort((position, item))
    ends = np.r_[0, np.cumsum(np.bincount(item, minlength=shape[0]))]
    return scipy.sparse.csr_matrix((np.ones(len(order)), position[order].astype(np.int32), ends), shape=shape)


def carrying(matrix: scipy.sparse.csr_matrix, data: np.ndarray) -> scipy.sparse.csr_matrix:
    """The same votes with other numbers in their cells."""
    return scipy.sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def each_vote(matrix: scipy.sparse.csr_matrix, values: np.ndarray) -> np.ndarray:
    """A number of each item, repeated for its votes, (V,)."""
    return np.repeat(values, np.diff(matrix.indptr))


def item_sums(matrix: scipy.sparse.csr_matrix, data: np.ndarray) -> np.ndarray:
    """Sum over the votes of each item, (I,)."""
    full = np.diff(matrix.indptr) > 0  # reduceat would give an empty item its neighbour's vote
    sums = np.zeros(matrix.shape[0])
    if full.any():
        sums[full] = np.add.reduceat(data, matrix.indptr[:-1][full])
    return sums


def pull_below(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean pull u = phi(x)/Phi(x), and -du/dx = u (u + x), of votes known to lie below a cutpoint at x."""
    x = np.clip(x, -FAR, FAR)
    u = np.exp(-0.5 * x * x) * (ROOT / scipy.special.ndtr(x))
    return u, u * (u + x)


def pull_between(x1: np.ndarray, x2: np.ndarray) -> tuple[np.ndarray, ...]:
    """phi(x1)/p, phi(x2)/p, p = Phi(x2) - Phi(x1), with minus log p's second derivatives 11, 22 and -12."""
    x1, x2 = np.clip(x1, -FAR, FAR - CUT_GAP), np.clip(x2, CUT_GAP - FAR, FAR)
    p = probability_between(x1, x2)
    a1, a2 = np.exp(-0.5 * x1 * x1) * (ROOT / p), np.exp(-0.5 * x2 * x2) * (ROOT / p)
    return a1, a2, a1 * (a1 - x1), a2 * (a2 + x2), a1 * a2


def probability_between(x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    """Phi(x2) - Phi(x1), taken in the lower tail, where its digits are."""
    turn = x1 + x2 > 0
    upper, lower = (scipy.special.ndtr(np.where(turn, -a, b)) for a, b in ((x1, x2), (x2, x1)))
    return np.asarray(upper - lower)


def moments(layout: Incidence, s: State) -> Moments:
    """One pass over the votes at the present parameters."""
    yes, abstain, no = layout.votes
    eta = [each_vote(m, s.beta) * s.theta[m.indices] for m in layout.votes]
    u_yes, k_yes = pull_below(each_vote(yes, s.g1) - eta[0])
    a1, a2, k11, k22, k12 = pull_between(each_vote(abstain, s.g1) - eta[1], each_vote(abstain, s.g2) - eta[1])
    u_no, k_no = pull_below(eta[2] - each_vote(no, s.g2))
    p_yes, h_yes = pull_below(s.g1)  # the pseudo-votes
    b1, b2, h11, h22, h12 = pull_between(s.g1, s.g2)
    p_no, h_no = pull_below(-s.g2)
    s1, s2, s11, s22, s12 = (item_sums(abstain, x) for x in (a1, a2, k11, k22, k12))
    d1 = item_sums(yes, u_yes) - s1 + PSEUDO * (p_yes - b1)
    d2 = s2 - item_sums(no, u_no) + PSEUDO * (b2 - p_no)
    d11 = item_sums(yes, k_yes) + s11 + PSEUDO * (h_yes + h11)
    d22 = item_sums(no, k_no) + s22 + PSEUDO * (h_no + h22)
    gradient, curvature = np.array([d1, d2]), np.array([d11, d22, s12 + PSEUDO * h12])
    pulls = (carrying(yes, u_yes), carrying(abstain, a2 - a1), carrying(no, -u_no))
    weights = (carrying(yes, k_yes), carrying(abstain, k11 + k22 - 2 * k12), carrying(no, k_no))
    return Moments(pulls, gradient, curvature, weights)


def newton(m: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Newton step of both cutpoints of every item, at most 1 each; the likelihood is log-concave in them."""
    (d1, d2), (k11, k22, k12) = m.gradient, m.curvature
    det = np.maximum(k11 * k22 - k12**2, 1e-12)
    step1, step2 = (k22 * d1 + k12 * d2) / det, (k12 * d1 + k11 * d2) / det
    return np.clip(step1, -1, 1), np.clip(step2, -1, 1)


def ordered(g1: np.ndarray, g2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cutpoints brought within their limits and apart."""
    g1 = np.clip(g1, -CUT_LIMIT, CUT_LIMIT - CUT_GAP)
    return g1, np.clip(g2, g1 + CUT_GAP, CUT_LIMIT)


def positions(
    layout: Incidence, pull: np.ndarray, precision: np.ndarray, noise: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the positions under their prior, or a draw where standard normals are given.

    `pull` (M,) is sum beta z, `precision` (M,) sum beta^2, over the votes of each position.
    """
    if layout.prior == "smooth":
        return _smooth(layout, pull, precision, noise)
    tau = 1 / layout.variance
    variance = 1 / (precision + tau)
    theta, share = pull * variance, tau * variance  # share: how much of a position is its prior's
    if len(layout.ranks) > 1:  # first and second look at each other: two equations in two unknowns
        second = layout.ranks[1]
        first = layout.previous[second]
        theta[first] += share[first] * theta[second]
        theta[first] /= 1 - share[first] * share[second]
    for at in layout.ranks[1:]:
        theta[at] += share[at] * theta[layout.previous[at]]
    if noise is not None:
        theta += noise * np.sqrt(variance)
    return theta, variance


def _smooth(
    layout: Incidence, pull: np.ndarray, precision: np.ndarray, noise: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """The random walk seen whole: Kalman filter over ranks, then Rauch-Tung-Striebel back (or a draw)."""
    filtered, mean = np.empty_like(pull), np.empty_like(pull)  # filtered variance and mean
    for at in layout.ranks:
        before = layout.previous[at]
        started = before >= 0
        ahead = layout.variance[at] + np.where(started, filtered[before], 0.0)
        filtered[at] = 1 / (precision[at] + 1 / ahead)
        mean[at] = filtered[at] * (pull[at] + np.where(started, mean[before], 0.0) / ahead)
    theta, variance = mean, filtered.copy()
    if noise is not None:
        theta = mean + np.sqrt(filtered) * noise
    for at in reversed(layout.ranks[1:]):
        before = layout.previous[at]
        ahead = filtered[before] + layout.variance[at]
        gain = filtered[before] / ahead
        if noise is None:
            theta[before] += gain * (theta[at] - theta[before])
            variance[before] += gain**2 * (variance[at] - ahead)
        else:
            spread = np.sqrt(filtered[before] * (1 - gain))
            theta[before] = mean[before] + gain * (theta[at] - mean[before]) + spread * noise[before]
    return theta, variance


def rescale(layout: Incidence, s: State) -> State:
    """The same model with theta at mean 0 and sd 1 over all country-sessions."""
    n = layout.sessions.sum()
    mean = (layout.sessions @ s.theta) / n
    sd = np.sqrt(layout.sessions @ (s.theta - mean) ** 2 / n)
    sd = sd if sd > TINY else 1.0
    theta, shift = (s.theta - mean) / sd, s.beta * mean
    return State(theta, s.beta * sd, s.g1 - shift, s.g2 - shift, s.v_theta / sd**2, s.v_beta * sd**2)


def em_step(layout: Incidence, s: State, *, hold: bool = False) -> State:
    """One round of the variational EM: positions (unless held), items, cutpoints, scale."""
    m = moments(layout, s)
    theta, v_theta = s.theta, s.v_theta
    if not hold:
        size = layout.over_positions(s.beta**2)
        pull = s.theta * size - sum(u.T @ s.beta for u in m.pulls)  # sum beta z
        theta, v_theta = positions(layout, pull, size + layout.over_positions(s.v_beta))
    v_beta = 1 / (layout.over_items(theta**2 + v_theta) + 1)
    score = s.beta * layout.over_items(theta * s.theta) - sum(u @ theta for u in m.pulls)  # sum theta z
    step1, step2 = newton(m)
    g1, g2 = ordered(s.g1 + step1, s.g2 + step2)
    return rescale(layout, State(theta, v_beta * score, g1, g2, v_theta, v_beta))


def standard_deviations(layout: Incidence, s: State) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviations of theta at known items, (M,), and of beta at known positions, (I,).

    They count what a vote tells, not what its latent score would tell; both still leave out that the
    other side is estimated too.
    """
    weights = moments(layout, s).weights
    known = sum(w.T @ s.beta**2 for w in weights)
    _, variance = positions(layout, np.zeros_like(s.theta), known)
    return np.sqrt(variance), 1 / np.sqrt(sum(w @ s.theta**2 for w in weights) + 1)


def start(layout: Incidence) -> State:
    """Classical scaling of 1 - agreement gives each actor one place; shares of votes the cutpoints."""
    place = classical_scaling(layout)[layout.owner]
    counts = np.array([np.diff(m.indptr) for m in layout.votes]) + 0.5  # (3, I)
    share = np.cumsum(counts, axis=0) / counts.sum(axis=0)
    items, places = (np.zeros(size) for size in layout.votes[0].shape)
    cuts = ordered(scipy.special.ndtri(share[0]), scipy.special.ndtri(share[1]))
    s = rescale(layout, State(place, items, *cuts, places, items))
    for _ in range(3):
        s = em_step(layout, s, hold=True)
    return s


def classical_scaling(layout: Incidence) -> np.ndarray:
    """First coordinate of the classical scaling of the actors' disagreement, (S,)."""
    S = int(layout.owner.max()) + 1
    apart, shared = np.zeros((S, S)), np.zeros((S, S))
    cells = np.arange(len(layout.owner)), layout.owner
    owners = scipy.sparse.csr_matrix((np.ones(len(layout.owner)), cells))
    for block in (slice(at, at + CHUNK) for at in range(0, layout.votes[0].shape[0], CHUNK)):
        yes, abstain, no = ((m[block] @ owners).toarray() for m in layout.votes)  # (items, S)
        cast = yes + abstain + no
        level = np.divide(abstain + 2 * no, cast, out=np.zeros_like(cast), where=cast > 0)
        seen, over1, over2 = (x.astype(np.float64) for x in (cast > 0, level > 0.5, level > 1.5))
        shared += seen.T @ seen
        for over in (over1, over2):  # |x - y| is the number of thresholds between the two votes
            one_sided = over.T @ seen
            apart += one_sided + one_sided.T - 2 * (over.T @ over)
    with np.errstate(invalid="ignore"):
        distance = apart / (2 * shared)
    distance[~(shared > 0)] = np.nanmean(distance)
    np.fill_diagonal(distance, 0.0)
    centre = np.eye(S) - 1 / S
    values, vectors = np.linalg.eigh(-0.5 * centre @ distance**2 @ centre)
    return np.asarray(vectors[:, -1] * np.sqrt(max(values[-1], 0.0)))


def variational_em(
    layout: Incidence, *, tolerance: float, max_steps: int, progress: Progress | None = None
) -> tuple[State, int, bool]:
    """Run the EM from `start` with Anderson mixing until theta moves less than `tolerance` in a step."""
    s = start(layout)
    history: list[tuple[np.ndarray, np.ndarray]] = []
    for done in range(1, max_steps + 1):
        new = em_step(layout, s)
        moved = float(np.abs(new.theta - s.theta).max())
        if progress is not None:
            progress(max_steps if moved < tolerance else done, max_steps)
        if moved < tolerance:
            return new, done, True
        image = _packed(new)
        history = [*history, (image, image - _packed(s))][-MEMORY - 1 :] if done >= PLAIN else history
        s = _unpacked(layout, _anderson_mixed(history), new) if len(history) > 1 else new
    return s, max_steps, False


def _packed(s: State) -> np.ndarray:
    return np.concatenate([s.theta, s.beta, s.g1, s.g2])


def _unpacked(layout: Incidence, x: np.ndarray, like: State) -> State:
    theta, beta, g1, g2 = np.split(x, len(like.theta) + len(like.beta) * np.arange(3))
    return rescale(layout, State(theta, beta, *ordered(g1, g2), like.v_theta, like.v_beta))


def _anderson_mixed(history: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Anderson mixing (type II): the combination of past images whose residual is smallest."""
    images, residuals = (np.array(x) for x in zip(*history, strict=True))
    if np.linalg.norm(residuals[-1]) > 2 * np.linalg.norm(residuals[-2]):
        del history[:-1]  # the last combination led astray: begin again from the plain step
        return history[-1][0]
    change = np.diff(residuals, axis=0)
    gram = change @ change.T
    gram[np.diag_indices_from(gram)] += 1e-10 * np.trace(gram)
    weight = np.linalg.solve(gram, change @ residuals[-1])
    return np.asarray(images[-1] - weight @ np.diff(images, axis=0))
