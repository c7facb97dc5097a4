"""What moved a score between two dates: a split that adds up, by kinds of events, domains or partners.

Letters for shapes: G groups, P powers, J partners, K domains, T periods; the two dates are the first axis, 2.
Of the interval: G what is drawn by one chance, B draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np

from alignscore.attribution.contributions import blended, contributions
from alignscore.attribution.groups import By, Groups, about
from alignscore.attribution.redrawn import (
    Apart,
    Draws,
    Side,
    Sort,
    Unseen,
    chances,
    drawn_together,
    partners,
    summary,
)
from alignscore.attribution.scores import AlignmentOf, HedgingOf
from alignscore.attribution.versions import Span, Stage, strangers
from alignscore.axes import Freq, period_ends
from alignscore.dates import span_starts
from alignscore.decay import Decay, Saturating
from alignscore.draws import Rng, generator_of
from alignscore.errors import OptionError, one_of, whole_number, within
from alignscore.events import Events
from alignscore.intervals import LEVEL, ratio
from alignscore.ledger.ties import Ties
from alignscore.measures.dyads.alignment import prior_mass
from alignscore.measures.dyads.exposure import both_ways
from alignscore.measures.states.diversification import gini_simpson, window_sum
from alignscore.results import Result

TieBy: TypeAlias = Literal["domain", "dyad"]
Splittable: TypeAlias = AlignmentOf | HedgingOf
SPLIT = (
    "alignment",
    "position",
    "position_raw",
    "diversification",
    "engagement",
    "hedging",
)  # fields that can be split


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
    se, low, high : float
        Standard error and interval of `change`, end less start; NaN for ties, which do not tell what stands
        at both dates.
    """

    FIGURE: ClassVar[str | None] = "waterfall"

    about: Mapping[str, np.ndarray]
    contribution: np.ndarray
    volume: np.ndarray
    tone: np.ndarray
    start: float
    end: float
    se: float
    low: float
    high: float

    @property
    def change(self) -> float:
        """Score at the end less the score at the start."""
        return self.end - self.start

    def __repr__(self) -> str:
        told = f"change={self.change:+.3f}"
        if not np.isnan(self.se):
            told += f" [{self.low:+.3f}, {self.high:+.3f}]"
        return super().__repr__().replace("; ", f"; {told}, ", 1)

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return (self.about,)


