"""
Is a relation built on the economy turning to security?
=======================================================

Shares of the domains in what is in force between China and Cambodia, and whether they shifted by more than chance.
"""

import alignscore as al

mix = al.domain_mix(al.datasets.asean(), "KHM", "CHN")
print(mix.shift(2015, 2026).to_frame().round(2).to_string(index=False))

ax = mix.plot(start=2000)
ax.set_title("China and Cambodia: what the tie is made of", loc="left")
