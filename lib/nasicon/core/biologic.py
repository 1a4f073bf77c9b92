"""BioLogic's binary ``.mpr``, read by galvani, for impedance and cell tests alike.

galvani is GPL and therefore an optional extra; the text export (``.mpt``) of EC-Lab holds
the same numbers and needs nothing.
"""

import io
from collections.abc import Callable
from typing import TypeVar

from numpy.typing import NDArray

from nasicon.core.columns import ColumnError
from nasicon.core.text import ReaderError, foreign_parser, optional_package

MPR_MAGIC = b"BIO-LOGIC MODULAR FILE"
T = TypeVar("T")


def mpr_records(
    raw: bytes, find_columns: Callable[[list[str]], T], wanted: str
) -> tuple[T, NDArray]:
    """Columns of a file as a technique understands their names, and the records.

    Raises
    ------
    ReaderError
        galvani is not installed or cannot read it, or its columns are not those ``wanted``.
    """
    galvani = optional_package(
        "galvani.BioLogic", "mpr", "BioLogic .mpr", "export .mpt text in EC-Lab"
    )
    with foreign_parser("galvani cannot read it", "export .mpt text in EC-Lab"):
        data = galvani.MPRfile(io.BytesIO(raw)).data
    try:
        return find_columns(list(data.dtype.names)), data
    except ColumnError as error:
        raise ReaderError(f"no {wanted}: {error}") from None
