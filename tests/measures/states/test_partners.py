"""Distance and spread of a state's partners: by hand, laws, coverage of the interval, and what is refused."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import alignscore as al
from alignscore.errors import FormatError, OptionError

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data"
TRADE = pd.DataFrame({"source": "IRN", "target": ["USA", "BRA"], "weight": [50.0, 50.0]})
POINTS = pd.DataFrame({"actor": ["USA", "BRA", "IRN"], "theta": [0.0, 5.0, 10.0]})


def test_iran_trading_with_the_united_states_and_brazil():
    # the example by which the geopolitical distance of trade was explained: 0 and 5 seen from 10
    found = al.weighted_distance(TRADE, POINTS)
    assert found.weighted_distance.tolist() == [0.5 * 10 + 0.5 * 5]
    assert found.partners.tolist() == [1 / (0.5**2 + 0.5**2)]
    assert np.isnan(found.low).all()  # points without a standard deviation
    spread = al.connectedness(TRADE, POINTS)
    assert spread.connectedness.tolist() == [np.sqrt(0.5 * (10 - 7.5) ** 2 + 0.5 * (5 - 7.5) ** 2)]


def test_three_partners_by_hand():
    trade = TRADE.assign(weight=[60.0, 30.0])
    trade.loc[2] = ["IRN", "CHN", 110.0]
    points = pd.concat([POINTS, pd.DataFrame({"actor": ["CHN"], "theta": [9.0]})])
    mean = (60 * 10 + 30 * 5 + 110 * 1) / 200
    assert al.weighted_distance(trade, points).weighted_distance[0] == pytest.approx(mean)
    variance = (60 * (10 - mean) ** 2 + 30 * (5 - mean) ** 2 + 110 * (1 - mean) ** 2) / 200
    assert al.connectedness(trade, points).connectedness[0] == pytest.approx(np.sqrt(variance))
    centre = (60 * 0 + 30 * 5 + 110 * 9) / 200
    axis = (60 * (0 - centre) ** 2 + 30 * (5 - centre) ** 2 + 110 * (9 - centre) ** 2) / 200
    assert al.connectedness(trade, points, spread="axis").connectedness[0] == pytest.approx(np.sqrt(axis))


def test_a_state_between_two_poles_is_connected_on_the_axis_alone():
    trade = pd.DataFrame({"source": "IND", "target": ["USA", "RUS"], "weight": [1.0, 1.0]})
    points = pd.DataFrame({"actor": ["IND", "USA", "RUS"], "theta": [0.0, -1.0, 1.0]})
    assert al.connectedness(trade, points).connectedness.tolist() == [0.0]
    assert al.connectedness(trade, points, spread="axis").connectedness.tolist() == [1.0]


def test_weights_of_more_partners_than_fit_are_refused_with_their_size(monkeypatch):
    monkeypatch.setattr("alignscore.values.memory", lambda: 10)
    monkeypatch.setattr("alignscore.values.ALWAYS", 1)
    with pytest.raises(al.LedgerError, match="weights of 1 states x 2 partners x 1 periods would take"):
        al.connectedness(TRADE, POINTS)


def test_partners_without_a_position_are_left_out_and_told():
    trade = pd.DataFrame(
        {
            "source": ["KHM", "KHM", "KHM", "TWN"],
            "target": ["CHN", "TWN", "USA", "CHN"],
            "weight": [3.0, 1.0, 0.0, 2.0],
        }
    )
    points = pd.DataFrame({"actor": ["KHM", "CHN", "USA"], "theta": [0.0, 1.0, -2.0], "sd": 0.1})
    found = al.weighted_distance(trade, points)
    assert found.states == ("KHM", "TWN")
    np.testing.assert_array_equal(found.weighted_distance, [1.0, np.nan])  # TWN's own position is unknown
    np.testing.assert_array_equal(found.coverage, [0.75, 0.0])
    assert found.n.tolist() == [1, 0]
    assert np.isnan([found.low[1], found.high[1], found.partners[1]]).all()
    axis = al.connectedness(trade, points, spread="axis")
    assert axis.connectedness.tolist() == [0.0, 0.0]  # one partner each: no spread


def test_a_point_without_a_deviation_leaves_its_interval_open():
    points = POINTS.assign(sd=[0.1, np.nan, 0.2])
    found = al.weighted_distance(TRADE, points)
    assert np.isnan([found.low[0], found.high[0]]).all()
    one = al.weighted_distance(TRADE[TRADE["target"] == "USA"], points)
    assert one.low[0] < one.weighted_distance[0] < one.high[0]


def test_distances_by_pair_and_ideal_points_agree():
    rng = np.random.default_rng(0)
    labels = list("ABCDEF")
    theta = rng.normal(size=6)
    points = pd.DataFrame({"actor": labels, "theta": theta})
    pairs = [
        (a, b, abs(theta[i] - theta[j])) for i, a in enumerate(labels) for j, b in enumerate(labels) if i < j
    ]
    distances = pd.DataFrame(pairs, columns=["i", "j", "distance"])
    trade = pd.DataFrame(
        [(a, b, rng.random()) for a in labels for b in labels if a != b],
        columns=["source", "target", "weight"],
    )
    for measure in (al.weighted_distance, al.connectedness):
        one, two = measure(trade, points), measure(trade, distances)
        name = one.recipe["measure"]
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-12)
    with pytest.raises(OptionError, match="distances by pair have no axis"):
        al.connectedness(trade, distances, spread="axis")


cells = st.lists(st.floats(0.0, 100.0), min_size=5, max_size=5).filter(lambda x: sum(x) > 1e-3)
places = st.lists(st.floats(-3, 3), min_size=6, max_size=6)


@settings(max_examples=8)
@given(cells, places, st.floats(0.1, 10), st.floats(-5, 5))
def test_laws(weight, theta, scale, shift):
    labels = list("ABCDEF")
    trade = pd.DataFrame({"source": "A", "target": labels[1:], "weight": weight})
    points = pd.DataFrame({"actor": labels, "theta": theta})
    mean = al.weighted_distance(trade, points).weighted_distance[0]
    spread = al.connectedness(trade, points).connectedness[0]
    axis = al.connectedness(trade, points, spread="axis").connectedness[0]
    # the slow twin
    total = sum(weight)
    distance = [abs(theta[0] - place) for place in theta[1:]]
    assert mean == pytest.approx(sum(w * d for w, d in zip(weight, distance, strict=True)) / total, abs=1e-9)
    square = sum(w * d * d for w, d in zip(weight, distance, strict=True)) / total
    assert mean**2 + spread**2 == pytest.approx(square, abs=1e-9)
    assert spread <= axis + 1e-9  # a distance is a fold of the axis: it cannot spread more
    assert axis <= (max(theta) - min(theta)) / 2 + 1e-9
    # the unit of the weights tells nothing; the unit of the axis is the score's; its zero tells nothing
    assert al.weighted_distance(trade.assign(weight=trade["weight"] * scale), points).weighted_distance[
        0
    ] == pytest.approx(mean)
    moved = points.assign(theta=points["theta"] * scale + shift)
    assert al.weighted_distance(trade, moved).weighted_distance[0] == pytest.approx(scale * mean, abs=1e-7)
    assert al.connectedness(trade, moved).connectedness[0] == pytest.approx(scale * spread, abs=1e-5)
    # a partner split in two at one place counts as before
    split = pd.concat(
        [
            trade.assign(weight=trade["weight"] / 2),
            trade.assign(target=trade["target"] + "2", weight=trade["weight"] / 2),
        ]
    )
    twins = pd.concat([points, points.assign(actor=points["actor"] + "2")])
    assert al.connectedness(split, twins).connectedness[0] == pytest.approx(spread, abs=1e-7)


def world(sd, years, states, seed):
    """Ideal points from N(0, 1), seen with error sd: their posterior, and trade by which to weight them."""
    rng = np.random.default_rng(seed)
    labels = [f"S{at}" for at in range(states)]
    theta = rng.normal(size=(years, states))
    seen = theta + sd * rng.normal(size=theta.shape)
    keep = 1 / (1 + sd**2)
    grid = [(year, label) for year in range(years) for label in labels]
    frame = pd.DataFrame(grid, columns=["year", "actor"])
    truth = frame.assign(theta=theta.ravel())
    points = frame.assign(theta=(keep * seen).ravel(), sd=sd * np.sqrt(keep))
    pairs = [(year, a, b) for year in range(years) for a in labels for b in labels if a != b]
    trade = pd.DataFrame(pairs, columns=["year", "source", "target"])
    return trade.assign(weight=rng.gamma(0.5, size=len(trade))), points, truth


@pytest.mark.parametrize("sd", [0.1, 0.5])
def test_intervals_cover_the_true_score(sd):
    trade, points, truth = world(sd, years=60, states=6, seed=3)
    for measure, options in (
        (al.weighted_distance, {}), (al.connectedness, {}), (al.connectedness, {"spread": "axis"}),
    ):  # fmt: skip
        found, true = measure(trade, points, **options), measure(trade, truth, draws=0, **options)
        score = getattr(true, true.recipe["measure"])
        covered = (found.low <= score) & (score <= found.high)
        assert covered.mean() >= 0.92
        assert (found.high > found.low).all()


@pytest.mark.slow
@pytest.mark.parametrize("sd", [0.05, 0.2, 0.8])
def test_intervals_cover_in_many_worlds(sd):
    trade, points, truth = world(sd, years=400, states=10, seed=5)
    for measure in (al.weighted_distance, al.connectedness):
        found, true = measure(trade, points), measure(trade, truth, draws=0)
        score = getattr(true, true.recipe["measure"])
        assert ((found.low <= score) & (score <= found.high)).mean() >= 0.93


@pytest.mark.slow
@pytest.mark.skipif(
    not SHARED.exists(), reason="needs the project's shared data folder, which is not distributed"
)
def test_the_table_of_the_page():
    """Each row of the file once: it holds those of Australia twice, and the page had counted them so."""
    flows = pd.read_csv(SHARED / "other" / "imf_dots_asean_us_china_monthly.csv").drop_duplicates()
    flows = flows[flows["month"].str.startswith("2019") & (flows["partner"] != "WLD")]
    trade = flows.groupby(["reporter", "partner"], as_index=False)["usd_million"].sum()
    trade = trade.set_axis(["source", "target", "weight"], axis=1).assign(year=2019)
    series = pd.read_csv(SHARED / "unga" / "bsv_idealpoints_apr2020_all.csv.gz").query("session == 74")
    points = pd.DataFrame(
        {
            "actor": al.iso3(series["ccode"], system="cow", dates="2019-12-31")["actor"],
            "year": 2019,
            "theta": series["theta"],
            "sd": (series["q95"] - series["q05"]) / (2 * norm.ppf(0.95)),
        }
    ).dropna()
    far = al.weighted_distance(trade, points)
    spread = [al.connectedness(trade, points, spread=kind) for kind in ("distance", "axis")]
    page = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")
    table = page[page.index("| Singapore |") : page.index("Cambodia's trade")].strip().splitlines()
    for line in table:
        name, *cells = line.strip("| ").split(" | ")
        at = far.states.index(al.iso3([name])["actor"].iloc[0])
        found = [far.weighted_distance[at], far.low[at], far.high[at]]
        found += [one.connectedness[at] for one in spread] + [far.coverage[at]]
        printed = [float(x) for x in re.findall(r"\d*\.\d+", " ".join(cells))]
        np.testing.assert_allclose(printed, np.ravel(found), atol=0.006, err_msg=name)


def test_years_meet_sessions_and_the_months_of_ties(asean):
    late = asean.take(asean.day >= np.datetime64("2005-01-01").astype(int))
    yearly, monthly = (al.Ledger.post(late, freq=freq).ties() for freq in ("Y", "M"))
    actors = yearly.axes.actors
    theta = np.linspace(-1, 1, len(actors))
    sessions = pd.concat(
        [pd.DataFrame({"actor": actors, "session": s, "theta": theta * s}) for s in range(1, 83)]
    )
    years = sessions.assign(year=sessions["session"] + 1945).drop(columns="session")
    by_session = al.weighted_distance(yearly, sessions)
    by_year = al.weighted_distance(yearly, years)
    np.testing.assert_array_equal(by_session.weighted_distance, by_year.weighted_distance)
    # December's stocks are the year's, and read the year's positions
    by_month = al.weighted_distance(monthly, years, draws=0)
    december = [
        list(by_month.periods).index(pd.Period(f"{year.year}-12", freq="M")) for year in by_year.periods[:-1]
    ]
    np.testing.assert_allclose(
        by_month.weighted_distance[:, december], by_year.weighted_distance[:, :-1], rtol=1e-9
    )
    # of ties, the shares of each domain are averaged over the domains seen
    at = yearly.axes.actors.index("KHM"), len(yearly.axes.periods) - 1
    parts = [al.weighted_distance(yearly, years, domain=domain) for domain in yearly.axes.domains]
    seen = [part.weighted_distance[at] for part in parts if not np.isnan(part.weighted_distance[at])]
    assert by_year.weighted_distance[at] == pytest.approx(np.mean(seen))
    frame = al.weighted_distance(TRADE.assign(year=2019), POINTS.assign(session=74)).to_frame()
    assert frame[["state", "year", "weighted_distance"]].to_numpy().tolist() == [["IRN", 2019, 7.5]]


def test_ideal_points_bring_their_own_uncertainty():
    rng = np.random.default_rng(1)
    labels, theta = list("ABCDEFGH"), np.linspace(-2, 2, 8)
    votes = pd.DataFrame(
        [
            (actor, 74, item, 1 if place * side + rng.normal() > 0 else 3)
            for item in range(60)
            for side in [rng.choice([-1.0, 1.0])]
            for actor, place in zip(labels, theta, strict=True)
        ],
        columns=["actor", "session", "item", "vote"],
    )
    points = al.ideal_points(votes)
    trade = pd.DataFrame(
        [(a, b, 1.0) for a in labels for b in labels if a != b], columns=["source", "target", "weight"]
    )
    found = al.connectedness(trade.assign(year=2019), points)
    assert (found.low < found.connectedness).all()
    assert (found.connectedness < found.high).all()
    place = dict(zip(points.actors, points.theta[:, 0], strict=True))
    away = [abs(place["A"] - place[b]) for b in labels[1:]]
    assert found.connectedness[0, 0] == pytest.approx(np.std(away))
    again = al.connectedness(trade.assign(year=2019), points)
    np.testing.assert_array_equal(found.low, again.low)  # rng=0: a number can be found again


@pytest.mark.parametrize(
    ("weights", "positions", "text"),
    [
        (
            TRADE.assign(weight=[-1.0, 1.0]),
            POINTS,
            r"1 of 2 weights are below 0 or infinite, the first row 0: -1\.0\.",
        ),
        (TRADE.assign(weight=["much", "1"]), POINTS, "weight is no number in 1 rows, first 'much'"),
        (
            TRADE.assign(target="IRN"),
            POINTS,
            "2 of 2 rows name a state as its own partner, the first row 0: 'IRN'. Leave them out",
        ),
        (pd.concat([TRADE, TRADE]), POINTS, "2 of 4 weights stand twice, the first row 2: 'IRN', 'USA'"),
        (TRADE, pd.concat([POINTS, POINTS]), "3 of 6 positions stand twice, the first row 3: 'USA'"),
        (
            TRADE.assign(target=["a1", "b2"]),
            POINTS,
            "no state .* stands in the positions together with a partner",
        ),
        (
            TRADE.assign(year=2020),
            POINTS.assign(year=2019),
            "1 of 1 periods of the weights have no positions, first 2020",
        ),
        (
            TRADE,
            pd.concat([POINTS.assign(year=y) for y in (1, 2)]),
            "the positions have 2 periods and the weights none",
        ),
        (TRADE.assign(target=[None, "BRA"]), POINTS, "1 of 2 rows have no 'target', the first row 0"),
        (TRADE, POINTS.assign(sd=[-1, 0, 0]), "1 of 3 sd are below 0 or infinite, the first row 0: -1"),
        (TRADE, POINTS.assign(theta=[0, np.inf, 1]), "1 of 3 positions are infinite, the first row 1: inf"),
    ],
)
def test_what_cannot_be_weighed_is_refused(weights, positions, text):
    with pytest.raises(OptionError, match=text):
        al.weighted_distance(weights, positions)


def test_errors_of_columns_and_options():
    with pytest.raises(FormatError, match="no column 'weight'"):
        al.weighted_distance(TRADE.drop(columns="weight"), POINTS)
    with pytest.raises(FormatError, match="no columns 'source' and 'target'"):
        al.weighted_distance(TRADE.drop(columns="source"), POINTS)
    with pytest.raises(FormatError, match="no column 'theta'"):
        al.weighted_distance(TRADE, POINTS.drop(columns="theta"))
    with pytest.raises(OptionError, match="spread is 'sides'"):
        al.connectedness(TRADE, POINTS, spread="sides")
    with pytest.raises(OptionError, match="domain chooses among the domains of ties"):
        al.connectedness(TRADE, POINTS, domain="economic")
    share = al.exposure(al.datasets.asean())
    with pytest.raises(
        TypeError, match="weights must be a pandas DataFrame.*, not ExposureResult; its to_frame"
    ):
        al.weighted_distance(share, share)
    with pytest.raises(TypeError, match="positions must be a pandas DataFrame"):
        al.connectedness(TRADE, [1, 2])


def test_years_may_be_categories():
    """They had been no years, and stood in the order in which they appear."""
    trade = pd.DataFrame(
        {"source": "A", "target": ["B", "C"] * 2, "weight": [1.0, 2, 3, 4], "year": [2001, 2001, 2000, 2000]}
    )
    points = pd.DataFrame({"actor": list("ABC"), "theta": [0.0, 1, 2]})
    right = al.weighted_distance(trade, points, draws=0).to_frame()
    for years in (
        pd.Categorical(trade["year"], categories=[2001, 2000]),
        *(trade["year"].astype(kind) for kind in (object, float, str)),
    ):
        assert al.weighted_distance(trade.assign(year=years), points, draws=0).to_frame().equals(right)


def test_ends_that_stand_twice_are_refused():
    """In distances they met an error of pandas'."""
    distances = pd.DataFrame([("IRN", "USA", 3.0, "CHN")], columns=["source", "target", "distance", "source"])
    for weights, positions in ((TRADE, distances), (pd.concat([TRADE, TRADE[["target"]]], axis=1), POINTS)):
        with pytest.raises(OptionError, match=r"column '(source|target)' stands more than once"):
            al.weighted_distance(weights, positions)


