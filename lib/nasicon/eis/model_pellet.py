"""Impedance of a polycrystalline pellet with its fixture, as physics has it rather than a circuit.

Deliberately not nested in the circuits that are fitted: the boundary arc may be
skewed, the bulk has its geometric capacitance, and leads, stray capacitance and
the analyser's own errors are part of what is recorded.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasicon.core.constants import VACUUM_PERMITTIVITY_F_PER_CM
from nasicon.transport.model_conduction import geometric_factor_per_cm


@dataclass(frozen=True)
class Pellet:
    """A pellet at one temperature.

    Attributes
    ----------
    bulk_ohm, boundary_ohm : float
        Resistances; ``boundary_ohm`` 0 for a glass.
    boundary_f : float
        Capacitance of the boundaries in series.
    boundary_alpha, boundary_gamma : float
        Havriliak-Negami exponents of the boundary arc (1, 1: ideal).
    permittivity : float
        Relative permittivity of the bulk.
    electrode_q, electrode_n : float
        Blocking electrode, S s^n.
    lead_ohm, inductance_h, stray_f : float
        In series with, and parallel to, the sample.
    phase_error_deg, gain_error_percent : float
        Systematic errors of the analyser at 10 MHz, proportional to frequency.
    thickness_mm, diameter_mm : float
    """

    bulk_ohm: float
    boundary_ohm: float = 0.0
    boundary_f: float = 1e-9
    boundary_alpha: float = 1.0
    boundary_gamma: float = 1.0
    permittivity: float = 15.0
    electrode_q: float = 5e-6
    electrode_n: float = 0.85
    lead_ohm: float = 0.0
    inductance_h: float = 0.0
    stray_f: float = 0.0
    phase_error_deg: float = 0.0
    gain_error_percent: float = 0.0
    thickness_mm: float = 1.0
    diameter_mm: float = 10.0

    @property
    def bulk_f(self) -> float:
        """Geometric capacitance eps0 eps_r S/d."""
        factor = geometric_factor_per_cm(self.thickness_mm, self.diameter_mm)
        return self.permittivity * VACUUM_PERMITTIVITY_F_PER_CM / factor

    def impedance(self, frequency_hz: NDArray) -> NDArray:
        """Recorded impedance in ohm, shape (n,), without random noise."""
        s = 2j * np.pi * np.asarray(frequency_hz, dtype=float)
        bulk = self.bulk_ohm / (1 + s * self.bulk_ohm * self.bulk_f)
        boundary = (
            self.boundary_ohm
            / (1 + (s * self.boundary_ohm * self.boundary_f) ** self.boundary_alpha)
            ** self.boundary_gamma
        )
        sample = bulk + boundary + 1 / (self.electrode_q * s**self.electrode_n)
        sample = sample / (1 + s * self.stray_f * sample)
        z = sample + self.lead_ohm + s * self.inductance_h
        share = np.asarray(frequency_hz) / 1e7
        gain = 1 + self.gain_error_percent / 100 * share
        return z * gain * np.exp(1j * np.radians(self.phase_error_deg) * share)


def noise_level(frequency_hz: NDArray) -> NDArray:
    """Relative random error of an analyser: 0.2 % up to 100 kHz, 1 % at 1 MHz, 3 % at 10 MHz.

    A declared assumption, log-log between the three points.
    """
    logs = np.interp(np.log10(frequency_hz), [5, 6, 7], np.log10([0.002, 0.01, 0.03]))
    return 10.0**logs
