"""Statistics that several techniques share: correlated noise, counts, two groups."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats


def counts_needed(ratio: ArrayLike, *, relative_error: float = 0.0, k: float = 3.0) -> NDArray:
    """Background counts at which a line of ``ratio`` times the background reaches k sigma.

    ratio B = k sqrt(B (1 + ratio) + (f B)^2); infinite where ratio <= k f: no counting time
    helps against an overlap that is not known well enough.
    """
    ratio = np.asarray(ratio, dtype=float)
    if np.any(ratio <= 0):
        raise ValueError("ratio must be > 0")
    room = ratio**2 - (k * relative_error) ** 2
    return np.where(room > 0, k**2 * (1 + ratio) / np.where(room > 0, room, 1.0), np.inf)


def generated_xrays(
    electrons: float, edge_ev: float, fluorescence_yield: float, beam_ev: float
) -> float:
    """X-rays generated per atom in relative units: n w ln(E0/Ec)/(E0 Ec), Bethe's form."""
    if not 0 < edge_ev < beam_ev:
        raise ValueError(f"edge_ev must lie between 0 and the beam's {beam_ev:g}, got {edge_ev:g}")
    return electrons * fluorescence_yield * np.log(beam_ev / edge_ev) / (beam_ev * edge_ev)


def correlation_factor(residuals: NDArray) -> float:
    """1 + 2 sum of the residuals' autocorrelation up to the first lag that is not significant.

    The covariance of a line much broader than the correlation grows by this factor when
    the noise is correlated from point to point (zero filling, apodisation).
    """
    r = residuals - residuals.mean()
    total, limit = float(r @ r), 2 / np.sqrt(r.size)
    factor = 1.0
    if not total > 0:  # fitted to the last bit
        return factor
    for lag in range(1, r.size // 4):
        rho = float(r[:-lag] @ r[lag:]) / total
        if rho < limit:
            break
        factor += 2 * rho
    return factor


def whitened(values: NDArray, rho: float) -> NDArray:
    """Rows whose AR(1) noise of correlation ``rho`` becomes white (Prais and Winsten)."""
    out = values.copy()
    out[1:] -= rho * values[:-1]
    out[0] *= np.sqrt(1 - rho**2)
    return out


@dataclass(frozen=True)
class Welch:
    """Welch's test of two means.

    Attributes
    ----------
    t, p : float
        Two-sided.
    """

    t: float
    p: float


def cohens_d(mean1: float, sd1: float, mean2: float, sd2: float) -> float:
    """``(m1 - m2) / sqrt((s1^2 + s2^2) / 2)``: difference of the means in standard deviations."""
    return (mean1 - mean2) / math.sqrt((sd1**2 + sd2**2) / 2)


def normal_overlap(mean1: float, sd1: float, mean2: float, sd2: float) -> float:
    """Shared area of two normal densities, 0 to 1."""
    return NormalDist(mean1, sd1).overlap(NormalDist(mean2, sd2))


def welch(
    mean1: float, sd1: float, count1: float, mean2: float, sd2: float, count2: float
) -> Welch:
    """Welch's unequal-variance t test from summaries.

    ``count`` may be a number of *effective* observations and need not be whole.

    Raises
    ------
    ValueError
        A count of 1 or less, with which a mean has no error.
    """
    for count in (count1, count2):
        if not count > 1:
            raise ValueError(f"Welch's test needs more than one observation a group, got {count:g}")
    found = stats.ttest_ind_from_stats(mean1, sd1, count1, mean2, sd2, count2, equal_var=False)
    return Welch(float(found.statistic), float(found.pvalue))


def rank_sum_floor(count1: int, count2: int) -> float:
    """Smallest two-sided p of the exact rank-sum test, ``2 / C(n1 + n2, n1)``.

    Reached when every value of one group exceeds every value of the other.
    """
    return 2 / math.comb(count1 + count2, count1)


def places_of_optimum(
    x: NDArray, bend: float, log_scatter: float, *, draws: int, rng: np.random.Generator
) -> NDArray:
    """Where the parabola through ln of scattered values has its top, within the range of `x`.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Levels, one value each.
    bend : float
        True curvature: ln y = bend (x - middle)^2; 0 is no optimum.
    log_scatter : float
        Standard deviation of ln y.

    Returns
    -------
    ndarray
        One top a draw; draws whose parabola opens upwards have none.
    """
    middle = (x.min() + x.max()) / 2
    noise = log_scatter * rng.normal(size=(draws, x.size))
    c2, c1, _ = np.polyfit(x, (bend * (x - middle) ** 2 + noise).T, 2)
    return (-c1 / (2 * c2))[c2 < 0].clip(x.min(), x.max())
