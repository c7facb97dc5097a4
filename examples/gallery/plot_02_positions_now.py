"""
Where do ten states stand between two powers?
=============================================

-1 is all with China, +1 all with the United States. Every dot is a posterior mean over economic, diplomatic and
security ties, every bar its 95 % interval.
"""

import alignscore as al

room = al.hedging(al.datasets.asean(), powers=("CHN", "USA"))
print(room.table(period=2026, columns=["position", "evidence"]))

ax = room.plot(period=2026)
ax.set_title("Positions at the end of 2026", loc="left")
