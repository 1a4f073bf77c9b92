"""Text formats of impedance files: where the table of each begins and ends.

Every text format is a table with named columns below some header. A format is
a function that finds the table; `nasicon.eis.read_rows` reads it, and
`nasicon.eis.read_columns` decides what its columns mean.

Layouts were taken from real files of each instrument (the sample files of
impedance.py and PyEIS, and a Novocontrol/NEISYS series of pellet spectra).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

from nasicon.core.columns import ColumnError
from nasicon.core.tables import Lines, Table, find_header, header_splits, named_table, numeric_table
from nasicon.core.text import ReaderError
from nasicon.eis.read_columns import find_columns, names_something
from nasicon.eis.read_rows import Points, columns_fit, read_points


def parse_text(lines: Lines) -> Points:
    """Points of a text file, its format found from its content.

    Raises
    ------
    ReaderError
        The text is a report or JSON, holds no impedance table, or a row of
        its table cannot be read.
    """
    start = "\n".join(lines.head(2)).lstrip()
    for mark, parser in _BY_FIRST_LINE.items():
        if start.startswith(mark):
            return parser(lines)
    return _delimited(lines)


def _biologic(text: Lines) -> Points:
    """EC-Lab text export (.mpt); the second line says how long the header is."""
    lines = text.all
    match = re.match(r"Nb header lines\s*:\s*(\d+)", lines[1] if len(lines) > 1 else "")
    if match is None:
        raise ReaderError("expected 'Nb header lines : n'; export again from EC-Lab", line=2)
    count = int(match[1])
    if not 3 <= count < len(lines):
        raise ReaderError(
            f"announces {count} header lines but the file has {len(lines)} lines; "
            "it is cut off, export it again",
            line=2,
        )
    table = _table(text, count - 1)
    return read_points("BioLogic mpt", [table], count)


def _gamry(text: Lines) -> Points:
    """Gamry Framework (.DTA); the indented rows after the table ZCURVE.

    A run that was stopped by hand or by a limit is marked EXPERIMENTABORTED.
    Each frequency is written when it is finished, so the points before the
    mark are whole: they are kept, and a note says that the sweep was aborted.
    """
    lines = text.all
    tables: list[Table | None] = []
    for index, line in enumerate(lines):
        if line.startswith("ZCURVE"):
            stop = index + 1
            while stop < len(lines) and (not lines[stop] or lines[stop].startswith("\t")):
                stop += 1
            if stop < index + 3:
                raise ReaderError("the table ZCURVE is cut off", line=index + 1)
            head = index + 1
            tables.append(_table(text, head, stop=stop))
    if not tables:
        tag = next((line.split("\t")[1] for line in lines if line.startswith("TAG\t")), "unknown")
        raise ReaderError(
            f"holds no impedance table ZCURVE (experiment {tag}); "
            "give a file of an impedance experiment (EISPOT, GALVEIS)",
        )
    points = read_points("Gamry DTA", tables, head + 1)
    if any(re.match(r"EXPERIMENTABORTED\t\w+\tT", line) for line in lines):
        last = points.frequency[-1]
        note = (
            f"the measurement was aborted (EXPERIMENTABORTED): the {len(points.frequency)} points "
            f"before the abort are whole and kept, the last is at {last:g} Hz"
        )
        points = replace(points, notes=(*points.notes, note))
    return points


def _zplot(text: Lines) -> Points:
    """Scribner ZPlot (.z), both ASCII variants, and Autolab's export of the same kind."""
    lines = text.all
    autolab = "Z60W" in lines[0]
    index = next((i for i, line in enumerate(lines) if re.match(r"\W*Freq\s*\(Hz\)", line)), None)
    if index is None:
        raise ReaderError("no row of column names that begins with Freq(Hz); export the file again")
    first = index + 1
    if not autolab and lines[0].startswith("ZPLOT2"):
        if first >= len(lines) or not lines[first].startswith("End Comments"):
            raise ReaderError("expected 'End Comments'", line=first + 1)
        first += 1
    table = _table(text, index, first=first)
    points = read_points("Autolab Z60W" if autolab else "ZPlot", [table], index + 1)
    match = re.fullmatch(r"(?:\s*Data Points:)?\s*(\d+)\s*", lines[index - 1])
    if match is not None and int(match[1]) != len(points.frequency):
        note = (
            f"the header announces {match[1]} points and the file holds {len(points.frequency)} "
            "whole ones: the sweep was stopped, or the file was shortened"
        )
        points = replace(points, notes=(*points.notes, note))
    return points


