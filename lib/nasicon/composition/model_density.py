"""Densities: of a crystal from its cell, of a mixture, of a pellet weighed in a liquid."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasicon.core.constants import AVOGADRO_PER_MOL, positive

ANGSTROM3_PER_CM3 = 1e24


def cell_volume(
    a: float,
    b: float | None = None,
    c: float | None = None,
    alpha: float = 90.0,
    beta: float = 90.0,
    gamma: float = 90.0,
) -> float:
    """Volume of a unit cell in cubic angstrom; edges in angstrom, angles in degrees.

    V = abc sqrt(1 - cos2(alpha) - cos2(beta) - cos2(gamma) + 2 cos(alpha) cos(beta) cos(gamma)),
    International Tables for Crystallography. Edges left out equal ``a``.

    Raises
    ------
    ValueError
        An edge that is not positive, or angles that close no cell.
    """
    b, c = a if b is None else b, a if c is None else c
    positive(a=a, b=b, c=c)
    x, y, z = (math.cos(math.radians(angle)) for angle in (alpha, beta, gamma))
    square = 1 - x * x - y * y - z * z + 2 * x * y * z
    if square <= 0:
        raise ValueError(f"angles {alpha:g}, {beta:g}, {gamma:g} degrees close no unit cell")
    return a * b * c * math.sqrt(square)


def hexagonal_volume(a: float, c: float) -> float:
    """Volume of a hexagonal cell in cubic angstrom, a2 c sin(60 deg)."""
    return cell_volume(a, a, c, gamma=120.0)


def theoretical_density(molar_mass: float, formula_units: float, volume_angstrom3: float) -> float:
    """X-ray density Z M/(N_A V) in g cm-3; molar mass in g/mol of one formula unit."""
    positive(molar_mass=molar_mass, formula_units=formula_units, volume_angstrom3=volume_angstrom3)
    return formula_units * molar_mass * ANGSTROM3_PER_CM3 / (AVOGADRO_PER_MOL * volume_angstrom3)


def mixture_density(weights: ArrayLike, densities: ArrayLike) -> float:
    """Density of a pore-free mixture: specific volumes add, 1/rho = sum w_i/rho_i.

    Parameters
    ----------
    weights : array, shape (n,)
        Masses or weight fractions in any common unit, none negative.
    densities : array, shape (n,)
        In g cm-3, all positive.
    """
    w, rho = _parts(weights, densities)
    return float(w.sum() / (w / rho).sum())


def volume_fractions(weights: ArrayLike, densities: ArrayLike) -> NDArray:
    """Volume fractions of a mixture from weights and densities, shape (n,)."""
    w, rho = _parts(weights, densities)
    volumes = w / rho
    return volumes / volumes.sum()


def relative_density(density: ArrayLike, theoretical: ArrayLike) -> NDArray:
    """Relative density in per cent; above 100 is returned as it is, not clipped."""
    return 100 * np.asarray(density, dtype=float) / np.asarray(theoretical, dtype=float)


@dataclass(frozen=True)
class Archimedes:
    """Densities in g cm-3 and porosities in per cent of a body weighed in a liquid."""

    bulk_density: float
    apparent_density: float
    open_porosity: float


def archimedes(
    dry_g: float, suspended_g: float, soaked_g: float, liquid_density: float
) -> Archimedes:
    """Archimedes' principle with the open pores soaked (method A of ISO 18754).

    The standard calls the method not appropriate above 10 % of open porosity.

    Bulk density m_dry rho/(m_soaked - m_suspended); apparent density, of solid
    and closed pores, m_dry rho/(m_dry - m_suspended); open porosity
    (m_soaked - m_dry)/(m_soaked - m_suspended).

    Parameters
    ----------
    dry_g, suspended_g, soaked_g : float
        Mass in air dry, in the liquid, and in air with soaked pores.
    liquid_density : float
        In g cm-3 at the temperature of the weighing.

    Raises
    ------
    ValueError
        Masses out of order: suspended < dry <= soaked must hold.
    """
    positive(dry_g=dry_g, suspended_g=suspended_g, soaked_g=soaked_g, liquid_density=liquid_density)
    if not suspended_g < dry_g <= soaked_g:
        raise ValueError(
            "masses must satisfy suspended < dry <= soaked, got "
            f"{suspended_g:g}, {dry_g:g}, {soaked_g:g} g; check which weighing is which"
        )
    outer = soaked_g - suspended_g
    return Archimedes(
        bulk_density=dry_g * liquid_density / outer,
        apparent_density=dry_g * liquid_density / (dry_g - suspended_g),
        open_porosity=100 * (soaked_g - dry_g) / outer,
    )


def _parts(weights: ArrayLike, densities: ArrayLike) -> tuple[NDArray, NDArray]:
    w, rho = np.asarray(weights, dtype=float), np.asarray(densities, dtype=float)
    if w.shape != rho.shape or w.ndim != 1 or w.size == 0:
        raise ValueError(f"one density per weight is needed, got shapes {w.shape} and {rho.shape}")
    if not np.all(np.isfinite(w)) or np.any(w < 0) or w.sum() <= 0:
        raise ValueError(f"weights must not be negative, nor all zero; got {w}")
    positive(densities=rho)
    return w, rho
