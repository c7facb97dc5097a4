"""The page: self-contained, its numbers the library's, every label text, and it fits any screen."""

import html
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

import alignscore as al

pytest.importorskip("jinja2")
POWERS = ("CHN", "USA")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic", "--virtual-time-budget=4000",
]  # fmt: skip


@pytest.fixture(scope="module")
def page():
    return al.report(al.datasets.asean(), powers=POWERS, draws=32)


def text_of(page):
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_nothing_is_asked_from_outside(page):
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#|data:)""", page)
    assert "@import" not in page and "url(" not in page and "http" not in re.sub(r"<li>.*?</li>", "", page)
    assert len(page) < 2_000_000


def test_the_numbers_are_the_library_s(asean, page):
    room = al.hedging(asean, powers=POWERS)
    plain = " ".join(text_of(page).split())
    for row in room.at(2026).itertuples():
        told = f"{row.position:.2f} [{row.position_low:.2f}, {row.position_high:.2f}]"
        assert told.replace("-0.00", "0.00") in plain, row.state
    assert f"{len(asean)} rows of events up to 2026-04-22" in plain and "Every interval is of 95" in plain
    lost = al.impact(asean, score=al.PositionOf("KHM", POWERS)).to_frame(columns="all")
    lost = lost[lost["domain"] == "composite"]
    top = lost.loc[lost["impact"].abs().idxmax()]
    assert f"{top['impact']:+.2f}" in plain and top["label"] in plain


def test_every_interval_is_of_the_level_asked_for(asean):
    events = asean.between("KHM", "USA") + asean.between("KHM", "CHN")
    plain = " ".join(text_of(al.report(events, powers=POWERS, draws=16, level=0.5)).split())
    assert (
        "the bar is where 50 % of such years were expected" in plain
        and "50 % of pairs are out by chance" in plain
    )
    lately = al.surprise(events, level=0.5).to_frame().query("year > 2023 and n > 0")
    out = lately[(lately["share"] < lately["low"]) | (lately["share"] > lately["high"])]
    assert 0 < len(out) < len(lately)
    figure = plain.split("out by chance.")[1].split("The table: the breaks")[0]
    assert figure.count(" expected ") == len(out)


def test_a_number_beside_its_drawing_is_said_once(page):
    drawings = re.findall(r"<svg ([^>]*)>", page)
    said = [one for one in drawings if 'aria-hidden="true"' not in one]
    assert 0 < len(said) < len(drawings) / 2
    assert all("viewBox" in one for one in said)  # paths, which have no words beside them


def test_a_stream_of_one_year_is_drawn_and_said_in_words():
    rows = [
        ("CHN", "VNM", "2018-06-01", "054"),
        ("USA", "THA", "2018-06-02", "043"),
        ("LAO", "THA", "2018-06-02", "043"),
    ]
    frame = pd.DataFrame(rows, columns=["source", "target", "date", "kind"])
    events = al.Events.from_frame(frame, codebook=al.Codebook.cameo())
    page = al.report(events, powers=POWERS, draws=16, states=["VNM", "THA", "LAO"])
    plain = " ".join(text_of(page).split())
    assert "Where 2 states stand at the end of 2018" in plain  # of Laos nothing with a power is known
    assert "Grants recognition" in plain and "Hosts a visit" in plain
    lines = re.findall(r'<polyline points="([^"]*)"', page)
    assert len(lines) == 2
    assert all(len(set(line.split())) == 2 for line in lines)  # a dash: one point is not seen


def test_what_was_varied_is_said_in_words(page):
    varied = re.findall(r"<li>(.*?)</li>", page.split("what was varied")[1].split("</ul>")[0])
    assert varied[0] == "the half-life, from 2.5 to 10 years" and len(varied) == 5
    assert not any("(" in one or "=" in one for one in varied)


def test_a_page_of_little_speaks_to_who_writes_no_python():
    rows = [
        ("CHN", "VNM", "2023-09-12", 5.0),
        ("USA", "VNM", "2023-09-10", 6.0),
        ("CHN", "VNM", "2024-08-19", 4.0),
    ]
    frame = pd.DataFrame(rows, columns=["source", "target", "date", "value"]).assign(domain="security")
    plain = " ".join(text_of(al.report(al.Events.from_frame(frame), powers=POWERS, draws=32)).split())
    assert "Where 1 state stands at the end of 2024, from 3 rows" in plain
    assert "The table: the positions (1 row)" in plain
    once = " ".join(text_of(al.report(al.Events.from_frame(frame[:2]), powers=POWERS, draws=32)).split())
    assert "Not shown: the events span too little time" in once and "by='all'" not in once


