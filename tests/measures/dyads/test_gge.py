"""The dynamic score of the Global Geopolitical Events panel: by hand, by a slow twin, and as published."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignscore.errors import FormatError, OptionError
from alignscore.measures.dyads.gge import gge_score

SHARED = Path(__file__).resolve().parents[4] / "shared"


def panel(rows, source="KHM", target="THA"):
    """One dyad's years: (year, tone, events)."""
    frame = pd.DataFrame(rows, columns=["year", "tone", "events"])
    return frame.assign(source=source, target=target)


def test_four_years_by_hand():
    frame = panel([(2000, 0.5, 2), (2001, None, 0), (2002, -1.0, 1), (2003, None, 0)])
    c = [2, 0.7 * 2, 0.7 * 1.4 + 1, 0.7 * 1.98]
    found = gge_score(frame)
    assert found["evidence"].tolist() == pytest.approx(c)
    s = [0.5, 0.7 * 0.5, (1 - 1 / 1.98) * 0.35 + 1 / 1.98 * -1.0]
    assert found["score"].tolist() == pytest.approx([*s, 0.7 * s[2]])
    held = gge_score(frame, gap="hold")
    # the faded mean of three events: two of age 2, one new
    mean = (0.49 * 2 * 0.5 + 1 * -1.0) / (0.49 * 2 + 1)
    assert held["score"].tolist() == pytest.approx([0.5, 0.5, mean, mean])
    assert held["evidence"].tolist() == pytest.approx(c)


def test_before_the_first_event_nothing_is_known():
    frame = panel([(2000, None, 0), (2001, 0.3, 1)])
    assert gge_score(frame)["score"].tolist() == [0.0, 0.3]  # as published
    assert np.isnan(gge_score(frame, gap="hold")["score"][0])


def test_years_left_out_are_years_without_events():
    whole = panel([(2000, 0.5, 2), (2001, None, 0), (2002, None, 0), (2003, -1.0, 1)])
    for gap in ("decay", "hold"):
        some = gge_score(whole.iloc[[3, 0]], gap=gap)
        assert some["score"].tolist() == pytest.approx(
            gge_score(whole, gap=gap)["score"].iloc[[3, 0]].tolist()
        )
        assert some["year"].tolist() == [2003, 2000]


years = st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 5)), min_size=1, max_size=12)


@given(st.lists(years, min_size=1, max_size=4), st.floats(0.05, 0.95), st.sampled_from(["decay", "hold"]))
def test_laws(dyads, rate, gap):
    frames = [
        panel([(1990 + t, tone if n else np.nan, n) for t, (tone, n) in enumerate(rows)], target=f"S{at}")
        for at, rows in enumerate(dyads)
    ]
    frame = pd.concat(frames, ignore_index=True)
    found = gge_score(frame, rate=rate, gap=gap)
    for at, rows in enumerate(dyads):  # the slow twin: one dyad, one year after the other
        mine = found[found["target"] == f"S{at}"]
        score, evidence = (np.nan if gap == "hold" else 0.0), 0.0
        for (tone, n), row in zip(rows, mine.itertuples(), strict=True):
            evidence = (1 - rate) * evidence + n
            if n:
                score = (1 - n / evidence) * (0.0 if np.isnan(score) else score) + n / evidence * tone
            elif gap == "decay":
                score *= 1 - rate
            assert row.score == pytest.approx(score, abs=1e-12, nan_ok=True)
            assert row.evidence == pytest.approx(evidence)
        if gap == "hold" and any(n for _, n in rows):  # a mean of tones lies between them
            tones = [tone for tone, n in rows if n]
            assert mine["score"].dropna().between(min(tones) - 1e-12, max(tones) + 1e-12).all()
    mixed = frame.sample(frac=1, random_state=0)
    again = gge_score(mixed, rate=rate, gap=gap).set_index(mixed.index).sort_index()
    pd.testing.assert_frame_equal(again, found, check_index_type=False)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"year": [2000, 2000]}, "1 of 2 rows repeat a dyad and year, the first row 1: 'KHM', 'THA', "),
        ({"events": [1.5, 1]}, "1 of 2 rows have a number of events that is no whole number from 0"),
        ({"events": [-1, 1]}, "no whole number from 0"),
        ({"tone": [np.nan, 0.1]}, "1 of 2 rows count events and have no tone"),
        ({"year": [np.nan, 2001]}, "1 of 2 rows have no year"),
        ({"year": [2000.5, 2001]}, "1 of 2 rows have no year"),
    ],
)
def test_rows_that_cannot_be_scored_are_refused(change, text):
    frame = panel([(2000, 0.5, 2), (2001, 0.2, 1)]).assign(**change)
    with pytest.raises(FormatError, match=text):
        gge_score(frame)


