"""Settings of the suite: quick, repeatable Hypothesis runs."""

import os

import matplotlib as mpl
from hypothesis import HealthCheck, settings

mpl.use("Agg")
settings.register_profile(
    "suite", max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
