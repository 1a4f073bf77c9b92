"""Speed of the whole-pattern fit: three phases on 3000 points, structures cached."""

from __future__ import annotations

import statistics
import time

import numpy as np
import pandas as pd

from benchmarks import Row
from compendium import reference
from nasicon.diffraction import fit_patterns as xrd
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.model_pattern import Options, PatternModel, key

X = np.linspace(10.0, 70.0, 3000)
PHASES = ("LAGP x0.5", "AlPO4 cristobalite", "GeO2")
TRUTH = {
    "displacement": 0.06,
    "gauss": 0.07,
    "scale_LAGP_x0_5": 1200.0,
    "scale_AlPO4_cristobalite": 60.0,
    "scale_GeO2": 25.0,
    "size_LAGP_x0_5": 50.0,
    "size_AlPO4_cristobalite": 40.0,
    "size_GeO2": 60.0,
    "background_0": 200.0,
    "background_1": -40.0,
}
OPTIONS = Options(model.CU_KALPHA1, model.CU_KALPHA2, model.CU_RATIO, background=6)
RUNS = 9


def expected() -> tuple[PatternModel, np.ndarray, np.ndarray]:
    """Model, its true parameters and the expected counts."""
    phases = [reference.phase(name) for name in PHASES]
    pattern = PatternModel(X, phases, OPTIONS)
    values = np.zeros(len(pattern.names))
    for phase in phases:
        for name, value in phase.free_cell().items():
            values[pattern.index(f"{name}_{key(phase.name)}")] = value
    for name, value in TRUTH.items():
        values[pattern.index(name)] = value
    return pattern, values, pattern(values)[0]


def draw(counts: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """A pattern with counting noise."""
    table = pd.DataFrame({"two_theta_deg": X, "intensity": rng.poisson(counts).astype(float)})
    table.attrs = {"intensity_unit": "counts"}
    return table


def measure() -> list[Row]:
    """Median time of a fit from its own start values, and the error of the weights."""
    pattern, _, counts = expected()
    rng, times, busy, errors = np.random.default_rng(1), [], [], []
    shares = np.array([TRUTH[f"scale_{key(name)}"] for name in PHASES])
    truth = 100 * shares / shares.sum()
    xrd.fit_pattern(draw(counts, rng), pattern.phases, OPTIONS)  # compiles
    for _ in range(RUNS):
        table = draw(counts, rng)
        start, begun = time.perf_counter(), time.process_time()
        fitted = xrd.fit_pattern(table, pattern.phases, OPTIONS)
        times.append(time.perf_counter() - start)
        busy.append(time.process_time() - begun)
        found = xrd.weight_fractions(fitted)["weight_percent"].to_numpy()
        errors.append(np.abs(found - truth).max())
    return [
        Row(
            "whole-pattern fit, three phases, 3000 points, 25 parameters",
            f"{statistics.median(times):.2f} s ({statistics.median(busy):.2f} s of one core)",
            "< 1 s",
        ),
        Row(
            "largest error of a weight fraction in these fits",
            f"{max(errors):.2f} points",
            "",
        ),
    ]
