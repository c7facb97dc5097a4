"""Column-wise checks of an event table: every row is kept, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import pandas as pd

from alignscore.codebook import Codebook
from alignscore.errors import EventError, near

REQUIRED = ("source", "target", "date")
OPTIONAL = (
    "until", "date_precision", "domain", "kind", "value", "weight", "mutual", "standing",
    "event_id", "label", "url",
)  # fmt: skip
NO_DAY = np.int32(np.iinfo(np.int32).min)  # no `until`: in force, or a point in time
FIRST_YEAR, LAST_YEAR = 1600, 2200  # datetime64[ns] of pandas 2 ends in 2262
TRUTHS = {"true": 1, "false": 0, "1": 1, "0": 0, "yes": 1, "no": 0, "t": 1, "f": 0, "": 0, "1.0": 1, "0.0": 0}


def as_frame(table: Any) -> pd.DataFrame:
    """A pandas frame of any table: pandas, a mapping of columns, or one with the Arrow interface."""
    if isinstance(table, pd.DataFrame):
        return table
    if hasattr(table, "__arrow_c_stream__"):
        try:
            import pyarrow as pa
        except ImportError:
            raise TypeError(
                f"a {type(table).__name__} is read through pyarrow: pip install 'alignscore[scale]'"
            ) from None
        arrow = pa.table(table)
        return arrow.to_pandas(strings_to_categorical=True)
    if isinstance(table, dict):
        return pd.DataFrame(table)
    raise TypeError(
        f"an event table is a pandas frame or has the Arrow interface (polars, pyarrow, DuckDB); "
        f"got {type(table).__name__}"
    )


def text_codes(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Codes of a column's distinct texts, -1 where missing or blank; whole numbers lose their '.0'."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, levels = np.asarray(column.cat.codes), column.cat.categories
    else:
        codes, levels = pd.factorize(column, use_na_sentinel=True)
    if isinstance(levels, pd.Index) and pd.api.types.is_float_dtype(levels.dtype):
        texts = [str(int(x)) if float(x).is_integer() else str(x) for x in levels]
    else:
        texts = [str(x).strip() for x in levels]
    names: dict[str, int] = {}
    to = np.array(
        [names.setdefault(text, len(names)) if text else -1 for text in texts] + [-1], dtype=np.int32
    )
    return to[codes], list(names)


def need_meaning(columns: Collection[str]) -> None:
    """Raise unless the columns say what an event means: its kind, or its domain and value."""
    if "kind" not in columns and not {"domain", "value"} <= set(columns):
        raise EventError(
            "the table has neither a column 'kind' (looked up in the codebook) nor 'domain' with 'value'."
        )


class Screen:
    """One pass over a table: each check marks rows it refuses; the first reason a row meets stands."""

    def __init__(self, table: pd.DataFrame, codebook: Codebook) -> None:
        self.table, self.codebook, self.N = table, codebook, len(table)
        self.reason = np.zeros(self.N, dtype=np.int32)  # 0: kept so far
        self.reasons: list[tuple[str, str]] = [("", "")]
        self._check_columns()

    def _check_columns(self) -> None:
        have = [str(name) for name in self.table.columns]
        twice = sorted({name for name in have if have.count(name) > 1})
        if twice:
            raise EventError(f"column {twice[0]!r} stands more than once in the table; keep one.")
        for name in REQUIRED:
            if name not in have:
                raise EventError(f"column {name!r} is missing from the table.{near(name, have)}")
        need_meaning(have)

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
        day, fine = self._dates("date", required=True)
        until, _ = self._dates("until", required=False)
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
            "actors": actors,
            "source": source[rows],
            "target": target[rows],
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

    def _dates(self, name: str, *, required: bool) -> tuple[np.ndarray, np.ndarray]:
        """Days since 1970, (N,), and the precision their text shows (0 day, 1 month, 2 year)."""
        column = self.column(name)
        if column is None:
            return np.full(self.N, NO_DAY), np.zeros(self.N, dtype=np.int8)
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            return self._stamps(name, column, required=required), np.zeros(self.N, dtype=np.int8)
        codes, texts = text_codes(column)
        days, fine = parse_days(texts)
        self.refuse_texts(
            codes,
            texts,
            days == NO_DAY,
            f"unreadable {name}",
            lambda text: f"{name} {text!r} is not a date (YYYY-MM-DD).",
        )
        if required:
            self.refuse(codes < 0, f"missing {name}", f"{name} is empty.")
        return np.append(days, NO_DAY)[codes], np.append(fine, np.int8(0))[codes]

    def _stamps(self, name: str, column: pd.Series, *, required: bool) -> np.ndarray:
        plain = column.dt.tz_localize(None) if getattr(column.dtype, "tz", None) is not None else column
        stamps = plain.to_numpy().astype("M8[D]")
        days = np.where(np.isnat(stamps), NO_DAY, stamps.astype(np.int64).astype(np.int32)).astype(np.int32)
        if required:
            self.refuse(days == NO_DAY, f"missing {name}", f"{name} is empty.")
        low, high = (np.datetime64(f"{year}-01-01").astype(int) for year in (FIRST_YEAR, LAST_YEAR))
        far = (days != NO_DAY) & ((days < low) | (days >= high))
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
        """Numbers of a column and a mask of the blank ones; other text is refused."""
        column = self.table[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
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
        return value

    def _weights(self) -> np.ndarray:
        if self.column("weight") is None:
            return np.ones(self.N)
        weight, _ = self._numbers("weight")
        self.refuse(
            ~((weight > 0) & np.isfinite(weight)), "weight not positive", "weight must be finite and above 0."
        )
        return weight

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
        low = np.where(mutual, np.minimum(source, target), source)[rows]
        high = np.where(mutual, np.maximum(source, target), target)[rows]
        again = pd.DataFrame(
            {"id": ids, "domain": domain, "low": low, "high": high}
        ).duplicated().to_numpy() & (ids >= 0)
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


def told(refused: pd.DataFrame, read: int) -> str:
    """What was refused in one sentence: how many of the rows read, why, and the first of them."""
    counts = refused["reason"].value_counts()
    reasons = ", ".join(f"{reason} ({count})" for reason, count in counts.items())
    first = refused.iloc[0]
    return (
        f"{len(refused)} of {read} rows refused: {reasons}. First: row {first['row']}, {first['detail']} "
        f"Events.screen(...) returns them."
    )


def parse_days(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970-01-01 of ISO dates, NO_DAY where unreadable, and the precision each text shows."""
    series = pd.Series(texts, dtype=object)
    stamps = pd.to_datetime(series, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    ok = stamps.notna() & stamps.dt.year.between(FIRST_YEAR, LAST_YEAR - 1)
    days = np.full(len(texts), NO_DAY, dtype=np.int32)
    if ok.any():
        days[ok] = stamps[ok].to_numpy().astype("M8[D]").astype(np.int64)
    length = np.array([len(text) for text in texts], dtype=np.int64)
    return days, np.select([length == 4, length == 7], [2, 1], 0).astype(np.int8)
