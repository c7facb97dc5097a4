"""What each section of the page shows: results of the library, read into rows, places and tables.

Places are percentages of a figure's width or height: figures are drawn by the template, and grow with the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from alignscore.attribution.impact import impact
from alignscore.attribution.scores import PositionOf
from alignscore.citations import Citation, cite
from alignscore.codebook import Codebook
from alignscore.dates import shown_day
from alignscore.decay import HalfLife
from alignscore.display import count, in_sentence, interval, number
from alignscore.dynamics.surprise import surprise
from alignscore.errors import AlignScoreError, OptionError
from alignscore.events import Events
from alignscore.ledger import Ledger, Ties
from alignscore.measures.dyads.domain_mix import domain_mix
from alignscore.measures.states.hedging import HedgingResult, hedging
from alignscore.measures.states.postures import WITHHELD
from alignscore.results import label_columns
from alignscore.uncertainty.judgements import (
    DomainWeights,
    HalfLifeRange,
    Judgement,
    KindValues,
    PriorRange,
    TieChoice,
    usual,
)
from alignscore.uncertainty.robustness import RobustnessResult, robustness
from alignscore.values import run_starts

PATHS = 24  # states whose path over time is drawn; the table has all
IMPACTS = 12  # states whose position is taken apart, and events named for each
NAMED = 4
SOLE = "all rests on it"
UNTIED = "no friendly event joins a state to either power."
ROBUST = 40  # states whose judgements are varied
YEARS_BACK = 3  # how late a break is lately


@dataclass(frozen=True)
class Figure:
    """Rows that the template draws, and the table behind them."""

    rows: list[dict[str, Any]]  # one mark or line each
    head: list[str]
    body: list[list[str]]  # the table behind the figure
    more: int = 0  # rows left out of the figure (never of the table)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Figure:
        """A table alone."""
        body = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
        return cls([], [str(name) for name in frame.columns], body)


@dataclass(frozen=True)
class Missing:
    """A section that cannot be shown, and why."""

    why: str


@dataclass(frozen=True)
class Scene:
    """What all sections read: the events scored once."""

    events: Events
    ledger: Ledger
    ties: Ties
    room: HedgingResult
    names: Mapping[str, str]
    level: float
    order: list[int] = field(default_factory=list)  # states, from the first power's end to the second's

    def called(self, label: Any) -> str:
        """How an actor is written."""
        return self.names.get(str(label), str(label))

    def kind(self, name: Any) -> str:
        """What a kind of the codebook is in words; the name given where it has none."""
        book = self.events.codebook
        return (book[str(name)].label if str(name) in book.names else "") or str(name)

    @property
    def sides(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Position of each state and both ends of its interval, (S, T) each."""
        return self.room.position, self.room.position_low, self.room.position_high

    def best_known(self, most: int) -> list[int]:
        """States with the most evidence now, from the first power's end to the second's."""
        chosen = sorted(self.order, key=lambda s: -float(self.room.evidence[s, -1]))[:most]
        return [s for s in self.order if s in chosen]


def sections(
    events: Events, *, powers: tuple[str, str], states: list[str] | None, decay: HalfLife | None,
    weights: Mapping[str, float] | None, names: Mapping[str, str], draws: int, level: float, rng: int,
) -> dict[str, Any]:  # fmt: skip
    """Every section of the page by name."""
    ledger = Ledger.post(events, decay=decay)
    ties = ledger.ties().naming([*powers, *(states or ())])
    room = hedging(ties, powers=powers, states=states, weights=weights, level=level)
    now = room.position[:, -1]
    known = np.flatnonzero(~np.isnan(now))
    scene = Scene(
        events, ledger, ties, room, names, level, known[np.argsort(now[known], kind="stable")].tolist()
    )
    options = {"draws": draws, "rng": rng, "decay": decay, "weights": weights}
    return {
        "room": room,
        "ledger": ledger,
        "last": str(room.periods[-1]),
        "untied": UNTIED,
        "positions": positions(scene),
        "paths": paths(scene),
        "mix": mix(scene),
        "breaks": broke_away(scene),
        "impacts": impacts(scene, decay, weights),
        "judgements": judgements(scene, options),
        "kinds": kinds(events),
        "citation": _citation(room, events.codebook),
    }


