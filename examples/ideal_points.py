"""Where do states stand between two powers? Ideal points from roll-call votes.

Runs on a made-up assembly. Give it a table of votes (CSV or Parquet with columns actor, session, item,
vote: 1 yes, 2 abstain, 3 no; absences left out), a table of bridges and three labels to use your own:

    python ideal_points.py --votes votes.parquet --bridges matches.csv --show 850 --between 710 2
"""

from __future__ import annotations

import argparse
from collections.abc import Hashable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from alignscore import plots
from alignscore.measures.votes.ideal_points import IdealPointResult, ideal_points


def made_up(seed: int = 1) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Thirty states over twelve sessions; 'Swing' crosses from one pole to the other."""
    rng = np.random.default_rng(seed)
    names = ["East", "West", "Swing", *(f"S{k:02d}" for k in range(27))]
    theta = rng.normal(scale=0.8, size=30)[:, None] + rng.normal(scale=0.08, size=(30, 12)).cumsum(axis=1)
    theta[0], theta[1], theta[2] = -1.8, 1.8, np.linspace(-1.2, 1.0, 12)
    beta, g1 = rng.normal(scale=1.3, size=(12, 45)), rng.normal(0.4, 0.7, size=(12, 45))
    beta[1:, :12], g1[1:, :12] = beta[:1, :12], g1[:1, :12]  # twelve questions return every session
    z = beta * theta[:, :, None] + rng.normal(size=(30, 12, 45))
    vote = 1 + (z > g1) + (z > g1 + 0.6)
    a, t, v = np.nonzero(rng.random(z.shape) < 0.9)
    items = [f"{s}/{k}" for s, k in zip(t + 1, v, strict=True)]
    votes = pd.DataFrame(
        {"actor": np.array(names)[a], "session": t + 1, "item": items, "vote": vote[a, t, v]}
    )
    return votes, [(f"{s}/{k}", f"{s + 1}/{k}") for s in range(1, 12) for k in range(12)]


def read(path: Path) -> pd.DataFrame:
    """Table from a CSV or Parquet file."""
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def figure(points: IdealPointResult, actors: Sequence[Hashable], title: str, path: Path) -> None:
    """Trajectories of the state and the two powers, with their intervals."""
    from matplotlib.figure import Figure

    axes = Figure(figsize=(8, 4.8), layout="constrained").subplots()
    plots.ideal_points(points, actors=actors, ax=axes)
    axes.set_title(title, loc="left", fontsize=11, weight="bold")
    axes.figure.savefig(path, dpi=150)
    print(f"\nFigure: {path}")


def main(argv: Sequence[str] | None = None) -> None:
    """Estimate, and print where one state stands between two others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=Path, help="table of votes; a made-up assembly without it")
    parser.add_argument("--bridges", type=Path, help="table of pairs of items that put the same question")
    parser.add_argument("--show", default="Swing", help="the state in question")
    parser.add_argument("--between", nargs=2, default=["East", "West"], metavar=("LOW", "HIGH"))
    parser.add_argument("--figure", type=Path, help="write the trajectories to this file")
    given = parser.parse_args(argv)
    votes, bridges = made_up() if given.votes is None else (read(given.votes), None)
    if given.bridges is not None:
        pairs = read(given.bridges)
        bridges = pairs[pairs.isin(set(votes["item"])).all(axis=1)]
    known = {str(label): label for label in votes["actor"].unique()}
    state, *ends = (known.get(label, label) for label in (given.show, *given.between))
    points = ideal_points(votes, bridges=bridges, prior="smooth", anchors=(ends[0], ends[1]))
    print(points)
    print(f"\nWhere {state} stands: 0 at {ends[0]}, 1 at {ends[1]} (sd: {points.sd_kind})")
    print(points.tilt(state, *ends).drop(columns="sd_kind").round(2).to_string(index=False))
    if not points.linked.all():
        print(f"\nNo bridge ties sessions {points.sessions[~points.linked].tolist()} to others: levels free.")
    if given.figure is not None:
        data = " (made-up votes)" if given.votes is None else ""
        figure(points, [state, *ends], f"{state} between {ends[0]} and {ends[1]}{data}", given.figure)


if __name__ == "__main__":
    main()
