"""Ideal points: votes per second, growth with size, and truth recovered, beside what a user would pick.

The alternatives are a singular value decomposition of each session's matrix of votes with absences filled
by the item's mean, in numpy and (where it is installed) as scikit-learn's FactorAnalysis. Neither knows
that sessions hang together, so each session is turned to agree with the truth: that favours them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from alignscore.measures.votes.ideal_points import ideal_points


def assembly(
    actors: int, sessions: int, items: int, *, bridged: float = 0.2, present: float = 0.85, seed: int = 0
) -> tuple[pd.DataFrame, list[tuple[str, str]], np.ndarray]:
    """Votes drawn from the model, bridges between successive sessions, true theta (actor, session)."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(scale=0.15, size=(actors, sessions))
    steps[:, 0] = rng.normal(size=actors)
    theta = steps.cumsum(axis=1)
    theta = (theta - theta.mean()) / theta.std()
    beta = rng.normal(scale=1.2, size=(sessions, items))
    g1 = rng.normal(0.3, 0.8, size=(sessions, items))
    g2 = g1 + rng.gamma(3, 0.2, size=(sessions, items))
    shared = int(bridged * items)
    for x in (beta, g1, g2):
        x[1:, :shared] = x[:1, :shared]  # the first roll calls come back every session
    z = beta[None] * theta[:, :, None] + rng.normal(size=(actors, sessions, items))
    vote = 1 + (z > g1) + (z > g2)
    a, t, v = np.nonzero(rng.random(z.shape) < present)
    names = np.array([[f"s{t:03d}-{v:04d}" for v in range(items)] for t in range(sessions)])
    frame = pd.DataFrame({"actor": a, "session": t, "item": names[t, v], "vote": vote[a, t, v]})
    pairs = [(names[t, v], names[t + 1, v]) for t in range(sessions - 1) for v in range(shared)]
    seen = set(frame["item"].unique())
    return frame, [(x, y) for x, y in pairs if x in seen and y in seen], theta


def by_svd(votes: pd.DataFrame, truth: np.ndarray) -> np.ndarray:
    """First singular vector of each session's filled matrix."""
    return _per_session(votes, truth, lambda x: np.linalg.svd(x, full_matrices=False)[0][:, 0])


def by_factor_analysis(votes: pd.DataFrame, truth: np.ndarray) -> np.ndarray:
    """One-factor scores of each session's filled matrix, scikit-learn's defaults."""
    from sklearn.decomposition import FactorAnalysis

    return _per_session(votes, truth, lambda x: FactorAnalysis(1).fit_transform(x)[:, 0])


def _per_session(
    votes: pd.DataFrame, truth: np.ndarray, place: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    found = np.full(truth.shape, np.nan)
    for session, part in votes.groupby("session"):
        wide = part.pivot(index="actor", columns="item", values="vote").astype(float)
        filled = (wide - wide.mean()).fillna(0.0).to_numpy()
        score = place(filled)
        score = (score - score.mean()) / score.std()
        true = truth[wide.index, session]
        found[wide.index, session] = score * (np.sign(score @ (true - true.mean())) or 1.0)
    return found


def timed(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """CPU seconds of a call, and what it gave."""
    begin = time.process_time()
    out = work()
    return time.process_time() - begin, out


def agreement(found: np.ndarray, truth: np.ndarray) -> float:
    """Correlation with the truth over all cells that have an estimate."""
    known = ~np.isnan(found)
    return float(np.corrcoef(found[known], truth[known])[0, 1])


def main(argv: Sequence[str] | None = None) -> list[dict[str, float | str]]:
    """Print one row a method and size; return the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="one small size, a couple of seconds")
    small = parser.parse_args(argv).small
    sizes = [(30, 4, 40)] if small else [(60, 10, 60), (120, 20, 80), (180, 40, 100), (190, 73, 70)]
    rows: list[dict[str, float | str]] = []
    print(f"{'method':16}{'votes':>10}{'CPU s':>9}{'votes/s':>12}{'r truth':>9}")
    for size in sizes:
        votes, bridges, truth = assembly(*size)
        methods: dict[str, Callable[[], np.ndarray]] = {
            "vem": lambda v=votes, b=bridges: ideal_points(v, bridges=b).theta,
            "vem smooth": lambda v=votes, b=bridges: ideal_points(v, bridges=b, prior="smooth").theta,
            "svd": lambda v=votes, t=truth: by_svd(v, t),
        }
        try:
            import sklearn  # noqa: F401
        except ImportError:
            pass
        else:
            methods["factor analysis"] = lambda v=votes, t=truth: by_factor_analysis(v, t)
        for name, work in methods.items():
            cpu, found = timed(work)
            r = abs(agreement(found, truth))
            rows.append({"method": name, "votes": len(votes), "cpu": cpu, "r": r})
            print(f"{name:16}{len(votes):>10,}{cpu:>9.2f}{len(votes) / cpu:>12,.0f}{r:>9.4f}")
    return rows


if __name__ == "__main__":
    main()
