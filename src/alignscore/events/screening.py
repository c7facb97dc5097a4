"""Column-wise checks of an event table: every row is kept, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.dates import (
    EARLIEST,
    FIRST_YEAR,
    LAST_YEAR,
    LATEST,
    NO_DAY,
    as_written,
    parse_dates,
    span_ends,
    stamped_days,
)
from alignscore.errors import near
from alignscore.events.table import check_columns, text_codes

__all__ = [
    "LARGEST", "NO_DAY", "SMALLEST", "TRUTHS", "Screen", "beyond_squares", "identity", "ladder_or", "no_square",
    "told", "where",
]  # fmt: skip

SMALLEST, LARGEST = 1e-50, 1e50  # of weights and values: masses are squared, and the squares multiplied
TRUTHS = {"true": 1, "false": 0, "1": 1, "0": 0, "yes": 1, "no": 0, "t": 1, "f": 0, "": 0, "1.0": 1, "0.0": 0}


def ladder_or(codebook: Codebook | None) -> Codebook:
    """The codebook, or the ladder where none is given."""
    if codebook is None:
        return Codebook.ladder()
    if not isinstance(codebook, Codebook):
        raise TypeError(f"codebook must be a Codebook, such as Codebook.ladder(); got {codebook!r:.60}")
    return codebook


def no_square(size: np.ndarray) -> np.ndarray:
    """Which numbers are too small or too large for their mass to be squared, (N,); 0 is not."""
    size = np.abs(size)
    return ((size > 0) & (size < SMALLEST)) | ((size > LARGEST) & np.isfinite(size))


def beyond_squares(name: str) -> tuple[str, str]:
    """Reason and detail for such a number."""
    detail = f"{name} must lie between {SMALLEST:g} and {LARGEST:g} in size: masses are squared."
    return f"{name} too small or large to square", detail


def identity(
    ids: np.ndarray, domain: np.ndarray, source: np.ndarray, target: np.ndarray, mutual: np.ndarray
) -> pd.DataFrame:
    """What makes two rows one and the same event, by codes; a mutual pair has no order."""
    low = np.where(mutual, np.minimum(source, target), source)
    high = np.where(mutual, np.maximum(source, target), target)
    return pd.DataFrame({"id": ids, "domain": domain, "low": low, "high": high})


class Screen:
    """One pass over a table: each check marks rows it refuses; the first reason a row meets stands."""

    def __init__(self, table: pd.DataFrame, codebook: Codebook) -> None:
        self.table, self.codebook, self.N = table, codebook, len(table)
        self.reason = np.zeros(self.N, dtype=np.int32)  # 0: kept so far
        self.reasons: list[tuple[str, str]] = [("", "")]
        check_columns([str(name) for name in table.columns])

    # ---- marking ------------------------------------------------------------------------------
    def refuse(self, rows: np.ndarray, reason: str, detail: str) -> None:
        """Mark rows (a mask or positions) that no earlier check has refused."""
        if rows.dtype == bool and not rows.any():
            return
        at = np.flatnonzero(rows) if rows.dtype == bool else rows
        at = at[self.reason[at] == 0]
        if len(at):
            self.reasons.append((reason, detail))
            self.reason[at] = len(self.reasons) - 1

    def refuse_texts(
        self, codes: np.ndarray, texts: list[str], bad: np.ndarray, reason: str, detail: Callable[[str], str]
    ) -> None:
        """Refuse the rows of each distinct bad text, with that text in the detail."""
        wrong = np.flatnonzero(bad)
        if not len(wrong):
            return
        told = np.zeros(len(texts) + 1, dtype=np.int32)  # the last place serves blank cells, code -1
        told[wrong] = len(self.reasons) + np.arange(len(wrong))
        self.reasons += [(reason, detail(texts[code])) for code in wrong]
        self.reason = np.where(self.reason == 0, told[codes], self.reason)

    def column(self, name: str) -> pd.Series | None:
        """The column as given, or None."""
        return self.table[name] if name in self.table.columns else None

    # ---- the checks -----------------------------------------------------------------------------
    def columns(self) -> dict[str, Any]:
        """Checked columns of the rows kept, ready for `Events`."""
        source, target, actors = self._actors()
        day, fine = self._dates("date")
        until, _ = self._dates("until")
        precision = self._precision(fine)
        kind, domain = self._kinds(), self._domains()
        value, weight = self._values(kind), self._weights()
        mutual = self._flags("mutual")
        standing_given = self._flags("standing")
        self.refuse((until != NO_DAY) & (until < day), "until before date", "until lies before date.")
        nowhere = (domain < 0) & (kind < 0)
        self.refuse(nowhere, "missing domain", "neither kind nor domain is given.")
        weightless = (
            (domain < 0) & (kind >= 0) & ~np.append(self.codebook.domain_shares.any(axis=1), True)[kind]
        )
        self.refuse(
            weightless, "kind without weight", "the codebook gives this kind no weight in any domain."
        )
        rows, domain, share = self._expand(kind, domain)
        rows, domain, share = self._duplicates(rows, domain, share, source, target, mutual)
        standing = np.append(self.codebook.standing, False)[kind] | (until != NO_DAY) | standing_given
        return {
            **_named(actors, source[rows], target[rows]),
            "day": day[rows],
            "until": until[rows],
            "precision": precision[rows],
            "domain": domain,
            "kind": kind[rows],
            "value": value[rows],
            "weight": weight[rows] * share,
            "mutual": mutual[rows],
            "standing": standing[rows],
            "settled": np.zeros(len(rows), dtype=bool),
            "row": rows,
            **{name: self._texts(name, rows) for name in ("event_id", "label", "url")},
        }

    def _actors(self) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        coded = {name: text_codes(self.table[name]) for name in ("source", "target")}
        actors = tuple(sorted(set(coded["source"][1]) | set(coded["target"][1])))
        place = {label: at for at, label in enumerate(actors)}
        out = []
        for name, (codes, texts) in coded.items():
            to = np.array([place[text] for text in texts] + [-1], dtype=np.int32)
            out.append(to[codes])
            self.refuse(codes < 0, "empty actor", f"{name} is empty.")
        self.refuse(out[0] == out[1], "source = target", "source and target are the same actor.")
        return out[0], out[1], actors

    def _dates(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Days since 1970, (N,), and the precision their text shows (0 day, 1 month, 2 year).

        A month or year is its first day as a ``date`` (which spreads over it) and its last as an ``until``.
        """
        column = self.column(name)
        if column is None:
            return np.full(self.N, NO_DAY), np.zeros(self.N, dtype=np.int8)
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            return self._stamps(name, column), np.zeros(self.N, dtype=np.int8)
        codes, texts = text_codes(as_written(column))
        read = parse_dates(texts)
        days, fine = read.days, read.precision
        self.refuse_texts(
            codes,
            texts,
            days == NO_DAY,
            f"unreadable {name}",
            lambda text: f"{name} {text!r} {read.fault(texts.index(text))}",
        )
        if name == "date":
            self.refuse(codes < 0, "missing date", "date is empty.")
        else:
            days = np.where(days == NO_DAY, NO_DAY, span_ends(days, fine)).astype(np.int32)
        return np.append(days, NO_DAY)[codes], np.append(fine, np.int8(0))[codes]

    def _stamps(self, name: str, column: pd.Series) -> np.ndarray:
        days = stamped_days(column)
        if name == "date":
            self.refuse(days == NO_DAY, "missing date", "date is empty.")
        far = (days != NO_DAY) & ((days < EARLIEST) | (days >= LATEST))
        self.refuse(far, f"unreadable {name}", f"{name} lies outside {FIRST_YEAR}..{LAST_YEAR}.")
        return days

    def _precision(self, fine: np.ndarray) -> np.ndarray:
        column = self.column("date_precision")
        if column is None:
            return fine
        codes, texts = text_codes(column)
        known = {"day": 0, "month": 1, "year": 2}
        to = np.array([known.get(text.lower(), -1) for text in texts] + [0], dtype=np.int8)
        self.refuse_texts(
            codes,
            texts,
            to[:-1] < 0,
            "unknown date_precision",
            lambda text: f"date_precision {text!r} is not day, month or year.",
        )
        return np.where(codes < 0, fine, to[codes]).astype(np.int8)

    def _named(self, name: str, known: list[str]) -> np.ndarray:
        """Positions of a column's texts among the known names, -1 where blank."""
        column = self.column(name)
        if column is None:
            return np.full(self.N, -1, dtype=np.int16)
        codes, texts = text_codes(column)
        place = {text: at for at, text in enumerate(known)}
        to = np.array([place.get(text, -2) for text in texts] + [-1], dtype=np.int16)
        self.refuse_texts(
            codes,
            texts,
            to[:-1] == -2,
            f"unknown {name}",
            lambda text: f"unknown {name} {text!r}.{near(text, known)}",
        )
        return np.maximum(to, -1)[codes]

    def _kinds(self) -> np.ndarray:
        return self._named("kind", [kind.name for kind in self.codebook])

    def _domains(self) -> np.ndarray:
        return self._named("domain", list(self.codebook.domains))

    def _numbers(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of a column and a mask of the blank ones; other text, and complex numbers, are refused."""
        column = self.table[name]
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype):
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
            return numbers, np.isnan(numbers)
        codes, texts = text_codes(column)
        parsed = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(dtype=np.float64)
        self.refuse_texts(
            codes,
            texts,
            np.isnan(parsed),
            f"unreadable {name}",
            lambda text: f"{name} {text!r} is not a number.",
        )
        return np.append(parsed, np.nan)[codes], codes < 0

    def _values(self, kind: np.ndarray) -> np.ndarray:
        looked_up = np.append(self.codebook.values, np.nan)[kind]
        if self.column("value") is None:
            return looked_up
        value, blank = self._numbers("value")
        self.refuse(blank & (kind < 0), "missing value", "value is empty and no kind is given.")
        value = np.where(blank, looked_up, value)
        bad = (~np.isfinite(value) | (np.abs(value) > 10)) & ~(blank & (kind < 0))
        self.refuse(bad, "value outside [-10, 10]", "value must be finite and lie in [-10, 10].")
        self._squarable("value", value)
        return value

    def _weights(self) -> np.ndarray:
        if self.column("weight") is None:
            return np.ones(self.N)
        weight, blank = self._numbers("weight")
        weight = np.where(blank, 1.0, weight)
        self.refuse(
            ~((weight > 0) & np.isfinite(weight)), "weight not positive", "weight must be finite and above 0."
        )
        self._squarable("weight", weight)
        return weight

    def _squarable(self, name: str, numbers: np.ndarray) -> None:
        self.refuse(no_square(numbers), *beyond_squares(name))

    def _flags(self, name: str) -> np.ndarray:
        column = self.column(name)
        if column is None:
            return np.zeros(self.N, dtype=bool)
        if column.dtype == bool:
            return column.to_numpy(copy=True)
        codes, texts = text_codes(column)
        to = np.array([TRUTHS.get(text.lower(), -1) for text in texts] + [0], dtype=np.int8)
        self.refuse_texts(
            codes,
            texts,
            to[:-1] < 0,
            f"unreadable {name}",
            lambda text: f"{name} {text!r} is not true or false.",
        )
        flags: np.ndarray = to[codes] > 0
        return flags

    def _texts(self, name: str, rows: np.ndarray) -> np.ndarray | None:
        column = self.column(name)
        return None if column is None else column.to_numpy(dtype=object)[rows]

    def _expand(self, kind: np.ndarray, domain: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One row a domain for kinds that act in several; rows stay in the order of the table."""
        kept = np.flatnonzero(self.reason == 0)
        kind, domain = kind[kept], domain[kept]
        table = np.vstack([self.codebook.domain_shares, np.ones(len(self.codebook.domains))])
        of_kind, where = np.nonzero(table)  # the domains of each kind, one after the other
        count = np.bincount(of_kind, minlength=len(table))
        first = np.cumsum(count) - count
        given = domain >= 0
        times = np.where(given, 1, count[kind])
        if (times == 1).all():
            at = first[kind]
        else:
            rows = np.repeat(np.arange(len(kept)), times)
            at = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times - first[kind], times)
            kept, domain, given, kind = kept[rows], domain[rows], given[rows], kind[rows]
        if not given.any():
            return kept, where[at].astype(np.int8), table[kind, where[at]]
        return (
            kept,
            np.where(given, domain, where[at]).astype(np.int8),
            np.where(given, 1.0, table[kind, where[at]]),
        )

    def _duplicates(
        self, rows: np.ndarray, domain: np.ndarray, share: np.ndarray,
        source: np.ndarray, target: np.ndarray, mutual: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
        """Refuse all but the first of each (event_id, domain, source, target); a mutual pair has no order."""
        column = self.column("event_id")
        if column is None:
            return rows, domain, share
        ids = text_codes(column)[0][rows]
        keys = identity(ids, domain, source[rows], target[rows], mutual[rows])
        again = keys.duplicated().to_numpy() & (ids >= 0)
        if not again.any():
            return rows, domain, share
        self.refuse(
            np.unique(rows[again]), "duplicate", "same event_id, domain, source and target as an earlier row."
        )
        stay = self.reason[rows] == 0
        return rows[stay], domain[stay], share[stay]

    # ---- what is told -----------------------------------------------------------------------------
    def refused(self) -> pd.DataFrame:
        """The refused rows as given, behind row, reason and detail."""
        at = np.flatnonzero(self.reason)
        told = np.array(self.reasons, dtype=object)[self.reason[at]]
        front = pd.DataFrame({"row": at, "reason": told[:, 0], "detail": told[:, 1]})
        rest = self.table.iloc[at].reset_index(drop=True)
        return pd.concat([front, rest.drop(columns=[c for c in front if c in rest])], axis=1)

    def report(self) -> dict[str, int]:
        """Rows read, kept, and refused by reason."""
        counts: dict[str, int] = {"read": self.N, "kept": int((self.reason == 0).sum())}
        for code, count in enumerate(np.bincount(self.reason, minlength=len(self.reasons))):
            if code and count:
                reason = self.reasons[code][0]
                counts[reason] = counts.get(reason, 0) + int(count)
        return counts


def _named(actors: tuple[str, ...], source: np.ndarray, target: np.ndarray) -> dict[str, Any]:
    """The actors that kept rows name, and codes into these."""
    met = np.zeros(len(actors), dtype=bool)
    met[source], met[target] = True, True
    if not met.all():
        to = (np.cumsum(met) - 1).astype(np.int32)
        actors, source, target = tuple(compress(actors, met)), to[source], to[target]
    return {"actors": actors, "source": source, "target": target}


def told(refused: pd.DataFrame, read: int, door: str = "screen") -> str:
    """What was refused in one sentence: how many of the rows read, why, and the first of them."""
    counts = refused["reason"].value_counts()
    reasons = ", ".join(f"{reason} ({count})" for reason, count in counts.items())
    return (
        f"{len(refused)} of {read} rows refused: {reasons}. First: {where(refused)}, "
        f"{refused['detail'].iloc[0]} Events.{door}(...) returns them."
    )


def where(refused: pd.DataFrame) -> str:
    """Where the first refused row stands: its position, and its line where it came from a text file."""
    line = f" (line {refused['line'].iloc[0]} of the file)" if refused.columns[1] == "line" else ""
    return f"row {refused['row'].iloc[0]}{line}"
