"""Events that tests are run on: any that Hypothesis can think of, and those of a few rows written by hand."""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import permutations, product

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import alignscore as al

ACTORS = ["BRN", "CHN", "KHM", "LAO", "USA"]
DOMAINS = ["economic", "diplomatic", "security"]
KINDS = [
    "state_visit",
    "two_plus_two",
    "comprehensive_strategic_partnership",
    "strategic_partnership",
    "sanctions",
    None,
]
START = dt.date(2015, 1, 1)


# few tables, and long ones: what is asked of a table costs about the same whatever it holds
# drawn together: a row of four draws costs less than half of one of a dozen
PAIRS = st.sampled_from(list(permutations(ACTORS, 2)))
DAYS, VALUES = st.integers(0, 5 * 365), st.integers(-20, 20)
LASTS = st.integers(-3000, 1000)  # days; of a negative number no end is known
NAMES = st.sampled_from([*product(KINDS, ["", "", "", *DOMAINS])])
TERMS = st.sampled_from([*product([0.5, 1.0, 2.0], [False, True], ["day", "day", "month", "year"])])


@st.composite
def event_rows(draw, max_size=40, kinds=True, mutual=True, precise=False):
    """A frame of valid rows, of every sort an event can be."""
    rows = []
    for at in range(draw(st.integers(1, max_size))):
        (source, target), days, last = draw(PAIRS), draw(DAYS), draw(LASTS)
        (kind, domain), (weight, both, precision) = draw(NAMES), draw(TERMS)
        kind = kind if kinds else None
        day = START + dt.timedelta(days=days)
        rows.append(
            {
                "source": source,
                "target": target,
                "date": day.isoformat(),
                "until": (day + dt.timedelta(days=last)).isoformat() if last >= 0 else "",
                "date_precision": "day" if precise else precision,
                "domain": domain if kind or domain else DOMAINS[0],
                "kind": kind or "",
                "value": "" if kind else str(draw(VALUES) / 2),
                "weight": str(weight),
                "mutual": str(mutual and both),
                "event_id": f"e{at}",
            }
        )
    return pd.DataFrame(rows)


def events_of(*rows: tuple) -> al.Events:
    """Events from (source, target, date, domain, value[, mutual]) tuples."""
    table = [
        dict(zip(["source", "target", "date", "domain", "value", "mutual"], (*row, False)[:6], strict=True))
        for row in rows
    ]
    return al.Events.from_frame(pd.DataFrame(table))


def point_events(*rows: tuple, mutual: bool = False, domain: str | None = "security") -> pd.DataFrame:
    """A table of acts, (source, target, date, value) each, all of one domain or of none that is named."""
    frame = pd.DataFrame(rows, columns=["source", "target", "date", "value"]).assign(mutual=mutual)
    return frame if domain is None else frame.assign(domain=domain)


def plain_events(source, target, day, value, weight=None) -> al.Events:
    """Acts in security, by labels and days, as codes: a simulation makes many small tables, none of them in doubt."""
    labels, code = np.unique(np.array([source, target]), return_inverse=True)
    source, target = code.reshape(2, -1).astype(np.int32)
    return al.Events.from_columns(
        tuple(labels.tolist()),
        source=source,
        target=target,
        day=np.broadcast_to(np.asarray(day, dtype="M8[D]").astype(np.int32), source.shape),
        domain=np.full(source.shape, al.Codebook.ladder().domains.index("security"), dtype=np.int8),
        value=value,
        weight=weight,
    )


SORTS = ("two_plus_two", "partnership_established", "partnership_upgraded", "state_visit", "sanctions",
         "arms_embargo", "joint_exercise", "trade_agreement", "protest")  # fmt: skip


@cache
def random_events(seed: int, n: int = 40) -> al.Events:
    """Events of every sort: dated to a day, month or year, standing, of families, ended, on both sides."""
    rng = np.random.default_rng(seed)
    names = np.array(["CHN", "KHM", "USA", "VNM", "JPN"])
    book = al.Codebook.ladder()
    known = [name for name in SORTS if name in {kind.name for kind in book}]
    source = rng.integers(0, 5, n)
    day = np.datetime64("2001-01-01") + rng.integers(0, 4000, n).astype("m8[D]")
    frame = pd.DataFrame(
        {
            "source": names[source], "target": names[(source + rng.integers(1, 5, n)) % 5],
            "date": day.astype(str), "kind": rng.choice(known, n),
            "date_precision": rng.choice(["day", "month", "year"], n, p=[0.6, 0.2, 0.2]),
            "mutual": rng.random(n) < 0.5, "weight": rng.uniform(0.5, 2, n).round(3),
            "event_id": [f"e{at}" if at % 3 else None for at in range(n)],
        }
    )  # fmt: skip
    ended = rng.random(n) < 0.2
    frame["until"] = np.where(ended, (day + rng.integers(800, 2000, n)).astype(str), None)
    return al.Events.screen(frame, codebook=book)[0]


@cache
def random_ties(seed: int, n: int = 40, decay: object = None) -> al.Ties:
    """Ties of these events; values are frozen, so that many tests may read one."""
    return al.Ledger.post(random_events(seed, n), **({} if decay is None else {"decay": decay})).ties()
