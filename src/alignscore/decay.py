"""How the past fades: `HalfLife`, `Window`, `Cumulative`, `Saturating`, and what each leaves of what has happened.

Each is a small frozen choice that checks itself, compares by content and can be written to a file.

Letters for shapes: F stocks (n, weight, cooperation and its squares, conflict and its squares), D dyads, K domains,
L lines (a dyad in a domain), T periods, N events, B draws.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from alignscore import errors
from alignscore.intervals import evidence_of
from alignscore.values import FrozenDict, run_starts

YEARS = 5.0  # half-life where none is given
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = 30.4375
POWERS = (0, 1, 1, 2, 1, 2)  # how each stock scales with mass
FADES = (0, 1, 1, 1, 1, 1)  # squares fade once, as masses do: an old event is less evidence
REACH = 400  # half-lives: a flow grows by 2^400, and a float ends at 2^1023


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    return float(value)


def _named(name: str, given: Any, unit: str) -> Mapping[str, Any]:
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"{name} must map names to half-lives in {unit}, not {type(given).__name__}")
    return given or {}


def _years(name: str, value: Any) -> float:
    number = _number(name, value)
    errors.within(name, number, 0.0, open_low=True)
    return number


def _dispersion(given: Any, years: float) -> tuple[float, float]:
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 2:
        raise TypeError(f"dispersion is {given!r}; it must be two numbers (r, g).")
    r, g = (_number(f"dispersion[{at}]", value) for at, value in enumerate(given))
    errors.within("dispersion[0]", r, 0.0, open_high=True)
    errors.within("dispersion[1]", g, 0.0, 1.0, open_high=True)
    if math.isinf(years):
        raise errors.OptionError("dispersion needs events that fade: without fading there is no yearly rate.")
    return r, g


@dataclass(frozen=True, repr=False)
class HalfLife:
    """Exponential forgetting: an event's mass halves every `years` years.

    Question: how much of an event of age a still counts? Formula: ``2 ** (-a / h)``, a in days, h the
    half-life in days (a year is 365.25 days, a month 30.4375). Range (0, 1]; 1 on the day itself, and for
    ever where h is infinite. A standing event counts in full until it ends and fades afterwards.

    Parameters
    ----------
    years : float, default 5.0
        Half-life of whatever is not named below; above 0, ``float("inf")`` for no forgetting.
    domains : mapping of str to float, optional
        Half-lives in years by domain.
    kinds : mapping of str to float, optional
        Half-lives in years by kind of event. A kind beats its domain, a domain beats `years`.
    dispersion : (float, float), optional
        (r, g): events come in clusters, and each is the evidence of 1 / (1 + r n^g), n the yearly rate of events
        like those in force in its cell (N ln 2 / h, h of the domain). r is 0 or more, g in [0, 1). Scores stay;
        intervals widen. Where not given events are independent, also those of news; `Codebook.half_life(years)`
        keeps the dispersion of a codebook.

    Raises
    ------
    OptionError
        A half-life that is not above 0, or a dispersion out of range or without fading.
    TypeError
        A half-life that is not a number.

    References
    ----------
    A modelling choice, not an estimate: the idea that history decays in interstate relations is
    Crescenzi, M. J. C. & Enterline, A. J. (2001), International Studies Quarterly 45(3), 409-431.

    Examples
    --------
    >>> decay = HalfLife(years=5, domains={"security": 10}, kinds={"phone_call": 1})
    >>> decay
    HalfLife(years=5.0, domains={'security': 10.0}, kinds={'phone_call': 1.0})
    >>> decay.days(domain="security") / DAYS_PER_YEAR
    10.0
    >>> decay.days(domain="security", kind="phone_call") / DAYS_PER_YEAR
    1.0
    >>> HalfLife.months(18)
    HalfLife(years=1.5)
    """

    years: float = YEARS
    domains: Mapping[str, float] | None = None
    kinds: Mapping[str, float] | None = None
    dispersion: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.years, Mapping):
            raise TypeError("years must be one number; half-lives by name are domains={...} or kinds={...}")
        object.__setattr__(self, "years", _years("years", self.years))
        if self.dispersion is not None:
            object.__setattr__(self, "dispersion", _dispersion(self.dispersion, self.years))
        for name in ("domains", "kinds"):
            given = _named(name, getattr(self, name), "years")
            fixed = FrozenDict({str(k): _years(f"{name}[{k!r}]", v) for k, v in given.items()})
            object.__setattr__(self, name, fixed or None)

    @classmethod
    def months(
        cls,
        months: float,
        *,
        domains: Mapping[str, float] | None = None,
        kinds: Mapping[str, float] | None = None,
    ) -> HalfLife:
        """Half-lives given in months of 30.4375 days, twelve to the year.

        Parameters
        ----------
        months : float
            Half-life of whatever is not named below.
        domains, kinds : mapping of str to float, optional
            Half-lives in months by domain and by kind.

        Returns
        -------
        HalfLife

        Examples
        --------
        >>> HalfLife.months(6, kinds={"phone_call": 3}).days(kind="phone_call") == 3 * DAYS_PER_MONTH
        True
        """
        by_domain, by_kind = (
            {k: _number(f"{name}[{k!r}]", v) / 12 for k, v in _named(name, given, "months").items()}
            for name, given in (("domains", domains), ("kinds", kinds))
        )
        return cls(_number("months", months) / 12, by_domain, by_kind)

    def days(self, *, domain: str | None = None, kind: str | None = None) -> float:
        """Half-life in days of an event of this domain and kind (kind beats domain beats default).

        Parameters
        ----------
        domain, kind : str, optional
            Names; one without a half-life of its own falls through.

        Returns
        -------
        float
        """
        for own, name in ((self.kinds, kind), (self.domains, domain)):
            if own is not None and name is not None and name in own:
                return own[name] * DAYS_PER_YEAR
        return self.years * DAYS_PER_YEAR

    def inflation(self, evidence: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Variance of a sum of events that come in clusters over that of independent ones, 1 + r n^g; 1 without dispersion.

        Parameters
        ----------
        evidence : numpy.ndarray
            Events in force, N, as if they were independent.
        years : numpy.ndarray or float
            Half-life of each: n is the yearly rate of a steady stream with that evidence, N ln 2 / h.

        Returns
        -------
        numpy.ndarray
            1 or more, of the shape of `evidence`.
        """
        r, g = self.dispersion or (0.0, 0.0)
        return np.asarray(1 + r * np.maximum(evidence * np.log(2) / years, 0.0) ** g)

    def rates(self, domains: Sequence[str], kinds: Sequence[str] = ()) -> tuple[np.ndarray, np.ndarray]:
        """Distinct half-lives in days, and which one each kind has in each domain.

        Parameters
        ----------
        domains, kinds : sequence of str
            The labels that the codes of events stand for. Half-lives of other names are not used here;
            `check` finds those that were mistyped.

        Returns
        -------
        half_lives : numpy.ndarray, float64, shape (R,)
            Distinct half-lives in days, ascending.
        codes : numpy.ndarray, intp, shape (n_kinds + 1, n_domains)
            Row k, column d: the position in `half_lives` for kind k in domain d. The last row (index -1,
            the code of an event without kind) follows the domains alone.

        Examples
        --------
        >>> days, codes = HalfLife(4, kinds={"visit": 2}).rates(["economic", "security"], ["visit", "pact"])
        >>> (days / DAYS_PER_YEAR).tolist(), codes.tolist()
        ([2.0, 4.0], [[0, 0], [1, 1], [1, 1]])
        """
        by_domain = [self.days(domain=name) for name in domains]
        own = {name: [years * DAYS_PER_YEAR] * len(domains) for name, years in (self.kinds or {}).items()}
        table = np.array([*(own.get(kind, by_domain) for kind in kinds), by_domain], dtype=float)
        half_lives, codes = np.unique(table, return_inverse=True)
        return half_lives, codes.reshape(table.shape)

    def check(self, domains: Sequence[str], kinds: Sequence[str] = ()) -> None:
        """Raise if a half-life is given for a domain or a kind that is not among those named.

        Parameters
        ----------
        domains, kinds : sequence of str
            Every domain and kind that there is.

        Raises
        ------
        UnknownLabelError
            Names the label and the nearest known one.
        """
        for what, own, known in (("domain", self.domains, domains), ("kind", self.kinds, kinds)):
            for name in own or ():
                errors.check_known(what, name, known)

    def to_dict(self) -> dict[str, Any]:
        """Plain form for a file; `decay_from_dict` reads it back.

        Returns
        -------
        dict
            Infinite half-lives are the text ``"inf"``, since JSON has no infinity.
        """
        settings: dict[str, Any] = {"decay": "half_life", "years": jsonable(self.years)}
        for name in ("domains", "kinds"):
            if own := getattr(self, name):
                settings[name] = {key: jsonable(years) for key, years in own.items()}
        if self.dispersion is not None:
            settings["dispersion"] = list(self.dispersion)
        return settings

    def __repr__(self) -> str:
        extra = "".join(
            f", {name}={dict(own)}" for name in ("domains", "kinds") if (own := getattr(self, name))
        )
        clustered = "" if self.dispersion is None else f", dispersion={self.dispersion}"
        return f"HalfLife(years={self.years}{extra}{clustered})"


