"""The lines of the validity battery: each test as a statistic on rows, with its interval and baselines.

Letters for shapes: R rows (dyads in a period).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alignscore.errors import OptionError
from alignscore.intervals import reaches, state_counts
from alignscore.measures.dyads.affinity_fit import fit_effects
from alignscore.validity.rank_statistics import (
    Statistic,
    auc,
    average_precision,
    forecasts,
    interval,
    partial_slope,
    spearman,
)
from alignscore.validity.yardsticks import (
    DyadValues,
    Role,
    Yardstick,
    check_comparable,
    period_text,
    table_of_dyads,
)
from alignscore.values import as_pandas

BINS = (2, 5, 10, 25, 50, 100, 500)  # lower edges of the numbers of events in the reliability curve
TRAIN = 4  # periods a forecast learns from before its first test
MARGIN = 0.1  # by which a convergent score must beat volume and net counts
MIN_ROWS = 30
ENDS = {"spearman": (-1.0, 1.0), "spearman-brown": (-1.0, 1.0), "auc": (0.0, 1.0), "ap": (0.0, 1.0)}
Prepare = Callable[[np.ndarray, np.ndarray], Statistic]  # of scores and their rows


@dataclass(frozen=True)
class Line:
    """One line of the battery.

    Attributes
    ----------
    test, score, yardstick, statistic, sample : str
        What was asked of which score, how, and on which rows.
    estimate, low, high : float
        The statistic and its interval by resampling states.
    n, states : int
        Rows and states behind it.
    base_rate : float
        Share of positive rows, where the statistic has any.
    volume, net, excess, reference : float
        The same statistic, on the same rows, of the number of events, of net counts, of the number of events beyond
        what the two states have with everyone (log, net of state effects, period by period), and of the reference.
    passes : bool or None
        Whether the line set beforehand is reached; None: reported without one.
    note : str
    """

    test: str
    score: str
    yardstick: str
    statistic: str
    sample: str
    estimate: float
    low: float = np.nan
    high: float = np.nan
    n: int = 0
    states: int = 0
    base_rate: float = np.nan
    volume: float = np.nan
    net: float = np.nan
    excess: float = np.nan
    reference: float = np.nan
    passes: bool | None = None
    note: str = ""


# ---- comparisons: rows, baselines, intervals ------------------------------------------------------------
class Comparisons:
    """The rows with enough events, and the one way to turn a statistic of theirs into a line of the result."""

    def __init__(
        self, table: pd.DataFrame, yardsticks: Mapping[str, Yardstick], reference: Yardstick | None,
        min_n: float, draws: int, level: float, rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self.table = table
        enough = reaches(table["n"].to_numpy(), min_n)
        self.rows = table[enough].reset_index(drop=True)
        self.lookup = DyadValues(self.rows)
        self.min_n, self.level, self.rng = min_n, level, rng
        # a yardstick hands out another copy at every look, and how a table lies is read once
        self.tables = {name: (one.role, one.values) for name, one in yardsticks.items()}  # noqa: PD011
        self.counts = state_counts(len(self.lookup.actors), draws, rng)
        self.volume = np.log1p(self.rows["n"].to_numpy())
        self.net = self.rows["net"].to_numpy()
        self.excess = _excess_volume(table)[enough]
        missing = np.full(len(self.rows), np.nan)
        self.reference = missing if reference is None else self.lookup.of(reference.values, "value")

    def of(self, role: Role) -> Iterator[tuple[str, pd.DataFrame]]:
        """The values of yardsticks of a role, by name."""
        return ((name, values) for name, (of, values) in self.tables.items() if of == role)

    def marked(self, role: Role, *, ahead: int = 0) -> np.ndarray:
        """1 where any yardstick of a role says so, 0 where one reaches and none does, NaN where none reaches, (R,)."""
        found = [self.lookup.of(values, "value", ahead=ahead, absent=0.0) for _, values in self.of(role)]
        if not found:
            return np.full(len(self.rows), np.nan)
        return np.asarray(np.fmax.reduce(found))

    def moved(self, score: str, span: int) -> np.ndarray:
        """Change of a score over a span of periods, (R,)."""
        return np.asarray(self.rows[score] - self.lookup.of(self.table, score, ahead=-span))

    def line(
        self, test: str, score: str, yardstick: str, statistic: str, sample: str,
        make: Prepare, kept: np.ndarray, *,
        values: np.ndarray | None = None, base: np.ndarray | None = None, risk: bool = False,
        judge: Callable[[Line], bool | None] = lambda _: None, baselines: bool = True,
    ) -> Line:  # fmt: skip
        """A line for the statistic that `make(x, rows)` prepares, on rows kept where the score is known."""
        sign = -1.0 if risk else 1.0
        x = sign * self.rows[score].to_numpy() if values is None else values
        rows = np.flatnonzero(kept & ~np.isnan(x))
        if len(rows) < MIN_ROWS:
            return Line(test, score, yardstick, statistic, sample, np.nan, n=len(rows), note="too few rows")
        i, j = self.lookup.i[rows], self.lookup.j[rows]
        ask = make(x[rows], rows)
        low = high = np.nan
        if len(self.counts):
            low, high = interval(ask, i, j, self.counts, self.level, ENDS.get(statistic))

        def beside(baseline: np.ndarray) -> float:
            known = rows[~np.isnan(baseline[rows])]
            worth = baselines and len(known) >= MIN_ROWS
            return make(baseline[known], known)(np.ones(len(known))) if worth else np.nan

        line = Line(
            test, score, yardstick, statistic, sample, ask(np.ones(len(rows))), low, high,
            n=len(rows), states=len(np.unique([i, j])), base_rate=np.nan if base is None else float(base[rows].mean()),
            volume=beside(self.volume), net=beside(sign * self.net), excess=beside(sign * self.excess),
            reference=beside(sign * self.reference),
        )  # fmt: skip
        return line if np.isnan(line.estimate) else replace(line, passes=judge(line))


def _excess_volume(table: pd.DataFrame) -> np.ndarray:
    """ln(1 + n) of each row less the effects of its two states among the rows of its period, (R,)."""
    dyads = DyadValues(table)
    volume = np.log1p(table["n"].to_numpy())
    out = np.full(len(table), np.nan)
    for rows in table.groupby("period").indices.values():
        out[rows] = fit_effects(volume[rows], dyads.i[rows], dyads.j[rows], len(dyads.actors)).residual
    return out


def held_against(
    y: np.ndarray, statistic: Callable[[np.ndarray, np.ndarray], Statistic] = spearman
) -> Prepare:
    """A statistic of scores and of what they are held against, (R,), on the rows of the scores."""
    return lambda x, rows: statistic(x, y[rows])


def at_least(least: float) -> Callable[[Line], bool]:
    """Whether a line's statistic is so high."""
    return lambda line: bool(line.estimate >= least)


