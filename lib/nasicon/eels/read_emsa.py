"""EMSA/MAS text (ISO 22029): keywords ``#KEY : value``, then the numbers of one spectrum.

The standard separates numbers by commas and writes decimal points. Some programs write
decimal commas, and semicolons between numbers: the header's OFFSET and XPERCHAN show it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nasicon.core.text import ReaderError, parse_number

AGREEMENT = 0.1  # of a channel: a column that departs by more is the axis, not the header

_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?\s*#\s*FORMAT\s*:\s*EMSA", re.IGNORECASE)
_KEYWORD = re.compile(r"\w*")  # behind it a unit may stand: #BEAMDIAM -nm: 100
_DECIMAL_COMMA = re.compile(r"\d,\d+\s*[;\t]")


class Spectrum(NamedTuple):
    """What an EMSA file holds: ``energies`` in ``unit``, as written there."""

    title: str
    unit: str
    energies: NDArray
    counts: NDArray
    notes: list[str]
    stated: dict[str, float | None]


def is_emsa(raw: bytes) -> bool:
    """Whether the content is EMSA text, whatever its name."""
    return _FIRST.match(raw[:200]) is not None


def parse_emsa(lines: list[str]) -> Spectrum:
    """Read the spectrum of an EMSA text.

    Raises
    ------
    ReaderError
        It is no energy loss, its axis is not given, or numbers are missing or damaged.
    """
    header, rows, ended = _split(lines)
    signal = header.get("SIGNALTYPE", "").upper()
    if signal and not signal.startswith(("ELS", "EEL")):
        raise ReaderError(f"SIGNALTYPE {signal} is no energy loss (ELS expected)")
    axis = [header.get("OFFSET", ""), header.get("XPERCHAN", "")]
    comma = any("," in text for text in axis) or any(_DECIMAL_COMMA.search(row) for _, row in rows)
    values = [_numbers(row, comma, line) for line, row in rows]
    counts, column = np.array([v for row in values for v in row]), None
    if header.get("DATATYPE", "Y").upper() == "XY":
        line = next((n for (n, _), row in zip(rows, values, strict=True) if len(row) % 2), None)
        if line is not None:
            raise ReaderError("DATATYPE XY, but numbers that are no pairs", line)
        column, counts = counts[::2], counts[1::2]
    expected = _number(header, "NPOINTS", comma)
    if not len(counts) or (expected != len(counts) and not (expected is None and ended)):
        raise ReaderError(
            f"NPOINTS {header.get('NPOINTS', 'missing')}, but {len(counts)} points are there: "
            "cut off or damaged; export it again",
        )
    offset, step = (_number(header, key, comma) for key in ("OFFSET", "XPERCHAN"))
    energies, notes = column, []
    if offset is not None and step:
        energies = offset + step * np.arange(len(counts))
        apart = 0.0 if column is None else float(np.max(np.abs(column - energies)))
        if apart > AGREEMENT * abs(step):
            notes.append(
                f"the column of energies and OFFSET + XPERCHAN differ by up to {apart:.3g}: "
                "the column is taken"
            )
            energies = column
    if energies is None:
        raise ReaderError("no OFFSET, or no XPERCHAN other than 0: not calibrated")
    # ISO 22029:2022 writes "Energy Loss (eV)"
    unit = re.split(r"[(\[]", header.get("XUNITS", ""))[-1].rstrip(" )]")
    beam = {"beam_kv": "BEAMKV", "collection_mrad": "COLLANGLE"}
    stated = {name: _number(header, key, comma) for name, key in beam.items()}
    return Spectrum(header.get("TITLE", ""), unit, energies, counts, notes, stated)


def _split(lines: list[str]) -> tuple[dict[str, str], list[tuple[int, str]], bool]:
    """Header, numbered rows of data, and whether the file says that it ends there."""
    header: dict[str, str] = {}
    rows: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if not line.lstrip().startswith("#"):
            rows += [(number, line)] if line.strip() else []
            continue
        name, _, value = line.partition(":")
        key = _KEYWORD.match(name.lstrip("# \t"))[0].upper()
        if key == "ENDOFDATA":
            return header, rows, True
        header[key] = (header.get(key, "") if key == "TITLE" else "") + value.strip()
    return header, rows, False


def _numbers(row: str, comma: bool, line: int) -> list[float]:
    """Every number of a row; a comma between digits is decimal where ``comma``."""
    cells = re.split(r"[\s;]+|,(?!\d)" if comma else r"[\s;,]+", row.strip())
    try:
        return [parse_number(cell, "," if comma else ".") for cell in cells if cell]
    except ValueError as error:
        raise ReaderError(str(error), line) from None


def _number(header: dict[str, str], key: str, comma: bool) -> float | None:
    """First number of a keyword, behind which a unit may stand; None where it is not given."""
    cells = header.get(key, "").split()
    if not cells:
        return None
    try:
        return parse_number(cells[0], "," if comma else ".")
    except ValueError as error:
        raise ReaderError(f"{key}: {error}") from None
