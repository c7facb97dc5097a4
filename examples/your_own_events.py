"""Your own events: a CSV with mistakes in it, screened, mended and scored.

    python examples/your_own_events.py
    python examples/your_own_events.py --figure room.png

The states are fictional. Write your table in any program; the columns below are all it takes.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pandas as pd

import alignscore as al
from alignscore import plots

TABLE = """\
source,target,date,kind,domain,value,mutual,label
Midland,Northland,2019-03-02,state_visit,,,true,The president travels north
Midland,Northland,2020-06-11,trade_agreement,,,true,Free trade signed
Southmark,Midland,2020-09-30,sanctions,,,false,Assets frozen
Midland,Southmark,2021-13-05,official_visit,,,true,A month that does not exist
Midland,Northland,2022-01-20,two_plus_tow,,,true,A slip of the keyboard
Northland,Midland,2022-05,concessional_loan,,,false,Only the month is known
Midland,Southmark,2023-04-18,,economic,64,false,Investment pledge on a scale of a hundred
Midland,Midland,2023-07-01,joint_exercise,,,true,An exercise with itself
Southmark,Midland,2024-02-14,,security,5.5,false,Patrol boats handed over
"""


def mended(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with the four mistakes put right; what cannot be known is left out."""
    table = table.copy()
    table.loc[3, "date"] = "2021-12-05"  # looked up: the visit was in December
    table.loc[4, "kind"] = "two_plus_two"
    table.loc[6, "value"] = "6.4"  # from a scale of 0 to 100 to one of -10 to 10
    return table.drop(index=7)  # with whom, the source does not say


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figure", type=Path, help="where to write it; a temporary folder if not given")
    figure = parser.parse_args().figure
    folder = Path(tempfile.mkdtemp(prefix="alignscore_"))
    (folder / "events.csv").write_text(TABLE, encoding="utf-8")

    events, refused = al.Events.screen_csv(folder / "events.csv")
    kept, read = events.report["kept"], events.report["read"]
    print(f"1. As written: {kept} of {read} rows can be used. The others, and why:\n")
    print(refused[["row", "reason", "detail", "label"]].to_string(index=False))

    table = mended(pd.read_csv(folder / "events.csv", dtype=str))
    events = al.Events.from_frame(table)  # raises if any row is still wrong
    print(f"\n2. Mended: {events!r}")
    print("   A 2+2 is one row here and counts in two domains, diplomatic and security.\n")

    ties = al.Ledger.post(events, decay=al.HalfLife(years=5)).ties()
    score = al.alignment(ties, directed=False).to_frame()
    last = score["year"].max()
    now = score[(score["domain"] == "composite") & (score["year"] == last)]
    print(f"3. Alignment at the end of {last} (-1 hostile, +1 friendly; 95 % interval; n events)\n")
    print(
        now[["source", "target", "alignment", "low", "high", "n", "evidence"]].round(2).to_string(index=False)
    )

    room = al.hedging(ties, powers=("Northland", "Southmark"), states=["Midland"])
    row = room.to_frame(columns="all").iloc[-1]
    low, high = row.position_low, row.position_high
    print(
        f"\n4. Midland's position: {row.position:+.2f} [{low:+.2f}, {high:+.2f}]; -1 is all with Northland,"
    )
    print(
        f"   +1 all with Southmark. By the stated thresholds: {row.posture} ({row.toward}). Behind it stand"
    )
    print(f"   {row.n:.0f} entries, of which {row.evidence:.1f} in force: read the interval, not the score.")
    draw(ties, room, figure or folder / "midland.png")


def draw(ties: al.Ties, room: al.HedgingResult, path: Path) -> None:
    """Write the figure: alignment with both, and the position between them."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(11, 4.6), layout="constrained")
    page.get_layout_engine().set(wspace=0.06)
    left, right = page.subplots(1, 2)
    pairs = [("Midland", "Northland"), ("Midland", "Southmark")]
    plots.trajectory(al.alignment(ties, directed=False), pairs=pairs, ax=left)
    plots.positions(room, ax=right)
    titles = ("Midland's alignment with each", "Midland's position between the two")
    for ax, title in zip((left, right), titles, strict=True):
        ax.set_title(title, loc="left", fontsize=11, weight="bold")
    page.supxlabel("bands: 95 % intervals of sampling; invented states", fontsize=9, x=0.01, ha="left")
    page.savefig(path, dpi=150)
    print(f"\nFigure: {path}")


if __name__ == "__main__":
    main()
