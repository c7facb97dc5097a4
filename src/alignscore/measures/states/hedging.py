"""A state between powers: where it stands, how widely it spreads, and in which of three ways.

Letters for shapes: S states, P powers, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from alignscore.errors import OptionError, in_order, one_of, within
from alignscore.events import Events
from alignscore.intervals import LEVEL, bounded, evidence_of, ratio, wilson
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.measures.composite import Blend
from alignscore.measures.dyads.alignment import PRIOR, shrunk, shrunk_se
from alignscore.measures.dyads.exposure import both_ways, row_sums
from alignscore.measures.states.diversification import (
    corrected,
    equitability,
    gini_simpson,
    lean_se,
    shares_of,
    spread_interval,
    spread_se,
    square_and_add,
    window_sum,
    within_periods,
)
from alignscore.measures.states.postures import Thresholds, posture_codes, quadrants, thresholds_of
from alignscore.measures.states.result import DomainPositions, HedgingResult
from alignscore.values import Frozen

Tie = Literal["cooperation", "net"]
Direction = Literal["both", "out", "in"]


# ---- the door --------------------------------------------------------------------------------------------
def hedging(
    ties: Ties | Ledger | Events,
    *,
    powers: Sequence[str],
    states: Iterable[str] | None = None,
    weights: Mapping[str, float] | None = None,
    tie: Tie = "cooperation",
    direction: Direction = "both",
    window: int | None = None,
    relative: Iterable[str] | None = None,
    prior: float = PRIOR,
    thresholds: Thresholds | None = None,
    min_evidence: float = 2.0,
    level: float = LEVEL,
) -> HedgingResult:
    """Where does a state stand between powers, how much room does it keep, and in which way?

    With s_ip the share of power p in state i's ties with the powers (composite over domains):
    position ``L = s_b - s_a``; engagement ``E = sum_p x_ip / sum_j x_ij``; diversification
    ``V = (1 - sum_p s_p^2) k/(k - 1)``, for two powers ``1 - L^2``, which splits exactly into mixing
    (both powers, same domain, same time), alternating (now one, now the other) and
    compartmentalising (one for security, the other for the economy); hedging ``H = E V``.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    powers : sequence of str
        Two or more; the position runs from the first to the second.
    states : iterable of str, optional
        Every actor with a tie to one of the powers where not given.
    weights : mapping of domain to weight, optional
        Equal where not given; renormalised over the domains seen.
    tie : {'cooperation', 'net'}
        x = C, or max(C - K, 0).
    direction : {'both', 'out', 'in'}
        Acts of either side, of the state only, or of the power only.
    window : int, optional
        Periods whose ties are added; only then can a state be seen to alternate.
    relative : iterable of str, optional
        A group (ASEAN, the world) by whose whole tie with each power that power's ties are divided
        for `position_relative`: 0 then means "as the group".
    prior : float
        Of the alignments beside the position; they are of single periods, whatever the window.
    thresholds : Thresholds, optional
        Of the posture labels.
    min_evidence : float
        Below it, in any domain seen, the corrected diversification is NaN.
    level : float
        Of the intervals.

    Returns
    -------
    HedgingResult
        Position in [-1, 1], up means toward the second power (NaN for more than two); engagement,
        diversification and hedging in [0, 1], up means more. NaN: no tie with any of the powers is known.

    Raises
    ------
    OptionError
        Fewer than two powers or one named twice; a state that is a power; an option out of range.
    UnknownLabelError
        A power, state or domain the ties do not have.

    Notes
    -----
    SEs are delta-method ones with Var(C) = C2. Intervals: Wilson with evidence for shares; the interval
    of V is mapped from that of the signed L (more than two powers: normal on the logit scale); of H by
    square-and-add of its factors'. In a window one event counts in several periods: its spread is taken
    as fully correlated, which is safe. With ``tie='net'`` V is split over domains only: alternating is 0.
    A share cannot show hostility; read `quadrant` and the alignments beside it.

    References
    ----------
    Position on 0-100: Patton & Sato 2023, Asia Power Snapshot: China and the United States in Southeast
    Asia, Lowy Institute; Khong & Liow, Anatomy of Choice Alignment Index, National University of
    Singapore (hedgers 45-55). Lim & Cooper 2015, Security Studies 24:696 (ambiguity lies in security).
    Li & Peng 2021, World Regional Studies 30:1127 (Shannon's equitability of states' ties). Hu, Yuan &
    Liu 2025, PLOS ONE 20:e0317308 (four quadrants). Split: the law of total variance.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> room = hedging(Ledger.post(asean()).ties(), powers=("CHN", "USA"))
    >>> parts = room.mixing + room.alternating + room.compartmentalising
    >>> bool(np.nanmax(np.abs(parts - room.diversification)) < 1e-12)
    True
    """
    ties = ties_of(ties)
    one_of("tie", tie, ("cooperation", "net"))
    one_of("direction", direction, ("both", "out", "in"))
    span = _window(window)
    thresholds = thresholds_of(thresholds)
    sides = _Sides.of(ties, powers, states, direction)
    omega = ties.axes.domain_weights(weights)
    x, var = _tie(sides, tie, span)
    parts: dict[str, Any] = _measure(x, var, omega, min_evidence, level)
    per_period = sides.c if tie == "cooperation" else None
    split: dict[str, Any] = _split(parts, per_period, span)
    engaged: dict[str, Any] = _engagement(sides, tie, span, omega, level)
    a, a_se = _alignments(sides, omega, prior)
    posture, toward = posture_codes(parts["share"], engaged["engagement"], a, sides.powers, thresholds)
    recipe = {
        "measure": "hedging", "powers": sides.powers, "tie": tie, "direction": direction, "window": window,
        "weights": dict(zip(ties.axes.domains, omega.tolist(), strict=True)), "thresholds": thresholds,
        "prior": prior, "min_evidence": min_evidence, "level": level, "decay": ties.ledger.decay,
        "relative": None if relative is None else tuple(relative := list(relative)),
    }  # fmt: skip
    head: dict[str, Any] = {
        "recipe": recipe,
        "states": sides.states,
        "powers": sides.powers,
        "periods": ties.axes.periods,
    }
    names = [name for name in parts if name.startswith("domain_")]
    domain: dict[str, Any] = {name.removeprefix("domain_"): parts.pop(name) for name in names}
    return HedgingResult(
        **head, **parts, **split, **engaged, alignment=a, alignment_se=a_se,
        position_relative=_relative(sides, tie, span, relative, omega),
        **_product(engaged, parts), posture=posture, toward=toward, quadrant=quadrants(a, sides.powers),
        n=sides.n.sum(axis=(1, 2)),
        domains=DomainPositions(**head, domains=ties.axes.domains, n=sides.n.sum(axis=1), **domain),
    )  # fmt: skip


# ---- its steps ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class _Sides(Frozen):
    """Stocks between states and powers, (S, P, K, T), and the ties they were picked from."""

    states: tuple[str, ...]
    powers: tuple[str, ...]
    n: np.ndarray
    c: np.ndarray
    k: np.ndarray
    c2: np.ndarray
    k2: np.ndarray
    view: Ties
    place: np.ndarray  # (S,) codes of the states in the view
    side: int  # 0: the state is the dyad's source, 1: its target
    ties: Ties

    @classmethod
    def of(
        cls, ties: Ties, powers: Sequence[str], states: Iterable[str] | None, direction: Direction
    ) -> _Sides:
        view = ties if direction != "both" and ties.directed else both_ways(ties.undirected())
        if direction != "both" and not ties.directed:
            raise OptionError(f"direction={direction!r} needs directed ties; these are undirected.")
        axes = view.axes
        in_order("powers", powers)
        p = axes.actor_codes(powers)
        if len(set(p.tolist())) < max(2, len(p)):
            raise OptionError(f"powers are {tuple(powers)}; name at least two, each once.")
        table = axes.table.T if direction == "in" else axes.table
        if states is None:
            tied = np.flatnonzero((table[:, p] >= 0).any(axis=1))
            s = np.setdiff1d(tied, p)
        else:
            s = axes.actor_codes(states)
        if np.isin(s, p).any():
            raise OptionError(
                f"{axes.actors[int(s[np.isin(s, p)][0])]!r} is named both as a state and as a power."
            )
        at = table[s[:, None], p]
        side = 1 if direction == "in" else 0

        def pick(name: str) -> np.ndarray:
            stock = getattr(view, name)
            return np.where((at >= 0)[:, :, None, None], stock[at], 0.0)

        labels = np.array(axes.actors, dtype=object)
        return cls(
            tuple(labels[s]), tuple(labels[p]), pick("n"), pick("cooperation"), pick("conflict"),
            pick("cooperation2"), pick("conflict2"), view, s, side, ties,
        )  # fmt: skip


def _window(window: int | None) -> int:
    if window is None:
        return 1
    if not isinstance(window, int | np.integer) or window < 1:
        raise OptionError(f"window is {window!r}; it must be a whole number of periods, 1 or more.")
    return int(window)


def _netted(
    c: np.ndarray, k: np.ndarray, c2: np.ndarray, k2: np.ndarray, tie: Tie, span: int
) -> tuple[np.ndarray, np.ndarray]:
    """Tie and its variance over a window; sums of SDs, since one event stands in several periods."""
    x, sd = window_sum(c, span), window_sum(np.sqrt(np.maximum(c2, 0)), span)
    if tie == "cooperation":
        return x, sd**2
    against = window_sum(k, span)
    var = sd**2 + window_sum(np.sqrt(np.maximum(k2, 0)), span) ** 2
    return np.maximum(x - against, 0.0), np.where(x > against, var, 0.0)


def _tie(sides: _Sides, tie: Tie, span: int) -> tuple[np.ndarray, np.ndarray]:
    return _netted(sides.c, sides.k, sides.c2, sides.k2, tie, span)


def _measure(
    x: np.ndarray, var: np.ndarray, omega: np.ndarray, min_evidence: float, level: float
) -> dict[str, Any]:
    """Shares, position, diversification with errors and intervals; domain by domain and over all."""
    P = x.shape[1]
    total = x.sum(axis=1)  # (S, K, T)
    share_d = shares_of(x)
    blend = Blend.of(total > 0, omega)
    n_d = evidence_of(total, var.sum(axis=1))
    evidence = blend.evidence(n_d)
    share = np.stack([blend.mean(share_d[:, p]) for p in range(P)], axis=1)  # (S, P, T)
    spread = gini_simpson(share, axis=1)
    se = spread_se(x, var, share, blend)
    out = {
        "share": share, "evidence": evidence, "coverage": blend.coverage,
        "diversification": spread, "diversification_se": se,
        "diversification_corrected": corrected(share_d, n_d, blend, spread, min_evidence),
        "balance": P * share.min(axis=1), "equitability": equitability(share),
        "domain_share": share_d, "domain_diversification": gini_simpson(share_d, axis=1),
        "domain_evidence": n_d, "domain_weight": blend.weights,
    }  # fmt: skip
    if P == 2:
        lean_d, lean = share_d[:, 1] - share_d[:, 0], share[:, 1] - share[:, 0]
        se_d = lean_se(x, var)
        low_d, high_d = wilson(share_d[:, 1], n_d, level)
        low, high = wilson(share[:, 1], evidence, level)
        v_low, v_high = spread_interval(2 * low - 1, 2 * high - 1)
        lean_columns = (lean, blend.se(se_d), 2 * low - 1, 2 * high - 1)
        lean_d_columns = (lean_d, se_d, 2 * low_d - 1, 2 * high_d - 1)
    else:
        v_low, v_high = _bounded_unit(spread, se, level)
        lean_columns = (np.full_like(spread, np.nan),) * 4
        lean_d_columns = (np.full_like(total, np.nan),) * 4
    names = ("position", "position_se", "position_low", "position_high")
    out |= dict(zip(names, lean_columns, strict=True))
    out |= {f"domain_{name}": column for name, column in zip(names, lean_d_columns, strict=True)}
    return out | {
        "diversification_low": v_low,
        "diversification_high": v_high,
        "position_100": 50 * (1 + lean_columns[0]),
    }


def _bounded_unit(score: np.ndarray, se: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Normal interval of a score in [0, 1] on the logit scale."""
    low, high = bounded(2 * score - 1, 2 * se, level)
    return (low + 1) / 2, (high + 1) / 2


