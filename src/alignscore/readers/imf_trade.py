"""Trade between states (IMF Direction of Trade, now IMTS): exporter to importer, values or shares."""

from __future__ import annotations

import re
from functools import partial
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.actors import SYSTEMS, System, iso3, level_codes
from alignscore.codebook import Codebook
from alignscore.errors import FormatError, one_of, several, within
from alignscore.events import Events
from alignscore.readers.steps.cleaning import by_level
from alignscore.readers.steps.state_tables import ActorOptions, days, no_numbers, numbers, post, state_named
from alignscore.readers.steps.tabular import column_named
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import Table, open_tables
from alignscore.tables.reading_report import ReadReport, Tally

NAMES = {
    "reporter": ("reporter", "country name", "country", "ref_area", "reporteriso", "reporterdesc"),
    "partner": (
        "partner", "counterpart country name", "counterpart_country", "counterpart country", "counterpart_area",
        "partneriso", "partnerdesc",
    ),
    "flow": ("flow", "indicator name", "indicator", "flowcode", "flowdesc"),
    "period": ("month", "period", "time period", "time_period", "date", "year"),
    "usd": ("usd_million", "value", "usd", "obs_value", "primaryvalue"),
}  # fmt: skip
NEEDED = tuple(NAMES[name] for name in ("reporter", "partner", "flow"))
PERIOD = re.compile(r"(\d{4})(?:-?(?:m?(\d{1,2})|q([1-4])))?", re.IGNORECASE)
WORLD = {"wld", "world", "w00", "0", "001", "g001", "1_w00", "total", "all countries"}  # in small letters
# partners not told apart
REST = re.compile(r"\bnes\b|specif|special|bunkers|free zones|other", re.IGNORECASE)
GROUP = re.compile(r"G\d{3}\w*|_[XZ]|1_\w+")  # codes of groups and of partners not told, in SDMX tables
EXPORT = re.compile(r".*(?<!re-)(?<!re)export|t?xg_|x$", re.IGNORECASE)
IMPORT = re.compile(r".*(?<!re-)(?<!re)import|t?mg_|m$", re.IGNORECASE)
MILLIONS = 6  # SDMX's SCALE of a figure in millions
LARGEST_SCALE = 15
# the same as labels
SCALES = {"units": 0, "unit": 0, "ones": 0, "thousands": 3, "millions": 6, "billions": 9, "trillions": 12}
DOLLARS = re.compile(r"usd|u\.?s\.? dollar", re.IGNORECASE)
CURRENCY = re.compile(
    r"_(xdc|eur|nc|lc|sdr|xdr)\b|domestic currency|national currency|local currency|\beuros?\b", re.IGNORECASE
)
YEAR, MONTH, QUARTER = "year", "month", "quarter"
ENDS = ["reporter_state", "partner_state"]
WHOLE = ["reporter_state", "flow", "date", "precision"]  # of which a flow is a share
CODE = re.compile("[A-Z]{3}|S19")


