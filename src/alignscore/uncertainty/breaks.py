"""Did the level of a series change, and when: an exact change point with dispersion.

Letters for shapes: T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alignscore.actors import note_silent
from alignscore.axes import Freq, codes_among, make_periods, period_ends, place_of
from alignscore.dates import span_starts
from alignscore.errors import OptionError, need, several, two_of, whole_number, within
from alignscore.events import Events
from alignscore.intervals import ratio
from alignscore.ledger.clusters import act_numbers
from alignscore.results import Result
from alignscore.values import check_alike, numbers_of


# ---- formulas on arrays ---------------------------------------------------------------------------------
def count_dispersion(y: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Variance of counts over their mean, from successive differences, at least 1, (...).

    phi = sum (r_t - r_{t-1})^2 / sum (y_t / e_t^2 + y_{t-1} / e_{t-1}^2), r = y / e. One step in the level
    enters once, not in every period as it would through the variance about one mean.
    """
    rate, var = y / exposure, y / exposure**2
    top = (np.diff(rate, axis=-1) ** 2).sum(axis=-1)
    return np.asarray(np.fmax(ratio(top, (var[..., 1:] + var[..., :-1]).sum(axis=-1)), 1.0))


def share_dispersion(k: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Variance of shares over the binomial one, from successive differences, at least 1, (...)."""
    share = np.nan_to_num(ratio(k, m))
    both = (m[..., 1:] > 0) & (m[..., :-1] > 0)
    pooled = np.nan_to_num(ratio(k[..., 1:] + k[..., :-1], m[..., 1:] + m[..., :-1]))
    with np.errstate(divide="ignore"):
        var = pooled * (1 - pooled) * np.where(both, 1 / m[..., 1:] + 1 / m[..., :-1], 0.0)
    top = np.where(both, np.diff(share, axis=-1) ** 2, 0.0).sum(axis=-1)
    return np.asarray(np.fmax(ratio(top, var.sum(axis=-1)), 1.0))


def poisson_gamma(y: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Log marginal likelihood of each split, (..., T); the first, with an empty left part, is no change.

    Counts are Poisson(lambda e), lambda ~ Gamma(1, sum e / sum y): an exponential of the series' own mean.
    Terms that no split changes are left out.
    """
    from scipy.special import gammaln

    rate = ratio(exposure.sum(axis=-1), np.maximum(y.sum(axis=-1), 0.5))[..., None]

    def part(s: np.ndarray, e: np.ndarray) -> np.ndarray:
        return np.asarray(np.log(rate) + gammaln(1 + s) - (1 + s) * np.log(rate + e))

    return _splits(part, y, np.broadcast_to(exposure, y.shape))


def beta_binomial(k: np.ndarray, m: np.ndarray) -> np.ndarray:
    """As `poisson_gamma` for k of m, with a flat prior on the share, (..., T)."""
    from scipy.special import betaln

    return _splits(lambda s, n: np.asarray(betaln(1 + s, 1 + n - s)), k, m)


def _splits(part: Callable[[np.ndarray, np.ndarray], np.ndarray], a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Log marginal of the parts before and from each period on; at the first, of the whole."""
    before_a, before_b = (np.cumsum(x, axis=-1) - x for x in (a, b))
    total_a, total_b = (x.sum(axis=-1, keepdims=True) for x in (a, b))
    two: np.ndarray = part(before_a, before_b) + part(total_a - before_a, total_b - before_b)
    two[..., 0] = part(total_a, total_b)[..., 0]
    return two


def change_point(log_split: np.ndarray, prior: float, shortest: int) -> tuple[np.ndarray, np.ndarray]:
    """P(break), (...), and the posterior of its first period given one, (..., T)."""
    from scipy.special import expit, logit, logsumexp, softmax

    T = log_split.shape[-1]
    allowed = np.arange(T)
    allowed = (allowed >= shortest) & (allowed <= T - shortest)
    ahead = np.where(allowed, log_split - log_split[..., :1], -np.inf)
    evidence = logsumexp(ahead, axis=-1) - np.log(allowed.sum())  # log Bayes factor
    return expit(logit(prior) + evidence), softmax(ahead, axis=-1)


# ---- results and doors --------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class BreakResult(Result):
    """A change point: per period the posterior that the new level begins there, given that one does.

    Attributes
    ----------
    periods : index of the series
    value : ndarray, (T,)
        Counts per exposure, or shares.
    posterior : ndarray, (T,)
        Adds to 1.
    probability : float
        P(break).
    when : label
        The likeliest first period of the new level.
    before, after : float
        Mean level on both sides of it.
    dispersion : float
        What counts were divided by.
    """

    LABELS: ClassVar[Mapping[str, str]] = {"period": "periods"}

    periods: pd.Index
    value: np.ndarray
    posterior: np.ndarray
    probability: float
    when: Any
    before: float
    after: float
    dispersion: float

    def __repr__(self) -> str:
        return super().__repr__().replace("; ", f"; {self._found}; ", 1)

    @property
    def _found(self) -> str:
        level = f"from {self.before:.3g} to {self.after:.3g}"
        return f"P(break) {self.probability:.2f}, likeliest in {self.when}, {level}"

    def _notes(self) -> list[str]:
        return [*super()._notes(), f"{self._found}."]


def breaks(
    counts: pd.Series | Sequence[float] | np.ndarray,
    *,
    trials: pd.Series | Sequence[float] | np.ndarray | None = None,
    exposure: Sequence[float] | np.ndarray | None = None,
    dispersion: float | None = None,
    prior: float = 0.5,
    shortest: int = 2,
) -> BreakResult:
    """Did the level of a count, or of a share, change once, and when?

    Exact: the level is integrated out on both sides of every possible date, so
    ``P(break) = prior * mean_t m(t) / (prior * mean_t m(t) + (1 - prior) * m(none))``, m the marginal
    likelihoods of Poisson counts under an exponential prior about the mean of the series, or of binomial counts
    under a flat one.

    Parameters
    ----------
    counts : Series or sequence, (T,)
        Events a period, from `event_counts` for instance; successes where `trials` are given.
    trials : Series or sequence, optional
        Then the share counts / trials is tested.
    exposure : sequence, optional
        Length of each period, e.g. .3 for a year of which four months are known.
    dispersion : float, optional
        Variance over mean. Where not given ``sum (y_(t+1) - y_t)^2 / sum (y_(t+1) + y_t)``, and of shares in the
        same way over the variances of the differences; at least 1.
    prior : float
        P(break) before looking.
    shortest : int
        Fewest periods on either side.

    Returns
    -------
    BreakResult
        `probability` in [0, 1], up means surer of a break. Levels are NaN where there are no trials.

    Raises
    ------
    OptionError
        Fewer periods than both sides need, counts that are negative, not finite or not in the order of time, trials
        below their counts, or trials or an exposure of other periods or in another order.
    TypeError
        Ties or scores: their periods overlap, each holding what the one before left. Give counts.

    Notes
    -----
    Counts of events come in bursts. Taken as Poisson, about a quarter of series without any change exceed
    P = .9; so counts are first divided by their dispersion. One change is looked for: of a series with
    several, the clearest is found.

    References
    ----------
    Raftery & Akman 1986, Biometrika 73:85 (Poisson change point). McCullagh & Nelder 1989, ch. 6
    (dispersion).

    Examples
    --------
    >>> found = breaks([2, 3, 1, 2, 2, 3, 9, 11, 8, 12, 10, 9])
    >>> found.probability > 0.99, found.when
    (True, 6)
    >>> breaks([2, 3, 1, 2, 2, 3, 2, 1, 3, 2, 2, 1]).probability < 0.5
    True
    """
    within("prior", prior, 0.0, 1.0, open_low=True, open_high=True)
    whole_number("shortest", shortest, 1)
    index, y = _series("counts", counts)
    in_time = index.dtype.kind in "iufM" or isinstance(index.dtype, pd.PeriodDtype)
    if in_time and not index.is_monotonic_increasing:
        raise OptionError("counts do not stand in the order of time; sort_index() puts them in it.")
    check_alike(counts=counts, trials=trials, exposure=exposure)
    if len(y) < 2 * shortest:
        raise OptionError(f"{len(y)} periods cannot hold two parts of {shortest}; give more periods.")
    if trials is not None:
        if exposure is not None:
            raise OptionError("exposure is for counts; a share has its trials.")
        m = _series("trials", trials)[1]
        if m.shape != y.shape or (y > m + 1e-9).any():
            raise OptionError("trials must be as many as counts, and none below its count.")
        level = ratio(y, m)
        phi = float(share_dispersion(y, m)) if dispersion is None else dispersion
    else:
        m = np.ones(len(y)) if exposure is None else _series("exposure", exposure)[1]
        if m.shape != y.shape or not (m > 0).all():
            raise OptionError("exposure must be above 0, one a period.")
        level = y / m
        phi = float(count_dispersion(y, m)) if dispersion is None else dispersion
    within("dispersion", phi, 0.0, open_low=True, open_high=True)
    splits = poisson_gamma(y / phi, m) if trials is None else beta_binomial(y / phi, m / phi)
    chance, posterior = change_point(splits, prior, shortest)
    at = int(posterior.argmax())
    before, after = (float(ratio(y[s].sum(), m[s].sum())) for s in (slice(at), slice(at, None)))
    of = "counts" if trials is None else "shares"
    recipe = {"measure": "breaks", "of": of, "prior": prior, "shortest": shortest}
    return BreakResult(
        recipe, index, value=level, posterior=posterior, probability=float(chance), when=index[at], before=before,
        after=after, dispersion=phi,
    )  # fmt: skip


def event_counts(
    events: Events,
    *,
    between: tuple[str, str],
    among: Iterable[str] | None = None,
    domain: str | None = None,
    freq: Freq = "Y",
) -> pd.DataFrame:
    """Events between two actors in each period, and how many there were to be shared.

    Parameters
    ----------
    events : Events
        An event in several domains (same pair, date and event id) counts once.
    between : (actor, partner)
        Acts of either side.
    among : iterable of str, optional
        Partners of the actor that trials count; the two alone where not given. Of a state that no event names
        there are none, and a `SilentActorWarning` says so.
    domain : str, optional
        One domain only.
    freq : {'Y', 'Q', 'M', 'W', 'D'}

    Returns
    -------
    pandas.DataFrame
        Index of contiguous periods; ``n`` (counts), ``trials``, ``exposure`` (1, less for a last period
        that the events do not fill; one of which only the year is known may have begun on its last day).

    Raises
    ------
    OptionError
        There is no event, or `between` names one actor twice.
    UnknownLabelError
        An actor that is neither in the events nor a state, or a domain that is not in the events.
    TypeError
        `between` is not two actors, or `among` is one text.

    Notes
    -----
    Plain numbers of beginnings, not faded stocks: periods do not overlap, as a test needs. An event of
    which only the year is known counts in the period its year begins with.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> table = event_counts(asean(), between=("PHL", "USA"), among=("USA", "CHN"))
    >>> bool((table["n"] <= table["trials"]).all())
    True
    """
    need(events, Events)
    one, other = two_of("between", between, "('KHM', 'CHN')")
    between = str(one), str(other)
    if between[0] == between[1]:
        raise OptionError(f"between is {between!r}; name two different actors.")
    if isinstance(among, str):
        raise TypeError(f"among is {among!r}, one text; give a list or tuple of actors.")
    if not len(events):
        raise OptionError("there is no event.")
    partners = () if among is None else tuple(map(str, several(among)))
    note_silent([*between, *partners], events.actors)
    actor, partner = codes_among(between, events.actors)  # -1: named by no event
    others = [partner, *codes_among(partners, events.actors)]
    start = span_starts(events.day, events.precision)
    last = int(events.day.max())
    periods = make_periods(np.datetime64(int(start.min()), "D"), np.datetime64(last, "D"), freq)
    ends = period_ends(periods)
    forth, back = events.source == actor, events.target == actor
    keep = forth | back
    if domain is not None:
        keep &= events.domain == place_of("domain", domain, events.domains)
    rows = np.flatnonzero(keep)
    own = events.pick(rows)
    acts = pd.DataFrame({"a": own.source, "b": own.target, "day": own.day, "act": act_numbers(own)})
    once = ~acts.duplicated().to_numpy()  # a 2+2 is one act in two domains
    other = np.where(forth[rows], own.target, own.source)
    period = np.searchsorted(ends, start[rows])

    def counted(partners: Sequence[int]) -> np.ndarray:
        return np.bincount(period[once & np.isin(other, partners)], minlength=len(periods))

    exposure = np.ones(len(periods))
    begins = ends[-2] + 1 if len(ends) > 1 else int(start.min())
    # of a table of years the whole last one, not its first day
    reached = min(int(events.last_day.max()), ends[-1])
    exposure[-1] = (reached - begins + 1) / (ends[-1] - begins + 1)
    columns = {"n": counted([partner]), "trials": counted(others), "exposure": exposure}
    return pd.DataFrame(columns, index=periods)


def _series(name: str, given: Any) -> tuple[pd.Index, np.ndarray]:
    if not isinstance(given, pd.Series | np.ndarray | Sequence) or isinstance(given, str):
        raise TypeError(
            f"{name} must be a Series or a sequence of numbers, not {type(given).__name__}; "
            "see event_counts. Periods of ties and scores overlap and cannot be tested."
        )
    if isinstance(given, np.ndarray) and given.ndim != 1:
        raise OptionError(f"{name} is an array of {given.ndim} dimensions; give one number a period.")
    series = given if isinstance(given, pd.Series) else pd.Series(given)
    values = numbers_of(series, name)
    if not (np.isfinite(values) & (values >= 0)).all():
        raise OptionError(f"{name} must be finite and not negative.")
    return series.index, values
