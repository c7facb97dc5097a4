"""What cannot be used is told in one clear message: the option, its value, and what to give."""

import inspect
from functools import partial

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.measures.blocs.polarisation import esteban_ray
from alignscore.measures.dyads.fbic import ladder_points
from alignscore.uncertainty.judgements import CodebookChoice, HalfLifeRange, KindValues, TieChoice

POWERS = ("CHN", "USA")
CLOSE = al.AlignmentOf("KHM", "CHN")


def votes() -> pd.DataFrame:
    cast = [(a, item, (a > "c") ^ (item > 4)) for a in "abcdef" for item in range(8)]
    frame = pd.DataFrame(cast, columns=["actor", "item", "no"])
    return frame.assign(session=1, vote=np.where(frame["no"], 3, 1)).drop(columns="no")


@pytest.mark.parametrize(
    ("options", "kind", "told"),
    [
        ({"periods": (2025, 2020)}, al.OptionError, "periods 2025..2020 must run forward"),
        ({"periods": 2025}, TypeError, r"periods is 2025; give two, such as \(2015, 2025\)"),
        ({"periods": (2025,)}, TypeError, r"periods is \(2025,\); give two"),
        ({"draws": 1e2}, TypeError, r"draws is 100.0; it must be a whole number: write 100\."),
        ({"draws": 2.5}, TypeError, r"draws is 2.5; it must be a whole number\."),
        ({"judgements": "half-life"}, TypeError, r"judgements is 'half-life'; give a list, such as \[HalfLife"),
        ({"judgements": 5}, TypeError, "judgements is 5; give a list"),
        ({"claims": [max]}, TypeError, r"claims is \[.*\]; give a mapping, such as \{'it rose'"),
        ({"thresholds": (0.5, 0.1, 0.1)}, TypeError, r"give Thresholds\(aligned=0.5, hedging=0.1, engaged=0.1\)"),
    ],
)  # fmt: skip
def test_options_of_robustness(asean, options, kind, told):
    with pytest.raises(kind, match=told):
        al.robustness(asean, powers=POWERS, **{"draws": 16, **options})


def test_one_judgement_is_a_list_of_one(asean):
    told = {"powers": POWERS, "periods": (2024, 2026), "draws": 16}
    for one in (HalfLifeRange(), KindValues()):
        alone, listed = (al.robustness(asean, judgements=j, **told) for j in (one, [one]))
        pd.testing.assert_frame_equal(alone.to_frame(), listed.to_frame())


DOORS = {
    "alignment": lambda ties, **told: al.alignment(ties, **told),
    "exposure": lambda ties, **told: al.exposure(ties, **told),
    "influence": lambda ties, **told: al.influence(ties, **told),
    "hedging": lambda ties, **told: al.hedging(ties, powers=POWERS, **told),
    "bloc": lambda ties, **told: al.bloc(ties, members="ASEAN", powers=POWERS, **told),
}


@pytest.mark.parametrize("door", DOORS)
def test_numbers_are_numbers_and_weights_have_names(ties, door):
    score = DOORS[door]
    with pytest.raises(
        TypeError, match=r"weights is \[1, 2, 3\]; give a mapping, such as \{'economic': 1.0\}"
    ):
        score(ties, weights=[1, 2, 3])
    with pytest.raises(TypeError, match="weight of domain 'security' is '1'; it must be a number"):
        score(ties, weights={"security": "1"})
    with pytest.raises(TypeError, match="weight of domain 'security' is True; it must be a number"):
        score(ties, weights={"security": True})
    with pytest.raises(TypeError, match=r"level is '0.95'; it must be a number"):
        score(ties, level="0.95")


def test_weights_may_be_a_series(ties):
    plain, series = (al.alignment(ties, weights=w) for w in ({"security": 1.0}, pd.Series({"security": 1.0})))
    np.testing.assert_array_equal(plain.alignment, series.alignment)
    with pytest.raises(TypeError, match=r"member_weights is \[1, 2\]; give a mapping, such as \{'BRN': 1.0"):
        al.bloc(ties, members="ASEAN", powers=POWERS, member_weights=[1, 2])


