"""Labels that are one actor under two names, and labels brought to ISO 3166 alpha-3."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from alignscore.actors import System, resolve, states_named
from alignscore.errors import EventError
from alignscore.events.texts import merged_texts

ActorLabels = Literal["check", "iso3", "as_given"]
ACTOR_LABELS = ("check", "iso3", "as_given")
SHOWN = 5  # pairs of names that an error lists


def one_actor(labels: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of labels that differ only in how they are written, or are a name and a code of one state.

    Written alike are labels that differ in letter case, blanks, Unicode form or marks of no width.
    """
    groups: dict[str, list[str]] = {}
    for label, state in zip(labels, states_named(labels), strict=True):
        groups.setdefault(state or _plain(label), []).append(label)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _plain(label: str) -> str:
    """A label without what a reader does not see: case, width of blanks, marks of no width."""
    if label.isascii():
        return " ".join(label.casefold().split())
    seen = (letter for letter in unicodedata.normalize("NFKC", label) if unicodedata.category(letter) != "Cf")
    return " ".join("".join(seen).casefold().split())


def refuse_two_names(
    labels: Sequence[str], counts: Mapping[str, int] | None = None, way_out: str = ""
) -> None:
    """Refuse labels of which some are one actor, with the list of them and the way out.

    Raises
    ------
    EventError
        Some actor goes by two labels; its events would be scored as those of two.
    """
    groups = one_actor(labels)
    if not groups:
        return
    rows = {} if counts is None else counts

    def shown(label: str) -> str:
        text = ascii(label) if _plain(label) != label.casefold() else repr(label)
        return text + (f" ({rows[label]:,})" if label in rows else "")

    listed = "; ".join(" and ".join(map(shown, group)) for group in groups[:SHOWN])
    more = f"; and {len(groups) - SHOWN} more" if len(groups) > SHOWN else ""
    many = len(groups) > 1
    raise EventError(
        f"{len(groups)} actor{'s go' if many else ' goes'} by more than one label: {listed}{more}. "
        + (
            way_out
            or "Say actors='iso3' to bring names and codes to ISO 3166, actors='as_given' to keep them apart, or "
            "mend the labels."
        )
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
