"""A crystal structure from a CIF: cell, symmetry, atoms of the whole cell.

Mixed and partial occupancy is the normal case. What cannot be meant is refused: no cell, no
symmetry, no atoms, one place occupied more than once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.text import ReaderError, decode, foreign_parser, names_its_file, read_bytes

SAME_PLACE = 2e-3  # fractions of a cell edge: atoms closer than this share a site
FULL = 1.0 + 0.011  # occupancies are printed with two digits


@dataclass(frozen=True)
class Structure:
    """Content of one unit cell.

    Attributes
    ----------
    name, formula, space_group, system : str
    cell : tuple of float
        a, b, c in angstrom, alpha, beta, gamma in degrees.
    rotations : ndarray of int, shape (n, 3, 3)
        Of the symmetry operations, each once.
    atoms : DataFrame
        ``element, x, y, z, occupancy``: every atom of the cell.
    """

    name: str
    formula: str
    space_group: str
    system: str
    cell: tuple[float, ...]
    rotations: NDArray
    atoms: pd.DataFrame


@names_its_file
def read_cif(path: str | Path, name: str = "") -> Structure:
    """Read the first structure of a CIF.

    Parameters
    ----------
    name : str
        What the phase is to be called; by default the file's stem.

    Raises
    ------
    ReaderError
        It is no CIF, or holds no cell, no symmetry or no atoms, or the occupancies of one place
        sum above 1.
    """
    import gemmi

    text = decode(read_bytes(path))
    with foreign_parser("is no CIF that can be read", "export it from the database again"):
        blocks = gemmi.cif.read_string(text)
        small = next(
            (s for s in map(gemmi.make_small_structure_from_block, blocks) if len(s.sites)), None
        )
    if small is None:
        raise ReaderError("holds no atoms (_atom_site_fract_x ...); give a CIF of a structure")
    cell = tuple(round(float(x), 6) for x in small.cell.parameters)
    if min(cell[:3]) <= 1.0 or not small.cell.is_crystal():
        raise ReaderError("holds no unit cell (_cell_length_a ... _cell_angle_gamma)")
    operations = _operations(small)
    atoms = _expanded(small, operations)
    group = gemmi.find_spacegroup_by_ops(gemmi.GroupOps([op for op, *_ in operations]))
    block = blocks[0]
    said = block.find_value("_chemical_formula_structural") or block.find_value(
        "_chemical_formula_sum"
    )
    formula = gemmi.cif.as_string(said).replace(" ", "") if said else _formula(atoms)
    return Structure(
        name=name or path.stem,
        formula=formula or _formula(atoms),
        space_group=group.hm.replace(" ", "") if group else small.spacegroup_hm,
        system=group.crystal_system_str() if group else "triclinic",
        cell=cell,
        rotations=np.unique([rotation for _, rotation, _ in operations], axis=0),
        atoms=atoms,
    )


def _operations(small: object) -> list[tuple[object, NDArray, NDArray]]:
    """Symmetry operations as written, else those of the space group named."""
    import gemmi

    with foreign_parser("names symmetry operations that cannot be read"):
        found = [gemmi.Op(text) for text in small.symops]
        if not found:
            group = (
                gemmi.find_spacegroup_by_name(small.spacegroup_hm) if small.spacegroup_hm else None
            )
            if group is None and small.spacegroup_number:
                group = gemmi.find_spacegroup_by_number(small.spacegroup_number)
            found = list(group.operations()) if group else []
    if not found:
        raise ReaderError(
            "holds no symmetry: give _space_group_symop_operation_xyz, or a space group's name",
        )
    return [
        (op, np.array(op.rot, int) // op.DEN, np.array(op.tran, float) / op.DEN) for op in found
    ]


def _expanded(small: object, operations: list[tuple[object, NDArray, NDArray]]) -> pd.DataFrame:
    rotations = np.array([rotation for _, rotation, _ in operations])
    shifts = np.array([shift for *_, shift in operations])
    rows = []
    for site in small.sites:
        element, share = site.element, float(site.occ)
        if element.atomic_number < 1:
            raise ReaderError(f"site {site.label!r} names no element: {site.type_symbol!r}")
        start = np.array(site.fract.tolist())
        if not (np.isfinite(start).all() and share > 0):
            raise ReaderError(f"site {site.label!r} has no position or no occupancy > 0")
        images: list[NDArray] = []
        for image in (rotations @ start + shifts) % 1.0:
            if not any(_near(image, other) for other in images):
                images.append(image)
        rows += [(element.name, *image, share, site.label) for image in images]
    atoms = pd.DataFrame(rows, columns=["element", "x", "y", "z", "occupancy", "label"])
    places = atoms[["x", "y", "z"]].to_numpy()
    difference = np.abs(places[:, None] - places[None])
    together = (np.minimum(difference, 1 - difference) < SAME_PLACE).all(axis=2)
    total = together @ atoms["occupancy"].to_numpy()
    if (total > FULL).any():
        first = int(np.argmax(total > FULL))
        names = ", ".join(dict.fromkeys(atoms["label"][together[first]]))
        raise ReaderError(
            f"the occupancies of one place sum to {total[first]:.3g} ({names}); at most 1"
        )
    return atoms.drop(columns="label")


def _near(a: NDArray, b: NDArray) -> bool:
    difference = np.abs(a - b)
    return bool((np.minimum(difference, 1 - difference) < SAME_PLACE).all())


def _formula(atoms: pd.DataFrame) -> str:
    count = atoms.groupby("element", sort=False)["occupancy"].sum()
    return "".join(f"{element}{number:g}" for element, number in count.round(4).items())
