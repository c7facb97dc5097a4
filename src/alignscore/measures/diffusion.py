"""How a format of diplomacy spreads: who opened it first, how far, and whether others will copy it.

Letters for shapes: S states, P powers, T periods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from alignscore.actors import silent_states
from alignscore.axes import Freq, codes_among, make_periods, period_ends
from alignscore.dates import NO_DAY, day_of
from alignscore.decay import DAYS_PER_YEAR
from alignscore.errors import OptionError, check_known, check_level, need, of_kind, several, text, within
from alignscore.events import Events
from alignscore.events.rules import PRECISIONS
from alignscore.intervals import LEVEL, ratio, wilson
from alignscore.ledger.clusters import act_numbers
from alignscore.results import Result, label_columns


# ---- formulas on arrays -------------------------------------------------------------------------------
def rate_interval(
    count: np.ndarray, exposure: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rate and its exact Gamma interval (Garwood) from counts over exposure; NaN where exposure is 0."""
    from scipy.special import gammaincinv

    tail, known = (1 - level) / 2, exposure > 0
    time = np.where(known, exposure, np.nan)
    low = np.where(count > 0, gammaincinv(np.maximum(count, 1), tail), 0.0) / time
    return count / time, low, gammaincinv(count + 1, 1 - tail) / time


# ---- the result ---------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class DiffusionResult(Result):
    """A format by state, power and period: arrays (S, P, T).

    Attributes
    ----------
    adopted : ndarray of bool
        The pair had opened it by the period's end.
    in_force : ndarray of bool
        Some event of it holds at the period's end, and does not end on that day; a passing one (an exercise) happened
        in the period.
    level, reached : ndarray
        Highest rank of its family in force, and ever reached; 0 where nothing, NaN where only kinds
        without a rank stand.
    events : ndarray
        Events of the format so far; one in two domains counts once.
    since, end : str
        Days between which adoptions are counted as risk.
    adoptions : pandas.DataFrame
        First event of each pair: state, power, date, date_precision, kind, level, label, and
        pioneer (the first pair).
    spread : pandas.DataFrame
        Per power and period: new, adopters (so far), at_risk (states that had not, at the period's start).
    rates : pandas.DataFrame
        Per power and for all: adoptions after `since`, state_years at risk, rate a year with low and high,
        waiting (states without it), and p_next, p_next_low, p_next_high: the chance that one of them
        opens it within `horizon` years.
    """

    FIGURE: ClassVar[str | None] = "formats"
    LABELS: ClassVar[Mapping[str, str]] = {"state": "states", "power": "powers", "period": "periods"}

    states: tuple[str, ...]
    powers: tuple[str, ...]
    periods: pd.PeriodIndex
    adopted: np.ndarray
    in_force: np.ndarray
    level: np.ndarray
    reached: np.ndarray
    events: np.ndarray
    since: str
    end: str
    adoptions: pd.DataFrame
    spread: pd.DataFrame
    rates: pd.DataFrame

    def among(self, other: DiffusionResult, *, level: float = LEVEL) -> pd.DataFrame:
        """Of the pairs that have another format, which share has this one?

        Parameters
        ----------
        other : DiffusionResult
            A result for the same states, powers and end, such as one of top partnerships.
        level : float
            Probability level of the Wilson interval, between 0 and 1.

        Returns
        -------
        pandas.DataFrame
            One row a power, and ``all``: power; having, pairs with the other format in force at the end; both,
            those with this one too; share, low, high; without, pairs with this format and not the other. A
            share lies in [0, 1]; NaN where no pair has the other format.

        Raises
        ------
        OptionError
            Results of other states, powers or ends.
        """
        of_kind("other", other, DiffusionResult, "diffusion(events, ...)")
        for name in ("states", "powers", "end"):
            if getattr(self, name) != getattr(other, name):
                raise OptionError(
                    f"the two results differ in their {name}; give both the same states, powers and end."
                )
        mine, theirs = self.in_force[:, :, -1], other.in_force[:, :, -1]
        tables = mine & theirs, theirs, mine & ~theirs
        both, having, alone = (np.append(x.sum(axis=0), x.sum()) for x in tables)
        share = ratio(both, having)
        low, high = wilson(share, having, level)
        return pd.DataFrame({
            "power": np.array([*self.powers, "all"], dtype=object), "having": having, "both": both,
            "share": share, "low": low, "high": high, "without": alone,
        })  # fmt: skip