# of events that machines read in the news: estimates of the half-life on ICEWS 2002-2014 lie between 1.0 and 2.9 years;
# one law from 2 to 1,000 events a year, the variance of a share is 1 + .55 n^.5 times that of independent events
CODED_BY_MACHINE = HalfLife(2.0, dispersion=(0.4, 0.6))


@dataclass(frozen=True)
class Window:
    """Only the last `periods` periods count, each in full, the current one included.

    Parameters
    ----------
    periods : int
        At least 1, in periods of the ledger.

    Raises
    ------
    OptionError
        Fewer than one period.
    TypeError
        Not a whole number.

    Examples
    --------
    >>> Window(periods=3)
    Window(periods=3)
    """

    periods: int

    def __post_init__(self) -> None:
        errors.whole_number("periods", self.periods, 1)
        object.__setattr__(self, "periods", int(self.periods))

    def to_dict(self) -> dict[str, Any]:
        """Plain form for a file; `decay_from_dict` reads it back."""
        return {"decay": "window", "periods": self.periods}


@dataclass(frozen=True)
class Cumulative:
    """Nothing fades: everything since the first event counts in full.

    Examples
    --------
    >>> Cumulative()
    Cumulative()
    """

    def to_dict(self) -> dict[str, Any]:
        """Plain form for a file; `decay_from_dict` reads it back."""
        return {"decay": "cumulative"}