def positions(scene: Scene) -> Figure:
    """Where each state stands at the last period's end."""
    room, rows, body = scene.room, [], []
    for s in scene.order:
        value, low, high = (float(x[s, -1]) for x in scene.sides)
        name = scene.called(room.states[s])
        withheld = room.likely_posture[s, -1] == WITHHELD
        posture = _posture(scene, s)
        odds = float(room.posture_probability[s, -1])
        likely = f"{f'{WITHHELD}: ' if withheld else ''}{posture}, {100 * odds:.0f}\N{NO-BREAK SPACE}%"
        rows.append(
            {"name": name, "at": _place(value), "low": _place(low), "high": _place(high),
             "text": interval(value, low, high), "mark": WITHHELD if withheld else "",
             "posture": likely if posture else ""}
        )  # fmt: skip
        body.append(
            [name, room.states[s], number(value), number(low), number(high), number(room.engagement[s, -1]),
             number(room.hedging[s, -1]), posture, number(odds), count(room.n[s, -1]),
             count(round(float(room.evidence[s, -1]), 1))]
        )  # fmt: skip
    head = [
        "state", "code", "position", "low", "high", "engagement", "hedging", "posture", "probability", "n", "evidence",
    ]  # fmt: skip
    return Figure(rows, head, body)


def _posture(scene: Scene, s: int) -> str:
    """The posture of a state now, and which power it leans to."""
    label = str(scene.room.posture[s, -1])
    toward = scene.room.toward[s, -1]
    joint = {"aligned": " with ", "leaning": " to "}.get(label)
    return label if joint is None else label + joint + in_sentence(scene.called(toward))


def paths(scene: Scene) -> Figure:
    """The position of each state over time, with its band."""
    room = scene.room
    seen = ~np.isnan(room.position[scene.order]).all(axis=0)
    first = max(int(seen.argmax()), len(room.periods) - 45)
    years = [str(period) for period in room.periods[first:]]
    rows: list[dict[str, Any]] = []
    for s in scene.best_known(PATHS):
        value, low, high = (x[s, first:] for x in scene.sides)
        rows.append(
            {"name": scene.called(room.states[s]), "line": _line(value), "band": _band(low, high),
             "end": 100 - _place(float(value[-1])), "text": interval(value[-1], low[-1], high[-1]),
             "years": (years[0], years[-1])}
        )  # fmt: skip
    when = label_columns("period", room.periods[first:])["period"]
    body = [
        [scene.called(room.states[s]), str(when[t].date()), *(number(x[s, first + t]) for x in scene.sides)]
        for s in scene.order
        for t in range(len(years))
        if np.isfinite(room.position[s, first + t])
    ]
    return Figure(rows, ["state", "period", "position", "low", "high"], body, len(scene.order) - len(rows))


def mix(scene: Scene) -> Figure:
    """What each state's cooperation with the two powers is made of: shares of the domains in force."""
    ties = scene.ties.undirected()
    domains, rows, body = ties.axes.domains, [], []
    for s in scene.order:
        state = scene.room.states[s]
        for power in scene.room.powers:
            try:
                share = domain_mix(ties, state, power).share[:, -1]
            except OptionError:  # the two never meet
                continue
            if np.isnan(share).any():
                continue
            left = np.append(0.0, np.cumsum(share)[:-1])
            parts = [
                {"domain": name, "left": 100 * a, "width": 100 * w, "text": f"{100 * w:.0f}%"}
                for name, a, w in zip(domains, left, share, strict=True)
            ]
            rows.append({"name": f"{scene.called(state)} – {scene.called(power)}", "parts": parts})
            body.append([scene.called(state), scene.called(power), *(number(w) for w in share)])
    return Figure(rows, ["state", "power", *domains], body)


