"""Laws that every measure obeys. A new measure joins `MEASURES` with one line and is held to all of them.

Each reads one `World`: the shipped events since 2010, and votes, a network and indicators of the same actors. The world
can be told again under other names, with its rows in another order or with every weight a thousand times as large.
"""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, is_dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.axes import COMPOSITE
from alignscore.measures.states.indicators import indicators_from_hedging
from alignscore.results import ACTOR_COLUMNS, Result

POWERS = ("CHN", "USA")
MEMBERS = ("BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM")
PAIR = ("KHM", "CHN")
SINCE = "2016-01-01"
ONE = "chn-khm-2plus2-2026"
LATER = 2086


@dataclass(frozen=True)
class World:
    """Everything measures read, of actors called by other names where `called` says so."""

    rows: pd.DataFrame
    called: Mapping[str, str]
    given: str = "ties"  # what measures of ties are given

    def __call__(self, *actors: str) -> tuple[str, ...]:
        """What these actors are called here."""
        return tuple(self.called[actor] for actor in actors)

    @cached_property
    def events(self) -> al.Events:
        return al.Events.from_frame(self.rows)

    @cached_property
    def ledger(self) -> al.Ledger:
        return al.Ledger.post(self.events)

    @cached_property
    def ties(self) -> al.Ties:
        return self.ledger.ties()

    @property
    def record(self) -> Any:
        """What measures of ties read: ties, or what they are made of."""
        return getattr(self, self.given)

    @cached_property
    def acts(self) -> al.Ledger:
        """Without the mechanisms, which stand however long nothing is heard of them."""
        return al.Ledger.post(self.events.pick(~self.events.standing))

    @cached_property
    def acts_now(self) -> al.Ties:
        return self.acts.ties(end=2026)

    @cached_property
    def acts_later(self) -> al.Ties:
        return self.acts.ties(end=LATER)

    @cached_property
    def hedging(self) -> Result:
        return al.hedging(self.record, powers=self(*POWERS))

    @cached_property
    def near(self) -> al.AlignmentOf:
        return al.AlignmentOf(*self(*PAIR))

    @cached_property
    def votes(self) -> pd.DataFrame:
        """Two sessions of roll calls by the members, each with a stand of its own."""
        stand = np.linspace(-1.5, 1.5, len(MEMBERS))
        rng = np.random.default_rng(0)
        cut, noise = rng.uniform(-1, 1, (2, 15)), rng.normal(0, 0.4, (2, 15, len(MEMBERS)))
        vote = np.select(
            [stand + noise > cut[..., None] + 0.2, stand + noise > cut[..., None] - 0.2], [3, 2], 1
        )
        cells = pd.MultiIndex.from_product(
            [(70, 71), range(15), self(*MEMBERS)], names=["session", "item", "actor"]
        )
        frame = pd.DataFrame({"vote": vote.ravel()}, index=cells).reset_index()
        return frame.assign(item=frame["session"].astype(str) + "-" + frame["item"].astype(str))

    @cached_property
    def points(self) -> pd.DataFrame:
        who = (*MEMBERS, *POWERS)
        return pd.DataFrame({"actor": self(*who), "theta": np.linspace(-2, 2, len(who)), "sd": 0.1})

    @cached_property
    def network(self) -> pd.DataFrame:
        """Who is friendly with whom, in two camps and with noise."""
        rng = np.random.default_rng(1)
        side = np.where(np.arange(len(MEMBERS)) < 5, 1.0, -1.0)
        ties = np.outer(side, side) + rng.normal(0, 0.5, (len(side), len(side)))
        return pd.DataFrame(ties + ties.T, index=self(*MEMBERS), columns=self(*MEMBERS))

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Friendly and hostile acts of each pair in each year."""
        acts = self.rows.assign(
            period=pd.to_datetime(self.rows["date"]).dt.year, friendly=self.rows["value"] > 0
        )
        sides = (
            acts.groupby(["source", "target", "domain", "period"])["friendly"]
            .agg(["sum", "size"])
            .reset_index()
        )
        return sides.assign(cooperation=sides["sum"], conflict=sides["size"] - sides["sum"])

    @cached_property
    def breaks(self) -> pd.Series:
        return al.event_counts(self.events, between=self("PHL", "USA"))["n"]


@dataclass(frozen=True)
class Measure:
    """How a measure is asked, and where its own definition bends a law.

    Attributes
    ----------
    name : str
        Of the public function, or of the result's method.
    ask : callable
    drawn : tuple of str
        Patterns of columns of random draws: in another order of rows they are others.
    masses : tuple of str
        Columns in the unit of the weights.
    of_unit : tuple of str
        Patterns of columns that depend on that unit in some other way.
    mapped : tuple of str
        Scores that are no share: with nothing in force their prior is not the widest.
    held : callable
        The rows whose intervals have a width.
    """

    name: str
    ask: Callable[[World], Result]
    drawn: tuple[str, ...] = ()
    masses: tuple[str, ...] = ()
    of_unit: tuple[str, ...] = ()
    mapped: tuple[str, ...] = ()
    held: Callable[[pd.DataFrame], pd.Series] = lambda frame: frame.index >= 0


def columns_like(frame: pd.DataFrame, patterns: tuple[str, ...]) -> list[str]:
    return [name for name in frame if any(fnmatchcase(name, pattern) for pattern in patterns)]


@cache
def world() -> World:
    rows = al.datasets.asean().to_frame()
    near = rows["source"].isin({*MEMBERS, *POWERS, "JPN"}) & rows["target"].isin({*MEMBERS, *POWERS, "JPN"})
    rows = rows[near & (rows["date"] >= SINCE)]
    return World(rows, {actor: actor for actor in sorted({*rows["source"], *rows["target"]})})


@cache
def giving(what: str) -> World:
    """This world, of which measures of ties are given something else."""
    return replace(world(), given=what)


@cache
def renamed() -> World:
    """The same actors under names that sort the other way round, and the rows from the last to the first."""
    plain = world()
    called = {actor: f"Actor {99 - at}" for at, actor in enumerate(plain.called)}
    rows = plain.rows.iloc[::-1].reset_index(drop=True)
    return World(rows.assign(source=rows["source"].map(called), target=rows["target"].map(called)), called)


@cache
def heavier() -> World:
    """The same world, each event a thousand times as heavy."""
    return World(world().rows.assign(weight=world().rows["weight"] * 1000), world().called)


def of_ties(name: str, **options: Any) -> Callable[[World], Result]:
    return lambda w: getattr(al, name)(w.record, **options)


def moves(frame: pd.DataFrame) -> pd.Series:
    """Where a group moves the score, and is not all it rests on: what it does not touch is certain not to move."""
    return (frame["impact"].abs() > 1e-9) & frame["low"].notna()


LABELS = ("posture", "likeliest", "probability_*")
MEASURES = (
    # its log ratio adds half a unit of mass to either side
    Measure("alignment", of_ties("alignment"), masses=("net",), of_unit=("log_ratio*",)),
    Measure("exposure", of_ties("exposure")),
    # bandwidth is ln(1 + mass)
    Measure("influence", of_ties("influence"), of_unit=("bandwidth*", "influence*"), mapped=("influence",)),
    Measure("institutionalisation", of_ties("institutionalisation")),
    Measure("affinity", of_ties("affinity", draws=8, rng=0)),
    Measure("affinity_of_counts", lambda w: al.affinity_of_counts(w.counts, draws=8, rng=0)),
    Measure("domain_mix", lambda w: al.domain_mix(w.record, *w(*PAIR))),
    Measure("DomainMixResult.shift", lambda w: al.domain_mix(w.record, *w(*PAIR)).shift(2018, 2025)),
    Measure("hedging", lambda w: w.hedging, mapped=("diversification", "hedging")),
    Measure("HedgingResult.odds", lambda w: w.hedging.odds()),
    Measure("posture_probabilities", lambda w: al.posture_probabilities(w.hedging)),
    Measure("bloc", lambda w: al.bloc(w.record, members=w(*MEMBERS), powers=w(*POWERS)),
        mapped=("diversification", "division", "cohesion")),
    Measure("bloc_pull", lambda w: al.bloc_pull(w.events, ONE, members=w(*MEMBERS), powers=w(*POWERS), draws=50),
        drawn=("*_low", "*_high")),
    Measure("composite_position", lambda w: al.composite_position(
        indicators_from_hedging(w.hedging), powers=w(*POWERS), draws=100, rng=0),
        drawn=("low", "high", "p_*")),
    Measure("weighted_distance", lambda w: al.weighted_distance(w.record, w.points, draws=50),
        drawn=("low", "high")),
    # one partner is no spread, wherever it stands
    Measure("connectedness", lambda w: al.connectedness(w.record, w.points, draws=50),
        drawn=("low", "high"), held=lambda f: f["partners"] > 1),
    Measure("similarity", lambda w: al.similarity(al.portfolio_from_ties(w.record))),
    Measure("agreement", lambda w: al.agreement(w.votes, period="session")),
    Measure("ideal_points", lambda w: al.ideal_points(w.votes, anchors=w("BRN", "VNM"))),
    Measure("vote_cohesion", lambda w: al.vote_cohesion(w.votes, members=w(*MEMBERS))),
    Measure("communities", lambda w: al.communities(w.network)),
    Measure("frustration", lambda w: al.frustration(w.network, permutations=19)),
    Measure("diffusion", lambda w: al.diffusion(w.events, family="partnership", powers=w(*POWERS))),
    Measure("impact", lambda w: al.impact(w.events, score=w.near), drawn=("se", "low", "high"), held=moves),
    Measure("ImpactResult.top", lambda w: al.impact(w.events, score=w.near, by="kind").top(3),
        drawn=("se", "low", "high"), held=moves),
    Measure("change", lambda w: al.change(w.events, 2018, 2025, score=w.near, by="kind", draws=50)),
    # a domain that the supposition does not touch stays as it is
    Measure("what_if", lambda w: al.what_if(w.events, score=w.near, remove={"event_id": ONE}, draws=50),
        drawn=("se", "low", "high"), held=lambda f: f["actual"] != f["supposed"]),
    # the range of the prior is in masses
    Measure("robustness", lambda w: al.robustness(w.events, powers=w(*POWERS), draws=32, periods=(2020, 2026)),
        drawn=("*_median", "*_low", "*_high", *LABELS), of_unit=LABELS),
    # what does not move a score has no share in it
    Measure("RobustnessResult.sobol", lambda w: al.robustness(
        w.events, powers=w(*POWERS), draws=8, periods=(2026, 2026)).sobol(n=16, replicates=2),
        drawn=("first*", "total*"), held=lambda f: f["total"] != 0),
    Measure("breaks", lambda w: al.breaks(w.breaks)),
    # a half-life that is not identified still has bounds
    Measure("fit_decay", lambda w: al.fit_decay(w.ledger, by="all", draws=20), drawn=("low", "high"),
        held=lambda f: f["identified"]),
    Measure("forecast", lambda w: al.forecast(w.ledger)),
    Measure("surprise", lambda w: al.surprise(w.ledger)),
    Measure("kind_scale", lambda w: al.kind_scale(w.events, draws=8), drawn=("se",)),
)  # fmt: skip
EVERY = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
OF_TIES = pytest.mark.parametrize(
    "measure",
    [
        m
        for m in MEASURES
        if m.name in al.__all__ and "ties" in inspect.signature(getattr(al, m.name)).parameters
    ],
    ids=lambda measure: measure.name,
)


@cache
def result_of(measure: Measure) -> Result:
    return measure.ask(world())


@cache
def frame_of(measure: Measure) -> pd.DataFrame:
    """All columns, to be read by many laws and written by none."""
    return result_of(measure).to_frame(columns="all")


def results() -> Iterator[tuple[str, str]]:
    """Public functions, and methods of results, with what they are said to return."""
    for name in al.__all__:
        if inspect.isfunction(function := getattr(al, name)):
            yield name, str(function.__annotations__.get("return"))
    for kind in kinds_of_results():
        for name, method in vars(kind).items():
            if inspect.isfunction(method) and not name.startswith("_"):
                yield f"{kind.__name__}.{name}", str(method.__annotations__.get("return"))


def kinds_of_results(kind: type = Result) -> Iterator[type]:
    for below in kind.__subclasses__():
        yield below
        yield from kinds_of_results(below)


def test_every_measure_is_held_to_the_laws():
    kinds = {kind.__name__ for kind in kinds_of_results()}
    giving = {name for name, returned in results() if returned in kinds}
    assert giving == {measure.name for measure in MEASURES}


# ---- labels and frames -----------------------------------------------------------------------------------
def labels_of(result: Result) -> list[str]:
    return [name for dimension in result._labels() for name in dimension]


@EVERY
def test_labels_are_those_of_the_input(measure):
    frame = result_of(measure).to_frame()
    for name in {*ACTOR_COLUMNS} & {*labels_of(result_of(measure))}:
        assert set(frame[name]) - {""} <= set(world().called), name
    if "domain" in frame:
        assert set(frame["domain"]) <= {*world().events.domains, COMPOSITE, "all"}
    if "year" in frame:
        assert frame["period"].dtype.kind == "M" and frame["year"].dtype == np.int64
        assert (frame["period"].dt.year == frame["year"]).all()
        assert (frame["period"] == frame["period"] + pd.offsets.YearEnd(0)).all()


@EVERY
def test_a_frame_holds_every_cell_and_every_array_once(measure):
    result = result_of(measure)
    short, whole = result.to_frame(), frame_of(measure)
    assert len(short) == len(whole) == np.prod(result.shape)
    assert whole.columns.is_unique and set(short.columns) <= set(whole.columns)
    assert len(short.columns) <= 16
    labels = [name for name in whole.columns if name in {*labels_of(result), "year"}]
    assert list(whole.columns[: len(labels)]) == labels == list(short.columns[: len(labels)])
    assert not whole.duplicated(labels).any()
    for name in whole.columns.drop(labels):
        array = getattr(result, name, None)
        if isinstance(array, np.ndarray) and array.shape == result.shape:
            np.testing.assert_array_equal(whole[name].to_numpy(), array.ravel())
    assert not [name for name in whole if isinstance(whole[name].dtype, pd.PeriodDtype)]
    pd.testing.assert_frame_equal(short, result.to_frame(columns=list(short.columns.drop(labels))))


@EVERY
def test_a_look_up_finds_the_row_of_the_frame(measure):
    result = result_of(measure)
    frame, labels = frame_of(measure), labels_of(result)
    for at in np.linspace(0, len(frame) - 1, 5).astype(int):
        row = frame.iloc[[at]].reset_index(drop=True)
        asked = {name: row[name].item() for name in labels if not pd.isna(row[name].item())}
        pd.testing.assert_frame_equal(result.of(columns="all", **asked), row)
    if "period" in labels:
        last = frame["period"].max()
        want = frame[frame["period"] == last].reset_index(drop=True)
        pd.testing.assert_frame_equal(result.at(last, columns="all"), want)
    for name in labels:
        if name != "period":
            with pytest.raises(al.UnknownLabelError, match=f"unknown (actor|{name}) 'nobody'"):
                result.of(**{name: "nobody"})


# ---- frozen values -----------------------------------------------------------------------------------------
def arrays_of(value: Any) -> Iterator[np.ndarray]:
    """Every array a value holds, however deep, also what it has worked out and kept."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from arrays_of(entry)
    elif is_dataclass(value) and not isinstance(value, type):
        for entry in vars(value).values():
            yield from arrays_of(entry)
    elif isinstance(value, tuple):
        for entry in value:
            yield from arrays_of(entry)


