"""
Aligned, leaning or hedging?
============================

A posture is a label with a probability. Where the label is less likely than not it is withheld: hatched here, in the
colour of what the thresholds say.
"""

import alignscore as al

room = al.hedging(al.datasets.asean(), powers=("CHN", "USA"))
now = room.at(2026, columns=["posture", "posture_probability", "likely_posture"])
print(
    now[["state", "posture", "posture_probability", "likely_posture"]].to_string(
        index=False, float_format="%.2f"
    )
)

ax = al.plots.postures(room, start=2000)
ax.set_title("Postures since 2000", loc="left")
