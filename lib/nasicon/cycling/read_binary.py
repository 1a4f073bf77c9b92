"""Binary files of cell tests: BioLogic .mpr, Neware .nda and .ndax, cellpy's archives, workbooks.

The first three go through optional packages, loaded only when such a file is read.
"""

from __future__ import annotations

import io
import json
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from nasicon.core import workbook
from nasicon.core.archive import ZIP_MAGIC, Archive
from nasicon.core.biologic import mpr_records
from nasicon.core.columns import Column, ColumnError
from nasicon.core.text import ReaderError, foreign_parser, optional_package
from nasicon.cycling.read_columns import WORDS, find_columns
from nasicon.cycling.read_formats import from_columns, parse_text
from nasicon.cycling.read_records import Records

NEWARE_MAGIC = b"NEWARE"
_CELLPY_RAW = "raw.parquet"


def _records(
    name: str, data: Mapping[str, ArrayLike], columns: Mapping[str, Column], line_unit: str
) -> Records:
    """Records of a table whose columns are understood, by role."""
    values = {
        role: np.asarray(data[column.name], dtype=float) * column.scale
        for role, column in columns.items()
        if role != "state"
    }
    return from_columns(name, values, line_unit=line_unit)


def _columns(names: list[str], units: list[str], instead: str) -> dict[str, Column]:
    try:
        return find_columns(names, units)
    except ColumnError as error:
        raise ReaderError(f"{error}; {instead}") from None


def parse_mpr(raw: bytes) -> Records:
    """Records of a BioLogic .mpr file.

    Raises
    ------
    ReaderError
        galvani is not installed or cannot read it, or the file holds no cell test.
    """
    columns, data = mpr_records(raw, find_columns, "cell test")
    return _records("BioLogic mpr", data, columns, "row")


def parse_archive(path: Path, raw: bytes, inside: Callable[[Path], Records]) -> Records:
    """Records of a zip archive: Neware's .ndax, a .cellpy file of version 9, or a workbook.

    An archive that holds one file of another kind is unpacked once and read by ``inside``.

    Raises
    ------
    ReaderError
        The archive is damaged, unpacks to an implausible size, or is of no such kind.
    """
    archive = Archive(raw)
    if _CELLPY_RAW in archive.names:
        return _cellpy(archive)
    if any(name.endswith(".ndc") for name in archive.names):
        return parse_neware(path, raw)
    if workbook.is_workbook(archive):
        return _workbook(raw)
    names = [name for name in archive.names if not name.startswith("__MACOSX/")]
    if len(names) != 1 or names[0].endswith(("/", ".zip")):
        listed = ", ".join(names[:5]) or "nothing"
        raise ReaderError(
            f"is a zip archive of {listed}; expected a workbook, Neware .ndax, .cellpy, or one "
            "file of a cell test: unpack it and give that"
        )
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / Path(names[0].replace("\\", "/")).name
        content = archive.read(names[0])
        if content.startswith(ZIP_MAGIC):
            raise ReaderError("holds an archive in an archive; unpack it, give the file")
        unpacked.write_bytes(content)
        found = inside(unpacked)
    found.notes.append(f"read from {unpacked.name}, the only member of the archive")
    return found


def _workbook(raw: bytes) -> Records:
    """Records in the sheet of a workbook (Arbin, Neware, Landt or one's own)."""
    found, notes = workbook.largest_table(raw, parse_text, lambda r: len(r.time_s))
    maker = found.format.removesuffix("csv") if found.format.endswith(" csv") else ""
    found.format, found.line_unit = f"{maker}{workbook.kind(raw)}", "row"
    found.notes += notes
    return found


def parse_neware(path: Path, raw: bytes) -> Records:
    """Neware .nda and .ndax through fastnda (BSD-3-Clause), whatever the file is called.

    Raises
    ------
    ReaderError
        fastnda is not installed or cannot read it, or it holds no record.
    """
    kind, instead = ".ndax" if raw.startswith(ZIP_MAGIC) else ".nda", "export CSV in BTSDA"
    fastnda = optional_package("fastnda", "cycling", "Neware .nda and .ndax", instead)
    with foreign_parser("fastnda cannot read it", instead):
        if path.suffix.lower() == kind:
            data = fastnda.read(path)
        else:
            with tempfile.TemporaryDirectory() as folder:
                (copy := Path(folder) / f"test{kind}").write_bytes(raw)
                data = fastnda.read(copy)
    if not len(data):
        raise ReaderError("holds no record: the test was not started; give another")
    return _records(f"Neware {kind[1:]}", data, _columns(data.columns, [], instead), "record")


def _cellpy(archive: Archive) -> Records:
    """Read a cellpy archive: raw.parquet with the records, meta.json with units and the cell."""
    import pandas as pd

    # pandas loads it; say what is missing before it does
    optional_package("fastparquet", "cycling", "a .cellpy archive", "export CSV with cellpy")
    with foreign_parser(f"{_CELLPY_RAW} cannot be read", "save the archive again"):
        meta = json.loads(archive.read("meta.json")) if "meta.json" in archive.names else {}
        with warnings.catch_warnings(action="ignore"):  # pandas announces that it prefers pyarrow
            raw = pd.read_parquet(io.BytesIO(archive.read(_CELLPY_RAW)), engine="fastparquet")
    stated = meta.get("raw_units", {})
    names = list(raw.columns)
    kinds = {c.name: WORDS.kinds[c.role] for c in WORDS.columns(names)}
    units = [str(stated.get(kinds.get(name), "")) for name in names]
    columns = _columns(names, units, "export CSV")
    unknown = sorted({kinds[c.name] for c in columns.values() if np.isnan(c.factor)} - {""})
    if unknown:
        listed = ", ".join(f"{stated.get(kind)!r} as unit of {kind}" for kind in unknown)
        raise ReaderError(f"meta.json states {listed}; export CSV")
    found = _records("cellpy archive", raw, columns, "record")
    cell = meta.get("cell", {})
    found.metadata = {k: cell[k] for k in ("mass", "material", "nom_cap") if k in cell}
    found.notes.append(
        "mass and area in the archive's metadata are not used: give active_mass_mg and "
        "electrode_area_cm2"
    )
    return found
