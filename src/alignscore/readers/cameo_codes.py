"""CAMEO codes on their own: quad classes by a named rule, and the table of scores with its sources."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from alignscore.data import shipped
from alignscore.errors import EventError, one_of, several
from alignscore.readers.steps.cleaning import SHAPED

Grouping = Literal["gdelt", "icews", "schrodt", "phoenix", "plover"]
# class of each root 01..20 by each rule (FORMATS: five rules that disagree on 01, 02, 09, 14 and 16)
CLASSES = {
    "gdelt": (1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4),
    "icews": (1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4),
    "schrodt": (1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4),
    "phoenix": (0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 3, 4, 4, 4, 4),
    "plover": (0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4),
}


def quad(code: Any, *, rule: Grouping) -> Any:
    """Quad class of CAMEO codes by one of the five rules in use, which disagree.

    Parameters
    ----------
    code : str, or sequence of str
        CAMEO codes as text, two to four digits.
    rule : {"gdelt", "icews", "schrodt", "phoenix", "plover"}
        Whose classes. There is no default: protest (14) is verbal conflict in GDELT and material conflict
        in the ICEWS package, investigation (09) is material *cooperation* in GDELT, and so on.

    Returns
    -------
    int or ndarray of int8
        1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict; 0 where the
        rule has no class (statements and appeals in Phoenix and PLOVER).

    Raises
    ------
    OptionError
        A rule of another name.
    EventError
        A code that is not CAMEO as text, such as 40 for 040, or a number.

    Notes
    -----
    ``schrodt`` puts statements and appeals (roots 01 to 05) with a score below 0 in class 3; scores are
    those of `goldstein_scores`, ICEWS column. ``gdelt`` follows the root in all 24,291 rows checked.

    Examples
    --------
    >>> quad("141", rule="gdelt"), quad("141", rule="icews")
    (3, 4)
    >>> quad(["040", "090"], rule="gdelt")
    array([1, 2], dtype=int8)
    """
    one_of("rule", rule, CLASSES)
    codes = list(several(code))
    bad = [c for c in codes if not (isinstance(c, str) and SHAPED.fullmatch(c))]  # the number 20 may be 020
    if bad:
        raise EventError(
            f"{len(bad)} of {len(codes)} codes are not CAMEO codes, first {bad[0]!r}; they are text of 2 to "
            "4 digits from 01 to 20, and lose their zeros when read as numbers."
        )
    classes = np.array([CLASSES[rule][int(c[:2]) - 1] for c in codes], dtype=np.int8)
    if rule == "schrodt":
        table = goldstein_scores().set_index("code")["icews"]
        score = table.reindex(codes).to_numpy(dtype=float)
        early = np.array([int(c[:2]) <= 5 for c in codes], dtype=bool)
        classes[early & (score < 0)] = 3
    return int(classes[0]) if isinstance(code, str) else classes


def goldstein_scores() -> pd.DataFrame:
    """Score of every CAMEO code by three tables in circulation, and how each is known.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``label``, ``icews``, ``gdelt``, ``keds_2007`` (NaN where a table has no score; KEDS is
        the numbering of 2007, in which 016 to 018 and 163 to 166 are other acts), ``gdelt_rows`` (rows of
        GDELT in which the score was seen), ``status``.

    References
    ----------
    Goldstein, J. S. (1992), Journal of Conflict Resolution 36(2), 369-385: the scale, for WEIS; its
    transfer to CAMEO is the KEDS project's.

    Examples
    --------
    >>> table = goldstein_scores().set_index("code")
    >>> float(table.loc["164", "icews"]), float(table.loc["164", "gdelt"])
    (-6.5, -7.0)
    """
    table = shipped("cameo_goldstein.csv")
    numbers = {"goldstein_icews": "icews", "goldstein_gdelt": "gdelt", "goldstein_keds_2007": "keds_2007"}
    out = table[["code", "label"]].copy()
    for old, new in numbers.items():
        out[new] = pd.to_numeric(table[old].replace("", np.nan)).astype(float)
    out["gdelt_rows"] = table["gdelt_rows_seen"].astype(int)
    out["status"] = table["status"]
    return out
