"""
United, or in the middle only because members split?
====================================================

ASEAN's spread between the powers splits into what members do themselves and the division between them.
"""

import alignscore as al

bloc = al.bloc(al.datasets.asean(), members="ASEAN", powers=("CHN", "USA"))
print(bloc.table(period=slice(2022, 2026), columns=["position", "division", "cohesion"]))

ax = bloc.plot(start=2000)
ax.set_title("ASEAN between China and the United States", loc="left")
