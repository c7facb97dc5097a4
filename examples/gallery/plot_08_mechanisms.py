"""
A visit fades, a mechanism stays: how institutional are China's ties?
=====================================================================

The share of the cooperation in force that stands (treaties, mechanisms, partnerships), and its interval.
"""

import matplotlib.pyplot as plt

import alignscore as al

ties = al.Ledger.post(al.datasets.asean()).ties()
found = al.institutionalisation(ties, directed=False).at(2026)
china = found[(found["source"] == "CHN") & (found["domain"] == "composite")].sort_values("standing")
china = china.assign(name=al.names(china["target"]).to_numpy())
print(china[["name", "standing", "standing_low", "standing_high", "left"]].round(2).to_string(index=False))

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.hlines(china["name"], china["standing_low"], china["standing_high"], color="#1f5f8b", linewidth=2)
ax.plot(china["standing"], china["name"], "o", color="#1f5f8b")
ax.set(
    xlim=(0, 1), xlabel="share of cooperation that stands, 95 % interval", title="China's ties, end of 2026"
)
