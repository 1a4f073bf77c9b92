"""Text formats of cell testers: where the table begins, and how its cells are read.

Layouts: BioLogic from EC-Lab's own exports; Arbin, Neware, Maccor and BDF from files and
readers of public repositories (DiffCapAnalyzer, cellpy, PyProBE, BEEP, fastnda).
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from nasicon.core.text import (
    COMMENT_MARKS,
    DELIMITERS,
    ReaderError,
    decimal_mark,
    is_number,
    parse_number,
    split_row,
)
from nasicon.cycling.read_columns import WANTED, Column, ColumnError, find_columns, names_a_test
from nasicon.cycling.read_records import Records, unwound

_CLOCK = re.compile(
    r"(?:(?P<d>\d+)\s*d\s*)?(?P<h>\d+):(?P<m>[0-5]?\d)(?::(?P<s>[0-5]?\d(?:[.,]\d+)?))?"
)
_HEADER_SEARCH = 400  # a header lies within so many lines
# Maccor and Neware mark each record; only the direction is taken from it.
_DISCHARGE = re.compile(r"D|DCHG.*|.*DISCH.*|.*DCHG.*", re.IGNORECASE)
_REST = re.compile(r"R|S|P|O|REST.*|PAUSE|SUSPEND.*", re.IGNORECASE)


def parse_text(lines: list[str], source: str) -> Records:
    """Records of a text file, its format found from its content.

    Raises
    ------
    ReaderError
        No table of a cell test is in it, or a row of its table cannot be read.
    """
    start, names, delimiter = _header(lines, source)
    try:
        columns = find_columns(names)
    except ColumnError as error:
        raise ReaderError.at(source, str(error), line=start + 1) from None
    rows = _rows(lines, start + 1, delimiter, len(names), source)
    return records(_dialect(lines, names), columns, rows, source)


def records(
    name: str, columns: dict[str, Column], rows: list[tuple[int, list[str]]], source: str
) -> Records:
    """Records from rows of text cells."""
    line = np.array([number for number, _ in rows])
    values = {
        role: _numbers(column, rows, source) for role, column in columns.items() if role != "state"
    }
    state = [cells[columns["state"].index] for _, cells in rows] if "state" in columns else None
    return from_columns(name, values, line, source, state=state)


def from_columns(
    name: str,
    values: dict[str, NDArray],
    line: NDArray,
    source: str,
    *,
    state: list[str] | None = None,
    line_unit: str = "line",
) -> Records:
    """Records from numbers by role (s, V, A, Ah); what a file lacks is worked out here.

    Raises
    ------
    ReaderError
        The charge is given without the times that turn it into a current.
    """
    notes: list[str] = []
    step = values.get("step")
    time = values.get("time")
    if time is None:
        time = np.cumsum(unwound(values["step_time"]))
        notes.append("only the time within each step is given; the total was added up")
    charge = _charge(values)
    current = values.get("current")
    if current is None:
        increments = values.get("increment")
        if increments is None:
            increments = np.diff(values["signed_charge"], prepend=values["signed_charge"][0])
        dt = np.diff(time, prepend=time[0])
        with np.errstate(divide="ignore", invalid="ignore"):
            current = np.where(dt > 0, 3600 * increments / dt, 0.0)
        charge = np.cumsum(increments)
        notes.append("no current column: the current is the charge of each record over its time")
    if state is not None and (current >= 0).all():
        falling = np.array([_DISCHARGE.fullmatch(mark) is not None for mark in state])
        resting = np.array([_REST.fullmatch(mark) is not None for mark in state])
        current = np.where(resting, 0.0, np.where(falling, -current, current))
        notes.append("the current carries no sign: discharge is what the state column says")
    if charge is not None and "signed_charge" not in values and "increment" not in values:
        charge = np.cumsum(np.abs(np.diff(charge, prepend=charge[0])))
    cycle = values.get("cycle")
    if cycle is None and "half_cycle" in values:
        cycle = values["half_cycle"] // 2 + 1
    return Records(
        name,
        time,
        values["voltage"],
        current,
        cycle=None if cycle is None else cycle.astype(int),
        step=None if step is None else step.astype(int),
        charge_ah=charge,
        line=line,
        line_unit=line_unit,
        notes=notes,
    )


def _charge(values: dict[str, NDArray]) -> NDArray | None:
    """Charge counter of the instrument as one rising sum, None where it has none."""
    if "increment" in values:
        return np.cumsum(values["increment"])
    if "signed_charge" in values:
        return values["signed_charge"]
    pair = [values[r] for r in ("charge_capacity", "discharge_capacity") if r in values]
    if len(pair) == 2:
        return np.cumsum(unwound(np.abs(pair[0])) + unwound(np.abs(pair[1])))
    if "capacity" in values and "step" in values:
        return np.cumsum(unwound(np.abs(values["capacity"])))
    return None


def _header(lines: list[str], source: str) -> tuple[int, list[str], str]:
    """Line index, names and delimiter of the header."""
    best = None
    for index, line in enumerate(lines[:_HEADER_SEARCH]):
        for delimiter in DELIMITERS[:3]:
            names = split_row(line.lstrip("".join(COMMENT_MARKS)), delimiter)
            if len(names) < 3:
                continue
            if names_a_test(names):
                return index, names, delimiter
            if best is None and not any(is_number(n) for n in names):
                best = index, names
    if best is not None:
        try:
            find_columns(best[1])
        except ColumnError as error:
            raise ReaderError.at(source, str(error), line=best[0] + 1) from None
    raise ReaderError.at(source, f"no table of a cell test found; expected {WANTED}")


def _rows(
    lines: list[str], first: int, delimiter: str, width: int, source: str
) -> list[tuple[int, list[str]]]:
    rows = []
    for index in range(first, len(lines)):
        line = lines[index]
        if not line.strip() or line.lstrip().startswith(COMMENT_MARKS):
            continue
        cells = split_row(line, delimiter)
        cells += [""] * (width - len(cells))
        rows.append((index + 1, cells))
    if not rows:
        raise ReaderError.at(source, "no rows below the column names; export again", line=first)
    return rows


def _numbers(column: Column, rows: list[tuple[int, list[str]]], source: str) -> NDArray:
    cells = [row[column.index] for _, row in rows]
    clock = column.role in ("time", "step_time") and any(":" in cell for cell in cells)
    if clock:
        return np.array(
            [_seconds(cell, line, source) for (line, _), cell in zip(rows, cells, strict=True)]
        )
    try:
        mark = decimal_mark([cell for cell in cells if cell])
    except ValueError as error:
        raise ReaderError.at(source, f"column {column.name!r} has {error}") from None
    values = np.empty(len(cells))
    for i, ((line, _), cell) in enumerate(zip(rows, cells, strict=True)):
        try:
            values[i] = parse_number(cell, mark)
        except ValueError:
            found = f"{cell!r}" if cell else "nothing"
            raise ReaderError.at(
                source,
                f"column {column.name!r} holds {found} where a finite number is expected; "
                "correct or remove the row",
                line=line,
            ) from None
    return values * column.factor


def _seconds(cell: str, line: int, source: str) -> float:
    """Seconds of a clock reading: "1:02:03.5", "0d 01:02:03", "12:30"."""
    match = _CLOCK.fullmatch(cell.strip())
    if match is None:
        raise ReaderError.at(
            source, f"{cell!r} is no time; expected seconds or hours:minutes:seconds", line=line
        )
    seconds = float((match["s"] or "0").replace(",", "."))
    return int(match["d"] or 0) * 86400 + int(match["h"]) * 3600 + int(match["m"]) * 60 + seconds


def _dialect(lines: list[str], names: list[str]) -> str:
    """Name of the format, for the reader's information only."""
    joined = "|".join(names)
    if lines[0].startswith(("EC-Lab ASCII FILE", "BT-Lab ASCII FILE")) or "Ewe/V" in joined:
        return "BioLogic mpt"
    if "Rec#" in joined or "Cyc#" in joined or lines[0].startswith("Today"):
        return "Maccor text"
    if "Test Time / s" in joined or "test_time_second" in joined:
        return "BDF csv"
    if "Chg. Cap." in joined or "DChg. Cap." in joined or "Step Type" in joined:
        return "Neware csv"
    if "Test_Time" in joined or "Test Time (s)" in joined:
        return "Arbin csv"
    return "delimited text"
