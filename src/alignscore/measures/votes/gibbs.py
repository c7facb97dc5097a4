"""Gibbs sampler of the ordinal ideal-point model: the honest standard errors.

Each sweep draws the cutpoints with the latent scores summed out (Cowles 1996, Statistics and Computing
6:101), then the scores, the discriminations and the positions from their normals (Albert & Chib 1993,
JASA 88:669). Under the forward prior cutpoints and positions are drawn as the published sampler draws
them (`published_walk`, `published_positions`), under the others so that the chain has the posterior for
its limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load on first use

from alignscore.measures.votes.em import (
    CUT_GAP,
    CUT_LIMIT,
    Incidence,
    Progress,
    State,
    moments,
    positions,
    rescale,
)
from alignscore.measures.votes.gibbs_blocks import ItemBlock, blocks, draw, work_rows
from alignscore.values import Frozen

REACH = 1.7  # scale of the proposals: the optimum 2.38 / sqrt(2) of two dimensions
WIDEST = 2.0  # sd of a proposal where an item's votes say nothing about a cutpoint
WALK = 0.0667  # sd of the published step of a cutpoint
WALK_LIMIT = 7.0  # where published cutpoints end
SCORE_LIMIT = 9.0  # where published latent scores are cut off, which holds large discriminations back
THETA_LIMIT = 5.0  # where published positions are cut off before they are brought to scale
TINY = 1e-300  # keeps logarithms and quantiles finite
Proposal = tuple[np.ndarray, np.ndarray, np.ndarray]  # g1, g2, log of the correction (-inf: refused), (I,)


@dataclass(frozen=True, eq=False, repr=False)
class Chain(Frozen):
    """Posterior means and variances over all sweeps after the burn-in, and some draws of the positions."""

    state: State
    theta: np.ndarray  # (K, M), float32
    accepted: float  # share of the proposed cutpoints that were taken


@dataclass(frozen=True, eq=False, repr=False)
class Workspace:
    """What every sweep uses again."""

    shape: np.ndarray  # (3, I) of the proposals
    blocks: tuple[ItemBlock, ...]
    place: np.ndarray  # (V,) position of each vote, in the order of the blocks
    pulls: np.ndarray  # (V,) room for beta z
    work: np.ndarray


def sample(
    layout: Incidence,
    begin: State,
    *,
    burn: int,
    draws: int,
    keep: int,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Chain:
    """Run `burn` + `draws` sweeps from `begin`; at most `keep` draws of the positions stay, evenly spaced."""
    parts, every = blocks(layout), -(-draws // keep)
    place = np.concatenate([b.place for b in parts])
    workspace = Workspace(proposals(layout, begin), parts, place, np.empty(len(place)), work_rows(parts))
    s, means, kept, accepted = begin, begin.theta, [], 0.0
    sums = [np.zeros_like(x) for x in _moments_of(begin)]
    for done in range(1, burn + draws + 1):
        s, means, taken = sweep(layout, workspace, s, means, rng)
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


def proposals(layout: Incidence, s: State) -> np.ndarray:
    """Lower triangle (11, 21, 22) of each item's proposal of (g1, g2), (3, I)."""
    k11, k22, k12 = moments(layout, s).curvature
    det = np.maximum(k11 * k22 - k12**2, TINY)
    first = np.minimum(np.sqrt(k22 / det), WIDEST)
    return REACH * np.array([first, k12 / k22 * first, np.minimum(1 / np.sqrt(k22), WIDEST)])


