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

from benchmarks import trust
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
    values, rng = np.array([truth[n] for n in circuit.names]), np.random.default_rng(seed)
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


#: What spectra are drawn from, its values, the circuit fitted, the sum of resistances (ohm).
WRONG = {
    "two arcs a factor 30 apart fitted as one": (
        "(R1||CPE1)-(R2||CPE2)-CPE3",
        [1e3, 1e-9, 0.95, 1e3, 3e-8, 0.95, 5e-6, 0.85],
        "(R1||CPE1)-CPE3",
        2e3,
    ),
    "an arc and an intercept fitted without the arc": (
        "R1-(R2||CPE2)-CPE3",
        [300, 3000, 3e-8, 0.88, 2e-6, 0.8],
        "R1-CPE3",
        3300,
    ),
    "Warburg electrode fitted as a capacitor": (
        "R1-(R2||CPE2)-W3",
        [50, 1e3, 3e-8, 0.9, 2e4],
        "R1-(R2||CPE2)-C3",
        1050,
    ),
    "lead inductance left out": (
        "L0-R1-(R2||CPE2)-CPE3",
        [2e-6, 60, 1e3, 5e-8, 0.9, 5e-6, 0.85],
        "R1-(R2||CPE2)-CPE3",
        1060,
    ),
    "skewed arc (gamma 0.8) fitted as symmetric": (
        "R1-HN2-CPE3",
        [60, 1e3, 1e-5, 0.95, 0.8, 5e-6, 0.85],
        "R1-(R2||CPE2)-CPE3",
        1060,
    ),
    "not seen, a hardly skewed arc (gamma 0.97) fitted as symmetric": (
        "R1-HN2-CPE3",
        [60, 1e3, 1e-5, 0.95, 0.97, 5e-6, 0.85],
        "R1-(R2||CPE2)-CPE3",
        1060,
    ),
}
RIGHT = {
    circuit: (circuit, list(truth.values()), circuit, truth["R1"] + truth["R2"])
    for circuit, truth in MODELS.items()
}


def misfits(draws: int, seed: int, noise: float = NOISE) -> list[tuple]:
    """How often right and wrong circuits are flagged."""
    rows = []
    for kind, cases in (("false alarms", RIGHT), ("flagged", WRONG)):
        for what, (source, values, fitted, total) in cases.items():
            z = Circuit.parse(source).impedance(np.array(values), 2 * np.pi * FREQUENCY_HZ)

            def draw(rng: np.random.Generator, z=z, fitted=fitted, total=total) -> tuple:
                drawn = z * (1 + noise * (rng.normal(size=z.size) + 1j * rng.normal(size=z.size)))
                data = pd.DataFrame(
                    {
                        "frequency_hz": FREQUENCY_HZ,
                        "z_real_ohm": drawn.real,
                        "z_imag_ohm": drawn.imag,
                    }
                )
                result = fit_circuits.fit_circuit(data, fitted)
                pick = [i for i, name in enumerate(result.names) if name[0] == "R"]
                slope = result.values[pick] * np.log(10)
                error = np.sqrt(slope @ result.covariance[np.ix_(pick, pick)] @ slope)
                off = (result.values[pick].sum() - total) / error
                return off, result.misfit_ratio, result.misfit

            name = f"misfit, {'' if what.startswith('not seen') else kind + ': '}{what}"
            name += f", noise {100 * noise:g} %"
            rows.append(trust.judged("impedance", name, draw, draws, seed))
    return rows


def study(draws: int = DRAWS, physical_draws: int = 100) -> None:
    """Print the tables and keep the rates."""
    drawn = pd.concat(
        [
            model_coverage(text, truth, draws, SEED + i)
            for i, (text, truth) in enumerate(MODELS.items())
        ]
    )
    print("Spectra drawn from the fitted model (should be 95 %)")
    print(drawn.to_string(index=False, float_format="%.3g"))
    rows = [
        ("impedance", f"coverage, {text}, all parameters", rate, draws, SEED)
        for text, rate in drawn.groupby("circuit", sort=False)["coverage_percent"].mean().items()
    ]
    rows += misfits(min(draws, 300), SEED + 7)
    table = trust.rows(rows)
    print(table.to_string(index=False, float_format="%.3g"))
    trust.write("eis", table)
    physical = physical_coverage(physical_draws, SEED)
    print("\nSimulated pellets, which no circuit describes exactly (as it is)")
    print(physical.to_string(index=False, float_format="%.3g"))