def test_a_page_without_friendly_events_says_why_it_is_empty():
    """It had drawn axes without a state, and told of tables of 0 rows."""
    rows = [("KHM", "CHN", "2020-03-01"), ("KHM", "USA", "2021-05-01")]
    hostile = pd.DataFrame(rows, columns=["source", "target", "date"]).assign(domain="security", value=-4.0)
    plain = " ".join(text_of(al.report(al.Events.from_frame(hostile), powers=POWERS, draws=8)).split())
    assert plain.count("Not shown: no friendly event joins a state to either power.") == 5
    assert "0 rows" not in plain and "−1 China" not in plain


def test_events_are_called_and_dated_as_far_as_they_are_known():
    """One without kind and label had been called None, one known to its year had a day, the only one had been left out."""
    acts = [("KHM", "CHN", "2020", 5.0), ("VNM", "USA", "2021-05", 3.0), ("VNM", "USA", "2021-05-02", 2.0)]
    events = pd.DataFrame(acts, columns=["source", "target", "date", "value"]).assign(domain="security")
    page = al.report(al.Events.from_frame(events), powers=POWERS, draws=8)
    section = page[page.index('<section id="impacts"') : page.index('<section id="judgements"')]
    drawn = re.findall(r'what">(.*?)</span>.*?value">(.*?)</span>', section, re.DOTALL)
    assert drawn[0] == ("Cambodia – China <small>2020</small>", "all rests on it")
    assert {what for what, _ in drawn[1:]} == {
        f"Vietnam – United States <small>{day}</small>" for day in ("2021-05", "2021-05-02")
    }
    assert "None" not in text_of(page)


def test_a_page_of_many_states_says_which_are_taken_apart():
    world = al.datasets.simulate(3000, actors=16, seed=2)
    page = al.report(world, powers=world.actors[:2], draws=8)
    assert "Shown for the 12 states with the most evidence." in text_of(page)


def test_impacts_are_on_the_position_that_is_shown(asean):
    """Those of a page with weights had been of positions without."""
    weights = {"security": 1.0, "economic": 0.0, "diplomatic": 0.0}
    page = al.report(asean, powers=("CHN", "USA"), states=["KHM"], weights=weights, draws=64)
    score = al.PositionOf("KHM", ("CHN", "USA"), weights=weights)
    found = al.impact(asean, score=score).to_frame(columns="all")
    frame = found[found["domain"] == "composite"].dropna(subset="impact")
    largest = frame.loc[frame["impact"].abs().idxmax(), "impact"]
    assert f"{largest:+.3f}" in page


def test_a_posture_says_to_whom_and_how_likely_and_is_withheld_where_it_is_not(page):
    room = al.hedging(al.datasets.asean(), powers=POWERS).at(
        2026, columns=["posture", "toward", "posture_probability", "likely_posture"]
    )
    section = page[page.index('<section id="positions"') : page.index('<section id="paths"')]
    plain = " ".join(text_of(section).split())
    called = {"CHN": "China", "USA": "the United States"}
    for row in room.itertuples():
        joint = {"aligned": " with ", "leaning": " to "}.get(row.posture)
        words = row.posture if joint is None else f"{row.posture}{joint}{called[row.toward]}"
        held = "withheld: " * (row.likely_posture == "withheld")
        assert f"{held}{words}, {100 * row.posture_probability:.0f} %" in plain, row.state
    assert "half in 5 years" in text_of(page)


def test_states_stand_in_the_order_of_their_position(asean, page):
    room = al.hedging(asean, powers=POWERS).at(2026).dropna(subset=["position"])
    order = al.names(room.sort_values("position")["state"]).tolist()
    section = page[page.index('<section id="positions"') : page.index('<section id="paths"')]
    assert re.findall(r'<span class="name">([^<]+)</span>', section) == order


def test_labels_are_text():
    bad = "<script>alert('x')</script>"
    events = al.Events.from_frame(
        pd.DataFrame(
            {"source": [bad, bad, "P"], "target": ["P", "Q", "Q"], "date": "2020-05-01",
             "domain": "security", "value": [3.0, 4.0, 1.0], "label": ["=1+1", '"><img src=x>', "a & b"]}
        )
    )  # fmt: skip
    page = al.report(events, powers=("P", "Q"), draws=8, title="<b>&")
    assert bad not in page and "<img" not in page and "<b>" not in page
    assert html.escape(bad, quote=True).replace("&#x27;", "&#39;") in page


def test_one_state_one_event_draws_without_a_warning():
    events = al.Events.from_frame(
        pd.DataFrame({"source": ["S"], "target": ["P"], "date": ["2020-05-01"], "domain": ["security"],
                      "value": [3.0]}).loc[[0]]
    )  # fmt: skip
    with pytest.raises(al.UnknownLabelError, match="unknown actor 'Q'"):
        al.report(events, powers=("P", "Q"), draws=8)


