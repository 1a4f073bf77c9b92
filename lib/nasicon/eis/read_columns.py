"""What the columns of an impedance table mean, from their names and units.

One vocabulary serves every text format: instruments differ in how they spell
"imaginary part", not in what they measure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SPELLING = str.maketrans(
    {
        **dict.fromkeys("\u2032\u2019\u2018\u00b4`", "'"),
        **dict.fromkeys('\u2033\u201d\u201c"', "''"),
        **dict.fromkeys("\u2212\u2013\u2014", "-"),
        **dict.fromkeys("\u03a9\u2126", "ohm"),
        **dict.fromkeys("\u00b7\u22c5*", "."),
        **dict.fromkeys("\u03c6\u03d5", "phi"),
        "\u03c9": "omega",
        "\u03b8": "theta",
        "\u00b0": "deg",
        "\u00b2": "2",
    }
)
_ROLES = {
    "frequency": r"f|fr|freqs?|frequency|frequencies|frequenz|fr[eé]quence",
    "omega": r"omega|angularfrequency",
    "real": r"z'(\(a\))?|zs'|z'?re(al)?|re(al)?(part)?(\(z\)|z)?|zr|zprime"
    r"|(impedance|z)\(?re(al)?(part)?\)?|realimpedance",
    "imaginary": r"z''(\(b\))?|zs''|z('|'')?im(a?g|aginary)?|im(a?g|aginary)?(part)?(\(z\)|z)?|zi"
    r"|z(double|prime)prime|(impedance|z)\(?im(ag)?(inary)?(part)?\)?|imag(inary)?impedance",
    "modulus": r"\|z\||z|zmod(ulus)?|mod(z|\(z\))|abs(z|\(z\))|zabs|zmag(nitude)?"
    r"|modulus|magnitude|impedance|\|impedance\||impedance(modulus|magnitude)",
    "phase": r"phase(\(z\)|z|angle)?|zph(z|ase)|phi|theta|angle|arg\(z\)",
    "label": r"cyclenumber|cycle|zcycle|sweep|ns",
}
_ROLES = {role: re.compile(pattern) for role, pattern in _ROLES.items()}
_MINUS = re.compile(r"^(-|minus|neg(ative)?)")

_UNIT = (
    r"[pnumkMGT]?(?:hz|hertz)|[pnumkMGT]?ohms?(?:\s*[./ ]?\s*c?m\^?2)?"
    r"|deg(?:rees?)?|rad(?:ians?)?(?:\s*/\s*s|[. ]*s\^?-1)?"
)
_NAME_AND_UNIT = re.compile(
    rf"(?P<symbol>.+?)[\s.]*(?:\[\s*(?P<a>{_UNIT})\s*\]|\(\s*(?P<b>{_UNIT})\s*\)"
    rf"|\s*(?:/|,|_|\sin\s|\s)\s*(?P<c>{_UNIT}))",
    re.IGNORECASE,
)
_PREFIX = {"": 1.0, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "K": 1e3}
_PREFIX |= {"M": 1e6, "G": 1e9, "T": 1e12}
_UNIT_OF = {
    "frequency": "hz",
    "omega": "rad/s",
    "real": "ohm",
    "imaginary": "ohm",
    "modulus": "ohm",
    "phase": "angle",
}
_KIND = {"hz": "frequency", "rad/s": "frequency", "ohm": "resistance", "angle": "angle"}
_PER_AREA = (
    "is an impedance per area; multiply out the electrode area and give ohm, "
    "the sample's geometry is applied in the analysis"
)
_WANTED = (
    "a frequency (freq/Hz) with Z' and Z'' (Re(Z)/Ohm, -Im(Z)/Ohm) or with |Z| and phase "
    "(|Z|/Ohm, Phase(Z)/deg)"
)


class ColumnError(ValueError):
    """Column names that do not make an impedance table."""


@dataclass(frozen=True)
class Column:
    """One column: its position, its name as written, the factor to Hz, ohm or radian.

    `factor` is nan where no unit is stated; `negated` says that the name
    carries a minus sign ("-Im(Z)"); `problem` says why the column cannot be
    used, which matters only if it is needed.
    """

    index: int
    name: str
    role: str
    factor: float = math.nan
    negated: bool = False
    problem: str = ""


@dataclass(frozen=True)
class ImpedanceColumns:
    """The columns that give frequency and impedance, and those that number the sweeps."""

    frequency: Column
    first: Column
    second: Column
    labels: tuple[Column, ...]

    @property
    def numeric(self) -> tuple[Column, Column, Column]:
        """The three columns that must hold numbers."""
        return self.frequency, self.first, self.second

    @property
    def negated(self) -> bool:
        """Whether the file writes the imaginary part (or the phase) with a minus sign."""
        return self.second.negated

    @property
    def unit_is_assumed(self) -> bool:
        """Whether Hz or ohm had to be assumed."""
        return any(math.isnan(column.factor) for column in self.numeric)

    def convert(self, values: Mapping[int, NDArray]) -> tuple[NDArray, NDArray, NDArray]:
        """Frequency (Hz), Z' and Z'' (ohm) from the cells, all of shape (n,).

        Z'' has the sign of the file: it is -Z'' where `negated` is true.
        """
        scaled = {
            column.role: values[column.index]
            * (1.0 if math.isnan(column.factor) else column.factor)
            for column in self.numeric
        }
        frequency = scaled["omega"] / (2 * np.pi) if "omega" in scaled else scaled["frequency"]
        if "modulus" not in scaled:
            return frequency, scaled["real"], scaled["imaginary"]
        modulus, phase = scaled["modulus"], scaled["phase"]
        return frequency, modulus * np.cos(phase), modulus * np.sin(phase)


def find_columns(names: Sequence[str], units: Sequence[str] = ()) -> ImpedanceColumns:
    """Columns of an impedance table among the names of its header.

    Parameters
    ----------
    names
        Header cells; units may stand in brackets, after a slash or at the end.
    units
        Cells of a row of units under the header, where there is one. They
        count where the name states none.

    Raises
    ------
    ColumnError
        A needed column is missing, named twice, or has a unit that is
        ambiguous, unknown, or per area.
    """
    units = [*units, *[""] * (len(names) - len(units))]
    columns = [
        column
        for index, (name, unit) in enumerate(zip(names, units, strict=False))
        if (column := _interpret(index, name, unit)) is not None
    ]
    usable = {column.role for column in columns if not column.problem}
    roles = {column.role for column in columns}
    frequency = _only(
        columns, "omega" if roles & {"frequency", "omega"} == {"omega"} else "frequency", names
    )
    pair = ("real", "imaginary") if {"real", "imaginary"} <= usable else ("modulus", "phase")
    if not set(pair) <= usable:
        pair = ("real", "imaginary") if {"real", "imaginary"} & roles else pair
    labels = tuple(column for column in columns if column.role == "label")
    picked = ImpedanceColumns(
        frequency, _only(columns, pair[0], names), _only(columns, pair[1], names), labels
    )
    if pair[1] == "phase" and math.isnan(picked.second.factor):
        raise ColumnError(
            f"column {picked.second.name!r} states no unit; name it phase/deg or phase/rad"
        )
    return picked


def names_something(names: Sequence[str]) -> bool:
    """Whether a row looks like a header: it names two of frequency and the parts of impedance."""
    roles = {_role(_split(name)[0]) for name in names}
    return len(roles - {None, "label"}) >= 2


def is_unit(text: str) -> bool:
    """Whether a cell is one of the units that an impedance table has."""
    unit = text.strip().strip("[]()").translate(_SPELLING)
    return re.fullmatch(_UNIT, unit, re.IGNORECASE) is not None


def _only(columns: list[Column], role: str, names: Sequence[str]) -> Column:
    found = [column for column in columns if column.role == role]
    usable = [column for column in found if not column.problem]
    if not found:
        raise ColumnError(f"no {role} column among {_listed(names)}; expected {_WANTED}")
    if not usable:
        raise ColumnError(f"column {found[0].name!r} {found[0].problem}")
    found = usable
    if len(found) > 1:
        twice = " and ".join(repr(column.name) for column in found)
        raise ColumnError(f"columns {twice} both look like the {role}; keep one of them")
    return found[0]


def _listed(names: Sequence[str]) -> str:
    more = f", ... ({len(names)} in all)" if len(names) > 8 else ""
    return "the columns " + ", ".join(repr(name) for name in names[:8]) + more


def _interpret(index: int, name: str, unit_below: str) -> Column | None:
    symbol, unit = _split(name)
    role = _role(symbol)
    if role is None or role == "label":
        return None if role is None else Column(index, name, role)
    negated = _MINUS.match(_compact(symbol)) is not None
    unit = unit or unit_below.strip().strip("[]()").translate(_SPELLING)
    if not unit:
        return Column(index, name, role, 1.0 if role == "omega" else math.nan, negated)
    kind, factor, problem = _unit(unit)
    if role == "frequency" and kind == "rad/s":
        role = "omega"
    if not problem and kind != _UNIT_OF[role]:
        problem = f"has the unit {unit!r}; expected a unit of {_KIND[_UNIT_OF[role]]}"
    return Column(index, name, role, factor, negated, problem)


def _split(name: str) -> tuple[str, str]:
    plain = name.strip()[:200].translate(_SPELLING)  # nothing longer is a column's name
    match = _NAME_AND_UNIT.fullmatch(plain)
    if match is None:
        return plain, ""
    return match["symbol"], match["a"] or match["b"] or match["c"]


def _compact(symbol: str) -> str:
    return re.sub(r"[\s_.:]", "", symbol).lower()


def _role(symbol: str) -> str | None:
    compact = _compact(symbol)
    bare = _MINUS.sub("", compact)
    for role, pattern in _ROLES.items():
        # a minus sign makes sense before the imaginary part and the phase only
        if pattern.fullmatch(bare if role in ("imaginary", "phase") else compact):
            return role
    return None


def _unit(unit: str) -> tuple[str, float, str]:
    """Kind ("hz", "ohm", "angle", "rad/s", ...), factor and problem of a unit."""
    if re.fullmatch(r"rad(ians?)?(\s*/\s*s|[. ]*s\^?-1)", unit, re.IGNORECASE):
        return "rad/s", 1.0, ""
    if re.fullmatch(r"deg(rees?)?|rad(ians?)?", unit, re.IGNORECASE):
        return "angle", math.pi / 180 if unit[0] in "dD" else 1.0, ""
    match = re.fullmatch(r"([pnumkMGT]?)(hz|hertz|ohms?)(.*)", unit, re.IGNORECASE)
    if match is None:
        return unit, math.nan, ""
    prefix, base, rest = match.groups()
    if rest:
        return "area", math.nan, _PER_AREA
    kind = "ohm" if base[0] in "oO" else "hz"
    if prefix in ("m", "M"):
        # all lower or all upper case hides the prefix; "mohm" is common and means milli
        hidden = base == "hz" if prefix == "m" else base in ("HZ", "OHM", "OHMS")
        if hidden:
            return kind, math.nan, f"has the unit {unit!r}: milli or mega? Write it in right case"
    return kind, _PREFIX[prefix if prefix in _PREFIX else prefix.lower()], ""
