"""Import time, beside importing what the library stands on: pandas and pydantic, in whole processes.

Both are started in turn; the ratio is the median over pairs of CPU time (user and system).

    python benchmarks/imports.py [--small]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from statistics import median

STATEMENTS = {"alignscore": "import alignscore", "pandas and pydantic": "import pandas, pydantic"}


def spent(statement: str) -> float:
    """CPU seconds of a fresh interpreter that runs a statement."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(argv: list[str] | None = None) -> float:
    """Print the medians and the ratio; return the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="three pairs")
    pairs = 3 if parser.parse_args(argv).small else 15
    spent(STATEMENTS["alignscore"])  # the first one compiles
    times = [[spent(statement) for statement in STATEMENTS.values()] for _ in range(pairs)]
    for name, column in zip(STATEMENTS, zip(*times, strict=True), strict=True):
        print(f"import {name:<20} {median(column):.3f} s of CPU")
    ratio = median(ours / theirs for ours, theirs in times)
    print(f"ratio, median of {pairs} pairs: {ratio:.2f}")
    return ratio


if __name__ == "__main__":
    main()
