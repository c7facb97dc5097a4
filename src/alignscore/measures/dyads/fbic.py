"""Influence from component columns: the Formal Bilateral Influence Capacity index as one configuration.

Letters for shapes: N rows, one a directed dyad and year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from alignscore.errors import FormatError, OptionError, check_known, of_kind, one_of, whole_number, within
from alignscore.intervals import ratio
from alignscore.values import as_pandas, need_columns, numbers_of, plain_labels, refuse_rows

Transform = Literal["none", "log1p"]
Missing = Literal["nan", "zero"]


@dataclass(frozen=True)
class Term:
    """One component of an index: weight * scale * transform(column).

    Parameters
    ----------
    column : str
    weight : float
        Above 0.
    block : str
        Sub-index it belongs to (political, economic, security ...).
    transform : {'none', 'log1p'}
        log1p is ln(1 + x).
    scale : float
        Brings series of unlike size to one footing.
    smooth : {'after', 'before'}
        Whether the trailing mean is taken after the transform and the scale, or of the raw column.
    """

    column: str
    weight: float
    block: str
    transform: Transform = "none"
    scale: float = 1.0
    smooth: Literal["after", "before"] = "after"

    def __post_init__(self) -> None:
        within(f"weight of {self.column!r}", self.weight, 0.0, open_low=True, open_high=True)
        within(f"scale of {self.column!r}", self.scale, 0.0, open_low=True, open_high=True)
        one_of("transform", self.transform, get_args(Transform))
        one_of("smooth", self.smooth, ("after", "before"))


@dataclass(frozen=True)
class InfluenceConfig:
    """Weights and divisors of an influence index: those published are `FBIC_BASE` and `FBIC_PLUS`.

    Parameters
    ----------
    name : str
    bandwidth, dependence : tuple of Term
        A term has its column, weight, block, transform ('none' or 'log1p'), scale, and smooth ('after' or 'before'):
        whether the trailing mean is taken after transform and scale.
    bandwidth_max, dependence_max, influence_max : float, optional
        Divisors; the largest value of the rows given where None.

    Examples
    --------
    All ties of the same weight, and the divisors of one's own data:

    >>> from dataclasses import replace
    >>> even = tuple(replace(term, weight=1 / 6) for term in FBIC_BASE.bandwidth)
    >>> own = replace(FBIC_BASE, name="even", bandwidth=even, bandwidth_max=None, influence_max=None)
    >>> own.to_frame()["weight"].round(2).tolist()[:7]
    [0.17, 0.17, 0.17, 0.17, 0.17, 0.17, 0.21]
    """

    name: str
    bandwidth: tuple[Term, ...]
    dependence: tuple[Term, ...]
    bandwidth_max: float | None = None
    dependence_max: float | None = None
    influence_max: float | None = None

    def __post_init__(self) -> None:
        if not self.bandwidth or not self.dependence:
            raise OptionError(f"configuration {self.name!r} needs terms in bandwidth and in dependence.")
        for name in ("bandwidth_max", "dependence_max", "influence_max"):
            if (top := getattr(self, name)) is not None:
                within(name, top, 0.0, open_low=True, open_high=True)

    def __repr__(self) -> str:
        sides = f"{len(self.bandwidth)} terms of bandwidth, {len(self.dependence)} of dependence"
        return f"<InfluenceConfig {self.name}: {sides}>"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns a frame needs, each once."""
        return tuple(dict.fromkeys(term.column for term in (*self.bandwidth, *self.dependence)))

    def to_frame(self) -> pd.DataFrame:
        """One row a term: side, block, column, weight, scale, transform, smooth."""
        rows = [
            {"side": side} | asdict(term)
            for side in ("bandwidth", "dependence")
            for term in getattr(self, side)
        ]
        return pd.DataFrame(rows)[["side", "block", "column", "weight", "scale", "transform", "smooth"]]


