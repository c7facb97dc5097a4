"""A scale of kinds from who uses them with whom: a diagnostic of a codebook, not another one.

Letters for shapes: R rows (dyads), Q kinds, B resampled copies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from alignscore.axes import distinct_dyads
from alignscore.errors import OptionError, need, whole_number
from alignscore.events import Events
from alignscore.intervals import generator_of, ratio, state_counts
from alignscore.ledger.clusters import act_numbers
from alignscore.results import Result

ROUNDS, TOL = 300, 1e-7
CELLS = 2**16  # of the tables fitted side by side
RIDGE_ROW, RIDGE_KIND = 1.0, 0.5  # theta ~ N(0, 1); a kind hardly used is not thrown far


@dataclass(frozen=True, eq=False, repr=False)
class KindScaleResult(Result):
    """Place of each kind: arrays of shape (Q,).

    Attributes
    ----------
    kinds : tuple of str
    scale, se : ndarray
        Place on the scale (mean 0 and variance 1 over the events) and its standard error.
    value : ndarray
        The codebook's; the mean of its events' where kinds carry none.
    n : ndarray
        Events.
    explained : float
        Share of the association between dyads and kinds (inertia) on the scale's first axis.
    """

    LABELS: ClassVar[Mapping[str, str]] = {"kind": "kinds"}

    kinds: tuple[str, ...]
    scale: np.ndarray
    se: np.ndarray
    value: np.ndarray
    n: np.ndarray
    explained: float

    @property
    def agreement(self) -> float:
        """Spearman's rho of the scale and the codebook's values, kinds alike; up: they order kinds alike."""
        from alignscore.validity.rank_statistics import spearman

        return float(spearman(self.scale, self.value)(np.ones(len(self.kinds))))


def kind_scale(
    events: Events, *, least: int = 5, draws: int = 100, rng: int | np.random.Generator | None = 0
) -> KindScaleResult:
    """Do the dyads that use one kind use the kinds that the codebook puts beside it?

    One factor over kinds, without their values: ``log E n_dk = a_d + b_k + theta_d psi_k``, n the events of kind k
    between dyad d (Goodman's RC association model; in texts, the Poisson scaling of word counts). psi is the scale;
    its direction is the one along which the codebook's values rise.

    Parameters
    ----------
    events : Events
        With kinds. Directions are added; a mutual event counts once, and so does an act in several domains.
    least : int
        Kinds with fewer events are left out, and dyads with fewer than 2 events of the others.
    draws : int
        Resampled copies of the states behind the standard errors; fewer than 2 leave them NaN.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    KindScaleResult
        In standard deviations, up means: used by dyads that use the codebook's friendly kinds.

    Raises
    ------
    OptionError
        Fewer than 3 kinds, or fewer than 5 dyads, are left.

    Notes
    -----
    A diagnostic. A kind far from its value is one whose use says something else: on news events "yield" and material
    cooperation stand on the conflict side, since they are what dyads at war report. Do not score with it.

    References
    ----------
    Goodman 1979, Journal of the American Statistical Association 74:537. Slapin & Proksch 2008, American Journal of
    Political Science 52:705.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> found = kind_scale(asean(), draws=0)
    >>> bool(-1 <= found.agreement <= 1)
    True
    """
    need(events, Events)
    whole_number("least", least, 1)
    whole_number("draws", draws, 0)
    table, ends, names, value = _table(events, least)
    first, explained = _first_axis(table)
    psi = _factor(table, np.ones((1, len(table))), first)[0]
    n = table.sum(axis=0)
    rising = (n * psi) @ (value - (n @ value) / n.sum())
    psi = psi * (np.sign(rising) or 1.0)
    drawn = state_counts(int(ends.max()) + 1, draws if draws > 1 else 0, generator_of(rng))
    weight = drawn[:, ends[:, 0]] * drawn[:, ends[:, 1]]
    # a copy in which some kind is not used tells nothing of it
    weight = weight[(weight @ table > 0).all(axis=1)]
    se = np.full(len(psi), np.nan)
    if len(weight) > 1:
        copies = _factor(table, weight, psi)
        against = copies @ (psi * n) < 0
        se = np.std(np.where(against[:, None], -copies, copies), axis=0)
    recipe = {"measure": "kind_scale", "least": least, "draws": draws}
    return KindScaleResult(recipe, names, psi, se, value, n, explained)


def _table(events: Events, least: int) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], np.ndarray]:
    """Events of each kind between each pair (R, Q), codes of the pairs' states (R, 2), names and values (Q,)."""
    kinds = tuple(kind.name for kind in events.codebook)
    if not (events.kind >= 0).any():
        raise OptionError("these events have no kinds; a scale of kinds needs a column `kind`.")
    low, high = np.minimum(events.source, events.target), np.maximum(events.source, events.target)
    pairs, row = distinct_dyads(low, high, len(events.actors))
    Q = len(kinds)
    acts = pd.DataFrame({"act": act_numbers(events), "kind": events.kind, "row": row})
    known = (events.kind >= 0) & ~acts.duplicated().to_numpy()  # an act in two domains is one event
    kind = events.kind[known]
    table = np.bincount(row[known] * Q + kind, minlength=len(pairs) * Q).reshape(-1, Q)
    value = ratio(np.bincount(kind, events.value[known], Q), np.bincount(kind, minlength=Q))
    kept = np.flatnonzero(table.sum(axis=0) >= least)
    table = table[:, kept].astype(float)
    rows = np.flatnonzero(table.sum(axis=1) >= 2)
    table = table[rows]
    used = table.sum(axis=0) > 0
    table, kept = table[:, used], kept[used]
    if table.shape[1] < 3 or len(table) < 5:
        raise OptionError(
            f"{table.shape[1]} kinds with {least} or more events, {len(table)} dyads with 2 of them or more: a scale "
            "needs 3 kinds and 5 dyads."
        )
    codes = np.unique(pairs[rows], return_inverse=True)[1].reshape(-1, 2)
    return table, codes, tuple(kinds[at] for at in kept), value[kept]


def _factor(table: np.ndarray, weight: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Scales (B, Q) of the one-factor model, one a set of weights of the rows (B, R), from `start` (Q,).

    The fits of a block go on side by side, each until it stands still: one pass over an array costs little more than
    a pass over one small table.
    """
    block = max(1, CELLS // table.size)
    blocks = (weight[at : at + block] for at in range(0, len(weight), block))
    return np.concatenate([_fitted(table, some, start) for some in blocks])


def _fitted(N: np.ndarray, weight: np.ndarray, start: np.ndarray) -> np.ndarray:
    """`_factor` of one block: a row of N (R, Q) is n events of which softmax(b + theta psi) are of each kind.

    In turn theta (B, R), the place of each row, and then b and psi (B, Q), level and scale of each kind, by Newton's
    steps: g their slopes, h their curvature.
    """
    from scipy.special import softmax

    n, mass = N.sum(axis=1), weight @ N
    mass = mass / mass.sum(axis=1, keepdims=True)
    psi = _standard(np.tile(start, (len(weight), 1)), mass)
    theta, b, found = np.zeros(weight.shape), np.log(mass), psi.copy()
    moving = np.arange(len(weight))
    for _ in range(ROUNDS):
        before = psi
        for _ in range(2):
            p = softmax(b[:, None] + theta[:, :, None] * psi[:, None], axis=-1)
            m = (p @ psi[:, :, None])[:, :, 0]
            v = (p @ psi[:, :, None] ** 2)[:, :, 0] - m**2
            theta = theta + np.clip((psi @ N.T - n * m - RIDGE_ROW * theta) / (n * v + RIDGE_ROW), -1, 1)
        p = softmax(b[:, None] + theta[:, :, None] * psi[:, None], axis=-1)
        many = n[:, None] * p
        w, r = weight[:, :, None] * many * (1 - p), weight[:, :, None] * (N - many)
        side = theta[:, None]
        h00 = w.sum(axis=1) + 1e-3
        h01 = (side @ w)[:, 0]
        h11 = (side**2 @ w)[:, 0] + RIDGE_KIND
        g0 = r.sum(axis=1)
        g1 = (side @ r)[:, 0] - RIDGE_KIND * psi
        det = h00 * h11 - h01 * h01
        b = b + 0.7 * np.clip((h11 * g0 - h01 * g1) / det, -1, 1)
        psi = _standard(psi + 0.7 * np.clip((h00 * g1 - h01 * g0) / det, -1, 1), mass)
        found[moving] = psi
        on = np.abs(psi - before).max(axis=1) >= TOL
        if not on.any():
            break
        if not on.all():
            moving, weight, mass, theta, b, psi = (x[on] for x in (moving, weight, mass, theta, b, psi))
    return found


def _first_axis(N: np.ndarray) -> tuple[np.ndarray, float]:
    """First axis of correspondence analysis, (Q,), and its share of the inertia."""
    whole = N.sum()
    r, c = N.sum(axis=1) / whole, N.sum(axis=0) / whole
    Z = (N / whole - np.outer(r, c)) / np.sqrt(np.outer(r, c))
    value, vector = np.linalg.eigh(Z.T @ Z)
    return vector[:, -1] / np.sqrt(c), float(value[-1] / value.sum())


def _standard(psi: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Mean 0 and variance 1 over the events, each row by the masses of its own."""
    psi = psi - (mass * psi).sum(axis=-1, keepdims=True)
    return np.asarray(psi / np.maximum(np.sqrt((mass * psi**2).sum(axis=-1, keepdims=True)), 1e-12))
