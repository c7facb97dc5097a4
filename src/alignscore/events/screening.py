"""Column-wise checks of an event table: every row is kept, or refused with a reason.

A row is judged by the rules for each column, and against the rows before it: which say the same, which tell of one act.

Letter for shapes: N rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from itertools import compress
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.actors import System, resolve
from alignscore.actors.labels import ACTOR_LABELS, ActorLabels, refuse_two_names
from alignscore.axes import codes_among
from alignscore.codebook import Codebook
from alignscore.dates import NO_DAY, Dates, parse_dates, span_starts
from alignscore.errors import EventError, one_of
from alignscore.events import rules
from alignscore.events.columns import Coded, Columns, merged_texts, side_by_side, text_codes
from alignscore.events.rules import DUPLICATE, REPEATED, RULES, Lookup, check_columns, code_type
from alignscore.values import as_one, counted_off, once

Duplicates = Literal["keep", "refuse", "merge"]
HASHED = 1 << 15  # rows hashed at a time: their scratch stays in the cache
FREQUENT = 16  # most frequent ids that are looked at, whether they stand for a missing one
KEPT, MERGED = 0, -1  # in `Screen.fate`; a refused row has the position of its reason


# ---- rows that tell of one event, or of one act -----------------------------------------------------
def same_event(
    ids: np.ndarray, domain: np.ndarray, source: np.ndarray, target: np.ndarray, mutual: np.ndarray
) -> pd.DataFrame:
    """What makes two rows one and the same event, by codes; a mutual pair has no order."""
    low = np.where(mutual, np.minimum(source, target), source)
    high = np.where(mutual, np.maximum(source, target), target)
    return pd.DataFrame({"id": ids, "domain": domain, "low": low, "high": high})


def acts_of(ids: np.ndarray | None, row: np.ndarray) -> np.ndarray | None:
    """Act of each entry, (N,): that of its event id, or of the row it was read from; None where no two share one.

    Parameters
    ----------
    ids : ndarray of int, (N,), or None
        Codes of event ids, -1 where there is none; None where no id stands twice.
    row : ndarray of int, (N,)
        Positions in the table: the entries that the domains of one row's kind make share theirs.
    """
    if ids is None or not len(ids) or ids.max() < 0:
        alone = bool((row[1:] > row[:-1]).all()) or len(once(row)) == len(row)
        return None if alone else row
    act = np.where(ids < 0, ids.max() + 1 + row, ids)
    return act if len(once(act)) < len(act) else None


def unrepeated_ids(joined: Mapping[str, Any], first: int, domains: tuple[str, ...]) -> np.ndarray | None:
    """Codes of the event ids, -1 where blank; refuses events from `first` on that an earlier one tells of already.

    They have its id, domain and pair. None where there are no ids.
    """
    if joined.get("event_id") is None:
        return None
    ids, texts = text_codes(pd.Series(joined["event_id"], dtype=object))
    ids = np.where(np.append(rules.lacks_id(texts), True)[ids], -1, ids)
    known = ids[:first]
    rows = first + np.flatnonzero(np.isin(ids[first:], known[known >= 0]))
    if not len(rows):
        return ids
    earlier = np.flatnonzero(np.isin(known, ids[rows]))
    some = np.append(earlier, rows)
    keys = same_event(ids[some], *(joined[name][some] for name in ("domain", "source", "target", "mutual")))
    code = keys.groupby(list(keys), sort=False).ngroup().to_numpy()
    again = rows[np.isin(code[len(earlier) :], code[: len(earlier)])]
    if len(again):
        at, names = again[0], joined["actors"]
        pair = f"{names[joined['source'][at]]} and {names[joined['target'][at]]}, {domains[joined['domain'][at]]}"
        raise EventError(
            f"{len(again)} of {len(ids) - first} rows to add repeat an event that is there: same event_id, domain, "
            f"source and target. First: {texts[ids[at]]!r} ({pair}). Leave them out, or give them other ids."
        )
    return ids


# ---- the pass ---------------------------------------------------------------------------------------
class Screen:
    """One pass over a table: each rule marks rows it refuses; the first reason a row meets stands.

    Parameters
    ----------
    table : Columns
    codebook : Codebook
    actors : {"check", "iso3", "as_given"}
        Refuse labels that are one actor; bring them to ISO 3166; or take them as they are.
    duplicates : {"keep", "refuse", "merge"}
        What becomes of rows without an id that say what an earlier row says.
    whole : bool
        Whether the table is all there is: a stream looks over all its batches for labels that are one actor, and does
        not count repeats that are kept.
    dates : callable
        Reads the distinct texts of a column of dates.
    """

    def __init__(
        self,
        table: Columns,
        codebook: Codebook,
        *,
        actors: ActorLabels = "check",
        duplicates: Duplicates = "keep",
        whole: bool = True,
        dates: Callable[[Sequence[str]], Dates] = parse_dates,
    ) -> None:
        one_of("actors", actors, ACTOR_LABELS)
        one_of("duplicates", duplicates, ("keep", "refuse", "merge"))
        check_columns(table.names)
        self.table, self.codebook, self.N = table, codebook, len(table)
        self.actors, self.duplicates, self.dates, self.whole = actors, duplicates, dates, whole
        self.fate = np.zeros(self.N, dtype=np.int32)
        self.reasons: list[tuple[str, str]] = [("", "")]
        self.read: dict[str, Any] = {}  # columns as read, by the names that rules have for them
        self.sides: tuple[Coded, ...] = ()  # texts of source and of target, as `actors` settles them
        self.ids: np.ndarray | None = None  # codes of event ids, None where no two rows share one
        self.repeats = 0  # rows without an id that say what an earlier one says, and are kept

    # ---- marking ------------------------------------------------------------------------------
    def refuse(self, rows: np.ndarray, reason: str, detail: str) -> None:
        """Mark rows (a mask or positions) that no earlier check has refused."""
        at = np.flatnonzero(rows) if rows.dtype == bool else rows
        at = at[self.fate[at] == KEPT]
        if len(at):
            self.reasons.append((reason, detail))
            self.fate[at] = len(self.reasons) - 1

    def refuse_unread(self, codes: np.ndarray, found: Lookup) -> None:
        """Refuse the rows of each distinct text that means nothing, with that text in the detail."""
        wrong = np.flatnonzero(found.unread)
        if not len(wrong):
            return
        fates = np.zeros(len(found.unread) + 1, dtype=np.int32)  # the last place serves blank cells, code -1
        fates[wrong] = len(self.reasons) + np.arange(len(wrong))
        self.reasons += [(found.reason, found.detail(int(at))) for at in wrong]
        self.fate = np.where(self.fate == KEPT, fates[codes], self.fate)

    def apply(self, column: str) -> None:
        """Judge the rows by the rules that stand behind a column."""
        for rule in RULES[column]:
            if all(name in self.read for name in rule.reads):
                bad = rule.bad(*(self.read[name] for name in rule.reads))
                self.refuse(np.broadcast_to(bad, self.N), rule.reason, rule.detail)

    # ---- the pass -----------------------------------------------------------------------------
    def columns(self) -> dict[str, Any]:
        """Checked columns of the rows kept, ready for `Events`."""
        day, shown = self.days("date")
        self.read |= {"day": day, "dated": day != NO_DAY, "date_precision": shown}
        labels = self.read_actors()
        for column in ("source", "target", "date"):
            self.apply(column)
        self.read["until"] = self.days("until")[0] if "until" in self.table.names else np.array(NO_DAY)
        self.read_precision()
        self.read_names()
        self.read_value()
        weight = self.numbers("weight") if "weight" in self.table.names else np.array(1.0)
        self.read["weight"] = np.where(np.isnan(weight), 1.0, weight)  # 1 where blank
        for name in ("mutual", "standing"):
            self.read[name] = self.flags(name)
        for column in list(RULES)[3:]:
            self.apply(column)
        self.check_labels()
        self.settle_repeats()
        rows, domain, share = self.expand()
        rows, domain, share = self.refuse_same_ids(rows, domain, share)
        return self.kept(labels, rows, domain, share)

    def kept(
        self, labels: tuple[str, ...], rows: np.ndarray | None, domain: np.ndarray, share: np.ndarray | None
    ) -> dict[str, Any]:
        """Columns of the entries kept: rows of the table (None: all, in their order), one entry a domain."""
        at = slice(None) if rows is None else rows

        def column(name: str) -> np.ndarray:
            return self._of_kept(name, rows)

        kind, until, weight = column("kind"), column("until"), column("weight")
        stands = np.append(self.codebook.standing, False)[kind] if kind.strides != (0,) else np.False_
        ids = None if self.ids is None else self.ids[at]
        row = np.arange(self.N) if rows is None else rows
        return {
            **named_actors(labels, column("source"), column("target")),
            "day": column("day"),
            "until": until,
            "precision": column("date_precision"),
            "domain": domain,
            "kind": kind,
            "value": column("value"),
            "weight": weight if share is None else weight * share,
            "mutual": column("mutual"),
            "standing": np.broadcast_to(
                stands | (as_one(until) != NO_DAY) | as_one(column("standing")), len(row)
            ),
            "settled": np.broadcast_to(np.False_, len(row)),
            "row": row,
            "act": None if ids is None and rows is None else acts_of(ids, row),
            **{
                name: self.table.cells(name, at) if name in self.table.names else None
                for name in ("event_id", "label", "url")
            },
        }

    # ---- reading columns ------------------------------------------------------------------------
    @cached_property
    def naming(self) -> dict[str, Coded]:
        """Texts of the columns that name actors, kinds and domains."""
        some = ("source", "target", "kind", "domain")
        return side_by_side(self.table, [name for name in some if name in self.table.names])

    def texts(self, name: str) -> Coded:
        """Codes of a column's distinct texts, -1 where blank, and these.

        In a column that may be blank, NA and the like, which R and databases write, are blanks.
        """
        codes, texts = self.naming[name] if name in self.naming else self.table.texts(name)
        if name in rules.REQUIRED:
            return codes, texts
        return rules.without_nothing(codes, texts, self.codebook), texts

    def looked_up(self, name: str, found: Callable[[list[str]], Lookup]) -> np.ndarray:
        """What the texts of a column mean, (N,); rows of those that mean nothing are refused."""
        codes, texts = self.texts(name)
        meant = found(texts)
        self.refuse_unread(codes, meant)
        return meant.per_row(codes)

    def read_actors(self) -> tuple[str, ...]:
        """Read source and target as codes into the sorted labels, which are returned."""
        sides = {name: self.texts(name) for name in ("source", "target")}
        for name, (codes, texts) in sides.items():
            self.refuse_unread(codes, rules.look_up_readable(name, texts))
        if self.actors != "as_given":
            nobody = rules.placeholders({text for _, texts in sides.values() for text in texts})
            for name, (codes, texts) in sides.items():
                self.refuse_unread(codes, rules.look_up_labels(name, texts, nobody))
                self.refuse_unread(codes, rules.look_up_single(name, texts))
            if self.actors == "iso3":
                sides = {name: self.as_iso3(name, *side) for name, side in sides.items()}
        self.sides = tuple(sides.values())
        labels = tuple(sorted({text for _, texts in sides.values() for text in texts}))
        for name, (codes, texts) in sides.items():
            to = np.append(codes_among(texts, labels), -1).astype(np.int32)
            self.read[name] = to.take(codes, mode="wrap")
        return labels

    def check_labels(self) -> None:
        """Refuse a table whose rows call one actor by two labels; a row that is refused calls nobody anything."""
        if self.actors == "as_given" or not self.whole:
            return
        fine = self.fate == KEPT
        rows = named_rows((codes[fine], texts) for codes, texts in self.sides)
        refuse_two_names(list(rows), rows, LEFT_BY_ISO3 if self.actors == "iso3" else "")

    def as_iso3(self, name: str, codes: np.ndarray, texts: list[str]) -> tuple[np.ndarray, list[str]]:
        """A side's labels as ISO 3166 alpha-3 at each row's date; rows of a state that had ended are refused."""
        days = self.read["day"].astype("M8[D]")
        days[self.read["day"] == NO_DAY] = np.datetime64("NaT", "D")
        codes_, labels, ended = to_iso3(codes, texts, days)
        for code in np.unique(codes[ended]):
            why = f"{name} {texts[code]!r} had ended by then, and no state continues it."
            self.refuse(ended & (codes == code), "actor that had ended", why)
        return codes_, labels

    def days(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Days since 1970-01-01, NO_DAY where missing, (N,), and the precision their texts show."""
        stamps = self.table.days(name)
        if stamps is not None:
            return stamps, np.array(0, dtype=np.int8)
        codes, texts = self.texts(name)
        dates = self.dates(texts)
        found = rules.look_up_days(name, texts, dates)
        self.refuse_unread(codes, found)
        if name == "until" or not dates.precision.any():
            return found.per_row(codes), np.array(0, dtype=np.int8)
        return found.per_row(codes), np.append(dates.precision, np.int8(0))[codes]

    def read_precision(self) -> None:
        """Take the precision that a column states over that which the date's text shows."""
        if "date_precision" in self.table.names:
            stated = self.looked_up("date_precision", rules.look_up_precision)
            shown = self.read["date_precision"]
            precision = np.where(stated < 0, shown, stated).astype(np.int8)
            # what is known to the year alone may be written as any of its days
            coarse = np.where(self.read["dated"], precision, 0)
            self.read |= {
                "date_precision": precision,
                "day": span_starts(self.read["day"], coarse).astype(np.int32),
            }

    def read_names(self) -> None:
        """Read kind and domain as codes into the codebook, -1 where blank."""
        book = self.codebook
        for name, known in (("kind", rules.look_up_kinds), ("domain", rules.look_up_domains)):
            if name in self.table.names:
                self.read[name] = self.looked_up(name, partial(known, book=book))
                if name == "kind" and self.table.typed(name):
                    rules.refuse_numbers(self.texts(name)[1], book)
            else:
                self.read[name] = np.array(-1, dtype=np.int16 if name == "kind" else np.int8)
        kind = self.read["kind"]
        if kind.ndim:
            self.read["posts"] = np.append(book.domain_shares.any(axis=1), True)[kind]

    def numbers(self, name: str) -> np.ndarray:
        """Numbers of a column, NaN where blank; other text, and complex numbers, are refused."""
        numbers = self.table.numbers(name)
        if numbers is None:
            numbers = self.looked_up(name, partial(rules.look_up_numbers, name))
        return numbers

    def read_value(self) -> None:
        """Read the value: the row's own, or that of its kind."""
        kind, names = self.read["kind"], self.table.names
        of_kind = np.append(self.codebook.values, np.nan)[kind]
        value = of_kind
        if "value" in names:
            value = self.numbers("value")
            if "kind_value" in names:  # a value that came from the kind is the kind's
                value = np.where((value == self.numbers("kind_value")) & (kind >= 0), np.nan, value)
            value = np.where(np.isnan(value), of_kind, value)
        self.read |= {"value": value, "valued": ~np.isnan(value)}

    def flags(self, name: str) -> np.ndarray:
        """A column of true and false, false where blank."""
        if name not in self.table.names:
            return np.array(False)
        flags = self.table.flags(name)
        if flags is None:
            flags = self.looked_up(name, partial(rules.look_up_truths, name))
        return flags

    # ---- rows that say the same --------------------------------------------------------------------
    def settle_repeats(self) -> None:
        """Count rows without an id that say what an earlier one says, and refuse or merge them if asked."""
        bare = self.fate == KEPT
        if "event_id" in self.table.names:
            self.ids = self.table.ids("event_id")
            if self.ids is None:
                return
            self.ids = self.without_placeholders(self.ids)
            bare &= self.ids < 0
        if not bare.any() or (self.duplicates == "keep" and not self.whole):
            return
        again = repeated_rows(self.read, bare)
        if self.duplicates == "keep":
            self.repeats = len(again)
        elif self.duplicates == "refuse":
            self.refuse(again, *REPEATED)
        else:
            self.fate[again] = MERGED

    def without_placeholders(self, ids: np.ndarray) -> np.ndarray:
        """Ids, -1 also where the text of a frequent one stands for a missing id, such as NULL."""
        count = np.bincount(ids + 1)[1:]
        often = np.flatnonzero(count > 1)
        if len(often) > FREQUENT:
            often = often[np.argpartition(-count[often], FREQUENT)[:FREQUENT]]
        first = np.array([np.argmax(ids == code) for code in often], dtype=np.int64)
        blank = rules.lacks_id(map(str, self.table.cells("event_id", first)))
        return np.where(np.isin(ids, often[blank]), -1, ids) if blank.any() else ids

    def refuse_same_ids(
        self, rows: np.ndarray | None, domain: np.ndarray, share: np.ndarray | None
    ) -> tuple[np.ndarray | None, np.ndarray, np.ndarray | None]:
        """Keep the first of each (event_id, domain, source, target); a mutual pair has no order."""
        if self.ids is None:
            return rows, domain, share
        at = np.arange(self.N) if rows is None else rows
        ids = self.ids[at]
        several = np.flatnonzero(np.append(np.bincount(ids + 1)[1:] > 1, False)[ids])
        if not len(several):
            return rows, domain, share
        mutual = np.broadcast_to(self.read["mutual"], self.N)
        own = [column[at[several]] for column in (self.read["source"], self.read["target"], mutual)]
        again = several[same_event(ids[several], domain[several], *own).duplicated().to_numpy()]
        if not len(again):
            return rows, domain, share
        lost = once(at[again])
        if self.duplicates == "merge":
            self.fate[lost] = MERGED
        else:
            self.refuse(lost, *DUPLICATE)
        stay = self.fate[at] == KEPT
        return at[stay], domain[stay], None if share is None else share[stay]

    # ---- one entry a domain ------------------------------------------------------------------------
    def _of_kept(self, name: str, rows: np.ndarray | None) -> np.ndarray:
        """A column read of the rows kept (None: all); one value may stand for all of them."""
        column: np.ndarray = self.read[name]
        if not column.ndim:
            return np.broadcast_to(column, self.N if rows is None else len(rows))
        return column if rows is None else column[rows]

    def expand(self) -> tuple[np.ndarray | None, np.ndarray, np.ndarray | None]:
        """Rows kept (None: all), domain and share of the mass of each entry: one a domain of a row's kind.

        Entries stay in the order of the table; share None is 1 for all.
        """
        rows = None if not self.fate.any() else np.flatnonzero(self.fate == KEPT)
        kind = self._of_kept("kind", rows)
        domain = self._of_kept("domain", rows)
        if not len(kind) or (domain.strides != (0,) and domain.min() >= 0):
            return rows, domain, None
        table = np.vstack([self.codebook.domain_shares, np.ones(len(self.codebook.domains))])
        of_kind, where = np.nonzero(table)  # the domains of each kind, one after the other
        count = np.bincount(of_kind, minlength=len(table))
        first = np.cumsum(count) - count
        given = domain >= 0
        times = np.where(given, 1, count[kind])
        at = first[kind]
        if (times != 1).any():
            again = np.repeat(np.arange(len(kind)), times)
            at = counted_off(times) + np.repeat(first[kind], times)
            rows = again if rows is None else rows[again]
            domain, given, kind = domain[again], given[again], kind[again]
        at = np.where(given, 0, at)
        share = np.where(given, 1.0, table[kind, where[at]])
        return rows, np.where(given, domain, where[at]).astype(code_type(table.shape[1])), share

    # ---- what is told -----------------------------------------------------------------------------
    def refused(self) -> pd.DataFrame:
        """The refused rows as given, behind row, reason and detail."""
        at = np.flatnonzero(self.fate > KEPT)
        why = np.array(self.reasons, dtype=object)[self.fate[at]]
        front = {"row": at, "reason": why[:, 0], "detail": why[:, 1]}
        rest = self.table.frame(at).drop(columns=list(front), errors="ignore")
        for place, (name, column) in enumerate(front.items()):
            rest.insert(place, name, column)
        return rest

    def refusals(self) -> list[tuple[str, int, str]]:
        """Reason, number of rows and first detail of what was refused."""
        if len(self.reasons) == 1:
            return []
        counts = np.bincount(np.maximum(self.fate, 0), minlength=len(self.reasons))
        found: dict[str, tuple[int, str]] = {}
        for (reason, detail), count in zip(self.reasons[1:], counts[1:].tolist(), strict=True):
            if count:
                before, first = found.get(reason, (0, detail))
                found[reason] = (before + count, first)
        return [(reason, count, detail) for reason, (count, detail) in found.items()]

    def report(self) -> dict[str, int]:
        """Rows read, kept, merged, and refused by reason."""
        merged = int((self.fate == MERGED).sum())
        return {
            "read": self.N,
            "kept": int((self.fate == KEPT).sum()),
            **({"merged": merged} if merged else {}),
            **{reason: count for reason, count, _ in self.refusals()},
        }


