"""Dynamic ordinal ideal points from roll-call votes: where each state stands, and how sure that is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import pandas as pd

from alignscore.errors import OptionError, one_of, whole_number, within
from alignscore.intervals import generator_of, ratio
from alignscore.measures.votes.em import (
    Prior,
    Progress,
    State,
    incidence_of_codes,
    standard_deviations,
    variational_em,
)
from alignscore.measures.votes.gibbs import sample
from alignscore.measures.votes.table import Bridges, Votes, direction, ends, read_votes, row_of, segments
from alignscore.results import Result

Method = Literal["vem", "gibbs"]
KEPT = 500  # draws of the positions that a Gibbs result keeps, for covariances
SD_KIND = {"vem": "approximate", "gibbs": "posterior"}


@dataclass(frozen=True, eq=False, repr=False)
class IdealPointResult(Result):
    """Ideal points of S actors in T sessions, and the parameters of J roll calls.

    Attributes
    ----------
    actors : ndarray, (S,)
        Labels, sorted.
    sessions : ndarray, (T,)
        Labels, sorted.
    theta : ndarray, (S, T)
        Ideal points; mean 0 and standard deviation 1 over all cells with votes. NaN: no vote.
    sd : ndarray, (S, T)
        Standard deviations; `sd_kind` says which kind.
    n : ndarray of int, (S, T)
        Votes used: those cast on roll calls that divided the voters.
    segment : ndarray of int, (T,)
        Sessions with one number are tied together by bridges. Between segments, levels and scales rest
        on the prior alone: compare states within a segment, or distances within a session.
    draws : ndarray of float32, (K, S, T), or None
        Posterior draws of `theta`, at most 500, evenly spaced (`method="gibbs"`).
    item_columns : dict of ndarray, (J,)
        Columns of `items`.
    recipe : dict
        Every option, and how the run ended.
    """

    FIGURE: ClassVar[str | None] = "ideal_points"
    LABELS: ClassVar[Mapping[str, str]] = {"actor": "actors", "session": "sessions"}

    actors: np.ndarray
    sessions: np.ndarray
    theta: np.ndarray
    sd: np.ndarray
    n: np.ndarray
    segment: np.ndarray
    draws: np.ndarray | None
    item_columns: Mapping[str, np.ndarray]

    @property
    def sd_kind(self) -> str:
        """'posterior' (Gibbs), or 'approximate' (EM: the roll calls taken as known)."""
        return SD_KIND[self.recipe["method"]]

    @property
    def linked(self) -> np.ndarray:
        """False for the sessions that no bridge ties to any other, (T,); True where there is one session."""
        return np.asarray((np.bincount(self.segment)[self.segment] > 1) | (len(self.sessions) == 1))

    def _columns(self) -> dict[str, np.ndarray]:
        shape = self.theta.shape
        kind = np.full(shape, self.sd_kind, dtype=object)
        columns = {"theta": self.theta, "sd": self.sd, "n": self.n}
        ties = {"linked": self.linked, "segment": self.segment}
        return columns | {name: np.broadcast_to(x, shape) for name, x in ties.items()} | {"sd_kind": kind}

    @property
    def items(self) -> pd.DataFrame:
        """One row a roll call: item, session, beta, g1, g2, sd (of beta), n, shared, sd_kind.

        Roll calls bridged together have one number in `shared`, the same parameters, and in `n` the
        votes of all. NaN with n = 0: unanimous, not used. A yes falls where beta theta + e < g1, a no
        where it exceeds g2; so with beta > 0 the no votes lie on the high side.
        """
        return pd.DataFrame({**self.item_columns, "sd_kind": self.sd_kind})

    def distance(self, a: Hashable, b: Hashable) -> pd.DataFrame:
        """Distance abs(theta_a - theta_b) of two actors in each session; readable in unlinked ones too.

        Parameters
        ----------
        a, b : label
            Actors.

        Returns
        -------
        pandas.DataFrame
            session, distance, sd (of the difference), n (votes of the one with fewer), sd_kind.
            NaN: one of them cast no vote.

        Raises
        ------
        UnknownLabelError
            If an actor is unknown.
        """
        rows = self._rows(a, b)
        theta = self.theta[rows]
        return self._contrast("distance", rows, np.abs(theta[0] - theta[1]), np.array([[1.0], [-1.0]]))

    def tilt(self, state: Hashable, a: Hashable, b: Hashable) -> pd.DataFrame:
        """Where a state stands between two others in each session: 0 at `a`, 1 at `b`.

        (theta_state - theta_a) / (theta_b - theta_a): below 0 it stands beyond `a`, above 1 beyond `b`.
        The sd is by the delta method; it grows without bound as `a` and `b` come together.

        Parameters
        ----------
        state, a, b : label
            Actors.

        Returns
        -------
        pandas.DataFrame
            session, tilt, sd, n (votes of the one with fewest), sd_kind. NaN: one of the three cast no
            vote, or `a` and `b` stand at one point.

        Raises
        ------
        UnknownLabelError
            If an actor is unknown.
        OptionError
            If `a` and `b` are the same actor.
        """
        if a == b:
            raise OptionError(f"tilt needs two different ends; both are {a!r}.")
        rows = self._rows(state, a, b)
        at, low, high = self.theta[rows]
        tilt = ratio(at - low, high - low)
        slope = ratio(np.stack([np.ones_like(tilt), tilt - 1, -tilt]), high - low)  # d tilt / d theta
        return self._contrast("tilt", rows, tilt, slope)

    def _contrast(self, name: str, rows: list[int], value: np.ndarray, slope: np.ndarray) -> pd.DataFrame:
        """Frame of a function of a few actors' positions, (T,), with its sd from its slopes, (actors, T)."""
        if self.draws is None:  # known roll calls: the positions of a session are independent
            sd = np.sqrt((slope**2 * self.sd[rows] ** 2).sum(axis=0))
        else:
            sd = (slope * self.draws[:, rows].astype(np.float64)).sum(axis=1).std(axis=0)
        n = self.n[rows].min(axis=0)
        columns = {"session": self.sessions, name: value, "sd": sd, "n": n, "sd_kind": self.sd_kind}
        return pd.DataFrame(columns)

    def _rows(self, *labels: Hashable) -> list[int]:
        return [row_of(self.actors, label) for label in labels]