def test_a_prior_is_a_number(ties):
    for make in (al.alignment, al.affinity):
        with pytest.raises(TypeError, match="prior is 'one'; it must be a number"):
            make(ties, prior="one")
    with pytest.raises(TypeError, match="prior is None; it must be a number"):
        al.affinity(ties, prior=None)
    with pytest.raises(TypeError, match="prior is 'one'; it must be a number"):
        al.AlignmentOf("KHM", "CHN", prior="one")
    with pytest.raises(al.OptionError, match=r"prior is -1; it must lie in \[0.0, inf\)"):
        al.AlignmentOf("KHM", "CHN", prior=-1)


def test_thresholds_bear_names(ties):
    with pytest.raises(TypeError, match=r"thresholds is \(0.5, 0.1, 0.1\); give Thresholds"):
        al.hedging(ties, powers=POWERS, thresholds=(0.5, 0.1, 0.1))
    with pytest.raises(TypeError, match="give Thresholds"):
        al.hedging(ties, powers=POWERS).odds(thresholds=(0.5, 0.1, 0.1))


@pytest.mark.parametrize("between", [("KHM",), "KHM", ("KHM", "CHN", "USA")])
def test_counts_are_between_two(asean, between):
    with pytest.raises(TypeError, match=r"between is .*; give two, such as \('KHM', 'CHN'\)"):
        al.event_counts(asean, between=between)


@pytest.mark.parametrize("made", [list, np.array, pd.Series, pd.Index, iter])
def test_two_are_two_in_whatever_they_stand(asean, made):
    counts = al.event_counts(asean, between=made(["PHL", "USA"]))
    pd.testing.assert_frame_equal(counts, al.event_counts(asean, between=("PHL", "USA")))
    found = al.robustness(asean, powers=POWERS, periods=made([2020, 2021]), draws=8)
    assert found.periods.year.tolist() == [2020, 2021]


def test_partners_of_counts_are_a_list(asean):
    with pytest.raises(TypeError, match="among is 'USA', one text; give a list"):
        al.event_counts(asean, between=("KHM", "CHN"), among="USA")


def test_how_many_impacts(asean):
    found = al.impact(asean, score=CLOSE)
    with pytest.raises(TypeError, match="groups is 2.5; it must be a whole number"):
        found.top(2.5)
    with pytest.raises(al.OptionError, match=r"groups is -1; it must lie in \[0, inf\]"):
        found.top(-1)
    assert len(found.top(np.int64(2)).about["group"]) == 2


def test_rank_is_no_more_than_there_are_actors(ties):
    with pytest.raises(al.OptionError, match="rank is 500; with 21 actors it can be no more than that"):
        al.affinity(ties, rank=500)


def test_weights_of_items_name_a_stranger():
    wide = pd.DataFrame({"R1": [1, 1, 3], "R2": [3, 2, 1]}, index=["KHM", "VNM", "USA"])
    with pytest.raises(al.UnknownLabelError, match="unknown item in weights 'R9'. Did you mean 'R"):
        al.similarity(wide, weights={"R9": 1}, levels=(1, 2, 3))
    with pytest.raises(al.OptionError, match="item 'R2' has no weight"):
        al.similarity(wide, weights={"R1": 1}, levels=(1, 2, 3))
    more = al.similarity(wide, weights={"R1": 1, "R2": 1, "R9": 1}, levels=(1, 2, 3))
    np.testing.assert_array_equal(more.similarity, al.similarity(wide, levels=(1, 2, 3)).similarity)


def test_a_selection_that_finds_nothing_is_repeated(asean):
    with pytest.raises(al.OptionError, match=r"remove names no event by \{'kind': 'war'\}"):
        al.what_if(asean, score=CLOSE, remove={"kind": "war"})
    with pytest.raises(al.OptionError, match=r"remove names no event\.$"):
        al.what_if(asean, score=CLOSE, remove=np.zeros(len(asean), dtype=bool))


def test_votes_of_other_libraries_are_read():
    pl = pytest.importorskip("polars")
    frame = votes()
    table = pl.from_pandas(frame)
    found = [al.ideal_points(one, anchors=("a", "f")).to_frame() for one in (frame, table)]
    pd.testing.assert_frame_equal(*found, check_dtype=False)
    cohesion = [al.vote_cohesion(one, members=["a", "b", "e"]).to_frame() for one in (frame, table)]
    pd.testing.assert_frame_equal(*cohesion, check_dtype=False)
    alike = [
        al.similarity(one, levels=(1, 2, 3)).to_frame()
        for one in (frame.drop(columns="session"), table.drop("session"))
    ]
    pd.testing.assert_frame_equal(*alike, check_dtype=False)
    with pytest.raises(
        TypeError, match=r"votes must be a pandas DataFrame, or a table with the Arrow .*, not list"
    ):
        al.vote_cohesion([1], members=["a"])


