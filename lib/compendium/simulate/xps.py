"""Simulated photoemission spectra of the LAGP paper's Fig. 4c-f.

``python -m compendium.simulate.xps`` writes to ``data/simulated/xps/``:

``spectra/``
    One VAMAS file per hypothesis with the regions C 1s, P 2p, Ge 3d, Bi 4f and B 1s: all of the
    added boron in the analysed layer, and none of it.
``assumptions.csv``
    Everything the paper does not print, with nominal value, range and reason.
``truth/truth.csv``
    What went into each file. No analysis reads it.

Peaks are Voigt profiles on a Tougaard background, with the Ge 3s line beside the B 1s window
and a charge shift: none of which the fitted model has.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium import published, reference
from compendium.aluminium import FORMULAS
from compendium.simulate import assumptions, writing
from nasicon.composition.model_formulas import additive_per_formula, parse
from nasicon.xps.model_lines import Tougaard, voigt

SEED = 4191
PHOTON_EV = 1486.6
STEP_EV = 0.1
FACTORS = reference.sensitivity_factors()
#: Binding-energy windows of the regions.
REGIONS = {
    "C 1s": (280.0, 292.0),
    "P 2p": (128.0, 142.0),
    "Ge 3d": (26.0, 40.0),
    "Bi 4f": (152.0, 170.0),
    "B 1s": (186.0, 198.0),
}
LAGP = parse(FORMULAS["LAGP"])

ASSUMPTIONS = assumptions.declared("xps")


def added_boron_per_phosphorus() -> float:
    """B/P if all of the added B2O3 stays: 5 g per 100 g of LAGP."""
    percent = published.claim("B-c-b2o3").number
    return additive_per_formula(percent, "B2O3", "B", LAGP) / LAGP["P"]


def bismuth_shift_ev() -> float:
    """Printed distance of the two Bi 4f7/2 lines."""
    return published.claim("B-xps-bi").number - published.claim("B-xps-bi0").number


def energies_ev(region: str) -> NDArray:
    """Ascending binding energies of a region."""
    low, high = REGIONS[region]
    return np.linspace(low, high, round((high - low) / STEP_EV) + 1)


def expected_counts(
    region: str, assumed: Mapping[str, float], boron_per_phosphorus: float
) -> NDArray:
    """Expected counts of a region: Voigt peaks, Tougaard losses, a level that rises with them."""
    energy = energies_ev(region)
    wide = np.arange(energy[0] - 15.0, energy[-1] + STEP_EV / 2, STEP_EV)  # losses come from below
    peaks = sum(
        area * voigt(wide, position + assumed["charge_ev"], gauss, lorentz)
        for position, area, gauss, lorentz in _lines(region, assumed, boron_per_phosphorus)
    )
    losses = assumed["loss_ev2"] * Tougaard(1643.0).background(wide, peaks)
    level = assumed["level"] * (1 + 0.004 * (wide - wide[0]))
    return (peaks + losses + level)[-energy.size :]


def _lines(
    region: str, assumed: Mapping[str, float], boron_per_phosphorus: float
) -> list[tuple[float, float, float, float]]:
    """Position, area, Gaussian and Lorentzian width of every line near a region."""
    gauss, p2s = assumed["gauss_ev"], assumed["p2s_area"]
    p2p = assumed["p2p_ev"]
    if region == "B 1s":
        boron = p2s * FACTORS["B 1s"] / FACTORS["P 2s"] * boron_per_phosphorus
        return [
            (p2p + assumed["spacing_ev"], p2s, gauss, assumed["p2s_lorentz_ev"]),
            (assumed["b1s_ev"], boron, gauss, 0.2),
            (assumed["ge3s_ev"], assumed["ge3s_ratio"] * p2s, gauss, assumed["ge3s_lorentz_ev"]),
        ]
    if region == "P 2p":
        area = p2s * FACTORS["P 2p"] / FACTORS["P 2s"]
        return _doublet(p2p - 0.87 / 3, area, 0.87, 0.5, gauss, 0.3)
    if region == "Ge 3d":
        return _doublet(32.3, 0.9 * p2s, 0.58, 2 / 3, gauss, 0.2)
    if region == "Bi 4f":
        oxide, metal = (published.claim(f"B-xps-{line}").number for line in ("bi", "bi0"))
        share = assumed["bi_metal_share"]
        return [
            *_doublet(oxide, 0.3 * p2s * (1 - share), 5.31, 0.75, gauss, 0.3),
            *_doublet(metal, 0.3 * p2s * share, 5.31, 0.75, 0.9 * gauss, 0.4),
        ]
    carbon = published.claim("B-xps-c1s").number
    shares = ((0.0, 0.6), (1.5, 0.12), (4.2, 0.08))  # hydrocarbon, C-O, O-C=O
    return [(carbon + above, share * p2s, gauss, 0.1) for above, share in shares]


def _doublet(
    position: float, area: float, splitting: float, ratio: float, gauss: float, lorentz: float
) -> list[tuple[float, float, float, float]]:
    first, second = area / (1 + ratio), position + splitting
    return [(position, first, gauss, lorentz), (second, area - first, gauss, lorentz)]


def record(
    region: str, assumed: Mapping[str, float], boron_per_phosphorus: float, rng: np.random.Generator
) -> pd.DataFrame:
    """One region as an analyser would count it."""
    counts = rng.poisson(expected_counts(region, assumed, boron_per_phosphorus))
    columns = {"binding_energy_ev": energies_ev(region), "intensity_counts": counts.astype(float)}
    return pd.DataFrame(columns)


def write_vamas(path: Path, sample: str, regions: Mapping[str, pd.DataFrame]) -> None:
    """Write regions as one VAMAS file (regular scans in kinetic energy)."""
    lines = ["VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"]
    lines += [*["Not Specified"] * 4, "1", f"SIMULATED {sample}"]
    lines += ["NORM", "REGULAR", "0", "1", "Exp Variable", "d", *["0"] * 4, str(len(regions))]
    for name, table in regions.items():
        species, transition = name.split()
        kinetic = PHOTON_EV - table["binding_energy_ev"].to_numpy()[::-1]
        counts = table["intensity_counts"].to_numpy()[::-1]
        lines += [name, f"SIMULATED {sample}", *["0"] * 7, "1", "simulated from printed values"]
        # source and analyser; what is not known is 1e37
        lines += ["XPS", "0", "Al", f"{PHOTON_EV:g}", *["1e+037"] * 5, "FAT", *["1e+037"] * 8]
        lines += [species, transition, "-1"]
        lines += ["Kinetic Energy", "eV", f"{kinetic[0]:.6g}", f"{STEP_EV:g}"]
        lines += ["1", "counts", "d", "pulse counting", "1", "1", "0", *["0"] * 3, "0"]
        lines += [str(counts.size), f"{counts.min():.0f}", f"{counts.max():.0f}"]
        lines += [f"{c:.0f}" for c in counts]
    writing.write_lines(path, [*lines, "end of experiment"])


def main(out_dir: Path) -> None:
    """Write every file of the stage."""
    rng = np.random.default_rng(SEED)
    nominal = assumptions.nominal(ASSUMPTIONS)
    rows = []
    for stem, ratio in (("all-boron", added_boron_per_phosphorus()), ("no-boron", 0.0)):
        regions = {name: record(name, nominal, ratio, rng) for name in REGIONS}
        name = f"b2o3-bi2o3-lagp_{stem}.vms"
        write_vamas(out_dir / "spectra" / name, f"B2O3-Bi2O3-LAGP {stem}", regions)
        rows.append({"file": name, "boron_per_phosphorus": ratio, **nominal})
    writing.write_truth(rows, out_dir)
    assumptions.write(ASSUMPTIONS, out_dir)


if __name__ == "__main__":
    writing.command("simulate.xps", "xps", main)
