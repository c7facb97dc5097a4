"""
What changed a score between two dates?
=======================================

The change of Vietnam's position from 2012 to 2026 as exact steps by kind of event.
"""

import alignscore as al

events = al.datasets.asean()
found = al.change(events, start=2012, end=2026, score=al.PositionOf("VNM", ("CHN", "USA")), by="kind")
print(found)

ax = found.plot(most=6)
ax.set_title("Vietnam, 2012 to 2026", loc="left")
