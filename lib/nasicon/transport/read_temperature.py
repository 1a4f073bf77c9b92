"""What a file's name says about a measurement."""

from __future__ import annotations

import re
from pathlib import Path

from nasicon.core.constants import ZERO_CELSIUS_K

_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]*$")
_NUMBER = r"\d+(?:[.,]\d+)?"
# A hyphen after a letter or digit separates ("s04147-140deg"); after anything else it is a minus.
_SIGNED = rf"(?:(?<![A-Za-z0-9])[-+\u2212])?(?<![\d.,]){_NUMBER}"
_WITH_UNIT = re.compile(
    rf"({_SIGNED})[ _]?(deg(?:rees?)?[ _]?C?|[\u00b0\u00bao][ _]?C|C|K)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    rf"(?<![A-Za-z])T(?:emp(?:erature)?)?\s*=\s*([-+\u2212]?{_NUMBER})(?:[ _]?(K)(?![A-Za-z0-9]))?",
    re.IGNORECASE,
)


def temperature_from_name(name: str | Path) -> float | None:
    """Temperature in degrees Celsius that a file name states.

    Understood are a number followed by a unit ("140deg", "140C", "140_C",
    "025c", "140degC", "-20 °C", "413K") and an assignment ("T=140", "T=413K").

    Parameters
    ----------
    name
        File name or path; only its last part counts.

    Returns
    -------
    float or None
        Degrees Celsius (kelvin converted); None where the name states no
        temperature, or several different ones.
    """
    stem = _SUFFIX.sub("", Path(name).name)
    found = {
        _celsius(number, unit or "")
        for pattern in (_WITH_UNIT, _ASSIGNED)
        for number, unit in pattern.findall(stem)
    }
    return found.pop() if len(found) == 1 else None


def _celsius(number: str, unit: str) -> float:
    value = float(number.replace(",", ".").replace("\u2212", "-"))
    return round(value - ZERO_CELSIUS_K, 10) if unit.upper() == "K" else value
