"""`Portfolio`: what each actor holds on each item, checked once, whatever table it came from.

Votes cast, alliance obligations, memberships, trade shares: rows are actors, columns items.
Letters for shapes: n actors, m items, K levels, T periods.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.actors.labels import each_by_one_label
from alignscore.errors import OptionError, UnknownLabelError, check_known, of_kind, one_of, text
from alignscore.events import Events
from alignscore.intervals import ratio
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.measures.similarity.item_scales import Bounds, Levels, Scale, is_ordered
from alignscore.values import (
    Frozen,
    as_pandas,
    numbers_in,
    plain_labels,
    refuse_rows,
    sorted_codes,
    stands_once,
)

VALUE_COLUMNS = ("value", "vote", "level")


@dataclass(frozen=True, eq=False, repr=False)
class PortfolioPeriod(Frozen):
    """One period of a portfolio."""

    period: Any
    actors: np.ndarray  # (n,) codes into the portfolio's actors
    items: np.ndarray  # (m,) codes into the portfolio's items
    cells: np.ndarray  # (n, m) what each actor holds; NaN where it is missing


@dataclass(frozen=True, eq=False, repr=False)
class Portfolio(Frozen):
    """Portfolios of actors over items, in one period or many.

    Build it with `from_wide`, `from_long`, `from_array` or `stack`; `similarity` also takes the tables
    themselves. Numeric levels are distances as they stand (0, 1, 3 puts 1 nearer to 0); text levels
    count as ranks 0, 1, 2, ... in the order given.

    Attributes
    ----------
    actors, items : tuple
        Labels, as given.
    blocks : tuple of Block
        One per period; a single one with period None where the portfolio has no periods.
    levels : tuple or None
        The ordered levels shared by all items; None where items differ in scale or are valued.
    spacing : ndarray (K,) or None
        The number each level stands for.
    low, high : ndarray (number of items,)
        Least and greatest possible value of each item; NaN where none was declared.

    Examples
    --------
    >>> import pandas as pd
    >>> votes = pd.DataFrame({"R1": [1, 1, 3], "R2": [3, 2, None]}, index=["KHM", "VNM", "USA"])
    >>> Portfolio.from_wide(votes, levels=(1, 2, 3))
    <Portfolio: 3 actors, 2 items, 1 block, levels (1, 2, 3)>
    """

    actors: tuple[Any, ...]
    items: tuple[Any, ...]
    blocks: tuple[PortfolioPeriod, ...]
    levels: tuple[Any, ...] | None
    spacing: np.ndarray | None
    low: np.ndarray
    high: np.ndarray

    @property
    def periods(self) -> tuple[Any, ...] | None:
        """Labels of the periods, or None where the portfolio has none."""
        labels = tuple(block.period for block in self.blocks)
        return None if labels == (None,) else labels

    @classmethod
    def from_wide(
        cls,
        frame: pd.DataFrame | Mapping[Any, pd.DataFrame],
        *,
        levels: Levels | None = None,
        bounds: Bounds | None = None,
        period: str | None = None,
    ) -> Portfolio:
        """From a frame with a row an actor and a column an item.

        Parameters
        ----------
        frame : DataFrame or mapping of period to DataFrame
            The index holds the actors (or a column named ``actor`` does); NaN = missing.
        levels : sequence, or mapping of item to sequence
            The ordered levels; taken from ordered categorical columns where None.
        bounds : (low, high), or mapping of item to (low, high)
            Least and greatest possible value, for valued items (shares).
        period : str
            Column that splits the rows into periods; ``period`` if there is such a column.

        Raises
        ------
        OptionError
            No levels, a value that is no level or out of bounds, an actor or item given twice or without a label.
        """
        steps = _wide_steps(frame, period)
        items = tuple(dict.fromkeys(item for _, step in steps for item in step.columns))
        if levels is None and bounds is None:
            levels = _declared_levels(steps)
        scale = Scale.make(items, levels, bounds)
        actors = tuple(dict.fromkeys(actor for _, step in steps for actor in step.index))
        blocks = []
        for label, step in steps:
            _check_labels("actor", step.index, label)
            _check_labels("item", step.columns, label)
            who = pd.Index(actors).get_indexer(step.index)
            what = pd.Index(items, tupleize_cols=False).get_indexer(step.columns)
            blocks.append(PortfolioPeriod(label, who, what, scale.numbers(step)))
        return cls._of(actors, items, blocks, scale)

    @classmethod
    def from_long(
        cls,
        frame: pd.DataFrame,
        *,
        levels: Levels | None = None,
        bounds: Bounds | None = None,
        period: str | None = None,
    ) -> Portfolio:
        """From a frame with a row per actor and item: ``actor``, ``item``, ``value`` (or ``vote``).

        Parameters
        ----------
        frame : DataFrame
            An actor without a row for an item has no value there.
        levels, bounds, period
            As in `from_wide`.

        Raises
        ------
        OptionError
            As in `from_wide`, and for a missing actor, item or period, or a cell given twice.
        """
        frame = as_pandas("portfolio", frame)
        name = _value_column(frame)
        if name is None or not {"actor", "item"} <= set(frame.columns):
            raise OptionError("a long frame needs the columns actor, item and value (or vote, or level).")
        split = _period_column(frame, period)
        frame = plain_labels(frame, "actor", "item", *([split] if split else []))
        values = stands_once(frame[name], f"column {name!r}")
        if levels is None and bounds is None and is_ordered(values):
            levels = tuple(values.cat.categories)
        i, actors = _factor(frame, "actor")
        v, items = _factor(frame, "item")
        t, periods = _factor(frame, split) if split else (np.zeros(len(frame), dtype=np.int64), (None,))
        scale = Scale.make(items, levels, bounds)
        numbers = scale.column(values, np.array(items, dtype=object)[v] if scale.each else None)
        again = pd.DataFrame({"t": t, "i": i, "v": v}).duplicated().to_numpy()
        way_out = " Keep one row each, or split them with period=."
        refuse_rows(again, "rows give a cell twice", frame[["actor", "item"]], way_out=way_out)
        order = np.argsort(t, kind="stable")
        cuts = np.searchsorted(t[order], np.arange(len(periods) + 1))
        blocks = []
        for at, label in enumerate(periods):
            rows = order[cuts[at] : cuts[at + 1]]
            who, a = np.unique(i[rows], return_inverse=True)
            what, b = np.unique(v[rows], return_inverse=True)
            cells = np.full((len(who), len(what)), np.nan)
            cells[a, b] = numbers[rows]
            blocks.append(PortfolioPeriod(label, who, what, cells))
        return cls._of(actors, items, blocks, scale)

    @classmethod
    def from_array(
        cls,
        values: np.ndarray,
        *,
        levels: Levels | None = None,
        bounds: Bounds | None = None,
        actors: Sequence[Any] | None = None,
        items: Sequence[Any] | None = None,
        periods: Sequence[Any] | None = None,
    ) -> Portfolio:
        """From an array (n, m), or (T, n, m) for a panel.

        Parameters
        ----------
        values : ndarray of numbers
            NaN = missing. In a panel an actor (an item) without any value in a period is not in it.
        levels, bounds
            As in `from_wide`.
        actors, items, periods : sequence
            Labels; positions 0, 1, 2, ... where None.

        Raises
        ------
        OptionError
            As in `from_wide`, and where labels do not fit the array's shape.
        """
        cube = numbers_in(values, "values")
        if cube.ndim not in (2, 3):
            raise OptionError(f"an array of portfolios has 2 or 3 dimensions; this one has {cube.ndim}.")
        who = _axis_labels("actors", actors, cube.shape[-2])
        what = _axis_labels("items", items, cube.shape[-1])
        when = _axis_labels("periods", periods, len(cube)) if cube.ndim == 3 else (None,)
        scale = Scale.make(what, levels, bounds)
        blocks = []
        for label, step in zip(when, cube if cube.ndim == 3 else cube[None], strict=True):
            here = ~np.isnan(step)
            rows = np.flatnonzero(here.any(axis=1)) if cube.ndim == 3 else np.arange(len(who))
            columns = np.flatnonzero(here.any(axis=0)) if cube.ndim == 3 else np.arange(len(what))
            blocks.append(PortfolioPeriod(label, rows, columns, step[np.ix_(rows, columns)]))
        return cls._of(who, what, blocks, scale)

    @classmethod
    def stack(cls, *portfolios: Portfolio) -> Portfolio:
        """Join portfolios of the same actors side by side: alliances, votes and trade in one.

        Items keep their own levels and ranges; an item becomes (position of the portfolio, item). An
        actor that one portfolio lacks misses that portfolio's items. Periods are matched by label.

        Raises
        ------
        OptionError
            Fewer than two portfolios, only some of them with periods, or two that share no actor or no period: numbers
            of states beside letters, sessions beside years.
        """
        for at, portfolio in enumerate(portfolios):
            of_kind(f"portfolio {at}", portfolio, Portfolio, "Portfolio.from_wide(table)")
        if len(portfolios) < 2 or len({p.periods is None for p in portfolios}) > 1:
            raise OptionError("stack needs two or more portfolios, all with periods or all without.")
        _meet("actor", [p.actors for p in portfolios], "Bring all to the same labels (al.iso3).")
        if portfolios[0].periods is not None:
            _meet(
                "period",
                [p.periods or () for p in portfolios],
                "Bring all to the same; a session of the UN General Assembly opened in the year 1945 + session.",
            )
        actors = tuple(dict.fromkeys(actor for p in portfolios for actor in p.actors))
        items = tuple((at, item) for at, p in enumerate(portfolios) for item in p.items)
        offset = np.cumsum([0] + [len(p.items) for p in portfolios])
        steps: dict[Any, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
        for at, p in enumerate(portfolios):
            to = pd.Index(actors).get_indexer(pd.Index(p.actors))
            for block in p.blocks:
                part = (to[block.actors], block.items + offset[at], block.cells)
                steps.setdefault(block.period, []).append(part)
        blocks = [PortfolioPeriod(label, *_side_by_side(parts)) for label, parts in steps.items()]
        same = len({p.levels for p in portfolios}) == 1
        levels, spacing = (portfolios[0].levels, portfolios[0].spacing) if same else (None, None)
        low, high = np.concatenate([p.low for p in portfolios]), np.concatenate([p.high for p in portfolios])
        return cls._of(actors, items, blocks, Scale(levels, spacing, low, high, {}))

    @classmethod
    def _of(
        cls, actors: tuple[Any, ...], items: tuple[Any, ...], blocks: list[PortfolioPeriod], scale: Scale
    ) -> Portfolio:
        each_by_one_label(actors)
        for block in blocks:
            scale.check(block.cells, block.items, items)
        return cls(actors, items, tuple(blocks), scale.levels, scale.spacing, scale.low, scale.high)

    def __repr__(self) -> str:
        scale = f"levels {self.levels}" if self.levels else "items on scales of their own"
        count = f"{len(self.blocks)} block{'s' * (len(self.blocks) != 1)}"
        return f"<Portfolio: {len(self.actors)} actors, {len(self.items)} items, {count}, {scale}>"


def _meet(what: str, labels: Sequence[tuple[Any, ...]], way_out: str) -> None:
    """Raise where one of the portfolios has no label of those before it: they would stand beside each other unmet."""
    before: set[Any] = set(labels[0])
    for at, own in enumerate(labels[1:], 1):
        if before.isdisjoint(own):
            raise OptionError(
                f"portfolio {at} has no {what} of those before it: {own[0]!r} there, {labels[0][0]!r} before. {way_out}"
            )
        before |= set(own)


def as_portfolio(
    data: Any, *, levels: Levels | None = None, bounds: Bounds | None = None, period: str | None = None
) -> Portfolio:
    """A `Portfolio` from whatever `similarity` takes: a portfolio, frame, mapping of frames or array."""
    if isinstance(data, Portfolio):
        if levels is not None or bounds is not None or period is not None:
            raise OptionError("levels, bounds and period are already part of a Portfolio; leave them out.")
        return data
    if isinstance(data, pd.DataFrame) or hasattr(data, "__arrow_c_stream__"):
        data = as_pandas("portfolio", data)
        long = {"actor", "item"} <= set(data.columns) and _value_column(data) is not None
        make = Portfolio.from_long if long else Portfolio.from_wide
        return make(data, levels=levels, bounds=bounds, period=period)
    if isinstance(data, Mapping):
        return Portfolio.from_wide(data, levels=levels, bounds=bounds, period=period)
    if isinstance(data, np.ndarray):
        if period is not None:
            raise OptionError(
                f"period is {period!r}, a column of a frame; periods of an array are its first axis."
            )
        return Portfolio.from_array(data, levels=levels, bounds=bounds)
    raise TypeError(
        "a portfolio is a DataFrame (pandas, or with the Arrow interface), array, mapping of frames or "
        f"Portfolio, not {type(data).__name__}."
    )


def _declared_levels(steps: Sequence[tuple[Any, pd.DataFrame]]) -> Levels | None:
    """Levels declared by ordered categorical columns, item by item; None where no column declares any."""
    found: dict[Any, tuple[Any, ...]] = {}
    for _, step in steps:
        for k, item in enumerate(step.columns):
            column = step.iloc[:, k]
            declared = tuple(column.cat.categories) if is_ordered(column) else None
            if declared and found.setdefault(item, declared) != declared:
                raise OptionError(f"item {item!r} declares different levels in different periods.")
    return found or None


def _wide_steps(
    frame: pd.DataFrame | Mapping[Any, pd.DataFrame], period: str | None
) -> list[tuple[Any, pd.DataFrame]]:
    """The wide frames of each period, with the actors in the index."""
    if isinstance(frame, Mapping):
        frame = {label: as_pandas(f"portfolio of {label!r}", step) for label, step in frame.items()}
        if period is not None:
            raise OptionError(
                f"period is {period!r}, a column of one frame; the keys of a mapping are its periods."
            )
        return [(label, _with_actors(step)) for label, step in frame.items()]
    frame = as_pandas("portfolio", frame)
    split = _period_column(frame, period)
    if split is None:
        return [(None, _with_actors(frame))]
    _refuse_missing(frame, split)
    return [
        (label, _with_actors(step.drop(columns=split))) for label, step in frame.groupby(split, observed=True)
    ]


def _with_actors(frame: pd.DataFrame) -> pd.DataFrame:
    return plain_labels(frame, "actor").set_index("actor") if "actor" in frame.columns else frame


def _period_column(frame: pd.DataFrame, period: str | None) -> str | None:
    if period is None and "period" not in frame.columns:
        return None
    name = "period" if period is None else period
    text("period", name)
    check_known("column", name, frame.columns)
    stands_once(frame[name], f"column {name!r}")
    return name


def _value_column(frame: pd.DataFrame) -> str | None:
    return next((name for name in VALUE_COLUMNS if name in frame.columns), None)


def _factor(frame: pd.DataFrame, name: str) -> tuple[np.ndarray, tuple[Any, ...]]:
    _refuse_missing(frame, name)
    codes, labels = sorted_codes(frame[name])
    return np.asarray(codes, dtype=np.int64), tuple(labels.tolist())


def _refuse_missing(frame: pd.DataFrame, name: str) -> None:
    refuse_rows(frame[name].isna().to_numpy(), f"rows have no {name}", way_out=" Drop them or name it.")


def _check_labels(what: str, labels: pd.Index, period: Hashable) -> None:
    where = "" if period is None else f" in period {period!r}"
    if not isinstance(labels, pd.MultiIndex) and labels.hasnans:
        raise OptionError(
            f"{int(labels.isna().sum())} of {len(labels)} {what}s have no label{where}; give each one."
        )
    if labels.has_duplicates:
        raise OptionError(
            f"{what} {labels[labels.duplicated()][0]!r} is given twice{where}; keep one of them."
        )


def _axis_labels(name: str, labels: Sequence[Any] | None, size: int) -> tuple[Any, ...]:
    if isinstance(labels, Set):
        raise TypeError(f"{name} is {labels!r}, a set, which has no order; give a list or tuple.")
    made = tuple(range(size)) if labels is None else tuple(labels)
    if len(made) != size:
        raise OptionError(f"{name} has {len(made)} labels for {size} positions.")
    if len(set(made)) < size:
        raise UnknownLabelError(f"{name} holds a label twice; labels must differ.")
    return made


def _side_by_side(
    parts: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Actors, items and values of blocks joined over the union of their actors."""
    who = np.unique(np.concatenate([actors for actors, _, _ in parts]))
    what = np.concatenate([items for _, items, _ in parts])
    values = np.full((len(who), len(what)), np.nan)
    at = 0
    for actors, items, cells in parts:
        values[np.searchsorted(who, actors), at : at + len(items)] = cells
        at += len(items)
    return who, what, values


