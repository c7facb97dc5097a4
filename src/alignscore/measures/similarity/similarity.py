"""Foreign-policy similarity of every dyad at once, from votes, obligations, memberships or shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from alignscore import display
from alignscore.axes import place_of
from alignscore.errors import OptionError, keyed, one_of, several, unknown, whole_number
from alignscore.intervals import ratio
from alignscore.measures.similarity import coefficients as kernel
from alignscore.measures.similarity.coefficients import DISTANCES, Distance
from alignscore.measures.similarity.item_scales import Bounds, Levels
from alignscore.measures.similarity.portfolio import Portfolio, PortfolioPeriod, as_portfolio
from alignscore.results import Columns, Labels, Result
from alignscore.values import numbers_in

Measure: TypeAlias = Literal[
    "s", "kappa", "pi", "a", "agreement", "tau_b", "correlation",
    "s_absolute", "s_squared", "s_nominal", "kappa_absolute", "kappa_squared", "kappa_nominal",
    "pi_absolute", "pi_squared", "pi_nominal", "a_absolute", "a_squared", "a_nominal",
    "agreement_absolute", "agreement_squared", "agreement_nominal",
]  # fmt: skip
Weights: TypeAlias = Mapping[Any, float] | pd.Series | Sequence[float] | np.ndarray
BY_DISTANCE = {
    "s": kernel.s_score,
    "kappa": kernel.kappa,
    "pi": kernel.scott_pi,
    "a": kernel.corrected_s,
    "agreement": kernel.agreement_of_distances,
}
Plan: TypeAlias = tuple[tuple[str, str, Distance], ...]  # name as asked for, measure, distance
REASONS = ("", "no shared item", "fewer than min_items", "constant")


@dataclass(frozen=True, eq=False, repr=False)
class SimilarityResult(Result):
    """Similarity of every dyad, in every period.

    Attributes
    ----------
    actors : tuple
    periods : tuple or None
    measures : tuple of str
        Names, in the order asked for.
    i, j : ndarray of int, (R,)
        Codes into `actors`; each dyad of a period once, in the portfolio's order of actors.
    t : ndarray of int, (R,)
        Positions in `periods` (0 where there are none).
    scores : ndarray of float, (measures, R)
    n : ndarray of int, (R,)
        Items both hold (with positive weight).
    reason : ndarray of int, (measures, R)
        Why a score is NaN: 0 it is not, 1 no shared item, 2 fewer than min_items, 3 constant (what the
        actors hold on the shared items does not vary enough for the measure to be defined).
    """

    FIGURE: ClassVar[str | None] = "similarities"

    actors: tuple[Any, ...]
    periods: tuple[Any, ...] | None
    measures: tuple[str, ...]
    i: np.ndarray
    j: np.ndarray
    t: np.ndarray
    scores: np.ndarray
    n: np.ndarray
    reason: np.ndarray

    @property
    def similarity(self) -> np.ndarray:
        """Scores of the first measure, (R,)."""
        return np.asarray(self.scores[0])

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of rows (dyads, or dyad-periods): (R,)."""
        return self.n.shape

    def _labels(self) -> Sequence[Labels]:
        names = pd.Index(self.actors, tupleize_cols=False)
        labels = {"i": names.take(self.i), "j": names.take(self.j)}
        if self.periods is not None:
            labels["period"] = pd.Index(self.periods, tupleize_cols=False).take(self.t)
        return (labels,)

    def _columns(self) -> dict[str, np.ndarray]:
        names = ("similarity",) if len(self.measures) == 1 else self.measures
        return {**dict(zip(names, self.scores, strict=True)), "n": self.n}

    def to_frame(self, *, columns: Columns = "short", reasons: bool = False) -> pd.DataFrame:
        """One row a dyad (and period): i, j, [period], similarity (or each measure by name), n.

        Parameters
        ----------
        columns : {'short', 'all'} or list of str
        reasons : bool
            Add a column per measure that says why its score is NaN ("" where it is not).
        """
        one_of("reasons", reasons, (True, False))
        frame = super().to_frame(columns=columns)
        if reasons:
            words = np.array(REASONS, dtype=object)
            for name, why in zip(self.measures, self.reason, strict=True):
                frame["reason" if len(self.measures) == 1 else f"reason_{name}"] = words[why]
        return frame

    def of(self, *labels: object, columns: Columns = "short", **by: object) -> pd.DataFrame:
        """Rows of one actor, who stands in column i, the partner in j: ``of("KHM")``, ``of("KHM", "CHN", 2020)``.

        Raises
        ------
        UnknownLabelError
            An actor or period is not in the portfolio, or no such column of labels.
        OptionError
            More labels than these.
        """
        wanted = self._wanted(labels, by)
        if not {"i", "j"} & wanted.keys():
            return super().of(columns=columns, **by)
        code = self._actor(wanted.pop("i" if "i" in wanted else "j"))
        frame = self.to_frame(columns=columns)
        swap = self.j == code
        mine = swap | (self.i == code)
        partners = np.where(swap, self.i, self.j)
        if "j" in wanted:
            mine &= partners == self._actor(wanted.pop("j"))
        frame["i"], frame["j"] = frame["i"].where(~swap, frame["j"]), frame["j"].where(~swap, frame["i"])
        order = np.lexsort((partners, self.t))
        order = order[mine[order]]
        if wanted:
            order = order[np.isin(order, self._positions(self._labels()[0], wanted))]
        rows: pd.DataFrame = frame.iloc[order]
        return rows.reset_index(drop=True)

    def between(self, a: object, b: object) -> pd.DataFrame:
        """Rows of one dyad, whichever order it is named in: its series over the periods."""
        one, other = self._actor(a), self._actor(b)
        rows = ((self.i == one) & (self.j == other)) | ((self.i == other) & (self.j == one))
        return self.to_frame()[rows].reset_index(drop=True)

    def matrix(
        self, *, measure: str | None = None, period: object = None, diagonal: float = np.nan
    ) -> pd.DataFrame:
        """Square symmetric frame of one measure in one period, actors on both sides.

        Parameters
        ----------
        measure : str
            Needed where several were computed.
        period : object
            Needed where there are several periods.
        diagonal : float
            What stands on the diagonal; an actor is not compared with itself.

        Raises
        ------
        UnknownLabelError, OptionError
            A measure or period that is unknown, or not named although there are several.
        """
        at = self._position("measure", measure, self.measures)
        when = self._position("period", period, self.periods or (None,))
        rows = np.flatnonzero(self.t == when)
        here = np.unique(np.concatenate([self.i[rows], self.j[rows]]))
        square = np.full((len(here), len(here)), np.nan)
        i, j = np.searchsorted(here, self.i[rows]), np.searchsorted(here, self.j[rows])
        square[i, j] = square[j, i] = self.scores[at, rows]
        np.fill_diagonal(square, diagonal)
        names = pd.Index(self.actors, tupleize_cols=False).take(here)
        return pd.DataFrame(square, index=names, columns=names)

    def _actor(self, label: object) -> int:
        return place_of("actor", label, self.actors)

    @staticmethod
    def _position(what: str, label: object, known: Sequence[Any]) -> int:
        if label is None and len(known) == 1:
            return 0
        if label is None:
            raise OptionError(f"there are {len(known)} {what}s; name one with {what}=.")
        return place_of(what, label, known)

    def __repr__(self) -> str:
        span = "" if self.periods is None else f" in {len(self.periods)} periods"
        options = ", ".join(
            f"{key}={display.option(value)}"
            for key, value in self.recipe.items()
            if key not in ("measure", "measures")
        )
        missing = int(np.isnan(self.scores).sum())
        return (
            f"<SimilarityResult: {', '.join(self.measures)} of {len(self.n):,} dyads of {len(self.actors)} "
            f"actors{span}; {missing:,} undefined; {options}>"
        )


