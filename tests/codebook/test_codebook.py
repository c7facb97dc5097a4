"""Codebooks: what the shipped ones hold, that tables and files give them back, and what is refused."""

from __future__ import annotations

import copy
import csv
import json
import math
import pickle
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignscore as al
from alignscore.codebook import Codebook, Kind, plover_contexts, published_ladders
from alignscore.codebook.codebook import DOMAINS
from alignscore.decay import HalfLife
from alignscore.errors import CodebookError, FormatError, OptionError, UnknownLabelError

SHARED = Path(__file__).resolve().parents[3] / "shared"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)
ALL = [Codebook.ladder, lambda: Codebook.ladder(values="fbic"), Codebook.cameo, Codebook.plover]

text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8).map(str.strip)
shares = st.dictionaries(st.sampled_from(DOMAINS), st.floats(0.001, 1.0))


@st.composite
def kinds(draw, name):
    standing = draw(st.booleans())
    family = draw(st.none() | st.just("pact")) if standing else None
    return Kind(
        name=name,
        domains=draw(shares),
        value=draw(st.floats(-10, 10)),
        standing=standing,
        half_life=draw(st.none() | st.floats(0.01, 100) | st.just(math.inf)),
        family=family,
        rank=draw(st.none() | st.integers(0, 9)) if family else None,
        label=draw(text),
        reason=draw(text),
    )


@st.composite
def codebooks(draw):
    names = draw(
        st.lists(st.sampled_from(["010", "1", "visit", "a,b", 'q"q', "é", "NA", "null"]), unique=True)
    )
    return Codebook("drawn", tuple(draw(kinds(name)) for name in names))


# -- laws


