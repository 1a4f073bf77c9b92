"""Text formats of cell testers: where the table begins, and how its cells are read.

Layouts: BioLogic from EC-Lab's own exports; Arbin, Neware, Maccor and BDF from files and
readers of public repositories (DiffCapAnalyzer, cellpy, PyProBE, BEEP, fastnda).
"""

from __future__ import annotations

import itertools
import re
from contextlib import suppress
from datetime import datetime
from functools import partial
from math import isnan

import numpy as np
from numpy.typing import NDArray

from nasicon.core.columns import Column, ColumnError, is_unit, plain_name
from nasicon.core.tables import Lines, Table, find_header, header_splits, is_numeric, named_table
from nasicon.core.text import DELIMITERS, ReaderError, split_row
from nasicon.cycling.read_columns import WANTED, WORDS, find_columns, names_a_sweep, names_a_test
from nasicon.cycling.read_records import Records, unwound

_CLOCK = re.compile(
    r"(?:(?P<d>\d+)(?:\s*d\s*|[-. ]))?(?P<h>\d+):(?P<m>[0-5]?\d)(?::(?P<s>[0-5]?\d(?:[.,]\d+)?))?"
)
_NO_NUMBER = (
    "column {name!r} holds {found} where a finite number is expected; correct or remove the row"
)
_CHANNEL = re.compile(r"chan(nel)?([ _]?(id|ids|index|no\.?|number))?", re.IGNORECASE)
_STATED = re.compile(
    r"(?:mass of active material|active (?:material )?mass|(?:electrode|surface) area|scan ?rate"
    r"|dE/dt)[ \t]*(?:[(\[](.{1,4}?)[)\]])?[ \t:=]+(\d+(?:[.,]\d+)?(?:e[-+]?\d+)?)"
    r"(?:\s*dE/dt unit)?\s*(m?V/s|mg|g|[cm]m2)?\b",
    re.IGNORECASE,
)
_STATED_IN = {"mg": ("active_mass_mg", 1.0), "g": ("active_mass_mg", 1e3)}
_STATED_IN |= {"mm2": ("electrode_area_cm2", 0.01), "cm2": ("electrode_area_cm2", 1.0)}
_STATED_IN |= {"mv/s": ("scan_v_per_s", 1e-3), "v/s": ("scan_v_per_s", 1.0)}
RUNS_BACK = 0.1  # of what a counter gains, that it loses without being set back
# Maccor and Neware mark each record; only the direction is taken from it.
_DISCHARGE = re.compile(r"(.*[ _-])?D(is|ch)?|.*DISCH.*|.*DCHG.*", re.IGNORECASE)
_CHARGE = re.compile(r"(.*[ _-])?C(ha)?|.*CHG.*|.*CHARG.*", re.IGNORECASE)
_REST = re.compile(
    r"R|S|P|O|REST.*|PAUS[EA]|RUHE|REPOSO?|ПАУЗА|휴지|SUSPEND.*|静置|搁置|暂停|休止",
    re.IGNORECASE,
)


def parse_text(lines: Lines) -> Records:
    """Records of a text file, its format found from its content.

    Raises
    ------
    ReaderError
        No table of a cell test is in it, or a row of its table cannot be read.
    """
    head, rate = find_header(lines, names_a_test), 0.0
    if head is None:  # a sweep whose header states its rate
        head = find_header(lines, names_a_sweep)
        rate = _stated("\n".join(lines.head(head or 0))).get("scan_v_per_s", 0.0)
        if not rate:
            _refuse_header(lines)
    table = named_table(lines, head, partial(_fits, timed=not rate), ragged=True)
    if table is None:
        raise ReaderError("no rows below the column names; export again", head + 1)
    try:
        columns = find_columns(table.names, table.units, timed=not rate)
    except ColumnError as error:
        raise ReaderError(str(error), head + 1) from None
    table.wanted = [column.index for column in columns.values()]
    _refuse_channels(table, head + 1)
    labels = []
    first = [*split_row(lines.head(1, table.first)[0], table.delimiter), *[""] * table.width]
    if "step" in columns and (word := first[columns["step"].index]) and not is_numeric(word):
        named = columns.pop("step")
        columns.setdefault("state", named)
        labels = table.texts(named.index)
    numeric = {r: c for r, c in columns.items() if r != "state" and not r.startswith("specific_")}
    clocks = {r: c for r, c in numeric.items() if r.endswith("time") and _holds_clock(table, c)}
    plain = [column for role, column in numeric.items() if role not in clocks]
    block = table.numbers([column.index for column in plain], refused=_NO_NUMBER)
    values = {c.role: block[:, k] * c.scale for k, c in enumerate(plain)}
    values = {role: values[c.role] for role, c in numeric.items() if role not in clocks}
    for role, column in clocks.items():
        cells = table.texts(column.index)
        values[role] = np.array([_seconds(*at) for at in zip(cells, table.line, strict=True)])
    for role in columns.keys() - numeric.keys() - {"state"}:
        with suppress(ReaderError):  # a capacity per gram is not needed
            values[role] = table.numbers([columns[role].index])[:, 0] * columns[role].scale
    if labels:
        values["step"] = np.cumsum(np.append(1, np.array(labels[1:]) != labels[:-1]))
    if rate:
        passed = np.abs(np.diff(values["voltage"], prepend=values["voltage"][:1]))
        values["time"] = np.cumsum(passed) / rate
    state = table.texts(columns["state"].index) if "state" in columns else None
    name = _dialect(lines.head(1)[0], table.names)
    found = from_columns(name, values, line=table.line, state=state)
    found.notes += table.notes
    found.metadata = _stated("\n".join(lines.head(head)))
    if rate:
        found.notes.append(f"no time column: voltage passed over the header's {1e3 * rate:g} mV/s")
    bare = [c.name for c in plain if isnan(c.factor) and WORDS.kinds[c.role]]
    if bare := [name for name in bare if not is_unit(name)]:  # Maccor's "Amps", "Volts"
        found.notes.append(f"{', '.join(bare)} state no unit: s, V, A and Ah are assumed")
    return found


