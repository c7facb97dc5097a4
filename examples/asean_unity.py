"""ASEAN between China and the United States: united, or in the middle only because its members split.

    python examples/asean_unity.py                          # the shipped table of events
    python examples/asean_unity.py --figure asean_unity.png

The bloc's spread between the two powers is split exactly into what each member keeps open for itself (its own
hedging) and what lies between members (division). The table behind it is one of chosen, salient events:
read the size of the intervals before the size of the numbers.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from alignscore import plots
from alignscore.attribution.bloc_pull import bloc_pull
from alignscore.datasets import ASEAN_MEMBERS, asean
from alignscore.ledger import Ledger
from alignscore.ledger.ties import Ties
from alignscore.measures.blocs.bloc import BlocResult, bloc
from alignscore.measures.diffusion import diffusion
from alignscore.measures.states.hedging import hedging

POWERS = ("CHN", "USA")
DIALOGUE = "chn-khm-2plus2-2026"
YEARS = [1995, 2000, 2005, 2010, 2015, 2020, 2023, 2026]
NAMES = {
    "BRN": "Brunei", "IDN": "Indonesia", "KHM": "Cambodia", "LAO": "Laos", "MMR": "Myanmar",
    "MYS": "Malaysia", "PHL": "Philippines", "SGP": "Singapore", "THA": "Thailand", "VNM": "Vietnam",
    "CHN": "China", "USA": "the US",
}  # fmt: skip


def at(found: BlocResult, name: str, year: int) -> float:
    """Value of a column at the end of a year."""
    return float(getattr(found, name)[found.periods.get_loc(str(year))])


def told(found: BlocResult, name: str, year: int, digits: int = 2) -> str:
    """A score with its interval, as text."""
    score, low, high = (at(found, f"{name}{end}", year) for end in ("", "_low", "_high"))
    return f"{score:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def over_time(found: BlocResult) -> pd.DataFrame:
    """The split at several years, with members by date."""
    rows = [
        {
            "year": year,
            "members": int(at(found, "n_members", year)),
            "with data": int(at(found, "n_known", year)),
            "position": told(found, "position", year),
            "diversification": f"{at(found, 'diversification', year):.2f}",
            "own": f"{at(found, 'own', year):.2f}",
            "division": told(found, "division", year),
            "freed of noise": f"{at(found, 'division_corrected', year):.2f}",
            "cohesion": told(found, "cohesion", year),
        }
        for year in YEARS
    ]
    return pd.DataFrame(rows)


def who_divides(found: BlocResult) -> pd.DataFrame:
    """Members by what each adds to the division now."""
    frame = found.members.to_frame(columns="all")
    now = frame[(frame["year"] == found.periods[-1].year) & frame["inside"]]
    table = now[["member", "position", "diversification", "contribution"]].sort_values(
        "contribution", ascending=False
    )
    whole = table["contribution"].sum()
    return table.assign(**{"share of division": table["contribution"] / whole}).round(3)


def story(found: BlocResult) -> None:
    """The answer in words, from the numbers."""
    last = found.periods[-1].year
    v, own, division = (at(found, name, last) for name in ("diversification", "own", "division"))
    low = at(found, "division_low", last)
    print(f"At the end of {last} ASEAN stands at {told(found, 'position', last)} between China (-1) and the")
    print(f"United States (+1), with a diversification of {v:.2f} out of 1.")
    print(f"Of that, {own:.2f} ({own / v:.0%}) is the members' own hedging; {division / v:.0%} is the")
    print(f"division between them, {told(found, 'division', last)}.")
    if low < 0.01:
        print(
            "The lower bound is 0 to two digits: members seen through so few events would look as divided as"
        )
        print("this if they all stood in one place. The split is possible, not shown.")
    else:
        print("The interval leaves 0 out: the members do stand in different places.")
    parts = [
        f"{name} {at(found, name, last):.2f}" for name in ("mixing", "alternating", "compartmentalising")
    ]
    print(f"Their own hedging is {', '.join(parts)}.")
    frame = found.domains.to_frame(columns="all")
    by = frame[frame["year"] == found.periods[-1].year]
    print("\nBy domain, where the division lies:")
    columns = ["domain", "position", "diversification", "own", "division", "division_low", "division_high"]
    print(by[columns].round(2).to_string(index=False))


def dialogue() -> None:
    """What the April 2026 dialogue did to unity."""
    pull = bloc_pull(asean(), DIALOGUE, members="ASEAN", powers=POWERS, rng=0)
    print("\nThe China-Cambodia 2+2 dialogue of April 2026, with it minus without it:")
    for name in ("division", "own", "cohesion"):
        change, low, high = (getattr(pull, f"{name}{end}")[-1] for end in ("", "_low", "_high"))
        print(f"  {name:10s} {change:+.4f} [{low:+.4f}, {high:+.4f}]")
    with_it, without = pull.with_event.division[-1], pull.without_event.division[-1]
    print(
        f"  (division {with_it:.3f} with, {without:.3f} without: one event of one member moves a bloc little)"
    )


def copies() -> None:
    """How fast the format spreads."""
    found = diffusion(asean(), family="joint_ministerial", powers=("CHN", "JPN", "USA"), states=ASEAN_MEMBERS)
    print("\nWho opened a joint ministerial (2+2, 3+3), and when:")
    print(found.adoptions[["date", "state", "power", "kind"]].to_string(index=False))
    rate = found.rates.set_index("power").loc["CHN"]
    print(
        f"With China: {int(rate['adoptions'])} in {rate['state_years']:.0f} state-years since {found.since}."
    )
    print("At that rate, taken as constant, the chance that one of the other "
          f"{int(rate['waiting'])} follows within five years is")  # fmt: skip
    print(f"{rate['p_next']:.0%} [{rate['p_next_low']:.0%}, {rate['p_next_high']:.0%}].")


def draw(found: BlocResult, ties: Ties, path: Path) -> None:
    """Two panels: the split over time, and where the members stand now, with the bloc among them."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(13, 5), layout="constrained")
    page.get_layout_engine().set(wspace=0.06)
    left, right = page.subplots(1, 2, width_ratios=(6, 5))
    plots.unity(found, start=2000, names=NAMES, ax=left)
    room = hedging(ties, powers=POWERS, states=ASEAN_MEMBERS)
    plots.positions(room, period=found.periods[-1], bloc=found, names=NAMES, ax=right)
    titles = (
        "What ASEAN's spread between China and the US is made of",
        f"Its members in {found.periods[-1]}, 95 % intervals",
    )
    for axes, title in zip((left, right), titles, strict=True):
        axes.set_title(title, loc="left", fontsize=11, weight="bold")
    page.savefig(path, dpi=150)
    print(f"\nfigure written to {path}")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--figure", type=Path, help="where to write the figure (needs matplotlib)")
    options = parser.parse_args(argv)
    ties = Ledger.post(asean()).ties()
    found = bloc(ties, members="ASEAN", powers=POWERS)
    print("ASEAN by date, 95 % intervals (474 chosen entries, half-life five years)\n")
    print(over_time(found).to_string(index=False))
    print()
    story(found)
    print("\nWho divides it:")
    print(who_divides(found).to_string(index=False))
    print("Timor-Leste, a member since October 2025, has no event in the table: missing, not neutral.")
    dialogue()
    copies()
    if options.figure is not None:
        draw(found, ties, options.figure)


if __name__ == "__main__":
    main()
