"""Ledger: sums of events per dyad, domain and period. Ledgers add, in any split and any order of the events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from alignscore import display
from alignscore.actors.labels import called_apart
from alignscore.axes import Axes, Freq, dyads_of, period_ends
from alignscore.codebook import decay_under
from alignscore.decay import Decay, decay_from_dict
from alignscore.errors import LedgerError, need, nothing_to_post, of_kind, one_of, several
from alignscore.events import Events
from alignscore.events.events import LASTING, first_clash
from alignscore.ledger.cells import OPEN, SUMS, Cells, Rates, joint_axes, periods_of
from alignscore.ledger.clusters import ACTS, LABELS, Cluster, booked_clusters, cluster_codes, joint_products
from alignscore.ledger.files import ARRAYS, damaged, read_archive, write_archive
from alignscore.ledger.sums import merge, post
from alignscore.ledger.ties import Ties
from alignscore.results import label_columns
from alignscore.values import FRAME_METHODS


@dataclass(frozen=True, eq=False, repr=False)
class Ledger(Cells):
    """Sums of events per (dyad, domain, layer, period), from one table of events or from many added up.

    Made by `post`; `to_frame` shows its sums, `ties` balances them.

    Attributes
    ----------
    axes : Axes
        Actors, dyads, domains and periods; mechanisms with a known end may reach beyond `last`.
    last : pandas.Period
        Last period in which an event happens or begins: where `ties` stops unless told otherwise.
    decay : HalfLife, Window, Cumulative or Saturating
    codebook : str
        Fingerprint of the codebook the events were read under.
    lasting : ndarray of int64, (F, 7)
        Standing kinds of families that nothing replaced so far, in the columns of `events.LASTING`: a
        ledger in which a later one stands cannot be added, since the earlier would not end.
    cluster : {'acts', 'event_id', 'day', 'source', 'labels'}
        Which events are one piece of evidence; 'acts': those that tell of one act in several domains.
    """

    GUESSES: ClassVar[Mapping[str, str]] = FRAME_METHODS | {"between": "ties().between('KHM', 'CHN')"}
    MADE_BY: ClassVar[str] = "Ledger.post(events)"

    codebook: str
    lasting: np.ndarray = field(default_factory=lambda: np.empty((0, len(LASTING)), dtype=np.int64))
    cluster: str = field(default=ACTS, kw_only=True)

    @classmethod
    def post(
        cls,
        events: Events,
        *,
        freq: Freq = "Y",
        decay: Decay | None = None,
        cluster: Cluster | Sequence[object] | np.ndarray | None = None,
    ) -> Ledger:
        """Post events to a ledger.

        Parameters
        ----------
        events : Events
        freq : {'Y', 'Q', 'M', 'W', 'D'}
            Length of a period.
        decay : HalfLife, Window, Cumulative or Saturating, optional
            How the past fades. Where not given, a half-life of 5 years, and of 2 under `cameo` and `plover`, whose
            machine-coded events say less about later years. The codebook's own, kind by
            kind, are `events.codebook.half_life(5)`.
        cluster : {'event_id', 'day', 'source'} or array of labels, optional
            Events between the same two actors that are one piece of evidence, as the reports of one episode are.
            Where not given, those that tell of one act in several domains, by their ``event_id`` or their kind.
            What is clustered in one domain counts less there, and the mass of one event, the prior of `alignment`, is
            that of one cluster.

        Returns
        -------
        Ledger

        Raises
        ------
        LedgerError
            There is no event to post.
        OptionError
            `cluster` is none of its choices, needs ids that are not there, or does not hold one label an event.

        Notes
        -----
        An event e of mass m = weight * abs(value) adds m 2^(-(T - t_e)/h) to its cell, T the last day of
        the period (lag 0), and m^2 2^(-(T - t_e)/h) to its squares. A mutual event posts to both
        directions. A standing one holds its full mass from its start to its `until` and fades after; one
        that a later kind of its family replaced ends without remains, since that one carries the tie on.
        One of which only the month or year is known is spread evenly over its days.

        Of two events of a cluster g with masses m and m', of which l and l' are left, the product m m' min(l, l') is
        kept beside the squares, in one domain or across two: the variance of a sum is then that over clusters,
        sum_g (sum_(e in g) m_e)^2 where nothing has faded (Cochran 1977, Sampling Techniques, ch. 9A), and a cluster
        is never more than one event. Events of opposite sign, or of different pairs of actors, are taken as
        independent; of two half-lives the shorter holds. Under a `Window` the product counts as long as the later of
        the two acts does, if the earlier was still in the window when it came; and where a later kind has replaced
        one of the two, as long as the other does: evidence is then less than it might be. Rows of one cluster in
        tables that are posted apart and added do not meet: there they count as two.

        Examples
        --------
        >>> from alignscore.datasets import asean
        >>> Ledger.post(asean())
        <Ledger: 474 events in ... cells, ... actors, ... dyads, 3 domains, years 1951..2026, HalfLife(years=5.0)>
        """
        need(events, Events)
        decay = decay_under(decay, events.codebook)
        if not len(events):
            raise nothing_to_post()
        periods, last = periods_of([events], freq)
        rates = Rates.make(decay, events.codebook)
        ends = period_ends(periods)
        keys, cells, sums, counted = post([events], rates, ends)
        if cluster is None:
            codes = events.act
            name = ACTS
        else:
            codes = cluster_codes(events, cluster)
            counted = booked_clusters(events, codes, counted)
            name = cluster if isinstance(cluster, str) else LABELS
        joint_cells, joint = joint_products([events], [codes], rates, keys, ends, within=cluster is not None)
        axes = Axes(events.actors, dyads_of(keys, len(events.actors)), events.domains, periods)
        return cls(
            axes, last, decay, rates.half_lives, cells, sums, booked=counted,
            codebook=events.codebook.fingerprint, lasting=events.lasting, joint_cells=joint_cells, joint=joint,
            cluster=name,
        )  # fmt: skip

    def __radd__(self, other: object) -> Ledger:
        """The ledger itself, so that `sum(ledgers)` works."""
        return self if other == 0 else NotImplemented

    def __add__(self, other: Ledger) -> Ledger:
        """Ledgers of the same codebook, decay and frequency as one.

        Raises
        ------
        LedgerError
            They differ in one of these, or an actor goes by another label in each (`China`, `CHN`), or kinds of one
            family (levels of a partnership) stand in both: which replaces which can only be settled on the events. The
            message says where.
        """
        if not isinstance(other, Ledger):
            return NotImplemented
        self._check_same(other)
        if apart := called_apart(self.axes.actors, other.axes.actors):
            raise LedgerError(apart)
        axes = joint_axes(self.axes, other.axes)
        later = first_clash(self.lasting_in(axes), other.lasting_in(axes))
        if later is not None:
            a = axes.actors[later[0]]
            b = axes.actors[later[1]]
            day = np.datetime64(int(later[5]), "D")
            raise LedgerError(
                f"kinds of one family stand between {a} and {b} in both ledgers, and the one of {day} would have "
                "ended the other. Join the events first (events_a + events_b), or post the files as one "
                "(post_parquet)."
            )
        return joined(self, other)

    @staticmethod
    def total(ledgers: Iterable[Ledger]) -> Ledger:
        """Sum of several ledgers.

        Raises
        ------
        LedgerError
            As adding two; or there is none.
        """
        every = [ledgers] if isinstance(ledgers, Ledger) else several(ledgers)
        if not every:
            raise LedgerError("there is no ledger to add.")
        for ledger in every:
            of_kind("ledgers", ledger, Ledger, "Ledger.post(events)")
        while len(every) > 1:  # two by two: one by one each would be copied with all before it
            every = [reduce(add, every[at : at + 2]) for at in range(0, len(every), 2)]
        return every[0]

    def _check_same(self, other: Ledger) -> None:
        pairs = [
            ("frequency", self.axes.freq, other.axes.freq),
            ("decay", self.decay, other.decay),
            ("codebook", self.codebook, other.codebook),
            ("domains", self.axes.domains, other.axes.domains),
            ("cluster", self.cluster, other.cluster),
        ]
        for name, ours, theirs in pairs:
            if ours != theirs:
                given = "events.recode(codebook)" if name == "codebook" else "events, ..."
                raise LedgerError(
                    f"ledgers of different {name} do not add: {ours} and {theirs}. Post both under one {name}: "
                    f"Ledger.post({given})."
                )

    def lasting_in(self, axes: Axes) -> np.ndarray:
        """`lasting` with the codes of axes that have the same dyads or more."""
        moved = self.lasting.copy()
        moved[:, :2] = self.codes_in(axes)[moved[:, :2]]  # source and target
        return moved

    def ties(self, end: object | None = None, *, directed: bool = True) -> Ties:
        """Balances in force at the end of each period.

        Parameters
        ----------
        end : period, date or year, optional
            Last period; beyond `last`, the balances are carried forward with no new events.
        directed : bool
            False adds both directions of each pair first, counting a mutual act once.
        """
        return Ties.from_ledger(self, end=end, directed=directed)

    @property
    def n_events(self) -> float:
        """Events posted; a mutual one counts once, as does each domain of a dual-track one."""
        at = self.coordinates()
        counted = ~_ends(at.until) * np.where(at.mutual, 0.5, 1.0)  # what has ended is counted where it fades
        return float(np.round(self.sums[:, 0] @ counted, 6))

    def volume(self) -> pd.DataFrame:
        """World totals per period and domain: events and mass, a mutual act counted once.

        The mass of a mechanism counts when it begins; when it ends, what it loses by that is taken off.

        Returns
        -------
        pandas.DataFrame
            Columns period, year, domain, n, mass.
        """
        at = self.coordinates()
        _, K, T = self.axes.shape
        when = label_columns("period", self.axes.periods)
        n, _, cooperation, _, conflict, _ = self.sums.T * np.where(at.mutual, 0.5, 1.0)
        mass = cooperation + conflict
        over = np.flatnonzero(_ends(at.until))
        place = np.append(at.period, at.until[over]) * K + np.append(at.domain, at.domain[over])
        return pd.DataFrame(
            {
                **{name: column.repeat(K) for name, column in when.items()},
                "domain": np.tile(np.array(self.axes.domains, dtype=object), T),
                "n": np.bincount(place, np.append(n, -n[over]), minlength=T * K),
                "mass": np.bincount(place, np.append(mass, -mass[over]), minlength=T * K),
            }
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a cell: source, target, domain, period, year, until, half_life_days, mutual and the sums.

        ``until`` is the end of the last period in which a mechanism stands, missing where none is known and for
        what fades.
        """
        at = self.coordinates()
        when = label_columns("period", self.axes.periods)
        ended = _ends(at.until)
        until = np.full(len(ended), np.datetime64("NaT", "D"))
        until[ended] = self.axes.ends[at.until[ended] - 1].astype("M8[D]")
        frame = pd.DataFrame(
            {
                "source": self.axes.sources[at.dyad],
                "target": self.axes.targets[at.dyad],
                "domain": np.array(self.axes.domains, dtype=object)[at.domain],
                **{name: column.take(at.period) for name, column in when.items()},
                "until": until.astype("M8[s]"),
                "half_life_days": self.half_lives[at.rate],
                "mutual": at.mutual,
            }
        )
        return frame.assign(**dict(zip(SUMS, self.sums.T, strict=True)))

    # ---- on disk ------------------------------------------------------------------------------
    def save(self, path: str | Path) -> None:
        """Write the ledger to one self-describing file (a NumPy archive with a JSON header and a checksum).

        The file is written beside `path` and renamed: whoever reads `path` finds the old ledger or the new one.
        """
        header = {
            "actors": self.axes.actors,
            "domains": self.axes.domains,
            "freq": self.axes.freq,
            "first": str(self.axes.periods[0].start_time.date()),
            "periods": len(self.axes.periods),
            "last": str(self.last.start_time.date()),
            "decay": self.decay.to_dict(),
            "codebook": self.codebook,
            "cluster": self.cluster,
            "sums": SUMS,
        }
        arrays = {name: getattr(self, name) for name in ARRAYS if name != "dyads"}
        write_archive(path, header, {"dyads": self.axes.dyads, **arrays})

    @classmethod
    def load(cls, path: str | Path) -> Ledger:
        """Read a ledger written by `save`; its checksum, every label and every array are checked.

        Raises
        ------
        FileNotFoundError
            No file at `path`.
        FormatError
            The file is not a ledger, is damaged, or was written by an earlier or a later release.
        """
        header, arrays = read_archive(path)
        try:
            first = pd.Period(header["first"], freq=header["freq"])
            periods = pd.period_range(first, periods=header["periods"], freq=header["freq"])
            axes = Axes(tuple(header["actors"]), arrays["dyads"], tuple(header["domains"]), periods)
            last = pd.Period(header["last"], freq=header["freq"])
            decay = decay_from_dict(header["decay"])
            ledger = cls(
                axes,
                last,
                decay,
                codebook=header["codebook"],
                cluster=header["cluster"],
                **{name: array for name, array in arrays.items() if name != "dyads"},
            )
            fault = next(ledger._faults(), None)
        except (ValueError, TypeError, KeyError, IndexError, OverflowError) as problem:
            raise damaged(path, problem) from None
        if fault is not None:
            raise damaged(path, fault)
        return ledger

    def _faults(self) -> Iterator[str]:
        """What no ledger that was posted can hold."""
        axes, R = self.axes, len(self.half_lives)
        A, (D, K, _) = len(axes.actors), axes.shape
        d, cells, sums, lasting, joint = axes.dyads, self.cells, self.sums, self.lasting, self.joint_cells
        expected = {
            "dyads": ("i", (D, 2)), "half_lives": ("f", (R,)), "cells": ("i", (len(cells),)),
            "sums": ("f", (len(cells), len(SUMS))), "booked": ("f", (2, 2, K)), "joint_cells": ("i", (len(joint),)),
            "joint": ("f", (len(joint), 2)), "lasting": ("i", (len(lasting), len(LASTING))),
        }  # fmt: skip
        for name, (kind, shape) in expected.items():
            array = d if name == "dyads" else getattr(self, name)
            if array.shape != shape or array.dtype.kind != kind or array.dtype.itemsize != 8:
                yield f"{name} is an array of {array.dtype} of shape {array.shape}, where {shape} is needed"
                return
        positive = (self.half_lives[1:] > 0).all()
        for label, bad in {
            "actors are not sorted or stand twice": list(axes.actors) != sorted(set(axes.actors)),
            "domains stand twice or are none": not K or len(set(axes.domains)) < K,
            "dyads name actors that are not there": bool(D) and not (d.min() >= 0 and d.max() < A),
            "a dyad joins an actor with itself": bool((d[:, 0] == d[:, 1]).any()),
            "dyads are not in order": not _ascending(axes.dyad_keys),
            "half-lives are not those of a ledger": R < 2 or not np.isinf(self.half_lives[0]) or not positive,
            "cells are not in order": not _ascending(cells) or not _ascending(joint),
            "cells lie outside the ledger": bool(len(cells))
            and not (cells[0] >= 0 and int(cells[-1]) < D * self.grid.per_dyad),
            "joint cells lie outside the ledger": bool(len(joint))
            and not (joint[0] >= 0 and int(joint[-1]) < D * self.grid.joint().per_dyad),
            "sums are not finite": not (np.isfinite(sums).all() and np.isfinite(self.joint).all()),
            "sums are below 0": bool((sums < 0).any() or (self.joint < 0).any()),
            "masses booked are not finite or below 0": not (
                np.isfinite(self.booked) & (self.booked >= 0)
            ).all(),
            "lasting kinds name actors or domains that are not there": bool(len(lasting))
            and not (lasting[:, :4].min() >= 0 and lasting[:, :2].max() < A and lasting[:, 3].max() < K),
            "the last period lies outside the periods": not axes.periods[0] <= self.last <= axes.periods[-1],
        }.items():
            if bad:
                yield label

    def _repr_html_(self) -> str:
        at = self.coordinates()
        n = np.bincount(at.dyad, self.sums[:, 0] * ~_ends(at.until), minlength=len(self.axes.dyads))
        most = np.argsort(-n, kind="stable")[: display.SHOWN]
        frame = pd.DataFrame(
            {"source": self.axes.sources[most], "target": self.axes.targets[most], "events": n[most].round(1)}
        )
        return display.shown(repr(self), frame, of=len(n))

    def __repr__(self) -> str:
        D, K, T = self.axes.shape
        spell = {"Y": "years", "Q": "quarters", "M": "months", "W": "weeks", "D": "days"}[self.axes.freq]
        return (
            f"<Ledger: {self.n_events:,.0f} events in {len(self.cells):,} cells, {len(self.axes.actors)} actors, "
            f"{D} dyads, {K} domains, {spell} {self.axes.periods[0]}..{self.last}, {self.decay!r}"
            + (">" if self.cluster == ACTS else f", clustered by {self.cluster}>")
        )