# ---- from ties ----------------------------------------------------------------------------------------------
def portfolio_from_ties(
    ties: Ties | Ledger | Events,
    *,
    tie: Literal["cooperation", "conflict"] = "cooperation",
    domain: str | None = None,
    period: object = None,
) -> Portfolio:
    """Profiles of interaction, as portfolios to compare.

    With whom does each actor deal, as shares of all its ties?

    share(i, k) = C(i, k) / sum_k C(i, k), in [0, 1], from the stocks in force at a period's end. Rows are
    actors, columns partners. The share with oneself is missing, so that two actors are compared over third
    parties (each one's share with the other drops out, pair by pair). A row is missing where the actor has
    no tie at all. Shares are read with ``measure="correlation"`` or ``"s"``; most shares are near 0, which
    lifts s for every pair, so correlation tells more.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
        Directed ties give the profile of what an actor does to others; ``ties.undirected()`` of both ways.
    tie : {"cooperation", "conflict"}
        Which layer.
    domain : str
        One domain. Where None and there are several, an item is a (domain, partner): shares within each
        domain stand side by side, and no mass of one domain is added to another's.
    period : period, date or year
        One period. Where None, a panel of all.

    Returns
    -------
    Portfolio

    Raises
    ------
    UnknownLabelError, OptionError
        A domain, period or layer the ties do not have.

    Examples
    --------
    >>> from alignscore import similarity
    >>> from alignscore.datasets import asean
    >>> profiles = portfolio_from_ties(asean(), period=2024)
    >>> found = similarity(profiles, measure="correlation", min_items=5)
    >>> found.measures
    ('correlation',)
    """
    ties = ties_of(ties)
    one_of("tie", tie, ("cooperation", "conflict"))
    axes = ties.axes
    domains = range(len(axes.domains)) if domain is None else [axes.domain(domain)]
    steps = range(len(axes.periods)) if period is None else [axes.period(period)]
    stock = getattr(ties, tie)  # (D, K, T)
    A = len(axes.actors)
    source, target = axes.dyads[:, 0], axes.dyads[:, 1]
    blocks = []
    for t in steps:
        square = np.zeros((A, len(domains), A))  # actor, domain, partner
        square[source, :, target] = stock[:, domains, t]
        if not ties.directed:
            square[target, :, source] = stock[:, domains, t]
        shares = ratio(square, square.sum(axis=2, keepdims=True))
        shares[np.arange(A), :, np.arange(A)] = np.nan
        flat = shares.reshape(A, -1)
        rows = np.flatnonzero((~np.isnan(flat)).any(axis=1))
        label = None if period is not None else axes.periods[t]
        blocks.append(PortfolioPeriod(label, rows, np.arange(flat.shape[1]), flat[rows]))
    partners = [(axes.domains[k], actor) for k in domains for actor in axes.actors]
    items = tuple(axes.actors) if len(domains) == 1 else tuple(partners)
    low = np.zeros(len(items))
    return Portfolio(
        tuple(axes.actors), items, tuple(blocks), levels=None, spacing=None, low=low, high=low + 1
    )
