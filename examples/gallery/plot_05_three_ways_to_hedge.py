"""
In which of three ways does a state hedge?
==========================================

Spread between powers splits exactly: with both at once in one domain (mixing), now with one and now with the other
(alternating), or one for security and the other for the economy (compartmentalising).
"""

import alignscore as al

room = al.hedging(al.datasets.asean(), powers=("CHN", "USA"), window=5)
print(room.table(period=2026, columns=["mixing", "alternating", "compartmentalising", "diversification"]))

ax = al.plots.three_ways(room, period=2026)
ax.set_title("Three ways to hedge, 2022-2026", loc="left")
