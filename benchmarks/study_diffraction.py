"""How often the 95 % intervals hold the truth: ``python -m benchmarks.study diffraction``.

First on patterns drawn from the fitted model, where they should hold it 95 times in a
hundred; then on the physical simulations, which no fit describes exactly, where bias and
coverage are what they are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from tqdm import tqdm

from compendium import reference
from compendium.recover.diffraction import recover_weights
from nasicon.diffraction import fit_patterns as xrd
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.model_pattern import Options, PatternModel, key

DRAWS = 1000
SEED = 801922
X = np.arange(12.0, 46.0, 0.04)
PHASES = ("LAGP x0.5", "AlPO4 cristobalite")
TRUTH = {
    "displacement": 0.05,
    "scale_LAGP_x0_5": 1200.0,
    "scale_AlPO4_cristobalite": 60.0,
    "size_LAGP_x0_5": 45.0,
    "size_AlPO4_cristobalite": 35.0,
    "background_0": 150.0,
    "background_1": -30.0,
}
OPTIONS = Options(model.CU_KALPHA1, model.CU_KALPHA2, model.CU_RATIO, background=3, gauss_deg=0.06)


def model_coverage(draws: int = DRAWS, seed: int = SEED) -> pd.DataFrame:
    """Coverage and bias of weight fractions and sizes over patterns drawn from the model."""
    phases = [reference.phase(name) for name in PHASES]
    pattern = PatternModel(X, phases, OPTIONS)
    truth = np.zeros(len(pattern.names))
    for phase in phases:
        for name, value in phase.free_cell().items():
            truth[pattern.index(f"{name}_{key(phase.name)}")] = value
    for name, value in TRUTH.items():
        truth[pattern.index(name)] = value
    counts, rng = pattern(truth)[0], np.random.default_rng(seed)
    share = (
        100
        * TRUTH["scale_AlPO4_cristobalite"]
        / sum(v for n, v in TRUTH.items() if n.startswith("scale"))
    )
    names = ["size_LAGP_x0_5", "size_AlPO4_cristobalite", "a_LAGP_x0_5", "displacement"]
    rows = []
    for _ in tqdm(range(draws), desc="patterns", unit="fit"):
        table = pd.DataFrame({"two_theta_deg": X, "intensity": rng.poisson(counts).astype(float)})
        table.attrs = {"intensity_unit": "counts"}
        fitted = xrd.fit_pattern(table, phases, OPTIONS, displacement_deg=0.0)
        weight = xrd.weight_fractions(fitted).set_index("phase").loc[PHASES[1]]
        found = {
            "AlPO4 / wt%": (
                share,
                *weight[["weight_percent", "ci_low", "ci_high", "stderr_percent"]],
            )
        }
        result = fitted.result
        for name in names:
            i = result.index(name)
            ends = (result.ci_low[i], result.ci_high[i], result.stderr[i])
            found[name] = (truth[i], result.values[i], *ends)
        rows += [(n, lo <= t <= hi, (v - t) / e) for n, (t, v, lo, hi, e) in found.items()]
    table = pd.DataFrame(rows, columns=["quantity", "inside", "bias"])
    groups = table.groupby("quantity", sort=False)
    covered = groups["inside"].mean()
    return pd.DataFrame(
        {
            "draws": draws,
            "coverage_percent": 100 * covered,
            "binomial_error_percent": 100 * np.sqrt(covered * (1 - covered) / draws),
            "bias_in_stderr": groups["bias"].median(),
        }
    )


def physical_coverage(draws: int, seed: int = SEED) -> pd.DataFrame:
    """Bias and coverage on simulated samples, by hypothesis and quantity."""
    table = recover_weights(np.random.default_rng(seed), draws)
    error = table["estimate"] - table["truth"]
    table = table.assign(bias=error, inside=100.0 * (np.abs(error) <= 1.96 * table["stderr"]))
    groups = table.groupby(["sample", "hypothesis", "quantity"], sort=False)
    return groups.agg(
        draws=("draw", "size"), bias=("bias", "median"), coverage_percent=("inside", "mean")
    ).reset_index()


def study(draws: int = DRAWS, physical_draws: int = 25) -> None:
    """Print both tables."""
    print("Patterns drawn from the fitted model (should be 95 %)")
    print(model_coverage(draws).to_string(float_format="%.3g"))
    print("\nPhysical simulations, which the fit does not describe exactly (as it is)")
    print(physical_coverage(physical_draws).to_string(index=False, float_format="%.3g"))
