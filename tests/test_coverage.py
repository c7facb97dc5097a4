"""Intervals of shares hold what they promise: small samples, lopsided shares, uneven events."""

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.attribution.scores import HedgingOf
from alignscore.intervals import JEFFREYS, beta_interval, composite_draws, quantiles, wilson
from alignscore.measures.states.diversification import (
    composite_score,
    corrected,
    gini_simpson,
    plain_shares,
    posterior_shares,
    share_score,
)
from strategies import plain_events

SIZES, SHARES = (5, 10, 30, 100), (0.1, 0.3, 0.5)
LAWS = {
    "equal": lambda rng, size: np.ones(size),
    "gamma": lambda rng, size: rng.gamma(2, 1, size),
    "lognormal": lambda rng, size: rng.lognormal(0, 0.75, size),
    "scale": lambda rng, size: rng.choice([1, 2, 3.5, 7, 10], size, p=[0.35, 0.3, 0.2, 0.1, 0.05]),
}
SETTINGS = list(product(SIZES, SHARES, LAWS))


def sample(n, share, law, runs, rng):
    """Share of the mass and effective events of many runs of n events, (runs,)."""
    mass = LAWS[law](rng, (runs, n))
    chosen = rng.random((runs, n)) < share
    whole = mass.sum(axis=1)
    return (mass * chosen).sum(axis=1) / whole, whole**2 / (mass**2).sum(axis=1)


def freed(share, evidence):
    """The corrected diversification of one domain, (runs,)."""
    pair = np.stack([1 - share, share], axis=1)[:, :, None, None]
    spread = gini_simpson(pair[:, :, 0], axis=1)
    return corrected(plain_shares(pair, np.ones(1)), evidence[:, None, None], spread, 0.0)[:, 0]


def covered(low, high, truth):
    return ((low <= truth) & (truth <= high)).mean()


