"""Values of kinds from judged pairs: which of two acts is the friendlier one, asked many times.

Letters for shapes: N kinds of one sign, R pairs, B draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from alignscore import display, errors
from alignscore.codebook.codebook import Codebook, ladder_or
from alignscore.codebook.kind import replaced
from alignscore.intervals import LEVEL, generator_of
from alignscore.values import Frozen, as_pandas, plain_labels

Scale = Literal["quantiles", "regression"]
NEEDED = ("first", "second", "more_cooperative")
BLOCK = 16  # resamples that are fitted side by side
ROUNDS = 200


# ---- formulas on arrays ---------------------------------------------------------------------------------
def davidson(
    i: np.ndarray, j: np.ndarray, won: np.ndarray, n: int, *, spread: float = np.inf
) -> tuple[np.ndarray, float]:
    r"""Log worths (n,), of mean 0, and log tie parameter of Bradley and Terry's model with Davidson's ties.

    i, j (R,) kinds of each pair; won (R, 3) how often the first won, the second won, neither. With
    ``D = w_i + w_j + nu sqrt(w_i w_j)`` (Davidson 1970, eq. 2.3) the chances are w_i / D, w_j / D and
    nu sqrt(w_i w_j) / D: a multinomial logit, concave, by Newton's steps. `spread`: standard deviation of a
    normal prior on log worths. Without ties nu is 0 and its logarithm -inf.
    """
    worth, nu = _fits(i, j, won[None], n, spread, np.zeros(n))
    return worth[0], float(nu[0])


def _fits(
    i: np.ndarray, j: np.ndarray, won: np.ndarray, n: int, spread: float, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`davidson` of several records (B, R, 3) of the same pairs: log worths (B, n) and log tie parameters (B,)."""
    worth, nu = np.empty((len(won), n)), np.empty(len(won))
    tied = won[:, :, 2].any(axis=1)
    for some in (False, True):
        rows = np.flatnonzero(tied == some)
        if len(rows):
            worth[rows], nu[rows] = _side_by_side(i, j, won[rows], n, spread, start, tied=some)
    return worth - worth.mean(axis=1, keepdims=True), nu


