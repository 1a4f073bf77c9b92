"""Impedance in the files of potentiostats' own programs: Ivium, PalmSens, Eco Chemie; workbooks.

The layouts were worked out from one real file of each (the sample files of pyimpspec), whose
numbers the text export beside them confirms to the digits that each prints.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nasicon.core import workbook
from nasicon.core.text import ReaderError, foreign_parser
from nasicon.eis.read_formats import parse_text
from nasicon.eis.read_rows import Points, binary_points

_IVIUM_DATA = re.compile(rb"primary_data[ \t]*\r?\n([ \d]{1,20})\r?\n([ \d]{1,20})\r?\n")
_IVIUM_SETTING = re.compile(rb"^(Method|Technique|Title|Data Options\.Area)=([^\r\n]*)", re.M)
LARGEST_SESSION = 100_000_000  # characters of JSON, which takes tenfold memory
_DFR_VALUES = 9  # numbers of a point: frequency, Z', -Z'', and six that are not impedances


def is_ivium(raw: bytes) -> bool:
    """Whether the bytes are an Ivium data file (.idf) or set (.ids)."""
    return raw.startswith(b"\0") and b"Technique=" in raw[:20_000] and b"primary_data" in raw


def parse_ivium(raw: bytes) -> Points:
    """Points of every impedance measurement of an Ivium file.

    Settings are lines of text; the table below ``primary_data`` states its number of columns
    and rows: Z', Z'' (ohm, capacitive negative) and frequency (Hz). What follows are the
    oscilloscope's traces, which are not read.

    Raises
    ------
    ReaderError
        No measurement is one of impedance, or a table is cut off.
    """
    parts: list[NDArray] = []
    settings: dict[str, str] = {}
    notes: list[str] = []
    end = 0
    for found in _IVIUM_DATA.finditer(raw):
        lines = _IVIUM_SETTING.findall(raw, end, found.start())
        settings |= {k.decode(): v.decode("cp1252", "replace").strip() for k, v in lines}
        end = found.end()
        if settings.get("Method", "Impedance") != "Impedance":
            notes.append(f"a measurement of kind {settings['Method']!r} left out")
            continue
        columns, count = int(found[1]), int(found[2])
        rows = raw[end : end + 80 * count].splitlines()[:count]
        with foreign_parser(f"its table of {count} rows and {columns} columns is damaged"):
            table = np.array([row.split() for row in rows], dtype=float).reshape(count, columns)
            parts.append(table[:, [2, 0, 1]].T)
    if not parts:
        kinds = settings.get("Method", "unknown")
        raise ReaderError(
            f"is an Ivium file without impedance (method {kinds}); give one of impedance"
        )
    header: dict[str, object] = {"title": settings.get("Title", "")}
    if area := settings.get("Data Options.Area"):
        header["area_cm2"] = float(area)
        notes.append(f"electrode area {area} cm2 in the settings (1 is what Ivium starts with)")
    return binary_points("Ivium idf", parts, notes=tuple(notes), header=header)


def is_palmsens(text: str) -> bool:
    """Whether a text is a PalmSens session."""
    return text.lstrip("\ufeff").startswith("{") and "PalmSens." in text[:1000]


def parse_palmsens(text: str) -> Points:
    """Points of every impedance measurement of a PalmSens session (.pssession, JSON).

    A measurement's data set holds arrays by their kind: 5 is the frequency, 7 and 8 are Z' and
    -Z''. Curves made from it (``EISDataList``) may have been edited and are only compared.

    Raises
    ------
    ReaderError
        No JSON, no measurement of impedance, or arrays of different lengths.
    """
    if len(text) > LARGEST_SESSION:
        raise ReaderError(f"has {len(text)} characters; save one measurement a session")
    with foreign_parser("is no whole PalmSens session", "save it again"):
        session, _ = json.JSONDecoder().raw_decode(text.lstrip("\ufeff"))
        parts, notes, titles = [], [], []
        for measurement in session["Measurements"]:
            title = str(measurement.get("Title", ""))
            arrays = _palmsens_arrays(measurement["DataSet"])
            if not {5, 7, 8} <= arrays.keys():
                notes.append(f"measurement {title!r} holds no impedance and was left out")
                continue
            part = np.array([arrays[kind] for kind in (5, 7, 8)])
            for curve in measurement.get("EISDataList", []):
                other = _palmsens_arrays(curve["DataSet"])
                if [other.get(kind) for kind in (5, 7, 8)] != [arrays[kind] for kind in (5, 7, 8)]:
                    notes.append(
                        f"measurement {title!r}: its plotted curve {curve.get('Title', '')!r} "
                        "holds other numbers, which were not read"
                    )
            parts.append(part)
            titles.append(title)
    if not parts:
        raise ReaderError("is a PalmSens session without impedance; give one with EIS")
    return binary_points(
        "PalmSens session",
        parts,
        negated=True,
        notes=tuple(notes),
        header={"title": "; ".join(titles)},
    )


def _palmsens_arrays(data_set: dict) -> dict[int, list[float]]:
    return {
        int(array["ArrayType"]): [float(value["V"]) for value in array["DataValues"]]
        for array in data_set["Values"]
    }


def parse_dfr(lines: list[str]) -> Points:
    """Points of an Eco Chemie (Autolab FRA) .dfr: a version, a count, and a number a line.

    Raises
    ------
    ReaderError
        A line is no number, or there are fewer than announced.
    """
    cells = [line.strip() for line in lines[1:] if line.strip()]
    with foreign_parser("holds a line that is no number", "save it again"):
        count = int(cells[0])
        values = np.array(cells[2 : 2 + _DFR_VALUES * count], dtype=float)
    if values.size != _DFR_VALUES * count or not count:
        raise ReaderError(
            f"announces {count} points of {_DFR_VALUES} numbers and holds {values.size} numbers; "
            "it is cut off, save it again",
        )
    return binary_points("Eco Chemie dfr", [values.reshape(count, -1).T[:3]], negated=True)


def parse_workbook(raw: bytes) -> Points:
    """Points of the sheet of a workbook that holds an impedance table."""
    points, notes = workbook.largest_table(raw, parse_text, lambda p: len(p.frequency))
    found = (*points.notes, *notes)
    return replace(points, format=workbook.kind(raw), notes=found, line_unit="row")