# ---- the door ---------------------------------------------------------------------------------------------
def diffusion(
    events: Events,
    powers: Sequence[str],
    *,
    family: str | None = None,
    kinds: Iterable[str] | None = None,
    states: Iterable[str] | None = None,
    freq: Freq = "Y",
    since: str | int | None = None,
    end: str | int | None = None,
    horizon: float = 5.0,
    level: float = LEVEL,
) -> DiffusionResult:
    r"""Tell who opened a format of diplomacy with whom and when, and how likely others are to follow.

    The rate of adoption is a count over time, ``adoptions / state-years at risk``: a pair is at risk from
    `since` until it first opens the format. At rate r, the chance that one of n waiting states does so
    within h years is ``1 - exp(-h n r)``.

    Parameters
    ----------
    events : Events
    powers : sequence of str
        The powers with whom the format is opened, at least one.
    family : str, optional
        A family of the codebook's kinds, such as 'partnership' or 'joint_ministerial' (2+2, 3+3).
    kinds : iterable of str, optional
        Kinds by name, such as 'joint_exercise'. Give a family, kinds, or both.
    states : iterable of str, optional
        Who may adopt; every actor but the powers where not given. A state without any event may be named.
    freq : {'Y', 'Q', 'M', 'W', 'D'}
    since : date, optional
        From when the format could be copied; the day of the first adoption where not given, and then that
        adoption, the pioneer's, is not counted.
    end : date, optional
        Until when the record is complete; the last day on which any event began where not given.
    horizon : float
        Years ahead, above 0.
    level : float
        Probability level of the Gamma intervals, between 0 and 1.

    Returns
    -------
    DiffusionResult
        Rates a year in [0, inf), chances in [0, 1], up means faster. NaN: no time at risk.

    Raises
    ------
    OptionError
        Neither family nor kinds, no power, a state that is a power, `end` before `since`, a date or an
        option that cannot be used, or no such event between these states and powers.
    UnknownLabelError
        A family, kind or power the events do not have.

    Notes
    -----
    One constant rate is a plain summary: it knows of no learning, rivalry or salience, and a table of chosen
    events misses quiet adoptions, which makes rates low. Month and year dates count from their middle.

    References
    ----------
    Interval: Garwood 1936, Biometrika 28:437.

    Examples
    --------
    >>> from alignscore.datasets import ASEAN_MEMBERS, asean
    >>> found = diffusion(asean(), family="joint_ministerial", powers=("CHN", "JPN", "USA"),
    ...                   states=ASEAN_MEMBERS)
    >>> found.adoptions[["state", "power", "date"]].head(2).to_string(index=False, header=False)
    'PHL USA 2012-04-01\nIDN JPN 2015-12-17'
    """
    need(events, Events)
    within("horizon", horizon, 0.0, open_low=True, open_high=True)
    check_level(level)
    names = _kinds(events, family, kinds)
    some, others = _actors(events, powers, states)
    format_name = f"{family or ', '.join(names)} between these states and powers"
    rows, last = _acts_begun(events, _rows(events, names, others, some), end, format_name)
    pioneer = int(rows["middle"].min())
    start = pioneer if since is None else day_of("since", since)
    if last < start:
        raise OptionError(f"end {_text(last)} lies before since {_text(start)}.")
    periods = make_periods(_text(min(pioneer, start)), _text(last), freq)
    first = np.full((len(others), len(some)), np.nan)
    opening = rows.sort_values(["middle", "row"]).drop_duplicates(["state", "power"])
    first[opening["state"].to_numpy(), opening["power"].to_numpy()] = opening["middle"]
    counted = ~np.isnan(first) & ((first > start) if since is None else (first >= start))
    risk = np.maximum(np.fmin(first, last) - start, 0.0) / DAYS_PER_YEAR  # years; 0 of one that had it before
    recipe = {
        "measure": "diffusion", "family": family, "kinds": names, "since": _text(start), "end": _text(last),
        "horizon": horizon, "level": level,
    }  # fmt: skip
    return DiffusionResult(
        recipe, others, some, periods, **_grids(rows, periods, len(others), len(some)),
        since=_text(start), end=_text(last), adoptions=_adoptions(opening, others, some, pioneer),
        spread=_adopters_by_period(first, periods, some),
        rates=_rates(counted, risk, np.isnan(first), some, horizon, level),
    )  # fmt: skip