def _side_by_side(
    i: np.ndarray, j: np.ndarray, won: np.ndarray, n: int, spread: float, start: np.ndarray, *, tied: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Newton's steps of many records at once, each until it stands still: one step of small arrays is all overhead."""
    ridge = 0.0 if np.isinf(spread) else spread**-2.0  # of NumPy's whole numbers too
    m = n + tied
    worth = np.tile(start, (len(won), 1))
    nu = np.full(len(won), -np.inf)
    if tied:
        nu = np.array([np.log(one[:, 2].sum() / max(one[:, :2].sum(), 1.0) + 1e-9) for one in won])
    found, found_nu = worth.copy(), nu.copy()
    diagonal = np.arange(m)
    moving = np.arange(len(won))
    total = won.sum(axis=2)

    def sums(at: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
        """Sums (B, size) of values (B, R) over their places (R,)."""
        B = len(values)
        cell = (np.arange(B) * size)[:, None] + at
        return np.bincount(cell.ravel(), values.ravel(), B * size).reshape(B, size)

    for _ in range(ROUNDS):
        a, b = worth[:, i], worth[:, j]
        power = np.stack([a, b, nu[:, None] + (a + b) / 2], axis=2)
        p = np.exp(power - power.max(axis=2, keepdims=True))
        p /= p.sum(axis=2, keepdims=True)
        tie = p[..., 2]
        up = [p[..., 0] + tie / 2, p[..., 1] + tie / 2]  # expected share of the pair's points
        score = np.zeros((len(won), m))
        shared = sums(i * m + j, total * (tie / 4 - up[0] * up[1]), m * m).reshape(-1, m, m)
        curve = shared + shared.swapaxes(1, 2)
        for side, kind in enumerate((i, j)):
            score += sums(kind, won[..., side] + won[..., 2] / 2 - total * up[side], m)
            curve[:, diagonal, diagonal] += sums(kind, total * (up[side] - tie / 4 - up[side] ** 2), m)
        score[:, :n] -= ridge * worth
        if tied:
            score[:, n] = (won[..., 2] - total * tie).sum(axis=1)
            for side, kind in enumerate((i, j)):
                cross = sums(kind, total * tie * (0.5 - up[side]), m)
                curve[:, :, n] += cross
                curve[:, n] += cross
            curve[:, n, n] = (total * tie * (1 - tie)).sum(axis=1)
        curve[:, diagonal[:n], diagonal[:n]] += ridge
        curve[:, :n, :n] += 1 / n  # the level of log worths is free: hold their sum at 0
        step = np.linalg.solve(curve, score[..., None])[..., 0]
        step /= np.maximum(1.0, np.abs(step).max(axis=1) / 3)[:, None]
        worth = worth + step[:, :n]
        nu = nu + step[:, n] if tied else nu
        found[moving], found_nu[moving] = worth, nu
        on = np.abs(step).max(axis=1) >= 1e-12
        if not on.any():
            break
        if not on.all():
            moving, worth, nu, won, total = (x[on] for x in (moving, worth, nu, won, total))
    return found, found_nu


def on_scale(worth: np.ndarray, values: np.ndarray, scale: Scale) -> np.ndarray:
    """Worths (N,) on the scale of other values (N,) of the same kinds: never falling as the worth rises.

    ``quantiles``: the k-th lowest worth gets the k-th lowest value. ``regression``: least squares.
    """
    order = np.argsort(worth, kind="stable")
    out = np.empty(len(worth))
    if scale == "quantiles":
        out[order] = np.sort(values)
    else:
        from scipy.optimize import isotonic_regression

        out[order] = isotonic_regression(values[order]).x
    return out


# ---- the result -----------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class PairValues(Frozen):
    """Values of kinds as judges of pairs see them.

    Attributes
    ----------
    table : pandas.DataFrame
        kind; given, the codebook's value; worth, log worth among the kinds of its sign, 0 on average, up is
        friendlier; value on the codebook's scale, its standard error se, low and high; pairs it was judged in.
    ties : mapping of str to float
        Davidson's tie parameter among ``cooperative`` and ``hostile`` kinds.
    crossed : pandas.DataFrame
        Pairs of a cooperative and a hostile kind, which no fit uses: first, second, and right, the share of
        judgements for the cooperative one.
    recipe : mapping
    """

    table: pd.DataFrame
    ties: Mapping[str, float]
    crossed: pd.DataFrame
    book: Codebook
    recipe: Mapping[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """The table, one row a judged kind."""
        return self.table

    def codebook(self, name: str = "judged") -> Codebook:
        """The codebook with the judged values and their standard errors; kinds nobody judged are unchanged.

        Parameters
        ----------
        name : str
            The new codebook's name.
        """
        rows = self.table[["kind", "value", "se"]].itertuples(index=False)
        judged = {
            kind: {"value": float(value), "se": float(se) if se > 0 else None} for kind, value, se in rows
        }
        kinds = tuple(replaced(kind, **judged.get(kind.name, {})) for kind in self.book)
        return Codebook(name, kinds, self.book.domains, self.book.decay)

    def _repr_html_(self) -> str:
        return display.shown(repr(self), self.to_frame(), folded=self.recipe)

    def __repr__(self) -> str:
        size = f"{len(self.table)} kinds, {self.recipe['pairs']:,} pairs"
        return f"<PairValues: {size}; {display.options(self.recipe)}>"


# ---- the door -------------------------------------------------------------------------------------------
def values_from_pairs(
    judgements: pd.DataFrame,
    *,
    codebook: Codebook | None = None,
    scale: Scale = "quantiles",
    spread: float = 3.0,
    draws: int = 200,
    level: float = LEVEL,
    rng: int | np.random.Generator | None = 0,
) -> PairValues:
    r"""What are kinds of event worth, if judges only say which of two is the friendlier?

    A kind of worth w_i is called friendlier than one of worth w_j with chance ``w_i / D``, and the two alike
    with ``nu sqrt(w_i w_j) / D``, where ``D = w_i + w_j + nu sqrt(w_i w_j)``. Cooperative and hostile kinds
    are fitted apart, and their worths put on the codebook's scale.

    Parameters
    ----------
    judgements : table
        Columns first, second (names of kinds) and more_cooperative (``first``, ``second`` or ``tie``); one
        row a judgement. Others, such as judge, are not read.
    codebook : Codebook, optional
        Gives the kinds, which of them are cooperative, and the scale; `Codebook.ladder` where not given.
    scale : {'quantiles', 'regression'}
        How worths become values. ``quantiles``: the judges' order with the codebook's spread, the k-th
        friendliest kind getting the k-th highest value. ``regression``: the nearest values to the codebook's
        that never fall as worths rise, which pulls kinds on which the two disagree to one middle value.
    spread : float
        Standard deviation of a normal prior on log worths; ``inf`` for none, if every kind both won and lost.
    draws : int
        Resamples of pairs, at least 2.
    level : float
        Probability level of the intervals, between 0 and 1.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    PairValues
        Values in the codebook's unit, up is friendlier; ``.codebook()`` posts with them. Kinds of value 0
        and kinds in no pair of their sign are left out.

    Raises
    ------
    OptionError
        No usable pair, an answer that is none of the three, a pair of one kind with itself, or with
        ``spread=inf`` kinds that always won or lost.
    UnknownLabelError
        A column or kind that is not there.

    Notes
    -----
    A pair counts once however many judged it, its judgements sharing its weight, since judges who agree
    nearly always are no further evidence. Standard errors and intervals come from drawing pairs anew with all
    their judgements, and are NaN where one pair is all there is of a sign. They do not know that other judges, asked
    otherwise, may see kinds otherwise.

    References
    ----------
    Bradley, R. A. & Terry, M. E. (1952), Biometrika 39:324. Davidson, R. R. (1970), Journal of the American
    Statistical Association 65:317.

    Examples
    --------
    >>> asked = pd.DataFrame(
    ...     [("alliance_treaty", "state_visit", "first"), ("state_visit", "phone_call", "first"),
    ...      ("phone_call", "alliance_treaty", "second")],
    ...     columns=["first", "second", "more_cooperative"])
    >>> values_from_pairs(asked).to_frame()[["kind", "given", "value"]].values.tolist()
    [['phone_call', 1.0, 1.0], ['state_visit', 2.8, 2.8], ['alliance_treaty', 10.0, 10.0]]
    """
    errors.one_of("scale", scale, get_args(Scale))
    errors.within("spread", spread, 0.0, open_low=True)
    errors.check_level(level)
    errors.whole_number("draws", draws, 2)
    book = ladder_or(codebook)
    pairs = _pairs(as_pandas("judgements", judgements), book)
    signs = np.sign(book.values)
    one, two = (signs[pairs[side].to_numpy()] for side in ("i", "j"))
    generator = generator_of(rng)
    tables, ties = [], {}
    for sign, name in ((1, "cooperative"), (-1, "hostile")):
        some = pairs[(one == sign) & (two == sign)]
        if len(some):
            table, ties[name] = _of_one_sign(some, book, scale, spread, draws, level, generator)
            tables.append(table)
    if not tables:
        raise errors.OptionError("no pair has two cooperative or two hostile kinds; there is nothing to fit.")
    table = pd.concat(tables).sort_values("code").drop(columns="code").reset_index(drop=True)
    recipe = {
        "measure": "values_from_pairs",
        "codebook": book.name,
        "scale": scale,
        "spread": spread,
        "draws": draws,
        "level": level,
        "pairs": int((one * two > 0).sum()),
    }
    return PairValues(table, ties, _crossed(pairs[one * two < 0], book), book, recipe)


# ---- its steps ------------------------------------------------------------------------------------------
def _pairs(table: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """One row a pair of kinds: i < j (codes), and the share of its judgements for i, for j and for neither."""
    for column in NEEDED:
        errors.check_known("column", column, table.columns)
    table = plain_labels(table, *NEEDED)
    answers = table["more_cooperative"]
    odd = ~answers.isin(["first", "second", "tie"]).to_numpy()
    if odd.any():
        raise errors.OptionError(
            f"{odd.sum()} of {len(table)} judgements say neither 'first', 'second' nor 'tie'; the first is "
            f"{answers.iloc[int(odd.argmax())]!r} in row {int(odd.argmax())}."
        )
    codes = {name: book.index(name) for name in pd.unique(pd.concat([table["first"], table["second"]]))}
    first, second = (table[side].map(codes).to_numpy(dtype=np.int64) for side in ("first", "second"))
    if (first == second).any():
        at = int((first == second).argmax())
        raise errors.OptionError(f"row {at} pairs {table['first'].iloc[at]!r} with itself.")
    turned = first > second
    wins = np.stack([answers == "first", answers == "second", answers == "tie"], axis=1).astype(float)
    wins[turned, :2] = wins[turned, 1::-1]
    flat = pd.DataFrame({"i": np.minimum(first, second), "j": np.maximum(first, second)})
    flat[["won_i", "won_j", "tied"]] = wins
    return flat.groupby(["i", "j"], as_index=False).mean()


def _of_one_sign(
    pairs: pd.DataFrame, book: Codebook, scale: Scale, spread: float, draws: int, level: float,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, float]:  # fmt: skip
    """The table of kinds of one sign, and the tie parameter."""
    codes = np.unique(pairs[["i", "j"]])
    i, j = (np.searchsorted(codes, pairs[side]) for side in ("i", "j"))
    won = pairs[["won_i", "won_j", "tied"]].to_numpy()
    if np.isinf(spread):
        _all_comparable(i, j, won, [book.names[code] for code in codes])
    given = np.take(book.values, codes)
    worth, nu = davidson(i, j, won, len(codes), spread=spread)
    prior = spread if np.isfinite(spread) else 30.0  # a resample may hold a kind that always won
    times = rng.multinomial(len(pairs), np.full(len(pairs), 1 / len(pairs)), size=draws)
    copies = [
        _fits(i, j, won * times[at : at + BLOCK, :, None], len(codes), prior, worth)[0]
        for at in range(0, draws, BLOCK)
    ]
    drawn = np.array([on_scale(again, given, scale) for block in copies for again in block])
    tail = (1 - level) / 2
    value = on_scale(worth, given, scale)
    if len(pairs) == 1:  # every copy is the same
        drawn[:] = np.nan
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    table = pd.DataFrame({
        "code": codes, "kind": np.array(book.names, dtype=object)[codes], "given": given, "worth": worth,
        "value": value, "se": drawn.std(axis=0, ddof=1), "low": np.minimum(low, value),
        "high": np.maximum(high, value), "pairs": np.bincount(np.concatenate([i, j])),
    })  # fmt: skip
    return table, float(np.exp(nu))


def _all_comparable(i: np.ndarray, j: np.ndarray, won: np.ndarray, names: list[str]) -> None:
    """Raise unless a chain of wins and ties leads from every kind to every other, as finite worths need."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    beats = [(i, j, won[:, 0] + won[:, 2]), (j, i, won[:, 1] + won[:, 2])]
    a, b, weight = (np.concatenate(parts) for parts in zip(*beats, strict=True))
    some = weight > 0
    chains = coo_array((weight[some], (a[some], b[some])), shape=(len(names), len(names)))
    groups, label = connected_components(chains, connection="strong")
    if groups > 1:
        sizes = np.bincount(label)
        lone = names[int(np.flatnonzero(label == sizes.argmin())[0])]
        raise errors.OptionError(
            f"without a prior no worths fit: {groups} groups of kinds never lost to one another, such as "
            f"{lone!r}. Give spread=3.0, or judge more pairs."
        )


def _crossed(pairs: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """Pairs across signs, the cooperative kind first, with the share of judgements for it."""
    names = np.array(book.names, dtype=object)
    up = np.take(book.values, pairs["i"]) > 0
    return pd.DataFrame(
        {
            "first": names[np.where(up, pairs["i"], pairs["j"])],
            "second": names[np.where(up, pairs["j"], pairs["i"])],
            "right": np.where(up, pairs["won_i"], pairs["won_j"]),
        }
    )
