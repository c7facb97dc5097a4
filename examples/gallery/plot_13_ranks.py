"""
How sure is the order of states?
================================

Half-life, weights and values are varied together with the sampling of events: the rank of each state and its interval.
"""

import alignscore as al

found = al.robustness(al.datasets.asean(), powers=("CHN", "USA"), draws=256)
ax = al.plots.rank_intervals(found, period=2026)
ax.set_title("Ranks from the United States to China", loc="left")
print(found.table(2026, columns=["rank"], digits=0))
