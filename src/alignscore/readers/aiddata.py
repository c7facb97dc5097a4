"""China's development finance by AidData (GCDF): dated commitments from a financier to a recipient."""

from __future__ import annotations

import re
from functools import partial
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.errors import FormatError, one_of
from alignscore.events import Events
from alignscore.events.rules import TRUTHS
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.cleaning import Cleaning, by_level
from alignscore.readers.steps.state_tables import (
    ActorOptions,
    days,
    numbers,
    post,
    state_named,
    with_numbers,
    without_repeats,
)
from alignscore.readers.steps.tabular import column_named
from alignscore.tables.files import OnError, Progress
from alignscore.tables.opening import OneLayout, Table, open_tables
from alignscore.tables.reading_report import ReadReport, Tally

NEEDED = ("recipient", "commitment year")
RECOMMENDED = [f"recommended for {what}aggregates" for what in ("", "military ", "huawei ")]
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
RECORDS = ("aiddata record id", "aiddata tuff project id")
AMOUNT = re.compile(r".*amount \((constant|usd const)")
DATES = ("commitment date (mm/dd/yyyy)", "commitment date")
FLOWS = ("flow type simplified", "flow type")
GIVEN = ("grant", "technical assistance", "scholarship", "training", "donation")
DEBT = ("forgiveness", "rescheduling", "debt relief")


def read_aiddata(
    path: Table,
    *,
    weight: Literal["share", "value", "equal"] = "share",
    recommended: bool = True,
    financier: str = "CHN",
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Commitments of finance from AidData's records of China's official finance.

    Parameters
    ----------
    path : path, or sequence of paths
        The sheet of records of the Global Chinese Development Finance Dataset (2.0, 3.0) saved as CSV, or of the
        military or Huawei records, a row a record: ``Recipient``, ``Recipient ISO-3``, ``Commitment Year``, ``Flow
        Type``, ``Flow Class``, ``Recommended For Aggregates``, ``Amount (Constant USD 2021)`` (of any year) and
        ``Adjusted Amount (...)``, which goes before it. A frame will do.
    weight : {"share", "value", "equal"}, default "share"
        Percent of all the financier committed in that year, millions of constant dollars, or 1 a record.
        Records without an amount are left out unless ``equal``. Beside acts of the economic domain take ``equal``:
        amounts would drown them.
    recommended : bool, default True
        Only records that AidData recommends for sums: no pledges, umbrella agreements or cancelled projects,
        whose money would be counted twice or never flowed.
    financier : str, default "CHN"
        Who gives, in ISO 3166 alpha-3.
    progress, on_error
        As in `read_events`.
    **actors
        dissolved, blocs, recode: see `Cleaning`.

    Returns
    -------
    events : Events
        Kinds of the ladder: ``aid_grant`` (grants, technical assistance, scholarships), ``debt_relief``,
        ``concessional_loan`` (other ODA-like flows) and ``investment_or_loan``, from the financier to the
        recipient, on the day of commitment where it is given, else in its year.
    report : ReadReport
        Every row accounted for. Facts: record without an amount.

    Raises
    ------
    FileNotFoundError, FormatError, OptionError, UnknownLabelError
        As in `read_events`.

    References
    ----------
    Custer et al. 2023, Tracking Chinese Development Finance: TUFF 3.0 methodology, AidData at William & Mary.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''Recipient,Recipient ISO-3,Commitment Year,Flow Type,Flow Class,Amount (Constant USD 2021)
    ... Cambodia,KHM,2015,Loan,OOF-like,3000000
    ... Viet Nam,VNM,2015,Grant,ODA-like,1000000
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "gcdf.csv")
    ...     _ = path.write_text(text)
    ...     events, report = read_aiddata(path)
    >>> events.to_frame()[["source", "target", "date", "kind", "weight"]]
      source target       date                kind  weight
    0    CHN    KHM 2015-01-01  investment_or_loan    75.0
    1    CHN    VNM 2015-01-01           aid_grant    25.0
    >>> report.read, report.kept
    (2, 2)
    """
    one_of("weight", weight, ("share", "value", "equal"))
    one_of("recommended", recommended, (True, False))
    tally = Tally("aiddata")
    raw = open_tables(
        path, tally, needed=NEEDED, what="table of AidData's records", progress=progress, on_error=on_error,
        each=partial(_as_one, layout=OneLayout(tally, _prices), tally=tally),
    )  # fmt: skip
    record = column_named(raw, RECORDS)
    raw = without_repeats(raw, record, tally)
    flag = column_named(raw, RECOMMENDED)
    if recommended and flag is not None:
        # 1 yes, 0 no or nothing written, -1 another word
        fit = by_level(
            raw[flag], lambda cell: TRUTHS.get(cell.strip().lower(), -1 if cell.strip() else 0), missing=0
        )
        raw = tally.keep(raw, fit >= 0, "refused", "recommended neither yes nor no", flag)
        raw = tally.keep(raw, fit[fit >= 0] == 1, "left out", "not recommended for aggregates", "recipient")
    regions = re.compile("regional|multi-region", re.IGNORECASE)
    many = by_level(raw["recipient"], lambda name: regions.search(name) is not None)
    raw = tally.keep(raw, ~many, "left out", "several recipients in one record", "recipient")
    frame = _once_a_record(_dated(_with_amounts(raw, tally), tally), record, tally)
    if weight != "equal":
        known = frame["amount"].to_numpy(dtype=float) > 0
        frame = tally.keep(frame, known, "left out", "no amount given", "recipient")
    frame = frame.assign(weight=_weights(frame, weight), kind=_kinds(frame), domain="economic")
    frame = frame.assign(state_a=financier, state_b=_recipients(frame), label=frame.get("title", ""))
    return post(frame, "name", Codebook.ladder(), actors, tally)


def _as_one(raw: pd.DataFrame, layout: OneLayout, tally: Tally) -> pd.DataFrame:
    """A file's records with its own dates and recommendation, which the military records have under another name."""
    flag, date = column_named(layout(raw), RECOMMENDED), column_named(raw, DATES)
    if date is not None:
        raw = raw.assign(**{date: steps.dates_in_iso(raw[date], Cleaning(), tally, dayfirst=False)})
    return raw.rename(columns={own: one for own, one in ((flag, RECOMMENDED[0]), (date, DATES[0])) if own})


