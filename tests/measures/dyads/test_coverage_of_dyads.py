"""Intervals of dyadic scores hold the truth as often as they say, in worlds that stand still and worlds that drift.

Every pair of a world is one record: its events fall on random days, each friendly with the pair's own chance, with
masses of a law of its own. The truth is that chance on the last day, on [-1, 1].
"""

from dataclasses import replace

import numpy as np
import pytest

import alignscore as al
from alignscore.measures.composite import shares_beside

START = 10957  # 2000-01-01
LAWS = {
    "equal": lambda rng, size: np.full(size, 5.0),
    "scale": lambda rng, size: rng.choice([1, 2, 3.5, 5, 7, 10], size, p=[0.3, 0.25, 0.2, 0.12, 0.08, 0.05]),
    "lognormal": lambda rng, size: np.exp(rng.normal(0, 1.2, size)),
}
# events a year, yearly standard deviation of the drift on the logit scale, half-life in years near the best
DRIFTS = [(0.3, 0.2, 9), (1, 0.2, 8), (3, 0.2, 5), (10, 0.5, 1)]


def ledger(pair, day, chance, law, rng, years, domain=None):
    """Events of pairs with one actor, posted by year; `law` or the sizes, `years` of half-life or the decay."""
    size = LAWS[law](rng, len(pair)) if isinstance(law, str) else law
    pairs = int(pair.max()) + 1
    sign = np.where(rng.random(len(pair)) < chance, 1.0, -1.0)
    actors = ("A", *(f"S{at:05d}" for at in range(pairs)))
    events = al.Events.from_columns(
        actors, source=(pair + 1).astype(np.int32), target=np.zeros(len(pair), dtype=np.int32),
        day=day.astype(np.int32), value=sign, weight=size,
        domain=np.full(len(pair), 2, dtype=np.int8) if domain is None else domain.astype(np.int8),
    )  # fmt: skip
    return al.Ledger.post(events, decay=years if isinstance(years, al.HalfLife) else al.HalfLife(years))


def known(result, truth, column=-1):
    """Share of the records with an event whose interval holds the truth, (pairs,)."""
    pair = np.array([int(name[1:]) for name in result.axes.sources])
    low, high = result.low[:, column, -1], result.high[:, column, -1]
    return np.mean((low <= truth[pair]) & (truth[pair] <= high))


def static(n, conflict, law, pairs, rng):
    """Pairs with about n events over ten years, of which `conflict` are hostile."""
    many = rng.poisson(n, pairs)
    pair = np.repeat(np.arange(pairs), many)
    day = START + rng.integers(0, 3652, len(pair))
    ties = ledger(pair, day, 1 - conflict, law, rng, 5.0).ties(end=2009)
    return known(al.alignment(ties), np.full(pairs, 1 - 2 * conflict), 2)


def drifting(rate, sd, half_life, law, pairs, rng, years=20):
    """Pairs whose chance walks from year to year around a common mean."""
    z = np.empty((pairs, years))
    z[:, 0] = rng.normal(1, 1.2, pairs)
    for t in range(1, years):
        z[:, t] = 1 + 0.97 * (z[:, t - 1] - 1) + rng.normal(0, sd, pairs)
    chance, many = 1 / (1 + np.exp(-z)), rng.poisson(rate, (pairs, years))
    pair, year = (np.repeat(index.ravel(), many.ravel()) for index in np.indices((pairs, years)))
    day = START + np.floor(365.25 * year).astype(int) + rng.integers(0, 365, len(pair))
    ties = ledger(pair, day, chance[pair, year], law, rng, half_life).ties(end=2000 + years - 1)
    return known(al.alignment(ties), 2 * chance[:, -1] - 1, 2)


def composite(rates, rng, pairs, years=12):
    """Pairs in three domains of unequal evidence, each chance standing still; the truth is the mean of three."""
    chance = 1 / (1 + np.exp(-rng.normal(0.7, 1.0, (pairs, 3))))
    many = rng.poisson(np.array(rates) * years, (pairs, 3))
    many[:, 0] = np.maximum(many[:, 0], 1)
    pair, domain = (np.repeat(index.ravel(), many.ravel()) for index in np.indices((pairs, 3)))
    day = START + rng.integers(0, int(365.25 * years), len(pair))
    ties = ledger(pair, day, chance[pair, domain], "scale", rng, 5.0, domain).ties(end=2000 + years - 1)
    return known(al.alignment(ties), (2 * chance - 1).mean(axis=1))