# The published terms: column, block, transform, then weight and grand total of the column in FBIC and in FBIC-plus.
# Terms of bandwidth are scaled by the total of `representation` over their own; terms of dependence are shares.
_BANDWIDTH: tuple[tuple[str, str, Transform, tuple[tuple[float, float], ...]], ...] = (
    ("representation", "political", "none", ((0.11, 372043.75), (0.148, 128981.8))),
    ("igo", "political", "none", ((0.19, 367064384), (0.091, 176510016))),
    ("trade_agreements", "economic", "none", ((0.14, 1909830), (0.155, 1019982))),
    ("trade", "economic", "log1p", ((0.35, 2906701.3), (0.181, 1095776.4))),
    ("fdi", "economic", "log1p", ((0, 0), (0.162, 470710.25))),
    ("alliances", "security", "none", ((0.13, 10146900), (0.155, 4178034))),
    ("arms", "security", "log1p", ((0.08, 276653.59), (0.108, 89900.094))),
)
_DEPENDENCE: tuple[tuple[str, str, tuple[float, float]], ...] = (
    ("aid_gdp", "economic", (0.21, 0.103)),
    ("aid_share", "economic", (0.12, 0.101)),
    ("trade_gdp", "economic", (0.28, 0.092)),
    ("trade_share", "economic", (0.16, 0.094)),
    ("oof_gdp", "economic", (0, 0.103)),
    ("oof_share", "economic", (0, 0.098)),
    ("fdi_gdp", "economic", (0, 0.091)),
    ("fdi_share", "economic", (0, 0.096)),
    ("arms_military", "security", (0.10, 0.112)),
    ("arms_share", "security", (0.13, 0.110)),
)


def _published(name: str, which: int, *maxima: float) -> InfluenceConfig:
    """The terms that FBIC (0) or FBIC-plus (1) weighs above 0."""
    representation = _BANDWIDTH[0][3][which][1]
    bandwidth = [
        Term(column, weight, block, transform, representation / total)
        for column, block, transform, published in _BANDWIDTH
        for weight, total in [published[which]]
        if weight
    ]
    dependence = [
        Term(column, weights[which], block, "log1p", smooth="before")
        for column, block, weights in _DEPENDENCE
        if weights[which]
    ]
    return InfluenceConfig(name, tuple(bandwidth), tuple(dependence), *maxima)


FBIC_BASE = _published("fbic", 0, 3.1831572, 4.1227694, 0.58199161)
FBIC_PLUS = _published("fbic-plus", 1, 3.3609812, 3.0973625, 0.61893559)

LADDERS: Mapping[str, Mapping[str, float]] = {
    "trade_agreements": {
        "PSA": 1, "EIA": 1, "BTA": 3, "BTA+EIA": 4, "RTA": 5, "RTA+EIA": 8, "CU": 15, "CU+EIA": 20,
    },
    "alliances": {"consultation": 1, "neutrality": 5, "non-aggression": 5, "defence": 75},
    "representation": {
        "none": 0, "lower rank, several countries": 0.375, "ambassador, several countries": 0.5,
        "lower rank": 0.75, "ambassador": 1,
    },
}  # fmt: skip


def ladder_points(ladder: str, rungs: Iterable[str]) -> float:
    """Points of FBIC for the agreements, obligations or representations in force.

    Parameters
    ----------
    ladder : {'trade_agreements', 'alliances', 'representation'}
    rungs : iterable of str
        Trade agreements (partial scope PSA, integration EIA, bilateral BTA, regional RTA, customs union CU,
        each with EIA where services are in) and treaty obligations add up over all in force;
        representation is the mean of the two directions, so give both.

    Returns
    -------
    float

    Raises
    ------
    OptionError
        No such ladder, or not two representations.
    UnknownLabelError
        No such rung.

    References
    ----------
    Formal Bilateral Influence Capacity index, Moyer et al. 2021; points recovered from its published columns.

    Examples
    --------
    >>> ladder_points("trade_agreements", ["RTA+EIA", "BTA"])
    11.0
    >>> ladder_points("representation", ["ambassador", "none"])
    0.5
    """
    one_of("ladder", ladder, LADDERS)
    points = []
    for rung in rungs:
        check_known(f"rung of {ladder}", rung, LADDERS[ladder])
        points.append(LADDERS[ladder][rung])
    if ladder != "representation":
        return float(sum(points))
    if len(points) != 2:
        raise OptionError(f"representation needs both directions; {len(points)} given.")
    return sum(points) / 2


