"""How often the interval of a fade holds the truth: ``python -m benchmarks.study cycling``.

First on capacities drawn from the fitted model, with and without correlated scatter; then on
cells that age by a growing interface, whose capacity is no straight line: bias and coverage as
they are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks import trust
from compendium.recover.cycling import recover_fade
from nasicon.cycling.fit_fades import fade

DRAWS = 1000
SEED = 622172
FADE_PERCENT, SCATTER = 0.1, 0.002  # per cycle; of the capacity


def model_coverage(cycles: int, correlation: float, draws: int, seed: int) -> dict[str, float]:
    """Coverage and bias of the fade over capacities drawn from the model itself."""
    rng, n = np.random.default_rng(seed), np.arange(1, cycles + 1)
    inside, shift, seen = np.empty(draws), np.empty(draws), np.empty(draws)
    for k in tqdm(range(draws), desc=f"{cycles} cycles, correlation {correlation:g}", unit="fit"):
        noise = rng.normal(size=cycles)
        for i in range(1, cycles):
            noise[i] = correlation * noise[i - 1] + np.sqrt(1 - correlation**2) * noise[i]
        found = fade(n, 150 * (1 - FADE_PERCENT / 100 * (n - 1) + SCATTER * noise))
        i = found.result.index("fade_per_cycle")
        inside[k] = found.result.ci_low[i] <= FADE_PERCENT <= found.result.ci_high[i]
        shift[k] = (found.result.values[i] - FADE_PERCENT) / found.result.stderr[i]
        seen[k] = found.correlation
    share = inside.mean()
    return {
        "cycles": cycles,
        "correlation": correlation,
        "found": np.median(seen),
        "draws": draws,
        "coverage_percent": 100 * share,
        "binomial_error_percent": 100 * np.sqrt(share * (1 - share) / draws),
        "bias_in_stderr": np.median(shift),
    }


def physical_coverage(draws: int, seed: int) -> pd.DataFrame:
    """Bias and coverage of the retention of ageing cells, per hypothesis and cell."""
    table = recover_fade(np.random.default_rng(seed), draws)
    truth = table["true_retention_percent"]
    table["bias"] = table["retention_percent"] - truth
    table["inside"] = 100.0 * ((table["ci_low"] <= truth) & (truth <= table["ci_high"]))
    groups = table.groupby(["hypothesis", "cell"], sort=False)
    return groups.agg(
        draws=("draw", "size"), bias_percent=("bias", "median"), coverage_percent=("inside", "mean")
    ).reset_index()


def study(draws: int = DRAWS, physical_draws: int = 200) -> None:
    """Print both tables."""
    cases = [(50, 0.0), (50, 0.3), (50, 0.6), (200, 0.0), (200, 0.6), (20, 0.0), (20, 0.6)]
    drawn = pd.DataFrame([model_coverage(n, r, draws, SEED + i) for i, (n, r) in enumerate(cases)])
    kept = [
        (
            "cells",
            f"coverage, fade per cycle of {row.cycles} cycles, neighbours share "
            f"{100 * row.correlation:.0f} % of the scatter",
            row.coverage_percent,
            draws,
            SEED,
        )
        for row in drawn.itertuples()
    ]
    trust.write("cycling", trust.rows(kept))
    print("Capacities drawn from the fitted model (should be 95 %)")
    print(drawn.to_string(index=False, float_format="%.3g"))
    print("\nCells that age, whose capacity is no straight line (as it is)")
    print(physical_coverage(physical_draws, SEED).to_string(index=False, float_format="%.3g"))
