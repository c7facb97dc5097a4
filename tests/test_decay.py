"""How the past fades: the four choices, their checks, and the way they are written to a file."""

from __future__ import annotations

import copy
import json
import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.decay import (
    DAYS_PER_MONTH,
    DAYS_PER_YEAR,
    Cumulative,
    HalfLife,
    Saturating,
    Window,
    decay_from_dict,
)
from alignscore.errors import FormatError, OptionError, UnknownLabelError

DOMAINS = ["economic", "diplomatic", "security"]
KINDS = ["visit", "pact", "loan", "raid"]
years = st.floats(0.01, 1e4) | st.just(math.inf)
half_lives = st.builds(
    HalfLife,
    years,
    st.none() | st.dictionaries(st.sampled_from(DOMAINS), years),
    st.none() | st.dictionaries(st.sampled_from(KINDS), years),
)
decays = (
    half_lives
    | st.builds(Window, st.integers(1, 99))
    | st.just(Cumulative())
    | st.builds(Saturating, st.floats(0.1, 100))
)


@given(decay=decays)
@settings(max_examples=50)
def test_written_as_json_and_read_back_is_the_same(decay):
    again = decay_from_dict(json.loads(json.dumps(decay.to_dict(), allow_nan=False)))
    assert again == decay
    assert hash(again) == hash(decay)
    assert pickle.loads(pickle.dumps(decay)) == decay == copy.deepcopy(decay)


@given(decay=half_lives)
@settings(max_examples=50)
def test_rates_equal_the_half_life_of_each_kind_and_domain_asked_one_by_one(decay):
    days, codes = decay.rates(DOMAINS, KINDS)
    assert codes.shape == (len(KINDS) + 1, len(DOMAINS))
    assert np.array_equal(days, np.unique(days))
    for k, kind in enumerate(KINDS):
        for d, domain in enumerate(DOMAINS):
            assert days[codes[k, d]] == decay.days(domain=domain, kind=kind)
    for d, domain in enumerate(DOMAINS):
        assert days[codes[-1, d]] == decay.days(domain=domain)
    assert set(codes.ravel()) == set(range(len(days)))


def test_kind_beats_domain_beats_default():
    decay = HalfLife(years=5, domains={"security": 10}, kinds={"visit": 2})
    assert decay.days() == 5 * 365.25
    assert decay.days(domain="economic", kind="pact") == 5 * 365.25
    assert decay.days(domain="security", kind="pact") == 10 * 365.25
    assert decay.days(domain="security", kind="visit") == 2 * 365.25
    assert decay.days(kind="visit") == 2 * 365.25
    days, codes = decay.rates(["economic", "security"], ["pact", "visit"])
    assert days.tolist() == [2 * 365.25, 5 * 365.25, 10 * 365.25]
    assert codes.tolist() == [[1, 2], [0, 0], [1, 2]]


def test_a_year_has_twelve_months_of_30_4375_days():
    assert 12 * DAYS_PER_MONTH == DAYS_PER_YEAR == 365.25
    decay = HalfLife.months(6, domains={"security": 24}, kinds={"visit": 3})
    assert decay.days() == 6 * 30.4375
    assert decay == HalfLife(0.5, {"security": 2.0}, {"visit": 0.25})


def test_infinite_half_life_never_fades():
    days, _ = HalfLife(years=float("inf")).rates(DOMAINS)
    assert days.tolist() == [math.inf]
    assert 2.0 ** (-1e6 / days[0]) == 1.0


def test_equality_is_by_content_and_empty_mappings_are_none():
    assert HalfLife(5) == HalfLife(5.0, domains={}, kinds={}) == HalfLife(years=np.float64(5))
    assert HalfLife(5, {"a": 1, "b": 2}) == HalfLife(5, {"b": 2, "a": 1})
    assert HalfLife(5) != HalfLife(5, kinds={"visit": 5})
    assert Window(3) == Window(np.int64(3)) != Window(4)
    assert Cumulative() == Cumulative() != Saturating()
    assert len({HalfLife(5), HalfLife(5.0), Window(5), Saturating(5)}) == 3


def test_readable_reprs():
    assert repr(HalfLife()) == "HalfLife(years=5.0)"
    assert repr(HalfLife(2, kinds={"visit": 1})) == "HalfLife(years=2.0, kinds={'visit': 1.0})"
    assert repr(Window(3)) == "Window(periods=3)"
    assert repr(Cumulative()) == "Cumulative()"
    assert repr(Saturating()) == "Saturating(limit=9.0)"


def test_nothing_in_a_decay_can_be_changed():
    given_domains = {"security": 10.0}
    decay = HalfLife(5, given_domains)
    given_domains["security"] = 1.0
    assert decay.domains == {"security": 10.0}
    for change in (
        lambda: setattr(decay, "years", 3),
        lambda: setattr(Window(2), "periods", 3),
    ):
        with pytest.raises(AttributeError):
            change()
    for change in (
        lambda d: d.__setitem__("security", 1.0),
        lambda d: d.__delitem__("security"),
        lambda d: d.update(security=1.0),
        lambda d: d.setdefault("economic", 1.0),
        lambda d: d.pop("security"),
        lambda d: d.popitem(),
        lambda d: d.clear(),
        lambda d: d.__ior__({"security": 1.0}),
    ):
        for mapping in (
            decay.domains,
            pickle.loads(pickle.dumps(decay)).domains,
            copy.deepcopy(decay).domains,
        ):
            with pytest.raises(TypeError, match="frozen value"):
                change(mapping)
    assert decay.domains == {"security": 10.0}


