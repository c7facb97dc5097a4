"""What moves a ratio of sums between two dates: contributions of its parts, which add up, as formulas on arrays.

Letters for shapes: G groups, K domains; the two dates are the first axis, 2.
"""

from __future__ import annotations

from numbers import Real
from typing import NamedTuple

import numpy as np

from alignscore.errors import OptionError, whole_number, within
from alignscore.intervals import ratio


class Contributions(NamedTuple):
    """Parts of a change: `total` = `volume` + `tone`, each of the shape of what was given."""

    total: np.ndarray
    volume: np.ndarray
    tone: np.ndarray


def contributions(
    a0: np.ndarray,
    b0: np.ndarray,
    a1: np.ndarray,
    b1: np.ndarray,
    *,
    prior: np.ndarray | float = 0.0,
    axis: int = 0,
) -> Contributions:
    """How much does each part move a ratio of sums between two dates?

    For I = N/D, N = sum_k a_k, D = prior + sum_k b_k, with bars for means over the two dates:
    ``C_k = (da_k - Ibar db_k) / Dbar``. With c_k = a_k / b_k it splits into
    ``volume = (cbar_k - Ibar) db_k / Dbar`` (there is more or less of the part, better or worse than
    the whole) and ``tone = bbar_k dc_k / Dbar`` (the part itself became better or worse).

    Parameters
    ----------
    a0, b0, a1, b1 : ndarray
        Numerators and denominators of the parts at the first and the second date, of one shape.
    prior : float or ndarray
        Constant in the denominator, 0 or more.
    axis : int
        Axis of the parts.

    Returns
    -------
    Contributions
        `total` adds to the change of I over `axis`, exactly; it changes its sign when the dates are
        swapped, and the contribution of a union of parts is the sum of theirs. A part absent at one
        date (b_k = 0) is given its ratio at the other: its coming or going is volume. If it has a
        numerator without a denominator, all of it is tone. NaN: D is 0 at one of the dates.

    Raises
    ------
    OptionError
        `prior` below 0, or arrays of different shapes.

    References
    ----------
    Bennet 1920, J. Royal Statistical Society 83:455 (differences of products split at their midpoints),
    applied to N = I D. It is close to the Shapley values of the same change at a fraction of their cost.

    Examples
    --------
    Two kinds of events; the second, unfriendly one goes away.

    >>> then, now = np.array([6.0, -4.0]), np.array([6.0, 0.0])
    >>> parts = contributions(then, abs(then), now, abs(now))  # from 2/10 to 6/6
    >>> parts.total.round(12).tolist()
    [0.0, 0.8]
    """
    for name, given in (("a0", a0), ("b0", b0), ("a1", a1), ("b1", b1)):
        if not isinstance(given, np.ndarray) or not given.ndim or given.dtype.kind not in "biuf":
            raise TypeError(f"{name} is {given!r:.60}; give an array of numbers, an entry for each part.")
    whole_number("axis", axis, -a0.ndim)
    within("axis", axis, -a0.ndim, a0.ndim - 1)
    if not a0.shape == b0.shape == a1.shape == b1.shape:
        raise OptionError("a0, b0, a1 and b1 differ in shape; each holds the same parts.")
    if not isinstance(prior, Real | np.ndarray):
        raise TypeError(f"prior is {prior!r:.60}; it must be a number, or an array of them.")
    if not np.all(np.asarray(prior) >= 0):
        raise OptionError(f"prior is {prior!r}; it must be 0 or more.")
    d0, d1 = (prior + b.sum(axis=axis, keepdims=True) for b in (b0, b1))
    i0, i1 = ratio(a0.sum(axis=axis, keepdims=True), d0), ratio(a1.sum(axis=axis, keepdims=True), d1)
    i, d = (i0 + i1) / 2, (d0 + d1) / 2
    total = (a1 - a0 - i * (b1 - b0)) / np.where(d == 0, np.nan, d)
    c0, c1 = ratio(a0, b0), ratio(a1, b1)
    c0, c1 = np.where(np.isnan(c0), c1, c0), np.where(np.isnan(c1), c0, c1)
    orphan = ((b0 == 0) & (a0 != 0)) | ((b1 == 0) & (a1 != 0))
    absent = (b0 == 0) & (b1 == 0)
    rise = (b0 + b1) / 2 * np.where(orphan | absent, 0.0, c1 - c0) / np.where(d == 0, np.nan, d)
    tone = np.where(orphan, total, rise)
    return Contributions(total, total - tone, tone)


def mean_contributions(
    a: np.ndarray, b: np.ndarray, prior: np.ndarray | float, omega: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Contributions of groups to a weighted mean over domains of ratios, (3, G): total, volume, tone; and the mean, (2,).

    `a`, `b` (2, G, K) are the groups' numerators and denominators at two dates, `omega` (K,) the
    domains' weights, `known` (2, K) which domains are seen. The mean is itself a ratio of sums over
    domains, sum omega I / sum omega, so the rule is used twice: a domain's own move is shared out by its
    groups' contributions; a domain that comes into sight or drops out moves the mean by how far it
    stands from it, shared out by the groups' parts in its ratio (to volume).
    """
    weight = omega * known  # (2, K)
    bottom = b.sum(axis=1) + prior
    level = np.where(known, np.nan_to_num(ratio(a.sum(axis=1), bottom)), 0.0)
    mean = ratio((weight * level).sum(axis=1), weight.sum(axis=1))
    if np.isnan(mean).any():
        return np.full((3, a.shape[1]), np.nan), mean
    middle = mean.mean()
    whole = weight.sum(axis=1).mean()
    own = np.stack(contributions(a[0], b[0], a[1], b[1], prior=prior))  # (3, G, K)
    both = known.all(axis=0)
    moved = np.where(both, np.nan_to_num(own) * (omega / whole), 0.0)
    for date in (0, 1):
        only = known[date] & ~known[1 - date]
        # a ratio that stood at 0, with nothing under it
        alone = both & (bottom[date] > 0) & (bottom[1 - date] == 0)
        part = ratio(b[date], np.broadcast_to(b[date].sum(axis=0), b[date].shape))
        part = np.where(np.isnan(part), 1 / a.shape[1], part)
        inside = np.nan_to_num(ratio(a[date], np.broadcast_to(bottom[date], a[date].shape)))
        stood = np.where(only, middle * part, 0.0)
        coming = np.where(only | alone, (inside - stood) * omega / whole, 0.0) * (1 if date else -1)
        moved[0] += coming
        moved[1] += coming
    return moved.sum(axis=-1), mean
