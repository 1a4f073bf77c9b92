"""The inner loop of a calculated powder pattern, compiled.

Adds normalised pseudo-Voigt lines and their derivatives to a pattern and to
columns of its Jacobian. One pass gives both, so that an exact Jacobian costs
little more than the pattern itself.
"""

from __future__ import annotations

import numba
import numpy as np

LN2 = np.log(2.0)


@numba.njit(cache=True, fastmath=False)
def add_lines(x, centre, area, width, eta, reach, pattern, slopes, jacobian):
    """Add lines to ``pattern`` (n,) and their derivatives to ``jacobian`` (n, p), in place.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Rising 2theta.
    centre, area, width, eta, reach : ndarray, shape (m,)
        Of each line: position, integral, full width at half maximum, Lorentzian
        share, and how far from the centre it is calculated.
    slopes : ndarray, shape (4, m, p)
        Derivatives of area, centre, width and eta by each of the p parameters.
    """
    amplitude, position, on_width, on_eta = slopes[0], slopes[1], slopes[2], slopes[3]
    n, m, p = x.size, centre.size, jacobian.shape[1]
    norm_l = 2.0 / np.pi
    norm_g = 2.0 * np.sqrt(LN2 / np.pi)
    kinds = np.zeros((3, p), np.int64)
    moves, widens, scales = kinds[0], kinds[1], kinds[2]
    n_moves = n_widens = n_scales = 0
    for j in range(p):  # which columns each kind of derivative reaches
        if np.any(position[:, j] != 0.0):
            moves[n_moves] = j
            n_moves += 1
        if np.any(on_width[:, j] != 0.0) or np.any(on_eta[:, j] != 0.0):
            widens[n_widens] = j
            n_widens += 1
        if np.any(amplitude[:, j] != 0.0):
            scales[n_scales] = j
            n_scales += 1
    for r in range(m):
        low = np.searchsorted(x, centre[r] - reach[r])
        high = np.searchsorted(x, centre[r] + reach[r])
        if low >= n or high <= 0:
            continue
        w, e, a = width[r], eta[r], area[r]
        for i in range(low, high):
            t = (x[i] - centre[r]) / w
            q = 1.0 + 4.0 * t * t
            lorentz = norm_l / (w * q)
            gauss = norm_g / w * np.exp(-4.0 * LN2 * t * t)
            profile = e * lorentz + (1.0 - e) * gauss
            pattern[i] += a * profile
            # derivatives: t falls with the centre by 1/w, and scales with the width
            slope_l = 8.0 * t / q * lorentz
            slope_g = 8.0 * LN2 * t * gauss
            by_centre = a * (e * slope_l + (1.0 - e) * slope_g) / w
            by_width = a * (e * (slope_l * t - lorentz) + (1.0 - e) * (slope_g * t - gauss)) / w
            by_eta = a * (lorentz - gauss)
            for k in range(n_scales):
                jacobian[i, scales[k]] += profile * amplitude[r, scales[k]]
            for k in range(n_moves):
                jacobian[i, moves[k]] += by_centre * position[r, moves[k]]
            for k in range(n_widens):
                j = widens[k]
                jacobian[i, j] += by_width * on_width[r, j] + by_eta * on_eta[r, j]
