"""Figures of forecasts and surprises draw the numbers they were given."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore import plots
from alignscore.errors import OptionError, UnknownLabelError

matplotlib.use("agg")

ROWS = [("A", "B", 2000 + t, 18 - t, 2 + t) for t in range(9)]
ROWS += [("A", "C", 2000 + t, 10, 10) for t in range(8)] + [("A", "C", 2008, 0, 20), ("B", "C", 2007, 3, 1)]
TABLE = pd.DataFrame(ROWS, columns=["source", "target", "period", "cooperation", "conflict"])
FIT = al.fit_decay(TABLE, draws=0)


def test_the_fan_is_the_forecast(ax):
    found = al.forecast(TABLE, FIT, ahead=3)
    plots.forecast(found, pairs=[("A", "B"), ("C", "A")], names={"A": "Alpha"}, ax=ax)
    past, ahead = ax.lines[:2]
    np.testing.assert_allclose(past.get_ydata(), [(18 - t) / 20 for t in range(9)])
    np.testing.assert_allclose(ahead.get_ydata(), [10 / 20, *found.expected[0, 0]])
    assert past.get_color() == ahead.get_color()
    assert {text.get_text() for text in ax.texts} == {"Alpha–B", "C–Alpha"}
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert {round(x, 9) for x in found.low[0, 0]} <= {round(x, 9) for x in band}


def test_the_fan_opens_where_a_pair_was_seen_last(ax):
    # silent in the last year, 2008
    plots.forecast(al.forecast(TABLE, FIT, ahead=3), pairs=[("B", "C")], ax=ax)
    past, ahead = ax.lines
    assert past.get_xdata().tolist() == [2007] and past.get_ydata().tolist() == [3 / 4]
    assert ahead.get_xdata().tolist() == [2007, 2009, 2010, 2011] and ahead.get_ydata()[0] == 3 / 4


def test_a_forecast_draws_the_busiest_pairs_where_none_is_named(ax):
    found = al.forecast(TABLE, FIT, ahead=3)
    assert found.plot(ax=ax) is ax
    assert {text.get_text() for text in ax.texts} == {"A–B", "A–C", "B–C"}
    ax.clear()
    assert al.surprise(TABLE, FIT).plot(ax=ax) is ax


def test_the_break_stands_first(ax):
    found = al.surprise(TABLE, FIT)
    plots.surprises(found, period=2008, ax=ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A–C", "A–B"]
    dots = ax.collections[-1].get_offsets()
    np.testing.assert_allclose(dots[:, 0], [0, 10 / 20])
    assert found.p[1, 0, -1] < 0.0005 and ax.texts[0].get_text() == "p < .001, n 20"
    assert len(plots.surprises(found, period=2007, most=1, ax=ax).get_yticklabels()) == 1


def test_what_cannot_be_drawn_is_refused(ax):
    two = al.forecast(pd.concat([TABLE.assign(domain="x"), TABLE.assign(domain="y")]))
    with pytest.raises(OptionError, match="pairs is empty"):
        plots.forecast(two, pairs=[], domain="x", ax=ax)
    with pytest.raises(UnknownLabelError, match="unknown domain 'z'"):
        plots.forecast(two, pairs=[("A", "B")], domain="z", ax=ax)
    with pytest.raises(OptionError, match="no event with a past is known in 2000"):
        plots.surprises(al.surprise(TABLE, FIT), period=2000, ax=ax)


def test_figures_of_one_domain_of_several_name_it_and_draw_one_that_has_events(asean):
    ax = al.forecast(asean).plot()
    assert ax.get_ylabel() == "share of economic events that are cooperative"
    broke = al.surprise(al.Ledger.post(asean, freq="Q"))
    assert broke.plot().get_xlabel() == "share of diplomatic events that are cooperative, 2026Q2"
    with pytest.raises(al.OptionError, match="no economic event with a past is known in 2026Q2"):
        broke.plot(domain="economic")


def test_a_figure_of_one_domain_says_which(asean):
    pairs = al.alignment(asean, directed=False)
    assert pairs.plot(domain="security").get_ylabel() == "alignment, security (−1 hostile, +1 friendly)"
    assert pairs.plot().get_ylabel() == "alignment (−1 hostile, +1 friendly)"
    moved = al.impact(asean, score=al.AlignmentOf("KHM", "CHN"))
    assert moved.plot(domain="security").get_ylabel() == "effect on the security score of 2026"
    assert moved.plot().get_ylabel() == "effect on the score of 2026"
