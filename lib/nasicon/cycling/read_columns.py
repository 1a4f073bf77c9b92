"""What the columns of a cell tester's table mean.

One vocabulary serves every text format (BioLogic, Arbin, Neware, Maccor, Basytec, LAND, BDF,
plain tables) and the tables inside cellpy's archives.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from math import isnan

from nasicon.core.columns import Column, ColumnError, Words, plain_name

_CAPACITY = r"((specific)?cap(acity)?)?"
WORDS = Words(
    {
        # a total goes before a "time" that may start anew with each step
        "total_time": (
            "time",
            r"testtime|totaltime|progtime|elapsedtime|runtime",
        ),
        "time": ("time", r"time|test|t"),
        "date": ("", r"date/?(time)?|timestamp|absolutetime|realtime|sys(tem)?time"),
        "step_time": ("time", r"steptime|relativetime|tstep"),
        "current": ("current", r"i|<i>|(we\(\d\))?current|cur|amps|amperes|mamps|intensity"),
        "voltage": (
            "voltage",
            r"voltage|volts|v|u|e|ecell|ewe|<ewe>|(we\(\d\))?potential|potentialapplied|cellvoltage|vol",
        ),
        "cycle": (
            "",
            r"cyclenumber|cycle|cycleindex|cyclecount|cyclenum|cycleno|cyccount|cyc#?|cyclec|cyclep"
            r"|cycleid",
        ),
        "half_cycle": ("", r"halfcycle"),
        "step": ("", r"stepnumber|step|stepcount|stepnum|stepno|stepid|ns|line"),
        "step_index": ("", r"stepindex"),
        "state": (
            "",
            r"state|md|mode|steptype|status|stepname|command|stepstate",
        ),
        "charge_capacity": (
            "charge",
            rf"(specific)?q?charge{_CAPACITY}|charg(e|ing)cap(acity)?|chgcap(acity)?|qcharge"
            r"|capacity(de|of|di)?charge|(cumulative|accumulated)charg(e|ing)capacity|ahcha",
        ),
        "discharge_capacity": (
            "charge",
            rf"(specific)?q?discharge{_CAPACITY}|discharg(e|ing)cap(acity)?|dchgcap(acity)?|qdischarge"
            r"|(cumulative|accumulated)discharg(e|ing)capacity|capacity(de|of|di)?discharge|ahdis",
        ),
        "capacity": (
            "charge",
            r"(spec?(ific)?)?cap(acity)?|m?amphr|m?ah|stepcapacity|stepnetcapacity"
            r"|qcharge/discharge|netcapacity|ahstep",
        ),
        "signed_charge": ("charge", r"\(qqo\)"),
        "increment": ("charge", r"dq"),
        "impedance": ("resistance", r"-?(re|im)\(z\)|\|z\||z'+|zre(al)?|zimg?"),
        "frequency": ("frequency", r"f|freq(uency)?"),
    }
)
#: A Maccor header states quantity and unit in one word, current as "mAmps", charge as "mAmp-hr".
_GLUED = {"mamps": 1e-3, "mamphr": 1e-3, "mah": 1e-3}
WANTED = (
    "a time, a voltage and a current (time_s, voltage_v, current_a), or their charge; a sweep "
    "without times needs a column time_s, the voltage passed over the scan rate"
)


def find_columns(
    names: Sequence[str], units: Sequence[str] = (), *, timed: bool = True
) -> dict[str, Column]:
    """Columns of a cell test among the names of a header, by role; `timed`: with a time.

    Raises
    ------
    ColumnError
        Voltage, time, or both current and charge are missing; two columns mean the
        same; or a needed column has a unit that is unknown.
    """
    found: dict[str, Column] = {}
    for column in WORDS.columns(names, units):
        specific = "spe" in plain_name(column.name).lower()
        if specific and column.role.endswith("capacity") and isnan(column.factor):
            continue  # without a unit it is no charge
        if factor := _GLUED.get(re.sub(r"\W", "", column.name).lower()):
            column = replace(column, factor=factor)
        other = found.get(column.role)
        if other is None or (other.problem and not column.problem) or _better(column, other):
            found[column.role] = column
    if "total_time" in found:
        found["time"] = found.pop("total_time")
    date = found.pop("date", None)
    if date and not {"time", "step_time"} & found.keys():
        found["time"] = date
    # a step index of BDF and Arbin numbers the steps of the schedule
    if "step_index" in found:
        found.setdefault("step", found.pop("step_index"))
    missing = [
        text
        for text, present in (
            ("time", not timed or "time" in found or "step_time" in found),
            ("voltage", "voltage" in found),
            ("current", "current" in found or "increment" in found or "signed_charge" in found),
        )
        if not present
    ]
    if missing:
        listed = ", ".join(repr(name) for name in list(names)[:10])
        raise ColumnError(f"no {' and no '.join(missing)} column among {listed}; expected {WANTED}")
    if "impedance" in found and "frequency" not in found:
        raise ColumnError(
            f"column {found['impedance'].name!r} is of an impedance measurement, and no frequency "
            "is named beside it; export it with its frequencies"
        )
    for role in ("time", "voltage", "current"):
        if role in found and found[role].problem:
            raise ColumnError(f"column {found[role].name!r} {found[role].problem}")
    return {role: column for role, column in found.items() if not column.problem}


def names_a_test(names: Sequence[str]) -> bool:
    """Whether a row looks like the header of a cell test."""
    roles = WORDS.roles(names) if len(names) > 2 else set()
    timed = bool(roles & {"total_time", "time", "step_time", "date"})
    return timed and "voltage" in roles and bool(roles & {"current", "increment", "signed_charge"})


def names_a_sweep(names: Sequence[str]) -> bool:
    """Whether a row looks like the header of a sweep without times."""
    return len(names) == 2 and WORDS.roles(names) == {"voltage", "current"}


def _better(column: Column, other: Column) -> bool:
    """Prefer averaged currents and measured cell voltages; otherwise the first column stands."""
    preferred = ("<i>", "ecell", "we(")
    plain, before = column.name.lower(), other.name.lower()
    return any(plain.startswith(p) and not before.startswith(p) for p in preferred)
