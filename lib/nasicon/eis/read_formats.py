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

from nasicon.core.text import COMMENT_MARKS, DELIMITERS, ReaderError, is_number, split_row
from nasicon.eis.read_columns import ColumnError, find_columns
from nasicon.eis.read_rows import Block, Points, is_header, read_points


def parse_text(lines: list[str], source: str) -> Points:
    """Points of a text file, its format found from its content.

    Raises
    ------
    ReaderError
        The text is a report or JSON, holds no impedance table, or a row of
        its table cannot be read.
    """
    start = "\n".join(lines[:2]).lstrip("\ufeff \t\r\n")
    for mark, parser in _BY_FIRST_LINE.items():
        if start.startswith(mark):
            return parser(lines, source)
    return _delimited(lines, source)


def _biologic(lines: list[str], source: str) -> Points:
    """EC-Lab text export (.mpt); the second line says how long the header is."""
    match = re.match(r"Nb header lines\s*:\s*(\d+)", lines[1] if len(lines) > 1 else "")
    if match is None:
        raise ReaderError.at(
            source, "expected 'Nb header lines : n'; export again from EC-Lab", line=2
        )
    count = int(match[1])
    if not 3 <= count < len(lines):
        raise ReaderError.at(
            source,
            f"announces {count} header lines but the file has {len(lines)} lines; "
            "it is cut off, export it again",
            line=2,
        )
    block = Block(lines[count - 1], count, count, len(lines))
    return read_points("BioLogic mpt", lines, [block], source)


def _gamry(lines: list[str], source: str) -> Points:
    """Gamry Framework (.DTA); the indented rows after the table ZCURVE.

    A run that was stopped by hand or by a limit is marked EXPERIMENTABORTED.
    Each frequency is written when it is finished, so the points before the
    mark are whole: they are kept, and a note says that the sweep was aborted.
    """
    blocks = []
    for index, line in enumerate(lines):
        if line.startswith("ZCURVE"):
            stop = index + 1
            while stop < len(lines) and (not lines[stop] or lines[stop].startswith("\t")):
                stop += 1
            if stop < index + 3:
                raise ReaderError.at(source, "the table ZCURVE is cut off", line=index + 1)
            blocks.append(Block(lines[index + 1], index + 2, index + 2, stop))
    if not blocks:
        tag = next((line.split("\t")[1] for line in lines if line.startswith("TAG\t")), "unknown")
        raise ReaderError.at(
            source,
            f"holds no impedance table ZCURVE (experiment {tag}); "
            "give a file of an impedance experiment (EISPOT, GALVEIS)",
        )
    points = read_points("Gamry DTA", lines, blocks, source)
    if any(re.match(r"EXPERIMENTABORTED\t\w+\tT", line) for line in lines):
        last = points.frequency[-1]
        note = (
            f"the measurement was aborted (EXPERIMENTABORTED): the {len(points.frequency)} points "
            f"before the abort are whole and kept, the last is at {last:g} Hz"
        )
        points = replace(points, notes=(*points.notes, note))
    return points


def _zplot(lines: list[str], source: str) -> Points:
    """Scribner ZPlot (.z), both ASCII variants, and Autolab's export of the same kind."""
    autolab = "Z60W" in lines[0]
    index = next((i for i, line in enumerate(lines) if re.match(r"\W*Freq\s*\(Hz\)", line)), None)
    if index is None:
        raise ReaderError.at(
            source, "no row of column names that begins with Freq(Hz); export the file again"
        )
    first = index + 1
    if not autolab and lines[0].startswith("ZPLOT2"):
        if first >= len(lines) or not lines[first].startswith("End Comments"):
            raise ReaderError.at(source, "expected 'End Comments'", line=first + 1)
        first += 1
    block = Block(lines[index], index + 1, first, len(lines))
    points = read_points("Autolab Z60W" if autolab else "ZPlot", lines, [block], source)
    match = re.fullmatch(r"(?:\s*Data Points:)?\s*(\d+)\s*", lines[index - 1])
    if match is not None and int(match[1]) != len(points.frequency):
        note = (
            f"the header announces {match[1]} points and the file holds {len(points.frequency)} "
            "whole ones: the sweep was stopped, or the file was shortened"
        )
        points = replace(points, notes=(*points.notes, note))
    return points


