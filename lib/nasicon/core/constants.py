"""Constants of nature (CODATA 2018), the kelvin scale, what must be positive: typed once."""

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


def positive(**quantities: ArrayLike | None) -> None:
    """Refuse quantities, given by the names that their user knows, that are not > 0.

    Raises
    ------
    ValueError
        One is missing (None), not finite, zero or below.
    """
    for name, value in quantities.items():
        if value is None:
            raise ValueError(f"{name} is missing: give a number > 0")
        numbers = np.asarray(value, dtype=float)
        if not (np.isfinite(numbers) & (numbers > 0)).all():
            raise ValueError(f"{name} must be > 0 and finite, got {value}")
