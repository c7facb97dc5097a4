"""What the evidence of two domains has in common: an act that stands in both is one piece of evidence, not two.

Letters for shapes: K domains, Q = K (K - 1) / 2 pairs of them in the order of ``numpy.triu_indices(K, 1)``, T periods,
D dyads, J dyads of which some acts are shared.
"""

from __future__ import annotations

import numpy as np

from alignscore.intervals import ratio
from alignscore.ledger import Ties


def overlap_of(product: np.ndarray, square: np.ndarray) -> np.ndarray:
    """Part of the evidence that two domains share, in [0, 1], (..., Q, T): sum m_a m_b / (sum m_a^2 sum m_b^2)^(1/2).

    It is the correlation of two sums of masses. `product` (..., Q, T) are sums over shared acts (`Ties.joint`),
    `square` (..., K, T) the sums of squares of all.
    """
    a, b = np.triu_indices(square.shape[-2], 1)
    root = np.sqrt(square[..., a, :]) * np.sqrt(square[..., b, :])
    return np.asarray(np.minimum(np.nan_to_num(ratio(product, root)), 1.0))


def correlation_of(overlap: np.ndarray, evidence: np.ndarray, prior: float = 1.0) -> np.ndarray:
    """Correlation of two domains' posterior shares, (..., Q, T), of which the priors are independent.

    With N events (..., K, T) in force beside a prior of p events, the estimate (N s + p m) / (N + p) has the part
    ``g^2 = N (N + p + 1) / (N + p)^2`` of the posterior's variance; two share ``overlap g_a g_b``. Nothing in
    force is nothing in common, so that a domain of which the last event fades becomes independent without a jump.
    """
    a, b = np.triu_indices(evidence.shape[-2], 1)
    g = np.sqrt(evidence * (evidence + prior + 1)) / (evidence + prior)
    return np.asarray(overlap * g[..., a, :] * g[..., b, :])


def pooled_evidence(evidence: np.ndarray, overlap: np.ndarray | None) -> np.ndarray:
    """Events in force over all domains, (..., T): (sum N)^2 / (sum_a,b overlap_ab (N_a N_b)^(1/2)).

    Without overlap it is the sum; of acts that all stand in two domains alike, the events of one.
    """
    total = evidence.sum(axis=-2)
    if overlap is None:
        return np.asarray(total)
    a, b = np.triu_indices(evidence.shape[-2], 1)
    shared = 2 * (overlap * np.sqrt(evidence[..., a, :] * evidence[..., b, :])).sum(axis=-2)
    return np.asarray(np.nan_to_num(ratio(total, total + shared)) * total)


def joint_of(ties: Ties, at: np.ndarray, *, conflict: bool) -> np.ndarray | None:
    """Products of shared acts of some dyads, (*at.shape, Q, T), 0 where `at` is -1; None where no acts are shared.

    `at` are positions among the ties' dyads; `conflict` adds hostile acts to the friendly.
    """
    whole = joint_of_all(ties, conflict=conflict)
    if whole is None:
        return None
    rows, products = whole
    place = np.full(len(ties.axes.dyads) + 1, len(rows))
    place[rows] = np.arange(len(rows))
    padded = np.concatenate([products, np.zeros((1, *products.shape[1:]))])
    return np.asarray(padded[place[at]])


def joint_of_all(ties: Ties, *, conflict: bool) -> tuple[np.ndarray, np.ndarray] | None:
    """Positions of the dyads with shared acts, (J,), and their products, (J, Q, T)."""
    joint = ties.joint
    if joint is None:
        return None
    rows, which = joint.of(ties.axes.dyads, len(ties.axes.actors), directed=ties.directed)
    products = joint.cooperation + joint.conflict if conflict else joint.cooperation
    return (rows, products[which]) if len(rows) else None


def joint_by_actor(ties: Ties, *, conflict: bool, side: int = 0) -> np.ndarray | None:
    """Products of shared acts over all ties of each actor, (A, Q, T): its own, or with `side` 1 those toward it."""
    whole = joint_of_all(ties, conflict=conflict)
    if whole is None:
        return None
    rows, products = whole
    out = np.zeros((len(ties.axes.actors), *products.shape[1:]))
    np.add.at(out, ties.axes.dyads[rows, side], products)
    return out
