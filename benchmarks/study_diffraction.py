"""How often the 95 % intervals hold the truth: ``python -m benchmarks.study diffraction``.

Patterns drawn from the fitted model, with the shifts of lines that an aligned instrument may
have (the errors of cells hold them); weights near zero; patterns of another kind, which the
model cannot describe, and how often they are flagged; then the physical simulations, where
bias and coverage are what they are. Rates go to ``benchmarks/trust/diffraction.csv``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks import trust
from compendium import reference
from compendium.recover.diffraction import recover_weights
from nasicon.core.vocabulary import blocks
from nasicon.diffraction import fit_patterns as xrd
from nasicon.diffraction import fit_phases, fit_rivals
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_widths import find_peaks
from nasicon.diffraction.model_pattern import Options, PatternModel, key
from nasicon.diffraction.model_powder import Phase

DRAWS = 1000
SEED = 801922
X = np.arange(12.0, 50.0, 0.04)
PHASES = ("LAGP x0.5", "AlPO4 cristobalite")
TRUTH = {
    "displacement": 0.05,
    "gauss": 0.06,
    "scale_LAGP_x0_5": 1200.0,
    "scale_AlPO4_cristobalite": 150.0,
    "size_LAGP_x0_5": 45.0,
    "size_AlPO4_cristobalite": 35.0,
    "background_0": 150.0,
    "background_1": -30.0,
}
OPTIONS = Options(model.CU_KALPHA1, model.CU_KALPHA2, model.CU_RATIO)


def expected(
    phases: list[Phase], options: Options = OPTIONS, x: NDArray = X, **changed: float
) -> tuple[NDArray, dict[str, float]]:
    """Counts of the model at `TRUTH`, and its parameters."""
    pattern = PatternModel(x, phases, options)
    truth = dict.fromkeys(pattern.names, 0.0)
    for phase in phases:
        truth |= {f"{n}_{key(phase.name)}": value for n, value in phase.free_cell().items()}
    truth |= TRUTH | changed
    return pattern(np.array([truth[n] for n in pattern.names]))[0], truth


def drawn(counts: NDArray, rng: np.random.Generator) -> pd.DataFrame:
    """A pattern with counting noise."""
    table = pd.DataFrame({"two_theta_deg": X, "intensity": rng.poisson(counts).astype(float)})
    table.attrs = {"intensity_unit": "counts"}
    return table


def model_coverage(draws: int = DRAWS, seed: int = SEED, minor: float = 150.0) -> pd.DataFrame:
    """Coverage of every parameter and of the weights, over patterns drawn from the model."""
    phases = [reference.phase(name) for name in PHASES]
    rng, rows = np.random.default_rng(seed), []
    theta, scale = np.radians(X) / 2, {"scale_AlPO4_cristobalite": minor}
    for _ in tqdm(range(draws), desc=f"patterns, scale {minor:g}", unit="fit"):
        zero, axial, clear = rng.normal(0, OPTIONS.alignment_deg, 3)
        shift = zero + axial / np.tan(2 * theta) + clear * np.sin(2 * theta)
        counts, truth = expected(phases, x=X - shift, **scale)
        fitted = xrd.fit_pattern(drawn(counts, rng), phases, OPTIONS)
        result, true = fitted.result, 100 * minor / (minor + TRUTH["scale_LAGP_x0_5"])
        weight = xrd.weight_fractions(fitted).set_index("phase").loc[PHASES[1]]
        rows.append(("AlPO4 / wt%", weight["ci_low"] <= true <= weight["ci_high"], result.misfit))
        for i, name in enumerate(result.names):
            if not name.startswith("background"):
                inside = result.ci_low[i] <= truth[name] <= result.ci_high[i]
                rows.append((name, inside, result.misfit))
    return pd.DataFrame(rows, columns=["quantity", "inside", "misfit"])


def rates(draws: int = DRAWS) -> list[tuple]:
    """Coverage of all parameters together, false alarms."""
    found = model_coverage(draws)
    technique, share = "powder diffraction", 100 * found["inside"].mean()
    print(100 * found.groupby("quantity", sort=False)["inside"].mean())
    alarms = 100 * found.loc[found["quantity"] == "displacement", "misfit"].mean()
    rows = [
        (technique, "coverage, two phases, all parameters together", share, draws, SEED),
        (technique, "misfit, false alarms: patterns drawn from the model", alarms, draws, SEED),
    ]
    for quantity in ("AlPO4 / wt%", "a_LAGP_x0_5", "c_LAGP_x0_5", "size_LAGP_x0_5"):
        inside = 100 * found.loc[found["quantity"] == quantity, "inside"].mean()
        rows.append((technique, f"coverage, {quantity}", inside, draws, SEED))
    return rows


def near_zero(
    draws: int, minors: tuple[float, ...] = (0.0, 1.0, 3.0, 6.0, 24.0)
) -> Iterator[tuple]:
    """Coverage of weights near zero."""
    for minor in minors:
        near = model_coverage(draws, SEED + 1, minor)
        inside = 100 * near.loc[near["quantity"] == "AlPO4 / wt%", "inside"].mean()
        percent = 100 * minor / (minor + TRUTH["scale_LAGP_x0_5"])
        what = f"coverage, weight fraction of {percent:.2g} wt%"
        yield ("powder diffraction", what, inside, draws, SEED + 1)


def strange() -> dict[str, tuple[str, Callable[[], NDArray]]]:
    """Patterns that the model cannot describe, and whether they should be flagged."""
    phases = [reference.phase(name) for name in PHASES]
    lagp, alpo4 = phases
    third = reference.phase("AlPO4 berlinite")
    scale = {f"scale_{key(third.name)}": 150.0, f"size_{key(third.name)}": 40.0}
    stretched = replace(alpo4, cell=tuple(1.05 * v for v in alpo4.cell[:3]) + alpo4.cell[3:])
    second = {f"{n}_LAGP_x0_5": 1.008 * v for n, v in lagp.free_cell().items()}
    half = {"scale_LAGP_x0_5": 600.0}
    march = replace(OPTIONS, textured={lagp.name: (0, 0, 1)})

    def tailed(width_deg: float) -> NDArray:
        """Lines with a tail to low angles, shorter as cot 2theta."""
        counts = expected(phases)[0]
        total = np.zeros_like(counts)
        for share, reach in ((0.6, 0.0), (0.3, 0.5), (0.1, 1.0)):
            shift = reach * width_deg / np.tan(np.radians(X))
            total += share * np.interp(X + shift, X, counts)
        return total

    return {
        "misfit, flagged: a third phase left out": lambda: expected([*phases, third], **scale)[0],
        "misfit, flagged: a cell 5 % off": lambda: expected([lagp, stretched])[0],
        "misfit, flagged: every line twice, 0.8 % apart": lambda: (
            expected(phases, **half)[0]
            + expected([lagp], **half, **second, background_0=0.0, background_1=0.0)[0]
        ),
        "misfit, flagged: texture, March parameter 0.6": lambda: expected(
            phases, march, march_LAGP_x0_5=0.6
        )[0],
        "misfit, flagged: lines with a long tail": lambda: tailed(0.3),
        "misfit, not seen: some texture, March parameter 0.85": lambda: expected(
            phases, march, march_LAGP_x0_5=0.85
        )[0],
        "misfit, false alarms: lines with a short tail": lambda: tailed(0.03),
    }


def judged(draws: int) -> list[tuple]:
    """How often strange patterns are flagged, with bias and residual."""
    phases, rows = [reference.phase(name) for name in PHASES], []
    true = 100 * 150 / 1350
    for what, pattern in strange().items():
        counts = pattern()

        def draw(rng: np.random.Generator, counts: NDArray = counts) -> tuple[float, float, bool]:
            pattern = drawn(counts, rng)
            fitted = xrd.fit_pattern(pattern, phases, OPTIONS)
            left = fit_phases.unexplained_peaks(fitted, find_peaks(pattern))
            fitted = fit_phases.with_peaks_left(fitted, left)
            table = fit_rivals.judged_weights(fitted, fit_rivals.rival(fitted))
            row = table.set_index("phase").loc[PHASES[1]]
            off = (row["weight_percent"] - true) / row["stderr_percent"]
            return off, fitted.result.quality.ratio, blocks(row["flag"])

        rows.append(trust.judged("powder diffraction", what, draw, draws, SEED + 2))
    return rows


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
    """Print the tables and keep the rates."""
    for part in (rates, judged):
        table = trust.rows(part(draws if part is rates else draws // 10))
        print(table.to_string(index=False, float_format="%.3g"), flush=True)
        trust.write("diffraction", table, keep=True)
    trust.one_by_one("diffraction", near_zero(max(draws * 3 // 10, 1)))
    print("\nPhysical simulations, which the fit does not describe exactly (as it is)")
    print(physical_coverage(physical_draws).to_string(index=False, float_format="%.3g"))