def ideal_points(
    votes: pd.DataFrame,
    *,
    method: Method = "vem",
    prior: Prior = "forward",
    bridges: Bridges | None = None,
    anchors: tuple[Hashable, Hashable] | None = None,
    step: float = 0.5,
    draws: int = 2000,
    burn: int = 500,
    rng: int | np.random.Generator | None = 0,
    tolerance: float = 1e-3,
    max_steps: int = 500,
    progress: Progress | None = None,
) -> IdealPointResult:
    """Ideal points of states from their roll-call votes, session by session, on one line.

    The question: where on one line does each state's voting place it?

    Actor i in session t meets roll call v with the latent score z = beta_v theta_it + e, e ~ N(0, 1), and
    votes yes if z < g1_v, no if z > g2_v, and abstains between. Priors: beta ~ N(0, 1), cutpoints flat on
    [-6, 6], and by choice

    - ``forward``: theta_it ~ N(theta_i,prev, step n_t / (n_t + n_prev)), with n the actor's votes and prev
      the last session it voted in; each session looks back only, the first to the second, as in the
      published sampler (the replication);
    - ``smooth``: the same steps as a true random walk from N(0, 4), which looks ahead too (the better model);
    - ``static``: one position for each actor, N(0, 4).

    Roll calls that put one question in several sessions share (beta, g1, g2): they are the `bridges`, and
    only they tell a move of the states from a move of the agenda. Unanimous roll calls are dropped.

    Range: unbounded, mean 0 and standard deviation 1 over all country-sessions. Direction: `anchors`, else
    high means voting no more often (in the United Nations General Assembly: towards the United States).
    NaN: the actor cast no used vote in that session. Unit: standard deviations of positions.

    Parameters
    ----------
    votes : pandas.DataFrame
        Columns actor, session, item, vote: 1 yes, 2 abstain, 3 no. An absence is no row. Each item belongs
        to one session; sessions are taken in sorted order, numbers in a text by their size.
    method : {'vem', 'gibbs'}
        Variational EM with Anderson mixing (seconds; standard deviations approximate), or Gibbs sampling
        from the EM's end (minutes; posterior standard deviations).
    prior : {'forward', 'smooth', 'static'}
        How positions of successive sessions hang together.
    bridges : DataFrame of two columns, or iterable of pairs, optional
        Items that share parameters. Chains of pairs join.
    anchors : (low, high), optional
        Two actors; the line is turned so that `high` stands above `low` (on average over the sessions
        both voted in, or over all where there are none). Default: positions are turned so that over all
        votes they go with no rather than yes; in an exact tie so that the first actor is positive.
    step : float
        Scale of the prior variance of a step, > 0.
    draws, burn : int
        Sweeps kept and sweeps thrown away (Gibbs); the published levels need more, see the notes.
    rng : int, numpy.random.Generator or None
        Seed or generator (Gibbs).
    tolerance : float
        The EM stops when no position moves more than this in a step.
    max_steps : int
        Most steps of the EM; `recipe["converged"]` says whether they sufficed.
    progress : callable, optional
        Called as progress(done, total) after each step or sweep.

    Returns
    -------
    IdealPointResult
        Arrays (actor, session); ``.to_frame()`` has actor, session, theta, sd, n, linked, segment, sd_kind.

    Raises
    ------
    UnknownLabelError
        If a column is missing, or an item of `bridges` or an actor of `anchors` has no vote.
    EventError
        If rows have no label or another vote than 1, 2, 3, or repeat an actor's vote on an item (they are
        in ``.refused``); if an item occurs in two sessions, labels cannot be sorted, or no roll call divides.
    FormatError
        If `bridges` are not pairs.
    OptionError
        If an option is outside its range or choices.

    Notes
    -----
    Levels of sessions in different segments are not identified against each other; distances within a
    session are. In the United Nations' published matches two long segments, 15-52 and 53 on, have no bridge
    between them, and most sessions before 11 have none at all.
    The EM's own variances are far too small (half the standard deviation) and are not given. Its sd comes
    from the curvature of the votes' likelihood with the other side's parameters taken as known: too small
    for the roll calls (about two thirds of the posterior's), for theta .9 to 1.1 times it on the United Nations' votes.
    `sd_kind` and the recipe say which you have; where a standard error matters, use Gibbs.
    Gibbs with ``smooth`` or ``static`` draws from the posterior; levels without bridges mix slowly.
    ``forward`` is no joint distribution, and Gibbs repeats the published sampler's updates, from the EM's
    end instead of its start by hand: prior means are the conditional means of the sweep before, draws are
    cut off at 5 and brought to scale, latent scores cut off at 9, and cutpoints walk within 7. That walk
    leans: it lets both cutpoints fall below the old pair, from where no step leads back. Within sessions
    this hardly shows, but levels that no bridge ties (the United Nations' before session 10) come from the
    lean, not from the votes: an exact walk leaves session 1 about half a standard deviation lower. They
    take some 2,000 sweeps to settle; burn=2000, draws=4000 repeat the published series.

    References
    ----------
    Bailey, Strezhnev & Voeten 2017, Estimating Dynamic State Preferences from United Nations Voting Data,
    Journal of Conflict Resolution 61(2):430-456. Imai, Lo & Olmsted 2016, Fast Estimation of Ideal Points
    with Massive Data, American Political Science Review 110(4):631-656. Walker & Ni 2011, Anderson
    Acceleration for Fixed-Point Iterations, SIAM Journal on Numerical Analysis 49(4):1715-1735.

    Examples
    --------
    Three roll calls a year; B sits between A and C.

    >>> import pandas as pd
    >>> rows = [(a, y, f"{y}-{k}", v) for y in (2001, 2002) for k, line in enumerate(["1123", "1133", "1223"])
    ...         for a, v in zip("ABCD", map(int, line))]
    >>> votes = pd.DataFrame(rows, columns=["actor", "session", "item", "vote"])
    >>> points = ideal_points(votes, bridges=[("2001-0", "2002-0")], anchors=("A", "D"))
    >>> points
    <IdealPointResult: 4 actor x 2 session; method='vem', prior='forward', ...>
    >>> bool((points.theta[0] < points.theta[3]).all())
    True
    >>> points.tilt("B", "A", "D").tilt.between(0, 1).all()
    np.True_
    """
    one_of("method", method, get_args(Method))
    one_of("prior", prior, get_args(Prior))
    within("step", step, 0.0, open_low=True, open_high=True)
    within("tolerance", tolerance, 0.0, open_low=True, open_high=True)
    for name, value, least in (("draws", draws, 2), ("burn", burn, 0), ("max_steps", max_steps, 1)):
        whole_number(name, value, least)
    generator = generator_of(rng)
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be a callable of (done, total), not {type(progress).__name__}.")
    given = read_votes(votes, bridges)
    if anchors is not None:
        anchors = ends(anchors, given)
    used = given.used
    layout, position = incidence_of_codes(
        given.actor[used], given.session[used], given.shared[given.item[used]], given.vote[used], prior, step
    )
    told = progress if method == "vem" else None  # of a sampler its sweeps are
    state, steps, converged = variational_em(layout, tolerance=tolerance, max_steps=max_steps, progress=told)
    recipe: dict[str, Any] = {"measure": "ideal_points", "method": method, "prior": prior, "step": step}
    recipe |= {"anchors": anchors, "steps": steps, "converged": converged, "sd": SD_KIND[method]}
    kept = None
    sd, item_sd = standard_deviations(layout, state)
    if method == "gibbs":
        run = sample(layout, state, burn=burn, draws=draws, keep=KEPT, rng=generator, progress=progress)
        state, kept = run.state, run.theta
        sd, item_sd = np.sqrt(state.v_theta), np.sqrt(state.v_beta)
        recipe |= {"draws": draws, "burn": burn, "accepted": round(run.accepted, 3)}
    return _result(given, state, position, sd, item_sd, kept, recipe)