def trailing_mean(
    frame: pd.DataFrame, columns: Iterable[str], *, by: Iterable[str], period: str = "period", years: int = 3
) -> pd.DataFrame:
    """Replace columns by their mean over the last years of each unit, as FBIC smooths its inputs.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit and year.
    columns : iterable of str
    by : iterable of str
        Columns that name the unit, such as source and target.
    period : str
        Column of whole years. Years that are absent are left out of the mean, not filled in.
    years : int
        1 or more; 1 changes nothing.

    Returns
    -------
    pandas.DataFrame
        Same rows in the same order. A mean over the known values; NaN where none is.

    Raises
    ------
    FormatError
        A column is missing, a row has no unit, a unit has a year twice, or a year is no whole number.
    OptionError
        `years` below 1, or a cell that is no number.
    TypeError
        `years` that is no whole number.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"unit": "a", "period": [2000, 2001, 2002, 2003], "x": [0.0, 0.0, 5.0, 5.0]})
    >>> trailing_mean(frame, ["x"], by=["unit"])["x"].round(4).tolist()
    [0.0, 0.0, 1.6667, 3.3333]
    """
    whole_number("years", years, 1)
    names, unit = ([given] if isinstance(given, str) else list(given) for given in (columns, by))
    frame = as_pandas("frame", frame)
    need_columns("the frame", frame, [*names, *unit, period])
    for name in unit:
        refuse_rows(frame[name].isna().to_numpy(), f"rows have no {name}", error=FormatError)
    plain_labels(frame, *unit)  # refuses what is no label
    when = numbers_of(frame[period], period)
    if frame.duplicated([*unit, period]).any():
        raise FormatError(f"some {'-'.join(unit)} has one {period} twice; give one row a unit and year.")
    if not (when % 1 == 0).all():
        raise FormatError(f"column {period!r} holds what is no whole year.")
    keys = frame[[*unit, period]].assign(_row=np.arange(len(frame)), **{period: when.astype(np.int64)})
    total, known = np.zeros((len(frame), len(names))), np.zeros((len(frame), len(names)))
    values = np.array([numbers_of(frame[name], name) for name in names]).reshape(len(names), -1).T
    for back in range(years):
        earlier = keys.assign(**{period: keys[period] + back}).rename(columns={"_row": "_then"})
        pair = keys.merge(earlier, on=[*unit, period], how="inner")
        x = values[pair["_then"].to_numpy()]
        row = pair["_row"].to_numpy()
        total[row] += np.nan_to_num(x)
        known[row] += ~np.isnan(x)
    return frame.assign(**dict(zip(names, ratio(total, known).T, strict=True)))


