"""The words of a figure hold the numbers it draws, and go with it."""

import pickle

import numpy as np
import pytest
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

import alignscore as al
from alignscore.plots.words import keep_words, path_of, rounded, with_interval

POWERS = ("CHN", "USA")
ROOM = al.hedging(al.datasets.asean(), powers=POWERS, states=["KHM", "VNM"])


def span(result, state, year):
    s, t = result.states.index(state), result.periods.get_loc(str(year))
    numbers = (result.position[s, t], result.position_low[s, t], result.position_high[s, t])
    return "{:.2f} ({:.2f} to {:.2f})".format(*numbers).replace("-", "−")


def test_rows_are_told_with_their_intervals_from_top_to_bottom(ax):
    al.plots.positions(ROOM, period=2024, ax=ax)
    ax.set_title("Two states", loc="left")
    assert al.plots.alt_text(ax) == (
        "Two states. Horizontal axis: position in 2024: −1 all with China, +1 all with the United States. "
        f"Vietnam {span(ROOM, 'VNM', 2024)}; Cambodia {span(ROOM, 'KHM', 2024)}. "
        "Bar: 95 % interval. At the right: events known."
    )


def test_lines_are_told_from_their_begin_to_their_end(ax):
    al.plots.positions(ROOM, start=2010, end=2020, ax=ax)
    told = al.plots.alt_text(ax)
    for state, name in (("KHM", "Cambodia"), ("VNM", "Vietnam")):
        assert f"{name}: {span(ROOM, state, 2010)} in 2010, {span(ROOM, state, 2020)} in 2020" in told


def test_a_posture_that_is_withheld_is_told_to_be(ax):
    everyone = al.hedging(al.datasets.asean(), powers=POWERS, states=al.datasets.ASEAN_MEMBERS)
    al.plots.postures(everyone, ax=ax)
    told = al.plots.alt_text(ax)
    names = al.names(list(everyone.states))
    for name, label, likely in zip(
        names, everyone.posture[:, -1], everyone.likely_posture[:, -1], strict=True
    ):
        assert f"{name}: {label}" in told
        said = told[told.index(f"{name}: ") :].split(";")[0]
        assert ("(withheld)" in said) == (likely == "withheld"), name
    assert (everyone.likely_posture[:, -1] == "withheld").any()  # else this test could not tell


def test_of_many_marks_twelve_are_told(ax):
    keep_words(ax, [f"state {k}" for k in range(14)])
    assert al.plots.alt_text(ax).endswith("state 11; and 2 more.")


def test_words_travel_and_go_with_the_figure(ax):
    al.plots.positions(ROOM, period=2024, ax=ax)
    told = al.plots.alt_text(ax)
    again = pickle.loads(pickle.dumps(ax.figure)).axes[0]
    assert al.plots.alt_text(again) == told
    ax.clear()
    assert al.plots.alt_text(ax) == ""


def test_a_file_carries_the_words(ax, tmp_path):
    al.plots.positions(ROOM, period=2024, ax=ax)
    told = al.plots.alt_text(ax)
    ax.figure.savefig(tmp_path / "a.svg", metadata={"Description": told})
    assert told in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_axes_that_nobody_told_about_say_title_and_labels():
    ax = Figure().subplots()
    ax.set(title="Cost in $", xlabel="years", ylabel="a\nb")
    assert al.plots.alt_text(ax) == "Cost in $. Vertical axis: a b. Horizontal axis: years."
    with pytest.raises(TypeError, match="ax is 'a'; give axes of matplotlib"):
        al.plots.alt_text("a")


def test_numbers_are_written_as_figures_write_them():
    assert rounded(-0.004) == "0.00" and rounded(-0.126) == "−0.13" and rounded(3.0, 0) == "3"
    assert with_interval(0.5, -0.25, 1) == "0.50 (−0.25 to 1.00)"
    nan = float("nan")
    assert path_of("A", [1, 2, 3], np.array([nan, 0.2, nan])) == "A: 0.20 in 2"
    assert path_of("A", [1], np.array([nan])) == "A: not known"


def test_axes_drawn_by_hand_tell_the_words_given_to_them():
    figure = Figure()
    ax = figure.subplots()
    ax.set(title="Two indices", ylabel="ours")
    assert al.plots.alt_text(ax) == "Two indices. Vertical axis: ours."
    ax.set_label("nine states, each with its interval")
    assert al.plots.alt_text(ax) == "Two indices. Vertical axis: ours. Nine states, each with its interval."
    bar = figure.colorbar(ScalarMappable(), ax=ax)
    assert al.plots.alt_text(bar.ax) == ""
