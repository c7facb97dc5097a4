"""SIPRI's trade register of arms transfers, raw as downloaded: supplier to recipient."""

from __future__ import annotations

import re
from functools import partial
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.errors import FormatError, one_of
from alignscore.events import Events
from alignscore.readers.steps.cleaning import by_level
from alignscore.readers.steps.state_tables import ActorOptions, numbers, post, state_named, with_numbers
from alignscore.tables.files import Meter, OnError, Paths, Progress, Reader, Source, whole
from alignscore.tables.opening import with_repeats_noted
from alignscore.tables.reading_report import ReadReport, Tally
from alignscore.tables.text_tables import OpenQuoteError, find_header, records, text_table, without_semicolons

ORDERED, DELIVERED = "year of order", "year(s) of delivery"
VOLUME, TOTAL = "sipri tiv of delivered weapons", "sipri tiv for total order"
REGISTER = ("recipient", "supplier", (ORDERED, "order date"), (DELIVERED, "delivery year"),
            (VOLUME, "tiv delivery values"))  # fmt: skip
PAIRS = ("recipient", "supplier", "year", ("tiv", "value"))
# names of the layout with a row a deal and year of delivery, as the wide layout calls them
BY_DEAL = {"order date": ORDERED, "delivery year": DELIVERED, "tiv delivery values": VOLUME}
BALANCE = re.compile(
    r"TIV of arms (exports from|imports from|exports to|imports to|imports by) (.+?),? \d{4}", re.IGNORECASE
)
DEAL = "sipri at database id"
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
SPAN = re.compile(r"(?<!\d)((?:1[89]|20|21)\d\d)\s*[-\u2013]\s*((?:1[89]|20|21)\d\d)(?!\d)")
STATES = {"supplier": "supplier_state", "recipient": "recipient_state"}
# layouts, as errors call them; the second has the volume of one year of delivery in each row
A_DEAL, A_DEAL_AND_YEAR, VOLUMES = "a row a deal", "a row a deal and year", "a table of volumes"
HALF_OF_LEAST = 0.25  # a printed 0 is a volume between 0 and 0.5 million


def read_sipri(
    path: Paths,
    *,
    date: Literal["delivery", "order"] = "delivery",
    progress: Progress | None = None,
    on_error: OnError = "raise",
    **actors: Unpack[ActorOptions],
) -> tuple[Events, ReadReport]:
    """Arms transfers from SIPRI's trade register.

    Parameters
    ----------
    path : path, or sequence of paths
        The register as downloaded (lines of explanation above the header, Latin-1), or a plain CSV of it, in
        either layout: a row a deal (``Year(s) of delivery``, ``SIPRI TIV of delivered weapons``), or a row a deal
        and year of delivery (17 columns, ``Delivery year``, ``TIV delivery values``), whose yearly sums are
        exact. Or a table of volumes: the TIV tables of one exporter or importer with a column a year, or a
        long one with ``supplier``, ``recipient``, ``year`` and ``value``.
    date : {"delivery", "order"}, default "delivery"
        ``delivery``: one event a year of delivery, the volume delivered spread evenly over them.
        ``order``: one event in the year of the order, with the volume of the whole order (of all its
        deliveries, in the layout with a row a year); tables of volumes do not tell it.
    progress, on_error
        As in `read_events`.
    **actors
        dissolved, blocs, recode: see `Cleaning`.

    Returns
    -------
    events : Events
        Kind ``arms_transfer`` of the ladder, from supplier to recipient, in years; `weight` is SIPRI's
        trend-indicator value in millions, so masses are volumes: compare shares with other domains, not sums. Added to
        acts of the security domain they would drown these; there let each weigh as one,
        ``Events.from_frame(events.to_frame().assign(weight=1.0))``.
    report : ReadReport
        Every line accounted for. Facts: several years of delivery, order year uncertain.

    Raises
    ------
    FileNotFoundError, FormatError, OptionError, UnknownLabelError
        As in `read_events`.

    Notes
    -----
    A printed 0 is a volume between 0 and 0.5 million and counts as 0.25. Rebels, organisations and unknown
    parties are left out. A record broken over two lines is joined. The register's field separator is
    never quoted: it writes ; for a comma in text.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = '''SIPRI AT Database ID,Supplier,Recipient,Order date,Delivery year,TIV delivery values
    ... 1,China,Cambodia,2012,2013,7.5
    ... 1,China,Cambodia,2012,2014,2.5
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "register.csv")
    ...     _ = path.write_text(text)
    ...     events, report = read_sipri(path)
    >>> events.to_frame()[["source", "target", "date", "weight"]]
      source target       date  weight
    0    CHN    KHM 2013-01-01     7.5
    1    CHN    KHM 2014-01-01     2.5
    >>> report.read, report.kept
    (2, 2)
    """
    one_of("date", date, ("delivery", "order"))
    tally = Tally("sipri")
    reader = Reader(path, tally, progress=progress, on_error=on_error)

    def of_file(source: Source) -> list[pd.DataFrame]:
        raw = with_repeats_noted(_table(source, tally, reader.meter), tally)
        return [_deals(raw, date, source, tally)]

    parts = reader.parts(of_file, "a SIPRI trade register")
    frame = pd.concat(parts, ignore_index=True)
    _refuse_two_layouts(frame)
    frame = _without_repeats(frame, tally)
    frame = _delivered(frame, tally) if date == "delivery" else _orders_by_year(frame, tally)
    if frame.empty:
        raise reader.nothing_found("a SIPRI trade register")
    frame = frame.assign(kind="arms_transfer", date_precision="year")
    return post(frame, "name", Codebook.ladder(), actors, tally)


