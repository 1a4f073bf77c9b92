"""A glassy film between two crystals, seen in projection, and what it can hold.

A film of thickness delta stands in a foil of thickness t, tilted by theta from the beam.
The share of amorphous material along the beam is then a trapezoid: a box of the film's
width delta/cos(theta) convolved with a box of t tan(theta).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from nasicon.composition.model_formulas import molar_mass, parse
from nasicon.core.constants import AVOGADRO_PER_MOL

PIXEL_NM, ORDER_NM = 0.03, 0.6  # of the fringe models; width over which order is looked at
FRINGES = ((0.363, 0.3), (0.604, -0.5))  # spacing in nm, direction in radians


def projected_widening_nm(foil_nm: ArrayLike, tilt_deg: ArrayLike) -> NDArray:
    """What a tilt adds to the base of a projected film, t tan(theta)."""
    return np.asarray(foil_nm) * np.tan(np.radians(np.asarray(tilt_deg, dtype=float)))


def projected_profile(x_nm: ArrayLike, film_nm: float, foil_nm: float, tilt_deg: float) -> NDArray:
    """Amorphous share along the beam at distance x from the middle of the film."""
    if not (film_nm > 0 and foil_nm > 0 and 0 <= tilt_deg < 60):
        raise ValueError(
            f"need film_nm > 0, foil_nm > 0, 0 <= tilt_deg < 60; got {film_nm:g}, {foil_nm:g}, "
            f"{tilt_deg:g}"
        )
    x = np.abs(np.asarray(x_nm, dtype=float))
    width = film_nm / np.cos(np.radians(tilt_deg))
    smear = float(projected_widening_nm(foil_nm, tilt_deg))
    if smear < 1e-9:
        return (x <= width / 2).astype(float)
    top = min(width / smear, 1.0)
    flat, base = abs(width - smear) / 2, (width + smear) / 2
    return top * np.clip((base - x) / (base - flat), 0.0, 1.0)


def apparent_thickness_nm(film_nm: ArrayLike, foil_nm: ArrayLike, tilt_deg: ArrayLike) -> NDArray:
    """Width over which any of a film is seen: delta/cos(theta) + t tan(theta)."""
    width = np.asarray(film_nm) / np.cos(np.radians(np.asarray(tilt_deg, dtype=float)))
    return width + projected_widening_nm(foil_nm, tilt_deg)


def boron_per_nm3(glass: str, density_g_cm3: float) -> float:
    """Boron atoms per nm3 of a boron oxide or phosphate."""
    return parse(glass)["B"] * density_g_cm3 * AVOGADRO_PER_MOL / molar_mass(glass) * 1e-21


def largest_grain_nm(
    film_nm: float,
    boron_share: float,
    boron_per_formula: float,
    formula_nm3: float,
    capacity_per_nm3: float,
) -> float:
    """Cubic grain for which films can hold that share of the boron: D = 3 delta/(needed share)."""
    needed = boron_share * boron_per_formula / formula_nm3 / capacity_per_nm3
    return 3 * film_nm / needed


def fringe_model(film_nm: float, foil_nm: float, tilt_deg: float) -> NDArray:
    """Model of a boundary at lattice resolution: two crystals, an amorphous slab between.

    No micrograph and no image simulation: fringes of 0.363 nm (113) at the left and 0.604 nm
    (012) at the right, white noise of 0.15 nm resolution in the amorphous share of the
    projection, counting noise of 1000 electrons per square angstrom and 30 % contrast.

    Returns
    -------
    ndarray, shape (160, 320)
        Intensity, mean 1.
    """
    rng = np.random.default_rng(1)
    y, x = _grid((160, 320))
    glass = projected_profile(x, film_nm, foil_nm, tilt_deg) if film_nm > 0 else 0.0 * x
    waves = [np.cos(2 * np.pi * (x * np.cos(a) + y * np.sin(a)) / d) for d, a in FRINGES]
    noise = gaussian_filter(rng.normal(size=(160, 320)), 0.15 / 2.355 / PIXEL_NM)
    crystal = np.where(x < 0, *waves)
    pattern = (1 - glass) * crystal + glass * noise / noise.std() / np.sqrt(2)
    pattern = np.maximum(pattern, -3.0)
    electrons = 1000 * (10 * PIXEL_NM) ** 2
    return rng.poisson(electrons * (1 + 0.3 * pattern)) / electrons


def local_order(image: NDArray) -> NDArray:
    """Amplitude of the two lattices' Fourier components about each column, 1 in a crystal."""
    y, x = _grid(image.shape)
    left, sigma, found = image - image.mean(), ORDER_NM / PIXEL_NM, []
    for d, a in FRINGES:
        wave = np.exp(-2j * np.pi * (x * np.cos(a) + y * np.sin(a)) / d)
        mean = (left * wave).mean(axis=0)
        parts = [gaussian_filter1d(part, sigma) for part in (mean.real, mean.imag)]
        found.append(2 * np.hypot(*parts) / 0.3)
    return np.hypot(*found)


def _grid(shape: tuple[int, int]) -> tuple[NDArray, NDArray]:
    y, x = (PIXEL_NM * (np.arange(n) - n / 2) for n in shape)
    return y[:, None], x
