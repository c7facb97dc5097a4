"""Which judgement matters: first-order and total Sobol indices of groups of inputs, with guards.

The indices are scipy.stats.sobol_indices'. Guarded here: an output that is not finite raises (there it
becomes zeros), an output that does not vary is NaN, groups of inputs vary as one, and scrambles of the
sequence are replicated, which gives each index an interval.

Letters for shapes: n points of a design, G groups, O outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from alignscore.errors import AlignScoreError, OptionError, check_level, keyed, whole_number
from alignscore.intervals import LEVEL, generator_of
from alignscore.results import Result

Inputs = dict[str, np.ndarray]
Outputs = tuple[np.ndarray, np.ndarray, np.ndarray]  # f_A (n, O), f_B (n, O), f_AB (G, n, O)


@dataclass(frozen=True, eq=False, repr=False)
class SobolResult(Result):
    """Share of an output's variance due to each group, per (output, group).

    Attributes
    ----------
    outputs, groups : tuple of str
    first, first_low, first_high : ndarray, (O, G)
        Share that goes when this group alone were known; mean over replicates and its t interval.
    total, total_low, total_high : ndarray, (O, G)
        Share that stays when all but this group were known: with its interactions.
    mean, sd : ndarray, (O,)
        Mean and standard deviation of the output over the design.
    """

    FIGURE: ClassVar[str | None] = "tornado"
    LABELS: ClassVar[Mapping[str, str]] = {"output": "outputs", "judgement": "groups"}

    outputs: tuple[str, ...]
    groups: tuple[str, ...]
    first: np.ndarray
    first_low: np.ndarray
    first_high: np.ndarray
    total: np.ndarray
    total_low: np.ndarray
    total_high: np.ndarray
    mean: np.ndarray
    sd: np.ndarray


def uniform(columns: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Scrambled Sobol points, (n, columns); beyond a power of 2 the sequence is cut."""
    from scipy.stats import qmc

    if not columns:
        return np.empty((n, 0))
    seed = int(rng.integers(2**63))
    try:
        engine = qmc.Sobol(columns, scramble=True, rng=seed)
    except TypeError:  # scipy before 1.15 names it otherwise
        engine = qmc.Sobol(columns, scramble=True, seed=seed)
    points: np.ndarray = engine.random_base2(int(np.ceil(np.log2(max(n, 1)))))
    return points[:n]


def split(points: np.ndarray, groups: Mapping[str, int]) -> Inputs:
    """Columns of a design by group."""
    ends = np.cumsum(list(groups.values()))
    return {name: points[:, end - size : end] for (name, size), end in zip(groups.items(), ends, strict=True)}


def design(groups: Mapping[str, int], n: int, rng: np.random.Generator) -> tuple[Inputs, Inputs]:
    """Two independent designs A and B, as halves of one sequence."""
    columns = sum(groups.values())
    points = uniform(2 * columns, n, rng)
    return split(points[:, :columns], groups), split(points[:, columns:], groups)


