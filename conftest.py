"""For tests and docstrings alike: what needs an extra that is not installed is skipped, and no figure is left open."""

import gc
import os
import sys
from importlib.util import find_spec

import pytest

os.environ.setdefault("MPLBACKEND", "agg")  # figures of examples need no screen
# what the light extra `test` leaves out
EXTRAS = ("SALib", "dask", "distributed", "duckdb", "linearmodels", "netCDF4", "networkx", "narwhals", "openpyxl",
          "polars", "pyarrow", "pyfixest", "sklearn", "xarray")  # fmt: skip
ABSENT = tuple(name for name in EXTRAS if find_spec(name) is None)


@pytest.hookimpl(wrapper=True)
def _skip_without_extras():
    """Skip where an import fails for want of an extra that is truly not there; any other failure stands."""
    try:
        return (yield)
    except Exception as problem:
        cause = getattr(problem, "exc_info", (None, problem))[1]  # a docstring's example wraps what it met
        words = f"{getattr(cause, 'name', '')} {cause}"
        missing = next((name for name in ABSENT if name in words), None)
        if isinstance(cause, ImportError) and missing is not None:
            pytest.skip(f"{missing} is not installed")
        raise


pytest_runtest_setup = pytest_runtest_call = (
    _skip_without_extras  # fixtures, and tests or examples themselves
)


def pytest_collection_finish():
    """What is imported and collected stays to the end: the collector of garbage need not look through it each time.

    What tests leave behind is little, and looked through less often than by default.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Tests of a file go to one worker, so that what they share is built once; another way asked for stands."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)


@pytest.fixture(autouse=True)
def _figures_closed():
    """Close what a test or an example drew with pyplot, which the next one would count as its own."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
