"""A scale of kinds without their values: a world with known places, laws, errors and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alignscore as al
from alignscore.errors import OptionError


def world(seed: int, places: np.ndarray, states: int = 14, many: int = 25) -> al.Events:
    """Events of kinds drawn from the one-factor model itself, kinds named in any order."""
    rng = np.random.default_rng(seed)
    names = [kind.name for kind in al.Codebook.ladder()][: len(places)]
    rows = []
    for a in range(states):
        for b in range(a):
            p = np.exp(rng.normal() * places)
            drawn = rng.choice(names, size=many, p=p / p.sum())
            rows += [(f"S{a:02d}", f"S{b:02d}", "2020-05-01", kind) for kind in drawn]
    return al.Events.from_frame(pd.DataFrame(rows, columns=["source", "target", "date", "kind"]))


PLACES = np.array([-1.4, -0.8, -0.2, 0.4, 0.9, 1.5])


def test_it_finds_the_places_of_kinds_and_how_sure_they_are():
    off = []
    for seed in range(3):
        found = al.kind_scale(world(seed, PLACES), draws=16)
        names = [kind.name for kind in al.Codebook.ladder()][: len(PLACES)]
        truth = PLACES[[names.index(kind) for kind in found.kinds]]
        mass = found.n / found.n.sum()
        truth = truth - mass @ truth
        truth = truth / np.sqrt(mass @ truth**2)
        scale = found.scale * np.sign(found.scale @ truth)
        assert np.corrcoef(scale, truth)[0, 1] > 0.97
        off.append((scale - truth) / found.se)
    assert np.mean(np.abs(off) < 2.5) > 0.85
    # two of six places are bound by the mean and the variance, so .8 is expected; errors of half or twice the size show
    assert 0.45 < np.sqrt(np.mean(np.square(off))) < 1.0


def test_laws():
    events = world(1, PLACES)
    found = al.kind_scale(events, draws=0)
    mass = found.n / found.n.sum()
    assert mass @ found.scale == pytest.approx(0, abs=1e-9)
    assert mass @ found.scale**2 == pytest.approx(1)
    assert (found.n @ (found.scale * (found.value - mass @ found.value))) >= 0  # along the codebook's values
    frame = events.to_frame().sample(frac=1, random_state=1)
    swapped = frame.rename(columns={"source": "target", "target": "source"})
    other = al.kind_scale(al.Events.from_frame(swapped), draws=0)
    np.testing.assert_allclose(other.scale, found.scale, atol=1e-4)
    assert np.isnan(found.se).all()
    assert found.to_frame().columns.tolist() == ["kind", "scale", "se", "value", "n"]
    assert 0 < found.explained <= 1


def test_the_gradient_is_nought_at_the_fit():
    """The slow twin: moving any kind's place lowers the penalised likelihood, dyads' places profiled out."""
    from scipy.optimize import minimize

    from alignscore.validity.kind_scale import _factor, _first_axis, _table

    table = _table(world(2, PLACES, states=7, many=12), 3)[0]
    psi = _factor(table, np.ones((1, len(table))), _first_axis(table)[0])[0]

    def lost(x: np.ndarray) -> float:
        R, Q = table.shape
        theta, b, places = x[:R], x[R : R + Q], x[R + Q :]
        logits = b + theta[:, None] * places
        top = logits.max(axis=1, keepdims=True)
        logs = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
        return -(table * logs).sum() + theta @ theta / 2 + places @ places / 4

    start = np.concatenate([np.zeros(len(table)), np.log(table.mean(axis=0)), psi])
    best = minimize(lost, start, options={"maxiter": 400}).x[-table.shape[1] :]
    mass = table.sum(axis=0) / table.sum()
    best = best - mass @ best
    best = best / np.sqrt(mass @ best**2)
    assert np.abs(np.corrcoef(best, psi)[0, 1]) > 0.99


def test_what_cannot_be_scaled_is_refused(asean, asean_ledger):
    with pytest.raises(TypeError, match="Events are needed here"):
        al.kind_scale(asean_ledger)
    with pytest.raises(OptionError, match="these events have no kinds"):
        al.kind_scale(al.datasets.simulate(50, seed=1))
    with pytest.raises(OptionError, match="a scale needs 3 kinds and 5 dyads"):
        al.kind_scale(world(1, PLACES, states=3, many=3))
    with pytest.raises(OptionError, match="least is 0"):
        al.kind_scale(asean, least=0)


def test_an_act_in_two_domains_is_one_event():
    rng = np.random.default_rng(0)
    names = ["two_plus_two", "state_visit", "phone_call"]
    rows = [
        (f"S{a}", f"S{b}", "2020-05-01", rng.choice(names))
        for a in range(5)
        for b in range(a)
        for _ in range(8)
    ]
    table = pd.DataFrame(rows, columns=["source", "target", "date", "kind"])
    found = al.kind_scale(al.Events.from_frame(table), draws=0)
    assert dict(zip(found.kinds, found.n, strict=True)) == table["kind"].value_counts().to_dict()
