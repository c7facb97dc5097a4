"""
United, or in the middle only because members split?
====================================================

ASEAN taken as one actor is spread evenly between the powers. Is that what its members do, or do some stand with one power
and some with the other? The lower line is the part that is division between members; what lies between the lines is the
members' own hedging.
"""

import alignscore as al

bloc = al.bloc(al.datasets.asean(), members="ASEAN", powers=("CHN", "USA"))
print(bloc.table(period=slice(2022, 2026), columns=["position", "division", "cohesion"]))

ax = bloc.plot(start=2000)
ax.set_title("ASEAN between China and the United States", loc="left")