def _deals(raw: pd.DataFrame, date: str, source: Source, tally: Tally) -> pd.DataFrame:
    """Rows between states, each with its layout."""
    layout = A_DEAL_AND_YEAR if "tiv delivery values" in raw else A_DEAL
    raw = raw.rename(columns=BY_DEAL)
    if ORDERED not in raw:
        layout = VOLUMES
        if date == "order":
            raise FormatError(
                f"{source.name} is a table of volumes delivered, which tells no orders; read it with date='delivery'."
            )
    else:
        tally.fact("several years of delivery", raw[DELIVERED].str.contains(";"))
        for flag, yes in (("order date is estimate", "yes"), ("", "?")):
            if flag in raw:
                tally.fact("order year uncertain", raw[flag].str.lower() == yes)
    for end, named in STATES.items():
        raw[named] = by_level(raw[end], partial(state_named, system="name"), missing="")
    raw = _marked(raw).assign(layout=layout, file=f"{source.path}/{source.member}")
    return _parties(raw, tally)


def _marked(raw: pd.DataFrame) -> pd.DataFrame:
    """With a mark of what each row says, and which of the rows of its file that say so it is.

    The exports of one state and the imports of another say one thing of the two, under other columns.
    """
    listed = (
        sorted(set(raw.columns) - set(STATES)) if ORDERED in raw else [*STATES.values(), DELIVERED, VOLUME]
    )
    cells = raw[listed].apply(lambda column: column.str.strip())
    mark = pd.util.hash_pandas_object(cells, index=False).to_numpy()
    return raw.assign(mark=mark, nth=raw.groupby(mark).cumcount())


def _table(source: Source, tally: Tally, meter: Meter) -> pd.DataFrame:
    text = _without_semicolons(whole(source, tally, meter))
    top = [line.decode("utf-8", "replace") for line in text[: 1 << 16].split(b"\n")[:40]]
    if find_header(top, REGISTER) is None:
        balance = next((found for line in top if (found := BALANCE.search(line))), None)
        if balance is not None:
            return _balance(text, top, balance, source, tally)
        if find_header(top, PAIRS) is not None:
            return text_table(text, source.name, tally, needed=PAIRS, what="table of arms transfers").rename(
                columns={"year": DELIVERED, "tiv": VOLUME, "value": VOLUME}
            )
    lines, joined = _records_joined(text.split(b"\n"))
    tally.read += joined
    tally.move("merged", "second line of a broken record", joined, joined)
    body = b"\n".join(lines)
    return text_table(
        body, source.name, tally, needed=REGISTER, what="SIPRI trade register", quoted=_is_quoted(body, top)
    )


def _without_semicolons(text: bytes) -> bytes:
    """The text without semicolons behind its lines, where the line of names, or the first, ends in some."""
    head = next((line for line in text.split(b"\n", 41)[:40] if line.lower().startswith(STARTS)), b"")
    if not head.rstrip().endswith(b";;") or head.count(b",") < 4:
        return text
    return without_semicolons(text)


