"""Trade between states (IMF Direction of Trade, now IMTS): exporter to importer, values or shares."""

from __future__ import annotations

import re
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.actors import SYSTEMS, System
from alignscore.codebook import Codebook
from alignscore.errors import FormatError, one_of, within
from alignscore.events import Events
from alignscore.readers.steps.state_tables import ActorOptions, days, numbers, post
from alignscore.tables.files import Paths, Progress
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.tables.text_tables import header_frames

NAMES = {
    "reporter": ("reporter", "country name", "country"),
    "partner": ("partner", "counterpart country name", "counterpart country"),
    "flow": ("flow", "indicator name", "indicator"),
    "period": ("month", "period", "time period", "date", "year"),
    "usd": ("usd_million", "value", "usd", "obs_value"),
}
PERIOD = re.compile(r"(\d{4})(?:-?m?(\d{1,2}))?", re.IGNORECASE)
WORLD = ("WLD", "World", "W00", "001")


def read_imf_trade(
    path: Paths,
    *,
    flow: Literal["export", "import", "both"] = "export",
    weight: Literal["share", "value"] = "share",
    value: float = 1.0,
    system: System = "name",
    progress: Progress | None = None,
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Trade flows from a table of the IMF's direction-of-trade statistics.

    Parameters
    ----------
    path : path, or sequence of paths
        CSV, long (reporter, partner, flow, month, usd_million) or wide (one column a period: 2011M01,
        2011-01 or 2011). A workbook is saved sheet by sheet as CSV first.
    flow : {"export", "import", "both"}, default "export"
        Which reports: exports by the exporter, imports by the importer, or both, where the exporter's
        report goes before the importer's of the same flow.
    weight : {"share", "value"}, default "share"
        Weight of a flow: percent of all the reporter's flows of that kind and period, or its amount in the
        file's unit. Shares need the file's row for the world, or are taken of the partners in the file.
    value : float, default 1.0
        Where trade stands on the scale from conflict to cooperation; above 0, at most 10.
    system : default "name"
        What reporters and partners are: names, iso3 ...; three capital letters are read as iso3.
    progress : callable, optional
        Called with (bytes read, bytes in all).
    **actors
        dissolved, blocs, recode: see `Cleaning`.

    Returns
    -------
    events : Events
        Economic events without a kind, exporter to importer, one a month or year.
    report : ReadReport
        Every cell of a flow accounted for (in a wide table, every cell is a row). Zeros are left out.

    Raises
    ------
    FileNotFoundError
        Nothing at `path`.
    FormatError
        No such table.
    OptionError, UnknownLabelError
        An option outside its choices.

    Notes
    -----
    Imports are counted with insurance and freight, exports without, and the two reports of one flow
    disagree; so they are never added.
    """
    one_of("flow", flow, ("export", "import", "both"))
    one_of("weight", weight, ("share", "value"))
    one_of("system", system, SYSTEMS)
    within("value", value, 0.0, 10.0, open_low=True)
    tally = Tally("imf")
    raw = header_frames(path, tally, needed=(), what="trade table", progress=progress)
    table = _long(raw, tally).astype(object)
    table = _flows(table, flow, tally)
    table = _weights(table, weight, tally)
    if flow == "both":
        table = _one_report(table, tally)
    export = (table["flow"] == "export").to_numpy()
    frame = pd.DataFrame(
        {
            "state_a": np.where(export, table["reporter"], table["partner"]),
            "state_b": np.where(export, table["partner"], table["reporter"]),
            "date": table["date"],
            "date_precision": table["precision"],
            "weight": table["weight"],
            "value": value,
            "domain": "economic",
        }
    )
    cells = pd.unique(np.concatenate([frame["state_a"].to_numpy(object), frame["state_b"].to_numpy(object)]))
    if system == "name" and len(cells) and all(re.fullmatch("[A-Z]{3}", str(cell)) for cell in cells):
        system = "iso3"
    return post(frame, system, Codebook.ladder(), actors, tally)


def _long(raw: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """reporter, partner, flow, period, usd: one row a flow, from a long or a wide table."""
    found = {
        ours: next((name for name in theirs if name in raw.columns), None) for ours, theirs in NAMES.items()
    }
    periods = [name for name in raw.columns if PERIOD.fullmatch(str(name))]
    needed = ["reporter", "partner", "flow"] + ([] if periods else ["period", "usd"])
    absent = [name for name in needed if found[name] is None]
    if absent:
        raise FormatError(
            f"{tally.files[0]} is no trade table: no column for the {absent[0]} "
            f"({' or '.join(map(repr, NAMES[absent[0]]))}); it has {list(raw.columns)[:6]}."
        )
    keys = {str(found[name]): name for name in needed}
    if not periods:
        return raw[list(keys)].rename(columns=keys)
    wide = raw[[*keys, *periods]].rename(columns=keys)
    table = wide.melt(id_vars=needed, value_vars=periods, var_name="period", value_name="usd")
    tally.move("added", "periods of a wide table beyond the first", len(table) - len(wide), len(wide))
    return table


def _flows(table: pd.DataFrame, flow: str, tally: Tally) -> pd.DataFrame:
    told = table["flow"].str.lower()
    kind = np.select([told.str.contains("export"), told.str.contains("import")], ["export", "import"], "")
    table = table.assign(flow=kind, usd_text=table["usd"], usd=numbers(table["usd"]))
    table = tally.keep(table, kind != "", "left out", "neither export nor import")
    found = [PERIOD.fullmatch(text.strip()) for text in table["period"].astype(str)]
    year = np.array([float(p[1]) if p else np.nan for p in found])
    month = np.array([float(p[2] or 0) if p else np.nan for p in found])
    date, precision = days(year, month, np.zeros(len(table)))
    good = ~np.isnat(date) & (month <= 12)
    table = table.assign(date=date, precision=precision)
    table = tally.keep(table, good, "refused", "unreadable date", "period")
    if flow != "both":
        table = tally.keep(table, (table["flow"] == flow).to_numpy(), "left out", f"no {flow}")
    blank = (table["usd_text"].str.strip() == "").to_numpy(dtype=bool)
    table = tally.keep(table, ~blank, "left out", "no figure")
    table = tally.keep(
        table, np.isfinite(table["usd"].to_numpy()), "refused", "unreadable figure", "usd_text"
    )
    table = tally.keep(table, (table["usd"] >= 0).to_numpy(), "refused", "flow below 0", "usd_text")
    again = table.duplicated(["reporter", "partner", "flow", "date", "precision", "usd"]).to_numpy(bool)
    return tally.keep(table, ~again, "merged", "row that stands twice")


def _weights(table: pd.DataFrame, weight: str, tally: Tally) -> pd.DataFrame:
    world = table["partner"].str.strip().isin(WORLD).to_numpy(dtype=bool)
    group = ["reporter", "flow", "date", "precision"]
    if weight == "share":
        told = table[world].groupby(group)["usd"].max()
        summed = table[~world].groupby(group)["usd"].sum()
        key = pd.MultiIndex.from_frame(table[group])
        total = told.reindex(key).to_numpy(dtype=float)
        missing = np.isnan(total) | (total <= 0)
        total = np.where(missing, summed.reindex(key).to_numpy(dtype=float), total)
        if (missing & ~world).any():
            tally.note("where the file has no figure for the world, shares are of the partners it names")
        with np.errstate(divide="ignore", invalid="ignore"):
            table = table.assign(weight=100.0 * table["usd"].to_numpy() / total)
    else:
        table = table.assign(weight=table["usd"])
    table = tally.keep(table, ~world, "left out", "total for the world")
    return tally.keep(table, (table["weight"] > 0).to_numpy(), "left out", "no flow (0)")


def _one_report(table: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """The exporter's report of a flow before the importer's."""
    export = (table["flow"] == "export").to_numpy()
    seller = np.where(export, table["reporter"], table["partner"])
    buyer = np.where(export, table["partner"], table["reporter"])
    table = table.assign(seller=seller, buyer=buyer).iloc[np.argsort(~export, kind="stable")]
    table = table.reset_index(drop=True)
    again = table.duplicated(["seller", "buyer", "date", "precision"]).to_numpy(bool)
    return tally.keep(table, ~again, "merged", "importer's report of a flow its exporter reports")