@EVERY
@pytest.mark.parametrize(
    "through", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "deepcopy", "pickle"]
)  # fmt: skip
def test_values_are_the_same_and_read_only_however_they_travel(measure, through):
    result = result_of(measure)
    other = through(result)
    assert type(other) is type(result) and repr(other) == repr(result)
    pd.testing.assert_frame_equal(other.to_frame(columns="all"), frame_of(measure))
    found = list(arrays_of(other))
    assert found and not [array for array in found if array.flags.writeable]


# ---- how they show themselves ------------------------------------------------------------------------------
@pytest.mark.filterwarnings("ignore:no event names:alignscore.errors.SilentActorWarning")
@EVERY
def test_nothing_is_raised_where_a_user_has_numpy_raise(measure):
    """`np.seterr(all="raise")` stopped four measures at numbers that are meant to vanish, as what is long past does."""
    with np.errstate(all="raise"):
        measure.ask(world()).to_frame(columns="all")
        for odd in odd_worlds().values():
            with suppress(al.AlignScoreError):  # too little is known there for some
                measure.ask(odd).to_frame(columns="all")


@EVERY
def test_it_shows_itself_and_says_what_to_cite(measure):
    result = result_of(measure)
    assert repr(result).startswith(f"<{type(result).__name__}: ") and repr(result).endswith(">")
    assert "\n" not in repr(result)
    html = result._repr_html_()
    assert "<table" in html and "<script" not in html
    assert len(result.table().splitlines()) > 1
    cited = al.cite(result).text.splitlines()
    assert "The alignscore authors" in cited[-1]
    with suppress(al.UnknownLabelError):  # of a measure that is this library's own, or a method
        assert set(al.cite(measure.name).text.splitlines()) <= set(cited)