def read_imf_trade(
    path: Table,
    *,
    flow: Literal["export", "import", "both"] = "export",
    weight: Literal["share", "value"] = "share",
    value: float = 1.0,
    frequency: Literal["auto", "month", "year"] = "auto",
    system: System = "name",
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Trade flows from a table of the IMF's direction-of-trade statistics.

    Parameters
    ----------
    path : path, or sequence of paths
        CSV. Long: reporter, partner, flow, month, usd_million. SDMX (IMTS): COUNTRY, COUNTERPART_COUNTRY,
        INDICATOR (XG_FOB_USD, MG_CIF_USD), TIME_PERIOD, OBS_VALUE, SCALE. Bulk (DOTS): Country Name, Indicator
        Name, Counterpart Country Name, Attribute, and a column a period (2011M01, 2011-01, 2011Q1, 2011). A
        workbook is saved sheet by sheet as CSV first.
    flow : {"export", "import", "both"}, default "export"
        Which reports: exports by the exporter, imports by the importer, or both, where the exporter's
        report goes before the importer's of the same flow.
    weight : {"share", "value"}, default "share"
        Weight of a flow: percent of all the reporter's flows of that kind and period, or its amount in the
        file's unit (in millions where the file tells a SCALE). Shares need the file's row for the world, or
        are taken of the partners in the file.
    value : float, default 1.0
        Where trade stands on the scale from conflict to cooperation; above 0, at most 10.
    frequency : {"auto", "month", "year"}, default "auto"
        One flow is kept at one frequency, for a year holds its own months. ``auto``: the months where the
        reporter tells all twelve of a year, or no figure for the year; else the year.
    system : default "name"
        What reporters and partners are: names, iso3 ...; three capital letters are read as iso3.
    progress, on_error
        As in `read_events`.
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
    FileNotFoundError, FormatError, OptionError, UnknownLabelError
        As in `read_events`.

    Notes
    -----
    Imports are counted with insurance and freight, exports without, and the two reports of one flow
    disagree; so they are never added. Files may overlap, under any names of a state and in any of the layouts. Where
    two tell two figures of one flow neither is taken, and no share of a whole that would hold one: read the newer
    file alone, or take its flows out of the older.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''COUNTRY,COUNTERPART_COUNTRY,INDICATOR,TIME_PERIOD,OBS_VALUE
    ... USA,CHN,XG_FOB_USD,2019,30
    ... USA,G001,XG_FOB_USD,2019,120
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "imts.csv")
    ...     _ = path.write_text(text)
    ...     events, report = read_imf_trade(path)
    >>> events.to_frame()[["source", "target", "date", "weight"]]
      source target       date  weight
    0    USA    CHN 2019-01-01    25.0
    >>> report.read, report.kept
    (2, 1)
    """
    one_of("flow", flow, ("export", "import", "both"))
    one_of("weight", weight, ("share", "value"))
    one_of("frequency", frequency, ("auto", MONTH, YEAR))
    one_of("system", system, SYSTEMS)
    within("value", value, 0.0, 10.0, open_low=True)
    tally = Tally("imf")
    table = open_tables(
        path, tally, needed=NEEDED, what="trade table", progress=progress, on_error=on_error,
        each=partial(_long, tally=tally),
    )  # fmt: skip
    blocs = set(several(actors.get("blocs", ())))
    table = _with_states(table.astype(object), system, blocs)
    table = _flows(table, flow, weight, tally)
    table = _one_frequency(table, frequency, tally)
    table = _one_report(_weights(table, weight, tally), tally)
    export = (table["flow"] == "export").to_numpy()
    frame = table[["date", "precision", "weight"]].rename(columns={"precision": "date_precision"}).assign(
        state_a=np.where(export, table["reporter"], table["partner"]),
        state_b=np.where(export, table["partner"], table["reporter"]), value=value, domain="economic",
    )  # fmt: skip
    cells = pd.unique(np.concatenate([frame["state_a"].to_numpy(object), frame["state_b"].to_numpy(object)]))
    if system == "name" and len(cells) and all(CODE.fullmatch(str(cell)) for cell in cells):
        system = "iso3"
    return post(frame, system, Codebook.ladder(), actors, tally)


def _long(raw: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """reporter, partner, flow, period, usd, scale: one row a flow, from a long or a wide table."""
    found = {ours: column_named(raw, theirs) for ours, theirs in NAMES.items()}
    periods = [str(name) for name in raw.columns if PERIOD.fullmatch(str(name))]
    needed = ["reporter", "partner", "flow"] + ([] if periods else ["period", "usd"])
    absent = [name for name in needed if found[name] is None]
    if absent:
        raise FormatError(
            f"{tally.files[-1]} is no trade table: no column for the {absent[0]} "
            f"({' or '.join(map(repr, NAMES[absent[0]]))}); it has {list(raw.columns)[:6]}."
        )
    if "attribute" in raw:
        is_value = raw["attribute"].str.strip().str.lower() == "value"
        raw = tally.keep(raw, is_value, "left out", "attribute of a figure, no figure", "attribute")
    keys = {str(found[name]): name for name in needed}
    if "scale" in raw:
        keys["scale"] = "scale"
    if not periods:
        return raw[list(keys)].rename(columns=keys)
    wide = raw[[*keys, *periods]].rename(columns=keys)
    own = list(keys.values())
    table = wide.melt(id_vars=own, value_vars=periods, var_name="period", value_name="usd")
    tally.move("added", "periods of a wide table beyond the first", len(table) - len(wide), len(wide))
    return table


def _with_states(table: pd.DataFrame, system: System, blocs: set[str]) -> pd.DataFrame:
    """With the state that each end names, and whether the partner is the world or a group: Turkey is Türkiye elsewhere.

    What names no state is known by its label. Parts that the caller has brought together (``recode``) stay apart.
    """

    def state(label: str) -> str:
        found = state_named(label, system)
        return state_named(found, "iso3") if CODE.fullmatch(found) else found

    for end, named in zip(("reporter", "partner"), ENDS, strict=True):
        table = table.assign(**{named: by_level(table[end], state, missing="")})
    world = by_level(table["partner"], lambda label: label.strip().casefold() in WORLD)
    codes, levels = level_codes(table["partner"])
    found = iso3(levels, system=system)
    # blocs and regions, whose states are told too, and not what reports as a state does (Belgium-Luxembourg, areas nes)
    several_states = (found["kind"] == "group") & found["actor"].notna() & ~found["actor"].isin(blocs)
    if system == "name":
        told_apart = np.array([REST.search(label) is None for label in levels], dtype=bool)
        several_states |= (found["kind"] == "region") & told_apart
    coded = np.array([GROUP.fullmatch(label.strip()) is not None for label in levels], dtype=bool)
    group = np.append(several_states.to_numpy(dtype=bool) | coded, False)[codes] & ~world
    return table.assign(world=world, group=group)


def _flows(table: pd.DataFrame, flow: str, weight: str, tally: Tally) -> pd.DataFrame:
    indicator = table["flow"].str.strip()
    exports = by_level(indicator, lambda t: EXPORT.match(t) is not None)
    imports = by_level(indicator, lambda t: IMPORT.match(t) is not None)
    kind = np.select([exports, imports], ["export", "import"], "")
    figure = numbers(table["usd"])
    known = np.ones(len(table), dtype=bool)
    if "scale" in table:
        by_word = by_level(table["scale"], lambda t: SCALES.get(t.strip().lower(), np.nan), missing=np.nan)
        scale = np.where(np.isnan(by_word), numbers(table["scale"]), by_word)
        known = ~(no_numbers(table["scale"]) & np.isnan(by_word)) & ~(np.abs(scale) > LARGEST_SCALE)
        figure = figure * 10.0 ** (np.where(np.isnan(scale) | ~known, MILLIONS, scale) - MILLIONS)
    table = table.assign(indicator=indicator, flow=kind, usd_text=table["usd"], usd=figure)
    table = tally.keep(table, known, "refused", "unreadable scale", "scale")
    table = tally.keep(table, table["flow"] != "", "left out", "neither export nor import", "indicator")
    codes, levels = level_codes(table["period"])
    year, month, quarter = np.array([*map(_period, levels), (np.nan,) * 3])[codes].T
    date, precision = days(year, month)
    unit = np.where(quarter > 0, QUARTER, precision)
    table = table.assign(date=date, precision=unit)
    table = tally.keep(table, ~np.isnat(date) & (month <= 12), "refused", "unreadable date", "period")
    there = set(table["flow"])
    if flow != "both" and there and flow not in there:
        raise FormatError(f"{tally.files[0]} tells no {flow}s; pass flow={there.pop()!r} for what it tells.")
    if flow != "both":
        table = tally.keep(table, table["flow"] == flow, "left out", f"no {flow}")
    table = tally.keep(table, table["usd_text"].str.strip() != "", "left out", "no figure")
    table = _refused(table, ~np.isfinite(table["usd"].to_numpy()), "unreadable figure", tally)
    table = _refused(table, (table["usd"] < 0).to_numpy(), "flow below 0", tally)
    return _one_name(_one_figure(_in_dollars(table, weight, tally), tally), tally)


def _in_dollars(table: pd.DataFrame, weight: str, tally: Tally) -> pd.DataFrame:
    """Figures in dollars; those of a reporter's own currency serve for its shares where it tells no other."""
    own = by_level(table["indicator"], lambda t: CURRENCY.search(t) is not None and DOLLARS.search(t) is None)
    if not own.any():
        return table
    out = own if weight == "value" else own & _sharing(table, ["reporter_state", "flow"], ~own)
    return tally.keep(table, ~out, "left out", "figure in another currency than dollars", "indicator")


