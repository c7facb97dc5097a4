"""How near is equal: to the bit, to the rounding of a few operations, or to the last digit that was printed."""

from __future__ import annotations

import numpy as np

EXACT = 0.0
ALGEBRA = 1e-12


def printed(digits: int) -> float:
    """Half of the last printed digit."""
    return 0.5 * 10**-digits


def same(a: np.ndarray, b: np.ndarray, rtol: float = ALGEBRA) -> None:
    """Equal, missing in the same places, to a relative tolerance with an equal absolute floor."""
    np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
