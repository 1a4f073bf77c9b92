"""Coverage of the Raman intervals: ``python -m benchmarks.study raman``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks import trust
from compendium.recover import raman as recover
from nasicon.core.vocabulary import BLOCKING
from nasicon.raman import fit_bands
from nasicon.raman.model_bands import gaussian, lorentzian

DRAWS = 1000
SEED = 532
X = np.arange(450.0, 950.0)


def ratio_coverage(draws: int, seed: int, truth: float) -> tuple:
    """Coverage of the area ratio, spectra drawn from the fitted model."""
    rng, hits = np.random.default_rng(seed), 0
    y = 1000 * gaussian(X, 604, 75) + 1000 * truth * gaussian(X, 746, 65) + 40 - 0.01 * X
    for _ in tqdm(range(draws), desc=f"ratio {truth:g}", unit="fit"):
        noisy = y + rng.normal(0, 0.2, X.size)
        data = pd.DataFrame({"raman_shift_cm1": X, "intensity": noisy})
        _, low, high = fit_bands.fit_bands(data).ratio()
        hits += low <= truth <= high
    return ("Raman", f"coverage, area ratio {truth:g}", 100 * hits / draws, draws, seed)


def two_bands(shape=gaussian) -> np.ndarray:
    """TiO6 and TiO4 at a ratio of 0.8 over a sloping line."""
    return 1000 * shape(X, 604, 75) + 800 * shape(X, 746, 65) + 40 - 0.01 * X


def misfits(draws: int, seed: int) -> Iterator[tuple]:
    """How often right and wrong models are flagged."""
    smooth = np.ones(4) / 4
    cases = {
        "false alarms: two bands, white noise": (two_bands(), None),
        "false alarms: two bands, noise averaged over 4 points": (two_bands(), smooth),
        "flagged: a third band of 15 % between": (two_bands() + 150 * gaussian(X, 675, 50), None),
        "flagged: a line 6 cm-1 wide on top": (two_bands() + 40 * gaussian(X, 700, 6), None),
        "flagged: Lorentzian bands": (two_bands(lorentzian), None),
        "flagged: saturated detector": (np.minimum(two_bands(), 43.0), "clip"),
    }
    for what, (y, kind) in cases.items():

        def draw(rng: np.random.Generator, y=y, kind=kind) -> tuple:
            noise = rng.normal(0, 0.2, X.size)
            noise = np.convolve(noise, kind, mode="same") if isinstance(kind, np.ndarray) else noise
            seen = np.minimum(y + noise, 43.0) if isinstance(kind, str) else y + noise
            found = fit_bands.fit_bands(pd.DataFrame({"raman_shift_cm1": X, "intensity": seen}))
            value, low, high = found.ratio()
            off = np.log(value / 0.8) / (np.log(high / low) / 3.92)
            flagged = bool(set(found.flags()) & set(BLOCKING))
            return off, found.result.misfit_ratio, flagged

        yield trust.judged("Raman", f"misfit, {what}", draw, draws, seed)


def study(draws: int = DRAWS) -> None:
    """Keep the rates, and print what simulated spectra give."""
    covered = (ratio_coverage(draws, SEED, truth) for truth in (0.3, 0.8, 2.0))
    trust.one_by_one("raman", chain(covered, misfits(min(draws, 300), SEED + 7)))
    ratios = recover.recover_ratios(np.random.default_rng(SEED), 100)
    ratios["covered"] = 100.0 * ratios["truth"].between(ratios["ci_low"], ratios["ci_high"])
    ratios["found over true"] = ratios["estimate"] / ratios["truth"]
    summary = ratios.groupby(["kind", "hypothesis"]).agg(
        {"found over true": "median", "covered": "mean"}
    )
    print("\nSimulated spectra, which two Gaussians do not describe exactly (as it is)")
    print(summary.to_string(float_format="%.3g"))