def test_errors_of_options_and_columns():
    frame = panel([(2000, 0.5, 2)])
    with pytest.raises(FormatError, match="no column 'tone'; read_gge makes it"):
        gge_score(frame.drop(columns="tone"))
    with pytest.raises(OptionError, match="rate"):
        gge_score(frame, rate=1.0)
    with pytest.raises(OptionError, match="gap is 'skip'; it must be one of 'decay', 'hold'"):
        gge_score(frame, gap="skip")
    with pytest.raises(OptionError, match="1 of 1 rows have no 'source', the first row 0"):
        gge_score(frame.assign(source=None))
    with pytest.raises(OptionError, match=r"source holds \[1\], which is no label"):
        gge_score(frame.assign(source=pd.Series([[1]])))
    with pytest.raises(OptionError, match="tone is no number in 1 rows, first 'good'"):
        gge_score(frame.assign(tone="good"))
    with pytest.raises(TypeError, match="frame must be a pandas DataFrame"):
        gge_score([1, 2])
    assert gge_score(frame.iloc[:0]).empty


@pytest.mark.slow
@pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)
def test_the_published_values_and_the_figures_of_the_page():
    table = pd.read_csv(SHARED / "data" / "gge" / "major32_776b918.csv.gz").rename(
        columns={
            "country1_code": "source", "country2_code": "target", "geo_score": "tone",
            "number_of_events": "events",
        }
    )  # fmt: skip
    published, held = gge_score(table), gge_score(table, gap="hold")
    assert len(published) == 37_200
    np.testing.assert_allclose(published["score"], table["geo_score_dyn"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(published["evidence"], table["cum_events"], rtol=1e-12)
    silent, known = table["events"] == 0, held["score"].notna()
    assert (int(silent.sum()), int((~known).sum())) == (8_083, 1_091)
    assert int(((published["evidence"] < 1) & known).sum()) == 2_925
    assert int((((published["score"] - held["score"]).abs() > 0.05) & known).sum()) == 9_913
    after = silent & known
    assert published["score"][after].abs().mean() == pytest.approx(0.19, abs=0.005)
    assert held["score"][after].abs().mean() == pytest.approx(0.44, abs=0.005)
    for year, means in ((1955, (0.25, 0.29, 0.36)), (2024, (0.32, 0.32, 0.33))):
        now = table["year"] == year
        scores = published["score"][now], published["score"][now & known], held["score"][now]
        assert [one.mean() for one in scores] == pytest.approx(means, abs=0.005)
    losses = {years: squared_errors(table, years) for years in (0.7, 0.9, 1.0, 1.1, 1.3, 1.94)}
    assert min(losses, key=lambda years: losses[years][0]) == 1.1
    assert min(losses, key=lambda years: losses[years][1]) == 0.9


def squared_errors(table, half_life):
    """Mean squared error of next year's tone by the held score, years alike and by events; half an event of the mean."""
    found = gge_score(table, rate=1 - 2 ** (-1 / half_life), gap="hold")
    rows = table.assign(score=found["score"], evidence=found["evidence"]).sort_values(
        ["source", "target", "year"]
    )
    before = rows.groupby(["source", "target"], sort=False)[["score", "evidence"]].shift()
    evidence = before["evidence"] * 2 ** (-1 / half_life)
    known = table["events"] > 0
    mean = np.average(table["tone"][known], weights=table["events"][known])
    error = rows["tone"] - (before["score"] * evidence + mean / 2) / (evidence + 1 / 2)
    asked = (rows["events"] > 0) & before["score"].notna()
    square = np.square(error[asked])
    return square.mean(), np.average(square, weights=rows["events"][asked])


def test_the_index_of_the_rows_is_kept():
    """It had been counted anew, so that scores put beside a sorted frame went to other rows."""
    frame = pd.DataFrame(
        {"source": "A", "target": "B", "year": [2001, 2000], "tone": [0.5, 0.1], "events": 1}, index=[7, 3]
    )
    assert (
        frame.assign(score=gge_score(frame)["score"])["score"].tolist() == gge_score(frame)["score"].tolist()
    )
