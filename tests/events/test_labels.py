"""Labels: one actor under two names is noticed at every door, and what stands for no actor is none."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignscore as al
from alignscore.events.labels import one_actor
from alignscore.scale import post_dask, post_lazy, post_parquet

ROW = {"source": "CHN", "target": "KHM", "date": "2024-03-01", "domain": "security", "value": 5.0}


def table(*sources, target="KHM"):
    return pd.DataFrame([ROW | {"source": source, "target": target} for source in sources])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CHN", "chn"),
        ("CHN", "China"),
        ("China", "PRC"),
        ("VNM", "Viet Nam"),
        ("USA", "US"),
        ("CHN", "CN"),
        ("CHN", "CHN\u200b"),
        ("Hamas", "HAMAS"),
        ("New  Group", "New Group"),
        ("New\u00a0Group", "New Group"),
        ("Caf\u00e9", "Cafe\u0301"),
        ("\uff21\uff22", "AB"),
    ],
)
def test_one_actor_by_two_labels_is_refused_at_every_door(one, other, tmp_path):
    rows = table(one, one, other, target="Nobody")
    with pytest.raises(al.EventError, match=r"1 actor goes by more than one label: .*actors='as_given'"):
        al.Events.screen(rows)
    rows.to_csv(tmp_path / "e.csv", index=False)
    with pytest.raises(al.EventError, match="more than one label"):
        al.Events.read_csv(tmp_path / "e.csv")
    rows.to_parquet(tmp_path / "e.parquet")
    lazy = rows.assign(date=pd.to_datetime(rows["date"]))
    for door in (
        lambda **o: post_parquet(tmp_path / "e.parquet", **o),
        lambda **o: post_dask([rows[:1], rows[1:]], **o),
        lambda **o: post_lazy(lazy, **o),
    ):
        with pytest.raises(al.EventError, match=r"more than one label: .*Mend the labels"):
            door()
        assert len(door(actors="as_given").axes.actors) == 3
    assert len(al.Events.from_frame(rows, actors="as_given").actors) == 3


def test_the_shipped_table_with_a_name_for_a_code_is_refused_and_mended(asean):
    rows = asean.to_frame()
    last = rows.index >= len(rows) - 60
    for side in ("source", "target"):
        rows[side] = rows[side].where(~(last & (rows[side] == "CHN")), "China")
    with pytest.raises(al.EventError, match=r"'CHN' \(\d+\) and 'China' \(\d+\). Say actors='iso3'"):
        al.Events.from_frame(rows)
    mended = al.Events.from_frame(rows, actors="iso3")
    assert mended.actors == asean.actors
    assert (mended.source == asean.source).all() and (mended.target == asean.target).all()


def test_iso3_goes_by_the_date_and_leaves_other_labels():
    rows = table("Russia", "SUN", "soviet union", "A rebel group").assign(
        date=["2000-01-01", "1980-01-01", "2000-01-01", "2000-01-01"]
    )
    events = al.Events.from_frame(rows, actors="iso3")
    assert [events.actors[code] for code in events.source] == ["RUS", "SUN", "RUS", "A rebel group"]
    _, refused = al.Events.screen(table("CSK").assign(date="2001-01-01"), actors="iso3")
    assert refused["reason"].tolist() == ["actor that had ended"]


@pytest.mark.parametrize("label", ["nan", "NaN", "None", "NULL", "<NA>", "NaT", "n/a", "NA"])
def test_a_placeholder_names_no_actor(label, tmp_path):
    rows = table("CHN", label)
    _, refused = al.Events.screen(rows)
    assert refused["reason"].tolist() == ["empty actor"]
    assert refused["detail"].iloc[0].startswith(f"source is {label!r}, which names no actor")
    rows.to_parquet(tmp_path / "e.parquet")
    lazy = rows.assign(date=pd.to_datetime(rows["date"]))
    for ledger in (post_parquet(tmp_path / "e.parquet"), post_dask([rows]), post_lazy(lazy)):
        assert [(step.reason, step.rows) for step in ledger.report.steps] == [("empty actor", 1)]
    assert label in al.Events.from_frame(rows, actors="as_given").actors


def test_na_is_namibia_among_codes_of_two_letters():
    assert al.Events.from_frame(table("NA", "ZA", target="BW")).actors == ("BW", "NA", "ZA")


def test_labels_that_no_row_names_are_no_labels():
    rows = table("CHN").assign(source=pd.Categorical(["CHN"], categories=["CHN", "China", "nan"]))
    assert al.Events.from_frame(rows).actors == ("CHN", "KHM")


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(
        al.OptionError, match="actors is 'iso2'; it must be one of 'check', 'iso3', 'as_given'"
    ):
        al.Events.from_frame(table("CHN"), actors="iso2")


@given(st.lists(st.from_regex(r"[A-Z]{2}\d{2}", fullmatch=True), unique=True, max_size=8), st.data())
def test_written_otherwise_is_the_same_actor(labels, data):
    assert one_actor(labels) == []
    if labels:
        label = data.draw(st.sampled_from(labels))
        other = data.draw(
            st.sampled_from([label.lower(), label + "\u200b", label.replace(label[1], label[1].lower())])
        )
        assert one_actor([*labels, other]) == [(label, other)]
