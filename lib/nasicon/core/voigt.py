"""Widths (FWHM) of a Voigt profile: the whole from its parts, and back.

W = p L + sqrt(q L^2 + G^2) of the Lorentzian and the Gaussian width, to 0.02 %: J. J. Olivero
and R. L. Longbothum, J. Quant. Spectrosc. Radiat. Transfer 17 (1977) 233.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

P, Q = 0.5346, 0.2166


def voigt_width(lorentz: ArrayLike, gauss: ArrayLike) -> tuple[NDArray, NDArray, NDArray]:
    """Width of the whole, and its derivatives by the Lorentzian and the Gaussian width."""
    lorentz, gauss = np.asarray(lorentz, dtype=float), np.asarray(gauss, dtype=float)
    root = np.sqrt(Q * lorentz**2 + gauss**2)
    return P * lorentz + root, P + Q * lorentz / root, gauss / root


def lorentz_width(whole: ArrayLike, gauss: ArrayLike) -> NDArray:
    """Lorentzian width that is left of the whole, a quadratic in it; negative where none is."""
    w, g = np.asarray(whole, dtype=float), np.asarray(gauss, dtype=float)
    return (P * w - np.sqrt(P**2 * w**2 - (P**2 - Q) * (w**2 - g**2))) / (P**2 - Q)
