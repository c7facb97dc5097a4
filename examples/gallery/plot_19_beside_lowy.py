"""
Do the positions agree with another index?
==========================================

The Lowy Institute's points of the United States in nine states (2022), from 99 indicators, and the positions at the end
of 2022 from the shipped events, which were coded without them.
"""

import matplotlib.pyplot as plt

import alignscore as al

lowy = {"LAO": 29, "KHM": 31, "MMR": 34, "MYS": 37, "IDN": 40, "THA": 47, "VNM": 47, "PHL": 51, "SGP": 51}
room = al.hedging(al.datasets.asean(), powers=("CHN", "USA"), states=list(lowy))
now = (
    room.at(2022, columns=["position_100", "position_low", "position_high"])
    .set_index("state")
    .loc[list(lowy)]
)
low, high = 50 * (1 + now["position_low"]), 50 * (1 + now["position_high"])
points = list(lowy.values())
error = float(((now["position_100"] - points) ** 2).mean() ** 0.5)
inside = int(((low <= points) & (points <= high)).sum())
print(f"root mean square difference {error:.1f} points; {inside} of {len(lowy)} inside the 95 % intervals")

fig, ax = plt.subplots(figsize=(7, 5), layout="constrained")
ax.axline((20, 20), slope=1, color="0.8")
ax.vlines(points, low, high, color="#0072B2", linewidth=2)
ax.plot(points, now["position_100"], "o", color="#0072B2")
paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
for name, x, y in zip(al.names(list(lowy)), points, now["position_100"], strict=True):
    ax.annotate(name, (x, y), xytext=(5, 3), textcoords="offset points", fontsize=8, bbox=paper)
ax.set(
    title="The share of the United States in two indices",
    xlim=(25, 60),
    ylim=(0, 100),
    xlabel="Lowy 2022, points of the United States",
    ylabel="alignscore, 95 % interval",
)
ax.set_label(
    "; ".join(
        f"{name}: {y:.0f} ({a:.0f} to {b:.0f}) where Lowy has {x}"
        for name, x, y, a, b in zip(al.names(list(lowy)), points, now["position_100"], low, high, strict=True)
    )
)
