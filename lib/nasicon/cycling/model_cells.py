"""Equations of a lithium cell with a resistive separator.

The quasi-steady single-particle cell here answers "what would this resistance cost" in
microseconds. It is not the simulator: that one is a porous-electrode model solved in time
(`compendium.simulate.cycling_cell`), and the two are compared where both are used.

Conventions: current densities in A cm-2, positive on charge; area-specific resistances in
ohm cm2; capacities in mAh g-1 of active material; lithium content x falls on charge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasicon.core.constants import FARADAY_C_PER_MOL, GAS_J_PER_MOL_K, kelvin
from nasicon.transport.model_conduction import arrhenius

MAH_PER_G_FACTOR = FARADAY_C_PER_MOL / 3.6  # times 1/M: one electron per formula unit

# Multi-site model of LiNi0.6Mn0.2Co0.2O2: Verbrugge, Baker, Koch, Xiao and Gu, J. Electrochem.
# Soc. 164 (2017) E3243, doi 10.1149/2.0341708jes, Table 1, as PyBaMM's MSMR set and an
# independent code transcribe it.
NMC622_U0_V = np.array([3.62274, 3.72645, 3.90575, 4.22955])
NMC622_SHARE = np.array([0.13442, 0.32460, 0.21118, 0.32980])
NMC622_OMEGA = np.array([0.96710, 1.39712, 3.50500, 5.52757])
OCV_REFERENCE_K = 298.15
MOST_OHM_CM2 = 1e4  # where the search for a resistance ends


def nmc622_lithium(voltage_v: ArrayLike) -> NDArray:
    """Share of the lithium sites that is filled at an open-circuit voltage against lithium.

    x = sum X_j / (1 + exp(F (U - U0_j) / (omega_j R T))), one term per kind of site (Verbrugge et
    al. 2017), at 25 degC.
    """
    f = FARADAY_C_PER_MOL / (GAS_J_PER_MOL_K * OCV_REFERENCE_K)
    u = np.asarray(voltage_v, dtype=float)[..., None]
    exponent = np.clip(f * (u - NMC622_U0_V) / NMC622_OMEGA, -500, 500)
    return (NMC622_SHARE / (1 + np.exp(exponent))).sum(axis=-1)


@lru_cache(maxsize=1)
def _ocv_table() -> tuple[NDArray, NDArray]:
    voltage = np.linspace(5.2, 2.0, 6401)
    return nmc622_lithium(voltage), voltage


def nmc622_ocv(lithium: ArrayLike) -> NDArray:
    """Open-circuit voltage of NCM622 at a lithium content x (interpolated, 0.5 mV table)."""
    return np.interp(lithium, *_ocv_table())


def specific_capacity_mah_per_g(molar_mass_g_per_mol: float) -> float:
    """Capacity of one electron per formula unit, F/(3.6 M)."""
    return MAH_PER_G_FACTOR / molar_mass_g_per_mol


def separator_asr_ohm_cm2(
    sigma_25c_s_per_cm: ArrayLike,
    thickness_mm: ArrayLike,
    temperature_c: float,
    activation_energy_ev: float,
) -> NDArray:
    """Area-specific resistance of a separator, d/sigma(T)."""
    hot = arrhenius(temperature_c, 1.0, activation_energy_ev)
    return np.asarray(thickness_mm) / 10 / (np.asarray(sigma_25c_s_per_cm) * hot)


def areal_current_a_per_cm2(
    c_rate: ArrayLike, loading_mg_per_cm2: ArrayLike, one_c_ma_per_g: float
) -> NDArray:
    """Current density of a C-rate, C x (1C in mA/g) x loading."""
    return np.asarray(c_rate) * one_c_ma_per_g * np.asarray(loading_mg_per_cm2) * 1e-6


@dataclass(frozen=True)
class QuasiSteadyCell:
    """Li | separator | NCM622 with everything but the open-circuit curve a smooth function.

    Attributes
    ----------
    series_ohm_cm2 : float or ndarray
        Separator, interfaces and lithium, area-specific, at the cell's temperature.
    loading_mg_per_cm2 : float or ndarray
    open_circuit_mah_per_g : float
        Capacity between the cut-off voltages at zero current.
    diffusion_s : float
        R^2/D of the particles at the cell's temperature.
    exchange_a_per_cm2 : float
        Exchange current density per area of particle surface at half filling.
    radius_um, crystal_g_per_cm3 : float
        Give the surface of the particles per gram, 3/(R rho).
    pore_ohm_cm2_per_mg : float
        Resistance of the electrode's ion path (one third of its length), per loading.
    temperature_c, lower_v, upper_v : float
    """

    series_ohm_cm2: ArrayLike
    loading_mg_per_cm2: ArrayLike
    open_circuit_mah_per_g: float = 170.0
    diffusion_s: float = 530.0
    exchange_a_per_cm2: float = 1.7e-3
    radius_um: float = 5.3
    crystal_g_per_cm3: float = 4.75
    pore_ohm_cm2_per_mg: float = 0.3
    temperature_c: float = 65.0
    lower_v: float = 2.5
    upper_v: float = 4.2

    @property
    def site_mah_per_g(self) -> float:
        """Capacity of all sites, from the one between the cut-offs."""
        span = nmc622_lithium(self.lower_v) - nmc622_lithium(self.upper_v)
        return self.open_circuit_mah_per_g / float(span)

    def voltage(self, lithium: ArrayLike, current_a_per_cm2: ArrayLike) -> NDArray:
        """Terminal voltage at a mean lithium content under a steady current.

        Surface content from the quasi-steady profile of a sphere, x_s = x -+ rate R^2/(15 D)
        (parabolic profile: surface minus mean is j R/(5 D)); symmetric Butler-Volmer kinetics,
        (2RT/F) asinh(j/2j0); one third of the electrode's ion path.
        """
        i = np.asarray(current_a_per_cm2, dtype=float)
        loading = np.asarray(self.loading_mg_per_cm2, dtype=float)
        rate = i / (loading * 1e-6 * self.site_mah_per_g * 3600)  # sites per second
        surface = np.clip(np.asarray(lithium) - rate * self.diffusion_s / 15, 1e-9, 1 - 1e-9)
        particle_cm2 = 3e4 / (self.radius_um * self.crystal_g_per_cm3) * loading * 1e-3
        exchange = 2 * self.exchange_a_per_cm2 * np.sqrt(surface * (1 - surface))
        thermal = GAS_J_PER_MOL_K * kelvin(self.temperature_c) / FARADAY_C_PER_MOL
        kinetic = 2 * thermal * np.arcsinh(i / particle_cm2 / (2 * exchange))
        ohmic = i * (np.asarray(self.series_ohm_cm2) + self.pore_ohm_cm2_per_mg * loading)
        return nmc622_ocv(surface) + kinetic + ohmic

    def capacity_mah_per_g(self, current_a_per_cm2: ArrayLike) -> NDArray:
        """Capacity of a periodic cycle between the cut-offs, per gram; 0 where none is left.

        Parameters
        ----------
        current_a_per_cm2 : array_like
            Charge and discharge current density, > 0.
        """
        i = np.asarray(current_a_per_cm2, dtype=float)
        shape = np.broadcast_shapes(
            i.shape, np.shape(self.series_ohm_cm2), np.shape(self.loading_mg_per_cm2)
        )
        full = np.full(shape, 1 - 1e-6)
        empty = np.full(shape, float(nmc622_lithium(self.upper_v)))
        # the lowest content that charging reaches, the highest that discharging reaches
        charged = _bisect(lambda x: self.voltage(x, i) - self.upper_v, empty, full)
        discharged = _bisect(lambda x: self.voltage(x, -i) - self.lower_v, empty, full)
        return self.site_mah_per_g * np.maximum(discharged - charged, 0.0)

    def resistance_limit_ohm_cm2(self, current_a_per_cm2: ArrayLike, share: float) -> NDArray:
        """Series resistance up to which a share of the open-circuit capacity is left; nan if none.

        Parameters
        ----------
        current_a_per_cm2 : array_like
            Charge and discharge current density.
        share : float
            Between 0 and 1.
        """
        if not 0 < share < 1:
            raise ValueError(f"share must be between 0 and 1, got {share!r}")

        def excess(ohm: NDArray) -> NDArray:
            cell = replace(self, series_ohm_cm2=ohm)
            capacity = cell.capacity_mah_per_g(current_a_per_cm2)
            return capacity / self.open_circuit_mah_per_g - share

        shape = np.broadcast_shapes(np.shape(current_a_per_cm2), np.shape(self.loading_mg_per_cm2))
        none = excess(np.zeros(shape)) <= 0
        found = _bisect(excess, np.zeros(shape), np.full(shape, MOST_OHM_CM2))
        return np.where(none, np.nan, found)


def _bisect(falling: Callable[[NDArray], NDArray], low: NDArray, high: NDArray) -> NDArray:
    """Root of a function that falls with x, element-wise; an end where there is none."""
    low, high = low.copy(), high.copy()
    for _ in range(40):
        middle = (low + high) / 2
        above = falling(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2


def layer_nm(
    charge_c_per_cm2: ArrayLike, electrons: float, molar_volume_cm3_per_mol: float
) -> NDArray:
    """Thickness of electrolyte that a charge decomposes, Q V_m/(n F), in nm (Faraday's law)."""
    moles = np.asarray(charge_c_per_cm2) / (electrons * FARADAY_C_PER_MOL)
    return moles * molar_volume_cm3_per_mol * 1e7
