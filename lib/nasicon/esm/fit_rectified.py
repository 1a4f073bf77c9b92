"""Maps of amplitudes alone: the modulus of noise is not zero, and lifts every fitted height.

The mean of a modulus with complex noise of standard deviation s per part is Rician,
``s sqrt(pi/2) L(-|H|^2 / 2 s^2)`` with the Laguerre polynomial of order 1/2 (S. O. Rice,
Bell Syst. Tech. J. 24 (1945) 46). Near the resonance it exceeds |H| by s^2/(2 |H|), off the
resonance by up to 1.25 s: that is what a fit takes for a lower, broader line. Here the excess
of the fitted response is taken off the data and the fit repeated, until the amplitudes stay.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ive

from nasicon.esm import fit_rows as row
from nasicon.esm.fit_pixels import Setup, fit_pixels
from nasicon.esm.model_oscillator import oscillator

ROUNDS = 8
STAYS = 2e-3  # relative change of the mean amplitude that ends the rounds
SAFE_SIGNAL = 7.0  # peak over noise below which the rounds do not take the whole excess off


def rician_mean(response: NDArray, noise: float) -> NDArray:
    """Mean of the modulus of a response with complex noise of ``noise`` per part."""
    x = response**2 / (4 * noise**2)
    return noise * np.sqrt(np.pi / 2) * ((1 + 2 * x) * ive(0, x) + 2 * x * ive(1, x))


def take_off(
    data: NDArray, setup: Setup, first: tuple, frequency_hz: NDArray, threads: int
) -> tuple[tuple[NDArray, NDArray, NDArray], float, float]:
    """Repeat a fit of amplitudes without the excess that rectified noise adds.

    Returns the fit, as of :func:`nasicon.esm.fit_pixels.fit_pixels`, the standard deviation of
    each part of the complex noise, and the median height at resonance over it.

    Parameters
    ----------
    data : ndarray, shape (..., n)
        Amplitudes.
    setup : Setup
    first : tuple
        Result, status and iterations of the fit of the data as they are.
    frequency_hz : ndarray, shape (n,)
    threads : int
    """
    amplitudes = data.reshape(-1, data.shape[-1]).astype(float)
    found, noise, before = first, 0.0, np.inf
    for _ in range(ROUNDS):
        response = _response(found[0], frequency_hz)
        noise = _noise(amplitudes, response, noise)
        if not noise > 0:
            break
        excess = rician_mean(response, noise) - response
        found = fit_pixels(amplitudes - excess, setup, threads=threads)
        mean = float(np.nanmean(found[0][row.AMPLITUDE]))
        if abs(mean - before) < STAYS * abs(mean):
            break
        before = mean
    height = np.nanmedian(found[0][row.AMPLITUDE] * found[0][row.QUALITY])
    return found, noise, float(height / noise) if noise > 0 else np.inf


def _response(result: NDArray, frequency_hz: NDArray) -> NDArray:
    values = [result[k][:, None] for k in (row.AMPLITUDE, row.RESONANCE, row.QUALITY)]
    return np.nan_to_num(np.abs(oscillator(frequency_hz[None, :], *values, 0.0)))


def _noise(amplitudes: NDArray, response: NDArray, start: float) -> float:
    """Noise per part whose Rician scatter about the response is that of the data."""
    if not start:
        start = float(np.sqrt(np.nanmean((amplitudes - response) ** 2)))
    if not start > 0:
        return 0.0
    mean = rician_mean(response, start)
    scatter = np.nanmean((amplitudes - mean) ** 2)
    expected = np.mean(response**2 + 2 * start**2 - mean**2)
    return float(start * np.sqrt(scatter / expected)) if expected > 0 else start
