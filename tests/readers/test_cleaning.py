"""The cleaning steps against slow plain twins, and the laws they obey."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignscore.errors import FormatError, OptionError
from alignscore.readers.atop_events import OPEN, strongest
from alignscore.readers.steps.cleaning import Cleaning, collapse_mirrors, dated, mirrors, one_a_day
from alignscore.readers.steps.state_tables import all_pairs, days
from alignscore.tables.reading_report import Tally

row = st.tuples(
    st.sampled_from("ABC"), st.sampled_from("ABC"), st.sampled_from(["040", "163"]),
    st.integers(-1, 2), st.integers(0, 2)
).filter(lambda r: r[0] != r[1])  # fmt: skip
rows = st.lists(row, min_size=1, max_size=25)


def working(listed):
    frame = pd.DataFrame(listed, columns=["source", "target", "kind", "story", "day"])
    frame["date"] = np.datetime64("2020-01-01", "s") + frame["day"].to_numpy() * np.timedelta64(86400, "s")
    for name in ("source", "target", "kind"):
        frame[name] = frame[name].astype("category")
    return frame.assign(end_a=frame["source"], end_b=frame["target"])


def plain_mirrors(listed):
    """Pair each row with the first later, unpaired row of its story and code with swapped ends, day by day."""
    second, twin = [False] * len(listed), [False] * len(listed)
    order = sorted(range(len(listed)), key=lambda i: listed[i][4])
    for at, i in enumerate(order):
        a, b, kind, story, _ = listed[i]
        if story < 0 or twin[i]:
            continue
        for j in order[at + 1 :]:
            if not twin[j] and listed[j][:4] == (b, a, kind, story):
                twin[i] = twin[j] = second[j] = True
                break
    return twin, second


@given(rows)
def test_mirrored_rows_are_those_a_plain_search_pairs(listed):
    twin, second = mirrors(working(listed))
    plain_twin, plain_second = plain_mirrors(listed)
    # which of several equal rows is the twin does not matter: how many of them are does
    keys = sorted(set(listed))

    def marked(mask):
        return [sum(m for m, row in zip(mask, listed, strict=True) if row == key) for key in keys]

    assert marked(twin) == marked(plain_twin)
    assert marked(second) == marked(plain_second)
    assert sum(second) == sum(twin) / 2


@given(rows)
def test_one_a_day_keeps_what_a_plain_set_keeps(listed):
    frame = collapse_mirrors(working(listed), Tally("t"))
    tally = Tally("t")
    kept = one_a_day(frame, "state", tally)
    spoken, plain = set(), []
    told = list(zip(frame.source, frame.target, frame.kind, frame.date, frame.mutual, strict=True))
    for a, b, kind, day, mutual in told:
        if mutual:
            spoken.add((frozenset((a, b)), kind, day))
    seen = set()
    for a, b, kind, day, mutual in told:
        pair = (frozenset((a, b)), kind, day)
        key = pair if mutual else (a, b, kind, day)
        if key in seen or (not mutual and pair in spoken):
            continue
        seen.add(key)
        plain.append((a, b, kind, day, mutual))
    assert list(zip(kept.source, kept.target, kept.kind, kept.date, kept.mutual, strict=True)) == plain
    assert len(frame) - tally.report(0).total("merged") == len(kept)


@settings(max_examples=15)
@given(rows, st.randoms())
def test_the_order_of_rows_changes_no_count(listed, dice):
    mixed = list(listed)
    dice.shuffle(mixed)
    counts = []
    for one in (listed, mixed):
        frame = one_a_day(collapse_mirrors(working(one), Tally("t")), "state", Tally("t"))
        mass = frame.groupby(["kind"], observed=True)["mutual"].agg(["size", "sum"])
        counts.append(mass.to_numpy().tolist())
    assert counts[0] == counts[1]


def days_read(texts, *, dayfirst=False, **options):
    tally = Tally("t", files=["x.csv"])
    frame = dated(pd.DataFrame({"when": texts}), Cleaning(**options), tally, dayfirst=dayfirst)
    return frame["date"].dt.strftime("%Y-%m-%d").tolist()


def test_dates_are_read_in_the_forms_of_these_files():
    forms = ["20191024", "2019-10-24", "10/24/2019", "10/24/19", "2019-10-24T12:00:00"]
    assert set(days_read(forms)) == {"2019-10-24"}
    assert days_read(["1/14/80"]) == ["1980-01-14"]
    assert days_read(["", "20191324", "2019", "2019-10", "99999999", "x", "31/12/2019"]) == ["2019-12-31"]


def test_a_column_of_dates_proves_its_own_order():
    assert days_read(["03/02/2019", "14/02/2019"]) == ["2019-02-03", "2019-02-14"]
    assert days_read(["03/02/2019", "02/14/2019"]) == ["2019-03-02", "2019-02-14"]
    assert days_read(["3.2.19", "14.2.19"]) == ["2019-02-03", "2019-02-14"]
    assert days_read(["03/02/2019"]) == ["2019-03-02"]  # as the source is known to write
    assert days_read(["3 Feb 2019"], date_format="%d %b %Y") == ["2019-02-03"]
    with pytest.raises(
        FormatError, match=r"x.csv: the date '03/02/2019' may have the day or the month first"
    ):
        days_read(["03/02/2019"], dayfirst=None)
    with pytest.raises(FormatError, match=r"stands in a column of two orders: '14/02/2019' .* '02/15/2019'"):
        days_read(["14/02/2019", "02/15/2019"])
    with pytest.raises(OptionError, match="date_format is 'x', which names no year"):
        days_read(["2019"], date_format="x")


def test_unknown_parts_of_a_date_are_its_precision():
    year, month, day = (
        np.array([1980, 1980, 1980, 0, 1980.0]),
        np.array([2, 2, np.nan, 2, 2]),
        np.array([29, 0, 5, 1, 31]),
    )
    date, precision = days(year, month, day)
    assert date.astype("M8[D]").astype(str).tolist() == [
        "1980-02-29",
        "1980-02-01",
        "1980-01-01",
        "NaT",
        "1980-02-01",
    ]
    assert precision.tolist()[:3] == ["day", "month", "year"]
    end, _ = days(year, month, day, end=True)
    assert end.astype("M8[D]").astype(str).tolist() == [
        "1980-02-29",
        "1980-02-29",
        "1980-12-31",
        "NaT",
        "1980-02-29",
    ]


def test_pairs_of_members_share_one_event():
    frame, tally = pd.DataFrame({"label": ["a", "b"]}), Tally("t")
    out = all_pairs(frame, [["X", "Y", "Z"], ["X"]], "shared", tally, "meeting")
    assert list(zip(out.state_a, out.state_b, out.weight, strict=True)) == [
        ("X", "Y", 1 / 2), ("X", "Z", 1 / 2), ("Y", "Z", 1 / 2),
    ]  # fmt: skip
    for member in "XYZ":
        assert out.loc[(out.state_a == member) | (out.state_b == member), "weight"].sum() == 1
    report = tally.report(3)
    assert (report.total("added"), report.total("left out")) == (2, 1)


spell = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 4)).map(
    lambda s: (min(s[0], s[1]), max(s[0], s[1]) if s[2] else OPEN, s[2])
)


@given(st.lists(spell, min_size=1, max_size=6))
def test_the_strongest_obligation_holds_on_every_day(spells):
    found = strongest(spells)
    for day in [*range(14), OPEN]:
        held = [rank for first, last, rank in spells if first <= day <= last]
        mine = [rank for first, last, rank in found if first <= day <= last]
        assert mine == ([min(held)] if held else [])
    if len(spells) > 1:
        assert all(one[1] < two[0] for one, two in pairwise(found))
        assert all(one[2] != two[2] or one[1] + 1 < two[0] for one, two in pairwise(found))
