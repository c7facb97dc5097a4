"""Tables of dyads in periods, joined by label: scores, and the yardsticks they are held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from alignscore.actors.labels import each_by_one_label
from alignscore.errors import OptionError, UnknownLabelError, check_known, one_of, several, unknown
from alignscore.intervals import generator_of
from alignscore.values import Frozen, as_pandas, numbers_of, plain_labels

Role = Literal["like", "unlike", "ally", "rival", "onset"]
KEYS = ("i", "j", "period")
MOST = 2.0**53  # up to which floats tell one whole number from the next
# table, keys, rows, first period, periods
Placed: TypeAlias = tuple[pd.DataFrame, np.ndarray, np.ndarray, int, int]


@dataclass(frozen=True, eq=False, repr=False)
class Yardstick(Frozen):
    """Something a score should, or should not, agree with.

    Parameters
    ----------
    values : DataFrame
        Columns i, j, period, value; dyads in either order. A dyad not listed is unknown for a role of
        "like" and "unlike", and 0 (not allied, no rival, no dispute) for the others.
    role : {"like", "unlike", "ally", "rival", "onset"}
        A similarity the score should follow; a size it should not; alliances; rivalries; disputes that begin.
    made_of : str
        What it is made of, such as "votes": a score that contains the same is not tested against it.

    Raises
    ------
    OptionError, UnknownLabelError
        A role that is none of these, a column or a state missing, values that are not numbers, a dyad-period twice.

    Examples
    --------
    >>> import pandas as pd
    >>> pacts = pd.DataFrame({"i": ["USA"], "j": ["JPN"], "period": [2010], "value": [1]})
    >>> Yardstick(pacts, "ally", made_of="alliances")
    <Yardstick: ally, 1 rows, made of alliances>
    """

    values: pd.DataFrame
    role: Role
    made_of: str = ""

    def __post_init__(self) -> None:
        one_of("role", self.role, get_args(Role))
        table = table_of_dyads(self.values, ("value",), f"yardstick ({self.role})")
        object.__setattr__(self, "values", table)
        super().__post_init__()

    def __repr__(self) -> str:
        made = f", made of {self.made_of}" if self.made_of else ""
        return f"<Yardstick: {self.role}, {len(self.values)} rows{made}>"


def table_of_dyads(frame: pd.DataFrame, columns: Iterable[str], what: str) -> pd.DataFrame:
    """Columns i, j, period (an integer) and `columns` as floats; dyads in label order, each once a period.

    What the table is and how long its periods are stand in ``attrs``.
    """
    frame = as_pandas(f"the {what} table", frame)
    for name in (*KEYS, *columns):
        if name not in frame.columns:
            problem = unknown(f"column of the {what} table", name, frame.columns)
            if name == "i" and {"source", "target"} <= set(frame.columns):  # as frames of scores call them
                raise UnknownLabelError(f"{problem} Give rename(columns={{'source': 'i', 'target': 'j'}}).")
            raise problem
        if list(frame.columns).count(name) > 1:
            raise OptionError(f"column {name!r} stands more than once in the {what} table; keep one.")
    frame = plain_labels(frame, "i", "j")
    for key in KEYS:
        if (missing := int(frame[key].isna().sum())) > 0:
            raise OptionError(f"{missing} of {len(frame)} rows of the {what} table have no {key}.")
    i, j = (frame[end].astype(str).to_numpy(dtype=object) for end in ("i", "j"))
    low = i <= j
    period, freq = _ordinal(frame["period"])
    out = pd.DataFrame({"i": np.where(low, i, j), "j": np.where(low, j, i), "period": period})
    out.attrs = {"what": what, "freq": freq}
    for name in columns:
        try:
            out[name] = numbers_of(frame[name], name)
        except OptionError:
            out[name] = np.inf
        if np.isinf(out[name]).any():
            raise OptionError(f"column {name!r} of the {what} table has values that are not finite numbers.")
    twice = out.duplicated(list(KEYS))
    if twice.any():
        row = out[twice].iloc[0]
        raise OptionError(
            f"the {what} table has {int(twice.sum())} dyad-periods twice, the first {row['i']}-{row['j']} in "
            f"{period_text(out, row['period'])}; scores here are undirected, one row a pair and period."
        )
    return out


def period_text(table: pd.DataFrame, period: int) -> str:
    """How a period of a table is written: 2010, 2010-03, 2010Q1."""
    freq = table.attrs["freq"]
    return str(period if freq == "Y" else pd.Period(ordinal=int(period), freq=freq))


def check_comparable(table: pd.DataFrame, scores: pd.DataFrame) -> None:
    """Raise where the two tables cannot meet: periods of unlike length, whose numbers mean other days, or other labels.

    Of a yardstick that names no state of the scores every pair would be no ally, no rival and at peace, and so would the
    pairs of a state that it calls by another label.
    """
    there = set(scores["i"]) | set(scores["j"])
    if len(table) and len(scores) and there.isdisjoint(table["i"]) and there.isdisjoint(table["j"]):
        raise OptionError(
            f"the {table.attrs['what']} table names no state of the scores: {table['i'].iloc[0]!r} there, "
            f"{scores['i'].iloc[0]!r} here. Both need the same labels (al.iso3)."
        )
    each_by_one_label(sorted(there | set(table["i"]) | set(table["j"])))
    theirs, ours = table.attrs.get("freq"), scores.attrs.get("freq")
    if theirs != ours:
        raise OptionError(
            f"periods of the {table.attrs['what']} table are of length {theirs!r}, those of the scores of {ours!r}; "
            "bring both to one."
        )


def _ordinal(period: pd.Series) -> tuple[np.ndarray, str]:
    """Years as they are; periods, or the timestamps of their last days, of a year as years, others by their ordinal.

    And the length of a period.
    """
    if pd.api.types.is_datetime64_any_dtype(period.dtype):
        period = pd.Series(pd.DatetimeIndex(period).tz_localize(None))
        ends = (("Y", period.dt.is_year_end), ("Q", period.dt.is_quarter_end), ("M", period.dt.is_month_end))
        freq = next((freq for freq, last in ends if last.all()), None)
        if freq is None:
            raise OptionError("timestamps of periods must be the last days of years, quarters or months.")
        period = period.dt.to_period(freq)
    if isinstance(period.dtype, pd.PeriodDtype):
        index = pd.PeriodIndex(period)
        yearly = str(index.freqstr)[0] in "YA"
        ordinal = index.year if yearly else index.asi8
        return np.asarray(ordinal, dtype=np.int64), "Y" if yearly else str(index.freqstr)
    numbers = pd.to_numeric(period, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if not (np.abs(numbers) < MOST).all() or (numbers % 1 != 0).any():  # NaN too
        raise OptionError("periods must be years (integers), pandas periods or their last days.")
    return np.asarray(numbers, dtype=np.int64), "Y"


class DyadValues:
    """Values of tables by (i, j, period), for rows of another; how a table's rows lie is read once."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.actors = pd.Index(np.unique(rows[["i", "j"]].to_numpy(dtype=object).astype(str)))
        self.rows = rows
        self.i, self.j = self._codes(rows)
        self.period = rows["period"].to_numpy()
        self._placed: dict[int, Placed] = {}

    def of(self, table: pd.DataFrame, column: str, *, ahead: int = 0, absent: float = np.nan) -> np.ndarray:
        """The table's value for each row's dyad, `ahead` periods later; `absent` where it has none, (R,).

        Periods that the table does not reach at all are unknown (NaN), whatever `absent` says.
        """
        if not len(table):
            return np.full(len(self.period), np.nan)
        _, keys, rows, first, span = self._place(table)
        wanted = self.period + ahead - first
        reach = (wanted >= 0) & (wanted < span)
        out = np.where(reach, absent, np.nan)
        if len(keys):
            asked = self._key(self.i, self.j, wanted, span)
            at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
            hit = reach & (keys[at] == asked)
            out[hit] = table[column].to_numpy()[rows[at[hit]]]
        return out

    def _place(self, table: pd.DataFrame) -> Placed:
        """How the rows of a table between known actors lie, in the order of their keys."""
        placed = self._placed.get(id(table))
        if placed is None:
            check_comparable(table, self.rows)
            a, b = self._codes(table)
            when = table["period"].to_numpy()
            first = int(when.min())
            span = int(when.max() - when.min()) + 1
            known = np.flatnonzero((a >= 0) & (b >= 0))
            keys = self._key(a[known], b[known], when[known] - first, span)
            order = np.argsort(keys)
            # the table is held, so that no other can come to have its id
            placed = self._placed[id(table)] = (table, keys[order], known[order], first, span)
        return placed

    def _codes(self, table: pd.DataFrame) -> list[np.ndarray]:
        return [self.actors.get_indexer(table[end].astype(str)) for end in ("i", "j")]

    def _key(self, i: np.ndarray, j: np.ndarray, period: np.ndarray, span: int) -> np.ndarray:
        return np.asarray((i.astype(np.int64) * len(self.actors) + j) * span + period)


