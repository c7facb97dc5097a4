"""The steps of the workshop, each in an environment of its own: `nox -s tests`, `nox -l` lists them."""

from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "tests", "examples", "docs"]
LOWEST = ["numpy==2.0.*", "scipy==1.13.*", "pandas==2.2.2", "pydantic==2.8.*"]


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on every core: `nox -s tests -- tests/test_dates.py -k period` for some."""
    session.install("-e", ".[all]")
    session.run("pytest", "-q", "-n", "auto", *session.posargs)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the tests on the lowest versions that are promised."""
    session.install("-e", ".[scale,excel,bench,test]", *LOWEST)
    session.run("pytest", "-q", "-n", "auto", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """Run the long simulations, the whole real files and the faults that take a machine apart."""
    session.install("-e", ".[all]")
    session.run("pytest", "-q", "-m", "slow", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Hold the layout of the code."""
    session.install("-e", ".[lint]")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    session.install("-e", ".[lint,plot]")
    session.run("mypy")


@nox.session
def examples(session: nox.Session) -> None:
    """Run every example; a warning of ours is an error."""
    session.install("-e", ".[all]")
    for path in sorted(Path("examples").rglob("*.py")):
        session.run("python", "-W", "error::UserWarning", str(path), env={"MPLBACKEND": "Agg"})


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Run every benchmark once, small."""
    session.install("-e", ".[bench]")
    for path in sorted(Path("benchmarks").glob("*.py")):
        session.run("python", str(path), "--small")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site; a warning is an error."""
    session.install("-e", ".[docs]")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "docs", "docs/_build")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it alone, and score the shipped table."""
    session.install("build")
    out = session.create_tmp()
    session.run("python", "-m", "build", "--wheel", "--outdir", out, ".")
    session.install(*(str(path) for path in Path(out).glob("*.whl")))
    session.run("python", "-c", "import alignscore as al; print(al.alignment(al.datasets.asean()))")