@given(book=codebooks())
@settings(max_examples=8, deadline=None)
def test_frames_and_files_give_the_codebook_back(book, tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    assert Codebook.from_frame(book.to_frame(), name="drawn") == book
    for ending in ("csv", "json"):
        book.save(folder / f"drawn.{ending}")
        assert Codebook.load(folder / f"drawn.{ending}") == book
    for again in (pickle.loads(pickle.dumps(book)), copy.deepcopy(book)):
        assert again == book
        assert hash(again) == hash(book)
        assert not again.values.flags.writeable


@given(book=codebooks(), factor=st.floats(0.01, 1.0))
@settings(max_examples=8)
def test_scaling_multiplies_every_value_and_touches_nothing_else(book, factor):
    scaled = book.scaled(factor)
    assert np.array_equal(scaled.values, book.values * factor)
    assert np.array_equal(scaled.domain_shares, book.domain_shares)
    assert scaled.families == book.families
    back = scaled.with_values(dict(zip(book.names, book.values, strict=True)))
    assert (back.kinds, back.fingerprint) == (book.kinds, book.fingerprint)


def test_an_edited_codebook_does_not_pass_for_the_one_it_was_made_from():
    book = Codebook.ladder()
    kind = Kind(name="hotline", domains={"security": 1}, value=3.0)
    for edited in (
        book.with_values({"visit": 3}),
        book.with_kinds(kind),
        book.without("visit"),
        book.scaled(0.5),
    ):
        assert edited.name == "ladder, edited"
        assert repr(edited).startswith("<Codebook ladder, edited:")
        assert edited.fingerprint != book.fingerprint
        assert edited.with_values({"state_visit": 1}).name == "ladder, edited"
    same = book.with_values({"visit": book["visit"].value})
    assert same == book and same.name == "ladder"
    assert (
        book.with_values({"visit": 3}).fingerprint
        == Codebook("mine", book.with_values({"visit": 3}).kinds).fingerprint
    )


@given(book=codebooks(), data=st.data())
@settings(max_examples=8)
def test_order_and_texts_change_no_fingerprint_but_what_posts_does(book, data):
    shuffled = data.draw(st.permutations(book.kinds))
    assert Codebook("other", shuffled, book.domains).fingerprint == book.fingerprint
    for kind in book:
        plain = kind.model_dump()
        same = Kind(**{**plain, "label": "another", "reason": "another"})
        assert book.with_kinds(same).fingerprint == book.fingerprint
        assert book.without(kind.name).fingerprint != book.fingerprint
        moved = -kind.value or 1.0
        assert book.with_values({kind.name: moved}).fingerprint != book.fingerprint


@pytest.mark.parametrize("make", ALL)
def test_lookup_arrays_agree_with_the_kinds_one_by_one(make):
    book = make()
    assert book.domain_shares.shape == (len(book), len(book.domains)) == (len(book), 3)
    families: dict[int, str | None] = {}
    for code, kind in enumerate(book):
        assert book.index(kind.name) == code
        assert book[kind.name] is kind
        assert kind.name in book
        assert book.values[code] == kind.value
        assert book.standing[code] == kind.standing
        assert book.families[code] == kind.family
        assert families.setdefault(int(book.family_codes[code]), kind.family) == kind.family
        for d, domain in enumerate(book.domains):
            assert book.domain_shares[code, d] == kind.domains.get(domain, 0.0)


# -- cases worked by hand


def test_a_small_codebook_by_hand():
    book = Codebook(
        "mine",
        [
            Kind(name="talk", domains={"diplomatic": 1}, value=1),
            Kind(name="two", domains="diplomatic;security", value=6, standing=True, family="plus"),
            Kind(name="split", domains="economic:0.6; security:0.4", value=-5, half_life=2),
            Kind(name="home", domains={}, value=-9),
        ],
    )
    assert book.values.tolist() == [1, 6, -5, -9]
    assert book.domain_shares.tolist() == [[0, 1, 0], [0, 1, 1], [0.6, 0, 0.4], [0, 0, 0]]
    assert book.standing.tolist() == [False, True, False, False]
    assert book.families == (None, "plus", None, None)
    assert book.family_codes.tolist() == [-1, 0, -1, -1]
    assert book.half_life(7) == HalfLife(7, kinds={"split": 2})
    assert book.without("split").half_life() == HalfLife(5)
    assert book.to_frame()["domains"].tolist() == [
        "diplomatic",
        "diplomatic;security",
        "economic:0.6;security:0.4",
        "",
    ]
    assert book.scaled(2, beyond="clip").values.tolist() == [2, 10, -10, -10]
    assert repr(book) == (
        "<Codebook mine: 4 kinds (1 standing) in economic, diplomatic, security; values -9 to +6>"
    )
    assert repr(book["two"]) == "<Kind two: +6, diplomatic;security, standing, family plus>"
    assert (
        repr(Codebook("none", ()))
        == "<Codebook none: 0 kinds (0 standing) in economic, diplomatic, security>"
    )


def test_kinds_are_added_replaced_and_left_out_without_touching_the_original():
    book = Codebook.ladder()
    mine = book.with_kinds(
        Kind(name="two_plus_two", domains={"security": 1}, value=9),
        Kind(name="panda_loan", domains={"diplomatic": 1}, value=2),
    )
    assert len(mine) == len(book) + 1
    assert mine.index("two_plus_two") == book.index("two_plus_two")
    assert mine["two_plus_two"].value == 9
    assert book["two_plus_two"].value == 6.5
    assert "panda_loan" in mine
    assert "panda_loan" not in book
    assert mine != book


def test_a_codebook_of_other_domains_keeps_them_in_json_and_is_told_them_for_csv(tmp_path):
    book = Codebook("culture", [Kind(name="tour", domains={"culture": 1}, value=3)], ("culture", "sport"))
    book.save(tmp_path / "culture.json")
    assert Codebook.load(tmp_path / "culture.json") == book
    book.save(tmp_path / "culture.csv")
    assert Codebook.load(tmp_path / "culture.csv", domains=("culture", "sport")) == book
    with pytest.raises(CodebookError, match="kind 'tour', field 'domains': unknown domain 'culture'"):
        Codebook.load(tmp_path / "culture.csv")
    assert Codebook.load(tmp_path / "culture.json", name="mine").name == "mine"


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_no_domains_are_not_the_default_ones(tmp_path, ending):
    path = tmp_path / f"book.{ending}"
    Codebook("x", [Kind(name="talk", domains={"diplomatic": 1}, value=1)]).save(path)
    with pytest.raises(CodebookError, match="unknown domain 'diplomatic'"):
        Codebook.load(path, domains=())


def test_a_table_typed_by_hand_is_read_with_its_gaps(tmp_path):
    path = tmp_path / "hand.csv"
    path.write_text(
        "﻿name,value,domains,standing,family,rank\n010,1,diplomatic,,,\npact,9,security,yes,pact,3\n", "utf-8"
    )
    book = Codebook.load(path)
    assert book.name == "hand"
    assert book["010"] == Kind(name="010", domains={"diplomatic": 1}, value=1)
    assert book["pact"] == Kind(
        name="pact", domains={"security": 1}, value=9, standing=True, family="pact", rank=3
    )


def test_nothing_in_a_codebook_can_be_changed():
    book = Codebook.ladder()
    with pytest.raises(AttributeError):
        book.name = "mine"
    with pytest.raises(CodebookError, match=r"value cannot be set; book.with_values\(\{'visit': 4.0\}\)"):
        book["visit"].value = 3
    with pytest.raises(TypeError, match="frozen value"):
        book["visit"].domains["security"] = 1.0
    for array in (book.values, book.domain_shares, book.standing, book.family_codes):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


# -- what ships

FORMATS = """
    visit working_visit state_visit leader_summit phone_call ministerial_dialogue
    senior_officials_dialogue two_plus_two three_plus_three joint_statement partnership strategic_partnership
    comprehensive_partnership comprehensive_strategic_partnership non_aggression_pact neutrality_pact
    consultation_pact defence_pact defence_cooperation_agreement visiting_forces_agreement base_access
    joint_exercise port_call arms_transfer arms_embargo partial_scope_agreement free_trade_agreement
    economic_integration_agreement customs_union investment_treaty investment_or_loan aid_grant currency_swap
    infrastructure_project sanctions tariff_or_trade_restriction boycott ambassador_recalled
    diplomats_expelled relations_severed embassy_opened relations_normalised territorial_incident
    use_of_force
"""
ADVERSE = """
    un_or_court_action tariff_or_trade_restriction arms_embargo sanctions exercise_cancelled
    trade_preference_suspended visiting_forces_terminated coast_guard_incident boycott
"""
STANDING = """
    two_plus_two three_plus_three defence_pact base_access sanctions arms_embargo
    tariff_or_trade_restriction trade_preference_suspended strategic_partnership trade_agreement
    defence_cooperation_agreement economic_corridor relations_severed
"""
PASSING = """
    state_visit aid_grant investment_or_loan coast_guard_incident joint_exercise use_of_force
    infrastructure_project military_aid arms_transfer joint_statement
"""
FAVOURABLE = """
    bloc_statement_blocked base_access state_visit debt_relief sanctions_lifted ceasefire
"""


@pytest.mark.parametrize("make", ALL)
def test_every_shipped_kind_says_why_whose_and_how_sure(make):
    for kind in make():
        assert kind.label, kind
        assert kind.reason, kind
        assert kind.source, kind
        assert kind.confidence in ("high", "medium", "low"), kind


def test_ladder_covers_the_shipped_events_in_their_domains():
    book = Codebook.ladder()
    table = resources.files("alignscore").joinpath("data", "asean_powers.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert len(rows) > 200
    for row in rows:
        assert row["domain"] in book[row["kind"]].domains, row


def test_ladder_covers_the_formats_a_scholar_expects():
    book = Codebook.ladder()
    assert [name for name in FORMATS.split() if name not in book] == []


def test_the_signs_and_the_standing_of_the_ladder():
    book = Codebook.ladder()
    assert all(book[name].value > 0 for name in FAVOURABLE.split())
    assert all(book[name].value < 0 for name in ADVERSE.split())
    assert all(book[name].standing for name in STANDING.split())
    assert not any(book[name].standing for name in PASSING.split())
    assert dict(book["two_plus_two"].domains) == {"diplomatic": 1.0, "security": 1.0}


def test_a_higher_rank_of_a_family_is_never_worth_less():
    book = Codebook.ladder()
    for family in {f for f in book.families if f}:
        ranked = sorted((k.rank, k.value) for k in book if k.family == family and k.rank is not None)
        values = [value for _, value in ranked]
        assert values == sorted(values), family
    levels = [k for k in book if k.family == "partnership" and k.rank is not None]
    assert [k.rank for k in levels] == [1, 2, 3, 4, 5, 6]
    assert book["partnership_established"].value == (4.5 + 5.5 + 6.5) / 3
    assert book["partnership_upgraded"].value == round((5.5 + 6.5 + 8.0) / 3, 1)


def test_own_half_lives_come_with_a_reason():
    for kind in Codebook.ladder():
        assert (kind.half_life is not None) == bool(re.search("half-life: |gone in a year", kind.reason)), (
            kind.name
        )


ANCHOR = re.compile(r"(CAMEO|WEIS) (\d+) = (-?[\d.]+)")


def test_every_cameo_anchor_of_the_ladder_is_the_score_it_cites():
    cameo = Codebook.cameo()
    found = 0
    for kind in Codebook.ladder():
        for scale, code, value in ANCHOR.findall(kind.reason):
            if scale == "CAMEO":
                assert cameo[code].value == float(value), kind.name
                found += 1
    assert found > 80


def test_a_kind_with_one_anchor_and_no_comparison_has_its_value():
    moved = "above|below|step|midway|binds more|alone|more than|milder|less than|mark"
    compared = 0
    for kind in Codebook.ladder():
        cited = ANCHOR.findall(kind.reason)
        if len(cited) == 1 and not re.search(moved, kind.reason):
            assert kind.value == float(cited[0][2]), kind.name
            compared += 1
    assert compared > 90


@needs_shared
def test_every_weis_anchor_of_the_ladder_is_goldsteins_weight():
    table = pd.read_csv(SHARED / "data/keds/weis_goldstein_scale.csv", dtype={"weis_code": str})
    weights = dict(zip(table["weis_code"], table["goldstein"], strict=True))
    cited = [c for k in Codebook.ladder() for c in ANCHOR.findall(k.reason) if c[0] == "WEIS"]
    assert len(cited) > 30
    assert [c for c in cited if weights[c[1]] != float(c[2])] == []


def test_cameo_by_hand():
    icews, gdelt = Codebook.cameo(), Codebook.cameo(values="gdelt")
    assert icews["057"].value == 8.0
    assert icews["190"].value == -10.0
    assert dict(icews["060"].domains) == {"economic": 0.58, "diplomatic": 0.07, "security": 0.35}
    assert {n for n in icews.names if icews[n].value != gdelt[n].value} == {"016", "022", "164"}
    assert (icews["164"].value, gdelt["164"].value) == (-6.5, -7.0)
    assert icews["155"].value == icews["15"].value
    assert "no published score" in icews["155"].source
    assert icews.fingerprint != gdelt.fingerprint
    shares = icews.domain_shares.sum(axis=1)
    posts = shares > 0
    assert np.allclose(shares[posts], 1.0, rtol=1e-12)
    assert not icews["1723"].domains  # a curfew: nothing between states
    assert (~posts).sum() == 55


def test_cameo_cut_at_codes_between_states():
    posting = {
        level: sum(bool(k.domains) for k in Codebook.cameo(interstate=level))
        for level in ("any", "weak", "yes")
    }
    assert posting == {"any": 317 - 55, "weak": 195 + 65, "yes": 195}
    assert not Codebook.cameo(interstate="weak")["151"].domains
    assert Codebook.cameo(interstate="any")["151"].domains


def test_plover_by_hand():
    book = Codebook.plover()
    assert book["CONSULT.visit"].value == 4.0
    assert book["ACCUSE"].value == -3.0
    assert book["ASSAULT.execute"].value == book["ASSAULT"].value == -9.0
    assert dict(book["AID"].domains) == {"economic": 0.62, "security": 0.38}
    assert not book["PROTEST.riot"].domains
    contexts = plover_contexts().set_index("context")
    assert contexts.loc["military", "domain"] == "security"
    assert contexts.loc["crime", "domain"] == ""
    assert set(contexts["domain"]) == {*DOMAINS, ""}
    assert sorted(set(contexts["rank"])) == [1, 2, 3]


@needs_shared
def test_cameo_scores_and_domains_equal_the_coding_tables():
    coded = pd.read_csv(SHARED / "data/codes/cameo_domains.csv", dtype={"code": str})
    books = {"goldstein": Codebook.cameo(), "goldstein_gdelt": Codebook.cameo(values="gdelt")}
    assert list(coded["code"]) == list(books["goldstein"].names)
    for row in coded.to_dict("records"):
        for column, book in books.items():
            kind = book[row["code"]]
            assert math.isnan(row[column]) or kind.value == row[column]
            assert [kind.domains.get(d, 0.0) for d in DOMAINS] == [row[f"w_{d}"] for d in DOMAINS]


def test_published_points_are_kept_and_make_another_valuation():
    table = published_ladders()
    points = {(r.ladder, r.rung): r.points for r in table.itertuples()}
    assert points["trade_agreements", "CU + EIA"] == 20
    assert points["treaties", "defence pact"] == 75
    assert points["embassies", "lower rank, single accreditation (codes 1,4 focus 1)"] == 0.75
    assert math.isnan(points["treaties", "offence"])
    book, fbic = Codebook.ladder(), Codebook.ladder(values="fbic")
    assert set(table["kind"]) - {""} <= set(book.names)
    assert fbic["common_market"].value == book["common_market"].value == 9.0
    assert fbic["customs_union"].value == pytest.approx(9.0 * 15 / 20, rel=1e-12)
    assert fbic["consultation_pact"].value == pytest.approx(10.0 * 1 / 75, rel=1e-12)
    assert fbic["representation"].value == pytest.approx(5.4 * 0.75, rel=1e-12)
    assert fbic["customs_union"].family is None  # points of agreements in force add up there
    assert fbic["representation"].family == "representation"
    assert fbic["two_plus_two"] == book["two_plus_two"]
    assert fbic.name == "ladder-fbic"


# -- errors


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": 11}, r"kind 'x': field 'value': Input should be less than or equal to 10; given 11\."),
        ({"value": math.nan}, "kind 'x': field 'value': Input should be a finite number"),
        ({"value": True}, "kind 'x': field 'value': True is not a number"),
        ({"half_life": np.True_}, "kind 'x': field 'half_life': np.True_ is not a number"),
        ({"domains": {"security": True}}, "field 'domains.security': True is not a number"),
        ({"rank": True, "standing": True, "family": "pact"}, "field 'rank': True is not a number"),
        ({"value": "high"}, "kind 'x': field 'value': Input should be a valid number"),
        ({"half_life": 0}, "kind 'x': field 'half_life': Input should be greater than 0"),
        ({"half_life": math.nan}, "kind 'x': field 'half_life'"),
        (
            {"domains": {"security": 2}},
            r"field 'domains': share of 'security' is 2\.0; it must lie in \(0, 1\]",
        ),
        ({"domains": "security:much"}, "field 'domains.security': Input should be a valid number"),
        (
            {"domains": {"a;b": 1}},
            "field 'domains': a domain is called 'a;b'; names hold no : or ;, and no blank",
        ),
        ({"domains": {"": 1}}, "field 'domains': a domain is called ''"),
        ({"domains": "security;security"}, "field 'domains': domain 'security' is given twice"),
        ({"valeu": 3}, r"field 'valeu': not a field of a kind\. Did you mean 'value'\?"),
        ({"family": "pact"}, "family 'pact' is for standing kinds; this one is not standing"),
        ({"rank": 2}, "kind 'x': rank needs a family"),
        ({"name": " x"}, "field 'name': begins or ends with a space"),
        ({"name": ""}, "field 'name': String should have at least 1 character"),
    ],
)
def test_a_refused_kind_says_which_field_and_why(changes, message):
    with pytest.raises(CodebookError, match=message):
        Kind(**{"name": "x", "domains": {"security": 1}, "value": 1, **changes})


