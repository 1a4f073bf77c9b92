"""Constants of nature (CODATA 2018) and the kelvin scale, typed once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# exact in the SI of 2019
BOLTZMANN_EV_PER_K = 8.617333262e-5
ELEMENTARY_CHARGE_C = 1.602176634e-19
AVOGADRO_PER_MOL = 6.02214076e23
FARADAY_C_PER_MOL = 96485.33212
GAS_J_PER_MOL_K = 8.314462618
VACUUM_PERMITTIVITY_F_PER_CM = 8.8541878128e-14
ZERO_CELSIUS_K = 273.15


def kelvin(temperature_c: ArrayLike) -> NDArray:
    """Absolute temperature in kelvin of a temperature in degrees Celsius."""
    kelvins = np.asarray(temperature_c, dtype=float) + ZERO_CELSIUS_K
    if np.any(kelvins <= 0):
        raise ValueError(
            f"temperature_c must be above -273.15, got {np.min(temperature_c)}; "
            "temperatures are in degrees Celsius, not kelvin differences"
        )
    return kelvins
