"""Profiles of interaction: ties turned into portfolios."""

from __future__ import annotations

from typing import Literal

import numpy as np

from alignscore.errors import one_of
from alignscore.events import Events
from alignscore.intervals import ratio
from alignscore.ledger import Ledger, Ties, ties_of
from alignscore.measures.similarity.portfolio import Block, Portfolio


def portfolio_from_ties(
    ties: Ties | Ledger | Events,
    *,
    tie: Literal["cooperation", "conflict"] = "cooperation",
    domain: str | None = None,
    period: object = None,
) -> Portfolio:
    """Profiles of interaction, as portfolios to compare.

    With whom does each actor deal, as shares of all its ties?

    share(i, k) = C(i, k) / sum_k C(i, k), in [0, 1], from the stocks in force at a period's end. Rows are
    actors, columns partners. The share with oneself is missing, so that two actors are compared over third
    parties (each one's share with the other drops out, pair by pair). A row is missing where the actor has
    no tie at all. Shares are read with ``measure="correlation"`` or ``"s"``; most shares are near 0, which
    lifts s for every pair, so correlation tells more.

    Parameters
    ----------
    ties : Ties, Ledger or Events
        Events are posted by year under the default decay of their codebook.
        Directed ties give the profile of what an actor does to others; ``ties.undirected()`` of both ways.
    tie : {"cooperation", "conflict"}
        Which layer.
    domain : str
        One domain. Where None and there are several, an item is a (domain, partner): shares within each
        domain stand side by side, and no mass of one domain is added to another's.
    period : period, date or year
        One period. Where None, a panel of all.

    Returns
    -------
    Portfolio

    Raises
    ------
    UnknownLabelError, OptionError
        A domain, period or layer the ties do not have.

    Examples
    --------
    >>> from alignscore.datasets import asean
    >>> from alignscore.ledger import Ledger
    >>> from alignscore.measures.similarity.similarity import portfolio_from_ties, similarity
    >>> profiles = portfolio_from_ties(Ledger.post(asean()).ties(), period=2024)
    >>> found = similarity(profiles, measure="correlation", min_items=5)
    >>> found.measures
    ('correlation',)
    """
    ties = ties_of(ties)
    one_of("tie", tie, ("cooperation", "conflict"))
    axes = ties.axes
    domains = range(len(axes.domains)) if domain is None else [axes.domain(domain)]
    steps = range(len(axes.periods)) if period is None else [axes.period(period)]
    stock = getattr(ties, tie)  # (D, K, T)
    A = len(axes.actors)
    source, target = axes.dyads[:, 0], axes.dyads[:, 1]
    blocks = []
    for t in steps:
        square = np.zeros((A, len(domains), A))  # actor, domain, partner
        square[source, :, target] = stock[:, domains, t]
        if not ties.directed:
            square[target, :, source] = stock[:, domains, t]
        shares = ratio(square, square.sum(axis=2, keepdims=True))
        shares[np.arange(A), :, np.arange(A)] = np.nan
        flat = shares.reshape(A, -1)
        rows = np.flatnonzero((~np.isnan(flat)).any(axis=1))
        label = None if period is not None else axes.periods[t]
        blocks.append(Block(label, rows, np.arange(flat.shape[1]), flat[rows]))
    partners = [(axes.domains[k], actor) for k in domains for actor in axes.actors]
    items = tuple(axes.actors) if len(domains) == 1 else tuple(partners)
    low = np.zeros(len(items))
    return Portfolio(tuple(axes.actors), items, tuple(blocks), None, None, low, low + 1)