def sweep(
    layout: Incidence, workspace: Workspace, s: State, means: np.ndarray, rng: np.random.Generator
) -> tuple[State, np.ndarray, float]:
    """One sweep over all parameters, the positions' conditional means, and the share of cutpoints taken."""
    forward = layout.prior == "forward"
    size = len(s.beta)
    limit = SCORE_LIMIT if forward else np.inf
    g1, g2, correction = published_walk(s, rng) if forward else shaped_walk(s, workspace.shape, rng)
    odds = np.log(1 - rng.random(size)) - correction
    variance = 1 / (layout.over_items(s.theta**2) + 1)
    noise = np.sqrt(variance) * rng.standard_normal(size)
    theta = s.theta.astype(np.float32)
    new = np.empty((3, size))
    taken = 0
    for b in workspace.blocks:
        at = b.items
        now, proposed, prior = ((s.beta[at], s.g1[at], s.g2[at]), (g1[at], g2[at]), (variance[at], noise[at]))
        new[:, at], z, take = draw(b, theta, now, proposed, odds[at], prior, rng, workspace.work, limit)
        z *= np.take(new[0, at].astype(np.float32), b.row, out=workspace.work[0, : len(z)], mode="clip")
        workspace.pulls[b.votes] = z
        taken += take.sum()
    beta, g1, g2 = new
    pull = np.bincount(workspace.place, workspace.pulls, len(theta))  # sum beta z
    known = layout.over_positions(beta**2)
    noise = rng.standard_normal(len(theta))
    if forward:
        theta, means = published_positions(layout, means, pull, known, noise)
    else:
        theta, _ = positions(layout, pull, known, noise)
    return State(theta, beta, g1, g2, s.v_theta, s.v_beta), means, float(taken / size)


def published_positions(
    layout: Incidence, means: np.ndarray, pull: np.ndarray, size: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Positions at mean 0 and sd 1, and their conditional means, from the conditional means of a sweep ago.

    A position's prior mean is its predecessor's conditional mean (at an actor's first: its successor's),
    not its draw, and not brought to scale: what the draws are divided by does not touch the means.
    """
    prior = np.where(layout.neighbour >= 0, means[layout.neighbour], 0.0)
    tau = 1 / layout.variance
    variance = 1 / (size + tau)
    means = variance * (pull + tau * prior)
    theta = np.clip(means + np.sqrt(variance) * noise, -THETA_LIMIT, THETA_LIMIT)
    return (theta - theta.mean()) / (theta.std() or 1.0), means


def published_walk(s: State, rng: np.random.Generator) -> Proposal:
    """The published step of every item: g1 below the old g2, then g2 above the new g1.

    The correction is the published one: Phi((g2 - g1')/sd) / Phi((g2' - g1)/sd). It leaves out the cut of
    g1, and lets both cutpoints fall below the old g1, from where no step leads back. So cutpoints close
    together, as where few abstain, settle lower than their posterior, and with them the levels of
    sessions without bridges: an exact step gives other levels there.
    """
    u = rng.random((2, len(s.beta)))
    g1 = _step(s.g1, -WALK_LIMIT, s.g2, u[0])
    g2 = _step(s.g2, g1, WALK_LIMIT, u[1])
    ahead, back = ((b - a) / WALK for a, b in ((g1, s.g2), (s.g1, g2)))
    return g1, g2, scipy.special.log_ndtr(ahead) - scipy.special.log_ndtr(back)


def _step(at: np.ndarray, low: float | np.ndarray, high: float | np.ndarray, u: np.ndarray) -> np.ndarray:
    """Normal steps from `at` that end between `low` and `high`, by inversion."""
    first, last = (scipy.special.ndtr((end - at) / WALK) for end in (low, high))
    return np.asarray(np.clip(at + WALK * scipy.special.ndtri(first + u * (last - first)), low, high))


def shaped_walk(s: State, shape: np.ndarray, rng: np.random.Generator) -> Proposal:
    """Normal steps of the shape given; those that leave the cutpoints' room are refused."""
    noise = rng.standard_normal((2, len(s.beta)))
    g1 = s.g1 + shape[0] * noise[0]
    g2 = s.g2 + shape[1] * noise[0] + shape[2] * noise[1]
    allowed = (g1 >= -CUT_LIMIT) & (g2 >= g1 + CUT_GAP) & (g2 <= CUT_LIMIT)
    return np.where(allowed, g1, s.g1), np.where(allowed, g2, s.g2), np.where(allowed, 0.0, -np.inf)
