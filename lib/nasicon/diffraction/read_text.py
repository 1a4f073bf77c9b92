"""Powder patterns in text: delimited columns, Rigaku .ras, Bruker .uxd.

Counts of points and titles may stand above the columns and remarks between them. Settings of
.ras (``*KEY "value"``) and .uxd (``_KEY=value``) are read from the lines above.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from nasicon.core.tables import Lines, Table, numeric_table, numeric_tables
from nasicon.core.text import ReaderError
from nasicon.diffraction.read_formats import (
    RawPattern,
    coupled,
    only_first,
    stated,
    unattenuated,
    wavelengths_of,
)

_WAVELENGTH = re.compile(
    r"(?:wave[ \t]?length|lambda)[^0-9=:\n]{0,40}[=:]?[ \t]{0,20}([0-9]{0,4}\.[0-9]{1,12})"
    r"[ \t]{0,4}(nm|a\b|å|angstroms?)?",
    re.IGNORECASE,
)
_SETTING = re.compile(r"[*_]([\w-]+)\s*[= ]\s*(.*)")
_LAB_LINES_NM = (0.15406, 0.15418, 0.0709, 0.0711, 0.1789, 0.1790, 0.1936, 0.1937, 0.2290, 0.2291)
_FALLING = 0.8  # share of its size at weak intensities below which it is none either
_CURVE = 0.5  # a third column above this share of strong intensities is no standard deviation
WANTED = "rows of two or three numbers; expected columns 2theta and intensity"


def parse_text(lines: Lines) -> RawPattern:
    """Pattern of a text file, its format found from its content.

    Raises
    ------
    ReaderError
        No columns of numbers, a row that cannot be read, or a scan that is no powder pattern.
    """
    first = next((line.strip() for line in lines.head() if line.strip()), "")
    if first.startswith("*RAS"):
        return _ras(lines)
    if any(line.startswith("_FILEVERSION") for line in lines.head(20)):
        return _uxd(lines)
    table = numeric_table(lines, WANTED, fewest=2)
    table.wanted = list(range(min(table.width, 3)))
    values = table.numbers(table.wanted)
    notes = list(table.notes)
    head = table.head
    name, unit = _axis_of(head)
    intensity = values[:, 1]
    whole = bool(np.allclose(intensity, np.round(intensity), atol=1e-6) and intensity.max() > 50)
    return RawPattern(
        format="delimited text",
        axis=values[:, 0],
        intensity=intensity,
        sigma=_sigma(values, notes),
        unit=unit,
        name=name,
        wavelengths=_wavelengths(head, notes),
        intensity_unit="counts" if whole else "unknown",
        notes=notes,
    )


def _sigma(values: NDArray, notes: list[str]) -> NDArray | None:
    """Third column, unless it is another curve: a standard deviation is small at strong lines."""
    if values.shape[1] < 3:
        return None
    third, strong = values[:, 2], values[:, 1] >= max(np.quantile(values[:, 1], 0.75), 16)
    if strong.any() and np.median(third[strong] / values[strong, 1]) > _CURVE:
        notes.append(
            "the third column is as high as the intensities: another curve, no standard "
            "deviation; it was not used"
        )
        return None
    weak = third[~strong]
    if strong.any() and weak.size and np.median(third[strong]) < _FALLING * np.median(weak):
        notes.append(
            "the third column falls where the intensities rise: weights, no standard deviation; it "
            "was not used"
        )
        return None
    return third


def _wavelengths(head: str, notes: list[str]) -> tuple[float, ...]:
    found = _WAVELENGTH.search(head)
    if found is None:
        return ()
    value, unit = float(found[1]), (found[2] or "").lower()
    if not unit and any(abs(value / line - 1) < 0.004 for line in _LAB_LINES_NM):
        notes.append(f"wavelength {value:g} without a unit: that of an X-ray tube in nm")
        unit = "nm"
    return (value * 10 if unit == "nm" else value,)


def _axis_of(head: str) -> tuple[str, str]:
    """Name and unit of the axis as the text above the table gives them."""
    text = head.lower().replace("\u03b8", "theta").replace("°", "deg")
    if re.search(r"\bq[ \t]{0,3}[\[(,;\t /]", text) or "q_per" in text or "a^-1" in text:
        return "q", "1/A"
    name = ""
    if re.search(r"(2|two)[ \t_-]{0,3}theta|tth", text):
        name = "2theta"
    elif "theta" in text:
        name = "theta"
    if re.search(r"\brad(ians?)?\b", text):
        return name, "rad"
    if "deg" in text:
        return name, "deg"
    return name, ""


def _number(settings: dict[str, str], name: str) -> float:
    return stated(settings.get(name, "").split(" ")[0])


def _first_scan(lines: Lines) -> tuple[Table, dict[str, str], list[str]]:
    tables = numeric_tables(lines)
    if not tables:
        raise ReaderError(f"holds no {WANTED}")
    notes: list[str] = []
    only_first(len(tables), "scans", notes)
    found = (_SETTING.match(line.strip()) for line in tables[0].above if len(line) < 500)
    settings = {m[1].upper(): m[2].strip().strip("'\"") for m in found if m is not None}
    return tables[0], settings, notes


def _ras(lines: Lines) -> RawPattern:
    """Rigaku .ras: angle, intensity, and the factor of the attenuator."""
    table, settings, notes = _first_scan(lines)
    coupled(settings.get("MEAS_SCAN_AXIS_X", ""))
    angle, intensity, *factor = table.numbers(range(table.width)).T
    unit, sigma = settings.get("MEAS_SCAN_UNIT_Y", "counts").lower(), None
    if factor and not np.allclose(factor[0], 1):
        intensity, sigma = unattenuated(intensity, factor[0], notes)
    return RawPattern(
        format="Rigaku ras",
        axis=angle,
        intensity=intensity,
        sigma=sigma if unit == "counts" else None,
        unit=settings.get("MEAS_SCAN_UNIT_X", "deg"),
        name=settings.get("MEAS_SCAN_AXIS_X", ""),
        wavelengths=wavelengths_of(*(settings.get(f"HW_XG_WAVE_LENGTH_ALPHA{i}") for i in (1, 2))),
        intensity_unit=unit,
        title=settings.get("FILE_SAMPLE", ""),
        notes=notes,
    )


def _uxd(lines: Lines) -> RawPattern:
    """Bruker .uxd: angle and counts, or counts alone on a grid that the settings state."""
    table, settings, notes = _first_scan(lines)
    coupled(settings.get("DRIVE", ""))
    what = next(line.strip() for line in reversed(table.above) if line.strip().startswith("_"))
    values = table.numbers(range(table.width))
    if what.startswith("_2THETA"):
        angle, intensity = values[:, 0], values[:, 1]
    else:
        start, step = _number(settings, "START"), _number(settings, "STEPSIZE")
        if not math.isfinite(start + step):
            raise ReaderError(
                f"has {what} without _START and _STEPSIZE; export it as 2theta, counts"
            )
        intensity = values.reshape(-1)
        angle = start + step * np.arange(intensity.size)
    factor = 10.0 if settings.get("WL_UNIT", "A").lower() == "nm" else 1.0
    lines_angstrom = wavelengths_of(*(settings.get(name) for name in ("WL1", "WL2")))
    return RawPattern(
        format="Bruker uxd",
        axis=angle,
        intensity=intensity,
        wavelengths=tuple(factor * line for line in lines_angstrom),
        ratio=_number(settings, "WLRATIO"),
        intensity_unit="counts" if "COUNTS" in what else "cps",
        counting_time_s=_number(settings, "STEPTIME"),
        title=settings.get("SAMPLE", ""),
        notes=notes,
    )
