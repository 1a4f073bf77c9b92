"""How often 95 % intervals hold the truth: ``python -m benchmarks.study nmr``.

Spectra drawn from the fitted model first; then simulated ones, which it does not describe
exactly, with bias and coverage as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

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

DRAWS = 1000
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


def quadrupolar_coverage(draws: int, seed: int) -> tuple:
    """Coverage of a two-site fit, all parameters together; coverage and bias of each printed."""
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
    rates, biases = inside.mean(axis=0), np.nanmedian(shift, axis=0)
    for name, hits, off in zip(TRUTH, rates, biases, strict=True):
        print(f"{name}: {100 * hits:.3g} %, bias {off:.2g} standard errors")
    return "two sites, all parameters", draws, 100 * inside.mean()


#: Share of ceramic, signal to noise of all three spectra, true shift of the axis, its limit (ppm).
MIXTURES = ((0.25, 80.0, 0.0, 0.0), (0.25, 80.0, 0.0, 1.0), (0.25, 20.0, 0.0, 1.0))
OTHER_MIXTURES = ((0.6, 40.0, 0.37, 1.0), (0.03, 30.0, -0.22, 0.8))  # tried after all was settled


def mixture_coverage(
    draws: int, seed: int, share: float, ratio: float, moved: float, limit: float
) -> tuple:
    """Coverage of the ceramic share with noisy references."""
    rng, estimates, hits = np.random.default_rng(seed), [], 0
    target = (1 - share) * clean(GLASS, moved) + share * clean(CERAMIC, moved)
    what = f"ceramic share of {share:g}, shift up to {limit:g} ppm, references at S/N {ratio:g}"
    for i in tqdm(range(draws), desc=what, unit="fit"):
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
        hits += row["ci_low"] <= share <= row["ci_high"]
        estimates.append(row["share"])
    return what, len(estimates), 100 * hits / len(estimates)


def bound_coverage(draws: int, seed: int, eta: float) -> tuple:
    """Coverage of eta near 0 and 1, where a limit stands for an interval."""
    rng, hits, limits = np.random.default_rng(seed), 0, 0
    y, site = line(16.0, 1.2, 1.0, 2.4, eta), (fit_lines.Site("A", (4.0, 20.0)),)
    for _ in tqdm(range(draws), desc=f"eta {eta:g}", unit="fit"):
        data = table(y, rng, 30.0)
        result = fit_lines.fit_sites(data, site, larmor_mhz=LARMOR_MHZ, spin=1.5).result
        i = result.index("A_eta2")
        hits += result.ci_low[i] <= eta**2 <= result.ci_high[i]
        limits += result.ci_low[i] == 0 or result.ci_high[i] == 1
    what = f"eta {eta:g} at S/N 30 (one-sided in {100 * limits / draws:.0f} %)"
    return what, draws, 100 * hits / draws


def share_coverage(draws: int, seed: int, share: float) -> tuple:
    """Coverage of a site's share near 0 and 1, where a limit stands for an interval."""
    rng, hits, unseen = np.random.default_rng(seed), 0, 0
    y = line(16.0, 1.2, share, 2.6, 0.3) + line(-2.2, 1.2, 1 - share, 0.4)
    for _ in tqdm(range(draws), desc=f"share {share:g}", unit="fit"):
        found = fit_lines.fit_sites(table(y, rng, 50.0), SITES, larmor_mhz=LARMOR_MHZ, spin=1.5)
        row = found.shares().iloc[0]
        hits += row["ci_low"] <= share <= row["ci_high"]
        unseen += "not_identifiable" in row["flag"]
    what = f"BO3 share of {share:g} at S/N 50 (not identifiable in {100 * unseen / draws:.0f} %)"
    return what, draws, 100 * hits / draws


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


