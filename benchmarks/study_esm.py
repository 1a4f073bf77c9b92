"""Coverage of the map fit's 95 % intervals, and its bias on physical simulations (`make study`)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import signal, stats
from tqdm import tqdm

from benchmarks import trust
from benchmarks.esm_map import FREQUENCY_HZ, NAMES, SEED, TYPICAL
from compendium.recover.esm import recover_bias, recover_dart
from nasicon.esm import fit_decays, fit_maps, fit_statistics
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


def memory_coverage(share: float, draws: int, seed: int) -> float:
    """Per cent of relaxation times covered under noise whose neighbours share so much, AR(1)."""
    rng, t, inside = np.random.default_rng(seed), np.arange(1, 181) * 0.02, 0
    for _ in tqdm(range(draws), desc=f"relaxation {share:g}"):
        white = rng.normal(size=t.size + 200)
        noise = signal.lfilter([np.sqrt(1 - share**2)], [1, -share], white)[200:]
        fit = fit_decays.fit_relaxation(t, 8 + 3 * np.exp(-t / 0.4) + 0.25 * noise)
        inside += bool(fit.ci_low[1] <= 0.4 <= fit.ci_high[1])
    return 100 * inside / draws


def amplitudes_alone(snr: float, maps: int, seed: int) -> tuple[float, float]:
    """Per cent of maps of rectified amplitudes whose means are covered, or flagged.

    Each of 24 x 24 pixels and one truth, the default of `measure_esm`: excess taken off, means
    with errors of independent pixels.
    """
    rng = np.random.default_rng(seed)
    clean = oscillator(FREQUENCY_HZ, *TYPICAL)
    sigma, shape = TYPICAL[0] * TYPICAL[2] / snr, (24, 24, clean.size)
    covered = flagged = 0
    for _ in tqdm(range(maps), desc=f"amplitudes, S/N {snr:g}"):
        noise = sigma * (rng.normal(size=shape) + 1j * rng.normal(size=shape))
        fit = fit_maps.fit_map(np.abs(clean + noise), FREQUENCY_HZ, rectified=True)
        flags = fit_maps.map_flags(fit)[0]
        use, inside = fit_maps.usable(fit), True
        for name, true in zip(NAMES[:3], TYPICAL, strict=False):
            if use.sum() < 2:
                inside = False
                continue
            found = fit_statistics.describe(fit[name], use)
            inside &= abs(found.mean - true) <= 1.96 * found.stderr + 0.02 * true
        covered += bool(inside)
        flagged += bool(flags)
    return 100 * covered / maps, 100 * flagged / maps


def rates(draws: int) -> list[tuple]:
    """Coverage of maps and of relaxation, and what amplitudes alone are worth."""
    technique, rows = "strain microscopy", []
    for snr in RATIOS:
        share = model_coverage(snr, True, draws, SEED)["coverage_percent"].mean()
        rows.append((technique, f"coverage, complex map, S/N {snr:g}, all parameters", share))
    for tau in (0.03, 0.1, 0.5, 2.0):
        share = relaxation_coverage(tau, draws, SEED)["coverage_percent"]
        rows.append((technique, f"coverage, relaxation of {tau:g} s in 5 s, white noise", share))
    for shared in (0.0, 0.6, 0.9):
        what = f"coverage, relaxation time, neighbours share {100 * shared:.0f} % of the noise"
        rows.append((technique, what, memory_coverage(shared, draws, SEED)))
    rows = [(*row, draws, SEED) for row in rows]
    maps = max(draws // 10, 1)
    for snr in (3.0, 8.0, 20.0):
        covered, flagged = amplitudes_alone(snr, maps, SEED)
        told = f"means of amplitudes alone at S/N {snr:g}"
        rows.append((technique, f"coverage, {told}, within 2 %", covered, maps, SEED))
        rows.append((technique, f"systematic, flagged: {told}", flagged, maps, SEED))
    return rows


def study(draws: int = DRAWS) -> None:
    """Print the tables and keep the rates."""
    table = trust.rows(rates(draws))
    print(table.to_string(index=False, float_format="%.3g"))
    trust.write("esm", table)
    print("\nSimulated maps with background and drift, which no oscillator describes (as it is)")
    print(recover_bias(np.random.default_rng(SEED)).to_string(index=False, float_format="%.3g"))
    print("\nDual-frequency inversion (as it is)")
    print(recover_dart(np.random.default_rng(SEED)).to_string(index=False, float_format="%.3g"))
