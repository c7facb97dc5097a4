"""Affinity: tone of a dyad net of who its members are, and the position two actors share.

Letters for shapes: A actors, D dyads, K domains, T periods, B resampled copies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import pandas as pd

from alignscore.axes import COMPOSITE, Axes
from alignscore.errors import OptionError, one_of, whole_number, within
from alignscore.events import Events
from alignscore.intervals import LEVEL, bounded, evidence_of, ratio, z_of
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.ledger.sums import SUMS
from alignscore.measures.composite import Blend, beside
from alignscore.measures.dyads.affinity_counts import stocks_of_counts
from alignscore.measures.dyads.affinity_fit import (
    MIN_SHARED,
    common_partners,
    event_log_ratio,
    fit_effects,
    gamma_masses,
    low_rank,
    low_rank_near,
    profile_cosine,
    square,
)
from alignscore.measures.dyads.result import DyadResult
from alignscore.results import tidy

VolumeWeights = Literal["none", "volume"]
Score = Literal["tone", "shared", "latent"]
SCORES: tuple[Score, ...] = ("tone", "shared", "latent")


class Stocks(NamedTuple):
    """Stocks (D, K, T) and the mass of one event in each domain (K,)."""

    n: np.ndarray
    cooperation: np.ndarray
    conflict: np.ndarray
    cooperation2: np.ndarray
    conflict2: np.ndarray
    unit: np.ndarray


class Options(NamedTuple):
    """What one slice needs to be told."""

    directed: bool
    volume_weights: VolumeWeights
    rank: int
    min_n: float
    prior: float
    shrink: float
    draws: int


@dataclass(frozen=True, eq=False, repr=False)
class AffinityResult(DyadResult):
    """Affinity per (dyad, domain and composite, period): arrays of shape (D, K + 1, T).

    Attributes
    ----------
    tone, tone_se, tone_low, tone_high : ndarray
        Log ratio less sender's and receiver's effects, its standard error and interval.
    shared, shared_se, shared_low, shared_high : ndarray
        Cosine of the two actors' residuals towards third parties.
    latent, latent_se, latent_low, latent_high : ndarray
        The dyad's entry in the rank-r part of the residuals, in units of tone.
    n, evidence, coverage : ndarray
        Events of the dyad, evidence in force behind its tone, share of domain weight with a tone.
    sender, receiver : ndarray, (A, K, T)
        Effects taken off; equal where undirected.
    """

    SHORT: ClassVar[tuple[str, ...]] = (
        "tone", "tone_se", "tone_low", "tone_high", "shared", "shared_low", "shared_high", "latent",
        "n", "evidence", "coverage",
    )  # fmt: skip

    tone: np.ndarray
    tone_se: np.ndarray
    tone_low: np.ndarray
    tone_high: np.ndarray
    shared: np.ndarray
    shared_se: np.ndarray
    shared_low: np.ndarray
    shared_high: np.ndarray
    latent: np.ndarray
    latent_se: np.ndarray
    latent_low: np.ndarray
    latent_high: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray
    sender: np.ndarray
    receiver: np.ndarray

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
    shrink: float = 10.0,
    draws: int = 100,
    level: float = LEVEL,
    rng: int | np.random.Generator | None = None,
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
        Weights of the composite; equal where not given.
    directed : bool
        False (default, the form that was validated): both directions added, one effect a state, shared
        position symmetric. True: sender's and receiver's effects; profiles are what an actor sends.
    volume_weights : {"none", "volume"}
        Weights of the dyads in the fit of the effects. By volume, the most reported dyads set the norm.
    rank : int
        Of the latent part.
    min_n : float
        A tone with fewer events is withheld (NaN), as are the positions of an actor with fewer in all;
        they still enter the effects. Below 10, events of one dyad are little more than noise.
    prior, shrink : float
        In events: added to either side of the ratio; at which a residual counts half in a profile.
    draws : int
        Resampled copies behind the standard errors; fewer than 2 leave those NaN.
    level : float
        Of the intervals.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    AffinityResult
        NaN: no event, fewer than `min_n`, or (shared, latent) fewer than 3 partners in common.

    Raises
    ------
    OptionError
        An option outside its range or its choices.
    UnknownLabelError
        A weight for a domain the ties do not have.

    Notes
    -----
    Intervals: masses are drawn from Gamma distributions with the cells' own mean and variance, and all is
    computed anew; they carry sampling error only. See ``docs/validity.md`` for what the scores were
    tested on and where they fail: a change of tone within one dyad from year to year is not validated.

    References
    ----------
    Hoff 2021, Statistical Science 36:34 (additive and multiplicative effects). Gallop & Minhas 2021, A
    Network Approach to Measuring State Preferences, Network Science (low rank as a measure of preference).

    Examples
    --------
    >>> from alignscore.datasets import simulate
    >>> from alignscore.ledger import Ledger
    >>> ties = Ledger.post(simulate(3_000, actors=8, seed=1)).ties()
    >>> found = affinity(ties, draws=20, rng=1)
    >>> found.matrix("shared").shape
    (8, 8)
    >>> bool(abs(found.shared[~np.isnan(found.shared)]).max() <= 1)
    True
    """
    ties = ties_of(ties)
    options = _options(directed, volume_weights, rank, min_n, prior, shrink, draws)
    ties = ties if directed else ties.undirected()
    if not ties.directed:
        options = options._replace(directed=False)
    stocks = Stocks(ties.n, ties.cooperation, ties.conflict, ties.cooperation2, ties.conflict2, _unit(ties))
    recipe = {"measure": "affinity", "decay": ties.ledger.decay}
    return _affinity(ties.axes, stocks, options, weights, level, rng, recipe)


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
    shrink: float = 10.0,
    draws: int = 100,
    level: float = LEVEL,
    rng: int | np.random.Generator | None = None,
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
        Counts that are missing, negative or infinite, a row of an actor with itself, `half_life` not above 0.
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
    options = _options(directed, volume_weights, rank, min_n, prior, shrink, draws)
    axes, arrays = stocks_of_counts(counts, columns or {}, half_life, directed=directed)
    stocks = Stocks(*arrays, unit=np.ones(len(axes.domains)))
    recipe = {"measure": "affinity_of_counts", "half_life": half_life}
    return _affinity(axes, stocks, options, weights, level, rng, recipe)


