"""Log ratios net of who sends and who receives, and what is alike in the residuals of two actors.

Everything here is one slice (a domain in a period) on arrays. Letters for shapes: E dyads that occur,
A actors, r rank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignscore.errors import OptionError
from alignscore.intervals import ratio
from alignscore.values import Frozen

ROUNDS = 400
SMALL = 16  # actors
TOL = 1e-5  # of the largest entry, by which an imputed diagonal may still move
BOUND = 2.0  # times the largest entry: where nothing ends it, one diagonal entry takes a dimension and grows for ever
MIN_SHARED = 3  # partners two actors need in common before their profiles are compared
ROUNDING = 1e-10  # of the largest log ratio: a smaller residual is what rounding left of none
FADED = 1e-100  # squared length of a profile of which nothing is left: the product of two such vanishes


@dataclass(frozen=True, eq=False, repr=False)
class Effects(Frozen):
    """Two-way additive fit ``y_ij = mean + sender_i + receiver_j + residual_ij``.

    Attributes
    ----------
    mean : ndarray, ()
        Weighted mean of y.
    sender, receiver : ndarray, (A,)
        Centred on 0 over the dyads; one and the same array where undirected. NaN: the actor has no dyad.
    residual : ndarray, (E,)
    inverse : ndarray, (S, S)
        Inverse of the normal equations, S = A, or 2 A where directed; the pseudo-inverse where these are singular.
    ends : ndarray of int, (2, E)
        Rows of both ends' effects there.
    weight : ndarray, (E,)
    """

    mean: np.ndarray
    sender: np.ndarray
    receiver: np.ndarray
    residual: np.ndarray
    inverse: np.ndarray
    ends: np.ndarray
    weight: np.ndarray


def fit_effects(
    y: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    actors: int,
    *,
    weight: np.ndarray | None = None,
    directed: bool = False,
) -> Effects:
    """Least-squares sender and receiver effects over the dyads that occur.

    Parameters
    ----------
    y : ndarray, (E,)
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
    right = np.bincount(i, w * y, size) + np.bincount(column, w * y, size)
    inverse = _inverse(_weighted_products(w, i, column, size), directed=directed)
    effect = inverse @ right
    residual = _without_rounding(y - effect[i] - effect[column], y)
    sender, receiver = (effect[:actors], effect[actors:]) if directed else (effect, effect)
    total = w.sum()
    at_i, at_j = (w @ sender[i]) / total, (w @ receiver[j]) / total
    seen_i, seen_j = np.bincount(i, w, actors) > 0, np.bincount(j, w, actors) > 0
    if not directed:
        at_i = at_j = (at_i + at_j) / 2
        seen_i = seen_j = seen_i | seen_j
    sender, receiver = np.where(seen_i, sender - at_i, np.nan), np.where(seen_j, receiver - at_j, np.nan)
    return Effects(np.asarray(at_i + at_j), sender, receiver, residual, inverse, np.stack([i, column]), w)


def _weighted_products(w: np.ndarray, i: np.ndarray, column: np.ndarray, size: int) -> np.ndarray:
    """X' diag(w) X of the design with a 1 for each end, (size, size)."""
    joint = np.bincount(i * size + column, w, size * size).reshape(size, size)
    ends = np.bincount(i, w, size) + np.bincount(column, w, size)
    return np.asarray(joint + joint.T + np.diag(ends))