@dataclass(frozen=True)
class Saturating:
    """A score that moves less the nearer it is to its limit, and that does not fade by itself.

    With the period's net impact I and limit N, ``P += I (N - P) / N`` if I >= 0, else ``P += I (N + P) / N``;
    an I beyond -N or N is cut to it, so P stays within [-N, N]. A good event moves a good relation less
    than a bad one.

    Parameters
    ----------
    limit : float, default 9.0
        N, above 0 and finite.

    Raises
    ------
    OptionError
        A limit that is not above 0, or not finite.
    TypeError
        A limit that is not a number.

    References
    ----------
    The update is the one commonly cited for Yan, X. & Zhou, F. (2004), Quantitative measurement of bilateral
    relations, Zhongguo Shehui Kexue (in Chinese), with a scale of -9 to 9; the source itself was not
    consulted.

    Examples
    --------
    >>> Saturating()
    Saturating(limit=9.0)
    """

    limit: float = 9.0

    def __post_init__(self) -> None:
        limit = _number("limit", self.limit)
        errors.within("limit", limit, 0.0, open_low=True, open_high=True)
        object.__setattr__(self, "limit", limit)

    def to_dict(self) -> dict[str, Any]:
        """Plain form for a file; `decay_from_dict` reads it back."""
        return {"decay": "saturating", "limit": self.limit}