def repeated_rows(read: dict[str, Any], among: np.ndarray) -> np.ndarray:
    """Positions of rows among those of a mask that say what an earlier one says."""
    at = slice(None) if among.all() else np.flatnonzero(among)
    keys = ("source", "target", "day", "domain", "kind", "value")
    names = (*keys, "mutual", "date_precision", "until", "weight")
    key = np.empty(len(among) if isinstance(at, slice) else len(at), dtype=np.uint32)
    parts = {name: read[name][at] for name in names if read[name].ndim}
    if "mutual" in parts and parts["mutual"].any():
        low, high = np.minimum(parts["source"], parts["target"]), np.maximum(parts["source"], parts["target"])
        parts["source"] = np.where(parts["mutual"], low, parts["source"])
        parts["target"] = np.where(parts["mutual"], high, parts["target"])
    for first in range(0, len(key), HASHED):
        rows = slice(first, first + HASHED)
        some = np.zeros(len(key[rows]), dtype=np.uint64)
        for part in (parts[name][rows] for name in keys if name in parts):
            some ^= (
                (part.astype(np.float64) + 0.0).view(np.uint64)  # -0 is 0
                if part.dtype.kind == "f"
                else part.astype(np.uint64)
            )
            some *= np.uint64(0x9E3779B97F4A7C15)
            some ^= some >> np.uint64(29)
        # half of it is sorted in a third of the time; rows that only share that half are told apart below
        key[rows] = some >> np.uint64(32)
    twice = repeated(key)
    if not len(twice):
        return twice
    again = twice[pd.DataFrame({name: part[twice] for name, part in parts.items()}).duplicated().to_numpy()]
    return np.asarray(again if isinstance(at, slice) else at[again])