# ---- behind both doors -----------------------------------------------------------------------------------
def _options(
    directed: bool, volume_weights: VolumeWeights, rank: int, min_n: float,
    prior: float, shrink: float, draws: int,
) -> Options:  # fmt: skip
    one_of("volume_weights", volume_weights, ("none", "volume"))
    whole_number("rank", rank, 1)
    within("min_n", min_n, 0.0, open_high=True)
    within("prior", prior, 0.0, open_low=True, open_high=True)
    within("shrink", shrink, 0.0, open_high=True)
    whole_number("draws", draws, 0)
    return Options(directed, volume_weights, rank, min_n, prior, shrink, draws)


def _unit(ties: Ties) -> np.ndarray:
    """Mean mass of one event booked in each domain of the ties, (K,); 1 where there is none."""
    ledger = ties.ledger
    domain = ledger.coordinates().domain
    n, c, k = (ledger.sums[:, SUMS.index(name)] for name in ("n", "cooperation", "conflict"))
    own, K = n > 0, len(ledger.axes.domains)  # what ends a mechanism is booked with no event
    unit = ratio(np.bincount(domain[own], (c + k)[own], K), np.bincount(domain[own], n[own], K))
    unit = np.where(unit > 0, unit, 1.0)
    return np.array([unit[ledger.axes.domain(name)] for name in ties.axes.domains])