def test_a_partner_by_two_labels_is_refused():
    """Trade with "Japan" had been left out beside the ideal point of JPN."""
    trade = pd.DataFrame({"source": "VNM", "target": ["USA", "Japan"], "weight": 1.0})
    points = pd.DataFrame({"actor": ["VNM", "USA", "JPN"], "theta": [0.0, 1.0, 2.0]})
    with pytest.raises(al.EventError, match=r"'Japan' and 'JPN'\. Bring them to one label"):
        al.weighted_distance(trade, points)
    numbers = pd.DataFrame({"source": 816, "target": [2.0, 740.0], "weight": 1.0})
    with pytest.raises(al.EventError, match=r"numbers \(.*\) and letters"):
        al.weighted_distance(numbers, points)
    assert len(al.weighted_distance(numbers, points.assign(actor=[816, 2, 740])).states) == 1


def test_a_number_and_its_text_are_one_partner():
    """Trade with "710" had been left out beside the ideal point of 710."""
    trade = pd.DataFrame({"source": [816, 816], "target": [2, "710"], "weight": [1.0, 3.0]})
    points = pd.DataFrame({"actor": [816, 2, 710], "theta": [0.0, 1.0, 2.0]})
    want = al.weighted_distance(trade.astype({"target": int}), points)
    for weights in (trade, trade.astype(str).astype({"weight": float})):
        got = al.weighted_distance(weights, points)
        assert got.weighted_distance.tolist() == want.weighted_distance.tolist() == [1.75]
        assert got.coverage.tolist() == [1.0]


@pytest.mark.parametrize("dtype", ["int64[pyarrow]", "double[pyarrow]", "Int64", "Float64"])
def test_years_may_be_numbers_of_arrow(dtype):
    trade = TRADE.assign(period=2020).astype({"period": dtype})
    points = POINTS.assign(period=2020).astype({"period": dtype})
    found = al.weighted_distance(trade, points)
    assert (
        found.weighted_distance.ravel().tolist()
        == al.weighted_distance(TRADE, POINTS).weighted_distance.tolist()
    )
    assert found.periods.tolist() == [pd.Period("2020", "Y")]
