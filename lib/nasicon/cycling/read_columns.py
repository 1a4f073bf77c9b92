"""What the columns of a cell tester's table mean, from their names and units.

One vocabulary serves every text format (BioLogic, Arbin, Neware, Maccor, BDF,
plain tables) and the tables inside cellpy's archives.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Symbols after lower-casing, with blanks, underscores, dots and hyphens taken out.
_ROLES = {
    "time": r"testtime|totaltime|time|elapsedtime|runtime|test",
    "step_time": r"steptime|relativetime",
    "current": r"i|<i>|current|cur|amps|amperes",
    "voltage": r"voltage|volts|v|u|e|ecell|ewe|<ewe>|potential|cellvoltage|vol",
    "cycle": r"cyclenumber|cycle|cycleindex|cyclecount|cyclenum|cycleno|cyc#?|cyclec|cyclep",
    "half_cycle": r"halfcycle",
    "step": r"stepnumber|step|stepindex|stepcount|stepnum|stepno|stepid|ns",
    "state": r"state|md|mode|steptype|status|stepname",
    "charge_capacity": r"q?charge(capacity)?|charg(e|ing)cap(acity)?|chgcap(acity)?"
    r"|cumulativechargecapacity|cumulativechargingcapacity|qcharge",
    "discharge_capacity": r"q?discharge(capacity)?|discharg(e|ing)cap(acity)?|dchgcap(acity)?"
    r"|cumulativedischargecapacity|cumulativedischargingcapacity|qdischarge",
    "capacity": r"capacity|cap|amphr|ah|stepcapacity|stepnetcapacity|qcharge/discharge|netcapacity",
    "signed_charge": r"\(qqo\)",
    "increment": r"dq",
}
_ROLES = {role: re.compile(pattern) for role, pattern in _ROLES.items()}
# A Maccor header states time and unit in one word, current as "mAmps", charge as "mAmp-hr".
_WORDS = {
    "amps": ("current", "A"),
    "mamps": ("current", "mA"),
    "volts": ("voltage", "V"),
    "amphr": ("capacity", "Ah"),
    "mamphr": ("capacity", "mAh"),
    "capacityah": ("capacity", "Ah"),
    "capacitymah": ("capacity", "mAh"),
}
_UNIT_WORDS = {"second": "s", "seconds": "s", "volt": "V", "ampere": "A", "ah": "Ah", "1": ""}
_FACTORS = {
    "time": {
        "s": 1.0,
        "sec": 1.0,
        "ms": 1e-3,
        "min": 60.0,
        "h": 3600.0,
        "hr": 3600.0,
        "hours": 3600.0,
    },
    "current": {"a": 1.0, "ma": 1e-3, "ua": 1e-6, "µa": 1e-6, "na": 1e-9},
    "voltage": {"v": 1.0, "mv": 1e-3},
    "charge": {"ah": 1.0, "mah": 1e-3, "uah": 1e-6, "µah": 1e-6, "c": 1 / 3600, "as": 1 / 3600},
}
_KIND = {
    "time": "time",
    "step_time": "time",
    "current": "current",
    "voltage": "voltage",
    "charge_capacity": "charge",
    "discharge_capacity": "charge",
    "capacity": "charge",
    "signed_charge": "charge",
    "increment": "charge",
}
_BRACKETED = re.compile(r"(?P<symbol>.+?)\s*[\[(]\s*(?P<unit>[A-Za-zµ.%0-9/:]+)\s*[\])]\s*")
_SLASHED = re.compile(r"(?P<symbol>.+?)\s*/\s*(?P<unit>[A-Za-zµ.]+|1)\s*")
_SUFFIXED = re.compile(
    r"(?P<symbol>.+?)_(?P<unit>s|h|min|ms|a|ma|ua|v|mv|ah|mah|second|volt|ampere|1)", re.IGNORECASE
)
WANTED = "a time, a voltage and a current (time_s, voltage_v, current_a), or their charge"


class ColumnError(ValueError):
    """Column names that do not make a table of a cell test."""


@dataclass(frozen=True)
class Column:
    """One column: position, name as written, meaning, and factor to s, A, V or Ah.

    `unit` is empty where none is stated; `problem` says why it cannot be used.
    """

    index: int
    name: str
    role: str
    factor: float
    unit: str = ""
    problem: str = ""


def find_columns(names: Sequence[str]) -> dict[str, Column]:
    """Columns of a cell test among the names of a header, by role.

    Raises
    ------
    ColumnError
        Voltage, time, or both current and charge are missing; two columns mean the
        same; or a needed column has a unit that is unknown.
    """
    found: dict[str, Column] = {}
    for index, name in enumerate(names):
        column = _interpret(index, name)
        if column is None:
            continue
        other = found.get(column.role)
        if other is None or (other.problem and not column.problem) or _better(column, other):
            found[column.role] = column
    missing = [
        text
        for text, present in (
            ("time", "time" in found or "step_time" in found),
            ("voltage", "voltage" in found),
            ("current", "current" in found or "increment" in found or "signed_charge" in found),
        )
        if not present
    ]
    if missing:
        listed = ", ".join(repr(name) for name in list(names)[:10])
        raise ColumnError(f"no {' and no '.join(missing)} column among {listed}; expected {WANTED}")
    for role in ("time", "voltage", "current"):
        if role in found and found[role].problem:
            raise ColumnError(f"column {found[role].name!r} {found[role].problem}")
    return {role: column for role, column in found.items() if not column.problem}


def names_a_test(names: Sequence[str]) -> bool:
    """Whether a row looks like the header of a cell test."""
    columns = [_interpret(0, name) for name in names]
    roles = {column.role for column in columns if column is not None}
    timed = bool(roles & {"time", "step_time"})
    return timed and "voltage" in roles and bool(roles & {"current", "increment", "signed_charge"})


def _better(column: Column, other: Column) -> bool:
    """Prefer the averaged current and the cell voltage; otherwise the first column stands."""
    preferred = ("<i>", "ecell")
    plain, before = _compact(column.name), _compact(other.name)
    return any(plain.startswith(p) and not before.startswith(p) for p in preferred)


def _interpret(index: int, name: str) -> Column | None:
    name = name.strip()[:200]  # nothing longer is a column's name
    word = _WORDS.get(re.sub(r"[()\[\]/]", "", _compact(name)))
    if word is not None:
        return _with_factor(index, name, *word)
    for pattern in (_BRACKETED, _SLASHED, _SUFFIXED):
        match = pattern.fullmatch(name.strip())
        if match is not None:
            role = _role(match["symbol"])
            if role is not None:
                return _with_factor(index, name, role, match["unit"])
    role = _role(name)
    return None if role is None else _with_factor(index, name, role, "")


def _compact(symbol: str) -> str:
    return re.sub(r"[\s_.\-\u2212]", "", symbol).lower()


def _role(symbol: str) -> str | None:
    compact = _compact(symbol)
    return next((role for role, pattern in _ROLES.items() if pattern.fullmatch(compact)), None)


def _with_factor(index: int, name: str, role: str, unit: str) -> Column:
    kind = _KIND.get(role)
    if kind is None:
        return Column(index, name, role, 1.0)
    plain = _UNIT_WORDS.get(unit.lower(), unit).replace(".", "").lower()
    if not plain or (kind == "time" and ":" in plain):  # "Time(h:min:s.ms)" holds clock readings
        return Column(index, name, role, 1.0)
    factor = _FACTORS[kind].get(plain)
    if factor is None:
        known = ", ".join(_FACTORS[kind])
        return Column(index, name, role, 1.0, unit, f"has the unit {unit!r}; known are {known}")
    return Column(index, name, role, factor, unit)
