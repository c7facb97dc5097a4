"""Settings of the suite: quick, repeatable Hypothesis runs."""

import os

import matplotlib as mpl
import pytest
from hypothesis import HealthCheck, settings
from matplotlib.figure import Figure

mpl.use("Agg")
settings.register_profile(
    "suite", max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture
def ax():
    """Axes of a figure that pyplot does not know."""
    return Figure(figsize=(7, 4.2), layout="constrained").subplots()
