"""Axes: which actor, dyad, domain and period an index means; the only place that aligns labels."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.dates import DECIMAL, YEAR_LAST
from alignscore.errors import OptionError, keyed, one_of, several, unknown, within
from alignscore.values import Frozen, add_rows, need_memory, read_only, text_of

Freq = Literal["Y", "Q", "M", "W", "D"]
FREQS: tuple[Freq, ...] = ("Y", "Q", "M", "W", "D")
COMPOSITE = "composite"


@dataclass(frozen=True, eq=False, repr=False)
class Axes(Frozen):
    """Labels of the arrays (dyad, domain, period).

    Parameters
    ----------
    actors : tuple of str
        Sorted labels.
    dyads : ndarray of int, (D, 2)
        Codes into `actors`: source, target; sorted by row, each once.
    domains : tuple of str
    periods : pandas.PeriodIndex
        Contiguous, of one of the frequencies Y, Q, M, W, D.
    """

    actors: tuple[str, ...]
    dyads: np.ndarray
    domains: tuple[str, ...]
    periods: pd.PeriodIndex

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of dyads, domains and periods: (D, K, T)."""
        return len(self.dyads), len(self.domains), len(self.periods)

    @cached_property
    def ends(self) -> np.ndarray:
        """Last day of each period, in days since 1970-01-01, (T,)."""
        return period_ends(self.periods)

    @property
    def freq(self) -> str:
        """Frequency letter: Y, Q, M, W or D."""
        return freq_letter(self.periods)

    @cached_property
    def sources(self) -> np.ndarray:
        """Label of each dyad's source, (D,)."""
        return read_only(np.array(self.actors, dtype=object)[self.dyads[:, 0]])

    @cached_property
    def targets(self) -> np.ndarray:
        """Label of each dyad's target, (D,)."""
        return read_only(np.array(self.actors, dtype=object)[self.dyads[:, 1]])

    def labels(self, *, composite: bool = False) -> tuple[Mapping[str, Any], ...]:
        """Label columns of each dimension, for `Result`; `composite` adds that row to the domains."""
        domains = self.domains + ((COMPOSITE,) if composite else ())
        return (
            {"source": self.sources, "target": self.targets},
            {"domain": np.array(domains, dtype=object)},
            {"period": self.periods},
        )

    def actor(self, label: object) -> int:
        """Code of an actor; an unknown one is refused with the nearest name."""
        try:
            return self.actors.index(str(label))
        except ValueError:
            raise unknown("actor", label, self.actors) from None

    def actor_codes(self, labels: Iterable[object]) -> np.ndarray:
        """Codes of several actors, or of one."""
        wanted = several(labels)
        place = {label: at for at, label in enumerate(self.actors)} if len(wanted) > 2 else {}
        codes = [place[label] if label in place else self.actor(label) for label in wanted]
        return np.array(codes, dtype=np.int64)

    def by_actor(self, stock: np.ndarray, side: int = 0, *, of: np.ndarray | None = None) -> np.ndarray:
        """Sum of a stock (D, K, T) over the dyads of each source (side 0) or target (side 1), (A, K, T).

        Of some actors, whose codes `of` (S,) are, (S, K, T): all of 100,000 by day would take gigabytes.
        """
        place, size = self.dyads[:, side], len(self.actors)
        if of is not None:
            to = np.full(size, -1)
            to[of] = np.arange(len(of))
            kept = np.flatnonzero(to[place] >= 0)
            place, stock, size = to[place][kept], stock[kept], len(of)
        total = np.zeros((size, *stock.shape[1:]))
        if len(place):
            add_rows(total, place, stock)
        return total

    def both_ways(self) -> tuple[Axes, np.ndarray]:
        """Axes of undirected dyads with each pair standing in both directions, and the row here of each of theirs."""
        doubled = np.concatenate([self.dyads, self.dyads[:, ::-1]])
        order = np.lexsort((doubled[:, 1], doubled[:, 0]))
        return replace(self, dyads=doubled[order]), np.tile(np.arange(len(self.dyads)), 2)[order]

    def with_actors(self, labels: Iterable[str]) -> Axes:
        """The same dyads among more actors, none of whom any dyad has."""
        actors = union([self.actors, tuple(labels)])
        codes = codes_among(self.actors, actors).astype(self.dyads.dtype)
        return replace(self, actors=actors, dyads=codes[self.dyads])

    def domain(self, label: object) -> int:
        """Index of a domain."""
        return place_of("domain", label, self.domains)

    def period(self, label: object, *, first: bool = False) -> int:
        """Index of the period that a date, a year or a label such as '2026Q2' names, as `period_of` reads it."""
        return period_position(self.periods, label, first=first)

    def dyad(self, source: object, target: object) -> int | None:
        """Index of a directed dyad, or None where it never occurs (both actors must be known)."""
        at = int(self.dyads_between(self.actor(source), self.actor(target)))
        return None if at < 0 else at

    def dyads_between(self, source: np.ndarray | int, target: np.ndarray | int) -> np.ndarray:
        """Index of each dyad of codes of actors, which broadcast; -1 where the dyad never occurs."""
        keys = np.multiply(source, len(self.actors), dtype=np.int64) + target
        at = np.searchsorted(self.dyad_keys, keys)
        return np.where(np.append(self.dyad_keys, -1)[at] == keys, at, -1)

    @cached_property
    def dyad_keys(self) -> np.ndarray:
        """Key source * A + target of each dyad, ascending, (D,)."""
        return read_only(keys_of(self.dyads, len(self.actors)))

    @cached_property
    def table(self) -> np.ndarray:
        """Dyad index of every (source, target), -1 where the dyad never occurs, (A, A)."""
        A = len(self.actors)
        need_memory(f"a table of every pair of {A:,} actors", 8 * A * A, "Post fewer actors (events.take).")
        codes = np.arange(A)
        return read_only(self.dyads_between(codes[:, None], codes))

    def domain_weights(self, weights: Mapping[str, float] | None) -> np.ndarray:
        """Weights of the domains, (K,), adding to 1; a domain that is not named weighs 1, all do where None.

        ``{"security": 2}`` counts security twice; a domain is left out by its weight of 0.
        """
        return weights_among("domain", self.domains, weights)

    def by_domain(self, values: np.ndarray) -> dict[str, float]:
        """Numbers of the domains, (K,), by name: how a recipe tells them."""
        return dict(zip(self.domains, values.tolist(), strict=True))

    def __repr__(self) -> str:
        D, K, T = self.shape
        return (
            f"<Axes: {len(self.actors)} actors, {D} dyads, {K} domains, "
            f"{T} periods {self.periods[0]}..{self.periods[-1]}>"
        )