def signatures():
    """Every public function, and every public method of a public class, with its parameters."""
    for name in al.__all__:
        thing = getattr(al, name)
        several = {name: thing} if inspect.isfunction(thing) else {}
        if inspect.isclass(thing):
            several = {f"{name}.{at}": x for at, x in inspect.getmembers(thing, callable) if at[0] != "_"}
        for at, function in several.items():
            if str(getattr(function, "__module__", "")).startswith("alignscore"):
                yield at, inspect.signature(function).parameters


def test_chance_is_found_again_and_levels_are_alike_everywhere():
    told = {"rng": {}, "level": {}}
    for name, parameters in signatures():
        for option, found in told.items():
            if option in parameters:
                found[name] = parameters[option].default
    assert len(told["rng"]) > 15 and len(told["level"]) > 20
    assert {name: at for name, at in told["rng"].items() if at != 0 or at is False} == {}
    narrower = {name for name, at in told["level"].items() if at != 0.95}
    assert narrower == {"forecast", "surprise"}  # in which nine in ten are what is asked of a forecast


SWITCHES = {
    "alignment": lambda ties, no: al.alignment(ties, directed=no),
    "exposure": lambda ties, no: al.exposure(ties, directed=no),
    "affinity": lambda ties, no: al.affinity(ties, directed=no),
    "institutionalisation": lambda ties, no: al.institutionalisation(ties, directed=no),
    "ties": lambda ties, no: ties.ledger.ties(directed=no),
    "surprise": lambda ties, no: al.surprise(ties.ledger, directed=no),
    "dispersion": lambda ties, no: al.fit_decay(ties.ledger, dispersion=no),
    "score": lambda ties, no: al.AlignmentOf("KHM", "CHN", directed=no),
    "members_only": lambda ties, no: al.panel(al.alignment(ties), members_only=no),
    "reasons": lambda ties, no: al.similarity(al.portfolio_from_ties(ties)).to_frame(reasons=no),
    "root_only": lambda ties, no: al.read_gdelt("nowhere", root_only=no),
    "recommended": lambda ties, no: al.read_aiddata("nowhere", recommended=no),
}


@pytest.mark.parametrize("door", SWITCHES)
@pytest.mark.parametrize("no", ["false", "no", None])
def test_a_text_is_not_taken_for_true(ties, door, no):
    with pytest.raises(al.OptionError, match=f"is {no!r}; it must be one of True, False"):
        SWITCHES[door](ties, no)


@pytest.mark.parametrize(
    "make", [iter, np.array, pd.Series, tuple], ids=["generator", "array", "series", "tuple"]
)
def test_powers_may_come_in_any_list(ties, asean, make):
    found = al.hedging(ties, powers=make(list(POWERS)))
    assert found.powers == POWERS and all(type(power) is str for power in found.powers)
    assert al.PositionOf("KHM", make(list(POWERS))).powers == POWERS


def test_what_is_no_list_of_powers_is_told(ties):
    for door in (lambda: al.hedging(ties, powers=None), lambda: al.HedgingOf("KHM", None)):
        with pytest.raises(TypeError, match="powers is None; give a list or tuple"):
            door()


def test_a_window_is_a_number(ties):
    for door in (
        lambda: al.hedging(ties, powers=POWERS, window=True),
        lambda: al.HedgingOf("KHM", POWERS, window=True),
    ):
        with pytest.raises(TypeError, match="window is True; it must be a whole number"):
            door()


@pytest.mark.parametrize("make", [list, tuple, np.array, pd.Series, pd.Index, iter])
def test_lists_of_names_may_be_of_any_kind(make, asean):
    """Arrays had died of their truth, and what can be gone through once had come to nothing."""
    one = pd.DataFrame({"event_id": [1, 2, 3], "kind": ["a", "b", "b"], "value": [1, 2, 3]})
    codings = {"one": one, "two": one.assign(kind="b")}
    told = al.reliability(codings, columns=make(["kind"]), orders={"kind": make(["a", "b"])}, draws=5)
    assert set(told.table["column"]) == {"kind"} and "alpha_ordinal" in set(told.table["statistic"])
    with_partners = al.event_counts(asean, between=("PHL", "USA"), among=make(["USA", "CHN"]))
    assert with_partners.equals(al.event_counts(asean, between=("PHL", "USA"), among=["USA", "CHN"]))
    events, _ = al.read_events(asean.to_frame(), system="iso3", blocs=make(["EU"]))
    assert "EU" not in events.actors