def _split(parts: dict[str, np.ndarray], per_period: np.ndarray | None, span: int) -> dict[str, np.ndarray]:
    """Mixing, alternating and compartmentalising, (S, T); over periods only where ties add over them."""
    weights = parts["domain_weight"]
    in_domain = np.nan_to_num(parts["domain_diversification"])
    same_time = in_domain if per_period is None else np.nan_to_num(within_periods(per_period, span))
    known = parts["coverage"] > 0
    domain_mean = (weights * in_domain).sum(axis=1)
    mixing = (weights * same_time).sum(axis=1)
    split = {
        "mixing": mixing,
        "alternating": domain_mean - mixing,
        "compartmentalising": parts["diversification"] - domain_mean,
    }
    return {name: np.where(known, part, np.nan) for name, part in split.items()}


def _engagement(sides: _Sides, tie: Tie, span: int, omega: np.ndarray, level: float) -> dict[str, np.ndarray]:
    """Share of the state's whole tie that is with the powers, blended over domains."""
    x, var = _tie(sides, tie, span)
    inside, inside_var = x.sum(axis=1), var.sum(axis=1)
    v = sides.view
    every, every_var = _netted(
        v.cooperation, v.conflict, v.cooperation2, v.conflict2, tie, span
    )  # per partner
    all_x, all_var = (
        row_sums(stock, v.axes.dyads, len(v.axes.actors), sides.side)[sides.place]
        for stock in (every, every_var)
    )
    outside, outside_var = np.maximum(all_x - inside, 0.0), np.maximum(all_var - inside_var, 0.0)
    share = ratio(inside, all_x)
    se = ratio(np.sqrt(outside**2 * inside_var + inside**2 * outside_var), all_x**2)
    blend = Blend.of(all_x > 0, omega)
    mean = blend.mean(share)
    low, high = wilson(mean, blend.evidence(evidence_of(all_x, all_var)), level)
    return {"engagement": mean, "engagement_se": blend.se(se), "engagement_low": low, "engagement_high": high}


