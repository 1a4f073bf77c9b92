"""Records of a cell test, in the file's order, and what must be put right about them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.text import ReaderError

_log = logging.getLogger(__name__)

REST_SHARE = 1e-3  # a current below this share of the largest one is a rest (or a resistance pulse)
SIGNS = ("auto", "positive_raises_voltage", "negative_raises_voltage")
_CLEAR = 0.5
MOST_STRAY = 8  # records in a row whose time alone is wrong
GAP = 100  # times the usual distance of records: a hole in the data
UNIT_SLIP = 2.0  # a capacity and the current over time agree better, or one's unit is wrong
LARGE = 0.5  # of the largest capacity per gram: half-cycles that tell a mass
COARSE = 0.05  # relative: no rounding of a mass
STEADY = 0.1  # relative: currents of a charge, not of a sweep
TURN = 0.5  # of the range of voltages: no charge goes up and down by so much
LEVELS, MOST_LEVELS = 0.9, 12  # share of the records that so few currents hold: no sweep
UNLOGGED = 3  # times the next interval of a step: the pause before it left no record
_COLUMNS = ("time_s", "voltage_v", "current_a", "cycle", "step", "charge_ah", "line")


@dataclass
class Records:
    """What a file holds; all arrays have shape (n,), those that it lacks are None.

    `charge_ah` is cumulative and signed like the current, `specific_mah_per_g` as the instrument
    divided it by a mass that it was told; `time_s` may restart.
    """

    format: str
    time_s: NDArray
    voltage_v: NDArray
    current_a: NDArray
    cycle: NDArray | None = None
    step: NDArray | None = None
    charge_ah: NDArray | None = None
    specific_mah_per_g: NDArray | None = None
    line: NDArray | None = None
    line_unit: str = "line"
    notes: list[str] = field(default_factory=list)
    metadata: dict[str, object] = field(default_factory=dict)


def tidy(records: Records, source: str, current_sign: str) -> pd.DataFrame:
    """Turn records into the table that `read_cycling` returns.

    Raises
    ------
    ReaderError
        A value is not finite, or no current ever flows.
    """
    _check_finite(records)
    _without_duplicates(records, source)
    time = _continuous_time(records, source)
    current = np.array(records.current_a, dtype=float)
    largest = np.abs(current).max()
    if not largest > 0:
        raise ReaderError("no current flows in any record: not a charge or discharge")
    direction = np.where(np.abs(current) > REST_SHARE * largest, np.sign(current), 0).astype(int)
    half = half_cycles(direction, records.cycle)
    charge = records.charge_ah
    origin = "instrument"
    if charge is None:
        charge, pauses = integrated(time, current, records.step)
        origin = "integrated current"
        if pauses:
            records.notes.append(
                f"{pauses} steps follow a pause without a record: counted from their first record"
            )
    increments = np.diff(charge, prepend=charge[0])
    _doubt_charge(records, time, current, np.abs(increments), direction)
    _refuse_unsigned(current * (direction != 0), half, np.asarray(records.voltage_v))
    flip = _sign(records, direction, half, current_sign, source)
    capacity = _per_half_cycle(np.abs(increments), half)
    table = pd.DataFrame(
        {
            "cycle": _cycles(records, half, direction),
            "step": half if records.step is None else np.asarray(records.step, dtype=int),
            "half_cycle": half,
            "time_s": time,
            "current_a": flip * current,
            "voltage_v": np.array(records.voltage_v, dtype=float),
            "capacity_ah": capacity,
        },
        copy=False,
    )
    table.attrs = {
        "source": source,
        "format": records.format,
        "notes": records.notes,
        "capacity_from": origin,
        "mass_by_capacity_mg": _mass(records, np.abs(increments), half),
        "metadata": records.metadata,
    }
    return table


def _doubt_charge(
    records: Records, time: NDArray, current: NDArray, passed: NDArray, direction: NDArray
) -> None:
    """Note a charge that is not the current over time, or that passed where no record stands."""
    dt = np.diff(time)
    if records.charge_ah is not None:
        own = np.abs(current[1:] * dt).sum() / 3600
        if own > 0 and not 1 / UNIT_SLIP < (ratio := passed.sum() / own) < UNIT_SLIP:
            records.notes.append(
                f"the file's capacity adds up to {ratio:.3g} times its current over time: a unit "
                "is wrong, or records are missing"
            )
        return
    holes = (dt > GAP * np.median(dt)) & (direction[1:] * direction[:-1] > 0)
    if holes.any():
        records.notes.append(
            f"{np.count_nonzero(holes)} gaps of up to {dt[holes].max():g} s between records: the "
            "charge is counted as if the current had flowed on"
        )


def _mass(records: Records, passed_ah: NDArray, half: NDArray) -> float | None:
    """Active mass (mg) with which the file's capacities per gram are its charge; None without.

    A current that is recorded too seldom or with too few digits gives another mass than the
    instrument was told: who knows that mass sees it.
    """
    if records.specific_mah_per_g is None:
        return None
    own = np.abs(np.diff(records.specific_mah_per_g, prepend=records.specific_mah_per_g[0]))
    charge, specific = (np.bincount(half, weights=w)[1:] for w in (passed_ah * 1e6, own))
    if not (specific.sum() > 0 and charge.sum() > 0):
        return None
    mass = float(charge.sum() / specific.sum())
    told = specific > LARGE * specific.max()
    apart = float(np.abs(charge[told] / specific[told] / mass - 1).max())
    records.notes.append(
        f"its capacities per gram are its charge by an active mass of {mass:.4g} mg"
        + f" (half-cycles up to {apart:.0%} apart: a coarse current?)" * (apart > COARSE)
        + "; if the instrument was told another, its current is too coarse to integrate"
    )
    return mass


def _refuse_unsigned(current: NDArray, half: NDArray, voltage: NDArray) -> None:
    """Refuse a steady current of one sign under which the voltage goes up and comes down again."""
    if (current > 0).any() and (current < 0).any():
        return
    flowing = current != 0
    level = np.round(np.log(np.abs(current[flowing])) / STEADY)
    counts = np.sort(np.unique(level, return_counts=True)[1])
    if counts[-MOST_LEVELS:].sum() < LEVELS * level.size:
        return  # a sweep of the voltage
    least = TURN * np.ptp(voltage[flowing])
    for number in np.unique(half[flowing]):
        part = voltage[flowing & (half == number)]
        fall = (np.maximum.accumulate(part) - part).max()
        if min(fall, (part - np.minimum.accumulate(part)).max()) > least:
            raise ReaderError(
                "the current has one sign while the voltage goes up and down again; export a "
                "signed current, or a column of states (C, D, R) beside it"
            )


def half_cycles(direction: NDArray, cycle: NDArray | None = None) -> NDArray:
    """Number of the half-cycle of each record, 1 from the first current on, 0 before it.

    A half-cycle ends where the current turns, or flows on under another cycle number (the
    opposite half-cycle left no record); a rest belongs to the half-cycle before it.
    """
    flowing = np.flatnonzero(direction != 0)
    starts = np.zeros(direction.size, dtype=int)
    if flowing.size:
        turns = np.diff(direction[flowing]) != 0
        if cycle is not None:
            turns |= np.diff(np.asarray(cycle)[flowing]) != 0
        starts[flowing[0]] = 1
        starts[flowing[1:][turns]] = 1
    return np.cumsum(starts)


def integrated(time: NDArray, current: NDArray, step: NDArray | None) -> tuple[NDArray, int]:
    """Charge passed since the first record, Ah, and how many pauses left no record.

    Trapezoids within a step; across the border of a step the later record's current, because
    it flowed since the border, unless there was such a pause.
    """
    dt = np.diff(time, prepend=time[0])
    before = np.concatenate([current[:1], current[:-1]])
    same = np.sign(before) == np.sign(current)
    if step is not None:
        same &= np.diff(step, prepend=step[0]) == 0
    mean = np.where(same, (before + current) / 2, current)
    pause = ~same & np.append(same[1:] & (dt[:-1] > UNLOGGED * dt[1:]), False)
    dt[pause] = 0.0
    return np.cumsum(mean * dt) / 3600, np.count_nonzero(pause)


def unwound(counter: NDArray) -> NDArray:
    """Increments of a counter that only rises but may be set back, shape (n,).

    It counts as set back where it falls below half of what it was: then what it shows is new. A
    smaller fall is the instrument's rounding between records and adds nothing.
    """
    before = np.concatenate([counter[:1], counter[:-1]])
    set_back = counter < before / 2
    return np.where(set_back, counter, np.maximum(counter - before, 0.0))


def _per_half_cycle(increments: NDArray, half: NDArray) -> NDArray:
    total = np.cumsum(increments)
    first = np.concatenate([[True], half[1:] != half[:-1]])
    base = (total - increments)[first]
    return total - base[np.cumsum(first) - 1]


def _cycles(records: Records, half: NDArray, direction: NDArray) -> NDArray:
    """Cycle of each record: the file's own number, or pairs of half-cycles."""
    if records.cycle is None:
        records.notes.append("no cycle number in the file: two half-cycles make a cycle")
        return np.maximum((half + 1) // 2, 1)
    cycle = np.asarray(records.cycle, dtype=int)
    flowing = direction != 0
    turns = np.diff(direction[flowing][np.diff(half[flowing], prepend=0) > 0])
    counted = len(np.unique(cycle[flowing]))
    if half.max() > 2 and (counted == 1 or (counted == half.max() and turns.all())):
        records.notes.append(
            f"the file counts {'one cycle' if counted == 1 else 'as many cycles'} for "
            f"{half.max()} half-cycles: two of them make a cycle"
        )
        return np.maximum((half + 1) // 2, 1)
    fallen = -np.diff(cycle, prepend=cycle[0])
    if (anew := fallen > 0).any():
        cycle = cycle + np.cumsum(np.where(anew, fallen + 1, 0))
        records.notes.append(
            f"its cycle numbers begin anew {np.count_nonzero(anew)} times; they go on from there"
        )
    return cycle - min(int(cycle[flowing].min()) - 1, 0) if cycle[flowing].min() < 1 else cycle


def _check_finite(records: Records) -> None:
    n = len(records.time_s)
    if n < 3:
        raise ReaderError(f"{n} records; a cell test needs at least 3")
    for name in ("time_s", "voltage_v", "current_a"):
        bad = ~np.isfinite(getattr(records, name))
        if bad.any():
            first = int(np.argmax(bad))
            raise ReaderError(
                f"{name} is not a finite number ({int(bad.sum())} such records); "
                "correct or remove them",
                first + 1 if records.line is None else int(records.line[first]),
                records.line_unit,
            )


def _without_duplicates(records: Records, source: str) -> None:
    """Drop records that repeat the one before in time, voltage, current and step."""
    same = np.diff(records.time_s, prepend=np.nan) == 0
    for name in ("voltage_v", "current_a", "cycle", "step"):
        values = getattr(records, name)
        if not same.any():
            return
        if values is not None:
            same[1:] &= np.diff(values) == 0
    if not same.any():
        return
    records.notes.append(f"{int(same.sum())} records that repeat the one before were dropped")
    _log.warning("%s: %s", source, records.notes[-1])
    for name in (*_COLUMNS, "specific_mah_per_g"):
        values = getattr(records, name)
        if values is not None:
            setattr(records, name, np.asarray(values)[~same])


def _continuous_time(records: Records, source: str) -> NDArray:
    """Time that never runs backwards; where the clock was set back it goes on from there.

    A few records far below or above both their neighbours are no such clock: their time is
    wrong, and they take that of the record before.
    """
    time = np.array(records.time_s, dtype=float)
    falls = 1 + np.flatnonzero(np.diff(time) < 0)
    if not falls.size:
        return time
    if falls.size > len(time) / 2:
        raise ReaderError("its times fall from record to record; sort the rows by their time")
    strays = [run for run in (_stray(time, int(at)) for at in falls) if run]
    if strays:
        records.notes.append(
            f"{sum(map(len, strays))} records had a time (such as {time[strays[0][0]]:g} s) that "
            "does not fit between their neighbours; they take that of the record before"
        )
        for run in strays:
            time[run] = time[run.start - 1]
    back = np.minimum(np.diff(time, prepend=time[0]), 0.0)
    if back.any():
        time -= np.cumsum(back)
        records.notes.append(
            f"the clock was set back {np.count_nonzero(back)} times; time goes on from there, as "
            "if nothing lay between (the length of those pauses is unknown)"
        )
    _log.warning("%s: %s", source, records.notes[-1])
    return time


def _stray(time: NDArray, at: int) -> range:
    """Records around a fall of the clock that alone are wrong; empty where it was set back.

    One, or several of one time: low, from the fall on, after which the clock is where it would
    have been; or high, up to the fall, while it ran on.
    """
    before, now = time[at - 1], time[at]
    later = at + np.flatnonzero(time[at : at + MOST_STRAY + 1] >= before)
    if later.size:
        back, stuck = time[later[0]], np.ptp(time[at : later[0]]) == 0
        if stuck and back - before < before - now:
            return range(at, int(later[0]))
    start = max(at - MOST_STRAY - 1, 0)
    earlier = start + np.flatnonzero(time[start:at] <= now)
    if earlier.size and earlier[-1] > 0:
        last, run = time[earlier[-1]], range(int(earlier[-1]) + 1, at)
        running = time[earlier[-1] - 1] < last < now
        if running and np.ptp(time[run]) == 0 and now - last < before - now:
            return run
    return range(0)


def _sign(
    records: Records, direction: NDArray, half: NDArray, current_sign: str, source: str
) -> int:
    """+1, or -1 where the file's positive current lowers the voltage."""
    voltage, notes = records.voltage_v, records.notes
    if current_sign != "auto":
        notes.append(f"sign of the current as told: {current_sign}")
        return 1 if current_sign == "positive_raises_voltage" else -1
    # the change of voltage within each half-cycle, while current flows
    flowing = np.flatnonzero((direction != 0) & (half > 0))
    starts = np.flatnonzero(np.diff(half[flowing], prepend=0))
    first, last = flowing[starts], flowing[np.append(starts[1:], flowing.size) - 1]
    change = (voltage[last] - voltage[first]) * direction[first]
    agreement, total = float(change.sum()), float(np.abs(change).sum())
    if total == 0 or abs(agreement) < _CLEAR * total:
        notes.append("the voltage does not tell the sign of the current; taken as the file has it")
        return 1
    if agreement > 0:
        return 1
    notes.append(
        "the voltage falls where the file's current is positive, so the sign was turned "
        '(here a positive current raises the voltage); current_sign="positive_raises_voltage" '
        "keeps the file's sign"
    )
    _log.warning("%s: %s", source, notes[-1])
    return -1