def test_the_file_is_whole_or_not_there(asean, tmp_path):
    path, asked = tmp_path / "report.html", {"powers": POWERS, "draws": 8, "states": ["KHM", "VNM"]}
    again = al.report(asean, **asked, path=path)
    assert path.read_text(encoding="utf-8") == again == al.report(asean, **asked)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(FileNotFoundError):
        al.report(asean, powers=POWERS, draws=8, states=["KHM"], path=tmp_path / "no" / "r.html")


def test_what_was_refused_is_on_the_page():
    table = al.datasets.asean_frame().head(40)
    table.loc[3, "date"] = "soon"
    events, refused = al.Events.screen(table)
    page = al.report(events, powers=POWERS, refused=refused, draws=8)
    assert "soon" in page and "handed back" in page


@pytest.mark.parametrize(
    ("powers", "error", "told"),
    [
        (("CHN",), al.OptionError, "stands between two"),
        (("CHN", "CHN"), al.OptionError, "stands between two"),
        ("CHN", TypeError, "one text"),
        (("CHN", "UAS"), al.UnknownLabelError, "Did you mean 'USA'"),
    ],
)
def test_what_it_refuses(asean, powers, error, told):
    with pytest.raises(error, match=told):
        al.report(asean, powers=powers)
    with pytest.raises(TypeError, match="Events are needed"):
        al.report(pd.DataFrame(), powers=POWERS)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen_without_an_error_or_a_request(page, tmp_path, scheme):
    """Frames of 360, 800 and 1400 pixels: nothing overflows, nothing fails, nothing is fetched."""
    inner = page.replace(
        "<head>", "<head><script>window.bad=[];window.onerror=(m)=>window.bad.push(String(m));</script>", 1
    )
    (tmp_path / "page.html").write_text(inner, encoding="utf-8")
    frames = "".join(f'<iframe src="page.html" width="{w}" height="900"></iframe>' for w in (360, 800, 1400))
    script = """
    onload = () => setTimeout(() => {
      const out = [...document.querySelectorAll("iframe")].map((f) => {
        const d = f.contentDocument, w = f.contentWindow;
        return [d.documentElement.scrollWidth, d.documentElement.clientWidth, w.bad.length,
                w.performance.getEntriesByType("resource").length,
                d.querySelectorAll("button[hidden]").length];
      });
      document.title = JSON.stringify(out);
    }, 500);"""
    (tmp_path / "frames.html").write_text(
        f"<title></title>{frames}<script>{script}</script>", encoding="utf-8"
    )
    run = subprocess.run(
        [CHROMIUM, *QUIET, "--allow-file-access-from-files", f"--user-data-dir={tmp_path / 'profile'}",
         f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}", "--dump-dom",
         (tmp_path / "frames.html").as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = re.search(r"<title>(\[\[.*?\]\])</title>", run.stdout)
    assert found, run.stdout[:500]
    sizes = np.array(eval(found[1]))
    assert (sizes[:, 0] <= sizes[:, 1]).all(), sizes  # no sideways scrolling
    assert (sizes[:, 2:] == 0).all(), sizes  # no error, no request, every button woken


def test_a_power_that_no_event_names_is_shown_as_silent():
    rows = {
        "source": ["KHM"],
        "target": ["CHN"],
        "date": ["2020-01-01"],
        "domain": ["security"],
        "value": [3.0],
    }
    events = al.Events.from_frame(rows)
    with pytest.warns(al.SilentActorWarning, match="no event names USA"):
        page = al.report(events, powers=POWERS, draws=8)
    assert "between China and the United States" in text_of(page).replace("Between", "between")


def test_names_and_refused_rows_come_in_any_table(asean):
    some = asean.between("KHM", "CHN") + asean.between("KHM", "USA")
    own, refused = {"KHM": "Kampuchea"}, pd.DataFrame({"reason": ["odd"], "detail": ["a<b"]})
    plain = al.report(some, powers=POWERS, names=own, refused=refused, draws=8)
    assert "Kampuchea" in plain and "a&lt;b" in plain
    arrow = pytest.importorskip("pyarrow").Table.from_pandas(refused)
    asked = {"powers": POWERS, "draws": 8}
    page = al.report(some, **asked, names=pd.Series(own), states=iter(["KHM"]), refused=arrow)
    assert page == al.report(some, **asked, names=own, states=["KHM"], refused=refused)
    for options, told in (
        ({"names": "no"}, "names is 'no'"),
        ({"refused": 5}, "refused must be"),
        ({"reading": 5}, "reading is 5"),
    ):
        with pytest.raises(TypeError, match=told):
            al.report(some, powers=POWERS, **options)


def test_a_page_without_fading_varies_no_half_life(asean):
    written = al.report(asean, powers=("CHN", "USA"), decay=al.HalfLife(np.inf), draws=16)
    assert "</html>" in written and "judgement" in written
