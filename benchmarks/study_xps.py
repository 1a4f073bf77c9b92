"""How often the 95 % intervals hold the truth: ``python -m benchmarks.study xps``.

On spectra drawn from the fitted model; then on the physical simulations, which no fitted model
describes, where bias and coverage are what they are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.xps_fit import (
    SEED,
    TRUTH,
    WINDOW_EV,
    WINDOW_PEAKS,
    WINDOW_TRUTH,
    draw,
    region,
)
from compendium.recover import eels as recover_eels
from compendium.recover import xps as recover_xps
from nasicon.xps.fit_regions import fit_region

DRAWS = 1000

#: Name, model and truth.
MODELS = {
    "P 2p region": (region(), TRUTH),
    "two lines 1.8 eV apart": (region(WINDOW_EV, WINDOW_PEAKS, slope=True), WINDOW_TRUTH),
}


def model_coverage(name: str, draws: int, seed: int) -> pd.DataFrame:
    """Coverage and bias per parameter over spectra drawn from the model itself.

    Returns ``model, parameter, draws, coverage_percent, binomial_error_percent,
    bias_in_stderr``; a replicate whose interval does not exist (a bound) counts as a miss.
    """
    model, truth = MODELS[name]
    rng = np.random.default_rng(seed)
    inside, shift = np.zeros((draws, truth.size), bool), np.full((draws, truth.size), np.nan)
    for i in tqdm(range(draws), desc=name, unit="fit"):
        result = fit_region(draw(rng, model, truth), model.peaks, slope=model.slope).result
        inside[i] = (result.ci_low <= truth) & (truth <= result.ci_high)
        shift[i] = (result.values - truth) / result.stderr
    share = inside.mean(axis=0)
    return pd.DataFrame(
        {
            "model": name,
            "parameter": [row[0] for row in model.fitted],
            "draws": draws,
            "coverage_percent": 100 * share,
            "binomial_error_percent": 100 * np.sqrt(share * (1 - share) / draws),
            "bias_in_stderr": np.nanmedian(shift, axis=0),
        }
    )


def physical(draws: int, seed: int) -> pd.DataFrame:
    """Coverage of the boron share and of the bismuth shift on the physical simulations."""
    boron = recover_xps.recover_boron(np.random.default_rng(seed), draws)
    bismuth = recover_xps.recover_bismuth(np.random.default_rng(seed + 1), draws)
    losses = recover_eels.recover_spectra(np.random.default_rng(seed + 2), draws)
    rows = []
    for name, part in boron.groupby("hypothesis", sort=False):
        off = part["share"] - part["true_share"]
        both = np.hypot(part["stderr"], part["systematic"])
        for label, error in (("counts", part["stderr"]), ("and spacing", both)):
            rows.append(
                (
                    f"boron share, {name}",
                    label,
                    off.median(),
                    100 * (off.abs() < 1.96 * error).mean(),
                )
            )
    off = bismuth["shift_ev"] - bismuth["true_shift_ev"]
    rows.append(
        (
            "Bi 4f shift / eV",
            "counts",
            off.median(),
            100 * (off.abs() < 1.96 * bismuth["stderr_ev"]).mean(),
        )
    )
    for (name, model), part in losses.groupby(["hypothesis", "model"], sort=False):
        off = part["estimate_per_nm3"] - part["truth_per_nm3"]
        covered = 100 * (off.abs() < 1.96 * part["stderr_per_nm3"]).mean()
        rows.append((f"EELS boron, {name}", model, off.median(), covered))
    return pd.DataFrame(
        rows, columns=["quantity", "error / model", "median bias", "coverage_percent"]
    )


def study(draws: int = DRAWS, physical_draws: int = 40) -> None:
    """Print both tables."""
    drawn = pd.concat([model_coverage(name, draws, SEED + i) for i, name in enumerate(MODELS)])
    print("Spectra drawn from the fitted model (should be 95 %)")
    print(drawn.to_string(index=False, float_format="%.3g"))
    print("\nPhysical simulations, which no fitted model describes exactly (as it is)")
    print(physical(physical_draws, SEED).to_string(index=False, float_format="%.3g"))
