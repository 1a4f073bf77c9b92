"""A reader's own phases: from a CIF, with the tabulated scattering data of the elements."""

from pathlib import Path

import pandas as pd

from compendium import reference
from nasicon.diffraction.model_powder import CU_KALPHA1, Phase
from nasicon.diffraction.model_structure import line_per_mass, phase_of
from nasicon.diffraction.read_cif import read_cif

# K-alpha1 in angstrom: Hoelzer et al., Phys. Rev. A 56 (1997) 4554 (Cu, Co); Deslattes et al.,
# Rev. Mod. Phys. 75 (2003) 35 (Mo); Co and Mo from memory, to six digits: attenuation needs three
LINES = {"Cu": CU_KALPHA1, "Mo": 0.709317, "Co": 1.788996}


def elements(wavelength_angstrom: float = 0.0) -> pd.DataFrame:
    """Scattering data of the elements at the tabulated K-alpha1 line nearest a wavelength.

    Returns
    -------
    DataFrame
        By element: ``mass_attenuation_cm2_g, f_prime, f_double_prime``; 0 is Cu.
    """
    table = pd.read_csv(reference.data_reference() / "mass_attenuation.csv", comment="#")
    near = min(LINES, key=lambda line: abs(LINES[line] - (wavelength_angstrom or LINES["Cu"])))
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
