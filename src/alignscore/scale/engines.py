"""The ledger's sums as one narwhals expression, made inside DuckDB, polars or Spark.

The engine groups by labels as they stand, period, and what is wrong with a row's numbers; only that small table
comes back. Labels, kinds and domains are judged on it, by the rules of `screening`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.actors.labels import refuse_two_names
from alignscore.axes import Axes, Freq, codes_among, dyads_of, make_periods
from alignscore.codebook import Codebook
from alignscore.decay import Decay
from alignscore.errors import EventError, LedgerError, OptionError, nothing_to_post, one_of
from alignscore.events.columns import coded
from alignscore.events.rules import (
    NOTHING,
    RULES,
    Lookup,
    look_up_domains,
    look_up_kinds,
    look_up_labels,
    look_up_readable,
    look_up_truths,
    placeholders,
    refuse_numbers,
    without_nothing,
)
from alignscore.ledger import Ledger
from alignscore.ledger.cells import SUMS, Grid, Rates, pair_lines
from alignscore.ledger.sums import Table, merge
from alignscore.scale.stream import MEND, NUMBERS, Duplicates, Posted, Settings
from alignscore.tables.opening import pyarrow
from alignscore.tables.reading_report import Tally
from alignscore.values import pyarrow_for

# what is wrong with a row's numbers and date is found inside the engine, all else on the groups that come back
_RULES = [rule for name in ("date", "value", "weight") for rule in RULES[name] if "kind" not in rule.reads]
INSIDE = {rule: at for at, rule in enumerate(_RULES, start=1)}
SPECIAL = 1 + len(INSIDE)  # rows that this door cannot post
PLAIN = {  # texts that say no more than a plain dated event does
    "until": ["", *NOTHING],
    "standing": ["false", "0", "0.0", "f", "no", "", *NOTHING],
    "date_precision": ["day", "", *NOTHING],
}
MONTH_ENDS = (31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)
PARTS = ("w", "c", "c2", "k", "k2", "w2")
WHOLE = ("events", "mass", "weights")  # of some mass, and what nothing faded


def post_lazy(
    table: Any,
    *,
    freq: Freq = "Y",
    decay: Decay | None = None,
    codebook: Codebook | None = None,
    columns: Mapping[str, str | None] | None = None,
    duplicates: Duplicates = "keep",
    actors: Literal["check", "as_given"] = "check",
    date_format: str | None = None,
) -> Posted:
    """Post plain dated events inside the engine that holds them; only the sums come back.

    Parameters
    ----------
    table : polars.LazyFrame, DuckDB relation, Spark dataframe, or any other that narwhals knows
        Columns ``source``, ``target``, ``date`` (a date or a timestamp), and ``kind`` or ``domain`` with
        ``value``; optional ``weight`` and ``mutual``.
    freq, decay, codebook
        As for `Ledger.post` and `Events.from_frame`.
    columns : mapping of str to str or None, optional
        Our name to the table's; None leaves a column out.
    duplicates : {"keep", "trust"}, default "keep"
        An engine adds rows up and compares none. A table with a column ``event_id`` is refused unless ``trust`` says
        that no event is told twice. Ids are not read: of an act in several domains only that which its kind books
        there is one piece of evidence.
    actors : {"check", "as_given"}, default "check"
        Refuse a table in which one actor goes by two labels, or take every label as an actor of its own.
    date_format : str, optional
        How a date that is text is written, such as "%d/%m/%Y", in the engine's own codes.

    Returns
    -------
    Posted
        The ledger, with ``.report``. Equal to that of the table in memory to 1e-9: parallel engines repeat a
        sum only to 1e-10.

    Raises
    ------
    EventError
        A column is missing or of another type, or some row is of a sort that needs more than its own sums: an
        imprecise date, an ``until``, a standing kind. Use `post_parquet` or `post_dask` for these.
    LedgerError
        No row can be posted, or the engine lost a number on the way.

    Notes
    -----
    DuckDB 2.0 reads NaN in Parquet files of other writers as it likes unless told
    ``read_parquet(path, can_have_nan=true)``; every sum is checked to be finite all the same.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"source": ["CHN", "USA"], "target": ["KHM", "PHL"], "domain": "security",
    ...     "date": pd.to_datetime(["2024-05-16", "2024-04-22"]), "value": [6.0, 6.5]})
    >>> post_lazy(rows)
    <Ledger: 2 events in 2 cells, 4 actors, 2 dyads, 3 domains, years 2024..2024, HalfLife(years=5.0)>
    """
    one_of("actors", actors, ("check", "as_given"))
    settings = Settings.make(freq, decay, codebook, columns, duplicates=duplicates, date_format=date_format)
    if duplicates in ("refuse", "merge"):
        raise OptionError(
            f"post_lazy cannot compare rows, as duplicates={duplicates!r} asks; take distinct rows in the engine "
            "first, or use post_parquet."
        )
    try:
        import narwhals.stable.v2 as nw
    except ImportError:
        raise ImportError("post_lazy runs on narwhals: pip install 'alignscore[scale]'") from None
    pyarrow("what an engine gives back is read")
    if isinstance(table, pd.DataFrame) and any(isinstance(dtype, pd.ArrowDtype) for dtype in table.dtypes):
        # pandas has no remainder for these
        table = pyarrow_for(table).Table.from_pandas(table, preserve_index=False)
    try:
        frame = nw.from_native(table).lazy()
    except TypeError:
        raise TypeError(
            f"table is a {type(table).__name__}; give a lazy or eager table of polars, DuckDB or another engine."
        ) from None
    schema = frame.collect_schema()
    names = settings.named(map(str, schema.names()))
    if "event_id" in names:
        raise EventError(
            "post_lazy cannot compare event ids; say duplicates='trust' if no event is told twice, or use post_parquet."
        )
    for name in NUMBERS:  # one that is blank throughout has no type of numbers
        if name in names and not schema[names[name]].is_numeric() and _blank(nw, frame, names[name]):
            del names[name]
    written = _check_types(nw, schema, names, date_format)
    rates = Rates.make(settings.decay, settings.codebook)
    frame = frame.select(*[nw.col(theirs).alias(ours) for ours, theirs in names.items()])
    try:
        if written:
            frame = frame.with_columns(nw.col("date").str.to_datetime(format=date_format))
        grouped = _grouped(nw, frame, set(names), settings.freq, rates.half_lives[1:])
        options = {"engine": "streaming"} if grouped.implementation.is_polars() else {}
        found = grouped.collect(**options)
    except Exception as problem:  # every engine has errors of its own
        if not written:
            raise
        why = str(problem).partition("\n")[0]
        raise EventError(f"the engine cannot read every date as {date_format!r}: {why}") from None
    coded_as_numbers = "kind" in names and schema[names["kind"]].is_numeric()
    return _posted(_plain(found), settings, rates, actors, coded_as_numbers)


def _blank(nw: Any, frame: Any, name: str) -> bool:
    """Whether no cell of a column is filled."""
    filled = frame.select(nw.col(name).count().alias("filled")).collect()
    return bool(filled["filled"].item() == 0)


def _check_types(nw: Any, schema: Any, names: Mapping[str, str], date_format: str | None) -> bool:
    """Raise for columns of types that cannot be summed; whether the date is a text to be read first."""
    date = schema[names["date"]]
    written = bool(date == nw.String)
    if written and date_format is None:
        raise EventError(
            f"column {names['date']!r} is text; say how it is written, as date_format='%d/%m/%Y', or make it a date in "
            "the engine first."
        )
    if not (written or date == nw.Date or date == nw.Datetime):
        raise EventError(f"column {names['date']!r} is {date}; make it a date in the engine first.")
    for name in ("value", "weight"):
        if name in names and not schema[names[name]].is_numeric():
            raise EventError(f"column {names[name]!r} is {schema[names[name]]}; make it a number first.")
    return written


# ---- inside the engine; nw is narwhals -----------------------------------------------------------
def _grouped(nw: Any, frame: Any, names: set[str], freq: Freq, half_lives: np.ndarray) -> Any:
    """One row a (labels, period, fault) with its sums for each rate of fading."""
    value = nw.col("value").cast(nw.Float64) if "value" in names else nw.lit(None, nw.Float64)
    blank = (value.is_null() | value.is_nan()) if "value" in names else nw.lit(True)
    if "kind_value" in names and "kind" in names:  # a value that came from the kind is the kind's
        own = nw.col("kind_value").cast(nw.Float64)
        of_kind = ~nw.col("kind").is_null() & ~own.is_null() & (value == own)
        blank = of_kind.fill_null(False) | blank
    frame = frame.with_columns(
        value_=nw.when(~blank).then(value).otherwise(nw.lit(0.0)),
        valued_=~blank,
        weight_=_weight(nw, names),
        year_=_dated(nw, nw.col("date").dt.year(), 1970),
        day_=_dated(nw, nw.col("date").dt.ordinal_day(), 1),
        month_=_dated(nw, nw.col("date").dt.month(), 1),
    )
    year, ordinal, month = (nw.col(name) for name in ("year_", "day_", "month_"))
    before = year - 1  # whole years since the year 1
    day = before * 365 + before // 4 - before // 100 + before // 400 + ordinal - 719163
    leap = ((year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))).cast(nw.Int64)
    # named, for some engines work out an expression at each use
    frame = frame.with_columns(first_=day, leap_=leap)
    day, leap = nw.col("first_"), nw.col("leap_")
    end, period = _ends(nw, day, year, ordinal, month, leap, freq)
    frame = frame.with_columns(lag_=(end - day).cast(nw.Float64), period_=period, fault_=_fault(nw, names))
    fine = nw.col("fault_") == 0
    keys = [name for name in ("source", "target", "kind", "domain", "mutual") if name in names]
    terms = {}
    for at, half_life in enumerate(half_lives):
        left = (nw.col("lag_") * (-np.log(2) / half_life)).exp()
        terms[f"w{at}"] = nw.when(fine).then(nw.col("weight_") * left).otherwise(nw.lit(0.0))
    zero, value_ = nw.lit(0.0), nw.col("value_")
    up = nw.when(fine & (value_ > 0)).then(value_).otherwise(zero)
    down = nw.when(fine & (value_ < 0)).then(-value_).otherwise(zero)
    frame = frame.with_columns(**terms, up_=up, down_=down)
    masses: dict[str, Any] = {}
    for at in range(len(half_lives)):
        w = nw.col(f"w{at}")
        c = nw.col("up_") * w
        k = nw.col("down_") * w
        whole = nw.col("weight_")  # before fading: squares fade once
        made = (w, c, nw.col("up_") * whole * c, k, nw.col("down_") * whole * k, whole * w)
        masses |= {f"{name}_{at}": column for name, column in zip(PARTS, made, strict=True)}
    weights = nw.when(fine).then(nw.col("weight_")).otherwise(zero)
    some = nw.when(fine & (value_ != 0)).then(nw.lit(1.0)).otherwise(zero)
    unfaded = (some, (nw.col("up_") + nw.col("down_")) * weights, weights)
    masses |= {f"{name}_0": column for name, column in zip(WHOLE, unfaded, strict=True)}
    frame = frame.with_columns(**masses)
    return frame.group_by(*keys, "valued_", "period_", "fault_").agg(
        nw.len().alias("n_"),
        nw.col("first_").min().alias("min_"),
        nw.col("first_").max().alias("max_"),
        *[nw.col(name).sum() for name in masses],
    )


def _weight(nw: Any, names: set[str]) -> Any:
    """Weight of each row, 1 where blank."""
    if "weight" not in names:
        return nw.lit(1.0)
    weight = nw.col("weight").cast(nw.Float64)
    return nw.when(weight.is_null() | weight.is_nan()).then(nw.lit(1.0)).otherwise(weight)


def _dated(nw: Any, part: Any, otherwise: int) -> Any:
    """Part of the date, a number also where there is none."""
    return nw.when(~nw.col("date").is_null()).then(part).otherwise(nw.lit(otherwise)).cast(nw.Int64)


def _ends(nw: Any, day: Any, year: Any, ordinal: Any, month: Any, leap: Any, freq: Freq) -> tuple[Any, Any]:
    """Last day of each row's period, and the period's ordinal."""
    new_year = day - ordinal  # the day before the year begins
    if freq == "D":
        return day, day
    if freq == "W":  # Monday to Sunday; 1970-01-01 was a Thursday
        return day + (6 - (day + 3) % 7), (day + 3) // 7 + 1
    if freq == "Y":
        return new_year + 365 + leap, year - 1970
    step = 1 if freq == "M" else 3
    within = nw.lit(0)
    for at in range(step, 13, step):  # the end of every period of the year; one holds for each row
        holds = ((month > at - step) & (month <= at)).cast(nw.Int64)
        within = within + holds * (MONTH_ENDS[at - 1] + (leap if at > 1 else 0))
    return new_year + within, (year - 1970) * (12 // step) + (month - 1) // step


def _fault(nw: Any, names: set[str]) -> Any:
    """Code of the first rule that a row's date and numbers break, 0 for none."""
    read = {"day": nw.col("first_"), "dated": ~nw.col("date").is_null(), "value": nw.col("value_")}
    if "weight" in names:
        read["weight"] = nw.col("weight_")
    fault = nw.lit(0)
    for rule, code in reversed(INSIDE.items()):  # the first that holds is written last
        if set(rule.reads) <= set(read):
            bad = rule.bad(*(read[name] for name in rule.reads))
            fault = nw.when(bad).then(nw.lit(code)).otherwise(fault)
    for name in ("until", "standing", "date_precision"):
        if name in names:
            text = nw.col(name).cast(nw.String).str.to_lowercase()
            odd = ~nw.col(name).is_null() & ~text.is_in(PLAIN[name])
            fault = nw.when(odd).then(nw.lit(SPECIAL)).otherwise(fault)
    return fault.cast(nw.Int64)


