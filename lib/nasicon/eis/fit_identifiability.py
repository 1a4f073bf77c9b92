"""What the residuals of a fit cannot show: a skewed arc and what it does to the others."""

import numpy as np
import pandas as pd

from nasicon.eis import fit_circuits
from nasicon.eis.model_circuits import Circuit, arc_of

GAMMAS = np.array([1.0, 0.95, 0.9, 0.85, 0.8])  # from the symmetric arc on


def skew_sensitivity(spectrum: pd.DataFrame, circuit: str, arc: str) -> pd.DataFrame:
    """What an asymmetric arc does to R1, although the residuals hardly show it.

    The arc ``arc`` (for example ``"(R2||CPE2)"``) is replaced by a
    Havriliak-Negami element with gamma held at each of `GAMMAS`, and everything else refitted.

    Returns
    -------
    DataFrame
        ``gamma, value_ohm, shift_percent, rms_percent``; the shift is relative to gamma = 1.

    Raises
    ------
    ValueError
        The circuit has no such arc.
    """
    blocks = Circuit.parse(circuit).blocks
    replaced = [str(block) == str(Circuit.parse(arc)) and bool(arc_of(block)) for block in blocks]
    if not any(replaced):
        arcs = ", ".join(f"({block})" for block in blocks if arc_of(block)) or "none"
        raise ValueError(f"circuit {circuit!r} has no arc {arc!r}; its arcs: {arcs}")
    skewed = Circuit.parse(
        "-".join("HN9" if swap else f"({b})" for swap, b in zip(replaced, blocks, strict=True))
    )
    base = fit_circuits.fit_circuit(spectrum, skewed)
    profile = base.problem.fixed_at("HN9_gamma", GAMMAS)
    start = np.tile(base.values, (len(GAMMAS), 1))
    minima = fit_circuits.fitting.levenberg_marquardt(profile, start, max_iterations=300)
    if not minima.converged.all():
        failed = GAMMAS[~minima.converged]
        raise RuntimeError(f"no minimum found at gamma = {failed}: fit this spectrum by hand first")
    value = minima.values[:, base.index("R1")]
    return pd.DataFrame(
        {
            "gamma": GAMMAS,
            "value_ohm": value,
            "shift_percent": 100 * (value / value[0] - 1),
            "rms_percent": 100 * np.sqrt(minima.chi2 / (2 * len(spectrum))),
        }
    )
