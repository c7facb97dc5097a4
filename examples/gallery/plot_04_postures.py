"""
Aligned, leaning or hedging?
============================

A posture is a label with a probability. Where no label is likely enough it is withheld.
"""

import alignscore as al

room = al.hedging(al.datasets.asean(), powers=("CHN", "USA"))
print(room.at(2026)[["state", "posture", "posture_probability"]].round(2).to_string(index=False))

ax = al.plots.postures(room, start=2000)
ax.set_title("Postures since 2000", loc="left")
