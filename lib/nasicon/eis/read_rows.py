"""Tables of a text file into points of impedance, strictly.

A cell that is not a number, a row of another length, or a table that stops in
the middle of a row is an error with its line, never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from nasicon.core.columns import ColumnError
from nasicon.core.constants import ZERO_CELSIUS_K
from nasicon.core.tables import Table, is_numeric
from nasicon.core.text import ReaderError
from nasicon.eis.read_columns import ImpedanceColumns, find_columns
from nasicon.transport.read_geometry import geometry_from_header
from nasicon.transport.read_temperature import DISAGREE_K, temperature_from_header


@dataclass(frozen=True)
class Points:
    """Points as the file gives them, in its order; all arrays have shape (n,).

    `imaginary` has the file's sign: where `negated` is true the file says that
    it holds -Z''. `label` numbers what the file itself keeps apart (cycles,
    segments); `line` is the line of each point, or its row in a binary file
    (`line_unit`). `header` holds what the file says about the sample, units in the names.
    """

    format: str
    frequency: NDArray[np.float64]
    real: NDArray[np.float64]
    imaginary: NDArray[np.float64]
    label: NDArray[np.int64]
    line: NDArray[np.int64]
    negated: bool = False
    notes: tuple[str, ...] = ()
    line_unit: str = "line"
    header: dict[str, object] = field(default_factory=dict)

    def only(self, rows: NDArray | slice) -> Points:
        """Some of the points."""
        arrays = ("frequency", "real", "imaginary", "label", "line")
        return replace(self, **{name: getattr(self, name)[rows] for name in arrays})


def binary_points(
    name: str, parts: list[NDArray], *, line_unit: str = "point", **said: object
) -> Points:
    """Points of a file without lines: one array (frequency, Z', Z'') of shape (3, n) a sweep."""
    sizes = [part.shape[1] for part in parts]
    return Points(
        name,
        *np.concatenate(parts, axis=1),
        label=np.repeat(np.arange(len(parts)), sizes),
        line=np.concatenate([np.arange(1, size + 1) for size in sizes]),
        line_unit=line_unit,
        **said,
    )


def columns_fit(names: list[str], units: list[str], cells: list[str]) -> bool:
    """Whether the names are those of an impedance table, and the cells hold its numbers."""
    try:
        needed = find_columns(names, units, angles_tell=True).numeric
    except ColumnError:
        return False
    return not cells or all(is_numeric(cells[column.index]) for column in needed)


def read_points(name: str, tables: list[Table | None], header_line: int = 1) -> Points:
    """Points of one or several tables of a text file.

    Parameters
    ----------
    name
        Name of the format.
    tables
        The tables; None stands for one without rows.
    header_line
        Line of the column names (1-based), for the message where no table has rows.

    Raises
    ------
    ReaderError
        Names or rows that cannot be read (see the module's docstring).
    """
    parts: list[tuple] = []
    keys: dict[tuple, int] = {}
    notes: list[str] = []
    negated = False
    header: dict[str, object] = {}
    for number, table in enumerate(tables):
        if table is None:
            continue
        try:
            columns = find_columns(table.names, table.units, angles_tell=True)
            places = [column.index for column in columns.numeric]
            values = dict(zip(places, table.numbers(places).T, strict=True))
            for column in columns.others:
                with suppress(ReaderError):  # without numbers it contradicts nothing
                    values |= {column.index: table.numbers([column.index])[:, 0]}
            frequency, real, imaginary = columns.convert(values, notes)
        except ColumnError as error:
            raise ReaderError(str(error), table.header_line) from None
        notes += filter(None, [*table.notes, _refuse_cut_number(table, columns)])
        cells = zip(*(table.texts(c.index) for c in columns.labels), strict=True)
        labels = [keys.setdefault((number, *key), len(keys)) for key in cells]
        if not columns.labels:
            labels = [keys.setdefault((number,), len(keys))] * len(frequency)
        parts.append((frequency, real, imaginary, labels, table.line))
        header = facts(table.above) | _temperature(table, columns) | header
        negated = columns.negated
        if name in ("delimited text", "RelaxIS text") and columns.unit_is_assumed and not number:
            notes.append("units not stated for every column: Hz and ohm assumed there")
    if not parts:
        raise ReaderError("no rows below the column names; export again", header_line)
    joined = [np.concatenate([part[i] for part in parts]) for i in range(5)]
    return Points(
        name,
        *joined[:3],
        joined[3].astype(np.int64),
        joined[4].astype(np.int64),
        negated=negated,
        notes=tuple(dict.fromkeys(notes)),
        header=header,
    )


def facts(lines: Sequence[str]) -> dict[str, object]:
    """What the lines above a table say about the sample: its geometry and temperature."""
    celsius = temperature_from_header(lines)
    return geometry_from_header(lines) | ({} if celsius is None else {"temperature_c": celsius})


def _temperature(table: Table, columns: ImpedanceColumns) -> dict[str, object]:
    """Mean of a column of temperatures; nothing where it holds none, or runs over a range."""
    found = [c for c in columns.temperatures if c.index < table.width and c.factor > 0]
    try:
        values = table.numbers([c.index for c in found[:1]])
    except ReaderError:
        return {}
    if not found or not np.ptp(values) < DISAGREE_K:
        return {}
    kelvin = ZERO_CELSIUS_K if found[0].unit.upper().endswith("K") else 0.0
    return {"temperature_c": round(float(values.mean()) - kelvin, 2)}


def _refuse_cut_number(table: Table, columns: ImpedanceColumns) -> str:
    """Refuse a file that ends in the middle of its last number; "" or a doubt that remains.

    Only a file without a final line end can be cut there. The number is cut
    where all others of its column have an exponent and it has none, or all
    have one length and it is shorter; it is whole where it has that length.
    Where numbers differ in length nothing can be told, and the note says so.
    """
    line, row = int(table.line[-1]), table.rows[-1]
    if line != len(table.lines.all) or len(row) - 1 not in {c.index for c in columns.numeric}:
        return ""
    last, *others = [cells[-1].lstrip("+-") for cells in reversed(table.rows)]
    widths = {len(cell) for cell in others}
    no_exponent = all("e" in cell.lower() for cell in others) and "e" not in last.lower()
    if others and (no_exponent or (len(widths) == 1 and len(last) < max(widths))):
        raise ReaderError(
            f"the file ends in the middle of the number {row[-1]!r} "
            f"(others look like {others[0]!r}); export it again, or remove the row",
            line,
        )
    if widths == {len(last)}:
        return ""
    return f"the file ends without a line end after {row[-1]!r}: that number may be cut"
