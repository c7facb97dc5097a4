"""What moved a score between two dates: a split that adds up, by kinds of events, domains or partners.

Letters for shapes: G groups, P powers, J partners, K domains, T periods; the two dates are the first axis, 2.
Of the interval: G what is drawn by one chance, B draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np

from alignscore.attribution.contributions import contributions, mean_contributions
from alignscore.attribution.groups import By, Groups, about
from alignscore.attribution.redrawn import (
    Draws,
    Redrawn,
    Unseen,
    chance_blocks,
    chances_of,
    error_and_ends,
    one_event,
)
from alignscore.attribution.scores import AlignmentOf, HedgingOf, Parties, PartyStocks, stocks_between
from alignscore.attribution.versions import Span, Versions, no_event_error
from alignscore.axes import Freq
from alignscore.dates import span_starts
from alignscore.decay import Decay, Saturating
from alignscore.display import interval, number
from alignscore.errors import OptionError, check_level, one_of, whole_number
from alignscore.events import Events
from alignscore.intervals import LEVEL, Rng, generator_of, ratio
from alignscore.ledger.ties import Ties
from alignscore.measures.states.diversification import gini_simpson, window_of, window_sum
from alignscore.results import Result

TieBy: TypeAlias = Literal["domain", "dyad"]
Splittable: TypeAlias = AlignmentOf | HedgingOf
# fields that can be split
SPLIT = ("alignment", "position", "position_raw", "diversification", "engagement", "hedging")


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
        total = f"change={self.change:+.3f}"
        if not np.isnan(self.se):
            total += f" [{self.low:+.3f}, {self.high:+.3f}]"
        return super().__repr__().replace("; ", f"; {total}, ", 1)

    def _notes(self) -> list[str]:
        """The whole change too, which no group of the table tells."""
        before, after = (f"{number(getattr(self, end))} in {self.recipe[end]}" for end in ("start", "end"))
        level = "" if np.isnan(self.se) else f" ({100 * self.recipe['level']:g} % interval)"
        whole = f"a change of {interval(self.change, self.low, self.high)}{level}"
        return [*super()._notes(), f"The score was {before} and {after}: {whole}."]

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
        Probability level of the interval, between 0 and 1.

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
    Gamma(l)/l times where a share l of it is left, as in `what_if`, and what is left at the later date is part of
    what was left at the earlier. In each pair and domain known to the score half an event that went
    unseen is added for either sign, Gamma(1/2) times the mass-weighted mean size of these and of one event of the
    whole table, once among what
    began by the earlier date and fades with it, once among what began since. So where nothing was seen
    between the dates the score may still have moved. In simulated records of 3 to 30 friendly events a dyad
    before and 1 to 10 between, 95 % intervals cover 99 % and more for an alignment, 95 % and more for a position; where
    either sign occurs and relations drift, see docs/uncertainty. Of ties only the stocks are known, not what
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
    check_level(level)
    generator = generator_of(rng)
    if isinstance(data, Events):
        found = _from_events(data, score, by, (start, end), freq, decay)
    else:
        found = _from_ties(data, score, by, (start, end), freq, decay)
    if isinstance(score, AlignmentOf):
        parts, levels = _alignment(found.stocks, score, found.parties)
    else:
        parts, levels = _state(found.stocks, score, found.parties.omega)
    move = levels[1] - levels[0]
    se, low, high = (float("nan"),) * 3
    if found.versions is not None and not np.isnan(move):
        se, low, high = _error_and_interval(found.versions, move, Draws(draws, generator, level))
    order = np.argsort(-np.abs(np.nan_to_num(parts[0])), kind="stable")
    recipe = {
        "measure": "change", "score": score, "by": by if isinstance(by, str) else "labels given",
        "start": str(start), "end": str(end), **found.origin, "draws": draws, "level": level,
    }  # fmt: skip
    total, volume, tone = parts[:, order]
    return ChangeResult(
        recipe=recipe, about={name: column[order] for name, column in found.about.items()},
        contribution=total, volume=volume, tone=tone, start=levels[0], end=levels[1],
        se=se, low=low, high=high,
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


class _SplitInput(NamedTuple):
    """What a change is split by, and what the split takes beside the stocks."""

    stocks: _Stocks
    about: dict[str, np.ndarray]
    parties: Parties
    origin: dict[str, Any]  # of the recipe
    versions: Versions | None = None


def _from_events(
    events: Events, score: Splittable, by: Any, dates: tuple[object, object], freq: Freq, decay: Decay | None
) -> _SplitInput:
    if isinstance(decay, Saturating):
        raise OptionError(
            "stocks under Saturating do not add over events; split the ties by domain or dyad instead."
        )
    groups = Groups.make(events, "pair" if isinstance(by, str) and by == "dyad" else by)
    span = Span.make([events], freq, list(dates))
    versions = Versions.make(events, score, span, decay)
    codes, present = groups.some(versions.rows)
    stocks = _stocks_at_dates(versions.stocks_by_group(codes, len(present)), score, versions.asked)
    labels = dict(about(groups, present, versions.rows))
    origin = {"freq": freq, "decay": versions.decay}
    return _SplitInput(stocks, labels, versions.parties, origin, versions)


def _from_ties(
    ties: Ties, score: Splittable, by: Any, dates: tuple[object, object], freq: Freq, decay: Decay | None
) -> _SplitInput:
    if not isinstance(ties, Ties):
        raise TypeError(f"data is a {type(ties).__name__}; give Events or Ties.")
    if decay is not None or freq not in ("Y", ties.axes.freq):
        raise OptionError("freq and decay are those of the ties, as they were posted; leave them out.")
    one_of("by", by, ("domain", "dyad"))
    at = np.array([ties.axes.period(date) for date in dates])
    stocks, parties = stocks_between(ties, score)
    whole = _stocks_at_dates(stocks, score, at)  # (2, 1, J, K)
    if not whole.n.any():
        raise no_event_error(score)
    J, K = whole.n.shape[2:]
    if by == "domain":
        own = np.eye(K)[:, None, :]  # (G, 1, K)
        labels = np.array(ties.axes.domains, dtype=object)
    else:
        own = np.eye(J)[:, :, None]  # (G, J, 1)
        labels = np.array([f"{score.actor}-{name}" for name in parties.partners], dtype=object)
    parts = _Stocks(*(stock * own for stock in whole))
    active = np.flatnonzero(parts.n.any(axis=(0, 2, 3)))
    some = _Stocks(*(stock[:, active] for stock in parts))
    return _SplitInput(some, {"group": labels[active]}, parties, {"decay": ties.ledger.decay})


def _stocks_at_dates(stocks: PartyStocks, score: Splittable, at: np.ndarray) -> _Stocks:
    """Stocks of groups (G, 1, J, K, T), over the score's window, at the two dates; (1, J, K, T) are those of one group."""
    window = window_of(getattr(score, "window", None))
    n, c, k, own = (
        getattr(stocks, name).reshape(-1, *stocks.n.shape[-3:])
        for name in ("n", "cooperation", "conflict", "cooperation2")
    )  # (G, J, K, T)
    whole = window_sum(np.sqrt(own.sum(axis=0)), window) ** 2  # as `hedging` adds the squares of a window
    square = window_sum(own, window)
    square *= np.nan_to_num(ratio(whole, square.sum(axis=0)))
    added = *(window_sum(stock, window) for stock in (n, c, k)), square
    return _Stocks(*(np.moveaxis(stock[..., at], -1, 0) for stock in added))