# ---- what came back -----------------------------------------------------------------------------
def _plain(collected: Any) -> dict[str, Any]:
    """Columns of the collected groups: texts as (codes, texts), numbers as arrays."""
    arrow = collected.to_arrow()
    text = ("source", "target", "kind", "domain", "mutual")
    return {
        name: coded(arrow.column(name), name) if name in text else arrow.column(name).to_numpy().astype(float)
        for name in arrow.column_names
    }


def _posted(
    group: dict[str, Any], settings: Settings, rates: Rates, actors: str, coded_as_numbers: bool
) -> Posted:
    """Judge labels, look kinds up, and lay the groups out as cells."""
    book, tally = settings.codebook, Tally("engine")
    n = group["n_"].astype(np.int64)
    tally.read = int(n.sum())
    read, unread, labels = _read(group, book, actors)
    if coded_as_numbers:
        refuse_numbers(group["kind"][1], book)
    fault = group["fault_"].astype(np.int64)
    stands = np.append(book.standing, False)[read["kind"]]
    if (fault == SPECIAL).any() or stands.any():
        rows = int(n[(fault == SPECIAL) | stands].sum())
        raise EventError(
            f"{rows:,} of {tally.read:,} rows stand, have an until, or an imprecise date: their sums need more "
            "than one pass. Use post_parquet or post_dask."
        )
    good = np.ones(len(n), dtype=bool)
    for bad, reason, detail in _refusals(read, unread, fault):
        tally.move("refused", reason, int(n[bad & good].sum()), tally.read, detail)
        good &= ~bad
    if not good.any():
        raise nothing_to_post()
    at = np.flatnonzero(good)
    if actors == "check":
        met = np.unique([read["source"][at], read["target"][at]])
        refuse_two_names([labels[code] for code in met], way_out=MEND)
    read |= {"period": group["period_"].astype(np.int64), "n": group["n_"]}
    cells = {name: column[at] for name, column in read.items()}
    sums = {name: column[at] for name, column in group.items() if name[-1].isdigit()}
    days = (group["min_"][at].min(), group["max_"][at].max())
    ledger = _ledger(cells, sums, days, labels, settings, rates)
    if not np.isfinite(ledger.sums).all():
        raise LedgerError(
            "the engine returned a sum that is not a number; check its handling of NaN (DuckDB: can_have_nan=true)."
        )
    return Posted.from_ledger(ledger, tally.report(int(n[good].sum())))