def change(
    data: Events | Ties,
    start: object,
    end: object,
    *,
    score: Splittable,
    by: By | TieBy | Sequence[object] | np.ndarray = "domain",
    freq: Freq = "Y",
    decay: Decay | None = None,
    draws: int = 1000,
    rng: Rng = 0,
    level: float = LEVEL,
) -> ChangeResult:
    """What moved this score between two dates, which kinds, domain or partner, and is it more than noise?

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
        With field alignment, position, position_raw, diversification, engagement or hedging, and tie 'cooperation'.
        For one domain's own score give the others a weight of 0.
    by : {'event', 'row', 'kind', 'domain', 'source', 'target', 'pair', 'year', 'dyad'} or labels
        How events are grouped, as for `impact`. Ties: 'domain' or 'dyad'.
    freq, decay
        How events are posted; not for ties.
    draws : int
        Behind the interval of the change, at least 50.
    rng : int or numpy.random.Generator, optional
        Seed of the draws.
    level : float
        Of the interval.

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

    The interval is of the whole change (a group of a few events does not tell what else it could have been),
    and says how far it may be from that of the expected stocks, were the record drawn again. Each draw
    scores both dates under the same chances, so what stands at both largely cancels: every episode happens
    Gamma(1) times, as in `what_if`, and in each pair and domain known to the score half an event that went
    unseen is added for either sign, Gamma(1/2) times the mass-weighted mean size, once among what
    began by the earlier date and fades with it, once among what began since. So where nothing was seen
    between the dates the score may still have moved. In simulated records of 3 to 30 events a dyad before and
    .5 to 10 between, 95 % intervals cover 90 to 98 % for an alignment, 95 % and more for a position; without the
    unseen event since 27 to 95 %, without any 22 to 97 %. Of ties only the stocks are known, not what
    stands at both dates: their interval is NaN. Doubts about values, weights and half-lives are left out
    (`robustness`).

    References
    ----------
    Bennet 1920 (see `contributions`); Fay & Kim 2017 and Newton & Raftery 1994 (see `what_if`).

    Examples
    --------
    What brought Cambodia and China closer since 2015?

    >>> from alignscore.datasets import asean
    >>> moved = change(asean(), 2015, 2026, score=AlignmentOf("KHM", "CHN"), by="kind")
    >>> bool(abs(moved.contribution.sum() - moved.change) < 1e-12)
    True

    Is that more than noise?

    >>> bool(moved.low < moved.change < moved.high)
    True
    """
    _check_score(score)
    whole_number("draws", draws, 50)
    within("level", level, 0.0, 1.0, open_low=True, open_high=True)
    two, told, omega, origin = (
        _from_events(data, score, by, (start, end), freq, decay)
        if isinstance(data, Events)
        else _from_ties(data, score, by, (start, end))
    )
    parts, levels = (
        _alignment(two, score, origin.pop("prior"), omega)
        if isinstance(score, AlignmentOf)
        else _state(two, score, omega)
    )
    move = levels[1] - levels[0]
    se, low, high = (float("nan"),) * 3
    if isinstance(data, Events) and not np.isnan(move):
        span = Span.of([data], freq, [start, end]).late(decay, getattr(score, "window", None) or 1)
        how = Draws(draws, generator_of(rng), level)
        se, low, high = _spread(Stage.of(data, score, span, decay), how)
    order = np.argsort(-np.abs(np.nan_to_num(parts[0])), kind="stable")
    recipe = {
        "measure": "change", "score": score, "by": by if isinstance(by, str) else "labels given",
        "start": str(start), "end": str(end), **origin, "draws": draws, "level": level,
    }  # fmt: skip
    total, volume, tone = parts[:, order]
    return ChangeResult(
        recipe=recipe, about={name: column[order] for name, column in told.items()},
        contribution=total, volume=volume, tone=tone, start=levels[0], end=levels[1],
        se=se, low=min(low, move), high=max(high, move),
    )  # fmt: skip


def _check_score(score: object) -> None:
    if not isinstance(score, Splittable):
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
    square: np.ndarray  # of cooperation; over a window, each group's part of the whole's


Found: TypeAlias = tuple[_Stocks, dict[str, np.ndarray], np.ndarray, dict[str, Any]]


