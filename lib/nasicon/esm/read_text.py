"""Delimited text: maps with one row per pixel and frequency, and relaxation curves."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.text import (
    COMMENT_MARKS,
    DELIMITERS,
    ReaderError,
    decimal_mark,
    is_number,
    parse_number,
    read_lines,
    split_row,
)
from nasicon.esm.read_cube import Cube, complex_from

_AXES = {"x": "x", "y": "y", "column": "x", "row": "y"}
_FREQUENCY_UNITS = {"hz": 1.0, "khz": 1e3, "mhz": 1e6}
_TIME_UNITS = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "us": 1e-6}


def _table(path: Path) -> tuple[list[str], NDArray, str]:
    """Header, numbers (rows, columns) and the first comment."""
    lines = read_lines(path)
    comments = [
        ln.lstrip("".join(COMMENT_MARKS)).strip()
        for ln in lines
        if ln.strip().startswith(COMMENT_MARKS)
    ]
    body = [
        (i, ln)
        for i, ln in enumerate(lines, start=1)
        if ln.strip() and not ln.strip().startswith(COMMENT_MARKS)
    ]
    if len(body) < 2:
        raise ReaderError.at(path.name, "has no table; expected a header line and rows of numbers")
    head = body[0][1]
    delimiter = max(DELIMITERS, key=lambda d: (len(split_row(head, d)), d != " "))
    header = [cell.strip() for cell in split_row(head, delimiter)]
    rows = [(line, split_row(text, delimiter)) for line, text in body[1:]]
    if all(is_number(cell) for cell in header):
        raise ReaderError.at(path.name, "has no header line; name the columns with their units")
    cells = [cell for _, row in rows[:50] for cell in row]
    try:
        mark = decimal_mark(cells) if delimiter != "," else "."
    except ValueError as error:
        raise ReaderError.at(path.name, str(error)) from None
    values = np.empty((len(rows), len(header)))
    for k, (line, row) in enumerate(rows):
        if len(row) != len(header):
            raise ReaderError.at(path.name, f"{len(row)} cells, the header has {len(header)}", line)
        for j, cell in enumerate(row):
            if cell.lower() == "nan":  # a pixel that was not measured
                values[k, j] = np.nan
                continue
            try:
                values[k, j] = parse_number(cell, mark)
            except ValueError as error:
                raise ReaderError.at(path.name, str(error), line) from None
    return header, values, comments[0] if comments else ""


def _unit(column: str, stem: str, units: dict[str, float]) -> float | None:
    """Factor to SI where the column is ``stem`` with a known unit, else None."""
    match = re.fullmatch(rf"{stem}[\s_(\[/]*([a-z]+)[\s)\]]*", column.lower())
    return units.get(match.group(1)) if match else None


def read_text(path: Path) -> Cube:
    """Columns x, y (indices), frequency_hz, then amplitude (and phase) or real and imag."""
    header, values, title = _table(path)
    columns: dict[str, NDArray] = {}
    unit = ""
    for name, column in zip(header, values.T, strict=True):
        lower = name.lower()
        if lower in _AXES:
            columns[_AXES[lower]] = column
        elif (factor := _unit(name, "freq(?:uency)?", _FREQUENCY_UNITS)) is not None:
            columns["frequency"] = column * factor
        elif match := re.fullmatch(r"(amplitude|real|imag)(?:[_ (\[]+([a-zA-Zµ]+)[)\]]?)?", lower):
            columns[match.group(1)] = column
            unit = match.group(2) or unit
        elif match := re.fullmatch(r"phase(?:[_ (\[]+(deg|rad)[)\]]?)?", lower):
            columns["phase" + (f"_{match.group(1)}" if match.group(1) else "")] = column
    missing = [n for n in ("x", "y", "frequency") if n not in columns]
    if missing:
        raise ReaderError.at(
            path.name,
            f"has columns {', '.join(header)}; {', '.join(missing)} missing (expected x, y, "
            "frequency_hz and amplitude, or real and imag)",
        )
    axes = [np.unique(columns.pop(name), return_inverse=True) for name in ("y", "x", "frequency")]
    shape = tuple(levels.size for levels, _ in axes)
    place = np.ravel_multi_index([index for _, index in axes], shape)
    if len(np.unique(place)) != len(place) or len(place) != np.prod(shape):
        raise ReaderError.at(
            path.name,
            f"{len(place)} rows do not fill a grid of {shape[0]} x {shape[1]} pixels and "
            f"{shape[2]} frequencies exactly once",
        )
    notes: list[str] = []
    cube = np.empty(shape, dtype=complex_from(columns, path.name, []).dtype)
    cube.reshape(-1)[place] = complex_from(columns, path.name, notes)
    return Cube("delimited text", cube, axes[2][0], unit, title, notes=tuple(notes))


def read_relaxation(path: str | Path) -> pd.DataFrame:
    """Relaxation curves: a time column in s, ms or us, and one column per point.

    Returns
    -------
    pandas.DataFrame
        Index ``time_s``, one column per curve, in the file's order; ``attrs``:
        ``title``, ``source``.

    Raises
    ------
    ReaderError
        No time column, times that do not rise, no curve, cells that are no numbers.
    """
    path = Path(path)
    header, values, title = _table(path)
    factors = [_unit(name, "t(?:ime)?", _TIME_UNITS) for name in header]
    found = [i for i, factor in enumerate(factors) if factor is not None]
    if len(found) != 1:
        raise ReaderError.at(
            path.name, f"has columns {', '.join(header)}; expected one time column such as time_s"
        )
    i = found[0]
    time = values[:, i] * factors[i]
    if len(header) < 2 or len(time) < 2:
        raise ReaderError.at(path.name, "has no curve: needs a time and at least one column more")
    if not (np.diff(time) > 0).all():
        raise ReaderError.at(path.name, "its times do not rise throughout; sort or split the file")
    curves = np.delete(values, i, axis=1)
    names = [name for j, name in enumerate(header) if j != i]
    table = pd.DataFrame(curves, columns=names, index=pd.Index(time, name="time_s"))
    table.attrs = {"title": title, "source": path.name}
    return table