def _read(
    group: dict[str, Any], book: Codebook, actors: str
) -> tuple[dict[str, np.ndarray], dict[str, tuple[np.ndarray, tuple[Lookup, ...]]], tuple[str, ...]]:
    """Columns of the groups by the names that rules have for them, those with texts that mean nothing, and the actors."""
    labels = tuple(sorted({text for side in ("source", "target") for text in group[side][1]}))
    nobody = placeholders(labels) if actors == "check" else set()
    read = {"valued": group["valued_"].astype(bool)}
    unread: dict[str, tuple[np.ndarray, tuple[Lookup, ...]]] = {}
    for name in ("source", "target"):
        codes, texts = group[name]
        read[name] = np.append(codes_among(texts, labels), -1)[codes]
        unread[name] = codes, (look_up_readable(name, texts), look_up_labels(name, texts, nobody))
    found: dict[str, Callable[[list[str]], Lookup]] = {
        "kind": lambda texts: look_up_kinds(texts, book),
        "domain": lambda texts: look_up_domains(texts, book),
        "mutual": lambda texts: look_up_truths("mutual", texts),
    }
    for name, look_up in found.items():
        codes, texts = group.get(name, (np.full(len(group["n_"]), -1), []))
        codes = without_nothing(codes, texts, book)
        looked_up = look_up(texts)
        unread[name], read[name] = (codes, (looked_up,)), looked_up.per_row(codes)
    read["posts"] = np.append(book.domain_shares.any(axis=1), True)[read["kind"]]
    return read, unread, labels


