"""
What if the dialogue had not been opened?
=========================================

The first China-Cambodia 2+2 of April 2026 taken away: what is left, and how sure is the difference?
"""

import alignscore as al

alignment = al.AlignmentOf("KHM", "CHN", directed=False)
found = al.what_if(al.datasets.asean(), score=alignment, remove={"event_id": "chn-khm-2plus2-2026"})
print(found.table())

ax = found.plot()
ax.set_title("China and Cambodia without the dialogue of 2026", loc="left")
