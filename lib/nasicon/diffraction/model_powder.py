"""Powder diffraction: where lines lie, how strong and how wide they are.

Angles are 2theta in degrees, lengths in angstrom unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasicon.composition.model_density import cell_volume, theoretical_density
from nasicon.core.constants import positive
from nasicon.core.voigt import lorentz_width

CU_KALPHA1 = 1.540593  # angstrom; Hoelzer et al., Phys. Rev. A 56 (1997) 4554: 1.54059290(50)
CU_KALPHA2 = 1.544427  # same source: 1.54442740(50)
CU_RATIO = 0.5  # intensity of K-alpha2 over K-alpha1
# K-alpha1 to K-alpha2 of Ag, Mo, Cu, Co, Fe and Cr (Bearden, Rev. Mod. Phys. 39 (1967) 78)
KALPHA = {0.559422: 0.563813, 0.709317: 0.713607, CU_KALPHA1: CU_KALPHA2}
KALPHA |= {1.788996: 1.792835, 1.936041: 1.939973, 2.289726: 2.293651}
CELL_PARAMETERS = {  # crystal system: the lengths and angles that symmetry leaves free
    "cubic": ("a",),
    "hexagonal": ("a", "c"),
    "trigonal": ("a", "c"),
    "tetragonal": ("a", "c"),
    "orthorhombic": ("a", "b", "c"),
    "monoclinic": ("a", "b", "c", "beta"),
    "triclinic": ("a", "b", "c", "alpha", "beta", "gamma"),
}
CELL_NAMES = ("a", "b", "c", "alpha", "beta", "gamma")
TCH = (1.0, 2.69269, 2.42843, 4.47163, 0.07842, 1.0)  # of g^(5-i) l^i in the fifth power
FWHM_TO_SIGMA = 1 / (2 * np.sqrt(2 * np.log(2)))


@dataclass(frozen=True)
class Phase:
    """A crystalline phase as a diffraction pattern needs it.

    Attributes
    ----------
    name, formula, system : str
    cell : tuple of float
        a, b, c in angstrom, alpha, beta, gamma in degrees.
    cell_mass : float
        Mass of the atoms in one cell, in u.
    hkl : ndarray of int, shape (n, 3)
        One of each family of equivalent reflections.
    multiplicity, f_squared : ndarray, shape (n,)
        Members of the family (with Friedel mates) and squared structure factor of one cell,
        in electrons squared.
    rir : float
        Reference intensity ratio I/I_corundum for Cu K-alpha.
    mass_absorption : float
        cm2/g at Cu K-alpha.
    """

    name: str
    formula: str
    system: str
    cell: tuple[float, ...]
    cell_mass: float
    hkl: NDArray
    multiplicity: NDArray
    f_squared: NDArray
    rir: float = float("nan")
    mass_absorption: float = float("nan")

    @property
    def volume(self) -> float:
        """Cell volume in cubic angstrom."""
        return cell_volume(*self.cell)

    @property
    def density(self) -> float:
        """Theoretical density in g/cm3."""
        return theoretical_density(self.cell_mass, 1, self.volume)

    @property
    def linear_absorption(self) -> float:
        """Linear absorption coefficient of the crystal in cm-1 at Cu K-alpha."""
        return self.mass_absorption * self.density

    @property
    def d_spacing(self) -> NDArray:
        """Interplanar distances in angstrom, shape (n,)."""
        return d_spacing(self.hkl, self.cell)

    def free_cell(self) -> dict[str, float]:
        """Cell parameters that symmetry leaves free, by name."""
        return {n: self.cell[CELL_NAMES.index(n)] for n in CELL_PARAMETERS[self.system]}


def complete_cell(system: str, free: dict[str, float]) -> tuple[float, ...]:
    """Six cell parameters from the free ones of a crystal system."""
    a = free["a"]
    if system in ("hexagonal", "trigonal"):
        return (a, a, free["c"], 90.0, 90.0, 120.0)
    b = free.get("b", a)
    c = free.get("c", a)
    return (a, b, c, free.get("alpha", 90.0), free.get("beta", 90.0), free.get("gamma", 90.0))


def reciprocal_metric(cell: tuple[float, ...]) -> NDArray:
    """Metric tensor of the reciprocal cell, shape (3, 3), in 1/angstrom^2."""
    a, b, c = cell[:3]
    ca, cb, cg = np.cos(np.radians(cell[3:]))
    direct = np.array(
        [
            [a * a, a * b * cg, a * c * cb],
            [a * b * cg, b * b, b * c * ca],
            [a * c * cb, b * c * ca, c * c],
        ]
    )
    return np.linalg.inv(direct)


def d_spacing(hkl: ArrayLike, cell: tuple[float, ...]) -> NDArray:
    """Interplanar distance of each reflection: 1/d^2 = h G* h."""
    h = np.asarray(hkl, dtype=float)
    return 1 / np.sqrt(np.einsum("ni,ij,nj->n", h, reciprocal_metric(cell), h))


def bragg_two_theta(d: ArrayLike, wavelength: float) -> NDArray:
    """2theta in degrees from Bragg's law; nan where the line is out of reach."""
    with np.errstate(invalid="ignore"):
        return 2 * np.degrees(np.arcsin(wavelength / (2 * np.asarray(d, dtype=float))))


def d_from_two_theta(two_theta: ArrayLike, wavelength: float) -> NDArray:
    """Interplanar distance from a position."""
    return wavelength / (2 * np.sin(np.radians(np.asarray(two_theta, dtype=float)) / 2))