def _refusals(
    read: dict[str, np.ndarray], unread: dict[str, tuple[np.ndarray, tuple[Lookup, ...]]], fault: np.ndarray
) -> Iterator[tuple[np.ndarray, str, str]]:
    """(groups, reason, detail) in the order in which the screen judges a row."""
    for column, rules in RULES.items():
        if column in unread:
            codes, looked_up = unread[column]
            for found in looked_up:
                for at in np.flatnonzero(found.unread):
                    yield codes == at, found.reason, found.detail(int(at))
        for rule in rules:
            if rule in INSIDE:
                yield fault == INSIDE[rule], rule.reason, rule.detail
            elif set(rule.reads) <= set(read):
                yield rule.bad(*(read[name] for name in rule.reads)), rule.reason, rule.detail


def _ledger(
    groups: dict[str, np.ndarray],
    sums: dict[str, np.ndarray],
    days: tuple[float, float],
    actors: tuple[str, ...],
    settings: Settings,
    rates: Rates,
) -> Ledger:
    """The groups laid out as cells: each is an entry of every domain that it posts to, E entries in all."""
    book, half_lives = settings.codebook, rates.half_lives
    first, last = (np.datetime64(int(day), "D") for day in days)
    periods = make_periods(first, last, settings.freq)
    A, K = len(actors), len(book.domains)
    group, domain, share = _entries(groups, book)
    source, target, mutual = (groups[name][group] for name in ("source", "target", "mutual"))
    rate = rates.of_kind[groups["kind"][group], domain]
    period = groups["period"][group] - periods[0].ordinal
    fading = range(len(half_lives) - 1)  # nothing stands here
    at_rate = {name: np.stack([sums[f"{name}_{r}"] for r in fading])[rate - 1, group] for name in PARTS}
    table, unfaded = _sums_of_entries(groups, sums, at_rate, group, share, book)
    line = domain + K * mutual
    booked = np.stack([np.bincount(line, x, 2 * K).reshape(2, K) for x in unfaded], axis=1)
    back = np.flatnonzero(mutual)  # which count in both directions
    pair = np.append(source * A + target, target[back] * A + source[back])
    keys, dyad = np.unique(pair, return_inverse=True)
    grid = Grid(len(keys), K, len(half_lives), len(periods))
    both = [np.append(part, part[back]) for part in (domain, grid.layer(rate, mutual), period)]
    values = np.stack([table[name] for name in SUMS], axis=1)
    cells, summed = merge([(grid.key(dyad.reshape(-1), *both), np.concatenate([values, values[back]]))])
    entries = pd.DataFrame({
        "group": group, "share": share, "up": table["cooperation2"], "down": table["conflict2"],
        "a": source, "b": target, "domain": domain, "rate": rate, "mutual": mutual, "period": period,
    })  # fmt: skip
    joint_cells, joint = _joint(entries, grid, half_lives, keys, A)
    axes = Axes(actors, dyads_of(keys, A), book.domains, periods)
    return Ledger(
        axes, pd.Period(last, freq=settings.freq), settings.decay, half_lives, cells, summed, booked=booked,
        codebook=book.fingerprint, joint_cells=joint_cells, joint=joint,
    )  # fmt: skip


