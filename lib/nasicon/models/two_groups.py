"""How different two groups are: effect size, overlap, Welch's test, the rank-sum test's floor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from scipy import stats


@dataclass(frozen=True)
class Welch:
    """Welch's test of two means.

    Attributes
    ----------
    t, degrees_of_freedom, p : float
        Two-sided.
    difference, ci_low, ci_high : float
        Difference of the means and its 95 % interval.
    """

    t: float
    degrees_of_freedom: float
    p: float
    difference: float
    ci_low: float
    ci_high: float


def cohens_d(mean1: float, sd1: float, mean2: float, sd2: float) -> float:
    """``(m1 - m2) / sqrt((s1^2 + s2^2) / 2)``: difference of the means in standard deviations."""
    return (mean1 - mean2) / math.sqrt((sd1**2 + sd2**2) / 2)


def normal_overlap(mean1: float, sd1: float, mean2: float, sd2: float) -> float:
    """Shared area of two normal densities, 0 to 1.

    The smaller density changes only where the two are equal, which is a quadratic
    equation; between these points the area is a difference of distribution functions.
    """
    first, second = stats.norm(mean1, sd1), stats.norm(mean2, sd2)
    a = 1 / (2 * sd1**2) - 1 / (2 * sd2**2)
    b = mean2 / sd2**2 - mean1 / sd1**2
    c = mean1**2 / (2 * sd1**2) - mean2**2 / (2 * sd2**2) + math.log(sd1 / sd2)
    if math.isclose(sd1, sd2):
        if math.isclose(mean1, mean2):
            return 1.0
        cuts = [(mean1 + mean2) / 2]
    else:
        root = math.sqrt(max(b * b - 4 * a * c, 0.0))
        cuts = sorted([(-b - root) / (2 * a), (-b + root) / (2 * a)])
    ends = [-math.inf, *cuts, math.inf]
    return float(
        sum(
            min(first.cdf(hi) - first.cdf(lo), second.cdf(hi) - second.cdf(lo))
            for lo, hi in pairwise(ends)
        )
    )


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
    v1, v2 = sd1**2 / count1, sd2**2 / count2
    freedom = (v1 + v2) ** 2 / (v1**2 / (count1 - 1) + v2**2 / (count2 - 1))
    difference, error = mean1 - mean2, math.sqrt(v1 + v2)
    half = stats.t.ppf(0.975, freedom) * error
    t = difference / error
    return Welch(t, freedom, 2 * stats.t.sf(abs(t), freedom), difference,
                 difference - half, difference + half)  # fmt: skip


def rank_sum_floor(count1: int, count2: int) -> float:
    """Smallest two-sided p of the exact rank-sum test, ``2 / C(n1 + n2, n1)``.

    Reached when every value of one group exceeds every value of the other.
    """
    return 2 / math.comb(count1 + count2, count1)
