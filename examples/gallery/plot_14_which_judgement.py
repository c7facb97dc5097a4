"""
Which judgement carries the spread?
===================================

First-order and total Sobol indices of each judgement for Cambodia's position.
"""

import alignscore as al

found = al.robustness(al.datasets.asean(), powers=("CHN", "USA"), states=["KHM", "VNM"], draws=64)
indices = found.sobol(n=256, replicates=4)
of_cambodia = indices.to_frame().query("output == 'KHM'")
print(of_cambodia.round(2).to_string(index=False))

ax = indices.plot(output="KHM")
ax.set_title("What depends on which judgement", loc="left")
