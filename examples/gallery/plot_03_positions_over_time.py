"""
Who moved?
==========

The same positions over the years, for three states that took different paths.
"""

import alignscore as al

room = al.hedging(al.datasets.asean(), powers=("CHN", "USA"))
for state in ("KHM", "VNM", "PHL"):
    path = room.of(state, slice(2010, 2026)).set_index("year")["position"]
    print(f"{state}: {path[2010]:+.2f} in 2010, {path[2018]:+.2f} in 2018, {path[2026]:+.2f} in 2026")

ax = room.plot(states=["KHM", "VNM", "PHL"], start=2000)
ax.set_title("Three paths between two powers", loc="left")
