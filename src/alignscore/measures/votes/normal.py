"""The normal distribution in single precision and in place: a Gibbs sweep is little else.

A relative error of 1e-6 is far below what a chain can tell, and makes it several times as fast as scipy's.
`work` are rows as long as the argument that a call may write over.
"""

from __future__ import annotations

import numpy as np

TINY = np.float32(1e-37)  # keeps logarithms and quantiles finite
# Phi(-x) = exp(-x^2/2) t P(t), t = 1 / (1 + 0.3 x), x >= 0; fitted to scipy's erfcx, relative error 3e-8
PACE = 0.3
TAIL = (
    *(0.11968355, 0.11964907, 0.10944334, 0.08283832, 0.0810227),
    *(-0.04694241, 0.14759768, -0.19130099, 0.09517789, -0.01716914),
)
# Quantile: Wichura 1988, Applied Statistics 37:477, algorithm AS 241, PPND7 (about 1 part in 10^7):
# fractions of polynomials, lowest power first, for |p - 1/2| <= 0.425 and beyond
CENTRE = (
    (3.3871327179, 50.434271938, 159.29113202, 59.109374720),
    (1.0, 17.895169469, 78.757757664, 67.187563600),
)
OUTER = ((1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103), (1.0, 0.73700164250, 0.12021132975))
FAR = ((6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997), (1.0, 0.24197894225, 0.012258202635))


def _polynomial(coefficients: tuple[float, ...], x: np.ndarray, out: np.ndarray) -> np.ndarray:
    np.multiply(x, np.float32(coefficients[-1]), out=out)
    for c in coefficients[-2:0:-1]:
        out += np.float32(c)
        out *= x
    out += np.float32(coefficients[0])
    return out


def cdf(x: np.ndarray, out: np.ndarray, work: np.ndarray) -> np.ndarray:
    """Phi(x) into `out`, (n,) float32, with two rows of work; digits are kept in the lower tail."""
    t, part = work[:2, : len(x)]
    np.abs(x, out=t)
    np.multiply(t, t, out=out)
    out *= np.float32(-0.5)
    np.exp(out, out=out)
    t *= np.float32(PACE)
    t += np.float32(1)
    np.reciprocal(t, out=t)
    out *= t
    out *= _polynomial(TAIL, t, part)
    # 1 - tail where x > 0, without a branch: up + (1 - 2 up) tail
    np.greater(x, 0, out=part)
    np.multiply(part, np.float32(-2), out=t)
    t += np.float32(1)
    out *= t
    out += part
    return out


def quantile(p: np.ndarray, out: np.ndarray, work: np.ndarray) -> np.ndarray:
    """The x with Phi(x) = p into `out`, (n,) float32, with three rows of work; p of 1e-37 or less is -12.8."""
    q, r, part = work[:3, : len(p)]
    np.subtract(p, np.float32(0.5), out=q)
    np.multiply(q, q, out=r)
    np.subtract(np.float32(0.180625), r, out=r)
    _polynomial(CENTRE[0], r, out)
    out /= _polynomial(CENTRE[1], r, part)
    out *= q
    outside = np.flatnonzero(r < 0)
    low = p[outside]
    s = np.sqrt(-np.log(np.maximum(np.minimum(low, 1 - low), TINY)))
    x = np.where(s <= 5, _fraction(OUTER, s - np.float32(1.6)), _fraction(FAR, s - np.float32(5)))
    out[outside] = np.copysign(x, q[outside])
    return out


def _fraction(terms: tuple[tuple[float, ...], tuple[float, ...]], x: np.ndarray) -> np.ndarray:
    over, under = (_polynomial(part, x, np.empty_like(x)) for part in terms)
    over /= under
    return over
