"""How often the 95 % intervals hold the truth: ``python -m benchmarks.study eis``.

First on spectra drawn from the fitted model, where they should hold it 95 times in a
hundred; then on simulated pellets, which no circuit describes exactly, where bias and
coverage are what they are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from tqdm import tqdm

from compendium.recover.eis import CIRCUITS, recover_spectra
from nasicon.eis import fit_circuits
from nasicon.eis.model_circuits import Circuit

DRAWS = 1000
NOISE = 0.005
FREQUENCY_HZ = np.geomspace(1e7, 1, 71)
SEED = 227574

#: Circuit and the truth that spectra are drawn from.
MODELS = {
    CIRCUITS["two arcs"]: {
        "L0": 2e-7,
        "R1": 1e3,
        "CPE1_Q": 1e-9,
        "CPE1_n": 0.92,
        "R2": 3e3,
        "CPE2_Q": 2e-7,
        "CPE2_n": 0.88,
        "CPE3_Q": 5e-6,
        "CPE3_n": 0.85,
    },
    CIRCUITS["intercept"]: {
        "L0": 2e-7,
        "R1": 60.0,
        "R2": 1e3,
        "CPE2_Q": 5e-8,
        "CPE2_n": 0.9,
        "CPE3_Q": 5e-6,
        "CPE3_n": 0.85,
    },
}


def model_coverage(text: str, truth: dict[str, float], draws: int, seed: int) -> pd.DataFrame:
    """Coverage and bias per parameter over spectra drawn from the model itself.

    Returns ``circuit, parameter, draws, coverage_percent, binomial_error_percent,
    bias_in_stderr``.
    """
    circuit = Circuit.parse(text)
    values, rng = circuit.values(truth), np.random.default_rng(seed)
    z = circuit.impedance(values, 2 * np.pi * FREQUENCY_HZ)
    inside, shift = np.empty((draws, values.size)), np.empty((draws, values.size))
    for i in tqdm(range(draws), desc=text, unit="fit"):
        noise = NOISE * np.abs(z) * (rng.normal(size=z.size) + 1j * rng.normal(size=z.size))
        drawn = z + noise
        data = pd.DataFrame(
            {"frequency_hz": FREQUENCY_HZ, "z_real_ohm": drawn.real, "z_imag_ohm": drawn.imag}
        )
        result = fit_circuits.fit_circuit(data, circuit)
        inside[i] = (result.ci_low <= values) & (values <= result.ci_high)
        shift[i] = (result.values - values) / result.stderr
    share = inside.mean(axis=0)
    return pd.DataFrame(
        {
            "circuit": text,
            "parameter": circuit.names,
            "draws": draws,
            "coverage_percent": 100 * share,
            "binomial_error_percent": 100 * np.sqrt(share * (1 - share) / draws),
            "bias_in_stderr": np.median(shift, axis=0),
        }
    )


def physical_coverage(draws: int, seed: int) -> pd.DataFrame:
    """Bias and coverage on simulated pellets of every sample, per circuit and quantity."""
    spectra = recover_spectra(np.random.default_rng(seed), draws)
    spectra["bias_percent"] = 100 * (spectra["estimate_ohm"] / spectra["truth_ohm"] - 1)
    reach = stats.norm.ppf(0.975) * spectra["relative_stderr"]
    distance = np.abs(np.log(spectra["estimate_ohm"] / spectra["truth_ohm"]))
    spectra["coverage_percent"] = 100.0 * (distance <= reach)
    keys = ["sample", "quantity", "circuit"]
    return (
        spectra.groupby(keys, sort=False)
        .agg(
            draws=("draw", "size"),
            bias_percent=("bias_percent", "median"),
            coverage_percent=("coverage_percent", "mean"),
        )
        .reset_index()
    )


def study(draws: int = DRAWS, physical_draws: int = 100) -> None:
    """Print both tables."""
    drawn = pd.concat(
        [
            model_coverage(text, truth, draws, SEED + i)
            for i, (text, truth) in enumerate(MODELS.items())
        ]
    )
    print("Spectra drawn from the fitted model (should be 95 %)")
    print(drawn.to_string(index=False, float_format="%.3g"))
    physical = physical_coverage(physical_draws, SEED)
    print("\nSimulated pellets, which no circuit describes exactly (as it is)")
    print(physical.to_string(index=False, float_format="%.3g"))