def _inverse(normal: np.ndarray, *, directed: bool) -> np.ndarray:
    """Inverse by Cholesky; where a group of actors floats (no third party ties it down) the pseudo-inverse.

    An actor without a dyad gets an effect of 0. A constant may move from senders to receivers; the solution is
    the one in which it does not.
    """
    full = normal + np.diag((normal.diagonal() == 0).astype(float))
    if directed:
        way = np.repeat([1.0, -1.0], len(normal) // 2) * (normal.diagonal() > 0)
        full = full + np.outer(way, way) * (normal.diagonal().max() / len(normal))
    try:
        root = np.linalg.cholesky(full)
    except np.linalg.LinAlgError:
        root = np.zeros_like(full)
    pivots = root.diagonal() ** 2
    if pivots.min() > 1e-9 * pivots.max():
        below = np.linalg.inv(root)
        return np.asarray(below.T @ below)
    return np.linalg.pinv(normal, rcond=1e-11, hermitian=True)


def leverage(fit: Effects) -> np.ndarray:
    """Share of each dyad in its own fit, (E,): at 1 the effects take all of it, whatever its log ratio is."""
    i, j = fit.ends
    G = fit.inverse
    return np.asarray((G[i, i] + 2 * G[i, j] + G[j, j]) * fit.weight)


def residual_variance(fit: Effects, v: np.ndarray) -> np.ndarray:
    """Variance of each residual (E,), given those of y, which err independently.

    With H = X G X'W the residual is (I - H) y, so its variance is ``v (1 - 2 h) + x' G X'W v W X G x``.
    """
    i, j = fit.ends
    G = fit.inverse
    S = G @ _weighted_products(fit.weight * fit.weight * v, i, j, len(G)) @ G
    found = v * (1 - 2 * leverage(fit)) + S[i, i] + 2 * S[i, j] + S[j, j]
    return np.asarray(np.maximum(found, 0.0))


def effects_all_pairs(
    table: np.ndarray, *, directed: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean, sender, receiver and residual (A, A) over every pair of actors: no solver, a closed form.

    ``table`` holds y, 0 for pairs in which nothing happened; its diagonal is left out. Directed, these are the
    effects of a round-robin design (Warner, Kenny & Stoto 1979, Journal of Personality and Social Psychology
    37:1742).
    """
    A = len(table)
    if A < 3:
        raise OptionError(f"with {A} actors there is no third party; silence='neutral' needs 3 or more.")
    off = ~np.eye(A, dtype=bool)
    y = np.where(off, table, 0.0)
    mean = y.sum() / (A * (A - 1))
    rows, columns = y.sum(axis=1) - (A - 1) * mean, y.sum(axis=0) - (A - 1) * mean
    if directed:
        sender = ((A - 1) * rows + columns) / (A * (A - 2))
        receiver = ((A - 1) * columns + rows) / (A * (A - 2))
    else:
        sender = receiver = rows / (A - 2)
    residual = _without_rounding(np.where(off, y - mean - sender[:, None] - receiver, 0.0), y)
    return np.asarray(mean), sender, receiver, residual


def _without_rounding(residual: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Residuals of y, 0 where the effects reproduce it: two rows of rounding would have a cosine, of no meaning."""
    least = ROUNDING * float(np.abs(y).max(initial=0.0))
    return np.where(np.abs(residual) > least, residual, 0.0)


# ---- shared position ---------------------------------------------------------------------------------
def square(values: np.ndarray, i: np.ndarray, j: np.ndarray, actors: int, *, directed: bool) -> np.ndarray:
    """Values of dyads (E,) as a matrix (A, A); 0 where no dyad occurs."""
    out = np.zeros((actors, actors))
    out[i, j] = values
    if not directed:
        out[j, i] = values
    return out


def profile_cosine(profiles: np.ndarray) -> np.ndarray:
    """Cosine of every two rows over third parties only, (A, A); NaN where a row is empty.

    The diagonal must be 0; the entries two actors hold on one another are left out of both lengths.
    """
    inner, own = profiles @ profiles.T, profiles**2
    length = own.sum(axis=1, keepdims=True) - own  # of i's row without j
    size = np.sqrt(np.maximum(length * length.T, 0.0))
    tiny = 1e-12 * max(float(own.max(initial=0.0)), 1e-300)
    return np.asarray(np.clip(ratio(inner, np.where(size > tiny, size, 0.0)), -1.0, 1.0))


def cosine_without_noise(profiles: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine of the rows' expected profiles and its standard error, (A, A), given variances of the entries (A, A).

    Noise of single entries leaves the inner product as it is and lengthens the rows, so it pulls a cosine to 0:
    ``inner / sqrt((length_i - noise_i)(length_j - noise_j))``, each length kept at a tenth or more. The error is
    by the delta method on the three sums; it may leave [-1, 1].
    """
    own = profiles**2
    true = np.maximum(own - noise, 0.0)
    inner, length = profiles @ profiles.T, own.sum(axis=1, keepdims=True) - own
    a = np.maximum(length - (noise.sum(axis=1, keepdims=True) - noise), 0.1 * length)
    a = np.where(a > FADED, a, np.nan)  # no profile
    size = np.sqrt(a * a.T)
    cosine = inner / size
    cross = true @ noise.T
    of_inner = cross + cross.T + noise @ noise.T
    of_length = 4 * true * noise + 2 * noise * noise
    of_length = of_length.sum(axis=1, keepdims=True) - of_length
    both = 2 * ((profiles * noise) @ profiles.T)  # covariance of the inner product and i's length
    variance = (
        of_inner / size**2
        + cosine**2 / 4 * (of_length / a**2 + (of_length / a**2).T)
        - cosine / size * (both / a + (both / a).T)
    )
    return cosine, np.sqrt(np.maximum(variance, 0.0))


def low_rank(matrix: np.ndarray, rank: int, *, tol: float = TOL) -> np.ndarray:
    """Best rank-r fit (A, A) to a matrix off its diagonal: truncated SVD, the diagonal imputed by the fit within `BOUND`.

    One whole decomposition, and from there steps of a block of r + 8 vectors, which follow the diagonal as it settles.
    A small matrix is decomposed whole in less time than such a step takes. Several diagonals may settle, so the search
    begins anew for each matrix: begun at another period's fit, a score would depend on the periods before.
    """
    work = matrix.copy()
    at = np.diag_indices(len(work))
    work[at] = 0.0
    scale = max(float(np.abs(work).max(initial=0.0)), 1e-300)
    most = BOUND * scale
    width = min(rank + 8, len(work))
    image = work
    for at_round in range(ROUNDS):
        if at_round and len(work) > SMALL:
            block = np.linalg.qr(work.T @ image)[0]
            image = work @ block
        else:
            block, image = np.eye(len(work)), work
        rising = np.linalg.eigh(image.T @ image)[1]  # right vectors, the largest part last
        leading = rising[:, ::-1][:, :width]
        block, image = block @ leading, image @ leading
        diagonal = np.clip((image[:, :rank] * block[:, :rank]).sum(axis=1), -most, most)
        change = diagonal - work[at]
        work[at] = diagonal
        if np.abs(change).max() <= tol * scale:
            break
        image += change[:, None] * block
    fit: np.ndarray = image[:, :rank] @ block[:, :rank].T
    return fit


# ---- how sure ------------------------------------------------------------------------------------------
def log_ratio_variance(
    c: np.ndarray, k: np.ndarray, c2: np.ndarray, k2: np.ndarray, prior: float
) -> np.ndarray:
    """Variance of ln((C + prior)/(K + prior)), C and K Gamma with mean C + 1/2 and variance C2 + 1/2 (Jeffreys)."""
    return np.asarray((c2 + 0.5) / (c + 0.5 + prior) ** 2 + (k2 + 0.5) / (k + 0.5 + prior) ** 2)
