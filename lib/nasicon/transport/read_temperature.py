"""What names and headers of files say about the temperature of a measurement.

A number is a temperature only where it stands after a boundary (a blank, ``_``, ``-``, a
bracket, ``=``, the beginning) and before °C, C, deg or K: ``LATP_140C`` is 140 °C, while
``LATP_1c``, ``B2K`` and ``Example2c`` are names of samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from nasicon.core.columns import DASHES
from nasicon.core.constants import ZERO_CELSIUS_K
from nasicon.core.files import header_lines

DISAGREE_K = 5.0  # name and header further apart: one of them is wrong
LOWEST_K, HIGHEST_C = 20.0, 2000.0  # no furnace and no cryostat of this field goes beyond

_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]*$")
_HYPHENS = str.maketrans(dict.fromkeys(set(DASHES) - {"\u2212"}, "-"))
_BOUNDARY = r"(?<![^\W_])(?<![.,])"
_SIGN = r"(?P<sign>[-+\u2212]|m|(?:minus|neg(?:ative)?|moins|menos)[ _-]?)?"
_NUMBER = r"(?P<number>\d{1,4}(?:[.,]\d+)?)"
_UNIT = (
    r"(?P<unit>deg(?:rees?)?[ _]?[CK]?|grad[ _]?C?|celsius|kelvin"
    r"|[\u00b0\u00ba\u02dao][ _]?C|\u2103|[CK])(?![A-Za-z0-9]|[ _]?F\b)"
)
_WITH_UNIT = re.compile(rf"{_BOUNDARY}{_SIGN}{_NUMBER}[ _]?{_UNIT}", re.IGNORECASE)
_ASSIGNED = re.compile(
    rf"(?<![A-Za-z])T(?:emp(?:erature)?)?[ _]?=[ _]?{_SIGN}{_NUMBER}(?:[ _]?{_UNIT})?",
    re.IGNORECASE,
)
# Words beside a number that make its sign, or that it is a temperature at all, a question.
_DOUBTFUL = re.compile(
    r"(?<![A-Za-z])(?:m|below|under|unter|sub|T(?=-$))[ _-]?$|[_(=]- $", re.IGNORECASE
)
_DOUBTED = re.compile(r"[ _-]?(?:minus|neg|below)", re.IGNORECASE)
# In a header the unit may stand before the number: "Temperature (°C): 25".
_HEADER = re.compile(
    r"(?<![A-Za-z])temp(?:[eé]rature|eratur)?\b[^\n0-9+\-\u2212]{0,24}"
    rf"(?P<sign>[-+\u2212])?{_NUMBER}(?:\s{{0,3}}{_UNIT})?",
    re.IGNORECASE,
)
_OTHER_STATE = re.compile(  # of the sample's making, or of the furnace
    r"sinter|calcin|anneal|firing|synth|melt|quench|\bm(ax|in)(im(um|al))?\b"
    r"|temp\w*[ .]+(limit|step|ramp|rate|range)",
    re.IGNORECASE,
)
_UNIT_BEFORE = re.compile(r"[\[(/]\s?(deg\s?C|[\u00b0\u00ba]\s?C|\u2103|C|K)\b", re.IGNORECASE)


def temperature_from_name(name: str | Path) -> float | None:
    """Temperature in degrees Celsius that a file name states.

    Understood are a number followed by a unit ("140deg", "140C", "140_C", "025c", "-20 °C",
    "m20C", "minus20C", "25℃", "413K") and an assignment ("T=140", "T=413K").

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
    stem = _SUFFIX.sub("", Path(name).name).translate(_HYPHENS)
    found = {
        celsius
        for pattern in (_WITH_UNIT, _ASSIGNED)
        for match in pattern.finditer(stem)
        if (celsius := _celsius(match, stem)) is not None
    }
    return found.pop() if len(found) == 1 else None


def without_temperature(name: str | Path) -> str:
    """A file's stem without its temperature: ``LATP_140C`` and ``LATP_150C`` share ``LATP``."""
    stem = _SUFFIX.sub("", Path(name).name)
    for pattern in (_WITH_UNIT, _ASSIGNED):
        stem = pattern.sub("", stem)
    return re.sub(r"[ _-]{2,}", "_", stem).strip(" _-") or "sample"


