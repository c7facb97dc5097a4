"""With whom a state deals: how far away its partners stand, and how widely they are spread.

Letters for shapes: S states, P partners, T periods, B draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from alignscore.actors.labels import each_by_one_label
from alignscore.errors import FormatError, OptionError, check_level, near, one_of, whole_number
from alignscore.events import Events
from alignscore.intervals import LEVEL, Rng, generator_of, quantiles, ratio
from alignscore.ledger import Ledger, Ties
from alignscore.measures.similarity.portfolio import Portfolio, portfolio_from_ties
from alignscore.measures.votes.ideal_points import IdealPointResult
from alignscore.measures.votes.table import session_years
from alignscore.results import Result
from alignscore.values import (
    as_pandas,
    label_codes,
    need_memory,
    numbers_of,
    refuse_rows,
    stands_once,
    text_of,
)

Weights: TypeAlias = pd.DataFrame | Ties | Ledger | Events | Portfolio
Positions: TypeAlias = pd.DataFrame | IdealPointResult
Spread = Literal["distance", "axis"]
WEIGHT = ("weight", "value", "trade")
PERIOD = ("period", "year", "session")
AT_ONCE = 1 << 21  # cells of (B, S, P) worked on at a time


@dataclass(frozen=True, eq=False, repr=False)
class PartnerResult(Result):
    """Scores of states over their partners."""

    states: tuple[Any, ...]
    periods: pd.Index | None
    low: np.ndarray
    high: np.ndarray
    coverage: np.ndarray
    partners: np.ndarray
    n: np.ndarray

    def _labels(self) -> Sequence[Mapping[str, Any]]:
        state = {"state": np.array(self.states, dtype=object)}
        return (
            (state,) if self.periods is None else (state, {str(self.periods.name or "period"): self.periods})
        )

    def _columns(self) -> dict[str, np.ndarray]:
        score = str(self.recipe["measure"])
        return {score: getattr(self, score), **{k: v for k, v in super()._columns().items() if k != score}}


@dataclass(frozen=True, eq=False, repr=False)
class WeightedDistanceResult(PartnerResult):
    """Mean distance of a state's partners, arrays (S, T), or (S,) where the weights have no periods.

    Attributes
    ----------
    states : tuple
    periods : pandas.Index, pandas.PeriodIndex or None
    weighted_distance : ndarray
    low, high : ndarray
        Interval from the uncertainty of the ideal points alone; the weights count as known. NaN where the
        positions carry no standard deviation, and with ``draws=0``.
    coverage : ndarray
        Share of the state's weight that goes to partners whose distance is known.
    partners : ndarray
        Effective number of these partners, 1 / sum w^2.
    n : ndarray of int
        Number of these partners.
    """

    weighted_distance: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class ConnectednessResult(PartnerResult):
    """Spread of a state's partners, arrays (S, T), or (S,) where the weights have no periods.

    Attributes
    ----------
    connectedness : ndarray
    states, periods, low, high, coverage, partners, n
        As in `WeightedDistanceResult`.
    """

    connectedness: np.ndarray


def weighted_distance(
    weights: Weights,
    positions: Positions,
    *,
    domain: str | None = None,
    draws: int = 512,
    level: float = LEVEL,
    rng: Rng = 0,
) -> WeightedDistanceResult:
    """How far away, politically, do a state's partners stand?

    ``W_i = sum_j w_ij d_ij``, with ``w_ij = x_ij / sum_k x_ik`` over the partners whose distance is known, and
    ``d_ij = |theta_i - theta_j|`` of ideal points, or a distance given pair by pair. Aiyar and Ohnsorge call it
    vulnerability, the McKinsey Global Institute the geopolitical distance of a country's trade.

    Parameters
    ----------
    weights : DataFrame, Ties, Ledger, Events or Portfolio
        What each state has with each partner. A frame: ``source``, ``target``, ``weight`` (trade, lending ...; 0
        or more) and where there are several ``year`` or ``period``. Of ties, the shares of cooperation in
        force, within each domain and then averaged over the domains seen. Of a portfolio, rows are states,
        items partners.
    positions : IdealPointResult or DataFrame
        Ideal points, as `ideal_points` gives them or as a frame ``actor``, ``theta`` and where known ``sd``; or
        distances, as a frame ``source``, ``target``, ``distance`` (one order of a pair is enough). With ``year``,
        ``period`` or ``session`` where they move: a session of the UN General Assembly counts for the year it
        opened in, session + 1945. Ties of a month take the positions of its year.
    domain : str, optional
        One domain of the ties.
    draws : int, default 512
        Draws of the ideal points for the interval: of a Gibbs run its own, else normal about theta, which is taken as the
        mean of what is known, drawn toward the others as an ideal point is. Raw estimates lie too far apart already; where
        their error is near their spread, draws about them put the partners farther still, beyond the truth. 0 for none.
    level : float, default 0.95
    rng : int or numpy.random.Generator, default 0

    Returns
    -------
    WeightedDistanceResult
        In the unit of the distance, 0 or more; up means partners farther away. NaN: the state's own position
        is unknown, or that of every partner. Read `coverage` beside it: partners without a position are
        left out, not placed in the middle.

    Raises
    ------
    OptionError
        Weights below 0, a pair or a position given twice, periods that do not meet, no partner with a position.
    FormatError
        A column is missing.
    UnknownLabelError
        A domain the ties do not have.

    References
    ----------
    Aiyar & Ohnsorge 2024, Geoeconomic Fragmentation and "Connector" Countries, CEPR DP 19352. McKinsey Global
    Institute 2024, Geopolitics and the geometry of global trade.

    Examples
    --------
    Half of Iran's trade with the United States at 0 and half with Brazil at 5, Iran at 10:

    >>> trade = pd.DataFrame({"source": "IRN", "target": ["USA", "BRA"], "weight": [50.0, 50.0]})
    >>> points = pd.DataFrame({"actor": ["USA", "BRA", "IRN"], "theta": [0.0, 5.0, 10.0]})
    >>> weighted_distance(trade, points).to_frame()[["state", "weighted_distance", "coverage", "n"]]
      state  weighted_distance  coverage  n
    0   IRN                7.5       1.0  2
    """
    recipe = {"measure": "weighted_distance", "domain": domain, "draws": draws, "level": level}
    arrays = _scored(weights, positions, "mean", domain, draws, level, rng)
    return WeightedDistanceResult(recipe=recipe, weighted_distance=arrays.pop("score"), **arrays)


def connectedness(
    weights: Weights,
    positions: Positions,
    *,
    spread: Spread = "distance",
    domain: str | None = None,
    draws: int = 512,
    level: float = LEVEL,
    rng: Rng = 0,
) -> ConnectednessResult:
    """Does a state deal with partners from across the political spectrum?

    ``K_i = sqrt(sum_j w_ij (d_ij - W_i)^2)``, the standard deviation of the distances of its partners around their
    mean `weighted_distance` W_i, weighted by what it has with each (Aiyar and Ohnsorge). With ``spread="axis"``
    the standard deviation of the partners' own ideal points,
    ``sqrt(sum_j w_ij (theta_j - sum_k w_ik theta_k)^2)``.

    A distance does not tell the side: a state in the middle with one half of its trade with each pole has partners
    at one distance, and the published form calls it unconnected (0), where the spread on the axis is at its
    largest. The published form is never above that on the axis, and equal where all partners stand on one side.

    Parameters
    ----------
    weights, positions, domain, draws, level, rng
        See `weighted_distance`. The axis needs ideal points, of the partners alone.
    spread : {"distance", "axis"}, default "distance"
        Spread of the distances, as published, or of the partners along the axis.

    Returns
    -------
    ConnectednessResult
        In the unit of the distance, 0 or more; up means more widely spread partners. 0: partners at one distance
        (or point), a single partner among them. NaN as in `weighted_distance`.

    Raises
    ------
    OptionError
        As `weighted_distance`; distances by pair have no axis.
    FormatError, UnknownLabelError
        As `weighted_distance`.

    References
    ----------
    Aiyar & Ohnsorge 2024, Geoeconomic Fragmentation and "Connector" Countries, CEPR DP 19352 (the second version,
    with Yilmazkuday, defines it as the weighted standard deviation of geopolitical distance).

    Examples
    --------
    >>> trade = pd.DataFrame({"source": "IRN", "target": ["USA", "BRA"], "weight": [50.0, 50.0]})
    >>> points = pd.DataFrame({"actor": ["USA", "BRA", "IRN"], "theta": [0.0, 5.0, 10.0]})
    >>> connectedness(trade, points).connectedness.tolist()
    [2.5]
    """
    one_of("spread", spread, ("distance", "axis"))
    recipe = {"measure": "connectedness", "spread": spread, "domain": domain, "draws": draws, "level": level}
    arrays = _scored(weights, positions, spread, domain, draws, level, rng)
    return ConnectednessResult(recipe=recipe, connectedness=arrays.pop("score"), **arrays)


# ---- the formulas, over leading axes: weights (S, P), distances (..., S, P) --------------------------------------
def mean_distance(share: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Mean of the distances, (..., S)."""
    return np.asarray((share * distance).sum(axis=-1))


