"""A reader's own phases: from a CIF, with the tabulated scattering data of the elements."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from compendium import reference
from nasicon.diffraction.model_powder import Phase
from nasicon.diffraction.model_structure import line_per_mass, phase_of
from nasicon.diffraction.read_cif import read_cif


def elements(wavelength_angstrom: float = 0.0) -> pd.DataFrame:
    """Scattering data of the elements at the tabulated K-alpha1 line nearest a wavelength.

    Returns
    -------
    DataFrame
        By element: ``mass_attenuation_cm2_g, f_prime, f_double_prime``; 0 is Cu.
    """
    table = pd.read_csv(reference.data_reference() / "mass_attenuation.csv", comment="#")
    lines = {"Cu": 1.5406, "Mo": 0.7093, "Co": 1.789}
    near = min(lines, key=lambda line: abs(lines[line] - (wavelength_angstrom or lines["Cu"])))
    return table[table["line"] == near].drop(columns="line").set_index("element")


def own_phase(path: str | Path, wavelength_angstrom: float = 0.0) -> Phase:
    """Phase of a reader's own CIF, called after the file.

    Raises
    ------
    ReaderError
        The file is no CIF of a structure: see `nasicon.diffraction.read_cif`.
    """
    corundum = line_per_mass(reference.phase("Al2O3 corundum"))
    return phase_of(read_cif(path), elements(wavelength_angstrom), corundum=corundum)
