"""What the centres of two end members say about a mixture of them.

A centroid of a sum lies at the weighted mean of the centroids. The maximum of a sum of two
single-peaked lines lies between their maxima, not at the weighted mean: it stays with the
stronger line until the two are nearly equal, if they are well apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Line = tuple[float, float, float]  # centre of the mixture, of end member 0, of end member 1


def centroid_weight(mixture: float, zero: float, one: float) -> float:
    """Weight of end member 1, from centroids: (d - d0)/(d1 - d0).

    Raises
    ------
    ValueError
        The end members have the same centre.
    """
    if zero == one:
        raise ValueError(f"the end members must differ, both are at {zero:g}")
    return (mixture - zero) / (one - zero)


def required_end_member(mixture: float, one: float, weight: float) -> float:
    """Centre that end member 0 must have for a given weight of end member 1."""
    if not 0 <= weight < 1:
        raise ValueError(f"weight must be in [0, 1), got {weight:g}")
    return (mixture - weight * one) / (1 - weight)


def misfit(weights: ArrayLike, lines: Sequence[Line]) -> NDArray:
    """Centre of the mixture minus weighted mean of the end members, shape (lines, weights)."""
    w = np.atleast_1d(weights)
    return np.array([d - (1 - w) * zero - w * one for d, zero, one in lines])


def feasible(
    weights: ArrayLike, lines: Sequence[Line], *, picking: float, referencing: float = 0.0
) -> NDArray:
    """Which weights the centres allow, each error at most its bound.

    Parameters
    ----------
    weights : array_like, shape (w,)
        Weight of end member 1, common to all lines.
    lines : sequence of (mixture, end member 0, end member 1)
        Centres in ppm.
    picking : float
        Largest error of each centre, independent of all others, ppm.
    referencing : float
        Largest error of the axis of each spectrum, common to all its lines, ppm.

    Returns
    -------
    ndarray of bool, shape (w,)
        True where errors within the bounds make every line fit.
    """
    w = np.atleast_1d(weights)
    r = misfit(w, lines)
    lever = 1 + np.abs(1 - w) + np.abs(w)  # the errors of three spectra add up at worst
    spread, middle = np.ptp(r, axis=0) / 2, np.abs(r.max(axis=0) + r.min(axis=0)) / 2
    room = picking * lever * (1 + 1e-12)
    return (spread <= room) & (middle - (room - spread) <= referencing * lever * (1 + 1e-12))


def smallest_error(weight: float, lines: Sequence[Line]) -> float:
    """Smallest error of every centre at which a weight becomes possible, ppm."""
    lever = 1 + abs(1 - weight) + abs(weight)
    return float(np.abs(misfit(weight, lines)).max() / lever)
