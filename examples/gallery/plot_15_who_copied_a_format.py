"""
How rare is a 2+2, and who is next?
===================================

Who opened a dialogue of foreign and defence ministers with which power, and when, from a dated table of formats.
"""

import alignscore as al

formats = al.datasets.formats()
print(formats)
found = al.diffusion(formats, kinds=["two_plus_two"], powers=("USA", "CHN", "JPN"), since=1990)
print(found.rates.round(3).to_string(index=False))

ax = found.plot()
ax.set_title("Dialogues of foreign and defence ministers", loc="left")
