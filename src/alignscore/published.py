"""The shipped tables that codebooks and readers are made from, as they stand in their files."""

from __future__ import annotations

from importlib import resources

import pandas as pd


def published_ladders() -> pd.DataFrame:
    """Points that a published index gives to rungs of cooperation, beside this library's own values.

    Returns
    -------
    pandas.DataFrame
        ladder (trade_agreements, treaties, embassies), rung, points, kind (the `Codebook.ladder` kind
        nearest to it, empty if none), rule of combination, status (how the points are known), source.
        Points are the index's own: compare them within a ladder only.

    References
    ----------
    Formal Bilateral Influence Capacity index: Moyer, J. D., Meisel, C. J., Matthews, A. S., Bohl, D. K. &
    Burrows, M. J. (2021), China-US Competition: Measuring Global Influence, Atlantic Council; points
    recovered from its published columns.

    Examples
    --------
    >>> table = published_ladders()
    >>> table.loc[table["kind"] == "customs_union", ["rung", "points"]].values.tolist()
    [['customs union (CU)', 15.0]]
    """
    table = shipped("published_ladders.csv")
    return table.assign(points=pd.to_numeric(table["points"], errors="coerce"))


def plover_contexts() -> pd.DataFrame:
    """Which domain a PLOVER context points to, and which context goes first.

    Returns
    -------
    pandas.DataFrame
        context, domain (empty: domestic, points to none), rank (1 before 2 before 3), reason. Of an event's
        contexts the one of lowest rank decides; without any, the kind's own domains stand.

    Examples
    --------
    >>> plover_contexts().set_index("context").loc["military", "domain"]
    'security'
    """
    return shipped("plover_contexts.csv").astype({"rank": int})


def shipped(name: str) -> pd.DataFrame:
    """A table of the package's data folder, all cells text."""
    with resources.files("alignscore").joinpath("data", name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)