def displaced(two_theta: ArrayLike, displacement_deg: float) -> NDArray:
    """Positions seen from a specimen out of the goniometer's axis.

    2theta + D cos(theta) with D = -2 s/R (s: displacement, R: radius), for
    Bragg-Brentano geometry (Klug and Alexander, X-Ray Diffraction Procedures, 2nd ed.).
    """
    two_theta = np.asarray(two_theta, dtype=float)
    return two_theta + displacement_deg * np.cos(np.radians(two_theta) / 2)


def lorentz_polarisation(two_theta: ArrayLike) -> NDArray:
    """Lorentz-polarisation factor of a powder: (1 + cos^2 2t)/(2 sin^2 t cos t)."""
    t = np.radians(np.asarray(two_theta, dtype=float)) / 2
    return (1 + np.cos(2 * t) ** 2) / (2 * np.sin(t) ** 2 * np.cos(t))


def march_dollase(cos_squared: ArrayLike, march: float) -> NDArray:
    """Preferred orientation of axial crystallites.

    (r^2 cos^2 a + sin^2 a / r)^(-3/2), a: angle to the axis; r below 1 for platelets
    that lie flat (Dollase, J. Appl. Cryst. 19 (1986) 267).
    """
    c2 = np.asarray(cos_squared, dtype=float)
    return (march**2 * c2 + (1 - c2) / march) ** -1.5


def axis_cosine_squared(hkl: NDArray, axis: tuple[int, int, int], cell: tuple) -> NDArray:
    """Squared cosine of the angle between plane normals and the normal of ``axis``."""
    g = reciprocal_metric(cell)
    h, u = np.asarray(hkl, dtype=float), np.asarray(axis, dtype=float)
    dot = h @ g @ u
    return dot**2 / (np.einsum("ni,ij,nj->n", h, g, h) * (u @ g @ u))


def scherrer_width_deg(
    size_nm: ArrayLike, two_theta: ArrayLike, wavelength: float, shape: float = 0.9
) -> NDArray:
    """Width in degrees 2theta: beta = K lambda/(L cos theta) (Scherrer 1918)."""
    size = 10 * np.asarray(size_nm, dtype=float)
    return np.degrees(shape * wavelength / (size * np.cos(np.radians(two_theta) / 2)))


def scherrer_size_nm(
    width_deg: ArrayLike, two_theta: ArrayLike, wavelength: float, shape: float = 0.9
) -> NDArray:
    """Crystallite size from a width; the inverse of `scherrer_width_deg`."""
    width = np.radians(np.asarray(width_deg, dtype=float))
    return shape * wavelength / (width * np.cos(np.radians(two_theta) / 2)) / 10


def strain_width_deg(strain_percent: ArrayLike, two_theta: ArrayLike) -> NDArray:
    """Width in degrees 2theta from microstrain e: beta = 4 e tan theta (Stokes, Wilson 1944)."""
    strain = np.asarray(strain_percent, dtype=float) / 100
    return np.degrees(4 * strain * np.tan(np.radians(two_theta) / 2))


def specimen_width_deg(observed: ArrayLike, instrument: ArrayLike, form: str) -> NDArray:
    """Width left to the specimen once the instrument's is taken off.

    ``lorentzian``: B - b. ``gaussian``: sqrt(B^2 - b^2). ``voigt``: Lorentzian specimen
    in a Gaussian instrument. nan where the instrument alone is wider.
    """
    b, i = np.asarray(observed, dtype=float), np.asarray(instrument, dtype=float)
    with np.errstate(invalid="ignore"):
        if form == "lorentzian":
            rest = b - i
        elif form == "gaussian":
            rest = np.sqrt(b**2 - i**2)
        elif form == "voigt":
            rest = lorentz_width(b, i)
        else:
            raise ValueError(f"form must be gaussian, lorentzian or voigt, got {form!r}")
        return np.where((b > i) & np.isfinite(rest), rest, np.nan)


def thompson_cox_hastings(gauss: ArrayLike, lorentz: ArrayLike) -> tuple[NDArray, NDArray]:
    """Width and Lorentzian share of the pseudo-Voigt that stands for a Voigt profile.

    Thompson, Cox and Hastings, J. Appl. Cryst. 20 (1987) 79.
    """
    g, m = np.asarray(gauss, dtype=float), np.asarray(lorentz, dtype=float)
    width = sum(c * g ** (5 - i) * m**i for i, c in enumerate(TCH)) ** 0.2
    share = m / width
    return width, 1.36603 * share - 0.47719 * share**2 + 0.11116 * share**3


def particle_contrast(excess_per_cm: ArrayLike, diameter_um: float) -> NDArray:
    """Share of a phase's intensity that its grains let out, over that of the mean powder.

    Brindley (Phil. Mag. 36 (1945) 347): the volume mean of exp(-(mu - mu_mean) path) over a
    sphere, here for the straight path, 3/(4 z^3) [1 - exp(-2z)(1 + 2z + 2z^2)] with
    z = (mu - mu_mean) D/2. A fitted weight share is the true one times this, renormalised.

    Parameters
    ----------
    excess_per_cm : array_like
        Linear absorption of the phase minus the mean (by volume) of the solid mixture.
    diameter_um : float
        Of the particles, not of the coherent domains.
    """
    positive(diameter_um=diameter_um)
    z = np.asarray(excess_per_cm, dtype=float) * diameter_um * 1e-4 / 2
    small = np.abs(z) < 1e-2
    safe = np.where(small, 1.0, z)
    exact = 3 / (4 * safe**3) * (1 - np.exp(-2 * safe) * (1 + 2 * safe + 2 * safe**2))
    return np.where(small, 1 - 1.5 * z + 1.2 * z**2, exact)
