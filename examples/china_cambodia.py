"""China and Cambodia: what the first 2+2 dialogue of April 2026 changed, and what it did not.

    python examples/china_cambodia.py
    python examples/china_cambodia.py --figure china_cambodia.png

From the economy to security, a visit against a mechanism, Cambodia's room between China and the United
States, ASEAN's unity, and two questions about what is not: others copying the format, loans drying up.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

import alignscore as al
from alignscore import plots

DIALOGUE, HELD, LATER = "chn-khm-2plus2-2026", "2026-04-22", 2030
POWERS, ASEAN = ("CHN", "USA"), al.datasets.ASEAN_MEMBERS
CLOSE = al.AlignmentOf("KHM", "CHN", directed=False)  # acts of either side
ROOM = al.PositionOf("KHM", POWERS)
NAMES = {
    "BRN": "Brunei", "IDN": "Indonesia", "KHM": "Cambodia", "LAO": "Laos", "MMR": "Myanmar",
    "MYS": "Malaysia", "PHL": "Philippines", "SGP": "Singapore", "THA": "Thailand", "VNM": "Vietnam",
    "CHN": "China", "USA": "United States",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figure", type=Path, help="where to write it; a temporary folder if not given")
    path = parser.parse_args().figure or Path(tempfile.mkdtemp(prefix="alignscore_")) / "china_cambodia.png"
    events = al.datasets.asean()
    held = events.event_id == DIALOGUE
    before, dialogue = events.take(~held), events.take(held)
    ties, without = (al.Ledger.post(table).ties() for table in (events, before))
    pair = ("CHN", "KHM")
    between = np.isin(actors(events, "source"), pair) & np.isin(actors(events, "target"), pair)

    print(f"China and Cambodia in {between.sum()} sourced entries, of {len(events)} on ASEAN and the powers.")
    print("Chosen in part for their salience; nothing after April 2026. [95 % interval of sampling]")
    print("Intervals of differences take the events added as known, draw all the others anew, and allow for")
    print("what a thin record has missed.")
    the_dialogue(before, dialogue, without, ties)
    the_mix(without, ties)
    visit_or_mechanism(before, dialogue, ties)
    the_room(before, dialogue, without, ties)
    asean(events)
    copies(events)
    dried_up(events, between)
    did_it_break(events)
    how_surprising(events)
    other_eyes(events)
    draw(events, ties, path)
    print(f"\nFigure: {path}")


# ---- the story ---------------------------------------------------------------------------------------
def the_dialogue(before: al.Events, dialogue: al.Events, without: al.Ties, ties: al.Ties) -> None:
    """Alignment with the dialogue and without, by domain."""
    print("\n1. What the dialogue moved: alignment at the end of 2026 (-1 hostile, +1 friendly)")
    row("", "without", "with", "difference")
    moved = al.what_if(before, score=CLOSE, add=dialogue)
    found = [al.alignment(each.between("KHM", "CHN"), directed=False) for each in (without, ties)]
    for k, domain in enumerate(moved.domains):
        cells = [told(*(score[0, k, -1] for score in (one.alignment, one.low, one.high))) for one in found]
        row(domain, *cells, change(moved, k) if moved.difference[k, -1] else "none")


def the_mix(without: al.Ties, ties: al.Ties) -> None:
    """What the cooperation is made of."""
    mix, lacking = (al.domain_mix(each, "KHM", "CHN") for each in (ties, without))
    print("\n2. From the economy to security: shares of the cooperation in force")
    row("", *mix.domains, "events in force")
    rows = [(str(year), mix, mix.periods.get_loc(str(year))) for year in (2005, 2015, 2020, 2025, 2026)]
    for name, one, t in [*rows, ("2026 without", lacking, -1)]:
        shares = zip(one.share[:, t], one.low[:, t], one.high[:, t], strict=True)
        row(name, *(told(*share) for share in shares), f"{one.evidence[0, t]:.1f}")
    moved = mix.shift(2020, 2026)
    verdict = "more than" if moved.distance > 2 * moved.noise else "no more than what"
    print(f"   Since 2020, {100 * moved.distance:.0f} % of the tie changed domain: {verdict} chance may do,")
    print(f"   as two samples of one unchanged mix differ by {100 * moved.noise:.0f} % on average.")


def visit_or_mechanism(before: al.Events, dialogue: al.Events, ties: al.Ties) -> None:
    """What is left of one meeting, and of a standing format, when nothing new happens."""
    print("\n3. Visit or mechanism: what each adds to the alignment, now and if nothing new happens")
    row("", "2026", str(LATER), f"mass left in {LATER}")
    points = al.AlignmentOf("KHM", "CHN", field="net", directed=False)
    for name, added in (("a state visit", opened("state_visit", "KHM")), ("the 2+2", dialogue)):
        moved, mass = (
            al.what_if(before, score=score, add=added, at=[2026, LATER]) for score in (CLOSE, points)
        )
        first, left = np.nansum(mass.difference, axis=0)
        row(name, change(moved, t=0), change(moved, t=1), f"{100 * left / first:.0f} %")
    print("   How institutional is each tie: share of the cooperation in force that stands by agreement,")
    print("   and share that would be left after five years with nothing new")
    for power in POWERS:
        found = al.institutionalisation(ties.between("KHM", power), years=5, directed=False)
        stands = told(
            *(part[0, -1, -1] for part in (found.standing, found.standing_low, found.standing_high))
        )
        row(NAMES[power], stands, f"{found.left[0, -1, -1]:.2f} left")


def the_room(before: al.Events, dialogue: al.Events, without: al.Ties, ties: al.Ties) -> None:
    """Cambodia between the powers."""
    print("\n4. Cambodia's room: position (-1 all with China, +1 all with the United States) and spread")
    row("", "position", "diversified", "hedging", "posture (probability)")
    for each, years in ((ties, (2010, 2015, 2020, 2025, 2026)), (without, ("2026 without",))):
        room = al.hedging(each, powers=POWERS, states=["KHM"])
        odds = al.posture_probabilities(room)
        for year in years:
            t = room.periods.get_loc(str(year)[:4])
            likely = f"{odds.label[0, t]} ({100 * odds.of_label[0, t]:.0f} %)"
            row(str(year), spell(room, "position", 0, t, sign="+"), spell(room, "diversification", 0, t),
                spell(room, "hedging", 0, t), likely)  # fmt: skip
    moved = change(al.what_if(before, score=ROOM, add=dialogue))
    print(f"   The dialogue itself moved the position by {moved}.")
    ways = al.hedging(ties, powers=POWERS, states=["KHM"], window=5)
    names = ("mixing", "alternating", "compartmentalising")
    parts = ", ".join(f"{name} {getattr(ways, name)[0, -1]:.2f}" for name in names)
    print(f"   Its spread over five years, {spell(ways, 'diversification', 0, -1)}, is {parts}.")


def asean(events: al.Events) -> None:
    """What the dialogue did to ASEAN."""
    pull = al.bloc_pull(events, DIALOGUE, members="ASEAN", powers=POWERS, rng=0)
    whole, split = (spell(pull.with_event, name, -1) for name in ("diversification", "division"))
    print("\n5. ASEAN: in the middle because its members hedge, or because they split?")
    print(f"   Its diversification is {whole}, of which division between members {split}.")
    change = [spell(pull, name, -1, sign="+", digits=3) for name in ("division", "cohesion")]
    print(f"   The dialogue changed division by {change[0]}, cohesion by {change[1]}.")


def copies(events: al.Events) -> None:
    """How rare the format is in the world, and what it would do if another state opened it."""
    world = al.datasets.formats()
    pairs = al.openings(world, family="joint_ministerial")
    china = pairs[(pairs["one"] == "CHN") | (pairs["other"] == "CHN")]
    have = [
        f"{NAMES[other if one == 'CHN' else one]} {day:%Y}" + ("" if holds else " (lapsed)")
        for one, other, day, holds in china[["one", "other", "first", "in_force"]].itertuples(index=False)
    ]
    states = len(al.states(int(HELD[:4]) - 1, system="un"))
    every, now = states * (states - 1) // 2, int(pairs["in_force"].sum())
    print(
        f"\n6. How rare is a ministerial 2+2? By {pairs['first'].max():%d %B %Y} {len(pairs)} pairs of states had"
    )
    print(
        f"   been seen to hold one, of {every:,} that members of the UN form; {now} of them within five years."
    )
    print(f"   With China {len(china)}: {', '.join(have)}.")
    print("   If others opened one with China:")
    row("", "alignment", "position", "ASEAN's division")
    for state in ("LAO", "THA", "MYS"):
        scores = al.AlignmentOf(state, "CHN", directed=False), al.PositionOf(state, POWERS)
        moved = [al.what_if(events, score=score, add=opened("two_plus_two", state)) for score in scores]
        pull = al.bloc_pull(moved[0].events, "copy", members="ASEAN", powers=POWERS, rng=0)
        row(NAMES[state], *map(change, moved), spell(pull, "division", -1, sign="+", digits=3))


def dried_up(events: al.Events, between: np.ndarray) -> None:
    """If China's loans, projects and trade with Cambodia since 2020 had not been."""
    economic = between & (events.domain == events.domains.index("economic"))
    # friendly ones: an embargo is none of these
    kinds = {events.codebook.names[kind] for kind in events.kind[economic]}
    pair = ["CHN", "KHM"]
    loans = {"kind": kinds, "domain": "economic", "source": pair, "target": pair}
    close, place = (
        al.what_if(events, score=score, remove=loans, since="2020-01-01", named="drawn")
        for score in (CLOSE, ROOM)
    )
    dry = close.events
    mix = al.domain_mix(al.Ledger.post(dry).ties(), "KHM", "CHN")
    secure = mix.domains.index("security")
    left = told(*(100 * side[secure, -1] for side in (mix.share, mix.low, mix.high)), digits=0)
    print(f"\n7. If the economic base dried up: without the {len(events) - len(dry)} entries since 2020")
    print(f"   alignment with China would change by {change(close)}, the position by {change(place)},")
    print(f"   and security would be {left} % of the cooperation left.")


