"""Reflection tables of the reference phases, calculated from their structures.

``python -m tools.build_reference`` reads ``data/reference/structures/*.cif`` and
``index.csv`` there and writes ``data/reference/phases.csv`` and ``reflections.csv`` with the
same functions that take a reader's own CIF, and ``mass_attenuation.csv``, for which alone it
needs the extra ``simulate`` (xraydb).
"""

from pathlib import Path

import pandas as pd

from compendium.own_phases import LINES, elements
from compendium.paths import repository_root
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.model_structure import line_per_mass, phase_of
from nasicon.diffraction.read_cif import read_cif

HEAVIEST = 92
HC = 12398.41984  # eV angstrom
CORUNDUM = "Al2O3 corundum"
SOURCE = """\
# Mass attenuation (cm2/g; Elam, Ravel and Sieber, Radiat. Phys. Chem. 63 (2002) 121) and dispersion
# corrections (electrons; Chantler, J. Phys. Chem. Ref. Data 24 (1995) 71) of the elements at the
# K-alpha1 lines of Cu, Mo and Co, both as xraydb tabulates them: python -m tools.build_reference
"""


def attenuation() -> pd.DataFrame:
    """Mass attenuation and dispersion corrections of the elements at three K-alpha1 lines."""
    import xraydb

    rows = []
    for number in range(1, HEAVIEST + 1):
        element = xraydb.atomic_symbol(number)
        for line, wavelength in LINES.items():
            ev = HC / wavelength
            numbers = (
                f(element, ev) for f in (xraydb.mu_elam, xraydb.f1_chantler, xraydb.f2_chantler)
            )
            rows.append((element, line, *map(float, numbers)))
    columns = ["element", "line", "mass_attenuation_cm2_g", "f_prime", "f_double_prime"]
    return pd.DataFrame(rows, columns=columns)


def build(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of all phases of ``structures/index.csv``."""
    index = pd.read_csv(folder / "structures" / "index.csv", comment="#")
    scattering = elements()
    structures = {
        row["phase"]: read_cif(folder / "structures" / row["file"], row["phase"])
        for row in index.to_dict("records")
    }
    corundum = line_per_mass(phase_of(structures[CORUNDUM], scattering))
    facts, tables = [], []
    for row in index.to_dict("records"):
        structure = structures[row["phase"]]
        phase = phase_of(structure, scattering, corundum=corundum)
        if phase.system != structure.system:
            raise ValueError(f"{row['file']}: {structure.cell} is no standard setting")
        angle = model.bragg_two_theta(phase.d_spacing, model.CU_KALPHA1)
        intensity = phase.multiplicity * phase.f_squared * model.lorentz_polarisation(angle)
        facts.append(
            {
                "phase": phase.name,
                "formula": phase.formula,
                "space_group": structure.space_group,
                "system": phase.system,
                **dict(zip(model.CELL_NAMES, phase.cell, strict=True)),
                "cell_mass_u": phase.cell_mass,
                "volume_angstrom3": phase.volume,
                "density_g_cm3": phase.density,
                "mass_absorption_cm2_g": phase.mass_absorption,
                "rir": phase.rir,
                "source": row["source"],
                "looked_up": row["looked_up"],
            }
        )
        table = {
            "phase": phase.name,
            **dict(zip("hkl", phase.hkl.T, strict=True)),
            "multiplicity": phase.multiplicity.astype(int),
            "d_angstrom": phase.d_spacing,
            "two_theta_deg": angle,
            "f_squared": phase.f_squared,
            "relative_intensity": 100 * intensity / intensity.max(),
        }
        tables.append(pd.DataFrame(table))
    return pd.DataFrame(facts), pd.concat(tables, ignore_index=True)


def main() -> None:
    """Write the three tables."""
    folder = repository_root() / "data" / "reference"
    style = {"index": False, "float_format": "%.6g", "lineterminator": "\n"}
    text = attenuation().to_csv(**style)
    (folder / "mass_attenuation.csv").write_text(SOURCE + text, encoding="utf-8", newline="\n")
    phases, reflections = build(folder)
    phases.to_csv(folder / "phases.csv", **style)
    reflections.to_csv(folder / "reflections.csv", **style)


if __name__ == "__main__":
    main()
