"""Band shapes of Raman spectra, and lines that calibrate a shift axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FOUR_LN2 = 4 * np.log(2)

#: Polystyrene, cm-1: the lines of ASTM E1840 as listed with the registered files
#: (data/external/registry.csv); silicon and calcite from the same place.
POLYSTYRENE_CM1 = (620.9, 795.8, 1001.4, 1031.8, 1602.3)
SILICON_CM1 = (520.5, 520.7)
CALCITE_CM1 = ((711.0, 713.0), (1085.0, 1086.5))


def gaussian(x: ArrayLike, centre: ArrayLike, fwhm: ArrayLike) -> NDArray:
    """Gaussian of unit area, 1/cm-1."""
    return gaussian_derivatives(np.asarray(x), centre, fwhm)[0]


def gaussian_derivatives(x: NDArray, centre: ArrayLike, fwhm: ArrayLike) -> tuple[NDArray, ...]:
    """Unit Gaussian and its derivatives by centre and by FWHM; shapes broadcast."""
    z = (x - centre) / fwhm
    value = np.sqrt(FOUR_LN2 / np.pi) / fwhm * np.exp(-FOUR_LN2 * z**2)
    return value, value * 2 * FOUR_LN2 * z / fwhm, value * (2 * FOUR_LN2 * z**2 - 1) / fwhm


def lorentzian(x: ArrayLike, centre: ArrayLike, fwhm: ArrayLike) -> NDArray:
    """Lorentzian of unit area, 1/cm-1."""
    half = np.asarray(fwhm) / 2
    return half / np.pi / (np.square(np.asarray(x) - centre) + half**2)