def similarity(
    portfolio: Any,
    *,
    measure: Measure | Sequence[Measure] = "s",
    levels: Levels | None = None,
    distance: Distance | None = None,
    weights: Weights | None = None,
    min_items: int = 1,
    bounds: Bounds | None = None,
    period: str | None = None,
) -> SimilarityResult:
    """Similarity of every two actors' foreign policies, all dyads at once.

    How alike are two actors, judged by what they hold on the items both hold?

    With x, y what i and j hold on an item (level or share), d = abs(x - y)^q, w the item's weight, N the
    sum of w over the items both hold, O and E the sums of d over the shared items and over all pairings
    of i's items with j's (from the pair's own margins r and c):

    ============= ==================================================== ======== ===========================
    measure       formula                                              range    source
    ============= ==================================================== ======== ===========================
    s             1 - 2 sum(w d / d_max) / N                           -1 .. 1  Signorino & Ritter 1999
    kappa         1 - O / (E / N)                                      -1 .. 1  Cohen 1960, 1968
    pi            1 - O / (E' / 4N), E' from the pooled margins        -1 .. 1  Scott 1955
    tau_b         (concordant - discordant) / sqrt(u1 u2)              -1 .. 1  Kendall 1945
    a             -2 (O / N - E / N^2) / d_max                         -1 .. 1  Benati & Capurri 2026
    agreement     1 - sum(w d / d_max) / N = (s + 1) / 2               0 .. 1
    correlation   Pearson's r                                          -1 .. 1
    ============= ==================================================== ======== ===========================

    Up means more alike. All are symmetric and unit-free. d_max is the greatest possible d of the item,
    from its declared levels, never from what a pair happens to show; each item is divided by its own, so
    that alliances, votes and trade can stand in one portfolio (`Portfolio.stack`). s counts every absent
    tie as agreement: kappa, pi and a take off what the margins alone would produce (Häge 2011). Alliance
    portfolios are slow, votes narrow: show more than one.

    Parameters
    ----------
    portfolio : DataFrame, ndarray, mapping of period to DataFrame, or Portfolio
        Wide frame (index actors, columns items), long frame (actor, item, value or vote; a column
        ``period`` makes a panel), array (n, m) or (T, n, m). Missing values are deleted pair by pair.
    measure : str or sequence of str
        Several are read off one set of tables. A name with a distance (``"s_squared"``, ``"pi_nominal"``)
        overrides `distance`.
    levels : sequence, or mapping of item to sequence
        The ordered levels; needed unless the columns are ordered categoricals, or `bounds` are given, or
        the measure is the correlation. Numbers are distances as they stand; text counts as ranks.
    distance : {"absolute", "squared", "nominal"}, optional
        d = abs(x - y), its square, or 0 and 1. Where None: nominal for pi, as published, and absolute else.
    weights : mapping or Series by item (or by (period, item)), or one number per item
        Weights of the items, as of states by their capabilities. An item of weight 0 is left out.
    min_items : int
        Least number of shared items; below it the score is NaN.
    bounds : (low, high), or mapping of item to (low, high)
        Range of valued items (shares: (0, 1)), for s and agreement.
    period : str
        Column of a frame that splits it into periods, such as ``"session"``.

    Returns
    -------
    SimilarityResult
        ``to_frame()`` has i, j, [period], similarity (a column per measure where several), n. NaN, with
        its reason: no shared item; fewer than `min_items`; constant (kappa and pi: both hold one and the
        same level throughout; tau_b and correlation: one of the two never varies). Equal constant rows
        have s = 1 and a = 0.

    Raises
    ------
    OptionError
        Levels missing, a value that is no level, an unknown measure, weights that do not fit, a measure
        that needs levels common to all items where there are none.

    References
    ----------
    Signorino & Ritter 1999, International Studies Quarterly 43:115-144 (table 6: Germany and Russia 1914
    have tau-b 0.03, s 0.40 and, weighted by capabilities, -0.46). Cohen 1960, Educational and Psychological
    Measurement 20:37, and 1968, Psychological Bulletin 70:213. Scott 1955, Public Opinion Quarterly 19:321.
    Kendall 1945, Biometrika 33:239. Häge 2011, Political Analysis 19:287. Benati & Capurri 2026, Quality &
    Quantity, doi:10.1007/s11135-026-02814-x (absolute distances). Every measure but the last two agrees
    with the R package fpsim, dyad by dyad, where its levels are declared.

    Examples
    --------
    >>> import pandas as pd
    >>> votes = pd.DataFrame(
    ...     {"R1": [1, 1, 3], "R2": [1, 2, 3], "R3": [3, 3, 1], "R4": [2, 1, None]},
    ...     index=["KHM", "VNM", "USA"],
    ... )
    >>> similarity(votes, measure=["s", "kappa"], levels=(1, 2, 3)).to_frame().round(3)
         i    j      s  kappa  n
    0  KHM  VNM  0.500  0.429  4
    1  KHM  USA -1.000 -0.800  3
    2  VNM  USA -0.667 -0.667  3
    """
    held = as_portfolio(portfolio, levels=levels, bounds=bounds, period=period)
    plan = plan_of(measure, distance)
    whole_number("min_items", min_items, 1)
    refuse_unscaled(held, plan)
    weighted = zip(held.blocks, item_weights(weights, held), strict=True)
    parts = [score(block, held, plan, weight) for block, weight in weighted]
    by_period = list(zip(*parts, strict=True))
    i, j, n = map(np.concatenate, by_period[:3])
    scores = np.concatenate(by_period[3], axis=1)
    t = np.repeat(np.arange(len(parts)), list(map(len, by_period[0])))
    few = n < min_items
    scores[:, few] = np.nan
    reason = np.select([~np.isnan(scores), n == 0, few], [0, 1, 2], 3).astype(np.int8)  # places in REASONS
    names = tuple(name for name, _, _ in plan)
    recipe = {
        "measure": "similarity",
        "measures": names,
        "levels": held.levels,
        "distance": distance,
        "weights": None if weights is None else "given",
        "min_items": min_items,
    }
    return SimilarityResult(recipe, held.actors, held.periods, names, i, j, t, scores, n, reason)


