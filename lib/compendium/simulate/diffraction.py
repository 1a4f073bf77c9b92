"""Simulated powder patterns of the ten samples.

``python -m compendium.simulate.diffraction`` writes to ``data/simulated/diffraction/``:

``patterns/``
    One ``.xy`` file per sample, as an instrument's software exports it.
``assumptions.csv``
    Everything the papers do not print, with nominal value, range and reason.
``truth/truth.csv``
    What went into each file. No analysis reads it.

The pattern is more physical than the fitted model: true Voigt lines of a
lognormal size distribution and Gaussian strain, an axial-divergence tail, two
amorphous humps, loss of intensity at low angles, Poisson noise. The fit has one
size, a pseudo-Voigt, at most one hump and neither tail nor loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import voigt_profile

from compendium import published, reference
from compendium.aluminium import FORMULAS, alpo4_percent
from compendium.simulate import Sample, assumptions, samples, writing
from nasicon.composition.model_formulas import molar_mass, parse
from nasicon.diffraction import model_powder as model

SEED = 35_0754
GRID = (10.0, 60.0, 0.02)
HUMPS = ((1.0, 0.0, 1.0), (0.25, 21.5, 1.5))  # area, offset from the first, relative width
SIZE_NODES, SIZE_WEIGHTS, SIZE_SIGMA = (-1.2247, 0.0, 1.2247), (1 / 6, 2 / 3, 1 / 6), 0.35
AXIAL_NODES = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
REACH_DEG = 4.0

ASSUMPTIONS = assumptions.declared("diffraction")


SAMPLES = samples()


@dataclass(frozen=True)
class Recipe:
    """Truth of one pattern: weight shares of the crystalline phases, glass share, sizes."""

    weights: Mapping[str, float]
    glass_share: float
    sizes_nm: Mapping[str, float]
    cells: Mapping[str, tuple[float, ...]]
    x_al: float


def recipe(
    sample: Sample,
    assumed: Mapping[str, float],
    *,
    alpo4: float | None = None,
    geo2: float | None = None,
    li2o: float = 0.0,
    glass: float | None = None,
) -> Recipe:
    """What a sample holds, from printed numbers and one set of assumptions.

    ``alpo4``, ``geo2``, ``li2o`` (weight percent) and ``glass`` (share) override them, for
    null models and mixtures.
    """
    sizes = {"AlPO4 cristobalite": 40.0, "GeO2": 60.0, "Li2O": 60.0}
    if sample.paper == "A":
        host = "LATP x0.3"
        printed = {"gclatp": "A-xrd-alpo4-gclatp", "gclatbp": "A-xrd-alpo4-gclatbp"}
        if alpo4 is None:
            alpo4 = 0.0
            if sample.key in printed:  # heights to weights by the ratio of the strongest lines
                k = reference.intensity_ratio("AlPO4 cristobalite", host)
                alpo4 = alpo4_percent(published.claim(printed[sample.key]).number, 1.0, k)
        if glass is None:
            known = sample.kind != "glass"
            crystalline = published.claim(f"A-cryst-{sample.key}").number if known else 0.0
            glass = 1 - crystalline / 100
        geo2, size = 0.0, assumed["size_nm"]
        # one size for both: then heights stand as areas, to 0.1 wt% of AlPO4
        sizes["AlPO4 cristobalite"] = size
    else:
        host = "LAGP x0.5"
        alpo4 = assumed["lagp_alpo4_percent"] if alpo4 is None else alpo4
        geo2 = assumed["geo2_percent"] if geo2 is None else geo2
        glass = 0.03 if glass is None else glass
        plain, grown = (published.claim(f"B-size-{key}").number for key in ("p", "b"))
        # with both additives grown, but less than with B2O3 alone
        size = {"b": grown, "bbi": 0.5 * (grown + plain)}.get(sample.key, plain)
    weights = {
        host: 100 - alpo4 - geo2 - li2o,
        "AlPO4 cristobalite": alpo4,
        "GeO2": geo2,
        "Li2O": li2o,
    }
    x_al = aluminium_left(sample, alpo4 * (1 - glass))
    return Recipe(
        weights={n: w / 100 for n, w in weights.items() if w > 0},
        glass_share=glass,
        sizes_nm={host: size, **sizes},
        cells={host: host_cell(sample, x_al)},
        x_al=x_al,
    )


def aluminium_left(sample: Sample, alpo4_percent: float) -> float:
    """Al per formula unit that AlPO4 (percent of the whole sample) leaves, not below zero."""
    formula = FORMULAS[sample.name.split("-")[-1]]
    nominal, share = parse(formula)["Al"], alpo4_percent / 100
    in_alpo4 = share / molar_mass("AlPO4") * molar_mass(formula) / (1 - share)
    return max(nominal - in_alpo4, 0.0)


def host_cell(sample: Sample, x_al: float) -> tuple[float, ...]:
    """Cell of the host by Vegard's law between the tabulated end members."""
    ends = ("LTP", "LATP x0.3", 0.3) if sample.paper == "A" else ("LGP", "LAGP x0.5", 0.5)
    low, high = (np.array(reference.phase(name).cell) for name in ends[:2])
    return tuple(float(v) for v in low + (high - low) * x_al / ends[2])