def misfits(draws: int, seed: int) -> Iterator[tuple]:
    """How often right and wrong models of the BO3 and BO4 lines are flagged."""
    right, bo4 = clean(CERAMIC), line(-2.2, 1.2, 0.7, 0.4)
    bo3 = line(17.5, 1.0, 0.17, 2.6, 0.2) + line(14.0, 1.0, 0.13, 2.4, 0.6)
    apart = line(17.5, 1.0, 0.17, 2.6, 0.2) + line(12.5, 1.0, 0.13, 2.4, 0.6)
    # noise of a record filled to twice its length
    filled = np.sinc(np.arange(-8, 9) / 2) / np.sqrt(2)
    lorentzian = line(16.0, 0.5, 0.3, 2.6, 0.3, 200.0) + line(-2.2, 0.5, 0.7, 0.4, 0.0, 200.0)
    cases = {  # spectrum, mean shift of its boron in BO3, S/N, memory of the noise
        "false alarms: right model, white noise": (right, 16.0, 80, [1.0]),
        "false alarms: right model, zero-filled noise": (right, 16.0, 80, filled),
        "false alarms: right model, apodised noise": (right, 16.0, 80, np.ones(5) / np.sqrt(5)),
        "not seen often, two BO3 3.5 ppm apart fitted as one, S/N 80": (bo3 + bo4, 15.983, 80, [1]),
        "flagged: two BO3 3.5 ppm apart fitted as one, S/N 150": (bo3 + bo4, 15.983, 150, [1.0]),
        "flagged: two BO3 5 ppm apart fitted as one, S/N 80": (apart + bo4, 15.333, 80, [1.0]),
        "flagged: a third line of 5 % left out": (right + line(4.0, 1.5, 0.05), 16.0, 80, [1.0]),
        "flagged: Lorentzian lines fitted as Gaussian": (lorentzian, 16.0, 80, [1.0]),
        "flagged: phase off by 15 degrees": (dispersed(right, 15.0), 16.0, 80, [1.0]),
    }
    for what, (y, mean, ratio, kernel) in cases.items():

        def draw(rng: np.random.Generator, y=y, mean=mean, ratio=ratio, kernel=kernel) -> tuple:
            noise = np.convolve(rng.normal(0, y.max() / ratio, y.size), kernel, mode="same")
            data = pd.DataFrame({"shift_ppm": PPM, "intensity": y + noise})
            found = fit_lines.fit_sites(data, SITES, larmor_mhz=LARMOR_MHZ, spin=1.5)
            share, i = found.shares().iloc[0], found.result.index("BO3_delta")
            flagged = bool(set(found.result.flags("BO3_area")) & set(BLOCKING))
            off = abs(share["share"] - 0.3) / share["stderr"]
            shift = abs(found.result.values[i] - mean) / found.result.stderr[i]
            return max(off, shift), found.result.misfit_ratio, flagged

        yield trust.judged("NMR", f"misfit, {what}", draw, draws, seed)


def dispersed(y: np.ndarray, degrees: float) -> np.ndarray:
    """A spectrum with its dispersion mixed in."""
    angle = np.radians(degrees)
    return (hilbert(y) * np.exp(1j * angle)).real


def near_bounds(draws: int) -> Iterator[tuple]:
    """Coverage of shares and of eta near their bounds."""
    yield from (share_coverage(draws, SEED + 3, share) for share in (0.0, 0.02, 0.05, 0.95, 0.98))
    yield from (bound_coverage(draws, SEED + 2, eta) for eta in (0.0, 0.1, 0.2, 0.95, 1.0))


def covered(draws: int) -> Iterator[tuple]:
    """Rows of coverage, the default path first."""
    found = chain(
        [quadrupolar_coverage(draws, SEED)],
        near_bounds(min(draws, 500)),
        (mixture_coverage(draws, SEED + 1, *case) for case in MIXTURES + OTHER_MIXTURES),
    )
    yield from (("NMR", f"coverage, {what}", rate, n, SEED) for what, n, rate in found)


def study(draws: int = DRAWS) -> None:
    """Keep the rates, and print what simulated spectra give."""
    trust.one_by_one("nmr", chain(covered(draws), misfits(min(draws, 300), SEED + 7)))
    sites = recover.recover_sites(np.random.default_rng(SEED), 60)
    sites["covered"] = 100.0 * sites["truth"].between(sites["ci_low"], sites["ci_high"])
    sites["bias"] = sites["estimate"] - sites["truth"]
    groups = sites.groupby(["sample", "quantity"])
    summary = groups.agg(bias=("bias", "median"), coverage_percent=("covered", "mean"))
    print("\nSimulated spectra, which the fit does not describe exactly (as it is)")
    print(summary.to_string(float_format="%.3g"))
