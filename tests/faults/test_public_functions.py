"""Public functions given what they cannot use: the answer is a value, or an error in the library's own words.

Each parameter in turn gets each of `ODD` while the others are right. An error is the library's own if it is an
`AlignScoreError`, or one of `PLAIN` raised in a frame of the library and not inside numpy, pandas or pydantic.
"""

from __future__ import annotations

import inspect
import re
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import alignscore as al

HOME = Path(al.__file__).parent
PLAIN = (TypeError, ValueError, FileNotFoundError, ImportError)
WORK = (
    "draws",
    "starts",
    "permutations",
    "burn",
    "ahead",
    "horizon",
    "seconds",
    "batch_rows",
    "jobs",
    "workers",
    "camps",
    "replicates",
    "step",
)
ODD: dict[str, Any] = {
    "None": None,
    "a number": 3,
    "a fraction": 0.37,
    "below 0": -1,
    "NaN": float("nan"),
    "inf": float("inf"),
    "huge": 10**30,
    "a text": "no such thing",
    "an empty text": "",
    "a list": ["a", "b"],
    "an empty list": [],
    "nested lists": [[1, 2], [3, [4]]],
    "a set": {"a", "b"},
    "a mapping": {"a": 1},
    "an empty mapping": {},
    "an object": object(),
    "bytes": b"\xff",
    "a truth value": True,
    "an array": np.arange(4.0),
    "an empty frame": pd.DataFrame(),
    "a frame": pd.DataFrame({"a": [1.0, np.nan]}),
    "a function": len,
    "a Series": pd.Series([1.0, 2.0], index=["a", "b"]),
    "an array of two dimensions": np.ones((2, 2)),
    "a date": pd.Timestamp("2020-01-01"),
    "a codebook": al.Codebook.ladder(),
    "a score": al.AlignmentOf("KHM", "CHN"),
    "events": al.datasets.asean().take(slice(0, 3)),
}


def right() -> dict[str, dict[str, Any]]:
    """Arguments that each function can use; a function that is not named needs none but odd ones."""
    events = al.datasets.asean().take(slice(0, 60))
    ties = al.Ledger.post(events).ties()
    hedging = al.hedging(ties, powers=("CHN", "USA"))
    states = sorted(set(ties.axes.actors) - {"CHN", "USA"})[:3]
    counts = pd.DataFrame(
        [("A", "B", 2000 + t, 6 + t % 3, 2) for t in range(5)]
        + [("A", "C", 2000 + t, 3, 4 + t % 2) for t in range(5)],
        columns=["source", "target", "period", "cooperation", "conflict"],
    )
    cast = [(a, item, 3 if (a > "c") ^ (item > 4) else 1) for a in "abcdef" for item in range(8)]
    votes = pd.DataFrame(cast, columns=["actor", "item", "vote"]).assign(session=1)
    network = pd.DataFrame(np.eye(3) - 0.5, index=list("abc"), columns=list("abc"))
    close = al.AlignmentOf(str(ties.axes.sources[0]), str(ties.axes.targets[0]))
    powers = {"powers": ("CHN", "USA")}
    of_ties: dict[str, dict[str, Any]] = {
        name: {"ties": ties}
        for name in (
            "affinity",
            "alignment",
            "exposure",
            "influence",
            "institutionalisation",
            "portfolio_from_ties",
        )
    }
    kinds = events.codebook.names[:3]
    judged = pd.DataFrame({"first": kinds[:2], "second": kinds[1:], "more_cooperative": ["first", "second"]})
    return of_ties | {
        "affinity_of_counts": {"counts": counts},
        "agreement": {"votes": votes},
        "agreement_index": {"yes": [3, 1], "no": [1, 1], "abstain": [0, 2]},
        "bloc": {"ties": ties, "members": states, **powers},
        "bloc_pull": {"events": events, "which": np.arange(60) == 2, "members": states, "draws": 50, **powers},
        "breaks": {"counts": [3.0, 4.0, 9.0, 8.0, 9.0]},
        "change": {"data": events, "start": ties.axes.periods[0], "end": ties.axes.periods[-1], "score": close, "draws": 50},
        "cite": {"result": hedging},
        "clustered_ties": {"events": events},
        "codes": {"actors": ["CHN", "USA"], "system": "cow"},
        "communities": {"network": network, "starts": 2},
        "contributions": {name: np.array([1.0, 2.0]) for name in ("a0", "b0", "a1", "b1")},
        "diffusion": {"events": events, "kinds": events.codebook.names, **powers},
        "domain_mix": {"ties": ties, "a": ties.axes.sources[0], "b": ties.axes.targets[0]},
        "esteban_ray": {"position": [0.0, 1.0], "weight": [0.5, 0.5]},
        "event_counts": {"events": events, "between": (ties.axes.sources[0], ties.axes.targets[0])},
        "fit_decay": {"data": counts, "draws": 0},
        "fit_dynamic": {"data": counts},
        "forecast": {"data": counts},
        "frustration": {"network": network, "permutations": 2, "starts": 2},
        "hedging": {"ties": ties, **powers},
        "ideal_points": {"votes": votes, "draws": 4, "burn": 2},
        "impact": {"events": events, "score": close},
        "indicators_from_hedging": {"result": hedging},
        "iso3": {"cells": ["China", "Laos"]},
        "kind_scale": {"events": events, "draws": 2},
        "leave_one_out": {"events": events, "score": al.alignment, "column": "tone"},
        "names": {"actors": ["CHN"]},
        "openings": {"events": events, "kinds": events.codebook.names},
        "panel": {"result": hedging},
        "posture_probabilities": {"result": hedging, "draws": 8},
        "quad": {"code": "010", "rule": "plover"},
        "reliability": {"codings": {"one": events.to_frame(), "two": events.to_frame()}, "draws": 4},
        "rice": {"yes": [3, 1], "no": [1, 1]},
        "robustness": {"events": events, "draws": 4, **powers},
        "similarity": {"portfolio": votes.rename(columns={"vote": "value"}).drop(columns="session"), "levels": (1, 2, 3)},
        "states": {"date": 2000},
        "surprise": {"data": counts},
        "trend": {"series": pd.Series([1.0, 2.0, 4.0, 3.0], index=pd.period_range("2000", periods=4, freq="Y"))},
        "trends": {"result": hedging, "column": "position"},
        "values_from_pairs": {"judgements": judged, "draws": 4},
        "van_der_eijk": {"counts": [3, 2, 1]},
        "vote_cohesion": {"votes": votes, "members": list("abc")},
        "what_if": {"events": events, "score": close, "remove": np.arange(60) == 2, "draws": 50},
        "without_formulas": {"frame": counts},
    }  # fmt: skip


