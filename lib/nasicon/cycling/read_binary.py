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
from nasicon.core.text import ReaderError, foreign_parser, optional_package
from nasicon.cycling.read_columns import find_columns
from nasicon.cycling.read_formats import from_columns, parse_text
from nasicon.cycling.read_records import Records

NEWARE_MAGIC = b"NEWARE"
#: Names that fastnda gives its columns: our role, and the factor to its unit.
_NEWARE = {
    "total_time_s": ("time", 1.0),
    "voltage_V": ("voltage", 1.0),
    "current_mA": ("current", 1e-3),
    "cycle_count": ("cycle", 1.0),
    "step_count": ("step", 1.0),
    "capacity_mAh": ("capacity", 1e-3),
}
_CELLPY_RAW = "raw.parquet"
#: Names in cellpy's archives: our role, and the quantity whose unit meta.json states.
_CELLPY = {
    "test_time": ("time", "time"),
    "current": ("current", "current"),
    "potential": ("voltage", "voltage"),
    "voltage": ("voltage", "voltage"),
    "cycle_num": ("cycle", ""),
    "cycle_index": ("cycle", ""),
    "step_num": ("step", ""),
    "step_index": ("step", ""),
    "cumulative_charge_capacity": ("charge_capacity", "charge"),
    "charge_capacity": ("charge_capacity", "charge"),
    "cumulative_discharge_capacity": ("discharge_capacity", "charge"),
    "discharge_capacity": ("discharge_capacity", "charge"),
}
_CELLPY_UNITS = {
    "current": {"A": 1.0, "mA": 1e-3},
    "voltage": {"V": 1.0, "mV": 1e-3},
    "charge": {"Ah": 1.0, "mAh": 1e-3},
    "time": {"sec": 1.0, "s": 1.0, "h": 3600.0},
}


def _records(
    name: str,
    columns: Mapping[str, ArrayLike],
    known: Mapping[str, tuple[str, float]],
    line_unit: str = "record",
) -> Records:
    """Records of a table whose columns have ``known`` names, each with its role and factor."""
    values = {
        role: np.asarray(columns[name], dtype=float) * factor
        for name, (role, factor) in known.items()
        if name in columns
    }
    missing = [role for role in ("time", "voltage", "current") if role not in values]
    if missing and line_unit == "record":
        raise ReaderError(f"a {name} without {', '.join(missing)}; export it as CSV")
    return from_columns(name, values, line_unit=line_unit)


def parse_mpr(raw: bytes) -> Records:
    """Records of a BioLogic .mpr file.

    Raises
    ------
    ReaderError
        galvani is not installed or cannot read it, or the file holds no cell test.
    """
    columns, data = mpr_records(raw, find_columns, "cell test")
    known = {c.index: (role, c.scale) for role, c in columns.items() if role != "state"}
    return _records("BioLogic mpr", data, known, "row")


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
    if len(archive.names) != 1 or archive.names[0].endswith(("/", ".zip")):
        listed = ", ".join(archive.names[:5]) or "nothing"
        raise ReaderError(
            f"is a zip archive of {listed}; expected a workbook, Neware .ndax, .cellpy, or one "
            "file of a cell test: unpack it and give that"
        )
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / Path(archive.names[0].replace("\\", "/")).name
        content = archive.read(archive.names[0])
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
    return _records(f"Neware {kind[1:]}", {name: data[name] for name in data.columns}, _NEWARE)


def _cellpy(archive: Archive) -> Records:
    """Read a cellpy archive: raw.parquet with the records, meta.json with units and the cell."""
    import pandas as pd

    # pandas loads it; say what is missing before it does
    optional_package("fastparquet", "cycling", "a .cellpy archive", "export CSV with cellpy")
    with foreign_parser(f"{_CELLPY_RAW} cannot be read", "save the archive again"):
        meta = json.loads(archive.read("meta.json")) if "meta.json" in archive.names else {}
        with warnings.catch_warnings():  # pandas announces that it prefers pyarrow
            warnings.simplefilter("ignore")
            raw = pd.read_parquet(io.BytesIO(archive.read(_CELLPY_RAW)), engine="fastparquet")
    stated, factors = meta.get("raw_units", {}), {"": 1.0}
    for quantity, table in _CELLPY_UNITS.items():
        if (unit := stated.get(quantity)) not in table:
            raise ReaderError(
                f"meta.json states {unit!r} as unit of {quantity}; known are {list(table)}"
            )
        factors[quantity] = table[unit]
    known = {name: (role, factors[quantity]) for name, (role, quantity) in _CELLPY.items()}
    found = _records("cellpy archive", raw, known)
    cell = meta.get("cell", {})
    found.metadata = {k: cell[k] for k in ("mass", "material", "nom_cap") if k in cell}
    found.notes.append(
        "mass and area in the archive's metadata are not used: give active_mass_mg and "
        "electrode_area_cm2"
    )
    return found