def expected(
    sample_recipe: Recipe, assumed: Mapping[str, float], *, grid: tuple[float, float, float] = GRID
) -> tuple[NDArray, NDArray]:
    """2theta and expected counts of a pattern, without noise."""
    x = np.arange(grid[0], grid[1] + grid[2] / 2, grid[2])
    crystal = np.zeros(x.size)
    for name, weight in sample_recipe.weights.items():
        phase = reference.phase(name)
        cell = sample_recipe.cells.get(name, phase.cell)
        crystal += weight * _phase_pattern(x, phase, cell, sample_recipe.sizes_nm[name], assumed)
    glass = np.zeros(x.size)
    per_mass = float(np.trapezoid(crystal, x)) * assumed["glass_contrast"]
    whole = sum(area for area, _, _ in HUMPS)
    for area, offset, width in HUMPS:
        sigma = assumed["hump_width_deg"] * width * model.FWHM_TO_SIGMA
        t = (x - assumed["hump_centre_deg"] - offset) / sigma
        glass += area / whole * np.exp(-0.5 * t * t) / (sigma * np.sqrt(2 * np.pi))
    g = sample_recipe.glass_share
    scattered = (1 - g) * crystal + g * per_mass * glass
    counts = assumed["peak_counts"] / crystal.max() * scattered
    level = assumed["background_share"] * assumed["peak_counts"]
    return x, counts + level * (0.7 + 4.0 / x + 0.002 * (40 - x))


def _phase_pattern(
    x: NDArray,
    phase: model.Phase,
    cell: tuple[float, ...],
    size_nm: float,
    assumed: Mapping[str, float],
) -> NDArray:
    out = np.zeros(x.size)
    d = model.d_spacing(phase.hkl, cell)
    strength = phase.multiplicity * phase.f_squared / (phase.volume**2 * phase.density)
    for wavelength, share in ((model.CU_KALPHA1, 1.0), (model.CU_KALPHA2, model.CU_RATIO)):
        angle = model.bragg_two_theta(d, wavelength)
        seen = (angle > x[0] - 1) & (angle < x[-1] + 1)
        for two_theta, amount in zip(angle[seen], strength[seen], strict=True):
            theta = np.radians(two_theta) / 2
            loss = np.exp(-assumed["roughness"] * (1 / np.sin(theta) - 1))
            area = amount * share * float(model.lorentz_polarisation(two_theta)) * loss
            centre = float(model.displaced(two_theta, assumed["displacement_deg"]))
            low, high = np.searchsorted(x, (centre - REACH_DEG, centre + REACH_DEG))
            strain = float(model.strain_width_deg(assumed["strain_percent"], two_theta))
            gauss = np.hypot(assumed["instrument_deg"], strain)
            tail = assumed["axial_deg"] * np.tan(np.radians(10)) / np.tan(theta)
            for shift in AXIAL_NODES:
                at = x[low:high] - centre + tail * shift**2
                for node, part in zip(SIZE_NODES, SIZE_WEIGHTS, strict=True):
                    size = size_nm * np.exp(SIZE_SIGMA * node)
                    lorentz = float(model.scherrer_width_deg(size, two_theta, wavelength))
                    line = voigt_profile(at, gauss * model.FWHM_TO_SIGMA, lorentz / 2)
                    out[low:high] += area * part / AXIAL_NODES.size * line
    return out


def record(counts: NDArray, rng: np.random.Generator) -> NDArray:
    """Counts with Poisson noise."""
    return rng.poisson(counts).astype(float)


def write_pattern(path: Path, title: str, x: NDArray, counts: NDArray) -> None:
    """Write one pattern as two columns under a short head."""
    head = [f"# SIMULATED {title}", f"# Cu K-alpha, wavelength = {model.CU_KALPHA1:.6f} A"]
    rows = [f"{a:.2f} {c:.0f}" for a, c in zip(x, counts, strict=True)]
    writing.write_lines(path, [*head, "# 2theta (deg)  counts", *rows])


def main(out_dir: Path) -> None:
    """Write every file of the stage."""
    rng = np.random.default_rng(SEED)
    assumed = assumptions.nominal(ASSUMPTIONS)
    truth = []
    null = (SAMPLES[6], "_without_geo2", {"geo2": 0.0})  # LAGP
    for sample, suffix, change in [*((s, "", {}) for s in SAMPLES), null]:
        made = recipe(sample, assumed, **change)
        x, counts = expected(made, assumed)
        name, title = f"{sample.stem}{suffix}.xy", sample.name + suffix.replace("_", " ")
        write_pattern(out_dir / "patterns" / name, title, x, record(counts, rng))
        truth += [
            {
                "file": name,
                "sample": sample.name,
                "phase": phase,
                "weight_percent": 100 * weight,  # of the crystalline part
                "weight_percent_of_sample": 100 * weight * (1 - made.glass_share),
                "size_nm": made.sizes_nm[phase],
                "glass_percent": 100 * made.glass_share,
                "x_al": made.x_al,
            }
            for phase, weight in made.weights.items()
        ]
    writing.write_truth(truth, out_dir)
    assumptions.write(ASSUMPTIONS, out_dir)


if __name__ == "__main__":
    writing.command("simulate.diffraction", "diffraction", main)
