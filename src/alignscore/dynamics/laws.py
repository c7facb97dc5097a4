"""The law of the next period's share given its number of events, by either method, and the fit it rests on.

Letters for shapes: D dyads, K domains, T periods. Arrays run (T + 1, D): the last row is the period to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from alignscore.dynamics import discount, dynamic
from alignscore.dynamics.counts import By, Counts, Data, posted
from alignscore.dynamics.dynamic import DynamicFit
from alignscore.dynamics.fit_decay import DecayFit, fit_decay
from alignscore.errors import OptionError, check_known, one_of

Method = Literal["discount", "dynamic"]
KINDS: dict[str, type] = {"discount": DecayFit, "dynamic": DynamicFit}
Fit = DecayFit | DynamicFit
# events: a thin record is fitted best by a prior worth nothing, which rules out what was never seen
LEAST_PRIOR = 0.5


def prepared(
    data: Data, fit: Fit | None, method: Method, columns: Mapping[str, str] | None,
    by: By, *, directed: bool,
) -> tuple[Counts, Fit]:  # fmt: skip
    """Counts, and the fit given or one made from them."""
    one_of("method", method, KINDS)
    if fit is not None and not isinstance(fit, KINDS[method]):
        maker = "fit_decay" if method == "discount" else "fit_dynamic"
        raise TypeError(f"method {method!r} needs a fit as {maker}(...) makes it, not {type(fit).__name__}.")
    if fit is not None and fit.counts.axes.domains == ("all",):
        by = "all"
    data = posted(data)  # once, for the counts and the fit
    counts = Counts.from_data(data, columns, by, directed=directed)
    if fit is None:
        if method == "discount":
            return counts, fit_decay(data, columns, by, directed=directed, draws=0)
        return counts, dynamic.fitted(counts)
    if fit.counts.directed != directed:
        raise OptionError(
            f"fit has directed={fit.counts.directed}, here directed is {directed}; fit and ask the same relation."
        )
    if fit.counts.axes.freq != counts.axes.freq:
        raise OptionError(
            f"fit was made on periods of {fit.counts.axes.freq!r}, the data have {counts.axes.freq!r}; post both alike."
        )
    for domain in counts.axes.domains:
        check_known("domain", domain, fit.counts.axes.domains)
    return counts, fit


def law(
    counts: Counts, domain: str, fit: Fit, n: np.ndarray, *, ahead: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Mean m and precision s of each period's Beta law given the periods before, for n events (T + 1, D).

    The count of n is BetaBinomial(s m, s (1 - m)); with n infinite it is the law of the share itself. A prior counts
    `LEAST_PRIOR` at least.
    """
    at = counts.axes.domain(domain)
    c, k = counts.cooperation[:, at], counts.conflict[:, at]
    if isinstance(fit, DecayFit):
        chosen = fit.parameters(domain)
        chosen = chosen._replace(prior=max(chosen.prior, LEAST_PRIOR))
        cells = discount.CountedCells.make(c, k, counts.years)
        mean, precision = discount.predict(cells, chosen, ahead=ahead)
        return mean, discount.with_dispersion(precision, n, counts.years, chosen)
    i, j = counts.axes.dyads.T
    whose = fit.of(domain)
    c, k = (np.ascontiguousarray(x.T) for x in (c, k))
    mean, variance = dynamic.expected(c, k, i, j, len(counts.axes.actors), whose, ahead=ahead)
    return dynamic.beta_of_logit_normal(mean, variance + dynamic.noise_of(n, whose))
