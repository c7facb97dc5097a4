"""Every interval that is printed has a test of how often it holds the truth; those without a file of their own are here."""

import ast
import importlib
import inspect
import pkgutil
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.measures.blocs.bloc import bloc
from alignscore.measures.diffusion import rate_interval
from alignscore.uncertainty.sobol import sobol
from alignscore.validity.rank_statistics import auc, average_precision, interval, partial_slope, spearman
from alignscore.values import ArrayPart
from dynamics.worlds import own_world

TESTS, SRC = Path(__file__).parent, Path(al.__file__).parent
DYADS = "measures/dyads/test_coverage_of_dyads.py"
COVERED = {  # what prints an interval: the test of its cover
    "AlignmentResult": f"{DYADS}::test_alignment_covers_where_relations_drift",
    "ExposureResult": f"{DYADS}::test_exposure_and_what_stands_cover",
    "InstitutionResult": f"{DYADS}::test_exposure_and_what_stands_cover",
    "DomainMixResult": f"{DYADS}::test_domain_mix_covers",
    "MixShiftResult": "test_every_interval.py::test_shifts_of_the_mix_cover",
    "InfluenceResult": "measures/dyads/test_influence.py::test_intervals_cover",
    "AffinityResult": "measures/dyads/test_affinity.py::test_intervals_cover_the_scores_of_the_expected_counts",
    "HedgingResult": "measures/states/test_hedging_covers.py::test_intervals_cover_where_relations_drift",
    "DomainPositions": "test_coverage.py::test_wilson_and_jeffreys_cover_in_every_setting",
    "IndicatorResult": "test_every_interval.py::test_composites_of_indicators_cover",
    "IndicatorParts": "test_coverage.py::test_wilson_with_effective_events_covers",
    "PartnerResult": "measures/states/test_partners.py::test_intervals_cover_the_true_score",
    "BlocResult": "test_every_interval.py::test_blocs_cover",
    "BlocDomains": "measures/blocs/test_bloc.py::test_division_interval_covers",
    "PullResult": "measures/blocs/test_bloc.py::test_the_interval_of_a_pull_covers",
    "VoteCohesionResult": "measures/votes/test_cohesion.py::test_intervals_cover_the_mean_over_roll_calls",
    "ChangeResult": "attribution/test_coverage_of_differences.py::test_intervals_of_differences_cover",
    "WhatIfResult": "attribution/test_coverage_of_differences.py::test_intervals_of_differences_cover",
    "ImpactResult": "attribution/test_impact.py::test_intervals_of_impacts_are_those_of_what_if",
    "Summary": "uncertainty/test_robustness.py::test_intervals_cover_as_the_scores_own_do",  # of robustness
    "SobolResult": "test_every_interval.py::test_sobol_indices_cover",
    "Trend": "test_every_interval.py::test_trends_cover",
    "trends": "test_every_interval.py::test_trends_cover",
    "reliability": "uncertainty/test_reliability.py::test_intervals_cover",
    "values_from_pairs": "codebook/test_judged.py::test_intervals_cover",
    "DecayFit": "dynamics/test_fit_decay.py::test_its_interval_covers",
    "DecayFit.compare": "test_every_interval.py::test_comparisons_of_half_lives_cover",
    "ForecastResult": "dynamics/test_surprise.py::test_intervals_of_forecasts_cover_where_relations_drift",
    "SurpriseResult": "dynamics/test_surprise.py::test_intervals_of_forecasts_cover_where_relations_drift",
    "DiffusionResult.among": "test_coverage.py::test_wilson_with_effective_events_covers",
    "DiffusionResult": "test_every_interval.py::test_rates_of_adoption_cover",  # its frame of rates
    "Line": "test_every_interval.py::test_statistics_of_validity_cover",  # of the validity battery
}
OTHERWISE = {
    "IntervalAndRank": "what forecasts and surprises are made of",
    "RelianceResult": "what exposure and influence share",
    "ShareScores": "what exposure and what stands are made of",
    "Score": "what hedging is made of",
    "Packing": "places of bits",
    "Scale": "ends of an item's scale",
    "Portfolio": "ends of its items' scales",
    "_LogUniform": "a choice",
    "HalfLifeRange": "a choice",
    "PriorRange": "a choice",
}


def classes_with_bounds():
    for module in pkgutil.walk_packages(al.__path__, "alignscore."):
        if module.name.endswith("__main__"):
            continue
        for name, kind in vars(importlib.import_module(module.name)).items():
            if inspect.isclass(kind) and kind.__module__ == module.name:
                held = [*vars(kind).get("__annotations__", {}), *getattr(kind, "_fields", ())]
                held += [at for at, value in vars(kind).items() if isinstance(value, property | ArrayPart)]
                if any(at == "low" or at.endswith("_low") for at in held):
                    yield name