def temperature_from_header(lines: Sequence[str]) -> float | None:
    """Temperature in degrees Celsius that a header states with its unit; None without one."""
    found = set()
    for line in lines:
        line = line[:500].translate(_HYPHENS)
        for match in _HEADER.finditer(line):
            before = _UNIT_BEFORE.search(match[0])
            unit = match["unit"] or (before[1] if before else "")
            if unit and not _OTHER_STATE.search(line, max(match.start() - 20, 0), match.end()):
                sign = match["sign"] or ("-" if re.search(r"minus|neg", match[0], re.I) else "")
                found.add(_in_celsius(match["number"], sign, unit))
    found = {t for t in found if _possible(t)}
    return found.pop() if len(found) == 1 else None


def temperature_of(
    name: str | Path, header: Sequence[str] = (), headed: float | None = None
) -> float | None:
    """Temperature that name and header state, in degrees Celsius; the header's digits win.

    ``headed`` is what a reader found in the file, else the lines of the header are looked at.

    Raises
    ------
    ValueError
        The two differ by more than `DISAGREE_K`.
    """
    named = temperature_from_name(name)
    headed = temperature_from_header(header) if headed is None else headed
    if named is not None and headed is not None and abs(named - headed) > DISAGREE_K:
        raise ValueError(
            f"{Path(name).name}: the name says {named:g} °C, the header {headed:g} °C; "
            'state which is right: give -p temperatures_c "20;40;60", one number a file'
        )
    return named if headed is None else headed


def temperatures(
    files: Sequence[str | Path],
    stated: Sequence[float] = (),
    tables: Iterable[pd.DataFrame] = (),
) -> list[float]:
    """Temperature of each file in degrees Celsius: as stated, else by name and header.

    Parameters
    ----------
    stated : sequence of float
        Empty, or one for each file in their order.
    tables : iterable of DataFrame
        What was read from the files: whatever their format, ``attrs["header"]`` holds a
        ``temperature_c`` where they state one, above the numbers or beside them.

    Raises
    ------
    ValueError
        A file has none, name and header differ, or there are as many as something else; the
        error says how to state them.
    """
    files = [Path(file) for file in files]
    if stated and len(stated) != len(files):
        raise ValueError(
            f"temperatures_c holds {len(stated)} values for {len(files)} files: give one each, "
            f"in their order: {', '.join(file.name for file in files)}"
        )
    headed = [table.attrs.get("header", {}).get("temperature_c") for table in tables]
    headed = headed or [None] * len(files)
    found = list(stated) or [
        temperature_of(file, header_lines(file), celsius)
        for file, celsius in zip(files, headed, strict=True)
    ]
    names = [temperature_from_name(file) if stated else None for file in files]
    for file, celsius, named in zip(files, found, names, strict=True):
        off = 0.0 if named is None else celsius - named
        if abs(off - ZERO_CELSIUS_K) < DISAGREE_K or (off and celsius in names):
            raise ValueError(
                f"temperatures_c {celsius:g} for {file.name}, whose name says {named:g} °C: is it "
                "in kelvin? Or another file's? Give degrees Celsius, in the order of the files"
            )
        if celsius is None or not celsius > -ZERO_CELSIUS_K:
            what = "is not stated" if celsius is None else f"must be > -273.15 °C, got {celsius:g}"
            raise ValueError(
                f"{file.name}: its temperature {what}: give -p temperatures_c "
                '"20;40;60", one number a file in the files\' order'
            )
    return found


def _celsius(match: re.Match, stem: str) -> float | None:
    sign, unit, number = match["sign"], match["unit"] or "", match["number"]
    before, joined = stem[: match.start("number")], match.start("sign")
    doubtful = _DOUBTFUL.search(before if sign in (None, "-") else stem[:joined])
    if doubtful or _DOUBTED.match(stem, match.end()):
        return None
    # A hyphen after a letter or digit separates ("s04147-140deg"); elsewhere it is a minus.
    if sign in ("-", "+") and joined and stem[joined - 1].isalnum():
        sign = None
    if unit in ("c", "k") and not (len(number) > 1 or before.endswith("=")):
        return None  # "LATP_1c", "x_2k": a sample's name
    if unit == "k" and float(number.replace(",", ".")) < 100:
        return None  # "P_10k": ten thousand, a size, but no temperature
    if sign is None and before.endswith("\u2212"):
        sign = "-"  # a true minus separates nothing
    value = _in_celsius(number, sign, unit)
    return value if _possible(value) else None


def _in_celsius(number: str, sign: str | None, unit: str) -> float:
    value = float(number.replace(",", "."))
    value = -value if sign and sign != "+" else value
    kelvin = unit.strip()[-1:].upper() == "K" or unit.lower() == "kelvin"
    return round(value - ZERO_CELSIUS_K, 10) if kelvin else value


def _possible(celsius: float) -> bool:
    return LOWEST_K - ZERO_CELSIUS_K <= celsius <= HIGHEST_C
