"""BioLogic's binary ``.mpr``, read by galvani, for impedance and cell tests alike.

galvani is GPL and therefore an optional extra; the text export (``.mpt``) of EC-Lab holds
the same numbers and needs nothing.
"""

from __future__ import annotations

from pathlib import Path

from numpy.typing import NDArray

from nasicon.core.text import ReaderError, foreign_parser


def mpr_records(path: Path) -> NDArray:
    """Records of the file as a structured array, one field per column.

    Raises
    ------
    ReaderError
        galvani is not installed, or does not know the file's columns.
    """
    try:
        from galvani import BioLogic
    except ImportError:
        raise ReaderError.at(
            path.name,
            "BioLogic .mpr needs the optional package galvani: pip install 'nasicon[mpr]' "
            "(or export .mpt text in EC-Lab)",
        ) from None
    with foreign_parser(path.name, "galvani cannot read it", "export .mpt text in EC-Lab"):
        return BioLogic.MPRfile(str(path)).data
