"""The inner loop of a calculated powder pattern: pseudo-Voigt lines and their derivatives.

One pass over the lines gives pattern and exact Jacobian. Every line touches only the
points near it, so the work grows with lines times points per line, not with the whole
pattern. ``add_lines`` is the compiled loop of :mod:`nasicon.diffraction.model_kernel`
where numba is installed, and the array operations below, four times slower, where it is not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LN2 = np.log(2.0)
NORM_LORENTZ = 2.0 / np.pi
NORM_GAUSS = 2.0 * np.sqrt(LN2 / np.pi)


def add_lines_portable(
    x: NDArray,
    centre: NDArray,
    area: NDArray,
    width: NDArray,
    eta: NDArray,
    reach: NDArray,
    pattern: NDArray,
    slopes: NDArray,
    jacobian: NDArray,
) -> None:
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
    first, last = np.searchsorted(x, [centre - reach, centre + reach])
    for r in np.flatnonzero(last > first):
        part = slice(first[r], last[r])
        w, e, a = width[r], eta[r], area[r]
        t = (x[part] - centre[r]) / w
        q = 1.0 + 4.0 * t * t
        lorentz = NORM_LORENTZ / w / q
        gauss = NORM_GAUSS / w * np.exp(-4.0 * LN2 * t * t)
        profile = e * lorentz + (1.0 - e) * gauss
        pattern[part] += a * profile
        # -d(profile)/dt: t falls with the centre by 1/w, and scales with the width
        slope = e * (8.0 * t / q * lorentz) + (1.0 - e) * (8.0 * LN2 * t * gauss)
        by_centre = (a / w) * slope
        by_width = (a / w) * (slope * t - profile)
        columns = np.stack([profile, by_centre, by_width, a * (lorentz - gauss)], axis=1)
        jacobian[part] += columns @ slopes[:, r]


try:
    from nasicon.diffraction.model_kernel import add_lines
except ImportError:  # numba is an optional extra
    add_lines = add_lines_portable
