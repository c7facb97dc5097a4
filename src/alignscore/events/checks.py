"""Checks of coded event columns: codes and numbers in range, rows that are there, events told twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from alignscore.errors import EventError, OptionError
from alignscore.events.rules import RULES, no_square
from alignscore.events.screening import same_event
from alignscore.events.texts import text_codes


def check_codes(columns: Mapping[str, np.ndarray], actors: int, domains: int) -> None:
    """Raise unless columns are of one length, codes point to what is there, and numbers can be posted."""
    n = len(columns["source"])
    for name, column in columns.items():
        if len(column) != n:
            raise EventError(f"column {name!r} has {len(column)} entries, source has {n}.")
    if not n:
        return
    for name, top in (("source", actors), ("target", actors), ("domain", domains)):
        if columns[name].min() < 0 or columns[name].max() >= top:
            raise EventError(f"column {name!r} holds codes outside 0..{top - 1}.")
    if not (columns["source"] != columns["target"]).all():
        raise EventError("source and target are the same actor in some row.")
    for name in ("value", "weight"):
        if np.iscomplexobj(columns[name]):
            raise EventError(f"column {name!r} holds complex numbers; give real ones.")
    weight = columns["weight"]
    if not (np.abs(columns["value"]).max() <= 10 and weight.min() > 0 and np.isfinite(weight.max())):
        raise EventError("a value lies outside [-10, 10], or a weight is not positive and finite.")
    for name in ("value", "weight"):
        if no_square(columns[name]).any():
            raise EventError(f"column {name!r}: {RULES[name][-1].detail}")


def places(which: Any, n: int) -> np.ndarray:
    """A mask or positions as an array, if they are of a table of n events."""
    given = np.asarray(which)
    if given.dtype == bool:
        if given.shape != (n,):
            shape = " x ".join(map(str, given.shape))
            raise OptionError(f"a mask must hold one True or False an event, {n} in all; got {shape}.")
        return given
    if not given.size:
        return np.empty(0, dtype=np.int64)
    if given.ndim != 1 or not np.issubdtype(given.dtype, np.integer):
        raise TypeError(f"take picks by a mask or by whole positions in a row; got {which!r:.60}")
    out = given[(given < -n) | (given >= n)]
    if len(out):
        raise OptionError(f"position {out[0]} is not among the {n} events, 0 to {n - 1}.")
    return given


def unrepeated_ids(joined: Mapping[str, Any], first: int, domains: tuple[str, ...]) -> np.ndarray | None:
    """Codes of the event ids, -1 where blank; refuses events from `first` on that an earlier one tells of already.

    They have its id, domain and pair. None where there are no ids.
    """
    if joined.get("event_id") is None:
        return None
    ids, texts = text_codes(pd.Series(joined["event_id"], dtype=object))
    keys = same_event(ids, *(joined[name] for name in ("domain", "source", "target", "mutual")))
    code = keys.groupby(list(keys), sort=False).ngroup().to_numpy()
    again = first + np.flatnonzero(np.isin(code[first:], code[:first]) & (ids[first:] >= 0))
    if len(again):
        at, names = again[0], joined["actors"]
        pair = f"{names[joined['source'][at]]} and {names[joined['target'][at]]}, {domains[joined['domain'][at]]}"
        raise EventError(
            f"{len(again)} of {len(ids) - first} rows to add repeat an event that is there: same event_id, domain, "
            f"source and target. First: {texts[ids[at]]!r} ({pair}). Leave them out, or give them other ids."
        )
    return ids