def did_it_break(events: al.Events) -> None:
    """Whether they meet at another rate, and which domain moved the alignment since."""
    counts = al.event_counts(events, between=("KHM", "CHN"))["2000":"2025"]
    found = al.breaks(counts["n"], exposure=counts["exposure"].to_numpy())
    print("\n8. Did the relation break?")
    print(
        f"   P(break) in entries a year, 2000-2025: {found.probability:.2f}, likeliest in {found.when}, "
        f"{found.before:.1f} to {found.after:.1f} a year;"
    )
    print("   a table chosen for salience has more recent entries, so such a break may be the coders'.")
    parts = al.change(events, 2016, 2026, score=CLOSE, by="domain")
    print(
        f"   Since 2016 the alignment moved by {told(parts.change, parts.low, parts.high, sign='+')}, of which"
    )
    for name, whole, volume, tone in zip(
        parts.about["group"], parts.contribution, parts.volume, parts.tone, strict=True
    ):
        row(f"   {name}", f"{whole:+.2f} (volume {volume:+.2f}, tone {tone:+.2f})")


def how_surprising(events: al.Events) -> None:
    """How far 2026 was from what the pair's own past let expect, and what would have been a surprise."""
    ledger = al.Ledger.post(events)
    fit = al.fit_decay(ledger, by="all", dispersion=False)
    found = al.surprise(ledger, fit).of("CHN", "KHM", 2026).iloc[0]
    ahead = al.forecast(ledger, fit, events=1).of("CHN", "KHM").iloc[0]
    print("\n9. How surprising was it, given the pair's own past?")
    print(
        f"   Of {found['n']:.0f} entries in 2026 the share that is cooperative is {found['share']:.2f}, where "
        f"{found['expected']:.2f} was expected"
    )
    print(
        f"   (z {found['z']:+.1f}, p {found['p']:.2f}): friendly acts between these two are no news. A hostile "
        "one in 2027 would be:"
    )
    print(
        f"   its chance is {1 - ahead['expected']:.2f}. How fast the past stops counting the table cannot tell: its"
    )
    print(f"   interval of half-lives runs from {fit.low[0]:.1f} years to {fit.high[0]:.0f}.")


