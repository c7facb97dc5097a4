"""Half-life, prior and dispersion of a record, learned from how well its past predicts what comes next.

Letters for shapes: D dyads, K domains, T periods, G half-lives on a grid, B resampled copies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alignscore.decay import HalfLife
from alignscore.dynamics.counts import By, Counts, Data, nothing_to_predict
from alignscore.dynamics.discount import CountedCells, Parameters, Scored, from_free, score
from alignscore.errors import OptionError, check_level, one_of, whole_number, within
from alignscore.intervals import LEVEL, generator_of, ratio, state_counts
from alignscore.results import Labels, Result

START = np.array([0.5, 1.0, 1.5, -0.7, 0.2])
BOUNDS = ((-5.0, 5.0), (-5.0, 5.0), (-7.0, 7.0), (-9.0, 3.0), (-4.0, 4.0))
ENDLESS = 1e12  # years: l = 1 in floating point
FEW = 5  # states below which resampling them says nothing
LIKELIHOOD = 1.92  # by which a half-life must beat none where nothing is resampled


@dataclass(frozen=True, eq=False, repr=False)
class DecayFit(Result):
    """Half-life, prior and dispersion of each domain: arrays of shape (K,).

    Attributes
    ----------
    years, low, high : ndarray
        Half-life in years and its interval; `years` is NaN where the record does not tell it: an interval
        without end.
    likeliest : ndarray
        Half-life of the highest log score, also where it is not identified; infinite: no fading.
    prior, prior_share : ndarray
        Events that the prior is worth, and its share of cooperation: (n + 1/2)/(n + 1) at most and 1/2/(n + 1) at least
        with n `cells`, since a record without a hostile act does not rule one out.
    dispersion, growth : ndarray
        An event counts as 1/(1 + r N^g), r `dispersion`, g `growth`, N the yearly number of the dyad's events;
        both 0 where events are taken as independent.
    log_score : ndarray
        Mean log probability of a cell's cooperation given its number of events and its past.
    cells : ndarray of int
        Cells behind it: a dyad in a period in which anything happened, without the first period.
    identified : ndarray of bool
    counts : Counts
        What was fitted.
    """

    years: np.ndarray
    low: np.ndarray
    high: np.ndarray
    likeliest: np.ndarray
    prior: np.ndarray
    prior_share: np.ndarray
    dispersion: np.ndarray
    growth: np.ndarray
    log_score: np.ndarray
    cells: np.ndarray
    identified: np.ndarray
    counts: Counts

    def _labels(self) -> Sequence[Labels]:
        return ({"domain": np.array(self.counts.axes.domains, dtype=object)},)

    def _columns(self) -> dict[str, np.ndarray]:
        return {{"years": "half_life"}.get(name, name): one for name, one in super()._columns().items()}

    def parameters(self, domain: object) -> Parameters:
        """Parameters of one domain, the likeliest half-life among them."""
        at = self.counts.axes.domain(domain)
        arrays = (self.likeliest, self.prior, self.prior_share, self.dispersion, self.growth)
        return Parameters(*(float(x[at]) for x in arrays))

    def half_life(self) -> HalfLife:
        """The decay to post with: one half-life, or one a domain with their geometric mean for any other.

        It carries the dispersion, so that events which come in clusters count as less evidence; over several domains
        the mean of each of its two numbers, since a ledger has one.

        Raises
        ------
        OptionError
            A domain whose half-life the record does not tell.
        """
        for domain, known, low in zip(self.counts.axes.domains, self.identified, self.low, strict=True):
            if not known:
                least = f" ({low:.1f} years or more)" if low >= 0.1 else ""
                raise OptionError(
                    f"the half-life of domain {domain!r} is not identified: these events are too few to tell "
                    f"fading{least} from none. Choose one, HalfLife(years=...), and see what "
                    "the choice costs: compare(2, 5, float('inf'))."
                )
        r, g = float(self.dispersion.mean()), float(self.growth.mean())
        dispersion = (r, g) if r > 0 else None
        if len(self.years) == 1:
            return HalfLife(float(self.years[0]), dispersion=dispersion)
        each = self.counts.axes.by_domain(self.years)
        return HalfLife(float(np.exp(np.log(self.years).mean())), domains=each, dispersion=dispersion)

    def compare(
        self, *half_lives: float, draws: int = 200, rng: int | np.random.Generator | None = 0
    ) -> pd.DataFrame:
        """Log score of other half-lives, their prior and dispersion fitted anew, beside the likeliest's.

        Parameters
        ----------
        *half_lives : float
            Years; ``float("inf")`` for no fading.
        draws : int
            Resampled copies of the states behind the interval.
        rng : int or numpy.random.Generator, optional

        Returns
        -------
        pandas.DataFrame
            domain, half_life, log_score (a cell), difference (below 0: predicts worse), low, high.

        Raises
        ------
        OptionError
            No half-life, or one not above 0.
        """
        if not half_lives:
            raise OptionError("no half-life to compare; give some: compare(2, 5, float('inf')).")
        for years in half_lives:
            within("half_life", years, 0.0, open_low=True)
        whole_number("draws", draws, 0)
        generator = generator_of(rng)
        rows = []
        for domain in self.counts.axes.domains:
            record = _Record.from_counts(self.counts, domain)
            best = score(record.cells, self.parameters(domain))
            weight = record.weights(draws, generator)
            dispersed = bool(self.recipe["dispersion"])
            for years in half_lives:
                x = _free(self.parameters(domain), min(years, ENDLESS))
                other = _maximum(record.cells, x, fixed=True, dispersion=dispersed)
                gap = record.cells.by_dyad(other.scored.log_score - best.log_score)
                drawn = ratio(weight @ gap, weight @ record.many) if len(weight) else np.array([np.nan])
                low, high = np.quantile(drawn, _tails(self.recipe["level"]))
                many = record.many.sum()
                difference = gap.sum() / record.many.sum()
                rows.append(
                    (domain, float(years), other.scored.log_score.sum() / many, difference,
                     np.minimum(low, difference), np.maximum(high, difference))
                )  # fmt: skip
        return pd.DataFrame(rows, columns=["domain", "half_life", "log_score", "difference", "low", "high"])


def fit_decay(
    data: Data,
    columns: Mapping[str, str] | None = None,
    by: By = "domain",
    *,
    dispersion: bool = True,
    directed: bool = False,
    level: float = LEVEL,
    draws: int = 200,
    rng: int | np.random.Generator | None = 0,
) -> DecayFit:
    """How fast does the past stop counting? Half-life, prior and dispersion, estimated from the events.

    The half-life is right when decayed stocks predict best what comes next. For every dyad and period, with
    l = 2^(-1/h), c of n events are cooperative with probability

    ``BetaBinomial(c | n, s m, s (1 - m))``, m = a/(a + b),
    ``a = prior m0 + l C``, ``b = prior (1 - m0) + l K``, C and K the stocks of the period before,
    ``C <- l C + c w``, w = 1/(1 + (n - 1) rho), ``1/(s + 1) = rho + (1 - rho)/(a + b + 1)``,

    where rho = r N^g / n (at most .9) says how far events of one cell come in clusters. The sum of the logs is
    maximised; the first period, before which nothing is known, does not enter it.

    Parameters
    ----------
    data : DataFrame, Ledger or Events
        Counts as `affinity_of_counts` takes them (source, target, period, cooperation, conflict, maybe domain), or
        a ledger: its events are counted, each cell's divided as its masses are, and left out where all are of
        value 0. How the ledger's masses fade does not matter beyond a period. Events are posted by year first.
    columns : mapping, optional
        From those names to the table's own.
    by : {"domain", "all"}
        A fit for each domain of which the events tell something, or one of all domains added up.
    dispersion : bool
        False: events are independent (r = 0), as in a curated table.
    directed : bool
        False (default): both directions of a pair added.
    level : float
        Probability level of the interval, between 0 and 1.
    draws : int
        Resampled copies of the states behind it; 0 leaves it out.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    DecayFit
        Years, up means that the past counts longer. NaN where the interval has no end, `identified` False: the
        record cannot tell fading from none. Without resampling that is judged by the likelihood ratio.

    Raises
    ------
    OptionError
        Options out of range, counts that are missing or negative, or no cell with a past.
    UnknownLabelError
        A column is missing.

    Notes
    -----
    Intervals resample states (a dyad weighs as often as both its states are drawn), since dyads of one state
    move together; intervals of the likelihood ratio are far too short. Each copy's maximum is read off the
    profile over half-lives, the other parameters moved by one Newton step. A copy in which all acts are of one sign tells
    no half-life and stands at both ends, so that a half-life which rests on a few hostile acts is not identified.

    References
    ----------
    Smith 1979, Journal of the Royal Statistical Society B 41:375 (stabilised forgetting). Harvey & Fernandes 1989,
    Journal of Business & Economic Statistics 7:407. Owen 2007, Annals of Applied Statistics 1:386.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> g = np.random.default_rng(1)
    >>> rows = []
    >>> for a, b in [(a, b) for a in range(12) for b in range(a)]:
    ...     tone = g.normal(1, 1)
    ...     for year in range(2000, 2020):
    ...         tone = 1 + 0.7 * (tone - 1) + g.normal(0, 0.7)
    ...         c = g.binomial(30, 1 / (1 + np.exp(-tone)))
    ...         rows.append((f"S{a}", f"S{b}", year, c, 30 - c))
    >>> table = pd.DataFrame(rows, columns=["source", "target", "period", "cooperation", "conflict"])
    >>> fit = fit_decay(table, dispersion=False, draws=50)
    >>> bool(fit.low[0] < fit.years[0] < fit.high[0] < 3)
    True
    """
    check_level(level)
    whole_number("draws", draws, 0)
    one_of("dispersion", dispersion, (True, False))
    counts = Counts.from_data(data, columns, by, directed=directed)
    generator = generator_of(rng)
    records = (_Record.from_counts(counts, domain) for domain in counts.axes.domains)
    fits = [_fit(record, dispersion, level, draws, generator) for record in records]
    recipe = {
        "measure": "fit_decay",
        "by": by,
        "dispersion": dispersion,
        "directed": directed,
        "level": level,
        "draws": draws,
    }
    arrays = {name: np.array([fit[name] for fit in fits]) for name in fits[0]}
    return DecayFit(recipe=recipe, **arrays, counts=counts)


# ---- one domain ----------------------------------------------------------------------------------------
class _Record(NamedTuple):
    """One domain's cells, for the dyads that have any in the score."""

    cells: CountedCells
    ends: np.ndarray  # (D, 2) codes of the dyads' states
    states: int
    many: np.ndarray  # (D,) cells of each dyad

    @classmethod
    def from_counts(cls, counts: Counts, domain: object) -> _Record:
        at = counts.axes.domain(domain)
        c, k = counts.cooperation[:, at], counts.conflict[:, at]
        kept = np.flatnonzero((c + k > 0)[:, 1:].any(axis=1))
        if not len(kept):
            raise nothing_to_predict(domain, counts.axes.domains)
        cells = CountedCells.make(c[kept], k[kept], counts.years)
        states, ends = np.unique(counts.axes.dyads[kept], return_inverse=True)
        return cls(cells, ends.reshape(-1, 2), len(states), np.bincount(cells.scored[1], minlength=len(kept)))

    def weights(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Weight of each dyad in each copy of the states, (B, D); none where states are too few."""
        drawn = state_counts(self.states, draws if self.states >= FEW else 0, rng)
        weight = drawn[:, self.ends[:, 0]] * drawn[:, self.ends[:, 1]]
        return np.asarray(weight[(weight @ self.many) > 0])


class _Maximum(NamedTuple):
    x: np.ndarray
    scored: Scored


def _fit(
    record: _Record, dispersion: bool, level: float, draws: int, rng: np.random.Generator
) -> dict[str, Any]:
    best = _maximum(record.cells, START, dispersion=dispersion)
    endless = _maximum(record.cells, _free(from_free(best.x), ENDLESS), fixed=True, dispersion=dispersion)
    gain = best.scored.log_score.sum() - endless.scored.log_score.sum()
    fades = gain > 1e-6
    if not fades:
        best = endless
    found = _parameters(best.x, dispersion)
    likeliest = found.half_life if fades else np.inf
    weight = record.weights(draws, rng)
    low = high = np.nan
    known = bool(fades and gain > LIKELIHOOD)
    if len(weight):
        low, high = _resampled(record, best.x, endless, dispersion, weight, level)
        low, high = min(low, likeliest), max(high, likeliest)
        known = bool(np.isfinite(high))
    elif draws:
        known = False  # too few states to say how sure
    return {
        "years": likeliest if known else np.nan, "low": low, "high": high, "likeliest": likeliest,
        "prior": found.prior, "prior_share": found.prior_share,
        "dispersion": found.dispersion, "growth": found.growth,
        "log_score": best.scored.log_score.sum() / record.many.sum(),
        "cells": int(record.many.sum()), "identified": known,
    }  # fmt: skip


def _parameters(x: np.ndarray, dispersion: bool) -> Parameters:
    found = from_free(x)
    return found if dispersion else found._replace(dispersion=0.0, growth=0.0)


def _free(found: Parameters, half_life: float) -> np.ndarray:
    """Coordinates of parameters with another half-life; inverse of `from_free`."""
    share, growth = (np.clip(p, 1e-4, 1 - 1e-4) for p in (found.prior_share, found.growth))
    dispersion = max(found.dispersion, 1e-4)
    return np.log([half_life, found.prior, share / (1 - share), dispersion, growth / (1 - growth)])


def _maximum(cells: CountedCells, start: np.ndarray, *, dispersion: bool, fixed: bool = False) -> _Maximum:
    """Highest log score over the free coordinates; `fixed` holds the half-life."""
    from scipy.optimize import minimize

    free = list(range(int(fixed), 5 if dispersion else 3))
    x = start.copy()
    size = max(len(cells.scored[0]), 1)
    asked: list[tuple[np.ndarray, Scored]] = []  # the latest point, and what it scores

    def lost(z: np.ndarray) -> tuple[float, np.ndarray]:
        x[free] = z
        found = score(cells, _parameters(x, dispersion))
        asked[:] = [(z.copy(), found)]
        return -found.log_score.sum() / size, -found.slopes[free].sum(axis=1) / size

    # logit of (n + 1/2)/(n + 1): n cells of one sign do not make it certain
    share = min(BOUNDS[2][1], np.log(2 * size + 1))
    bounds = [(-share, share) if at == 2 else BOUNDS[at] for at in free]
    inside = np.clip(x[free], *np.array(bounds).T)
    options = {"ftol": 1e-10, "gtol": 1e-6}
    found = minimize(lost, inside, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    x[free] = found.x
    z, scored = asked[0]  # mostly the point it ends at
    if not np.array_equal(z, found.x):
        scored = score(cells, _parameters(x, dispersion))
    return _Maximum(x.copy(), scored)


# ---- how sure ---------------------------------------------------------------------------------------------
def _tails(level: float) -> tuple[float, float]:
    return (1 - level) / 2, (1 + level) / 2


def _grid(best: float, cells: CountedCells) -> np.ndarray:
    """Log half-lives, from a quarter of a period to several times the record, denser at the best."""
    first, last = np.log(cells.years / 4), np.log(max(4 * len(cells.c) * cells.years, 20 * cells.years))
    near = best + np.log([0.55, 0.75, 1.0, 1.3, 1.8])
    wide = np.linspace(first, last, 11)
    apart = [x for x in wide if np.abs(x - near).min() > 0.2]
    return np.sort(np.append(near[(near > first) & (near < last)], apart))


def _resampled(
    record: _Record, best: np.ndarray, endless: _Maximum, dispersion: bool, weight: np.ndarray, level: float
) -> tuple[float, float]:
    """Interval of the half-life: each copy's maximum of the profile, the other parameters a Newton step on."""
    grid = _grid(best[0], record.cells)
    free = list(range(1, 5 if dispersion else 3))  # all but the half-life
    whole = (weight @ record.many) / record.many.sum()
    profile = np.empty((len(grid) + 1, len(weight)))
    fitted = [best]
    for row in [*np.argsort(np.abs(grid - best[0])), len(grid)]:  # from the best outwards
        if row < len(grid):
            nearest = np.abs(np.array(fitted)[:, 0] - grid[row]).argmin()
            start = np.append(grid[row], fitted[nearest][1:])
            found = _maximum(record.cells, start, dispersion=dispersion, fixed=True)
            fitted.append(found.x)
        else:
            found = endless
        curve = _curvature(record.cells, found, free, dispersion)
        slope = weight @ record.cells.by_dyad(found.scored.slopes[free]).T
        value, axis = np.linalg.eigh(curve)
        along = slope @ axis
        usable = value > 1e-3
        gain = (along[:, usable] ** 2 / value[usable]).sum(axis=1) / 2 / whole
        profile[row] = weight @ record.cells.by_dyad(found.scored.log_score) + gain
    drawn = _peaks(grid, profile)
    # a copy in which all acts are of one sign is predicted as well by any half-life
    acts = np.stack([record.cells.c.sum(axis=0), record.cells.k.sum(axis=0)])
    one_sign = (weight @ acts.T == 0).any(axis=1)
    tails = (np.array(_tails(level)) * (len(drawn) - 1) + np.array([0, 1])).astype(int)
    first, last = np.clip(tails, 0, len(drawn) - 1)
    low = np.sort(np.where(one_sign, 0.0, drawn))[first]
    high = np.sort(np.where(one_sign, np.inf, drawn))[last]
    return float(low), float(high)


def _curvature(cells: CountedCells, at: _Maximum, free: list[int], dispersion: bool) -> np.ndarray:
    """Minus the second derivatives of the log score, by differences of its slopes."""
    step = 1e-5
    here = at.scored.slopes[free].sum(axis=1)
    rows = []
    for place in free:
        moved = at.x.copy()
        moved[place] += step
        rows.append((here - score(cells, _parameters(moved, dispersion)).slopes[free].sum(axis=1)) / step)
    curve = np.array(rows)
    return np.asarray((curve + curve.T) / 2)


def _peaks(grid: np.ndarray, profile: np.ndarray) -> np.ndarray:
    """Half-life at which each column of the profile (G + 1, B) is highest; its last row is no fading."""
    top = profile.argmax(axis=0)
    out = np.where(top == len(grid), np.inf, np.exp(grid[np.minimum(top, len(grid) - 1)]))
    out[top == 0] = 0.0  # within a quarter of a period, where the record cannot see
    inner = np.flatnonzero((top > 0) & (top < len(grid) - 1))
    at = top[inner]
    x = np.stack([grid[at + side] for side in (-1, 0, 1)])
    y = np.stack([profile[at + side, inner] for side in (-1, 0, 1)])
    d = [(x[1] - x[0]) * (y[1] - y[2]), (x[1] - x[2]) * (y[1] - y[0])]
    flat = np.where(d[0] == d[1], np.inf, d[0] - d[1])
    top_x = x[1] - 0.5 * ((x[1] - x[0]) * d[0] - (x[1] - x[2]) * d[1]) / flat
    out[inner] = np.exp(np.clip(top_x, x[0], x[2]))
    return out
