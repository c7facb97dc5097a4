"""Validity: whether scores of dyads mean what they say, held against yardsticks they were not made from.

Letters for shapes: R rows (dyads in a period), S states, B resampled copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignscore import display, errors
from alignscore.intervals import LEVEL, generator_of
from alignscore.validity.tests_of_scores import (
    Comparisons,
    Line,
    convergent,
    discriminant,
    known_groups,
    predictive,
    reliability,
    responsiveness,
)
from alignscore.validity.yardsticks import Yardstick, split_by_content, table_of_dyads
from alignscore.values import Frozen


@dataclass(frozen=True, eq=False, repr=False)
class ValidityResult(Frozen):
    """Lines of the battery, in order, and how they were made.

    Attributes
    ----------
    lines : tuple of Line
    recipe : dict
        Every option.
    """

    lines: tuple[Line, ...]
    recipe: Mapping[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row a line."""
        return pd.DataFrame([asdict(line) for line in self.lines])

    def _repr_html_(self) -> str:
        return display.shown(repr(self), self.to_frame(), folded=self.recipe)

    def __repr__(self) -> str:
        judged = [line.passes for line in self.lines if line.passes is not None]
        return f"<ValidityResult: {len(self.lines)} lines, {sum(judged)} of {len(judged)} judged pass>"


def validity(
    scores: pd.DataFrame,
    *,
    yardsticks: Mapping[str, Yardstick],
    score: str | Sequence[str],
    contains: Iterable[str] = (),
    reference: str | None = None,
    halves: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    shocks: pd.DataFrame | None = None,
    by_period: bool = False,
    spans: Sequence[int] = (1,),
    min_n: float = 10,
    draws: int = 200,
    level: float = LEVEL,
    rng: int | np.random.Generator | None = 0,
) -> ValidityResult:
    """Whether a score of dyads means what it says: a battery of tests, each beside four plain baselines.

    ============== ========================================================= ==============================
    test           statistic                                                 line set beforehand
    ============== ========================================================= ==============================
    convergent     Spearman with each "like" yardstick                       above volume and net by .1,
                                                                             interval above 0
    change         Spearman of the changes over each of `spans` periods      none
    discriminant   Spearman with volume and each "unlike" yardstick          below .2 in size
    known groups   AUC: allies over rivals, over neither; neither over       .75; .5; .5
                   rivals (a rival that is an ally counts as ally)
    predictive     slope on a "like" yardstick a period later, beyond its    interval above 0
                   lag; Spearman with it; AUC and average precision of       AP above volume and base rate
                   onsets a period later (the score turned round)
    onset gain     average precision of a forecast from volume and the       none
                   score, less that from volume; past periods only
    reliability    Spearman-Brown of scores on halves of the events          .8 from `min_n` events
    responsiveness signed change at dated shocks, rank among placebos        none: p is reported
    ============== ========================================================= ==============================

    Parameters
    ----------
    scores : DataFrame
        Columns i, j, period (years or pandas periods), n (events), net (cooperation less conflict), and
        the scores; one row an undirected dyad and period.
    yardsticks : mapping of name to Yardstick
    score : str or sequence of str
        Columns to test.
    contains : str or iterable of str
        What went into the scores ("votes", "alliances"): yardsticks made of it are not used, and said so.
    reference : str, optional
        The yardstick that serves as last baseline, such as similarity of ideal points.
    halves : pair of DataFrame, optional
        The same scores from two halves of the events (see `thin`).
    shocks : DataFrame, optional
        Columns i, j, period, sign (-1 or 1: set before looking), label.
    by_period : bool
        Convergent lines for each period too.
    spans : sequence of int
        Periods over which changes are compared.
    min_n : float
        Rows with fewer events are not tested (save in the reliability curve).
    draws : int
        Resampled copies of the states behind each interval; 0 leaves intervals out.
    level : float
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    ValidityResult
        A statistic is NaN where fewer than 30 rows, or no positive one, are left.

    Raises
    ------
    UnknownLabelError
        A column, a reference or a content that is not there.
    OptionError
        No yardstick is left, a dyad-period stands twice, an option is out of range.

    Notes
    -----
    The baselines are volume, net counts, excess volume (the log number of events net of what each of the two
    states has with everyone) and the reference, ranked as they stand; for onsets, volume is taken as a risk and
    the others, like the score, as its opposite. Intervals are Student's, with the spread of statistics of resampled
    states (Owen's pigeonhole bootstrap), on Fisher's scale where a statistic has ends.
    A battery passed is evidence for the construct on these data, not for any other use.

    References
    ----------
    Adcock & Collier 2001, American Political Science Review 95:529 (kinds of validation). Owen 2007,
    Annals of Applied Statistics 1:386.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> g = np.random.default_rng(1)
    >>> place = g.normal(size=20)
    >>> table = pd.DataFrame(
    ...     [(f"S{a}", f"S{b}", 2010, -abs(place[a] - place[b])) for a in range(20) for b in range(a)],
    ...     columns=["i", "j", "period", "value"],
    ... )
    >>> scores = table.assign(n=g.poisson(40, 190), good=table["value"] + g.normal(size=190) / 2)
    >>> scores["net"] = scores["n"] / 2
    >>> votes = Yardstick(table, "like")
    >>> found = validity(scores, yardsticks={"votes": votes}, score="good", draws=50, rng=1)
    >>> found.to_frame()[["test", "yardstick", "passes"]].head(3)
               test yardstick passes
    0    convergent     votes   True
    1        change     votes   None
    2  discriminant    volume   True
    """
    names = errors.in_order("score", (score,) if isinstance(score, str) else score)
    if not names or len(set(names)) < len(names):
        raise errors.OptionError(f"score is {score!r}; name each column to test once, and one at least.")
    errors.one_of("by_period", by_period, (True, False))
    errors.within("min_n", min_n, 0.0, open_high=True)
    errors.whole_number("draws", draws, 0)
    spans = tuple(errors.several(spans))
    for span in spans:
        errors.whole_number("span", span, 1)
    errors.check_level(level)
    errors.keyed("yardsticks", yardsticks, "{'votes': Yardstick(table, 'like')}")
    for name, yardstick in yardsticks.items():
        errors.of_kind(f"yardstick {name!r}", yardstick, Yardstick, "Yardstick(table, role)")
    if halves is not None:
        halves = errors.two_of("halves", halves, "thin(counts, columns)")
    contains = tuple(errors.several(contains))
    free, dropped = split_by_content(yardsticks, contains)
    if not free:
        raise errors.OptionError(
            "every yardstick is made of what the scores contain; none is left to test against."
        )
    if reference is not None and reference not in yardsticks:
        raise errors.unknown("yardstick", reference, yardsticks)
    table = table_of_dyads(scores, ("n", "net", *names), "score")
    generator = generator_of(rng)
    comparisons = Comparisons(table, free, free.get(reference or ""), min_n, draws, level, generator)
    why = {name: f"the scores contain {yardstick.made_of}" for name, yardstick in dropped.items()}
    lines = [Line("not tested", "", name, "", "", np.nan, note=note) for name, note in why.items()]
    for name in names:
        lines += convergent(comparisons, name, by_period=by_period, spans=spans)
        for test in (discriminant, known_groups, predictive):
            lines += test(comparisons, name)
        lines += [] if halves is None else reliability(comparisons, name, halves)
        lines += [] if shocks is None else responsiveness(comparisons, name, shocks)
    recipe = {
        "measure": "validity", "score": names, "contains": contains, "reference": reference,
        "min_n": min_n, "draws": draws, "level": level,
    }  # fmt: skip
    return ValidityResult(tuple(lines), recipe)