def _versastudio(text: Lines) -> Points:
    """Ametek VersaStudio (.par): the rows between 'Definition=' and '</Segment'."""
    lines = text.all
    tables: list[Table | None] = []
    for index, line in enumerate(lines):
        if line.startswith("Definition="):
            ends = (i for i in range(index, len(lines)) if lines[i].startswith("</Segment"))
            stop = next(ends, None)
            if stop is None:
                raise ReaderError(
                    "the segment has no end (</Segment...>): the file is cut off, save it again",
                    line=index + 1,
                )
            # the list of names ends with a bare count that no row has a cell for
            header = re.sub(r",\s*\d+\s*$", "", line.removeprefix("Definition="))
            tables.append(_table(text, index, header=header, stop=stop))
            head = index + 1
    if not tables:
        raise ReaderError("holds no data segment (Definition=...); save the run again")
    return read_points("VersaStudio par", tables, head)


_BY_FIRST_LINE: dict[str, Callable[[Lines], Points]] = {
    "EC-Lab ASCII FILE": _biologic,
    "BT-Lab ASCII FILE": _biologic,
    "EXPLAIN": _gamry,
    "ZPLOT2 ASCII": _zplot,
    '"ZPlotW Data File': _zplot,
    '"Z60W Data File': _zplot,
    "<Application>": _versastudio,
}


def _delimited(lines: Lines) -> Points:
    """Any table with named columns, or three bare columns.

    A header that appears again begins a new table: some programs append
    sweeps to one file in this way.
    """
    head = find_header(lines, names_something)
    if head is None:
        _refuse_other_text(lines)
        return _bare(lines)
    header = lines.all[head].strip()
    heads = [i for i, line in enumerate(lines.all) if line.strip() == header and i >= head]
    tables = [
        _table(lines, start, stop=stop)
        for start, stop in zip(heads, [*heads[1:], len(lines.all)], strict=True)
    ]
    return read_points(_dialect(lines.all, lines.all[head]), tables, head + 1)


def _dialect(lines: list[str], header: str) -> str:
    """Name of a delimited format that is known by its header."""
    if lines[0].startswith("RelaxIS"):
        return "RelaxIS text"
    if lines[0].startswith("Procedure :"):
        return "Eco Chemie P00"
    if "Freq.[Hz]" in header and "Zs'" in header:
        return "NEISYS/Novocontrol text"
    if "Zre (ohms)" in header and "Elapsed Time (s)" in header:
        return "Parstat"
    if any(line.startswith("Instrument Model:") and "CHI" in line for line in lines[:12]):
        return "CH Instruments"
    if header.split() == ["Frequency", "Zre", "Zimg"]:
        return "PowerSuite"
    return "delimited text"


def _refuse_other_text(lines: Lines) -> None:
    text = lines.text.strip()
    if text.startswith(("{", "[")):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            raise ReaderError(
                "is JSON, not a spectrum; give the instrument's own file or a text export"
            )
    if any(re.search(r"\breport\b", line, re.IGNORECASE) for line in lines.head(8)):
        raise ReaderError(
            "is a report of an analysis, not a spectrum; give the measured file it was made from"
        )


def _table(lines: Lines, head: int, **options: object) -> Table | None:
    """Table below a header; names that lack a needed one are the reason that is given first."""
    try:
        return named_table(lines, head, columns_fit, spare=True, **options)
    except ReaderError as error:
        splits = header_splits(options.get("header") or lines.all[head])
        if not splits:  # longer than any header
            raise
        names = next(filter(names_something, splits), splits[0])
        try:
            find_columns(names, angles_tell=True)
        except ColumnError as reason:
            rows = sum(bool(line.strip()) for line in lines.all[head + 1 :])
            message = f"{reason}; the {rows} rows below cannot be used"
            raise ReaderError(message, head + 1) from error
        raise


def _bare(lines: Lines) -> Points:
    """Three columns of numbers without names: frequency (Hz), Z', Z'' (ohm)."""
    wanted = (
        "impedance table found; expected named columns (freq/Hz, Re(Z)/Ohm, -Im(Z)/Ohm) "
        "or three columns of numbers"
    )
    try:
        table = numeric_table(lines, wanted, fewest=2)
    except ReaderError as error:
        if error.line is None:
            error.args = (error.args[0].replace("has no", "no", 1),)
        raise
    if table.names:
        try:
            find_columns(table.names)
        except ColumnError as error:
            raise ReaderError(str(error), table.header_line) from None
    if table.width != 3:
        raise ReaderError(
            f"{table.width} columns without names; expected three (frequency in Hz, Z', "
            "Z'' in ohm) or a header that names them",
            table.first + 1,
        )
    table.names = ["freq/Hz", "Re(Z)/Ohm", "Im(Z)/Ohm"]
    points = read_points("delimited text", [table])
    note = "no column names: taken as frequency (Hz), Z' and Z'' (ohm)"
    return replace(points, notes=(*points.notes, note))
