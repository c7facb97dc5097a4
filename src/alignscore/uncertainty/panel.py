"""Scores of a whole panel under many draws of judgements and of sampling error: the stages of `robustness`.

Stage one, stocks, depends on half-life, kind values, codebook and sampling; stage two, scores, on prior,
domain weights and tie definition. What does not vary has one column and is not computed again.

Letters for shapes: B draws, S states, P powers, K domains, T periods, L lines, D dyads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from alignscore.axes import Axes, codes_among
from alignscore.codebook import Codebook
from alignscore.decay import HalfLife
from alignscore.errors import OptionError
from alignscore.events import Events
from alignscore.intervals import evidence_of, ratio
from alignscore.ledger import Direction
from alignscore.ledger.clusters import Cluster
from alignscore.measures.composite import Composite, over_domains
from alignscore.measures.dyads.alignment import shrunk
from alignscore.measures.states.diversification import (
    Shares,
    dominance,
    expected_engagement,
    expected_total,
    gini_simpson,
    lean_of,
    plain_shares,
    powers_and_others,
    shares_of,
    split_of,
)
from alignscore.measures.states.postures import ROUNDING, Thresholds, posture_numbers
from alignscore.uncertainty.event_postings import EventPostings, begun_by, lines_posted, units_of
from alignscore.uncertainty.judgements import CodebookChoice, CodingChoice, Judgement, KindValues
from alignscore.uncertainty.sampling import Law, paths
from alignscore.values import Frozen

if TYPE_CHECKING:
    from scipy.sparse import csr_array

STATE_SCORES = ("position", "engagement", "diversification", "compartmentalising", "hedging")
SAMPLING = "sampling"
STOCK_STAGE = ("half-life", "kind values", "codebook", "coding", SAMPLING)

# a group's numbers, (B, columns); groups that are not listed keep their central values
Inputs = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False, repr=False)
class PanelLines(Frozen):
    """Which lines hold the ties that are scored, -1 where a pair never meets, and which the states' whole."""

    lines: np.ndarray  # (S, P, K) of states with powers, (D, K) of dyads
    whole: csr_array  # (S K, L up to the last that occurs), 1 at the lines of every partner; of dyads empty

    @classmethod
    def of_dyads(cls, posted: EventPostings, source: np.ndarray, target: np.ndarray) -> PanelLines:
        """Lines of dyads of codes of actors, (D,) each."""
        from scipy.sparse import csr_array

        at = {(a, b): row for row, (a, b) in enumerate(posted.pairs.tolist())}
        dyads = zip(source.tolist(), target.tolist(), strict=True)
        pairs = np.array([at.get(dyad, -1) for dyad in dyads], dtype=np.int64)
        return cls(_lines_of(pairs, posted.K), csr_array((0, 0)))

    @classmethod
    def between(
        cls, posted: EventPostings, states: np.ndarray, powers: np.ndarray, direction: str, A: int
    ) -> PanelLines:
        """Lines of codes of states (S,) and powers (P,)."""
        from scipy.sparse import csr_array

        a, b = posted.pairs.T
        pair = np.arange(len(a))
        own, other = (b, a) if direction == "in" else (a, b)
        if direction == "both":
            own, other, pair = np.append(a, b), np.append(b, a), np.append(pair, pair)
        row = np.full(A, -1)
        row[states] = np.arange(len(states))
        of_states = row[own] >= 0
        state, other, pair = row[own[of_states]], other[of_states], pair[of_states]
        table = np.full((len(states), A), -1, dtype=np.int64)
        table[state, other] = pair
        places = tuple(_lines_of(each, posted.K).ravel() for each in (state, pair))
        shape = len(states) * posted.K, int(places[1].max(initial=-1)) + 1
        whole = csr_array((np.ones(len(places[0])), places), shape=shape)
        return cls(_lines_of(table[:, powers], posted.K), whole)


def _lines_of(pair: np.ndarray, K: int) -> np.ndarray:
    """Lines of pairs (...), or -1, in each domain, (..., K)."""
    return np.where(pair[..., None] >= 0, pair[..., None] * K + np.arange(K), -1)