def _result(
    given: Votes, state: State, position: np.ndarray, sd: np.ndarray, item_sd: np.ndarray,
    draws: np.ndarray | None, recipe: dict[str, Any],
) -> IdealPointResult:  # fmt: skip
    """Scatter over actors and sessions, bring to mean 0 and sd 1, and turn the line.

    In the order of the layout are the position of each vote used, (V,), `sd` (M,), `item_sd` (I,) and `draws` (K, M).
    """
    used, (S, T) = given.used, (len(given.actors), len(given.sessions))
    n = np.bincount(given.actor[used] * T + given.session[used], minlength=S * T).reshape(S, T)
    at = np.full((S, T), -1)
    at[given.actor[used], given.session[used]] = position
    cast = n > 0
    place = state.theta[at[cast]]
    mean, scale = place.mean(), place.std() or 1.0
    scale *= direction(given, np.where(cast, state.theta[at], np.nan) - mean, recipe["anchors"])

    def by_actor_and_session(values: np.ndarray) -> np.ndarray:
        return np.where(cast, values[..., at], np.nan).astype(values.dtype)

    shift = state.beta * mean
    params = {"beta": state.beta * scale, "g1": state.g1 - shift, "g2": state.g2 - shift}
    params["sd"] = item_sd * abs(scale)
    if draws is not None:
        draws = by_actor_and_session(((draws - mean) / scale).astype(np.float32))
    return IdealPointResult(
        recipe, given.actors, given.sessions,
        theta=by_actor_and_session((state.theta - mean) / scale), sd=by_actor_and_session(sd / abs(scale)), n=n,
        segment=segments(given, by_actors=recipe["prior"] == "static"), draws=draws,
        item_columns=_item_columns(given, params),
    )  # fmt: skip


def _item_columns(given: Votes, params: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns of the frame of items, in the order of their labels."""
    session = np.zeros(len(given.items), dtype=np.int64)
    session[given.item] = given.session
    votes = np.bincount(given.group[given.item], minlength=len(given.items))
    columns = {"item": given.items, "session": given.sessions[session]}
    for name, values in params.items():
        columns[name] = np.where(given.divided, values[np.maximum(given.shared, 0)], np.nan)
    return columns | {"n": np.where(given.divided, votes[given.group], 0), "shared": given.group}
