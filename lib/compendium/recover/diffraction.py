"""What the diffraction analysis makes of simulated patterns.

``python -m compendium.recover.diffraction`` writes to
``data/simulated/diffraction_recovery/``:

``weights.csv``
    Truth and estimate of weight fractions and of x(Al) over the declared ranges, with
    each secondary phase present and absent.
``sizes.csv``
    Scherrer sizes of LAGP 113, with the instrument's width taken off in three forms.
``crystallinity.csv``
    A standard curve of hump shares, and what it makes of the glass-ceramics.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from tqdm import tqdm

from compendium import reference
from compendium.recover import command_line
from compendium.simulate import assumptions
from compendium.simulate import diffraction as simulate
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_composition import standard_curve
from nasicon.diffraction.fit_patterns import (
    cells,
    fit_pattern,
    hump_share_percent,
    weight_fractions,
)
from nasicon.diffraction.fit_widths import fit_peaks, scherrer_table
from nasicon.diffraction.model_pattern import Options

DRAWS = 12
SIZE_DRAWS = 60
CURVE_DRAWS = 5
SEED = 801922
OPTIONS = Options(model.CU_KALPHA1, model.CU_KALPHA2, model.CU_RATIO, background=4, hump=True)
HYPOTHESES = {
    "GC-LATP": {"printed": {}, "no AlPO4": {"alpo4": 0.0}},
    "LAGP": {"GeO2": {}, "no GeO2": {"geo2": 0.0}},
}
CANDIDATES = {
    "GC-LATP": ("LATP x0.3", "AlPO4 cristobalite"),
    "LAGP": ("LAGP x0.5", "AlPO4 cristobalite", "GeO2"),
}
MIXTURES_PERCENT = (50, 60, 70, 80, 90, 100)
SIZES_NM = (30.0, 42.7, 63.5, 100.0)


def table_of(x: np.ndarray, counts: np.ndarray) -> pd.DataFrame:
    """A pattern as the reader would give it."""
    table = pd.DataFrame({"two_theta_deg": x, "intensity": counts})
    table.attrs = {"intensity_unit": "counts"}
    return table


def recover_weights(rng: np.random.Generator, total: int = DRAWS) -> pd.DataFrame:
    """Fit patterns with and without the secondary phase in question."""
    samples = {s.name: s for s in simulate.SAMPLES}
    rows = []
    for name, hypotheses in HYPOTHESES.items():
        phases = [reference.phase(n) for n in CANDIDATES[name]]
        for hypothesis, change in hypotheses.items():
            for draw, assumed in enumerate(
                tqdm(simulate.draws(rng, total), desc=f"{name}, {hypothesis}", unit="fit")
            ):
                made = simulate.recipe(samples[name], assumed, **change)
                x, counts = simulate.expected(made, assumed)
                fitted = fit_pattern(table_of(x, simulate.record(counts, rng)), phases, OPTIONS)
                shares = weight_fractions(fitted)
                a = cells(fitted).set_index(["phase", "parameter"])
                common = {"sample": name, "hypothesis": hypothesis, "draw": draw}
                for row in shares.to_dict("records"):
                    rows.append(
                        {
                            **common,
                            "quantity": f"{row['phase']} / wt%",
                            "truth": 100 * made.weights.get(row["phase"], 0.0),
                            "estimate": row["weight_percent"],
                            "stderr": row["stderr_percent"],
                        }
                    )
                host = CANDIDATES[name][0]
                fitted_a = a.loc[(host, "a")]
                rows.append(
                    {
                        **common,
                        "quantity": "host a / angstrom",
                        "truth": made.cells[host][0],
                        "estimate": fitted_a["value"],
                        "stderr": fitted_a["stderr"],
                    }
                )
    return pd.DataFrame(rows)


def recover_sizes(rng: np.random.Generator, total: int = SIZE_DRAWS) -> pd.DataFrame:
    """Scherrer sizes of a single line; the instrument's width is known exactly."""
    lagp = next(s for s in simulate.SAMPLES if s.name == "LAGP")
    rows = []
    for draw, assumed in enumerate(tqdm(simulate.draws(rng, total), desc="sizes", unit="pattern")):
        made = simulate.recipe(lagp, assumed, geo2=0.0, alpo4=0.0)
        truth = SIZES_NM[draw % len(SIZES_NM)]
        made = simulate.Recipe(
            made.weights,
            made.glass_share,
            {**made.sizes_nm, "LAGP x0.5": truth},
            made.cells,
            made.x_al,
        )
        x, counts = simulate.expected(made, assumed, grid=(23.0, 27.5, 0.02))
        table = table_of(x, simulate.record(counts, rng))
        at = 25.1 + assumed["displacement_deg"]
        peaks = fit_peaks(
            table,
            [at],
            wavelength=model.CU_KALPHA1,
            wavelength_2=model.CU_KALPHA2,
            ratio=model.CU_RATIO,
        )
        sizes = scherrer_table(
            peaks.table, wavelength=model.CU_KALPHA1, instrument_deg=assumed["instrument_deg"]
        ).iloc[0]
        for form in ("uncorrected", "gaussian", "lorentzian", "voigt"):
            rows.append(
                {
                    "draw": draw,
                    "form": form,
                    "truth_nm": truth,
                    "estimate_nm": sizes[f"{form}_nm"],
                    "instrument_deg": assumed["instrument_deg"],
                    "strain_percent": assumed["strain_percent"],
                }
            )
    return pd.DataFrame(rows)


def recover_crystallinity(rng: np.random.Generator, total: int = CURVE_DRAWS) -> pd.DataFrame:
    """Hump shares of mixtures, the line through them, and the glass-ceramics read from it."""
    samples = {s.name: s for s in simulate.SAMPLES}
    assumed = assumptions.nominal(simulate.ASSUMPTIONS)
    phases = [reference.phase(n) for n in CANDIDATES["GC-LATP"]]
    rows = []
    for percent in MIXTURES_PERCENT:
        made = simulate.recipe(samples["GC-LATP"], assumed, alpo4=0.0, glass=1 - percent / 100)
        rows.append(
            {
                "set": "standard",
                "sample": "mixture",
                "truth_percent": float(percent),
                "hump_percent": _hump(made, assumed, phases[:1], rng),
            }
        )
    standards = pd.DataFrame(rows)
    curve = standard_curve(standards["truth_percent"], standards["hump_percent"])
    for name in ("GC-LATP", "GC-LATBP", "C-LATBP", "C-LATP"):
        for trial in simulate.draws(rng, total):
            made = simulate.recipe(samples[name], trial)
            hump = _hump(made, trial, phases, rng)
            value, low, high = curve.read(hump)
            rows.append(
                {
                    "set": "specimen",
                    "sample": name,
                    "truth_percent": 100 * (1 - made.glass_share),
                    "hump_percent": hump,
                    "estimate_percent": value,
                    "ci_low": low,
                    "ci_high": high,
                }
            )
    return pd.DataFrame(rows)


def _hump(made: simulate.Recipe, assumed: dict, phases: list, rng: np.random.Generator) -> float:
    x, counts = simulate.expected(made, assumed)
    fitted = fit_pattern(table_of(x, simulate.record(counts, rng)), phases, OPTIONS)
    return hump_share_percent(fitted)[0]


STUDIES = {
    "weights": recover_weights,
    "sizes": recover_sizes,
    "crystallinity": recover_crystallinity,
}

if __name__ == "__main__":
    command_line("diffraction", STUDIES, SEED)
