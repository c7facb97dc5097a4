"""Anything given where an actor, a date or an option is wanted: a value, or an error in the library's own words."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.actors import codes, members

ODD = [
    None, 5, -1, 0.5, float("nan"), float("inf"), 10**30, "", "x", "USA", b"USA", [], [None], [[1]], [{}], {},
    {"a": 1}, set(), {"USA"}, (1, 2), object(), pd.DataFrame({"a": [1]}), pd.DataFrame(),
    pd.Series([], dtype=object), pd.Series([1.5, None]), np.array([[1, 2]]), np.array("USA"), ["USA"] * 3, pd.NaT,
    pd.Timestamp("2020-01-01", tz="UTC"), dt.date(2020, 1, 1), pd.Period("2020Q1"), len, True,
    np.datetime64("NaT", "D"), range(3), pd.Categorical(["USA", None]), ["2020-13-01"], [2020.5], [10**18],
    pd.Index(["USA"]), type,
]  # fmt: skip
CALLS = {
    "cells": lambda odd: al.iso3(odd),
    "dates": lambda odd: al.iso3(["USA"], dates=odd),
    "system": lambda odd: al.iso3(["USA"], system=odd),
    "recode": lambda odd: al.iso3(["USA"], recode=odd),
    "dissolved": lambda odd: al.iso3(["USA"], dissolved=odd),
    "codes": lambda odd: al.codes(odd, system="cow"),
    "codes system": lambda odd: al.codes(["USA"], system=odd),
    "codes dates": lambda odd: al.codes(["DEU"], system="cow", dates=odd),
    "codes unknown": lambda odd: al.codes(["DEU"], system="cow", unknown_labels=odd),
    "names": lambda odd: al.names(odd),
    "states": lambda odd: al.states(odd),
    "states system": lambda odd: al.states(1990, system=odd),
    "states on": lambda odd: al.states(1990, on=odd),
    "members": lambda odd: members(odd, 1990),
    "members date": lambda odd: members("EU", odd),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_odd_input_is_a_value_or_an_error_of_our_own(call):
    for odd in ODD:
        try:
            call(odd)
        except al.AlignScoreError:
            continue
        except TypeError as error:
            last = error.__traceback__
            while last.tb_next is not None:
                last = last.tb_next
            assert "alignscore" in last.tb_frame.f_code.co_filename, (odd, error)


def test_what_is_wrong_is_named():
    with pytest.raises(TypeError, match="actors are a column or list of texts, not int"):
        al.iso3(5)
    for unordered in ({"KHM", "DEU"}, {"KHM": 1}):
        with pytest.raises(TypeError, match="actors are a column or list of texts, not (set|dict)"):
            al.iso3(unordered)
    states, years = pd.Series(["SUN", "SUN"], index=[5, 3]), pd.Series([2001, 1980], index=[3, 5])
    for ask in (
        lambda dates: al.iso3(states, system="iso3", dates=dates),
        lambda dates: codes(states, "cow", dates=dates),
    ):
        with pytest.raises(al.OptionError, match="dates has other labels than actors, or in another order"):
            ask(years)
        with pytest.raises(al.OptionError, match="dates has other labels than actors"):
            ask(years.set_axis([5, 4]))
        assert len(ask(years.loc[states.index])) == len(ask(years.to_numpy())) == 2
    assert al.iso3([b"KHM", "KHM"], system="iso3")["actor"].tolist() == ["KHM", "KHM"]
    with pytest.raises(TypeError, match=r"a cell is \[1\]; codes and names of actors are texts or numbers"):
        al.names([[1]])
    with pytest.raises(TypeError, match=r"recode is 5; give a mapping, such as \{'Atlantis': ''\}"):
        al.iso3(["USA"], recode=5)
    with pytest.raises(al.OptionError, match="dates is a table; give one date for all"):
        al.states(np.array([[1990, 1991]]))
    with pytest.raises(al.OptionError, match="dates has 2 entries for 1 cells"):
        al.states([1990, 1991])
    with pytest.raises(TypeError, match=r"rng is 'now'; it must be a whole number from 0"):
        al.weighted_distance(
            pd.DataFrame({"source": ["A"], "target": ["B"], "weight": [1.0]}),
            pd.DataFrame({"actor": ["A", "B"], "theta": [0.0, 1.0], "sd": 0.1}),
            rng="now",
        )
