"""`Result`, the shape every score comes back in: named arrays over labelled dimensions, and their frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import import_module
from inspect import signature
from typing import Any, ClassVar, Literal, NoReturn

import numpy as np
import pandas as pd

from alignscore import bridges, display
from alignscore.actors import names as names_of
from alignscore.actors import no_such_actor, own_names
from alignscore.axes import COMPOSITE, freq_letter, period_ends, period_position
from alignscore.errors import OptionError, check_known, keyed, unknown, whole_number
from alignscore.values import FRAME_METHODS, Frozen

Labels = Mapping[str, Any]
Columns = Literal["short", "all"] | Sequence[str]
COUNTS = ("n", "n_before", "evidence", "n_known", "n_members", "n_votes", "mechanisms", "events", "rows")
NANOSECONDS = np.array(["1677-09-22", "2262-04-11"], dtype="M8[D]")  # first and last day they hold
ACTOR_COLUMNS = ("source", "target", "state", "member", "power", "actor", "toward", "i", "j")
# what a table writes by English names: states, and a ranking of them
NAMED_COLUMNS = (*ACTOR_COLUMNS, "output")


def one_a_label(
    name: str, values: np.ndarray, labels: Iterable[object], axis: int = 1
) -> dict[str, np.ndarray]:
    """Columns ``name_label`` of an array, one for each label of an axis."""
    parts = np.moveaxis(values, axis, 0)
    return {f"{name}_{label}": part for label, part in zip(labels, parts, strict=True)}


@dataclass(frozen=True, eq=False, repr=False)
class Result(Frozen):
    """Named arrays over labelled dimensions, with the recipe that made them.

    Attributes
    ----------
    recipe : dict
        The measure's name and every option that made this result.
    """

    recipe: Mapping[str, Any]

    GUESSES: ClassVar[Mapping[str, str]] = FRAME_METHODS | {
        "cite": "alignscore.cite(result)",
        "head": "to_frame().head",
        "n_eff": "evidence, its name since 0.2",
        "save": "to_frame().to_csv(path), or pickle.dump(result, file) for all of it",
        "show": "table() or plot()",
        "summary": "table()",
        "to_latex": 'table(form="latex")',
    }
    SHORT: ClassVar[tuple[str, ...]] = ()  # columns of the short frame; all of them where empty
    # all of them, worked out when asked for; the arrays held where empty
    COLUMNS: ClassVar[tuple[str, ...]] = ()
    # the score that columns called `se`, `low` and `high` are of; the first that is no count where empty
    MAIN: ClassVar[str] = ""
    FIGURE: ClassVar[str | None] = None  # the function of `alignscore.plots` that draws it
    # label of each dimension, outermost first, and the attribute that holds them
    LABELS: ClassVar[Mapping[str, str]] = {}

    def _labels(self) -> Sequence[Labels]:
        """One mapping of label columns per dimension of the arrays, outermost first."""
        arrays = {label: getattr(self, name) for label, name in self.LABELS.items()}
        return [
            {label: np.array(x, dtype=object) if isinstance(x, tuple) else x} for label, x in arrays.items()
        ]

    @property
    def _label_names(self) -> list[str]:
        """Names of all label columns, in the order of the dimensions."""
        return [name for dimension in self._labels() for name in dimension]

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return tuple(len(next(iter(labels.values()))) for labels in self._labels())

    def _columns(self) -> dict[str, np.ndarray]:
        """Arrays that become columns of the frame, in order of definition."""
        if self.COLUMNS:
            return {name: getattr(self, name) for name in self.COLUMNS}
        shape = self.shape
        return {
            f.name: value
            for f in fields(self)
            if isinstance(value := getattr(self, f.name), np.ndarray) and value.shape == shape
        }

    @property
    def _undirected(self) -> bool:
        """Whether each pair stands once, in no order."""
        return not self.recipe.get("directed", True)

    @property
    def _main(self) -> str:
        """The score that columns called se, low and high are of."""
        every = self.SHORT or self.COLUMNS or tuple(self._columns())
        return self.MAIN or next((name for name in every if name not in COUNTS), "")

    def _chosen(self, columns: Columns) -> dict[str, np.ndarray]:
        """The columns asked for; what stands as an attribute is read without working out the others."""
        if isinstance(columns, str) or not isinstance(columns, Iterable):
            if columns == "all" or (columns == "short" and not self.SHORT):
                return self._columns()
            if columns != "short":
                raise OptionError(
                    f"columns must be 'short', 'all' or a list of names, not {columns!r}; "
                    f"for one column give [{columns!r}]."
                )
            columns = self.SHORT
        shape, every, labels = self.shape, None, self._label_names
        found = {}
        for name in columns:
            is_column = isinstance(name, str) and not name.startswith("_") and name not in labels
            value = getattr(self, name, None) if is_column else None
            if not (isinstance(value, np.ndarray) and value.shape == shape):
                every = self._columns() if every is None else every
                check_known("column", name, every)
                value = every[name]
            found[name] = value
        return found

    def to_frame(self, *, columns: Columns = "short") -> pd.DataFrame:
        """Tidy frame: one row a cell, label columns first, then the arrays as columns.

        Parameters
        ----------
        columns : {'short', 'all'} or list of str
            The main columns of the measure, all of them, or those named.

        Returns
        -------
        pandas.DataFrame
            Labels are text, `period` the timestamp of the period's last day and `year` an integer, scores,
            standard errors, bounds and counts floats. A cell without data is kept, with NaN in its scores
            and 0 in ``n``.
            To round, name columns, ``frame.round({"alignment": 2})``, or take `table`: pandas warns where it is to
            round the timestamps too.

        Raises
        ------
        UnknownLabelError
            A column this result does not have.
        """
        return tidy(self._labels(), self._chosen(columns))

    def of(self, *labels: object, columns: Columns = "short", **by: object) -> pd.DataFrame:
        """Rows of some labels: ``of("KHM", "CHN")``, ``of("KHM", "CHN", 2024)``, ``of("KHM", domain="security")``.

        Parameters
        ----------
        *labels
            Labels in the order of the frame's label columns, the domain left out: source, target and period
            of a dyad's score, state and period of a state's. Where scores are undirected a pair may be given in
            either order, and one actor gives all its pairs.
        columns : {'short', 'all'} or list of str
        **by
            Labels by the name of their column. A period may be a year, a date, a label such as '2026Q2' or a
            slice of these, both ends counted.

        Returns
        -------
        pandas.DataFrame
            As `to_frame`, for the rows that carry all these labels.

        Raises
        ------
        UnknownLabelError
            A label this result does not have.
        OptionError
            More labels than label columns, or no row carries them all.
        """
        dimensions, wanted = self._labels(), self._wanted(labels, by)
        rows = [self._positions(dimension, wanted) for dimension in dimensions]
        some = [
            {name: pd.Index(values[at], tupleize_cols=False) for name, values in dimension.items()}
            for dimension, at in zip(dimensions, rows, strict=True)
        ]
        return tidy(some, {name: column[np.ix_(*rows)] for name, column in self._chosen(columns).items()})

    def _wanted(self, labels: Sequence[object], by: Mapping[str, object]) -> dict[str, object]:
        """Labels asked for by the name of their column."""
        named = self._label_names
        order = [name for name in named if name != "domain"]
        if len(labels) > len(order):
            raise OptionError(f"of(...) takes {' and '.join(order)}, not {len(labels)} labels.")
        wanted = dict(zip(order, labels, strict=False))
        for name, label in by.items():
            check_known("label column", name, named)
            if name in wanted:
                raise OptionError(f"{name} is given twice: {wanted[name]!r} and {label!r}.")
            wanted[name] = label
        for name, label in wanted.items():
            if pd.api.types.is_list_like(label):
                raise OptionError(
                    f"{name} is {label!r:.60}; of(...) takes one label of a column. For several take "
                    f"frame = result.to_frame() and frame[frame[{name!r}].isin([...])]."
                )
        return wanted

    def __getitem__(self, key: object) -> NoReturn:
        """Say where labels and columns are looked up: one pair of brackets could mean either."""
        raise TypeError(
            f"this {type(self).__name__} has labels and columns: of(...) picks rows by label, at(2024) those of a period, "
            f"to_frame() is the table, attributes are the arrays."
        )

    def at(self, period: object, *, columns: Columns = "short") -> pd.DataFrame:
        """Rows of one period, or of a slice of periods: ``at(2024)``."""
        return self.of(columns=columns, period=period)

    def to_xarray(self, *, columns: Columns = "short") -> Any:
        """The scores as an xarray Dataset: labelled arrays, for netCDF, plots and arithmetic by label.

        Parameters
        ----------
        columns : {'short', 'all'} or list of str

        Returns
        -------
        xarray.Dataset
            One variable a column; dimensions as in the arrays, ``dyad`` for pairs of states (with the coordinates
            source and target), ``period`` the timestamp of its last day with the coordinate ``year``; the recipe
            as attributes.

        Raises
        ------
        ImportError
            Without xarray.
        UnknownLabelError
            A column this result does not have.
        """
        labels = [_dimension_columns(dimension) for dimension in self._labels()]
        return bridges.dataset(labels, self._chosen(columns), self.recipe)

    def to_networkx(
        self, *, period: object = None, domain: str | None = None, columns: Columns = "short"
    ) -> Any:
        """Scores of pairs in one period as a networkx graph, for its algorithms and layouts.

        Nothing propagates along this graph: each score was computed from its pair's own record, and an edge
        changed or removed changes no other. What a shock does further on is a question for models of
        impulse responses, which this library has none of.

        Parameters
        ----------
        period : period, date or year, optional
            Needed where there are several.
        domain : str, optional
            By default the composite where there is one; needed where there are several others.
        columns : {'short', 'all'} or list of str
            Scores that become attributes of the edges.

        Returns
        -------
        networkx.DiGraph or networkx.Graph
            A graph without directions for undirected scores. A pair without a score has no edge: no data is not
            a tie of 0. All actors are nodes; the recipe, domain and period are attributes of the graph.

        Raises
        ------
        ImportError
            Without networkx.
        OptionError
            Scores that have no pairs, or several periods or domains with none chosen.
        UnknownLabelError
            A period, domain or column this result does not have.
        """
        by: dict[str, object] = {} if period is None else {"period": period}
        domains = next((d["domain"] for d in self._labels() if "domain" in d), ())
        if domain is not None or COMPOSITE in set(domains):
            by["domain"] = COMPOSITE if domain is None else domain
        frame = self.of(columns=columns, **by)
        directed = "source" in frame and not self._undirected
        return bridges.graph(frame, directed=directed, recipe=self.recipe)

    def _positions(self, dimension: Labels, wanted: Mapping[str, object]) -> np.ndarray:
        """Positions along a dimension whose entries carry the labels wanted of it."""
        length = len(next(iter(dimension.values())))
        keep = np.ones(length, dtype=bool)
        for name, values in dimension.items():
            if name not in wanted:
                continue
            carries = _entries_of(name, values, wanted[name])
            if not carries.any():
                known = tuple(dict.fromkeys(str(value) for value in values))
                raise no_such_label(name, wanted[name], known)
            keep &= carries
        if length and not keep.any():
            given = ", ".join(f"{name} {wanted[name]!r}" for name in dimension if name in wanted)
            raise OptionError(f"no row has {given}: nothing is known of them together.")
        return np.flatnonzero(keep)

    def table(
        self,
        period: object | None = None,
        *,
        columns: Columns = "short",
        form: display.Form = "text",
        digits: int = 2,
        names: Mapping[str, str] | bool = True,
        **by: object,
    ) -> str:
        """Table for a paper: one row a cell that is known, scores with their intervals, notes below.

        Parameters
        ----------
        period : period, date or year, optional
            The last one where not given; a slice gives several.
        columns : {'short', 'all'} or list of str
            Scores shown; their bounds stand beside them, in brackets.
        form : {'text', 'markdown', 'html', 'latex'}
            LaTeX needs the booktabs package.
        digits : int
            After the decimal point.
        names : mapping of str to str, or bool
            How actors are written: English names in place of codes, your own before them, or (False) the labels as
            they are.
        **by
            Rows by label, as `of` takes them: ``table(2024, domain="composite", target="CHN")``.

        Returns
        -------
        str
            A dash stands for a score of which nothing is known.

        Raises
        ------
        OptionError, UnknownLabelError
            An unknown form, column, period or label, or a slip in a label of `names`.

        Examples
        --------
        >>> from alignscore import datasets, hedging
        >>> room = hedging(datasets.asean(), powers=("CHN", "USA"), states=["KHM", "VNM"])
        >>> print(room.table(period=2024, columns=["position", "n"]))
        state     year              position   n
        Cambodia  2024  ...[...]  ...
        Vietnam   2024  ...[...]  ...
        ...
        """
        whole_number("digits", digits, 0)
        if names is not None and not isinstance(names, bool):
            keyed("names", names, "{'KHM': 'Cambodia'}")
            names = own_names(names, self._named())
        periods = self._periods()
        if period is not None and periods is None:
            raise OptionError(f"a {type(self).__name__} has no periods; leave period= out.")
        if period is None and periods is not None and len(periods):
            period = periods[-1]
        every = self.of(columns="all", **({} if period is None else {"period": period}), **by)
        labels = [name for name in self._label_names if name != "period"]
        within_year = isinstance(periods, pd.PeriodIndex) and freq_letter(periods) != "Y"
        labels += [name for name in ("year", "period") if name in every and (name == "year" or within_year)]
        bounds = ("low", "high", "se")
        wanted = [name for name in self._chosen(columns) if name.rpartition("_")[2] not in bounds]
        if every[wanted].notna().any(axis=None):
            every = bridges.scored(every, wanted)
        main = self._main
        cells = {name: [_spoken(name, value, names) for value in every[name]] for name in labels}
        for name in wanted:
            if name in ACTOR_COLUMNS:
                cells[name] = [_spoken(name, value, names) or display.MISSING for value in every[name]]
            else:
                cells[name] = _cells(every, name, main=name == main, digits=digits)
        rows = list(zip(*cells.values(), strict=True))
        right = [name not in labels and every[name].dtype.kind in "fiu" for name in cells]
        headers = [name.replace("_", " ") for name in cells]
        return display.write_table(headers, rows, form=form, notes=self._notes(), right=right)

    def _periods(self) -> Any:
        """Labels of the periods; None where scores have none."""
        return next((dimension["period"] for dimension in self._labels() if "period" in dimension), None)

    def _named(self) -> list[object]:
        """Labels of its rows but those of periods: what `names` may give a name to."""
        columns = (dimension[name] for dimension in self._labels() for name in dimension if name != "period")
        return [label for column in columns for label in pd.unique(np.asarray(column, dtype=object))]

    def _notes(self) -> list[str]:
        """What a reader of a table must know: how the past fades, the level of intervals, what counts mean."""
        level, decay = self.recipe.get("level"), self.recipe.get("decay")
        notes = [f"alignscore: {self.recipe.get('measure', type(self).__name__)}."]
        if decay is not None:
            notes.append(f"How the past fades: {decay!r}.")
        columns = self._columns()
        if level is not None and any(name == "low" or name.endswith("_low") for name in columns):
            notes.append(f"In brackets: intervals of {100 * level:g} %.")
        if "evidence" in columns:
            notes.append("n: events known; evidence: events in force, each fading as it ages.")
        return notes

    def plot(self, *given: object, **options: Any) -> Any:
        """Draw the figure that belongs to this result: a function of `alignscore.plots` with its defaults.

        Parameters
        ----------
        **options
            Handed to that function.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        OptionError
            No figure belongs to this kind of result.
        UnknownLabelError
            An option that the figure does not take.
        TypeError
            An option without its name.
        """
        if given:
            raise TypeError(
                f"plot({', '.join(map(repr, given))}) does not say what that is; name it: plot(period=2024), "
                f"plot(states=['KHM']), plot(pairs=[('KHM', 'CHN')]), as the figure takes it."
            )
        if self.FIGURE is None:
            raise OptionError(
                f"no figure of alignscore.plots belongs to a {type(self).__name__}; to_frame() has its numbers."
            )
        # figures read results, so their room lies above this one: the front door opens it when a figure is asked for
        figure = getattr(import_module("alignscore").plots, self.FIGURE)
        _, *known = signature(figure).parameters  # the first is the result
        for name in options:
            check_known(f"option of plots.{self.FIGURE}", name, known)
        return figure(self, **options)

    def _repr_html_(self) -> str:
        periods = self._periods()
        dated = isinstance(periods, pd.PeriodIndex) and len(periods)
        frame = self.at(periods[-1]) if dated else self.to_frame()
        if "domain" in frame and (frame["domain"] == COMPOSITE).any():
            frame = frame[frame["domain"] == COMPOSITE]
        if "n" in frame and len(frame) > display.SHOWN:
            frame = frame.sort_values("n", ascending=False, kind="stable")
        if dated and freq_letter(periods) == "Y":
            frame = frame.drop(columns="period")  # the year stands beside it
        frame = frame.assign(**{name: frame[name].map(display.count) for name in COUNTS if name in frame})
        return display.shown(repr(self), frame, folded=self.recipe)

    def __repr__(self) -> str:
        size = " x ".join(
            f"{n} {'/'.join(labels)}" for n, labels in zip(self.shape, self._labels(), strict=True)
        )
        return f"<{type(self).__name__}: {size}; {display.options(self.recipe)}>"


def _cells(frame: pd.DataFrame, name: str, *, main: bool, digits: int) -> list[str]:
    """Texts of one score of a frame, with its interval where it has one."""
    values = frame[name]
    if values.dtype.kind not in "fiu":
        return [display.MISSING if pd.isna(value) or value == "" else str(value) for value in values]
    if name in COUNTS or values.dtype.kind in "iu":
        return [display.count(value) for value in values.astype(float)]
    low, high = (f"{name}_low", f"{name}_high") if f"{name}_low" in frame else ("low", "high")
    if low in frame and high in frame and (low != "low" or main):
        return [display.interval(*row, digits) for row in zip(values, frame[low], frame[high], strict=True)]
    return [display.number(value, digits) for value in values.astype(float)]


def _spoken(column: str, label: Any, names: Mapping[str, str] | bool | None) -> str:
    """How an entry of a label column is written."""
    plain = str(label.date()) if isinstance(label, pd.Timestamp) else str(label)
    if names is None or names is False:
        return plain
    own = {} if names is True else names
    return own.get(plain) or (_name(label) if column in NAMED_COLUMNS else plain)


@lru_cache(maxsize=1024)  # a table asks for one state's name in every row
def _name(label: Any) -> str:
    return str(names_of([label]).iloc[0])


def no_such_label(name: str, label: object, known: Sequence[str]) -> Exception:
    """The error of a label that is not there: a state by its name, or a period in an actor's place, is set right."""
    if name in ACTOR_COLUMNS:  # of pairs, states, voters
        if isinstance(label, int | pd.Period | pd.Timestamp):
            return OptionError(
                f"{name} {label!r} is a period; at({label!r}) picks one, or of(..., period={label!r})."
            )
        return no_such_actor(label, known, what=name)
    return unknown(name, label, known)


