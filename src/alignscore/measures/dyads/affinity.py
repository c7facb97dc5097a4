"""Affinity: tone of a dyad net of who its members are, and the position two actors share.

Letters for shapes: A actors, D dyads, K domains, T periods; E dyads that occur in a domain and period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import pandas as pd

from alignscore.axes import COMPOSITE, Axes
from alignscore.decay import HalfLife, fade
from alignscore.errors import OptionError, check_level, one_of, whole_number, within
from alignscore.events import Events
from alignscore.intervals import LEVEL, Rng, evidence_of, generator_of, ratio, reaches, z_of
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.measures.composite import (
    Composite,
    correlation_of,
    in_blocks,
    overlap_of_dyads,
    pooled_evidence,
    with_composite,
)
from alignscore.measures.dyads.affinity_counts import counts_of_table
from alignscore.measures.dyads.affinity_fit import (
    MIN_SHARED,
    cosine_without_noise,
    effects_all_pairs,
    fit_effects,
    leverage,
    log_ratio_variance,
    low_rank,
    profile_cosine,
    residual_variance,
    square,
)
from alignscore.measures.dyads.result import DyadResult
from alignscore.results import tidy
from alignscore.values import ArrayPart, Frozen, as_pandas, read_only

VolumeWeights = Literal["none", "volume"]
Memory = Literal["stock", "years"]
Silence = Literal["unknown", "neutral"]
Score = Literal["tone", "shared", "latent"]
SCORES: tuple[Score, ...] = ("tone", "shared", "latent")
ERRORS = ("tone_se", "shared_se", "centre")
STRETCH = 16  # periods whose masses are laid out at a time
FREE = 1e-9  # of its log ratio that the effects must leave a dyad for its tone to be known


@dataclass(frozen=True, eq=False, repr=False)
class Stocks(Frozen):
    """Masses (D, K, T) that the log ratios are of, and the mass of one event in each domain (K,).

    In force at each period's end, or with ``memory="years"`` of the period alone; `n` counts all events so far.
    """

    n: np.ndarray
    cooperation: np.ndarray
    conflict: np.ndarray
    cooperation2: np.ndarray
    conflict2: np.ndarray
    unit: np.ndarray
    fade: np.ndarray  # (K, T) of a residual from the period before to each; 0 where stocks remember
    overlap: np.ndarray | None = None  # (D, Q, T) what two domains share of their evidence

    def masses(self, domain: int, periods: slice) -> list[np.ndarray]:
        """n, C, K and their squares in some periods, (T, D) each: laid out one after the other, as they are read."""
        stocks = (self.n, self.cooperation, self.conflict, self.cooperation2, self.conflict2)
        return [np.ascontiguousarray(stock[:, domain, periods].T) for stock in stocks]

    def evidence(self, dyads: slice) -> np.ndarray:
        """Evidence in force of some dyads, (D, K, T)."""
        mass = self.cooperation[dyads] + self.conflict[dyads]
        return evidence_of(mass, self.cooperation2[dyads] + self.conflict2[dyads])

    def correlation(self, dyads: slice) -> np.ndarray | None:
        """Correlation of two domains' scores of some dyads, (D, Q, T); None where no acts stand in both."""
        return None if self.overlap is None else correlation_of(self.overlap[dyads], self.evidence(dyads))


class Options(NamedTuple):
    """Settings that hold for every slice."""

    directed: bool
    volume_weights: VolumeWeights
    rank: int
    min_n: float
    prior: float
    shrink: float
    draws: int
    memory: Memory
    silence: Silence


