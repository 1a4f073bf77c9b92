"""Coverage of the Raman intervals: ``python -m benchmarks.study raman``."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tqdm import tqdm

from compendium.recover import raman as recover
from nasicon.raman import fit_bands
from nasicon.raman.model_bands import gaussian

DRAWS = 1000
SEED = 532
X = np.arange(450.0, 950.0)


def ratio_coverage(draws: int, seed: int) -> pd.DataFrame:
    """Coverage of the area ratio for several ratios, spectra drawn from the fitted model."""
    rng, rows = np.random.default_rng(seed), []
    for truth in (0.3, 0.8, 2.0):
        y = 1000 * gaussian(X, 604, 75) + 1000 * truth * gaussian(X, 746, 65) + 40 - 0.01 * X
        hits = 0
        for _ in tqdm(range(draws), desc=f"ratio {truth:g}", unit="fit"):
            noisy = y + rng.normal(0, 0.2, X.size)
            data = pd.DataFrame({"raman_shift_cm1": X, "intensity": noisy})
            _, low, high = fit_bands.fit_bands(data).ratio()
            hits += low <= truth <= high
        rows.append((truth, draws, 100 * hits / draws))
    return pd.DataFrame(rows, columns=["true_ratio", "draws", "coverage_percent"])


def study(draws: int = DRAWS) -> None:
    """Print the tables."""
    print("Spectra drawn from the fitted model (should be 95 %)")
    print(ratio_coverage(draws, SEED).to_string(index=False, float_format="%.3g"))
    ratios = recover.recover_ratios(np.random.default_rng(SEED), 100)
    ratios["covered"] = 100.0 * ratios["truth"].between(ratios["ci_low"], ratios["ci_high"])
    ratios["found over true"] = ratios["estimate"] / ratios["truth"]
    summary = ratios.groupby(["kind", "hypothesis"]).agg(
        {"found over true": "median", "covered": "mean"}
    )
    print("\nSimulated spectra, which two Gaussians do not describe exactly (as it is)")
    print(summary.to_string(float_format="%.3g"))
