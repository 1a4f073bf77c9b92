"""Files of cell tests into one tidy table, whatever instrument wrote them.

The format is found from the content. A positive current raises the voltage of the working
electrode in the result (it oxidises it): charging of a full cell or of a half-cell with a
positive electrode, delithiation of a negative one against lithium. Which of the two is called
charge is the analysis' business, because only the user knows what cell it is; so are mass and
area, which are never taken from a file and never assumed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from nasicon.core.archive import ZIP_MAGIC
from nasicon.core.atomic import write_atomically
from nasicon.core.biologic import MPR_MAGIC
from nasicon.core.tables import Lines
from nasicon.core.text import names_its_file, read_bytes
from nasicon.cycling.read_binary import NEWARE_MAGIC, parse_archive, parse_mpr, parse_neware
from nasicon.cycling.read_formats import parse_text
from nasicon.cycling.read_records import SIGNS, Records, tidy


@names_its_file
def read_cycling(path: str | Path, *, current_sign: str = "auto") -> pd.DataFrame:
    """Read a file of a cell test into a tidy table.

    Parameters
    ----------
    path
        BioLogic .mpt or .mpr, Neware .nda, .ndax or csv, Arbin csv, Maccor text, cellpy archive,
        BDF csv, workbooks (.xlsx, .ods) of Arbin, Neware and Landt, or any delimited table that
        names time, voltage and current; one such file zipped.
    current_sign
        "auto": as the file has it, turned with a note and a warning where the voltage falls
        under positive current. "positive_raises_voltage", "negative_raises_voltage": as told.

    Returns
    -------
    pandas.DataFrame
        One row a record: ``cycle``, ``step``, ``half_cycle`` (0 before the first current),
        ``time_s``, ``current_a``, ``voltage_v``, ``capacity_ah`` (charge since the half-cycle
        began, never negative). ``attrs``: ``source``, ``format``, ``notes`` (what a user must
        know), ``capacity_from`` ("instrument" or "integrated current"), ``metadata``.

    Raises
    ------
    ReaderError
        The file cannot be read, with the reason, the line where there is one, and the remedy.
    ValueError
        `current_sign` is not one of the three.
    """
    if current_sign not in SIGNS:
        raise ValueError(f"current_sign must be one of {', '.join(SIGNS)}; got {current_sign!r}")
    return tidy(_parse(path), path.name, current_sign)


def write_bdf(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table of `read_cycling` as a Battery Data Format file (``.bdf.csv``).

    Columns carry the preferred labels of the format's specification (Battery Data Alliance,
    read at commit 1412b98): a positive current charges, cycles keep their numbers, steps count
    on, and the capacities add up from the start of the test, one for each direction. Numbers
    have nine significant digits, times all of theirs.

    Raises
    ------
    ValueError
        The table lacks a column of `read_cycling`.
    """
    needed = ["time_s", "voltage_v", "current_a", "cycle", "step", "half_cycle", "capacity_ah"]
    if missing := [name for name in needed if name not in table]:
        raise ValueError(f"no column {', '.join(missing)}; give a table of read_cycling")
    half, capacity = table["half_cycle"], table["capacity_ah"]
    increments = capacity.diff().where(half.diff() == 0, capacity).fillna(0.0)
    sign = np.sign(table["current_a"].groupby(half).transform("sum"))
    columns = {
        "Test Time / s": table["time_s"] - table["time_s"].iloc[0],
        "Voltage / V": table["voltage_v"].map("{:.9g}".format),
        "Current / A": table["current_a"].map("{:.9g}".format),
        "Cycle Count / 1": table["cycle"],
        "Step Count / 1": (table["step"].diff().fillna(1) != 0).cumsum(),
        "Charging Capacity / Ah": increments.where(sign > 0, 0.0).cumsum().map("{:.9g}".format),
        "Discharging Capacity / Ah": increments.where(sign < 0, 0.0).cumsum().map("{:.9g}".format),
    }
    write_atomically(Path(path), pd.DataFrame(columns).to_csv(index=False))


def _parse(path: Path) -> Records:
    raw = read_bytes(path)
    if raw.startswith(MPR_MAGIC):
        return parse_mpr(raw)
    if raw.startswith(NEWARE_MAGIC):
        return parse_neware(path, raw)
    if raw.startswith(ZIP_MAGIC):
        return parse_archive(path, raw, _parse)
    return parse_text(Lines.read(raw))