def functions_with_bounds():
    """Functions and methods that write columns of bounds."""
    for path in SRC.rglob("*.py"):
        if path.relative_to(SRC).parts[0] in ("plots", "reporting", "readers"):
            continue
        text = path.read_text(encoding="utf-8")
        if not re.search(r"low[\"']", text):  # the end of some text that is a name of a column
            continue
        tree = ast.parse(text)
        inside = {
            at: kind.name for kind in ast.walk(tree) if isinstance(kind, ast.ClassDef) for at in kind.body
        }
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                texts = {str(node.value) for node in ast.walk(function) if isinstance(node, ast.Constant)}
                if all(any(x == end or x.endswith(f"_{end}") for x in texts) for end in ("low", "high")):
                    yield ".".join(filter(None, (inside.get(function), function.name)))


PRINTED_AS = {  # functions that write bounds: what prints them, "" where they are no interval or those of a result
    "bloc_pull": "PullResult", "_of_one_sign": "values_from_pairs",
    "_fit": "DecayFit", "DecayFit.compare": "DecayFit.compare", "forecast": "ForecastResult",
    "score_members": "BlocResult", "_rates": "DiffusionResult", "DiffusionResult.among": "DiffusionResult.among",
    "_scored": "PartnerResult", "_means": "VoteCohesionResult",
    "reliability": "reliability", "ReliabilityResult.of": "reliability", "replicated": "SobolResult", "trends": "trends",
    "_rows": "Summary", "RobustnessResult._columns": "Summary", "RobustnessResult._chosen": "Summary",
    "same_event": "", "Score.named": "", "_error": "", "_cells": "", "Result.table": "",
    "_LogUniform.__post_init__": "",
}  # fmt: skip


def test_every_interval_has_a_test_of_its_cover():
    assert {*functions_with_bounds()} == {*PRINTED_AS}
    found = ({*classes_with_bounds()} - {*OTHERWISE}) | ({*PRINTED_AS.values()} - {""})
    assert found == {*COVERED}
    for name, test in COVERED.items():
        path, function = test.split("::")
        assert f"def {function}(" in (TESTS / path).read_text(encoding="utf-8"), f"{name}: there is no {test}"


# ---- intervals without a file of their own ------------------------------------------------------------------
def share_held(low, high, truth):
    low, high = np.asarray(low), np.asarray(high)
    known = ~np.isnan(low)
    return np.mean(((low <= truth) & (truth <= high))[known])


def test_trends_cover():
    rng, years = np.random.default_rng(0), pd.period_range("2005", "2020", freq="Y")
    found = [
        al.trend(pd.Series(0.03 * np.arange(16) + rng.standard_t(4, 16) * 0.2, index=years))
        for _ in range(90)
    ]
    assert (
        share_held([f.low for f in found], [f.high for f in found], 0.03) >= 0.88
    )  # of .95, less three errors of 90


def test_sobol_indices_cover():
    """Of a sum of three uniforms with weights 3, 2 and 1 both indices are w^2 / 14."""
    weights = np.array([3.0, 2.0, 1.0])
    groups = {"a": 1, "b": 1, "c": 1}
    found = [
        sobol(lambda u: np.column_stack(list(u.values())) @ weights, groups, n=64, replicates=8, rng=at)
        for at in range(40)
    ]
    for name in ("first", "total"):
        low, high = (np.stack([getattr(f, f"{name}_{end}")[0] for f in found]) for end in ("low", "high"))
        assert share_held(low, high, weights**2 / 14) >= 0.9


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_rates_of_adoption_cover(rate):
    """Thirty states wait for ten years at most."""
    rng = np.random.default_rng(1)
    wait = rng.exponential(1 / rate, (4000, 30))
    _, low, high = rate_interval((wait < 10).sum(axis=1), np.minimum(wait, 10).sum(axis=1), 0.95)
    assert share_held(low, high, rate) >= 0.94


def test_composites_of_indicators_cover():
    rng, S, powers = np.random.default_rng(2), 400, ("CHN", "USA")
    rows = []
    truth = rng.uniform(0.1, 0.9, (S, 3))
    for at, domain in enumerate(("economic", "defence", "culture")):
        n = rng.integers(4, 30, S)
        b = rng.binomial(n, truth[:, at])
        for power, value in zip(powers, (n - b, b), strict=True):
            rows.append(pd.DataFrame({
                "state": [f"S{s:03d}" for s in range(S)], "period": 2024, "domain": domain, "indicator": "one",
                "power": power, "value": value.astype(float), "n": value,
            }))  # fmt: skip
    found = al.composite_position(pd.concat(rows), powers, concentration=None, draws=500)
    assert share_held(found.low[:, 0], found.high[:, 0], 100 * truth.mean(axis=1)) >= 0.93


