"""Simulated Raman spectra of the six samples of the LATP paper.

``python -m compendium.simulate.raman`` writes to ``data/simulated/raman/``: ``spectra/``
(two-column text), ``assumptions.csv``, and ``truth/truth.csv``, which no analysis reads.

A sample is crystal lines plus, in proportion to its amorphous share (100 minus the printed
crystallinity), the glass's bands, over fluorescence. The glass has asymmetric bands and a
third, weak one between TiO6 and TiO4: not the two Gaussians that are fitted.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compendium import published
from compendium.simulate import assumptions, writing
from nasicon.raman import model_bands as bands

SEED = 20191214
SAMPLES = ("C-LATP", "C-LATBP", "G-LATP", "G-LATBP", "GC-LATP", "GC-LATBP")
# Lines of NASICON phosphates, cm-1 and relative height: from memory, unverified.
CRYSTAL_LINES = {430: 0.5, 450: 0.45, 970: 0.25, 990: 0.5, 1005: 1.0, 1070: 0.35, 1095: 0.6}
PHOSPHATE_GLASS = ((970.0, 150.0, 0.9), (1080.0, 130.0, 0.7), (440.0, 120.0, 0.3))

ASSUMPTIONS = assumptions.declared("raman")


def axis() -> NDArray:
    """Recorded range in steps of 1 cm-1."""
    low, high = (published.claim(f"A-raman-rec-{end}").number for end in ("lo", "hi"))
    return np.arange(low, high + 0.5, 1.0)


def amorphous_share(sample: str) -> float:
    """1 for a glass, otherwise 1 minus the printed crystallinity."""
    if sample.startswith("G-"):
        return 1.0
    key = sample.replace("-", "").lower()
    return 1 - published.claim(f"A-cryst-{key}").number / 100


def glass(assumed: Mapping[str, float], boron: bool) -> NDArray:
    """Spectrum of pure glass on `axis`."""
    x, width = axis(), assumed["band_fwhm_cm1"]
    ratio = assumed["ratio"] * (assumed["boron_factor"] if boron else 1.0)
    height = assumed["glass_brightness"]
    skew = assumed["asymmetry"]

    def band(centre: float, fwhm: float) -> NDArray:
        shifted = bands.gaussian(x, centre + 0.4 * fwhm, 0.8 * fwhm)
        return (1 - skew) * bands.gaussian(x, centre, fwhm) + skew * shifted

    tio6, tio4 = (published.claim(f"A-raman-{name}").number for name in ("tio6", "tio4"))
    area = height * width
    total = area * band(tio6, width) + area * ratio * band(tio4, width)
    total += area * assumed["third_band"] * bands.gaussian(x, 690.0, width)
    for centre, fwhm, tall in PHOSPHATE_GLASS:
        total += height * tall * np.exp(-bands.FOUR_LN2 * ((x - centre) / fwhm) ** 2)
    return total


def crystal(assumed: Mapping[str, float]) -> NDArray:
    """Spectrum of pure crystal on `axis`: Lorentzian lines, the strongest of height 1."""
    half = assumed["line_fwhm_cm1"] / 2
    x = axis()
    total = sum(tall / (1 + ((x - centre) / half) ** 2) for centre, tall in CRYSTAL_LINES.items())
    return total / total.max()


def record(
    assumed: Mapping[str, float], share: float, boron: bool, rng: np.random.Generator
) -> NDArray:
    """Counts of one sample with ``share`` of glass, as a spectrometer would leave them."""
    x = axis()
    signal = share * glass(assumed, boron) + (1 - share) * crystal(assumed)
    t = (x - x[0]) / np.ptp(x)
    slope, bend = rng.uniform(0.3, 1.0), rng.uniform(-0.3, 0.3)
    fluorescence = assumed["fluorescence"] * (1 - slope * t + bend * t * (1 - t))
    signal = assumed["focus"] * signal + np.maximum(fluorescence, 0.0)
    noise = assumed["noise"] * signal.max() * np.sqrt(signal / signal.max())
    return 1e4 * (signal + noise * rng.normal(size=x.size))


def write_spectrum(path: Path, title: str, counts: NDArray) -> None:
    """Write one spectrum as tab-separated text with a header."""
    laser = published.claim("A-raman-laser").number
    lines = [f"# {title}", f"# laser {laser:.0f} nm", "# Raman shift (cm-1)\tintensity"]
    lines += [f"{x:.2f}\t{y:.1f}" for x, y in zip(axis(), counts, strict=True)]
    writing.write_lines(path, lines)


def main(out_dir: Path) -> None:
    """Write every file of the stage."""
    rng = np.random.default_rng(SEED)
    assumed, truth = assumptions.nominal(ASSUMPTIONS), []
    for sample in SAMPLES:
        share, boron = amorphous_share(sample), "B" in sample.split("-")[1]
        counts = record(assumed, share, boron, rng)
        name = f"{sample.lower()}.txt"
        write_spectrum(out_dir / "spectra" / name, f"SIMULATED {sample}", counts)
        truth.append({"file": name, "sample": sample, "glass_share": share, **assumed})
    writing.write_truth(truth, out_dir)
    assumptions.write(ASSUMPTIONS, out_dir)


if __name__ == "__main__":
    writing.command("simulate.raman", "raman", main)
