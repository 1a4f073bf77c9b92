"""An impedance spectrum as arrays, and the Kramers-Kronig test of its consistency.

A spectrum is a table with ``frequency_hz``, ``z_real_ohm`` and ``z_imag_ohm``
(capacitive impedance has a negative imaginary part).
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import convolve1d

MINIMUM_POINTS = 5
LIMIT = 0.005  # of abs(Z): what neighbours may share of the residual


def arrays(spectrum: pd.DataFrame) -> tuple[NDArray, NDArray]:
    """Angular frequency (rad/s) and complex impedance (ohm) of a spectrum, checked.

    Raises
    ------
    ValueError
        Missing columns, too few points, NaN, zero impedance, frequencies that are
        not positive or that repeat.
    """
    columns = ["frequency_hz", "z_real_ohm", "z_imag_ohm"]
    missing = [c for c in columns if c not in spectrum.columns]
    if missing:
        raise ValueError(f"the spectrum lacks {missing}; its columns are {list(spectrum.columns)}")
    if len(spectrum) < MINIMUM_POINTS:
        raise ValueError(
            f"the spectrum has {len(spectrum)} points, at least {MINIMUM_POINTS} are needed"
        )
    f, re, im = (spectrum[c].to_numpy(dtype=float) for c in columns)
    bad = ~(np.isfinite(f) & np.isfinite(re) & np.isfinite(im))
    if bad.any():
        raise ValueError(f"row {int(np.argmax(bad))} of the spectrum is not finite: remove it")
    if (zero := (re == 0) & (im == 0)).any():
        raise ValueError(
            f"row {int(np.argmax(zero))} of the spectrum has zero impedance: remove it"
        )
    if (f <= 0).any():
        raise ValueError(f"frequency_hz must be > 0, got {f.min():g}")
    values, counts = np.unique(f, return_counts=True)
    if (counts > 1).any():
        raise ValueError(
            f"frequency {values[counts > 1][0]:g} Hz stands {counts.max()} times: average the "
            "repeats or choose one sweep"
        )
    return 2 * np.pi * f, re + 1j * im


@dataclass(frozen=True)
class KramersKronig:
    """Linear Kramers-Kronig test.

    Attributes
    ----------
    residuals : ndarray of complex, shape (n,)
        (Z - Z_KK)/abs(Z).
    noise : ndarray, shape (n,)
        Local random scatter of Re and Im, relative.
    systematic : float
        Root-mean-square of the part of the residual that neighbours share.
    significance : float
        That part in units of its standard error under white noise.
    passed : bool
    freedom : int
        Data less fitted numbers, behind the noise.
    """

    residuals: NDArray
    noise: NDArray
    systematic: float
    significance: float
    passed: bool
    freedom: int


def kramers_kronig(spectrum: pd.DataFrame) -> KramersKronig:
    """Test whether a linear, causal, stable system can have given this spectrum.

    A chain of RC elements with fixed time constants is fitted linearly to Re
    and Im together (Boukamp, J. Electrochem. Soc. 142 (1995) 1885). What
    neighbouring points share of the residual (its lag-one covariance, which
    white noise does not enter) measures the violation: the test fails above
    ``LIMIT`` (relative to abs(Z)) if it is also three standard errors from zero.
    """
    return kramers_kronig_arrays(*arrays(spectrum))


def kramers_kronig_arrays(omega: NDArray, z: NDArray) -> KramersKronig:
    """:func:`kramers_kronig` on arrays (omega in rad/s, Z in ohm)."""
    order = np.argsort(omega)[::-1]
    omega, z = omega[order], z[order]
    decades = np.log10(omega[0] / omega[-1])
    elements = int(np.clip(round(4 * decades), 3, max(3, z.size // 2)))
    tau = np.geomspace(0.3 / omega[0], 3 / omega[-1], elements)
    s = 1j * omega[:, None]
    design = np.hstack([1 / (1 + s * tau), np.ones_like(s), s / omega[0], omega[-1] / s])
    design = design / np.abs(z)[:, None]
    stacked = np.vstack([design.real, design.imag])
    target = np.concatenate([(z / np.abs(z)).real, (z / np.abs(z)).imag])
    scale = np.linalg.norm(stacked, axis=0)
    coefficients = np.linalg.lstsq(stacked / scale, target, rcond=1e-10)[0]
    flat = target - (stacked / scale) @ coefficients
    residuals = flat[: z.size] + 1j * flat[z.size :]
    lagged = np.concatenate([p[1:] * p[:-1] for p in (residuals.real, residuals.imag)])
    shared = float(lagged.mean())
    error = float(np.mean(flat**2) / math.sqrt(lagged.size))
    significance = shared / error if error > 0 else 0.0
    systematic = math.sqrt(max(shared, 0.0))
    passed = not (systematic > LIMIT and significance > 3)
    freedom = max(flat.size - scale.size, 1)
    near = convolve1d(np.abs(residuals) ** 2 / 2, np.full(9, 1 / 9), mode="mirror")
    noise = np.sqrt(flat.size / freedom * near)
    back = np.argsort(order)
    return KramersKronig(residuals[back], noise[back], systematic, significance, passed, freedom)
