"""Scores of a whole panel under many draws of judgements and of sampling error: the stages of `robustness`.

Stage one, stocks, depends on half-life, kind values, codebook and sampling; stage two, scores, on prior,
domain weights and tie definition. What does not vary has one column and is not computed again.

Letters for shapes: B draws, S states, P powers, K domains, T periods, L lines, D dyads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from alignscore.axes import Axes, Freq
from alignscore.codebook import Codebook
from alignscore.decay import HalfLife
from alignscore.draws import Law, multipliers
from alignscore.errors import OptionError
from alignscore.events import Events
from alignscore.intervals import JEFFREYS, evidence_of, ratio
from alignscore.ledger.clusters import Cluster
from alignscore.measures.composite import Composite
from alignscore.measures.dyads.alignment import shrunk
from alignscore.measures.states.diversification import (
    Shares,
    dominance,
    expected_shares,
    gini_simpson,
    over_domains,
    plain_shares,
    powers_and_others,
    shares_of,
    split_of,
)
from alignscore.measures.states.hedging import Direction
from alignscore.measures.states.postures import Thresholds, posture_numbers
from alignscore.uncertainty.judgements import (
    CodebookChoice,
    CodingChoice,
    DomainWeights,
    HalfLifeRange,
    Judgement,
    KindValues,
    PriorRange,
    TieChoice,
    check_kinds,
)
from alignscore.uncertainty.stocks import Pieces
from alignscore.values import Frozen

STATE_SCORES = ("position", "engagement", "diversification", "compartmentalising", "hedging")
SAMPLING = "sampling"
STOCK_STAGE = ("half-life", "kind values", "codebook", "coding", SAMPLING)
BLOCK = 1 << 15  # lines times draws worked on at a time: what fits the cache

Inputs = Mapping[
    str, np.ndarray
]  # a group's numbers, (B, columns); groups that are not listed keep their central values


@dataclass(frozen=True, eq=False, repr=False)
class Between(Frozen):
    """Which lines hold the ties of states with powers, and which the states' whole."""

    lines: np.ndarray  # (S, P, K), -1 where a pair never meets
    rows: np.ndarray  # (S, K, M) lines of every partner, padded with -1

    @classmethod
    def of(cls, pieces: Pieces, states: np.ndarray, powers: np.ndarray, direction: str, A: int) -> Between:
        """Lines of codes of states (S,) and powers (P,)."""
        table = np.full((A, A), -1, dtype=np.int64)
        a, b = pieces.pairs.T
        table[a, b] = np.arange(len(a))
        if direction == "both":
            table[b, a] = table[a, b]
        elif direction == "in":
            table = table.T
        domain = np.arange(pieces.K)

        def lines(pair: np.ndarray) -> np.ndarray:
            return np.where(pair[..., None] >= 0, pair[..., None] * pieces.K + domain, -1)

        whole = -np.sort(-table[states], axis=1)
        whole = whole[:, : max(1, int((whole >= 0).sum(axis=1).max(initial=1)))]
        return cls(lines(table[np.ix_(states, powers)]), np.moveaxis(lines(whole), 1, 2))


