"""The waterfall draws the parts it was given, and ends where the score ends."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore import plots


def test_the_steps_lead_from_start_to_end(asean):
    parts = al.change(asean, 2016, 2026, score=al.AlignmentOf("KHM", "CHN"), by="kind")
    fig, ax = plt.subplots()
    assert plots.waterfall(parts, most=5, ax=ax) is ax
    bars = ax.patches
    assert len(bars) == 5
    assert bars[0].get_x() == pytest.approx(parts.start)
    assert bars[-1].get_x() + bars[-1].get_width() == pytest.approx(parts.end)
    np.testing.assert_allclose([bar.get_width() for bar in bars[:4]], parts.contribution[:4])
    assert [tick.get_text() for tick in ax.get_yticklabels()][-2].endswith("others")
    plt.close(fig)


def test_at_least_one_step(asean):
    parts = al.change(asean, 2016, 2026, score=al.AlignmentOf("KHM", "CHN"))
    with pytest.raises(al.OptionError, match="most is 0"):
        plots.waterfall(parts, most=0)


def test_a_supposition_is_drawn_with_the_interval_of_each_difference(ax):
    score = al.AlignmentOf("KHM", "CHN", directed=False)
    found = al.what_if(al.datasets.asean(), score=score, remove={"kind": "two_plus_two"}, draws=100)
    assert found.plot(ax=ax) is ax
    dots, _, (bars,) = ax.containers[0]
    np.testing.assert_array_equal(dots.get_xdata(), found.difference[:, -1])
    ends = np.array([path.vertices[:, 0] for path in bars.get_paths()])
    np.testing.assert_allclose(ends, np.stack([found.low[:, -1], found.high[:, -1]], axis=1))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(found.domains)
    assert "95 % interval" in al.plots.alt_text(ax)


@pytest.mark.parametrize("by", ["event", "kind"])
def test_impacts_say_what_their_lines_are(ax, by):
    given = {"score": al.AlignmentOf("KHM", "CHN"), "by": by, "level": 0.9}
    found = al.impact(al.datasets.asean(), **given)
    plots.impacts(found, ax=ax)
    words = al.plots.alt_text(ax)
    first = f"{found.impact[0, -1, -1]:+.3f} ({found.low[0, -1, -1]:+.3f} to {found.high[0, -1, -1]:+.3f})"
    assert "Thin line: 90 % interval." in words and first.replace("-", "−") in words
    ax.clear()
    plots.impacts(al.impact(al.datasets.asean(), **given, intervals=2), ax=ax)
    assert "interval of the largest 2" in al.plots.alt_text(ax)
    ax.clear()
    plots.impacts(al.impact(al.datasets.asean(), **given, draws=0), ax=ax)
    assert "drawn without an interval" in al.plots.alt_text(ax)


@pytest.mark.parametrize(
    ("more", "name"), [({}, "row 0"), ({"label": np.nan}, "row 0"), ({"label": "Arms sold"}, "Arms sold")]
)
def test_an_event_without_a_kind_is_called_by_its_label_or_its_row(ax, more, name):
    """It had been called None."""
    act = {"source": "KHM", "target": "CHN", "date": "2020-03-01", "domain": "security", "value": 5.0} | more
    events = al.Events.from_frame(pd.DataFrame([act]))
    plots.impacts(al.impact(events, score=al.AlignmentOf("KHM", "CHN")), ax=ax)
    assert [text.get_text() for text in ax.texts] == [f"{name} 2020"]


def test_a_change_from_what_is_not_known_has_no_steps():
    """Axes without a bar were drawn, from a start at nan."""
    unknown = al.change(al.datasets.asean(), 1990, 2026, score=al.AlignmentOf("KHM", "USA"))
    with pytest.raises(al.OptionError, match="nothing to draw: the score is not known both in 1990 and 2026"):
        plots.waterfall(unknown)


def test_a_step_in_the_last_year_is_seen(ax):
    found = al.diffusion(al.datasets.formats(), kinds=["two_plus_two"], powers=("CHN",))
    plots.adopters(found, ax=ax)
    (line,) = ax.lines
    last, held = found.periods[-1].year, found.in_force[:, 0].sum(axis=0)
    assert held[-1] != held[-2]  # else this test could not tell
    flat = line.get_xdata() >= last
    assert line.get_xdata()[-1] > last and (line.get_ydata()[flat] == held[-1]).all()


@pytest.mark.parametrize(("label", "error"), [(-1, al.OptionError), (2.5, TypeError), (True, TypeError)])
def test_how_many_events_are_named_is_a_whole_number(label, error):
    """-1 had named all but one."""
    found = al.impact(al.datasets.asean(), score=al.AlignmentOf("KHM", "USA"), intervals=0)
    with pytest.raises(error, match=f"label is {label}"):
        plots.impacts(found, label=label)


def test_no_event_need_be_named_and_the_start_is_a_date(asean):
    result = al.impact(asean, score=al.AlignmentOf("KHM", "CHN"), intervals=0)
    assert not al.plots.impacts(result, label=0).texts
    with pytest.raises(al.OptionError, match="start is 'soon', not a date"):
        al.plots.impacts(result, start="soon")
    shown = [
        al.plots.impacts(result, start=start).get_xlim()
        for start in (2010, "2010-01-01", np.datetime64("2010"))
    ]
    assert shown[0] == shown[1] == shown[2]