def _entries_of(name: str, values: Any, label: object) -> np.ndarray:
    """Which entries of a label column carry a label, bool of its length."""
    if isinstance(values, pd.PeriodIndex) and len(values):
        if isinstance(label, slice) and label.step is not None:
            raise OptionError(f"{name} is {label!r}; a slice of periods takes no step.")
        ends = (label.start, label.stop) if isinstance(label, slice) else (label, label)
        # where rows are pairs in periods, a period comes many times and some may be left out
        span = pd.period_range(values.min(), values.max())
        place = values.asi8 - span[0].ordinal
        first, last = 0, len(span) - 1
        if not isinstance(label, slice) or label.start is not None:
            first = period_position(span, ends[0], first=True)
        if not isinstance(label, slice) or label.stop is not None:
            last = period_position(span, ends[1])
        if first > last:
            raise OptionError(f"{name} runs from {ends[0]!s} to {ends[1]!s}, which is backward.")
        return np.asarray((place >= first) & (place <= last))
    if isinstance(label, slice):
        raise OptionError(f"{name} takes one label, not a slice.")
    return np.fromiter((value == label or str(value) == str(label) for value in values), bool, len(values))


def tidy(labels: Sequence[Labels], columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Flatten arrays over labelled dimensions into a frame, the last dimension varying fastest.

    Periods become the timestamp of their last day, with the year beside it: what every other tool reads.
    """
    sizes = [len(next(iter(dimension.values()))) for dimension in labels]
    codes = []
    for at, size in enumerate(sizes):
        inner, outer = math.prod(sizes[at + 1 :]), math.prod(sizes[:at])
        codes.append(np.tile(np.repeat(np.arange(size), inner), outer))
    return label_frame(labels, codes, {name: np.ravel(values) for name, values in columns.items()})


def label_frame(
    labels: Sequence[Labels], codes: Sequence[np.ndarray], columns: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """A frame of some cells, label columns first: `codes` are their places along each dimension, (N,) as the columns."""
    frame: dict[str, Any] = {
        title: column.take(places)
        for dimension, places in zip(labels, codes, strict=True)
        for title, column in _dimension_columns(dimension).items()
    }
    return pd.DataFrame(frame | dict(columns))


def _dimension_columns(dimension: Labels) -> dict[str, pd.Index]:
    """Label columns of a dimension, by title."""
    columns: dict[str, pd.Index] = {}
    for name, values in dimension.items():
        columns |= label_columns(name, values)
    return columns


def label_columns(name: str, values: Any) -> dict[str, pd.Index]:
    """Label columns of a dimension: one, or for periods the timestamp of the last day and the year."""
    if not isinstance(values, pd.PeriodIndex):
        return {name: pd.Index(values, tupleize_cols=False)}
    days = period_ends(values).astype("datetime64[D]")
    fine = ((days >= NANOSECONDS[0]) & (days <= NANOSECONDS[1])).all()  # numpy before 2.5 wraps in silence
    return {
        name: pd.DatetimeIndex(days.astype("datetime64[ns]" if fine else "datetime64[s]")),
        "year": pd.Index(days.astype("datetime64[Y]").astype(np.int64) + 1970),
    }