def test_a_kind_without_a_needed_field_says_so():
    with pytest.raises(CodebookError, match=r"kind 'x': field 'domains': missing\. field 'value': missing\."):
        Kind(name="x")


def test_a_refused_codebook_says_which_kind():
    talk = Kind(name="talk", domains={"diplomatic": 1}, value=1)
    with pytest.raises(CodebookError, match="kind 'talk', field 'name': given twice"):
        Codebook("x", [talk, talk])
    typo = Kind(name="typo", domains={"diplomtic": 1}, value=1)
    with pytest.raises(CodebookError, match=r"unknown domain 'diplomtic'\. Did you mean 'diplomatic'\?"):
        Codebook("x", [talk, typo])
    with pytest.raises(CodebookError, match="a domain is named twice"):
        Codebook("x", [talk], ("diplomatic", "diplomatic"))
    with pytest.raises(CodebookError, match="'composite' is the name of all domains together"):
        Codebook("x", [talk], ("diplomatic", "composite"))
    with pytest.raises(TypeError, match="domains is 'diplomatic', one text; give a list or tuple"):
        Codebook("x", [talk], "diplomatic")
    with pytest.raises(TypeError, match="domains is .*, a set, which has no order"):
        Codebook("x", [talk], {"diplomatic", "economic"})
    with pytest.raises(TypeError, match="kinds must be Kind values, not dict"):
        Codebook("x", [{"name": "talk"}])
    with pytest.raises(TypeError, match="kinds must be Kind values, not str"):
        Codebook("x", [talk]).with_kinds("talk")