def _from_events(
    events: Events, score: Splittable, by: Any, dates: tuple[object, object], freq: Freq, decay: Decay | None
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
    told = dict(about(events, groups, present, stage.rows))
    omega = ties.axes.domain_weights(score.weights)
    origin = {"freq": freq, "decay": stage.decay, **_prior(ties, score)}
    return _picked(ties, score, versions, span.at), told, omega, origin


def _prior(ties: Ties, score: Splittable) -> dict[str, np.ndarray]:
    """Prior mass of an alignment in each domain."""
    if not isinstance(score, AlignmentOf):
        return {}
    return {"prior": prior_mass(ties if score.directed else ties.undirected(), score.prior)}


def _from_ties(ties: Ties, score: Splittable, by: Any, dates: tuple[object, object]) -> Found:
    if not isinstance(ties, Ties):
        raise TypeError(f"data is a {type(ties).__name__}; give Events or Ties.")
    one_of("by", by, ("domain", "dyad"))
    at = np.array([ties.axes.period(date) for date in dates])
    whole = _picked(ties, score, (score.actor,), at)  # (2, 1, J, K)
    if not whole.n.any():
        raise strangers(score)
    J, K = whole.n.shape[2:]
    if by == "domain":
        own = np.eye(K)[:, None, :]  # (G, 1, K)
        labels = np.array(ties.axes.domains, dtype=object)
    else:
        own = np.eye(J)[:, :, None]  # (G, J, 1)
        labels = np.array([f"{score.actor}-{name}" for name in _partners(score, ties)], dtype=object)
    parts = _Stocks(*(stock * own for stock in whole))
    active = np.flatnonzero(parts.n.any(axis=(0, 2, 3)))
    kept = _Stocks(*(stock[:, active] for stock in parts))
    return (
        kept,
        {"group": labels[active]},
        ties.axes.domain_weights(score.weights),
        {"decay": ties.ledger.decay, **_prior(ties, score)},
    )


def _partners(score: Splittable, ties: Ties) -> list[str]:
    first = list(score.powers) if isinstance(score, HedgingOf) else [score.target]
    if score.partners is not None:
        return first
    return first + [name for name in ties.axes.actors if name not in first]


def _picked(ties: Ties, score: Splittable, actors: Sequence[str], at: np.ndarray) -> _Stocks:
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
        return np.where((seat >= 0)[:, :, None, None], getattr(view, name)[seat], 0.0)

    own = pick("cooperation2")
    whole = window_sum(np.sqrt(own.sum(axis=0)), window) ** 2  # as `hedging` adds the squares of a window
    square = window_sum(own, window)
    square *= np.nan_to_num(ratio(whole, square.sum(axis=0)))
    stocks = *(window_sum(pick(name), window) for name in ("n", "cooperation", "conflict")), square
    return _Stocks(*(np.moveaxis(stock[..., at], -1, 0) for stock in stocks))


# ---- chains of ratios -------------------------------------------------------------------------------------
def _level(
    a: np.ndarray, b: np.ndarray, prior: np.ndarray | float, omega: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """The weighted mean over domains at each date, (2,)."""
    weight = omega * known
    each = np.where(known, np.nan_to_num(ratio(a.sum(axis=1), b.sum(axis=1) + prior)), 0.0)
    return ratio((weight * each).sum(axis=1), weight.sum(axis=1))


def _alignment(
    two: _Stocks, score: AlignmentOf, prior: np.ndarray, omega: np.ndarray
) -> tuple[np.ndarray, list[float]]:
    n, c, k = (stock[:, :, 0] for stock in two[:3])  # (2, G, K)
    seen = (n.sum(axis=1) > 0) & ((c + k).sum(axis=1) + prior > 0)
    if score.domains == "all":  # a domain without events stands at 0, as in `alignment`
        seen = np.broadcast_to((seen & (omega > 0)).any(axis=1, keepdims=True), seen.shape)
    given = (c - k, c + k, prior, omega, seen)
    return blended(*given), _level(*given).tolist()


def _state(two: _Stocks, score: HedgingOf, omega: np.ndarray) -> tuple[np.ndarray, list[float]]:
    x, square = two.cooperation, two.square  # (2, G, J, K)
    P = len(score.powers)
    inside, every = x[:, :, :P].sum(axis=2), x.sum(axis=2)
    if score.field == "position":
        moved, lean = _posterior(x[:, :, 1], inside, square[:, :, :P].sum(axis=2), P, omega)
        return 2 * moved, (2 * lean - 1).tolist()
    known = inside.sum(axis=1) > 0
    given = [(x[:, :, p], inside, 0.0, omega, known) for p in range(P)]
    moved, share = (
        np.stack([blended(*g) for g in given]),
        np.stack([_level(*g) for g in given]),
    )  # (P, 3, G), (P, 2)
    if score.field == "position_raw":
        return moved[1] - moved[0], (share[1] - share[0]).tolist()
    scale = P / (P - 1)
    spread = -scale * (share.sum(axis=1)[:, None, None] * moved).sum(axis=0)
    v = gini_simpson(share, axis=0)
    if score.field == "diversification":
        return spread, v.tolist()
    engaged, e = _posterior(inside, every, square.sum(axis=2), 2, omega)
    if score.field == "engagement":
        return engaged, e.tolist()
    return v.mean() * engaged + e.mean() * spread, (e * v).tolist()


def _posterior(
    a: np.ndarray, b: np.ndarray, square: np.ndarray, k: int, omega: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Contributions (3, G) to a mean over all domains of posterior means of a share, and the mean, (2,).

    With u = sum m^2 / sum m, an event's worth of mass, (N s + 1/2) / (N + k/2) of one of k classes is
    (a + u/2) / (b + k u/2): the prior is one group more. As u is a ratio of sums itself, its move is shared out to the
    groups by theirs, to volume. `a`, `b`, `square` (2, G, K); where a date has no tie, u is the other date's.
    """
    whole, seen = b.sum(axis=1), ((b.sum(axis=1) > 0) * omega).any(axis=1)
    u = ratio(square.sum(axis=1), whole)  # (2, K)
    u = np.nan_to_num(np.where(np.isnan(u), u[::-1], u), nan=1.0)
    tops, bottoms = (
        np.concatenate([part, part_of_u[:, None]], axis=1) for part, part_of_u in ((a, u / 2), (b, k * u / 2))
    )
    level = tops.sum(axis=1) / bottoms.sum(axis=1)
    parts = np.stack(contributions(tops[0], bottoms[0], tops[1], bottoms[1]))[:, :-1]  # (3, G, K)
    db = b[1] - b[0]
    du = np.nan_to_num(ratio(square[1] - square[0] - u.mean(axis=0) * db, whole.mean(axis=0) + 0 * db))
    du = np.where((whole > 0).all(axis=0), du, 0.0)
    by_prior = (1 - k * level.mean(axis=0)) / 2 * du / bottoms.sum(axis=1).mean(axis=0)
    parts[:2] += by_prior
    mean = (level * omega).sum(axis=1) / omega.sum()
    if not seen.all():
        return np.full((3, a.shape[1]), np.nan), np.where(seen, mean, np.nan)
    return (np.nan_to_num(parts) * omega).sum(axis=-1) / omega.sum(), mean


# ---- how sure the change is: both dates scored under the same chances of the same events ----------------
def _spread(stage: Stage, how: Draws) -> tuple[float, float, float]:
    """Standard error, low and high end of the change from the first to the second period of a stage's span."""
    codes, worth = drawn_together(stage.events, stage.decay, period_ends(stage.span.periods))
    wide = stage.with_partners(partners(stage.score, stage.events.actors))
    apart = Apart.of(stage.events, codes, len(worth), wide.blank)
    unseen = _unseen(stage, apart, codes, int(stage.span.at.min()))
    side = Side(apart, unseen, lambda *mix: wide.mixed(*mix).score)
    drawn = np.concatenate([side.drawn(*one)[:, -1] for one in chances((side,), worth, how)])
    se, low, high = summary(drawn[:, 1] - drawn[:, 0], how.level)
    return float(se), float(low), float(high)


def _unseen(stage: Stage, apart: Apart, codes: np.ndarray, first: int) -> Unseen:
    """Unseen events: half of one already begun at the first date, fading since, and half of one begun between the dates."""
    groups = int(codes.max()) + 1
    begun = np.full(groups, np.iinfo(np.int64).max)
    np.minimum.at(begun, codes, span_starts(stage.events.day, stage.events.precision))
    early = begun <= apart.ledger.axes.ends[first]
    whole = apart.ties(np.ones(groups + 1))
    old, new = (Sort.of(stage.score, apart.ties(np.append(some, 0.0))) for some in (early, ~early))
    some = new.size > 0
    then = (
        old.size[first],
        old.weight[first],
    )  # where nothing is new, one like those before, when they stood
    size, weight = (np.where(some, a, b) for a, b in zip((new.size, new.weight), then, strict=True))
    since = Sort(size, weight)
    one, two = (Unseen.of(stage.score, sort, whole) for sort in (old, since))
    known = np.any(one.level[:, :, [first]], axis=(3, 4), keepdims=True)  # what came into sight later is new
    later = (np.arange(one.level.shape[2]) > first)[:, None, None]
    kept = np.where(later & ~known, 0.0, one.level), np.where(later, two.level, 0.0)
    Q = int(one.pair.max()) + 1
    return replace(
        one, cells=np.concatenate([one.cells, two.cells]), pair=np.concatenate([one.pair, Q + two.pair]),
        level=np.concatenate(kept),
    )  # fmt: skip
