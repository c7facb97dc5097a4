"""Scores as xarray Datasets and networkx graphs: the same numbers under the same labels."""

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.errors import OptionError, UnknownLabelError

nx = pytest.importorskip("networkx")
xr = pytest.importorskip("xarray")


@pytest.fixture(scope="module")
def scored(ties):
    return al.alignment(ties)


def test_a_dataset_holds_the_arrays_under_their_labels(scored):
    found = scored.to_xarray()
    np.testing.assert_array_equal(found["alignment"], scored.alignment)
    assert found["alignment"].dims == ("dyad", "domain", "period")
    pair = (found["source"] == "KHM") & (found["target"] == "CHN")
    one = found["alignment"].where(pair, drop=True).sel(domain="security", period="2024-12-31").item()
    assert one == scored.of("KHM", "CHN", 2024, domain="security")["alignment"].item()
    assert found.swap_dims(period="year").sel(year=2024)["n"].shape == scored.shape[:2]
    assert found.attrs["measure"] == "alignment"
    assert set(scored.to_xarray(columns=["se"]).data_vars) == {"se"}
    with pytest.raises(UnknownLabelError, match="unknown column 'tonne'"):
        scored.to_xarray(columns=["tonne"])


def test_a_dataset_and_the_frame_tell_the_same(scored):
    frame = scored.to_xarray().to_dataframe().reset_index()
    ours = scored.to_frame()
    np.testing.assert_array_equal(frame["alignment"], ours["alignment"])
    for name in ("source", "target", "domain", "period", "year"):
        assert frame[name].tolist() == ours[name].tolist()


def test_a_dataset_goes_to_netcdf_and_back(scored, tmp_path):
    pytest.importorskip("scipy")
    numbers = scored.to_xarray(columns=["alignment", "n"])
    numbers.to_netcdf(tmp_path / "scores.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "scores.nc", engine="scipy") as back:
        np.testing.assert_array_equal(back["alignment"], scored.alignment)
        assert back["source"].astype(str).to_numpy().tolist() == list(scored.axes.sources)


def test_states_have_datasets_too(ties):
    found = al.hedging(ties, powers=("CHN", "USA"))
    data = found.to_xarray()
    assert data["position"].dims == ("state", "period")
    assert (
        data.sel(state="KHM", period="2024-12-31")["position"].item()
        == found.of("KHM", 2024)["position"].item()
    )
    with pytest.raises(OptionError, match="to_networkx draws pairs of states; these scores have none"):
        found.to_networkx()


def test_a_graph_has_an_edge_for_each_pair_that_is_scored(scored):
    graph = scored.to_networkx(period=2024)
    frame = scored.at(2024)
    known = frame[(frame["domain"] == "composite") & frame["alignment"].notna()]
    assert isinstance(graph, nx.DiGraph)
    assert set(graph.edges) == set(zip(known["source"], known["target"], strict=True))
    assert set(graph.nodes) == set(frame["source"]) | set(frame["target"])
    for row in known.itertuples():
        assert graph.edges[row.source, row.target]["alignment"] == row.alignment
    assert graph.graph["domain"] == "composite"
    assert graph.graph["period"] == "2024-12-31"
    strength = dict(graph.out_degree(weight="alignment"))
    assert strength["KHM"] == pytest.approx(known.loc[known["source"] == "KHM", "alignment"].sum())


def test_what_is_not_known_is_no_edge(scored):
    early = scored.to_networkx(period=1951)
    frame = scored.at(1951)
    assert early.number_of_edges() == frame.loc[frame["domain"] == "composite", "alignment"].notna().sum()
    assert early.number_of_nodes() == len(set(frame["source"]) | set(frame["target"]))


@pytest.mark.parametrize("columns", ["short", "all"])
@pytest.mark.parametrize(
    ("ask", "score"),
    [(al.alignment, "alignment"), (al.institutionalisation, "standing"), (al.surprise, "share")],
)
def test_a_count_of_0_makes_no_edge_and_no_row(asean_ledger, ask, score, columns):
    """Of a pair that nothing is known of, its volume, its mechanisms and its acts so far are 0, not missing."""
    found = ask(asean_ledger)
    of = "economic" if ask is al.surprise else "composite"
    frame = found.at(2018, columns="all")
    known = frame[frame["domain"].eq(of) & frame[[score, *frame.filter(["expected"])]].notna().any(axis=1)]
    graph = found.to_networkx(period=2018, domain=of, columns=columns)
    assert 0 < len(known) == graph.number_of_edges() < frame["domain"].eq(of).sum()
    table = found.table(period=2018, columns=columns, names=False).splitlines()
    assert sum(f" {of} " in line for line in table) == len(known)


def test_undirected_scores_and_domains(ties, scored):
    graph = al.alignment(ties, directed=False).to_networkx(period=2024, domain="security")
    assert not graph.is_directed()
    assert graph.edges["KHM", "CHN"]["alignment"] == graph.edges["CHN", "KHM"]["alignment"]
    with pytest.raises(
        OptionError, match=r"a graph holds one period, and these scores have \d+: period=, as .*2026-12-31"
    ):
        scored.to_networkx()
    with pytest.raises(UnknownLabelError, match="unknown domain 'trade'"):
        scored.to_networkx(period=2024, domain="trade")


def test_similarities_are_pairs_too():
    votes = pd.DataFrame({"R1": [1, 1, 3], "R2": [3, 1, 3], "R3": [1, 3, 2]}, index=["KHM", "VNM", "USA"])
    found = al.similarity(votes, measure="s", levels=(1, 2, 3))
    graph = found.to_networkx()
    assert not graph.is_directed()
    assert graph.number_of_edges() == 3
    assert found.to_xarray()["similarity"].dims == ("dyad",)
