"""Binary files of cell tests: BioLogic .mpr, Neware .nda and .ndax, cellpy's archives, workbooks.

The first three go through optional packages, loaded only when such a file is read.
"""

from __future__ import annotations

import io
import json
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nasicon.core import workbook
from nasicon.core.archive import ZIP_MAGIC, Archive
from nasicon.core.biologic import mpr_records
from nasicon.core.text import ReaderError, foreign_parser
from nasicon.cycling.read_columns import ColumnError, find_columns
from nasicon.cycling.read_formats import from_columns, parse_text
from nasicon.cycling.read_records import Records

MPR_MAGIC = b"BIO-LOGIC MODULAR FILE"
NEWARE_MAGIC = b"NEWARE"
_CELLPY_RAW = "raw.parquet"
_CELLPY_COLUMNS = {
    "test_time": "time",
    "current": "current",
    "potential": "voltage",
    "voltage": "voltage",
    "cycle_num": "cycle",
    "cycle_index": "cycle",
    "step_num": "step",
    "step_index": "step",
    "cumulative_charge_capacity": "charge_capacity",
    "charge_capacity": "charge_capacity",
    "cumulative_discharge_capacity": "discharge_capacity",
    "discharge_capacity": "discharge_capacity",
}


def parse_mpr(path: Path) -> Records:
    """Records of a BioLogic .mpr file, read by galvani.

    galvani is GPL and therefore an optional extra; the text export (.mpt) of EC-Lab holds the
    same numbers and needs nothing.

    Raises
    ------
    ReaderError
        galvani is not installed, does not know the file's columns, or the file holds no cell
        test.
    """
    source = path.name
    data = mpr_records(path)
    names = list(data.dtype.names)
    try:
        columns = find_columns(names)
    except ColumnError as error:
        raise ReaderError.at(source, f"no cell test: {error}") from None
    values = {
        role: np.asarray(data[column.name], dtype=float) * column.scale
        for role, column in columns.items()
        if role != "state"
    }
    rows = np.arange(1, len(data) + 1)
    return from_columns("BioLogic mpr", values, rows, line_unit="row")


def parse_archive(path: Path, raw: bytes, inside: Callable[[Path], Records]) -> Records:
    """Records of a zip archive: Neware's .ndax, a .cellpy file of version 9, or a workbook.

    An archive that holds one file of another kind is unpacked once and read by ``inside``.

    Raises
    ------
    ReaderError
        The archive is damaged, unpacks to an implausible size, or is of no such kind.
    """
    source = path.name
    archive = Archive(raw, source)
    if _CELLPY_RAW in archive.names:
        return _cellpy(archive, source)
    if any(name.endswith(".ndc") for name in archive.names):
        return parse_neware(path, raw)
    if workbook.is_workbook(archive):
        return _workbook(raw, source)
    if len(archive.names) != 1 or archive.names[0].endswith(("/", ".zip")):
        listed = ", ".join(archive.names[:5]) or "nothing"
        raise ReaderError.at(
            source,
            f"is a zip archive of {listed}; expected a workbook, Neware .ndax, .cellpy, or one "
            "file of a cell test: unpack it and give that",
        )
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / Path(archive.names[0].replace("\\", "/")).name
        content = archive.read(archive.names[0])
        if content.startswith(ZIP_MAGIC):
            raise ReaderError.at(source, "holds an archive in an archive; unpack it, give the file")
        unpacked.write_bytes(content)
        found = inside(unpacked)
    found.notes.append(f"read from {unpacked.name}, the only member of the archive")
    return found