# ---- the tests ----------------------------------------------------------------------------------------
def convergent(
    comparisons: Comparisons, score: str, *, by_period: bool, spans: Sequence[int] = (1,)
) -> Iterator[Line]:
    """Rank correlation with what the score should follow, in levels and in changes."""
    for name, values in comparisons.of("like"):
        y = comparisons.lookup.of(values, "value")
        known = ~np.isnan(y)
        samples = {"all": known}
        for period in np.unique(comparisons.lookup.period) if by_period else ():
            samples[period_text(comparisons.rows, period)] = known & (comparisons.lookup.period == period)
        for sample, kept in samples.items():
            yield comparisons.line(
                "convergent", score, name, "spearman", sample, held_against(y), kept,
                judge=lambda it: bool(it.low > 0 and it.estimate > max(it.volume, it.net) + MARGIN),
            )  # fmt: skip
        for span in spans:
            shift = y - comparisons.lookup.of(values, "value", ahead=-span)
            yield comparisons.line(
                "change", score, name, "spearman", "all" if span == 1 else f"over {span} periods",
                held_against(shift), ~np.isnan(shift), values=comparisons.moved(score, span), baselines=False,
            )  # fmt: skip


def discriminant(comparisons: Comparisons, score: str) -> Iterator[Line]:
    """Rank correlation with sizes the score should not follow."""
    sizes = {"volume": comparisons.volume}
    sizes |= {name: comparisons.lookup.of(values, "value") for name, values in comparisons.of("unlike")}
    for name, size in sizes.items():
        yield comparisons.line(
            "discriminant", score, name, "spearman", "all", held_against(size), ~np.isnan(size),
            judge=lambda line: bool(abs(line.estimate) < 0.2),
        )  # fmt: skip


def known_groups(comparisons: Comparisons, score: str) -> Iterator[Line]:
    """Whether allies, dyads that are neither, and rivals come in this order."""
    ally, rival = comparisons.marked("ally"), comparisons.marked("rival")
    if np.isnan(ally).all() or np.isnan(rival).all():
        return
    group = np.select([np.isnan(ally) | np.isnan(rival), ally > 0, rival > 0], [-1, 2, 0], 1)
    words = {0: "rivals", 1: "neither", 2: "allies"}
    for high, low, least in ((2, 0, 0.75), (2, 1, 0.5), (1, 0, 0.5)):
        positive = group == high
        yield comparisons.line(
            "known groups", score, f"{words[high]} over {words[low]}", "auc", "all", held_against(positive, auc),
            positive | (group == low), base=positive.astype(float),
            judge=at_least(least),
        )  # fmt: skip