# of what are no paths: Python says what a path is
LISTS = ("nested lists", "bytes", "an array", "a mapping", "a frame", "an object")
# Python's and pandas' words for a value that a line of the library could not use
NOT_OURS = re.compile(
    r"is not (callable|iterable|subscriptable)|unsupported operand|not supported between|ambiguous|unhashable"
)


def functions() -> dict[str, Callable[..., Any]]:
    """The public functions by name."""
    return {name: found for name in al.__all__ if inspect.isfunction(found := getattr(al, name))}


def calls() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Function, parameter, name of what is odd, and all arguments of every call there is."""
    given = right()
    for name, function in functions().items():
        base = given.get(name, {})
        parameters = [
            each
            for each in inspect.signature(function).parameters.values()
            if each.kind is not each.VAR_KEYWORD
        ]
        filled = {each.name: None for each in parameters if each.default is each.empty}
        for parameter in parameters:
            if name == "report" and parameter.name == "path":
                continue
            for odd, value in ODD.items():
                if parameter.name in WORK and odd in ("huge", "inf"):
                    continue  # an honest order of endless work
                yield name, parameter.name, odd, filled | base | {parameter.name: value}


def foreign(function: Callable[..., Any], arguments: dict[str, Any]) -> str | None:
    """What came back in words that are not the library's, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function(**arguments)
    except al.AlignScoreError:
        return None
    except Exception as problem:
        frames = [frame.filename for frame in traceback.extract_tb(problem.__traceback__)]
        own = [place for place in frames if Path(place).is_relative_to(HOME)]
        in_a_line_of_ours = Path(frames[-1]).is_relative_to(HOME) and not NOT_OURS.search(str(problem))
        if isinstance(problem, PLAIN) and in_a_line_of_ours:
            return None
        return f"{type(problem).__name__} from {Path(own[-1]).name if own else 'outside'}: {problem!s:.90}"
    return None


def check(every: int) -> None:
    """Make every so-manieth call, and name those that were answered in foreign words."""
    known = functions()
    found = {
        (name, parameter, odd): told
        for at, (name, parameter, odd, arguments) in enumerate(calls())
        if at % every == 0
        and not (parameter in ("path", "source") and name.startswith("read_") and odd in LISTS)
        and (told := foreign(known[name], arguments))
    }
    assert not found, "\n".join(
        f"{name}({parameter}={odd}): {told}" for (name, parameter, odd), told in found.items()
    )


def test_some_odd_arguments_are_refused_in_own_words():
    check(61)  # a prime: every kind of oddity comes round


@pytest.mark.slow
def test_every_odd_argument_is_refused_in_own_words():
    assert sum(1 for _ in calls()) >= 5000
    check(1)


WHOLE = (
    "ahead", "batch_rows", "burn", "camps", "draws", "intervals", "least", "max_steps", "min_items", "min_sources", "n",
    "permutations", "rank", "replicates", "save_every", "seed", "shortest", "starts", "window",
)  # fmt: skip


def test_one_slip_is_one_kind_of_error():
    given, asked = right(), 0
    for name, function in functions().items():
        parameters = inspect.signature(function).parameters
        filled = {each.name: None for each in parameters.values() if each.default is each.empty}
        for option in ("rng", *WHOLE):
            for slip in (1.5, True, "5", *([-1] if option == "rng" else [])) if option in parameters else ():
                asked += 1
                with pytest.raises(TypeError):
                    function(**filled | given.get(name, {}) | {option: slip})
    assert asked > 150


def test_what_is_right_is_right():
    """A right argument that were wrong would hide what the odd one does."""
    known = functions()
    for name, arguments in right().items():
        if name not in ("ideal_points", "robustness", "values_from_pairs"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                known[name](**arguments)