def openings(
    events: Events, *, family: str | None = None, kinds: Iterable[str] | None = None, end: str | None = None
) -> pd.DataFrame:
    """Which pairs have opened a format, when first, how often they met, and does it hold?

    Parameters
    ----------
    events : Events
    family, kinds
        The format, as in `diffusion`.
    end : date, optional
        The last day looked at; the last day on which any event began where not given.

    Returns
    -------
    pandas.DataFrame
        One row a pair, the earliest first: one, other (labels in their order), first and last (days; of an event
        known by month or year its first day), events (one in two domains counts once), in_force at the end.
        A passing kind is never in force.

    Raises
    ------
    OptionError
        Neither family nor kinds, a date that cannot be read, or no such event.
    UnknownLabelError
        A family or kind the codebook does not have.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> openings(asean(), family="joint_ministerial")[["one", "other", "events"]].head(2).values.tolist()
    [['PHL', 'USA', 4], ['IDN', 'JPN', 3]]
    """
    need(events, Events)
    names = _kinds(events, family, kinds)
    acts = _acts(events, np.flatnonzero(_of_kinds(events, names)))
    rows, last = _acts_begun(events, acts, end, family or ", ".join(names))
    sides = np.sort(np.array(events.actors, dtype=object)[rows[["source", "target"]].to_numpy()], axis=1)
    holds = rows["standing"] & ((rows["until"] == NO_DAY) | (rows["until"] > last))
    rows = rows.assign(one=sides[:, 0], other=sides[:, 1], holds=holds)
    found = rows.groupby(["one", "other"], as_index=False).agg(
        first=("day", "min"), last=("day", "max"), events=("event", "nunique"), in_force=("holds", "any")
    )
    for side in ("first", "last"):
        found[side] = found[side].to_numpy().astype("M8[D]").astype("M8[s]")
    return found.sort_values(["first", "one", "other"], ignore_index=True)


# ---- its steps ---------------------------------------------------------------------------------------------
def _kinds(events: Events, family: str | None, kinds: Iterable[str] | None) -> tuple[str, ...]:
    book = events.codebook
    names = [] if kinds is None else several(kinds)
    families = sorted({kind.family for kind in book if kind.family})
    for name in names:
        check_known("kind", name, book.names)
    if family is not None:
        text("family", family)
        check_known("family", family, families)
        names += [kind.name for kind in book if kind.family == family]
    if not names:
        some = f" Families of this codebook: {', '.join(families)}." if families else ""
        raise OptionError(f"name a family of kinds, or kinds; neither is given.{some}")
    return tuple(dict.fromkeys(names))