def repeated(key: np.ndarray) -> np.ndarray:
    """Rows whose number of 32 bits some other row has, ascending."""
    ordered = np.sort(key)
    several = ordered[1:][ordered[1:] == ordered[:-1]]
    if len(several) > len(key) >> 4:
        return np.flatnonzero(pd.Series(key).duplicated(keep=False).to_numpy())
    low = np.uint32((1 << 20) - 1)  # of most rows the last 20 bits tell that no other row has their number
    met = np.zeros(1 << 20, dtype=bool)
    met[several & low] = True
    rows = np.concatenate(
        [
            np.flatnonzero(met.take((key[first : first + HASHED] & low).astype(np.intp))) + first
            for first in range(0, len(key), HASHED)
        ]
    )
    return rows[np.isin(key[rows], several)]


def named_rows(sides: Iterable[Coded]) -> dict[str, int]:
    """Labels that some row names, with the number of rows; a category that none names is no label."""
    rows: Counter[str] = Counter()
    for codes, texts in sides:
        count = np.bincount(codes.astype(np.int64) + 1, minlength=len(texts) + 1)[1:]
        rows += Counter(dict(zip(texts, count.tolist(), strict=True)))  # which lets go of zeros
    return rows


def named_actors(labels: tuple[str, ...], source: np.ndarray, target: np.ndarray) -> dict[str, Any]:
    """The actors that kept rows name, and codes into these."""
    rows, others = (np.bincount(codes, minlength=len(labels)) for codes in (source, target))
    met = rows + others > 0
    if not met.all():
        to = (np.cumsum(met) - 1).astype(np.int32)
        labels, source, target = tuple(compress(labels, met)), to[source], to[target]
    return {"actors": labels, "source": source, "target": target}


