"""
From events to a regression
===========================

A dyad-year panel with lags and the error of the score, and how strongly a year's alignment follows the last one's.
"""

import matplotlib.pyplot as plt
import numpy as np

import alignscore as al

score = al.alignment(al.datasets.asean(), directed=False)
table = al.panel(score, states=[*al.datasets.ASEAN_MEMBERS, "CHN", "USA"], years=range(2000, 2026), lags=1)
known = table.dropna(subset=["alignment", "alignment_lag1"])
slope, start = np.polyfit(known["alignment_lag1"], known["alignment"], 1, w=np.sqrt(known["weight"]))
print(f"{len(table)} pair-years, {len(known)} known; alignment = {start:.2f} + {slope:.2f} times last year's")

fig, ax = plt.subplots(figsize=(5, 5), layout="constrained")
ax.scatter(known["alignment_lag1"], known["alignment"], s=known["evidence"] * 3, alpha=0.3, color="#0072B2")
ax.axline((0, start), slope=slope, color="#C25500")
ax.set(xlabel="alignment last year", ylabel="alignment this year", title="Dots grow with the evidence")
ax.set_label(
    f"{len(known)} dots, one a pair and year, from {known['alignment_lag1'].min():.2f} to "
    f"{known['alignment_lag1'].max():.2f} last year; the line rises by {slope:.2f} a point from {start:.2f} at 0"
)
