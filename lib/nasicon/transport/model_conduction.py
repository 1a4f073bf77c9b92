"""Equations of ionic transport in a polycrystalline pellet.

Every function is scalar or element-wise (NumPy broadcasting); conductivities
are in S cm-1, lengths in the unit that the parameter's name ends in,
temperatures in degrees Celsius at the interface and kelvin inside.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasicon.core.constants import (
    BOLTZMANN_EV_PER_K,
    ELEMENTARY_CHARGE_C,
    VACUUM_PERMITTIVITY_F_PER_CM,
    kelvin,
    positive,
)

Convention = str  # "sigma" or "sigma_T"


@dataclass(frozen=True)
class Pellet:
    """A disc pellet as its user measured it.

    Attributes
    ----------
    thickness_mm, diameter_mm : float
        After sintering; of the electrode where that is smaller than the pellet.
    thickness_error_mm : float
        Standard error.
    """

    thickness_mm: float
    diameter_mm: float
    thickness_error_mm: float = 0.0

    def __post_init__(self) -> None:
        positive(thickness_mm=self.thickness_mm, diameter_mm=self.diameter_mm)


def disc_area_cm2(diameter_mm: float) -> float:
    """Area of a circular electrode in cm2."""
    positive(diameter_mm=diameter_mm)
    return math.pi * (diameter_mm / 10) ** 2 / 4


def geometric_factor_per_cm(thickness_mm: float, diameter_mm: float) -> float:
    """Thickness over area, d/S in cm-1, of a disc pellet."""
    positive(thickness_mm=thickness_mm)
    return thickness_mm / 10 / disc_area_cm2(diameter_mm)


def conductivity(resistance_ohm: ArrayLike, thickness_mm: float, diameter_mm: float) -> NDArray:
    """Apparent conductivity sigma = d/(S R) in S cm-1."""
    return geometric_factor_per_cm(thickness_mm, diameter_mm) / np.asarray(resistance_ohm)


def resistance(
    sigma_s_per_cm: ArrayLike, thickness_mm: float = 1.0, diameter_mm: float = 10.0
) -> NDArray:
    """Pellet resistance R = d/(S sigma) in ohm."""
    return geometric_factor_per_cm(thickness_mm, diameter_mm) / np.asarray(sigma_s_per_cm)


def series_conductivity(*sigmas_s_per_cm: ArrayLike) -> NDArray:
    """Conductivity of layers in series, 1/sigma = sum of 1/sigma_i (R = R1 + R2 + ...)."""
    return 1 / sum(1 / np.asarray(sigma, dtype=float) for sigma in sigmas_s_per_cm)


def arrhenius(
    temperature_c: ArrayLike,
    sigma_ref_s_per_cm: float,
    activation_energy_ev: float,
    reference_c: float = 25.0,
    convention: Convention = "sigma",
) -> NDArray:
    """Conductivity of a thermally activated process, pinned at a reference temperature.

    ``"sigma"``: sigma = sigma0 exp(-Ea/kT); ``"sigma_T"``: sigma T = A exp(-Ea/kT).
    """
    t, t_ref = kelvin(temperature_c), kelvin(reference_c)
    boltzmann = np.exp(activation_energy_ev / BOLTZMANN_EV_PER_K * (1 / t_ref - 1 / t))
    return sigma_ref_s_per_cm * boltzmann * (1.0 if is_sigma(convention) else t_ref / t)


def prefactor(
    sigma_s_per_cm: ArrayLike,
    activation_energy_ev: ArrayLike,
    temperature_c: float = 25.0,
    convention: Convention = "sigma",
) -> NDArray:
    """Pre-exponential factor: sigma0 (S cm-1) or A of sigma T (S K cm-1)."""
    t = kelvin(temperature_c)
    factor = np.exp(np.asarray(activation_energy_ev) / (BOLTZMANN_EV_PER_K * t))
    return np.asarray(sigma_s_per_cm) * factor * (1.0 if is_sigma(convention) else t)


def convention_shift_ev(low_c: float, high_c: float) -> float:
    """What ln(sigma T) adds to the activation energy of ln(sigma) between two temperatures.

    kB ln(T2/T1)/(1/T1 - 1/T2): the slope of ln T against -1/T over the interval.
    """
    t1, t2 = kelvin(low_c), kelvin(high_c)
    return float(BOLTZMANN_EV_PER_K * np.log(t2 / t1) / (1 / t1 - 1 / t2))


def apparent_activation_energy_ev(temperature_c: ArrayLike, sigma_s_per_cm: ArrayLike) -> float:
    """Least-squares slope of ln(sigma) against -1/kT in eV (two or more temperatures)."""
    x = -1 / (BOLTZMANN_EV_PER_K * kelvin(temperature_c))
    return float(np.polyfit(x, np.log(sigma_s_per_cm), 1)[0])


def relaxation_frequency_hz(sigma_s_per_cm: ArrayLike, permittivity: ArrayLike) -> NDArray:
    """Apex frequency of a homogeneous conductor's arc, sigma/(2 pi eps0 eps_r)."""
    return np.asarray(sigma_s_per_cm) / (
        2 * math.pi * VACUUM_PERMITTIVITY_F_PER_CM * np.asarray(permittivity)
    )


