"""Text of Scienta's SES: sections in brackets, one ``[Data n]`` for each region."""

from __future__ import annotations

import re

import numpy as np

from nasicon.core.text import ReaderError, is_number, parse_number
from nasicon.xps.read_vamas import Block

_SECTION = re.compile(r"\[([A-Za-z ]+?) ?(\d*)\]")


def is_scienta(lines: list[str]) -> bool:
    """Whether a text begins as SES writes it."""
    return lines[0].strip() == "[Info]" and any(
        line.startswith("[Region 1]") for line in lines[:20]
    )


def parse_scienta(lines: list[str], source: str) -> list[Block]:
    """Every region of an SES text, as a block.

    Raises
    ------
    ReaderError
        A region is a map of slices, or its table is not of the size that it states.
    """
    settings: dict[str, dict[str, str]] = {}
    tables: dict[str, list[list[str]]] = {}
    kind, number = "", ""
    for i, line in enumerate(lines, start=1):
        if found := _SECTION.fullmatch(line.strip()):
            kind, number = found[1], found[2]
        elif kind == "Data" and line.strip():
            cells = line.split()
            if not all(map(is_number, cells)):
                raise ReaderError.at(source, f"{line.strip()!r} among the numbers; remove it", i)
            tables.setdefault(number, []).append(cells)
        elif "=" in line:
            name, _, value = line.partition("=")
            settings.setdefault(number, {})[name.strip()] = value.strip()
    if not tables:
        raise ReaderError.at(source, "holds no [Data 1]; the measurement was not saved")
    return [_block(settings.get(n, {}), rows, n, source) for n, rows in tables.items()]


def _block(settings: dict[str, str], rows: list[list[str]], number: str, source: str) -> Block:
    name = settings.get("Region Name", f"region {number}")
    if settings.get("Number of Slices", "1") != "1" or any(len(row) != 2 for row in rows):
        raise ReaderError.at(
            source,
            f"region {name!r} is a map of {settings.get('Number of Slices', 'several')} slices; "
            "expected an energy and an intensity: integrate over the slices in SES",
        )
    if (size := settings.get("Dimension 1 size", "")) != str(len(rows)):
        raise ReaderError.at(
            source, f"region {name!r} states {size or 'no'} points and holds {len(rows)}; cut off?"
        )
    values = np.array([[parse_number(cell) for cell in row] for row in rows])

    def stated(key: str) -> float:
        text = settings.get(key, "")
        return parse_number(text) if is_number(text) else np.nan

    return Block(
        name,
        settings.get("Sample", ""),
        settings.get("Comments", ""),
        "XPS",
        "",
        stated("Excitation Energy"),
        "",
        "",
        (settings.get("Dimension 1 name", ""), "eV"),
        values[:, 0],
        {("intensity", ""): values[:, 1]},
        scans=stated("Number of Sweeps"),
    )
