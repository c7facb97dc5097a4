"""
Which events made a score?
==========================

The impact of an event is the score with it less the score without it, exact for every event at once.
"""

import alignscore as al

found = al.impact(al.datasets.asean(), score=al.PositionOf("KHM", ("CHN", "USA")))
print(
    found.top(5)
    .to_frame(columns="all")
    .query("domain == 'composite'")[["label", "impact", "low", "high"]]
    .to_string(index=False)
)

ax = found.plot(start=2000)
ax.set_title("Events that moved Cambodia's position", loc="left")