def broke_away(scene: Scene) -> Figure | Missing:
    """Dyads whose share of cooperation lately lay outside what their own past led one to expect."""
    try:
        found = surprise(scene.ledger, level=scene.level)
    except AlignScoreError:  # whose way out is an option, for who writes Python
        return Missing(
            "the events span too little time to tell what the past of each pair led one to expect."
        )
    frame = found.to_frame()
    recent = frame["year"] > int(frame["year"].max()) - YEARS_BACK
    frame = frame[recent & frame["z"].notna()]
    out = frame[(frame["share"] < frame["low"]) | (frame["share"] > frame["high"])]
    out = out.reindex(out["z"].abs().sort_values(ascending=False).index)
    rows = [
        {"name": f"{scene.called(row.source)} – {scene.called(row.target)}", "domain": row.domain,
         "year": row.year, "at": 100 * row.share, "expected": 100 * row.expected,
         "low": 100 * row.low, "high": 100 * row.high,
         "text": f"{100 * row.share:.0f}% of {count(row.n)}, expected {100 * row.expected:.0f}%"}
        for row in out.head(20).itertuples()
    ]  # fmt: skip
    columns = ["source", "target", "domain", "year", "n", "share", "expected", "low", "high", "z", "p"]
    return replace(Figure.from_frame(out[columns]), rows=rows, more=len(out) - len(rows))


def impacts(scene: Scene, decay: HalfLife | None, weights: Mapping[str, float] | None) -> Figure:
    """The events without which each state's position would be most another."""
    rows: list[dict[str, Any]] = []
    body = []
    room = scene.room
    chosen = scene.best_known(IMPACTS)
    for s in chosen:
        state = room.states[s]
        score = PositionOf(state, room.powers, weights=weights)
        found = impact(scene.events, score=score, decay=decay, intervals=NAMED, level=scene.level).top(NAMED)
        about = found.about
        named = ""
        for g, at in enumerate(about.first):
            sole = bool(found.sole[g, -1, -1])
            size, low, high = (
                float(x[g, -1, -1]) for x in (found.score if sole else found.impact, found.low, found.high)
            )
            if np.isnan(size) or size == 0:
                continue
            day = shown_day(scene.events.day[at], scene.events.precision[at])
            kind, what = _kind_and_event(
                scene, *(about[name][g] for name in ("kind", "label", "source", "target"))
            )
            text = SOLE if sole else f"{'+' if size > 0 else ''}{interval(size, low, high)}"
            rows.append(
                {"name": "" if named == state else scene.called(state), "what": what, "day": day,
                 "width": 50 * abs(size), "up": size > 0, "text": text}
            )  # fmt: skip
            named = state
            numbers = (SOLE, "", "") if sole else (f"{x:+.3f}" for x in (size, low, high))
            body.append([scene.called(state), day, kind, what, *numbers])
    widest = max((row["width"] for row in rows), default=1.0) or 1.0
    for row in rows:  # the longest bar reaches the edge
        row["width"] *= 48 / widest
        row["left"] = 50.0 if row["up"] else 50 - row["width"]
    head = ["state", "date", "kind", "event", "impact on position", "low", "high"]
    return Figure(rows, head, body, len(scene.order) - len(chosen))


def _kind_and_event(
    scene: Scene, kind: str | None, label: str | float | None, source: str, target: str
) -> tuple[str, str]:
    """The name of an event's kind, and what the event is called: by its label, else its kind, else whose it is."""
    if isinstance(label, str) and label:
        return kind or "", label
    return kind or "", scene.kind(kind) if kind else f"{scene.called(source)} – {scene.called(target)}"


