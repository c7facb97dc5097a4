"""Labels of actors: one actor under two is noticed at every door, and a state of which no event tells is a row of NaN."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignscore as al
from alignscore.__main__ import main
from alignscore.actors import silent_states
from alignscore.actors.labels import one_actor
from alignscore.scale import post_dask, post_lazy, post_parquet

ROW = {"source": "CHN", "target": "KHM", "date": "2024-03-01", "domain": "security", "value": 5.0}


def table(*sources, target="KHM"):
    return pd.DataFrame([ROW | {"source": source, "target": target} for source in sources])


PAIRS = [
    ("CHN", "chn"),
    ("CHN", "China"),
    ("China", "PRC"),
    ("VNM", "Viet Nam"),
    ("USA", "US"),
    ("CHN", "CN"),
    ("CHN", "CHN\u200b"),
    ("CHN", "\u0421HN"),  # a Cyrillic letter
    ("Hamas", "H\u0430mas"),
    ("CHN", "'CHN'"),
    ("Hamas", "\u201cHamas\u201d"),
    ("Hamas", "HAMAS"),
    ("New  Group", "New Group"),
    ("New\u00a0Group", "New Group"),
    ("Caf\u00e9", "Cafe\u0301"),
    ("\uff21\uff22", "AB"),
    ("EU", "European Union"),  # a bloc has names too
    ("ASEAN", "Association of Southeast Asian Nations"),
    ("710", "710.0"),  # of a column of numbers with gaps
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_one_actor_by_two_labels_is_refused_at_every_door(one, other, tmp_path):
    rows = table(one, one, other, target="Nobody")
    with pytest.raises(al.EventError, match=r"1 actor goes by more than one label: .*actors='as_given'"):
        al.Events.screen(rows)
    rows.to_csv(tmp_path / "e.csv", index=False)
    with pytest.raises(al.EventError, match="more than one label"):
        al.Events.read_csv(tmp_path / "e.csv")
    rows.to_parquet(tmp_path / "e.parquet")
    lazy = rows.assign(date=pd.to_datetime(rows["date"]))
    doors = (
        lambda **o: post_parquet(tmp_path / "e.parquet", **o),
        lambda **o: post_dask([rows[:1], rows[1:]], **o),
        lambda **o: post_lazy(lazy, **o),
    )
    # every pair at the doors of memory and at one door of scale, the first pair at all of them
    at = PAIRS.index((one, other))
    for door in doors if at == 0 else (doors[at % 3],):
        with pytest.raises(al.EventError, match=r"more than one label: .*Mend the labels"):
            door()
        assert len(door(actors="as_given").axes.actors) == 3
    assert len(al.Events.from_frame(rows, actors="as_given").actors) == 3


@pytest.mark.parametrize("other", ["China", "710", "CHN; USA"])
def test_a_refused_row_calls_nobody_by_another_label(other, tmp_path):
    """The ledgers of streams are made of rows kept alone, and a table in memory gives the same one."""
    rows = table("CHN", "USA", other)
    rows.loc[2, "date"] = "soon"
    events, refused = al.Events.screen(rows)
    assert (events.actors, refused["reason"].tolist()) == (("CHN", "KHM", "USA"), ["unreadable date"])
    with pytest.raises(al.EventError, match="1 of 3 rows refused: unreadable date"):
        al.Events.from_frame(rows)
    rows.to_parquet(tmp_path / "e.parquet")
    for posted in (post_parquet(tmp_path / "e.parquet"), post_dask([rows])):
        assert posted.axes.actors == events.actors and posted.report.kept == 2


def test_partitions_that_call_actors_apart_are_one_table():
    """Numbers in one partition and letters in another are taken as given, or refused as at every other door."""
    parts = [table("710"), table("USA")]
    assert post_dask(parts, actors="as_given").axes.actors == ("710", "KHM", "USA")
    with pytest.raises(al.EventError, match=r"numbers \('710'\) and letters .*actors='as_given'"):
        post_dask(parts)


def test_numbers_of_states_beside_their_letters_are_refused_at_every_door(asean, tmp_path):
    rows = table("710", "816", "USA")
    told = r"numbers \('710', '816'\) and letters \('USA', 'KHM'\)\. .*system='cow'.*actors='as_given'"
    with pytest.raises(al.EventError, match=told):
        al.Events.from_frame(rows)
    with pytest.raises(al.EventError, match="numbers .* and letters"):
        al.Events.from_frame(rows, actors="iso3")
    with pytest.raises(al.EventError, match="numbers .* and letters"):
        post_dask([rows[:1], rows[1:]])
    assert len(al.Events.from_frame(rows, actors="as_given").actors) == 4
    assert len(al.Events.from_frame(table("710", "816", target="2")).actors) == 3  # of one system
    assert (
        len(al.Events.from_frame(table("1", "2", target="A rebel group")).actors) == 3
    )  # no state by letters


@pytest.mark.parametrize(
    "cell", ["USA; JPN", "USA/JPN", "US, Japan", "France and Germany", "CHN & RUS & IRN"]
)
def test_a_list_of_states_in_one_cell_is_refused(cell):
    rows = table(cell, "LAO")
    for actors in ("check", "iso3"):
        with pytest.raises(al.EventError, match=r"names several states in one cell, .*explode\('source'\)"):
            al.Events.from_frame(rows, actors=actors)
        kept, refused = al.Events.screen(rows, actors=actors)  # which hands back rows, and takes the others
        assert len(kept) == 1 and refused["reason"].tolist() == ["several actors"]
    report = post_dask([rows[:1], rows[1:]]).report
    assert report.rows("several actors") == 1 and report.kept == 1
    with pytest.raises(al.EventError, match="names several states in one cell"):
        post_lazy(rows, date_format="%Y-%m-%d")
    assert cell in al.Events.from_frame(rows, actors="as_given").actors


def test_names_that_look_like_lists_are_names():
    names = (
        "Bosnia and Herzegovina",
        "Trinidad & Tobago",
        "Korea, South",
        "China, Hong Kong SAR",
        "EU, ASEAN",
        "A/B",
    )
    assert len(al.Events.from_frame(table(*names)).actors) == len(names) + 1


def test_tables_of_numbers_and_of_letters_do_not_add(asean):
    numbers = al.Events.from_frame(table("710", target="811"))
    told = "one table calls actors '710', '811', the other 'AUS', .*system='cow'"
    with pytest.raises(al.EventError, match=told):
        numbers + asean
    with pytest.raises(al.LedgerError, match="one table calls actors"):
        al.Ledger.post(asean) + al.Ledger.post(numbers)
    with pytest.raises(al.EventError, match="one table calls actors"):
        al.what_if(asean, score=al.AlignmentOf("KHM", "CHN"), add=table("710", target="811"))
    both = al.Events.from_frame(table("710", "CHN"), actors="as_given")
    assert len((both + asean).actors) == len(asean.actors) + 1


@pytest.mark.parametrize("other", ["China", "chn", "710", "CHN/RUS"])
def test_tables_of_counts_name_an_actor_by_one_label(other):
    counts = pd.DataFrame({"source": ["CHN", other], "target": "KHM", "period": [2020, 2021], "cooperation": 9,
                           "conflict": 1})  # fmt: skip
    doors = (al.fit_decay, al.forecast, al.surprise, lambda table: al.affinity_of_counts(table, draws=0))
    for door in doors:
        with pytest.raises(
            al.EventError, match="more than one label|numbers .* and letters|several states"
        ) as told:
            door(counts)
        assert "al.iso3(" in str(told.value) or "explode" in str(told.value)
        assert "as_given" not in str(told.value)  # which these do not take


def test_the_shipped_table_with_a_name_for_a_code_is_refused_and_mended(asean):
    rows = asean.to_frame()
    last = rows.index >= len(rows) - 60
    for side in ("source", "target"):
        rows[side] = rows[side].where(~(last & (rows[side] == "CHN")), "China")
    with pytest.raises(al.EventError, match=r"'CHN' \(\d+\) and 'China' \(\d+\). Say actors='iso3'"):
        al.Events.from_frame(rows)
    mended = al.Events.from_frame(rows, actors="iso3")
    assert mended.actors == tuple("EU" if actor == "EUU" else actor for actor in asean.actors)
    assert (mended.source == asean.source).all() and (mended.target == asean.target).all()


def test_the_european_union_of_the_shipped_table_is_that_of_the_readers(asean):
    row = pd.DataFrame({"source": ["European Union"], "target": ["KHM"], "date": ["2026-05-01"]})
    own = al.Events.from_frame(row.assign(kind="diplomatic_protest"), actors="iso3")
    with pytest.raises(al.EventError, match="one table calls 'EUU' what the other calls 'EU'"):
        asean + own
    both = al.Events.from_frame(al.datasets.asean_frame(), actors="iso3") + own
    assert len(both.between("EU", "KHM")) == len(asean.between("EUU", "KHM")) + 1


def test_iso3_goes_by_the_date_and_leaves_other_labels():
    rows = table("Russia", "SUN", "soviet union", "A rebel group").assign(
        date=["2000-01-01", "1980-01-01", "2000-01-01", "2000-01-01"]
    )
    events = al.Events.from_frame(rows, actors="iso3")
    assert [events.actors[code] for code in events.source] == ["RUS", "SUN", "RUS", "A rebel group"]
    _, refused = al.Events.screen(table("CSK").assign(date="2001-01-01"), actors="iso3")
    assert refused["reason"].tolist() == ["actor that had ended"]


def test_what_iso3_leaves_is_not_sent_back_to_iso3():
    """Codes of two letters may be of ISO or of FIPS, and stay; beside the code of the same state they are refused."""
    with pytest.raises(al.EventError, match=r"'RU' .*leaves these as they are: .*system='iso2'") as refusal:
        al.Events.from_frame(table("RU", "RUS"), actors="iso3")
    assert "Say actors='iso3'" not in str(refusal.value)
    events = al.Events.from_frame(table("EU", "European Union"), actors="iso3")
    assert len(events.actors) == 2 and "EU" in events.actors


PLACEHOLDERS = ["nan", "NaN", "None", "NULL", "<NA>", "NaT", "n/a", "NA", "#REF!", "Unknown", "-99"]


@pytest.mark.parametrize("label", PLACEHOLDERS)
def test_a_placeholder_names_no_actor(label, tmp_path):
    rows = table("CHN", label)
    _, refused = al.Events.screen(rows)
    assert refused["reason"].tolist() == ["empty actor"]
    assert refused["detail"].iloc[0].startswith(f"source is {label!r}, which names no actor")
    rows.to_parquet(tmp_path / "e.parquet")
    lazy = rows.assign(date=pd.to_datetime(rows["date"]))
    doors = (
        lambda: post_parquet(tmp_path / "e.parquet"),
        lambda: post_dask([rows]),
        lambda: post_lazy(lazy),
    )
    at = PLACEHOLDERS.index(label)
    for door in doors if at == 0 else (doors[at % 3],):
        ledger = door()
        assert [(step.reason, step.rows) for step in ledger.report.steps] == [("empty actor", 1)]
    assert label in al.Events.from_frame(rows, actors="as_given").actors


def test_na_is_namibia_among_codes_of_two_letters():
    assert al.Events.from_frame(table("NA", "ZA", target="BW")).actors == ("BW", "NA", "ZA")


def test_labels_that_no_row_names_are_no_labels():
    rows = table("CHN").assign(source=pd.Categorical(["CHN"], categories=["CHN", "China", "nan"]))
    assert al.Events.from_frame(rows).actors == ("CHN", "KHM")


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(
        al.OptionError, match="actors is 'iso2'; it must be one of 'check', 'iso3', 'as_given'"
    ):
        al.Events.from_frame(table("CHN"), actors="iso2")


@given(st.lists(st.from_regex(r"[A-Z]{2}\d{2}", fullmatch=True), unique=True, max_size=8), st.data())
def test_written_otherwise_is_the_same_actor(labels, data):
    assert one_actor(labels) == []
    if labels:
        label = data.draw(st.sampled_from(labels))
        other = data.draw(
            st.sampled_from([label.lower(), label + "\u200b", label.replace(label[1], label[1].lower())])
        )
        assert one_actor([*labels, other]) == [(label, other)]


POWERS = ("CHN", "USA")

EVENTS = al.datasets.asean()

TIES = al.Ledger.post(EVENTS).ties()


def noted(match="no event names FJI"):
    return pytest.warns(al.SilentActorWarning, match=match)


def test_a_silent_state_is_a_row_of_nan_and_changes_no_other():
    with noted() as told:
        room = al.hedging(TIES, powers=POWERS, states=["KHM", "FJI"], window=3, relative=["KHM", "FJI"])
    assert told[0].filename == __file__  # the line of the caller, not one of the library
    alone = al.hedging(TIES, powers=POWERS, states=["KHM"], window=3, relative=["KHM"])
    assert room.states == ("KHM", "FJI")
    for name, value in vars(alone).items():
        if isinstance(value, np.ndarray) and value.ndim == 2:
            np.testing.assert_array_equal(getattr(room, name)[:1], value, err_msg=name)
    for name in ("position", "engagement", "diversification", "hedging"):
        for end in ("", "_low", "_high"):
            assert np.isnan(getattr(room, f"{name}{end}")[1]).all(), name + end
    assert not room.n[1].any()
    assert not room.evidence[1].any()


def test_what_is_no_state_is_refused_with_what_was_meant():
    for label, meant in [
        ("KMH", "KHM"),
        ("Cambodia", "KHM"),
        ("khm", "KHM"),
        ("Fiji", "FJI"),
        ("fji", "FJI"),
    ]:
        with pytest.raises(al.UnknownLabelError, match=f"unknown actor '{label}'. Did you mean '{meant}'"):
            al.hedging(TIES, powers=POWERS, states=["VNM", label])
    with pytest.raises(al.UnknownLabelError, match="unknown actor 'Atlantis'. Known: AUS"):
        TIES.select(actors=["VNM", "Atlantis"])
    with pytest.raises(al.UnknownLabelError, match="unknown actor 'XYZ'"):
        al.hedging(TIES, powers=("CHN", "XYZ"))


def test_states_are_known_by_the_names_that_a_table_of_names_would_have():
    named = ["China", "Cambodia", "EU"]
    assert silent_states(["Cambodia", "Fiji", "Fiji"], named) == ("Fiji",)
    with pytest.raises(al.UnknownLabelError, match="unknown actor 'KHM'. Did you mean 'Cambodia'"):
        silent_states(["KHM"], named)
    assert silent_states(["A", "B"], ["A", "B"]) == ()
    with pytest.raises(al.UnknownLabelError, match="unknown actor 'C'. Known: A, B"):
        silent_states(["C"], ["A", "B"])


def test_ties_with_a_silent_state_are_the_same_ties():
    with noted("no event names AFG, FJI, ZWE: nothing is known of them"):
        more = TIES.naming(["AFG", "FJI", "ZWE"])
    assert len(more.axes.actors) == len(TIES.axes.actors) + 3
    for ours, theirs in ((more, TIES), (more.undirected(), TIES.undirected())):
        pd.testing.assert_frame_equal(ours.to_frame(), theirs.to_frame())
    assert TIES.naming(["KHM"]) is TIES
    with noted():
        some = TIES.select(actors=["KHM", "CHN", "FJI"], domains=["security"])
    pd.testing.assert_frame_equal(
        some.to_frame(), TIES.select(actors=["KHM", "CHN"], domains=["security"]).to_frame()
    )


def test_a_bloc_counts_a_silent_member_as_missing():
    members = ["KHM", "VNM"]
    alone = al.bloc(TIES, members=members, powers=POWERS)
    with noted():
        found = al.bloc(TIES, members=[*members, "FJI"], powers=POWERS)
    np.testing.assert_array_equal(found.position, alone.position)
    np.testing.assert_array_equal(found.n_known, alone.n_known)
    assert (found.n_members == alone.n_members + 1).all()
    np.testing.assert_allclose(found.coverage, alone.coverage * 2 / 3, rtol=1e-12)
    votes = pd.DataFrame({"actor": list("abab"), "item": [1, 1, 2, 2], "vote": [1, 3, 1, 1], "session": 1})
    with noted("FJI never voted"):
        cohesion = al.vote_cohesion(votes, members=["a", "b", "FJI"])
    fewer = al.vote_cohesion(votes, members=["a", "b"]).to_frame()
    pd.testing.assert_frame_equal(cohesion.to_frame(), fewer.assign(n_members=3, coverage=2 / 3))
    with pytest.raises(al.UnknownLabelError, match="unknown actor 'c'"):
        al.vote_cohesion(votes, members=["a", "b", "c"])


def test_uncertainty_attribution_and_panels_go_on():
    options = {"powers": POWERS, "draws": 16, "periods": (2015, 2026)}
    alone = al.robustness(EVENTS, states=["KHM"], **options).to_frame()
    with noted():
        both = al.robustness(EVENTS, states=["FJI", "KHM"], **options)
    assert both.of("FJI")["position"].isna().all()
    assert both.of("FJI")["position_median"].isna().all()
    np.testing.assert_array_equal(both.of("KHM")["position"], alone["position"])
    score = [al.BlocOf(members, POWERS) for members in (["KHM", "VNM"], ["KHM", "VNM", "FJI"])]
    one, two = (al.impact(EVENTS, score=each, by="domain").to_frame() for each in score)
    pd.testing.assert_frame_equal(one, two)
    with pytest.raises(al.UnknownLabelError, match="'KMH'. Did you mean 'KHM'"):
        al.panel(al.hedging(TIES, powers=POWERS), states=["KHM", "KMH"])
    with pytest.raises(al.UnknownLabelError, match="'KMH'. Did you mean 'KHM'"):
        al.diffusion(EVENTS, kinds=["two_plus_two"], powers=POWERS, states=["VNM", "KMH"])


@pytest.mark.parametrize(
    "ties", [TIES, TIES.undirected(), TIES.select(domains=["security"], periods=slice(2010, 2020))]
)
def test_a_pair_of_which_nothing_is_known_is_nan_at_every_door(ties):
    """`between`, what is scored of it, and one score of it; a pair of the ties that never meets is refused."""
    for pair in (("FJI", "CHN"), ("CHN", "FJI"), ("FJI", "TON")):
        with noted():
            strangers = ties.between(*pair)
        assert strangers.axes.domains == ties.axes.domains and strangers.axes.periods.equals(
            ties.axes.periods
        )
        assert (strangers.directed, len(strangers.axes.dyads)) == (ties.directed, 2 if ties.directed else 1)
        assert not strangers.n.any()
        scored = al.alignment(strangers)
        assert np.isnan(scored.alignment).all() and (scored.n == 0).all()
        np.testing.assert_array_equal(strangers.event_mass, ties.event_mass)
        for direction in ("both", "out", "in") if ties.directed else ("both",):
            with noted():
                mix = al.domain_mix(ties, *pair, direction=direction)
            assert np.isnan(mix.share).all() and np.isnan(mix.low).all() and (mix.n == 0).all()
        with noted():
            one = al.AlignmentOf(*pair, directed=ties.directed).read(ties)
        assert np.isnan(one.score).all() and (one.n == 0).all()
    for door in (ties.between, lambda a, b: al.domain_mix(ties, a, b)):
        with pytest.raises(al.UnknownLabelError, match="'KHN'. Did you mean 'KHM'"):
            door("KHN", "CHN")
        with pytest.raises(al.UnknownLabelError, match="'Cambodia'. Did you mean 'KHM'"):
            door("Cambodia", "FJI")
        with pytest.raises(al.OptionError, match="no event joins 'LAO' and 'BRN'"):
            door("LAO", "BRN")
    with noted(), pytest.raises(al.OptionError, match="no event joins 'FJI' and 'FJI'"):
        ties.between("FJI", "FJI")


def test_what_moved_a_score_of_a_silent_state_has_no_answer_and_of_a_silent_power_one():
    some = np.arange(len(EVENTS)) == 2
    asked = [
        lambda score: al.impact(EVENTS, score=score), lambda score: al.change(EVENTS, 2010, 2020, score=score, draws=50),
        lambda score: al.what_if(EVENTS, score=score, remove=some, draws=50),
        lambda score: al.change(TIES, 2010, 2020, score=score),
    ]  # fmt: skip
    for at, ask in enumerate(asked):
        for score in (al.AlignmentOf("FJI", "CHN"), al.HedgingOf("FJI", POWERS)):
            with warnings.catch_warnings(), pytest.raises(al.OptionError, match="no event joins 'FJI' and"):
                warnings.simplefilter("ignore", al.SilentActorWarning)
                ask(score)
        for score in (
            al.AlignmentOf("KHN", "CHN"),
            al.AlignmentOf("CHN", "KHN"),
            al.HedgingOf("KHM", ("CHN", "KHN")),
        ):
            with pytest.raises(al.UnknownLabelError, match="'KHN'. Did you mean 'KHM'"):
                ask(score)
        with noted():
            found = ask(al.HedgingOf("KHM", ("CHN", "FJI"), field="engagement"))
        with noted("no event names TON"):
            alone = ask(al.HedgingOf("KHM", ("CHN", "TON"), field="engagement"))
        if at == 3:
            np.testing.assert_array_equal(found.contribution, alone.contribution)
        assert len(found.to_frame()) == len(alone.to_frame()) > 0


def test_a_label_that_a_name_begins_with_means_that_state_before_one_of_like_letters():
    for label, told in {
        "CAM": r"Did you mean 'KHM' \(Cambodia\) or 'CAN'\?", "VIE": r"Did you mean 'VNM' \(Viet ?[Nn]am\)\?",
        "KHN": r"Did you mean 'KHM'\?$",
    }.items():  # fmt: skip
        with pytest.raises(al.UnknownLabelError, match=f"unknown actor '{label}'. {told}"):
            al.hedging(TIES, powers=POWERS, states=[label])


def test_counts_blocs_and_formats_of_a_silent_state():
    with noted():
        counted = al.event_counts(EVENTS, between=("KHM", "FJI"), among=("CHN",))
    whole = al.event_counts(EVENTS, between=("KHM", "CHN"))
    assert (counted["n"] == 0).all() and counted["trials"].equals(whole["trials"])
    with noted():
        assert (al.event_counts(EVENTS, between=("FJI", "TON"))["n"] == 0).all()
    which = EVENTS.label == EVENTS.label[5]
    options = {"powers": POWERS, "draws": 50}
    with noted():
        pulled = al.bloc_pull(EVENTS, which, members=["KHM", "VNM", "FJI"], **options)
    alone = al.bloc_pull(EVENTS, which, members=["KHM", "VNM"], **options)
    np.testing.assert_array_equal(pulled.division, alone.division)
    formats = al.diffusion(EVENTS, kinds=["two_plus_two"], powers=("CHN", "FJI"), states=["KHM", "VNM"])
    assert formats.powers == ("CHN", "FJI")
    for ask in (
        lambda: al.event_counts(EVENTS, between=("KHN", "CHN")),
        lambda: al.event_counts(EVENTS, between=("KHM", "CHN"), among=["KHN"]),
        lambda: al.bloc_pull(EVENTS, which, members=["KHN", "VNM"], **options),
        lambda: al.diffusion(EVENTS, kinds=["two_plus_two"], powers=("KHN",)),
    ):
        with pytest.raises(al.UnknownLabelError, match="'KHN'. Did you mean 'KHM'"):
            ask()


def test_figures_pass_a_silent_state_over():
    room, pairs = al.hedging(TIES, powers=POWERS), al.alignment(TIES)
    for figure in (al.plots.positions, al.plots.postures, al.plots.quadrant, al.plots.three_ways):
        with noted():
            figure(room, states=["KHM", "VNM", "FJI"])
    for figure in (al.plots.trajectory, al.plots.dyads):
        with noted("no event joins KHM and FJI: there is no line to draw"):
            figure(pairs, pairs=[("KHM", "CHN"), ("KHM", "FJI")])
        with pytest.raises(al.OptionError, match="no event joins 'KHM' and 'FJI'"):
            figure(pairs, pairs=("KHM", "FJI"))


@pytest.mark.parametrize("measure", ["hedging", "alignment"])
def test_the_command_line_goes_on_and_says_so_once(measure, tmp_path, capsys):
    events, out = tmp_path / "events.csv", tmp_path / "out.csv"
    EVENTS.to_frame().to_csv(events, index=False)
    asked = ["score", str(events), "--measure", measure, "--powers", *POWERS, "--states", "KHM", "FJI"]
    assert main([*asked, "--out", str(out)]) == 0
    table = pd.read_csv(out)
    if measure == "hedging":
        assert table.loc[table["state"] == "FJI", "position"].isna().all()
        assert set(table["state"]) == {"KHM", "FJI"}
    else:
        assert set(table["source"]) == {"KHM"}
    assert capsys.readouterr().err == (
        "alignscore: no event names FJI: nothing is known of it, and its scores are NaN.\n"
    )
    assert main([*asked[:-1], "KMH"]) == 2
    assert "Did you mean 'KHM'" in capsys.readouterr().err


def test_the_page_shows_what_is_known(tmp_path, capsys):
    events, out = tmp_path / "events.csv", tmp_path / "page.html"
    EVENTS.to_frame().to_csv(events, index=False)
    asked = ["report", str(events), "--powers", *POWERS, "--states", "KHM", "FJI", "--draws", "16"]
    assert main([*asked, "--out", str(out)]) == 0
    assert "Cambodia" in out.read_text(encoding="utf-8")
    assert capsys.readouterr().err.count("no event names FJI") == 1


@pytest.mark.parametrize(
    "door",
    [
        lambda votes: al.ideal_points(votes),
        lambda votes: al.vote_cohesion(votes, members=["CHN", "KHM"]),
        lambda votes: al.agreement(votes.rename(columns={"vote": "value"}).drop(columns="session")),
        lambda votes: al.Portfolio.from_wide(votes.pivot_table("vote", "actor", "item"), levels=(1, 2, 3)),
        lambda votes: al.Portfolio.from_array(
            np.eye(3)[:, :2], levels=(0, 1), actors=["CHN", "China", "KHM"]
        ),
    ],
    ids=["ideal_points", "vote_cohesion", "agreement", "from_wide", "from_array"],
)
def test_a_voter_by_two_labels_is_no_two_voters(door):
    cast = [("CHN", 1, 1), ("KHM", 1, 3), ("KHM", 2, 1), ("China", 2, 3)]
    votes = pd.DataFrame(cast, columns=["actor", "item", "vote"]).assign(session=1)
    told = "1 actor goes by more than one label: .*CHN.*Bring them to one label, as al.iso3.labels...actor.. does"
    with pytest.raises(al.EventError, match=told):
        door(votes)


def test_a_bloc_where_states_are_named_is_told_to_be_one(asean):
    with pytest.raises(al.UnknownLabelError, match=r"actor 'ASEAN' is a bloc; name its states"):
        al.hedging(asean, powers=("CHN", "USA"), relative="ASEAN")
    with pytest.raises(al.UnknownLabelError, match="'NATO' is a bloc"):
        al.alignment(asean).of("NATO", "CHN")
