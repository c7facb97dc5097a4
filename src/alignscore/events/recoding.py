"""Events under another codebook: new values and domains for what came from the kind, and for nothing else.

Letters for shapes: N entries, K domains of the new codebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from alignscore.axes import codes_among
from alignscore.codebook import Codebook
from alignscore.dates import NO_DAY
from alignscore.errors import EventError, near
from alignscore.events.rules import code_type


def recoded(columns: Mapping[str, Any], old: Codebook, book: Codebook) -> tuple[np.ndarray, dict[str, Any]]:
    """Which entries the new ones are made from, (N,), and the columns that change.

    Parameters
    ----------
    columns : mapping
        Those of `Events`.
    old, book : Codebook
        The codebook of the entries, and that which takes its place.

    Raises
    ------
    EventError
        A kind or domain that `book` lacks, or a kind that it gives no domain.
    """
    before, place, value = columns["kind"], columns["domain"], columns["value"]
    _check_covered(
        "kind", [old.names[at] for at in np.unique(before[before >= 0]).tolist()], book.names, book.name
    )
    _check_covered("domain", [old.domains[at] for at in np.unique(place).tolist()], book.domains, book.name)
    kind = np.append(codes_among(old.names, book.names), -1)[before]
    ends = columns["until_given"] != NO_DAY
    itself = columns["standing"] & ~(np.append(old.standing, False)[before] | ends)  # stands, as its row says
    of_kind = value == np.append(old.values, np.nan)[before]
    at, domain, share = _redistributed(columns["row"], before, kind, place, old, book)
    return at, {
        "kind": kind[at].astype(np.promote_types(np.int16, code_type(len(book)))),
        "domain": domain.astype(code_type(len(book.domains))),
        "value": np.where(of_kind, np.append(book.values, np.nan)[kind], value)[at],
        "standing": (np.append(book.standing, False)[kind] | ends | itself)[at],
        "weight": columns["weight"][at] * share,
    }


def _check_covered(what: str, names: list[str], known: tuple[str, ...], book: str) -> None:
    absent = [name for name in names if name not in known]
    if absent:
        raise EventError(
            f"codebook {book!r} lacks {len(absent)} of the {what}s that events name, first {absent[0]!r}."
            f"{near(absent[0], known)}"
        )


def _redistributed(
    row: np.ndarray, before: np.ndarray, kind: np.ndarray, domain: np.ndarray, old: Codebook, book: Codebook
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The entry each new one is made from, its domain, and the factor of its weight, (N,) each.

    Events whose kind keeps its shares stay as they are, and so do those in other domains than their kind's.
    """
    n, K = len(row), len(book.domains)
    domain_to = codes_among(old.domains, book.domains)
    domain, shared = domain_to[domain], np.flatnonzero(domain_to >= 0)
    was = np.zeros((len(old) + 1, K))
    was[:-1, domain_to[shared]] = old.domain_shares[:, shared]
    now = np.vstack([book.domain_shares, np.zeros(K)])
    changed = np.flatnonzero((before >= 0) & (was[before] != now[kind]).any(axis=1))
    if not len(changed):
        return np.arange(n), domain, np.ones(n)
    event = np.unique(row[changed], return_inverse=True)[1].reshape(-1)
    first = np.full(int(event.max()) + 1, n)
    np.minimum.at(first, event, changed)
    found = np.zeros((len(first), K), dtype=bool)
    found[event, domain[changed]] = True
    by_kind = (found == (was[before[first]] > 0)).all(axis=1)  # in all domains of the kind, and in no other
    lost = first[by_kind & ~now[kind[first]].any(axis=1)]
    if len(lost):
        raise EventError(
            f"codebook {book.name!r} gives kind {old.names[before[lost[0]]]!r} no domain, so its events could not be "
            "posted."
        )
    stay = np.ones(n, dtype=bool)
    stay[changed[by_kind[event]]] = False
    group, to = np.nonzero(now[kind[first]] * by_kind[:, None])
    base = first[group]
    factor = now[kind[base], to] / was[before[base], domain[base]]
    at = np.concatenate([np.flatnonzero(stay), base])
    order = np.argsort(at, kind="stable")
    share = np.concatenate([np.ones(int(stay.sum())), factor])
    return at[order], np.concatenate([domain[stay], to])[order], share[order]
