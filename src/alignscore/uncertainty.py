"""How sure is a score: judgements and sampling error varied together over a whole panel.

Letters for shapes: B draws, S states (or D dyads), K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.axes import Axes, Freq, period_position
from alignscore.decay import HalfLife
from alignscore.errors import OptionError, one_of, unknown, within
from alignscore.events import Events
from alignscore.intervals import LEVEL
from alignscore.judgements import CodebookChoice, Judgement, KindValues, checked
from alignscore.ledger import Ledger
from alignscore.measures.alignment import PRIOR, alignment
from alignscore.measures.hedging import Direction, Tie, hedging
from alignscore.measures.postures import POSTURES, Thresholds
from alignscore.panel import SAMPLING, STATE_SCORES, STOCK_STAGE, Between, Panel, read_under
from alignscore.pieces import Cluster, Pieces, faded_only
from alignscore.replicates import Law, quantiles
from alignscore.sobol import Inputs, Outputs, SobolResult, design, replicated, split, uniform
from alignscore.values import Frozen, Result

Score = Literal["position", "engagement", "diversification", "compartmentalising", "hedging", "alignment"]
SCORES: tuple[Score, ...] = (*STATE_SCORES, "alignment")  # type: ignore[assignment]
BLOCK = 1 << 15  # lines times draws worked on at a time: what fits the cache
WITHHELD = "withheld"


@dataclass(frozen=True, eq=False, repr=False)
class Summary(Frozen):
    """A score at the central choices, and what its draws say: arrays (S, T); `known` is their share."""

    central: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    known: np.ndarray

    @classmethod
    def of(cls, central: np.ndarray, drawn: np.ndarray, level: float) -> Summary:
        """Summary of draws (B, ...)."""
        low, median, high = quantiles(drawn, level)
        return cls(central, median, low, high, (~np.isnan(drawn)).mean(axis=0))


@dataclass(frozen=True)
class Claim:
    """Probability that a claim holds, its Monte Carlo error, and the share of draws that can tell."""

    probability: float
    se: float
    known: float


@dataclass(frozen=True, eq=False, repr=False)
class Drawn(Frozen):
    """The drawn panel, which a claim asks for what it compares: `of` and `posture` give one value a draw.

    Attributes
    ----------
    scores : mapping of str to ndarray, (B, S, T)
    names : tuple
        States, or (source, target) pairs.
    periods : pandas.PeriodIndex
    """

    scores: Mapping[str, np.ndarray]
    names: tuple[Any, ...]
    periods: pd.PeriodIndex

    def of(self, score: str, who: object, when: object) -> np.ndarray:
        """A score of one state (or of one (source, target)) at one period, (B,); NaN where unknown.

        Raises
        ------
        UnknownLabelError
            No such score, state or pair.
        """
        if score not in self.scores:
            raise unknown("score", score, self.scores)
        if who not in self.names:
            raise unknown("state" if "position" in self.scores else "pair", who, self.names)
        values: np.ndarray = self.scores[score][:, self.names.index(who), period_position(self.periods, when)]
        return values

    def posture(self, who: object, when: object) -> np.ndarray:
        """Posture label of each draw, (B,) of text; '' where unknown."""
        return np.array([*POSTURES, ""], dtype=object)[self.of("posture", who, when)]

    def settle(self, claim: Callable[[Drawn], Any]) -> Claim:
        """Probability of a claim over the draws in which everything it asked for is known."""
        listener = _Listener(self.scores, self.names, self.periods)
        holds = np.asarray(claim(listener))
        B = len(next(iter(self.scores.values())))
        if holds.shape != (B,) or holds.dtype != bool:
            raise OptionError(
                f"a claim must return one true or false a draw, ({B},) bool; got {holds.dtype} {holds.shape}."
            )
        known = ~np.any(listener.missing, axis=0) if listener.missing else np.ones(B, dtype=bool)
        p = float(holds[known].mean()) if known.any() else float("nan")
        return Claim(p, float(np.sqrt(p * (1 - p) / max(known.sum(), 1))), float(known.mean()))


class _Listener(Drawn):
    """A drawn panel that remembers which draws lacked something it was asked for."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "missing", [])

    missing: list[np.ndarray]

    def of(self, score: str, who: object, when: object) -> np.ndarray:
        values = super().of(score, who, when)
        self.missing.append(values < 0 if score == "posture" else np.isnan(values))
        return values


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
        The likeliest label; 'withheld' below the stated probability, '' where unknown.
    posture_probability : ndarray, (S, T, 5)
        Of each label of `POSTURES`, over the draws that know one.
    n, n_eff : ndarray, (S, T)
        Events with the powers and their effective number, at the central choices.
    largest_event : ndarray, (S, T)
        Share of the tie's mass that one event holds.
    rests_on_one : ndarray of bool, (S, T)
        True where that share is at least a half: read such a row as one event, not as a score.
    claims : mapping of str to Claim
    drawn : Drawn
        Every draw of every score.
    """

    score: str
    names: tuple[Any, ...]
    periods: pd.PeriodIndex
    scores: Mapping[str, Summary]
    rank: Summary
    posture: np.ndarray
    posture_probability: np.ndarray
    n: np.ndarray
    n_eff: np.ndarray
    largest_event: np.ndarray
    rests_on_one: np.ndarray
    claims: Mapping[str, Claim]
    drawn: Drawn
    problem: Problem

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        return self.problem.labels(), {"period": self.periods}

    def _columns(self) -> dict[str, np.ndarray]:
        columns: dict[str, np.ndarray] = {}
        for name, one in {**self.scores, "rank": self.rank}.items():
            columns |= {
                name: one.central, f"{name}_median": one.median, f"{name}_low": one.low,
                f"{name}_high": one.high, f"{name}_known": one.known,
            }  # fmt: skip
        if self.posture_probability.size:
            columns["posture"] = self.posture
            for at, label in enumerate(POSTURES):
                columns[f"probability_{label}"] = self.posture_probability[..., at]
        return {**columns, **super()._columns()}

    def claims_frame(self) -> pd.DataFrame:
        """One row a claim: claim, probability, se (Monte Carlo), known (share of draws that can tell)."""
        rows = [(name, one.probability, one.se, one.known) for name, one in self.claims.items()]
        return pd.DataFrame(rows, columns=["claim", "probability", "se", "known"])

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
            As for `alignscore.sobol.sobol`.

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
        return _sobol(self, when, chosen, n, replicates, level, np.random.default_rng(rng))


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
    prior: float
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
        options = self.judgements.get("codebook")
        books: list[Events] = [self.events]
        alternatives: list[int] = []
        if isinstance(options, CodebookChoice):
            for book in options.books:
                if book == self.events.codebook:
                    alternatives.append(0)
                else:
                    alternatives.append(len(books))
                    books.append(read_under(self.events, book))
        cut = [
            Pieces.of(
                one, self.decay, ends, freq=self.freq, directed=self.directed or self.direction != "both",
                cluster=self.cluster,
            )
            for one in books
        ]  # fmt: skip
        cut = [cut[0], *(replace(p, unit=cut[0].unit, unit_shape=cut[0].unit_shape) for p in cut[1:])]
        values = self.judgements.get("kind values")
        groups = [
            np.append(g := values.groups(one.codebook), g.max(initial=-1) + 1)
            if isinstance(values, KindValues)
            else np.zeros(len(one.codebook) + 1, dtype=np.int64)
            for one in books
        ]
        between = None
        if self.powers is not None:
            s, p = self.axes.actor_codes(self.names), self.axes.actor_codes(self.powers)
            between = tuple(Between.of(one, s, p, self.direction, len(self.axes.actors)) for one in cut)
        return Panel(
            tuple(cut), tuple(groups), self.judgements, self.decay, self.omega, self.prior, self.net,
            self.thresholds, self.law, between, tuple(alternatives),
        )  # fmt: skip


def robustness(
    events: Events,
    *,
    score: Score = "position",
    powers: Sequence[str] | None = None,
    states: Iterable[str] | None = None,
    judgements: Sequence[Judgement] | None = None,
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
    prior: float = PRIOR,
    thresholds: Thresholds | None = None,
    min_probability: float = 0.5,
    level: float = LEVEL,
) -> RobustnessResult:
    """Does a finding survive other judgements and the chance of which events there were?

    Half-life, prior, weights of domains, values of kinds, definition of a tie and codebook are drawn
    together with the sampling error of the events, and every draw gives a whole panel of scores: one
    scrambled Sobol sequence for the judgements, and for sampling one Gamma factor a cell of the ledger
    (mean 1, variance 1 / n_eff) and half an unseen event in each class of a share.

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
    judgements : sequence, optional
        Of `alignscore.judgements`: HalfLifeRange, PriorRange, DomainWeights, KindValues, TieChoice,
        CodebookChoice. The first five over their default ranges where not given; ``[]`` for none.
    sampling : {'gamma', 'poisson', 'none'}
        Law of the replicates.
    cluster : {'event_id', 'day', 'source'}, optional
        Events that are drawn as one; a cell of the ledger where not given.
    claims : mapping of str to callable, optional
        Each takes the `Drawn` panel and returns one true or false a draw.
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
        Of the posture labels.
    min_probability : float
        A posture less likely than this is withheld.
    level : float
        Of the intervals.

    Returns
    -------
    RobustnessResult
        Scores as `hedging` and `alignment` define them; `central` is theirs exactly. NaN: unknown at that
        choice; `known` says in which share of the draws it is not.

    Raises
    ------
    OptionError
        No powers for a score of states, an option out of range, or a decay that is no half-life.
    UnknownLabelError
        An unknown actor, domain, score or kind.

    Notes
    -----
    For equal masses the shares of a domain are drawn as Dirichlet(n s + 1/2), so intervals keep their
    cover at shares of 0 and 1; medians are drawn a little toward an even split, as they should be with
    few events. Draws of one event agree over time, so that changes can be claimed.

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
    within("draws", draws, 2)
    within("min_probability", min_probability, 0.0, 1.0)
    within("level", level, 0.0, 1.0, open_low=True, open_high=True)
    one_of("score", score, SCORES)
    one_of("sampling", sampling, ("gamma", "poisson", "none"))
    given = checked(judgements)
    decay = faded_only(decay)
    if "half-life" in given and not np.isfinite(decay.years):
        raise OptionError("a half-life cannot be varied around an infinite one; leave HalfLifeRange out.")
    thresholds = Thresholds() if thresholds is None else thresholds
    ties = Ledger.post(events, freq=freq, decay=decay).ties()
    options = {"weights": weights, "prior": prior, "level": level}
    central: Any
    if score == "alignment":
        central = alignment(ties, **options)  # type: ignore[arg-type]
        labels = central._labels()[0]
        names: tuple[Any, ...] = tuple(zip(labels["source"], labels["target"], strict=True))
        powers = None
    else:
        if powers is None:
            raise OptionError(f"score={score!r} stands between powers; name them with powers=(...).")
        central = hedging(
            ties, powers=powers, states=states, tie=tie, direction=direction, thresholds=thresholds, **options
        )  # type: ignore[arg-type]
        names, powers = central.states, tuple(central.powers)
    span = ties._span(None if periods is None else slice(*periods))
    problem = Problem(
        events, ties.axes, names, powers, direction, powers is None, given,
        None if sampling == "none" else sampling, cluster, decay, freq,
        ties.axes.domain_weights(weights), prior, tie == "net", thresholds,
    )  # fmt: skip
    from alignscore.thin import largest_event

    n, n_eff = ((a if powers else a[:, -1])[..., span] for a in (central.n, central.n_eff))
    panel = problem.panel(ties.axes.ends[span])
    at_center, drawn = _run(panel, draws, np.random.default_rng(rng))
    drawn_panel = Drawn(MappingProxyType(drawn), names, ties.axes.periods[span])
    told = {name: value for name, value in drawn.items() if name != "posture"}
    scores = {name: Summary.of(at_center[name], value, level) for name, value in told.items()}
    odds, label = _odds(drawn.get("posture"), min_probability)
    largest = largest_event(panel)
    return RobustnessResult(
        recipe={
            "measure": "robustness", "score": score, "powers": powers, "judgements": tuple(given.values()),
            "sampling": sampling, "cluster": cluster, "draws": draws, "decay": decay, "tie": tie,
            "prior": prior, "level": level, "min_probability": min_probability,
        },
        score=score, names=names, periods=ties.axes.periods[span], scores=MappingProxyType(scores),
        rank=Summary.of(ranks(at_center[score]), ranks(drawn[score]), level),
        posture=label, posture_probability=odds, n=n, n_eff=n_eff,
        largest_event=largest, rests_on_one=largest >= 0.5, drawn=drawn_panel, problem=problem,
        claims=MappingProxyType({k: drawn_panel.settle(claim) for k, claim in (claims or {}).items()}),
    )  # fmt: skip