def agreement(
    votes: Any,
    *,
    abstention: Literal["half", "different", "missing"] = "half",
    levels: Levels = (1, 2, 3),
    weights: Weights | None = None,
    min_items: int = 1,
    period: str | None = None,
) -> SimilarityResult:
    """Agreement of every two voters, all dyads at once.

    On what share of the roll calls that both voted on did they vote alike?

    Agreement = 1 - mean distance, in [0, 1], up means more alike; an abstention against a yes or a no
    counts half, so that agreement = (S + 1) / 2 on the levels 1, 2, 3. NaN: no common roll call, or fewer
    than `min_items`. Unit: share of common roll calls; absences are no votes.

    Parameters
    ----------
    votes : DataFrame, ndarray, mapping or Portfolio
        As in `similarity`; a long frame has actor, item, vote (1 yes, 2 abstain, 3 no).
    abstention : {"half", "different", "missing"}
        Against a yes or a no an abstention is half alike, or unlike, or not counted at all.
    levels : sequence of three
        Yes, abstain, no.
    weights, min_items, period
        As in `similarity`; ``period="session"`` gives a row per dyad and session.

    Returns
    -------
    SimilarityResult

    Raises
    ------
    OptionError
        Levels that are not three, a vote that is none of them.

    References
    ----------
    Lijphart 1963, American Political Science Review 57:902, for the half point.

    Examples
    --------
    >>> import pandas as pd
    >>> votes = pd.DataFrame({"R1": [1, 1], "R2": [1, 2], "R3": [3, 1]}, index=["LAO", "CHN"])
    >>> agreement(votes).to_frame()
         i    j  similarity  n
    0  LAO  CHN         0.5  3
    """
    one_of("abstention", abstention, ("half", "different", "missing"))
    given = None if isinstance(votes, Portfolio) else levels
    held = as_portfolio(votes, levels=given, period=period)
    if held.levels is None or held.spacing is None or len(held.levels) != 3:
        raise OptionError(f"votes have three levels (yes, abstain, no); got {held.levels!r}.")
    if abstention == "missing":
        middle = held.spacing[1]
        kept = (replace(b, cells=np.where(b.cells == middle, np.nan, b.cells)) for b in held.blocks)
        held = replace(held, blocks=tuple(kept))
    distance: Distance = "nominal" if abstention == "different" else "absolute"
    found = similarity(held, measure="agreement", distance=distance, weights=weights, min_items=min_items)
    return replace(found, recipe={**found.recipe, "measure": "agreement", "abstention": abstention})


