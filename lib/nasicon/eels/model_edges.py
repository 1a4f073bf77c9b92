"""Core losses of fast electrons: power-law background, edges, cross-sections, detection.

The cross-section of an edge is that of photoabsorption carried over to electrons in
the dipole approximation (R. F. Egerton, Electron Energy-Loss Spectroscopy in the
Electron Microscope, chapter 3): good for small angles and low losses, and known to
be off by up to a quarter (Loeffler et al., Ultramicroscopy 111 (2011) 1163).
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf

RYDBERG_EV = 13.605693
BOHR_CM = 5.29177211e-9
ELECTRON_REST_EV = 510998.95
PLASMON_EV, PLASMON_WIDTH_EV = 23.0, 12.0  # of plural scattering
MB_EV_PER_OSCILLATOR = 109.7609  # pi e2 h/(m c) in SI, as Mb eV per unit of oscillator strength

# Onsets (eV) after C. C. Ahn and O. L. Krivanek, EELS Atlas (Gatan, 1983); the second ones of Li,
# B, C, Al, Si, P and S are those of their compounds with oxygen
ONSETS_EV: dict[str, tuple[float, ...]] = {
    **{"Li": (55, 60), "B": (188, 194), "C": (284, 290), "N": (401,), "O": (532,), "F": (685,)},
    **{"Na": (1072,), "Mg": (1305,), "Al": (73, 78, 118, 1560), "Si": (99, 105, 149, 1839)},
    **{"P": (132, 137, 189, 2146), "S": (165, 170, 229), "Cl": (200, 270), "K": (294, 377)},
    **{"Ca": (346, 438), "Ti": (456, 564), "V": (513, 628), "Cr": (575, 695), "Mn": (640, 769)},
    **{"Fe": (708, 846), "Co": (779, 926), "Ni": (855, 1008), "Cu": (931, 1096), "Zn": (1020,)},
    **{"Ge": (121, 1217), "Y": (157, 300, 394), "Zr": (180, 330, 430), "Nb": (205, 363, 468)},
    **{"La": (99, 832, 1123), "Bi": (157, 440, 2580)},
}
ONSET_EV = 5.0  # chemical shifts and drift of an axis
OTHER_EV = 0.15  # of an onset: farther off another edge than the one named is meant
_NAMED = re.compile(
    r"(?<![A-Za-z])([A-Z][a-z]?)[ _-]?(?:K|L[123,]{0,3}|M[12345,]{0,3})(?![A-Za-z])"
)
_FORMULA = re.compile(r"(?:[A-Z][a-z]?|[()]|[0-9](?:[0-9.]*[0-9])?)+")


@dataclass(frozen=True)
class Beam:
    """Incident electrons: energy in eV and collection semi-angle in rad."""

    energy_ev: float
    collection_rad: float

    def __post_init__(self) -> None:
        if not self.energy_ev > 0 or not 0 < self.collection_rad < 1:
            raise ValueError(
                f"need energy_ev > 0 and 0 < collection_rad < 1, got {self.energy_ev:g} and "
                f"{self.collection_rad:g} (give milliradians / 1000)"
            )

    @property
    def kinetic_ev(self) -> float:
        """T = m0 v^2/2 with the relativistic velocity."""
        gamma = 1 + self.energy_ev / ELECTRON_REST_EV
        return 0.5 * ELECTRON_REST_EV * (1 - gamma**-2)

    def characteristic_angle(self, loss_ev: ArrayLike) -> NDArray:
        """theta_E = E/(gamma m0 v^2)."""
        gamma = 1 + self.energy_ev / ELECTRON_REST_EV
        return np.asarray(loss_ev, dtype=float) / (2 * gamma * self.kinetic_ev)

    def angular_factor(self, loss_ev: ArrayLike) -> NDArray:
        """ln(1 + (beta/theta_E)^2)."""
        return np.log1p((self.collection_rad / self.characteristic_angle(loss_ev)) ** 2)

    def per_ev_cm2(self, loss_ev: ArrayLike, photo_mb: ArrayLike) -> NDArray:
        """Cross-section per eV, in cm2/eV, from a photoabsorption one in Mb (1e-18 cm2).

        4 pi a0^2 R^2/(E T) ln(1 + beta^2/theta_E^2) df/dE with sigma_photo = 109.76 Mb eV df/dE.
        """
        loss = np.asarray(loss_ev, dtype=float)
        oscillator = np.asarray(photo_mb, dtype=float) / MB_EV_PER_OSCILLATOR
        scale = 4 * np.pi * BOHR_CM**2 * RYDBERG_EV**2
        return scale / (loss * self.kinetic_ev) * self.angular_factor(loss) * oscillator


def power_law(
    energy_ev: ArrayLike, at_reference: ArrayLike, exponent: ArrayLike, reference_ev: float = 150.0
) -> NDArray:
    """Background A (E/E_ref)^-r; referring it to a finite energy keeps A and r apart."""
    return np.asarray(at_reference) * (np.asarray(energy_ev) / reference_ev) ** -np.asarray(
        exponent
    )


@dataclass(frozen=True)
class Edge:
    """A core edge: photoabsorption in Mb per atom with a broadened onset and one near-edge peak.

    ``peak_ev`` is the energy of a near-edge resonance (pi* of BO3, sigma* of BO4) that
    holds ``peak_mb_ev`` of integrated cross-section and is ``peak_width_ev`` wide.
    """

    name: str
    onset_ev: float
    cross_section_mb: float
    decay: float
    width_ev: float = 1.5
    peak_ev: float = 0.0
    peak_mb_ev: float = 0.0
    peak_width_ev: float = 1.5

    def photo_mb(self, energy_ev: ArrayLike) -> NDArray:
        """Photoabsorption cross-section at these losses, in Mb."""
        energy = np.asarray(energy_ev, dtype=float)
        step = 0.5 * (1 + erf((energy - self.onset_ev) / (self.width_ev / 1.665)))
        smooth = self.cross_section_mb * (np.maximum(energy, 1.0) / self.onset_ev) ** -self.decay
        total = smooth * step
        if self.peak_mb_ev:
            u = (energy - self.peak_ev) / self.peak_width_ev
            total = total + self.peak_mb_ev * 0.93944 / self.peak_width_ev * np.exp(-2.77259 * u**2)
        return total

    def per_ev_cm2(self, energy_ev: ArrayLike, beam: Beam) -> NDArray:
        """Cross-section per eV, in cm2/eV."""
        return beam.per_ev_cm2(energy_ev, self.photo_mb(energy_ev))


def misplaced(title: str, onset_ev: float) -> str:
    """Say that no edge of what a title names lies near an onset; empty where one does.

    A formula counts with three elements at least, or two of which one has two letters (``SP2``
    may be a sample); carbon and oxygen are everywhere.
    """
    words = (word for word in re.split(r"[\s,;:_/-]+", title) if _FORMULA.fullmatch(word))
    found = [set(re.findall("[A-Z][a-z]?", word)) for word in words if re.search("[0-9]", word)]
    found = [one for one in found if len(one) > 2 or (len(one) > 1 and any(e[1:] for e in one))]
    named = {*_NAMED.findall(title)}
    known = {element for one in found for element in one} | named
    if not known or not known <= ONSETS_EV.keys():
        return ""
    places = {edge: element for element in {*known, "C", "O"} for edge in ONSETS_EV[element]}
    near = min(places, key=lambda edge: abs(edge - onset_ev))
    away = abs(onset_ev - near)
    if away <= ONSET_EV or (not found and away > OTHER_EV * near):
        return ""
    return (
        f"its title names {', '.join(sorted(known))}, and none of their edges lies within "
        f"{ONSET_EV:g} eV of {onset_ev:.1f} eV ({places[near]} at {near:g} eV is nearest): is the "
        "dispersion right, and the zero loss at 0?"
    )


def plural(energy_ev: NDArray, single: NDArray, thickness_ratio: float) -> NDArray:
    """Convolve a core-loss spectrum with a Poisson series of plasmons (t/lambda, at most four)."""
    step = float(energy_ev[1] - energy_ev[0])
    grid = np.arange(0, 6 * PLASMON_EV + PLASMON_WIDTH_EV * 4, step)
    half = PLASMON_WIDTH_EV / 2
    one = 1 / ((grid - PLASMON_EV) ** 2 + half**2) * (grid > 0.2 * PLASMON_EV)
    one = one / one.sum()
    response = np.zeros_like(grid)
    response[0] = 1.0
    term, factor = response.copy(), 1.0
    for n in range(1, 5):
        term = np.convolve(term, one)[: grid.size]
        factor *= thickness_ratio / n
        response = response + factor * term
    return np.convolve(single, response)[: energy_ev.size]
