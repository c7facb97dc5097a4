"""What to cite: every entry whole, every public measure with one."""

import inspect

import pandas as pd
import pytest

import alignscore as al
from alignscore.data import shipped


def test_a_result_cites_its_measure_its_data_and_the_library(asean):
    room = al.hedging(asean, powers=("CHN", "USA"))
    found = al.cite(room, data=["icews", "cameo"])
    for word in ("Lim & Cooper (2015)", "Harvey & Fernandes (1989)", "10.7910/DVN/28075", "Schrodt (2012)"):
        assert word in found.text
    assert found.text.splitlines()[-1].startswith("The alignscore authors (2026)")
    assert repr(found) == found.text and "<ul>" in found._repr_html_()


def test_answers_about_coders_and_judges_are_cited_and_shown_as_results_are(asean):
    found = al.reliability(al.datasets.asean_codings(), draws=2)
    assert "Cohen (1960)" in al.cite(found).text and "<table" in found._repr_html_()
    judged = al.values_from_pairs(al.datasets.kind_judgements(), draws=2)
    assert "Bradley & Terry (1952)" in al.cite(judged).text and "<table" in judged._repr_html_()
    with pytest.raises(TypeError, match="cite takes a result or the name of a measure, not Events"):
        al.cite(asean)


def test_bibtex_is_well_formed():
    table = shipped("references.csv")
    assert table["key"].is_unique and (table[["author", "title", "year"]] != "").all(axis=None)
    for name in sorted(
        {word for about in table["about"] for word in about.split()} - {"library", "evidence"}
    ):
        found = al.cite(name)
        entry = found.bibtex
        assert entry.count("{") == entry.count("}")
        assert entry.count("@") == len(found.text.splitlines())


def test_measures_in_the_table_are_public_names():
    sources = {"asean", "formats", "gdelt", "icews", "polecat", "un_votes", "atop", "desta"}
    books = {"ladder", "cameo", "plover", "library", "evidence", "sobol"}
    named = {word for about in shipped("references.csv")["about"] for word in about.split()}
    assert named - sources - books <= set(al.__all__)


def test_a_measure_with_references_on_its_card_cites_them():
    """The library alone had been cited for distances that others defined."""
    tables = {"goldstein_scores", "published_ladders", "state_codes", "state_spells", "gge_score"}
    for name in al.__all__:
        thing = getattr(al, name)
        if inspect.isfunction(thing) and not name.startswith("read_") and name not in tables:
            assert "References\n" not in thing.__doc__ or len(al.cite(name).text.splitlines()) > 1, name
    trade = pd.DataFrame({"source": "IRN", "target": ["USA", "BRA"], "weight": [50.0, 50.0]})
    points = pd.DataFrame({"actor": ["USA", "BRA", "IRN"], "theta": [0.0, 5.0, 10.0]})
    found = al.cite(al.weighted_distance(trade, points))
    assert "Aiyar & Ohnsorge (2024)" in found.text
    assert "author = {{McKinsey Global Institute}}" in found.bibtex


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: al.cite(3), TypeError, "a result or the name of a measure, not int"),
        (lambda: al.cite("hedgin"), al.UnknownLabelError, "unknown measure 'hedgin'"),
        (lambda: al.cite("hedging", data="gdlt"), al.UnknownLabelError, "unknown source 'gdlt'"),
    ],
)
def test_what_it_refuses(call, error, told):
    with pytest.raises(error, match=told):
        call()


@pytest.mark.parametrize("data", [None, 5])
def test_data_that_name_nothing_are_told(data):
    with pytest.raises(TypeError, match=f"data is {data}; name the sources of the events"):
        al.cite("hedging", data=data)