@dataclass(frozen=True, eq=False, repr=False)
class Panel(Frozen):
    """Everything that stays fixed while judgements and sampling vary; see `robustness` for the options."""

    books: tuple[Pieces, ...]  # one a coding and codebook, the events' own first
    groups: tuple[np.ndarray, ...]  # factor of each kind of each codebook, the last for events without one
    relative: tuple[np.ndarray, ...]  # standard error of each over its value, NaN where there is none
    judgements: Mapping[str, Judgement]
    decay: HalfLife
    omega: np.ndarray  # (K,)
    prior: np.ndarray  # (K,)
    net: bool
    thresholds: Thresholds
    law: Law | None
    between: tuple[Between, ...] | None  # None: scores of dyads
    rows: tuple[np.ndarray, ...] | None  # of dyads: which pair of each codebook's pieces each is, -1 for none
    alternatives: np.ndarray  # (codings, codebooks): the place among `books` of each pair of options

    @property
    def varied(self) -> tuple[str, ...]:
        """Names of the groups that vary."""
        return (*self.judgements, *((SAMPLING,) if self.law else ()))

    def columns(self) -> dict[str, int]:
        """Uniform numbers that each judgement takes."""
        sizes = {"domain weights": len(self.omega), "kind values": self._factors()}
        return {name: sizes.get(name, 1) for name in self.judgements}

    def _factors(self) -> int:
        return 1 + max(int(group.max(initial=0)) for group in self.groups)

    def noise(self, B: int, rng: np.random.Generator) -> np.ndarray:
        """Numbers of the group 'sampling': multipliers of units, then unseen half events, (B, U + H)."""
        units = multipliers(self.books[0].unit_shape, B, rng, self.law or "gamma")
        half = 0
        if self.between is not None:
            S, P, K = self.between[0].lines.shape
            half = S * (P + 2) * K
        return np.concatenate([units, rng.standard_gamma(JEFFREYS, (B, half))], axis=1)

    # ---- stage one --------------------------------------------------------------------------------
    def stocks(self, inputs: Inputs) -> list[tuple[np.ndarray, int, dict[str, np.ndarray]]]:
        """For each codebook in use: its draws, its number, and its stocks (T, L, B or 1)."""
        inside = {name: inputs[name] for name in STOCK_STAGE if name in inputs}
        B = max([len(given) for given in inside.values()], default=1)
        chosen: dict[str, np.ndarray | int] = {"coding": 0, "codebook": 0}
        for name, kind in (("coding", CodingChoice), ("codebook", CodebookChoice)):
            if name in inside:
                chosen[name] = self._judgement(name, kind).of(inside[name])
        choice = np.zeros(B, dtype=np.int64)  # the events as they are, where neither varies
        if "coding" in inside or "codebook" in inside:
            choice[:] = self.alternatives[chosen["coding"], chosen["codebook"]]
        out = []
        for book in np.unique(choice):
            rows = np.flatnonzero(choice == book)
            part = {name: given[rows] for name, given in inside.items()}
            out.append((rows, int(book), self._book_stocks(int(book), part)))
        return out

    def _book_stocks(self, book: int, inputs: Inputs) -> dict[str, np.ndarray]:
        pieces = self.books[book]
        stretch: np.ndarray | float = 1.0
        if "half-life" in inputs:
            stretch = self._judgement("half-life", HalfLifeRange).of(inputs["half-life"]) / self.decay.years
        factor = noise = None
        if "kind values" in inputs:
            uniform = inputs["kind values"][:, self.groups[book]]  # (B, kinds + 1)
            drawn = self._judgement("kind values", KindValues).of(uniform, self.relative[book])
            factor = np.ascontiguousarray(drawn.T)
        if SAMPLING in inputs:
            noise = np.ascontiguousarray(inputs[SAMPLING][:, : len(pieces.unit_shape)].T)
        return pieces.stocks(stretch=stretch, factor=factor, noise=noise, squares=self.between is not None)

    def _judgement(self, name: str, kind: type) -> Any:
        one = self.judgements.get(name)
        if not isinstance(one, kind):
            raise OptionError(f"{name} is not among the judgements of this panel.")
        return one

    # ---- stage two --------------------------------------------------------------------------------
    def scores(
        self, stocks: Sequence[tuple[np.ndarray, int, dict[str, np.ndarray]]], inputs: Inputs, B: int
    ) -> dict[str, np.ndarray]:
        """Scores of every draw, each (B, S or D, T); posture is a position in `POSTURES`, -1 unknown."""
        whole: dict[str, np.ndarray] = {}
        for rows, book, held in stocks:
            at = np.arange(B) if len(stocks) == 1 else rows
            part = self._book_scores(book, held, {k: v[at] for k, v in inputs.items()}, len(at))
            for name, values in part.items():
                if name not in whole:
                    whole[name] = np.empty((B, *values.shape[1:]), dtype=values.dtype)
                whole[name][at] = values
        return whole

    def _book_scores(
        self, book: int, held: Mapping[str, np.ndarray], inputs: Inputs, B: int
    ) -> dict[str, np.ndarray]:
        omega = self.omega[None]
        if "domain weights" in inputs:
            omega = self._judgement("domain weights", DomainWeights).of(inputs["domain weights"], self.omega)
        prior = self.prior[None]  # (B or 1, K)
        if "prior" in inputs:
            prior = self._judgement("prior", PriorRange).of(inputs["prior"])[:, None]
        net = np.array([self.net])
        if "tie definition" in inputs:
            net = self._judgement("tie definition", TieChoice).of(inputs["tie definition"])
        if self.between is None:
            return self._dyads(book, held, omega, prior, B)
        return self._states(book, held, omega, prior, net, inputs.get(SAMPLING), B)

    def _dyads(
        self, book: int, held: Mapping[str, np.ndarray], omega: np.ndarray, prior: np.ndarray, B: int
    ) -> dict[str, np.ndarray]:
        """Alignment of each dyad over all domains, (B, D, T)."""
        pieces = self.books[book]
        K = pieces.K
        c, k = held["cooperation"], held["conflict"]
        assert self.rows is not None
        rows = self.rows[book]
        c, k = (_spread(stock, (-1, K), B)[:, rows] for stock in (c, k))  # (B, D, K, T)
        known = _spread(pieces.counts()[..., None] > 0, (-1, K), 1)[:, rows] & (rows >= 0)[:, None, None]
        return {"alignment": _composite(shrunk(c, k, prior[:, None, :, None]), known, omega[:, None])}

    def _states(
        self, book: int, held: Mapping[str, np.ndarray], omega: np.ndarray, prior: np.ndarray,
        net: np.ndarray, noise: np.ndarray | None, B: int,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        assert self.between is not None
        at = self.between[book]
        S, P, K = at.lines.shape
        c, k = held["cooperation"], held["conflict"]
        tie = np.where(net, np.maximum(c - k, 0.0), c) if net.any() else c
        square = held["cooperation2"]
        if net.any():
            square = np.where(net, np.where(c > k, square + held["conflict2"], 0.0), square)
        x = _spread(_pick(tie, at.lines), (S, P, K), B)  # (B, S, P, K, T)
        every = _spread(_row_sum(tie, at.rows), (S, K), B)  # (B, S, K, T)
        if noise is None:
            evidence = evidence_of(x.sum(axis=2), _spread(_pick(square, at.lines), (S, P, K), B).sum(axis=2))
            of_every = evidence_of(every, _spread(_row_sum(square, at.rows), (S, K), B))
            out = state_scores(x, every, omega, (evidence, of_every))
        else:
            out = drawn_scores(x, every, omega, self._unseen(at, held, net, noise, B))
        known = _spread(_pick(self.books[book].counts()[..., None], at.lines) > 0, (S, P, K), 1)
        c_p, k_p = (_spread(_pick(stock, at.lines), (S, P, K), B) for stock in (c, k))
        score = shrunk(c_p, k_p, prior[:, None, None, :, None])
        with_powers = _composite(score, known, omega[:, None, None])  # (B, S, P, T)
        hostile = (np.nan_to_num(with_powers, nan=1.0) < 0).all(axis=2)
        lead = out.pop("dominance")
        return {**out, "posture": posture_numbers(lead, out["engagement"], hostile, self.thresholds)}

    def _unseen(
        self, at: Between, held: Mapping[str, np.ndarray], net: np.ndarray, noise: np.ndarray, B: int
    ) -> np.ndarray:
        """Mass of the half event that every class of a share might have had unseen, (B, S, P + 2, K, T).

        Its size is the mass-weighted mean of the state's events with the powers, for the last two classes with all;
        of no moment where there is none, so that the prior is drawn.
        """
        S, P, K = at.lines.shape
        mass, square = held["cooperation_expected"], held["cooperation2"]
        if net.any():
            mass = np.where(net, mass + held["conflict_expected"], mass)
            square = np.where(net, square + held["conflict2"], square)

        def size(m: np.ndarray, m2: np.ndarray) -> np.ndarray:  # (T, S, K, B) to (B, S, 1, K, T)
            return np.asarray(np.moveaxis(np.nan_to_num(ratio(m2, m), nan=1.0), (3, 0), (0, 3))[:, :, None])

        half = np.ascontiguousarray(
            noise[:, -S * (P + 2) * K :].T
        )  # draws lie beside each other, as in stocks
        half = np.moveaxis(half.reshape(S, P + 2, K, 1, B), -1, 0)
        with_powers = size(*(_pick(stock, at.lines).sum(axis=2) for stock in (mass, square)))
        with_all = size(*(_row_sum(stock, at.rows) for stock in (mass, square)))
        return np.concatenate([with_powers * half[:, :, :P], with_all * half[:, :, P:]], axis=2)


# ---- formulas on arrays ----------------------------------------------------------------------------------
def _composite(score: np.ndarray, known: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """Alignment over all domains (..., K, T), one without events at 0; NaN without any."""
    known = np.broadcast_to(known, score.shape) & ~np.isnan(score)
    return Composite.of(known, np.zeros(score.shape), omega).mean(np.where(known, score, 0.0))


def state_scores(
    x: np.ndarray, every: np.ndarray, omega: np.ndarray, evidence: tuple[np.ndarray, np.ndarray]
) -> dict[str, np.ndarray]:
    """Scores of states between powers, each (B, S, T), as `hedging` gives them.

    x (B, S, P, K, T) ties with powers, every (B, S, K, T) with all, evidence of either (B, S, K, T),
    omega (B or 1, K).
    """
    weight = np.broadcast_to(omega[:, None, :, None], every.shape)
    plain = plain_shares(x, omega[:, None])
    best = over_domains(expected_shares(plain.domain, evidence[0]), weight)
    pair = shares_of(powers_and_others(x.sum(axis=2), every))
    engaged = over_domains(expected_shares(pair, evidence[1]), weight)[..., 0, :]
    return _scores_of(plain, np.where(plain.seen[..., None, :], best, np.nan), engaged, every)


def drawn_scores(
    x: np.ndarray, every: np.ndarray, omega: np.ndarray, unseen: np.ndarray
) -> dict[str, np.ndarray]:
    """The same of stocks that are draws: with half an event unseen in every class, shares are drawn ones.

    unseen (B, S, P + 2, K, T) is added to the powers, to all of them together, and to the rest.
    """
    P, inside = x.shape[2], x.sum(axis=2)
    weight = np.broadcast_to(omega[:, None, :, None], every.shape)
    domain = shares_of(x + unseen[:, :, :P])
    seen = (inside > 0).any(axis=-2)
    total = np.where(seen[..., None, :], over_domains(domain, weight), np.nan)
    pair = powers_and_others(inside, every) + unseen[:, :, P:]
    engaged = over_domains(shares_of(pair), weight)[..., 0, :]
    return _scores_of(Shares(domain, total, weight, seen), total, engaged, every)


def _scores_of(
    plain: Shares, best: np.ndarray, engaged: np.ndarray, every: np.ndarray
) -> dict[str, np.ndarray]:
    engaged = np.where((every > 0).any(axis=-2), engaged, np.nan)
    spread = gini_simpson(plain.total, axis=-2)
    two = best.shape[-2] == 2
    return {
        "position": best[..., 1, :] - best[..., 0, :] if two else np.full_like(spread, np.nan),
        "engagement": engaged, "diversification": spread,
        "compartmentalising": split_of(plain).compartmentalising, "hedging": engaged * spread,
        "dominance": dominance(best),
    }  # fmt: skip


def _pick(stock: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Stocks (T, L, B) at lines of any shape, 0 where a line is -1, (T, *lines, B)."""
    return np.where((lines >= 0)[..., None], stock[:, lines], 0.0)


def _row_sum(stock: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Sum of a stock over each state's lines (S, K, M), (T, S, K, B), without a copy a partner wide."""
    from scipy.sparse import csr_array

    T, L, B = stock.shape
    to = np.arange(rows.shape[0] * rows.shape[1]).repeat(rows.shape[2])
    held = rows.reshape(-1) >= 0
    inside = csr_array(
        (np.ones(held.sum()), (to[held], rows.reshape(-1)[held])), shape=(rows.shape[0] * rows.shape[1], L)
    )
    return np.stack([inside @ one for one in stock]).reshape(T, *rows.shape[:2], B)


def _spread(stock: np.ndarray, shape: tuple[int, ...], B: int) -> np.ndarray:
    """(T, ..., B or 1) as (B, *shape, T)."""
    T = len(stock)
    flat = (
        stock.reshape(T, *shape, stock.shape[-1])
        if -1 not in shape
        else stock.reshape(T, -1, shape[1], stock.shape[-1])
    )
    moved = np.moveaxis(flat, (-1, 0), (0, -1))
    return np.broadcast_to(moved, (B, *moved.shape[1:]))


def read_under(events: Events, book: Codebook) -> Events:
    """The same events under another codebook: what was the old one's value or standing is the new one's."""
    old = events.codebook
    if book.domains != old.domains:
        raise OptionError(
            f"codebook {book.name!r} has domains {book.domains}; they must be the events' {old.domains}."
        )
    check_kinds(book, [old.names[k] for k in np.unique(events.kind) if k >= 0])
    to = np.array([book.names.index(name) if name in book else -1 for name in old.names] + [-1])
    kind = to[events.kind]
    has = kind >= 0
    own_value = has & (events.value == np.append(old.values, np.nan)[events.kind])
    own_stand = has & (events.standing == np.append(old.standing, False)[events.kind])
    value = np.where(own_value, np.append(book.values, np.nan)[kind], events.value)
    bounded = (events.until != np.iinfo(np.int32).min) & ~events.settled
    standing = np.where(own_stand, np.append(book.standing, False)[kind] | bounded, events.standing)
    changed = replace(
        events, codebook=book, kind=kind.astype(events.kind.dtype), value=value, standing=standing
    )
    return changed.take(np.arange(len(events)))


# ---- from the question to its panel ------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Problem(Frozen):
    """The question asked: what `robustness` was given, checked, and how to build its panel."""

    events: Events
    axes: Axes
    names: tuple[Any, ...]
    powers: tuple[str, ...] | None
    direction: Direction
    directed: bool
    judgements: Mapping[str, Judgement]
    law: Law | None
    cluster: Cluster | None
    decay: HalfLife
    freq: Freq
    omega: np.ndarray
    prior: np.ndarray
    net: bool
    thresholds: Thresholds

    def labels(self) -> Mapping[str, Any]:
        """Label columns of the rows."""
        if self.powers is not None:
            return {"state": np.array(self.names, dtype=object)}
        source, target = (np.array(side, dtype=object) for side in zip(*self.names, strict=True))
        return {"source": source, "target": target}

    def panel(self, ends: np.ndarray) -> Panel:
        """The panel at some period ends; events are cut into pieces here, once."""
        books, alternatives = self._readings()
        cut = [
            Pieces.of(
                one, self.decay, ends, freq=self.freq, directed=self.directed or self.direction != "both",
                cluster=self.cluster,
            )
            for one, _ in books
        ]  # fmt: skip
        # one factor a unit in all readings of one coding; other codings have units of their own
        first = {coding: at for at, (_, coding) in reversed(list(enumerate(books)))}
        shapes = [cut[at].unit_shape for at in sorted(first.values())]
        offset = dict(zip(sorted(first.values()), np.cumsum([0, *map(len, shapes)]), strict=False))
        shape = np.concatenate(shapes)
        cut = [
            replace(one, unit=cut[first[coding]].unit + offset[first[coding]], unit_shape=shape)
            for one, (_, coding) in zip(cut, books, strict=True)
        ]
        values = self.judgements.get("kind values")
        groups = [
            np.append(g := values.groups(one.codebook), g.max(initial=-1) + 1)
            if isinstance(values, KindValues)
            else np.zeros(len(one.codebook) + 1, dtype=np.int64)
            for one, _ in books
        ]
        between = rows = None
        if self.powers is not None:
            A = len(self.events.actors)
            place = {label: at for at, label in enumerate(self.events.actors)}
            s, p = (np.array([place.get(label, A) for label in who]) for who in (self.names, self.powers))
            between = tuple(
                Between.of(one, s, p, self.direction, A + 1) for one in cut
            )  # A: named by no event
        else:
            rows = tuple(_rows_of(one, self.axes.actor_codes, self.names) for one in cut)
        return Panel(
            tuple(cut), tuple(groups), tuple(_relative(one.codebook) for one, _ in books), self.judgements,
            self.decay, self.omega, self.prior, self.net, self.thresholds, self.law, between, rows, alternatives,
        )  # fmt: skip

    def _readings(self) -> tuple[list[tuple[Events, int]], np.ndarray]:
        """Tables of events with the number of their coding, the events' own first; which one each option reads.

        The second is (codings, codebooks) of positions in the first.
        """
        coders, books = self.judgements.get("coding"), self.judgements.get("codebook")
        codings = coders.codings if isinstance(coders, CodingChoice) else (self.events,)
        readings = [(self.events, 0)]
        known: dict[tuple[int, Codebook], int] = {(0, self.events.codebook): 0}
        alternatives = []
        for at, coding in enumerate(codings, start=1):
            _same_frame(self.events, coding)
            number = 0 if coding is self.events else at
            for book in books.books if isinstance(books, CodebookChoice) else (coding.codebook,):
                if (number, book) not in known:
                    known[number, book] = len(readings)
                    readings.append((coding if book == coding.codebook else read_under(coding, book), number))
                alternatives.append(known[number, book])
        return readings, np.array(alternatives).reshape(len(codings), -1)


def _same_frame(events: Events, coding: Events) -> None:
    """Raise unless a coding has the actors, domains and codebook of the events scored."""
    for name in ("actors", "domains", "codebook"):
        if getattr(coding, name) != getattr(events, name):
            raise OptionError(
                f"a coding of {len(coding):,} rows has other {name} than the events; codings are of the same "
                "events, read under the same codebook (CodebookChoice varies that)."
            )


def _rows_of(
    pieces: Pieces, codes: Callable[[Sequence[str]], np.ndarray], names: Sequence[Any]
) -> np.ndarray:
    """Row of each named dyad among the pairs of some pieces, -1 where the two never meet, (D,)."""
    at = {(int(a), int(b)): row for row, (a, b) in enumerate(pieces.pairs)}
    source, target = (codes(side) for side in zip(*names, strict=True))
    return np.array(
        [at.get((int(a), int(b)), -1) for a, b in zip(source, target, strict=True)], dtype=np.int64
    )


def _relative(book: Codebook) -> np.ndarray:
    """Standard error of each kind's value over the value, NaN without one; one more for events of no kind."""
    return np.append(ratio(book.standard_errors, np.abs(book.values)), np.nan)