def test_one_bloc_may_be_named_alone(asean):
    assert "EU" not in al.read_events(asean.to_frame(), system="iso3", blocs="EU")[0].actors


def test_one_name_is_a_list_of_one(asean, ties):
    """A text had been read letter by letter, and of a number Python said that it cannot be gone through."""
    one = pd.DataFrame({"event_id": [1, 2], "kind": ["a", "b"]})
    told = al.reliability({"one": one, "two": one}, columns="kind", draws=5)
    assert set(told.table["column"]) == {"kind"}
    assert al.diffusion(asean, family="partnership", powers="CHN", states="VNM").states == ("VNM",)
    numbered = al.Events.from_frame(
        [
            {"source": 811, "target": power, "date": 2020, "domain": "security", "value": 5}
            for power in (710, 2)
        ]
    )
    assert al.hedging(numbered, powers=(710, 2), states=811).states == ("811",)
    assert al.diffusion(asean, powers="CHN", kinds="joint_exercise").powers == ("CHN",)
    assert TieChoice("net").options == ("net",)
    partners = al.diffusion(asean, powers=POWERS, family="partnership")
    assert [said.get_text() for said in al.plots.adopters(partners, powers="CHN").texts] == ["China"]


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda asean: al.hedging(asean, powers=POWERS, states=3), al.UnknownLabelError, "unknown actor '3'"),
        (lambda asean: al.bloc(asean, members=3, powers=POWERS), al.UnknownLabelError, "actor '3'"),
        (lambda _: al.quad(40, rule="gdelt"), al.EventError, "not CAMEO codes, first 40; they are text"),
        (lambda _: al.ideal_points(votes(), bridges=3), al.FormatError, "each entry must be a pair of items"),
        (
            lambda asean: al.trends(al.alignment(asean, directed=False), ["alignment"]),
            al.UnknownLabelError,
            r"unknown column \['alignment'\]. Did you mean 'alignment'",
        ),
        (
            lambda asean: asean.codebook.without(["praise"]),
            al.UnknownLabelError,
            r"unknown kind \['praise'\]. Did you mean 'praise'",
        ),
        (
            lambda _: al.Portfolio.stack("votes", "alliances"),  # noqa: PD013
            TypeError,
            r"portfolio 0 is 'votes'; it must be a Portfolio, as Portfolio.from_wide\(table\) makes it",
        ),
        (lambda _: al.Portfolio.from_long([1]), TypeError, "portfolio must be a pandas DataFrame"),
        (
            lambda asean: al.diffusion(asean, powers="CHN", family="partnership").among("partnership"),
            TypeError,
            "other is 'partnership'; it must be a DiffusionResult",
        ),
        (
            lambda _: al.affinity_of_counts(pd.DataFrame({"source": ["A"]}), columns=["source"]),
            TypeError,
            r"columns is \['source'\]; give a mapping",
        ),
    ],
)
def test_what_is_no_name_is_told_in_our_words(asean, call, error, told):
    with pytest.raises(error, match=told):
        call(asean)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda bad: al.rice([8, bad], [2, 1]), "yes"),
        (lambda bad: al.agreement_index([8, 1], [2, 1], [0, bad]), "abstain"),
        (lambda bad: al.van_der_eijk([1, bad, 3]), "counts"),
        (lambda bad: al.esteban_ray([-1, 1], [1, bad]), "weight"),
        (
            lambda bad: al.similarity(
                pd.DataFrame({"R1": [1, 2], "R2": [1, 1]}, index=["A", "B"]), levels=(1, 2), weights=[1, bad]
            ),
            "weights",
        ),
        (lambda bad: al.Portfolio.from_array([[1, bad], [2, 1]], levels=(1, 2)), "values"),
    ],
)
def test_numbers_of_an_array_are_numbers(call, name):
    """NumPy had said that it could not convert a string to float, without a word of which."""
    with pytest.raises(al.OptionError, match=f"{name} is no number in 1 rows, first 'x'"):
        call("x")