# ---- chains of ratios -------------------------------------------------------------------------------------
def _alignment(two: _Stocks, score: AlignmentOf, parties: Parties) -> tuple[np.ndarray, list[float]]:
    prior, omega = parties.prior, parties.omega
    n, c, k = (stock[:, :, 0] for stock in two[:3])  # (2, G, K)
    seen = (n.sum(axis=1) > 0) & ((c + k).sum(axis=1) + prior > 0)
    if score.domains == "all":  # a domain without events stands at 0, as in `alignment`
        seen = np.broadcast_to((seen & (omega > 0)).any(axis=1, keepdims=True), seen.shape)
    parts, level = mean_contributions(c - k, c + k, prior, omega, seen)
    return parts, level.tolist()


def _state(two: _Stocks, score: HedgingOf, omega: np.ndarray) -> tuple[np.ndarray, list[float]]:
    x, square = two.cooperation, two.square  # (2, G, J, K)
    P = len(score.powers)
    inside, every = x[:, :, :P].sum(axis=2), x.sum(axis=2)
    if score.field == "position":
        moved, lean = _posterior(x[:, :, 1], inside, square[:, :, :P].sum(axis=2), P, omega)
        return 2 * moved, (2 * lean - 1).tolist()
    known = inside.sum(axis=1) > 0
    each = [mean_contributions(x[:, :, p], inside, 0.0, omega, known) for p in range(P)]
    moved, share = (np.stack(part) for part in zip(*each, strict=True))  # (P, 3, G), (P, 2)
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
    whole = b.sum(axis=1)
    seen = ((b.sum(axis=1) > 0) * omega).any(axis=1)
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
def _error_and_interval(versions: Versions, move: float, how: Draws) -> tuple[float, float, float]:
    """Standard error, low and high end of the change from the first to the second period asked for."""
    codes, worth = chances_of(versions)
    table = Redrawn.make(versions, codes, worth.shape[1])
    unseen = _unseen(table, codes, worth.shape[1], int(versions.asked.min()))
    blocks = chance_blocks(table.numbers, unseen.chances, worth, how)
    drawn = np.concatenate([table.drawn(factor, unseen, chance)[:, -1] for factor, chance in blocks])
    se, low, high = error_and_ends(drawn[:, 1] - drawn[:, 0], np.asarray(move), how.level)
    return float(se), float(low), float(high)


def _unseen(table: Redrawn, codes: np.ndarray, groups: int, first: int) -> Unseen:
    """Unseen events: half of one already begun at the first date, fading since, and half of one begun between the dates."""
    events, ends = table.versions.events, table.versions.parties.ends
    begun = np.full(groups, np.iinfo(np.int64).max)
    np.minimum.at(begun, codes, span_starts(events.day, events.precision))
    early = begun <= ends[first]
    before, since = (table.in_force(np.append(some, 0.0)) for some in (early, ~early))
    # where nothing is new, one like those before, when they stood
    since = np.where(since[0] > 0, since, before[:, [first]])
    old, new = (one_event(some, table.versions.typical) for some in (before, since))
    # what went unseen of what had begun by then fades with it
    left = np.nan_to_num(ratio(before[0], before[0, first]))
    both = Unseen.make(table.seen, table.pair, old, new)
    known = table.seen[:, :, [first]]
    later = np.arange(len(ends)) > first
    fading = both.level[0].copy()
    fading[1:, ..., later] *= left[later]  # all but the count
    kept = np.stack([np.where(later & ~known, 0.0, fading), np.where(later, both.level[1], 0.0)])
    return replace(both, level=kept)  # what came into sight later is new
