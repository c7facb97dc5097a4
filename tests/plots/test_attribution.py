"""The waterfall draws the parts it was given, and ends where the score ends."""

import matplotlib.pyplot as plt
import numpy as np
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
