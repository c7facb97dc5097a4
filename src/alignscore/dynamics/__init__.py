"""How relations move: how long the past counts, what comes next, and what was not to be expected."""