def distance_spread(share: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Standard deviation of the distances, (..., S)."""
    away = distance - mean_distance(share, distance)[..., None]
    return np.asarray(np.sqrt((share * away * away).sum(axis=-1)))


def _scored(
    weights: Weights, positions: Positions, what: Literal["mean", "distance", "axis"], domain: str | None,
    draws: int, level: float, rng: Rng,
) -> dict[str, Any]:  # fmt: skip
    """The fields of a result, the score under "score"."""
    whole_number("draws", draws, 0)
    check_level(level)
    table = _weights(weights, domain)
    places = _positions(positions)
    if what == "axis" and not isinstance(places, IdealPoints):
        raise OptionError("spread='axis' needs ideal points; distances by pair have no axis.")
    each_by_one_label([*table.states, *table.partners, *places.actors])
    matched = _periods_matched(table, places)
    random = generator_of(rng)
    rows, columns = table.among(places.actors)
    S, T = len(table.states), len(table.years)
    out = {name: np.full((S, T), np.nan) for name in ("score", "low", "high", "coverage", "partners")}
    out["n"] = np.zeros((S, T), dtype=np.int64)
    formula = mean_distance if what == "mean" else distance_spread
    for t, place in enumerate(matched):
        x = table.cells[t]  # (S, P)
        if isinstance(places, IdealPoints):
            theta = np.append(places.theta[place], np.nan)
            distance = _distances(theta[rows], theta[columns], what)
        else:
            distance = places.matrix[place][np.ix_(rows, columns)]
        known = (x > 0) & ~np.isnan(distance)
        seen = np.where(known, x, 0.0)
        total = seen.sum(axis=1)
        share = ratio(seen, total[:, None])
        out["coverage"][:, t] = ratio(total, x.sum(axis=1))
        out["partners"][:, t] = ratio(np.ones(S), np.where(total > 0, (share**2).sum(axis=1), 0.0))
        out["n"][:, t] = known.sum(axis=1)
        share = np.nan_to_num(share)
        score = np.where(total > 0, formula(share, np.nan_to_num(distance)), np.nan)
        out["score"][:, t] = score
        if draws and isinstance(places, IdealPoints) and np.isfinite(places.sd[place]).any():
            # bounds where every point that counts has its deviation
            lacks = np.append(np.isnan(places.sd[place]), True)
            certain = (total > 0) & ~(known & lacks[columns]).any(axis=1)
            if what != "axis":
                certain &= ~lacks[rows]
            theta = places.draws_of(place, draws, random)
            drawn = _scores_of_draws(theta, rows, columns, share, formula, what)
            low, _, high = quantiles(np.where(certain, drawn, np.nan), level)
            score = np.where(certain, score, np.nan)
            out["low"][:, t], out["high"][:, t] = np.fmin(low, score), np.fmax(high, score)
    flat = out if table.periods is not None else {name: array[:, 0] for name, array in out.items()}
    if not out["n"].any():
        states, partners = (", ".join(map(str, some[:5])) for some in (table.states, table.partners))
        raise OptionError(
            f"no state ({states} ...) stands in the positions together with a partner ({partners} ...); "
            "both need the same labels (al.iso3) and years."
        )
    return {"states": table.states, "periods": table.periods, **flat}


def _distances(mine: np.ndarray, theirs: np.ndarray, what: str) -> np.ndarray:
    """Distances (..., S, P) of ideal points (..., S) and (..., P); on the axis, the partners' own places."""
    if what == "axis":
        return np.broadcast_to(theirs[..., None, :], (*mine.shape, theirs.shape[-1]))
    return np.asarray(np.abs(mine[..., :, None] - theirs[..., None, :]))


def _scores_of_draws(
    theta: np.ndarray, rows: np.ndarray, columns: np.ndarray, share: np.ndarray, formula: Any, what: str
) -> np.ndarray:
    """Scores under draws of the ideal points (B, A), (B, S)."""
    block = max(1, AT_ONCE // max(1, share.size))
    parts = []
    for first in range(0, len(theta), block):
        some = np.pad(theta[first : first + block], ((0, 0), (0, 1)), constant_values=np.nan)
        distance = _distances(some[:, rows], some[:, columns], what)
        parts.append(formula(share, np.nan_to_num(distance)))
    return np.concatenate(parts)


# ---- what is given ----------------------------------------------------------------------------------------------
class WeightTable(NamedTuple):
    """Weights: states (S,), partners (P,), labels of the periods and their years (or None), cells (T, S, P)."""

    states: tuple[Any, ...]
    partners: tuple[Any, ...]
    periods: pd.Index | None
    years: list[Any]
    cells: np.ndarray

    def among(self, actors: pd.Index) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the states and of the partners among some actors, -1 where absent; 710 is "710" too."""
        all_labels = actors, self.states, self.partners
        known, states, partners = (pd.Index([text_of(x) for x in some], dtype=object) for some in all_labels)
        return known.get_indexer(states), known.get_indexer(partners)


class IdealPoints(NamedTuple):
    """Ideal points: actors (A,), labels and years of the periods, theta and sd (T, A), draws (B, A, T) or None."""

    actors: pd.Index
    periods: pd.Index | None
    years: list[Any]
    theta: np.ndarray
    sd: np.ndarray
    draws: np.ndarray | None

    def draws_of(self, place: int, draws: int, random: np.random.Generator) -> np.ndarray:
        """Draws of a period's ideal points, (B, A)."""
        if self.draws is not None:
            return np.asarray(self.draws[:, :, place], dtype=np.float64)
        noise = random.standard_normal((int(draws), len(self.actors)))
        return np.asarray(self.theta[place] + noise * np.nan_to_num(self.sd[place]))


class PairDistances(NamedTuple):
    """Distances by pair: actors, labels and years of the periods, and (A + 1, A + 1) each, of nobody the last."""

    actors: pd.Index
    periods: pd.Index | None
    years: list[Any]
    matrix: np.ndarray


def _periods_matched(table: WeightTable, places: IdealPoints | PairDistances) -> list[int]:
    """The positions' period that each period of the weights reads: the same label, else the same year."""
    if places.periods is None or table.periods is None:
        if places.periods is not None and len(places.years) > 1:
            raise OptionError(
                f"the positions have {len(places.years)} periods and the weights none; add a year to the weights, "
                "or take the positions of one."
            )
        return [0] * len(table.years)
    by_label = {label: place for place, label in enumerate(places.periods)}
    by_year = {year: place for place, year in enumerate(places.years)}
    found = [
        by_label.get(label, by_year.get(year)) for label, year in zip(table.periods, table.years, strict=True)
    ]
    absent = [label for label, place in zip(table.periods, found, strict=True) if place is None]
    if absent:
        raise OptionError(
            f"{len(absent)} of {len(found)} periods of the weights have no positions, first {absent[0]!s}; the "
            f"positions run {places.periods[0]!s} to {places.periods[-1]!s}. Take weights of those: "
            f"ties.select(periods=slice({places.years[0]}, {places.years[-1]})), or such rows of a table."
        )
    return [place for place in found if place is not None]


def _weights(weights: Weights, domain: str | None) -> WeightTable:
    if isinstance(weights, Ties | Ledger | Events):
        weights = portfolio_from_ties(weights, domain=domain)
    elif domain is not None:
        raise OptionError("domain chooses among the domains of ties; these weights have none.")
    if isinstance(weights, Portfolio):
        return _of_portfolio(weights)
    frame = as_pandas("weights", weights)
    one, two = _ends(frame)
    value = _column(frame, WEIGHT, "weight")
    x = _numbers(frame, value, "weights")
    when, years, labels = _period_codes(frame)
    i, states = label_codes(frame[one], one)
    j, partners = label_codes(frame[two], two)
    same = (partners.get_indexer(states)[i] == j) & (x > 0)
    refuse_rows(same, "rows name a state as its own partner", frame[[one]], way_out=" Leave them out.")
    again = pd.DataFrame({"t": when, "i": i, "j": j}).duplicated().to_numpy()
    refuse_rows(again, "weights stand twice", frame[[one, two]])
    cells = _no_weights(len(years), len(states), len(partners))
    cells[when, i, j] = np.nan_to_num(x)
    return WeightTable(tuple(states), tuple(partners), labels, years, cells)


def _no_weights(T: int, S: int, P: int) -> np.ndarray:
    """Weights of nothing, (T, S, P), where this machine can hold them and what is made of them."""
    need_memory(
        f"weights of {S:,} states x {P:,} partners x {T:,} periods",
        3 * 8 * T * S * P,
        "Take fewer actors (events.take) or periods (ties.select).",
    )
    return np.zeros((T, S, P))


def _of_portfolio(portfolio: Portfolio) -> WeightTable:
    """Rows are states and items partners; of items (domain, partner) the mean over the domains seen."""
    partner_of = [item[-1] if isinstance(item, tuple) else item for item in portfolio.items]
    partners = tuple(sorted(set(partner_of), key=str))
    to = pd.Index(partners).get_indexer(pd.Index(partner_of))
    cells = _no_weights(len(portfolio.blocks), len(portfolio.actors), len(partners))
    for t, block in enumerate(portfolio.blocks):
        given = np.nan_to_num(block.cells)
        if (given < 0).any():
            raise OptionError("a portfolio of weights holds values below 0.")
        np.add.at(cells[t], (block.actors[:, None], to[block.items][None, :]), given)
    labels, years = None, [None]
    if portfolio.periods is not None:
        labels, years = _period_labels(pd.Series(portfolio.periods), "period")
    return WeightTable(portfolio.actors, partners, labels, years, cells)


def _positions(positions: Positions) -> IdealPoints | PairDistances:
    if isinstance(positions, IdealPointResult):
        labels, years = _period_labels(pd.Series(positions.sessions), "session")
        return IdealPoints(
            pd.Index(positions.actors), labels, years, positions.theta.T, positions.sd.T, positions.draws
        )
    frame = as_pandas("positions", positions)
    when, years, labels = _period_codes(frame)
    if "distance" in frame.columns:
        one, two = _ends(frame)
        d = _numbers(frame, "distance", "distances")
        both = pd.concat([frame[one], frame[two]], ignore_index=True)
        code, actors = label_codes(both, f"{one} or {two}")
        i, j = code[: len(frame)], code[len(frame) :]
        again = pd.DataFrame({"t": when, "i": i, "j": j}).duplicated().to_numpy()
        refuse_rows(again, "distances stand twice", frame[[one, two]])
        cube = np.full((len(years), len(actors) + 1, len(actors) + 1), np.nan)
        cube[when, i, j] = d
        # a pair named in one order holds in both
        cube = np.where(np.isnan(cube), cube.transpose(0, 2, 1), cube)
        return PairDistances(actors, labels, years, cube)
    who = _column(frame, ("actor", "state"), "actor")
    place = _column(frame, ("theta", "ideal_point", "position"), "theta")
    a, actors = label_codes(frame[who], who)
    again = pd.DataFrame({"t": when, "a": a}).duplicated().to_numpy()
    refuse_rows(again, "positions stand twice", frame[[who]])
    theta, sd = np.full((2, len(years), len(actors)), np.nan)
    theta[when, a] = _numbers(frame, place, "positions", below_0=True)
    if "sd" in frame.columns:
        sd[when, a] = _numbers(frame, "sd", "sd")
    return IdealPoints(actors, labels, years, theta, sd, None)


def _numbers(frame: pd.DataFrame, name: str, what: str, *, below_0: bool = False) -> np.ndarray:
    """A column of finite numbers, NaN where missing, (N,)."""
    x = numbers_of(frame[name], name)
    if below_0:
        refuse_rows(np.isinf(x), f"{what} are infinite", frame[[name]])
    else:
        refuse_rows((x < 0) | np.isinf(x), f"{what} are below 0 or infinite", frame[[name]])
    return x


def _column(frame: pd.DataFrame, names: Sequence[str], what: str) -> str:
    found = next((name for name in names if name in frame.columns), None)
    if found is None:
        raise FormatError(f"no column {what!r}.{near(what, frame.columns)}")
    return found


def _ends(frame: pd.DataFrame) -> tuple[str, str]:
    pairs = (("source", "target"), ("i", "j"), ("actor", "partner"), ("state", "partner"), ("actor", "item"))
    for one, two in pairs:
        if {one, two} <= set(frame.columns):
            for name in (one, two):
                stands_once(frame[name], f"column {name!r}")
            return one, two
    raise FormatError(f"no columns 'source' and 'target'.{near('source', frame.columns)}")


def _period_codes(frame: pd.DataFrame) -> tuple[np.ndarray, list[Any], pd.Index | None]:
    """Codes of the periods of rows, the years of these periods, and their labels."""
    name = next((name for name in PERIOD if name in frame.columns), None)
    if name is None:
        return np.zeros(len(frame), dtype=np.int64), [None], None
    codes, labels = label_codes(frame[name], name)
    periods, years = _period_labels(pd.Series(labels), name)
    return codes, years, periods


def _period_labels(periods: pd.Series, name: str) -> tuple[pd.Index, list[Any]]:
    """Periods as labels, years as such where they are numbers, and the year of each.

    A session of the General Assembly counts for the year it opened in.
    """
    periods = periods.infer_objects()
    if isinstance(periods.dtype, pd.PeriodDtype) or pd.api.types.is_datetime64_any_dtype(periods):
        return pd.Index(periods), periods.dt.year.tolist()
    # as floats of NumPy: Arrow's numbers know no remainder
    numbers = pd.to_numeric(periods, errors="coerce").astype(np.float64)
    if (numbers % 1 == 0).all():  # in text and in a column with gaps as well
        periods = numbers.astype(np.int64)
        years = session_years(periods) if name == "session" else periods
        if years.between(1600, 2200).all():
            return pd.PeriodIndex([pd.Period(year=year, freq="Y") for year in years]), years.tolist()
    return pd.Index(periods), periods.tolist()
