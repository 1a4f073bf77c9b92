"""Delimited text: maps with one row per pixel and frequency, and relaxation curves."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.axes import contradiction
from nasicon.core.columns import Words
from nasicon.core.tables import Lines, header_splits, is_comment, is_numeric, named_table
from nasicon.core.text import COMMENT_MARKS, ReaderError, decode, names_its_file, read_bytes
from nasicon.esm.read_cube import Cube, complex_from

WORDS = Words(
    {
        "x": ("", r"x|column"),
        "y": ("", r"y|row"),
        "frequency": ("frequency", r"freq(uency)?"),
        "time": ("time", r"t(ime)?"),
        "amplitude": ("", r"amplitude([(\[]?[a-z]+[)\]]?)?"),
        "real": ("", r"real([(\[]?[a-z]+[)\]]?)?"),
        "imag": ("", r"imag([(\[]?[a-z]+[)\]]?)?"),
        "phase": ("angle", r"phase"),
        "bias": (
            "voltage",
            r"(applied|dc|drive|pulse|sample|tip)?(bias|potential|voltage)|[uv](ac|bias|dc|tip)?",
        ),
    }
)
_UNIT = re.compile(r"(amplitude|real|imag)[\s_(\[]*([a-z\u00b5]*)[)\]]?")


def _table(path: Path) -> tuple[list[str], NDArray, str, str]:
    """Names, numbers (rows, columns; nan where not measured), first remark, and lines above."""
    lines = Lines(decode(read_bytes(path)))
    top = lines.head()
    head = next((i for i, line in enumerate(top) if line.strip() and not is_comment(line)), 0)
    splits = header_splits(top[head])
    if not splits or all(map(is_numeric, splits[-1])):
        raise ReaderError("has no header line; name the columns with their units")
    table = named_table(lines, head, lambda names, *_: bool(WORDS.roles(names)))
    if table is None:
        raise ReaderError("has no table; expected a header line and rows of numbers")
    remark = next((line for line in top if is_comment(line)), "")
    values = table.numbers(range(table.width), missing="nan")
    return table.names, values, remark.lstrip("".join(COMMENT_MARKS)).strip(), table.head


def read_text(path: Path) -> Cube:
    """Columns x, y (indices), frequency_hz, then amplitude (and phase) or real and imag."""
    header, values, title, _ = _table(path)
    columns: dict[str, NDArray] = {}
    unit = ""
    for column in WORDS.columns(header):
        role = "phase_" + column.unit[:3] if column.role == "phase" and column.unit else column.role
        columns[role] = values[:, column.index] * (column.scale if role == "frequency" else 1.0)
        if role in ("amplitude", "real", "imag"):
            unit = _UNIT.sub(r"\2", header[column.index].strip().lower()) or unit
    missing = [n for n in ("x", "y", "frequency") if n not in columns]
    if missing:
        raise ReaderError(
            f"has columns {', '.join(header)}; {', '.join(missing)} missing (expected x, y, "
            "frequency_hz and amplitude, or real and imag)",
        )
    axes = [np.unique(columns.pop(name), return_inverse=True) for name in ("y", "x", "frequency")]
    shape = tuple(levels.size for levels, _ in axes)
    place = np.ravel_multi_index([index for _, index in axes], shape)
    if len(np.unique(place)) != len(place) or len(place) != np.prod(shape):
        raise ReaderError(
            f"{len(place)} rows do not fill a grid of {shape[0]} x {shape[1]} pixels and "
            f"{shape[2]} frequencies exactly once",
        )
    notes: list[str] = []
    cube = np.empty(shape, dtype=complex_from(columns, []).dtype)
    cube.reshape(-1)[place] = complex_from(columns, notes)
    return Cube("delimited text", cube, axes[2][0], unit, title, notes=tuple(notes))


@names_its_file
def read_relaxation(path: str | Path) -> pd.DataFrame:
    """Relaxation curves: a time column in s, ms or us, and one column per point.

    A column of the bias is left out where there is another.

    Returns
    -------
    pandas.DataFrame
        Index ``time_s``, one column per curve, in the file's order; ``attrs``:
        ``title``, ``source``, ``notes``, ``axis`` (what the header says against the times).

    Raises
    ------
    ReaderError
        No time column, times that do not rise, no curve, cells that are no numbers.
    """
    header, values, title, head = _table(path)
    times = [c for c in WORDS.columns(header) if c.role == "time" and c.factor > 0]
    found = [column.index for column in times]
    if len(found) != 1:
        raise ReaderError(
            f"has columns {', '.join(header)}; expected one time column such as time_s"
        )
    i = found[0]
    time = values[:, i] * times[0].factor
    if len(header) < 2 or len(time) < 2:
        raise ReaderError("has no curve: needs a time and at least one column more")
    if not (np.diff(time) > 0).all():
        raise ReaderError("its times do not rise throughout; sort or split the file")
    drive = [column.index for column in WORDS.columns(header) if column.role == "bias"]
    drive = drive if len(drive) < len(header) - 1 else []
    kept = [j for j in range(len(header)) if j not in (i, *drive)]
    index = pd.Index(time, name="time_s")
    table = pd.DataFrame(values[:, kept], columns=[header[j] for j in kept], index=index)
    notes = [f"{header[j]} is the bias: no curve" for j in drive]
    table.attrs = {"title": title, "source": path.name, "notes": notes}
    table.attrs["axis"] = contradiction(head, time, "time")
    return table
