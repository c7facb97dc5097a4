"""Where each event's mass lands, for any half-life and any value of its kind, and how sure the sums of it are.

The ledger keeps sums for one half-life and one codebook. Here the same postings are kept apart (a few for
each event), so that a thousand other choices cost a thousand columns and no second pass over the events.

Letters for shapes: N events, M portions, L lines (a pair in a domain), C cells (what one unit posts in a line with one
sign), U units (events whose sum is drawn by one chance), R rates of fading, T periods, B draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignscore.axes import Freq, distinct_dyads
from alignscore.codebook import Codebook
from alignscore.dates import span_starts
from alignscore.decay import Decay, HalfLife, decay_of, fade_each, half_life_years
from alignscore.errors import OptionError, need, nothing_to_post
from alignscore.events import Events
from alignscore.intervals import evidence_of, ratio
from alignscore.ledger import Ledger
from alignscore.ledger.cells import Portions, Rates, portions
from alignscore.ledger.clusters import Cluster, Clustered, cluster_codes, pairs_in_domain
from alignscore.ledger.sums import occurring_dyads
from alignscore.ledger.ties import Ties, in_force
from alignscore.uncertainty.sampling import Law, factors
from alignscore.values import Frozen, add_rows, once, run_starts


@dataclass(frozen=True, eq=False, repr=False)
class Together(Frozen):
    """Pairs of events of one cluster in one line, whose products stand beside the squares (`Ledger.post`).

    Q pairs and their P portions.
    """

    later: np.ndarray  # (Q,) events
    earlier: np.ndarray
    weight: np.ndarray  # (Q,) product of both
    kept: np.ndarray  # (Q,) of the product, where the later event begins, at the central choice
    parts: Portions  # ascending by rate, period and cell; their events are the pairs
    cell: np.ndarray  # (P,)

    @classmethod
    def from_pairs(
        cls, events: Events, pairs: Clustered, earlier: np.ndarray, cell: np.ndarray, ends: np.ndarray
    ) -> Together:
        """Cut pairs, each of a cell (Q,), at the given period ends."""
        weight = events.weight[pairs.row] * events.weight[earlier]
        whole = weight * np.abs(events.value[pairs.row] * events.value[earlier])
        parts = portions(pairs, pairs.stands, pairs.rate, ends)
        order = np.lexsort((cell[parts.event], parts.period, parts.rate))
        parts = Portions(*(column[order] for column in parts))
        return cls(pairs.row, earlier, weight, pairs.mass / whole, parts, cell[parts.event])

    def products(self, size: np.ndarray, stretch: np.ndarray, half_lives: np.ndarray) -> np.ndarray:
        """What each portion adds to the squares, (P, B): twice the product, at values of events (N, B)."""
        both = 2 * self.weight[:, None] * size[self.later] * size[self.earlier]
        both *= self.kept[:, None] ** (1 / stretch)
        return np.asarray(self.parts.left(half_lives[:, None] * stretch) * both[self.parts.event])


@dataclass(frozen=True, eq=False, repr=False)
class EventPostings(Frozen):
    """Postings of every event, kept apart: the sums of a ledger before adding up.

    Cells are those of cooperation first, each part ascending by line.
    """

    pairs: np.ndarray  # (D, 2) codes of actors; undirected pairs have each once
    K: int  # domains; a line is pair * K + domain
    ends: np.ndarray  # (T,) last day of each period; what happened before the first is carried into it
    half_lives: np.ndarray  # (R,) days at the central choice; the first, infinite, is of what stands
    parts: Portions  # (M,) ascending by rate, period and cell
    line: np.ndarray  # (M,)
    cell: np.ndarray  # (M,)
    cell_line: np.ndarray  # (C,)
    cell_unit: np.ndarray  # (C,)
    friendly: int  # how many of the cells are of cooperation
    units: np.ndarray  # (U,) numbers of the units that post, among those of all tables drawn together
    together: Together | None  # of clusters told
    kind: np.ndarray  # (N,)
    weight: np.ndarray  # (N,) counts a mutual act twice where pairs are undirected
    value: np.ndarray  # (N,)
    decay: HalfLife
    line_years: np.ndarray  # (L,) half-life of each line's domain

    @classmethod
    def from_events(
        cls, events: Events, decay: HalfLife, ends: np.ndarray, unit: np.ndarray, *,
        directed: bool = False, cluster: Cluster | None = None,
    ) -> EventPostings:  # fmt: skip
        """Cut events at the given period ends (T,), days since 1970-01-01; `unit` (N,) as of `units_of`."""
        if not len(events):
            raise nothing_to_post()
        rates = Rates.make(decay, events.codebook)
        parts = portions(events, events.standing, rates.of(events), ends)
        pairs, pair, parts = _pairs(events, parts, directed=directed)
        K = len(events.domains)
        line = pair * K + events.domain[parts.event]
        units, own = np.unique(unit[parts.event], return_inverse=True)
        hostile = (events.value < 0)[parts.event]
        keys = (hostile * (len(pairs) * K) + line) * len(units) + own.reshape(-1)
        keys, cell = np.unique(keys, return_inverse=True)
        line_of, unit_of = np.divmod(keys, len(units))
        order = np.lexsort((cell, parts.period, parts.rate))
        together = None
        codes = None if cluster is None else cluster_codes(events, cluster)
        found = None if codes is None else pairs_in_domain(events, codes, rates, directed=directed)
        if found is not None:
            both, earlier = found
            ways = np.stack([both.source, both.target])
            a, b = ways if directed else np.sort(ways, axis=0)
            place = np.searchsorted(pairs @ (len(events.actors), 1), a * len(events.actors) + b)
            place = both.negative * (len(pairs) * K) + place * K + both.domain
            place = place * len(units) + np.searchsorted(units, unit[both.row])
            together = Together.from_pairs(events, both, earlier, np.searchsorted(keys, place), ends)
        return cls(
            pairs=pairs, K=K, ends=ends, half_lives=rates.half_lives,
            parts=Portions(*(column[order] for column in parts)), line=line[order], cell=cell.reshape(-1)[order],
            cell_line=line_of % (len(pairs) * K), cell_unit=unit_of,
            friendly=int((line_of < len(pairs) * K).sum()), units=units, together=together, kind=events.kind,
            weight=events.weight * np.where(events.mutual & (not directed), 2.0, 1.0), value=events.value,
            decay=decay, line_years=np.tile(half_life_years(decay, events.domains), len(pairs)),
        )  # fmt: skip

    @property
    def shape(self) -> tuple[int, int]:
        """(T, L)."""
        return len(self.ends), len(self.pairs) * self.K

    def counts(self) -> np.ndarray:
        """Events booked so far in each line, (T, L); above 0 means something is known."""
        total = np.zeros(self.shape)
        new = _that_begin(self.parts)
        np.add.at(total, (self.parts.period[new], self.line[new]), self.parts.n[new])
        return np.cumsum(total, axis=0)

    # ---- sums ------------------------------------------------------------------------------------------
    def stocks(
        self,
        *,
        stretch: np.ndarray | float = 1.0,
        factor: np.ndarray | None = None,
        normal: np.ndarray | None = None,
        law: Law = "gamma",
    ) -> dict[str, np.ndarray]:
        """Stocks C and K at every period's end with their squares, each (T, L, B or 1).

        Parameters
        ----------
        stretch : ndarray, (B,)
            Multiple of every half-life.
        factor : ndarray, (kinds + 1, B), optional
            Multiple of each kind's value, the last row for events without kind; values stay within 10.
        normal : ndarray, (T, units, B), optional
            The chance of each unit (`sampling.paths`). C and K are then draws, and those expected stand beside them
            as cooperation_expected and conflict_expected.
        """
        stretch = np.atleast_1d(np.asarray(stretch, dtype=float))
        size = np.abs(self.value)[:, None]
        if factor is not None:
            size = np.minimum(size * factor[self.kind], np.maximum(size, 10.0))
        mass = (size * self.weight[:, None])[self.parts.event]
        left = self._left(stretch)
        expected = self._sum(self.parts, self.cell, len(self.cell_line), left * mass, stretch)
        square = self._squares(left * mass**2, size, stretch)
        out = {}
        sides = slice(0, self.friendly), slice(self.friendly, None)
        for name, side in zip(("cooperation", "conflict"), sides, strict=True):
            out[name], out[f"{name}2"] = (self._by_line(sums, side) for sums in (expected, square))
        more = self._dispersion(out, stretch)
        if more is not None:
            for name in ("cooperation2", "conflict2"):
                out[name] *= more
        if normal is None:
            return out
        evidence = self._evidence(expected, square, more)
        drawn = factors(normal[:, self.units[self.cell_unit]], evidence, law)
        drawn *= expected
        for name, side in zip(("cooperation", "conflict"), sides, strict=True):
            out[f"{name}_expected"] = out[name]
            out[name] = self._by_line(drawn, side)
        return out

    def _squares(self, square: np.ndarray, size: np.ndarray, stretch: np.ndarray) -> np.ndarray:
        """Sums of squares of each cell in force, (T, C, B), of those that portions book, (M, B), and of clusters."""
        total = self._sum(self.parts, self.cell, len(self.cell_line), square, stretch)
        if self.together is not None:
            products = self.together.products(size, stretch, self.half_lives)
            pairs, cell = self.together.parts, self.together.cell
            total += self._sum(pairs, cell, len(self.cell_line), products, stretch)
        return total

    def _evidence(self, expected: np.ndarray, square: np.ndarray, more: np.ndarray | None) -> np.ndarray:
        """Evidence in force of the unit of each cell, (T, C, B)."""
        evidence = evidence_of(expected, square)
        if more is not None:
            evidence /= more[:, self.cell_line]
        shared = np.flatnonzero(np.bincount(self.cell_unit)[self.cell_unit] > 1)
        if len(shared):  # an act in several domains: the mean of theirs by mass
            unit = self.cell_unit[shared]
            top, mass = (np.zeros((len(self.units), *expected.shape[::2])) for _ in range(2))
            np.add.at(top, unit, (expected * evidence)[:, shared].swapaxes(0, 1))
            np.add.at(mass, unit, expected[:, shared].swapaxes(0, 1))
            evidence[:, shared] = np.nan_to_num(ratio(top, mass))[unit].swapaxes(0, 1)
        return evidence

    def persistence(self) -> np.ndarray:
        """Correlation of each unit's sum with that of the period before, (T, U): l (V_(t-1) / V_t)^(1/2).

        V is its variance, the sum of squares in force, of which the part l V_(t-1) is not new.
        """
        size = np.abs(self.value)[:, None]
        central = np.ones(1)
        square = self._left(central) * (size * self.weight[:, None])[self.parts.event] ** 2
        booked = [(self.parts, self.cell, square)]
        if self.together is not None:
            products = self.together.products(size, central, self.half_lives)
            booked.append((self.together.parts, self.together.cell, products))
        new = np.zeros((len(self.ends), len(self.units)))
        for parts, cell, own in booked:
            fresh = _that_begin(parts)
            np.add.at(new, (parts.period[fresh], self.cell_unit[cell[fresh]]), own[fresh, 0])
        whole = self._by_unit(self._squares(square, size, central))[..., 0]
        out = np.zeros(whole.shape)
        root = np.sqrt(whole[1:] * whole[:-1])
        out[1:] = np.clip(np.nan_to_num(ratio(whole[1:] - new[1:], root)), 0.0, 1.0)
        return out

    def event_stocks(self) -> np.ndarray:
        """What is left of each event's own mass at every period's end, (N, T), at the central choice."""
        left = self._left(np.ones(1))
        lines = once(self.parts.event * self.shape[1] + self.line) // self.shape[1]
        own = np.abs(self.value) * self.weight / np.maximum(np.bincount(lines, minlength=len(self.weight)), 1)
        share = self._sum(self.parts, self.parts.event, len(own), left, np.ones(1))[..., 0].T
        return np.asarray(share * own[:, None])

    def _left(self, stretch: np.ndarray) -> np.ndarray:
        """Share of its event's mass, and of its square, that each portion books, (M, B)."""
        return self.parts.left(self.half_lives[:, None] * stretch)

    def _sum(
        self, parts: Portions, at: np.ndarray, many: int, landed: np.ndarray, stretch: np.ndarray
    ) -> np.ndarray:
        """Sums in force at every period's end, (T, many, B), of what portions book (M, B) at some of `many` places."""
        T = len(self.ends)
        total = np.zeros((T, many, landed.shape[1]))
        cut = np.searchsorted(parts.rate, np.arange(len(self.half_lives) + 1))
        for rate in range(1, len(self.half_lives)):
            rows = slice(cut[rate], cut[rate + 1])
            if rows.start == rows.stop:
                continue
            places, local = np.unique(at[rows], return_inverse=True)
            flow = np.zeros((T, len(places), landed.shape[1]))
            place = parts.period[rows] * len(places) + local.reshape(-1)
            add_rows(flow.reshape(T * len(places), -1), place, landed[rows])
            fade_each(flow, (self.ends - self.ends[0])[:, None] / (self.half_lives[rate] * stretch))
            total[:, places] += flow
        if cut[1]:  # what stands
            begin, until = parts.period[: cut[1]], parts.until[: cut[1]]
            alive = in_force(np.arange(cut[1]), begin, until, np.ones((cut[1], 1)), cut[1], T)[0].T
            changes = np.flatnonzero(np.append(True, (alive[1:] != alive[:-1]).any(axis=1)))
            for start, stop in zip(changes, np.append(changes[1:], T), strict=True):
                on = np.flatnonzero(alive[start])
                standing = np.zeros(total.shape[1:])
                add_rows(standing, at[on], landed[on])
                total[start:stop] += standing
        return total

    def _by_line(self, sums: np.ndarray, side: slice) -> np.ndarray:
        """Sums of cells of one sign (T, C, B) by line, (T, L, B)."""
        T, L = self.shape
        out = np.zeros((T, L, sums.shape[2]))
        line, sums = self.cell_line[side], sums[:, side]
        turn = np.arange(len(line)) - np.searchsorted(line, line)  # of each cell among those of its line
        for at in range(turn.max(initial=-1) + 1):
            rows = np.flatnonzero(turn == at)
            out[:, line[rows]] += sums[:, rows]
        return out

    def _by_unit(self, sums: np.ndarray) -> np.ndarray:
        """Sums of cells (T, C, B) by unit, (T, U, B)."""
        order = np.argsort(self.cell_unit, kind="stable")
        first = run_starts(self.cell_unit[order])
        return np.add.reduceat(sums[:, order], first, axis=1)

    def _dispersion(self, stocks: dict[str, np.ndarray], stretch: np.ndarray) -> np.ndarray | None:
        """What events that come in clusters multiply squares by (`HalfLife.inflation`), (T, L, B)."""
        if self.decay.dispersion is None:
            return None
        mass = stocks["cooperation"] + stocks["conflict"]
        evidence = evidence_of(mass, stocks["cooperation2"] + stocks["conflict2"])
        return self.decay.inflation(evidence, self.line_years[:, None] * stretch)


