"""Reading the rows of a text table into points of impedance, strictly.

A cell that is not a number, a row of another length, or a table that stops in
the middle of a row is an error with its line, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

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
from nasicon.eis.read_columns import (
    ColumnError,
    ImpedanceColumns,
    find_columns,
    is_unit,
    names_something,
)

_Split = tuple[list[str], list[str], str, list[tuple[int, str]]]


@dataclass(frozen=True)
class Block:
    """A table inside a file: its header, and its rows ``lines[first:stop]``.

    `header_line` is the header's line number (1-based), for messages.
    """

    header: str
    header_line: int
    first: int
    stop: int


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


def read_points(name: str, lines: list[str], blocks: list[Block], source: str) -> Points:
    """Points of one or several tables of a text file.

    Parameters
    ----------
    name
        Name of the format.
    lines
        All lines of the file, as `text.split_lines` gives them.
    blocks
        Where the tables are.
    source
        File name for messages.

    Raises
    ------
    ReaderError
        Names or rows that cannot be read (see the module's docstring).
    """
    parts: list[tuple] = []
    keys: dict[tuple, int] = {}
    notes: list[str] = []
    negated = False
    for number, block in enumerate(blocks):
        columns, table = _table(_rows(lines, block), block, source)
        if columns is None:
            continue
        notes += filter(None, [_refuse_cut_number(lines, columns, table, source)])
        frequency, real, imaginary = columns.convert(_numbers(columns, table, source))
        labels = [
            keys.setdefault((number, *(cells[c.index] for c in columns.labels)), len(keys))
            for _, cells in table
        ]
        parts.append((frequency, real, imaginary, labels, [line for line, _ in table]))
        negated = columns.negated
        if name == "delimited text" and columns.unit_is_assumed and number == 0:
            notes.append("units not stated for every column: Hz and ohm assumed there")
    if not parts:
        line = blocks[0].header_line
        raise ReaderError.at(source, "no rows below the column names; export again", line=line)
    joined = [np.concatenate([part[i] for part in parts]) for i in range(5)]
    return Points(
        name,
        *joined[:3],
        joined[3].astype(np.int64),
        joined[4].astype(np.int64),
        negated=negated,
        notes=tuple(notes),
    )


def header_splits(header: str) -> list[list[str]]:
    """Names of a header, split in every way that occurs; three names or more.

    Tab, semicolon and comma come first, then two or more blanks, then single
    blanks (those before a bracket or round a slash belong to a name).
    """
    text = header.lstrip("".join(COMMENT_MARKS))
    quoted = text.strip()
    if quoted.count('"') == 2 and quoted[0] == quoted[-1] == '"':
        quoted = quoted[1:-1].strip()
    tight = re.sub(r"\s+(?=[\[(/])|(?<=/)\s+", "", quoted)
    splits = [split_row(text, delimiter) for delimiter in DELIMITERS[:3]]
    splits += [re.split(r"\s{2,}", quoted), tight.split()]
    return [names for names in splits if len(names) >= 3]


def is_header(line: str) -> bool:
    """Whether a line names the columns of an impedance table."""
    return any(names_something(names) for names in header_splits(line))


def _rows(lines: list[str], block: Block) -> list[tuple[int, str]]:
    """Line numbers and texts of the rows that are neither blank nor remarks."""
    return [
        (index + 1, lines[index])
        for index in range(block.first, block.stop)
        if lines[index].strip() and not lines[index].lstrip().startswith(COMMENT_MARKS)
    ]


def _table(
    rows: list[tuple[int, str]], block: Block, source: str
) -> tuple[ImpedanceColumns | None, list[tuple[int, list[str]]]]:
    """Columns and cells of a block, split so that names and rows have the same length."""
    if not rows:
        return None, []
    splits = header_splits(block.header)
    fitting = list(_fitting(rows, splits))
    # Where several splits fit, the right one has numbers where numbers must be; where none has,
    # the first gives the reason.
    for names, units, delimiter, data in [*filter(_has_numbers, fitting), *fitting]:
        columns = _columns(names, units, block, source)
        return columns, _cells(data, delimiter, len(names), source)
    names = next((s for s in splits if names_something(s)), splits[0] if splits else [])
    _columns(names, [], block, source, f"; the {len(rows)} rows below cannot be used")
    line, text = rows[0]
    cells = max((split_row(text, delimiter) for delimiter in DELIMITERS), key=len)
    raise ReaderError.at(
        source,
        f"{len(cells)} cells for the {len(names)} column names of line {block.header_line}; "
        "the file is cut off or edited, export it again",
        line=line,
    )


def _fitting(rows: list[tuple[int, str]], splits: list[list[str]]) -> Iterator[_Split]:
    """Names, units, delimiter and data rows, wherever the first data row fits the names."""
    for names in splits:
        for delimiter in DELIMITERS:
            units, data = split_row(rows[0][1], delimiter), rows[1:]
            if any(_numeric(cell) for cell in units) or not any(is_unit(cell) for cell in units):
                units, data = [], rows
            if data and len(split_row(data[0][1], delimiter)) == len(names):
                yield names, units, delimiter, data


def _has_numbers(split: _Split) -> bool:
    names, units, delimiter, data = split
    first = split_row(data[0][1], delimiter)
    try:
        return all(_numeric(first[column.index]) for column in find_columns(names, units).numeric)
    except ColumnError:
        return False


def _columns(
    names: list[str], units: list[str], block: Block, source: str, consequence: str = ""
) -> ImpedanceColumns:
    try:
        return find_columns(names, units)
    except ColumnError as error:
        message = f"{error}{consequence}"
        raise ReaderError.at(source, message, line=block.header_line) from None


def _cells(
    rows: list[tuple[int, str]], delimiter: str, width: int, source: str
) -> list[tuple[int, list[str]]]:
    table = [(line, split_row(text, delimiter)) for line, text in rows]
    for line, cells in table:
        if len(cells) != width:
            raise ReaderError.at(
                source,
                f"{len(cells)} cells where the table has {width} columns; "
                "the row is cut off or damaged: export again, or remove the row",
                line=line,
            )
    return table


def _numbers(
    columns: ImpedanceColumns, table: list[tuple[int, list[str]]], source: str
) -> dict[int, NDArray[np.float64]]:
    """Numbers of the three needed columns, by column index."""
    needed = columns.numeric
    cells = [cells[column.index] for _, cells in table for column in needed]
    try:
        decimal = decimal_mark([cell for cell in cells if _numeric(cell)])
    except ValueError as error:
        raise ReaderError.at(source, str(error)) from None
    values: dict[int, list[float]] = {column.index: [] for column in needed}
    for line, row in table:
        for column in needed:
            try:
                values[column.index].append(parse_number(row[column.index], decimal))
            except ValueError as error:
                message = f"column {column.name!r}: {error}; correct or remove the row"
                raise ReaderError.at(source, message, line=line) from None
    return {index: np.array(column) for index, column in values.items()}


def _numeric(cell: str) -> bool:
    return is_number(cell) or is_number(cell, ",")


def _refuse_cut_number(
    lines: list[str],
    columns: ImpedanceColumns,
    table: list[tuple[int, list[str]]],
    source: str,
) -> str:
    """Refuse a file that ends in the middle of its last number; "" or a doubt that remains.

    Only a file without a final line end can be cut there. The number is cut
    where all others of its column have an exponent and it has none, or all
    have one length and it is shorter; it is whole where it has that length.
    Where numbers differ in length nothing can be told, and the note says so.
    """
    line, row = table[-1]
    if line != len(lines) or len(row) - 1 not in {column.index for column in columns.numeric}:
        return ""
    last, *others = [cells[-1].lstrip("+-") for _, cells in reversed(table)]
    widths = {len(cell) for cell in others}
    no_exponent = all("e" in cell.lower() for cell in others) and "e" not in last.lower()
    if others and (no_exponent or (len(widths) == 1 and len(last) < max(widths))):
        raise ReaderError.at(
            source,
            f"the file ends in the middle of the number {row[-1]!r} "
            f"(others look like {others[0]!r}); export it again, or remove the row",
            line=line,
        )
    if widths == {len(last)}:
        return ""
    return f"the file ends without a line end after {row[-1]!r}: that number may be cut"
