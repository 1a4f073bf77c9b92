"""How often the 95 % intervals hold the truth: ``python -m benchmarks.study xps``.

On spectra drawn from the fitted model; then on the physical simulations, which no fitted model
describes, where bias and coverage are what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks import trust
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
from nasicon.core.vocabulary import BLOCKING
from nasicon.xps.fit_regions import Peak, fit_region
from nasicon.xps.model_lines import PseudoVoigt, voigt

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


def covered(draws: int) -> Iterator[tuple]:
    """Coverage of all parameters together, model by model; of each printed."""
    for i, name in enumerate(MODELS):
        drawn = model_coverage(name, draws, SEED + i)
        print(drawn.to_string(index=False, float_format="%.3g"))
        what = f"coverage, {name}, all parameters"
        yield ("photoemission", what, drawn["coverage_percent"].mean(), draws, SEED)


def share_coverage(draws: int, seed: int, share: float) -> tuple:
    """Coverage of a second line's share near 0, where a limit stands for an interval."""
    rng, truth, hits, flagged = np.random.default_rng(seed), TRUTH.copy(), 0, 0
    truth[-1] = 1.5 * truth[4] * share / (1 - share)
    for _ in tqdm(range(draws), desc=f"share {share:g}", unit="fit"):
        found = fit_region(draw(rng, truth=truth), region().peaks)
        low, high = found.share_interval("second")
        hits += low <= share <= high
        flagged += bool(set(found.result.flags("second_area")) & set(BLOCKING))
    what = f"share of {share:g} of a second line (flagged in {100 * flagged / draws:.0f} %)"
    return ("photoemission", f"coverage, {what}", 100 * hits / draws, draws, seed)


def misfits(draws: int, seed: int) -> Iterator[tuple]:
    """How often a right line is flagged, and a symmetric line on an asymmetric one."""
    energy = np.arange(155, 170, 0.05)
    u = (energy - 162) / 1.4
    right = 3000 * np.exp(-4 * np.log(2) * u**2) + 500
    tail = 3000 * np.where(u > 0, 0.25 * np.exp(-u / 1.2) * (1 - np.exp(-(u**2) * 3)), 0.0)
    peak = Peak("line", (160, 164), (0.8, 2.5), PseudoVoigt(0.0))
    free = replace(peak, shape=None)
    profile = 3000 * voigt(energy, 162, 1.2, 0.3) + 500
    area = 3000 * 1.4 * np.sqrt(np.pi / (4 * np.log(2)))
    cases = {  # mean counts, area, line, scatter of source and detector
        "false alarms, one Gaussian": (right, area, peak, 0.0),
        "false alarms, a Voigt profile, 1e5 counts": (50 * profile, 50 * 3000, free, 0.0),
        "false alarms, a Voigt profile, 1e6 counts": (500 * profile, 500 * 3000, free, 0.0),
        "false alarms, 1e5 counts of a source that scatters 1 %": (
            50 * right,
            50 * area,
            free,
            0.01,
        ),
        "flagged, a Gaussian on a line with a tail": (right + tail, None, peak, 0.0),
        "flagged, a Gaussian on a line with a third of that tail": (
            right + tail / 3,
            None,
            peak,
            0.0,
        ),
    }
    for what, (counts, true_area, line, unsteady) in cases.items():
        true_area = true_area or area + float((counts - right).sum()) * 0.05

        def judge(
            rng: np.random.Generator,
            counts=counts,
            true_area=true_area,
            line=line,
            unsteady=unsteady,
        ) -> tuple:
            mean = counts * (1 + unsteady * rng.normal(size=energy.size))
            seen = {"binding_energy_ev": energy, "intensity_counts": rng.poisson(mean) * 1.0}
            found = fit_region(pd.DataFrame(seen), [line], background="linear").result
            i = found.index("line_area")
            off = (found.values[i] - true_area) / found.stderr[i]
            flagged = bool(set(found.flags("line_area")) & set(BLOCKING))
            return off, found.misfit_ratio, flagged

        yield trust.judged("photoemission", f"misfit, {what}", judge, draws, seed)


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
    """Keep the rates, and print what physical simulations give."""
    shares = (share_coverage(draws, SEED + 2, share) for share in (0.0, 0.005, 0.02))
    found = chain(covered(draws), shares, misfits(min(draws, 300), SEED + 7))
    trust.one_by_one("xps", found)
    print("\nPhysical simulations, which no fitted model describes exactly (as it is)")
    print(physical(physical_draws, SEED).to_string(index=False, float_format="%.3g"))