# ---- its steps ----------------------------------------------------------------------------------------
def _that_begin(parts: Portions) -> np.ndarray:
    """Portions of what begins in their period: not of acts that stood and fade from now on."""
    stood = np.isin(parts.event, parts.event[parts.rate == 0])
    return np.flatnonzero((parts.rate == 0) | ~stood)


def _pairs(events: Events, parts: Portions, *, directed: bool) -> tuple[np.ndarray, np.ndarray, Portions]:
    """Pairs (D, 2), the pair of each portion, and the portions: of directed pairs a mutual act has two sets."""
    source = events.source.astype(np.int64)
    target = events.target.astype(np.int64)
    if directed:
        back = np.flatnonzero(events.mutual[parts.event])
        a = np.concatenate([source[parts.event], target[parts.event[back]]])
        b = np.concatenate([target[parts.event], source[parts.event[back]]])
        parts = Portions(*(np.concatenate([column, column[back]]) for column in parts))
    else:
        a, b = np.minimum(source, target)[parts.event], np.maximum(source, target)[parts.event]
    return *distinct_dyads(a, b, len(events.actors)), parts


def begun_by(events: Events, end: int) -> np.ndarray:
    """Whether events begin by a day, (N,) of bool: only these have portions by then."""
    return np.asarray(span_starts(events.day, events.precision) <= end)


