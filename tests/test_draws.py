"""Quantiles of draws, by hand and as numpy gives them."""

import numpy as np

from alignscore.draws import quantiles


def test_the_ends_stand_symmetric_around_the_median_at_any_level():
    drawn = np.arange(101.0)[:, None]
    for level, low, high in ((0.5, 25.0, 75.0), (0.8, 10.0, 90.0), (0.9, 5.0, 95.0)):
        found = np.array(quantiles(drawn, level))[:, 0]
        np.testing.assert_allclose(found, [low, 50.0, high], rtol=1e-12)
    some = np.random.default_rng(0).normal(size=(37, 4))
    some[5, 2] = np.nan
    want = np.nanquantile(some, [0.1, 0.5, 0.9], axis=0)
    np.testing.assert_allclose(quantiles(some, 0.8), want, rtol=1e-12)
