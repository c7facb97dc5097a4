"""The shipped tables that codebooks and readers are made from, as they stand in their files."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from alignscore.data import shipped


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


def ladder_table(values: Literal["goldstein", "fbic"]) -> pd.DataFrame:
    """Kinds of `Codebook.ladder`, one row each, all cells text."""
    table = shipped("ladder.csv")
    return table if values == "goldstein" else _with_fbic_points(table)


def judged_table() -> pd.DataFrame:
    """Kinds of `Codebook.judged`: the ladder with the values that `values_from_pairs` gives, and why."""
    table = shipped("ladder.csv").set_index("name")
    judged = shipped("judged_values.csv").set_index("kind")
    rows = judged.index
    table["se"] = judged["se"].reindex(table.index).fillna("")
    table.loc[rows, "reason"] = (
        "judged in " + judged["pairs"] + " pairs; the ladder has " + table.loc[rows, "value"]
    )
    table.loc[rows, "value"] = judged["value"]
    table.loc[rows, ["source", "confidence"]] = ["judged pairs (values_from_pairs)", "medium"]
    return table.reset_index()


def cameo_table(values: Literal["icews", "gdelt"], interstate: Literal["any", "weak", "yes"]) -> pd.DataFrame:
    """Kinds of `Codebook.cameo`: one list of scores, and no domain below the wanted level of `interstate`."""
    table = shipped("cameo.csv")
    enough = {"any": ["yes", "weak", "no"], "weak": ["yes", "weak"], "yes": ["yes"]}[interstate]
    table = table.assign(
        value=table[values], domains=table["domains"].where(table["interstate"].isin(enough), "")
    )
    return table.drop(columns=["icews", "gdelt", "interstate"])


def plover_table() -> pd.DataFrame:
    """Kinds of `Codebook.plover`."""
    return shipped("plover.csv").drop(columns="recipient_required")


def _with_fbic_points(table: pd.DataFrame) -> pd.DataFrame:
    """The ladder with FBIC's points for values, each of its three ladders scaled to keep its top's value."""
    table = table.set_index("name")
    points = published_ladders()
    for _, rungs in points[points["kind"] != ""].groupby("ladder"):
        top = rungs["kind"].iloc[int(rungs["points"].argmax())]
        unit = float(table.loc[top, "value"]) / rungs["points"].max()
        for kind, given, rule in zip(rungs["kind"], rungs["points"], rungs["rule"], strict=True):
            reason = f"{given:g} FBIC points, times {unit:g} so that {top} keeps its value"
            cells = [repr(float(given * unit)), reason, "FBIC (Moyer et al. 2021)"]
            table.loc[kind, ["value", "reason", "source"]] = cells
            if rule.startswith("additive"):
                table.loc[kind, ["family", "rank"]] = ""
    return table.reset_index()
