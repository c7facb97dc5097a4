"""Parts of one work side by side, where the machine has cores to spare.

NumPy and scipy let go of the interpreter inside their loops, so that threads gain without a copy of anything. What
comes back depends on the parts alone, never on how many threads there were.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

P = TypeVar("P")
R = TypeVar("R")

MOST = 4  # threads: memory, which all share, is what more would wait for
WORTH = 1 << 20  # events below which a second thread costs more than it saves


def threads(n: int) -> int:
    """Threads that work on `n` events is worth: those this process may use, one where they are few."""
    return 1 if n < WORTH else min(MOST, cores())


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def side_by_side(work: Callable[[P], R], parts: Sequence[P], hands: int) -> list[R]:
    """What `work` makes of each part, in their order, by `hands` threads."""
    if hands < 2 or len(parts) < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(work, parts))