def indices(f_A: np.ndarray, f_B: np.ndarray, f_AB: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First-order and total indices, each (O, G), of outputs on A, on B, (n, O), and on A with a group from B, (G, n, O).

    NaN where the output does not vary.

    Raises
    ------
    AlignScoreError
        An output is not finite.
    OptionError
        n is not a power of 2.

    References
    ----------
    Saltelli et al. 2010, Computer Physics Communications 181:259, Table 2 (b) and (f).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.random((2, 1024, 2))
    >>> mixed = np.stack([np.column_stack([b[:, 0], a[:, 1]]), np.column_stack([a[:, 0], b[:, 1]])])
    >>> first, total = indices(*(3 * x[..., :1] + 0 * x[..., 1:] for x in (a, b, mixed)))
    >>> first.round(1).tolist(), total.round(1).tolist()
    ([[1.0, 0.0]], [[1.0, 0.0]])
    """
    from scipy.stats import sobol_indices

    n = _power_of_two(len(f_A))
    for name, f in (("A", f_A), ("B", f_B), ("AB", f_AB)):
        bad = int((~np.isfinite(f)).sum())
        if bad:
            raise AlignScoreError(
                f"{bad} of {f.size} outputs on design {name} are not finite; Sobol indices need every draw. "
                "Leave out states without data, or the judgement that makes a tie vanish."
            )
    both = np.concatenate([f_A, f_B])
    spread, size = both.std(axis=0), np.abs(both).max(axis=0)
    varies = spread > np.maximum(1e-12 * size, 1e-300)
    G = len(f_AB)
    first, total = (np.full((f_A.shape[1], G), np.nan) for _ in range(2))
    some = np.flatnonzero(varies)
    if len(some):
        some_or_two = some if len(some) > 1 or G > 1 else np.repeat(some, 2)  # scipy cannot return one number
        func: Any = {
            "f_A": f_A[:, some_or_two].T,
            "f_B": f_B[:, some_or_two].T,
            "f_AB": f_AB[:, :, some_or_two].swapaxes(1, 2),
        }
        found = sobol_indices(func=func, n=n)
        first[some_or_two] = np.reshape(found.first_order, (len(some_or_two), G))
        total[some_or_two] = np.reshape(found.total_order, (len(some_or_two), G))
    return first, total


def sobol(
    model: Callable[[Inputs], np.ndarray],
    groups: Mapping[str, int],
    *,
    outputs: Sequence[str] = ("output",),
    n: int = 256,
    replicates: int = 8,
    level: float = LEVEL,
    rng: int | np.random.Generator | None = 0,
) -> SobolResult:
    """Which input of a model is its output's uncertainty due to?

    First-order ``S = Var(E[Y | X_g]) / Var(Y)`` and total ``T = E(Var[Y | X_~g]) / Var(Y)`` of each group
    of inputs g.

    Parameters
    ----------
    model : callable
        Takes a mapping of group to uniform numbers (n, columns), returns (n,) or (n, O).
    groups : mapping of str to int
        Number of columns of each group.
    outputs : sequence of str
        Names of the outputs, O.
    n : int
        Points of one design, a power of 2.
    replicates : int
        Independent scrambles, at least 2; the model runs ``replicates * n * (G + 2)`` times.
    level : float
        Probability level of the intervals, Student's t over replicates.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    SobolResult
        Shares of variance; about [0, 1], a little outside by chance. NaN: the output does not vary. A
        constant added to the output changes no index.

    Raises
    ------
    AlignScoreError
        An output is not finite.
    OptionError
        `n` not a power of 2, `replicates` below 2, or outputs that are not O.

    References
    ----------
    Sobol 2001, Mathematics and Computers in Simulation 55:271; Saltelli et al. 2010.

    Examples
    --------
    >>> found = sobol(lambda u: 2 * u["a"][:, 0] + u["b"].sum(axis=1), {"a": 1, "b": 2}, rng=0)
    >>> found.first.round(2).tolist()  # variances 4 and 2 of 6
    [[0.67, 0.33]]
    """
    rng = generator_of(rng)
    keyed("groups", groups, "{'half-life': 1}")

    def run() -> Outputs:
        A, B = design(groups, n, rng)
        mixed = [model({**A, name: B[name]}) for name in groups]
        return _column(model(A)), _column(model(B)), np.stack([_column(f) for f in mixed])

    return replicated(run, tuple(outputs), tuple(groups), n=n, replicates=replicates, level=level)


def replicated(
    run: Callable[[], Outputs], outputs: tuple[str, ...], groups: tuple[str, ...], *,
    n: int, replicates: int, level: float, recipe: Mapping[str, Any] | None = None,
) -> SobolResult:  # fmt: skip
    """Indices over several runs of a design: means, and Student's t intervals."""
    from scipy.special import stdtrit

    _power_of_two(n)
    whole_number("replicates", replicates, 2)
    check_level(level)
    if not groups:
        raise OptionError("nothing varies: give at least one judgement, or sampling error.")
    found, seen = [], []
    for _ in range(replicates):
        f_A, f_B, f_AB = run()
        if f_A.shape[1] != len(outputs):
            raise OptionError(f"the model returns {f_A.shape[1]} outputs; outputs names {len(outputs)}.")
        found.append(indices(f_A, f_B, f_AB))
        seen.append(np.concatenate([f_A, f_B]))
    columns: dict[str, np.ndarray] = {}
    reach = float(stdtrit(replicates - 1, 0.5 + level / 2))
    for name, each in zip(("first", "total"), np.array(found).swapaxes(0, 1), strict=True):
        mean = each.mean(axis=0)
        half = reach * each.std(axis=0, ddof=1) / np.sqrt(replicates)
        columns |= {name: mean, f"{name}_low": mean - half, f"{name}_high": mean + half}
    values = np.concatenate(seen)
    options = {"measure": "sobol", "n": n, "replicates": replicates, "level": level, **(recipe or {})}
    mean, sd = values.mean(axis=0), values.std(axis=0)
    return SobolResult(options, outputs, groups, mean=mean, sd=sd, **columns)


def _column(f: np.ndarray) -> np.ndarray:
    f = np.asarray(f, dtype=float)
    return f[:, None] if f.ndim == 1 else f


def _power_of_two(n: int) -> int:
    whole_number("n", n, 0)
    if n < 2 or n & (n - 1):
        raise OptionError(f"n is {n!r}; Sobol points come in powers of 2 (128, 256, 512, ...).")
    return int(n)
