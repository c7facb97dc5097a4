"""Labels of a state between powers: posture and signed quadrant, by stated thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignscore.errors import within

WITHHELD = "withheld"
POSTURES = ("aligned", "leaning", "hedging", "disengaged", "contested")


@dataclass(frozen=True)
class Thresholds:
    """Where one posture ends and the next begins.

    In this order: **contested**, alignment with every power is negative; **disengaged**, engagement
    below `engaged`; **aligned**, dominance at least `aligned`; **hedging**, dominance at most
    `hedging`; **leaning**, between. Dominance is (max_p s_p - 1/k) / (1 - 1/k), for two powers
    the absolute position.

    Parameters
    ----------
    aligned : float
        0.5: three quarters of the tie with one of two powers.
    hedging : float
        0.1: the band 45-55 of the Anatomy of Choice index.
    engaged : float
        0.1 of the whole tie.

    Raises
    ------
    OptionError
        `hedging` or `engaged` outside [0, 1], `aligned` below `hedging` or above 1.
    """

    aligned: float = 0.5
    hedging: float = 0.1
    engaged: float = 0.1

    def __post_init__(self) -> None:
        within("aligned", self.aligned, self.hedging, 1.0)
        within("hedging", self.hedging, 0.0, 1.0)
        within("engaged", self.engaged, 0.0, 1.0)


def thresholds_of(given: Thresholds | None) -> Thresholds:
    """The thresholds given, or those in use where none are; TypeError for bare numbers, which bear no names."""
    if given is None:
        return Thresholds()
    if not isinstance(given, Thresholds):
        raise TypeError(f"thresholds is {given!r}; give Thresholds(aligned=0.5, hedging=0.1, engaged=0.1).")
    return given


def dominance(share: np.ndarray) -> np.ndarray:
    """How far the largest share stands above an even split, 0 to 1, over axis 1."""
    k = share.shape[1]
    above: np.ndarray = (share.max(axis=1) - 1 / k) / (1 - 1 / k)
    return above


def posture_codes(
    share: np.ndarray, engagement: np.ndarray, alignment: np.ndarray, powers: tuple[str, ...], by: Thresholds
) -> tuple[np.ndarray, np.ndarray]:
    """Posture and the power it leans to, (S, T) of text; shares and alignments (S, P, T); '' where unknown."""
    lead = dominance(share)
    known = ~np.isnan(lead)
    hostile = np.asarray((alignment < 0).all(axis=1))  # an unknown alignment is not below 0
    posture = np.array([*POSTURES, ""], dtype=object)[posture_numbers(lead, engagement, hostile, by)]
    first = np.array(powers, dtype=object)[np.nan_to_num(share, nan=-1.0).argmax(axis=1)]
    return posture, np.where(known & (lead > 1e-12), first, "")


def quadrants(alignment: np.ndarray, powers: tuple[str, ...]) -> np.ndarray:
    """'good with both', 'good with X only', 'bad with both' (all, for more powers), (S, T); '' where one is unknown."""
    good = alignment >= 0
    every = "both" if len(powers) == 2 else "all"
    text = np.full(good.shape[::2], "", dtype=object)
    for pattern in np.ndindex(*(2,) * len(powers)):
        chosen = [power for power, yes in zip(powers, pattern, strict=True) if yes]
        name = (
            f"good with {every}" if len(chosen) == len(powers) else f"good with {' and '.join(chosen)} only"
        )
        match = (good == np.array(pattern, dtype=bool)[:, None]).all(axis=1)
        text[match] = name if chosen else f"bad with {every}"
    text[np.isnan(alignment).any(axis=1)] = ""
    return text


def posture_numbers(
    lead: np.ndarray, engagement: np.ndarray, hostile: np.ndarray, by: Thresholds
) -> np.ndarray:
    """Position in `POSTURES` of each label, -1 where unknown: the rules of `Thresholds`, in their order."""
    place = {name: at for at, name in enumerate(POSTURES)}
    conditions = [
        hostile,
        engagement < by.engaged,
        np.isnan(lead),
        lead >= by.aligned,
        lead <= by.hedging + 1e-12,
    ]
    codes = [place["contested"], place["disengaged"], -1, place["aligned"], place["hedging"]]
    return np.select(conditions, codes, place["leaning"]).astype(np.int8)


def directed(codes: np.ndarray, first: np.ndarray, powers: int) -> np.ndarray:
    """Labels with the power they lean to as one class each, -1 where unknown.

    Aligned with each of P powers, leaning to each, then hedging, disengaged, contested: 2 P + 3 classes. To lean
    now to one power and now to the other is not to lean.
    """
    side, own = np.where(codes == 1, powers + first, first), codes + 2 * powers - 2
    return np.where(codes > 1, own, np.where(codes < 0, -1, side))


def told_posture(counts: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts of classes (..., 2 P + 3) as probabilities of the five labels, the likeliest class's label, its own.

    A label less likely than `least` is withheld; '' and NaN where nothing was drawn.
    """
    P = (counts.shape[-1] - 3) // 2
    total = counts.sum(axis=-1, keepdims=True)
    odds = np.where(total > 0, counts / np.maximum(total, 1), np.nan)
    sides = [odds[..., at : at + P].sum(axis=-1, keepdims=True) for at in (0, P)]
    best = np.nan_to_num(odds, nan=-1.0).max(axis=-1)
    at = counts.argmax(axis=-1)
    label = np.array(POSTURES, dtype=object)[np.where(at < 2 * P, at // P, at - 2 * P + 2)]
    label = np.where(best < 0, "", np.where(best >= least, label, WITHHELD))
    return np.concatenate([*sides, odds[..., 2 * P :]], axis=-1), label, np.where(best < 0, np.nan, best)
