"""One table of sums that a stream of events posts into, growing with the actors and periods it meets.

Letters for shapes as in `posting`: N events, M cells, A actors, K domains, L layers, T periods.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alignscore.axes import Axes, Freq, make_periods, period_ends
from alignscore.codebook import Codebook
from alignscore.dates import some
from alignscore.decay import Decay, HalfLife, Saturating
from alignscore.errors import LedgerError
from alignscore.events import Events
from alignscore.events.families import LASTING
from alignscore.ledger import Ledger
from alignscore.ledger.postings import FLAGS, Book, Pieces, day_range, rates_of
from alignscore.ledger.sums import SUMS, add, booked, merge

SPARE = 8  # places kept free when the actors outgrow their room
MOST_CELLS = 1 << 62
SLOTS, GROWTH = 1 << 14, 1.3
CLOSE = 1 << 19  # cells relabelled at a time


@dataclass(frozen=True)
class Room:
    """Sizes of the flat cells (A, A, K, L, T): what fits, not what occurs."""

    actors: int
    domains: int
    rates: int
    skip: int  # 1 while nothing stands: rate 0 is left out
    books: int  # 1 until some event is mutual
    first: int  # ordinal of the first period
    periods: int

    @property
    def layers(self) -> int:
        """Layers that fit."""
        return (self.rates - self.skip) * self.books

    @property
    def size(self) -> int:
        """Number of possible cells, as a Python integer."""
        return self.actors**2 * self.domains * self.layers * self.periods

    def holds(self, other: Room) -> bool:
        """Whether every cell of `other` has its place here."""
        return (
            self.actors >= other.actors
            and self.skip <= other.skip
            and self.books >= other.books
            and self.first <= other.first
            and self.first + self.periods >= other.first + other.periods
        )

    def joined(self, other: Room) -> Room:
        """Room for both, with some to spare where the actors grew."""
        first = min(self.first, other.first)
        last = max(self.first + self.periods, other.first + other.periods)
        actors = (
            self.actors
            if self.actors >= other.actors
            else other.actors + max(SPARE, other.actors // 4) * (self.actors > 0)
        )
        return replace(
            self, actors=actors, first=first, periods=last - first,
            skip=min(self.skip, other.skip), books=max(self.books, other.books),
        )  # fmt: skip

    def parts(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Pair, domain, canonical layer and period (from 0) of cells, each (M,)."""
        rest, period = np.divmod(cells, self.periods)
        rest, layer = np.divmod(rest, self.layers)
        pair, domain = np.divmod(rest, self.domains)
        layer = 2 * (layer // self.books + self.skip) + layer % self.books
        return pair, domain, layer, period

    def moved(self, cells: np.ndarray, to: Room) -> np.ndarray:
        """The same cells in a larger room; their order stays."""
        pair, domain, layer, period = self.parts(cells)
        source, target = np.divmod(pair, self.actors)
        within = (layer // 2 - to.skip) * to.books + (layer % 2)
        line = (source * to.actors + target) * to.domains + domain
        moved: np.ndarray = (line * to.layers + within) * to.periods + period + (self.first - to.first)
        return moved


class Accumulator:
    """Sums of every cell met so far.

    While the possible cells are few enough, a flat directory gives each cell its slot in one table, in the
    order in which cells are met: adding a batch then costs the batch alone. Beyond that, batches become
    sorted tables that are merged two by two when of like size.

    Parameters
    ----------
    codebook, freq, decay
        As of the ledger to be made.
    span : (int, int), optional
        First and last day to make room for at once, where known.
    actors : int
        Number of actors to make room for at once.
    flags : int
        Possible cells up to which the flat directory is used.
    """

    def __init__(
        self,
        codebook: Codebook,
        freq: Freq,
        decay: Decay,
        *,
        span: tuple[int, int] | None = None,
        actors: int = 0,
        flags: int = FLAGS,
    ) -> None:
        if isinstance(decay, HalfLife):
            decay.check(codebook.domains, codebook.names)
        self.codebook, self.freq, self.decay, self.flags = codebook, freq, decay, flags
        self.half_lives, self.rate_of = rates_of(decay, codebook.domains, codebook.names)
        self.days: tuple[int, int, int] | None = None  # first, last begun, last named
        self.room: Room | None = None
        self.flat = True
        self.place = np.zeros(0, dtype=np.int32)  # slot + 1 of every possible cell
        self.table = np.zeros(0, dtype=complex)  # (n, weight), (C, C2), (K, K2) of every slot
        self.used = 0
        self.parts: list[tuple[np.ndarray, np.ndarray]] = []
        self.booked = np.zeros((2, 2, len(codebook.domains)))
        self.lasting: list[np.ndarray] = [
            np.empty((0, len(LASTING)), dtype=np.int64)
        ]  # in the stream's codes
        if span is not None:
            self._make_room(actors, *span, stands=False, mutual=False)

    # ---- adding -------------------------------------------------------------------------------
    def add(self, events: Events) -> None:
        """Post events whose actor codes are those of the stream."""
        if not len(events):
            return
        self.lasting.append(events.lasting)
        self.booked += booked(events)
        first, last, end = day_range(events)
        self._widen(first, last, end)
        once = isinstance(self.decay, Saturating)
        stands = not once and some(events.standing)
        room = self._make_room(len(events.actors), first, end, stands=stands, mutual=some(events.mutual))
        loose = some(events.precision) or stands
        mask = (events.precision > 0) | (events.standing & (not once)) if loose else np.zeros(0, dtype=bool)
        book = Book(
            events, room.actors, None, self.half_lives, self.rate_of, self.ends, self.first_day, self.period,
            self.left, room.books, room.skip, np.flatnonzero(mask), once, room.actors**2,
        )  # fmt: skip
        if self.flat:
            for piece in book.postings():
                self._flat(piece)
        else:
            self._sorted(list(book.postings()))

    def add_ledger(self, ledger: Ledger, place: np.ndarray) -> None:
        """Add a ledger of the same settings; `place` gives its actors' codes in the stream, (A,)."""
        ordinals = ledger.axes.periods
        first, end = int(ordinals[0].start_time.asm8.astype("M8[D]").astype(int)), int(ledger.axes.ends[-1])
        last = int(ledger.last.end_time.asm8.astype("M8[D]").astype(int))
        self._widen(first, last, end)
        self._remember(ledger.lasting, place)
        self.booked += ledger.booked
        dyad, domain, layer, period = ledger.coordinates()
        stands, mutual = bool((layer < 2).any()), bool((layer % 2).any())
        room = self._make_room(int(place.max()) + 1, first, end, stands=stands, mutual=mutual)
        whole = replace(room, skip=0, books=2, first=ordinals[0].ordinal, periods=len(ordinals))
        pair = place[ledger.axes.dyads[:, 0]] * room.actors + place[ledger.axes.dyads[:, 1]]
        cells = ((pair[dyad] * room.domains + domain) * whole.layers + layer) * whole.periods + period
        cells = whole.moved(cells, room)
        if self.flat:
            slots = self._slots(cells)  # first: the table may move
            self.table.reshape(-1, 3)[slots] += np.ascontiguousarray(ledger.sums).view(complex)
        else:
            order = np.argsort(cells)
            self.parts.append((cells[order], ledger.sums[order]))

    def _remember(self, lasting: np.ndarray, place: np.ndarray) -> None:
        moved = lasting.copy()
        moved[:, :2] = place[moved[:, :2]]
        self.lasting.append(moved)

    def _flat(self, piece: Pieces) -> None:
        slots = self._slots(piece.cell)  # first: the table may move
        add(self.table, slots, piece)

    def _slots(self, cells: np.ndarray) -> np.ndarray:
        """Slot of each cell; cells not met before get the next ones."""
        slots = self.place[cells]
        if not slots.all():
            new = cells[slots == 0]
            turn = np.arange(len(new), dtype=np.int32)
            self.place[new] = turn  # of a cell met twice one turn stays, and that one counts
            new = new[self.place[new] == turn]
            self.place[new] = np.arange(self.used + 1, self.used + 1 + len(new), dtype=np.int32)
            self.used += len(new)
            if self.used * 3 > len(self.table):  # grown in place where the system can
                self.table.resize(max(SLOTS, int(self.used * GROWTH)) * 3, refcheck=False)
            slots = self.place[cells]
        slot: np.ndarray = slots.astype(np.int64) - 1
        return slot

    def _sorted(self, pieces: list[Pieces]) -> None:
        cells, inverse = np.unique(np.concatenate([piece.cell for piece in pieces]), return_inverse=True)
        pairs = np.zeros(len(cells) * 3, dtype=complex)
        begin = 0
        for piece in pieces:
            at = inverse[begin : begin + len(piece.cell)] * 3
            begin += len(piece.cell)
            np.add.at(pairs, at, piece.n + 1j * piece.weight)
            np.add.at(pairs, at + 1 + piece.negative, piece.mass + 1j * piece.mass2)
        self.parts.append((cells, pairs.view(float).reshape(-1, len(SUMS))))
        while len(self.parts) > 1 and len(self.parts[-2][0]) < 2 * len(self.parts[-1][0]):
            self.parts[-2:] = [merge(self.parts[-2:])]

    # ---- room -----------------------------------------------------------------------------------
    def _widen(self, first: int, last: int, end: int) -> None:
        old = self.days or (first, last, end)
        self.days = (min(first, old[0]), max(last, old[1]), max(end, old[2]))

    def _make_room(self, actors: int, first: int, end: int, *, stands: bool, mutual: bool) -> Room:
        """Room for these actors and days beside all that is there."""
        old, unit = self.room, f"period[{self.freq}]"
        days = pd.PeriodIndex(np.array([first, end]).astype("M8[D]").astype("M8[s]"), dtype=unit).asi8
        need = Room(
            actors if old is None else max(actors, old.actors),
            len(self.codebook.domains), len(self.half_lives), 1 - stands, 1 + mutual,
            int(days[0]), int(days[1] - days[0]) + 1,
        )  # fmt: skip
        if old is not None and old.holds(need):
            return old
        room = need if old is None else old.joined(need)
        if room.size >= MOST_CELLS:
            raise LedgerError(
                f"{room.actors:,} actors over {room.periods:,} periods are too many for one ledger; choose "
                "longer periods (freq) or fewer actors."
            )
        self._move(room)
        self.room = room
        periods = pd.period_range(
            pd.Period(ordinal=room.first, freq=self.freq), periods=room.periods, freq=self.freq
        )
        self.ends = period_ends(periods)
        self.first_day = int(periods[0].start_time.asm8.astype("M8[D]").astype(np.int64))
        span = np.arange(self.first_day, self.ends[-1] + 1)
        self.period = np.searchsorted(self.ends, span)
        self.left = np.exp2(-(self.ends[self.period] - span) / self.half_lives[:, None])
        return room

    def _move(self, room: Room) -> None:
        """Give every cell its place in a new room; slots, and so the sums, stay where they are."""
        old = self.room
        if old is not None and not self.flat:
            self.parts = [(old.moved(cells, room), table) for cells, table in self.parts]
        elif room.size > self.flags:
            if old is not None and self.used:
                cells = np.flatnonzero(self.place)
                slots = self.place[cells].astype(np.int64) - 1
                self.parts = [(old.moved(cells, room), self.table.reshape(-1, 3)[slots].view(float))]
            self.flat, self.place, self.table = False, np.zeros(0, np.int32), np.zeros(0, complex)
        else:
            place = np.zeros(room.size, dtype=np.int32)
            if old is not None:
                cells = np.flatnonzero(self.place)
                place[old.moved(cells, room)] = self.place[cells]
            self.place = place  # zeroed memory takes no room until it is written to

    def _room(self) -> Room:
        """The room there is, once something was posted."""
        if self.room is None:
            raise LedgerError("there is no event to post; every row was refused or none was given.")
        return self.room

    # ---- closing --------------------------------------------------------------------------------
    def ledger(self, labels: list[str]) -> Ledger:
        """The sums as a ledger, whose actors are the stream's labels in sorted order."""
        if self.days is None:
            raise LedgerError("there is no event to post; every row was refused or none was given.")
        first, last, end = (np.datetime64(day, "D") for day in self.days)
        periods = make_periods(first, end, self.freq)
        room, actors = self._room(), tuple(sorted(labels))
        if not self.flat:
            self.parts = [merge(self.parts)]
        cells = np.flatnonzero(self.place) if self.flat else self.parts[0][0]
        pair = cells // (room.domains * room.layers * room.periods)
        begin = np.flatnonzero(np.append(True, pair[1:] != pair[:-1]))
        pair = pair[begin]
        rank = np.argsort(np.argsort(np.array(labels, dtype=object)))
        source, target = rank[pair // room.actors], rank[pair % room.actors]
        order = np.argsort(source * len(actors) + target)  # whole dyads move, never the cells within one
        axes = Axes(actors, np.stack([source[order], target[order]], axis=1), self.codebook.domains, periods)
        moved, sums = self._relabelled(cells, begin, order, axes)
        lasting = np.concatenate(self.lasting)
        lasting[:, :2] = rank[lasting[:, :2]]
        return Ledger(
            axes, pd.Period(last, freq=self.freq), self.decay, self.half_lives, moved, sums,
            self.booked.copy(), self.codebook.fingerprint, lasting,
        )  # fmt: skip

    def _relabelled(
        self, cells: np.ndarray, begin: np.ndarray, order: np.ndarray, axes: Axes
    ) -> tuple[np.ndarray, np.ndarray]:
        """Cells and sums with the dyads in a new order; a block at a time, since the cells are what is large."""
        D, K, T = axes.shape
        room, L = self._room(), 2 * len(self.half_lives)
        many = np.diff(np.append(begin, len(cells)))[order]
        stop = np.cumsum(many)
        moved, sums = np.empty(len(cells), dtype=np.int64), np.empty((len(cells), len(SUMS)))
        cuts = np.unique(
            np.searchsorted(stop, np.append(np.arange(0, len(cells), CLOSE), len(cells)), side="right")
        )
        for low, high in zip(np.append(0, cuts[:-1]), cuts, strict=True):
            out = slice(int(stop[low - 1]) if low else 0, int(stop[high - 1]) if high else 0)
            counts = many[low:high]
            at = np.repeat(begin[order[low:high]] - (np.cumsum(counts) - counts), counts)
            at += np.arange(len(at))
            _, domain, layer, period = room.parts(cells[at])
            dyad = np.repeat(np.arange(low, high), counts)
            shift = room.first - axes.periods[0].ordinal
            moved[out] = ((dyad * K + domain) * L + layer) * T + period + shift
            if self.flat:
                sums[out] = self.table.reshape(-1, 3)[self.place[cells[at]] - 1].view(float)
            else:
                sums[out] = self.parts[0][1][at]
        return moved, sums