@pytest.mark.parametrize(
    ("n", "conflict", "law"), [(3, 0.1, "scale"), (10, 0.3, "lognormal"), (100, 0.02, "equal")]
)
def test_alignment_covers_where_nothing_drifts(n, conflict, law):
    assert static(n, conflict, law, 800, np.random.default_rng(1)) >= 0.95 - 0.015


def clustered(n, conflict, pairs, rng):
    """Pairs with n events on the last day that come in clusters, as the default dispersion of news has it."""
    decay = al.HalfLife(2, dispersion=(0.4, 0.6))
    spread = 1 + 0.4 * (n * np.log(2) / 2) ** 0.6  # variance over that of events apart: 1 + (n - 1) / (s + 1)
    s = (n - 1) / (spread - 1) - 1
    chance = rng.beta(s * (1 - conflict), s * conflict, pairs)
    pair = np.repeat(np.arange(pairs), n)
    day = np.full(len(pair), START + 365)
    ties = ledger(pair, day, chance[pair], "equal", rng, decay).ties()
    return known(al.alignment(ties), np.full(pairs, 1 - 2 * conflict), 2)


@pytest.mark.parametrize(("n", "conflict"), [(10, 0.1), (50, 0.1), (300, 0.03)])
def test_alignment_covers_where_events_come_in_clusters(n, conflict):
    """With the mass of one event for a prior, of which N counts many as one, .98, .90 and .91."""
    assert clustered(n, conflict, 500, np.random.default_rng(6)) >= 0.93


@pytest.mark.parametrize(("n", "conflict"), [(3, 0.02), (10, 0.1), (30, 0.3)])
def test_alignment_without_a_prior_covers_where_sizes_differ_between_pairs(n, conflict):
    """By the typical event of the whole ledger, which is larger or smaller than theirs, .57, .72 and .99."""
    rng, pairs = np.random.default_rng(1), 800
    pair = np.repeat(np.arange(pairs), rng.poisson(n, pairs))
    size = np.exp(rng.normal(0, 2, pairs))[pair]
    day = START + rng.integers(0, 3652, len(pair))
    ties = ledger(pair, day, 1 - conflict, size, rng, 5.0).ties(end=2009)
    truth = np.full(pairs, 1 - 2 * conflict)
    assert known(al.alignment(ties, prior=0), truth, 2) >= 0.95 - 0.015


@pytest.mark.parametrize(("drift", "law"), [(DRIFTS[1], "scale"), (DRIFTS[3], "equal")])
def test_alignment_covers_where_relations_drift(drift, law):
    assert drifting(*drift, law, 500, np.random.default_rng(2)) >= 0.93 - 0.015


