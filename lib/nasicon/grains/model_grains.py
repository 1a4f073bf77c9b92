"""Grains and their boundaries: counts, brick layers, contacts, and what a count can tell."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import norm

from nasicon.core.constants import positive

NM_PER_MM = 1e6
QUANTILES = norm.ppf(0.975) + norm.ppf(0.95)  # 5 % of false alarms, and of misses
MAP_PIXELS = 96


def boundaries_per_mm(grain_nm: ArrayLike) -> NDArray:
    """Boundaries that a straight current path crosses per millimetre, for cubic grains."""
    return NM_PER_MM / np.asarray(_positive(grain_nm=grain_nm))


def brick_layer_conductivity(
    grain_nm: ArrayLike, bulk_s_per_cm: ArrayLike, boundary_ohm_cm2: ArrayLike
) -> NDArray:
    """Total conductivity of cubic grains with boundaries in series.

    1/sigma = 1/sigma_bulk + r/D, r the resistance of one boundary times its
    area, D the grain size. Conduction along boundaries is neglected.
    """
    grain_cm = np.asarray(_positive(grain_nm=grain_nm)) * 1e-7
    return 1 / (1 / np.asarray(bulk_s_per_cm) + np.asarray(boundary_ohm_cm2) / grain_cm)


def boundary_resistance_ohm_cm2(
    grain_nm: ArrayLike, bulk_s_per_cm: ArrayLike, total_s_per_cm: ArrayLike
) -> NDArray:
    """Resistance times area of one boundary, the inverse of `brick_layer_conductivity`."""
    excess = 1 / np.asarray(total_s_per_cm) - 1 / np.asarray(bulk_s_per_cm)
    if np.any(excess < 0):
        raise ValueError("the total conductivity must not exceed that of the bulk")
    return excess * np.asarray(_positive(grain_nm=grain_nm)) * 1e-7


def required_grain_nm(
    grain_nm: ArrayLike,
    old_s_per_cm: ArrayLike,
    new_s_per_cm: ArrayLike,
    bulk_s_per_cm: ArrayLike = np.inf,
) -> NDArray:
    """Grain size at which fewer, equal boundaries alone give the new conductivity.

    D_new = D_old (1/sigma_old - 1/sigma_bulk)/(1/sigma_new - 1/sigma_bulk);
    infinite where the bulk alone does not conduct that well.
    """
    old = 1 / np.asarray(old_s_per_cm, dtype=float) - 1 / np.asarray(bulk_s_per_cm, dtype=float)
    new = 1 / np.asarray(new_s_per_cm, dtype=float) - 1 / np.asarray(bulk_s_per_cm, dtype=float)
    if np.any(old < 0):
        raise ValueError("the old conductivity must not exceed that of the bulk")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(new > 0, np.asarray(_positive(grain_nm=grain_nm)) * old / new, np.inf)


def constriction_factor(contact_fraction: ArrayLike) -> NDArray:
    """Conductivity of grains that touch in one round spot each, over that of full contact.

    The two sides of a spot of radius a add 1/(2 sigma a), Holm's constriction
    resistance (from memory, its source was not at hand); a cube of edge D has
    1/(sigma D). Together 1/(1 + D/(2a)) with pi a2 = f D2. Holds for f well
    below one (an isolated spot); at f = 1 it would be 0.53 instead of 1. Free of
    grain size.
    """
    f = np.asarray(contact_fraction, dtype=float)
    if np.any((f <= 0) | (f > 1)):
        raise ValueError(f"contact_fraction must lie in (0, 1], got {contact_fraction}")
    return 1 / (1 + np.sqrt(np.pi / f) / 2)


def film_thickness_nm(volume_fraction: ArrayLike, grain_nm: ArrayLike) -> NDArray:
    """Film between cubic grains that a volume fraction would fill, phi D/3 (thin films)."""
    return np.asarray(volume_fraction) * np.asarray(_positive(grain_nm=grain_nm)) / 3


def cube_section_area(normal: NDArray, offset: NDArray) -> NDArray:
    """Area that planes cut out of cubes of edge one.

    For a plane n.x = t through the cube [0, 1]3, with all parts of the unit
    normal n positive, A = sum over subsets S of the axes of (-1)^|S|
    (t - sum of n over S)+2 / (2 n1 n2 n3), the slope of the volume below it.

    Parameters
    ----------
    normal : array, shape (n, 3)
        Unit vectors with positive parts.
    offset : array, shape (n,)
        t, between 0 and n1 + n2 + n3.
    """
    total = np.zeros(len(offset))
    for corner in np.ndindex(2, 2, 2):
        above = np.maximum(offset - normal @ np.array(corner, dtype=float), 0.0)
        total += (-1) ** sum(corner) * above**2
    return np.maximum(total / (2 * normal.prod(axis=1)), 0.0)


def grains_to_tell(ratio: ArrayLike, log_width: ArrayLike) -> NDArray:
    """Grains per sample needed to tell two log-normal sizes apart, both errors 5 %.

    2 ((z(1-alpha/2) + z(power)) s/ln(ratio))2, the two-sample normal test on ln(size).

    Parameters
    ----------
    ratio : array
        Of the two medians, unlike one.
    log_width : array
        Standard deviation s of ln(size) in each sample.
    """
    logs = np.abs(np.log(np.asarray(_positive(ratio=ratio))))
    if np.any(logs == 0):
        raise ValueError("ratio must differ from 1: equal sizes cannot be told apart")
    return 2 * (QUANTILES * np.asarray(_positive(log_width=log_width)) / logs) ** 2


def rhombohedron_angle_deg(a_angstrom: float, c_angstrom: float) -> float:
    """Angle between neighbouring {012} faces of a rhombohedral crystal (hexagonal cell).

    From the reciprocal metric: normals of (0 1 2) and (1 -1 2).
    """
    in_plane, along = 4 / (3 * a_angstrom**2), 4 / c_angstrom**2
    cosine = (-0.5 * in_plane + along) / (in_plane + along)
    return math.degrees(math.acos(cosine))


def _positive(**quantities: ArrayLike) -> ArrayLike:
    """Return the one value given, or say which is not positive."""
    positive(**quantities)
    return np.asarray(*quantities.values(), dtype=float)


def two_phases(share: float, ratio: float, counts: float, *, seed: int = 1) -> NDArray:
    """Counts of an element in a map where ``share`` of the area holds ``ratio`` times as much."""
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.normal(size=(MAP_PIXELS, MAP_PIXELS)), 4)
    second = field > (np.quantile(field, 1 - share) if share > 0 else np.inf)
    return rng.poisson(counts * np.where(second, ratio, 1.0))
