"""Line shapes of solid-state NMR under magic-angle spinning, in ppm and hertz.

The central transition of a half-integer nucleus is shifted and broadened by the
second-order quadrupolar interaction. Under fast spinning one crystallite resonates at
(D. Freude and J. Haase, NMR Basic Principles and Progress 29, 1993, p. 1; their lecture
notes "Basic theory of solid-state NMR" of 2016 give the same expression):

    nu = nu_L delta_iso - nu_Q^2/(6 nu_L) [I(I+1) - 3/4] (A cos^4 b + B cos^2 b + C)
    A = 21/16 - 7/8 eta c + 7/48 (eta c)^2
    B = -9/8 + eta^2/12 + eta c - 7/24 (eta c)^2
    C = 5/16 - 1/8 eta c + 7/48 (eta c)^2,      c = cos 2a,  nu_Q = 3 C_Q/(2I(2I-1))

The tests compare it with an independent program at finite spinning. Spinning sidebands
are not part of it: it describes the centre band.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

# Frequency of a nucleus over that of 1H in TMS, in per cent: IUPAC recommendations 2001
# and 2008 (R. K. Harris et al., Pure Appl. Chem. 73 (2001) 1795; 80 (2008) 59).
XI_PERCENT = {"1H": 100.0, "7Li": 38.863797, "11B": 32.083974, "27Al": 26.056859, "31P": 40.480742}
_SPINS = {
    0.5: "1H 3H 13C 15N 19F 29Si 31P 57Fe 77Se 89Y 103Rh 107Ag 109Ag 111Cd 113Cd 117Sn 119Sn "
    "123Te 125Te 129Xe 183W 195Pt 199Hg 203Tl 205Tl 207Pb",
    1.0: "2H 6Li 14N",
    1.5: "7Li 9Be 11B 23Na 33S 35Cl 37Cl 39K 53Cr 61Ni 63Cu 65Cu 69Ga 71Ga 75As 79Br 81Br 87Rb "
    "131Xe 135Ba 137Ba",
    2.5: "17O 25Mg 27Al 47Ti 55Mn 67Zn 85Rb 91Zr 95Mo 97Mo 105Pd 121Sb 127I",
    3.0: "10B",
    3.5: "43Ca 45Sc 49Ti 51V 59Co 123Sb 133Cs 139La 177Hf 181Ta",
    4.5: "73Ge 83Kr 87Sr 93Nb 113In 115In 179Hf 209Bi",
}  # N. J. Stone, Table of nuclear magnetic dipole and electric quadrupole moments, 2014
SPIN = {nucleus: spin for spin, nuclei in _SPINS.items() for nucleus in nuclei.split()}
PROTON_MHZ_PER_T = 42.577478518  # gyromagnetic ratio over 2 pi of the free proton, CODATA 2018

_BETA_NODES, _ALPHA_NODES = 112, 80  # converged for the phases below
_PHASE_STEP, PHASE_MAX = 8.0, 4000.0
_ETA_NODES = 29


def proton_frequency_mhz(nucleus: str, larmor_mhz: float) -> float:
    """1H frequency of the magnet in which a nucleus resonates at ``larmor_mhz``.

    Raises
    ------
    ValueError
        The nucleus is not in the table.
    """
    if nucleus not in XI_PERCENT:
        raise ValueError(f"nucleus must be one of {', '.join(XI_PERCENT)}, got {nucleus!r}")
    return 100 * larmor_mhz / XI_PERCENT[nucleus]


def field_t(nucleus: str, larmor_mhz: float) -> float:
    """Magnetic field in tesla, from the frequency of a nucleus."""
    return proton_frequency_mhz(nucleus, larmor_mhz) / PROTON_MHZ_PER_T


def second_order_shift_ppm(
    cq_mhz: ArrayLike, eta: ArrayLike, larmor_mhz: ArrayLike, spin: float = 1.5
) -> NDArray:
    """Centre of gravity of the central transition minus isotropic shift, in ppm (negative).

    delta_cg - delta_iso = -(3/40) (P_Q/nu_L)^2 [I(I+1) - 3/4]/[I^2 (2I-1)^2] 1e6 with
    P_Q = C_Q sqrt(1 + eta^2/3); -(1/40)(P_Q/nu_L)^2 1e6 for I = 3/2 (A. Samoson, Chem.
    Phys. Lett. 119 (1985) 29). It is the powder average of the equation above.
    """
    p2 = np.square(cq_mhz) * (1 + np.square(eta) / 3)
    factor = 3 / 40 * (spin * (spin + 1) - 0.75) / (spin * (2 * spin - 1)) ** 2
    return -factor * 1e6 * p2 / np.square(larmor_mhz)


def coupling_factor(spin: float) -> float:
    """Factor on C_Q^2 that turns the second-order shift of spin 3/2 into that of another spin.

    nu_Q^2 [I(I+1) - 3/4] of the module's equation over its value for 3/2: 0.24 for 5/2.

    Raises
    ------
    ValueError
        No half-integer spin above 1/2: there is no central transition to fit.
    """
    if spin < 1.5 or (2 * spin) % 2 != 1:
        raise ValueError(f"spin must be 3/2, 5/2, 7/2 or 9/2 for a central transition, got {spin}")
    return (3 / (2 * spin * (2 * spin - 1))) ** 2 * (spin * (spin + 1) - 0.75) / 0.75


def reduced_shift(cos_beta: ArrayLike, cos_2alpha: ArrayLike, eta: ArrayLike) -> NDArray:
    """Second-order shift of a crystallite of spin 3/2 in units of C_Q^2/nu_L (module docstring)."""
    b2, c = np.square(cos_beta), np.asarray(cos_2alpha) * eta
    a_term = 21 / 16 - 7 / 8 * c + 7 / 48 * c**2
    b_term = -9 / 8 + np.square(eta) / 12 + c - 7 / 24 * c**2
    c_term = 5 / 16 - c / 8 + 7 / 48 * c**2
    return -(a_term * b2**2 + b_term * b2 + c_term) / 8  # nu_Q = C_Q/2, [15/4 - 3/4]/6 = 1/2


def powder() -> tuple[NDArray, ...]:
    """Orientations over an octant: cos beta, cos 2 alpha and weights that sum to 1.

    Gauss-Legendre in cos beta, midpoints in alpha: both converge exponentially for
    functions as smooth as a decaying signal.
    """
    x, weight = np.polynomial.legendre.leggauss(_BETA_NODES)
    alpha = (np.arange(_ALPHA_NODES) + 0.5) / _ALPHA_NODES * np.pi / 2
    cos_beta, cos_2alpha = np.meshgrid((x + 1) / 2, np.cos(2 * alpha), indexing="ij")
    weights = np.repeat(weight / 2, _ALPHA_NODES) / _ALPHA_NODES
    return cos_beta.ravel(), cos_2alpha.ravel(), weights


def _mean(eta: ArrayLike) -> NDArray:
    """Powder average of `reduced_shift`."""
    return -(1 + np.square(eta) / 3) / 40


@lru_cache(maxsize=1)
def _table() -> CubicSpline:
    """Powder signal about its mean shift and its slope over the phases, splined over eta.

    ``_table()(eta)`` has shape (2, phases).
    """
    phase = np.arange(0.0, PHASE_MAX + 2 * _PHASE_STEP, _PHASE_STEP)
    eta = np.linspace(0.0, 1.0, _ETA_NODES)
    cos_beta, cos_2alpha, weights = powder()
    signal = np.empty((eta.size, 2, phase.size), dtype=complex)
    for j, e in enumerate(eta):
        shift = reduced_shift(cos_beta, cos_2alpha, e) - _mean(e)
        turn, crystallites = np.exp(1j * _PHASE_STEP * shift), weights.astype(complex)
        for i in range(phase.size):  # one multiplication a step instead of an exponential
            signal[j, 0, i] = crystallites.sum()
            signal[j, 1, i] = 1j * (shift * crystallites).sum()
            crystallites *= turn
    return CubicSpline(eta, signal)


def interpolated_signal(phase: NDArray, eta: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Powder average of exp(i phase `reduced_shift`), interpolated; its derivatives by both.

    Cubic Hermite over the phase (values and slopes of the table are exact) and a spline over
    eta; the table takes about a second, once a session. The error stays below 1e-3 of the
    signal's start up to a phase of 2000; zero is returned beyond 4000, where a line half a ppm
    wide has decayed.

    Parameters
    ----------
    phase : ndarray, shape (k, n)
        2 pi C_Q^2/nu_L times time, not negative.
    eta : ndarray, shape (k,)
    """
    eta = np.asarray(eta, dtype=float)
    both = np.stack([_table()(eta), _table()(eta, 1)], axis=1)  # (k, value or d/deta, 2, phases)
    beyond = phase > PHASE_MAX
    place = np.minimum(phase, PHASE_MAX) / _PHASE_STEP
    cell = place.astype(int)
    s = (place - cell)[:, None]
    rows = np.arange(len(phase))[:, None]
    y0, y1 = (both[rows, :, 0, cell + d].swapaxes(1, 2) for d in (0, 1))
    m0, m1 = (both[rows, :, 1, cell + d].swapaxes(1, 2) * _PHASE_STEP for d in (0, 1))
    c2, c3 = 3 * (y1 - y0) - 2 * m0 - m1, 2 * (y0 - y1) + m0 + m1
    value = y0 + s * (m0 + s * (c2 + s * c3))
    slope = (m0[:, 0] + s[:, 0] * (2 * c2[:, 0] + 3 * s[:, 0] * c3[:, 0])) / _PHASE_STEP
    mean = _mean(eta)[:, None]
    turn = np.where(beyond, 0.0, np.exp(1j * phase * mean))
    by_phase = slope + 1j * mean * value[:, 0]
    by_eta = value[:, 1] - 1j * phase * eta[:, None] / 60 * value[:, 0]
    return value[:, 0] * turn, by_phase * turn, by_eta * turn


def broadening(time_s: NDArray, fwhm_hz: ArrayLike, lorentz_hz: float = 0.0) -> NDArray:
    """Decay of a signal whose line is a Gaussian (FWHM) folded with a Lorentzian (FWHM)."""
    width = np.pi * np.asarray(fwhm_hz) / (2 * np.sqrt(np.log(2)))
    return np.exp(-np.square(width * time_s) - np.pi * lorentz_hz * time_s)
