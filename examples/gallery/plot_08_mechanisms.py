"""
A visit fades, a mechanism stays: how institutional are China's ties?
=====================================================================

The share of the cooperation in force that stands (treaties, mechanisms, partnerships), and its interval.
"""

import alignscore as al

found = al.institutionalisation(al.datasets.asean(), directed=False)
china = [("CHN", state) for state in ("KHM", "IDN", "LAO", "MYS", "MMR", "PHL", "SGP", "THA", "VNM")]
columns = ["domain", "standing", "standing_low", "standing_high", "left"]
print(found.of("KHM", "CHN", 2026)[columns].round(2).to_string(index=False))

ax = al.plots.dyads(found, score="standing", pairs=china, period=2026)
ax.set_title("China's ties: what stands at the end of 2026", loc="left")