STARTS = (b"recipient", b"supplier", b'"recipient', b'"supplier', b"sipri at database", b'"sipri at database')


def _is_quoted(body: bytes, top: list[str]) -> bool:
    """Whether quotes stand around cells: SIPRI never quotes, other programs that saved the register may."""
    header = find_header(top, REGISTER)
    if header is None or b'"' not in body:
        return False
    rest = body.split(b"\n", header.line + 1)[header.line + 1]
    fit, strict = [], False
    for quoted in (False, True):
        try:
            found = records(rest, header.mark, quoted=quoted)
        except OpenQuoteError:
            fit.append(0.0)
            continue
        strict = quoted and found.strict
        fit.append(float((found.widths == len(header.names)).mean()))
    return fit[1] > fit[0] or (strict and fit[1] == fit[0])


def _balance(text: bytes, top: list[str], title: re.Match[str], source: Source, tally: Tally) -> pd.DataFrame:
    """The exports or imports of one state, a row a partner and a column a year, as a row a pair and year."""
    of_years = (at for at, line in enumerate(top) if "TIV" not in line and len(YEAR.findall(line)) > 1)
    years = next(of_years, 0)
    body = b"\n".join(text.split(b"\n")[years:])
    frame = text_table(body, source.name, tally, what="table of arms transfers")
    columns = [name for name in frame.columns if YEAR.fullmatch(name)]
    partner = next((name for name in frame.columns if name not in columns and not name.startswith("#")), "")
    total = frame[partner].str.strip().str.lower().isin(["total", ""])
    frame = tally.keep(frame, ~total, "left out", "total of the table")
    long = frame[[partner, *columns]].melt(id_vars=[partner], var_name=DELIVERED, value_name=VOLUME)
    tally.move("added", "years of a table beyond the first", len(long) - len(frame), len(frame))
    sells = title[1].lower() in ("exports from", "imports from")
    return long.assign(
        supplier=title[2] if sells else long[partner], recipient=long[partner] if sells else title[2]
    )


def _refuse_two_layouts(frame: pd.DataFrame) -> None:
    """Raise where files of two layouts tell of one delivery: nothing tells that it is one."""
    if frame["layout"].nunique() < 2:
        return
    amounts = frame.assign(year=[_years(cell) for cell in frame[DELIVERED]])[numbers(frame[VOLUME]) > 0]
    amounts = amounts.explode("year").dropna(subset=["year"])
    delivery = [*STATES.values(), "year"]
    amounts = amounts.drop_duplicates([*delivery, "layout"])
    twice = amounts[amounts.duplicated(delivery, keep=False)]
    if len(twice):
        first = twice.iloc[0]
        both = " and ".join(twice.loc[(twice[delivery] == first[delivery]).all(axis=1), "layout"])
        raise FormatError(
            f"files of two layouts ({both}) tell of deliveries of {first['supplier']} to {first['recipient']} in "
            f"{first['year']}, which would count twice; give the files of one layout."
        )


