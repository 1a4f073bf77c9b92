"""Coverage of the map fit's 95 % intervals, and its bias on physical simulations (`make study`)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from tqdm import tqdm

from benchmarks.esm_map import FREQUENCY_HZ, NAMES, SEED, TYPICAL
from compendium.recover.esm import recover_bias, recover_dart
from nasicon.esm import fit_decays, fit_maps
from nasicon.esm.model_oscillator import exponential, oscillator

DRAWS = 1000
RATIOS = (5.0, 10.0, 20.0, 50.0)


def model_coverage(snr: float, complex_data: bool, draws: int, seed: int) -> pd.DataFrame:
    """Share of the 95 % intervals that hold the truth, data drawn from the fitted model.

    Returns ``data, snr, parameter, draws, coverage_percent, binomial_error_percent,
    bias_in_stderr``.
    """
    rng = np.random.default_rng(seed)
    clean = oscillator(FREQUENCY_HZ, *TYPICAL)
    sigma = TYPICAL[0] * TYPICAL[2] / snr
    shape = (draws, clean.size)
    data = np.abs(clean) + sigma * rng.normal(size=shape)
    if complex_data:
        data = clean + sigma * (rng.normal(size=shape) + 1j * rng.normal(size=shape))
    fit = fit_maps.fit_map(data, FREQUENCY_HZ)
    names = NAMES if complex_data else NAMES[:3]
    freedom = (2 if complex_data else 1) * clean.size - len(names)
    reach = stats.t.ppf(0.975, freedom)
    rows = []
    for name, true in zip(names, TYPICAL, strict=False):
        shift = ((fit[name] - true) / fit[f"{name}_stderr"]).to_numpy()
        share = float((np.abs(shift) <= reach).mean())
        rows.append(
            {
                "data": "complex" if complex_data else "amplitude only",
                "snr": snr,
                "parameter": name,
                "draws": draws,
                "coverage_percent": 100 * share,
                "binomial_error_percent": 100 * np.sqrt(share * (1 - share) / draws),
                "bias_in_stderr": float(np.median(shift)),
            }
        )
    return pd.DataFrame(rows)


def relaxation_coverage(tau_s: float, draws: int, seed: int) -> dict[str, float]:
    """Coverage of a time constant's interval (log scale), 5 s in steps of 10 ms."""
    rng = np.random.default_rng(seed)
    t = np.arange(1, 501) * 0.01
    curves = exponential(t, 4.0, tau_s, 2.6) + 0.3 * rng.normal(size=(draws, t.size))
    found = fit_decays.fit_many(t, curves)
    reach = stats.t.ppf(0.975, t.size - 3) * found["tau_decades"]
    inside = np.abs(np.log10(found["tau_s"] / tau_s)) <= reach
    return {"tau_s": tau_s, "draws": draws, "coverage_percent": 100 * float(inside.mean())}


def study(draws: int = DRAWS) -> None:
    """Print the tables."""
    cases = [(snr, kind) for kind in (True, False) for snr in RATIOS]
    tables = [
        model_coverage(snr, kind, draws, SEED + i)
        for i, (snr, kind) in enumerate(tqdm(cases, desc="coverage", unit="case"))
    ]
    print("Spectra drawn from the fitted model (should be 95 %)")
    print(pd.concat(tables).to_string(index=False, float_format="%.3g"))
    curves = [relaxation_coverage(tau, draws, SEED) for tau in (0.03, 0.1, 0.5, 2.0)]
    print("\nRelaxation curves drawn from the exponential (should be 95 %)")
    print(pd.DataFrame(curves).to_string(index=False, float_format="%.3g"))
    print("\nSimulated maps with background and drift, which no oscillator describes (as it is)")
    print(recover_bias(np.random.default_rng(SEED)).to_string(index=False, float_format="%.3g"))
    print("\nDual-frequency inversion (as it is)")
    print(recover_dart(np.random.default_rng(SEED)).to_string(index=False, float_format="%.3g"))
