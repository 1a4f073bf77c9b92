"""What the columns of a table mean: roles from their names, factors from their units.

Instruments differ in how they spell "imaginary part" and "mA.h", not in what they measure. A
technique states its roles, each with the kind of quantity and the spellings of its name
(`Words`); how a unit stands behind a name, and what it is worth, is understood here, once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nasicon.core.languages import in_english

_MOST_KNOWN = 2000  # names that are remembered
_LONGEST_NAME = 100  # characters; longer is a remark, not the name of a column
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"  # what stands for a minus in names
_SPELLING = str.maketrans(
    {
        **dict.fromkeys("\u2032\u2019\u2018\u00b4`", "'"),
        **dict.fromkeys('\u2033\u201d\u201c"', "''"),
        **dict.fromkeys(DASHES, "-"),
        **dict.fromkeys("\u03a9\u2126", "ohm"),
        **dict.fromkeys("\u00b5\u03bc", "u"),
        **dict.fromkeys("\u00b7\u22c5*", "."),
        **dict.fromkeys("\u03c6\u03d5", "phi"),
        "\u200b": "",
        "\u03c9": "omega",
        "\u03b8": "theta",
        "\u0398": "theta",
        "\u2103": "C",
        "\u00b0": "deg",
        "\u207b": "-",
        **dict.fromkeys("\u0394\u03b4", "delta"),
    }
)
# "vs. Li+/Li"; Keysight's "Z (Ohm)-data"
_AGAINST = re.compile(r"\s+vs\.?\s+[A-Za-z]+\+?(/[A-Za-z]+\+?)?|-data$", re.IGNORECASE)
_MINUS = re.compile(r"^(-|\(-\)|minus|neg(ative)?)")
_PREFIX = {"": 1.0, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "K": 1e3}
_PREFIX |= {"M": 1e6, "G": 1e9, "T": 1e12}
PER_AREA = (
    "is an impedance per area; multiply out the electrode area and give ohm, "
    "the sample's geometry is applied in the analysis"
)


def _spelled(**spellings: float) -> dict[str, float]:
    return {word: factor for words, factor in spellings.items() for word in words.split("_")}


#: Units by kind of quantity, in lower case without points, blanks and hyphens: factor to s, A,
#: V, Ah, eV, g, degree, radian, kelvin difference ... Kinds in `_SCALED` take any prefix instead.
UNITS: dict[str, dict[str, float]] = {
    "time": _spelled(s_sec_second_seconds=1.0, ms=1e-3, us=1e-6, min_minute_minutes=60.0)
    | _spelled(h_hr_hrs_hour_hours=3600.0, d_day_days=86400.0),
    "current": _spelled(a_amp_amps_ampere_amperes=1.0, ma_mamp_mamps=1e-3, ua=1e-6, na=1e-9),
    "voltage": _spelled(v_volt_volts=1.0, mv=1e-3),
    "charge": _spelled(ah_amphr=1.0, mah_mamphr=1e-3, uah=1e-6, c_as=1 / 3600),
    "specific charge": {"mah/g": 1.0, "mahg1": 1.0, "ah/kg": 1.0, "ahkg1": 1.0, "ah/g": 1e3},
    "energy": _spelled(ev=1.0, kev=1e3, mev=1e-3),
    "two theta": _spelled(deg_degree_degrees_2theta=1.0, rad_radian_radians=180 / math.pi),
    "angle": _spelled(rad_radian_radians_r=1.0, deg_degree_degrees=math.pi / 180, mrad=1e-3),
    "angular frequency": {"rad/s": 1.0, "rads1": 1.0, "radians/s": 1.0, "radianss1": 1.0},
    "mass": _spelled(g=1.0, mg=1e-3, kg=1e3),
    "molar mass": {"g/mol": 1.0, "gmol1": 1.0, "gmol^1": 1.0, "kg/kmol": 1.0},
    "shift": _spelled(ppm=1.0),
    "wave number": {"cm1": 1.0, "1/cm": 1.0, "cm^1": 1.0, "rel1/cm": 1.0},
    "wavelength": _spelled(nm=1.0),
    "temperature": _spelled(c_degc_k_celsius=1.0),
    "conductivity": {
        f"{prefix}s{per}": factor / length
        for prefix, factor in (("", 1.0), ("m", 1e-3), ("u", 1e-6))
        for unit, length in (("cm", 1.0), ("m", 100.0))
        for per in (f"/{unit}", f"{unit}1", f"{unit}^1")
    },  # to S cm-1
}
#: Kinds whose units take every prefix, with the spellings of the unit.
_SCALED = {
    "frequency": ("hz", "hertz"),
    "resistance": ("ohm", "ohms"),
    "conductance": ("s", "siemens", "mho"),
    "capacitance": ("f", "farad"),
    "inductance": ("h", "henry"),
}
#: Kinds that a unit turns into another, with the role that the column then has.
_OTHERWISE = {
    "frequency": ("omega", "angular frequency"),
    "charge": ("specific_{}", "specific charge"),
    "mass": ("molar_{}", "molar mass"),
}
_SIZES = ("mm", "cm", "m", "sq")  # part of a unit, no units of our columns


class ColumnError(ValueError):
    """Column names that do not make the table that is needed."""


@dataclass(frozen=True)
class Column:
    """One column: position, name as written, meaning, and factor to the unit of its kind.

    `factor` is nan where no unit is stated; `negated` says that the name carries a minus sign
    ("-Im(Z)"); `problem` says why the column cannot be used, which matters only if it is needed.
    """

    index: int
    name: str
    role: str
    factor: float = math.nan
    unit: str = ""
    negated: bool = False
    problem: str = ""

    @property
    def scale(self) -> float:
        """Factor, 1 where no unit is stated."""
        return 1.0 if math.isnan(self.factor) else self.factor


class Words:
    """The column words of a technique.

    Parameters
    ----------
    roles
        For each role the kind of quantity ("" for a plain number) and a pattern of its
        spellings, in lower case without blanks, underscores, points, colons and hyphens. The
        first that fits counts.
    signed
        Roles before whose name a minus sign makes sense.
    """

    def __init__(self, roles: Mapping[str, tuple[str, str]], signed: Sequence[str] = ()) -> None:
        self.kinds = {role: kind for role, (kind, _) in roles.items()}
        self._patterns = {role: re.compile(pattern) for role, (_, pattern) in roles.items()}
        self._signed = signed
        self._known: dict[tuple[str, int, str], Column | None] = {}

    def role(self, symbol: str) -> str | None:
        """Role of a name without its unit; None where it is none of ours."""
        compact = re.sub(r"[\s_.:]|^\s*data\s*:", "", symbol.lower())
        bare = _MINUS.sub("", compact)
        plain = compact.replace("-", "")
        for role, pattern in self._patterns.items():
            if role in self._signed:
                if pattern.fullmatch(bare):
                    return role
            elif pattern.fullmatch(plain) and not compact.startswith("-"):
                return role
        return None

    def interpret(self, name: str, index: int = 0, unit_below: str = "") -> Column | None:
        """Column of a name, its unit found in brackets, behind a sign or a blank, or below it."""
        if len(name) > _LONGEST_NAME:
            return None
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        if (key := (name, index, unit_below)) not in self._known:
            self._known[key] = self._column(*key)
        return self._known[key]

    def _column(self, name: str, index: int, unit_below: str) -> Column | None:
        for symbol, unit in _readings(_AGAINST.sub("", plain_name(name))):
            if (role := self.role(symbol)) is None:
                continue
            negated = _MINUS.match(re.sub(r"[\s_.:]", "", symbol).lower()) is not None
            below = plain_name(unit_below).strip("[]()")
            unit = unit or (below if is_unit(below) else "")
            kind = self.kinds[role]
            other, kind_then = _OTHERWISE.get(kind, ("", ""))
            if kind_then and _factor(unit, kind_then)[0]:
                role, kind = other.format(role), kind_then
            factor, problem = (math.nan, "")
            if kind and unit and ":" not in unit:  # "Time(h:min:s.ms)" holds clock readings
                factor, problem = _factor(unit, kind)
                if not factor and not problem:
                    problem = f"has the unit {unit!r}; expected a unit of {kind}, convert it"
                    known = UNITS.get(kind) or (p + _SCALED[kind][0] for p in ("", "k", "m"))
                    problem += f" (undo a geometry or a mass in it); known are {', '.join(known)}"
            return Column(index, name, role, factor or math.nan, unit, negated, problem)
        return None

    def columns(self, names: Sequence[str], units: Sequence[str] = ()) -> list[Column]:
        """Columns of a header that have a role; ``units`` is the row of units below it."""
        units = [*units, *[""] * (len(names) - len(units))]
        found = (self.interpret(name, i, units[i]) for i, name in enumerate(names))
        return [column for column in found if column is not None]

    def roles(self, names: Sequence[str]) -> set[str]:
        """Roles that a row names."""
        return {column.role for column in self.columns(names)}


def plain_name(name: str) -> str:
    """Name in English, with the typographer's signs and foreign letters spelled out."""
    return in_english(name.strip().translate(_SPELLING))