def _product(engaged: dict[str, np.ndarray], parts: dict[str, np.ndarray]) -> dict[str, Any]:
    """Hedging H = E V with its error and interval, from those of its factors."""
    e, v = engaged["engagement"], parts["diversification"]
    low, high = square_and_add(
        e, engaged["engagement_low"], engaged["engagement_high"],
        v, parts["diversification_low"], parts["diversification_high"],
    )  # fmt: skip
    se = np.sqrt((v * engaged["engagement_se"]) ** 2 + (e * parts["diversification_se"]) ** 2)
    return {"hedging": e * v, "hedging_se": se, "hedging_low": low, "hedging_high": high}


def _alignments(sides: _Sides, omega: np.ndarray, prior: float) -> tuple[np.ndarray, np.ndarray]:
    """Alignment with each power over all domains, and its SE, (S, P, T)."""
    within("prior", prior, 0.0, open_high=True)
    seen = sides.n > 0
    score = np.where(seen, shrunk(sides.c, sides.k, prior), np.nan)
    se = np.where(seen, shrunk_se(sides.c, sides.k, sides.c2, sides.k2, prior), np.nan)
    blend = Blend.of(~np.isnan(score), omega)
    return blend.mean(score), blend.se(se)


def _relative(
    sides: _Sides, tie: Tie, span: int, group: Iterable[str] | None, omega: np.ndarray
) -> np.ndarray:
    """Position on ties divided by each power's whole tie with a group, (S, T)."""
    nothing = np.full((len(sides.states), sides.n.shape[-1]), np.nan)
    if group is None or len(sides.powers) != 2:
        return nothing
    members = _Sides.of(sides.ties, sides.powers, [m for m in group if str(m) not in sides.powers], "both")
    whole = _tie(members, tie, span)[0].sum(axis=0)  # (P, K, T)
    share = shares_of(np.nan_to_num(ratio(_tie(sides, tie, span)[0], np.broadcast_to(whole, sides.c.shape))))
    blend = Blend.of(~np.isnan(share[:, 0]), omega)
    return blend.mean(share[:, 1] - share[:, 0])
