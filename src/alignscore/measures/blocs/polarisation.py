"""How split a group is: by distances between camps, and by counts on an ordered scale.

Letters for shapes: S members, P powers, T periods (or any trailing cells), G categories.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from alignscore.errors import OptionError, within
from alignscore.intervals import ratio
from alignscore.values import check_alike, numbers_in

ALPHA = 1.3  # how much camps count beyond spread; Esteban & Ray allow up to 1.6


def esteban_ray(
    position: ArrayLike, weight: ArrayLike, *, alpha: float = ALPHA, k: float | None = None
) -> Any:
    """Polarisation K sum_i sum_j p_i^(1 + a) p_j abs(y_i - y_j) of camps at positions y with shares p.

    Parameters
    ----------
    position, weight : array_like, (G,) or (G, T)
        Where each camp stands and how large it is; weights are brought to sum to 1. Camps with the same
        position are one camp: put them together first, since the measure rewards size.
    alpha : float
        In (0, 1.6]; 0 would be a Gini index.
    k : float, optional
        The constant K; where not given 2^alpha, so that two equal camps 2 apart (the ends of a
        position in [-1, 1]) give 1.

    Returns
    -------
    float or ndarray, (T,)
        0 one camp, up means more polarised; NaN where no camp has weight.

    Raises
    ------
    OptionError
        `alpha` outside (0, 1.6], a negative weight, an infinite entry, or other shapes or labels of position and weight.

    References
    ----------
    Esteban & Ray 1994, Econometrica 62:819 (the family that their axioms allow, alpha up to about 1.6).

    Examples
    --------
    >>> float(esteban_ray([-1, 1], [5, 5]))
    1.0
    """
    within("alpha", alpha, 0.0, 1.6, open_low=True)
    if k is not None:
        within("k", k, 0.0, open_low=True)
    check_alike(position=position, weight=weight)
    y, p = numbers_in(position, "position"), numbers_in(weight, "weight")
    if not (y.ndim and p.ndim):
        raise TypeError("position and weight are arrays, an entry for each group.")
    if y.ndim != p.ndim or len(y) != len(p):
        raise OptionError(f"position is of shape {y.shape}, weight of {p.shape}; give as many of each.")
    if (p < 0).any():
        raise OptionError("weight has entries below 0; a camp cannot be smaller than nothing.")
    if np.isinf(y).any() or np.isinf(p).any():
        raise OptionError("position or weight has infinite entries.")
    p = ratio(p, p.sum(axis=0))
    y = np.where(p > 0, y, 0.0)
    gaps = np.abs(y[:, None] - y[None, :])  # (G, G, T)
    scale = 2.0**alpha if k is None else k
    return scale * (p[:, None] ** (1 + alpha) * p[None, :] * gaps).sum(axis=(0, 1))


def van_der_eijk(counts: ArrayLike) -> Any:
    """Agreement A on an ordered scale of G categories: 1 all in one, 0 uniform, -1 two camps at the ends.

    The counts are peeled into layers, each a pattern of empty and non-empty categories; a layer's agreement
    is ``U (1 - (S - 1)/(G - 1))`` with S its non-empty categories and
    ``U = ((G - 2) TU - (G - 1) TDU) / ((G - 2)(TU + TDU))``, TU and TDU the triples of categories in
    the pattern 110 or 011, and 101. A is the mean over layers by their size.

    Parameters
    ----------
    counts : array_like, (..., G)
        Counts or weights of at least three categories, in order.

    Returns
    -------
    float or ndarray, (...)
        In [-1, 1]; NaN where there is no count.

    Raises
    ------
    OptionError
        Fewer than three categories, or a count that is negative or missing.

    References
    ----------
    Van der Eijk 2001, Quality & Quantity 35:325.

    Examples
    --------
    >>> round(float(van_der_eijk([30, 40, 210, 130, 530, 50, 10])), 7)
    0.6113333
    """
    table = numbers_in(counts, "counts")
    if table.ndim == 0 or table.shape[-1] < 3:
        raise OptionError("counts needs at least three ordered categories.")
    if not ((table >= 0) & np.isfinite(table)).all():
        raise OptionError("counts has entries that are negative, infinite or missing.")
    rows = table.reshape(-1, table.shape[-1])
    found = np.array([_agreement_by_layers(row) for row in rows]).reshape(table.shape[:-1])
    return found if found.ndim else float(found)


def _agreement_by_layers(row: np.ndarray) -> float:
    total, left, agreement = row.sum(), row.copy(), 0.0
    if not total > 0:
        return float("nan")
    while (left > 0).any():
        on = left > 0
        least = left[on].min()
        agreement += _layer_agreement(on) * least * on.sum() / total
        left[on] -= least
    return float(agreement)


def _layer_agreement(on: np.ndarray) -> float:
    """Agreement of a pattern of empty and non-empty categories."""
    G, S = len(on), int(on.sum())
    if S in (1, G):
        return 1.0 if S == 1 else 0.0
    before = np.cumsum(on) - on  # non-empty categories to the left of each
    after = S - before - on
    pairs_left, pairs_right = before * (before - 1) / 2, after * (after - 1) / 2
    unimodal = (pairs_left + pairs_right)[~on].sum()  # 110 ends, 011 begins at an empty category
    bimodal = (before * after)[~on].sum()  # 101
    u = ((G - 2) * unimodal - (G - 1) * bimodal) / ((G - 2) * (unimodal + bimodal))
    return float(u * (1 - (S - 1) / (G - 1)))