@pytest.mark.parametrize(
    ("n", "share", "law"), [(5, 0.1, "scale"), (10, 0.3, "lognormal"), (30, 0.5, "equal")]
)
def test_wilson_with_effective_events_covers(n, share, law):
    observed, evidence = sample(n, share, law, 4000, np.random.default_rng(3))
    assert covered(*wilson(observed, evidence), share) >= 0.90


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share", "law"), SETTINGS)
def test_wilson_and_jeffreys_cover_in_every_setting(n, share, law):
    rng = np.random.default_rng(11)
    observed, evidence = sample(n, share, law, 20_000, rng)
    assert covered(*wilson(observed, evidence), share) >= 0.90
    mean = (observed * evidence + JEFFREYS) / (evidence + 1)
    assert covered(*beta_interval(mean, evidence + 1), share) >= 0.90


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share", "law"), SETTINGS)
def test_corrected_diversification_has_no_bias(n, share, law):
    rng = np.random.default_rng(12)
    parts = [freed(*sample(n, share, law, 50_000, rng)) for _ in range(max(1, 60 // n))]
    assert abs(np.concatenate(parts).mean() - 4 * share * (1 - share)) < 0.005


@pytest.mark.parametrize("mass", [[1, 1, 1, 1, 1], [1, 2, 3.5, 7, 10], [9, 1, 1, 1]])
@pytest.mark.parametrize("share", SHARES)
def test_correction_is_exact_over_all_outcomes(mass, share):
    mass = np.array(mass, dtype=float)
    outcomes = np.array(list(product([0, 1], repeat=len(mass))))
    chance = np.where(outcomes, share, 1 - share).prod(axis=1)
    observed = outcomes @ mass / mass.sum()
    evidence = np.full(len(outcomes), mass.sum() ** 2 / (mass**2).sum())
    assert chance @ freed(observed, evidence) == pytest.approx(4 * share * (1 - share), abs=1e-12)
    plug_in = chance @ (4 * observed * (1 - observed))
    assert plug_in < 4 * share * (1 - share) - 0.03  # what is corrected


@pytest.mark.parametrize("sizes", [(3, 3, 3), (3, 10, 30), (10, 3, 1)])
@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (0.1, 0.1, 0.1), (0.1, 0.5, 0.9)])
def test_the_posterior_of_a_composite_covers_as_its_draws_do(sizes, shares):
    """The closed form, a Beta with the composite's mean and variance, beside quantiles of Dirichlet draws."""
    rng = np.random.default_rng(5)
    pairs, evidence = np.empty((1500, 2, 3, 1)), np.empty((1500, 3, 1))
    for k in range(3):
        pairs[:, 1, k, 0], evidence[:, k, 0] = sample(sizes[k], shares[k], "scale", 1500, rng)
    pairs[:, 0] = 1 - pairs[:, 1]
    weight = np.full(evidence.shape, 1 / 3)
    known = posterior_shares(pairs, evidence, weight)
    _, _, low, high = share_score(known.mean[:, 1], np.sqrt(known.covariance[:, 1, 1]), 0.95)
    reach = composite_score(known, 1, 0.95)
    # where every domain is lopsided alike, the priors' pulls add up, and where one rests on one event it may be against
    # the rest: the Beta alone covers .82 to .90 there
    least = 0.90 if shares == (0.1, 0.1, 0.1) else 0.93
    assert covered(reach.low[:, 0], reach.high[:, 0], np.mean(shares)) >= least
    assert (reach.low <= low + 1e-12).all() and (reach.high >= high - 1e-12).all()
    few = slice(500)  # whose mean width is as sure as their draws make it
    drawn = quantiles(composite_draws(pairs[few], evidence[few], weight[few], draws=300, rng=rng))
    width = (drawn[2] - drawn[0])[:, 1].mean()
    assert (high - low)[few].mean() == pytest.approx(width, rel=0.05)


THIN = [
    ((1, 1, 1), (0.85, 0.95, 0.87, 0.95)),  # eight outcomes: no interval of theirs covers evenly
    ((10, 1, 1), (0.88, 0.91, 0.92, 0.91)),
    ((30, 1, 1), (0.89, 0.90, 0.94, 0.90)),
    ((3, 3, 3), (0.92, 0.92, 0.90, 0.92)),
    ((10, 3, 1), (0.90, 0.92, 0.90, 0.92)),
    ((30, 3, 1), (0.90, 0.92, 0.91, 0.92)),
    ((3, 10, 30), (0.94, 0.94, 0.94, 0.93)),
]


@pytest.mark.parametrize("law", ["equal", "scale"])
@pytest.mark.parametrize(("sizes", "least"), THIN)
def test_composites_of_thin_domains_that_lean_alike_cover(sizes, least, law):
    """Of three domains at .05, .1, .2, .3. Halfway to the plain share at one event, not a quarter, 1, 1, 1 at .1 has .72."""
    rng = np.random.default_rng(7)
    for share, least_here in zip((0.05, 0.1, 0.2, 0.3), least, strict=True):
        pairs, evidence = np.empty((3000, 2, 3, 1)), np.empty((3000, 3, 1))
        for k, n in enumerate(sizes):
            pairs[:, 1, k, 0], evidence[:, k, 0] = sample(n, share, law, 3000, rng)
        pairs[:, 0] = 1 - pairs[:, 1]
        found = composite_score(posterior_shares(pairs, evidence, np.full(evidence.shape, 1 / 3)), 1, 0.95)
        assert covered(found.low[:, 0], found.high[:, 0], share) >= least_here - 0.01, share


def test_no_width_of_a_composite_shrinks_while_its_domains_fade():
    rng = np.random.default_rng(0)
    n = rng.choice([0, 1, 2, 3, 5, 10, 30], (5000, 3))
    n = n[n.sum(axis=1) > 0]
    with np.errstate(invalid="ignore"):
        share = rng.binomial(n, rng.beta(0.5, 0.5, n.shape)) / n
    evidence = n[:, :, None] * 2.0 ** -np.arange(0, 10, 0.25)
    share = np.broadcast_to(share[:, :, None], evidence.shape)
    known = posterior_shares(np.stack([1 - share, share], axis=1), evidence, np.full(evidence.shape, 1 / 3))
    found = composite_score(known, 1, 0.95)
    width = found.high - found.low
    assert (np.maximum.accumulate(width, axis=1) - width).max() < 0.002


# ---- differences: what_if -----------------------------------------------------------------------------------
EXTRA = 9.0  # mass of the supposed event


@cache
def supposed(size, run):
    """A record of about `size` events with one power and half as many with another; one event more."""
    rng = np.random.default_rng([size, run])
    n = rng.poisson([size, size / 2])
    if n.min() == 0:
        return None
    source, day = np.repeat(["CHN", "USA"], n), "2020-06-01"
    value, weight = rng.choice([2.5, 3.5, 6.0, 8.0], n.sum()), rng.gamma(2, 0.5, n.sum())
    target = np.full(n.sum(), "KHM")
    return plain_events(source, target, day, value, weight), plain_events(
        ["CHN"], ["KHM"], day, np.array([EXTRA])
    )


def held(size, score, runs):
    """Share of records whose interval holds the difference at the expected stocks."""
    mean = 5.0 * np.array([size, size / 2])  # mean value 5, mean weight 1
    if isinstance(score, HedgingOf):
        square = np.mean([2.5**2, 3.5**2, 6.0**2, 8.0**2]) * 1.5 / 5.0 * mean.sum()  # E w^2 = 1.5
        worth = [0.0, 0.0]  # of an event: added to both powers together by the posterior mean
        if score.field == "position":
            worth = [square / mean.sum(), (square + EXTRA**2) / (mean.sum() + EXTRA)]
        truth = np.diff(
            [
                (mean[1] - c) / (mean[1] + c + u)
                for c, u in zip((mean[0], mean[0] + EXTRA), worth, strict=True)
            ]
        )[0]
    else:
        truth = np.diff([c / (c + 10) for c in (mean[0], mean[0] + EXTRA)])[0]
    inside = []
    for run in range(runs):
        tables = supposed(size, run)
        if tables is not None:
            result = al.what_if(
                tables[0], score=score, add=tables[1], decay=al.Cumulative(), draws=150, rng=run
            )
            inside.append(result.low[-1, 0] <= truth <= result.high[-1, 0])
    return np.mean(inside)


ALONE = {"economic": 0.0, "diplomatic": 0.0}
SUPPOSED = [
    al.AlignmentOf("KHM", "CHN", directed=False, prior=10.0, domains="seen"),
    *(HedgingOf("KHM", ("CHN", "USA"), field=f, weights=ALONE) for f in ("position_raw", "position")),
]


@pytest.mark.parametrize("score", SUPPOSED, ids=["alignment", "position_raw", "position"])
def test_the_interval_of_a_supposed_difference_covers(score):
    assert held(10, score, 45) >= 0.80  # of 0.92 in the long run, three standard errors of 45 records


def test_a_record_that_has_shown_no_conflict_does_not_rule_it_out():
    """About 3 events, 60 % friendly: unseen events only of the signs shown cover .74 of what one event more adds."""
    score, extra = al.AlignmentOf("KHM", "CHN", prior=5.0, weights=ALONE), 9.0
    c, k = 0.6 * 3 * 5.0, 0.4 * 3 * 5.0
    truth = np.diff([(x - k) / (x + k + 5.0) for x in (c, c + extra)])[0]
    one = plain_events(["KHM"], ["CHN"], "2020-06-01", np.array([extra]))
    rng, inside = np.random.default_rng(0), []
    for run in range(60):
        n = rng.poisson(3)
        if n:
            value = np.where(rng.random(n) < 0.6, 5.0, -5.0)
            events = plain_events(["KHM"] * n, ["CHN"] * n, "2020-06-01", value)
            found = al.what_if(events, score=score, add=one, decay=al.Cumulative(), draws=150, rng=run)
            inside.append(found.low[-1, -1] <= truth <= found.high[-1, -1])
    assert np.mean(inside) >= 0.84  # of .92 in the long run


@pytest.mark.slow
@pytest.mark.parametrize(("size", "part"), [(30, 0.5), (30, 0.2), (10, 0.5), (10, 0.2)])
def test_the_interval_of_a_kind_that_is_removed_and_drawn_covers(size, part):
    """About `size` events, 70 % friendly, of which a part goes; the truth is the difference of the expected stocks."""
    score, inside = al.AlignmentOf("KHM", "CHN", prior=5.0, weights=ALONE), []
    before, after = (5 * m * 0.4 / (5 * m + 5) for m in (size, size * (1 - part)))
    for run in range(400):
        rng = np.random.default_rng([size, int(100 * part), run])
        n = rng.poisson(size)
        gone = rng.random(n) < part
        if gone.any() and not gone.all():
            value = np.where(rng.random(n) < 0.7, 1, -1) * rng.choice([2.5, 3.5, 6.0, 8.0], n)
            events = plain_events(["KHM"] * n, ["CHN"] * n, "2020-06-01", value)
            told = {"named": "drawn", "decay": al.Cumulative(), "draws": 200, "rng": run}
            found = al.what_if(events, score=score, remove=gone, **told)
            inside.append(found.low[-1, -1] <= after - before <= found.high[-1, -1])
    # .93 and more in the long run, .67 to .91 without what went unseen of the kind
    assert np.mean(inside) >= 0.91


FRIENDLY = ["state_visit", "leader_summit", "joint_statement", "political_support"]
HOSTILE = ["criticism", "denunciation", "talks_suspended", "diplomats_expelled"]


@pytest.mark.slow
@pytest.mark.parametrize(("size", "part"), [(30, 0.5), (30, 0.2), (10, 0.5), (10, 0.2)])
def test_the_interval_of_an_actor_that_is_removed_and_drawn_covers(size, part):
    """Acts of many kinds, 70 % friendly, of which a part is of the side that goes: its next may be of either sign."""
    values = {kind.name: kind.value for kind in al.datasets.asean().codebook}
    mass = [
        0.7 * np.mean([values[kind] for kind in FRIENDLY]),
        -0.3 * np.mean([values[kind] for kind in HOSTILE]),
    ]
    before, after = (m * (mass[0] - mass[1]) / (m * sum(mass) + 5) for m in (size, size * (1 - part)))
    score, inside = al.AlignmentOf("KHM", "CHN", directed=False, prior=5.0), []
    for run in range(300):
        rng = np.random.default_rng([size, int(100 * part), run])
        n = rng.poisson(size)
        gone = rng.random(n) < part
        if gone.any() and not gone.all():
            kind = np.where(rng.random(n) < 0.7, rng.choice(FRIENDLY, n), rng.choice(HOSTILE, n))
            sides = {"source": np.where(gone, "KHM", "CHN"), "target": np.where(gone, "CHN", "KHM")}
            events = al.Events.from_frame(pd.DataFrame({**sides, "date": "2020-06-01", "kind": kind}))
            told = {"named": "drawn", "decay": al.Cumulative(), "draws": 200, "rng": run}
            found = al.what_if(events, score=score, remove={"source": "KHM"}, **told)
            inside.append(found.low[-1, -1] <= after - before <= found.high[-1, -1])
    # .90 and more in the long run; .80 to .93 where only signs that were shown may have gone unseen
    assert np.mean(inside) >= 0.87


@pytest.mark.slow
@pytest.mark.parametrize("score", SUPPOSED, ids=["alignment", "position_raw", "position"])
@pytest.mark.parametrize("size", [3, 5, 10, 30])
def test_the_interval_of_a_supposed_difference_covers_at_every_size(score, size):
    """A mass (an alignment) is less sure than a share (a position): few events do not show the largest.

    Of 2,500 records of three, five, ten and thirty events .90, .91, .96 and .97; with an unseen event of
    the size of those seen alone and without the reach by what pulls the draws .86, .87, .90 and .90.
    """
    assert held(size, score, 1_500) >= 0.89 - 0.016  # two errors of 1,500
