"""Who votes with whom in the UN General Assembly: ASEAN, the United States and China over time.

    python examples/un_votes.py                       # ../shared/data if it is there, else made-up votes
    python examples/un_votes.py UNVotes.csv           # Voeten's file or the unvotes tables
    python examples/un_votes.py votes.parquet --rollcalls rollcalls.parquet --figure un_votes.png

Vote data are not part of this package. Without a file the example invents an assembly of fictional states,
says so in every title, and shows the same steps. Until session 26 the seat of China was the Republic
of China's, whose votes some files give the People's Republic's number: real votes are compared from there on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from alignscore import plots
from alignscore.datasets import ASEAN_MEMBERS, asean
from alignscore.ledger import Ledger
from alignscore.measures.dyads.alignment import alignment
from alignscore.measures.similarity.similarity import SimilarityResult, agreement, similarity
from alignscore.readers.un_votes import read_un_votes

HERE = Path(__file__).resolve().parents[2] / "shared" / "data" / "unga"
REAL = ("CHN", "USA")
INVENTED = ("RED", "BLUE")
NAMES = {"CHN": "China", "USA": "the US"}


def invented_votes(sessions: int = 30, items: int = 60, seed: int = 0) -> pd.DataFrame:
    """Votes of two fictional powers and ten members who drift from one towards the other."""
    rng = np.random.default_rng(seed)
    actors = [*INVENTED, *(f"M{k:02d}" for k in range(1, 11))]
    frames = []
    for session in range(1, sessions + 1):
        drift = np.linspace(0.1, 0.9, 10) * (0.4 + 0.6 * session / sessions)
        place = np.concatenate([[1.5, -1.5], drift])
        z = place[:, None] * rng.normal(size=items) + rng.normal(scale=0.6, size=(len(actors), items))
        vote = 1 + (z < 0.3) + (z < -0.3)
        i, v = np.nonzero(rng.random(z.shape) > 0.08)
        columns = {
            "actor": np.array(actors)[i],
            "session": session,
            "item": 1000 * session + v,
            "vote": vote[i, v],
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def find_votes(path: Path | None, rollcalls: Path | None) -> tuple[pd.DataFrame, tuple[str, str], str]:
    """Votes, the two powers, and what to call the data."""
    stored = HERE / "unga_votes_voeten_cow_1946_2022.parquet"
    if path is None and not stored.exists():
        return invented_votes(), INVENTED, "MADE-UP votes of fictional states"
    votes, report = read_un_votes(path or stored, rollcalls=rollcalls)
    print(
        f"{len(votes):,} votes read; left out: {report.refused['reason'].value_counts().to_dict() or 'none'}\n"
    )
    return votes[votes["session"] >= 26], REAL, "UN General Assembly, roll-call votes"


def members_of(votes: pd.DataFrame, powers: tuple[str, str]) -> list[str]:
    """The group whose votes are set against the powers'."""
    return list(ASEAN_MEMBERS) if powers == REAL else sorted(set(votes["actor"]) - set(powers))


def with_powers(votes: pd.DataFrame, powers: tuple[str, str]) -> SimilarityResult:
    """Agreement of each member with each power, session by session."""
    chosen = votes[votes["actor"].isin([*members_of(votes, powers), *powers])]
    return agreement(chosen, period="session", min_items=10)


def as_table(found: SimilarityResult, members: Sequence[str], powers: tuple[str, str]) -> pd.DataFrame:
    """A row per session and member, a column a power."""
    rows = pd.concat([found.of(power) for power in powers])
    rows = rows[rows["j"].isin(members)].rename(columns={"i": "power", "j": "member", "period": "session"})
    return rows.pivot_table(index=["session", "member"], columns="power", values="similarity").dropna()


def several_measures(votes: pd.DataFrame, powers: tuple[str, str]) -> pd.DataFrame:
    """The last session by four measures: they do not mean the same."""
    last = votes[votes["session"] == votes["session"].max()]
    measures = ["agreement", "s", "kappa", "tau_b"]
    found = similarity(last, measure=measures, levels=(1, 2, 3))
    frame = pd.concat([found.of(power) for power in powers])
    members = members_of(votes, powers)
    return frame[frame["j"].isin(members)].groupby("i")[measures].mean().rename_axis("mean over members")


def votes_and_events(table: pd.DataFrame) -> pd.DataFrame:
    """The same dyads by votes and by events: tilt to China over the United States at the last session."""
    session = table.index.get_level_values("session").max()
    tilt = (table["CHN"] - table["USA"]).xs(session).rename("votes")
    scores = alignment(Ledger.post(asean()).ties(), directed=False).to_frame()
    now = scores[(scores["year"] == 1945 + session) & (scores["domain"] == "composite")]
    pairs = now.assign(pair=[frozenset(pair) for pair in zip(now["source"], now["target"], strict=True)])
    score = pairs.set_index("pair")["alignment"]
    lean = [score.get(frozenset({m, "CHN"})) - score.get(frozenset({m, "USA"}), np.nan) for m in tilt.index]
    return pd.DataFrame({"votes": tilt, "events": lean})


def draw(
    found: SimilarityResult, members: Sequence[str], powers: tuple[str, str], title: str, path: Path
) -> None:
    """Write the figure: each member thin, their mean thick, one colour a power."""
    from matplotlib.figure import Figure

    axes = Figure(figsize=(8, 4.8), layout="constrained").subplots()
    axes.set_xlabel("session")
    plots.similarities(found, of=powers, among=members, names=NAMES, ax=axes)
    axes.set_title(title, loc="left", fontsize=11, weight="bold")
    axes.figure.savefig(path, dpi=150)
    print(f"\nfigure written to {path}")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("votes", nargs="?", type=Path, help="a file of votes")
    parser.add_argument(
        "--rollcalls", type=Path, help="roll calls with their sessions, where the votes have none"
    )
    parser.add_argument("--figure", type=Path, help="where to write the figure")
    options = parser.parse_args(argv)
    votes, powers, name = find_votes(options.votes, options.rollcalls)
    found, members = with_powers(votes, powers), members_of(votes, powers)
    table = as_table(found, members, powers)
    print(f"{name}: mean agreement of the members with each power, by ten sessions")
    decade = 10 * (table.index.get_level_values("session") // 10)
    print(table.groupby(decade.rename("sessions from"))[list(powers)].mean().round(2).to_string())
    print(f"\n{name}: the last session by four measures")
    print(several_measures(votes, powers).round(2).to_string())
    if powers == REAL:
        both = votes_and_events(table)
        print("\ntilt to China over the United States, last session: votes, and the shipped table of events")
        print(both.round(2).to_string())
        ranks = both.dropna().rank()
        r = ranks["votes"].corr(ranks["events"])
        print(f"rank correlation {r:.2f} over {len(ranks)} states. Votes show positions on a common agenda,")
        print("events what two states do with each other; neither stands for the other.")
    if options.figure is not None:
        draw(
            found,
            members,
            powers,
            f"{'ASEAN' if powers == REAL else 'Members'} between two powers: {name}",
            options.figure,
        )


if __name__ == "__main__":
    main()
