"""What a figure makes of few words: no arguments at all, one pair bare, another kind of result, labels as text."""

from __future__ import annotations

import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore import plots
from alignscore.measures.states.hedging import posture_probabilities

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.text import Text

EVENTS = al.datasets.asean()
TIES = al.Ledger.post(EVENTS).ties()
LATE = al.Ledger.post(EVENTS.take(EVENTS.day >= np.datetime64("2016-01-01").astype(int))).ties()
ALIGNED = al.alignment(TIES, directed=False)
ROOM = al.hedging(TIES, powers=("CHN", "USA"), states=["KHM", "VNM"])
CLOSE = al.AlignmentOf("KHM", "CHN")
CHANGE = al.change(EVENTS, 2016, 2026, score=CLOSE, by="kind", draws=100)
ONE_STATE = al.robustness(EVENTS, powers=("CHN", "USA"), states=["KHM"], periods=(2025, 2026), draws=8)
ONE_YEAR = al.Events.from_events(
    [al.Event(source=power, target="LAO", date="2024-05-01", kind="state_visit") for power in ("CHN", "USA")]
)
ROWS = [
    (actor, session, f"{session}-{k}", vote)
    for session in (1, 2)
    for k, line in enumerate(["11233", "11333", "12233", "13213"])
    for actor, vote in zip("ABCDE", map(int, line), strict=True)
]
VOTES = pd.DataFrame(ROWS, columns=["actor", "session", "item", "vote"])

PLAIN = {
    "alignment": lambda: ALIGNED,
    "exposure": lambda: al.exposure(TIES),
    "influence": lambda: al.influence(TIES),
    "institutionalisation": lambda: al.institutionalisation(TIES),
    "affinity": lambda: al.affinity(LATE),
    "domain_mix": lambda: al.domain_mix(TIES, "KHM", "CHN"),
    "hedging": lambda: ROOM,
    "hedging between three": lambda: al.hedging(TIES, powers=("CHN", "USA", "JPN"), states=["KHM"]),
    "bloc": lambda: al.bloc(TIES, members="ASEAN", powers=("CHN", "USA")),
    "impact": lambda: al.impact(EVENTS, score=CLOSE, draws=50),
    "impact by kind": lambda: al.impact(EVENTS, score=CLOSE, by="kind", draws=50),
    "change": lambda: CHANGE,
    "diffusion": lambda: al.diffusion(EVENTS, powers=("CHN", "USA"), family="partnership"),
    "robustness": lambda: ONE_STATE,
    "sobol of one state": lambda: ONE_STATE.sobol(n=16, replicates=2),
    "ideal_points": lambda: al.ideal_points(VOTES, bridges=[("1-0", "2-0")]),
    "agreement": lambda: al.agreement(VOTES, period="session"),
    "agreement without periods": lambda: al.agreement(VOTES),
    "two measures": lambda: al.similarity(
        VOTES, measure=["s", "agreement"], levels=(1, 2, 3), period="session"
    ),
    "what if": lambda: al.what_if(EVENTS, score=CLOSE, remove={"kind": "two_plus_two"}, draws=50),
    "odds of postures": lambda: posture_probabilities(
        al.hedging(TIES, powers=("CHN", "USA"), states=["KHM"])
    ),
    "one period": lambda: al.alignment(ONE_YEAR),
    "states in one period": lambda: al.hedging(ONE_YEAR, powers=("CHN", "USA")),
}


def texts(ax):
    return [text.get_text() for text in ax.texts]


def words(ax):
    return " ".join(text.get_text() for text in ax.findobj(Text))


@pytest.mark.parametrize("name", PLAIN)
def test_a_result_draws_itself_without_a_word_and_without_a_warning(ax, name):
    assert PLAIN[name]().plot(ax=ax) is ax
    ax.figure.draw_without_rendering()
    assert ax.has_data()
    told = plots.alt_text(ax)
    assert any(map(str.isdigit, told)) and "\n" not in told and told.endswith(".")


# ---- which lines -----------------------------------------------------------------------------------------
def test_the_pairs_with_the_most_events_are_drawn(ax):
    ALIGNED.plot(ax=ax, names=False)
    n = ALIGNED.n[:, -1, -1]
    rows = np.argsort(-n, kind="stable")[:4]
    assert texts(ax) == [f"{ALIGNED.axes.sources[at]}–{ALIGNED.axes.targets[at]}" for at in rows]


def test_one_pair_may_come_bare_and_the_figure_end_early(ax):
    plots.trajectory(ALIGNED, pairs=("KHM", "CHN"), end=2024, ax=ax)
    assert texts(ax) == ["Cambodia–China"]
    assert ax.lines[0].get_xdata()[-1] == 2024 == ax.get_xlim()[1]