def keys_of(dyads: np.ndarray, actors: int) -> np.ndarray:
    """Keys source * actors + target of dyads (D, 2), by which they are in order."""
    return np.asarray(dyads[:, 0].astype(np.int64) * actors + dyads[:, 1])


def dyads_of(keys: np.ndarray, actors: int) -> np.ndarray:
    """Both actors of dyads by their keys (`keys_of`), (D, 2)."""
    return np.stack(np.divmod(keys, actors), axis=1)


def distinct_dyads(source: np.ndarray, target: np.ndarray, actors: int) -> tuple[np.ndarray, np.ndarray]:
    """The dyads that occur, (D, 2) in order, and the place of each row's among them, (N,)."""
    keys, place = np.unique(source.astype(np.int64) * actors + target, return_inverse=True)
    return dyads_of(keys, actors), place.reshape(-1)


def place_of(what: str, label: object, known: Sequence[Any]) -> int:
    """Place of a label among those that are known; a number and its text are one."""
    texts = [text_of(name) for name in known]
    wanted = text_of(label) if isinstance(label, Hashable) else None  # a list of them is none of them
    if wanted not in texts:
        raise unknown(what, label, known)
    return texts.index(wanted)


def weights_among(
    what: str, names: Sequence[str], given: Mapping[str, float] | None, option: str = "weights"
) -> np.ndarray:
    """Weights of the names, (N,), adding to 1; one that is not named weighs 1, all do where None."""
    weights = np.ones(len(names))
    if given is not None:
        keyed(option, given, f"{{{names[0]!r}: 1.0}}")
        for label, weight in given.items():
            place = place_of(what, label, names)
            within(f"weight of {what} {label!r}", weight, 0.0, open_high=True)
            weights[place] = weight
    if not weights.sum() > 0:
        raise OptionError(f"weights of the {what}s are all 0; give at least one a positive weight.")
    return np.asarray(weights / weights.sum())


