"""What moved a score between two dates: a split that adds up, by kinds of events, domains or partners.

Letters for shapes: G groups, P powers, J partners, K domains, T periods; the two dates are the first axis, 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from alignscore.attribution.grouping import By, Groups, about
from alignscore.attribution.score_of import AlignmentOf, HedgingOf, Shipped
from alignscore.attribution.variants import Span, Stage, strangers
from alignscore.axes import Freq
from alignscore.decay import Decay, Saturating
from alignscore.errors import OptionError, one_of
from alignscore.events import Events
from alignscore.intervals import ratio
from alignscore.measures.exposure import both_ways
from alignscore.measures.spread import window_sum
from alignscore.ties import Ties
from alignscore.values import Result

TieBy: TypeAlias = Literal["domain", "dyad"]
SPLIT = ("alignment", "position", "diversification", "engagement", "hedging")  # fields that can be split


# ---- formulas on arrays -------------------------------------------------------------------------------
class Contributions(NamedTuple):
    """Parts of a change: `total` = `volume` + `tone`, each of the shape of what was given."""

    total: np.ndarray
    volume: np.ndarray
    tone: np.ndarray


def contributions(
    a0: np.ndarray, b0: np.ndarray, a1: np.ndarray, b1: np.ndarray, *, prior: float = 0.0, axis: int = 0
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
    prior : float
        Constant in the denominator.
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
    if not a0.shape == b0.shape == a1.shape == b1.shape:
        raise OptionError("a0, b0, a1 and b1 differ in shape; each holds the same parts.")
    if not prior >= 0:
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


def blended(a: np.ndarray, b: np.ndarray, prior: float, omega: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Contributions of groups to a weighted mean over domains of ratios, (3, G): total, volume, tone.

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
        return np.full((3, a.shape[1]), np.nan)
    middle, whole = mean.mean(), weight.sum(axis=1).mean()
    own = np.stack(contributions(a[0], b[0], a[1], b[1], prior=prior))  # (3, G, K)
    both = known.all(axis=0)
    moved = np.where(both, np.nan_to_num(own) * (omega / whole), 0.0)
    for date in (0, 1):
        only = known[date] & ~known[1 - date]
        part = ratio(b[date], np.broadcast_to(b[date].sum(axis=0), b[date].shape))
        part = np.where(np.isnan(part), 1 / a.shape[1], part)
        inside = np.nan_to_num(ratio(a[date], np.broadcast_to(bottom[date], a[date].shape)))
        coming = np.where(only, (inside - middle * part) * omega / whole, 0.0) * (1 if date else -1)
        moved[0] += coming
        moved[1] += coming
    parts: np.ndarray = moved.sum(axis=-1)
    return parts


# ---- the result and the door --------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class ChangeResult(Result):
    """Contributions to the change of one score between two dates, the largest first: arrays (G,).

    Attributes
    ----------
    about : dict of ndarray, (G,)
        Columns naming each group.
    contribution, volume, tone : ndarray
        `contribution` = `volume` + `tone`, and adds up to `change`.
    start, end : float
        The score at the two dates.
    """

    about: Mapping[str, np.ndarray]
    contribution: np.ndarray
    volume: np.ndarray
    tone: np.ndarray
    start: float
    end: float

    @property
    def change(self) -> float:
        """Score at the end less the score at the start."""
        return self.end - self.start

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return (self.about,)


def change(
    data: Events | Ties,
    start: object,
    end: object,
    *,
    score: Shipped,
    by: By | TieBy | Sequence[object] | np.ndarray = "domain",
    freq: Freq = "Y",
    decay: Decay | None = None,
) -> ChangeResult:
    """What moved this score between two dates: which kinds of events, which domain, which partner?

    Every score here is made of ratios of sums I = N/D, N = sum a_k, D = sum b_k; a group's part in the
    change is ``C_k = (da_k - Ibar db_k) / Dbar``, bars the means of the two dates (`contributions`).
    Weighted means over domains apply the rule twice; products and squares chain by their secant:
    ``d(1 - L^2) = -(L_0 + L_1) dL``, ``d(E V) = Vbar dE + Ebar dV``.

    Parameters
    ----------
    data : Events or Ties
        Events can be split in any way; ties by domain or dyad only.
    start, end : period, date or year
    score : AlignmentOf, PositionOf, DiversificationOf or HedgingOf
        With field alignment, position, diversification, engagement or hedging, and tie 'cooperation'.
        For one domain's own score give ``weights={"security": 1}``.
    by : {'event', 'row', 'kind', 'domain', 'source', 'target', 'pair', 'year', 'dyad'} or labels
        How events are grouped, as for `impact`. Ties: 'domain' or 'dyad'.
    freq, decay
        How events are posted; not for ties.

    Returns
    -------
    ChangeResult
        In units of the score; above 0: the group moved the score up. `volume`: there was more or less
        of it (fading counts); `tone`: its own balance moved. NaN: no score at one of the dates.

    Raises
    ------
    OptionError
        A field or a tie that has no such split, `by` not among its choices, a date outside the
        periods, two states that never meet, or the saturating decay split by events (its
        stocks do not add over events).
    UnknownLabelError
        An actor or domain that is not known.
    TypeError
        `data` is neither events nor ties, or `score` is none of these.

    Notes
    -----
    The parts add to the change exactly, add up over groups, and change sign when the dates are swapped.
    A domain that comes into sight moves the composite as volume.

    Examples
    --------
    What brought Cambodia and China closer since 2015?

    >>> from alignscore.datasets import asean
    >>> moved = change(asean(), 2015, 2026, score=AlignmentOf("KHM", "CHN"), by="kind")
    >>> bool(abs(moved.contribution.sum() - moved.change) < 1e-12)
    True
    """
    _check_score(score)
    two, told, omega, origin = (
        _from_events(data, score, by, (start, end), freq, decay)
        if isinstance(data, Events)
        else _from_ties(data, score, by, (start, end))
    )
    parts, levels = (
        _alignment(two, score, omega) if isinstance(score, AlignmentOf) else _state(two, score, omega)
    )
    order = np.argsort(-np.abs(np.nan_to_num(parts[0])), kind="stable")
    recipe = {
        "measure": "change", "score": score, "by": by if isinstance(by, str) else "labels given",
        "start": str(start), "end": str(end), **origin,
    }  # fmt: skip
    total, volume, tone = parts[:, order]
    return ChangeResult(
        recipe=recipe, about={name: column[order] for name, column in told.items()},
        contribution=total, volume=volume, tone=tone, start=levels[0], end=levels[1],
    )  # fmt: skip


def _check_score(score: object) -> None:
    if not isinstance(score, AlignmentOf | HedgingOf):
        raise TypeError(
            f"score is {score!r}; a change is split for AlignmentOf and HedgingOf (PositionOf, ...)."
        )
    one_of("field", score.field, SPLIT)
    if isinstance(score, HedgingOf) and score.tie != "cooperation":
        raise OptionError(
            f"tie is {score.tie!r}; a change is split for tie='cooperation' only, where ties are sums."
        )


# ---- stocks of groups at two dates ------------------------------------------------------------------------
class _Stocks(NamedTuple):
    """Stocks of each group at the two dates, (2, G, J, K): partners of the score first, then others."""

    n: np.ndarray
    cooperation: np.ndarray
    conflict: np.ndarray


Found: TypeAlias = tuple[_Stocks, dict[str, np.ndarray], np.ndarray, dict[str, Any]]


def _from_events(
    events: Events, score: Shipped, by: Any, dates: tuple[object, object], freq: Freq, decay: Decay | None
) -> Found:
    if isinstance(decay, Saturating):
        raise OptionError(
            "stocks under Saturating do not add over events; split the ties by domain or dyad instead."
        )
    groups = Groups.of(events, "pair" if isinstance(by, str) and by == "dyad" else by)
    span = Span.of([events], freq, list(dates))
    stage = Stage.of(events, score, span, decay)
    codes, present = groups.some(stage.rows)
    ties, versions = stage.alone(codes, len(present))
    told = about(events, groups, present, stage.rows)
    omega = ties.axes.domain_weights(score.weights)
    return _picked(ties, score, versions, span.at), told, omega, {"freq": freq, "decay": stage.decay}


def _from_ties(ties: Ties, score: Shipped, by: Any, dates: tuple[object, object]) -> Found:
    if not isinstance(ties, Ties):
        raise TypeError(f"data is a {type(ties).__name__}; give Events or Ties.")
    one_of("by", by, ("domain", "dyad"))
    at = np.array([ties.axes.period(date) for date in dates])
    n, c, k = _picked(ties, score, (score.actor,), at)  # (2, 1, J, K)
    if not n.any():
        raise strangers(score)
    J, K = n.shape[2:]
    if by == "domain":
        own = np.eye(K)[:, None, :]  # (G, 1, K)
        labels = np.array(ties.axes.domains, dtype=object)
    else:
        own = np.eye(J)[:, :, None]  # (G, J, 1)
        labels = np.array([f"{score.actor}-{name}" for name in _partners(score, ties)], dtype=object)
    parts = _Stocks(n * own, c * own, k * own)
    active = np.flatnonzero(parts.n.any(axis=(0, 2, 3)))
    kept = _Stocks(*(stock[:, active] for stock in parts))
    return (
        kept,
        {"group": labels[active]},
        ties.axes.domain_weights(score.weights),
        {"decay": ties.ledger.decay},
    )


def _partners(score: Shipped, ties: Ties) -> list[str]:
    first = list(score.powers) if isinstance(score, HedgingOf) else [score.target]
    if score.partners is not None:
        return first
    return first + [name for name in ties.axes.actors if name not in first]


def _picked(ties: Ties, score: Shipped, actors: Sequence[str], at: np.ndarray) -> _Stocks:
    """Stocks between actors and the score's partners, in the direction the score reads."""
    directed = score.directed if isinstance(score, AlignmentOf) else score.direction != "both"
    if directed and not ties.directed:
        raise OptionError("the score reads one direction; these ties are undirected.")
    view = ties if directed else both_ways(ties.undirected())
    table = view.axes.table
    if isinstance(score, HedgingOf) and score.direction == "in":
        table = table.T
    partners = view.axes.actor_codes(_partners(score, ties))
    seat = table[view.axes.actor_codes(actors)[:, None], partners]  # (G, J)
    window = 1 if isinstance(score, AlignmentOf) or score.window is None else score.window

    def pick(name: str) -> np.ndarray:
        stock = np.where((seat >= 0)[:, :, None, None], getattr(view, name)[seat], 0.0)
        return np.moveaxis(window_sum(stock, window)[..., at], -1, 0)

    return _Stocks(pick("n"), pick("cooperation"), pick("conflict"))