def test_a_missing_number_of_votes_is_missing():
    assert np.isnan(al.rice(pd.NA, 2)) and np.isnan(al.rice([8, None], [2, 1])).tolist() == [False, True]
    assert float(al.rice("8", "2")) == 0.6


# ---- options of version 0.1 by their names then -------------------------------------------------------------
@pytest.mark.parametrize(
    ("measure", "former", "today"),
    [
        (al.influence, {"acts": "own"}, {"direction": "out"}),
        (al.influence, {"acts": "received"}, {"direction": "in"}),
        (al.influence, {"acts": "both"}, {"direction": "both"}),
        (partial(al.domain_mix, a="KHM", b="CHN"), {"substance": "interaction"}, {"tie": "interaction"}),
        (partial(al.hedging, powers=("CHN", "USA")), {"min_n_eff": 4}, {"min_evidence": 4}),
    ],
)
def test_former_names_of_options_give_the_same_and_say_so(ties, measure, former, today):
    (new, value), (old,) = *today.items(), former
    with pytest.warns(
        DeprecationWarning, match=f"{old} of .* is now {new}: say {new}={value!r}; the old name"
    ):
        found = measure(ties, **former)
    pd.testing.assert_frame_equal(found.to_frame(), measure(ties, **today).to_frame())
    with pytest.raises(TypeError, match=f"{old} of .* is now {new}; give one of the two"):
        measure(ties, **former, **today)


def test_one_alone_may_stand_where_a_list_may():
    event = al.Event(source="KHM", target="CHN", date="2020", domain="security", value=3)
    assert len(al.Events.from_events(event)) == 1
    ladder, events = al.Codebook.ladder(), al.datasets.asean()
    assert al.CodebookChoice(ladder) == al.CodebookChoice([ladder])
    assert len(al.CodingChoice(events).codings) == 1
    assert al.Cleaning(drop_roots="01") == al.Cleaning(drop_roots=("01",))


def test_columns_may_be_a_series_as_any_mapping():
    rows = [("A", "B", 2000 + t, 6, 2) for t in range(5)]
    table = pd.DataFrame(rows, columns=["source", "target", "year", "cooperation", "conflict"])
    named = {"period": "year"}
    by_series = al.affinity_of_counts(table, columns=pd.Series(named))
    assert by_series.to_frame().equals(al.affinity_of_counts(table, columns=named).to_frame())


def test_a_score_that_leave_one_out_cannot_call_is_refused_with_the_way():
    with pytest.raises(
        TypeError, match=r"score is AlignmentOf.*give a function from ties to a result.*impact"
    ):
        al.leave_one_out(al.datasets.asean(), al.AlignmentOf("KHM", "CHN"))