def test_ideal_points_go_from_end_to_end(ax):
    found = al.ideal_points(VOTES, bridges=[("1-0", "2-0")])
    found.plot(ax=ax)
    mean = dict(zip(found.actors.tolist(), found.theta.mean(axis=1), strict=True))
    order = sorted(mean, key=mean.get)
    assert sorted(texts(ax)) == sorted(order[at] for at in (0, 1, 3, 4))  # linspace(0, 4, 4), rounded


def test_similarities_are_to_the_two_least_alike(ax):
    found = al.agreement(VOTES, period="session")
    found.plot(ax=ax)
    means = found.to_frame().groupby(["i", "j"])["similarity"].mean()
    assert texts(ax) == [f"with {who}" for who in means.idxmin()]


# ---- levels ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "draw",
    [
        lambda level, ax: plots.trajectory(al.alignment(TIES, level=level), ax=ax),
        lambda level, ax: plots.dyads(al.alignment(TIES, level=level), pairs=("KHM", "CHN"), ax=ax),
        lambda level, ax: plots.domain_mix(al.domain_mix(TIES, "KHM", "CHN", level=level), ax=ax),
        lambda level, ax: plots.positions(
            al.hedging(TIES, powers=("CHN", "USA"), states=["KHM"], level=level), ax=ax
        ),
        lambda level, ax: plots.quadrant(
            al.hedging(TIES, powers=("CHN", "USA"), states=["KHM"], level=level), ax=ax
        ),
        lambda level, ax: plots.three_ways(
            al.hedging(TIES, powers=("CHN", "USA"), states=["KHM"], level=level), ax=ax
        ),
        lambda level, ax: plots.tornado(ONE_STATE.sobol(n=16, replicates=2, level=level), ax=ax),
        lambda level, ax: plots.waterfall(
            al.change(EVENTS, 2016, 2026, score=CLOSE, draws=50, level=level), ax=ax
        ),
    ],
)
def test_the_level_of_every_interval_is_told(ax, draw):
    draw(0.8, ax)
    assert "80 % interval" in words(ax)


def test_the_waterfall_draws_the_interval_of_the_change(ax):
    plots.waterfall(CHANGE, ax=ax)
    whisker = next(line for line in ax.lines if line.get_marker() == "|")
    np.testing.assert_allclose(whisker.get_xdata(), [CHANGE.start + CHANGE.low, CHANGE.start + CHANGE.high])


# ---- names -----------------------------------------------------------------------------------------------
def test_states_are_written_by_their_names_unless_asked_otherwise(ax):
    plots.positions(ROOM, period=2024, ax=ax)
    assert {label.get_text() for label in ax.get_yticklabels()} == {"Cambodia", "Vietnam"}
    ax.clear()
    plots.positions(ROOM, period=2024, names=False, ax=ax)
    assert {label.get_text() for label in ax.get_yticklabels()} == {"KHM", "VNM"}
    ax.clear()
    plots.positions(ROOM, period=2024, names={"KHM": "Kampuchea"}, ax=ax)
    assert {label.get_text() for label in ax.get_yticklabels()} == {"Kampuchea", "Vietnam"}
    with pytest.raises(
        al.UnknownLabelError, match="names has a name for 'KMH', which is not here. Did you mean 'KHM'"
    ):
        plots.positions(ROOM, period=2024, names={"KMH": "Kampuchea"}, ax=ax)


def test_a_label_is_text_and_never_a_formula(ax):
    ax.set(xlim=(0, 1), ylim=(0, 1))
    width = {}
    for given in ("$x_1$ and $x^2$", "a_b ^ $5"):
        label = ax.text(0, 0, plots.style.shown_name(given, None))
        written = ax.text(0, 0, given, parse_math=False)
        width[given] = [part.get_window_extent().width for part in (label, written)]
    assert all(one == other for one, other in width.values())


# ---- wrong types -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("draw", [plots.positions, plots.quadrant, plots.three_ways, plots.postures])
def test_one_state_is_a_list_of_one(draw):
    alone, listed = (plots.alt_text(draw(ROOM, states=states)) for states in ("KHM", ["KHM"]))
    assert alone == listed
    plt.close("all")


@pytest.mark.parametrize(
    "kept_as", ["int64", "float64", "Float64", "double[pyarrow]", "str"]
)  # floats: it had gaps
def test_voters_may_be_numbers(kept_as):
    """Labels of a table of votes are found by number and by text, and no voter is compared with itself."""
    codes = dict(zip("ABCDE", (710, 816, 2, 740, 20), strict=True))
    votes = VOTES.assign(actor=VOTES["actor"].map(codes).astype(kept_as))
    alike = al.agreement(votes, period="session")
    points = al.ideal_points(votes, anchors=("710", 20), bridges=[("1-0", "2-0")])
    united = al.vote_cohesion(votes, members=[710, "816"])
    for asked in (int, str, float):
        assert "each of 4" in plots.alt_text(plots.similarities(alike, of=asked(710)))
        plt.close("all")
        assert len(alike.of(asked(710), asked(816))) == 2
        assert points.distance(asked(710), asked(816))["distance"].notna().all()
    assert united.n_votes.sum() == 16


