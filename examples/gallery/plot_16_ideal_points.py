"""
Where do states stand by their votes?
=====================================

Ideal points of a small chamber whose votes are simulated. Ten items come back each session: these bridges tie the
sessions together, so that their levels compare.
"""

import numpy as np
import pandas as pd

import alignscore as al

rng = np.random.default_rng(1)
actors, sessions, items = [f"S{i:02d}" for i in range(12)], range(1, 5), range(40)
place = np.linspace(-1.5, 1.5, len(actors))
slopes, cuts = rng.normal(size=(5, 40)), rng.normal(0, 0.8, size=(5, 40))
slopes[:, :10], cuts[:, :10] = slopes[0, :10], cuts[0, :10]  # the same question each time
rows = []
for session in sessions:
    for item in items:
        slope, cut = slopes[session, item], cuts[session, item]
        z = slope * place + rng.normal(size=len(actors))
        votes = np.where(z < cut - 0.3, 1, np.where(z > cut + 0.3, 3, 2))
        rows += [(a, session, f"{session}-{item}", v) for a, v in zip(actors, votes, strict=True)]
table = pd.DataFrame(rows, columns=["actor", "session", "item", "vote"])
bridges = [(f"{session}-{item}", f"{session + 1}-{item}") for session in (1, 2, 3) for item in range(10)]
points = al.ideal_points(table, bridges=bridges, anchors=("S00", "S11"))
print(points.to_frame().tail(4).round(2).to_string(index=False))

ax = points.plot(actors=["S00", "S05", "S11"])
ax.set_title("Three of twelve members", loc="left")
