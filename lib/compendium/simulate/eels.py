"""Simulated energy-loss spectra and maps of the LATP paper's Fig. 4e, f.

``python -m compendium.simulate.eels`` writes to ``data/simulated/eels/``:

``spectra/``
    EMSA files, 100-350 eV: LATP without boron, with 0.1 B per formula as BO4 or BO3, and with
    the boron of a glassy strip.
``maps/``
    Spectrum images 32 x 32, compressed arrays without pickle: a boron-free specimen whose
    thickness varies in strips, and one of even thickness with boron in strips.
``assumptions.csv``, ``truth/``
    What the paper does not print; what went into each file. No analysis reads the truth.

Edges are broadened, shifted by the chemistry, carry near-edge peaks and are convolved with
plasmons; the background is not a power law. The fitted model has none of this.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compendium import published
from compendium.simulate import assumptions, writing
from nasicon.eels.model_edges import Beam, Edge, plural

SEED = 4188
SIZE = 32
MAP_EV = (120.0, 240.0, 1.0)
SPECTRUM_EV = (100.0, 350.0, 0.5)
FORMULA_NM3 = 0.217  # a 0.85, c 2.08 nm, six formulas in the R-3c cell
PHOSPHORUS_PER_NM3 = 3 / FORMULA_NM3

ASSUMPTIONS = assumptions.declared("eels")

#: Oxidised boron (data/reference/eels_edges.csv); near-edge areas are assumptions.
BORON = {
    "BO4": Edge("B K", 196.5, 1.40, 2.14, 2.0, 198.5, 6.0, 3.0),
    "BO3": Edge("B K", 198.5, 1.40, 2.14, 2.5, 194.0, 5.0, 1.3),
}
CARBON = Edge("C K", 285.0, 0.898, 2.12, 3.0, 285.3, 1.5, 2.0)
CARBON_PER_NM3 = 100.0


def beam() -> Beam:
    """The printed microscope: 60 kV, 24.9 mrad collected."""
    kilovolt, milliradian = (published.claim(f"A-stem-{name}").number for name in ("kv", "beta"))
    return Beam(kilovolt * 1e3, milliradian / 1e3)


def phosphorus_edges(assumed: Mapping[str, float]) -> list[Edge]:
    """P L2,3 and P L1 of a phosphate, with near-edge peaks."""
    l23, l1 = assumed["p_l23_ev"], assumed["p_l23_ev"] + assumed["spacing_ev"]
    factor, width = assumed["p_l1_factor"], assumed["p_l1_width_ev"]
    return [
        Edge("P L2,3", l23, 4.41, 1.35, 2.0, l23 + 2.5, 8.0, 3.0),
        Edge("P L1", l1, 0.348 * factor, 1.35, width, l1 + 1.5, factor, width),
    ]


def expected_counts(
    energy_ev: NDArray,
    assumed: Mapping[str, float],
    *,
    dose: float,
    boron_per_nm3: float = 0.0,
    coordination: str = "BO4",
    thickness: float | None = None,
) -> NDArray:
    """Expected counts per channel of one spectrum.

    ``thickness`` is t/lambda where it differs from the assumption.
    """
    ratio = assumed["thickness_ratio"] if thickness is None else thickness
    nm = ratio * assumed["mean_free_path_nm"]
    step = float(energy_ev[1] - energy_ev[0])
    wide = np.arange(energy_ev[0] - 60, energy_ev[-1] + step / 2, step)
    true = wide - assumed["offset_ev"]
    unit = dose * 1e14 * step * nm  # per atom and nm3
    carbon = CARBON_PER_NM3 * assumed["carbon_nm"] / nm
    edges = [(edge, PHOSPHORUS_PER_NM3) for edge in phosphorus_edges(assumed)]
    edges += [(BORON[coordination], boron_per_nm3), (CARBON, carbon)]
    core = np.zeros_like(wide)
    for edge, density in edges:
        width = float(np.hypot(edge.width_ev, assumed["resolution_ev"]))
        core += unit * density * replace(edge, width_ev=width).per_ev_cm2(true, beam())
    core = plural(wide, core, ratio)
    above_edge = np.array([assumed["p_l23_ev"] + 10.0])
    step_height = unit * PHOSPHORUS_PER_NM3 * edges[0][0].per_ev_cm2(above_edge, beam())[0]
    x = np.log(true / 135.0)
    level = step_height / assumed["jump"] * (1 + ratio)
    background = level * np.exp(-assumed["exponent"] * x + assumed["curvature"] * x**2)
    return (core + background)[-energy_ev.size :]


def boron_per_nm3(per_formula: float = 0.1) -> float:
    """Boron density of LATBP from its nominal formula."""
    return per_formula / FORMULA_NM3


def glass_boron_per_nm3() -> float:
    """Boron density of the glassy phase: its share of the boron over its share of the volume."""
    share = published.claim("A-nmr-glass-frac").number / 100
    glass = 1 - published.claim("A-cryst-gclatbp").number / 100
    return boron_per_nm3() * share / glass


def axis(limits: tuple[float, float, float]) -> NDArray:
    """Energies from start, end and step."""
    low, high, step = limits
    return low + step * np.arange(round((high - low) / step) + 1)


def strips(rng: np.random.Generator) -> NDArray:
    """Smooth strips across a map, from 0 to 1, shape (SIZE, SIZE)."""
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    phase = 2 * np.pi * (2.2 * (x + 0.35 * y) + 0.08 * np.sin(2 * np.pi * y)) + rng.uniform(0, 6.3)
    return 0.5 * (1 + np.cos(phase))


def spectrum_image(
    kind: str, assumed: Mapping[str, float], rng: np.random.Generator
) -> tuple[NDArray, NDArray]:
    """Counts (SIZE, SIZE, n) and the field behind them.

    ``thickness``: no boron, t/lambda varies by +-20 % in strips. ``boron``: even thickness, the
    boron of the glass in strips, none between.
    """
    energy, field = axis(MAP_EV), strips(rng)
    if kind == "thickness":
        values = assumed["thickness_ratio"] * (1 + 0.4 * (field - 0.5))
        name, ends = "thickness", (values.min(), values.max())
    else:
        values = glass_boron_per_nm3() * np.where(field > 0.8, 1.0, 0.0)
        name, ends = "boron_per_nm3", (0.0, glass_boron_per_nm3())
    low, high = (
        expected_counts(energy, assumed, dose=assumed["pixel_dose"], **{name: end}) for end in ends
    )
    share = (values - ends[0]) / (ends[1] - ends[0])
    expected = low + share[..., None] * (high - low)
    return rng.poisson(expected), values


def write_msa(path: Path, title: str, energy_ev: NDArray, counts: NDArray) -> None:
    """Write one spectrum as EMSA/MAS text."""
    head = {
        "FORMAT": "EMSA/MAS Spectral Data File",
        "VERSION": "1.0",
        "TITLE": title,
        "DATE": "",
        "TIME": "",
        "OWNER": "simulated",
        "NPOINTS": str(len(counts)),
        "NCOLUMNS": "1",
        "XUNITS": "eV",
        "YUNITS": "counts",
        "DATATYPE": "XY",
        "XPERCHAN": f"{energy_ev[1] - energy_ev[0]:g}",
        "OFFSET": f"{energy_ev[0]:g}",
        "SIGNALTYPE": "ELS",
        "BEAMKV": f"{beam().energy_ev / 1e3:g}",
        "COLLANGLE": f"{beam().collection_rad * 1e3:g}",
        "SPECTRUM": "Spectral Data Starts Here",
    }
    lines = [f"#{key:<12}: {value}" for key, value in head.items()]
    lines += [f"{e:.2f}, {c:.0f}" for e, c in zip(energy_ev, counts, strict=True)]
    writing.write_lines(path, [*lines, "#ENDOFDATA   : "])


def cases() -> dict[str, tuple[float, str]]:
    """Boron density (nm-3) and coordination of what is simulated, by the stem of its file."""
    return {
        "latp_no-boron": (0.0, "BO4"),
        "latbp_mean_bo4": (boron_per_nm3(), "BO4"),
        "latbp_mean_bo3": (boron_per_nm3(), "BO3"),
        "latbp_glass_bo4": (glass_boron_per_nm3(), "BO4"),
    }


def main(out_dir: Path) -> None:
    """Write every file of the stage."""
    rng = np.random.default_rng(SEED)
    nominal = assumptions.nominal(ASSUMPTIONS)
    energy, rows = axis(SPECTRUM_EV), []
    for name, (density, kind) in cases().items():
        expected = expected_counts(
            energy, nominal, dose=nominal["dose"], boron_per_nm3=density, coordination=kind
        )
        path, title = out_dir / "spectra" / f"{name}.msa", f"SIMULATED {name}"
        write_msa(path, title, energy, rng.poisson(expected))
        rows.append({"file": f"{name}.msa", "boron_per_nm3": density, "kind": kind, **nominal})
    writing.write_truth(rows, out_dir)
    (out_dir / "maps").mkdir(exist_ok=True)
    for kind in ("thickness", "boron"):
        counts, field = spectrum_image(kind, nominal, rng)
        positions = np.arange(SIZE) * 0.5
        np.savez_compressed(
            out_dir / "maps" / f"{kind}.npz",
            counts=counts.astype(np.uint32),
            y_nm=positions,
            x_nm=positions,
            energy_loss_ev=axis(MAP_EV),
            title=np.array(f"SIMULATED {kind} map"),
        )
        np.savetxt(out_dir / "truth" / f"{kind}.txt", field, fmt="%.4g")
    assumptions.write(ASSUMPTIONS, out_dir)


if __name__ == "__main__":
    writing.command("simulate.eels", "eels", main)
