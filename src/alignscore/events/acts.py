"""Which rows of a table tell of one act: a 2+2 stands in two domains, and yet it happened once."""

from __future__ import annotations

import numpy as np


def acts_of(ids: np.ndarray | None, row: np.ndarray) -> np.ndarray | None:
    """Act of each entry, (N,): that of its event id, or of the row it was read from; None where no two share one.

    Parameters
    ----------
    ids : ndarray of int, (N,), or None
        Codes of event ids, -1 where there is none; None where no id stands twice.
    row : ndarray of int, (N,)
        Positions in the table: the entries that the domains of one row's kind make share theirs.
    """
    if ids is None or not len(ids) or ids.max() < 0:
        once = not len(row) or bool((row[1:] > row[:-1]).all()) or len(np.unique(row)) == len(row)
        return None if once else row
    act = np.where(ids < 0, ids.max() + 1 + row, ids)
    return act if len(np.unique(act)) < len(act) else None
