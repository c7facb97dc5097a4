"""Scores in the shapes of other tools: an xarray Dataset, a networkx graph. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignscore.errors import OptionError

ENDS = (("source", "target"), ("i", "j"))
# of a pair that nothing is known of, these are 0 and not missing
COUNTED = ("n", "n_before", "n_known", "n_members", "evidence", "coverage", "volume", "mechanisms")


def scored(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Rows of which one of these columns tells a score; a count, a share of draws and a no tell none."""
    scores = [name for name in names if name not in COUNTED and not name.endswith("_known")]
    known = frame[scores].notna()
    for name in frame[scores].select_dtypes("bool"):
        known[name] = frame[name]
    return frame[known.any(axis=1)] if scores else frame


def dataset(
    labels: Sequence[Mapping[str, pd.Index]], columns: Mapping[str, np.ndarray], recipe: Mapping[str, Any]
) -> Any:
    """An xarray Dataset of arrays over labelled dimensions; a dimension of several labels is called by them."""
    try:
        import xarray as xr
    except ImportError:
        raise ImportError("to_xarray needs xarray: pip install xarray") from None
    # "dyad" where two labels name a pair, else the first
    names = [
        "dyad" if any({a, b} <= {*dimension} for a, b in ENDS) else next(iter(dimension))
        for dimension in labels
    ]
    coordinates = {
        label: (name, np.asarray(values))
        for name, dimension in zip(names, labels, strict=True)
        for label, values in dimension.items()
    }
    arrays = {name: (names, values) for name, values in columns.items()}
    return xr.Dataset(arrays, coordinates, {key: str(value) for key, value in recipe.items()})


def graph(frame: pd.DataFrame, *, directed: bool, recipe: Mapping[str, Any]) -> Any:
    """A networkx graph of one row a pair; pairs of which no score is known have no edge."""
    try:
        import networkx as nx
    except ImportError:
        raise ImportError("to_networkx needs networkx: pip install networkx") from None
    ends = next(((a, b) for a, b in ENDS if {a, b} <= set(frame.columns)), None)
    if ends is None:
        raise OptionError(
            "to_networkx draws pairs of states; these scores have none. Use to_frame or to_xarray."
        )
    constant = [name for name in ("domain", "period", "year") if name in frame.columns]
    for name in constant:
        values = frame[name].unique()
        if name != "year" and len(values) > 1:
            shown = ", ".join(str(value).removesuffix(" 00:00:00") for value in values[-4:])
            raise OptionError(
                f"a graph holds one {name}, and these scores have {len(values)}: {name}=, as {shown}."
            )
    scores = [name for name in frame.columns if name not in (*ends, *constant)]
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.graph |= {key: str(value) for key, value in recipe.items()}
    graph.graph |= {
        name: str(frame[name].iloc[0]).removesuffix(" 00:00:00") for name in constant if len(frame)
    }
    graph.add_nodes_from(pd.unique(pd.concat([frame[end] for end in ends], ignore_index=True)))
    graph.add_edges_from(
        (a, b, dict(zip(scores, values, strict=True)))
        for a, b, *values in scored(frame, scores)[[*ends, *scores]].astype(object).itertuples(index=False)
    )
    return graph