def _stated(head: str) -> dict[str, float]:
    """What the header says of cell and sweep; a mass or area nobody entered (0.001, 1) is none."""
    found = {}
    for before, number, after in _STATED.findall(head.replace("²", "2").replace("^2", "2")):
        name, factor = _STATED_IN.get((before or after).lower(), ("", 0.0))
        value = factor * float(number.replace(",", "."))
        if value and (name == "scan_v_per_s" or value not in (1e-3, 1.0)):
            found[name] = value
    return found


def _fits(names: list[str], units: list[str], cells: list[str], timed: bool = True) -> bool:
    """Whether names are those of a cell test, and the cells hold its numbers."""
    try:
        columns = find_columns(names, units, timed=timed)
    except ColumnError:
        return False
    needed = (columns[role] for role in ("voltage", "current") if role in columns)
    return not cells or all(is_numeric(cells[column.index]) for column in needed)


def _holds_clock(table: Table, column: Column) -> bool:
    cells = table.lines.head(1, table.first)[0]
    return ":" in cells and ":" in "".join(table.texts(column.index)[:1])


def from_columns(
    name: str,
    values: dict[str, NDArray],
    *,
    line: NDArray | None = None,
    state: list[str] | None = None,
    line_unit: str = "line",
) -> Records:
    """Records from numbers by role (s, V, A, Ah); what a file lacks is worked out here.

    Raises
    ------
    ReaderError
        The charge is given without the times that turn it into a current.
    """
    if "impedance" in values and (values["frequency"] > 0).all():
        raise ReaderError(
            "every record has a frequency: an impedance measurement, measure it as eis"
        )
    notes: list[str] = []
    step = values.get("step")
    if step is not None and np.count_nonzero(np.diff(step)) > len(step) / 2:
        step = None
        notes.append("the step column counts records, not steps: it was not used")
    time = values.get("time")
    if time is None:
        time = np.cumsum(unwound(values["step_time"]))
        notes.append("only the time within each step is given; the total was added up")
    current = values.get("current")
    if current is not None:
        charge = _charge(values, parted=state is not None)
    else:
        increments = values.get("increment")
        if increments is None:
            increments = np.diff(values["signed_charge"], prepend=values["signed_charge"][0])
        dt = np.diff(time, prepend=time[0])
        with np.errstate(all="ignore"):
            current = np.where(dt > 0, 3600 * increments / dt, 0.0)
        charge = np.cumsum(increments)
        notes.append("no current column: the current is the charge of each record over its time")
    worded = state is not None and not all(map(is_numeric, {*state}))  # EC-Lab's mode is a code
    if worded and (current >= 0).all():
        current = current * _directions(state, current > 0)
        notes.append("the current carries no sign: discharge is what the state column says")
    if charge is not None and "signed_charge" not in values and "increment" not in values:
        charge = np.cumsum(np.abs(np.diff(charge, prepend=charge[0])))
    own = {r.removeprefix("specific_"): v for r, v in values.items() if r.startswith("specific_")}
    if own:
        own |= {role: values[role] for role in ("step", "cycle") if role in values}
    cycle = values.get("cycle")
    if cycle is None and "half_cycle" in values:
        cycle = values["half_cycle"] // 2 + 1
    return Records(
        name,
        time,
        values["voltage"],
        current,
        cycle=None if cycle is None else cycle.astype(int),
        step=None if step is None else step.astype(int),
        charge_ah=charge,
        specific_mah_per_g=_charge(own, parted=state is not None) if own else None,
        line=line,
        line_unit=line_unit,
        notes=notes,
    )