# ---- reading it --------------------------------------------------------------------------------------
def other_eyes(events: al.Events) -> None:
    """The dialogue's effect and Cambodia's position by other values of kinds, and by another coder."""
    print("\n10. With other eyes: the ladder's values against those of judged pairs, and a second coder")
    row("", "what the 2+2 moved", "Cambodia's position")
    judged = al.Codebook.judged()
    tables = {
        "as above": events,
        "judged": al.datasets.asean(codebook=judged),
        "second coder": al.datasets.asean(coding="second"),
        "both": al.datasets.asean(coding="second", codebook=judged),
    }
    for name, table in tables.items():
        held = table.event_id == DIALOGUE
        moved = al.what_if(table.take(~held), score=CLOSE, add=table.take(held))
        room = al.hedging(al.Ledger.post(table).ties(), powers=POWERS, states=["KHM"])
        row(name, change(moved), spell(room, "position", 0, -1, sign="+"))


def opened(kind: str, state: str) -> al.Events:
    """One mutual event with China on the day of the dialogue."""
    one = al.Event(source="CHN", target=state, date=HELD, kind=kind, mutual=True, event_id="copy")
    return al.Events.from_events([one])


def change(result: al.WhatIfResult, k: int = -1, t: int = -1) -> str:
    """The difference a supposition makes, in a domain (the last: over all) and period."""
    return told(*(score[k, t] for score in (result.difference, result.low, result.high)), sign="+")


