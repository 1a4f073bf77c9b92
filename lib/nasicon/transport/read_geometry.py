"""What a header says about a pellet's geometry: to be shown and compared, never to be taken."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from nasicon.core.files import header_lines

SAYS = "the header says"  # of a geometry
DIFFERS = 0.05  # more than this is worth a word
_MM = {"nm": 1e-6, "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "mm": 1.0, "cm": 10.0, "m": 1e3}
_CM2 = {"mm2": 1e-2, "cm2": 1.0, "m2": 1e4}
_WORDS = {
    "thickness_mm": r"thickness|dicke",
    "diameter_mm": r"diameter|durchmesser",
    "area_cm2": r"(?:electrode |sample )?(?:surface )?area|fläche",
}
_UNIT = r"(mm2|mm²|mm\^2|cm2|cm²|cm\^2|m2|m²|m\^2|nm|um|µm|μm|mm|cm|m)(?![\w²^])"
_NUMBER = r"(\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)"
# "L = 1.2 mm, d = 10 mm": a d alone is a thickness as often
_SYMBOLS = re.compile(
    rf"(?<![a-z])L ?= ?{_NUMBER} ?{_UNIT}[,; ]{{1,3}}d ?= ?{_NUMBER} ?{_UNIT}", re.IGNORECASE
)
# Makers write these (and 0, 1) where nobody entered anything: EC-Lab 0.001 cm2.
AREA_PLACEHOLDERS = (0.0, 0.001, 1.0)


def geometry_from_header(lines: Sequence[str]) -> dict[str, float]:
    """Thickness, diameter and area that a header states with a unit.

    Returns
    -------
    dict
        ``thickness_mm``, ``diameter_mm``, ``area_cm2``, as far as stated; a maker's
        placeholder (0, 1, 0.001 cm2) is no geometry.
    """
    found: dict[str, float] = {}
    for match in filter(None, (_SYMBOLS.search(line[:500]) for line in lines)):
        for name, number, unit in zip(_WORDS, match.group(1, 3), match.group(2, 4), strict=False):
            if unit.lower() in _MM:
                found[name] = float(number.replace(",", ".")) * _MM[unit.lower()]
    for name, word in _WORDS.items():
        scale = _CM2 if name.endswith("cm2") else _MM
        pattern = re.compile(
            rf"(?<![a-z])(?:{word})\b[^\n0-9]{{0,20}}?(?:[\[(/]\s?{_UNIT}[^\n0-9]{{0,6}})?"
            rf"[:=\s]\s{{0,4}}{_NUMBER}(?:\s{{0,2}}{_UNIT})?",
            re.IGNORECASE,
        )
        for line in lines:
            match = pattern.search(line[:500])
            if not match:
                continue
            unit = (match[1] or match[3] or "").replace("²", "2").replace("^", "").lower()
            number = float(match[2].replace(",", "."))
            held = AREA_PLACEHOLDERS if name == "area_cm2" else (0.0, 1.0)
            if unit in scale and number not in held:
                found[name] = number * scale[unit]
    return found


def factor_of(stated: Mapping[str, float]) -> float:
    """Thickness over area in 1/cm; nan where they are not stated."""
    area = stated.get("area_cm2", math.pi * stated.get("diameter_mm", math.nan) ** 2 / 400)
    return stated.get("thickness_mm", math.nan) / 10 / area


def note_geometry(table: pd.DataFrame, path: str | Path, pellet: object) -> None:
    """Add to a table's notes what its file's header says about geometry, beside the pellet's.

    ``pellet`` is a `nasicon.transport.Pellet`.
    """
    if words := compared(geometry_from_header(header_lines(path)), pellet):
        table.attrs["notes"].append(words)


def compared(stated: Mapping[str, object], pellet: object) -> str:
    """What a header's geometry says beside the one given; empty where it says none."""
    given = {
        "thickness_mm": pellet.thickness_mm,
        "diameter_mm": pellet.diameter_mm,
        "area_cm2": math.pi * (pellet.diameter_mm / 10) ** 2 / 4,
    }
    words = []
    for name in filter(stated.__contains__, given):
        value, (what, _, unit) = stated[name], name.rpartition("_")
        if unit == "cm2" and value in AREA_PLACEHOLDERS:
            continue
        differs = abs(value / given[name] - 1) > DIFFERS
        beside = f", but {given[name]:.4g} was given and used" if differs else ", as given"
        words.append(f"{SAYS} {what} {value:.4g} {unit}{beside}")
    return "; ".join(words)
