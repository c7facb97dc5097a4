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
    given : ndarray, (..., K, T)
        The given weight of each domain seen; 0 where a domain is not.
    coverage : ndarray, (..., T)
        Share of the given weight that was seen.
    """

    given: np.ndarray
    coverage: np.ndarray

    @classmethod
    def of(cls, seen: np.ndarray, omega: np.ndarray) -> Blend:
        """Blend of given weights, (K,) or (..., K), over a mask of what is seen, (..., K, T)."""
        given = seen * omega[..., None]
        return cls(given, given.sum(axis=-2))

    @property
    def weights(self) -> np.ndarray:
        """Weights that add to 1 over the domains seen, (..., K, T)."""
        return _known(ratio(self.given, self.coverage[..., None, :]))

    def mean(self, score: np.ndarray) -> np.ndarray:
        """Weighted mean, NaN where nothing is seen, (..., T)."""
        return ratio((self.given * _known(score)).sum(axis=-2), self.coverage)

    def se(self, se: np.ndarray) -> np.ndarray:
        """Standard error of the mean of independent scores, (..., T)."""
        return ratio(np.sqrt(((self.given * _known(se)) ** 2).sum(axis=-2)), self.coverage)

    def evidence(self, evidence: np.ndarray) -> np.ndarray:
        """Effective events behind the mean, 1 / sum(w^2 / evidence), (..., T); 0 where nothing is seen."""
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.where(self.given > 0, self.given**2 / evidence, 0.0).sum(axis=-2)
        return _known(ratio(self.coverage**2, spread))


def _known(score: np.ndarray) -> np.ndarray:
    """The same with 0 for NaN."""
    return np.where(np.isnan(score), 0.0, score)


def beside(domains: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Domains (..., K, T) and their composite (..., T) as one array (..., K + 1, T)."""
    return np.concatenate([domains, total[..., None, :]], axis=-2)