def _sharing(table: pd.DataFrame, keys: list[str], rows: np.ndarray) -> np.ndarray:
    """Whether each row has its keys in common with one of some rows, (N,)."""
    own = pd.MultiIndex.from_frame(table[keys])
    return np.asarray(own.isin(own[rows]))


def _period(text: str) -> tuple[float, float, float]:
    """Year, month and quarter of 2019, 2019M01, 2019-01, 201901, 2019Q1 or 2019.0 (a float); NaN where unreadable.

    Month and quarter are 0 where there is none; of a quarter the month is its first.
    """
    found = PERIOD.fullmatch(text.strip().removesuffix(".0"))
    if found is None:
        return (np.nan,) * 3
    quarter = int(found[3] or 0)
    return float(found[1]), float(found[2] or (3 * quarter - 2 if quarter else 0)), float(quarter)


def _one_figure(table: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One figure a flow and period: a row handed out twice once, imports valued twice with insurance and freight."""
    keys = ["reporter", "partner", "flow", "date", "precision"]
    again = table.duplicated([*keys, "indicator", "usd"])
    table = tally.keep(table, ~again, "merged", "row that stands twice")
    if not table.duplicated(keys).any():
        return table
    fob = by_level(table["indicator"], lambda t: "fob" in t.lower())
    other = (table["flow"] == "import").to_numpy() & fob
    twice = other & _sharing(table, keys, ~other)
    table = tally.keep(table, ~twice, "merged", "second valuation of one flow", "indicator")
    clash = table.duplicated(keys, keep=False).to_numpy(bool)
    return _without_clash(table, clash, tally)


def _one_name(table: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One figure a flow and period that two downloads tell under two names of a state; none where they tell two figures.

    A flow of 0 under one name, as of a state that has become another, is no figure beside one under the other.
    """
    keys = [*ENDS, "flow", "date", "precision"]
    if not table.duplicated(keys).any():
        return table
    again = table.duplicated([*keys, "usd"]) & (table["usd"] > 0)
    world = table["world"].to_numpy(dtype=bool)  # the total is left out as a total
    table = tally.keep(table, ~(again & ~world), "merged", "row that stands twice")
    figures = table[table["usd"] > 0].drop_duplicates([*keys, "usd"])
    second = table.index.isin(figures.index[figures.duplicated(keys)])
    clash = (table["usd"] > 0).to_numpy() & _sharing(table, keys, second)
    return _without_clash(table, clash, tally)


def _without_clash(table: pd.DataFrame, clash: np.ndarray, tally: Tally) -> pd.DataFrame:
    marked = _in_part(table, clash)
    return tally.refuse_two_figures(marked, clash, "two figures for one flow and period", "usd_text")


def _refused(table: pd.DataFrame, bad: np.ndarray, reason: str, tally: Tally) -> pd.DataFrame:
    return tally.keep(_in_part(table, bad), ~bad, "refused", reason, "usd_text")


def _in_part(table: pd.DataFrame, refused: np.ndarray) -> pd.DataFrame:
    """With a mark of reporters of which a figure is refused: the sum of their partners is not the whole."""
    beside = _sharing(table, WHOLE, refused)
    return table.assign(in_part=table["in_part"] | beside if "in_part" in table else beside)


def _one_frequency(table: pd.DataFrame, frequency: str, tally: Tally) -> pd.DataFrame:
    """Each flow and year at one frequency: its months, or its year, never both; a quarter is neither."""
    unit = table["precision"].to_numpy(dtype=object)
    table = table.assign(y=table["date"].to_numpy().astype("M8[Y]").astype(np.int64))
    flow_year = ["reporter_state", "flow", "y"]
    monthly, yearly, quarterly = (unit == one for one in (MONTH, YEAR, QUARTER))
    if frequency != "auto":
        kept = monthly if frequency == MONTH else yearly
        return tally.keep(table, kept, "left out", f"figure of another period than a {frequency}", "period")
    if not (quarterly.any() or (monthly.any() and yearly.any())):
        return table
    months = table[monthly].groupby(flow_year)["date"].nunique()
    whole = months.reindex(pd.MultiIndex.from_frame(table[flow_year])).fillna(0).to_numpy() >= 12
    has_month, has_year = (_sharing(table, [*flow_year, "partner_state"], rows) for rows in (monthly, yearly))
    by_month = has_month & (whole | ~has_year)
    alone = quarterly & ~has_month & ~has_year
    kept = np.where(by_month, monthly, yearly) & ~quarterly
    table = table.assign(kept=kept)
    table = tally.keep(table, ~alone, "refused", "quarter without its year or months", "period")
    why = "figure of a flow and year kept at another frequency"
    return tally.keep(table, table["kept"], "left out", why, "period")


def _weights(table: pd.DataFrame, weight: str, tally: Tally) -> pd.DataFrame:
    lone = ~table["group"].to_numpy(dtype=bool)
    table = tally.keep(table, lone, "left out", "group, not a state", "partner")
    world = table["world"].to_numpy(dtype=bool)
    share = weight == "share"
    table = table.assign(weight=_shares(table, world, tally) if share else table["usd"])
    table = tally.keep(table, ~world, "left out", "total for the world")
    untold = share & table["in_part"] & table["weight"].isna()
    table = tally.keep(table, ~untold, "refused", "share of a whole of which a figure is refused", "usd_text")
    return tally.keep(table, table["weight"] > 0, "left out", "no flow (0)")


def _shares(table: pd.DataFrame, world: np.ndarray, tally: Tally) -> np.ndarray:
    """Percent of the reporter's whole, (N,): what it tells of the world, else the sum of its partners if all stand."""
    key = pd.MultiIndex.from_frame(table[WHOLE])
    stated = table[world].groupby(WHOLE)["usd"].max().reindex(key).to_numpy(dtype=float)
    summed = table[~world].groupby(WHOLE)["usd"].sum().reindex(key).to_numpy(dtype=float)
    of_partners = ~(stated > 0)
    whole = np.where(of_partners, np.where(table["in_part"].to_numpy(dtype=bool), np.nan, summed), stated)
    if (of_partners & ~world).any():
        tally.note("where the file has no figure for the world, shares are of the partners it names")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(100.0 * table["usd"].to_numpy() / whole)


def _one_report(table: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One report of a flow: the exporter's goes before the importer's."""
    export = (table["flow"] == "export").to_numpy()
    reporter, partner = (table[end].to_numpy(dtype=object) for end in ENDS)
    table = table.assign(
        seller=np.where(export, reporter, partner), buyer=np.where(export, partner, reporter)
    )
    mirrored = ~export & _sharing(table, ["seller", "buyer", "date", "precision"], export)
    return tally.keep(table, ~mirrored, "merged", "importer's report of a flow its exporter reports")
