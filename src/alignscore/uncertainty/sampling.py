"""The sampling error of sums of weighted events that fade, drawn along time.

A sum of N events in force has the relative variance 1 / N, and N falls as the events fade: of each only the part that has
not faded is evidence (Harvey & Fernandes 1989, J. Business & Economic Statistics 7:407, thin a Gamma by a Beta). So a draw
cannot be one number that fades with the sum: its spread widens while nothing happens.

The chance of each sum is a standard normal that walks through time, apart from the half-life and the values that are
varied with it; `factors` makes of it a draw of any evidence.

Letters for shapes: U units (sums drawn apart), T periods, B draws.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Law = Literal["gamma", "poisson"]
LEAST = 0.1  # events below which a sum is drawn as of so many: beside half an unseen event it is little
# events from which the cube of a normal has the right mean, to 2e-4, and steps up to there
FEW, STEP = 2.0, 0.01


def paths(persistence: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Standard normals (T, U, B) of which each period keeps a part of the last one's, by correlations (T, U)."""
    T, U = persistence.shape
    normal = rng.standard_normal((T, U, draws))
    for t in range(1, T):
        kept = persistence[t][:, None]
        normal[t] *= np.sqrt(1 - kept**2)
        normal[t] += kept * normal[t - 1]
    return normal


def factors(normal: np.ndarray, evidence: np.ndarray, law: Law = "gamma") -> np.ndarray:
    """Factors of mean 1 and variance 1 / N that rise with a standard normal; 1 where N is 0.

    Gamma(N) / N by the cube of Wilson & Hilferty 1931, PNAS 17:684, cut off at 0 and its mean set right: from N = .2 on
    its variance is within 6 % of the Gamma's, and at .1 within 25 %, where a sum is a tenth of an event. Poisson(N) / N
    by its quantiles.
    """
    from scipy.special import ndtr, pdtrik

    some = np.where(evidence > 0, evidence, 1.0)
    if law == "poisson":
        count = np.ceil(np.nan_to_num(pdtrik(ndtr(normal), some)))
        return np.where(evidence > 0, np.maximum(count, 0.0) / some, 1.0)
    some = np.maximum(some, LEAST)
    root = normal * (1 / (3 * np.sqrt(some)))
    root += 1 - 1 / (9 * some)
    np.maximum(root, 0.0, out=root)
    root /= _scales().take((np.minimum(some, FEW) * (1 / STEP) + 0.5).astype(np.intp))
    root *= root * root
    return root if (evidence > 0).all() else np.where(evidence > 0, root, 1.0)


def _scales() -> np.ndarray:
    """Cube root of the mean of ((m + s z)+)^3, z normal, at every `STEP` of evidence up to `FEW`."""
    from scipy.special import ndtr

    some = np.maximum(np.arange(round(FEW / STEP) + 1) * STEP, LEAST)
    m, s = 1 - 1 / (9 * some), 1 / (3 * np.sqrt(some))
    density = np.exp(-((m / s) ** 2) / 2) / np.sqrt(2 * np.pi)
    mean = (m**3 + 3 * m * s**2) * ndtr(m / s) + (m**2 * s + 2 * s**3) * density
    return np.append(np.cbrt(mean[:-1]), 1.0)
