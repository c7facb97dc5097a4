"""Ties: cooperation and conflict in force between actors at the end of each period, and how they come from a ledger.

Letters for shapes: F stocks (n, weight, cooperation and its squares, conflict and its squares), M cells, D dyads,
K domains, L lines (a dyad in a domain), T periods; J dyads of which some acts are shared, Q pairs of domains.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import pandas as pd

from alignscore import display
from alignscore.actors import note_silent, silent_states
from alignscore.axes import Axes, codes_among, distinct_dyads, dyads_of, keys_of, make_periods, period_of
from alignscore.decay import POWERS, Window, accumulate, dispersed, inflate_squares
from alignscore.errors import LedgerError, OptionError, one_of, several
from alignscore.intervals import evidence_of
from alignscore.ledger.cells import SUMS, Cells, Coordinates, mean_event_mass, pair_lines
from alignscore.results import label_frame, tidy
from alignscore.values import FRAME_METHODS, Frozen, need_memory

Direction = Literal["both", "out", "in"]
ALL = slice(None)
SMALL = 1 << 16  # cells of ties whose views are kept: three megabytes
BLOCK = 1 << 15  # cells of a sum worked on at a time


@dataclass(frozen=True, eq=False, repr=False)
class Joint(Frozen):
    """Sums of m_a m_b of acts that stand in two domains a < b, faded as squares are: what makes them one piece of evidence.

    Attributes
    ----------
    keys : ndarray of int64, (J,)
        Dyads source * A + target that have any, ascending; of undirected ties low * A + high.
    cooperation, conflict : ndarray, (J, Q, T)
        Pairs of the K domains in the order of ``numpy.triu_indices(K, 1)``. Acts of one sign in one domain and of
        the other in another count in neither.
    """

    keys: np.ndarray
    cooperation: np.ndarray
    conflict: np.ndarray

    def of(self, dyads: np.ndarray, actors: int, *, directed: bool) -> tuple[np.ndarray, np.ndarray]:
        """Positions among some dyads (D, 2) that have shared acts, and their places in `keys`; pairs have no order."""
        key = keys_of(dyads if directed else np.sort(dyads, axis=1), actors)
        at = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        rows = np.flatnonzero(self.keys[at] == key)
        return rows, at[rows]

    def among_actors(self, before: tuple[str, ...], after: tuple[str, ...]) -> Joint:
        """The same where more actors are known, in the order of their labels as before."""
        codes = codes_among(before, after)
        low, high = np.divmod(self.keys, len(before))
        return replace(self, keys=codes[low] * len(after) + codes[high])

    def among(self, domains: list[int], K: int, periods: slice) -> Joint | None:
        """The same of some of K domains, in their order, and of some periods; None of one domain."""
        place = pair_lines(K, apart=True)
        a, b = np.triu_indices(len(domains), 1)
        if not len(a):
            return None
        kept = place[np.array(domains)[a], np.array(domains)[b]]
        return Joint(self.keys, *(x[:, kept, periods] for x in (self.cooperation, self.conflict)))


@dataclass(frozen=True, eq=False, repr=False)
class Ties(Frozen):
    """Stocks per (dyad, domain, period): what has happened, faded to each period's end.

    Attributes
    ----------
    axes : Axes
        Undirected ties have each pair once, in label order.
    n : ndarray, (D, K, T)
        Events booked so far (in the window, for `Window`); 0 means nothing is known.
    weight : ndarray, (D, K, T)
        Sum of event weights in force.
    cooperation, conflict : ndarray, (D, K, T)
        Sums C and K of event masses in force, never netted.
    cooperation2, conflict2 : ndarray, (D, K, T)
        Sums of their squares, faded once, as the masses are: an event of which a share l is left adds m l to C
        and m^2 l to its squares.
    directed : bool
    ledger : Cells
        What the ties were drawn from.
    joint : Joint or None
        What acts that stand in two domains add to the covariance of their sums; None where there are none.

    See Also
    --------
    alignscore.alignment, alignscore.hedging : what ties say.
    """

    GUESSES: ClassVar[Mapping[str, str]] = FRAME_METHODS | {
        "of": "between('KHM', 'CHN')",
        "plot": "alignment(ties).plot()",
    }
    MADE_BY: ClassVar[str] = "ledger.ties()"

    axes: Axes
    n: np.ndarray
    weight: np.ndarray
    cooperation: np.ndarray
    cooperation2: np.ndarray
    conflict: np.ndarray
    conflict2: np.ndarray
    directed: bool
    ledger: Cells
    joint: Joint | None = None

    @classmethod
    def from_ledger(cls, ledger: Cells, *, end: object | None = None, directed: bool = True) -> Ties:
        """Balances of a ledger up to a period, its last one where not given."""
        one_of("directed", directed, (True, False))
        axes, stocks, joint = balances(ledger, end, directed=directed)
        named = dict(zip(SUMS, stocks, strict=True))
        return cls(axes=axes, **named, directed=directed, ledger=ledger, joint=joint)

    # ---- views --------------------------------------------------------------------------------
    def undirected(self) -> Ties:
        """Both directions of each pair added.

        A mutual act is booked in both, so its mass is that of two acts, one of each side; `n` counts it as
        one event, and its two halves err together.
        """
        if self.directed:
            return self._cached("_once", lambda: self._view_of(self.ledger, directed=False))
        if not self._stand_both_ways:
            return self
        return self._selected(np.flatnonzero(self.axes.dyads[:, 0] < self.axes.dyads[:, 1]))

    def both_ways(self) -> Ties:
        """Undirected ties with each pair standing in both directions, so that a row is a state's own."""
        return self if self._stand_both_ways else self._cached("_twice", self._in_both_directions)

    @property
    def _stand_both_ways(self) -> bool:
        """Whether these are undirected ties that `both_ways` has made: others have each pair once, in label order."""
        return not self.directed and bool((self.axes.dyads[:, 0] > self.axes.dyads[:, 1]).any())

    def _cached(self, name: str, make: Callable[[], Ties]) -> Ties:
        """A view that every measure asks for anew, kept where ties are so small that a second copy is nothing."""
        kept: Ties | None = vars(self).get(name)
        if kept is None:
            kept = make()
            if kept.n.size <= SMALL:
                object.__setattr__(self, name, kept)
        return kept

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_once", "_twice")}

    def _in_both_directions(self) -> Ties:
        once = self.undirected()
        axes, at = once.axes.both_ways()
        return replace(once, axes=axes, **{name: getattr(once, name)[at] for name in SUMS})

    def within_periods(self) -> Ties:
        """What happened in each period alone, and what stands at its end: acts of earlier periods are left out."""
        return self._view_of(replace(self.ledger, decay=Window(periods=1)))

    def project(self, to: object) -> Ties:
        """Balances carried forward to a later period with no new events: what would be left.

        Acts fade, mechanisms in force stay until their known end.

        Parameters
        ----------
        to : period, date or year

        Raises
        ------
        LedgerError
            `to` lies before the ties' last period, or the ledger holds events after that period: they
            would be carried too.

        Examples
        --------
        >>> from alignscore.datasets import asean
        >>> from alignscore.ledger import Ledger
        >>> ties = Ledger.post(asean()).ties().project(to=2030)
        >>> str(ties.axes.periods[-1])
        '2030'
        """
        wanted = period_of(to, self.axes.freq)
        if wanted < self.axes.periods[-1]:
            raise LedgerError(f"cannot project to {wanted}: the ties already reach {self.axes.periods[-1]}.")
        if self.axes.periods[-1] < self.ledger.last:
            end = self.axes.periods[-1].end_time.date()
            raise LedgerError(
                f"the ledger holds events up to {self.ledger.last}, later than the ties' last period: they would "
                f"be carried too. Post what was known then: Ledger.post(events.up_to('{end}'))."
            )
        return self._view_of(self.ledger, end=wanted)

    def at_rate(self, rate: int) -> Ties:
        """These ties with the events of one half-life alone: place `rate` in the ledger's `half_lives`, 0 what stands."""
        ledger = self._own_cells(self.ledger, directed=self.directed)
        keep = ledger.coordinates().rate == rate
        both = ledger.grid.joint().coordinates(ledger.joint_cells).rate == rate
        alone = replace(
            ledger, cells=ledger.cells[keep], sums=ledger.sums[keep],
            joint_cells=ledger.joint_cells[both], joint=ledger.joint[both],
        )  # fmt: skip
        return self._view_of(alone)

    def _view_of(self, ledger: Cells, *, end: object | None = None, directed: bool | None = None) -> Ties:
        """Pairs, domains and first period of these ties, of a whole ledger's; up to their end where none is given."""
        end = self.axes.periods[-1] if end is None else end
        directed = self.directed if directed is None else directed
        own = self._own_cells(ledger, directed=directed)
        return self._narrowed(replace(Ties.from_ledger(own, end=end, directed=directed), ledger=ledger))

    def _narrowed(self, whole: Ties) -> Ties:
        """Ties in the domains of these, from their first period on."""
        domains = [whole.axes.domain(name) for name in self.axes.domains]
        return whole._selected(domains=domains, periods=slice(whole.axes.period(self.axes.periods[0]), None))

    def _own_cells(self, ledger: Cells, *, directed: bool) -> Cells:
        """A ledger's cells of the pairs of these ties alone, of which a view costs no more than they are."""
        mine, theirs = self.axes.dyads, ledger.axes.dyads
        if np.array_equal(mine, theirs):
            return ledger
        if not directed:
            mine, theirs = np.sort(mine, axis=1), np.sort(theirs, axis=1)
        A = len(self.axes.actors)
        kept = np.flatnonzero(np.isin(keys_of(theirs, A), keys_of(mine, A)))
        return ledger if len(kept) == len(theirs) else ledger.of_dyads(kept)

    def between(self, a: object, b: object) -> Ties:
        """Ties of one pair only, both directions where directed; shares of all ties are then of this pair.

        Of a state that no event names nothing is known: what rests on such a pair is NaN, and a `SilentActorWarning`
        says so.

        Raises
        ------
        UnknownLabelError
            An actor that is neither in the ties nor a state.
        OptionError
            The two are in the ties and never meet in the events, or are one.
        """
        if silent_states([a, b], self.axes.actors):
            return self.naming([a, b])._of_strangers(str(a), str(b))
        both = self.axes.actor_codes([a, b])
        rows = np.sort(self.axes.dyads_between(both, both[::-1]))
        if rows[-1] < 0:
            raise OptionError(f"no event joins {a!r} and {b!r}.")
        return self._selected(rows[rows >= 0])

    def _touching(self, actors: np.ndarray) -> Ties:
        """Ties of some actors, by their codes, with anybody: a view of these costs what they do.

        Few ties are handed back as they are, since their views are kept.
        """
        if self.n.size <= SMALL:
            return self
        touched = np.isin(self.axes.dyads, actors).any(axis=1)
        return self._selected(np.flatnonzero(touched))

    def _of_strangers(self, a: str, b: str) -> Ties:
        """Ties of two that no event joins, in which nothing is in force."""
        both = np.sort(self.axes.actor_codes([a, b]))
        if both[0] == both[1]:
            raise OptionError(f"no event joins {a!r} and {b!r}.")
        axes = replace(self.ledger.axes, dyads=np.stack([both, both[::-1]]))
        ledger = replace(self.ledger.of_dyads(np.empty(0, dtype=np.int64)), axes=axes)
        return self._narrowed(Ties.from_ledger(ledger, end=self.axes.periods[-1], directed=self.directed))

    def select(
        self,
        *,
        actors: Iterable[object] | None = None,
        domains: Iterable[str] | None = None,
        periods: Any | None = None,
    ) -> Ties:
        """Ties among some actors, in some domains, at some successive periods.

        `periods` is a label, a slice of labels whose both ends count, or a PeriodIndex. What a score relates
        to all (exposure, influence, excess, engagement) it then relates to the selection.

        Raises
        ------
        UnknownLabelError
            An actor that is neither in the ties nor a state, or a domain that is not in the ties.
        OptionError
            A domain named twice, periods outside the ties, backward, or with gaps.
        """
        dyads: Any = ALL
        if actors is not None:
            wanted = several(actors)
            if silent := silent_states(wanted, self.axes.actors):
                return self.naming(silent).select(actors=wanted, domains=domains, periods=periods)
            inside = np.zeros(len(self.axes.actors), dtype=bool)
            inside[self.axes.actor_codes(wanted)] = True
            dyads = np.flatnonzero(inside[self.axes.dyads].all(axis=1))
        kept = ALL if domains is None else [self.axes.domain(name) for name in several(domains)]
        if isinstance(kept, list) and len(set(kept)) < len(kept):
            raise OptionError("domains names one of them twice; it would count twice in every composite.")
        return self._selected(dyads, kept, self._span(periods))

    def naming(self, labels: Iterable[object]) -> Ties:
        """The same ties, with states among the actors that no event names; a `SilentActorWarning` says which.

        Raises
        ------
        UnknownLabelError
            A label that is neither an actor of the ties nor a state.
        """
        silent = note_silent(labels, self.axes.actors)
        if not silent:
            return self
        ledger = replace(self.ledger, axes=self.ledger.axes.with_actors(silent))
        axes = self.axes.with_actors(silent)
        joint = None if self.joint is None else self.joint.among_actors(self.axes.actors, axes.actors)
        return replace(self, axes=axes, ledger=ledger, joint=joint)

    def _span(self, periods: Any | None) -> slice:
        if periods is None:
            return ALL
        if isinstance(periods, pd.PeriodIndex):
            if not len(periods) or (np.diff(periods.asi8) != 1).any():
                raise OptionError(
                    "periods must follow each other without gaps; give their first and last as a slice."
                )
            periods = slice(periods[0], periods[-1])
        if not isinstance(periods, slice):
            periods = slice(periods, periods)
        first = 0 if periods.start is None else self.axes.period(periods.start, first=True)
        last = len(self.axes.periods) - 1 if periods.stop is None else self.axes.period(periods.stop)
        if last < first or periods.step not in (None, 1):
            raise OptionError(f"periods {periods.start}..{periods.stop} must run forward, one by one.")
        return slice(first, last + 1)

    def _selected(self, dyads: Any = ALL, domains: Any = ALL, periods: slice = ALL) -> Ties:
        dyads, domains = (_of_all(which, n) for which, n in zip((dyads, domains), self.n.shape, strict=False))
        K = len(self.axes.domains)
        which = list(range(K)[domains]) if isinstance(domains, slice) else domains
        names = tuple(self.axes.domains[at] for at in which)
        axes = Axes(self.axes.actors, self.axes.dyads[dyads], names, self.axes.periods[periods])
        stocks = {name: getattr(self, name)[dyads][:, domains][:, :, periods] for name in SUMS}
        joint = None if self.joint is None else self.joint.among(which, K, periods)
        return replace(self, axes=axes, **stocks, joint=joint)

    # ---- doors out ------------------------------------------------------------------------------
    @property
    def evidence(self) -> np.ndarray:
        """Evidence in force behind C + K, in events: (C + K)^2 / (C2 + K2), (D, K, T); 0 where there is none.

        An event of which half has faded is half an event; what stands counts in full while it stands. Free of
        the unit of the weights.
        """
        return evidence_of(self.cooperation + self.conflict, self.cooperation2 + self.conflict2)

    @property
    def clustered(self) -> bool:
        """Whether evidence counts clusters of events, by the decay's dispersion."""
        return dispersed(self.ledger.decay)

    @property
    def n_eff(self) -> np.ndarray:
        """`evidence` by the name that version 0.1 had for Kish's number; goes in 0.3."""
        warnings.warn(
            "n_eff is now evidence, in whose sums squares fade once: old events count less than they did. "
            "The old name goes in 0.3.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.evidence

    @property
    def event_mass(self) -> np.ndarray:
        """Mean mass of one event of each domain in the whole ledger, unfaded, (K,); 1 where none has any mass.

        Events of value 0 have no mass and are left out of the mean.
        What "one event's worth" means wherever a score is shrunk. In undirected ties a mutual act has the mass
        of both its sides.
        """
        return self._mass_of_event(directed=self.directed)

    def _mass_of_event(self, *, directed: bool) -> np.ndarray:
        """`event_mass` of these ties, or of their undirected view."""
        mean = mean_event_mass(self.ledger.booked, directed=directed)
        return np.array([mean[self.ledger.axes.domain(name)] for name in self.axes.domains])

    def to_frame(self, *, rows: Literal["all", "known"] = "all") -> pd.DataFrame:
        """One row a (source, target, domain, period) with every stock and evidence.

        Parameters
        ----------
        rows : {'all', 'known'}
            Every row, or those of which something is known (n above 0): far fewer where periods are short.
        """
        one_of("rows", rows, ("all", "known"))
        columns = {name: getattr(self, name) for name in SUMS} | {"evidence": self.evidence}
        if rows == "all":
            return tidy(self.axes.labels(), columns)
        known = np.nonzero(self.n)
        held = {name: column[known] for name, column in columns.items()}
        return label_frame(self.axes.labels(), known, held)

    def _repr_html_(self) -> str:
        stocks = {
            name: getattr(self, name)[:, :, -1].sum(axis=1) for name in ("cooperation", "conflict", "n")
        }
        most = np.argsort(-stocks["n"], kind="stable")[: display.SHOWN]
        frame = pd.DataFrame(
            {"source": self.axes.sources[most], "target": self.axes.targets[most]}
            | {name: stock[most] for name, stock in stocks.items()}
        )
        return display.shown(
            f"{self!r} at the end of {self.axes.periods[-1]}", frame, of=len(self.axes.dyads)
        )

    def __repr__(self) -> str:
        D, K, T = self.axes.shape
        how = "directed" if self.directed else "undirected"
        known = int((self.n > 0).sum())
        return (
            f"<Ties: {D} {how} dyads x {K} domains x {T} periods {self.axes.periods[0]}..{self.axes.periods[-1]}; "
            f"{known:,} of {self.n.size:,} cells known; {self.ledger.decay!r}>"
        )


def _of_all(which: Any, n: int) -> Any:
    """Positions among n, or the slice of all of them where they are just that: a slice copies nothing."""
    return ALL if not isinstance(which, slice) and np.array_equal(which, np.arange(n)) else which


def check_direction(ties: Ties, direction: Direction) -> None:
    """Refuse a direction of acts that is none, or that undirected ties cannot tell."""
    one_of("direction", direction, get_args(Direction))
    if direction != "both" and not ties.directed:
        raise OptionError(
            f"direction={direction!r} needs directed ties; these are undirected: say direction='both'."
        )


# ---- from the cells of a ledger to stocks -------------------------------------------------------------------
def balances(ledger: Cells, end: object | None, *, directed: bool) -> tuple[Axes, np.ndarray, Joint | None]:
    """Axes of ties up to `end`, the ledger's last period where None, their stocks (`SUMS`), and what domains share."""
    first, freq = ledger.axes.periods[0], ledger.axes.freq
    last = ledger.last if end is None else period_of(end, freq)
    if last < first:
        raise LedgerError(f"the ledger begins in {first}; ties cannot end in {last}.")
    periods, at = make_periods(first, last, freq), ledger.coordinates()  # type: ignore[arg-type]
    line, axes, scale = _lines(at, ledger.axes, periods, directed=directed)
    out = _stocks(ledger, axes, at, line, scale)
    keys, products = _products(ledger, axes, directed=directed)
    if not len(keys):
        inflate_squares(out, ledger.decay, axes.domains)
        return axes, out, None
    a, b = np.triu_indices(len(axes.domains))
    rows = np.searchsorted(axes.dyad_keys, keys)
    same, apart = a == b, a != b
    if products[:, :, same].any():  # of one cluster within a domain: (m + m')^2 = m^2 + m'^2 + 2 m m'
        for column, product in zip((out[3], out[5]), products, strict=True):
            column[rows] += 2 * product[:, same]
    more = inflate_squares(out, ledger.decay, axes.domains)
    products = products[:, :, apart]
    if more is not None:
        products = products * np.sqrt(more[rows][:, a[apart]] * more[rows][:, b[apart]])
    some = products.any(axis=(0, 2, 3))
    joint = Joint(keys[some], *products[:, some]) if some.any() else None
    return axes, out, joint


def _products(ledger: Cells, axes: Axes, *, directed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Dyads with joint cells, (J,) keys, and products of either sign in force, (2, J, pairs with a <= b, T)."""
    K, T, A = len(axes.domains), len(axes.periods), len(axes.actors)
    pairs = K * (K + 1) // 2
    at = ledger.grid.joint().coordinates(ledger.joint_cells)
    keep = np.flatnonzero(at.domain < (pairs if directed else 2 * pairs))
    if not len(keep):  # of acts by both sides only both together share any
        return np.empty(0, dtype=np.int64), np.zeros((2, 0, pairs, T))
    ends = ledger.axes.dyads[at.dyad[keep]]
    if not directed:
        ends = np.sort(ends, axis=1)
    keys, dyad = np.unique(keys_of(ends, A), return_inverse=True)
    sums = np.zeros((len(ledger.joint), len(SUMS)))
    sums[:, [3, 5]] = ledger.joint
    names = tuple(map(str, range(pairs)))
    own = Axes(axes.actors, dyads_of(keys, A), names, axes.periods)
    line = np.full(len(at.dyad), -1)
    line[keep] = dyad.reshape(-1) * pairs + at.domain[keep] % pairs
    found = _stocks(replace(ledger, cells=ledger.joint_cells, sums=sums), own, at, line, np.ones(len(line)))
    return keys, found[[3, 5]]


def _lines(
    at: Coordinates, axes: Axes, periods: pd.PeriodIndex, *, directed: bool
) -> tuple[np.ndarray, Axes, np.ndarray]:
    """Line (dyad, domain) of every cell, -1 for a cell left out; axes; multiple a cell counts for."""
    K = len(axes.domains)
    if directed:
        axes = Axes(axes.actors, axes.dyads, axes.domains, periods)
        return at.dyad * K + at.domain, axes, np.ones(len(at.dyad))
    low, high = axes.dyads.min(axis=1), axes.dyads.max(axis=1)
    pairs, pair = distinct_dyads(low, high, len(axes.actors))
    second = at.mutual & (axes.dyads[at.dyad, 0] > axes.dyads[at.dyad, 1])  # the same act from the other side
    line = np.where(second, -1, pair[at.dyad] * K + at.domain)
    return line, Axes(axes.actors, pairs, axes.domains, periods), np.where(at.mutual, 2.0, 1.0)


def _stocks(ledger: Cells, axes: Axes, at: Coordinates, line: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """n, weight, C, C2, K, K2 at every period's end, (6, D, K, T); lines in blocks that fit the cache."""
    D, K, T = axes.shape
    need_memory(
        f"ties of {D:,} dyads x {K} domains x {T:,} periods",
        D * K * T * 8 * len(SUMS),
        "Post longer periods (freq='M'), fewer actors (events.take) or days (events.up_to), or read the cells "
        "that occur: ledger.to_frame().",
    )
    keep = np.flatnonzero((line >= 0) & (at.period < T))
    keep = keep[np.argsort(line[keep], kind="stable")]
    out = np.zeros((len(SUMS), D * K, T))
    size = max(1, BLOCK // T)
    firsts = range(0, D * K, size)
    stops = np.searchsorted(line[keep], [*firsts, D * K])
    for first, inside in zip(firsts, pairwise(stops), strict=True):
        block, cells = out[:, first : first + size], keep[slice(*inside)]
        for turn, r in enumerate(np.unique(at.rate[cells])):
            rows = cells[at.rate[cells] == r]
            part = ledger.sums[rows] * scale[rows, None] ** np.array(POWERS)
            if not r:
                block += in_force(
                    line[rows] - first, at.period[rows], at.until[rows], part, block.shape[1], T
                )
                continue
            flows = np.zeros_like(block) if turn else block
            place = (line[rows] - first) * T + at.period[rows]
            for flow, column in zip(flows, part.T, strict=True):
                np.add.at(flow.reshape(-1), place, column)
            accumulate(flows, ledger.decay, ledger.half_lives[r], axes.ends)
            if turn:
                block += flows
    return out.reshape(len(SUMS), D, K, T)


def in_force(
    line: np.ndarray, start: np.ndarray, until: np.ndarray, sums: np.ndarray, lines: int, periods: int
) -> np.ndarray:
    """Sum of what stands at each period's end, (F, lines, periods), of sums (M, F) in force from `start` to before `until`.

    Each stretch of periods is cut into blocks whose lengths are powers of two, at most two of a length, and a
    period adds the blocks that hold it: only what is in force is ever added, so that the end of one act takes
    away exactly what its start gave, whatever stands beside it.
    """
    columns = sums.shape[1]
    low = start.astype(np.int64)
    high = np.minimum(until, periods)
    size = 1 << max(0, periods - 1).bit_length()
    levels = []
    width = size
    while width:
        level = np.zeros((columns, lines * width))
        first = np.flatnonzero((low < high) & (low % 2 == 1))
        last = np.flatnonzero((low + (low % 2) < high) & (high % 2 == 1))
        for rows, at in ((first, low), (last, high - 1)):
            if len(rows):
                place = line[rows] * width + at[rows]
                for column in range(columns):
                    np.add.at(level[column], place, sums[rows, column])
        levels.append(level)
        low, high, width = (low + 1) // 2, high // 2, width // 2
    total = levels.pop()
    while levels:
        total = np.repeat(total, 2, axis=1)
        total += levels.pop()
    return np.asarray(total.reshape(columns, lines, size)[:, :, :periods])