def predictive(comparisons: Comparisons, score: str) -> Iterator[Line]:
    """What the score says about the next period."""
    period = comparisons.lookup.period
    for name, values in comparisons.of("like"):
        y, later = (comparisons.lookup.of(values, "value", ahead=ahead) for ahead in (0, 1))

        def beyond(
            x: np.ndarray, rows: np.ndarray, y: np.ndarray = y, later: np.ndarray = later
        ) -> Statistic:
            return partial_slope(later[rows], x, y[rows], period[rows])

        yield comparisons.line(
            "predictive", score, f"{name} t+1", "slope beyond lag", "all", beyond, ~np.isnan(y + later),
            judge=lambda line: bool(line.low > 0),
        )  # fmt: skip
        yield comparisons.line(
            "predictive", score, f"{name} t+1", "spearman", "all", held_against(later), ~np.isnan(later)
        )
    onset = comparisons.marked("onset", ahead=1)
    if np.nansum(onset) < 1:
        return
    positive, kept = onset > 0, ~np.isnan(onset)

    def useful(line: Line) -> bool:
        return bool(line.estimate > max(line.base_rate, line.volume))

    for label, statistic, judge in (("auc", auc, lambda _: None), ("ap", average_precision, useful)):
        yield comparisons.line(
            "predictive", score, "onset t+1", label, "all", held_against(positive, statistic), kept,
            base=positive.astype(float), risk=True, judge=judge,
        )  # fmt: skip
    yield _onset_gain(comparisons, score, positive, kept)


def _onset_gain(comparisons: Comparisons, score: str, positive: np.ndarray, kept: np.ndarray) -> Line:
    """Average precision gained over a forecast from volume, each period forecast from those before it."""
    x = comparisons.rows[score].to_numpy()
    rows = np.flatnonzero(kept & ~np.isnan(x))
    odds = np.full((2, len(x)), np.nan)
    X, when = np.column_stack([comparisons.volume, x])[rows], comparisons.lookup.period[rows]
    for at in (0, 1):
        odds[at, rows] = forecasts(X[:, : at + 1], positive[rows], when, train=TRAIN)

    def make(_: np.ndarray, rows: np.ndarray) -> Statistic:
        base, full = (average_precision(odds[at, rows], positive[rows]) for at in (0, 1))
        return lambda w: full(w) - base(w)

    return comparisons.line(
        "onset gain", score, "onset t+1", "ap less volume's", f"after {TRAIN} periods", make,
        ~np.isnan(odds).any(axis=0), base=positive.astype(float), baselines=False,
    )  # fmt: skip


def reliability(
    comparisons: Comparisons, score: str, halves: tuple[pd.DataFrame, pd.DataFrame]
) -> Iterator[Line]:
    """Correlation of the two halves' scores, stepped up to the full length, by the number of events."""
    whole = Comparisons(
        comparisons.table, {}, reference=None, min_n=0.0, draws=len(comparisons.counts), level=comparisons.level,
        rng=comparisons.rng,
    )  # fmt: skip
    one, two = (whole.lookup.of(table_of_dyads(half, (score,), "half"), score) for half in halves)
    n = whole.rows["n"].to_numpy()

    def make(x: np.ndarray, rows: np.ndarray) -> Statistic:
        ask = spearman(x, two[rows])

        def stepped(w: np.ndarray) -> float:
            r = ask(w)
            return 2 * r / (1 + r) if r > -1 else np.nan

        return stepped

    for low, high in zip(BINS, (*BINS[1:], np.inf), strict=True):
        yield whole.line(
            "reliability", score, "other half", "spearman-brown", f"{low:g}-{high - 1:g} events", make,
            ~np.isnan(two) & (n >= low) & (n < high), values=one, baselines=False,
            judge=at_least(0.8) if low >= comparisons.min_n else lambda _: None,
        )  # fmt: skip


def responsiveness(comparisons: Comparisons, score: str, shocks: pd.DataFrame) -> Iterator[Line]:
    """Signed change at each shock, its rank among the dyad's other dates and others' changes then."""
    shocks = as_pandas("shocks", shocks)
    dated = table_of_dyads(shocks, ("sign",), "shock")
    check_comparable(dated, comparisons.rows)
    odd = ~dated["sign"].isin([-1, 1]).to_numpy()
    if odd.any():
        first = int(odd.argmax())
        raise OptionError(
            f"{int(odd.sum())} of {len(dated)} shocks have a sign that is neither -1 nor 1, the first "
            f"{shocks['sign'].iloc[first]!r} in row {first}."
        )
    labels = (dated["i"] + "-" + dated["j"]).to_numpy(dtype=object)
    if "label" in shocks.columns:
        labels = np.where(shocks["label"].isna(), labels, shocks["label"].astype(str))
    moved = comparisons.moved(score, 1)
    i, j, when = (comparisons.rows[key].to_numpy() for key in ("i", "j", "period"))
    for row, label in zip(dated.itertuples(), labels, strict=True):
        dyad = (i == row.i) & (j == row.j)
        same, others = dyad & (when != row.period), ~dyad & (when == row.period)
        at = np.flatnonzero(dyad & (when == row.period) & ~np.isnan(moved))
        placebo = row.sign * moved[(same | others) & ~np.isnan(moved)]
        ask = ("responsiveness", score, label, "signed change", period_text(dated, row.period))
        if not len(at):
            yield Line(*ask, np.nan, note="no score")
            continue
        change = float(row.sign * moved[at[0]])
        p = (1 + int((placebo >= change).sum())) / (1 + len(placebo))
        own = row.sign * moved[same & ~np.isnan(moved)]
        larger = int((own >= change).sum())
        note = f"rank p = {p:.3f} of {len(placebo)} placebos; {larger} of {len(own)} own dates as large"
        yield Line(*ask, change, n=len(placebo), note=note)