@pytest.mark.parametrize("rates", [(1, 1, 1), (3, 0.5, 0.1)])
def test_a_composite_covers_whatever_its_domains_know(rates):
    assert composite(rates, np.random.default_rng(3), 800) >= 0.95 - 0.015


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("conflict", [0.02, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("n", [3, 5, 10, 30, 100])
def test_alignment_covers_in_every_static_world(n, conflict, law):
    assert static(n, conflict, law, 4000, np.random.default_rng(11)) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("law", ["equal", "scale"])
@pytest.mark.parametrize("drift", DRIFTS)
def test_alignment_covers_in_eight_drifting_worlds(drift, law):
    assert drifting(*drift, law, 4000, np.random.default_rng(12), years=30) >= 0.93


# ---- shares -----------------------------------------------------------------------------------------------
def exposed(n, share, law, sources, rng):
    """Sources that deal with two partners; the truth is how likely an event is with the first."""
    many = np.maximum(rng.poisson(n, sources), 1)
    source = np.repeat(np.arange(sources), many) + 2
    events = al.Events.from_columns(
        ("X", "Y", *(f"s{at:05d}" for at in range(sources))), source=source.astype(np.int32),
        target=(rng.random(len(source)) > share).astype(np.int32), domain=np.full(len(source), 2, dtype=np.int8),
        day=(START + rng.integers(0, 3652, len(source))).astype(np.int32), value=np.full(len(source), 1.0),
        weight=LAWS[law](rng, len(source)),
    )  # fmt: skip
    found = al.exposure(al.Ledger.post(events, decay=al.HalfLife(5)).ties(end=2009))
    first = found.axes.targets == "X"
    return [
        np.mean((low[first, 2, -1] <= share) & (share <= high[first, 2, -1]))
        for low, high in (
            (found.exposure_low, found.exposure_high), (found.dependence_low, found.dependence_high),
        )
    ]  # fmt: skip


def wandering(shape, mean, sd, rng):
    """Chances (*shape, years) that walk from year to year around a mean on the logit scale."""
    z = np.empty(shape)
    z[..., 0] = rng.normal(mean, 1.0, shape[:-1])
    for t in range(1, shape[-1]):
        z[..., t] = mean + 0.97 * (z[..., t - 1] - mean) + rng.normal(0, sd, shape[:-1])
    return 1 / (1 + np.exp(-z))


def exposed_to_drift(rate, sd, half_life, law, sources, rng, years=20):
    """Sources whose chance of dealing with the first of two partners walks; the truth is that of the last year."""
    chance = wandering((sources, years), -0.5, sd, rng)
    many = rng.poisson(rate, chance.shape)
    source, year = (np.repeat(index.ravel(), many.ravel()) for index in np.indices(many.shape))
    events = al.Events.from_columns(
        ("X", "Y", *(f"s{at:05d}" for at in range(sources))), source=(source + 2).astype(np.int32),
        target=(rng.random(len(source)) > chance[source, year]).astype(np.int32), value=np.ones(len(source)),
        domain=np.full(len(source), 2, dtype=np.int8), weight=LAWS[law](rng, len(source)),
        day=(START + np.floor(365.25 * year).astype(int) + rng.integers(0, 365, len(year))).astype(np.int32),
    )  # fmt: skip
    found = al.exposure(al.Ledger.post(events, decay=al.HalfLife(half_life)).ties(end=2000 + years - 1))
    first = found.axes.targets == "X"
    truth = chance[[int(name[1:]) for name in found.axes.sources[first]], -1]
    return [
        np.mean((low[first, 2, -1] <= truth) & (truth <= high[first, 2, -1]))
        for low, high in (
            (found.exposure_low, found.exposure_high), (found.dependence_low, found.dependence_high),
        )
    ]  # fmt: skip


def mixed_by_drift(rate, sd, half_life, law, pairs, rng, years=20):
    """Relations whose first domain's chance walks, the other two even; the truth is the mix of the last year."""
    inside = []
    for chance in wandering((pairs, years), -0.5, sd, rng):
        year = np.repeat(np.arange(years), rng.poisson(rate, years))
        if not len(year):
            continue
        first = rng.random(len(year)) < chance[year]
        events = al.Events.from_columns(
            ("X", "Y"), source=np.zeros(len(year), dtype=np.int32), target=np.ones(len(year), dtype=np.int32),
            domain=np.where(first, 0, rng.integers(1, 3, len(year))).astype(np.int8), value=np.ones(len(year)),
            day=(START + np.floor(365.25 * year).astype(int) + rng.integers(0, 365, len(year))).astype(np.int32),
            weight=LAWS[law](rng, len(year)),
        )  # fmt: skip
        ties = al.Ledger.post(events, decay=al.HalfLife(half_life)).ties(end=2000 + years - 1)
        mix, left = al.domain_mix(ties, "X", "Y"), (1 - chance[-1]) / 2
        truth = np.array([chance[-1], left, left])
        inside.append((mix.low[:, -1] <= truth) & (truth <= mix.high[:, -1]))
    return np.mean(inside)


def mixed(n, shares, law, pairs, rng):
    """One relation after another, its events falling into domains with given chances."""
    inside = []
    for _ in range(pairs):
        size = max(1, rng.poisson(n))
        events = al.Events.from_columns(
            ("X", "Y"), source=np.zeros(size, dtype=np.int32), target=np.ones(size, dtype=np.int32),
            domain=rng.choice(3, size, p=shares).astype(np.int8), value=np.ones(size),
            day=(START + rng.integers(0, 1826, size)).astype(np.int32), weight=LAWS[law](rng, size),
        )  # fmt: skip
        mix = al.domain_mix(al.Ledger.post(events, decay=al.HalfLife(5)).ties(end=2004), "X", "Y")
        inside.append((mix.low[:, -1] <= shares) & (shares <= mix.high[:, -1]))
    return np.mean(inside)


def standing(n, share, law, pairs, rng):
    """The interval of a share of cooperation that stands, from masses and their squares as ties hold them."""
    mass = LAWS[law](rng, (pairs, n))
    stands = rng.random((pairs, n)) < share
    left = np.where(stands, 1.0, 2.0 ** -rng.uniform(0, 1, (pairs, n)))
    whole, square = (mass * left).sum(axis=1), (mass**2 * left).sum(axis=1)
    # of the mass in force: a fading event keeps 1/(2 ln 2)
    truth = share / (share + (1 - share) / (2 * np.log(2)))
    found = shares_beside(
        ((mass * left * stands).sum(axis=1) / whole)[:, None, None], (whole**2 / square)[:, None, None],
        np.ones(1), 0.95,
    )  # fmt: skip
    return np.mean((found.low[:, 0, 0] <= truth) & (truth <= found.high[:, 0, 0]))


def standing_by_drift(rate, sd, half_life, law, pairs, rng, years=20):
    """Pairs whose chance that an act stands walks; the truth is the share of what stands in the masses expected in force."""
    chance = wandering((pairs, years), -0.5, sd, rng)
    many = rng.poisson(rate, chance.shape)
    pair, year = (np.repeat(index.ravel(), many.ravel()) for index in np.indices(many.shape))
    events = al.Events.from_columns(
        ("A", *(f"S{at:05d}" for at in range(pairs))), source=(pair + 1).astype(np.int32),
        target=np.zeros(len(pair), dtype=np.int32), value=np.ones(len(pair)), weight=LAWS[law](rng, len(pair)),
        domain=np.full(len(pair), 2, dtype=np.int8),
        day=(START + np.floor(365.25 * year).astype(int) + rng.integers(0, 365, len(year))).astype(np.int32),
    )  # fmt: skip
    events = replace(events, standing=rng.random(len(pair)) < chance[pair, year])
    ledger = al.Ledger.post(events, decay=al.HalfLife(half_life))
    found = al.institutionalisation(ledger.ties(end=2000 + years - 1))
    left = 2.0 ** -((np.arange(years)[::-1] + 0.5) / half_life)
    stands, fades = chance.sum(axis=1), ((1 - chance) * left).sum(axis=1)
    truth = (stands / (stands + fades))[[int(name[1:]) for name in found.axes.sources]]
    return np.mean((found.standing_low[:, 2, -1] <= truth) & (truth <= found.standing_high[:, 2, -1]))


@pytest.mark.parametrize(("n", "share", "law"), [(5, 0.1, "scale"), (30, 0.5, "equal")])
def test_exposure_and_what_stands_cover(n, share, law):
    rng = np.random.default_rng(4)
    assert min(exposed(n, share, law, 600, rng)) >= 0.93 - 0.02
    assert standing(n, share, law, 2000, rng) >= 0.93


@pytest.mark.parametrize(("drift", "law"), [(DRIFTS[1], "scale"), (DRIFTS[2], "equal")])
def test_exposure_and_what_stands_cover_where_relations_drift(drift, law):
    assert min(exposed_to_drift(*drift, law, 500, np.random.default_rng(8))) >= 0.93 - 0.02
    assert standing_by_drift(*drift, law, 500, np.random.default_rng(9)) >= 0.95 - 0.02


def test_domain_mix_covers():
    assert mixed(8, np.array([0.6, 0.3, 0.1]), "scale", 60, np.random.default_rng(5)) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("n", [3, 5, 10, 30, 100])
def test_shares_cover_at_every_size(n, share, law):
    """A partner is scored only where there was any event with it: of 3 at a share of .1 the Beta itself covers .92."""
    rng = np.random.default_rng(13)
    assert min(exposed(n, share, law, 4000, rng)) >= 0.93
    assert standing(n, share, law, 8000, rng) >= 0.93
    if n <= 30:
        assert mixed(n, np.array([share, 0.9 - share, 0.1]), law, 300, rng) >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize("law", ["equal", "scale"])
@pytest.mark.parametrize("drift", DRIFTS)
def test_shares_cover_in_eight_drifting_worlds(drift, law):
    rng = np.random.default_rng(14)
    assert min(exposed_to_drift(*drift, law, 4000, rng)) >= 0.93
    assert mixed_by_drift(*drift, law, 200, rng) >= 0.93
    assert standing_by_drift(*drift, law, 4000, rng) >= 0.95