def _actors(
    events: Events, powers: Sequence[str], states: Iterable[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    some = tuple(dict.fromkeys(map(str, several(powers))))
    if not some:
        raise OptionError("powers is empty; name at least one.")
    if states is None:
        others = tuple(actor for actor in events.actors if actor not in some)
    else:
        others = tuple(sorted({str(state) for state in several(states)}))
    # refuses what is no state; one that has not acted yet is at risk too
    silent_states((*some, *others), events.actors)
    both = [state for state in others if state in some]
    if both:
        raise OptionError(f"{both[0]!r} is named both as a state and as a power.")
    return some, others


def _of_kinds(events: Events, names: tuple[str, ...]) -> np.ndarray:
    return np.isin(events.kind, [events.codebook.index(name) for name in names])


def _rows(
    events: Events, names: tuple[str, ...], states: tuple[str, ...], powers: tuple[str, ...]
) -> pd.DataFrame:
    """One row an event of the format: state and power (codes), days, rank, and what it was."""
    at_state, at_power = (codes_among(events.actors, some) for some in (states, powers))
    wanted = _of_kinds(events, names)
    frames = []
    for state, power in (("source", "target"), ("target", "source")):
        one, other = getattr(events, state), getattr(events, power)
        table = _acts(events, np.flatnonzero(wanted & (at_state[one] >= 0) & (at_power[other] >= 0)))
        frames.append(table.assign(state=at_state[table[state]], power=at_power[table[power]]))
    table = pd.concat(frames, ignore_index=True)
    # an event in two domains is one event
    return table.drop_duplicates(["state", "power", "event"], ignore_index=True)


def _acts(events: Events, which: np.ndarray) -> pd.DataFrame:
    """One row for each of some events: actors, days, rank, and what it was."""
    every = list(events.codebook)
    kind = [every[k] for k in events.kind[which]]
    return pd.DataFrame({
        "source": events.source[which].astype(np.int64), "target": events.target[which].astype(np.int64),
        "day": events.day[which].astype(np.int64),
        "middle": (events.day[which].astype(np.int64) + events.last_day[which]) // 2,
        "until": events.until[which].astype(np.int64), "standing": events.standing[which],
        "precision": events.precision[which], "row": events.row[which], "kind": [k.name for k in kind],
        "level": [np.nan if k.rank is None else float(k.rank) for k in kind],
        "label": None if events.label is None else events.label[which],
        "event": act_numbers(events)[which],
    })  # fmt: skip


def _acts_begun(
    events: Events, acts: pd.DataFrame, end: str | int | None, format_name: str
) -> tuple[pd.DataFrame, int]:
    """Acts of a format that began by its end, that of the record where none is given, and that day."""
    if not len(events):
        raise OptionError("there is no event.")
    last = int(events.last_day.max()) if end is None else day_of("end", end, last=True)
    begun = acts[acts["middle"] <= last]
    if begun.empty:
        raise OptionError(f"no {format_name} by {_text(last)}.")
    return begun, last


def _grids(rows: pd.DataFrame, periods: pd.PeriodIndex, S: int, P: int) -> dict[str, np.ndarray]:
    """Arrays (S, P, T) of what had been opened, and what holds, at each period's end."""
    ends = period_ends(periods)
    starts = np.append(-np.inf, ends[:-1])
    shape = (S, P, len(ends))
    count = np.zeros(shape)
    in_force = np.zeros(shape, dtype=bool)
    level, reached = np.full((2, *shape), np.nan)  # NaN also of kinds without a rank
    for row in rows.itertuples(index=False):
        cell = (row.state, row.power)
        begun = row.middle <= ends
        lasts = (row.until == NO_DAY) | (row.until > ends) if row.standing else row.middle > starts
        holds = begun & lasts
        count[cell] += begun
        in_force[cell] |= holds
        level[cell] = np.fmax(level[cell], np.where(holds, row.level, np.nan))
        reached[cell] = np.fmax(reached[cell], np.where(begun, row.level, np.nan))
    adopted = count > 0
    return {
        "adopted": adopted,
        "in_force": in_force,
        "events": count,
        "level": np.where(in_force, np.maximum(level, 0.0), 0.0),
        "reached": np.where(adopted, np.maximum(reached, 0.0), 0.0),
    }


def _adoptions(
    opening: pd.DataFrame, states: Sequence[str], powers: Sequence[str], pioneer: int
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "state": np.array(states, dtype=object)[opening["state"]],
            "power": np.array(powers, dtype=object)[opening["power"]],
            "date": opening["day"].to_numpy().astype("M8[D]").astype("M8[s]"),
            "date_precision": np.array(PRECISIONS, dtype=object)[opening["precision"]],
            **{name: opening[name].to_numpy() for name in ("kind", "level", "label")},
            "pioneer": opening["middle"].to_numpy() == pioneer,
        }
    )


def _adopters_by_period(first: np.ndarray, periods: pd.PeriodIndex, powers: tuple[str, ...]) -> pd.DataFrame:
    """New adopters, adopters so far and states at risk, per power and period."""
    ends = period_ends(periods)
    had = (first[:, :, None] <= ends).sum(axis=0)  # (P, T); NaN is never
    new = np.diff(had, axis=1, prepend=0)
    T = len(periods)
    return pd.DataFrame({
        "power": np.repeat(np.array(powers, dtype=object), T),
        **{name: np.tile(column, len(powers)) for name, column in label_columns("period", periods).items()},
        "new": new.ravel(), "adopters": had.ravel(), "at_risk": (len(first) - had + new).ravel(),
    })  # fmt: skip


def _rates(
    counted: np.ndarray,
    risk: np.ndarray,
    waiting: np.ndarray,
    powers: tuple[str, ...],
    horizon: float,
    level: float,
) -> pd.DataFrame:
    """Rates per power, and for all pairs alike under the name 'all'."""
    n, time, left = (np.append(x.sum(axis=0), x.sum()) for x in (counted, risk, waiting))
    rate, low, high = rate_interval(n, time, level)
    chances = (-np.expm1(-r * left * horizon) for r in (rate, low, high))
    return pd.DataFrame({
        "power": np.array([*powers, "all"], dtype=object), "adoptions": n, "state_years": time,
        "rate": rate, "low": low, "high": high, "waiting": left,
        **dict(zip(("p_next", "p_next_low", "p_next_high"), chances, strict=True)),
    })  # fmt: skip


def _text(day: int) -> str:
    return str(np.datetime64(int(day), "D"))
