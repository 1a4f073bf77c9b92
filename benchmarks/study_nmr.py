"""How often 95 % intervals hold the truth: ``python -m benchmarks.study nmr``.

Spectra drawn from the fitted model first; then simulated ones, which it does not describe
exactly, with bias and coverage as they are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.signal import hilbert
from tqdm import tqdm

from benchmarks import trust
from benchmarks.nmr_fit import CERAMIC, GLASS, LARMOR_MHZ, PPM, SITES, clean, table
from compendium.recover import nmr as recover
from nasicon.core.vocabulary import BLOCKING
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


def mixture_coverage(draws: int, seed: int, ratio: float = 80.0) -> pd.DataFrame:
    """Coverage of the ceramic share with noisy references, axis held and free."""
    rng, rows = np.random.default_rng(seed), []
    target = 0.75 * CLEAN_GLASS + 0.25 * CLEAN_CERAMIC
    for limit in (0.0, 1.0):
        hits, estimates = 0, []
        for i in tqdm(range(draws), desc=f"mixture, shift up to {limit:g}", unit="fit"):
            references = {
                "glass": table(CLEAN_GLASS, rng, ratio),
                "ceramic": table(CLEAN_CERAMIC, rng, ratio),
            }
            try:
                found = fit_mixture(
                    table(target, rng, ratio), references, shift_limit=limit, replicates=400, seed=i
                )
            except ValueError:  # a reference that is not above its noise is refused
                continue
            row = found.table().iloc[1]
            hits += row["ci_low"] <= 0.25 <= row["ci_high"]
            estimates.append(row["share"])
        rows.append(
            (
                f"ceramic share, shift up to {limit:g} ppm, references at S/N {ratio:g}",
                len(estimates),
                100 * hits / len(estimates),
                (np.mean(estimates) - 0.25) / np.std(estimates),
            )
        )
    columns = ["quantity", "draws", "coverage_percent", "bias_in_stderr"]
    return pd.DataFrame(rows, columns=columns)


def bound_coverage(draws: int, seed: int) -> pd.DataFrame:
    """Coverage of eta^2 and of a small share near 0, where limits stand for intervals."""
    rows = []
    for eta in (0.0, 0.1, 0.2):
        rng, hits, held = np.random.default_rng(seed), 0, 0
        y = line(16.0, 1.2, 1.0, 2.4, eta)
        for _ in tqdm(range(draws), desc=f"eta {eta:g}", unit="fit"):
            site = (fit_lines.Site("A", (4.0, 20.0)),)
            data = table(y, rng, 30.0)
            result = fit_lines.fit_sites(data, site, larmor_mhz=LARMOR_MHZ, spin=1.5).result
            i = result.index("A_eta2")
            hits += result.ci_low[i] <= eta**2 <= result.ci_high[i]
            held += result.at_bound[i]
        what = f"eta {eta:g} at S/N 30 (on its bound in {100 * held / draws:.0f} %)"
        rows.append((what, draws, 100 * hits / draws, np.nan))
    return pd.DataFrame(rows, columns=["quantity", "draws", "coverage_percent", "bias_in_stderr"])


def line(delta: float, fwhm: float, area: float, cq: float = 0.0, eta: float = 0.0, lorentz=0.0):
    """One line on the studies' axis."""
    return fit_lines.line_shape(
        PPM,
        delta=delta,
        fwhm=fwhm,
        area=area,
        cq=cq,
        eta=eta,
        larmor_mhz=LARMOR_MHZ,
        lorentz_hz=lorentz,
    )


def misfits(draws: int, seed: int) -> list[tuple]:
    """How often right and wrong models of the BO3 and BO4 lines are flagged."""
    right, bo4 = clean(CERAMIC), line(-2.2, 1.2, 0.7, 0.4)
    bo3 = line(17.5, 1.0, 0.17, 2.6, 0.2) + line(14.0, 1.0, 0.13, 2.4, 0.6)
    filled = np.sinc(np.arange(-8, 9) / 2) / np.sqrt(
        2
    )  # noise of a record filled to twice its length
    cases = {
        "false alarms: right model, white noise": (right, None),
        "false alarms: right model, zero-filled noise": (right, filled),
        "false alarms: right model, apodised noise": (right, np.ones(5) / np.sqrt(5)),
        "not seen at this noise, two BO3 3.5 ppm apart fitted as one": (bo3 + bo4, None),
        "flagged: a third line of 5 % left out": (right + line(4.0, 1.5, 0.05), None),
        "flagged: Lorentzian lines fitted as Gaussian": (
            line(16.0, 0.5, 0.3, 2.6, 0.3, 200.0) + line(-2.2, 0.5, 0.7, 0.4, 0.0, 200.0),
            None,
        ),
        "flagged: phase off by 15 degrees": (dispersed(right, 15.0), None),
    }
    rows = []
    for what, (y, kernel) in cases.items():

        def draw(rng: np.random.Generator, y=y, kernel=kernel) -> tuple:
            noise = rng.normal(0, y.max() / 80, y.size)
            noise = noise if kernel is None else np.convolve(noise, kernel, mode="same")
            data = pd.DataFrame({"shift_ppm": PPM, "intensity": y + noise})
            found = fit_lines.fit_sites(data, SITES, larmor_mhz=LARMOR_MHZ, spin=1.5)
            share = found.shares().iloc[0]
            flagged = bool(set(found.result.flags("BO3_area")) & set(BLOCKING))
            off = (share["share"] - 0.3) / share["stderr"]
            return off, found.result.misfit_ratio, flagged

        rows.append(trust.judged("NMR", f"misfit, {what}", draw, draws, seed))
    return rows


def dispersed(y: np.ndarray, degrees: float) -> np.ndarray:
    """A spectrum with its dispersion mixed in."""
    angle = np.radians(degrees)
    return (hilbert(y) * np.exp(1j * angle)).real


def study(draws: int = DRAWS, quadrupolar: int = QUADRUPOLAR_DRAWS) -> None:
    """Print the tables and keep the rates."""
    print("Spectra drawn from the fitted model (should be 95 %)")
    tables = [quadrupolar_coverage(quadrupolar, SEED)]
    tables += [mixture_coverage(draws, SEED + 1, ratio) for ratio in (80.0, 20.0)]
    tables.append(bound_coverage(min(draws, 300), SEED + 2))
    print(pd.concat(tables).to_string(index=False, float_format="%.3g"))
    sites = ("two sites, all parameters", quadrupolar, tables[0]["coverage_percent"].mean(), 0)
    kept = [sites, *pd.concat(tables[1:]).itertuples(index=False)]
    rows = [("NMR", f"coverage, {what}", rate, n, SEED) for what, n, rate, _ in kept]
    rates = trust.rows(rows + misfits(min(draws, 300), SEED + 7))
    print(rates.to_string(index=False, float_format="%.3g"))
    trust.write("nmr", rates)
    sites = recover.recover_sites(np.random.default_rng(SEED), 60)
    sites["covered"] = 100.0 * sites["truth"].between(sites["ci_low"], sites["ci_high"])
    sites["bias"] = sites["estimate"] - sites["truth"]
    groups = sites.groupby(["sample", "quantity"])
    summary = groups.agg(bias=("bias", "median"), coverage_percent=("covered", "mean"))
    print("\nSimulated spectra, which the fit does not describe exactly (as it is)")
    print(summary.to_string(float_format="%.3g"))
