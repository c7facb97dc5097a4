"""How sure is a score: judgements and sampling error varied together over a whole panel.

Letters for shapes: B draws, S states (or D dyads), K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from alignscore.axes import Freq, period_position
from alignscore.decay import HalfLife
from alignscore.errors import (
    OptionError,
    check_level,
    mapping_or_empty,
    need,
    one_of,
    two_of,
    whole_number,
    within,
)
from alignscore.events import Events
from alignscore.intervals import LEVEL, generator_of, ratio
from alignscore.ledger import Direction, Ledger, Ties, check_direction
from alignscore.ledger.clusters import Cluster
from alignscore.measures.dyads.alignment import Prior, alignment, prior_mass
from alignscore.measures.states.diversification import Tie, gini_simpson_bounds
from alignscore.measures.states.hedging import hedging
from alignscore.measures.states.postures import POSTURES, Thresholds, class_numbers, likeliest, thresholds_of
from alignscore.results import Columns, Result, one_a_label
from alignscore.uncertainty.claims import Claims, Drawn, Summary, ranks
from alignscore.uncertainty.event_postings import faded_only
from alignscore.uncertainty.judgements import Judgement, checked
from alignscore.uncertainty.leave_one_out import largest_event
from alignscore.uncertainty.panel import SAMPLING, STATE_SCORES, STOCK_STAGE, Panel, Problem
from alignscore.uncertainty.sampling import Law
from alignscore.uncertainty.sobol import Inputs, Outputs, SobolResult, design, replicated, split, uniform
from alignscore.values import FrozenDict

Score = Literal["position", "engagement", "diversification", "compartmentalising", "hedging", "alignment"]
SCORES: tuple[Score, ...] = (*STATE_SCORES, "alignment")  # type: ignore[assignment]
Intervals = dict[str, tuple[np.ndarray, np.ndarray]]  # low and high of each score, (S, T)
BLOCK = 1 << 14  # lines times draws worked on at a time: what fits the cache
PRODUCTS = 1 << 23  # of pairs of events of one cluster, times draws, held at a time


@dataclass(frozen=True, eq=False, repr=False)
class RobustnessResult(Result):
    """What stays of a panel's scores when everything that could have been otherwise is, per (state, period).

    Attributes
    ----------
    score : str
        The one that is ranked.
    scores : mapping of str to Summary
        Each with `central`, `median`, `low`, `high`, `known`, all (S, T).
    rank : Summary
        1 for the highest score; of central choices and of the draws.
    posture : ndarray of str, (S, T)
        The likeliest label, where aligned with or leaning to each of two powers is a label of its own; 'withheld' below
        the stated probability, '' where unknown.
    likeliest : ndarray, (S, T)
        Probability of that label, printed or withheld.
    posture_probability : ndarray, (S, T, 5)
        Probability of each label of `POSTURES`, whichever power is leant to, over the draws that know one.
    n, evidence : ndarray, (S, T)
        Events with the powers and their evidence in force, at the central choices.
    largest_event : ndarray, (S, T)
        Share of the tie's mass that one event holds.
    rests_on_one : ndarray of bool, (S, T)
        True where that share is at least a half: read such a row as one event, not as a score.
    claims : Claims
        A mapping of str to Claim, with a `to_frame()`.
    drawn : Drawn
        Every draw of every score.
    """

    FIGURE: ClassVar[str | None] = "robustness"

    score: str
    names: tuple[Any, ...]
    periods: pd.PeriodIndex
    scores: Mapping[str, Summary]
    rank: Summary
    posture: np.ndarray
    likeliest: np.ndarray
    posture_probability: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    largest_event: np.ndarray
    rests_on_one: np.ndarray
    claims: Claims
    drawn: Drawn
    problem: Problem

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return self.problem.labels(), {"period": self.periods}

    def _columns(self) -> dict[str, np.ndarray]:
        columns: dict[str, np.ndarray] = {}
        for name, one in {**self.scores, "rank": self.rank}.items():
            columns |= {
                name: one.central,
                f"{name}_median": one.median,
                f"{name}_low": one.low,
                f"{name}_high": one.high,
                f"{name}_known": one.known,
            }
        if self.posture_probability.size:
            columns["posture"] = self.posture
            columns["likeliest"] = self.likeliest
            columns |= one_a_label("probability", self.posture_probability, POSTURES, axis=-1)
        return {**columns, **super()._columns()}

    def _chosen(self, columns: Columns) -> dict[str, np.ndarray]:
        """Columns asked for; in short the ranked score, its rank, the likeliest posture, and the evidence behind them."""
        if not (isinstance(columns, str) and columns == "short"):
            return super()._chosen(columns)
        of_score = [f"{self.score}{end}" for end in ("", "_median", "_low", "_high")]
        names = [*of_score, "rank", "rank_low", "rank_high"]
        posture = ["posture", "likeliest"] if self.posture_probability.size else []
        return super()._chosen([*names, *posture, "n", "evidence", "largest_event", "rests_on_one"])

    def sobol(
        self, *, at: object = None, score: Score | None = None, n: int = 256, replicates: int = 8,
        level: float = LEVEL, rng: int | np.random.Generator | None = 0,
    ) -> SobolResult:  # fmt: skip
        """Which judgement is the spread of each state's score due to, and of the ranking?

        Parameters
        ----------
        at : period, date or year, optional
            The last period where not given.
        score : str, optional
            The result's own where not given.
        n, replicates, level, rng
            As for `alignscore.uncertainty.sobol.sobol`.

        Returns
        -------
        SobolResult
            One output a state known at the central choices, and ``"ranking"``: the mean shift of ranks
            against the central ones. Groups are the judgements, and sampling where it varies.

        Raises
        ------
        AlignScoreError
            A score that is unknown in some draw.

        References
        ----------
        Saisana, Saltelli & Tarantola 2005, J. Royal Statistical Society A 168:307 (shift of ranks).
        """
        when = len(self.periods) - 1 if at is None else period_position(self.periods, at)
        chosen = self.score if score is None else score
        one_of("score", chosen, tuple(self.scores))
        problem, period, generator = self.problem, str(self.periods[when]), generator_of(rng)
        # earlier periods need no stocks of their own
        panel = problem.panel(problem.axes.ends[[problem.axes.period(period)]])
        centre = panel.scores(panel.stocks({}), {}, 1)[chosen][0, :, 0]
        known = ~np.isnan(centre)
        if not known.any():
            raise OptionError(f"no {chosen} is known at {period}.")
        middle = ranks(centre[known][:, None])[:, 0]
        sizes = panel.columns()

        def outputs(stocks: Any, inputs: Inputs) -> np.ndarray:
            values = panel.scores(stocks, inputs, n)[chosen][:, known, 0]
            shift = np.abs(ranks(values[..., None])[..., 0] - middle).mean(axis=1, keepdims=True)
            return np.concatenate([values, shift], axis=1)

        def run() -> Outputs:
            A, B = design(sizes, n, generator)
            if problem.law:
                A[SAMPLING], B[SAMPLING] = panel.noise(n, generator), panel.noise(n, generator)
            posted = panel.stocks(A)
            mixed = []
            for name in panel.varied:
                swapped = {**A, name: B[name]}
                mixed.append(outputs(panel.stocks(swapped) if name in STOCK_STAGE else posted, swapped))
            return outputs(posted, A), outputs(panel.stocks(B), B), np.stack(mixed)

        labels = [name if isinstance(name, str) else "-".join(name) for name in problem.names]
        names = [name for name, yes in zip(labels, known, strict=True) if yes]
        recipe, outcomes = {"score": chosen, "period": period}, (*names, "ranking")
        return replicated(run, outcomes, panel.varied, n=n, replicates=replicates, level=level, recipe=recipe)


def robustness(
    events: Events,
    *,
    score: Score = "position",
    powers: Sequence[str] | None = None,
    states: Iterable[str] | None = None,
    judgements: Judgement | Sequence[Judgement] | None = None,
    sampling: Law | Literal["none"] = "gamma",
    cluster: Cluster | None = None,
    claims: Mapping[str, Callable[[Drawn], Any]] | None = None,
    draws: int = 1024,
    rng: int | np.random.Generator | None = 0,
    decay: HalfLife | None = None,
    freq: Freq = "Y",
    periods: tuple[object, object] | None = None,
    weights: Mapping[str, float] | None = None,
    tie: Tie = "cooperation",
    direction: Direction = "both",
    prior: Prior | None = None,
    thresholds: Thresholds | None = None,
    min_probability: float = 0.5,
    level: float = LEVEL,
) -> RobustnessResult:
    """Does a finding survive other judgements and the chance of which events there were?

    Half-life, prior, weights of domains, values of kinds, definition of a tie, codebook and coder are drawn
    together with the sampling error of the events, and every draw gives a whole panel of scores: one
    scrambled Sobol sequence for the judgements, and for sampling a Gamma factor for each sum of the ledger
    (mean 1, variance 1 / evidence in force then) and half an unseen event in each class of a share and of either sign of
    a tie: the posterior of the scores' own intervals.

    Parameters
    ----------
    events : Events
    score : {'position', 'engagement', 'diversification', 'compartmentalising', 'hedging', 'alignment'}
        The score that is ranked. `alignment` gives a panel of directed dyads, the others one of states
        between powers, with all of these scores.
    powers : sequence of str
        Two or more, for the scores of states.
    states : iterable of str, optional
        Every actor tied to a power where not given; unused for alignment.
    judgements : one or a sequence, optional
        Of `alignscore.uncertainty.judgements`: HalfLifeRange, PriorRange, DomainWeights, KindValues, TieChoice,
        CodebookChoice, CodingChoice. The first five over their default ranges where not given; ``[]`` for none.
    sampling : {'gamma', 'poisson', 'none'}
        Law of the replicates.
    cluster : {'event_id', 'day', 'source'}, optional
        Events between the same two actors that are one piece of evidence, as in `Ledger.post`.
    claims : mapping of str to callable, optional
        Each takes the draws, whose ``of(score, state, period)`` has a number a draw, and returns one true or false a draw.
    draws : int
        B; powers of 2 are best.
    rng : int or numpy.random.Generator, optional
    decay, weights, tie, prior
        The central choices; those that vary are varied around or instead of them.
    freq : {'Y', 'Q', 'M', 'W', 'D'}
    periods : (first, last), optional
        All of the events' where not given.
    direction : {'both', 'out', 'in'}
        As for `hedging`.
    thresholds : Thresholds, optional
        Where one posture label ends and the next begins.
    min_probability : float
        A posture less likely than this is withheld.
    level : float
        Probability level of the intervals, between 0 and 1.

    Returns
    -------
    RobustnessResult
        Scores as `hedging` and `alignment` define them; `central` is theirs exactly, and with sampling an interval
        holds theirs. NaN: unknown at that choice; `known` says in which share of the draws it is not.

    Raises
    ------
    OptionError
        No powers for a score of states, no state to score, an option out of range, or a decay that is no half-life.
    UnknownLabelError
        An unknown actor, domain, score or kind.
    EventError
        A codebook that lacks a kind of the events, or gives it no domain.

    Notes
    -----
    For equal masses the shares of a domain are drawn as Dirichlet(N s + 1/2), so intervals keep their
    cover at shares of 0 and 1; medians are drawn a little toward an even split, as they should be with
    few events. The draws of a sum at two dates agree as far as the same events are in force in both, so that changes can
    be claimed; through silence they part, since what is known of an old record is known ever less.

    References
    ----------
    OECD & JRC 2008, Handbook on Constructing Composite Indicators, step 7 (varying all choices at once).

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> found = robustness(asean(), powers=("USA", "CHN"), periods=(2015, 2026), draws=256, claims={
    ...     "Cambodia closer to China than Vietnam":
    ...         lambda panel: panel.of("position", "KHM", 2026) > panel.of("position", "VNM", 2026)})
    >>> found.claims["Cambodia closer to China than Vietnam"].probability > 0.9
    True
    """
    need(events, Events)
    whole_number("draws", draws, 2)
    within("min_probability", min_probability, 0.0, 1.0)
    check_level(level)
    one_of("score", score, SCORES)
    one_of("sampling", sampling, ("gamma", "poisson", "none"))
    given = checked(judgements)
    if periods is not None:
        periods = two_of("periods", periods, "(2015, 2025)")
    example = "{'it rose': lambda panel: panel.of('position', 'KHM', 2025) > 0}"
    claims = mapping_or_empty("claims", claims, example)
    decay = faded_only(decay, events.codebook)
    if "half-life" in given and not np.isfinite(decay.years):
        raise OptionError("a half-life cannot be varied around an infinite one; leave HalfLifeRange out.")
    thresholds = thresholds_of(thresholds)
    ties = Ledger.post(events, freq=freq, decay=decay, cluster=cluster).ties()
    check_direction(ties, direction)
    seen = ties.undirected() if score != "alignment" and direction == "both" else ties
    kappa = prior_mass(seen, prior)
    span = ties._span(None if periods is None else slice(*periods))
    names, powers, n, evidence, own = _rows(
        seen._selected(slice(None), slice(None), span), score, powers,
        {"weights": weights, "prior": prior, "level": level},
        states=states, tie=tie, direction=direction, thresholds=thresholds, draws=0,
    )  # fmt: skip
    problem = Problem(
        events, ties.axes, names, powers, direction, judgements=given, law=None if sampling == "none" else sampling,
        cluster=cluster, decay=decay, omega=ties.axes.domain_weights(weights), prior=kappa, event_mass=seen.event_mass,
        net=tie == "net", thresholds=thresholds,
    )  # fmt: skip
    recipe = {
        "measure": "robustness", "score": score, "powers": powers, "judgements": tuple(given.values()),
        "sampling": sampling, "cluster": cluster, "draws": draws, "decay": decay, "tie": tie,
        "prior": ties.axes.by_domain(kappa), "level": level,
        "weights": ties.axes.by_domain(problem.omega),
        "direction": direction, "thresholds": thresholds, "min_probability": min_probability,
    }  # fmt: skip
    panel = problem.panel(ties.axes.ends[span])
    at_center, drawn = _run(panel, draws, generator_of(rng))
    asked = Drawn(FrozenDict(drawn), names, ties.axes.periods[span])
    odds, label, of_label = _odds(drawn.get("posture"), drawn.get("position"), min_probability)
    largest = largest_event(panel)
    return RobustnessResult(
        recipe=recipe, score=score, names=names, periods=asked.periods,
        scores=FrozenDict(_summaries(at_center, drawn, own if problem.law else {}, level)),
        rank=Summary.from_draws(ranks(at_center[score]), ranks(drawn[score]), level), posture=label,
        likeliest=of_label, posture_probability=odds, n=n, evidence=evidence, largest_event=largest,
        rests_on_one=largest >= 0.5, drawn=asked, problem=problem,
        claims=Claims({name: asked.settle(claim) for name, claim in claims.items()}),
    )  # fmt: skip


# ---- its steps ---------------------------------------------------------------------------------------
def _rows(
    ties: Ties, score: Score, powers: Sequence[str] | None, shared: Mapping[str, Any], **between: Any
) -> tuple[tuple[Any, ...], tuple[str, ...] | None, np.ndarray, np.ndarray, Intervals]:
    """Names of the rows scored, the powers, and at the central choices the events behind each cell (S, T) and intervals."""
    if score == "alignment":
        dyads = alignment(ties, **shared)
        labels = dyads._labels()[0]
        names = tuple(zip(labels["source"], labels["target"], strict=True))
        own: Intervals = {"alignment": (dyads.low[:, -1], dyads.high[:, -1])}
        return names, None, dyads.n[:, -1], dyads.evidence[:, -1], own
    if powers is None:
        raise OptionError(f"score={score!r} stands between powers; name them with powers=(...).")
    room = hedging(ties, powers=powers, **shared, **between)
    if not room.states:
        raise OptionError(
            "there is no state to score: name one in states, or leave it out for all that occur."
        )
    printed = [name for name in STATE_SCORES if hasattr(room, f"{name}_low")]
    own = {name: (getattr(room, f"{name}_low"), getattr(room, f"{name}_high")) for name in printed}
    if len(room.powers) > 2:
        del own["position"]
    return room.states, room.powers, room.n, room.evidence, own


def _summaries(
    at_center: Mapping[str, np.ndarray], drawn: Mapping[str, np.ndarray], own: Intervals, level: float
) -> dict[str, Summary]:
    """Each score with the interval of its draws, which holds the score's own: that reaches further out for thin domains.

    Between two powers the interval of V is that of the signed L, mapped: quantiles of V itself end short of its top.
    """
    found = {
        name: Summary.from_draws(at_center[name], value, level, own.get(name))
        for name, value in drawn.items()
        if name != "posture"
    }
    if "position" in own:
        spread = found["diversification"]
        low, high = gini_simpson_bounds(found["position"].low, found["position"].high)
        low, high = np.fmin(low, spread.central), np.fmax(high, spread.central)
        found["diversification"] = replace(spread, low=low, high=high)
    return found


def _run(
    panel: Panel, draws: int, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Scores at the central choices (S, T) and of every draw (B, S, T), in blocks of draws."""
    middle = panel.stocks({})
    at_center = {name: value[0] for name, value in panel.scores(middle, {}, 1).items()}
    if not panel.varied:
        return at_center, {name: np.repeat(v[None], draws, axis=0) for name, v in at_center.items()}
    inputs = split(uniform(sum(panel.columns().values()), draws, rng), panel.columns())
    posts = any(name in STOCK_STAGE for name in panel.varied)
    size = max(16, BLOCK // panel.lines)
    if panel.products:
        size = max(1, min(size, PRODUCTS // panel.products))
    parts = []
    for first in range(0, draws, size):
        B = min(size, draws - first)
        block = {name: given[first : first + B] for name, given in inputs.items()}
        if panel.problem.law:
            block[SAMPLING] = panel.noise(B, rng)
        parts.append(panel.scores(panel.stocks(block) if posts else middle, block, B))
    return at_center, {name: np.concatenate([part[name] for part in parts]) for name in at_center}


def _odds(
    posture: np.ndarray | None, position: np.ndarray | None, least: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probability of each label over the draws that know one, (S, T, 5), the label given and its own, (S, T) each."""
    if posture is None or position is None:
        return np.empty(0), np.empty(0, dtype=object), np.empty(0)
    two = not np.isnan(position).all()  # between more powers a position has no sides
    drawn = class_numbers(posture, (position > 0) & two, 1 + two)
    counts = np.stack([(drawn == at).sum(axis=0) for at in range(2 * two + 5)], axis=-1)
    return likeliest(ratio(counts, counts.sum(axis=-1, keepdims=True)), least)