Decay: TypeAlias = HalfLife | Window | Cumulative | Saturating


def decay_of(given: Decay | None, default: Decay) -> Decay:
    """The decay given, or where none is that of a codebook (`Codebook.decay`).

    Raises
    ------
    TypeError
        Anything else: a bare number would leave open of what it is the measure.

    Examples
    --------
    >>> decay_of(None, CODED_BY_MACHINE), decay_of(Window(3), HalfLife())
    (HalfLife(years=2.0, dispersion=(0.4, 0.6)), Window(periods=3))
    """
    decay = default if given is None else given
    if not isinstance(decay, HalfLife | Window | Cumulative | Saturating):
        raise TypeError(
            f"decay is {decay!r}; give HalfLife(years=...), Window(periods=...), Cumulative() or Saturating()."
        )
    return decay


def decay_from_dict(written: Mapping[str, Any]) -> Decay:
    """The decay that a ``to_dict()`` wrote.

    Parameters
    ----------
    written : mapping
        With ``decay``, one of half_life, window, cumulative, saturating, and that choice's settings.

    Returns
    -------
    HalfLife, Window, Cumulative or Saturating

    Raises
    ------
    FormatError
        A mapping that no ``to_dict()`` writes.

    Examples
    --------
    >>> decay_from_dict({"decay": "window", "periods": 3})
    Window(periods=3)
    >>> decay_from_dict(HalfLife(years=math.inf).to_dict())
    HalfLife(years=inf)
    """
    choices: dict[str, type[Decay]] = {
        "half_life": HalfLife,
        "window": Window,
        "cumulative": Cumulative,
        "saturating": Saturating,
    }
    settings = dict(written) if isinstance(written, Mapping) else {"decay": written}
    name = settings.pop("decay", None)
    if not isinstance(name, str) or name not in choices:
        raise errors.FormatError(f"decay is {name!r}; it must be one of {', '.join(map(repr, choices))}.")
    try:
        return choices[name](**_numbers(settings))
    except (TypeError, ValueError) as problem:
        raise errors.FormatError(f"settings of decay {name!r} cannot be read: {problem}") from None


def dispersed(decay: Decay) -> TypeGuard[HalfLife]:
    """Whether events count as less evidence where they come in clusters."""
    return isinstance(decay, HalfLife) and decay.dispersion is not None and decay.dispersion[0] > 0


def half_life_years(decay: HalfLife, domains: Sequence[str]) -> np.ndarray:
    """Half-life of each domain in years, (K,)."""
    return np.array([decay.days(domain=name) for name in domains]) / DAYS_PER_YEAR


def jsonable(value: Any) -> Any:
    """The value, with infinity as text, since JSON has none."""
    return "inf" if value == math.inf else value


def _numbers(settings: Any) -> Any:
    if isinstance(settings, Mapping):
        return {key: _numbers(value) for key, value in settings.items()}
    return math.inf if settings == "inf" else settings


# ---- what is left: the recurrence that every stock follows ----------------------------------------------------
def left_of_flow(
    days: np.ndarray, periods: np.ndarray, decay: Decay, half_life: np.ndarray | float
) -> np.ndarray:
    """What is left of a flow so many days and periods after its own period's end: one term of `accumulate`.

    Under `Saturating`, where what is left depends on all that has happened since, only a flow of the period itself is
    (`saturate` adds them).
    """
    if isinstance(decay, Window):
        return np.asarray(periods < decay.periods)
    if isinstance(decay, Saturating):
        return np.asarray(periods == 0)
    return np.exp2(-days / half_life)  # which is infinite where nothing fades