def _versastudio(lines: list[str], source: str) -> Points:
    """Ametek VersaStudio (.par): the rows between 'Definition=' and '</Segment'."""
    blocks = []
    for index, line in enumerate(lines):
        if line.startswith("Definition="):
            ends = (i for i in range(index, len(lines)) if lines[i].startswith("</Segment"))
            stop = next(ends, None)
            if stop is None:
                raise ReaderError.at(
                    source,
                    "the segment has no end (</Segment...>): the file is cut off, save it again",
                    line=index + 1,
                )
            # the list of names ends with a bare count that no row has a cell for
            header = re.sub(r",\s*\d+\s*$", "", line.removeprefix("Definition="))
            blocks.append(Block(header, index + 1, index + 1, stop))
    if not blocks:
        raise ReaderError.at(source, "holds no data segment (Definition=...); save the run again")
    return read_points("VersaStudio par", lines, blocks, source)


_BY_FIRST_LINE: dict[str, Callable[[list[str], str], Points]] = {
    "EC-Lab ASCII FILE": _biologic,
    "BT-Lab ASCII FILE": _biologic,
    "EXPLAIN": _gamry,
    "ZPLOT2 ASCII": _zplot,
    '"ZPlotW Data File': _zplot,
    '"Z60W Data File': _zplot,
    "<Application>": _versastudio,
}


def _delimited(lines: list[str], source: str) -> Points:
    """Any table with named columns, or three bare columns.

    A header that appears again begins a new table: some programs append
    sweeps to one file in this way.
    """
    head = next((i for i, line in enumerate(lines) if is_header(line)), None)
    if head is None:
        _refuse_other_text(lines, source)
        return _bare(lines, source)
    header = lines[head]
    heads = [i for i in range(head, len(lines)) if lines[i].strip() == header.strip()]
    blocks = [
        Block(header, start + 1, start + 1, stop)
        for start, stop in zip(heads, [*heads[1:], len(lines)], strict=True)
    ]
    return read_points(_dialect(lines, header), lines, blocks, source)


def _dialect(lines: list[str], header: str) -> str:
    """Name of a delimited format that is known by its header."""
    if "Freq.[Hz]" in header and "Zs'" in header:
        return "NEISYS/Novocontrol text"
    if "Zre (ohms)" in header and "Elapsed Time (s)" in header:
        return "Parstat"
    if any(line.startswith("Instrument Model:") and "CHI" in line for line in lines[:12]):
        return "CH Instruments"
    if header.split() == ["Frequency", "Zre", "Zimg"]:
        return "PowerSuite"
    return "delimited text"


def _refuse_other_text(lines: list[str], source: str) -> None:
    text = "\n".join(lines).strip()
    if text.startswith(("{", "[")):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            raise ReaderError.at(
                source, "is JSON, not a spectrum; give the instrument's own file or a text export"
            )
    if any(re.search(r"\breport\b", line, re.IGNORECASE) for line in lines[:8]):
        raise ReaderError.at(
            source,
            "is a report of an analysis, not a spectrum; give the measured file it was made from",
        )


def _bare(lines: list[str], source: str) -> Points:
    """Three columns of numbers without names: frequency (Hz), Z', Z'' (ohm)."""
    for first, line in ((i, line) for i, line in enumerate(lines) if line.strip()):
        for delimiter in DELIMITERS:
            cells = split_row(line, delimiter)
            if len(cells) < 2 or not all(_numeric(cell) for cell in cells):
                continue
            _check_above(lines[:first], delimiter, len(cells), source)
            if len(cells) != 3:
                raise ReaderError.at(
                    source,
                    f"{len(cells)} columns without names; expected three (frequency in Hz, Z', "
                    "Z'' in ohm) or a header that names them",
                    line=first + 1,
                )
            block = Block("freq/Hz\tRe(Z)/Ohm\tIm(Z)/Ohm", first + 1, first, len(lines))
            points = read_points("delimited text", lines, [block], source)
            note = "no column names: taken as frequency (Hz), Z' and Z'' (ohm)"
            return replace(points, notes=(*points.notes, note))
    raise ReaderError.at(
        source,
        "no impedance table found; expected named columns (freq/Hz, Re(Z)/Ohm, -Im(Z)/Ohm) "
        "or three columns of numbers",
    )


def _check_above(above: list[str], delimiter: str, width: int, source: str) -> None:
    """Refuse a row above the first numbers that is a header of unknown names, or a damaged row."""
    line = next((i for i in range(len(above), 0, -1) if above[i - 1].strip()), None)
    if line is None:
        return
    names = split_row(above[line - 1].lstrip("".join(COMMENT_MARKS)), delimiter)
    if len(names) != width:
        return  # a title
    if any(_numeric(name) for name in names):
        odd = next(name for name in names if not _numeric(name))
        raise ReaderError.at(
            source, f"{odd!r} is not a finite number; correct or remove the row", line=line
        )
    try:
        find_columns(names)
    except ColumnError as error:
        raise ReaderError.at(source, str(error), line=line) from None


def _numeric(cell: str) -> bool:
    return is_number(cell) or is_number(cell, ",")
