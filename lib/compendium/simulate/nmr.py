"""Simulated 11B and 31P spectra under magic-angle spinning.

``python -m compendium.simulate.nmr`` writes to ``data/simulated/nmr/``:

``spectra/``
    JCAMP-DX files: 11B of C-, G- and GC-LATBP with their lines where the paper prints them,
    GC-LATBP once more as a 75/25 mixture of the other two, and 31P of both glass-ceramics.
``assumptions.csv``
    Everything the paper does not print.
``truth/truth.csv``
    What went into each file. No analysis reads it.

Line shapes come from mrsimulator at the stated field and 15 kHz spinning, with a
distribution of couplings; noise passes through the same apodisation as the signal.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from compendium import published
from compendium.simulate import assumptions, writing
from nasicon.nmr import model_lines as lines

SEED = 20191213
POINTS, SPAN_PPM = 1200, 120.0
CQ_GRID_MHZ = np.round(np.arange(1.8, 3.41, 0.1), 2)
ETA_GRID = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
BO4_CQ_MHZ = 0.4

ASSUMPTIONS = assumptions.declared("nmr")


def larmor_mhz(nucleus: str = "11B") -> float:
    """Printed resonance frequency."""
    return published.claim(f"A-nmr-{nucleus.lower()}-nu").number


def axis() -> NDArray:
    """Ascending axis with zero on a point, ppm."""
    return (np.arange(POINTS) - POINTS // 2) * SPAN_PPM / POINTS


@cache
def kernels() -> dict[tuple[float, float], NDArray]:
    """Powder line of every coupling and asymmetry of the grids, unit area, by mrsimulator."""
    from mrsimulator import Simulator, Site, SpinSystem
    from mrsimulator.method import SpectralDimension
    from mrsimulator.method.lib import BlochDecayCTSpectrum

    hertz = larmor_mhz()
    method = BlochDecayCTSpectrum(
        channels=["11B"],
        magnetic_flux_density=lines.field_t("11B", hertz),
        rotor_frequency=published.claim("A-nmr-mas").number * 1e3,
        spectral_dimensions=[SpectralDimension(count=POINTS, spectral_width=SPAN_PPM * hertz)],
    )
    found = {}
    grid = [(float(c), e) for c in CQ_GRID_MHZ for e in ETA_GRID] + [(BO4_CQ_MHZ, 0.0)]
    for cq, eta in tqdm(grid, desc="line shapes", unit="shape"):
        coupling = {"Cq": cq * 1e6, "eta": eta}
        site = Site(isotope="11B", isotropic_chemical_shift=0.0, quadrupolar=coupling)
        run = Simulator(spin_systems=[SpinSystem(sites=[site])], methods=[method])
        run.config.integration_density = 60
        run.run()
        data = run.methods[0].simulation.real
        ppm = np.asarray(data.x[0].coordinates.to("ppm").value)
        shape = np.asarray(data.y[0].components[0])[np.argsort(ppm)]
        found[cq, eta] = shape / shape.sum() / (SPAN_PPM / POINTS)
    return found


def _blurred(shape: NDArray, shift_ppm: float, fwhm_ppm: float, lorentz_ppm: float) -> NDArray:
    """Shift and broaden a line through its Fourier transform."""
    t = np.fft.rfftfreq(POINTS, SPAN_PPM / POINTS)
    decay = np.exp(-2j * np.pi * t * shift_ppm) * lines.broadening(t, fwhm_ppm, lorentz_ppm)
    return np.fft.irfft(np.fft.rfft(shape) * decay, POINTS)


def _bo3(assumed: Mapping[str, float]) -> NDArray:
    """Return the line of BO3 at zero isotropic shift with its distribution of couplings."""
    eta = ETA_GRID[int(np.argmin(np.abs(np.array(ETA_GRID) - assumed["eta"])))]
    spread = (CQ_GRID_MHZ - assumed["cq_mhz"]) / assumed["cq_spread_mhz"]
    weights = np.exp(-0.5 * spread**2)
    stack = np.array([kernels()[float(c), eta] for c in CQ_GRID_MHZ])
    return weights @ stack / weights.sum()


def lines_at(
    assumed: Mapping[str, float], bo3_ppm: float, bo4_ppm: float, width_ppm: float
) -> tuple[NDArray, dict[str, float]]:
    """Noise-free spectrum of unit area whose two maxima lie at the given positions.

    Returns the ascending spectrum and the isotropic shifts that put the maxima there.
    """
    lorentz = assumed["broadening_hz"] / larmor_mhz()
    total, found = np.zeros(POINTS), {}
    share = assumed["bo3_share"]
    for name, shape, wanted, area in (
        ("bo3", _bo3(assumed), bo3_ppm, share),
        ("bo4", kernels()[BO4_CQ_MHZ, 0.0], bo4_ppm, 1 - share),
    ):
        at_zero = _blurred(shape, 0.0, width_ppm, lorentz)
        fine = np.interp(x := np.arange(-30, 15, 0.005), axis(), at_zero)
        shift = wanted - float(x[np.argmax(fine)])
        total += area * _blurred(shape, shift, width_ppm, lorentz)
        found[f"{name}_isotropic_ppm"] = shift
    return total, found


def printed_centres(key: str) -> tuple[float, float]:
    """Printed centres of BO3 and BO4 of a sample (``c``, ``g`` or ``gc``)."""
    return tuple(published.claim(f"A-nmr-{line}-{key}").number for line in ("bo3", "bo4"))


def clean(key: str, assumed: Mapping[str, float]) -> tuple[NDArray, dict[str, float]]:
    """Noise-free 11B spectrum of one sample, lines at the printed centres."""
    width = assumed["width_crystal_ppm" if key == "c" else "width_glass_ppm"]
    return lines_at(assumed, *printed_centres(key), width)


def record(
    spectrum: NDArray,
    assumed: Mapping[str, float],
    rng: np.random.Generator,
    *,
    hertz: float | None = None,
    background: bool = True,
) -> NDArray:
    """Add probe background and apodised noise, and move the axis by the referencing error."""
    hertz = hertz or larmor_mhz()
    lorentz = assumed["broadening_hz"] / hertz
    moved = _blurred(spectrum, assumed["referencing_ppm"], 0.0, 0.0)
    top = moved.max()
    if background:
        width = 40e3 / hertz
        moved = moved + top * assumed["background"] * np.exp(-4 * np.log(2) * (axis() / width) ** 2)
    white = rng.normal(size=POINTS)
    noise = _blurred(white, 0.0, 0.0, lorentz)
    return moved + noise * top / assumed["signal_to_noise"] / noise.std()


def phosphorus(assumed: Mapping[str, float], boron: bool) -> NDArray:
    """Noise-free 31P line, ascending; the boron-doped one is wider by the assumed amount."""
    width = assumed["width_31p_ppm"] + (assumed["extra_31p_ppm"] if boron else 0.0)
    line = np.zeros(POINTS)
    line[POINTS // 2] = POINTS / SPAN_PPM
    lorentz = assumed["broadening_hz"] / larmor_mhz("31P")
    return _blurred(line, -27.5, width, lorentz)


def write_jcamp(
    path: Path, title: str, nucleus: str, intensity: NDArray, broadening_hz: float
) -> None:
    """Write one spectrum, high shift first, as JCAMP-DX with plain numbers."""
    ppm, top = axis()[::-1], np.abs(intensity).max()
    values = np.round(intensity[::-1] / top * 1e5).astype(int)
    head = [
        f"##TITLE= {title}",
        "##JCAMP-DX= 5.01",
        "##DATA TYPE= NMR SPECTRUM",
        "##ORIGIN= simulated",
        f"##.OBSERVE FREQUENCY= {larmor_mhz(nucleus):.6f}",
        f"##.OBSERVE NUCLEUS= ^{nucleus}",
        f"##$MASFREQUENCY= {published.claim('A-nmr-mas').number * 1e3:.0f}",
        f"##$LB= {broadening_hz:g}",
        "##XUNITS= PPM",
        "##YUNITS= ARBITRARY UNITS",
        f"##FIRSTX= {ppm[0]:.6f}",
        f"##LASTX= {ppm[-1]:.6f}",
        f"##DELTAX= {ppm[1] - ppm[0]:.6f}",
        "##XFACTOR= 1",
        "##YFACTOR= 1",
        f"##NPOINTS= {POINTS}",
        f"##FIRSTY= {values[0]}",
        "##XYDATA= (X++(Y..Y))",
    ]
    starts = range(0, POINTS, 8)
    rows = [f"{ppm[i]:.4f} {' '.join(map(str, values[i : i + 8]))}" for i in starts]
    writing.write_lines(path, [*head, *rows, "##END="])


def main(out_dir: Path) -> None:
    """Write every file of the stage."""
    rng = np.random.default_rng(SEED)
    assumed = assumptions.nominal(ASSUMPTIONS)
    broad, truth = assumed["broadening_hz"], []
    pure = {key: clean(key, assumed) for key in ("c", "g", "gc")}
    glass = published.claim("A-nmr-glass-frac").number / 100
    mixed = glass * pure["g"][0] + (1 - glass) * pure["c"][0]
    files = {
        "c-latbp_11b": ("C-LATBP", "11B", *pure["c"]),
        "g-latbp_11b": ("G-LATBP", "11B", *pure["g"]),
        "gc-latbp_11b": ("GC-LATBP", "11B", *pure["gc"]),
        "gc-latbp-mixture_11b": ("GC-LATBP as a mixture", "11B", mixed, {"glass_share": glass}),
        "gc-latp_31p": ("GC-LATP", "31P", phosphorus(assumed, False), {}),
        "gc-latbp_31p": ("GC-LATBP", "31P", phosphorus(assumed, True), {}),
    }
    for stem, (sample, nucleus, spectrum, facts) in files.items():
        hertz = larmor_mhz(nucleus)
        recorded = record(spectrum, assumed, rng, hertz=hertz, background=nucleus == "11B")
        title = f"SIMULATED {sample} {nucleus} MAS"
        write_jcamp(out_dir / "spectra" / f"{stem}.dx", title, nucleus, recorded, broad)
        truth.append({"file": f"{stem}.dx", "sample": sample, **facts, **assumed})
    writing.write_truth(truth, out_dir)
    assumptions.write(ASSUMPTIONS, out_dir)


if __name__ == "__main__":
    writing.command("simulate.nmr", "nmr", main)