def lines_posted(events: Events, end: int, *, directed: bool) -> int:
    """Number of lines that the postings of events by a day have."""
    begun = events.pick(begun_by(events, end))
    source, target = np.divmod(occurring_dyads(begun), len(events.actors))
    if directed:
        return len(source) * len(events.domains)
    pairs = distinct_dyads(np.minimum(source, target), np.maximum(source, target), len(events.actors))[0]
    return len(pairs) * len(events.domains)


def units_of(events: Events, cluster: Cluster | None, *, directed: bool) -> np.ndarray:
    """Unit of each event, (N,): the events whose sum is drawn by one chance.

    These are the events of one pair, domain and sign, and where pairs are directed of one side, mutual acts apart. Acts, or
    clusters where these are told, that stand in several domains have units of their own, one for each set of domains.
    """
    low, high = np.minimum(events.source, events.target), np.maximum(events.source, events.target)
    side = np.where(events.mutual, 2, events.source < events.target) * directed
    where = np.stack([low, high, side, events.value < 0], axis=1)
    act = events.act if cluster is None else cluster_codes(events, cluster)
    keys = np.column_stack([where, _domains_of_act(events, act, where)])
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


def _domains_of_act(events: Events, act: np.ndarray | None, where: np.ndarray) -> np.ndarray:
    """A number for the set of domains in which the act of each event stands, (N,): of one, that domain.

    Rows are one act where they share its number in `act` (N,) and what `where` (N, 4) says.
    """
    if act is None:
        return events.domain.astype(np.int64)
    act = np.unique(np.column_stack([act, where]), axis=0, return_inverse=True)[1].reshape(-1)
    stands = np.zeros((act.max() + 1, len(events.domains)), dtype=bool)
    stands[act, events.domain] = True
    several = stands.sum(axis=1) > 1
    group = np.unique(stands, axis=0, return_inverse=True)[1].reshape(-1)
    return np.where(several[act], len(events.domains) + group[act], events.domain)


