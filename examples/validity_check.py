"""Do the scores mean what they say? The validity battery on ICEWS 2002-2014, or on a world with known truth.

    python examples/validity_check.py                 # ../shared/data if it is there, else a made-up world
    python examples/validity_check.py --made-up       # the made-up world
    python examples/validity_check.py --draws 500 --csv lines.csv
    python examples/validity_check.py --more          # real data: also other settings, and camps of each year

Event counts, votes, alliances, rivalries and disputes are not part of this package. Without them the example
draws a world in which the truth is known, says so, and runs the same battery.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from alignscore.actors import codes, iso3
from alignscore.datasets import ASEAN_MEMBERS, asean
from alignscore.dynamics.dynamic import fit_dynamic
from alignscore.dynamics.fit_decay import fit_decay
from alignscore.dynamics.surprise import surprise
from alignscore.ledger import Ledger
from alignscore.measures.blocs.frustration import frustration
from alignscore.measures.dyads.affinity import affinity_of_counts
from alignscore.measures.similarity.similarity import agreement, similarity
from alignscore.measures.states.hedging import hedging
from alignscore.readers.atop_portfolio import read_atop
from alignscore.readers.cow_states import read_states
from alignscore.readers.un_votes import read_un_votes
from alignscore.validity import Yardstick, thin, validity
from alignscore.validity.rank_statistics import auc, spearman

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
ICEWS = DATA / "validity" / "icews_dyad_year_2002_2014.csv.gz"
SCORES = ("ratio", "tone_year", "tone", "shared_year", "shared", "shared_years", "latent")
SPANS = (1, 3, 5, 10)  # years over which changes are compared
LOWY = {  # Asia Power Snapshot 2022: 0 all with China, 100 all with the United States
    "LAO": 29, "KHM": 31, "MMR": 34, "MYS": 37, "IDN": 40, "THA": 47, "VNM": 47, "PHL": 51, "SGP": 51,
}  # fmt: skip
ISEAS = {  # The State of Southeast Asia 2024: per cent who would rather align with the United States than China
    "BRN": 29.9, "IDN": 26.8, "KHM": 55.0, "LAO": 29.4, "MMR": 57.7, "MYS": 24.9, "PHL": 83.3, "SGP": 61.5,
    "THA": 47.8, "VNM": 79.0,
}  # fmt: skip
HALF_LIFE = 2.0
KEYS = ["i", "j", "period"]
ENDS = {"source": "i", "target": "j"}
SETTINGS = {
    "each year by itself": {},
    "half-life 1 year": {"half_life": 1.0},
    "half-life 2 years": {"half_life": 2.0},
    "half-life 5 years": {"half_life": 5.0},
    "prior of half an event": {"half_life": 2.0, "prior": 0.5},
    "no shrinking of profiles": {"half_life": 2.0, "shrink": 0.0},
    "effects weighted by volume": {"half_life": 2.0, "volume_weights": "volume"},
}
# The sign expected is history's, not the scores'. Of these series only Russia-Ukraine had been looked at before.
SHOCKS = [
    ("USA", "IRQ", 2003, -1, "invasion of Iraq"),
    ("GEO", "RUS", 2008, -1, "war in Georgia"),
    ("KHM", "THA", 2008, -1, "Preah Vihear"),
    ("COL", "ECU", 2008, -1, "raid into Ecuador"),
    ("ISR", "TUR", 2010, -1, "Gaza flotilla"),
    ("KOR", "PRK", 2010, -1, "Cheonan, Yeonpyeong"),
    ("LBY", "USA", 2011, -1, "war in Libya"),
    ("SYR", "TUR", 2011, -1, "uprising in Syria"),
    ("CHN", "JPN", 2012, -1, "Senkaku purchase"),
    ("CHN", "PHL", 2012, -1, "Scarborough Shoal"),
    ("MMR", "USA", 2012, 1, "opening of Myanmar"),
    ("RUS", "UKR", 2014, -1, "Crimea"),
    ("RUS", "USA", 2014, -1, "sanctions over Crimea"),
]


class World(NamedTuple):
    """Counts per undirected dyad-year, yardsticks, dated shocks, and what to call it."""

    counts: pd.DataFrame
    yardsticks: dict[str, Yardstick]
    shocks: pd.DataFrame
    name: str


# ---- the real world ------------------------------------------
def undirected(frame: pd.DataFrame, values: list[str], how: str) -> pd.DataFrame:
    """Both directions of each pair added, or the higher of the two."""
    i, j = (frame[end].astype(str).to_numpy(dtype=object) for end in ("i", "j"))
    pairs = frame.assign(i=np.where(i <= j, i, j), j=np.where(i <= j, j, i))
    return pairs.groupby(KEYS, as_index=False)[values].agg(how)


def icews_counts() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cooperation and conflict per undirected dyad-year, and the log product of the two economies."""
    table = pd.read_csv(ICEWS)
    table = pd.DataFrame(
        {
            "i": table["i_iso3c"], "j": table["j_iso3c"], "period": table["year"],
            "cooperation": table["verbCoop"] + table["matlCoop"],
            "conflict": table["verbConf"] + table["matlConf"],
            "value": np.log(table["i_gdp"]) + np.log(table["j_gdp"]),
        }
    )  # fmt: skip
    counts = undirected(table, ["cooperation", "conflict"], "sum")
    return counts, undirected(table, ["value"], "max").dropna()