def influence_from_components(
    frame: pd.DataFrame,
    config: InfluenceConfig = FBIC_BASE,
    *,
    years: int = 1,
    by: Iterable[str] = ("source", "target"),
    period: str = "period",
    missing: Missing = "nan",
) -> pd.DataFrame:
    """Measure what capacity one state has to influence another, by the ties it could pull on.

    Bandwidth, the size of all ties, times dependence, how much of the other's economy and security rests
    on them: ``bandwidth = sum_c w_c k_c f_c(x_c) / max``, ``dependence`` alike, ``influence = bandwidth *
    dependence / max``, with ln(1 + x) of trade, arms and all shares (in percent).

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a directed dyad and year, with the columns of ``config.columns``. For FBIC:
        representation (mean of both directions) 0-1; igo, weighted shared memberships; trade_agreements
        and alliances, points (see `published_ladders`); trade, million dollars; arms, stock of both
        directions; and of the target's, in percent: aid_gdp, aid_share, trade_gdp, trade_share,
        arms_military, arms_share.
    config : InfluenceConfig
        `FBIC_BASE`, `FBIC_PLUS` or your own.
    years : int
        Trailing mean taken here; 3 is FBIC's. 1 where the columns are means already.
    by, period
        Columns that name the dyad and the year; needed where `years` is above 1.
    missing : {'nan', 'zero'}
        A component that is missing makes the row missing, or counts as nothing.

    Returns
    -------
    pandas.DataFrame
        The frame's rows with ``bandwidth``, ``dependence``, ``influence``, in [0, 1] when the divisors are
        maxima of the same data, a column for each block (``bandwidth_economic`` ...) adding to its side, and
        ``coverage``, the share of weight whose components were given. NaN: a component is missing.

    Raises
    ------
    FormatError
        A column is missing, or a component is negative or infinite.
    OptionError
        An option out of range, or a component that is no number.

    Notes
    -----
    It measures capacity, not alignment: rivals that trade score high. Constants were recovered from the
    published intermediate columns and reproduce them to their seven printed digits.

    References
    ----------
    Moyer, Sweijs, Burrows & Van Manen 2018, Power and Influence in a Globalized World; Moyer, Meisel,
    Matthews, Bohl & Burrows 2021, China-US Competition: Measuring Global Influence; both Atlantic Council.

    Examples
    --------
    >>> row = dict.fromkeys(FBIC_BASE.columns, 0.0) | {"representation": 1.0, "trade_gdp": 10.0}
    >>> found = influence_from_components(pd.DataFrame([row]))
    >>> round(found["bandwidth"].item(), 6), round(0.11 / 3.1831572, 6)
    (0.034557, 0.034557)
    """
    one_of("missing", missing, get_args(Missing))
    whole_number("years", years, 1)
    frame = as_pandas("frame", frame)
    of_kind("config", config, InfluenceConfig, "InfluenceConfig(...)")
    need_columns("the frame", frame, config.columns)
    raw = pd.DataFrame({name: numbers_of(frame[name], name) for name in config.columns}, index=frame.index)
    for what, bad in (("negative", raw < 0), ("infinite", np.isinf(raw))):
        if bad.to_numpy().any():
            raise FormatError(f"component {raw.columns[bad.any().to_numpy()][0]!r} is {what} in some row.")
    data = raw.fillna(0.0) if missing == "zero" else raw
    unit = [by] if isinstance(by, str) else list(by)
    out = frame.copy()
    covered, whole = np.zeros(len(frame)), 0.0
    for side, terms, top in (
        ("bandwidth", config.bandwidth, config.bandwidth_max),
        ("dependence", config.dependence, config.dependence_max),
    ):
        parts = [term.weight * _component(term, data, frame, years, unit, period) for term in terms]
        total = np.sum(parts, axis=0)
        divisor = _divisor(total, top)
        for block in dict.fromkeys(term.block for term in terms):
            of_block = [part for term, part in zip(terms, parts, strict=True) if term.block == block]
            out[f"{side}_{block}"] = np.sum(of_block, axis=0) / divisor
        out[side] = total / divisor
        covered += np.sum([term.weight * raw[term.column].notna().to_numpy() for term in terms], axis=0)
        whole += sum(term.weight for term in terms)
    product = out["bandwidth"].to_numpy() * out["dependence"].to_numpy()
    return out.assign(influence=product / _divisor(product, config.influence_max), coverage=covered / whole)


def _component(
    term: Term, data: pd.DataFrame, frame: pd.DataFrame, years: int, by: list[str], period: str
) -> np.ndarray:
    """Scale * transform(column), smoothed before or after, (N,)."""

    def smoothed(column: np.ndarray) -> np.ndarray:
        if years == 1:
            return column
        need_columns("the frame", frame, [*by, period])
        table = frame[[*by, period]].assign(**{term.column: column})
        smooth = trailing_mean(table, [term.column], by=by, period=period, years=years)
        # a mean over known years must not hide that this year's value is missing
        return np.where(np.isnan(column), np.nan, smooth[term.column].to_numpy(dtype=float))

    x = data[term.column].to_numpy(dtype=float)
    x = smoothed(x) if term.smooth == "before" else x
    x = term.scale * (np.log1p(x) if term.transform == "log1p" else x)
    return smoothed(x) if term.smooth == "after" else x


def _divisor(values: np.ndarray, given: float | None) -> float:
    """Divisor: the constant given, or the largest value (NaN where there is none above 0)."""
    if given is not None:
        return given
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) and known.max() > 0 else float("nan")