def test_every_figure_says_what_it_needs(monkeypatch):
    """One had asked for a part of matplotlib first, and Python's own words came."""
    ledger = al.Ledger.post(EVENTS)
    results = [*(make() for make in PLAIN.values()), al.forecast(ledger), al.surprise(ledger)]
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    for name in set(plots.__all__) - {"alt_text"}:  # which reads axes
        told = set()
        for result in results:
            try:
                getattr(plots, name)(result)
            except ImportError as lacking:
                told.add(str(lacking))
            except (TypeError, al.OptionError):  # it draws another result, or asks for a choice
                continue
        assert told == {"plots need matplotlib: pip install 'alignscore[plot]'"}, name


def test_states_may_be_numbers():
    """As those of the Correlates of War are read from a column of numbers."""
    numbers = {actor: 100 + at for at, actor in enumerate(EVENTS.actors)}
    frame = EVENTS.to_frame()
    frame[["source", "target"]] = frame[["source", "target"]].map(numbers.get)
    coded = al.Events.from_frame(frame)
    china, america, cambodia = (numbers[actor] for actor in ("CHN", "USA", "KHM"))
    panel = al.robustness(coded, powers=(china, america), periods=(2026, 2026), draws=8)
    formats = al.diffusion(coded, powers=(china, america), family="partnership")
    for draw in (
        lambda of: plots.robustness(panel, states=of(cambodia)),
        lambda of: plots.positions(al.hedging(coded, powers=(china, america)), states=of(cambodia)),
        lambda of: plots.trajectory(al.alignment(coded), pairs=(of(cambodia), of(china))),
        lambda of: plots.dyads(al.alignment(coded), period=2024, pairs=[(of(cambodia), of(china))]),
        lambda of: plots.adopters(formats, powers=of(china)),
    ):
        assert plots.alt_text(draw(int)) == plots.alt_text(draw(str))
        plt.close("all")


@pytest.mark.parametrize(
    ("draw", "text"),
    [
        (
            lambda: plots.positions(ALIGNED),
            "draws a result of type HedgingResult, not AlignmentResult; plots.trajectory draws that.",
        ),
        (lambda: plots.trajectory(ROOM), "not HedgingResult; plots.positions draws that."),
        (lambda: plots.ideal_points(VOTES), "draws a result of type IdealPointResult, not DataFrame."),
        (
            lambda: plots.posture_probabilities(ROOM),
            "RobustnessResult or PostureOdds, not HedgingResult",
        ),
        (lambda: plots.trajectory(ALIGNED, pairs="KHM"), "pairs is 'KHM'; give (source, target), or a list"),
        (lambda: plots.trajectory(ALIGNED, pairs=["KHM", "CHN", "USA"]), "pairs holds 'KHM'; give"),
        (lambda: plots.trajectory(ALIGNED, pairs=[("KHM", "CHN", "USA")]), "pairs holds ('KHM', 'CHN', 'U"),
        (lambda: plots.dyads(ALIGNED, pairs=7), "pairs is 7; give"),
        (lambda: plots.positions(ROOM, names=["Cambodia"]), "names is ['Cambodia']; give a dict"),
        (lambda: plots.positions(ROOM, bloc=ROOM), "bloc is of type HedgingResult"),
        (lambda: plots.positions(ROOM, ax="left"), "ax is 'left'; give axes of matplotlib"),
    ],
)
def test_wrong_types_are_told_what_is_wanted(draw, text):
    with pytest.raises(TypeError) as problem:
        draw()
    assert text in str(problem.value)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("draw", "text"),
    [
        (lambda: plots.trajectory(ALIGNED, start=2020, end=2010), "end is 2010 and start is 2020"),
        (lambda: plots.trajectory(ALIGNED, pairs=("KHM", "CHN"), end=1960), "nothing to draw: no score"),
        (
            lambda: plots.tornado(ONE_STATE.sobol(n=16, replicates=2), output="ranking"),
            "nothing to draw: 'ranking' does not vary",
        ),
        (
            lambda: plots.posture_probabilities(posture_probabilities(ROOM)),
            "state: choose one of KHM, VNM.",
        ),
    ],
)
def test_nothing_to_draw_says_why(draw, text):
    with pytest.raises(al.OptionError) as problem:
        draw()
    assert text in str(problem.value)
    assert plt.get_fignums() == []