def is_unit(text: str) -> bool:
    """Whether a cell is a unit of any kind."""
    unit = plain_name(text).strip("[]()")
    # a product or quotient, which may be of a dimension that no column here has
    parts = [re.sub(r"\^?[-+]?[1-4]$", "", p) for p in re.split(r"[\s./]+|(?<=m)-(?=c?m$)", unit)]
    return _known(unit) or (len(parts) > 1 and all(p in _SIZES or _known(p) for p in parts))


def _known(unit: str) -> bool:
    return bool(unit) and any(any(_factor(unit, kind)) for kind in (*_SCALED, *UNITS))


def _readings(name: str) -> Iterator[tuple[str, str]]:
    """Ways to read a name as a symbol and its unit, the likeliest first."""
    yield name, ""
    if name.endswith((")", "]")):
        start = name.rfind("[" if name.endswith("]") else "(")
        inside, symbol = name[start + 1 : -1].strip(), name[: max(start, 0)].rstrip(" .")
        if symbol and (is_unit(inside) or ":" in inside):
            yield symbol, inside
        elif symbol:
            if not inside.isalpha():
                yield from _readings(symbol)
            if re.fullmatch(r"[A-Za-z.%0-9/^ -]+", inside):
                yield symbol, inside
        return
    for mark in ("/", " in ", ",", "_", " ", "|"):
        place = name.find(mark)
        while place > 0:  # a name has few marks: its length is limited
            unit = name[place + len(mark) :].strip()
            if is_unit(unit) and name[:place].strip():
                yield name[:place].rstrip(" ."), unit
            place = name.find(mark, place + 1)
    symbol, mark, unit = name.rpartition("/")
    if mark and unit.strip().isalpha():
        yield symbol.rstrip(), unit.strip()


@lru_cache(maxsize=4096)
def _factor(unit: str, kind: str) -> tuple[float, str]:
    """Factor of a unit of a kind (0 where it is none), and what speaks against it."""
    if kind not in _SCALED:
        return UNITS.get(kind, {}).get(re.sub(r"[\s.\u2212-]", "", unit).lower(), 0.0), ""
    names = "|".join(_SCALED[kind])
    match = re.fullmatch(rf"([fpnumkMGT]?)({names})([\s./ ]*c?m\^?2)?", unit, re.IGNORECASE)
    if match is None:
        return 0.0, ""
    prefix, base, area = match.groups()
    if area:
        return 0.0, PER_AREA
    # all lower or all upper case hides the prefix; "mohm" is common and means milli
    if prefix + base == "mhz" or (prefix == "M" and base.isupper()):
        return 0.0, f"has the unit {unit!r}: milli or mega? Write it in right case"
    return _PREFIX.get(prefix) or _PREFIX.get(prefix.lower()) or _PREFIX[prefix.upper()], ""
