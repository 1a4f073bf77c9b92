"""Dual-frequency (DART) maps: the oscillator from two complex readings, without a fit.

With ``a = f0^2`` and ``b = f0 / Q`` (frequencies in units of the mean) each reading
obeys ``H (a - f^2 + i f b) = c``. The difference of the two is one complex equation,
linear in the real a and b: four numbers measured, four found, no freedom left to
notice a wrong model. Gannepalli et al., Nanotechnology 22 (2011), solve the same
four equations in another form.
"""

import numpy as np
import xarray as xr

from nasicon.core.quality import MAD_TO_SIGMA, flattened

CHANNELS = ("amplitude{}", "phase{}_rad", "frequency{}_hz")
LARGEST_RAD = 4 * np.pi  # of a phase
NO_DIGITS, BIASED = 0.5, 0.02  # scatter of neighbours' damping; its square, by which means rise


def invert_dart(channels: xr.Dataset) -> xr.Dataset:
    """Amplitude, resonance, quality factor and phase of every pixel.

    Parameters
    ----------
    channels : Dataset
        ``amplitude1, amplitude2, phase1_rad, phase2_rad, frequency1_hz, frequency2_hz``
        as :func:`nasicon.esm.read_igor.read_dart` gives them.

    Returns
    -------
    xarray.Dataset
        ``amplitude, resonance_hz, quality, phase_rad``, ``valid`` (a positive resonance and
        damping, finite readings, two frequencies); invalid pixels are nan. ``attrs`` count
        them; ``phase_sign`` is -1 where the instrument counts its phase the other way round
        (the sign that leaves more pixels valid).

    Raises
    ------
    ValueError
        A channel is missing, or phases that are no radians.
    """
    needed = [name.format(i) for name in CHANNELS for i in (1, 2)]
    if missing := [n for n in needed if n not in channels]:
        raise ValueError(f"channels {', '.join(missing)} are missing; there are {list(channels)}")
    for name in ("phase1_rad", "phase2_rad"):
        if (largest := float(np.abs(channels[name]).max())) > LARGEST_RAD:
            raise ValueError(f"{name} reaches {largest:.4g}, more than two turns: in degrees?")
    # instruments count their phase either way; with the wrong sign the damping is negative
    both = (_inverted(channels, sign) for sign in (1, -1))
    return max(both, key=lambda found: int(found["valid"].sum()))


def dart_flags(found: xr.Dataset) -> tuple[tuple[str, ...], str]:
    """Flags that every number of an inverted map carries, and why.

    No residual is left to tell the noise, but neighbouring pixels have nearly one damping: what
    they differ by (second differences along the rows) is noise. A mean of quality factors is
    too high by about its square.
    """
    damping = 1 / found["quality"].to_numpy()
    second = damping[:, 1:-1] - (damping[:, :-2] + damping[:, 2:]) / 2
    if not np.isfinite(second).any():
        return (), ""
    scatter = MAD_TO_SIGMA * np.nanmedian(np.abs(second)) / np.sqrt(1.5) / np.nanmedian(damping)
    told = f"neighbouring pixels differ by {100 * scatter:.0f} % in their damping"
    if scatter > NO_DIGITS:
        return ("not_identifiable",), f"{told}: noise"
    if scatter**2 > BIASED:
        high = f"a mean quality factor is some {100 * scatter**2:.0f} % high"
        return ("systematic",), f"{told}: {high}"
    return (), ""


def taken_off(channels: xr.Dataset) -> str:
    """Say which channels were flattened line by line before they were saved; empty where none."""
    found = [name for name in channels if flattened(channels[name].transpose("y", "x"))]
    if not found:
        return ""
    return (
        f"every line of {', '.join(found)} has a mean of 0: flattened, and its own mean is lost; "
        "give the map as recorded"
    )


def _inverted(channels: xr.Dataset, sign: int) -> xr.Dataset:
    """Solve every pixel with the phases as they are (1) or turned (-1).

    A constant that is added to both phases turns c and nothing else.
    """
    h1, h2 = (
        channels[f"amplitude{i}"] * np.exp(1j * sign * channels[f"phase{i}_rad"]) for i in (1, 2)
    )
    f1, f2 = channels["frequency1_hz"], channels["frequency2_hz"]
    middle = 0.5 * (f1 + f2)
    x1, x2 = f1 / middle, f2 / middle
    p, q = h1 - h2, 1j * (x1 * h1 - x2 * h2)
    r = x1**2 * h1 - x2**2 * h2
    with np.errstate(all="ignore"):
        determinant = p.real * q.imag - p.imag * q.real
        a = (r.real * q.imag - r.imag * q.real) / determinant
        b = (p.real * r.imag - p.imag * r.real) / determinant
        valid = (a > 0) & (b > 0) & np.isfinite(a) & np.isfinite(b) & (f1 != f2)
        a, b = a.where(valid), b.where(valid)
        c = 0.5 * (h1 * (a - x1**2 + 1j * x1 * b) + h2 * (a - x2**2 + 1j * x2 * b))
        return xr.Dataset(
            {
                "amplitude": np.abs(c) / a,
                "resonance_hz": middle * np.sqrt(a),
                "quality": np.sqrt(a) / b,
                "phase_rad": xr.apply_ufunc(np.angle, c).where(valid),
                "valid": valid,
            },
            attrs={
                "pixels": int(valid.size),
                "pixels_invalid": int((~valid).sum()),
                "phase_sign": sign,
            },
        )