# ---- its steps ---------------------------------------------------------------------------------------
def ranks(score: np.ndarray) -> np.ndarray:
    """Rank over the second to last axis, 1 for the highest, ties at their mean; NaN where unknown."""
    out = np.full(score.shape, np.nan)
    for s in range(score.shape[-2]):
        one = score[..., s : s + 1, :]
        above, level_ = (score > one).sum(axis=-2), (score == one).sum(axis=-2)
        out[..., s, :] = np.where(np.isnan(one[..., 0, :]), np.nan, 1 + above + (level_ - 1) / 2)
    return out


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
    size = max(16, BLOCK // panel.books[0].shape[1])
    parts = []
    for first in range(0, draws, size):
        B = min(size, draws - first)
        block = {name: given[first : first + B] for name, given in inputs.items()}
        if panel.law:
            block[SAMPLING] = panel.noise(B, rng)
        parts.append(panel.scores(panel.stocks(block) if posts else middle, block, B))
    return at_center, {name: np.concatenate([part[name] for part in parts]) for name in at_center}


def _odds(posture: np.ndarray | None, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Probability of each label over the draws that know one, (S, T, 5), and the label told, (S, T)."""
    if posture is None:
        return np.empty(0), np.empty(0, dtype=object)
    counts = np.stack([(posture == at).sum(axis=0) for at in range(len(POSTURES))], axis=-1)
    return told_posture(counts, least)


def told_posture(counts: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Counts of labels (..., 5) as probabilities, and the likeliest label unless it is withheld."""
    total = counts.sum(axis=-1, keepdims=True)
    odds = np.where(total > 0, counts / np.maximum(total, 1), np.nan)
    best = np.nan_to_num(odds).max(axis=-1)
    label = np.array(POSTURES, dtype=object)[counts.argmax(axis=-1)]
    return odds, np.where(total[..., 0] == 0, "", np.where(best >= least, label, WITHHELD))


def _sobol(
    result: RobustnessResult, when: int, score: str, n: int, replicates: int, level: float,
    rng: np.random.Generator,
) -> SobolResult:  # fmt: skip
    """Indices at one period, where earlier periods need no stocks of their own."""
    problem = result.problem
    end = problem.axes.ends[problem.axes.period(str(result.periods[when]))]
    panel = problem.panel(np.array([end]))
    centre = panel.scores(panel.stocks({}), {}, 1)[score][0, :, 0]
    known = ~np.isnan(centre)
    if not known.any():
        raise OptionError(f"no {score} is known at {result.periods[when]}.")
    middle = ranks(centre[known][:, None])[:, 0]
    sizes = panel.columns()

    def outputs(stocks: Any, inputs: Inputs) -> np.ndarray:
        values = panel.scores(stocks, inputs, n)[score][:, known, 0]
        shift = np.abs(ranks(values[..., None])[..., 0] - middle).mean(axis=1, keepdims=True)
        return np.concatenate([values, shift], axis=1)

    def run() -> Outputs:
        A, B = design(sizes, n, rng)
        if panel.law:
            A[SAMPLING], B[SAMPLING] = panel.noise(n, rng), panel.noise(n, rng)
        posted = panel.stocks(A)
        mixed = []
        for name in panel.varied:
            swapped = {**A, name: B[name]}
            mixed.append(outputs(panel.stocks(swapped) if name in STOCK_STAGE else posted, swapped))
        return outputs(posted, A), outputs(panel.stocks(B), B), np.stack(mixed)

    told = [name if isinstance(name, str) else "-".join(name) for name in problem.names]
    names = [name for name, yes in zip(told, known, strict=True) if yes]
    return replicated(
        run, (*names, "ranking"), panel.varied, n=n, replicates=replicates, level=level,
        recipe={"score": score, "period": str(result.periods[when])},
    )  # fmt: skip