@pytest.mark.parametrize("bad", [0, -1, math.nan, -math.inf])
def test_half_lives_must_be_above_zero(bad):
    with pytest.raises(OptionError, match=r"years is .*; it must lie in \(0\.0, inf\]"):
        HalfLife(bad)
    with pytest.raises(OptionError, match=r"domains\['security'\] is"):
        HalfLife(domains={"security": bad})
    with pytest.raises(OptionError, match=r"kinds\['visit'\] is"):
        HalfLife(kinds={"visit": bad})


def test_wrong_types_are_type_errors_with_their_name():
    with pytest.raises(TypeError, match="years must be a number, not str"):
        HalfLife("5")
    with pytest.raises(TypeError, match="years must be a number, not bool"):
        HalfLife(True)
    with pytest.raises(TypeError, match=r"years must be one number; half-lives by name are domains="):
        HalfLife({"security": 10})
    with pytest.raises(TypeError, match="kinds must map names to half-lives in years, not list"):
        HalfLife(kinds=["visit"])
    with pytest.raises(TypeError, match="months must be a number, not NoneType"):
        HalfLife.months(None)
    with pytest.raises(TypeError, match=r"periods is 2\.5; it must be a whole number"):
        Window(2.5)
    with pytest.raises(TypeError, match="limit must be a number"):
        Saturating("9")


def test_window_and_limit_bounds():
    with pytest.raises(OptionError, match="periods is 0; it must lie in"):
        Window(0)
    for bad in (0, -9, math.inf, math.nan):
        with pytest.raises(OptionError, match="limit is"):
            Saturating(bad)


def test_check_finds_mistyped_names_and_rates_leaves_other_names_alone():
    decay = HalfLife(domains={"securty": 3}, kinds={"visit": 1})
    with pytest.raises(UnknownLabelError, match=r"unknown domain 'securty'\. Did you mean 'security'\?"):
        decay.check(DOMAINS, KINDS)
    with pytest.raises(UnknownLabelError, match="unknown kind 'visit'"):
        HalfLife(kinds={"visit": 1}).check(DOMAINS, ["pact"])
    HalfLife(domains={"security": 3}, kinds={"visit": 1}).check(DOMAINS, KINDS)
    assert decay.rates(["economic"])[0].tolist() == [5 * 365.25]


def test_files_that_hold_no_decay_are_refused():
    with pytest.raises(FormatError, match=r"decay is 'halflife'; it must be one of 'half_life', 'window'"):
        decay_from_dict({"decay": "halflife"})
    with pytest.raises(FormatError, match="decay is None"):
        decay_from_dict({"years": 5})
    with pytest.raises(FormatError, match=r"settings of decay 'window' cannot be read: .*months"):
        decay_from_dict({"decay": "window", "months": 3})
    with pytest.raises(FormatError, match="settings of decay 'half_life' cannot be read: years is -1"):
        decay_from_dict({"decay": "half_life", "years": -1})


def test_dispersion_is_checked_told_and_read_back():
    news = HalfLife(2, dispersion=(0.4, 0.6))
    assert repr(news) == "HalfLife(years=2.0, dispersion=(0.4, 0.6))"
    assert decay_from_dict(news.to_dict()) == news != HalfLife(2)
    for pair, error, text in (
        ((-1, 0.5), al.OptionError, "dispersion"), ((1, 1.0), al.OptionError, "dispersion"),
        (0.4, TypeError, "two numbers"), ((0.4, "x"), TypeError, "number"),
    ):  # fmt: skip
        with pytest.raises(error, match=text):
            HalfLife(2, dispersion=pair)
    with pytest.raises(al.OptionError, match="without fading"):
        HalfLife(float("inf"), dispersion=(0.4, 0.6))


def test_by_hand_events_that_come_in_clusters_are_less_evidence_and_the_same_score():
    rows = {"source": "CHN", "target": "KHM", "date": ["2020-12-31"] * 9, "domain": "security", "value": 5.0}
    events = al.Events.from_frame(pd.DataFrame(rows))
    plain, news = (al.Ledger.post(events, decay=HalfLife(2, dispersion=d)).ties() for d in (None, (0.4, 0.5)))
    k = plain.axes.domain("security")
    yearly = 9 * np.log(2) / 2
    assert plain.evidence[0, k, 0] == pytest.approx(9)
    assert news.evidence[0, k, 0] == pytest.approx(9 / (1 + 0.4 * yearly**0.5))
    a, b = al.alignment(plain), al.alignment(news)
    np.testing.assert_array_equal(a.alignment, b.alignment)
    assert (
        b.low[0, k, 0] < a.low[0, k, 0]
        and b.high[0, k, 0] - b.low[0, k, 0] > a.high[0, k, 0] - a.low[0, k, 0]
    )


def test_machine_coded_events_fade_in_two_years_and_say_so(asean_ledger):
    book = al.Codebook.plover()
    rows = {"source": "CHN", "target": "KHM", "date": ["2020-12-31"], "kind": ["CONSULT"]}
    ledger = al.Ledger.post(al.Events.from_frame(pd.DataFrame(rows), codebook=book))
    assert ledger.decay == HalfLife(2, dispersion=(0.4, 0.6))
    assert "HalfLife(years=2.0, dispersion=(0.4, 0.6))" in repr(ledger)
    assert al.alignment(ledger).recipe["decay"] == ledger.decay
    assert asean_ledger.decay == HalfLife(5)


def test_half_lives_in_months_map_names():
    with pytest.raises(TypeError, match="domains must map names to half-lives in months, not list"):
        al.HalfLife.months(6, domains=[1])


def test_what_fades_at_once_leaves_the_day_itself(asean):
    """Ages in half-lives are then larger than any whole number."""
    at_once = [al.Ledger.post(asean, decay=al.HalfLife(years)).ties().cooperation for years in (1e-290, 1e-9)]
    assert (at_once[0] == at_once[1]).all() and at_once[0].sum() > 0
