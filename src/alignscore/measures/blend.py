"""The composite over domains: a weighted mean over those in which anything is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignscore.intervals import ratio


@dataclass(frozen=True)
class Blend:
    """Weights of the domains seen, renormalised cell by cell; the domain axis is the second to last.

    Attributes
    ----------
    weights : ndarray, (..., K, T)
        Add to 1 over the domains seen; 0 where a domain is not.
    coverage : ndarray, (..., T)
        Share of the given weight that was seen.
    """

    weights: np.ndarray
    coverage: np.ndarray

    @classmethod
    def of(cls, seen: np.ndarray, omega: np.ndarray) -> Blend:
        """Blend of given weights (K,) over a mask of what is seen (..., K, T)."""
        given = seen * omega[:, None]
        coverage = given.sum(axis=-2)
        return cls(np.nan_to_num(ratio(given, coverage[..., None, :])), coverage)

    def mean(self, score: np.ndarray) -> np.ndarray:
        """Weighted mean, NaN where nothing is seen, (..., T)."""
        return self._known((self.weights * np.nan_to_num(score)).sum(axis=-2))

    def se(self, se: np.ndarray) -> np.ndarray:
        """Standard error of the mean of independent scores, (..., T)."""
        return self._known(np.sqrt((self.weights**2 * np.nan_to_num(se) ** 2).sum(axis=-2)))

    def n_eff(self, n_eff: np.ndarray) -> np.ndarray:
        """Effective events behind the mean, 1 / sum(w^2 / n_eff), (..., T)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.where(self.weights > 0, self.weights**2 / n_eff, 0.0).sum(axis=-2)
        return np.nan_to_num(ratio(np.ones_like(spread), spread))

    def _known(self, value: np.ndarray) -> np.ndarray:
        return np.where(self.coverage > 0, value, np.nan)


def beside(domains: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Domains (..., K, T) and their composite (..., T) as one array (..., K + 1, T)."""
    return np.concatenate([domains, total[..., None, :]], axis=-2)