# ---- chains of ratios -------------------------------------------------------------------------------------
def _level(a: np.ndarray, b: np.ndarray, prior: float, omega: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The weighted mean over domains at each date, (2,)."""
    weight = omega * known
    each = np.where(known, np.nan_to_num(ratio(a.sum(axis=1), b.sum(axis=1) + prior)), 0.0)
    return ratio((weight * each).sum(axis=1), weight.sum(axis=1))


def _alignment(two: _Stocks, score: AlignmentOf, omega: np.ndarray) -> tuple[np.ndarray, list[float]]:
    n, c, k = (stock[:, :, 0] for stock in two)  # (2, G, K)
    known = (n.sum(axis=1) > 0) & ((c + k).sum(axis=1) + score.prior > 0)
    given = (c - k, c + k, score.prior, omega, known)
    return blended(*given), _level(*given).tolist()


def _state(two: _Stocks, score: HedgingOf, omega: np.ndarray) -> tuple[np.ndarray, list[float]]:
    x = two.cooperation  # (2, G, J, K)
    P = len(score.powers)
    inside, every = x[:, :, :P].sum(axis=2), x.sum(axis=2)
    known = inside.sum(axis=1) > 0
    given = [(x[:, :, p], inside, 0.0, omega, known) for p in range(P)]
    moved, share = (
        np.stack([blended(*g) for g in given]),
        np.stack([_level(*g) for g in given]),
    )  # (P, 3, G), (P, 2)
    if score.field == "position":
        return moved[1] - moved[0], (share[1] - share[0]).tolist()
    scale = P / (P - 1)
    spread = -scale * (share.sum(axis=1)[:, None, None] * moved).sum(axis=0)
    v = scale * (1 - (share**2).sum(axis=0))
    if score.field == "diversification":
        return spread, v.tolist()
    met = every.sum(axis=1) > 0
    engaged, e = blended(inside, every, 0.0, omega, met), _level(inside, every, 0.0, omega, met)
    if score.field == "engagement":
        return engaged, e.tolist()
    return v.mean() * engaged + e.mean() * spread, (e * v).tolist()