@dataclass(frozen=True, eq=False, repr=False)
class Panel(Frozen):
    """Everything that stays fixed while judgements and sampling vary."""

    problem: Problem
    books: tuple[EventPostings, ...]  # of what is read, one a coding and codebook, the events' own first
    groups: tuple[np.ndarray, ...]  # factor of each kind of each codebook, the last for events without one
    relative: tuple[np.ndarray, ...]  # standard error of each over its value, NaN where there is none
    persistence: np.ndarray  # (T, U) correlation of each unit's sum with that of the period before
    scored: tuple[PanelLines, ...]  # in each book's postings
    alternatives: np.ndarray  # (codings, codebooks): the place among `books` of each pair of options
    lines: int  # of all events: by these draws come in blocks, whichever states are scored

    @property
    def varied(self) -> tuple[str, ...]:
        """Names of the groups that vary."""
        return (*self.problem.judgements, *((SAMPLING,) if self.problem.law else ()))

    @property
    def products(self) -> int:
        """Portions of the pairs of events that share a cluster."""
        return max(0 if book.together is None else len(book.together.cell) for book in self.books)

    def columns(self) -> dict[str, int]:
        """Uniform numbers that each judgement takes."""
        factors = 1 + max(int(group.max(initial=0)) for group in self.groups)
        sizes = {"domain weights": len(self.problem.omega), "kind values": factors}
        return {name: sizes.get(name, 1) for name in self.problem.judgements}

    def noise(self, B: int, rng: np.random.Generator) -> np.ndarray:
        """Numbers of the group 'sampling', a row a draw: the chance of every unit along time, then unseen half events."""
        walks = paths(self.persistence, B, rng).reshape(-1, B).T
        half = rng.standard_normal((B, *self._half_events)) ** 2 / 2  # Gamma(1/2)
        return np.concatenate([walks, half.reshape(B, -1)], axis=1)

    @property
    def _half_events(self) -> tuple[int, ...]:
        """Half events that may have gone unseen, by row and domain: either sign of each tie, and each class of a share.

        (S, K, 2 P + P + 2), or (D, K, 2) of dyads.
        """
        if self.problem.powers is None:
            return *self.scored[0].lines.shape, 2
        S, P, K = self.scored[0].lines.shape
        return S, K, 2 * P + P + 2

    def _unseen(self, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Half events of either sign (B, S, P, K, 1, 2), or (B, D, K, 1, 2), and of classes (B, S, P + 2, K, 1)."""
        shape = self._half_events
        half = noise[:, -int(np.prod(shape)) :].reshape(len(noise), *shape, 1)
        if self.problem.powers is None:
            return np.moveaxis(half, -2, -1), half[..., :0, :]
        P = len(self.problem.powers)
        signs = half[..., : 2 * P, :].reshape(len(noise), *shape[:2], P, 2, 1)
        return np.moveaxis(signs, (3, 4), (2, 5)), np.moveaxis(half[..., 2 * P :, :], 3, 2)

    # ---- stage one --------------------------------------------------------------------------------
    def stocks(self, inputs: Inputs) -> list[tuple[np.ndarray, int, dict[str, np.ndarray]]]:
        """Draws under each codebook in use, the number of that codebook, and the stocks under it (T, L, B or 1)."""
        inside = {name: inputs[name] for name in STOCK_STAGE if name in inputs}
        B = max([len(given) for given in inside.values()], default=1)
        coding, codebook = (
            self._drawn(name, inside[name]) if name in inside else 0 for name in ("coding", "codebook")
        )
        choice = np.zeros(B, dtype=np.int64)  # the events as they are, where neither varies
        if "coding" in inside or "codebook" in inside:
            choice[:] = self.alternatives[coding, codebook]
        out = []
        for book in np.unique(choice):
            rows = np.flatnonzero(choice == book)
            part = {name: given[rows] for name, given in inside.items()}
            out.append((rows, int(book), self._book_stocks(int(book), part)))
        return out

    def _book_stocks(self, book: int, inputs: Inputs) -> dict[str, np.ndarray]:
        stretch: np.ndarray | float = 1.0
        if "half-life" in inputs:
            stretch = self._drawn("half-life", inputs["half-life"]) / self.problem.decay.years
        factor = normal = None
        if "kind values" in inputs:
            uniform = inputs["kind values"][:, self.groups[book]]  # (B, kinds + 1)
            factor = np.ascontiguousarray(self._drawn("kind values", uniform, self.relative[book]).T)
        if SAMPLING in inputs:
            T, U = self.persistence.shape
            normal = np.ascontiguousarray(inputs[SAMPLING][:, : T * U].T).reshape(T, U, -1)
        law = self.problem.law or "gamma"
        return self.books[book].stocks(stretch=stretch, factor=factor, normal=normal, law=law)

    def _drawn(self, name: str, u: np.ndarray, *given: np.ndarray) -> Any:
        """What uniform numbers stand for under one of the judgements."""
        judgement: Any = self.problem.judgements[name]
        return judgement.drawn(u, *given)

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
        self, book: int, stocks: Mapping[str, np.ndarray], inputs: Inputs, B: int
    ) -> dict[str, np.ndarray]:
        given = self.problem
        omega, prior, net = given.omega[None], given.prior[None], np.array([given.net])  # (B or 1, ...)
        if "domain weights" in inputs:
            omega = self._drawn("domain weights", inputs["domain weights"], given.omega)
        if "prior" in inputs:
            prior = self._drawn("prior", inputs["prior"])[:, None] * given.event_mass
        if SAMPLING in inputs and given.decay.dispersion is not None:
            # a cluster of either sign is drawn, beside which that of one event is nothing
            prior = np.zeros_like(prior)
        if "tie definition" in inputs:
            net = self._drawn("tie definition", inputs["tie definition"])
        signs, classes = self._unseen(inputs[SAMPLING]) if SAMPLING in inputs else (None, None)
        lines, read = self.scored[book].lines, _read_by_alignment(stocks, prior)
        known = _draws_first(_pick(self.books[book].counts()[..., None], lines) > 0, lines.shape, 1)
        ties = {name: _draws_first(_pick(stocks[name], lines), lines.shape, B) for name in read}
        beside = tuple(range(1, lines.ndim))  # axes of the rows that are scored
        alignment = composite_alignment(
            ties, known, np.expand_dims(prior, (*beside, -1)), np.expand_dims(omega, beside), signs
        )
        if given.powers is None:
            return {"alignment": alignment}
        hostile = (np.nan_to_num(alignment, nan=1.0) < -ROUNDING).all(axis=2)
        out = self._states(self.scored[book], stocks, omega, net, classes, B)
        lead = out.pop("dominance")
        return {**out, "posture": posture_numbers(lead, out["engagement"], hostile, given.thresholds)}

    def _states(
        self, at: PanelLines, stocks: Mapping[str, np.ndarray], omega: np.ndarray, net: np.ndarray,
        classes: np.ndarray | None, B: int,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """Scores of states between powers; of stocks that are draws with half an event unseen in all `classes`."""
        S, P, K = at.lines.shape
        c, k = stocks["cooperation"], stocks["conflict"]
        tie = np.where(net, np.maximum(c - k, 0.0), c) if net.any() else c
        square = stocks["cooperation2"]
        if net.any():
            square = np.where(net, np.where(c > k, square + stocks["conflict2"], 0.0), square)
        x = _draws_first(_pick(tie, at.lines), (S, P, K), B)  # (B, S, P, K, T)
        every = _draws_first(_row_sum(tie, at), (S, K), B)  # (B, S, K, T)
        if classes is not None:
            sizes = self._event_sizes(at, stocks, net, B)
            unseen = sizes[0] * classes[:, :, :P], sizes[1] * classes[:, :, P:]
            return drawn_scores(x, every, omega, unseen, self._in_force(at, stocks, net))
        evidence = evidence_of(x.sum(axis=2), _draws_first(_pick(square, at.lines), (S, P, K), B).sum(axis=2))
        of_every = evidence_of(every, _draws_first(_row_sum(square, at), (S, K), B))
        return state_scores(x, every, omega, (evidence, of_every))

    def _in_force(
        self, at: PanelLines, stocks: Mapping[str, np.ndarray], net: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Where ties with the powers, and any ties, are expected in some domain, (B or 1, S, T) each."""
        tie = stocks["cooperation_expected"]
        against = np.where(net, stocks["conflict_expected"], 0.0) if net.any() else np.zeros(1)
        tie = np.maximum(tie[..., : None if net.any() else 1] - against, 0.0)  # else alike in all draws
        with_powers = _pick(tie, at.lines.reshape(len(at.lines), -1)).max(axis=2)
        with_all = _row_sum(tie, at).max(axis=2)
        return np.moveaxis(with_powers, (2, 0), (0, 2)) > 0, np.moveaxis(with_all, (2, 0), (0, 2)) > 0

    def _event_sizes(
        self, at: PanelLines, stocks: Mapping[str, np.ndarray], net: np.ndarray, B: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mass of one event of a state with the powers, and with all, (B, S, 1, K, T) each.

        It is the mean weighted by mass; of no moment where there is none, so that the prior is drawn.
        """
        S, P, K = at.lines.shape
        mass, square = stocks["cooperation_expected"], stocks["cooperation2"]
        if net.any():
            mass = np.where(net, mass + stocks["conflict_expected"], mass)
            square = np.where(net, square + stocks["conflict2"], square)

        def size(m: np.ndarray, m2: np.ndarray) -> np.ndarray:  # (T, S, K, B) to (B, S, 1, K, T)
            one = np.nan_to_num(ratio(m2, m), nan=1.0)
            return np.broadcast_to(np.moveaxis(one, (3, 0), (0, 3)), (B, S, K, len(m)))[:, :, None]

        return (
            size(*(_pick(stock, at.lines).sum(axis=2) for stock in (mass, square))),
            size(*(_row_sum(stock, at) for stock in (mass, square))),
        )


# ---- formulas on arrays ----------------------------------------------------------------------------------
def _read_by_alignment(stocks: Mapping[str, np.ndarray], prior: np.ndarray) -> tuple[str, ...]:
    """Stocks that `composite_alignment` reads; without a prior's mass also those that say how large an event is."""
    return tuple(stocks) if not np.all(prior) else ("cooperation", "conflict")


def composite_alignment(
    stocks: Mapping[str, np.ndarray],
    known: np.ndarray,
    prior: np.ndarray,
    omega: np.ndarray,
    half: np.ndarray | None,
) -> np.ndarray:
    """Alignment over all domains (..., T) of stocks (..., K, T), a domain without events at its prior; NaN without any.

    Of stocks that are draws the prior is drawn too: `half` (..., K, 1, 2) an event of either sign, of the prior's mass,
    without one of that of the events in force.
    """
    c, k, at_prior = stocks["cooperation"], stocks["conflict"], np.zeros(1)
    if half is None:
        score = shrunk(c, k, prior)
    else:
        friendly, hostile = half[..., 0], half[..., 1]
        at_prior = shrunk(friendly, hostile, 0.0)
        size = prior
        if not np.all(prior):
            expected = stocks["cooperation_expected"] + stocks["conflict_expected"]
            size = np.where(prior > 0, prior, ratio(stocks["cooperation2"] + stocks["conflict2"], expected))
        score = shrunk(c + size * friendly, k + size * hostile, 0.0)
    known = np.broadcast_to(known, score.shape) & ~np.isnan(score)
    return Composite.from_weights(known, np.zeros(()), omega).mean(np.where(known, score, at_prior))


def state_scores(
    x: np.ndarray, every: np.ndarray, omega: np.ndarray, evidence: tuple[np.ndarray, np.ndarray]
) -> dict[str, np.ndarray]:
    """Scores of states between powers, each (B, S, T), as `hedging` gives them.

    x (B, S, P, K, T) ties with powers, every (B, S, K, T) with all, evidence of either (B, S, K, T),
    omega (B or 1, K).
    """
    plain = plain_shares(x, omega[:, None])
    best = expected_total(plain, evidence[0], omega[:, None])
    return _scores_of(plain, best, expected_engagement(x.sum(axis=2), every, evidence[1], omega[:, None]))


def drawn_scores(
    x: np.ndarray,
    every: np.ndarray,
    omega: np.ndarray,
    unseen: tuple[np.ndarray, np.ndarray],
    in_force: tuple[np.ndarray, np.ndarray],
) -> dict[str, np.ndarray]:
    """The same of stocks that are draws: with half an event unseen in every class, shares are drawn ones.

    What is unseen is added to the powers, (B, S, P, K, T), and to all of them together and to the rest, (B, S, 2, K, T).
    A score is known where ties with the powers, and with all, are `in_force`, (B or 1, S, T), whatever the draw.
    """
    inside = x.sum(axis=2)
    weight = np.broadcast_to(omega[:, None, :, None], every.shape)
    domain = shares_of(x + unseen[0])
    seen = np.broadcast_to(in_force[0], (len(x), *in_force[0].shape[1:]))
    total = np.where(seen[..., None, :], over_domains(weight[..., None, :, :], domain), np.nan)
    pair = powers_and_others(inside, every) + unseen[1]
    engaged = over_domains(weight, shares_of(pair)[..., 0, :, :])
    engaged = np.where(in_force[1], engaged, np.nan)
    return _scores_of(Shares(domain, total, weight, seen), total, engaged)


def _scores_of(plain: Shares, best: np.ndarray, engaged: np.ndarray) -> dict[str, np.ndarray]:
    spread = gini_simpson(plain.total, axis=-2)
    return {
        "position": lean_of(best),
        "engagement": engaged,
        "diversification": spread,
        "compartmentalising": split_of(plain).compartmentalising,
        "hedging": engaged * spread,
        "dominance": dominance(best),
    }


def _pick(stock: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Stocks (T, L, B) at lines of any shape, 0 where a line is -1, (T, *lines, B)."""
    return np.where((lines >= 0)[..., None], stock[:, lines], 0.0)


def _row_sum(stock: np.ndarray, at: PanelLines) -> np.ndarray:
    """Sum of a stock (T, L, B) over each state's lines, (T, S, K, B), without a copy a partner wide."""
    T, _, B = stock.shape
    S, _, K = at.lines.shape
    occur = stock[:, : at.whole.shape[1]]
    return np.stack([at.whole @ one for one in occur]).reshape(T, S, K, B)


def _draws_first(stock: np.ndarray, shape: tuple[int, ...], B: int) -> np.ndarray:
    """(T, ..., B or 1) as (B, *shape, T)."""
    moved = np.moveaxis(stock.reshape(len(stock), *shape, stock.shape[-1]), (-1, 0), (0, -1))
    return np.broadcast_to(moved, (B, *moved.shape[1:]))


def read_under(events: Events, book: Codebook) -> Events:
    """The same events under another codebook of the same domains (`Events.recode`)."""
    if book.domains != events.domains:
        raise OptionError(
            f"codebook {book.name!r} has domains {book.domains}; they must be the events' {events.domains}."
        )
    return events.recode(book)


# ---- from the question to its panel ------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Problem(Frozen):
    """The question asked: what `robustness` was given, checked, and how to build its panel."""

    events: Events
    axes: Axes
    names: tuple[Any, ...]
    powers: tuple[str, ...] | None
    direction: Direction
    judgements: Mapping[str, Judgement]
    law: Law | None
    cluster: Cluster | None
    decay: HalfLife
    omega: np.ndarray
    prior: np.ndarray
    event_mass: np.ndarray
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
        directed = self.powers is None or self.direction != "both"
        # alike in all readings of one coding that leave events in their domains; others have their own
        units: dict[tuple[int, bytes], np.ndarray] = {}
        cut = []
        for one, coding in books:
            key = coding, np.stack([one.row, one.domain]).tobytes()
            if key not in units:
                first = max((int(codes.max()) + 1 for codes in units.values()), default=0)
                units[key] = first + units_of(one, self.cluster, directed=directed)
            rows = self._read(one, ends[-1])
            posted = EventPostings.from_events(
                one.pick(rows), self.decay, ends, units[key][rows], directed=directed, cluster=self.cluster
            )
            cut.append(posted)
        persistence = np.zeros((len(ends), 1 + max(int(codes.max()) for codes in units.values())))
        for posted in reversed(cut):  # that of a coding's first reading
            persistence[:, posted.units] = posted.persistence()
        if self.powers is None:
            ends_of_dyads = [self.axes.actor_codes(side) for side in zip(*self.names, strict=True)]
            scored = tuple(PanelLines.of_dyads(one, *ends_of_dyads) for one in cut)
        else:
            A = len(self.events.actors)
            codes = (codes_among(who, self.events.actors) for who in (self.names, self.powers))
            s, p = (np.where(own < 0, A, own) for own in codes)  # A: named by no event
            scored = tuple(PanelLines.between(one, s, p, self.direction, A + 1) for one in cut)
        return Panel(
            self, tuple(cut), tuple(self._kind_groups(one.codebook) for one, _ in books),
            tuple(_relative(one.codebook) for one, _ in books), persistence, scored, alternatives,
            lines_posted(self.events, ends[-1], directed=directed),
        )  # fmt: skip

    def _read(self, events: Events, end: int) -> np.ndarray | slice:
        """Events that touch a state scored and begin by a day; all of them where none does, or dyads are scored."""
        if self.powers is None:
            return slice(None)
        scored = np.isin(events.actors, self.names)
        rows = begun_by(events, end) & (scored[events.source] | scored[events.target])
        return rows if rows.any() else slice(None)

    def _kind_groups(self, book: Codebook) -> np.ndarray:
        """Group in which the value of each kind varies, and of events without a kind, which have one to themselves."""
        values = self.judgements.get("kind values")
        if not isinstance(values, KindValues):
            return np.zeros(len(book) + 1, dtype=np.int64)
        groups = values.groups(book)
        return np.append(groups, groups.max(initial=-1) + 1)

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


def _relative(book: Codebook) -> np.ndarray:
    """Standard error of each kind's value over the value, NaN without one; one more for events of no kind."""
    return np.append(ratio(book.standard_errors, np.abs(book.values)), np.nan)
