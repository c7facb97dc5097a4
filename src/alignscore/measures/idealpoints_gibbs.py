"""Gibbs sampler of the ordinal ideal-point model: the honest standard errors.

Each sweep draws the cutpoints with the latent scores summed out (Cowles 1996, Statistics and Computing
6:101; Metropolis steps shaped by the curvature at the start), then the scores, the positions and the
discriminations from their normals (Albert & Chib 1993, JASA 88:669).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy  # its parts load on first use

from alignscore.measures.idealpoints_em import (
    CUT_GAP,
    CUT_LIMIT,
    Layout,
    Progress,
    State,
    carrying,
    each_vote,
    item_sums,
    middle,
    moments,
    positions,
    rescale,
)
from alignscore.values import Frozen

REACH = 1.7  # scale of the proposals: the optimum 2.38 / sqrt(2) of two dimensions
WIDEST = 2.0  # sd of a proposal where an item's votes say nothing about a cutpoint
TINY = 1e-300  # keeps logarithms and quantiles finite
Votes = tuple[np.ndarray, np.ndarray, np.ndarray]  # one number a vote: yes, abstain, no


@dataclass(frozen=True, eq=False, repr=False)
class Chain(Frozen):
    """Posterior means and variances over all sweeps after the burn-in, and some draws of the positions."""

    state: State
    theta: np.ndarray  # (K, M), float32
    accepted: float  # share of the proposed cutpoints that were taken


def sample(
    layout: Layout,
    begin: State,
    *,
    burn: int,
    draws: int,
    keep: int,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Chain:
    """Run `burn` + `draws` sweeps from `begin`; at most `keep` draws of the positions stay, evenly spaced."""
    shape, every = proposals(layout, begin), -(-draws // keep)
    s, kept, accepted = begin, [], 0.0
    sums = [np.zeros_like(x) for x in _moments_of(begin)]
    for done in range(1, burn + draws + 1):
        s, taken = sweep(layout, s, shape, rng)
        if done > burn:
            accepted += taken / draws
            shown = rescale(layout, s)
            sign = np.sign(shown.theta @ begin.theta) or 1.0  # the model is the same when mirrored
            for total, part in zip(sums, _moments_of(shown, sign), strict=True):
                total += part
            if (done - burn) % every == 0:
                kept.append((sign * shown.theta).astype(np.float32))
        if progress is not None:
            progress(done, burn + draws)
    theta, theta2, beta, beta2, g1, g2 = (total / draws for total in sums)
    state = State(theta, beta, g1, g2, np.maximum(theta2 - theta**2, 0), np.maximum(beta2 - beta**2, 0))
    return Chain(state, np.array(kept), accepted)


def _moments_of(s: State, sign: float = 1.0) -> tuple[np.ndarray, ...]:
    return sign * s.theta, s.theta**2, sign * s.beta, s.beta**2, s.g1, s.g2


def proposals(layout: Layout, s: State) -> np.ndarray:
    """Lower triangle (11, 21, 22) of each item's proposal of (g1, g2), (3, I)."""
    k11, k22, k12 = moments(layout, s).curvature
    det = np.maximum(k11 * k22 - k12**2, TINY)
    first = np.minimum(np.sqrt(k22 / det), WIDEST)
    return REACH * np.array([first, k12 / k22 * first, np.minimum(1 / np.sqrt(k22), WIDEST)])


def sweep(layout: Layout, s: State, shape: np.ndarray, rng: np.random.Generator) -> tuple[State, float]:
    """One sweep over all parameters, and the share of cutpoint proposals taken.

    The forward prior is no joint distribution and leaves the level free: there theta alone is brought to
    mean 0 and sd 1 in every sweep, as in the published sampler. The other priors hold level and scale.
    """
    eta: Votes = tuple(each_vote(m, s.beta) * s.theta[m.indices] for m in layout.votes)
    g1, g2, p, taken = cutpoints(layout, s, eta, shape, rng)
    above = scores(layout, eta, g1, g2, p, rng)  # z - eta
    variance = 1 / (layout.over_items(s.theta**2) + 1)
    score = s.beta * layout.over_items(s.theta**2) + sum(d @ s.theta for d in above)  # sum theta z
    beta = variance * score + np.sqrt(variance) * rng.standard_normal(len(score))
    pull = s.theta * layout.over_positions(s.beta * beta) + sum(d.T @ beta for d in above)  # sum beta z
    size = layout.over_positions(beta**2)
    theta, _ = positions(layout, pull, size, rng.standard_normal(len(size)))
    new = State(theta, beta, g1, g2, s.v_theta, s.v_beta)
    if layout.prior == "forward":
        new = replace(new, theta=rescale(layout, new).theta)
    return new, taken


def cutpoints(
    layout: Layout, s: State, eta: Votes, shape: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, Votes, float]:
    """Metropolis step of (g1, g2) of every item at once, and each vote's probability after it."""
    noise = rng.standard_normal((2, len(s.beta)))
    g1 = s.g1 + shape[0] * noise[0]
    g2 = s.g2 + shape[1] * noise[0] + shape[2] * noise[1]
    allowed = (g1 >= -CUT_LIMIT) & (g2 >= g1 + CUT_GAP) & (g2 <= CUT_LIMIT)
    g1, g2 = np.where(allowed, g1, s.g1), np.where(allowed, g2, s.g2)
    now, then = odds(layout, eta, s.g1, s.g2), odds(layout, eta, g1, g2)
    gain = sum(
        item_sums(m, np.log(np.maximum(b, TINY) / np.maximum(a, TINY)))
        for m, a, b in zip(layout.votes, now, then, strict=True)
    )
    take = allowed & (np.log(1 - rng.random(len(g1))) < gain)
    chosen = (np.where(each_vote(m, take), b, a) for m, a, b in zip(layout.votes, now, then, strict=True))
    p: Votes = tuple(chosen)  # type: ignore[assignment]
    return np.where(take, g1, s.g1), np.where(take, g2, s.g2), p, float(take.mean())


def odds(layout: Layout, eta: Votes, g1: np.ndarray, g2: np.ndarray) -> Votes:
    """Probability of each vote cast."""
    yes, abstain, no = layout.votes
    return (
        scipy.special.ndtr(each_vote(yes, g1) - eta[0]),
        middle(each_vote(abstain, g1) - eta[1], each_vote(abstain, g2) - eta[1]),
        scipy.special.ndtr(eta[2] - each_vote(no, g2)),
    )


def scores(
    layout: Layout, eta: Votes, g1: np.ndarray, g2: np.ndarray, p: Votes, rng: np.random.Generator
) -> tuple[Any, ...]:
    """Latent scores less eta, drawn from their truncated normals by inversion in the lower tail."""
    yes, abstain, no = layout.votes
    u = [rng.random(len(each)) * each for each in p]
    x1, x2 = each_vote(abstain, g1) - eta[1], each_vote(abstain, g2) - eta[1]
    turn = x1 + x2 > 0
    d = scipy.special.ndtri(np.maximum(scipy.special.ndtr(np.where(turn, -x2, x1)) + u[1], TINY))
    return (
        carrying(yes, scipy.special.ndtri(np.maximum(u[0], TINY))),
        carrying(abstain, np.where(turn, -d, d)),
        carrying(no, -scipy.special.ndtri(np.maximum(u[2], TINY))),
    )
