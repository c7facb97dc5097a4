"""Small bugs planted one by one in a copy of the core, to see which of them the tests catch.

Run it from the repository: ``python tests/mutants.py`` for all, ``--only NAME`` (a prefix) for some, ``--check`` to
see only that each planted text stands exactly once. It ends with 1 where one survives. The tests that caught one
are run once more without any bug, so that a test that always fails catches nothing.
"""

# ruff: noqa: T201  (a script: what it finds is printed)
from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
CORE = Path("src") / "alignscore"
SLOWEST = 600  # seconds of one run of tests; a bug that makes them hang is caught


class Mutant(NamedTuple):
    """A bug: in `file` of the core, `old`, which stands there once, becomes `new`; `tests` should fail."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def times(self, core: Path) -> int:
        """How often the text stands in its file."""
        place = core / self.file
        return place.read_text(encoding="utf-8").count(self.old) if place.is_file() else 0

    def planted(self, core: Path) -> str:
        """Plant the bug; returns the file as it was."""
        place = core / self.file
        before = place.read_text(encoding="utf-8")
        place.write_text(before.replace(self.old, self.new), encoding="utf-8")
        return before


LEDGER = ("tests/ledger/test_ledger.py",)
SEVERAL = ("tests/ledger/test_ledger.py", "tests/ledger/test_faults.py")
INTERVALS = ("tests/test_intervals.py",)
DATES = ("tests/test_dates.py",)
DECAY = ("tests/test_decay.py", "tests/ledger/test_ledger.py")
EVENTS = ("tests/events/test_events.py", "tests/events/test_doors.py")
SCREENING = ("tests/events/test_screening.py", "tests/events/test_doors.py")
CHANGE = ("tests/attribution/test_change.py",)
IMPACT = tuple(
    f"tests/attribution/test_{name}.py" for name in ("impact", "change", "contributions", "what_if")
)
REDRAWN = ("tests/attribution/test_redrawn.py",)
BREAKS = ("tests/uncertainty/test_breaks.py",)
RELIABILITY = ("tests/uncertainty/test_reliability.py",)
ROBUSTNESS = ("tests/uncertainty/test_robustness.py",)
ALIGNMENT = ("tests/measures/dyads/test_alignment.py",)
BLOC = ("tests/measures/blocs/test_bloc.py",)
CAMPS = ("tests/measures/blocs/test_communities.py",)
SIMILARITY = ("tests/measures/similarity/test_similarity.py",)
HEDGING = ("tests/measures/states/test_hedging.py",)
PARTNERS = ("tests/measures/states/test_partners.py",)
INDICATORS = ("tests/measures/states/test_indicators.py",)
DIFFUSION = ("tests/measures/test_diffusion.py",)

MUTANTS: dict[str, Mutant] = {
    # ---- intervals and draws
    "intervals-two-sided": Mutant("intervals.py", "ndtri(0.5 + level / 2)", "ndtri(level)", INTERVALS),
    "intervals-evidence-unit": Mutant(
        "intervals.py",
        "n: np.ndarray = ratio(mass, mass2) * mass\n",
        "n: np.ndarray = ratio(mass, mass2) * mass * mass\n",
        INTERVALS + LEDGER,
    ),
    "intervals-prior-of-classes": Mutant(
        "intervals.py", "return mean, n + k * JEFFREYS", "return mean, n + JEFFREYS", INTERVALS + ALIGNMENT
    ),
    "intervals-jeffreys": Mutant("intervals.py", "JEFFREYS = 0.5", "JEFFREYS = 1.0", INTERVALS + ALIGNMENT),
    "intervals-beta-sd": Mutant(
        "intervals.py",
        "np.sqrt(mean * (1 - mean) / (events + 1))",
        "np.sqrt(mean * (1 - mean) / events)",
        INTERVALS + ALIGNMENT,
    ),
    "intervals-beta-events": Mutant(
        "intervals.py",
        "ratio(mean * (1 - mean), sd * sd) - 1",
        "ratio(mean * (1 - mean), sd * sd)",
        INTERVALS + ALIGNMENT + BLOC,
    ),
    "intervals-one-tail": Mutant(
        "intervals.py",
        "check_level(level)\n    tail = (1 - level) / 2",
        "check_level(level)\n    tail = 1 - level",
        INTERVALS,
    ),
    "intervals-mirror": Mutant(
        "intervals.py",
        "np.where(below, low, 1 - high), np.where(below, high, 1 - low)",
        "np.where(below, low, 1 - low), np.where(below, high, 1 - high)",
        INTERVALS,
    ),
    "intervals-wilson-centre": Mutant(
        "intervals.py",
        "centre = (share * n + z * z / 2) / within_n",
        "centre = share * n / within_n",
        INTERVALS,
    ),
    "intervals-wilson-none": Mutant(
        "intervals.py", "missing = ~(n > 0) | np.isnan(share)", "missing = np.isnan(share)", INTERVALS
    ),
    "intervals-fisher-scale": Mutant(
        "intervals.py", "z_of(level) * se / (1 - score * score)", "z_of(level) * se", INTERVALS
    ),
    "draws-median": Mutant(
        "intervals.py",
        "for q in ((1 - level) / 2, 0.5, (1 + level) / 2):",
        "for q in ((1 - level) / 2, 0.5, level):",
        INTERVALS,
    ),
    # ---- dates and axes
    "dates-last-year": Mutant(
        "dates.py", "FIRST_YEAR <= year < LAST_YEAR", "FIRST_YEAR <= year <= LAST_YEAR", DATES + EVENTS
    ),
    "dates-order": Mutant(
        "dates.py",
        "day, month = (one, two) if dayfirst else (two, one)",
        "day, month = (two, one) if dayfirst else (one, two)",
        DATES,
    ),
    "dates-above-twelve": Mutant(
        "dates.py", "if parts[at][0] > 12), None)", "if parts[at][0] > 13), None)", DATES
    ),
    "dates-month-end": Mutant(
        "dates.py",
        'astype("M8[D]").astype(np.int64) - later',
        'astype("M8[D]").astype(np.int64)',
        DATES + LEDGER,
    ),
    "dates-local-day": Mutant(
        "dates.py",
        'days[away] = _utc_days([OFFSET.sub(r"\\1", texts[at]) for at in away])',
        "days[away] = _utc_days([texts[at] for at in away])",
        DATES,
    ),
    "dates-precision": Mutant("dates.py", "[YEARLY, MONTHLY], DAY", "[MONTHLY, YEARLY], DAY", DATES),
    "axes-weights": Mutant(
        "axes.py", "return np.asarray(weights / weights.sum())", "return weights / len(weights)", ALIGNMENT
    ),
    "axes-end-of-period": Mutant(
        "axes.py", 'periods.asfreq("D", how="end")', 'periods.asfreq("D", how="start")', LEDGER
    ),
    "axes-span": Mutant(
        "axes.py", 'how="start" if first else "end")', 'how="end" if first else "start")', SEVERAL
    ),
    "axes-outside": Mutant(
        "axes.py",
        "if ends[1] < 0 or ends[0] >= len(periods):",
        "if ends[1] < 0 or ends[0] > len(periods):",
        SEVERAL + CHANGE,
    ),
    # ---- decay
    "decay-kind-beats-domain": Mutant(
        "decay.py",
        "((self.kinds, kind), (self.domains, domain))",
        "((self.domains, domain), (self.kinds, kind))",
        DECAY,
    ),
    "decay-months": Mutant(
        "decay.py", 'cls(_number("months", months) / 12,', 'cls(_number("months", months) / 10,', DECAY
    ),
    "decay-year": Mutant("decay.py", "DAYS_PER_YEAR = 365.25", "DAYS_PER_YEAR = 365.0", DECAY),
    "decay-coded": Mutant(
        "codebook/codebook.py",
        "kinds, self.domains, self.decay)\n",
        "kinds, self.domains)\n",
        (*DECAY, "tests/codebook/test_codebook.py"),
    ),
    # ---- ledger
    "fading-window": Mutant(
        "decay.py",
        "range(1, min(decay.periods, flows.shape[2]))",
        "range(1, min(decay.periods + 1, flows.shape[2]))",
        LEDGER,
    ),
    "fading-squares": Mutant("decay.py", "FADES = (0, 1, 1, 1, 1, 1)", "FADES = (0, 1, 1, 2, 1, 2)", LEDGER),
    "fading-powers": Mutant("decay.py", "POWERS = (0, 1, 1, 2, 1, 2)", "POWERS = (0, 1, 1, 1, 1, 1)", LEDGER),
    "fading-far-reach": Mutant(
        "decay.py",
        "np.exp2(fading * (age[start - 1] - age[start]))",
        "np.exp2(fading * (age[start] - age[start - 1]))",
        LEDGER,
    ),
    "fading-lag": Mutant(
        "ledger/cells.py",
        "np.exp2(-lag / half_life) * np.expm1",
        "np.exp2(-(lag + 1) / half_life) * np.expm1",
        LEDGER,
    ),
    "fading-saturating": Mutant(
        "decay.py",
        "(1 - np.minimum(size, limit) / limit) ** fades",
        "(1 - np.minimum(size, limit) / limit / 2) ** fades",
        LEDGER,
    ),
    "fading-saturating-cut": Mutant(
        "decay.py", "cut ** powers[2:]", "cut ** np.minimum(powers[2:], 1)", LEDGER
    ),
    "fading-standing-end": Mutant(
        "ledger/ties.py", "np.minimum(until, periods)\n", "np.minimum(until + 1, periods)\n", LEDGER
    ),
    "postings-replaced": Mutant(
        "ledger/cells.py",
        "np.where(events.settled[gone], 0.0, part[over])",
        "np.where(events.settled[gone], part[over], part[over])",
        LEDGER,
    ),
    "postings-end-of-a-span": Mutant(
        "ledger/cells.py", "/ (high - low + 1)[e]", "/ (high - low + 2)[e]", LEDGER
    ),
    "stream-rows": Mutant(
        "scale/stream.py",
        "if events.act is not None or wait.any():",
        "if events.act is not None or wait.all():",
        ("tests/scale/test_scale.py",),
    ),
    "postings-until": Mutant("ledger/cells.py", "period < stops[which]", "period <= stops[which]", SEVERAL),
    "postings-spread": Mutant(
        "ledger/cells.py", "(end - start + 1.0)[event]", "(end - start + 2.0)[event]", LEDGER
    ),
    "postings-lag-after-end": Mutant(
        "ledger/cells.py",
        "ends[period] - events.until[gone],",
        "ends[period] - events.day[gone],",
        LEDGER,
    ),
    "sums-sign": Mutant("ledger/sums.py", "np.less(load.real, 0", "np.greater(load.real, 0", LEDGER),
    "sums-squares-fade": Mutant(
        "ledger/sums.py",
        "np.multiply(size, mass.real, out=mass.imag)",
        "np.multiply(mass.real, mass.real, out=mass.imag)",
        LEDGER,
    ),
    "sums-weight": Mutant("ledger/sums.py", "one.imag *= load.imag", "one.imag *= 1.0", LEDGER),
    "sums-spread-squares": Mutant(
        "ledger/sums.py", "(3, (mass * mass)[e] * left)", "(3, mass[e] * left)", LEDGER
    ),
    "sums-other-side": Mutant(
        "ledger/sums.py",
        "yield self._line(target, source, domain), place, value, weight",
        "yield self._line(source, target, domain), place, value, weight",
        LEDGER,
    ),
    "sums-booked": Mutant(
        "ledger/sums.py",
        "mass *= events.weight[rows]\n",
        "mass *= 1.0\n",
        LEDGER + ALIGNMENT,
    ),
    "cells-good": Mutant(
        "ledger/cells.py",
        "until[until == self.periods] = OPEN",
        "until[until == self.periods] = self.periods",
        SEVERAL,
    ),
    "ties-mutual-once": Mutant(
        "ledger/ties.py", "np.where(at.mutual, 2.0, 1.0)", "np.where(at.mutual, 1.0, 1.0)", LEDGER
    ),
    "ties-event-mass": Mutant(
        "ledger/cells.py", "(2 if directed else 1) * mutual", "1 * mutual", LEDGER + ALIGNMENT
    ),
    "decay-inflation": Mutant("decay.py", "1 + r * np.maximum", "1 - r * np.maximum", DECAY),
    "ledgers-lasting": Mutant(
        "ledger/ledger.py",
        "moved[:, :2] = self.codes_in(axes)[moved[:, :2]]",
        "moved[:, :2] = moved[:, :2]",
        LEDGER,
    ),
    "ties-evidence": Mutant(
        "ledger/ties.py", "self.cooperation2 + self.conflict2)", "self.cooperation2)", LEDGER
    ),
    "ties-select-inclusive": Mutant(
        "ledger/ties.py", "return slice(first, last + 1)", "return slice(first, max(last, first + 1))", LEDGER
    ),
    # ---- events
    "families-renewal-day": Mutant(
        "events/events.py",
        "(until[earlier] > self.day[later])",
        "(until[earlier] >= self.day[later])",
        EVENTS + LEDGER,
    ),
    "families-same-day": Mutant(
        "events/events.py",
        "(columns, (self.row[rows], self.day[rows]))",
        "(columns, (-self.row[rows], self.day[rows]))",
        EVENTS + LEDGER,
    ),
    "families-clash-day": Mutant(
        "events/events.py", "(until[one] > day[two])", "(until[one] >= day[two])", EVENTS + LEDGER
    ),
    "families-own-side": Mutant(
        "events/events.py",
        "np.where(mutual | way, group, -1)",
        "np.where(mutual | True, group, -1)",
        EVENTS + LEDGER,
    ),
    "rules-until": Mutant(
        "events/rules.py",
        "(until != NO_DAY) & (until < day)",
        "(until != NO_DAY) & (until <= day)",
        EVENTS + SCREENING,
    ),
    "rules-latest": Mutant(
        "events/rules.py",
        "(day < EARLIEST) | (day >= LATEST)",
        "(day < EARLIEST) | (day > LATEST)",
        EVENTS + SCREENING,
    ),
    # ---- measures
    "division-factor": Mutant(
        "measures/blocs/division.py",
        "contribution = k / (k - 1) * weight",
        "contribution = (k - 1) / k * weight",
        BLOC,
    ),
    "division-bias-sign": Mutant(
        "measures/blocs/division.py", "bias = scale * (weight", "bias = -scale * (weight", BLOC
    ),
    "division-cohesion": Mutant(
        "measures/blocs/division.py",
        "np.maximum((1 - even) * k / (k - 1), 0.0)",
        "np.maximum((1 - even), 0.0)",
        BLOC,
    ),
    "polarisation-power": Mutant(
        "measures/blocs/polarisation.py", "p[:, None] ** (1 + alpha)", "p[:, None] ** alpha", BLOC
    ),
    "polarisation-peaks": Mutant(
        "measures/blocs/polarisation.py", "u * (1 - (S - 1) / (G - 1))", "u * (1 - S / (G - 1))", BLOC
    ),
    "camps-companions": Mutant(
        "measures/blocs/communities.py",
        "member.sum(axis=0) - member ",
        "member.sum(axis=0) + 0 * member ",
        CAMPS,
    ),
    "frustration-half": Mutant(
        "measures/blocs/frustration.py",
        "(pull * place).sum(axis=(-1, -2)) / 2",
        "(pull * place).sum(axis=(-1, -2))",
        CAMPS,
    ),
    "frustration-camps": Mutant(
        "measures/blocs/frustration.py",
        "best_split(networks[b : b + size], camps, starts, rng)",
        "best_split(networks[b : b + size], starts, camps, rng)",
        CAMPS,
    ),
    "frustration-p": Mutant(
        "measures/blocs/frustration.py",
        "(1 + as_low) / (1 + permutations)",
        "as_low / (1 + permutations)",
        CAMPS,
    ),
    "similarity-s": Mutant(
        "measures/similarity/coefficients.py",
        "return 1 - 2 * ratio(tables.observed(d), tables.total * d.max())",
        "return 1 - ratio(tables.observed(d), tables.total * d.max())",
        SIMILARITY,
    ),
    "similarity-kappa": Mutant(
        "measures/similarity/coefficients.py",
        "ratio(tables.observed(d) * tables.total, tables.expected(d))",
        "ratio(tables.observed(d), tables.expected(d))",
        SIMILARITY,
    ),
    "similarity-squared": Mutant(
        "measures/similarity/coefficients.py",
        'gap**2 if distance == "squared" else gap',
        'gap if distance == "squared" else gap',
        SIMILARITY,
    ),
    "hedging-netted": Mutant(
        "measures/states/diversification.py",
        "np.maximum(x - against, 0.0), ",
        "np.maximum(x - against / 2, 0.0), ",
        HEDGING,
    ),
    "hedging-shared-conflict": Mutant(
        "measures/states/hedging.py",
        "joint_of(sides.view, sides.dyads.ravel(), conflict=True)",
        "joint_of(sides.view, sides.dyads.ravel(), conflict=False)",
        HEDGING,
    ),
    "alignment-shared-conflict": Mutant(
        "measures/dyads/alignment.py",
        "joint_of_all(ties, conflict=True)",
        "joint_of_all(ties, conflict=False)",
        HEDGING,
    ),
    "composite-shared-conflict": Mutant(
        "measures/composite.py",
        "joint.cooperation + joint.conflict if conflict else joint.cooperation",
        "joint.cooperation",
        ("tests/measures/test_composite.py",),
    ),
    "composite-each-end": Mutant(
        "measures/composite.py",
        "_zero_for_nan(high[..., :-1, :])",
        "_zero_for_nan(high[..., :1, :])",
        ("tests/measures/test_composite.py",),
    ),
    "recoding-shares": Mutant(
        "events/recoding.py",
        'columns["weight"][at] * share',
        'columns["weight"][at] / share',
        ("tests/events/test_recoding.py",),
    ),
    "hedging-hostile": Mutant(
        "measures/states/hedging.py",
        "mean = (1 + alignment) / 2\n    events = beta_events(mean, se / 2)",
        "mean = (1 + alignment) / 3\n    events = beta_events(mean, se / 2)",
        HEDGING,
    ),
    "postures-aligned": Mutant(
        "measures/states/postures.py",
        "np.array([-by.aligned, -by.hedging, by.hedging, by.aligned])",
        "np.array([-by.hedging, -by.hedging, by.hedging, by.hedging])",
        HEDGING,
    ),
    "partners-gap": Mutant(
        "measures/states/partners.py",
        "np.abs(mine[..., :, None] - theirs[..., None, :])",
        "mine[..., :, None] - theirs[..., None, :]",
        PARTNERS,
    ),
    "indicators-interval": Mutant(
        "measures/states/indicator_tables.py", "(1 - level) / 2\n    shape", "0.025\n    shape", INDICATORS
    ),
    "diffusion-since": Mutant(
        "measures/diffusion.py",
        "np.maximum(np.fmin(first, last) - start, 0.0)",
        "np.maximum(np.fmin(first, last) - start + 1, 0.0)",
        DIFFUSION,
    ),
    "diffusion-high": Mutant(
        "measures/diffusion.py", "gammaincinv(count + 1, 1 - tail)", "gammaincinv(count, 1 - tail)", DIFFUSION
    ),
    # ---- attribution
    "attribution-sole": Mutant(
        "attribution/contributions.py",
        "only = known[date] & ~known[1 - date]",
        "only = known[date] & known[1 - date]",
        IMPACT,
    ),
    "attribution-sign": Mutant(
        "attribution/contributions.py", "* (1 if date else -1)", "* (-1 if date else 1)", IMPACT
    ),
    "attribution-years": Mutant(
        "attribution/groups.py",
        "(1970 + years)",
        "(1971 + years)",
        CHANGE + IMPACT,
    ),
    "attribution-replay": Mutant(
        "attribution/versions.py",
        "slice(*np.searchsorted(anew.group, [first, first + V]))",
        "slice(*np.searchsorted(anew.group, [first + 1, first + V]))",
        IMPACT,
    ),
    "attribution-after": Mutant(
        "attribution/versions.py", "left = earlier + later", "left = earlier", IMPACT
    ),
    "attribution-tone-weight": Mutant(
        "attribution/scores.py",
        "return (0, 1, 2) if self.field",
        "return (0, 2, 2) if self.field",
        REDRAWN,
    ),
    "attribution-ends": Mutant(
        "attribution/redrawn.py",
        "np.where(known, drawn, -np.inf).max(axis=0)",
        "np.where(known, drawn, np.inf).max(axis=0)",
        REDRAWN,
    ),
    "attribution-redrawn-squares": Mutant(
        "attribution/redrawn.py", "size[1], size[0], size[0] ** 2]", "size[1], size[0], size[0]]", CHANGE
    ),
    # ---- uncertainty
    "breaks-variance": Mutant(
        "uncertainty/breaks.py", "1 / m[..., 1:] + 1 / m[..., :-1]", "1 / m[..., 1:] + 1 / m[..., 1:]", BREAKS
    ),
    "reliability-pairs": Mutant(
        "uncertainty/reliability.py",
        "(size**2 - (count**2).sum(axis=1)) / (size - 1)",
        "(size**2 - (count**2).sum(axis=1)) / size",
        RELIABILITY,
    ),
    "reliability-interval": Mutant(
        "uncertainty/reliability.py",
        "(w * 2 * (size * squares - sums**2)",
        "(w * (size * squares - sums**2)",
        RELIABILITY,
    ),
    "claims-rank-of-highest": Mutant(
        "uncertainty/claims.py", "rankdata(-score", "rankdata(score", ROBUSTNESS
    ),
    "stocks-mutual": Mutant(
        "uncertainty/event_postings.py",
        "np.where(events.mutual & (not directed), 2.0, 1.0)",
        "np.where(events.mutual & directed, 2.0, 1.0)",
        ROBUSTNESS,
    ),
    "sampling-walk": Mutant(
        "uncertainty/sampling.py", "np.sqrt(1 - kept**2)", "np.sqrt(1 - kept)", ROBUSTNESS
    ),
    "sampling-spread": Mutant(
        "uncertainty/sampling.py",
        "normal * (1 / (3 * np.sqrt(some)))",
        "normal * (1 / (3 * some))",
        ROBUSTNESS,
    ),
    "postings-new": Mutant("uncertainty/event_postings.py", "whole[1:] - new[1:]", "whole[1:]", ROBUSTNESS),
    "sobol-error": Mutant(
        "uncertainty/sobol.py",
        "each.std(axis=0, ddof=1) / np.sqrt(replicates)",
        "each.std(axis=0, ddof=1)",
        ("tests/uncertainty/test_sobol.py",),
    ),
}


def misplaced(core: Path = ROOT / CORE) -> dict[str, int]:
    """How often the text of each bug stands in its file, for those of which it is not once."""
    found = {name: mutant.times(core) for name, mutant in MUTANTS.items()}
    return {name: times for name, times in found.items() if times != 1}


def copied(to: Path) -> Path:
    """A copy of the project in a folder, so that it may be edited while the bugs are planted and tried."""
    for name in ("src", "tests", "docs", "examples", "benchmarks"):
        if (ROOT / name).is_dir():
            leave = shutil.ignore_patterns("__pycache__", "_build", ".*")
            shutil.copytree(ROOT / name, to / name, ignore=leave)
    for file in ROOT.iterdir():
        if file.is_file():
            shutil.copy2(file, to / file.name)
    return to


def failing(project: Path, tests: Sequence[str], profile: str = "suite") -> str | None:
    """The first test that fails in a copy of the project, or all of them if they hang; `profile` is Hypothesis's."""
    env = os.environ | {"PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    env["HYPOTHESIS_PROFILE"] = profile
    env["HYPOTHESIS_STORAGE_DIRECTORY"] = str(project / "hypothesis")  # no example learnt from another bug
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=line", *tests]
    try:
        run = subprocess.run(
            command, cwd=project, env=env, timeout=SLOWEST, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        return " ".join(tests)
    if run.returncode not in (0, 1, 2):  # 2: a bug that breaks the import of the tests
        raise RuntimeError(f"pytest ended with {run.returncode}:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    if run.returncode == 0:
        return None
    told = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", run.stdout, re.MULTILINE)
    return told[1] if told else " ".join(tests)


def chosen(only: Sequence[str] | None) -> dict[str, Mutant]:
    """The bugs whose names begin as asked, all of them where nothing is asked."""
    begin = tuple(only or ("",))
    return {name: mutant for name, mutant in MUTANTS.items() if name.startswith(begin)}


def catcher(project: Path, mutant: Mutant) -> str | None:
    """The test that fails once a bug is planted in a copy of the project, None where it survives."""
    before = mutant.planted(project / CORE)
    try:
        for profile in ("quick", "suite"):  # few examples first
            for test in mutant.tests:
                if (found := failing(project, [test], profile)) is not None:
                    return found
        return None
    finally:
        (project / CORE / mutant.file).write_text(before, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant the bugs asked for, print the fate of each; 1 where one survives or the table has rotted."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="only that each text stands exactly once")
    options.add_argument("--only", metavar="NAME", action="append", help="bugs whose name begins so")
    asked = options.parse_args(arguments)
    if wrong := misplaced():
        for name, times in wrong.items():
            print(f"{name}: its text stands {times} times in {MUTANTS[name].file}")
        return 1
    if asked.check:
        print(f"{len(MUTANTS)} bugs, each text stands once")
        return 0
    bugs = chosen(asked.only)
    if not bugs:
        print(f"no bug is named {asked.only}")
        return 1
    caught: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        project = copied(Path(folder))
        for name, mutant in bugs.items():
            began = time.perf_counter()
            test = catcher(project, mutant)
            caught |= {} if test is None else {name: test}
            spent = time.perf_counter() - began
            print(
                f"{f'caught   {name} by {test}' if test else f'SURVIVED {name}'} ({spent:.0f} s)", flush=True
            )
        sound = failing(project, list(dict.fromkeys(caught.values()))) if caught else None
    if sound is not None:
        print(f"{sound} fails without any bug, so that what it caught counts for nothing")
        return 1
    survivors = [name for name in bugs if name not in caught]
    print(f"{len(caught)} of {len(bugs)} caught", *survivors, sep="\n  survived: ")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
