"""Sliders of powder diffraction."""

from functools import cache

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from compendium import reference
from compendium.sliders import SEED, draw, value_text
from compendium.sliders.explore import Slider, movable
from nasicon.diffraction import fit_patterns as xrd
from nasicon.diffraction import fit_widths
from nasicon.diffraction import model_powder as lines
from nasicon.diffraction.model_pattern import Options, PatternModel


@movable(
    size_nm=Slider(10, 500, 42.7, "crystallites (nm)", logarithmic=True),
    instrument_deg=Slider(0.02, 0.2, 0.06, "instrument's width (°)"),
    counts=Slider(50, 1e5, 5000, "counts", logarithmic=True),
)
def scherrer(size_nm: float, instrument_deg: float, counts: float) -> Figure:
    """One line of LAGP (25.15 deg), its fit, and the sizes that its width would be called."""
    rng = np.random.default_rng(SEED)
    x, at = np.arange(23.9, 26.4, 0.02), 25.15
    size_deg = float(lines.scherrer_width_deg(size_nm, at, lines.CU_KALPHA1))
    width, mixing = (float(v) for v in lines.thompson_cox_hastings(instrument_deg, size_deg))
    t = (x - at) / (width / 2)
    shape = mixing / (1 + t**2) + (1 - mixing) * np.exp(-np.log(2) * t**2)
    data = rng.poisson(counts * shape + 0.03 * counts).astype(float)
    table = pd.DataFrame({"two_theta_deg": x, "intensity": data})
    table.attrs["intensity_unit"] = "counts"
    peaks = fit_widths.fit_peaks(table, [at], wavelength=lines.CU_KALPHA1)
    taken = {"wavelength": lines.CU_KALPHA1, "instrument_deg": instrument_deg}
    found = fit_widths.scherrer_table(peaks.table, **taken).iloc[0]
    line, fit = peaks.table.iloc[0], peaks.fits[0]
    level = fit["level"] + fit["slope"] * (x - x.mean())
    corrected = f"{found['voigt_nm']:.0f} nm" if np.isfinite(found["voigt_nm"]) else "no size"
    title = (
        f"{size_nm:.0f} nm of crystal; FWHM {line['fwhm_deg']:.3f} ± {line['fwhm_stderr']:.3f}"
        f"°: {found['uncorrected_nm']:.0f} nm uncorrected,\n{corrected} with the instrument's "
        "width taken off (Voigt)"
    )
    curve = _pseudo_voigt(x, line) + level
    return draw.spectrum(x, data, curve, {}, xlabel="2θ (°)", title=title)


def _pseudo_voigt(x: NDArray, line: pd.Series) -> NDArray:
    height = line["area"] / line["integral_breadth_deg"]
    t = (x - line["two_theta_deg"]) / (line["fwhm_deg"] / 2)
    eta = line["eta"]
    return height * (eta / (1 + t**2) + (1 - eta) * np.exp(-np.log(2) * t**2))


@cache
def _latp_pattern() -> PatternModel:
    names = ("LATP x0.3", "AlPO4 cristobalite")
    wave = (lines.CU_KALPHA1, lines.CU_KALPHA2, lines.CU_RATIO)
    options = Options(*wave, background=0, held_cells=frozenset(names), gauss_deg=0.06)
    phases = [reference.phase(n) for n in names]
    return PatternModel(np.arange(19.0, 26.5, 0.02), phases, options)


@movable(
    alpo4_percent=Slider(0, 20, 7, "AlPO₄ (wt%)"),
    size_nm=Slider(10, 300, 60, "crystallites (nm)", logarithmic=True),
    counts=Slider(100, 1e5, 1e4, "counts of the strongest", logarithmic=True),
)
def second_phase(alpo4_percent: float, size_nm: float, counts: float) -> Figure:
    """LATP with some AlPO4 between 19 and 26.5 deg, counted, and the fit of both phases."""
    pattern = _latp_pattern()
    values = np.zeros(len(pattern.names))
    names = ["LATP_x0_3", "AlPO4_cristobalite"]
    for name, share in zip(names, (100 - alpo4_percent, alpo4_percent), strict=True):
        values[pattern.index(f"scale_{name}")] = share
        values[pattern.index(f"size_{name}")] = size_nm
    clean = pattern(values)[0]
    clean = counts * (clean / clean.max() + 0.03)
    data = np.random.default_rng(SEED).poisson(clean).astype(float)
    table = pd.DataFrame({"two_theta_deg": pattern.x, "intensity": data})
    table.attrs["intensity_unit"] = "counts"
    fitted = xrd.fit_pattern(table, pattern.phases, pattern.options, displacement_deg=0.0)
    row = xrd.weight_fractions(fitted).iloc[1]
    size = value_text(fitted.result, f"size_{names[0]}", "nm")
    title = (
        f"fit gives {row['weight_percent']:.2f} ± {row['stderr_percent']:.2f} wt% of AlPO₄, "
        f"LATP crystallites\nof {size}"
    )
    part = fitted.parts["AlPO4 cristobalite"] + fitted.parts["background"]
    look = {"xlabel": "2θ (°)", "title": title}
    return draw.spectrum(pattern.x, data, fitted.calculated, {"AlPO₄": part}, **look)