LEFT_BY_ISO3 = (
    "actors='iso3' reads names and codes of three letters and leaves these as they are: mend them, read codes of two "
    "letters by read_events(..., system='iso2'), or say actors='as_given' to keep them apart."
)


def to_iso3(
    codes: np.ndarray, texts: Sequence[str], days: np.ndarray
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Labels with codes and names of states as ISO 3166 alpha-3 at each row's date, and who had ended by then, (N,).

    What is neither a code nor a name of a state stays as it is.
    """
    column = pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(list(texts), dtype=object)))
    laid, labels = codes.astype(np.int64), list(texts)
    ended, known = np.zeros(len(codes), dtype=bool), np.zeros(len(codes), dtype=bool)
    systems: tuple[System, ...] = ("iso3", "name")
    for system in systems:
        got = resolve(column, days, system=system)
        gone = got.of_kind("ended") & ~known
        here = (got.codes >= 0) & ~known
        laid = np.where(here, got.codes + len(labels), laid)
        labels += got.labels
        ended |= gone
        known |= here | gone
    used, laid_used = np.unique(laid, return_inverse=True)
    out, names = merged_texts(laid_used.reshape(-1), [labels[at] if at >= 0 else "" for at in used])
    return out, names, ended


def refusal(refused: pd.DataFrame, read: int, door: str = "screen") -> str:
    """What was refused in one sentence: how many of the rows read, why, and the first of them."""
    counts = refused["reason"].value_counts()
    reasons = ", ".join(f"{reason} ({count})" for reason, count in counts.items())
    return (
        f"{len(refused)} of {read} rows refused: {reasons}. First: {first_place(refused)}, "
        f"{refused['detail'].iloc[0]} Events.{door}(...) returns them."
    )


def first_place(refused: pd.DataFrame) -> str:
    """Where the first refused row stands: its position, and its line where it came from a text file."""
    line = f" (line {refused['line'].iloc[0]} of the file)" if refused.columns[1] == "line" else ""
    return f"row {refused['row'].iloc[0]}{line}"