def _prices(raw: pd.DataFrame) -> list[str]:
    """Columns that tell in prices of which year a file's amounts are: sums of two are in no dollars."""
    return sorted({name.removeprefix("adjusted ") for name in raw.columns if AMOUNT.match(name)})


def _with_amounts(raw: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Records with their amount in constant dollars, the adjusted one (estimated where none is given) before the plain."""
    columns = [name for name in raw.columns if AMOUNT.match(name)]
    if not columns:
        raise FormatError(
            f"{tally.files[0]} is no table of AidData's records: it has no column 'Amount (Constant USD 2021)'."
        )
    for name in columns:  # without commas between thousands; a decimal comma is left to be refused
        plain = by_level(
            raw[name], lambda c: c.replace(",", "") if THOUSANDS.fullmatch(c.strip()) else c, missing=""
        )
        raw = raw.assign(**{name: plain})
    raw = with_numbers(raw, columns, tally)
    amount = np.full(len(raw), np.nan)
    for name in sorted(columns, key=lambda one: not one.startswith("adjusted")):
        amount = np.where(np.isnan(amount), numbers(raw[name]), amount)
    tally.fact("record without an amount", np.isnan(amount))
    return raw.assign(amount=amount)


def _dated(raw: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """The day of commitment where it is given and lies in the year of commitment, else the year."""
    date, precision = days(numbers(raw["commitment year"]))
    column = column_named(raw, DATES)
    if column is not None:
        read, codes, _ = steps.dates_of(raw[column], Cleaning(), dayfirst=False)
        day = np.append(read.days, np.iinfo(np.int32).min)[codes].astype("M8[D]")
        exact = np.append(read.precision == 0, False)[codes] & (day.astype("M8[Y]") == date.astype("M8[Y]"))
        date, precision = np.where(exact, day.astype("M8[s]"), date), np.where(exact, "day", precision)
    raw = raw.assign(date=date, date_precision=precision)
    return tally.keep(raw, ~np.isnat(date), "refused", "unreadable date", "commitment year")


def _once_a_record(frame: pd.DataFrame, record: str | None, tally: Tally) -> pd.DataFrame:
    """One row a record of two files, which may call its recipient by two names; none where they tell two figures."""
    if record is None:
        return frame
    state = by_level(
        _recipients(frame), lambda label: state_named(state_named(label, "name"), "iso3"), missing=""
    )
    numbered = ~steps.blank(frame[record])
    frame = frame.assign(recipient_state=state)
    same = numbered & frame.duplicated([record, "recipient_state", "date", "amount"]).to_numpy(bool)
    frame, numbered = tally.keep(frame, ~same, "merged", "row that stands twice", record), numbered[~same]
    revised = numbered & frame.duplicated(record, keep=False).to_numpy(bool)
    return tally.refuse_two_figures(frame, revised, "two rows tell two figures of one record", record)


def _weights(frame: pd.DataFrame, weight: str) -> np.ndarray:
    amount = np.asarray(frame["amount"], dtype=float)
    if weight == "equal":
        return np.ones(len(frame))
    if weight == "value":
        return np.asarray(amount / 1e6)
    year = frame["date"].to_numpy().astype("M8[Y]").astype(np.int64)
    return np.asarray(100.0 * amount / pd.Series(amount).groupby(year).transform("sum"))


def _kinds(frame: pd.DataFrame) -> np.ndarray:
    none = pd.Series("", index=frame.index)
    flow = frame.get(column_named(frame, FLOWS), none).str.lower()
    debt = by_level(flow, lambda text: any(word in text for word in DEBT))
    given = by_level(flow, lambda text: any(word in text for word in GIVEN))
    soft = frame.get("flow class", none).str.upper().str.startswith("ODA")
    kinds = ["debt_relief", "aid_grant", "concessional_loan"]
    return np.select([debt, given, soft.to_numpy(dtype=bool)], kinds, "investment_or_loan")


def _recipients(frame: pd.DataFrame) -> pd.Series:
    """ISO codes where the record has one, else names."""
    code = column_named(frame, ["recipient iso-3", "recipient iso3"])
    name = frame["recipient"].str.strip()
    return name if code is None else frame[code].str.strip().where(~steps.blank(frame[code]), name)
