"""From a crystal structure to what a powder pattern needs of it.

F = sum_j o_j (f0_j(s) + f'_j + i f''_j) exp(2 pi i h x_j) exp(-B s^2), s = sin(theta)/lambda, with
the scattering factors of International Tables C (1992), table 6.1.1.4, as gemmi tabulates
them, and one isotropic displacement parameter for all atoms.
"""

from __future__ import annotations

from dataclasses import replace

import gemmi
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.diffraction import model_powder as model
from nasicon.diffraction.model_powder import Phase

D_MIN = 1.0  # angstrom; 2theta of 100.8 deg with Cu K-alpha1
B_ISO = 0.6  # angstrom^2, of every atom: assumed, typical of oxides and phosphates at 298 K
WEAKEST = 2e-4  # of the strongest line
OVERLAP_DEG = 0.03  # lines closer than this count as one when the strongest is looked for


def phase_of(
    structure: object,
    elements: pd.DataFrame,
    *,
    corundum: float = float("nan"),
) -> Phase:
    """Reflections, multiplicities, structure factors and absorption of a structure.

    Parameters
    ----------
    structure : nasicon.diffraction.read_cif.Structure
    elements : DataFrame
        By element: ``mass_attenuation_cm2_g, f_prime, f_double_prime`` at the line that is used.
    corundum : float
        `line_per_mass` of corundum, for the reference intensity ratio.

    Raises
    ------
    KeyError
        An element is not in the table.
    """
    atoms, cell = structure.atoms, structure.cell
    if missing := sorted(set(atoms["element"]) - set(elements.index)):
        raise KeyError(f"{structure.name}: no scattering data of {', '.join(missing)}")
    system = setting(structure.system, cell)
    hkl, multiplicity = families(structure.rotations, cell)
    f_squared = structure_factors(hkl, cell, atoms, elements)
    d = model.d_spacing(hkl, cell)
    angle = model.bragg_two_theta(d, model.CU_KALPHA1)
    intensity = multiplicity * f_squared * model.lorentz_polarisation(angle)
    kept = np.flatnonzero(intensity > WEAKEST * intensity.max())
    kept = kept[np.lexsort((*-hkl[kept].T[::-1], -d[kept]))]
    weights = [gemmi.Element(element).weight for element in atoms["element"]]
    masses = np.array(weights) * atoms["occupancy"].to_numpy()
    attenuation = elements.loc[atoms["element"], "mass_attenuation_cm2_g"].to_numpy()
    phase = Phase(
        name=structure.name,
        formula=structure.formula,
        system=system,
        cell=cell,
        cell_mass=float(masses.sum()),
        hkl=hkl[kept],
        multiplicity=multiplicity[kept].astype(float),
        f_squared=f_squared[kept],
        mass_absorption=float(masses @ attenuation / masses.sum()),
    )
    return replace(phase, rir=line_per_mass(phase) / corundum)


def setting(system: str, cell: tuple[float, ...]) -> str:
    """The system whose free parameters describe this cell; triclinic for unusual settings."""
    for name in (system, "triclinic"):
        free = {n: cell[model.CELL_NAMES.index(n)] for n in model.CELL_PARAMETERS[name]}
        if np.allclose(model.complete_cell(name, free), cell, atol=1e-4):
            return name
    raise ValueError(f"cell {cell} does not fit the system {system}")


def families(rotations: NDArray, cell: tuple[float, ...]) -> tuple[NDArray, NDArray]:
    """One reflection of each family of equivalents down to `D_MIN`, and its multiplicity."""
    reach = np.ceil(np.array(cell[:3]) / D_MIN).astype(int)
    grids = np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij")
    hkl = np.column_stack([grid.ravel() for grid in grids])
    hkl = hkl[hkl.any(axis=1)]
    hkl = hkl[model.d_spacing(hkl, cell) >= D_MIN]
    seen: set[tuple[int, ...]] = set()
    kept, multiplicity = [], []
    for index in sorted(map(tuple, hkl.tolist()), reverse=True):
        if index in seen:
            continue
        images = {tuple(image) for image in (np.array(index) @ rotations).tolist()}
        images |= {tuple(-x for x in image) for image in images}  # Friedel mates
        seen |= images
        kept.append(index)
        multiplicity.append(len(images))
    return np.array(kept), np.array(multiplicity)


def structure_factors(
    hkl: NDArray, cell: tuple[float, ...], atoms: pd.DataFrame, elements: pd.DataFrame
) -> NDArray:
    """Squared structure factor of every reflection, shape (n,), electrons^2 per cell."""
    s2 = 1 / (2 * model.d_spacing(hkl, cell)) ** 2
    total = np.zeros(len(hkl), dtype=complex)
    for element, group in atoms.groupby("element", sort=True):
        gaussians = gemmi.Element(element).it92
        factor = np.array([gaussians.calculate_sf(value) for value in s2])
        row = elements.loc[element]
        factor = factor + row["f_prime"] + 1j * row["f_double_prime"]
        waves = np.exp(2j * np.pi * (hkl @ group[["x", "y", "z"]].to_numpy().T))
        total += factor * (waves @ group["occupancy"].to_numpy())
    return np.abs(total) ** 2 * np.exp(-2 * B_ISO * s2)


def line_per_mass(phase: Phase) -> float:
    """Intensity of the strongest line (Cu K-alpha1) per mass of phase, up to a common factor."""
    angle = model.bragg_two_theta(phase.d_spacing, model.CU_KALPHA1)
    with np.errstate(invalid="ignore"):
        intensity = phase.multiplicity * phase.f_squared * model.lorentz_polarisation(angle)
    intensity = np.nan_to_num(intensity)
    strongest = max(
        intensity[np.abs(angle - position) < OVERLAP_DEG].sum()
        for position in angle[intensity > 0.3 * intensity.max()]
    )
    return strongest / (phase.volume**2 * phase.density)
