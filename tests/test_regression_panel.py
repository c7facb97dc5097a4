"""The panel: every pair in every year, what is known of it, and its way into other tools."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.intervals import beta_sd
from alignscore.regression_panel import _beta_of


@pytest.fixture(scope="module")
def pairs(ties):
    return al.alignment(ties, directed=False)


@pytest.fixture(scope="module")
def room(ties):
    return al.hedging(ties, powers=("CHN", "USA"))


def test_every_pair_stands_in_every_year_once(pairs):
    who, years = ["CHN", "KHM", "LAO", "VNM"], range(1990, 2025)
    table = al.panel(pairs, states=who, years=years)
    assert len(table) == 4 * 3 / 2 * len(years)
    assert not table.duplicated(["source", "target", "year"]).any()
    known = pairs.of("KHM", "CHN", 2020, domain="composite").iloc[0]
    row = table[(table["source"] == "CHN") & (table["target"] == "KHM") & (table["year"] == 2020)].iloc[0]
    assert row["alignment"] == known["alignment"] and row["source_cow"] == 710 and row["target_gw"] == 811
    assert row["weight"] == pytest.approx(1 / known["se"] ** 2)
    never = table[(table["source"] == "KHM") & (table["target"] == "LAO")]
    assert never["alignment"].isna().all() and (never[["n", "evidence", "coverage"]] == 0).all(axis=None)


def test_a_pair_that_never_met_has_counts_of_0(asean):
    """Its volume ln(1 + n) and its mechanisms too, which had been missing beside an n of 0."""
    told = {"volume": al.alignment(asean), "mechanisms": al.institutionalisation(asean)}
    for name, result in told.items():
        table = al.panel(result, states=["KHM", "FRA"], years=[2024], columns=[name, "n"])
        assert len(table) and (table[[name, "n"]] == 0).all(axis=None)


def test_directed_pairs_stand_both_ways(asean):
    table = al.panel(al.alignment(asean), states=["CHN", "KHM"], years=[2024])
    assert table[["source", "target"]].to_numpy().tolist() == [["CHN", "KHM"], ["KHM", "CHN"]]


def test_lags_look_back_over_years_that_are_left_out(pairs):
    table = al.panel(pairs, states=["CHN", "KHM"], years=[2018, 2020, 2024], lags=(1, 3))
    score = pairs.of("CHN", "KHM", domain="composite").set_index("year")["alignment"]
    assert table["year"].tolist() == [2018, 2020, 2024]
    assert table["alignment_lag1"].tolist() == [score[2017], score[2019], score[2023]]
    assert table["alignment_lag3"].tolist() == [score[2015], score[2017], score[2021]]


def test_states_that_were_not_there_are_left_out_or_marked(pairs):
    table = al.panel(pairs, states=["CHN", "SGP"], years=range(1960, 1970))
    assert table["year"].min() == 1965  # Singapore's independence
    every = al.panel(pairs, states=["CHN", "SGP"], years=range(1960, 1970), members_only=False)
    assert len(every) == 10 and every["in_system"].sum() == len(table)


def test_the_state_system_of_a_year(pairs):
    table = al.panel(pairs, states="system", years=[2016])
    n = len(al.states(2016, on="last"))
    assert len(table) == n * (n - 1) // 2
    assert table["alignment"].notna().sum() > 20


def test_domains_and_targets_side_by_side(asean, pairs):
    table = al.panel(pairs, states=["CHN", "KHM"], years=[2024], wide="domain", replicates=3)
    row = table.iloc[0]
    assert row["alignment_security"] == pairs.of("KHM", "CHN", 2024, domain="security")["alignment"].iloc[0]
    assert {"draw_1", "draw_3", "weight", "n_economic"} <= set(table)
    wide = al.panel(al.alignment(asean), wide="target", years=[2024])
    khm = wide[wide["source"] == "KHM"].iloc[0]
    assert (
        khm["alignment_CHN"]
        == al.alignment(asean).of("KHM", "CHN", 2024, domain="composite")["alignment"].iloc[0]
    )


def test_targets_side_by_side_have_every_partner_of_an_undirected_pair(pairs):
    wide = al.panel(pairs, states=["CHN", "KHM", "VNM"], years=[2024], wide="target", lags=1)
    wide = wide.set_index("source")
    assert wide.index.tolist() == ["CHN", "KHM", "VNM"]
    for one, other in (("CHN", "KHM"), ("KHM", "CHN"), ("VNM", "CHN"), ("CHN", "VNM")):
        score = pairs.of(one, other, 2024, domain="composite")["alignment"].iloc[0]
        assert wide.loc[one, f"alignment_{other}"] == score
    assert wide["source_cow"].tolist() == [710, 811, 816] and wide["source_name"].iloc[0] == "China"
    assert wide.loc["VNM", "alignment_lag1_CHN"] == wide.loc["CHN", "alignment_lag1_VNM"]


def test_replicates_have_the_mean_and_the_error_of_the_score(room):
    table = al.panel(room, years=[2024], replicates=4000, rng=1)
    drawn = table.filter(like="draw_").to_numpy()
    assert drawn.mean(axis=1) == pytest.approx(table["position"].to_numpy(), abs=0.03)
    assert drawn.std(axis=1) == pytest.approx(table["weight"].to_numpy() ** -0.5, rel=0.1)
    one, again = (al.panel(room, years=[2024], replicates=40, rng=1) for _ in range(2))
    pd.testing.assert_frame_equal(one, again)


def test_draws_are_for_outcomes_and_bias_a_regressor_s_slope():
    """What the guide says: 500 partners of one state, about six acts each, and a slope of 1 or of what the truth has."""
    rng = np.random.default_rng(3)
    chance, many = rng.beta(2, 2, 500), 1 + rng.poisson(5, 500)
    target = np.repeat(np.arange(500), many)
    friendly = rng.random(len(target)) < chance[target]
    events = al.Events.from_columns(
        ("A", *(f"B{at:03d}" for at in range(500))),
        source=np.zeros(len(target), dtype=np.int32), target=target.astype(np.int32) + 1,
        domain=np.full(len(target), 2, dtype=np.int8), value=np.where(friendly, 3.0, -3.0),
        day=np.full(len(target), 18250, dtype=np.int32),
    )  # fmt: skip
    ties = al.Ledger.post(events, decay=al.Cumulative()).ties()
    score = al.alignment(ties, weights={"economic": 0.0, "diplomatic": 0.0})
    table = al.panel(score, years=[2019], replicates=20).dropna(subset=["alignment"])
    truth = 2 * chance - 1
    drawn = table.filter(like="draw_").to_numpy().T

    def slope(y, x):
        return np.polyfit(x, y, 1)[0]

    outcome = truth + rng.normal(0, 0.3, 500)
    of_score, of_draws = slope(outcome, table["alignment"]), np.mean([slope(outcome, x) for x in drawn])
    assert of_draws < of_score - 0.1 < 0.9  # of 1
    cause = truth + rng.normal(0, 0.5, 500)
    on_score, on_draws = slope(table["alignment"], cause), np.mean([slope(y, cause) for y in drawn])
    assert on_draws == pytest.approx(on_score, abs=0.02)


def test_months_give_the_state_of_the_year_s_last(asean, pairs):
    monthly = al.alignment(al.Ledger.post(asean, freq="M"), directed=False)
    table = al.panel(monthly, states=["CHN", "KHM"], years=[2024])
    assert table["alignment"].iloc[0] == pytest.approx(
        monthly.of("CHN", "KHM", "2024-12", domain="composite")["alignment"].iloc[0]
    )


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"lags": 0}, al.OptionError, "lags is 0"),
        ({"years": []}, al.OptionError, "years is empty"),
        ({"states": "all"}, al.OptionError, "states is 'all'"),
        ({"domain": "trade"}, al.UnknownLabelError, "unknown domain 'trade'"),
        ({"wide": "year"}, al.OptionError, "wide is 'year'"),
    ],
)
def test_what_it_refuses(pairs, options, error, told):
    with pytest.raises(error, match=told):
        al.panel(pairs, **options)


def test_what_has_no_year_is_no_panel(asean):
    with pytest.raises(TypeError, match="panel takes a result"):
        al.panel(asean)
    with pytest.raises(al.OptionError, match="no row a year"):
        al.panel(al.domain_mix(asean, "KHM", "CHN").shift(2015, 2024))
    kinds = al.impact(asean, score=al.AlignmentOf("KHM", "CHN"), by="kind", intervals=0)
    with pytest.raises(al.OptionError, match="no row a year of a state or pair"):
        al.panel(kinds)


def test_similarities_by_year_join_a_panel_as_it_says(asean):
    cast = [(a, 2018 + i // 4, i, 1 + (i + len(a[0])) % 3) for i in range(8) for a in ("USA", "CHN", "KHM")]
    votes = pd.DataFrame(cast, columns=["actor", "period", "item", "value"])
    alike = al.similarity(votes, levels=(1, 2, 3))
    with pytest.raises(al.OptionError, match="Similarities by year join an undirected one: ") as told:
        al.panel(alike)
    table = al.panel(
        al.alignment(asean, directed=False), states=["CHN", "KHM", "USA"], years=range(2018, 2020)
    )
    line = str(told.value).partition("one: ")[2].removesuffix(".")
    both = eval(line, {"table": table, "result": alike})  # the user pastes it
    assert len(both) == len(table) == 6 and both["similarity"].notna().all()


# ---- its way into other tools ------------------------------------------------------------------------
def test_stata_takes_it(room, tmp_path):
    table = al.panel(room, lags=1)
    table.to_stata(tmp_path / "panel.dta", version=118, write_index=False)
    back = pd.read_stata(tmp_path / "panel.dta")
    assert back["year"].tolist() == table["year"].tolist() and back["cow"].tolist() == table["cow"].tolist()
    np.testing.assert_allclose(back["position"], table["position"])


def test_duckdb_and_polars_read_the_year_as_a_year(room, tmp_path):
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    room.to_frame().to_parquet(tmp_path / "scores.parquet")
    path = str(tmp_path / "scores.parquet")
    first = duckdb.sql(f"select min(year), min(year(period)) from '{path}'").fetchall()[0]
    assert first == (1951, 1951)
    assert polars.read_parquet(path)["year"].min() == 1951
    assert str(polars.read_parquet(path)["period"].min().date()) == "1951-12-31"


def test_a_merge_on_the_year_loses_nothing(room):
    other = pd.DataFrame({"state": "KHM", "year": range(2000, 2025), "growth": 1.0})
    assert len(room.to_frame().merge(other, on=["state", "year"])) == 25


def test_netcdf_takes_it(room, tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("netCDF4")
    frame = room.to_frame(columns=["position", "n"]).set_index(["state", "period"])
    frame.to_xarray().to_netcdf(tmp_path / "scores.nc")
    back = xarray.open_dataset(tmp_path / "scores.nc").to_dataframe()
    np.testing.assert_allclose(back["position"].to_numpy(), frame["position"].to_numpy())
    assert back.index.get_level_values("period").max() == pd.Timestamp("2026-12-31")


@pytest.mark.filterwarnings("ignore")  # its own deprecations
def test_linearmodels_fits_it(room):
    PanelOLS = pytest.importorskip("linearmodels").PanelOLS
    table = al.panel(room, years=range(2000, 2025), lags=1).dropna(subset=["position", "position_lag1"])
    data = table.assign(time=table["year"]).set_index(["state", "year"])
    fit = PanelOLS(
        data["position"], data[["position_lag1"]], weights=data["weight"], entity_effects=True
    ).fit()
    assert 0 < fit.params["position_lag1"] < 1.2


@pytest.mark.filterwarnings("ignore")  # its own deprecations
def test_pyfixest_fits_it(pairs):
    pyfixest = pytest.importorskip("pyfixest")
    table = al.panel(
        pairs, states=(*al.datasets.ASEAN_MEMBERS, "CHN", "USA"), years=range(2000, 2025), lags=1
    )
    data = table.dropna(subset=["alignment", "alignment_lag1"]).assign(
        pair=lambda f: f["source"] + f["target"]
    )
    fit = pyfixest.feols("alignment ~ alignment_lag1 | pair + year", data=data, weights="weight")
    assert np.isfinite(fit.coef()["alignment_lag1"])


def test_only_counts_of_what_is_not_known_are_none(pairs):
    table = al.panel(
        pairs, states=["CHN", "KHM", "FRA"], years=[2020], columns=["net", "net_share", "tone", "n"]
    )
    strange = table[(table["source"] == "FRA") | (table["target"] == "FRA")]
    assert len(strange) == 2 and (strange["n"] == 0).all()
    assert strange[["net", "net_share", "tone"]].isna().all(axis=None)


def test_replicates_of_a_score_without_bounds_are_normal(ties):
    scores = al.affinity(ties)
    table = al.panel(scores, years=[2020], replicates=400, columns=["tone", "tone_se"])
    drawn = table.filter(like="draw_").to_numpy()
    known = table["tone"].notna().to_numpy()
    assert (table.loc[known, "tone"] < 0).any() and np.isnan(drawn[~known]).all()
    np.testing.assert_allclose(drawn[known].mean(axis=1), table.loc[known, "tone"], atol=0.15)
    np.testing.assert_allclose(drawn[known].std(axis=1), table.loc[known, "tone_se"], rtol=0.2)


@pytest.mark.parametrize("score", ["exposure", "diversification", "alignment"])
def test_a_score_at_the_end_of_its_range_has_replicates_too(score, room, ties):
    """They were NaN, so that a regression of the draws left out half of the exposures, and of the diversifications."""
    result, errors, least = {
        "exposure": (al.exposure(ties, directed=False), ["exposure_low", "exposure_high"], 0),
        "diversification": (room, ["diversification_se"], 0),
        "alignment": (al.alignment(ties, prior=0.0, domains="seen"), ["se"], -1),
    }[score]
    table = al.panel(result, columns=[score, *errors], years=[2000], replicates=1000)
    known = table[score].notna()
    drawn = table.filter(like="draw_")[known]
    assert table.loc[known, score].isin([least, 1]).any() and drawn.notna().all(axis=None)
    assert drawn.min(axis=None) >= least and drawn.max(axis=None) <= 1
    np.testing.assert_allclose(drawn.std(axis=1), table.loc[known, "weight"] ** -0.5, rtol=0.2)


def test_a_share_of_nothing_is_drawn_as_its_posterior():
    """Of 9 events with others the Beta(1/2, 9 1/2)."""
    error = beta_sd(np.array(0.05), np.array(10.0))
    for end, expected in ((0.0, (0.5, 9.5)), (1.0, (9.5, 0.5))):
        found = _beta_of(np.array([end]), error[None])
        assert tuple(float(x[0]) for x in found) == pytest.approx(expected, rel=1e-3)
    assert np.isnan(_beta_of(np.array([np.nan]), error[None])).all()


def test_replicates_of_what_no_beta_can_hold_are_refused(pairs):
    far = replace(pairs, alignment=3 * pairs.alignment)
    with pytest.raises(
        al.OptionError, match="alignment lies outside -1 to 1; no replicates of it can be drawn"
    ):
        al.panel(far, years=[2020], replicates=2)


def test_an_error_without_a_name_is_that_of_the_main_score(pairs):
    given = {"states": ["CHN", "KHM"], "years": [2020]}
    own = al.panel(pairs, columns=["log_ratio", "log_ratio_se", "se"], **given).iloc[0]
    assert own["weight"] == pytest.approx(1 / own["log_ratio_se"] ** 2)
    assert "weight" not in al.panel(pairs, columns=["net_share", "se"], **given)
    with pytest.raises(al.OptionError, match="net_share has no standard error and no interval"):
        al.panel(pairs, columns=["net_share", "se"], replicates=2, **given)


@pytest.mark.parametrize(
    "years", [[2020.5], [np.nan], [True], [None], [20200], [np.inf], [pd.Timestamp("2020")]]
)
def test_years_are_years(pairs, years):
    with pytest.raises(al.OptionError, match="years"):
        al.panel(pairs, years=years)


def test_states_and_years_come_in_any_list(pairs):
    plain = al.panel(pairs, states=["CHN", "KHM"], years=[2020])
    for make in (pd.Series, np.array, iter, tuple):
        other = al.panel(pairs, states=make(["CHN", "KHM"]), years=make([2020.0]))
        pd.testing.assert_frame_equal(other, plain)
    pd.testing.assert_frame_equal(al.panel(pairs, states=("CHN", "KHM"), years=2020), plain)
    for states in (5, None, True):
        with pytest.raises(al.OptionError, match=f"states is {states}; give 'result', 'system' or a list"):
            al.panel(pairs, states=states)
    with pytest.raises(TypeError, match=r"lags is 1\.0; it must be a whole number: write 1"):
        al.panel(pairs, lags=1.0)


@pytest.mark.parametrize("options", [{"domain": "security"}, {"wide": "domain"}, {"wide": "target"}])
def test_states_have_no_domains_and_no_targets(room, options):
    with pytest.raises(al.OptionError, match="has no domains; leave|is of states; leave one out"):
        al.panel(room, **options)


def test_replicates_are_not_dropped(pairs):
    with pytest.raises(al.OptionError, match="replicates are of rows of pairs; leave one out"):
        al.panel(pairs, years=[2020], wide="target", replicates=2)


def test_a_format_has_rows_of_states_by_powers(asean):
    """Its panel had a row for every two of them, powers among themselves and the wrong way round too."""
    found = al.diffusion(asean, ("CHN", "USA"), family="joint_ministerial", states=["PHL", "VNM"])
    for states in ("result", ["PHL", "VNM"]):
        table = al.panel(found, states=states, years=[2020, 2024], columns=["adopted", "events"])
        assert table[["state", "power", "year"]].values.tolist() == [
            [state, power, year]
            for state in ("PHL", "VNM")
            for power in ("CHN", "USA")
            for year in (2020, 2024)
        ]
        both = found.to_frame(columns=["events"]).query("year in (2020, 2024)")
        assert table["events"].tolist() == both["events"].tolist()
    with pytest.raises(
        al.OptionError, match="wide='target' lays pairs side by side, and a DiffusionResult is of st"
    ):
        al.panel(found, wide="target")


def test_states_called_by_their_names_have_codes_and_stand_in_the_system(asean):
    pairs = al.alignment(asean, directed=False)
    codes = sorted(set(pairs.axes.actors))
    table = asean.to_frame()
    for side in ("source", "target"):
        table[side] = table[side].replace(dict(zip(codes, al.names(codes), strict=True)))
    named = al.alignment(al.Events.from_frame(table), directed=False)
    for options in ({"years": [1990, 2020]}, {"years": [2020], "states": "system"}):
        want, got = al.panel(pairs, **options), al.panel(named, **options)
        assert len(want) == len(got)
        ends = ["source_cow", "target_cow"]
        for frame in (want, got):  # pairs stand in the order of their labels
            frame[ends] = np.sort(frame[ends].fillna(-1).to_numpy(dtype=float), axis=1)
        order = [*ends, "year", "alignment"]
        pd.testing.assert_frame_equal(
            want[order].sort_values(order, ignore_index=True),
            got[order].sort_values(order, ignore_index=True),
        )


def test_a_system_of_states_that_no_label_names_is_refused():
    rows = pd.DataFrame(
        {"source": ["m1"], "target": ["m2"], "date": ["2020"], "domain": ["security"], "value": [3]}
    )
    result = al.alignment(al.Events.from_frame(rows))
    assert al.panel(result)["source_cow"].isna().all()
    with pytest.raises(al.OptionError, match="such as 'm1', are neither ISO codes nor names of states"):
        al.panel(result, states="system")


def test_a_panel_that_does_not_fit_in_memory_is_refused_with_its_size(asean, monkeypatch):
    monkeypatch.setattr("alignscore.values.memory", lambda: 1e9)
    with pytest.raises(
        al.LedgerError, match=r"a panel of \d[\d,]+ rows and \d+ columns would take \d.*Name fewer"
    ):
        al.panel(al.alignment(asean), states="system", years=range(1900, 2030), lags=[1, 2, 3])