def ties_of(
    data: Ties | Ledger | Events, *, directed: bool = True, touching: Iterable[object] | None = None
) -> Ties:
    """Ties as they are, of a ledger, or of events posted by year under the default decay of their codebook.

    Where `directed` is False both directions of each pair are added. Of a ledger only the pairs are made that have one of
    the actors `touching` in them, where these are named: what else there is would not be read.
    """
    one_of("directed", directed, (True, False))
    if isinstance(data, Events):
        data = Ledger.post(data)
    if isinstance(data, Ledger):
        if touching is not None:
            named = np.isin(np.array(data.axes.actors), list(map(str, several(touching))))
            some = data.of_dyads(np.flatnonzero(named[data.axes.dyads].any(axis=1)))
            return Ties.from_ledger(some, directed=directed)
        return data.ties(directed=directed)  # at once: those of both directions take thrice the memory
    if not isinstance(data, Ties):
        raise TypeError(
            "Ties, a Ledger or Events are needed here, as Ledger.post(events).ties() or "
            f"Events.from_frame(table) makes them, not {type(data).__name__}."
        )
    return data if directed else data.undirected()


def joined(a: Ledger, b: Ledger) -> Ledger:
    """Sum of two ledgers of one codebook, decay and frequency whose families were settled together."""
    axes = joint_axes(a.axes, b.axes)
    cells, sums = merge([(ledger.cells_in(axes), ledger.sums) for ledger in (a, b)])
    joint_cells, joint = merge(
        [(ledger.cells_in(axes, joint=True), ledger.joint) for ledger in (a, b) if len(ledger.joint)]
        or [(a.joint_cells, a.joint)]
    )
    lasting = np.concatenate([ledger.lasting_in(axes) for ledger in (a, b)])
    return replace(
        a, axes=axes, last=max(a.last, b.last), cells=cells, sums=sums, booked=a.booked + b.booked,
        lasting=lasting, joint_cells=joint_cells, joint=joint,
    )  # fmt: skip


def _ends(until: np.ndarray) -> np.ndarray:
    """Cells of what stands until a known period."""
    return np.asarray((until >= 0) & (until < OPEN))


def _ascending(values: np.ndarray) -> bool:
    return bool((values[1:] > values[:-1]).all())
