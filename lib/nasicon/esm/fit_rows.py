"""Names of the numbers that a map fit gives for every pixel, shared by its two kernels."""

#: Rows of the result array; ``moved`` is in line widths.
LAYERS = str.split(
    "amplitude resonance_hz quality phase_rad amplitude_stderr resonance_hz_stderr quality_stderr "
    "phase_rad_stderr r_squared noise residual_correlation moved"
)
AMPLITUDE, RESONANCE, QUALITY, PHASE, SE_AMPLITUDE, SE_RESONANCE, SE_QUALITY, SE_PHASE = range(8)
R_SQUARED, NOISE, CORRELATION, MOVED = range(8, 12)
ROWS = len(LAYERS)
#: What became of a pixel, by its code.
STATUS = str.split("converged not_converged at_bound outside_window not_identifiable masked dead")
CONVERGED, NOT_CONVERGED, AT_BOUND, OUTSIDE_WINDOW, NOT_IDENTIFIABLE, MASKED, DEAD = range(7)

FLAT = 1e-14  # variance over the sum of squares below which a spectrum is constant
UNCERTAIN = 0.5  # relative standard error of Q from which on it has no digits
