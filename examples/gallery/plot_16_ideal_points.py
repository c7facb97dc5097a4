"""
Where do states stand by their votes?
=====================================

Ideal points of a small chamber whose votes are simulated, with two standard deviations.
"""

import numpy as np
import pandas as pd

import alignscore as al

rng = np.random.default_rng(1)
actors, sessions, items = [f"S{i:02d}" for i in range(12)], range(1, 5), range(40)
place = np.linspace(-1.5, 1.5, len(actors))
rows = []
for session in sessions:
    for item in items:
        slope, cut = rng.normal(), rng.normal(0, 0.8)
        z = slope * place + rng.normal(size=len(actors))
        votes = np.where(z < cut - 0.3, 1, np.where(z > cut + 0.3, 3, 2))
        rows += [(a, session, f"{session}-{item}", v) for a, v in zip(actors, votes, strict=True)]
table = pd.DataFrame(rows, columns=["actor", "session", "item", "vote"])
points = al.ideal_points(table, rng=0)
print(points.to_frame().tail(4).round(2).to_string(index=False))

ax = points.plot(actors=["S00", "S05", "S11"])
