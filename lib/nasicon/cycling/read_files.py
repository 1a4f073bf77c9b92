"""Files of cell tests into one tidy table, whatever instrument wrote them.

The format is found from the content. A positive current raises the voltage of the working
electrode in the result (it oxidises it): charging of a full cell or of a half-cell with a
positive electrode, delithiation of a negative one against lithium. Which of the two is called
charge is the analysis' business, because only the user knows what cell it is; so are mass and
area, which are never taken from a file and never assumed.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasicon.core.text import decode, read_bytes, split_lines
from nasicon.cycling.read_binary import MPR_MAGIC, parse_archive, parse_mpr
from nasicon.cycling.read_formats import parse_text
from nasicon.cycling.read_records import SIGNS, tidy


def read_cycling(path: str | Path, *, current_sign: str = "auto") -> pd.DataFrame:
    """Read a file of a cell test into a tidy table.

    Parameters
    ----------
    path
        BioLogic .mpt or .mpr, Neware .ndax or csv, Arbin csv, Maccor text, cellpy archive, BDF
        csv, or any delimited table that names time, voltage and current.
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
    path = Path(path)
    raw = read_bytes(path)
    if raw.startswith(MPR_MAGIC):
        records = parse_mpr(path)
    elif raw.startswith(b"PK\x03\x04"):
        records = parse_archive(path, raw)
    else:
        records = parse_text(split_lines(decode(raw, path.name)), path.name)
    return tidy(records, path.name, current_sign)
