"""Ten ASEAN states between China and the United States: where each stands, and how it keeps its room.

python examples/asean_between_powers.py
python examples/asean_between_powers.py --figure asean.png
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

import alignscore as al
from alignscore import plots

NAMES = {
    "BRN": "Brunei", "IDN": "Indonesia", "KHM": "Cambodia", "LAO": "Laos", "MMR": "Myanmar",
    "MYS": "Malaysia", "PHL": "Philippines", "SGP": "Singapore", "THA": "Thailand", "VNM": "Vietnam",
    "CHN": "China", "USA": "the US",
}  # fmt: skip
LIMITS = """\
474 real, sourced entries, chosen in part for their salience: not a census. Nothing after April 2026.
Brackets are 95 % intervals of sampling alone."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figure", type=Path, help="where to write it; a temporary folder if not given")
    figure = parser.parse_args().figure or Path(tempfile.mkdtemp(prefix="alignscore_")) / "asean.png"

    ties = al.Ledger.post(al.datasets.asean()).ties()
    states = al.datasets.ASEAN_MEMBERS
    room = al.hedging(ties, powers=("CHN", "USA"), states=states, relative=states)
    ways = al.hedging(ties, powers=("CHN", "USA"), states=states, window=5)
    table(room)
    sentences(room, ways)
    beside_lowy(room)
    draw(room, ways, figure)
    print(f"\nFigure: {figure}")


def table(room: al.HedgingResult) -> None:
    """Print one line a state, from China's side to the other."""
    print(f"Ten states between China (-1) and the United States (+1), end of {room.periods[-1]}\n{LIMITS}\n")
    line = "{:<12} {:<21} {:<9} {:<19} {:<19} {:<17} {:>3} {:>5}".format
    print(line("state", "position", "as ASEAN", "diversified", "hedging", "posture", "n", "evidence"))
    for s in np.argsort(room.position[:, -1]):
        leans = room.posture[s, -1] in ("aligned", "leaning")
        print(
            line(
                NAMES[room.states[s]],
                told(room, "position", s, -1, "+"),
                f"{room.position_relative[s, -1]:+.2f}",
                told(room, "diversification", s, -1),
                told(room, "hedging", s, -1),
                room.posture[s, -1] + (f" ({NAMES[room.toward[s, -1]]})" if leans else ""),
                f"{room.n[s, -1]:.0f}",
                f"{room.evidence[s, -1]:.1f}",
            )
        )
    print(
        "\nas ASEAN: position after dividing each power's ties by its whole with the ten; 0 is as the group."
    )


def told(room: al.HedgingResult, score: str, s: int, t: int, sign: str = "") -> str:
    """A score and its interval."""
    mid, low, high = (getattr(room, score + end)[s, t] for end in ("", "_low", "_high"))
    return f"{mid:{sign}.2f} [{low:{sign}.2f}, {high:{sign}.2f}]"


def sentences(room: al.HedgingResult, ways: al.HedgingResult) -> None:
    """Print what the numbers allow one to say, and what they do not."""
    low, high = room.position_low[:, -1], room.position_high[:, -1]
    names = np.array([NAMES[state] for state in room.states])
    print(
        f"Position's interval lies wholly on China's side: {listed(names[high < 0])}; on the American side:"
    )
    print(f"{listed(names[low > 0])}. For the others the side cannot be told from these events.")

    since = room.periods.get_loc("2016")
    moved = room.position[:, -1] - room.position[:, since]
    far = int(np.nanargmax(np.abs(moved)))
    toward = "China" if moved[far] < 0 else "the United States"
    before, now = (told(room, "position", far, t, "+") for t in (since, -1))
    print(f"The longest way since 2016: {names[far]}, toward {toward}, from {before} to {now}.")

    split = ways.compartmentalising[:, -1] / ways.diversification[:, -1]
    most = int(np.nanargmax(split))
    lean = zip(ways.domains.domains, ways.domains.position[most, :, -1], strict=True)
    where = ", ".join(f"{name} {at:+.2f}" for name, at in lean)
    print(
        f"{names[most]} compartmentalises most: {100 * split[most]:.0f} % of its spread comes from leaning to"
    )
    print(f"one power here and to the other there (position by domain: {where}).")


def beside_lowy(room: al.HedgingResult) -> None:
    """Print what the Asia Power Snapshot found for 2022 beside these positions."""
    at = room.periods.get_loc("2022")
    points = 50 * (1 + room.position[:, at])  # 100: all with the United States
    width = 50 * (room.position_high[:, at] - room.position_low[:, at])
    names = np.array([NAMES[state] for state in room.states])
    order = np.argsort(points)
    print("Beside the Asia Power Snapshot of the Lowy Institute for 2022, as the US share of 100 points:")
    print(
        f"  the region 46 there, {points.mean():.0f} here; US ahead in the Philippines and Singapore there,"
    )
    print(f"  {listed(names[order[::-1]][points[order[::-1]] > 50])} here;")
    print(f"  China strongest in Laos, Cambodia and Myanmar there, {listed(names[order[:3]])} here.")
    print(f"  Intervals here are {width.mean():.0f} points wide.")


def listed(names: np.ndarray) -> str:
    """Names in a sentence."""
    return ", ".join(names) if len(names) else "none"


def draw(room: al.HedgingResult, ways: al.HedgingResult, path: Path) -> None:
    """Write the figure: positions, their history, the ways to hedge, the signed quadrant."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(12, 9.6), layout="constrained")
    page.get_layout_engine().set(wspace=0.04, hspace=0.04)
    (one, two), (three, four) = page.subplots(2, 2, height_ratios=(1, 1.15))
    order = [room.states[s] for s in np.argsort(-room.position[:, -1])]  # one order of rows above
    plots.positions(room, period=room.periods[-1], names=NAMES, ax=one)
    plots.postures(room, states=order, start=1995, names=NAMES, ax=two)
    plots.three_ways(ways, names=NAMES, ax=three)
    plots.quadrant(room, names=NAMES, ax=four)
    titles = (
        "Where they stand",
        "How they came there",
        "How they keep both open, over five years",
        "Good terms with whom",
    )
    for ax, title in zip((one, two, three, four), titles, strict=True):
        ax.set_title(title, loc="left", fontsize=11, weight="bold")
    page.supxlabel("lines and whiskers: 95 % intervals of sampling", fontsize=9, x=0.01, ha="left")
    page.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