def brick_layer_apex_hz(
    sigma_gb_apparent: ArrayLike, film_nm: ArrayLike, grain_um: ArrayLike, permittivity: ArrayLike
) -> NDArray:
    """Apex frequency of the boundary arc: the film's own conductivity over its permittivity.

    Brick layer: sigma_gb,specific = sigma_gb,apparent * film/grain.
    """
    specific = np.asarray(sigma_gb_apparent) * np.asarray(film_nm) / (1e3 * np.asarray(grain_um))
    return relaxation_frequency_hz(specific, permittivity)


def brick_layer_capacitance_f(film_nm: float, grain_um: float, permittivity: float = 15.0) -> float:
    """Capacitance of all boundary films in series, eps0 eps_r (S/d) (grain/film); 1 mm, 10 mm."""
    positive(film_nm=film_nm, grain_um=grain_um, permittivity=permittivity)
    geometric = permittivity * VACUUM_PERMITTIVITY_F_PER_CM / geometric_factor_per_cm(1.0, 10.0)
    return geometric * 1e3 * grain_um / film_nm


def specific_boundary_conductivity(
    sigma_gb_apparent: ArrayLike, c_bulk_f: ArrayLike, c_boundary_f: ArrayLike
) -> NDArray:
    """Boundary conductivity free of grain size, sigma_gb,app * C_bulk/C_gb.

    Holds where bulk and boundary have the same permittivity (Haile, Staneff
    and Ryu, J. Mater. Sci. 36 (2001) 1149).
    """
    return np.asarray(sigma_gb_apparent) * np.asarray(c_bulk_f) / np.asarray(c_boundary_f)


def bruggeman_ratio(density_1: ArrayLike, density_2: ArrayLike, exponent: float = 1.5) -> NDArray:
    """Ratio of conductivities of two pellets from their relative densities."""
    return (np.asarray(density_1) / np.asarray(density_2)) ** exponent


def attempt_frequency_hz(
    prefactor_s_k_per_cm: ArrayLike, carriers_per_cm3: float, jump_cm: float
) -> NDArray:
    """Attempt frequency of a random walk from the prefactor A of sigma T = A exp(-Ea/kT).

    Nernst-Einstein with D = jump^2 nu/6: A = n q^2 jump^2 nu0/(6 kB), no entropy
    of migration.
    """
    positive(carriers_per_cm3=carriers_per_cm3, jump_cm=jump_cm)
    boltzmann_j_per_k = BOLTZMANN_EV_PER_K * ELEMENTARY_CHARGE_C
    per_hertz = carriers_per_cm3 * (ELEMENTARY_CHARGE_C * jump_cm) ** 2 / (6 * boltzmann_j_per_k)
    return np.asarray(prefactor_s_k_per_cm) / per_hertz


def coated_sphere_conductivity(sigma_shell: ArrayLike, shell_fraction: ArrayLike) -> NDArray:
    """Conductivity of well conducting grains, each coated by a poorly conducting shell.

    Hashin-Shtrikman bound for sigma_core >> sigma_shell:
    sigma_shell (1 + 3 (1 - phi)/phi), phi the volume fraction of the shell.
    """
    phi = np.asarray(shell_fraction)
    return np.asarray(sigma_shell) * (1 + 3 * (1 - phi) / phi)


def is_sigma(convention: Convention) -> bool:
    """Whether ln(sigma) stands against 1/T rather than ln(sigma T); another word is an error."""
    if convention not in ("sigma", "sigma_T"):
        raise ValueError(f'convention must be "sigma" or "sigma_T", got {convention!r}')
    return convention == "sigma"
