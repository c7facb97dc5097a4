"""A bloc between powers: whether it is in the middle by its members' hedging or by their division.

Letters for shapes: S members, P powers, K domains, T periods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from alignscore.axes import place_of
from alignscore.errors import OptionError, keyed, within
from alignscore.events import Events
from alignscore.intervals import LEVEL
from alignscore.ledger import Direction, Ledger, Ties, ties_of
from alignscore.measures.blocs.division import (
    bloc_posterior,
    member_mean,
    polarisation_of,
    sampling_covariance,
    score_members,
)
from alignscore.measures.blocs.membership import Membership
from alignscore.measures.blocs.polarisation import ALPHA
from alignscore.measures.states.diversification import (
    Tie,
    composite_score,
    covariance_of_mean,
    diversification,
    expected_shares,
    lean_of,
    position,
    posterior_shares,
)
from alignscore.measures.states.hedging import HedgingResult, hedging
from alignscore.results import Result, one_a_label

PARTS = ("mixing", "alternating", "compartmentalising")
OPTIONS = ("powers", "weights", "tie", "direction", "window", "level", "decay")  # shared with `hedging`
SCORED = (
    "own", "division", "division_low", "division_high", "division_corrected", "cohesion",
    "cohesion_low", "cohesion_high", "similarity", "evidence", "coverage",
)  # fmt: skip


# ---- the results ------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class BlocMembers(Result):
    """Members one by one, arrays (S, T): what each adds to the bloc's division.

    Attributes
    ----------
    inside : ndarray of bool
        Belongs to the bloc at the period's end.
    weight : ndarray
        Share of the bloc among the members with data; 0 for one without.
    position, position_raw, diversification : ndarray
        As `hedging` gives them, also outside the membership.
    contribution : ndarray
        Part of the division; the parts add to it. NaN: not a member then, or no data.
    """

    LABELS: ClassVar[Mapping[str, str]] = {"member": "members", "period": "periods"}

    members: tuple[str, ...]
    periods: pd.PeriodIndex
    inside: np.ndarray
    weight: np.ndarray
    position: np.ndarray
    position_raw: np.ndarray
    diversification: np.ndarray
    contribution: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class BlocDomains(Result):
    """The same law of plain shares within each domain, arrays (K, T); `own` is mixing and alternating of the members."""

    LABELS: ClassVar[Mapping[str, str]] = {"domain": "domains", "period": "periods"}

    domains: tuple[str, ...]
    periods: pd.PeriodIndex
    SHORT: ClassVar[tuple[str, ...]] = (
        "position", "diversification", "own", "division", "division_low", "division_high", "cohesion",
        "similarity", "n", "evidence", "coverage",
    )  # fmt: skip

    position: np.ndarray
    diversification: np.ndarray
    own: np.ndarray
    division: np.ndarray
    division_low: np.ndarray
    division_high: np.ndarray
    division_corrected: np.ndarray
    cohesion: np.ndarray
    cohesion_low: np.ndarray
    cohesion_high: np.ndarray
    similarity: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class BlocResult(Result):
    """A bloc between powers, per period: arrays (T,).

    Attributes
    ----------
    position, diversification, division, each with _se, _low, _high
        Scores of the bloc as one: the position is the mean of its members' (posterior means over all domains), NaN for
        more than two powers; diversification and division are of plain shares.
    position_raw : ndarray
        Position of the plain shares.
    own, mixing, alternating, compartmentalising : ndarray
        Weighted means over members; own is the sum of the three, own + division = diversification.
    division_corrected : ndarray
        Freed of the members' sampling error, which makes any group look divided; below 0 by chance.
    cohesion, cohesion_low, cohesion_high, similarity : ndarray
        1 - division / most that these weights allow; mean over pairs of members of
        1 - sum_p abs(s_ip - s_jp) / 2. The most is that of camps of one power each, as even as they can be where only
        a member larger than an even part is not divided: of three equal members at two powers it is 1, not 8/9.
    polarisation, agreement : ndarray
        Esteban and Ray's measure, 0 one camp, and van der Eijk's A in [-1, 1], over five even bands of the members'
        positions, a camp each, which stands at their mean; NaN for more than two powers or fewer than two members
        with data.
    n_members, n_known, n, evidence, coverage, domain_coverage : ndarray
        Members, those with data, their events with the powers, how many of these are in force, share of the
        bloc's weight with data, and the mean of these members' coverage of the domains.
    share, share_raw : ndarray, (P, T)
        Posterior means and plain shares; columns share_CHN, share_raw_CHN ... of the frame.
    members : BlocMembers
    domains : BlocDomains
    """

    FIGURE: ClassVar[str | None] = "unity"
    LABELS: ClassVar[Mapping[str, str]] = {"period": "periods"}

    name: str
    powers: tuple[str, ...]
    periods: pd.PeriodIndex
    SHORT: ClassVar[tuple[str, ...]] = (
        "position", "position_low", "position_high", "diversification", "division", "division_low",
        "division_high", "cohesion", "n_members", "n_known", "n", "evidence", "coverage",
    )  # fmt: skip

    position: np.ndarray
    position_se: np.ndarray
    position_low: np.ndarray
    position_high: np.ndarray
    position_raw: np.ndarray
    diversification: np.ndarray
    diversification_se: np.ndarray
    diversification_low: np.ndarray
    diversification_high: np.ndarray
    own: np.ndarray
    mixing: np.ndarray
    alternating: np.ndarray
    compartmentalising: np.ndarray
    division: np.ndarray
    division_se: np.ndarray
    division_low: np.ndarray
    division_high: np.ndarray
    division_corrected: np.ndarray
    cohesion: np.ndarray
    cohesion_low: np.ndarray
    cohesion_high: np.ndarray
    similarity: np.ndarray
    polarisation: np.ndarray
    agreement: np.ndarray
    n_members: np.ndarray
    n_known: np.ndarray
    n: np.ndarray
    evidence: np.ndarray
    coverage: np.ndarray
    domain_coverage: np.ndarray
    share: np.ndarray
    share_raw: np.ndarray
    members: BlocMembers
    domains: BlocDomains

    def _columns(self) -> dict[str, np.ndarray]:
        shares = one_a_label("share", self.share, self.powers, axis=0)
        return super()._columns() | shares | one_a_label("share_raw", self.share_raw, self.powers, axis=0)


# ---- the door --------------------------------------------------------------------------------------------
def bloc(
    ties: Ties | Ledger | Events,
    members: str | Iterable[str] | Mapping[str, Any] | pd.DataFrame | Membership,
    powers: Sequence[str],
    *,
    weights: Mapping[str, float] | None = None,
    member_weights: Mapping[str, float] | None = None,
    tie: Tie = "cooperation",
    direction: Direction = "both",
    window: int | None = None,
    alpha: float = ALPHA,
    level: float = LEVEL,
) -> BlocResult:
    """Say whether a bloc is united, or in the middle only because its members split.

    =============== =============================================== ======= ======================================
    score           formula                                         range   up means
    =============== =============================================== ======= ======================================
    position        that of `hedging`, of the bloc's share s_p      -1 .. 1 nearer to the second of two powers
                    = sum_i mu_i s_ip
    diversification V = (1 - sum_p s_p^2) k/(k - 1)                 0 .. 1  spread more evenly over the powers
    division        k/(k - 1) sum_i mu_i sum_p (s_ip - s_p)^2       0 .. 1  members differ more
    own             the weighted mean of the members' own V,        0 .. 1  members hedge more, each by itself
                    mixing + alternating + compartmentalising
    cohesion        1 - division / its largest                      0 .. 1  members are more alike
    =============== =============================================== ======= ======================================

    s_ip is the share of power p among member i's ties with the k powers, mu_i the weight of the member. By the law of
    total variance ``V = own + division`` exactly: a bloc stands in the middle because its members hedge, or because
    they split.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
    members : str, iterable of str, mapping or pandas.DataFrame
        'ASEAN', 'EU' or 'NATO' (shipped, with dates); labels; ``{member: first day}`` or
        ``{member: (first, last)}``; a frame of member, start, end. Who belongs is read at each period's end.
    powers : sequence of str
        Two or more; the position runs from the first to the second.
    weights : mapping of domain to weight, optional
        Equal where not given. A domain that is not named weighs 1; 0 leaves one out.
    member_weights : mapping of member to weight, optional
        Such as population; equal where not given. Every member needs one.
    tie, direction, window
        As for `hedging`.
    alpha : float
        Exponent of Esteban and Ray's polarisation, in (0, 1.6].
    level : float
        Probability level of the intervals, between 0 and 1.

    Returns
    -------
    BlocResult
        Diversification, its parts, cohesion and similarity in [0, 1]; division up means more split. NaN: no
        member has data then (cohesion, similarity and the interval of the division, which is 0 of one member: fewer
        than two do). A member without data is missing, not neutral: the others' weights are renormalised and
        `coverage` says how much is left.

    Raises
    ------
    OptionError
        Members or weights that cannot be read, no member among the ties, a member that is a power, an
        option out of range.
    UnknownLabelError
        A listed member that is no state, a power, a domain or a bloc that is not known. A member that is absent
        from the ties counts as missing; a `SilentActorWarning` tells those of a plain list.

    Notes
    -----
    The position's error and interval are those of its members' posteriors, Dirichlet(N s + 1/2) in each domain with N
    events in force: a composite of all domains of all members, of whose errors in a domain the part 1 / (N^4 + 1) is
    common, so that of what nothing is known of any member the bloc is as unsure as one; the interval of V is mapped
    from it (two powers) and widened to hold the plain V. The division is of plain shares over the domains seen, whose
    errors are those of N draws at the posterior means: a member all with one power is not taken as certain. Its
    interval inverts a noncentral chi-square matched to the first two moments of that noise; in simulated blocs of ten
    with 5 to 40 events each it covers 93 to 99 %. The plug-in is biased upward: where `division_low` is 0 the members
    need not differ at all.

    References
    ----------
    Split: law of total variance. Esteban & Ray 1994, Econometrica 62:819. Van der Eijk 2001, Quality &
    Quantity 35:325. Interval: inversion as for the heterogeneity of estimates, Viechtbauer 2007,
    Statistics in Medicine 26:37.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> found = bloc(asean(), members="ASEAN", powers=("CHN", "USA"))
    >>> bool(np.nanmax(np.abs(found.own + found.division - found.diversification)) < 1e-12)
    True
    >>> int(found.n_members[-1]), int(found.n_known[-1])
    (11, 10)
    """
    within("alpha", alpha, 0.0, 1.6, open_low=True)
    group = Membership.make(members)
    ties = ties_of(ties, touching=group.members)
    group.check_slips(ties.axes.actors)
    present = [member for member in group.members if member in ties.axes.actors or not group.dated]
    if not present:
        some = ", ".join(group.members[:3]) + (" ..." if len(group.members) > 3 else "")
        raise OptionError(f"no member of {group.name or 'the bloc'} ({some}) occurs in the ties.")
    states = hedging(
        ties, powers=powers, states=present, weights=weights, tie=tie, direction=direction,
        window=window, level=level, draws=0,
    )  # fmt: skip
    inside = group.inside(ties.axes.ends.astype("M8[D]"))
    given = inside * given_weights(group.members, member_weights)[:, None]
    given_whole = given.sum(axis=0)
    rows = np.array([group.members.index(member) for member in present])
    by_domain = states.domains
    share, evidence = by_domain.share_raw, by_domain.evidence  # (S, P, K, T), (S, K, T)
    error = sampling_covariance(share, evidence)
    correlation = states.posterior.correlation
    of_mean = covariance_of_mean(error, by_domain.weight, expected_shares(share, evidence), correlation)
    total = score_members(states.share_raw, of_mean, states.evidence, given[rows], given_whole, level)
    in_each = score_members(share, error, evidence, given[rows, None], given_whole, level)
    mu = total["weight"]
    omega = np.broadcast_to(ties.axes.domain_weights(weights)[:, None], evidence.shape)
    known = bloc_posterior(posterior_shares(share, evidence, omega, correlation), mu)
    two_powers = len(states.powers) == 2
    lean = position(composite_score(known, 1, level)).where(np.array(two_powers))
    spread = diversification(total["share"], known, lean if two_powers else None, level)
    polarisation = agreement = np.full(len(given_whole), np.nan)
    if two_powers:
        polarisation, agreement = polarisation_of(states.position, mu, alpha)
    recipe = {
        "measure": "bloc",
        "members": group.name or group.members,
        "member_weights": member_weights,
        "alpha": alpha,
        **{name: states.recipe[name] for name in OPTIONS},
    }
    with_data = mu > 0
    return BlocResult(
        recipe, group.name, states.powers, states.periods, **lean.named("position"),
        position_raw=lean_of(total["share"], axis=0), **spread.named("diversification"),
        **{name: total[name] for name in (*SCORED, "division_se")},
        **{name: member_mean(getattr(states, name), mu) for name in PARTS},
        domain_coverage=member_mean(states.coverage, mu), polarisation=polarisation, agreement=agreement,
        n_members=inside.sum(axis=0), n_known=with_data.sum(axis=0),
        n=np.where(with_data, states.n, 0).sum(axis=0), share=known.mean, share_raw=total["share"],
        members=_members(recipe, group, states, inside, mu, total["contribution"], rows),
        domains=BlocDomains(
            recipe, by_domain.domains, by_domain.periods, position=lean_of(in_each["share"], axis=0),
            diversification=in_each["diversification"], n=np.where(in_each["weight"] > 0, by_domain.n, 0).sum(axis=0),
            **{name: in_each[name] for name in SCORED},
        ),
    )  # fmt: skip


# ---- its steps ---------------------------------------------------------------------------------------------
def given_weights(members: tuple[str, ...], given: Mapping[str, float] | None) -> np.ndarray:
    """Weight of each member, (S,): as given, or 1."""
    if given is None:
        return np.ones(len(members))
    keyed("member_weights", given, f"{{{members[0]!r}: 1.0, ...}}")
    weight_of = {members[place_of("member", label, members)]: weight for label, weight in given.items()}
    for member, weight in weight_of.items():
        within(f"weight of member {member!r}", weight, 0.0, open_high=True)
    lacking = [member for member in members if member not in weight_of]
    if lacking:
        raise OptionError(
            f"member_weights lacks {', '.join(lacking)}; give every member one, 0 to leave it out."
        )
    weights = np.array([float(weight_of[member]) for member in members])
    if not weights.any():
        raise OptionError("member_weights are all 0; give at least one a positive weight.")
    return weights


def _members(
    recipe: Mapping[str, Any], group: Membership, states: HedgingResult, inside: np.ndarray,
    mu: np.ndarray, contribution: np.ndarray, rows: np.ndarray,
) -> BlocMembers:  # fmt: skip
    def on_members(score: np.ndarray, empty: float) -> np.ndarray:
        out = np.full(inside.shape, empty)
        out[rows] = score
        return out

    return BlocMembers(
        recipe, group.members, states.periods, inside, weight=on_members(mu, 0.0),
        position=on_members(states.position, np.nan), position_raw=on_members(states.position_raw, np.nan),
        diversification=on_members(states.diversification, np.nan), contribution=on_members(contribution, np.nan),
    )  # fmt: skip
