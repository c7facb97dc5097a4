"""The draws of a panel and what is asked of them: summaries, ranks, claims, odds of postures.

Letters for shapes: B draws, S states (or D dyads), T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignscore.axes import period_position, place_of
from alignscore.errors import OptionError, check_known
from alignscore.intervals import quantiles
from alignscore.measures.states.postures import POSTURES
from alignscore.values import Frozen, FrozenDict


@dataclass(frozen=True, eq=False, repr=False)
class Summary(Frozen):
    """A score at the central choices, and what its draws say: arrays (S, T); `known` is their share."""

    central: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    known: np.ndarray

    @classmethod
    def from_draws(
        cls,
        central: np.ndarray,
        drawn: np.ndarray,
        level: float,
        own: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Summary:
        """Summary of draws (B, ...); the interval is stretched to hold the score at the central choices, and its `own`."""
        low, median, high = quantiles(drawn, level)
        centre = np.where(np.isnan(central), median, central)  # a score at its bound lies beside its draws
        low, high = np.minimum(low, centre), np.maximum(high, centre)
        if own is not None:
            low, high = np.fmin(low, own[0]), np.fmax(high, own[1])
        return cls(central, median, low, high, (~np.isnan(drawn)).mean(axis=0))


@dataclass(frozen=True)
class Claim:
    """Probability that a claim holds, its Monte Carlo error, and the share of draws that can tell."""

    probability: float
    se: float
    known: float


class Claims(FrozenDict[Claim]):
    """Claims by name."""

    def to_frame(self) -> pd.DataFrame:
        """One row a claim: claim, probability, se (Monte Carlo), known (share of draws that can tell)."""
        rows = [(name, one.probability, one.se, one.known) for name, one in self.items()]
        return pd.DataFrame(rows, columns=["claim", "probability", "se", "known"])


@dataclass(frozen=True, eq=False, repr=False)
class Drawn(Frozen):
    """The drawn panel, which a claim asks for what it compares: `of` and `posture` give one value a draw.

    Attributes
    ----------
    scores : mapping of str to ndarray, (B, S, T)
    names : tuple
        States, or (source, target) pairs.
    periods : pandas.PeriodIndex
    """

    scores: Mapping[str, np.ndarray]
    names: tuple[Any, ...]
    periods: pd.PeriodIndex

    def __repr__(self) -> str:
        B, rows, _ = next(iter(self.scores.values())).shape
        what = "states" if "position" in self.scores else "pairs"
        span = f"{self.periods[0]}..{self.periods[-1]}"
        return f"<{type(self).__name__}: {B} draws of {', '.join(self.scores)} for {rows} {what}, {span}>"

    def of(self, score: str, who: object, when: object) -> np.ndarray:
        """A score of one state (or of one (source, target)) at one period, (B,); NaN where unknown.

        Raises
        ------
        UnknownLabelError
            No such score, state or pair.
        """
        check_known("score", score, self.scores)
        row = place_of("state" if "position" in self.scores else "pair", who, self.names)
        return self.scores[score][:, row, period_position(self.periods, when)]

    def posture(self, who: object, when: object) -> np.ndarray:
        """Posture label of each draw, (B,) of text; '' where unknown."""
        return np.array([*POSTURES, ""], dtype=object).take(self.of("posture", who, when))

    def settle(self, claim: Callable[[Drawn], Any]) -> Claim:
        """Probability of a claim over the draws in which everything it asked for is known."""
        if not callable(claim):
            raise TypeError(
                f"a claim is {claim!r:.60}; give a function of the drawn panel, such as "
                "lambda panel: panel.of('position', 'KHM', 2025) > 0."
            )
        listener = _Listener(self.scores, self.names, self.periods)
        holds = np.asarray(claim(listener))
        B = len(next(iter(self.scores.values())))
        if holds.shape != (B,) or holds.dtype != bool:
            raise OptionError(
                f"a claim must return one true or false a draw, ({B},) bool; got {holds.dtype} {holds.shape}."
            )
        known = ~np.any(listener.missing, axis=0) if listener.missing else np.ones(B, dtype=bool)
        p = float(holds[known].mean()) if known.any() else float("nan")
        return Claim(p, float(np.sqrt(p * (1 - p) / max(known.sum(), 1))), float(known.mean()))


class _Listener(Drawn):
    """A drawn panel that remembers which draws lacked something it was asked for."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "missing", [])

    missing: list[np.ndarray]

    def of(self, score: str, who: object, when: object) -> np.ndarray:
        values = super().of(score, who, when)
        self.missing.append(values < 0 if score == "posture" else np.isnan(values))
        return values


def ranks(score: np.ndarray) -> np.ndarray:
    """Rank over the second to last axis, 1 for the highest, ties at their mean; NaN where unknown."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(-score, axis=-2, nan_policy="omit"))