def spell(result: object, name: str, *at: int, sign: str = "", digits: int = 2) -> str:
    """A score of a result and its interval."""
    return told(*(getattr(result, name + end)[at] for end in ("", "_low", "_high")), sign=sign, digits=digits)


def told(mid: float, low: float, high: float, *, sign: str = "", digits: int = 2) -> str:
    """A number and its interval."""
    return "{} [{}, {}]".format(*(f"{one:{sign}.{digits}f}" for one in (mid, low, high)))


def row(*cells: str) -> None:
    """Print a line of a table."""
    print(f"   {cells[0]:<14}" + "".join(f"{cell:<22}" for cell in cells[1:]).rstrip())


def actors(events: al.Events, side: str) -> np.ndarray:
    """Names of the sources or targets."""
    return np.array(events.actors)[getattr(events, side)]


def draw(events: al.Events, ties: al.Ties, path: Path) -> None:
    """Write the figure."""
    from matplotlib.figure import Figure

    ahead = ties.project(to=LATER)
    page = Figure(figsize=(13, 8.6))
    page.subplots_adjust(left=0.055, right=0.91, bottom=0.1, top=0.965, wspace=0.54, hspace=0.36)
    (one, two), (three, four) = page.subplots(2, 2)
    pairs = [("KHM", "CHN"), ("KHM", "USA")]
    plots.trajectory(
        al.alignment(ahead, directed=False), pairs=pairs, start=2000, projected_from=2026, names=NAMES, ax=one
    )
    plots.domain_mix(al.domain_mix(ahead, "KHM", "CHN"), projected_from=2026, ax=two)
    plots.impacts(al.impact(events, score=CLOSE), names=NAMES, ax=three)
    plots.positions(al.hedging(ties, powers=POWERS, states=ASEAN), period=2026, names=NAMES, ax=four)
    titles = (
        "Cambodia's alignment with the two powers",
        "What its cooperation with China is made of",
        "Which events made its alignment with China",
        "Ten states between China and the United States",
    )
    for ax, title in zip((one, two, three, four), titles, strict=True):
        ax.set_title(title, loc="left", fontsize=11, weight="bold")
    page.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