def _entries(groups: dict[str, np.ndarray], book: Codebook) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Group, domain and share of each entry, (E,): all in the domain that is given, or as the kind is shared out."""
    K = len(book.domains)
    shares = np.vstack([book.domain_shares, np.zeros(K)])[groups["kind"]]  # (G, K)
    given = groups["domain"] >= 0
    shares[given] = np.eye(K)[groups["domain"][given]]
    group, domain = np.nonzero(shares)
    return group, domain, shares[group, domain]


def _sums_of_entries(
    groups: dict[str, np.ndarray],
    sums: dict[str, np.ndarray],
    at_rate: dict[str, np.ndarray],
    group: np.ndarray,
    share: np.ndarray,
    book: Codebook,
) -> tuple[dict[str, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Sums of each entry, (E,), by name; and what nothing faded, events of some mass and that mass.

    A value of the row's own is in the engine's sums, `at_rate` those that fade; a kind's times its weights.
    """
    value = np.append(book.values, 0.0)[groups["kind"][group]]
    own, up, down = groups["valued"][group], np.maximum(value, 0), np.maximum(-value, 0)
    w, c, c2, k, k2, w2 = (at_rate[name] for name in PARTS)
    table = {
        "n": groups["n"][group],
        "weight": w * share,
        "cooperation": np.where(own, c, w * up) * share,
        "cooperation2": np.where(own, c2, w2 * up**2) * share**2,
        "conflict": np.where(own, k, w * down) * share,
        "conflict2": np.where(own, k2, w2 * down**2) * share**2,
    }
    events = np.where(own, sums["events_0"][group], table["n"] * (value != 0))
    mass = np.where(own, sums["mass_0"][group], sums["weights_0"][group] * np.abs(value)) * share
    return table, (events, mass)


