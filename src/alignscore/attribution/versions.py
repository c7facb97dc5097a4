"""Many versions of a table at once, as a score reads them: without each event, of each alone, or of any mix of them.

A score reads only the ties between its parties, and under all decays but `Saturating` each event fades by itself. So
what is left of every event is worked out once, and a version is a sum over some of them.
Letters for shapes: N events that touch the score, G groups of them, V versions of a block, S actors of the score, J
partners, K domains, L = S J K lines, T periods whose stocks are kept, 2 signs. Sums are (F, V, L, 2, T), F some of
`COLUMNS`; versions lie beside each other in memory, so that each step is one long pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from alignscore.actors import note_silent, silent_states
from alignscore.attribution.scores import (
    COLUMNS,
    AlignmentOf,
    HedgingOf,
    Parties,
    PartyStocks,
    Reading,
    Shipped,
    focal_actors,
    named_partners,
    way_of,
)
from alignscore.axes import Freq, period_ends, period_of, weights_among
from alignscore.codebook import decay_under
from alignscore.decay import Decay, Saturating, dispersed, inflate_squares, left_of_days, saturate
from alignscore.errors import OptionError
from alignscore.events import Events
from alignscore.ledger.cells import Rates, blocks, mean_event_mass, periods_of, portions
from alignscore.ledger.sums import booked

SUMS = 1 << 18  # numbers of a block of versions: what fits the cache
ALL = tuple(range(len(COLUMNS)))
EVERY = slice(None)
Rows: TypeAlias = np.ndarray | slice  # positions of some events, or `EVERY` one


# ---- time ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Span:
    """Periods that hold all events, the last one scored, and the positions asked for."""

    periods: pd.PeriodIndex
    last: pd.Period
    at: np.ndarray

    @classmethod
    def make(cls, tables: Sequence[Events], freq: Freq, at: Any = None) -> Span:
        """Periods of several tables; `at` is None (the last), a period, several, or a slice of labels."""
        filled = [events for events in tables if len(events)]
        if not filled:
            raise OptionError("there is no event.")
        periods, stop = periods_of(filled, freq)
        wanted = _labels(at, periods[0], stop, freq)
        if min(wanted) < periods[0]:
            raise OptionError(f"period {min(wanted)} lies before the first event, in {periods[0]}.")
        stop = max(stop, *wanted)
        periods = pd.period_range(periods[0], max(periods[-1], stop), freq=freq)
        return cls(periods, stop, np.array([p.ordinal - periods[0].ordinal for p in wanted]))

    @property
    def asked(self) -> pd.PeriodIndex:
        """Periods asked for."""
        return self.periods[self.at]


def _labels(at: Any, first: pd.Period, last: pd.Period, freq: Freq) -> list[pd.Period]:
    if at is None:
        return [last]
    if isinstance(at, slice):
        if at.step is not None:
            raise OptionError(f"at is {at!r}; a slice of periods takes no step.")
        start = first if at.start is None else period_of(at.start, freq, first=True)
        stop = last if at.stop is None else period_of(at.stop, freq)
        wanted = list(pd.period_range(start, stop, freq=freq))
    else:
        several = at if pd.api.types.is_list_like(at, allow_sets=False) else [at]
        wanted = [period_of(label, freq) for label in several]
    if not wanted:
        raise OptionError(f"at is {at!r}, which holds no period.")
    return wanted


# ---- versions -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Versions:
    """Events that touch a score, ready to be read in many versions.

    Attributes
    ----------
    events : Events
        The events between the score's actors and their partners.
    rows : ndarray, (N,)
        Their positions in the whole table.
    line, other : ndarray, (N,)
        Line to which each event adds, (actor * J + partner) * K + domain, -1 for an act of the side that is not
        read; and the same of that other side, -1 where the score reads both.
    weight, mass : ndarray, (N,)
        On its line: a mutual act that is read without its direction has those of both its sides.
    half_life : ndarray, (N,)
        Days.
    special : ndarray of bool, (N,), or None
        Events that stand, or of which the day is not known.
    kept, asked : ndarray
        Positions of the periods whose stocks are kept, (T,), and among these of the ones asked for.
    typical : ndarray, (3,)
        What one event of the whole factual table is (`typical_event`).
    """

    events: Events
    rows: np.ndarray
    score: Shipped
    parties: Parties
    decay: Decay
    rates: Rates
    line: np.ndarray
    other: np.ndarray
    weight: np.ndarray
    mass: np.ndarray
    half_life: np.ndarray
    special: np.ndarray | None
    ends: np.ndarray
    kept: np.ndarray
    asked: np.ndarray
    typical: np.ndarray

    @classmethod
    def make(
        cls, events: Events, score: Shipped, span: Span, decay: Decay | None = None,
        factual: Events | None = None, rows: np.ndarray | None = None,
    ) -> Versions:  # fmt: skip
        """Pick the events (`touching_rows`, unless given); one event is worth what it is in the factual table."""
        decay = decay_under(decay, events.codebook)
        rows = touching_rows(events, score) if rows is None else rows
        if not len(rows):
            raise no_event_error(score)
        chosen = events if len(rows) == len(events) else events.pick(rows)
        factual = events if factual is None else factual
        ends = period_ends(span.periods)
        kept = _kept_periods(span, decay, getattr(score, "window", None) or 1)
        parties = Parties(
            focal_actors(score, events.actors),
            _partners(chosen, score),
            events.domains,
            weights_among("domain", events.domains, score.weights),
            _prior(score, factual),
            ends[kept],
        )
        way = way_of(score)
        line, other = _lines(chosen, parties, way)
        weight = np.where(chosen.mutual, 2 * chosen.weight, chosen.weight) if way == "both" else chosen.weight
        rates = Rates.make(decay, events.codebook)
        special = rates.standing_rows(chosen) | (chosen.precision > 0)
        return cls(
            events=chosen, rows=rows, score=score, parties=parties, decay=decay, rates=rates, line=line, other=other,
            weight=weight, mass=np.abs(chosen.value) * weight, half_life=rates.half_lives[rates.of(chosen)],
            special=special if special.any() else None, ends=ends, kept=kept, asked=np.searchsorted(kept, span.at),
            typical=typical_event(factual, directed=way != "both"),
        )  # fmt: skip

    @property
    def lines(self) -> int:
        """Number of lines L."""
        return len(self.parties.actors) * len(self.parties.partners) * len(self.parties.domains)

    @property
    def own_line(self) -> np.ndarray:
        """Line of each event, (N,); acts of the side that is not read have lines of their own."""
        return np.where(self.line >= 0, self.line, self.lines + self.other)

    def pooled(self) -> Versions:
        """With all partners that the score does not name as one, where it reads no more than the sum of their ties."""
        named = named_partners(self.score)
        sums = (
            isinstance(self.score, HedgingOf)
            and self.score.tie == "cooperation"
            and self.score.window in (None, 1)
        )
        by_cell = isinstance(self.decay, Saturating) or dispersed(self.decay)
        if not sums or by_cell or len(self.parties.partners) <= len(named) + 1:
            return self
        K = len(self.parties.domains)

        def moved(line: np.ndarray) -> np.ndarray:
            return np.where(line < 0, -1, np.minimum(line // K, len(named)) * K + line % K)

        parties = replace(self.parties, partners=(*named, "all others"))
        return replace(self, parties=parties, line=moved(self.line), other=moved(self.other))

    # ---- what is asked ----------------------------------------------------------------------
    def whole(self) -> Reading:
        """Score with every event, G = 1."""
        return self.reading(self.sums_by_group(np.zeros(len(self.events), dtype=np.int64), 1))

    def without(self, codes: np.ndarray, groups: int) -> np.ndarray:
        """Score without each group of events (codes (N,), each in one), (G, M, T), families settled among the rest.

        What is left is the whole less the group, which loses no digit while no group is more than half of a sum.
        Beside one that is, it is what comes before it and what comes after: nothing is taken away, so that where
        nothing is left there is exactly nothing.
        """
        anew = settled_without(self.events, codes)
        steady = np.ones(len(codes), dtype=bool)
        steady[anew.row] = False
        all_steady = np.flatnonzero(steady) if len(anew.row) else EVERY
        size = max(1, SUMS // (2 * len(self.score.reads) * self.lines * len(self.kept)))
        whole = self.sums_by_group(np.zeros(int(steady.sum()), dtype=np.int64), 1, all_steady)
        around: tuple[np.ndarray, np.ndarray] | None = None
        order = np.argsort(codes, kind="stable")
        in_order = codes[order]
        anew = anew.at(np.argsort(anew.group, kind="stable"))
        family = np.flatnonzero(~steady)
        found = []
        for block, first in enumerate(range(0, groups, size)):
            V = min(size, groups - first)
            gone = order[slice(*np.searchsorted(in_order, [first, first + V]))]
            own = gone[steady[gone]] if len(anew.row) else gone
            part = self.sums_by_group(codes[own] - first, V, own)
            left = whole - part
            if (left < part).any():
                if around is None:
                    every = self.sums_by_group(codes[steady] // size, -(-groups // size), all_steady)
                    around = _before_and_after(every, *[np.zeros_like(every[:, :1])] * 2)
                earlier, later = _before_and_after(part, *(sums[:, [block]] for sums in around))
                left = earlier + later
            if len(anew.row):
                some = anew.at(slice(*np.searchsorted(anew.group, [first, first + V])))
                left += self._settled_anew(family, gone[~steady[gone]], codes, first, V, some)
            found.append(np.moveaxis(self.reading(left).score, 0, -1))
        return np.moveaxis(np.concatenate(found, axis=-1), -1, 0)

    def _settled_anew(
        self, family: np.ndarray, gone: np.ndarray, codes: np.ndarray, first: int, V: int, anew: Resettled
    ) -> np.ndarray:
        """Sums of the rows of families that end otherwise without some group, in versions first to first + V."""
        whole = self.sums_by_group(np.zeros(len(family), dtype=np.int64), 1, family)
        version = anew.group - first
        away = self.sums_by_group(codes[gone] - first, V, gone) + self.sums_by_group(version, V, anew.row)
        back = self.with_other_ends(anew.row, anew).sums_by_group(version, V)
        left: np.ndarray = whole - away + back
        left[np.abs(left) <= 1e-12 * (whole + away + back)] = 0.0  # a residue of rounding would read as a tie
        return left

    def stocks_by_group(self, codes: np.ndarray, groups: int) -> PartyStocks:
        """Stocks of each group of events alone, (G, S, J, K, T), families as settled among all.

        They add to the whole's: how far events come in clusters is told by all of a cell, not by each group.
        """
        each = self.stocks(self.sums_by_group(codes, groups, columns=ALL), columns=ALL, dispersed=False)
        whole = np.stack([stock.sum(axis=0) for stock in each])
        more = inflate_squares(whole.reshape(6, -1, *whole.shape[3:]), self.decay, self.parties.domains)
        if more is None:
            return each
        more = more.reshape(whole.shape[1:])
        return each._replace(cooperation2=each.cooperation2 * more, conflict2=each.conflict2 * more)

    # ---- how it is made ---------------------------------------------------------------------
    def with_other_ends(self, rows: np.ndarray, anew: Resettled) -> Versions:
        """The versions of some rows, of which the last end anew."""
        events = self.events.pick(rows)
        stay = len(rows) - len(anew.row)
        ends: dict[str, Any] = {
            name: np.append(getattr(events, name)[:stay], getattr(anew, name)) for name in ENDS
        }
        events = replace(events, **ends)
        columns = ("line", "other", "weight", "mass", "half_life")
        picked: dict[str, Any] = {name: getattr(self, name)[rows] for name in columns}
        special = None if self.special is None else self.special[rows]
        return replace(self, events=events, special=special, **picked)

    def sums_by_group(
        self, codes: np.ndarray, groups: int, rows: Rows = EVERY, *, columns: tuple[int, ...] | None = None
    ) -> np.ndarray:
        """Sums over groups of all events, or of some rows (`codes` of these), (F, G, L, 2, T)."""
        columns = self.score.reads if columns is None else columns
        out = np.zeros((len(self.kept), len(columns), self.lines * 2 * groups))
        for sums, parts in zip(out, self.remaining(columns, rows), strict=True):
            for part in parts:
                place = part.place * groups + codes[part.event]
                for column, x in zip(sums, part.columns, strict=True):
                    column += np.bincount(place, x, len(column))
        whole = out.reshape(len(self.kept), len(columns), self.lines, 2, groups)
        return whole.transpose(1, 4, 2, 3, 0)

    def remaining(
        self, columns: tuple[int, ...], rows: Rows = EVERY, *, other: bool = False
    ) -> Iterator[Sequence[Remaining]]:
        """What is left of all events or some rows at the end of each period kept, on the lines read or the other side's."""
        line = (self.other if other else self.line)[rows]
        at: Rows = EVERY
        if not (len(line) and line.min() >= 0):
            at = on_line = np.flatnonzero(line >= 0)
            rows, line = _some_of(rows, on_line), line[on_line]
        special = np.zeros(1, dtype=bool) if self.special is None else self.special[rows]
        if not special.any():
            yield from ([part] for part in self._dated(columns, rows, at, line, other))
            return
        dated, lasting = (
            (_some_of(rows, some), _some_of(at, some), line[some], other)
            for some in (np.flatnonzero(~special), np.flatnonzero(special))
        )
        yield from zip(self._dated(columns, *dated), self._lasting(columns, *lasting), strict=True)

    def _masses(self, rows: Rows, line: np.ndarray, other: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Place of each row, its weight and its mass."""
        value = self.events.value[rows]
        weight = (self.events.weight if other else self.weight)[rows]
        mass = np.abs(value) * weight if other else self.mass[rows]
        return line * 2 + (value < 0), weight, mass

    def _dated(
        self, columns: tuple[int, ...], rows: Rows, at: Rows, line: np.ndarray, other: bool
    ) -> Iterator[Remaining]:
        """`remaining` of events that do not stand and whose day is known."""
        place, weight, mass = self._masses(rows, line, other)
        day, half_life = self.events.day[rows], self.half_life[rows]
        for t in self.kept:
            booked, left = left_of_days(day, half_life, int(t), self.decay, self.ends)
            yield Remaining(at, place, _columns(columns, booked, left, weight, mass))

    def _lasting(
        self, columns: tuple[int, ...], rows: np.ndarray, at: np.ndarray, line: np.ndarray, other: bool
    ) -> Iterator[Remaining]:
        """`remaining` of events that stand, or whose day is not known."""
        events = self.events.pick(rows)
        cut = portions(events, self.rates.standing_rows(events), self.rates.of(events), self.ends)
        own = cut.left(self.rates.half_lives)
        e = cut.event
        place, weight, mass = (x[e] for x in self._masses(rows, line, other))
        for t in self.kept:
            booked, left = cut.still_in_force(own, int(t), self.decay, self.rates.half_lives, self.ends)
            yield Remaining(at[e], place, _columns(columns, booked, left, weight, mass))

    def stocks(
        self,
        sums: np.ndarray,
        unseen: np.ndarray | None = None,
        *,
        columns: tuple[int, ...] | None = None,
        dispersed: bool = True,
    ) -> PartyStocks:
        """Stocks (V, S, J, K, T) of versions given as sums, with what may have gone unseen beside them."""
        S, J, K = (len(names) for names in (self.parties.actors, self.parties.partners, self.parties.domains))
        _, V, L, _, T = sums.shape
        columns = self.score.reads if columns is None else columns
        table = _by_name(sums, columns)
        if isinstance(self.decay, Saturating):
            flows = np.stack(table)
            saturate(flows.reshape(6, V * L, T).swapaxes(1, 2), self.decay.limit)
            table = list(flows)
        if unseen is not None:
            table = [x + more for x, more in zip(table, _by_name(unseen, columns), strict=True)]
        if 3 in columns and dispersed:
            whole = np.stack(table).reshape(6, V * S * J, K, T)
            inflate_squares(whole, self.decay, self.parties.domains)
            table = list(whole)
        return PartyStocks(*(x.reshape(V, S, J, K, T) for x in table))

    def reading(self, sums: np.ndarray, unseen: np.ndarray | None = None) -> Reading:
        """Score of versions given as sums, at the periods asked for."""
        found = self.score.scored(self.stocks(sums, unseen), self.parties)
        if len(self.asked) == len(self.kept) and (np.diff(self.asked) > 0).all():
            return found
        untold = np.broadcast_to(found.untold, found.score.shape)
        return Reading(found.domains, *(of[..., self.asked] for of in (found.score, found.n, untold)))


class Remaining(NamedTuple):
    """What is left of events at the end of one period, in parts (M,): of which event, on which line and side of 0."""

    event: Rows
    place: np.ndarray  # line * 2, and 1 more for an event below 0
    columns: list[np.ndarray | None]  # some of `COLUMNS`; None where each counts 1


def _some_of(rows: Rows, at: np.ndarray) -> np.ndarray:
    """The rows at some places among rows that are themselves some of all."""
    return at if isinstance(rows, slice) else rows[at]


def _columns(
    columns: tuple[int, ...],
    booked: np.ndarray | None,
    left: np.ndarray,
    weight: np.ndarray,
    mass: np.ndarray,
) -> list[np.ndarray | None]:
    factors = (None, weight, mass, mass * mass if 3 in columns else None)
    return [booked if column == 0 else factors[column] * left for column in columns]


def _by_name(sums: np.ndarray, columns: tuple[int, ...]) -> list[np.ndarray]:
    """Sums (F, V, L, 2, T) as n, weight, cooperation, its squares, conflict and its squares, (V, L, T) each."""
    table = [np.broadcast_to(0.0, (*sums.shape[1:3], sums.shape[-1]))] * 6
    for column, x in zip(columns, sums, strict=True):
        if column < 2:
            table[column] = x[..., 0, :] + x[..., 1, :]
        else:
            table[column], table[column + 2] = x[..., 0, :], x[..., 1, :]
    return table


def _kept_periods(span: Span, decay: Decay, window: int) -> np.ndarray:
    """Positions of the periods whose stocks the periods asked for need, (T,)."""
    if window <= 1 and not isinstance(decay, Saturating):
        return np.unique(span.at)
    first = 0 if isinstance(decay, Saturating) else max(0, int(span.at.min()) - window + 1)
    return np.arange(first, int(span.at.max()) + 1)


def _lines(events: Events, parties: Parties, way: str) -> tuple[np.ndarray, np.ndarray]:
    """Line of each event on the side that is read, and on the other, (N,) each, -1 where it has none."""
    me, partner = (np.full(len(events.actors), -1, dtype=np.int64) for _ in range(2))
    for place, names in ((me, parties.actors), (partner, parties.partners)):
        codes, at = _codes_and_places(names, events.actors)
        place[codes] = at
    forth = (me[events.source] >= 0) & (partner[events.target] >= 0)
    near, far = np.where(forth, (events.source, events.target), (events.target, events.source))
    line = (me[near] * len(parties.partners) + partner[far]) * len(parties.domains) + events.domain
    if way == "both":
        return line, np.full(len(line), -1)
    read = events.mutual | (forth == (way == "out"))
    return np.where(read, line, -1), np.where(events.mutual | ~read, line, -1)


def _before_and_after(sums: np.ndarray, first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of all groups before each group, added to `first`, and of all after it, added to `last`; `sums` (F, G, ...)."""
    before, after = np.zeros_like(sums), np.zeros_like(sums)
    np.cumsum(sums[:, :-1], axis=1, out=before[:, 1:])
    np.cumsum(sums[:, :0:-1], axis=1, out=after[:, -2::-1])
    before += first
    after += last
    return before, after


def _prior(score: Shipped, factual: Events) -> np.ndarray:
    """Mass by which an alignment is shrunk in each domain, (K,)."""
    if not isinstance(score, AlignmentOf):
        return np.zeros(len(factual.domains))
    if score.prior is not None:
        return np.full(len(factual.domains), float(score.prior))
    return mean_event_mass(booked(factual), directed=score.directed)


def typical_event(events: Events, *, directed: bool) -> np.ndarray:
    """Mean mass, squared mass and weight of the events of a table that have any mass, (3,); 0 where none has.

    A mutual act is one each way; where acts are read without their direction it is one event of both its sides' mass.
    """
    sums = np.zeros(4)
    for rows in blocks(len(events)):
        twice = 1.0 + events.mutual[rows]
        each, size = (twice, events.weight[rows]) if directed else (1.0, twice * events.weight[rows])
        mass = np.abs(events.value[rows]) * size
        some = (mass > 0) * each
        sums += some.sum(), some @ mass, some @ mass**2, some @ size
    return np.asarray(sums[1:] / max(sums[0], 1.0))


def _partners(events: Events, score: Shipped) -> tuple[str, ...]:
    """Partners whose ties are read: those named, then all others that occur, and at least one that could."""
    named = named_partners(score)
    if score.partners is not None:
        return named
    occurs = np.zeros(len(events.actors), dtype=bool)
    occurs[events.source], occurs[events.target] = True, True
    others = [at for at, name in enumerate(events.actors) if name not in (*named, score.actor)]
    return named + tuple(events.actors[at] for at in others if occurs[at] or at == others[0])


def no_event_error(score: Shipped) -> OptionError:
    """Error for a score whose actor has no event with any partner it reads."""
    partners = " or ".join(repr(name) for name in score.partners) if score.partners else "anyone"
    return OptionError(f"no event joins {score.actor!r} and {partners}.")


def touching_rows(events: Events, score: Shipped) -> np.ndarray:
    """Positions of the events between a score's actors and its partners."""
    named = named_partners(score)
    partners, _ = _codes_and_places(named, events.actors)
    if len(partners):
        note_silent(named, events.actors)
    side = np.zeros(len(events.actors), dtype=np.int8)  # 1: an actor of the score, 2: a partner
    side[partners if score.partners is not None else slice(None)] = 2
    side[_codes_and_places(focal_actors(score, events.actors), events.actors)[0]] = 1
    return np.flatnonzero((side[events.source] | side[events.target]) == 3)


def _codes_and_places(names: Sequence[str], actors: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Codes of those names that events have, and their places among the names; refuses what is no state either."""
    silent = silent_states(names, actors)
    codes = [(actors.index(name), at) for at, name in enumerate(names) if name not in silent]
    return tuple(np.array(codes, dtype=np.int64).reshape(-1, 2).T)  # type: ignore[return-value]


ENDS = ("until", "until_precision", "settled")  # columns of events that say how what stands ends


class Resettled(NamedTuple):
    """Rows of families that end otherwise once a group of events is gone, and how they end then, (R,) each."""

    row: np.ndarray
    group: np.ndarray
    until: np.ndarray
    until_precision: np.ndarray
    settled: np.ndarray

    def at(self, which: np.ndarray | slice) -> Resettled:
        """Some of the rows."""
        return Resettled(*(column[which] for column in self))


def settled_without(events: Events, codes: np.ndarray) -> Resettled:
    """What ends otherwise without each group of events; `codes` (N,) are below 0 where an event is in none."""
    family = events.family
    standing = np.flatnonzero((family >= 0) & events.standing)
    source, target = events.source[standing], events.target[standing]
    low, high = np.minimum(source, target), np.maximum(source, target)
    lines = np.stack([low, high, events.domain[standing], family[standing]])
    line = np.unique(lines, axis=1, return_inverse=True)[1].reshape(-1)
    none = np.empty(0, dtype=np.int64)
    found = [(none, none, *(getattr(events, name)[:0] for name in ENDS))]
    for code in np.unique(codes[standing]):
        gone = codes[standing] == code
        rest = standing[np.isin(line, line[gone]) & ~gone]
        if code < 0 or not len(rest):
            continue
        anew = events.take(rest)
        changed = [getattr(anew, name) != getattr(events, name)[rest] for name in ENDS]
        other = np.flatnonzero(np.any(changed, axis=0))
        ends = (getattr(anew, name)[other] for name in ENDS)
        found.append((rest[other], np.full(len(other), code), *ends))
    return Resettled(*(np.concatenate(column) for column in zip(*found, strict=True)))
