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
from typing import Any

import numpy as np
import pandas as pd

from alignscore.datasets import ASEAN_MEMBERS, asean
from alignscore.ledger import Ledger
from alignscore.measures.blocs import BlocResult, bloc
from alignscore.measures.diffusion import diffusion
from alignscore.measures.pulls import bloc_pull

POWERS = ("CHN", "USA")
DIALOGUE = "chn-khm-2plus2-2026"
YEARS = [1995, 2000, 2005, 2010, 2015, 2020, 2023, 2026]
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#555555"  # told apart by colour-blind readers


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
    frame = found.members.to_frame()
    now = frame[(frame["period"] == found.periods[-1]) & frame["inside"]]
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
    frame = found.domains.to_frame()
    by = frame[frame["period"] == found.periods[-1]]
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


def draw(found: BlocResult, path: Path) -> None:
    """Three panels: the split over time, the division with its interval, where the members stand now."""
    from matplotlib.figure import Figure

    show = np.array([period.year for period in found.periods]) >= 2000
    x = [period.year for period in found.periods[show]]
    names = ("own", "diversification", "division", "division_low", "division_high")
    own, v, division, low, high = (getattr(found, name)[show] for name in names)
    figure = Figure(figsize=(11, 6), layout="constrained")
    panels = figure.subplot_mosaic([["split", "places"], ["division", "places"]], width_ratios=(3, 2))
    split, below = panels["split"], panels["division"]
    split.fill_between(x, 0, own, color=BLUE, alpha=0.35, linewidth=0)
    split.fill_between(x, own, v, color=ORANGE, alpha=0.7, linewidth=0)
    split.plot(x, v, color="black", linewidth=1.2)
    split.text(2018, 0.35, "members' own hedging", ha="center", color="#003b5c")
    split.text(2005, 0.72, "division between members", ha="center", color="black")
    split.set(xlim=(x[0], x[-1]), ylim=(0, 1.04), ylabel="diversification")
    split.set_title("What ASEAN's spread between China and the United States is made of", fontsize=11)
    below.fill_between(x, low, high, color=ORANGE, alpha=0.25, linewidth=0, label="95 % interval")
    below.plot(x, division, color=ORANGE, linewidth=2, label="division as seen")
    freed = found.division_corrected[show]
    below.plot(x, freed, color="black", linewidth=1.3, linestyle="--", label="freed of sampling error")
    below.set(xlim=(x[0], x[-1]), ylim=(min(0.0, freed.min()) - 0.02, 1.04), xlabel="year", ylabel="division")
    below.legend(frameon=False, fontsize=9, loc="upper right")
    places(found, panels["places"])
    figure.savefig(path, dpi=150)
    print(f"\nfigure written to {path}")


def places(found: BlocResult, axes: Any) -> None:
    """Members' positions with their intervals, the bloc's mean behind them."""
    from alignscore.measures.hedging import hedging

    room = hedging(Ledger.post(asean()).ties(), powers=POWERS, states=ASEAN_MEMBERS)
    order = np.argsort(room.position[:, -1])
    place, low, high = (
        column[order, -1] for column in (room.position, room.position_low, room.position_high)
    )
    rows = np.arange(len(order))
    axes.axvspan(found.position_low[-1], found.position_high[-1], color=GREY, alpha=0.2, linewidth=0)
    axes.axvline(found.position[-1], color=GREY, linewidth=1.2)
    axes.axvline(0, color="black", linewidth=0.6, linestyle=":")
    axes.errorbar(
        place, rows, xerr=[place - low, high - place], fmt="o", color=BLUE, capsize=2.5, linewidth=1.2
    )
    axes.set_yticks(rows, [room.states[k] for k in order])
    axes.set(xlim=(-1.05, 1.05), xlabel="position")
    axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["-1\nall China", "-0.5", "0\neven", "0.5", "+1\nall US"])
    axes.set_title(f"Members, and the bloc in grey: {found.periods[-1]}, 95 % intervals", fontsize=11)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--figure", type=Path, help="where to write the figure (needs matplotlib)")
    options = parser.parse_args(argv)
    found = bloc(Ledger.post(asean()).ties(), members="ASEAN", powers=POWERS)
    print("ASEAN by date, 95 % intervals (299 chosen events, half-life five years)\n")
    print(over_time(found).to_string(index=False))
    print()
    story(found)
    print("\nWho divides it:")
    print(who_divides(found).to_string(index=False))
    print("Timor-Leste, a member since October 2025, has no event in the table: missing, not neutral.")
    dialogue()
    copies()
    if options.figure is not None:
        draw(found, options.figure)


if __name__ == "__main__":
    main()
