"""Equations of contact-resonance strain microscopy: oscillator, dual-frequency tracking, relaxation.

The response of a driven, damped simple harmonic oscillator (SHO) is

    H(f) = A f0^2 exp(i phase) / (f0^2 - f^2 + i f f0 / Q)

with the quasi-static amplitude A (what the surface does below resonance), the
contact resonance f0 and the quality factor Q; near resonance its modulus is
about A Q. The modulus is equation 1 of Jesse, Kalinin, Proksch, Baddorf and
Rodriguez, Nanotechnology 18 (2007) 435503 (band excitation).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfcx

CLAMPED_PINNED = 4.39  # first contact resonance over free resonance, end pinned to the surface


def oscillator(
    frequency_hz: ArrayLike,
    amplitude: ArrayLike,
    resonance_hz: ArrayLike,
    quality: ArrayLike,
    phase_rad: ArrayLike = 0.0,
) -> NDArray:
    """Complex response of the oscillator, in the unit of ``amplitude``; arguments broadcast."""
    f, f0 = np.asarray(frequency_hz, dtype=float), np.asarray(resonance_hz, dtype=float)
    numerator = np.asarray(amplitude) * f0**2 * np.exp(1j * np.asarray(phase_rad))
    return numerator / (f0**2 - f**2 + 1j * f * f0 / np.asarray(quality))


def oscillator_jacobian(
    frequency_hz: NDArray, amplitude: float, resonance_hz: float, quality: float, phase_rad: float
) -> NDArray:
    """Derivatives of :func:`oscillator` by (A, f0, Q, phase), shape (n, 4), complex."""
    f, f0 = np.asarray(frequency_hz, dtype=float), resonance_hz
    response = oscillator(f, amplitude, f0, quality, phase_rad)
    denominator = f0**2 - f**2 + 1j * f * f0 / quality
    by_f0 = response * (2 / f0 - (2 * f0 + 1j * f / quality) / denominator)
    by_q = response * (1j * f * f0 / quality**2) / denominator
    return np.column_stack([response / amplitude, by_f0, by_q, 1j * response])


def cramer_rao(
    frequency_hz: NDArray,
    values: tuple[float, float, float, float],
    noise: float,
    *,
    complex_data: bool = True,
) -> NDArray:
    """Smallest standard errors that any unbiased estimator can reach.

    Inverse of the Fisher information of white Gaussian noise (Kay, Fundamentals of
    Statistical Signal Processing: Estimation Theory, 1993, section 3.9).

    Parameters
    ----------
    frequency_hz : ndarray, shape (n,)
    values : tuple
        (A, f0 in Hz, Q, phase in rad).
    noise : float
        Standard deviation of the real and of the imaginary part, or of the amplitude.
    complex_data : bool
        False for amplitude-only data, which know no phase.

    Returns
    -------
    ndarray, shape (4,) or (3,)
        Of A, f0, Q and, for complex data, phase.
    """
    jacobian = oscillator_jacobian(frequency_hz, *values)
    if complex_data:
        stacked = np.vstack([jacobian.real, jacobian.imag])
    else:
        response = oscillator(frequency_hz, *values)
        stacked = (np.conj(response)[:, None] * jacobian[:, :3]).real / np.abs(response)[:, None]
    norm = np.linalg.norm(stacked, axis=0)
    scaled = stacked / norm
    return noise * np.sqrt(np.diag(np.linalg.inv(scaled.T @ scaled))) / norm


def exponential(t: ArrayLike, amplitude: float, tau: float, offset: float) -> NDArray:
    """``amplitude exp(-t / tau) + offset``, the form that the LATP paper fits."""
    return amplitude * np.exp(-np.asarray(t, dtype=float) / tau) + offset


def stretched(t: ArrayLike, amplitude: float, tau: float, beta: float, offset: float) -> NDArray:
    """Kohlrausch's stretched exponential, ``amplitude exp(-(t / tau)^beta) + offset``."""
    return amplitude * np.exp(-((np.asarray(t, dtype=float) / tau) ** beta)) + offset


def diffusion(t: ArrayLike, amplitude: float, tau: float, offset: float) -> NDArray:
    """``amplitude exp(t/tau) erfc(sqrt(t/tau)) + offset``.

    Surface concentration of a half space whose surface layer drains into it by
    diffusion (Carslaw and Jaeger, Conduction of Heat in Solids, 2nd ed., 1959,
    section 12.4, a well-stirred layer in contact with a half space); it falls as
    1/sqrt(t) at long times.
    """
    return amplitude * erfcx(np.sqrt(np.asarray(t, dtype=float) / tau)) + offset