ALLIED = pd.DataFrame(
    {"ccode1": [2], "ccode2": [200], "year": [2000], "atop_defense": [1], "atop_offense": [0], "atop_neutral": [0],
     "atop_nonagg": [0], "atop_consul": [0]}
)  # fmt: skip
CODINGS = pd.DataFrame({"unit": [1, 2, 3], "value": [1, 2, 3]})
REFUSED = {
    "odds of postures": (
        lambda events: al.hedging(events, POWERS).odds(min_probability=3),
        r"min_probability is 3; it must lie in \[0.0, 1.0\]",
    ),
    "indices": (
        lambda events: al.robustness(events, powers=POWERS, draws=4).sobol(level=3),
        r"level is 3; it must lie in \(0.0, 1.0\)",
    ),
    "values of kinds": (
        lambda _: KindValues(by="sort"),
        "by is 'sort'; it must be one of 'kind', 'family', 'all'",
    ),
    "choice of ties": (
        lambda _: TieChoice(["cooperation", "nett"]),
        "options is 'nett'; it must be one of 'cooperation', 'net'",
    ),
    "no choice of ties": (lambda _: TieChoice([]), "options is empty; name 'cooperation', 'net' or both"),
    "no choice of codebooks": (lambda _: CodebookChoice([]), "books is empty; name at least one Codebook"),
    "a portfolio of alliances": (
        lambda _: al.read_atop(
            ALLIED.rename(columns=lambda name: name.removeprefix("atop_")), direction="up"
        ),
        "direction is 'up'; it must be one of 'given', 'listed', 'either', 'both'",
    ),
    "polarisation": (
        lambda _: esteban_ray([0, 1], [1, 1], alpha=3),
        r"alpha is 3; it must lie in \(0.0, 1.6\]",
    ),
    "half-lives compared": (
        lambda events: al.fit_decay(events, draws=0).compare(-2),
        r"half_life is -2; it must lie in \(0.0, inf\]",
    ),
    "breaks": (lambda _: al.breaks([1, 2, 3], prior=1), r"prior is 1; it must lie in \(0.0, 1.0\)"),
    "coders": (
        lambda _: al.reliability({"one": CODINGS, "two": CODINGS}, unit="unit", columns=["value"], draws=0),
        r"draws is 0; it must lie in \[1, inf\]",
    ),
    "a stream": (
        lambda events: al.post_dask([events.to_frame()], decay=al.HalfLife(5, domains={"securty": 2})),
        "unknown domain 'securty'. Did you mean 'security'",
    ),
    "a ledger": (
        lambda events: al.Ledger.post(events, freq="fortnight"),
        "freq is 'fortnight'; it must be one of 'Y', 'Q', 'M', 'W', 'D'",
    ),
    "alliances": (
        lambda _: al.read_atop_events(ALLIED, direction="up"),
        "direction is 'up'; it must be one of 'given', 'listed', 'either'",
    ),
    "distances": (
        lambda _: al.weighted_distance(
            pd.DataFrame({"state": ["A"], "partner": ["B"], "weight": [1.0]}),
            pd.DataFrame({"actor": ["A", "B"], "theta": [1.0, 2.0]}),
            level=3,
        ),
        r"level is 3; it must lie in \(0.0, 1.0\)",
    ),
    "diffusion": (
        lambda events: al.diffusion(events, POWERS, kinds=["two_plus_two"], level=3),
        r"level is 3; it must lie in \(0.0, 1.0\)",
    ),
    "a portfolio of weights": (
        lambda _: al.weighted_distance(
            al.Portfolio.from_wide(pd.DataFrame({"B": [-1.0]}, index=["A"]), bounds=(-2, 2)),
            pd.DataFrame({"actor": ["A", "B"], "theta": [1.0, 2.0]}),
        ),
        "a portfolio of weights holds values below 0",
    ),
    "rungs of a ladder": (
        lambda _: ladder_points("trade", ["RTA"]),
        "ladder is 'trade'; it must be one of 'trade_agreements', 'alliances', 'representation'",
    ),
    "alliances that overlap": (
        lambda _: al.read_atop_events(ALLIED, direction="either", overlap="first"),
        "overlap is 'first'; it must be one of 'strongest', 'sum'",
    ),
    "a range of half-lives": (lambda _: HalfLifeRange(-1, 5), r"low is -1; it must lie in \(0.0, inf\)"),
    "coders of a codebook": (
        lambda events: al.reliability(
            {"one": CODINGS, "two": CODINGS}, unit="unit", columns=["value"], codebook=events.codebook
        ),
        "unknown column 'kind'",
    ),
    "a record without a second year": (
        lambda events: al.fit_dynamic(events[events.domain == 0][:1]),
        "domain 'economic' has no dyad with an event after the first period: nothing can be predicted",
    ),
    "events of a pair": (
        lambda events: al.affinity(events, min_n=-1),
        r"min_n is -1; it must lie in \[0.0, inf\)",
    ),
    "indices of a score": (
        lambda events: al.robustness(events, powers=POWERS, draws=4).sobol(score="lean"),
        "score is 'lean'; it must be one of 'position'",
    ),
    "a panel": (
        lambda events: al.panel(al.alignment(events), replicates=-1),
        r"replicates is -1; it must lie in \[0, inf\]",
    ),
    "distances told twice": (
        lambda _: al.weighted_distance(
            pd.DataFrame({"state": ["A"], "partner": ["B"], "weight": [1.0]}),
            pd.DataFrame({"i": ["A", "A"], "j": ["B", "B"], "distance": [1.0, 2.0]}),
        ),
        "twice",
    ),
    "a fit of other domains": (
        lambda events: al.forecast(events, al.fit_decay(events[events.domain == 0], draws=0)),
        "unknown domain '(diplomatic|security)'",
    ),
    "labels of postures": (
        lambda events: al.robustness(events, powers=POWERS, draws=4, min_probability=2),
        r"min_probability is 2; it must lie in \[0.0, 1.0\]",
    ),
    "a list of events": (
        lambda _: al.read_keds("gulf.txt", codes="ideas"),
        "codes is 'ideas'; it must be one of 'cameo', 'weis'",
    ),
    "trade": (
        lambda _: al.read_imf_trade("trade.csv", weight="log"),
        "weight is 'log'; it must be one of 'share', 'value'",
    ),
    "ends of events": (
        lambda _: al.read_gdelt("a.csv", ends="city"),
        "ends is 'city'; it must be one of 'state', 'actor'",
    ),
    "what is looked for": (
        lambda events: events.codebook.find(" "),
        "find takes a text to look for, such as '2.2'",
    ),
    "columns of a panel": (
        lambda events: al.panel(al.alignment(events), columns=[]),
        "columns is empty; name at least one score",
    ),
    "points of a design": (
        lambda events: al.robustness(events, powers=POWERS, draws=4).sobol(n=2.5),
        "n is 2.5; it must be a whole number",
    ),
    "half an axis": (
        lambda _: al.contributions(*np.ones((4, 2)), axis=0.5),
        "axis is 0.5; it must be a whole number",
    ),
    "a supposition": (
        lambda events: al.what_if(
            events, score=CLOSE, scale={"CHN": 2.0}, decay=al.HalfLife(5, domains={"securty": 2})
        ),
        "unknown domain 'securty'. Did you mean 'security'",
    ),
    "a function of one's own": (
        lambda events: al.impact(
            events,
            score=lambda ties: al.alignment(ties).alignment[0, 0],
            decay=al.HalfLife(5, domains={"securty": 2}),
        ),
        "unknown domain 'securty'. Did you mean 'security'",
    ),
    "a slice of actors": (
        lambda events: al.alignment(events).of(slice("KHM", "LAO")),
        "source takes one label, not a slice",
    ),
    "a label given twice": (
        lambda events: al.alignment(events).of("KHM", "CHN", source="LAO"),
        "source is given twice: 'KHM' and 'LAO'",
    ),
    "an axis": (
        lambda _: al.contributions(*np.ones((4, 2)), axis=1),
        r"axis is 1; it must lie in \[-1, 0\]",
    ),
    "components": (
        lambda _: al.influence_from_components(pd.DataFrame(), al.FBIC_BASE, missing="none"),
        "missing is 'none'; it must be one of 'nan', 'zero'",
    ),
    "dispersion": (
        lambda _: al.breaks([1, 2, 9, 8], dispersion=-1),
        r"dispersion is -1; it must lie in \(0.0, inf\)",
    ),
    "a score to ask about": (
        lambda _: al.AlignmentOf("KHM", "CHN", domains="some"),
        "domains is 'some'; it must be one of 'all', 'seen'",
    ),
    "a mask in another order": (
        lambda events: events[pd.Series(events.day > 0, index=np.arange(len(events))[::-1])],
        "the mask is a Series whose index counts the rows in another order",
    ),
}


