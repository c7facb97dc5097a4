"""
How friendly is a relation, and how sure is that?
=================================================

Cambodia's alignment with China and with the United States, each with its 95 % band. What happened long ago fades, and so
does what it says about today: the band widens while nothing happens.
"""

import alignscore as al

events = al.datasets.asean()
score = al.alignment(events, directed=False)
for power in ("CHN", "USA"):
    row = score.of("KHM", power, 2026, domain="composite").iloc[0]
    print(
        f"{power}: {row['alignment']:.2f} [{row['low']:.2f}, {row['high']:.2f}], {row['evidence']:.1f} events in force"
    )

ax = score.plot(pairs=[("KHM", "CHN"), ("KHM", "USA")], start=1995)
ax.set_title("Cambodia between two powers", loc="left")