def _joint(entries: pd.DataFrame, grid: Grid, half_lives: np.ndarray, dyads: np.ndarray, A: int) -> Table:
    """Joint cells and products of acts whose kind has several domains: its entries, one a domain, follow each other."""
    line = pair_lines(grid.domains)
    opposite = grid.domains * (grid.domains + 1) // 2
    parts = []
    for apart in range(1, grid.domains):
        first = entries[:-apart]
        second = entries[apart:].set_axis(entries.index[:-apart])
        one = (first["group"] == second["group"]).to_numpy()
        p, q = first[one], second[one]
        scale = (q["share"] / p["share"]).to_numpy()
        product = [np.minimum(p[name] * scale, q[name] / scale) for name in ("up", "down")]
        rates = p["rate"].to_numpy(), q["rate"].to_numpy()
        rate = np.where(half_lives[rates[0]] <= half_lives[rates[1]], *rates)  # the faster one
        lines = line[p["domain"], q["domain"]]
        layer = grid.layer(rate, mutual=False)
        mutual = p["mutual"].to_numpy()
        every = np.ones(len(mutual), dtype=bool)
        low, high = np.minimum(p["a"], p["b"]), np.maximum(p["a"], p["b"])
        ways = (
            (p["a"], p["b"], 0, 1.0, every),
            (p["b"], p["a"], 0, 1.0, mutual),
            (low, high, opposite, 2.0, mutual),
        )
        for a, b, shift, times, which in ways:
            dyad = np.searchsorted(dyads, (a * A + b)[which])
            cells = grid.joint().key(dyad, (lines + shift)[which], layer[which], p["period"][which])
            parts.append((cells, times * np.stack(product, axis=1)[which]))
    return merge(parts) if parts else (np.empty(0, dtype=np.int64), np.empty((0, 2)))