def thin(
    counts: pd.DataFrame, columns: Iterable[str], *, rng: int | np.random.Generator | None = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a table of counts at random into two halves that add up to it: each event goes to either.

    Scores computed on the two halves show how much of a score is luck: see `halves` of `validity`.

    Parameters
    ----------
    counts : DataFrame
    columns : iterable of str
        The columns of whole numbers that are split; the others stand in both halves.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    tuple of DataFrame

    Raises
    ------
    OptionError
        A count that is negative, no number or no whole one.
    UnknownLabelError
        A column that is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> one, two = thin(pd.DataFrame({"cooperation": [4, 0], "conflict": [10, 1]}), ["conflict"], rng=1)
    >>> (one["conflict"] + two["conflict"]).tolist()
    [10, 1]
    """
    generator, counts = generator_of(rng), as_pandas("counts", counts)
    one, two = counts.copy(), counts.copy()
    for name in several(columns):
        check_known("column", name, counts.columns)
        whole = numbers_of(counts[name], name)
        if not ((whole >= 0) & (whole < MOST)).all() or (whole % 1 != 0).any():
            raise OptionError(f"column {name!r} has counts that are negative or no whole numbers.")
        one[name] = generator.binomial(whole.astype(np.int64), 0.5)
        two[name] = whole.astype(np.int64) - one[name]
    return one, two


def split_by_content(
    yardsticks: Mapping[str, Yardstick], contains: Iterable[str]
) -> tuple[dict[str, Yardstick], dict[str, Yardstick]]:
    """Yardsticks that may be used, and those made of something the scores contain."""
    contained = set(contains)
    made = {y.made_of for y in yardsticks.values() if y.made_of}
    for name in contained - made:
        raise unknown("content", name, sorted(made))
    free = {name: y for name, y in yardsticks.items() if y.made_of not in contained}
    return free, {name: y for name, y in yardsticks.items() if name not in free}
