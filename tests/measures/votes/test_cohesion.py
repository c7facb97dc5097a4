"""Cohesion in roll calls: cases by hand, membership by date, intervals that cover, error texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from alignscore.errors import FormatError, OptionError
from alignscore.measures.blocs.polarisation import esteban_ray
from alignscore.measures.votes.cohesion import agreement_index, rice, vote_cohesion


def test_votes_by_hand():
    assert rice(8, 2) == pytest.approx(6 / 10)
    assert np.isnan(rice([0, 1, 0], [0, 0, 1])).all()  # one voter is of one mind
    assert agreement_index(6, 2, 2) == pytest.approx((6 - (10 - 6) / 2) / 10)
    assert agreement_index(4, 4, 4) == pytest.approx((4 - (12 - 4) / 2) / 12)


def votes_table() -> pd.DataFrame:
    rows = [
        ("a", 30, 1, 1), ("b", 30, 1, 1), ("c", 30, 1, 3),
        ("a", 30, 2, 1), ("b", 30, 2, 2),
        ("a", 30, 3, 1),
        ("a", 31, 4, 3), ("b", 31, 4, 3), ("c", 31, 4, 2), ("x", 31, 4, 1),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["actor", "session", "item", "vote"])


def test_vote_cohesion_by_hand_and_by_membership():
    found = vote_cohesion(votes_table(), members=["a", "b", "c"])
    assert found.rice == pytest.approx([(2 - 1) / 3, 1.0])  # in item 2 only one says yes or no
    assert found.n_rice.tolist() == [1, 1]
    index = [((2 - 1 / 2) / 3 + (1 - 1 / 2) / 2) / 2, (2 - 1 / 2) / 3]
    assert found.agreement_index == pytest.approx(index)
    assert found.n_items.tolist() == [2, 1]  # item 3 has one voter
    assert found.coverage == pytest.approx([5 / 6, 1.0])
    assert (
        (found.rice_low < found.rice).all()
        and (found.rice <= found.rice_high).all()
        and (found.rice_se > 0).all()
    )
    assert "sessions" not in found.to_frame()
    # session 31 is 1976: c joined on the last day of that year
    dated = vote_cohesion(votes_table(), members={"a": None, "b": "1900-01-01", "c": "1976-12-31"})
    assert dated.rice == pytest.approx([1.0, 1.0])  # item 1: a and b alike
    assert dated.n_members.tolist() == [2, 3]


def test_who_belongs_is_told_by_the_last_day_of_a_session():
    dates = ["1975-10-01"] * 7 + ["1976-10-01"] * 3
    table = votes_table().assign(date=[*dates[:3], "1975-12-01", *dates[4:]])
    found = vote_cohesion(table, members={"a": None, "b": "1900-01-01", "c": "1975-11-15"})
    assert found.n_members.tolist() == [3, 3]  # c joined between the days of session 30


def test_one_roll_call_is_no_certainty_and_a_lone_voter_none_at_all():
    def of(*rows):
        frame = pd.DataFrame(rows, columns=["actor", "session", "item", "vote"])
        return vote_cohesion(frame, members=["a", "b"])

    alone = of(("a", 1, 1, 1), ("b", 1, 1, 2))
    assert np.isnan([alone.rice[0], alone.rice_se[0], alone.rice_low[0], alone.rice_high[0]]).all()
    assert alone.agreement_index[0] == pytest.approx((1 - 1 / 2) / 2)
    one = of(("a", 1, 1, 1), ("b", 1, 1, 1))
    # Beta(1 + 1/2, 0 + 1/2), its upper end the score itself
    assert (one.rice[0], one.rice_high[0]) == (1.0, 1.0)
    assert one.rice_low[0] == pytest.approx(beta.ppf(0.025, 1.5, 0.5))
    assert one.rice_se[0] == pytest.approx(beta.std(1.5, 0.5))
    split = of(("a", 1, 1, 1), ("b", 1, 1, 3))  # Beta(0 + 1/2, 1 + 1/2), its lower end the score itself
    assert (split.rice[0], split.rice_low[0]) == (0.0, 0.0)
    assert split.rice_high[0] == pytest.approx(beta.ppf(0.975, 0.5, 1.5))


@pytest.mark.parametrize(("items", "least"), [(3, 0.93), (10, 0.93), (40, 0.93)])
@pytest.mark.parametrize("unanimous", [0.0, 0.7, 0.95])
def test_intervals_cover_the_mean_over_roll_calls(items, least, unanimous):
    """A roll call is unanimous with this probability, else nine members vote yes with chance one half."""
    rng, truth = np.random.default_rng(items), unanimous + (1 - unanimous) * EVEN
    sessions = 800
    yes = np.where(
        rng.random((sessions, items)) < unanimous, 9, rng.binomial(9, 0.5, (sessions, items))
    ).ravel()
    session, item = np.divmod(np.arange(sessions * items), items)
    vote = np.where(np.arange(9) < yes[:, None], 1, 3).ravel()
    frame = pd.DataFrame(
        {"actor": np.tile(list("abcdefghi"), len(yes)), "session": np.repeat(session, 9),
         "item": np.repeat(item + session * items, 9), "vote": vote}
    )  # fmt: skip
    found = vote_cohesion(frame, members=list("abcdefghi"))
    held = (found.rice_low <= truth) & (truth <= found.rice_high)
    assert held.mean() >= least
    assert (found.rice_high > found.rice_low).all()


EVEN = float(np.mean(np.abs(2 * np.random.default_rng(0).binomial(9, 0.5, 400_000) - 9)) / 9)


def test_error_texts_of_votes():
    with pytest.raises(FormatError, match="vote 8 is not 1"):
        vote_cohesion(votes_table().assign(vote=8), members=["a", "b"])
    with pytest.raises(FormatError, match="votes lacks item"):
        vote_cohesion(votes_table().drop(columns="item"), members=["a", "b"])
    with pytest.raises(FormatError, match="1 of 10 rows of votes have no session"):
        vote_cohesion(votes_table().assign(session=[30.0] * 9 + [np.nan]), members=["a", "b"])
    with pytest.raises(OptionError, match="no member of the bloc votes in these roll calls"):
        vote_cohesion(votes_table(), members=["KHM", "VNM"])
    when = {"a": "2000-01-01", "b": "2000-01-01"}
    with pytest.raises(FormatError, match="session 'first' is no number of the UN General Assembly's"):
        vote_cohesion(votes_table().assign(session="first"), members=when)
    with pytest.raises(FormatError, match="session 30 has no date"):
        vote_cohesion(votes_table().assign(date=None), members=when)
    with pytest.raises(OptionError, match="dates: 10 of 10 cannot be read as dates, the first 'soon'"):
        vote_cohesion(votes_table().assign(date="soon"), members=when)
    with pytest.raises(OptionError, match=r"yes and no are of shapes \(2,\), \(3,\); give as many of each"):
        rice([1, 2], [1, 2, 3])
    for wrong in (-1, np.inf):
        with pytest.raises(OptionError, match="no has numbers of votes below 0 or without end"):
            rice([1, 2], [3, wrong])


def test_votes_of_other_frames_and_sessions_by_name():
    """Dates of a polars frame are read, and a plain list of members needs no day of a session."""
    table = votes_table().assign(date="2001-09-30")
    members = {"a": "2000-01-01", "b": "2000-01-01", "c": ("2000-01-01", "2000-12-31")}
    plain = vote_cohesion(table, members=members)
    assert plain.n_members.tolist() == [2, 2]
    polars = pytest.importorskip("polars")
    pd.testing.assert_frame_equal(
        vote_cohesion(polars.from_pandas(table), members=members).to_frame(), plain.to_frame()
    )
    named = vote_cohesion(votes_table().assign(session="first"), members=["a", "b", "c"])
    assert named.rice == pytest.approx([((2 - 1) / 3 + 1) / 2])  # items 1 and 4


def test_a_vote_counts_once_and_has_a_voter():
    """A row given twice had counted twice, in a coverage above 1."""
    votes = pd.DataFrame({"actor": list("abc"), "session": 1, "item": 1, "vote": [1, 1, 3]}, index=[5, 6, 7])
    with pytest.raises(
        FormatError,
        match="1 of 4 rows of votes are a second vote on an item, the first row 3: 'a', 1",
    ):
        vote_cohesion(pd.concat([votes, votes.iloc[:1]]), members=list("abc"))
    with pytest.raises(FormatError, match="1 of 3 rows of votes have no actor"):
        vote_cohesion(votes.assign(actor=["a", None, "c"]), members=list("abc"))


def test_sessions_may_be_years_as_in_weighted_distance():
    """The session 1990 had been of the year 3935, when ASEAN has eleven members."""
    votes = pd.DataFrame(
        {"actor": ["IDN", "MYS"] * 2, "session": [1990] * 2 + [2000] * 2, "item": [1, 1, 2, 2], "vote": 1}
    )
    assert vote_cohesion(votes, members="ASEAN").n_members.tolist() == [6, 10]
    assert vote_cohesion(votes.assign(session=[45] * 2 + [55] * 2), members="ASEAN").n_members.tolist() == [
        6,
        10,
    ]
    with pytest.raises(FormatError, match="session .*45.5.* is no number of the UN General Assembly's"):
        vote_cohesion(votes.assign(session=[45.5] * 2 + [55] * 2), members="ASEAN")


def test_votes_in_text_are_read_as_ideal_points_reads_them():
    """The vote "1" was told to be none of 1, 2 and 3."""
    votes = pd.DataFrame({"actor": list("abc"), "session": 1, "item": 1, "vote": [1, 1, 3]})
    found = vote_cohesion(votes.astype({"vote": str}), members=list("abc"))
    assert found.to_frame().equals(vote_cohesion(votes, members=list("abc")).to_frame())


def test_series_of_votes_are_of_the_same_groups():
    """They had been read by place, whatever their labels say."""
    yes, no = pd.Series([8, 2], index=["KHM", "VNM"]), pd.Series([8, 2], index=["VNM", "KHM"])
    for call in (
        lambda: rice(yes, no),
        lambda: agreement_index(yes, [1, 1], no),
        lambda: esteban_ray(yes, no),
    ):
        with pytest.raises(OptionError, match="has other labels than .*, or in another order"):
            call()
    assert rice(yes, no.reindex(yes.index)).tolist() == [6 / 10, 6 / 10]
    assert rice(yes, no.to_numpy()).tolist() == [0.0, 0.0]