def _directions(state: list[str], flowing: NDArray) -> NDArray:
    """+1, -1 or 0 of each record by its state.

    Raises
    ------
    ReaderError
        A state under which current flows is no known word.
    """
    kinds = ((_REST, 0), (_DISCHARGE, -1), (_CHARGE, 1))
    names = {mark: plain_name(mark) for mark in {*state}}
    signs = {m: next((sign for k, sign in kinds if k.fullmatch(n)), 2) for m, n in names.items()}
    direction = np.array([signs[mark] for mark in state])
    if (unknown := flowing & (direction == 2)).any():
        raise ReaderError(
            f"the current carries no sign, and the state {state[int(np.argmax(unknown))]!r} says "
            "neither charge, discharge nor rest; write C, D and R, or export a signed current"
        )
    return direction


def _charge(values: dict[str, NDArray], *, parted: bool) -> NDArray | None:
    """Charge counter of the instrument as one rising sum, None where it has none.

    One column of capacity is counted anew by each step: ``parted`` where states tell the steps.
    """
    if "increment" in values:
        return np.cumsum(values["increment"])
    if "signed_charge" in values:
        return values["signed_charge"]
    pair = [values[r] for r in ("charge_capacity", "discharge_capacity") if r in values]
    if len(pair) == 2:
        return np.cumsum(unwound(np.abs(pair[0])) + unwound(np.abs(pair[1])))
    if "capacity" in values and (parted or "step" in values or "cycle" in values):
        counter = np.abs(values["capacity"])
        steps = np.diff(counter)
        back = -steps[(steps < 0) & (counter[1:] > counter[:-1] / 2)].sum()
        runs_back = back > RUNS_BACK * steps[steps > 0].sum()  # by and by: a total with a sign
        return values["capacity"] if runs_back else np.cumsum(unwound(counter))
    return None


def _refuse_header(lines: Lines) -> None:
    """Say what the likeliest header lacks."""
    head = [(index, line) for index, line in enumerate(lines.head()) if line.strip()]
    for (index, line), (_, below) in itertools.pairwise(head):
        widths = {len(split_row(below, mark)) for mark in DELIMITERS}
        for names in header_splits(line)[:4]:
            if len(names) > 1 and len(names) in widths and not any(map(is_numeric, names)):
                try:
                    find_columns(names)
                except ColumnError as error:
                    raise ReaderError(str(error), index + 1) from None
    raise ReaderError(f"no table of a cell test found; expected {WANTED}")


def _refuse_channels(table: Table, line: int) -> None:
    """Refuse records of several cells in one table, by its column of channels."""
    for i in (i for i, name in enumerate(table.names) if _CHANNEL.fullmatch(name.strip())):
        try:
            several = [f"{number:g}" for number in np.unique(table.numbers([i]))]
        except ReaderError:
            several = sorted(set(table.texts(i)))
        if len(several) > 1:
            raise ReaderError(
                f"holds records of {len(several)} channels ({', '.join(several)[:60]}): export "
                f"one, or keep the rows of one by the column {table.names[i]!r}",
                line,
            )


def _seconds(cell: str, line: int) -> float:
    """Seconds of a clock reading: "1:02:03.5", "0d 01:02:03", "12:30", "2024-03-01 12:30:05"."""
    with suppress(ValueError):
        date = datetime.fromisoformat(cell.strip().replace("/", "-"))
        return (date.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()
    match = _CLOCK.fullmatch(cell.strip())
    if match is None:
        raise ReaderError(
            f"{cell!r} is no time; expected seconds or hours:minutes:seconds", int(line)
        )
    seconds = float((match["s"] or "0").replace(",", "."))
    return int(match["d"] or 0) * 86400 + int(match["h"]) * 3600 + int(match["m"]) * 60 + seconds


def _dialect(first: str, names: list[str]) -> str:
    """Name of the format, for the reader's information only."""
    joined = "|".join(names)
    if first.startswith(("EC-Lab ASCII FILE", "BT-Lab ASCII FILE")) or "Ewe/V" in joined:
        return "BioLogic mpt"
    if "Rec#" in joined or "Cyc#" in joined or first.startswith("Today"):
        return "Maccor text"
    if "Test Time / s" in joined or "test_time_second" in joined:
        return "BDF csv"
    if "Chg. Cap." in joined or "DChg. Cap." in joined or "Step Type" in joined:
        return "Neware csv"
    if "Test_Time" in joined or "Test Time (s)" in joined:
        return "Arbin csv"
    return "delimited text"
