"""Distribution of relaxation times: a picture of the arcs that assumes no circuit.

Z(omega) = R_inf + j omega L + electrode + integral gamma(ln tau)/(1 + j omega tau) d ln tau
is inverted with a smoothness penalty and gamma >= 0 (Wan, Saccoccio, Chen
and Ciucci, Electrochim. Acta 184 (2015) 483, with a piecewise-linear gamma). A
blocking electrode has no relaxation time: its tail is a non-negative mixture of
constant phase elements, left out of gamma.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.signal import find_peaks

from nasicon.core.constants import positive
from nasicon.eis.fit_consistency import arrays

ELECTRODE_EXPONENTS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
PER_DECADE = 10  # points of tau, half a decade beyond the window at each end
STRENGTHS = np.geomspace(1e-5, 1e1, 7)  # of the smoothness penalty, scanned


@dataclass(frozen=True)
class RelaxationTimes:
    """gamma (ohm per unit ln tau) on ``tau_s``, the relative rms residual of the inversion."""

    tau_s: NDArray
    gamma_ohm: NDArray
    regularisation: float
    residual_rms: float
    r_infinity_ohm: float

    @property
    def peaks(self) -> pd.DataFrame:
        """Maxima of gamma: ``tau_s, apex_hz, area_ohm`` (area between neighbouring minima)."""
        step = np.log(self.tau_s[1] / self.tau_s[0])
        tops = find_peaks(self.gamma_ohm, prominence=0.02 * self.gamma_ohm.max())[0]
        edges = [0, *tops, self.gamma_ohm.size - 1]
        valleys = [
            one + int(np.argmin(self.gamma_ohm[one : two + 1]))
            for one, two in itertools.pairwise(edges)
        ]
        areas = [self.gamma_ohm[a:b].sum() * step for a, b in itertools.pairwise(valleys)]
        tau = self.tau_s[tops]
        return pd.DataFrame({"tau_s": tau, "apex_hz": 1 / (2 * np.pi * tau), "area_ohm": areas})


def relaxation_times(spectrum: pd.DataFrame, regularisation: float = 1e-3) -> RelaxationTimes:
    """Invert one spectrum at one strength of the smoothness penalty.

    Parameters
    ----------
    spectrum : DataFrame
    regularisation : float
        Weight of the squared second difference of gamma against the relative
        residuals. Scan it (:func:`regularisation_scan`) before believing a peak.
    """
    positive(regularisation=regularisation)
    omega, z = arrays(spectrum)
    scale = np.abs(z)
    decades = np.log10(omega.max() / omega.min()) + 1
    count = int(np.ceil(decades * PER_DECADE)) + 1
    tau = np.geomspace(0.3 / omega.max(), 3 / omega.min(), count)
    step = np.log(tau[1] / tau[0])
    s = 1j * omega[:, None]
    kernel = step / (1 + s * tau)
    tail = (omega.min() / s) ** np.array(ELECTRODE_EXPONENTS)
    extra = np.hstack([np.ones_like(s), s / omega.max(), tail])
    design = np.hstack([kernel, extra]) / scale[:, None]
    norm = np.abs(z).mean()
    curvature = np.diff(np.eye(tau.size), 2, axis=0) / step**2
    penalty = np.hstack([curvature, np.zeros((len(curvature), extra.shape[1]))])
    penalty *= np.sqrt(regularisation * step * z.size / tau.size) / norm
    stacked = np.vstack([design.real, design.imag, penalty])
    target = np.concatenate([(z / scale).real, (z / scale).imag, np.zeros(len(penalty))])
    width = np.linalg.norm(stacked, axis=0)
    solution = nnls(stacked / width, target)[0] / width
    residual = design @ solution - z / scale
    rms = float(np.sqrt(np.mean(np.abs(residual) ** 2) / 2))
    gamma, rest = np.split(solution, [tau.size])
    return RelaxationTimes(tau, gamma, regularisation, rms, float(rest[0]))


def regularisation_scan(spectrum: pd.DataFrame) -> pd.DataFrame:
    """How many peaks survive which smoothing: ``regularisation, residual_rms, peaks, result``.

    A peak present only where the residual no longer falls is the noise's, not the sample's.
    """
    results = [relaxation_times(spectrum, strength) for strength in STRENGTHS]
    return pd.DataFrame(
        {
            "regularisation": STRENGTHS,
            "residual_rms": [r.residual_rms for r in results],
            "peaks": [len(r.peaks) for r in results],
            "result": results,
        }
    )
