"""What the diffraction analysis makes of simulated patterns.

``python -m compendium.recover.diffraction`` writes to
``data/simulated/diffraction_recovery/``:

``weights.csv``
    Truth and estimate of weight fractions and of the host's cell over the declared ranges, with
    each secondary phase present and absent; weight fractions also with the surface refined, as
    the simulated surface loses intensity at low angles and the default fit knows no such loss.
``sizes.csv``
    Scherrer sizes of LAGP 113, with the instrument's width taken off in three forms.
``crystallinity.csv``
    A standard curve of hump shares, and what it makes of the glass-ceramics.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from compendium import reference
from compendium.recover import Rows, command_line, tabled, trials
from compendium.simulate import assumptions
from compendium.simulate import diffraction as simulate
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_composition import standard_curve
from nasicon.diffraction.fit_patterns import (
    PatternFit,
    cells,
    fit_pattern,
    hump_share_percent,
    refit,
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


@tabled("sample hypothesis draw quantity truth estimate stderr")
def recover_weights(rng: np.random.Generator, total: int = DRAWS) -> Rows:
    """Fit patterns with and without the secondary phase in question."""
    samples = {s.name: s for s in simulate.SAMPLES}
    for name, hypotheses in HYPOTHESES.items():
        phases = [reference.phase(n) for n in CANDIDATES[name]]
        for hypothesis, draw, assumed in trials(simulate.ASSUMPTIONS, rng, total, hypotheses):
            made = simulate.recipe(samples[name], assumed, **hypotheses[hypothesis])
            fitted = _fitted(made, assumed, phases, rng)
            surface = refit(fitted, replace(fitted.pattern.options, refine_roughness=True))
            found = {
                f"{row.phase}{how} / wt%": (
                    100 * made.weights.get(row.phase, 0.0),
                    row.weight_percent,
                    row.stderr_percent,
                )
                for how, fit in (("", fitted), (", surface refined", surface))
                for row in weight_fractions(fit).itertuples()
            }
            host = CANDIDATES[name][0]
            a = cells(fitted).set_index(["phase", "parameter"]).loc[(host, "a")]
            found["host a / angstrom"] = (made.cells[host][0], a["value"], a["stderr"])
            yield from ((name, hypothesis, draw, what, *three) for what, three in found.items())


def _fitted(
    made: simulate.Recipe, assumed: dict, phases: list[model.Phase], rng: np.random.Generator
) -> PatternFit:
    """A simulated pattern, recorded and fitted."""
    x, counts = simulate.expected(made, assumed)
    return fit_pattern(table_of(x, simulate.record(counts, rng)), phases, OPTIONS)


@tabled("draw form truth_nm estimate_nm instrument_deg strain_percent")
def recover_sizes(rng: np.random.Generator, total: int = SIZE_DRAWS) -> Rows:
    """Scherrer sizes of a single line; the instrument's width is known exactly."""
    lagp = next(s for s in simulate.SAMPLES if s.name == "LAGP")
    lines = {"wavelength": model.CU_KALPHA1, "wavelength_2": model.CU_KALPHA2}
    for _, draw, assumed in trials(simulate.ASSUMPTIONS, rng, total, ("sizes",)):
        made = simulate.recipe(lagp, assumed, geo2=0.0, alpo4=0.0)
        truth = SIZES_NM[draw % len(SIZES_NM)]
        made = replace(made, sizes_nm={**made.sizes_nm, "LAGP x0.5": truth})
        x, counts = simulate.expected(made, assumed, grid=(23.0, 27.5, 0.02))
        table = table_of(x, simulate.record(counts, rng))
        peaks = fit_peaks(
            table, [25.1 + assumed["displacement_deg"]], ratio=model.CU_RATIO, **lines
        )
        instrument = assumed["instrument_deg"]
        sizes = scherrer_table(
            peaks.table, wavelength=model.CU_KALPHA1, instrument_deg=instrument
        ).iloc[0]
        for form in ("uncorrected", "gaussian", "lorentzian", "voigt"):
            yield draw, form, truth, sizes[f"{form}_nm"], instrument, assumed["strain_percent"]


@tabled("set sample truth_percent hump_percent estimate_percent ci_low ci_high")
def recover_crystallinity(rng: np.random.Generator, total: int = CURVE_DRAWS) -> Rows:
    """Hump shares of mixtures, the line through them, and the glass-ceramics read from it."""
    samples = {s.name: s for s in simulate.SAMPLES}
    assumed = assumptions.nominal(simulate.ASSUMPTIONS)
    phases = [reference.phase(n) for n in CANDIDATES["GC-LATP"]]
    humps, none = [], (np.nan,) * 3
    for percent in MIXTURES_PERCENT:
        made = simulate.recipe(samples["GC-LATP"], assumed, alpo4=0.0, glass=1 - percent / 100)
        humps.append(hump_share_percent(_fitted(made, assumed, phases[:1], rng))[0])
        yield "standard", "mixture", float(percent), humps[-1], *none
    curve = standard_curve(MIXTURES_PERCENT, humps)
    names = ("GC-LATP", "GC-LATBP", "C-LATBP", "C-LATP")
    for name, _, drawn in trials(simulate.ASSUMPTIONS, rng, total, names):
        made = simulate.recipe(samples[name], drawn)
        hump = hump_share_percent(_fitted(made, drawn, phases, rng))[0]
        yield "specimen", name, 100 * (1 - made.glass_share), hump, *curve.read(hump)


STUDIES = {
    "weights": recover_weights,
    "sizes": recover_sizes,
    "crystallinity": recover_crystallinity,
}

if __name__ == "__main__":
    command_line("diffraction", STUDIES, SEED)
