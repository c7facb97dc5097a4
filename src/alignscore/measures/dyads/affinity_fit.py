"""Log ratios net of who sends and who receives, and what is alike in the residuals of two actors.

Everything here is one slice (a domain in a period) on arrays. Letters for shapes: E dyads that occur,
A actors, B resampled copies, r rank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignscore.errors import OptionError, within
from alignscore.intervals import ratio
from alignscore.values import Frozen

ROUNDS = 200
MIN_SHARED = 3  # partners two actors need in common before their profiles are compared


@dataclass(frozen=True, eq=False, repr=False)
class Effects(Frozen):
    """Two-way additive fit ``y_ij = mean + sender_i + receiver_j + residual_ij``.

    Attributes
    ----------
    mean : ndarray, () or (B,)
        Weighted mean of y.
    sender, receiver : ndarray, (A,) or (A, B)
        Centred on 0 over the dyads; one and the same array where undirected. NaN: the actor has no dyad.
    residual : ndarray, (E,) or (E, B)
    """

    mean: np.ndarray
    sender: np.ndarray
    receiver: np.ndarray
    residual: np.ndarray


def fit_effects(
    y: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    actors: int,
    *,
    weight: np.ndarray | None = None,
    directed: bool = False,
) -> Effects:
    """Least-squares sender and receiver effects over the dyads that occur; one factorisation for all copies.

    Parameters
    ----------
    y : ndarray, (E,) or (E, B)
    i, j : ndarray of int, (E,)
        Codes of sender and receiver; undirected dyads each once, in any order.
    actors : int
    weight : ndarray, (E,), optional
    directed : bool
        False: one effect an actor.
    """
    w = np.ones(len(i)) if weight is None else np.asarray(weight, dtype=float)
    column = j + actors if directed else j
    size = 2 * actors if directed else actors
    normal = np.zeros((size, size))  # X'WX of the design with one 1 for each end
    for a, b in ((i, i), (i, column), (column, i), (column, column)):
        np.add.at(normal, (a, b), w)
    right = np.zeros((size, *y.shape[1:]))
    weighted = (y.T * w).T
    np.add.at(right, i, weighted)
    np.add.at(right, column, weighted)
    effect = np.linalg.lstsq(normal, right, rcond=1e-11)[0]  # minimum norm where a component floats
    residual = y - effect[i] - effect[column]
    sender, receiver = (effect[:actors], effect[actors:]) if directed else (effect, effect)
    total = w.sum()
    at_i, at_j = (w @ sender[i]) / total, (w @ receiver[j]) / total
    seen_i, seen_j = np.bincount(i, w, actors) > 0, np.bincount(j, w, actors) > 0
    if not directed:
        at_i = at_j = (at_i + at_j) / 2
        seen_i = seen_j = seen_i | seen_j
    sender = np.where(_like(seen_i, sender), sender - at_i, np.nan)
    receiver = np.where(_like(seen_j, receiver), receiver - at_j, np.nan)
    return Effects(np.asarray(at_i + at_j), sender, receiver, residual)


def _like(mask: np.ndarray, array: np.ndarray) -> np.ndarray:
    return mask.reshape(mask.shape + (1,) * (array.ndim - 1))


def event_log_ratio(c: np.ndarray, k: np.ndarray, *, unit: float = 1.0, prior: float = 1.0) -> np.ndarray:
    """ln((C/u + prior) / (K/u + prior)), u the mass of one event; NaN where C + K is 0."""
    with np.errstate(invalid="ignore"):
        return np.where(c + k > 0, np.log((c / unit + prior) / (k / unit + prior)), np.nan)


def tone_residual(
    c: np.ndarray,
    k: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    *,
    unit: float = 1.0,
    prior: float = 1.0,
    weight: np.ndarray | None = None,
    directed: bool = False,
) -> np.ndarray:
    """Tone of each dyad, given how friendly its two members are with everyone.

    ``r_ij = L_ij - mean - a_i - b_j`` with ``L = ln((C/u + prior)/(K/u + prior))``, the effects by least
    squares over the dyads that occur.

    Parameters
    ----------
    c, k : array, (E,)
        Cooperation and conflict: counts, or masses with `unit` the mass of one event.
    i, j : array of int, (E,)
        Codes of the two actors; each dyad once.
    unit, prior : float
        `prior` events are added to either side.
    weight : array, (E,), optional
        Weights of the dyads in the fit of the effects.
    directed : bool
        True: a sender's and a receiver's effect; False: one effect an actor.

    Returns
    -------
    ndarray, (E,)
        In log units, up means friendlier than expected. NaN: no event.

    Raises
    ------
    OptionError
        `prior` or `unit` not above 0, negative masses, arrays of unequal length.

    References
    ----------
    The additive part of additive and multiplicative effects models: Hoff 2021, Statistical Science 36:34.

    Examples
    --------
    >>> import numpy as np
    >>> c, k = np.array([9, 1, 1, 1, 1, 9]), np.array([1, 1, 1, 1, 1, 1])
    >>> i, j = np.array([0, 0, 0, 1, 1, 2]), np.array([1, 2, 3, 2, 3, 3])
    >>> tone_residual(c, k, i, j).round(2).tolist()
    [1.07, -0.54, -0.54, -0.54, -0.54, 1.07]
    """
    within("prior", prior, 0.0, open_low=True, open_high=True)
    within("unit", unit, 0.0, open_low=True, open_high=True)
    c, k = np.asarray(c, dtype=float), np.asarray(k, dtype=float)
    i, j = np.asarray(i), np.asarray(j)
    if not c.shape == k.shape == i.shape == j.shape or c.ndim != 1:
        raise OptionError(
            f"c, k, i, j have shapes {c.shape}, {k.shape}, {i.shape}, {j.shape}; all must be (E,)."
        )
    if (c < 0).any() or (k < 0).any():
        raise OptionError("cooperation and conflict are sums of masses and cannot be negative.")
    y = event_log_ratio(c, k, unit=unit, prior=prior)
    out = np.full(len(y), np.nan)
    at = np.flatnonzero(~np.isnan(y))
    if len(at):
        w = None if weight is None else np.asarray(weight, dtype=float)[at]
        actors = int(max(i[at].max(), j[at].max())) + 1
        out[at] = fit_effects(y[at], i[at], j[at], actors, weight=w, directed=directed).residual
    return out


# ---- shared position ---------------------------------------------------------------------------------
def square(values: np.ndarray, i: np.ndarray, j: np.ndarray, actors: int, *, directed: bool) -> np.ndarray:
    """Values of dyads (E,) or (E, B) as matrices (A, A) or (B, A, A); 0 where no dyad occurs."""
    out = np.zeros((*values.shape[1:], actors, actors))
    out[..., i, j] = values.T
    if not directed:
        out[..., j, i] = values.T
    return out


def profile_cosine(profiles: np.ndarray) -> np.ndarray:
    """Cosine of every two rows over third parties only, (..., A, A); NaN where a row is empty.

    The diagonal must be 0; the entries two actors hold on one another are left out of both lengths.
    """
    inner = profiles @ np.swapaxes(profiles, -1, -2)
    own = profiles**2
    length = own.sum(axis=-1, keepdims=True) - own  # of i's row without j
    size = np.sqrt(np.maximum(length * np.swapaxes(length, -1, -2), 0.0))
    tiny = 1e-12 * max(float(own.max(initial=0.0)), 1e-300)
    cosine: np.ndarray = np.clip(ratio(inner, np.where(size > tiny, size, 0.0)), -1.0, 1.0)
    return cosine


def common_partners(i: np.ndarray, j: np.ndarray, actors: int, *, directed: bool) -> np.ndarray:
    """Number of third parties two actors both have a dyad with, (A, A)."""
    met = square(np.ones(len(i)), i, j, actors, directed=directed)
    shared: np.ndarray = met @ met.T
    return shared


def low_rank(matrix: np.ndarray, rank: int, *, tol: float = 1e-9) -> np.ndarray:
    """Best rank-r fit to a matrix (A, A) off its diagonal: truncated SVD, the diagonal imputed by the fit."""
    work = matrix.copy()
    np.fill_diagonal(work, 0.0)
    at = np.diag_indices(len(work))
    scale = max(float(np.abs(work).max(initial=0.0)), 1e-300)
    fit = work
    for _ in range(ROUNDS):
        u, s, v = np.linalg.svd(work)
        fit = (u[:, :rank] * s[:rank]) @ v[:rank]
        moved = np.abs(fit[at] - work[at]).max()
        work[at] = fit[at]
        if moved <= tol * scale:
            break
    return fit


def low_rank_near(matrices: np.ndarray, start: np.ndarray, rank: int, *, rounds: int = 3) -> np.ndarray:
    """`low_rank` of many matrices (B, A, A) near one whose fit is `start` (A, A): warm iterations."""
    at = np.arange(len(start))
    work = matrices.copy()
    work[:, at, at] = np.diag(start)
    basis = np.linalg.svd(start)[0][:, :rank]
    fit = np.broadcast_to(start, work.shape)
    left = np.broadcast_to(basis, (len(work), *basis.shape))
    for _ in range(rounds):  # subspace iteration; Q Q'M is the fit that the subspace Q allows
        left = np.linalg.qr(work @ (np.swapaxes(work, -1, -2) @ left))[0]
        fit = left @ (np.swapaxes(left, -1, -2) @ work)
        work[:, at, at] = fit[:, at, at]
    return fit


# ---- resampling ----------------------------------------------------------------------------------------
def gamma_masses(mass: np.ndarray, mass2: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws (E, B) of an expected mass in units of one event, given its sum and sum of squares (E,).

    For counts this is Gamma(n + 1/2), the posterior of a Poisson mean under Jeffreys' prior; for masses
    the shape and scale that keep mean ``C + 1/2`` and variance ``C2 + 1/2``.
    """
    scale = (mass2 + 0.5) / (mass + 0.5)
    shape = (mass + 0.5) / scale
    return rng.gamma(shape[:, None], scale[:, None], size=(len(mass), draws))
