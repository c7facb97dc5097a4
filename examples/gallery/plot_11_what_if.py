"""
What if the dialogue had not been opened?
=========================================

The first China-Cambodia 2+2 of April 2026 taken away: what is left, and how sure is the difference?
"""

import matplotlib.pyplot as plt

import alignscore as al

alignment = al.AlignmentOf("KHM", "CHN", directed=False)
found = al.what_if(
    al.datasets.asean(), score=alignment, remove={"event_id": "chn-khm-2plus2-2026"}
).to_frame()
print(found[["domain", "actual", "supposed", "difference", "low", "high"]].round(2).to_string(index=False))

fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.axvline(0, color="0.8")
ax.hlines(found["domain"], found["low"], found["high"], color="#b3500a", linewidth=2)
ax.plot(found["difference"], found["domain"], "o", color="#b3500a")
ax.set(xlabel="alignment without the dialogue less alignment with it, 95 % interval")