def clustered_ties(
    events: Events, *, cluster: Cluster = "event_id", decay: HalfLife | None = None, freq: Freq = "Y"
) -> Ties:
    """Ties in which the events of one episode are one piece of evidence: `Ledger.post` with `cluster`, undirected.

    Parameters
    ----------
    events : Events
    cluster : {'event_id', 'day', 'source'}
        What makes events dependent.
    decay : HalfLife, optional
        The default of the codebook where not given (`Ledger.post`).
    freq : {'Y', 'Q', 'M', 'W', 'D'}

    Returns
    -------
    Ties
        Undirected: `hedging` with ``direction='both'``, `alignment` with ``directed=False``.

    Raises
    ------
    OptionError
        An unknown cluster, a decay that is no half-life, or no event ids to cluster by.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> plain, tied = Ledger.post(asean()).ties().undirected(), clustered_ties(asean(), cluster="source")
    >>> bool((tied.evidence <= plain.evidence + 1e-9).all()), bool(np.allclose(tied.cooperation, plain.cooperation))
    (True, True)
    """
    need(events, Events)
    decay = faded_only(decay, events.codebook)
    return Ledger.post(events, freq=freq, decay=decay, cluster=cluster).ties().undirected()


def faded_only(decay: Decay | None, codebook: Codebook) -> HalfLife:
    """The half-life given, the codebook's where none is; other ways of fading have none to vary."""
    decay = decay_of(decay, codebook.decay)
    if not isinstance(decay, HalfLife):
        raise OptionError(f"decay is {decay!r}; this needs a HalfLife (infinite for no fading).")
    return decay
