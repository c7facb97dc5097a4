"""How sure is it that Cambodia stands with China? A story in numbers, on the table of ASEAN and the powers.

Run it with ``python examples/how_sure.py``; with ``--figure DIR`` it also draws (needs matplotlib).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import alignscore as al
from alignscore.measures.states.postures import POSTURES
from alignscore.uncertainty import judgements as choose
from alignscore.uncertainty.breaks import breaks, event_counts
from alignscore.uncertainty.leave_one_out import leave_one_out
from alignscore.uncertainty.robustness import Drawn, RobustnessResult, robustness

POWERS = ("USA", "CHN")
NAMES = {
    "BRN": "Brunei", "IDN": "Indonesia", "KHM": "Cambodia", "LAO": "Laos", "MMR": "Myanmar",
    "MYS": "Malaysia", "PHL": "Philippines", "SGP": "Singapore", "THA": "Thailand", "VNM": "Vietnam",
    "CHN": "China", "USA": "the US",
}  # fmt: skip
YEARS = (2000, 2026)
TITLE = {"loc": "left", "fontsize": 11, "weight": "bold"}
CLAIMS = {
    "Cambodia stands closer to China than Laos does": lambda p: at(p, "KHM") > at(p, "LAO"),
    "Cambodia stands closer to China than Vietnam does": lambda p: at(p, "KHM") > at(p, "VNM"),
    "the Philippines moved toward the US since 2021": lambda p: at(p, "PHL") < at(p, "PHL", 2021),
}


def at(panel: Drawn, state: str, year: int = 2026) -> np.ndarray:
    """Position of a state in every draw."""
    return panel.of("position", state, year)


def told(name: str, result: RobustnessResult) -> None:
    """One line: the interval of Cambodia's position."""
    one, row = result.scores["position"], result.names.index("KHM")
    print(f"  {name:<22}{one.median[row, -1]:+.2f}  [{one.low[row, -1]:+.2f}, {one.high[row, -1]:+.2f}]")


def intervals(events: al.Events, draws: int) -> RobustnessResult:
    """Cambodia's position under sampling, under judgement, and under both."""
    options = {"powers": POWERS, "periods": YEARS, "draws": draws}
    print("Position of Cambodia in 2026, -1 all with the US, +1 all with China (95 %):")
    told("sampling alone", robustness(events, judgements=[], **options))
    told("judgement alone", robustness(events, sampling="none", **options))
    both = robustness(events, claims=CLAIMS, **options)
    told("both together", both)
    return both


def table(both: RobustnessResult) -> None:
    """Ranks and postures of all states."""
    print("\nRank by position (1 closest to China), likeliest posture, and what it rests on:")
    order = np.argsort(both.rank.central[:, -1])
    for row in order:
        rank = [round(float(end[row, -1])) for end in (both.rank.central, both.rank.low, both.rank.high)]
        odds = both.posture_probability[row, -1]
        likely = f"{POSTURES[odds.argmax()]} {odds.max():.0%}"
        flag = "  one event!" if both.rests_on_one[row, -1] else ""
        print(
            f"  {both.names[row]}  {rank[0]:>2} [{rank[1]}-{rank[2]}]  {both.posture[row, -1]:<9} ({likely}),"
            f" {both.evidence[row, -1]:.1f} events in force{flag}"
        )
    print("\nClaims, over all judgements and sampling:")
    for name, claim in both.claims.items():
        print(f"  {claim.probability:>4.0%}  {name}")


def reasons(events: al.Events, both: RobustnessResult) -> None:
    """Say which judgement matters, and which kind of event."""
    found = both.sobol(n=128, replicates=8)
    print("\nShare of the variance of Cambodia's position due to each choice (total Sobol index):")
    row = found.outputs.index("KHM")
    for g in np.argsort(-found.total[row]):
        print(
            f"  {found.groups[g]:<15}{found.total[row, g]:5.2f}  "
            f"[{found.total_low[row, g]:.2f}, {found.total_high[row, g]:.2f}]"
        )
    without = leave_one_out(events, lambda ties: al.hedging(ties, powers=POWERS, states=["KHM"]))
    top = without.reindex(without["change"].abs().sort_values(ascending=False).index).head(3)
    print("\nKinds of event whose absence would move Cambodia most:")
    for kind, change in zip(top["left_out"], top["change"], strict=True):
        print(f"  {kind:<28}{change:+.3f}")


def structure(events: al.Events) -> None:
    """Say whether there is a break in how often they meet."""
    print("\nIs there a break in the number of events a year?")
    for pair in (("PHL", "USA"), ("KHM", "CHN"), ("VNM", "USA")):
        counts = event_counts(events, between=pair)["2000":]  # type: ignore[misc]
        found = breaks(counts["n"], exposure=counts["exposure"].to_numpy())
        print(
            f"  {pair[0]}-{pair[1]}: P(break) {found.probability:.2f}, likeliest in {found.when}, "
            f"{found.before:.1f} to {found.after:.1f} a year, dispersion {found.dispersion:.1f}"
        )
    print("  A table chosen for salience has more recent events: such a break may be the coders'.")


def figures(both: RobustnessResult, folder: Path) -> None:
    """Rank intervals and the tornado of judgements."""
    from alignscore import plots

    folder.mkdir(parents=True, exist_ok=True)
    ranks = plots.rank_intervals(both, names=NAMES)
    due = plots.tornado(both.sobol(n=128), output="KHM", names=NAMES)
    ranks.set_title("Who stands nearest to China: few of the ranks are sure", **TITLE)
    due.set_title("What the spread of Cambodia's position is due to", **TITLE)
    for ax, name in ((ranks, "rank_intervals"), (due, "tornado")):
        ax.figure.savefig(folder / f"{name}.png", dpi=150)
    print(f"\nFigures: {folder / 'rank_intervals.png'}, {folder / 'tornado.png'}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=1024)
    parser.add_argument("--figure", type=Path, metavar="DIR", help="also draw figures into this folder")
    given = parser.parse_args()
    events = al.datasets.asean()
    ranges = [choose.HalfLifeRange(), choose.PriorRange(), choose.DomainWeights(), choose.KindValues()]
    print("Varied together:", ", ".join(map(repr, ranges)), "and what a tie is.\n")
    both = intervals(events, given.draws)
    table(both)
    reasons(events, both)
    structure(events)
    if given.figure:
        figures(both, given.figure)


if __name__ == "__main__":
    main()