# ---- all pairs at once ----------------------------------------------------------------------------------------
def plan_of(measure: Measure | Sequence[Measure], distance: Distance | None) -> Plan:
    """What is asked for, spelled out."""
    if distance is not None:
        one_of("distance", distance, DISTANCES)
    names: list[str] = several(measure)
    for name in names:
        one_of("measure", name, get_args(Measure))
    if not names or len(set(names)) < len(names):
        raise OptionError(f"measure is one name, or several that differ; got {names!r}.")
    plan: list[tuple[str, str, Distance]] = []
    for name in names:
        base, _, tail = name.partition("_")
        pinned = next((d for d in DISTANCES if d == tail), None)
        usual: Distance = "nominal" if base == "pi" else "absolute"
        plan.append((name, base if base in BY_DISTANCE else name, pinned or distance or usual))
    return tuple(plan)


def refuse_unscaled(held: Portfolio, plan: Plan) -> None:
    """Refuse a measure whose levels or ranges the portfolio does not declare."""
    for name, base, distance in plan:
        if base == "correlation" or held.levels is not None:
            continue
        if base not in ("s", "agreement") or distance == "nominal":
            raise OptionError(
                f"{name!r} needs ordered levels shared by all items, such as levels=(0, 1, 2, 3); "
                "recode the items, or use 's', 'agreement' or 'correlation'."
            )
        if np.isnan(held.low).any():
            raise OptionError(
                f"{name!r} needs the range of every item: levels=(1, 2, 3) for ordered items, an ordered "
                "categorical column, or bounds=(0, 1) for shares. It is never guessed from the data."
            )