def test_unknown_kinds_are_named_with_the_nearest():
    book = Codebook.ladder()
    near = r"unknown kind 'two_plus_tow'\. Did you mean 'two_plus_two'\?"
    for asked in (
        lambda: book["two_plus_tow"],
        lambda: book.index("two_plus_tow"),
        lambda: book.without("two_plus_tow"),
        lambda: book.with_values({"two_plus_tow": 1}),
    ):
        with pytest.raises(UnknownLabelError, match=near):
            asked()


def test_values_pushed_off_the_scale_are_refused():
    with pytest.raises(CodebookError, match="field 'value': Input should be less than or equal to 10"):
        Codebook.ladder().scaled(2)
    with pytest.raises(CodebookError, match="kind 'visit': field 'value'"):
        Codebook.ladder().with_values({"visit": -11})
    for bad in (0, -1, math.inf, math.nan):
        with pytest.raises(OptionError, match="factor is"):
            Codebook.ladder().scaled(bad)
    with pytest.raises(OptionError, match="beyond is 'wrap'; it must be one of 'raise', 'clip'"):
        Codebook.ladder().scaled(1, beyond="wrap")


def test_options_of_the_shipped_codebooks_are_closed():
    with pytest.raises(OptionError, match="values is 'weis'; it must be one of 'icews', 'gdelt'"):
        Codebook.cameo(values="weis")
    with pytest.raises(OptionError, match="interstate is 'no'"):
        Codebook.cameo(interstate="no")
    with pytest.raises(OptionError, match="values is 'piie'"):
        Codebook.ladder(values="piie")