def labels(numbers: pd.Series) -> pd.Series:
    """Labels of Correlates of War numbers, one a state throughout: 345 is SRB, as in ICEWS."""
    return iso3(numbers, system="cow", dates="2016-12-31", dissolved="successor")["actor"]


def vote_similarity(first: int, last: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Agreement in the UN General Assembly, and similarity of published ideal points, a session per year."""
    votes, _ = read_un_votes(DATA / "unga" / "unga_votes_voeten_cow_1946_2022.parquet", dissolved="successor")
    votes = votes[votes["session"].between(first - 1945, last - 1945)]
    alike = agreement(votes, period="session").to_frame().rename(columns={"similarity": "value"})
    alike["period"] += 1945  # session 57 met from September 2002
    points = pd.read_csv(DATA / "unga" / "bsv_idealpoints_apr2020_all.csv.gz")
    points = points.assign(period=points["session"] + 1945)
    points["i"] = labels(points["ccode"])
    points = points[points["period"].between(first, last)].dropna(subset=["i"])[["i", "period", "theta"]]
    pairs = points.merge(points.rename(columns={"i": "j"}), on="period")
    pairs = pairs[pairs["i"] < pairs["j"]]
    near = pairs[KEYS].assign(value=-(pairs["theta_x"] - pairs["theta_y"]).abs())
    return undirected(alike.dropna(), ["value"], "max"), near


def alliance_similarity(first: int, last: int) -> pd.DataFrame:
    """S of alliance portfolios (four ordered levels, unweighted)."""
    states, _ = read_states(DATA / "other" / "cow_states_v2016.csv")
    portfolio, _ = read_atop(
        DATA / "validity" / "atop51_dyadyear_1946_2018.parquet",
        states=states, years=range(first, last + 1), direction="either", actors="iso3", dissolved="successor",
    )  # fmt: skip
    return similarity(portfolio, measure="s").to_frame().rename(columns={"similarity": "value"})


def groups(first: int, last: int) -> dict[str, pd.DataFrame]:
    """Defence pacts, strategic rivalries and onsets of militarised disputes by dyad-year."""
    atop = pd.read_parquet(DATA / "validity" / "atop51_dyadyear_1946_2018.parquet")
    disputes = pd.read_parquet(DATA / "validity" / "cow_mid5_dyadyear_1946_2014.parquet")
    rivals = pd.read_csv(DATA / "validity" / "tss_rivalries_1946on.csv")
    ends = rivals["end"].fillna(last).clip(upper=last).astype(int)
    years = [range(max(first, int(s)), e + 1) for s, e in zip(rivals["start"], ends, strict=True)]
    rivals = rivals.assign(year=years, rival=1).explode("year").dropna(subset=["year"])
    found = {}
    for name, table, column in (
        ("ally", atop, "atop_defense"), ("rival", rivals, "rival"), ("onset", disputes, "onset"),
    ):  # fmt: skip
        rows = pd.DataFrame(
            {
                "i": labels(table["ccode1"]), "j": labels(table["ccode2"]),
                "period": table["year"].astype(int), "value": table[column].to_numpy(),
            }
        ).dropna()  # fmt: skip
        found[name] = undirected(rows[rows["period"].between(first, last)], ["value"], "max")
    return found


def real_world() -> World:
    """ICEWS 2002-2014 and the yardsticks of those years."""
    counts, economies = icews_counts()
    alike, near = vote_similarity(2001, 2015)
    marks = groups(2002, 2015)
    yardsticks = {
        "UN agreement": Yardstick(alike, "like", made_of="votes"),
        "ideal points": Yardstick(near, "like", made_of="votes"),
        "S of alliances": Yardstick(alliance_similarity(2001, 2015), "like", made_of="alliances"),
        "GDP product": Yardstick(economies, "unlike"),
        "defence pacts": Yardstick(marks["ally"], "ally", made_of="alliances"),
        "rivalries": Yardstick(marks["rival"], "rival"),
        "disputes": Yardstick(marks["onset"], "onset"),
    }
    shocks = pd.DataFrame(SHOCKS, columns=[*KEYS, "sign", "label"])
    return World(counts, yardsticks, shocks, "ICEWS 2002-2014, real data")


# ---- a world with known truth ------------------------------------------
def made_up_world(states: int = 30, years: int = 10, seed: int = 1) -> World:
    """Places in a plane drive votes, pacts and tone; fame and warmth of states are unrelated to them."""
    rng = np.random.default_rng(seed)
    names = [f"S{a:02d}" for a in range(states)]
    place, fame, warmth = rng.normal(size=(states, 2)), rng.normal(size=states), rng.normal(size=states)
    pairs = np.array(list(combinations(range(states), 2)))
    rival = rng.random(len(pairs)) < 0.05
    rows = []
    for year in range(years):
        near = -np.linalg.norm(place[pairs[:, 0]] - place[pairs[:, 1]], axis=1)
        tone = 0.8 * near - 2.0 * rival + warmth[pairs].sum(axis=1)
        volume = np.exp(2.2 + fame[pairs].sum(axis=1) + 1.0 * rival)
        onset = rng.random(len(pairs)) < np.where(rival, 0.15, 0.005)
        rows.append(
            pd.DataFrame(
                {
                    "i": np.array(names)[pairs[:, 0]], "j": np.array(names)[pairs[:, 1]],
                    "period": 2001 + year,
                    "cooperation": rng.poisson(volume / (1 + np.exp(-2.0 - tone))),
                    "conflict": rng.poisson(volume / (1 + np.exp(2.0 + tone))),
                    "near": near, "ally": near > -0.7, "rival": rival, "onset": onset,
                    "votes": near + rng.normal(scale=0.3, size=len(pairs)),
                    "economies": fame[pairs].sum(axis=1),
                }
            )
        )  # fmt: skip
        place = place + rng.normal(scale=0.05, size=place.shape)
    table = pd.concat(rows, ignore_index=True)

    def of(column: str) -> pd.DataFrame:
        return table[KEYS].assign(value=table[column].astype(float))

    yardsticks = {
        "votes": Yardstick(of("votes"), "like", made_of="votes"),
        "ideal points": Yardstick(of("near"), "like"),
        "GDP product": Yardstick(of("economies"), "unlike"),
        "defence pacts": Yardstick(of("ally"), "ally", made_of="alliances"),
        "rivalries": Yardstick(of("rival"), "rival"),
        "disputes": Yardstick(of("onset"), "onset"),
    }
    no_shock = pd.DataFrame(columns=[*KEYS, "sign", "label"]).astype({"period": int, "sign": float})
    return World(
        table[[*KEYS, "cooperation", "conflict"]], yardsticks, no_shock, "MADE-UP world, known truth"
    )


# ---- scores and the battery ------------------------------------------
def score(counts: pd.DataFrame, half_life: float = HALF_LIFE) -> pd.DataFrame:
    """Every score by dyad-year, from the counts of that year alone and with the past fading."""
    c, k = counts["cooperation"].to_numpy(dtype=float), counts["conflict"].to_numpy(dtype=float)
    out = counts[KEYS].assign(n=c + k, net=c - k)
    out["ratio"] = np.divide(c - k, c + k, out=np.full(len(c), np.nan), where=c + k > 0)
    for life, names in ((None, ("tone_year", "shared_year")), (half_life, ("tone", "shared", "latent"))):
        found = affinities(counts, half_life=life).rename(
            columns={name.removesuffix("_year"): name for name in names}
        )
        out = out.merge(found[[*KEYS, *names]], on=KEYS, how="left")
    years = affinities(counts, half_life=half_life, memory="years", silence="neutral")
    years = years.rename(columns={"shared": "shared_years"})
    return out.merge(years[[*KEYS, "shared_years"]], on=KEYS, how="left")


def affinities(counts: pd.DataFrame, **options: object) -> pd.DataFrame:
    """Tone, shared position and latent part by dyad-year, under the keys of the counts."""
    found = affinity_of_counts(counts, columns=ENDS, min_n=1, draws=0, **options).to_frame()
    found = found[found["domain"] == "all"].rename(columns={"source": "i", "target": "j"})
    return found.assign(period=found["year"])


def battery(world: World, draws: int, names: tuple[str, ...] = SCORES) -> pd.DataFrame:
    """Every line for every score."""
    halves = thin(world.counts, ["cooperation", "conflict"], rng=1)
    found = validity(
        score(world.counts), yardsticks=world.yardsticks, score=names, reference="ideal points", spans=SPANS,
        halves=(score(halves[0]), score(halves[1])), shocks=world.shocks if len(world.shocks) else None,
        by_period=True, draws=draws, rng=1,
    )  # fmt: skip
    return found.to_frame()


def one_power(world: World, power: str) -> pd.DataFrame:
    """Convergent lines among one power's dyads with ASEAN: few states, so no interval."""
    table = score(world.counts)
    other = np.where(table["i"] == power, table["j"], table["i"])
    mine = ((table["i"] == power) | (table["j"] == power)) & np.isin(other, ASEAN_MEMBERS)
    found = validity(table[mine], yardsticks=world.yardsticks, score=SCORES, draws=0).to_frame()
    return found[found["test"].isin(["convergent", "predictive"]) & (found["statistic"] == "spearman")]


def neighbourhoods(world: World) -> pd.DataFrame:
    """Allies over neither, and the votes, among neighbours (one hundred-block of COW numbers) and others."""
    table = score(world.counts)
    block = [
        codes(table[end], system="cow").to_numpy(dtype=float, na_value=np.nan) // 100 for end in ("i", "j")
    ]
    near = block[0] == block[1]
    parts = []
    for where, mask in (("same region", near), ("across regions", ~near)):
        found = validity(
            table[mask], yardsticks=world.yardsticks, score=("tone", "shared"), draws=0
        ).to_frame()
        parts.append(found[found["test"].isin(["convergent", "known groups"])].assign(sample=where))
    return pd.concat(parts)


def settings(world: World) -> pd.DataFrame:
    """What other half-lives, priors and weights of the effects change in five lines of the battery."""
    asked = [
        ("tone", "allies over rivals"), ("tone", "volume"), ("tone", "UN agreement"),
        ("shared", "UN agreement t+1"), ("shared", "allies over neither"),
    ]  # fmt: skip
    counts, rows = world.counts, {}
    plain = counts.assign(
        n=counts["cooperation"] + counts["conflict"], net=counts["cooperation"] - counts["conflict"]
    )
    for name, options in SETTINGS.items():
        table = plain.merge(affinities(counts, **options)[[*KEYS, "tone", "shared"]], on=KEYS, how="left")
        found = validity(table, yardsticks=world.yardsticks, score=("tone", "shared"), draws=0).to_frame()
        found = found[found["statistic"].isin(["auc", "spearman"]) & (found["test"] != "change")]
        rows[name] = found.set_index(["score", "yardstick"])["estimate"].loc[asked]
    return pd.DataFrame(rows).T


def camps(counts: pd.DataFrame, least: float) -> pd.DataFrame:
    """Frustration of each year's tones of `least` events and more, beside that of the same tones dealt anew."""
    found = affinity_of_counts(counts, columns=ENDS, half_life=HALF_LIFE, min_n=least, draws=0)
    rows = []
    for year in sorted(counts["period"].unique()):
        tones = found.matrix("tone", domain="all", period=year)
        split = frustration(tones, method="search", starts=10)
        rows.append((year, split.frustration, split.null.mean(), split.p))
    return pd.DataFrame(rows, columns=["year", "frustration", "by chance", "p"])


# ---- change, forecasts, and the shipped table ------------------------------------------
def resolutions() -> pd.DataFrame:
    """Roll calls with the resolution each belongs to: matched by hand, or of one unmistakable title."""
    calls = pd.read_parquet(DATA / "unga" / "unga_rollcalls.parquet")
    matches = pd.read_csv(DATA / "unga" / "bsv_matches.csv")
    title = calls["short"].fillna("").str.lower().str.replace(r"[^a-z]+", " ", regex=True).str.strip()
    plain = (title.str.len() > 3) & (calls["amend"].fillna(0) == 0) & (calls["para"].fillna(0) == 0)
    named = calls.assign(title=title)[plain]
    named = named[named.groupby(["title", "session"])["rcid"].transform("size") == 1].sort_values("session")
    before = named.groupby("title")["rcid"].shift()
    pairs = [*zip(matches["rcid1"], matches["rcid2"], strict=True), *zip(before, named["rcid"], strict=True)]
    size = int(calls["rcid"].max()) + 1
    ends = np.array([pair for pair in pairs if pair[0] == pair[0] and max(pair) < size], dtype=int)
    graph = coo_array((np.ones(len(ends)), ends.T), shape=(size, size))
    return calls.assign(resolution=connected_components(graph, directed=False)[1][calls["rcid"]])


def ceiling(counts: pd.DataFrame) -> pd.DataFrame:
    """The most a rho with change of UN agreement can reach, by how two halves of the same resolutions agree.

    Change is over resolutions voted on in both years, so that the agenda stays; a resolution stays in its half.
    """
    calls = resolutions().set_index("rcid")["resolution"]
    half = np.random.default_rng(1).integers(0, 2, calls.max() + 1)
    votes = pd.read_parquet(DATA / "unga" / "unga_votes.parquet")
    votes = votes[votes["session"].between(57, 69) & votes["vote"].isin([1, 2, 3])]
    votes = votes.assign(actor=labels(votes["ccode"])).dropna(subset=["actor"])
    states = pd.Index(np.unique(counts[["i", "j"]].to_numpy(dtype=object).astype(str)))
    cube = {}
    for session, part in votes.groupby("session"):
        table = part.pivot_table(index="actor", columns="rcid", values="vote").reindex(states)
        cube[session + 1945] = table.to_numpy(), calls.loc[table.columns].to_numpy()
    active = counts[counts["cooperation"] + counts["conflict"] >= 10]
    rows = []
    for span in SPANS:
        shifts: list[list[np.ndarray]] = [[], []]
        for year in range(2002, 2015 - span):
            now = active[active["period"] == year + span]
            i, j = (states.get_indexer(now[end]) for end in ("i", "j"))
            both = np.intersect1d(cube[year][1], cube[year + span][1])
            for side in (0, 1):
                same = both[half[both] == side]
                ends = [
                    alike(table[:, np.isin(which, same)]) for table, which in (cube[year], cube[year + span])
                ]
                shifts[side].append((ends[1] - ends[0])[i, j])
        one, two = (np.concatenate(side) for side in shifts)
        known = ~np.isnan(one + two)
        r = float(spearman(one[known], two[known])(np.ones(known.sum())))
        rows.append((span, known.sum(), r, np.sqrt(2 * r / (1 + r)) if r > 0 else 0.0))
    return pd.DataFrame(rows, columns=["years", "n", "halves", "ceiling"])


def alike(votes: np.ndarray) -> np.ndarray:
    """Agreement of every two voters (rows) on the items both voted on; abstention counts half."""
    yes, abstain, no = ((votes == level).astype(float) for level in (1, 2, 3))
    cast = yes + abstain + no
    same = yes @ yes.T + abstain @ abstain.T + no @ no.T
    near = abstain @ (yes + no).T
    many = cast @ cast.T
    return np.divide(same + (near + near.T) / 2, many, out=np.full(many.shape, np.nan), where=many > 0)


def forecasts(counts: pd.DataFrame, onset: pd.DataFrame, since: int = 2009) -> pd.DataFrame:
    """Forecasts fitted before `since` and judged after: log score, cover by class, onsets of disputes."""
    table = counts.rename(columns={"i": "source", "j": "target"})
    past = table[table["period"] < since]
    rows = []
    for method, fit in (("discount", fit_decay(past, draws=0)), ("dynamic", fit_dynamic(past))):
        found = surprise(table, fit, method=method).to_frame().rename(columns={"source": "i", "target": "j"})
        found = found[(found["year"] >= since) & found["z"].notna()].assign(period=found["year"])
        inside = found["share"].between(found["low"] - 1e-12, found["high"] + 1e-12)
        sort = np.searchsorted([10, 50, 200], found["n"], side="right")
        began = found.merge(onset, on=KEYS, how="left")["value"].fillna(0).to_numpy() > 0
        rows.append(
            {
                "method": method, "n": len(found), "log score": found["log_score"].mean(),
                "false alarms": (found["p"] < 0.05).mean(), "cover": inside.mean(),
                **{label: inside[sort == at].mean() for at, label in enumerate(("1-9", "10-49", "50-199", "200 on"))},
                "500 on": inside[found["n"] >= 500].mean(),
                "onset auc": auc(-found["z"].to_numpy(), began)(np.ones(len(found))), "onsets": began.sum(),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def beside_judgements(year: int, given: Mapping[str, float]) -> pd.DataFrame:
    """Position of ASEAN's states in the shipped table, 0 to 100, beside what others say of that year."""
    ties = Ledger.post(asean()).ties()
    room = hedging(ties, powers=("CHN", "USA"), states=tuple(given)).to_frame(columns="all")
    room = room[room["year"] == year].set_index("state")
    out = pd.DataFrame({"given": given, "position": room["position_100"], "hedging": room["hedging"]})
    for end in ("low", "high"):
        out[end] = 50 * (1 + room[f"position_{end}"])
    return out.assign(error=out["position"] - out["given"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--made-up", action="store_true", help="do not look for real data")
    parser.add_argument("--draws", type=int, default=200, help="resampled copies of the states")
    parser.add_argument("--more", action="store_true", help="also other settings, and camps of each year")
    parser.add_argument("--csv", type=Path, help="write every line there")
    asked = parser.parse_args()
    real = ICEWS.exists() and not asked.made_up
    world = real_world() if real else made_up_world()
    print(f"{world.name}\n")
    lines = battery(world, asked.draws)
    shown = [
        "score",
        "yardstick",
        "statistic",
        "estimate",
        "low",
        "high",
        "n",
        "base_rate",
        "volume",
        "net",
        "excess",
    ]
    with pd.option_context("display.width", 200, "display.max_rows", 500, "display.precision", 3):
        for test, part in lines[~lines["sample"].str.fullmatch(r"\d{4}")].groupby("test", sort=False):
            more = ["sample"] if test == "reliability" else []
            print(f"{test}\n{part[[*shown, 'reference', 'passes', *more]].to_string(index=False)}\n")
        told = lines[lines["test"] == "responsiveness"]
        if len(told):
            print(told[["score", "yardstick", "sample", "estimate", "note"]].to_string(index=False), "\n")
        if real:
            for power in ("USA", "CHN"):
                part = one_power(world, power)[["score", "yardstick", "estimate", "n"]]
                print(f"{power} and ASEAN, Spearman\n{part.to_string(index=False)}\n")
            print(
                f"the most that change of UN agreement allows\n{ceiling(world.counts).to_string(index=False)}\n"
            )
            onset = groups(2002, 2014)["onset"]
            print(
                f"forecasts, fitted on 2002-2008\n{forecasts(world.counts, onset).to_string(index=False)}\n"
            )
            part = neighbourhoods(world)[["sample", "score", "yardstick", "estimate", "n"]]
            print(f"neighbours and others\n{part.to_string(index=False)}\n")
        if real and asked.more:
            print(f"other settings\n{settings(world).to_string()}\n")
            for least in (10, 1):
                split = camps(world.counts, least)
                print(f"two camps, tones of {least} events and more\n{split.to_string(index=False)}\n")
    for name, year, given in (("Lowy's Asia Power Snapshot", 2022, LOWY), ("ISEAS's survey", 2024, ISEAS)):
        place = beside_judgements(year, given)
        error, rho = (
            np.sqrt((place["error"] ** 2).mean()),
            place["position"].corr(place["given"], method="spearman"),
        )
        print(f"{name} {year}: {error:.1f} points root mean square, rho {rho:.2f}\n{place.to_string()}\n")
    if asked.csv:
        lines.to_csv(asked.csv, index=False)


if __name__ == "__main__":
    main()
