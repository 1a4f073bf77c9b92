"""Powder patterns in text: delimited columns, Rigaku .ras and .asc, Bruker .uxd.

Counts of points and titles may stand above the columns and remarks between them. Settings of
.ras (``*KEY "value"``), .asc (``*KEY = value``) and .uxd (``_KEY=value``) are read from the
lines above.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from nasicon.core.axes import contradiction, together
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
    r"(?:wave[ \t]?length|lambda|wellenlänge)([^0-9=:,;\n]{0,40})[=:,;]?[ \t]{0,20}"
    r"([0-9]{1,4}[.,][0-9]{1,12})[ \t]{0,4}(nm|pm|a\b|å|angstroms?)?",
    re.IGNORECASE,
)
_ANGSTROM = {"nm": 10.0, "pm": 0.01}
_SETTING = re.compile(r"[*_]([\w-]+)\s*[= ]\s*(.*)")
_LAB_LINES_NM = (0.15406, 0.15418, 0.0709, 0.0711, 0.1789, 0.1790, 0.1936, 0.1937, 0.2290, 0.2291)
_FALLING = 0.8  # share of its size at weak intensities below which it is none either
_CURVE = 0.5  # a third column above this share of strong intensities is no standard deviation
_ANGLE = re.compile(r"theta|θ|th\b|2t\b|angle|winkel|\bpos(ition)?\b", re.IGNORECASE)
_SPACING = re.compile(r"d([ _-]?(spacing|value))?( ?[\[(/,_].*)?$", re.IGNORECASE)
_INTENSITY = re.compile(r"count|int|cps|cts|[iy]\b|obs", re.IGNORECASE)
_OTHER_AXIS = re.compile(r"energy|ev\b|tof|time|channel|wavelength|volt|potential|ppm|raman", re.I)
_SIGMA = re.compile(r"sig.*|std.*|e|e\.?s\.?d.*|.*err.*|.*dev.*|unc.*|s", re.IGNORECASE)
_STRIPPED = re.compile(  # K-alpha2 taken out, as EVA, HighScore, Jade and others write
    r"rachinger|(?:alpha|α|\bka?)[ _-]?[2₂].{0,30}?(?:strip|remov|subtr|elimin|abge|entf)"
    r"|(?:strip|remov|subtr|elimin).{0,20}?(?:alpha|α|\bka?)[ _-]?[2₂]",
    re.IGNORECASE,
)
_GRAINS = re.compile(
    r"(?:\bd[ _(v,]{0,4}(?:50|0[.,]5)\b|particle (?:size|diameter))(?:/d90)?[^\n0-9]{0,9}"
    r"([0-9][0-9.,/ ]{0,30})[uµμ]m\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not?|nicht|keine?|off|false|none|nein)\b|\bun|[:=] ?0\b(?!\.)", re.I)
_RATE = re.compile(r"cps|count rate|(counts?|cts|c) ?/ ?s", re.IGNORECASE)
_DERIVED = re.compile(r"(log(10)?|ln|sqrt) ?[\[(_ ]|√", re.IGNORECASE)
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
    if first.startswith("*TYPE"):
        return _asc(lines)
    if any(line.startswith("_FILEVERSION") for line in lines.head(20)):
        return _uxd(lines)
    table = numeric_table(lines, WANTED, fewest=2)
    names = [*table.names, *[""] * table.width][: table.width]
    x, y = table.pair(_ANGLE.pattern)
    axis, counted, third = [*names, ""][x], names[y], [*names, ""][y + 1]
    if _OTHER_AXIS.search(axis) and _INTENSITY.match(counted):
        raise ReaderError(
            f"its first column is {axis!r}, not an angle; export 2theta, or name it two_theta_deg "
            "if it is that",
            table.header_line,
        )
    if _DERIVED.match(counted):
        raise ReaderError(f"its intensities are {counted!r}; export counts", table.header_line)
    named = _ANGLE.search(axis) is not None
    sigma = y + 1 < table.width and (not named or _SIGMA.fullmatch(third) is not None)
    table.wanted = [x, y, y + 1][: 2 + sigma]
    values = table.numbers(table.wanted)
    notes = list(table.notes)
    if left := [name for i, name in enumerate(names) if named and i not in table.wanted]:
        notes.append(f"further columns were not read: {', '.join(left)}")
    head = table.head
    name, unit = _axis_of(head)
    beside = [i for i, other in enumerate(names) if i != x and _SPACING.match(other)]
    if named and beside and unit in ("", "deg"):
        together(f"{axis} and {names[beside[0]]}", values[:, 0], -table.numbers(beside)[:, 0])
    intensity = values[:, 1]
    whole = bool(np.allclose(intensity, np.round(intensity), atol=1e-6) and intensity.max() > 10)
    whole &= _RATE.search(counted) is None
    return RawPattern(
        format="delimited text",
        axis=values[:, 0],
        intensity=intensity,
        sigma=_sigma(values, notes),
        unit=unit,
        name=name,
        wavelengths=_wavelengths(head, notes),
        intensity_unit="counts" if whole else "unknown",
        doubt=contradiction(head, values[:, 0], "two theta") if unit in ("", "deg") else "",
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
    value = float(found[2].replace(",", "."))
    before = re.search(r"[\[(/] ?(nm|pm)\b", found[1])
    unit = (found[3] or (before[1] if before else "")).lower()
    if not unit and any(abs(value / line - 1) < 0.004 for line in _LAB_LINES_NM):
        notes.append(f"wavelength {value:g} without a unit: that of an X-ray tube in nm")
        unit = "nm"
    return (value * _ANGSTROM.get(unit, 1.0),)


def _axis_of(head: str) -> tuple[str, str]:
    """Name and unit of the axis as the text above the table gives them."""
    text = head.lower().replace("\u03b8", "theta").replace("°", "deg")
    columns = next((line for line in reversed(text.split("\n")) if line.strip()), "")
    if re.match(r"[\s#\"]*q[ \t]{0,3}[\[(,;\t /_]", columns):
        return "q", "1/nm" if "nm" in columns else "1/A"
    if re.match(r"[\s#\"]*d([ _-]?(spacing|value))?[ \t]{0,3}[\[(/_,;\t]", columns):
        return "d", "nm" if "nm" in columns else "A"
    name = ""
    if re.search(r"(2|two)[ \t_-]{0,3}theta|tth", text):
        name = "2theta"
    elif "theta" in columns:
        name = "theta"
    if re.search(r"(?:[\[(/,_]|th(?:eta)?) ?rad(ians?)?\b", text):
        return name, "rad"
    if "deg" in text:
        return name, "deg"
    return name, ""


def grains_um(head: str) -> tuple[float, ...]:
    """Sizes of particles that a header states: 0.5, 0.9, 1.4 of "d10/d50/d90 = 0.5/0.9/1.4 um"."""
    said = " ".join(_GRAINS.findall(head)).replace(",", ".")
    return tuple(map(float, re.findall(r"[0-9]+(?:\.[0-9]+)?", said)))


def is_stripped(head: str) -> bool:
    """Whether a clause of a header says that K-alpha2 was taken out of the data."""
    clauses = re.split(r"[\n;,]", head)
    return any(_STRIPPED.search(clause) and not _NOT.search(clause) for clause in clauses)


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
    if table.width < 2:
        raise ReaderError(f"holds no {WANTED}", table.first + 1)
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
        doubt=contradiction(table.head, angle, "two theta"),
        notes=notes,
    )


def _asc(lines: Lines) -> RawPattern:
    """Rigaku .asc: intensities, several in a row, on a grid that the settings state."""
    table, settings, notes = _first_scan(lines)
    coupled(settings.get("SCAN_AXIS", ""))
    table.ragged = True
    values = table.numbers(range(table.width), missing="").reshape(-1)
    values = values[np.isfinite(values)]
    start, step, count = (_number(settings, name) for name in ("START", "STEP", "COUNT"))
    if count != values.size or not math.isfinite(start + step):
        raise ReaderError(
            f"states START {start:g}, STEP {step:g} and COUNT {count:g} and holds {values.size} "
            "intensities; export it again, or as 2theta and counts"
        )
    return RawPattern(
        format="Rigaku asc",
        axis=start + step * np.arange(values.size),
        intensity=values,
        wavelengths=wavelengths_of(*(settings.get(f"WAVE_LENGTH{i}") for i in (1, 2))),
        intensity_unit=settings.get("YUNIT", "unknown").lower(),
        title=settings.get("SAMPLE", ""),
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
        doubt=contradiction(table.head, angle, "two theta"),
        notes=notes,
    )
