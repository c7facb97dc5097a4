"""Settings of the suite, and what many tests read: the shipped events, their ledger, its ties, and axes to draw on."""

import os

import matplotlib as mpl
import pytest
from hypothesis import HealthCheck, settings
from matplotlib.figure import Figure

import alignscore as al

mpl.use("Agg")


settings.register_profile(
    "suite", max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("quick", settings.get_profile("suite"), max_examples=6)
settings.register_profile("deep", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(scope="session")
def asean() -> al.Events:
    """The events that ship with the library; as every value, nobody can change them."""
    return al.datasets.asean()


@pytest.fixture(scope="session")
def asean_ledger(asean) -> al.Ledger:
    """The shipped events, posted by year with the default decay."""
    return al.Ledger.post(asean)


@pytest.fixture(scope="session")
def ties(asean_ledger) -> al.Ties:
    """Ties of the shipped events at the end of each year."""
    return asean_ledger.ties()


@pytest.fixture
def ax():
    """Axes of a figure that pyplot does not know."""
    return Figure(figsize=(7, 4.2), layout="constrained").subplots()
