"""How institutional a relation is: worked cases, laws, and a twin that carries the balances forward."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy.stats import beta

import alignscore as al
from strategies import event_rows, events_of
from tolerances import same

END = "2020-12-31"


def known(**options):
    """A treaty of 6, an act of 4 and one of 2 a half-life before the end, in one domain."""
    rows = [
        ("A", "B", END, 4.0, False),
        ("A", "B", "2015-12-31", 2.0, False),
        ("A", "B", "2018-05-01", 6.0, True),
    ]
    frame = pd.DataFrame(rows, columns=["source", "target", "date", "value", "standing"]).assign(
        domain="security"
    )
    events = al.Events.from_frame(frame)
    years = (np.datetime64(END) - np.datetime64("2015-12-31")).astype(int) / 365.25
    ties = al.Ledger.post(events, decay=al.HalfLife(years)).ties()
    return al.institutionalisation(ties, years=2 * years, **options)


def test_shares_worked_by_hand():
    found = known()
    k = found.axes.domain("security")
    whole = 6 + 4 + 2 / 2
    assert found.standing[0, k, -1] == pytest.approx(6 / whole)
    assert found.left[0, k, -1] == pytest.approx((6 + (4 + 2 / 2) / 4) / whole)
    assert found.mechanisms[0, k, -1] == 1
    evidence = whole**2 / (6**2 + 4**2 + 2**2 / 2)  # squares fade once
    # a record of about one event says little of where it lies
    mean = (6 / whole * evidence + 1 / 2) / (evidence + 1)
    middle = 1 / 2 + (mean - 1 / 2) * evidence**4 / (evidence**4 + 1)
    low, high = beta.ppf([0.025, 0.975], middle * (evidence + 1), (1 - middle) * (evidence + 1))
    assert found.standing_low[0, k, -1] == pytest.approx(low)
    assert found.standing_high[0, k, -1] == pytest.approx(high)
    assert np.isnan(found.standing[0, found.axes.domain("economic"), -1])
    assert found.standing[0, -1, -1] == pytest.approx(6 / whole)  # of the one domain that is seen
    assert found.coverage[0, -1, -1] == pytest.approx(evidence / (evidence + 1) / 3)


def test_a_visit_fades_and_a_mechanism_stays():
    visit, pact = (
        al.Events.from_events([al.Event(source="A", target="B", date=END, kind=kind, mutual=True)])
        for kind in ("state_visit", "two_plus_two")
    )
    one, two = (al.institutionalisation(al.Ledger.post(e).ties(), years=5) for e in (visit, pact))
    assert np.nanmax(one.standing) == 0 and np.nanmax(one.left) == pytest.approx(0.5, abs=1e-9)
    assert np.nanmin(two.standing) == 1 and np.nanmin(two.left) == 1


@settings(max_examples=8)
@given(event_rows(max_size=25))
def test_laws(frame):
    ties = al.Ledger.post(al.Events.from_frame(frame)).ties()
    for directed in (True, False):
        found = al.institutionalisation(ties, years=3, directed=directed)
        seen = ~np.isnan(found.standing)
        for name in ("standing", "standing_low", "standing_high", "left"):
            part = getattr(found, name)[seen]
            assert ((part >= -1e-12) & (part <= 1 + 1e-12)).all()
        assert (found.left[seen] >= found.standing[seen] - 1e-12).all()
        own = ties if directed else ties.undirected()
        assert (seen[:, :-1] == (own.cooperation > 0)).all(), "no cooperation known is missing, not 0"
        now = al.institutionalisation(ties, years=0, directed=directed)
        same(now.left[seen], np.ones(seen.sum()))


def test_what_is_left_is_what_the_balances_carry_forward(asean):
    open_ended = asean.pick(asean.until < 0)  # an end that is agreed counts in a projection alone
    decay = al.HalfLife(5, domains={"security": 10.0})
    ties = al.Ledger.post(open_ended, decay=decay).ties()
    ahead = ties.project(to=2030)
    days = int(ahead.axes.ends[-1] - ties.axes.ends[-1])
    found = al.institutionalisation(ties, years=days / 365.25)
    share = ahead.cooperation[:, :, -1] / np.where(
        ties.cooperation[:, :, -1] > 0, ties.cooperation[:, :, -1], np.nan
    )
    same(found.left[:, :-1, -1], share, rtol=1e-9)


def test_views_keep_their_own_pairs_and_periods(ties):
    whole = al.institutionalisation(ties, directed=False)
    pair = al.institutionalisation(
        ties.between("KHM", "CHN").select(periods=slice(2020, None)), directed=False
    )
    at = whole.axes.dyad("CHN", "KHM")
    same(pair.standing[0], whole.standing[at, :, -pair.standing.shape[2] :])


def test_without_a_half_life_nothing_says_what_is_left(asean):
    ties = al.Ledger.post(asean, decay=al.Window(3)).ties()
    assert np.isnan(al.institutionalisation(ties).left).all()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"years": -1}, "years is -1"),
        ({"years": np.inf}, "years is inf"),
        ({"level": 1.5}, "level is 1.5"),
        ({"weights": {"war": 1}}, "unknown domain 'war'"),
    ],
)
def test_options_are_checked(options, told):
    ties = al.Ledger.post(events_of(("A", "B", END, "security", 5.0))).ties()
    with pytest.raises(al.AlignScoreError, match=told):
        al.institutionalisation(ties, **options)
    assert math.isnan(al.institutionalisation(ties).standing[0, 0, 0])