def test_tables_that_are_no_codebook_are_refused():
    good = pd.DataFrame({"name": ["a"], "domains": ["security"], "value": [1.0]})
    with pytest.raises(CodebookError, match="codebook 'x': column 'value' is missing"):
        Codebook.from_frame(good.drop(columns="value"), name="x")
    with pytest.raises(CodebookError, match=r"unknown column 'resaon'\. Did you mean 'reason'\?"):
        Codebook.from_frame(good.assign(resaon="?"), name="x")
    with pytest.raises(CodebookError, match="kind 10, field 'name': not text; read the table with dtype=str"):
        Codebook.from_frame(good.assign(name=[10]), name="x")
    with pytest.raises(CodebookError, match=r"kind 'a': field 'value': missing\."):
        Codebook.from_frame(good.assign(value=[np.nan]), name="x")
    with pytest.raises(
        TypeError, match="frame must be a pandas DataFrame, or a table with the Arrow interface"
    ):
        Codebook.from_frame([good], name="x")
    with pytest.raises(TypeError, match=r"values is \[\]; give a mapping, such as {'state_visit': 4.0}"):
        Codebook.ladder().with_values([])
    polars = pytest.importorskip("polars")
    assert Codebook.from_frame(polars.from_pandas(good), name="x") == Codebook.from_frame(good, name="x")