def _affinity(
    axes: Axes, stocks: Stocks, options: Options, weights: Mapping[str, float] | None,
    level: float, rng: int | np.random.Generator | None, recipe: dict[str, Any],
) -> AffinityResult:  # fmt: skip
    if options.rank > len(axes.actors):
        raise OptionError(
            f"rank is {options.rank}; with {len(axes.actors)} actors it can be no more than that."
        )
    z, omega, generator = z_of(level), axes.domain_weights(weights), np.random.default_rng(rng)
    _, K, T = axes.shape
    out = {f"{name}{end}": np.full(axes.shape, np.nan) for name in SCORES for end in ("", "_se")}
    sender, receiver = (np.full((len(axes.actors), K, T), np.nan) for _ in range(2))
    for at in np.ndindex(K, T):
        found, sender[:, *at], receiver[:, *at] = _slice(axes, stocks, at, options, generator)
        for name, values in found.items():
            out[name][:, *at] = values
    evidence = evidence_of(stocks.cooperation + stocks.conflict, stocks.cooperation2 + stocks.conflict2)
    seen = ~np.isnan(out["tone"])
    blend = Blend.of(seen, omega)
    columns: dict[str, np.ndarray] = {}
    for name in SCORES:
        own = Blend.of(~np.isnan(out[name]), omega)
        score = beside(out[name], own.mean(out[name]))
        se = beside(out[f"{name}_se"], own.se(out[f"{name}_se"]))
        se = np.where(np.isnan(score) | (options.draws < 2), np.nan, se)
        ends = bounded(score, se, level) if name == "shared" else (score - z * se, score + z * se)
        columns |= {name: score, f"{name}_se": se, f"{name}_low": ends[0], f"{name}_high": ends[1]}
    return AffinityResult(
        recipe=recipe | options._asdict() | {
            "level": level, "weights": dict(zip(axes.domains, omega.tolist(), strict=True)),
        },
        axes=axes, with_composite=True, **columns, n=beside(stocks.n, stocks.n.sum(axis=1)),
        evidence=beside(evidence, blend.evidence(evidence)), coverage=beside(seen.astype(float), blend.coverage),
        sender=sender, receiver=receiver,
    )  # fmt: skip


def _slice(
    axes: Axes, stocks: Stocks, at: tuple[int, ...], options: Options, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Scores (D,) of one domain and period by name, and the effects (A,)."""
    A, unit = len(axes.actors), float(stocks.unit[at[0]])
    n, c, k, c2, k2 = (np.asarray(stock[:, at[0], at[1]]) for stock in stocks[:5])
    here = np.flatnonzero((n > 0) & (c + k > 0))
    found = {f"{name}{end}": np.full(len(n), np.nan) for name in SCORES for end in ("", "_se")}
    if not len(here):
        return found, np.full(A, np.nan), np.full(A, np.nan)
    i, j = axes.dyads[here].T
    c, k, c2, k2 = c[here] / unit, k[here] / unit, c2[here] / unit**2, k2[here] / unit**2
    w = c + k if options.volume_weights == "volume" else None
    fit = fit_effects(
        event_log_ratio(c, k, prior=options.prior), i, j, A, weight=w, directed=options.directed
    )
    share = ratio(c + k, c + k + options.shrink)  # how much of a residual a profile believes
    profile = square(fit.residual * share, i, j, A, directed=options.directed)
    fitted = low_rank(profile, options.rank)
    scores = {"tone": fit.residual, "shared": profile_cosine(profile)[i, j], "latent": fitted[i, j]}
    copies: dict[str, np.ndarray] = {name: np.full((1, 1), np.nan) for name in SCORES}
    if options.draws > 1:
        drawn = [gamma_masses(m, m2, options.draws, rng) + options.prior for m, m2 in ((c, c2), (k, k2))]
        r = fit_effects(np.log(drawn[0] / drawn[1]), i, j, A, weight=w, directed=options.directed).residual
        many = square(r * share[:, None], i, j, A, directed=options.directed)
        near = low_rank_near(many, fitted, options.rank)
        copies = {"tone": r, "shared": profile_cosine(many)[:, i, j].T, "latent": near[:, i, j].T}
    hidden = _withheld(n[here], i, j, A, options)
    for name, values in scores.items():
        found[name][here] = np.where(hidden[name], np.nan, values)
        found[f"{name}_se"][here] = copies[name].std(axis=1)
    return found, fit.sender, fit.receiver


def _withheld(n: np.ndarray, i: np.ndarray, j: np.ndarray, A: int, options: Options) -> dict[str, np.ndarray]:
    """Which dyads' scores rest on too little, (E,) each."""
    whole = np.bincount(i, n, A) + np.bincount(j, n, A)
    few = common_partners(i, j, A, directed=options.directed)[i, j] < MIN_SHARED
    thin = few | (np.minimum(whole[i], whole[j]) < options.min_n)
    return {"tone": n < options.min_n, "shared": thin, "latent": thin}
