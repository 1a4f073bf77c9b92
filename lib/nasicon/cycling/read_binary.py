"""Binary files of cell tests: BioLogic .mpr, Neware .ndax and cellpy's archives.

All three go through optional packages, loaded only when such a file is read.
"""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from pathlib import Path

import numpy as np

from nasicon.core.biologic import mpr_records
from nasicon.core.text import ReaderError, foreign_parser
from nasicon.cycling.read_columns import ColumnError, find_columns
from nasicon.cycling.read_formats import from_columns
from nasicon.cycling.read_records import Records

MPR_MAGIC = b"BIO-LOGIC MODULAR FILE"
LARGEST_MEMBER = 500_000_000  # bytes unpacked; a year of records at 1 Hz
LARGEST_RATIO = 200  # unpacked over packed; parquet and XML of real tests stay below 20
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
        role: np.asarray(data[column.name], dtype=float) * column.factor
        for role, column in columns.items()
        if role != "state"
    }
    rows = np.arange(1, len(data) + 1)
    return from_columns("BioLogic mpr", values, rows, source, line_unit="row")


def parse_archive(path: Path, raw: bytes) -> Records:
    """Records of a zip archive: Neware's .ndax or a .cellpy file of version 9.

    Raises
    ------
    ReaderError
        The archive is damaged, unpacks to an implausible size, or is of neither kind.
    """
    source = path.name
    with foreign_parser(source, "is a damaged zip archive"):
        archive = zipfile.ZipFile(io.BytesIO(raw))
        members = {item.filename: item for item in archive.infolist()}
    _refuse_bombs(members, source)
    if _CELLPY_RAW in members:
        return _cellpy(archive, source)
    if any(name.endswith(".ndc") for name in members):
        return _ndax(path)
    listed = ", ".join(list(members)[:5]) or "nothing"
    raise ReaderError.at(
        source,
        f"is a zip archive of {listed}; expected Neware .ndax, .cellpy, or text (CSV): "
        "save a workbook's sheet as CSV",
    )


def _refuse_bombs(members: dict[str, zipfile.ZipInfo], source: str) -> None:
    total = sum(item.file_size for item in members.values())
    packed = max(sum(item.compress_size for item in members.values()), 1)
    if total > LARGEST_MEMBER or (total > 1_000_000 and total > LARGEST_RATIO * packed):
        raise ReaderError.at(
            source,
            f"would unpack {packed} bytes to {total}; more than a cell test holds "
            f"(at most {LARGEST_MEMBER} bytes, {LARGEST_RATIO} times): refused",
        )


def _ndax(path: Path) -> Records:
    """Neware .ndax through fastnda (MIT)."""
    source = path.name
    try:
        import fastnda
    except ImportError:
        raise ReaderError.at(
            source,
            "Neware .ndax needs the optional package fastnda: pip install 'nasicon[cycling]' "
            "(or export CSV in BTSDA)",
        ) from None
    with foreign_parser(source, "fastnda cannot read it", "export CSV in BTSDA"):
        data = fastnda.read(path)
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
    return from_columns("Neware ndax", values, rows, source, line_unit="record")


def _cellpy(archive: zipfile.ZipFile, source: str) -> Records:
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
        meta = json.loads(archive.read("meta.json")) if "meta.json" in archive.namelist() else {}
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
    found = from_columns("cellpy archive", values, rows, source, line_unit="record")
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
