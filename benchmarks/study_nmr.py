"""How often 95 % intervals hold the truth: ``python -m benchmarks.study nmr``.

Spectra drawn from the fitted model first; then simulated ones, which it does not describe
exactly, with bias and coverage as they are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.nmr_fit import CERAMIC, GLASS, LARMOR_MHZ, SITES, clean, table
from compendium.recover import nmr as recover
from nasicon.nmr import fit_lines
from nasicon.nmr.fit_mixtures import fit_mixture

DRAWS, QUADRUPOLAR_DRAWS = 1000, 200
SEED = 19239
CLEAN_GLASS, CLEAN_CERAMIC = clean(GLASS), clean(CERAMIC)
TRUTH = {
    "BO3_delta": 16.0,
    "BO3_fwhm": 1.0,
    "BO3_area": 0.3,
    "BO3_cq": 2.6,
    "BO3_eta2": 0.09,
    "BO4_delta": -2.2,
    "BO4_fwhm": 1.2,
    "BO4_area": 0.7,
}


def quadrupolar_coverage(draws: int, seed: int) -> pd.DataFrame:
    """Coverage and bias of each parameter of a two-site fit."""
    rng, spectrum = np.random.default_rng(seed), clean(CERAMIC)
    inside, shift = np.empty((draws, len(TRUTH))), np.empty((draws, len(TRUTH)))
    truth = np.array(list(TRUTH.values()))
    for i in tqdm(range(draws), desc="quadrupolar", unit="fit"):
        result = fit_lines.fit_sites(
            table(spectrum, rng), SITES, larmor_mhz=LARMOR_MHZ, spin=1.5
        ).result
        index = [result.index(name) for name in TRUTH]
        inside[i] = (result.ci_low[index] <= truth) & (truth <= result.ci_high[index])
        shift[i] = (result.values[index] - truth) / result.stderr[index]
    return pd.DataFrame(
        {
            "quantity": list(TRUTH),
            "draws": draws,
            "coverage_percent": 100 * inside.mean(axis=0),
            "bias_in_stderr": np.nanmedian(shift, axis=0),
        }
    )


def mixture_coverage(draws: int, seed: int) -> pd.DataFrame:
    """Coverage of the ceramic share with noisy references, axis held and free."""
    rng, rows = np.random.default_rng(seed), []
    target = 0.75 * CLEAN_GLASS + 0.25 * CLEAN_CERAMIC
    for limit in (0.0, 1.0):
        hits, estimates = 0, []
        for i in tqdm(range(draws), desc=f"mixture, shift up to {limit:g}", unit="fit"):
            references = {"glass": table(CLEAN_GLASS, rng), "ceramic": table(CLEAN_CERAMIC, rng)}
            found = fit_mixture(
                table(target, rng), references, shift_limit=limit, replicates=400, seed=i
            )
            row = found.table().iloc[1]
            hits += row["ci_low"] <= 0.25 <= row["ci_high"]
            estimates.append(row["share"])
        rows.append(
            (
                f"ceramic share, shift up to {limit:g} ppm",
                draws,
                100 * hits / draws,
                (np.mean(estimates) - 0.25) / np.std(estimates),
            )
        )
    columns = ["quantity", "draws", "coverage_percent", "bias_in_stderr"]
    return pd.DataFrame(rows, columns=columns)


def study(draws: int = DRAWS, quadrupolar: int = QUADRUPOLAR_DRAWS) -> None:
    """Print the tables."""
    print("Spectra drawn from the fitted model (should be 95 %)")
    tables = [quadrupolar_coverage(quadrupolar, SEED), mixture_coverage(draws, SEED + 1)]
    print(pd.concat(tables).to_string(index=False, float_format="%.3g"))
    sites = recover.recover_sites(np.random.default_rng(SEED), 60)
    sites["covered"] = 100.0 * sites["truth"].between(sites["ci_low"], sites["ci_high"])
    sites["bias"] = sites["estimate"] - sites["truth"]
    groups = sites.groupby(["sample", "quantity"])
    summary = groups.agg(bias=("bias", "median"), coverage_percent=("covered", "mean"))
    print("\nSimulated spectra, which the fit does not describe exactly (as it is)")
    print(summary.to_string(float_format="%.3g"))