def test_files_that_are_no_codebook_are_refused(tmp_path):
    book = Codebook("x", [Kind(name="a", domains={"security": 1}, value=1)])
    for act in (book.save, Codebook.load):
        with pytest.raises(FormatError, match=r"book\.xlsx: a codebook is a \.csv or a \.json file"):
            act(tmp_path / "book.xlsx")
    path = tmp_path / "book.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(FormatError, match=r"book\.json: not readable as JSON"):
        Codebook.load(path)
    for other in ("[]", '{"kinds": []}', '{"format": "alignscore codebook", "version": 1}'):
        path.write_text(other, encoding="utf-8")
        with pytest.raises(FormatError, match=r"book\.json: not an alignscore codebook"):
            Codebook.load(path)
    book.save(path)
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(told | {"version": 2}), encoding="utf-8")
    with pytest.raises(FormatError, match=r"codebook version 2; this release reads version 1"):
        Codebook.load(path)
    path.write_text(json.dumps(told | {"kinds": [{"name": "a", "value": 1}]}), encoding="utf-8")
    with pytest.raises(CodebookError, match=r"kind 'a': field 'domains': missing\."):
        Codebook.load(path)


def test_domains_of_a_kind_may_be_a_list_of_names():
    kind = Kind(name="joint_port", domains=["economic", "security"], value=3.0)
    assert dict(kind.domains) == {"economic": 1.0, "security": 1.0}
    with pytest.raises(CodebookError, match="field 'domains'"):
        Kind(name="joint_port", domains=[1, 2], value=3.0)