def left_of_days(
    day: np.ndarray, half_life: np.ndarray, t: int, decay: Decay, ends: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray]:
    """Part of each event that is booked, and of its mass in force, (N,), at the end of period t: of those that do not stand.

    None for the first where every one is booked in full.
    """
    if isinstance(decay, HalfLife):
        age = (ends[t] - day).astype(float)
        booked = None if not len(day) or age.min() >= 0 else (age >= 0).astype(float)
        left = np.exp2(np.minimum(-age, 0.0) / half_life)
        return booked, left if booked is None else left * booked
    ago = t - np.searchsorted(ends, day)
    part = left_of_flow(ago, ago, decay, np.inf) * (ago >= 0).astype(float)
    return part, part


def accumulate(flows: np.ndarray, decay: Decay, half_life: float, ends: np.ndarray) -> None:
    """Turn flows (F, L, T) into stocks in place, by the choice of decay."""
    if isinstance(decay, Window):
        own = flows.copy()
        for back in range(1, min(decay.periods, flows.shape[2])):
            flows[..., back:] += own[..., :-back]
    elif isinstance(decay, Saturating):
        saturate(flows.swapaxes(1, 2), decay.limit)
    else:
        fade(flows, (ends - ends[0]) / half_life)


def fade(flows: np.ndarray | Sequence[np.ndarray], age: np.ndarray, fades: tuple[int, ...] = FADES) -> None:
    """S_t = S_(t-1) 2^(age_(t-1) - age_t) + s_t in place; `age` of each period in half-lives, (T,).

    Of flows (F, L, T) those of which `fades` is 0 run up.

    Flows grown back to a common date add up by one running sum, over as many half-lives as a float can hold.
    """
    span = age // REACH
    starts = run_starts(span)
    for start, stop in zip(starts, np.append(starts[1:], len(age)), strict=True):
        grown = np.exp2(age[start:stop] - age[start])
        for flow, fading in zip(flows, fades, strict=False):
            if start:
                flow[:, start] += flow[:, start - 1] * np.exp2(fading * (age[start - 1] - age[start]))
            part = flow[:, start:stop]
            if fading:
                part *= grown
            np.cumsum(part, axis=1, out=part)
            if fading:
                part /= grown


def fade_each(flows: np.ndarray, age: np.ndarray) -> None:
    """`fade` of flows (T, L, B) that fade each draw at a rate of its own: `age` in half-lives is (T, B)."""
    for t in range(1, len(flows)):
        flows[t] += flows[t - 1] * np.exp2(age[t - 1] - age[t])


def saturate(flows: np.ndarray, limit: float) -> None:
    """Apply the Tsinghua update to both layers (F, T, L): each fades by how much happens, not by time.

    P_t = P_{t-1} (1 - abs(I)/N) + I with I = c - k, in [-N, N]; C and K share the same fading, so C - K = P.
    """
    powers, fades = np.array(POWERS)[:, None], np.array(FADES)[:, None]
    for t in range(flows.shape[1]):
        size = np.abs(flows[2, t] - flows[4, t])
        cut = np.where(size > limit, limit / np.where(size > 0, size, 1.0), 1.0)
        flows[2:, t] *= cut ** powers[2:]
        if t:
            flows[:, t] += flows[:, t - 1] * (1 - np.minimum(size, limit) / limit) ** fades


def inflate_squares(stocks: np.ndarray, decay: Decay, domains: tuple[str, ...]) -> np.ndarray | None:
    """Multiply squares (6, D, K, T) by 1 + r n^g in place: events that come in clusters are less evidence.

    The yearly rate n of a cell is that of a steady stream with its evidence N in force, N ln 2 / h. Returns the
    factors (D, K, T), None where there is no dispersion.
    """
    if not dispersed(decay):
        return None
    _, _, c, c2, k, k2 = stocks
    more = decay.inflation(evidence_of(c + k, c2 + k2), half_life_years(decay, domains)[:, None])
    c2 *= more
    k2 *= more
    return more