# ---- what is said ------------------------------------------------------------------------------------------
def intervals_of(frame: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Scores with their bounds."""
    for name in frame:
        if f"{name}_low" in frame:
            yield name, f"{name}_low", f"{name}_high"
    if "low" in frame:
        places = list(frame.columns)
        before = [n for n in places[: places.index("low")] if n not in ("se", "n", "likeliest")]
        yield before[-1], "low", "high"


@EVERY
def test_an_interval_holds_its_score_and_has_a_width(measure):
    frame = frame_of(measure)
    frame = frame[measure.held(frame)]
    for name, low, high in intervals_of(frame):
        known = frame[[name, low, high]].dropna()
        assert (known[low] <= known[name]).all() and (known[name] <= known[high]).all(), name
        assert (known[low] < known[high]).all(), f"{name} is printed as if it were certain"
        assert frame.loc[frame[name].isna(), [low, high]].isna().all(axis=None), name
    if "evidence" in frame:
        scores = [name for name, _, _ in intervals_of(frame)]
        assert frame.loc[frame["evidence"] == 0, scores].isna().all(axis=None), (
            "nothing in force, and a score"
        )


@cache
def odd_worlds() -> dict[str, World]:
    """Records of one sort of act, of acts that cancel out, of one act, and of acts long past."""
    rows = world().rows
    pair = rows[rows["source"].isin(PAIR) & rows["target"].isin(PAIR)]
    far = pair.tail(1).assign(source="JPN", target="THA", date=pd.Timestamp("2060-05-01"), event_id="far")
    undone = rows.assign(value=-rows["value"], event_id=rows["event_id"] + " undone", kind=None)
    told = {
        "friendly": rows.assign(value=rows["value"].abs()),
        "hostile": rows.assign(value=-rows["value"].abs()),
        "cancelled": pd.concat([rows, undone]).reset_index(drop=True),
        "one act": pair.tail(1),
        "silent": pd.concat([rows[rows["date"] < "2019-01-01"], far]).reset_index(drop=True),
    }
    return {name: World(table, world().called) for name, table in told.items()}


@pytest.mark.filterwarnings("ignore:no event names:alignscore.errors.SilentActorWarning")
@EVERY
@pytest.mark.parametrize("odd", ["friendly", "hostile", "cancelled", "one act", "silent"])
def test_nothing_is_certain_in_odd_worlds(measure, odd):
    """A measure answers with intervals that have a width and errors above 0, or says why it has no answer."""
    try:
        frame = measure.ask(odd_worlds()[odd]).to_frame(columns="all")
    except al.AlignScoreError:
        return
    frame = frame[measure.held(frame)]
    for name, low, high in intervals_of(frame):
        known = frame[[name, low, high]].dropna()
        assert (known[low] <= known[name]).all() and (known[name] <= known[high]).all(), name
        assert (known[low] < known[high]).all(), name
    for name in frame:
        if name == "se" or name.endswith("_se"):
            assert not (frame[name] == 0).any(), name


# ---- names, order and unit -----------------------------------------------------------------------------------
def told_again(measure: Measure, other: World) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Frames of this and of the other world, in one order and under the names of this one."""
    result = result_of(measure)
    names = {called: actor for actor, called in other.called.items()}
    frames = []
    for frame in (frame_of(measure), measure.ask(other).to_frame(columns="all")):
        frame = frame.rename(columns=lambda name: re.sub(r"Actor \d+", lambda found: names[found[0]], name))
        for name in frame.columns[~frame.dtypes.map(pd.api.types.is_numeric_dtype)]:
            told = {
                cell: re.sub(r"Actor \d+", lambda found: names[found[0]], cell)
                for cell in frame[name].unique()
                if isinstance(cell, str) and "Actor" in cell
            }
            if told:
                frame[name] = frame[name].map(lambda cell, told=told: told.get(cell, cell))
        ends = next((ends for ends in (["source", "target"], ["i", "j"]) if {*ends} <= {*frame}), None)
        if ends and not result.recipe.get("directed", measure.name in ("influence", "impact")):
            frame[ends] = np.sort(frame[ends].astype(str).to_numpy(), axis=1)
        labels = [name for name in frame if name in labels_of(result)]
        frames.append(frame.sort_values(labels).reset_index(drop=True))
    return frames[0], frames[1][list(frames[0])]


@EVERY
def test_names_of_actors_and_the_order_of_rows_change_nothing(measure):
    plain, other = told_again(measure, renamed())
    drawn = columns_like(plain, measure.drawn)
    pd.testing.assert_frame_equal(plain.drop(columns=drawn), other.drop(columns=drawn), rtol=1e-7, atol=1e-7)


@EVERY
def test_the_unit_of_the_weights_changes_nothing(measure):
    plain, other = told_again(measure, heavier())
    other[list(measure.masses)] /= 1000
    bound = columns_like(plain, measure.of_unit)
    pd.testing.assert_frame_equal(plain.drop(columns=bound), other.drop(columns=bound), rtol=1e-7, atol=1e-7)


# ---- what they read -------------------------------------------------------------------------------------------
@OF_TIES
@pytest.mark.parametrize("given", ["events", "ledger"])
def test_ties_are_made_of_what_ties_are_made_of(measure, given):
    other = measure.ask(giving(given)).to_frame(columns="all")
    pd.testing.assert_frame_equal(frame_of(measure), other)


@OF_TIES
def test_what_holds_no_ties_is_refused(measure):
    told = r"Ties, a Ledger or Events are needed here, as Ledger.post\(events\).ties\(\) or .* not DataFrame"
    with pytest.raises(TypeError, match=told):
        measure.ask(giving("rows"))


@OF_TIES
def test_silence_makes_nothing_surer(measure):
    """Sixty years without an event leave each interval as wide as it was, or wider."""
    now, later = (measure.ask(giving(given)) for given in ("acts_now", "acts_later"))
    if "period" not in labels_of(now):
        return
    now, later = (one.at(one.to_frame()["period"].max(), columns="all") for one in (now, later))
    for name, low, high in intervals_of(now):
        if name in measure.mapped:
            continue
        width, then = now[high] - now[low], later[high] - later[low]
        known = width.notna() & then.notna()
        assert (then[known] >= width[known] - 1e-9).all(), name
