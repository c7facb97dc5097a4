"""
Good with both, or with one only?
=================================

A share cannot show hostility; the alignment with each power can. Each state is a dot with its intervals both ways.
"""

import alignscore as al

room = al.hedging(al.datasets.asean(), powers=("CHN", "USA"))
print(room.table(period=2026, columns=["quadrant", "alignment_CHN", "alignment_USA"]))

ax = al.plots.quadrant(room, period=2026)
ax.set_title("Ten states and two powers, end of 2026", loc="left")