def item_weights(weights: Weights | None, held: Portfolio) -> Iterator[np.ndarray | None]:
    """Weights of each block's items, (m,)."""
    if weights is None:
        yield from [None] * len(held.blocks)
        return
    if isinstance(weights, Mapping | pd.Series):
        keyed("weights", weights, "{item: 1.0}")
        own = dict(weights.items())
    else:
        row = numbers_in(weights, "weights")
        if row.shape != (len(held.items),):
            raise OptionError(f"weights have shape {row.shape}; one number per item is ({len(held.items)},).")
        own = dict(zip(held.items, row.tolist(), strict=True))
    known = {
        *held.items,
        *((block.period, held.items[code]) for block in held.blocks for code in block.items),
    }
    for block in held.blocks:
        labels = [held.items[code] for code in block.items]
        found = [own.get(item, own.get((block.period, item), np.nan)) for item in labels]
        row = np.array(found, dtype=np.float64)
        if not (np.isfinite(row) & (row >= 0)).all():
            stray = next((key for key in own if key not in known), None)
            if stray is not None:
                raise unknown("item in weights", stray, held.items)
            first = labels[int(np.argmin(np.isfinite(row) & (row >= 0)))]
            where = "" if block.period is None else f" in period {block.period!r}"
            raise OptionError(f"item {first!r} has no weight{where}, or one that is negative or not finite.")
        yield row


def score(
    block: PortfolioPeriod, held: Portfolio, plan: Plan, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Codes of i and j, number of shared items, and scores (measures, P) of one period."""
    cells = block.cells
    low, high = held.low[block.items], held.high[block.items]
    if weights is not None:
        kept = weights > 0
        cells, weights, low, high = cells[:, kept], weights[kept], low[kept], high[kept]
    spacing = held.spacing if any(_needs_tables(base, d) for _, base, d in plan) else None
    scores = np.full((len(plan), len(cells) * (len(cells) - 1) // 2), np.nan)
    at, to = np.triu_indices(len(cells), 1)
    n = np.zeros(len(at), dtype=np.int64)
    if spacing is not None:
        start = 0
        for part in kernel.pair_tables(cells, spacing, weights):
            stop = start + len(part.n)
            n[start:stop] = part.n
            for k, (_, base, distance) in enumerate(plan):
                if base == "tau_b":
                    scores[k, start:stop] = kernel.tau_b(part)
                elif base in BY_DISTANCE:
                    scores[k, start:stop] = BY_DISTANCE[base](part, kernel.distances(spacing, distance))
            start = stop
    else:
        n[:] = kernel.shared(cells)
    for k, (_, base, distance) in enumerate(plan):
        if base == "correlation":
            scores[k] = kernel.correlations(cells, weights)
        elif spacing is None:
            scores[k] = _from_gaps(cells, base, 1 if distance == "absolute" else 2, weights, high - low)
    return block.actors[at], block.actors[to], n, scores


def _needs_tables(base: str, distance: Distance) -> bool:
    return base in ("kappa", "pi", "a", "tau_b") or (base in BY_DISTANCE and distance == "nominal")


def _from_gaps(
    cells: np.ndarray, base: str, power: int, weights: np.ndarray | None, span: np.ndarray
) -> np.ndarray:
    """S or agreement straight from distances, each item over its own range, (P,)."""
    alike = len(span) > 0 and bool((span == span[0]).all())
    greatest = float(span[0]) ** power if alike else 1.0  # whole numbers stay whole where ranges are equal
    scaled = cells if alike else cells / span
    used = ratio(kernel.gaps(scaled, power, weights), kernel.shared(cells, weights) * greatest)
    return 1 - 2 * used if base == "s" else 1 - used
