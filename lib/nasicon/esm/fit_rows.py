"""Names of the numbers that a map fit gives for every pixel, shared by its two kernels."""

from __future__ import annotations

#: Rows of the result array.
(
    AMPLITUDE,
    RESONANCE,
    QUALITY,
    PHASE,
    SE_AMPLITUDE,
    SE_RESONANCE,
    SE_QUALITY,
    SE_PHASE,
    R_SQUARED,
    NOISE,
    CORRELATION,
    MOVED,
) = range(12)
ROWS = 12

CONVERGED, NOT_CONVERGED, AT_BOUND, OUTSIDE_WINDOW, NOT_IDENTIFIABLE, MASKED, DEAD = range(7)

FLAT = 1e-14  # variance over the sum of squares below which a spectrum is constant
UNCERTAIN = 0.5  # relative standard error of Q from which on it has no digits
