"""Errors suggest the name that was meant."""

from fractions import Fraction

import pandas as pd
import pytest

import alignscore as al
from alignscore.axes import place_of
from alignscore.errors import check_level, near, plain_number, slip_of


@pytest.mark.parametrize(
    ("value", "known", "text"),
    [
        ("loan", al.Codebook.ladder().names, "Did you mean 'concessional_loan' or 'investment_or_loan'?"),
        (
            "tariff",
            al.Codebook.ladder().names,
            "Did you mean 'tariff_lifted' or 'tariff_or_trade_restriction'?",
        ),
        ("state_vist", al.Codebook.ladder().names, "Did you mean 'state_visit'?"),
        ("US", ["CHN", "USA"], "Did you mean 'USA'?"),
        ("treaty alliance", ["peace_treaty", "alliance_treaty"], "Did you mean 'alliance_treaty'?"),
        ("plus", ["two_plus_two", "surplus"], "Did you mean 'two_plus_two'?"),
        ("zzz", ["a", "b"], "Known: a, b."),
        ("2", [2, 710], "Did you mean 2?"),  # a number and no text
    ],
)
def test_the_nearest_name_holds_the_word(value, known, text):
    assert near(value, known) == f" {text}"


def test_a_label_has_its_place_among_those_known_or_is_told_the_nearest():
    assert place_of("state", "VNM", ("KHM", "VNM")) == 1
    with pytest.raises(al.errors.UnknownLabelError, match=r"unknown state 'VNN'\. Did you mean 'VNM'\?"):
        place_of("state", "VNN", ("KHM", "VNM"))


def test_numbers_with_commas_are_told_how_to_be_written_at_every_door():
    told = "Write a point for a decimal comma, and nothing between thousands"
    for number in ("5,5", "1.200,5", "1 200", "1\u00a0200", "1'200"):
        assert told in plain_number(number)
    for other in ("5.5x", "", "many", 5.5, None):
        assert plain_number(other) == ""
    trade = pd.DataFrame({"source": ["KHM"], "target": ["CHN"], "weight": ["1,365.7"]})
    places = pd.DataFrame({"actor": ["KHM", "CHN"], "theta": [0.0, 1.0]})
    with pytest.raises(al.OptionError, match=f"weight is no number in 1 rows, .*{told}"):
        al.weighted_distance(trade, places)
    book = pd.DataFrame({"name": ["loan"], "domains": ["economic"], "value": ["3,5"]})
    with pytest.raises(al.CodebookError, match=f"given '3,5'. {told}"):
        al.Codebook.from_frame(book, name="mine")


@pytest.mark.parametrize(
    ("value", "meant"),
    [("Weight", "weight"), ("weigth", "weight"), ("weights", "weight"), ("wight", "weight"), ("event-id", "event_id"),
     ("weight_kg", None), ("height", None), ("note", None)],
)  # fmt: skip
def test_a_slip_is_one_letter_or_another_way_to_write_it(value, meant):
    assert slip_of(value, ["weight", "event_id"]) == meant


def test_a_path_that_moved_hands_out_its_names_and_says_where_they_are():
    from alignscore import published
    from alignscore.readers import actors

    with pytest.warns(
        DeprecationWarning, match=r"published\.shipped is now alignscore\.data\.shipped.* 0\.3"
    ):
        assert len(published.shipped("actors.csv"))
    with pytest.warns(DeprecationWarning, match=r"is now alignscore\.actors\.members"):
        assert "BRN" in actors.members("ASEAN", "1990")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        actors.nothing  # noqa: B018


def test_an_exact_fraction_is_refused_where_arrays_take_no_such_thing():
    with pytest.raises(TypeError, match=r"level is Fraction\(1, 2\); it must be a number: write 0\.5\."):
        check_level(Fraction(1, 2))
