"""What a frequency window can and cannot determine, before and after a fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.eis import fit_circuits
from nasicon.eis.model_circuits import Circuit, arc_of


def cramer_rao(
    circuit: str | Circuit, values: NDArray, frequency_hz: NDArray, relative_noise: float
) -> pd.DataFrame:
    """Smallest standard errors that any unbiased fit of this circuit could reach.

    The inverse of the Fisher matrix for independent normal noise of
    ``relative_noise * abs(Z)`` on Re and Im.

    Returns
    -------
    DataFrame
        ``parameter, value, unit, stderr_percent, identifiable``: positive
        parameters relative to their value, exponents in hundredths; ``inf`` for the
        parameters in which the matrix is singular.
    """
    if not relative_noise > 0:
        raise ValueError(f"relative_noise must be > 0, got {relative_noise}")
    circuit = Circuit.parse(circuit) if isinstance(circuit, str) else circuit
    z, slopes = circuit.evaluate(values, 2 * np.pi * np.asarray(frequency_hz, dtype=float))
    positive = np.array([p.positive for p in circuit.parameters])
    slopes = slopes * np.where(positive, values, 1.0) / (relative_noise * np.abs(z))[:, None]
    stacked = np.vstack([slopes.real, slopes.imag])
    norm = np.linalg.norm(stacked, axis=0)
    singular, basis = np.linalg.svd(stacked / norm, full_matrices=False)[1:]
    lost = singular <= 1e-12 * singular[0]
    stderr = np.linalg.norm(basis[~lost] / singular[~lost, None], axis=0) / norm
    stderr[(np.abs(basis[lost]) > 1e-6).any(axis=0)] = np.inf  # below: rounding
    return pd.DataFrame(
        {
            "parameter": circuit.names,
            "value": values,
            "unit": circuit.units,
            "stderr_percent": 100 * stderr,
            "identifiable": stderr < np.where(positive, 0.58, 0.2),
        }
    )


def skew_sensitivity(
    spectrum: pd.DataFrame,
    circuit: str,
    arc: str,
    resistance: str = "R1",
    gammas: Sequence[float] = (1.0, 0.95, 0.9, 0.85, 0.8),
    weighting: fit_circuits.Weighting = "modulus",
) -> pd.DataFrame:
    """What an asymmetric arc does to another resistance, although the residuals hardly show it.

    The arc ``arc`` (for example ``"(R2||CPE2)"``) is replaced by a
    Havriliak-Negami element with gamma held at each value, and everything else refitted.

    Returns
    -------
    DataFrame
        ``gamma, value_ohm, shift_percent, rms_percent``; the shift is relative to gamma = 1.

    Raises
    ------
    ValueError
        The circuit has no such arc, or ``gammas`` does not begin with 1.
    """
    blocks = Circuit.parse(circuit).blocks
    replaced = [str(block) == str(Circuit.parse(arc)) and bool(arc_of(block)) for block in blocks]
    if not any(replaced):
        arcs = ", ".join(f"({block})" for block in blocks if arc_of(block)) or "none"
        raise ValueError(f"circuit {circuit!r} has no arc {arc!r}; its arcs: {arcs}")
    if len(gammas) == 0 or gammas[0] != 1:
        raise ValueError(f"gammas must begin with 1, the symmetric arc, got {list(gammas)}")
    skewed = Circuit.parse(
        "-".join("HN9" if swap else f"({b})" for swap, b in zip(replaced, blocks, strict=True))
    )
    omega, z = fit_circuits.arrays(spectrum)
    sigma = fit_circuits.standard_deviations(omega, z, weighting)
    base = fit_circuits.fit_circuit(spectrum, skewed, weighting=weighting)
    profile = base.problem.fixed_at("HN9_gamma", np.asarray(gammas, dtype=float))
    start = np.tile(base.values, (len(gammas), 1))
    minima = fit_circuits.fitting.levenberg_marquardt(profile, start, max_iterations=300)
    if not minima.converged.all():
        failed = np.asarray(gammas)[~minima.converged]
        raise RuntimeError(f"no minimum found at gamma = {failed}: fit this spectrum by hand first")
    value = minima.values[:, base.index(resistance)]
    return pd.DataFrame(
        {
            "gamma": gammas,
            "value_ohm": value,
            "shift_percent": 100 * (value / value[0] - 1),
            "rms_percent": 100 * np.sqrt(minima.chi2 / (2 * sigma.size)),
        }
    )