def _workbook(raw: bytes, source: str) -> Records:
    """Records in the sheet of a workbook (Arbin, Neware, Landt or one's own)."""
    found, notes = workbook.largest_table(raw, source, parse_text, lambda r: len(r.time_s))
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
    source, kind = path.name, ".ndax" if raw.startswith(ZIP_MAGIC) else ".nda"
    try:
        import fastnda
    except ImportError:
        raise ReaderError.at(
            source,
            "Neware .nda and .ndax need the optional package fastnda: "
            "pip install 'nasicon[cycling]' (or export CSV in BTSDA)",
        ) from None
    with foreign_parser(source, "fastnda cannot read it", "export CSV in BTSDA"):
        if path.suffix.lower() == kind:
            data = fastnda.read(path)
        else:
            with tempfile.TemporaryDirectory() as folder:
                (copy := Path(folder) / f"test{kind}").write_bytes(raw)
                data = fastnda.read(copy)
    if not len(data):
        raise ReaderError.at(source, "holds no record: the test was not started; give another")
    wanted = {
        "total_time_s": ("time", 1.0),
        "voltage_V": ("voltage", 1.0),
        "current_mA": ("current", 1e-3),
        "cycle_count": ("cycle", 1.0),
        "step_count": ("step", 1.0),
        "capacity_mAh": ("capacity", 1e-3),
    }
    missing = [name for name in wanted if name not in data.columns]
    if missing:
        raise ReaderError.at(source, f"fastnda gives no {', '.join(missing)}; export CSV in BTSDA")
    values = {
        role: data[name].to_numpy().astype(float) * factor
        for name, (role, factor) in wanted.items()
    }
    rows = np.arange(1, len(data) + 1)
    return from_columns(f"Neware {kind[1:]}", values, rows, line_unit="record")


def _cellpy(archive: Archive, source: str) -> Records:
    """Read a cellpy archive: raw.parquet with the records, meta.json with units and the cell."""
    try:
        import fastparquet  # noqa: F401  (pandas loads it; say what is missing before it does)
        import pandas as pd
    except ImportError:
        raise ReaderError.at(
            source,
            "a .cellpy archive needs the optional package fastparquet: "
            "pip install 'nasicon[cycling]'",
        ) from None
    with foreign_parser(source, f"{_CELLPY_RAW} cannot be read", "save the archive again"):
        meta = json.loads(archive.read("meta.json")) if "meta.json" in archive.names else {}
        with warnings.catch_warnings():  # pandas announces that it prefers pyarrow
            warnings.simplefilter("ignore")
            raw = pd.read_parquet(io.BytesIO(archive.read(_CELLPY_RAW)), engine="fastparquet")
    units = meta.get("raw_units", {})
    factors = _cellpy_factors(units, source)
    values = {
        role: raw[name].to_numpy(dtype=float) * factors.get(role, 1.0)
        for name, role in _CELLPY_COLUMNS.items()
        if name in raw.columns
    }
    if missing := [r for r in ("time", "voltage", "current") if r not in values]:
        raise ReaderError.at(source, f"{_CELLPY_RAW} has no {', '.join(missing)}")
    rows = np.arange(1, len(raw) + 1)
    found = from_columns("cellpy archive", values, rows, line_unit="record")
    cell = meta.get("cell", {})
    found.metadata = {k: cell[k] for k in ("mass", "material", "nom_cap") if k in cell}
    found.notes.append(
        "mass and area in the archive's metadata are not used: give active_mass_mg and "
        "electrode_area_cm2"
    )
    return found


def _cellpy_factors(units: dict[str, str], source: str) -> dict[str, float]:
    known = {
        "current": {"A": 1.0, "mA": 1e-3},
        "voltage": {"V": 1.0, "mV": 1e-3},
        "charge": {"Ah": 1.0, "mAh": 1e-3},
        "time": {"sec": 1.0, "s": 1.0, "h": 3600.0},
    }
    factors = {}
    for quantity, table in known.items():
        unit = units.get(quantity)
        if unit is None or unit not in table:
            raise ReaderError.at(
                source, f"meta.json states {unit!r} as unit of {quantity}; known are {list(table)}"
            )
        factors[quantity] = table[unit]
    charge = factors.pop("charge")
    return {**factors, "charge_capacity": charge, "discharge_capacity": charge}
