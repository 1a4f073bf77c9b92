"""Equations of contact-resonance strain microscopy: oscillator and relaxation.

The response of a driven, damped simple harmonic oscillator (SHO) is

    H(f) = A f0^2 exp(i phase) / (f0^2 - f^2 + i f f0 / Q)

with the quasi-static amplitude A (what the surface does below resonance), the
contact resonance f0 and the quality factor Q; near resonance its modulus is
about A Q. It is the form that Gannepalli et al., Nanotechnology 22 (2011), use for
dual-frequency tracking, whose "drive amplitude" and "drive phase" are A and phase.
"""

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
    frequency_hz: ArrayLike,
    amplitude: ArrayLike,
    resonance_hz: ArrayLike,
    quality: ArrayLike,
    phase_rad: ArrayLike,
) -> NDArray:
    """Derivatives of :func:`oscillator` by (A, f0, Q, phase) on a last axis of four, complex."""
    f, f0 = np.asarray(frequency_hz, dtype=float), np.asarray(resonance_hz, dtype=float)
    q = np.asarray(quality, dtype=float)
    response = oscillator(f, amplitude, f0, q, phase_rad)
    denominator = f0**2 - f**2 + 1j * f * f0 / q
    by_f0 = response * (2 / f0 - (2 * f0 + 1j * f / q) / denominator)
    by_q = response * (1j * f * f0 / q**2) / denominator
    return np.stack([response / np.asarray(amplitude), by_f0, by_q, 1j * response], axis=-1)


def cramer_rao(
    frequency_hz: NDArray,
    values: tuple[float, float, float, float],
    noise: float,
    *,
    complex_data: bool = True,
) -> NDArray:
    """Smallest standard errors that any unbiased estimator can reach.

    Square roots of the diagonal of the inverse Fisher information of white Gaussian noise.

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

    Content of a thin layer that drains into a half space by diffusion: its balance
    has the Laplace transform 1/(s + sqrt(s/tau)), whose inverse this is. It falls as
    1/sqrt(t) at long times, unlike an exponential.
    """
    return amplitude * erfcx(np.sqrt(np.asarray(t, dtype=float) / tau)) + offset