def test_shifts_of_the_mix_cover():
    rng, held = np.random.default_rng(3), []
    shares = np.array([[0.6, 0.3, 0.1], [0.3, 0.3, 0.4]])
    for _ in range(60):
        n = np.maximum(rng.poisson(15, 2), 1)
        domain = np.concatenate([rng.choice(3, k, p=p) for k, p in zip(n, shares, strict=True)])
        events = al.Events.from_columns(
            ("X", "Y"), source=np.zeros(n.sum(), dtype=np.int32), target=np.ones(n.sum(), dtype=np.int32),
            domain=domain.astype(np.int8), value=np.ones(n.sum()), weight=rng.choice([1.0, 2.0, 3.5], n.sum()),
            day=np.repeat([14600, 18250], n).astype(np.int32),  # 2009 and 2019
        )  # fmt: skip
        mix = al.domain_mix(al.Ledger.post(events, decay=al.Window(1)).ties(end=2019), "X", "Y")
        found = mix.shift(2009, 2019)
        held.append((found.low <= np.diff(shares, axis=0)[0]) & (np.diff(shares, axis=0)[0] <= found.high))
    assert np.mean(held) >= 0.92


def test_blocs_cover():
    """Ten members' shares in one domain; the truth of each score is that of the members' chances."""
    rng, members, inside = np.random.default_rng(4), [f"m{at}" for at in range(10)], []
    for _ in range(40):
        chance = rng.beta(2, 2, 10)
        n = np.maximum(rng.poisson(12, 10), 1)
        who = np.repeat(np.arange(10), n)
        to_b = rng.random(len(who)) < chance[who]
        events = al.Events.from_columns(
            ("A", "B", *members), source=(who + 2).astype(np.int32), target=to_b.astype(np.int32),
            domain=np.full(len(who), 2, dtype=np.int8), value=np.ones(len(who)),
            weight=rng.choice([1.0, 2.0, 3.5], len(who)), day=np.full(len(who), 18250, dtype=np.int32),
        )  # fmt: skip
        found = bloc(
            al.Ledger.post(events).ties(end=2019), members, ("A", "B"),
            weights={"economic": 0.0, "diplomatic": 0.0},
        )  # fmt: skip
        lean = 2 * chance - 1
        truth = {
            "position": lean.mean(), "diversification": 1 - lean.mean() ** 2, "division": lean.var(),
            "cohesion": 1 - lean.var() / (1 - lean.mean() ** 2),
        }  # fmt: skip
        inside.append([
            getattr(found, f"{name}_low")[-1] <= true <= getattr(found, f"{name}_high")[-1]
            for name, true in truth.items()
        ])  # fmt: skip
    assert (np.mean(inside, axis=0) >= 0.86).all(), np.mean(inside, axis=0)  # of 40: .95 less 2.5 errors


@cache
def dyads_of_states(seed, states):
    """Score and yardstick of the pairs of states, both made of what either state is like, and what comes of both."""
    rng = np.random.default_rng(seed)
    i, j = np.triu_indices(states, 1)
    like = rng.normal(size=(2, states))
    like[1] = 0.5 * like[0] + like[1]
    score, yardstick = (x[i] + x[j] + rng.normal(size=len(i)) for x in like)
    return score, yardstick, 0.6 * yardstick + 0.3 * score + rng.normal(size=len(i))


STATISTICS = {  # of the validity battery, and the ends of its range
    "spearman": (lambda x, y, later: spearman(x, y), (-1.0, 1.0)),
    "auc": (lambda x, y, later: auc(x, y > 2.0), (0.0, 1.0)),
    "average precision": (lambda x, y, later: average_precision(x, y > 2.0), (0.0, 1.0)),
    "slope": (lambda x, y, later: partial_slope(later, x, y, np.zeros(len(x))), None),
}


def statistics_held(name, states, runs, copies):
    statistic, ends = STATISTICS[name]
    i, j = np.triu_indices(states, 1)
    truth = np.mean([statistic(*dyads_of_states(s, 300))(np.ones(300 * 299 // 2)) for s in range(1000, 1006)])
    found = []
    for seed in range(runs):
        counts = np.random.default_rng(seed).multinomial(states, np.full(states, 1 / states), copies)
        found.append(interval(statistic(*dyads_of_states(seed, states)), i, j, counts, 0.95, ends))
    return share_held(*zip(*found, strict=True), truth)


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_of_validity_cover(name):
    assert statistics_held(name, 24, 60, 50) >= 0.93 - 0.08  # 2.5 errors of 60


@pytest.mark.slow
@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("states", [12, 24, 40])
def test_statistics_of_validity_cover_at_every_size(name, states):
    assert statistics_held(name, states, 600, 150) >= 0.93 - 0.01  # one error


def test_comparisons_of_half_lives_cover():
    """What another half-life costs a cell, of worlds as long as this and of many more states."""

    def cost(seed, states, draws):
        return al.fit_decay(own_world(seed, states=states), dispersion=False, draws=0).compare(
            6.0, draws=draws
        )

    truth = np.mean([cost(seed, 60, 0)["difference"][0] for seed in (1,)])
    found = pd.concat([cost(seed, 11, 60) for seed in range(300, 325)])
    assert share_held(found["low"], found["high"], truth) >= 0.84  # of 25
