"""Panels for regressions: every pair of states in every year, with codes, names, lags and what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from alignscore.actors import codes as codes_of
from alignscore.actors import names as names_of
from alignscore.actors import silent_states, states_named
from alignscore.actors import states as states_of
from alignscore.axes import COMPOSITE
from alignscore.bridges import COUNTED
from alignscore.dates import FIRST_YEAR, LAST_YEAR
from alignscore.errors import OptionError, check_known, one_of, several, text, whole_number, within
from alignscore.intervals import JEFFREYS, LEVEL, Rng, beta_events, beta_sd, generator_of, z_of
from alignscore.results import ACTOR_COLUMNS, Columns, Result
from alignscore.values import need_memory, numbers_of

SYSTEMS: tuple[Literal["cow", "gw"], ...] = ("cow", "gw")
LONGEST_LAG = 1000  # years
BOUNDED = ("alignment", "position", "shared")  # scores from -1 to 1; the others are shares
OF_PAIRS = (
    " Similarities by year join an undirected one: table.merge(result.to_frame().rename(columns={'i': 'source', "
    "'j': 'target', 'period': 'year'}), on=['source', 'target', 'year'], how='left')."
)
UNBOUNDED = ("tone", "log_ratio")  # their error is normal


def panel(
    result: Result,
    *,
    states: Iterable[str] | Literal["result", "system"] = "result",
    years: Sequence[int] | None = None,
    columns: Columns = "short",
    domain: str = COMPOSITE,
    wide: Literal["domain", "target"] | None = None,
    lags: int | Sequence[int] = (),
    members_only: bool = True,
    replicates: int = 0,
    rng: Rng = 0,
) -> pd.DataFrame:
    """The full dyad-year or state-year frame of a score, ready to merge and to regress.

    A result has rows for the pairs that some event joins; a regression wants every pair there could be. This
    gives one row for each pair of the states (or each state) in each year, whether anything is known or
    not, with the codes that other data sets are keyed by.

    Parameters
    ----------
    result : Result
        Of pairs (`alignment`, `exposure`, `affinity` ...) or of states (`hedging`, `robustness` ...).
        Of periods shorter than a year, the last of each year is taken.
    states : iterable of str, 'result' or 'system'
        The states: your own list, all in the result, or all members of the state system of the
        Correlates of War in those years.
    years : sequence of int, optional
        All of the result where not given.
    columns : {'short', 'all'} or list of str
        Scores carried along.
    domain : str
        The domain of the scores, the composite where not given.
    wide : {'domain', 'target'}, optional
        A column a domain (``alignment_security``), or a row a state and a column a target
        (``alignment_CHN``), in place of rows.
    lags : int or sequence of int
        Years back: ``lags=(1, 2)`` adds ``alignment_lag1``, ``alignment_lag2`` of every score, read before
        any row is left out, so that a gap is a gap.
    members_only : bool
        Leave out the rows of states that were not in the state system at the year's end (COW). Labels that
        are no states are kept. False keeps all; `in_system` tells.
    replicates : int
        Draws of the first score added as columns ``draw_1`` ..., for regressions that carry its error where it is the
        outcome (fit once a draw, combine by Rubin's rules). As a regressor take the score itself: draws that do not know
        the outcome bias their coefficient further to 0.
        They are Beta draws with its mean and standard error; normal ones of ``tone`` and ``log_ratio``, which have no
        bounds. No Beta has its mean at an end of the range, or so near one for so large an error: such a score is drawn
        with its standard error from the Beta that has half an event on that side. Every row is drawn apart: draws of two
        years do not know that they rest on the same events in part, so a model of changes sees more noise than there is
        (`robustness` draws along time).
    rng : int or numpy.random.Generator
        Seed or generator of the replicates.

    Returns
    -------
    pandas.DataFrame
        Pairs: source, target, year, then for each end its name, COW and Gleditsch-Ward number
        (``source_cow`` ..., Int64, missing where there is none), in_system, and the scores. Undirected results
        give each pair once, in the order of its labels (tables of the Correlates of War have the lower number first),
        or with targets side by side once for either state. States: state, year and the same.
        Scores of which nothing is known are NaN, their n, evidence and coverage 0. ``weight`` is 1 over the squared
        standard error of the first score.

    Raises
    ------
    OptionError
        A result without years, or without the domains or targets to lay side by side; lags below 1, years that are none,
        replicates of a score that lies outside 0 to 1 (of alignments and positions -1 to 1).
    UnknownLabelError
        A column, domain or state unknown.
    TypeError
        Not a result.

    Examples
    --------
    >>> from alignscore import alignment, datasets
    >>> table = panel(alignment(datasets.asean(), directed=False), states=["KHM", "LAO", "CHN"], lags=1)
    >>> table[["source", "target", "year", "source_cow", "alignment", "alignment_lag1"]].tail(1).round(2)
         source target  year  source_cow  alignment  alignment_lag1
    ...
    >>> len(table) == len(table.drop_duplicates(["source", "target", "year"]))
    True
    """
    if not isinstance(result, Result):
        raise TypeError(
            f"panel takes a result, as alignment(...) or hedging(...) gives it, not {type(result).__name__}."
        )
    one_of("wide", wide, ("domain", "target", None))
    text("domain", domain)
    one_of("members_only", members_only, (True, False))
    whole_number("replicates", replicates, 0)
    generator = generator_of(rng)
    steps = _steps(lags)
    labels, units = _units(result, domain, wide, replicates)
    frame = result.to_frame(columns=columns).drop(columns="period")
    frame = frame.drop_duplicates([*units, *(["domain"] if "domain" in labels else []), "year"], keep="last")
    scores = [name for name in frame.columns if name not in (*labels, "year")]
    if not scores:
        raise OptionError("columns is empty; name at least one score.")
    first = scores[0]
    tail = f"_{domain}" if wide == "domain" else ""
    if "domain" in labels:
        frame = _domains(frame, units, scores, domain, wide)
        scores = [name for name in frame.columns if name not in (*units, "year")]
    span = _span(frame["year"], years)
    width = len(scores) * (1 + len(steps)) + len(units) * (2 + len(SYSTEMS)) + replicates
    rows = _rows(result, frame, units, states, span, max(steps, default=0), width)
    table = rows.merge(frame, on=[*units, "year"], how="left")
    # of a pair that no event joins nothing is known: its counts are 0, not missing
    counts = [name for name in scores if name in COUNTED or name.startswith(tuple(f"{n}_" for n in COUNTED))]
    table[counts] = table[counts].fillna(0.0)
    for step in steps:
        shifted = table.groupby(units, sort=False)[scores].shift(step)
        table = table.join(shifted.add_suffix(f"_lag{step}"))
    table = table[table["year"].isin(span)].reset_index(drop=True)
    table = _coded(table, units)
    if members_only:
        table = table[table["in_system"]].reset_index(drop=True)
    se = _error(table, first, tail, float(result.recipe.get("level", LEVEL)), main=first == result._main)
    if se is not None:
        with np.errstate(divide="ignore"):
            table["weight"] = np.where(se > 0, 1 / se**2, np.nan)
    if replicates:
        if se is None:
            raise OptionError(
                f"{first} has no standard error and no interval; no replicates of it can be drawn."
            )
        drawn = _draws(table[first + tail].to_numpy(), se, first, replicates, generator)
        table = table.join(pd.DataFrame(drawn, columns=[f"draw_{at + 1}" for at in range(replicates)]))
    if wide == "target":
        return _targets(_both_ways(table) if result._undirected else table, scores, steps)
    return table


def _units(result: Result, domain: str, wide: str | None, replicates: int) -> tuple[list[str], list[str]]:
    """Label columns of a result, and those among them that name its states; raises where it makes no such panel."""
    kind = type(result).__name__
    labels = result._label_names
    units = [name for name in labels if name not in ("domain", "period")]
    dated = isinstance(result._periods(), pd.PeriodIndex)
    if not (dated and 0 < len(units) <= 2 and set(units) <= set(ACTOR_COLUMNS)):
        more = OF_PAIRS if "i" in labels else ""
        raise OptionError(f"a {kind} has no row a year of a state or pair; a panel needs one.{more}")
    if "domain" not in labels and (wide == "domain" or domain != COMPOSITE):
        raise OptionError(f"a {kind} has no domains; leave domain and wide='domain' out.")
    if wide == "target" and ("target" not in units or replicates):
        why = "replicates are of rows of pairs" if replicates else f"a {kind} is of states"
        raise OptionError(f"wide='target' lays pairs side by side, and {why}; leave one out.")
    if not all(result.shape):
        raise OptionError(f"this {kind} has no rows; a panel is made of some.")
    return labels, units


def _steps(lags: int | Sequence[int]) -> list[int]:
    steps = several(lags)
    for step in steps:
        whole_number("lags", step, 1)
        within("lags", step, 1, LONGEST_LAG)
    return sorted({int(step) for step in steps})


def _span(known: pd.Series, years: Sequence[int] | None) -> list[int]:
    if years is None:
        return list(range(int(known.min()), int(known.max()) + 1))
    given = pd.Series(list(years) if pd.api.types.is_list_like(years) else [years], dtype=object)
    if given.empty:
        raise OptionError("years is empty; name at least one.")
    wanted = numbers_of(given, "years")
    none = ~((wanted == np.floor(wanted)) & (wanted >= FIRST_YEAR) & (wanted < LAST_YEAR))
    if none.any():
        raise OptionError(
            f"years holds {given[none.argmax()]!r}, no year from {FIRST_YEAR} to {LAST_YEAR - 1}."
        )
    return sorted({int(year) for year in wanted})


def _domains(
    frame: pd.DataFrame, units: list[str], scores: list[str], domain: str, wide: str | None
) -> pd.DataFrame:
    """Rows of one domain, or a column a domain."""
    known = frame["domain"].unique().tolist()
    check_known("domain", domain, known)
    if wide != "domain":
        return frame[frame["domain"] == domain].drop(columns="domain")
    return _spread(frame, [*units, "year"], "domain", scores)


def _spread(table: pd.DataFrame, keys: list[str], by: str, scores: list[str]) -> pd.DataFrame:
    """A row for each of some keys, and a column a score and label of `by`; each cell is one value."""
    wide = table.pivot(index=keys, columns=by, values=scores)  # noqa: PD010 (nothing to average)
    wide.columns = [f"{score}_{label}" for score, label in wide.columns]
    return wide.reset_index()


def _rows(
    result: Result,
    frame: pd.DataFrame,
    units: list[str],
    states: Iterable[str] | str,
    span: list[int],
    before: int,
    width: int,
) -> pd.DataFrame:
    """Every pair or state in every year, the years before `span` that lags reach included; of `width` columns to come."""
    years = range(span[0] - before, span[-1] + 1)
    known = sorted(pd.concat([frame[unit] for unit in units]).unique())
    if pd.api.types.is_list_like(states):
        who = sorted({str(state) for state in states})
        silent_states(who, known)  # refuses a slip
    elif states == "system":
        called = {state: label for label, state in _states_of_labels(known).items()}
        if not called:
            raise OptionError(
                f"the labels of this result, such as {known[0]!r}, are neither ISO codes nor names of states, so that "
                "none of them is in the system; read the table with actors='iso3'."
            )
        who = sorted({called.get(state, state) for year in span for state in states_of(year, on="last")})
    elif states == "result":
        who = known
    else:
        raise OptionError(f"states is {states!r}; give 'result', 'system' or a list of labels.")
    pairs = len(who) * (len(who) - 1) // (2 if result._undirected else 1)
    long = len(years) * (len(who) if len(units) == 1 else pairs)
    what = f"a panel of {long:,} rows and {width} columns"
    # each column is made once, joined once and copied once
    need_memory(what, 8 * 3 * long * width, "Name fewer states, years or lags.")
    if len(units) == 1:
        return pd.MultiIndex.from_product([who, years], names=[*units, "year"]).to_frame(index=False)
    if units[1] == "power":  # the states by the powers, and not all by all
        powers = sorted(set(frame["power"]))
        each = [[label for label in who if label not in powers], powers, years]
        return pd.MultiIndex.from_product(each, names=[*units, "year"]).to_frame(index=False)
    here, there = np.meshgrid(np.arange(len(who)), np.arange(len(who)), indexing="ij")
    keep = here < there if result._undirected else here != there
    labels = np.array(who, dtype=object)
    every = pd.DataFrame({units[0]: labels[here[keep]], units[1]: labels[there[keep]]})
    return every.merge(pd.DataFrame({"year": list(years)}), how="cross")


def _states_of_labels(labels: Sequence[str]) -> dict[str, str]:
    """ISO code of each label that is one or the name of a state; two letters may stand for anything."""
    long = [label for label in labels if len(label) > 2]
    return {label: state for label, state in zip(long, states_named(long), strict=True) if state}


def _coded(table: pd.DataFrame, units: list[str]) -> pd.DataFrame:
    """The table with names, numbers and membership of its states beside their labels."""
    front = table[[*units, "year"]]
    members = {year: frozenset(states_of(int(year), on="last")) for year in table["year"].unique()}
    inside = np.ones(len(table), dtype=bool)
    for unit in units:
        before = "" if unit == "state" else f"{unit}_"
        once = table[[unit, "year"]].drop_duplicates(ignore_index=True)
        days = [f"{year}-12-31" for year in once["year"]]
        meant = _states_of_labels(once[unit].unique())
        states = once[unit].map(lambda label, meant=meant: meant.get(label, label))
        about = once.assign(**{f"{before}name": names_of(states)})
        for system in SYSTEMS:
            about[f"{before}{system}"] = codes_of(states, system=system, dates=days, unknown_labels="missing")
        there = [state in members[year] for state, year in zip(states, once["year"], strict=True)]
        about["there"] = about[f"{before}cow"].isna().to_numpy() | np.array(there, dtype=bool)
        front = front.merge(about, on=[unit, "year"], how="left")
        inside &= front.pop("there").to_numpy(dtype=bool)
    front["in_system"] = inside
    return front.join(table.drop(columns=[*units, "year"]))


def _error(table: pd.DataFrame, score: str, tail: str, level: float, *, main: bool) -> np.ndarray | None:
    """Standard errors of a score: its own, or those its interval implies; `tail` ends the names of a domain.

    Errors and bounds that name no score are of the `main` one.
    """
    for before in (f"{score}_", *([""] if main else [])):
        se, low, high = (f"{before}{end}{tail}" for end in ("se", "low", "high"))
        if se in table:
            return np.asarray(table[se], dtype=float)
        if low in table and high in table:
            return np.asarray((table[high] - table[low]) / (2 * z_of(level)), dtype=float)
    return None


def _draws(
    score: np.ndarray, se: np.ndarray, name: str, draws: int, generator: np.random.Generator
) -> np.ndarray:
    """Draws of a score with its mean and standard error, (rows, draws); NaN where nothing is known."""
    if name in UNBOUNDED:
        return generator.normal(score[:, None], se[:, None], (len(score), draws))
    low, width = (-1.0, 2.0) if name.startswith(BOUNDED) else (0.0, 1.0)
    mean, sd = (score - low) / width, se / width
    if ((mean < 0) | (mean > 1)).any():
        raise OptionError(
            f"{name} lies outside {low:g} to {low + width:g}; no replicates of it can be drawn."
        )
    a, b = _beta_of(mean, sd)
    known = ~np.isnan(a)
    drawn = np.full((len(score), draws), np.nan)
    drawn[known] = generator.beta(a[known, None], b[known, None], (int(known.sum()), draws))
    return low + width * drawn


def _beta_of(mean: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Events of the two classes of the Beta with this mean and standard deviation, (rows,) each; NaN where unknown.

    Where there is none, of the Beta with this standard deviation and half an event of the smaller class.
    """
    events = beta_events(mean, sd)
    a, b = mean * events, (1 - mean) * events
    none = (sd > 0) & ((a <= 0) | (b <= 0))
    larger = np.geomspace(JEFFREYS, 1e8, 4096)
    spread = beta_sd(JEFFREYS / (JEFFREYS + larger), JEFFREYS + larger)
    other = np.interp(-sd[none], -spread, larger)
    low = mean[none] < 0.5
    a[none], b[none] = np.where(low, JEFFREYS, other), np.where(low, other, JEFFREYS)
    return a, b


def _both_ways(table: pd.DataFrame) -> pd.DataFrame:
    """Each pair once for either side: a state has its partners in one row, wherever they stand in the alphabet."""
    ends = {f"source{about}": f"target{about}" for about in ("", "_name", "_cow", "_gw")}
    turned = table.rename(columns=ends | {there: here for here, there in ends.items()})
    return pd.concat([table, turned], ignore_index=True)


def _targets(table: pd.DataFrame, scores: list[str], steps: list[int]) -> pd.DataFrame:
    """A row a source and year, and a column a score and target."""
    values, keys = [*scores, *(f"{name}_lag{step}" for step in steps for name in scores)], ["source", "year"]
    names = table[[*keys, "source_name", "source_cow", "source_gw"]].drop_duplicates(keys)
    return names.merge(_spread(table, keys, "target", values), on=keys)
