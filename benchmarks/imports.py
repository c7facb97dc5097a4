"""Import time, beside importing what the library stands on: pandas and pydantic, in whole processes.

All are started in turn; a ratio is the median over rounds of CPU time (user and system). The front door opens a
room when it is first asked for, so what the core needs is told apart.

    python benchmarks/imports.py [--small]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from statistics import median

PEER = "pandas and pydantic"
STATEMENTS = {
    PEER: "import pandas, pydantic",
    "alignscore": "import alignscore",
    "alignscore and its core": "from alignscore import Events, Ledger, alignment, hedging",
}


def spent(statement: str, folder: str) -> float:
    """CPU seconds of a fresh interpreter that runs a statement; compiled modules are kept in a folder."""
    # a tree that keeps no compiled modules would be compiled each time, which no one who installs it ever waits for
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", statement], check=True, env=kept | {"PYTHONPYCACHEPREFIX": str(folder)}
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(argv: list[str] | None = None) -> None:
    """Print the median of each and its ratio to the peer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="three rounds")
    rounds = 3 if parser.parse_args(argv).small else 15
    with tempfile.TemporaryDirectory() as folder:
        for statement in STATEMENTS.values():  # the first one compiles
            spent(statement, folder)
        times = [
            {name: spent(statement, folder) for name, statement in STATEMENTS.items()} for _ in range(rounds)
        ]
    for name in STATEMENTS:
        ratio = median(each[name] / each[PEER] for each in times)
        print(f"import {name:<24} {median(each[name] for each in times):.3f} s of CPU   x {PEER} {ratio:.2f}")


if __name__ == "__main__":
    main()
