"""Reflection tables of the reference phases, calculated from their structures.

``python -m tools.build_reference`` reads ``data/reference/structures/*.cif``
and ``index.csv`` there and writes ``data/reference/phases.csv`` and
``reflections.csv``. It needs the extra ``simulate`` (pymatgen, xraydb); nothing
else does: everything that analyses a pattern reads the two tables.

Structure factors use Waasmaier and Kirfel's scattering factors of neutral atoms
(Acta Cryst. A 51 (1995) 416), Chantler's dispersion corrections at Cu K-alpha1
(both through xraydb) and one isotropic displacement parameter for all atoms.
"""

from __future__ import annotations

import argparse
import logging
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.paths import repository_root
from nasicon.diffraction import model_powder as model

log = logging.getLogger(__name__)

D_MIN = 1.0  # angstrom; 2theta of 100.8 deg with Cu K-alpha1
B_ISO = 0.6  # angstrom^2, of every atom: assumed, typical of oxides and phosphates at 298 K
WEAKEST = 2e-4  # of the strongest line
ENERGY_EV = 12398.41984 / model.CU_KALPHA1
OVERLAP_DEG = 0.03  # lines closer than this count as one when the strongest is looked for
CORUNDUM = "Al2O3 corundum"


def structure_factors(structure: object, hkl: NDArray) -> NDArray:
    """Squared structure factor of every reflection, shape (n,), electrons^2 per cell."""
    import xraydb

    s = 1 / (2 * model.d_spacing(hkl, _cell(structure)))  # sin(theta)/lambda
    total = np.zeros(len(hkl), dtype=complex)
    factors = {}
    for element in {species.symbol for site in structure for species in site.species}:
        dispersion = complex(
            xraydb.f1_chantler(element, ENERGY_EV), xraydb.f2_chantler(element, ENERGY_EV)
        )
        factors[element] = xraydb.f0(element, s) + dispersion
    for site in structure:
        phase = np.exp(2j * np.pi * (hkl @ site.frac_coords))
        for species, share in site.species.items():
            total += share * factors[species.symbol] * phase
    return np.abs(total) ** 2 * np.exp(-2 * B_ISO * s**2)


def families(structure: object) -> tuple[NDArray, NDArray]:
    """One reflection of each family of equivalents down to `D_MIN`, and its multiplicity."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    lattice = structure.lattice.reciprocal_lattice_crystallographic
    points = lattice.get_points_in_sphere([[0, 0, 0]], [0, 0, 0], 1 / D_MIN)
    hkl = np.array([np.rint(p[0]).astype(int) for p in points if p[1] > 1e-6])
    operations = SpacegroupAnalyzer(structure, 0.01).get_point_group_operations(cartesian=False)
    rotations = np.array([np.rint(op.rotation_matrix).astype(int) for op in operations])
    seen: set[tuple[int, ...]] = set()
    kept, multiplicity = [], []
    for index in sorted(map(tuple, hkl), key=lambda h: [-x for x in h]):
        if index in seen:
            continue
        images = {tuple(image) for image in np.array(index) @ rotations}
        images |= {tuple(-x for x in image) for image in images}
        seen |= images
        kept.append(index)
        multiplicity.append(len(images))
    return np.array(kept), np.array(multiplicity)


def tabulate(path: Path) -> tuple[dict[str, object], pd.DataFrame]:
    """Cell, density and absorption of one structure, and its reflections."""
    import xraydb
    from pymatgen.core import Structure
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    structure = Structure.from_file(path)
    analyzer = SpacegroupAnalyzer(structure, 0.01)
    system, cell = analyzer.get_crystal_system(), _cell(structure)
    free = {n: cell[model.CELL_NAMES.index(n)] for n in model.CELL_PARAMETERS[system]}
    if not np.allclose(model.complete_cell(system, free), cell, atol=1e-4):
        raise ValueError(f"{path.name}: cell {cell} is not of the standard setting of {system}")
    hkl, multiplicity = families(structure)
    f_squared = structure_factors(structure, hkl)
    d = model.d_spacing(hkl, cell)
    angle = model.bragg_two_theta(d, model.CU_KALPHA1)
    intensity = multiplicity * f_squared * model.lorentz_polarisation(angle)
    keep = intensity > WEAKEST * intensity.max()
    mass = float(structure.composition.weight)
    absorption = sum(
        share * element.atomic_mass / mass * xraydb.mu_elam(element.symbol, ENERGY_EV)
        for element, share in structure.composition.items()
    )
    table = pd.DataFrame(
        {
            **dict(zip("hkl", hkl[keep].T, strict=True)),
            "multiplicity": multiplicity[keep],
            "d_angstrom": d[keep],
            "two_theta_deg": angle[keep],
            "f_squared": f_squared[keep],
            "relative_intensity": 100 * intensity[keep] / intensity.max(),
        }
    ).sort_values(["d_angstrom", "h", "k", "l"], ascending=[False, False, False, False])
    volume = model.cell_volume(cell)
    strongest = max(
        intensity[np.abs(angle - position) < OVERLAP_DEG].sum()
        for position in angle[intensity > 0.3 * intensity.max()]
    )
    facts = {
        "formula": structure.composition.reduced_formula,
        "space_group": analyzer.get_space_group_symbol(),
        "system": system,
        **dict(zip(("a", "b", "c", "alpha", "beta", "gamma"), cell, strict=True)),
        "cell_mass_u": mass,
        "volume_angstrom3": volume,
        "density_g_cm3": model.density_g_cm3(mass, volume),
        "mass_absorption_cm2_g": absorption,
        "line_per_mass": model.rir_from_structure(
            strongest, volume, model.density_g_cm3(mass, volume)
        ),
    }
    return facts, table


def build(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of all phases of ``structures/index.csv``."""
    index = pd.read_csv(folder / "structures" / "index.csv", comment="#")
    facts, tables = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pymatgen remarks on every rounded coordinate
        for row in index.to_dict("records"):
            found, table = tabulate(folder / "structures" / row["file"])
            facts.append(
                {
                    "phase": row["phase"],
                    **found,
                    "source": row["source"],
                    "looked_up": row["looked_up"],
                }
            )
            tables.append(table.assign(phase=row["phase"]))
            log.info("%s: %d reflections", row["phase"], len(table))
    phases = pd.DataFrame(facts)
    corundum = phases.loc[phases["phase"] == CORUNDUM, "line_per_mass"].item()
    position = phases.columns.get_loc("line_per_mass")
    phases.insert(position, "rir", phases.pop("line_per_mass") / corundum)
    reflections = pd.concat(tables, ignore_index=True)
    return phases, reflections[["phase", *reflections.columns.drop("phase")]]


def _cell(structure: object) -> tuple[float, ...]:
    lattice = structure.lattice
    return tuple(round(float(x), 6) for x in (*lattice.abc, *lattice.angles))


def main(folder: Path) -> None:
    """Write both tables."""
    phases, reflections = build(folder)
    style = {"index": False, "float_format": "%.6g", "lineterminator": "\n"}
    phases.to_csv(folder / "phases.csv", **style)
    reflections.to_csv(folder / "reflections.csv", **style)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=repository_root() / "data" / "reference")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(parser.parse_args().folder)