def _without_repeats(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """Rows that two downloads have in common once, by SIPRI's number of the deal or by all that they say.

    Where a later download has revised a volume, which of the two holds is not for us to say.
    """
    deal = frame[DEAL].fillna("") if DEAL in frame else pd.Series("", index=frame.index)
    frame = frame.assign(deal=deal, year=numbers(frame[DELIVERED]), volume=numbers(frame[VOLUME]))
    delivery = ["deal", *STATES.values(), "year"]
    again = frame.duplicated(["mark", "nth"]) | ((deal != "") & frame.duplicated([*delivery, "volume"]))
    frame = tally.keep(frame, ~again, "merged", "row that stands twice", "recipient")
    known = frame["file"].where(frame["volume"].notna())
    revised = known.groupby([frame[name] for name in delivery]).transform("nunique") > 1
    of_deal = revised & (frame["deal"] != "")
    # a table of volumes has a row a pair and year; deals without a number may be several
    of_pair = (revised & (frame["layout"] == VOLUMES))[~of_deal]
    frame = tally.refuse_two_figures(
        frame, of_deal, "two files tell two volumes of one deal and year", "deal"
    )
    return tally.refuse_two_figures(
        frame, of_pair, "two files tell two volumes of one pair and year", "recipient"
    )


def _one_a_deal(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One row a deal, with the volume of all its deliveries, of the rows that have one of a year each."""
    if not (frame["layout"] == A_DEAL_AND_YEAR).any():
        return frame
    frame = with_numbers(frame, [VOLUME], tally)
    exact = (frame["layout"] == A_DEAL_AND_YEAR).to_numpy()
    names = [name for name in (DEAL, *STATES.values(), ORDERED) if name in frame]
    volume = pd.Series(numbers(frame[VOLUME]))
    if DEAL in names:
        volume = volume.groupby([frame[name] for name in names], dropna=False).transform("sum")
    total = frame[TOTAL] if TOTAL in frame else pd.Series("", index=frame.index)
    frame = frame.assign(**{TOTAL: total.where(~exact, volume.map(repr))})
    again = exact & frame.duplicated(names).to_numpy() & (DEAL in names)
    return tally.keep(frame, ~again, "merged", "further delivery of one deal")


def _records_joined(lines: list[bytes]) -> tuple[list[bytes], int]:
    """Lines with broken records joined, and how many were joined."""
    head = next(
        (at for at, line in enumerate(lines) if line.lower().startswith(b"recipient,supplier,")), None
    )
    if head is None:
        return lines, 0
    width, out, joined = lines[head].count(b","), lines[: head + 1], 0
    for line in lines[head + 1 :]:
        short = len(out) > head + 1 and out[-1].count(b",") < width
        if line and short and out[-1] and out[-1].count(b",") + line.count(b",") == width:
            out[-1], joined = out[-1] + line, joined + 1
        else:
            out.append(line)
    return out, joined


def _parties(raw: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    frame = raw.assign(state_a=raw["supplier"].str.strip(), state_b=raw["recipient"].str.strip())
    for reason, pattern in (
        ("unknown party", r"unknown "),
        ("organisation, not a state", r".*\*\*$"),
        ("rebels, not a state", r".*\*$"),
    ):
        is_it = frame["state_a"].str.match(pattern) | frame["state_b"].str.match(pattern)
        frame = tally.keep(frame, ~is_it, "left out", reason, "recipient")
    return frame


def _delivered(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """One row a year of delivery; where volumes are printed whole, 0 is some volume, else it is none."""
    frame = with_numbers(frame, [VOLUME], tally)
    volume = numbers(frame[VOLUME])
    years = [_years(cell) for cell in frame[DELIVERED]]
    n = np.array([len(one) for one in years], dtype=np.int64)
    stays = (n > 0) & ~np.isnan(volume) & ~((frame["layout"] == A_DEAL_AND_YEAR) & (volume == 0))
    weight = np.where(volume == 0, HALF_OF_LEAST, volume) / np.maximum(n, 1)
    frame = frame.assign(weight=weight, year=pd.Series(years, dtype=object))
    frame = tally.keep(frame, stays, "left out", "no delivery given", DELIVERED)
    out = frame.explode("year", ignore_index=True)
    out["date"] = pd.to_datetime(out["year"] + "-01-01")
    tally.move("added", "years of delivery beyond the first", len(out) - len(frame), len(frame))
    return out


def _years(cell: str) -> list[str]:
    """Years of delivery in a cell, "2013; 2015" or "2013-2015", as the printed registers write a span."""
    spelt = SPAN.sub(lambda span: "; ".join(map(str, range(int(span[1]), int(span[2]) + 1))), cell)
    return re.findall(r"(?<!\d)(?:1[89]|20|21)\d\d(?!\d)", spelt)


def _orders_by_year(frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    frame = with_numbers(_one_a_deal(frame, tally), [TOTAL], tally)
    volume = numbers(frame[TOTAL]) if TOTAL in frame else np.full(len(frame), np.nan)
    frame = frame.assign(weight=np.where(volume == 0, HALF_OF_LEAST, volume))
    frame = frame.assign(**{ORDERED: frame[ORDERED].str.strip().str.removesuffix(".0")})
    good = frame[ORDERED].str.fullmatch(r"(1[89]|20|21)\d\d")
    frame = tally.keep(frame, good, "refused", "unreadable date", ORDERED)
    frame = tally.keep(frame, frame["weight"].notna(), "left out", "no volume given", "recipient")
    return frame.assign(date=pd.to_datetime(frame[ORDERED] + "-01-01"))