# ---- how its events fade --------------------------------------------------------------------------------------
NEWS = al.HalfLife(2, dispersion=(0.4, 0.6))


def test_events_that_machines_code_fade_faster():
    assert Codebook.ladder().decay == Codebook.judged().decay == al.HalfLife(5)
    assert Codebook.cameo().decay == Codebook.cameo(values="gdelt").decay == Codebook.plover().decay == NEWS


@pytest.mark.parametrize(
    "again",
    [
        lambda book, path: book.with_values({"010": 1.0}),
        lambda book, path: book.without("010").scaled(0.5),
        lambda book, path: pickle.loads(pickle.dumps(book)),
        lambda book, path: (book.save(path), Codebook.load(path))[1],
        lambda book, path: (book.save(path), Codebook.load(path, name="mine"))[1],
    ],
    ids=["values", "without", "pickle", "file", "renamed"],
)
def test_a_codebook_keeps_its_decay(again, tmp_path):
    for decay in (NEWS, al.HalfLife(float("inf"), kinds={"020": 1.0}), al.Window(3)):
        book = replace(Codebook.cameo(), decay=decay)
        assert again(book, tmp_path / "book.json").decay == decay


def test_a_codebook_of_ones_own_says_how_its_events_fade():
    table = pd.DataFrame({"name": ["pact"], "domains": "security", "value": [8], "half_life": [9.0]})
    book = Codebook.from_frame(table, name="cameo", decay=al.HalfLife(3))  # whatever its name
    rows = pd.DataFrame({"source": ["A"], "target": "B", "date": "2020-01-01", "kind": "pact"})
    ledger = al.Ledger.post(al.Events.from_frame(rows, codebook=book))
    assert ledger.decay == al.HalfLife(3) and "HalfLife(years=3.0)" in repr(ledger)
    assert book.half_life() == al.HalfLife(3, kinds={"pact": 9.0}) != book.half_life(4)
    coded = replace(
        book, decay=al.HalfLife(3, dispersion=(0.4, 0.6))
    )  # clusters are of the source, not of its half-life
    assert coded.half_life(4) == al.HalfLife(4, kinds={"pact": 9.0}, dispersion=(0.4, 0.6))
    assert coded.half_life(np.inf) == al.HalfLife(np.inf, kinds={"pact": 9.0})
    assert book != Codebook.from_frame(table, name="cameo")
    assert book.fingerprint == Codebook.from_frame(table, name="cameo").fingerprint
    with pytest.raises(TypeError, match="decay is 3; give HalfLife"):
        Codebook.from_frame(table, name="cameo", decay=3)
    with pytest.raises(OptionError, match="say how many years"):
        replace(book, decay=al.Window(3)).half_life()


def test_a_file_of_before_has_five_years(tmp_path):
    path = tmp_path / "book.json"
    Codebook.ladder().save(path)
    stored = json.loads(path.read_text())
    del stored["decay"]
    path.write_text(json.dumps(stored))
    assert Codebook.load(path).decay == al.HalfLife(5)


def test_a_column_that_stands_twice_is_refused():
    table = pd.DataFrame([["pact", "security", 8, -8]], columns=["name", "domains", "value", "value"])
    with pytest.raises(
        CodebookError, match="codebook 'mine': column 'value' stands more than once; keep one"
    ):
        Codebook.from_frame(table, name="mine")
