"""What values show of themselves: escaped, the frame's own numbers, in every form."""

import copy
import pickle
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.display import in_sentence, interval, number, option, write_table
from strategies import events_of

NASTY = ["<script>alert(1)</script>", "a$b$c", "x_y", "p|q", "50 %", "a&b", "line\nbreak"]


class Tags(HTMLParser):
    """Collect the tags of a page, and fail on one that never closes."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in ("br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags(html):
    page = Tags()
    page.feed(html)
    assert not page.open
    return page.seen


@pytest.fixture(scope="module")
def nasty():
    rows = {
        "source": NASTY, "target": "B & Co", "date": "2020-05-01", "domain": "security",
        "value": np.linspace(-5, 5, len(NASTY)),
    }  # fmt: skip
    import pandas as pd

    return al.Events.from_frame(pd.DataFrame(rows))


def test_a_number_and_its_interval():
    assert number(-0.001) == "0.00" and number(np.nan) == "–" and number(0.126) == "0.13"
    assert interval(0.791, 0.67, 0.874) == "0.79 [0.67, 0.87]"
    assert interval(np.nan, 0, 1) == "–" and interval(0.5, np.nan, np.nan) == "0.50"


@pytest.mark.parametrize("form", ["text", "markdown", "html", "latex"])
def test_the_table_prints_the_frame_s_numbers(asean, form):
    room = al.hedging(asean, powers=("CHN", "USA"))
    row = room.of("KHM", 2024).iloc[0]
    wanted = interval(row["position"], row["position_low"], row["position_high"])
    text = room.table(period=2024, form=form)
    plain = text.replace("\\[", "[").replace("\\]", "]").replace("$-$", "-")
    assert wanted in plain and "Cambodia" in text and "intervals of 95" in text and "KHM" not in text
    assert "KHM" in room.table(period=2024, form=form, names=False)
    own = room.table(period=2024, form=form, names={"KHM": "Kampuchea"})
    assert "Kampuchea" in own and "Cambodia" not in own
    assert own == room.table(
        period=2024, form=form, names={"KHM": "Kampuchea", "VNM": "Vietnam"}
    )  # as in figures


def test_labels_are_text_in_every_form(nasty):
    score = al.alignment(nasty)
    html = score.table(form="html")
    assert tags(html) <= {"table", "thead", "tbody", "tr", "th", "td", "p", "br"}
    # a reader of screens says headers with their cells
    assert html.count("<th ") == html.count('<th scope="col"')
    latex = score.table(form="latex")
    assert r"a\$b\$c" in latex and r"x\_y" in latex and r"50 \%" in latex and r"a\&b" in latex
    assert r"p\|q" in score.table(form="markdown")
    assert all("line break" in line or "line" not in line for line in score.table().splitlines())


def test_notebooks_show_small_escaped_tables(nasty):
    ledger = al.Ledger.post(nasty)
    for value in (nasty, ledger, ledger.ties(), al.alignment(nasty), nasty.codebook, al.exposure(ledger)):
        seen = tags(value._repr_html_())
        assert "table" in seen and "script" not in seen
        assert "<script>" not in value._repr_html_()


def test_values_beside_results_say_what_they_hold(asean, ties):
    coded = pd.DataFrame({"event_id": [1, 2, 3], "kind": ["a", "b", "b"]})
    counts = pd.DataFrame([("A", "B", year, 3, 1) for year in range(2000, 2005)],
                          columns=["source", "target", "period", "cooperation", "conflict"])  # fmt: skip
    for value, told in (
        (ties.axes, "<Axes: 21 actors, 73 dyads, 3 domains, 76 periods 1951..2026>"),
        (
            al.reliability({"one": coded, "two": coded}, columns=["kind"], draws=5),
            "kind by one, two; 3 units>",
        ),
        (
            al.impact(asean, score=al.AlignmentOf("KHM", "CHN")).about,
            "<GroupLabels: group, date, source, target, ",
        ),
        (al.fit_dynamic(counts), "<DynamicFit: log score a cell: all -"),
    ):
        assert told in repr(value)


def test_the_codebook_can_be_searched():
    html = al.Codebook.ladder()._repr_html_()
    assert html.count("<tr") > 140 and 'type="search"' in html


def test_what_a_table_refuses(asean):
    room = al.hedging(asean, powers=("CHN", "USA"))
    with pytest.raises(al.OptionError, match="form is 'pdf'; it must be one of"):
        room.table(form="pdf")
    with pytest.raises(al.UnknownLabelError, match="unknown column 'positon'"):
        room.table(columns=["positon"])
    with pytest.raises(al.OptionError, match="no periods"):
        al.similarity(np.eye(3), levels=(0, 1)).table(period=2024)


def test_the_figure_that_belongs_to_a_result(asean):
    pytest.importorskip("matplotlib").use("agg")
    ax = al.hedging(asean, powers=("CHN", "USA")).plot(period=2024)
    assert ax.get_figure() is not None
    votes = pd.DataFrame(
        {"actor": list("ABAB"), "session": 1, "item": ["x", "x", "y", "y"], "vote": [1, 3, 1, 1]}
    )
    with pytest.raises(al.OptionError, match="no figure"):
        al.vote_cohesion(votes, members=["A", "B"]).plot()


def test_widths_of_columns():
    assert write_table(["a", "b"], [["1", "22"]], right=[True, True]).splitlines() == ["a   b", "1  22"]


def test_a_line_of_options_rounds_its_numbers_and_nothing_else():
    assert al.alignment(al.datasets.asean()).recipe["weights"]["security"] == 1 / 3
    assert "'security': 0.3333}" in repr(al.alignment(al.datasets.asean()))
    assert option({"a": 1 / 3, "b": ("CHN", 2)}) == "{'a': 0.3333, 'b': ('CHN', 2)}"


@pytest.mark.parametrize(
    ("guess", "text"),
    [
        (lambda events: al.Ledger(events), r"make one by Ledger\.post\(events\)"),
        (lambda events: al.Events([{"source": "KHM"}]), r"make one by Events\.from_frame\(table\)"),
        (lambda events: al.Ties(al.Ledger.post(events)), r"make one by ledger\.ties\(\)"),
        (lambda events: al.Codebook("ladder"), r"make one by Codebook\.ladder\(\)"),
        (lambda events: al.alignment(events)["KHM", "CHN"], r"of\(\.\.\.\) picks rows by label"),
        (lambda events: list(al.alignment(events)), r"to_frame\(\) is the table"),
        (lambda events: al.alignment(events).plot(2024), r"plot\(2024\) does not say what that is; name it"),
    ],
)
def test_a_near_guess_is_told_the_way(guess, text):
    with pytest.raises(TypeError, match=text):
        guess(al.datasets.asean())


@pytest.mark.parametrize(
    ("guess", "text"),
    [
        (lambda events: al.read_csv("a.csv"), r"it is Events\.read_csv\(path\)"),
        (lambda events: al.position(events), r"it is hedging\(events, powers\)\.position"),
        (lambda events: al.alignment(events).df, r"write to_frame\(\)\."),
        (lambda events: events.kinds, r"write codebook\.kinds"),
        (lambda events: events.columns, r"write to_frame\(\)\.columns"),
        (lambda events: al.alignment(events).to_csv("a.csv"), r"write to_frame\(\)\.to_csv"),
        (lambda events: al.Ledger.post(events).between("KHM", "CHN"), r"write ties\(\)\.between"),
        (lambda events: al.Ledger.post(events).ties().query("x"), r"write to_frame\(\)\.query"),
        (lambda events: events.ties(), r"write Ledger\.post\(events\)\.ties\(\)"),
        (lambda events: al.Ledger.post(events).ties().of("KHM", "CHN"), r"write between\('KHM', 'CHN'\)"),
        (lambda events: events.codebook.add(1), r"write with_kinds\(Kind"),
        (lambda events: al.alignment(events).n_eff, r"write evidence, its name since 0\.2"),
        (
            lambda events: al.alignment(events).save("a"),
            r"write to_frame\(\)\.to_csv\(path\), or pickle\.dump",
        ),
        (lambda events: al.alignment(events).to_latex(), r"write table\(form=\"latex\"\)"),
        (lambda events: events.save("a.csv"), r"write to_frame\(\)\.to_parquet\(path\)"),
        (lambda events: al.ASEAN_MEMBERS, r"it is datasets\.ASEAN_MEMBERS"),
        (lambda events: events.nonesuch, r"'Events' object has no attribute 'nonesuch'\."),
    ],
)
def test_what_is_looked_for_in_the_wrong_place_is_told_where_it_is(guess, text):
    with pytest.raises(AttributeError, match=text):
        guess(al.datasets.asean())


def test_powers_and_systems_may_be_given_by_place(asean):
    by_place, by_name = al.hedging(asean, ("CHN", "USA")), al.hedging(asean, powers=("CHN", "USA"))
    np.testing.assert_array_equal(by_place.position, by_name.position)
    bloc = al.bloc(asean, ("KHM", "LAO"), ("CHN", "USA"))
    assert bloc.recipe == al.bloc(asean, members=("KHM", "LAO"), powers=("CHN", "USA")).recipe
    assert al.codes(["KHM"], "cow").tolist() == [811]


def test_values_without_the_attribute_copy_and_travel(asean):
    for value in (asean, al.alignment(asean)):
        assert not hasattr(value, "columns")
        again = pickle.loads(pickle.dumps(copy.copy(value)))
        assert type(again) is type(value) and repr(again) == repr(value)


@pytest.mark.parametrize(
    ("labels", "kind", "text"),
    [
        (("Cambodia", "China"), al.UnknownLabelError, "unknown actor 'Cambodia'. Did you mean 'KHM'?"),
        (("cambodia",), al.UnknownLabelError, "unknown source 'cambodia'. Did you mean 'KHM'?"),
        ((2024,), al.OptionError, "source 2024 is a period; at(2024) picks one"),
        (("KHN",), al.UnknownLabelError, "Did you mean 'KHM'?"),
    ],
)
def test_a_label_in_other_words_or_in_another_place_is_set_right(asean, labels, kind, text):
    with pytest.raises(kind) as problem:
        al.alignment(asean).of(*labels)
    assert text in str(problem.value)


def test_a_table_takes_its_period_bare(asean):
    room = al.hedging(asean, powers=("CHN", "USA"), states=["KHM"])
    assert room.table(2024) == room.table(period=2024)


def test_an_actor_of_undirected_scores_is_found_on_either_side(asean):
    score = al.alignment(asean, directed=False)
    found = score.of("KHM", period=2026)
    partners = {frozenset(pair) for pair in zip(found["source"], found["target"], strict=True)}
    frame = score.to_frame().query("year == 2026 and (source == 'KHM' or target == 'KHM')")
    assert partners == {frozenset(pair) for pair in zip(frame["source"], frame["target"], strict=True)}
    assert {frozenset(("CHN", "KHM")), frozenset(("KHM", "USA"))} <= partners
    assert {"KHM"} < set(found["source"]) and {"KHM"} < set(found["target"])  # it stands on both sides
    directed = al.alignment(asean).of("KHM", period=2026)
    assert set(directed["source"]) == {"KHM"}
    with pytest.raises(al.UnknownLabelError, match="Did you mean 'KHM'"):
        score.of("Cambodia")
    with pytest.raises(al.OptionError, match="is a period"):
        score.of(2024)


def test_states_have_their_article_in_a_sentence():
    assert [in_sentence(name) for name in ("United States", "China", "Philippines", "Netherlands", "Oman")] == [
        "the United States", "China", "the Philippines", "the Netherlands", "Oman",
    ]  # fmt: skip


def test_an_interval_stands_beside_the_score_it_is_of(asean, ties):
    scores = al.alignment(ties)
    assert "[" not in scores.table(2024, columns=["net_share", "n"]).split("\n\n")[0]
    row = scores.of("KHM", "CHN", 2024, domain="composite", columns="all").iloc[0]
    both = scores.table(2024, columns=["log_ratio", "alignment"])
    assert f"{row['log_ratio']:.2f}" in both
    assert interval(row["alignment"], row["low"], row["high"]) in both
    assert interval(row["log_ratio"], row["low"], row["high"]) not in both
    moved = al.what_if(asean, score=al.AlignmentOf("KHM", "CHN"), remove={"kind": "state_visit"}, draws=50)
    last = moved.to_frame().iloc[-1]
    assert interval(last["difference"], last["low"], last["high"]) in moved.table()
    assert interval(last["actual"], last["low"], last["high"]) not in moved.table()
    shift = al.domain_mix(asean, "KHM", "CHN").shift(2015, 2024)
    first = shift.to_frame().iloc[0]
    assert interval(first["difference"], first["low"], first["high"]) in shift.table()
    foreseen = al.surprise(ties.ledger)
    known = foreseen.to_frame().dropna(subset=["z"])
    late = known[known["year"] == known["year"].max()].iloc[0]
    assert interval(late["expected"], late["low"], late["high"]) in foreseen.table(int(late["year"]))


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"digits": -1}, al.OptionError, "digits is -1; it must lie in"),
        ({"digits": 2.5}, TypeError, "digits is 2.5; it must be a whole number"),
        ({"names": "no"}, TypeError, "names is 'no'; give a mapping, such as {'KHM': 'Cambodia'}"),
        ({"columns": None}, al.OptionError, "columns must be 'short', 'all' or a list of names, not None"),
        ({"columns": 5}, al.OptionError, "columns must be 'short', 'all' or a list of names, not 5"),
    ],
)
def test_options_of_a_table_are_told(ties, options, error, told):
    with pytest.raises(error, match=told):
        al.hedging(ties, powers=("CHN", "USA")).table(**options)


@pytest.mark.parametrize("slip", ["KMH", "khm", "Cambodia"])
def test_a_slip_in_a_label_that_is_given_a_name_is_told(asean, ties, slip):
    room = al.hedging(ties, powers=("CHN", "USA"))
    told = f"names has a name for {slip!r}, which is not here. Did you mean 'KHM'"
    for door in (room.table, lambda **own: al.report(asean, ("CHN", "USA"), draws=8, **own)):
        with pytest.raises(al.UnknownLabelError, match=told):
            door(names={slip: "Kampuchea"})
    more = {"ASEAN": "the ten", "FRA": "France", "KHM": "Kampuchea", "KMH": "none", "m3": "a third"}
    assert room.table(names=more) == room.table(names={"KHM": "Kampuchea"})


def test_names_of_numbers_may_be_given_to_numbers():
    events = events_of(
        ("811", "710", "2020-01-05", "security", 5.0), ("811", "2", "2020-01-05", "security", 5.0)
    )
    room = al.hedging(events, powers=(710, 2))
    assert "Kampuchea" in room.table(names={811: "Kampuchea"})


def test_names_may_be_a_series(ties):
    room = al.hedging(ties, powers=("CHN", "USA"))
    assert room.table(names=pd.Series({"KHM": "Kampuchea"})) == room.table(names={"KHM": "Kampuchea"})
    assert "Kampuchea" in room.table(names=pd.Series({"KHM": "Kampuchea"}))


def test_a_table_has_a_row_for_what_is_known():
    """Cells of which nothing is known had stood in it, as their coverage of 0 is a number."""
    found = al.alignment(al.datasets.asean())
    known = found.at(2024)["alignment"].notna()
    assert not known.all()
    assert len(found.table(2024).split("\n\n")[0].splitlines()) == 1 + known.sum()


def test_what_has_no_row_shows_so():
    """Hostile states share no cooperation to compare: its table, its notebook view and a look-up ended in pandas."""
    rows = pd.DataFrame(
        {"source": "USA", "target": ["PRK", "CUB"], "date": 2020, "domain": "security", "value": -5}
    )
    found = al.similarity(al.portfolio_from_ties(al.Ledger.post(al.Events.from_frame(rows)).ties()))
    assert found.to_frame().empty
    assert len(found.table().split("\n\n")[0].splitlines()) == 1 and "<tbody>" in found._repr_html_()
    with pytest.raises(al.UnknownLabelError, match="unknown period 2020. None is known"):
        found.at(2020)


def test_no_period_is_not_every_period():
    """at(None) had given all of them."""
    found = al.hedging(al.datasets.asean(), ("CHN", "USA"), states=["KHM"], draws=0)
    for asked in (lambda: found.at(None), lambda: found.of("KHM", None)):
        with pytest.raises(al.OptionError, match="None is not a period, date or year"):
            asked()
    assert len(found.at(slice(None))) == len(found.at(slice(None, 2026))) == len(found.to_frame())
    with pytest.raises(al.OptionError, match="this HedgingResult has no rows"):
        al.panel(al.hedging(al.datasets.asean(), ("CHN", "USA"), states=[], draws=0))


def test_several_labels_at_once_are_sent_to_the_frame(ties):
    found = al.hedging(ties, powers=("CHN", "USA"))
    for asked in (
        lambda: found.of(["KHM", "VNM"]),
        lambda: found.of("KHM", [2023, 2024]),
        lambda: found.at((2023, 2024)),
    ):
        with pytest.raises(al.OptionError, match=r"takes one label of a column\. For several .*isin"):
            asked()
    assert len(found.of("KHM", slice(2023, 2024))) == 2


def test_a_table_takes_rows_by_label(asean):
    found = al.alignment(asean, directed=False)
    chosen = found.table(2024, domain="composite", target="USA", names=False, columns=["n"]).split("\n\n")[0]
    rows = found.of(period=2024, domain="composite", target="USA")
    assert set(rows["source"]) | set(rows["target"]) == {
        *al.datasets.ASEAN_MEMBERS,
        "USA",
    }  # in whichever column
    known = rows.loc[rows["n"] > 0, ["source", "target", "domain"]].to_numpy().tolist()
    assert [line.split()[:3] for line in chosen.splitlines()[1:]] == known
    one_pair = found.table(slice(2023, 2024), source="KHM", target="CHN", domain="security", names=False)
    assert [line.split()[:4] for line in one_pair.splitlines()[1:3]] == [
        ["CHN", "KHM", "security", "2023"], ["CHN", "KHM", "security", "2024"],
    ]  # fmt: skip
    with pytest.raises(al.UnknownLabelError, match="unknown domain 'military'"):
        found.table(2024, domain="military")


def test_latex_sets_minus_signs_and_leaves_hyphens():
    table = write_table(["low"], [["-0.71 [-1.00, 0.29]"], ["chn-khm-2plus2"], ["2026-12-31"]], form="latex")
    assert "$-$0.71 [$-$1.00, 0.29]" in table and "chn-khm-2plus2" in table and "2026-12-31" in table


def test_a_table_says_what_its_rows_do_not(asean):
    score = al.PositionOf("PHL", ("CHN", "USA"))
    moved = al.change(asean, 2016, 2026, score=score)
    whole = f"change of {moved.change:.2f} [{moved.low:.2f}, {moved.high:.2f}] (95 % interval)."
    assert f"The score was {moved.start:.2f} in 2016 and {moved.end:.2f} in 2026: a {whole}" in moved.table()
    ties = al.change(al.Ledger.post(asean).ties(), 2016, 2026, score=score).table()
    assert ties.endswith(f"a change of {moved.change:.2f}.")
    nothing = al.what_if(asean, score=score, remove={"event_id": "usa-phl-edca-2014"}, draws=50)
    assert "What is removed had given way by 2023-02-02 to later acts" in nothing.table(form="markdown")


def test_a_table_announces_brackets_where_it_has_them(asean):
    score = al.AlignmentOf("KHM", "CHN")
    assert "brackets" not in al.change(asean, 2016, 2026, score=score).table()
    assert (
        "In brackets: intervals of 95 %" in al.what_if(asean, score=score, remove={"source": "CHN"}).table()
    )


def test_whole_numbers_stand_in_a_table_as_such(asean):
    camps = al.communities(al.affinity(asean).matrix(), starts=2)
    assert {line.split()[-3] for line in camps.table(names=None).splitlines()[1:4]} <= {"0", "1", "2"}
    pairs = al.forecast(asean.between("KHM", "CHN"))
    assert pairs.table(domain="economic").splitlines()[1].split()[-1].isdecimal()


def test_an_option_that_a_figure_does_not_take_is_told(asean):
    result = al.alignment(asean, directed=False)
    with pytest.raises(
        al.UnknownLabelError, match=r"option of plots.trajectory 'pair'. Did you mean 'pairs'"
    ):
        result.plot(pair=("KHM", "CHN"))


def test_a_notebook_shows_counts_as_counts_and_a_year_once():
    """A number of events had three decimals, and the last day of a year stood beside the year."""
    html = al.alignment(al.datasets.asean(), directed=False)._repr_html_()
    assert "<td>37</td>" in html and "37.000" not in html
    assert "<th>year</th>" in html and "2026-12-31" not in html


def test_a_table_calls_what_varies_by_name():
    events = al.datasets.asean()
    varied = al.robustness(events, powers=("CHN", "USA"), states=["KHM", "VNM"], draws=8)
    rows = varied.sobol(n=8, replicates=2).table().split("\n\n")[0].splitlines()[1:]
    assert (
        {"Cambodia", "Vietnam"} <= {row.split("  ")[0] for row in rows} <= {"Cambodia", "Vietnam", "ranking"}
    )
