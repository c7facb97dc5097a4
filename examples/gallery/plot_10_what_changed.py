"""
What changed a score between two dates?
=======================================

The change of Vietnam's position from 2012 to 2026 as exact steps by kind of event.
"""

import alignscore as al

events = al.datasets.asean()
found = al.change(events, start=2012, end=2026, score=al.PositionOf("VNM", ("CHN", "USA")), by="kind")
print(f"from {found.start:.2f} in 2012 to {found.end:.2f} in 2026; the largest steps:")
print(found.to_frame().head(6).round(3).to_string(index=False))

ax = found.plot(most=6)
ax.set_title("Vietnam, 2012 to 2026", loc="left")