@dataclass(frozen=True, eq=False, repr=False)
class AffinityResult(DyadResult):
    """Affinity per (dyad, domain and composite, period): arrays of shape (D, K + 1, T).

    Scores are held, what stands beside them is worked out from the stocks when it is first asked for, by its name or
    in a frame.

    Attributes
    ----------
    tone, tone_se, tone_low, tone_high : ndarray
        Log ratio less sender's and receiver's effects, its standard error and interval.
    shared, shared_se, shared_low, shared_high : ndarray
        Cosine of the two actors' residuals towards third parties.
    latent : ndarray
        The dyad's entry in the rank-r part of the residuals, in units of tone; no interval of it covers, so none
        is given.
    n, evidence, coverage : ndarray
        Events of the dyad, evidence in force behind its tone, share of domain weight with a tone.
    sender, receiver : ndarray, (A, K, T)
        Effects taken off; equal where undirected.
    stocks, errors
        What the rest is worked out from.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "tone", "tone_se", "tone_low", "tone_high", "shared", "shared_se", "shared_low", "shared_high", "latent",
        "n", "evidence", "coverage",
    )  # fmt: skip
    SHORT: ClassVar[tuple[str, ...]] = tuple(name for name in COLUMNS if name != "shared_se")

    tone: np.ndarray
    shared: np.ndarray
    latent: np.ndarray
    sender: np.ndarray
    receiver: np.ndarray
    stocks: Stocks
    errors: Mapping[str, np.ndarray]  # (D, K, T) by the names of `ERRORS`; empty where none were asked for

    tone_se = ArrayPart("_tone_error", 0, "Standard error of `tone`.")
    tone_low = ArrayPart("_tone_error", 1, "Lower end of the interval of `tone`.")
    tone_high = ArrayPart("_tone_error", 2, "Upper end of the interval of `tone`.")
    shared_se = ArrayPart("_shared_error", 0, "Standard error of `shared`.")
    shared_low = ArrayPart("_shared_error", 1, "Lower end of the interval of `shared`.")
    shared_high = ArrayPart("_shared_error", 2, "Upper end of the interval of `shared`.")

    @cached_property
    def n(self) -> np.ndarray:
        """Events of the dyad."""
        return read_only(with_composite(self.stocks.n, self.stocks.n.sum(axis=1)))

    @cached_property
    def evidence(self) -> np.ndarray:
        """Evidence in force, in events; of the composite that of the domains with a tone together."""

        def some(rows: slice) -> tuple[np.ndarray]:
            evidence = self.stocks.evidence(rows)
            overlap = None if self.stocks.overlap is None else self.stocks.overlap[rows]
            counts = (self._omega > 0)[:, None] & ~np.isnan(self.tone[rows, :-1])
            return (with_composite(evidence, pooled_evidence(evidence * counts, overlap)),)

        return read_only(in_blocks(some, self.shape, 1)[0])

    @cached_property
    def coverage(self) -> np.ndarray:
        """Share of domain weight with a tone."""
        seen = ~np.isnan(self.tone[:, :-1])
        return read_only(with_composite(seen.astype(float), (seen * self._omega[:, None]).sum(axis=1)))

    @cached_property
    def _tone_error(self) -> np.ndarray:
        return self._error("tone", self.tone)

    @cached_property
    def _shared_error(self) -> np.ndarray:
        return self._error("shared", self.shared)

    def _error(self, name: str, scores: np.ndarray) -> np.ndarray:
        """Standard error, low and high end (3, D, K + 1, T) of a score; NaN where none were asked for."""
        if not self.errors:
            return np.broadcast_to(np.nan, (3, *self.shape))
        z = z_of(self.recipe["level"])
        omega = self._omega
        sd = self.errors[f"{name}_se"]
        middles = self.errors["centre"] if name == "shared" else scores[:, :-1]

        def some(rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            score, middle = scores[rows], middles[rows]
            composite = Composite.of_known(score[:, :-1], omega)
            se = with_composite(sd[rows], composite.sd(sd[rows], self.stocks.correlation(rows)))
            se = np.where(np.isnan(score), np.nan, se)
            middle = with_composite(middle, composite.mean(middle))
            low, high = middle - z * se, middle + z * se
            if name == "shared":
                low, high = (np.clip(end, -1.0, 1.0) for end in (low, high))
                low, high = np.minimum(low, score), np.maximum(high, score)
            return se, low, high

        return read_only(in_blocks(some, self.shape, 3))

    def effects(self) -> pd.DataFrame:
        """Effects taken off: one row an (actor, domain, period); above 0, friendlier with everyone."""
        labels = ({"actor": np.array(self.axes.actors, dtype=object)}, *self.axes.labels()[1:])
        return tidy(labels, {"sender": self.sender, "receiver": self.receiver})

    def matrix(
        self, score: Score = "tone", *, domain: str = COMPOSITE, period: object | None = None
    ) -> pd.DataFrame:
        """Square frame of one score in one domain and period (the last where not given); NaN: not scored.

        Raises
        ------
        OptionError, UnknownLabelError
            A score, domain or period that is not there.
        """
        one_of("score", score, SCORES)
        at = len(self.axes.domains) if domain == COMPOSITE else self.axes.domain(domain)
        when = -1 if period is None else self.axes.period(period)
        out = np.full((len(self.axes.actors),) * 2, np.nan)
        i, j = self.axes.dyads.T
        out[i, j] = getattr(self, score)[:, at, when]
        if not self.recipe["directed"]:
            out[j, i] = out[i, j]
        names = pd.Index(self.axes.actors)
        return pd.DataFrame(out, index=names, columns=names)


def affinity(
    ties: Ties | Ledger | Events,
    *,
    weights: Mapping[str, float] | None = None,
    directed: bool = False,
    volume_weights: VolumeWeights = "none",
    rank: int = 2,
    min_n: float = 10,
    prior: float = 1.0,
    shrink: float | None = None,
    memory: Memory = "stock",
    silence: Silence = "unknown",
    draws: int = 100,
    level: float = LEVEL,
    rng: Rng = 0,
) -> AffinityResult:
    """Tone of every dyad net of its members' tone with everyone, and the position two actors share.

    Whom does a state treat better than it treats everyone, and with whom does it see eye to eye? Sums of
    events follow news volume; these scores are for comparing dyads. They are two constructs, reported side
    by side and never averaged: tone finds rivals, shared position finds allies.

    ======= ============================================================ ========= =======================
    score   formula                                                      range     up means
    ======= ============================================================ ========= =======================
    tone    r_ij = L_ij - mean - a_i - b_j,                              log units friendlier than the two
            L = ln((C/u + prior) / (K/u + prior))                                  are with everyone
    shared  sum_m q_im q_jm / sqrt(sum_m q_im^2 sum_m q_jm^2), m third   -1 .. 1   they treat third parties
            parties, q = r n/(n + shrink)                                          alike
    latent  entry of the rank-r part of q, diagonal imputed              log units the factors predict a
                                                                                   friendly tie
    ======= ============================================================ ========= =======================

    u is the mean mass of one event booked in the domain, n = (C + K)/u. Effects are least squares over the
    dyads that occur, per domain and period. The composite is the weighted mean of the domains seen.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    weights : mapping of domain to weight, optional
        Weights of the composite; equal where not given. A domain that is not named weighs 1; 0 leaves one out.
    directed : bool
        False (default, the form that was validated): both directions added, one effect a state, shared
        position symmetric. True: sender's and receiver's effects; profiles are what an actor sends.
    volume_weights : {"none", "volume"}
        Weights of the dyads in the fit of the effects. By volume, the most reported dyads set the norm.
    rank : int
        Dimensions of the latent part.
    min_n : float
        A tone with fewer events is withheld (NaN), as are the positions of an actor with fewer in all;
        they still enter the effects. Below 10, events of one dyad are little more than noise.
    prior, shrink : float
        In events: added to either side of the ratio; at which a residual counts half in a profile (10; 0 with
        ``memory="years"``, where silent years do the same).
    memory : {"stock", "years"}
        What remembers: the stocks, from whose log ratio the effects are taken (default); or the residuals, each
        period's own log ratio net of effects, faded and added. The half-life is the ledger's, by domain.
    silence : {"unknown", "neutral"}
        A pair without events says nothing (default, for curated tables); or that nothing happened: its log ratio
        is 0, effects are over all pairs, and its residual counts as none. For streams in which what is not in the
        file did not happen. With ``memory="years"``, shared position then follows next year's UN agreement at rho
        .60 against .51.
    draws : int
        Fewer than 2 leave standard errors and intervals out. They are closed forms: nothing is drawn.
    level : float
        Probability level of the intervals, between 0 and 1.
    rng : int or numpy.random.Generator, optional
        Not used any more, since nothing is drawn; calls that name it stay valid.

    Returns
    -------
    AffinityResult
        NaN: no event, fewer than `min_n`, or (shared, latent) fewer than 3 partners in common; a tone also where the
        effects of the two states reproduce it whatever it is, as of a state with a single partner, and a shared position
        where they leave one of the two no residual towards third parties.

    Raises
    ------
    OptionError
        An option outside its range or its choices.
    UnknownLabelError
        A weight for a domain the ties do not have.

    Notes
    -----
    Intervals carry sampling error only: masses are Gamma with the cells' own mean and variance, carried through
    the least squares exactly and through the cosine by the delta method. Noise pulls a cosine towards 0, so the
    interval of shared position lies about the cosine without noise, stretched to hold the score.

    Of the latent part nobody has a tie with itself, so the diagonal is imputed by the fit until it settles, each entry
    within twice the largest off the diagonal: where a network shows no low rank, an entry that nothing holds takes a
    dimension for one actor and grows for ever (the Heywood case of factor analysis), and the score would depend on when
    one stops.

    See ``docs/validity.md`` for what the scores were
    tested on and where they fail: a change of tone within one dyad from year to year is not validated.

    References
    ----------
    Hoff 2021, Statistical Science 36:34 (additive and multiplicative effects). Gallop & Minhas 2021, A
    Network Approach to Measuring State Preferences, Network Science (low rank as a measure of preference).

    Examples
    --------
    >>> from alignscore.datasets import simulate
    >>> from alignscore.ledger import Ledger
    >>> ties = Ledger.post(simulate(600, actors=8, first="2020-01-01", last="2021-12-31", seed=1)).ties()
    >>> found = affinity(ties, draws=20, rng=1)
    >>> found.matrix("shared").shape
    (8, 8)
    >>> bool(abs(found.shared[~np.isnan(found.shared)]).max() <= 1)
    True
    """
    ties = ties_of(ties, directed=directed)
    generator_of(rng)
    options = _options(ties.directed, volume_weights, rank, min_n, prior, shrink, draws, memory, silence)
    stocks = _stocks_of(ties, memory)
    recipe = {"measure": "affinity", "decay": ties.ledger.decay}
    return _affinity(ties.axes, stocks, options, weights, level, recipe)


def affinity_of_counts(
    counts: pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    half_life: float | None = None,
    weights: Mapping[str, float] | None = None,
    directed: bool = False,
    volume_weights: VolumeWeights = "none",
    rank: int = 2,
    min_n: float = 10,
    prior: float = 1.0,
    shrink: float | None = None,
    memory: Memory = "stock",
    silence: Silence = "unknown",
    draws: int = 100,
    level: float = LEVEL,
    rng: Rng = 0,
) -> AffinityResult:
    """`affinity` from a table of dyad-year counts of cooperative and conflictual events.

    Many data sets are published as counts, not as events. A row is a dyad in a year, ``n = C + K``, every
    event has mass 1. Scores, NaN, ranges and the other parameters are those of `affinity`.

    Parameters
    ----------
    counts : DataFrame
        Columns source, target, period (years), cooperation, conflict, and domain where there are several.
        Rows of one cell are added.
    columns : mapping, optional
        From those names to the table's own: ``{"source": "ccode1", "period": "year"}``.
    half_life : float, optional
        Years; counts then fade as events in a ledger do. None: each year by itself.

    Returns
    -------
    AffinityResult
        ``n`` counts all events so far where there is a half-life, the year's where not.

    Raises
    ------
    OptionError
        Counts that are missing, negative, infinite or no numbers, a period that is no year or date, a row of an actor with
        itself, `half_life` not above 0.
    UnknownLabelError
        A column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(a, b, 2020, 9 if a + b in ("AB", "CD") else 1, 1) for a in "ABC" for b in "BCD" if a < b]
    >>> table = pd.DataFrame(rows, columns=["source", "target", "period", "cooperation", "conflict"])
    >>> affinity_of_counts(table, min_n=2, draws=0).tone[:, 0, 0].round(2).tolist()
    [1.07, -0.54, -0.54, -0.54, -0.54, 1.07]
    """
    generator_of(rng)
    options = _options(directed, volume_weights, rank, min_n, prior, shrink, draws, memory, silence)
    if half_life is not None:
        within("half_life", half_life, 0.0, open_low=True)
    elif memory == "years":
        raise OptionError("memory='years' fades residuals by a half-life; give half_life, in years.")
    axes, c, k = counts_of_table(as_pandas("counts", counts), columns, directed=directed)
    n = c + k
    D, K, T = axes.shape
    kept = 0.0
    if half_life is not None:
        # of years the masses are each one's own, and residuals fade
        fading = (n, c, k) if memory == "stock" else (n,)
        fade([stock.reshape(D * K, T) for stock in fading], np.arange(T) / half_life, (0, 1, 1))
        kept = 2.0 ** (-1 / half_life) if memory == "years" else 0.0
    # every event has mass 1, so its square has too, and both fade alike
    stocks = Stocks(n, c, k, c, k, unit=np.ones(K), fade=np.full((K, T), kept))
    recipe = {"measure": "affinity_of_counts", "half_life": half_life}
    return _affinity(axes, stocks, options, weights, level, recipe)


# ---- behind both doors -----------------------------------------------------------------------------------
def _options(
    directed: bool, volume_weights: VolumeWeights, rank: int, min_n: float, prior: float,
    shrink: float | None, draws: int, memory: Memory, silence: Silence,
) -> Options:  # fmt: skip
    one_of("directed", directed, (True, False))
    one_of("volume_weights", volume_weights, ("none", "volume"))
    one_of("memory", memory, ("stock", "years"))
    one_of("silence", silence, ("unknown", "neutral"))
    whole_number("rank", rank, 1)
    within("min_n", min_n, 0.0, open_high=True)
    within("prior", prior, 0.0, open_low=True, open_high=True)
    if shrink is None:
        shrink = 10.0 if memory == "stock" else 0.0
    within("shrink", shrink, 0.0, open_high=True)
    whole_number("draws", draws, 0)
    if silence == "neutral" and volume_weights == "volume":
        raise OptionError(
            "silence='neutral' takes every pair alike, volume_weights='volume' the busy ones; choose one."
        )
    return Options(directed, volume_weights, rank, min_n, prior, shrink, draws, memory, silence)


def _stocks_of(ties: Ties, memory: Memory) -> Stocks:
    """Stocks of ties; with ``memory="years"`` what happened in each period or stands at its end."""
    kept = np.zeros(ties.axes.shape[1:])
    source = ties
    if memory == "years":
        decay = ties.ledger.decay
        if not isinstance(decay, HalfLife):
            raise OptionError(f"memory='years' fades by a half-life; the ledger was posted with {decay}.")
        # each period's own days: other periods change no score
        days = np.diff(ties.axes.ends, prepend=ties.axes.ends[0])
        kept = np.array([2.0 ** (-days / decay.days(domain=name)) for name in ties.axes.domains])
        source = ties.within_periods()
    masses = (source.cooperation, source.conflict, source.cooperation2, source.conflict2)
    return Stocks(ties.n, *masses, ties.event_mass, kept, overlap_of_dyads(source, conflict=True))


def _affinity(
    axes: Axes,
    stocks: Stocks,
    options: Options,
    weights: Mapping[str, float] | None,
    level: float,
    recipe: dict[str, Any],
) -> AffinityResult:
    A = len(axes.actors)
    if options.rank > A:
        raise OptionError(f"rank is {options.rank}; with {A} actors it can be no more than that.")
    omega = axes.domain_weights(weights)
    check_level(level)
    _, K, T = axes.shape
    scores = {name: np.full((len(axes.dyads), K + 1, T), np.nan) for name in SCORES}
    # seven digits of an error are more than it has, and half the memory
    errors = {name: np.full(axes.shape, np.nan, np.float32) for name in (ERRORS if options.draws > 1 else ())}
    out = scores | errors
    sender, receiver = (np.full((A, K, T), np.nan) for _ in range(2))
    kept = [_Remembered(*np.zeros((5, A, A))) if options.memory == "years" else None for _ in range(K)]
    for first in range(0, T, STRETCH):
        span = slice(first, first + STRETCH)
        for k in range(K):
            given = stocks.masses(k, span)
            part = {name: np.full(given[0].shape, np.nan) for name in out}
            for t, masses in enumerate(zip(*given, strict=True)):
                here, found, effects = _slice(
                    axes, masses, float(stocks.unit[k]), float(stocks.fade[k, first + t]), options, kept[k]
                )
                sender[:, k, first + t], receiver[:, k, first + t] = effects
                for name, values in found.items():
                    part[name][t, here] = values
            for name, some in part.items():
                out[name][:, k, span] = some.T
        for score in scores.values():
            seen = score[:, :K, span]
            score[:, K, span] = Composite.of_known(seen, omega).mean(seen)
    return AffinityResult(
        recipe=recipe | options._asdict() | {
            "level": level, "weights": axes.by_domain(omega),
        },
        axes=axes, with_composite=True, **scores, sender=sender, receiver=receiver, stocks=stocks, errors=errors,
    )  # fmt: skip


class _Remembered(NamedTuple):
    """What residuals remember of earlier periods, (A, A) each, faded in place."""

    residual: np.ndarray
    profile: np.ndarray
    noise: np.ndarray  # variance of the profile
    spread: np.ndarray  # variance of the residual
    weight: np.ndarray  # of the periods in which the dyad was seen

    def follow(self, now: _Residuals, fade: float, *, directed: bool) -> None:
        """Fade what was, and add what is."""
        believed = now.residual * now.share
        noise = now.variance * now.share**2
        added = (now.residual, believed, noise, now.spread * now.free, 1.0 * now.free)
        for one, values, power in zip(self, added, (1, 1, 2, 2, 1), strict=True):
            one *= fade**power
            one += square(values, now.i, now.j, len(one), directed=directed)


class _Residuals(NamedTuple):
    """What the effects leave of the log ratios of the dyads that occur, (E,) each; and the effects, (A,)."""

    dyads: np.ndarray  # their places, and both actors
    i: np.ndarray
    j: np.ndarray
    residual: np.ndarray
    share: np.ndarray  # how much of a residual a profile believes
    variance: np.ndarray  # of the log ratio
    spread: np.ndarray  # variance of the residual
    free: np.ndarray  # whether the effects leave anything of the log ratio
    sender: np.ndarray
    receiver: np.ndarray

    @classmethod
    def make(cls, axes: Axes, masses: Sequence[np.ndarray], unit: float, options: Options) -> _Residuals:
        """Fit the effects to n, C, K, C2 and K2 (D,) of one domain and period; `unit` is the mass of one event."""
        A, directed = len(axes.actors), options.directed
        n, c, k, c2, k2 = masses
        dyads = np.flatnonzero((n > 0) & (c + k > 0))
        i, j = axes.dyads[dyads].T
        if not len(dyads):
            none, nobody = np.empty(0), np.full(A, np.nan)
            return cls(dyads, i, j, none, none, none, none, none, nobody, nobody)
        c, k, c2, k2 = c[dyads] / unit, k[dyads] / unit, c2[dyads] / unit**2, k2[dyads] / unit**2
        y = np.log((c + options.prior) / (k + options.prior))
        variance = log_ratio_variance(c, k, c2, k2, options.prior)
        share = ratio(c + k, c + k + options.shrink)
        if options.silence == "neutral":
            table = square(y, i, j, A, directed=directed)
            _, sender, receiver, residuals = effects_all_pairs(table, directed=directed)
            free = np.ones(len(dyads), dtype=bool)
            return cls(dyads, i, j, residuals[i, j], share, variance, variance, free, sender, receiver)
        weight = c + k if options.volume_weights == "volume" else None
        fit = fit_effects(y, i, j, A, weight=weight, directed=directed)
        free = leverage(fit) < 1 - FREE
        spread = residual_variance(fit, variance) if options.draws > 1 else variance
        residual = np.where(free, fit.residual, 0.0)
        return cls(dyads, i, j, residual, share, variance, spread, free, fit.sender, fit.receiver)


def _slice(
    axes: Axes,
    masses: Sequence[np.ndarray],
    unit: float,
    fade: float,
    options: Options,
    kept: _Remembered | None,
) -> tuple[np.ndarray, dict[str, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Places of the dyads scored in one domain and period, their scores by name, (E,) each, and the effects (A,).

    `masses` are n, C, K, C2 and K2 (D,), `unit` and `fade` those of the domain and period (`Stocks`).
    """
    A, directed = len(axes.actors), options.directed
    n = masses[0]
    now = _Residuals.make(axes, masses, unit, options)
    effects = now.sender, now.receiver
    if not len(now.dyads) and (kept is None or not kept.weight.any()):
        return now.dyads, {}, effects
    if kept is None:
        here, i, j = now.dyads, now.i, now.j
        profile = square(now.residual * now.share, i, j, A, directed=directed)
        noise = square(now.variance * now.share**2, i, j, A, directed=directed)
        tone = np.where(now.free, now.residual, np.nan)
        tone_se = np.sqrt(now.spread)
    else:  # every dyad that was ever seen
        kept.follow(now, fade, directed=directed)
        here = np.flatnonzero(n > 0)
        i, j = axes.dyads[here].T
        profile, noise = kept.profile, kept.noise
        evidence = kept.weight[i, j]
        tone = ratio(kept.residual[i, j], evidence)
        tone_se = np.sqrt(ratio(kept.spread[i, j], evidence**2))
    latent = low_rank(profile, options.rank)
    scores = {"tone": tone, "shared": profile_cosine(profile)[i, j], "latent": latent[i, j]}
    if options.draws > 1:
        centre, error = (x[i, j] for x in cosine_without_noise(profile, noise))
        scores |= {"tone_se": tone_se, "shared_se": error, "centre": centre}
    few, thin = _too_little(n[here], i, j, A, options)
    found = {
        name: np.where(few if name.startswith("tone") else thin, np.nan, x) for name, x in scores.items()
    }
    return here, found, effects


def _too_little(
    n: np.ndarray, i: np.ndarray, j: np.ndarray, A: int, options: Options
) -> tuple[np.ndarray, np.ndarray]:
    """Of which dyads the tone rests on too little, and of which the position that two share, (E,) each."""
    whole = np.bincount(i, n, A) + np.bincount(j, n, A)
    met = square(np.ones(len(i)), i, j, A, directed=options.directed)
    few = (met @ met.T)[i, j] < MIN_SHARED  # third parties that both have a dyad with
    thin = few | ~reaches(np.minimum(whole[i], whole[j]), options.min_n)
    return ~reaches(n, options.min_n), thin