def make_periods(first: object, last: object, freq: Freq) -> pd.PeriodIndex:
    """Contiguous periods from the one holding `first` to the one holding `last`."""
    one_of("freq", freq, FREQS)
    return _contiguous(pd.Period(first, freq=freq), pd.Period(last, freq=freq))


@lru_cache(maxsize=32)  # every view of a ledger asks for the same ones
def _contiguous(first: pd.Period, last: pd.Period) -> pd.PeriodIndex:
    return pd.period_range(first, last)


def freq_letter(periods: pd.PeriodIndex) -> str:
    """Y, Q, M, W or D of a PeriodIndex."""
    return str(periods.freqstr)[0]


def period_ends(periods: pd.PeriodIndex) -> np.ndarray:
    """Last day of each period in days since 1970-01-01, (T,), read-only."""
    return _ends(periods.asi8.tobytes(), str(periods.freqstr))


@lru_cache(maxsize=32)
def _ends(ordinals: bytes, freq: str) -> np.ndarray:
    periods = pd.PeriodIndex.from_ordinals(np.frombuffer(ordinals, dtype=np.int64), freq=freq)
    return read_only(np.asarray(periods.asfreq("D", how="end").asi8, dtype=np.int64))


def period_of(label: Any, freq: str, *, first: bool = False) -> pd.Period:
    """The period of a frequency that holds a date, or that a longer label ends in.

    Of a label that spans several periods, such as a year in quarters, the last, or with `first` the first.

    Raises
    ------
    OptionError
        `label` is no period, date or year.
    """
    try:
        if isinstance(label, float | np.floating) and float(label).is_integer():
            label = int(label)
        if isinstance(label, int | np.integer):
            label = str(label)
        if isinstance(label, np.datetime64):
            label = str(label)  # to pandas 2020 of NumPy is its first day
        if isinstance(label, str) and (DECIMAL.match(label) or YEAR_LAST.match(label)):
            raise ValueError  # to pandas 03/02/2024 is a day of March, and 2024.5 May
        named = pd.Period(label) if isinstance(label, str | pd.Period) else pd.Period(label, freq="D")
        if isinstance(label, str) and f"{named.year:04d}" not in label:
            raise ValueError  # to pandas "now" is the period of the run, "May 5" of the year 1, and 20-1-1 of 2001
        period = named.asfreq(freq, how="start" if first else "end")
    except (ValueError, TypeError, AttributeError, OverflowError):
        period = pd.NaT
    if period is pd.NaT:
        raise OptionError(f"{label!r} is not a period, date or year.")
    return period


def period_position(periods: pd.PeriodIndex, label: object, *, first: bool = False) -> int:
    """Position of the period that `label` names; of a span that some of the periods lie in, one of those."""
    ends: list[int] = [
        period_of(label, periods.freqstr, first=side).ordinal - periods[0].ordinal for side in (True, False)
    ]
    if ends[1] < 0 or ends[0] >= len(periods):
        raise OptionError(f"period {label!s} lies outside {periods[0]}..{periods[-1]}.")
    return max(ends[0], 0) if first else min(ends[1], len(periods) - 1)


def union(labels: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Sorted union of several label lists."""
    return tuple(sorted(set().union(*labels)))


def codes_among(labels: Iterable[object], known: Iterable[object]) -> np.ndarray:
    """Position of each label among those known, -1 for one that is not, (N,)."""
    place = {label: at for at, label in enumerate(known)}
    return np.array([place.get(label, -1) for label in labels], dtype=np.int64)