@pytest.mark.parametrize("door", REFUSED)
def test_what_an_option_cannot_be_is_said_where_it_is_given(asean, door):
    """Each would else have been taken for another, or have ended in an error of numpy or pandas."""
    ask, told = REFUSED[door]
    with pytest.raises((al.AlignScoreError, TypeError), match=told):
        ask(asean)


OF_EVENTS = {
    "post": al.Ledger.post,
    "what_if": partial(al.what_if, score=CLOSE, scale={"CHN": 2.0}),
    "impact": partial(al.impact, score=CLOSE),
    "bloc_pull": lambda events: al.bloc_pull(events, "e1", members="ASEAN", powers=POWERS),
    "robustness": partial(al.robustness, powers=POWERS),
    "leave_one_out": lambda events: al.leave_one_out(events, len),
    "event_counts": partial(al.event_counts, between=("KHM", "CHN")),
    "diffusion": lambda events: al.diffusion(events, POWERS, kinds=["two_plus_two"]),
    "openings": partial(al.openings, kinds=["two_plus_two"]),
    "report": lambda events: al.report(events, powers=POWERS),
}


@pytest.mark.parametrize("name", OF_EVENTS)
def test_ties_are_no_events(ties, name):
    with pytest.raises(
        TypeError, match="Events are needed here, as Events.from_frame.* makes them, not Ties"
    ):
        OF_EVENTS[name](ties)