def judgements(scene: Scene, options: Mapping[str, Any]) -> dict[str, Any] | Missing:
    """How far positions reach when judgements are varied with the sampling error, and which carries most."""
    room = scene.room
    chosen = [room.states[s] for s in scene.best_known(ROBUST)]
    if not chosen:
        return Missing(UNTIED)
    last = room.periods[-1]
    decay = scene.ledger.decay
    lasting = isinstance(decay, HalfLife) and not np.isfinite(decay.years)  # no half-life to vary
    found: RobustnessResult = robustness(
        scene.events,
        powers=room.powers,
        states=sorted(chosen),
        periods=(last, last),
        level=scene.level,
        judgements=[one for one in usual() if not (lasting and isinstance(one, HalfLifeRange))],
        **options,
    )
    frame = found.to_frame(columns="all").set_index("state")
    rows, body = [], []
    for state in chosen:
        row, s = frame.loc[state], room.states.index(state)
        wide = tuple(float(row[f"position{end}"]) for end in ("_median", "_low", "_high"))
        own = tuple(float(x[s, -1]) for x in scene.sides[1:])
        rows.append(
            {"name": scene.called(state), "at": _place(wide[0]), "low": _place(wide[1]), "high": _place(wide[2]),
             "own_low": _place(own[0]), "own_high": _place(own[1]), "text": interval(wide[0], wide[1], wide[2])}
        )  # fmt: skip
        ranks = f"{count(row['rank_low'])}–{count(row['rank_high'])}"
        body.append([scene.called(state), *map(number, wide), *map(number, own), ranks])
    head = ["state", "median", "low", "high", "low (sampling alone)", "high (sampling alone)", "rank from–to"]
    varied = [_in_words(one) for one in found.recipe["judgements"]]
    return {"figure": Figure(rows, head, body, len(scene.order) - len(rows)), "varied": varied}


def kinds(events: Events) -> Figure:
    """The codebook's kinds that occur, with their values and how often."""
    body = []
    for name, rows in events.to_frame()["kind"].value_counts().items():
        kind = events.codebook[str(name)]
        stands = "yes" if kind.standing else ""
        body.append([kind.name, kind.label, number(kind.value, 1), stands, count(float(rows))])
    return Figure([], ["kind", "what it is", "value", "stands", "rows"], body)


def _citation(room: HedgingResult, codebook: Codebook) -> Citation:
    named = codebook.name.split()[0] if codebook.name else ""
    return cite(room, data=[named] if named in ("ladder", "cameo", "plover") else [])


def _in_words(judgement: Judgement) -> str:
    """What a judgement varies, for who writes no Python; one that the page does not vary as it shows itself."""
    match judgement:
        case HalfLifeRange(low=low, high=high):
            return f"the half-life, from {low:g} to {high:g} years"
        case PriorRange(low=low, high=high):
            return f"the prior of an alignment, from {low:g} to {high:g} events"
        case DomainWeights():
            return "the weights of the domains, around those above"
        case KindValues(spread=spread):
            return f"the value of each kind, by up to {spread:.0%}, or by its standard error where it has one"
        case TieChoice():
            return "what a tie is: cooperation, or cooperation less conflict"
        case _:
            return str(judgement)


def _place(value: float) -> float:
    """Percentage of the way from -1 to 1."""
    return round(50 * (1 + value), 2) if np.isfinite(value) else 50.0


def _line(value: np.ndarray) -> list[str]:
    """Points of each unbroken stretch of a line, x and y in percent, y downward."""
    x = np.linspace(0, 100, len(value)) if len(value) > 1 else np.array([50.0])
    y = 50 * (1 - value)
    known = np.isfinite(y)
    stretches = []
    for part in np.split(np.arange(len(y)), run_starts(known)[1:]):
        if not known[part].any():
            continue
        across, down = x[part], y[part]
        if len(part) == 1:  # a period alone is a short dash: a line of one point would not be seen
            across, down = np.clip([across[0] - 1, across[0] + 1], 0, 100), down.repeat(2)
        stretches.append(" ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, down, strict=True)))
    return stretches


def _band(low: np.ndarray, high: np.ndarray) -> list[str]:
    """Outline of each unbroken stretch of a band."""
    tops, bottoms = _line(high), _line(low)
    return [f"{top} {' '.join(reversed(bottom.split()))}" for top, bottom in zip(tops, bottoms, strict=True)]


def _cell(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return number(float(value), 3)
    if isinstance(value, pd.Timestamp):
        return str(value.date())
    return "" if value is None or value is pd.NA or value is pd.NaT else str(value)
