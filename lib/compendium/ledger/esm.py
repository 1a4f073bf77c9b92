"""Formulas on strain microscopy: effect sizes, spreads, distances of ions."""

import math
from bisect import bisect_left

from nasicon.core.constants import BOLTZMANN_EV_PER_K, ELEMENTARY_CHARGE_C, kelvin
from nasicon.core.statistics import cohens_d, normal_overlap, rank_sum_floor, welch
from nasicon.esm.model_oscillator import CLAMPED_PINNED

THERMAL_EV = BOLTZMANN_EV_PER_K * float(kelvin(25.0))


def effect_size(m1: float, s1: float, m2: float, s2: float) -> dict[str, float]:
    """Cohen's d = (m1 - m2)/sqrt((s1^2 + s2^2)/2); judged: m1/m2; overlap; Welch's least n."""
    counts = range(2, 2000)  # p falls with the number of values
    found = bisect_left(counts, True, key=lambda n: welch(m1, s1, n, m2, s2, n).p < 0.05)
    fewest = counts[min(found, len(counts) - 1)]
    return {
        "computed": cohens_d(m1, s1, m2, s2),
        "judged": m1 / m2,
        "ratio": m1 / m2,
        "overlap": 100 * normal_overlap(m1, s1, m2, s2),
        "fewest": float(fewest),
    }


def amplitude_and_conductivity(
    a1: float, a0: float, b1: float, b0: float, t1: float, t0: float
) -> dict[str, float]:
    """A1/A0; judged: over the ratio of the bulk conductivities."""
    ratio = a1 / a0
    return {"computed": ratio, "judged": ratio / (b1 / b0), "bulk": b1 / b0, "total": t1 / t0}


def variation_ratio(m1: float, s1: float, m2: float, s2: float) -> dict[str, float]:
    """(s1/m1)/(s2/m2); absolute: s1/s2."""
    return {
        "computed": (s1 / m1) / (s2 / m2),
        "absolute": s1 / s2,
        "first": 100 * s1 / m1,
        "second": 100 * s2 / m2,
    }


def dissipation_and_barrier(q0: float, q1: float, e1: float, e0: float) -> dict[str, float]:
    """Q0/Q1; judged: over the ratio of the activation energies."""
    return {"computed": q0 / q1, "judged": q0 / q1 / (e1 / e0), "barrier": e1 / e0}


def ion_distances(
    sigma: float, density: float, kilohertz: float, seconds: float, tip_nm: float
) -> dict[str, float]:
    """L = sqrt(D/(pi f)), D = sigma kT/(n q^2), f = 4.39 f0; judged: tau = a^2/D, in seconds."""
    diffusivity = sigma * THERMAL_EV / (density * ELEMENTARY_CHARGE_C)  # cm2 s-1
    hertz = CLAMPED_PINNED * kilohertz * 1e3
    relaxes = (tip_nm * 1e-7) ** 2 / diffusivity
    return {
        "computed": 1e7 * math.sqrt(diffusivity / (math.pi * hertz)),
        "judged": relaxes,
        "diffusivity": diffusivity,
        "relaxes": 1e3 * relaxes,
        "pulse": 1e4 * math.sqrt(diffusivity * seconds),
        "kilohertz": hertz / 1e3,
    }


def least_p(count: float) -> float:
    """2/C(2n, n): exact rank-sum test where all n exceed the other n."""
    return float(rank_sum_floor(max(round(count), 2), max(round(count), 2)))
