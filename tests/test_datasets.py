"""Data to begin with: what a simulation and a lapse cannot be."""

import numpy as np
import pandas as pd
import pytest

import alignscore as al


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"n": 10.5}, TypeError, "n is 10.5; it must be a whole number"),
        ({"actors": 2.5}, TypeError, "actors is 2.5; it must be a whole number"),
        ({"skew": -1}, al.OptionError, "skew is -1; it must lie in"),
        ({"skew": np.nan}, al.OptionError, "skew is nan; it must lie in"),
        ({"first": None}, al.OptionError, "first is None, not a date"),
        ({"first": "NaT"}, al.OptionError, "first is 'NaT', not a date"),
        ({"last": "3000-01-01"}, al.OptionError, "last is '3000-01-01', not a date"),
        (
            {"first": 2020, "last": 2010},
            al.OptionError,
            "first is 2020 and last is 2010, which comes before it",
        ),
        ({"seed": -1}, TypeError, "seed is -1; it must be a whole number from 0"),
    ],
)
def test_what_cannot_be_simulated_is_told(options, error, told):
    with pytest.raises(error, match=told):
        al.datasets.simulate(**({"n": 10, "actors": 3} | options))


def test_years_of_a_simulation_are_years():
    for first, last in ((2020, 2021), ("2020", "2021-12"), (pd.Timestamp("2020-01-01"), "2021-12-31")):
        days = al.datasets.simulate(2000, actors=3, first=first, last=last).to_frame()["date"]
        assert str(days.min().date()) == "2020-01-01" and str(days.max().date()) == "2021-12-31"


def test_a_lapse_longer_than_all_series_ends_none():
    never, late = (al.datasets.formats(lapse=lapse).to_frame() for lapse in (None, 1e300))
    pd.testing.assert_frame_equal(never, late)


def test_a_codebook_is_one():
    for door in (al.datasets.asean, al.datasets.formats):
        with pytest.raises(TypeError, match="codebook must be a Codebook"):
            door(codebook="cameo")


def test_a_coding_is_one_of_three():
    for coding in ("First", ["first"], None):
        with pytest.raises(al.OptionError, match="it must be one of 'first', 'second', 'third'"):
            al.datasets.asean(coding=coding)
