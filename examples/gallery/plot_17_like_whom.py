"""
Who chooses like whom?
======================

Similarity (S of Signorino and Ritter) of the shares that ASEAN states give to outside powers.
"""

import alignscore as al

ties = al.Ledger.post(al.datasets.asean()).ties()
portfolio = al.portfolio_from_ties(
    ties.select(actors=[*al.datasets.ASEAN_MEMBERS, "CHN", "USA", "JPN", "AUS"], periods=slice(2005, 2026))
)
found = al.similarity(portfolio, measure="s")
alike = found.of("KHM", columns=["similarity", "n"]).dropna().query("year == 2026")
print(alike[["j", "similarity", "n"]].sort_values("similarity").round(2).to_string(index=False))

ax = found.plot(of=["KHM", "PHL"], among=["LAO", "MMR", "THA"])
ax.set_title("How alike are Laos, Myanmar and Thailand?", loc="left")
